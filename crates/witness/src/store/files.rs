//! The few file operations that durability rests on.
//!
//! Invariant: a file is replaced whole or not at all, and is durable under its name when
//! [`Disk::replace`] returns. Refuses to read more than was asked for.

use super::error::{StoreError, failed};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;

/// What is about to happen to the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A temporary file is written.
    Write,
    /// It is made durable.
    Sync,
    /// It takes the name of the file.
    Rename,
    /// The name is made durable.
    SyncFolder,
}

/// Called before each step; an error stops there, as a kill or a full disk would.
pub type Watch = Arc<dyn Fn(Step) -> io::Result<()> + Send + Sync>;

/// The disk of this machine.
#[derive(Clone)]
pub struct Disk(pub Watch);

/// Who may read a file or folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readers {
    /// Whoever may enter the folder.
    Any,
    /// The owner.
    Owner,
}

impl Disk {
    /// Writes the file anew: a crash leaves the old contents or the new, never a part.
    pub fn replace(&self, path: &Path, bytes: &[u8], readers: Readers) -> Result<(), StoreError> {
        let temporary = path.with_extension("new");
        self.replace_by(path, &temporary, bytes, readers)
            .map_err(failed(path))
    }

    fn replace_by(
        &self,
        path: &Path,
        temporary: &Path,
        bytes: &[u8],
        readers: Readers,
    ) -> io::Result<()> {
        let mode = match readers {
            Readers::Any => 0o644,
            Readers::Owner => 0o600,
        };
        // A leftover of a crash may have another mode.
        match std::fs::remove_file(temporary) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        (self.0)(Step::Write)?;
        let mut options = OpenOptions::new();
        let mut file = options
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(temporary)?;
        file.write_all(bytes)?;
        (self.0)(Step::Sync)?;
        file.sync_all()?;
        (self.0)(Step::Rename)?;
        std::fs::rename(temporary, path)?;
        (self.0)(Step::SyncFolder)?;
        sync_folder(path.parent().unwrap_or(path))
    }
}

/// Makes a folder, durably, where there is none.
pub fn make_folder(path: &Path, readers: Readers) -> Result<(), StoreError> {
    let mode = match readers {
        Readers::Any => 0o755,
        Readers::Owner => 0o700,
    };
    DirBuilder::new()
        .recursive(true)
        .mode(mode)
        .create(path)
        .map_err(failed(path))?;
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => {
            sync_folder(parent).map_err(failed(parent))
        }
        Some(_) | None => Ok(()),
    }
}

/// The contents of a file of at most `bytes_max` bytes, `None` where there is none.
pub fn read(path: &Path, bytes_max: usize) -> Result<Option<Vec<u8>>, StoreError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(path)(error)),
    };
    let limit = u64::try_from(bytes_max).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    file.take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(failed(path))?;
    if bytes.len() > bytes_max {
        let error = io::Error::other(format!("the file exceeds `{bytes_max}` bytes"));
        return Err(failed(path)(error));
    }
    Ok(Some(bytes))
}

fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

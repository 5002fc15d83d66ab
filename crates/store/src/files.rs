//! Small files that must be whole: written beside, synced, renamed, the folder synced.
//!
//! Invariant: under a file's name there is the old content or the new, never a part. Secrets are
//! readable by their owner alone from their first byte on. Refuses: nothing; callers choose names.

use app::ports::StorageError;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

const SECRET_MODE: u32 = 0o600;
const PLAIN_MODE: u32 = 0o644;

/// Whether a write waits for the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// It waits.
    Synced,
    /// It does not: the file can be made again.
    Unsynced,
}

/// Puts a file that anybody may read where it belongs, whole, and makes the folders above it.
pub fn put(path: &Path, bytes: &[u8], durability: Durability) -> io::Result<()> {
    std::fs::create_dir_all(folder_of(path))?;
    replace(path, &[bytes], durability)
}

/// Replaces a file that anybody may read.
pub(crate) fn replace(path: &Path, parts: &[&[u8]], durability: Durability) -> io::Result<()> {
    write(path, parts, PLAIN_MODE, durability)
}

/// Replaces a secret.
pub(crate) fn replace_secret(path: &Path, secret: &[u8]) -> io::Result<()> {
    write(path, &[secret], SECRET_MODE, Durability::Synced)
}

/// Replaces a secret that must be gone: the old file is overwritten with zeros once the new one is
/// in its place.
pub(crate) fn supersede_secret(path: &Path, secret: &[u8]) -> io::Result<()> {
    let old = OpenOptions::new().write(true).open(path);
    replace_secret(path, secret)?;
    match old {
        Ok(old) => zero(old),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

fn zero(mut file: File) -> io::Result<()> {
    let length = usize::try_from(file.metadata()?.len()).unwrap_or(0);
    file.write_all(&vec![0; length])?;
    file.sync_all()
}

fn write(path: &Path, parts: &[&[u8]], mode: u32, durability: Durability) -> io::Result<()> {
    let beside = beside(path);
    let written = (|| {
        let mut options = OpenOptions::new();
        let mut file = options
            .write(true)
            .create(true)
            .truncate(true)
            .mode(mode)
            .open(&beside)?;
        for part in parts {
            file.write_all(part)?;
        }
        if durability == Durability::Synced {
            file.sync_all()?;
        }
        std::fs::rename(&beside, path)
    })();
    if written.is_err() {
        let _ = std::fs::remove_file(&beside);
        return written;
    }
    match durability {
        Durability::Synced => sync_folder(folder_of(path)),
        Durability::Unsynced => Ok(()),
    }
}

/// The folder of a file; a bare name lies in the current one.
fn folder_of(path: &Path) -> &Path {
    let above = path.parent();
    above
        .filter(|above| !above.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".tmp");
    path.with_file_name(name)
}

/// Makes the names in a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Makes a folder and those above it, durably, with a mode.
pub(crate) fn make_folder(folder: &Path, mode: u32) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let above = folder_of(folder);
    make_folder(above, mode)?;
    match DirBuilder::new().mode(mode).create(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        Ok(()) | Err(_) => {}
    }
    sync_folder(above)
}

/// A file's bytes, or `None` where there is no such file.
pub(crate) fn read_if_there(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// A secret's bytes, or `None` where there is no such file.
pub(crate) fn read_secret(path: &Path) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    Ok(read_if_there(path)?.map(Zeroizing::new))
}

/// Overwrites a file with zeros in place, then removes it; whether it was there.
pub(crate) fn destroy(path: &Path) -> io::Result<bool> {
    let file = match OpenOptions::new().write(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    zero(file)?;
    std::fs::remove_file(path)?;
    sync_folder(folder_of(path))?;
    Ok(true)
}

/// Fresh randomness from the operating system.
pub(crate) fn random(bytes: &mut [u8], what: &'static str) -> Result<(), StorageError> {
    getrandom::fill(bytes).map_err(|error| StorageError {
        what,
        why: error.to_string(),
    })
}

/// An answer of the operating system about a path.
pub(crate) fn failed(what: &'static str, path: &Path) -> impl Fn(io::Error) -> StorageError {
    move |error| StorageError {
        what,
        why: format!("`{}`: {error}", path.display()),
    }
}

//! The public log's static files, for any web server.
//!
//! Invariant: under a path there is a whole file, old or new; nothing is written outside the
//! folder. Refuses: paths that are not plain (empty parts, parts that begin with `.`, other
//! characters than `A-Z a-z 0-9 . - _`).

use crate::files::{self, Durability};
use app::ports::{Publisher, StorageError};
use std::path::{Path, PathBuf};

const WHAT: &str = "public log";
const CHECKPOINT: &str = "checkpoint";
const PATH_BYTES_MAX: usize = 256;

/// Whether partial tiles, which are soon replaced, wait for the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartialTiles {
    /// They do: what a checkpoint stands on is there after a power failure.
    Synced,
    /// They do not: after a power failure they are to be made again from the journal.
    Unsynced,
}

/// Files in a folder.
pub struct FilePublisher {
    folder: PathBuf,
    partial_tiles: PartialTiles,
}

impl FilePublisher {
    /// Opens the log's folder, making it if need be.
    pub fn open(folder: &Path, partial_tiles: PartialTiles) -> Result<Self, StorageError> {
        files::make_folder(folder, 0o755).map_err(files::failed(WHAT, folder))?;
        Ok(Self {
            folder: folder.to_path_buf(),
            partial_tiles,
        })
    }

    fn path(&self, path: &str) -> Result<PathBuf, StorageError> {
        let plain = |part: &str| {
            let known = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
            !part.is_empty() && !part.starts_with('.') && part.bytes().all(known)
        };
        if path.len() > PATH_BYTES_MAX || !path.split('/').all(plain) || path.ends_with(".tmp") {
            return Err(StorageError {
                what: WHAT,
                why: format!("`{path}` is not a plain path"),
            });
        }
        Ok(self.folder.join(path))
    }
}

impl Publisher for FilePublisher {
    fn checkpoint(&self) -> Result<Option<String>, StorageError> {
        let Some(bytes) = self.read(CHECKPOINT)? else {
            return Ok(None);
        };
        String::from_utf8(bytes)
            .map(Some)
            .map_err(|_| StorageError {
                what: WHAT,
                why: "the checkpoint is not text".to_owned(),
            })
    }

    fn write(&mut self, path: &str, bytes: &[u8]) -> Result<(), StorageError> {
        let partial = path.contains(".p/");
        let durability = match self.partial_tiles {
            PartialTiles::Unsynced if partial => Durability::Unsynced,
            PartialTiles::Unsynced | PartialTiles::Synced => Durability::Synced,
        };
        let file = self.path(path)?;
        let failed = files::failed(WHAT, &file);
        file.parent()
            .map_or(Ok(()), |above| files::make_folder(above, 0o755))
            .map_err(&failed)?;
        files::replace(&file, &[bytes], durability).map_err(&failed)
    }

    fn drop_partial(&mut self, path: &str) -> Result<(), StorageError> {
        let folder = self.path(&format!("{path}.p"))?;
        match std::fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(files::failed(WHAT, &folder)(error))
            }
            Ok(()) | Err(_) => Ok(()),
        }
    }

    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, StorageError> {
        let file = self.path(path)?;
        files::read_if_there(&file).map_err(files::failed(WHAT, &file))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_read_back_and_replaced() {
        let folder = tempfile::tempdir().unwrap();
        for partial_tiles in [PartialTiles::Synced, PartialTiles::Unsynced] {
            let mut log = FilePublisher::open(&folder.path().join("log"), partial_tiles).unwrap();
            for path in ["tile/0/x001/000", "tile/0/x001/001.p/5", "checkpoint"] {
                log.write(path, b"one").unwrap();
                log.write(path, b"two").unwrap();
                assert_eq!(log.read(path).unwrap(), Some(b"two".to_vec()));
            }
            assert_eq!(log.read("tile/0/002").unwrap(), None);
        }
    }

    #[test]
    fn the_checkpoint_is_text_or_absent() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = FilePublisher::open(folder.path(), PartialTiles::Synced).unwrap();
        assert_eq!(log.checkpoint().unwrap(), None);
        log.write(CHECKPOINT, "原点\n1\n".as_bytes()).unwrap();
        assert_eq!(log.checkpoint().unwrap().as_deref(), Some("原点\n1\n"));
        log.write(CHECKPOINT, &[0xff]).unwrap();
        log.checkpoint().unwrap_err();
    }

    #[test]
    fn nothing_outside_the_folder_can_be_named() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = FilePublisher::open(folder.path(), PartialTiles::Synced).unwrap();
        let long = "a".repeat(PATH_BYTES_MAX + 1);
        for path in [
            "", "/etc", "..", "a/../b", "a//b", "a/", "./a", "a b", ".x", "a.tmp", &long,
        ] {
            log.write(path, b"").unwrap_err();
            log.read(path).unwrap_err();
        }
        log.write(&long[1..129], b"").unwrap();
    }
}

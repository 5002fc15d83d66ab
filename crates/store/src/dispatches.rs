//! What is on its way to another ledger: one small file each, in the folder `daily` of a data directory.
//!
//! Invariant: a file is whole and durable before its sender says a word; one process at a time sends,
//! beside the one that writes the ledger. Refuses: a directory that is no data directory, names that
//! lead out of the folder.

use crate::datadir::{StoreError, check_format};
use crate::files::{self, Durability};
use app::ports::StorageError;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

const WHAT: &str = "dispatches";
/// The folder in a data directory.
pub(crate) const FOLDER_NAME: &str = "daily";
const LOCK_NAME: &str = "lock";
const ENDING: &str = ".json";

/// The dispatches of a data directory, and the right to send them while this value lives.
#[derive(Debug)]
pub struct FileDispatches {
    folder: PathBuf,
    /// Held for its lock, which ends with the process.
    _lock: File,
}

impl FileDispatches {
    /// Opens those of a data directory; the ledger in it may be open elsewhere.
    pub fn open(data: &Path) -> Result<Self, StoreError> {
        check_format(data)?;
        let folder = data.join(FOLDER_NAME);
        files::make_folder(&folder, 0o700).map_err(files::failed(WHAT, &folder))?;
        let path = folder.join(LOCK_NAME);
        let mut options = OpenOptions::new();
        let lock = options.write(true).create(true).truncate(false).open(&path);
        let lock = lock.map_err(files::failed(WHAT, &path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let path = folder;
                return Err(StoreError::Locked { path, holder: None });
            }
            Err(TryLockError::Error(error)) => {
                return Err(files::failed(WHAT, &path)(error).into());
            }
        }
        Ok(Self {
            folder,
            _lock: lock,
        })
    }

    /// A dispatch, or `None` where there is none of that name.
    pub fn read(&self, name: &str) -> Result<Option<Vec<u8>>, StorageError> {
        let path = self.path(name)?;
        files::read_if_there(&path).map_err(files::failed(WHAT, &path))
    }

    /// Keeps a dispatch, in the place of what had its name.
    pub fn keep(&self, name: &str, bytes: &[u8]) -> Result<(), StorageError> {
        let path = self.path(name)?;
        files::replace(&path, &[bytes], Durability::Synced).map_err(files::failed(WHAT, &path))
    }

    /// The names, in order.
    pub fn names(&self) -> Result<Vec<String>, StorageError> {
        let failed = files::failed(WHAT, &self.folder);
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&self.folder).map_err(&failed)? {
            let file = entry.map_err(&failed)?.file_name();
            let name = file.to_str().and_then(|name| name.strip_suffix(ENDING));
            names.extend(name.map(str::to_owned));
        }
        names.sort_unstable();
        Ok(names)
    }

    fn path(&self, name: &str) -> Result<PathBuf, StorageError> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if name.is_empty() || name.len() > 64 || !name.bytes().all(plain) {
            return Err(StorageError {
                what: WHAT,
                why: format!("`{name}` is not a plain name"),
            });
        }
        Ok(self.folder.join(format!("{name}{ENDING}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::datadir::DataDir;

    #[test]
    fn what_is_kept_is_read_back_while_the_ledger_is_open() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let ledger = DataDir::create(&data).unwrap();
        let dispatches = FileDispatches::open(&data).unwrap();
        assert_eq!(dispatches.read("410100-2022-06-13").unwrap(), None);
        dispatches.keep("410100-2022-06-13", b"one").unwrap();
        dispatches.keep("410100-2022-06-12", b"zero").unwrap();
        dispatches.keep("410100-2022-06-13", b"two").unwrap();
        let read = dispatches.read("410100-2022-06-13").unwrap();
        assert_eq!(read.as_deref(), Some(&b"two"[..]));
        let names = dispatches.names().unwrap();
        assert_eq!(names, ["410100-2022-06-12", "410100-2022-06-13"]);
        // A backup takes them along.
        let copy = folder.path().join("copy");
        ledger.backup(&copy).unwrap();
        let copied = FileDispatches::open(&copy).unwrap();
        assert_eq!(copied.names().unwrap(), names);
    }

    #[test]
    fn two_do_not_send_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        DataDir::create(&data).unwrap();
        let first = FileDispatches::open(&data).unwrap();
        let second = FileDispatches::open(&data).unwrap_err();
        assert!(matches!(second, StoreError::Locked { .. }), "{second}");
        drop(first);
        FileDispatches::open(&data).unwrap();
    }

    #[test]
    fn a_name_that_leads_elsewhere_and_a_folder_that_is_no_data_directory_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        FileDispatches::open(folder.path()).unwrap_err();
        let data = folder.path().join("data");
        DataDir::create(&data).unwrap();
        let dispatches = FileDispatches::open(&data).unwrap();
        for name in ["", "../format", "a/b", "a.b", &"a".repeat(65)] {
            dispatches.keep(name, b"").unwrap_err();
            dispatches.read(name).unwrap_err();
        }
        assert!(dispatches.names().unwrap().is_empty());
    }
}

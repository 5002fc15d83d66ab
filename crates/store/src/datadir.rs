//! The data directory: its layout, its format number, its one writer, its backup.
//!
//! Invariant: one process at a time writes; a directory is known by its `format` file, which is
//! written last when one is made, so a half-made one is refused. Refuses: directories of a newer
//! format or of none, and to write a backup over anything.

mod backup;
#[cfg(test)]
mod tests;

pub use backup::Holder;

use crate::{FjallAccounts, FjallOutbox, files};
use app::ports::{JournalError, StorageError};
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

const FORMAT_NAME: &str = "format";
const FORMAT_FRONT: &str = "mingma data ";
const FORMAT_NUMBER: u64 = 1;
const LOCK_NAME: &str = "lock";

/// Why a data directory cannot be used. The operator must act in each case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreError {
    /// It is not a data directory.
    Unknown(PathBuf),
    /// It was written by a newer program.
    Newer {
        /// The directory.
        path: PathBuf,
        /// Its format number.
        number: u64,
    },
    /// Something is there already.
    Exists(PathBuf),
    /// Another process has it.
    Locked {
        /// The directory.
        path: PathBuf,
        /// The process that said so when it took the lock.
        holder: Option<u32>,
    },
    /// The operating system's answer.
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Its words.
        why: String,
    },
    /// The journal in it cannot be used.
    Journal(JournalError),
    /// Something else in it cannot be used.
    Storage(StorageError),
}

impl fmt::Display for StoreError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(path) => write!(
                formatter,
                "`{}` is not a data directory: its `format` file is missing or unknown\n\
                 help: name another directory, or make a new one",
                path.display()
            ),
            Self::Newer { path, number } => write!(
                formatter,
                "`{}` has data format {number}; this program knows {FORMAT_NUMBER}\n\
                 help: use the program that wrote it, or a newer one",
                path.display()
            ),
            Self::Exists(path) => write!(
                formatter,
                "`{}` exists and is not empty\nhelp: name a directory that does not exist",
                path.display()
            ),
            Self::Locked { path, holder } => {
                write!(
                    formatter,
                    "`{}` is in use by another process",
                    path.display()
                )?;
                match holder {
                    Some(holder) => write!(
                        formatter,
                        ", probably process {holder}\nhelp: stop process {holder} first"
                    ),
                    None => write!(formatter, "\nhelp: stop it first"),
                }
            }
            Self::Io { path, why } => write!(formatter, "`{}`: {why}", path.display()),
            Self::Journal(error) => error.fmt(formatter),
            Self::Storage(error) => error.fmt(formatter),
        }
    }
}

impl std::error::Error for StoreError {}

impl From<JournalError> for StoreError {
    fn from(error: JournalError) -> Self {
        Self::Journal(error)
    }
}

impl From<StorageError> for StoreError {
    fn from(error: StorageError) -> Self {
        Self::Storage(error)
    }
}

/// A data directory, and the right to write to it while this value lives.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    /// Held for its lock, which ends with the process.
    _lock: File,
}

impl DataDir {
    /// Makes a data directory where there is nothing, or an empty directory.
    pub fn create(path: &Path) -> Result<Self, StoreError> {
        refuse_content(path)?;
        files::make_folder(path, 0o755).map_err(failed(path))?;
        let lock = lock(path)?;
        let directory = Self {
            path: path.to_path_buf(),
            _lock: lock,
        };
        for folder in [
            directory.keys(),
            directory.payload_keys(),
            directory.vault_keys(),
        ] {
            files::make_folder(&folder, 0o700).map_err(failed(&folder))?;
        }
        for folder in [
            directory.vault(),
            directory.outbox(),
            directory.accounts(),
            directory.snapshots(),
            directory.journal(),
        ] {
            files::make_folder(&folder, 0o700).map_err(failed(&folder))?;
        }
        write_format(path)?;
        Ok(directory)
    }

    /// Opens a data directory for writing.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        check_format(path)?;
        Ok(Self {
            path: path.to_path_buf(),
            _lock: lock(path)?,
        })
    }

    /// The directory itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The journal's segments.
    pub fn journal(&self) -> PathBuf {
        self.path.join("journal")
    }

    /// The keys that are neither payload keys nor people's.
    pub fn keys(&self) -> PathBuf {
        self.path.join("keys")
    }

    /// One sealing key a day.
    pub fn payload_keys(&self) -> PathBuf {
        self.path.join("keys/payload")
    }

    /// One key a day for the slots of its credentials.
    pub fn slot_keys(&self) -> PathBuf {
        self.path.join("keys/slots")
    }

    /// The key that signs credentials.
    pub fn credential_key(&self) -> PathBuf {
        self.path.join("keys/credential.key")
    }

    /// The key that signs status lists.
    pub fn list_key(&self) -> PathBuf {
        self.path.join("keys/list.key")
    }

    /// The key that signs the log.
    pub fn log_key(&self) -> PathBuf {
        self.path.join("keys/log.key")
    }

    /// The key that makes person ids.
    pub fn person_key(&self) -> PathBuf {
        self.path.join("keys/person.key")
    }

    /// Who can sign in.
    pub fn accounts(&self) -> PathBuf {
        self.path.join("accounts")
    }

    /// Sealed identities.
    pub fn vault(&self) -> PathBuf {
        self.path.join("vault")
    }

    /// People's keys.
    pub fn vault_keys(&self) -> PathBuf {
        self.path.join("vault-keys")
    }

    /// The views.
    pub fn views(&self) -> PathBuf {
        self.path.join("views")
    }

    /// The notices that are owed, sent or given up.
    pub fn outbox(&self) -> PathBuf {
        self.path.join("outbox")
    }

    /// Snapshots of the deciding state.
    pub fn snapshots(&self) -> PathBuf {
        self.path.join("snapshots")
    }

    /// The public log's static files.
    pub fn log(&self) -> PathBuf {
        self.path.join("log")
    }

    /// Copies all but the views to a directory that does not exist. Nothing may be appended
    /// meanwhile, and the databases must be closed.
    pub fn backup(&self, to: &Path) -> Result<(), StoreError> {
        backup::backup(self, to)
    }
}

/// Copies all but the views of a directory that is being written to, to a directory that does not
/// exist; gives how many entries the copy has. Every entry that was durable before is among them.
pub fn backup_live(
    from: &Path,
    to: &Path,
    databases: (&FjallOutbox, &FjallAccounts),
    holder: &mut dyn Holder,
) -> Result<u64, StoreError> {
    backup::backup_live(from, to, databases, holder)
}

/// Copies a backup to a directory that does not exist, and reads its journal through.
pub fn restore(from: &Path, to: &Path) -> Result<(), StoreError> {
    backup::restore(from, to)
}

/// Checks that a directory is a data directory of a format known here.
pub fn check_format(path: &Path) -> Result<(), StoreError> {
    let file = path.join(FORMAT_NAME);
    let unknown = || StoreError::Unknown(path.to_path_buf());
    let bytes = files::read_if_there(&file)
        .map_err(failed(&file))?
        .ok_or_else(unknown)?;
    let text = String::from_utf8(bytes).map_err(|_| unknown())?;
    let number = text
        .strip_prefix(FORMAT_FRONT)
        .and_then(|rest| rest.strip_suffix('\n'));
    match number.and_then(|number| number.parse::<u64>().ok()) {
        Some(FORMAT_NUMBER) => Ok(()),
        Some(number) if number > FORMAT_NUMBER => Err(StoreError::Newer {
            path: path.to_path_buf(),
            number,
        }),
        Some(_) | None => Err(unknown()),
    }
}

/// Reads a secret; `None` where there is no such file.
pub fn read_secret(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
    files::read_secret(path).map_err(failed(path))
}

/// Writes a secret that only its owner may read, durably; refuses to replace one.
pub fn write_secret(path: &Path, secret: &[u8]) -> Result<(), StoreError> {
    if path.try_exists().map_err(failed(path))? {
        return Err(StoreError::Exists(path.to_path_buf()));
    }
    files::replace_secret(path, secret).map_err(failed(path))
}

fn write_format(path: &Path) -> Result<(), StoreError> {
    let text = format!("{FORMAT_FRONT}{FORMAT_NUMBER}\n");
    let file = path.join(FORMAT_NAME);
    files::replace(&file, &[text.as_bytes()], files::Durability::Synced).map_err(failed(&file))
}

fn refuse_content(path: &Path) -> Result<(), StoreError> {
    match std::fs::read_dir(path) {
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => Err(StoreError::Exists(path.to_path_buf())),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(failed(path)(error)),
    }
}

fn lock(path: &Path) -> Result<File, StoreError> {
    let file_path = path.join(LOCK_NAME);
    let mut options = OpenOptions::new();
    let file = options
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&file_path);
    let mut file = file.map_err(failed(&file_path))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(std::fs::TryLockError::WouldBlock) => {
            let text = std::fs::read_to_string(&file_path).unwrap_or_default();
            let holder = text.trim().parse().ok();
            return Err(StoreError::Locked {
                path: path.to_path_buf(),
                holder,
            });
        }
        Err(std::fs::TryLockError::Error(error)) => return Err(failed(&file_path)(error)),
    }
    // Only to be read by a person who wonders; the lock itself is the operating system's.
    let text = format!("{}\n", std::process::id());
    file.set_len(0)
        .and_then(|()| io::Write::write_all(&mut file, text.as_bytes()))
        .map_err(failed(&file_path))?;
    Ok(file)
}

fn failed(path: &Path) -> impl Fn(io::Error) -> StoreError {
    move |error| StoreError::Io {
        path: path.to_path_buf(),
        why: error.to_string(),
    }
}

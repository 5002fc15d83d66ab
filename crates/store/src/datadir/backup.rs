//! Copying a data directory, at rest or while somebody writes to it. Invariant: the `format` file is
//! written last, so an unfinished copy is not a data directory. Refuses: to write where something is;
//! to restore a journal that does not read through. Views are left out: they are made again from the
//! journal.
//!
//! The order of a copy that is made while somebody writes, and why:
//!
//! | step | because |
//! |---|---|
//! | snapshots, the log (its checkpoint first), the outbox's instant | none may be ahead of the journal that is copied; tiles that a growing log takes away are made again |
//! | how many entries are durable | asked of the writer between two groups, so that nothing else is growing |
//! | the journal up to there | whole records, and none that is not durable yet |
//! | the keys, then the vault with its keys at one instant | each record and each row needs its key; what was erased by then is noise |
//! | accounts and dispatches | they stand for themselves |
//! | the check, then `format` | a copy that is not good is no data directory |

use super::{DataDir, StoreError, check_format, failed, refuse_content, write_format};
use crate::dispatches::FOLDER_NAME;
use crate::files;
use crate::instant::Instant;
use crate::journal::SegmentReader;
use crate::vault::FileVault;
use crate::{FjallAccounts, FjallOutbox};
use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// What is copied whole, before the journal: it must not be ahead of the journal that is copied.
const BEFORE: [&str; 2] = ["log", "snapshots"];
/// After it: every record needs its key.
const AFTER: [&str; 6] = [
    "keys",
    "vault",
    "vault-keys",
    "outbox",
    "accounts",
    FOLDER_NAME,
];

/// Whoever writes to a directory while it is copied.
pub trait Holder {
    /// How many entries are durable, between two groups.
    fn durable(&mut self) -> Result<u64, StoreError>;
    /// The vault at one instant, its keys written to a folder.
    fn vault(&mut self, keys_folder: &Path) -> Result<Instant, StoreError>;
    /// Whether the copy is still wanted; asked often.
    fn wants(&self) -> bool;
    /// Looks at the copy of so many entries before it becomes a data directory.
    fn check(&self, copy: &Path, entries: u64) -> Result<(), StoreError>;
}

pub(super) fn backup(from: &DataDir, to: &Path) -> Result<(), StoreError> {
    refuse_content(to)?;
    // A database that is open elsewhere cannot be opened; one that opens is at rest when closed.
    drop(FileVault::open(&from.vault(), &from.vault_keys())?);
    copy_at_rest(from.path(), to)
}

pub(super) fn backup_live(
    from: &Path,
    to: &Path,
    databases: (&FjallOutbox, &FjallAccounts),
    holder: &mut dyn Holder,
) -> Result<u64, StoreError> {
    refuse_content(to)?;
    let (outbox, accounts) = databases;
    files::make_folder(to, 0o755).map_err(failed(to))?;
    let copy = |holder: &dyn Holder, name| {
        let wants = || holder.wants();
        let copier = Copier {
            wanted: Some(&wants),
        };
        copier.tree(&from.join(name), &to.join(name))
    };
    copy(holder, "snapshots")?;
    let log = (from.join("log"), to.join("log"));
    files::make_folder(&log.1, 0o755).map_err(failed(&log.1))?;
    let checkpoint = log.0.join("checkpoint");
    if checkpoint.exists() {
        let target = log.1.join("checkpoint");
        copy_file(&checkpoint, &target, None).map_err(failed(&checkpoint))?;
    }
    copy(holder, "log")?;
    let outbox = outbox.instant();
    let entries = holder.durable()?;
    let journal = SegmentReader::open_until(&from.join("journal"), entries)?;
    let segments = (from.join("journal"), to.join("journal"));
    copy_journal(&journal, &segments.0, &segments.1, &|| holder.wants())?;
    outbox.copy(&to.join("outbox"), &|| holder.wants())?;
    drop(outbox);
    copy(holder, "keys")?;
    let keys = to.join("vault-keys");
    files::make_folder(&keys, 0o700).map_err(failed(&keys))?;
    let vault = holder.vault(&keys)?;
    sync_files(&keys)?;
    vault.copy(&to.join("vault"), &|| holder.wants())?;
    drop(vault);
    let accounts = accounts.instant();
    accounts.copy(&to.join("accounts"), &|| holder.wants())?;
    drop(accounts);
    copy(holder, FOLDER_NAME)?;
    holder.check(to, entries)?;
    write_format(to)?;
    Ok(entries)
}

pub(super) fn restore(from: &Path, to: &Path) -> Result<(), StoreError> {
    check_format(from)?;
    refuse_content(to)?;
    copy_at_rest(from, to)?;
    for record in SegmentReader::open(&to.join("journal"))?.read_from(0)? {
        record?;
    }
    Ok(())
}

fn copy_at_rest(from: &Path, to: &Path) -> Result<(), StoreError> {
    let copier = Copier { wanted: None };
    files::make_folder(to, 0o755).map_err(failed(to))?;
    for name in BEFORE {
        copier.tree(&from.join(name), &to.join(name))?;
    }
    let journal = SegmentReader::open(&from.join("journal"))?;
    let segments = (from.join("journal"), to.join("journal"));
    copy_journal(&journal, &segments.0, &segments.1, &|| true)?;
    for name in AFTER {
        copier.tree(&from.join(name), &to.join(name))?;
    }
    write_format(to)
}

fn broken_off(to: &Path) -> StoreError {
    StoreError::Io {
        path: to.to_path_buf(),
        why: "the copy was broken off".to_owned(),
    }
}

fn copy_journal(
    reader: &SegmentReader,
    from: &Path,
    to: &Path,
    wanted: &dyn Fn() -> bool,
) -> Result<(), StoreError> {
    files::make_folder(to, 0o700).map_err(failed(to))?;
    for (name, length) in reader.segments() {
        if !wanted() {
            return Err(broken_off(to));
        }
        let source = from.join(&name);
        copy_file(&source, &to.join(&name), length).map_err(failed(&source))?;
    }
    files::sync_folder(to).map_err(failed(to))
}

/// Copies folders of files that are each replaced whole.
struct Copier<'a> {
    /// Whether the copy is still wanted, where somebody writes meanwhile: then a file may also go away
    /// under the copy. At rest that is a fault.
    wanted: Option<&'a dyn Fn() -> bool>,
}

impl Copier<'_> {
    /// Copies a folder that may not be there; what is at its place already was copied before.
    fn tree(&self, from: &Path, to: &Path) -> Result<(), StoreError> {
        let mode = match std::fs::metadata(from) {
            Ok(found) => found.permissions().mode() & 0o777,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(failed(from)(error)),
        };
        files::make_folder(to, mode).map_err(failed(to))?;
        let entries = match std::fs::read_dir(from) {
            Err(error) if self.is_gone(&error) => return Ok(()),
            entries => entries.map_err(failed(from))?,
        };
        for entry in entries {
            if self.wanted.is_some_and(|wanted| !wanted()) {
                return Err(broken_off(to));
            }
            let entry = entry.map_err(failed(from))?;
            let (source, target) = (entry.path(), to.join(entry.file_name()));
            let kind = match entry.file_type() {
                Err(error) if self.is_gone(&error) => continue,
                kind => kind.map_err(failed(&source))?,
            };
            if kind.is_dir() {
                self.tree(&source, &target)?;
            } else if !target.exists()
                && source
                    .extension()
                    .is_none_or(|extension| extension != "tmp")
            {
                match copy_file(&source, &target, None) {
                    Err(error) if self.is_gone(&error) => {}
                    copied => copied.map_err(failed(&source))?,
                }
            }
        }
        files::sync_folder(to).map_err(failed(to))
    }

    fn is_gone(&self, error: &io::Error) -> bool {
        self.wanted.is_some() && error.kind() == io::ErrorKind::NotFound
    }
}

/// Makes the files of a folder durable.
fn sync_files(folder: &Path) -> Result<(), StoreError> {
    for entry in std::fs::read_dir(folder).map_err(failed(folder))? {
        let path = entry.map_err(failed(folder))?.path();
        let file = File::open(&path).map_err(failed(&path))?;
        file.sync_all().map_err(failed(&path))?;
    }
    files::sync_folder(folder).map_err(failed(folder))
}

/// Copies a file, or its first bytes, with its mode, durably.
fn copy_file(from: &Path, to: &Path, length: Option<u64>) -> io::Result<()> {
    let source = File::open(from)?;
    let mode = source.metadata()?.permissions().mode() & 0o777;
    let mut target = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(to)?;
    io::copy(&mut source.take(length.unwrap_or(u64::MAX)), &mut target)?;
    target.sync_all()
}

//! Copying a data directory. Invariant: the `format` file is written last, so an unfinished copy is
//! not a data directory. Refuses: to write where something is; to restore a journal that does not
//! read through. Views are left out: they are made again from the journal.

use super::{DataDir, StoreError, check_format, failed, refuse_content, write_format};
use crate::dispatches::FOLDER_NAME;
use crate::files;
use crate::journal::SegmentReader;
use crate::vault::FileVault;
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

pub(super) fn backup(from: &DataDir, to: &Path) -> Result<(), StoreError> {
    refuse_content(to)?;
    // A database that is open elsewhere cannot be opened; one that opens is at rest when closed.
    drop(FileVault::open(&from.vault(), &from.vault_keys())?);
    copy_all(from.path(), to)
}

pub(super) fn restore(from: &Path, to: &Path) -> Result<(), StoreError> {
    check_format(from)?;
    refuse_content(to)?;
    copy_all(from, to)?;
    for record in SegmentReader::open(&to.join("journal"))?.read_from(0)? {
        record?;
    }
    Ok(())
}

fn copy_all(from: &Path, to: &Path) -> Result<(), StoreError> {
    files::make_folder(to, 0o755).map_err(failed(to))?;
    for name in BEFORE {
        copy_tree(&from.join(name), &to.join(name))?;
    }
    copy_journal(&from.join("journal"), &to.join("journal"))?;
    for name in AFTER {
        copy_tree(&from.join(name), &to.join(name))?;
    }
    write_format(to)
}

fn copy_journal(from: &Path, to: &Path) -> Result<(), StoreError> {
    files::make_folder(to, 0o700).map_err(failed(to))?;
    let reader = SegmentReader::open(from)?;
    for (name, length) in reader.segments() {
        let source = from.join(&name);
        copy_file(&source, &to.join(&name), length).map_err(failed(&source))?;
    }
    files::sync_folder(to).map_err(failed(to))
}

fn copy_tree(from: &Path, to: &Path) -> Result<(), StoreError> {
    let mode = match std::fs::metadata(from) {
        Ok(found) => found.permissions().mode() & 0o777,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(from)(error)),
    };
    files::make_folder(to, mode).map_err(failed(to))?;
    for entry in std::fs::read_dir(from).map_err(failed(from))? {
        let entry = entry.map_err(failed(from))?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type().map_err(failed(&source))?.is_dir() {
            copy_tree(&source, &target)?;
        } else if source
            .extension()
            .is_none_or(|extension| extension != "tmp")
        {
            copy_file(&source, &target, None).map_err(failed(&source))?;
        }
    }
    files::sync_folder(to).map_err(failed(to))
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

//! `mingma rebuild`, `backup`, `restore` and `export`: the data directory as a whole.
//!
//! Invariant: nothing is written over; a bundle's manifest is written last and names every file of
//! it. Refuses: to put a signing key, the person key or the vault into any bundle.

use super::context::Context;
use super::error::{CliError, Done};
use crate::config::Config;
use crate::host::is_inside;
use clap::Args;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Options of `backup`.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  mingma backup --data henan /mnt/backup/henan-2022-06-13")]
pub struct BackupArgs {
    /// A directory that does not exist
    destination: PathBuf,
}

/// Options of `restore`.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  mingma restore /mnt/backup/henan-2022-06-13 henan")]
pub struct RestoreArgs {
    /// The backup
    source: PathBuf,
    /// A directory that does not exist
    destination: PathBuf,
}

/// Options of `export`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  mingma export --public /srv/www/henan-log
  mingma export /mnt/auditor/henan && mingma audit /mnt/auditor/henan

Without --public the bundle holds the journal and the keys that open it: it is for a sworn auditor.
It never holds a signing key, the person key or names.")]
pub struct ExportArgs {
    /// A directory that does not exist
    destination: PathBuf,
    /// Only what everybody may see: the published log and its key
    #[arg(long)]
    public: bool,
}

/// Runs `mingma rebuild`.
pub fn rebuild(cx: &Context) -> Done {
    let mut office = cx.office()?;
    let people = office.rebuild()?;
    let entries = office.ledger().state().seq;
    office.close()?;
    cx.show(json!({ "entries": entries, "people": people }), || {
        format!("rebuilt: the views of {people} people from {entries} entries")
    })
}

fn fresh(path: &Path) -> Done {
    if path.exists() {
        return Err(CliError::input(
            format!("`{}` exists", path.display()),
            "name a directory that does not",
        ));
    }
    Ok(())
}

/// A copy inside what is copied would copy itself, and be lost with it.
fn outside(destination: &Path, data: &Path) -> Done {
    if is_inside(destination, data) {
        return Err(CliError::input(
            format!("`{}` is inside the data directory", destination.display()),
            "name a place outside it, best on another disk",
        ));
    }
    Ok(())
}

/// The same of the folder in which a server makes its backups.
pub(super) fn backups_outside(config: &Config, data: &Path) -> Done {
    match &config.backup.folder {
        Some(folder) if is_inside(folder, data) => Err(CliError::input(
            format!(
                "`backup.folder`: `{}` is inside the data directory",
                folder.display()
            ),
            "name a folder outside it, best on another disk",
        )),
        Some(_) | None => Ok(()),
    }
}

/// Runs `mingma backup`.
pub fn backup(cx: &Context, args: &BackupArgs) -> Done {
    fresh(&args.destination)?;
    outside(&args.destination, cx.data())?;
    // Opening first brings the published log up to the journal and proves that it replays.
    let office = cx.office()?;
    let entries = office.ledger().state().seq;
    office.close()?;
    let dir = store::DataDir::open(cx.data()).map_err(|error| system(&error))?;
    dir.backup(&args.destination)
        .map_err(|error| system(&error))?;
    let place = args.destination.display().to_string();
    cx.show(json!({ "backup": place, "entries": entries }), || {
        format!(
            "backed up: {entries} entries to {place}\n\
             it holds every key of this ledger; keep it as you keep the ledger"
        )
    })
}

/// Runs `mingma restore`.
pub fn restore(cx: &Context, args: &RestoreArgs) -> Done {
    fresh(&args.destination)?;
    store::datadir::restore(&args.source, &args.destination).map_err(|error| system(&error))?;
    let mut office = cx.office_at(&args.destination)?;
    office.skip_lost_rows()?;
    let entries = office.ledger().state().seq;
    office.close()?;
    let place = args.destination.display().to_string();
    cx.show(json!({ "data": place, "entries": entries }), || {
        format!("restored: {entries} entries to {place}\nnext: `mingma audit {place}`")
    })
}

fn system(error: &store::StoreError) -> CliError {
    CliError::System(error.to_string())
}

/// Runs `mingma export`.
pub fn export(cx: &Context, args: &ExportArgs) -> Done {
    fresh(&args.destination)?;
    let office = cx.office()?;
    let (vkey, entries) = (office.vkey(), office.ledger().state().seq);
    office.close()?;
    // The lock is held while copying, so that log and journal stand still.
    let dir = store::DataDir::open(cx.data()).map_err(|error| system(&error))?;
    let mut bundle = Bundle {
        root: args.destination.clone(),
        files: BTreeMap::new(),
    };
    bundle.write("vkey", format!("{vkey}\n").as_bytes())?;
    bundle.copy_tree(&dir.log(), "log")?;
    if !args.public {
        let reader = store::SegmentReader::open(&dir.journal())?;
        for (name, length) in reader.segments() {
            bundle.copy(
                &dir.journal().join(&name),
                &format!("journal/{name}"),
                length,
            )?;
        }
        bundle.copy_tree(&dir.payload_keys(), "keys/payload")?;
        bundle.copy(&dir.path().join("format"), "format", None)?;
    }
    let files = bundle.files.len();
    bundle.finish()?;
    let place = args.destination.display().to_string();
    let what = if args.public { "public" } else { "whole" };
    let value = json!({ "bundle": place, "kind": what, "files": files, "entries": entries });
    cx.show(value, || {
        format!("exported: {entries} entries in {files} files to {place} ({what})")
    })
}

/// A bundle being written.
struct Bundle {
    root: PathBuf,
    files: BTreeMap<String, Value>,
}

impl Bundle {
    fn place(&self, name: &str) -> Done<PathBuf> {
        let path = self.root.join(name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)
                .map_err(|error| CliError::unwritable(parent, &error))?;
        }
        Ok(path)
    }

    fn list(&mut self, name: &str, path: &Path) -> Done {
        let (bytes, sha256) =
            audit::digest(path).map_err(|error| CliError::unreadable(path, &error))?;
        self.files
            .insert(name.to_owned(), json!({ "bytes": bytes, "sha256": sha256 }));
        Ok(())
    }

    fn write(&mut self, name: &str, bytes: &[u8]) -> Done {
        let path = self.place(name)?;
        std::fs::write(&path, bytes).map_err(|error| CliError::unwritable(&path, &error))?;
        self.list(name, &path)
    }

    /// Copies a file, or its first bytes.
    fn copy(&mut self, from: &Path, name: &str, length: Option<u64>) -> Done {
        let path = self.place(name)?;
        let source = File::open(from).map_err(|error| CliError::unreadable(from, &error))?;
        let mut target =
            File::create_new(&path).map_err(|error| CliError::unwritable(&path, &error))?;
        std::io::copy(&mut source.take(length.unwrap_or(u64::MAX)), &mut target)
            .and_then(|_| target.sync_all())
            .map_err(|error| CliError::unwritable(&path, &error))?;
        self.list(name, &path)
    }

    fn copy_tree(&mut self, from: &Path, name: &str) -> Done {
        let fault = |error| CliError::unreadable(from, &error);
        for entry in std::fs::read_dir(from).map_err(fault)? {
            let entry = entry.map_err(fault)?;
            let below = format!("{name}/{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                self.copy_tree(&entry.path(), &below)?;
            } else if !below.ends_with(".tmp") {
                self.copy(&entry.path(), &below, None)?;
            }
        }
        Ok(())
    }

    fn finish(self) -> Done {
        let path = self.root.join("manifest.json");
        let text =
            serde_json::to_string_pretty(&json!({ "files": self.files })).unwrap_or_default();
        std::fs::write(&path, text).map_err(|error| CliError::unwritable(&path, &error))
    }
}

//! The honest ledgers that the tests tamper with, made once and copied.

use crate::story::{self, ORIGIN, Story};
use audit::{Options, Report, audit};
use mingma::office::Office;
use std::fs;
use std::path::Path;
use std::sync::OnceLock;
use tempfile::TempDir;

/// Runs a story through a ledger, with a snapshot and views, and closes it.
fn run(story: &Story, dir: &Path) {
    let mut office = Office::create(dir, ORIGIN).unwrap();
    for group in &story.groups {
        office.submit(group.at, group.acts.clone()).unwrap();
    }
    office.snapshot().unwrap();
    office.close().unwrap();
}

/// A copy of the ledger of [`story::full`].
pub fn full() -> TempDir {
    static MADE: OnceLock<TempDir> = OnceLock::new();
    copy(MADE.get_or_init(|| made(&story::full())).path())
}

/// A copy of the ledger of [`story::founding`].
pub fn founding() -> TempDir {
    static MADE: OnceLock<TempDir> = OnceLock::new();
    copy(MADE.get_or_init(|| made(&story::founding())).path())
}

fn made(story: &Story) -> TempDir {
    let dir = TempDir::new().unwrap();
    run(story, &dir.path().join("ledger"));
    trim(&dir.path().join("ledger"));
    dir
}

/// Cuts free space off the segments, which makes copies small.
fn trim(dir: &Path) {
    for path in crate::attacker::segments(dir) {
        let bytes = fs::read(&path).unwrap();
        let end = crate::attacker::records(&bytes)
            .last()
            .map_or(0, |(_, end)| *end);
        fs::write(&path, &bytes[..end]).unwrap();
    }
    let _ = fs::remove_file(dir.join("journal/spare.tmp"));
}

fn copy(from: &Path) -> TempDir {
    fn tree(from: &Path, to: &Path) {
        fs::create_dir_all(to).unwrap();
        for item in fs::read_dir(from).unwrap() {
            let item = item.unwrap();
            let to = to.join(item.file_name());
            if item.path().is_dir() {
                tree(&item.path(), &to);
            } else {
                fs::copy(item.path(), to).unwrap();
            }
        }
    }
    let dir = TempDir::new().unwrap();
    tree(&from.join("ledger"), dir.path());
    dir
}

/// Audits a directory.
pub fn check(dir: &Path) -> Report {
    audit(dir, Options::default())
}

/// Audits a directory against a checkpoint that was remembered elsewhere.
pub fn check_against(dir: &Path, checkpoint: &str) -> Report {
    audit(
        dir,
        Options {
            checkpoint: Some(checkpoint.to_owned()),
            ..Options::default()
        },
    )
}

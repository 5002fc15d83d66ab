//! The files of a data directory: who can read them, and whether there is room for more.

use super::{About, Level};
use crate::host::{free_bytes, others_can_reach};
use std::path::{Path, PathBuf};

/// Folders that nobody else may enter.
const PRIVATE: [&str; 9] = [
    "keys",
    "vault-keys",
    "vault",
    "outbox",
    "accounts",
    "snapshots",
    "journal",
    "views",
    "daily",
];
/// Folders whose every file is a secret.
const SECRET: [&str; 2] = ["keys", "vault-keys"];
const MIB: u64 = 1_048_576;
/// Below this a disk is as good as full, and below that it soon is.
const ROOM_FAIL: u64 = 256 * MIB;
const ROOM_WARN: u64 = 4_096 * MIB;

/// Whether there is a data directory of a format known here.
pub(super) fn is_directory(data: &Path, about: &mut About<'_>) -> bool {
    match store::datadir::check_format(data) {
        Ok(()) => {
            about.ok(format!(
                "`{}` is a data directory of this format",
                data.display()
            ));
            true
        }
        Err(error) => {
            let text = error.to_string();
            let (what, help) = text
                .split_once("\nhelp: ")
                .unwrap_or((&text, "check the path"));
            about.fail(what, help);
            false
        }
    }
}

/// Files below a folder that others can read.
fn open_files(folder: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        match path.is_dir() {
            true => open_files(&path, found)?,
            false if others_can_reach(&path) => found.push(path),
            false => {}
        }
    }
    Ok(())
}

/// Who can read what is secret. A folder closed to others closes all below it; a file that is open
/// inside it is still wrong, for it may be copied elsewhere.
pub(super) fn secrets(data: &Path, about: &mut About<'_>) {
    let mut open: Vec<PathBuf> = PRIVATE
        .iter()
        .map(|folder| data.join(folder))
        .filter(|folder| others_can_reach(folder))
        .collect();
    for folder in SECRET.map(|folder| data.join(folder)) {
        if let Err(error) = open_files(&folder, &mut open) {
            about.fail(
                format!("`{}` cannot be read: {error}", folder.display()),
                "run this as the user that the server runs as",
            );
        }
    }
    match open.as_slice() {
        [] => about.ok("keys and private folders are for their owner alone"),
        [first, others @ ..] => about.fail(
            format!(
                "others can reach `{}`{}",
                first.display(),
                match others.len() {
                    0 => String::new(),
                    more => format!(" and {more} more"),
                }
            ),
            format!("`chmod -R go= {}`, but for `log/`", data.display()),
        ),
    }
}

fn judge(free: u64) -> Level {
    match free {
        0..ROOM_FAIL => Level::Fail,
        ROOM_FAIL..ROOM_WARN => Level::Warn,
        _ => Level::Ok,
    }
}

/// Whether there is room on the disk.
pub(super) fn room(data: &Path, about: &mut About<'_>) {
    let free = match free_bytes(data) {
        Ok(free) => free,
        Err(error) => {
            return about.fail(
                format!("the disk of `{}` does not answer: {error}", data.display()),
                "check that it is mounted",
            );
        }
    };
    let (level, free) = (judge(free), free / MIB);
    let sentence = format!("the disk of the data directory has {free} MiB free");
    let help = match level {
        Level::Ok => "",
        Level::Warn | Level::Fail => "make room: without it writing stops, and reading does not",
    };
    about.put(level, sentence, help.to_owned());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_is_full_soon_full_or_wide() {
        assert_eq!(judge(ROOM_FAIL - 1), Level::Fail);
        assert_eq!(judge(ROOM_FAIL), Level::Warn);
        assert_eq!(judge(ROOM_WARN), Level::Ok);
    }
}

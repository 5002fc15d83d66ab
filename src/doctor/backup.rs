//! The backups that the server makes by itself: whether there is one that is not old.
//!
//! Invariant: only names, formats and checkpoints of backups are read.

use super::About;
use crate::backup::shelf::Shelf;
use crate::config::BackupSettings;
use crate::host::is_inside;
use crate::serve::PublicLog;
use domain::time::{DAY_S, Timestamp};
use std::path::Path;
use tlog::{Checkpoint, Note};

/// A day's backup that is older than so many days was missed, and the next one too.
const DAYS_MAX: i64 = 2;
const HELP: &str =
    "lines with `\"event\":\"backup\"` in the log say why; `kill -USR1` makes one now";

/// Looks at them.
pub(super) fn look(data: &Path, settings: &BackupSettings, now: Timestamp, about: &mut About<'_>) {
    let Some(folder) = &settings.folder else {
        return about.warn(
            "the server makes no backup by itself",
            "name a folder as `folder` below `[backup]`, best on another disk",
        );
    };
    let shown = folder.display();
    if is_inside(folder, data) {
        let what = format!("`{shown}` is inside the data directory, which it is to outlive");
        return about.fail(what, "name a folder outside it, best on another disk");
    }
    let Some(origin) = origin(data) else {
        return about.warn("the ledger has no checkpoint yet", "let it begin");
    };
    let newest = Shelf::new(folder, &origin)
        .kept()
        .map(|mut kept| kept.pop());
    match newest {
        Err(why) => about.fail(format!("backups cannot be looked at: {why}"), HELP),
        Ok(None) => about.warn(format!("`{shown}` has no backup of this ledger"), HELP),
        Ok(Some(newest)) => judge(newest.at, now, about),
    }
}

fn judge(at: Timestamp, now: Timestamp, about: &mut About<'_>) {
    match now.seconds_since(at) > DAY_S.saturating_mul(DAYS_MAX) {
        true => about.warn(
            format!("the newest backup was begun at {at}, more than {DAYS_MAX} days ago"),
            HELP,
        ),
        false => about.ok(format!("the newest backup was begun at {at}")),
    }
}

/// The origin that the log's checkpoint names.
fn origin(data: &Path) -> Option<String> {
    let text = PublicLog::of(data).checkpoint().ok()??;
    let note = Note::parse(&text).ok()?;
    let head = Checkpoint::parse(note.text()).ok()?;
    Some(head.origin().to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::{Findings, Level};
    use super::*;

    #[test]
    fn a_backup_is_old_after_two_days() {
        let level = |age_s: i64| {
            let mut findings = Findings::default();
            let now = Timestamp::from_unix(1_000_000);
            judge(now.plus_s(-age_s), now, &mut findings.about("backup"));
            findings.0[0].level
        };
        assert_eq!(level(0), Level::Ok);
        assert_eq!(level(2 * DAY_S), Level::Ok);
        assert_eq!(level(2 * DAY_S + 1), Level::Warn);
    }
}

//! The folder of backups: what they are called, which are ours, which are due, which are too old.
//!
//! Invariant: a backup is known by its name, its `format` file and the origin of its checkpoint; whatever
//! else lies in the folder is left alone. Nothing here is removed but such backups, and unfinished
//! copies under a name that only a server gives.

use domain::time::{DAY_S, Timestamp};
use std::path::{Path, PathBuf};
use tlog::{Checkpoint, Note};

/// China's civil time.
const OFFSET_S: i32 = 28_800;
const HOUR_S: i64 = 3_600;
/// What an unfinished copy's name ends with.
const UNFINISHED: &str = ".part";
/// After a failure the next attempt waits so long.
const PAUSE_S: i64 = HOUR_S;

/// The backups of one ledger in a folder.
#[derive(Clone, Debug)]
pub struct Shelf {
    folder: PathBuf,
    origin: String,
    front: String,
}

/// One backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// When it was begun.
    pub at: Timestamp,
    /// Where it is.
    pub path: PathBuf,
}

impl Shelf {
    /// The backups in a folder of the ledger with an origin.
    pub fn new(folder: &Path, origin: &str) -> Self {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
        let front = origin.chars().map(|c| if plain(c) { c } else { '-' });
        Self {
            folder: folder.to_path_buf(),
            origin: origin.to_owned(),
            front: front.collect(),
        }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The name of a backup that is begun at this time, as `log.example-henan-2022-06-13T030000`.
    pub fn name(&self, at: Timestamp) -> String {
        let (day, second) = (at.local_day(OFFSET_S), at.local_second(OFFSET_S));
        let (hour, minute) = (second / HOUR_S, second % HOUR_S / 60);
        format!(
            "{}-{day}T{hour:02}{minute:02}{:02}",
            self.front,
            second % 60
        )
    }

    /// Where the copy lies until it is whole.
    pub fn unfinished(&self, at: Timestamp) -> PathBuf {
        self.folder.join(format!("{}{UNFINISHED}", self.name(at)))
    }

    /// When a backup of this name was begun; none where it is no name of ours.
    fn begun(&self, name: &str) -> Option<Timestamp> {
        let rest = name.strip_prefix(&self.front)?.strip_prefix('-')?;
        let (day, time) = rest.split_once('T')?;
        let digits = time.len() == 6 && time.bytes().all(|byte| byte.is_ascii_digit());
        let (hour, rest) = time.split_at_checked(2).filter(|_| digits)?;
        let (minute, second) = rest.split_at_checked(2)?;
        let at: Timestamp = format!("{day}T{hour}:{minute}:{second}+08:00")
            .parse()
            .ok()?;
        (self.name(at) == name).then_some(at)
    }

    /// Every whole backup of this ledger, the oldest first.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn kept(&self) -> Result<Vec<Kept>, String> {
        let mut kept = Vec::new();
        for name in self.names()? {
            let path = self.folder.join(&name);
            if let Some(at) = self.begun(&name)
                && store::datadir::check_format(&path).is_ok()
                && self.is_ours(&path)
            {
                kept.push(Kept { at, path });
            }
        }
        kept.sort_by_key(|kept| kept.at);
        Ok(kept)
    }

    /// What a server left that was stopped while it copied.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn left_over(&self) -> Result<Vec<PathBuf>, String> {
        let ours = |name: &String| {
            let name = name.strip_suffix(UNFINISHED);
            name.is_some_and(|name| self.begun(name).is_some())
        };
        let names = self.names()?.into_iter().filter(ours);
        Ok(names.map(|name| self.folder.join(name)).collect())
    }

    /// The backups that are older than so many days; never the newest.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn outdated(&self, now: Timestamp, keep_days: u16) -> Result<Vec<Kept>, String> {
        let mut kept = self.kept()?;
        kept.pop();
        let oldest = now.plus_s(DAY_S.saturating_mul(i64::from(keep_days)).saturating_neg());
        kept.retain(|kept| kept.at < oldest);
        Ok(kept)
    }

    fn names(&self) -> Result<Vec<String>, String> {
        let failed = |error: std::io::Error| format!("`{}`: {error}", self.folder.display());
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&self.folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            // A link is somebody else's.
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                names.extend(entry.file_name().into_string().ok());
            }
        }
        Ok(names)
    }

    /// Whether the checkpoint of a backup is this ledger's.
    fn is_ours(&self, backup: &Path) -> bool {
        let text = std::fs::read_to_string(backup.join("log").join(app::publish::CHECKPOINT));
        let note = text.ok().and_then(|text| Note::parse(&text).ok());
        let head = note.and_then(|note| Checkpoint::parse(note.text()).ok());
        head.is_some_and(|head| head.origin() == self.origin)
    }
}

/// Whether a backup is due: the hour has struck since the newest was begun, and the last attempt of this
/// server was not just now. One that was missed is made up for.
pub fn is_due(
    newest: Option<Timestamp>,
    tried: Option<Timestamp>,
    hour: u8,
    now: Timestamp,
) -> bool {
    let strikes = now.local_day(OFFSET_S).midnight(OFFSET_S);
    let strikes = strikes.plus_s(HOUR_S.saturating_mul(hour.into()));
    let struck = match strikes <= now {
        true => strikes,
        false => strikes.plus_s(-DAY_S),
    };
    newest.is_none_or(|newest| newest < struck)
        && tried.is_none_or(|tried| now.seconds_since(tried) >= PAUSE_S)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: &str = "log.example/henan";

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// A folder like a backup, as far as it is looked at.
    fn plant(shelf: &Shelf, name: &str, origin: &str) -> PathBuf {
        let path = shelf.folder.join(name);
        std::fs::create_dir_all(path.join("log")).unwrap();
        std::fs::write(path.join("format"), "mingma data 1\n").unwrap();
        let key = tlog::SignerKey::from_seed(origin, [7; 32]).unwrap();
        let head = Checkpoint::new(origin, 1, tlog::leaf_hash(b"x")).unwrap();
        let text = tlog::checkpoint::sign(&head, &key).unwrap();
        std::fs::write(path.join("log/checkpoint"), text).unwrap();
        path
    }

    #[test]
    fn a_backup_is_due_once_the_hour_has_struck_since_the_newest() {
        let now = at("2022-06-13T03:00:00+08:00");
        let due = |newest: &str, hour| is_due(Some(at(newest)), None, hour, now);
        assert!(due("2022-06-13T02:59:59+08:00", 3));
        assert!(!due("2022-06-13T03:00:00+08:00", 3));
        assert!(!due("2022-06-12T04:00:00+08:00", 4));
        assert!(due("2022-06-12T03:59:59+08:00", 4));
        assert!(is_due(None, None, 23, now));
        // After a failure it waits for an hour.
        assert!(!is_due(None, Some(now.plus_s(-3_599)), 3, now));
        assert!(is_due(None, Some(now.plus_s(-3_600)), 3, now));
    }

    #[test]
    fn only_backups_of_this_ledger_are_known() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Shelf::new(folder.path(), ORIGIN);
        let begun = at("2022-06-13T03:00:00+08:00");
        let name = shelf.name(begun);
        assert_eq!(name, "log.example-henan-2022-06-13T030000");
        let path = plant(&shelf, &name, ORIGIN);
        let foreign = "log.example-henan-2022-06-14T030000";
        plant(&shelf, foreign, "log.example-henan");
        for other in [
            "log.example-henan-2022-06-13",
            "log.example-henan-2022-06-13T0300",
            "log.example-henan-2022-06-13T030000.part",
            "log.example-henan-2022-06-31T030000",
            "log.example-henan-2022-06-13T240000",
            "log.example-hubei-2022-06-13T030000",
            "thesis",
        ] {
            plant(&shelf, other, ORIGIN);
        }
        let bare = plant(&shelf, "log.example-henan-2022-06-15T030000", ORIGIN);
        std::fs::remove_file(bare.join("format")).unwrap();
        assert_eq!(shelf.kept().unwrap(), [Kept { at: begun, path }]);
        assert_eq!(shelf.left_over().unwrap(), [shelf.unfinished(begun)]);
    }

    #[test]
    fn a_backup_is_kept_to_the_last_second_of_its_days_and_the_newest_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Shelf::new(folder.path(), ORIGIN);
        let now = at("2022-06-13T03:00:00+08:00");
        let edge = now.plus_s(-35 * DAY_S);
        for begun in [edge.plus_s(-1), edge] {
            plant(&shelf, &shelf.name(begun), ORIGIN);
        }
        let old = shelf.outdated(now, 35).unwrap();
        assert_eq!(old.len(), 1);
        assert_eq!(old[0].at, edge.plus_s(-1));
        std::fs::remove_dir_all(shelf.folder.join(shelf.name(edge))).unwrap();
        assert_eq!(shelf.outdated(now, 35).unwrap(), []);
    }
}

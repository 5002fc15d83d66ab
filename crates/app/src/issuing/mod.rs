//! Issuing: which row a person has, the credentials of a day, and the lists that they point into.
//!
//! Owns the calendar of credentials ([`Validity`]) and the book of rows ([`RowBook`]). Invariant: a
//! person has one row at a time, so a list has exactly as many reds as there are red people (I10);
//! a row is given once and never again; the slot of a row depends on the key of the day, and
//! nothing else leads from a slot to a person. Refuses: to issue by a key that is not on record.

mod credentials;
mod lists;

pub use credential::key::PublicKey as HolderKey;
pub use credential::presentation::to_text;
pub use credential::token::{Form, PaperFace};
pub use credentials::{Issued, Issuer, Want};
pub use domain::publication::{list_path, list_uri};
pub use lists::{CutList, Cutter, KnownRows, cut, live_days, unwitnessed_orders};

use crate::ports::StorageError;
use domain::publication::{KeyPurpose, LIST_SLOTS_MAX};
use domain::time::{DAY_S, Day, HOUR_S, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// How long a credential is good after its day: an outage of this length harms nobody (I12).
pub const GRACE_S: i64 = 12 * HOUR_S;
/// How long before midnight the list of the next day begins: so that gates hold it in time.
pub const AHEAD_S: i64 = 6 * HOUR_S;
/// For how long a version of a list is the newest at most.
pub const LIST_TTL_S: u64 = 600;
/// For how long a version of a list says anything.
pub const LIST_LIFE_S: i64 = DAY_S;
/// The most days of a paper sheet, and of credentials fetched ahead.
pub const DAYS_AHEAD_MAX: i64 = 7;
/// For how many days after a day its slot key is kept: the grace, and thirty days in which a person
/// can object to what a gatekeeper saw. Then it is destroyed, and no slot leads to anybody.
pub const DAY_KEYS_KEPT: i64 = 31;
/// Slots that a day's list has for people who come on record after it was begun: room for an order
/// over ten million of them, and 4 MiB.
const DAY_ROOM: u64 = 1 << 24;
/// How many rows may have been given between a backup and the loss of what was backed up.
const LOST_ROWS: u64 = 1 << 20;
/// The slots of a list come in multiples of this.
const SLOTS_STEP: u64 = 1 << 20;
/// How many devices of a person can ask by themselves for a credential of one day.
pub const DEVICES_MAX: usize = 8;
/// How many issued credentials are remembered of a person, those of the latest days: room for a week
/// of every device.
const REMEMBERED: usize = 64;

/// From when to when the credentials of a day are good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// Local midnight.
    pub from: Timestamp,
    /// The next one, and the grace.
    pub until: Timestamp,
}

impl Validity {
    /// Of a day, in the civil time in force.
    pub const fn of(day: Day, utc_offset_s: i32) -> Self {
        let from = day.midnight(utc_offset_s);
        Self {
            from,
            until: from.plus_s(DAY_S.saturating_add(GRACE_S)),
        }
    }
}

/// The address where all lists are named, for a ledger of this origin.
pub fn aggregation_uri(origin: &str) -> String {
    format!("https://{origin}/aggregation")
}

/// One credential that was issued: not its bytes, which can be made again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuedRecord {
    /// Its day.
    pub day: Day,
    /// Its form.
    pub form: Form,
    /// The holder's key, if it is bound to one.
    #[serde(with = "serde_bytes")]
    pub holder: Option<[u8; 33]>,
    /// When.
    pub at: Timestamp,
}

/// What issuing knows of a person; sealed under the person's own key, and gone with it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holding {
    /// The row in force; none after a revocation, until the next credential or colour.
    pub row: Option<u64>,
    /// The last day that a credential on this row was issued for.
    pub last: Option<Day>,
    /// The newest credentials on this row.
    pub issued: Vec<IssuedRecord>,
}

/// The book of rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowBook {
    /// The row that is given next.
    pub next: u64,
    /// How many slots the list of each day has: fixed when the day is first used.
    pub days: BTreeMap<Day, u64>,
    /// Rows whose credentials were withdrawn, and the last day that one was issued for.
    pub retired: BTreeMap<u64, Day>,
}

impl RowBook {
    /// A row that nobody had.
    pub fn fresh(&mut self) -> Result<u64, IssueError> {
        if self.next >= LIST_SLOTS_MAX {
            return Err(IssueError::Full);
        }
        let row = self.next;
        self.next = row.saturating_add(1);
        Ok(row)
    }

    /// How many slots the list of a day has: the rows given so far, a quarter more for those who
    /// take a fresh one, and room for ten million people who come on record later.
    pub fn slots(&mut self, day: Day) -> u64 {
        let wanted = self
            .next
            .saturating_add(self.next / 4)
            .saturating_add(DAY_ROOM);
        let room = wanted.next_multiple_of(SLOTS_STEP).min(LIST_SLOTS_MAX);
        *self.days.entry(day).or_insert(room)
    }

    /// Leaves out rows that were given after a backup was made, which nothing here remembers. A
    /// credential on one of them must never point to somebody else's slot.
    pub fn skip_lost(&mut self) {
        self.next = self.next.saturating_add(LOST_ROWS).min(LIST_SLOTS_MAX);
    }

    /// Forgets days and rows that no credential points to any more.
    pub fn forget_before(&mut self, day: Day) {
        self.days.retain(|of, _| *of >= day);
        self.retired.retain(|_, until| *until >= day);
    }
}

/// Why nothing was issued or cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IssueError {
    /// Storage.
    Storage(StorageError),
    /// The ledger has not begun.
    NotBegun,
    /// The key at hand is not on record for this, or not for the whole time.
    KeyNotRegistered(KeyPurpose),
    /// A list has no slot left.
    Full,
    /// The day is past, or too far ahead.
    Day(Day),
    /// [`DEVICES_MAX`] devices of the person hold a credential of the day.
    TooManyDevices(Day),
    /// The bytes could not be made: the words of their maker.
    Credential(String),
}

impl fmt::Display for IssueError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Storage(error) => error.fmt(formatter),
            Self::NotBegun => formatter.write_str("this ledger has not begun"),
            Self::KeyNotRegistered(purpose) => write!(
                formatter,
                "the key for {} is not on record for that time\n\
                 help: have a registrar register it: `mingma credential keys register`",
                purpose.en()
            ),
            Self::Full => formatter
                .write_str("the list of that day has no slot left\nhelp: issue for the next day"),
            Self::Day(day) => write!(
                formatter,
                "no credential is issued for {day}\n\
                 help: name today or one of the {DAYS_AHEAD_MAX} days from today on"
            ),
            Self::TooManyDevices(day) => write!(
                formatter,
                "{DEVICES_MAX} devices hold a credential of that person for {day}\n\
                 help: `mingma credential renew` withdraws them all"
            ),
            Self::Credential(why) => formatter.write_str(why),
        }
    }
}

impl std::error::Error for IssueError {}

impl From<StorageError> for IssueError {
    fn from(error: StorageError) -> Self {
        Self::Storage(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_room_for_more_rows_than_were_given_and_keeps_its_size() {
        let mut book = RowBook::default();
        let (one, other) = (Day::from_count(1), Day::from_count(2));
        assert_eq!(book.slots(one), 1 << 24);
        book.next = 100_000_000;
        assert_eq!(book.slots(one), 1 << 24);
        let slots = book.slots(other);
        assert!((141_000_000..144_000_000).contains(&slots), "{slots}");
        assert_eq!(slots % 4, 0);
        book.next = LIST_SLOTS_MAX;
        assert_eq!(book.slots(Day::from_count(3)), LIST_SLOTS_MAX);
        assert_eq!(book.fresh(), Err(IssueError::Full));
    }

    #[test]
    fn a_row_is_given_once_and_days_and_rows_are_forgotten_after_their_time() {
        let mut book = RowBook::default();
        assert_eq!((book.fresh(), book.fresh()), (Ok(0), Ok(1)));
        book.slots(Day::from_count(1));
        book.slots(Day::from_count(2));
        book.retired.insert(0, Day::from_count(1));
        book.retired.insert(1, Day::from_count(2));
        book.forget_before(Day::from_count(2));
        assert_eq!(book.days.len(), 1);
        assert_eq!(book.retired.keys().copied().collect::<Vec<_>>(), [1]);
        assert_eq!(book.fresh(), Ok(2));
    }

    #[test]
    fn a_credential_outlives_its_day_by_twelve_hours_and_its_list_is_cut_so_long() {
        let offset_s = 28_800;
        let day = Day::from_count(19_156);
        let validity = Validity::of(day, offset_s);
        assert_eq!(validity.from.local_text(offset_s), "2022-06-13 00:00");
        assert_eq!(validity.until.local_text(offset_s), "2022-06-14 12:00");
        let live = |at: Timestamp| live_days(at, offset_s).collect::<Vec<_>>();
        let next = Day::from_count(19_157);
        assert_eq!(live(validity.until.plus_s(-1)), [day, next]);
        assert_eq!(live(validity.until), [next]);
        let evening = Day::from_count(19_158).midnight(offset_s).plus_s(-AHEAD_S);
        assert_eq!(live(evening.plus_s(-1)), [next]);
        assert_eq!(live(evening), [next, Day::from_count(19_158)]);
    }
}

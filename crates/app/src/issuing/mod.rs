//! Issuing: which row a person has, the credentials of a day, and the lists that they point into.
//!
//! Owns the calendar of credentials ([`Validity`]) and the book of rows ([`RowBook`]). Invariant: a
//! person has one row at a time, so a list has exactly as many reds as there are red people (I10);
//! a row is given once and never again; the slot of a row depends on the key of the day, and
//! nothing else leads from a slot to a person. Refuses: to issue by a key that is not on record.

mod credentials;
mod lists;

pub use credentials::{Issued, Issuer, Want};
pub use lists::{CutList, Cutter, cut, live_days, unwitnessed_orders};

use crate::ports::StorageError;
use domain::publication::{KeyPurpose, LIST_SLOTS_MAX};
use domain::time::{DAY_S, Day, HOUR_S, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// How long a credential is good after its day: an outage of this length harms nobody (I12).
pub const GRACE_S: i64 = 12 * HOUR_S;
/// For how long a version of a list is the newest at most.
pub const LIST_TTL_S: u64 = 600;
/// For how long a version of a list says anything.
pub const LIST_LIFE_S: i64 = DAY_S;
/// The most days of a paper sheet, and of credentials fetched ahead.
pub const DAYS_AHEAD_MAX: i64 = 7;
/// For how long the key of a day is kept after its credentials ended, so that a person can object
/// to what a gatekeeper saw. Then it is destroyed, and no slot leads to anybody.
pub const DAY_KEY_S: i64 = 30 * DAY_S;
/// The fewest slots that a day's list gets: room for an order over ten million people on top of a
/// small province, and 4 MiB.
const DAY_SLOTS_MIN: u64 = 1 << 24;
/// How many issued credentials are remembered of a person, the newest.
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

/// The address of the list of a day, for a ledger of this origin.
pub fn list_uri(origin: &str, day: Day) -> String {
    format!("https://{origin}/{}", list_path(day))
}

/// The path of the list of a day below the root of the published site.
pub fn list_path(day: Day) -> String {
    format!("s/{}", day.as_count())
}

/// The address where all lists are named, for a ledger of this origin.
pub fn aggregation_uri(origin: &str) -> String {
    format!("https://{origin}/aggregation")
}

/// How a credential is carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// Bound to a key of the holder's device.
    Held,
    /// For a device without keys.
    Static,
    /// Printed.
    Paper,
}

impl Form {
    /// The stable word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Static => "static",
            Self::Paper => "paper",
        }
    }
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

    /// How many slots the list of a day has. A new day gets room for twice as many rows again.
    pub fn slots(&mut self, day: Day) -> u64 {
        let wanted = self.next.saturating_mul(3).min(LIST_SLOTS_MAX);
        let room = wanted.next_power_of_two().max(DAY_SLOTS_MIN);
        *self.days.entry(day).or_insert(room)
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

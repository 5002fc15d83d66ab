//! Notices: who is to be told what, derived from the entries and from nothing else (I8).
//!
//! Owns the words for a notice and its way: derived, queued, sent or dead. Invariant: the same entry
//! gives the same notices whenever it is asked, so what a crash forgot is derived again, under the
//! same [`Key`]; an outbox that refuses a second one loses nothing and repeats nothing.

mod backlog;
mod derive;
mod letter;
mod post;

pub use backlog::Backlog;
pub use derive::derive;
pub use letter::{Letter, Readers, SMS_CHARS_MAX, letter};
pub use post::{BACKOFF_FIRST_S, BACKOFF_MAX_S, GIVE_UP_S, Posted, Route, Sent, Standing};

use domain::document::PersonId;
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// What happened to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A measure began.
    Imposed = 1,
    /// A measure ended by a release rule.
    Released = 2,
    /// An order was withdrawn, and a measure with it.
    Withdrawn = 3,
    /// The person's appeal was upheld.
    AppealUpheld = 4,
    /// The person's appeal was rejected.
    AppealRejected = 5,
    /// Evidence was overturned on somebody's dispute, and a measure with it.
    Overturned = 6,
    /// An officer looked at the person's record.
    Looked = 7,
    /// The person's case was answered.
    CaseAnswered = 8,
    /// An officer looked at the person's record without a case, in an emergency.
    BrokeGlass = 9,
    /// The movement that the person asked for was granted.
    MovementGranted = 10,
    /// The movement that the person asked for was refused.
    MovementRefused = 11,
    /// Somebody was bound who may read the person's code and record.
    ProxyBound = 12,
}

impl Event {
    /// Whether the letter has the person's page with it.
    const fn is_about_the_code(self) -> bool {
        !matches!(
            self,
            Self::Looked | Self::CaseAnswered | Self::BrokeGlass | Self::ProxyBound
        )
    }

    /// The stable word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Imposed => "imposed",
            Self::Released => "released",
            Self::Withdrawn => "withdrawn",
            Self::AppealUpheld => "appeal_upheld",
            Self::AppealRejected => "appeal_rejected",
            Self::Overturned => "overturned",
            Self::Looked => "looked",
            Self::CaseAnswered => "case_answered",
            Self::BrokeGlass => "broke_glass",
            Self::MovementGranted => "movement_granted",
            Self::MovementRefused => "movement_refused",
            Self::ProxyBound => "proxy_bound",
        }
    }
}

/// What makes a notice the same notice: entry, person, event. In order of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key([u8; 25]);

impl Key {
    /// The bytes: entry, most significant byte first, then person, then event.
    pub const fn as_bytes(&self) -> &[u8; 25] {
        &self.0
    }

    /// The key with these bytes.
    pub const fn from_bytes(bytes: [u8; 25]) -> Self {
        Self(bytes)
    }
}

/// One thing that one person is to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The entry that did it.
    pub entry: u64,
    /// Whom to tell.
    pub person: PersonId,
    /// What happened.
    pub event: Event,
    /// When it takes effect; the notice reflects this instant.
    pub at: Timestamp,
    /// When the person is to have been told.
    pub due: Timestamp,
}

impl Notice {
    /// What makes it the same notice.
    pub fn key(&self) -> Key {
        let parts = self.entry.to_be_bytes().into_iter();
        let parts = parts.chain(*self.person.as_bytes());
        let mut bytes = [0; 25];
        for (slot, byte) in bytes.iter_mut().zip(parts.chain([self.event as u8])) {
            *slot = byte;
        }
        Key(bytes)
    }

    /// The name that goes over the wire, always the same: it tells repeats apart and nothing else.
    pub fn id(&self, origin: &str) -> String {
        let hash = Sha256::new()
            .chain_update(b"mingma notice 1\0")
            .chain_update(origin.as_bytes())
            .chain_update([0])
            .chain_update(self.key().as_bytes());
        let hash: [u8; 32] = hash.finalize().into();
        domain::ids::to_hex(hash.first_chunk::<16>().unwrap_or(&[0; 16]))
    }
}

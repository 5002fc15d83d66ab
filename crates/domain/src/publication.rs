//! What the ledger publishes besides itself: issuing keys, and versions of the status lists.
//!
//! Owns the public words of both, as they stand in a leaf. Invariant: no personal data; a list is
//! named by its address and the SHA-256 of its array, and carries how many slots say what (I10).

use crate::ids::OrderId;
use crate::organisation::Role;
use crate::time::{DAY_S, Day, Timestamp};
use crate::word_list;
use serde::{Deserialize, Serialize};

/// The address of the list of a day, for a ledger of this origin. There is no other: a second list
/// of one day could say something else to somebody alone.
pub fn list_uri(origin: &str, day: Day) -> String {
    format!("https://{origin}/{}", list_path(day))
}

/// The path of the list of a day below the root of the published site.
pub fn list_path(day: Day) -> String {
    format!("s/{}", day.as_count())
}

/// The fewest slots of a list: fewer would let a list single people out.
pub const LIST_SLOTS_MIN: u64 = 1 << 20;
/// The most slots of a list.
pub const LIST_SLOTS_MAX: u64 = 1 << 30;
/// The longest life of one version of a list.
pub const LIST_LIFE_S_MAX: i64 = 2 * DAY_S;
/// The most orders that a list leaves out.
pub const LIST_WITHHELD_MAX: usize = 1_024;
/// The longest life of an issuing key.
pub const ISSUING_KEY_S_MAX: i64 = 3 * 366 * DAY_S;
/// Who publishes lists.
pub const LIST_ROLE: Role = Role::Issuer;

word_list! {
    /// What an issuing key signs.
    KeyPurpose {
        /// Credentials.
        Credential = "credential", "签发凭证", "credentials";
        /// Status lists.
        StatusList = "status_list", "签发状态列表", "status lists";
    }
}

/// A P-256 public key in its compressed form (SEC 1 2.3.3).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IssuingKey(#[serde(with = "serde_bytes")] [u8; 33]);

impl IssuingKey {
    /// The key with these bytes; `None` when they are no compressed point by their first byte.
    pub const fn from_bytes(bytes: [u8; 33]) -> Option<Self> {
        match bytes {
            [2 | 3, ..] => Some(Self(bytes)),
            _ => None,
        }
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 33] {
        &self.0
    }

    /// Whether the first byte is one of a compressed point.
    pub const fn is_compressed(&self) -> bool {
        matches!(self.0, [2 | 3, ..])
    }
}

impl std::fmt::Display for IssuingKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&crate::ids::to_hex(&self.0))
    }
}

impl std::fmt::Debug for IssuingKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "IssuingKey({self})")
    }
}

/// A key that may sign credentials or lists, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuingKeyGrant {
    /// What it signs.
    pub purpose: KeyPurpose,
    /// The key.
    pub key: IssuingKey,
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
}

/// How many slots of a list say what; all others are green or held by nobody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListCounts {
    /// Withdrawn or replaced credentials.
    pub revoked: u64,
    /// Yellow.
    pub yellow: u64,
    /// Red.
    pub red: u64,
}

/// A list as its publisher states it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListStatement {
    /// Its address, as the credentials name it.
    pub uri: String,
    /// How many slots it has.
    pub slots: u64,
    /// SHA-256 of its array, not compressed.
    #[serde(with = "serde_bytes")]
    pub sha256: [u8; 32],
    /// When it was cut.
    pub issued: Timestamp,
    /// From when it says nothing any more.
    pub expires: Timestamp,
    /// What its slots say.
    pub counts: ListCounts,
    /// Large orders that it leaves out, ascending: no quorum of witnesses has seen them yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withheld: Vec<OrderId>,
}

/// A version of a list as it stands in the public log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListVersion {
    /// Its address.
    pub uri: String,
    /// The number of the version, from 1.
    pub version: u64,
    /// How many slots it has.
    pub slots: u64,
    /// SHA-256 of its array.
    #[serde(with = "serde_bytes")]
    pub sha256: [u8; 32],
    /// When it was cut.
    pub issued: Timestamp,
    /// From when it says nothing any more.
    pub expires: Timestamp,
    /// Withdrawn or replaced credentials.
    pub revoked: u64,
    /// Yellow slots: exactly the people who are yellow.
    pub yellow: u64,
    /// Red slots: exactly the people who are red.
    pub red: u64,
    /// Large orders that it leaves out, as if they were not in force: no quorum of witnesses has
    /// seen them yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withheld: Vec<OrderId>,
}

impl ListVersion {
    /// A statement under its number.
    pub fn new(statement: &ListStatement, version: u64) -> Self {
        Self {
            uri: statement.uri.clone(),
            version,
            slots: statement.slots,
            sha256: statement.sha256,
            issued: statement.issued,
            expires: statement.expires,
            revoked: statement.counts.revoked,
            yellow: statement.counts.yellow,
            red: statement.counts.red,
            withheld: statement.withheld.clone(),
        }
    }
}

/// What an entry publishes, in its leaf.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Publication {
    /// A version of a status list.
    List(ListVersion),
    /// An issuing key begins.
    Key(IssuingKeyGrant),
    /// An issuing key ends now.
    KeyEnd {
        /// The key.
        key: IssuingKey,
    },
}

/// An issuing key on record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuingKeyRecord {
    /// The grant.
    pub grant: IssuingKeyGrant,
    /// The entry that registered it.
    pub entry: u64,
    /// From this instant on nothing new by it counts.
    pub revoked_at: Timestamp,
    /// The entry that revoked it first.
    pub revoked_by: Option<u64>,
}

/// The newest version of a list on record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListRecord {
    /// The version.
    pub newest: ListVersion,
    /// The entry that published it.
    pub entry: u64,
}

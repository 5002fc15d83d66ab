//! The ports: what the use cases need from the outside, as narrow traits.
//!
//! Invariant: [`Journal`] alone is on the path to an acknowledgement; what it holds is the truth.
//! Everything else can be rebuilt ([`Views`], snapshots) or destroyed on purpose ([`Vault`]).

use crate::issuing::{Holding, RowBook};
use crate::notices::{Key, Letter, Notice, Posted};
use domain::document::{DocumentType, PersonId};
use domain::salts::{Forgotten, SaltTree};
use domain::time::{Day, Timestamp};
use domain::view::{Table, ViewRow};
use std::fmt;

/// One entry as it is stored: its public leaf and its sealed private part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The canonical bytes of the leaf.
    pub leaf: Vec<u8>,
    /// The private part, sealed.
    pub sealed: Vec<u8>,
}

/// Why the journal did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JournalError {
    /// Somebody else appended first; decide again from the new length.
    Conflict {
        /// The length decided on.
        expected: u64,
        /// The length there is.
        actual: u64,
    },
    /// No space left; nothing of the group counts.
    Full,
    /// The operator must act: the operating system's words.
    Io(String),
    /// Bytes are not what was written.
    Damaged {
        /// The entry, from 0.
        seq: u64,
        /// Where: file and byte.
        place: String,
        /// What is wrong.
        what: &'static str,
    },
}

impl fmt::Display for JournalError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conflict { expected, actual } => {
                write!(
                    formatter,
                    "the journal has {actual} entries, not {expected}"
                )
            }
            Self::Full => formatter.write_str(
                "no space left on the disk; nothing was lost and nothing was acknowledged\n\
                 help: free some space, then send again",
            ),
            Self::Io(text) => write!(formatter, "the journal cannot be used: {text}"),
            Self::Damaged { seq, place, what } => {
                write!(formatter, "entry {seq} is damaged at {place}: {what}")
            }
        }
    }
}

impl std::error::Error for JournalError {}

/// The truth: an append-only sequence of records.
pub trait Journal {
    /// How many records are durable.
    fn len(&self) -> u64;

    /// Whether nothing was ever appended.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends a group if the length is still `expected`; durable when it returns `Ok`.
    /// After any error the caller must reopen before it appends again.
    fn append(&mut self, expected: u64, records: &[Record]) -> Result<(), JournalError>;

    /// Reads records from `seq` on, in order, verifying each against the chain.
    fn read_from(&self, seq: u64) -> Result<RecordStream<'_>, JournalError>;
}

/// Records in order.
pub type RecordStream<'a> = Box<dyn Iterator<Item = Result<Record, JournalError>> + 'a>;

/// A failure of storage that is not the journal: views, vault, keys, snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorageError {
    /// What cannot be used.
    pub what: &'static str,
    /// The operating system's or library's words; no personal data.
    pub why: String,
}

impl fmt::Display for StorageError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the {} cannot be used: {}", self.what, self.why)
    }
}

impl std::error::Error for StorageError {}

/// Seals private parts under one key a day; a destroyed key leaves noise.
pub trait Keyring {
    /// Seals `payload` under the key of `day`, bound to `leaf`.
    fn seal(&mut self, day: Day, leaf: &[u8], payload: Vec<u8>) -> Result<Vec<u8>, StorageError>;
    /// Opens what [`Keyring::seal`] made for the same leaf.
    fn open(&self, leaf: &[u8], sealed: &[u8]) -> Result<Vec<u8>, StorageError>;
    /// Fresh randomness for salts.
    fn random(&mut self) -> Result<[u8; 32], StorageError>;
    /// The shares of salts that are not forgotten.
    fn salts(&self) -> &SaltTree;
    /// Forgets the salts of leaves for good; says how many were not forgotten before.
    fn forget(&mut self, leaves: &[Forgotten]) -> Result<usize, StorageError>;
}

/// The rows of the projection, to read from; reading never waits for writing.
pub trait ViewRows {
    /// How many entries they reflect.
    fn position(&self) -> Result<u64, StorageError>;
    /// One row.
    fn row(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StorageError>;
    /// Rows of a table in key order, from `from` on, at most `limit`.
    fn rows(&self, table: Table, from: &[u8], limit: usize) -> Result<Vec<Pair>, StorageError>;
    /// Rows of a table in the other order, from the last before `before` on, at most `limit`.
    fn rows_before(
        &self,
        table: Table,
        before: &[u8],
        limit: usize,
    ) -> Result<Vec<Pair>, StorageError>;
}

/// The projection that answers queries; can be thrown away and rebuilt.
pub trait Views: ViewRows {
    /// Writes rows and, with the last of them, the position; durable at the latest by `flush`.
    fn write(&mut self, position: u64, rows: &[ViewRow]) -> Result<(), StorageError>;
    /// Makes everything written durable.
    fn flush(&mut self) -> Result<(), StorageError>;
}

/// A key and its value.
pub type Pair = (Vec<u8>, Vec<u8>);

/// What the vault knows of a person.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Identity {
    /// Kind of document.
    pub document_type: DocumentType,
    /// Its number.
    pub document_number: String,
    /// Name.
    pub name: String,
    /// Contact; never a key.
    pub phone: Option<String>,
    /// Contact by e-mail; never a key.
    pub email: Option<String>,
}

impl fmt::Debug for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Identity(..)")
    }
}

/// Names, documents and phones, each person's under a key of that person's own.
pub trait Vault {
    /// Stores identities; replaces what was there.
    fn store(&mut self, people: &[(PersonId, Identity)]) -> Result<(), StorageError>;
    /// Reads one identity; `None` when unknown or destroyed.
    fn read(&self, person: PersonId) -> Result<Option<Identity>, StorageError>;
    /// Destroys a person's key; what was stored can never be read again.
    fn destroy(&mut self, person: PersonId) -> Result<bool, StorageError>;
}

/// The notices that are owed, sent or given up. Several threads use one at a time; one process does.
pub trait Outbox: Send + Sync {
    /// The next entry to derive notices from.
    fn position(&self) -> Result<u64, StorageError>;
    /// Queues notices and, in the same step, moves the position. A notice that is known already, by
    /// its key, stays as it is. Says how many are new.
    fn enqueue(
        &self,
        notices: &[Notice],
        now: Timestamp,
        position: Option<u64>,
    ) -> Result<usize, StorageError>;
    /// Takes up to `limit` rows whose time has come, the longest due first, with their attempts
    /// counted. They are not given out again before [`Outbox::settle`], or before the outbox is
    /// opened anew. Durable when it returns.
    fn take(&self, now: Timestamp, limit: usize) -> Result<Vec<Posted>, StorageError>;
    /// Writes what became of a row that was taken.
    fn settle(&self, row: &Posted) -> Result<(), StorageError>;
    /// Puts up to `limit` dead letters back into the queue; says how many.
    fn revive(&self, now: Timestamp, limit: usize) -> Result<usize, StorageError>;
    /// Rows in the order of their keys, after one.
    fn rows(&self, after: Option<Key>, limit: usize) -> Result<Vec<Posted>, StorageError>;
    /// How many are queued and how many are dead.
    fn waiting(&self) -> Result<(usize, usize), StorageError>;
}

/// Words notices and addresses them, from the state that decided and the vault.
pub trait Secretary {
    /// A letter for each notice, in the same order.
    fn letters(&mut self, notices: &[Notice]) -> Result<Vec<Letter>, StorageError>;
}

/// What issuing keeps of people, each sealed under the person's own key; beside it the book of rows.
pub trait Holdings {
    /// What is known of a person; `None` when nothing is, or when it was destroyed.
    fn read(&self, person: PersonId) -> Result<Option<Holding>, StorageError>;
    /// The book of rows.
    fn rows(&self) -> Result<RowBook, StorageError>;
    /// Replaces holdings and the book in one durable step.
    fn store(
        &mut self,
        holdings: &[(PersonId, Holding)],
        book: &RowBook,
    ) -> Result<(), StorageError>;
}

/// The keys from which the slots of a day come, one a day; they can be destroyed.
pub trait DayKeys {
    /// The key of a day, made and durable when it is first asked for.
    fn key(&mut self, day: Day) -> Result<[u8; 32], StorageError>;
}

/// What is kept of those who sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shelf {
    /// Invitations of officers, by the hash of their token.
    Invitations,
    /// Passkeys, by their id.
    Passkeys,
    /// Activation codes, by person.
    Activations,
    /// Officers, by the account at an identity provider that says it is theirs.
    Subjects,
    /// Accounts at identity providers, by officer and provider.
    Bindings,
}

impl Shelf {
    /// Every shelf.
    pub const ALL: [Self; 5] = [
        Self::Invitations,
        Self::Passkeys,
        Self::Activations,
        Self::Subjects,
        Self::Bindings,
    ];

    /// The stable word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Invitations => "invitations",
            Self::Passkeys => "passkeys",
            Self::Activations => "activations",
            Self::Subjects => "subjects",
            Self::Bindings => "bindings",
        }
    }
}

/// Who can sign in; apart from the ledger, which alone says who may speak.
pub trait Accounts: Send + Sync {
    /// A value.
    fn get(&self, shelf: Shelf, key: &[u8]) -> Result<Option<Vec<u8>>, StorageError>;
    /// Puts a value, durable when it returns; replaces what was there.
    fn put(&self, shelf: Shelf, key: &[u8], value: &[u8]) -> Result<(), StorageError>;
    /// Removes a value and gives it: of two who take at once, one gets it.
    fn take(&self, shelf: Shelf, key: &[u8]) -> Result<Option<Vec<u8>>, StorageError>;
    /// Removes the values of a shelf that have ended; gives how many. What is put meanwhile stays.
    fn sweep(&self, shelf: Shelf, has_ended: &dyn Fn(&[u8]) -> bool) -> Result<u64, StorageError>;
    /// Every value of a shelf that staff alone fill, by key.
    fn all(&self, shelf: Shelf) -> Result<Vec<Vec<u8>>, StorageError>;
}

/// Tells the time.
pub trait Clock {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// A clock that stands where it was set: for scenarios and for queries about an instant.
#[derive(Clone, Copy, Debug)]
pub struct FixedClock(pub Timestamp);

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// Keeps the newest snapshot of the deciding state.
pub trait Snapshots {
    /// The newest snapshot: how many entries it reflects, and its bytes; damaged ones are skipped.
    fn newest(&self) -> Result<Option<(u64, Vec<u8>)>, StorageError>;
    /// Stores a snapshot by write, sync and rename.
    fn store(&mut self, position: u64, bytes: &[u8]) -> Result<(), StorageError>;
}

/// Publishes the log's static files.
pub trait Publisher {
    /// The newest published checkpoint, as signed text.
    fn checkpoint(&self) -> Result<Option<String>, StorageError>;
    /// Writes one immutable or partial file under the log's root, by rename.
    fn write(&mut self, path: &str, bytes: &[u8]) -> Result<(), StorageError>;
    /// Removes the partial forms of a tile or bundle that is full now.
    fn drop_partial(&mut self, path: &str) -> Result<(), StorageError>;
    /// Reads one file back.
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, StorageError>;
}

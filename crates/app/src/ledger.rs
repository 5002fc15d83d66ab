//! The one writer of a ledger: decide, append, acknowledge, and only then project and publish.
//!
//! Owns the deciding state and its journal. Invariant: what [`Ledger::submit`] returns is durable;
//! after a failed append nothing more is accepted until the ledger is opened again, for the state
//! in memory is then ahead of the truth. What a crash leaves: before the append returns, nothing or
//! an unacknowledged entry; after it, the entry, while views, snapshot and checkpoint may lag and
//! catch up at the next opening.

use crate::commit::subject_root;
use crate::notices::Backlog;
use crate::ports::{
    Journal, JournalError, Keyring, Outbox, Record, RecordStream, Snapshots, StorageError, Views,
};
use crate::receipt;
use crate::shelf::{Candidate, PackHistory, Shelf};
use domain::commitment::{EntrySalt, act_commitment};
use domain::document::PersonId;
use domain::ids::{ActDigest, OrderId};
use domain::leaf::{Leaf, MACHINE_VERSION};
use domain::machine::{self, Context, Outcome, RowResult};
use domain::refusal::Refusal;
use domain::rules::Permit;
use domain::salts::SaltTree;
use domain::state::{STATE_VERSION, State};
use domain::submission::Submission;
use domain::time::Timestamp;
use domain::view::{self, ViewRow};
use std::fmt;
use std::sync::Arc;
use tlog::frontier::Frontier;
use tlog::hash::{Hash, leaf_hash};

/// How many person rows one batch of the projection holds.
const PROJECT_ROWS: usize = 10_000;

/// Why a ledger could not do what was asked; a refusal is not an error but an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LedgerError {
    /// The journal.
    Journal(JournalError),
    /// Another part of the storage.
    Storage(StorageError),
    /// An entry does not replay: the data is not what this ledger wrote.
    Replay {
        /// The entry.
        seq: u64,
        /// What differs.
        what: &'static str,
    },
    /// A failed append came before; open the ledger again.
    Poisoned,
}

impl fmt::Display for LedgerError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Journal(error) => error.fmt(formatter),
            Self::Storage(error) => error.fmt(formatter),
            Self::Replay { seq, what } => write!(
                formatter,
                "entry {seq} does not replay: {what}\nhelp: run `mingma audit` on the directory"
            ),
            Self::Poisoned => formatter.write_str("an append failed before; open the ledger again"),
        }
    }
}

impl std::error::Error for LedgerError {}

impl From<JournalError> for LedgerError {
    fn from(error: JournalError) -> Self {
        Self::Journal(error)
    }
}

impl From<StorageError> for LedgerError {
    fn from(error: StorageError) -> Self {
        Self::Storage(error)
    }
}

/// The durable answer to a submission.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// The digest of the signed bytes.
    pub digest: ActDigest,
    /// The entry.
    pub seq: u64,
    /// Whether the same bytes came before; then nothing changed now.
    pub known: bool,
    /// The public part of the entry; none when it was known.
    pub leaf: Option<Leaf>,
    /// Why it was refused.
    pub refusal: Option<Refusal>,
    /// The provisions that permitted it.
    pub permits: Vec<Permit>,
    /// How the rows of a report fared.
    pub rows: Vec<RowResult>,
    /// How many people are to be told something.
    pub notices: u64,
}

impl Receipt {
    /// The order that a proposal with these bytes makes.
    pub fn order(&self) -> OrderId {
        OrderId::from_bytes(self.digest.short())
    }
}

/// What the projection still has to write.
#[derive(Default)]
struct Pending {
    people: Vec<u32>,
    rows: Vec<ViewRow>,
}

/// A ledger open for writing.
pub struct Ledger {
    state: State,
    frontier: Frontier,
    journal: Box<dyn Journal + Send>,
    keyring: Box<dyn Keyring + Send>,
    shelf: Shelf,
    pending: Pending,
    backlog: Option<Backlog>,
    snapshot_at: u64,
    poisoned: bool,
}

impl Ledger {
    /// Opens a ledger: newest snapshot, then the journal's tail through the same step.
    ///
    /// `views_at` gives the position of the views, and is asked only after the snapshot is read, so
    /// that both can be opened at once; what they miss is owed to them, all of it when they are
    /// behind the snapshot.
    pub fn open(
        journal: Box<dyn Journal + Send>,
        keyring: Box<dyn Keyring + Send>,
        snapshots: &dyn Snapshots,
        views_at: impl FnOnce() -> Result<u64, StorageError>,
    ) -> Result<Self, LedgerError> {
        let (state, frontier, outdated) = restore(snapshots, journal.len())?;
        let views_at = views_at()?;
        let snapshot_at = state.seq;
        let mut ledger = Self {
            state,
            frontier,
            journal,
            keyring,
            shelf: Shelf::default(),
            pending: Pending::default(),
            backlog: None,
            snapshot_at,
            poisoned: false,
        };
        ledger.shelf.fill(&ledger.state);
        ledger.replay_tail(views_at)?;
        if outdated || views_at < snapshot_at || views_at > ledger.state.seq {
            ledger.owe_everything();
        }
        Ok(ledger)
    }

    fn replay_tail(&mut self, views_at: u64) -> Result<(), LedgerError> {
        let Self {
            state,
            frontier,
            journal,
            keyring,
            shelf,
            pending,
            ..
        } = self;
        for record in journal.read_from(state.seq)? {
            let record = record?;
            let seq = state.seq;
            let differs = |what| LedgerError::Replay { seq, what };
            let stored = Leaf::decode(&record.leaf).ok_or_else(|| differs("unreadable leaf"))?;
            if stored.machine > MACHINE_VERSION {
                return Err(differs("written by a newer version"));
            }
            let mut payload = keyring.open(&record.leaf, &record.sealed)?;
            let salt = split_salt(&mut payload).ok_or_else(|| differs("no salt"))?;
            let submission = intake::receive(&payload, state);
            if stored.at < state.last_at {
                return Err(differs("time goes back"));
            }
            let (outcome, leaf) = step(
                state,
                shelf,
                stored.at,
                &submission,
                (&salt, keyring.salts()),
            );
            if leaf.encode() != record.leaf {
                return Err(differs("the machine decides otherwise"));
            }
            frontier.push(leaf_hash(&record.leaf));
            if seq >= views_at {
                pending.owe(state, seq, outcome);
            }
        }
        Ok(())
    }

    /// Lets go of the journal, so that it can be opened again; nothing more is taken by this ledger.
    pub fn release(&mut self) {
        self.poisoned = true;
        self.journal = Box::new(Released);
    }

    /// The deciding state.
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// The Merkle frontier over the leaves.
    pub const fn frontier(&self) -> &Frontier {
        &self.frontier
    }

    /// The journal, to read from.
    pub fn journal(&self) -> &dyn Journal {
        self.journal.as_ref()
    }

    /// The keyring, to open sealed parts.
    pub fn keyring(&self) -> &dyn Keyring {
        self.keyring.as_ref()
    }

    /// Forgets the salts of a person's leaves in every entry so far: what the public log commits to
    /// can no longer be opened for that person. Says how many leaves that were.
    pub fn forget(&mut self, person: PersonId) -> Result<usize, LedgerError> {
        let leaves = receipt::leaves_of(self.journal(), self.keyring(), person)?;
        Ok(self.keyring.forget(&leaves)?)
    }

    /// The pack in force.
    pub fn pack(&self) -> Option<&policy::Pack> {
        self.shelf.in_force(&self.state)
    }

    /// The pack that was in force when an entry was decided.
    pub fn pack_at(&self, entry: u64) -> Option<Arc<policy::Pack>> {
        self.shelf.at(&self.state, entry)
    }

    /// The packs adopted so far, to read from.
    pub fn packs(&self) -> PackHistory {
        self.shelf.history(&self.state)
    }

    /// Takes a group of signed bytes as one durable append and answers each.
    pub fn submit(
        &mut self,
        now: Timestamp,
        group: Vec<Vec<u8>>,
    ) -> Result<Vec<Receipt>, LedgerError> {
        if self.poisoned {
            return Err(LedgerError::Poisoned);
        }
        let expected = self.state.seq;
        let mut records = Vec::with_capacity(group.len());
        let mut receipts = Vec::with_capacity(group.len());
        self.poisoned = true;
        for bytes in group {
            receipts.push(self.take(now, bytes, &mut records)?);
        }
        if !records.is_empty() {
            self.journal.append(expected, &records)?;
        }
        self.poisoned = false;
        Ok(receipts)
    }

    fn take(
        &mut self,
        now: Timestamp,
        mut bytes: Vec<u8>,
        records: &mut Vec<Record>,
    ) -> Result<Receipt, LedgerError> {
        let at = now.max(self.state.last_at);
        let submission = intake::receive(&bytes, &self.state);
        let digest = submission.digest();
        if let Some(&seq) = self.state.seen.get(&digest) {
            let refusal = self
                .state
                .refusals
                .get(&seq)
                .map(|record| record.refusal.clone());
            return Ok(Receipt {
                digest,
                seq,
                known: true,
                leaf: None,
                refusal,
                permits: Vec::new(),
                rows: Vec::new(),
                notices: 0,
            });
        }
        let salt = self.keyring.random()?;
        let seq = self.state.seq;
        let salts = (&salt, self.keyring.salts());
        let (mut outcome, leaf) = step(&mut self.state, &mut self.shelf, at, &submission, salts);
        drop(submission);
        let encoded = leaf.encode();
        bytes.extend_from_slice(&salt);
        let day = at.local_day(self.state.utc_offset_s);
        let sealed = self.keyring.seal(day, &encoded, bytes)?;
        self.frontier.push(leaf_hash(&encoded));
        records.push(Record {
            leaf: encoded,
            sealed,
        });
        let receipt = Receipt {
            digest,
            seq,
            known: false,
            leaf: Some(leaf),
            refusal: outcome.refusal.take(),
            permits: std::mem::take(&mut outcome.permits),
            rows: std::mem::take(&mut outcome.rows),
            notices: outcome.notices,
        };
        if let Some(backlog) = &mut self.backlog {
            backlog.add(seq, at, &outcome.changes.people);
        }
        self.pending.owe(&self.state, seq, outcome);
        Ok(receipt)
    }

    /// Queues the notices of entries that the outbox has not heard of, at most about `most` of them;
    /// whether there is more to be done. From the first call on, the ledger remembers whom an entry
    /// touches, and need not search for it.
    pub fn tell(
        &mut self,
        outbox: &dyn Outbox,
        now: Timestamp,
        most: usize,
    ) -> Result<bool, LedgerError> {
        let seq = self.state.seq;
        let Self {
            state,
            shelf,
            journal,
            backlog,
            ..
        } = self;
        let notice_s = |entry| Some(shelf.at(state, entry)?.book().deadlines.notice_s);
        let backlog = backlog.get_or_insert_with(|| Backlog::new(seq));
        backlog.tell((state, journal.as_ref()), notice_s, outbox, now, most)
    }

    /// Whether the views miss anything.
    pub const fn views_lag(&self) -> bool {
        !self.pending.people.is_empty() || !self.pending.rows.is_empty()
    }

    /// Brings the views up to the journal; the caller can then read its own writes.
    pub fn project(&mut self, views: &mut dyn Views) -> Result<(), LedgerError> {
        let Pending { mut people, rows } = std::mem::take(&mut self.pending);
        if people.is_empty() && rows.is_empty() {
            return Ok(());
        }
        let before = views.position()?.min(self.state.seq);
        let people_of = &self.state.people;
        people.sort_unstable();
        people.dedup();
        people.sort_by_cached_key(|place| people_of.person(*place).map(|person| person.id));
        // What people's rows name comes with them or before them, the position with the last.
        let mut rows = rows;
        let mut portions = people.chunks(PROJECT_ROWS).peekable();
        loop {
            let portion = portions.next().unwrap_or_default();
            let people = portion.iter();
            rows.extend(people.filter_map(|place| view::person_row(&self.state, *place)));
            if portions.peek().is_none() {
                views.write(self.state.seq, &rows)?;
                return Ok(());
            }
            views.write(before, &rows)?;
            rows.clear();
        }
    }

    /// Owes the views everything: after damage, or for `rebuild` on empty views.
    pub fn owe_everything(&mut self) {
        let count = self.state.people.count();
        let rows = view::every_row(&self.state);
        self.pending.rows = rows
            .filter(|row| row.table != view::Table::People)
            .collect();
        self.pending.people = (0..count).collect();
    }

    /// How many entries came after the newest snapshot.
    pub const fn since_snapshot(&self) -> u64 {
        self.state.seq.saturating_sub(self.snapshot_at)
    }

    /// Stores a snapshot. The views must be flushed first, so that they never lag behind it.
    pub fn snapshot(&mut self, snapshots: &mut dyn Snapshots) -> Result<(), LedgerError> {
        let bytes = postcard::to_stdvec(&(STATE_VERSION, &self.frontier, &self.state)).map_err(
            |error| StorageError {
                what: "snapshot",
                why: error.to_string(),
            },
        )?;
        snapshots.store(self.state.seq, &bytes)?;
        self.snapshot_at = self.state.seq;
        Ok(())
    }

    /// The Merkle root over all leaves.
    pub fn root(&self) -> Hash {
        self.frontier.root()
    }
}

/// A journal that was let go.
struct Released;

impl Released {
    fn gone() -> JournalError {
        JournalError::Io("it was let go to be opened again".to_owned())
    }
}

impl Journal for Released {
    fn len(&self) -> u64 {
        0
    }

    fn append(&mut self, _: u64, _: &[Record]) -> Result<(), JournalError> {
        Err(Self::gone())
    }

    fn read_from(&self, _: u64) -> Result<RecordStream<'_>, JournalError> {
        Err(Self::gone())
    }
}

impl Pending {
    fn owe(&mut self, state: &State, seq: u64, mut outcome: Outcome) {
        self.rows
            .extend(view::rows_for(state, seq, &outcome.changes));
        self.people.append(&mut outcome.changes.people);
    }
}

/// Reads the newest snapshot that fits; a snapshot is a convenience, the journal is the truth. Says
/// whether there was one of another version, whose rows may have another shape as well.
fn restore(snapshots: &dyn Snapshots, length: u64) -> Result<(State, Frontier, bool), LedgerError> {
    let fresh = |outdated| (State::default(), Frontier::default(), outdated);
    let Some((position, bytes)) = snapshots.newest()? else {
        return Ok(fresh(false));
    };
    let read: Result<(u16, Frontier, State), _> = postcard::from_bytes(&bytes);
    match read {
        Ok((STATE_VERSION, frontier, mut state))
            if state.seq == position && frontier.size() == position && position <= length =>
        {
            state.reindex();
            Ok((state, frontier, false))
        }
        Ok(_) | Err(_) => Ok(fresh(true)),
    }
}

/// Takes the entry's salt off the end of an opened payload.
pub fn split_salt(payload: &mut Vec<u8>) -> Option<EntrySalt> {
    let start = payload.len().checked_sub(32)?;
    let salt = payload.get(start..)?.try_into().ok()?;
    payload.truncate(start);
    Some(salt)
}

/// One step with the rules of the day and the commitments filled in.
pub(crate) fn step(
    state: &mut State,
    shelf: &mut Shelf,
    at: Timestamp,
    submission: &Submission,
    (salt, tree): (&EntrySalt, &SaltTree),
) -> (Outcome, Leaf) {
    let salts = tree.entry(*salt, state.seq);
    let candidate = Shelf::candidate(submission);
    let outcome = {
        let in_force = shelf.in_force(state);
        let cx = Context {
            at,
            rules: in_force.map(policy::Pack::rules),
            candidate: match &candidate {
                Candidate::None => None,
                Candidate::Sound(pack) => Some(Ok(pack.book())),
                Candidate::Unsound(why) => Some(Err(why.as_str())),
            },
        };
        machine::step(state, &cx, submission)
    };
    if let Candidate::Sound(pack) = candidate {
        shelf.add(*pack);
    }
    let mut leaf = outcome.leaf.clone();
    leaf.subjects = subject_root(salts, state, &outcome.subjects);
    leaf.act = act_commitment(salt, &submission.digest());
    (outcome, leaf)
}

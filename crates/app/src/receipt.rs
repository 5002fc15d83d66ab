//! What the entries say of one person, opened: for that person's own hands, or to be forgotten.
//!
//! Owns nothing: everything is decided again from the journal, as in recovery. Invariant: a record
//! opens exactly one leaf of an entry's subject tree; nobody else's salt or id is in it.
//! Refuses: entries whose private part is destroyed; then there is nothing left to open.

use crate::ledger::{LedgerError, split_salt, step};
use crate::ports::{Journal, Keyring};
use crate::shelf::Shelf;
use domain::document::PersonId;
use domain::leaf::Leaf;
use domain::salts::{Forgotten, SALTS_CHUNK, SubjectLeaf};
use domain::state::State;
use tlog::{Hash, leaf_hash, tree};

/// One entry about one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonRecord {
    /// The entry.
    pub entry: u64,
    /// Its public leaf.
    pub leaf: Vec<u8>,
    /// The person's leaf in the entry's subject tree: salt, person, mark.
    pub subject: Vec<u8>,
    /// Its place in that tree.
    pub place: u64,
    /// How many people are in that tree.
    pub count: u64,
    /// The hashes from its sibling up.
    pub path: Vec<Hash>,
}

/// What the ledger says of a person, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PersonRecords {
    /// The leaves that still open.
    pub open: Vec<PersonRecord>,
    /// How many leaves were forgotten.
    pub forgotten: usize,
}

/// Everything that the ledger says of a person.
pub fn about(
    journal: &dyn Journal,
    keyring: &dyn Keyring,
    person: PersonId,
) -> Result<PersonRecords, LedgerError> {
    let mut records = PersonRecords::default();
    walk(journal, keyring, person, |entry| {
        let differs = |what| LedgerError::Replay {
            seq: entry.seq,
            what,
        };
        let hashes: Vec<Hash> = (entry.leaves.iter())
            .map(|leaf| leaf.hash(leaf_hash))
            .collect();
        for &place in &entry.places {
            let Some(SubjectLeaf::Open(subject)) = entry.leaves.get(place) else {
                records.forgotten = records.forgotten.saturating_add(1);
                continue;
            };
            records.open.push(PersonRecord {
                entry: entry.seq,
                leaf: entry.leaf.clone(),
                subject: subject.to_vec(),
                place: place as u64,
                count: hashes.len() as u64,
                path: tree::inclusion_proof(&hashes, place as u64)
                    .map_err(|_| differs("its subjects are not whole"))?,
            });
        }
        Ok(())
    })?;
    Ok(records)
}

/// The leaves of a person that are not forgotten yet.
pub(crate) fn leaves_of(
    journal: &dyn Journal,
    keyring: &dyn Keyring,
    person: PersonId,
) -> Result<Vec<Forgotten>, LedgerError> {
    let mut found = Vec::new();
    walk(journal, keyring, person, |entry| {
        for &place in &entry.places {
            if let Some(leaf @ SubjectLeaf::Open(_)) = entry.leaves.get(place) {
                found.push(Forgotten {
                    entry: entry.seq,
                    place: place as u64,
                    count: entry.leaves.len() as u64,
                    hash: leaf.hash(leaf_hash),
                });
            }
        }
        Ok(())
    })?;
    Ok(found)
}

/// An entry that concerns the person.
struct About {
    seq: u64,
    leaf: Vec<u8>,
    /// The leaves of everybody in it.
    leaves: Vec<SubjectLeaf>,
    /// Where the person is among them.
    places: Vec<usize>,
}

fn walk(
    journal: &dyn Journal,
    keyring: &dyn Keyring,
    person: PersonId,
    mut visit: impl FnMut(About) -> Result<(), LedgerError>,
) -> Result<(), LedgerError> {
    let (mut state, mut shelf) = (State::default(), Shelf::default());
    for record in journal.read_from(0)? {
        let record = record?;
        let seq = state.seq;
        let differs = |what| LedgerError::Replay { seq, what };
        let stored = Leaf::decode(&record.leaf).ok_or_else(|| differs("unreadable leaf"))?;
        let mut payload = keyring.open(&record.leaf, &record.sealed)?;
        let salt = split_salt(&mut payload).ok_or_else(|| differs("no salt"))?;
        let submission = intake::receive(&payload, &state);
        let salts = (&salt, keyring.salts());
        let (outcome, _) = step(&mut state, &mut shelf, stored.at, &submission, salts);
        let count = outcome.subjects.count();
        let subject_at = |place: usize| outcome.subjects.at(&state, place);
        let is_own = |place: &usize| subject_at(*place).is_some_and(|one| one.person == person);
        let places: Vec<usize> = (0..count).filter(is_own).collect();
        if places.is_empty() {
            continue;
        }
        let salts = keyring.salts().entry(salt, seq);
        let mut leaves = Vec::with_capacity(count);
        for first in (0..count).step_by(SALTS_CHUNK) {
            let chunk = salts.chunk(first / SALTS_CHUNK);
            let places = first..count.min(first.saturating_add(SALTS_CHUNK));
            let subjects = places.filter_map(subject_at).enumerate();
            leaves.extend(subjects.map(|(place, subject)| chunk.leaf(place, &subject)));
        }
        visit(About {
            seq,
            leaf: record.leaf,
            leaves,
            places,
        })?;
    }
    Ok(())
}

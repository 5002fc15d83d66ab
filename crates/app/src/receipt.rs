//! What the entries say of one person, opened: for that person's own hands.
//!
//! Owns nothing: everything is decided again from the journal, as in recovery. Invariant: a record
//! opens exactly one leaf of an entry's subject tree; nobody else's salt or id is in it.
//! Refuses: entries whose private part is destroyed; then there is nothing left to open.

use crate::ledger::{LedgerError, split_salt, step};
use crate::ports::{Journal, Keyring};
use crate::shelf::Shelf;
use domain::commitment::subject_leaf;
use domain::document::PersonId;
use domain::leaf::Leaf;
use domain::machine::Subject;
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

/// Everything that the ledger says of a person, oldest first.
pub fn about(
    journal: &dyn Journal,
    keyring: &dyn Keyring,
    person: PersonId,
) -> Result<Vec<PersonRecord>, LedgerError> {
    let (mut state, mut shelf) = (State::default(), Shelf::default());
    let mut records = Vec::new();
    for record in journal.read_from(0)? {
        let record = record?;
        let seq = state.seq;
        let differs = |what| LedgerError::Replay { seq, what };
        let stored = Leaf::decode(&record.leaf).ok_or_else(|| differs("unreadable leaf"))?;
        let mut payload = keyring.open(&record.leaf, &record.sealed)?;
        let salt = split_salt(&mut payload).ok_or_else(|| differs("no salt"))?;
        let submission = intake::receive(&payload, &state);
        let (outcome, _) = step(&mut state, &mut shelf, stored.at, &submission, &salt);
        let count = outcome.subjects.count();
        let subject_at = |place: usize| outcome.subjects.at(&state, place);
        let is_own = |subject: &Subject| subject.person == person;
        let Some(place) = (0..count).find(|place| subject_at(*place).is_some_and(|s| is_own(&s)))
        else {
            continue;
        };
        let leaves: Vec<Hash> = (0..count)
            .filter_map(|place| Some(subject_leaf(&salt, place, &subject_at(place)?)))
            .map(|leaf| leaf_hash(&leaf))
            .collect();
        let place_number = place as u64;
        let path = tree::inclusion_proof(&leaves, place_number)
            .map_err(|_| differs("its subjects are not whole"))?;
        let Some(own) = subject_at(place) else {
            continue;
        };
        records.push(PersonRecord {
            entry: seq,
            leaf: record.leaf,
            subject: subject_leaf(&salt, place, &own).to_vec(),
            place: place_number,
            count: count as u64,
            path,
        });
    }
    Ok(records)
}

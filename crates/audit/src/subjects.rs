//! The root over the people of an entry, computed on the cores there are.
//!
//! Invariant: depends on salt and subjects in their order alone.

use domain::machine::Subjects;
use domain::salts::{EntrySalts, SALTS_CHUNK};
use domain::state::State;
use std::num::NonZeroUsize;
use tlog::{Hash, leaf_hash, tree};

fn fill(
    entry: EntrySalts<'_>,
    state: &State,
    subjects: &Subjects,
    first: usize,
    slots: &mut [Hash],
) {
    let mut salts = None;
    for (index, slot) in (first..).zip(slots) {
        if index.is_multiple_of(SALTS_CHUNK) || salts.is_none() {
            salts = Some(entry.chunk(index / SALTS_CHUNK));
        }
        if let (Some(salts), Some(subject)) = (&salts, subjects.at(state, index)) {
            *slot = salts.leaf(index % SALTS_CHUNK, &subject).hash(leaf_hash);
        }
    }
}

/// The root, on the state right after the entry; zeros when there is nobody.
pub fn subject_root(entry: EntrySalts<'_>, state: &State, subjects: &Subjects) -> Hash {
    if subjects.count() == 0 {
        return [0; 32];
    }
    let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    tree::root_of_runs(subjects.count(), threads, |first, slots| {
        fill(entry, state, subjects, first, slots);
    })
}

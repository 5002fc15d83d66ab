//! Commitments to the people of an entry, on all cores.
//!
//! Invariant: the root depends on salts and subjects in their order alone, never on the number of
//! threads.

use domain::machine::Subjects;
use domain::salts::{EntrySalts, SALTS_CHUNK};
use domain::state::State;
use std::num::NonZeroUsize;
use tlog::hash::leaf_hash;
use tlog::tree;

/// Threads for large entries.
const THREADS: NonZeroUsize = NonZeroUsize::MIN.saturating_add(1);

/// The root of the subject tree, on the state right after the entry; zeros when it concerns nobody.
pub fn subject_root(salts: EntrySalts<'_>, state: &State, subjects: &Subjects) -> [u8; 32] {
    if subjects.count() == 0 {
        return [0; 32];
    }
    // INVARIANT: runs begin at multiples of a chunk of salts.
    tree::root_of_runs(subjects.count(), THREADS, |first, run| {
        let chunks = run.chunks_mut(SALTS_CHUNK);
        for (first, slots) in (first..).step_by(SALTS_CHUNK).zip(chunks) {
            let salts = salts.chunk(first / SALTS_CHUNK);
            for (place, slot) in slots.iter_mut().enumerate() {
                if let Some(subject) = subjects.at(state, first.saturating_add(place)) {
                    *slot = salts.leaf(place, &subject).hash(leaf_hash);
                }
            }
        }
    })
}

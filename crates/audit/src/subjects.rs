//! The root over the people of an entry, computed on the cores there are.
//!
//! Invariant: depends on salt and subjects in their order alone.

use domain::commitment::{EntrySalt, subject_leaf};
use domain::machine::Subject;
use std::num::NonZeroUsize;
use tlog::{Hash, leaf_hash, tree};

/// Fewer than this are not worth another thread.
const SHARE_MIN: usize = 2_048;

fn fill(salt: &EntrySalt, first: usize, subjects: &[Subject], slots: &mut [Hash]) {
    for ((index, subject), slot) in (first as u64..).zip(subjects).zip(slots) {
        *slot = leaf_hash(&subject_leaf(salt, index, subject));
    }
}

/// The root; zeros when there is nobody.
pub fn subject_root(salt: &EntrySalt, subjects: &[Subject]) -> Hash {
    if subjects.is_empty() {
        return [0; 32];
    }
    let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let share = subjects.len().div_ceil(threads.get()).max(SHARE_MIN);
    let mut hashes = vec![[0; 32]; subjects.len()];
    if share >= subjects.len() {
        fill(salt, 0, subjects, &mut hashes);
        return tree::root(&hashes);
    }
    std::thread::scope(|scope| {
        let pieces = subjects.chunks(share).zip(hashes.chunks_mut(share));
        for (number, (piece, slots)) in pieces.enumerate() {
            scope.spawn(move || fill(salt, number.saturating_mul(share), piece, slots));
        }
    });
    tree::root_parallel(&hashes, threads)
}

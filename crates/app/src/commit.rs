//! Commitments to the people of an entry, on all cores.
//!
//! Invariant: the root depends on salts and subjects in their order alone, never on the number of
//! threads.

use domain::commitment::{EntrySalt, subject_leaf};
use domain::machine::Subject;
use std::num::NonZeroUsize;
use tlog::hash::{Hash, leaf_hash};
use tlog::tree;

/// Below this many subjects one thread is faster.
const PARALLEL_MIN: usize = 4_096;
/// Threads for large entries.
const THREADS: NonZeroUsize = NonZeroUsize::MIN.saturating_add(1);

fn hashes(salt: &EntrySalt, first: u64, subjects: &[Subject]) -> Vec<Hash> {
    (first..)
        .zip(subjects)
        .map(|(index, subject)| leaf_hash(&subject_leaf(salt, index, subject)))
        .collect()
}

/// The leaf hashes of the subject tree.
pub fn subject_hashes(salt: &EntrySalt, subjects: &[Subject]) -> Vec<Hash> {
    if subjects.len() < PARALLEL_MIN {
        return hashes(salt, 0, subjects);
    }
    let (left, right) = subjects.split_at(subjects.len() / 2);
    std::thread::scope(|scope| {
        let other = scope.spawn(|| hashes(salt, 0, left));
        let tail = hashes(salt, left.len() as u64, right);
        // A panic in the other half would be ours too; then one thread does it all.
        let mut all = other.join().unwrap_or_else(|_| hashes(salt, 0, left));
        all.extend(tail);
        all
    })
}

/// The root of the subject tree; zeros when the entry concerns nobody.
pub fn subject_root(salt: &EntrySalt, subjects: &[Subject]) -> [u8; 32] {
    if subjects.is_empty() {
        return [0; 32];
    }
    let leaves = subject_hashes(salt, subjects);
    if leaves.len() < PARALLEL_MIN {
        tree::root(&leaves)
    } else {
        tree::root_parallel(&leaves, THREADS)
    }
}

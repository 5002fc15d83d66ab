//! Whole trees in memory: the subjects of one entry, up to tens of millions of leaf hashes.
//!
//! Invariant: [`root`], [`root_of_runs`] and [`MerkleTree::root`] agree with
//! [`crate::Frontier`] for every input. Refuses proofs for leaves that are not there.

use crate::frontier::fold_right;
use crate::proof::{HashReader, NodeId, inclusion_proof as prove_inclusion};
use crate::{EMPTY_ROOT, Error, Hash, node_hash};
use std::num::NonZeroUsize;

/// Leaves that one unit of parallel work hashes; a power of two, so its root is one node.
const WORK_LEAVES: usize = 1 << 12;
/// The most threads that [`root_of_runs`] and [`MerkleTree::new`] start.
const THREADS_MAX: usize = 64;
/// Levels that [`MerkleTree`] does not keep but computes again for a proof.
const CACHED_FROM_LEVEL: u8 = 8;

/// The root over leaf hashes, without recursion and without copying them.
#[must_use]
pub fn root(leaves: &[Hash]) -> Hash {
    complete_edge(leaves).unwrap_or(EMPTY_ROOT)
}

/// The root over `count` leaf hashes that are never all in memory: `fill` writes those of a run
/// that begins at the given index, for up to `threads` runs at once.
#[must_use]
pub fn root_of_runs(
    count: usize,
    threads: NonZeroUsize,
    fill: impl Fn(usize, &mut [Hash]) + Sync,
) -> Hash {
    let mut roots = vec![EMPTY_ROOT; count.div_ceil(WORK_LEAVES)];
    let share = roots.len().div_ceil(threads.get().min(THREADS_MAX)).max(1);
    let fill = &fill;
    let hash_runs = |first: usize, slots: &mut [Hash]| {
        let mut run = vec![EMPTY_ROOT; count.min(WORK_LEAVES)];
        for (number, slot) in (first..).zip(slots) {
            let begin = number.saturating_mul(WORK_LEAVES);
            let length = count.saturating_sub(begin).min(WORK_LEAVES);
            if let Some(run) = run.get_mut(..length) {
                fill(begin, run);
                *slot = root(run);
            }
        }
    };
    if roots.len() <= share {
        hash_runs(0, &mut roots);
    } else {
        std::thread::scope(|scope| {
            for (number, slots) in roots.chunks_mut(share).enumerate() {
                scope.spawn(move || hash_runs(number.saturating_mul(share), slots));
            }
        });
    }
    // All runs but the last are complete subtrees of one height (RFC 9162 2.1.1).
    root(&roots)
}

/// The proof that the leaf at `index` is under [`root`].
///
/// # Errors
/// [`crate::ProofError::IndexOutsideTree`].
pub fn inclusion_proof(leaves: &[Hash], index: u64) -> Result<Vec<Hash>, Error> {
    prove_inclusion(&Leaves(leaves), index, length(leaves))
}

/// Leaf hashes with enough kept above them that each proof costs a few hundred hashes.
#[derive(Clone, Debug)]
pub struct MerkleTree {
    leaves: Vec<Hash>,
    /// Complete nodes at `CACHED_FROM_LEVEL` and each level above it.
    upper: Vec<Vec<Hash>>,
    root: Hash,
}

impl MerkleTree {
    /// Builds the tree over leaf hashes with up to `threads` threads.
    #[must_use]
    pub fn new(leaves: Vec<Hash>, threads: NonZeroUsize) -> Self {
        let piece = 1_usize << CACHED_FROM_LEVEL;
        let pieces = piece_roots(&leaves, piece, threads);
        let root = root(&pieces);
        let mut level: Vec<Hash> = pieces.into_iter().take(leaves.len() / piece).collect();
        let mut upper = Vec::new();
        while !level.is_empty() {
            let next = level
                .as_chunks()
                .0
                .iter()
                .map(|[left, right]| node_hash(left, right));
            let next = next.collect();
            upper.push(std::mem::replace(&mut level, next));
        }
        Self {
            leaves,
            upper,
            root,
        }
    }

    /// The root hash.
    #[must_use]
    pub const fn root(&self) -> Hash {
        self.root
    }

    /// Leaves in the tree.
    #[must_use]
    pub fn size(&self) -> u64 {
        length(&self.leaves)
    }

    /// The leaf hashes.
    #[must_use]
    pub fn leaves(&self) -> &[Hash] {
        &self.leaves
    }

    /// The proof that the leaf at `index` is under the root.
    ///
    /// # Errors
    /// [`crate::ProofError::IndexOutsideTree`].
    pub fn inclusion_proof(&self, index: u64) -> Result<Vec<Hash>, Error> {
        prove_inclusion(self, index, self.size())
    }
}

impl HashReader for MerkleTree {
    type Error = Error;

    fn hashes(&self, nodes: &[NodeId]) -> Result<Vec<Hash>, Error> {
        let node_of = |node: &NodeId| match node.level.checked_sub(CACHED_FROM_LEVEL) {
            None => leaves_under(&self.leaves, *node).and_then(complete_edge),
            Some(above) => {
                let index = usize::try_from(node.index).ok()?;
                self.upper.get(usize::from(above))?.get(index).copied()
            }
        };
        nodes
            .iter()
            .map(|node| node_of(node).ok_or(Error::HashesMissing))
            .collect()
    }
}

/// Leaf hashes as a source of nodes, each computed when asked for.
#[derive(Clone, Copy, Debug)]
pub struct Leaves<'a>(pub &'a [Hash]);

impl HashReader for Leaves<'_> {
    type Error = Error;

    fn hashes(&self, nodes: &[NodeId]) -> Result<Vec<Hash>, Error> {
        let node_of = |node: &NodeId| leaves_under(self.0, *node).and_then(complete_edge);
        nodes
            .iter()
            .map(|node| node_of(node).ok_or(Error::HashesMissing))
            .collect()
    }
}

/// The leaves of a complete subtree, if all of them are there.
pub(crate) fn leaves_under(leaves: &[Hash], node: NodeId) -> Option<&[Hash]> {
    let width = 1_usize.checked_shl(u32::from(node.level))?;
    let start = usize::try_from(node.index).ok()?.checked_mul(width)?;
    leaves.get(start..start.checked_add(width)?)
}

/// The root of at least one leaf; the frontier's rule with its stack kept apart from its size.
pub(crate) fn complete_edge(leaves: &[Hash]) -> Option<Hash> {
    let mut stack: Vec<Hash> = Vec::with_capacity(64);
    let (pairs, odd) = leaves.as_chunks();
    for (count, [left, right]) in pairs.iter().enumerate() {
        let mut hash = node_hash(left, right);
        for _ in 0..count.trailing_ones() {
            hash = node_hash(&stack.pop()?, &hash);
        }
        stack.push(hash);
    }
    stack.extend(odd);
    fold_right(&stack)
}

/// The root of each run of `piece` leaves, a power of two; the last run may be shorter.
fn piece_roots(leaves: &[Hash], piece: usize, threads: NonZeroUsize) -> Vec<Hash> {
    let mut roots = vec![EMPTY_ROOT; leaves.len().div_ceil(piece)];
    let hash_run = |slots: &mut [Hash], run: &[Hash]| {
        for (slot, part) in slots.iter_mut().zip(run.chunks(piece)) {
            *slot = root(part);
        }
    };
    let threads = threads.get().min(THREADS_MAX);
    let share = roots.len().div_ceil(threads);
    if threads == 1 || leaves.len() <= WORK_LEAVES {
        hash_run(&mut roots, leaves);
        return roots;
    }
    std::thread::scope(|scope| {
        let runs = leaves.chunks(share.saturating_mul(piece));
        for (slots, run) in roots.chunks_mut(share).zip(runs) {
            scope.spawn(move || hash_run(slots, run));
        }
    });
    roots
}

fn length(leaves: &[Hash]) -> u64 {
    // INVARIANT: memory holds fewer than 2^59 hashes.
    u64::try_from(leaves.len()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Frontier, ProofError, leaf_hash, verify_inclusion};

    const TWO: NonZeroUsize = NonZeroUsize::new(2).unwrap();

    fn leaves(count: u32) -> Vec<Hash> {
        (0..count)
            .map(|index| leaf_hash(&index.to_be_bytes()))
            .collect()
    }

    #[test]
    fn all_ways_to_the_root_agree_around_every_boundary() {
        let all = leaves(3 * 4096 + 300);
        let edges = [
            0,
            1,
            2,
            3,
            255,
            256,
            257,
            511,
            4095,
            4096,
            4097,
            8192,
            8193,
            all.len(),
        ];
        for count in edges {
            let some = &all[..count];
            let mut frontier = Frontier::new();
            some.iter().for_each(|leaf| {
                frontier.push(*leaf);
            });
            assert_eq!(root(some), frontier.root(), "{count}");
            for threads in [1, 2, 3, 64, 1000] {
                let threads = NonZeroUsize::new(threads).unwrap();
                assert_eq!(
                    root_of_runs(count, threads, |first, slots| {
                        slots.copy_from_slice(&some[first..first + slots.len()]);
                    }),
                    frontier.root(),
                    "{count} {threads}"
                );
            }
            assert_eq!(
                MerkleTree::new(some.to_vec(), TWO).root(),
                frontier.root(),
                "{count}"
            );
        }
    }

    #[test]
    fn a_kept_tree_and_a_plain_slice_give_the_same_proofs() {
        let all = leaves(1000);
        let tree = MerkleTree::new(all.clone(), TWO);
        for index in [0, 1, 255, 256, 511, 767, 768, 998, 999] {
            let proof = tree.inclusion_proof(index).unwrap();
            assert_eq!(proof, inclusion_proof(&all, index).unwrap());
            let leaf = all[usize::try_from(index).unwrap()];
            assert_eq!(
                verify_inclusion(index, 1000, &leaf, &proof, &tree.root()),
                Ok(())
            );
        }
    }

    #[test]
    fn a_leaf_that_is_not_there_has_no_proof() {
        let outside = |index, size| Err(ProofError::IndexOutsideTree { index, size }.into());
        assert_eq!(inclusion_proof(&leaves(3), 3), outside(3, 3));
        assert_eq!(
            MerkleTree::new(Vec::new(), TWO).inclusion_proof(0),
            outside(0, 0)
        );
    }

    #[test]
    fn a_node_beyond_the_leaves_is_missing() {
        let all = leaves(3);
        for (level, index) in [(1, 1), (2, 0), (63, 1), (255, 0), (0, u64::MAX)] {
            let node = NodeId { level, index };
            assert_eq!(Leaves(&all).hashes(&[node]), Err(Error::HashesMissing));
        }
    }
}

//! Inclusion and consistency proofs: made from any source of node hashes, checked from nothing.
//!
//! Invariant: a proof that is checked has exactly the length its sizes ask for. The edges, which
//! RFC 9162 leaves open: an index outside the tree is refused; equal sizes need equal roots and
//! no hashes; a tree of size 0 has the empty root, precedes every tree, and needs no hashes;
//! between other sizes an empty proof is refused. Refuses hashes left over.

use crate::frontier::fold_right;
use crate::{EMPTY_ROOT, Error, Hash, ProofError, TREE_SIZE_MAX, node_hash};

/// The most hashes a proof can have: one for each level of the largest tree, and one more
/// for a consistency proof that starts below the top.
pub const PROOF_HASHES_MAX: usize = 64;

/// A complete subtree of `2^level` leaves that starts at leaf `index * 2^level`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId {
    /// Height above the leaves.
    pub level: u8,
    /// Position among the nodes of its level.
    pub index: u64,
}

/// Something that knows the hashes of complete subtrees.
pub trait HashReader {
    /// Why it could not answer.
    type Error: From<Error>;

    /// The hashes of these nodes, in this order, one each.
    ///
    /// # Errors
    /// When a node is not in the tree, or the source behind the reader fails.
    fn hashes(&self, nodes: &[NodeId]) -> Result<Vec<Hash>, Self::Error>;
}

/// Checks that a leaf hash is at `index` in the tree of `size` leaves (RFC 9162 2.1.3.2).
///
/// # Errors
/// The [`ProofError`] that says why it is not proven.
pub fn verify_inclusion(
    index: u64,
    size: u64,
    leaf_hash: &Hash,
    proof: &[Hash],
    root: &Hash,
) -> Result<(), ProofError> {
    if index >= size {
        return Err(ProofError::IndexOutsideTree { index, size });
    }
    let mut climb = Climb {
        index,
        last: size - 1,
    };
    let mut hash = *leaf_hash;
    for sibling in proof {
        hash = match climb.step()? {
            Side::Left => node_hash(sibling, &hash),
            Side::Right => node_hash(&hash, sibling),
        };
    }
    climb.finish()?;
    if hash == *root {
        Ok(())
    } else {
        Err(ProofError::RootDiffers)
    }
}

/// Checks that the tree of `newer_size` begins with the tree of `older_size` (RFC 9162 2.1.4.2).
///
/// # Errors
/// The [`ProofError`] that says why it is not proven.
pub fn verify_consistency(
    older_size: u64,
    newer_size: u64,
    older_root: &Hash,
    newer_root: &Hash,
    proof: &[Hash],
) -> Result<(), ProofError> {
    if older_size > newer_size {
        return Err(ProofError::SizeWentBack {
            older: older_size,
            newer: newer_size,
        });
    }
    if older_size == 0 && *older_root != EMPTY_ROOT {
        return Err(ProofError::OlderRootDiffers);
    }
    if older_size == newer_size || older_size == 0 {
        return match proof {
            [_, ..] => Err(ProofError::TooLong),
            [] if older_size == newer_size && older_root != newer_root => {
                Err(ProofError::RootDiffers)
            }
            [] => Ok(()),
        };
    }
    // A power of two is a complete subtree: its root starts the proof and is left out of it.
    let (seed, rest) = if older_size.is_power_of_two() {
        (*older_root, proof)
    } else {
        let (first, rest) = proof.split_first().ok_or(ProofError::TooShort)?;
        (*first, rest)
    };
    let skipped = (older_size - 1).trailing_ones();
    let mut climb = Climb {
        index: (older_size - 1).checked_shr(skipped).unwrap_or(0),
        last: (newer_size - 1).checked_shr(skipped).unwrap_or(0),
    };
    let (mut older, mut newer) = (seed, seed);
    for sibling in rest {
        match climb.step()? {
            Side::Left => {
                older = node_hash(sibling, &older);
                newer = node_hash(sibling, &newer);
            }
            Side::Right => newer = node_hash(&newer, sibling),
        }
    }
    climb.finish()?;
    if older != *older_root {
        return Err(ProofError::OlderRootDiffers);
    }
    if newer == *newer_root {
        Ok(())
    } else {
        Err(ProofError::RootDiffers)
    }
}

/// Where the sibling stands.
enum Side {
    Left,
    Right,
}

/// The way up from one leaf beside the way up from the last leaf: `fn` and `sn` of RFC 9162.
struct Climb {
    index: u64,
    last: u64,
}

impl Climb {
    fn step(&mut self) -> Result<Side, ProofError> {
        if self.last == 0 {
            return Err(ProofError::TooLong);
        }
        let mut side = Side::Right;
        if self.index & 1 == 1 || self.index == self.last {
            side = Side::Left;
            // On the right edge the levels without a sibling are passed over.
            while self.index & 1 == 0 && self.index != 0 {
                self.shift();
            }
        }
        self.shift();
        Ok(side)
    }

    const fn shift(&mut self) {
        self.index >>= 1;
        self.last >>= 1;
    }

    const fn finish(&self) -> Result<(), ProofError> {
        if self.last == 0 {
            Ok(())
        } else {
            Err(ProofError::TooShort)
        }
    }
}

/// The root of the first `size` leaves.
///
/// # Errors
/// What the reader reports, or [`Error::SizeTooLarge`].
pub fn root<R: HashReader>(reader: &R, size: u64) -> Result<Hash, R::Error> {
    size_checked(size)?;
    if size == 0 {
        return Ok(EMPTY_ROOT);
    }
    let [root] = range_hashes(reader, &[(0, size)])?
        .try_into()
        .map_err(|_| Error::HashesMissing)?;
    Ok(root)
}

/// The proof that leaf `index` is in the tree of the first `size` leaves (RFC 9162 2.1.3.1).
///
/// # Errors
/// What the reader reports, or [`ProofError::IndexOutsideTree`].
pub fn inclusion_proof<R: HashReader>(
    reader: &R,
    index: u64,
    size: u64,
) -> Result<Vec<Hash>, R::Error> {
    size_checked(size)?;
    if index >= size {
        return Err(Error::from(ProofError::IndexOutsideTree { index, size }).into());
    }
    let (mut start, mut end) = (0, size);
    let mut ranges = Vec::with_capacity(PROOF_HASHES_MAX);
    while end - start > 1 {
        let middle = start + split(end - start);
        if index < middle {
            ranges.push((middle, end));
            end = middle;
        } else {
            ranges.push((start, middle));
            start = middle;
        }
    }
    ranges.reverse();
    range_hashes(reader, &ranges)
}

/// The proof that the tree of `newer` leaves begins with that of `older` (RFC 9162 2.1.4.1).
///
/// # Errors
/// What the reader reports, or [`ProofError::SizeWentBack`].
pub fn consistency_proof<R: HashReader>(
    reader: &R,
    older: u64,
    newer: u64,
) -> Result<Vec<Hash>, R::Error> {
    size_checked(newer)?;
    if older > newer {
        return Err(Error::from(ProofError::SizeWentBack { older, newer }).into());
    }
    if older == 0 || older == newer {
        return Ok(Vec::new());
    }
    let (mut start, mut end) = (0, newer);
    let mut ranges = Vec::with_capacity(PROOF_HASHES_MAX);
    while older != end {
        let middle = start + split(end - start);
        if older <= middle {
            ranges.push((middle, end));
            end = middle;
        } else {
            ranges.push((start, middle));
            start = middle;
        }
    }
    // From leaf 0 on, the subtree is the older tree itself, whose root the checker has.
    if start != 0 {
        ranges.push((start, end));
    }
    ranges.reverse();
    range_hashes(reader, &ranges)
}

const fn size_checked(size: u64) -> Result<(), Error> {
    if size > TREE_SIZE_MAX {
        Err(Error::SizeTooLarge(size))
    } else {
        Ok(())
    }
}

/// The largest power of two below `count`, which is at least 2.
const fn split(count: u64) -> u64 {
    1 << (count - 1).ilog2()
}

/// The complete subtrees that make up the leaves from `start` to `end`, left to right.
fn complete_subtrees((mut start, end): (u64, u64)) -> Vec<NodeId> {
    let mut nodes = Vec::new();
    // INVARIANT: each range is one side of an RFC 6962 split, so it starts at a multiple of
    // every power of two up to its length.
    while let Some(level) = (end - start).checked_ilog2() {
        nodes.push(NodeId {
            level: u8::try_from(level).unwrap_or(u8::MAX),
            index: start >> level,
        });
        start += 1 << level;
    }
    nodes
}

/// The hash over each range of leaves, with one request to the reader.
fn range_hashes<R: HashReader>(reader: &R, ranges: &[(u64, u64)]) -> Result<Vec<Hash>, R::Error> {
    let parts: Vec<Vec<NodeId>> = ranges.iter().copied().map(complete_subtrees).collect();
    let known = reader.hashes(&parts.concat())?;
    let mut rest = known.as_slice();
    let mut out = Vec::with_capacity(parts.len());
    for part in &parts {
        let (head, tail) = rest
            .split_at_checked(part.len())
            .ok_or(Error::HashesMissing)?;
        out.push(fold_right(head).ok_or(Error::HashesMissing)?);
        rest = tail;
    }
    if rest.is_empty() {
        Ok(out)
    } else {
        Err(Error::HashesMissing.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leaf_hash;

    #[test]
    fn a_lone_leaf_is_its_own_root() {
        let leaf = leaf_hash(b"a");
        assert_eq!(verify_inclusion(0, 1, &leaf, &[], &leaf), Ok(()));
        assert_eq!(
            verify_inclusion(0, 1, &leaf, &[leaf], &leaf),
            Err(ProofError::TooLong)
        );
        assert_eq!(
            verify_inclusion(0, 2, &leaf, &[], &leaf),
            Err(ProofError::TooShort)
        );
    }

    #[test]
    fn an_index_outside_the_tree_is_refused() {
        let leaf = leaf_hash(b"a");
        for (index, size) in [(0, 0), (1, 1), (u64::MAX, 1), (u64::MAX, u64::MAX)] {
            assert_eq!(
                verify_inclusion(index, size, &leaf, &[], &leaf),
                Err(ProofError::IndexOutsideTree { index, size })
            );
        }
    }

    #[test]
    fn equal_sizes_need_equal_roots_and_no_hashes() {
        let (a, b) = (leaf_hash(b"a"), leaf_hash(b"b"));
        assert_eq!(verify_consistency(5, 5, &a, &a, &[]), Ok(()));
        assert_eq!(
            verify_consistency(5, 5, &a, &b, &[]),
            Err(ProofError::RootDiffers)
        );
        assert_eq!(
            verify_consistency(5, 5, &a, &a, &[b]),
            Err(ProofError::TooLong)
        );
    }

    #[test]
    fn the_empty_tree_precedes_every_tree_but_has_one_root() {
        let a = leaf_hash(b"a");
        assert_eq!(verify_consistency(0, 7, &EMPTY_ROOT, &a, &[]), Ok(()));
        assert_eq!(
            verify_consistency(0, 0, &EMPTY_ROOT, &EMPTY_ROOT, &[]),
            Ok(())
        );
        assert_eq!(
            verify_consistency(0, 0, &EMPTY_ROOT, &a, &[]),
            Err(ProofError::RootDiffers)
        );
        assert_eq!(
            verify_consistency(0, 7, &a, &a, &[]),
            Err(ProofError::OlderRootDiffers)
        );
        assert_eq!(
            verify_consistency(0, 7, &EMPTY_ROOT, &a, &[a]),
            Err(ProofError::TooLong)
        );
    }

    #[test]
    fn a_tree_never_shrinks_and_growth_needs_hashes() {
        let a = leaf_hash(b"a");
        assert_eq!(
            verify_consistency(3, 2, &a, &a, &[]),
            Err(ProofError::SizeWentBack { older: 3, newer: 2 })
        );
        assert_eq!(
            verify_consistency(2, 3, &a, &a, &[]),
            Err(ProofError::TooShort)
        );
        assert_eq!(
            verify_consistency(3, 4, &a, &a, &[]),
            Err(ProofError::TooShort)
        );
    }

    #[test]
    fn the_largest_sizes_do_not_overflow() {
        let a = leaf_hash(b"a");
        let long = vec![a; PROOF_HASHES_MAX + 2];
        assert!(verify_inclusion(u64::MAX - 1, u64::MAX, &a, &long, &a).is_err());
        assert!(verify_consistency(u64::MAX - 1, u64::MAX, &a, &a, &long).is_err());
        assert!(verify_consistency(1 << 63, u64::MAX, &a, &a, &long).is_err());
    }
}

//! The right edge of a growing tree: enough to add leaves and to know the root.
//!
//! Invariant: one hash for each set bit of the size, largest subtree first; so a tree of any
//! size costs at most 63 hashes of memory. Refuses parts that break it.

use crate::{EMPTY_ROOT, Error, Hash, NodeId, TREE_SIZE_MAX, node_hash};
use serde::{Deserialize, Serialize};

/// The state of an RFC 6962 tree that only grows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Parts", into = "Parts")]
pub struct Frontier {
    size: u64,
    edge: Vec<Hash>,
}

/// The stored form, checked on the way in.
#[derive(Serialize, Deserialize)]
struct Parts {
    size: u64,
    edge: Vec<Hash>,
}

impl TryFrom<Parts> for Frontier {
    type Error = Error;

    fn try_from(parts: Parts) -> Result<Self, Error> {
        Self::from_parts(parts.size, parts.edge)
    }
}

impl From<Frontier> for Parts {
    fn from(frontier: Frontier) -> Self {
        Self {
            size: frontier.size,
            edge: frontier.edge,
        }
    }
}

impl Frontier {
    /// The tree without leaves.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            size: 0,
            edge: Vec::new(),
        }
    }

    /// A stored frontier, refused unless it has one hash for each set bit of its size.
    ///
    /// # Errors
    /// [`Error::SizeTooLarge`], [`Error::FrontierUneven`].
    pub fn from_parts(size: u64, edge: Vec<Hash>) -> Result<Self, Error> {
        if size > TREE_SIZE_MAX {
            return Err(Error::SizeTooLarge(size));
        }
        if usize::try_from(size.count_ones()) != Ok(edge.len()) {
            return Err(Error::FrontierUneven {
                size,
                hashes: edge.len(),
            });
        }
        Ok(Self { size, edge })
    }

    /// Leaves in the tree.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Roots of the complete subtrees, largest first.
    #[must_use]
    pub fn edge(&self) -> &[Hash] {
        &self.edge
    }

    /// Adds a leaf hash and returns its index.
    pub fn push(&mut self, leaf: Hash) -> u64 {
        self.push_with(leaf, |_, _| ())
    }

    /// Adds a leaf hash, shows each node this completes (the leaf first), returns its index.
    ///
    /// Nodes whose level is a multiple of eight are the ones that tiles hold.
    pub fn push_with(&mut self, leaf: Hash, mut completed: impl FnMut(NodeId, &Hash)) -> u64 {
        let index = self.size;
        let mut hash = leaf;
        let mut node = NodeId { level: 0, index };
        completed(node, &hash);
        // Each trailing one bit of the size is a complete left neighbour waiting for its right.
        while node.index & 1 == 1 {
            let Some(left) = self.edge.pop() else { break };
            hash = node_hash(&left, &hash);
            node = NodeId {
                level: node.level.saturating_add(1),
                index: node.index >> 1,
            };
            completed(node, &hash);
        }
        self.edge.push(hash);
        // INVARIANT: from_parts admits at most 2^63 - 1, which leaves more pushes than anyone
        // can make; an overflow would stop the program rather than break the tree.
        self.size += 1;
        index
    }

    /// The root hash.
    #[must_use]
    pub fn root(&self) -> Hash {
        fold_right(&self.edge).unwrap_or(EMPTY_ROOT)
    }
}

/// Joins complete subtrees, largest first, into the one they form; `None` without any.
pub(crate) fn fold_right(subtrees: &[Hash]) -> Option<Hash> {
    subtrees
        .iter()
        .rev()
        .copied()
        .reduce(|right, left| node_hash(&left, &right))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leaf_hash;

    fn grown(size: u64) -> Frontier {
        let mut frontier = Frontier::new();
        for index in 0..size {
            frontier.push(leaf_hash(&index.to_be_bytes()));
        }
        frontier
    }

    #[test]
    fn an_empty_frontier_has_the_empty_root() {
        assert_eq!(Frontier::new().root(), EMPTY_ROOT);
        assert_eq!(Frontier::from_parts(0, Vec::new()), Ok(Frontier::new()));
    }

    #[test]
    fn three_leaves_join_as_the_rfc_draws_them() {
        let [a, b, c] = [leaf_hash(b"a"), leaf_hash(b"b"), leaf_hash(b"c")];
        let mut frontier = Frontier::new();
        assert_eq!([a, b, c].map(|leaf| frontier.push(leaf)), [0, 1, 2]);
        assert_eq!(frontier.root(), node_hash(&node_hash(&a, &b), &c));
        assert_eq!(frontier.size(), 3);
    }

    #[test]
    fn parts_that_do_not_fit_the_size_are_refused() {
        let edge = grown(5).edge().to_vec();
        assert!(Frontier::from_parts(5, edge.clone()).is_ok());
        assert_eq!(
            Frontier::from_parts(4, edge),
            Err(Error::FrontierUneven { size: 4, hashes: 2 })
        );
        assert_eq!(
            Frontier::from_parts(TREE_SIZE_MAX + 1, vec![[0; 32]]),
            Err(Error::SizeTooLarge(TREE_SIZE_MAX + 1))
        );
    }

    #[test]
    fn a_stored_frontier_continues_where_it_stopped() {
        let mut first = grown(11);
        let text = serde_json::to_string(&first).unwrap();
        let mut second: Frontier = serde_json::from_str(&text).unwrap();
        assert_eq!(first, second);
        assert_eq!(first.push([9; 32]), second.push([9; 32]));
        assert_eq!(first.root(), second.root());
        let forged = text.replace("\"size\":11", "\"size\":12");
        assert!(serde_json::from_str::<Frontier>(&forged).is_err());
    }

    #[test]
    fn a_push_shows_every_node_it_completes() {
        let mut frontier = grown(7);
        let mut seen = Vec::new();
        frontier.push_with([1; 32], |node, _| seen.push((node.level, node.index)));
        assert_eq!(seen, [(0, 7), (1, 3), (2, 1), (3, 0)]);
        seen.clear();
        frontier.push_with([1; 32], |node, _| seen.push((node.level, node.index)));
        assert_eq!(seen, [(0, 8)]);
    }
}

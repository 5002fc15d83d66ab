//! Any node, root or proof of a tree, out of its tiles.
//!
//! Invariant: a request reads each tile once and only tiles that a tree of the reader's size
//! has. Refuses nodes outside the tree. What it returns is as true as its source: compare
//! [`TileReader::root`] with a signed checkpoint, or check the proof against one.

use super::{TILE_HEIGHT, Tile, decode_hashes, width_at};
use crate::proof::{HashReader, NodeId, consistency_proof, inclusion_proof, root};
use crate::tree::{complete_edge, leaves_under};
use crate::{Error, Hash, TREE_SIZE_MAX};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// Where tiles come from.
///
/// A source that holds only the full form of a partial tile returns its first bytes.
pub trait TileSource {
    /// Why a tile could not be had.
    type Error: From<Error>;

    /// The contents of this tile, exactly as wide as it says.
    ///
    /// # Errors
    /// When the tile could not be had.
    fn tile(&self, tile: Tile) -> Result<Vec<u8>, Self::Error>;
}

impl<E: From<Error>, F: Fn(Tile) -> Result<Vec<u8>, E>> TileSource for F {
    type Error = E;

    fn tile(&self, tile: Tile) -> Result<Vec<u8>, E> {
        self(tile)
    }
}

/// Reads a tree of one size out of tiles.
#[derive(Clone, Debug)]
pub struct TileReader<S> {
    source: S,
    size: u64,
}

impl<S: TileSource> TileReader<S> {
    /// A reader of the tree of `size` leaves.
    ///
    /// # Errors
    /// [`Error::SizeTooLarge`].
    pub fn new(source: S, size: u64) -> Result<Self, Error> {
        if size > TREE_SIZE_MAX {
            return Err(Error::SizeTooLarge(size));
        }
        Ok(Self { source, size })
    }

    /// Leaves in the tree.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The root hash.
    ///
    /// # Errors
    /// What the source reports, or contents that are not a tile.
    pub fn root(&self) -> Result<Hash, S::Error> {
        root(self, self.size)
    }

    /// The proof that leaf `index` is in the tree.
    ///
    /// # Errors
    /// What the source reports, or an index outside the tree.
    pub fn inclusion_proof(&self, index: u64) -> Result<Vec<Hash>, S::Error> {
        inclusion_proof(self, index, self.size)
    }

    /// The proof that the tree begins with the tree of `older` leaves.
    ///
    /// # Errors
    /// What the source reports, or a size above the reader's.
    pub fn consistency_proof(&self, older: u64) -> Result<Vec<Hash>, S::Error> {
        consistency_proof(self, older, self.size)
    }
}

impl<S: TileSource> HashReader for TileReader<S> {
    type Error = S::Error;

    fn hashes(&self, nodes: &[NodeId]) -> Result<Vec<Hash>, S::Error> {
        let mut read: BTreeMap<Tile, Vec<Hash>> = BTreeMap::new();
        let mut out = Vec::with_capacity(nodes.len());
        for node in nodes {
            let (tile, within) = tile_of(*node, self.size)?;
            let hashes = match read.entry(tile) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(slot) => slot.insert(decode_hashes(tile, &self.source.tile(tile)?)?),
            };
            let hash = leaves_under(hashes, within);
            out.push(hash.and_then(complete_edge).ok_or(Error::HashesMissing)?);
        }
        Ok(out)
    }
}

/// The tile of a tree of `size` leaves that a node is computed from, and its place in there.
///
/// # Errors
/// [`Error::HashesMissing`] when the node is not complete in that tree.
pub fn tile_of(node: NodeId, size: u64) -> Result<(Tile, NodeId), Error> {
    let count = size.checked_shr(u32::from(node.level)).unwrap_or(0);
    if size > TREE_SIZE_MAX || node.index >= count {
        return Err(Error::HashesMissing);
    }
    let level = node.level / TILE_HEIGHT;
    let above = node.level % TILE_HEIGHT;
    let nodes_log = u32::from(TILE_HEIGHT - above);
    let index = node.index >> nodes_log;
    let hashes = size >> (u32::from(level) * u32::from(TILE_HEIGHT));
    let within = NodeId {
        level: above,
        index: node.index - (index << nodes_log),
    };
    Ok((
        Tile {
            level,
            index,
            width: width_at(index, hashes),
        },
        within,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tile::{encode_hashes, tiles_to_write};
    use crate::tree::{self, Leaves};
    use crate::{Frontier, ProofError, leaf_hash};
    use std::cell::RefCell;

    /// The tiles of a tree as a log would write them, from what its frontier completes.
    fn written(leaves: &[Hash]) -> BTreeMap<Tile, Vec<u8>> {
        let mut frontier = Frontier::new();
        let mut levels: BTreeMap<u8, Vec<Hash>> = BTreeMap::new();
        for leaf in leaves {
            frontier.push_with(*leaf, |node, hash| {
                if node.level.is_multiple_of(TILE_HEIGHT) {
                    levels
                        .entry(node.level / TILE_HEIGHT)
                        .or_default()
                        .push(*hash);
                }
            });
        }
        let contents = |tile: Tile| {
            let start = usize::try_from(tile.index()).unwrap() * 256;
            let level = &levels[&tile.level()];
            encode_hashes(&level[start..start + usize::from(tile.width())]).unwrap()
        };
        let size = u64::try_from(leaves.len()).unwrap();
        tiles_to_write(0, size)
            .unwrap()
            .map(|tile| (tile, contents(tile)))
            .collect()
    }

    fn leaves(count: u32) -> Vec<Hash> {
        (0..count)
            .map(|index| leaf_hash(&index.to_be_bytes()))
            .collect()
    }

    #[test]
    fn tiles_give_the_same_proofs_as_the_leaves() {
        let all = leaves(66_000);
        for size in [1_u64, 2, 255, 256, 257, 300, 65_535, 65_536, 66_000] {
            let some = &all[..usize::try_from(size).unwrap()];
            let tiles = written(some);
            let source = |tile| tiles.get(&tile).cloned().ok_or(Error::HashesMissing);
            let reader = TileReader::new(source, size).unwrap();
            assert_eq!(reader.root(), Ok(tree::root(some)), "{size}");
            for index in [0, size / 3, size / 2, size - 1] {
                let proof = tree::inclusion_proof(some, index);
                assert_eq!(reader.inclusion_proof(index), proof, "{index} of {size}");
                let proof = consistency_proof(&Leaves(some), index, size);
                assert_eq!(reader.consistency_proof(index), proof, "{index} to {size}");
            }
            assert_eq!(
                reader.inclusion_proof(size),
                Err(ProofError::IndexOutsideTree { index: size, size }.into())
            );
        }
    }

    #[test]
    fn a_proof_reads_each_tile_once() {
        let all = leaves(70_000);
        let tiles = written(&all);
        let asked = RefCell::new(Vec::new());
        let source = |tile: Tile| {
            asked.borrow_mut().push(tile.path());
            tiles.get(&tile).cloned().ok_or(Error::HashesMissing)
        };
        let reader = TileReader::new(source, 70_000).unwrap();
        reader.inclusion_proof(5).unwrap();
        let mut paths = asked.into_inner();
        paths.sort();
        assert_eq!(
            paths,
            [
                "tile/0/000",
                "tile/0/273.p/112",
                "tile/1/000",
                "tile/1/001.p/17"
            ]
        );
    }

    #[test]
    fn a_tile_of_the_wrong_width_is_refused() {
        let short = |_: Tile| Ok::<_, Error>(vec![0; 31]);
        let reader = TileReader::new(short, 1).unwrap();
        assert_eq!(
            reader.root(),
            Err(Error::TileLength {
                expected: 32,
                found: 31
            })
        );
    }

    #[test]
    fn a_node_that_is_not_complete_has_no_tile() {
        let path = |level, index, size| {
            tile_of(NodeId { level, index }, size).map(|(tile, _)| tile.path())
        };
        assert_eq!(path(0, 299, 300).unwrap(), "tile/0/001.p/44");
        assert_eq!(path(8, 0, 300).unwrap(), "tile/1/000.p/1");
        for (level, index, size) in [(0, 300, 300), (8, 1, 300), (9, 0, 300), (255, 0, 300)] {
            assert_eq!(path(level, index, size), Err(Error::HashesMissing));
        }
    }
}

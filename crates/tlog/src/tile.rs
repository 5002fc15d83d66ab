//! Tiles of C2SP tlog-tiles v0.1.0: which exist for a size, and their paths.
//!
//! Invariant: a [`Tile`] or [`Bundle`] has one path and a path has one of them. Widths count
//! hashes or entries from 1 to 256; 256 is full and has no suffix. Refuses levels above 63 and
//! indices past the largest tree.

mod codec;
mod path;
mod reader;

pub use codec::{decode_bundle, decode_hashes, encode_bundle, encode_hashes};
pub use reader::{TileReader, TileSource, tile_of};

use crate::{Error, ProofError, TREE_SIZE_MAX, text};

/// Levels of the tree that one tile spans.
pub const TILE_HEIGHT: u8 = 8;
/// Hashes in a full tile, entries in a full bundle.
pub const TILE_WIDTH: u16 = 256;
/// The longest entry, in bytes: what its 16-bit length prefix can say.
pub const ENTRY_BYTES_MAX: usize = 65_535;

const LEVEL_MAX: u8 = 63;
/// Tile levels of the largest tree: 63 tree levels, eight to a tile.
const LEVELS: u8 = 8;
const WIDTH: u64 = 256;
const INDEX_MAX: u64 = TREE_SIZE_MAX / WIDTH;

/// A full or partial tile of hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tile {
    level: u8,
    index: u64,
    width: u16,
}

/// A full or partial bundle of log entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bundle {
    index: u64,
    width: u16,
}

impl Tile {
    /// A tile by level, index and width.
    ///
    /// # Errors
    /// [`Error::TileLevel`], [`Error::TileIndex`], [`Error::TileWidth`].
    pub fn new(level: u8, index: u64, width: u16) -> Result<Self, Error> {
        if level > LEVEL_MAX {
            return Err(Error::TileLevel(level));
        }
        position_checked(index, width)?;
        Ok(Self {
            level,
            index,
            width,
        })
    }

    /// Level: 0 holds leaf hashes, each higher one the roots of full tiles below.
    #[must_use]
    pub const fn level(&self) -> u8 {
        self.level
    }

    /// Index within the level.
    #[must_use]
    pub const fn index(&self) -> u64 {
        self.index
    }

    /// Hashes in the tile.
    #[must_use]
    pub const fn width(&self) -> u16 {
        self.width
    }

    /// Whether the tile will never change again.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.width == TILE_WIDTH
    }

    /// The same tile once it is full: what a client may fetch when the partial one is gone.
    #[must_use]
    pub const fn full(&self) -> Self {
        Self {
            width: TILE_WIDTH,
            ..*self
        }
    }

    /// The path below the log's prefix, without leading slash.
    #[must_use]
    pub fn path(&self) -> String {
        format!(
            "tile/{}/{}",
            self.level,
            path::position(self.index, self.width)
        )
    }

    /// The tile at a path.
    ///
    /// # Errors
    /// [`Error::TilePath`], or what [`Tile::new`] refuses.
    pub fn from_path(path: &str) -> Result<Self, Error> {
        let rest = path::stripped(path, "tile/")?;
        let (level, position) = rest.split_once('/').ok_or(Error::TilePath)?;
        let level = text::decimal(level).map_err(|_| Error::TilePath)?;
        let level = u8::try_from(level).map_err(|_| Error::TilePath)?;
        let (index, width) = path::parse_position(position)?;
        Self::new(level, index, width)
    }
}

impl Bundle {
    /// A bundle by index and width.
    ///
    /// # Errors
    /// [`Error::TileIndex`], [`Error::TileWidth`].
    pub fn new(index: u64, width: u16) -> Result<Self, Error> {
        position_checked(index, width)?;
        Ok(Self { index, width })
    }

    /// The bundle of a tree of `size` leaves that holds entry `entry`.
    ///
    /// # Errors
    /// [`ProofError::IndexOutsideTree`], [`Error::SizeTooLarge`].
    pub fn holding(entry: u64, size: u64) -> Result<Self, Error> {
        if size > TREE_SIZE_MAX {
            return Err(Error::SizeTooLarge(size));
        }
        if entry >= size {
            return Err(ProofError::IndexOutsideTree { index: entry, size }.into());
        }
        let index = entry / WIDTH;
        Ok(Self {
            index,
            width: width_at(index, size),
        })
    }

    /// Index of the bundle.
    #[must_use]
    pub const fn index(&self) -> u64 {
        self.index
    }

    /// Entries in the bundle.
    #[must_use]
    pub const fn width(&self) -> u16 {
        self.width
    }

    /// Whether the bundle will never change again.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.width == TILE_WIDTH
    }

    /// The same bundle once it is full.
    #[must_use]
    pub const fn full(&self) -> Self {
        Self {
            width: TILE_WIDTH,
            ..*self
        }
    }

    /// Index of the first entry in the log.
    #[must_use]
    pub const fn first_entry(&self) -> u64 {
        self.index * WIDTH
    }

    /// The path below the log's prefix, without leading slash.
    #[must_use]
    pub fn path(&self) -> String {
        format!("tile/entries/{}", path::position(self.index, self.width))
    }

    /// The bundle at a path.
    ///
    /// # Errors
    /// [`Error::TilePath`], or what [`Bundle::new`] refuses.
    pub fn from_path(path: &str) -> Result<Self, Error> {
        let (index, width) = path::parse_position(path::stripped(path, "tile/entries/")?)?;
        Self::new(index, width)
    }
}

/// The tiles that a log must write when it grows, level by level, left to right.
///
/// From size 0 these are all tiles of the new tree.
///
/// # Errors
/// [`ProofError::SizeWentBack`], [`Error::SizeTooLarge`].
pub fn tiles_to_write(older: u64, newer: u64) -> Result<impl Iterator<Item = Tile>, Error> {
    growth_checked(older, newer)?;
    Ok((0..LEVELS).flat_map(move |level| {
        let shift = u32::from(level) * u32::from(TILE_HEIGHT);
        positions(older >> shift, newer >> shift).map(move |(index, width)| Tile {
            level,
            index,
            width,
        })
    }))
}

/// The entry bundles that a log must write when it grows, left to right.
///
/// # Errors
/// [`ProofError::SizeWentBack`], [`Error::SizeTooLarge`].
pub fn bundles_to_write(older: u64, newer: u64) -> Result<impl Iterator<Item = Bundle>, Error> {
    growth_checked(older, newer)?;
    Ok(positions(older, newer).map(|(index, width)| Bundle { index, width }))
}

fn growth_checked(older: u64, newer: u64) -> Result<(), Error> {
    if newer > TREE_SIZE_MAX {
        return Err(Error::SizeTooLarge(newer));
    }
    if older > newer {
        return Err(ProofError::SizeWentBack { older, newer }.into());
    }
    Ok(())
}

/// Index and width of each tile that differs when a level grows from `older` to `newer` hashes.
fn positions(older: u64, newer: u64) -> impl Iterator<Item = (u64, u16)> {
    let end = if newer > older {
        newer.div_ceil(WIDTH)
    } else {
        0
    };
    (older / WIDTH..end).map(move |index| (index, width_at(index, newer)))
}

/// Width of the tile at `index` in a level of `count` hashes.
fn width_at(index: u64, count: u64) -> u16 {
    let rest = count.saturating_sub(index.saturating_mul(WIDTH));
    u16::try_from(rest.min(WIDTH)).unwrap_or(TILE_WIDTH)
}

const fn position_checked(index: u64, width: u16) -> Result<(), Error> {
    if index > INDEX_MAX {
        return Err(Error::TileIndex(index));
    }
    if width == 0 || width > TILE_WIDTH {
        return Err(Error::TileWidth(width));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seventy_thousand_leaves_have_the_tiles_of_the_specification() {
        let tiles: Vec<Tile> = tiles_to_write(0, 70_000).unwrap().collect();
        let full = tiles
            .iter()
            .filter(|tile| tile.level() == 0 && tile.is_full());
        assert_eq!(full.count(), 273);
        let rest: Vec<String> = tiles.iter().skip(273).map(Tile::path).collect();
        assert_eq!(
            rest,
            [
                "tile/0/273.p/112",
                "tile/1/000",
                "tile/1/001.p/17",
                "tile/2/000.p/1"
            ]
        );
    }

    #[test]
    fn a_level_appears_with_its_first_full_tile() {
        let paths = |size| tiles_to_write(0, size).unwrap().map(|tile| tile.path());
        assert_eq!(paths(0).count(), 0);
        assert_eq!(paths(255).collect::<Vec<_>>(), ["tile/0/000.p/255"]);
        assert_eq!(
            paths(256).collect::<Vec<_>>(),
            ["tile/0/000", "tile/1/000.p/1"]
        );
        assert_eq!(
            paths(257).collect::<Vec<_>>(),
            ["tile/0/000", "tile/0/001.p/1", "tile/1/000.p/1"]
        );
    }

    #[test]
    fn growth_rewrites_only_the_right_edge() {
        let paths = |older, newer| -> Vec<String> {
            tiles_to_write(older, newer)
                .unwrap()
                .map(|tile| tile.path())
                .collect()
        };
        assert_eq!(paths(70_000, 70_001), ["tile/0/273.p/113"]);
        assert_eq!(paths(255, 256), ["tile/0/000", "tile/1/000.p/1"]);
        assert_eq!(paths(256, 258), ["tile/0/001.p/2"]);
        assert!(paths(256, 256).is_empty());
        let bundles: Vec<String> = bundles_to_write(200, 300)
            .unwrap()
            .map(|bundle| bundle.path())
            .collect();
        assert_eq!(bundles, ["tile/entries/000", "tile/entries/001.p/44"]);
        assert_eq!(
            tiles_to_write(2, 1).err(),
            Some(ProofError::SizeWentBack { older: 2, newer: 1 }.into())
        );
    }

    #[test]
    fn an_entry_is_in_the_bundle_its_index_says() {
        assert_eq!(
            Bundle::holding(255, 300).unwrap().path(),
            "tile/entries/000"
        );
        assert_eq!(
            Bundle::holding(256, 300).unwrap().path(),
            "tile/entries/001.p/44"
        );
        assert!(Bundle::holding(300, 300).is_err());
        assert_eq!(Bundle::holding(256, 300).unwrap().first_entry(), 256);
    }
}

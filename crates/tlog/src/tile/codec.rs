//! The contents of tiles and bundles.
//!
//! Invariant: contents decode to exactly as many hashes or entries as the width says, and encode
//! back to the same bytes. Refuses bytes left over.

use super::{Bundle, ENTRY_BYTES_MAX, TILE_WIDTH, Tile};
use crate::{Error, HASH_BYTES, Hash};

/// The contents of a hash tile: its hashes, one after another.
///
/// # Errors
/// [`Error::TileWidth`] unless there are 1 to 256 hashes.
pub fn encode_hashes(hashes: &[Hash]) -> Result<Vec<u8>, Error> {
    width_of(hashes.len())?;
    Ok(hashes.concat())
}

/// The hashes in the contents of a tile.
///
/// # Errors
/// [`Error::TileLength`] unless the contents are exactly the tile's width.
pub fn decode_hashes(tile: Tile, contents: &[u8]) -> Result<Vec<Hash>, Error> {
    let expected = usize::from(tile.width()) * HASH_BYTES;
    if contents.len() != expected {
        return Err(Error::TileLength {
            expected,
            found: contents.len(),
        });
    }
    Ok(contents.as_chunks().0.to_vec())
}

/// The contents of an entry bundle: each entry behind its 16-bit big-endian length.
///
/// # Errors
/// [`Error::TileWidth`] unless there are 1 to 256 entries, [`Error::EntryTooLong`].
pub fn encode_bundle<E: AsRef<[u8]>>(entries: &[E]) -> Result<Vec<u8>, Error> {
    width_of(entries.len())?;
    let mut contents = Vec::new();
    for entry in entries {
        let entry = entry.as_ref();
        let length = u16::try_from(entry.len()).map_err(|_| Error::EntryTooLong(entry.len()))?;
        contents.extend_from_slice(&length.to_be_bytes());
        contents.extend_from_slice(entry);
    }
    Ok(contents)
}

/// The entries in the contents of a bundle.
///
/// # Errors
/// [`Error::BundleLength`] unless the contents are exactly the bundle's entries.
pub fn decode_bundle(bundle: Bundle, contents: &[u8]) -> Result<Vec<&[u8]>, Error> {
    let mut rest = contents;
    let mut entries = Vec::with_capacity(usize::from(bundle.width()));
    for _ in 0..bundle.width() {
        let (length, after) = rest.split_first_chunk::<2>().ok_or(Error::BundleLength)?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (entry, after) = after.split_at_checked(length).ok_or(Error::BundleLength)?;
        entries.push(entry);
        rest = after;
    }
    if rest.is_empty() {
        Ok(entries)
    } else {
        Err(Error::BundleLength)
    }
}

fn width_of(count: usize) -> Result<u16, Error> {
    match u16::try_from(count) {
        Ok(width @ 1..=TILE_WIDTH) => Ok(width),
        Ok(width) => Err(Error::TileWidth(width)),
        Err(_) => Err(Error::TileWidth(u16::MAX)),
    }
}

/// A length prefix can say exactly the longest entry.
const _: () = assert!(ENTRY_BYTES_MAX == u16::MAX as usize);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tile_holds_exactly_its_hashes() {
        let hashes = [[1; 32], [2; 32]];
        let contents = encode_hashes(&hashes).unwrap();
        let tile = |width| Tile::new(0, 0, width).unwrap();
        assert_eq!(decode_hashes(tile(2), &contents), Ok(hashes.to_vec()));
        assert_eq!(
            decode_hashes(tile(3), &contents),
            Err(Error::TileLength {
                expected: 96,
                found: 64
            })
        );
        assert_eq!(
            decode_hashes(tile(1), &contents),
            Err(Error::TileLength {
                expected: 32,
                found: 64
            })
        );
        assert_eq!(encode_hashes(&[]), Err(Error::TileWidth(0)));
        assert_eq!(encode_hashes(&[[0; 32]; 256]).unwrap().len(), 8192);
        assert_eq!(encode_hashes(&[[0; 32]; 257]), Err(Error::TileWidth(257)));
    }

    #[test]
    fn a_bundle_holds_exactly_its_entries() {
        let contents = encode_bundle(&[b"one".as_slice(), b"", b"three"]).unwrap();
        assert_eq!(contents, b"\0\x03one\0\0\0\x05three");
        let bundle = |width| Bundle::new(0, width).unwrap();
        let entries = decode_bundle(bundle(3), &contents).unwrap();
        assert_eq!(entries, [b"one".as_slice(), b"", b"three"]);
        for width in [2, 4] {
            assert_eq!(
                decode_bundle(bundle(width), &contents),
                Err(Error::BundleLength)
            );
        }
        let cut = &contents[..contents.len() - 1];
        assert_eq!(decode_bundle(bundle(3), cut), Err(Error::BundleLength));
        assert_eq!(decode_bundle(bundle(1), b"\0"), Err(Error::BundleLength));
    }

    #[test]
    fn the_longest_entry_fits_and_one_byte_more_does_not() {
        let longest = vec![5; ENTRY_BYTES_MAX];
        let contents = encode_bundle(&[&longest]).unwrap();
        let bundle = Bundle::new(0, 1).unwrap();
        assert_eq!(
            decode_bundle(bundle, &contents).unwrap(),
            [longest.as_slice()]
        );
        let longer = vec![5; ENTRY_BYTES_MAX + 1];
        assert_eq!(encode_bundle(&[longer]), Err(Error::EntryTooLong(65_536)));
        assert_eq!(encode_bundle::<&[u8]>(&[]), Err(Error::TileWidth(0)));
    }
}

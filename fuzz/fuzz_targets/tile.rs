//! Tiles: paths and contents. Law: a path has one tile and a tile one path; contents decode to
//! what encodes to them; out of any leaf hashes come proofs that hold against their root.
//!
//! The first eleven bytes of an input are level, index and width; the rest is a path or contents.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tlog::tile::{decode_bundle, decode_hashes, encode_bundle, encode_hashes};
use tlog::{Bundle, Error, Hash, Tile, TileReader, verify_inclusion};

fn seeds() -> Vec<Vec<u8>> {
    let seed = |level: u8, index: u64, width: u16, rest: &[u8]| {
        let mut seed = vec![level];
        seed.extend(index.to_be_bytes());
        seed.extend(width.to_be_bytes());
        seed.extend_from_slice(rest);
        seed
    };
    let bundle = encode_bundle(&[&b"one"[..], b"", b"three"]).expect("a bundle");
    vec![
        seed(0, 0, 3, &bundle),
        seed(1, 70_000, 2, &[7; 64]),
        seed(0, 5, 256, b"tile/entries/x001/x234/067.p/9"),
        seed(63, 1 << 50, 255, b"tile/2/x001/234"),
        seed(0, 0, 7, &(0..224).collect::<Vec<u8>>()),
    ]
}

fn paths(path: &str) {
    if let Ok(tile) = Tile::from_path(path) {
        assert_eq!(tile.path(), path);
    }
    if let Ok(bundle) = Bundle::from_path(path) {
        assert_eq!(bundle.path(), path);
        assert_eq!(bundle.first_entry() % 256, 0);
    }
}

/// A tree of at most 256 leaves is one tile, so any hashes are a whole one.
fn proofs(contents: &[u8], index: u64) {
    let hashes = &contents.as_chunks::<32>().0;
    let hashes: &[Hash] = &hashes[..hashes.len().min(256)];
    let size = hashes.len() as u64;
    let source = |tile: Tile| {
        assert_eq!((tile.level(), tile.index()), (0, 0));
        assert_eq!(u64::from(tile.width()), size);
        encode_hashes(hashes)
    };
    let reader = TileReader::new(source, size).expect("a small tree");
    let root: Result<Hash, Error> = reader.root();
    let root = root.expect("the tile is whole");
    let Some(index) = index.checked_rem(size) else {
        assert_eq!(root, tlog::EMPTY_ROOT);
        return;
    };
    let proof = reader.inclusion_proof(index).expect("the leaf is there");
    let leaf = &hashes[index as usize];
    assert_eq!(verify_inclusion(index, size, leaf, &proof, &root), Ok(()));
    assert!(
        verify_inclusion(index, size, &[0xee; 32], &proof, &root).is_err() || *leaf == [0xee; 32]
    );
    let proof = reader.consistency_proof(index).expect("a smaller size");
    let first = TileReader::new(|_| encode_hashes(&hashes[..index as usize]), index);
    let first: Result<Hash, Error> = first.expect("a small tree").root();
    let first = first.expect("the tile is whole");
    assert_eq!(
        tlog::verify_consistency(index, size, &first, &root, &proof),
        Ok(())
    );
}

fuzz_target!(init: mingma_fuzz::seeds(seeds), |data: &[u8]| {
    if let Ok(path) = std::str::from_utf8(data) {
        paths(path);
    }
    let Some((head, rest)) = data.split_first_chunk::<11>() else {
        return;
    };
    let [level, a, b, c, d, e, f, g, h, high, low] = *head;
    let index = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
    let width = u16::from_be_bytes([high, low]);
    if let Ok(path) = std::str::from_utf8(rest) {
        paths(path);
    }
    if let Ok(tile) = Tile::new(level, index, width) {
        assert_eq!(Tile::from_path(&tile.path()), Ok(tile));
        if let Ok(hashes) = decode_hashes(tile, rest) {
            assert_eq!(encode_hashes(&hashes).as_deref(), Ok(rest));
        }
    }
    if let Ok(bundle) = Bundle::new(index, width) {
        assert_eq!(Bundle::from_path(&bundle.path()), Ok(bundle));
        if let Ok(entries) = decode_bundle(bundle, rest) {
            assert_eq!(entries.len(), usize::from(width));
            assert_eq!(encode_bundle(&entries).as_deref(), Ok(rest));
        }
    }
    proofs(rest, index);
});

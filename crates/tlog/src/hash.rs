//! Leaf and node hashes of RFC 6962 2.1 over SHA-256.
//!
//! Invariant: a leaf and a node can never share a preimage, because their first byte differs
//! (`0x00`, `0x01`). Refuses nothing: every byte string is a leaf.

use sha2::block_api::compress256;
use sha2::{Digest, Sha256};

/// Bytes in a hash.
pub const HASH_BYTES: usize = 32;

/// A SHA-256 hash.
pub type Hash = [u8; HASH_BYTES];

/// The root of the tree with no leaves: SHA-256 of nothing.
pub const EMPTY_ROOT: Hash = [
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
    0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
];

/// The longest leaf that fits one SHA-256 block: 64 bytes less prefix, padding bit and length.
pub const SHORT_LEAF_BYTES_MAX: usize = 54;

const LEAF_PREFIX: u8 = 0x00;
const NODE_PREFIX: u8 = 0x01;

/// Initial state of SHA-256 (FIPS 180-4 5.3.3).
const START: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// The second block of a node: the last byte of the right child, then padding for 65 bytes.
const NODE_TAIL: [u8; 64] = {
    let mut block = [0_u8; 64];
    block[1] = 0x80;
    block[62] = 0x02;
    block[63] = 0x08;
    block
};

/// The hash of a leaf: SHA-256 of `0x00` and the leaf.
///
/// Up to [`SHORT_LEAF_BYTES_MAX`] bytes this is one compression and no buffering.
#[must_use]
pub fn leaf_hash(leaf: &[u8]) -> Hash {
    short_leaf_hash(leaf).unwrap_or_else(|| {
        let mut hasher = Sha256::new();
        hasher.update([LEAF_PREFIX]);
        hasher.update(leaf);
        hasher.finalize().into()
    })
}

/// The hash of two neighbours: SHA-256 of `0x01`, left and right.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut blocks = [[0_u8; 64], NODE_TAIL];
    let [head, tail] = &mut blocks;
    let [right_head @ .., right_last] = right;
    head[0] = NODE_PREFIX;
    head[1..33].copy_from_slice(left);
    head[33..64].copy_from_slice(right_head);
    tail[0] = *right_last;
    let mut state = START;
    compress256(&mut state, &blocks);
    state_bytes(state)
}

fn short_leaf_hash(leaf: &[u8]) -> Option<Hash> {
    if leaf.len() > SHORT_LEAF_BYTES_MAX {
        return None;
    }
    // A longer leaf returned above, so the bit length stays under 2^16.
    let bits = u16::try_from(leaf.len())
        .ok()?
        .checked_add(1)?
        .checked_mul(8)?;
    let mut block = [0_u8; 64];
    block[0] = LEAF_PREFIX;
    let (data, padding) = block.get_mut(1..)?.split_at_mut_checked(leaf.len())?;
    data.copy_from_slice(leaf);
    *padding.first_mut()? = 0x80;
    *block.last_chunk_mut::<2>()? = bits.to_be_bytes();
    let mut state = START;
    compress256(&mut state, &[block]);
    Some(state_bytes(state))
}

fn state_bytes(state: [u32; 8]) -> Hash {
    let mut out = [0_u8; HASH_BYTES];
    for (slot, word) in out.chunks_exact_mut(4).zip(state) {
        slot.copy_from_slice(&word.to_be_bytes());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(parts: &[&[u8]]) -> Hash {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update(part);
        }
        hasher.finalize().into()
    }

    #[test]
    fn the_empty_root_is_the_hash_of_nothing() {
        assert_eq!(EMPTY_ROOT, plain(&[]));
    }

    #[test]
    fn leaves_of_every_length_agree_with_the_plain_hasher() {
        let bytes: Vec<u8> = (0..200_u8).collect();
        for length in 0..bytes.len() {
            let leaf = &bytes[..length];
            assert_eq!(leaf_hash(leaf), plain(&[&[0], leaf]), "length {length}");
        }
    }

    #[test]
    fn the_one_block_path_ends_exactly_at_its_limit() {
        assert!(short_leaf_hash(&[7; SHORT_LEAF_BYTES_MAX]).is_some());
        assert!(short_leaf_hash(&[7; SHORT_LEAF_BYTES_MAX + 1]).is_none());
    }

    #[test]
    fn nodes_agree_with_the_plain_hasher() {
        let (left, right) = (leaf_hash(b"left"), leaf_hash(b"right"));
        assert_eq!(node_hash(&left, &right), plain(&[&[1], &left, &right]));
        assert_ne!(node_hash(&left, &right), node_hash(&right, &left));
    }
}

//! A C2SP transparency log in bytes: hashes, tiles, proofs, notes, checkpoints, receipts.
//!
//! Invariant: every function is a function of its arguments; the same bytes in give the same
//! bytes out. Refuses to read a clock, draw random numbers, or open a file or a connection:
//! whoever stores the tiles hands them in, and whoever publishes them takes them out.
//!
//! | module | owns |
//! |---|---|
//! | [`hash`] | leaf and node hashes (RFC 6962 2.1) |
//! | [`frontier`] | the right edge of a growing tree |
//! | [`tree`] | whole trees held in memory |
//! | [`proof`] | inclusion and consistency proofs, made and checked |
//! | [`tile`] | tlog-tiles v0.1.0: paths, contents, reading proofs out of tiles |
//! | [`note`] | signed-note v1 and its keys |
//! | [`checkpoint`] | tree heads signed by the log |
//! | [`cosignature`] | tree heads signed by a witness (types `0x04` and `0x06`) |
//! | [`policy`] | tlog-policy: which log, which witnesses, how many are enough |
//! | [`text`] | the spellings they share: decimals, base64, hash lines |
//! | [`receipt`] | `tlog-proof` files: one leaf proven without a network |

pub mod checkpoint;
pub mod cosignature;
mod error;
pub mod frontier;
pub mod hash;
pub mod note;
pub mod policy;
pub mod proof;
pub mod receipt;
pub mod text;
pub mod tile;
pub mod tree;

pub use checkpoint::Checkpoint;
pub use cosignature::CosignerKey;
pub use error::{Error, ProofError};
pub use frontier::Frontier;
pub use hash::{EMPTY_ROOT, HASH_BYTES, Hash, leaf_hash, node_hash};
pub use note::{KeyName, Note, NoteSignature, SignerKey, Statement, VerifierKey};
pub use policy::{Policy, PolicyFault};
pub use proof::{HashReader, NodeId, verify_consistency, verify_inclusion};
pub use receipt::Receipt;
pub use tile::{Bundle, Tile, TileReader};
pub use tree::MerkleTree;

/// The most leaves a tree may have: what a signed 64-bit reader can still hold.
pub const TREE_SIZE_MAX: u64 = (1 << 63) - 1;

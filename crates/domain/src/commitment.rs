//! Salted commitments: what the public log says about people without saying who they are.
//!
//! Invariant: every leaf of a subject tree is 50 bytes and carries 16 bytes of salt, made of the
//! entry's own secret and a share of [`crate::salts`]; whoever destroys either breaks the link for
//! good (I11).

use crate::ids::ActDigest;
use sha2::{Digest as _, Sha256};

/// The secret of one entry; kept in the sealed part.
pub type EntrySalt = [u8; 32];

/// The length of a subject leaf in bytes: salt 16, person 16, mark 18.
pub const SUBJECT_LEAF_BYTES: usize = 50;

/// The commitment to the signed bytes of an entry.
pub fn act_commitment(salt: &EntrySalt, digest: &ActDigest) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(b"mm-act-v1");
    hasher.update(salt);
    hasher.update(digest.as_bytes());
    hasher.finalize().into()
}

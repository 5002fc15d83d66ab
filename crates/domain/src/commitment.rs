//! Salted commitments: what the public log says about people without saying who they are.
//!
//! Invariant: every leaf of a subject tree is 50 bytes and carries 16 bytes of salt that only the
//! sealed part of the entry yields; whoever destroys that seal breaks the link for good (I11).

use crate::ids::ActDigest;
use crate::machine::Subject;
use sha2::{Digest as _, Sha256};

/// The secret of one entry, from which all its salts come; kept in the sealed part.
pub type EntrySalt = [u8; 32];

/// The length of a subject leaf in bytes.
pub const SUBJECT_LEAF_BYTES: usize = 50;

/// The leaf of one subject: salt, person, and what the entry says about the person.
pub fn subject_leaf(salt: &EntrySalt, index: u64, subject: &Subject) -> [u8; SUBJECT_LEAF_BYTES] {
    let mut hasher = Sha256::new();
    hasher.update(b"mm-salt-v1");
    hasher.update(salt);
    hasher.update(index.to_be_bytes());
    let own = hasher.finalize();
    let mut leaf = [0_u8; SUBJECT_LEAF_BYTES];
    let (head, mark) = leaf.split_at_mut(32);
    let (own_salt, person) = head.split_at_mut(16);
    own_salt
        .iter_mut()
        .zip(own)
        .for_each(|(slot, byte)| *slot = byte);
    person.copy_from_slice(subject.person.as_bytes());
    mark.copy_from_slice(&subject.mark);
    leaf
}

/// The commitment to the signed bytes of an entry.
pub fn act_commitment(salt: &EntrySalt, digest: &ActDigest) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(b"mm-act-v1");
    hasher.update(salt);
    hasher.update(digest.as_bytes());
    hasher.finalize().into()
}

//! Salted commitments: what the public log says about people without saying who they are.
//!
//! Invariant: every leaf of a subject tree is 50 bytes and carries 16 bytes of salt that only the
//! sealed part of the entry yields; whoever destroys that seal breaks the link for good (I11).

use crate::ids::ActDigest;
use crate::machine::Subject;
use chacha20::ChaCha20;
use chacha20::cipher::{KeyIvInit as _, StreamCipher as _};
use sha2::{Digest as _, Sha256};

/// The secret of one entry, from which all its salts come; kept in the sealed part.
pub type EntrySalt = [u8; 32];

/// The length of a subject leaf in bytes.
pub const SUBJECT_LEAF_BYTES: usize = 50;

/// How many subjects share one draw of salts.
pub const SALTS_CHUNK: usize = 256;
const SALT_BYTES: usize = 16;

/// The salts of one chunk of subjects: the `n`th chunk has those from `n * SALTS_CHUNK` on.
///
/// They are a ChaCha20 key stream (RFC 8439 2.4) under a key of the chunk, so that a million of
/// them cost no more than writing them down.
pub struct Salts([u8; SALTS_CHUNK * SALT_BYTES]);

impl Salts {
    /// The salts of a chunk of an entry.
    pub fn of(salt: &EntrySalt, chunk: u64) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(b"mm-salt-v2");
        hasher.update(salt);
        hasher.update(chunk.to_be_bytes());
        let mut stream = [0; SALTS_CHUNK * SALT_BYTES];
        // One key, one stream: the nonce has nothing to tell apart.
        ChaCha20::new(&hasher.finalize(), &[0; 12].into()).apply_keystream(&mut stream);
        Self(stream)
    }

    /// The leaf of the subject with this place in the chunk: salt, person, and what the entry says
    /// about the person.
    pub fn leaf(&self, place: usize, subject: &Subject) -> [u8; SUBJECT_LEAF_BYTES] {
        let mut leaf = [0_u8; SUBJECT_LEAF_BYTES];
        let (head, mark) = leaf.split_at_mut(2 * SALT_BYTES);
        let (own, person) = head.split_at_mut(SALT_BYTES);
        let (salts, _) = self.0.as_chunks::<SALT_BYTES>();
        if let Some(salt) = salts.get(place % SALTS_CHUNK) {
            own.copy_from_slice(salt);
        }
        person.copy_from_slice(subject.person.as_bytes());
        mark.copy_from_slice(&subject.mark);
        leaf
    }
}

/// The leaf of one subject.
pub fn subject_leaf(salt: &EntrySalt, index: usize, subject: &Subject) -> [u8; SUBJECT_LEAF_BYTES] {
    let chunk = (index / SALTS_CHUNK) as u64;
    Salts::of(salt, chunk).leaf(index % SALTS_CHUNK, subject)
}

/// The commitment to the signed bytes of an entry.
pub fn act_commitment(salt: &EntrySalt, digest: &ActDigest) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(b"mm-act-v1");
    hasher.update(salt);
    hasher.update(digest.as_bytes());
    hasher.finalize().into()
}

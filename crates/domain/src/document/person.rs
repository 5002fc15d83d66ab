//! A person's name outside the vault. Owns [`PersonId`] and the secret [`PersonKey`] that makes it.
//!
//! Invariant: the same key and document give the same id; the id is made of kind and number alone.
//! A phone number is never part of it: phones change hands.
//! Refuses: to show the key, or to make an id from anything but a [`Document`].

use super::Document;
use crate::ids::{IdError, from_hex, to_hex};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use std::fmt;
use std::str::FromStr;

/// A person's name outside the vault: a keyed digest of kind and number of a document. Without
/// the key it cannot be made from a number or led back to one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PersonId(#[serde(with = "serde_bytes")] [u8; 16]);

impl PersonId {
    /// The id with these bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes of the id.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for PersonId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&to_hex(&self.0))
    }
}

impl fmt::Debug for PersonId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second, third, fourth, ..] = self.0;
        write!(
            formatter,
            "PersonId({}..)",
            to_hex(&[first, second, third, fourth])
        )
    }
}

impl FromStr for PersonId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        Ok(Self(from_hex(text)?))
    }
}

/// The secret that makes [`PersonId`]s. It holds the digest state after the key and the label, so
/// that each person costs only the rest.
pub struct PersonKey(Hmac<Sha256>);

impl PersonKey {
    /// The key with these secret bytes.
    pub fn from_bytes(secret: [u8; 32]) -> Self {
        // HMAC pads a key to its block with zeros itself; a full block needs no fallible door.
        let mut block = [0_u8; 64];
        block
            .iter_mut()
            .zip(secret)
            .for_each(|(slot, byte)| *slot = byte);
        let mut state = <Hmac<Sha256> as KeyInit>::new(&block.into());
        state.update(b"mm-person-v1\0");
        Self(state)
    }

    /// The person a document names: the first 16 bytes of HMAC-SHA-256 over the label
    /// `mm-person-v1`, a zero byte, the gate code, a zero byte and the number.
    pub fn person_id(&self, document: &Document) -> PersonId {
        let mut state = self.0.clone();
        state.update(&[document.kind().gate_code(), 0]);
        state.update(document.number().as_bytes());
        let mut half = [0_u8; 16];
        let digest = state.finalize().into_bytes();
        half.iter_mut()
            .zip(digest)
            .for_each(|(slot, byte)| *slot = byte);
        PersonId(half)
    }
}

impl fmt::Debug for PersonKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PersonKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::super::DocumentType::{Passport, TaiwanPermit};
    use super::*;

    #[test]
    fn a_person_id_is_the_documented_digest_and_depends_on_key_kind_and_number() {
        let key = PersonKey::from_bytes([7; 32]);
        let passport = Document::parse(Passport, "00000001").unwrap();
        let permit = Document::parse(TaiwanPermit, "00000001").unwrap();
        let id = key.person_id(&passport);
        assert_eq!(id, key.person_id(&passport));
        assert_ne!(id, key.person_id(&permit));
        assert_ne!(
            id,
            key.person_id(&Document::parse(Passport, "00000002").unwrap())
        );
        assert_ne!(id, PersonKey::from_bytes([8; 32]).person_id(&passport));
        let mut whole = <Hmac<Sha256> as KeyInit>::new_from_slice(&[7; 32]).unwrap();
        whole.update(b"mm-person-v1\x00\x14\x0000000001");
        assert_eq!(&whole.finalize().into_bytes()[..16], id.as_bytes());
    }

    #[test]
    fn a_person_id_reads_back_what_it_prints_and_is_sixteen_bytes_in_cbor() {
        let id = PersonId::from_bytes(*b"0123456789abcdef");
        assert_eq!(id.to_string().len(), 32);
        assert_eq!(id.to_string().parse::<PersonId>(), Ok(id));
        assert_eq!(format!("{id:?}"), "PersonId(30313233..)");
        let mut bytes = Vec::new();
        ciborium::into_writer(&id, &mut bytes).unwrap();
        assert_eq!((bytes.len(), bytes[0]), (17, 0x50));
    }

    #[test]
    fn a_key_shows_nothing_of_itself() {
        assert_eq!(
            format!("{:?}", PersonKey::from_bytes([7; 32])),
            "PersonKey(..)"
        );
    }
}

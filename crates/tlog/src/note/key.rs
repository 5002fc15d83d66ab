//! The keys of notes: names, ids, and keys for one purpose each.
//!
//! Invariant: a key's id is the hash of its name, signature type and public key, so the same
//! bytes under another name or type are another key. Refuses a signature of another type than
//! its key's, whatever it says.

use super::pair::{Ed25519, MlDsa, Pair, Public};
use super::{KEY_ID_BYTES, Note, NoteSignature};
use crate::{Checkpoint, Error, cosignature, text};
use sha2::{Digest, Sha256};
use std::fmt;

/// The longest key name, in bytes.
pub const KEY_NAME_BYTES_MAX: usize = 255;

/// The name of a key: not empty, without spaces, plus signs or control characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyName(String);

/// What a key signs, as the byte that goes into its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureType {
    /// `0x01`: Ed25519 over the note text.
    Ed25519,
    /// `0x04`: Ed25519 over a time and a checkpoint.
    CosignatureV1,
    /// `0x06`: ML-DSA-44 over a cosigner's name, a time and a checkpoint.
    SubtreeV1,
}

/// What the owner of a key states by a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statement {
    /// The owner signed the text.
    Signed,
    /// The owner saw this checkpoint, consistent with all before, at this time.
    Cosigned {
        /// Seconds since 1970 by the witness's clock.
        time_s: u64,
    },
}

/// A public key under its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifierKey {
    name: KeyName,
    kind: SignatureType,
    key: Public,
    id: [u8; KEY_ID_BYTES],
}

/// A log's secret key: signs texts, type `0x01`.
#[derive(Debug)]
pub struct SignerKey(Secret<Ed25519>);

/// A secret key under its name, for one signature type.
pub struct Secret<K> {
    name: KeyName,
    kind: SignatureType,
    key: K,
    id: [u8; KEY_ID_BYTES],
}

impl KeyName {
    /// A key name.
    ///
    /// # Errors
    /// [`Error::KeyName`].
    pub fn new(name: &str) -> Result<Self, Error> {
        let refused = |c: char| c.is_whitespace() || c == '+' || c < ' ';
        if name.is_empty() || name.len() > KEY_NAME_BYTES_MAX || name.contains(refused) {
            return Err(Error::KeyName);
        }
        Ok(Self(name.to_owned()))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl SignatureType {
    /// The byte assigned by the specification.
    #[must_use]
    pub const fn byte(self) -> u8 {
        match self {
            Self::Ed25519 => 0x01,
            Self::CosignatureV1 => 0x04,
            Self::SubtreeV1 => 0x06,
        }
    }

    /// Whether such a key is a witness's.
    #[must_use]
    pub const fn cosigns(self) -> bool {
        match self {
            Self::Ed25519 => false,
            Self::CosignatureV1 | Self::SubtreeV1 => true,
        }
    }

    const fn from_byte(byte: u8) -> Result<Self, Error> {
        match byte {
            0x01 => Ok(Self::Ed25519),
            0x04 => Ok(Self::CosignatureV1),
            0x06 => Ok(Self::SubtreeV1),
            other => Err(Error::KeyType(other)),
        }
    }
}

impl VerifierKey {
    /// A public key by its parts.
    ///
    /// # Errors
    /// [`Error::KeyName`], [`Error::KeyBytes`].
    pub fn new(name: &str, kind: SignatureType, public: &[u8]) -> Result<Self, Error> {
        let name = KeyName::new(name)?;
        let key = Public::new(kind, public)?;
        let id = key_id(&name, kind, &key.to_bytes());
        Ok(Self {
            name,
            kind,
            key,
            id,
        })
    }

    /// Reads `name+id+key`: the id in lower-case hex, the key in base64 behind its type.
    ///
    /// # Errors
    /// [`Error::KeyText`], [`Error::KeyType`], [`Error::KeyId`] or what [`Self::new`] refuses.
    pub fn parse(vkey: &str) -> Result<Self, Error> {
        let mut parts = vkey.splitn(3, '+');
        let (Some(name), Some(id), Some(encoded)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(Error::KeyText);
        };
        // The longest, of 1,313 bytes, has 1,752 characters.
        if encoded.len() > 4096 {
            return Err(Error::KeyText);
        }
        let decoded = text::unbase64(encoded).ok_or(Error::KeyText)?;
        let (kind, public) = decoded.split_first().ok_or(Error::KeyText)?;
        let kind = SignatureType::from_byte(*kind)?;
        let key = Self::new(name, kind, public)?;
        if id == hex(key.id) {
            Ok(key)
        } else {
            Err(Error::KeyId)
        }
    }

    /// The name of the key.
    #[must_use]
    pub const fn name(&self) -> &KeyName {
        &self.name
    }

    /// The id of the key.
    #[must_use]
    pub const fn id(&self) -> [u8; KEY_ID_BYTES] {
        self.id
    }

    /// What the key signs.
    #[must_use]
    pub const fn kind(&self) -> SignatureType {
        self.kind
    }

    /// The public key.
    #[must_use]
    pub fn public(&self) -> Vec<u8> {
        self.key.to_bytes()
    }

    /// Whether a signature names this key.
    #[must_use]
    pub fn made(&self, signature: &NoteSignature) -> bool {
        signature.key_id == self.id && signature.name == self.name
    }

    /// Checks a signature that names this key.
    ///
    /// # Errors
    /// [`Error::SignatureInvalid`]; for a key of type `0x06`, which signs checkpoints only, what
    /// [`Checkpoint::parse`] refuses.
    pub fn verify(&self, text: &str, signature: &NoteSignature) -> Result<Statement, Error> {
        let invalid = || Error::SignatureInvalid {
            name: self.name.to_string(),
        };
        if !self.made(signature) {
            return Err(invalid());
        }
        let bytes = signature.bytes.as_slice();
        let cosigned = || cosignature::split(bytes).ok_or_else(invalid);
        let (statement, message, bytes) = match self.kind {
            SignatureType::Ed25519 => (Statement::Signed, text.as_bytes().to_vec(), bytes),
            SignatureType::CosignatureV1 => {
                let (time_s, bytes) = cosigned()?;
                let message = cosignature::message(text, time_s).into_bytes();
                (Statement::Cosigned { time_s }, message, bytes)
            }
            SignatureType::SubtreeV1 => {
                let (time_s, bytes) = cosigned()?;
                let checkpoint = Checkpoint::parse(text)?;
                let message = cosignature::subtree_message(&self.name, &checkpoint, time_s)?;
                (Statement::Cosigned { time_s }, message, bytes)
            }
        };
        if !self.key.verifies(&message, bytes) {
            return Err(invalid());
        }
        Ok(statement)
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let public = self.key.to_bytes();
        let encoded = text::base64(&[[self.kind.byte()].as_slice(), &public].concat());
        write!(out, "{}+{}+{encoded}", self.name, hex(self.id))
    }
}

impl SignerKey {
    /// The key that grows from a 32-byte seed.
    ///
    /// # Errors
    /// [`Error::KeyName`].
    pub fn from_seed(name: &str, seed: [u8; 32]) -> Result<Self, Error> {
        Secret::<Ed25519>::from_seed(name, SignatureType::Ed25519, seed).map(Self)
    }

    /// The name of the key.
    #[must_use]
    pub const fn name(&self) -> &KeyName {
        &self.0.name
    }

    /// The public half.
    #[must_use]
    pub fn verifier(&self) -> VerifierKey {
        self.0.verifier()
    }

    /// A signature over a note text.
    #[must_use]
    pub fn sign(&self, text: &str) -> NoteSignature {
        self.0.signature(text.as_bytes(), &[])
    }

    /// The text as a note with this key's signature.
    ///
    /// # Errors
    /// What [`Note::new`] refuses.
    pub fn sign_note(&self, text: &str) -> Result<Note, Error> {
        Note::new(text.to_owned(), vec![self.sign(text)])
    }
}

impl<K: Pair> Secret<K> {
    fn grown(name: &str, kind: SignatureType, seed: [u8; 32]) -> Result<Self, Error> {
        let name = KeyName::new(name)?;
        let key = K::from_seed(seed);
        let id = key_id(&name, kind, &key.public().to_bytes());
        Ok(Self {
            name,
            kind,
            key,
            id,
        })
    }

    pub(crate) const fn name(&self) -> &KeyName {
        &self.name
    }

    pub(crate) fn verifier(&self) -> VerifierKey {
        VerifierKey {
            name: self.name.clone(),
            kind: self.kind,
            key: self.key.public(),
            id: self.id,
        }
    }

    fn line(&self, prefix: &[u8], signature: &[u8]) -> NoteSignature {
        NoteSignature {
            name: self.name.clone(),
            key_id: self.id,
            bytes: [prefix, signature].concat(),
        }
    }
}

impl Secret<Ed25519> {
    pub(crate) fn from_seed(
        name: &str,
        kind: SignatureType,
        seed: [u8; 32],
    ) -> Result<Self, Error> {
        Self::grown(name, kind, seed)
    }

    /// Signs the message and puts `prefix` before the signature.
    pub(crate) fn signature(&self, message: &[u8], prefix: &[u8]) -> NoteSignature {
        self.line(prefix, &self.key.sign(message))
    }
}

impl Secret<MlDsa> {
    pub(crate) fn from_seed(name: &str, seed: [u8; 32]) -> Result<Self, Error> {
        Self::grown(name, SignatureType::SubtreeV1, seed)
    }

    /// Signs the message and puts `prefix` before the signature.
    pub(crate) fn signature(&self, message: &[u8], prefix: &[u8]) -> Result<NoteSignature, Error> {
        Ok(self.line(prefix, &self.key.sign(message)?))
    }
}

impl<K> fmt::Debug for Secret<K> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The key itself must never reach a log or a panic message.
        write!(out, "Secret({}+{})", self.name, hex(self.id))
    }
}

fn key_id(name: &KeyName, kind: SignatureType, public: &[u8]) -> [u8; KEY_ID_BYTES] {
    let mut hasher = Sha256::new();
    hasher.update(name.as_str());
    hasher.update([b'\n', kind.byte()]);
    hasher.update(public);
    let [a, b, c, d, ..]: [u8; 32] = hasher.finalize().into();
    [a, b, c, d]
}

fn hex(id: [u8; KEY_ID_BYTES]) -> String {
    format!("{:08x}", u32::from_be_bytes(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verifier_key_has_one_spelling() {
        for kind in [SignatureType::Ed25519, SignatureType::CosignatureV1] {
            let key = Secret::<Ed25519>::from_seed("log.example/a", kind, [4; 32])
                .unwrap()
                .verifier();
            assert_eq!(VerifierKey::parse(&key.to_string()), Ok(key));
        }
        let key = Secret::<MlDsa>::from_seed("log.example/a", [4; 32]).unwrap();
        let key = key.verifier();
        assert_eq!(VerifierKey::parse(&key.to_string()), Ok(key));
    }

    #[test]
    fn a_verifier_key_of_another_shape_is_refused() {
        let key = SignerKey::from_seed("log.example", [4; 32])
            .unwrap()
            .verifier()
            .to_string();
        let id = key.split('+').nth(1).unwrap();
        let zeros = |kind: u8| text::base64(&[&[kind], [0; 32].as_slice()].concat());
        for (vkey, error) in [
            (String::new(), Error::KeyText),
            ("log.example+00000000".into(), Error::KeyText),
            (format!("{key}="), Error::KeyText),
            (key.replace("log", "lag"), Error::KeyId),
            (key.replace(id, &id.to_uppercase()), Error::KeyId),
            (key.replace(id, &format!("0{id}")), Error::KeyId),
            (key.replace("log", "lo g"), Error::KeyName),
            (
                format!("log.example+00000000+{}", zeros(1)),
                Error::KeyBytes,
            ),
            (
                format!("log.example+00000000+{}", zeros(7)),
                Error::KeyType(7),
            ),
            (
                format!("log.example+00000000+{}", zeros(6)),
                Error::KeyBytes,
            ),
            (
                format!("log.example+00000000+{}", text::base64(&[1; 32])),
                Error::KeyBytes,
            ),
        ] {
            assert_eq!(VerifierKey::parse(&vkey), Err(error), "{vkey}");
        }
        assert!(
            id.bytes().any(|byte| byte.is_ascii_lowercase()),
            "the case row needs a letter"
        );
    }

    #[test]
    fn a_name_at_its_limit_passes_and_one_byte_more_does_not() {
        assert!(KeyName::new(&"n".repeat(KEY_NAME_BYTES_MAX)).is_ok());
        for wrong in ["", "a b", "a+b", "a\nb", "a\u{3000}b", &"n".repeat(256)] {
            assert_eq!(KeyName::new(wrong), Err(Error::KeyName), "{wrong:?}");
        }
    }

    #[test]
    fn a_secret_is_not_in_its_debug_text() {
        let key = SignerKey::from_seed("log.example", [0x5a; 32]).unwrap();
        let shown = format!("{key:?}");
        assert!(
            shown.contains("log.example") && !shown.contains("90, 90"),
            "{shown}"
        );
    }
}

//! Key files. Owns [`KeyPair`]: an Ed25519 key as PKCS#8 in PEM (RFC 8410).
//!
//! Invariant: the secret is wiped when dropped and shown by nothing but [`KeyPair::to_pem`].
//! Refuses: to make randomness: whoever calls brings 32 bytes of it.

use crate::cose;
use crate::error::Error;
use domain::ids::PublicKey;
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, KeypairBytes};
use std::fmt;
use zeroize::Zeroizing;

/// The longest key file that is looked at, in bytes.
pub const KEY_FILE_BYTES_MAX: usize = 4_096;

/// A signing key and its public half.
pub struct KeyPair(SigningKey);

impl KeyPair {
    /// The key that 32 secret random bytes make.
    pub fn from_entropy(secret: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(secret))
    }

    /// Reads a key file.
    pub fn from_pem(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        if text.len() > KEY_FILE_BYTES_MAX {
            return Err(Error::Key("it is too long"));
        }
        if text.contains("-----BEGIN PUBLIC KEY-----") {
            return Err(Error::Key(
                "it holds a public key; signing needs the private one",
            ));
        }
        if text.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----") {
            return Err(Error::Key("it is encrypted; decrypt it first"));
        }
        if !text.starts_with("-----BEGIN PRIVATE KEY-----") {
            return Err(Error::Key(
                "it does not begin with `-----BEGIN PRIVATE KEY-----`",
            ));
        }
        SigningKey::from_pkcs8_pem(text)
            .map(Self)
            .map_err(|_| Error::Key("it is damaged or not an Ed25519 key"))
    }

    /// The key file's text.
    pub fn to_pem(&self) -> Result<Zeroizing<String>, Error> {
        // Version 1, without the public half: other tools do not read version 2.
        KeypairBytes {
            secret_key: self.0.to_bytes(),
            public_key: None,
        }
        .to_pkcs8_pem(LineEnding::LF)
        .map_err(|_| Error::Key("it cannot be written"))
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        PublicKey::from_bytes(self.0.verifying_key().to_bytes())
    }

    /// The short name of the key in a header.
    pub fn kid(&self) -> [u8; 8] {
        cose::kid(&self.public())
    }

    /// The key that signs.
    pub const fn signing(&self) -> &SigningKey {
        &self.0
    }
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "KeyPair({})", self.public())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_reads_back_and_never_shows_its_secret_otherwise() {
        let pair = KeyPair::from_entropy(&[7; 32]);
        let pem = pair.to_pem().unwrap();
        assert!(pem.starts_with("-----BEGIN PRIVATE KEY-----\n"));
        let again = KeyPair::from_pem(&pem).unwrap();
        assert_eq!(again.public(), pair.public());
        assert_eq!(again.kid(), pair.kid());
        assert_eq!(format!("{pair:?}"), format!("KeyPair({})", pair.public()));
    }

    #[test]
    fn a_key_written_by_another_tool_is_read() {
        // RFC 8410, section 10.3.
        let pem = "-----BEGIN PRIVATE KEY-----\n\
            MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
            -----END PRIVATE KEY-----\n";
        let pair = KeyPair::from_pem(pem).unwrap();
        assert_eq!(pair.to_pem().unwrap().as_str(), pem);
        assert_eq!(
            pair.public().to_string(),
            "19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1"
        );
    }

    #[test]
    fn a_damaged_or_foreign_key_file_is_refused_in_words() {
        let pem = KeyPair::from_entropy(&[7; 32]).to_pem().unwrap();
        let cut: String = pem.lines().take(1).collect();
        for bad in [
            "",
            "hello",
            "-----BEGIN PUBLIC KEY-----\nMCo=\n",
            &cut,
            &pem.replace('M', "N"),
        ] {
            assert!(
                matches!(KeyPair::from_pem(bad), Err(Error::Key(_))),
                "{bad}"
            );
        }
    }
}

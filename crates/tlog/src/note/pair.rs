//! The bare keys behind the names: Ed25519 and ML-DSA-44 (FIPS 204), public and secret.
//!
//! Invariant: a secret half signs only what its public half verifies, and the same message
//! always gives the same signature. Refuses public keys with which anybody can sign, and
//! signatures that only a lenient check would pass.

use super::SignatureType;
use crate::Error;
use ed25519_dalek::Signer as _;
use ml_dsa::{KeyExport as _, Keypair as _, MlDsa44, SignatureEncoding as _, Verifier as _};

/// The length of an ML-DSA-44 public key, in bytes.
const ML_DSA_BYTES: usize = 1312;
/// Where the part that binds the secret begins, after the seed of the public matrix.
const ML_DSA_SEED_BYTES: usize = 32;

/// A public key without its name.
#[derive(Clone, Debug, PartialEq)]
pub enum Public {
    Ed25519(ed25519_dalek::VerifyingKey),
    MlDsa44(ml_dsa::VerifyingKey<MlDsa44>),
}

// Both keys are compared as numbers, never as floats.
impl Eq for Public {}

/// A secret key without its name.
pub trait Pair {
    /// The key that grows from a seed.
    fn from_seed(seed: [u8; 32]) -> Self;

    /// The public half.
    fn public(&self) -> Public;
}

/// An Ed25519 key; it can sign anything.
pub struct Ed25519(ed25519_dalek::SigningKey);

/// An ML-DSA-44 key; signing may fail, though no one will live to see it.
pub struct MlDsa(Box<ml_dsa::SigningKey<MlDsa44>>);

impl Public {
    pub(super) fn new(kind: SignatureType, bytes: &[u8]) -> Result<Self, Error> {
        match kind {
            SignatureType::Ed25519 | SignatureType::CosignatureV1 => {
                let bytes = bytes.try_into().map_err(|_| Error::KeyBytes)?;
                let key = ed25519_dalek::VerifyingKey::from_bytes(bytes);
                let key = key.map_err(|_| Error::KeyBytes)?;
                // A key of small order verifies signatures that nobody made.
                if key.is_weak() {
                    return Err(Error::KeyBytes);
                }
                Ok(Self::Ed25519(key))
            }
            SignatureType::SubtreeV1 => {
                let bytes: &[u8; ML_DSA_BYTES] = bytes.try_into().map_err(|_| Error::KeyBytes)?;
                // With nothing but zeros there, anyone can answer the challenge.
                if bytes.iter().skip(ML_DSA_SEED_BYTES).all(|byte| *byte == 0) {
                    return Err(Error::KeyBytes);
                }
                let encoded = ml_dsa::EncodedVerifyingKey::<MlDsa44>::try_from(bytes.as_slice());
                let encoded = encoded.map_err(|_| Error::KeyBytes)?;
                Ok(Self::MlDsa44(ml_dsa::VerifyingKey::decode(&encoded)))
            }
        }
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Ed25519(key) => key.to_bytes().to_vec(),
            Self::MlDsa44(key) => key.to_bytes().to_vec(),
        }
    }

    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Ed25519(key) => ed25519_dalek::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify_strict(message, &signature).is_ok()),
            Self::MlDsa44(key) => ml_dsa::Signature::<MlDsa44>::try_from(signature)
                .is_ok_and(|signature| key.verify(message, &signature).is_ok()),
        }
    }
}

impl Pair for Ed25519 {
    fn from_seed(seed: [u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(&seed))
    }

    fn public(&self) -> Public {
        Public::Ed25519(self.0.verifying_key())
    }
}

impl Ed25519 {
    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.0.sign(message).to_bytes().to_vec()
    }
}

impl Pair for MlDsa {
    fn from_seed(seed: [u8; 32]) -> Self {
        Self(Box::new(ml_dsa::SigningKey::from_seed(&seed.into())))
    }

    fn public(&self) -> Public {
        Public::MlDsa44(self.0.verifying_key())
    }
}

impl MlDsa {
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let signature = ml_dsa::Signer::try_sign(self.0.as_ref(), message);
        Ok(signature.map_err(|_| Error::SigningFailed)?.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_key_with_which_anybody_can_sign_is_refused() {
        let kind = SignatureType::SubtreeV1;
        let mut bytes = MlDsa::from_seed([1; 32]).public().to_bytes();
        assert_eq!(bytes.len(), ML_DSA_BYTES);
        assert_eq!(Public::new(kind, &bytes).unwrap().to_bytes(), bytes);
        bytes[ML_DSA_SEED_BYTES..].fill(0);
        assert_eq!(Public::new(kind, &bytes), Err(Error::KeyBytes));
        bytes[ML_DSA_BYTES - 1] = 1;
        assert!(Public::new(kind, &bytes).is_ok());
        let ed25519 = SignatureType::Ed25519;
        assert_eq!(Public::new(ed25519, &[0; 32]), Err(Error::KeyBytes));
    }

    #[test]
    fn a_key_of_another_length_is_refused() {
        for length in [0, 31, 33, ML_DSA_BYTES - 1, ML_DSA_BYTES + 1] {
            for kind in [SignatureType::Ed25519, SignatureType::SubtreeV1] {
                let bytes = vec![1; length];
                assert_eq!(Public::new(kind, &bytes), Err(Error::KeyBytes), "{length}");
            }
        }
    }

    #[test]
    fn a_signature_changed_anywhere_or_cut_does_not_verify() {
        let pair = MlDsa::from_seed([2; 32]);
        let signature = pair.sign(b"a").unwrap();
        let public = pair.public();
        assert_eq!(signature.len(), 2420);
        assert!(public.verifies(b"a", &signature));
        assert!(!public.verifies(b"b", &signature));
        for at in [0, 31, 32, 1000, 2400, 2419] {
            let mut wrong = signature.clone();
            wrong[at] ^= 1;
            assert!(!public.verifies(b"a", &wrong), "{at}");
        }
        assert!(!public.verifies(b"a", &signature[..2419]));
        assert!(!public.verifies(b"a", &[signature.as_slice(), &[0]].concat()));
    }
}

//! Keys on P-256: the issuer's, the list's and each holder's.
//!
//! Invariant: a [`PublicKey`] is a point on the curve other than zero, in one form: 33 bytes
//! (SEC 1 2.3.3, compressed) or a `COSE_Key` of four members. A [`SigningKey`] is never printed,
//! and nothing gives its secret out again. Refuses: every other form of a key. The one number that is drawn here is the nonce of a signature, mixed
//! from key, bytes and the system's randomness, so that neither a bad source nor a fault in a
//! repeated signature gives the key away; no signature is ever an id.

use crate::cbor::{self, Reader};
use crate::error::Error;
use p256::ecdsa::{self, VerifyingKey};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, UnparsedPublicKey,
};
use sha2::{Digest as _, Sha256};
use std::fmt;

/// The bytes of a public key: its sign and its x.
pub const PUBLIC_KEY_BYTES: usize = 33;
/// The bytes of the hint which key signed.
pub const KID_BYTES: usize = 8;
/// The bytes of a signature: r and s.
pub const SIGNATURE_BYTES: usize = 64;

/// The labels and values of a `COSE_Key` (RFC 9052 7.1, RFC 9053 7.1.1).
const LABEL_KTY: i64 = 1;
const LABEL_CRV: i64 = -1;
const LABEL_X: i64 = -2;
const LABEL_Y: i64 = -3;
const KTY_EC2: i64 = 2;
const CRV_P256: i64 = 1;
/// How a compressed point begins: with an even y, with an odd y.
const EVEN: u8 = 2;
const ODD: u8 = 3;

/// The short name of a key, which is a hint and not a proof: two keys can share it.
pub type Kid = [u8; KID_BYTES];

/// A public key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

/// A secret key.
pub struct SigningKey {
    public: PublicKey,
    signer: EcdsaKeyPair,
}

impl SigningKey {
    /// The key of 32 secret bytes. The caller wipes its own copy.
    pub fn from_bytes(secret: &[u8; 32]) -> Result<Self, Error> {
        let wrong = Error::Key("the secret number is 0 or too large");
        let key = ecdsa::SigningKey::from_slice(secret).map_err(|_| wrong.clone())?;
        let public = PublicKey(*key.verifying_key());
        let point = public.0.to_sec1_point(false);
        let signer = EcdsaKeyPair::from_private_key_and_public_key(
            &ECDSA_P256_SHA256_FIXED_SIGNING,
            secret,
            point.as_bytes(),
            &SystemRandom::new(),
        );
        Ok(Self {
            public,
            signer: signer.map_err(|_| wrong)?,
        })
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        self.public
    }

    /// Signs bytes.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<[u8; SIGNATURE_BYTES], Error> {
        let unsigned = Error::Key("it does not sign: the system has no randomness");
        let signature = self.signer.sign(&SystemRandom::new(), message);
        let signature = signature.map_err(|_| unsigned.clone())?;
        signature.as_ref().try_into().map_err(|_| unsigned)
    }
}

/// A secret key shows whose it is, not what it is.
impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("public", &self.public())
            .finish_non_exhaustive()
    }
}

impl PublicKey {
    /// The key of 33 bytes: a point in its compressed form.
    pub fn from_bytes(bytes: &[u8; PUBLIC_KEY_BYTES]) -> Result<Self, Error> {
        if !matches!(bytes.first(), Some(&(EVEN | ODD))) {
            return Err(Error::Key("the point is not in its compressed form"));
        }
        let key = VerifyingKey::from_sec1_bytes(bytes);
        key.map(Self)
            .map_err(|_| Error::Key("no point of the curve"))
    }

    /// The key of a point by both of its coordinates, as other people's files hold it.
    pub fn from_coordinates(x: &[u8; 32], y: &[u8; 32]) -> Result<Self, Error> {
        let mut point = [4_u8; 65];
        for (slot, byte) in point.iter_mut().skip(1).zip(x.iter().chain(y)) {
            *slot = *byte;
        }
        let key = VerifyingKey::from_sec1_bytes(&point);
        key.map(Self)
            .map_err(|_| Error::Key("no point of the curve"))
    }

    /// Both coordinates of the point.
    pub fn coordinates(&self) -> ([u8; 32], [u8; 32]) {
        let point = self.0.to_sec1_point(false);
        let (mut x, mut y) = ([0; 32], [0; 32]);
        let bytes = point.as_bytes().iter().skip(1);
        for (slot, byte) in x.iter_mut().chain(&mut y).zip(bytes) {
            *slot = *byte;
        }
        (x, y)
    }

    /// The 33 bytes.
    pub fn to_bytes(&self) -> [u8; PUBLIC_KEY_BYTES] {
        let mut bytes = [0_u8; PUBLIC_KEY_BYTES];
        for (slot, byte) in bytes.iter_mut().zip(self.0.to_sec1_point(true).as_bytes()) {
            *slot = *byte;
        }
        bytes
    }

    /// The first 8 bytes of the key's thumbprint (RFC 9679 3): the SHA-256 of its `COSE_Key`
    /// with both coordinates.
    pub fn kid(&self) -> Kid {
        let point = self.0.to_sec1_point(false);
        let (x, y) = point.as_bytes().get(1..).unwrap_or_default().split_at(32);
        let mut key = Vec::with_capacity(80);
        cose_key_start(&mut key, x);
        cbor::int(&mut key, LABEL_Y);
        cbor::bytes(&mut key, y);
        let digest: [u8; 32] = Sha256::digest(&key).into();
        digest.first_chunk().copied().unwrap_or_default()
    }

    /// Whether a signature of this key stands over these bytes.
    pub(crate) fn verify(
        &self,
        message: &[u8],
        signature: &[u8; SIGNATURE_BYTES],
    ) -> Result<(), Error> {
        let point = self.0.to_sec1_point(false);
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point.as_bytes());
        key.verify(message, signature).map_err(|_| Error::Signature)
    }

    /// Writes the key as `{1: 2, -1: 1, -2: x, -3: whether y is odd}`.
    pub fn write_cose_key(&self, out: &mut Vec<u8>) {
        let bytes = self.to_bytes();
        let (sign, x) = (bytes.first(), bytes.get(1..).unwrap_or_default());
        cose_key_start(out, x);
        cbor::int(out, LABEL_Y);
        cbor::truth(out, sign == Some(&ODD));
    }

    /// Reads the key as it is written; `None` for any other form.
    pub(crate) fn read_cose_key(reader: &mut Reader<'_>) -> Option<Self> {
        reader.map(4, 4)?;
        reader.claim(LABEL_KTY)?;
        reader.claim(KTY_EC2)?;
        reader.claim(LABEL_CRV)?;
        reader.claim(CRV_P256)?;
        reader.claim(LABEL_X)?;
        let x: [u8; 32] = reader.fixed()?;
        reader.claim(LABEL_Y)?;
        let sign = if reader.truth()? { ODD } else { EVEN };
        let mut bytes = [sign; PUBLIC_KEY_BYTES];
        for (slot, byte) in bytes.iter_mut().skip(1).zip(x) {
            *slot = byte;
        }
        Self::from_bytes(&bytes).ok()
    }

    /// Reads a `COSE_Key` that stands alone, in the one form that we write.
    pub fn from_cose_key(bytes: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(bytes);
        let key = Self::read_cose_key(&mut reader).filter(|_| reader.end().is_some());
        key.ok_or(Error::Key("not a `COSE_Key` in its one form"))
    }
}

/// All of a `COSE_Key` but its y.
fn cose_key_start(out: &mut Vec<u8>, x: &[u8]) {
    cbor::head(out, cbor::MAP, 4);
    for number in [LABEL_KTY, KTY_EC2, LABEL_CRV, CRV_P256, LABEL_X] {
        cbor::int(out, number);
    }
    cbor::bytes(out, x);
}

/// A public key as the hexadecimal digits of its 33 bytes.
impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PublicKey(")?;
        for byte in self.to_bytes() {
            write!(f, "{byte:02x}")?;
        }
        f.write_str(")")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_bytes(&[seed; 32]).unwrap()
    }

    fn hex(text: &str) -> Vec<u8> {
        let pairs = (0..text.len()).step_by(2);
        pairs
            .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
            .collect()
    }

    #[test]
    fn the_kid_is_the_start_of_the_thumbprint_in_the_rfc() {
        // RFC 9679 5: the key and its thumbprint.
        let x = hex("65eda5a12577c2bae829437fe338701a10aaa375e1bb5b5de108de439c08551d");
        let y = hex("1e52ed75701163f7f9e40ddf9f341b3dc9ba860af7e0ca7ca7e9eecd0084d19c");
        let (x, y) = (x.try_into().unwrap(), y.try_into().unwrap());
        let key = PublicKey::from_coordinates(&x, &y).unwrap();
        assert_eq!(key.kid().to_vec(), hex("496bd8afadf307e5"));
    }

    #[test]
    fn a_public_key_reads_back_in_both_forms() {
        for seed in 1..20 {
            let public = key(seed).public();
            assert_eq!(PublicKey::from_bytes(&public.to_bytes()), Ok(public));
            let mut cose = Vec::new();
            public.write_cose_key(&mut cose);
            assert_eq!(cose.len(), 42);
            assert_eq!(PublicKey::from_cose_key(&cose), Ok(public));
            for at in 0..cose.len() {
                assert!(PublicKey::from_cose_key(&cose[..at]).is_err());
            }
            cose.push(0);
            assert!(PublicKey::from_cose_key(&cose).is_err());
        }
    }

    #[test]
    fn no_point_and_no_number_are_refused() {
        assert!(SigningKey::from_bytes(&[0; 32]).is_err());
        assert!(SigningKey::from_bytes(&[0xff; 32]).is_err());
        let mut bytes = key(1).public().to_bytes();
        bytes[0] = 4;
        assert!(PublicKey::from_bytes(&bytes).is_err());
        bytes[0] = 0;
        assert!(PublicKey::from_bytes(&bytes).is_err());
        bytes = [0xff; 33];
        bytes[0] = 2;
        assert!(PublicKey::from_bytes(&bytes).is_err());
    }

    #[test]
    fn what_a_key_signs_only_it_verifies() {
        let signature = key(1).sign(b"bytes").unwrap();
        assert_eq!(key(1).public().verify(b"bytes", &signature), Ok(()));
        let refused = Err(Error::Signature);
        assert_eq!(key(1).public().verify(b"byte", &signature), refused);
        assert_eq!(key(2).public().verify(b"bytes", &signature), refused);
        assert_eq!(key(1).public().verify(b"bytes", &[0; 64]), refused);
    }

    #[test]
    fn a_secret_key_is_printed_without_its_secret() {
        let shown = format!("{:?}", key(0x5a));
        assert!(
            shown.contains("public") && !shown.contains("5a5a5a"),
            "{shown}"
        );
    }
}

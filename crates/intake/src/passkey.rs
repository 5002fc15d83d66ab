//! Passkeys: acts that an officer signs in the browser, with a WebAuthn assertion.
//!
//! Invariant: the key on record of such an officer is a fingerprint, SHA-256 over the public point
//! and the one origin it speaks at ([`PasskeyKey::fingerprint`]). Nobody can find an Ed25519 key
//! that is somebody's fingerprint, nor a passkey whose fingerprint is somebody's Ed25519 key, so
//! what is on record decides what can verify. The challenge is the SHA-256 of the bytes that a key
//! file would sign (RFC 9052 4.4), so an assertion is for one act of one ledger and no other.
//! Refuses: assertions without the user's presence and verification, of another origin, in a frame
//! of another site, with the higher of the two forms of a signature; reports, which machines sign.

use crate::act;
use crate::cose::{self, ALG_ES256, START, Typ, UNPROTECTED, sig_structure};
use crate::error::Error;
use crate::wire::{self, Reader};
use domain::act::Act;
use domain::ids::PublicKey;
use p256::ecdsa::signature::Verifier as _;
use p256::ecdsa::{Signature, VerifyingKey};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

/// The label of a fingerprint.
const LABEL: &[u8] = b"mm-passkey-v1";
/// What comes before the point in `SubjectPublicKeyInfo`: id-ecPublicKey on secp256r1.
const SPKI_START: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];
/// The longest origin, in bytes.
pub const ORIGIN_BYTES_MAX: usize = 255;
/// The shortest authenticator data: hash of the relying party, flags, counter (WebAuthn 6.1).
const AUTHENTICATOR_BYTES_MIN: usize = 37;
/// The longest authenticator data with extensions.
const AUTHENTICATOR_BYTES_MAX: usize = 1_024;
/// The longest client data.
const CLIENT_BYTES_MAX: usize = 4_096;
/// The flags of presence and of verification of the user.
const PRESENT_AND_VERIFIED: u8 = 0b101;

/// A passkey's public half, and where it speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasskeyKey {
    point: [u8; 33],
    origin: String,
}

impl PasskeyKey {
    /// A key on P-256 at an origin, as `https://henan.example` or `http://localhost:8080`.
    pub fn new(point: &[u8], origin: &str) -> Result<Self, Error> {
        let key = VerifyingKey::from_sec1_bytes(point);
        let key = key.map_err(|_| Error::Key("it is no point of P-256"))?;
        let point = key.to_sec1_point(true);
        let point = point.as_bytes().try_into();
        let point = point.map_err(|_| Error::Key("it is no point of P-256"))?;
        if host(origin).is_none() {
            return Err(Error::Key(
                "the origin is not `https://` and a host, or `http://localhost`",
            ));
        }
        let origin = origin.to_owned();
        Ok(Self { point, origin })
    }

    /// What is put on record as the officer's key.
    pub fn fingerprint(&self) -> PublicKey {
        fingerprint(&self.point, &self.origin)
    }

    /// The public point, compressed.
    pub const fn point(&self) -> &[u8; 33] {
        &self.point
    }

    /// A key as browsers give it: `SubjectPublicKeyInfo` of an uncompressed point (RFC 5480).
    pub fn from_spki(spki: &[u8], origin: &str) -> Result<Self, Error> {
        let point = spki.strip_prefix(&SPKI_START);
        let point = point.ok_or(Error::Key("it is no key on P-256"))?;
        Self::new(point, origin)
    }

    /// The origin.
    pub fn origin(&self) -> &str {
        &self.origin
    }
}

fn fingerprint(point: &[u8; 33], origin: &str) -> PublicKey {
    let mut bytes = Vec::new();
    wire::bytes(&mut bytes, LABEL);
    wire::bytes(&mut bytes, point);
    wire::text(&mut bytes, origin);
    PublicKey::from_bytes(Sha256::digest(bytes).into())
}

/// The host of an origin (RFC 6454 6.1): what WebAuthn calls the id of the relying party.
pub fn host(origin: &str) -> Option<&str> {
    let (rest, local) = match origin.strip_prefix("https://") {
        Some(rest) => (rest, false),
        None => (origin.strip_prefix("http://")?, true),
    };
    let (host, port) = rest.split_once(':').unwrap_or((rest, "443"));
    let plain =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte);
    let sound = !host.is_empty()
        && origin.len() <= ORIGIN_BYTES_MAX
        && host.bytes().all(plain)
        && port
            .parse::<u16>()
            .is_ok_and(|number| number.to_string() == port)
        && (!local || host == "localhost");
    sound.then_some(host)
}

/// What an authenticator gives back (WebAuthn 7.2), not yet verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assertion {
    /// Its own data.
    pub authenticator_data: Vec<u8>,
    /// What the browser says it signed, as JSON.
    pub client_data: Vec<u8>,
    /// The signature, DER as WebAuthn has it.
    pub signature: Vec<u8>,
}

/// An act ready to be signed in the browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The act's canonical bytes.
    pub payload: Vec<u8>,
    /// What the authenticator is asked to sign.
    pub challenge: [u8; 32],
}

fn protected(key: &PublicKey) -> Vec<u8> {
    cose::protected(ALG_ES256, Typ::Act, key)
}

fn challenge(protected: &[u8], payload: &[u8]) -> [u8; 32] {
    Sha256::digest(sig_structure(protected, payload)).into()
}

/// Makes an act ready for the passkey with this fingerprint.
pub fn draft(act: &Act, key: &PublicKey) -> Result<Draft, Error> {
    let payload = act::encode(act)?;
    let challenge = challenge(&protected(key), &payload);
    Ok(Draft { payload, challenge })
}

/// Puts an act and its assertion together; says whether that verifies.
pub fn assemble(payload: &[u8], key: &PasskeyKey, assertion: &Assertion) -> Result<Vec<u8>, Error> {
    let signature = Signature::from_der(&assertion.signature);
    let signature = signature.map_err(|_| Error::Envelope("the signature is not DER"))?;
    let mut inner = Vec::new();
    wire::head(&mut inner, wire::ARRAY, 5);
    wire::bytes(&mut inner, &key.point);
    wire::text(&mut inner, &key.origin);
    wire::bytes(&mut inner, &assertion.authenticator_data);
    wire::bytes(&mut inner, &assertion.client_data);
    wire::bytes(&mut inner, &signature.normalize_s().to_bytes());
    let mut out = START.to_vec();
    wire::bytes(&mut out, &protected(&key.fingerprint()));
    out.push(UNPROTECTED);
    wire::bytes(&mut out, payload);
    wire::bytes(&mut out, &inner);
    let signed = cose::Sign1::parse(&out)?;
    match signed.is_signed_by(&key.fingerprint()) {
        true => Ok(out),
        false => Err(Error::Envelope("the assertion is not for this act")),
    }
}

/// Whether an assertion over this challenge is by the passkey, and nothing of it could be otherwise.
pub fn verifies(key: &PasskeyKey, challenge: &[u8; 32], assertion: &Assertion) -> bool {
    let Ok(signature) = Signature::from_der(&assertion.signature) else {
        return false;
    };
    let signed = Signed {
        point: key.point,
        origin: &key.origin,
        authenticator_data: &assertion.authenticator_data,
        client_data: &assertion.client_data,
        signature: signature.normalize_s(),
    };
    signed.holds(challenge)
}

/// An assertion taken apart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signed<'a> {
    point: [u8; 33],
    origin: &'a str,
    authenticator_data: &'a [u8],
    client_data: &'a [u8],
    signature: Signature,
}

/// What the browser says (WebAuthn 5.8.1): an object, with each name once; it may say more than this.
#[derive(Deserialize)]
struct ClientData<'a> {
    #[serde(rename = "type", borrow)]
    kind: std::borrow::Cow<'a, str>,
    #[serde(borrow)]
    challenge: std::borrow::Cow<'a, str>,
    #[serde(borrow)]
    origin: std::borrow::Cow<'a, str>,
    #[serde(rename = "crossOrigin", default)]
    cross_origin: bool,
}

impl<'a> Signed<'a> {
    /// Takes an assertion apart; it has one form.
    pub(crate) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        (reader.head(wire::ARRAY)? == 5).then_some(())?;
        let point = reader.fixed::<33>()?;
        let origin = reader.text()?;
        let authenticator_data = reader.bytes()?;
        let client_data = reader.bytes()?;
        let signature = Signature::from_slice(&reader.fixed::<64>()?).ok()?;
        let lengths = AUTHENTICATOR_BYTES_MIN..=AUTHENTICATOR_BYTES_MAX;
        let sound = reader.left() == 0
            && lengths.contains(&authenticator_data.len())
            && client_data.len() <= CLIENT_BYTES_MAX
            && signature.normalize_s() == signature;
        sound.then_some(Self {
            point,
            origin,
            authenticator_data,
            client_data,
            signature,
        })
    }

    /// Whether the passkey on record signed exactly these bytes.
    pub(crate) fn is_by(&self, key: &PublicKey, protected: &[u8], payload: &[u8]) -> bool {
        fingerprint(&self.point, self.origin) == *key && self.holds(&challenge(protected, payload))
    }

    fn holds(&self, challenge: &[u8; 32]) -> bool {
        // As text first: serde looks at no byte of a field that nobody reads.
        let said = std::str::from_utf8(self.client_data).unwrap_or_default();
        let (Some(host), Ok(client)) = (
            host(self.origin),
            serde_json::from_str::<ClientData<'_>>(said),
        ) else {
            return false;
        };
        // Serde would read the values in an array too; no browser writes one.
        let says = said.starts_with('{')
            && client.kind == "webauthn.get"
            && client.challenge == base64url(challenge)
            && client.origin == self.origin
            && !client.cross_origin;
        let party = Sha256::digest(host.as_bytes());
        let is_for_host = self.authenticator_data.starts_with(&party);
        let flags = self.authenticator_data.get(32).copied().unwrap_or(0);
        let verified = flags & PRESENT_AND_VERIFIED == PRESENT_AND_VERIFIED;
        let Ok(key) = VerifyingKey::from_sec1_bytes(&self.point) else {
            return false;
        };
        let mut message = self.authenticator_data.to_vec();
        message.extend(Sha256::digest(self.client_data));
        says && is_for_host && verified && key.verify(&message, &self.signature).is_ok()
    }
}

/// Base64 for addresses, without padding (RFC 4648 5).
fn base64url(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

//! The one signed form: `COSE_Sign1` (RFC 9052), tagged, with one fixed header.
//!
//! Invariant: the protected header is exactly alg (1), kid (4) and typ (16, RFC 9596) in canonical
//! bytes and the unprotected one is empty, so that one signature has one sequence of bytes.
//! Refuses: every other header, order, length or trailing byte. The key decides the algorithm,
//! never the message: a key on record is an Ed25519 key, both names of EdDSA meaning that, or the
//! fingerprint of a passkey ([`crate::passkey`]), and no value can be both.

use crate::error::Error;
use crate::passkey;
use crate::wire::{self, Reader};
use domain::ids::PublicKey;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};

/// The largest signed act: ten million ids of 16 bytes, and room.
pub const MAX_ACT_BYTES: usize = 192 * 1_024 * 1_024;
/// The largest signed part of a report.
pub const MAX_PART_BYTES: usize = 8 * 1_024 * 1_024;

/// COSE tag 18, then an array of four.
pub(crate) const START: [u8; 2] = [0xd2, 0x84];
/// The empty unprotected header.
pub(crate) const UNPROTECTED: u8 = 0xa0;
/// EdDSA, -8: the name that everybody's library knows.
const ALG_EDDSA: u8 = 0x27;
/// Ed25519, -19 (RFC 9864).
const ALG_ED25519: u8 = 0x32;
/// ES256, -7 (RFC 9053): here always over a WebAuthn assertion.
pub(crate) const ALG_ES256: u8 = 0x26;

/// What is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typ {
    /// An officer's act.
    Act,
    /// A part of an organisation's report.
    Report,
}

impl Typ {
    /// The media type that stands in the header.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Act => "application/mm-act+cose",
            Self::Report => "application/mm-report+cose",
        }
    }

    /// The most bytes that the signed whole may have.
    pub const fn bytes_max(self) -> usize {
        match self {
            Self::Act => MAX_ACT_BYTES,
            Self::Report => MAX_PART_BYTES,
        }
    }
}

/// The short name of a key in a header: the first 8 bytes of its SHA-256. A hint, not a proof.
pub fn kid(key: &PublicKey) -> [u8; 8] {
    let mut kid = [0_u8; 8];
    kid.iter_mut()
        .zip(Sha256::digest(key.as_bytes()))
        .for_each(|(slot, byte)| *slot = byte);
    kid
}

/// Signed bytes taken apart; nothing is verified yet.
#[derive(Clone, Copy, Debug)]
pub struct Sign1<'a> {
    typ: Typ,
    kid: [u8; 8],
    protected: &'a [u8],
    payload: &'a [u8],
    signature: Form<'a>,
}

/// A signature of either form.
#[derive(Clone, Copy, Debug)]
enum Form<'a> {
    /// By an Ed25519 key.
    Ed25519([u8; 64]),
    /// By a passkey.
    Passkey(passkey::Signed<'a>),
}

impl<'a> Sign1<'a> {
    /// Takes signed bytes apart without copying the payload.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        if bytes.len() > MAX_ACT_BYTES {
            return Err(Error::Limit {
                what: "signed bytes",
                limit: MAX_ACT_BYTES,
            });
        }
        let fault = |what| move || Error::Envelope(what);
        let mut reader = Reader::new(bytes);
        reader
            .literal(&START)
            .ok_or_else(fault("not a tagged `COSE_Sign1`"))?;
        let protected = reader.bytes().ok_or_else(fault("no protected header"))?;
        let (alg, typ, kid) = parse_header(protected)?;
        if bytes.len() > typ.bytes_max() {
            return Err(Error::Limit {
                what: "signed bytes",
                limit: typ.bytes_max(),
            });
        }
        reader
            .literal(&[UNPROTECTED])
            .ok_or_else(fault("the unprotected header is not empty"))?;
        let payload = reader.bytes().ok_or_else(fault("no payload"))?;
        let signature = match alg {
            ALG_ES256 => reader
                .bytes()
                .and_then(passkey::Signed::parse)
                .map(Form::Passkey)
                .ok_or_else(fault("the signature is not an assertion in its one form"))?,
            _ => reader
                .fixed()
                .map(Form::Ed25519)
                .ok_or_else(fault("the signature has not 64 bytes"))?,
        };
        if reader.left() > 0 {
            return Err(Error::Envelope("bytes after the signature"));
        }
        Ok(Self {
            typ,
            kid,
            protected,
            payload,
            signature,
        })
    }

    /// What is signed.
    pub const fn typ(&self) -> Typ {
        self.typ
    }

    /// The hint which key signed.
    pub const fn kid(&self) -> [u8; 8] {
        self.kid
    }

    /// The payload as it came.
    pub const fn payload(&self) -> &'a [u8] {
        self.payload
    }

    /// Whether this key signed exactly these bytes; the hint must name the key too.
    pub fn is_signed_by(&self, key: &PublicKey) -> bool {
        if self.kid != kid(key) {
            return false;
        }
        let signature = match &self.signature {
            Form::Ed25519(signature) => Signature::from_bytes(signature),
            Form::Passkey(signed) => return signed.is_by(key, self.protected, self.payload),
        };
        let Ok(key) = VerifyingKey::from_bytes(key.as_bytes()) else {
            return false;
        };
        let message = sig_structure(self.protected, self.payload);
        key.verify_strict(&message, &signature).is_ok()
    }
}

fn parse_header(protected: &[u8]) -> Result<(u8, Typ, [u8; 8]), Error> {
    let fault = |what| move || Error::Envelope(what);
    let mut reader = Reader::new(protected);
    reader.literal(&[0xa3, 0x01]).ok_or_else(fault(
        "the protected header is not alg, kid and typ, in this order",
    ))?;
    let alg = match reader.take(1) {
        Some(&[alg @ (ALG_EDDSA | ALG_ED25519 | ALG_ES256)]) => alg,
        _ => return Err(Error::Envelope("the algorithm is not EdDSA or ES256")),
    };
    reader.literal(&[0x04]).ok_or_else(fault("no kid"))?;
    let kid = reader
        .fixed::<8>()
        .ok_or_else(fault("the kid has not 8 bytes"))?;
    reader.literal(&[0x10]).ok_or_else(fault("no typ"))?;
    let text = reader.text().ok_or_else(fault("no typ"))?;
    let typ = [Typ::Act, Typ::Report]
        .into_iter()
        .find(|typ| typ.media_type() == text);
    let typ = typ.ok_or_else(fault("unknown typ"))?;
    if reader.left() > 0 {
        return Err(Error::Envelope(
            "more in the protected header than alg, kid and typ",
        ));
    }
    if alg == ALG_ES256 && typ != Typ::Act {
        return Err(Error::Envelope("a passkey signs acts alone"));
    }
    Ok((alg, typ, kid))
}

/// The bytes that are signed (RFC 9052 4.4), over the protected header as it came.
pub(crate) fn sig_structure(protected: &[u8], payload: &[u8]) -> Vec<u8> {
    let room = protected
        .len()
        .saturating_add(payload.len())
        .saturating_add(40);
    let mut message = Vec::with_capacity(room);
    wire::head(&mut message, wire::ARRAY, 4);
    wire::text(&mut message, "Signature1");
    wire::bytes(&mut message, protected);
    wire::bytes(&mut message, &[]);
    wire::bytes(&mut message, payload);
    message
}

/// The protected header.
pub(crate) fn protected(alg: u8, typ: Typ, key: &PublicKey) -> Vec<u8> {
    let mut protected = vec![0xa3, 0x01, alg, 0x04];
    wire::bytes(&mut protected, &kid(key));
    protected.push(0x10);
    wire::text(&mut protected, typ.media_type());
    protected
}

/// What the holder of a key signs, where the key is elsewhere.
pub(crate) fn to_seal(typ: Typ, payload: &[u8], key: &PublicKey) -> Result<Vec<u8>, Error> {
    let message = sig_structure(&protected(ALG_EDDSA, typ, key), payload);
    // The signature that it will have, and what stands around it.
    if message.len().saturating_add(80) > typ.bytes_max() {
        return Err(Error::Limit {
            what: "signed bytes",
            limit: typ.bytes_max(),
        });
    }
    Ok(message)
}

/// Signs a payload.
pub(crate) fn seal(typ: Typ, payload: &[u8], key: &SigningKey) -> Result<Vec<u8>, Error> {
    let public = PublicKey::from_bytes(key.verifying_key().to_bytes());
    let protected = protected(ALG_EDDSA, typ, &public);
    let signature = key.sign(&sig_structure(&protected, payload)).to_bytes();
    let room = protected
        .len()
        .saturating_add(payload.len())
        .saturating_add(80);
    let mut out = Vec::with_capacity(room);
    out.extend(START);
    wire::bytes(&mut out, &protected);
    out.push(UNPROTECTED);
    wire::bytes(&mut out, payload);
    wire::bytes(&mut out, &signature);
    if out.len() > typ.bytes_max() {
        return Err(Error::Limit {
            what: "signed bytes",
            limit: typ.bytes_max(),
        });
    }
    Ok(out)
}

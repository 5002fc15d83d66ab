//! Signed envelopes: strangers' `COSE_Sign1` (RFC 9052), and the one form of our own tokens.
//!
//! [`Sign1`] reads what others sign, as far as our keys can check it. [`Opened`] reads our own.
//! Invariant: the algorithm is what the key is, ECDSA with SHA-256 on P-256, and the protected
//! header must say the same; what is verified is the header as it came. A token of ours has one
//! sequence of bytes before its signature. Refuses: an algorithm in the unprotected header, a
//! header marked critical, tags but one 18, and for our tokens every other header, order, length
//! or trailing byte. A signature can be changed into another valid one by anybody, so it is never
//! used as a name.

use crate::cbor::{self, Reader};
use crate::constants::{
    ALG_ES256, ALG_ESP256, HEADER_ALG, HEADER_KCWT, HEADER_KID, HEADER_TYP, TAG_SIGN1,
    TYP_CREDENTIAL, TYP_DELTA, TYP_LIST, TYP_PAPER, TYP_PRESENTATION,
};
use crate::error::Error;
use crate::key::{KID_BYTES, Kid, PublicKey, SIGNATURE_BYTES, SigningKey};
use crate::list::{DELTA_BYTES_MAX, LIST_BYTES_MAX};
use coset::{Algorithm, CoseSign1, TaggedCborSerializable as _, iana};

/// The most bytes of a stranger's envelope.
pub const SIGN1_BYTES_MAX: usize = 1 << 20;
/// The most bytes of a credential.
pub const CREDENTIAL_BYTES_MAX: usize = 1_024;
/// The most bytes of a presentation.
pub const PRESENTATION_BYTES_MAX: usize = 2_048;

/// Anybody's tagged envelope with one signature on P-256; nothing is verified yet.
#[derive(Clone, Debug)]
pub struct Sign1 {
    kid: Option<Vec<u8>>,
    payload: Vec<u8>,
    signed: Vec<u8>,
    signature: [u8; SIGNATURE_BYTES],
}

impl Sign1 {
    /// Reads an envelope.
    pub fn read(bytes: &[u8]) -> Result<Self, Error> {
        limit("bytes of an envelope", bytes.len(), SIGN1_BYTES_MAX)?;
        let sign1 = CoseSign1::from_tagged_slice(bytes)
            .map_err(|_| Error::Envelope("not a `COSE_Sign1` under one tag 18"))?;
        let (protected, unprotected) = (&sign1.protected.header, &sign1.unprotected);
        if unprotected.alg.is_some() {
            return Err(Error::Envelope("an algorithm in the unprotected header"));
        }
        if !protected.crit.is_empty() || !unprotected.crit.is_empty() {
            return Err(Error::Envelope("a header marked critical"));
        }
        match protected.alg {
            Some(Algorithm::Assigned(iana::Algorithm::ES256 | iana::Algorithm::ESP256)) => {}
            Some(_) => return Err(Error::Envelope("an algorithm other than ES256")),
            None => {
                return Err(Error::Envelope("no algorithm in the protected header"));
            }
        }
        let signature = sign1.signature.as_slice().try_into();
        let signature = signature.map_err(|_| Error::Envelope("a signature without 64 bytes"))?;
        let kid = [protected, unprotected]
            .into_iter()
            .map(|header| &header.key_id)
            .find(|kid| !kid.is_empty());
        // Over the protected header as it came, not as it would be written.
        let signed = sign1.tbs_data(&[]);
        Ok(Self {
            kid: kid.cloned(),
            signed,
            signature,
            payload: sign1.payload.ok_or(Error::Envelope("no payload"))?,
        })
    }

    /// The hint which key signed: from the protected header, or else from the other one.
    pub fn kid(&self) -> Option<&[u8]> {
        self.kid.as_deref()
    }

    /// The payload, if this key signed it.
    pub fn verify(&self, key: &PublicKey) -> Result<&[u8], Error> {
        key.verify(&self.signed, &self.signature)?;
        Ok(&self.payload)
    }
}

/// What a token of ours is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typ {
    /// A credential without a face.
    Credential,
    /// A credential with a face.
    Paper,
    /// What a holder signs at the moment of showing.
    Presentation,
    /// A status list.
    List,
    /// What changed between two versions of a list.
    Delta,
}

impl Typ {
    const ALL: [Self; 5] = [
        Self::Credential,
        Self::Paper,
        Self::Presentation,
        Self::List,
        Self::Delta,
    ];

    /// The media type that stands in the header.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Credential => TYP_CREDENTIAL,
            Self::Paper => TYP_PAPER,
            Self::Presentation => TYP_PRESENTATION,
            Self::List => TYP_LIST,
            Self::Delta => TYP_DELTA,
        }
    }

    /// The most bytes that the signed whole may have.
    pub const fn bytes_max(self) -> usize {
        match self {
            Self::Credential | Self::Paper => CREDENTIAL_BYTES_MAX,
            Self::Presentation => PRESENTATION_BYTES_MAX,
            Self::List => LIST_BYTES_MAX,
            Self::Delta => DELTA_BYTES_MAX,
        }
    }
}

/// Which key signed, as the header says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signer<'a> {
    /// One that the reader knows: by the hint `kid`.
    Known(Kid),
    /// The holder's, which is in this credential: `kcwt`.
    Holder(&'a [u8]),
}

/// A token of ours taken apart; nothing is verified yet.
#[derive(Clone, Debug)]
pub struct Opened<'a> {
    typ: Typ,
    signer: Signer<'a>,
    protected: &'a [u8],
    payload: &'a [u8],
    signature: [u8; SIGNATURE_BYTES],
}

impl<'a> Opened<'a> {
    /// Takes a token apart without copying it.
    pub fn read(bytes: &'a [u8]) -> Result<Self, Error> {
        limit("bytes of a token", bytes.len(), LIST_BYTES_MAX)?;
        let fault = Error::Envelope("not a tagged `COSE_Sign1` in its one form");
        let mut reader = Reader::new(bytes);
        let [protected, payload, signature] = parts(&mut reader).ok_or(fault.clone())?;
        reader.end().ok_or(fault)?;
        let fault = Error::Envelope("a signature without 64 bytes");
        let signature = signature.try_into().map_err(|_| fault)?;
        let (typ, signer) = header(protected)?;
        limit("bytes of a token", bytes.len(), typ.bytes_max())?;
        Ok(Self {
            typ,
            signer,
            protected,
            payload,
            signature,
        })
    }

    /// What the token is.
    pub const fn typ(&self) -> Typ {
        self.typ
    }

    /// Which key signed, as the token says.
    pub const fn signer(&self) -> Signer<'a> {
        self.signer
    }

    /// The payload, of which nothing may be believed yet.
    pub const fn unverified_payload(&self) -> &'a [u8] {
        self.payload
    }

    /// The payload, if this key signed it.
    pub fn verify(&self, key: &PublicKey) -> Result<&'a [u8], Error> {
        key.verify(&self.signed_bytes(), &self.signature)?;
        Ok(self.payload)
    }

    /// What the signature stands over; the same however the signature is rewritten.
    pub fn signed_bytes(&self) -> Vec<u8> {
        sig_structure(self.protected, self.payload)
    }
}

/// Protected header, payload and signature of a tagged `COSE_Sign1` that comes next.
fn parts<'a>(reader: &mut Reader<'a>) -> Option<[&'a [u8]; 3]> {
    reader.tag(TAG_SIGN1)?;
    reader.array(4)?;
    let protected = reader.bytes()?;
    reader.map(0, 0)?;
    Some([protected, reader.bytes()?, reader.bytes()?])
}

/// The protected header: alg, then kid or kcwt, then typ; nothing else.
fn header(protected: &[u8]) -> Result<(Typ, Signer<'_>), Error> {
    let fault = Error::Envelope("the protected header is not alg, kid or kcwt, and typ");
    let mut reader = Reader::new(protected);
    let (alg, signer, name) = header_members(&mut reader).ok_or(fault)?;
    if !matches!(alg, ALG_ES256 | ALG_ESP256) {
        return Err(Error::Envelope("an algorithm other than ES256"));
    }
    let typ = Typ::ALL.into_iter().find(|typ| typ.media_type() == name);
    let typ = typ.ok_or(Error::Envelope("a typ that is none of ours"))?;
    match (typ, signer) {
        (Typ::Presentation, Signer::Holder(_))
        | (Typ::Credential | Typ::Paper | Typ::List | Typ::Delta, Signer::Known(_)) => {
            Ok((typ, signer))
        }
        (Typ::Presentation, Signer::Known(_)) => {
            Err(Error::Envelope("a presentation without its credential"))
        }
        (Typ::Credential | Typ::Paper | Typ::List | Typ::Delta, Signer::Holder(_)) => {
            Err(Error::Envelope("a credential where a kid should be"))
        }
    }
}

fn header_members<'a>(reader: &mut Reader<'a>) -> Option<(i64, Signer<'a>, &'a str)> {
    reader.map(3, 3)?;
    reader.claim(HEADER_ALG)?;
    let alg = reader.int()?;
    let signer = if reader.claim_if(HEADER_KID) {
        Signer::Known(reader.fixed::<KID_BYTES>()?)
    } else {
        reader.claim(HEADER_KCWT)?;
        let start = reader.clone();
        parts(reader)?;
        Signer::Holder(reader.since(&start)?)
    };
    reader.claim(HEADER_TYP)?;
    let name = reader.text()?;
    reader.end()?;
    Some((alg, signer, name))
}

/// The bytes that are signed (RFC 9052 4.4), over the protected header as it came.
fn sig_structure(protected: &[u8], payload: &[u8]) -> Vec<u8> {
    let room = protected.len().saturating_add(payload.len());
    let mut message = Vec::with_capacity(room.saturating_add(40));
    cbor::head(&mut message, cbor::ARRAY, 4);
    cbor::text(&mut message, "Signature1");
    cbor::bytes(&mut message, protected);
    cbor::bytes(&mut message, &[]);
    cbor::bytes(&mut message, payload);
    message
}

/// Signs a payload with a key that its readers know.
pub fn seal(typ: Typ, payload: &[u8], key: &SigningKey) -> Result<Vec<u8>, Error> {
    seal_as(typ, Signer::Known(key.public().kid()), payload, key)
}

/// Signs a payload with the key of the holder of a credential.
pub fn seal_as(
    typ: Typ,
    signer: Signer<'_>,
    payload: &[u8],
    key: &SigningKey,
) -> Result<Vec<u8>, Error> {
    let mut protected = Vec::with_capacity(64);
    cbor::head(&mut protected, cbor::MAP, 3);
    cbor::int(&mut protected, HEADER_ALG);
    cbor::int(&mut protected, ALG_ES256);
    match signer {
        Signer::Known(kid) => {
            cbor::int(&mut protected, HEADER_KID);
            cbor::bytes(&mut protected, &kid);
        }
        Signer::Holder(credential) => {
            cbor::int(&mut protected, HEADER_KCWT);
            protected.extend_from_slice(credential);
        }
    }
    cbor::int(&mut protected, HEADER_TYP);
    cbor::text(&mut protected, typ.media_type());
    // What is signed here must be what a reader takes.
    header(&protected)?;
    let signature = key.sign(&sig_structure(&protected, payload))?;
    let room = protected.len().saturating_add(payload.len());
    let mut out = Vec::with_capacity(room.saturating_add(80));
    cbor::head(&mut out, cbor::TAG, TAG_SIGN1);
    cbor::head(&mut out, cbor::ARRAY, 4);
    cbor::bytes(&mut out, &protected);
    cbor::head(&mut out, cbor::MAP, 0);
    cbor::bytes(&mut out, payload);
    cbor::bytes(&mut out, &signature);
    limit("bytes of a token", out.len(), typ.bytes_max())?;
    Ok(out)
}

fn limit(what: &'static str, count: usize, most: usize) -> Result<(), Error> {
    let limit = most as u64;
    let within = (count <= most).then_some(());
    within.ok_or(Error::Limit { what, limit })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_bytes(&[seed; 32]).unwrap()
    }

    fn sealed() -> Vec<u8> {
        seal(Typ::Credential, b"payload", &key(1)).unwrap()
    }

    /// The sealed token with other parts, the signature as it was.
    fn with(protected: &[u8], unprotected: &[u8], payload: &[u8]) -> Vec<u8> {
        let mut out = vec![0xd2, 0x84];
        cbor::bytes(&mut out, protected);
        out.extend(unprotected);
        cbor::bytes(&mut out, payload);
        cbor::bytes(&mut out, &[7; 64]);
        out
    }

    fn protected(token: &[u8]) -> Vec<u8> {
        Opened::read(token).unwrap().protected.to_vec()
    }

    #[test]
    fn what_is_sealed_opens_with_its_key_alone() {
        let token = sealed();
        let opened = Opened::read(&token).unwrap();
        assert_eq!(opened.typ(), Typ::Credential);
        assert_eq!(opened.signer(), Signer::Known(key(1).public().kid()));
        assert_eq!(opened.verify(&key(1).public()), Ok(&b"payload"[..]));
        assert_eq!(opened.verify(&key(2).public()), Err(Error::Signature));
    }

    #[test]
    fn a_stranger_reads_our_token() {
        let sign1 = Sign1::read(&sealed()).unwrap();
        assert_eq!(sign1.kid(), Some(&key(1).public().kid()[..]));
        assert_eq!(sign1.verify(&key(1).public()), Ok(&b"payload"[..]));
        assert_eq!(sign1.verify(&key(2).public()), Err(Error::Signature));
    }

    #[test]
    fn the_second_name_of_the_algorithm_means_the_same() {
        let token = sealed();
        let mut other = protected(&token);
        assert_eq!(other[..3], [0xa3, 0x01, 0x26]);
        other[2] = 0x28;
        assert!(Opened::read(&with(&other, &[0xa0], b"")).is_ok());
        assert!(Sign1::read(&with(&other, &[0xa0], b"")).is_ok());
        // EdDSA, -8, and ES384, -35.
        for alg in [&[0x27][..], &[0x38, 0x22]] {
            let mut other = vec![0xa3, 0x01];
            other.extend(alg);
            other.extend(&protected(&token)[3..]);
            let refused = Error::Envelope("an algorithm other than ES256");
            let token = with(&other, &[0xa0], b"");
            assert_eq!(Opened::read(&token).unwrap_err(), refused);
            assert_eq!(Sign1::read(&token).unwrap_err(), refused);
        }
    }

    #[test]
    fn every_cut_and_every_byte_more_is_refused() {
        let token = sealed();
        for at in 0..token.len() {
            assert!(Opened::read(&token[..at]).is_err());
            assert!(Sign1::read(&token[..at]).is_err());
        }
        let longer = [&token[..], &[0]].concat();
        assert!(Opened::read(&longer).is_err());
        assert!(Sign1::read(&longer).is_err());
    }

    #[test]
    fn tags_but_one_18_are_refused() {
        let token = sealed();
        for start in [&[][..], &[0xd2, 0xd2], &[0xd8, 0x3d, 0xd2], &[0xd1]] {
            let other = [start, &token[1..]].concat();
            assert!(Opened::read(&other).is_err());
            assert!(Sign1::read(&other).is_err());
        }
    }

    #[test]
    fn an_algorithm_outside_the_protected_header_is_refused() {
        let header = protected(&sealed());
        let both = with(&header, &[0xa1, 0x01, 0x26], b"");
        let outside = with(&[0xa0], &[0xa1, 0x01, 0x26], b"");
        let critical = with(&[0xa2, 0x01, 0x26, 0x02, 0x81, 0x04], &[0xa0], b"");
        let none = with(&[], &[0xa0], b"");
        for (token, why) in [
            (both, "an algorithm in the unprotected header"),
            (outside, "an algorithm in the unprotected header"),
            (critical, "a header marked critical"),
            (none, "no algorithm in the protected header"),
        ] {
            assert_eq!(Sign1::read(&token).unwrap_err(), Error::Envelope(why));
            assert!(Opened::read(&token).is_err());
        }
    }

    #[test]
    fn a_header_of_ours_has_its_members_in_one_order() {
        let kid = [&[0x04, 0x48][..], &[9; 8]].concat();
        let typ = [&[0x10, 0x72][..], TYP_CREDENTIAL.as_bytes()].concat();
        let alg = vec![0x01, 0x26];
        let map = |count: u8, members: &[&[u8]]| [&[0xa0 | count], &members.concat()[..]].concat();
        assert!(header(&map(3, &[&alg, &kid, &typ])).is_ok());
        for wrong in [
            map(3, &[&kid, &alg, &typ]),
            map(3, &[&alg, &typ, &kid]),
            map(2, &[&alg, &typ]),
            map(2, &[&kid, &typ]),
            map(4, &[&alg, &kid, &typ, &[0x18, 0x20, 0x00]]),
            map(4, &[&alg, &kid, &typ, &typ]),
            map(3, &[&[0x01, 0x38, 0x06], &kid, &typ]),
            map(3, &[&alg, &[&[0x04, 0x47][..], &[9; 7]].concat(), &typ]),
            map(3, &[&alg, &kid, &[0x10, 0x61, b'x']]),
            Vec::new(),
        ] {
            assert!(header(&wrong).is_err(), "{wrong:02x?}");
        }
    }

    #[test]
    fn a_presentation_names_its_credential_and_nothing_else_does() {
        let credential = sealed();
        let holder = Signer::Holder(&credential);
        let shown = seal_as(Typ::Presentation, holder, b"now", &key(2)).unwrap();
        let opened = Opened::read(&shown).unwrap();
        assert_eq!(opened.signer(), holder);
        assert_eq!(opened.verify(&key(2).public()), Ok(&b"now"[..]));
        assert!(seal_as(Typ::List, holder, b"", &key(2)).is_err());
        assert!(seal(Typ::Presentation, b"", &key(2)).is_err());
        let garbage = Signer::Holder(&[0x00]);
        assert!(seal_as(Typ::Presentation, garbage, b"", &key(2)).is_err());
        let large = vec![0; CREDENTIAL_BYTES_MAX];
        let refused = seal(Typ::Credential, &large, &key(1));
        assert!(matches!(refused, Err(Error::Limit { .. })));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = Opened::read(&bytes);
            let _ = Sign1::read(&bytes);
            let started = [&[0xd2, 0x84][..], &bytes].concat();
            let _ = Opened::read(&started);
            let _ = Sign1::read(&started);
        }
    }
}

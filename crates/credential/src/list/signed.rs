//! Lists and deltas under a signature: as a CWT, as a JWT, and what changed.
//!
//! Invariant: the content comes out only for the key that signed it, and is in its one form.
//! Refuses: an envelope or a content of any other form; so the examples of the draft, whose kid
//! has another length and whose claims stand in another order, are refused too.

use super::claims::ListClaims;
use super::delta::Delta;
use super::error::ListError;
use super::jwt;
use super::status::SlotBits;
use super::token::Content;
use super::{cwt, jwt::Parts};
use crate::cose::{self, Opened, Signer, Typ};
use crate::error::Error;
use crate::key::{Kid, PublicKey, SigningKey};

/// Signs a list of two bits for a slot, with `lst` as a [`super::Cut`] holds it.
pub fn sign_list(claims: &ListClaims, lst: &[u8], key: &SigningKey) -> Result<Vec<u8>, ListError> {
    claims.check()?;
    let payload = cwt::write(claims, SlotBits::Two, lst);
    Ok(cose::seal(Typ::List, &payload, key)?)
}

/// Signs the same as a JWT, for readers without CBOR.
pub fn sign_list_jwt(
    claims: &ListClaims,
    lst: &[u8],
    key: &SigningKey,
) -> Result<String, ListError> {
    claims.check()?;
    let signed = jwt::write(claims, SlotBits::Two, lst, key.public().kid())?;
    let signature = key.sign(signed.as_bytes())?;
    Ok(jwt::finish(signed, &signature))
}

/// Signs what changed between two versions of a list.
pub fn sign_delta(delta: &Delta, key: &SigningKey) -> Result<Vec<u8>, ListError> {
    Ok(cose::seal(Typ::Delta, &delta.write(), key)?)
}

/// A list as a CWT; nothing is verified yet.
#[derive(Clone, Debug)]
pub struct SignedList<'a> {
    opened: Opened<'a>,
    kid: Kid,
}

/// A list as a JWT; nothing is verified yet.
#[derive(Debug)]
pub struct SignedListJwt<'a>(Parts<'a>);

/// A delta; nothing is verified yet.
#[derive(Clone, Debug)]
pub struct SignedDelta<'a> {
    opened: Opened<'a>,
    kid: Kid,
}

impl<'a> SignedList<'a> {
    /// Reads the envelope.
    pub fn read(bytes: &'a [u8]) -> Result<Self, ListError> {
        let (opened, kid) = open(bytes, Typ::List)?;
        Ok(Self { opened, kid })
    }

    /// The hint which key signed.
    pub const fn kid(&self) -> Kid {
        self.kid
    }

    /// What the list says, if this key signed it.
    pub fn verify(&self, key: &PublicKey) -> Result<Content, ListError> {
        cwt::read(self.opened.verify(key)?)
    }
}

impl<'a> SignedListJwt<'a> {
    /// Reads the text.
    pub fn read(text: &'a str) -> Result<Self, ListError> {
        jwt::read(text).map(Self)
    }

    /// The hint which key signed.
    pub const fn kid(&self) -> Kid {
        self.0.kid
    }

    /// What the list says, if this key signed it.
    pub fn verify(self, key: &PublicKey) -> Result<Content, ListError> {
        key.verify(self.0.signed.as_bytes(), &self.0.signature)?;
        Ok(self.0.content)
    }
}

impl<'a> SignedDelta<'a> {
    /// Reads the envelope.
    pub fn read(bytes: &'a [u8]) -> Result<Self, ListError> {
        let (opened, kid) = open(bytes, Typ::Delta)?;
        Ok(Self { opened, kid })
    }

    /// The hint which key signed.
    pub const fn kid(&self) -> Kid {
        self.kid
    }

    /// What changed, if this key signed it.
    pub fn verify(&self, key: &PublicKey) -> Result<Delta, ListError> {
        Delta::read(self.opened.verify(key)?)
    }
}

fn open(bytes: &[u8], typ: Typ) -> Result<(Opened<'_>, Kid), ListError> {
    let opened = Opened::read(bytes)?;
    match opened.signer() {
        Signer::Known(kid) if opened.typ() == typ => Ok((opened, kid)),
        Signer::Known(_) | Signer::Holder(_) => {
            Err(Error::Envelope("a token of another kind than the one asked for").into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::claims::tests::claims;
    use super::super::{LIST_SLOTS_MIN, ListCutter, Status, Wanted};
    use super::*;
    use proptest::prelude::*;

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_bytes(&[seed; 32]).unwrap()
    }

    #[test]
    fn both_forms_of_a_list_hold_the_same_array() {
        let mut list = ListCutter::new(LIST_SLOTS_MIN).unwrap();
        list.set(77, Status::Red).unwrap();
        let cut = list.cut().unwrap();
        let claims = claims();
        let cwt = sign_list(&claims, &cut.zlib, &key(1)).unwrap();
        let jwt = sign_list_jwt(&claims, &cut.zlib, &key(1)).unwrap();
        let public = key(1).public();
        let read = SignedList::read(&cwt).unwrap();
        assert_eq!(read.kid(), public.kid());
        let one = read.verify(&public).unwrap();
        let other = SignedListJwt::read(&jwt).unwrap();
        assert_eq!(other.kid(), public.kid());
        assert_eq!(other.verify(&public).unwrap(), one);
        let wanted = Wanted {
            uri: &claims.uri,
            slots: LIST_SLOTS_MIN,
        };
        assert_eq!(one.array(wanted).unwrap().get(77), Some(3));
        let refused = Err(ListError::Signed(Error::Signature));
        assert_eq!(read.verify(&key(2).public()), refused);
        let other = SignedListJwt::read(&jwt).unwrap();
        assert_eq!(other.verify(&key(2).public()), refused);
    }

    #[test]
    fn a_delta_is_signed_and_is_not_a_list() {
        let mut list = ListCutter::new(LIST_SLOTS_MIN).unwrap();
        list.cut().unwrap();
        list.set(3, Status::Yellow).unwrap();
        let cut = list.cut().unwrap();
        let delta = Delta::new(claims().uri, 7, cut.step.unwrap(), cut.sha256).unwrap();
        let signed = sign_delta(&delta, &key(1)).unwrap();
        let read = SignedDelta::read(&signed).unwrap();
        assert_eq!(read.kid(), key(1).public().kid());
        assert_eq!(read.verify(&key(1).public()), Ok(delta));
        assert!(read.verify(&key(2).public()).is_err());
        assert!(SignedList::read(&signed).is_err());
    }

    #[test]
    fn claims_out_of_form_are_not_signed() {
        let mut claims = claims();
        claims.ttl_s = 0;
        assert!(sign_list(&claims, &[], &key(1)).is_err());
        assert!(sign_list_jwt(&claims, &[], &key(1)).is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = SignedList::read(&bytes);
            let _ = SignedDelta::read(&bytes);
            let _ = SignedListJwt::read(&String::from_utf8_lossy(&bytes));
            let _ = cwt::read(&bytes);
            let _ = Delta::read(&bytes);
        }
    }
}

//! The credential: a CWT (RFC 8392) of the issuer that points to a slot of a status list.
//!
//! Invariant: the payload is `{4: exp, ?5: nbf, 6: iat, ?8: cnf, 65535: status, ?-65537: face}` in
//! deterministic order, so one set of claims has one payload. A credential has one form of three:
//! held (with the key of a phone), static (without), paper (with a face, and from when on it
//! counts). It carries no colour and no name in full.
//! Refuses: times out of order or a life beyond [`LIFE_S_MAX`], a face that is not masked, any
//! other member, order or form of a number.

use crate::cbor::{self, Reader};
use crate::constants::{
    CLAIM_CNF, CLAIM_EXP, CLAIM_FACE, CLAIM_IAT, CLAIM_NBF, CLAIM_STATUS, CNF_COSE_KEY,
};
use crate::cose::{self, Opened, Signer, Typ};
use crate::error::Error;
use crate::key::{Kid, PublicKey, SigningKey};
use crate::list::{URI_BYTES_MAX, check_uri};
use serde::{Deserialize, Serialize};

/// The longest life of a credential, in seconds: 31 days.
pub const LIFE_S_MAX: u64 = 31 * 86_400;
/// The longest masked name, in bytes.
pub const MASKED_NAME_BYTES_MAX: usize = 64;
/// The largest slot that a credential may point to.
pub const IDX_MAX: u64 = (1 << 40) - 1;

/// What a paper says of its holder, for a person to compare with a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaperFace {
    /// The name with a `*` in place of a part of it.
    pub masked_name: String,
    /// The year of birth.
    pub birth_year: u16,
    /// The last four characters of the number of the document.
    pub last_four: String,
}

/// Where the status of a credential stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusRef {
    /// The address of the list.
    pub uri: String,
    /// The slot.
    pub idx: u64,
}

/// What a credential says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// When it was issued, in seconds since 1970; the same for all of a day.
    pub issued_s: u64,
    /// From when on it counts, if not from then.
    pub not_before_s: Option<u64>,
    /// From when on it counts no more.
    pub expires_s: u64,
    /// The key of the phone that holds it.
    pub holder: Option<PublicKey>,
    /// What is printed beside it.
    pub face: Option<PaperFace>,
    /// Where its status stands.
    pub status: StatusRef,
}

/// The three forms of a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// On a phone: it counts only within a presentation that the phone signs.
    Held,
    /// A picture without a key and without a face: whoever has it shows it.
    Static,
    /// On paper, to be compared with a document.
    Paper,
}

impl Form {
    /// The stable word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Static => "static",
            Self::Paper => "paper",
        }
    }
}

impl PaperFace {
    fn check(&self) -> Result<(), Error> {
        let name = &self.masked_name;
        if name.len() > MASKED_NAME_BYTES_MAX
            || !name.contains('*')
            || name.contains(char::is_control)
        {
            return Err(Error::Claims("a name that is not masked, or too long"));
        }
        if !(1_850..=2_200).contains(&self.birth_year) {
            return Err(Error::Claims("a year of birth out of range"));
        }
        let plain = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_uppercase();
        if self.last_four.len() != 4 || !self.last_four.bytes().all(plain) {
            return Err(Error::Claims(
                "the last four are not four digits or capital letters",
            ));
        }
        Ok(())
    }
}

impl Claims {
    /// Which form these claims have.
    pub fn form(&self) -> Result<Form, Error> {
        match (&self.holder, &self.face, self.not_before_s) {
            (Some(_), None, _) => Ok(Form::Held),
            (None, None, _) => Ok(Form::Static),
            (None, Some(_), Some(_)) => Ok(Form::Paper),
            (None, Some(_), None) => Err(Error::Claims("a face without `nbf`")),
            (Some(_), Some(_), _) => Err(Error::Claims("a face beside a key")),
        }
    }

    /// Checks the claims; they are checked before they are signed and after they are read.
    pub fn check(&self) -> Result<Form, Error> {
        let form = self.form()?;
        let from_s = self.not_before_s.unwrap_or(self.issued_s);
        if from_s < self.issued_s || from_s >= self.expires_s {
            return Err(Error::Claims("`iat`, `nbf` and `exp` are out of order"));
        }
        if self.expires_s.saturating_sub(self.issued_s) > LIFE_S_MAX {
            return Err(Error::Claims("a life of more than 31 days"));
        }
        // The reason names no more than an argument would.
        let uri = check_uri(&self.status.uri);
        uri.map_err(|_| Error::Claims("the address of the list is not plain text"))?;
        if self.status.idx > IDX_MAX {
            return Err(Error::Claims("a slot that no list has"));
        }
        self.face.as_ref().map_or(Ok(()), PaperFace::check)?;
        Ok(form)
    }

    fn write(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(URI_BYTES_MAX);
        let optional = [
            self.not_before_s.is_some(),
            self.holder.is_some(),
            self.face.is_some(),
        ];
        let more = optional.iter().filter(|there| **there).count() as u64;
        cbor::head(&mut out, cbor::MAP, more.saturating_add(3));
        cbor::int(&mut out, CLAIM_EXP);
        cbor::uint(&mut out, self.expires_s);
        if let Some(not_before_s) = self.not_before_s {
            cbor::int(&mut out, CLAIM_NBF);
            cbor::uint(&mut out, not_before_s);
        }
        cbor::int(&mut out, CLAIM_IAT);
        cbor::uint(&mut out, self.issued_s);
        if let Some(holder) = &self.holder {
            cbor::int(&mut out, CLAIM_CNF);
            cbor::head(&mut out, cbor::MAP, 1);
            cbor::int(&mut out, CNF_COSE_KEY);
            holder.write_cose_key(&mut out);
        }
        cbor::int(&mut out, CLAIM_STATUS);
        cbor::head(&mut out, cbor::MAP, 1);
        cbor::text(&mut out, "status_list");
        cbor::head(&mut out, cbor::MAP, 2);
        cbor::text(&mut out, "idx");
        cbor::uint(&mut out, self.status.idx);
        cbor::text(&mut out, "uri");
        cbor::text(&mut out, &self.status.uri);
        if let Some(face) = &self.face {
            cbor::int(&mut out, CLAIM_FACE);
            cbor::head(&mut out, cbor::ARRAY, 3);
            cbor::text(&mut out, &face.masked_name);
            cbor::uint(&mut out, u64::from(face.birth_year));
            cbor::text(&mut out, &face.last_four);
        }
        out
    }

    fn read(payload: &[u8]) -> Result<Self, Error> {
        let fault = Error::Claims("not those of a credential in their one form");
        let claims = Self::parse(&mut Reader::new(payload)).ok_or(fault)?;
        claims.check()?;
        Ok(claims)
    }

    fn parse(reader: &mut Reader<'_>) -> Option<Self> {
        let count = reader.map(3, 6)?;
        reader.claim(CLAIM_EXP)?;
        let expires_s = reader.uint()?;
        let not_before_s = match reader.claim_if(CLAIM_NBF) {
            true => Some(reader.uint()?),
            false => None,
        };
        reader.claim(CLAIM_IAT)?;
        let issued_s = reader.uint()?;
        let holder = match reader.claim_if(CLAIM_CNF) {
            true => {
                reader.map(1, 1)?;
                reader.claim(CNF_COSE_KEY)?;
                Some(PublicKey::read_cose_key(reader)?)
            }
            false => None,
        };
        reader.claim(CLAIM_STATUS)?;
        reader.map(1, 1)?;
        reader.member("status_list")?;
        reader.map(2, 2)?;
        reader.member("idx")?;
        let idx = reader.uint()?;
        reader.member("uri")?;
        let uri = reader.text()?.to_owned();
        let face = match reader.claim_if(CLAIM_FACE) {
            true => Some(face(reader)?),
            false => None,
        };
        reader.end()?;
        let optional = [not_before_s.is_some(), holder.is_some(), face.is_some()];
        let found = optional.iter().filter(|there| **there).count() as u64;
        let claims = Self {
            issued_s,
            not_before_s,
            expires_s,
            holder,
            face,
            status: StatusRef { uri, idx },
        };
        (found.checked_add(3)? == count).then_some(claims)
    }
}

fn face(reader: &mut Reader<'_>) -> Option<PaperFace> {
    reader.array(3)?;
    Some(PaperFace {
        masked_name: reader.text()?.to_owned(),
        birth_year: u16::try_from(reader.uint()?).ok()?,
        last_four: reader.text()?.to_owned(),
    })
}

/// Issues a credential: the claims under the signature of the issuer.
pub fn issue(claims: &Claims, key: &SigningKey) -> Result<Vec<u8>, Error> {
    let typ = match claims.check()? {
        Form::Held | Form::Static => Typ::Credential,
        Form::Paper => Typ::Paper,
    };
    cose::seal(typ, &claims.write(), key)
}

/// A credential that was read; nothing is verified yet.
#[derive(Clone, Debug)]
pub struct Credential<'a> {
    opened: Opened<'a>,
    kid: Kid,
    form: Form,
    claims: Claims,
}

impl<'a> Credential<'a> {
    /// Reads a credential.
    pub fn read(bytes: &'a [u8]) -> Result<Self, Error> {
        Self::from_opened(Opened::read(bytes)?)
    }

    pub(crate) fn from_opened(opened: Opened<'a>) -> Result<Self, Error> {
        let not_one = Error::Envelope("not a credential");
        let (typ, Signer::Known(kid)) = (opened.typ(), opened.signer()) else {
            return Err(not_one);
        };
        if !matches!(typ, Typ::Credential | Typ::Paper) {
            return Err(not_one);
        }
        let claims = Claims::read(opened.unverified_payload())?;
        let form = claims.form()?;
        if (typ == Typ::Paper) != (form == Form::Paper) {
            return Err(Error::Claims("a face does not belong under this typ"));
        }
        Ok(Self {
            opened,
            kid,
            form,
            claims,
        })
    }

    /// The hint which key signed.
    pub const fn kid(&self) -> Kid {
        self.kid
    }

    /// Which form it has, by its own words.
    pub const fn form(&self) -> Form {
        self.form
    }

    /// What it says, for its holder, who trusts whoever gave it.
    pub const fn unverified_claims(&self) -> &Claims {
        &self.claims
    }

    /// What it says, if this key signed it.
    pub fn verify(&self, key: &PublicKey) -> Result<&Claims, Error> {
        self.opened.verify(key)?;
        Ok(&self.claims)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn key(seed: u8) -> SigningKey {
        SigningKey::from_bytes(&[seed; 32]).unwrap()
    }

    /// A credential of this form with a slot and an address as long as real ones.
    pub(crate) fn claims(form: Form) -> Claims {
        let face = PaperFace {
            masked_name: "王*明".to_owned(),
            birth_year: 1948,
            last_four: "031X".to_owned(),
        };
        Claims {
            issued_s: 1_800_000_000,
            not_before_s: (form == Form::Paper).then_some(1_800_000_000),
            expires_s: 1_800_086_400,
            holder: (form == Form::Held).then(|| key(7).public()),
            face: (form == Form::Paper).then_some(face),
            status: StatusRef {
                uri: "https://s.mm.example/31/5f2".to_owned(),
                idx: 87_654_321,
            },
        }
    }

    const FORMS: [Form; 3] = [Form::Held, Form::Static, Form::Paper];

    #[test]
    fn a_credential_of_each_form_reads_back_and_is_small() {
        for (form, bytes_max) in [(Form::Held, 223), (Form::Static, 178), (Form::Paper, 210)] {
            let token = issue(&claims(form), &key(1)).unwrap();
            assert!(token.len() <= bytes_max, "{form:?}: {} bytes", token.len());
            let read = Credential::read(&token).unwrap();
            assert_eq!((read.form(), read.kid()), (form, key(1).public().kid()));
            assert_eq!(read.verify(&key(1).public()), Ok(&claims(form)));
            assert_eq!(read.verify(&key(2).public()), Err(Error::Signature));
        }
    }

    /// Whether a paper is issued whose claims were changed.
    fn issues(change: impl Fn(&mut Claims)) -> bool {
        let mut claims = claims(Form::Paper);
        change(&mut claims);
        issue(&claims, &key(1)).is_ok()
    }

    fn issues_with_face(change: impl Fn(&mut PaperFace)) -> bool {
        issues(|claims| change(claims.face.as_mut().unwrap()))
    }

    #[test]
    fn claims_out_of_form_are_not_issued() {
        let start_s = claims(Form::Paper).issued_s;
        assert!(issues(|claims| claims.expires_s = start_s + LIFE_S_MAX));
        assert!(!issues(|claims| claims.expires_s = start_s + LIFE_S_MAX + 1));
        assert!(!issues(|claims| claims.expires_s = start_s));
        assert!(!issues(|claims| claims.issued_s += 1));
        assert!(!issues(
            |claims| claims.not_before_s = Some(claims.expires_s)
        ));
        assert!(!issues(|claims| claims.not_before_s = None));
        assert!(!issues(|claims| claims.holder = Some(key(7).public())));
        assert!(!issues(|claims| claims.status.uri.clear()));
        assert!(issues(|claims| claims.status.idx = IDX_MAX));
        assert!(!issues(|claims| claims.status.idx = IDX_MAX + 1));
    }

    #[test]
    fn a_face_that_is_not_masked_or_out_of_bounds_is_not_issued() {
        let name = |name: &str| issues_with_face(|face| name.clone_into(&mut face.masked_name));
        assert!(name(&"*".repeat(MASKED_NAME_BYTES_MAX)));
        assert!(!name(&"*".repeat(MASKED_NAME_BYTES_MAX + 1)));
        assert!(!name("王小明"));
        assert!(!name("*\n"));
        assert!(!issues_with_face(|face| face.birth_year = 48));
        assert!(!issues_with_face(|face| face.last_four.truncate(3)));
        assert!(!issues_with_face(|face| face
            .last_four
            .make_ascii_lowercase()));
    }

    #[test]
    fn a_face_stands_under_its_own_typ_only() {
        for (form, typ) in [(Form::Paper, Typ::Credential), (Form::Static, Typ::Paper)] {
            let token = cose::seal(typ, &claims(form).write(), &key(1)).unwrap();
            assert!(Credential::read(&token).is_err());
        }
        let token = cose::seal(Typ::List, &claims(Form::Static).write(), &key(1)).unwrap();
        assert!(Credential::read(&token).is_err());
    }

    #[test]
    fn accepted_claims_are_those_that_are_written() {
        for form in FORMS {
            let payload = claims(form).write();
            assert_eq!(Claims::read(&payload), Ok(claims(form)));
            for at in 0..payload.len() {
                assert!(Claims::read(&payload[..at]).is_err());
                for bit in 0..8 {
                    let mut other = payload.clone();
                    other[at] ^= 1 << bit;
                    if let Ok(claims) = Claims::read(&other) {
                        assert_eq!(claims.write(), other);
                    }
                }
            }
            assert!(Claims::read(&[&payload[..], &[0]].concat()).is_err());
        }
    }
}

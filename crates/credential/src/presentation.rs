//! What a phone shows: a credential under a fresh signature of its holder, and its text.
//!
//! Invariant: a presentation carries its credential in the header `kcwt`, is signed by the key
//! that the credential names, and says for whom and when: `{3: aud, 6: iat, ?39: cnonce}`. It is
//! for anybody (`"*"`) or answers the challenge of one gate, never half of each.
//! Refuses: a credential without a key, a key that is not the credential's, a gate or a number
//! out of bounds, a text longer than [`TEXT_CHARS_MAX`].

use crate::base45;
use crate::cbor::{self, Reader};
use crate::constants::{CLAIM_AUD, CLAIM_CNONCE, CLAIM_IAT, TEXT_PREFIX};
use crate::cose::{self, Opened, Signer, Typ};
use crate::error::Error;
use crate::key::{PublicKey, SigningKey};
use crate::token::Credential;
use sha2::{Digest as _, Sha256};

/// The longest text of a token, in characters.
pub const TEXT_CHARS_MAX: usize = 4_096;
/// The longest name of a gate, in bytes.
pub const GATE_BYTES_MAX: usize = 64;
/// The shortest number that a gate asks for, in bytes: too long to be guessed.
pub const NONCE_BYTES_MIN: usize = 8;
/// The longest number that a gate asks for, in bytes.
pub const NONCE_BYTES_MAX: usize = 32;

/// For whoever reads it.
const ANYBODY: &str = "*";

/// What a gate asks for at a door where a copied picture must not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// The name of the gate.
    pub gate: String,
    /// A random number, used once.
    pub nonce: Vec<u8>,
}

impl Challenge {
    /// Checks the bounds.
    pub fn check(&self) -> Result<(), Error> {
        let plain = self.gate.bytes().all(|byte| byte.is_ascii_graphic());
        if !plain || !(1..=GATE_BYTES_MAX).contains(&self.gate.len()) || self.gate == ANYBODY {
            return Err(Error::Claims("the name of the gate"));
        }
        if !(NONCE_BYTES_MIN..=NONCE_BYTES_MAX).contains(&self.nonce.len()) {
            return Err(Error::Claims(
                "the number of the gate has not 8 to 32 bytes",
            ));
        }
        Ok(())
    }
}

/// What the holder says at the moment of showing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Showing {
    /// When, in seconds since 1970 by the phone's clock.
    pub at_s: u64,
    /// The challenge that it answers, or `None` for anybody.
    pub challenge: Option<Challenge>,
}

impl Showing {
    fn write(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(64);
        let count = if self.challenge.is_some() { 3 } else { 2 };
        cbor::head(&mut out, cbor::MAP, count);
        cbor::int(&mut out, CLAIM_AUD);
        let gate = self.challenge.as_ref().map(|challenge| &challenge.gate);
        cbor::text(&mut out, gate.map_or(ANYBODY, |gate| gate));
        cbor::int(&mut out, CLAIM_IAT);
        cbor::uint(&mut out, self.at_s);
        if let Some(challenge) = &self.challenge {
            cbor::int(&mut out, CLAIM_CNONCE);
            cbor::bytes(&mut out, &challenge.nonce);
        }
        out
    }

    fn read(payload: &[u8]) -> Result<Self, Error> {
        let fault = Error::Claims("not those of a presentation in their one form");
        let showing = Self::parse(&mut Reader::new(payload)).ok_or(fault)?;
        showing
            .challenge
            .as_ref()
            .map_or(Ok(()), Challenge::check)?;
        Ok(showing)
    }

    fn parse(reader: &mut Reader<'_>) -> Option<Self> {
        let count = reader.map(2, 3)?;
        reader.claim(CLAIM_AUD)?;
        let gate = reader.text()?;
        reader.claim(CLAIM_IAT)?;
        let at_s = reader.uint()?;
        let challenge = match count {
            3 => {
                reader.claim(CLAIM_CNONCE)?;
                Some(Challenge {
                    gate: gate.to_owned(),
                    nonce: reader.bytes()?.to_vec(),
                })
            }
            _ => {
                (gate == ANYBODY).then_some(())?;
                None
            }
        };
        reader.end()?;
        Some(Self { at_s, challenge })
    }
}

/// Shows a credential: signs it, the time and the challenge with the key that it names.
pub fn present(
    credential: &[u8],
    holder: &SigningKey,
    now_s: u64,
    challenge: Option<&Challenge>,
) -> Result<Vec<u8>, Error> {
    let read = Credential::read(credential)?;
    if read.unverified_claims().holder != Some(holder.public()) {
        return Err(Error::Argument("the credential names another key, or none"));
    }
    challenge.map_or(Ok(()), Challenge::check)?;
    let showing = Showing {
        at_s: now_s,
        challenge: challenge.cloned(),
    };
    let signer = Signer::Holder(credential);
    cose::seal_as(Typ::Presentation, signer, &showing.write(), holder)
}

/// A presentation that was read; nothing is verified yet.
#[derive(Clone, Debug)]
pub struct Presentation<'a> {
    opened: Opened<'a>,
    credential: Credential<'a>,
    holder: PublicKey,
    showing: Showing,
}

impl<'a> Presentation<'a> {
    /// Reads a presentation and the credential in it.
    pub fn read(bytes: &'a [u8]) -> Result<Self, Error> {
        Self::from_opened(Opened::read(bytes)?)
    }

    fn from_opened(opened: Opened<'a>) -> Result<Self, Error> {
        let (Typ::Presentation, Signer::Holder(credential)) = (opened.typ(), opened.signer())
        else {
            return Err(Error::Envelope("not a presentation"));
        };
        let credential = Credential::read(credential)?;
        let holder = credential.unverified_claims().holder;
        let fault = Error::Claims("a presentation of a credential without a key");
        let holder = holder.ok_or(fault)?;
        let showing = Showing::read(opened.unverified_payload())?;
        Ok(Self {
            opened,
            credential,
            holder,
            showing,
        })
    }

    /// The credential that is shown.
    pub const fn credential(&self) -> &Credential<'a> {
        &self.credential
    }

    /// What the holder said, if the key in the credential signed it. Whether that key is
    /// anybody's is for [`Credential::verify`] to say first.
    pub fn verify(&self) -> Result<&Showing, Error> {
        self.opened.verify(&self.holder)?;
        Ok(&self.showing)
    }

    /// The SHA-256 of what is signed, by which a gate knows it again. The bytes of the whole
    /// would not do: anybody can make a second valid signature of a first.
    pub fn sha256(&self) -> [u8; 32] {
        Sha256::digest(self.opened.signed_bytes()).into()
    }
}

/// Either of the two things that a text can hold.
#[derive(Clone, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "one lives for the length of one scan, and nowhere in a list"
)]
pub enum Shown<'a> {
    /// A credential under a signature of its holder.
    Presentation(Presentation<'a>),
    /// A credential alone.
    Credential(Credential<'a>),
}

impl<'a> Shown<'a> {
    /// Reads what a text held.
    pub fn read(bytes: &'a [u8]) -> Result<Self, Error> {
        let opened = Opened::read(bytes)?;
        match opened.typ() {
            Typ::Presentation => Presentation::from_opened(opened).map(Self::Presentation),
            Typ::Credential | Typ::Paper => Credential::from_opened(opened).map(Self::Credential),
            Typ::List | Typ::Delta => Err(Error::Envelope("neither credential nor presentation")),
        }
    }

    /// The credential.
    pub const fn credential(&self) -> &Credential<'a> {
        match self {
            Self::Presentation(presentation) => presentation.credential(),
            Self::Credential(credential) => credential,
        }
    }
}

/// The text of a token, as it stands in a QR code.
pub fn to_text(token: &[u8]) -> String {
    let mut text = TEXT_PREFIX.to_owned();
    text.push_str(&base45::encode(token));
    text
}

/// The token in a text.
pub fn from_text(text: &str) -> Result<Vec<u8>, Error> {
    if text.len() > TEXT_CHARS_MAX {
        return Err(Error::Limit {
            what: "characters of a text",
            limit: TEXT_CHARS_MAX as u64,
        });
    }
    let rest = text.strip_prefix(TEXT_PREFIX);
    base45::decode(rest.ok_or(Error::Text("it does not begin with `MM1:`"))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::tests::{claims, key};
    use crate::token::{Form, issue};

    fn challenge() -> Challenge {
        Challenge {
            gate: "gate-7".to_owned(),
            nonce: vec![9; 16],
        }
    }

    fn held() -> Vec<u8> {
        issue(&claims(Form::Held), &key(1)).unwrap()
    }

    #[test]
    fn a_presentation_reads_back_and_fits_a_code() {
        let token = present(&held(), &key(7), 1_800_000_100, None).unwrap();
        assert!(token.len() <= 329, "{} bytes", token.len());
        let text = to_text(&token);
        assert!(text.len() <= 500, "{} characters", text.len());
        assert_eq!(from_text(&text).unwrap(), token);
        let read = Presentation::read(&token).unwrap();
        let showing = read.verify().unwrap();
        assert_eq!((showing.at_s, &showing.challenge), (1_800_000_100, &None));
        let claims_read = read.credential().verify(&key(1).public()).unwrap();
        assert_eq!(claims_read, &claims(Form::Held));
        assert!(matches!(Shown::read(&token), Ok(Shown::Presentation(_))));
        assert!(matches!(Shown::read(&held()), Ok(Shown::Credential(_))));
    }

    #[test]
    fn the_bytes_of_a_presentation_stay_as_they_were() {
        // All but the two signatures, which are drawn afresh each time.
        let held = held();
        let mut token = present(&held, &key(7), 1_800_000_100, None).unwrap();
        let inner = token
            .windows(held.len())
            .position(|part| part == held)
            .unwrap();
        for end in [inner + held.len(), token.len()] {
            token[end - 64..end].fill(0);
        }
        let digest: [u8; 32] = Sha256::digest(&token).into();
        let start = digest.first_chunk::<8>().copied().map(u64::from_be_bytes);
        assert_eq!(
            start,
            Some(0x2a40_9c83_4f06_31ce),
            "the format changed: readers in use no longer agree"
        );
    }

    #[test]
    fn an_answer_names_the_gate_and_its_number() {
        let token = present(&held(), &key(7), 5, Some(&challenge())).unwrap();
        let read = Presentation::read(&token).unwrap();
        assert_eq!(read.verify().unwrap().challenge, Some(challenge()));
        let long = Challenge {
            gate: "g".repeat(65),
            ..challenge()
        };
        let anybody = Challenge {
            gate: "*".to_owned(),
            ..challenge()
        };
        let short = Challenge {
            nonce: vec![0; 7],
            ..challenge()
        };
        let wide = Challenge {
            nonce: vec![0; 33],
            ..challenge()
        };
        for wrong in [long, anybody, short, wide] {
            assert!(present(&held(), &key(7), 5, Some(&wrong)).is_err());
        }
    }

    #[test]
    fn only_the_holder_of_a_held_credential_presents_it() {
        assert!(present(&held(), &key(8), 5, None).is_err());
        for form in [Form::Static, Form::Paper] {
            let token = issue(&claims(form), &key(1)).unwrap();
            assert!(present(&token, &key(7), 5, None).is_err());
        }
        let showing = Showing {
            at_s: 5,
            challenge: None,
        };
        let held = held();
        let signer = Signer::Holder(&held);
        let stolen = cose::seal_as(Typ::Presentation, signer, &showing.write(), &key(8)).unwrap();
        let read = Presentation::read(&stolen).unwrap();
        assert_eq!(read.verify(), Err(Error::Signature));
    }

    #[test]
    fn a_second_signature_over_the_same_is_the_same_presentation() {
        let token = present(&held(), &key(7), 5, None).unwrap();
        let (start, signature) = token.split_at(token.len() - 64);
        let signature = p256::ecdsa::Signature::from_slice(signature).unwrap();
        let (r, s) = signature.split_scalars();
        let other = p256::ecdsa::Signature::from_scalars(r, -s).unwrap();
        let other = [start, &other.to_bytes()].concat();
        assert_ne!(other, token);
        let (one, other) = (Presentation::read(&token), Presentation::read(&other));
        let (one, other) = (one.unwrap(), other.unwrap());
        assert!(other.verify().is_ok());
        assert_eq!(one.sha256(), other.sha256());
    }

    #[test]
    fn a_text_without_its_start_or_too_long_is_refused() {
        assert!(from_text("HC1:BB8").is_err());
        assert!(from_text("mm1:BB8").is_err());
        assert!(from_text("").is_err());
        assert_eq!(from_text("MM1:BB8").unwrap(), b"AB");
        let long = format!("MM1:{}", "0".repeat(TEXT_CHARS_MAX - 3));
        assert!(matches!(from_text(&long), Err(Error::Limit { .. })));
    }

    #[test]
    fn half_a_challenge_is_refused() {
        let anybody = Showing {
            at_s: 5,
            challenge: None,
        }
        .write();
        assert!(Showing::read(&anybody).is_ok());
        let answer = Showing {
            at_s: 5,
            challenge: Some(challenge()),
        }
        .write();
        assert!(Showing::read(&answer).is_ok());
        let mut gate_alone = answer[..answer.len() - 19].to_vec();
        gate_alone[0] = 0xa2;
        assert!(Showing::read(&gate_alone).is_err());
        for at in 0..answer.len() {
            assert!(Showing::read(&answer[..at]).is_err());
        }
    }
}

//! Signed notes of C2SP signed-note v1: a text and the signatures below it.
//!
//! Invariant: a [`Note`] has text that ends in a line feed, one to [`SIGNATURES_MAX`]
//! signatures, and one spelling. Nothing in the text may be believed before [`Note::verify`].
//! Refuses a whole note for one wrong signature of a key that is known.

mod key;
mod pair;

pub(crate) use key::Secret;
pub use key::{KEY_NAME_BYTES_MAX, KeyName, SignatureType, SignerKey, Statement, VerifierKey};
pub(crate) use pair::{Ed25519, MlDsa};

use crate::{Error, text};
use std::fmt;

/// The longest note, in bytes: room for [`SIGNATURES_MAX`] ML-DSA-44 cosignatures of 3,264 bytes.
pub const NOTE_BYTES_MAX: usize = 256 * 1024;
/// The most signatures of a note; the specification asks for at least 16.
pub const SIGNATURES_MAX: usize = 64;

/// The length of a key id, in bytes.
pub const KEY_ID_BYTES: usize = 4;
const DASH: &str = "\u{2014} ";

/// One signature line, verified or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteSignature {
    name: KeyName,
    key_id: [u8; KEY_ID_BYTES],
    bytes: Vec<u8>,
}

/// A text and its signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<NoteSignature>,
}

/// A signature that verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified<'a> {
    /// The known key that made it.
    pub key: &'a VerifierKey,
    /// What the key's owner states by it.
    pub statement: Statement,
}

impl NoteSignature {
    /// A signature by its parts; the bytes are what follows the key id.
    ///
    /// # Errors
    /// [`Error::SignatureLine`] when there are no bytes.
    pub fn new(name: KeyName, key_id: [u8; KEY_ID_BYTES], bytes: Vec<u8>) -> Result<Self, Error> {
        if bytes.is_empty() {
            return Err(Error::SignatureLine);
        }
        Ok(Self {
            name,
            key_id,
            bytes,
        })
    }

    /// A signature line without its line feed.
    ///
    /// # Errors
    /// [`Error::SignatureLine`], [`Error::KeyName`].
    pub fn parse(line: &str) -> Result<Self, Error> {
        let rest = line.strip_prefix(DASH).ok_or(Error::SignatureLine)?;
        let (name, encoded) = rest.split_once(' ').ok_or(Error::SignatureLine)?;
        let name = KeyName::new(name)?;
        let decoded = text::unbase64(encoded).ok_or(Error::SignatureLine)?;
        let (key_id, bytes) = decoded.split_first_chunk().ok_or(Error::SignatureLine)?;
        Self::new(name, *key_id, bytes.to_vec())
    }

    /// The name of the key that claims to have signed.
    #[must_use]
    pub const fn name(&self) -> &KeyName {
        &self.name
    }

    /// The id of the key that claims to have signed.
    #[must_use]
    pub const fn key_id(&self) -> [u8; KEY_ID_BYTES] {
        self.key_id
    }

    /// The signature proper.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Display for NoteSignature {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let encoded = text::base64(&[self.key_id.as_slice(), &self.bytes].concat());
        write!(out, "{DASH}{} {encoded}", self.name)
    }
}

impl Note {
    /// A note from its text and signatures.
    ///
    /// # Errors
    /// [`Error::NoteShape`], [`Error::ControlCharacter`], [`Error::TooManySignatures`],
    /// [`Error::TooLong`].
    pub fn new(text: String, signatures: Vec<NoteSignature>) -> Result<Self, Error> {
        if !text.ends_with('\n') || signatures.is_empty() {
            return Err(Error::NoteShape);
        }
        text::printable(&text)?;
        if signatures.len() > SIGNATURES_MAX {
            return Err(Error::TooManySignatures);
        }
        let note = Self { text, signatures };
        if note.text.len() > NOTE_BYTES_MAX || note.to_string().len() > NOTE_BYTES_MAX {
            return Err(Error::TooLong {
                bytes_max: NOTE_BYTES_MAX,
            });
        }
        Ok(note)
    }

    /// Reads a note; the text may hold blank lines, the last one separates.
    ///
    /// # Errors
    /// What [`Note::new`] and [`NoteSignature::parse`] refuse.
    pub fn parse(note: &str) -> Result<Self, Error> {
        if note.len() > NOTE_BYTES_MAX {
            return Err(Error::TooLong {
                bytes_max: NOTE_BYTES_MAX,
            });
        }
        text::printable(note)?;
        let (head, tail) = note.rsplit_once("\n\n").ok_or(Error::NoteShape)?;
        let lines = tail.strip_suffix('\n').ok_or(Error::NoteShape)?;
        // One more than allowed is enough to know, and bounds the work on a hostile note.
        let signatures: Vec<NoteSignature> = lines
            .split('\n')
            .take(SIGNATURES_MAX + 1)
            .map(NoteSignature::parse)
            .collect::<Result<_, _>>()?;
        Self::new(format!("{head}\n"), signatures)
    }

    /// The signed text, with its final line feed.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signatures, in the order of their lines.
    #[must_use]
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// The same note with one more signature below the others.
    ///
    /// # Errors
    /// [`Error::TooManySignatures`], [`Error::TooLong`].
    pub fn with_signature(mut self, signature: NoteSignature) -> Result<Self, Error> {
        self.signatures.push(signature);
        Self::new(self.text, self.signatures)
    }

    /// The signatures of known keys, at most one for each key; others are ignored.
    ///
    /// # Errors
    /// [`Error::SignatureInvalid`] if any signature of a known key is wrong,
    /// [`Error::SignatureMissing`] if no known key has signed.
    pub fn verify<'a>(&self, known: &'a [VerifierKey]) -> Result<Vec<Verified<'a>>, Error> {
        let mut verified: Vec<Verified<'a>> = Vec::new();
        for signature in &self.signatures {
            for key in known.iter().filter(|key| key.made(signature)) {
                let statement = key.verify(&self.text, signature)?;
                if !verified.iter().any(|earlier| earlier.key == key) {
                    verified.push(Verified { key, statement });
                }
            }
        }
        if verified.is_empty() {
            Err(Error::SignatureMissing)
        } else {
            Ok(verified)
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{}", self.text)?;
        self.signatures
            .iter()
            .try_for_each(|signature| writeln!(out, "{signature}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the signed-note specification, made by another implementation.
    const EXAMPLE_KEY: &str =
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    const EXAMPLE: &str = "This is an example message.\n\n\u{2014} example.com/foo \
        Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq\
        6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

    fn signer(name: &str, seed: u8) -> SignerKey {
        SignerKey::from_seed(name, [seed; 32]).unwrap()
    }

    #[test]
    fn the_example_of_the_specification_verifies() {
        let key = VerifierKey::parse(EXAMPLE_KEY).unwrap();
        assert_eq!(key.to_string(), EXAMPLE_KEY);
        let note = Note::parse(EXAMPLE).unwrap();
        assert_eq!(note.to_string(), EXAMPLE);
        let known = [key];
        let verified = note.verify(&known).unwrap();
        assert_eq!(
            verified,
            [Verified {
                key: &known[0],
                statement: Statement::Signed
            }]
        );
        let changed = Note::parse(&EXAMPLE.replace("message", "messagE")).unwrap();
        assert_eq!(
            changed.verify(&known),
            Err(Error::SignatureInvalid {
                name: "example.com/foo".into()
            })
        );
    }

    #[test]
    fn unknown_keys_are_ignored_and_a_wrong_known_one_rejects_the_note() {
        let (log, other) = (signer("log.example", 1), signer("other.example", 2));
        let text = "a\n".to_owned();
        let wrong = other.sign("b\n");
        let note = Note::new(text, vec![wrong, log.sign("a\n")]).unwrap();
        let known = [log.verifier()];
        assert_eq!(note.verify(&known).unwrap().len(), 1);
        let known = [log.verifier(), other.verifier()];
        let expected = Error::SignatureInvalid {
            name: "other.example".into(),
        };
        assert_eq!(note.verify(&known), Err(expected));
        let stranger = [signer("log.example", 3).verifier()];
        assert_eq!(note.verify(&stranger), Err(Error::SignatureMissing));
        assert_eq!(note.verify(&[]), Err(Error::SignatureMissing));
    }

    #[test]
    fn a_key_that_signed_twice_counts_once() {
        let log = signer("log.example", 1);
        let note = Note::new("a\n".into(), vec![log.sign("a\n"); 2]).unwrap();
        assert_eq!(note.verify(&[log.verifier()]).unwrap().len(), 1);
    }

    #[test]
    fn the_last_blank_line_separates() {
        let log = signer("log.example", 1);
        for text in ["\n", "a\n", "a\n\nb\n", "a\n\n", "\u{2014} a b\n"] {
            let note = Note::new(text.into(), vec![log.sign(text)]).unwrap();
            assert_eq!(Note::parse(&note.to_string()), Ok(note));
        }
    }

    #[test]
    fn a_note_of_another_shape_is_refused() {
        let line = signer("log.example", 1).sign("a\n").to_string();
        for (note, error) in [
            (String::new(), Error::NoteShape),
            ("a\n".into(), Error::NoteShape),
            (format!("a\n{line}\n"), Error::NoteShape),
            (format!("a\n\n{line}"), Error::NoteShape),
            ("a\n\n\n".into(), Error::NoteShape),
            (format!("a\r\n\n{line}\n"), Error::ControlCharacter),
            (format!("a\t\n\n{line}\n"), Error::ControlCharacter),
            (format!("a\n\n{line} \n"), Error::SignatureLine),
            (format!("a\n\n-{line}\n"), Error::SignatureLine),
            (
                "a\n\n\u{2014} log.example AAAAAA==\n".into(),
                Error::SignatureLine,
            ),
            ("a\n\n\u{2014}  AAAAAAA=\n".into(), Error::KeyName),
            ("a\n\n\u{2014} a+b AAAAAAA=\n".into(), Error::KeyName),
            ("a\n\n\u{2014} a\u{a0}b AAAAAAA=\n".into(), Error::KeyName),
        ] {
            assert_eq!(Note::parse(&note), Err(error), "{note:?}");
        }
    }

    #[test]
    fn sixteen_signatures_are_accepted_and_the_limit_holds() {
        let log = signer("log.example", 1);
        let mut signatures: Vec<NoteSignature> = (0..15)
            .map(|seed| signer("witness.example", seed + 10).sign("a\n"))
            .collect();
        signatures.push(log.sign("a\n"));
        let note = Note::new("a\n".into(), signatures).unwrap();
        let note = Note::parse(&note.to_string()).unwrap();
        assert_eq!(note.verify(&[log.verifier()]).unwrap().len(), 1);

        let full = Note::new("a\n".into(), vec![log.sign("a\n"); SIGNATURES_MAX]).unwrap();
        assert!(Note::parse(&full.to_string()).is_ok());
        let over = format!("{full}{}\n", log.sign("a\n"));
        assert_eq!(Note::parse(&over), Err(Error::TooManySignatures));
        let long = "a".repeat(NOTE_BYTES_MAX);
        let too_long = Error::TooLong {
            bytes_max: NOTE_BYTES_MAX,
        };
        assert_eq!(
            Note::parse(&format!("{long}{EXAMPLE}")),
            Err(too_long.clone())
        );
        let text = format!("{}\n", "a".repeat(NOTE_BYTES_MAX - 100));
        assert_eq!(Note::new(text, vec![log.sign("a\n")]), Err(too_long));
    }
}

//! Checkpoints of C2SP tlog-checkpoint v1: the head of a log's tree, signed by the log.
//!
//! Invariant: a [`Checkpoint`] is exactly origin, size and root; its origin is the name of the
//! log's key; an empty tree has the empty root. Refuses extension lines, which monitors cannot
//! audit and not every cosignature covers.

use crate::note::{KEY_ID_BYTES, SignatureType, Statement};
use crate::{EMPTY_ROOT, Error, Hash, KeyName, Note, SignerKey, TREE_SIZE_MAX, VerifierKey, text};
use std::fmt;

/// The longest origin, in bytes.
pub const ORIGIN_BYTES_MAX: usize = 255;

/// The head of a log's tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    origin: String,
    size: u64,
    root: Hash,
}

/// A checkpoint whose signatures were checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// What the log signed.
    pub checkpoint: Checkpoint,
    /// The known witnesses that cosigned it, once each, in the order of their lines.
    pub cosigned: Vec<Cosigned>,
}

/// That a witness cosigned, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cosigned {
    /// The name of the witness's key.
    pub name: KeyName,
    /// The id of the witness's key: a witness may have keys of two types under one name.
    pub key_id: [u8; KEY_ID_BYTES],
    /// Seconds since 1970 by the witness's clock.
    pub time_s: u64,
}

impl Checkpoint {
    /// A tree head by its parts.
    ///
    /// # Errors
    /// [`Error::Origin`], [`Error::SizeTooLarge`], [`Error::EmptyRootDiffers`].
    pub fn new(origin: &str, size: u64, root: Hash) -> Result<Self, Error> {
        if origin.is_empty() || origin.len() > ORIGIN_BYTES_MAX || origin.contains(|c| c < ' ') {
            return Err(Error::Origin);
        }
        if size > TREE_SIZE_MAX {
            return Err(Error::SizeTooLarge(size));
        }
        if size == 0 && root != EMPTY_ROOT {
            return Err(Error::EmptyRootDiffers);
        }
        Ok(Self {
            origin: origin.to_owned(),
            size,
            root,
        })
    }

    /// Reads the text of a note, without its signatures.
    ///
    /// # Errors
    /// [`Error::CheckpointShape`], [`Error::Number`], [`Error::HashLine`] or what
    /// [`Checkpoint::new`] refuses.
    pub fn parse(note_text: &str) -> Result<Self, Error> {
        let lines = note_text.strip_suffix('\n').ok_or(Error::CheckpointShape)?;
        let mut lines = lines.split('\n');
        let (Some(origin), Some(size), Some(root), None) =
            (lines.next(), lines.next(), lines.next(), lines.next())
        else {
            return Err(Error::CheckpointShape);
        };
        Self::new(origin, text::decimal(size)?, text::hash_line(root)?)
    }

    /// The identity of the log.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Leaves in the tree.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The root hash.
    #[must_use]
    pub const fn root(&self) -> Hash {
        self.root
    }
}

/// The text that is signed: three lines.
impl fmt::Display for Checkpoint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            out,
            "{}\n{}\n{}",
            self.origin,
            self.size,
            text::base64(&self.root)
        )
    }
}

/// The checkpoint as a note signed by its log.
///
/// # Errors
/// [`Error::OriginDiffers`] unless the key is named after the origin.
pub fn sign(checkpoint: &Checkpoint, key: &SignerKey) -> Result<String, Error> {
    if checkpoint.origin != key.name().as_str() {
        return Err(Error::OriginDiffers);
    }
    Ok(key.sign_note(&checkpoint.to_string())?.to_string())
}

/// The checkpoint in a note that its log has signed.
///
/// # Errors
/// What [`Note::parse`], [`Note::verify`] and [`Checkpoint::parse`] refuse;
/// [`Error::OriginDiffers`] unless the key is named after the origin.
pub fn open(note: &str, log: &VerifierKey) -> Result<Checkpoint, Error> {
    Ok(open_note(&Note::parse(note)?, log, &[])?.checkpoint)
}

/// The checkpoint in a note that its log has signed, and the known witnesses that cosigned.
///
/// How many of them are enough is for the caller's policy to say; zero is not an error here.
///
/// # Errors
/// What [`open`] refuses, and a wrong cosignature of any known witness.
pub fn open_note(
    note: &Note,
    log: &VerifierKey,
    witnesses: &[VerifierKey],
) -> Result<Opened, Error> {
    let witness_kind = |key: &VerifierKey| key.kind().cosigns();
    if log.kind() != SignatureType::Ed25519 || !witnesses.iter().all(witness_kind) {
        return Err(Error::KeyPurpose);
    }
    note.verify(std::slice::from_ref(log))?;
    let cosigned = match note.verify(witnesses) {
        Ok(verified) => verified,
        Err(Error::SignatureMissing) => Vec::new(),
        Err(error) => return Err(error),
    };
    let cosigned = cosigned
        .into_iter()
        .filter_map(|verified| match verified.statement {
            Statement::Cosigned { time_s } => Some(Cosigned {
                name: verified.key.name().clone(),
                key_id: verified.key.id(),
                time_s,
            }),
            Statement::Signed => None,
        });
    let checkpoint = Checkpoint::parse(note.text())?;
    if checkpoint.origin != log.name().as_str() {
        return Err(Error::OriginDiffers);
    }
    Ok(Opened {
        checkpoint,
        cosigned: cosigned.collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> SignerKey {
        SignerKey::from_seed("log.example/a", [1; 32]).unwrap()
    }

    fn head(size: u64) -> Checkpoint {
        Checkpoint::new("log.example/a", size, [7; 32]).unwrap()
    }

    #[test]
    fn what_the_log_signs_its_key_opens() {
        let note = sign(&head(5), &key()).unwrap();
        assert!(note.starts_with("log.example/a\n5\n"));
        assert_eq!(open(&note, &key().verifier()), Ok(head(5)));
        let forged = note.replace("\n5\n", "\n6\n");
        let invalid = Error::SignatureInvalid {
            name: "log.example/a".into(),
        };
        assert_eq!(open(&forged, &key().verifier()), Err(invalid));
    }

    #[test]
    fn the_text_of_the_specification_reads_and_writes() {
        let text = "example.com/behind-the-sofa\n20852163\n\
            CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
        let checkpoint = Checkpoint::parse(text).unwrap();
        assert_eq!(checkpoint.size(), 20_852_163);
        assert_eq!(checkpoint.to_string(), text);
    }

    #[test]
    fn a_key_of_another_log_neither_signs_nor_opens() {
        let other = SignerKey::from_seed("log.example/b", [1; 32]).unwrap();
        assert_eq!(sign(&head(5), &other), Err(Error::OriginDiffers));
        let note = other.sign_note(&head(5).to_string()).unwrap().to_string();
        assert_eq!(open(&note, &other.verifier()), Err(Error::OriginDiffers));
        assert_eq!(open(&note, &key().verifier()), Err(Error::SignatureMissing));
    }

    #[test]
    fn a_text_of_another_shape_is_refused() {
        let root = text::base64(&[7; 32]);
        for (text, error) in [
            (String::new(), Error::CheckpointShape),
            (format!("o\n5\n{root}"), Error::CheckpointShape),
            ("o\n5\n".into(), Error::CheckpointShape),
            (format!("o\n5\n{root}\nextension\n"), Error::CheckpointShape),
            (format!("o\n5\n{root}\n\n"), Error::CheckpointShape),
            (format!("\n5\n{root}\n"), Error::Origin),
            (format!("{}\n5\n{root}\n", "o".repeat(256)), Error::Origin),
            (format!("o\n05\n{root}\n"), Error::Number),
            (format!("o\n\n{root}\n"), Error::Number),
            (
                format!("o\n9223372036854775808\n{root}\n"),
                Error::SizeTooLarge(1 << 63),
            ),
            (format!("o\n0\n{root}\n"), Error::EmptyRootDiffers),
            (format!("o\n5\n{root}=\n"), Error::HashLine),
            ("o\n5\nAAAA\n".into(), Error::HashLine),
        ] {
            assert_eq!(Checkpoint::parse(&text), Err(error), "{text:?}");
        }
        assert!(Checkpoint::new("o", 0, EMPTY_ROOT).is_ok());
        assert!(Checkpoint::new("o", TREE_SIZE_MAX, [7; 32]).is_ok());
    }
}

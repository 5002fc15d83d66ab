//! Receipts in the C2SP `tlog-proof` format: one leaf proven to be in a log, without a network.
//!
//! Invariant: a receipt has one spelling, and carries its checkpoint as the log published it.
//! Nothing in it may be believed before [`Receipt::verify`], and its extra data not even then.
//! Refuses more hashes than the largest tree needs.

use crate::checkpoint::{Opened, open_note};
use crate::note::NOTE_BYTES_MAX;
use crate::proof::PROOF_HASHES_MAX;
use crate::verify_inclusion;
use crate::{Checkpoint, Error, Hash, Note, ProofError, VerifierKey, leaf_hash, text};
use std::fmt;

/// The longest extra data, in bytes.
pub const EXTRA_BYTES_MAX: usize = 32 * 1024;
/// The longest receipt, in bytes: a note, the extra data in base64, and the proof.
pub const RECEIPT_BYTES_MAX: usize = NOTE_BYTES_MAX + 64 * 1024;

const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// A leaf's place in a log, proven against a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    extra: Option<Vec<u8>>,
    index: u64,
    proof: Vec<Hash>,
    checkpoint: Note,
}

impl Receipt {
    /// A receipt by its parts.
    ///
    /// # Errors
    /// [`ProofError::TooLong`].
    pub fn new(index: u64, proof: Vec<Hash>, checkpoint: Note) -> Result<Self, Error> {
        if proof.len() > PROOF_HASHES_MAX {
            return Err(ProofError::TooLong.into());
        }
        Ok(Self {
            extra: None,
            index,
            proof,
            checkpoint,
        })
    }

    /// The same receipt with extra data, which no signature covers.
    ///
    /// # Errors
    /// [`Error::ReceiptExtra`] when the data is empty or too long.
    pub fn with_extra(mut self, extra: Vec<u8>) -> Result<Self, Error> {
        if extra.is_empty() || extra.len() > EXTRA_BYTES_MAX {
            return Err(Error::ReceiptExtra);
        }
        self.extra = Some(extra);
        Ok(self)
    }

    /// Reads a receipt.
    ///
    /// # Errors
    /// [`Error::TooLong`], [`Error::ReceiptShape`], [`Error::ReceiptExtra`],
    /// [`Error::Number`], [`Error::HashLine`] or what [`Note::parse`] refuses.
    pub fn parse(receipt: &str) -> Result<Self, Error> {
        if receipt.len() > RECEIPT_BYTES_MAX {
            return Err(Error::TooLong {
                bytes_max: RECEIPT_BYTES_MAX,
            });
        }
        let (head, note) = receipt.split_once("\n\n").ok_or(Error::ReceiptShape)?;
        let mut lines = head.split('\n');
        if lines.next() != Some(HEADER) {
            return Err(Error::ReceiptShape);
        }
        let mut line = lines.next().ok_or(Error::ReceiptShape)?;
        let mut extra = None;
        if let Some(encoded) = line.strip_prefix("extra ") {
            extra = Some(text::unbase64(encoded).ok_or(Error::ReceiptExtra)?);
            line = lines.next().ok_or(Error::ReceiptShape)?;
        }
        let index = line.strip_prefix("index ").ok_or(Error::ReceiptShape)?;
        let index = text::decimal(index)?;
        // One more than allowed is enough to know, and bounds the work.
        let hashes = lines.take(PROOF_HASHES_MAX + 1).map(text::hash_line);
        let proof = hashes.collect::<Result<Vec<Hash>, Error>>()?;
        let receipt = Self::new(index, proof, Note::parse(note)?)?;
        match extra {
            None => Ok(receipt),
            Some(extra) => receipt.with_extra(extra),
        }
    }

    /// Extra data that nothing authenticates.
    #[must_use]
    pub fn extra(&self) -> Option<&[u8]> {
        self.extra.as_deref()
    }

    /// The claimed index of the leaf.
    #[must_use]
    pub const fn index(&self) -> u64 {
        self.index
    }

    /// The hashes from the leaf's sibling up.
    #[must_use]
    pub fn proof(&self) -> &[Hash] {
        &self.proof
    }

    /// The checkpoint as published, not yet verified.
    #[must_use]
    pub const fn note(&self) -> &Note {
        &self.checkpoint
    }

    /// Checks that these bytes are the leaf, and that the log signed a tree that holds it.
    ///
    /// # Errors
    /// What [`crate::checkpoint::open`] and [`verify_inclusion`] refuse.
    pub fn verify(&self, leaf: &[u8], log: &VerifierKey) -> Result<Checkpoint, Error> {
        Ok(self.verify_hash(&leaf_hash(leaf), log, &[])?.checkpoint)
    }

    /// The same for a leaf hash, with the known witnesses that cosigned the checkpoint.
    ///
    /// # Errors
    /// What [`open_note`] and [`verify_inclusion`] refuse.
    pub fn verify_hash(
        &self,
        leaf_hash: &Hash,
        log: &VerifierKey,
        witnesses: &[VerifierKey],
    ) -> Result<Opened, Error> {
        let opened = open_note(&self.checkpoint, log, witnesses)?;
        let (size, root) = (opened.checkpoint.size(), opened.checkpoint.root());
        verify_inclusion(self.index, size, leaf_hash, &self.proof, &root)?;
        Ok(opened)
    }
}

impl fmt::Display for Receipt {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{HEADER}")?;
        if let Some(extra) = &self.extra {
            writeln!(out, "extra {}", text::base64(extra))?;
        }
        writeln!(out, "index {}", self.index)?;
        for hash in &self.proof {
            writeln!(out, "{}", text::base64(hash))?;
        }
        write!(out, "\n{}", self.checkpoint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CosignerKey, SignerKey, checkpoint, tree};

    fn log() -> SignerKey {
        SignerKey::from_seed("log.example", [1; 32]).unwrap()
    }

    fn receipt(index: u64, size: u64) -> Receipt {
        let leaves: Vec<Hash> = (0..size).map(|at| leaf_hash(&at.to_be_bytes())).collect();
        let head = Checkpoint::new("log.example", size, tree::root(&leaves)).unwrap();
        let note = Note::parse(&checkpoint::sign(&head, &log()).unwrap()).unwrap();
        Receipt::new(index, tree::inclusion_proof(&leaves, index).unwrap(), note).unwrap()
    }

    #[test]
    fn a_receipt_proves_its_leaf_and_no_other() {
        let receipt = receipt(5, 11);
        let read = Receipt::parse(&receipt.to_string()).unwrap();
        assert_eq!(read, receipt);
        let key = log().verifier();
        assert_eq!(read.verify(&5_u64.to_be_bytes(), &key).unwrap().size(), 11);
        assert_eq!(
            read.verify(&6_u64.to_be_bytes(), &key),
            Err(ProofError::RootDiffers.into())
        );
        let other = SignerKey::from_seed("log.example", [2; 32])
            .unwrap()
            .verifier();
        assert_eq!(
            read.verify(&5_u64.to_be_bytes(), &other),
            Err(Error::SignatureMissing)
        );
    }

    #[test]
    fn a_lone_leaf_needs_no_hashes() {
        let text = receipt(0, 1).to_string();
        assert!(
            text.starts_with("c2sp.org/tlog-proof@v1\nindex 0\n\nlog.example\n1\n"),
            "{text}"
        );
        let read = Receipt::parse(&text).unwrap();
        assert!(read.verify(&0_u64.to_be_bytes(), &log().verifier()).is_ok());
    }

    #[test]
    fn extra_data_travels_along_and_proves_nothing() {
        let plain = receipt(2, 3);
        let with = plain.clone().with_extra(b"context".to_vec()).unwrap();
        let read = Receipt::parse(&with.to_string()).unwrap();
        assert_eq!(read.extra(), Some(b"context".as_slice()));
        assert!(read.verify(&2_u64.to_be_bytes(), &log().verifier()).is_ok());
        assert_eq!(
            plain.clone().with_extra(Vec::new()),
            Err(Error::ReceiptExtra)
        );
        assert!(plain.clone().with_extra(vec![1; EXTRA_BYTES_MAX]).is_ok());
        assert_eq!(
            plain.with_extra(vec![1; EXTRA_BYTES_MAX + 1]),
            Err(Error::ReceiptExtra)
        );
    }

    #[test]
    fn a_cosigned_receipt_names_its_witness() {
        let plain = receipt(2, 3);
        let witness = CosignerKey::from_seed("witness.example", [3; 32]).unwrap();
        let head = Checkpoint::parse(plain.note().text()).unwrap();
        let note = plain
            .note()
            .clone()
            .with_signature(witness.cosign(&head, 77).unwrap());
        let read = Receipt::new(2, plain.proof().to_vec(), note.unwrap()).unwrap();
        let hash = leaf_hash(&2_u64.to_be_bytes());
        let opened = read
            .verify_hash(&hash, &log().verifier(), &[witness.verifier()])
            .unwrap();
        assert_eq!(opened.cosigned[0].time_s, 77);
    }

    #[test]
    fn a_receipt_of_another_shape_is_refused() {
        let good = receipt(5, 11).to_string();
        let hash = text::base64(&[9; 32]);
        let many = format!(
            "index 5\n{}",
            format!("{hash}\n").repeat(PROOF_HASHES_MAX + 1)
        );
        for (wrong, error) in [
            (String::new(), Error::ReceiptShape),
            (good.replace("@v1", "@v2"), Error::ReceiptShape),
            (good.replace("index 5\n", ""), Error::ReceiptShape),
            (good.replace("index 5\n", "index 05\n"), Error::Number),
            (
                good.replace("index 5\n", "extra \nindex 5\n"),
                Error::ReceiptExtra,
            ),
            (
                good.replace("index 5\n", "extra !\nindex 5\n"),
                Error::ReceiptExtra,
            ),
            (
                good.replace("index 5\n", "extra AA==\n"),
                Error::ReceiptShape,
            ),
            (
                good.replace("index 5\n", "index 5\nAA==\n"),
                Error::HashLine,
            ),
            (good.replace("index 5\n", &many), ProofError::TooLong.into()),
            (format!("{good}\n"), Error::NoteShape),
        ] {
            assert_eq!(Receipt::parse(&wrong), Err(error), "{wrong}");
        }
        // A blank line too early moves the proof into the note, whose signature then fails.
        let early = Receipt::parse(&good.replace("index 5\n", "index 5\n\n")).unwrap();
        let invalid = Error::SignatureInvalid {
            name: "log.example".into(),
        };
        assert_eq!(
            early.verify(&5_u64.to_be_bytes(), &log().verifier()),
            Err(invalid)
        );
        assert!(Receipt::parse(&"a".repeat(RECEIPT_BYTES_MAX + 1)).is_err());
    }
}

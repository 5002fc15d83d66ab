//! Cosignatures of C2SP tlog-cosignature, type `0x04`: a witness saw this checkpoint.
//!
//! Invariant: the signed message starts with a line no note text of ours starts with, so a
//! cosignature is never a log's signature. Refuses times of 2^63 seconds and more. Whether the
//! checkpoint is consistent with the last one seen is for the witness to check before it signs.

use crate::note::{Secret, SignatureType};
use crate::{Checkpoint, Error, KeyName, NoteSignature, VerifierKey};

/// The latest time a cosignature can state, in seconds since 1970.
pub const TIME_S_MAX: u64 = (1 << 63) - 1;

const HEADER: &str = "cosignature/v1";

/// A witness's secret key: cosigns checkpoints, type `0x04`, and nothing else.
#[derive(Debug)]
pub struct CosignerKey(Secret);

impl CosignerKey {
    /// The key that grows from a 32-byte seed, which no other key may share.
    ///
    /// # Errors
    /// [`Error::KeyName`].
    pub fn from_seed(name: &str, seed: [u8; 32]) -> Result<Self, Error> {
        Secret::from_seed(name, SignatureType::CosignatureV1, seed).map(Self)
    }

    /// The name of the key.
    #[must_use]
    pub const fn name(&self) -> &KeyName {
        self.0.name()
    }

    /// The public half.
    #[must_use]
    pub fn verifier(&self) -> VerifierKey {
        self.0.verifier()
    }

    /// The statement that this checkpoint is the largest consistent one seen at `time_s`.
    ///
    /// # Errors
    /// [`Error::CosignatureTime`].
    pub fn cosign(&self, checkpoint: &Checkpoint, time_s: u64) -> Result<NoteSignature, Error> {
        if time_s > TIME_S_MAX {
            return Err(Error::CosignatureTime(time_s));
        }
        let message = message(&checkpoint.to_string(), time_s);
        Ok(self.0.signature(message.as_bytes(), &time_s.to_be_bytes()))
    }
}

/// What a cosignature signs: header, time, and the text of the note.
#[must_use]
pub fn message(note_text: &str, time_s: u64) -> String {
    format!("{HEADER}\ntime {time_s}\n{note_text}")
}

/// Time and Ed25519 signature of a cosignature.
pub(crate) fn split(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (time, signature) = bytes.split_first_chunk()?;
    let time_s = u64::from_be_bytes(*time);
    (time_s <= TIME_S_MAX).then_some((time_s, signature))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::{Cosigned, open_note, sign};
    use crate::{Note, SignerKey};

    fn head() -> Checkpoint {
        Checkpoint::new("log.example", 5, [7; 32]).unwrap()
    }

    fn log() -> SignerKey {
        SignerKey::from_seed("log.example", [1; 32]).unwrap()
    }

    fn witness(seed: u8) -> CosignerKey {
        CosignerKey::from_seed("witness.example", [seed; 32]).unwrap()
    }

    fn cosigned(signatures: &[NoteSignature]) -> Note {
        let note = Note::parse(&sign(&head(), &log()).unwrap()).unwrap();
        signatures
            .iter()
            .cloned()
            .fold(note, |note, one| note.with_signature(one).unwrap())
    }

    #[test]
    fn the_message_is_that_of_the_specification() {
        assert_eq!(
            message(
                "example.com/behind-the-sofa\n20852163\nroot\n",
                1_679_315_147
            ),
            "cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n20852163\nroot\n"
        );
    }

    #[test]
    fn the_cosignature_line_of_the_specification_states_its_time() {
        let line = "\u{2014} witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeol\
            MI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==";
        let signature = NoteSignature::parse(line).unwrap();
        let (time_s, ed25519) = split(signature.bytes()).unwrap();
        assert_eq!((time_s, ed25519.len()), (1_679_315_147, 64));
    }

    #[test]
    fn a_checkpoint_opens_with_the_witnesses_that_are_known() {
        let note = cosigned(&[
            witness(2).cosign(&head(), 1000).unwrap(),
            witness(3).cosign(&head(), 0).unwrap(),
            witness(4).cosign(&head(), TIME_S_MAX).unwrap(),
        ]);
        let note = Note::parse(&note.to_string()).unwrap();
        let known = [
            witness(4).verifier(),
            witness(2).verifier(),
            witness(9).verifier(),
        ];
        let opened = open_note(&note, &log().verifier(), &known).unwrap();
        assert_eq!(opened.checkpoint, head());
        let name = witness(2).name().clone();
        assert_eq!(
            opened.cosigned,
            [
                Cosigned {
                    name: name.clone(),
                    time_s: 1000
                },
                Cosigned {
                    name,
                    time_s: TIME_S_MAX
                }
            ]
        );
        assert!(
            open_note(&note, &log().verifier(), &[])
                .unwrap()
                .cosigned
                .is_empty()
        );
    }

    #[test]
    fn a_cosignature_of_another_head_or_time_rejects_the_note() {
        let other = Checkpoint::new("log.example", 6, [7; 32]).unwrap();
        let wrong_head = witness(2).cosign(&other, 1000).unwrap();
        let right = witness(2).cosign(&head(), 1000).unwrap();
        let mut bytes = right.bytes().to_vec();
        bytes[7] ^= 1;
        let rebuilt = |bytes| NoteSignature::new(right.name().clone(), right.key_id(), bytes);
        let wrong_time = rebuilt(bytes).unwrap();
        let late = rebuilt([u64::MAX.to_be_bytes().as_slice(), &right.bytes()[8..]].concat());
        let cut = rebuilt(right.bytes()[..7].to_vec());
        for wrong in [wrong_head, wrong_time, late.unwrap(), cut.unwrap()] {
            let note = cosigned(&[wrong]);
            let invalid = Error::SignatureInvalid {
                name: "witness.example".into(),
            };
            let known = [witness(2).verifier()];
            assert_eq!(open_note(&note, &log().verifier(), &known), Err(invalid));
        }
    }

    #[test]
    fn a_witness_cannot_stand_in_for_the_log_nor_the_log_for_a_witness() {
        let twin = CosignerKey::from_seed("log.example", [1; 32]).unwrap();
        let note = cosigned(&[twin.cosign(&head(), 1).unwrap()]);
        assert_eq!(
            open_note(&note, &twin.verifier(), &[]),
            Err(Error::KeyPurpose)
        );
        let logs = [log().verifier()];
        assert_eq!(
            open_note(&note, &log().verifier(), &logs),
            Err(Error::KeyPurpose)
        );
    }

    #[test]
    fn a_time_out_of_range_is_not_signed() {
        let time_s = TIME_S_MAX + 1;
        assert_eq!(
            witness(2).cosign(&head(), time_s),
            Err(Error::CosignatureTime(time_s))
        );
    }
}

//! Cosignatures of C2SP tlog-cosignature, types `0x04` and `0x06`: a witness saw this
//! checkpoint.
//!
//! Invariant: the signed message starts with a line no note text of ours starts with, so a
//! cosignature is never a log's signature. Refuses times of 2^63 seconds and more. Whether the
//! checkpoint is consistent with the last one seen is for the witness to check before it signs.

use crate::note::{Ed25519, MlDsa, Secret, SignatureType};
use crate::{Checkpoint, Error, KeyName, NoteSignature, VerifierKey};

/// The latest time a cosignature can state, in seconds since 1970.
pub const TIME_S_MAX: u64 = (1 << 63) - 1;

const HEADER: &str = "cosignature/v1";
/// Twelve bytes: a line and a zero, so that no text can start with them.
const SUBTREE_LABEL: &[u8; 12] = b"subtree/v1\n\0";

/// A witness's secret key: cosigns checkpoints by its one type, and nothing else.
#[derive(Debug)]
pub struct CosignerKey(Kind);

#[derive(Debug)]
enum Kind {
    Ed25519(Box<Secret<Ed25519>>),
    MlDsa44(Secret<MlDsa>),
}

impl CosignerKey {
    /// The Ed25519 key, type `0x04`, that grows from a 32-byte seed no other key may share.
    ///
    /// # Errors
    /// [`Error::KeyName`].
    pub fn from_seed(name: &str, seed: [u8; 32]) -> Result<Self, Error> {
        let secret = Secret::<Ed25519>::from_seed(name, SignatureType::CosignatureV1, seed)?;
        Ok(Self(Kind::Ed25519(Box::new(secret))))
    }

    /// The ML-DSA-44 key, type `0x06`, that grows from a 32-byte seed no other key may share.
    ///
    /// # Errors
    /// [`Error::KeyName`].
    pub fn ml_dsa_from_seed(name: &str, seed: [u8; 32]) -> Result<Self, Error> {
        Ok(Self(Kind::MlDsa44(Secret::<MlDsa>::from_seed(name, seed)?)))
    }

    /// The name of the key.
    #[must_use]
    pub const fn name(&self) -> &KeyName {
        match &self.0 {
            Kind::Ed25519(secret) => secret.name(),
            Kind::MlDsa44(secret) => secret.name(),
        }
    }

    /// The public half.
    #[must_use]
    pub fn verifier(&self) -> VerifierKey {
        match &self.0 {
            Kind::Ed25519(secret) => secret.verifier(),
            Kind::MlDsa44(secret) => secret.verifier(),
        }
    }

    /// The statement that this checkpoint is the largest consistent one seen at `time_s`.
    ///
    /// # Errors
    /// [`Error::CosignatureTime`], [`Error::SigningFailed`].
    pub fn cosign(&self, checkpoint: &Checkpoint, time_s: u64) -> Result<NoteSignature, Error> {
        if time_s > TIME_S_MAX {
            return Err(Error::CosignatureTime(time_s));
        }
        let prefix = time_s.to_be_bytes();
        match &self.0 {
            Kind::Ed25519(secret) => {
                let message = message(&checkpoint.to_string(), time_s);
                Ok(secret.signature(message.as_bytes(), &prefix))
            }
            Kind::MlDsa44(secret) => {
                let message = subtree_message(secret.name(), checkpoint, time_s)?;
                secret.signature(&message, &prefix)
            }
        }
    }
}

/// What a cosignature of type `0x04` signs: header, time, and the text of the note.
#[must_use]
pub fn message(note_text: &str, time_s: u64) -> String {
    format!("{HEADER}\ntime {time_s}\n{note_text}")
}

/// What a cosignature of type `0x06` signs: `cosigned_message` for a tree from its first leaf.
///
/// # Errors
/// [`Error::Origin`] if the name or the origin has more bytes than its one length byte can say.
pub fn subtree_message(
    cosigner: &KeyName,
    checkpoint: &Checkpoint,
    time_s: u64,
) -> Result<Vec<u8>, Error> {
    let mut message = SUBTREE_LABEL.to_vec();
    let mut opaque = |text: &str, then: &[u64]| {
        message.push(u8::try_from(text.len()).map_err(|_| Error::Origin)?);
        message.extend_from_slice(text.as_bytes());
        for number in then {
            message.extend_from_slice(&number.to_be_bytes());
        }
        Ok::<(), Error>(())
    };
    opaque(cosigner.as_str(), &[time_s])?;
    opaque(checkpoint.origin(), &[0, checkpoint.size()])?;
    message.extend_from_slice(&checkpoint.root());
    Ok(message)
}

/// Time and signature proper of a cosignature.
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
                    key_id: witness(2).verifier().id(),
                    time_s: 1000
                },
                Cosigned {
                    name,
                    key_id: witness(4).verifier().id(),
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

    fn pq_witness(seed: u8) -> CosignerKey {
        CosignerKey::ml_dsa_from_seed("witness.example", [seed; 32]).unwrap()
    }

    #[test]
    fn a_subtree_message_commits_to_name_time_origin_range_and_root() {
        let name = KeyName::new("w.example").unwrap();
        let message = subtree_message(&name, &head(), 0x0102).unwrap();
        let mut expected = b"subtree/v1\n\0\x09w.example\0\0\0\0\0\0\x01\x02".to_vec();
        expected.extend_from_slice(b"\x0blog.example");
        expected.extend_from_slice(&[0; 15]);
        expected.push(5);
        expected.extend_from_slice(&[7; 32]);
        assert_eq!(message, expected);
    }

    #[test]
    fn witnesses_of_both_types_cosign_one_note() {
        let lines = [
            witness(2).cosign(&head(), 1000).unwrap(),
            pq_witness(2).cosign(&head(), 1001).unwrap(),
        ];
        assert_eq!(
            lines[1].to_string().len(),
            "\u{2014} witness.example ".len() + 3244
        );
        let note = Note::parse(&cosigned(&lines).to_string()).unwrap();
        let known = [pq_witness(2).verifier(), witness(2).verifier()];
        let opened = open_note(&note, &log().verifier(), &known).unwrap();
        let seen: Vec<_> = opened
            .cosigned
            .iter()
            .map(|one| (one.key_id, one.time_s))
            .collect();
        assert_eq!(seen, [(known[1].id(), 1000), (known[0].id(), 1001)]);
    }

    #[test]
    fn an_ml_dsa_cosignature_of_another_name_origin_size_root_or_time_rejects_the_note() {
        let right = pq_witness(2).cosign(&head(), 1000).unwrap();
        let rebuilt = |name: &KeyName, bytes: Vec<u8>| {
            NoteSignature::new(name.clone(), pq_witness(2).verifier().id(), bytes).unwrap()
        };
        let of = |origin: &str, size, root| {
            let other = Checkpoint::new(origin, size, root).unwrap();
            pq_witness(2).cosign(&other, 1000).unwrap()
        };
        // The same key bytes under another name sign another message.
        let renamed = CosignerKey::ml_dsa_from_seed("other.example", [2; 32]).unwrap();
        let renamed = renamed.cosign(&head(), 1000).unwrap();
        let mut late = right.bytes().to_vec();
        late[7] ^= 1;
        for wrong in [
            of("log.exampl", 5, [7; 32]),
            of("log.example", 6, [7; 32]),
            of("log.example", 5, [8; 32]),
            rebuilt(right.name(), renamed.bytes().to_vec()),
            rebuilt(right.name(), late),
            rebuilt(right.name(), right.bytes()[..2427].to_vec()),
            rebuilt(right.name(), right.bytes()[..72].to_vec()),
        ] {
            let known = [pq_witness(2).verifier()];
            let invalid = Error::SignatureInvalid {
                name: "witness.example".into(),
            };
            let opened = open_note(&cosigned(&[wrong]), &log().verifier(), &known);
            assert_eq!(opened, Err(invalid));
        }
        let unknown = [CosignerKey::ml_dsa_from_seed("other.example", [2; 32])
            .unwrap()
            .verifier()];
        let opened = open_note(&cosigned(&[right]), &log().verifier(), &unknown).unwrap();
        assert!(opened.cosigned.is_empty());
    }

    #[test]
    fn a_note_has_room_for_as_many_large_cosignatures_as_it_may_carry() {
        let line = pq_witness(2).cosign(&head(), 1000).unwrap();
        let most = crate::note::SIGNATURES_MAX - 1;
        let note = cosigned(&vec![line; most]);
        assert_eq!(Note::parse(&note.to_string()), Ok(note));
    }

    #[test]
    fn a_witness_cannot_stand_in_for_the_log_nor_the_log_for_a_witness() {
        let twin = CosignerKey::from_seed("log.example", [1; 32]).unwrap();
        let note = cosigned(&[twin.cosign(&head(), 1).unwrap()]);
        assert_eq!(
            open_note(&note, &twin.verifier(), &[]),
            Err(Error::KeyPurpose)
        );
        let twin = CosignerKey::ml_dsa_from_seed("log.example", [1; 32]).unwrap();
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
        assert_eq!(
            pq_witness(2).cosign(&head(), time_s),
            Err(Error::CosignatureTime(time_s))
        );
        assert!(pq_witness(2).cosign(&head(), TIME_S_MAX).is_ok());
    }
}

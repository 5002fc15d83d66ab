//! The bytes of C2SP tlog-witness: the body of `add-checkpoint`, and the answers to it.
//!
//! Invariant: a request has one spelling, so what was read prints the same; an answer is one of
//! six. Refuses bodies above their limit before looking at them, more than 63 hashes, and an
//! answer whose status, type and body do not belong together.

use std::fmt;
use tlog::{Checkpoint, Hash, Note, NoteSignature, text};

/// The longest request body, in bytes.
pub const REQUEST_BYTES_MAX: usize = 64 * 1024;
/// The longest answer body, in bytes: a dozen of the largest cosignatures.
pub const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// The most hashes of a proof that a client may send.
pub const PROOF_LINES_MAX: usize = 63;
/// The type of a `409` body.
pub const SIZE_TYPE: &str = "text/x.tlog.size";
/// The type of all other bodies.
pub const TEXT_TYPE: &str = "text/plain; charset=utf-8";

/// What a log asks of a witness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    old: u64,
    proof: Vec<Hash>,
    note: Note,
    checkpoint: Checkpoint,
}

/// What a witness answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// `200`: these are its cosignatures.
    Cosigned(Vec<NoteSignature>),
    /// `400`: the request is not well formed, or its old size exceeds the new one.
    Malformed,
    /// `403`: no trusted key of the log has signed the checkpoint.
    SignatureRefused,
    /// `404`: the witness does not know the log.
    LogUnknown,
    /// `409`: the witness cosigned a tree of this size last, and the request is about another.
    Conflict {
        /// Leaves in the tree cosigned last.
        known_size: u64,
    },
    /// `422`: the proof does not prove that the tree only grew.
    ProofRefused,
}

/// Why bytes are not of this protocol. Who sent them must act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProtocolError {
    /// A body longer than its limit.
    TooLong {
        /// The limit.
        bytes_max: usize,
    },
    /// A body that is not UTF-8.
    Encoding,
    /// No old size line, no blank line, or no checkpoint.
    Shape,
    /// More than [`PROOF_LINES_MAX`] hashes.
    ProofTooLong,
    /// A line, note or checkpoint that does not read.
    Part(tlog::Error),
    /// A status that answers no `add-checkpoint`.
    Status(u16),
    /// A `409` without the size that should come with it.
    SizeMissing,
}

impl From<tlog::Error> for ProtocolError {
    fn from(error: tlog::Error) -> Self {
        Self::Part(error)
    }
}

impl fmt::Display for ProtocolError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { bytes_max } => write!(out, "the body exceeds `{bytes_max}` bytes"),
            Self::Encoding => out.write_str("the body is not utf-8"),
            Self::Shape => out.write_str("the body is not old size, proof, blank line, checkpoint"),
            Self::ProofTooLong => write!(out, "the proof has more than `{PROOF_LINES_MAX}` hashes"),
            Self::Part(error) => error.fmt(out),
            Self::Status(status) => write!(out, "status `{status}` is not an answer of a witness"),
            Self::SizeMissing => write!(out, "a `409` came without a size of type `{SIZE_TYPE}`"),
        }
    }
}

impl std::error::Error for ProtocolError {}

impl Request {
    /// A request by its parts.
    ///
    /// # Errors
    /// [`ProtocolError::ProofTooLong`], [`ProtocolError::TooLong`], or a note whose text is not
    /// a checkpoint.
    pub fn new(old: u64, proof: Vec<Hash>, note: Note) -> Result<Self, ProtocolError> {
        if proof.len() > PROOF_LINES_MAX {
            return Err(ProtocolError::ProofTooLong);
        }
        let checkpoint = Checkpoint::parse(note.text())?;
        let request = Self {
            old,
            proof,
            note,
            checkpoint,
        };
        let bytes_max = REQUEST_BYTES_MAX;
        if request.to_string().len() > bytes_max {
            return Err(ProtocolError::TooLong { bytes_max });
        }
        Ok(request)
    }

    /// Reads a body.
    ///
    /// # Errors
    /// What [`Request::new`] refuses, and every other spelling.
    pub fn parse(body: &[u8]) -> Result<Self, ProtocolError> {
        let body = utf8(body, REQUEST_BYTES_MAX)?;
        let (head, note) = body.split_once("\n\n").ok_or(ProtocolError::Shape)?;
        let mut lines = head.split('\n');
        let old = lines.next().and_then(|line| line.strip_prefix("old "));
        let old = text::decimal(old.ok_or(ProtocolError::Shape)?)?;
        // One more than allowed is enough to know, and bounds the work.
        let hashes = lines.take(PROOF_LINES_MAX + 1).map(text::hash_line);
        let proof = hashes.collect::<Result<Vec<Hash>, tlog::Error>>()?;
        Self::new(old, proof, Note::parse(note)?)
    }

    /// Leaves in the tree that the proof starts from.
    #[must_use]
    pub const fn old(&self) -> u64 {
        self.old
    }

    /// The proof that the old tree begins the new one.
    #[must_use]
    pub fn proof(&self) -> &[Hash] {
        &self.proof
    }

    /// The checkpoint with its signatures, none of them verified.
    #[must_use]
    pub const fn note(&self) -> &Note {
        &self.note
    }

    /// What the note says, unverified.
    #[must_use]
    pub const fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }
}

impl fmt::Display for Request {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "old {}", self.old)?;
        for hash in &self.proof {
            writeln!(out, "{}", text::base64(hash))?;
        }
        write!(out, "\n{}", self.note)
    }
}

impl Answer {
    /// The HTTP status.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::Cosigned(_) => 200,
            Self::Malformed => 400,
            Self::SignatureRefused => 403,
            Self::LogUnknown => 404,
            Self::Conflict { .. } => 409,
            Self::ProofRefused => 422,
        }
    }

    /// The type of the body.
    #[must_use]
    pub const fn content_type(&self) -> &'static str {
        match self {
            Self::Conflict { .. } => SIZE_TYPE,
            Self::Cosigned(_)
            | Self::Malformed
            | Self::SignatureRefused
            | Self::LogUnknown
            | Self::ProofRefused => TEXT_TYPE,
        }
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> String {
        match self {
            Self::Cosigned(lines) => lines.iter().map(|line| format!("{line}\n")).collect(),
            Self::Malformed => "the request is not well formed\n".into(),
            Self::SignatureRefused => "no trusted key of this log has signed\n".into(),
            Self::LogUnknown => "this witness does not know the log\n".into(),
            Self::Conflict { known_size } => format!("{known_size}\n"),
            Self::ProofRefused => "the proof does not show that the log only grew\n".into(),
        }
    }

    /// Reads an answer.
    ///
    /// # Errors
    /// [`ProtocolError`] when status, type and body are not an answer.
    pub fn read(
        status: u16,
        content_type: Option<&str>,
        body: &[u8],
    ) -> Result<Self, ProtocolError> {
        let body = utf8(body, ANSWER_BYTES_MAX);
        match status {
            200 => cosignatures(body?).map(Self::Cosigned),
            400 => Ok(Self::Malformed),
            403 => Ok(Self::SignatureRefused),
            404 => Ok(Self::LogUnknown),
            409 => {
                let body = body?;
                if content_type.map(str::trim) != Some(SIZE_TYPE) {
                    return Err(ProtocolError::SizeMissing);
                }
                let size = body.strip_suffix('\n').unwrap_or(body);
                let known_size = text::decimal(size).map_err(|_| ProtocolError::SizeMissing)?;
                Ok(Self::Conflict { known_size })
            }
            422 => Ok(Self::ProofRefused),
            status => Err(ProtocolError::Status(status)),
        }
    }
}

fn cosignatures(body: &str) -> Result<Vec<NoteSignature>, ProtocolError> {
    let lines = body.strip_suffix('\n').ok_or(ProtocolError::Shape)?;
    let lines = lines.split('\n').take(tlog::note::SIGNATURES_MAX);
    Ok(lines
        .map(NoteSignature::parse)
        .collect::<Result<_, tlog::Error>>()?)
}

fn utf8(body: &[u8], bytes_max: usize) -> Result<&str, ProtocolError> {
    if body.len() > bytes_max {
        return Err(ProtocolError::TooLong { bytes_max });
    }
    std::str::from_utf8(body).map_err(|_| ProtocolError::Encoding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tlog::{CosignerKey, SignerKey, checkpoint};

    fn head() -> Checkpoint {
        Checkpoint::new("log.example", 9, [7; 32]).unwrap()
    }

    fn note() -> Note {
        let key = SignerKey::from_seed("log.example", [1; 32]).unwrap();
        Note::parse(&checkpoint::sign(&head(), &key).unwrap()).unwrap()
    }

    fn line(seed: u8) -> NoteSignature {
        let key = CosignerKey::from_seed("witness.example", [seed; 32]).unwrap();
        key.cosign(&head(), 5).unwrap()
    }

    #[test]
    fn a_request_reads_what_it_writes() {
        for hashes in [0, 1, PROOF_LINES_MAX] {
            let request = Request::new(5, vec![[3; 32]; hashes], note()).unwrap();
            let written = request.to_string();
            assert!(written.starts_with("old 5\n"), "{written}");
            assert_eq!(Request::parse(written.as_bytes()), Ok(request));
        }
    }

    #[test]
    fn a_request_of_another_spelling_is_refused() {
        let good = Request::new(5, vec![[3; 32]], note()).unwrap().to_string();
        let hash = format!("{}\n", text::base64(&[3; 32]));
        let many = hash.repeat(PROOF_LINES_MAX + 1);
        let part = ProtocolError::Part;
        for (body, error) in [
            (String::new(), ProtocolError::Shape),
            ("old 5\n".into(), ProtocolError::Shape),
            (good.replace("old 5", "5"), ProtocolError::Shape),
            (good.replace("old 5", "Old 5"), ProtocolError::Shape),
            (good.replace("old 5", "old 05"), part(tlog::Error::Number)),
            (good.replace("old 5", "old -5"), part(tlog::Error::Number)),
            (good.replace("old 5", "old  5"), part(tlog::Error::Number)),
            (good.replace("old 5", "old 5\r"), part(tlog::Error::Number)),
            (good.replace(&hash, "AAAA\n"), part(tlog::Error::HashLine)),
            (good.replace(&hash, &many), ProtocolError::ProofTooLong),
            (
                good.replace("\n9\n", "\n9\n9\n"),
                part(tlog::Error::CheckpointShape),
            ),
            (good.trim_end().into(), part(tlog::Error::NoteShape)),
        ] {
            assert_eq!(Request::parse(body.as_bytes()), Err(error), "{body}");
        }
        let not_text = [good.as_bytes(), &[0xff]].concat();
        assert_eq!(Request::parse(&not_text), Err(ProtocolError::Encoding));
        let bytes_max = REQUEST_BYTES_MAX;
        let long = vec![b'a'; bytes_max + 1];
        assert_eq!(
            Request::parse(&long),
            Err(ProtocolError::TooLong { bytes_max })
        );
    }

    #[test]
    fn a_request_that_would_be_too_long_is_not_made() {
        let key = CosignerKey::ml_dsa_from_seed("witness.example", [1; 32]).unwrap();
        let line = key.cosign(&head(), 5).unwrap();
        let long = (0..25).fold(note(), |note, _| note.with_signature(line.clone()).unwrap());
        let bytes_max = REQUEST_BYTES_MAX;
        assert_eq!(
            Request::new(5, Vec::new(), long),
            Err(ProtocolError::TooLong { bytes_max })
        );
    }

    #[test]
    fn every_answer_reads_what_it_writes() {
        for (answer, status) in [
            (Answer::Cosigned(vec![line(1), line(2)]), 200),
            (Answer::Malformed, 400),
            (Answer::SignatureRefused, 403),
            (Answer::LogUnknown, 404),
            (Answer::Conflict { known_size: 17 }, 409),
            (Answer::ProofRefused, 422),
        ] {
            assert_eq!(answer.status(), status);
            let body = answer.body();
            let read = Answer::read(status, Some(answer.content_type()), body.as_bytes());
            assert_eq!(read, Ok(answer));
        }
    }

    #[test]
    fn an_answer_whose_parts_do_not_belong_together_is_refused() {
        let missing = Err(ProtocolError::SizeMissing);
        assert_eq!(Answer::read(409, Some("text/plain"), b"17\n"), missing);
        assert_eq!(Answer::read(409, None, b"17\n"), missing);
        assert_eq!(Answer::read(409, Some(SIZE_TYPE), b"017\n"), missing);
        assert_eq!(Answer::read(409, Some(SIZE_TYPE), b""), missing);
        assert_eq!(
            Answer::read(500, None, b""),
            Err(ProtocolError::Status(500))
        );
        assert_eq!(Answer::read(200, None, b""), Err(ProtocolError::Shape));
        let unfinished = line(1).to_string();
        assert_eq!(
            Answer::read(200, None, unfinished.as_bytes()),
            Err(ProtocolError::Shape)
        );
        let part = ProtocolError::Part(tlog::Error::SignatureLine);
        assert_eq!(Answer::read(200, None, b"hello\n"), Err(part));
        let bytes_max = ANSWER_BYTES_MAX;
        assert_eq!(
            Answer::read(200, None, &vec![b'a'; bytes_max + 1]),
            Err(ProtocolError::TooLong { bytes_max })
        );
    }
}

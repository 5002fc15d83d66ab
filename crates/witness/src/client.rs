//! Asking witnesses: one, or as many as a policy has.
//!
//! Invariant: a cosignature is handed on only after it was verified against the key that the
//! policy names and the very checkpoint that was sent. Refuses `https` addresses: TLS is for a
//! proxy on this machine, which also fits a network that lets nothing else out.

mod error;
mod gather;

pub use error::{ClientError, ProofUnavailable};
pub use gather::{Gathered, gather};

use crate::protocol::{ANSWER_BYTES_MAX, Answer, ProtocolError, Request};
use crate::wire::{HEADERS_MAX, Wire, WireError, fields};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};
use tlog::{Checkpoint, Hash, Note, NoteSignature, Statement, VerifierKey};

/// The time that one witness may take, unless the caller says otherwise.
pub const ANSWER_TIME_MAX: Duration = Duration::from_secs(10);
/// How often a witness is asked about one checkpoint: again after it told its size.
const ATTEMPTS_MAX: usize = 2;

/// Makes the proof from an older size to that of the checkpoint.
pub type ProofSource<'a> = dyn Fn(u64) -> Result<Vec<Hash>, ProofUnavailable> + Sync + 'a;

/// Asks the witness at `url` to cosign, and returns its verified cosignatures.
///
/// `keys` are those known to be this witness's; `known_size` is the size it cosigned last, as
/// far as the caller remembers. If it remembers another, a new proof is made and it is asked once
/// more. Looking up the name of a host may take longer than `time_max`, nothing else does.
///
/// # Errors
/// [`ClientError`], by who must act.
pub fn add_checkpoint(
    url: &str,
    keys: &[VerifierKey],
    known_size: u64,
    note: &Note,
    proofs: &ProofSource<'_>,
    time_max: Duration,
) -> Result<Vec<NoteSignature>, ClientError> {
    let address = Address::parse(url)?;
    let checkpoint = Checkpoint::parse(note.text())?;
    let deadline = Instant::now().checked_add(time_max);
    let mut old = known_size.min(checkpoint.size());
    for _ in 0..ATTEMPTS_MAX {
        let request = request(old, &checkpoint, note, proofs)?;
        let left = deadline.map_or(Duration::ZERO, |end| {
            end.saturating_duration_since(Instant::now())
        });
        let of_size = old == checkpoint.size();
        let known_size = match address.ask(&request, left) {
            Ok(Answer::Cosigned(lines)) => return verified(lines, keys, note),
            Ok(Answer::Conflict { known_size }) => known_size,
            // Witnesses differ in how they say that the roots of equal sizes differ; with equal
            // sizes and no proof nothing else can be meant.
            Ok(Answer::ProofRefused) | Err(ClientError::Protocol(ProtocolError::SizeMissing))
                if of_size =>
            {
                old
            }
            Ok(
                refused @ (Answer::Malformed
                | Answer::SignatureRefused
                | Answer::LogUnknown
                | Answer::ProofRefused),
            ) => {
                let status = refused.status();
                return Err(ClientError::Refused { status });
            }
            Err(error) => return Err(error),
        };
        if known_size > checkpoint.size() {
            return Err(ClientError::WitnessAhead { known_size });
        }
        if known_size == old {
            return Err(if of_size {
                ClientError::OtherTree { known_size }
            } else {
                ClientError::Protocol(ProtocolError::Status(409))
            });
        }
        old = known_size;
    }
    Err(ClientError::WitnessMoved)
}

/// Only the lines of the log go out: a witness needs no others, and its bodies are bounded.
fn request(
    old: u64,
    checkpoint: &Checkpoint,
    note: &Note,
    proofs: &ProofSource<'_>,
) -> Result<Request, ClientError> {
    let proof = if old == 0 || old == checkpoint.size() {
        Vec::new()
    } else {
        proofs(old).map_err(ClientError::Proof)?
    };
    let of_log = |line: &&NoteSignature| line.name().as_str() == checkpoint.origin();
    let lines = note.signatures().iter().filter(of_log).cloned().collect();
    let note = Note::new(note.text().to_owned(), lines)?;
    Request::new(old, proof, note).map_err(ClientError::Protocol)
}

/// The lines of known keys, each of them checked; lines of unknown keys are dropped.
fn verified(
    lines: Vec<NoteSignature>,
    keys: &[VerifierKey],
    note: &Note,
) -> Result<Vec<NoteSignature>, ClientError> {
    let mut good: Vec<NoteSignature> = Vec::new();
    for line in lines {
        let Some(key) = keys.iter().find(|key| key.made(&line)) else {
            continue;
        };
        let statement = key.verify(note.text(), &line);
        match statement.map_err(ClientError::CosignatureWrong)? {
            // Time zero says that the tree need not be the largest one seen (tlog-cosignature).
            Statement::Signed | Statement::Cosigned { time_s: 0 } => {
                return Err(ClientError::CosignatureWeak);
            }
            Statement::Cosigned { .. } => {}
        }
        if !good.iter().any(|earlier| key.made(earlier)) {
            good.push(line);
        }
    }
    if good.is_empty() {
        return Err(ClientError::CosignatureMissing);
    }
    Ok(good)
}

/// Where a witness listens.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Address {
    /// Host and port, as the `Host` line has them.
    authority: String,
    /// The submission prefix without a slash at its end.
    prefix: String,
}

impl Address {
    fn parse(url: &str) -> Result<Self, ClientError> {
        if url.starts_with("https://") {
            return Err(ClientError::Https);
        }
        let rest = url.strip_prefix("http://").ok_or(ClientError::Url)?;
        let refused = |c: char| !c.is_ascii_graphic() || matches!(c, '?' | '#' | '@' | '\\');
        if rest.contains(refused) {
            return Err(ClientError::Url);
        }
        let (authority, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if authority.is_empty() || authority.starts_with(':') {
            return Err(ClientError::Url);
        }
        let prefix = prefix.trim_end_matches('/');
        Ok(Self {
            authority: authority.to_owned(),
            prefix: if prefix.is_empty() {
                String::new()
            } else {
                format!("/{prefix}")
            },
        })
    }

    fn connect(&self, time_max: Duration) -> Result<TcpStream, ClientError> {
        let has_port = self
            .authority
            .rsplit_once(':')
            .is_some_and(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
        let target = if has_port {
            self.authority.clone()
        } else {
            format!("{}:80", self.authority)
        };
        let unreachable = |error: std::io::Error| ClientError::Unreachable {
            why: error.to_string(),
        };
        let mut last = ClientError::Unreachable {
            why: "the host has no address".into(),
        };
        for address in target.to_socket_addrs().map_err(unreachable)? {
            match TcpStream::connect_timeout(&address, time_max) {
                Ok(stream) => return Ok(stream),
                Err(error) => last = unreachable(error),
            }
        }
        Err(last)
    }

    fn ask(&self, request: &Request, time_max: Duration) -> Result<Answer, ClientError> {
        if time_max.is_zero() {
            return Err(ClientError::Wire(WireError::Late.to_string()));
        }
        let started = Instant::now();
        let stream = self.connect(time_max)?;
        let wire = Wire::new(stream, time_max.saturating_sub(started.elapsed()));
        let (status, content_type, body) = self
            .exchange(wire, &request.to_string())
            .map_err(|error| ClientError::Wire(error.to_string()))?;
        Answer::read(status, content_type.as_deref(), &body).map_err(ClientError::Protocol)
    }

    fn exchange(
        &self,
        mut wire: Wire,
        body: &str,
    ) -> Result<(u16, Option<String>, Vec<u8>), WireError> {
        let message = format!(
            "POST {}/add-checkpoint HTTP/1.1\r\nhost: {}\r\ncontent-type: text/plain\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n{body}",
            self.prefix,
            self.authority,
            body.len()
        );
        wire.write(message.as_bytes())?;
        let head = wire.head()?;
        let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
        let mut response = httparse::Response::new(&mut headers);
        let parsed = response.parse(&head);
        let (Ok(httparse::Status::Complete(_)), Some(status), Some(minor)) =
            (parsed, response.code, response.version)
        else {
            return Err(WireError::Malformed);
        };
        let fields = fields(response.headers, minor)?;
        let body = wire.body(fields.length, ANSWER_BYTES_MAX)?;
        Ok((status, fields.content_type, body))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_host_and_perhaps_a_prefix() {
        for (url, authority, prefix) in [
            ("http://w.example", "w.example", ""),
            ("http://w.example/", "w.example", ""),
            ("http://w.example:8080/a/b/", "w.example:8080", "/a/b"),
            ("http://[::1]:80/a", "[::1]:80", "/a"),
        ] {
            let address = Address::parse(url).unwrap();
            assert_eq!(
                (address.authority.as_str(), address.prefix.as_str()),
                (authority, prefix)
            );
        }
        for url in [
            "w.example",
            "http://",
            "http:///a",
            "http://:80",
            "http://a@b",
            "http://a?b",
            "http://a b",
            "http://a\r\nx: y",
            "ftp://a",
        ] {
            assert_eq!(Address::parse(url), Err(ClientError::Url), "{url}");
        }
        assert_eq!(Address::parse("https://a"), Err(ClientError::Https));
    }
}

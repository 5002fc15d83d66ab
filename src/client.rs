//! Asking a ledger over HTTP, with requests signed by a key file.
//!
//! Invariant: what is answered is given as it came, whatever its status; nothing longer than the
//! limit is read. Refuses: to follow redirects.

use crate::fetch;
use crate::office::{WallClock, random};
use app::ports::Clock as _;
use ed25519_dalek::SigningKey;
use serde::Deserialize;
use std::fmt;
use std::time::Duration;
use tlog::{Checkpoint, Note};
use web::signature::{ToSign, sign};

/// The longest answer that is read, in bytes.
const ANSWER_BYTES_MAX: u64 = 64 * 1_024 * 1_024;

/// Who signs requests.
pub struct Caller<'a> {
    /// `officer:ID` or `org:ID`.
    pub keyid: String,
    /// The key on record.
    pub key: &'a SigningKey,
}

/// An answer, whatever its status.
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The media type.
    pub media_type: String,
    /// After how long to ask again, where the server says so.
    pub retry_after: Option<Duration>,
    /// The body.
    pub body: Vec<u8>,
}

/// What became of signed bytes at a server.
pub enum Submitted {
    /// An entry that is durable there.
    Entered(Entered),
    /// Refused, which is an entry too: the same bytes are refused for ever.
    Refused(Refused),
    /// Neither: a problem, or an answer that is not of this interface or of other bytes.
    Unanswered(Answer),
}

/// An entry that is durable.
#[derive(Deserialize)]
pub struct Entered {
    /// Its number.
    pub entry: u64,
    /// How each row of a report fared; empty where the entry is not new.
    #[serde(default)]
    pub rows: Vec<Fate>,
    /// Whether the same bytes came before.
    #[serde(skip)]
    pub known: bool,
    digest: String,
}

/// How a row fared.
#[derive(Deserialize)]
pub struct Fate {
    /// Its word.
    pub fate: String,
    /// Why it was refused: the code.
    pub code: Option<String>,
}

/// A refusal that is an entry.
#[derive(Deserialize)]
pub struct Refused {
    /// Its number.
    pub entry: u64,
    /// Why.
    pub refusal: Why,
}

/// Why something was refused.
#[derive(Deserialize)]
pub struct Why {
    /// The code.
    pub code: String,
    /// Where the fault lies.
    pub detail: String,
}

impl Submitted {
    fn of(bytes: &[u8], answer: Answer) -> Self {
        let read = match answer.status {
            200 | 201 => {
                let entered = serde_json::from_slice::<Entered>(&answer.body).ok();
                let digest = intake::digest(bytes).to_string();
                let ours = entered.filter(|entered| entered.digest == digest);
                ours.map(|entered| {
                    let known = answer.status == 200;
                    Self::Entered(Entered { known, ..entered })
                })
            }
            422 => serde_json::from_slice(&answer.body).ok().map(Self::Refused),
            _ => None,
        };
        read.unwrap_or(Self::Unanswered(answer))
    }
}

/// Why nothing was answered.
#[derive(Debug)]
pub struct ClientError(String);

impl fmt::Display for ClientError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A ledger's server.
pub struct Client {
    base: String,
    agent: ureq::Agent,
}

impl Client {
    /// The server at an address, as `https://henan.example`.
    pub fn open(base: &str) -> Result<Self, ClientError> {
        let base = base.trim_end_matches('/');
        let rest = base
            .strip_prefix("https://")
            .or_else(|| base.strip_prefix("http://"));
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
        if rest.is_none_or(|rest| rest.is_empty() || !rest.bytes().all(plain)) {
            return Err(ClientError(format!(
                "`{base}` is not an address like https://henan.example"
            )));
        }
        Ok(Self {
            base: base.to_owned(),
            agent: fetch::agent(false),
        })
    }

    fn authority(&self) -> &str {
        self.base
            .split_once("://")
            .map_or("", |(_, authority)| authority)
    }

    /// Asks; signed where somebody is named.
    pub fn ask(
        &self,
        method: &str,
        target: &str,
        body: Option<(&str, &[u8])>,
        caller: Option<&Caller<'_>>,
    ) -> Result<Answer, ClientError> {
        let fault = |error: &dyn fmt::Display| ClientError(format!("{}: {error}", self.base));
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{target}", self.base));
        if let Some(caller) = caller {
            let entropy = random().map_err(|error| fault(&error))?;
            let (nonce, _) = entropy
                .split_first_chunk()
                .ok_or_else(|| fault(&"no randomness"))?;
            let to_sign = ToSign {
                method,
                authority: self.authority(),
                target,
                body,
                keyid: &caller.keyid,
                created: WallClock.now().as_unix(),
                nonce: *nonce,
            };
            for (name, value) in sign(&to_sign, caller.key) {
                request = request.header(name, value);
            }
        }
        let answer = match body {
            Some((kind, bytes)) => {
                let request = request.header("content-type", kind).body(bytes);
                self.agent.run(request.map_err(|error| fault(&error))?)
            }
            None => self
                .agent
                .run(request.body(()).map_err(|error| fault(&error))?),
        };
        let mut answer = answer.map_err(|error| fault(&error))?;
        let media_type = answer.headers().get("content-type");
        let media_type = media_type
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let (status, media_type) = (answer.status().as_u16(), media_type.to_owned());
        let later = answer.headers().get("retry-after");
        let later = later.and_then(|value| value.to_str().ok()?.parse().ok());
        let read = answer.body_mut().with_config().limit(ANSWER_BYTES_MAX);
        let body = read.read_to_vec().map_err(|error| fault(&error))?;
        Ok(Answer {
            status,
            media_type,
            retry_after: later.map(Duration::from_secs),
            body,
        })
    }

    /// Submits signed bytes.
    pub fn submit(
        &self,
        bytes: &[u8],
        caller: Option<&Caller<'_>>,
    ) -> Result<Submitted, ClientError> {
        let body = Some(("application/cose", bytes));
        let answer = self.ask("POST", "/api/v1/submissions", body, caller)?;
        Ok(Submitted::of(bytes, answer))
    }

    /// The newest checkpoint, and the signed note that it was read from.
    pub fn head(&self) -> Result<(Checkpoint, String), ClientError> {
        let answer = self.ask("GET", "/api/v1/checkpoint", None, None)?;
        let text = String::from_utf8(answer.body).unwrap_or_default();
        let head = Note::parse(&text).ok();
        let head = head.and_then(|note| Checkpoint::parse(note.text()).ok());
        let none = || ClientError(format!("{}: no checkpoint is published there", self.base));
        Ok((head.ok_or_else(none)?, text))
    }

    /// The origin of the ledger: the first line of its checkpoint.
    pub fn origin(&self) -> Result<String, ClientError> {
        Ok(self.head()?.0.origin().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn submitted(status: u16, body: &str) -> Submitted {
        let answer = Answer {
            status,
            media_type: "application/json".to_owned(),
            retry_after: None,
            body: body.as_bytes().to_vec(),
        };
        Submitted::of(b"signed", answer)
    }

    #[test]
    fn an_entry_of_these_very_bytes_is_one_and_nothing_else_is() {
        let digest = intake::digest(b"signed");
        let body = format!(
            r#"{{"entry":7,"digest":"{digest}","at":null,"refusal":null,
                "rows":[{{"fate":"refused","code":"EVIDENCE_STALE","help":"x"}}]}}"#
        );
        for (status, before) in [(201, false), (200, true)] {
            let Submitted::Entered(entered) = submitted(status, &body) else {
                panic!("{status}");
            };
            assert_eq!((entered.entry, entered.known), (7, before));
            assert_eq!(entered.rows[0].code.as_deref(), Some("EVIDENCE_STALE"));
        }
        let other = body.replace(&digest.to_string(), &"ab".repeat(32));
        for (status, body) in [(201, "{}"), (201, &*other), (503, &*body)] {
            let answer = submitted(status, body);
            assert!(
                matches!(answer, Submitted::Unanswered(_)),
                "{status} {body}"
            );
        }
    }

    #[test]
    fn a_refusal_with_a_number_is_an_entry_and_a_problem_without_one_is_not() {
        let refused = r#"{"type":"/problems/refused","entry":8,
            "refusal":{"code":"EVIDENCE_STALE","detail":"d","help":"h"}}"#;
        let Submitted::Refused(refused) = submitted(422, refused) else {
            panic!("no refusal");
        };
        assert_eq!((refused.entry, &*refused.refusal.detail), (8, "d"));
        let problem = submitted(422, r#"{"type":"/problems/not-signed"}"#);
        assert!(matches!(problem, Submitted::Unanswered(_)));
    }
}

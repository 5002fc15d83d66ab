//! Asking a ledger over HTTP, with requests signed by a key file.
//!
//! Invariant: what is answered is given as it came, whatever its status; nothing longer than the
//! limit is read. Refuses: to follow redirects.

use crate::fetch;
use crate::office::{WallClock, random};
use app::ports::Clock as _;
use ed25519_dalek::SigningKey;
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

//! Where the parts of a report go: into the ledger of this machine, or to a ledger's server.
//!
//! Invariant: a receipt is told only of what is durable; a server that is busy is asked again, with the
//! same bytes, when it says so. Refuses: to ask for ever.

use super::context::Context;
use super::error::{CliError, Done};
use super::remote;
use crate::client::{Answer, Client};
use crate::office::Office;
use app::ledger::Receipt;
use domain::ids::ActDigest;
use domain::machine::{RowResult, RowTaken};
use domain::refusal::{Code, Refusal};
use serde::Deserialize;
use std::time::Duration;

/// How often a part is sent before its sender gives up.
const TRIES_MAX: u32 = 10;
/// The longest pause that a server may ask for.
const PAUSE_MAX: Duration = Duration::from_secs(60);

/// Where parts go.
pub enum Sink {
    /// The data directory of this machine.
    Office(Box<Office>),
    /// A ledger's server.
    Server(Client),
}

/// What a server says of a part that is an entry.
#[derive(Deserialize)]
struct Entered {
    entry: u64,
    digest: String,
    #[serde(default)]
    rows: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    fate: String,
    code: Option<String>,
}

/// The problem `refused`: that, too, is an entry.
#[derive(Deserialize)]
struct Refused {
    entry: u64,
    refusal: RefusalText,
}

#[derive(Deserialize)]
struct RefusalText {
    code: String,
    detail: String,
}

fn code(word: &str) -> Option<Code> {
    word.parse().ok()
}

fn row(row: &Row) -> Option<RowResult> {
    if let Some(word) = &row.code {
        return code(word).map(Err);
    }
    let mut all = RowTaken::ALL.iter().copied();
    all.find(|taken| taken.word() == row.fate).map(Ok)
}

/// The receipt that an answer speaks of; none where it is no answer of that kind.
fn receipt(answer: &Answer) -> Option<Receipt> {
    let blank = |digest: ActDigest, seq| Receipt {
        digest,
        seq,
        known: answer.status == 200,
        leaf: None,
        refusal: None,
        permits: Vec::new(),
        rows: Vec::new(),
        notices: 0,
    };
    match answer.status {
        200 | 201 => {
            let entered: Entered = serde_json::from_slice(&answer.body).ok()?;
            let rows = entered.rows.iter().map(row).collect::<Option<Vec<_>>>()?;
            Some(Receipt {
                rows,
                ..blank(entered.digest.parse().ok()?, entered.entry)
            })
        }
        422 => {
            let refused: Refused = serde_json::from_slice(&answer.body).ok()?;
            let why = Refusal::new(code(&refused.refusal.code)?, refused.refusal.detail);
            Some(Receipt {
                refusal: Some(why),
                ..blank(ActDigest::from_bytes([0; 32]), refused.entry)
            })
        }
        _ => None,
    }
}

impl Sink {
    /// Opens the server that is named, or the data directory of the context.
    pub fn open(cx: &Context, server: Option<&str>) -> Done<Self> {
        Ok(match server {
            Some(address) => Self::Server(Client::open(address)?),
            None => Self::Office(Box::new(cx.office()?)),
        })
    }

    /// Gives a part; the receipt says what became of it.
    pub fn put(&mut self, cx: &Context, index: u32, bytes: Vec<u8>) -> Done<Receipt> {
        match self {
            Self::Office(office) => {
                let receipt = office.submit(cx.now(), vec![bytes])?.pop();
                receipt.ok_or_else(|| {
                    CliError::System(format!("the ledger gave no answer to part {index}"))
                })
            }
            Self::Server(client) => send(cx, client, index, &bytes),
        }
    }

    /// Lets go in good order.
    pub fn close(self) -> Done {
        match self {
            Self::Office(office) => Ok(office.close()?),
            Self::Server(_) => Ok(()),
        }
    }
}

fn send(cx: &Context, client: &Client, index: u32, bytes: &[u8]) -> Done<Receipt> {
    let body = Some(("application/cose", bytes));
    let mut tries = 1;
    loop {
        let answer = client.ask("POST", "/api/v1/submissions", body, None)?;
        if let Some(receipt) = receipt(&answer) {
            return Ok(receipt);
        }
        let Some(pause) = answer.retry_after.filter(|_| tries < TRIES_MAX) else {
            let problem = serde_json::from_slice(&answer.body).unwrap_or_default();
            let error = match answer.status {
                400.. => remote::answered(answer.status, &problem),
                _ => CliError::System(format!(
                    "the answer to part {index} is not that of a ledger\nhelp: check the address"
                )),
            };
            cx.aside(&format!(
                "part {index} was not taken; what came before is in the ledger: push again"
            ));
            return Err(error);
        };
        tries += 1;
        #[expect(
            clippy::disallowed_methods,
            reason = "a busy server says when to come back"
        )]
        std::thread::sleep(pause.min(PAUSE_MAX));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        Answer {
            status,
            media_type: "application/json".to_owned(),
            retry_after: None,
            body: body.as_bytes().to_vec(),
        }
    }

    #[test]
    fn an_answer_of_a_ledger_is_a_receipt_and_nothing_else_is() {
        let digest = "ab".repeat(32);
        let entered = format!(
            r#"{{"entry":7,"digest":"{digest}","at":null,"refusal":null,"rows":[
                {{"fate":"recorded","code":null,"help":null}},
                {{"fate":"refused","code":"EVIDENCE_STALE","help":"x"}}]}}"#
        );
        let new = receipt(&answer(201, &entered)).unwrap();
        assert_eq!((new.seq, new.known), (7, false));
        let stale = "EVIDENCE_STALE".parse().unwrap();
        assert_eq!(new.rows, [Ok(RowTaken::Recorded), Err(stale)]);
        assert!(receipt(&answer(200, &entered)).unwrap().known);
        let refused = r#"{"type":"/problems/refused","entry":8,
            "refusal":{"code":"EVIDENCE_STALE","detail":"d","help":"h"}}"#;
        let refused = receipt(&answer(422, refused)).unwrap();
        assert_eq!(refused.seq, 8);
        assert_eq!(refused.refusal, Some(Refusal::new(stale, "d")));
        for (status, body) in [
            (201, "{}"),
            (201, entered.replace("recorded", "believed").as_str()),
            (422, r#"{"type":"/problems/not-signed"}"#),
            (503, entered.as_str()),
        ] {
            assert!(receipt(&answer(status, body)).is_none(), "{status} {body}");
        }
    }
}

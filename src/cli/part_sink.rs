//! Where the parts of a report go: into the ledger of this machine, or to a ledger's server.
//!
//! Invariant: a receipt is told only of what is durable; a server that is busy is asked again, with the
//! same bytes, when it says so. Refuses: to ask for ever.

use super::context::Context;
use super::error::{CliError, Done};
use super::remote::{self, strange};
use crate::client::{Client, Fate, Submitted, Why};
use crate::office::Office;
use app::ledger::Receipt;
use domain::machine::{RowResult, RowTaken};
use domain::refusal::Refusal;
use std::time::Duration;

/// How often a part is sent before its sender gives up.
const TRIES_MAX: u32 = 10;
/// A longer pause than this is not waited for: the sender is told when to come back.
const WORTH_WAITING: Duration = Duration::from_secs(900);
/// The longest pause that is made before the next try.
const PAUSE_MAX: Duration = Duration::from_secs(60);

/// Where parts go.
pub enum Sink {
    /// The data directory of this machine.
    Office(Box<Office>),
    /// A ledger's server.
    Server(Client),
}

fn row(fate: &Fate) -> Done<RowResult> {
    let mut all = RowTaken::ALL.iter().copied();
    let read = match &fate.code {
        Some(code) => code.parse().ok().map(Err),
        None => all.find(|taken| taken.word() == fate.fate).map(Ok),
    };
    read.ok_or_else(|| strange(format!("a row that is `{}`", fate.fate)))
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
    let mut receipt = Receipt {
        digest: intake::digest(bytes),
        seq: 0,
        known: false,
        leaf: None,
        refusal: None,
        permits: Vec::new(),
        rows: Vec::new(),
        notices: 0,
    };
    let mut tries = 1;
    loop {
        let answer = match client.submit(bytes, None)? {
            Submitted::Entered(entered) => {
                receipt.seq = entered.entry;
                receipt.known = entered.known;
                receipt.rows = entered.rows.iter().map(row).collect::<Done<_>>()?;
                return Ok(receipt);
            }
            Submitted::Refused(refused) => {
                let Why { code, detail } = refused.refusal;
                let code = code
                    .parse()
                    .map_err(|_| strange(format!("a code `{code}`")))?;
                receipt.seq = refused.entry;
                receipt.refusal = Some(Refusal::new(code, detail));
                return Ok(receipt);
            }
            Submitted::Unanswered(answer) => answer,
        };
        if let Some(pause) = answer.retry_after.filter(|pause| *pause > WORTH_WAITING) {
            let minutes = pause.as_secs().div_ceil(60);
            cx.aside(&format!(
                "part {index} was not taken, and the server takes it in {} h {} min at the earliest; \
                 what came before is in the ledger: push again then with `--from-part {index}`",
                minutes / 60,
                minutes % 60
            ));
            return Err(remote::unanswered(&answer));
        }
        let Some(pause) = answer.retry_after.filter(|_| tries < TRIES_MAX) else {
            cx.aside(&format!(
                "part {index} was not taken; what came before is in the ledger: push again"
            ));
            return Err(remote::unanswered(&answer));
        };
        tries += 1;
        #[expect(
            clippy::disallowed_methods,
            reason = "a busy server says when to come back"
        )]
        std::thread::sleep(pause.min(PAUSE_MAX));
    }
}

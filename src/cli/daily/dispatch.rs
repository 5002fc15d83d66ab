//! A daily report on its way to another ledger: signed once, kept, sent until it is answered.
//!
//! Invariant: the signed bytes are durable before the first of them is sent, so whatever breaks on the
//! way, the same bytes go again and become the same entry. An answer is an entry of the ledger above,
//! accepted or refused; anything else leaves the dispatch waiting. Refuses: a receipt that is not of
//! this report.

use crate::cli::error::{CliError, Done};
use crate::cli::remote::{strange, unanswered};
use crate::client::{Client, Entered, Submitted};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::division::DivisionCode;
use domain::leaf::Leaf;
use domain::refusal::{Code, Refusal};
use domain::time::{Day, Timestamp};
use serde::{Deserialize, Serialize};
use store::FileDispatches;
use tlog::VerifierKey;

/// A report on its way.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dispatch {
    /// The division.
    pub division: DivisionCode,
    /// The day.
    pub day: Day,
    /// The origin of the ledger spoken to.
    pub ledger: String,
    /// When it was signed.
    pub signed_at: Timestamp,
    /// The signed bytes, in base64.
    act: String,
    /// What the ledger answered; none while it is not known.
    pub answer: Option<Answered>,
}

/// What the ledger above answered.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Answered {
    /// It is on record there.
    Receipt(Box<Receipt>),
    /// It was refused; the same bytes are refused for ever.
    Refused {
        /// The entry.
        entry: u64,
        /// The refusal's code.
        code: String,
        /// Its detail.
        detail: String,
    },
}

/// That a report is on record in the ledger above.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// The public leaf of its entry.
    pub leaf: Leaf,
    /// A signed checkpoint of that ledger that holds the entry.
    pub checkpoint: String,
}

impl Dispatch {
    /// A report that was just signed.
    pub fn new(
        (division, day): (DivisionCode, Day),
        ledger: String,
        signed_at: Timestamp,
        act: &[u8],
    ) -> Self {
        Self {
            division,
            day,
            ledger,
            signed_at,
            act: STANDARD.encode(act),
            answer: None,
        }
    }

    /// The name of a division's report of a day.
    pub fn name(division: DivisionCode, day: Day) -> String {
        format!("{division}-{day}")
    }

    /// Reads one.
    pub fn read(dispatches: &FileDispatches, name: &str) -> Done<Option<Self>> {
        let Some(bytes) = dispatches.read(name)? else {
            return Ok(None);
        };
        let read = serde_json::from_slice(&bytes).map_err(|error| {
            CliError::System(format!(
                "the dispatch `{name}` in the data directory does not read: {error}\n\
                 help: use the version that wrote it, or restore it from a backup"
            ))
        });
        read.map(Some)
    }

    /// Keeps it, durably.
    pub fn keep(&self, dispatches: &FileDispatches) -> Done {
        let bytes = serde_json::to_vec_pretty(self)
            .map_err(|error| CliError::System(format!("a dispatch: {error}\nhelp: report this")))?;
        let name = Self::name(self.division, self.day);
        Ok(dispatches.keep(&name, &bytes)?)
    }

    /// Sends it and keeps the answer; without one nothing changes.
    pub fn send(
        &mut self,
        dispatches: &FileDispatches,
        client: &Client,
        log_key: Option<&VerifierKey>,
    ) -> Done {
        let act = STANDARD.decode(&self.act).map_err(|error| {
            CliError::System(format!(
                "the dispatch in the data directory is damaged: {error}\n\
                 help: restore it from a backup"
            ))
        })?;
        let answered = match client.submit(&act, None)? {
            Submitted::Entered(Entered { entry, .. }) => {
                Answered::Receipt(Box::new(Receipt::fetch(self, client, entry, log_key)?))
            }
            Submitted::Refused(refused) => Answered::Refused {
                entry: refused.entry,
                code: refused.refusal.code,
                detail: refused.refusal.detail,
            },
            Submitted::Unanswered(answer) => {
                let why = unanswered(&answer);
                return Err(match answer.status {
                    408 | 429 | 500.. => {
                        CliError::System(format!("{why}\n  the report is kept; send it again"))
                    }
                    _ => why,
                });
            }
        };
        self.answer = Some(answered);
        self.keep(dispatches)
    }

    /// Whether it was refused with this code.
    pub fn is_refused_as(&self, meant: Code) -> bool {
        matches!(&self.answer, Some(Answered::Refused { code, .. }) if code == meant.word())
    }

    /// Takes an entry that has this very report for the answer, and keeps it.
    pub fn adopt(
        &mut self,
        dispatches: &FileDispatches,
        client: &Client,
        entry: u64,
        log_key: Option<&VerifierKey>,
    ) -> Done {
        let receipt = Receipt::fetch(self, client, entry, log_key)?;
        self.answer = Some(Answered::Receipt(Box::new(receipt)));
        self.keep(dispatches)
    }

    /// The refusal, where that is the answer.
    pub fn refusal(&self) -> Option<CliError> {
        let Some(Answered::Refused {
            entry,
            code,
            detail,
        }) = &self.answer
        else {
            return None;
        };
        Some(match code.parse::<Code>() {
            Ok(code) => CliError::Refused {
                entry: Some(*entry),
                refusal: Box::new(Refusal::new(code, detail.clone())),
            },
            Err(_) => CliError::Answered {
                what: format!("the ledger above refused by entry {entry}: {code}: {detail}"),
                help: "look at that ledger's list of refusals".to_owned(),
            },
        })
    }
}

impl Receipt {
    /// Fetches entry and checkpoint, and checks that they are of this report.
    fn fetch(
        dispatch: &Dispatch,
        client: &Client,
        entry: u64,
        log_key: Option<&VerifierKey>,
    ) -> Done<Self> {
        let answer = client.ask("GET", &format!("/api/v1/entries/{entry}"), None, None)?;
        let leaf: Leaf = serde_json::from_slice(&answer.body).map_err(strange)?;
        let is_ours = leaf.seq == entry
            && leaf.kind == "daily.deliver"
            && leaf.refused.is_none()
            && leaf.area == Some(dispatch.division);
        if !is_ours {
            return Err(strange(format!(
                "entry {entry} is no delivered day of {}",
                dispatch.division
            )));
        }
        let (head, checkpoint) = client.head()?;
        if let Some(key) = log_key {
            tlog::checkpoint::open(&checkpoint, key).map_err(strange)?;
        }
        if head.origin() != dispatch.ledger || head.size() <= entry {
            return Err(strange(format!(
                "its checkpoint is of `{}` with {} entries",
                head.origin(),
                head.size()
            )));
        }
        Ok(Self { leaf, checkpoint })
    }
}

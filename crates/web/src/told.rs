//! The shapes in which the record is told, and the words in them.
//!
//! Invariant: ids are lower-case hexadecimal, instants RFC 3339 in UTC, divisions GB/T 2260 codes of
//! six digits as text. Refuses: names, documents and phones; they are not on this record.

mod person;

pub use person::CodeBody;
pub(crate) use person::{RecordBody, Requests};

use domain::division::DivisionCode;
use domain::state::records::{Appeal, Decision, RefusalRecord, ReportRecord, Signer};
use domain::time::Timestamp;
use domain::view::OrderView;
use serde::ser::Error as _;
use serde::{Serialize, Serializer};
use std::fmt;
use std::io::Write as _;
use utoipa::ToSchema;

/// An instant as text; none for one that never comes.
pub(crate) fn instant(at: Timestamp) -> Option<String> {
    shown(at).map(|Shown(at)| at.to_string())
}

/// What is told as its text, of up to [`SHOWN_BYTES`], without a string of its own: a code has a dozen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shown<T>(pub(crate) T);

/// The longest text of an id (a digest in hexadecimal); an instant has 20.
const SHOWN_BYTES: usize = 64;

impl<T: fmt::Display> Serialize for Shown<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut room = [0; SHOWN_BYTES];
        let mut rest = room.as_mut_slice();
        write!(rest, "{}", self.0).map_err(S::Error::custom)?;
        let used = SHOWN_BYTES.saturating_sub(rest.len());
        let text = room.get(..used).map(str::from_utf8);
        serializer.serialize_str(text.and_then(Result::ok).unwrap_or_default())
    }
}

/// An instant; none for one that never comes.
fn shown(at: Timestamp) -> Option<Shown<Timestamp>> {
    (at != Timestamp::NEVER).then_some(Shown(at))
}

/// Who signed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SignerBody {
    /// The officer.
    officer: String,
    /// The body served.
    org: String,
    /// When.
    at: Option<String>,
    /// The entry.
    entry: u64,
    /// The legal basis of each provision that permitted it.
    basis: Vec<String>,
}

impl SignerBody {
    pub(crate) fn of(signer: Signer) -> Self {
        let permits = signer.permits.into_iter();
        Self {
            officer: signer.officer.to_string(),
            org: signer.org.to_string(),
            at: instant(signer.at),
            entry: signer.entry,
            basis: permits.map(|permit| permit.basis).collect(),
        }
    }
}

/// A decision on an order.
#[derive(Debug, Serialize, ToSchema)]
struct DecisionBody {
    /// `approved`, `refused` or `withdrawn`.
    decision: &'static str,
    /// By whom.
    by: SignerBody,
    /// Why.
    reason: String,
}

/// An order, without the people whom it concerns.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OrderBody {
    /// Its id, in hexadecimal.
    order: String,
    /// The digest that maker and checker sign.
    digest: String,
    /// `proposed`, `lapsed`, `in_force`, `ended`, `refused` or `withdrawn`.
    status: &'static str,
    /// The ground.
    ground: String,
    /// The place, GB/T 2260.
    area: String,
    /// How many people.
    people: u64,
    /// The worst colour it imposes.
    colour: &'static str,
    /// Why, in words for the public.
    reason: String,
    /// The number of the command document, for the catch-all ground.
    document: Option<String>,
    /// Whether it took the emergency path.
    emergency: bool,
    /// When the last of its measures ends.
    until: Option<String>,
    /// Who proposed.
    maker: SignerBody,
    /// What was decided, in order.
    decisions: Vec<DecisionBody>,
}

fn decision(decision: Decision) -> DecisionBody {
    use domain::state::records::OrderStatus as Status;
    DecisionBody {
        decision: match decision.status {
            Status::Proposed => "proposed",
            Status::InForce => "approved",
            Status::Refused => "refused",
            Status::Withdrawn => "withdrawn",
        },
        by: SignerBody::of(decision.by),
        reason: decision.reason,
    }
}

impl OrderBody {
    /// An order as it is told.
    pub(crate) fn of(order: String, view: OrderView, at: Timestamp) -> Self {
        Self {
            order,
            digest: view.digest.to_string(),
            status: view.status_word(at),
            ground: view.ground.to_string(),
            area: view.area.to_string(),
            people: view.people,
            colour: view.colour.word(),
            reason: view.reason,
            document: view.document.map(|document| document.number),
            emergency: view.emergency,
            until: instant(view.until),
            maker: SignerBody::of(view.maker),
            decisions: view.decisions.into_iter().map(decision).collect(),
        }
    }
}

/// An appeal or dispute.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AppealBody {
    /// Its id, in hexadecimal.
    appeal: String,
    /// `open`, `unanswered`, `upheld` or `rejected`.
    status: &'static str,
    /// The place responsible.
    area: String,
    /// When it was filed.
    filed_at: Option<String>,
    /// Until when it is to be answered.
    deadline: Option<String>,
    /// The entry.
    entry: u64,
    /// The body that filed it for the person.
    filed_by: String,
    /// Whether the person asked online, at that body's counter.
    online: bool,
    /// Who appeals; told to the review body alone.
    person: Option<String>,
    /// What the person says; told to the review body alone.
    text: Option<String>,
    /// Whether the person was right.
    upheld: Option<bool>,
    /// Who answered.
    answered_by: Option<SignerBody>,
    /// The answer's reason.
    answer: Option<String>,
}

impl AppealBody {
    /// An appeal as it is told; `whole` with who appeals and what they say.
    pub(crate) fn of(appeal: Appeal, area: DivisionCode, whole: bool, at: Timestamp) -> Self {
        let status = appeal.status_word(at);
        let upheld = appeal.answer.as_ref().map(|answer| answer.upheld);
        let (answered_by, answer) = appeal
            .answer
            .map(|answer| (SignerBody::of(answer.by), answer.reason))
            .unzip();
        Self {
            appeal: appeal.id.to_string(),
            status,
            area: area.to_string(),
            filed_at: instant(appeal.filed_at),
            deadline: instant(appeal.deadline),
            entry: appeal.entry,
            filed_by: appeal.by.org.to_string(),
            online: appeal.online,
            person: whole.then(|| appeal.person.to_string()),
            text: whole.then_some(appeal.text),
            upheld,
            answered_by,
            answer: answer.filter(|_| whole),
        }
    }
}

/// A report and how its rows fared.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReportBody {
    /// Its id, in hexadecimal.
    report: String,
    /// Who sent it.
    org: String,
    /// What its rows state.
    kind: &'static str,
    /// Of how many parts.
    parts: u32,
    /// The entry of each part that came, by part from 0.
    entries: std::collections::BTreeMap<String, u64>,
    /// When the first part came.
    at: Option<String>,
    /// How its rows fared: so many of each fate.
    rows: serde_json::Value,
    /// Its refused rows, by their place in the report; the first 200 that came.
    refused: Vec<RefusedRowBody>,
}

/// A refused row of a report.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RefusedRowBody {
    /// Its place in the report, from 1.
    row: u32,
    /// Why: the code.
    code: &'static str,
    /// What to do about it.
    help: &'static str,
}

impl ReportBody {
    /// A report as it is told.
    pub(crate) fn of(report: String, record: ReportRecord) -> Self {
        Self {
            report,
            org: record.org.to_string(),
            kind: record.kind.word(),
            parts: record.parts,
            entries: record
                .entries
                .into_iter()
                .map(|(part, entry)| (part.to_string(), entry))
                .collect(),
            at: instant(record.at),
            rows: serde_json::to_value(record.rows).unwrap_or_default(),
            refused: (record.refused.into_iter())
                .map(|(row, code)| RefusedRowBody {
                    row,
                    code: code.word(),
                    help: code.help(),
                })
                .collect(),
        }
    }
}

/// A refused act.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RefusedBody {
    /// The entry that it is.
    entry: u64,
    /// When.
    at: Option<String>,
    /// What was asked.
    kind: String,
    /// By which body, where it is known.
    org: Option<String>,
    /// By which officer, where the signature was valid.
    officer: Option<String>,
    /// On which ground.
    ground: Option<String>,
    /// For which place.
    area: Option<String>,
    /// For how many people.
    people: u64,
    /// Why.
    refusal: crate::problem::RefusalBody,
}

impl RefusedBody {
    /// A refusal as it is told.
    pub(crate) fn of(entry: u64, record: RefusalRecord) -> Self {
        Self {
            entry,
            at: instant(record.at),
            kind: record.kind,
            org: record.org.map(|org| org.to_string()),
            officer: record.officer.map(|officer| officer.to_string()),
            ground: record.ground.map(|ground| ground.to_string()),
            area: record.area.map(|area| area.to_string()),
            people: record.people,
            refusal: (&record.refusal).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_and_an_instant_are_told_as_their_text_and_nothing_longer_is() {
        let told = |text: &str| serde_json::to_string(&Shown(text)).ok();
        let longest = "f".repeat(SHOWN_BYTES);
        assert_eq!(told(&longest), Some(format!("\"{longest}\"")));
        assert_eq!(told(&format!("{longest}f")), None);
        assert_eq!(told(""), Some("\"\"".to_owned()));
        let at = serde_json::to_string(&shown(Timestamp::from_unix(1_655_000_000)));
        assert_eq!(at.unwrap(), "\"2022-06-12T02:13:20Z\"");
        assert!(shown(Timestamp::NEVER).is_none());
    }
}

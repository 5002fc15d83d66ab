//! What is on record beside people: orders, appeals, reports, days, statements, looks, refusals.
//!
//! Invariant: each names the entry that made it, so that it can be proved.

use crate::act::{AppealTarget, CommandDocument, DaySource, People};
use crate::colour::{Colour, Ground, Stage};
use crate::division::DivisionCode;
use crate::document::PersonId;
use crate::evidence::EvidenceKind;
use crate::ids::{ActDigest, AppealId, OfficerId, OrderId, OrgId, TextDigest};
use crate::leaf::RowCounts;
use crate::refusal::{Code, Refusal};
use crate::rules::Permit;
use crate::time::{HOUR_S, Timestamp};
use serde::{Deserialize, Serialize};

/// An order on its way: proposed, approved (in force), refused or withdrawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Its id.
    pub id: OrderId,
    /// The digest that maker and checker sign.
    pub digest: ActDigest,
    /// The ground.
    pub ground: Ground,
    /// The place.
    pub area: DivisionCode,
    /// The people.
    pub people: People,
    /// Why, in words for the public.
    pub reason: String,
    /// The numbered document, for the catch-all ground.
    pub document: Option<CommandDocument>,
    /// Whether it took the emergency path.
    pub emergency: bool,
    /// Who proposed.
    pub maker: Signer,
    /// Who approved, refused or withdrew, in that order of time.
    pub decisions: Vec<Decision>,
    /// Where it stands.
    pub status: OrderStatus,
    /// The worst colour it imposes.
    pub colour: Colour,
    /// The first measure it imposed, and how many.
    pub measures: (u32, u32),
    /// When the last of its measures ends.
    pub until: Timestamp,
}

/// Who signed, for which organisation, when, and by which entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signer {
    /// The officer.
    pub officer: OfficerId,
    /// The organisation.
    pub org: OrgId,
    /// When.
    pub at: Timestamp,
    /// The entry.
    pub entry: u64,
    /// The provisions that permitted it.
    pub permits: Vec<Permit>,
}

/// One decision on an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// What was decided.
    pub status: OrderStatus,
    /// By whom.
    pub by: Signer,
    /// Why.
    pub reason: String,
}

/// Where an order stands. That it has ended is read from the clock, not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderStatus {
    /// Waiting for a checker.
    Proposed,
    /// Approved and in force until its measures end.
    InForce,
    /// Refused.
    Refused,
    /// Withdrawn.
    Withdrawn,
}

impl Order {
    /// Whether it is so large, by the number of the volume guard, that it has an effect on lists
    /// only once a quorum of witnesses has seen it. Without a pack there is no such number.
    pub fn waits_for_witnesses(&self, guard: Option<u32>) -> bool {
        let people = self.people.count() as u64;
        self.status == OrderStatus::InForce && guard.is_some_and(|guard| people >= u64::from(guard))
    }

    /// The word for where it stands at an instant.
    pub fn status_word(&self, at: Timestamp) -> &'static str {
        status_word(self.status, self.lapses_at(), self.until, at)
    }

    /// When an unanswered proposal is no longer open.
    pub const fn lapses_at(&self) -> Timestamp {
        lapses_at(&self.maker)
    }

    /// Who approved it, if anybody did.
    pub fn approver(&self) -> Option<&Signer> {
        approver(&self.decisions)
    }
}

/// When an unanswered proposal is no longer open: after three days (our default).
pub(crate) const fn lapses_at(maker: &Signer) -> Timestamp {
    maker.at.plus_s(3 * crate::time::DAY_S)
}

/// Who approved, if anybody did.
pub(crate) fn approver(decisions: &[Decision]) -> Option<&Signer> {
    decisions
        .iter()
        .find(|decision| decision.status == OrderStatus::InForce)
        .map(|decision| &decision.by)
}

/// The word for where an order stands at an instant.
pub(crate) fn status_word(
    status: OrderStatus,
    lapses_at: Timestamp,
    until: Timestamp,
    at: Timestamp,
) -> &'static str {
    match status {
        OrderStatus::Proposed if at >= lapses_at => "lapsed",
        OrderStatus::Proposed => "proposed",
        OrderStatus::InForce if at >= until => "ended",
        OrderStatus::InForce => "in_force",
        OrderStatus::Refused => "refused",
        OrderStatus::Withdrawn => "withdrawn",
    }
}

/// An appeal against a measure, or a dispute of evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appeal {
    /// Its id.
    pub id: AppealId,
    /// Who appeals.
    pub person: PersonId,
    /// The person's number.
    pub person_place: u32,
    /// Against what.
    pub target: AppealTarget,
    /// The measures concerned.
    pub measures: Vec<u32>,
    /// What the person says.
    pub text: String,
    /// When it was filed.
    pub filed_at: Timestamp,
    /// Until when it is to be answered.
    pub deadline: Timestamp,
    /// The entry.
    pub entry: u64,
    /// Who filed it for the person.
    pub by: Signer,
    /// Whether the person asked online, at a counter.
    pub online: bool,
    /// The answer.
    pub answer: Option<Answer>,
}

/// The answer to an appeal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Whether the person was right.
    pub upheld: bool,
    /// By whom.
    pub by: Signer,
    /// Why.
    pub reason: String,
}

impl Appeal {
    /// The word for where it stands at an instant.
    pub fn status_word(&self, at: Timestamp) -> &'static str {
        match &self.answer {
            Some(answer) if answer.upheld => "upheld",
            Some(_) => "rejected",
            None if at >= self.deadline => "unanswered",
            None => "open",
        }
    }
}

/// A report and the parts that came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportRecord {
    /// Who sent it.
    pub org: OrgId,
    /// What its rows state.
    pub kind: EvidenceKind,
    /// Of how many parts.
    pub parts: u32,
    /// The entry of each part that came, by part.
    pub entries: std::collections::BTreeMap<u32, u64>,
    /// How its rows fared.
    pub rows: RowCounts,
    /// Its refused rows, by their place in the report from 1, and why; the first that came, at most
    /// [`REFUSED_ROWS_MAX`]. The number of all of them is in `rows`.
    pub refused: std::collections::BTreeMap<u32, Code>,
    /// When the first part came.
    pub at: Timestamp,
}

/// Refused rows of a report that are named one by one: a file with more is wrong as a whole.
pub const REFUSED_ROWS_MAX: usize = 200;

/// A day closed by a city and received by the province.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayReport {
    /// Who closed it; who delivered it, where it was closed in another ledger.
    pub closed: Signer,
    /// Whether that was after the hour.
    pub closed_late: bool,
    /// The counts as they were closed, by ground.
    pub counts: Vec<(Ground, DayCount)>,
    /// Who received it.
    pub received: Option<Signer>,
    /// Whether it was received after the hour.
    pub received_late: bool,
    /// The entry of another ledger that closed it; none where it was closed in this one.
    pub source: Option<DaySource>,
}

/// Measures of one day, place and ground.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayCount {
    /// Pieces of evidence recorded.
    pub evidence: u64,
    /// Red measures imposed.
    pub red: u64,
    /// Yellow measures imposed.
    pub yellow: u64,
    /// Flags imposed.
    pub flag: u64,
    /// Measures held by the volume guard.
    pub held: u64,
    /// Measures ended before their time.
    pub released: u64,
}

impl DayCount {
    /// Counts a measure that begins at a stage.
    pub const fn impose(&mut self, stage: Stage) {
        let cell = match stage {
            Stage::Red => &mut self.red,
            Stage::Yellow => &mut self.yellow,
            Stage::Flag | Stage::None => &mut self.flag,
        };
        *cell = cell.saturating_add(1);
    }

    /// Adds another count to this one.
    pub const fn add(&mut self, other: &Self) {
        self.evidence = self.evidence.saturating_add(other.evidence);
        self.red = self.red.saturating_add(other.red);
        self.yellow = self.yellow.saturating_add(other.yellow);
        self.flag = self.flag.saturating_add(other.flag);
        self.held = self.held.saturating_add(other.held);
        self.released = self.released.saturating_add(other.released);
    }
}

/// A public explanation tied to orders.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// By whom.
    pub by: Signer,
    /// The orders it explains.
    pub orders: Vec<OrderId>,
    /// SHA-256 of the text.
    pub text_sha256: TextDigest,
    /// The text.
    pub text: String,
}

/// A look at a person's record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// By whom.
    pub by: Signer,
    /// What for.
    pub purpose: String,
    /// The case it belongs to; empty where the glass was broken.
    pub case: String,
    /// Whether it was a look without a case, in an emergency.
    pub break_glass: bool,
}

/// How long a look opens a record, in seconds (our default).
pub const LOOK_S: i64 = 2 * HOUR_S;

impl Access {
    /// The first instant at which it no longer opens the record.
    pub const fn until(&self) -> Timestamp {
        self.by.at.plus_s(LOOK_S)
    }
}

/// A refused act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusalRecord {
    /// What was asked.
    pub kind: String,
    /// By which organisation, where it is known.
    pub org: Option<OrgId>,
    /// By which officer, where the signature was valid.
    pub officer: Option<OfficerId>,
    /// On which ground.
    pub ground: Option<Ground>,
    /// For which place.
    pub area: Option<DivisionCode>,
    /// For how many people.
    pub people: u64,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub refusal: Refusal,
}

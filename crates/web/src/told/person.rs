//! What a person reads: the code with its reasons, and everything on record.

use super::{Shown, instant, shown};
use crate::cases::CaseBody;
use crate::movements::MovementBody;
use crate::proxies::BindingBody;
use app::explain::{Decided, Explanation, Language, Pack, Reason, sentences};
use domain::document::PersonId;
use domain::ids::{AppealId, EvidenceId, MovementId, OrderId};
use domain::state::records::Access;
use domain::time::Timestamp;
use domain::view::{EvidenceView, MeasureView, PersonView};
use serde::Serialize;
use std::borrow::Cow;
use utoipa::ToSchema;

/// A person's code at an instant, with everything that stands behind it (I8).
#[derive(Debug, Serialize, ToSchema)]
pub struct CodeBody<'p> {
    /// The person, by keyed hash.
    #[schema(value_type = String)]
    person: Shown<PersonId>,
    /// The instant.
    #[schema(value_type = String)]
    at: Shown<Timestamp>,
    /// How many entries the answer reflects.
    entries: u64,
    /// `green`, `yellow` or `red`.
    colour: &'static str,
    /// Whether an advisory note stands, colour or not.
    flagged: bool,
    /// All of it in full sentences, in the language asked for.
    sentences: Vec<Cow<'p, str>>,
    /// One reason a live measure, worst first.
    reasons: Vec<ReasonBody>,
    /// Measures that ended before their time.
    ended: Vec<EndedBody>,
    /// Appeals and disputes.
    appeals: Vec<AppealLineBody>,
    /// Movements asked for that are not over.
    movements: Vec<MovementLineBody>,
}

/// Why a person has a colour.
#[derive(Debug, Serialize, ToSchema)]
struct ReasonBody {
    /// `red`, `yellow` or `flag`.
    stage: &'static str,
    /// The ground, as `CLOSE`.
    ground: &'static str,
    /// The evidence, unless a document stands in its place.
    evidence: Option<ReasonEvidence>,
    /// The number of the command document, for the catch-all ground.
    document: Option<String>,
    /// `rule`, `order` or `emergency`.
    by: &'static str,
    /// The order, in hexadecimal.
    #[schema(value_type = Option<String>)]
    order: Option<Shown<OrderId>>,
    /// The body that proposed, or the pack whose standing rule decided.
    decided_by: String,
    /// The body that approved.
    approved_by: Option<String>,
    /// The legal basis: of the ground, then of each permit.
    basis: Vec<String>,
    /// The instrument: title and number.
    instrument: [String; 2],
    /// From when.
    #[schema(value_type = Option<String>)]
    from: Option<Shown<Timestamp>>,
    /// Until when red.
    #[schema(value_type = Option<String>)]
    red_until: Option<Shown<Timestamp>>,
    /// Until when at all.
    #[schema(value_type = Option<String>)]
    until: Option<Shown<Timestamp>>,
    /// The entry that imposed it, to be proved.
    entry: u64,
    /// Until when an open appeal is to be answered.
    #[schema(value_type = Option<String>)]
    appeal_deadline: Option<Shown<Timestamp>>,
    /// Hours within which an appeal is answered.
    appeal_hours: u32,
}

/// The evidence behind a reason.
#[derive(Debug, Serialize, ToSchema)]
struct ReasonEvidence {
    /// What to name when disputing it.
    #[schema(value_type = String)]
    id: Shown<EvidenceId>,
    /// Its kind.
    kind: &'static str,
    /// Who supplied it.
    source: String,
    /// The source's number.
    reference: String,
    /// When the fact happened.
    #[schema(value_type = Option<String>)]
    occurred_at: Option<Shown<Timestamp>>,
}

/// A measure that ended before its time.
#[derive(Debug, Serialize, ToSchema)]
struct EndedBody {
    /// The ground.
    ground: &'static str,
    /// When.
    #[schema(value_type = Option<String>)]
    at: Option<Shown<Timestamp>>,
    /// How.
    how: String,
    /// The entry that ended it.
    entry: u64,
}

/// A movement with an end, asked for and not over.
#[derive(Debug, Serialize, ToSchema)]
struct MovementLineBody {
    /// Its id.
    #[schema(value_type = String)]
    id: Shown<MovementId>,
    /// `open`, `overdue`, `granted` or `refused`.
    status: &'static str,
    /// `medical`, `caring`, `bereavement`, `examination` or `home`.
    need: &'static str,
    /// From when.
    #[schema(value_type = Option<String>)]
    from: Option<Shown<Timestamp>>,
    /// Until when; it ends by itself.
    #[schema(value_type = Option<String>)]
    until: Option<Shown<Timestamp>>,
    /// The decision's reason.
    reason: Option<String>,
}

/// An appeal in a list.
#[derive(Debug, Serialize, ToSchema)]
struct AppealLineBody {
    /// Its id.
    #[schema(value_type = String)]
    id: Shown<AppealId>,
    /// `open`, `unanswered`, `upheld` or `rejected`.
    status: &'static str,
    /// Until when it is to be answered.
    #[schema(value_type = Option<String>)]
    deadline: Option<Shown<Timestamp>>,
    /// The answer's reason.
    answer: Option<String>,
}

impl<'p> CodeBody<'p> {
    /// An explanation as it is told.
    pub fn of(told: Explanation, pack: Option<&'p Pack>, language: Language) -> Self {
        let sentences = sentences(&told, pack, language);
        let ended = told.ended.into_iter().map(|ended| EndedBody {
            ground: ended.ground.code(),
            at: shown(ended.at),
            how: ended.how.to_string(),
            entry: ended.entry,
        });
        let appeals = told.appeals.into_iter().map(|appeal| AppealLineBody {
            id: Shown(appeal.id),
            status: appeal.status,
            deadline: shown(appeal.deadline),
            answer: appeal.answer,
        });
        let movements = told.movements.into_iter().map(|movement| MovementLineBody {
            id: Shown(movement.id),
            status: movement.status,
            need: movement.need.word(),
            from: shown(movement.from),
            until: shown(movement.until),
            reason: movement.reason,
        });
        Self {
            person: Shown(told.person),
            at: Shown(told.at),
            entries: told.entries,
            colour: told.colour.word(),
            flagged: told.flagged,
            sentences,
            reasons: told.reasons.into_iter().map(ReasonBody::of).collect(),
            ended: ended.collect(),
            appeals: appeals.collect(),
            movements: movements.collect(),
        }
    }
}

impl ReasonBody {
    fn of(reason: Reason) -> Self {
        let (by, order, decided_by, approved_by) = match reason.decided {
            Decided::Rule { pack } => ("rule", None, pack, None),
            Decided::Order {
                order,
                maker,
                approver,
            } => ("order", Some(order), maker, Some(approver)),
            Decided::Emergency { order, maker } => ("emergency", Some(order), maker, None),
        };
        let (title, number) = reason.instrument;
        Self {
            stage: reason.stage,
            ground: reason.ground.code(),
            evidence: reason.evidence.map(|evidence| ReasonEvidence {
                id: Shown(evidence.id),
                kind: evidence.kind.word(),
                source: evidence.source,
                reference: evidence.reference,
                occurred_at: shown(evidence.occurred_at),
            }),
            document: reason.document,
            by,
            order: order.map(Shown),
            decided_by,
            approved_by,
            basis: reason.basis,
            instrument: [title, number],
            from: shown(reason.from),
            red_until: shown(reason.red_until),
            until: shown(reason.until),
            entry: reason.entry,
            appeal_deadline: reason.appeal_deadline.and_then(shown),
            appeal_hours: reason.appeal_hours,
        }
    }
}

/// Everything on record about a person: what a copy of one's data is made of (PIPL 45).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RecordBody {
    /// The person, by keyed hash.
    person: String,
    /// Evidence, newest first.
    evidence: Vec<EvidenceBody>,
    /// Measures, live and past, newest first.
    measures: Vec<MeasureBody>,
    /// Appeals and disputes, in hexadecimal.
    appeals: Vec<String>,
    /// Who looked, and why (I14).
    looks: Vec<LookBody>,
    /// Cases, with owner, transfers and deadline.
    cases: Vec<CaseBody>,
    /// Movements asked for.
    movements: Vec<MovementBody>,
    /// Who may or might read this, by binding.
    proxies: Vec<BindingBody>,
}

/// What a person asked for, beside evidence and measures.
pub(crate) struct Requests {
    /// Cases.
    pub(crate) cases: Vec<CaseBody>,
    /// Movements.
    pub(crate) movements: Vec<MovementBody>,
}

/// A piece of evidence.
#[derive(Debug, Serialize, ToSchema)]
struct EvidenceBody {
    /// Its id: what to name when disputing it.
    id: String,
    /// Its kind.
    kind: &'static str,
    /// The body that supplied it.
    source: Option<String>,
    /// Where, GB/T 2260.
    division: String,
    /// When the fact happened.
    occurred_at: Option<String>,
    /// The entry that recorded it.
    entry: u64,
    /// The source's number.
    reference: String,
    /// The linked number, as of the index case.
    link_reference: Option<String>,
    /// Overturned on dispute: it never counts again.
    overturned: bool,
}

/// A measure.
#[derive(Debug, Serialize, ToSchema)]
struct MeasureBody {
    /// Why.
    ground: String,
    /// From when.
    from: Option<String>,
    /// Until when red.
    red_until: Option<String>,
    /// Until when yellow.
    yellow_until: Option<String>,
    /// Until when at all.
    until: Option<String>,
    /// The evidence it rests on.
    evidence: Option<String>,
    /// The order that imposed it; null for a standing rule.
    order: Option<String>,
    /// The place responsible.
    area: String,
    /// The entry that imposed it.
    entry: u64,
    /// When it ended before its time.
    ended_at: Option<String>,
    /// The entry that ended it.
    end_entry: Option<u64>,
}

/// A look at a record.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LookBody {
    /// When.
    at: Option<String>,
    /// The entry.
    entry: u64,
    /// The officer.
    officer: String,
    /// The body served.
    org: String,
    /// What for.
    purpose: String,
    /// The case; empty where the glass was broken.
    case: String,
    /// Whether it was a look without a case, in an emergency.
    break_glass: bool,
    /// Until when it opens the record.
    until: Option<String>,
}

impl LookBody {
    fn of(look: Access) -> Self {
        Self {
            at: instant(look.by.at),
            entry: look.by.entry,
            officer: look.by.officer.to_string(),
            org: look.by.org.to_string(),
            break_glass: look.break_glass,
            until: instant(look.until()),
            purpose: look.purpose,
            case: look.case,
        }
    }
}

fn evidence(item: EvidenceView) -> EvidenceBody {
    EvidenceBody {
        id: item.id.to_string(),
        kind: item.kind.word(),
        source: item.source.map(|org| org.to_string()),
        division: item.division.to_string(),
        occurred_at: instant(item.occurred_at),
        entry: item.entry,
        reference: item.reference,
        link_reference: item.link_reference,
        overturned: item.overturned,
    }
}

fn measure(item: MeasureView) -> MeasureBody {
    let ended = item.end.is_some();
    MeasureBody {
        ground: item.ground.to_string(),
        from: instant(item.span.from()),
        red_until: instant(item.span.red_until()),
        yellow_until: instant(item.span.yellow_until()),
        until: instant(item.span.until()),
        evidence: item.evidence.map(|id| id.to_string()),
        order: item.order.map(|id| id.to_string()),
        area: item.area.to_string(),
        entry: item.entry,
        ended_at: ended.then_some(item.ended_at).and_then(instant),
        end_entry: ended.then_some(item.end_entry),
    }
}

impl RecordBody {
    /// A person's row as it is told.
    pub(crate) fn of(person: String, view: PersonView, requests: Requests) -> Self {
        Self {
            person,
            evidence: view.evidence.into_iter().map(evidence).collect(),
            measures: view.measures.into_iter().map(measure).collect(),
            appeals: view.appeals.iter().map(ToString::to_string).collect(),
            looks: view.looks.into_iter().map(LookBody::of).collect(),
            cases: requests.cases,
            movements: requests.movements,
            proxies: view.bindings.into_iter().map(BindingBody::of).collect(),
        }
    }
}

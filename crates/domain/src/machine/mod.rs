//! The machine: one deterministic step from a submission to an entry.
//!
//! Owns [`step`], the only way that [`State`] changes, on the live path, at recovery and in an
//! outsider's replay. Inside: time passes (colours lapse), the submission is decided on the
//! unchanged state (`decide`), and the effect is applied (`apply`).
//! Invariant: a refused submission changes nothing but the record of refusals.

mod appeal;
mod apply;
mod caps;
mod case;
mod daily;
mod effect;
mod gate;
mod movement;
mod office;
mod order;
mod preview;
mod proxy;
mod publish;
mod registry;
mod release;
mod report;

use crate::act::ActBody;
use crate::colour::Ground;
use crate::division::DivisionCode;
use crate::document::PersonId;
use crate::ids::{OfficerId, OrderId, OrgId};
use crate::leaf::{Leaf, MACHINE_VERSION, RowCounts, Transitions};
use crate::organisation::Officer;
use crate::publication::Publication;
use crate::refusal::{Code, Refusal};
use crate::rules::{Channel, Permit, RuleBook, Rules};
use crate::state::State;
use crate::state::records::RefusalRecord;
use crate::submission::{Submission, VerifiedAct};
use crate::time::Timestamp;

use effect::Effect;
pub use preview::{Preview, preview};
pub use report::statement::{Cell, StatementFault, check_statement};

/// What a step needs to know beyond the state: the hour and the law.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The reading of the clock.
    pub at: Timestamp,
    /// The rules of the pack in force (`state.pack()`), compiled.
    pub rules: Option<Rules<'a>>,
    /// For a pack adoption: the pack it carries, read and checked; `Err` has the findings.
    pub candidate: Option<Result<&'a RuleBook, &'a str>>,
}

/// One person concerned by an entry, as committed to in the entry's subject tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The person.
    pub person: PersonId,
    /// What the entry says about the person: 18 bytes that a receipt can open.
    pub mark: [u8; 18],
}

/// The people concerned by an entry, in the order of its subject tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subjects {
    /// One by one.
    Listed(Vec<Subject>),
    /// Those of the measures that the entry began: read from the state after it, not held twice.
    Measures {
        /// The number of the first measure.
        first: u32,
        /// How many.
        count: u32,
    },
}

impl Subjects {
    /// How many people.
    pub const fn count(&self) -> usize {
        match self {
            Self::Listed(subjects) => subjects.len(),
            Self::Measures { count, .. } => *count as usize,
        }
    }

    /// One of them, as the state right after the entry has it.
    pub fn at(&self, state: &State, place: usize) -> Option<Subject> {
        match self {
            Self::Listed(subjects) => subjects.get(place).copied(),
            Self::Measures { first, count } => {
                let place = u32::try_from(place).ok().filter(|place| place < count)?;
                let measure = state.people.measure(first.saturating_add(place))?;
                let person = state.people.person(measure.person)?.id;
                let mark = apply::measure_mark(measure.span, measure.ground);
                Some(Subject { person, mark })
            }
        }
    }
}

/// How one row of a report fared: `None` is recorded.
pub type RowResult = Result<RowTaken, Code>;

impl RowTaken {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Recorded,
        Self::Measured,
        Self::Released,
        Self::Held,
        Self::Coarse,
        Self::Duplicate,
        Self::NotNeeded,
    ];

    /// The stable word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::Measured => "measured",
            Self::Released => "released",
            Self::Held => "held",
            Self::Coarse => "coarse",
            Self::Duplicate => "duplicate",
            Self::NotNeeded => "not_needed",
        }
    }
}

/// A row that was not turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowTaken {
    /// Recorded.
    Recorded,
    /// Recorded, and the standing rule imposed a measure.
    Measured,
    /// Recorded, and a measure ended by it.
    Released,
    /// Recorded; the standing rule's measure waits for the province.
    Held,
    /// Recorded; too coarse for more than a flag.
    Coarse,
    /// Already on record.
    Duplicate,
    /// Evidence of release for somebody with no live measure: not kept.
    NotNeeded,
}

/// What a step did, for the shell to commit, append and publish.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The leaf, but for the two commitments that need salts.
    pub leaf: Leaf,
    /// The people concerned, in order.
    pub subjects: Subjects,
    /// Why it was refused, with detail; the leaf has the code alone.
    pub refusal: Option<Refusal>,
    /// How the rows fared, for a report.
    pub rows: Vec<RowResult>,
    /// The provisions that permitted it.
    pub permits: Vec<Permit>,
    /// What was touched, for the views.
    pub changes: Changes,
    /// How many people are to be told something.
    pub notices: u64,
}

/// What an entry touched, so that the views can follow without comparing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// People, by number; each once.
    pub people: Vec<u32>,
    /// Orders.
    pub orders: Vec<OrderId>,
    /// Appeals.
    pub appeals: Vec<crate::ids::AppealId>,
    /// Area orders.
    pub areas: Vec<String>,
    /// Reports.
    pub reports: Vec<crate::ids::ReportId>,
    /// Days.
    pub days: Vec<(DivisionCode, crate::time::Day)>,
    /// Organisations.
    pub organisations: Vec<OrgId>,
    /// Officers.
    pub officers: Vec<OfficerId>,
    /// Cases.
    pub cases: Vec<crate::ids::CaseId>,
    /// Movements.
    pub movements: Vec<crate::ids::MovementId>,
    /// Cells of the history.
    pub history: Vec<(crate::time::Day, DivisionCode, Ground)>,
}

/// What the leaf says of a submission whatever its fate.
#[derive(Clone, Debug, Default)]
struct Header {
    kind: &'static str,
    org: Option<OrgId>,
    officer: Option<OfficerId>,
    ground: Option<Ground>,
    area: Option<DivisionCode>,
    order: Option<OrderId>,
    document: Option<String>,
    people: u64,
    channel: Option<Channel>,
}

/// What `decide` found: the permits and the effect.
struct Decided {
    permits: Vec<Permit>,
    effect: Effect,
}

/// What `apply` did.
#[derive(Default)]
struct Applied {
    caused: Transitions,
    subjects: Vec<Subject>,
    /// First and count of the measures that began, where they are the subjects.
    imposed: Option<(u32, u32)>,
    rows: Vec<RowResult>,
    counts: RowCounts,
    changes: Changes,
    notices: u64,
    publication: Option<Publication>,
}

/// Takes one submission: time passes, it is decided, its effect is applied.
///
/// Time never goes back: a clock behind `state.last_at` reads as `state.last_at`.
pub fn step(state: &mut State, cx: &Context<'_>, submission: &Submission) -> Outcome {
    let cx = &Context {
        at: cx.at.max(state.last_at),
        ..*cx
    };
    let lapsed = apply::pass_time(state, cx.at);
    // INVARIANT: every transition starts from the colour that was counted before, so the sums hold.
    state.totals = state.totals.after(lapsed).unwrap_or(state.totals);
    let mut header = describe(state, submission);
    let pack = state.pack().map(|adoption| adoption.digest);
    let decided = decide(state, cx, submission);
    let entry = state.seq;
    let (applied, permits, refusal) = match decided {
        Ok(decided) => {
            if let Some(people) = decided.effect.people() {
                header.people = people;
            }
            let applied = apply::apply(state, cx, decided.effect);
            (applied, decided.permits, None)
        }
        Err(refusal) => {
            remember_refusal(state, &header, cx.at, &refusal);
            (Applied::default(), Vec::new(), Some(refusal))
        }
    };
    state.seen.entry(submission.digest()).or_insert(entry);
    state.seq = entry.saturating_add(1);
    state.last_at = cx.at;
    state.totals = state.totals.after(applied.caused).unwrap_or(state.totals);
    let leaf = Leaf {
        machine: MACHINE_VERSION,
        seq: entry,
        at: cx.at,
        kind: header.kind.to_owned(),
        refused: refusal.as_ref().map(|refusal| refusal.code),
        org: header.org,
        ground: header.ground,
        area: header.area,
        order: header.order,
        document: header.document,
        pack,
        permits: permits.iter().map(|permit| permit.id.clone()).collect(),
        people: header.people,
        subjects: [0; 32],
        rows: applied.counts,
        lapsed,
        caused: applied.caused,
        totals: state.totals,
        act: [0; 32],
        publication: applied.publication,
        channel: header.channel,
    };
    Outcome {
        leaf,
        subjects: match applied.imposed {
            Some((first, count)) => Subjects::Measures { first, count },
            None => Subjects::Listed(applied.subjects),
        },
        refusal,
        rows: applied.rows,
        permits,
        changes: applied.changes,
        notices: applied.notices,
    }
}

fn remember_refusal(state: &mut State, header: &Header, at: Timestamp, refusal: &Refusal) {
    state.refusals.insert(
        state.seq,
        RefusalRecord {
            kind: header.kind.to_owned(),
            org: header.org.clone(),
            officer: header.officer.clone(),
            ground: header.ground,
            area: header.area,
            people: header.people,
            at,
            refusal: refusal.clone(),
        },
    );
}

/// Decides a submission on the unchanged state.
fn decide(state: &State, cx: &Context<'_>, submission: &Submission) -> Result<Decided, Refusal> {
    if let Submission::Unverified(unverified) = submission {
        return Err(unverified.refusal.clone());
    }
    // The shell answers a resend with its first answer; here nothing counts twice.
    if let Some(entry) = state.seen.get(&submission.digest()) {
        return Err(Refusal::new(
            Code::Exists,
            format!("the same bytes came as entry {entry}"),
        ));
    }
    match submission {
        Submission::Unverified(unverified) => Err(unverified.refusal.clone()),
        Submission::Report(report) => report::decide(state, cx, report),
        Submission::Act(verified) => gate::decide_act(state, cx, verified),
    }
}

fn describe(state: &State, submission: &Submission) -> Header {
    let mut header = Header::default();
    match submission {
        Submission::Unverified(unverified) => {
            header.kind = unverified.kind;
            header.org.clone_from(&unverified.org);
        }
        Submission::Report(report) => {
            let part = report.part();
            header.kind = "report.push";
            header.org = Some(part.org.clone());
            header.ground = part.kind.ground();
            header.area = state.organisations.get(&part.org).map(|org| org.division);
            header.people = part.rows.len() as u64;
        }
        Submission::Act(verified) => {
            let act = verified.act();
            header.kind = act.body.kind();
            header.officer = Some(act.officer.clone());
            let officer = state.officers.get(&act.officer);
            let is_counter = officer.is_some_and(Officer::is_counter);
            header.channel = is_counter.then_some(Channel::Online);
            let org = officer.map(|officer| officer.org.clone());
            header.area = org
                .as_ref()
                .and_then(|org| state.organisations.get(org))
                .map(|org| org.division);
            header.org = org;
            describe_act(state, verified, &mut header);
        }
    }
    header
}

fn describe_order(state: &State, id: OrderId, header: &mut Header) {
    header.order = Some(id);
    if let Some(order) = state.orders.get(&id) {
        header.ground = Some(order.ground);
        header.area = Some(order.area);
        header.people = order.people.count() as u64;
        header.document = order
            .document
            .as_ref()
            .map(|document| document.number.clone());
    }
}

fn describe_act(state: &State, verified: &VerifiedAct, header: &mut Header) {
    match &verified.act().body {
        ActBody::Genesis {
            province,
            organisation,
            ..
        } => {
            header.org = Some(organisation.id.clone());
            header.area = Some(*province);
        }
        ActBody::OrderPropose(proposal) => {
            header.ground = Some(proposal.ground);
            header.area = Some(proposal.area);
            header.people = proposal.people.count() as u64;
            header.order = Some(OrderId::from_bytes(verified.digest().short()));
            header.document = proposal
                .document
                .as_ref()
                .map(|document| document.number.clone());
        }
        ActBody::OrderApprove { order, .. }
        | ActBody::OrderRefuse { order, .. }
        | ActBody::OrderWithdraw { order, .. } => {
            describe_order(state, *order, header);
        }
        ActBody::Convert { ground, .. } => {
            header.ground = Some(*ground);
            header.people = 1;
        }
        ActBody::AppealFile { .. }
        | ActBody::AppealDecide { .. }
        | ActBody::AccessLook { .. }
        | ActBody::AccessBreakGlass { .. }
        | ActBody::CaseOpen { .. }
        | ActBody::CaseAnswer { .. }
        | ActBody::MovementRequest { .. } => header.people = 1,
        ActBody::ProxyBind { .. } | ActBody::ProxyEnd { .. } => header.people = 2,
        ActBody::MovementDecide { movement, .. } => {
            header.people = 1;
            let movement = state.movements.get(movement);
            header.area = movement.map(|movement| movement.area).or(header.area);
        }
        ActBody::CaseTransfer { to, .. } => {
            header.people = 1;
            // Where it goes is public: passing on shows.
            let to = state.organisations.get(to);
            header.area = to.map(|to| to.division).or(header.area);
        }
        ActBody::AreaDeclare(area) => {
            header.area = Some(area.division);
            header.document = Some(area.number.clone());
        }
        ActBody::AreaLift { number } => header.document = Some(number.clone()),
        ActBody::DailyReceive { division, .. } => header.area = Some(*division),
        ActBody::DailyDeliver(delivery) => header.area = Some(delivery.division),
        ActBody::OrganisationRegister(_)
        | ActBody::OfficerRegister(_)
        | ActBody::KeyRotate { .. }
        | ActBody::KeyRevoke { .. }
        | ActBody::PackAdopt { .. }
        | ActBody::DailyClose { .. }
        | ActBody::StatementPublish { .. }
        | ActBody::IssuingKeyRegister(_)
        | ActBody::IssuingKeyRevoke { .. }
        | ActBody::ListPublish(_) => {}
    }
}

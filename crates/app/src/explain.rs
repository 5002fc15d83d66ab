//! A code with its reasons: what, why, by whom, on what basis, until when, what turns it green, and
//! how to object, in that order.
//!
//! Invariant: made from the same state and rules that decided, so code, hotline and appeal pages
//! cannot disagree (I8). Refuses: to invent; what a measure does not have is not said.

mod sentences;

pub use sentences::sentences;

use crate::ports::StorageError;
use crate::records::Records;
use domain::act::Need;
use domain::colour::{Colour, Ground, Stage};
use domain::document::PersonId;
use domain::evidence::EvidenceKind;
use domain::ids::{AppealId, EvidenceId, MovementId, OrderId};
use domain::rules::ReleaseRule;
use domain::state::people::End;
use domain::state::requests::Movement;
use domain::time::Timestamp;
use domain::view::{MeasureView, OrderView, PersonView};
pub use policy::{Language, Pack};
use serde::{Serialize, Serializer};
use std::fmt;

/// A person's code at an instant, with everything that stands behind it.
#[derive(Clone, Debug, Serialize)]
pub struct Explanation {
    /// The person.
    pub person: PersonId,
    /// The instant.
    pub at: Timestamp,
    /// The colour: the worst live measure, or green.
    pub colour: Colour,
    /// Whether an advisory flag stands, colour or not.
    pub flagged: bool,
    /// One reason a live measure, worst first.
    pub reasons: Vec<Reason>,
    /// Measures that ended before their time, newest first.
    pub ended: Vec<EndedMeasure>,
    /// Appeals of the person.
    pub appeals: Vec<AppealLine>,
    /// Movements asked for that are not over.
    pub movements: Vec<MovementLine>,
    /// How many entries the answer reflects.
    pub entries: u64,
}

/// Why one measure stands.
#[derive(Clone, Debug, Serialize)]
pub struct Reason {
    /// What it says now: `red`, `yellow` or `flag`.
    pub stage: &'static str,
    /// The ground.
    pub ground: Ground,
    /// The evidence, unless a document stands in its place.
    pub evidence: Option<EvidenceLine>,
    /// The numbered document, for the catch-all ground.
    pub document: Option<String>,
    /// Who decided.
    pub decided: Decided,
    /// The legal basis: of the ground, then of each permit.
    pub basis: Vec<String>,
    /// The instrument that the pack renders.
    pub instrument: (String, String),
    /// From when.
    pub from: Timestamp,
    /// Until when red.
    pub red_until: Timestamp,
    /// Until when yellow.
    pub yellow_until: Timestamp,
    /// Until when at all.
    pub until: Timestamp,
    /// What turns it green earlier.
    pub releases: Vec<ReleaseLine>,
    /// The entry that imposed it, to be proved.
    pub entry: u64,
    /// Until when an open appeal is to be answered; afterwards only a flag is left.
    pub appeal_deadline: Option<Timestamp>,
    /// Hours within which an appeal is answered.
    pub appeal_hours: u32,
}

/// A piece of evidence.
#[derive(Clone, Debug, Serialize)]
pub struct EvidenceLine {
    /// What to name when disputing it.
    pub id: EvidenceId,
    /// Its kind.
    pub kind: EvidenceKind,
    /// Who supplied it.
    pub source: String,
    /// The source's number.
    pub reference: String,
    /// When the fact happened.
    pub occurred_at: Timestamp,
}

/// Who decided.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case", tag = "by")]
pub enum Decided {
    /// A standing rule of a pack.
    Rule {
        /// The pack.
        pack: String,
    },
    /// An order of two bodies.
    Order {
        /// The order.
        order: OrderId,
        /// Who proposed.
        maker: String,
        /// Who approved.
        approver: String,
    },
    /// One body on the emergency path.
    Emergency {
        /// The order.
        order: OrderId,
        /// Who.
        maker: String,
    },
}

/// What turns a measure green earlier.
#[derive(Clone, Debug, Serialize)]
pub struct ReleaseLine {
    /// Its name in the pack.
    pub name: String,
    /// The evidence it needs.
    pub evidence: EvidenceKind,
    /// How many pieces.
    pub count: u8,
    /// How many hours apart at least.
    pub gap_hours: u32,
    /// Whether the system converts by itself.
    pub automatic: bool,
}

/// A measure that ended before its time.
#[derive(Clone, Debug, Serialize)]
pub struct EndedMeasure {
    /// The ground.
    pub ground: Ground,
    /// When it ended.
    pub at: Timestamp,
    /// How.
    pub how: How,
    /// The entry that ended it.
    pub entry: u64,
}

/// How a measure ended before its time.
#[derive(Clone, Debug)]
pub enum How {
    /// A release condition was met.
    Released {
        /// The condition, where the pack still names it.
        release: Option<ReleaseLine>,
        /// By itself, or on request.
        automatic: bool,
    },
    /// The order was withdrawn.
    Withdrawn,
    /// An appeal was upheld.
    Appeal,
    /// The evidence was overturned.
    Overturned,
}

/// As the interface says it; people are told in their language, by [`sentences`].
impl fmt::Display for How {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Released { release, automatic } => {
                let name = release
                    .as_ref()
                    .map_or("release", |release| release.name.as_str());
                let way = match automatic {
                    true => "automatic",
                    false => "on request",
                };
                write!(formatter, "{name}, {way}")
            }
            Self::Withdrawn => formatter.write_str("order withdrawn"),
            Self::Appeal => formatter.write_str("appeal upheld"),
            Self::Overturned => formatter.write_str("evidence overturned"),
        }
    }
}

impl Serialize for How {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// An appeal.
#[derive(Clone, Debug, Serialize)]
pub struct AppealLine {
    /// Its id.
    pub id: AppealId,
    /// `open`, `unanswered`, `upheld` or `rejected`.
    pub status: &'static str,
    /// Until when it is to be answered.
    pub deadline: Timestamp,
    /// The answer's reason.
    pub answer: Option<String>,
}

/// A movement with an end, asked for and not over.
#[derive(Clone, Debug, Serialize)]
pub struct MovementLine {
    /// Its id.
    pub id: MovementId,
    /// `open`, `overdue`, `granted` or `refused`.
    pub status: &'static str,
    /// For what.
    pub need: Need,
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// Until when it is to be decided.
    pub deadline: Timestamp,
    /// The decision's reason.
    pub reason: Option<String>,
}

/// Explains a person's code at an instant; somebody without a record is green.
pub fn explain(
    records: &impl Records,
    person: PersonId,
    at: Timestamp,
) -> Result<Explanation, StorageError> {
    let entries = records.entries()?;
    let view = records.person(person)?;
    let mut explanation = Explanation {
        person,
        at,
        colour: view.colour_at(at),
        flagged: false,
        reasons: Vec::new(),
        ended: Vec::new(),
        appeals: Vec::new(),
        movements: movements(records, &view, at)?,
        entries,
    };
    let mut live: Vec<&MeasureView> = Vec::new();
    for measure in &view.measures {
        match measure.end {
            Some(end) if measure.ended_at <= at => explanation.ended.push(EndedMeasure {
                ground: measure.ground,
                at: measure.ended_at,
                how: how_ended(records, measure, end),
                entry: measure.end_entry,
            }),
            Some(_) | None if measure.stage_at(at) > Stage::None => live.push(measure),
            Some(_) | None => {}
        }
    }
    live.sort_by_key(|measure| {
        std::cmp::Reverse((measure.stage_at(at), measure.span.until(), measure.entry))
    });
    explanation.flagged = live
        .iter()
        .any(|measure| measure.stage_at(at) == Stage::Flag);
    for measure in live {
        let reason = reason(records, &view, measure, at)?;
        explanation.reasons.push(reason);
    }
    for id in &view.appeals {
        let appeal = records.appeal(*id)?;
        let appeal = appeal.filter(|appeal| appeal.filed_at <= at);
        explanation.appeals.extend(appeal.map(|appeal| AppealLine {
            id: appeal.id,
            status: appeal.status_word(at),
            deadline: appeal.deadline,
            answer: appeal.answer.map(|answer| answer.reason),
        }));
    }
    Ok(explanation)
}

/// The movements that are not over at an instant, with what was known of them then.
fn movements(
    records: &impl Records,
    view: &PersonView,
    at: Timestamp,
) -> Result<Vec<MovementLine>, StorageError> {
    let mut lines = Vec::new();
    for id in &view.movements {
        let movement = records.movement(*id)?;
        let asked = |movement: &Movement| movement.asked.at <= at && at < movement.until;
        let Some(mut movement) = movement.filter(asked) else {
            continue;
        };
        movement.decision = movement.decision.filter(|decision| decision.by.at <= at);
        lines.push(MovementLine {
            id: movement.id,
            status: movement.status_word(at),
            need: movement.need,
            from: movement.from,
            until: movement.until,
            deadline: movement.deadline,
            reason: movement.decision.map(|decision| decision.reason),
        });
    }
    Ok(lines)
}

fn how_ended(records: &impl Records, measure: &MeasureView, end: End) -> How {
    let released = |place: u8, automatic| {
        // The pack that was in force then, which need not be the one that imposed.
        let pack = records.pack_at(measure.end_entry);
        let grounds = pack.as_ref().map(|pack| &pack.book().grounds);
        let rule = grounds.and_then(|grounds| grounds.get(&measure.ground));
        let release = rule.and_then(|rule| rule.releases.get(usize::from(place)));
        let release = release.map(release_line);
        How::Released { release, automatic }
    };
    match end {
        End::ReleasedBySystem(place) => released(place, true),
        End::ReleasedOnRequest(place) => released(place, false),
        End::Withdrawn => How::Withdrawn,
        End::Appeal => How::Appeal,
        End::Overturned => How::Overturned,
    }
}

/// A colour without its law or its order is damage, not a colour without reasons.
fn missing(what: &str, measure: &MeasureView) -> StorageError {
    let entry = measure.entry;
    StorageError {
        what: "record",
        why: format!("the {what} of the measure of entry {entry} is missing; run `mingma rebuild`"),
    }
}

fn reason(
    records: &impl Records,
    view: &PersonView,
    measure: &MeasureView,
    at: Timestamp,
) -> Result<Reason, StorageError> {
    let pack = records.pack_at(measure.entry);
    let pack = pack.ok_or_else(|| missing("pack", measure))?;
    let rule = pack.book().grounds.get(&measure.ground);
    let rule = rule.ok_or_else(|| missing("rule", measure))?;
    let order = match measure.order {
        Some(id) => Some((
            id,
            records
                .order(id)?
                .ok_or_else(|| missing("order", measure))?,
        )),
        None => None,
    };
    let evidence = view
        .evidence
        .iter()
        .find(|evidence| Some(evidence.id) == measure.evidence);
    let evidence = match evidence {
        Some(evidence) => Some(EvidenceLine {
            id: evidence.id,
            kind: evidence.kind,
            source: match &evidence.source {
                Some(org) => records.org_name(org)?,
                None => String::new(),
            },
            reference: evidence.reference.clone(),
            occurred_at: evidence.occurred_at,
        }),
        None => None,
    };
    let mut basis = vec![rule.basis.clone()];
    let decided = match &order {
        None => Decided::Rule {
            pack: pack.book().name.clone(),
        },
        Some((id, order)) => {
            let signers = std::iter::once(&order.maker).chain(order.approver());
            for permit in signers.flat_map(|signer| &signer.permits) {
                if !basis.contains(&permit.basis) {
                    basis.push(permit.basis.clone());
                }
            }
            decided(records, *id, order)?
        }
    };
    let instrument = &pack.book().instrument;
    let document = order.and_then(|(_, order)| order.document);
    Ok(Reason {
        stage: stage_word(measure.stage_at(at)),
        ground: measure.ground,
        evidence,
        document: document.map(|document| document.number),
        decided,
        basis,
        instrument: (instrument.title.clone(), instrument.number.clone()),
        from: measure.span.from(),
        red_until: measure.span.red_until(),
        yellow_until: measure.span.yellow_until(),
        until: measure.span.until(),
        releases: rule.releases.iter().map(release_line).collect(),
        entry: measure.entry,
        appeal_deadline: (measure.lapse_at != Timestamp::NEVER).then_some(measure.lapse_at),
        appeal_hours: pack.book().deadlines.appeal_hours,
    })
}

fn decided(
    records: &impl Records,
    id: OrderId,
    order: &OrderView,
) -> Result<Decided, StorageError> {
    let maker = records.org_name(&order.maker.org)?;
    Ok(match order.approver() {
        Some(approver) if !order.emergency => Decided::Order {
            order: id,
            maker,
            approver: records.org_name(&approver.org)?,
        },
        Some(_) | None => Decided::Emergency { order: id, maker },
    })
}

fn release_line(release: &ReleaseRule) -> ReleaseLine {
    ReleaseLine {
        name: release.name.clone(),
        evidence: release.kind,
        count: release.count,
        gap_hours: release.gap_s / 3_600,
        automatic: release.automatic,
    }
}

/// The word for what a measure says.
pub const fn stage_word(stage: Stage) -> &'static str {
    match stage {
        Stage::None => "none",
        Stage::Flag => "flag",
        Stage::Yellow => "yellow",
        Stage::Red => "red",
    }
}

//! A person's row: evidence, measures, and what the person asked for.
//!
//! Invariant: the row is the whole record of one person, so whoever reads it needs no other.

use super::{Table, ViewRow, row};
use crate::colour::{Colour, Ground, Span, Stage};
use crate::division::DivisionCode;
use crate::document::PersonId;
use crate::evidence::EvidenceKind;
use crate::ids::{AppealId, CaseId, EvidenceId, MovementId, OrderId, OrgId};
use crate::state::State;
use crate::state::people::{End, stage_at};
use crate::state::records::Access;
use crate::state::requests::Binding;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// A piece of evidence as a person sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceView {
    /// Its id: what to name when disputing it.
    pub id: EvidenceId,
    /// Its kind.
    pub kind: EvidenceKind,
    /// Who supplied it.
    pub source: Option<OrgId>,
    /// Where.
    pub division: DivisionCode,
    /// When the fact happened.
    pub occurred_at: Timestamp,
    /// The entry that recorded it.
    pub entry: u64,
    /// The source's number.
    pub reference: String,
    /// The linked number.
    pub link_reference: Option<String>,
    /// Too coarse for a colour.
    pub coarse: bool,
    /// Overturned on dispute.
    pub overturned: bool,
}

/// A measure as a person sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeasureView {
    /// Why.
    pub ground: Ground,
    /// What it says when.
    pub span: Span,
    /// The evidence it rests on.
    pub evidence: Option<EvidenceId>,
    /// The order that imposed it; none for a standing rule.
    pub order: Option<OrderId>,
    /// The place responsible.
    pub area: DivisionCode,
    /// The entry that imposed it.
    pub entry: u64,
    /// From when an unanswered appeal leaves only a flag.
    pub lapse_at: Timestamp,
    /// When it ended before its time.
    pub ended_at: Timestamp,
    /// How it ended before its time.
    pub end: Option<End>,
    /// The entry that ended it.
    pub end_entry: u64,
}

impl MeasureView {
    /// What it says at an instant.
    pub fn stage_at(&self, at: Timestamp) -> Stage {
        stage_at(&self.span, self.lapse_at, self.ended_at, at)
    }
}

/// Everything on record about a person, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonView {
    /// Evidence.
    pub evidence: Vec<EvidenceView>,
    /// Measures.
    pub measures: Vec<MeasureView>,
    /// Appeals and disputes.
    pub appeals: Vec<AppealId>,
    /// Who looked, and why.
    pub looks: Vec<Access>,
    /// Cases.
    pub cases: Vec<CaseId>,
    /// Movements asked for.
    pub movements: Vec<MovementId>,
    /// Who may or might read this record.
    pub bindings: Vec<Binding>,
    /// Whose proxy this person is or was; their own rows say until when.
    pub proxy_of: Vec<PersonId>,
}

impl PersonView {
    /// The worst stage at an instant.
    pub fn stage_at(&self, at: Timestamp) -> Stage {
        self.measures
            .iter()
            .map(|measure| measure.stage_at(at))
            .max()
            .unwrap_or_default()
    }

    /// The colour at an instant: the worst live measure, or green.
    pub fn colour_at(&self, at: Timestamp) -> Colour {
        self.stage_at(at).colour()
    }

    /// The evidence on a ground that waits for judgement, newest first: nothing was imposed on that ground
    /// since it was recorded, but for what was withdrawn again.
    pub fn pending(&self, ground: Ground) -> impl Iterator<Item = &EvidenceView> {
        let judged = self.measures.iter();
        let judged = judged.filter(|one| one.ground == ground && one.end != Some(End::Withdrawn));
        let judged = judged.map(|one| one.entry).max();
        let newer = move |one: &&EvidenceView| judged.is_none_or(|judged| judged < one.entry);
        self.usable(ground).filter(newer)
    }

    /// The evidence on a ground that was not overturned, newest first.
    pub fn usable(&self, ground: Ground) -> impl Iterator<Item = &EvidenceView> {
        let fits = move |one: &&EvidenceView| one.kind.ground() == Some(ground);
        self.evidence
            .iter()
            .filter(fits)
            .filter(|one| !one.overturned)
    }

    /// The measures that say something at an instant, worst first.
    pub fn live_at(&self, at: Timestamp) -> Vec<&MeasureView> {
        let mut live: Vec<&MeasureView> = self
            .measures
            .iter()
            .filter(|measure| measure.stage_at(at) > Stage::None)
            .collect();
        live.sort_by_key(|measure| std::cmp::Reverse((measure.stage_at(at), measure.span.until())));
        live
    }
}

/// The view of one person by number.
pub fn person_view(state: &State, place: u32) -> PersonView {
    let evidence = state
        .people
        .evidence_of(place)
        .map(|(_, item)| EvidenceView {
            id: item.id,
            kind: item.kind,
            source: state.people.source_org(item.source).cloned(),
            division: item.division,
            occurred_at: item.occurred_at,
            entry: item.entry,
            reference: item.reference.to_string(),
            link_reference: item.link.as_ref().and_then(|link| link.reference.clone()),
            coarse: item.coarse,
            overturned: item.overturned,
        });
    let measures = state
        .people
        .measures_of(place)
        .map(|(_, item)| MeasureView {
            ground: item.ground,
            span: item.span,
            evidence: item
                .evidence
                .and_then(|place| state.people.evidence(place))
                .map(|e| e.id),
            order: item.order,
            area: item.area,
            entry: item.entry,
            lapse_at: item.lapse_at,
            ended_at: item.ended_at,
            end: item.end,
            end_entry: item.end_entry,
        });
    PersonView {
        evidence: evidence.collect(),
        measures: measures.collect(),
        appeals: state.appeals_of.get(&place).cloned().unwrap_or_default(),
        looks: state.looks.get(&place).cloned().unwrap_or_default(),
        cases: state.cases_of.get(&place).cloned().unwrap_or_default(),
        movements: state.movements_of.get(&place).cloned().unwrap_or_default(),
        bindings: state.bindings.get(&place).cloned().unwrap_or_default(),
        proxy_of: state
            .proxy_of
            .get(&place)
            .map_or_else(Vec::new, |people| people.iter().copied().collect()),
    }
}

/// The row of one person by number.
pub fn person_row(state: &State, place: u32) -> Option<ViewRow> {
    let person = state.people.person(place)?;
    Some(row(
        Table::People,
        *person.id.as_bytes(),
        &person_view(state, place),
    ))
}

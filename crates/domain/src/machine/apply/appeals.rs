//! Applying appeals: the clock begins, and the answer stops it or ends what was appealed against.
//!
//! Invariant: a measure is under the earliest deadline of its open objections (I9).

use super::{end_measure, settle, subject};
use crate::act::AppealTarget;
use crate::ids::AppealId;
use crate::machine::Applied;
use crate::machine::appeal::objections;
use crate::state::State;
use crate::state::people::End;
use crate::state::records::{Answer, Appeal};
use crate::time::Timestamp;

/// Files an appeal: what it is against is under its deadline.
pub(super) fn file(state: &mut State, applied: &mut Applied, appeal: Appeal) {
    for &place in &appeal.measures {
        if let Some(measure) = state.people.measure_mut(place) {
            measure.lapse_at = measure.lapse_at.min(appeal.deadline);
        }
    }
    state
        .boundaries
        .entry(appeal.deadline)
        .or_default()
        .push(appeal.person_place);
    applied.changes.people.push(appeal.person_place);
    applied.changes.appeals.push(appeal.id);
    applied.subjects.push(subject(
        state,
        appeal.person_place,
        *b"appeal\0\0\0\0\0\0\0\0\0\0\0\0",
    ));
    state
        .appeals_of
        .entry(appeal.person_place)
        .or_default()
        .push(appeal.id);
    state.appeals.insert(appeal.id, appeal);
}

/// What an answer brings with it beyond itself.
pub(super) struct Consequences {
    /// Evidence overturned: person and number.
    pub(super) overturned: Vec<(u32, u32)>,
    /// Measures that end.
    pub(super) ends: Vec<(u32, End)>,
}

/// Answers an appeal.
pub(super) fn decide(
    state: &mut State,
    applied: &mut Applied,
    at: Timestamp,
    id: AppealId,
    answer: Answer,
    consequences: Consequences,
) {
    let upheld = answer.upheld;
    let Some(appeal) = state.appeals.get_mut(&id) else {
        return;
    };
    appeal.answer = Some(answer);
    let (measures, place) = (appeal.measures.clone(), appeal.person_place);
    let mut people = vec![place];
    if let (AppealTarget::Evidence(id), true) = (appeal.target, upheld) {
        state.suppressed.insert(id);
    }
    for (person, number) in consequences.overturned {
        if let Some(evidence) = state.people.evidence_mut(number) {
            evidence.overturned = true;
            people.push(person);
        }
    }
    if !upheld {
        for number in measures {
            resume(state, at, place, number);
        }
    }
    for (number, how) in consequences.ends {
        people.extend(end_measure(state, applied, at, number, at, how));
    }
    applied.changes.appeals.push(id);
    settle(state, applied, at, people);
}

/// Takes a measure off the clock of a rejected appeal and leaves it on those of the open ones. A
/// late answer does not bring a lapsed colour back: the deadline was the person's.
fn resume(state: &mut State, at: Timestamp, person: u32, number: u32) {
    let others = objections(state, person)
        .filter(|appeal| appeal.answer.is_none() && appeal.measures.contains(&number))
        .map(|appeal| appeal.deadline)
        .min()
        .unwrap_or(Timestamp::NEVER);
    if let Some(measure) = state.people.measure_mut(number)
        && measure.lapse_at > at
    {
        measure.lapse_at = others;
    }
}

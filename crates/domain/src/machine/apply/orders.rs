//! Applying orders: measures begin together, and end together when the order is withdrawn.
//!
//! Invariant: every measure that begins is counted, remembered by the volume guard, and under the
//! clock of any objection that is open already (I5, I9).

use super::{count, end_measure, settle, tally};
use crate::act::AppealTarget;
use crate::colour::{Ground, Span};
use crate::division::DivisionCode;
use crate::ids::{OrderId, OrgId};
use crate::machine::effect::{Grant, Grants, Impose, ImposeOrder, Who};
use crate::machine::order::body_of;
use crate::machine::{Applied, Context};
use crate::rules::AUTOMATIC_PEOPLE_MAX;
use crate::state::State;
use crate::state::people::{End, Measure};
use crate::state::records::{Decision, OrderStatus};
use crate::state::volume::{VolumeBy, VolumeKey};
use crate::time::Timestamp;
use std::collections::BTreeMap;

/// What the subject tree says of a measure: from, until, ground, worst stage.
pub(in crate::machine) fn measure_mark(span: Span, ground: Ground) -> [u8; 18] {
    let mut mark = [0_u8; 18];
    let words = [
        span.from().as_unix().to_be_bytes(),
        span.until().as_unix().to_be_bytes(),
    ];
    let tail = [ground as u8, span.stage_at(span.from()) as u8];
    for (slot, byte) in mark.iter_mut().zip(words.into_iter().flatten().chain(tail)) {
        *slot = byte;
    }
    mark
}

/// Begins the measures of an order.
pub(super) fn impose(state: &mut State, cx: &Context<'_>, applied: &mut Applied, impose: Impose) {
    let Impose {
        order,
        decision,
        grants,
        places,
    } = impose;
    let id = match order {
        ImposeOrder::Known(id) => id,
        ImposeOrder::New(order) => {
            let id = order.id;
            state.orders.insert(id, *order);
            id
        }
    };
    let Some(order) = state.orders.get(&id) else {
        return;
    };
    let (ground, maker) = (order.ground, order.maker.org.clone());
    let first = state.people.measure_count();
    let length = grants.count();
    state.people.reserve(0, 0, length);
    applied.changes.people.reserve(length);
    let mut until = cx.at;
    for grant in grants.iter() {
        let (person, measure) = begin_measure(state, grant, ground, Some(id));
        if grant.disputed {
            put_under_objections(state, applied, person, measure);
        }
        until = until.max(grant.span.until());
        count(state, person, cx.at, &mut applied.caused);
        applied.changes.people.push(person);
    }
    let count = u32::try_from(length).unwrap_or(u32::MAX);
    applied.imposed = Some((first, count));
    mark_all_boundaries(state, &grants, &applied.changes.people);
    applied.notices = length as u64;
    let numbers = applied.changes.people.iter().copied();
    let people = numbers.zip(grants.iter().map(|grant| grant.area));
    remember(state, cx, (ground, false), &maker, people);
    for (place, people) in places {
        tally(state, cx.at, applied, place, ground, |cell| {
            cell.add(&people)
        });
    }
    if let Some(order) = state.orders.get_mut(&id) {
        order.measures = (first, count);
        order.until = until;
    }
    decide_order(state, applied, id, decision);
}

/// Enters the ends of many measures, of which most share their instants.
fn mark_all_boundaries(state: &mut State, grants: &Grants, people: &[u32]) {
    // First ends, then second, then third: neighbours in such a row mostly share an instant.
    for place in 0..3 {
        let ends = grants
            .iter()
            .map(|grant| grant.span.boundaries().nth(place));
        let mut run: (Option<Timestamp>, Vec<u32>) = (None, Vec::new());
        for (end, &person) in ends.zip(people) {
            if end != run.0 {
                enter(state, &mut run);
                run.0 = end;
            }
            run.1.push(person);
        }
        enter(state, &mut run);
    }
}

/// Enters a run of people whose measures say something else from one instant on.
fn enter(state: &mut State, (instant, people): &mut (Option<Timestamp>, Vec<u32>)) {
    if let Some(instant) = instant {
        state.boundaries.entry(*instant).or_default().append(people);
    }
    people.clear();
}

/// Begins one measure; gives the person's number and its own.
pub(super) fn begin_measure(
    state: &mut State,
    grant: &Grant,
    ground: Ground,
    order: Option<OrderId>,
) -> (u32, u32) {
    let person = match grant.who {
        Who::Known(person) => person,
        Who::New(id) => state.people.intern(id),
    };
    if let Some(evidence) = grant
        .evidence
        .and_then(|place| state.people.evidence_mut(place))
    {
        evidence.spent = true;
    }
    let measure = state.people.add_measure(Measure::new(
        person,
        ground,
        grant.span,
        grant.evidence,
        order,
        grant.area,
        state.seq,
    ));
    (person, measure)
}

/// Puts a new measure under the objections that are open against what it rests on, so that an
/// order cannot outrun the clock of an appeal.
fn put_under_objections(state: &mut State, applied: &mut Applied, person: u32, number: u32) {
    let Some(measure) = state.people.measure(number) else {
        return;
    };
    let evidence = measure.evidence;
    let id = evidence
        .and_then(|place| state.people.evidence(place))
        .map(|evidence| evidence.id);
    let mut lapse_at = Timestamp::NEVER;
    for appeal_id in state.appeals_of.get(&person).into_iter().flatten() {
        let Some(appeal) = state.appeals.get_mut(appeal_id) else {
            continue;
        };
        let concerns = match appeal.target {
            AppealTarget::Evidence(disputed) => Some(disputed) == id,
            AppealTarget::Measure(_) => appeal.measures.iter().any(|place| {
                state
                    .people
                    .measure(*place)
                    .is_some_and(|measure| measure.evidence == evidence)
            }),
        };
        if concerns && appeal.answer.is_none() {
            appeal.measures.push(number);
            lapse_at = lapse_at.min(appeal.deadline);
            applied.changes.appeals.push(*appeal_id);
        }
    }
    if let Some(measure) = state.people.measure_mut(number) {
        measure.lapse_at = lapse_at;
    }
    state.boundaries.entry(lapse_at).or_default().push(person);
}

/// Tells the volume guard who was measured, where, and by which body.
pub(super) fn remember(
    state: &mut State,
    cx: &Context<'_>,
    (ground, automatic): (Ground, bool),
    org: &OrgId,
    people: impl Iterator<Item = (u32, DivisionCode)>,
) {
    let (Some(rules), Some(org)) = (cx.rules, state.organisations.get(org)) else {
        return;
    };
    let since = cx.at.plus_s(-i64::from(rules.book.volume.window_s));
    // More people than any guard could be set to are as many as that.
    let limit = AUTOMATIC_PEOPLE_MAX as usize;
    let mut by_body = Vec::new();
    let mut by_place = BTreeMap::<DivisionCode, Vec<u32>>::new();
    let mut place: (Option<DivisionCode>, usize) = (None, 0);
    for (person, division) in people {
        if by_body.len() < limit {
            by_body.push(person);
        }
        if place.0 == Some(division) && place.1 >= limit {
            continue;
        }
        let known = by_place.entry(division.prefecture()).or_default();
        if known.len() < limit {
            known.push(person);
        }
        place = (Some(division), known.len());
    }
    if by_body.is_empty() {
        return;
    }
    let body = body_of(state, org);
    let places = by_place
        .into_iter()
        .map(|(place, people)| (VolumeBy::Prefecture(place), people));
    for (by, people) in std::iter::once((body, by_body)).chain(places) {
        let key = VolumeKey {
            ground,
            automatic,
            by,
        };
        state.volume.record(key, cx.at, since, people.into_iter());
    }
}

/// Puts a decision on an order.
pub(super) fn decide_order(
    state: &mut State,
    applied: &mut Applied,
    id: OrderId,
    decision: Decision,
) {
    if let Some(order) = state.orders.get_mut(&id) {
        order.status = decision.status;
        order.decisions.push(decision);
    }
    applied.changes.orders.push(id);
}

/// Ends everything that an order imposed.
pub(super) fn withdraw(
    state: &mut State,
    applied: &mut Applied,
    at: Timestamp,
    id: OrderId,
    decision: Decision,
) {
    let Some(order) = state.orders.get(&id) else {
        return;
    };
    if order.status == OrderStatus::InForce {
        let (first, count) = order.measures;
        let mut people = Vec::with_capacity(count as usize);
        for place in first..first.saturating_add(count) {
            people.extend(end_measure(state, applied, at, place, at, End::Withdrawn));
        }
        settle(state, applied, at, people);
    }
    decide_order(state, applied, id, decision);
}

//! Applying orders: measures begin together, and end together when the order is withdrawn.
//!
//! Invariant: every measure that begins is counted, remembered by the volume guard, and under the
//! clock of any objection that is open already (I5, I9).

use super::{count, end_measure, settle, tally};
use crate::act::AppealTarget;
use crate::colour::{Ground, Span};
use crate::division::DivisionCode;
use crate::ids::{OrderId, OrgId};
use crate::machine::effect::{Grant, Impose, ImposeOrder};
use crate::machine::order::body_of;
use crate::machine::{Applied, Context, Subject};
use crate::rules::AUTOMATIC_PEOPLE_MAX;
use crate::state::State;
use crate::state::people::{End, Measure};
use crate::state::records::{Decision, OrderStatus};
use crate::state::volume::{VolumeBy, VolumeKey};
use crate::time::Timestamp;
use std::collections::BTreeMap;

/// Measures begin in blocks, so that many slow reads of memory run at once.
const BLOCK: usize = 256;

/// What the subject tree says of a measure: from, until, ground, worst stage.
fn measure_mark(span: Span, ground: Ground) -> [u8; 18] {
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
    state.people.reserve(0, 0, grants.len());
    applied.subjects.reserve(grants.len());
    applied.changes.people.reserve(grants.len());
    let mut until = cx.at;
    for block in grants.chunks(BLOCK) {
        state
            .people
            .warm(block.iter().filter_map(|grant| grant.person));
        for grant in block {
            let (person, measure) = begin_measure(state, grant, ground, Some(id));
            if grant.disputed {
                put_under_objections(state, applied, person, measure);
            }
            until = until.max(grant.span.until());
            count(state, person, cx.at, &mut applied.caused);
            let mark = measure_mark(grant.span, ground);
            applied.subjects.push(Subject {
                person: grant.id,
                mark,
            });
            applied.changes.people.push(person);
        }
    }
    mark_all_boundaries(state, &grants, &applied.changes.people);
    applied.notices = grants.len() as u64;
    let numbers = applied.changes.people.iter().copied();
    let people: Vec<_> = numbers.zip(grants.iter().map(|grant| grant.area)).collect();
    remember(state, cx, (ground, false), &maker, &people);
    for (place, people) in places {
        tally(state, cx.at, applied, place, ground, |cell| {
            cell.add(&people)
        });
    }
    if let Some(order) = state.orders.get_mut(&id) {
        order.measures = (first, u32::try_from(grants.len()).unwrap_or(u32::MAX));
        order.until = until;
    }
    decide_order(state, applied, id, decision);
}

/// Enters the ends of many measures, of which most share their instants.
fn mark_all_boundaries(state: &mut State, grants: &[Grant], people: &[u32]) {
    let mut ends: Vec<(Timestamp, u32)> = Vec::with_capacity(grants.len());
    for (grant, &person) in grants.iter().zip(people) {
        ends.extend(grant.span.boundaries().map(|instant| (instant, person)));
    }
    // Stable, so that people stay in the order of the list; fast where runs are sorted already.
    ends.sort_by_key(|(instant, _)| *instant);
    for run in ends.chunk_by(|a, b| a.0 == b.0) {
        let Some(&(instant, _)) = run.first() else {
            continue;
        };
        let people = run.iter().map(|(_, person)| *person);
        state.boundaries.entry(instant).or_default().extend(people);
    }
}

/// Begins one measure; gives the person's number and its own.
pub(super) fn begin_measure(
    state: &mut State,
    grant: &Grant,
    ground: Ground,
    order: Option<OrderId>,
) -> (u32, u32) {
    let person = grant
        .person
        .unwrap_or_else(|| state.people.intern(grant.id));
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
    people: &[(u32, DivisionCode)],
) {
    let (Some(rules), Some(org)) = (cx.rules, state.organisations.get(org)) else {
        return;
    };
    if people.is_empty() {
        return;
    }
    let since = cx.at.plus_s(-i64::from(rules.book.volume.window_s));
    let body = body_of(state, org);
    let key = |by| VolumeKey {
        ground,
        automatic,
        by,
    };
    state.volume.record(
        key(body),
        cx.at,
        since,
        people.iter().map(|(person, _)| *person),
    );
    let mut by_place = BTreeMap::<DivisionCode, Vec<u32>>::new();
    for run in people.chunk_by(|a, b| a.1 == b.1) {
        let Some((_, division)) = run.first() else {
            continue;
        };
        let place = by_place.entry(division.prefecture()).or_default();
        let room = (AUTOMATIC_PEOPLE_MAX as usize).saturating_sub(place.len());
        place.extend(run.iter().map(|(person, _)| *person).take(room));
    }
    for (place, people) in by_place {
        state.volume.record(
            key(VolumeBy::Prefecture(place)),
            cx.at,
            since,
            people.into_iter(),
        );
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

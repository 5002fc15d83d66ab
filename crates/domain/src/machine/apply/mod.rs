//! Applying effects: the one place where the state changes.
//!
//! Invariant: every person whose measures change is counted before and after, so that the running
//! sum of transitions is the number of yellows and reds (I10); every measure is entered in the
//! boundary index, so that it ends by itself (I6).

mod appeals;
mod orders;
mod publications;
mod registry;
mod reports;
mod requests;

pub(in crate::machine) use orders::measure_mark;

use super::effect::Effect;
use super::{Applied, Context, Subject};
use crate::act::AreaKind;
use crate::colour::{Ground, Span};
use crate::division::DivisionCode;
use crate::document::PersonId;
use crate::leaf::Transitions;
use crate::state::State;
use crate::state::people::End;
use crate::state::records::{Access, DayCount, DayReport, Signer};
use crate::time::{Day, Timestamp};

/// Lets time pass up to `at`: counts every colour that changed by itself.
pub(super) fn pass_time(state: &mut State, at: Timestamp) -> Transitions {
    let mut lapsed = Transitions::default();
    while let Some(entry) = state.boundaries.first_entry() {
        if *entry.key() > at {
            break;
        }
        for person in entry.remove() {
            count(state, person, at, &mut lapsed);
        }
    }
    lapsed
}

/// Counts one person's colour if it differs from what was last counted.
fn count(state: &mut State, person: u32, at: Timestamp, into: &mut Transitions) {
    let now = state.people.colour_at(person, at);
    if let Some(person) = state.people.person_mut(person) {
        into.count(person.counted, now);
        person.counted = now;
    }
}

/// Applies an effect.
pub(super) fn apply(state: &mut State, cx: &Context<'_>, effect: Effect) -> Applied {
    let mut applied = Applied::default();
    match effect {
        registry @ (Effect::Begin { .. }
        | Effect::AddOrganisation(_)
        | Effect::SetOfficer(_)
        | Effect::ReplaceKey { .. }
        | Effect::EndKey(_)
        | Effect::Adopt { .. }) => registry::apply(state, &mut applied, cx.at, registry),
        Effect::DeclareArea(area) => {
            applied.changes.areas.push(area.number.clone());
            state.areas.insert(area.number.clone(), area);
        }
        Effect::LiftArea(number) => lift_area(state, &mut applied, cx.at, number),
        Effect::Propose(order) => {
            applied.changes.orders.push(order.id);
            state.orders.insert(order.id, *order);
        }
        Effect::Impose(impose) => orders::impose(state, cx, &mut applied, impose),
        Effect::Refuse(id, decision) => {
            orders::decide_order(state, &mut applied, id, decision);
        }
        Effect::Withdraw(id, decision) => {
            orders::withdraw(state, &mut applied, cx.at, id, decision)
        }
        Effect::Release { ends } => release(state, &mut applied, cx.at, ends),
        Effect::FileAppeal(appeal) => appeals::file(state, &mut applied, *appeal),
        Effect::DecideAppeal {
            appeal,
            answer,
            overturned,
            ends,
        } => {
            let consequences = appeals::Consequences { overturned, ends };
            appeals::decide(state, &mut applied, cx.at, appeal, answer, consequences);
        }
        Effect::Look(person, access) => look(state, &mut applied, person, access),
        office @ (Effect::CloseDay { .. }
        | Effect::ReceiveDay { .. }
        | Effect::DeliverDay { .. }
        | Effect::Publish(_)) => {
            apply_office(state, &mut applied, office);
        }
        publish @ (Effect::BeginIssuingKey(_)
        | Effect::EndIssuingKey(_)
        | Effect::PublishList(_)) => publications::apply(state, &mut applied, cx.at, publish),
        Effect::PutCase(case) => requests::put_case(state, &mut applied, *case),
        Effect::PutMovement(movement) => requests::put_movement(state, &mut applied, *movement),
        Effect::PutBinding(binding) => requests::put_binding(state, &mut applied, *binding),
        Effect::Record(recorded) => reports::record(state, cx, &mut applied, *recorded),
    }
    applied
}

fn apply_office(state: &mut State, applied: &mut Applied, effect: Effect) {
    match effect {
        Effect::CloseDay {
            division,
            day,
            by,
            late,
        } => {
            close_day(state, applied, division, day, by, late);
        }
        Effect::ReceiveDay {
            division,
            day,
            by,
            late,
        } => {
            if let Some(report) = state.days.get_mut(&(division, day)) {
                report.received = Some(by);
                report.received_late = late;
            }
            applied.changes.days.push((division, day));
        }
        Effect::DeliverDay {
            division,
            day,
            report,
        } => {
            state.days.insert((division, day), report);
            applied.changes.days.push((division, day));
        }
        Effect::Publish(statement) => {
            applied
                .changes
                .orders
                .extend(statement.orders.iter().copied());
            state.statements.insert(state.seq, statement);
        }
        _ => {}
    }
}

fn lift_area(state: &mut State, applied: &mut Applied, at: Timestamp, number: String) {
    if let Some(area) = state.areas.get_mut(&number) {
        // A round of tests that was called off was never due: nobody is overdue by it.
        area.until = if area.kind == AreaKind::TestRound {
            area.from
        } else {
            at
        };
    }
    applied.changes.areas.push(number);
}

fn release(
    state: &mut State,
    applied: &mut Applied,
    at: Timestamp,
    ends: Vec<(u32, Timestamp, End)>,
) {
    let mut people = Vec::new();
    for (measure, when, how) in ends {
        people.extend(end_measure(state, applied, at, measure, when, how));
    }
    settle(state, applied, at, people);
}

fn look(state: &mut State, applied: &mut Applied, person: PersonId, access: Access) {
    let place = state.people.intern(person);
    let mark = match access.break_glass {
        true => *b"break_glass\0\0\0\0\0\0\0",
        false => *b"look\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
    };
    state.looks.entry(place).or_default().push(access);
    applied.subjects.push(subject(state, place, mark));
    applied.changes.people.push(place);
}

fn mark_boundaries(state: &mut State, person: u32, span: Span) {
    for instant in span.boundaries() {
        state.boundaries.entry(instant).or_default().push(person);
    }
}

/// Counts people whose measures changed, names them as touched, and owes them a notice.
fn settle(state: &mut State, applied: &mut Applied, at: Timestamp, mut people: Vec<u32>) {
    people.sort_unstable();
    people.dedup();
    for &person in &people {
        count(state, person, at, &mut applied.caused);
        let colour = state.people.colour_at(person, at) as u8;
        let until = state.people.live_until(person, at);
        let mark = state_mark(*b"changed\0", until, colour);
        applied.subjects.push(subject(state, person, mark));
    }
    applied.notices = applied.notices.saturating_add(people.len() as u64);
    applied.changes.people.extend(people);
}

/// What the subject tree says of a person whose state changed: a name, until when anything about
/// the person is live, and what is so now.
fn state_mark(name: [u8; 8], until: Timestamp, now: u8) -> [u8; 18] {
    let mut mark = [0_u8; 18];
    let words = name.into_iter().chain(until.as_unix().to_be_bytes());
    for (slot, byte) in mark.iter_mut().zip(words.chain([0, now])) {
        *slot = byte;
    }
    mark
}

fn subject(state: &State, person: u32, mark: [u8; 18]) -> Subject {
    let id = state
        .people
        .person(person)
        .map_or_else(|| PersonId::from_bytes([0; 16]), |person| person.id);
    Subject { person: id, mark }
}

fn tally(
    state: &mut State,
    at: Timestamp,
    applied: &mut Applied,
    place: DivisionCode,
    ground: Ground,
    change: impl FnOnce(&mut DayCount),
) {
    let key = (at.local_day(state.utc_offset_s), place.prefecture(), ground);
    change(state.history.entry(key).or_default());
    if !applied.changes.history.contains(&key) {
        applied.changes.history.push(key);
    }
}

/// Ends a measure at `when`; gives the person when that changes anything.
fn end_measure(
    state: &mut State,
    applied: &mut Applied,
    at: Timestamp,
    place: u32,
    when: Timestamp,
    how: End,
) -> Option<u32> {
    let entry = state.seq;
    let measure = state.people.measure_mut(place)?;
    if !measure.is_live(at) || when >= measure.ended_at {
        return None;
    }
    measure.ended_at = when;
    measure.end = Some(how);
    measure.end_entry = entry;
    let (person, area, ground) = (measure.person, measure.area, measure.ground);
    if when > at {
        state.boundaries.entry(when).or_default().push(person);
    }
    tally(state, at, applied, area, ground, |cell| {
        cell.released = cell.released.saturating_add(1);
    });
    Some(person)
}

fn close_day(
    state: &mut State,
    applied: &mut Applied,
    division: DivisionCode,
    day: Day,
    by: Signer,
    late: bool,
) {
    let counts = Ground::ALL
        .iter()
        .filter_map(|&ground| {
            state
                .history
                .get(&(day, division, ground))
                .map(|count| (ground, *count))
        })
        .collect();
    state.days.insert(
        (division, day),
        DayReport {
            closed: by,
            closed_late: late,
            counts,
            received: None,
            received_late: false,
            source: None,
        },
    );
    applied.changes.days.push((division, day));
}

//! Applying what people ask for: the record takes the place of the one before it.
//!
//! Invariant: whatever concerns a person stands on that person's own record, and the entry names the
//! person in its subject tree.

use super::{state_mark, subject};
use crate::machine::Applied;
use crate::state::State;
use crate::state::requests::{Binding, Case, Movement};

/// Puts a case on record, new or as it stands now; an answer is told.
pub(super) fn put_case(state: &mut State, applied: &mut Applied, case: Case) {
    let place = state.people.intern(case.person);
    if case.answer.is_some() {
        applied.notices = applied.notices.saturating_add(1);
    }
    applied.changes.people.push(place);
    applied.changes.cases.push(case.id);
    applied
        .subjects
        .push(subject(state, place, *b"case\0\0\0\0\0\0\0\0\0\0\0\0\0\0"));
    if !state.cases.contains_key(&case.id) {
        state.cases_of.entry(place).or_default().push(case.id);
    }
    state.cases.insert(case.id, case);
}

/// Puts a movement on record, new or as it was decided; a decision is told.
pub(super) fn put_movement(state: &mut State, applied: &mut Applied, movement: Movement) {
    let place = state.people.intern(movement.person);
    if movement.decision.is_some() {
        applied.notices = applied.notices.saturating_add(1);
    }
    applied.changes.people.push(place);
    applied.changes.movements.push(movement.id);
    let until = movement.until;
    let granted = movement.decision.as_ref().map(|decision| decision.granted);
    let mark = state_mark(*b"movement", until, u8::from(granted == Some(true)));
    applied.subjects.push(subject(state, place, mark));
    if !state.movements.contains_key(&movement.id) {
        let of = state.movements_of.entry(place).or_default();
        of.push(movement.id);
    }
    state.movements.insert(movement.id, movement);
}

/// Puts a binding on both people's records, new or as it was ended; a new one is told.
pub(super) fn put_binding(state: &mut State, applied: &mut Applied, binding: Binding) {
    let place = state.people.intern(binding.person);
    let proxy = state.people.intern(binding.proxy);
    let until = binding.until;
    let mark = state_mark(*b"proxy\0\0\0", until, u8::from(binding.ended.is_none()));
    for place in [place, proxy] {
        applied.changes.people.push(place);
        applied.subjects.push(subject(state, place, mark));
    }
    let of = state.proxy_of.entry(proxy).or_default();
    of.insert(binding.person);
    let bindings = state.bindings.entry(place).or_default();
    let same = |one: &&mut Binding| one.proxy == binding.proxy && one.by == binding.by;
    match bindings.iter_mut().find(same) {
        Some(known) => *known = binding,
        None => {
            bindings.push(binding);
            applied.notices = applied.notices.saturating_add(1);
        }
    }
}

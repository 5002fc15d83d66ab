//! From an entry to its notices, for one person at a time.
//!
//! Invariant: a pure function of the state, which keeps every measure, answer and look with the
//! entry that made it. An end that a later entry overtook before it was told is told with that one.

use super::{Event, Notice};
use domain::document::PersonId;
use domain::state::State;
use domain::state::people::{End, Measure};
use domain::time::Timestamp;

/// What the person with this number is to be told of an entry that was decided at `at`; each within
/// `notice_s` seconds of its effect.
pub fn derive(
    state: &State,
    (entry, at): (u64, Timestamp),
    place: u32,
    notice_s: u32,
) -> Vec<Notice> {
    let Some(person) = state.people.person(place) else {
        return Vec::new();
    };
    let mut told = Told {
        entry,
        person: person.id,
        notice_s,
        notices: Vec::new(),
    };
    for id in state.appeals_of.get(&place).into_iter().flatten() {
        let answer = state
            .appeals
            .get(id)
            .and_then(|appeal| appeal.answer.as_ref());
        if let Some(answer) = answer.filter(|answer| answer.by.entry == entry) {
            let event = match answer.upheld {
                true => Event::AppealUpheld,
                false => Event::AppealRejected,
            };
            told.add(event, at);
        }
    }
    let answered = !told.notices.is_empty();
    for (_, measure) in state.people.measures_of(place) {
        if measure.entry == entry {
            told.add(Event::Imposed, measure.span.from().max(at));
        }
        if let Some(event) = ended_by(measure, entry) {
            // Whoever asked hears of the end with the answer.
            if !(answered && event == Event::Overturned) {
                told.add(event, measure.ended_at.max(at));
            }
        }
    }
    let looks = state.looks.get(&place).into_iter().flatten();
    if let Some(look) = looks.rev().find(|look| look.by.entry == entry) {
        let event = match look.break_glass {
            true => Event::BrokeGlass,
            false => Event::Looked,
        };
        told.add(event, at);
    }
    let movements = state.movements_of.get(&place).into_iter().flatten();
    let mut decisions = movements.filter_map(|id| state.movements.get(id)?.decision.as_ref());
    if let Some(decision) = decisions.find(|decision| decision.by.entry == entry) {
        let event = match decision.granted {
            true => Event::MovementGranted,
            false => Event::MovementRefused,
        };
        told.add(event, at);
    }
    let bindings = state.bindings.get(&place).into_iter().flatten();
    if bindings.rev().any(|binding| binding.by.entry == entry) {
        told.add(Event::ProxyBound, at);
    }
    let cases = state.cases_of.get(&place).into_iter().flatten();
    let mut answers = cases.filter_map(|id| state.cases.get(id)?.answer.as_ref());
    if answers.any(|answer| answer.by.entry == entry) {
        told.add(Event::CaseAnswered, at);
    }
    told.notices
}

fn ended_by(measure: &Measure, entry: u64) -> Option<Event> {
    match measure.end.filter(|_| measure.end_entry == entry)? {
        End::ReleasedBySystem(_) | End::ReleasedOnRequest(_) => Some(Event::Released),
        End::Withdrawn => Some(Event::Withdrawn),
        End::Appeal | End::Overturned => Some(Event::Overturned),
    }
}

struct Told {
    entry: u64,
    person: PersonId,
    notice_s: u32,
    notices: Vec<Notice>,
}

impl Told {
    /// One notice an event, for the earliest of its effects.
    fn add(&mut self, event: Event, at: Timestamp) {
        let due = at.plus_s(i64::from(self.notice_s));
        match self.notices.iter_mut().find(|notice| notice.event == event) {
            Some(known) => (known.at, known.due) = (known.at.min(at), known.due.min(due)),
            None => self.notices.push(Notice {
                entry: self.entry,
                person: self.person,
                event,
                at,
                due,
            }),
        }
    }
}

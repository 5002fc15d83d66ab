//! The preview of an order: what its maker and checker see before they sign.
//!
//! Invariant: made by the same code that decides, from the same state, and changes nothing.

use super::office::COMPARE_S;
use crate::act::Proposal;
use crate::division::DivisionCode;
use crate::rules::{RuleBook, Rules};
use crate::state::State;
use crate::time::{DAY_S, Day, Timestamp};
use std::collections::BTreeMap;

/// What an order would do, and how unlike the last 21 days it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Preview {
    /// How many people.
    pub people: u64,
    /// How many of them have usable evidence, by nothing more than the ledger's own record.
    pub with_evidence: u64,
    /// People by the county of their evidence.
    pub counties: BTreeMap<DivisionCode, u64>,
    /// People with no evidence on the ground at all.
    pub without_evidence: u64,
    /// Whether the province must approve.
    pub needs_province: bool,
    /// Measures on this ground in this place on the busiest of the last 21 days.
    pub busiest_day: u64,
    /// Mean a day over the last 21 days.
    pub mean_day: f64,
    /// The order's size divided by the busiest day (at least one).
    pub times_busiest: f64,
}

/// Previews a proposal at an instant.
pub fn preview(state: &State, rules: Rules<'_>, at: Timestamp, proposal: &Proposal) -> Preview {
    let mut counties = BTreeMap::new();
    let mut without_evidence = 0_u64;
    for id in proposal.people.iter() {
        let division = state.people.find(id).and_then(|person| {
            state
                .people
                .evidence_of(person)
                .find(|(_, evidence)| {
                    evidence.kind.ground() == Some(proposal.ground) && !evidence.overturned
                })
                .map(|(_, evidence)| evidence.division)
        });
        match division {
            Some(division) => {
                let count: &mut u64 = counties.entry(division).or_default();
                *count = count.saturating_add(1);
            }
            None => without_evidence = without_evidence.saturating_add(1),
        }
    }
    let people = proposal.people.count() as u64;
    let (busiest_day, total) = last_days(state, rules.book, at, proposal);
    Preview {
        people,
        with_evidence: people.saturating_sub(without_evidence),
        counties,
        without_evidence,
        needs_province: rules.book.approving_tier(people).is_some()
            || proposal.ground == crate::colour::Ground::Order,
        busiest_day,
        mean_day: total as f64 / (COMPARE_S / DAY_S) as f64,
        times_busiest: people as f64 / busiest_day.max(1) as f64,
    }
}

fn last_days(state: &State, book: &RuleBook, at: Timestamp, proposal: &Proposal) -> (u64, u64) {
    let today = at.local_day(book.utc_offset_s);
    let first = Day::from_count(today.as_count().saturating_sub(COMPARE_S / DAY_S));
    let mut by_day = BTreeMap::<Day, u64>::new();
    for ((day, place, ground), count) in &state.history {
        let counts = *day >= first
            && *day < today
            && *ground == proposal.ground
            && (proposal.area.contains(*place) || place.contains(proposal.area));
        if counts {
            let sum = by_day.entry(*day).or_default();
            *sum = sum.saturating_add(count.red).saturating_add(count.yellow);
        }
    }
    let busiest = by_day.values().copied().max().unwrap_or_default();
    (
        busiest,
        by_day
            .values()
            .fold(0, |total, day| total.saturating_add(*day)),
    )
}

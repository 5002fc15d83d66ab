//! Behind every colour stand an accepted entry, evidence and signatures (I1, I3, I4).
//!
//! Invariant: totals are counted again person by person, and every measure is followed back to the
//! entry that imposed it, the order it came by and the evidence it rests on.

use crate::report::{Fault, Name, Place, Report};
use domain::colour::{Colour, Ground};
use domain::leaf::Totals;
use domain::organisation::same_body;
use domain::state::State;
use domain::state::people::Measure;
use domain::state::records::OrderStatus;

const HELP: &str = "the rules of this version let a colour arise that they must not; report it";

/// Whether an entry exists and was accepted.
fn accepted(state: &State, entry: u64) -> bool {
    entry < state.seq && !state.refusals.contains_key(&entry)
}

/// Checks totals and grounds at the end of a replay.
pub fn check(state: &State, report: &mut Report) {
    count_colours(state, report);
    for (_, measure) in state.people.measures() {
        report.count(Name::Grounds, 1);
        if let Err(what) = follow(state, measure) {
            report.fault(
                Name::Grounds,
                Fault::new(Place::Entry(measure.entry), what, HELP),
            );
        }
    }
}

fn count_colours(state: &State, report: &mut Report) {
    let mut counted = Totals::default();
    for place in 0..state.people.count() {
        let cell = match state.people.colour_at(place, state.last_at) {
            Colour::Green => continue,
            Colour::Yellow => &mut counted.yellow,
            Colour::Red => &mut counted.red,
        };
        *cell = cell.saturating_add(1);
    }
    report.count(Name::Totals, 1);
    if counted != state.totals {
        let Totals { yellow, red } = state.totals;
        let what = format!(
            "{} yellow and {} red when counted one by one, {yellow} and {red} in the entries",
            counted.yellow, counted.red
        );
        report.fault(Name::Totals, Fault::new(Place::Ledger, what, HELP));
    }
}

fn follow(state: &State, measure: &Measure) -> Result<(), String> {
    let ground = measure.ground;
    if !accepted(state, measure.entry) {
        return Err(format!(
            "a measure on ground `{ground}` has no accepted entry behind it"
        ));
    }
    match measure.evidence.map(|place| state.people.evidence(place)) {
        Some(Some(evidence)) => {
            if !accepted(state, evidence.entry) || evidence.entry > measure.entry {
                return Err(format!(
                    "a measure on ground `{ground}` rests on evidence of entry {}, which did not \
                     record it before",
                    evidence.entry
                ));
            }
        }
        Some(None) => return Err(format!("the evidence on ground `{ground}` does not exist")),
        None if ground == Ground::Order && measure.order.is_some() => {}
        None => {
            return Err(format!(
                "a measure on ground `{ground}` rests on no evidence"
            ));
        }
    }
    measure.order.map_or(Ok(()), |id| order(state, id, measure))
}

fn order(state: &State, id: domain::ids::OrderId, measure: &Measure) -> Result<(), String> {
    let Some(order) = state.orders.get(&id) else {
        return Err(format!(
            "a measure came by order `{id}`, which does not exist"
        ));
    };
    if measure.ground == Ground::Order && order.document.is_none() {
        return Err(format!(
            "order `{id}` uses the catch-all without a numbered document"
        ));
    }
    if order.status == OrderStatus::Proposed || !accepted(state, order.maker.entry) {
        return Err(format!("order `{id}` was never in force"));
    }
    if order.emergency {
        return Ok(());
    }
    let Some(checker) = order.approver() else {
        return Err(format!("order `{id}` has no approval"));
    };
    if checker.entry != measure.entry {
        return Err(format!(
            "order `{id}` was approved by entry {}, not this one",
            checker.entry
        ));
    }
    let org = |id| state.organisations.get(id);
    let two = org(&order.maker.org)
        .zip(org(&checker.org))
        .is_some_and(|(maker, checker)| !same_body(maker, checker));
    if two {
        Ok(())
    } else {
        Err(format!("order `{id}` was made and approved by one body"))
    }
}

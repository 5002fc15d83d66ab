//! `mingma board`: what oversight and the public see.

use super::context::Context;
use super::error::Done;
use super::{json, parse};
use crate::board;
use clap::Args;
use domain::counts::SMALL_CELL;
use domain::state::State;
use domain::state::people::End;
use domain::time::Timestamp;
use serde_json::{Value, json};

/// Options of `board`.
#[derive(Args, Debug)]
pub struct Options {
    /// As of this instant [default: now]
    #[arg(long, value_name = "TIME", value_parser = parse::instant)]
    at: Option<Timestamp>,
    /// Show counts below ten too; they can tell who it is
    #[arg(long)]
    full: bool,
}

/// Shows the board.
pub fn run(cx: &Context, options: &Options) -> Done {
    let office = cx.office()?;
    let at = options.at.unwrap_or_else(|| cx.now());
    let state = office.ledger().state();
    let board = board::board(state, at);
    let releases = releases(state, at);
    let mut value = json::value(&board);
    if let Some(object) = value.as_object_mut() {
        let [system, request, withdrawn, appeal, overturned] = releases;
        let ended = json!({
            "by_system": system, "on_request": request, "order_withdrawn": withdrawn,
            "appeal_upheld": appeal, "evidence_overturned": overturned,
        });
        object.insert("ended_early".to_owned(), ended);
        if !options.full {
            for key in ["totals", "grounds", "ended_early"] {
                object.entry(key.to_owned()).and_modify(suppress);
            }
        }
    }
    cx.show(value, || {
        let mut lines = board::lines(&board, options.full);
        let words = [
            "by the system",
            "on request",
            "order withdrawn",
            "appeal upheld",
            "evidence overturned",
        ];
        lines.push("measures ended before their time".to_owned());
        lines.extend(
            words
                .iter()
                .zip(releases)
                .map(|(word, count)| format!("  {:>4}  {word}", board::shown(count, options.full))),
        );
        lines.join("\n")
    })
}

/// Replaces small counts by text, all the way down.
fn suppress(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(suppress),
        Value::Object(fields) => fields.iter_mut().for_each(|(_, value)| suppress(value)),
        Value::Number(number) => {
            if number
                .as_u64()
                .is_some_and(|count| count > 0 && count < SMALL_CELL)
            {
                *value = Value::String(format!("<{SMALL_CELL}"));
            }
        }
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

/// Measures that ended before their time, by how.
fn releases(state: &State, at: Timestamp) -> [u64; 5] {
    let mut counts = [0_u64; 5];
    for (_, measure) in state.people.measures() {
        let Some(end) = measure.end.filter(|_| measure.ended_at <= at) else {
            continue;
        };
        let place = match end {
            End::ReleasedBySystem(_) => 0,
            End::ReleasedOnRequest(_) => 1,
            End::Withdrawn => 2,
            End::Appeal => 3,
            End::Overturned => 4,
        };
        if let Some(count) = counts.get_mut(place) {
            *count = u64::saturating_add(*count, 1);
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_one_to_nine_are_suppressed_and_others_are_not() {
        let mut value = json!({ "a": [0, 1, 9, 10], "b": "4" });
        suppress(&mut value);
        assert_eq!(value, json!({ "a": [0, "<10", "<10", 10], "b": "4" }));
    }
}

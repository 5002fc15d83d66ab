//! The catch-all ground: an order that rests on a numbered document alone.
//!
//! Invariant: no evidence about the person, so a numbered document, its text's hash, the province's
//! approval, and 72 hours at most; one document, or its text under another number, serves once for
//! a person, and a second one cannot stretch the first.

use super::evidence::Granted;
use super::weigh::Wanted;
use crate::act::CommandDocument;
use crate::colour::{Colour, Span, Steps};
use crate::machine::Context;
use crate::machine::effect::{Grant, Grants, Who};
use crate::refusal::{Code, Refusal};
use crate::rules::{CATCH_ALL_S_MAX, GroundRule, Rules};
use crate::state::State;
use crate::time::{HOUR_S, Timestamp};

/// What a numbered document carries.
pub(super) fn by_document(
    state: &State,
    cx: &Context<'_>,
    rules: Rules<'_>,
    rule: &GroundRule,
    wanted: &Wanted<'_>,
) -> Result<Granted, Refusal> {
    let Some(document) = wanted.document else {
        return Err(Code::DocumentMissing.into());
    };
    if document.number.trim().is_empty() || document.text_sha256.as_bytes() == &[0; 32] {
        return Err(Code::DocumentMissing.into());
    }
    if wanted.emergency {
        return Err(Code::NeedsProvince.into());
    }
    if !rule.contract.suppliers.contains(&wanted.maker.kind) {
        return Err(Code::EvidenceNotCompetent.into());
    }
    let steps = steps_of(rule, document)?;
    let span = Span::lay(steps, cx.at, cx.at, rules.book.sunset);
    let mut granted = Granted::default();
    let mut grants = Vec::with_capacity(wanted.people.count());
    for (row, id) in wanted.people.iter().enumerate() {
        let person = state.people.find(id);
        if let Some(person) = person {
            not_again(state, cx.at, person, document).map_err(|code| wanted.failed(code, row))?;
        }
        let grant = Grant {
            who: person.map_or(Who::New(id), Who::Known),
            evidence: None,
            area: wanted.area,
            span,
            disputed: false,
        };
        granted.sums.count(cx.at, &grant);
        grants.push(grant);
    }
    granted.grants = Grants::one(grants);
    Ok(granted)
}

fn steps_of(rule: &GroundRule, document: &CommandDocument) -> Result<Steps, Refusal> {
    let life_s = i64::from(document.hours).saturating_mul(HOUR_S);
    let cap_s = rule.steps.total_s().min(i64::from(CATCH_ALL_S_MAX));
    if life_s == 0 || life_s > cap_s {
        return Err(Refusal::new(
            Code::DurationTooLong,
            format!("{} hours; at most {}", document.hours, cap_s / HOUR_S),
        ));
    }
    let life_s = u32::try_from(life_s).unwrap_or(CATCH_ALL_S_MAX);
    match document.colour {
        Colour::Red if rule.steps.red_s == 0 => Err(Refusal::new(
            Code::NotAuthorised,
            "the pack's catch-all knows no red",
        )),
        Colour::Red => Ok(Steps {
            red_s: life_s,
            ..Steps::default()
        }),
        Colour::Yellow => Ok(Steps {
            yellow_s: life_s,
            ..Steps::default()
        }),
        Colour::Green => Err(Code::NoGround.into()),
    }
}

fn not_again(
    state: &State,
    at: Timestamp,
    person: u32,
    document: &CommandDocument,
) -> Result<(), Code> {
    for (_, measure) in state.people.measures_of(person) {
        let order = measure.order.and_then(|order| state.orders.get(&order));
        let Some(before) = order.and_then(|order| order.document.as_ref()) else {
            continue;
        };
        if before.number.trim() == document.number.trim()
            || before.text_sha256 == document.text_sha256
        {
            return Err(Code::EvidenceExhausted);
        }
        if measure.ground == crate::colour::Ground::Order && measure.is_live(at) {
            return Err(Code::DurationTooLong);
        }
    }
    Ok(())
}

//! Daily reports: closed by a city, delivered where that was in a ledger of its own, received above.
//!
//! Invariant: a day of a division stands on record once, with the counts that came first; lateness is
//! a fact on record, read from this ledger's own clock, not a reason to refuse the report.

use super::effect::Effect;
use super::gate::{self, Actor, Ask};
use super::{Context, Decided};
use crate::act::{ActBody, DayDelivery};
use crate::division::DivisionCode;
use crate::organisation::{Role, same_body};
use crate::refusal::{Code, Refusal};
use crate::rules::{Action, RuleBook};
use crate::state::State;
use crate::state::records::DayReport;
use crate::time::{Day, Timestamp};

/// A day is closed or delivered until so many days after it.
const OPEN_DAYS: i64 = 31;

fn day_state(detail: impl Into<String>) -> Refusal {
    Refusal::new(Code::DayState, detail)
}

/// Demands a day that has begun and is not long gone.
fn is_open(book: &RuleBook, at: Timestamp, day: Day) -> Result<(), Refusal> {
    let today = at.local_day(book.utc_offset_s);
    if day > today || today.as_count().saturating_sub(day.as_count()) > OPEN_DAYS {
        return Err(day_state(format!("{day} is not open")));
    }
    Ok(())
}

/// Decides one of these acts.
pub(super) fn decide(
    state: &State,
    cx: &Context<'_>,
    actor: Actor<'_>,
    body: &ActBody,
) -> Result<Decided, Refusal> {
    match body {
        ActBody::DailyClose { day } => close(state, cx, actor, *day),
        ActBody::DailyReceive { division, day } => receive(state, cx, actor, *division, *day),
        ActBody::DailyDeliver(delivery) => deliver(state, cx, actor, delivery),
        _ => Err(Code::Malformed.into()),
    }
}

/// Closes a day for one's own division.
fn close(state: &State, cx: &Context<'_>, actor: Actor<'_>, day: Day) -> Result<Decided, Refusal> {
    actor.needs_role(&[Role::Reporter])?;
    let rules = gate::rules(state, cx)?;
    let division = actor.org.division;
    let permits = gate::authorise_actor(rules, actor, &Ask::place(Action::DailyClose, division))?;
    if state.days.contains_key(&(division, day)) {
        return Err(day_state(format!("{day} is closed already")));
    }
    is_open(rules.book, cx.at, day)?;
    let by = actor.signer(cx.at, state.seq, &permits);
    Ok(Decided {
        permits,
        effect: Effect::CloseDay {
            division,
            day,
            by,
            late: cx.at > rules.book.day_due(day),
        },
    })
}

/// Receives a day that another body closed or delivered.
fn receive(
    state: &State,
    cx: &Context<'_>,
    actor: Actor<'_>,
    division: DivisionCode,
    day: Day,
) -> Result<Decided, Refusal> {
    actor.needs_role(&[Role::Reporter])?;
    let rules = gate::rules(state, cx)?;
    gate::in_area(actor.org, division)?;
    let permits = gate::authorise_actor(rules, actor, &Ask::place(Action::DailyReceive, division))?;
    match state.days.get(&(division, day)) {
        Some(report) if report.received.is_none() => {
            let closer = state.organisations.get(&report.closed.org);
            if closer.is_none_or(|closer| same_body(closer, actor.org)) {
                return Err(Refusal::new(
                    Code::SameBody,
                    "who closed the day does not receive it",
                ));
            }
        }
        Some(_) => return Err(day_state(format!("{day} is received already"))),
        None => return Err(day_state(format!("{day} is not closed"))),
    }
    let by = actor.signer(cx.at, state.seq, &permits);
    Ok(Decided {
        permits,
        effect: Effect::ReceiveDay {
            division,
            day,
            by,
            late: cx.at > rules.book.day_due(day),
        },
    })
}

/// Puts on record a day that one's own division closed in another ledger.
fn deliver(
    state: &State,
    cx: &Context<'_>,
    actor: Actor<'_>,
    delivery: &DayDelivery,
) -> Result<Decided, Refusal> {
    actor.needs_role(&[Role::Reporter])?;
    let rules = gate::rules(state, cx)?;
    let (division, day) = (delivery.division, delivery.day);
    if division != actor.org.division {
        return Err(Refusal::new(
            Code::OutOfArea,
            format!("`{}` delivers days of {}", actor.org.id, actor.org.division),
        ));
    }
    let permits = gate::authorise_actor(rules, actor, &Ask::place(Action::DailyDeliver, division))?;
    if let Some(report) = state.days.get(&(division, day)) {
        return Err(again(report, delivery));
    }
    is_open(rules.book, cx.at, day)?;
    is_sound(state, rules.book, cx.at, delivery)?;
    let report = DayReport {
        closed: actor.signer(cx.at, state.seq, &permits),
        closed_late: cx.at > rules.book.day_due(day),
        counts: delivery.counts.clone(),
        received: None,
        received_late: false,
        source: Some(delivery.source.clone()),
    };
    Ok(Decided {
        permits,
        effect: Effect::DeliverDay {
            division,
            day,
            report,
        },
    })
}

/// Why a day that stands on record is not delivered again: a fresh signature over the same report is
/// a resend, another report is a contradiction. A newer tree of the same ledger is no other report.
fn again(report: &DayReport, delivery: &DayDelivery) -> Refusal {
    let (day, entry) = (delivery.day, report.closed.entry);
    let Some(source) = &report.source else {
        return day_state(format!("{day} is closed in this ledger, by entry {entry}"));
    };
    let other = &delivery.source;
    let same = report.counts == delivery.counts
        && source.ledger == other.ledger
        && (source.entry, source.closed_at) == (other.entry, other.closed_at);
    if same {
        return day_state(format!("{day} was delivered as entry {entry}"));
    }
    Refusal::new(
        Code::DayDiffers,
        format!("{day} was delivered as entry {entry} with other counts or from another entry"),
    )
}

/// Demands counts in one order and a source that can be: another ledger's entry, inside the tree that
/// is to prove it, made after the day began and not in the future.
fn is_sound(
    state: &State,
    book: &RuleBook,
    at: Timestamp,
    delivery: &DayDelivery,
) -> Result<(), Refusal> {
    let (source, counts) = (&delivery.source, &delivery.counts);
    let mut pairs = counts.iter().zip(counts.iter().skip(1));
    if !pairs.all(|((before, _), (after, _))| before < after) {
        return Err(Refusal::new(
            Code::Malformed,
            "the counts are not ascending by ground",
        ));
    }
    if source.ledger.is_empty() || state.origin.as_ref() == Some(&source.ledger) {
        return Err(day_state("a day is delivered from another ledger"));
    }
    if source.entry >= source.size {
        return Err(day_state("the tree named does not hold the entry"));
    }
    let begun = source.closed_at >= delivery.day.midnight(book.utc_offset_s);
    if !begun || source.closed_at > at.plus_s(gate::AHEAD_S_MAX) {
        return Err(day_state(format!(
            "{} cannot have been closed at {}",
            delivery.day, source.closed_at
        )));
    }
    Ok(())
}

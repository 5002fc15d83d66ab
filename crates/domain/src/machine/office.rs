//! The offices' other acts: area orders, looks at records, daily reports, statements.
//!
//! Invariant: an area order has an end within its cap (I6); a look has a purpose and a case (I14);
//! lateness is a fact on record, not a reason to refuse the report.

use super::effect::Effect;
use super::gate::{self, Actor, Ask};
use super::{Context, Decided};
use crate::act::{ActBody, AreaOrder};
use crate::division::{DivisionCode, divisions};
use crate::organisation::{Role, Tier, same_body};
use crate::refusal::{Code, Refusal};
use crate::rules::{AREA_S_MAX, Action, RuleBook};
use crate::state::State;
use crate::state::records::{Access, Statement};
use crate::time::{DAY_S, Day, Timestamp};
use sha2::{Digest as _, Sha256};

/// Decides one of these acts.
pub(super) fn decide(
    state: &State,
    cx: &Context<'_>,
    actor: Actor<'_>,
    body: &ActBody,
) -> Result<Decided, Refusal> {
    match body {
        ActBody::AreaDeclare(area) => declare(state, cx, actor, area),
        ActBody::AreaLift { number } => lift(state, cx, actor, number),
        ActBody::AccessLook {
            person,
            purpose,
            case,
        } => {
            let rules = gate::rules(state, cx)?;
            let permits = gate::authorise_actor(
                rules,
                actor,
                &Ask::place(Action::AccessLook, actor.org.division),
            )?;
            if purpose.trim().is_empty() || case.trim().is_empty() {
                return Err(Code::PurposeMissing.into());
            }
            let by = actor.signer(cx.at, state.seq, &permits);
            let access = Access {
                by,
                purpose: purpose.clone(),
                case: case.clone(),
            };
            Ok(Decided {
                permits,
                effect: Effect::Look(*person, access),
            })
        }
        ActBody::DailyClose { day } => close_day(state, cx, actor, *day),
        ActBody::DailyReceive { division, day } => receive_day(state, cx, actor, *division, *day),
        ActBody::StatementPublish {
            orders,
            text_sha256,
            text,
        } => {
            actor.needs_role(&[Role::Speaker])?;
            let rules = gate::rules(state, cx)?;
            let ask = Ask::place(Action::StatementPublish, actor.org.division);
            let permits = gate::authorise_actor(rules, actor, &ask)?;
            gate::needs_reason(text)?;
            let hash: [u8; 32] = Sha256::digest(text.as_bytes()).into();
            if text_sha256.as_bytes() != &hash {
                return Err(Refusal::new(
                    Code::DigestMismatch,
                    "the hash is not that of the text",
                ));
            }
            if orders.is_empty() || orders.iter().any(|order| !state.orders.contains_key(order)) {
                return Err(Code::OrderUnknown.into());
            }
            let statement = Statement {
                by: actor.signer(cx.at, state.seq, &permits),
                orders: orders.clone(),
                text_sha256: *text_sha256,
                text: text.clone(),
            };
            Ok(Decided {
                permits,
                effect: Effect::Publish(statement),
            })
        }
        _ => Err(Code::Malformed.into()),
    }
}

fn declare(
    state: &State,
    cx: &Context<'_>,
    actor: Actor<'_>,
    area: &AreaOrder,
) -> Result<Decided, Refusal> {
    gate::not_operator(actor.org)?;
    actor.needs_role(&[Role::Maker])?;
    let rules = gate::rules_before_sunset(state, cx)?;
    // The province lists areas elsewhere too, for stays outside it; others only their own.
    if Tier::of(actor.org.division) != Tier::Province {
        gate::in_area(actor.org, area.division)?;
    }
    let place = if actor.org.division.contains(area.division) {
        area.division
    } else {
        actor.org.division
    };
    let permits = gate::authorise_actor(rules, actor, &Ask::place(Action::AreaDeclare, place))?;
    let life = area.until.seconds_since(area.from);
    let sound = !area.number.trim().is_empty()
        && area.number.len() <= 64
        && divisions().find(area.division).is_some()
        && life > 0
        && life <= AREA_S_MAX
        && area.until > cx.at
        && area.until.seconds_since(cx.at) <= AREA_S_MAX;
    if !sound {
        return Err(Code::AreaInvalid.into());
    }
    if state.areas.contains_key(&area.number) {
        return Err(Refusal::new(
            Code::Exists,
            format!("area order `{}`", area.number),
        ));
    }
    Ok(Decided {
        permits,
        effect: Effect::DeclareArea(area.clone()),
    })
}

fn lift(
    state: &State,
    cx: &Context<'_>,
    actor: Actor<'_>,
    number: &str,
) -> Result<Decided, Refusal> {
    gate::not_operator(actor.org)?;
    actor.needs_role(&[Role::Maker])?;
    let rules = gate::rules(state, cx)?;
    let area = state.areas.get(number).filter(|area| area.until > cx.at);
    let area =
        area.ok_or_else(|| Refusal::new(Code::AreaInvalid, "no such area order in force"))?;
    let place = if actor.org.division.contains(area.division)
        || Tier::of(actor.org.division) != Tier::Province
    {
        area.division
    } else {
        actor.org.division
    };
    let permits = gate::authorise_actor(rules, actor, &Ask::place(Action::AreaLift, place))?;
    Ok(Decided {
        permits,
        effect: Effect::LiftArea(number.to_owned()),
    })
}

/// Whether an instant lies after the reporting hour of a day.
fn is_late(book: &RuleBook, at: Timestamp, day: Day) -> bool {
    let close_s = i64::from(book.deadlines.daily_close_s);
    at > day.midnight(book.utc_offset_s).plus_s(close_s)
}

fn close_day(
    state: &State,
    cx: &Context<'_>,
    actor: Actor<'_>,
    day: Day,
) -> Result<Decided, Refusal> {
    actor.needs_role(&[Role::Reporter])?;
    let rules = gate::rules(state, cx)?;
    let division = actor.org.division;
    let permits = gate::authorise_actor(rules, actor, &Ask::place(Action::DailyClose, division))?;
    let today = cx.at.local_day(rules.book.utc_offset_s);
    if state.days.contains_key(&(division, day)) {
        return Err(Refusal::new(
            Code::DayState,
            format!("{day} is closed already"),
        ));
    }
    if day > today || today.as_count().saturating_sub(day.as_count()) > 31 {
        return Err(Refusal::new(Code::DayState, format!("{day} is not open")));
    }
    let by = actor.signer(cx.at, state.seq, &permits);
    let late = is_late(rules.book, cx.at, day);
    Ok(Decided {
        permits,
        effect: Effect::CloseDay {
            division,
            day,
            by,
            late,
        },
    })
}

fn receive_day(
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
        Some(_) => {
            return Err(Refusal::new(
                Code::DayState,
                format!("{day} is received already"),
            ));
        }
        None => return Err(Refusal::new(Code::DayState, format!("{day} is not closed"))),
    }
    let by = actor.signer(cx.at, state.seq, &permits);
    let late = is_late(rules.book, cx.at, day);
    Ok(Decided {
        permits,
        effect: Effect::ReceiveDay {
            division,
            day,
            by,
            late,
        },
    })
}

/// How many days back a preview compares with.
pub(super) const COMPARE_S: i64 = 21 * DAY_S;

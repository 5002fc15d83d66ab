//! The offices' other acts: area orders, looks at records, statements.
//!
//! Invariant: an area order has an end within its cap (I6); a look has a purpose and a case (I14).

use super::effect::Effect;
use super::gate::{self, Actor, Ask};
use super::{Context, Decided};
use crate::act::{ActBody, AreaOrder};
use crate::division::divisions;
use crate::document::PersonId;
use crate::organisation::{Role, Tier};
use crate::refusal::{Code, Refusal};
use crate::rules::{AREA_S_MAX, Action};
use crate::state::State;
use crate::state::records::{Access, Statement};
use crate::time::DAY_S;
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
                break_glass: false,
            };
            Ok(Decided {
                permits,
                effect: Effect::Look(*person, access),
            })
        }
        ActBody::AccessBreakGlass { person, reason } => {
            break_glass(state, cx, actor, *person, reason)
        }
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

/// A look without a case: by whoever may look at all, with a reason that the person is told.
fn break_glass(
    state: &State,
    cx: &Context<'_>,
    actor: Actor<'_>,
    person: PersonId,
    reason: &str,
) -> Result<Decided, Refusal> {
    let rules = gate::rules(state, cx)?;
    let ask = |action| Ask::place(action, actor.org.division);
    gate::authorise_actor(rules, actor, &ask(Action::AccessLook))?;
    let permits = gate::authorise_actor(rules, actor, &ask(Action::AccessBreakGlass))?;
    gate::needs_reason(reason)?;
    let access = Access {
        by: actor.signer(cx.at, state.seq, &permits),
        purpose: reason.to_owned(),
        case: String::new(),
        break_glass: true,
    };
    Ok(Decided {
        permits,
        effect: Effect::Look(person, access),
    })
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

/// How many days back a preview compares with.
pub(super) const COMPARE_S: i64 = 21 * DAY_S;

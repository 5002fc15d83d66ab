//! Manual orders: proposed, approved by another body, in force, ended; or refused, or withdrawn.
//!
//! Invariant: every person of an order has live, competent, linked, unspent evidence for its ground
//! at the moment it comes into force (I3); two bodies sign the same digest (I4); at the volume
//! guard's number the province approves, however the list was split (I5).
//! Refuses: an order as a whole when one of its people fails, for its maker signed the whole.

mod document;
mod evidence;
mod weigh;

use super::effect::{Effect, Impose, ImposeOrder};
use super::gate::{self, Actor, Ask};
use super::{Context, Decided};
use crate::act::{ORDER_PEOPLE_MAX, Proposal};
use crate::colour::{Colour, Ground};
use crate::ids::{ActDigest, OrderId};
use crate::organisation::{Organisation, Role, Tier, same_body};
use crate::refusal::{Code, Refusal};
use crate::rules::{Action, GroundRule, Permit, Rules};
use crate::state::State;
use crate::state::records::{Decision, Order, OrderStatus, Signer};
use crate::submission::VerifiedAct;
use crate::time::Timestamp;
pub(super) use weigh::body_of;
use weigh::{Keep, Wanted, needs_tier, weigh};

/// Decides a proposal; on the emergency path it comes into force at once.
pub(super) fn propose(
    state: &State,
    cx: &Context<'_>,
    actor: Actor<'_>,
    verified: &VerifiedAct,
    proposal: &Proposal,
) -> Result<Decided, Refusal> {
    gate::not_operator(actor.org)?;
    actor.needs_role(&[if proposal.emergency {
        Role::Emergency
    } else {
        Role::Maker
    }])?;
    let rules = gate::rules_before_sunset(state, cx)?;
    let rule = rule_for(rules, proposal.ground)?;
    gate::in_area(actor.org, proposal.area)?;
    let count = proposal.people.count();
    if count == 0 || count > ORDER_PEOPLE_MAX || !proposal.people.is_canonical() {
        return Err(Code::SubjectsInvalid.into());
    }
    let action = if proposal.emergency {
        Action::OrderEmergency
    } else {
        Action::OrderPropose
    };
    let ask = Ask {
        action,
        ground: Some(proposal.ground),
        area: proposal.area,
        people: count as u64,
        red: rule.steps.worst() == Colour::Red,
        channel: None,
    };
    let permits = gate::authorise_actor(rules, actor, &ask)?;
    gate::needs_reason(&proposal.reason)?;
    let wanted = Wanted {
        ground: proposal.ground,
        area: proposal.area,
        people: &proposal.people,
        document: proposal.document.as_ref(),
        emergency: proposal.emergency,
        maker: actor.org,
    };
    let keep = if proposal.emergency {
        Keep::Grants
    } else {
        Keep::Sums
    };
    let weighed = weigh(state, cx, rules, rule, &wanted, keep)?;
    let maker = actor.signer(cx.at, state.seq, &permits);
    let order = Box::new(new_order(verified, proposal, maker, weighed.colour));
    if !proposal.emergency {
        return Ok(Decided {
            permits,
            effect: Effect::Propose(order),
        });
    }
    needs_tier(rules, actor.org, &weighed)?;
    let decision = decision(
        cx,
        state,
        actor,
        &permits,
        OrderStatus::InForce,
        &proposal.reason,
    );
    let impose = Impose {
        order: ImposeOrder::New(order),
        decision,
        grants: weighed.grants,
        places: weighed.places,
    };
    Ok(Decided {
        permits,
        effect: Effect::Impose(impose),
    })
}

fn new_order(verified: &VerifiedAct, proposal: &Proposal, maker: Signer, colour: Colour) -> Order {
    Order {
        id: OrderId::from_bytes(verified.digest().short()),
        digest: verified.digest(),
        ground: proposal.ground,
        area: proposal.area,
        people: proposal.people.clone(),
        reason: proposal.reason.clone(),
        document: proposal.document.clone(),
        emergency: proposal.emergency,
        until: maker.at,
        maker,
        decisions: Vec::new(),
        status: OrderStatus::Proposed,
        colour,
        measures: (0, 0),
    }
}

/// Decides an approval: the order comes into force.
pub(super) fn approve(
    state: &State,
    cx: &Context<'_>,
    actor: Actor<'_>,
    id: OrderId,
    digest: ActDigest,
) -> Result<Decided, Refusal> {
    gate::not_operator(actor.org)?;
    actor.needs_role(&[Role::Checker])?;
    let rules = gate::rules_before_sunset(state, cx)?;
    let order = open_order(state, cx.at, id)?;
    if order.digest != digest {
        return Err(Code::DigestMismatch.into());
    }
    let maker = two_bodies(state, actor, order)?;
    let rule = rule_for(rules, order.ground)?;
    let wanted = Wanted {
        ground: order.ground,
        area: order.area,
        people: &order.people,
        document: order.document.as_ref(),
        emergency: false,
        maker,
    };
    let weighed = weigh(state, cx, rules, rule, &wanted, Keep::Grants)?;
    if order.ground == Ground::Order && Tier::of(actor.org.division) != Tier::Province {
        return Err(Code::NeedsProvince.into());
    }
    needs_tier(rules, actor.org, &weighed)?;
    gate::in_area(actor.org, order.area)?;
    let ask = Ask {
        action: Action::OrderApprove,
        ground: Some(order.ground),
        area: order.area,
        people: weighed.counted,
        red: weighed.colour == Colour::Red,
        channel: None,
    };
    let permits = gate::authorise_actor(rules, actor, &ask)?;
    let decision = decision(cx, state, actor, &permits, OrderStatus::InForce, "");
    let impose = Impose {
        order: ImposeOrder::Known(id),
        decision,
        grants: weighed.grants,
        places: weighed.places,
    };
    Ok(Decided {
        permits,
        effect: Effect::Impose(impose),
    })
}

/// Decides a refusal of a proposal.
pub(super) fn refuse(
    state: &State,
    cx: &Context<'_>,
    actor: Actor<'_>,
    id: OrderId,
    reason: &str,
) -> Result<Decided, Refusal> {
    gate::not_operator(actor.org)?;
    actor.needs_role(&[Role::Checker])?;
    let order = open_order(state, cx.at, id)?;
    close(
        state,
        cx,
        actor,
        order,
        Action::OrderRefuse,
        OrderStatus::Refused,
        reason,
    )
    .map(|(permits, decision)| Decided {
        permits,
        effect: Effect::Refuse(id, decision),
    })
}

/// Decides the withdrawal of a whole order.
pub(super) fn withdraw(
    state: &State,
    cx: &Context<'_>,
    actor: Actor<'_>,
    id: OrderId,
    reason: &str,
) -> Result<Decided, Refusal> {
    gate::not_operator(actor.org)?;
    actor.needs_role(&[Role::Maker, Role::Checker, Role::Reviewer])?;
    let order = state
        .orders
        .get(&id)
        .ok_or_else(|| Refusal::from(Code::OrderUnknown))?;
    if !matches!(order.status, OrderStatus::Proposed | OrderStatus::InForce) {
        return Err(Refusal::new(Code::OrderState, order.status_word(cx.at)));
    }
    close(
        state,
        cx,
        actor,
        order,
        Action::OrderWithdraw,
        OrderStatus::Withdrawn,
        reason,
    )
    .map(|(permits, decision)| Decided {
        permits,
        effect: Effect::Withdraw(id, decision),
    })
}

fn close(
    state: &State,
    cx: &Context<'_>,
    actor: Actor<'_>,
    order: &Order,
    action: Action,
    status: OrderStatus,
    reason: &str,
) -> Result<(Vec<Permit>, Decision), Refusal> {
    let rules = gate::rules(state, cx)?;
    gate::in_area(actor.org, order.area)?;
    let ask = Ask {
        action,
        ground: Some(order.ground),
        area: order.area,
        people: order.people.count() as u64,
        red: order.colour == Colour::Red,
        channel: None,
    };
    let permits = gate::authorise_actor(rules, actor, &ask)?;
    gate::needs_reason(reason)?;
    let decision = decision(cx, state, actor, &permits, status, reason);
    Ok((permits, decision))
}

fn decision(
    cx: &Context<'_>,
    state: &State,
    actor: Actor<'_>,
    permits: &[Permit],
    status: OrderStatus,
    reason: &str,
) -> Decision {
    Decision {
        status,
        by: actor.signer(cx.at, state.seq, permits),
        reason: reason.to_owned(),
    }
}

fn open_order(state: &State, at: Timestamp, id: OrderId) -> Result<&Order, Refusal> {
    let order = state
        .orders
        .get(&id)
        .ok_or_else(|| Refusal::from(Code::OrderUnknown))?;
    match order.status_word(at) {
        "proposed" => Ok(order),
        other => Err(Refusal::new(
            Code::OrderState,
            format!("the order is {other}"),
        )),
    }
}

fn rule_for<'a>(rules: Rules<'a>, ground: Ground) -> Result<&'a GroundRule, Refusal> {
    let rule = rules.book.grounds.get(&ground).filter(|rule| rule.by_order);
    rule.ok_or_else(|| {
        Refusal::new(
            Code::NoGround,
            format!(
                "`{ground}` is no ground for an order in `{}`",
                rules.book.name
            ),
        )
    })
}

/// The checker is another human of another body than the maker.
fn two_bodies<'a>(
    state: &'a State,
    actor: Actor<'_>,
    order: &Order,
) -> Result<&'a Organisation, Refusal> {
    let refusal = || {
        Refusal::new(
            Code::SameBody,
            format!(
                "proposed by `{}`, signed by `{}`",
                order.maker.org, actor.org.id
            ),
        )
    };
    let maker = state
        .organisations
        .get(&order.maker.org)
        .ok_or_else(refusal)?;
    let same_holder = state
        .officers
        .get(&order.maker.officer)
        .is_none_or(|officer| officer.holder == actor.officer.holder);
    if same_holder || same_body(maker, actor.org) {
        Err(refusal())
    } else {
        Ok(maker)
    }
}

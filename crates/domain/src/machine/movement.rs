//! Movements with an end (限时流动): somebody with a colour has to go out, and the place answers.
//!
//! Invariant: a movement changes no colour and ends by itself (I6); the body of the place decides, with
//! reasons (I8). Refuses: more than a day at a time, and two that wait at once.

use super::effect::Effect;
use super::gate::{self, Actor, Ask};
use super::{Context, Decided};
use crate::act::Need;
use crate::colour::Stage;
use crate::document::PersonId;
use crate::ids::{ActDigest, MovementId};
use crate::organisation::Role;
use crate::refusal::{Code, Refusal};
use crate::rules::{Action, MOVEMENT_AHEAD_S_MAX, MOVEMENT_S_MAX};
use crate::state::State;
use crate::state::requests::{Movement, MovementDecision};
use crate::time::Timestamp;

/// What is asked for.
pub(super) struct Wanted<'a> {
    /// Who has to go out.
    pub(super) person: PersonId,
    /// For what.
    pub(super) need: Need,
    /// From when.
    pub(super) from: Timestamp,
    /// Until when.
    pub(super) until: Timestamp,
    /// What the person says.
    pub(super) text: &'a str,
}

/// Decides whether a movement may be asked for.
pub(super) fn request(
    state: &State,
    cx: &Context<'_>,
    actor: Actor<'_>,
    digest: ActDigest,
    wanted: &Wanted<'_>,
) -> Result<Decided, Refusal> {
    actor.needs_role(&[Role::Agent, Role::Counter])?;
    let rules = gate::rules(state, cx)?;
    let ask = Ask::place(Action::MovementRequest, actor.org.division);
    let permits = gate::authorise_actor(rules, actor, &ask)?;
    gate::needs_reason(wanted.text)?;
    let life = wanted.until.seconds_since(wanted.from);
    let ahead = wanted.from.seconds_since(cx.at);
    if life <= 0 || life > MOVEMENT_S_MAX || wanted.until <= cx.at || ahead > MOVEMENT_AHEAD_S_MAX {
        return Err(Code::MovementInvalid.into());
    }
    let place = state.people.find(wanted.person);
    let place = place.ok_or_else(|| Refusal::from(Code::NoMeasure))?;
    let measures = state.people.measures_of(place).map(|(_, measure)| measure);
    let worst = measures
        .filter(|measure| measure.stage_at(cx.at) > Stage::Flag)
        .max_by_key(|measure| (measure.stage_at(cx.at), measure.entry));
    let area = worst.ok_or_else(|| Refusal::from(Code::NoMeasure))?.area;
    let others = state.movements_of.get(&place).into_iter().flatten();
    let mut others = others.filter_map(|id| state.movements.get(id));
    if others.any(|movement| movement.waits(cx.at)) {
        return Err(Refusal::new(Code::MovementState, "another one waits"));
    }
    let movement = Movement {
        id: MovementId::from_bytes(digest.short()),
        person: wanted.person,
        need: wanted.need,
        from: wanted.from,
        until: wanted.until,
        text: wanted.text.to_owned(),
        asked: actor.signer(cx.at, state.seq, &permits),
        online: actor.is_counter(),
        area,
        deadline: rules.book.conversion_deadline(cx.at).min(wanted.until),
        decision: None,
    };
    Ok(Decided {
        permits,
        effect: Effect::PutMovement(Box::new(movement)),
    })
}

/// Decides on a decision.
pub(super) fn decide(
    state: &State,
    cx: &Context<'_>,
    actor: Actor<'_>,
    id: MovementId,
    granted: bool,
    reason: &str,
) -> Result<Decided, Refusal> {
    gate::not_operator(actor.org)?;
    let rules = gate::rules(state, cx)?;
    let movement = state.movements.get(&id);
    let movement = movement.ok_or_else(|| Refusal::from(Code::MovementUnknown))?;
    gate::in_area(actor.org, movement.area)?;
    let ask = Ask::place(Action::MovementDecide, movement.area);
    let permits = gate::authorise_actor(rules, actor, &ask)?;
    if !movement.waits(cx.at) {
        let word = movement.status_word(cx.at);
        return Err(Refusal::new(Code::MovementState, format!("it is {word}")));
    }
    gate::needs_reason(reason)?;
    let mut movement = movement.clone();
    movement.decision = Some(MovementDecision {
        granted,
        by: actor.signer(cx.at, state.seq, &permits),
        reason: reason.to_owned(),
    });
    Ok(Decided {
        permits,
        effect: Effect::PutMovement(Box::new(movement)),
    })
}

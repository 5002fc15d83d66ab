//! Proxies: somebody may read another person's code and record, by a binding with an end.
//!
//! Invariant: a binding is made after an identity check, stands on the person's own record, and ends by
//! itself or from either side (I6, I14). Refuses: guardians bound without an office, and collectors.

use super::effect::Effect;
use super::gate::{self, Actor, Ask};
use super::{Context, Decided};
use crate::act::ProxyKind;
use crate::document::PersonId;
use crate::organisation::Role;
use crate::refusal::{Code, Refusal};
use crate::rules::{Action, PROXY_OF_MAX, PROXY_S_MAX, Permit};
use crate::state::State;
use crate::state::requests::Binding;
use crate::time::Timestamp;

/// May this officer do this for people at all?
fn permitted(
    state: &State,
    cx: &Context<'_>,
    actor: Actor<'_>,
    action: Action,
) -> Result<Vec<Permit>, Refusal> {
    actor.needs_role(&[Role::Agent, Role::Counter])?;
    let rules = gate::rules(state, cx)?;
    gate::authorise_actor(rules, actor, &Ask::place(action, actor.org.division))
}

/// How many people somebody is the proxy of at an instant.
fn is_proxy_of(state: &State, proxy: PersonId, at: Timestamp) -> usize {
    let place = state.people.find(proxy);
    let people = place.and_then(|place| state.proxy_of.get(&place));
    let people = people.into_iter().flatten();
    people
        .filter(|person| state.binding(**person, proxy, at).is_some())
        .count()
}

/// Decides whether a binding may be made.
pub(super) fn bind(
    state: &State,
    cx: &Context<'_>,
    actor: Actor<'_>,
    (person, proxy): (PersonId, PersonId),
    kind: ProxyKind,
    until: Timestamp,
) -> Result<Decided, Refusal> {
    let permits = permitted(state, cx, actor, Action::ProxyBind)?;
    let invalid = |what| Err(Refusal::new(Code::ProxyInvalid, what));
    if person == proxy {
        return invalid("nobody is one's own proxy");
    }
    if kind == ProxyKind::Guardian && actor.is_counter() {
        return invalid("no office saw the papers");
    }
    if until <= cx.at || until.seconds_since(cx.at) > PROXY_S_MAX {
        return invalid("its end is past, or more than a year away");
    }
    if state.binding(person, proxy, cx.at).is_some() {
        return Err(Refusal::new(Code::Exists, "the same binding runs"));
    }
    if is_proxy_of(state, proxy, cx.at) >= PROXY_OF_MAX {
        return invalid("it would be one person too many");
    }
    let binding = Binding {
        person,
        proxy,
        kind,
        until,
        by: actor.signer(cx.at, state.seq, &permits),
        online: actor.is_counter(),
        ended: None,
    };
    Ok(Decided {
        permits,
        effect: Effect::PutBinding(Box::new(binding)),
    })
}

/// Decides whether a binding may be ended.
pub(super) fn end(
    state: &State,
    cx: &Context<'_>,
    actor: Actor<'_>,
    (person, proxy): (PersonId, PersonId),
) -> Result<Decided, Refusal> {
    let permits = permitted(state, cx, actor, Action::ProxyEnd)?;
    let binding = state.binding(person, proxy, cx.at);
    let mut binding = binding
        .ok_or_else(|| Refusal::from(Code::ProxyUnknown))?
        .clone();
    binding.ended = Some(actor.signer(cx.at, state.seq, &permits));
    Ok(Decided {
        permits,
        effect: Effect::PutBinding(Box::new(binding)),
    })
}

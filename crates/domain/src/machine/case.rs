//! Cases: one enquiry, one owner, a clock; passing it on is a logged act and counts.
//!
//! Invariant: only the owner answers or transfers, and no transfer moves the deadline (I9).
//! Refuses: to pass a case to a body that no provision lets answer it.

use super::effect::Effect;
use super::gate::{self, Actor, Ask};
use super::{Context, Decided};
use crate::document::PersonId;
use crate::ids::{ActDigest, CaseId, OrgId};
use crate::organisation::Role;
use crate::refusal::{Code, Refusal};
use crate::rules::Action;
use crate::state::State;
use crate::state::requests::{Case, CaseAnswer, Transfer};

/// Decides the opening of a case.
pub(super) fn open(
    state: &State,
    cx: &Context<'_>,
    actor: Actor<'_>,
    digest: ActDigest,
    person: PersonId,
    text: &str,
) -> Result<Decided, Refusal> {
    actor.needs_role(&[Role::Agent, Role::Counter])?;
    let rules = gate::rules(state, cx)?;
    let ask = Ask::place(Action::CaseOpen, actor.org.division);
    let permits = gate::authorise_actor(rules, actor, &ask)?;
    gate::needs_reason(text)?;
    let case = Case {
        id: CaseId::from_bytes(digest.short()),
        person,
        text: text.to_owned(),
        opened: actor.signer(cx.at, state.seq, &permits),
        online: actor.is_counter(),
        owner: actor.org.id.clone(),
        deadline: rules.book.appeal_deadline(cx.at),
        transfers: Vec::new(),
        answer: None,
    };
    Ok(Decided {
        permits,
        effect: Effect::PutCase(Box::new(case)),
    })
}

/// The case, if it is open and the actor's organisation owns it.
fn owned<'a>(state: &'a State, actor: Actor<'_>, id: CaseId) -> Result<&'a Case, Refusal> {
    let case = state.cases.get(&id);
    let case = case.ok_or_else(|| Refusal::from(Code::CaseUnknown))?;
    if case.answer.is_some() {
        return Err(Refusal::new(Code::CaseState, "it is answered"));
    }
    if case.owner != actor.org.id {
        let owner = &case.owner;
        return Err(Refusal::new(
            Code::CaseNotOwned,
            format!("`{owner}` owns it"),
        ));
    }
    Ok(case)
}

/// Decides a transfer.
pub(super) fn transfer(
    state: &State,
    cx: &Context<'_>,
    actor: Actor<'_>,
    id: CaseId,
    to: &OrgId,
    reason: &str,
) -> Result<Decided, Refusal> {
    let rules = gate::rules(state, cx)?;
    let ask = Ask::place(Action::CaseTransfer, actor.org.division);
    let permits = gate::authorise_actor(rules, actor, &ask)?;
    let mut case = owned(state, actor, id)?.clone();
    gate::needs_reason(reason)?;
    let next = state.organisations.get(to);
    let next = next.ok_or_else(|| Refusal::new(Code::OrgUnknown, format!("`{to}`")))?;
    if next.id == case.owner {
        return Err(Refusal::new(Code::CaseState, "it is there already"));
    }
    let ask = Ask::place(Action::CaseAnswer, next.division);
    if gate::authorise(rules, next, Role::ALL, &ask).is_err() {
        let what = format!("no provision lets `{to}` answer it");
        return Err(Refusal::new(Code::CaseState, what));
    }
    let is_return = case.was_with(to);
    case.owner = to.clone();
    case.transfers.push(Transfer {
        by: actor.signer(cx.at, state.seq, &permits),
        to: to.clone(),
        reason: reason.to_owned(),
        is_return,
    });
    Ok(Decided {
        permits,
        effect: Effect::PutCase(Box::new(case)),
    })
}

/// Decides an answer.
pub(super) fn answer(
    state: &State,
    cx: &Context<'_>,
    actor: Actor<'_>,
    id: CaseId,
    text: &str,
) -> Result<Decided, Refusal> {
    let rules = gate::rules(state, cx)?;
    let ask = Ask::place(Action::CaseAnswer, actor.org.division);
    let permits = gate::authorise_actor(rules, actor, &ask)?;
    let mut case = owned(state, actor, id)?.clone();
    gate::needs_reason(text)?;
    case.answer = Some(CaseAnswer {
        by: actor.signer(cx.at, state.seq, &permits),
        text: text.to_owned(),
    });
    Ok(Decided {
        permits,
        effect: Effect::PutCase(Box::new(case)),
    })
}

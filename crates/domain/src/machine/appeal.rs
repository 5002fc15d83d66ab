//! Appeals against measures and disputes of evidence, each on a clock.
//!
//! Invariant: an unanswered appeal leaves only a flag from its deadline on, without anybody doing
//! anything (I9); an upheld dispute suppresses that evidence for good, and what rested on it falls.
//! Refuses: an answer by a body that imposed or supplied what is appealed against.

use super::effect::Effect;
use super::gate::{self, Actor, Ask};
use super::report::link::is_index;
use super::{Context, Decided};
use crate::act::AppealTarget;
use crate::document::PersonId;
use crate::evidence::EvidenceKind;
use crate::ids::{ActDigest, AppealId};
use crate::organisation::{Role, same_body};
use crate::refusal::{Code, Refusal};
use crate::rules::{Action, Link, RuleBook};
use crate::state::State;
use crate::state::people::End;
use crate::state::records::{Answer, Appeal};
use std::collections::{BTreeMap, BTreeSet};

/// Decides the filing of an appeal.
pub(super) fn file(
    state: &State,
    cx: &Context<'_>,
    actor: Actor<'_>,
    digest: ActDigest,
    person: PersonId,
    target: AppealTarget,
    text: &str,
) -> Result<Decided, Refusal> {
    actor.needs_role(&[Role::Agent, Role::Counter])?;
    let rules = gate::rules(state, cx)?;
    let ask = Ask::place(Action::AppealFile, actor.org.division);
    let permits = gate::authorise_actor(rules, actor, &ask)?;
    gate::needs_reason(text)?;
    let measures = concerned(state, cx, person, target)?;
    let person_place = state
        .people
        .find(person)
        .ok_or_else(|| Refusal::from(Code::NoMeasure))?;
    let pending = objections(state, person_place).any(|appeal| {
        appeal.target == target && appeal.answer.is_none() && cx.at < appeal.deadline
    });
    if pending {
        return Err(Code::AppealPending.into());
    }
    let appeal = Appeal {
        id: AppealId::from_bytes(digest.short()),
        person,
        person_place,
        target,
        measures,
        text: text.to_owned(),
        filed_at: cx.at,
        deadline: rules.book.appeal_deadline(cx.at),
        entry: state.seq,
        by: actor.signer(cx.at, state.seq, &permits),
        online: actor.is_counter(),
        answer: None,
    };
    Ok(Decided {
        permits,
        effect: Effect::FileAppeal(Box::new(appeal)),
    })
}

/// The appeals and disputes of a person.
pub(super) fn objections(state: &State, person: u32) -> impl Iterator<Item = &Appeal> {
    let ids = state.appeals_of.get(&person).into_iter().flatten();
    ids.filter_map(|id| state.appeals.get(id))
}

fn concerned(
    state: &State,
    cx: &Context<'_>,
    person: PersonId,
    target: AppealTarget,
) -> Result<Vec<u32>, Refusal> {
    let place = state.people.find(person);
    match target {
        AppealTarget::Measure(ground) => {
            let place = place.ok_or_else(|| Refusal::from(Code::NoMeasure))?;
            let measures: Vec<u32> = state
                .people
                .measures_of(place)
                .filter(|(_, measure)| measure.ground == ground && measure.is_live(cx.at))
                .map(|(place, _)| place)
                .collect();
            if measures.is_empty() {
                Err(Code::NoMeasure.into())
            } else {
                Ok(measures)
            }
        }
        AppealTarget::Evidence(id) => {
            let place = place.ok_or_else(|| Refusal::from(Code::EvidenceUnknown))?;
            let (evidence, _) = state
                .people
                .evidence_of(place)
                .find(|(_, evidence)| evidence.id == id && !evidence.overturned)
                .ok_or_else(|| Refusal::from(Code::EvidenceUnknown))?;
            Ok(resting_on(state, cx, place, evidence))
        }
    }
}

fn resting_on(state: &State, cx: &Context<'_>, person: u32, evidence: u32) -> Vec<u32> {
    state
        .people
        .measures_of(person)
        .filter(|(_, measure)| measure.evidence == Some(evidence) && measure.is_live(cx.at))
        .map(|(place, _)| place)
        .collect()
}

/// Decides the answer to an appeal.
pub(super) fn decide(
    state: &State,
    cx: &Context<'_>,
    actor: Actor<'_>,
    id: AppealId,
    upheld: bool,
    reason: &str,
) -> Result<Decided, Refusal> {
    gate::not_operator(actor.org)?;
    actor.needs_role(&[Role::Reviewer])?;
    let rules = gate::rules(state, cx)?;
    let appeal = state
        .appeals
        .get(&id)
        .ok_or_else(|| Refusal::from(Code::AppealUnknown))?;
    if appeal.answer.is_some() {
        return Err(Code::AppealDecided.into());
    }
    let area = appeal
        .measures
        .first()
        .and_then(|place| state.people.measure(*place))
        .map_or(actor.org.division, |measure| measure.area);
    let permits = gate::authorise_actor(rules, actor, &Ask::place(Action::AppealDecide, area))?;
    gate::needs_reason(reason)?;
    refuse_involved(state, cx, actor, appeal)?;
    let (overturned, ends) = if upheld {
        fall(state, cx, rules.book, appeal)
    } else {
        Default::default()
    };
    let answer = Answer {
        upheld,
        by: actor.signer(cx.at, state.seq, &permits),
        reason: reason.to_owned(),
    };
    Ok(Decided {
        permits,
        effect: Effect::DecideAppeal {
            appeal: id,
            answer,
            overturned,
            ends,
        },
    })
}

/// Refuses an answer by who imposed or supplied what the appeal is against: body or human.
fn refuse_involved(
    state: &State,
    cx: &Context<'_>,
    actor: Actor<'_>,
    appeal: &Appeal,
) -> Result<(), Refusal> {
    let mut sources = BTreeSet::new();
    let mut measures = appeal.measures.clone();
    if let Some(evidence) = disputed(state, appeal) {
        measures.extend(resting_on(state, cx, appeal.person_place, evidence));
        sources.insert(evidence);
    }
    let mut orgs = BTreeSet::new();
    for measure in measures
        .iter()
        .filter_map(|place| state.people.measure(*place))
    {
        sources.extend(measure.evidence);
        let Some(order) = measure.order.and_then(|order| state.orders.get(&order)) else {
            continue;
        };
        for signer in [Some(&order.maker), order.approver()].into_iter().flatten() {
            let officer = state.officers.get(&signer.officer);
            if officer.is_some_and(|officer| officer.holder == actor.officer.holder) {
                return Err(Refusal::new(
                    Code::SameBody,
                    "who signed the order answers no appeal",
                ));
            }
            orgs.insert(&signer.org);
        }
    }
    let sources = sources
        .iter()
        .filter_map(|place| state.people.evidence(*place));
    orgs.extend(sources.filter_map(|evidence| state.people.source_org(evidence.source)));
    for org in orgs {
        if state
            .organisations
            .get(org)
            .is_some_and(|org| same_body(org, actor.org))
        {
            return Err(Refusal::new(
                Code::SameBody,
                format!("`{org}` imposed or supplied what is appealed against"),
            ));
        }
    }
    Ok(())
}

/// The piece of evidence that a dispute names.
fn disputed(state: &State, appeal: &Appeal) -> Option<u32> {
    let AppealTarget::Evidence(id) = appeal.target else {
        return None;
    };
    let mut known = state.people.evidence_of(appeal.person_place);
    known
        .find(|(_, evidence)| evidence.id == id)
        .map(|(place, _)| place)
}

/// What falls: evidence, each with its person, and measures.
type Fallen = (Vec<(u32, u32)>, Vec<(u32, End)>);

/// What falls when an appeal is upheld: measures, and evidence with all that rested on it.
fn fall(state: &State, cx: &Context<'_>, book: &RuleBook, appeal: &Appeal) -> Fallen {
    let Some(first) = disputed(state, appeal) else {
        return (
            Vec::new(),
            appeal
                .measures
                .iter()
                .map(|&place| (place, End::Appeal))
                .collect(),
        );
    };
    let resting = resting_on_people(state);
    let (mut fallen, mut overturned, mut ends) = (BTreeSet::new(), Vec::new(), Vec::new());
    let mut open = vec![(appeal.person_place, first)];
    while let Some((person, place)) = open.pop() {
        if !fallen.insert(place) {
            continue;
        }
        overturned.push((person, place));
        let measures = resting_on(state, cx, person, place);
        ends.extend(measures.into_iter().map(|place| (place, End::Overturned)));
        for &(other, place) in resting.get(&person).into_iter().flatten() {
            let Some(evidence) = state.people.evidence(place) else {
                continue;
            };
            let link = link_of(book, evidence.kind);
            if !is_index(state, link, Some(person), evidence.occurred_at, &fallen) {
                open.push((other, place));
            }
        }
    }
    (overturned, ends)
}

/// Evidence that names another person as its index, by that person: whose it is, and its number.
fn resting_on_people(state: &State) -> BTreeMap<u32, Vec<(u32, u32)>> {
    let mut resting = BTreeMap::<u32, Vec<(u32, u32)>>::new();
    for person in 0..state.people.count() {
        for (place, evidence) in state.people.evidence_of(person) {
            let index = evidence.link.as_ref().and_then(|link| link.person);
            if let (Some(index), false) = (index, evidence.overturned) {
                resting.entry(index).or_default().push((person, place));
            }
        }
    }
    resting
}

/// What a kind of evidence rests on; by its nature where the pack does not say.
fn link_of(book: &RuleBook, kind: EvidenceKind) -> Link {
    match (book.contract(kind).map(|contract| contract.link), kind) {
        (Some(link @ (Link::IndexCase | Link::IndexContact)), _) => link,
        (_, EvidenceKind::CloseContact) => Link::IndexCase,
        (_, EvidenceKind::SecondaryContact) => Link::IndexContact,
        (link, _) => link.unwrap_or(Link::None),
    }
}

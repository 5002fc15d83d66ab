//! Appeals against measures and disputes of evidence, each on a clock.
//!
//! Invariant: an unanswered appeal leaves only a flag from its deadline on, without anybody doing
//! anything (I9); an upheld dispute suppresses that evidence for good, and what rested on it falls.
//! Refuses: an answer by a body that imposed or supplied what is appealed against.

use super::effect::Effect;
use super::gate::{self, Actor, Ask};
use super::{Context, Decided};
use crate::act::AppealTarget;
use crate::document::PersonId;
use crate::evidence::EvidenceKind;
use crate::ids::{ActDigest, AppealId, OrgId};
use crate::organisation::{Role, same_body};
use crate::refusal::{Code, Refusal};
use crate::rules::Action;
use crate::state::State;
use crate::state::people::End;
use crate::state::records::{Answer, Appeal};

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
    actor.needs_role(&[Role::Agent])?;
    let rules = gate::rules(cx)?;
    let ask = Ask::place(Action::AppealFile, actor.org.division);
    let permits = gate::authorise_actor(rules, actor, &ask)?;
    gate::needs_reason(text)?;
    let measures = concerned(state, cx, person, target)?;
    let person_place = state.people.find(person).ok_or_else(|| Refusal::from(Code::NoMeasure))?;
    let pending = state.appeals.values().any(|appeal| {
        appeal.person == person
            && appeal.target == target
            && appeal.answer.is_none()
            && cx.at < appeal.deadline
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
        answer: None,
    };
    Ok(Decided { permits, effect: Effect::FileAppeal(Box::new(appeal)) })
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
            if measures.is_empty() { Err(Code::NoMeasure.into()) } else { Ok(measures) }
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
    let rules = gate::rules(cx)?;
    let appeal = state.appeals.get(&id).ok_or_else(|| Refusal::from(Code::AppealUnknown))?;
    if appeal.answer.is_some() {
        return Err(Code::AppealDecided.into());
    }
    let area = appeal
        .measures
        .first()
        .and_then(|place| state.people.measure(*place))
        .map_or(actor.org.division, |measure| measure.area);
    let permits =
        gate::authorise_actor(rules, actor, &Ask::place(Action::AppealDecide, area))?;
    gate::needs_reason(reason)?;
    for org in involved(state, appeal) {
        if state.organisations.get(&org).is_some_and(|org| same_body(org, actor.org)) {
            return Err(Refusal::new(
                Code::SameBody,
                format!("`{org}` imposed or supplied what is appealed against"),
            ));
        }
    }
    let (overturned, ends) = if upheld { fall(state, cx, appeal) } else { Default::default() };
    let answer = Answer {
        upheld,
        by: actor.signer(cx.at, state.seq, &permits),
        reason: reason.to_owned(),
    };
    Ok(Decided { permits, effect: Effect::DecideAppeal { appeal: id, answer, overturned, ends } })
}

/// The bodies that made, approved or supplied what an appeal is against.
fn involved(state: &State, appeal: &Appeal) -> Vec<OrgId> {
    let mut orgs = Vec::new();
    for measure in appeal.measures.iter().filter_map(|place| state.people.measure(*place)) {
        if let Some(order) = measure.order.and_then(|order| state.orders.get(&order)) {
            orgs.push(order.maker.org.clone());
            orgs.extend(order.approver().map(|signer| signer.org.clone()));
        }
        let evidence = measure.evidence.and_then(|place| state.people.evidence(place));
        let source = evidence.and_then(|evidence| state.people.source_org(evidence.source));
        orgs.extend(source.cloned());
    }
    orgs
}

/// What falls when an appeal is upheld: measures, and evidence with all that rested on it.
fn fall(state: &State, cx: &Context<'_>, appeal: &Appeal) -> (Vec<u32>, Vec<(u32, End)>) {
    match appeal.target {
        AppealTarget::Measure(_) => {
            (Vec::new(), appeal.measures.iter().map(|&place| (place, End::Appeal)).collect())
        }
        AppealTarget::Evidence(id) => {
            let first = state
                .people
                .evidence_of(appeal.person_place)
                .find(|(_, evidence)| evidence.id == id)
                .map(|(place, _)| (appeal.person_place, place));
            let (mut overturned, mut ends) = (Vec::new(), Vec::new());
            let mut open: Vec<(u32, u32)> = first.into_iter().collect();
            while let Some((person, place)) = open.pop() {
                if overturned.contains(&place) {
                    continue;
                }
                overturned.push(place);
                let measures = resting_on(state, cx, person, place);
                ends.extend(measures.into_iter().map(|place| (place, End::Overturned)));
                open.extend(rested_on_person(state, person, &overturned));
            }
            (overturned, ends)
        }
    }
}

/// Contact evidence that rested on a person who is an index no more.
fn rested_on_person(state: &State, index: u32, overturned: &[u32]) -> Vec<(u32, u32)> {
    let still = |kinds: &[EvidenceKind]| {
        state.people.evidence_of(index).any(|(place, evidence)| {
            kinds.contains(&evidence.kind) && !evidence.overturned && !overturned.contains(&place)
        })
    };
    let infected = still(&[
        EvidenceKind::CaseReport,
        EvidenceKind::AsymptomaticReport,
        EvidenceKind::PreliminaryPositive,
    ]);
    let contact = still(&[EvidenceKind::CloseContact]);
    let mut fallen = Vec::new();
    for person in 0..state.people.count() {
        for (place, evidence) in state.people.evidence_of(person) {
            let rests = evidence.link.as_ref().is_some_and(|link| link.person == Some(index));
            let holds = match evidence.kind {
                EvidenceKind::CloseContact | EvidenceKind::Companion => infected,
                EvidenceKind::SecondaryContact => contact,
                _ => true,
            };
            if rests && !holds && !evidence.overturned {
                fallen.push((person, place));
            }
        }
    }
    fallen
}

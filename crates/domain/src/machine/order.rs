//! Manual orders: proposed, approved by another body, in force, ended; or refused, or withdrawn.
//!
//! Invariant: every person of an order has live, competent, linked, unspent evidence for its ground
//! at the moment it comes into force (I3); two bodies sign the same digest (I4); at the volume
//! guard's number the province approves, however the list was split (I5).
//! Refuses: an order as a whole when one of its people fails, for its maker signed the whole.

use super::effect::{Effect, Grant, Impose, ImposeOrder};
use super::gate::{self, Actor, Ask};
use super::{Context, Decided, report};
use crate::act::{CommandDocument, ORDER_PEOPLE_MAX, Proposal};
use crate::colour::{Colour, Ground, Span, Steps};
use crate::division::DivisionCode;
use crate::document::PersonId;
use crate::ids::{ActDigest, OrderId, OrgId};
use crate::organisation::{OrgKind, Organisation, Role, Tier, same_body};
use crate::refusal::{Code, Refusal};
use crate::rules::{Action, CATCH_ALL_S_MAX, EMERGENCY_S_MAX, GroundRule, Link, Permit, Rules};
use crate::state::State;
use crate::state::people::Evidence;
use crate::state::records::{Decision, Order, OrderStatus};
use crate::state::volume::{VolumeBy, VolumeKey};
use crate::submission::VerifiedAct;
use crate::time::{HOUR_S, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// The body that an organisation is, or is a section of.
pub(super) fn body_of(state: &State, org: &OrgId) -> OrgId {
    state
        .organisations
        .get(org)
        .and_then(|known| known.part_of.clone())
        .unwrap_or_else(|| org.clone())
}

/// What an order asks for, whether new or on record.
struct Wanted<'a> {
    ground: Ground,
    area: DivisionCode,
    people: &'a crate::act::People,
    document: Option<&'a CommandDocument>,
    emergency: bool,
    maker: &'a Organisation,
}

/// The people of an order with what stands behind each, and how they are counted.
struct Weighed {
    grants: Vec<Grant>,
    places: BTreeMap<DivisionCode, u64>,
    /// The most people that any way of counting finds in the window, these included.
    counted: u64,
    colour: Colour,
}

/// Decides a proposal; on the emergency path it comes into force at once.
pub(super) fn propose(
    state: &State,
    cx: &Context<'_>,
    actor: Actor<'_>,
    verified: &VerifiedAct,
    proposal: &Proposal,
) -> Result<Decided, Refusal> {
    gate::not_operator(actor.org)?;
    actor.needs_role(&[if proposal.emergency { Role::Emergency } else { Role::Maker }])?;
    let rules = gate::rules_before_sunset(cx)?;
    let rule = rule_for(rules, proposal.ground)?;
    gate::in_area(actor.org, proposal.area)?;
    let count = proposal.people.count();
    if count == 0 || count > ORDER_PEOPLE_MAX || !proposal.people.is_canonical() {
        return Err(Code::SubjectsInvalid.into());
    }
    let action = if proposal.emergency { Action::OrderEmergency } else { Action::OrderPropose };
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
    let weighed = weigh(state, cx, rules, rule, &wanted)?;
    let order = Box::new(Order {
        id: OrderId::from_bytes(verified.digest().short()),
        digest: verified.digest(),
        ground: proposal.ground,
        area: proposal.area,
        people: proposal.people.clone(),
        reason: proposal.reason.clone(),
        document: proposal.document.clone(),
        emergency: proposal.emergency,
        maker: actor.signer(cx.at, state.seq, &permits),
        decisions: Vec::new(),
        status: OrderStatus::Proposed,
        colour: weighed.colour,
        measures: (0, 0),
        until: cx.at,
    });
    if !proposal.emergency {
        return Ok(Decided { permits, effect: Effect::Propose(order) });
    }
    needs_tier(rules, actor.org, &weighed)?;
    let decision = decision(cx, state, actor, &permits, OrderStatus::InForce, &proposal.reason);
    let impose = Impose {
        order: ImposeOrder::New(order),
        decision,
        grants: weighed.grants,
        places: weighed.places,
    };
    Ok(Decided { permits, effect: Effect::Impose(impose) })
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
    let rules = gate::rules_before_sunset(cx)?;
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
    let weighed = weigh(state, cx, rules, rule, &wanted)?;
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
    Ok(Decided { permits, effect: Effect::Impose(impose) })
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
    close(state, cx, actor, order, Action::OrderRefuse, OrderStatus::Refused, reason)
        .map(|(permits, decision)| Decided { permits, effect: Effect::Refuse(id, decision) })
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
    let order = state.orders.get(&id).ok_or_else(|| Refusal::from(Code::OrderUnknown))?;
    if !matches!(order.status, OrderStatus::Proposed | OrderStatus::InForce) {
        return Err(Refusal::new(Code::OrderState, order.status_word(cx.at)));
    }
    close(state, cx, actor, order, Action::OrderWithdraw, OrderStatus::Withdrawn, reason)
        .map(|(permits, decision)| Decided { permits, effect: Effect::Withdraw(id, decision) })
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
    let rules = gate::rules(cx)?;
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
    Decision { status, by: actor.signer(cx.at, state.seq, permits), reason: reason.to_owned() }
}

fn open_order(state: &State, at: Timestamp, id: OrderId) -> Result<&Order, Refusal> {
    let order = state.orders.get(&id).ok_or_else(|| Refusal::from(Code::OrderUnknown))?;
    match order.status_word(at) {
        "proposed" => Ok(order),
        other => Err(Refusal::new(Code::OrderState, format!("the order is {other}"))),
    }
}

fn rule_for<'a>(rules: Rules<'a>, ground: Ground) -> Result<&'a GroundRule, Refusal> {
    let rule = rules.book.grounds.get(&ground).filter(|rule| rule.by_order);
    rule.ok_or_else(|| {
        Refusal::new(
            Code::NoGround,
            format!("`{ground}` is no ground for an order in `{}`", rules.book.name),
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
            format!("proposed by `{}`, signed by `{}`", order.maker.org, actor.org.id),
        )
    };
    let maker = state.organisations.get(&order.maker.org).ok_or_else(refusal)?;
    let same_holder = state
        .officers
        .get(&order.maker.officer)
        .is_none_or(|officer| officer.holder == actor.officer.holder);
    if same_holder || same_body(maker, actor.org) { Err(refusal()) } else { Ok(maker) }
}

/// At the guard's number or above, the body that brings it into force is the province's (I5).
fn needs_tier(
    rules: Rules<'_>,
    org: &Organisation,
    weighed: &Weighed,
) -> Result<(), Refusal> {
    match rules.book.approving_tier(weighed.counted) {
        Some(tier) if Tier::of(org.division) < tier => Err(Refusal::new(
            Code::VolumeNeedsProvince,
            format!(
                "{} people or more in the window; at {} the {tier} approves",
                weighed.counted, rules.book.volume.people
            ),
        )),
        Some(_) | None => Ok(()),
    }
}

fn weigh(
    state: &State,
    cx: &Context<'_>,
    rules: Rules<'_>,
    rule: &GroundRule,
    wanted: &Wanted<'_>,
) -> Result<Weighed, Refusal> {
    let (grants, colour) = if wanted.ground == Ground::Order {
        by_document(state, cx, rules, rule, wanted)?
    } else {
        by_evidence(state, cx, rules, rule, wanted)?
    };
    let mut places = BTreeMap::<DivisionCode, u64>::new();
    let mut last: Option<(DivisionCode, DivisionCode)> = None;
    for grant in &grants {
        let prefecture = match last {
            Some((area, prefecture)) if area == grant.area => prefecture,
            Some(_) | None => grant.area.prefecture(),
        };
        last = Some((grant.area, prefecture));
        let count = places.entry(prefecture).or_default();
        *count = count.saturating_add(1);
    }
    let counted = count_window(state, cx, rules, wanted, &grants, &places);
    Ok(Weighed { grants, places, counted, colour })
}

/// Counts people by the maker's body and by each prefecture over the window, these included.
fn count_window(
    state: &State,
    cx: &Context<'_>,
    rules: Rules<'_>,
    wanted: &Wanted<'_>,
    grants: &[Grant],
    places: &BTreeMap<DivisionCode, u64>,
) -> u64 {
    let guard = rules.book.volume;
    let own = grants.len() as u64;
    if own >= u64::from(guard.people) {
        return own;
    }
    let since = cx.at.plus_s(-i64::from(guard.window_s));
    let window = |by| {
        let key = VolumeKey { ground: wanted.ground, automatic: false, by };
        state.volume.people(&key, since, guard.people as usize)
    };
    let with = |mut people: BTreeSet<u32>, place: Option<DivisionCode>| {
        let mut unknown = 0_u64;
        for grant in grants {
            if place.is_none_or(|place| grant.area.prefecture() == place) {
                match grant.person {
                    Some(person) => drop(people.insert(person)),
                    None => unknown = unknown.saturating_add(1),
                }
            }
        }
        (people.len() as u64).saturating_add(unknown)
    };
    let by_body = with(window(VolumeBy::Body(body_of(state, &wanted.maker.id))), None);
    places
        .keys()
        .map(|&place| with(window(VolumeBy::Prefecture(place)), Some(place)))
        .fold(by_body.max(own), u64::max)
}

fn failed(code: Code, row: usize, wanted: &Wanted<'_>) -> Refusal {
    Refusal::new(
        code,
        format!("row {} of {} on ground `{}`", row.saturating_add(1), wanted.people.count(), wanted.ground),
    )
}

fn by_evidence(
    state: &State,
    cx: &Context<'_>,
    rules: Rules<'_>,
    rule: &GroundRule,
    wanted: &Wanted<'_>,
) -> Result<(Vec<Grant>, Colour), Refusal> {
    let mut grants = Vec::with_capacity(wanted.people.count());
    let mut colour = Colour::Green;
    for (row, id) in wanted.people.iter().enumerate() {
        let grant = grant_for(state, cx, rules, rule, wanted, id)
            .map_err(|code| failed(code, row, wanted))?;
        colour = colour.max(grant.span.stage_at(cx.at).colour());
        grants.push(grant);
    }
    Ok((grants, colour))
}

fn grant_for(
    state: &State,
    cx: &Context<'_>,
    rules: Rules<'_>,
    rule: &GroundRule,
    wanted: &Wanted<'_>,
    id: PersonId,
) -> Result<Grant, Code> {
    let person = state.people.find(id).ok_or(Code::NoEvidence)?;
    let (place, evidence, anchor) = select(state, cx.at, rule, person, wanted.emergency)?;
    if !wanted.area.contains(evidence.division) {
        return Err(Code::OutOfArea);
    }
    let source = state
        .people
        .source_org(evidence.source)
        .and_then(|org| state.organisations.get(org))
        .map_or(OrgKind::SelfReport, |org| org.kind);
    let steps = report::steps_for(rule, evidence.link.as_deref(), source)?;
    let mut span = report::lay(cx.at, rules, rule, steps, evidence);
    if let Some(anchor) = anchor {
        span = span.milder(Span::lay(steps, anchor, cx.at, rules.book.sunset));
    }
    if wanted.emergency {
        let life = rules.book.deadlines.emergency_s.min(EMERGENCY_S_MAX);
        span = span.milder(Span::lay(steps, cx.at, cx.at, cx.at.plus_s(i64::from(life))));
    }
    if span.until() <= cx.at {
        return Err(Code::EvidenceStale);
    }
    Ok(Grant { id, person: Some(person), evidence: Some(place), area: evidence.division, span })
}

/// The newest piece of evidence that can carry a measure, and the beginning of the emergency
/// measure that it already carried, if it did; otherwise why the best one cannot.
fn select<'a>(
    state: &'a State,
    at: Timestamp,
    rule: &GroundRule,
    person: u32,
    emergency: bool,
) -> Result<(u32, &'a Evidence, Option<Timestamp>), Code> {
    let mut why = Code::NoEvidence;
    for (place, evidence) in state.people.evidence_of(person) {
        if evidence.kind != rule.contract.kind {
            continue;
        }
        match usable(state, at, rule, person, place, evidence, emergency) {
            Ok(anchor) => return Ok((place, evidence, anchor)),
            Err(code) if why == Code::NoEvidence => why = code,
            Err(_) => {}
        }
    }
    Err(why)
}

fn usable(
    state: &State,
    at: Timestamp,
    rule: &GroundRule,
    person: u32,
    place: u32,
    evidence: &Evidence,
    emergency: bool,
) -> Result<Option<Timestamp>, Code> {
    if evidence.overturned || state.suppressed.contains(&evidence.id) {
        return Err(Code::EvidenceSuppressed);
    }
    if at.seconds_since(evidence.occurred_at) > i64::from(rule.contract.max_age_s) {
        return Err(Code::EvidenceStale);
    }
    if evidence.coarse {
        return Err(Code::EvidenceCoarse);
    }
    link_holds(state, rule, evidence)?;
    if !evidence.spent {
        return Ok(None);
    }
    // The emergency path may be followed by one order on the same evidence; its days count on.
    let mut carried = state.people.measures_of(person).filter(|(_, m)| m.evidence == Some(place));
    let (Some((_, measure)), None) = (carried.next(), carried.next()) else {
        return Err(Code::EvidenceExhausted);
    };
    let was_emergency = measure
        .order
        .and_then(|order| state.orders.get(&order))
        .is_some_and(|order| order.emergency && order.status == OrderStatus::InForce);
    match (was_emergency, emergency) {
        (true, true) => Err(Code::EmergencyRepeated),
        (true, false) if measure.end.is_none() => Ok(Some(measure.span.from())),
        (true | false, _) => Err(Code::EvidenceExhausted),
    }
}

/// A link checked when the evidence came can break later, when its index is overturned.
fn link_holds(state: &State, rule: &GroundRule, evidence: &Evidence) -> Result<(), Code> {
    let index = evidence.link.as_ref().and_then(|link| link.person);
    let holds = match rule.contract.link {
        Link::None | Link::Area | Link::TestRound => true,
        Link::IndexCase => {
            index.is_some_and(|index| report::is_index_case(state, index, evidence.occurred_at))
        }
        Link::IndexContact => {
            index.is_some_and(|index| report::is_index_contact(state, index, evidence.occurred_at))
        }
    };
    if holds { Ok(()) } else { Err(Code::NotLinked) }
}

/// The catch-all ground: no evidence about the person, so a numbered document, its text's hash,
/// the province's approval, and 72 hours at most.
fn by_document(
    state: &State,
    cx: &Context<'_>,
    rules: Rules<'_>,
    rule: &GroundRule,
    wanted: &Wanted<'_>,
) -> Result<(Vec<Grant>, Colour), Refusal> {
    let Some(document) = wanted.document else { return Err(Code::DocumentMissing.into()) };
    let number = document.number.trim();
    if number.is_empty() || document.text_sha256.as_bytes() == &[0; 32] {
        return Err(Code::DocumentMissing.into());
    }
    if wanted.emergency {
        return Err(Code::NeedsProvince.into());
    }
    if !rule.contract.suppliers.contains(&wanted.maker.kind) {
        return Err(Code::EvidenceNotCompetent.into());
    }
    let life_s = i64::from(document.hours).saturating_mul(HOUR_S);
    let cap_s = rule.steps.total_s().min(i64::from(CATCH_ALL_S_MAX));
    if life_s == 0 || life_s > cap_s {
        return Err(Refusal::new(
            Code::DurationTooLong,
            format!("{} hours; at most {}", document.hours, cap_s / HOUR_S),
        ));
    }
    let life_s = u32::try_from(life_s).unwrap_or(CATCH_ALL_S_MAX);
    let steps = match document.colour {
        Colour::Red => Steps { red_s: life_s, ..Steps::default() },
        Colour::Yellow => Steps { yellow_s: life_s, ..Steps::default() },
        Colour::Green => return Err(Code::NoGround.into()),
    };
    let span = Span::lay(steps, cx.at, cx.at, rules.book.sunset);
    let mut grants = Vec::with_capacity(wanted.people.count());
    for (row, id) in wanted.people.iter().enumerate() {
        let person = state.people.find(id);
        if person.is_some_and(|person| named_before(state, person, number)) {
            return Err(failed(Code::EvidenceExhausted, row, wanted));
        }
        grants.push(Grant { id, person, evidence: None, area: wanted.area, span });
    }
    Ok((grants, document.colour))
}

fn named_before(state: &State, person: u32, number: &str) -> bool {
    state.people.measures_of(person).any(|(_, measure)| {
        measure
            .order
            .and_then(|order| state.orders.get(&order))
            .and_then(|order| order.document.as_ref())
            .is_some_and(|document| document.number.trim() == number)
    })
}

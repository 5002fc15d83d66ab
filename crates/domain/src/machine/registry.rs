//! Acts of the province: the beginning, organisations, officers, keys, packs.
//!
//! Invariant: a key belongs to one holder for ever, one human serves one body (I4); a pack that
//! fails its check never comes into force (I6), and a new pack can soften what is in force but
//! never harden it.

use super::effect::Effect;
use super::{Context, Decided, caps, gate, publish};
use crate::act::ActBody;
use crate::colour::{Ground, Span, Steps};
use crate::division::{DivisionCode, divisions};
use crate::ids::{PackDigest, PublicKey};
use crate::organisation::{KeyHolder, KeyOwner, Officer, Organisation, Role, Tier, same_body};
use crate::refusal::{Code, Refusal};
use crate::rules::{Anchor, ExistingMeasures, RuleBook};
use crate::state::people::Measure;
use crate::state::{Adoption, State};

/// The longest term, in days: a term is renewed, not forgotten.
const TERM_S_MAX: i64 = 3 * 366 * crate::time::DAY_S;

/// The first act: founds the ledger.
pub(super) fn genesis(
    state: &State,
    cx: &Context<'_>,
    ledger: &str,
    province: DivisionCode,
    organisation: &Organisation,
    registrar: &Officer,
) -> Result<Decided, Refusal> {
    if state.origin.is_some() {
        return Err(Code::GenesisOnce.into());
    }
    let good_origin = (1..=128).contains(&ledger.len())
        && ledger
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'+');
    if !good_origin {
        return Err(Refusal::new(
            Code::Malformed,
            "the origin must be 1 to 128 plain characters",
        ));
    }
    if Tier::of(province) != Tier::Province || divisions().find(province).is_none() {
        return Err(Refusal::new(
            Code::Malformed,
            format!("{province} is not a province"),
        ));
    }
    if organisation.division != province || organisation.kind.is_operator() {
        return Err(Refusal::new(
            Code::ProvinceOnly,
            "the founder is an organisation of the province",
        ));
    }
    if organisation.part_of.is_some() {
        return Err(Refusal::new(
            Code::Malformed,
            "the founder is no section of another body",
        ));
    }
    if registrar.org != organisation.id || !registrar.roles.contains(&Role::Registrar) {
        return Err(Refusal::new(
            Code::RoleMissing,
            "the first officer is the founder's registrar",
        ));
    }
    if registrar.key == organisation.key {
        return Err(Code::KeyTaken.into());
    }
    check_term(registrar)?;
    if cx.at < registrar.term_from {
        return Err(Code::TermNotBegun.into());
    }
    if cx.at >= registrar.term_until {
        return Err(Code::TermEnded.into());
    }
    Ok(decided(Effect::Begin {
        origin: ledger.to_owned(),
        province,
        organisation: organisation.clone(),
        registrar: registrar.clone(),
    }))
}

fn decided(effect: Effect) -> Decided {
    Decided {
        permits: Vec::new(),
        effect,
    }
}

/// The later acts of a registrar.
pub(super) fn decide(state: &State, cx: &Context<'_>, body: &ActBody) -> Result<Decided, Refusal> {
    match body {
        ActBody::OrganisationRegister(organisation) => add_organisation(state, organisation),
        ActBody::OfficerRegister(officer) => set_officer(state, officer),
        ActBody::KeyRotate { owner, key } => rotate(state, owner, *key),
        ActBody::KeyRevoke { key, reason } => {
            gate::needs_reason(reason)?;
            if !state.keys.contains_key(key) {
                return Err(Refusal::new(Code::OfficerUnknown, "nobody holds that key"));
            }
            Ok(decided(Effect::EndKey(*key)))
        }
        ActBody::PackAdopt { digest, archive } => adopt(state, cx, *digest, archive),
        ActBody::IssuingKeyRegister(grant) => publish::begin_key(state, grant),
        ActBody::IssuingKeyRevoke { key, reason } => publish::end_key(state, *key, reason),
        _ => Err(Code::Malformed.into()),
    }
}

fn fresh(state: &State, key: PublicKey) -> Result<(), Refusal> {
    if state.keys.contains_key(&key) {
        Err(Code::KeyTaken.into())
    } else {
        Ok(())
    }
}

fn in_province(state: &State, division: DivisionCode) -> Result<(), Refusal> {
    let inside = state
        .province
        .is_some_and(|province| province.contains(division));
    if inside && divisions().find(division).is_some() {
        return Ok(());
    }
    Err(Refusal::new(
        Code::OutOfArea,
        format!("{division} is not a division of this province"),
    ))
}

fn add_organisation(state: &State, organisation: &Organisation) -> Result<Decided, Refusal> {
    if state.organisations.contains_key(&organisation.id) {
        return Err(Refusal::new(
            Code::Exists,
            format!("organisation `{}`", organisation.id),
        ));
    }
    fresh(state, organisation.key)?;
    in_province(state, organisation.division)?;
    if let Some(parent) = &organisation.part_of {
        let parent = state
            .organisations
            .get(parent)
            .ok_or_else(|| Refusal::new(Code::OrgUnknown, format!("`{parent}`")))?;
        if parent.part_of.is_some() || parent.kind != organisation.kind {
            return Err(Refusal::new(
                Code::Malformed,
                "a section belongs to a body of its own kind",
            ));
        }
    }
    Ok(decided(Effect::AddOrganisation(organisation.clone())))
}

fn check_term(officer: &Officer) -> Result<(), Refusal> {
    let length = officer.term_until.seconds_since(officer.term_from);
    if length <= 0 || length > TERM_S_MAX {
        return Err(Refusal::new(
            Code::Malformed,
            "a term lasts more than nothing and at most three years",
        ));
    }
    let holder = officer.holder.trim();
    if officer.roles.is_empty() || holder.is_empty() || holder != officer.holder {
        return Err(Refusal::new(
            Code::Malformed,
            "an officer has a role and a holder",
        ));
    }
    Ok(())
}

fn set_officer(state: &State, officer: &Officer) -> Result<Decided, Refusal> {
    let org = state
        .organisations
        .get(&officer.org)
        .ok_or_else(|| Refusal::new(Code::OrgUnknown, format!("`{}`", officer.org)))?;
    check_term(officer)?;
    if officer.roles.contains(&Role::Registrar) && Tier::of(org.division) != Tier::Province {
        return Err(Refusal::new(
            Code::ProvinceOnly,
            "registrars are officers of the province",
        ));
    }
    match state.officers.get(&officer.id) {
        Some(known)
            if known.org != officer.org
                || known.key != officer.key
                || known.holder != officer.holder =>
        {
            return Err(Refusal::new(
                Code::Exists,
                format!(
                    "officer `{}` with another organisation, key or holder",
                    officer.id
                ),
            ));
        }
        Some(_) => {}
        None => fresh(state, officer.key)?,
    }
    for other in state.officers.values() {
        let overlap = other.term_from < officer.term_until && officer.term_from < other.term_until;
        let other_org = state.organisations.get(&other.org);
        if other.id != officer.id
            && other.holder == officer.holder
            && overlap
            && other_org.is_none_or(|other_org| !same_body(other_org, org))
        {
            return Err(Refusal::new(
                Code::HolderTaken,
                format!("the same holder is officer `{}` of another body", other.id),
            ));
        }
    }
    Ok(decided(Effect::SetOfficer(officer.clone())))
}

fn rotate(state: &State, owner: &KeyOwner, key: PublicKey) -> Result<Decided, Refusal> {
    fresh(state, key)?;
    let (holder, old) = match owner {
        KeyOwner::Org(id) => {
            let org = state
                .organisations
                .get(id)
                .ok_or_else(|| Refusal::new(Code::OrgUnknown, format!("`{id}`")))?;
            (KeyHolder::Org(id.clone()), org.key)
        }
        KeyOwner::Officer(id) => {
            let officer = state
                .officers
                .get(id)
                .ok_or_else(|| Refusal::new(Code::OfficerUnknown, format!("`{id}`")))?;
            (KeyHolder::Officer(id.clone()), officer.key)
        }
    };
    Ok(decided(Effect::ReplaceKey {
        holder,
        old,
        new: key,
    }))
}

fn adopt(
    state: &State,
    cx: &Context<'_>,
    digest: PackDigest,
    archive: &[u8],
) -> Result<Decided, Refusal> {
    let book = match cx.candidate {
        Some(Ok(book)) => book,
        Some(Err(findings)) => return Err(Refusal::new(Code::PackInvalid, findings)),
        None => return Err(Refusal::new(Code::PackInvalid, "the pack cannot be read")),
    };
    if book.digest != digest {
        return Err(Refusal::new(
            Code::DigestMismatch,
            "the digest is not that of the archive",
        ));
    }
    if state.province != Some(book.province) {
        return Err(Refusal::new(
            Code::PackInvalid,
            "the pack is for another province",
        ));
    }
    caps::check(book)?;
    if cx.at < book.valid_from {
        return Err(Refusal::new(
            Code::PackInvalid,
            format!("the pack is valid from {}", book.valid_from),
        ));
    }
    if cx.at >= book.sunset {
        return Err(Refusal::new(
            Code::SunsetPassed,
            format!("the pack ended at {}", book.sunset),
        ));
    }
    let shortened = relaid(state, cx, book);
    let adoption = Adoption {
        digest,
        archive: archive.to_vec(),
        at: cx.at,
        entry: state.seq,
        sunset: book.sunset,
        utc_offset_s: book.utc_offset_s,
    };
    Ok(decided(Effect::Adopt {
        adoption,
        shortened,
    }))
}

/// The new layout of each live measure that the adoption changes.
///
/// A measure never gets a later end, and never an end in the past: what was red yesterday stays
/// explained as red yesterday. Nothing outlasts the new sunset (I13), whatever the pack keeps.
fn relaid(state: &State, cx: &Context<'_>, book: &RuleBook) -> Vec<(u32, Span)> {
    let endless = Steps {
        red_s: u32::MAX,
        ..Steps::default()
    };
    let mut changed = Vec::new();
    for (place, measure) in state.people.measures() {
        if !measure.is_live(cx.at) {
            continue;
        }
        let from = measure.span.from();
        let mut span = measure
            .span
            .milder(Span::lay(endless, from, from, book.sunset));
        if book.existing == ExistingMeasures::Shorten {
            span = span.milder(shorter(state, book, measure).not_before(cx.at));
        }
        if span != measure.span {
            changed.push((place, span));
        }
    }
    changed
}

/// A measure as the new pack would lay it out: the milder end of each stage will count. On a
/// ground that the pack no longer knows it says nothing; as pushed or ordered stays as it was.
fn shorter(state: &State, book: &RuleBook, measure: &Measure) -> Span {
    let from = measure.span.from();
    let Some(rule) = book.grounds.get(&measure.ground) else {
        return Span::lay(Steps::default(), from, from, from);
    };
    if matches!(measure.ground, Ground::Order | Ground::Push) {
        return measure.span;
    }
    let fact = measure
        .evidence
        .and_then(|evidence| state.people.evidence(evidence))
        .map(|evidence| evidence.occurred_at);
    let anchor = match rule.anchor {
        Anchor::Fact => fact.unwrap_or(from).min(from),
        Anchor::Decision => from,
    };
    Span::lay(rule.steps, anchor, from, book.sunset)
}

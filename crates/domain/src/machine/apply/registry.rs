//! Applying the province's acts: organisations, officers, keys, packs.
//!
//! Invariant: a key once revoked stays revoked from its first revocation on.

use super::{mark_boundaries, settle};
use crate::colour::Span;
use crate::ids::PublicKey;
use crate::machine::Applied;
use crate::machine::effect::Effect;
use crate::organisation::{KeyHolder, KeyRecord, Officer, Organisation};
use crate::state::{Adoption, State};
use crate::time::{CHINA_OFFSET_S, Timestamp};

/// Applies an act of the province.
pub(super) fn apply(state: &mut State, applied: &mut Applied, at: Timestamp, effect: Effect) {
    match effect {
        Effect::Begin {
            origin,
            province,
            organisation,
            registrar,
        } => {
            state.origin = Some(origin);
            state.province = Some(province);
            // One civil time in the whole country; a pack states it again.
            state.utc_offset_s = CHINA_OFFSET_S;
            add_organisation(state, applied, organisation);
            set_officer(state, applied, registrar);
        }
        Effect::AddOrganisation(organisation) => add_organisation(state, applied, organisation),
        Effect::SetOfficer(officer) => set_officer(state, applied, officer),
        Effect::ReplaceKey { holder, old, new } => {
            replace_key(state, applied, at, holder, old, new);
        }
        Effect::EndKey(key) => {
            if let Some(record) = state.keys.get_mut(&key) {
                record.revoked_at = record.revoked_at.min(at);
                match record.holder.clone() {
                    KeyHolder::Org(org) => applied.changes.organisations.push(org),
                    KeyHolder::Officer(officer) => applied.changes.officers.push(officer),
                }
            }
        }
        Effect::Adopt {
            adoption,
            shortened,
        } => adopt(state, applied, at, adoption, shortened),
        _ => {}
    }
}

/// Adds an organisation with its key.
fn add_organisation(state: &mut State, applied: &mut Applied, organisation: Organisation) {
    let holder = KeyHolder::Org(organisation.id.clone());
    state.keys.insert(
        organisation.key,
        KeyRecord {
            holder,
            revoked_at: Timestamp::NEVER,
        },
    );
    applied.changes.organisations.push(organisation.id.clone());
    state
        .organisations
        .insert(organisation.id.clone(), organisation);
}

/// Adds or renews an officer.
fn set_officer(state: &mut State, applied: &mut Applied, officer: Officer) {
    let holder = KeyHolder::Officer(officer.id.clone());
    state.keys.entry(officer.key).or_insert(KeyRecord {
        holder,
        revoked_at: Timestamp::NEVER,
    });
    applied.changes.officers.push(officer.id.clone());
    state.officers.insert(officer.id.clone(), officer);
}

/// Ends one key and begins another.
fn replace_key(
    state: &mut State,
    applied: &mut Applied,
    at: Timestamp,
    holder: KeyHolder,
    old: PublicKey,
    new: PublicKey,
) {
    if let Some(record) = state.keys.get_mut(&old) {
        record.revoked_at = record.revoked_at.min(at);
    }
    match &holder {
        KeyHolder::Org(id) => {
            if let Some(org) = state.organisations.get_mut(id) {
                org.key = new;
            }
            applied.changes.organisations.push(id.clone());
        }
        KeyHolder::Officer(id) => {
            if let Some(officer) = state.officers.get_mut(id) {
                officer.key = new;
            }
            applied.changes.officers.push(id.clone());
        }
    }
    state.keys.insert(
        new,
        KeyRecord {
            holder,
            revoked_at: Timestamp::NEVER,
        },
    );
}

/// Brings a pack into force.
fn adopt(
    state: &mut State,
    applied: &mut Applied,
    at: Timestamp,
    adoption: Adoption,
    shortened: Vec<(u32, Span)>,
) {
    state.utc_offset_s = adoption.utc_offset_s;
    state.packs.push(adoption);
    let mut people = Vec::with_capacity(shortened.len());
    for (place, span) in shortened {
        if let Some(measure) = state.people.measure_mut(place) {
            measure.span = span;
            people.push(measure.person);
            let person = measure.person;
            mark_boundaries(state, person, span);
        }
    }
    settle(state, applied, at, people);
}

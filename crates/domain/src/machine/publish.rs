//! Publishing: which keys issue credentials and lists, and each version of a status list.
//!
//! Invariant: a version counts exactly as many yellows and reds as the ledger has at that instant
//! (I10); whoever runs the system may publish a list, for that decides nothing about anybody.
//! No pack is asked: codes must stay readable when a pack has ended, and then all are green.

use super::effect::Effect;
use super::gate::{self, Actor};
use super::{Context, Decided};
use crate::ids::OrderId;
use crate::leaf::Totals;
use crate::organisation::{OrgKind, Tier};
use crate::publication::{
    ISSUING_KEY_S_MAX, IssuingKey, IssuingKeyGrant, LIST_LIFE_S_MAX, LIST_ROLE, LIST_SLOTS_MAX,
    LIST_SLOTS_MIN, LIST_WITHHELD_MAX, ListStatement, ListVersion, list_uri,
};
use crate::refusal::{Code, Refusal};
use crate::state::State;
use crate::time::Day;

/// How far the instant of a cut may be from the instant of its entry.
const CUT_AGE_S_MAX: i64 = 60;

const fn decided(effect: Effect) -> Decided {
    Decided {
        permits: Vec::new(),
        effect,
    }
}

/// Registers an issuing key.
pub(super) fn begin_key(state: &State, grant: &IssuingKeyGrant) -> Result<Decided, Refusal> {
    if state.issuing_keys.contains_key(&grant.key) {
        return Err(Code::KeyTaken.into());
    }
    let life_s = grant.until.seconds_since(grant.from);
    if !grant.key.is_compressed() || life_s <= 0 || life_s > ISSUING_KEY_S_MAX {
        return Err(Refusal::new(
            Code::Malformed,
            "an issuing key is a compressed P-256 point and lives at most three years",
        ));
    }
    Ok(decided(Effect::BeginIssuingKey(*grant)))
}

/// Revokes an issuing key.
pub(super) fn end_key(state: &State, key: IssuingKey, reason: &str) -> Result<Decided, Refusal> {
    gate::needs_reason(reason)?;
    if !state.issuing_keys.contains_key(&key) {
        return Err(Refusal::new(Code::Malformed, "no such issuing key"));
    }
    Ok(decided(Effect::EndIssuingKey(key)))
}

/// Publishes a version of a list.
pub(super) fn list(
    state: &State,
    cx: &Context<'_>,
    actor: Actor<'_>,
    statement: &ListStatement,
) -> Result<Decided, Refusal> {
    actor.needs_role(&[LIST_ROLE])?;
    if actor.org.kind != OrgKind::BigDataBureau || Tier::of(actor.org.division) != Tier::Province {
        return Err(Refusal::new(
            Code::ProvinceOnly,
            format!("`{}` is not the province's big-data bureau", actor.org.id),
        ));
    }
    check_form(state, cx, statement)?;
    check_withheld(state, cx, &statement.withheld)?;
    let Totals { yellow, red } = state.totals_without(cx.at, &statement.withheld);
    if (statement.counts.yellow, statement.counts.red) != (yellow, red) {
        return Err(Refusal::new(
            Code::ListCountsDiffer,
            format!(
                "the list has {} yellow and {} red, the ledger {yellow} and {red}",
                statement.counts.yellow, statement.counts.red
            ),
        ));
    }
    let known = state.lists.get(&statement.uri);
    let version = known.map_or(0, |known| known.newest.version);
    let version = ListVersion::new(statement, version.saturating_add(1));
    Ok(decided(Effect::PublishList(version)))
}

/// Only large orders in force wait for witnesses, each named once.
fn check_withheld(state: &State, cx: &Context<'_>, orders: &[OrderId]) -> Result<(), Refusal> {
    let bad = |why: &str| Err(Refusal::new(Code::Malformed, why));
    if orders.len() > LIST_WITHHELD_MAX {
        return bad("a list leaves out at most 1024 orders");
    }
    if !orders.is_sorted_by(|one, other| one < other) {
        return bad("the orders that are left out do not ascend");
    }
    for id in orders {
        let order = state
            .orders
            .get(id)
            .ok_or_else(|| Refusal::from(Code::OrderUnknown))?;
        if !order.waits_for_witnesses(cx.rules.map(|rules| rules.book.volume.people)) {
            return bad("only an order in force and of the size of the volume guard is left out");
        }
    }
    Ok(())
}

fn check_form(state: &State, cx: &Context<'_>, list: &ListStatement) -> Result<(), Refusal> {
    let bad = |why: &str| Err(Refusal::new(Code::Malformed, why));
    let origin = state.origin.as_deref().unwrap_or_default();
    let today = cx.at.local_day(state.utc_offset_s).as_count();
    let days = today.saturating_sub(1)..=today.saturating_add(1);
    if !days
        .map(Day::from_count)
        .any(|day| list.uri == list_uri(origin, day))
    {
        return bad("the address is not that of the list of yesterday, today or tomorrow");
    }
    if !(LIST_SLOTS_MIN..=LIST_SLOTS_MAX).contains(&list.slots) {
        return bad("a list has between 2^20 and 2^30 slots");
    }
    let counts = [list.counts.revoked, list.counts.yellow, list.counts.red];
    if counts.into_iter().fold(0, u64::saturating_add) > list.slots {
        return bad("more slots say something than the list has");
    }
    if cx.at.seconds_since(list.issued).saturating_abs() > CUT_AGE_S_MAX {
        return bad("the list was not cut now");
    }
    let life_s = list.expires.seconds_since(list.issued);
    if life_s <= 0 || life_s > LIST_LIFE_S_MAX {
        return bad("a version of a list lives at most two days");
    }
    match state.lists.get(&list.uri) {
        Some(known) if known.newest.slots != list.slots => {
            bad("a list keeps its number of slots for its whole life")
        }
        Some(known) if known.newest.issued > list.issued => {
            bad("a newer version of this list is published")
        }
        _ => Ok(()),
    }
}

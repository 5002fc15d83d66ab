//! Reports: which rows are evidence, and what the standing rules make of them.
//!
//! Invariant: a row counts only if its kind has a contract, its source is competent, it is fresh,
//! filled in, linked and not overturned (I3, I9). A standing rule never goes past the volume guard
//! by itself (I5). The part fails as a whole only where no row could count.

mod guard;
pub(super) mod link;
mod rows;
pub(super) mod statement;
pub(super) mod steps;

use super::effect::{Effect, Recorded};
use super::gate::{self, Ask};
use super::{Context, Decided};
use crate::act::{PART_ROWS_MAX, REPORT_PARTS_MAX, ReportPart};
use crate::evidence::EvidenceKind;
use crate::organisation::{KeyHolder, Organisation};
use crate::refusal::{Code, Refusal};
use crate::rules::{Action, Contract, Rules};
use crate::state::{State, key_speaks};
use crate::submission::VerifiedReport;
use rows::Rows;

/// Decides one part of a report.
pub(super) fn decide(
    state: &State,
    cx: &Context<'_>,
    verified: &VerifiedReport,
) -> Result<Decided, Refusal> {
    let part = verified.part();
    gate::check_envelope(state, cx.at, &part.ledger, part.signed_at)?;
    let org = state
        .organisations
        .get(&part.org)
        .ok_or_else(|| Refusal::new(Code::OrgUnknown, format!("`{}`", part.org)))?;
    let holder = KeyHolder::Org(org.id.clone());
    if org.key != verified.key() || !key_speaks(state, &org.key, &holder, cx.at) {
        return Err(Code::KeyRevoked.into());
    }
    gate::not_operator(org)?;
    let rules = gate::rules_before_sunset(state, cx)?;
    let contract = competent(rules, org, part.kind)?;
    if part.purpose.trim().is_empty() {
        return Err(Refusal::new(
            Code::FieldMissing,
            "the report states no duty or purpose",
        ));
    }
    let ask = Ask {
        action: Action::ReportPush,
        ground: part.kind.ground(),
        area: org.division,
        people: part.rows.len() as u64,
        red: false,
        channel: None,
    };
    let permits = gate::authorise(rules, org, &[], &ask)?;
    check_parts(state, part)?;
    let (results, taken) = Rows::new(state, cx, rules, org, part, contract).take_all();
    let none_counts = results.iter().all(Result::is_err);
    if let (true, Some(Err(code))) = (none_counts, results.first()) {
        let detail = format!(
            "no row of {} counts; the first fails with this",
            results.len()
        );
        return Err(Refusal::new(*code, detail));
    }
    Ok(Decided {
        permits,
        effect: Effect::Record(Box::new(Recorded {
            report: part.report,
            org: org.id.clone(),
            kind: part.kind,
            part: part.part,
            parts: part.parts,
            ground: part.kind.ground(),
            results,
            taken,
        })),
    })
}

fn competent<'a>(
    rules: Rules<'a>,
    org: &Organisation,
    kind: EvidenceKind,
) -> Result<&'a Contract, Refusal> {
    let contract = rules
        .book
        .contract(kind)
        .ok_or_else(|| Refusal::new(Code::NoGround, format!("the pack knows no `{kind}`")))?;
    if !contract.suppliers.contains(&org.kind) {
        return Err(Refusal::new(
            Code::EvidenceNotCompetent,
            format!("`{kind}` is not for {} to state", org.kind.en()),
        ));
    }
    Ok(contract)
}

fn check_parts(state: &State, part: &ReportPart) -> Result<(), Refusal> {
    let fault = |what: &str| Err(Refusal::new(Code::ReportState, what));
    if part.part >= part.parts || part.rows.is_empty() {
        return fault("a part has rows and a place among its parts");
    }
    if part.parts > REPORT_PARTS_MAX || part.rows.len() > PART_ROWS_MAX {
        return fault("too many parts, or too many rows in one");
    }
    let Some(known) = state.reports.get(&part.report) else {
        return Ok(());
    };
    if known.org != part.org || known.kind != part.kind || known.parts != part.parts {
        return fault("another sender, kind or number of parts than before");
    }
    if known.entries.contains_key(&part.part) {
        return fault("this part came before with other rows");
    }
    Ok(())
}

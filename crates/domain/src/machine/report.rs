//! Reports: which rows are evidence, and what the standing rules make of them.
//!
//! Invariant: a row counts only if its kind has a contract, its source is competent, it is fresh,
//! filled in, linked and not overturned (I3, I9). A standing rule never goes past the volume guard
//! by itself (I5). The part fails as a whole only where no row could count.

use super::effect::{Effect, Recorded, Taken};
use super::gate::{self, Ask};
use super::{Context, Decided, RowResult, RowTaken, release};
use crate::act::{AreaKind, AreaOrder, ReportPart};
use crate::colour::{Colour, Span, Stage, Steps};
use crate::division::{DivisionCode, divisions};
use crate::evidence::{EvidenceKind, EvidenceRow, MoreFields};
use crate::ids::EvidenceId;
use crate::organisation::{KeyHolder, OrgKind, Organisation};
use crate::refusal::{Code, Refusal};
use crate::rules::{Action, Anchor, Contract, GroundRule, Link, Rules};
use crate::state::people::{Evidence, EvidenceLink};
use crate::state::volume::{VolumeBy, VolumeKey};
use crate::state::{State, key_speaks};
use crate::submission::VerifiedReport;
use crate::time::{DAY_S, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// A fact may be dated this far ahead of the ledger's clock.
const AHEAD_S_MAX: i64 = 300;
/// A contact lies within this of its index person's own evidence (our default: 14 days).
const CONTACT_S_MAX: i64 = 14 * DAY_S;

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
    let rules = gate::rules_before_sunset(cx)?;
    let contract = competent(rules, org, part.kind)?;
    if part.purpose.trim().is_empty() {
        return Err(Refusal::new(Code::FieldMissing, "the report states no duty or purpose"));
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
    let mut rows = Rows::new(state, cx, rules, org, part, contract);
    for row in &part.rows {
        let result = rows.take(row);
        rows.results.push(result);
    }
    let Rows { results, taken, .. } = rows;
    let none_counts = results.iter().all(Result::is_err);
    if let (true, Some(Err(code))) = (none_counts, results.first()) {
        let detail = format!("no row of {} counts; the first fails with this", results.len());
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
            format!("`{kind}` cannot come from a {}", org.kind.en()),
        ));
    }
    Ok(contract)
}

fn check_parts(state: &State, part: &ReportPart) -> Result<(), Refusal> {
    let fault = |what: &str| Err(Refusal::new(Code::ReportState, what));
    if part.parts == 0 || part.part >= part.parts || part.rows.is_empty() {
        return fault("a part has rows and a place among its parts");
    }
    let Some(known) = state.reports.get(&part.report) else { return Ok(()) };
    if known.org != part.org || known.kind != part.kind || known.parts != part.parts {
        return fault("another sender, kind or number of parts than before");
    }
    if known.entries.contains_key(&part.part) {
        return fault("this part came before with other rows");
    }
    Ok(())
}

/// The rows of one part on their way.
struct Rows<'a> {
    state: &'a State,
    cx: &'a Context<'a>,
    rules: Rules<'a>,
    org: &'a Organisation,
    part: &'a ReportPart,
    contract: &'a Contract,
    rule: Option<&'a GroundRule>,
    results: Vec<RowResult>,
    taken: Vec<Taken>,
    met: BTreeSet<EvidenceId>,
    tests: BTreeMap<u32, Vec<Timestamp>>,
    guard: Guard,
}

impl<'a> Rows<'a> {
    fn new(
        state: &'a State,
        cx: &'a Context<'a>,
        rules: Rules<'a>,
        org: &'a Organisation,
        part: &'a ReportPart,
        contract: &'a Contract,
    ) -> Self {
        let rule = part.kind.ground().and_then(|ground| rules.book.grounds.get(&ground));
        Self {
            state,
            cx,
            rules,
            org,
            part,
            contract,
            rule,
            results: Vec::with_capacity(part.rows.len()),
            taken: Vec::with_capacity(part.rows.len()),
            met: BTreeSet::new(),
            tests: BTreeMap::new(),
            guard: Guard::default(),
        }
    }

    fn take(&mut self, row: &EvidenceRow) -> RowResult {
        let (at, kind) = (self.cx.at, self.part.kind);
        if divisions().find(row.division).is_none() || !self.org.division.contains(row.division) {
            return Err(Code::OutOfArea);
        }
        if row.occurred_at > at.plus_s(AHEAD_S_MAX) {
            return Err(Code::EvidenceFuture);
        }
        if at.seconds_since(row.occurred_at) > i64::from(self.contract.max_age_s) {
            return Err(Code::EvidenceStale);
        }
        let id = row.id(kind);
        if self.state.suppressed.contains(&id) {
            return Err(Code::EvidenceSuppressed);
        }
        let person = self.state.people.find(row.person);
        if !self.met.insert(id) || self.on_record(person, id) {
            return Ok(RowTaken::Duplicate);
        }
        let empty = MoreFields::default();
        let more = row.more.as_deref().unwrap_or(&empty);
        let filled = self.contract.required.iter().all(|field| more.has(*field));
        if row.reference.trim().is_empty() || !filled {
            return Err(Code::FieldMissing);
        }
        let index = check_link(self.state, self.contract, row, more)?;
        let coarse = match self.contract.min_precision {
            Some(least) => more.precision.is_none_or(|precision| precision < least),
            None => false,
        };
        let ends = self.releases(person, row);
        if kind.ground().is_none() && ends.is_empty() && !self.is_awaited(person) {
            return Ok(RowTaken::NotNeeded);
        }
        let link = keep_link(more, index);
        let evidence = Evidence::new(
            id,
            kind,
            0,
            row.division,
            row.occurred_at,
            self.state.seq,
            &row.reference,
            link,
            coarse,
        );
        let span = self.standing_rule(&evidence)?;
        let held = span.is_some_and(|span| {
            span.stage_at(at) > Stage::Flag && !self.within_guard(person, row)
        });
        let measure = if held { None } else { span };
        let result = match (measure, held, coarse, ends.is_empty()) {
            (_, true, _, _) => RowTaken::Held,
            (_, _, true, _) => RowTaken::Coarse,
            (_, _, _, false) => RowTaken::Released,
            (Some(_), ..) => RowTaken::Measured,
            (None, ..) => RowTaken::Recorded,
        };
        self.taken.push(Taken { person: row.person, evidence, measure, held, ends });
        Ok(result)
    }

    fn on_record(&self, person: Option<u32>, id: EvidenceId) -> bool {
        person.is_some_and(|person| {
            self.state.people.evidence_of(person).any(|(_, known)| known.id == id)
        })
    }

    /// Whether any live measure of the person could be released by this kind.
    fn is_awaited(&self, person: Option<u32>) -> bool {
        let Some(person) = person else { return false };
        self.state.people.measures_of(person).any(|(_, measure)| {
            measure.is_live(self.cx.at)
                && self.rules.book.grounds.get(&measure.ground).is_some_and(|rule| {
                    rule.releases.iter().any(|release| release.kind == self.part.kind)
                })
        })
    }

    fn releases(
        &mut self,
        person: Option<u32>,
        row: &EvidenceRow,
    ) -> Vec<(u32, Timestamp, crate::state::people::End)> {
        let Some(person) = person else { return Vec::new() };
        let tests = self.tests.entry(person).or_default();
        tests.push(row.occurred_at);
        release::by_system(self.state, self.cx, self.rules.book, person, self.part.kind, tests)
    }

    fn standing_rule(&self, evidence: &Evidence) -> Result<Option<Span>, Code> {
        let Some(rule) = self.rule else { return Ok(None) };
        let steps = steps_for(rule, evidence.link.as_deref(), self.org.kind)?;
        if !rule.automatic {
            return Ok(None);
        }
        let steps = if evidence.coarse { steps.as_flag() } else { steps };
        let span = lay(self.cx.at, self.rules, rule, steps, evidence);
        Ok((span.until() > self.cx.at).then_some(span))
    }

    fn within_guard(&mut self, person: Option<u32>, row: &EvidenceRow) -> bool {
        let Some(rule) = self.rule else { return true };
        self.guard.admit(self.state, self.cx, self.rules, rule, self.org, person, row)
    }
}

/// The steps of a rule for one piece of evidence: as pushed for a push, yellow at most for the
/// person's own word.
pub(super) fn steps_for(
    rule: &GroundRule,
    link: Option<&EvidenceLink>,
    source: OrgKind,
) -> Result<Steps, Code> {
    let mut steps = rule.steps;
    let pushed = link.and_then(|link| link.pushed);
    if pushed == Some(Colour::Green) {
        return Err(Code::FieldMissing);
    }
    if pushed == Some(Colour::Yellow) || source == OrgKind::SelfReport {
        let yellow_s = if steps.yellow_s > 0 { steps.yellow_s } else { steps.red_s };
        steps = Steps { red_s: 0, yellow_s, flag_s: steps.flag_s };
    }
    Ok(steps)
}

/// Lays the steps out from the anchor of the rule, cut at the sunset and at the evidence's expiry.
pub(super) fn lay(
    at: Timestamp,
    rules: Rules<'_>,
    rule: &GroundRule,
    steps: Steps,
    evidence: &Evidence,
) -> Span {
    let anchor = match rule.anchor {
        Anchor::Fact => evidence.occurred_at.min(at),
        Anchor::Decision => at,
    };
    let expires = evidence.link.as_ref().and_then(|link| link.expires);
    let cap = expires.map_or(rules.book.sunset, |expires| expires.min(rules.book.sunset));
    Span::lay(steps, anchor, at, cap)
}

fn keep_link(more: &MoreFields, person: Option<u32>) -> Option<Box<EvidenceLink>> {
    let link = EvidenceLink {
        person,
        reference: more.link_reference.clone(),
        expires: more.expires,
        pushed: more.pushed,
    };
    (link != EvidenceLink::default()).then(|| Box::new(link))
}

/// Whether a person has live evidence of infection near an instant.
pub(super) fn is_index_case(state: &State, person: u32, near: Timestamp) -> bool {
    state.people.evidence_of(person).any(|(_, evidence)| {
        matches!(
            evidence.kind,
            EvidenceKind::CaseReport
                | EvidenceKind::AsymptomaticReport
                | EvidenceKind::PreliminaryPositive
        ) && !evidence.overturned
            && near.seconds_since(evidence.occurred_at).abs() <= CONTACT_S_MAX
    })
}

/// Whether a person has live evidence of being a close contact.
pub(super) fn is_index_contact(state: &State, person: u32, near: Timestamp) -> bool {
    state.people.evidence_of(person).any(|(_, evidence)| {
        evidence.kind == EvidenceKind::CloseContact
            && !evidence.overturned
            && near.seconds_since(evidence.occurred_at).abs() <= CONTACT_S_MAX
    })
}

fn check_link(
    state: &State,
    contract: &Contract,
    row: &EvidenceRow,
    more: &MoreFields,
) -> Result<Option<u32>, Code> {
    match contract.link {
        Link::None => Ok(more.link_person.and_then(|person| state.people.find(person))),
        Link::IndexCase | Link::IndexContact => {
            let index = more.link_person.ok_or(Code::FieldMissing)?;
            let place = state.people.find(index).ok_or(Code::NotLinked)?;
            let holds = if contract.link == Link::IndexCase {
                is_index_case(state, place, row.occurred_at)
            } else {
                is_index_contact(state, place, row.occurred_at)
            };
            if index == row.person || !holds { Err(Code::NotLinked) } else { Ok(Some(place)) }
        }
        Link::Area => {
            let area = linked_area(state, more)?;
            let place = more.origin.unwrap_or(row.division);
            if covers(area, contract.kind, row, more, place) { Ok(None) } else { Err(Code::NotLinked) }
        }
        Link::TestRound => {
            let area = linked_area(state, more)?;
            let holds = area.kind == AreaKind::TestRound
                && area.division.contains(row.division)
                && row.occurred_at >= area.until;
            if holds { Ok(None) } else { Err(Code::NotLinked) }
        }
    }
}

fn linked_area<'a>(state: &'a State, more: &MoreFields) -> Result<&'a AreaOrder, Code> {
    let number = more.link_reference.as_ref().ok_or(Code::FieldMissing)?;
    state.areas.get(number).ok_or(Code::NotLinked)
}

fn covers(
    area: &AreaOrder,
    kind: EvidenceKind,
    row: &EvidenceRow,
    more: &MoreFields,
    place: DivisionCode,
) -> bool {
    let right_kind = match kind {
        EvidenceKind::SealedArea => area.kind == AreaKind::Sealed,
        EvidenceKind::AreaStay => area.kind == AreaKind::Risk,
        _ => matches!(area.kind, AreaKind::Risk | AreaKind::Sealed),
    };
    // A supplement of 2022 reaches back: who stayed in the 14 days before the area was listed
    // counts too (`domain.md` 2.1), so the stay may begin before the order.
    let from = more.from.unwrap_or(row.occurred_at);
    let until = more.until.unwrap_or(row.occurred_at);
    right_kind
        && area.division.contains(place)
        && from <= until
        && from < area.until
        && until >= area.from.plus_s(-CONTACT_S_MAX)
}

/// The volume guard of a standing rule, over the window and this part together.
#[derive(Default)]
struct Guard {
    windows: BTreeMap<VolumeBy, BTreeSet<u32>>,
    fresh: BTreeMap<VolumeBy, BTreeSet<crate::document::PersonId>>,
}

impl Guard {
    #[expect(clippy::too_many_arguments, reason = "the facts of one row and the rules around it")]
    fn admit(
        &mut self,
        state: &State,
        cx: &Context<'_>,
        rules: Rules<'_>,
        rule: &GroundRule,
        org: &Organisation,
        person: Option<u32>,
        row: &EvidenceRow,
    ) -> bool {
        let limit = rule
            .automatic_people
            .unwrap_or(rules.book.volume.people)
            .min(crate::rules::AUTOMATIC_PEOPLE_MAX) as usize;
        let since = cx.at.plus_s(-i64::from(rules.book.volume.window_s));
        let keys = [
            VolumeBy::Body(super::order::body_of(state, &org.id)),
            VolumeBy::Prefecture(row.division.prefecture()),
        ];
        let mut room = true;
        for by in &keys {
            let window = self.windows.entry(by.clone()).or_insert_with(|| {
                let key = VolumeKey { ground: rule.ground, automatic: true, by: by.clone() };
                state.volume.people(&key, since, limit)
            });
            let fresh = self.fresh.entry(by.clone()).or_default();
            let counted = person.is_some_and(|person| window.contains(&person))
                || fresh.contains(&row.person);
            room &= counted || window.len().saturating_add(fresh.len()).saturating_add(1) < limit;
        }
        if room {
            for by in keys {
                let counted = person.is_some_and(|person| {
                    self.windows.get(&by).is_some_and(|window| window.contains(&person))
                });
                if !counted {
                    self.fresh.entry(by).or_default().insert(row.person);
                }
            }
        }
        room
    }
}

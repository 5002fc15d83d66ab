//! The rows of one part on their way: each is evidence, a repetition, or turned away.
//!
//! Invariant: a row is judged on the state before the part; within the part only repetition, the
//! volume guard and tests of one person add up.

use super::guard::Guard;
use super::link::check_link;
use super::statement;
use super::steps::{lay, steps_for};
use crate::act::ReportPart;
use crate::colour::{Ground, Span, Stage};
use crate::division::DivisionCode;
use crate::evidence::{EvidenceKind, EvidenceRow, MoreFields};
use crate::ids::EvidenceId;
use crate::machine::effect::Taken;
use crate::machine::{Context, RowResult, RowTaken, release};
use crate::organisation::Organisation;
use crate::refusal::Code;
use crate::rules::{Contract, GroundRule, Rules};
use crate::state::State;
use crate::state::people::{End, Evidence, EvidenceLink, IdHasher};
use crate::time::Timestamp;
use std::collections::{BTreeMap, HashSet};
use std::hash::BuildHasherDefault;

/// One part, row by row.
pub(super) struct Rows<'a> {
    state: &'a State,
    cx: &'a Context<'a>,
    rules: Rules<'a>,
    org: &'a Organisation,
    part: &'a ReportPart,
    contract: &'a Contract,
    rule: Option<&'a GroundRule>,
    taken: Vec<Taken>,
    met: HashSet<EvidenceId, BuildHasherDefault<IdHasher>>,
    tests: BTreeMap<u32, Vec<Timestamp>>,
    guard: Option<Guard<'a>>,
    /// The last place found good: the rows of a part lie in few places.
    place: Option<DivisionCode>,
}

impl<'a> Rows<'a> {
    pub(super) fn new(
        state: &'a State,
        cx: &'a Context<'a>,
        rules: Rules<'a>,
        org: &'a Organisation,
        part: &'a ReportPart,
        contract: &'a Contract,
    ) -> Self {
        let rule = part
            .kind
            .ground()
            .and_then(|ground| rules.book.grounds.get(&ground));
        Self {
            state,
            cx,
            rules,
            org,
            part,
            contract,
            rule,
            taken: Vec::with_capacity(part.rows.len()),
            met: HashSet::with_capacity_and_hasher(part.rows.len(), Default::default()),
            tests: BTreeMap::new(),
            guard: rule.map(|rule| Guard::new(state, cx, rules, rule, org)),
            place: None,
        }
    }

    /// How each row fares, and the rows that are taken.
    pub(super) fn take_all(mut self) -> (Vec<RowResult>, Vec<Taken>) {
        let results = self.part.rows.iter().map(|row| self.take(row)).collect();
        (results, self.taken)
    }

    fn take(&mut self, row: &EvidenceRow) -> RowResult {
        let (at, kind) = (self.cx.at, self.part.kind);
        let empty = MoreFields::default();
        let more = row.more.as_deref().unwrap_or(&empty);
        self.check_place_and_time(row, more)?;
        let id = row.id(kind);
        if self.state.suppressed.contains(&id) {
            return Err(Code::EvidenceSuppressed);
        }
        let person = self.state.people.find(row.person);
        if self.met.contains(&id) || self.on_record(person, id) {
            return Ok(RowTaken::Duplicate);
        }
        statement::check_filled(self.contract, row, more).map_err(|fault| fault.code)?;
        self.check_push(more)?;
        let index = check_link(self.state, at, self.contract, row, more)?;
        let coarse = match self.contract.min_precision {
            Some(least) => more.precision.is_none_or(|precision| precision < least),
            None => false,
        };
        let ends = self.releases(person, row);
        if kind.ground().is_none() && ends.is_empty() && !self.is_awaited(person) {
            return Ok(RowTaken::NotNeeded);
        }
        let mut evidence = Evidence::new(
            id,
            kind,
            0,
            row.division,
            row.occurred_at,
            self.state.seq,
            &row.reference,
            keep_link(more, index),
            coarse,
        );
        let span = self.standing_rule(&evidence)?;
        evidence.held =
            span.is_some_and(|span| span.stage_at(at) > Stage::Flag) && !self.admit(person, row);
        let measure = if evidence.held { None } else { span };
        let result = match (measure, ends.is_empty()) {
            _ if evidence.held => RowTaken::Held,
            _ if coarse => RowTaken::Coarse,
            (_, false) => RowTaken::Released,
            (Some(_), true) => RowTaken::Measured,
            (None, true) => RowTaken::Recorded,
        };
        self.met.insert(id);
        self.taken.push(Taken {
            person: row.person,
            evidence,
            measure,
            ends,
        });
        Ok(result)
    }

    fn check_place_and_time(&mut self, row: &EvidenceRow, more: &MoreFields) -> Result<(), Code> {
        if self.place != Some(row.division) {
            statement::check_place(self.org.division, row).map_err(|fault| fault.code)?;
            self.place = Some(row.division);
        }
        statement::check_form(self.cx.at, self.contract, row, more).map_err(|fault| fault.code)
    }

    /// A push comes from elsewhere and has not ended yet: a province does not push to itself, for
    /// that would be a way round every contract of its own.
    fn check_push(&self, more: &MoreFields) -> Result<(), Code> {
        if self.part.kind != EvidenceKind::ProvincePush {
            return Ok(());
        }
        let own = |origin| {
            self.state
                .province
                .is_none_or(|province| province.contains(origin))
        };
        if more.origin.is_none_or(own) {
            return Err(Code::OutOfArea);
        }
        if more.expires.is_some_and(|expires| expires <= self.cx.at) {
            return Err(Code::EvidenceStale);
        }
        Ok(())
    }

    fn on_record(&self, person: Option<u32>, id: EvidenceId) -> bool {
        person.is_some_and(|person| {
            self.state
                .people
                .evidence_of(person)
                .any(|(_, known)| known.id == id)
        })
    }

    /// Whether any live measure of the person could be released by this kind.
    fn is_awaited(&self, person: Option<u32>) -> bool {
        let Some(person) = person else { return false };
        self.state.people.measures_of(person).any(|(_, measure)| {
            measure.is_live(self.cx.at)
                && self
                    .rules
                    .book
                    .grounds
                    .get(&measure.ground)
                    .is_some_and(|rule| {
                        rule.releases
                            .iter()
                            .any(|release| release.kind == self.part.kind)
                    })
        })
    }

    fn releases(&mut self, person: Option<u32>, row: &EvidenceRow) -> Vec<(u32, Timestamp, End)> {
        let (Some(person), None) = (person, self.part.kind.ground()) else {
            return Vec::new();
        };
        let tests = self.tests.entry(person).or_default();
        tests.push(row.occurred_at);
        release::by_system(
            self.state,
            self.cx,
            self.rules.book,
            person,
            self.part.kind,
            tests,
        )
    }

    fn standing_rule(&self, evidence: &Evidence) -> Result<Option<Span>, Code> {
        let Some(rule) = self.rule else {
            return Ok(None);
        };
        let steps = steps_for(rule, evidence.link.as_deref(), self.org.kind)?;
        // The catch-all takes a document, two bodies and the province, whatever a pack says.
        if !rule.automatic || rule.ground == Ground::Order {
            return Ok(None);
        }
        let steps = if evidence.coarse {
            steps.as_flag()
        } else {
            steps
        };
        let span = lay(self.cx.at, self.rules.book, rule, steps, evidence);
        Ok((span.until() > self.cx.at).then_some(span))
    }

    fn admit(&mut self, person: Option<u32>, row: &EvidenceRow) -> bool {
        self.guard
            .as_mut()
            .is_none_or(|guard| guard.admit(person, row))
    }
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

//! An independent model: what was accepted, as raw acts, and whether it carries what the state
//! says. It shares no code with the machine but the words and the laying out of bytes.

use crate::common::{BODIES, book, place};
use domain::act::{ActBody, AppealTarget, AreaKind, AreaOrder, Proposal, ReportPart};
use domain::colour::{Colour, Ground, Stage};
use domain::document::PersonId;
use domain::evidence::{EvidenceKind as K, EvidenceRow, Precision};
use domain::ids::{AppealId, EvidenceId, OrderId};
use domain::machine::{Outcome, RowTaken};
use domain::organisation::OrgKind;
use domain::rules::{Link, RuleBook};
use domain::state::State;
use domain::state::people::Measure;
use domain::submission::Submission;
use domain::time::{DAY_S, HOUR_S, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

struct Fact {
    kind: K,
    org: String,
    row: EvidenceRow,
}

struct Ordered {
    maker: String,
    proposal: Proposal,
    checker: Option<String>,
    withdrawn: bool,
}

struct Filed {
    person: PersonId,
    target: AppealTarget,
    entry: u64,
    deadline: Timestamp,
    answered: bool,
    /// The entry of a rejection that came late: what lapsed stays a flag, what begins after it is
    /// a new decision on evidence that the review let stand.
    rejected_late: Option<u64>,
}

#[derive(Default)]
pub struct Model {
    facts: BTreeMap<EvidenceId, Fact>,
    overturned: BTreeSet<EvidenceId>,
    orders: BTreeMap<OrderId, Ordered>,
    /// Every version of each area order, for a number lifted may not be given again.
    areas: BTreeMap<String, AreaOrder>,
    appeals: BTreeMap<AppealId, Filed>,
}

/// The kind and division of a body, from the table and not from the state.
fn body(org: &str) -> (OrgKind, u32) {
    let known = BODIES.iter().find(|(id, ..)| *id == org);
    known.map_or((OrgKind::Headquarters, 410_000), |(_, kind, division)| {
        (*kind, *division)
    })
}

fn org_of(officer: &str) -> String {
    officer.strip_suffix(".a").unwrap_or("410000-hq").to_owned()
}

impl Model {
    pub fn accept(
        &mut self,
        state: &State,
        book: Option<&RuleBook>,
        submission: &Submission,
        outcome: &Outcome,
    ) {
        match submission {
            Submission::Report(report) => self.record(report.part(), outcome),
            Submission::Act(act) => {
                let officer = act.act().officer.as_str();
                let id = act.digest().short();
                self.act(&act.act().body, officer, id, outcome, book);
                let imposed = matches!(
                    act.act().body,
                    ActBody::OrderApprove { .. } | ActBody::OrderPropose(_)
                );
                if imposed && body(&org_of(officer)).1 != 410_000 {
                    small_enough(state, book.unwrap(), outcome);
                }
            }
            Submission::Unverified(_) => panic!("unsigned bytes were accepted"),
        }
    }

    fn record(&mut self, part: &ReportPart, outcome: &Outcome) {
        for (row, result) in part.rows.iter().zip(&outcome.rows) {
            let taken = !matches!(
                result,
                Err(_) | Ok(RowTaken::Duplicate | RowTaken::NotNeeded)
            );
            if taken {
                let fact = Fact {
                    kind: part.kind,
                    org: part.org.to_string(),
                    row: row.clone(),
                };
                let before = self.facts.insert(row.id(part.kind), fact);
                assert!(before.is_none(), "one statement, one piece of evidence");
            }
        }
    }

    fn act(
        &mut self,
        act: &ActBody,
        officer: &str,
        id: [u8; 16],
        outcome: &Outcome,
        book: Option<&RuleBook>,
    ) {
        match act {
            ActBody::OrderPropose(proposal) => {
                let ordered = Ordered {
                    maker: org_of(officer),
                    proposal: proposal.clone(),
                    checker: None,
                    withdrawn: false,
                };
                let before = self.orders.insert(OrderId::from_bytes(id), ordered);
                assert!(before.is_none(), "an order is proposed once");
            }
            ActBody::OrderApprove { order, .. } => {
                let order = self.orders.get_mut(order).unwrap();
                assert!(order.checker.is_none() && !order.withdrawn);
                order.checker = Some(org_of(officer));
            }
            ActBody::OrderWithdraw { order, .. } | ActBody::OrderRefuse { order, .. } => {
                self.orders.get_mut(order).unwrap().withdrawn = true;
            }
            ActBody::AreaDeclare(area) => {
                drop(self.areas.insert(area.number.clone(), area.clone()))
            }
            ActBody::AppealFile { person, target, .. } => {
                let hours = i64::from(book.unwrap().deadlines.appeal_hours);
                let filed = Filed {
                    person: *person,
                    target: *target,
                    entry: outcome.leaf.seq,
                    deadline: outcome.leaf.at.plus_s(hours * HOUR_S),
                    answered: false,
                    rejected_late: None,
                };
                self.appeals.insert(AppealId::from_bytes(id), filed);
            }
            ActBody::AppealDecide { appeal, upheld, .. } => {
                let filed = self.appeals.get_mut(appeal).unwrap();
                filed.answered = *upheld || outcome.leaf.at < filed.deadline;
                filed.rejected_late = (!filed.answered).then_some(outcome.leaf.seq);
                if let (AppealTarget::Evidence(id), true) = (filed.target, upheld) {
                    self.overturned.insert(id);
                }
            }
            _ => {}
        }
    }

    /// Every measure is within its caps, and every colour is carried by what was accepted.
    pub fn check(&self, state: &State) {
        let at = state.last_at;
        let mut carried = BTreeMap::<u32, u32>::new();
        for (_, measure) in state.people.measures() {
            let span = measure.span;
            let (from, until) = (span.from(), span.until());
            assert!(span.red_until() <= from.plus_s(14 * DAY_S));
            assert!(until <= from.plus_s(58 * DAY_S));
            if measure.is_live(at) {
                assert!(
                    until <= state.pack().unwrap().sunset,
                    "nothing outlasts the sunset"
                );
            }
            if let Some(evidence) = measure.evidence {
                *carried.entry(evidence).or_default() += 1;
            }
            let stage = measure.stage_at(at);
            if stage > Stage::Flag {
                self.justify(state, measure, stage, at);
            }
        }
        assert!(
            carried.values().all(|count| *count <= 2),
            "evidence is used up"
        );
    }

    fn justify(&self, state: &State, measure: &Measure, stage: Stage, at: Timestamp) {
        let who = state.people.person(measure.person).unwrap().id;
        let evidence = measure
            .evidence
            .map(|place| state.people.evidence(place).unwrap().id);
        match measure.order {
            Some(order) => self.justify_order(&order, who, measure),
            None => assert!(
                book::book("x").grounds[&measure.ground].automatic,
                "only an automatic ground needs no order"
            ),
        }
        match evidence {
            Some(id) => self.justify_evidence(id, who, measure, stage),
            None => assert_eq!(measure.ground, Ground::Order),
        }
        for filed in self
            .appeals
            .values()
            .filter(|filed| filed.person == who && !filed.answered)
        {
            if filed
                .rejected_late
                .is_some_and(|entry| measure.entry > entry)
            {
                continue;
            }
            let concerns = match filed.target {
                AppealTarget::Measure(ground) => {
                    ground == measure.ground && measure.entry < filed.entry
                }
                AppealTarget::Evidence(id) => Some(id) == evidence,
            };
            assert!(
                !concerns || at < filed.deadline,
                "an unanswered appeal leaves a flag"
            );
        }
    }

    fn justify_order(&self, order: &OrderId, who: PersonId, measure: &Measure) {
        let order = &self.orders[order];
        let proposal = &order.proposal;
        let life = measure.span.until().seconds_since(measure.span.from());
        assert!(!order.withdrawn && proposal.ground == measure.ground);
        assert!(proposal.people.iter().any(|named| named == who));
        let maker = body(&order.maker);
        assert!(!matches!(maker.0, OrgKind::BigDataBureau | OrgKind::Vendor));
        match &order.checker {
            None => assert!(
                proposal.emergency && life <= DAY_S,
                "one signature, one day"
            ),
            Some(checker) => {
                let checker = body(checker);
                assert_ne!(checker, maker, "two bodies");
                assert!(!matches!(
                    checker.0,
                    OrgKind::BigDataBureau | OrgKind::Vendor
                ));
                let by_document = measure.ground == Ground::Order;
                assert!(
                    !by_document || checker.1 == 410_000,
                    "the province approves"
                );
            }
        }
        if measure.ground == Ground::Order {
            let document = proposal.document.as_ref().unwrap();
            assert!(life <= 72 * HOUR_S && life <= i64::from(document.hours) * HOUR_S);
            assert!(!document.number.is_empty() && !proposal.emergency);
        }
    }

    fn justify_evidence(&self, id: EvidenceId, who: PersonId, measure: &Measure, stage: Stage) {
        let fact = &self.facts[&id];
        let more = fact.row.more.as_ref().unwrap();
        assert!(
            !self.overturned.contains(&id),
            "overturned evidence carries nothing"
        );
        assert_eq!(
            (fact.row.person, fact.kind.ground()),
            (who, Some(measure.ground))
        );
        let contract = &book::book("x").grounds[&measure.ground].contract;
        let (source, division) = body(&fact.org);
        assert!(contract.suppliers.contains(&source), "a competent source");
        assert!(
            place(division).contains(fact.row.division),
            "in its own place"
        );
        let age = measure.span.from().seconds_since(fact.row.occurred_at);
        assert!(
            (-300..=14 * DAY_S).contains(&age),
            "fresh when it was relied on"
        );
        if source == OrgKind::SelfReport {
            assert!(stage <= Stage::Yellow);
        }
        if measure.ground == Ground::Stc {
            assert!(
                more.precision
                    .is_some_and(|precision| precision >= Precision::Community)
            );
        }
        if measure.ground == Ground::Push {
            let pushed = more.pushed.unwrap();
            assert!(stage.colour() <= pushed && pushed > Colour::Green);
            assert!(measure.span.until() <= more.expires.unwrap());
        }
        match contract.link {
            Link::None => {}
            Link::IndexCase => {
                let kinds = [K::CaseReport, K::AsymptomaticReport, K::PreliminaryPositive];
                self.has_index(&fact.row, &kinds);
            }
            Link::IndexContact => self.has_index(&fact.row, &[K::CloseContact]),
            Link::Area | Link::TestRound => {
                let area = &self.areas[more.link_reference.as_ref().unwrap()];
                assert!(area.division.contains(fact.row.division));
                let kinds: &[AreaKind] = match measure.ground {
                    Ground::Hirisk => &[AreaKind::Risk],
                    Ground::Seal => &[AreaKind::Sealed],
                    Ground::Overdue => &[AreaKind::TestRound],
                    _ => &[AreaKind::Risk, AreaKind::Sealed],
                };
                assert!(kinds.contains(&area.kind));
            }
        }
    }

    /// Somebody else has standing evidence of these kinds within fourteen days.
    fn has_index(&self, row: &EvidenceRow, kinds: &[K]) {
        let index = row.more.as_ref().and_then(|more| more.link_person).unwrap();
        assert_ne!(index, row.person, "nobody is their own index");
        let stands = self.facts.iter().any(|(id, fact)| {
            fact.row.person == index
                && kinds.contains(&fact.kind)
                && !self.overturned.contains(id)
                && fact.row.occurred_at.seconds_since(row.occurred_at).abs() <= 14 * DAY_S
        });
        assert!(stands, "a contact rests on a standing index");
    }
}

/// Without the province, the people measured by order on this ground in a city within the window
/// stay below the guard's number.
fn small_enough(state: &State, book: &RuleBook, outcome: &Outcome) {
    let ground = outcome.leaf.ground.unwrap();
    if outcome.changes.people.is_empty() {
        return;
    }
    let since = outcome.leaf.at.plus_s(-i64::from(book.volume.window_s));
    let mut cities = BTreeMap::<u32, BTreeSet<u32>>::new();
    for (_, measure) in state.people.measures() {
        if measure.ground == ground && measure.order.is_some() && measure.span.from() > since {
            let city = measure.area.prefecture().number();
            cities.entry(city).or_default().insert(measure.person);
        }
    }
    // Only cities that this entry touched are its matter.
    let touched: BTreeSet<u32> = state
        .people
        .measures()
        .filter(|(_, measure)| measure.entry == outcome.leaf.seq)
        .map(|(_, measure)| measure.area.prefecture().number())
        .collect();
    for city in touched {
        assert!(
            cities[&city].len() < book.volume.people as usize,
            "the province approves"
        );
    }
}

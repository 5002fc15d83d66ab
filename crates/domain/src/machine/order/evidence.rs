//! Orders on evidence: which piece carries the measure of each person.
//!
//! Invariant: the piece is competent (it was when it came), fresh, linked, precise enough, not
//! overturned, not under an objection that ran out, and carried no measure yet — but one emergency
//! measure may be followed by one order, whose days count on from it (I3, I6, I9).

use super::weigh::{Keep, Sums, Wanted};
use crate::act::AppealTarget;
use crate::colour::Span;
use crate::machine::Context;
use crate::machine::effect::{Grant, Grants, Who};
use crate::machine::report::{link::link_holds, steps::lay, steps::steps_for};
use crate::organisation::OrgKind;
use crate::refusal::{Code, Refusal};
use crate::rules::{EMERGENCY_S_MAX, GroundRule, RuleBook};
use crate::state::State;
use crate::state::people::Evidence;
use crate::state::records::OrderStatus;
use crate::time::Timestamp;

/// From this many people on, two threads look them up: the answer does not depend on it.
const PARALLEL_MIN: usize = 8_192;

/// What stands behind the people of an order.
#[derive(Default)]
pub(super) struct Granted {
    /// A grant for each person, in the order of their numbers; none where only the sums are wanted.
    pub(super) grants: Grants,
    /// The sums.
    pub(super) sums: Sums,
    /// Whether the volume guard held some of the evidence back.
    pub(super) held: bool,
}

/// Weighs the people of an order on the evidence on record.
pub(super) fn by_evidence(
    state: &State,
    cx: &Context<'_>,
    book: &RuleBook,
    rule: &GroundRule,
    wanted: &Wanted<'_>,
    keep: Keep,
) -> Result<Granted, Refusal> {
    let kind_of = |org| {
        state
            .organisations
            .get(org)
            .map_or(OrgKind::SelfReport, |org| org.kind)
    };
    let kinds: Vec<OrgKind> = state.people.sources().map(kind_of).collect();
    let weigher = Weigher {
        state,
        at: cx.at,
        book,
        rule,
        wanted,
        kinds,
    };
    weigher.weigh(keep).ok_or_else(|| weigher.first_failure())
}

/// Does two things at once.
fn both<A: Send, B>(one: impl Fn() -> A + Sync + Send, two: impl FnOnce() -> B) -> (A, B) {
    std::thread::scope(|scope| {
        let other = scope.spawn(&one);
        let second = two();
        // A panic in the other half would be ours too; then one thread does it all.
        (other.join().unwrap_or_else(|_| one()), second)
    })
}

/// A piece of evidence that can carry a measure.
struct Usable<'a> {
    place: u32,
    evidence: &'a Evidence,
    /// The beginning of the emergency measure that it already carried.
    anchor: Option<Timestamp>,
    disputed: bool,
}

struct Weigher<'a> {
    state: &'a State,
    at: Timestamp,
    book: &'a RuleBook,
    rule: &'a GroundRule,
    wanted: &'a Wanted<'a>,
    /// The kind of each supplier, by number.
    kinds: Vec<OrgKind>,
}

impl<'a> Weigher<'a> {
    /// Weighs everybody; `None` when somebody fails.
    ///
    /// People are visited in the order of their numbers, which is the order of memory: in the order
    /// of their ids, each would be a wait for memory of its own.
    fn weigh(&self, keep: Keep) -> Option<Granted> {
        let count = self.wanted.people.count();
        if count < PARALLEL_MIN {
            return self.grants(&self.numbers(0, count)?, keep);
        }
        let half = count / 2;
        let (left, right) = both(|| self.numbers(0, half), || self.numbers(half, count));
        let numbers = merge(&left?, &right?);
        let (left, right) = numbers.split_at(half);
        let (left, right) = both(|| self.grants(left, keep), || self.grants(right, keep));
        let (mut all, tail) = (left?, right?);
        all.grants.append(tail.grants);
        all.sums.add(&tail.sums);
        all.held |= tail.held;
        Some(all)
    }

    /// The numbers of the people from row `first` to before row `end`, ascending; `None` when one
    /// is not on record.
    fn numbers(&self, first: usize, end: usize) -> Option<Vec<u32>> {
        let rows = self.wanted.people.iter().skip(first).take(end - first);
        let numbers: Option<Vec<u32>> = rows.map(|id| self.state.people.find(id)).collect();
        let mut numbers = numbers?;
        numbers.sort_unstable();
        Some(numbers)
    }

    fn grants(&self, people: &[u32], keep: Keep) -> Option<Granted> {
        let mut granted = Granted::default();
        let mut grants = Vec::with_capacity(match keep {
            Keep::Grants => people.len(),
            Keep::Sums => 0,
        });
        for &person in people {
            let (grant, held) = self.grant(person).ok()?;
            granted.held |= held;
            granted.sums.count(self.at, &grant);
            if keep == Keep::Grants {
                grants.push(grant);
            }
        }
        granted.grants = Grants::one(grants);
        Some(granted)
    }

    /// The refusal of the first row that fails.
    fn first_failure(&self) -> Refusal {
        let fails = |id| match self.state.people.find(id) {
            None => Some(Code::NoEvidence),
            Some(person) => self.grant(person).err(),
        };
        let mut rows = self.wanted.people.iter().enumerate();
        rows.find_map(|(row, id)| Some(self.wanted.failed(fails(id)?, row)))
            .unwrap_or_else(|| Code::NoEvidence.into())
    }

    fn grant(&self, person: u32) -> Result<(Grant, bool), Code> {
        let (at, rule) = (self.at, self.rule);
        if self.wanted.emergency && self.had_emergency(person) {
            return Err(Code::EmergencyRepeated);
        }
        let Usable {
            place,
            evidence,
            anchor,
            disputed,
        } = self.select(person)?;
        if !self.wanted.area.contains(evidence.division) {
            return Err(Code::OutOfArea);
        }
        let source = self.kinds.get(usize::from(evidence.source));
        let source = source.copied().unwrap_or(OrgKind::SelfReport);
        let steps = steps_for(rule, evidence.link.as_deref(), source)?;
        let mut span = lay(at, self.book, rule, steps, evidence);
        if let Some(anchor) = anchor {
            span = span.milder(Span::lay(steps, anchor, at, self.book.sunset));
        }
        if self.wanted.emergency {
            let life = self.book.deadlines.emergency_s.min(EMERGENCY_S_MAX);
            span = span.milder(Span::lay(steps, at, at, at.plus_s(i64::from(life))));
        }
        if span.until() <= at {
            return Err(Code::EvidenceStale);
        }
        let grant = Grant {
            who: Who::Known(person),
            evidence: Some(place),
            area: evidence.division,
            span,
            disputed,
        };
        Ok((grant, evidence.held))
    }

    /// Whether the emergency path was used before for this person and ground.
    fn had_emergency(&self, person: u32) -> bool {
        self.state.people.measures_of(person).any(|(_, measure)| {
            measure.ground == self.wanted.ground
                && measure
                    .order
                    .and_then(|order| self.state.orders.get(&order))
                    .is_some_and(|order| order.emergency)
        })
    }

    /// The newest piece of evidence that can carry a measure; otherwise why the best one cannot.
    fn select(&self, person: u32) -> Result<Usable<'a>, Code> {
        let mut why = Code::NoEvidence;
        for (place, evidence) in self.state.people.evidence_of(person) {
            if evidence.kind != self.rule.contract.kind {
                continue;
            }
            match self.usable(person, place, evidence) {
                Ok(usable) => return Ok(usable),
                Err(code) if why == Code::NoEvidence => why = code,
                Err(_) => {}
            }
        }
        Err(why)
    }

    fn usable(&self, person: u32, place: u32, evidence: &'a Evidence) -> Result<Usable<'a>, Code> {
        let contract = &self.rule.contract;
        if evidence.overturned || self.state.suppressed.contains(&evidence.id) {
            return Err(Code::EvidenceSuppressed);
        }
        if self.at.seconds_since(evidence.occurred_at) > i64::from(contract.max_age_s) {
            return Err(Code::EvidenceStale);
        }
        if evidence.coarse {
            return Err(Code::EvidenceCoarse);
        }
        if !link_holds(self.state, contract.link, evidence) {
            return Err(Code::NotLinked);
        }
        let carried = if evidence.spent {
            Some(self.carried(person, place)?)
        } else {
            None
        };
        let disputed = self.objections(person, evidence, carried.map(|(measure, _)| measure))?;
        Ok(Usable {
            place,
            evidence,
            anchor: carried.map(|(_, anchor)| anchor),
            disputed,
        })
    }

    /// The emergency path may be followed by one order on the same evidence.
    fn carried(&self, person: u32, place: u32) -> Result<(u32, Timestamp), Code> {
        let mut carried = self
            .state
            .people
            .measures_of(person)
            .filter(|(_, m)| m.evidence == Some(place));
        let (Some((number, measure)), None) = (carried.next(), carried.next()) else {
            return Err(Code::EvidenceExhausted);
        };
        let followable = measure.end.is_none()
            && measure.is_live(self.at)
            && self.at < measure.lapse_at
            && measure
                .order
                .and_then(|order| self.state.orders.get(&order))
                .is_some_and(|order| order.emergency && order.status == OrderStatus::InForce);
        if followable {
            Ok((number, measure.span.from()))
        } else {
            Err(Code::EvidenceExhausted)
        }
    }

    /// Whether an objection to the evidence, or to the measure it carried, is open; refuses what
    /// the person won, and what was not answered in time.
    fn objections(
        &self,
        person: u32,
        evidence: &Evidence,
        carried: Option<u32>,
    ) -> Result<bool, Code> {
        let mut open = false;
        for id in self.state.appeals_of.get(&person).into_iter().flatten() {
            let Some(appeal) = self.state.appeals.get(id) else {
                continue;
            };
            let concerns = appeal.target == AppealTarget::Evidence(evidence.id)
                || carried.is_some_and(|measure| appeal.measures.contains(&measure));
            match &appeal.answer {
                _ if !concerns => {}
                Some(answer) if answer.upheld => return Err(Code::EvidenceExhausted),
                Some(_) => {}
                None if self.at >= appeal.deadline => return Err(Code::AppealPending),
                None => open = true,
            }
        }
        Ok(open)
    }
}

/// Two ascending lists as one.
fn merge(left: &[u32], right: &[u32]) -> Vec<u32> {
    let mut merged = Vec::with_capacity(left.len().saturating_add(right.len()));
    let (mut left, mut right) = (left, right);
    while let (Some((a, more_left)), Some((b, more_right))) =
        (left.split_first(), right.split_first())
    {
        if a <= b {
            merged.push(*a);
            left = more_left;
        } else {
            merged.push(*b);
            right = more_right;
        }
    }
    merged.extend_from_slice(left);
    merged.extend_from_slice(right);
    merged
}

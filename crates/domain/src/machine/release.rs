//! Releases: how a measure ends before its time.
//!
//! Invariant: a release names a rule of the pack and has the evidence that the rule asks for (I7).
//! "Agree to leave" is no rule and no evidence.

use super::effect::Effect;
use super::gate::{self, Actor, Ask};
use super::{Context, Decided};
use crate::colour::Ground;
use crate::document::PersonId;
use crate::evidence::EvidenceKind;
use crate::organisation::Role;
use crate::refusal::{Code, Refusal};
use crate::rules::{Action, Channel, ReleaseRule, RuleBook};
use crate::state::State;
use crate::state::people::{End, Measure};
use crate::time::Timestamp;

/// When a release rule is met for a measure: the instant from which it may end, if at all.
///
/// `more` are instants of the same kind of evidence that are only now being recorded.
fn met(
    state: &State,
    rule: &ReleaseRule,
    measure: &Measure,
    more: &[Timestamp],
) -> Option<Timestamp> {
    let facts = state
        .people
        .evidence_of(measure.person)
        .filter(|(_, evidence)| evidence.kind == rule.kind && !evidence.overturned)
        .map(|(_, evidence)| evidence.occurred_at)
        .chain(more.iter().copied());
    rule.met(measure.span.from(), facts.collect())
}

fn place_of(index: usize) -> u8 {
    u8::try_from(index).unwrap_or(u8::MAX)
}

/// The measures that end by the system when this evidence comes.
pub(super) fn by_system(
    state: &State,
    cx: &Context<'_>,
    book: &RuleBook,
    person: u32,
    kind: EvidenceKind,
    more: &[Timestamp],
) -> Vec<(u32, Timestamp, End)> {
    let mut ends = Vec::new();
    for (place, measure) in state.people.measures_of(person) {
        if !measure.is_live(cx.at) {
            continue;
        }
        let Some(rule) = book.grounds.get(&measure.ground) else {
            continue;
        };
        for (index, release) in rule.releases.iter().enumerate() {
            if release.kind != kind || !release.automatic {
                continue;
            }
            if let Some(earliest) = met(state, release, measure, more) {
                let when = earliest.max(cx.at);
                ends.push((place, when, End::ReleasedBySystem(place_of(index))));
                break;
            }
        }
    }
    ends
}

/// What a conversion asks for.
pub(super) struct Asked<'a> {
    /// The person.
    pub(super) person: PersonId,
    /// The ground of the measure.
    pub(super) ground: Ground,
    /// The release rule relied on.
    pub(super) release: &'a str,
    /// The door it came through.
    pub(super) channel: Channel,
    /// The letter of the residence county.
    pub(super) letter: &'a Option<String>,
}

/// Decides a conversion on request.
pub(super) fn convert(
    state: &State,
    cx: &Context<'_>,
    actor: Actor<'_>,
    asked: &Asked<'_>,
) -> Result<Decided, Refusal> {
    gate::not_operator(actor.org)?;
    actor.needs_role(&[Role::Converter])?;
    let rules = gate::rules(state, cx)?;
    let person = state
        .people
        .find(asked.person)
        .ok_or_else(|| Refusal::from(Code::NoMeasure))?;
    let live: Vec<(u32, &Measure)> = state
        .people
        .measures_of(person)
        .filter(|(_, measure)| measure.ground == asked.ground && measure.is_live(cx.at))
        .collect();
    let Some((_, newest)) = live.first() else {
        return Err(Code::NoMeasure.into());
    };
    let ask = Ask {
        action: Action::Convert,
        ground: Some(asked.ground),
        area: newest.area,
        people: 1,
        red: false,
        channel: Some(asked.channel),
    };
    let permits = gate::authorise_actor(rules, actor, &ask)?;
    let no_letter = asked
        .letter
        .as_ref()
        .is_none_or(|letter| letter.trim().is_empty());
    if asked.channel == Channel::OutOfArea && no_letter {
        return Err(Code::LetterMissing.into());
    }
    let no_ground = || {
        Refusal::new(
            Code::NoReleaseGround,
            format!(
                "`{}` is not met on ground `{}`",
                asked.release, asked.ground
            ),
        )
    };
    let rule = rules
        .book
        .grounds
        .get(&asked.ground)
        .ok_or_else(no_ground)?;
    let found = rule
        .releases
        .iter()
        .enumerate()
        .find(|(_, rule)| rule.name == asked.release);
    let (index, release) = found.ok_or_else(no_ground)?;
    let mut ends = Vec::with_capacity(live.len());
    for (place, measure) in live {
        match met(state, release, measure, &[]) {
            Some(earliest) if earliest <= cx.at => {
                ends.push((place, cx.at, End::ReleasedOnRequest(place_of(index))));
            }
            Some(_) | None => return Err(no_ground()),
        }
    }
    Ok(Decided {
        permits,
        effect: Effect::Release { ends },
    })
}

//! Weighing an order: what stands behind each person, and how many people it makes.
//!
//! Invariant: people are counted by body and by prefecture over the window, however the list was
//! split (I5); what the guard held back waits for the province whatever its number.

use super::evidence::Granted;
use super::{document, evidence};
use crate::act::{CommandDocument, People};
use crate::colour::{Colour, Ground, Stage};
use crate::division::DivisionCode;
use crate::machine::Context;
use crate::machine::effect::{Grant, Grants, Who};
use crate::organisation::{Organisation, Tier};
use crate::refusal::{Code, Refusal};
use crate::rules::{GroundRule, Rules};
use crate::state::State;
use crate::state::records::DayCount;
use crate::state::volume::{VolumeBy, VolumeKey};
use crate::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// The body that an organisation is, or is a section of. All organisations of one kind and place
/// are one body, so that a second registration does not begin a second count.
pub(in crate::machine) fn body_of(state: &State, org: &Organisation) -> VolumeBy {
    let parent = org
        .part_of
        .as_ref()
        .and_then(|parent| state.organisations.get(parent));
    let root = parent.unwrap_or(org);
    VolumeBy::Body(root.kind, root.division)
}

/// What an order asks for, whether new or on record.
pub(super) struct Wanted<'a> {
    pub(super) ground: Ground,
    pub(super) area: DivisionCode,
    pub(super) people: &'a People,
    pub(super) document: Option<&'a CommandDocument>,
    pub(super) emergency: bool,
    pub(super) maker: &'a Organisation,
}

impl Wanted<'_> {
    /// A refusal that names the row.
    pub(super) fn failed(&self, code: Code, row: usize) -> Refusal {
        let (row, people) = (row.saturating_add(1), self.people.count());
        Refusal::new(
            code,
            format!("row {row} of {people} on ground `{}`", self.ground),
        )
    }
}

/// Whether a weighing is to be carried out, or only its sums are wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    /// Every grant.
    Grants,
    /// The sums alone: a proposal changes nobody.
    Sums,
}

/// Measures by prefecture and stage, and the worst stage of all.
#[derive(Default)]
pub(super) struct Sums {
    /// Few: a province has some twenty prefectures.
    cells: Vec<(DivisionCode, DayCount)>,
    worst: Stage,
}

impl Sums {
    /// Counts one measure.
    pub(super) fn count(&mut self, at: Timestamp, grant: &Grant) {
        let stage = grant.span.stage_at(at);
        self.worst = self.worst.max(stage);
        self.change(grant.area.prefecture(), |cell| cell.impose(stage));
    }

    /// Counts what was counted apart.
    pub(super) fn add(&mut self, other: &Self) {
        self.worst = self.worst.max(other.worst);
        for (place, counts) in &other.cells {
            self.change(*place, |cell| cell.add(counts));
        }
    }

    fn change(&mut self, place: DivisionCode, change: impl FnOnce(&mut DayCount)) {
        let known = self.cells.iter_mut().find(|(known, _)| *known == place);
        if let Some((_, cell)) = known {
            change(cell);
            return;
        }
        let mut cell = DayCount::default();
        change(&mut cell);
        self.cells.push((place, cell));
    }
}

/// The people of an order with what stands behind each, and how they are counted.
pub(super) struct Weighed {
    pub(super) grants: Grants,
    /// Measures by prefecture and stage.
    pub(super) places: BTreeMap<DivisionCode, DayCount>,
    /// The most people that any way of counting finds in the window, these included.
    pub(super) counted: u64,
    pub(super) colour: Colour,
    /// Whether the volume guard held some of it back for the province.
    held: bool,
}

/// Finds what stands behind each person of an order, and counts them.
pub(super) fn weigh(
    state: &State,
    cx: &Context<'_>,
    rules: Rules<'_>,
    rule: &GroundRule,
    wanted: &Wanted<'_>,
    keep: Keep,
) -> Result<Weighed, Refusal> {
    // Below the guard's number the people themselves are counted with those of the window.
    let keep = if wanted.people.count() < rules.book.volume.people as usize {
        Keep::Grants
    } else {
        keep
    };
    let granted = if wanted.ground == Ground::Order {
        document::by_document(state, cx, rules, rule, wanted)?
    } else {
        evidence::by_evidence(state, cx, rules.book, rule, wanted, keep)?
    };
    let Granted { grants, sums, held } = granted;
    let places: BTreeMap<DivisionCode, DayCount> = sums.cells.into_iter().collect();
    let counted = count_window(state, cx, rules, wanted, &grants, &places);
    Ok(Weighed {
        grants,
        places,
        counted,
        colour: sums.worst.colour(),
        held,
    })
}

/// Counts people by the maker's body and by each prefecture over the window, these included.
fn count_window(
    state: &State,
    cx: &Context<'_>,
    rules: Rules<'_>,
    wanted: &Wanted<'_>,
    grants: &Grants,
    places: &BTreeMap<DivisionCode, DayCount>,
) -> u64 {
    let guard = rules.book.volume;
    let own = wanted.people.count() as u64;
    if own >= u64::from(guard.people) {
        return own;
    }
    let since = cx.at.plus_s(-i64::from(guard.window_s));
    let window = |by| {
        let key = VolumeKey {
            ground: wanted.ground,
            automatic: false,
            by,
        };
        state.volume.people(&key, since, guard.people as usize)
    };
    let with = |mut people: BTreeSet<u32>, place: Option<DivisionCode>| {
        let mut unknown = 0_u64;
        for grant in grants.iter() {
            if place.is_none_or(|place| grant.area.prefecture() == place) {
                match grant.who {
                    Who::Known(person) => drop(people.insert(person)),
                    Who::New(_) => unknown = unknown.saturating_add(1),
                }
            }
        }
        (people.len() as u64).saturating_add(unknown)
    };
    let by_body = with(window(body_of(state, wanted.maker)), None);
    places
        .keys()
        .map(|&place| with(window(VolumeBy::Prefecture(place)), Some(place)))
        .fold(by_body.max(own), u64::max)
}

/// At the guard's number or above, and for what the guard held back, the body that brings it into
/// force is the province's (I5).
pub(super) fn needs_tier(
    rules: Rules<'_>,
    org: &Organisation,
    weighed: &Weighed,
) -> Result<(), Refusal> {
    let tier = if weighed.held {
        Some(Tier::Province)
    } else {
        rules.book.approving_tier(weighed.counted)
    };
    match tier {
        Some(tier) if Tier::of(org.division) < tier => Err(Refusal::new(
            Code::VolumeNeedsProvince,
            format!(
                "{} people or more in the window, {}; at {} the {tier} approves",
                weighed.counted,
                if weighed.held {
                    "some held by the guard"
                } else {
                    "none held by the guard"
                },
                rules.book.volume.people
            ),
        )),
        Some(_) | None => Ok(()),
    }
}

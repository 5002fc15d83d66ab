//! People with evidence or measures: three arenas with links, one index.
//!
//! Invariant: an item is never removed or moved, so a number given once stays good; history is
//! what makes a colour explainable later. Lists of one person run from newest to oldest.

use crate::colour::{Colour, Ground, Span, Stage};
use crate::division::DivisionCode;
use crate::document::PersonId;
use crate::evidence::EvidenceKind;
use crate::ids::{EvidenceId, OrderId, OrgId};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// "No item" in a link.
const NONE: u32 = u32::MAX;

/// A person who has or had evidence, a measure, or a look at the record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Person {
    /// Who.
    pub id: PersonId,
    /// The colour last counted in the totals.
    pub counted: Colour,
    evidence: u32,
    measures: u32,
}

/// A piece of evidence on record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// What it states, as an id.
    pub id: EvidenceId,
    /// Its kind.
    pub kind: EvidenceKind,
    /// Who supplied it: a number into the suppliers met so far.
    pub source: u16,
    /// Where.
    pub division: DivisionCode,
    /// When the fact happened.
    pub occurred_at: Timestamp,
    /// By which entry it came.
    pub entry: u64,
    /// The source's number.
    pub reference: Box<str>,
    /// Linked person, number, expiry and pushed colour, where the kind has them.
    pub link: Option<Box<EvidenceLink>>,
    /// Too coarse for a colour.
    pub coarse: bool,
    /// Already carried a measure; prolonging needs new evidence (I6).
    pub spent: bool,
    /// Overturned on dispute.
    pub overturned: bool,
    /// Its automatic measure was held by the volume guard: an order on it takes the province.
    pub held: bool,
    next: u32,
}

/// What a piece of evidence rests on beyond itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceLink {
    /// The index person.
    pub person: Option<u32>,
    /// The linked number.
    pub reference: Option<String>,
    /// When it ends by itself.
    pub expires: Option<Timestamp>,
    /// The colour that was pushed.
    pub pushed: Option<Colour>,
}

/// A measure: person, ground, span, and what stands behind it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    /// The person.
    pub person: u32,
    /// Why.
    pub ground: Ground,
    /// What it says when.
    pub span: Span,
    /// The evidence it rests on; none for the catch-all ground.
    pub evidence: Option<u32>,
    /// The order that imposed it; none for a standing rule.
    pub order: Option<OrderId>,
    /// The place responsible.
    pub area: DivisionCode,
    /// The entry that imposed it.
    pub entry: u64,
    /// From when an unanswered appeal leaves only a flag.
    pub lapse_at: Timestamp,
    /// When it ended before its time.
    pub ended_at: Timestamp,
    /// How it ended before its time.
    pub end: Option<End>,
    /// The entry that ended it.
    pub end_entry: u64,
    next: u32,
}

/// How a measure ended before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum End {
    /// The release condition with this place in the pack's list was met, by itself.
    ReleasedBySystem(u8),
    /// The release condition with this place in the pack's list was met, on request.
    ReleasedOnRequest(u8),
    /// The order was withdrawn.
    Withdrawn,
    /// An appeal was upheld.
    Appeal,
    /// The evidence was overturned.
    Overturned,
}

/// What a measure says at an instant: nothing once ended, a flag at most once lapsed.
pub fn stage_at(span: &Span, lapse_at: Timestamp, ended_at: Timestamp, at: Timestamp) -> Stage {
    if at >= ended_at {
        return Stage::None;
    }
    let stage = span.stage_at(at);
    if at >= lapse_at {
        stage.min(Stage::Flag)
    } else {
        stage
    }
}

impl Measure {
    /// What it says at an instant.
    pub fn stage_at(&self, at: Timestamp) -> Stage {
        stage_at(&self.span, self.lapse_at, self.ended_at, at)
    }

    /// Whether it can still say something at or after an instant.
    pub fn is_live(&self, at: Timestamp) -> bool {
        at < self.ended_at && at < self.span.until()
    }
}

/// Person ids are keyed hashes already: their first bytes are the hash.
#[derive(Clone, Default)]
pub struct IdHasher(u64);

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        if let Some(first) = bytes.first_chunk::<8>() {
            // A table picks its place by the low bits: with the leading bits there, people asked
            // for in the order of their ids are found in the order of memory.
            self.0 = u64::from_be_bytes(*first).rotate_left(24);
        }
    }

    // Lengths are hashed before the bytes; they say nothing here.
    fn write_usize(&mut self, _: usize) {}
}

type Index = HashMap<PersonId, u32, BuildHasherDefault<IdHasher>>;

/// The arenas.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct People {
    people: Vec<Person>,
    evidence: Vec<Evidence>,
    measures: Vec<Measure>,
    sources: Vec<OrgId>,
    #[serde(skip)]
    index: Index,
}

impl PartialEq for People {
    fn eq(&self, other: &Self) -> bool {
        self.people == other.people
            && self.evidence == other.evidence
            && self.measures == other.measures
            && self.sources == other.sources
    }
}

fn number(length: usize) -> u32 {
    // INVARIANT: an arena of 2^32 items would need more memory than a machine has; saturating
    // gives NONE, which every reader treats as absent.
    u32::try_from(length).unwrap_or(NONE)
}

impl People {
    /// Rebuilds the index after reading a snapshot.
    pub fn reindex(&mut self) {
        self.index = Index::with_capacity_and_hasher(self.people.len(), Default::default());
        for (place, person) in self.people.iter().enumerate() {
            self.index.insert(person.id, number(place));
        }
    }

    /// Makes room ahead for this many more people with a measure each.
    pub fn reserve(&mut self, people: usize, evidence: usize, measures: usize) {
        self.people.reserve(people);
        self.index.reserve(people);
        self.evidence.reserve(evidence);
        self.measures.reserve(measures);
    }

    /// The number of a person.
    pub fn find(&self, id: PersonId) -> Option<u32> {
        self.index.get(&id).copied()
    }

    /// The number of a person, given now if there was none.
    pub fn intern(&mut self, id: PersonId) -> u32 {
        if let Some(place) = self.find(id) {
            return place;
        }
        let place = number(self.people.len());
        self.people.push(Person {
            id,
            counted: Colour::Green,
            evidence: NONE,
            measures: NONE,
        });
        self.index.insert(id, place);
        place
    }

    /// A person.
    pub fn person(&self, place: u32) -> Option<&Person> {
        self.people.get(place as usize)
    }

    /// A person, to count the colour.
    pub fn person_mut(&mut self, place: u32) -> Option<&mut Person> {
        self.people.get_mut(place as usize)
    }

    /// How many people are on record.
    pub fn count(&self) -> u32 {
        number(self.people.len())
    }

    /// How many measures were ever imposed; also the number of the next one.
    pub fn measure_count(&self) -> u32 {
        number(self.measures.len())
    }

    /// How many pieces of evidence are on record.
    pub fn evidence_count(&self) -> u32 {
        number(self.evidence.len())
    }

    /// The number of a supplying organisation, given now if there was none.
    pub fn source(&mut self, org: &OrgId) -> u16 {
        let found = self.sources.iter().position(|known| known == org);
        let place = found.unwrap_or_else(|| {
            self.sources.push(org.clone());
            self.sources.len().saturating_sub(1)
        });
        u16::try_from(place).unwrap_or(u16::MAX)
    }

    /// A supplying organisation by number.
    pub fn source_org(&self, place: u16) -> Option<&OrgId> {
        self.sources.get(usize::from(place))
    }

    /// The supplying organisations met so far, by number.
    pub fn sources(&self) -> impl Iterator<Item = &OrgId> {
        self.sources.iter()
    }

    /// A piece of evidence.
    pub fn evidence(&self, place: u32) -> Option<&Evidence> {
        self.evidence.get(place as usize)
    }

    /// A piece of evidence, to mark it.
    pub fn evidence_mut(&mut self, place: u32) -> Option<&mut Evidence> {
        self.evidence.get_mut(place as usize)
    }

    /// A measure.
    pub fn measure(&self, place: u32) -> Option<&Measure> {
        self.measures.get(place as usize)
    }

    /// A measure, to end or shorten it.
    pub fn measure_mut(&mut self, place: u32) -> Option<&mut Measure> {
        self.measures.get_mut(place as usize)
    }

    /// The evidence about a person, newest first.
    pub fn evidence_of(&self, person: u32) -> impl Iterator<Item = (u32, &Evidence)> {
        let mut next = self.person(person).map_or(NONE, |person| person.evidence);
        std::iter::from_fn(move || {
            let place = next;
            let item = self.evidence(place)?;
            next = item.next;
            Some((place, item))
        })
    }

    /// The measures of a person, newest first.
    pub fn measures_of(&self, person: u32) -> impl Iterator<Item = (u32, &Measure)> {
        let mut next = self.person(person).map_or(NONE, |person| person.measures);
        std::iter::from_fn(move || {
            let place = next;
            let item = self.measure(place)?;
            next = item.next;
            Some((place, item))
        })
    }

    /// Every measure with its number.
    pub fn measures(&self) -> impl Iterator<Item = (u32, &Measure)> {
        self.measures
            .iter()
            .enumerate()
            .map(|(place, measure)| (number(place), measure))
    }

    /// Every piece of evidence with its number.
    pub fn all_evidence(&self) -> impl Iterator<Item = (u32, &Evidence)> {
        self.evidence
            .iter()
            .enumerate()
            .map(|(place, evidence)| (number(place), evidence))
    }

    /// Puts a piece of evidence on a person's record.
    pub fn add_evidence(&mut self, person: u32, mut evidence: Evidence) -> u32 {
        let place = number(self.evidence.len());
        let Some(holder) = self.people.get_mut(person as usize) else {
            return NONE;
        };
        evidence.next = holder.evidence;
        holder.evidence = place;
        self.evidence.push(evidence);
        place
    }

    /// Puts a measure on a person's record.
    pub fn add_measure(&mut self, mut measure: Measure) -> u32 {
        let place = number(self.measures.len());
        let Some(holder) = self.people.get_mut(measure.person as usize) else {
            return NONE;
        };
        measure.next = holder.measures;
        holder.measures = place;
        self.measures.push(measure);
        place
    }

    /// The worst stage of a person at an instant.
    pub fn stage_at(&self, person: u32, at: Timestamp) -> Stage {
        self.measures_of(person)
            .map(|(_, measure)| measure.stage_at(at))
            .max()
            .unwrap_or_default()
    }

    /// When the last of a person's live measures ends; the epoch when none is live.
    pub fn live_until(&self, person: u32, at: Timestamp) -> Timestamp {
        let live = self.measures_of(person);
        let live = live.filter(|(_, measure)| measure.is_live(at));
        let ends = live.map(|(_, measure)| measure.span.until());
        ends.max().unwrap_or_default()
    }

    /// The colour of a person at an instant, as if these orders were not in force.
    pub fn colour_without(&self, person: u32, at: Timestamp, orders: &[OrderId]) -> Colour {
        let counts = |measure: &Measure| {
            measure
                .order
                .is_none_or(|order| orders.binary_search(&order).is_err())
        };
        let stages = self.measures_of(person);
        let stages = stages.filter(|(_, measure)| counts(measure));
        let worst = stages.map(|(_, measure)| measure.stage_at(at)).max();
        worst.unwrap_or_default().colour()
    }

    /// The colour of a person at an instant: the worst live measure, or green.
    pub fn colour_at(&self, person: u32, at: Timestamp) -> Colour {
        self.stage_at(person, at).colour()
    }
}

impl Evidence {
    /// A piece of evidence that is on nobody's record yet.
    #[expect(
        clippy::too_many_arguments,
        reason = "one argument a column; no sensible grouping"
    )]
    pub fn new(
        id: EvidenceId,
        kind: EvidenceKind,
        source: u16,
        division: DivisionCode,
        occurred_at: Timestamp,
        entry: u64,
        reference: &str,
        link: Option<Box<EvidenceLink>>,
        coarse: bool,
    ) -> Self {
        Self {
            id,
            kind,
            source,
            division,
            occurred_at,
            entry,
            reference: reference.into(),
            link,
            coarse,
            spent: false,
            overturned: false,
            held: false,
            next: NONE,
        }
    }
}

impl Measure {
    /// A measure that is on nobody's record yet.
    pub const fn new(
        person: u32,
        ground: Ground,
        span: Span,
        evidence: Option<u32>,
        order: Option<OrderId>,
        area: DivisionCode,
        entry: u64,
    ) -> Self {
        Self {
            person,
            ground,
            span,
            evidence,
            order,
            area,
            entry,
            lapse_at: Timestamp::NEVER,
            ended_at: Timestamp::NEVER,
            end: None,
            end_entry: 0,
            next: NONE,
        }
    }
}

//! The public part of an entry: what the transparency log commits to and everyone may read.
//!
//! Invariant: no personal data. People appear as a count and as one salted root; colours as
//! transition counts whose running sum is the number of yellows and reds in force (I10, I11).

use crate::colour::{Colour, Ground};
use crate::division::DivisionCode;
use crate::ids::{OrderId, OrgId, PackDigest};
use crate::publication::Publication;
use crate::refusal::Code;
use crate::rules::Channel;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// The version of the rules of the machine that decided; replay refuses a newer one.
pub const MACHINE_VERSION: u16 = 1;

/// Changes of colour, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transitions {
    /// Green to yellow.
    pub green_yellow: u64,
    /// Green to red.
    pub green_red: u64,
    /// Yellow to red.
    pub yellow_red: u64,
    /// Yellow to green.
    pub yellow_green: u64,
    /// Red to yellow.
    pub red_yellow: u64,
    /// Red to green.
    pub red_green: u64,
}

impl Transitions {
    /// Counts one person's change.
    pub const fn count(&mut self, before: Colour, after: Colour) {
        let cell = match (before, after) {
            (Colour::Green, Colour::Yellow) => &mut self.green_yellow,
            (Colour::Green, Colour::Red) => &mut self.green_red,
            (Colour::Yellow, Colour::Red) => &mut self.yellow_red,
            (Colour::Yellow, Colour::Green) => &mut self.yellow_green,
            (Colour::Red, Colour::Yellow) => &mut self.red_yellow,
            (Colour::Red, Colour::Green) => &mut self.red_green,
            (Colour::Green, Colour::Green)
            | (Colour::Yellow, Colour::Yellow)
            | (Colour::Red, Colour::Red) => return,
        };
        *cell = cell.saturating_add(1);
    }
}

/// People in each colour other than green at an instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Yellow.
    pub yellow: u64,
    /// Red.
    pub red: u64,
}

impl Totals {
    /// The totals after these changes; `None` when they do not add up.
    pub fn after(self, changes: Transitions) -> Option<Self> {
        let yellow = self
            .yellow
            .checked_add(changes.green_yellow)?
            .checked_add(changes.red_yellow)?
            .checked_sub(changes.yellow_green.checked_add(changes.yellow_red)?)?;
        let red = self
            .red
            .checked_add(changes.green_red)?
            .checked_add(changes.yellow_red)?
            .checked_sub(changes.red_yellow.checked_add(changes.red_green)?)?;
        Some(Self { yellow, red })
    }
}

/// How the rows of a report part, or the people of an order, fared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowCounts {
    /// Taken into the ledger.
    pub recorded: u64,
    /// Already there.
    pub duplicate: u64,
    /// Turned away.
    pub refused: u64,
    /// Recorded, but its automatic measure waits for the province.
    pub held: u64,
}

/// The public part of an entry, in the order in which it is encoded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaf {
    /// The version of the machine.
    pub machine: u16,
    /// Its place in the ledger, from 0.
    pub seq: u64,
    /// When it was decided.
    pub at: Timestamp,
    /// What was asked, e.g. `order.propose`.
    pub kind: String,
    /// `None`: accepted. Otherwise why it was refused.
    pub refused: Option<Code>,
    /// Who asked.
    pub org: Option<OrgId>,
    /// The ground.
    pub ground: Option<Ground>,
    /// The place.
    pub area: Option<DivisionCode>,
    /// The order concerned.
    pub order: Option<OrderId>,
    /// The numbered document cited.
    pub document: Option<String>,
    /// The pack in force.
    pub pack: Option<PackDigest>,
    /// The provisions that permitted it, by id.
    pub permits: Vec<String>,
    /// How many people it concerns.
    pub people: u64,
    /// Root of the tree of salted commitments to them; zeros when there is none.
    #[serde(with = "serde_bytes")]
    pub subjects: [u8; 32],
    /// How the rows fared, for a report.
    pub rows: RowCounts,
    /// Colour changes since the entry before, by the passing of time.
    pub lapsed: Transitions,
    /// Colour changes by this entry.
    pub caused: Transitions,
    /// People in each colour after it.
    pub totals: Totals,
    /// Salted commitment to the signed bytes.
    #[serde(with = "serde_bytes")]
    pub act: [u8; 32],
    /// What it publishes: an issuing key, or a version of a status list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publication: Option<Publication>,
    /// `online`: the person asked at the counter of the organisation, whose key lies on a server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
}

/// The largest leaf, in bytes; fits an entry bundle of the log.
pub const LEAF_BYTES_MAX: usize = 16_384;

impl Leaf {
    /// The canonical bytes: CBOR of the fields in their order.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(512);
        // Writing to memory cannot fail; an empty leaf would never match its hash.
        let _ = ciborium::into_writer(self, &mut bytes);
        bytes
    }

    /// Reads a leaf; `None` when the bytes are not exactly the canonical bytes of one.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > LEAF_BYTES_MAX {
            return None;
        }
        let leaf: Self = ciborium::from_reader(bytes).ok()?;
        (leaf.encode() == bytes).then_some(leaf)
    }
}

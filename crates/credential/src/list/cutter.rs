//! Cutting new versions of a list: slots change, and only the parts that changed are compressed.
//!
//! Invariant: after [`ListCutter::cut`] every part is the encoding of its bytes, and the changes
//! of a cut lead from the version before to this one. A cut is a function of the array alone,
//! never of the order or number of the changes that led to it.
//! Refuses: a list smaller than ours may be, a slot beyond the end.

use super::array::{LIST_SLOTS_MIN, StatusArray};
use super::delta::{Change, DELTA_CHANGES_MAX};
use super::error::ListError;
use super::status::{SlotBits, Status};
use super::zlib;
use std::collections::BTreeMap;

/// How many bytes of the array are compressed as one part: 4 Mi slots.
///
/// A part costs some 60 bytes of code tables; a smaller one is compressed again sooner.
const PART_BYTES: usize = 1 << 20;
/// From how many changed parts on a second thread is worth its start.
const PARTS_FOR_TWO: usize = 4;

/// How many slots have each status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Green slots, and those that nobody holds.
    pub green: u64,
    /// Withdrawn credentials.
    pub revoked: u64,
    /// Yellow slots.
    pub yellow: u64,
    /// Red slots.
    pub red: u64,
}

impl Counts {
    /// The counts of an array of two bits.
    pub fn of(array: &StatusArray) -> Self {
        let counts = array.counts();
        let of = |status: Status| {
            counts
                .get(usize::from(status.value()))
                .copied()
                .unwrap_or(0)
        };
        Self {
            green: of(Status::Green),
            revoked: of(Status::Revoked),
            yellow: of(Status::Yellow),
            red: of(Status::Red),
        }
    }

    fn of_status(&mut self, status: Status) -> &mut u64 {
        match status {
            Status::Green => &mut self.green,
            Status::Revoked => &mut self.revoked,
            Status::Yellow => &mut self.yellow,
            Status::Red => &mut self.red,
        }
    }
}

/// One version of a list, ready to be signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The compressed array: `lst`.
    pub zlib: Vec<u8>,
    /// The SHA-256 of the array.
    pub sha256: [u8; 32],
    /// How many slots have each status.
    pub counts: Counts,
    /// What leads here from the version before, if there was one and it is not too much.
    pub step: Option<Step>,
}

/// What changed between two versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The SHA-256 of the array before.
    pub from_sha256: [u8; 32],
    /// The slots that differ, in order, with what they say now.
    pub changes: Vec<Change>,
}

/// A list that is cut again and again. Holds the array and its compressed parts.
pub struct ListCutter {
    array: StatusArray,
    /// Each part compressed, or `None` since it changed.
    parts: Vec<Option<Vec<u8>>>,
    counts: Counts,
    /// The version before, and what its changed slots said then; `None` if they were too many.
    before: Option<([u8; 32], BTreeMap<u64, u8>)>,
}

impl ListCutter {
    /// A list of green slots only.
    pub fn new(slots: u64) -> Result<Self, ListError> {
        Self::from_array(StatusArray::new(SlotBits::Two, slots)?)
    }

    /// A list over an array that exists.
    pub fn from_array(array: StatusArray) -> Result<Self, ListError> {
        if array.bits() != SlotBits::Two {
            return Err(ListError::Range("a list of ours has two bits for a slot"));
        }
        if array.slots() < LIST_SLOTS_MIN {
            return Err(ListError::Range("a list of ours has at least 2^20 slots"));
        }
        let parts = array.raw().len().div_ceil(PART_BYTES);
        Ok(Self {
            counts: Counts::of(&array),
            array,
            parts: vec![None; parts],
            before: None,
        })
    }

    /// A list that goes on from the version that was published last: the next step begins there.
    pub fn resume(array: StatusArray) -> Result<Self, ListError> {
        let before = Some((array.sha256(), BTreeMap::new()));
        Ok(Self {
            before,
            ..Self::from_array(array)?
        })
    }

    /// The array as it is now.
    pub const fn array(&self) -> &StatusArray {
        &self.array
    }

    /// How many slots have each status now.
    pub const fn counts(&self) -> Counts {
        self.counts
    }

    /// What a slot says, or `None` beyond the end.
    pub fn get(&self, idx: u64) -> Option<Status> {
        self.array.get(idx).and_then(Status::from_value)
    }

    /// Sets what a slot says and returns what it said.
    pub fn set(&mut self, idx: u64, status: Status) -> Result<Status, ListError> {
        let value = self.array.set(idx, status.value())?;
        // INVARIANT: a slot of two bits has no value without a meaning.
        let before = Status::from_value(value).unwrap_or(Status::Green);
        if before == status {
            return Ok(before);
        }
        let count = self.counts.of_status(before);
        *count = count.saturating_sub(1);
        let count = self.counts.of_status(status);
        *count = count.saturating_add(1);
        let per_part = (PART_BYTES as u64).saturating_mul(SlotBits::Two.slots_per_byte());
        let part = idx
            .checked_div(per_part)
            .and_then(|part| usize::try_from(part).ok());
        if let Some(part) = part.and_then(|part| self.parts.get_mut(part)) {
            *part = None;
        }
        if let Some((_, changed)) = &mut self.before {
            changed.entry(idx).or_insert(value);
            if changed.len() > DELTA_CHANGES_MAX {
                self.before = None;
            }
        }
        Ok(before)
    }

    /// Compresses what changed and gives the whole stream.
    pub fn compressed(&mut self) -> Result<Vec<u8>, ListError> {
        let mut stale: Vec<(&mut Option<Vec<u8>>, &[u8])> = self
            .parts
            .iter_mut()
            .zip(self.array.raw().chunks(PART_BYTES))
            .filter(|(part, _)| part.is_none())
            .collect();
        let half = match stale.len() {
            PARTS_FOR_TWO.. => stale.len() / 2,
            _ => 0,
        };
        let (one, other) = stale.split_at_mut(half);
        std::thread::scope(|scope| {
            let first = (!one.is_empty()).then(|| scope.spawn(|| encode_all(one)));
            encode_all(other)?;
            first.map_or(Ok(()), |first| {
                let lost = |_| Err(ListError::Inflate("the encoder did not finish"));
                first.join().unwrap_or_else(lost)
            })
        })?;
        let parts = self
            .parts
            .iter()
            .map(|part| part.as_deref().unwrap_or_default());
        Ok(zlib::join(self.array.raw(), parts))
    }

    /// Cuts the version that the array is now; the next step begins here.
    pub fn cut(&mut self) -> Result<Cut, ListError> {
        let zlib = self.compressed()?;
        let sha256 = self.array.sha256();
        let step = self.before.take().map(|(from_sha256, changed)| Step {
            from_sha256,
            changes: self.differing(&changed),
        });
        self.before = Some((sha256, BTreeMap::new()));
        Ok(Cut {
            zlib,
            sha256,
            counts: self.counts,
            step,
        })
    }

    /// The slots that say something else than before; some changed and changed back.
    fn differing(&self, changed: &BTreeMap<u64, u8>) -> Vec<Change> {
        let now = changed.iter().map(|(idx, before)| {
            let value = self.array.get(*idx).filter(|value| value != before)?;
            Some(Change { idx: *idx, value })
        });
        now.flatten().collect()
    }
}

fn encode_all(parts: &mut [(&mut Option<Vec<u8>>, &[u8])]) -> Result<(), ListError> {
    for (part, raw) in parts {
        **part = Some(zlib::part(raw)?);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_list_or_one_of_other_width_is_refused() {
        assert!(ListCutter::new(LIST_SLOTS_MIN).is_ok());
        assert!(ListCutter::new(LIST_SLOTS_MIN - 4).is_err());
        let wide = StatusArray::new(SlotBits::Four, LIST_SLOTS_MIN).unwrap();
        assert!(ListCutter::from_array(wide).is_err());
    }

    #[test]
    fn a_cut_depends_on_the_array_alone() {
        // Six parts, the last of them short, so that both threads and the rest are used.
        let slots = LIST_SLOTS_MIN * 21;
        let mut often = ListCutter::new(slots).unwrap();
        let mut once = ListCutter::new(slots).unwrap();
        let mut idx = 1_u64;
        for round in 0..3_000_u64 {
            idx = idx
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(round)
                % slots;
            let status = Status::ALL[(round % 4) as usize];
            often.set(idx, Status::Red).unwrap();
            if round % 1_000 == 0 {
                often.cut().unwrap();
            }
            often.set(idx, status).unwrap();
            once.set(idx, status).unwrap();
        }
        assert_eq!(Counts::of(once.array()), once.counts());
        let (often, once_cut) = (often.cut().unwrap(), once.cut().unwrap());
        assert_eq!(often.zlib, once_cut.zlib);
        assert_eq!(often.sha256, once_cut.sha256);
        assert_eq!(often.counts, once_cut.counts);
        assert_eq!(once_cut.step, None);
        let raw = zlib::inflate(&once_cut.zlib, once.array().raw().len()).unwrap();
        assert_eq!(raw, once.array().raw());
    }

    #[test]
    fn a_slot_that_changed_back_is_no_step() {
        let mut list = ListCutter::new(LIST_SLOTS_MIN).unwrap();
        list.set(7, Status::Yellow).unwrap();
        let first = list.cut().unwrap();
        list.set(9, Status::Red).unwrap();
        list.set(9, Status::Green).unwrap();
        list.set(7, Status::Red).unwrap();
        let step = list.cut().unwrap().step.unwrap();
        assert_eq!(step.from_sha256, first.sha256);
        assert_eq!(step.changes, [Change { idx: 7, value: 3 }]);
        assert!(list.set(LIST_SLOTS_MIN, Status::Red).is_err());
    }
}

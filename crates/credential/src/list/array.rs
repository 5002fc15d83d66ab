//! The array of a status list: slots of 1, 2, 4 or 8 bits, packed, the lowest bits first.
//!
//! Invariant: the slots fill their bytes, so no bit lies beyond the last slot and the SHA-256 of
//! the bytes names the content. Memory: the bytes, nothing else.
//! Refuses: a slot beyond the end, a value wider than a slot, an array larger than a named limit.

use super::error::ListError;
use super::status::SlotBits;
use sha2::{Digest as _, Sha256};

/// The fewest slots that a list of ours has: fewer would let a list single people out.
pub const LIST_SLOTS_MIN: u64 = 1 << 20;
/// The largest array that is made or inflated: 256 MiB, 2^30 slots of 2 bits.
pub const ARRAY_BYTES_MAX: u64 = 1 << 28;

/// A packed array of slots.
#[derive(Clone, PartialEq, Eq)]
pub struct StatusArray {
    bits: SlotBits,
    raw: Vec<u8>,
}

impl StatusArray {
    /// An array of this many slots, all 0. The slots must fill their bytes.
    pub fn new(bits: SlotBits, slots: u64) -> Result<Self, ListError> {
        let bytes = bytes_for(bits, slots)?;
        Ok(Self {
            bits,
            raw: vec![0; bytes],
        })
    }

    /// An array over bytes as they are: as many slots as they hold.
    pub fn from_raw(bits: SlotBits, raw: Vec<u8>) -> Result<Self, ListError> {
        let bytes = raw.len() as u64;
        bytes_for(bits, bytes.saturating_mul(bits.slots_per_byte()))?;
        Ok(Self { bits, raw })
    }

    /// How many bits a slot has.
    pub const fn bits(&self) -> SlotBits {
        self.bits
    }

    /// How many slots there are.
    pub const fn slots(&self) -> u64 {
        (self.raw.len() as u64).saturating_mul(self.bits.slots_per_byte())
    }

    /// The bytes.
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// The value of a slot, or `None` beyond the end, which a verifier must refuse.
    pub fn get(&self, idx: u64) -> Option<u8> {
        let (at, shift) = self.place(idx)?;
        Some((self.raw.get(at)? >> shift) & self.bits.value_max())
    }

    /// Sets the value of a slot and returns the one before.
    pub fn set(&mut self, idx: u64, value: u8) -> Result<u8, ListError> {
        let mask = self.bits.value_max();
        if value > mask {
            return Err(ListError::Range("a value wider than a slot"));
        }
        let place = self.place(idx);
        let Some((byte, shift)) =
            place.and_then(|(at, shift)| Some((self.raw.get_mut(at)?, shift)))
        else {
            return Err(ListError::Range("a slot beyond the end of the list"));
        };
        let before = (*byte >> shift) & mask;
        *byte = (*byte & !(mask << shift)) | (value << shift);
        Ok(before)
    }

    /// The byte of a slot and how far it is shifted in there.
    fn place(&self, idx: u64) -> Option<(usize, u8)> {
        let per_byte = self.bits.slots_per_byte();
        let at = usize::try_from(idx.checked_div(per_byte)?).ok()?;
        let within = u8::try_from(idx.checked_rem(per_byte)?).ok()?;
        Some((at, within.checked_mul(self.bits.count())?))
    }

    /// The slots that say anything but 0, in order.
    pub fn marked(&self) -> Vec<u64> {
        let mut marked = Vec::new();
        let mut first = 0_u64;
        for byte in &self.raw {
            if *byte != 0 {
                let slots = first..first.saturating_add(self.bits.slots_per_byte());
                marked.extend(slots.filter(|idx| self.get(*idx).is_some_and(|value| value > 0)));
            }
            first = first.saturating_add(self.bits.slots_per_byte());
        }
        marked
    }

    /// How many slots have each value, by value; as long as there are values.
    pub fn counts(&self) -> Vec<u64> {
        let mut of_bytes = [0_u64; 256];
        for byte in &self.raw {
            if let Some(count) = of_bytes.get_mut(usize::from(*byte)) {
                *count = count.saturating_add(1);
            }
        }
        let mask = self.bits.value_max();
        let mut counts = vec![0_u64; usize::from(mask).saturating_add(1)];
        for (byte, of_byte) in (0..=u8::MAX).zip(of_bytes) {
            for shift in (0..8_u8).step_by(usize::from(self.bits.count())) {
                if let Some(count) = counts.get_mut(usize::from((byte >> shift) & mask)) {
                    *count = count.saturating_add(of_byte);
                }
            }
        }
        counts
    }

    /// The SHA-256 of the bytes: the name of this content, whatever compresses it.
    pub fn sha256(&self) -> [u8; 32] {
        Sha256::digest(&self.raw).into()
    }
}

/// An array says how large it is, not what is in it.
impl std::fmt::Debug for StatusArray {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StatusArray")
            .field("bits", &self.bits)
            .field("slots", &self.slots())
            .finish_non_exhaustive()
    }
}

/// How many bytes this many slots fill.
pub(super) fn bytes_for(bits: SlotBits, slots: u64) -> Result<usize, ListError> {
    let per_byte = bits.slots_per_byte();
    if slots == 0 || !slots.is_multiple_of(per_byte) {
        return Err(ListError::Range("slots that do not fill whole bytes"));
    }
    let bytes = slots.checked_div(per_byte).unwrap_or(u64::MAX);
    let room = usize::try_from(bytes)
        .ok()
        .filter(|_| bytes <= ARRAY_BYTES_MAX);
    room.ok_or(ListError::Limit {
        what: "bytes of a list",
        limit: ARRAY_BYTES_MAX,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bits() -> impl Strategy<Value = SlotBits> {
        prop_oneof![
            Just(SlotBits::One),
            Just(SlotBits::Two),
            Just(SlotBits::Four),
            Just(SlotBits::Eight),
        ]
    }

    #[test]
    fn the_first_slot_is_the_lowest_bits() {
        let mut array = StatusArray::new(SlotBits::Two, 8).unwrap();
        assert_eq!(array.set(0, 1), Ok(0));
        assert_eq!(array.set(3, 3), Ok(0));
        assert_eq!(array.set(5, 2), Ok(0));
        assert_eq!(array.raw(), [0b1100_0001, 0b0000_1000]);
        assert_eq!(array.set(3, 1), Ok(3));
        assert_eq!(array.get(3), Some(1));
    }

    #[test]
    fn beyond_the_end_there_is_no_slot() {
        let mut array = StatusArray::new(SlotBits::Two, 8).unwrap();
        assert_eq!(array.get(7), Some(0));
        assert_eq!(array.get(8), None);
        assert_eq!(array.get(u64::MAX), None);
        assert!(array.set(8, 0).is_err());
        assert!(array.set(0, 4).is_err());
    }

    #[test]
    fn slots_that_leave_bits_over_and_arrays_beyond_the_limit_are_refused() {
        assert!(StatusArray::new(SlotBits::Two, 7).is_err());
        assert!(StatusArray::new(SlotBits::One, 0).is_err());
        assert!(StatusArray::new(SlotBits::Eight, ARRAY_BYTES_MAX + 1).is_err());
        assert!(StatusArray::from_raw(SlotBits::Two, Vec::new()).is_err());
    }

    proptest! {
        #[test]
        fn an_array_agrees_with_a_plain_vector(
            bits in bits(),
            changes in prop::collection::vec((0_u64..64, any::<u8>()), 0..200),
        ) {
            let mut array = StatusArray::new(bits, 64).unwrap();
            let mut plain = [0_u8; 64];
            for (idx, value) in changes {
                let value = value & bits.value_max();
                let before = std::mem::replace(&mut plain[idx as usize], value);
                prop_assert_eq!(array.set(idx, value), Ok(before));
            }
            let mut counts = vec![0; usize::from(bits.value_max()) + 1];
            for (idx, value) in (0..).zip(plain) {
                prop_assert_eq!(array.get(idx), Some(value));
                counts[usize::from(value)] += 1;
            }
            prop_assert_eq!(array.counts(), counts);
            let again = StatusArray::from_raw(bits, array.raw().to_vec()).unwrap();
            prop_assert_eq!(again, array);
        }
    }
}

//! Which slot a credential of a day gets: a keyed permutation of all slots of the list.
//!
//! Invariant: for one key and one size every row has a slot of its own, so that a row used once is
//! a slot used once, and no table of slots exists that could leak. Without the key of the day
//! nothing leads from a slot back to its row; whoever destroys the key destroys the link.
//! Refuses: a row beyond the list, and showing a key. That a row is used once is for its giver.

use crate::list::ListError;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

/// The rounds of the network: as many as FF1 has (NIST SP 800-38G).
const ROUNDS: u8 = 10;
/// What the key of a day is mixed with, so that it never serves two uses.
const LABEL: &[u8] = b"mm-slots-v1";
/// The most slots of a permutation.
const SLOTS_MAX: u64 = 1 << 40;

/// The permutation of one day and one list.
///
/// An alternating Feistel network over the smallest power of two that holds the list. A value
/// beyond the list goes through again until it falls inside: fewer than two passes on average.
#[derive(Clone)]
pub struct Slots {
    key: Zeroizing<[u8; 32]>,
    slots: u64,
    left_bits: u32,
    right_bits: u32,
}

impl Slots {
    /// The permutation of `slots` slots under the key of a day.
    pub fn new(day_key: [u8; 32], slots: u64) -> Result<Self, ListError> {
        if !(2..=SLOTS_MAX).contains(&slots) {
            return Err(ListError::Range("between 2 and 2^40 slots"));
        }
        let day_key = Zeroizing::new(day_key);
        let mut hash = Sha256::new_with_prefix(LABEL);
        hash.update(day_key.as_slice());
        hash.update(slots.to_be_bytes());
        let bits = u64::BITS.saturating_sub(slots.saturating_sub(1).leading_zeros());
        let left_bits = bits / 2;
        Ok(Self {
            key: Zeroizing::new(hash.finalize().into()),
            slots,
            left_bits,
            right_bits: bits.saturating_sub(left_bits),
        })
    }

    /// How many slots there are.
    pub const fn slots(&self) -> u64 {
        self.slots
    }

    /// The slot of a row.
    pub fn place(&self, row: u64) -> Result<u64, ListError> {
        if row >= self.slots {
            return Err(ListError::Range("a row beyond the list"));
        }
        // INVARIANT: the network permutes the power of two, and `row` lies in the list, so the
        // cycle through `row` comes back into the list.
        let mut value = self.forward(row);
        while value >= self.slots {
            value = self.forward(value);
        }
        Ok(value)
    }

    fn forward(&self, value: u64) -> u64 {
        let (mut left, mut right) = (value >> self.right_bits, value & mask(self.right_bits));
        for round in 0..ROUNDS {
            if round % 2 == 0 {
                left ^= self.round(round, right) & mask(self.left_bits);
            } else {
                right ^= self.round(round, left) & mask(self.right_bits);
            }
        }
        (left << self.right_bits) | right
    }

    /// The round function. Its input has one length and fits one block of SHA-256, so that the
    /// keyed hash needs no second pass to be safe against extension.
    fn round(&self, round: u8, half: u64) -> u64 {
        let mut hash = Sha256::new_with_prefix(self.key.as_slice());
        hash.update([round]);
        hash.update(half.to_be_bytes());
        let digest: [u8; 32] = hash.finalize().into();
        digest
            .first_chunk::<8>()
            .map_or(0, |first| u64::from_be_bytes(*first))
    }

    /// The row of a slot. Only tests may go this way.
    #[cfg(test)]
    fn row(&self, slot: u64) -> u64 {
        let mut value = self.backward(slot);
        while value >= self.slots {
            value = self.backward(value);
        }
        value
    }

    #[cfg(test)]
    fn backward(&self, value: u64) -> u64 {
        let (mut left, mut right) = (value >> self.right_bits, value & mask(self.right_bits));
        for round in (0..ROUNDS).rev() {
            if round % 2 == 0 {
                left ^= self.round(round, right) & mask(self.left_bits);
            } else {
                right ^= self.round(round, left) & mask(self.right_bits);
            }
        }
        (left << self.right_bits) | right
    }
}

/// The permutation without its key.
impl std::fmt::Debug for Slots {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Slots")
            .field("slots", &self.slots)
            .finish_non_exhaustive()
    }
}

const fn mask(bits: u32) -> u64 {
    (1 << bits) - 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_permutation_of_a_million_hits_every_slot_once() {
        let slots = (1 << 20) + 12_345;
        let places = Slots::new([7; 32], slots).unwrap();
        let mut hit = vec![false; usize::try_from(slots).unwrap()];
        for row in 0..slots {
            let slot = usize::try_from(places.place(row).unwrap()).unwrap();
            assert!(!std::mem::replace(&mut hit[slot], true));
        }
    }

    #[test]
    fn another_day_or_another_size_is_another_permutation() {
        let places = |key, slots| {
            let places = Slots::new([key; 32], slots).unwrap();
            (0..64)
                .map(|row| places.place(row).unwrap())
                .collect::<Vec<_>>()
        };
        assert_ne!(places(1, 1 << 20), places(2, 1 << 20));
        assert_ne!(places(1, 1 << 20), places(1, (1 << 20) - 4));
        assert_eq!(places(1, 1 << 20), places(1, 1 << 20));
    }

    #[test]
    fn neighbours_are_scattered() {
        let slots = 100_000_000;
        let places = Slots::new([3; 32], slots).unwrap();
        let mut tenths = [0_u32; 10];
        for row in 0..10_000 {
            let tenth = places.place(row).unwrap() / (slots / 10);
            tenths[usize::try_from(tenth).unwrap()] += 1;
        }
        // The deviation of such a count is 30; six of them are never seen by chance.
        assert!(
            tenths.iter().all(|count| (820..=1_180).contains(count)),
            "{tenths:?}"
        );
    }

    proptest! {
        #[test]
        fn small_lists_are_permuted_without_a_gap(key: [u8; 32], slots in 2_u64..300) {
            let places = Slots::new(key, slots).unwrap();
            let hit: BTreeSet<u64> = (0..slots).map(|row| places.place(row).unwrap()).collect();
            prop_assert_eq!(hit, (0..slots).collect::<BTreeSet<_>>());
        }

        #[test]
        fn the_way_back_leads_to_the_row(key: [u8; 32], slots in 2_u64..=SLOTS_MAX, at: u64) {
            let places = Slots::new(key, slots).unwrap();
            let slot = places.place(at % slots).unwrap();
            prop_assert!(slot < slots);
            prop_assert_eq!(places.row(slot), at % slots);
        }
    }
}

//! What a slot can say, and how wide a slot is.
//!
//! Invariant: each status keeps the registered meaning of its number (draft-ietf-oauth-status-list
//! 7.1), so that a stranger's verifier never takes yellow for a withdrawn credential.
//! Refuses: a number without a meaning here, and a width that the standard does not have.

/// What a slot of our lists says of the credential that points to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Green: VALID, 0x00. Slots that nobody holds say the same.
    Green,
    /// This credential was withdrawn or replaced: INVALID, 0x01. It says nothing about health.
    Revoked,
    /// Yellow: SUSPENDED, 0x02.
    Yellow,
    /// Red: APPLICATION_SPECIFIC, 0x03.
    Red,
}

impl Status {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 4] = [Self::Green, Self::Revoked, Self::Yellow, Self::Red];

    /// The number in the slot.
    pub const fn value(self) -> u8 {
        match self {
            Self::Green => 0,
            Self::Revoked => 1,
            Self::Yellow => 2,
            Self::Red => 3,
        }
    }

    /// What a number means, if it means anything.
    pub const fn from_value(value: u8) -> Option<Self> {
        match value {
            0 => Some(Self::Green),
            1 => Some(Self::Revoked),
            2 => Some(Self::Yellow),
            3 => Some(Self::Red),
            _ => None,
        }
    }
}

/// How many bits a slot has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SlotBits {
    /// Eight slots in a byte.
    One,
    /// Four slots in a byte: our lists.
    Two,
    /// Two slots in a byte.
    Four,
    /// One slot in a byte.
    Eight,
}

impl SlotBits {
    /// The number of bits.
    pub const fn count(self) -> u8 {
        match self {
            Self::One => 1,
            Self::Two => 2,
            Self::Four => 4,
            Self::Eight => 8,
        }
    }

    /// The width of so many bits, if the standard has it.
    pub const fn from_count(count: u64) -> Option<Self> {
        match count {
            1 => Some(Self::One),
            2 => Some(Self::Two),
            4 => Some(Self::Four),
            8 => Some(Self::Eight),
            _ => None,
        }
    }

    /// How many slots a byte holds.
    pub const fn slots_per_byte(self) -> u64 {
        match self {
            Self::One => 8,
            Self::Two => 4,
            Self::Four => 2,
            Self::Eight => 1,
        }
    }

    /// The largest value of a slot.
    pub const fn value_max(self) -> u8 {
        match self {
            Self::One => 1,
            Self::Two => 3,
            Self::Four => 15,
            Self::Eight => 255,
        }
    }
}

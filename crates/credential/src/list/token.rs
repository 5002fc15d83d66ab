//! A list that somebody signed: its claims, and the array that only its reader may unfold.
//!
//! Invariant: an array comes out of a token only for the address and the number of slots that the
//! reader asked for, so neither a list put in place of another nor an inflation bomb gets through.
//! Refuses: another address, another width or number of slots, a list smaller than ours may be.

use super::array::{LIST_SLOTS_MIN, StatusArray, bytes_for};
use super::claims::ListClaims;
use super::error::ListError;
use super::status::SlotBits;
use super::zlib;

/// The most bytes of a signed list: a dense array comes out about as long as it is, and the JWT
/// form makes it 16/9 of that.
pub const LIST_BYTES_MAX: usize = 480 << 20;

/// What a list token holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// What the list says of itself.
    pub claims: ListClaims,
    /// How many bits a slot has.
    pub bits: SlotBits,
    /// The compressed array.
    pub lst: Vec<u8>,
}

/// Which list a reader asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted<'a> {
    /// Its address, as the credential or the manifest names it.
    pub uri: &'a str,
    /// How many slots it has, from the directory.
    pub slots: u64,
}

impl Content {
    /// Unfolds the array of one of our lists, if it is the wanted one.
    pub fn array(&self, wanted: Wanted<'_>) -> Result<StatusArray, ListError> {
        if self.claims.uri != wanted.uri {
            return Err(ListError::OtherList);
        }
        if self.bits != SlotBits::Two || wanted.slots < LIST_SLOTS_MIN {
            return Err(ListError::Range(
                "a list of ours has two bits for a slot and at least 2^20 slots",
            ));
        }
        let bytes = bytes_for(self.bits, wanted.slots)?;
        StatusArray::from_raw(self.bits, zlib::inflate(&self.lst, bytes)?)
    }
}

#[cfg(test)]
mod tests {
    use super::super::claims::tests::claims;
    use super::*;

    #[test]
    fn the_array_comes_out_for_the_wanted_list_only() {
        let uri = "https://s.mm.example/31/5f2";
        let slots = LIST_SLOTS_MIN;
        let raw = vec![0_u8; (slots / 4) as usize];
        let mut content = Content {
            claims: claims(),
            bits: SlotBits::Two,
            lst: zlib::compress(&raw, 9).unwrap(),
        };
        let array = content.array(Wanted { uri, slots }).unwrap();
        assert_eq!(array.slots(), slots);
        let other = Wanted {
            uri: "https://s.mm.example/31/5f3",
            slots,
        };
        assert_eq!(content.array(other), Err(ListError::OtherList));
        let longer = Wanted {
            uri,
            slots: slots + 4,
        };
        assert!(matches!(content.array(longer), Err(ListError::Inflate(_))));
        let small = Wanted {
            uri,
            slots: slots - 4,
        };
        assert!(matches!(content.array(small), Err(ListError::Range(_))));
        content.bits = SlotBits::One;
        assert!(matches!(
            content.array(Wanted { uri, slots }),
            Err(ListError::Range(_))
        ));
    }
}

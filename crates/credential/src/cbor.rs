//! The little CBOR that our tokens need, in its one deterministic form (RFC 8949 4.2.1).
//!
//! Invariant: what [`Reader`] accepts is what the writers here write. Refuses: longer heads than
//! needed and open lengths, by `None`; nothing is allocated. The order of members is for the
//! caller, who names each one where it must stand.

pub(crate) const UINT: u8 = 0;
pub(crate) const NEGATIVE: u8 = 1;
pub(crate) const BYTES: u8 = 2;
pub(crate) const TEXT: u8 = 3;
pub(crate) const ARRAY: u8 = 4;
pub(crate) const MAP: u8 = 5;
pub(crate) const TAG: u8 = 6;

const FALSE: u8 = 0xf4;
const TRUE: u8 = 0xf5;

/// Writes a head in its shortest form.
pub(crate) fn head(out: &mut Vec<u8>, major: u8, value: u64) {
    let major = major << 5;
    match value {
        0..24 => out.push(major | value as u8),
        24..0x100 => out.extend([major | 24, value as u8]),
        0x100..0x1_0000 => {
            out.push(major | 25);
            out.extend((value as u16).to_be_bytes());
        }
        0x1_0000..0x1_0000_0000 => {
            out.push(major | 26);
            out.extend((value as u32).to_be_bytes());
        }
        _ => {
            out.push(major | 27);
            out.extend(value.to_be_bytes());
        }
    }
}

/// Writes an unsigned integer.
pub(crate) fn uint(out: &mut Vec<u8>, value: u64) {
    head(out, UINT, value);
}

/// Writes an integer.
pub(crate) fn int(out: &mut Vec<u8>, value: i64) {
    match u64::try_from(value) {
        Ok(value) => head(out, UINT, value),
        // The head of a negative number holds what is left when it is counted from -1 down.
        Err(_) => head(out, NEGATIVE, !value as u64),
    }
}

/// Writes a truth value.
pub(crate) fn truth(out: &mut Vec<u8>, value: bool) {
    out.push(if value { TRUE } else { FALSE });
}

/// Writes a byte string.
pub(crate) fn bytes(out: &mut Vec<u8>, value: &[u8]) {
    head(out, BYTES, value.len() as u64);
    out.extend_from_slice(value);
}

/// Writes a text.
pub(crate) fn text(out: &mut Vec<u8>, value: &str) {
    head(out, TEXT, value.len() as u64);
    out.extend_from_slice(value.as_bytes());
}

/// Reads from front to back.
#[derive(Clone)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Nothing, if everything was read.
    pub(crate) fn end(&self) -> Option<()> {
        self.rest.is_empty().then_some(())
    }

    /// What was read since `start`, an earlier state of this reader.
    pub(crate) fn since(&self, start: &Self) -> Option<&'a [u8]> {
        let count = start.rest.len().checked_sub(self.rest.len())?;
        start.rest.get(..count)
    }

    /// The value of a head of this major type.
    pub(crate) fn head(&mut self, major: u8) -> Option<u64> {
        let (first, rest) = self.rest.split_first()?;
        if first >> 5 != major {
            return None;
        }
        let (count, least) = match first & 0x1f {
            small @ 0..24 => {
                self.rest = rest;
                return Some(u64::from(small));
            }
            24 => (1, 24),
            25 => (2, 0x100),
            26 => (4, 0x1_0000),
            27 => (8, 0x1_0000_0000),
            _ => return None,
        };
        let (digits, rest) = rest.split_at_checked(count)?;
        let value = digits
            .iter()
            .fold(0, |value, digit| value << 8 | u64::from(*digit));
        self.rest = rest;
        (value >= least).then_some(value)
    }

    /// A map of between `least` and `most` members.
    pub(crate) fn map(&mut self, least: u64, most: u64) -> Option<u64> {
        self.head(MAP)
            .filter(|count| (least..=most).contains(count))
    }

    /// An array of exactly this many items.
    pub(crate) fn array(&mut self, count: u64) -> Option<()> {
        (self.head(ARRAY)? == count).then_some(())
    }

    /// Exactly this tag.
    pub(crate) fn tag(&mut self, tag: u64) -> Option<()> {
        (self.head(TAG)? == tag).then_some(())
    }

    pub(crate) fn uint(&mut self) -> Option<u64> {
        self.head(UINT)
    }

    pub(crate) fn int(&mut self) -> Option<i64> {
        match self.rest.first()? >> 5 {
            NEGATIVE => i64::try_from(self.head(NEGATIVE)?).ok().map(|value| !value),
            _ => i64::try_from(self.head(UINT)?).ok(),
        }
    }

    pub(crate) fn truth(&mut self) -> Option<bool> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        match *first {
            FALSE => Some(false),
            TRUE => Some(true),
            _ => None,
        }
    }

    /// A claim's number: exactly this one.
    pub(crate) fn claim(&mut self, number: i64) -> Option<()> {
        (self.int()? == number).then_some(())
    }

    /// Whether a claim with this number comes next; if not, nothing is read.
    pub(crate) fn claim_if(&mut self, number: i64) -> bool {
        let mut ahead = self.clone();
        let found = ahead.claim(number).is_some();
        if found {
            *self = ahead;
        }
        found
    }

    /// A member's name: exactly this text.
    pub(crate) fn member(&mut self, name: &str) -> Option<()> {
        (self.text()? == name).then_some(())
    }

    fn counted(&mut self, major: u8) -> Option<&'a [u8]> {
        let count = usize::try_from(self.head(major)?).ok()?;
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    pub(crate) fn bytes(&mut self) -> Option<&'a [u8]> {
        self.counted(BYTES)
    }

    /// A byte string of exactly this many bytes.
    pub(crate) fn fixed<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.bytes()?.try_into().ok()
    }

    pub(crate) fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.counted(TEXT)?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_head_longer_than_it_needs_to_be_is_refused() {
        for longer in [
            &[0x18, 23][..],
            &[0x19, 0, 255],
            &[0x1a, 0, 0, 255, 255],
            &[0x1b, 0, 0, 0, 0, 255, 255, 255, 255],
            &[0x1f],
            &[0x1c],
        ] {
            assert_eq!(Reader::new(longer).uint(), None);
        }
        assert_eq!(Reader::new(&[0x5b, 255, 0, 0, 0, 0, 0, 0, 0]).bytes(), None);
    }

    #[test]
    fn a_claim_that_does_not_come_next_stays_unread() {
        let mut reader = Reader::new(&[0x05, 0x06]);
        assert!(!reader.claim_if(6));
        assert!(reader.claim_if(5));
        assert!(reader.claim_if(6));
        assert!(!reader.claim_if(7));
        assert_eq!(reader.end(), Some(()));
    }

    proptest! {
        #[test]
        fn numbers_texts_and_bytes_read_back(
            number: u64,
            small in 0_u64..70_000,
            signed: i64,
            truth_value: bool,
            raw: Vec<u8>,
        ) {
            let mut out = Vec::new();
            uint(&mut out, number);
            uint(&mut out, small);
            int(&mut out, signed);
            truth(&mut out, truth_value);
            bytes(&mut out, &raw);
            text(&mut out, "status");
            let mut reader = Reader::new(&out);
            let start = reader.clone();
            prop_assert_eq!(reader.uint(), Some(number));
            prop_assert_eq!(reader.uint(), Some(small));
            prop_assert_eq!(reader.int(), Some(signed));
            prop_assert_eq!(reader.truth(), Some(truth_value));
            prop_assert_eq!(reader.bytes(), Some(&raw[..]));
            prop_assert_eq!(reader.member("status"), Some(()));
            prop_assert_eq!(reader.end(), Some(()));
            prop_assert_eq!(reader.since(&start), Some(&out[..]));
        }
    }
}

//! Canonical CBOR, by hand, for what comes in millions: heads, byte strings and texts.
//!
//! Invariant: [`Reader`] accepts exactly what the writers here write: shortest heads, definite
//! lengths (RFC 8949 4.2.1), so what was read needs no second encoding to be known canonical.
//! Refuses: everything else, by `None`; nothing is allocated before the bytes are there.

pub(crate) const UINT: u8 = 0;
pub(crate) const NEGATIVE: u8 = 1;
pub(crate) const BYTES: u8 = 2;
pub(crate) const TEXT: u8 = 3;
pub(crate) const ARRAY: u8 = 4;
pub(crate) const MAP: u8 = 5;
const NULL: u8 = 0xf6;

/// Writes a head in its shortest form.
pub(crate) fn head(out: &mut Vec<u8>, major: u8, value: u64) {
    let major = major << 5;
    if let Ok(small) = u8::try_from(value) {
        if small < 24 {
            out.push(major | small);
        } else {
            out.extend([major | 24, small]);
        }
    } else if let Ok(value) = u16::try_from(value) {
        out.push(major | 25);
        out.extend(value.to_be_bytes());
    } else if let Ok(value) = u32::try_from(value) {
        out.push(major | 26);
        out.extend(value.to_be_bytes());
    } else {
        out.push(major | 27);
        out.extend(value.to_be_bytes());
    }
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

/// Writes an integer.
pub(crate) fn int(out: &mut Vec<u8>, value: i64) {
    if value < 0 {
        head(out, NEGATIVE, !value as u64);
    } else {
        head(out, UINT, value as u64);
    }
}

/// Writes the absent value.
pub(crate) fn null(out: &mut Vec<u8>) {
    out.push(NULL);
}

/// Reads canonical CBOR from a slice, front to back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// How many bytes are left.
    pub(crate) const fn left(&self) -> usize {
        self.rest.len()
    }

    /// The next `count` bytes as they are.
    pub(crate) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    /// Exactly these bytes.
    pub(crate) fn literal(&mut self, expected: &[u8]) -> Option<()> {
        self.rest = self.rest.strip_prefix(expected)?;
        Some(())
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.rest.split_first_chunk::<N>()?;
        self.rest = rest;
        Some(*taken)
    }

    /// A head of this major type in its shortest form.
    pub(crate) fn head(&mut self, major: u8) -> Option<u64> {
        let [first] = self.array::<1>()?;
        if first >> 5 != major {
            return None;
        }
        let (value, least) = match first & 0x1f {
            small @ 0..24 => (u64::from(small), 0),
            24 => (u64::from(u8::from_be_bytes(self.array()?)), 24),
            25 => (u64::from(u16::from_be_bytes(self.array()?)), 1 << 8),
            26 => (u64::from(u32::from_be_bytes(self.array()?)), 1 << 16),
            27 => (u64::from_be_bytes(self.array()?), 1 << 32),
            _ => return None,
        };
        (value >= least).then_some(value)
    }

    /// A count of things of which each takes at least one byte.
    pub(crate) fn count(&mut self, major: u8) -> Option<usize> {
        let count = usize::try_from(self.head(major)?).ok()?;
        (count <= self.rest.len()).then_some(count)
    }

    pub(crate) fn bytes(&mut self) -> Option<&'a [u8]> {
        let count = self.count(BYTES)?;
        self.take(count)
    }

    pub(crate) fn fixed<const N: usize>(&mut self) -> Option<[u8; N]> {
        (self.head(BYTES)? == N as u64).then_some(())?;
        self.array()
    }

    pub(crate) fn text(&mut self) -> Option<&'a str> {
        let count = self.count(TEXT)?;
        std::str::from_utf8(self.take(count)?).ok()
    }

    /// The key of a map: exactly this text.
    pub(crate) fn key(&mut self, expected: &str) -> Option<()> {
        (self.text()? == expected).then_some(())
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        u32::try_from(self.head(UINT)?).ok()
    }

    pub(crate) fn int(&mut self) -> Option<i64> {
        match self.rest.first()? >> 5 {
            NEGATIVE => i64::try_from(self.head(NEGATIVE)?).ok().map(|value| !value),
            _ => i64::try_from(self.head(UINT)?).ok(),
        }
    }

    /// The absent value, or what `read` reads.
    pub(crate) fn optional<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<Option<T>> {
        if self.literal(&[NULL]).is_some() {
            Some(None)
        } else {
            read(self).map(Some)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_head_longer_than_it_needs_to_be_is_refused() {
        for longer in [&[0x18, 23][..], &[0x19, 0, 255], &[0x1a, 0, 0, 255, 255]] {
            assert_eq!(Reader::new(longer).head(UINT), None);
        }
        assert_eq!(
            Reader::new(&[0x1b, 0, 0, 0, 0, 255, 255, 255, 255]).head(UINT),
            None
        );
        assert_eq!(Reader::new(&[0x18, 24]).head(UINT), Some(24));
        assert_eq!(Reader::new(&[0x1f]).head(UINT), None);
    }

    #[test]
    fn a_length_beyond_the_bytes_is_refused_before_anything_is_allocated() {
        assert_eq!(Reader::new(&[0x5b, 255, 0, 0, 0, 0, 0, 0, 0]).bytes(), None);
    }

    proptest! {
        #[test]
        fn integers_read_back_and_agree_with_another_encoder(value in any::<i64>()) {
            let mut ours = Vec::new();
            int(&mut ours, value);
            let mut theirs = Vec::new();
            ciborium::into_writer(&value, &mut theirs).unwrap();
            prop_assert_eq!(&ours, &theirs);
            prop_assert_eq!(Reader::new(&ours).int(), Some(value));
        }
    }
}

//! One record in bytes, as `docs/journal-format.md` draws it.
//!
//! Invariant: [`Header::parse`] accepts exactly what [`Header::put`] writes, and a record is whole
//! only if checksum, chain, padding and end mark all hold.
//! Refuses: lengths above [`BODY_BYTES_MAX`].

use sha2::{Digest, Sha256};

/// Bytes of a header.
pub(crate) const HEADER_BYTES: u64 = 64;
/// Bytes of a trailer.
pub(crate) const TRAILER_BYTES: u64 = 40;
/// Largest leaf and sealed part together.
pub(crate) const BODY_BYTES_MAX: u64 = 256 << 20;
/// The last bytes of every whole record; none of them is zero.
pub(crate) const END_MARK: [u8; 4] = *b"END\n";

const MAGIC: [u8; 4] = *b"MMJ1";
const CHECKED_BYTES: usize = 60;

/// A chain hash: vouches for every record up to its own.
pub(crate) type Chain = [u8; 32];

/// What the first record names as the chain before it.
pub(crate) fn genesis() -> Chain {
    Sha256::digest(b"mm-journal-v1").into()
}

/// The fixed part at the front of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) leaf_len: u32,
    pub(crate) sealed_len: u32,
    pub(crate) seq: u64,
    /// Number of the first record of the same append.
    pub(crate) group: u64,
    /// Chain hash of the record before.
    pub(crate) previous: Chain,
}

impl Header {
    /// Appends the 64 bytes and returns them.
    pub(crate) fn put(&self, out: &mut Vec<u8>) -> [u8; 64] {
        let mut bytes = [0_u8; 64];
        let parts: [&[u8]; 6] = [
            &MAGIC,
            &self.leaf_len.to_le_bytes(),
            &self.seq.to_le_bytes(),
            &self.group.to_le_bytes(),
            &self.previous,
            &self.sealed_len.to_le_bytes(),
        ];
        for (place, byte) in bytes.iter_mut().zip(parts.into_iter().flatten()) {
            *place = *byte;
        }
        if let Some((checked, crc)) = bytes.split_at_mut_checked(CHECKED_BYTES) {
            crc.copy_from_slice(&crc32c::crc32c(checked).to_le_bytes());
        }
        out.extend_from_slice(&bytes);
        bytes
    }

    /// Reads a header; `None` if it is not one.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let checked = bytes
            .get(..CHECKED_BYTES)
            .filter(|bytes| bytes.starts_with(&MAGIC))?;
        let header = Self {
            leaf_len: u32::from_le_bytes(array(bytes, 4)?),
            seq: u64::from_le_bytes(array(bytes, 8)?),
            group: u64::from_le_bytes(array(bytes, 16)?),
            previous: array(bytes, 24)?,
            sealed_len: u32::from_le_bytes(array(bytes, 56)?),
        };
        let crc = u32::from_le_bytes(array(bytes, CHECKED_BYTES)?);
        let holds = crc == crc32c::crc32c(checked)
            && header.group <= header.seq
            && header.body_len() <= BODY_BYTES_MAX;
        holds.then_some(header)
    }

    /// Bytes of leaf and sealed part.
    pub(crate) fn body_len(&self) -> u64 {
        u64::from(self.leaf_len).saturating_add(u64::from(self.sealed_len))
    }

    /// Zeros between body and trailer.
    pub(crate) fn padding(&self) -> u64 {
        self.body_len()
            .next_multiple_of(8)
            .saturating_sub(self.body_len())
    }

    /// Where the trailer starts, from the start of the record.
    pub(crate) fn trailer_at(&self) -> u64 {
        HEADER_BYTES.saturating_add(self.body_len().next_multiple_of(8))
    }

    /// Bytes of the whole record.
    pub(crate) fn record_len(&self) -> u64 {
        self.trailer_at().saturating_add(TRAILER_BYTES)
    }
}

/// The fixed part at the back of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Trailer {
    pub(crate) chain: Chain,
    pub(crate) body_crc: u32,
    pub(crate) mark: [u8; 4],
}

impl Trailer {
    /// The trailer that a header and a body must have.
    pub(crate) fn of(header: &[u8], leaf: &[u8], sealed: &[u8]) -> Self {
        let digest = Sha256::new()
            .chain_update(header)
            .chain_update(leaf)
            .chain_update(sealed);
        let body_crc = crc32c::crc32c_append(crc32c::crc32c(leaf), sealed);
        Self {
            chain: digest.finalize().into(),
            body_crc,
            mark: END_MARK,
        }
    }

    /// Appends the 40 bytes.
    pub(crate) fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.chain);
        out.extend_from_slice(&self.body_crc.to_le_bytes());
        out.extend_from_slice(&self.mark);
    }

    /// Reads a trailer from 40 bytes; nothing is checked.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        Some(Self {
            chain: array(bytes, 0)?,
            body_crc: u32::from_le_bytes(array(bytes, 32)?),
            mark: array(bytes, 36)?,
        })
    }
}

/// `N` bytes at a place, if they are there.
pub(crate) fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> Header {
        Header {
            leaf_len: 3,
            sealed_len: 6,
            seq: 9,
            group: 7,
            previous: genesis(),
        }
    }

    #[test]
    fn a_header_reads_back_as_it_was_written() {
        let mut out = Vec::new();
        header().put(&mut out);
        assert_eq!(Header::parse(&out), Some(header()));
        assert_eq!(header().trailer_at(), 64 + 16);
        assert_eq!(header().record_len(), 64 + 16 + 40);
    }

    #[test]
    fn a_header_with_any_bit_changed_is_not_a_header() {
        let mut out = Vec::new();
        header().put(&mut out);
        for place in 0..out.len() {
            for bit in 0..8 {
                let mut bad = out.clone();
                bad[place] ^= 1 << bit;
                assert_eq!(Header::parse(&bad), None, "byte {place} bit {bit}");
            }
        }
    }

    #[test]
    fn a_header_whose_group_begins_after_it_is_not_a_header() {
        let mut out = Vec::new();
        Header {
            group: 10,
            ..header()
        }
        .put(&mut out);
        assert_eq!(Header::parse(&out), None);
        out.clear();
        Header {
            group: 9,
            ..header()
        }
        .put(&mut out);
        assert!(Header::parse(&out).is_some());
    }

    #[test]
    fn a_header_of_more_than_the_largest_body_is_not_a_header() {
        let mut out = Vec::new();
        Header {
            leaf_len: 256 << 20,
            sealed_len: 1,
            ..header()
        }
        .put(&mut out);
        assert_eq!(Header::parse(&out), None);
        out.clear();
        Header {
            leaf_len: 256 << 20,
            sealed_len: 0,
            ..header()
        }
        .put(&mut out);
        assert!(Header::parse(&out).is_some());
    }
}

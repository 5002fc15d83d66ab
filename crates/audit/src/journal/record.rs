//! One record: header, body, trailer.
//!
//! Invariant: [`Record::verify`] passes only when every byte is the one that the format demands.

use sha2::{Digest as _, Sha256};
use std::io::{Read, Result};

/// The length of a header.
pub const HEADER_BYTES: usize = 64;
/// The length of a trailer.
const TRAILER_BYTES: usize = 40;
/// The most bytes of leaf and sealed part together.
const BODY_BYTES_MAX: u64 = 268_435_456;
const MAGIC: [u8; 4] = *b"MMJ1";
const END: [u8; 4] = *b"END\n";

/// What stands before the first record in the chain.
pub fn genesis_chain() -> [u8; 32] {
    Sha256::digest(b"mm-journal-v1").into()
}

/// What is wrong with a record, and at which of its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// What.
    pub what: &'static str,
    /// The byte, from the start of the record.
    pub byte: u64,
    /// Whether nothing but the end mark is wrong.
    mark: bool,
}

impl Flaw {
    pub(super) const fn header(byte: u64, what: &'static str) -> Self {
        Self {
            what,
            byte,
            mark: false,
        }
    }

    /// Whether all that is missing is the end of the end mark.
    pub(super) fn only_mark_missing(self, record: &Record) -> bool {
        let mark = record.tail(4);
        let kept = mark
            .iter()
            .zip(END)
            .take_while(|(found, due)| **found == *due)
            .count();
        self.mark && mark.iter().skip(kept).all(|byte| *byte == 0)
    }
}

/// A header whose own checksum holds.
#[derive(Clone, Copy, Debug)]
pub struct Header {
    pub(super) seq: u64,
    pub(super) group: u64,
    pub(super) previous: [u8; 32],
    leaf: u32,
    sealed: u32,
}

fn field<const N: usize>(bytes: &[u8], from: usize) -> [u8; N] {
    let found = bytes.get(from..).and_then(|rest| rest.first_chunk());
    found.copied().unwrap_or([0; N])
}

impl Header {
    /// Reads a header; its place in the journal is not judged here.
    pub fn parse(bytes: &[u8; HEADER_BYTES]) -> std::result::Result<Self, Flaw> {
        let (covered, crc) = bytes.split_at(60);
        if field(bytes, 0) != MAGIC {
            return Err(Flaw::header(0, "does not begin as a record"));
        }
        if crc32c::crc32c(covered) != u32::from_le_bytes(field(crc, 0)) {
            return Err(Flaw::header(60, "has a header that was altered"));
        }
        let header = Self {
            seq: u64::from_le_bytes(field(bytes, 8)),
            group: u64::from_le_bytes(field(bytes, 16)),
            previous: field(bytes, 24),
            leaf: u32::from_le_bytes(field(bytes, 4)),
            sealed: u32::from_le_bytes(field(bytes, 56)),
        };
        if header.group > header.seq {
            return Err(Flaw::header(16, "names a group after itself"));
        }
        if header.body_bytes() > BODY_BYTES_MAX {
            return Err(Flaw::header(4, "is longer than a record may be"));
        }
        Ok(header)
    }

    fn body_bytes(&self) -> u64 {
        u64::from(self.leaf).saturating_add(u64::from(self.sealed))
    }

    /// The length of the whole record.
    pub fn record_bytes(&self) -> u64 {
        let fixed = (HEADER_BYTES as u64).saturating_add(TRAILER_BYTES as u64);
        self.body_bytes().next_multiple_of(8).saturating_add(fixed)
    }
}

/// The record read last; its memory is used again for the next.
#[derive(Default)]
pub struct Record {
    /// Its number.
    pub seq: u64,
    /// Where it starts in its file.
    pub start: u64,
    pub(super) segment: usize,
    bytes: Vec<u8>,
    leaf: usize,
    sealed: usize,
}

impl Record {
    /// Reads what follows a header.
    pub(super) fn fill(
        &mut self,
        header_bytes: &[u8; HEADER_BYTES],
        header: &Header,
        input: &mut impl Read,
    ) -> Result<()> {
        let length = usize::try_from(header.record_bytes()).unwrap_or(usize::MAX);
        self.bytes.resize(length, 0);
        self.leaf = header.leaf as usize;
        self.sealed = header.sealed as usize;
        if let Some((start, rest)) = self.bytes.split_at_mut_checked(HEADER_BYTES) {
            start.copy_from_slice(header_bytes);
            input.read_exact(rest)?;
        }
        Ok(())
    }

    fn part(&self, from: usize, length: usize) -> &[u8] {
        let until = from.saturating_add(length);
        self.bytes.get(from..until).unwrap_or_default()
    }

    fn tail(&self, length: usize) -> &[u8] {
        self.part(self.bytes.len().saturating_sub(length), length)
    }

    fn body_end(&self) -> usize {
        HEADER_BYTES
            .saturating_add(self.leaf)
            .saturating_add(self.sealed)
    }

    /// The public leaf.
    pub fn leaf(&self) -> &[u8] {
        self.part(HEADER_BYTES, self.leaf)
    }

    /// The leaf, and the sealed part to be opened in place.
    pub fn split(&mut self) -> (&[u8], &mut [u8]) {
        let end = self.body_end();
        let middle = HEADER_BYTES.saturating_add(self.leaf);
        let (head, rest) = self.bytes.split_at_mut_checked(middle).unwrap_or_default();
        let sealed = rest
            .get_mut(..end.saturating_sub(middle))
            .unwrap_or_default();
        (head.get(HEADER_BYTES..).unwrap_or_default(), sealed)
    }

    /// The chain hash that the trailer carries.
    pub(super) fn chain(&self) -> [u8; 32] {
        field(self.tail(TRAILER_BYTES), 0)
    }

    /// Checks everything after the header; gives the chain hash.
    pub(super) fn verify(&self) -> std::result::Result<[u8; 32], Flaw> {
        let flaw = |byte: usize, what| Flaw {
            what,
            byte: byte as u64,
            mark: false,
        };
        let end = self.body_end();
        let trailer = self.bytes.len().saturating_sub(TRAILER_BYTES);
        let padding = self.part(end, trailer.saturating_sub(end));
        if let Some(place) = padding.iter().position(|byte| *byte != 0) {
            return Err(flaw(
                end.saturating_add(place),
                "has padding that is not zero",
            ));
        }
        let body = self.part(HEADER_BYTES, end.saturating_sub(HEADER_BYTES));
        let crc_at = trailer.saturating_add(32);
        if crc32c::crc32c(body) != u32::from_le_bytes(field(&self.bytes, crc_at)) {
            return Err(flaw(HEADER_BYTES, "has a body that was altered"));
        }
        let chain: [u8; 32] = Sha256::digest(self.part(0, end)).into();
        if chain != self.chain() {
            return Err(flaw(trailer, "has a chain hash that is not its own"));
        }
        let mark_at = trailer.saturating_add(36);
        if field(&self.bytes, mark_at) != END {
            let what = "has no end mark";
            return Err(Flaw {
                what,
                byte: mark_at as u64,
                mark: true,
            });
        }
        Ok(chain)
    }
}

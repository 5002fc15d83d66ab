//! What changed between two versions of a list, so that a reader need not fetch it whole.
//!
//! Invariant: a delta applies to the one array whose SHA-256 is `from` and leads to the one whose
//! SHA-256 is `to`, or it leaves the array as it was. Changes stand in the order of their slots,
//! each slot once, so one difference has one sequence of bytes.
//! Refuses: another array, a slot beyond the list, a change that changes nothing, a number in more
//! bytes than it needs, more changes than the limit (then the full list is the shorter way).
//!
//! The payload is `{2: sub, 6: iat, "to": digest, "from": digest, "changes": bytes}`. Each change
//! is one number, `gap * 4 + value`, seven bits to a byte, the lowest first; the gap counts the
//! slots left out since the change before. This is not part of the standard's list.

use super::array::StatusArray;
use super::claims::check_uri;
use super::cutter::Step;
use super::error::ListError;
use super::status::SlotBits;
use crate::cbor::{self, Reader};
use crate::constants::{CLAIM_IAT, CLAIM_SUB};

/// The most changes of one step. More than that is no shorter than the list.
pub const DELTA_CHANGES_MAX: usize = 1 << 20;
/// The most bytes of a signed delta.
pub const DELTA_BYTES_MAX: usize = 6 << 20;

/// How many bits of a coded change are the value.
const VALUE_BITS: u32 = 2;
const VALUE_MASK: u64 = (1 << VALUE_BITS) - 1;

/// A slot and what it says now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// The slot.
    pub idx: u64,
    /// Its new value.
    pub value: u8,
}

/// What leads from one version of a list to a later one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delta {
    uri: String,
    issued_s: u64,
    from_sha256: [u8; 32],
    to_sha256: [u8; 32],
    changes: Vec<Change>,
}

impl Delta {
    /// The delta of a step that was cut, to the version with this digest.
    pub fn new(
        uri: String,
        issued_s: u64,
        step: Step,
        to_sha256: [u8; 32],
    ) -> Result<Self, ListError> {
        check_uri(&uri)?;
        check_changes(&step.changes)?;
        Ok(Self {
            uri,
            issued_s,
            from_sha256: step.from_sha256,
            to_sha256,
            changes: step.changes,
        })
    }

    /// The address of the list.
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// When it was issued, in seconds since 1970.
    pub const fn issued_s(&self) -> u64 {
        self.issued_s
    }

    /// The digest of the array that it applies to.
    pub const fn from_sha256(&self) -> &[u8; 32] {
        &self.from_sha256
    }

    /// The digest of the array that it leads to.
    pub const fn to_sha256(&self) -> &[u8; 32] {
        &self.to_sha256
    }

    /// The changes in the order of their slots.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Changes the array of the list with this address, or leaves it as it was.
    pub fn apply(&self, uri: &str, array: &mut StatusArray) -> Result<(), ListError> {
        if self.uri != uri {
            return Err(ListError::OtherList);
        }
        if array.bits() != SlotBits::Two || array.sha256() != self.from_sha256 {
            return Err(ListError::OtherVersion);
        }
        let mut before = Vec::with_capacity(self.changes.len());
        let outcome = self.change(array, &mut before);
        if outcome.is_err() {
            // Every slot here was set a moment ago, so setting it back cannot fail.
            for (change, value) in self.changes.iter().zip(before) {
                array.set(change.idx, value)?;
            }
        }
        outcome
    }

    fn change(&self, array: &mut StatusArray, before: &mut Vec<u8>) -> Result<(), ListError> {
        for change in &self.changes {
            let value = array.set(change.idx, change.value)?;
            before.push(value);
            if value == change.value {
                return Err(ListError::Content("a change that changes nothing"));
            }
        }
        if array.sha256() == self.to_sha256 {
            Ok(())
        } else {
            Err(ListError::Result)
        }
    }

    /// Writes what is to be signed.
    pub(super) fn write(&self) -> Vec<u8> {
        let mut out = Vec::new();
        cbor::head(&mut out, cbor::MAP, 5);
        cbor::int(&mut out, CLAIM_SUB);
        cbor::text(&mut out, &self.uri);
        cbor::int(&mut out, CLAIM_IAT);
        cbor::uint(&mut out, self.issued_s);
        cbor::text(&mut out, "to");
        cbor::bytes(&mut out, &self.to_sha256);
        cbor::text(&mut out, "from");
        cbor::bytes(&mut out, &self.from_sha256);
        cbor::text(&mut out, "changes");
        cbor::bytes(&mut out, &coded(&self.changes));
        out
    }

    /// Reads what was signed.
    pub(super) fn read(payload: &[u8]) -> Result<Self, ListError> {
        let fault = ListError::Content("not a delta in its one form");
        let delta = Self::parse(&mut Reader::new(payload)).ok_or(fault)?;
        check_uri(&delta.uri)?;
        check_changes(&delta.changes)?;
        Ok(delta)
    }

    fn parse(reader: &mut Reader<'_>) -> Option<Self> {
        reader.map(5, 5)?;
        reader.claim(CLAIM_SUB)?;
        let uri = reader.text()?.to_owned();
        reader.claim(CLAIM_IAT)?;
        let issued_s = reader.uint()?;
        reader.member("to")?;
        let to_sha256 = reader.fixed()?;
        reader.member("from")?;
        let from_sha256 = reader.fixed()?;
        reader.member("changes")?;
        let changes = decoded(reader.bytes()?)?;
        reader.end()?;
        Some(Self {
            uri,
            issued_s,
            from_sha256,
            to_sha256,
            changes,
        })
    }
}

fn check_changes(changes: &[Change]) -> Result<(), ListError> {
    if changes.len() > DELTA_CHANGES_MAX {
        return Err(ListError::Limit {
            what: "changes of a delta",
            limit: DELTA_CHANGES_MAX as u64,
        });
    }
    let ordered = changes.is_sorted_by(|one, other| one.idx < other.idx);
    let narrow = changes
        .iter()
        .all(|change| u64::from(change.value) <= VALUE_MASK);
    let within = changes
        .iter()
        .all(|change| change.idx < u64::MAX >> VALUE_BITS);
    if ordered && narrow && within {
        return Ok(());
    }
    Err(ListError::Range("changes out of order or beyond a slot"))
}

fn coded(changes: &[Change]) -> Vec<u8> {
    let mut out = Vec::with_capacity(changes.len().saturating_mul(3));
    let mut next = 0_u64;
    for change in changes {
        let gap = change.idx.saturating_sub(next);
        next = change.idx.saturating_add(1);
        let mut number = (gap << VALUE_BITS) | u64::from(change.value);
        while number >= 0x80 {
            out.push(number as u8 | 0x80);
            number >>= 7;
        }
        out.push(number as u8);
    }
    out
}

fn decoded(mut bytes: &[u8]) -> Option<Vec<Change>> {
    // A change has at least one byte, so the memory is bounded by what came.
    let last_bytes = bytes.iter().filter(|byte| **byte < 0x80).count();
    if last_bytes > DELTA_CHANGES_MAX {
        return None;
    }
    let mut changes = Vec::with_capacity(last_bytes);
    let mut next = 0_u64;
    while !bytes.is_empty() {
        let number = varint(&mut bytes)?;
        let idx = next.checked_add(number >> VALUE_BITS)?;
        next = idx.checked_add(1)?;
        let value = (number & VALUE_MASK) as u8;
        changes.push(Change { idx, value });
    }
    Some(changes)
}

/// A number in as few bytes as it needs, nine at most.
fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..63).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if *byte < 0x80 {
            // A last byte of 0 adds nothing, unless it is the only one.
            return (*byte > 0 || shift == 0).then_some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::array::LIST_SLOTS_MIN;
    use super::super::cutter::ListCutter;
    use super::super::status::Status;
    use super::*;
    use proptest::prelude::*;

    const URI: &str = "https://s.mm.example/31/5f2";

    /// A list before and after, and the delta between.
    fn moved(changes: &[(u64, Status)]) -> (StatusArray, StatusArray, Delta) {
        let mut list = ListCutter::new(LIST_SLOTS_MIN).unwrap();
        list.set(5, Status::Red).unwrap();
        list.cut().unwrap();
        let before = list.array().clone();
        for (idx, status) in changes {
            list.set(*idx, *status).unwrap();
        }
        let cut = list.cut().unwrap();
        let delta = Delta::new(URI.to_owned(), 7, cut.step.unwrap(), cut.sha256).unwrap();
        (before, list.array().clone(), delta)
    }

    #[test]
    fn a_delta_leads_from_one_version_to_the_next() {
        let last = LIST_SLOTS_MIN - 1;
        let changes = [
            (0, Status::Yellow),
            (5, Status::Green),
            (6, Status::Red),
            (last, Status::Red),
        ];
        let (mut array, after, delta) = moved(&changes);
        let read = Delta::read(&delta.write()).unwrap();
        assert_eq!(read, delta);
        assert_eq!(read.apply(URI, &mut array), Ok(()));
        assert_eq!(array, after);
        assert_eq!(read.apply(URI, &mut array), Err(ListError::OtherVersion));
        assert_eq!(
            read.apply("https://other", &mut array),
            Err(ListError::OtherList)
        );
    }

    #[test]
    fn a_delta_that_does_not_keep_its_promise_leaves_the_array_as_it_was() {
        let (mut array, _, delta) = moved(&[(9, Status::Red), (70, Status::Yellow)]);
        let before = array.clone();
        let tampered = |change: &dyn Fn(&mut Delta)| {
            let mut delta = delta.clone();
            change(&mut delta);
            delta
        };
        let cases = [
            (
                tampered(&|delta| delta.to_sha256[0] ^= 1),
                ListError::Result,
            ),
            (
                tampered(&|delta| delta.changes[1].idx = 71),
                ListError::Result,
            ),
            (
                tampered(&|delta| delta.changes[1].value = 0),
                ListError::Content("a change that changes nothing"),
            ),
            (
                tampered(&|delta| delta.changes[1].idx = LIST_SLOTS_MIN),
                ListError::Range("a slot beyond the end of the list"),
            ),
        ];
        for (delta, error) in cases {
            assert_eq!(delta.apply(URI, &mut array), Err(error));
            assert_eq!(array, before);
        }
    }

    #[test]
    fn numbers_longer_than_needed_and_slots_beyond_counting_are_refused() {
        assert_eq!(decoded(&[0x02]).unwrap(), [Change { idx: 0, value: 2 }]);
        assert_eq!(
            decoded(&[0x82, 0x01]).unwrap(),
            [Change { idx: 32, value: 2 }]
        );
        assert_eq!(decoded(&[0x82, 0x00]), None);
        assert_eq!(decoded(&[0x82]), None);
        assert_eq!(decoded(&[0xff; 9]), None);
        assert_eq!(decoded(&vec![1; DELTA_CHANGES_MAX + 1]), None);
    }

    #[test]
    fn changes_out_of_order_are_refused() {
        let step = |idxs: &[u64]| Step {
            from_sha256: [0; 32],
            changes: idxs
                .iter()
                .map(|idx| Change {
                    idx: *idx,
                    value: 1,
                })
                .collect(),
        };
        let made = |idxs: &[u64]| Delta::new(URI.to_owned(), 0, step(idxs), [0; 32]);
        assert!(made(&[1, 2]).is_ok());
        assert!(made(&[2, 1]).is_err());
        assert!(made(&[1, 1]).is_err());
        assert!(made(&[u64::MAX]).is_err());
    }

    proptest! {
        #[test]
        fn coded_changes_read_back(
            changes in prop::collection::btree_map(0_u64..1 << 40, 0_u8..4, 0..200),
        ) {
            let changes: Vec<Change> = changes
                .into_iter()
                .map(|(idx, value)| Change { idx, value })
                .collect();
            prop_assert_eq!(decoded(&coded(&changes)).unwrap(), changes);
        }

        #[test]
        fn accepted_bytes_are_those_that_are_written(bytes: Vec<u8>) {
            if let Some(changes) = decoded(&bytes) {
                prop_assert_eq!(coded(&changes), bytes);
            }
        }
    }
}

//! What stands at the end of the newest segment: nothing, a tear, or damage.
//!
//! Invariant: after the table in `docs/journal-format.md`; what the table does not name is damage.

use super::record::{HEADER_BYTES, Header};
use std::fs::File;
use std::io::Result;
use std::os::unix::fs::FileExt as _;

/// Bytes looked at in one go; a multiple of a sector.
const WINDOW: usize = 1 << 20;
const SECTOR: u64 = 512;
/// The length of the end mark.
const MARK_BYTES: u64 = 4;

/// What stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tail {
    /// Zeros.
    Nothing,
    /// Part of an append that never finished.
    Tear {
        /// The last byte that is not zero.
        last: u64,
    },
    /// A whole record without the end of its end mark, then zeros.
    MarkMissing,
    /// Anything else.
    Damage {
        /// The last byte that is not zero.
        last: u64,
    },
}

/// A record that is not whole.
pub struct Broken {
    /// Where it starts.
    pub start: u64,
    /// Its length where its header holds, and the length of a header otherwise.
    pub extent: u64,
    /// Its number.
    pub seq: u64,
    /// Whether all that is missing is the end of its end mark.
    pub only_mark: bool,
}

/// Judges the bytes from a record on that is not whole.
pub fn judge(file: &File, broken: &Broken, length: u64) -> Result<Tail> {
    let &Broken {
        start,
        extent,
        seq,
        only_mark,
    } = broken;
    let Some(last) = last_byte(file, start, length)? else {
        return Ok(Tail::Nothing);
    };
    let end = start.saturating_add(extent);
    let header_held = extent > HEADER_BYTES as u64;
    let before = if header_held {
        end.saturating_sub(MARK_BYTES)
    } else {
        end
    };
    if only_mark && last < end {
        return Ok(Tail::MarkMissing);
    }
    if last < before {
        return Ok(Tail::Tear { last });
    }
    if blank_sector(file, start, end)? && !later_group(file, start, length, seq)? {
        return Ok(Tail::Tear { last });
    }
    Ok(Tail::Damage { last })
}

/// The last byte from `start` on that is not zero.
fn last_byte(file: &File, start: u64, length: u64) -> Result<Option<u64>> {
    let mut window = vec![0_u8; WINDOW];
    let mut end = length;
    while end > start {
        let from = end.saturating_sub(WINDOW as u64).max(start);
        let wanted = usize::try_from(end.saturating_sub(from)).unwrap_or(WINDOW);
        let Some(part) = window.get_mut(..wanted) else {
            break;
        };
        file.read_exact_at(part, from)?;
        if let Some(place) = part.iter().rposition(|byte| *byte != 0) {
            return Ok(Some(from.saturating_add(place as u64)));
        }
        end = from;
    }
    Ok(None)
}

/// Whether some sector, cut to the bytes from `start` to `end`, is all zeros.
fn blank_sector(file: &File, start: u64, end: u64) -> Result<bool> {
    let mut sector = [0_u8; SECTOR as usize];
    let mut from = start;
    while from < end {
        let until = from.saturating_add(1).next_multiple_of(SECTOR).min(end);
        let wanted = usize::try_from(until.saturating_sub(from)).unwrap_or(0);
        let Some(part) = sector.get_mut(..wanted) else {
            break;
        };
        file.read_exact_at(part, from)?;
        if part.iter().all(|byte| *byte == 0) {
            return Ok(true);
        }
        from = until;
    }
    Ok(false)
}

/// Whether a header that holds and cannot be of the append cut short stands after `start`: it is of
/// a group after `seq`, or of a record before the one that begins at `start`.
fn later_group(file: &File, start: u64, length: u64, seq: u64) -> Result<bool> {
    let mut window = vec![0_u8; WINDOW];
    let mut from = start.saturating_add(8);
    while from.saturating_add(HEADER_BYTES as u64) <= length {
        let wanted = usize::try_from(length.saturating_sub(from))
            .unwrap_or(WINDOW)
            .min(WINDOW);
        let Some(part) = window.get_mut(..wanted) else {
            break;
        };
        file.read_exact_at(part, from)?;
        let later = (0..part.len()).step_by(8).any(|place| {
            let bytes = part.get(place..).and_then(|rest| rest.first_chunk());
            bytes.is_some_and(|bytes| {
                bytes.first() == Some(&b'M')
                    && Header::parse(bytes)
                        .is_ok_and(|header| header.group > seq || header.seq <= seq)
            })
        });
        if later {
            return Ok(true);
        }
        // The windows overlap by a header, so that none is missed between two of them.
        from = from.saturating_add((WINDOW - HEADER_BYTES) as u64);
    }
    Ok(false)
}

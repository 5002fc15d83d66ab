//! What a folder of segments holds: found by walking headers, with the newest group read in full.
//!
//! Invariant: nothing is changed here; [`scan`] says what is whole and what an append that was cut
//! short left behind (the rule is in `docs/journal-format.md`, "A tear, or damage?").
//! Refuses: everything that neither an append nor an interrupted append could have left.

use super::read::{Fault, Window};
use super::record::{Chain, END_MARK, HEADER_BYTES, Header, genesis};
use super::{segment_first, segment_name};
use crate::disk::Disk;
use app::ports::JournalError;
use std::io;
use std::path::Path;

/// What disks write all of or nothing of.
const SECTOR_BYTES: u64 = 512;

/// One segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    /// Number of its first record.
    pub(crate) first: u64,
    /// Chain hash before its first record.
    pub(crate) previous: Chain,
}

/// What is whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Index {
    pub(crate) segments: Vec<Segment>,
    /// How many records there are.
    pub(crate) len: u64,
    /// Chain hash of the last of them.
    pub(crate) chain: Chain,
    /// Where free space starts in the newest segment.
    pub(crate) end: u64,
    /// Bytes of the newest segment's file.
    pub(crate) size: u64,
}

/// What an interrupted append left behind the whole records, in the newest segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Remains {
    /// Nothing.
    None,
    /// A record that only lacks (part of) its end mark, to be written here.
    MarkAt(u64),
    /// Bytes to be overwritten with zeros, from the end of what is whole up to here.
    TearUntil(u64),
}

struct Walk {
    seq: u64,
    chain: Chain,
    offset: u64,
}

/// Walks a folder.
pub(crate) fn scan(disk: &dyn Disk, folder: &Path) -> Result<(Index, Remains), JournalError> {
    let firsts = firsts(disk, folder)?;
    let (mut index, mut remains) = (Index::empty(), Remains::None);
    for (place, &first) in firsts.iter().enumerate() {
        let newest = place.saturating_add(1) == firsts.len();
        let walked = |window: &mut Window, walk: &mut Walk| segment(window, walk, newest);
        remains = index.take_in(disk, folder, first, walked)?;
    }
    Ok((index, remains))
}

/// Walks the first `len` records, which are durable; whatever follows them, which may be written at
/// this moment, is not looked at.
pub(crate) fn scan_until(disk: &dyn Disk, folder: &Path, len: u64) -> Result<Index, JournalError> {
    let mut index = Index::empty();
    for first in firsts(disk, folder)? {
        if index.len >= len {
            break;
        }
        let walked = |window: &mut Window, walk: &mut Walk| {
            let mut group = Walk { ..*walk };
            headers(window, walk, &mut group, len)
        };
        index.take_in(disk, folder, first, walked)?;
    }
    if index.len < len {
        let what = "durable records are missing";
        return Err(error(
            Fault::Bad {
                at: index.end,
                what,
            },
            index.len,
            folder,
        ));
    }
    Ok(index)
}

/// The numbers that segments begin with, in order.
fn firsts(disk: &dyn Disk, folder: &Path) -> Result<Vec<u64>, JournalError> {
    let names = disk.names(folder);
    let names = names.map_err(|error| io_error(&error, folder))?;
    let mut firsts: Vec<u64> = names
        .iter()
        .filter_map(|name| segment_first(name))
        .collect();
    firsts.sort_unstable();
    Ok(firsts)
}

impl Index {
    fn empty() -> Self {
        Self {
            segments: Vec::new(),
            len: 0,
            chain: genesis(),
            end: 0,
            size: 0,
        }
    }

    /// Adds a segment, as far as it is walked.
    fn take_in<T>(
        &mut self,
        disk: &dyn Disk,
        folder: &Path,
        first: u64,
        walked: impl FnOnce(&mut Window, &mut Walk) -> Result<T, Fault>,
    ) -> Result<T, JournalError> {
        let path = folder.join(segment_name(first));
        if first != self.len {
            let what = "records before this segment are missing";
            return Err(error(Fault::Bad { at: 0, what }, self.len, &path));
        }
        self.segments.push(Segment {
            first,
            previous: self.chain,
        });
        let mut walk = Walk {
            seq: self.len,
            chain: self.chain,
            offset: 0,
        };
        let found = Window::open(disk, &path)
            .map_err(Fault::from)
            .and_then(|mut window| {
                self.size = window.size();
                walked(&mut window, &mut walk)
            })
            .map_err(|fault| error(fault, walk.seq, &path))?;
        (self.len, self.chain, self.end) = (walk.seq, walk.chain, walk.offset);
        Ok(found)
    }
}

/// Walks one segment to its end; leaves `walk` behind the last whole record.
fn segment(window: &mut Window, walk: &mut Walk, newest: bool) -> Result<Remains, Fault> {
    let mut group = Walk { ..*walk };
    let stop = headers(window, walk, &mut group, u64::MAX);
    if !newest {
        stop?;
        return match window.last_written(walk.offset)? {
            None => Ok(Remains::None),
            Some(at) => Err(Fault::Bad {
                at,
                what: "something is written in free space",
            }),
        };
    }
    // The newest group alone may be unacknowledged: its bodies need not have reached the disk.
    let until = walk.offset;
    *walk = group;
    let stop = bodies(window, walk, until).and(stop);
    remains(window, walk, stop)
}

/// Walks headers and trailers; notes where the last group begins.
fn headers(
    window: &mut Window,
    walk: &mut Walk,
    group: &mut Walk,
    until: u64,
) -> Result<(), Fault> {
    while walk.seq < until {
        let front = window.at(walk.offset, HEADER_BYTES)?;
        if front.iter().all(|byte| *byte == 0) {
            return Ok(());
        }
        let header = window.header(walk.offset, walk.seq, &walk.chain)?;
        if header.group == header.seq {
            *group = Walk { ..*walk };
        }
        let trailer = window.trailer(walk.offset, &header)?;
        if trailer.mark != END_MARK {
            return Err(Fault::Bad {
                at: walk.offset,
                what: "the end mark is not one",
            });
        }
        walk.seq = walk.seq.saturating_add(1);
        walk.chain = trailer.chain;
        walk.offset = walk.offset.saturating_add(header.record_len());
    }
    Ok(())
}

fn bodies(window: &mut Window, walk: &mut Walk, until: u64) -> Result<(), Fault> {
    while walk.offset < until {
        let whole = window.record(walk.offset, walk.seq, &walk.chain)?;
        walk.seq = walk.seq.saturating_add(1);
        walk.chain = whole.chain;
        walk.offset = walk.offset.saturating_add(whole.record_len);
    }
    Ok(())
}

/// Tells the end of the journal, a tear and damage apart.
fn remains(window: &mut Window, walk: &Walk, stop: Result<(), Fault>) -> Result<Remains, Fault> {
    if let Err(Fault::Io(error)) = stop {
        return Err(Fault::Io(error));
    }
    let from = walk.offset;
    let Some(last) = window.last_written(from)? else {
        return Ok(Remains::None);
    };
    let header = Header::parse(window.at(from, HEADER_BYTES)?);
    let extent = header.map_or(HEADER_BYTES, |header| header.record_len());
    let extent_end = from.saturating_add(extent).min(window.size());
    let mark_at = header.map(|_| extent_end.saturating_sub(4));
    // The walk of headers does not know how much of the record holds; this does.
    let fault = window.record(from, walk.seq, &walk.chain).err();
    if let Some(Fault::MarkCut { record_len }) = fault
        && last < from.saturating_add(record_len)
    {
        return Ok(Remains::MarkAt(extent_end.saturating_sub(4)));
    }
    let stops = last < mark_at.unwrap_or(extent_end);
    if stops || (sector_missing(window, from, extent_end)? && !later_group(window, walk)?) {
        return Ok(Remains::TearUntil(last.saturating_add(1)));
    }
    Err(match fault {
        Some(Fault::Bad { at, what }) => Fault::Bad { at, what },
        Some(Fault::Io(error)) => Fault::Io(error),
        Some(Fault::MarkCut { .. }) | None => Fault::Bad {
            at: from,
            what: "the end mark is not one",
        },
    })
}

fn sector_missing(window: &mut Window, from: u64, until: u64) -> io::Result<bool> {
    let mut at = from;
    while at < until {
        let next = at
            .saturating_add(1)
            .next_multiple_of(SECTOR_BYTES)
            .min(until);
        if window
            .at(at, next.saturating_sub(at))?
            .iter()
            .all(|byte| *byte == 0)
        {
            return Ok(true);
        }
        at = next;
    }
    Ok(false)
}

/// Whether an append that began after this record's left anything: then this record was durable.
fn later_group(window: &mut Window, walk: &Walk) -> io::Result<bool> {
    let mut at = walk.offset.saturating_add(8);
    while at < window.size() {
        let header = Header::parse(window.at(at, HEADER_BYTES)?);
        if header.is_some_and(|header| header.group > walk.seq) {
            return Ok(true);
        }
        at = at.saturating_add(8);
    }
    Ok(false)
}

/// A fault in the words of the port.
pub(crate) fn error(fault: Fault, seq: u64, path: &Path) -> JournalError {
    let damaged = |at: u64, what| JournalError::Damaged {
        seq,
        place: format!("`{}`, byte {at}", path.display()),
        what,
    };
    match fault {
        Fault::Bad { at, what } => damaged(at, what),
        Fault::MarkCut { .. } => damaged(0, "the end mark is not one"),
        Fault::Io(error) => io_error(&error, path),
    }
}

/// The operating system's answer in the words of the port.
pub(crate) fn io_error(error: &io::Error, path: &Path) -> JournalError {
    if crate::disk::is_full(error) {
        return JournalError::Full;
    }
    JournalError::Io(format!("`{}`: {error}", path.display()))
}

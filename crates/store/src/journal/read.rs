//! Reading records: one at a time, each verified against its checksum and the chain.
//!
//! Invariant: a record handed out is byte for byte what was appended, or the stream ends in an
//! error that names it. Refuses: to go on after an error.

use super::record::{Chain, END_MARK, HEADER_BYTES, Header, TRAILER_BYTES, Trailer};
use super::scan::Index;
use crate::disk::{Access, Disk, DiskFile};
use app::ports::{JournalError, Record};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How much is read ahead, and the largest record read through the window.
const WINDOW_BYTES: u64 = 64 << 10;

/// Why a record cannot be had.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The bytes are not what was written.
    Bad { at: u64, what: &'static str },
    /// All holds but the end mark, of which the rest is zero.
    MarkCut { record_len: u64 },
    /// The operating system's answer.
    Io(io::Error),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// A record and what vouches for it.
pub(crate) struct Whole {
    pub(crate) record: Record,
    pub(crate) chain: Chain,
    pub(crate) record_len: u64,
}

/// An open segment with a piece of it in memory.
pub(crate) struct Window {
    file: Arc<dyn DiskFile>,
    size: u64,
    start: u64,
    bytes: Vec<u8>,
}

impl Window {
    pub(crate) fn open(disk: &dyn Disk, path: &Path) -> io::Result<Self> {
        let file = disk.open(path, Access::Read)?;
        let size = file.size()?;
        Ok(Self {
            file,
            size,
            start: 0,
            bytes: Vec::new(),
        })
    }

    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// Up to `length` bytes at a place; fewer only at the end of the file.
    pub(crate) fn at(&mut self, offset: u64, length: u64) -> io::Result<&[u8]> {
        let length = length.min(self.size.saturating_sub(offset));
        let held = self.start.saturating_add(to_u64(self.bytes.len()));
        if offset < self.start || offset.saturating_add(length) > held {
            let ahead = length
                .max(WINDOW_BYTES)
                .min(self.size.saturating_sub(offset));
            self.bytes.resize(to_usize(ahead)?, 0);
            self.start = offset;
            if let Err(error) = self.file.read_at(&mut self.bytes, offset) {
                self.bytes.clear();
                let size = self.file.size()?;
                if error.kind() == io::ErrorKind::UnexpectedEof && size < self.size {
                    // Whoever appends has cut the full segment to its records.
                    self.size = size;
                    return self.at(offset, length);
                }
                return Err(error);
            }
        }
        let from = to_usize(offset.saturating_sub(self.start))?;
        let held = self.bytes.get(from..).unwrap_or_default();
        Ok(held.get(..to_usize(length)?).unwrap_or_default())
    }

    /// The last byte that is not zero, from a place on.
    pub(crate) fn last_written(&mut self, from: u64) -> io::Result<Option<u64>> {
        const STEP: u64 = WINDOW_BYTES;
        static ZEROS: [u8; STEP as usize] = [0; STEP as usize];
        let (mut offset, mut last) = (from, None);
        while offset < self.size {
            let piece = self.at(offset, STEP)?;
            let length = to_u64(piece.len());
            if ZEROS.get(..piece.len()) != Some(piece)
                && let Some(place) = piece.iter().rposition(|byte| *byte != 0)
            {
                last = Some(offset.saturating_add(to_u64(place)));
            }
            offset = offset.saturating_add(length.max(1));
        }
        Ok(last)
    }

    /// The header at a place, if it holds there for this number and chain.
    pub(crate) fn header(&mut self, at: u64, seq: u64, chain: &Chain) -> Result<Header, Fault> {
        let bad = |what| Fault::Bad { at, what };
        let header =
            Header::parse(self.at(at, HEADER_BYTES)?).ok_or(bad("the header is not one"))?;
        if header.seq != seq {
            return Err(bad("the record has another number"));
        }
        if header.previous != *chain {
            return Err(bad("the record does not follow from the one before"));
        }
        if header.record_len() > self.size.saturating_sub(at) {
            return Err(bad("the record reaches past the end of the file"));
        }
        Ok(header)
    }

    /// The trailer of the record at a place.
    pub(crate) fn trailer(&mut self, at: u64, header: &Header) -> Result<Trailer, Fault> {
        let at = at.saturating_add(header.trailer_at());
        let bytes = self.at(at, TRAILER_BYTES)?;
        Trailer::parse(bytes).ok_or(Fault::Bad {
            at,
            what: "the trailer is missing",
        })
    }

    /// The record at a place, verified to its last byte.
    pub(crate) fn record(&mut self, at: u64, seq: u64, chain: &Chain) -> Result<Whole, Fault> {
        let header = self.header(at, seq, chain)?;
        let body_at = at.saturating_add(HEADER_BYTES);
        let (leaf, sealed) = self.body(body_at, &header)?;
        let padding_at = body_at.saturating_add(header.body_len());
        if self
            .at(padding_at, header.padding())?
            .iter()
            .any(|byte| *byte != 0)
        {
            return Err(Fault::Bad {
                at: padding_at,
                what: "the padding is not zero",
            });
        }
        let stored = self.trailer(at, &header)?;
        let trailer_at = at.saturating_add(header.trailer_at());
        let mut bytes = Vec::new();
        let wanted = Trailer::of(&header.put(&mut bytes), &leaf, &sealed);
        if stored.body_crc != wanted.body_crc {
            return Err(Fault::Bad {
                at: body_at,
                what: "the checksum of the body does not hold",
            });
        }
        if stored.chain != wanted.chain {
            return Err(Fault::Bad {
                at: trailer_at,
                what: "the chain hash does not hold",
            });
        }
        let record_len = header.record_len();
        if stored.mark != END_MARK {
            let kept = stored
                .mark
                .iter()
                .zip(END_MARK)
                .take_while(|(byte, mark)| *byte == mark);
            return Err(match stored.mark.get(kept.count()..) {
                Some(rest) if rest.iter().all(|byte| *byte == 0) => Fault::MarkCut { record_len },
                _ => Fault::Bad {
                    at: trailer_at,
                    what: "the end mark is not one",
                },
            });
        }
        Ok(Whole {
            record: Record { leaf, sealed },
            chain: wanted.chain,
            record_len,
        })
    }

    fn body(&mut self, at: u64, header: &Header) -> Result<(Vec<u8>, Vec<u8>), Fault> {
        let leaf_len = to_usize(header.leaf_len.into())?;
        let sealed_at = at.saturating_add(header.leaf_len.into());
        if header.body_len() <= WINDOW_BYTES {
            let body = self.at(at, header.body_len())?;
            let (leaf, sealed) = body.split_at_checked(leaf_len).unwrap_or((body, &[]));
            return Ok((leaf.to_vec(), sealed.to_vec()));
        }
        let mut leaf = vec![0; leaf_len];
        let mut sealed = vec![0; to_usize(header.sealed_len.into())?];
        self.file.read_at(&mut leaf, at)?;
        self.file.read_at(&mut sealed, sealed_at)?;
        Ok((leaf, sealed))
    }
}

/// Records in order, from one on to the end that was known when reading began.
pub(crate) struct Records<'a> {
    disk: &'a dyn Disk,
    folder: &'a Path,
    index: &'a Index,
    window: Option<Window>,
    place: usize,
    offset: u64,
    seq: u64,
    chain: Chain,
    over: bool,
}

impl<'a> Records<'a> {
    /// Goes to a record; walks the headers of its segment only.
    pub(crate) fn from(
        disk: &'a dyn Disk,
        folder: &'a Path,
        index: &'a Index,
        seq: u64,
    ) -> Result<Self, JournalError> {
        let place = index
            .segments
            .partition_point(|segment| segment.first <= seq);
        let place = place.saturating_sub(1);
        let start = index.segments.get(place);
        let mut records = Self {
            disk,
            folder,
            index,
            window: None,
            place,
            offset: 0,
            seq: start.map_or(0, |segment| segment.first),
            chain: start.map_or_else(super::record::genesis, |segment| segment.previous),
            over: seq >= index.len,
        };
        while !records.over && records.seq < seq {
            records.step_over().map_err(|fault| records.error(fault))?;
        }
        Ok(records)
    }

    fn path(&self) -> PathBuf {
        let first = self
            .index
            .segments
            .get(self.place)
            .map_or(0, |segment| segment.first);
        self.folder.join(super::segment_name(first))
    }

    fn error(&self, fault: Fault) -> JournalError {
        super::scan::error(fault, self.seq, &self.path())
    }

    /// Opens the segment that the next record is in.
    fn enter(&mut self) -> Result<&mut Window, Fault> {
        let next = self.place.saturating_add(1);
        if self
            .index
            .segments
            .get(next)
            .is_some_and(|segment| segment.first == self.seq)
        {
            (self.place, self.offset, self.window) = (next, 0, None);
        }
        let window = match self.window.take() {
            Some(window) => window,
            None => Window::open(self.disk, &self.path())?,
        };
        Ok(self.window.insert(window))
    }

    fn step_over(&mut self) -> Result<(), Fault> {
        self.enter()?;
        let (offset, seq, chain) = (self.offset, self.seq, self.chain);
        let window = self.enter()?;
        let header = window.header(offset, seq, &chain)?;
        self.chain = window.trailer(offset, &header)?.chain;
        self.advance(header.record_len());
        Ok(())
    }

    fn read(&mut self) -> Result<Record, Fault> {
        self.enter()?;
        let (offset, seq, chain) = (self.offset, self.seq, self.chain);
        let whole = self.enter()?.record(offset, seq, &chain)?;
        if seq.saturating_add(1) == self.index.len && whole.chain != self.index.chain {
            return Err(Fault::Bad {
                at: offset,
                what: "the record is not the one that was appended",
            });
        }
        self.chain = whole.chain;
        self.advance(whole.record_len);
        Ok(whole.record)
    }

    fn advance(&mut self, record_len: u64) {
        self.offset = self.offset.saturating_add(record_len);
        self.seq = self.seq.saturating_add(1);
    }
}

impl Iterator for Records<'_> {
    type Item = Result<Record, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over || self.seq >= self.index.len {
            return None;
        }
        let read = self.read().map_err(|fault| self.error(fault));
        self.over = read.is_err();
        Some(read)
    }
}

pub(crate) fn to_u64(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

pub(crate) fn to_usize(length: u64) -> io::Result<usize> {
    usize::try_from(length).map_err(|_| io::Error::from(io::ErrorKind::FileTooLarge))
}

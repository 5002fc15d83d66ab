//! Reads a journal from its files, after `docs/journal-format.md` and nothing else.
//!
//! Owns the order of segments and records. Invariant: what [`Reader::next`] gives is whole, in its
//! place, and chained to the record before. Holds one record in memory. Refuses to repair.

mod record;
mod tail;

pub use record::{HEADER_BYTES, Record, genesis_chain};

use crate::report::{Fault, Place};
use record::{Flaw, Header};
use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::{Path, PathBuf};
use tail::{Broken, Tail};

/// Bytes read ahead.
const BUFFER_BYTES: usize = 1 << 20;
/// The name of a segment that is being prepared.
const SPARE: &str = "spare.tmp";

/// What to do about damage.
pub const DAMAGE_HELP: &str =
    "keep the disk as evidence; restore the journal from a copy that passes the audit";
const STRAY_HELP: &str = "find out who put it there, then move it away";
const READ_HELP: &str = "check that the file can be read, then run the audit again";

/// A segment file.
#[derive(Clone, Debug)]
pub struct Segment {
    path: PathBuf,
    name: String,
    first: u64,
    length: u64,
}

impl Segment {
    /// Its path below the audited directory, as reports show it.
    pub fn shown(&self) -> String {
        format!("journal/{}", self.name)
    }

    fn fault(&self, seq: u64, byte: u64, what: impl Into<String>) -> Fault {
        Fault::new(Place::Entry(seq), what, DAMAGE_HELP).at(&self.shown(), byte)
    }
}

struct Open {
    place: usize,
    input: BufReader<File>,
    at: u64,
}

/// A journal being read.
pub struct Reader {
    segments: Vec<Segment>,
    open: Option<Open>,
    next_segment: usize,
    seq: u64,
    group: u64,
    chain: [u8; 32],
    bytes: u64,
    notes: Vec<String>,
}

/// The segments of a journal in order, and what is beside them and should not be.
pub fn segments(dir: &Path) -> Result<(Vec<Segment>, Vec<Fault>), Fault> {
    let unreadable = |error: std::io::Error| {
        let place = Place::File("journal".to_owned());
        Fault::new(place, format!("cannot be read: {error}"), READ_HELP)
    };
    let mut found = Vec::new();
    let mut faults = Vec::new();
    for item in std::fs::read_dir(dir).map_err(unreadable)? {
        let item = item.map_err(unreadable)?;
        let name = item.file_name().to_string_lossy().into_owned();
        let meta = item.metadata().map_err(unreadable)?;
        if name == SPARE && meta.is_file() {
            continue;
        }
        match first_of(&name) {
            Some(first) if meta.is_file() => {
                found.push(Segment {
                    path: item.path(),
                    name,
                    first,
                    length: meta.len(),
                });
            }
            Some(_) | None => {
                let place = Place::File(format!("journal/{name}"));
                faults.push(Fault::new(
                    place,
                    "does not belong to the journal",
                    STRAY_HELP,
                ));
            }
        }
    }
    found.sort_by_key(|segment| segment.first);
    Ok((found, faults))
}

fn first_of(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(".seg")?;
    let plain = digits.len() == 20 && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}

impl Reader {
    /// Reads these segments from the first record on.
    pub fn new(segments: Vec<Segment>) -> Self {
        Self {
            segments,
            open: None,
            next_segment: 0,
            seq: 0,
            group: 0,
            chain: genesis_chain(),
            bytes: 0,
            notes: Vec::new(),
        }
    }

    /// How many records were read.
    pub const fn seq(&self) -> u64 {
        self.seq
    }

    /// How many bytes of records were read.
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How many bytes the segments have, free space included.
    pub fn bytes_total(&self) -> u64 {
        self.segments.iter().map(|segment| segment.length).sum()
    }

    /// What is worth knowing after the last record was read.
    pub fn take_notes(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notes)
    }

    /// Reads the next record; `false` at the end.
    pub fn next(&mut self, record: &mut Record) -> Result<bool, Fault> {
        loop {
            let Some(mut open) = self
                .open
                .take()
                .map_or_else(|| self.begin(), |o| Ok(Some(o)))?
            else {
                return Ok(false);
            };
            let got = self.read(&mut open, record)?;
            if got {
                self.open = Some(open);
                return Ok(true);
            }
        }
    }

    fn begin(&mut self) -> Result<Option<Open>, Fault> {
        let place = self.next_segment;
        let Some(segment) = self.segments.get(place) else {
            return Ok(None);
        };
        if segment.first != self.seq {
            let what = if segment.first > self.seq {
                format!(
                    "missing: the next segment begins with entry {}",
                    segment.first
                )
            } else {
                format!("stands in a segment named after entry {}", segment.first)
            };
            return Err(segment.fault(self.seq, 0, what));
        }
        let file = File::open(&segment.path).map_err(|error| unreadable(segment, &error))?;
        self.next_segment = place.saturating_add(1);
        let input = BufReader::with_capacity(BUFFER_BYTES, file);
        Ok(Some(Open {
            place,
            input,
            at: 0,
        }))
    }

    /// Reads one record of an open segment; `false` when the segment holds no more.
    fn read(&mut self, open: &mut Open, record: &mut Record) -> Result<bool, Fault> {
        let Some(segment) = self.segments.get(open.place).cloned() else {
            return Ok(false);
        };
        let left = segment.length.saturating_sub(open.at);
        let io = |error: std::io::Error| unreadable(&segment, &error);
        if left < HEADER_BYTES as u64 {
            return self.end_of(&segment, open).map(|()| false);
        }
        let mut bytes = [0_u8; HEADER_BYTES];
        open.input.read_exact(&mut bytes).map_err(io)?;
        let (flaw, extent) = match Header::parse(&bytes) {
            Err(flaw) => (flaw, HEADER_BYTES as u64),
            Ok(header) => {
                if header.record_bytes() > left {
                    return Err(segment.fault(self.seq, open.at, "ends after its file"));
                }
                self.in_place(&header, &segment)
                    .map_err(|flaw| flaw.fault(&segment, self.seq, open.at))?;
                record.fill(&bytes, &header, &mut open.input).map_err(io)?;
                match record.verify() {
                    Ok(chain) => {
                        self.took(&header, chain, record, open);
                        return Ok(true);
                    }
                    Err(flaw) => (flaw, header.record_bytes()),
                }
            }
        };
        self.not_whole(open, record, &bytes, (flaw, extent))
    }

    /// Judges a record that is not whole: the end, a tear, or damage.
    fn not_whole(
        &mut self,
        open: &mut Open,
        record: &mut Record,
        bytes: &[u8; HEADER_BYTES],
        (flaw, extent): (Flaw, u64),
    ) -> Result<bool, Fault> {
        let Some(segment) = self.segments.get(open.place).cloned() else {
            return Ok(false);
        };
        let newest = self.next_segment == self.segments.len();
        let io = |error: std::io::Error| unreadable(&segment, &error);
        let blank = *bytes == [0; HEADER_BYTES];
        if !newest && !blank {
            return Err(flaw.fault(&segment, self.seq, open.at));
        }
        let only_mark = flaw.only_mark_missing(record);
        let broken = Broken {
            start: open.at,
            extent,
            seq: self.seq,
            only_mark,
        };
        match tail::judge(open.input.get_ref(), &broken, segment.length).map_err(io)? {
            Tail::Nothing => Ok(false),
            Tail::Tear { last } if newest => {
                let (seq, from) = (self.seq, open.at);
                let file = segment.shown();
                self.notes.push(format!(
                    "an append of entry {seq} was cut short and never acknowledged: `{file}`, \
                     bytes {from} to {last}; the next opening clears them"
                ));
                Ok(false)
            }
            Tail::MarkMissing if newest => {
                let header =
                    Header::parse(bytes).map_err(|flaw| flaw.fault(&segment, self.seq, open.at))?;
                let chain = record.chain();
                self.notes.push(format!(
                    "entry {} is whole but its end mark is not written out; the next opening \
                     completes it",
                    self.seq
                ));
                self.took(&header, chain, record, open);
                Ok(true)
            }
            Tail::Tear { last } | Tail::Damage { last } if blank => {
                let what = "free space after the last record is not zero";
                Err(segment.fault(self.seq, last, what))
            }
            Tail::Tear { .. } | Tail::MarkMissing | Tail::Damage { .. } => {
                Err(flaw.fault(&segment, self.seq, open.at))
            }
        }
    }

    /// Whether a header that holds stands where it should.
    fn in_place(&self, header: &Header, segment: &Segment) -> Result<(), Flaw> {
        let begins = header.group == header.seq;
        let continues = header.group == self.group && self.seq > segment.first;
        if header.seq != self.seq {
            Err(Flaw::header(8, "carries the number of another record"))
        } else if !begins && !continues {
            Err(Flaw::header(16, "names a group that it cannot belong to"))
        } else if header.previous != self.chain {
            Err(Flaw::header(
                24,
                "does not follow the record before: the chain is broken",
            ))
        } else {
            Ok(())
        }
    }

    fn took(&mut self, header: &Header, chain: [u8; 32], record: &mut Record, open: &mut Open) {
        record.seq = self.seq;
        record.segment = open.place;
        record.start = open.at;
        self.chain = chain;
        self.group = header.group;
        self.seq = self.seq.saturating_add(1);
        open.at = open.at.saturating_add(header.record_bytes());
        self.bytes = self.bytes.saturating_add(header.record_bytes());
    }

    fn end_of(&self, segment: &Segment, open: &mut Open) -> Result<(), Fault> {
        let mut rest = Vec::new();
        open.input
            .read_to_end(&mut rest)
            .map_err(|error| unreadable(segment, &error))?;
        match rest.iter().position(|byte| *byte != 0) {
            None => Ok(()),
            Some(place) => {
                let byte = open.at.saturating_add(place as u64);
                Err(segment.fault(self.seq, byte, "bytes after the last record are not zero"))
            }
        }
    }
}

impl Flaw {
    fn fault(&self, segment: &Segment, seq: u64, start: u64) -> Fault {
        segment.fault(seq, start.saturating_add(self.byte), self.what)
    }
}

fn unreadable(segment: &Segment, error: &std::io::Error) -> Fault {
    Fault::new(
        Place::File(segment.shown()),
        format!("cannot be read: {error}"),
        READ_HELP,
    )
}

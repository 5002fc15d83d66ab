//! The report file `.mmr`: a CBOR sequence (RFC 8742) of signed parts.
//!
//! Owns: [`ReportWriter`], which counts rows into a spool before it signs, because every part says
//! of how many it is; and [`ReportReader`], which gives the parts back one at a time.
//! Invariant: neither holds more than one part in memory; the parts of a file are those of one
//! report, in order, none missing.
//! Refuses: bytes that are not a part, a part out of its place, and a file that ends early.

use crate::cose::{self, MAX_PART_BYTES, START, Sign1, Typ, UNPROTECTED};
use crate::error::Error;
use crate::part::{self, Head};
use crate::wire::Reader;
use domain::act::{PART_ROWS_MAX, REPORT_PARTS_MAX};
use domain::evidence::{EvidenceKind, EvidenceRow};
use domain::ids::{OrgId, ReportId};
use domain::time::Timestamp;
use ed25519_dalek::SigningKey;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};

/// What all parts of a report share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportHead {
    /// The ledger spoken to: its origin.
    pub ledger: String,
    /// The organisation that signs.
    pub org: OrgId,
    /// The report: 16 random bytes, chosen by the caller.
    pub report: ReportId,
    /// What every row states.
    pub kind: EvidenceKind,
    /// The legal duty or purpose under which the rows were collected.
    pub purpose: String,
    /// When it is signed.
    pub signed_at: Timestamp,
}

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// How many rows.
    pub rows: u64,
    /// How many parts.
    pub parts: u32,
}

/// Writes a report: rows go to a spool, then parts are signed and written.
pub struct ReportWriter<S: Read + Write + Seek> {
    head: ReportHead,
    spool: BufWriter<S>,
    start: u64,
    rows: u64,
    row: Vec<u8>,
}

impl<S: Read + Write + Seek> ReportWriter<S> {
    /// A writer that spools to `spool` from its present position; give an empty temporary file.
    pub fn new(head: ReportHead, mut spool: S) -> Result<Self, Error> {
        let start = spool.stream_position().map_err(|error| Error::io(&error))?;
        Ok(Self {
            head,
            spool: BufWriter::new(spool),
            start,
            rows: 0,
            row: Vec::new(),
        })
    }

    /// Adds a row.
    pub fn push(&mut self, row: &EvidenceRow) -> Result<(), Error> {
        let rows_max = u64::from(REPORT_PARTS_MAX).saturating_mul(PART_ROWS_MAX as u64);
        if self.rows >= rows_max {
            let limit = usize::try_from(rows_max).unwrap_or(usize::MAX);
            return Err(Error::Limit {
                what: "rows of a report",
                limit,
            });
        }
        self.row.clear();
        part::write_row(&mut self.row, row)?;
        let length = u16::try_from(self.row.len()).map_err(|_| Error::Limit {
            what: "bytes of a row",
            limit: usize::from(u16::MAX),
        })?;
        self.spool
            .write_all(&length.to_be_bytes())
            .map_err(|error| Error::io(&error))?;
        self.spool
            .write_all(&self.row)
            .map_err(|error| Error::io(&error))?;
        self.rows = self.rows.saturating_add(1);
        Ok(())
    }

    /// Signs the parts and writes them out. A report of no rows is refused.
    pub fn finish(self, key: &SigningKey, out: &mut impl Write) -> Result<Written, Error> {
        if self.rows == 0 {
            return Err(Error::Report {
                part: 0,
                what: "the report has no rows",
            });
        }
        let written = Written {
            rows: self.rows,
            parts: u32::try_from(self.rows.div_ceil(PART_ROWS_MAX as u64)).unwrap_or(u32::MAX),
        };
        let mut spool = self
            .spool
            .into_inner()
            .map_err(|error| Error::io(error.error()))?;
        spool
            .seek(SeekFrom::Start(self.start))
            .map_err(|error| Error::io(&error))?;
        let mut spool = BufReader::new(spool);
        let mut left = self.rows;
        let mut payload = Vec::new();
        for part in 0..written.parts {
            let rows = left.min(PART_ROWS_MAX as u64);
            left = left.saturating_sub(rows);
            payload.clear();
            let head = Head {
                ledger: &self.head.ledger,
                org: &self.head.org,
                report: self.head.report,
                part,
                parts: written.parts,
                kind: self.head.kind,
                purpose: &self.head.purpose,
                signed_at: self.head.signed_at,
            };
            part::write_head(&mut payload, &head, usize::try_from(rows).unwrap_or(0))?;
            copy_rows(&mut spool, &mut payload, rows).map_err(|error| Error::io(&error))?;
            let signed = cose::seal(Typ::Report, &payload, key)?;
            out.write_all(&signed).map_err(|error| Error::io(&error))?;
        }
        out.flush().map_err(|error| Error::io(&error))?;
        Ok(written)
    }
}

fn copy_rows(spool: &mut impl Read, payload: &mut Vec<u8>, rows: u64) -> io::Result<()> {
    for _ in 0..rows {
        let mut length = [0_u8; 2];
        spool.read_exact(&mut length)?;
        let length = u64::from(u16::from_be_bytes(length));
        if spool.by_ref().take(length).read_to_end(payload)? as u64 != length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(())
}

/// One part as it stands in a file: signed bytes, not verified.
#[derive(Clone, PartialEq, Eq)]
pub struct RawPart {
    /// Which part, from 0.
    pub index: u32,
    /// Of how many.
    pub parts: u32,
    /// The report.
    pub report: ReportId,
    /// The signed bytes, to be sent as they are.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for RawPart {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "RawPart({} {}/{})",
            self.report, self.index, self.parts
        )
    }
}

/// Reads the parts of a report file, one at a time.
pub struct ReportReader<R: Read> {
    input: BufReader<R>,
    next: u32,
    /// The report and its number of parts, once a part told.
    of: Option<(ReportId, u32)>,
    over: bool,
}

impl<R: Read> ReportReader<R> {
    /// A reader at the beginning of a report file.
    pub fn new(input: R) -> Self {
        Self {
            input: BufReader::new(input),
            next: 0,
            of: None,
            over: false,
        }
    }

    /// Goes on at part `index`, as after an interruption; those before are read and dropped.
    pub fn skip_to(&mut self, index: u32) -> Result<(), Error> {
        while self.next < index {
            match self.part()? {
                Some(_) => {}
                None => {
                    return Err(Error::Report {
                        part: index,
                        what: "there is no such part",
                    });
                }
            }
        }
        Ok(())
    }

    /// The next part; `None` after the last.
    pub fn part(&mut self) -> Result<Option<RawPart>, Error> {
        if self.over {
            return Ok(None);
        }
        let found = self.read_part();
        self.over = !matches!(found, Ok(Some(_)));
        found
    }

    fn read_part(&mut self) -> Result<Option<RawPart>, Error> {
        let fault = |what| Error::Report {
            part: self.next,
            what,
        };
        let Some(bytes) = read_item(&mut self.input, self.next)? else {
            return match self.of {
                Some((_, parts)) if self.next == parts => Ok(None),
                Some(_) => Err(fault("the file ends before its last part")),
                None => Err(fault("the file is empty")),
            };
        };
        let signed = Sign1::parse(&bytes)?;
        if signed.typ() != Typ::Report {
            return Err(fault("this is an act, not a report part"));
        }
        let payload = signed.payload();
        let head = part::decode_head(payload, &mut Reader::new(payload))?;
        let of = (head.report, head.parts);
        if *self.of.get_or_insert(of) != of {
            return Err(fault("it belongs to another report"));
        }
        if head.part != self.next || head.part >= head.parts {
            return Err(fault("it is not in its place"));
        }
        self.next = self.next.saturating_add(1);
        Ok(Some(RawPart {
            index: head.part,
            parts: head.parts,
            report: head.report,
            bytes,
        }))
    }
}

impl<R: Read> Iterator for ReportReader<R> {
    type Item = Result<RawPart, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.part().transpose()
    }
}

/// Reads one signed item, its length known from its own heads; `None` at the end of the input.
fn read_item(input: &mut impl Read, part: u32) -> Result<Option<Vec<u8>>, Error> {
    let mut item = Vec::new();
    match append(input, &mut item, 1)? {
        0 => return Ok(None),
        _ => append(input, &mut item, 1)?,
    };
    if item != START {
        return Err(Error::Report {
            part,
            what: "not a signed report part",
        });
    }
    append_string(input, &mut item, part)?;
    append(input, &mut item, 1)?;
    if item.last() != Some(&UNPROTECTED) {
        return Err(Error::Report {
            part,
            what: "the unprotected header is not empty",
        });
    }
    append_string(input, &mut item, part)?;
    append_string(input, &mut item, part)?;
    Ok(Some(item))
}

fn append_string(input: &mut impl Read, item: &mut Vec<u8>, part: u32) -> Result<(), Error> {
    let cut = || Error::Report {
        part,
        what: "the file ends within this part",
    };
    let fault = |what| Error::Report { part, what };
    if append(input, item, 1)? == 0 {
        return Err(cut());
    }
    let first = item.last().copied().unwrap_or_default();
    let extra = match first {
        0x40..=0x57 => 0,
        0x58 => 1,
        0x59 => 2,
        0x5a => 4,
        _ => return Err(fault("not a signed report part")),
    };
    let start = item.len();
    if append(input, item, extra)? as u64 != extra {
        return Err(cut());
    }
    let length = match extra {
        0 => u64::from(first & 0x1f),
        _ => item
            .get(start..)
            .unwrap_or_default()
            .iter()
            .fold(0_u64, |length, byte| length << 8 | u64::from(*byte)),
    };
    if length > MAX_PART_BYTES as u64 {
        return Err(Error::Limit {
            what: "bytes of a report part",
            limit: MAX_PART_BYTES,
        });
    }
    if append(input, item, length)? as u64 != length {
        return Err(cut());
    }
    Ok(())
}

fn append(input: &mut impl Read, item: &mut Vec<u8>, count: u64) -> Result<usize, Error> {
    input
        .by_ref()
        .take(count)
        .read_to_end(item)
        .map_err(|error| Error::io(&error))
}

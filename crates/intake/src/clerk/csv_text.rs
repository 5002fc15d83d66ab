//! CSV as spreadsheets write it (RFC 4180), read strictly and one row at a time.
//!
//! Invariant: memory holds one row; a quotation mark that is never closed costs its own row and no
//! other, because the lines after it are read again by themselves.
//! Refuses: quotation marks inside unquoted values or followed by text, and rows of other widths.

use super::column::{Column, ColumnWarning, Columns};
use super::fault::{Reason, RowError};
use super::{Cells, ROW_BYTES_MAX, Source};
use crate::error::Error;
use std::collections::VecDeque;
use std::io::{self, BufRead as _, BufReader, Read};

/// The most lines that one row with quoted line breaks may take.
const ROW_LINES_MAX: usize = 64;

const NOT_UTF8: Error = Error::File {
    what: "the file is not UTF-8",
    help: "save the file as UTF-8 (in Excel: «CSV UTF-8»; files in GBK or UTF-16 are not read)",
};

/// A CSV file behind its heading.
pub(super) struct Csv<R: Read> {
    lines: Lines<R>,
    mark: u8,
    columns: Vec<Option<Column>>,
    warnings: Vec<ColumnWarning>,
    record: Record,
    /// The row number of the line read last.
    number: u64,
}

impl<R: Read> Csv<R> {
    /// Reads the heading.
    pub(super) fn open(input: R, columns: &Columns) -> Result<Self, Error> {
        let mut csv = Self {
            lines: Lines::new(input),
            mark: b',',
            columns: Vec::new(),
            warnings: Vec::new(),
            record: Record::default(),
            number: 0,
        };
        let heading = csv.heading()?;
        csv.mark = match (heading.contains(&b'\t'), heading.contains(&b',')) {
            (true, false) => b'\t',
            _ => b',',
        };
        if csv.record.split(&heading, csv.mark) != Split::Whole {
            return Err(Error::File {
                what: "quotation marks in the heading do not match",
                help: "write the headings without quotation marks and line breaks",
            });
        }
        let headings = csv
            .record
            .texts()
            .collect::<Option<Vec<&str>>>()
            .ok_or(NOT_UTF8)?;
        (csv.columns, csv.warnings) = columns.resolve(headings.into_iter())?;
        Ok(csv)
    }

    fn heading(&mut self) -> Result<Vec<u8>, Error> {
        loop {
            let line = match self.lines.next().map_err(|error| Error::io(&error))? {
                Line::Full(line) => line,
                Line::TooLong => {
                    return Err(Error::Limit {
                        what: "bytes of the heading",
                        limit: ROW_BYTES_MAX,
                    });
                }
                Line::End => {
                    return Err(Error::File {
                        what: "the file is empty",
                        help: "give a file whose first row is the heading",
                    });
                }
            };
            self.number = self.number.saturating_add(1);
            let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&line).to_vec();
            if line.starts_with(b"\xff\xfe") || line.starts_with(b"\xfe\xff") {
                return Err(NOT_UTF8);
            }
            if line.starts_with(b"PK\x03\x04") {
                return Err(Error::File {
                    what: "this is a workbook, not CSV",
                    help: "name the file `.xlsx`, or save it as CSV UTF-8",
                });
            }
            if !line.iter().all(u8::is_ascii_whitespace) {
                return Ok(line);
            }
        }
    }

    /// Splits a line; where a quoted value goes on, takes further lines while they fit.
    fn record(&mut self, first: Vec<u8>) -> Result<(), Reason> {
        let mut whole = first;
        let mut taken: Vec<Line> = Vec::new();
        let fault = loop {
            match self.record.split(&whole, self.mark) {
                Split::Whole => match self.fits() {
                    Ok(()) => break None,
                    Err(reason) => break Some(reason),
                },
                Split::BadQuotes => break Some(Reason::Quotes),
                Split::Open if taken.len() >= ROW_LINES_MAX => break Some(Reason::Quotes),
                Split::Open => match self.lines.next() {
                    Ok(Line::Full(next)) if whole.len() <= ROW_BYTES_MAX => {
                        whole.push(b'\n');
                        whole.extend_from_slice(&next);
                        taken.push(Line::Full(next));
                    }
                    Ok(Line::Full(next)) => {
                        taken.push(Line::Full(next));
                        break Some(Reason::Quotes);
                    }
                    Ok(Line::TooLong) => {
                        taken.push(Line::TooLong);
                        break Some(Reason::Quotes);
                    }
                    Ok(Line::End) => break Some(Reason::Quotes),
                    Err(_) => break Some(Reason::Unreadable),
                },
            }
        };
        match fault {
            None => {
                self.lines.recycle(whole);
                Ok(())
            }
            Some(reason) => {
                let alone = taken.is_empty() || reason == Reason::Unreadable;
                let reason = if alone { reason } else { Reason::Quotes };
                self.lines.put_back(taken);
                Err(reason)
            }
        }
    }

    fn fits(&self) -> Result<(), Reason> {
        let (found, expected) = (self.record.ends.len(), self.columns.len());
        let spare_is_empty = self.record.fields().skip(expected).all(<[u8]>::is_empty);
        if found < expected || !spare_is_empty {
            return Err(Reason::Ragged { found, expected });
        }
        Ok(())
    }

    fn fill(&self, cells: &mut Cells) -> Result<(), RowError> {
        for (field, column) in self.record.fields().zip(&self.columns) {
            let Some(column) = column else { continue };
            let text = std::str::from_utf8(field)
                .map_err(|_| RowError::new(self.number, Some(*column), Reason::Encoding))?;
            cells.set(*column, text);
        }
        Ok(())
    }
}

impl<R: Read> Source for Csv<R> {
    fn row(&mut self, cells: &mut Cells) -> Option<Result<u64, RowError>> {
        loop {
            let line = match self.lines.next() {
                Ok(Line::End) => return None,
                Ok(line) => line,
                Err(_) => {
                    let number = self.number.saturating_add(1);
                    return Some(Err(RowError::new(number, None, Reason::Unreadable)));
                }
            };
            self.number = self.number.saturating_add(1);
            let fault = |reason| Some(Err(RowError::new(self.number, None, reason)));
            let Line::Full(line) = line else {
                return fault(Reason::TooLong(ROW_BYTES_MAX));
            };
            // A row of separators alone is what a spreadsheet writes for an empty row.
            if line
                .iter()
                .all(|byte| byte.is_ascii_whitespace() || *byte == self.mark)
            {
                self.lines.recycle(line);
                continue;
            }
            if let Err(reason) = self.record(line) {
                return Some(Err(RowError::new(self.number, None, reason)));
            }
            return Some(self.fill(cells).map(|()| self.number));
        }
    }

    fn warnings(&self) -> &[ColumnWarning] {
        &self.warnings
    }
}

/// How the splitting of a record ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Split {
    Whole,
    /// A quoted value goes on in the next line.
    Open,
    BadQuotes,
}

/// The values of one record, end to end.
#[derive(Debug, Default)]
struct Record {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Record {
    fn split(&mut self, line: &[u8], mark: u8) -> Split {
        self.bytes.clear();
        self.ends.clear();
        let mut rest = line;
        loop {
            let Some(quoted) = rest.strip_prefix(b"\"") else {
                let end = rest
                    .iter()
                    .position(|byte| *byte == mark)
                    .unwrap_or(rest.len());
                let (value, tail) = rest.split_at(end);
                if value.contains(&b'"') {
                    return Split::BadQuotes;
                }
                self.close(value);
                match tail.split_first() {
                    Some((_, tail)) => rest = tail,
                    None => return Split::Whole,
                }
                continue;
            };
            rest = quoted;
            loop {
                let Some(end) = rest.iter().position(|byte| *byte == b'"') else {
                    return Split::Open;
                };
                let (value, tail) = rest.split_at(end);
                self.bytes.extend_from_slice(value);
                let tail = tail.get(1..).unwrap_or_default();
                let Some(again) = tail.strip_prefix(b"\"") else {
                    rest = tail;
                    break;
                };
                self.bytes.push(b'"');
                rest = again;
            }
            self.close(&[]);
            match rest.split_first() {
                None => return Split::Whole,
                Some((next, tail)) if *next == mark => rest = tail,
                Some(_) => return Split::BadQuotes,
            }
        }
    }

    fn close(&mut self, value: &[u8]) {
        self.bytes.extend_from_slice(value);
        self.ends.push(self.bytes.len());
    }

    fn fields(&self) -> impl Iterator<Item = &[u8]> {
        let mut start = 0;
        self.ends.iter().map(move |end| {
            let field = self.bytes.get(start..*end).unwrap_or_default();
            start = *end;
            field
        })
    }

    fn texts(&self) -> impl Iterator<Item = Option<&str>> {
        self.fields().map(|field| std::str::from_utf8(field).ok())
    }
}

/// A line without its end.
pub(super) enum Line {
    Full(Vec<u8>),
    /// Longer than a row may be; dropped to its end.
    TooLong,
    End,
}

/// Lines of bounded length, some of which may be put back.
pub(super) struct Lines<R: Read> {
    input: BufReader<R>,
    pending: VecDeque<Line>,
    spare: Vec<u8>,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(input: R) -> Self {
        let input = BufReader::with_capacity(65_536, input);
        Self {
            input,
            pending: VecDeque::new(),
            spare: Vec::new(),
        }
    }

    pub(super) fn next(&mut self) -> io::Result<Line> {
        if let Some(line) = self.pending.pop_front() {
            return Ok(line);
        }
        let mut line = std::mem::take(&mut self.spare);
        line.clear();
        let room = (ROW_BYTES_MAX as u64).saturating_add(2);
        let read = self
            .input
            .by_ref()
            .take(room)
            .read_until(b'\n', &mut line)?;
        if read == 0 {
            return Ok(Line::End);
        }
        if line.pop_if(|byte| *byte == b'\n').is_none() && read as u64 == room {
            self.drop_line()?;
            return Ok(Line::TooLong);
        }
        line.pop_if(|byte| *byte == b'\r');
        Ok(Line::Full(line))
    }

    fn drop_line(&mut self) -> io::Result<()> {
        loop {
            let buffer = self.input.fill_buf()?;
            let (used, over) = match buffer.iter().position(|byte| *byte == b'\n') {
                Some(at) => (at.saturating_add(1), true),
                None => (buffer.len(), buffer.is_empty()),
            };
            self.input.consume(used);
            if over {
                return Ok(());
            }
        }
    }

    /// Gives a line's memory back for the next one.
    pub(super) fn recycle(&mut self, line: Vec<u8>) {
        self.spare = line;
    }

    fn put_back(&mut self, lines: Vec<Line>) {
        for line in lines.into_iter().rev() {
            self.pending.push_front(line);
        }
    }
}

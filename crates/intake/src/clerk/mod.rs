//! A clerk's file made into rows: CSV, XLSX or JSON.
//!
//! Owns: [`read_rows`] and what it yields. Invariant: every row of the file comes out once, as a
//! [`ClerkRow`] or as a [`RowError`] that names its row as the clerk sees it; one bad row never
//! hides the next. No error shows a name, a phone or a document number.
//! Refuses: guesses. What a row cannot mean in one way only is an error with a help line.
//! What a kind of evidence demands beyond the four columns of every row is the rule pack's matter.

mod column;
mod csv_text;
mod fault;
mod json;
mod shape;
mod time;
mod xlsx;

pub use column::{Column, ColumnWarning, Columns};
pub use fault::{Reason, RowError};

use crate::error::Error;
use domain::document::{Document, PersonKey};
use domain::evidence::{EvidenceKind, EvidenceRow};
use domain::ids::EvidenceId;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::io::Read;

/// The most rows in one file.
pub const FILE_ROWS_MAX: usize = 10_000_000;
/// The longest row, in bytes.
pub const ROW_BYTES_MAX: usize = 65_536;
/// The largest XLSX or JSON-array file, in bytes; CSV and JSON lines are streamed instead.
pub const WHOLE_FILE_BYTES_MAX: usize = 64 * 1_024 * 1_024;

/// How a clerk's file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Text with commas or tabs, UTF-8.
    Csv,
    /// A workbook; its first sheet counts.
    Xlsx,
    /// An array of objects.
    Json,
    /// One object a line.
    JsonLines,
}

impl Format {
    /// The format that a file's name tells.
    pub fn from_name(name: &str) -> Option<Self> {
        let (_, ending) = name.rsplit_once('.')?;
        match ending.to_ascii_lowercase().as_str() {
            "csv" | "tsv" | "txt" => Some(Self::Csv),
            "xlsx" => Some(Self::Xlsx),
            "json" => Some(Self::Json),
            "jsonl" | "ndjson" => Some(Self::JsonLines),
            _ => None,
        }
    }
}

/// Who a row is about, for the vault and for nothing else.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// The document.
    pub document: Document,
    /// The name, where the file has one.
    pub name: Option<String>,
    /// The phone, where the file has one: contact only, never a key.
    pub phone: Option<String>,
}

impl fmt::Debug for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Identity(..)")
    }
}

/// A good row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClerkRow {
    /// The row as the clerk sees it; a heading is row 1.
    pub number: u64,
    /// The statement.
    pub row: EvidenceRow,
    /// About whom, in the clear.
    pub identity: Identity,
}

/// The values of one row by column, reused from row to row.
#[derive(Debug)]
struct Cells(Vec<String>);

impl Cells {
    fn new() -> Self {
        Self(Column::ALL.iter().map(|_| String::new()).collect())
    }

    fn clear(&mut self) {
        self.0.iter_mut().for_each(String::clear);
    }

    fn set(&mut self, column: Column, value: &str) {
        if let Some(cell) = self.0.get_mut(column as usize) {
            cell.push_str(value);
        }
    }

    fn value(&self, column: Column) -> &str {
        self.0.get(column as usize).map_or("", |cell| cell.trim())
    }

    fn are_empty(&self) -> bool {
        self.0.iter().all(|cell| cell.trim().is_empty())
    }
}

/// Where rows come from.
trait Source {
    /// The next row's number, its values in `cells`; `None` at the end.
    fn row(&mut self, cells: &mut Cells) -> Option<Result<u64, RowError>>;
    /// Headings that mean nothing here.
    fn warnings(&self) -> &[ColumnWarning];
}

/// Opens a clerk's file. CSV and JSON lines are streamed; memory grows by some forty bytes a row,
/// to name repetitions.
pub fn read_rows<'a, R: Read + 'a>(
    input: R,
    format: Format,
    columns: &Columns,
    key: &'a PersonKey,
    kind: EvidenceKind,
) -> Result<Rows<'a>, Error> {
    let source: Box<dyn Source + 'a> = match format {
        Format::Csv => Box::new(csv_text::Csv::open(input, columns)?),
        Format::Xlsx => Box::new(xlsx::Sheet::open(whole(input)?, columns)?),
        Format::Json => Box::new(json::Array::open(&whole(input)?, columns)?),
        Format::JsonLines => Box::new(json::ObjectLines::open(input, columns.clone())),
    };
    let cells = Cells::new();
    Ok(Rows {
        source,
        cells,
        key,
        kind,
        seen: HashMap::new(),
        over: false,
    })
}

fn whole(input: impl Read) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let limit = WHOLE_FILE_BYTES_MAX;
    let room = (limit as u64).saturating_add(1);
    input
        .take(room)
        .read_to_end(&mut bytes)
        .map_err(|error| Error::io(&error))?;
    if bytes.len() > limit {
        return Err(Error::Limit {
            what: "bytes of a whole file; save it as CSV",
            limit,
        });
    }
    Ok(bytes)
}

/// The rows of a clerk's file, in order.
pub struct Rows<'a> {
    source: Box<dyn Source + 'a>,
    cells: Cells,
    key: &'a PersonKey,
    kind: EvidenceKind,
    /// The first row of each statement; only looked up, never walked.
    seen: HashMap<EvidenceId, u32>,
    over: bool,
}

impl Rows<'_> {
    /// Headings that mean nothing here, complete once the rows are read.
    pub fn warnings(&self) -> &[ColumnWarning] {
        self.source.warnings()
    }

    fn shape(&mut self, number: u64) -> Result<ClerkRow, RowError> {
        let good = shape::shape(number, &self.cells, self.key)?;
        let short = u32::try_from(number).unwrap_or(u32::MAX);
        match self.seen.entry(good.row.id(self.kind)) {
            Entry::Vacant(entry) => {
                entry.insert(short);
                Ok(good)
            }
            Entry::Occupied(entry) => {
                let first = u64::from(*entry.get());
                Err(RowError::new(number, None, Reason::Duplicate { first }))
            }
        }
    }
}

impl Iterator for Rows<'_> {
    type Item = Result<ClerkRow, RowError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        self.cells.clear();
        let next = match self.source.row(&mut self.cells) {
            None => None,
            Some(Err(error)) => Some(Err(error)),
            Some(Ok(number)) if self.seen.len() >= FILE_ROWS_MAX => {
                Some(Err(RowError::new(number, None, Reason::TooManyRows)))
            }
            Some(Ok(number)) => Some(self.shape(number)),
        };
        self.over = match &next {
            None => true,
            Some(Err(error)) => error.is_fatal(),
            Some(Ok(_)) => false,
        };
        next
    }
}

impl fmt::Debug for Rows<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Rows({})", self.kind)
    }
}

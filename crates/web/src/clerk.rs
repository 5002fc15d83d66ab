//! A clerk's file on its way to a report: read here, signed elsewhere.
//!
//! Owns the port that reads files ([`Clerk`]) and the drafts made of them, in memory until they are
//! pushed. Invariant: a draft says what its officer brought, and asks the record about nobody; the same
//! rows are the same report, so a file that was pushed in part goes on where it stopped; the bytes of a
//! part are the same however often they are asked for. Refuses: to hold the key that signs them.

use crate::Desk;
use crate::access::Granted;
use crate::acts;
use crate::problem::{Kind, Problem};
use crate::signin::staff;
use app::records::Records as _;
use domain::act::{PART_ROWS_MAX, ReportPart};
use domain::evidence::{EvidenceKind, EvidenceRow};
use domain::ids::{OfficerId, PublicKey, ReportId};
use domain::machine::{Cell, StatementFault, check_statement};
use domain::organisation::Organisation;
use domain::refusal::Code;
use domain::rules::{Contract, RuleBook};
use domain::time::{CHINA_OFFSET_S, Timestamp};
use sha2::{Digest as _, Sha256};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// The largest file that is read here, in bytes; a larger one is signed by `mingma report sign`.
pub const FILE_BYTES_MAX: usize = 8 * 1_024 * 1_024;
/// The most rows of such a file: ten parts.
pub const FILE_ROWS_MAX: usize = 10 * PART_ROWS_MAX;
/// Rows with a fault that are named one by one.
pub const FAULTS_MAX: usize = 200;
/// Rows of all drafts together; the oldest drafts make room.
const DRAFTS_ROWS_MAX: usize = 4 * FILE_ROWS_MAX;
/// Drafts at once.
const DRAFTS_MAX: usize = 256;
/// How often the same rows are sent as another report.
const AGAIN_MAX: u32 = 64;

/// A column by its headings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heading {
    /// The heading in English.
    pub word: &'static str,
    /// The heading in Chinese.
    pub zh: &'static str,
}

/// What is wrong with a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// It cannot be read: a stable word, and the number that belongs to it.
    Text(&'static str, Option<u64>),
    /// It can be read, and its contract does not allow it.
    Rule(Code),
}

/// A row that does not count, where and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowFault {
    /// The row as the clerk sees it.
    pub row: u64,
    /// The column at fault.
    pub heading: Option<Heading>,
    /// What is in the cell, masked where it is personal.
    pub value: Option<String>,
    /// Why.
    pub wrong: Wrong,
}

/// What a file has.
#[derive(Debug, Default)]
pub struct FileRows {
    /// The good rows, each with its number in the file.
    pub rows: Vec<(u64, EvidenceRow)>,
    /// The others; the first [`FAULTS_MAX`] of them.
    pub faults: Vec<RowFault>,
    /// How many others there are.
    pub faulty: u64,
    /// Headings that mean nothing here.
    pub left_out: Vec<String>,
}

impl FileRows {
    /// Puts a fault beside the others.
    pub fn fault(&mut self, fault: RowFault) {
        self.faulty = self.faulty.saturating_add(1);
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(fault);
        }
    }
}

/// Why a file cannot be read at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileFault {
    /// Its name does not tell how it is written.
    Format,
    /// A column that every file needs is not there.
    Missing(Heading),
    /// Two headings mean one column.
    Twice(Heading),
    /// It is damaged, empty, or written in another way.
    Unreadable,
    /// It has more rows than one may have here.
    TooMany,
}

/// Reads what clerks send, and writes what is to be signed.
pub trait Clerk: Send + Sync {
    /// Reads a file whose name has this ending.
    ///
    /// # Errors
    /// Why it cannot be read as a whole.
    fn read(&self, ending: &str, file: &[u8], kind: EvidenceKind) -> Result<FileRows, FileFault>;
    /// The column of a cell.
    fn heading(&self, cell: Cell) -> Heading;
    /// The columns that a contract demands, each with an example.
    fn template(
        &self,
        contract: &Contract,
        org: &Organisation,
        now: Timestamp,
    ) -> Vec<(Heading, String)>;
    /// A workbook of these lines, the first of them headings, in which every cell is text; none where
    /// they are beyond the limits of one.
    fn workbook(&self, lines: &[Vec<String>]) -> Option<Vec<u8>>;
    /// The bytes that the holder of a key signs for a part.
    ///
    /// # Errors
    /// The part is beyond the limits.
    fn to_sign(&self, part: &ReportPart, key: &PublicKey) -> Result<Vec<u8>, String>;
}

/// A report that is not signed yet.
pub(crate) struct Draft {
    officer: OfficerId,
    /// The body that is to sign it.
    pub(crate) org: Organisation,
    /// What its rows state.
    pub(crate) kind: EvidenceKind,
    /// The report, made of its rows.
    pub(crate) report: ReportId,
    /// The report that has the very same rows, and is on record whole.
    pub(crate) before: Option<ReportId>,
    /// What the file has.
    pub(crate) reading: FileRows,
    ledger: String,
    purpose: String,
    signed_at: Timestamp,
}

impl Draft {
    /// Of how many parts it is.
    pub(crate) fn parts(&self) -> u32 {
        let parts = self.reading.rows.len().div_ceil(PART_ROWS_MAX);
        u32::try_from(parts).unwrap_or(u32::MAX)
    }

    /// A part of it.
    pub(crate) fn part(&self, part: u32) -> Option<ReportPart> {
        let chunk = self.reading.rows.chunks(PART_ROWS_MAX).nth(part as usize)?;
        Some(ReportPart {
            ledger: self.ledger.clone(),
            org: self.org.id.clone(),
            report: self.report,
            part,
            parts: self.parts(),
            kind: self.kind,
            purpose: self.purpose.clone(),
            signed_at: self.signed_at,
            rows: chunk.iter().map(|(_, row)| row.clone()).collect(),
        })
    }

    /// The row of the file that is a row of the report, both from 1.
    pub(crate) fn file_row(&self, row: u32) -> Option<u64> {
        let at = (row as usize).checked_sub(1)?;
        self.reading.rows.get(at).map(|(number, _)| *number)
    }
}

/// The drafts, the oldest first; gone when the server stops: the same file makes the same report.
#[derive(Default)]
pub(crate) struct Drafts(Mutex<VecDeque<Arc<Draft>>>);

impl Drafts {
    fn keep(&self, draft: Arc<Draft>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|other| other.report != draft.report);
        kept.push_back(draft);
        let rows = |kept: &VecDeque<Arc<Draft>>| -> usize {
            let counts = kept.iter().map(|draft| draft.reading.rows.len());
            counts.fold(0, usize::saturating_add)
        };
        while kept.len() > DRAFTS_MAX || rows(&kept) > DRAFTS_ROWS_MAX {
            kept.pop_front();
        }
    }

    /// The draft of a report that an officer made.
    pub(crate) fn find(&self, report: ReportId, granted: &Granted) -> Option<Arc<Draft>> {
        let officer = &staff(granted).ok()?.officer.id;
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut own = kept.iter().filter(|draft| draft.officer == *officer);
        own.find(|draft| draft.report == report).cloned()
    }
}

/// What a clerk says of a file.
pub(crate) struct Sent {
    /// What its rows state.
    pub(crate) kind: EvidenceKind,
    /// The duty or purpose under which they were collected.
    pub(crate) purpose: String,
    /// How its name ends.
    pub(crate) ending: String,
}

/// The contract of a kind in the pack in force.
pub(crate) fn contract(book: &RuleBook, kind: EvidenceKind) -> Result<&Contract, Problem> {
    book.contract(kind).ok_or_else(|| Kind::FieldInvalid.into())
}

/// Reads a file and keeps a draft of it.
pub(crate) fn draft(
    desk: &Desk,
    granted: &Granted,
    sent: Sent,
    file: &[u8],
) -> Result<Result<Arc<Draft>, FileFault>, Problem> {
    let member = staff(granted)?;
    let pack = desk.setup.records.pack_at(u64::MAX);
    let pack = pack.ok_or(Kind::FieldInvalid)?;
    let contract = contract(pack.book(), sent.kind)?;
    let clerk = desk.setup.clerk.as_ref();
    let mut reading = match clerk.read(&sent.ending, file, sent.kind) {
        Ok(reading) => reading,
        Err(fault) => return Ok(Err(fault)),
    };
    let now = desk.setup.clock.now();
    by_contract(clerk, &member.org, contract, now, &mut reading);
    let (report, before) = name(desk, &member.org, &sent, &reading)?;
    let draft = Arc::new(Draft {
        officer: member.officer.id.clone(),
        org: member.org.clone(),
        kind: sent.kind,
        report,
        before,
        reading,
        ledger: acts::ledger(desk)?,
        purpose: sent.purpose,
        signed_at: now,
    });
    desk.drafts.keep(Arc::clone(&draft));
    Ok(Ok(draft))
}

/// Takes out the rows that their contract does not allow, whoever they are about.
fn by_contract(
    clerk: &dyn Clerk,
    org: &Organisation,
    contract: &Contract,
    now: Timestamp,
    reading: &mut FileRows,
) {
    let rows = std::mem::take(&mut reading.rows);
    for (number, row) in rows {
        match check_statement(now, org.division, contract, &row) {
            Ok(()) => reading.rows.push((number, row)),
            Err(fault) => reading.fault(RowFault {
                row: number,
                heading: Some(clerk.heading(fault.cell)),
                value: value(&row, &fault),
                wrong: Wrong::Rule(fault.code),
            }),
        }
    }
    reading.faults.sort_by_key(|fault| fault.row);
}

/// What is in a cell: places and times, which are nobody's.
fn value(row: &EvidenceRow, fault: &StatementFault) -> Option<String> {
    use domain::evidence::Field;
    let more = row.more.as_deref();
    let instant = match fault.cell {
        Cell::Division => return Some(row.division.to_string()),
        Cell::OccurredAt => Some(row.occurred_at),
        Cell::More(Field::From) => more.and_then(|more| more.from),
        Cell::More(Field::Until) => more.and_then(|more| more.until),
        Cell::Reference | Cell::More(_) => None,
    };
    instant.map(|instant| instant.local_text(CHINA_OFFSET_S))
}

/// The id of a report with these rows: the first of theirs that is not on record whole; and the one
/// before it, which is.
fn name(
    desk: &Desk,
    org: &Organisation,
    sent: &Sent,
    reading: &FileRows,
) -> Result<(ReportId, Option<ReportId>), Problem> {
    let mut hasher = Sha256::new();
    for text in [
        "mm-draft-v1",
        org.id.as_str(),
        sent.kind.word(),
        &sent.purpose,
    ] {
        hasher.update((text.len() as u64).to_be_bytes());
        hasher.update(text);
    }
    for (_, row) in &reading.rows {
        hasher.update(serde_json::to_vec(row).map_err(|_| Kind::Internal)?);
    }
    let mut before = None;
    for again in 0..AGAIN_MAX {
        let digest = hasher.clone().chain_update(again.to_be_bytes()).finalize();
        let half = digest.first_chunk().copied().unwrap_or_default();
        let report = ReportId::from_bytes(half);
        let record = desk.read(desk.setup.records.report(report))?;
        let is_whole = record.is_some_and(|record| record.entries.len() == record.parts as usize);
        if !is_whole {
            return Ok((report, before));
        }
        before = Some(report);
    }
    Err(Kind::FieldInvalid.into())
}

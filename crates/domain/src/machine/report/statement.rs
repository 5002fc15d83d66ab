//! What a row says about itself: place, time, form and columns, by its contract.
//!
//! Invariant: nothing on record is asked, so a clerk can be told before anything is signed, and learns
//! nothing about anybody; the machine asks the same functions when the row comes.

use crate::division::{DivisionCode, divisions};
use crate::evidence::{EvidenceRow, Field, MoreFields};
use crate::refusal::Code;
use crate::rules::Contract;
use crate::time::Timestamp;

/// A fact may be dated this far ahead of the ledger's clock.
const AHEAD_S_MAX: i64 = 300;

/// A cell of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// The division responsible.
    Division,
    /// When the fact happened.
    OccurredAt,
    /// The source's own number.
    Reference,
    /// A column that some kinds carry.
    More(Field),
}

/// Why a row cannot count, and where in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatementFault {
    /// Why.
    pub code: Code,
    /// The cell at fault.
    pub cell: Cell,
}

const fn fault(code: Code, cell: Cell) -> Result<(), StatementFault> {
    Err(StatementFault { code, cell })
}

/// Checks what a row says about itself, for a sender in a division.
///
/// # Errors
/// The first fault, with its cell.
pub fn check_statement(
    at: Timestamp,
    sender: DivisionCode,
    contract: &Contract,
    row: &EvidenceRow,
) -> Result<(), StatementFault> {
    let empty = MoreFields::default();
    let more = row.more.as_deref().unwrap_or(&empty);
    check_place(sender, row)?;
    check_form(at, contract, row, more)?;
    check_filled(contract, row, more)
}

pub(super) fn check_place(sender: DivisionCode, row: &EvidenceRow) -> Result<(), StatementFault> {
    match sender.contains(row.division) && divisions().find(row.division).is_some() {
        true => Ok(()),
        false => fault(Code::OutOfArea, Cell::Division),
    }
}

pub(super) fn check_form(
    at: Timestamp,
    contract: &Contract,
    row: &EvidenceRow,
    more: &MoreFields,
) -> Result<(), StatementFault> {
    let ahead = at.plus_s(AHEAD_S_MAX);
    let later = |instant: Option<Timestamp>| instant.is_some_and(|instant| instant > ahead);
    if row.occurred_at > ahead {
        return fault(Code::EvidenceFuture, Cell::OccurredAt);
    }
    for (instant, field) in [(more.from, Field::From), (more.until, Field::Until)] {
        if later(instant) {
            return fault(Code::EvidenceFuture, Cell::More(field));
        }
    }
    if at.seconds_since(row.occurred_at) > i64::from(contract.max_age_s) {
        return fault(Code::EvidenceStale, Cell::OccurredAt);
    }
    // One statement has one name: a blank more must not make an overturned one new.
    if row.reference.trim() != row.reference || row.reference.chars().any(char::is_control) {
        let code = match row.reference.trim().is_empty() {
            true => Code::FieldMissing,
            false => Code::Malformed,
        };
        return fault(code, Cell::Reference);
    }
    Ok(())
}

pub(super) fn check_filled(
    contract: &Contract,
    row: &EvidenceRow,
    more: &MoreFields,
) -> Result<(), StatementFault> {
    if row.reference.is_empty() {
        return fault(Code::FieldMissing, Cell::Reference);
    }
    let mut required = contract.required.iter();
    match required.find(|field| !more.has(**field)) {
        Some(field) => fault(Code::FieldMissing, Cell::More(*field)),
        None => Ok(()),
    }
}

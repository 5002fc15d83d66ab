//! Workbooks: the first sheet, its first filled row being the heading.
//!
//! Invariant: cells are read in order and only those of known columns are kept, so a cell far away
//! costs nothing. Refuses: a number of sixteen or more digits (a spreadsheet keeps fifteen), a
//! formula's error, and cells out of order.

use super::column::{Column, ColumnWarning, Columns};
use super::fault::{Reason, RowError};
use super::{Cells, Source};
use crate::error::Error;
use calamine::{DataRef, Reader as _, Xlsx};
use jiff::Unit;
use jiff::civil::DateTime;
use std::io::Cursor;
use std::panic::AssertUnwindSafe;

/// The most cells of a sheet that are looked at.
const CELLS_MAX: usize = 16_000_000;
/// The most headings.
const HEADINGS_MAX: usize = 256;
/// The least number that a spreadsheet does not keep digit by digit.
const INEXACT: f64 = 1e15;

const DAMAGED: Error = Error::File {
    what: "the workbook cannot be read",
    help: "open it, save it again as `.xlsx` without a password, or save it as CSV UTF-8",
};

type Kept = Vec<(Column, Result<String, Reason>)>;

/// A sheet behind its heading.
pub(super) struct Sheet {
    rows: std::vec::IntoIter<(u64, Kept)>,
    warnings: Vec<ColumnWarning>,
}

impl Sheet {
    /// Loads the first sheet.
    pub(super) fn open(bytes: Vec<u8>, columns: &Columns) -> Result<Self, Error> {
        // The library counts with the numbers of a damaged file and stops where they overflow; to
        // its caller that is a damaged file.
        let loaded = std::panic::catch_unwind(AssertUnwindSafe(|| Self::load(bytes, columns)));
        loaded.unwrap_or(Err(DAMAGED))
    }

    fn load(bytes: Vec<u8>, columns: &Columns) -> Result<Self, Error> {
        let mut workbook = Xlsx::new(Cursor::new(bytes)).map_err(|_| DAMAGED)?;
        let name = workbook.sheet_names().first().cloned().ok_or(DAMAGED)?;
        let mut cells = workbook
            .worksheet_cells_reader(&name)
            .map_err(|_| DAMAGED)?;
        let mut loader = Loader::new(columns);
        let mut count = 0_usize;
        while let Some(cell) = cells.next_cell().map_err(|_| DAMAGED)? {
            count = count.saturating_add(1);
            if count > CELLS_MAX {
                return Err(Error::Limit {
                    what: "cells of a sheet",
                    limit: CELLS_MAX,
                });
            }
            loader.take(cell.get_position(), cell.get_value())?;
        }
        loader.finish()
    }
}

impl Source for Sheet {
    fn row(&mut self, cells: &mut Cells) -> Option<Result<u64, RowError>> {
        loop {
            cells.clear();
            let (number, kept) = self.rows.next()?;
            for (column, value) in kept {
                match value {
                    Ok(text) => cells.set(column, &text),
                    Err(reason) => {
                        return Some(Err(RowError::new(number, Some(column), reason)));
                    }
                }
            }
            if !cells.are_empty() {
                return Some(Ok(number));
            }
        }
    }

    fn warnings(&self) -> &[ColumnWarning] {
        &self.warnings
    }
}

struct Loader<'a> {
    columns: &'a Columns,
    headings: Vec<(u32, String)>,
    /// What each heading means, once the heading is complete.
    known: Option<Vec<(u32, Column)>>,
    warnings: Vec<ColumnWarning>,
    rows: Vec<(u64, Kept)>,
    last: Option<(u32, u32)>,
}

impl<'a> Loader<'a> {
    fn new(columns: &'a Columns) -> Self {
        Self {
            columns,
            headings: Vec::new(),
            known: None,
            warnings: Vec::new(),
            rows: Vec::new(),
            last: None,
        }
    }

    fn take(&mut self, place: (u32, u32), value: &DataRef<'_>) -> Result<(), Error> {
        if self.last.is_some_and(|last| place <= last) {
            return Err(DAMAGED);
        }
        let (row, at) = place;
        let next_row = self.last.is_some_and(|(last, _)| last != row);
        self.last = Some(place);
        if matches!(value, DataRef::Empty) {
            return Ok(());
        }
        if self.known.is_none() && next_row && !self.headings.is_empty() {
            self.resolve()?;
        }
        let Some(known) = &self.known else {
            if self.headings.len() >= HEADINGS_MAX {
                return Err(Error::Limit {
                    what: "headings",
                    limit: HEADINGS_MAX,
                });
            }
            self.headings.push((at, text(value).unwrap_or_default()));
            return Ok(());
        };
        let Some((_, column)) = known.iter().find(|(known, _)| *known == at) else {
            return Ok(());
        };
        let number = u64::from(row).saturating_add(1);
        let cell = (*column, text(value));
        match self.rows.last_mut() {
            Some((last, kept)) if *last == number => kept.push(cell),
            Some(_) | None => self.rows.push((number, vec![cell])),
        }
        Ok(())
    }

    fn resolve(&mut self) -> Result<(), Error> {
        let headings = self.headings.iter().map(|(_, heading)| heading.as_str());
        let (found, warnings) = self.columns.resolve(headings)?;
        let places = self.headings.iter().zip(found);
        let known = places.filter_map(|((at, _), column)| Some((*at, column?)));
        self.known = Some(known.collect());
        self.warnings = warnings;
        Ok(())
    }

    fn finish(mut self) -> Result<Sheet, Error> {
        if self.headings.is_empty() {
            return Err(Error::File {
                what: "the first sheet is empty",
                help: "put the table on the first sheet, its heading in row 1",
            });
        }
        if self.known.is_none() {
            self.resolve()?;
        }
        Ok(Sheet {
            rows: self.rows.into_iter(),
            warnings: self.warnings,
        })
    }
}

/// A cell as text, as the clerk reads it.
fn text(value: &DataRef<'_>) -> Result<String, Reason> {
    match value {
        DataRef::Empty => Ok(String::new()),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            Ok(text.clone())
        }
        DataRef::SharedString(text) => Ok((*text).to_owned()),
        DataRef::Int(number) => Ok(number.to_string()),
        DataRef::Float(number) if number.abs() >= INEXACT => Err(Reason::DigitsLost),
        DataRef::Float(number) => Ok(number.to_string()),
        DataRef::Bool(truth) => Ok(truth.to_string()),
        DataRef::Error(_) => Err(Reason::Formula),
        DataRef::DateTime(time) => {
            let (year, month, day, hour, minute, second, milli) = time.to_ymd_hms_milli();
            let small = |value: u8| i8::try_from(value).map_err(|_| Reason::Time);
            let civil = DateTime::new(
                i16::try_from(year).map_err(|_| Reason::Time)?,
                small(month)?,
                small(day)?,
                small(hour)?,
                small(minute)?,
                small(second)?,
                i32::from(milli).saturating_mul(1_000_000),
            );
            // A spreadsheet keeps times as fractions of a day: 08:00 may come as 07:59:59.9996.
            let civil = civil.and_then(|civil| civil.round(Unit::Second));
            civil
                .map(|civil| civil.strftime("%Y-%m-%d %H:%M:%S").to_string())
                .map_err(|_| Reason::Time)
        }
    }
}

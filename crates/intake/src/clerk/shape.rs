//! One row of texts made into a statement about a person.
//!
//! Invariant: the person is named by the keyed digest of the document alone; name and phone go to
//! the vault. Refuses: empty required values, unknown divisions, and words outside their lists.

use super::column::Column;
use super::fault::{Reason, RowError};
use super::{Cells, ClerkRow, Identity, time};
use domain::colour::Colour;
use domain::division::{DivisionCode, Status, divisions};
use domain::document::{Document, DocumentType, PersonKey};
use domain::evidence::{EvidenceRow, MoreFields, Precision, REFERENCE_BYTES_MAX};
use domain::time::Timestamp;

/// The longest name, in bytes.
const NAME_BYTES_MAX: usize = 256;
/// The longest phone number, in bytes.
const PHONE_BYTES_MAX: usize = 64;

/// Reads a row whose values are in `cells`.
pub(super) fn shape(number: u64, cells: &Cells, key: &PersonKey) -> Result<ClerkRow, RowError> {
    let row = Row { number, cells };
    let document = row
        .document(Column::DocumentType, Column::DocumentNumber)?
        .ok_or_else(|| row.fault(Column::DocumentNumber, Reason::Empty))?;
    let division = row.required(Column::Division, Row::division)?;
    let occurred_at = row.required(Column::OccurredAt, Row::time)?;
    let reference = row.required(Column::Reference, Row::reference)?;
    let more = more(&row, key)?;
    let more = (more != MoreFields::default()).then(|| Box::new(more));
    let person = key.person_id(&document);
    let identity = Identity {
        document,
        name: row.text(Column::Name, NAME_BYTES_MAX)?,
        phone: row.text(Column::Phone, PHONE_BYTES_MAX)?,
    };
    let row = EvidenceRow {
        person,
        division,
        occurred_at,
        reference,
        more,
    };
    Ok(ClerkRow {
        number,
        row,
        identity,
    })
}

fn more(row: &Row<'_>, key: &PersonKey) -> Result<MoreFields, RowError> {
    let link = row.document(Column::LinkDocumentType, Column::LinkDocumentNumber)?;
    let more = MoreFields {
        link_person: link.map(|document| key.person_id(&document)),
        link_reference: row.reference(Column::LinkReference)?,
        from: row.time(Column::From)?,
        until: row.time(Column::Until)?,
        precision: row.precision(Column::Precision)?,
        expires: row.time(Column::Expires)?,
        pushed: row.colour(Column::Pushed)?,
        origin: row.origin(Column::Origin)?,
    };
    if let (Some(from), Some(until)) = (more.from, more.until)
        && until < from
    {
        return Err(row.fault(Column::Until, Reason::Interval));
    }
    Ok(more)
}

struct Row<'a> {
    number: u64,
    cells: &'a Cells,
}

impl Row<'_> {
    fn fault(&self, column: Column, reason: Reason) -> RowError {
        let value = self.cells.value(column);
        RowError::new(self.number, Some(column), reason).with_value(value)
    }

    fn filled(&self, column: Column) -> Option<&str> {
        Some(self.cells.value(column)).filter(|value| !value.is_empty())
    }

    fn required<T>(
        &self,
        column: Column,
        read: impl FnOnce(&Self, Column) -> Result<Option<T>, RowError>,
    ) -> Result<T, RowError> {
        read(self, column)?.ok_or_else(|| self.fault(column, Reason::Empty))
    }

    fn text(&self, column: Column, limit: usize) -> Result<Option<String>, RowError> {
        let Some(value) = self.filled(column) else {
            return Ok(None);
        };
        if value.len() > limit {
            return Err(self.fault(column, Reason::TooLong(limit)));
        }
        if value.chars().any(char::is_control) {
            return Err(self.fault(column, Reason::Character));
        }
        Ok(Some(value.to_owned()))
    }

    fn reference(&self, column: Column) -> Result<Option<String>, RowError> {
        self.text(column, REFERENCE_BYTES_MAX)
    }

    fn document(&self, kind: Column, number: Column) -> Result<Option<Document>, RowError> {
        let kind_given = self.filled(kind);
        let Some(text) = self.filled(number) else {
            return match kind_given {
                Some(_) if number == Column::LinkDocumentNumber => {
                    Err(self.fault(kind, Reason::LinkIncomplete))
                }
                Some(_) | None => Ok(None),
            };
        };
        let kind = match kind_given {
            None => DocumentType::ResidentId,
            Some(word) => document_type(word).ok_or_else(|| self.fault(kind, Reason::Word))?,
        };
        Document::parse(kind, text)
            .map(Some)
            .map_err(|error| self.fault(number, Reason::Document(error)))
    }

    fn division(&self, column: Column) -> Result<Option<DivisionCode>, RowError> {
        let Some(value) = self.filled(column) else {
            return Ok(None);
        };
        let code: DivisionCode = value
            .parse()
            .map_err(|_| self.fault(column, Reason::Division))?;
        let exists = divisions().is_current(code) || divisions().is_historic(code);
        if exists {
            Ok(Some(code))
        } else {
            Err(self.fault(column, Reason::DivisionUnknown))
        }
    }

    /// A division by code, or by a name that only one has now.
    fn origin(&self, column: Column) -> Result<Option<DivisionCode>, RowError> {
        let Some(value) = self.filled(column) else {
            return Ok(None);
        };
        let mut named = divisions()
            .by_name(value)
            .filter(|division| division.status == Status::Current);
        match (named.next(), named.next()) {
            (Some(division), None) => Ok(Some(division.code)),
            (None, _) | (Some(_), Some(_)) => self.division(column),
        }
    }

    fn time(&self, column: Column) -> Result<Option<Timestamp>, RowError> {
        let Some(value) = self.filled(column) else {
            return Ok(None);
        };
        time::parse(value)
            .map(Some)
            .ok_or_else(|| self.fault(column, Reason::Time))
    }

    fn precision(&self, column: Column) -> Result<Option<Precision>, RowError> {
        let Some(value) = self.filled(column) else {
            return Ok(None);
        };
        let plain = value.to_lowercase();
        let word = Precision::ALL.iter().copied().find(|word| {
            word.word() == plain || word.zh() == plain || word.zh().trim_end_matches('级') == plain
        });
        word.map(Some)
            .ok_or_else(|| self.fault(column, Reason::Word))
    }

    fn colour(&self, column: Column) -> Result<Option<Colour>, RowError> {
        let Some(value) = self.filled(column) else {
            return Ok(None);
        };
        match value.to_lowercase().trim_end_matches(['码', '色']) {
            "green" | "绿" => Ok(Some(Colour::Green)),
            "yellow" | "黄" => Ok(Some(Colour::Yellow)),
            "red" | "红" => Ok(Some(Colour::Red)),
            _ => Err(self.fault(column, Reason::Word)),
        }
    }
}

/// A kind of document by its word, its name in Chinese or English, or the number gates use.
fn document_type(text: &str) -> Option<DocumentType> {
    let plain = text.to_lowercase();
    if let Ok(code) = plain.parse() {
        return DocumentType::from_gate_code(code);
    }
    if plain == "身份证" {
        return Some(DocumentType::ResidentId);
    }
    DocumentType::ALL.into_iter().find(|kind| {
        kind.word() == plain || kind.name_zh() == text || kind.name_en().to_lowercase() == plain
    })
}

//! What is wrong with a row, said to the clerk who can put it right.
//!
//! Invariant: a value is shown only from a column that is not personal, and never when it looks
//! like somebody's number, as when columns were swapped; of a document number, only its end.

use super::column::Column;
use domain::division::NotADivisionCode;
use domain::document::DocumentError;
use std::fmt;

/// A run of this many digits is taken for a phone or document number.
const TELLING_DIGITS: usize = 8;
/// The most characters of a value that are shown.
const SHOWN_CHARACTERS: usize = 40;

/// Why a row does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Another number of cells than the heading has.
    Ragged {
        /// How many it has.
        found: usize,
        /// How many the heading has.
        expected: usize,
    },
    /// Quotation marks that do not match.
    Quotes,
    /// Not UTF-8.
    Encoding,
    /// Not a JSON object of texts and numbers.
    Json,
    /// A name appears twice in one JSON object.
    Repeated,
    /// The row or value is too long; the limit in bytes.
    TooLong(usize),
    /// A value that every row needs is empty.
    Empty,
    /// The document number is wrong.
    Document(DocumentError),
    /// Not a division code.
    Division,
    /// A division code that never existed.
    DivisionUnknown,
    /// Not a time.
    Time,
    /// Not a word of the column's list.
    Word,
    /// An unprintable character.
    Character,
    /// The end lies before the beginning.
    Interval,
    /// A kind of linked document without its number.
    LinkIncomplete,
    /// The same statement as in an earlier row.
    Duplicate {
        /// The first row with it.
        first: u64,
    },
    /// The spreadsheet kept the value as a number and lost digits of it.
    DigitsLost,
    /// The cell shows an error of its formula.
    Formula,
    /// More rows than one file may have.
    TooManyRows,
    /// Reading stopped here: what follows is unknown.
    Unreadable,
}

impl Reason {
    /// A stable word, for whoever says it in another language.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ragged { .. } => "ragged",
            Self::Quotes => "quotes",
            Self::Encoding => "encoding",
            Self::Json => "json",
            Self::Repeated => "repeated",
            Self::TooLong(_) => "too-long",
            Self::Empty => "empty",
            Self::Document(error) => match error {
                DocumentError::Kind => "word",
                DocumentError::Empty => "empty",
                DocumentError::TooLong | DocumentError::Length { .. } => "document-length",
                DocumentError::Character { .. } => "document-character",
                DocumentError::OldResidentId => "document-old",
                DocumentError::CheckCharacter => "document-check",
                DocumentError::Address => "document-address",
                DocumentError::BirthDate => "document-birth",
            },
            Self::Division => "division",
            Self::DivisionUnknown => "division-unknown",
            Self::Time => "time",
            Self::Word => "word",
            Self::Character => "character",
            Self::Interval => "interval",
            Self::LinkIncomplete => "link-incomplete",
            Self::Duplicate { .. } => "duplicate",
            Self::DigitsLost => "digits-lost",
            Self::Formula => "formula",
            Self::TooManyRows => "too-many-rows",
            Self::Unreadable => "unreadable",
        }
    }

    /// The number that belongs to it: cells found, the limit, the place, the length, the earlier row.
    pub fn number(self) -> Option<u64> {
        Some(match self {
            Self::Ragged { found, .. } => found as u64,
            Self::TooLong(limit) => limit as u64,
            Self::Document(DocumentError::Character { position }) => u64::from(position),
            Self::Document(DocumentError::Length { found, .. }) => u64::from(found),
            Self::Duplicate { first } => first,
            _ => return None,
        })
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Ragged { found, expected } => {
                return write!(formatter, "{found} cells where the heading has {expected}");
            }
            Self::TooLong(limit) => return write!(formatter, "longer than {limit} bytes"),
            Self::Document(error) => return error.fmt(formatter),
            Self::Duplicate { first } => {
                return write!(formatter, "the same person and number as in row {first}");
            }
            Self::Quotes => "quotation marks do not match",
            Self::Encoding => "not UTF-8",
            Self::Json => "not a JSON object of texts and numbers",
            Self::Repeated => "the same name twice in one object",
            Self::Empty => "empty",
            Self::Division => "not a division code",
            Self::DivisionUnknown => "no such division, now or in the past",
            Self::Time => "not a time",
            Self::Word => "not a word of the list",
            Self::Character => "an unprintable character",
            Self::Interval => "the end lies before the beginning",
            Self::LinkIncomplete => "a kind of linked document without its number",
            Self::DigitsLost => "kept as a number by the spreadsheet, so that digits were lost",
            Self::Formula => "the formula of the cell shows an error",
            Self::TooManyRows => "more rows than one file may have",
            Self::Unreadable => "reading stopped here; what follows is unknown",
        };
        formatter.write_str(text)
    }
}

/// A row that does not count, where and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowError {
    /// The row as the clerk sees it; a heading is row 1.
    pub row: u64,
    /// The column, where one is at fault.
    pub column: Option<Column>,
    /// The value found, only where it is not personal; of a document number, only its end.
    pub value: Option<String>,
    /// What is wrong.
    pub reason: Reason,
}

impl RowError {
    pub(super) const fn new(row: u64, column: Option<Column>, reason: Reason) -> Self {
        Self {
            row,
            column,
            value: None,
            reason,
        }
    }

    pub(super) fn with_value(mut self, value: &str) -> Self {
        self.value = match self.column {
            Some(column) if column.is_document() => masked(value),
            Some(column) if !column.is_personal() => harmless(value),
            Some(_) | None => None,
        };
        self
    }

    /// Whether the rows after it are unknown: the file must not be sent as if it were whole.
    pub const fn is_fatal(&self) -> bool {
        matches!(self.reason, Reason::Unreadable | Reason::TooManyRows)
    }

    /// What to do about it.
    pub fn help(&self) -> String {
        let text = match self.reason {
            Reason::Ragged { .. } => "put values that have commas in quotation marks",
            Reason::Quotes => "write a quotation mark inside a quoted value twice",
            Reason::Encoding => "save the file as UTF-8 (in Excel: «CSV UTF-8»)",
            Reason::Json => "write one object with texts, like {\"division\":\"410105\"}",
            Reason::Repeated => "keep one of the two",
            Reason::TooLong(_) => "shorten it",
            Reason::Empty => "fill in the cell",
            Reason::Document(error) => error.help(),
            Reason::Division => return NotADivisionCode.to_string(),
            Reason::DivisionUnknown => "look the code up in GB/T 2260",
            Reason::Time => "write it like `2022-06-13 08:00` or `2022-06-13T08:00:00+08:00`",
            Reason::Word => return self.word_help(),
            Reason::Character => "type the value again",
            Reason::Interval => "exchange the two times, or correct one",
            Reason::LinkIncomplete => "fill in the linked document's number too",
            Reason::Duplicate { .. } => "delete the row, or correct its number",
            Reason::DigitsLost => "format the column as text and type the value again",
            Reason::Formula => "replace the formula by its value",
            Reason::TooManyRows => "split the file",
            Reason::Unreadable => "copy the file to this machine again and start over",
        };
        text.to_owned()
    }

    fn word_help(&self) -> String {
        use domain::document::DocumentType;
        use domain::evidence::Precision;
        let words: Vec<&str> = match self.column {
            Some(Column::Precision) => Precision::ALL.iter().map(|word| word.word()).collect(),
            Some(Column::Pushed) => vec!["green", "yellow", "red", "绿", "黄", "红"],
            _ => DocumentType::ALL.iter().map(|kind| kind.word()).collect(),
        };
        format!("use one of `{}`", words.join("`, `"))
    }
}

impl fmt::Display for RowError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "row {}", self.row)?;
        if let Some(column) = self.column {
            write!(formatter, ", column `{}` ({})", column.word(), column.zh())?;
        }
        write!(formatter, ": {}", self.reason)?;
        if let Some(value) = &self.value {
            write!(formatter, ": `{value}`")?;
        }
        write!(formatter, "\nhelp: {}", self.help())
    }
}

impl std::error::Error for RowError {}

/// The end of what should be a document number, as [`Document::masked`] shows it; `None` where it is
/// empty, or is something else, as a name.
fn masked(value: &str) -> Option<String> {
    let plain = !value.is_empty() && value.chars().all(|one| one.is_ascii_alphanumeric());
    let hidden = value.len().saturating_sub(4.min(value.len() / 3));
    let end = value.get(hidden..).filter(|_| plain)?;
    Some(format!("{}{end}", "*".repeat(hidden.min(SHOWN_CHARACTERS))))
}

/// A value as it may be shown: cut short, without control characters; `None` where it looks like
/// somebody's number.
pub(super) fn harmless(value: &str) -> Option<String> {
    let mut run = 0_usize;
    for character in value.chars() {
        // Full-width digits count: people type them.
        let digit = character.is_ascii_digit() || ('０'..='９').contains(&character);
        // Spaces and hyphens may split a number and do not end the run.
        if digit {
            run = run.saturating_add(1);
        } else if !matches!(character, ' ' | '-' | '\u{3000}') {
            run = 0;
        }
        if run >= TELLING_DIGITS {
            return None;
        }
    }
    let plain = value.chars().map(|character| {
        if character.is_control() {
            '?'
        } else {
            character
        }
    });
    Some(plain.take(SHOWN_CHARACTERS).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_looks_like_somebodys_number_is_hidden_in_any_column() {
        let error = |value: &str| {
            RowError::new(2, Some(Column::Division), Reason::Division)
                .with_value(value)
                .value
        };
        assert_eq!(error("4101o5").as_deref(), Some("4101o5"));
        assert_eq!(error("990000195501010018"), None);
        assert_eq!(error("139 0000 0000"), None);
        assert_eq!(error("９９００００１９５５"), None);
        assert_eq!(error("a\u{1b}b").as_deref(), Some("a?b"));
    }

    #[test]
    fn a_value_of_a_personal_column_is_never_shown_whole() {
        for column in Column::ALL.iter().filter(|column| column.is_personal()) {
            let shown = |value: &str| {
                let error = RowError::new(2, Some(*column), Reason::Empty);
                error.with_value(value).value
            };
            let end = column
                .is_document()
                .then(|| "**************0019".to_owned());
            assert_eq!(shown("990000195501010019"), end);
            assert_eq!(shown("某某"), None);
            assert_eq!(shown("x").filter(|shown| shown != "*"), None);
        }
    }

    #[test]
    fn a_message_names_row_column_reason_and_help() {
        let error = RowError::new(17, Some(Column::Pushed), Reason::Word).with_value("blue");
        assert_eq!(
            error.to_string(),
            "row 17, column `pushed` (推送颜色): not a word of the list: `blue`\n\
             help: use one of `green`, `yellow`, `red`, `绿`, `黄`, `红`"
        );
    }
}

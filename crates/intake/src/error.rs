//! What can go wrong on the way in. Owns [`Error`], by who must act.
//!
//! Invariant: no personal data in any text here; a row's own faults are `clerk::RowError`.

use crate::clerk::Column;
use std::fmt;

/// Why something could not be read, signed or written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The sender: these are not signed bytes of the one accepted form.
    Envelope(&'static str),
    /// The sender: the payload is not well-formed at this byte, or not in canonical form.
    Payload {
        /// The byte of the payload, from 0, where known.
        at: Option<usize>,
        /// What is wrong.
        what: &'static str,
    },
    /// The sender: a limit is exceeded.
    Limit {
        /// What is too long or too many.
        what: &'static str,
        /// The most there may be.
        limit: usize,
    },
    /// The holder of a key: the key file cannot be used.
    Key(&'static str),
    /// The clerk: a column that every file needs is not there.
    ColumnMissing {
        /// The column.
        column: Column,
        /// A heading of the file that looks like it.
        similar: Option<String>,
    },
    /// The clerk: two headings mean the same column.
    ColumnTwice(Column),
    /// The clerk: the file as a whole cannot be read.
    File {
        /// What is wrong.
        what: &'static str,
        /// What to do.
        help: &'static str,
    },
    /// The sender: the parts of a report file do not fit together.
    Report {
        /// The part, from 0.
        part: u32,
        /// What is wrong.
        what: &'static str,
    },
    /// The operator: reading or writing failed; trying again can help.
    Io(String),
}

impl Error {
    pub(crate) fn io(error: &std::io::Error) -> Self {
        Self::Io(error.to_string())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Envelope(what) => write!(formatter, "not a signed act or report part: {what}"),
            Self::Payload { at: Some(at), what } => {
                write!(formatter, "unreadable payload at byte {at}: {what}")
            }
            Self::Payload { at: None, what } => write!(formatter, "unreadable payload: {what}"),
            Self::Limit { what, limit } => {
                write!(formatter, "{what} beyond the limit of {limit}")
            }
            Self::Key(what) => write!(
                formatter,
                "key file cannot be used: {what}\n\
                 help: give the file that `mingma key new` wrote, whole and unchanged"
            ),
            Self::ColumnMissing { column, similar } => {
                write!(
                    formatter,
                    "no column `{}` (`{}`)",
                    column.word(),
                    column.zh()
                )?;
                if let Some(similar) = similar {
                    write!(formatter, "\nhelp: is it the one headed `{similar}`?")?;
                }
                Ok(())
            }
            Self::ColumnTwice(column) => write!(
                formatter,
                "two columns are `{}` (`{}`)\nhelp: keep one of them",
                column.word(),
                column.zh()
            ),
            Self::File { what, help } => write!(formatter, "{what}\nhelp: {help}"),
            Self::Report { part, what } => write!(formatter, "report part {part}: {what}"),
            Self::Io(why) => write!(formatter, "reading or writing failed: {why}"),
        }
    }
}

impl std::error::Error for Error {}

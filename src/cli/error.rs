//! What can go wrong at the command line, by exit code.
//!
//! Invariant: every message says what, where and what to do; no personal data in any of them.

use crate::config::Faults;
use crate::office::OfficeError;
use app::ledger::LedgerError;
use app::ports::StorageError;
use domain::refusal::Refusal;
use std::fmt;
use std::path::Path;

/// Why a command did not do what was asked.
#[derive(Debug)]
pub enum CliError {
    /// The ledger refused; the refusal is an entry (exit code 1).
    Refused {
        /// The entry, once there is one.
        entry: Option<u64>,
        /// Why.
        refusal: Box<Refusal>,
    },
    /// The ledger refused parts of a report (exit code 1).
    PartsRefused(u64),
    /// Wrong usage or a bad input file (exit code 2).
    Input {
        /// What and where.
        what: String,
        /// What to do.
        help: String,
    },
    /// A configuration with faults (exit code 2).
    Faults(Faults),
    /// A server answered with a problem (exit code 1).
    Answered {
        /// The status, the problem and what happened.
        what: String,
        /// What to do.
        help: String,
    },
    /// Storage or system trouble (exit code 3).
    System(String),
    /// An audit, check or scenario failed (exit code 4).
    Failed(String),
    /// Whoever reads the output has gone: nothing to say.
    Pipe,
}

/// The result of a command.
pub type Done<T = ()> = Result<T, CliError>;

impl CliError {
    /// Wrong usage or a bad file: what, and what to do.
    pub fn input(what: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Input {
            what: what.into(),
            help: help.into(),
        }
    }

    /// A file that cannot be read.
    pub fn unreadable(path: &Path, error: &std::io::Error) -> Self {
        Self::input(
            format!("`{}` cannot be read: {error}", path.display()),
            "check the path and its permissions",
        )
    }

    /// A file that cannot be written.
    pub fn unwritable(path: &Path, error: &std::io::Error) -> Self {
        Self::System(format!(
            "`{}` cannot be written: {error}\nhelp: check the path, its permissions and free space",
            path.display()
        ))
    }

    /// The exit code, as documented in `docs/cli.md`.
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Refused { .. } | Self::PartsRefused(_) | Self::Answered { .. } => 1,
            Self::Input { .. } | Self::Faults(_) => 2,
            Self::System(_) => 3,
            Self::Failed(_) => 4,
            Self::Pipe => 0,
        }
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { entry, refusal } => {
                let code = refusal.code;
                write!(
                    formatter,
                    "refused: {code} (I{}): {}",
                    code.invariant(),
                    code.rule()
                )?;
                if !refusal.detail.is_empty() {
                    write!(formatter, "\n  detail: {}", refusal.detail)?;
                }
                match entry {
                    Some(entry) => write!(formatter, "\n  the refusal is entry {entry}")?,
                    None => write!(formatter, "\n  nothing was written")?,
                }
                write!(formatter, "\nhelp: {}", code.help())
            }
            Self::PartsRefused(count) => write!(
                formatter,
                "the ledger refused {count} parts of the report\nhelp: see the codes above"
            ),
            Self::Faults(faults) => faults.fmt(formatter),
            Self::Input { what, help } if help.is_empty() => formatter.write_str(what),
            Self::Input { what, help } | Self::Answered { what, help } => {
                write!(formatter, "{what}\nhelp: {help}")
            }
            Self::System(text) | Self::Failed(text) => formatter.write_str(text),
            Self::Pipe => formatter.write_str("the reader has gone"),
        }
    }
}

impl std::error::Error for CliError {}

impl From<Faults> for CliError {
    fn from(faults: Faults) -> Self {
        Self::Faults(faults)
    }
}

impl From<OfficeError> for CliError {
    fn from(error: OfficeError) -> Self {
        Self::System(error.to_string())
    }
}

impl From<LedgerError> for CliError {
    fn from(error: LedgerError) -> Self {
        Self::System(error.to_string())
    }
}

impl From<StorageError> for CliError {
    fn from(error: StorageError) -> Self {
        Self::System(error.to_string())
    }
}

impl From<app::ports::JournalError> for CliError {
    fn from(error: app::ports::JournalError) -> Self {
        Self::System(error.to_string())
    }
}

impl From<intake::Error> for CliError {
    fn from(error: intake::Error) -> Self {
        match error {
            intake::Error::Io(why) => Self::System(format!("reading or writing failed: {why}")),
            intake::Error::Envelope(_)
            | intake::Error::Payload { .. }
            | intake::Error::Limit { .. }
            | intake::Error::Key(_)
            | intake::Error::ColumnMissing { .. }
            | intake::Error::ColumnTwice(_)
            | intake::Error::File { .. }
            | intake::Error::Report { .. } => {
                let text = error.to_string();
                let help = if text.contains("help: ") {
                    ""
                } else {
                    "copy the file here again, whole, or sign it again"
                };
                Self::input(text, help)
            }
        }
    }
}

//! Why a witness's directory cannot be used.
//!
//! Invariant: in each case the operator must act, and the text says on which file. Refuses to
//! carry key material.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// What is wrong with the directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreError {
    /// It is not a witness's directory.
    Unknown(PathBuf),
    /// It was written by a newer program.
    Newer(PathBuf),
    /// Something is there already.
    Exists(PathBuf),
    /// Another process serves it.
    Locked(PathBuf),
    /// A secret that others may read.
    KeyReadable(PathBuf),
    /// A secret or name that is not one.
    Key(PathBuf),
    /// A line of the list of logs.
    LogsLine {
        /// The number of the line, from 1.
        line: usize,
        /// What is wrong with it.
        fault: LogsFault,
    },
    /// A log that is on the list already.
    LogKnown,
    /// What was cosigned last cannot be told: going on could cosign a fork.
    State {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The clock shows an earlier time than a cosignature states already.
    ClockBehind {
        /// The time of that cosignature.
        before_s: u64,
        /// The time by the clock.
        now_s: u64,
    },
    /// The operating system's answer.
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Its words.
        why: String,
    },
    /// A cosignature or note that could not be made.
    Log(tlog::Error),
}

/// What is wrong with a line of the list of logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogsFault {
    /// It is not `log <vkey> [<url>]`.
    Words,
    /// The key cannot be used.
    Key(tlog::Error),
    /// An earlier line gives the same key.
    KeyGivenTwice,
    /// There are more lines than the limit.
    TooMany,
}

impl fmt::Display for LogsFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Words => out.write_str("the line is not `log <vkey> [<url>]`"),
            Self::Key(error) => error.fmt(out),
            Self::KeyGivenTwice => out.write_str("an earlier line gives the same key"),
            Self::TooMany => write!(out, "there are more than `{}` logs", super::LOGS_MAX),
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(path) => {
                write!(out, "`{}` is not a witness's directory", path.display())
            }
            Self::Newer(path) => {
                write!(out, "`{}` was written by a newer program", path.display())
            }
            Self::Exists(path) => write!(out, "`{}` is not empty", path.display()),
            Self::Locked(path) => {
                write!(out, "another process serves `{}`", path.display())
            }
            Self::KeyReadable(path) => write!(
                out,
                "others may read `{}`\nset its mode to 0600, or make new keys",
                path.display()
            ),
            Self::Key(path) => write!(out, "`{}` does not hold its secret", path.display()),
            Self::LogsLine { line, fault } => write!(out, "line `{line}` of `logs`: {fault}"),
            Self::LogKnown => out.write_str("the log is on the list already"),
            Self::State { path, why } => write!(
                out,
                "`{}`: {why}\nrestore what was cosigned last; do not delete it",
                path.display()
            ),
            Self::ClockBehind { before_s, now_s } => write!(
                out,
                "the clock shows `{now_s}`, but `{before_s}` was cosigned already\n\
                 set the clock right"
            ),
            Self::Io { path, why } => write!(out, "`{}`: {why}", path.display()),
            Self::Log(error) => error.fmt(out),
        }
    }
}

impl std::error::Error for StoreError {}

impl From<tlog::Error> for StoreError {
    fn from(error: tlog::Error) -> Self {
        Self::Log(error)
    }
}

pub(super) fn failed(path: &Path) -> impl Fn(io::Error) -> StoreError {
    move |error| StoreError::Io {
        path: path.to_path_buf(),
        why: error.to_string(),
    }
}

//! Why a list, a delta or a manifest is refused. Owns [`ListError`], by who must act.
//!
//! Invariant: nothing here names a slot of a person; refusals speak of form, not of content.

use crate::Error;
use std::fmt;

/// Why a list could not be made, read or changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListError {
    /// Us: a number of slots, a slot, a row or a value that the list does not have.
    Range(&'static str),
    /// The issuer: the envelope or its signature.
    Signed(Error),
    /// The issuer: the content is not well formed, or not in its one accepted form.
    Content(&'static str),
    /// The issuer: something is too long or too many.
    Limit {
        /// What is too long or too many.
        what: &'static str,
        /// The most there may be.
        limit: u64,
    },
    /// The issuer: the compressed array does not inflate to exactly the expected size.
    Inflate(&'static str),
    /// The reader: this is another list than the one asked for; fetch that one.
    OtherList,
    /// The reader: the delta belongs to another version of the list; fetch the full list.
    OtherVersion,
    /// The issuer: the delta does not lead to the array that it promises.
    Result,
}

impl From<Error> for ListError {
    fn from(error: Error) -> Self {
        Self::Signed(error)
    }
}

impl fmt::Display for ListError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Range(what) => write!(f, "out of range: {what}"),
            Self::Signed(error) => write!(f, "{error}"),
            Self::Content(what) => write!(f, "not a list document: {what}"),
            Self::Limit { what, limit } => write!(f, "{what}: more than {limit}"),
            Self::Inflate(what) => write!(f, "the compressed array: {what}"),
            Self::OtherList => f.write_str("this is another list than the one asked for"),
            Self::OtherVersion => f.write_str(
                "the delta belongs to another version of the list\nhelp: fetch the full list",
            ),
            Self::Result => f.write_str("the delta does not lead to the array that it promises"),
        }
    }
}

impl std::error::Error for ListError {}

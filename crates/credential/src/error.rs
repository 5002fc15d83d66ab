//! Why bytes are not taken for a token, a key or a trust. Owns [`Error`], by who must act.
//!
//! Invariant: a message says what is wrong and carries nothing of what was read, so that it can be
//! shown and written down anywhere. Refuses: to say what a caller does about it; a gate turns all
//! of these into "cannot tell".

use std::fmt;

/// Why something could not be made, read or trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// Us: an argument that no token can hold.
    Argument(&'static str),
    /// Whoever showed it: the text is not one that we write. Scanning again can help.
    Text(&'static str),
    /// Whoever signed it: the envelope or its header.
    Envelope(&'static str),
    /// Whoever signed it: the claims are not well formed, or not in their one form.
    Claims(&'static str),
    /// Whoever signed it: the bytes of a key.
    Key(&'static str),
    /// Whoever signed it: the signature is not one of this key over these bytes.
    Signature,
    /// Whoever made it: something is too long.
    Limit {
        /// What is too long.
        what: &'static str,
        /// The most there may be.
        limit: u64,
    },
    /// The operator of the log: the leaf is not one that we read.
    Leaf(&'static str),
    /// The operator of the log: the policy, the proof or the checkpoint.
    Log(tlog::Error),
    /// The operator of the gate: what is to be trusted does not hold together.
    Trust(&'static str),
}

impl From<tlog::Error> for Error {
    fn from(error: tlog::Error) -> Self {
        Self::Log(error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Argument(what) => write!(f, "cannot be put into a token: {what}"),
            Self::Text(what) => write!(f, "not a text of ours: {what}\nhelp: scan again"),
            Self::Envelope(what) => write!(f, "not a signed token of ours: {what}"),
            Self::Claims(what) => write!(f, "the claims of the token: {what}"),
            Self::Key(what) => write!(f, "not a key on P-256: {what}"),
            Self::Signature => f.write_str("the signature does not belong to this key and bytes"),
            Self::Limit { what, limit } => write!(f, "{what}: more than {limit}"),
            Self::Leaf(what) => write!(f, "the leaf of the log: {what}"),
            Self::Log(error) => write!(f, "the log: {error}"),
            Self::Trust(what) => write!(
                f,
                "cannot be trusted: {what}\nhelp: ask whoever sets up the gates"
            ),
        }
    }
}

impl std::error::Error for Error {}

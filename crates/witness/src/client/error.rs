//! Why a witness gave no cosignature.
//!
//! Invariant: a variant tells who must act and whether asking again can help. Refuses to carry
//! what the witness wrote: it may be anything.

use crate::ProtocolError;
use std::fmt;

/// A proof that could not be made, in the words of whoever should have made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofUnavailable(pub String);

impl<E: std::error::Error> From<E> for ProofUnavailable {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

/// Why there is no cosignature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientError {
    /// The policy has no address for the witness; its author must act.
    UrlMissing,
    /// An address that is not `http://host[:port][/prefix]`; the author of the policy must act.
    Url,
    /// An `https` address; the operator of the log must put a proxy in between.
    Https,
    /// No connection; asking again can help.
    Unreachable {
        /// The operating system's words.
        why: String,
    },
    /// The connection was slow, cut, or not HTTP; asking again can help.
    Wire(String),
    /// The answer is not of this protocol; the operator of the witness must act.
    Protocol(ProtocolError),
    /// The witness says no: `400`, `403`, `404` or `422`.
    Refused {
        /// Its status.
        status: u16,
    },
    /// The witness has cosigned a larger tree: the checkpoint is old, or the log was set back.
    WitnessAhead {
        /// Leaves in that tree.
        known_size: u64,
    },
    /// The witness has cosigned another tree of the same size: the log has forked.
    OtherTree {
        /// Leaves in both trees.
        known_size: u64,
    },
    /// The witness's size changed while it was asked; asking again helps.
    WitnessMoved,
    /// A cosignature of a known key does not fit this checkpoint; do not trust the witness.
    CosignatureWrong(tlog::Error),
    /// A cosignature that does not say the tree is the largest one seen.
    CosignatureWeak,
    /// No line is of a known key: the policy or the witness has another key.
    CosignatureMissing,
    /// The log could not prove that it only grew; the operator of the log must act.
    Proof(ProofUnavailable),
    /// The note is not a checkpoint; the caller must act.
    Note(tlog::Error),
}

impl ClientError {
    /// Whether the same call may succeed later without anyone acting.
    #[must_use]
    pub const fn retry_helps(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Wire(_) | Self::WitnessMoved => true,
            // The witness's directory fails, or it is busy.
            Self::Protocol(ProtocolError::Status(status)) => *status >= 500,
            Self::UrlMissing
            | Self::Url
            | Self::Https
            | Self::Protocol(_)
            | Self::Refused { .. }
            | Self::WitnessAhead { .. }
            | Self::OtherTree { .. }
            | Self::CosignatureWrong(_)
            | Self::CosignatureWeak
            | Self::CosignatureMissing
            | Self::Proof(_)
            | Self::Note(_) => false,
        }
    }
}

impl From<tlog::Error> for ClientError {
    fn from(error: tlog::Error) -> Self {
        Self::Note(error)
    }
}

impl fmt::Display for ClientError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UrlMissing => out.write_str("the policy has no address for this witness"),
            Self::Url => out.write_str("the address is not `http://host[:port][/prefix]`"),
            Self::Https => out.write_str(
                "`https` is not spoken here\nput a proxy on this machine in between, and its \
                 `http` address in the policy",
            ),
            Self::Unreachable { why } => write!(out, "no connection: {why}"),
            Self::Wire(why) => write!(out, "the connection failed: {why}"),
            Self::Protocol(error) => write!(out, "not a witness's answer: {error}"),
            Self::Refused { status } => write!(out, "{}", refusal(*status)),
            Self::WitnessAhead { known_size } => write!(
                out,
                "the witness has cosigned a tree of `{known_size}` leaves already\nif the log has \
                 no such tree it was set back: stop, and find the lost part"
            ),
            Self::OtherTree { known_size } => write!(
                out,
                "the witness has cosigned another tree of `{known_size}` leaves: the log has forked"
            ),
            Self::WitnessMoved => out.write_str("someone else asks the witness at the same time"),
            Self::CosignatureWrong(error) => write!(out, "the cosignature is wrong: {error}"),
            Self::CosignatureWeak => {
                out.write_str("the cosignature does not say that the tree is the largest seen")
            }
            Self::CosignatureMissing => out.write_str(
                "the witness answered with other keys than the policy has\nask its operator",
            ),
            Self::Proof(ProofUnavailable(why)) => {
                write!(out, "the log cannot prove that it only grew: {why}")
            }
            Self::Note(error) => error.fmt(out),
        }
    }
}

impl std::error::Error for ClientError {}

const fn refusal(status: u16) -> &'static str {
    match status {
        403 => "the witness trusts another key for this log\nask its operator",
        404 => "the witness does not know this log\nask its operator to add it",
        422 => "the witness found that the log did not only grow, and keeps the request",
        _ => "the witness could not read the request",
    }
}

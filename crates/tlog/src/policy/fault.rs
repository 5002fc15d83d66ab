//! What can be wrong with a line of a policy.
//!
//! Invariant: every fault is for the author of the policy to mend. Refuses to repeat the line,
//! which may be long; its number and the fault are enough to find it.

use super::{GROUPS_MAX, WITNESSES_MAX};
use crate::Error;
use std::fmt;

/// Why a line of a policy is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PolicyFault {
    /// A first word other than the four keywords.
    Keyword,
    /// More or fewer words than the keyword takes.
    Words {
        /// What the line should look like.
        form: &'static str,
    },
    /// A control character other than tab and line feed.
    ControlCharacter,
    /// A verifier key that cannot be used here.
    Key(Box<Error>),
    /// A public key that an earlier line gave.
    KeyGivenTwice,
    /// A name that an earlier line defined, or `none`.
    NameTaken,
    /// A name that no earlier line defined.
    NameUnknown,
    /// A member that a group on this or an earlier line has already.
    MemberTwice,
    /// A threshold that is not a number from 1 to the number of members.
    Threshold,
    /// A second log or quorum line.
    GivenTwice,
    /// More witnesses or groups than [`WITNESSES_MAX`] or [`GROUPS_MAX`].
    TooMany,
}

impl fmt::Display for PolicyFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Keyword => {
                out.write_str("the first word is not `log`, `witness`, `group` or `quorum`")
            }
            Self::Words { form } => write!(out, "the line is not `{form}`"),
            Self::ControlCharacter => out.write_str("the line holds a control character"),
            Self::Key(error) => write!(out, "{error}"),
            Self::KeyGivenTwice => out.write_str("an earlier line gives the same public key"),
            Self::NameTaken => out.write_str("the name is `none` or already defined"),
            Self::NameUnknown => out.write_str("a name is not defined above this line"),
            Self::MemberTwice => out.write_str("a member is already in a group"),
            Self::Threshold => {
                out.write_str("the threshold is not `any`, `all` or 1 to the number of members")
            }
            Self::GivenTwice => out.write_str("there may be only one such line"),
            Self::TooMany => write!(
                out,
                "there are more than `{WITNESSES_MAX}` witnesses or `{GROUPS_MAX}` groups"
            ),
        }
    }
}

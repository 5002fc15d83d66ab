//! Credentials, presentations and status lists in bytes, and their verification offline.
//!
//! Invariant: every function is a function of its arguments; a token of ours has one sequence of
//! bytes before its signature. Refuses to read a clock, draw random numbers, or open a file or a
//! connection: whoever has these hands in what they give.
//!
//! | module | owns |
//! |---|---|
//! | [`constants`] | the numbers and names of the registries |
//! | [`base45`] | bytes as characters of a QR code |
//! | [`key`] | keys on P-256 and their short names |
//! | [`cose`] | signed envelopes: strangers' and our own |
//! | [`token`] | credentials: held, static, paper |
//! | [`presentation`] | what a phone shows, and its text |
//! | [`list`] | status lists, deltas, the manifest |
//! | [`slots`] | which slot a credential gets |
//! | [`leaf`] | what a verifier reads of a leaf of the log |
//! | [`trust`] | which log, keys and lists a gate trusts |
//! | [`lists`] | the lists that a gate has checked |
//! | [`replays`] | what a gate saw a moment ago |
//! | [`mod@verify`] | from a scanned text to a verdict |
//! | [`reason`] | why a verdict is what it is |

pub mod base45;
mod cbor;
pub mod constants;
pub mod cose;
mod error;
pub mod key;
pub mod leaf;
pub mod list;
pub mod lists;
pub mod presentation;
pub mod reason;
pub mod replays;
pub mod slots;
pub mod token;
pub mod trust;
pub mod verify;

pub use error::Error;
pub use key::{Kid, PublicKey, SigningKey};
pub use lists::{ListRefusal, Lists, Seen};
pub use presentation::{Challenge, from_text, present, to_text};
pub use reason::{Language, Reason};
pub use replays::Replays;
pub use token::{Claims, Credential, Form, PaperFace, StatusRef, issue};
pub use trust::{Tolerance, Trust};
pub use verify::{Colour, Gate, Verdict, verify};

//! What comes in, signed: reports and officers' acts, decoded and verified.
//!
//! Owns: the signed form ([`cose`]), the door in ([`receive`]), key files ([`key`]), acts signed in a
//! browser ([`passkey`]), a clerk's file
//! made into rows ([`clerk`]) and the report file ([`report`]).
//! Invariant: only this crate makes a `VerifiedAct` or a `VerifiedReport`, and only from bytes that
//! the key on record signed; one meaning has one sequence of bytes, so a digest names it.
//! Refuses: anything beyond the named limits, and every second way to write the same thing. It
//! never panics on bytes from outside.

mod act;
pub mod clerk;
pub mod cose;
mod error;
pub mod key;
mod part;
pub mod passkey;
mod receive;
pub mod report;
mod wire;

pub use act::{SMALL_ACT_BYTES_MAX, sign_act};
pub use cose::{MAX_ACT_BYTES, MAX_PART_BYTES};
pub use error::Error;
pub use part::{Claim, LEDGER_BYTES_MAX, part_to_sign, sign_part};
pub use receive::{digest, receive};

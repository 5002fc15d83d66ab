//! Rule packs: the law as data, and a verdict with its legal basis.
//!
//! Owns: reading a pack ([`Pack`]), asking it who may do what (`domain::rules::Authority`, by
//! Cedar), refusing packs that break what must always hold ([`check`]), running a pack's worked
//! examples ([`run_cases`]), comparing packs ([`diff`]) and the words people read ([`Wording`]).
//! Invariant: no I/O, no clock; the same files give the same archive, digest and verdicts.
//! Refuses: an unknown key, an unknown word, a policy outside the schema, a default without reason.
//! The format is written down in `docs/rule-packs.md`.

mod archive;
mod authority;
mod book;
mod bounds;
mod cases;
mod check;
mod diff;
mod enumerate;
mod error;
mod pack;
mod text;
mod wording;
mod words;

pub use archive::{FILES_MAX, Files, PATH_BYTES_MAX};
pub use authority::{Provision, SCHEMA};
pub use book::OurDefault;
pub use cases::{CaseOutcome, run_cases};
pub use check::{Finding, PACK_LIFE_S_MAX, check};
pub use diff::{Change, Direction, diff};
pub use error::{PackError, Problem};
pub use pack::{Pack, Parent};
pub use wording::{KEYS, Language, NO_ARGS, Wording};

//! Offline replay and proof checks: what an outsider runs.
//!
//! Owns: a reader of the journal's format of its own ([`journal`]), the replay of every decision,
//! and the comparison of everything derived from it: published log, snapshots, views.
//! Invariant: shares the words and the machine with the server, and none of the code that stores or
//! serves; what it cannot check it says. Reads the journal in one pass and holds one record of it;
//! of a published site ([`fn@site`]) it holds one bundle of entries and one status list.
//! Refuses: to repair anything. What is checked is written down in `docs/audit.md`.

mod differ;
mod grounds;
pub mod journal;
mod leaves;
mod log;
mod public;
mod replay;
mod report;
mod rules;
mod run;
mod seal;
mod site;
mod snapshot;
mod source;
mod subjects;
mod touched;
mod views;

pub use report::{Check, FAULTS_KEPT, Fault, FileByte, Name, NewestList, Place, Progress, Report};
pub use run::{Options, audit};
pub use site::{SiteOptions, site};
pub use source::digest;

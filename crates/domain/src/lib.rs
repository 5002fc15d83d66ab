//! The words of a health code, and the pure machine that decides.
//!
//! Owns: the types of the field (`docs/GLOSSARY.md`), the state that is the fold of the ledger, and
//! [`machine::step`], the one function that the live path, recovery and an outsider's audit all run.
//! Invariant: no I/O, no clock, no randomness; the same entries give the same bytes (I1).
//! Refuses: to make any colour that competent, linked, signed evidence and authority do not carry.

pub mod act;
pub mod colour;
pub mod commitment;
pub mod counts;
pub mod division;
pub mod document;
pub mod evidence;
pub mod ids;
pub mod leaf;
pub mod machine;
pub mod organisation;
pub mod publication;
pub mod refusal;
pub mod rules;
pub mod salts;
pub mod state;
pub mod submission;
pub mod time;
pub mod view;

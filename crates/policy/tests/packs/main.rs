//! What a rule pack must keep, tried on the shipped packs and on changed copies of them.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;
mod malformed;
mod refused;
mod shipped;

//! The command line as its users meet it: the real binary, real directories, real keys.
//!
//! Invariant of these tests: they assert on exit codes, refusal codes and JSON, not on prose, but
//! for the words that tell a user where the fault lies. Everybody here is invented.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

#[path = "cli/bad_input.rs"]
mod bad_input;
#[path = "cli/code.rs"]
mod code;
#[path = "cli/data.rs"]
mod data;
#[path = "cli/house.rs"]
#[allow(dead_code, reason = "this file needs a part of the house")]
mod house;
#[path = "cli/reports.rs"]
mod reports;
#[path = "cli/story.rs"]
mod story;
#[path = "cli/watch.rs"]
mod watch;
#[path = "cli/witnessed.rs"]
mod witnessed;

//! Whatever is changed in a published site, the public audit finds it and names the place.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

#[path = "site/command.rs"]
mod command;
#[path = "site/forger.rs"]
mod forger;
#[path = "site/found.rs"]
mod found;
#[path = "site/ground.rs"]
mod ground;
#[path = "site/watched.rs"]
mod watched;

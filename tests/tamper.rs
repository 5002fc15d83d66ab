//! Whatever is changed in a data directory, an audit finds it and names the place.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

#[path = "tamper/attacker.rs"]
mod attacker;
#[path = "tamper/bundles.rs"]
mod bundles;
#[path = "tamper/files.rs"]
mod files;
#[path = "tamper/forged.rs"]
mod forged;
#[path = "tamper/ground.rs"]
mod ground;
#[path = "tamper/story.rs"]
mod story;

//! The machine against real acts: each rule with a row that passes, one that fails, one at the
//! edge; and the paths by which somebody would try to get a colour without evidence or authority.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "tests"
)]

#[path = "../common/mod.rs"]
mod common;

mod appeals;
mod attacks;
mod cases;
mod codes;
mod counter;
mod daily;
mod evidence;
mod movements;
mod office;
mod orders;
mod packs;
mod proxies;
mod publications;
mod registry;
mod releases;
mod reports;
mod volume;

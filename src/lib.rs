//! Mingma: the parts put together. The binary `mingma` is a thin face over this crate.

pub mod access;
pub mod bench;
pub mod board;
pub mod cast;
pub mod cli;
pub mod client;
pub mod config;
pub mod cosign;
pub mod demo;
pub mod fetch;
pub mod issuance;
pub mod mirror;
pub mod monitor;
pub mod notices;
pub mod office;
pub mod packs;
pub mod policy_file;
pub mod proofs;
pub mod qr;
pub mod receipts;
pub mod rehearsal;
pub mod scenario;
pub mod serve;
pub mod site;
pub mod trust;

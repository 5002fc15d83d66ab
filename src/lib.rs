//! Mingma: the parts put together. The binary `mingma` is a thin face over this crate.

pub mod board;
pub mod cast;
pub mod office;
pub mod scenario;

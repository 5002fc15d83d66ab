//! Mingma: the parts put together. The binary `mingma` is a thin face over this crate.

pub mod cast;
pub mod scenario;

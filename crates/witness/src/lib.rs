//! A C2SP tlog-witness: it cosigns a log's checkpoints as long as the log only grows.
//!
//! Invariant: a witness never cosigns two trees of one size, nor a tree that does not begin with
//! the one it cosigned before, whatever kills it and whenever. Refuses to read a clock or draw
//! random numbers: time and seeds are handed in. Knows nothing of what the leaves mean.
//!
//! | module | owns |
//! |---|---|
//! | [`protocol`] | requests and answers in bytes |
//! | [`decision`] | whether to cosign, from values alone |
//! | [`store`] | the directory: keys, logs, last checkpoints, evidence |
//! | [`server`] | HTTP for witnesses |
//! | [`client`] | asking one witness, and gathering a quorum |

pub mod client;
pub mod decision;
pub mod protocol;
pub mod server;
pub mod store;
mod wire;

pub use client::{ClientError, Gathered, ProofUnavailable, add_checkpoint, gather};
pub use decision::{Evidence, Head, Refusal, decide};
pub use protocol::{Answer, ProtocolError, Request};
pub use server::{Event, Handle, Limits, Surroundings, serve};
pub use store::{Outcome, Seeds, Store, StoreError, origin_hash};

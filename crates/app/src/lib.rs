//! Use cases and ports: performs the effects that the machine decides.
//!
//! Owns the one writer of a ledger ([`ledger`]) and the ports to the outside ([`ports`]).
//! Invariant: prefetch, decide, append, apply, publish, in that order; acknowledged means durable.

pub mod acts;
pub mod commit;
pub mod explain;
pub mod issuing;
pub mod law;
pub mod ledger;
pub mod notices;
pub mod oversight;
pub mod ports;
pub mod publish;
pub mod quota;
pub mod receipt;
pub mod records;
pub mod releases;
pub mod shelf;
pub mod signin;

//! The embedded journal, views and vault: one data directory of this machine, no server.
//!
//! Owns the bytes on disk. Invariant: what was acknowledged is in the journal and is read back byte
//! for byte ([`journal`]); everything else can be made again from it ([`views`], [`snapshots`]) or
//! destroyed on purpose ([`keyring`], [`vault`]). Refuses: a directory it does not know.

pub mod accounts;
#[cfg(any(test, feature = "contract-tests"))]
pub mod contract;
pub mod datadir;
mod disk;
pub mod dispatches;
pub mod files;
pub mod instant;
pub mod journal;
pub mod keyring;
pub mod memory;
pub mod outbox;
pub mod publish;
pub mod snapshots;
pub mod vault;
pub mod views;

pub use accounts::FjallAccounts;
pub use datadir::{DataDir, StoreError};
pub use dispatches::FileDispatches;
pub use journal::{SegmentJournal, SegmentReader};
pub use keyring::{FileDayKeys, FileKeyring};
pub use memory::{MemoryJournal, MemoryOutbox};
pub use outbox::FjallOutbox;
pub use publish::FilePublisher;
pub use snapshots::FileSnapshots;
pub use vault::FileVault;
pub use views::FjallViews;

//! What an open database held at one instant, written to a fresh database at leisure.
//!
//! Invariant: the copy has exactly the rows of that instant, whatever was written since, and is durable
//! and closed when [`Instant::copy`] returns. Files of an open database are never copied: they change
//! under the copy. Refuses: to go on when it is no longer wanted.

use crate::files;
use app::ports::StorageError;
use fjall::{Database, Keyspace, PersistMode, Readable as _, Snapshot};
use std::path::Path;

/// Rows copied between two looks at whether the copy is still wanted.
const ROWS_PER_LOOK: usize = 10_000;

/// An open database and its keyspaces, in the order that its owner knows.
pub(crate) struct Opened {
    pub(crate) database: Database,
    pub(crate) keyspaces: Vec<Keyspace>,
}

/// Opens a database in a folder, fresh where there is none.
type Open = fn(&Path) -> Result<Opened, StorageError>;

/// A database at one instant.
pub struct Instant {
    what: &'static str,
    snapshot: Snapshot,
    keyspaces: Vec<Keyspace>,
    open: Open,
}

impl Instant {
    pub(crate) fn of(what: &'static str, own: &Opened, open: Open) -> Self {
        Self {
            what,
            snapshot: own.database.snapshot(),
            keyspaces: own.keyspaces.clone(),
            open,
        }
    }

    /// Writes it to a database in a folder that is not there yet.
    pub fn copy(&self, to: &Path, wanted: &dyn Fn() -> bool) -> Result<(), StorageError> {
        let failed = |error: fjall::Error| self.error(error.to_string());
        files::make_folder(to, 0o700).map_err(files::failed(self.what, to))?;
        let fresh = (self.open)(to)?;
        for (from, to) in self.keyspaces.iter().zip(&fresh.keyspaces) {
            let mut rows = self.snapshot.iter(from).peekable();
            if rows.peek().is_none() {
                continue;
            }
            let mut ingestion = to.start_ingestion().map_err(failed)?;
            for (number, guard) in rows.enumerate() {
                if number % ROWS_PER_LOOK == 0 && !wanted() {
                    return Err(self.error("the copy was broken off".to_owned()));
                }
                let (key, value) = guard.into_inner().map_err(failed)?;
                ingestion.write(key, value).map_err(failed)?;
            }
            ingestion.finish().map_err(failed)?;
        }
        fresh.database.persist(PersistMode::SyncAll).map_err(failed)
    }

    fn error(&self, why: String) -> StorageError {
        StorageError {
            what: self.what,
            why,
        }
    }
}

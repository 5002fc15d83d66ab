//! The views that answer queries, in one fjall database: a keyspace a table, and the position.
//!
//! Invariant: the position is written in the same atomic batch as the last of its rows, so it never
//! runs ahead of them. Writing the same rows again changes nothing, so after a crash the journal is
//! replayed from the position. Refuses: nothing; damage means a rebuild, never loss.

use crate::files;
use app::ports::{Pair, StorageError, ViewRows, Views};
use domain::view::{Table, ViewRow};
use fjall::config::CompressionPolicy;
use fjall::{CompressionType, Database, Keyspace, KeyspaceCreateOptions, PersistMode};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

const WHAT: &str = "views";
const POSITION_KEY: &str = "position";
/// Rows in one atomic batch; a call with more has its position in the last batch alone.
const BATCH_ROWS_MAX: usize = 50_000;
const CACHE_BYTES: u64 = 64 << 20;
/// What an opening after a crash has to read again at most, so that it takes about a second.
const JOURNAL_BYTES_MAX: u64 = 64 << 20;
const PEOPLE_MEMTABLE_BYTES: u64 = 32 << 20;
const OTHER_MEMTABLE_BYTES: u64 = 8 << 20;

/// Views in a folder; a clone reads and writes the same.
#[derive(Clone)]
pub struct FjallViews {
    database: Database,
    tables: BTreeMap<Table, Keyspace>,
    meta: Keyspace,
    /// The position on disk: it is asked for with every read.
    position: Arc<AtomicU64>,
}

impl FjallViews {
    /// Opens the views in a folder, empty where there are none.
    pub fn open(folder: &Path) -> Result<Self, StorageError> {
        // They are about people: for nobody else to read.
        files::make_folder(folder, 0o700).map_err(|why| error(why.to_string()))?;
        let database = Database::builder(folder)
            .cache_size(CACHE_BYTES)
            .max_journaling_size(JOURNAL_BYTES_MAX)
            .journal_compression(CompressionType::None)
            .manual_journal_persist(true)
            .worker_threads(2)
            .open()
            .map_err(failed)?;
        let mut tables = BTreeMap::new();
        for table in Table::ALL {
            let memtable_bytes = match table {
                Table::People => PEOPLE_MEMTABLE_BYTES,
                Table::Orders
                | Table::Appeals
                | Table::Areas
                | Table::Reports
                | Table::ReportsOf
                | Table::Days
                | Table::Organisations
                | Table::Officers
                | Table::Statements
                | Table::Refusals
                | Table::Queue
                | Table::Board
                | Table::Cases
                | Table::Movements => OTHER_MEMTABLE_BYTES,
            };
            tables.insert(*table, keyspace(&database, table.word(), memtable_bytes)?);
        }
        let meta = keyspace(&database, "meta", OTHER_MEMTABLE_BYTES)?;
        Ok(Self {
            database,
            tables,
            position: Arc::new(AtomicU64::new(stored_position(&meta)?)),
            meta,
        })
    }

    /// Hands every row of a table to `act`, in key order, until it refuses one.
    pub fn for_each(
        &self,
        table: Table,
        mut act: impl FnMut(&[u8], &[u8]) -> Result<(), StorageError>,
    ) -> Result<(), StorageError> {
        for guard in self.keyspace(table)?.iter() {
            let (key, value) = guard.into_inner().map_err(failed)?;
            act(&key, &value)?;
        }
        Ok(())
    }

    /// Empties every table, position first: a crash on the way leaves views that want a replay.
    pub fn wipe(&mut self) -> Result<(), StorageError> {
        self.write(0, &[])?;
        self.flush()?;
        for keyspace in self.tables.values() {
            keyspace.clear().map_err(failed)?;
        }
        self.flush()
    }

    fn keyspace(&self, table: Table) -> Result<&Keyspace, StorageError> {
        self.tables
            .get(&table)
            .ok_or_else(|| error(format!("there is no table `{table}`")))
    }

    fn write_batch(&self, rows: &[ViewRow], position: Option<u64>) -> Result<(), StorageError> {
        let capacity = rows.len().saturating_add(1);
        let mut batch = fjall::OwnedWriteBatch::with_capacity(self.database.clone(), capacity);
        for row in rows {
            let keyspace = self.keyspace(row.table)?;
            match &row.value {
                Some(value) => batch.insert(keyspace, row.key.as_slice(), value.as_slice()),
                None => batch.remove(keyspace, row.key.as_slice()),
            }
        }
        if let Some(position) = position {
            batch.insert(&self.meta, POSITION_KEY, position.to_le_bytes());
        }
        batch.commit().map_err(failed)?;
        if let Some(position) = position {
            self.position.store(position, Ordering::Release);
        }
        Ok(())
    }
}

fn stored_position(meta: &Keyspace) -> Result<u64, StorageError> {
    let Some(bytes) = meta.get(POSITION_KEY).map_err(failed)? else {
        return Ok(0);
    };
    let bytes = <[u8; 8]>::try_from(&*bytes)
        .map_err(|_| error("the position is damaged; rebuild the views".to_owned()))?;
    Ok(u64::from_le_bytes(bytes))
}

impl ViewRows for FjallViews {
    fn position(&self) -> Result<u64, StorageError> {
        Ok(self.position.load(Ordering::Acquire))
    }

    fn row(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        let value = self.keyspace(table)?.get(key).map_err(failed)?;
        Ok(value.map(|value| value.to_vec()))
    }

    fn rows(&self, table: Table, from: &[u8], limit: usize) -> Result<Vec<Pair>, StorageError> {
        let mut rows = Vec::new();
        for guard in self.keyspace(table)?.range(from..).take(limit) {
            let (key, value) = guard.into_inner().map_err(failed)?;
            rows.push((key.to_vec(), value.to_vec()));
        }
        Ok(rows)
    }

    fn rows_before(
        &self,
        table: Table,
        before: &[u8],
        limit: usize,
    ) -> Result<Vec<Pair>, StorageError> {
        let mut rows = Vec::new();
        for guard in self.keyspace(table)?.range(..before).rev().take(limit) {
            let (key, value) = guard.into_inner().map_err(failed)?;
            rows.push((key.to_vec(), value.to_vec()));
        }
        Ok(rows)
    }
}

impl Views for FjallViews {
    fn write(&mut self, position: u64, rows: &[ViewRow]) -> Result<(), StorageError> {
        let last = rows.len().saturating_sub(1) / BATCH_ROWS_MAX;
        let mut batches = rows.chunks(BATCH_ROWS_MAX);
        for _ in 0..last {
            self.write_batch(batches.next().unwrap_or_default(), None)?;
        }
        self.write_batch(batches.next().unwrap_or_default(), Some(position))
    }

    fn flush(&mut self) -> Result<(), StorageError> {
        self.database.persist(PersistMode::SyncAll).map_err(failed)
    }
}

fn keyspace(database: &Database, name: &str, bytes: u64) -> Result<Keyspace, StorageError> {
    let options = || {
        KeyspaceCreateOptions::default()
            .max_memtable_size(bytes)
            .manual_journal_persist(true)
            .data_block_compression_policy(CompressionPolicy::all(CompressionType::None))
    };
    database.keyspace(name, options).map_err(failed)
}

fn failed(failure: fjall::Error) -> StorageError {
    error(failure.to_string())
}

fn error(why: String) -> StorageError {
    StorageError { what: WHAT, why }
}

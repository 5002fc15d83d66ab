//! Ports in memory, for running without a disk: journal, keyring, snapshots, views.
//!
//! Invariant: same answers as the real ones, but nothing outlives the process and nothing is
//! sealed: the salt of an entry comes from a counter, so a scenario gives the same bytes each time.

use app::ports::{
    Journal, JournalError, Keyring, Pair, Record, RecordStream, Snapshots, StorageError, ViewRows,
    Views,
};
use domain::salts::{Forgotten, SaltTree};
use domain::time::Day;
use domain::view::{Table, ViewRow};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The records of a ledger, shared by everybody who has them open.
#[derive(Clone, Default)]
pub struct MemoryJournal(Arc<Mutex<Vec<Record>>>);

impl MemoryJournal {
    /// A journal with these records.
    pub fn with(records: Vec<Record>) -> Self {
        Self(Arc::new(Mutex::new(records)))
    }

    fn records(&self) -> MutexGuard<'_, Vec<Record>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Journal for MemoryJournal {
    fn len(&self) -> u64 {
        self.records().len() as u64
    }

    fn append(&mut self, expected: u64, records: &[Record]) -> Result<(), JournalError> {
        let mut all = self.records();
        let actual = all.len() as u64;
        if actual != expected {
            return Err(JournalError::Conflict { expected, actual });
        }
        all.extend_from_slice(records);
        Ok(())
    }

    fn read_from(&self, seq: u64) -> Result<RecordStream<'_>, JournalError> {
        let skip = usize::try_from(seq).unwrap_or(usize::MAX);
        let rest: Vec<Record> = self.records().iter().skip(skip).cloned().collect();
        Ok(Box::new(rest.into_iter().map(Ok)))
    }
}

/// A keyring that seals nothing.
#[derive(Clone, Debug)]
pub struct OpenKeyring {
    drawn: u64,
    salts: SaltTree,
}

impl Default for OpenKeyring {
    fn default() -> Self {
        Self::drawn(0, SaltTree::new([0; 32]))
    }
}

impl OpenKeyring {
    /// A keyring from which so many salts were drawn already, with these shares of salts.
    pub const fn drawn(drawn: u64, salts: SaltTree) -> Self {
        Self { drawn, salts }
    }
}

impl Keyring for OpenKeyring {
    fn seal(&mut self, _: Day, _: &[u8], payload: Vec<u8>) -> Result<Vec<u8>, StorageError> {
        Ok(payload)
    }

    fn open(&self, _: &[u8], sealed: &[u8]) -> Result<Vec<u8>, StorageError> {
        Ok(sealed.to_vec())
    }

    fn random(&mut self) -> Result<[u8; 32], StorageError> {
        self.drawn = self.drawn.wrapping_add(1);
        let mut hasher = Sha256::new();
        hasher.update(b"mm-scenario-salt-v1");
        hasher.update(self.drawn.to_be_bytes());
        Ok(hasher.finalize().into())
    }

    fn salts(&self) -> &SaltTree {
        &self.salts
    }

    fn forget(&mut self, leaves: &[Forgotten]) -> Result<usize, StorageError> {
        Ok(self.salts.forget(leaves))
    }
}

/// No snapshots: opening replays the whole journal.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoSnapshots;

impl Snapshots for NoSnapshots {
    fn newest(&self) -> Result<Option<(u64, Vec<u8>)>, StorageError> {
        Ok(None)
    }

    fn store(&mut self, _: u64, _: &[u8]) -> Result<(), StorageError> {
        Ok(())
    }
}

/// Views in memory.
#[derive(Clone, Debug, Default)]
pub struct MemoryViews {
    position: u64,
    rows: BTreeMap<(Table, Vec<u8>), Vec<u8>>,
}

impl ViewRows for MemoryViews {
    fn position(&self) -> Result<u64, StorageError> {
        Ok(self.position)
    }

    fn row(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        Ok(self.rows.get(&(table, key.to_vec())).cloned())
    }

    fn rows(&self, table: Table, from: &[u8], limit: usize) -> Result<Vec<Pair>, StorageError> {
        let rows = self.rows.range((table, from.to_vec())..);
        Ok(rows
            .take_while(|((found, _), _)| *found == table)
            .take(limit)
            .map(|((_, key), value)| (key.clone(), value.clone()))
            .collect())
    }

    fn rows_before(
        &self,
        table: Table,
        before: &[u8],
        limit: usize,
    ) -> Result<Vec<Pair>, StorageError> {
        let rows = self
            .rows
            .range((table, Vec::new())..(table, before.to_vec()));
        let rows = rows.rev().take(limit);
        Ok(rows
            .map(|((_, key), value)| (key.clone(), value.clone()))
            .collect())
    }
}

impl Views for MemoryViews {
    fn write(&mut self, position: u64, rows: &[ViewRow]) -> Result<(), StorageError> {
        for row in rows {
            let key = (row.table, row.key.clone());
            match &row.value {
                Some(value) => drop(self.rows.insert(key, value.clone())),
                None => drop(self.rows.remove(&key)),
            }
        }
        self.position = position;
        Ok(())
    }

    fn flush(&mut self) -> Result<(), StorageError> {
        Ok(())
    }
}

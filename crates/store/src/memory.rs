//! A journal and an outbox in memory, for scenarios and tests. Invariant: they keep the contracts of
//! their ports but for durability, which they refuse to promise: they end with the process.

use app::notices::{Key, Notice, Posted, Standing};
use app::ports::{Journal, JournalError, Outbox, Record, RecordStream, StorageError};
use domain::time::Timestamp;
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Records in a list.
#[derive(Clone, Debug, Default)]
pub struct MemoryJournal {
    records: Vec<Record>,
}

impl MemoryJournal {
    /// An empty journal.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Journal for MemoryJournal {
    fn len(&self) -> u64 {
        crate::journal::to_u64(self.records.len())
    }

    fn append(&mut self, expected: u64, records: &[Record]) -> Result<(), JournalError> {
        if expected != self.len() {
            return Err(JournalError::Conflict {
                expected,
                actual: self.len(),
            });
        }
        self.records.extend_from_slice(records);
        Ok(())
    }

    fn read_from(&self, seq: u64) -> Result<RecordStream<'_>, JournalError> {
        let from = usize::try_from(seq).unwrap_or(usize::MAX);
        let rest = self.records.get(from..).unwrap_or_default();
        Ok(Box::new(rest.iter().cloned().map(Ok)))
    }
}

/// An outbox in memory.
#[derive(Debug, Default)]
pub struct MemoryOutbox(Mutex<Notices>);

#[derive(Debug, Default)]
struct Notices {
    position: u64,
    rows: BTreeMap<Key, (Posted, bool)>,
}

impl MemoryOutbox {
    fn notices(&self) -> MutexGuard<'_, Notices> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Outbox for MemoryOutbox {
    fn position(&self) -> Result<u64, StorageError> {
        Ok(self.notices().position)
    }

    fn enqueue(
        &self,
        notices: &[Notice],
        now: Timestamp,
        position: Option<u64>,
    ) -> Result<usize, StorageError> {
        let mut here = self.notices();
        let before = here.rows.len();
        for notice in notices {
            let row = || (Posted::new(*notice, now), false);
            here.rows.entry(notice.key()).or_insert_with(row);
        }
        here.position = position.unwrap_or(here.position);
        Ok(here.rows.len().saturating_sub(before))
    }

    fn take(&self, now: Timestamp, limit: usize) -> Result<Vec<Posted>, StorageError> {
        let mut here = self.notices();
        let waits = |(row, leased): &(Posted, bool)| {
            !leased && row.standing == Standing::Queued && row.next_at <= now
        };
        let mut due: Vec<&mut (Posted, bool)> =
            here.rows.values_mut().filter(|row| waits(row)).collect();
        due.sort_by_key(|(row, _)| (row.next_at, row.notice.key()));
        let taken = due.into_iter().take(limit).map(|(row, leased)| {
            *leased = true;
            row.attempts = row.attempts.saturating_add(1);
            row.clone()
        });
        Ok(taken.collect())
    }

    fn settle(&self, row: &Posted) -> Result<(), StorageError> {
        let mut here = self.notices();
        here.rows.insert(row.notice.key(), (row.clone(), false));
        Ok(())
    }

    fn revive(&self, now: Timestamp, limit: usize) -> Result<usize, StorageError> {
        let mut here = self.notices();
        let rows = here.rows.values_mut();
        Ok(rows
            .filter_map(|(row, _)| row.revive(now).then_some(()))
            .take(limit)
            .count())
    }

    fn rows(&self, after: Option<Key>, limit: usize) -> Result<Vec<Posted>, StorageError> {
        let here = self.notices();
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let rows = here.rows.range((from, Bound::Unbounded)).take(limit);
        Ok(rows.map(|(_, (row, _))| row.clone()).collect())
    }

    fn waiting(&self) -> Result<(usize, usize), StorageError> {
        let here = self.notices();
        let count = |word: &str| {
            let rows = here.rows.values();
            rows.filter(|(row, _)| row.standing.word() == word).count()
        };
        Ok((count("queued"), count("dead")))
    }
}

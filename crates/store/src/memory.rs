//! A journal in memory, for scenarios and tests. Invariant: it keeps the contract of the port but
//! for durability, which it refuses to promise: it ends with the process.

use app::ports::{Journal, JournalError, Record, RecordStream};

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

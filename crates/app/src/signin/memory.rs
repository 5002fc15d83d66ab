//! Accounts as the tests of this folder keep them.

use crate::ports::{Accounts, Shelf, StorageError};
use std::collections::BTreeMap;
use std::sync::Mutex;

/// Accounts in memory.
#[derive(Default)]
pub(super) struct Memory(Mutex<Kept>);

type Kept = BTreeMap<(Shelf, Vec<u8>), Vec<u8>>;

impl Accounts for Memory {
    fn get(&self, shelf: Shelf, key: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        Ok(self.0.lock().unwrap().get(&(shelf, key.to_vec())).cloned())
    }

    fn put(&self, shelf: Shelf, key: &[u8], value: &[u8]) -> Result<(), StorageError> {
        let mut all = self.0.lock().unwrap();
        all.insert((shelf, key.to_vec()), value.to_vec());
        Ok(())
    }

    fn take(&self, shelf: Shelf, key: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        Ok(self.0.lock().unwrap().remove(&(shelf, key.to_vec())))
    }

    fn sweep(&self, shelf: Shelf, has_ended: &dyn Fn(&[u8]) -> bool) -> Result<u64, StorageError> {
        let mut all = self.0.lock().unwrap();
        let before = all.len();
        all.retain(|(on, _), value| *on != shelf || !has_ended(value));
        Ok((before - all.len()) as u64)
    }

    fn all(&self, shelf: Shelf) -> Result<Vec<Vec<u8>>, StorageError> {
        let all = self.0.lock().unwrap();
        let on = all.iter().filter(|((on, _), _)| *on == shelf);
        Ok(on.map(|(_, value)| value.clone()).collect())
    }
}

//! Who can sign in, in one small fjall database.
//!
//! Invariant: what was put is durable; of two who take the same thing at once, one gets it.

use app::ports::{Accounts, Shelf, StorageError};
use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

const CACHE_BYTES: u64 = 8 << 20;
const MEMTABLE_BYTES: u64 = 4 << 20;

/// Accounts in a folder.
pub struct FjallAccounts {
    database: Database,
    shelves: [(Shelf, Keyspace); 3],
    /// Held while something is taken.
    taking: Mutex<()>,
}

fn failed(error: fjall::Error) -> StorageError {
    StorageError {
        what: "accounts",
        why: error.to_string(),
    }
}

impl FjallAccounts {
    /// Opens the accounts in a folder, empty where there are none.
    pub fn open(folder: &Path) -> Result<Self, StorageError> {
        let database = Database::builder(folder)
            .cache_size(CACHE_BYTES)
            .worker_threads(1)
            .open()
            .map_err(failed)?;
        let shelf = |shelf: Shelf| -> Result<_, StorageError> {
            let options = || KeyspaceCreateOptions::default().max_memtable_size(MEMTABLE_BYTES);
            let keyspace = database.keyspace(shelf.word(), options).map_err(failed)?;
            Ok((shelf, keyspace))
        };
        let [one, two, three] = Shelf::ALL;
        let shelves = [shelf(one)?, shelf(two)?, shelf(three)?];
        Ok(Self {
            database,
            shelves,
            taking: Mutex::new(()),
        })
    }

    fn shelf(&self, shelf: Shelf) -> Result<&Keyspace, StorageError> {
        let mut shelves = self.shelves.iter();
        let found = shelves.find(|(one, _)| *one == shelf);
        found
            .map(|(_, keyspace)| keyspace)
            .ok_or_else(|| StorageError {
                what: "accounts",
                why: format!("there is no shelf `{}`", shelf.word()),
            })
    }

    fn sync(&self) -> Result<(), StorageError> {
        self.database.persist(PersistMode::SyncAll).map_err(failed)
    }
}

impl Accounts for FjallAccounts {
    fn get(&self, shelf: Shelf, key: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        let value = self.shelf(shelf)?.get(key).map_err(failed)?;
        Ok(value.map(|value| value.to_vec()))
    }

    fn put(&self, shelf: Shelf, key: &[u8], value: &[u8]) -> Result<(), StorageError> {
        self.shelf(shelf)?.insert(key, value).map_err(failed)?;
        self.sync()
    }

    fn take(&self, shelf: Shelf, key: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        let _alone = self.taking.lock().unwrap_or_else(PoisonError::into_inner);
        let value = self.get(shelf, key)?;
        if value.is_some() {
            self.shelf(shelf)?.remove(key).map_err(failed)?;
            self.sync()?;
        }
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_is_there_after_a_restart_and_is_taken_once() {
        let folder = tempfile::tempdir().unwrap();
        let accounts = FjallAccounts::open(folder.path()).unwrap();
        accounts.put(Shelf::Passkeys, b"a", b"1").unwrap();
        accounts.put(Shelf::Activations, b"a", b"2").unwrap();
        drop(accounts);
        let accounts = FjallAccounts::open(folder.path()).unwrap();
        assert_eq!(accounts.get(Shelf::Passkeys, b"a").unwrap().unwrap(), b"1");
        assert_eq!(accounts.get(Shelf::Invitations, b"a").unwrap(), None);
        assert_eq!(
            accounts.take(Shelf::Activations, b"a").unwrap().unwrap(),
            b"2"
        );
        assert_eq!(accounts.take(Shelf::Activations, b"a").unwrap(), None);
    }
}

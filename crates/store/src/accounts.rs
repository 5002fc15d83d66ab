//! Who can sign in, in one small fjall database.
//!
//! Invariant: what was put is durable; of two who take the same thing at once, one gets it.

use crate::instant::{Instant, Opened};
use app::ports::{Accounts, Shelf, StorageError};
use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

const CACHE_BYTES: u64 = 8 << 20;
const MEMTABLE_BYTES: u64 = 4 << 20;
/// Rows looked at in one go while the ended ones are removed; others wait as long.
const SWEEP_ROWS: usize = 1_000;

/// Accounts in a folder. A clone is another handle on the same ones.
#[derive(Clone)]
pub struct FjallAccounts {
    database: Database,
    shelves: Vec<(Shelf, Keyspace)>,
    /// Held while something is put, taken or swept.
    changing: Arc<Mutex<()>>,
}

fn failed(error: fjall::Error) -> StorageError {
    StorageError {
        what: "accounts",
        why: error.to_string(),
    }
}

/// The database in a folder, with a keyspace for each shelf.
fn opened(folder: &Path) -> Result<Opened, StorageError> {
    let database = Database::builder(folder)
        .cache_size(CACHE_BYTES)
        .worker_threads(1)
        .open()
        .map_err(failed)?;
    let options = || KeyspaceCreateOptions::default().max_memtable_size(MEMTABLE_BYTES);
    let shelf = |shelf: Shelf| database.keyspace(shelf.word(), options).map_err(failed);
    let keyspaces = Shelf::ALL
        .map(shelf)
        .into_iter()
        .collect::<Result<_, _>>()?;
    Ok(Opened {
        database,
        keyspaces,
    })
}

impl FjallAccounts {
    /// Opens the accounts in a folder, empty where there are none.
    pub fn open(folder: &Path) -> Result<Self, StorageError> {
        let Opened {
            database,
            keyspaces,
        } = opened(folder)?;
        Ok(Self {
            database,
            shelves: Shelf::ALL.into_iter().zip(keyspaces).collect(),
            changing: Arc::default(),
        })
    }

    /// The accounts as they are now, to be copied at leisure.
    pub fn instant(&self) -> Instant {
        let keyspaces = self.shelves.iter().map(|(_, keyspace)| keyspace.clone());
        let own = Opened {
            database: self.database.clone(),
            keyspaces: keyspaces.collect(),
        };
        Instant::of("accounts", &own, opened)
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

    /// Alone with what changes.
    fn alone(&self) -> MutexGuard<'_, ()> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
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
        let alone = self.alone();
        self.shelf(shelf)?.insert(key, value).map_err(failed)?;
        drop(alone);
        self.sync()
    }

    fn take(&self, shelf: Shelf, key: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        let _alone = self.alone();
        let value = self.get(shelf, key)?;
        if value.is_some() {
            self.shelf(shelf)?.remove(key).map_err(failed)?;
            self.sync()?;
        }
        Ok(value)
    }

    fn sweep(&self, shelf: Shelf, has_ended: &dyn Fn(&[u8]) -> bool) -> Result<u64, StorageError> {
        let keyspace = self.shelf(shelf)?;
        let (mut swept, mut from) = (0_u64, Vec::new());
        loop {
            let _alone = self.alone();
            let mut seen = 0;
            for guard in keyspace.range(from.clone()..).take(SWEEP_ROWS) {
                let (key, value) = guard.into_inner().map_err(failed)?;
                seen += 1;
                // The least key after this one.
                from = [&key[..], &[0]].concat();
                if has_ended(&value) {
                    keyspace.remove(key).map_err(failed)?;
                    swept = swept.saturating_add(1);
                }
            }
            if seen < SWEEP_ROWS {
                break;
            }
        }
        if swept > 0 {
            self.sync()?;
        }
        Ok(swept)
    }

    fn all(&self, shelf: Shelf) -> Result<Vec<Vec<u8>>, StorageError> {
        let rows = self.shelf(shelf)?.iter();
        let value = |guard: fjall::Guard| guard.value().map_err(failed);
        rows.map(|guard| value(guard).map(|value| value.to_vec()))
            .collect()
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

    #[test]
    fn a_shelf_is_told_whole_by_key_and_no_other_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let accounts = FjallAccounts::open(folder.path()).unwrap();
        for (key, value) in [(b"b", b"1"), (b"a", b"2")] {
            accounts.put(Shelf::Bindings, key, value).unwrap();
        }
        accounts.put(Shelf::Subjects, b"c", b"3").unwrap();
        assert_eq!(accounts.all(Shelf::Bindings).unwrap(), [b"2", b"1"]);
        assert_eq!(accounts.all(Shelf::Passkeys).unwrap(), [[0_u8; 0]; 0]);
    }

    #[test]
    fn a_sweep_removes_what_has_ended_on_its_shelf_alone() {
        let folder = tempfile::tempdir().unwrap();
        let accounts = FjallAccounts::open(folder.path()).unwrap();
        // More than are looked at in one go, put without waiting for the disk each time.
        let rows = u16::try_from(2 * SWEEP_ROWS + 1).unwrap();
        for row in 0..rows {
            let codes = accounts.shelf(Shelf::Activations).unwrap();
            codes
                .insert(row.to_be_bytes(), [u8::from(row % 3 == 0)])
                .unwrap();
        }
        accounts.put(Shelf::Passkeys, b"a", &[1]).unwrap();
        let sweep = || accounts.sweep(Shelf::Activations, &|value| value == [1]);
        assert_eq!(sweep().unwrap(), u64::from(rows.div_ceil(3)));
        assert_eq!(sweep().unwrap(), 0);
        let left = |row: u16| accounts.get(Shelf::Activations, &row.to_be_bytes());
        assert_eq!(left(rows - 2).unwrap(), Some(vec![0]));
        assert_eq!(left(0).unwrap(), None);
        assert!(accounts.get(Shelf::Passkeys, b"a").unwrap().is_some());
    }
}

//! The outbox of notices, in one fjall database: rows, and three sets that say where each stands.
//!
//! Invariant: a row and its place in the sets change in one atomic batch, and so do the position and
//! the notices before it. Rows given out stand in `leased`; one process holds the directory, so what
//! stands there at an opening was left by a crash and is due again, under the same key.

use crate::files;
use crate::instant::{Instant, Opened};
use app::notices::{Key, Notice, Posted, Standing};
use app::ports::{Outbox, StorageError};
use domain::time::Timestamp;
use fjall::{Database, Keyspace, KeyspaceCreateOptions, OwnedWriteBatch, PersistMode};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

const WHAT: &str = "outbox";
const KEYSPACES: [&str; 5] = ["rows", "due", "leased", "dead", "meta"];
const POSITION_KEY: &str = "position";
const CACHE_BYTES: u64 = 16 << 20;
const JOURNAL_BYTES_MAX: u64 = 64 << 20;
const MEMTABLE_BYTES: u64 = 8 << 20;

/// An outbox in a folder. A clone is another handle on the same one.
#[derive(Clone)]
pub struct FjallOutbox {
    database: Database,
    rows: Keyspace,
    due: Keyspace,
    leased: Keyspace,
    dead: Keyspace,
    meta: Keyspace,
    /// Nothing is due before this place; spares stepping over what was taken since the last
    /// compaction. Locked by whoever changes `due`.
    front: Arc<Mutex<Vec<u8>>>,
}

/// The database in a folder, with its keyspaces in the order of the fields.
fn opened(folder: &Path) -> Result<Opened, StorageError> {
    files::make_folder(folder, 0o700).map_err(files::failed(WHAT, folder))?;
    let database = Database::builder(folder)
        .cache_size(CACHE_BYTES)
        .max_journaling_size(JOURNAL_BYTES_MAX)
        .manual_journal_persist(true)
        .worker_threads(1)
        .open()
        .map_err(failed)?;
    let options = || {
        KeyspaceCreateOptions::default()
            .max_memtable_size(MEMTABLE_BYTES)
            .manual_journal_persist(true)
    };
    let keyspace = |name| database.keyspace(name, options).map_err(failed);
    let keyspaces = KEYSPACES.map(keyspace).into_iter();
    Ok(Opened {
        keyspaces: keyspaces.collect::<Result<_, _>>()?,
        database,
    })
}

impl FjallOutbox {
    /// Opens the outbox in a folder, empty where there is none.
    pub fn open(folder: &Path) -> Result<Self, StorageError> {
        let Opened {
            database,
            keyspaces,
        } = opened(folder)?;
        let keyspaces = <[Keyspace; 5]>::try_from(keyspaces);
        let [rows, due, leased, dead, meta] =
            keyspaces.map_err(|_| error("its parts are not five"))?;
        let outbox = Self {
            database,
            rows,
            due,
            leased,
            dead,
            meta,
            front: Arc::default(),
        };
        outbox.end_leases()?;
        Ok(outbox)
    }

    /// The outbox as it is now, to be copied at leisure.
    pub fn instant(&self) -> Instant {
        let keyspaces = [&self.rows, &self.due, &self.leased, &self.dead, &self.meta];
        let own = Opened {
            database: self.database.clone(),
            keyspaces: keyspaces.map(Keyspace::clone).into(),
        };
        Instant::of(WHAT, &own, opened)
    }

    fn end_leases(&self) -> Result<(), StorageError> {
        let mut batch = self.batch();
        for guard in self.leased.iter() {
            let row = self.row(&guard.key().map_err(failed)?)?;
            batch.insert(&self.due, due_key(&row), []);
            batch.remove(&self.leased, *row.notice.key().as_bytes());
        }
        self.commit(batch, PersistMode::Buffer)
    }

    fn front(&self) -> MutexGuard<'_, Vec<u8>> {
        self.front.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn batch(&self) -> OwnedWriteBatch {
        OwnedWriteBatch::with_capacity(self.database.clone(), 64)
    }

    fn commit(&self, batch: OwnedWriteBatch, how: PersistMode) -> Result<(), StorageError> {
        batch.commit().map_err(failed)?;
        self.database.persist(how).map_err(failed)
    }

    fn row(&self, key: &[u8]) -> Result<Posted, StorageError> {
        let missing = || error("a notice is missing");
        let bytes = self.rows.get(key).map_err(failed)?.ok_or_else(missing)?;
        decode(&bytes)
    }

    /// Writes a row; the caller has moved it in the sets.
    fn put(&self, batch: &mut OwnedWriteBatch, row: &Posted) -> Result<(), StorageError> {
        let bytes = postcard::to_stdvec(row).map_err(|_| error("a notice cannot be written"))?;
        batch.insert(&self.rows, *row.notice.key().as_bytes(), bytes);
        Ok(())
    }
}

impl Outbox for FjallOutbox {
    fn position(&self) -> Result<u64, StorageError> {
        let Some(bytes) = self.meta.get(POSITION_KEY).map_err(failed)? else {
            return Ok(0);
        };
        let bytes = <[u8; 8]>::try_from(&*bytes).map_err(|_| error("its position is damaged"))?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn enqueue(
        &self,
        notices: &[Notice],
        now: Timestamp,
        position: Option<u64>,
    ) -> Result<usize, StorageError> {
        let mut front = self.front();
        let mut batch = self.batch();
        let mut fresh = 0_usize;
        for notice in notices {
            let key = *notice.key().as_bytes();
            if self.rows.contains_key(key).map_err(failed)? {
                continue;
            }
            let row = Posted::new(*notice, now);
            self.put(&mut batch, &row)?;
            batch.insert(&self.due, put_before(&mut front, &row), []);
            fresh = fresh.saturating_add(1);
        }
        if let Some(position) = position {
            batch.insert(&self.meta, POSITION_KEY, position.to_le_bytes());
        }
        // Lost with the machine's power, it is derived again.
        self.commit(batch, PersistMode::Buffer)?;
        Ok(fresh)
    }

    fn take(&self, now: Timestamp, limit: usize) -> Result<Vec<Posted>, StorageError> {
        let mut front = self.front();
        let mut batch = self.batch();
        let mut taken = Vec::new();
        let until = due_until(now).to_vec();
        let from = front.clone().min(until.clone());
        for guard in self.due.range(from..until).take(limit) {
            let place = guard.key().map_err(failed)?;
            let key = place.get(8..).unwrap_or_default();
            let mut row = self.row(key)?;
            row.attempts = row.attempts.saturating_add(1);
            batch.remove(&self.due, place.clone());
            batch.insert(&self.leased, key, []);
            self.put(&mut batch, &row)?;
            *front = place.to_vec();
            taken.push(row);
        }
        if !taken.is_empty() {
            self.commit(batch, PersistMode::SyncData)?;
        }
        Ok(taken)
    }

    fn settle(&self, row: &Posted) -> Result<(), StorageError> {
        let key = *row.notice.key().as_bytes();
        let mut front = self.front();
        let mut batch = self.batch();
        batch.remove(&self.leased, key);
        match row.standing {
            Standing::Queued => batch.insert(&self.due, put_before(&mut front, row), []),
            Standing::Dead { .. } => batch.insert(&self.dead, key, []),
            Standing::Sent { .. } => {}
        }
        self.put(&mut batch, row)?;
        self.commit(batch, PersistMode::Buffer)
    }

    fn revive(&self, now: Timestamp, limit: usize) -> Result<usize, StorageError> {
        let mut front = self.front();
        let mut batch = self.batch();
        let mut revived = 0_usize;
        for guard in self.dead.iter().take(limit) {
            let key = guard.key().map_err(failed)?;
            let mut row = self.row(&key)?;
            if row.revive(now) {
                batch.insert(&self.due, put_before(&mut front, &row), []);
                self.put(&mut batch, &row)?;
                revived = revived.saturating_add(1);
            }
            batch.remove(&self.dead, key);
        }
        self.commit(batch, PersistMode::SyncData)?;
        Ok(revived)
    }

    fn rows(&self, after: Option<Key>, limit: usize) -> Result<Vec<Posted>, StorageError> {
        let from = after.map(|key| [key.as_bytes().as_slice(), &[0]].concat());
        let range = self.rows.range(from.unwrap_or_default()..);
        let rows = range.take(limit);
        rows.map(|guard| decode(&guard.value().map_err(failed)?))
            .collect()
    }

    fn waiting(&self) -> Result<(usize, usize), StorageError> {
        let due = self.due.len().map_err(failed)?;
        let leased = self.leased.len().map_err(failed)?;
        let dead = self.dead.len().map_err(failed)?;
        Ok((due.saturating_add(leased), dead))
    }
}

/// Where a row stands among those that wait: by time, then by key.
fn due_key(row: &Posted) -> Vec<u8> {
    let at = row.next_at.as_unsigned_unix().to_be_bytes();
    [at.as_slice(), row.notice.key().as_bytes()].concat()
}

/// The same, and nothing that waits stands before the front.
fn put_before(front: &mut Vec<u8>, row: &Posted) -> Vec<u8> {
    let key = due_key(row);
    if key < *front {
        front.clone_from(&key);
    }
    key
}

/// The end of those whose time has come.
fn due_until(now: Timestamp) -> [u8; 8] {
    now.as_unsigned_unix().saturating_add(1).to_be_bytes()
}

fn decode(bytes: &[u8]) -> Result<Posted, StorageError> {
    postcard::from_bytes(bytes).map_err(|_| error("a notice does not read back"))
}

fn failed(failure: fjall::Error) -> StorageError {
    error(&failure.to_string())
}

fn error(why: &str) -> StorageError {
    StorageError {
        what: WHAT,
        why: why.to_owned(),
    }
}

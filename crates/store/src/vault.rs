//! The vault: names, documents and phones, each person's under a key of that person's own.
//!
//! Owns a fjall database of sealed identities and, apart from it, the file of keys (`slots.rs`).
//! Invariant: an identity is stored only after its key is durable; once [`FileVault::destroy`] has
//! returned, the key is nowhere, and what was stored, wherever a copy of it lies, is noise.
//! Refuses: to give out an identity whose bytes were altered.
//!
//! A crash after the key is written leaves a key without an identity: reading gives `None`. A crash
//! after the key is destroyed leaves noise in the database: reading gives `None` as well, and
//! storing replaces the noise.

mod holdings;
mod slots;
#[cfg(test)]
mod tests;

use crate::files;
use crate::instant::{Instant, Opened};
use app::ports::{Identity, StorageError, Vault};
use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{Tag, XChaCha20Poly1305, XNonce};
use domain::document::PersonId;
use fjall::{CompressionType, Database, Keyspace, KeyspaceCreateOptions, PersistMode};
use slots::{Key, Slots};
use std::collections::BTreeMap;
use std::path::Path;
use zeroize::Zeroizing;

const WHAT: &str = "vault";
const KEYS_NAME: &str = "keys.slots";
const KEYSPACES: [&str; 3] = ["identities", "holdings", "issuing"];
const NONCE_BYTES: usize = 24;
const TAG_BYTES: usize = 16;
/// An identity is a name, a number, a phone, an address.
const IDENTITY_BYTES_MAX: usize = 4096;
const CACHE_BYTES: u64 = 16 << 20;
const JOURNAL_BYTES_MAX: u64 = 128 << 20;
const MEMTABLE_BYTES: u64 = 32 << 20;

/// What is sealed, in an open database. A clone is another handle on the same.
#[derive(Clone)]
pub struct SealedRows {
    database: Database,
    identities: Keyspace,
    holdings: Keyspace,
    issuing: Keyspace,
}

/// A vault in two folders: sealed identities, and keys.
pub struct FileVault {
    rows: SealedRows,
    slots: Slots,
}

/// The database in a folder, with its keyspaces in the order of the fields.
fn opened(folder: &Path) -> Result<Opened, StorageError> {
    let database = Database::builder(folder)
        .cache_size(CACHE_BYTES)
        .max_journaling_size(JOURNAL_BYTES_MAX)
        .journal_compression(CompressionType::None)
        .worker_threads(1)
        .open()
        .map_err(failed)?;
    let options = || KeyspaceCreateOptions::default().max_memtable_size(MEMTABLE_BYTES);
    let keyspace = |name| database.keyspace(name, options).map_err(failed);
    let keyspaces = KEYSPACES.map(keyspace).into_iter();
    Ok(Opened {
        keyspaces: keyspaces.collect::<Result<_, _>>()?,
        database,
    })
}

impl SealedRows {
    fn open(folder: &Path) -> Result<Self, StorageError> {
        let Opened {
            database,
            keyspaces,
        } = opened(folder)?;
        let keyspaces = <[Keyspace; 3]>::try_from(keyspaces);
        let [identities, holdings, issuing] =
            keyspaces.map_err(|_| error("its parts are not three".to_owned()))?;
        Ok(Self {
            database,
            identities,
            holdings,
            issuing,
        })
    }
}

impl FileVault {
    /// Opens a vault, making both folders if need be.
    pub fn open(folder: &Path, keys_folder: &Path) -> Result<Self, StorageError> {
        let slots = slots(keys_folder)?;
        let rows = SealedRows::open(folder)?;
        Ok(Self { rows, slots })
    }

    /// Opens a vault whose rows somebody has open already: its database opens only once.
    pub fn beside(rows: &SealedRows, keys_folder: &Path) -> Result<Self, StorageError> {
        let (slots, rows) = (slots(keys_folder)?, rows.clone());
        Ok(Self { rows, slots })
    }

    /// What is sealed; held, it keeps the database open.
    pub fn sealed(&self) -> SealedRows {
        self.rows.clone()
    }

    /// The vault as it is now: the keys are written to a folder at once, for a key that is destroyed
    /// later and given again would not open what was sealed before; the rows are to be copied at
    /// leisure. Nobody changes the vault meanwhile, for it is borrowed.
    pub fn instant(&self, keys_folder: &Path) -> Result<Instant, StorageError> {
        let path = keys_folder.join(KEYS_NAME);
        self.slots.copy(&path).map_err(files::failed(WHAT, &path))?;
        let SealedRows {
            database,
            identities,
            holdings,
            issuing,
        } = self.sealed();
        let keyspaces = vec![identities, holdings, issuing];
        let own = Opened {
            database,
            keyspaces,
        };
        Ok(Instant::of(WHAT, &own, opened))
    }

    /// How many keys do not read back as they were written; their people cannot be read.
    pub fn damaged_keys(&self) -> u64 {
        self.slots.damaged()
    }

    /// Gives keys to those who have none.
    fn keys_for(&mut self, people: &[PersonId]) -> Result<(), StorageError> {
        let mut fresh = BTreeMap::new();
        for person in people {
            if !self.slots.has(*person) {
                fresh.insert(*person, Zeroizing::new([0; 32]));
            }
        }
        let mut random = Zeroizing::new(vec![0; fresh.len().saturating_mul(32)]);
        files::random(&mut random, WHAT)?;
        for (key, bytes) in fresh.values_mut().zip(random.as_chunks::<32>().0) {
            key.copy_from_slice(bytes);
        }
        let fresh: Vec<(PersonId, Key)> = fresh.into_iter().collect();
        if fresh.is_empty() {
            return Ok(());
        }
        self.slots
            .add(&fresh)
            .map_err(|failure| error(failure.to_string()))
    }

    /// Seals for somebody who has a key.
    fn seal_for(
        &self,
        what: Sealed,
        person: PersonId,
        plain: &[u8],
    ) -> Result<Vec<u8>, StorageError> {
        let key = self
            .key(person)?
            .ok_or_else(|| error("a key is missing".to_owned()))?;
        let mut nonce = [0; NONCE_BYTES];
        files::random(&mut nonce, WHAT)?;
        seal(&key, nonce, what, person, plain)
    }

    fn key(&self, person: PersonId) -> Result<Option<Key>, StorageError> {
        self.slots
            .key(person)
            .map_err(|failure| error(failure.to_string()))
    }
}

impl Vault for FileVault {
    fn store(&mut self, people: &[(PersonId, Identity)]) -> Result<(), StorageError> {
        if people.is_empty() {
            return Ok(());
        }
        let mut plain = Vec::with_capacity(people.len());
        for (person, identity) in people {
            let bytes = postcard::to_stdvec(identity).map(Zeroizing::new);
            let bytes = bytes.map_err(|failure| error(failure.to_string()))?;
            if bytes.len() > IDENTITY_BYTES_MAX {
                let why = format!("an identity of {} bytes is too long", bytes.len());
                return Err(error(why));
            }
            plain.push((*person, bytes));
        }
        let ids: Vec<PersonId> = people.iter().map(|(person, _)| *person).collect();
        self.keys_for(&ids)?;
        let mut batch = self
            .rows
            .database
            .batch()
            .durability(Some(PersistMode::SyncAll));
        for (person, bytes) in &plain {
            let sealed = self.seal_for(Sealed::Identity, *person, bytes)?;
            batch.insert(&self.rows.identities, *person.as_bytes(), sealed);
        }
        batch.commit().map_err(failed)
    }

    fn read(&self, person: PersonId) -> Result<Option<Identity>, StorageError> {
        let Some(key) = self.key(person)? else {
            return Ok(None);
        };
        let Some(sealed) = self
            .rows
            .identities
            .get(person.as_bytes())
            .map_err(failed)?
        else {
            return Ok(None);
        };
        let bytes = open(&key, Sealed::Identity, person, &sealed)
            .ok_or_else(|| error("an identity does not open: it was altered".to_owned()))?;
        decode(&bytes)
            .map(Some)
            .ok_or_else(|| error("an identity does not read back".to_owned()))
    }

    fn destroy(&mut self, person: PersonId) -> Result<bool, StorageError> {
        let destroyed = self
            .slots
            .destroy(person)
            .map_err(|failure| error(failure.to_string()))?;
        self.rows
            .identities
            .remove(person.as_bytes())
            .map_err(failed)?;
        self.rows
            .holdings
            .remove(person.as_bytes())
            .map_err(failed)?;
        Ok(destroyed)
    }
}

fn slots(keys_folder: &Path) -> Result<Slots, StorageError> {
    files::make_folder(keys_folder, 0o700).map_err(files::failed(WHAT, keys_folder))?;
    let path = keys_folder.join(KEYS_NAME);
    Slots::open(&path).map_err(files::failed(WHAT, &path))
}

/// Reads an identity; one from before there was e-mail ends one byte earlier.
fn decode(bytes: &[u8]) -> Option<Identity> {
    let longer = || Zeroizing::new([bytes, &[0]].concat());
    let identity = postcard::from_bytes(bytes).or_else(|_| postcard::from_bytes(&longer()));
    identity.ok()
}

/// What is sealed: neither can be taken for the other.
#[derive(Clone, Copy)]
enum Sealed {
    Identity,
    Holding,
}

impl Sealed {
    /// The additional data.
    fn bound_to(self, person: PersonId) -> Vec<u8> {
        let label: &[u8] = match self {
            Self::Identity => b"",
            Self::Holding => b"holding",
        };
        [label, person.as_bytes()].concat()
    }
}

fn seal(
    key: &Key,
    nonce: [u8; NONCE_BYTES],
    what: Sealed,
    person: PersonId,
    plain: &[u8],
) -> Result<Vec<u8>, StorageError> {
    let mut sealed = Vec::with_capacity(plain.len().saturating_add(NONCE_BYTES + TAG_BYTES));
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(plain);
    let body = sealed.get_mut(NONCE_BYTES..).unwrap_or_default();
    let tag = XChaCha20Poly1305::new((&**key).into())
        .encrypt_inout_detached(&XNonce::from(nonce), &what.bound_to(person), body.into())
        .map_err(|_| error("this cannot be sealed".to_owned()))?;
    sealed.extend_from_slice(&tag);
    Ok(sealed)
}

fn open(key: &Key, what: Sealed, person: PersonId, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, rest) = sealed.split_first_chunk::<NONCE_BYTES>()?;
    let (body, tag) = rest.split_last_chunk::<TAG_BYTES>()?;
    let mut plain = Zeroizing::new(body.to_vec());
    XChaCha20Poly1305::new((&**key).into())
        .decrypt_inout_detached(
            &XNonce::from(*nonce),
            &what.bound_to(person),
            plain.as_mut_slice().into(),
            &Tag::from(*tag),
        )
        .ok()?;
    Some(plain)
}

fn failed(failure: fjall::Error) -> StorageError {
    error(failure.to_string())
}

fn error(why: String) -> StorageError {
    StorageError { what: WHAT, why }
}

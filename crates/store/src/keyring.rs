//! Sealing keys, one a local day, each in a file of its own that can be destroyed; and the shares of
//! salts, in a file that is written anew, and the old one overwritten, whenever one is forgotten.
//!
//! Invariant: a key is durable before anything is sealed with it; what is sealed opens only beside
//! its own leaf. The format is in `docs/journal-format.md`, "The sealed part".
//! Refuses: to open anything whose key is gone or whose bytes were altered, without saying which
//! byte; key files of another length than 32; a file of shares that is none.

use crate::files;
use app::ports::{DayKeys, Keyring, StorageError};
use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{Tag, XChaCha20Poly1305, XNonce};
use domain::salts::{Forgotten, SaltTree};
use domain::time::Day;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use zeroize::Zeroizing;

const WHAT: &str = "keyring";
const SALTS: &str = "salts";
const DAY_BYTES: usize = 8;
const NONCE_BYTES: usize = 24;
const FRONT_BYTES: usize = DAY_BYTES + NONCE_BYTES;
const TAG_BYTES: usize = 16;

type Key = Zeroizing<[u8; 32]>;

/// Keys of days in a folder; those in use are also in memory.
pub struct FileDayKeys {
    folder: PathBuf,
    keys: Mutex<BTreeMap<Day, Key>>,
}

/// The keys of days that seal, and beside them the shares of salts.
pub struct FileKeyring {
    days: FileDayKeys,
    salts: SaltTree,
}

impl FileDayKeys {
    /// Opens the keys in a folder, making it if need be.
    pub fn open(folder: &Path) -> Result<Self, StorageError> {
        files::make_folder(folder, 0o700).map_err(files::failed(WHAT, folder))?;
        Ok(Self {
            folder: folder.to_path_buf(),
            keys: Mutex::default(),
        })
    }

    /// Destroys the key of a day, and says whether there was one: what it sealed is noise from now
    /// on.
    pub fn destroy_day(&mut self, day: Day) -> Result<bool, StorageError> {
        let path = self.path(day);
        self.held().remove(&day);
        files::destroy(&path).map_err(files::failed(WHAT, &path))
    }

    /// The days that have a key.
    pub fn days(&self) -> Result<Vec<Day>, StorageError> {
        let failed = files::failed(WHAT, &self.folder);
        let mut days = Vec::new();
        for entry in std::fs::read_dir(&self.folder).map_err(&failed)? {
            let name = entry.map_err(&failed)?.file_name();
            let count = name.to_str().and_then(|name| name.strip_suffix(".key"));
            days.extend(
                count
                    .and_then(|count| count.parse().ok())
                    .map(Day::from_count),
            );
        }
        days.sort_unstable();
        Ok(days)
    }

    fn path(&self, day: Day) -> PathBuf {
        self.folder.join(format!("{}.key", day.as_count()))
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<Day, Key>> {
        // A key is inserted whole or not at all, so a poisoned lock guards nothing broken.
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn key(&self, day: Day) -> Result<Option<Key>, StorageError> {
        if let Some(key) = self.held().get(&day) {
            return Ok(Some(key.clone()));
        }
        let path = self.path(day);
        let Some(bytes) = files::read_secret(&path).map_err(files::failed(WHAT, &path))? else {
            return Ok(None);
        };
        let key = <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| {
            let length = bytes.len();
            error(format!("`{}` has {length} bytes, not 32", path.display()))
        })?;
        let key = Zeroizing::new(key);
        self.held().insert(day, key.clone());
        Ok(Some(key))
    }

    fn key_to_seal(&self, day: Day) -> Result<Key, StorageError> {
        if let Some(key) = self.key(day)? {
            return Ok(key);
        }
        let mut key = Zeroizing::new([0; 32]);
        files::random(key.as_mut_slice(), WHAT)?;
        let path = self.path(day);
        files::replace_secret(&path, key.as_slice()).map_err(files::failed(WHAT, &path))?;
        self.held().insert(day, key.clone());
        Ok(key)
    }
}

impl FileKeyring {
    /// Opens the keys in a folder, making what is not there.
    pub fn open(folder: &Path) -> Result<Self, StorageError> {
        let days = FileDayKeys::open(folder)?;
        let path = folder.join(SALTS);
        let failed = files::failed(WHAT, &path);
        let salts = if let Some(bytes) = files::read_secret(&path).map_err(&failed)? {
            let read = SaltTree::decode(&bytes);
            read.ok_or_else(|| {
                let why = "does not hold salts\nhelp: bring it back from a backup";
                error(format!("`{}` {why}", path.display()))
            })?
        } else if !days.days()?.is_empty() {
            let why = "is missing beside the keys that need it\nhelp: bring it back from a backup";
            return Err(error(format!("`{}` {why}", path.display())));
        } else {
            let mut seed = Zeroizing::new([0; 32]);
            files::random(seed.as_mut_slice(), WHAT)?;
            let fresh = SaltTree::new(*seed);
            let bytes = Zeroizing::new(fresh.encode());
            files::replace_secret(&path, &bytes).map_err(&failed)?;
            fresh
        };
        Ok(Self { days, salts })
    }

    /// Destroys the key of a day, and says whether there was one: what it sealed is noise from now
    /// on.
    pub fn destroy_day(&mut self, day: Day) -> Result<bool, StorageError> {
        self.days.destroy_day(day)
    }

    /// The days that have a key.
    pub fn days(&self) -> Result<Vec<Day>, StorageError> {
        self.days.days()
    }
}

impl DayKeys for FileDayKeys {
    fn key(&mut self, day: Day) -> Result<[u8; 32], StorageError> {
        Ok(*self.key_to_seal(day)?)
    }
}

impl Keyring for FileKeyring {
    fn seal(
        &mut self,
        day: Day,
        leaf: &[u8],
        mut payload: Vec<u8>,
    ) -> Result<Vec<u8>, StorageError> {
        let key = self.days.key_to_seal(day)?;
        let mut nonce = [0; NONCE_BYTES];
        files::random(&mut nonce, WHAT)?;
        let length = payload.len();
        payload.reserve_exact(FRONT_BYTES + TAG_BYTES);
        payload.resize(length.saturating_add(FRONT_BYTES), 0);
        payload.copy_within(..length, FRONT_BYTES);
        if let Some((front, body)) = payload.split_at_mut_checked(FRONT_BYTES)
            && let Some((day_place, nonce_place)) = front.split_at_mut_checked(DAY_BYTES)
        {
            day_place.copy_from_slice(&day.as_count().to_le_bytes());
            nonce_place.copy_from_slice(&nonce);
            let tag = XChaCha20Poly1305::new((&*key).into())
                .encrypt_inout_detached(&XNonce::from(nonce), &Sha256::digest(leaf), body.into())
                .map_err(|_| error("the payload is too large to seal".to_owned()))?;
            payload.extend_from_slice(&tag);
            return Ok(payload);
        }
        Err(error("the payload cannot be sealed".to_owned()))
    }

    fn open(&self, leaf: &[u8], sealed: &[u8]) -> Result<Vec<u8>, StorageError> {
        let altered =
            || error("a sealed part does not open: it was altered or is not of its leaf".into());
        let (day, rest) = sealed
            .split_first_chunk::<DAY_BYTES>()
            .ok_or_else(altered)?;
        let (nonce, rest) = rest
            .split_first_chunk::<NONCE_BYTES>()
            .ok_or_else(altered)?;
        let (body, tag) = rest.split_last_chunk::<TAG_BYTES>().ok_or_else(altered)?;
        let day = Day::from_count(i64::from_le_bytes(*day));
        let key = (self.days.key(day)?)
            .ok_or_else(|| error(format!("the key of {day} is destroyed or was never here")))?;
        let mut payload = body.to_vec();
        XChaCha20Poly1305::new((&*key).into())
            .decrypt_inout_detached(
                &XNonce::from(*nonce),
                &Sha256::digest(leaf),
                payload.as_mut_slice().into(),
                &Tag::from(*tag),
            )
            .map_err(|_| altered())?;
        Ok(payload)
    }

    fn random(&mut self) -> Result<[u8; 32], StorageError> {
        let mut bytes = [0; 32];
        files::random(&mut bytes, WHAT)?;
        Ok(bytes)
    }

    fn salts(&self) -> &SaltTree {
        &self.salts
    }

    fn forget(&mut self, leaves: &[Forgotten]) -> Result<usize, StorageError> {
        let mut next = self.salts.clone();
        let count = next.forget(leaves);
        if count > 0 {
            let path = self.days.folder.join(SALTS);
            let bytes = Zeroizing::new(next.encode());
            files::supersede_secret(&path, &bytes).map_err(files::failed(WHAT, &path))?;
            self.salts = next;
        }
        Ok(count)
    }
}

fn error(why: String) -> StorageError {
    StorageError { what: WHAT, why }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    const DAY: Day = Day::from_count(19_158);

    fn keyring() -> (tempfile::TempDir, FileKeyring) {
        let folder = tempfile::tempdir().unwrap();
        let keyring = FileKeyring::open(&folder.path().join("payload")).unwrap();
        (folder, keyring)
    }

    #[test]
    fn what_is_sealed_opens_again_also_after_a_restart() {
        let (folder, mut keyring) = keyring();
        for length in [0, 1, 47, 48, 49, 100_000] {
            let payload = vec![7; length];
            let sealed = keyring.seal(DAY, b"leaf", payload.clone()).unwrap();
            assert_eq!(sealed.len(), length + 48);
            assert_eq!(sealed[..8], 19_158_i64.to_le_bytes());
            assert_eq!(keyring.open(b"leaf", &sealed).unwrap(), payload);
            let again = FileKeyring::open(&folder.path().join("payload")).unwrap();
            assert_eq!(again.open(b"leaf", &sealed).unwrap(), payload);
        }
        assert_eq!(keyring.days().unwrap(), [DAY]);
    }

    #[test]
    fn a_key_is_32_bytes_that_only_its_owner_reads() {
        let (folder, mut keyring) = keyring();
        keyring.seal(DAY, b"", vec![]).unwrap();
        let file = std::fs::metadata(folder.path().join("payload/19158.key")).unwrap();
        assert_eq!((file.len(), file.permissions().mode() & 0o777), (32, 0o600));
    }

    #[test]
    fn a_sealed_part_opens_beside_its_own_leaf_alone() {
        let (_folder, mut keyring) = keyring();
        let sealed = keyring.seal(DAY, b"leaf", b"payload".to_vec()).unwrap();
        keyring.open(b"leag", &sealed).unwrap_err();
    }

    #[test]
    fn any_byte_altered_or_missing_is_refused() {
        let (_folder, mut keyring) = keyring();
        let sealed = keyring.seal(DAY, b"leaf", b"payload".to_vec()).unwrap();
        for place in 0..sealed.len() {
            let mut bad = sealed.clone();
            bad[place] ^= 1;
            keyring.open(b"leaf", &bad).unwrap_err();
            keyring.open(b"leaf", &sealed[..place]).unwrap_err();
        }
    }

    #[test]
    fn a_destroyed_day_is_noise_and_other_days_are_not() {
        let (folder, mut keyring) = keyring();
        let other = Day::from_count(19_159);
        let gone = keyring.seal(DAY, b"leaf", b"one".to_vec()).unwrap();
        let kept = keyring.seal(other, b"leaf", b"two".to_vec()).unwrap();
        let key = std::fs::read(folder.path().join("payload/19158.key")).unwrap();
        assert!(keyring.destroy_day(DAY).unwrap());
        assert!(!keyring.destroy_day(DAY).unwrap());
        assert!(
            keyring
                .open(b"leaf", &gone)
                .unwrap_err()
                .why
                .contains("2022-06-15")
        );
        assert_eq!(keyring.open(b"leaf", &kept).unwrap(), b"two");
        keyring.seal(DAY, b"leaf", b"three".to_vec()).unwrap();
        keyring.open(b"leaf", &gone).unwrap_err();
        assert_ne!(
            std::fs::read(folder.path().join("payload/19158.key")).unwrap(),
            key
        );
    }

    #[test]
    fn a_forgotten_salt_stays_forgotten_and_its_old_file_is_overwritten() {
        let (folder, mut keyring) = keyring();
        let salts = folder.path().join("payload/salts");
        let old = folder.path().join("old");
        std::fs::hard_link(&salts, &old).unwrap();
        assert_eq!(std::fs::read(&old).unwrap(), keyring.salts().encode());
        let leaf = Forgotten {
            entry: 3,
            place: 0,
            count: 2,
            hash: [5; 32],
        };
        assert_eq!(keyring.forget(&[leaf]).unwrap(), 1);
        assert_eq!(keyring.forget(&[leaf]).unwrap(), 0);
        assert!(std::fs::read(&old).unwrap().iter().all(|byte| *byte == 0));
        assert_eq!(
            std::fs::metadata(&salts).unwrap().permissions().mode() & 0o777,
            0o600
        );
        let again = FileKeyring::open(&folder.path().join("payload")).unwrap();
        assert!(*again.salts() == *keyring.salts());
        assert_eq!(again.salts().forgotten(), 1);
        assert_eq!(again.days().unwrap(), []);
    }

    #[test]
    fn a_file_of_salts_that_is_none_or_was_lost_is_refused_and_never_made_anew() {
        let (folder, mut keyring) = keyring();
        keyring.seal(DAY, b"", vec![]).unwrap();
        drop(keyring);
        let (payload, salts) = (folder.path().join("payload"), "payload/salts");
        std::fs::write(folder.path().join(salts), [0; 32]).unwrap();
        let why = |opened: Result<FileKeyring, StorageError>| opened.err().unwrap().why;
        assert!(why(FileKeyring::open(&payload)).contains("does not hold salts"));
        std::fs::remove_file(folder.path().join(salts)).unwrap();
        assert!(why(FileKeyring::open(&payload)).contains("missing"));
    }

    #[test]
    fn a_key_file_of_another_length_is_refused() {
        let (folder, mut keyring) = keyring();
        std::fs::write(folder.path().join("payload/19158.key"), [0; 31]).unwrap();
        assert!(
            keyring
                .seal(DAY, b"", vec![])
                .unwrap_err()
                .why
                .contains("31 bytes")
        );
    }
}

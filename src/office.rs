//! A data directory at work: journal, views, vault, keys and log put together.
//!
//! Invariant: [`Office::submit`] answers only what is durable; [`Office::settle`] brings views and the
//! published log up to it. One process holds the directory at a time.

use crate::host;
use app::issuing::{IssueError, KnownRows};
use app::ledger::{Ledger, LedgerError, Receipt};
use app::ports::{Clock, JournalError, Publisher as _, StorageError, ViewRows as _, Views as _};
use app::publish;
use credential::key::SigningKey;
use domain::document::{PersonId, PersonKey};
use domain::publication::KeyPurpose;
use domain::time::Timestamp;
use std::fmt;
use std::path::{Path, PathBuf};
use store::datadir::{read_secret, write_secret};
use store::instant::Instant;
use store::publish::PartialTiles;
use store::vault::SealedRows;
use store::{
    DataDir, FileDayKeys, FileKeyring, FilePublisher, FileSnapshots, FileVault, FjallAccounts,
    FjallOutbox, FjallViews, SegmentJournal, StoreError,
};
use tlog::SignerKey;

/// A snapshot is worth writing when at most so many people are on record for each entry since the
/// last one: small ledgers always open from a fresh one, large ones now and then.
const SNAPSHOT_PEOPLE_PER_ENTRY: u64 = 1_000;

/// Notices that one settling queues at most: about a tenth of a second.
const TELL_MAX: usize = 20_000;

/// With less free space writing is not taken up again.
const FREE_BYTES_MIN: u64 = 16 * 1_024 * 1_024;

/// The ending of an issuing key that is not registered yet.
const NEXT: &str = "next.key";

/// Why a directory cannot be worked with.
#[derive(Debug)]
pub enum OfficeError {
    /// The ledger.
    Ledger(LedgerError),
    /// The storage.
    Storage(StorageError),
    /// The directory itself: what, where, what to do.
    Directory(String),
    /// Issuing.
    Issue(IssueError),
}

impl fmt::Display for OfficeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ledger(error) => error.fmt(formatter),
            Self::Storage(error) => error.fmt(formatter),
            Self::Directory(text) => formatter.write_str(text),
            Self::Issue(error) => error.fmt(formatter),
        }
    }
}

impl std::error::Error for OfficeError {}

impl From<LedgerError> for OfficeError {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error)
    }
}

impl From<JournalError> for OfficeError {
    fn from(error: JournalError) -> Self {
        Self::Ledger(error.into())
    }
}

impl From<IssueError> for OfficeError {
    fn from(error: IssueError) -> Self {
        match error {
            IssueError::Storage(error) => Self::Storage(error),
            error => Self::Issue(error),
        }
    }
}

impl From<StoreError> for OfficeError {
    fn from(error: StoreError) -> Self {
        Self::Directory(error.to_string())
    }
}

impl From<StorageError> for OfficeError {
    fn from(error: StorageError) -> Self {
        Self::Storage(error)
    }
}

/// The clock on the wall.
#[derive(Clone, Copy, Debug)]
pub struct WallClock;

impl Clock for WallClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "this is the clock adapter")]
        let now = std::time::SystemTime::now();
        let seconds = now
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(0, |since| {
                i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
            });
        Timestamp::from_unix(seconds)
    }
}

/// An open data directory.
pub struct Office {
    dir: DataDir,
    ledger: Ledger,
    views: FjallViews,
    outbox: FjallOutbox,
    snapshots: FileSnapshots,
    publisher: FilePublisher,
    log_key: SignerKey,
    person_key: PersonKey,
    /// The rows that the last cut of the lists met.
    pub(crate) rows: KnownRows,
    /// The vault's database, while a backup reads it: it opens only once.
    held: Option<SealedRows>,
}

impl Office {
    /// Makes a fresh data directory for a ledger with this origin: keys, but no entry yet.
    pub fn create(path: &Path, origin: &str) -> Result<Self, OfficeError> {
        let dir = DataDir::create(path)?;
        let seed = random()?;
        SignerKey::from_seed(origin, seed)
            .map_err(|error| OfficeError::Directory(format!("origin `{origin}`: {error}")))?;
        write_secret(
            &dir.log_key(),
            format!("{origin}\n{}\n", hex(&seed)).as_bytes(),
        )?;
        write_secret(
            &dir.person_key(),
            format!("{}\n", hex(&random()?)).as_bytes(),
        )?;
        drop(dir);
        Self::open(path)
    }

    /// Opens a data directory; what a crash left behind is caught up.
    pub fn open(path: &Path) -> Result<Self, OfficeError> {
        let dir = DataDir::open(path)?;
        let log_key = read_log_key(&dir)?;
        let person_key = PersonKey::from_bytes(read_person_key(&dir)?);
        let journal = SegmentJournal::open(&dir.journal())?;
        let keyring = FileKeyring::open(&dir.payload_keys())?;
        let snapshots = FileSnapshots::open(&dir.snapshots())?;
        let publisher = FilePublisher::open(&dir.log(), PartialTiles::Synced)?;
        let outbox = FjallOutbox::open(&dir.outbox())?;
        // The views recover on their own thread while the snapshot is read.
        let folder = dir.views();
        let opening = std::thread::spawn(move || FjallViews::open(&folder));
        let lost = || StorageError {
            what: "views",
            why: "opening them failed".to_owned(),
        };
        let mut views = None;
        let ledger = Ledger::open(Box::new(journal), Box::new(keyring), &snapshots, || {
            let opened = opening.join().map_err(|_| lost())??;
            let position = opened.position()?;
            views = Some(opened);
            Ok(position)
        })?;
        let views = views.ok_or_else(lost)?;
        let mut office = Self {
            dir,
            ledger,
            views,
            outbox,
            snapshots,
            publisher,
            log_key,
            person_key,
            rows: KnownRows::new(),
            held: None,
        };
        office.settle()?;
        Ok(office)
    }

    /// Opens the ledger again from what is durable, after a failed append; the views stay open.
    pub fn recover(&mut self) -> Result<(), OfficeError> {
        let free = host::free_bytes(self.dir.path());
        if free.map_err(|error| OfficeError::Directory(error.to_string()))? < FREE_BYTES_MIN {
            return Err(JournalError::Full.into());
        }
        self.ledger.release();
        let journal = SegmentJournal::open(&self.dir.journal())?;
        let keyring = FileKeyring::open(&self.dir.payload_keys())?;
        let views = &self.views;
        self.ledger = Ledger::open(
            Box::new(journal),
            Box::new(keyring),
            &self.snapshots,
            || views.position(),
        )?;
        Ok(())
    }

    /// Forgets the salts of a person's leaves, and says of how many.
    pub fn forget(&mut self, person: PersonId) -> Result<usize, OfficeError> {
        Ok(self.ledger.forget(person)?)
    }

    /// Where it is.
    pub fn path(&self) -> PathBuf {
        self.dir.path().to_path_buf()
    }

    /// The ledger.
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The views.
    pub const fn views(&self) -> &FjallViews {
        &self.views
    }

    /// The key that makes person ids.
    pub const fn person_key(&self) -> &PersonKey {
        &self.person_key
    }

    /// The bytes of the person key, to hand to an office that reports.
    pub fn person_key_bytes(&self) -> Result<[u8; 32], OfficeError> {
        read_person_key(&self.dir)
    }

    /// The log's public key, as text.
    pub fn vkey(&self) -> String {
        self.log_key.verifier().to_string()
    }

    /// The published files.
    pub const fn publisher(&self) -> &FilePublisher {
        &self.publisher
    }

    /// The published files, to write to.
    pub const fn publisher_mut(&mut self) -> &mut FilePublisher {
        &mut self.publisher
    }

    fn issuing_path(&self, purpose: KeyPurpose) -> PathBuf {
        match purpose {
            KeyPurpose::Credential => self.dir.credential_key(),
            KeyPurpose::StatusList => self.dir.list_key(),
        }
    }

    /// The key that issues credentials or lists; made when it is first asked for.
    pub fn issuing_key(&self, purpose: KeyPurpose) -> Result<SigningKey, OfficeError> {
        issuing_key(&self.issuing_path(purpose))
    }

    /// The key that issues credentials or lists, if it was made already.
    pub fn issuing_key_at_hand(
        &self,
        purpose: KeyPurpose,
    ) -> Result<Option<SigningKey>, OfficeError> {
        let path = self.issuing_path(purpose);
        match path.exists() {
            true => issuing_key(&path).map(Some),
            false => Ok(None),
        }
    }

    /// The key that will take its place; made when it is first asked for, and used only once the
    /// province has registered it ([`Office::promote_issuing_key`]).
    pub fn next_issuing_key(&self, purpose: KeyPurpose) -> Result<SigningKey, OfficeError> {
        issuing_key(&self.issuing_path(purpose).with_extension(NEXT))
    }

    /// Puts the next key in place. The old one is kept under the number of its turn.
    pub fn promote_issuing_key(&self, purpose: KeyPurpose) -> Result<(), OfficeError> {
        let path = self.issuing_path(purpose);
        let aside = (1_u32..)
            .map(|turn| path.with_extension(format!("{turn}.key")))
            .find(|aside| !aside.exists());
        let aside = aside.unwrap_or_else(|| path.with_extension("old.key"));
        std::fs::rename(&path, aside)
            .and_then(|()| std::fs::rename(path.with_extension(NEXT), &path))
            .map_err(|error| OfficeError::Directory(format!("`{}`: {error}", path.display())))
    }

    /// The keys of the days' slots.
    pub fn day_keys(&self) -> Result<FileDayKeys, OfficeError> {
        Ok(FileDayKeys::open(&self.dir.slot_keys())?)
    }

    /// Who can sign in; opened when needed.
    pub fn accounts(&self) -> Result<FjallAccounts, OfficeError> {
        Ok(FjallAccounts::open(&self.dir.accounts())?)
    }

    /// The vault of names; opened when needed.
    pub fn vault(&self) -> Result<FileVault, OfficeError> {
        let keys = self.dir.vault_keys();
        Ok(match &self.held {
            Some(rows) => FileVault::beside(rows, &keys)?,
            None => FileVault::open(&self.dir.vault(), &keys)?,
        })
    }

    /// The vault as it is now, to be copied by another thread, its keys written to a folder at once.
    /// Until [`Office::release_vault`] its database stays open.
    pub fn vault_instant(&mut self, keys_folder: &Path) -> Result<Instant, OfficeError> {
        let vault = self.vault()?;
        let instant = vault.instant(keys_folder)?;
        self.held = Some(vault.sealed());
        Ok(instant)
    }

    /// Nobody reads the vault's instant any more.
    pub fn release_vault(&mut self) {
        self.held = None;
    }

    /// Takes a group of signed bytes as one durable append.
    pub fn submit(
        &mut self,
        now: Timestamp,
        group: Vec<Vec<u8>>,
    ) -> Result<Vec<Receipt>, OfficeError> {
        Ok(self.ledger.submit(now, group)?)
    }

    /// Brings the views and the published log up to the journal, and queues notices.
    pub fn settle(&mut self) -> Result<(), OfficeError> {
        self.project()?;
        publish::publish(&self.ledger, &mut self.publisher, &self.log_key)?;
        self.tell()?;
        Ok(())
    }

    /// Queues notices, a portion of them; whether there are more.
    pub fn tell(&mut self) -> Result<bool, OfficeError> {
        let now = WallClock.now();
        Ok(self.ledger.tell(&self.outbox, now, TELL_MAX)?)
    }

    /// The outbox of notices.
    pub const fn outbox(&self) -> &FjallOutbox {
        &self.outbox
    }

    /// Brings the views up to the journal.
    pub fn project(&mut self) -> Result<(), OfficeError> {
        Ok(self.ledger.project(&mut self.views)?)
    }

    /// The newest checkpoint, as signed text.
    pub fn checkpoint(&self) -> Result<Option<String>, OfficeError> {
        Ok(self.publisher.checkpoint()?)
    }

    /// Throws the views away and makes them again; gives the number of people.
    pub fn rebuild(&mut self) -> Result<u32, OfficeError> {
        self.views.wipe()?;
        self.ledger.owe_everything();
        self.settle()?;
        self.views.flush()?;
        Ok(self.ledger.state().people.count())
    }

    /// Writes a snapshot of the deciding state.
    pub fn snapshot(&mut self) -> Result<(), OfficeError> {
        self.settle()?;
        self.views.flush()?;
        Ok(self.ledger.snapshot(&mut self.snapshots)?)
    }

    /// Closes in good order: views and log up to date, and a snapshot when it is worth it.
    pub fn close(mut self) -> Result<(), OfficeError> {
        self.settle()?;
        self.views.flush()?;
        let people = u64::from(self.ledger.state().people.count());
        let worth = self
            .ledger
            .since_snapshot()
            .saturating_mul(SNAPSHOT_PEOPLE_PER_ENTRY);
        if worth > people {
            self.snapshot()?;
        }
        Ok(())
    }
}

/// Fresh randomness from the operating system.
pub fn random() -> Result<[u8; 32], OfficeError> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes)
        .map_err(|error| OfficeError::Directory(format!("no randomness: {error}")))?;
    Ok(bytes)
}

fn hex(bytes: &[u8]) -> String {
    domain::ids::to_hex(bytes)
}

fn secret_text(path: &Path) -> Result<String, OfficeError> {
    let bad = |why: &str| OfficeError::Directory(format!("`{}` {why}", path.display()));
    let bytes = read_secret(path)?.ok_or_else(|| bad("is missing"))?;
    String::from_utf8(bytes.to_vec()).map_err(|_| bad("is not text"))
}

fn issuing_key(path: &Path) -> Result<SigningKey, OfficeError> {
    let bad = || OfficeError::Directory(format!("`{}` is not a key", path.display()));
    if read_secret(path)?.is_none() {
        write_secret(path, format!("{}\n", hex(&random()?)).as_bytes())?;
    }
    let secret = domain::ids::from_hex(secret_text(path)?.trim()).map_err(|_| bad())?;
    SigningKey::from_bytes(&secret).map_err(|_| bad())
}

fn read_log_key(dir: &DataDir) -> Result<SignerKey, OfficeError> {
    let path = dir.log_key();
    let bad = || OfficeError::Directory(format!("`{}` is not a key", path.display()));
    let text = secret_text(&path)?;
    let mut lines = text.lines();
    let (Some(origin), Some(seed)) = (lines.next(), lines.next()) else {
        return Err(bad());
    };
    let seed = domain::ids::from_hex(seed).map_err(|_| bad())?;
    SignerKey::from_seed(origin, seed).map_err(|_| bad())
}

fn read_person_key(dir: &DataDir) -> Result<[u8; 32], OfficeError> {
    let path = dir.person_key();
    let text = secret_text(&path)?;
    domain::ids::from_hex(text.trim())
        .map_err(|_| OfficeError::Directory(format!("`{}` is not a key", path.display())))
}

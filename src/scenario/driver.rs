//! Where a scenario runs: in memory, in a directory, or over HTTP.
//!
//! Invariant: the runner speaks to the ledger only through [`Driver`], so every driver is put to
//! the same questions. What a driver shows of the state must be the fold of its journal.

use super::memory::{MemoryJournal, MemoryViews, NoSnapshots, OpenKeyring};
use app::explain::Explanation;
use app::ledger::{Ledger, LedgerError, Receipt};
use app::ports::{Journal as _, Record, ViewRows as _, Views};
use domain::salts::SaltTree;
use domain::state::State;
use domain::time::Timestamp;
use std::fmt;

/// A driver could not do what was asked; a refusal of the ledger is not an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DriverError(pub String);

impl fmt::Display for DriverError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for DriverError {}

impl From<LedgerError> for DriverError {
    fn from(error: LedgerError) -> Self {
        Self(error.to_string())
    }
}

/// A ledger that a scenario can be played on. One that is far away keeps a replica here.
pub trait Driver {
    /// What to call it in the report, e.g. `library`.
    fn name(&self) -> &str;
    /// Sends signed bytes at an instant; one durable answer each.
    fn submit(&mut self, now: Timestamp, bytes: Vec<Vec<u8>>) -> Result<Vec<Receipt>, DriverError>;
    /// The ledger as it stands.
    fn ledger(&self) -> &Ledger;
    /// Stops and starts again from what is durable.
    fn reopen(&mut self) -> Result<(), DriverError>;
    /// The views, brought up to date.
    fn views(&mut self) -> Result<&dyn Views, DriverError>;

    /// Demands that whoever is asked elsewhere tells a person's code as it is told here.
    fn confirm(&self, _told: &Explanation) -> Result<(), DriverError> {
        Ok(())
    }

    /// The deciding state.
    fn state(&self) -> &State {
        self.ledger().state()
    }

    /// Every durable record, its private part opened.
    fn records(&self) -> Result<Vec<Record>, DriverError> {
        let ledger = self.ledger();
        let stream = ledger.journal().read_from(0);
        let stream = stream.map_err(|error| DriverError(error.to_string()))?;
        let mut records = Vec::new();
        for record in stream {
            let Record { leaf, sealed } = record.map_err(|error| DriverError(error.to_string()))?;
            let opened = ledger.keyring().open(&leaf, &sealed);
            let sealed = opened.map_err(|error| DriverError(error.to_string()))?;
            records.push(Record { leaf, sealed });
        }
        Ok(records)
    }
}

/// The library itself, in memory.
pub struct LibraryDriver {
    journal: MemoryJournal,
    views: MemoryViews,
    ledger: Ledger,
}

impl LibraryDriver {
    /// An empty ledger in memory.
    pub fn new() -> Result<Self, DriverError> {
        let journal = MemoryJournal::default();
        let ledger = open(&journal, OpenKeyring::default(), 0)?;
        Ok(Self {
            journal,
            views: MemoryViews::default(),
            ledger,
        })
    }
}

fn open(
    journal: &MemoryJournal,
    keyring: OpenKeyring,
    views_at: u64,
) -> Result<Ledger, DriverError> {
    Ok(Ledger::open(
        Box::new(journal.clone()),
        Box::new(keyring),
        &NoSnapshots,
        || Ok(views_at),
    )?)
}

/// Opens a ledger over a copy of opened records: what anybody can do who has them and the shares of
/// salts.
pub fn replica(records: Vec<Record>, salts: &SaltTree) -> Result<Ledger, DriverError> {
    let keyring = OpenKeyring::drawn(records.len() as u64, salts.clone());
    open(&MemoryJournal::with(records), keyring, 0)
}

impl Driver for LibraryDriver {
    fn name(&self) -> &str {
        "library"
    }

    fn submit(&mut self, now: Timestamp, bytes: Vec<Vec<u8>>) -> Result<Vec<Receipt>, DriverError> {
        Ok(self.ledger.submit(now, bytes)?)
    }

    fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    fn reopen(&mut self) -> Result<(), DriverError> {
        self.ledger.project(&mut self.views)?;
        let views_at = self
            .views
            .position()
            .map_err(|error| DriverError(error.to_string()))?;
        // Salts drawn before a stop must not be drawn again after it.
        let salts = self.ledger.keyring().salts().clone();
        let keyring = OpenKeyring::drawn(self.journal.len(), salts);
        self.ledger = open(&self.journal, keyring, views_at)?;
        Ok(())
    }

    fn views(&mut self) -> Result<&dyn Views, DriverError> {
        self.ledger.project(&mut self.views)?;
        Ok(&self.views)
    }
}

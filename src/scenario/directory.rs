//! A scenario in a data directory: the real journal, views, keys and published log.
//!
//! Invariant: the same questions as in memory; a restart closes the directory and opens it again.

use super::driver::{Driver, DriverError, replica};
use super::memory::OpenKeyring;
use crate::office::{Office, OfficeError};
use app::ledger::{Ledger, Receipt};
use app::ports::{Keyring as _, Views};
use domain::time::Timestamp;
use std::path::{Path, PathBuf};

/// A fresh data directory.
pub struct DirectoryDriver {
    path: PathBuf,
    office: Option<Office>,
    /// Stands in while the directory is closed.
    empty: Ledger,
}

impl From<OfficeError> for DriverError {
    fn from(error: OfficeError) -> Self {
        Self(error.to_string())
    }
}

impl DirectoryDriver {
    /// Makes a data directory at a path that has none.
    pub fn create(path: &Path, origin: &str) -> Result<Self, DriverError> {
        let office = Office::create(path, origin)?;
        Ok(Self {
            path: path.to_path_buf(),
            office: Some(office),
            empty: replica(Vec::new(), OpenKeyring::default().salts())?,
        })
    }

    fn office(&mut self) -> Result<&mut Office, DriverError> {
        let closed = || DriverError("the directory is closed".to_owned());
        self.office.as_mut().ok_or_else(closed)
    }
}

impl Driver for DirectoryDriver {
    fn name(&self) -> &str {
        "directory"
    }

    fn submit(&mut self, now: Timestamp, bytes: Vec<Vec<u8>>) -> Result<Vec<Receipt>, DriverError> {
        Ok(self.office()?.submit(now, bytes)?)
    }

    fn ledger(&self) -> &Ledger {
        self.office.as_ref().map_or(&self.empty, Office::ledger)
    }

    fn reopen(&mut self) -> Result<(), DriverError> {
        self.office()?.settle()?;
        // The directory is held by one process at a time: it must be let go before it opens.
        drop(self.office.take());
        self.office = Some(Office::open(&self.path)?);
        Ok(())
    }

    fn views(&mut self) -> Result<&dyn Views, DriverError> {
        let office = self.office()?;
        office.project()?;
        Ok(office.views())
    }
}

//! What issuing keeps: each person's holding under that person's key, and the book of rows.
//!
//! Invariant: holdings and book change in one durable batch. When a person's key is destroyed, the
//! holding is noise with it, and no row leads to that person any more.

use super::{FileVault, Sealed, error, failed};
use app::issuing::{Holding, RowBook};
use app::ports::{Holdings, StorageError};
use domain::document::PersonId;
use fjall::PersistMode;
use zeroize::Zeroizing;

/// The key of the book in its keyspace.
const BOOK: &[u8] = b"rows";

impl Holdings for FileVault {
    fn read(&self, person: PersonId) -> Result<Option<Holding>, StorageError> {
        let Some(key) = self.key(person)? else {
            return Ok(None);
        };
        let found = self.rows.holdings.get(person.as_bytes()).map_err(failed)?;
        let Some(sealed) = found else {
            return Ok(None);
        };
        let bytes = super::open(&key, Sealed::Holding, person, &sealed)
            .ok_or_else(|| error("a holding does not open: it was altered".to_owned()))?;
        let holding = postcard::from_bytes(&bytes);
        holding
            .map(Some)
            .map_err(|_| error("a holding does not read back".to_owned()))
    }

    fn rows(&self) -> Result<RowBook, StorageError> {
        let found = self.rows.issuing.get(BOOK).map_err(failed)?;
        let Some(bytes) = found else {
            return Ok(RowBook::default());
        };
        postcard::from_bytes(&bytes)
            .map_err(|_| error("the book of rows does not read back".to_owned()))
    }

    fn store(
        &mut self,
        holdings: &[(PersonId, Holding)],
        book: &RowBook,
    ) -> Result<(), StorageError> {
        let people: Vec<PersonId> = holdings.iter().map(|(person, _)| *person).collect();
        self.keys_for(&people)?;
        let mut batch = self
            .rows
            .database
            .batch()
            .durability(Some(PersistMode::SyncAll));
        for (person, holding) in holdings {
            let plain = postcard::to_stdvec(holding).map(Zeroizing::new);
            let plain = plain.map_err(|failure| error(failure.to_string()))?;
            let sealed = self.seal_for(Sealed::Holding, *person, &plain)?;
            batch.insert(&self.rows.holdings, *person.as_bytes(), sealed);
        }
        let bytes = postcard::to_stdvec(book).map_err(|failure| error(failure.to_string()))?;
        batch.insert(&self.rows.issuing, BOOK, bytes);
        batch.commit().map_err(failed)
    }
}

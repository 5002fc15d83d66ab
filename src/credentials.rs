//! Issuing credentials out of an open data directory, at the counter and to people who ask online.
//!
//! Invariant: one way of making them, whoever asks. Refuses: to make a key because somebody asked
//! online.

use crate::office::{Office, OfficeError};
use app::issuing::{HolderKey, IssueError, Issued, Issuer, Want};
use app::ports::{Holdings, Vault};
use domain::document::PersonId;
use domain::publication::KeyPurpose;
use domain::time::{Day, Timestamp};
use web::credentials::{NotIssued, Wanted};
use web::writer::Credentials;

impl Office {
    /// Issues credentials by the ledger's key.
    pub fn issue(&mut self, now: Timestamp, wants: &[Want]) -> Result<Vec<Issued>, OfficeError> {
        let key = self.issuing_key(KeyPurpose::Credential)?;
        let (mut vault, mut day_keys) = (self.vault()?, self.day_keys()?);
        let state = self.ledger().state();
        let mut issuer = Issuer::new(state, &mut vault, &mut day_keys, &key);
        Ok(issuer.issue(now, wants)?)
    }

    /// Issues what people ask for by their devices, by a key that is made already, each to somebody
    /// whose name an office has entered.
    pub fn issue_asked(&mut self, now: Timestamp, wanted: &[Wanted]) -> Vec<Credentials> {
        let all = |why: &OfficeError| {
            let why = NotIssued::Failed(why.to_string());
            wanted.iter().map(|_| Err(why.clone())).collect()
        };
        let means = || {
            let key = self.issuing_key_at_hand(KeyPurpose::Credential)?;
            Ok((key, self.vault()?, self.day_keys()?))
        };
        let (key, mut vault, mut day_keys) = match means() {
            Ok(means) => means,
            Err(why) => return all(&why),
        };
        let state = self.ledger().state();
        let mut one = |wanted: &Wanted| {
            let key = key.as_ref().ok_or(NotIssued::NoKey)?;
            let failed = |error: &dyn std::fmt::Display| NotIssued::Failed(error.to_string());
            let known = Vault::read(&vault, wanted.person).map_err(|error| failed(&error))?;
            known.ok_or(NotIssued::NotEntered)?;
            let today = now.local_day(state.utc_offset_s);
            let wants = wants(wanted.person, today, wanted.days, &wanted.holders);
            let mut issuer = Issuer::new(state, &mut vault, &mut day_keys, key);
            let issued = issuer.issue_asked(now, &wants);
            issued.map_err(|error| match error {
                IssueError::NotBegun | IssueError::KeyNotRegistered(_) => NotIssued::NoKey,
                IssueError::TooManyDevices(_) => NotIssued::TooManyDevices,
                error => failed(&error),
            })
        };
        wanted.iter().map(&mut one).collect()
    }

    /// Withdraws all credentials of these people and issues fresh ones.
    pub fn renew(&mut self, now: Timestamp, wants: &[Want]) -> Result<Vec<Issued>, OfficeError> {
        self.rows.clear();
        let key = self.issuing_key(KeyPurpose::Credential)?;
        let (mut vault, mut day_keys) = (self.vault()?, self.day_keys()?);
        let state = self.ledger().state();
        let mut issuer = Issuer::new(state, &mut vault, &mut day_keys, &key);
        Ok(issuer.renew(now, wants)?)
    }

    /// After a backup was put in place: rows that it cannot know of are never given again.
    pub fn skip_lost_rows(&mut self) -> Result<(), OfficeError> {
        let mut vault = self.vault()?;
        let mut book = vault.rows()?;
        book.skip_lost();
        Ok(Holdings::store(&mut vault, &[], &book)?)
    }

    /// Withdraws all credentials of a person; says whether there were any.
    pub fn revoke_credentials(
        &mut self,
        now: Timestamp,
        person: PersonId,
    ) -> Result<bool, OfficeError> {
        self.rows.clear();
        let key = self.issuing_key(KeyPurpose::Credential)?;
        let (mut vault, mut day_keys) = (self.vault()?, self.day_keys()?);
        let state = self.ledger().state();
        let mut issuer = Issuer::new(state, &mut vault, &mut day_keys, &key);
        Ok(issuer.revoke(now, person)?)
    }
}

/// A credential for each of so many days, by one key for all, one for each, or none.
pub fn wants(person: PersonId, first: Day, days: u8, holders: &[HolderKey]) -> Vec<Want> {
    let of = |place: u8| Want {
        person,
        day: Day::from_count(first.as_count().saturating_add(place.into())),
        holder: holders.get(usize::from(place)).or(holders.first()).copied(),
        face: None,
    };
    (0..days).map(of).collect()
}

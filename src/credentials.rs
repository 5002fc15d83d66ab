//! Issuing credentials out of an open data directory, at the counter and to people who ask online.
//!
//! Invariant: one way of making them, whoever asks. Refuses: to make a key because somebody asked
//! online.

use crate::office::{Office, OfficeError};
use app::issuing::{HolderKey, IssueError, Issued, Issuer, Want};
use app::ports::{Holdings, Identity, Vault};
use credential::token::PaperFace;
use domain::document::{DocumentType, PersonId};
use domain::publication::KeyPurpose;
use domain::time::{Day, Timestamp};
use web::credentials::{Carrier, NotIssued, Wanted};
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
            let known = known.ok_or(NotIssued::NotEntered)?;
            let today = now.local_day(state.utc_offset_s);
            let wants = match &wanted.carrier {
                Carrier::Device(holders) => wants(wanted.person, today, wanted.days, holders),
                Carrier::Paper => {
                    let face = face(&known, None).ok_or(NotIssued::NoYear)?;
                    papers(wanted.person, today, wanted.days, &face)
                }
            };
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

/// A code on paper for each of so many days.
pub fn papers(person: PersonId, first: Day, days: u8, face: &PaperFace) -> Vec<Want> {
    let mut wants = wants(person, first, days, &[]);
    for want in &mut wants {
        want.face = Some(face.clone());
    }
    wants
}

/// What paper shows of a person; nothing where neither the document nor anybody says the year of birth.
pub fn face(identity: &Identity, birth_year: Option<u16>) -> Option<PaperFace> {
    let characters: Vec<char> = identity.document_number.chars().collect();
    let year: Option<u16> = match identity.document_type {
        DocumentType::ResidentId => characters
            .get(6..10)
            .and_then(|digits| digits.iter().collect::<String>().parse().ok()),
        _ => None,
    };
    let last = characters.len().saturating_sub(4);
    Some(PaperFace {
        masked_name: masked(&identity.name),
        birth_year: birth_year.or(year)?,
        last_four: characters.get(last..).unwrap_or_default().iter().collect(),
    })
}

/// A name with its middle hidden: 王明 is 王*, 王小明 is 王*明; of a single character nothing is left.
fn masked(name: &str) -> String {
    let characters: Vec<char> = name.chars().collect();
    let count = characters.len();
    let shown = |place: usize| match place {
        0 => count > 1,
        place => count > 2 && place.saturating_add(1) == count,
    };
    let masked = characters.iter().enumerate();
    masked
        .map(|(place, c)| if shown(place) { *c } else { '*' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::document::Document;

    fn identity(kind: DocumentType, number: &str, name: &str) -> Identity {
        Identity {
            document_type: kind,
            document_number: number.to_owned(),
            name: name.to_owned(),
            phone: None,
            email: None,
        }
    }

    #[test]
    fn the_paper_shows_a_masked_name_the_birth_year_and_four_characters() {
        let invented = Document::invented(7);
        let card = identity(DocumentType::ResidentId, invented.number(), "样本甲");
        let face = face(&card, None).unwrap();
        assert_eq!(face.masked_name, "样*甲");
        assert_eq!(face.birth_year.to_string(), invented.number()[6..10]);
        assert_eq!(face.last_four, invented.number()[14..]);
        assert_eq!(
            (masked("甲"), masked("样甲")),
            ("*".to_owned(), "样*".to_owned())
        );
    }

    #[test]
    fn a_passport_needs_the_year_of_birth_from_outside() {
        let passport = identity(DocumentType::Passport, "E00000000", "SAMPLE");
        assert!(face(&passport, None).is_none());
        assert_eq!(face(&passport, Some(1990)).unwrap().last_four, "0000");
    }
}

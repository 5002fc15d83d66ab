//! Issuing credentials: one for each day and device, all with the form of everybody else's.
//!
//! Invariant: what is known of a person is durable before a credential leaves; the credentials of
//! a day differ in their slot and holder key alone, so that they tell nobody apart (I11).
//! The same want gives the same claims again: nothing needs to be kept to repeat it.

use super::{
    DAYS_AHEAD_MAX, DEVICES_MAX, Form, Holding, IssueError, IssuedRecord, REMEMBERED, RowBook,
    Validity, list_uri,
};
use crate::ports::{DayKeys, Holdings};
use credential::key::{PublicKey, SigningKey};
use credential::slots::Slots;
use credential::token::{Claims, PaperFace, StatusRef};
use domain::document::PersonId;
use domain::publication::{IssuingKey, KeyPurpose};
use domain::state::State;
use domain::time::{Day, Timestamp};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// What is wanted for a person.
#[derive(Clone, Debug)]
pub struct Want {
    /// The person.
    pub person: PersonId,
    /// The day.
    pub day: Day,
    /// The holder's key, for a device that has one.
    pub holder: Option<PublicKey>,
    /// What is printed beside the code, for paper.
    pub face: Option<PaperFace>,
}

impl Want {
    const fn form(&self) -> Form {
        match (&self.face, &self.holder) {
            (Some(_), _) => Form::Paper,
            (None, Some(_)) => Form::Held,
            (None, None) => Form::Static,
        }
    }
}

/// An issued credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// Its bytes.
    pub credential: Vec<u8>,
    /// The list.
    pub uri: String,
    /// The slot.
    pub idx: u64,
    /// From when to when it is good.
    pub validity: Validity,
    /// What stands beside the code, on paper.
    pub face: Option<PaperFace>,
}

/// Whoever issues: the ledger's state, the book of rows, the keys.
pub struct Issuer<'a> {
    state: &'a State,
    holdings: &'a mut dyn Holdings,
    day_keys: &'a mut dyn DayKeys,
    key: &'a SigningKey,
}

impl<'a> Issuer<'a> {
    /// An issuer with its means.
    pub fn new(
        state: &'a State,
        holdings: &'a mut dyn Holdings,
        day_keys: &'a mut dyn DayKeys,
        key: &'a SigningKey,
    ) -> Self {
        Self {
            state,
            holdings,
            day_keys,
            key,
        }
    }

    /// Issues what is wanted, in the same order.
    pub fn issue(&mut self, now: Timestamp, wants: &[Want]) -> Result<Vec<Issued>, IssueError> {
        self.issue_on(now, wants, Row::InForce)
    }

    /// The same for what somebody asks for by a device: to so many devices a day at most, and nothing
    /// is written where all of it is known.
    pub fn issue_asked(
        &mut self,
        now: Timestamp,
        wants: &[Want],
    ) -> Result<Vec<Issued>, IssueError> {
        for want in wants {
            let held = self.holdings.read(want.person)?.unwrap_or_default();
            let holder = want.holder.as_ref().map(PublicKey::to_bytes);
            let others = held.issued.iter().filter(|issued| {
                issued.day == want.day && issued.form == Form::Held && issued.holder != holder
            });
            if others.count() >= DEVICES_MAX {
                return Err(IssueError::TooManyDevices(want.day));
            }
        }
        self.issue(now, wants)
    }

    /// Withdraws all credentials of these people and issues fresh ones, in one durable step.
    pub fn renew(&mut self, now: Timestamp, wants: &[Want]) -> Result<Vec<Issued>, IssueError> {
        self.issue_on(now, wants, Row::Fresh)
    }

    fn issue_on(
        &mut self,
        now: Timestamp,
        wants: &[Want],
        on: Row,
    ) -> Result<Vec<Issued>, IssueError> {
        let origin = self.state.origin.as_deref().ok_or(IssueError::NotBegun)?;
        let today = now.local_day(self.state.utc_offset_s);
        let known = self.holdings.rows()?;
        let mut book = known.clone();
        let mut changed: BTreeMap<PersonId, Holding> = BTreeMap::new();
        let mut issued = Vec::with_capacity(wants.len());
        for want in wants {
            let ahead = want.day.as_count().saturating_sub(today.as_count());
            if !(0..DAYS_AHEAD_MAX).contains(&ahead) {
                return Err(IssueError::Day(want.day));
            }
            let validity = Validity::of(want.day, self.state.utc_offset_s);
            key_on_record(self.state, self.key, KeyPurpose::Credential, now, validity)?;
            let holding = match changed.entry(want.person) {
                Entry::Occupied(holding) => holding.into_mut(),
                Entry::Vacant(place) => {
                    let held = self.holdings.read(want.person)?.unwrap_or_default();
                    place.insert(match on {
                        Row::InForce => held,
                        Row::Fresh => retire(&mut book, held, today),
                    })
                }
            };
            let row = match holding.row {
                Some(row) => row,
                None => book.fresh()?,
            };
            holding.row = Some(row);
            holding.last = holding.last.max(Some(want.day));
            remember(holding, want, now);
            let idx = slot(&mut book, self.day_keys, want.day, row)?;
            let uri = list_uri(origin, want.day);
            issued.push(self.sign(want, uri, idx, validity)?);
        }
        let mut fresh = Vec::new();
        for (person, holding) in changed {
            if self.holdings.read(person)?.as_ref() != Some(&holding) {
                fresh.push((person, holding));
            }
        }
        // What is durable already is not written again.
        if !fresh.is_empty() || book != known {
            self.holdings.store(&fresh, &book)?;
        }
        Ok(issued)
    }

    fn sign(
        &self,
        want: &Want,
        uri: String,
        idx: u64,
        validity: Validity,
    ) -> Result<Issued, IssueError> {
        let claims = Claims {
            issued_s: validity.from.as_unsigned_unix(),
            not_before_s: want.face.as_ref().map(|_| validity.from.as_unsigned_unix()),
            expires_s: validity.until.as_unsigned_unix(),
            holder: want.holder,
            face: want.face.clone(),
            status: StatusRef {
                uri: uri.clone(),
                idx,
            },
        };
        let credential = credential::token::issue(&claims, self.key)
            .map_err(|error| IssueError::Credential(error.to_string()))?;
        Ok(Issued {
            credential,
            uri,
            idx,
            validity,
            face: want.face.clone(),
        })
    }

    /// Withdraws all credentials of a person: from the next list on they say so, and the next
    /// credential takes a fresh slot. Gives whether there was anything to withdraw.
    pub fn revoke(&mut self, now: Timestamp, person: PersonId) -> Result<bool, IssueError> {
        let today = now.local_day(self.state.utc_offset_s);
        let mut book = self.holdings.rows()?;
        let holding = self.holdings.read(person)?.unwrap_or_default();
        if holding.row.is_none() {
            return Ok(false);
        }
        let fresh = retire(&mut book, holding, today);
        // The day before still has its grace.
        book.forget_before(Day::from_count(today.as_count().saturating_sub(1)));
        self.holdings.store(&[(person, fresh)], &book)?;
        Ok(true)
    }
}

/// Which row credentials go on.
#[derive(Clone, Copy)]
enum Row {
    /// The one in force, or a first one.
    InForce,
    /// One that nobody had; the one in force is withdrawn.
    Fresh,
}

/// Takes a row out of force: it reads *withdrawn* until its last credential has ended.
fn retire(book: &mut RowBook, holding: Holding, today: Day) -> Holding {
    if let Some(row) = holding.row {
        let last = holding.last.map_or(today, |last| last.max(today));
        book.retired.insert(row, last);
    }
    Holding::default()
}

/// The slot of a row on a day.
pub(super) fn slot(
    book: &mut RowBook,
    day_keys: &mut dyn DayKeys,
    day: Day,
    row: u64,
) -> Result<u64, IssueError> {
    let places = places(book, day_keys, day)?;
    places.place(row).map_err(|_| IssueError::Full)
}

/// The permutation of a day.
pub(super) fn places(
    book: &mut RowBook,
    day_keys: &mut dyn DayKeys,
    day: Day,
) -> Result<Slots, IssueError> {
    let slots = book.slots(day);
    Slots::new(day_keys.key(day)?, slots).map_err(|error| IssueError::Credential(error.to_string()))
}

/// Whether the key at hand may sign for this time.
pub(super) fn key_on_record(
    state: &State,
    key: &SigningKey,
    purpose: KeyPurpose,
    now: Timestamp,
    validity: Validity,
) -> Result<(), IssueError> {
    let record = IssuingKey::from_bytes(key.public().to_bytes())
        .and_then(|key| state.issuing_keys.get(&key))
        .filter(|record| {
            record.grant.purpose == purpose
                && now < record.revoked_at
                && record.grant.from <= validity.from
                && validity.until <= record.grant.until
        });
    match record {
        Some(_) => Ok(()),
        None => Err(IssueError::KeyNotRegistered(purpose)),
    }
}

fn remember(holding: &mut Holding, want: &Want, now: Timestamp) {
    let holder = want.holder.as_ref().map(PublicKey::to_bytes);
    let form = want.form();
    let known = holding
        .issued
        .iter()
        .any(|issued| (issued.day, issued.form, issued.holder) == (want.day, form, holder));
    if known {
        return;
    }
    if holding.issued.len() >= REMEMBERED {
        let days = holding.issued.iter().map(|issued| issued.day).enumerate();
        let earliest = days
            .min_by_key(|(_, day)| *day)
            .map_or(0, |(place, _)| place);
        holding.issued.remove(earliest);
    }
    holding.issued.push(IssuedRecord {
        day: want.day,
        form,
        holder,
        at: now,
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::StorageError;
    use domain::publication::{IssuingKeyGrant, IssuingKeyRecord};
    use domain::time::{CHINA_OFFSET_S, DAY_S};

    /// Holdings and day keys that nothing survives.
    #[derive(Default)]
    struct Memory {
        holdings: BTreeMap<PersonId, Holding>,
        book: RowBook,
        stored: usize,
    }

    impl Holdings for Memory {
        fn read(&self, person: PersonId) -> Result<Option<Holding>, StorageError> {
            Ok(self.holdings.get(&person).cloned())
        }

        fn rows(&self) -> Result<RowBook, StorageError> {
            Ok(self.book.clone())
        }

        fn store(
            &mut self,
            holdings: &[(PersonId, Holding)],
            book: &RowBook,
        ) -> Result<(), StorageError> {
            self.holdings.extend(holdings.iter().cloned());
            self.book = book.clone();
            self.stored += 1;
            Ok(())
        }
    }

    struct OneKey;

    impl DayKeys for OneKey {
        fn key(&mut self, day: Day) -> Result<[u8; 32], StorageError> {
            Ok([day.as_count().to_le_bytes()[0]; 32])
        }
    }

    const NOW: Timestamp = Timestamp::from_unix(1_655_110_800);

    fn key() -> SigningKey {
        SigningKey::from_bytes(&[7; 32]).unwrap()
    }

    fn state() -> State {
        let mut state = State {
            origin: Some("log.example/henan".to_owned()),
            utc_offset_s: CHINA_OFFSET_S,
            ..State::default()
        };
        let grant = IssuingKeyGrant {
            purpose: KeyPurpose::Credential,
            key: IssuingKey::from_bytes(key().public().to_bytes()).unwrap(),
            from: NOW.plus_s(-DAY_S),
            until: NOW.plus_s(30 * DAY_S),
        };
        let record = IssuingKeyRecord {
            grant,
            entry: 0,
            revoked_at: Timestamp::NEVER,
            revoked_by: None,
        };
        state.issuing_keys.insert(grant.key, record);
        state
    }

    fn want(person: u8, ahead: i64) -> Want {
        let today = NOW.local_day(CHINA_OFFSET_S).as_count();
        Want {
            person: PersonId::from_bytes([person; 16]),
            day: Day::from_count(today + ahead),
            holder: None,
            face: None,
        }
    }

    fn issue(memory: &mut Memory, wants: &[Want], on: Row) -> Result<Vec<Issued>, IssueError> {
        let (state, key) = (state(), key());
        Issuer::new(&state, memory, &mut OneKey, &key).issue_on(NOW, wants, on)
    }

    #[test]
    fn a_person_has_one_row_in_whatever_order_wishes_come() {
        let mut memory = Memory::default();
        let wants = [want(1, 0), want(2, 0), want(1, 1), want(1, 0)];
        let issued = issue(&mut memory, &wants, Row::InForce).unwrap();
        assert_eq!(memory.book.next, 2);
        assert_eq!(issued[0].idx, issued[3].idx);
        assert_ne!(issued[0].idx, issued[1].idx);
        assert_ne!(issued[0].idx, issued[2].idx, "days do not link");
    }

    fn held(device: u8, ahead: i64) -> Want {
        let key = SigningKey::from_bytes(&[device; 32]).unwrap();
        Want {
            holder: Some(key.public()),
            ..want(1, ahead)
        }
    }

    fn asked(memory: &mut Memory, wants: &[Want]) -> Result<Vec<Issued>, IssueError> {
        let (state, key) = (state(), key());
        Issuer::new(&state, memory, &mut OneKey, &key).issue_asked(NOW, wants)
    }

    #[test]
    fn eight_devices_have_a_week_and_a_ninth_has_not_one_day() {
        let mut memory = Memory::default();
        for device in 1..=8 {
            let week: Vec<Want> = (0..7).map(|ahead| held(device, ahead)).collect();
            assert_eq!(asked(&mut memory, &week).unwrap().len(), 7);
        }
        let ninth = IssueError::TooManyDevices(want(1, 6).day);
        assert_eq!(asked(&mut memory, &[held(9, 6)]), Err(ninth));
        // Who has one gets it again, and an office is not bound by the number.
        let again = asked(&mut memory, &[held(8, 6)]).unwrap();
        assert_eq!(
            issue(&mut memory, &[held(9, 6)], Row::InForce).unwrap()[0].idx,
            again[0].idx
        );
    }

    #[test]
    fn what_was_issued_before_is_issued_again_and_nothing_is_written() {
        let mut memory = Memory::default();
        let first = asked(&mut memory, &[held(1, 0)]).unwrap();
        memory.stored = 0;
        let again = asked(&mut memory, &[held(1, 0)]).unwrap();
        assert_eq!((first[0].idx, memory.stored), (again[0].idx, 0));
        asked(&mut memory, &[held(1, 1)]).unwrap();
        assert_eq!(memory.stored, 1);
    }

    #[test]
    fn renewing_takes_a_fresh_row_once_and_retires_the_old_one_to_its_last_day() {
        let mut memory = Memory::default();
        issue(&mut memory, &[want(1, 6)], Row::InForce).unwrap();
        let fresh = [want(1, 0), want(2, 0), want(1, 1)];
        issue(&mut memory, &fresh, Row::Fresh).unwrap();
        assert_eq!(memory.book.next, 3);
        assert_eq!(memory.book.retired.get(&0), Some(&want(1, 6).day));
        assert_eq!(memory.book.retired.len(), 1);
    }

    #[test]
    fn a_wish_that_cannot_be_met_changes_nothing() {
        let mut memory = Memory::default();
        issue(&mut memory, &[want(1, 0)], Row::InForce).unwrap();
        for wrong in [want(1, -1), want(1, 7)] {
            let wants = [want(1, 0), wrong];
            assert!(issue(&mut memory, &wants, Row::Fresh).is_err());
            assert!(memory.book.retired.is_empty());
            assert_eq!(memory.book.next, 1);
        }
    }
}

//! What is on record, to read from: the same questions to the fold and to the rows made of it.
//!
//! Invariant: whoever asks gets the same answer from both, for the rows are a function of the fold
//! (`domain::view`). Refuses: to write.

use crate::ledger::Ledger;
use crate::ports::{StorageError, ViewRows};
use crate::shelf::PackHistory;
use domain::document::PersonId;
use domain::ids::{AppealId, CaseId, MovementId, OfficerId, OrderId, OrgId, ReportId};
use domain::state::records::{Appeal, ReportRecord};
use domain::state::requests::{Case, Movement};
use domain::view::{self, OfficerView, OrderView, OrganisationView, PersonView, Table};
use policy::Pack;
use serde::de::DeserializeOwned;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// Answers of the record.
pub trait Records {
    /// How many entries it reflects.
    fn entries(&self) -> Result<u64, StorageError>;
    /// Everything on record about a person; empty for somebody without a record.
    fn person(&self, person: PersonId) -> Result<PersonView, StorageError>;
    /// An order.
    fn order(&self, order: OrderId) -> Result<Option<OrderView>, StorageError>;
    /// An appeal or dispute.
    fn appeal(&self, appeal: AppealId) -> Result<Option<Appeal>, StorageError>;
    /// An organisation.
    fn organisation(&self, org: &OrgId) -> Result<Option<OrganisationView>, StorageError>;
    /// An officer.
    fn officer(&self, officer: &OfficerId) -> Result<Option<OfficerView>, StorageError>;
    /// A report.
    fn report(&self, report: ReportId) -> Result<Option<ReportRecord>, StorageError>;
    /// A case.
    fn case(&self, case: CaseId) -> Result<Option<Case>, StorageError>;
    /// A movement.
    fn movement(&self, movement: MovementId) -> Result<Option<Movement>, StorageError>;
    /// The pack that was in force when an entry was decided.
    fn pack_at(&self, entry: u64) -> Option<Arc<Pack>>;

    /// The public name of an organisation.
    fn org_name(&self, org: &OrgId) -> Result<String, StorageError> {
        Ok(name_of(org, self.organisation(org)?))
    }
}

fn name_of(org: &OrgId, known: Option<OrganisationView>) -> String {
    known.map_or_else(|| org.to_string(), |known| known.organisation.name)
}

impl Records for Ledger {
    fn entries(&self) -> Result<u64, StorageError> {
        Ok(self.state().seq)
    }

    fn person(&self, person: PersonId) -> Result<PersonView, StorageError> {
        let state = self.state();
        let place = state.people.find(person);
        Ok(place.map_or_else(PersonView::default, |place| view::person_view(state, place)))
    }

    fn order(&self, order: OrderId) -> Result<Option<OrderView>, StorageError> {
        Ok(self.state().orders.get(&order).map(OrderView::of))
    }

    fn appeal(&self, appeal: AppealId) -> Result<Option<Appeal>, StorageError> {
        Ok(self.state().appeals.get(&appeal).cloned())
    }

    fn organisation(&self, org: &OrgId) -> Result<Option<OrganisationView>, StorageError> {
        Ok(OrganisationView::of(self.state(), org))
    }

    fn officer(&self, officer: &OfficerId) -> Result<Option<OfficerView>, StorageError> {
        Ok(OfficerView::of(self.state(), officer))
    }

    fn report(&self, report: ReportId) -> Result<Option<ReportRecord>, StorageError> {
        Ok(self.state().reports.get(&report).cloned())
    }

    fn case(&self, case: CaseId) -> Result<Option<Case>, StorageError> {
        Ok(self.state().cases.get(&case).cloned())
    }

    fn movement(&self, movement: MovementId) -> Result<Option<Movement>, StorageError> {
        Ok(self.state().movements.get(&movement).cloned())
    }

    fn pack_at(&self, entry: u64) -> Option<Arc<Pack>> {
        self.packs().at(entry)
    }
}

/// The record as it is filed in the views; read by many while the one writer writes.
pub struct Filed {
    rows: Box<dyn ViewRows + Send + Sync>,
    packs: RwLock<PackHistory>,
    names: RwLock<Names>,
}

/// The names of organisations as they were read at a position of the views; every reason has some.
#[derive(Default)]
struct Names {
    position: u64,
    known: HashMap<OrgId, String>,
}

impl Filed {
    /// The record in these rows, with the packs adopted so far.
    pub fn new(rows: Box<dyn ViewRows + Send + Sync>, packs: PackHistory) -> Self {
        Self {
            rows,
            packs: RwLock::new(packs),
            names: RwLock::default(),
        }
    }

    /// Replaces the packs, when another was adopted.
    pub fn renew(&self, packs: PackHistory) {
        *self.packs.write().unwrap_or_else(PoisonError::into_inner) = packs;
    }

    /// The packs adopted so far.
    pub fn packs(&self) -> PackHistory {
        let packs = self.packs.read();
        packs.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The rows themselves.
    pub fn rows(&self) -> &dyn ViewRows {
        self.rows.as_ref()
    }

    fn get<T: DeserializeOwned>(
        &self,
        table: Table,
        key: &[u8],
    ) -> Result<Option<T>, StorageError> {
        let row = self.rows.row(table, key)?;
        row.map(|bytes| read(table, &bytes)).transpose()
    }
}

/// Reads the value of a row.
pub fn read<T: DeserializeOwned>(table: Table, bytes: &[u8]) -> Result<T, StorageError> {
    view::decode(bytes).ok_or_else(|| StorageError {
        what: "views",
        why: format!("a row of `{table}` is unreadable; run `mingma rebuild`"),
    })
}

impl Records for Filed {
    fn entries(&self) -> Result<u64, StorageError> {
        self.rows.position()
    }

    fn person(&self, person: PersonId) -> Result<PersonView, StorageError> {
        let view = self.get(Table::People, person.as_bytes())?;
        Ok(view.unwrap_or_default())
    }

    fn order(&self, order: OrderId) -> Result<Option<OrderView>, StorageError> {
        self.get(Table::Orders, order.as_bytes())
    }

    fn appeal(&self, appeal: AppealId) -> Result<Option<Appeal>, StorageError> {
        self.get(Table::Appeals, appeal.as_bytes())
    }

    fn organisation(&self, org: &OrgId) -> Result<Option<OrganisationView>, StorageError> {
        self.get(Table::Organisations, org.as_str().as_bytes())
    }

    fn officer(&self, officer: &OfficerId) -> Result<Option<OfficerView>, StorageError> {
        self.get(Table::Officers, officer.as_str().as_bytes())
    }

    fn report(&self, report: ReportId) -> Result<Option<ReportRecord>, StorageError> {
        self.get(Table::Reports, report.as_bytes())
    }

    fn case(&self, case: CaseId) -> Result<Option<Case>, StorageError> {
        self.get(Table::Cases, case.as_bytes())
    }

    fn movement(&self, movement: MovementId) -> Result<Option<Movement>, StorageError> {
        self.get(Table::Movements, movement.as_bytes())
    }

    fn pack_at(&self, entry: u64) -> Option<Arc<Pack>> {
        let packs = self.packs.read();
        packs.unwrap_or_else(PoisonError::into_inner).at(entry)
    }

    fn org_name(&self, org: &OrgId) -> Result<String, StorageError> {
        let position = self.rows.position()?;
        let names = self.names.read().unwrap_or_else(PoisonError::into_inner);
        let known = names.known.get(org);
        if let Some(name) = known.filter(|_| names.position == position) {
            return Ok(name.clone());
        }
        drop(names);
        let name = name_of(org, self.organisation(org)?);
        let mut names = self.names.write().unwrap_or_else(PoisonError::into_inner);
        if names.position < position {
            *names = Names {
                position,
                known: HashMap::new(),
            };
        }
        // Somebody else may be further on by now.
        if names.position == position {
            names.known.insert(org.clone(), name.clone());
        }
        Ok(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::Pair;
    use domain::division::DivisionCode;
    use domain::ids::PublicKey;
    use domain::organisation::{OrgKind, Organisation};
    use domain::time::Timestamp;
    use std::sync::Mutex;

    /// One organisation, how often its row was read, and the position.
    #[derive(Clone, Default)]
    struct One(Arc<Mutex<(String, u32, u64)>>);

    impl ViewRows for One {
        fn position(&self) -> Result<u64, StorageError> {
            Ok(self.0.lock().unwrap().2)
        }

        fn row(&self, _: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
            let mut one = self.0.lock().unwrap();
            one.1 += 1;
            let organisation = Organisation {
                id: String::from_utf8(key.to_vec()).unwrap().parse().unwrap(),
                kind: OrgKind::Cdc,
                division: DivisionCode::new(410_100).unwrap(),
                section: None,
                part_of: None,
                name: one.0.clone(),
                key: PublicKey::from_bytes([1; 32]),
            };
            let key_until = Timestamp::NEVER;
            let view = OrganisationView {
                organisation,
                key_until,
            };
            Ok((!one.0.is_empty()).then(|| postcard::to_stdvec(&view).unwrap()))
        }

        fn rows(&self, _: Table, _: &[u8], _: usize) -> Result<Vec<Pair>, StorageError> {
            Ok(Vec::new())
        }

        fn rows_before(&self, _: Table, _: &[u8], _: usize) -> Result<Vec<Pair>, StorageError> {
            Ok(Vec::new())
        }
    }

    #[test]
    fn a_name_is_read_once_until_an_entry_may_have_changed_it() {
        let one = One::default();
        let filed = Filed::new(Box::new(one.clone()), PackHistory::default());
        let id: OrgId = "410100-cdc".parse().unwrap();
        let name = || filed.org_name(&id).unwrap();
        assert_eq!(name(), "410100-cdc", "nobody registered it");
        *one.0.lock().unwrap() = ("old".to_owned(), 0, 1);
        assert_eq!((name().as_str(), name().as_str()), ("old", "old"));
        assert_eq!(one.0.lock().unwrap().1, 1, "rows read");
        *one.0.lock().unwrap() = ("new".to_owned(), 0, 2);
        assert_eq!((name().as_str(), name().as_str()), ("new", "new"));
        // Views that are made again begin from nothing.
        *one.0.lock().unwrap() = ("again".to_owned(), 0, 0);
        assert_eq!((name().as_str(), name().as_str()), ("again", "again"));
    }
}

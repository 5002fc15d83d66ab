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
        let known = self.organisation(org)?;
        Ok(known.map_or_else(|| org.to_string(), |known| known.organisation.name))
    }
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
}

impl Filed {
    /// The record in these rows, with the packs adopted so far.
    pub fn new(rows: Box<dyn ViewRows + Send + Sync>, packs: PackHistory) -> Self {
        let packs = RwLock::new(packs);
        Self { rows, packs }
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
}

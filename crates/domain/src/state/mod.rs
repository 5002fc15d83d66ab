//! The deciding state: the fold of the ledger, held in memory.
//!
//! Owns the registry of organisations, officers, keys and packs, and everything that is open.
//! Invariant: changed only by [`crate::machine::step`]; the same entries give the same state (I1).
//! As large as the number of restricted people, not the population: green is the absence of
//! measures.

pub mod people;
pub mod records;
pub mod requests;
pub mod volume;

use crate::act::AreaOrder;
use crate::colour::Ground;
use crate::division::DivisionCode;
use crate::document::PersonId;
use crate::ids::{
    ActDigest, AppealId, CaseId, EvidenceId, MovementId, OfficerId, OrderId, OrgId, PackDigest,
    PublicKey, ReportId,
};
use crate::leaf::{Totals, Transitions};
use crate::organisation::{KeyHolder, KeyRecord, Officer, Organisation, owes_days};
use crate::publication::{IssuingKey, IssuingKeyRecord, ListRecord};
use crate::submission::KeyDirectory;
use crate::time::{Day, Timestamp};
use people::People;
use records::{Access, Appeal, DayCount, DayReport, Order, RefusalRecord, ReportRecord, Statement};
use requests::{Binding, Case, Movement};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use volume::VolumeLog;

/// The version of the snapshot format of this state.
pub const STATE_VERSION: u16 = 5;

/// The fold of the ledger.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// The origin of the ledger, once it has begun.
    pub origin: Option<String>,
    /// The province.
    pub province: Option<DivisionCode>,
    /// How many entries it reflects: the number of the next one.
    pub seq: u64,
    /// The instant of the last entry; time never goes back.
    pub last_at: Timestamp,
    /// People in each colour as of the last entry.
    pub totals: Totals,
    /// Organisations.
    pub organisations: BTreeMap<OrgId, Organisation>,
    /// Officers.
    pub officers: BTreeMap<OfficerId, Officer>,
    /// Every key that was ever registered.
    pub keys: BTreeMap<PublicKey, KeyRecord>,
    /// Seconds east of Greenwich of the civil time in force.
    pub utc_offset_s: i32,
    /// Packs in the order of adoption; the last is in force.
    pub packs: Vec<Adoption>,
    /// People with evidence or measures.
    pub people: People,
    /// Evidence overturned on dispute; never counts again.
    pub suppressed: BTreeSet<EvidenceId>,
    /// Area and test orders by number.
    pub areas: BTreeMap<String, AreaOrder>,
    /// Orders.
    pub orders: BTreeMap<OrderId, Order>,
    /// Appeals and disputes.
    pub appeals: BTreeMap<AppealId, Appeal>,
    /// The appeals of each person.
    pub appeals_of: BTreeMap<u32, Vec<AppealId>>,
    /// Reports.
    pub reports: BTreeMap<ReportId, ReportRecord>,
    /// Closed days.
    pub days: BTreeMap<(DivisionCode, Day), DayReport>,
    /// Measures imposed and ended, by day, prefecture and ground.
    pub history: BTreeMap<(Day, DivisionCode, Ground), DayCount>,
    /// Statements by entry.
    pub statements: BTreeMap<u64, Statement>,
    /// Every key that was ever registered for issuing.
    pub issuing_keys: BTreeMap<IssuingKey, IssuingKeyRecord>,
    /// The newest version of each status list, by address.
    pub lists: BTreeMap<String, ListRecord>,
    /// Looks at people's records, by person.
    pub looks: BTreeMap<u32, Vec<Access>>,
    /// Refusals by entry.
    pub refusals: BTreeMap<u64, RefusalRecord>,
    /// The volume guard's memory.
    pub volume: VolumeLog,
    /// The entry that each digest of signed bytes became: the key of idempotence.
    pub seen: BTreeMap<ActDigest, u64>,
    /// People whose colour may change by the passing of time, by instant.
    pub boundaries: BTreeMap<Timestamp, Vec<u32>>,
    /// Cases.
    pub cases: BTreeMap<CaseId, Case>,
    /// The cases of each person.
    pub cases_of: BTreeMap<u32, Vec<CaseId>>,
    /// Movements asked for.
    pub movements: BTreeMap<MovementId, Movement>,
    /// The movements of each person.
    pub movements_of: BTreeMap<u32, Vec<MovementId>>,
    /// The bindings of each person, in order.
    pub bindings: BTreeMap<u32, Vec<Binding>>,
    /// Whose proxy each person is or was.
    pub proxy_of: BTreeMap<u32, BTreeSet<PersonId>>,
}

/// An adopted pack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adoption {
    /// Its digest.
    pub digest: PackDigest,
    /// Its archive, so that replay needs nothing else.
    #[serde(with = "serde_bytes")]
    pub archive: Vec<u8>,
    /// When.
    pub at: Timestamp,
    /// By which entry.
    pub entry: u64,
    /// When it ends.
    pub sunset: Timestamp,
    /// Seconds east of Greenwich of its civil time.
    pub utc_offset_s: i32,
}

impl State {
    /// The pack in force: the one adopted last.
    pub fn pack(&self) -> Option<&Adoption> {
        self.packs.last()
    }

    /// People in each colour at an instant that was counted, as if these orders, ascending, were
    /// not in force.
    pub fn totals_without(&self, at: Timestamp, orders: &[OrderId]) -> Totals {
        let touched: BTreeSet<u32> = orders
            .iter()
            .filter_map(|order| self.orders.get(order))
            .flat_map(|order| {
                let (first, count) = order.measures;
                first..first.saturating_add(count)
            })
            .filter_map(|measure| self.people.measure(measure))
            .map(|measure| measure.person)
            .collect();
        let mut totals = self.totals;
        for person in touched {
            let with = self.people.colour_at(person, at);
            let without = self.people.colour_without(person, at, orders);
            let mut change = Transitions::default();
            change.count(with, without);
            totals = totals.after(change).unwrap_or(totals);
        }
        totals
    }

    /// The divisions whose body owes a day of which nothing is on record.
    pub fn days_missing(&self, day: Day) -> BTreeSet<DivisionCode> {
        self.organisations
            .values()
            .filter(|org| owes_days(org))
            .map(|org| org.division)
            .filter(|division| !self.days.contains_key(&(*division, day)))
            .collect()
    }

    /// Rebuilds what a snapshot leaves out.
    pub fn reindex(&mut self) {
        self.people.reindex();
    }

    /// The binding that lets one person read of another at an instant.
    pub fn binding(&self, person: PersonId, proxy: PersonId, at: Timestamp) -> Option<&Binding> {
        let bindings = self.bindings.get(&self.people.find(person)?)?;
        let mut bindings = bindings.iter();
        bindings.find(|binding| binding.proxy == proxy && binding.runs(at))
    }

    /// An officer together with the organisation served.
    pub fn officer(&self, id: &OfficerId) -> Option<(&Officer, &Organisation)> {
        let officer = self.officers.get(id)?;
        Some((officer, self.organisations.get(&officer.org)?))
    }
}

impl KeyDirectory for State {
    fn origin(&self) -> Option<&str> {
        self.origin.as_deref()
    }

    fn officer_key(&self, officer: &OfficerId) -> Option<(PublicKey, &OrgId)> {
        self.officers
            .get(officer)
            .map(|officer| (officer.key, &officer.org))
    }

    fn org_key(&self, org: &OrgId) -> Option<PublicKey> {
        self.organisations.get(org).map(|org| org.key)
    }

    fn is_revoked(&self, key: &PublicKey) -> bool {
        self.keys
            .get(key)
            .is_some_and(|record| record.revoked_at != Timestamp::NEVER)
    }
}

/// Whether a key on record speaks for this holder at this instant.
pub fn key_speaks(state: &State, key: &PublicKey, holder: &KeyHolder, at: Timestamp) -> bool {
    state
        .keys
        .get(key)
        .is_some_and(|record| &record.holder == holder && at < record.revoked_at)
}

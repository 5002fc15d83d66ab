//! What a site is made of: the log under one checkpoint, and the public part of the state beside it.
//!
//! Invariant: taken at once from an office, so that all of it speaks of the same entries; afterwards
//! no office is needed, and the ledger goes on meanwhile. Nothing in it is personal (I11).

use crate::office::Office;
use crate::policy_file;
use crate::proofs::LogAt;
use domain::colour::Ground;
use domain::division::DivisionCode;
use domain::leaf::Totals;
use domain::publication::{IssuingKeyRecord, ListRecord};
use domain::state::Adoption;
use domain::state::records::{DayCount, Statement};
use domain::time::Day;
use tlog::policy::Policy;

/// What a site is made of.
pub struct Material {
    /// The log.
    pub log: LogAt,
    /// The policy, as text.
    pub policy_text: String,
    /// The policy.
    pub policy: Policy,
    /// The origin of the ledger.
    pub origin: String,
    /// Every issuing key.
    pub issuing_keys: Vec<IssuingKeyRecord>,
    /// The newest version of each list.
    pub lists: Vec<ListRecord>,
    /// Measures by day, prefecture and ground.
    pub history: Vec<((Day, DivisionCode, Ground), DayCount)>,
    /// How many people are in which colour.
    pub totals: Totals,
    /// Every pack that was adopted.
    pub packs: Vec<Adoption>,
    /// Every statement, by entry.
    pub statements: Vec<(u64, Statement)>,
}

impl Material {
    /// Takes it from an office whose log is up to date.
    ///
    /// # Errors
    /// The policy or the published log cannot be used.
    pub fn of(office: &Office) -> Result<Self, String> {
        let state = office.ledger().state();
        let policy_text = policy_file::read(office)?;
        let entries = |(key, value): (&(Day, DivisionCode, Ground), &DayCount)| (*key, *value);
        Ok(Self {
            log: LogAt::newest(office).map_err(|error| error.to_string())?,
            policy: Policy::parse(&policy_text).map_err(|error| error.to_string())?,
            policy_text,
            origin: state.origin.clone().unwrap_or_default(),
            issuing_keys: state.issuing_keys.values().copied().collect(),
            lists: state.lists.values().cloned().collect(),
            history: state.history.iter().map(entries).collect(),
            totals: state.totals,
            packs: state.packs.clone(),
            statements: state
                .statements
                .iter()
                .map(|(entry, statement)| (*entry, statement.clone()))
                .collect(),
        })
    }
}

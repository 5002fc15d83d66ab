//! What the entries changed that the views had not taken yet.
//!
//! Invariant: a row that is not named here was last changed by an entry the views reflect.

use domain::machine::Changes;
use domain::state::State;
use domain::view::{self, Table, ViewRow};
use std::collections::BTreeSet;

/// Rows changed from some entry on.
pub struct Touched {
    from: u64,
    people: BTreeSet<u32>,
    keys: BTreeSet<(Table, Vec<u8>)>,
}

impl Touched {
    /// Takes note of every entry from this one on.
    pub const fn from(from: u64) -> Self {
        Self {
            from,
            people: BTreeSet::new(),
            keys: BTreeSet::new(),
        }
    }

    /// Takes note of an entry that was just applied.
    pub fn note(&mut self, state: &State, entry: u64, changes: &Changes) {
        if entry < self.from {
            return;
        }
        self.people.extend(&changes.people);
        let rows = view::rows_for(state, entry, changes);
        self.keys
            .extend(rows.into_iter().map(|row| (row.table, row.key)));
    }

    /// Whether the row of a person may differ.
    pub fn has_person(&self, place: u32) -> bool {
        self.people.contains(&place)
    }

    /// Whether another row may differ.
    pub fn has_row(&self, row: &ViewRow) -> bool {
        self.keys.contains(&(row.table, row.key.clone()))
    }
}

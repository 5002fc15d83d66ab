//! The volume guard of a standing rule, over the window and this part together.
//!
//! Invariant: below the guard's number of people, by body and by prefecture, the standing rule
//! measures; from it on it holds (I5).

use crate::document::PersonId;
use crate::evidence::EvidenceRow;
use crate::machine::Context;
use crate::machine::order::body_of;
use crate::organisation::Organisation;
use crate::rules::{AUTOMATIC_PEOPLE_MAX, GroundRule, Rules};
use crate::state::State;
use crate::state::volume::{VolumeBy, VolumeKey};
use std::collections::{BTreeMap, BTreeSet};

/// The people counted under one key: those on record, and those of this part.
struct Window {
    known: BTreeSet<u32>,
    fresh: BTreeSet<PersonId>,
}

impl Window {
    fn counts(&self, person: Option<u32>, row: &EvidenceRow) -> bool {
        person.is_some_and(|person| self.known.contains(&person))
            || self.fresh.contains(&row.person)
    }

    fn len(&self) -> usize {
        self.known.len().saturating_add(self.fresh.len())
    }
}

/// The guard of one ground for one sender.
pub(super) struct Guard<'a> {
    state: &'a State,
    cx: &'a Context<'a>,
    rules: Rules<'a>,
    rule: &'a GroundRule,
    body: VolumeBy,
    limit: usize,
    windows: BTreeMap<VolumeBy, Window>,
}

impl<'a> Guard<'a> {
    pub(super) fn new(
        state: &'a State,
        cx: &'a Context<'a>,
        rules: Rules<'a>,
        rule: &'a GroundRule,
        org: &Organisation,
    ) -> Self {
        let limit = rule.automatic_people.unwrap_or(rules.book.volume.people);
        let limit = limit.min(AUTOMATIC_PEOPLE_MAX) as usize;
        let body = body_of(state, org);
        Self {
            state,
            cx,
            rules,
            rule,
            body,
            limit,
            windows: BTreeMap::new(),
        }
    }

    /// Whether the standing rule may measure this person; counts the person if so.
    pub(super) fn admit(&mut self, person: Option<u32>, row: &EvidenceRow) -> bool {
        let keys = [
            self.body.clone(),
            VolumeBy::Prefecture(row.division.prefecture()),
        ];
        let mut room = true;
        for by in &keys {
            let limit = self.limit;
            let window = self.window(by);
            let fits = window.len().saturating_add(1) < limit;
            room &= fits || window.counts(person, row);
        }
        if room {
            for by in &keys {
                let window = self.window(by);
                if !window.counts(person, row) {
                    window.fresh.insert(row.person);
                }
            }
        }
        room
    }

    fn window(&mut self, by: &VolumeBy) -> &mut Window {
        let Self {
            state,
            cx,
            rules,
            rule,
            limit,
            windows,
            ..
        } = self;
        windows.entry(by.clone()).or_insert_with(|| {
            let since = cx.at.plus_s(-i64::from(rules.book.volume.window_s));
            let key = VolumeKey {
                ground: rule.ground,
                automatic: true,
                by: by.clone(),
            };
            Window {
                known: state.volume.people(&key, since, *limit),
                fresh: BTreeSet::new(),
            }
        })
    }
}

//! The volume guard's memory: who was given a measure on which ground, by whom, where, and when.
//!
//! Invariant: it counts people, not files or orders, so splitting a list changes nothing; and it
//! counts by body and by prefecture, so neither changing county nor changing clerk does (I5).

use crate::colour::Ground;
use crate::division::DivisionCode;
use crate::organisation::OrgKind;
use crate::rules::AUTOMATIC_PEOPLE_MAX;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// What a window counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct VolumeKey {
    /// The ground.
    pub ground: Ground,
    /// Standing rules and orders are counted apart.
    pub automatic: bool,
    /// By body or by place.
    pub by: VolumeBy,
}

/// The two ways of counting.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum VolumeBy {
    /// The body that decides or supplies: every organisation of its kind and place.
    Body(OrgKind, DivisionCode),
    /// The prefecture of the people.
    Prefecture(DivisionCode),
}

/// Batches of people by key, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VolumeLog {
    windows: BTreeMap<VolumeKey, VecDeque<(Timestamp, Vec<u32>)>>,
}

impl VolumeLog {
    /// The people counted under a key after `since`; stops at `limit`, for more is as much.
    pub fn people(&self, key: &VolumeKey, since: Timestamp, limit: usize) -> BTreeSet<u32> {
        let mut people = BTreeSet::new();
        let Some(window) = self.windows.get(key) else {
            return people;
        };
        for (at, batch) in window.iter().rev() {
            if *at <= since {
                break;
            }
            for &person in batch {
                if people.len() >= limit {
                    return people;
                }
                people.insert(person);
            }
        }
        people
    }

    /// Records a batch, and forgets what is older than `since`.
    ///
    /// More people than any guard could ever be set to are as many as that.
    pub fn record(
        &mut self,
        key: VolumeKey,
        at: Timestamp,
        since: Timestamp,
        people: impl Iterator<Item = u32>,
    ) {
        let kept: Vec<u32> = people.take(AUTOMATIC_PEOPLE_MAX as usize).collect();
        let window = self.windows.entry(key).or_default();
        while window.front().is_some_and(|(old, _)| *old <= since) {
            window.pop_front();
        }
        window.push_back((at, kept));
    }
}

//! How many rows of evidence a day a server takes from each organisation, learned from what it sent in
//! the days before.
//!
//! Invariant: only rows of reports that became entries are counted, so nobody can use up what is
//! another's by bytes in another's name; what was counted today never raises what today allows.
//! Refuses: nothing by itself; a report that is not taken leaves no entry and may be sent again.

use domain::ids::OrgId;
use domain::leaf::RowCounts;
use domain::machine::{RowResult, RowTaken};
use domain::state::State;
use domain::time::{DAY_S, Day, Timestamp};
use std::collections::{BTreeMap, HashMap};

/// The busiest of so many days before today counts.
pub const DAYS: i64 = 21;

/// How much is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Times the busiest day; 0: no quota.
    pub times: u32,
    /// Never less than so many rows a day.
    pub floor: u64,
}

impl Rule {
    /// As much as anybody likes.
    pub const NONE: Self = Self { times: 0, floor: 0 };
}

impl Default for Rule {
    fn default() -> Self {
        Self {
            times: 10,
            floor: 1_000_000,
        }
    }
}

/// A report is not taken today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OverQuota {
    /// The seconds until the day ends.
    pub retry_s: u32,
}

/// What each organisation sent, by the day on which it was taken.
#[derive(Debug)]
pub struct Quotas {
    rule: Rule,
    utc_offset_s: i32,
    rows: HashMap<OrgId, BTreeMap<Day, u64>>,
}

impl Quotas {
    /// Learns from the reports on record; a report whose parts came on several days counts on the day of
    /// its first.
    pub fn learned(rule: Rule, state: &State, now: Timestamp) -> Self {
        let mut quotas = Self {
            rule,
            utc_offset_s: state.utc_offset_s,
            rows: HashMap::new(),
        };
        if quotas.is_off() {
            return quotas;
        }
        let oldest = quotas.day(now).as_count().saturating_sub(DAYS);
        for report in state.reports.values() {
            if quotas.day(report.at).as_count() >= oldest {
                let RowCounts {
                    recorded,
                    duplicate,
                    refused,
                    held: _,
                } = report.rows;
                let rows = recorded.saturating_add(duplicate).saturating_add(refused);
                quotas.count(&report.org, report.at, rows);
            }
        }
        quotas
    }

    /// Whether there is no quota at all.
    pub const fn is_off(&self) -> bool {
        self.rule.times == 0
    }

    /// Adds what was taken of a report that is an entry.
    pub fn count(&mut self, org: &OrgId, at: Timestamp, rows: u64) {
        let today = self.day(at);
        let days = self.rows.entry(org.clone()).or_default();
        let sum = days.entry(today).or_default();
        *sum = sum.saturating_add(rows);
        let newest = days.keys().next_back().copied().unwrap_or(today);
        let oldest = Day::from_count(newest.as_count().saturating_sub(DAYS));
        *days = days.split_off(&oldest);
    }

    /// Whether so many rows more of an organisation can be taken now.
    ///
    /// # Errors
    /// They are more than today allows.
    pub fn check(&self, org: &OrgId, now: Timestamp, rows: u64) -> Result<(), OverQuota> {
        if self.is_off() {
            return Ok(());
        }
        let today = self.day(now);
        let days = self.rows.get(org);
        let taken = days.and_then(|days| days.get(&today)).copied().unwrap_or(0);
        let first = Day::from_count(today.as_count().saturating_sub(DAYS));
        let busiest = days.map_or(0, |days| {
            days.range(first..today)
                .map(|(_, rows)| *rows)
                .max()
                .unwrap_or(0)
        });
        let allowed = busiest
            .saturating_mul(u64::from(self.rule.times))
            .max(self.rule.floor);
        match taken.saturating_add(rows) <= allowed {
            true => Ok(()),
            false => {
                let left = DAY_S.saturating_sub(now.local_second(self.utc_offset_s));
                let retry_s = u32::try_from(left).unwrap_or(u32::MAX);
                Err(OverQuota { retry_s })
            }
        }
    }

    fn day(&self, at: Timestamp) -> Day {
        at.local_day(self.utc_offset_s)
    }
}

/// How many rows of a part count: what is on record of it afterwards.
pub fn counted(rows: &[RowResult]) -> u64 {
    let counts = |row: &&RowResult| !matches!(row, Ok(RowTaken::NotNeeded));
    rows.iter().filter(counts).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: Rule = Rule {
        times: 10,
        floor: 100,
    };

    fn org(id: &str) -> OrgId {
        id.parse().unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn fresh(rule: Rule) -> Quotas {
        Quotas {
            rule,
            utc_offset_s: 28_800,
            rows: HashMap::new(),
        }
    }

    #[test]
    fn a_new_organisation_has_the_floor_to_the_last_row_and_no_other_uses_it_up() {
        let mut quotas = fresh(RULE);
        let now = at("2022-06-13T23:59:00+08:00");
        let (one, other) = (org("410100-market"), org("410100-police"));
        assert_eq!(quotas.check(&one, now, 100), Ok(()));
        assert_eq!(quotas.check(&one, now, 101), Err(OverQuota { retry_s: 60 }));
        quotas.count(&one, now, 99);
        assert_eq!(quotas.check(&one, now, 1), Ok(()));
        assert!(quotas.check(&one, now, 2).is_err());
        assert_eq!(quotas.check(&other, now, 100), Ok(()));
        // The next day it may begin again.
        assert_eq!(quotas.check(&one, now.plus_s(60), 100), Ok(()));
    }

    #[test]
    fn ten_times_the_busiest_day_is_allowed_and_today_raises_nothing() {
        let mut quotas = fresh(RULE);
        let (one, now) = (org("410100-market"), at("2022-06-13T08:00:00+08:00"));
        for (days, rows) in [(1, 20), (2, 30), (2, 20), (3, 40)] {
            quotas.count(&one, now.plus_s(-days * DAY_S), rows);
        }
        assert_eq!(quotas.check(&one, now, 500), Ok(()));
        let refused = quotas.check(&one, now, 501);
        assert_eq!(
            refused,
            Err(OverQuota {
                retry_s: 16 * 3_600
            })
        );
        quotas.count(&one, now, 500);
        assert!(quotas.check(&one, now, 1).is_err());
        assert_eq!(quotas.check(&one, now.plus_s(DAY_S), 5_000), Ok(()));
    }

    #[test]
    fn the_window_moves_with_the_days_of_china() {
        let mut quotas = fresh(RULE);
        let one = org("410100-market");
        // The first second of a day in China is the day before in Greenwich.
        let busy = at("2022-06-01T00:00:00+08:00");
        quotas.count(&one, busy, 1_000);
        let last = at("2022-06-22T23:59:59+08:00");
        assert_eq!(quotas.check(&one, last, 10_000), Ok(()));
        assert!(quotas.check(&one, last.plus_s(1), 101).is_err());
        // What is too old to count is forgotten.
        quotas.count(&one, last.plus_s(1), 1);
        assert_eq!(quotas.rows[&one].len(), 1);
    }

    #[test]
    fn without_a_rule_everything_is_taken() {
        let mut quotas = fresh(Rule::NONE);
        let (one, now) = (org("410100-market"), at("2022-06-13T08:00:00+08:00"));
        quotas.count(&one, now, u64::MAX);
        assert_eq!(quotas.check(&one, now, u64::MAX), Ok(()));
    }

    #[test]
    fn rows_that_are_not_on_record_count_nowhere() {
        let rows = [
            Ok(RowTaken::Recorded),
            Ok(RowTaken::NotNeeded),
            Ok(RowTaken::Duplicate),
            Err(domain::refusal::Code::EvidenceStale),
        ];
        assert_eq!(counted(&rows), 3);
    }
}

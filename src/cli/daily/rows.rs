//! The lines of the outbox: what became of every day of this ledger.
//!
//! Invariant: from the first day that a division closed or sent there is a line for every day to
//! yesterday, so a day that nobody closed is seen; today has one once something is known of it.

use super::closed::Closed;
use super::dispatch::{Answered, Dispatch};
use crate::cli::context::Context;
use crate::cli::json;
use domain::division::DivisionCode;
use domain::time::{CHINA_OFFSET_S, Day, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// One line of the outbox.
pub struct Row {
    division: DivisionCode,
    day: Day,
    /// `missing`, `closed`, `sent`, `refused` or `received`.
    state: &'static str,
    late: bool,
    /// The entry above, and when it was written.
    above: Option<(u64, Option<Timestamp>)>,
}

impl Row {
    fn of(
        (division, day): (DivisionCode, Day),
        closed: Option<&Closed>,
        dispatch: Option<&Dispatch>,
        now: Timestamp,
    ) -> Self {
        let answer = dispatch.map(|dispatch| &dispatch.answer);
        let (state, above) = match (answer, closed) {
            (Some(Some(Answered::Receipt(receipt))), _) => {
                ("received", Some((receipt.leaf.seq, Some(receipt.leaf.at))))
            }
            (Some(Some(Answered::Refused { entry, .. })), _) => ("refused", Some((*entry, None))),
            (Some(None), _) => ("sent", None),
            (None, Some(_)) => ("closed", None),
            (None, None) => ("missing", None),
        };
        let came = above.and_then(|(_, at)| at).unwrap_or(now);
        // What was never closed is listed once its day is over, which is after any hour.
        let late = closed.map_or(state == "missing", |closed| {
            closed.due.is_some_and(|due| came > due)
        });
        Self {
            division,
            day,
            state,
            late,
            above,
        }
    }

    /// As JSON.
    pub fn value(&self) -> Value {
        json!({
            "division": self.division.to_string(),
            "day": self.day.to_string(),
            "state": self.state,
            "late": self.late,
            "entry": self.above.map(|(entry, _)| entry),
            "at": self.above.and_then(|(_, at)| at).map(json::instant),
        })
    }

    /// As a line for a terminal.
    pub fn line(&self, cx: &Context) -> String {
        let late = if self.late { ", late" } else { "" };
        let above = self.above.map_or_else(String::new, |(entry, _)| {
            format!(", entry {entry} of the ledger above")
        });
        let place = cx.place(self.division);
        format!("{}  {place}  {}{late}{above}", self.day, self.state)
    }
}

/// Every day of a division from its first one to yesterday, and today where something is known.
pub fn rows(
    closed: &BTreeMap<(DivisionCode, Day), Closed>,
    sent: &BTreeMap<(DivisionCode, Day), Dispatch>,
    now: Timestamp,
) -> Vec<Row> {
    let mut first = BTreeMap::<DivisionCode, Day>::new();
    for (division, day) in closed.keys().chain(sent.keys()) {
        let known = first.entry(*division).or_insert(*day);
        *known = (*known).min(*day);
    }
    let today = now.local_day(CHINA_OFFSET_S);
    let mut rows = Vec::new();
    for (division, first) in first {
        for count in first.as_count()..=today.as_count() {
            let key = (division, Day::from_count(count));
            let (closed, dispatch) = (closed.get(&key), sent.get(&key));
            if key.1 < today || closed.is_some() || dispatch.is_some() {
                rows.push(Row::of(key, closed, dispatch, now));
            }
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Zhengzhou, and a day in June.
    fn key(day: &str) -> (DivisionCode, Day) {
        ("410100".parse().unwrap(), day.parse().unwrap())
    }

    fn at(text: &str) -> Timestamp {
        format!("2022-06-{text}+08:00").parse().unwrap()
    }

    fn closed(day: &str) -> Closed {
        let (division, day) = key(day);
        let due = day.midnight(CHINA_OFFSET_S).plus_s(18 * 3_600);
        Closed {
            division,
            day,
            due: Some(due),
            at: due.plus_s(-60),
            entry: 3,
            counts: Vec::new(),
        }
    }

    fn states(closed_days: &[&str], sent: &[&str], now: &str) -> Vec<(String, &'static str, bool)> {
        let closed_days = closed_days.iter().map(|day| (key(day), closed(day)));
        let sent = sent.iter().map(|day| {
            let dispatch = Dispatch::new(key(day), "log.example/henan".to_owned(), at(now), b"x");
            (key(day), dispatch)
        });
        let rows = rows(&closed_days.collect(), &sent.collect(), at(now));
        let told = rows
            .iter()
            .map(|row| (row.day.to_string(), row.state, row.late));
        told.collect()
    }

    #[test]
    fn a_closed_day_is_late_a_second_after_the_hour_and_not_at_it() {
        for (now, late) in [("13T18:00:00", false), ("13T18:00:01", true)] {
            let today = "2022-06-13".to_owned();
            let expected = [(today.clone(), "closed", late)];
            assert_eq!(states(&["2022-06-13"], &[], now), expected);
            let expected = [(today, "sent", late)];
            assert_eq!(states(&["2022-06-13"], &["2022-06-13"], now), expected);
        }
    }

    #[test]
    fn a_day_between_that_nobody_closed_is_missing_and_today_is_not_yet() {
        let row = |day: &str, state| (day.to_owned(), state, true);
        assert_eq!(
            states(&["2022-06-10", "2022-06-12"], &[], "13T09:00:00"),
            [
                row("2022-06-10", "closed"),
                row("2022-06-11", "missing"),
                row("2022-06-12", "closed"),
            ]
        );
        assert!(states(&[], &[], "13T09:00:00").is_empty());
    }
}

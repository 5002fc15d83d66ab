//! The days that are closed in a ledger: read in its data directory, or asked of its server.
//!
//! Invariant: only days that were closed in that very ledger; the tree named with them was read after
//! them, so it holds their entries. Refuses: answers that are not what the interface promises.

use crate::cli::error::Done;
use crate::cli::remote::{strange, unanswered};
use crate::client::{Caller, Client};
use crate::office::Office;
use domain::act::DayDelivery;
use domain::colour::Ground;
use domain::division::DivisionCode;
use domain::state::records::DayCount;
use domain::time::{Day, Timestamp};
use serde::Deserialize;
use std::collections::BTreeMap;

/// A day that is closed.
pub struct Closed {
    /// The division.
    pub division: DivisionCode,
    /// The day.
    pub day: Day,
    /// Until when it is in time above, as this ledger's rules have it.
    pub due: Option<Timestamp>,
    /// When it was closed.
    pub at: Timestamp,
    /// The entry that closed it.
    pub entry: u64,
    /// The counts, ascending by ground.
    pub counts: Vec<(Ground, DayCount)>,
}

/// The closed days of a ledger, and a tree that holds their entries.
pub struct ClosedDays {
    /// The origin of the ledger.
    pub ledger: String,
    /// How many entries the tree holds.
    pub size: u64,
    /// Its root.
    pub root: [u8; 32],
    /// The days, by division.
    pub days: Vec<Closed>,
}

impl ClosedDays {
    /// Reads them in a data directory.
    pub fn of_office(office: &Office) -> Done<Self> {
        let ledger = office.ledger();
        let book = ledger.pack().map(policy::Pack::book);
        let own = ledger.state().days.iter();
        let own = own.filter(|(_, report)| report.source.is_none());
        let days = own.map(|((division, day), report)| Closed {
            division: *division,
            day: *day,
            due: book.map(|book| book.day_due(*day)),
            at: report.closed.at,
            entry: report.closed.entry,
            counts: report.counts.clone(),
        });
        Ok(Self {
            ledger: crate::cli::act::origin(office)?,
            size: ledger.state().seq,
            root: ledger.root(),
            days: days.collect(),
        })
    }

    /// Asks a server for them: one day, or all.
    pub fn of_server(client: &Client, caller: &Caller<'_>, only: Option<Day>) -> Done<Self> {
        let items = items(client, caller, only)?.into_iter();
        let own = items.filter(|item| item.source.is_none());
        let days = own.map(Item::read).collect::<Done<_>>()?;
        let (head, _) = client.head()?;
        Ok(Self {
            ledger: head.origin().to_owned(),
            size: head.size(),
            root: head.root(),
            days,
        })
    }
}

/// The entry by which a server's ledger has this very report on record, if it has.
pub fn delivered(
    client: &Client,
    caller: &Caller<'_>,
    delivery: &DayDelivery,
) -> Done<Option<u64>> {
    for item in items(client, caller, Some(delivery.day))? {
        let source = item.source.as_ref();
        let same = source.is_some_and(|source| {
            source.ledger == delivery.source.ledger && source.entry == delivery.source.entry
        });
        let day = item.read()?;
        if same && day.division == delivery.division && day.counts == delivery.counts {
            return Ok(Some(day.entry));
        }
    }
    Ok(None)
}

fn items(client: &Client, caller: &Caller<'_>, only: Option<Day>) -> Done<Vec<Item>> {
    let mut items = Vec::new();
    let only = only.map_or_else(String::new, |day| format!("&day={day}"));
    let mut cursor = String::new();
    loop {
        let target = format!("/api/v1/days?limit=500{only}{cursor}");
        let answer = client.ask("GET", &target, None, Some(caller))?;
        if answer.status != 200 {
            return Err(unanswered(&answer));
        }
        let page: Page = serde_json::from_slice(&answer.body).map_err(strange)?;
        items.extend(page.items);
        match page.next {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok(items),
        }
    }
}

#[derive(Deserialize)]
struct Page {
    items: Vec<Item>,
    next: Option<String>,
}

#[derive(Deserialize)]
struct Item {
    division: String,
    day: String,
    due: Option<String>,
    closed: By,
    counts: BTreeMap<Ground, DayCount>,
    source: Option<Source>,
}

#[derive(Deserialize)]
struct Source {
    ledger: String,
    entry: u64,
}

#[derive(Deserialize)]
struct By {
    at: String,
    entry: u64,
}

impl Item {
    fn read(self) -> Done<Closed> {
        let due = self.due.map(|due| due.parse()).transpose();
        Ok(Closed {
            division: self.division.parse().map_err(strange)?,
            day: self.day.parse().map_err(strange)?,
            due: due.map_err(strange)?,
            at: self.closed.at.parse().map_err(strange)?,
            entry: self.closed.entry,
            counts: self.counts.into_iter().collect(),
        })
    }
}

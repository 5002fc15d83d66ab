//! Cutting lists: what each slot of a day says, from the ledger's state at an instant.
//!
//! Invariant: every person who is not green has a row, with a credential or without, so a list
//! counts the ledger's yellows and reds exactly (I10). Only what is in the state counts, and the
//! state is the fold of durable entries (I1).

use super::credentials::{key_on_record, places};
use super::{
    AHEAD_S, Holding, IssueError, LIST_LIFE_S, LIST_TTL_S, RowBook, Validity, aggregation_uri,
    list_uri,
};
use crate::ports::{DayKeys, Holdings};
use credential::key::SigningKey;
use credential::list::{Cut, ListClaims, ListCutter, Status, StatusArray};
use domain::colour::Colour;
use domain::document::PersonId;
use domain::ids::OrderId;
use domain::publication::{KeyPurpose, ListCounts, ListStatement};
use domain::state::State;
use domain::state::records::Order;
use domain::time::{Day, Timestamp};
use std::collections::BTreeMap;

/// A version of a list, cut and not yet published.
#[derive(Debug)]
pub struct CutList {
    /// Its day.
    pub day: Day,
    /// What the ledger will say of it.
    pub statement: ListStatement,
    /// What it says of itself.
    pub claims: ListClaims,
    /// Its content.
    pub cut: Cut,
}

/// The days whose credentials can be good now, or will be soon.
pub fn live_days(now: Timestamp, utc_offset_s: i32) -> impl Iterator<Item = Day> {
    let today = now.local_day(utc_offset_s).as_count();
    let days = today.saturating_sub(1)..=today.saturating_add(1);
    days.map(Day::from_count).filter(move |day| {
        let validity = Validity::of(*day, utc_offset_s);
        (validity.from.plus_s(-AHEAD_S)..validity.until).contains(&now)
    })
}

/// Large orders in force that came after what a quorum of witnesses has seen, ascending.
///
/// `guard` is the number of the volume guard in force, `witnessed` how many entries were seen.
pub fn unwitnessed_orders(state: &State, guard: Option<u32>, witnessed: u64) -> Vec<OrderId> {
    let orders = state.orders.values();
    let late = |order: &&Order| {
        let entries = order.decisions.iter().map(|decision| decision.by.entry);
        let last = entries.max().unwrap_or(0).max(order.maker.entry);
        order.waits_for_witnesses(guard) && last >= witnessed
    };
    orders.filter(late).map(|order| order.id).collect()
}

/// The rows of people who were not green at the last cut, so that whoever cuts again reads them from
/// what is sealed once. Good until somebody takes a fresh row.
pub type KnownRows = BTreeMap<PersonId, u64>;

/// What a list is cut from.
pub struct Cutter<'a> {
    /// The ledger's state.
    pub state: &'a State,
    /// Who has which row.
    pub holdings: &'a mut dyn Holdings,
    /// The keys of the days.
    pub day_keys: &'a mut dyn DayKeys,
    /// The key that will sign.
    pub key: &'a SigningKey,
    /// Orders that have no effect on lists yet, ascending.
    pub withheld: &'a [OrderId],
    /// The rows that the cut before met; afterwards those that this one met.
    pub known: &'a mut KnownRows,
}

/// Cuts the list of a day as of now; `before` is the array of the version before, if there is one.
pub fn cut(
    from: Cutter<'_>,
    day: Day,
    now: Timestamp,
    before: Option<StatusArray>,
) -> Result<CutList, IssueError> {
    let Cutter {
        state,
        holdings,
        day_keys,
        key,
        withheld,
        known,
    } = from;
    let origin = state.origin.as_deref().ok_or(IssueError::NotBegun)?;
    let expires = now.plus_s(LIST_LIFE_S);
    let life = Validity {
        from: now,
        until: expires,
    };
    key_on_record(state, key, KeyPurpose::StatusList, now, life)?;
    let mut book = holdings.rows()?;
    let today = now.local_day(state.utc_offset_s).as_count();
    book.forget_before(Day::from_count(today.saturating_sub(1)));
    let rows = rows_of((state, now, withheld), holdings, &mut book, known)?;
    let slots = book.slots(day);
    let says = says(&mut book, day_keys, day, &rows)?;
    let mut list = match before.filter(|array| array.slots() == slots) {
        Some(array) => ListCutter::resume(array),
        None => ListCutter::new(slots),
    }
    .map_err(trouble)?;
    for idx in list.array().marked() {
        if !says.contains_key(&idx) {
            list.set(idx, Status::Green).map_err(trouble)?;
        }
    }
    for (idx, status) in says {
        list.set(idx, status).map_err(trouble)?;
    }
    let cut = list.cut().map_err(trouble)?;
    let uri = list_uri(origin, day);
    Ok(CutList {
        day,
        statement: ListStatement {
            uri: uri.clone(),
            slots,
            sha256: cut.sha256,
            issued: now,
            expires,
            counts: ListCounts {
                revoked: cut.counts.revoked,
                yellow: cut.counts.yellow,
                red: cut.counts.red,
            },
            withheld: withheld.to_vec(),
        },
        claims: ListClaims {
            uri,
            issued_s: now.as_unsigned_unix(),
            expires_s: expires.as_unsigned_unix(),
            ttl_s: LIST_TTL_S,
            aggregation_uri: Some(aggregation_uri(origin)),
        },
        cut,
    })
}

fn trouble(error: credential::list::ListError) -> IssueError {
    IssueError::Credential(error.to_string())
}

/// The row and colour of everybody who is not green; who has no row yet gets one, durably.
fn rows_of(
    (state, now, withheld): (&State, Timestamp, &[OrderId]),
    holdings: &mut dyn Holdings,
    book: &mut RowBook,
    known: &mut KnownRows,
) -> Result<Vec<(u64, Colour)>, IssueError> {
    let mut rows = Vec::new();
    let mut met = KnownRows::new();
    let mut fresh: Vec<(PersonId, Holding)> = Vec::new();
    for place in 0..state.people.count() {
        let colour = state.people.colour_without(place, now, withheld);
        let Some(person) = state
            .people
            .person(place)
            .filter(|_| colour != Colour::Green)
        else {
            continue;
        };
        let row = match known.get(&person.id) {
            Some(row) => *row,
            None => {
                let mut holding = holdings.read(person.id)?.unwrap_or_default();
                match holding.row {
                    Some(row) => row,
                    None => {
                        let row = book.fresh()?;
                        holding.row = Some(row);
                        fresh.push((person.id, holding));
                        row
                    }
                }
            }
        };
        met.insert(person.id, row);
        rows.push((row, colour));
    }
    holdings.store(&fresh, book)?;
    *known = met;
    Ok(rows)
}

/// What each slot that is not green says.
fn says(
    book: &mut RowBook,
    day_keys: &mut dyn DayKeys,
    day: Day,
    rows: &[(u64, Colour)],
) -> Result<BTreeMap<u64, Status>, IssueError> {
    let places = places(book, day_keys, day)?;
    let mut says = BTreeMap::new();
    for (row, _) in book.retired.iter().filter(|(_, until)| **until >= day) {
        // A row beyond the list was given after the last credential of the day.
        if let Ok(idx) = places.place(*row) {
            says.insert(idx, Status::Revoked);
        }
    }
    for (row, colour) in rows {
        let status = match colour {
            Colour::Green => continue,
            Colour::Yellow => Status::Yellow,
            Colour::Red => Status::Red,
        };
        let idx = places.place(*row).map_err(|_| IssueError::Full)?;
        says.insert(idx, status);
    }
    Ok(says)
}

//! The front page: how many people have a colour, what was decided, what was refused; and how it works.
//!
//! Invariant: made of public leaves alone; nobody is named.

use super::frame::{Life, Page};
use super::log::{self, Line};
use super::play;
use super::reader::Reader;
use crate::Desk;
use crate::lists::aside;
use crate::problem::Problem;
use app::ports::StorageError;
use app::records::{Records as _, read};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::leaf::{Leaf, Totals};
use domain::time::Timestamp;
use domain::view::{OrderView, Table};
use maud::{Markup, html};
use std::sync::Arc;

/// How many refused attempts and orders the front page shows.
const LINES: usize = 8;
/// How far back it looks for them, in entries.
const BACK: u64 = 2_000;

/// What the front page tells.
struct Told {
    totals: Totals,
    entries: u64,
    at: Timestamp,
    refused: Vec<Line>,
    orders: Vec<Line>,
}

fn told(desk: &Desk) -> Result<Told, Problem> {
    let records = &desk.setup.records;
    let entries = desk.read(records.entries())?;
    let newest = entries.checked_sub(1).map(|newest| leaf(desk, newest));
    let newest = newest.transpose()?.flatten();
    let refused = refused(desk, entries)?;
    let orders = orders(desk)?;
    Ok(Told {
        totals: newest
            .as_ref()
            .map_or_else(Totals::default, |leaf| leaf.totals),
        at: newest.map_or(Timestamp::NEVER, |leaf| leaf.at),
        entries,
        refused,
        orders,
    })
}

fn leaf(desk: &Desk, entry: u64) -> Result<Option<Leaf>, Problem> {
    let leaf = desk.setup.published.leaf(entry);
    desk.read(leaf.map_err(|why| StorageError { what: "log", why }))
}

/// The newest refused attempts.
fn refused(desk: &Desk, entries: u64) -> Result<Vec<Line>, Problem> {
    let from = entries.saturating_sub(BACK).to_be_bytes();
    let rows = desk.setup.records.rows();
    let limit = usize::try_from(BACK).unwrap_or(usize::MAX);
    let rows = desk.read(rows.rows(Table::Refusals, &from, limit))?;
    let numbers = rows.iter().rev().filter_map(|(key, _)| {
        let key = <[u8; 8]>::try_from(key.as_slice()).ok()?;
        Some(u64::from_be_bytes(key))
    });
    let mut lines = Vec::new();
    for number in numbers.take(LINES) {
        let leaf = leaf(desk, number)?;
        lines.extend(leaf.map(|leaf| Line::of(desk, leaf)).transpose()?);
    }
    Ok(lines)
}

/// The newest orders that two bodies put in force.
fn orders(desk: &Desk) -> Result<Vec<Line>, Problem> {
    let rows = desk.setup.records.rows();
    let limit = usize::try_from(BACK).unwrap_or(usize::MAX);
    let rows = desk.read(rows.rows(Table::Orders, &[], limit))?;
    let now = desk.setup.clock.now();
    let mut entries = Vec::new();
    for (_, bytes) in rows {
        let view: OrderView = desk.read(read(Table::Orders, &bytes))?;
        let in_force = !view.emergency && view.status_word(now) == "in_force";
        entries.extend(
            view.approver()
                .filter(|_| in_force)
                .map(|signer| signer.entry),
        );
    }
    entries.sort_unstable();
    let mut lines = Vec::new();
    for entry in entries.into_iter().rev().take(LINES) {
        let leaf = leaf(desk, entry)?;
        lines.extend(leaf.map(|leaf| Line::of(desk, leaf)).transpose()?);
    }
    Ok(lines)
}

/// `GET /`.
pub(super) async fn front(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
) -> Result<Response, Problem> {
    let told = aside(&desk, told).await?;
    let text = reader.text;
    let body = html! {
        section.hero {
            h1 { (text.say("front-title")) }
            p.lead { (text.say("front-lead")) }
        }
        (play::panel(&desk, &reader))
        (figures(&reader, &told))
        section {
            h2 { (text.say("front-refused")) }
            p { (text.say("front-refused-why")) }
            (log::table(text, "front-refused", &told.refused, "front-refused-none"))
        }
        section {
            h2 { (text.say("front-orders")) }
            (log::table(text, "front-orders", &told.orders, "front-orders-none"))
        }
        section {
            h2 { (text.say("front-check")) }
            p { (text.say("front-check-why")) " " a href="/log" { (text.say("nav-log")) } }
        }
    };
    let page = Page {
        title: text.say("front-title"),
        body,
        scripts: &["live.js"],
        life: Life::AskAgain,
    };
    Ok(page.answer(&reader, StatusCode::OK))
}

fn figures(reader: &Reader, told: &Told) -> Markup {
    let text = reader.text;
    let figure = |class: &str, count: u64, key: &str| {
        html! { div class=(class) { dt { (text.say(key)) } dd { (count) } } }
    };
    html! {
        section aria-labelledby="figures" {
            h2 #figures { (text.say("front-now")) }
            dl.figures {
                (figure("red", told.totals.red, "front-red"))
                (figure("yellow", told.totals.yellow, "front-yellow"))
                (figure("plain", told.entries, "front-entries"))
            }
            p.note #live role="status" data-entries=(told.entries) {
                a href="/" hidden { (text.say("front-news")) }
            }
            @if told.entries > 0 { p.note { (text.say("front-as-of")) " " (text.at(told.at)) } }
        }
    }
}

/// `GET /how`.
pub(super) async fn how(reader: Reader) -> Response {
    let text = reader.text;
    let rules = [
        "how-evidence",
        "how-two",
        "how-reason",
        "how-end",
        "how-log",
        "how-object",
        "how-care",
    ];
    let body = html! {
        h1 { (text.say("nav-how")) }
        p.lead { (text.say("how-lead")) }
        ol.rules { @for rule in rules { li { (text.say(rule)) } } }
        p { a href="/problems" { (text.say("how-problems")) } " · " a href="/api/v1" { (text.say("how-interface")) } }
    };
    let page = Page {
        title: text.say("nav-how"),
        body,
        scripts: &[],
        life: Life::AskAgain,
    };
    page.answer(&reader, StatusCode::OK)
}

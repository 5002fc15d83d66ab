//! What was decided and what was refused, newest first, each with its entries and what was said of it.
//!
//! Invariant: made of public leaves and public statements; which leaves belong to an order is read
//! from its row, and nothing else of it is shown. A page reads a bounded number of rows.

use super::frame::{Life, Page};
use super::log::{self, Line};
use super::reader::Reader;
use crate::Desk;
use crate::lists::aside;
use crate::problem::Problem;
use app::records::{Records as _, read};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::ids::OrderId;
use domain::state::records::Statement;
use domain::view::public::{entry_of, order_key, orders_prefix, said_prefix};
use domain::view::{OrderView, Table};
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

/// Attempts, or orders, on a page.
const LINES: usize = 20;
/// Statements shown of one order.
const STATEMENTS: usize = 10;
/// Orders looked at for the front page, so that it finds some that two bodies put in force.
const LOOKED: usize = 64;

/// Where a page goes on.
#[derive(Deserialize)]
pub(super) struct Asked {
    before: Option<u64>,
}

/// The newest refused attempts before an entry.
pub(super) fn refused(desk: &Desk, before: u64, limit: usize) -> Result<Vec<Line>, Problem> {
    let rows = desk.setup.records.rows();
    let rows = desk.read(rows.rows_before(Table::Refusals, &before.to_be_bytes(), limit))?;
    let entries = rows.iter().filter_map(|(key, _)| entry_of(key));
    let lines = entries.map(|entry| log::line(desk, entry));
    lines.filter_map(Result::transpose).collect()
}

/// An order by its public entries.
struct Order {
    /// The entry that proposed it.
    first: u64,
    /// The leaves in the order of time: proposed, then what was decided.
    lines: Vec<Line>,
    /// What was said of it, with the entry and by whom.
    said: Vec<(u64, String, String)>,
    /// Whether nobody has decided on it.
    waits: bool,
}

/// The newest orders proposed before an entry, each with that entry.
fn newest(desk: &Desk, before: u64, limit: usize) -> Result<Vec<(u64, OrderId)>, Problem> {
    let rows = desk.setup.records.rows();
    let rows = desk.read(rows.rows_before(Table::Board, &order_key(before), limit))?;
    let own = rows
        .iter()
        .take_while(|(key, _)| key.starts_with(orders_prefix()));
    let known = own.filter_map(|(key, bytes)| Some((entry_of(key)?, bytes)));
    let known = known.map(|(first, bytes)| Ok((first, desk.read(read(Table::Board, bytes))?)));
    known.collect()
}

fn order(desk: &Desk, first: u64, id: OrderId) -> Result<Option<Order>, Problem> {
    let Some(view) = desk.read(desk.setup.records.order(id))? else {
        return Ok(None);
    };
    let decided = view.decisions.iter().map(|decision| decision.by.entry);
    let lines = std::iter::once(first).chain(decided);
    let lines = lines.map(|entry| log::line(desk, entry));
    Ok(Some(Order {
        first,
        waits: view.decisions.is_empty() && !view.emergency,
        lines: lines
            .filter_map(Result::transpose)
            .collect::<Result<_, _>>()?,
        said: said(desk, id)?,
    }))
}

/// The statements about an order.
fn said(desk: &Desk, order: OrderId) -> Result<Vec<(u64, String, String)>, Problem> {
    let prefix = said_prefix(order);
    let rows = desk.setup.records.rows();
    let keys = desk.read(rows.rows(Table::Board, &prefix, STATEMENTS))?;
    let own = keys.iter().take_while(|(key, _)| key.starts_with(&prefix));
    let mut said = Vec::new();
    for entry in own.filter_map(|(key, _)| entry_of(key)) {
        let Some(bytes) = desk.read(rows.row(Table::Statements, &entry.to_be_bytes()))? else {
            continue;
        };
        let statement: Statement = desk.read(read(Table::Statements, &bytes))?;
        let org = desk.read(desk.setup.records.org_name(&statement.by.org))?;
        said.push((entry, org, statement.text));
    }
    Ok(said)
}

/// The newest orders that two bodies put in force, each by the entry that did.
pub(super) fn approved(desk: &Desk, limit: usize) -> Result<Vec<Line>, Problem> {
    let mut entries = Vec::new();
    for (_, id) in newest(desk, u64::MAX, LOOKED)? {
        let view = desk.read(desk.setup.records.order(id))?;
        let approver = view.as_ref().and_then(OrderView::approver);
        entries.extend(approver.map(|by| by.entry));
    }
    entries.sort_unstable_by_key(|entry| std::cmp::Reverse(*entry));
    let newest = entries.into_iter().take(limit);
    let lines = newest.map(|entry| log::line(desk, entry));
    lines.filter_map(Result::transpose).collect()
}

/// `GET /refused`.
pub(super) async fn refusals(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    asked: Query<Asked>,
) -> Result<Response, Problem> {
    let before = asked.before.unwrap_or(u64::MAX);
    let lines = aside(&desk, move |desk| refused(desk, before, LINES)).await?;
    let text = reader.text;
    let body = html! {
        h1 { (text.say("nav-refused")) }
        p.lead { (text.say("refused-lead")) }
        @if lines.is_empty() { p.empty { (text.say("front-refused-none")) } }
        @for line in &lines {
            article.reason {
                h2 { (log::headline(text, line)) }
                @if let Some(code) = line.refused() { (log::why(text, code)) }
                p { (text.at(line.at())) " · " (log::entry_link(text, line.entry())) }
            }
        }
        (older(&reader, "/refused", lines.len(), lines.last().map(Line::entry)))
    };
    Ok(page(&reader, "nav-refused", body))
}

/// `GET /orders`.
pub(super) async fn decided(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    asked: Query<Asked>,
) -> Result<Response, Problem> {
    reader.may("GET", "/api/v1/statements")?;
    let before = asked.before.unwrap_or(u64::MAX);
    let told = aside(&desk, move |desk| {
        let newest = newest(desk, before, LINES)?.into_iter();
        let orders = newest.map(|(first, id)| order(desk, first, id));
        orders
            .filter_map(Result::transpose)
            .collect::<Result<Vec<_>, _>>()
    })
    .await?;
    let text = reader.text;
    let body = html! {
        h1 { (text.say("nav-decided")) }
        p.lead { (text.say("decided-lead")) }
        @if told.is_empty() { p.empty { (text.say("decided-none")) } }
        @for order in &told { (article(&reader, order)) }
        (older(&reader, "/orders", told.len(), told.last().map(|order| order.first)))
    };
    Ok(page(&reader, "nav-decided", body))
}

fn article(reader: &Reader, order: &Order) -> Markup {
    let text = reader.text;
    html! {
        article.reason {
            @if let Some(line) = order.lines.first() { h2 { (log::subject(text, line)) } }
            ol.steps {
                @for line in &order.lines { li { (log::step(text, line)) } }
                @if order.waits { li { (text.say("decided-waits")) } }
            }
            h3 { (text.say("decided-said")) }
            @if order.said.is_empty() { p.note { (text.say("decided-silent")) } }
            @for (entry, org, words) in &order.said {
                figure {
                    blockquote lang="zh-CN" { (words) }
                    figcaption { (org) " · " (log::entry_link(text, *entry)) }
                }
            }
        }
    }
}

/// Where the page goes on, if it may.
fn older(reader: &Reader, path: &str, count: usize, last: Option<u64>) -> Markup {
    html! {
        @if let Some(last) = last.filter(|_| count == LINES) {
            p { a href={ (path) "?before=" (last) } { (reader.text.say("log-older")) } }
        }
    }
}

fn page(reader: &Reader, title: &str, body: Markup) -> Response {
    let page = Page {
        title: reader.text.say(title),
        body,
        scripts: &[],
        life: Life::AskAgain,
    };
    page.answer(reader, StatusCode::OK)
}

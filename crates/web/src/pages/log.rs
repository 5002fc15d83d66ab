//! The public log, entry by entry.
//!
//! Invariant: what it shows of an entry is its public leaf, and the page says how anybody checks
//! that the leaf is in the log.

use super::frame::{Life, Page};
use super::proof;
use super::reader::Reader;
use super::text::Text;
use crate::Desk;
use crate::lists::aside;
use crate::problem::{Kind, Problem};
use crate::reads;
use app::ports::StorageError;
use app::records::Records as _;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use domain::colour::Ground;
use domain::division::{DivisionCode, divisions};
use domain::leaf::{Leaf, Transitions};
use domain::refusal::Code;
use domain::rules::Action;
use domain::time::Timestamp;
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

/// Entries on a page.
const ENTRIES: u64 = 30;

/// An entry as a line of a table.
pub(super) struct Line {
    leaf: Leaf,
    org: Option<String>,
}

impl Line {
    /// A leaf, with the name of whoever asked.
    pub(super) fn of(desk: &Desk, leaf: Leaf) -> Result<Self, Problem> {
        let records = &desk.setup.records;
        let org = leaf
            .org
            .as_ref()
            .map(|org| desk.read(records.org_name(org)));
        let org = org.transpose()?;
        Ok(Self { leaf, org })
    }

    /// The number of the entry.
    pub(super) const fn entry(&self) -> u64 {
        self.leaf.seq
    }

    /// When it was decided.
    pub(super) const fn at(&self) -> Timestamp {
        self.leaf.at
    }

    /// Why it was refused, if it was.
    pub(super) const fn refused(&self) -> Option<Code> {
        self.leaf.refused
    }
}

/// An entry as a line, if it is published.
pub(super) fn line(desk: &Desk, entry: u64) -> Result<Option<Line>, Problem> {
    let leaf = desk.setup.published.leaf(entry);
    let leaf = desk.read(leaf.map_err(|why| StorageError { what: "log", why }))?;
    leaf.map(|leaf| Line::of(desk, leaf)).transpose()
}

/// A link to an entry.
pub(super) fn entry_link(text: Text, entry: u64) -> Markup {
    html! { a href={ "/log/" (entry) } { (text.fill("my-entry", &[("entry", entry.to_string().into())])) } }
}

/// What an entry is about: ground, place, how many people.
pub(super) fn subject(text: Text, line: &Line) -> Markup {
    let leaf = &line.leaf;
    html! { (about(text, leaf.ground, leaf.area, leaf.people)) }
}

/// A ground, a place and how many people, as far as they are told.
pub(super) fn about(
    text: Text,
    ground: Option<Ground>,
    area: Option<DivisionCode>,
    people: u64,
) -> String {
    let count = (people > 0).then(|| text.fill("people", &[("count", people.into())]));
    let parts = [on(text, ground), named(area), count.unwrap_or_default()];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(" · ")
}

/// Who asked for what, about what.
pub(super) fn headline(text: Text, line: &Line) -> Markup {
    let about = subject(text, line);
    html! {
        @if let Some(org) = &line.org { (org) " · " }
        (kind(text, &line.leaf))
        @if !about.0.is_empty() { " · " (about) }
    }
}

/// When, who, what, and the entry.
pub(super) fn step(text: Text, line: &Line) -> Markup {
    let leaf = &line.leaf;
    html! {
        (text.at(leaf.at)) " · "
        @if let Some(org) = &line.org { strong { (org) } " · " }
        (kind(text, leaf)) " · " (entry_link(text, leaf.seq))
    }
}

/// What was asked, in words.
fn kind(text: Text, leaf: &Leaf) -> String {
    action(text, &leaf.kind)
}

/// A kind of act in words.
pub(super) fn action(text: Text, kind: &str) -> String {
    match kind.parse::<Action>() {
        Ok(action) => text.pick(action.zh(), action.en()).to_owned(),
        Err(_) => kind.to_owned(),
    }
}

fn place(leaf: &Leaf) -> String {
    named(leaf.area)
}

/// A place by its name.
fn named(area: Option<DivisionCode>) -> String {
    let found = area.and_then(|area| divisions().find(area));
    found.map_or_else(String::new, |division| division.name.to_owned())
}

fn ground(text: Text, leaf: &Leaf) -> String {
    on(text, leaf.ground)
}

/// A ground in words.
fn on(text: Text, ground: Option<Ground>) -> String {
    let found = ground.map(|ground| text.pick(ground.zh(), ground.en()));
    found.unwrap_or_default().to_owned()
}

/// Lines as a table about something; a sentence where there are none.
pub(super) fn table(text: Text, about: &str, lines: &[Line], none: &str) -> Markup {
    html! {
        @if lines.is_empty() { p.empty { (text.say(none)) } }
        @else {
            div.scroll tabindex="0" role="region" aria-label=(text.say(about)) {
                table {
                    caption.visually-hidden { (text.say(about)) }
                    thead { tr {
                        @for key in ["col-entry", "col-at", "col-who", "col-what", "col-ground", "col-people", "col-result"] {
                            th scope="col" { (text.say(key)) }
                        }
                    } }
                    tbody { @for line in lines { (row(text, line)) } }
                }
            }
        }
    }
}

fn row(text: Text, line: &Line) -> Markup {
    let leaf = &line.leaf;
    html! {
        tr {
            td { a href={ "/log/" (leaf.seq) } { (leaf.seq) } }
            td { (text.at(leaf.at)) }
            td { (line.org.as_deref().unwrap_or_default()) }
            td { (kind(text, leaf)) }
            td { (ground(text, leaf)) }
            td.number { @if leaf.people > 0 { (leaf.people) } }
            td { (result(text, leaf)) }
        }
    }
}

fn result(text: Text, leaf: &Leaf) -> Markup {
    html! {
        @match leaf.refused {
            Some(code) => span.refused { "✗ " (text.say("refused")) " " code { (code.word()) } },
            None => span.accepted { "✓ " (text.say("accepted")) },
        }
    }
}

/// Which entries.
#[derive(Deserialize)]
pub(super) struct Asked {
    entry: Option<u64>,
    before: Option<u64>,
}

/// `GET /log`.
pub(super) async fn newest(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    asked: Query<Asked>,
) -> Result<Response, Problem> {
    if let Some(entry) = asked.entry {
        return Ok(Redirect::to(&format!("/log/{entry}")).into_response());
    }
    let before = asked.before;
    let (entries, lines) = aside(&desk, move |desk| {
        let entries = desk.read(desk.setup.records.entries())?;
        let end = before.unwrap_or(entries).min(entries);
        let mut lines = Vec::new();
        for entry in (end.saturating_sub(ENTRIES)..end).rev() {
            lines.extend(line(desk, entry)?);
        }
        Ok((entries, lines))
    })
    .await?;
    let text = reader.text;
    let oldest = lines.last().map_or(0, |line| line.leaf.seq);
    let body = html! {
        h1 { (text.say("nav-log")) }
        p.lead { (text.fill("log-lead", &[("count", entries.into())])) }
        form.inline method="get" action="/log" {
            label for="entry" { (text.say("log-go")) }
            input #entry name="entry" type="number" min="0" max=(entries.saturating_sub(1)) required;
            button { (text.say("log-show")) }
        }
        (table(text, "nav-log", &lines, "log-none"))
        @if oldest > 0 { p { a href={ "/log?before=" (oldest) } { (text.say("log-older")) } } }
    };
    let page = Page {
        title: text.say("nav-log"),
        body,
        scripts: &[],
        life: Life::AskAgain,
    };
    Ok(page.answer(&reader, StatusCode::OK))
}

/// `GET /log/{entry}`.
pub(super) async fn entry(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    Path(entry): Path<String>,
) -> Result<Response, Problem> {
    let number = entry.parse::<u64>().map_err(|_| Kind::EntryUnknown)?;
    let leaf = reads::leaf(&desk, number).await?;
    let line = Line::of(&desk, leaf.ok_or(Kind::EntryUnknown)?)?;
    let text = reader.text;
    let title = text.fill("entry-title", &[("entry", number.to_string().into())]);
    let body = html! {
        h1 { (title) }
        (facts(text, &line))
        @if let Some(code) = line.leaf.refused {
            section { h2 { (text.say("entry-why")) } (why(text, code)) }
        }
        (proof::section(&desk, &reader, number))
    };
    let page = Page {
        title,
        body,
        scripts: proof::SCRIPTS,
        life: Life::AskAgain,
    };
    Ok(page.answer(&reader, StatusCode::OK))
}

/// Why the ledger refuses: the rule, its invariant, what to do.
pub(super) fn why(text: Text, code: Code) -> Markup {
    html! {
        p.refused { strong { (text.pick(code.rule_zh(), code.rule())) } }
        p { (text.say("entry-help")) " " (text.pick(code.help_zh(), code.help())) }
        p.note { code { (code.word()) } " · I" (code.invariant()) }
    }
}

fn facts(text: Text, line: &Line) -> Markup {
    let leaf = &line.leaf;
    let fact = |key: &str, value: Markup| {
        html! { div { dt { (text.say(key)) } dd { (value) } } }
    };
    html! {
        dl.facts {
            (fact("col-result", result(text, leaf)))
            (fact("col-at", text.at(leaf.at)))
            (fact("col-what", html! { (kind(text, leaf)) }))
            @if let Some(org) = &line.org { (fact("col-who", html! { (org) })) }
            @if leaf.ground.is_some() { (fact("col-ground", html! { (ground(text, leaf)) })) }
            @if leaf.area.is_some() { (fact("col-place", html! { (place(leaf)) })) }
            @if leaf.people > 0 { (fact("col-people", html! { (leaf.people) })) }
            @if let Some(document) = &leaf.document { (fact("col-document", html! { (document) })) }
            @for permit in &leaf.permits { (fact("col-permit", html! { code { (permit) } })) }
            @if leaf.caused != Transitions::default() { (fact("col-caused", changes(text, leaf.caused))) }
            @if leaf.lapsed != Transitions::default() { (fact("col-lapsed", changes(text, leaf.lapsed))) }
            (fact("col-totals", html! { (text.say("front-red")) " " (leaf.totals.red) " · " (text.say("front-yellow")) " " (leaf.totals.yellow) }))
            (fact("col-act", html! { code.long { (domain::ids::to_hex(&leaf.act)) } }))
        }
    }
}

fn changes(text: Text, changes: Transitions) -> Markup {
    let cells = [
        ("green-yellow", changes.green_yellow),
        ("green-red", changes.green_red),
        ("yellow-red", changes.yellow_red),
        ("yellow-green", changes.yellow_green),
        ("red-yellow", changes.red_yellow),
        ("red-green", changes.red_green),
    ];
    html! {
        ul.plain {
            @for (key, count) in cells {
                @if count > 0 { li { (text.say(&format!("change-{key}"))) " " (count) } }
            }
        }
    }
}

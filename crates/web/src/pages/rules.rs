//! The rule packs as law: the one in force, those before it, and what changed from one to another.
//!
//! Invariant: everything shown is in a pack's public archive (`GET /api/v1/packs/{digest}`).

use super::changes;
use super::frame::{Life, Page};
use super::law;
use super::log::entry_link;
use super::reader::Reader;
use crate::Desk;
use crate::packs::{self, Adopted};
use crate::problem::{Kind, Problem};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

/// `GET /rules`.
pub(super) async fn in_force(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
) -> Result<Response, Problem> {
    let adopted = known(&desk, &reader)?;
    let Some(newest) = adopted.last() else {
        let body = html! {
            h1 { (reader.text.say("nav-rules")) }
            p.empty { (reader.text.say("law-none")) }
        };
        return Ok(page(&reader, body));
    };
    Ok(page(&reader, statute(&reader, &adopted, newest)))
}

/// `GET /rules/{pack}`: by the entry that adopted it, or by its digest.
pub(super) async fn pack(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let adopted = known(&desk, &reader)?;
    let asked = find(&adopted, &name).ok_or(Kind::NotFound)?;
    Ok(page(&reader, statute(&reader, &adopted, asked)))
}

/// Since which pack.
#[derive(Deserialize)]
pub(super) struct Asked {
    since: Option<String>,
}

/// `GET /rules/{pack}/changes`: from the pack before it, or from another.
pub(super) async fn changed(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    Path(name): Path<String>,
    asked: Query<Asked>,
) -> Result<Response, Problem> {
    let adopted = known(&desk, &reader)?;
    let after = find(&adopted, &name).ok_or(Kind::NotFound)?;
    let before = match &asked.since {
        Some(name) => find(&adopted, name),
        None => adopted.iter().rev().find(|one| one.entry < after.entry),
    };
    let before = before.ok_or(Kind::NotFound)?;
    let text = reader.text;
    let body = html! {
        h1 { (text.say("changes-title")) }
        p.lead { (named(before)) " → " (named(after)) }
        p { (text.say("law-adopted")) " " (entry_link(text, before.entry)) " → " (entry_link(text, after.entry)) }
        (changes::table(text, &app::law::changes(&before.pack, &after.pack)))
        p { a href={ "/rules/" (after.entry) } { (text.say("changes-whole")) } }
    };
    Ok(page(&reader, body))
}

fn known(desk: &Desk, reader: &Reader) -> Result<Vec<Adopted>, Problem> {
    reader.may("GET", "/api/v1/packs/{digest}")?;
    Ok(packs::adopted(desk))
}

fn find<'a>(adopted: &'a [Adopted], name: &str) -> Option<&'a Adopted> {
    let is_it =
        |one: &&Adopted| one.entry.to_string() == name || one.pack.digest().to_string() == name;
    adopted.iter().find(is_it)
}

fn named(one: &Adopted) -> String {
    let book = one.pack.book();
    format!("{} · {}", book.name, book.version)
}

fn statute(reader: &Reader, adopted: &[Adopted], one: &Adopted) -> Markup {
    let is_newest = adopted
        .last()
        .is_some_and(|newest| newest.entry == one.entry);
    html! {
        @if !is_newest { p.care role="note" { (reader.text.say("law-past")) " " a href="/rules" { (reader.text.say("nav-rules")) } } }
        (law::statute(reader.text, one))
        (history(reader, adopted))
    }
}

/// Every adopted pack, newest first.
fn history(reader: &Reader, adopted: &[Adopted]) -> Markup {
    let text = reader.text;
    html! {
        section #history {
            h2 { (text.say("law-history")) }
            div.scroll tabindex="0" role="region" aria-label=(text.say("law-history")) {
                table {
                    caption.visually-hidden { (text.say("law-history")) }
                    thead { tr {
                        @for key in ["col-entry", "law-pack", "law-instrument", "law-valid", "law-sunset", "law-changed"] {
                            th scope="col" { (text.say(key)) }
                        }
                    } }
                    tbody {
                        @for (place, one) in adopted.iter().enumerate().rev() {
                            @let book = one.pack.book();
                            tr {
                                td { (entry_link(text, one.entry)) }
                                td { a href={ "/rules/" (one.entry) } { (named(one)) } }
                                td lang="zh-CN" { (book.instrument.title) " " (book.instrument.number) }
                                td { (text.at(book.valid_from)) }
                                td { (text.at(book.sunset)) }
                                td { @if place > 0 { a href={ "/rules/" (one.entry) "/changes" } { (text.say("law-changes")) } } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn page(reader: &Reader, body: Markup) -> Response {
    let page = Page {
        title: reader.text.say("nav-rules"),
        body,
        scripts: &[],
        life: Life::AskAgain,
    };
    page.answer(reader, StatusCode::OK)
}

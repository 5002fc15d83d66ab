//! The officers' desk, inward: what their own body was refused, by which rule, and what to do.
//!
//! Invariant: the same rows as `GET /api/v1/refusals?own=true&newest=true`, for whoever may ask there;
//! nobody whom an act was about stands here. Refuses: the refusals of any other body.

use super::desk;
use super::log;
use super::reader::Reader;
use super::text::Text;
use crate::Desk;
use crate::lists::{self, Asked, aside};
use crate::offices::{self, REFUSED};
use crate::problem::Problem;
use axum::extract::{Query, State};
use axum::response::Response;
use domain::refusal::Code;
use domain::rules::Action;
use domain::state::records::RefusalRecord;
use maud::{Markup, html};
use std::sync::Arc;

/// `GET /desk/refusals`: the newest first.
pub(super) async fn refusals(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let granted = reader.may("GET", "/api/v1/refusals")?;
    let is_first = asked.cursor.is_none();
    let asked = Asked {
        cursor: asked.cursor,
        limit: None,
    };
    let found = aside(&desk, move |desk| {
        let take = |row: &_| offices::refused(desk, &granted, true, row);
        lists::newest(desk, &REFUSED, &asked, take)
    })
    .await?;
    let text = reader.text;
    let is_end = found.items.is_empty() && found.next.is_none();
    let body = html! {
        h1 { (text.say("nav-own-refused")) }
        p.lead { (text.say("own-refused-lead")) }
        @if is_end && is_first {
            div.empty {
                p { strong { (text.say("own-refused-none")) } }
                p { (text.say("own-refused-teach")) }
            }
        } @else if is_end { p.empty { (text.say("own-refused-end")) } }
        @for (entry, record) in &found.items { (card(text, *entry, record)) }
        @if let Some(next) = &found.next { p { a href={ "/desk/refusals?cursor=" (next) } { (text.say("log-older")) } } }
        p { a href="/refused" { (text.say("own-refused-all")) } }
    };
    Ok(desk::page(&reader, "nav-own-refused", &[], body))
}

fn card(text: Text, entry: u64, record: &RefusalRecord) -> Markup {
    let about = log::about(text, record.ground, record.area, record.people);
    html! {
        article.reason {
            h2 {
                (log::action(text, &record.kind))
                @if !about.is_empty() { " · " (about) }
            }
            (log::why(text, record.refusal.code))
            @if !record.refusal.detail.is_empty() { p.note lang="en" { (record.refusal.detail) } }
            p {
                (text.at(record.at)) " · " (text.say("own-refused-by")) " " (signer(text, record)) " · "
                (log::entry_link(text, entry))
            }
        }
    }
}

/// Who asked: an officer, the body itself with its key, or somebody in its name.
fn signer(text: Text, record: &RefusalRecord) -> Markup {
    let is_report = record.kind.parse() == Ok(Action::ReportPush);
    html! {
        @match &record.officer {
            Some(officer) => code { (officer) },
            None if is_report && record.refusal.code != Code::SignatureInvalid => (text.say("own-refused-by-body")),
            None => (text.say("own-refused-by-nobody")),
        }
    }
}

//! What a person may ask of the data about them: a copy, a correction, that it be deleted.
//!
//! Invariant: what is deleted when, and what cannot be deleted while a colour stands, is told before
//! anybody asks; a refusal has reasons and a court (PIPL 45 to 50). A problem of the download is a page.

use super::again;
use super::my;
use super::question;
use super::reader::Reader;
use crate::Desk;
use crate::people;
use crate::problem::Problem;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use maud::html;
use std::sync::Arc;

/// `GET /my/data`.
pub(super) async fn page(reader: Reader) -> Result<Response, Problem> {
    again::person(&reader, "GET", "/api/v1/me/export")?;
    let text = reader.text;
    let kept = [
        "data-kept-own",
        "data-kept-day",
        "data-kept-log",
        "data-kept-end",
    ];
    let body = html! {
        p.lead { (text.say("data-lead")) }
        section {
            h2 { (text.say("data-copy")) }
            p { (text.say("data-copy-why")) }
            p { a.button href="/my/data/file" { (text.say("data-copy-now")) } }
            p.note { (text.say("data-copy-care")) }
        }
        section {
            h2 { (text.say("data-correct")) }
            p { (text.say("data-correct-how")) }
            p { a.button href="/my/record" { (text.say("nav-record")) } " " a.button href="/my/questions" { (text.say("door-questions")) } }
        }
        section {
            h2 { (text.say("data-delete")) }
            p { (text.say("data-delete-how")) }
            ul { @for what in kept { li { (text.say(what)) } } }
            details {
                summary { (text.say("data-delete-ask")) }
                p { (text.say("data-delete-then")) }
                (question::form(&reader, "delete", "data-delete-text", &text.say("data-delete-words")))
            }
        }
        section {
            h2 { (text.say("data-refused")) }
            p { (text.say("data-refused-how")) }
            p { (text.say("remedies")) }
        }
    };
    Ok(my::page(&reader, "door-data", body, StatusCode::OK))
}

/// `GET /my/data/file`: everything on record about the reader, in one document.
pub(super) async fn file(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let granted = reader.may("GET", "/api/v1/me/export")?;
    let export = people::my_export(State(desk), Extension(granted), headers).await?;
    Ok(export.into_response())
}

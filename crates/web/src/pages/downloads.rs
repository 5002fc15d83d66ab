//! What anybody may take along: each file with its form, its size, and how it is checked.
//!
//! Invariant: every address is a public route or a file of the published site; a site that is not
//! served here is not offered. Nothing in any of them is personal (I11).

use super::frame::{Life, Page};
use super::reader::Reader;
use super::text::Text;
use crate::Desk;
use crate::lists::aside;
use crate::problem::Problem;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use std::sync::Arc;

/// A file or a route: its key, its address, its form.
type Offer = (&'static str, &'static str, &'static str);

/// What the interface gives.
const ROUTES: &[Offer] = &[
    ("checkpoint", "/api/v1/checkpoint", "C2SP checkpoint"),
    ("counts", "/api/v1/counts?format=csv", "CSV"),
    ("statements", "/api/v1/statements", "JSON"),
    ("packs", "/api/v1/packs", "JSON"),
    ("openapi", "/api/v1/openapi.json", "OpenAPI 3.1"),
];

/// What the published site has beside (docs/site.md).
const FILES: &[Offer] = &[
    ("policy", "/policy", "C2SP tlog-policy"),
    ("vkey", "/vkey", "C2SP signed-note"),
    ("entries", "/entries/newest.json", "JSON"),
    ("every", "/counts.json", "JSON"),
    ("said", "/statements.json", "JSON"),
    ("laws", "/packs.json", "JSON"),
    ("lists", "/lists.json", "JSON"),
    ("aggregation", "/aggregation", "Token Status List"),
    ("keys", "/keys.json", "JWK"),
    ("did", "/did.json", "DID"),
];

/// `GET /data`.
pub(super) async fn data(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
) -> Result<Response, Problem> {
    let sizes = aside(&desk, |desk| Ok(sizes(desk))).await?;
    let text = reader.text;
    let origin = &desk.setup.origin;
    let body = html! {
        h1 { (text.say("nav-data")) }
        p.lead { (text.say("downloads-lead")) }
        div.scroll tabindex="0" role="region" aria-label=(text.say("nav-data")) {
            table {
                caption.visually-hidden { (text.say("nav-data")) }
                thead { tr {
                    @for key in ["downloads-what", "downloads-address", "downloads-form", "downloads-size"] { th scope="col" { (text.say(key)) } }
                } }
                tbody {
                    @for offer in ROUTES { (row(text, offer, None)) }
                    @for (offer, size) in &sizes { (row(text, offer, Some(*size))) }
                }
            }
        }
        @if sizes.is_empty() { p.note { (text.say("downloads-no-site")) } }
        section {
            h2 { (text.say("downloads-entry")) }
            p { (text.say("downloads-entry-how")) " " a href="/log" { (text.say("nav-log")) } }
            p { code { "/api/v1/entries/" em { "n" } } " · " code { "/api/v1/entries/" em { "n" } "/proof" } }
        }
        section {
            h2 { (text.say("downloads-check")) }
            p { (text.say("downloads-check-how")) }
            pre tabindex="0" { code { "mingma audit --site " (origin) "\nmingma monitor --memory kept " (origin) } }
        }
        section {
            h2 { (text.say("downloads-terms")) }
            p { (text.say("downloads-terms-how")) }
        }
    };
    let page = Page {
        title: text.say("nav-data"),
        body,
        scripts: &[],
        life: Life::AskAgain,
    };
    Ok(page.answer(&reader, StatusCode::OK))
}

/// The files of the site that are there, with their lengths in bytes.
fn sizes(desk: &Desk) -> Vec<(Offer, u64)> {
    let Some(root) = desk.setup.site.as_deref() else {
        return Vec::new();
    };
    let found = FILES.iter().filter_map(|offer| {
        let path = root.join(offer.1.trim_start_matches('/'));
        Some((*offer, std::fs::metadata(path).ok()?.len()))
    });
    found.collect()
}

fn row(text: Text, (key, address, form): &Offer, size: Option<u64>) -> Markup {
    html! {
        tr {
            td { (text.say(&format!("downloads-is-{key}"))) }
            td { a href=(address) { code { (address) } } }
            td { (form) }
            td.number { @if let Some(bytes) = size { (length(bytes)) } }
        }
    }
}

/// Bytes in the largest unit that leaves a whole number.
fn length(bytes: u64) -> String {
    match bytes {
        0..10_240 => format!("{bytes} B"),
        10_240..10_485_760 => format!("{} KiB", bytes / 1_024),
        _ => format!("{} MiB", bytes / 1_048_576),
    }
}

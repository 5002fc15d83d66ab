//! The gate: a code is scanned and verified in the browser, with no network.
//!
//! Invariant: what is scanned never leaves the page, and nothing of it is kept. The page is the same
//! for everybody and is kept by a worker for when there is no network.

use super::frame::{Life, Page};
use super::reader::Reader;
use crate::Desk;
use crate::troupe::Troupe;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use maud::html;
use std::sync::Arc;

/// What the scripts say, by key: a verdict, a reason, what is missing.
const WORDS: &[&str] = &[
    "verdict-green",
    "verdict-yellow",
    "verdict-red",
    "verdict-not-valid",
    "verdict-cannot-tell",
    "reason-current",
    "reason-old_list",
    "reason-unreadable",
    "reason-unknown_key",
    "reason-signature",
    "reason-key_outside_its_time",
    "reason-expired",
    "reason-not_yet",
    "reason-foreign_list",
    "reason-no_presentation",
    "reason-holder_signature",
    "reason-no_answer",
    "reason-wrong_answer",
    "reason-presentation_old",
    "reason-presentation_early",
    "reason-replay",
    "reason-no_list",
    "reason-list_expired",
    "reason-list_early",
    "reason-no_slot",
    "form-static",
    "form-paper",
    "lists-none",
    "lists-age",
    "lists-old",
    "lists-offline",
    "lists-bad",
    "no-code",
    "no-camera",
    "unable",
];

/// What the script of the code's own page says.
const OWN_WORDS: &[&str] = &["moves", "sign-in", "offline", "failed", "unable", "forgot"];

/// How far a demonstration's clock is behind the browser's, in seconds.
fn behind_s(desk: &Desk) -> Option<i64> {
    desk.setup.troupe.as_deref().map(Troupe::behind_s)
}

/// `GET /code`: shows a code to a gate. It says nothing about anybody, so that it can be kept.
pub(super) async fn code(State(desk): State<Arc<Desk>>, reader: Reader) -> Response {
    let text = reader.text;
    let body = html! {
        h1 { (text.say("nav-code")) }
        noscript { p.care { (text.say("code-script")) } }
        p #state role="status" { (text.say("code-loading")) }
        section #code .show data-behind=[behind_s(&desk)] hidden {
            canvas #qr role="img" aria-label=(text.say("code-qr")) {}
        }
        p { (text.say("code-sees")) }
        p { button #forget hidden { (text.say("code-forget")) } }
        p { a href="/my" { (text.say("code-why")) } " · " a href="/signin" { (text.say("sign-in")) } }
        p.care { (text.say("my-gate")) }
        ul #words hidden {
            @for word in OWN_WORDS { li data-word=(word) { (text.say(&format!("code-{word}"))) } }
        }
    };
    let page = Page {
        title: text.say("nav-code"),
        body,
        scripts: &["gate/show.js"],
        life: Life::Kept,
    };
    page.answer(&reader, StatusCode::OK)
}

/// `GET /gate`.
pub(super) async fn gate(State(desk): State<Arc<Desk>>, reader: Reader) -> Response {
    let text = reader.text;
    let body = html! {
        h1 { (text.say("nav-gate")) }
        p.lead { (text.say("gate-lead")) }
        noscript { p.care { (text.say("gate-script")) } }
        p #lists role="status" { (text.say("gate-lists-loading")) }
        section #verdict .verdict role="status" aria-live="assertive" hidden {
            p.shape aria-hidden="true" {}
            p.colour {}
            p.because {}
        }
        p.care { (text.say("gate-care")) }
        section #scan data-behind=[behind_s(&desk)] hidden {
            video #camera muted playsinline hidden {}
            p { button #watch .main { (text.say("gate-camera")) } " " button #stop hidden { (text.say("gate-stop")) } }
            label for="picture" { (text.say("gate-picture")) }
            input #picture type="file" accept="image/*";
            form #typed {
                label for="text" { (text.say("gate-text")) }
                input #text autocomplete="off" spellcheck="false" maxlength="4096";
                button { (text.say("gate-verify")) }
            }
        }
        ul #words hidden {
            @for word in WORDS { li data-word=(word) { (text.say(&format!("gate-{word}"))) } }
        }
    };
    let page = Page {
        title: text.say("nav-gate"),
        body,
        scripts: &["gate/page.js"],
        life: Life::Kept,
    };
    page.answer(&reader, StatusCode::OK)
}

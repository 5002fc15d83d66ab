//! The gate: a code is scanned and verified in the browser, with no network.
//!
//! Invariant: what is scanned never leaves the page, and nothing of it is kept. The page is the same
//! for everybody and is kept by a worker for when there is no network.

use super::frame::{Life, Page};
use super::reader::Reader;
use axum::http::StatusCode;
use axum::response::Response;
use maud::html;

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
    "no-code",
    "no-camera",
    "unable",
];

/// `GET /gate`.
pub(super) async fn gate(reader: Reader) -> Response {
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
        section #scan hidden {
            video #camera muted playsinline hidden {}
            p { button #watch .main { (text.say("gate-camera")) } " " button #stop hidden { (text.say("gate-stop")) } }
            label for="picture" { (text.say("gate-picture")) }
            input #picture type="file" accept="image/*";
            form #typed {
                label for="text" { (text.say("gate-text")) }
                input #text autocomplete="off" spellcheck="false" maxlength="4096";
                button { (text.say("gate-verify")) }
            }
            details {
                summary { (text.say("gate-challenge")) }
                p { (text.say("gate-challenge-how")) }
                form #ask {
                    label for="name" { (text.say("gate-name")) }
                    input #name value="gate" maxlength="64" pattern="[!-~]+" required;
                    button { (text.say("gate-ask")) }
                    button #unask type="button" hidden { (text.say("gate-unask")) }
                }
                canvas #question role="img" aria-label=(text.say("gate-question")) hidden {}
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
        life: Life::AskAgain,
    };
    page.answer(&reader, StatusCode::OK)
}

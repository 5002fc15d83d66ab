//! What a person asks for by a form; one that did not work is shown again with what was typed.
//!
//! Invariant: nothing that somebody typed is lost to a refusal, and the reason stands above it. Asked
//! twice under the same mark it is the same act. Refuses: to ask for anybody but the reader.

use super::log;
use super::reader::Reader;
use crate::Desk;
use crate::counter::{self, act};
use crate::people::oneself;
use crate::problem::{Kind, Problem};
use app::acts::ActText;
use app::ledger::Receipt;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use domain::document::PersonId;
use domain::refusal::Code;
use maud::{Markup, html};
use std::sync::Arc;

/// The reader, as a person who may use a route.
pub(super) fn person(reader: &Reader, method: &str, route: &str) -> Result<PersonId, Problem> {
    oneself(&reader.may(method, route)?)
}

/// What makes a form that is sent twice one act.
pub(super) fn once(reader: &Reader, form: &str) -> Markup {
    html! {
        (reader.token())
        input type="hidden" name="once" value={ (reader.nonce) "-" (form) };
    }
}

/// Asks for something about oneself at the online counter.
pub(super) async fn ask(
    desk: &Arc<Desk>,
    person: PersonId,
    once: &str,
    asked: ActText,
) -> Result<Receipt, Problem> {
    let once = HeaderValue::from_str(once).map_err(|_| Kind::FieldInvalid)?;
    let headers = HeaderMap::from_iter([(HeaderName::from_static("idempotency-key"), once)]);
    counter::submit(desk, person, &headers, act(asked)?).await
}

/// On to another page, once a form has worked.
pub(super) fn on(to: &'static str) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response()
}

/// The status of a form's page: that of the problem, where there is one.
pub(super) fn status(problem: Option<&Problem>) -> StatusCode {
    problem.map_or(StatusCode::OK, |problem| problem.kind().status())
}

/// The problem above a form.
pub(super) fn told(reader: &Reader, problem: Option<&Problem>) -> Markup {
    let text = reader.text;
    html! {
        @if let Some(problem) = problem {
            @let words = problem.kind().words(text.0);
            div.problem role="alert" {
                p { strong { (words.title) } }
                p { (words.detail) }
                (reasons(reader, problem))
                p.note { (text.say("again-kept")) " " (text.say("call")) }
            }
        }
    }
}

/// Why, and what to do: by the rule of the ledger, where the ledger refused.
pub(super) fn reasons(reader: &Reader, problem: &Problem) -> Markup {
    let text = reader.text;
    html! {
        @match problem.refusal() {
            Some((entry, refusal)) => {
                @if let Ok(code) = refusal.code.parse::<Code>() { (log::why(text, code)) }
                p.note lang="en" { (refusal.detail) }
                p { a.button href={ "/log/" (entry) } { (text.fill("my-entry", &[("entry", entry.to_string().into())])) } }
            },
            None => p { (problem.kind().words(text.0).help) },
        }
    }
}

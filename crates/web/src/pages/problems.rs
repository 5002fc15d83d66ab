//! A page for each type of problem: what happened, what to do, whom to call.
//!
//! Invariant: in the reader's language first, and in the other below it, for whoever is helped by
//! somebody else.

use super::frame::{Life, Page};
use super::reader::Reader;
use super::text::Text;
use crate::problem::{Kind, Language, Problem};
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};

const fn other(language: Language) -> Language {
    match language {
        Language::Chinese => Language::English,
        Language::English => Language::Chinese,
    }
}

/// `GET /problems`.
pub(crate) async fn problems(reader: Reader) -> Response {
    let text = reader.text;
    let body = html! {
        h1 { (text.say("problems-title")) }
        p.lead { (text.say("problems-lead")) }
        ul.plain {
            @for kind in Kind::ALL {
                @let (own, other) = (kind.words(text.0), other(text.0));
                li { a href=(kind.uri()) { (own.title) } " · " span.note lang=(other.tag()) { (kind.words(other).title) } }
            }
        }
    };
    page(&reader, text.say("problems-title"), body)
}

/// `GET /problems/{slug}`.
pub(crate) async fn problem(reader: Reader, Path(slug): Path<String>) -> Result<Response, Problem> {
    let kind = Kind::from_slug(&slug).ok_or(Kind::NotFound)?;
    let text = reader.text;
    let other = other(text.0);
    let words = kind.words(other);
    let body = html! {
        div.problem {
            h1 { (kind.words(text.0).title) }
            (told(text, kind))
            section lang=(other.tag()) {
                h2 { (words.title) }
                (told(Text(other), kind))
            }
        }
        p.note { (text.say("problems-programs")) " " code { (kind.uri()) } " · HTTP " (kind.status().as_u16()) }
        p { a href="/problems" { (text.say("problems-title")) } }
    };
    Ok(page(&reader, kind.words(text.0).title.to_owned(), body))
}

fn told(text: Text, kind: Kind) -> Markup {
    let words = kind.words(text.0);
    let fact = |key: &str, value: Markup| html! { div { dt { (text.say(key)) } dd { (value) } } };
    html! {
        dl.facts {
            (fact("problems-what", html! { p { (words.detail) } }))
            (fact("problems-do", html! { p { (words.help) } }))
            (fact("problems-call", html! { p { (text.say("call")) } }))
        }
    }
}

fn page(reader: &Reader, title: String, body: Markup) -> Response {
    let page = Page {
        title,
        body,
        scripts: &[],
        life: Life::AskAgain,
    };
    page.answer(reader, StatusCode::OK)
}

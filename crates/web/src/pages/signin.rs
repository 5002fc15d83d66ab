//! Signing in and out on pages, and how somebody likes to read.
//!
//! Invariant: signing out leaves nothing in the browser. Refuses: to lead anywhere but to a path of
//! this server.

use super::frame::{Life, Page};
use super::reader::{self, Reader};
use crate::Desk;
use crate::problem::{Language, Problem};
use crate::signin;
use crate::signin::activation::{self, ActivationBody};
use crate::signin::identity::{self, StartBody, is_own};
use app::signin::provider::{Provider, SignsIn};
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, Request, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use maud::html;
use serde::Deserialize;
use std::sync::Arc;

const CLEAR: HeaderName = HeaderName::from_static("clear-site-data");
/// How long the choice of language and size is remembered, in seconds.
const LIKED_S: i64 = 365 * 86_400;

/// `GET /signin`.
pub(super) async fn page(State(desk): State<Arc<Desk>>, reader: Reader) -> Response {
    let text = reader.text;
    let body = html! {
        h1 { (text.say("sign-in")) }
        section {
            h2 { (text.say("signin-person")) }
            p { (text.say("signin-person-how")) }
            form method="post" action="/signin" autocomplete="off" {
                (reader.token())
                label for="document_type" { (text.say("signin-kind")) }
                select #document_type name="document_type" {
                    option value="resident_id" { (text.say("signin-resident")) }
                    option value="passport" { (text.say("signin-passport")) }
                }
                label for="document_number" { (text.say("signin-number")) }
                input #document_number name="document_number" required maxlength="32" autocapitalize="characters" spellcheck="false";
                label for="code" { (text.say("signin-code")) }
                input #code name="code" required maxlength="64" spellcheck="false" aria-describedby="code-how";
                p.note #code-how { (text.say("signin-code-how")) }
                button.main { (text.say("sign-in")) }
            }
        }
        section #staff {
            h2 { (text.say("signin-officer")) }
            p { (text.say("signin-officer-how")) }
            button #passkey hidden { (text.say("signin-passkey")) }
            p #passkey-failed role="alert" tabindex="-1" hidden { (text.say("signin-passkey-failed")) }
            noscript { p.note { (text.say("signin-script")) } }
        }
        @if !desk.setup.identity.is_empty() {
            section {
                h2 { (text.say("signin-provider")) }
                @for provider in &desk.setup.identity {
                    p { a.button href={ "/signin/provider/" (provider.name()) } { (provider.title()) } }
                }
            }
        }
    };
    let page = Page {
        title: text.say("sign-in"),
        body,
        scripts: &["passkey.js"],
        life: Life::Nowhere,
    };
    page.answer(&reader, StatusCode::OK)
}

/// `GET /signin/provider/{name}`: on to a provider, and back to the front page.
pub(super) async fn provider(
    State(desk): State<Arc<Desk>>,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let kind = desk.provider(&name)?.signs_in().word();
    let asked = StartBody {
        invitation: None,
        then: Some(format!("/signin/arrived/{kind}")),
    };
    let (started, cookie) = identity::begun(&desk, name, asked).await?;
    Ok(seen(cookie, &started.address))
}

/// `GET /signin/arrived/{kind}`: back from a provider. The cookie of the session does not come along
/// from there, so the browser is sent on from here.
pub(super) async fn arrived(reader: Reader, Path(kind): Path<String>) -> Response {
    let text = reader.text;
    let on = match kind == SignsIn::People.word() {
        true => "/my",
        false => "/",
    };
    let page = Page {
        title: text.say("signed-in"),
        body: html! {
            h1 { (text.say("signed-in")) }
            p { a.button href=(on) { (text.say("arrived-on")) } }
        },
        scripts: &[],
        life: Life::Kept,
    };
    let mut response = page.answer(&reader, StatusCode::OK);
    let refresh = format!("0; url={on}").parse();
    if let Ok(refresh) = refresh {
        response.headers_mut().insert(header::REFRESH, refresh);
    }
    response
}

/// `GET /signin/invitation`: the token of the link is in its fragment, which no server sees.
pub(super) async fn invitation(State(desk): State<Arc<Desk>>, reader: Reader) -> Response {
    let text = reader.text;
    let for_staff = |one: &&Arc<dyn Provider>| one.signs_in() == SignsIn::Officers;
    let body = html! {
        h1 { (text.say("invited-title")) }
        p.lead { (text.say("invited-lead")) }
        noscript { p.care { (text.say("signin-script")) } }
        p { button #make .main hidden { (text.say("invited-make")) } }
        @for provider in desk.setup.identity.iter().filter(for_staff) {
            p { button data-provider=(provider.name()) hidden { (provider.title()) } }
        }
        p #failed role="alert" hidden { (text.say("invited-failed")) }
        section #made hidden {
            h2 { (text.say("invited-made")) }
            p { (text.say("invited-tell")) }
            p { code.long #fingerprint {} }
        }
    };
    let page = Page {
        title: text.say("invited-title"),
        body,
        scripts: &["invitation.js"],
        life: Life::Nowhere,
    };
    page.answer(&reader, StatusCode::OK)
}

/// The form of a person who signs in; another field is the token of an older session.
#[derive(Deserialize)]
struct Code {
    document_type: String,
    document_number: String,
    code: String,
}

fn seen(cookie: String, to: &str) -> Response {
    let headers = [
        (header::SET_COOKIE, cookie),
        (header::LOCATION, to.to_owned()),
    ];
    (StatusCode::SEE_OTHER, headers).into_response()
}

/// `POST /signin`.
pub(super) async fn activate(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let form: Code = reader.form(request).await?;
    let asked = ActivationBody {
        document_type: form.document_type,
        document_number: form.document_number,
        code: form.code,
    };
    let who = activation::who(&desk, asked)?;
    Ok(seen(signin::cookie_of(&desk, who)?, "/my"))
}

#[derive(Deserialize)]
struct Nothing {}

/// `POST /signout`: the browser forgets what it kept of this server.
pub(super) async fn sign_out(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    headers: HeaderMap,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let Nothing {} = reader.form(request).await?;
    let mut response = seen(signin::end(&desk, &headers, false), "/");
    let clear = "\"cache\", \"storage\"".parse();
    if let Ok(clear) = clear {
        response.headers_mut().insert(CLEAR, clear);
    }
    Ok(response)
}

/// What somebody likes better.
#[derive(Deserialize)]
struct Liked {
    language: Option<String>,
    size: Option<String>,
    then: String,
}

/// `POST /reading`.
pub(super) async fn reading(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    headers: HeaderMap,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let form: Liked = reader.form(request).await?;
    let (language, large) = reader::liked(&headers);
    let language = match form.language.as_deref() {
        Some("zh") => Language::Chinese,
        Some("en") => Language::English,
        _ => language,
    };
    let large = form.size.map_or(large, |size| size == "large");
    let word = match language {
        Language::Chinese => "zh",
        Language::English => "en",
    };
    let size = if large { "large" } else { "normal" };
    let cookie = desk.cookie(reader::COOKIE, &format!("{word}.{size}"), LIKED_S, "Lax");
    let then = if is_own(&form.then) {
        form.then.as_str()
    } else {
        "/"
    };
    Ok(seen(cookie, then))
}

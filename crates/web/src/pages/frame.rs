//! What every page has around it: head, way about, and foot.
//!
//! Invariant: the policy of a page lets nothing run but what carries the page's nonce, and nothing
//! load but from here; a page about somebody is kept nowhere. Refuses: to send half a page: it is
//! rendered whole first.

use super::again;
use super::assets;
use super::compose;
use super::reader::Reader;
use crate::caller::Caller;
use crate::problem::{Kind, Problem};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};

/// How long a page is kept.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Life {
    /// Nowhere: it is about somebody.
    Nowhere,
    /// Until it is asked for again: it is for everybody.
    AskAgain,
    /// By a worker, for when there is no network: it is the same whoever reads.
    Kept,
}

/// A page.
pub(crate) struct Page {
    /// Its title; never about anybody.
    pub(crate) title: String,
    /// What it shows.
    pub(crate) body: Markup,
    /// The scripts that it cannot do without.
    pub(crate) scripts: &'static [&'static str],
    /// How long it is kept.
    pub(crate) life: Life,
}

/// The answer was made for people; the envelope leaves it as it is.
#[derive(Clone, Copy)]
pub(crate) struct Worded;

/// Whether a way is open to a reader; a page that is kept shows the ways of everybody.
type IsOpen = fn(&Reader, Life) -> bool;

/// The ways about: address, key, to whom.
const WAYS: &[(&str, &str, IsOpen)] = &[
    ("/my", "nav-my", |reader, life| {
        life != Life::Kept && reader.can("GET", "/api/v1/me/code")
    }),
    ("/code", "nav-code", |reader, life| {
        life == Life::Kept || reader.can("GET", "/api/v1/me/code")
    }),
    ("/my/record", "nav-record", |reader, life| {
        life != Life::Kept && reader.can("GET", "/api/v1/me/record")
    }),
    ("/desk/oversight", "nav-oversight", |reader, life| {
        life != Life::Kept && reader.can("GET", "/api/v1/anomalies")
    }),
    ("/desk/office", "nav-office", |reader, life| {
        life != Life::Kept && reader.can("GET", "/api/v1/officers")
    }),
    ("/desk/hotline", "nav-hotline", |reader, life| {
        life != Life::Kept && reader.can("POST", "/api/v1/people/find")
    }),
    ("/desk/cases", "nav-cases", |reader, life| {
        life != Life::Kept && reader.can("GET", "/api/v1/cases")
    }),
    ("/desk/orders", "nav-orders", |reader, life| {
        life != Life::Kept && reader.can("GET", "/api/v1/orders")
    }),
    ("/desk/order", "nav-compose", |reader, life| {
        life != Life::Kept && compose::composes(reader)
    }),
    ("/desk/judgement", "nav-judgement", |reader, life| {
        life != Life::Kept && reader.can("GET", "/api/v1/control-list")
    }),
    ("/desk/appeals", "nav-appeals", |reader, life| {
        life != Life::Kept && reader.can("GET", "/api/v1/appeals")
    }),
    ("/desk/reports", "nav-reports", |reader, life| {
        life != Life::Kept && reader.supplies && reader.can("POST", "/api/v1/drafts")
    }),
    ("/desk/days", "nav-days", |reader, life| {
        life != Life::Kept && reader.can("GET", "/api/v1/days")
    }),
    ("/desk/refusals", "nav-own-refused", |reader, life| {
        life != Life::Kept && reader.can("GET", "/api/v1/refusals")
    }),
    ("/gate", "nav-gate", |_, _| true),
    ("/log", "nav-log", |_, _| true),
    ("/rules", "nav-rules", |_, _| true),
    ("/how", "nav-how", |_, _| true),
];

fn csp(nonce: &str) -> String {
    format!(
        "default-src 'none'; style-src 'self'; script-src 'nonce-{nonce}'; img-src 'self' data:; \
         connect-src 'self'; worker-src 'self'; media-src 'self' blob:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
}

impl Page {
    /// The whole answer.
    pub(crate) fn answer(self, reader: &Reader, status: StatusCode) -> Response {
        let life = match self.life {
            Life::Nowhere => "no-store",
            // The frame says who is signed in.
            Life::AskAgain if reader.csrf.is_some() => "no-store",
            Life::AskAgain | Life::Kept => "no-cache",
        };
        let policy = csp(&reader.nonce);
        let page = render(reader, &self).into_string();
        let headers = [
            (header::CONTENT_TYPE, "text/html; charset=utf-8"),
            (header::CACHE_CONTROL, life),
            (header::CONTENT_LANGUAGE, reader.text.0.tag()),
            (header::VARY, "accept-language, cookie"),
        ];
        let mut response = (status, headers, page).into_response();
        if let Ok(policy) = HeaderValue::from_str(&policy) {
            let name = header::CONTENT_SECURITY_POLICY;
            response.headers_mut().insert(name, policy);
        }
        response.extensions_mut().insert(Worded);
        response
    }
}

fn render(reader: &Reader, page: &Page) -> Markup {
    let text = reader.text;
    html! {
        (DOCTYPE)
        html lang=(text.0.tag()) data-size=[reader.large.then_some("large")] {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (page.title) " · " (text.say("name")) }
                link rel="stylesheet" href=(assets::address("style.css"));
                link rel="icon" href="data:,";
                @for script in page.scripts {
                    script type="module" nonce=(reader.nonce) src=(assets::address(script)) {}
                }
            }
            body {
                a.skip href="#main" { (text.say("skip")) }
                (head(reader, page.life))
                main #main { (page.body) }
                (foot(reader, page.life))
            }
        }
    }
}

fn head(reader: &Reader, life: Life) -> Markup {
    let text = reader.text;
    let ways = WAYS.iter().filter(|(_, _, is_open)| is_open(reader, life));
    html! {
        header.top {
            a.brand href="/" { (text.say("name")) }
            nav aria-label=(text.say("nav")) {
                ul {
                    @for (address, key, _) in ways {
                        li { a href=(address) aria-current=[(reader.path == *address).then_some("page")] { (text.say(key)) } }
                    }
                }
            }
            @if life != Life::Kept { (who(reader)) }
        }
    }
}

fn who(reader: &Reader) -> Markup {
    let text = reader.text;
    html! {
        div.who {
            @match &reader.persona {
                Some(persona) => span { (text.say("playing")) " " strong { (text.pick(persona.zh, persona.en)) } },
                None => @match &reader.caller {
                    Caller::Officer(staff) => span { (staff.org.name) },
                    Caller::Person(_) => span { (text.say("signed-in")) },
                    Caller::Nobody | Caller::Organisation(_) => {},
                },
            }
            @match &reader.csrf {
                Some(csrf) => form method="post" action="/signout" {
                    input type="hidden" name="csrf" value=(csrf);
                    button.quiet { (text.say("sign-out")) }
                },
                None => a href="/signin" { (text.say("sign-in")) },
            }
        }
    }
}

fn foot(reader: &Reader, life: Life) -> Markup {
    let text = reader.text;
    let then = |name: &str, value: &str, key: &str| {
        html! { button.quiet name=(name) value=(value) { (text.say(key)) } }
    };
    html! {
        footer {
            @if life != Life::Kept { form.reading method="post" action="/reading" {
                (reader.token())
                input type="hidden" name="then" value=(reader.path);
                span lang="zh-CN" { (then("language", "zh", "language-zh")) }
                span lang="en" { (then("language", "en", "language-en")) }
                @if reader.large { (then("size", "normal", "size-normal")) }
                @else { (then("size", "large", "size-large")) }
            } }
            p { (text.say("foot-care")) }
            @if reader.demonstrates { p.note { (text.say("foot-demo")) } }
        }
    }
}

/// A failure, told to people: what happened, what to do, whom to call.
pub(crate) fn problem(reader: &Reader, problem: &Problem, id: &str) -> Response {
    let text = reader.text;
    let kind = problem.kind();
    let words = kind.words(text.0);
    let body = html! {
        div.problem {
            h1 { (words.title) }
            p.lead { (words.detail) }
            (again::reasons(reader, problem))
            @if kind == Kind::Unauthenticated { p { a.button href="/signin" { (text.say("sign-in")) } } }
            p { a href="/" { (text.say("to-front")) } " · " a href=(kind.uri()) { (text.say("about-problem")) } }
            p.note { (text.say("call")) }
            p.note { (text.say("request-id")) " " code { (id) } }
        }
    };
    let page = Page {
        title: words.title.to_owned(),
        body,
        scripts: &[],
        life: Life::Nowhere,
    };
    page.answer(reader, kind.status())
}

//! A person's own code with its reasons, one's record, and how to object.
//!
//! Invariant: in order: what, why, by whom, since and until when, what turns it green, the rule, the
//! proof, how to object; the same sentences as everywhere (`app::explain`).

use super::frame::{Life, Page};
use super::reader::Reader;
use crate::Desk;
use crate::counter::{self, act};
use crate::people::oneself;
use crate::problem::{Kind, Language, Problem};
use app::acts::ActText;
use app::explain::{self, Explanation, Reason};
use app::records::Records as _;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use domain::colour::Colour;
use domain::state::records::Access;
use domain::state::requests::Binding;
use domain::time::Timestamp;
use domain::view::{EvidenceView, PersonView};
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

/// `GET /my`.
pub(super) async fn code(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
) -> Result<Response, Problem> {
    let granted = reader.may("GET", "/api/v1/me/code")?;
    let person = oneself(&granted)?;
    let records = desk.setup.records.as_ref();
    let now = desk.setup.clock.now();
    let told = desk.read(explain::explain(records, person, now))?;
    let pack = records.pack_at(u64::MAX);
    let language = match reader.text.0 {
        Language::Chinese => explain::Language::ZhCn,
        Language::English => explain::Language::En,
    };
    let sentences = explain::sentences(&told, pack.as_deref(), language);
    let text = reader.text;
    let body = html! {
        h1.visually-hidden { (text.say("nav-my")) }
        (card(&reader, &told, &sentences))
        @if told.reasons.is_empty() { (green(&reader)) }
        @if sentences.len() > 1 {
            section {
                h2 { (text.say("my-words")) }
                @for sentence in sentences.iter().skip(1) { p { (sentence) } }
            }
        }
        @for reason in &told.reasons { (reason_of(&reader, reason)) }
        (appeals(&reader, &told))
    };
    let page = Page {
        title: text.say("nav-my"),
        body,
        scripts: &[],
        life: Life::Nowhere,
    };
    Ok(page.answer(&reader, StatusCode::OK))
}

/// The colour: as a word and a shape too.
fn card(reader: &Reader, told: &Explanation, sentences: &[String]) -> Markup {
    let text = reader.text;
    let shape = match told.colour {
        Colour::Green => "✓",
        Colour::Yellow => "△",
        Colour::Red => "■",
    };
    html! {
        section class={ "code " (told.colour.word()) } {
            p.shape aria-hidden="true" { (shape) }
            p.colour { (text.say(&format!("colour-{}", told.colour.word()))) }
            p { (sentences.first().map(String::as_str).unwrap_or_default()) }
            p.note { (text.say("my-as-of")) " " (text.at(told.at)) " · "
                (text.fill("my-entries", &[("count", told.entries.into())])) }
        }
        p { a.button href="/code" { (text.say("my-show")) } }
        p.care { (text.say("my-gate")) }
    }
}

fn green(reader: &Reader) -> Markup {
    let text = reader.text;
    html! {
        section {
            h2 { (text.say("my-green")) }
            p { (text.say("my-green-why")) }
            p { (text.say("my-green-tried")) " " a href="/" { (text.say("front-refused")) } }
        }
    }
}

fn reason_of(reader: &Reader, reason: &Reason) -> Markup {
    let text = reader.text;
    let ground = text.pick(reason.ground.zh(), reason.ground.en());
    html! {
        section.reason {
            h2 { (text.say(&format!("colour-{}", reason.stage))) " · " (ground) }
            ol.steps {
                li { (text.at(reason.from)) " " (text.say("my-from")) }
                @if reason.stage != "flag" && reason.red_until > reason.from && reason.yellow_until > reason.red_until {
                    li { (text.at(reason.red_until)) " " (text.say("my-then-yellow")) }
                }
                li { (text.at(reason.until)) " " (text.say("my-ends")) }
            }
            p { (text.say("my-proof")) " " a href={ "/log/" (reason.entry) } { (text.fill("my-entry", &[("entry", reason.entry.to_string().into())])) }
                " · " a href={ "/log/" (reason.entry) "#check" } { (text.say("my-check")) } }
            (object_to(reader, reason))
        }
    }
}

/// The two ways to object: to the measure, and to the fact behind it.
fn object_to(reader: &Reader, reason: &Reason) -> Markup {
    let text = reader.text;
    html! {
        @if reason.appeal_deadline.is_none() {
            details {
                summary { (text.say("my-object")) }
                form method="post" action="/my/appeals" {
                    (reader.token())
                    input type="hidden" name="once" value={ (reader.nonce) "-" (reason.entry) };
                    fieldset {
                        legend { (text.say("my-object-what")) }
                        label { input type="radio" name="about" value=(reason.ground.code()) checked; " " (text.say("my-object-measure")) }
                        @if let Some(evidence) = &reason.evidence {
                            label { input type="radio" name="about" value=(evidence.id); " " (text.say("my-object-evidence")) }
                        }
                    }
                    label for={ "text-" (reason.entry) } { (text.say("my-object-text")) }
                    textarea id={ "text-" (reason.entry) } name="text" rows="4" required maxlength="1300" {}
                    p.note { (text.fill("my-object-hours", &[("hours", reason.appeal_hours.into())])) }
                    button.main { (text.say("my-object-send")) }
                }
            }
        }
    }
}

fn appeals(reader: &Reader, told: &Explanation) -> Markup {
    let text = reader.text;
    html! {
        @if !told.appeals.is_empty() {
            section {
                h2 { (text.say("my-appeals")) }
                ul.plain {
                    @for appeal in told.appeals.iter().rev() {
                        li {
                            strong { (text.say(&format!("appeal-{}", appeal.status))) } " · "
                            (text.say("my-deadline")) " " (text.at(appeal.deadline))
                            @if let Some(answer) = &appeal.answer { p { (answer) } }
                        }
                    }
                }
            }
        }
    }
}

/// An objection: `about` is the ground of a measure or the id of evidence.
#[derive(Deserialize)]
struct Objection {
    about: String,
    text: String,
    once: String,
}

/// `POST /my/appeals`.
pub(super) async fn object(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let form: Objection = reader.form(request).await?;
    // Pressed twice it is one objection.
    let once = HeaderValue::from_str(&form.once).map_err(|_| Kind::FieldInvalid)?;
    let headers = HeaderMap::from_iter([(HeaderName::from_static("idempotency-key"), once)]);
    let granted = reader.may("POST", "/api/v1/me/appeals")?;
    let person = oneself(&granted)?;
    let is_ground = form.about.parse::<domain::colour::Ground>().is_ok();
    let (ground, evidence) = match is_ground {
        true => (Some(form.about), None),
        false => (None, Some(form.about)),
    };
    let body = act(ActText::AppealFile {
        person: person.to_string(),
        ground,
        evidence,
        text: form.text,
    })?;
    counter::submit(&desk, person, &headers, body).await?;
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, "/my")]).into_response())
}

/// `GET /my/record`.
pub(super) async fn record(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
) -> Result<Response, Problem> {
    let granted = reader.may("GET", "/api/v1/me/record")?;
    let person = oneself(&granted)?;
    let view = desk.read(desk.setup.records.person(person))?;
    let names = names(&desk, &view)?;
    let text = reader.text;
    let body = html! {
        h1 { (text.say("nav-record")) }
        p.lead { (text.say("record-lead")) }
        section { h2 { (text.say("record-looks")) } (looks(&reader, &view.looks, &names)) }
        section { h2 { (text.say("record-proxies")) } (proxies(&reader, &view.bindings, desk.setup.clock.now())) }
        section { h2 { (text.say("record-evidence")) } (evidence(&reader, &view.evidence, &names)) }
        section {
            h2 { (text.say("record-take")) }
            p { (text.say("record-take-why")) " " a href="/api/v1/me/export" { (text.say("record-export")) } }
        }
    };
    let page = Page {
        title: text.say("nav-record"),
        body,
        scripts: &[],
        life: Life::Nowhere,
    };
    Ok(page.answer(&reader, StatusCode::OK))
}

type Names = std::collections::BTreeMap<domain::ids::OrgId, String>;

/// The names of the bodies that a record speaks of.
fn names(desk: &Desk, view: &PersonView) -> Result<Names, Problem> {
    let looks = view.looks.iter().map(|look| &look.by.org);
    let sources = view.evidence.iter().filter_map(|one| one.source.as_ref());
    let mut names = Names::new();
    for org in looks.chain(sources) {
        if !names.contains_key(org) {
            let name = desk.read(desk.setup.records.org_name(org))?;
            names.insert(org.clone(), name);
        }
    }
    Ok(names)
}

fn looks(reader: &Reader, looks: &[Access], names: &Names) -> Markup {
    let text = reader.text;
    html! {
        @if looks.is_empty() { p.empty { (text.say("record-looks-none")) } }
        @else {
            ul.plain {
                @for look in looks.iter().rev() {
                    li {
                        (text.at(look.by.at)) " · " strong { (names.get(&look.by.org).map(String::as_str).unwrap_or_default()) }
                        " · " @if look.break_glass { strong { (text.say("record-glass")) } " · " }
                        (look.purpose) " · "
                        a href={ "/log/" (look.by.entry) } { (text.fill("my-entry", &[("entry", look.by.entry.to_string().into())])) }
                    }
                }
            }
        }
    }
}

/// Who may read the record for the person, or whose record the person may read.
fn proxies(reader: &Reader, bindings: &[Binding], now: Timestamp) -> Markup {
    let text = reader.text;
    let running = || bindings.iter().filter(|binding| binding.runs(now));
    html! {
        @if running().next().is_none() { p.empty { (text.say("record-proxies-none")) } }
        @else {
            ul.plain {
                @for binding in running() {
                    li {
                        (text.say(&format!("proxy-{}", binding.kind.word()))) " · " (text.say("record-until")) " " (text.at(binding.until)) " · "
                        a href={ "/log/" (binding.by.entry) } { (text.fill("my-entry", &[("entry", binding.by.entry.to_string().into())])) }
                    }
                }
            }
        }
    }
}

fn evidence(reader: &Reader, evidence: &[EvidenceView], names: &Names) -> Markup {
    let text = reader.text;
    html! {
        @if evidence.is_empty() { p.empty { (text.say("record-evidence-none")) } }
        @else {
            ul.plain {
                @for one in evidence.iter().rev() {
                    li {
                        (text.at(one.occurred_at)) " · " strong { (text.pick(one.kind.zh(), one.kind.en())) } " · "
                        @if let Some(source) = &one.source { (names.get(source).map(String::as_str).unwrap_or_default()) " · " }
                        (one.reference)
                        @if one.overturned { " · " (text.say("record-overturned")) }
                        " · " a href={ "/log/" (one.entry) } { (text.fill("my-entry", &[("entry", one.entry.to_string().into())])) }
                    }
                }
            }
        }
    }
}

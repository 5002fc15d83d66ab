//! The hotline's desk: one search, one signed look, one answer, and what can be done for the caller.
//!
//! Invariant: nothing is shown before the look stands in the ledger; an address names the call, by a
//! number drawn at random, and nobody. Refuses: somebody else's call, and one of an earlier start.

use super::answer::{Answer, holds};
use super::desk::{SIGNED, page, signed, signs};
use super::objection::filed;
use super::reader::Reader;
use super::text::Text;
use crate::Desk;
use crate::caller::Caller;
use crate::people::{DocumentBody, opened};
use crate::problem::{Kind, Language, Problem};
use crate::recent::Recent;
use crate::signin::{activation, entropy};
use app::acts::ActText;
use app::explain::Reason;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::Request;
use axum::response::Response;
use domain::document::PersonId;
use domain::ids::{OfficerId, to_hex};
use domain::organisation::Role;
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::{Arc, Mutex, PoisonError};

/// Whom an officer looked up, by the number of the call; in memory, gone when the server stops.
#[derive(Default)]
pub(crate) struct Calls(Mutex<Recent<(OfficerId, PersonId)>>);

/// Begins a call about a person: its address. It opens nothing; the look does.
pub(super) fn begun(desk: &Desk, reader: &Reader, person: PersonId) -> Result<String, Problem> {
    let Caller::Officer(staff) = &reader.caller else {
        return Err(Kind::Forbidden.into());
    };
    let entropy = entropy(desk)?;
    let call = to_hex(entropy.first_chunk::<16>().ok_or(Kind::Internal)?);
    let mut calls = desk.calls.0.lock().unwrap_or_else(PoisonError::into_inner);
    calls.put(call.clone(), (staff.officer.id.clone(), person));
    Ok(format!("/desk/hotline/{call}"))
}

/// The person of one's own call.
fn about(desk: &Desk, reader: &Reader, call: &str) -> Result<PersonId, Problem> {
    let calls = desk.calls.0.lock().unwrap_or_else(PoisonError::into_inner);
    match (calls.get(call), &reader.caller) {
        (Some((officer, person)), Caller::Officer(staff)) if *officer == staff.officer.id => {
            Ok(*person)
        }
        _ => Err(Kind::LookFirst.into()),
    }
}

/// What a demonstration fills in.
#[derive(Deserialize)]
pub(super) struct Try {
    #[serde(rename = "try")]
    name: Option<String>,
}

/// `GET /desk/hotline`.
pub(super) async fn search(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    Query(asked): Query<Try>,
) -> Result<Response, Problem> {
    reader.may("POST", "/api/v1/people/find")?;
    let text = reader.text;
    let troupe = desk.setup.troupe.as_deref();
    let mut personas = troupe.map_or(&[][..], |troupe| troupe.personas()).iter();
    let tried = personas.find(|persona| asked.name.as_deref() == Some(persona.name));
    let number = tried.and_then(|persona| persona.document.clone());
    let body = html! {
        h1 { (text.say("nav-hotline")) }
        p.lead { (text.say("hotline-lead")) }
        @if reader.demonstrates {
            p.care { (text.say("hotline-try")) " " a href="/desk/hotline?try=case" { (text.say("hotline-try-case")) }
                " · " a href="/desk/hotline?try=depositor" { (text.say("compose-try-fill")) } }
        }
        form method="post" action="/desk/hotline" autocomplete="off" data-signs=(signs(&reader)) {
            (reader.token())
            (document(text, "", number.as_deref()))
            label for="purpose" { (text.say("hotline-purpose")) }
            input #purpose name="purpose" required maxlength="200" value=[number.as_ref().map(|_| text.say("hotline-purpose-try"))];
            label for="case" { (text.say("hotline-case")) }
            input #case name="case" required maxlength="64" spellcheck="false" value=[number.as_ref().map(|_| "12320-0001")];
            p.note { (text.say("hotline-seen")) }
            button.main name="look" value="case" { (text.say("hotline-look")) }
        }
        details {
            summary { (text.say("hotline-glass")) }
            p.refused role="note" { strong { (text.say("hotline-glass-care")) } }
            form method="post" action="/desk/hotline" autocomplete="off" data-signs=(signs(&reader)) {
                (reader.token())
                (document(text, "glass-", number.as_deref()))
                label for="glass-purpose" { (text.say("hotline-glass-reason")) }
                input #glass-purpose name="purpose" required maxlength="200";
                button name="look" value="glass" { (text.say("hotline-glass-look")) }
            }
        }
    };
    Ok(page(&reader, "nav-hotline", SIGNED, body))
}

/// The fields of a document; `prefix` keeps the ids of two forms apart.
fn document(text: Text, prefix: &str, number: Option<&str>) -> Markup {
    let field = |name: &str| format!("{prefix}{name}");
    html! {
        label for=(field("kind")) { (text.say("signin-kind")) }
        select id=(field("kind")) name="document_type" {
            option value="resident_id" { (text.say("signin-resident")) }
            option value="passport" { (text.say("signin-passport")) }
        }
        label for=(field("number")) { (text.say("signin-number")) }
        input id=(field("number")) name="document_number" required maxlength="32" autocapitalize="characters" spellcheck="false" value=[number];
    }
}

/// A search.
#[derive(Deserialize)]
struct Search {
    document_type: String,
    document_number: String,
    purpose: String,
    case: Option<String>,
    look: String,
}

/// `POST /desk/hotline`: the look, an act of its own.
pub(super) async fn look(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let form: Search = reader.form(request).await?;
    reader.may("POST", "/api/v1/people/find")?;
    let document = DocumentBody::new(form.document_type, form.document_number).document()?;
    let person = (desk.setup.person_id)(&document);
    let act = match (form.look.as_str(), form.case) {
        ("case", Some(case)) => ActText::AccessLook {
            person: person.to_string(),
            purpose: form.purpose,
            case,
        },
        ("glass", _) => ActText::AccessBreakGlass {
            person: person.to_string(),
            reason: form.purpose,
        },
        _ => return Err(Kind::FieldInvalid.into()),
    };
    let then = begun(&desk, &reader, person)?;
    signed(&desk, &reader, act, &then).await
}

/// The language to read aloud in.
#[derive(Deserialize)]
pub(super) struct Say {
    say: Option<String>,
}

/// `GET /desk/hotline/{call}`: the answer.
pub(super) async fn call(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    Path(call): Path<String>,
    Query(asked): Query<Say>,
) -> Result<Response, Problem> {
    let granted = reader.may("GET", "/api/v1/people/{person}/record")?;
    let person = about(&desk, &reader, &call)?;
    let (person, view) = opened(&desk, &person.to_string(), &granted)?;
    let text = reader.text;
    let say = match asked.say.as_deref() {
        Some("zh") => Text(Language::Chinese),
        Some("en") => Text(Language::English),
        _ => text,
    };
    let answer = Answer::read(&desk, text, say, person, view)?;
    let here = format!("/desk/hotline/{call}");
    let body = html! {
        h1 { (text.say("call-title")) }
        @if let Some(look) = answer.look(&reader) {
            p.note { (text.say("call-look")) " " a href={ "/log/" (look.by.entry) } { (text.fill("my-entry", &[("entry", look.by.entry.to_string().into())])) }
                " · " (text.say("call-until")) " " (text.at(look.until())) }
            @if look.break_glass { p.refused { strong { (text.say("call-glass")) } } }
        }
        section #script {
            h2 { (text.say("call-script")) }
            (answer.script())
            (answer.other(text))
        }
        section {
            h2 { (text.say("call-seen")) }
            (answer.seen(&reader, |reason| html! {
                (answer.release(&reader, &here, reason))
                (object(&reader, &here, reason))
            }))
            (answer.record(&reader))
        }
        section {
            h2 { (text.say("call-cases")) }
            (answer.cases(text))
            @if holds(&reader, Role::Agent) { (open_case(&reader, &here)) }
        }
        section {
            h2 { (text.say("call-code")) }
            p { (text.say("call-code-why")) }
            form method="post" action={ (here) "/activation" } { (reader.token()) button { (text.say("call-code-make")) } }
        }
        p { a.button href="/desk/hotline" { (text.say("call-next")) } }
    };
    Ok(page(&reader, "call-title", SIGNED, body))
}

fn object(reader: &Reader, here: &str, reason: &Reason) -> Markup {
    let text = reader.text;
    html! {
        @if reason.appeal_deadline.is_none() {
            details {
                summary { (text.say("call-object")) }
                form method="post" action=(here) data-signs=(signs(reader)) {
                    (reader.token())
                    fieldset { legend { (text.say("call-object-what")) }
                        label { input type="radio" name="about" value=(reason.ground.code()) checked; " " (text.say("call-object-measure")) }
                        @if let Some(evidence) = &reason.evidence {
                            label { input type="radio" name="about" value=(evidence.id); " " (text.say("call-object-evidence")) }
                        }
                    }
                    label for={ "text-" (reason.entry) } { (text.say("call-object-text")) }
                    textarea id={ "text-" (reason.entry) } name="text" rows="4" required maxlength="1300" {}
                    p.note { (text.fill("my-object-hours", &[("hours", reason.appeal_hours.into())])) }
                    button.main name="act" value="object" { (text.say("call-object-send")) }
                }
            }
        }
    }
}

fn open_case(reader: &Reader, here: &str) -> Markup {
    let text = reader.text;
    html! {
        details {
            summary { (text.say("call-open")) }
            p { (text.say("call-open-why")) }
            form method="post" action=(here) data-signs=(signs(reader)) {
                (reader.token())
                label for="text" { (text.say("call-open-text")) }
                textarea #text name="text" rows="4" required maxlength="1300" {}
                button name="act" value="case" { (text.say("call-open-send")) }
            }
        }
        p { a href="/desk/cases" { (text.say("call-to-cases")) } }
    }
}

/// What is done for the caller.
#[derive(Deserialize)]
struct Done {
    act: String,
    about: Option<String>,
    text: Option<String>,
    ground: Option<String>,
    release: Option<String>,
}

/// `POST /desk/hotline/{call}`.
pub(super) async fn act(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    Path(call): Path<String>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let form: Done = reader.form(request).await?;
    let granted = reader.may("GET", "/api/v1/people/{person}/record")?;
    let person = about(&desk, &reader, &call)?;
    opened(&desk, &person.to_string(), &granted)?;
    let act = match (form.act.as_str(), form.text) {
        ("object", Some(text)) => filed(person, &form.about.unwrap_or_default(), &text),
        ("case", Some(text)) => ActText::CaseOpen {
            person: person.to_string(),
            text,
        },
        ("convert", _) => ActText::Convert {
            person: person.to_string(),
            ground: form.ground.unwrap_or_default(),
            release: form.release.unwrap_or_default(),
            channel: "online".to_owned(),
            letter: None,
        },
        _ => return Err(Kind::FieldInvalid.into()),
    };
    signed(&desk, &reader, act, &format!("/desk/hotline/{call}")).await
}

#[derive(Deserialize)]
struct Nothing {}

/// `POST /desk/hotline/{call}/activation`: the code, told once.
pub(super) async fn activate(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    Path(call): Path<String>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let Nothing {} = reader.form(request).await?;
    let granted = reader.may("POST", "/api/v1/activations")?;
    let person = about(&desk, &reader, &call)?;
    let (person, _) = opened(&desk, &person.to_string(), &granted)?;
    let made = activation::made(&desk, person)?;
    let text = reader.text;
    let body = html! {
        h1 { (text.say("call-code")) }
        p.lead { (text.say("call-code-once")) }
        p.secret { code { (made.code) } }
        p { (text.say("call-code-how")) }
        p { a.button href={ "/desk/hotline/" (call) } { (text.say("call-back")) } }
    };
    Ok(page(&reader, "call-code", SIGNED, body))
}

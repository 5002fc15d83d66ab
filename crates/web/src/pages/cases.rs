//! Cases: what one's body owes an answer to, by deadline, and how often each was passed on.
//!
//! Invariant: who asks and what is told to the owner alone; "not mine" is an act with a reason that
//! counts, and moves no deadline (I9).

use super::answer::passed_on;
use super::desk::{SIGNED, more, nothing, page, signed, signs};
use super::hotline::begun;
use super::reader::Reader;
use crate::Desk;
use crate::access::Granted;
use crate::answerers::{self, AnswererBody};
use crate::cases::{whole, within};
use crate::lists::{Asked, aside};
use crate::offices::{self, id};
use crate::problem::{Kind, Problem};
use app::acts::ActText;
use app::records::Records as _;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::Request;
use axum::response::Response;
use domain::ids::CaseId;
use domain::state::requests::Case;
use domain::time::Timestamp;
use domain::view::Waiting;
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

/// The most bodies in the list to pass a case on to.
const BODIES_MAX: usize = 300;

/// A case with the names of the bodies that have or had it.
struct Line {
    case: Case,
    owner: String,
    past: Vec<String>,
}

fn line(desk: &Desk, granted: &Granted, id: CaseId) -> Result<Option<Line>, Problem> {
    let Some(case) = within(desk, granted, id)? else {
        return Ok(None);
    };
    let name = |org| desk.read(desk.setup.records.org_name(org));
    let owner = name(&case.owner)?;
    let past = case.transfers.iter().map(|one| name(&one.to));
    let past = std::iter::once(name(&case.opened.org)).chain(past);
    let past = past.collect::<Result<_, _>>()?;
    Ok(Some(Line { case, owner, past }))
}

/// `GET /desk/cases`.
pub(super) async fn list(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    asked: Query<Asked>,
) -> Result<Response, Problem> {
    let granted = reader.may("GET", "/api/v1/cases")?;
    let shows = whole(&granted);
    let found = aside(&desk, move |desk| {
        offices::waiting(desk, b"c", &asked, |waiting| match waiting {
            Waiting::Case(id) => line(desk, &granted, id),
            Waiting::Order(_) | Waiting::Appeal(_) | Waiting::Movement(_) => Ok(None),
        })
    })
    .await?;
    let (text, now) = (reader.text, desk.setup.clock.now());
    let body = html! {
        h1 { (text.say("nav-cases")) }
        p.lead { (text.say("cases-lead")) }
        @if found.items.is_empty() { (nothing(text, "cases-none", &found)) }
        ul.cards { @for line in &found.items { li {
            (heading(&reader, line, now))
            @if shows { blockquote { (line.case.text) } }
            @else { p { (line.owner) } }
            p { a.button href={ "/desk/cases/" (line.case.id) } { (text.say("cases-open")) } }
        } } }
        (more(text, "/desk/cases?cursor=", &found))
    };
    Ok(page(&reader, "nav-cases", SIGNED, body))
}

fn heading(reader: &Reader, line: &Line, now: Timestamp) -> Markup {
    let text = reader.text;
    let status = line.case.status_word(now);
    html! {
        p { strong { (text.say("my-deadline")) " " (text.at(line.case.deadline)) } }
        @if status == "overdue" { p.refused { "⚠ " (text.say("case-overdue")) } }
        @else { p { (text.say(&format!("case-{status}"))) } }
        p { (passed_on(text, &line.case)) }
    }
}

/// `GET /desk/cases/{case}`.
pub(super) async fn case(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    Path(case): Path<String>,
) -> Result<Response, Problem> {
    let granted = reader.may("GET", "/api/v1/cases/{case}")?;
    let asked = id(&case)?;
    let (line, bodies) = aside(&desk, move |desk| {
        let line = line(desk, &granted, asked)?.ok_or(Kind::RecordUnknown)?;
        let first = Asked {
            cursor: None,
            limit: Some(BODIES_MAX),
        };
        let mut bodies = answerers::page(desk, &first)?.items;
        bodies.retain(|body| body.org != line.case.owner.as_str());
        Ok(((line, whole(&granted)), bodies))
    })
    .await?;
    let ((line, shows), text) = (line, reader.text);
    let open = line.case.answer.is_none();
    let body = html! {
        h1 { (text.say("case-title")) }
        (heading(&reader, &line, desk.setup.clock.now()))
        @if shows { blockquote { (line.case.text) } }
        (history(&reader, &line, shows))
        @if let Some(answer) = line.case.answer.as_ref().filter(|_| shows) {
            section { h2 { (text.say("case-answer-given")) } blockquote { (answer.text) } }
        }
        @if open && shows { (acts(&reader, &line.case, &bodies)) }
    };
    Ok(page(&reader, "case-title", SIGNED, body))
}

/// Who had it, in order, and why it was passed on.
fn history(reader: &Reader, line: &Line, shows: bool) -> Markup {
    let text = reader.text;
    let entry = |entry: u64| {
        html! {
            a href={ "/log/" (entry) } { (text.fill("my-entry", &[("entry", entry.to_string().into())])) }
        }
    };
    html! {
        section {
            h2 { (text.say("case-history")) }
            ol.steps {
                @for (number, name) in line.past.iter().enumerate() {
                    @let transfer = number.checked_sub(1).and_then(|at| line.case.transfers.get(at));
                    li {
                        strong { (name) } " · "
                        @match transfer {
                            None => { (text.at(line.case.opened.at)) " · " (entry(line.case.opened.entry)) },
                            Some(transfer) => {
                                (text.at(transfer.by.at)) " · " (entry(transfer.by.entry))
                                @if transfer.is_return { " · " strong { (text.say("case-return")) } }
                                @if shows { br; (transfer.reason) }
                            },
                        }
                    }
                }
            }
        }
    }
}

fn acts(reader: &Reader, case: &Case, bodies: &[AnswererBody]) -> Markup {
    let text = reader.text;
    let here = format!("/desk/cases/{}", case.id);
    html! {
        @if reader.can("POST", "/api/v1/people/find") {
            section {
                h2 { (text.say("case-look")) }
                form method="post" action=(here) data-signs=(signs(reader)) {
                    (reader.token())
                    label for="purpose" { (text.say("hotline-purpose")) }
                    input #purpose name="text" required maxlength="200" value=(text.say("case-look-purpose"));
                    p.note { (text.say("hotline-seen")) }
                    button.main name="act" value="look" { (text.say("case-look-sign")) }
                }
            }
        }
        section {
            h2 { (text.say("case-answer")) }
            form method="post" action=(here) data-signs=(signs(reader)) {
                (reader.token())
                label for="answer" { (text.say("case-answer-text")) }
                textarea #answer name="text" rows="4" required maxlength="1300" {}
                button.main name="act" value="answer" { (text.say("case-answer-sign")) }
            }
        }
        section {
            h2 { (text.say("case-pass")) }
            p.note { (text.say("case-pass-why")) }
            form method="post" action=(here) data-signs=(signs(reader)) {
                (reader.token())
                label for="to" { (text.say("case-pass-to")) }
                select #to name="to" required {
                    option value="" { (text.say("case-pass-choose")) }
                    @for body in bodies { option value=(body.org) { (body.name) } }
                }
                label for="reason" { (text.say("case-pass-reason")) }
                input #reason name="text" required maxlength="500";
                button name="act" value="pass" { (text.say("case-pass-sign")) }
            }
        }
    }
}

/// What is done with a case.
#[derive(Deserialize)]
struct Done {
    act: String,
    text: String,
    to: Option<String>,
}

/// `POST /desk/cases/{case}`.
pub(super) async fn act(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    Path(case): Path<String>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let form: Done = reader.form(request).await?;
    let granted = reader.may("GET", "/api/v1/cases/{case}")?;
    let found = within(&desk, &granted, id(&case)?)?;
    let found = found
        .filter(|_| whole(&granted))
        .ok_or(Kind::RecordUnknown)?;
    let here = format!("/desk/cases/{}", found.id);
    let (case, text) = (found.id.to_string(), form.text);
    match (form.act.as_str(), form.to) {
        ("look", _) => {
            reader.may("POST", "/api/v1/people/find")?;
            let then = begun(&desk, &reader, found.person)?;
            let look = ActText::AccessLook {
                person: found.person.to_string(),
                purpose: text,
                case,
            };
            signed(&desk, &reader, look, &then).await
        }
        ("answer", _) => signed(&desk, &reader, ActText::CaseAnswer { case, text }, &here).await,
        ("pass", Some(to)) => {
            let reason = text;
            let pass = ActText::CaseTransfer { case, to, reason };
            // Whoever passed it on no longer sees it.
            signed(&desk, &reader, pass, "/desk/cases").await
        }
        _ => Err(Kind::FieldInvalid.into()),
    }
}

//! A question about oneself: who owes the answer, until when, and how it was passed on.
//!
//! Invariant: one owner at each moment, named; no passing on moves the deadline, and each one is shown
//! with its reason. Refuses: nothing that can be said in words.

use super::again;
use super::clock;
use super::me::{self, Names, name};
use super::my;
use super::parts::Part;
use super::reader::Reader;
use crate::Desk;
use crate::lists::aside;
use crate::problem::Problem;
use app::acts::ActText;
use app::records::Records as _;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::Request;
use axum::response::Response;
use domain::document::PersonId;
use domain::state::requests::Case;
use domain::time::Timestamp;
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

/// A part of a person's questions, newest first.
struct Asked {
    cases: Vec<Case>,
    count: usize,
    names: Names,
    now: Timestamp,
}

fn cases(desk: &Desk, person: PersonId, part: Part) -> Result<Asked, Problem> {
    let view = desk.read(desk.setup.records.person(person))?;
    let mut cases = Vec::new();
    for id in part.of(view.cases.iter().rev()) {
        cases.extend(desk.read(desk.setup.records.case(*id))?);
    }
    let bodies = cases.iter().flat_map(|case| {
        let passed = case.transfers.iter();
        let passed = passed.flat_map(|one| [&one.by.org, &one.to]);
        let answered = case.answer.as_ref().map(|answer| &answer.by.org);
        passed.chain(answered).chain([&case.owner])
    });
    let names = me::names(desk, bodies)?;
    Ok(Asked {
        cases,
        count: view.cases.len(),
        names,
        now: desk.setup.clock.now(),
    })
}

/// A question as it was typed.
#[derive(Deserialize)]
struct Question {
    once: String,
    text: String,
}

/// `GET /my/questions`.
pub(super) async fn page(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    Query(part): Query<Part>,
) -> Result<Response, Problem> {
    shown(&desk, &reader, part, "", None).await
}

/// `POST /my/questions`.
pub(super) async fn ask(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let question: Question = reader.form(request).await?;
    let person = again::person(&reader, "POST", "/api/v1/me/cases")?;
    let act = ActText::CaseOpen {
        person: person.to_string(),
        text: question.text.clone(),
    };
    match again::ask(&desk, person, &question.once, act).await {
        Ok(_) => Ok(again::on("/my/questions")),
        Err(problem) => {
            let part = Part::default();
            shown(&desk, &reader, part, &question.text, Some(&problem)).await
        }
    }
}

async fn shown(
    desk: &Arc<Desk>,
    reader: &Reader,
    part: Part,
    typed: &str,
    problem: Option<&Problem>,
) -> Result<Response, Problem> {
    let person = again::person(reader, "GET", "/api/v1/me/record")?;
    let asked = aside(desk, move |desk| cases(desk, person, part)).await?;
    let text = reader.text;
    let body = html! {
        p.lead { (text.say("question-lead")) }
        (again::told(reader, problem))
        (form(reader, "question", "question-text", typed))
        section {
            h2 { (text.say("question-mine")) }
            @if asked.cases.is_empty() { p.empty { (text.say("question-none")) } }
            @for case in &asked.cases { (line(reader, case, &asked)) }
            (part.ways(reader, "/my/questions", asked.count))
        }
    };
    Ok(my::page(
        reader,
        "door-questions",
        body,
        again::status(problem),
    ))
}

/// The form of a question; its words are asked for under a key.
pub(super) fn form(reader: &Reader, mark: &str, key: &str, typed: &str) -> Markup {
    let text = reader.text;
    html! {
        form method="post" action="/my/questions" {
            (again::once(reader, mark))
            label for=(mark) { (text.say(key)) }
            textarea id=(mark) name="text" rows="4" required maxlength="1300" { (typed) }
            button.main { (text.say("question-send")) }
        }
    }
}

fn line(reader: &Reader, case: &Case, asked: &Asked) -> Markup {
    let text = reader.text;
    let status = case.status_word(asked.now);
    html! {
        section.reason {
            h3 { (text.say(&format!("question-{status}"))) " · " (text.at(case.opened.at)) }
            blockquote { (case.text) }
            p { (text.say("question-owner")) " " strong { (name(&asked.names, &case.owner)) } " · "
                (text.say("my-deadline")) " " (text.at(case.deadline)) " "
                @if case.answer.is_none() { (clock::left(text, case.deadline, asked.now)) } }
            @if status == "overdue" { p { (text.say("question-late")) } }
            @if !case.transfers.is_empty() {
                p { (text.fill("question-passed", &[("count", case.transfers.len().into())])) }
                ol.steps {
                    @for one in &case.transfers {
                        li {
                            (text.at(one.by.at)) " · " (name(&asked.names, &one.by.org)) " → " (name(&asked.names, &one.to))
                            @if one.is_return { " · " strong { (text.say("question-back")) } }
                            " · " (one.reason) " · " (me::entry(reader, one.by.entry))
                        }
                    }
                }
            }
            @if let Some(answer) = &case.answer {
                p { (text.at(answer.by.at)) " · " (name(&asked.names, &answer.by.org)) " · " (me::entry(reader, answer.by.entry)) }
                blockquote { (answer.text) }
                p.note { (text.say("question-wrong")) " " (text.say("remedies")) }
            } @else { p.note { (me::entry(reader, case.opened.entry)) } }
        }
    }
}

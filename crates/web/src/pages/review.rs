//! One appeal on one page: what is objected to, the rule of its ground, the time left, and after a
//! look the evidence behind it, so that whoever decides need not look elsewhere.
//!
//! Invariant: who appeals and what is told to the review body alone; the record opens by a look that
//! the person sees (I14), with the appeal as its case.

use super::answer::Answer;
use super::desk::{SIGNED, appeal_form, appeal_target, page, signed, signs};
use super::reader::Reader;
use super::text::Text;
use crate::Desk;
use crate::offices::{appeal_within, id};
use crate::people::opened;
use crate::problem::{Kind, Problem};
use app::acts::ActText;
use app::records::Records as _;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::Request;
use axum::response::Response;
use domain::act::AppealTarget;
use domain::colour::Ground;
use domain::ids::AppealId;
use domain::rules::GroundRule;
use domain::state::records::Appeal;
use domain::time::{HOUR_S, Timestamp};
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

/// How long is left until a deadline, to the minute.
pub(super) fn left(text: Text, now: Timestamp, deadline: Timestamp) -> Markup {
    let seconds = deadline.seconds_since(now);
    let gaps = [
        ("hours", (seconds / HOUR_S).to_string().into()),
        ("minutes", (seconds % HOUR_S / 60).to_string().into()),
    ];
    html! {
        @if seconds > 0 { strong { (text.fill("review-left", &gaps)) } }
        @else { strong.refused { "⚠ " (text.say("appeal-unanswered")) } }
    }
}

fn found(desk: &Desk, reader: &Reader, appeal: &str) -> Result<Appeal, Problem> {
    let granted = reader.may("GET", "/api/v1/appeals/{appeal}")?;
    let asked: AppealId = id(appeal)?;
    let found = appeal_within(desk, &granted, asked)?;
    found.ok_or_else(|| Kind::RecordUnknown.into())
}

/// `GET /desk/appeals/{appeal}`.
pub(super) async fn appeal(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    Path(appeal): Path<String>,
) -> Result<Response, Problem> {
    let appeal = found(&desk, &reader, &appeal)?;
    let (text, now) = (reader.text, desk.setup.clock.now());
    let decides = reader.can("GET", "/api/v1/people/{person}/record");
    let answer = opened_answer(&desk, &reader, &appeal)?;
    let ground = match (&appeal.target, &answer) {
        (AppealTarget::Measure(ground), _) => Some(*ground),
        (AppealTarget::Evidence(id), Some(answer)) => answer.ground_of(*id),
        (AppealTarget::Evidence(_), None) => None,
    };
    let waits = appeal.answer.is_none();
    let body = html! {
        h1 { (text.say("review-title")) }
        p { (text.say("my-deadline")) " " (text.at(appeal.deadline)) @if waits { " · " (left(text, now, appeal.deadline)) } }
        p { (appeal_target(text, &appeal)) }
        @if decides { blockquote { (appeal.text) } }
        p.note { a href={ "/log/" (appeal.entry) } { (text.fill("my-entry", &[("entry", appeal.entry.to_string().into())])) } }
        @if let Some(ground) = ground { (rule(&desk, text, ground)) }
        @if decides { section {
            h2 { (text.say("review-behind")) }
            @match &answer {
                Some(answer) => {
                    (answer.seen(&reader, |_| html! {}))
                    h3 { (text.say("record-evidence")) }
                    (answer.evidence(&reader))
                },
                None => (look_form(&reader, &appeal)),
            }
        } }
        @if decides && waits { section { h2 { (text.say("review-decide")) } (appeal_form(&reader, &appeal)) } }
        p { a href="/desk/appeals" { (text.say("review-back")) } }
    };
    Ok(page(&reader, "review-title", SIGNED, body))
}

/// The record behind it, once the reader has looked.
fn opened_answer(desk: &Desk, reader: &Reader, appeal: &Appeal) -> Result<Option<Answer>, Problem> {
    let Ok(granted) = reader.may("GET", "/api/v1/people/{person}/record") else {
        return Ok(None);
    };
    match opened(desk, &appeal.person.to_string(), &granted) {
        Ok((person, view)) => {
            let text = reader.text;
            Answer::read(desk, text, text, person, view).map(Some)
        }
        Err(problem) if problem.kind() == Kind::LookFirst => Ok(None),
        Err(problem) => Err(problem),
    }
}

fn look_form(reader: &Reader, appeal: &Appeal) -> Markup {
    let text = reader.text;
    html! {
        form method="post" action={ "/desk/appeals/" (appeal.id) "/look" } data-signs=(signs(reader)) {
            (reader.token())
            label for="purpose" { (text.say("hotline-purpose")) }
            input #purpose name="purpose" required maxlength="200" value=(text.say("review-purpose"));
            p.note { (text.say("hotline-seen")) }
            button { (text.say("case-look-sign")) }
        }
    }
}

/// What the rules in force say of a ground.
fn rule(desk: &Desk, text: Text, ground: Ground) -> Markup {
    let pack = desk.setup.records.pack_at(u64::MAX);
    let rule = pack
        .as_deref()
        .and_then(|pack| pack.book().grounds.get(&ground));
    html! {
        @if let Some(rule) = rule { section {
            h2 { (text.say("review-rule")) " · " (text.pick(ground.zh(), ground.en())) }
            (rule_of(text, rule))
        } }
    }
}

fn rule_of(text: Text, rule: &GroundRule) -> Markup {
    let fact = |key: &str, value: Markup| html! { div { dt { (text.say(key)) } dd { (value) } } };
    let suppliers = rule.contract.suppliers.iter();
    let suppliers: Vec<&str> = suppliers
        .map(|kind| text.pick(kind.zh(), kind.en()))
        .collect();
    let length = |key: &str, seconds: u32| {
        let days = u64::from(seconds / 86_400);
        let hours = u64::from(seconds % 86_400 / 3_600);
        html! { @if seconds > 0 { li { (text.say(key)) " " (text.fill("review-days", &[("days", days.into()), ("hours", hours.into())])) } } }
    };
    html! {
        dl.facts {
            (fact("review-basis", html! { (rule.basis) }))
            (fact("review-needs", html! { (text.pick(rule.contract.kind.zh(), rule.contract.kind.en())) }))
            (fact("review-suppliers", html! { (suppliers.join(text.pick("、", ", "))) }))
            (fact("review-steps", html! { ul.plain {
                (length("colour-red", rule.steps.red_s))
                (length("colour-yellow", rule.steps.yellow_s))
                (length("colour-flag", rule.steps.flag_s))
            } }))
            (fact("review-link", html! { (text.pick(rule.contract.link.zh(), rule.contract.link.en())) }))
        }
    }
}

/// What a look is for.
#[derive(Deserialize)]
struct Purpose {
    purpose: String,
}

/// `POST /desk/appeals/{appeal}/look`.
pub(super) async fn look(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    Path(appeal): Path<String>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let form: Purpose = reader.form(request).await?;
    reader.may("GET", "/api/v1/people/{person}/record")?;
    let appeal = found(&desk, &reader, &appeal)?;
    let act = ActText::AccessLook {
        person: appeal.person.to_string(),
        purpose: form.purpose,
        case: appeal.id.to_string(),
    };
    signed(&desk, &reader, act, &format!("/desk/appeals/{}", appeal.id)).await
}

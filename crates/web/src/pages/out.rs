//! Going out with a colour: asking for it, and where each request stands.
//!
//! Invariant: for medical care nobody has to wait for an answer, and the page says so first. Times are
//! those of China. Refuses: to offer the form to whom nothing restricts.

use super::again;
use super::clock;
use super::me;
use super::my;
use super::parts::Part;
use super::reader::Reader;
use crate::Desk;
use crate::lists::aside;
use crate::problem::Problem;
use app::acts::ActText;
use app::records::Records as _;
use axum::body::Body;
use axum::extract::State;
use axum::http::Request;
use axum::response::Response;
use domain::act::Need;
use domain::colour::Colour;
use domain::document::PersonId;
use domain::rules::{MOVEMENT_AHEAD_S_MAX, MOVEMENT_S_MAX};
use domain::state::requests::Movement;
use domain::time::{CHINA_OFFSET_S, HOUR_S, Timestamp};
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

/// What the page knows.
struct Known {
    colour: Colour,
    movements: Vec<Movement>,
    now: Timestamp,
}

fn known(desk: &Desk, person: PersonId) -> Result<Known, Problem> {
    let view = desk.read(desk.setup.records.person(person))?;
    let now = desk.setup.clock.now();
    let mut movements = Vec::new();
    for id in Part::default().of(view.movements.iter().rev()) {
        movements.extend(desk.read(desk.setup.records.movement(*id))?);
    }
    Ok(Known {
        colour: view.colour_at(now),
        movements,
        now,
    })
}

/// A request as it was typed; times as a browser writes them, in the time of China.
#[derive(Default, Deserialize)]
struct Wanted {
    once: String,
    need: String,
    from: String,
    until: String,
    text: String,
}

/// An instant as a browser's field has it.
fn field(at: Timestamp) -> String {
    at.local_text(CHINA_OFFSET_S).replace(' ', "T")
}

/// What a browser's field says, with the offset of China.
fn instant(field: &str) -> String {
    let seconds = if field.len() == "2022-06-14T10:00".len() {
        ":00"
    } else {
        ""
    };
    format!("{field}{seconds}+08:00")
}

/// `GET /my/out`.
pub(super) async fn page(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
) -> Result<Response, Problem> {
    shown(&desk, &reader, None, None).await
}

/// `POST /my/out`.
pub(super) async fn request(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let wanted: Wanted = reader.form(request).await?;
    let person = again::person(&reader, "POST", "/api/v1/me/movements")?;
    let act = ActText::MovementRequest {
        person: person.to_string(),
        need: wanted.need.clone(),
        from: instant(&wanted.from),
        until: instant(&wanted.until),
        text: wanted.text.clone(),
    };
    match again::ask(&desk, person, &wanted.once, act).await {
        Ok(_) => Ok(again::on("/my/out")),
        Err(problem) => shown(&desk, &reader, Some(wanted), Some(&problem)).await,
    }
}

async fn shown(
    desk: &Arc<Desk>,
    reader: &Reader,
    typed: Option<Wanted>,
    problem: Option<&Problem>,
) -> Result<Response, Problem> {
    reader.may("GET", "/api/v1/me/code")?;
    let person = again::person(reader, "GET", "/api/v1/me/record")?;
    let known = aside(desk, move |desk| known(desk, person)).await?;
    let text = reader.text;
    let waits = known.movements.iter().any(|one| one.waits(known.now));
    let typed = typed.unwrap_or_else(|| Wanted {
        need: Need::Medical.word().to_owned(),
        from: field(known.now),
        until: field(known.now.plus_s(4 * HOUR_S)),
        ..Wanted::default()
    });
    let body = html! {
        p.care { (text.say("out-medical")) }
        (again::told(reader, problem))
        @if known.colour == Colour::Green { p.lead { (text.say("out-green")) } }
        @else {
            p.lead { (text.say("out-lead")) }
            @if waits && problem.is_none() { p { (text.say("out-waits")) } } @else { (form(reader, &typed, known.now)) }
        }
        section {
            h2 { (text.say("out-mine")) }
            @if known.movements.is_empty() { p.empty { (text.say("out-none")) } }
            @for one in &known.movements { (movement(reader, one, known.now)) }
        }
    };
    Ok(my::page(reader, "door-out", body, again::status(problem)))
}

fn form(reader: &Reader, typed: &Wanted, now: Timestamp) -> Markup {
    let text = reader.text;
    let last = now.plus_s(MOVEMENT_AHEAD_S_MAX);
    html! {
        form method="post" action="/my/out" {
            (again::once(reader, "out"))
            label for="need" { (text.say("out-need")) }
            select #need name="need" {
                @for need in Need::ALL { option value=(need.word()) selected[typed.need == need.word()] { (text.pick(need.zh(), need.en())) } }
            }
            label for="from" { (text.say("out-from")) }
            input #from name="from" type="datetime-local" required min=(field(now.plus_s(-HOUR_S))) max=(field(last)) value=(typed.from);
            label for="until" { (text.say("out-until")) }
            input #until name="until" type="datetime-local" required min=(field(now)) max=(field(last.plus_s(MOVEMENT_S_MAX))) value=(typed.until) aria-describedby="until-how";
            p.note #until-how { (text.say("out-until-how")) }
            label for="text" { (text.say("out-text")) }
            textarea #text name="text" rows="3" required maxlength="1300" { (typed.text) }
            button.main { (text.say("out-send")) }
        }
    }
}

fn movement(reader: &Reader, one: &Movement, now: Timestamp) -> Markup {
    let text = reader.text;
    let status = one.status_word(now);
    html! {
        section.reason {
            h3 { (text.pick(one.need.zh(), one.need.en())) " · " (text.say(&format!("movement-{status}"))) }
            p { (text.at(one.from)) " – " (text.at(one.until)) }
            @match &one.decision {
                Some(decision) => {
                    p { (text.at(decision.by.at)) " · " (me::entry(reader, decision.by.entry)) }
                    blockquote { (decision.reason) }
                    @if !decision.granted { p { (text.say("remedies")) } }
                },
                None => p { (text.say("my-deadline")) " " (text.at(one.deadline)) " " (clock::left(text, one.deadline, now)) },
            }
            p.note { (text.say("appeal-said")) " " (text.at(one.asked.at)) " · " (me::entry(reader, one.asked.entry)) }
            blockquote { (one.text) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browsers_field_is_an_instant_in_the_time_of_china() {
        let at = Timestamp::from_unix(1_655_172_000);
        assert_eq!(field(at), "2022-06-14T10:00");
        assert_eq!(instant(&field(at)), "2022-06-14T10:00:00+08:00");
        assert_eq!(instant("2022-06-14T10:00:30"), "2022-06-14T10:00:30+08:00");
    }
}

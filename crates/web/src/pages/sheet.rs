//! A sheet of paper with a code for each of seven days, made when it is asked for.
//!
//! Invariant: what is printed has no colour and no name, but for a masked one that its owner prints; it
//! is the answer to a form and at no address, so nothing keeps it. The same sheet can be printed again:
//! it has the same slots. Refuses: to print for anybody but the reader.

use super::again;
use super::my;
use super::reader::Reader;
use super::text::Text;
use crate::Desk;
use crate::papers::{Drawn, papers};
use crate::problem::{Kind, Problem};
use app::issuing::{DAYS_AHEAD_MAX, Issued, PaperFace, to_text};
use axum::body::Body;
use axum::extract::State;
use axum::http::{Request, StatusCode};
use axum::response::Response;
use domain::time::CHINA_OFFSET_S;
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

/// `GET /my/paper`.
pub(super) async fn page(reader: Reader) -> Result<Response, Problem> {
    again::person(&reader, "POST", "/api/v1/me/papers")?;
    Ok(asked(&reader, None))
}

fn asked(reader: &Reader, problem: Option<&Problem>) -> Response {
    let text = reader.text;
    let body = html! {
        p.lead { (text.say("paper-lead")) }
        (again::told(reader, problem))
        ul {
            @for what in ["paper-valid", "paper-day", "paper-colour", "paper-shows", "paper-lost"] { li { (text.say(what)) } }
        }
        form method="post" action="/my/paper" {
            (reader.token())
            button.main { (text.say("paper-make")) }
        }
        p.note { (text.say("paper-none")) }
    };
    my::page(reader, "door-paper", body, again::status(problem))
}

#[derive(Deserialize)]
struct Nothing {}

/// A day of a sheet.
struct Line {
    day: String,
    until: String,
    drawn: Drawn,
}

/// `POST /my/paper`: the sheet itself.
pub(super) async fn sheet(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let Nothing {} = reader.form(request).await?;
    let person = again::person(&reader, "POST", "/api/v1/me/papers")?;
    let days = u8::try_from(DAYS_AHEAD_MAX).map_err(|_| Kind::Internal)?;
    let (face, issued) = match papers(&desk, person, days).await {
        Ok(made) => made,
        Err(problem) => return Ok(asked(&reader, Some(&problem))),
    };
    let lines = issued.iter().map(|one| line(&desk, one));
    let lines = lines.collect::<Option<Vec<Line>>>().ok_or(Kind::Internal)?;
    let body = printed(reader.text, &face, &lines);
    Ok(my::page(&reader, "door-paper", body, StatusCode::OK))
}

fn line(desk: &Desk, issued: &Issued) -> Option<Line> {
    let local = issued.validity.from.local_text(CHINA_OFFSET_S);
    Some(Line {
        day: local.split(' ').next()?.to_owned(),
        until: issued.validity.until.local_text(CHINA_OFFSET_S),
        drawn: (desk.setup.draw)(&to_text(&issued.credential))?,
    })
}

fn printed(text: Text, face: &PaperFace, lines: &[Line]) -> Markup {
    html! {
        p.note.on-screen { (text.say("paper-print")) }
        section.sheet aria-label=(text.say("paper-title")) {
            h2 { (text.say("paper-title")) }
            p.face { strong { (face.masked_name) } " · " (text.say("paper-born")) " " (face.birth_year) " · " (text.say("paper-ends")) " " (face.last_four) }
            p { (text.say("paper-rule")) }
            ul.days {
                @for line in lines { li { (code(text, line)) } }
            }
            p { strong { (text.say("paper-care")) } }
            p { (text.say("paper-help")) }
        }
    }
}

fn code(text: Text, line: &Line) -> Markup {
    let side = line.drawn.side;
    html! {
        svg viewBox={ "0 0 " (side) " " (side) } role="img" aria-label={ (text.say("paper-code")) " " (line.day) } shape-rendering="crispEdges" {
            path fill="#fff" d={ "M0 0h" (side) "v" (side) "H0z" } {}
            path d=(line.drawn.path) {}
        }
        p { strong { (line.day) } }
        p.note { (text.say("paper-until")) " " (line.until) }
    }
}

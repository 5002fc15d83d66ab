//! A demonstration's stage: whom to play, and what to try as whom.
//!
//! Invariant: there only where the server was given a troupe. Whoever plays an officer signs with a
//! key that everybody knows, and the ledger judges the act like any other.

use super::reader::Reader;
use crate::Desk;
use crate::problem::{Kind, Problem};
use crate::signin;
use crate::submissions;
use crate::troupe::{self, Part};
use app::ledger::Receipt;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{Request, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use domain::act::{ActBody, ReportPart};
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

/// What to try: the persona, and where the persona begins.
const TRIES: &[(&str, &str)] = &[
    ("depositor", "/my"),
    ("maker", "/desk/order"),
    ("checker", "/desk/orders"),
    ("case", "/my"),
    ("reviewer", "/desk/appeals"),
    ("agent", "/desk/hotline"),
    ("watcher", "/desk/oversight"),
    ("registrar", "/desk/office"),
    ("clerk", "/desk/report"),
    ("bureau", "/desk/days"),
];

/// The panel of the front page; nothing where nobody may play.
pub(super) fn panel(desk: &Desk, reader: &Reader) -> Markup {
    let text = reader.text;
    let Some(troupe) = desk.setup.troupe.as_deref() else {
        return html! {};
    };
    let personas = troupe.personas();
    let known = |name: &str| personas.iter().find(|persona| persona.name == name);
    html! {
        section.play aria-labelledby="play" {
            h2 #play { (text.say("play-title")) }
            p { (text.say("play-lead")) }
            ol.cards {
                @for (name, _) in TRIES {
                    @if let Some(persona) = known(name) {
                        li {
                            form method="post" action={ "/play/" (name) } {
                                (reader.token())
                                p { strong { (text.pick(persona.zh, persona.en)) } }
                                p { (text.say(&format!("play-{name}"))) }
                                button { (text.say("play-be")) }
                            }
                        }
                    }
                }
                li {
                    p { strong { (text.say("play-anybody")) } }
                    p { (text.say("play-proof")) }
                    a.button href="/log" { (text.say("play-look")) }
                }
            }
        }
    }
}

#[derive(Deserialize)]
struct Empty {}

/// `POST /play/{name}`.
pub(super) async fn play(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    Path(name): Path<String>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let Empty {} = reader.form(request).await?;
    let cookie = signin::cookie_of(&desk, troupe::who(&desk, &name)?)?;
    let first = TRIES.iter().find(|(known, _)| *known == name);
    let first = first.map_or("/", |(_, first)| first);
    let headers = [
        (header::SET_COOKIE, cookie.as_str()),
        (header::LOCATION, first),
    ];
    Ok((StatusCode::SEE_OTHER, headers).into_response())
}

/// Signs an act with the key of the persona who is played, and submits it; outside a demonstration
/// an officer signs in the browser, with a passkey.
pub(super) async fn act(
    desk: &Arc<Desk>,
    reader: &Reader,
    body: ActBody,
) -> Result<Receipt, Problem> {
    let Some(Part::Officer(officer)) = reader.persona.as_ref().map(|persona| &persona.part) else {
        return Err(Kind::NotSigned.into());
    };
    let troupe = desk.setup.troupe.as_deref().ok_or(Kind::NotFound)?;
    let bytes = troupe.sign(officer, body).map_err(|_| Kind::FieldInvalid)?;
    submitted(desk, bytes).await
}

/// Signs a part of a report with the key of the body that the persona serves, and submits it.
pub(super) async fn part(
    desk: &Arc<Desk>,
    reader: &Reader,
    part: &ReportPart,
) -> Result<Receipt, Problem> {
    if reader.persona.is_none() {
        return Err(Kind::NotSigned.into());
    }
    let troupe = desk.setup.troupe.as_deref().ok_or(Kind::NotFound)?;
    let bytes = troupe.sign_part(part).map_err(|_| Kind::FieldInvalid)?;
    submitted(desk, bytes).await
}

async fn submitted(desk: &Arc<Desk>, bytes: Vec<u8>) -> Result<Receipt, Problem> {
    let permit = Arc::clone(&desk.submissions).try_acquire_owned();
    let permit = permit.map_err(|_| Kind::Busy)?;
    submissions::accepted(desk, bytes, permit).await
}

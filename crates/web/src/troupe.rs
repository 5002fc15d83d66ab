//! The personas of a demonstration: anybody on this machine may speak as one of them.
//!
//! Invariant: these routes are there only where the server was given a troupe, which `mingma demo`
//! alone does, on loopback, over invented people whose keys are public knowledge. What a persona
//! does goes the same way as everybody's: a session, or a signed act judged by the ledger.

use crate::Desk;
use crate::body;
use crate::caller::Holder;
use crate::problem::{Kind, Problem};
use crate::signin::{opened, sessions::Who};
use crate::submissions;
use app::acts::ActText;
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::Request;
use axum::response::Response;
use domain::act::{ActBody, ReportPart};
use domain::document::PersonId;
use domain::ids::OfficerId;
use serde::Serialize;
use std::sync::Arc;

/// Whom a persona plays.
#[derive(Clone, Debug)]
pub enum Part {
    /// An officer.
    Officer(OfficerId),
    /// A person.
    Person(PersonId),
}

/// Somebody whom anybody may play.
#[derive(Clone, Debug)]
pub struct Persona {
    /// What to call it in an address.
    pub name: &'static str,
    /// Who that is, in Chinese.
    pub zh: &'static str,
    /// Who that is, in English.
    pub en: &'static str,
    /// Whom it plays.
    pub part: Part,
    /// The number of a person's document, which everybody may know.
    pub document: Option<String>,
}

/// The personas, and their pens.
pub trait Troupe: Send + Sync {
    /// Everybody.
    fn personas(&self) -> &[Persona];
    /// Signs an act as an officer of the troupe.
    fn sign(&self, officer: &OfficerId, body: ActBody) -> Result<Vec<u8>, String>;
    /// Signs a part of a report as the body that it names.
    fn sign_part(&self, part: &ReportPart) -> Result<Vec<u8>, String>;
    /// How far the clock of the story is behind everybody else's, in seconds.
    fn behind_s(&self) -> i64;
}

#[derive(Serialize)]
struct PersonaBody {
    name: &'static str,
    zh: &'static str,
    en: &'static str,
    kind: &'static str,
    id: String,
}

fn troupe(desk: &Desk) -> Result<&dyn Troupe, Problem> {
    let troupe = desk.setup.troupe.as_deref();
    troupe.ok_or_else(|| Kind::NotFound.into())
}

fn persona<'a>(desk: &'a Desk, name: &str) -> Result<&'a Persona, Problem> {
    let mut personas = troupe(desk)?.personas().iter();
    let found = personas.find(|persona| persona.name == name);
    found.ok_or_else(|| Kind::RecordUnknown.into())
}

/// `GET /demo/v1/personas`.
pub(crate) async fn personas(State(desk): State<Arc<Desk>>) -> Result<Response, Problem> {
    use axum::response::IntoResponse as _;
    let bodies = troupe(&desk)?.personas().iter().map(|persona| {
        let (kind, id) = match &persona.part {
            Part::Officer(officer) => ("officer", officer.to_string()),
            Part::Person(person) => ("person", person.to_string()),
        };
        PersonaBody {
            name: persona.name,
            zh: persona.zh,
            en: persona.en,
            kind,
            id,
        }
    });
    Ok(Json(bodies.collect::<Vec<_>>()).into_response())
}

/// `POST /demo/v1/personas/{name}/session`.
pub(crate) async fn session(
    State(desk): State<Arc<Desk>>,
    Path(name): Path<String>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    body::discard(request.into_body()).await;
    opened(&desk, who(&desk, &name)?)
}

/// Who speaks once a persona is played.
pub(crate) fn who(desk: &Desk, name: &str) -> Result<Who, Problem> {
    match persona(desk, name)?.part.clone() {
        Part::Person(person) => Ok(Who::Person(person)),
        Part::Officer(officer) => {
            let (_, key) = desk.known(&Holder::Officer(officer.clone()))?;
            Ok(Who::Officer(officer, key))
        }
    }
}

/// `POST /demo/v1/personas/{name}/acts`: the act as JSON, signed with the persona's public key file.
pub(crate) async fn act(
    State(desk): State<Arc<Desk>>,
    Path(name): Path<String>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let text: ActText = body::json(request).await?;
    let act = ActBody::try_from(text).map_err(|_| Kind::Malformed)?;
    let Part::Officer(officer) = &persona(&desk, &name)?.part else {
        return Err(Kind::Forbidden.into());
    };
    let bytes = troupe(&desk)?.sign(officer, act);
    let bytes = bytes.map_err(|_| Kind::Malformed)?;
    let permit = Arc::clone(&desk.submissions).try_acquire_owned();
    let permit = permit.map_err(|_| Kind::Busy)?;
    submissions::enter(&desk, bytes, permit).await
}

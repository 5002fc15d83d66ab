//! Activation codes: given on paper or by the hotline after an identity check, used once.
//!
//! Invariant: a code is made only after a look that stands in the ledger, so the person can see who
//! made it. Refuses: to say whether somebody has a code or a record.

use super::{entropy, opened};
use crate::Desk;
use crate::access::Granted;
use crate::body;
use crate::people::{DocumentBody, opened as looked};
use crate::problem::{Kind, Problem, ProblemBody};
use crate::signin::sessions::Who;
use app::signin::{ACTIVATION_S, Tried, activate, try_code};
use axum::Json;
use axum::body::Body;
use axum::extract::{Extension, State};
use axum::http::{Request, StatusCode};
use axum::response::Response;
use domain::document::PersonId;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// For whom a code is to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ForBody {
    /// The person, by id.
    person: String,
}

/// A code, told once.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CodeMade {
    /// Twelve letters in three groups.
    pub(crate) code: String,
    /// When it ends.
    pub(crate) until: String,
}

/// Makes an activation code for a person whom the officer has looked up.
#[utoipa::path(
    post,
    path = "/api/v1/activations",
    request_body = ForBody,
    responses(
        (status = 201, description = "the code, told once", body = CodeMade),
        (status = "default", description = "a problem", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn make(
    State(desk): State<Arc<Desk>>,
    Extension(granted): Extension<Granted>,
    request: Request<Body>,
) -> Result<(StatusCode, Json<CodeMade>), Problem> {
    let asked: ForBody = body::json(request).await?;
    let (person, _) = looked(&desk, &asked.person, &granted)?;
    Ok((StatusCode::CREATED, Json(made(&desk, person)?)))
}

/// A fresh code for a person whom an officer has looked up.
pub(crate) fn made(desk: &Desk, person: PersonId) -> Result<CodeMade, Problem> {
    let now = desk.setup.clock.now();
    let entropy = entropy(desk)?;
    let accounts = desk.setup.accounts.as_ref();
    let code = desk.read(activate(accounts, person, now, &entropy))?;
    let until = now.plus_s(ACTIVATION_S).to_string();
    Ok(CodeMade { code, until })
}

/// A document and its activation code.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ActivationBody {
    /// The kind, as `resident_id`.
    pub(crate) document_type: String,
    /// Its number.
    pub(crate) document_number: String,
    /// The code, with or without hyphens.
    pub(crate) code: String,
}

/// Signs a person in with an activation code, which is then used up.
#[utoipa::path(
    post,
    path = "/api/v1/signin/activation",
    request_body = ActivationBody,
    responses(
        (status = 201, description = "signed in; the session is in the cookie",
            body = super::SessionBody),
        (status = "default", description = "a problem", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn sign_in(
    State(desk): State<Arc<Desk>>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let asked: ActivationBody = body::json(request).await?;
    opened(&desk, who(&desk, asked)?)
}

/// Who signs in with an activation code, which is then used up.
pub(crate) fn who(desk: &Desk, asked: ActivationBody) -> Result<Who, Problem> {
    let document = DocumentBody::new(asked.document_type, asked.document_number);
    let document = document.document().map_err(|_| Kind::SigninFailed)?;
    let person = (desk.setup.person_id)(&document);
    let now = desk.setup.clock.now();
    if desk.sessions.is_locked(person.as_bytes(), now) {
        return Err(Kind::LockedOut.into());
    }
    let tried = try_code(desk.setup.accounts.as_ref(), person, &asked.code, now);
    match desk.read(tried)? {
        Tried::Right => Ok(Who::Person(person)),
        Tried::Wrong => {
            desk.sessions.failed(person.as_bytes(), now);
            Err(Kind::SigninFailed.into())
        }
    }
}

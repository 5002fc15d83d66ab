//! Acts made in a browser: drafted as text, signed by a passkey, put together and submitted.
//!
//! Invariant: the server never signs; it puts the officer's own assertion beside the very bytes whose
//! digest was the challenge, and the ledger verifies it again, now and in every replay. Refuses: a
//! draft for anybody but the officer who asks.

use crate::Desk;
use crate::access::Granted;
use crate::body;
use crate::problem::{Kind, Problem, ProblemBody};
use crate::signin::passkeys::AssertionBody;
use crate::signin::{base64url, entropy, staff, to_base64url};
use crate::submissions::{self, Entered};
use app::acts::ActText;
use app::signin;
use axum::Json;
use axum::body::Body;
use axum::extract::{Extension, State};
use axum::http::{Request, StatusCode};
use axum::response::Response;
use domain::act::{Act, ActBody};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// The longest payload of an act, in bytes.
const PAYLOAD_BYTES_MAX: usize = 1_024 * 1_024;

/// An act ready to be signed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DraftBody {
    /// The act's bytes, base64url.
    payload: String,
    /// What the authenticator is to sign, base64url: the digest of what a key file would sign.
    challenge: String,
    /// The kind of act.
    kind: &'static str,
}

/// The origin of the ledger: the first line of its checkpoint.
pub(crate) fn ledger(desk: &Desk) -> Result<String, Problem> {
    let checkpoint = desk.setup.published.checkpoint().map_err(|why| {
        desk.event("public-log", &why);
        Kind::Internal
    })?;
    let checkpoint = checkpoint.unwrap_or_default();
    let origin = checkpoint.lines().next().ok_or(Kind::NotFound)?;
    Ok(origin.to_owned())
}

/// Drafts an act for the officer who asks; docs/acts.md has the fields of every act.
#[utoipa::path(
    post,
    path = "/api/v1/acts/draft",
    request_body(content = Object, description = "the act as JSON, as in docs/acts.md"),
    responses(
        (status = 201, description = "the draft", body = DraftBody),
        (status = "default", description = "a problem", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn draft(
    State(desk): State<Arc<Desk>>,
    Extension(granted): Extension<Granted>,
    request: Request<Body>,
) -> Result<(StatusCode, Json<DraftBody>), Problem> {
    let text: serde_json::Value = body::json(request).await?;
    let text = serde_json::from_value::<ActText>(text).map_err(|_| Kind::FieldInvalid)?;
    let body = ActBody::try_from(text).map_err(|_| Kind::FieldInvalid)?;
    Ok((StatusCode::CREATED, Json(drafted(&desk, &granted, body)?)))
}

/// A draft for the officer who asks.
pub(crate) fn drafted(desk: &Desk, granted: &Granted, body: ActBody) -> Result<DraftBody, Problem> {
    let officer = &staff(granted)?.officer;
    let entropy = entropy(desk)?;
    let (nonce, _) = entropy.split_first_chunk().ok_or(Kind::Internal)?;
    let kind = body.kind();
    let act = Act {
        ledger: ledger(desk)?,
        officer: officer.id.clone(),
        signed_at: desk.setup.clock.now(),
        nonce: *nonce,
        body,
    };
    let draft = signin::draft(&act, &officer.key).map_err(|_| Kind::FieldInvalid)?;
    Ok(DraftBody {
        payload: to_base64url(&draft.payload),
        challenge: to_base64url(&draft.challenge),
        kind,
    })
}

/// A draft and the assertion over its challenge.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignedBody {
    /// The act's bytes as they were drafted, base64url.
    payload: String,
    /// The assertion.
    assertion: AssertionBody,
}

/// Puts a draft and its assertion together and submits them.
#[utoipa::path(
    post,
    path = "/api/v1/acts",
    request_body = SignedBody,
    responses(
        (status = 201, description = "durable, a new entry", body = Entered),
        (status = 200, description = "the same bytes came before", body = Entered),
        (status = 422, description = "refused: the ledger refused, the refusal is an entry",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = "default", description = "a problem", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn submit(
    State(desk): State<Arc<Desk>>,
    Extension(granted): Extension<Granted>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let asked: SignedBody = body::json(request).await?;
    let officer = &staff(&granted)?.officer;
    let invalid = |_| Problem::from(Kind::AssertionInvalid);
    let payload = base64url(&asked.payload, PAYLOAD_BYTES_MAX).map_err(invalid)?;
    let id = asked.assertion.id().map_err(invalid)?;
    let assertion = asked.assertion.assertion().map_err(invalid)?;
    let known = signin::passkey(desk.setup.accounts.as_ref(), &id);
    let key = desk.read(known)?.and_then(|known| known.key());
    let key = key.filter(|key| key.fingerprint() == officer.key);
    let key = key.ok_or(Kind::AssertionInvalid)?;
    let bytes = signin::assemble(&payload, &key, &assertion);
    let bytes = bytes.map_err(|_| Kind::AssertionInvalid)?;
    let permit = Arc::clone(&desk.submissions).try_acquire_owned();
    let permit = permit.map_err(|_| Kind::Busy)?;
    submissions::enter(&desk, bytes, permit).await
}

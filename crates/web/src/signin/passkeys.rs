//! Passkeys of staff (WebAuthn): invited, registered, signed in with.
//!
//! Invariant: a challenge is the server's own, answered once, within five minutes; a session opens
//! only where the passkey's fingerprint is the officer's key on record.

use super::sessions::Who;
use super::{base64url, entropy, opened, to_base64url};
use crate::Desk;
use crate::access::Granted;
use crate::body;
use crate::caller::Holder;
use crate::problem::{Kind, Problem, ProblemBody};
use app::signin::{self, Assertion, INVITATION_S, PasskeyKey};
use axum::Json;
use axum::body::Body;
use axum::extract::{Extension, State};
use axum::http::{Request, StatusCode};
use axum::response::Response;
use domain::ids::OfficerId;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// The longest id of a credential (WebAuthn 4).
const ID_BYTES_MAX: usize = 1_023;
/// The longest part of an assertion.
const PART_BYTES_MAX: usize = 4_096;

/// Whom to invite.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InviteBody {
    /// The officer, registered or yet to be.
    officer: String,
}

/// An invitation, told once.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Invited {
    /// The link to give to the officer.
    pub(crate) link: String,
    /// When it ends.
    until: String,
}

/// Invites an officer to register a passkey.
#[utoipa::path(
    post,
    path = "/api/v1/invitations",
    request_body = InviteBody,
    responses(
        (status = 201, description = "the link, told once", body = Invited),
        (status = "default", description = "a problem", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn invite(
    State(desk): State<Arc<Desk>>,
    Extension(_granted): Extension<Granted>,
    request: Request<Body>,
) -> Result<(StatusCode, Json<Invited>), Problem> {
    let asked: InviteBody = body::json(request).await?;
    Ok((StatusCode::CREATED, Json(invited(&desk, &asked.officer)?)))
}

/// A fresh invitation.
pub(crate) fn invited(desk: &Desk, officer: &str) -> Result<Invited, Problem> {
    let officer: OfficerId = officer.parse().map_err(|_| Kind::FieldInvalid)?;
    let now = desk.setup.clock.now();
    let entropy = entropy(desk)?;
    let accounts = desk.setup.accounts.as_ref();
    let token = desk.read(signin::invite(accounts, officer, now, &entropy))?;
    let link = format!("{}/signin/invitation#{token}", desk.setup.origin);
    let until = now.plus_s(INVITATION_S).to_string();
    Ok(Invited { link, until })
}

/// What an authenticator is asked.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChallengeBody {
    /// The challenge, base64url; it can be answered once, within five minutes.
    challenge: String,
    /// The id of the relying party: this host.
    rp_id: String,
}

/// A fresh challenge, for registering a passkey and for signing in.
#[utoipa::path(
    post,
    path = "/api/v1/signin/challenge",
    responses(
        (status = 201, description = "the challenge", body = ChallengeBody),
        (status = "default", description = "a problem", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn challenge(
    State(desk): State<Arc<Desk>>,
    request: Request<Body>,
) -> Result<(StatusCode, Json<ChallengeBody>), Problem> {
    body::discard(request.into_body()).await;
    let challenge = entropy(&desk)?;
    desk.sessions.challenge(challenge, desk.setup.clock.now());
    let rp_id = signin::host(&desk.setup.origin).unwrap_or_default();
    let body = ChallengeBody {
        challenge: to_base64url(&challenge),
        rp_id: rp_id.to_owned(),
    };
    Ok((StatusCode::CREATED, Json(body)))
}

/// An assertion (WebAuthn 5.2.2), every part in base64url.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AssertionBody {
    /// `id` of the credential.
    pub(crate) credential: String,
    /// `response.authenticatorData`.
    authenticator_data: String,
    /// `response.clientDataJSON`.
    client_data: String,
    /// `response.signature`.
    signature: String,
}

impl AssertionBody {
    /// The assertion with its parts decoded.
    pub(crate) fn assertion(&self) -> Result<Assertion, Problem> {
        Ok(Assertion {
            authenticator_data: base64url(&self.authenticator_data, PART_BYTES_MAX)?,
            client_data: base64url(&self.client_data, PART_BYTES_MAX)?,
            signature: base64url(&self.signature, PART_BYTES_MAX)?,
        })
    }

    /// The id of the credential.
    pub(crate) fn id(&self) -> Result<Vec<u8>, Problem> {
        base64url(&self.credential, ID_BYTES_MAX)
    }
}

/// A passkey to register, and the first assertion with it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RegisterBody {
    /// The token of the invitation.
    invitation: String,
    /// `response.getPublicKey()`: `SubjectPublicKeyInfo` of a key on P-256, base64url.
    public_key: String,
    /// The challenge that the assertion answers, base64url.
    challenge: String,
    /// An assertion, which proves that the key is at hand.
    assertion: AssertionBody,
}

/// A passkey that was registered.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RegisteredBody {
    /// Whose it is.
    officer: String,
    /// What a registrar puts on record as the officer's key (`officer.register`, `key.rotate`).
    fingerprint: String,
}

/// Whether an assertion answers an open challenge of ours.
fn answers(
    desk: &Desk,
    key: &PasskeyKey,
    challenge: &str,
    assertion: &Assertion,
) -> Result<bool, Problem> {
    let challenge = base64url(challenge, 32)?;
    let challenge = <[u8; 32]>::try_from(challenge).map_err(|_| Kind::SigninFailed)?;
    let open = desk.sessions.answered(&challenge, desk.setup.clock.now());
    Ok(open && signin::verifies(key, &challenge, assertion))
}

/// Registers a passkey by an invitation.
#[utoipa::path(
    post,
    path = "/api/v1/signin/passkeys",
    request_body = RegisterBody,
    responses(
        (status = 201, description = "registered here; not yet on record", body = RegisteredBody),
        (status = "default", description = "a problem", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn register(
    State(desk): State<Arc<Desk>>,
    request: Request<Body>,
) -> Result<(StatusCode, Json<RegisteredBody>), Problem> {
    let asked: RegisterBody = body::json(request).await?;
    let spki = base64url(&asked.public_key, PART_BYTES_MAX)?;
    let key = PasskeyKey::from_spki(&spki, &desk.setup.origin);
    let key = key.map_err(|_| Kind::SigninFailed)?;
    if !answers(&desk, &key, &asked.challenge, &asked.assertion.assertion()?)? {
        return Err(Kind::SigninFailed.into());
    }
    let id = asked.assertion.id()?;
    let accounts = desk.setup.accounts.as_ref();
    if desk.read(signin::passkey(accounts, &id))?.is_some() {
        return Err(Kind::SigninFailed.into());
    }
    let now = desk.setup.clock.now();
    let officer = desk.read(signin::register(
        accounts,
        &asked.invitation,
        &id,
        &key,
        now,
    ))?;
    let officer = officer.ok_or(Kind::SigninFailed)?;
    let body = RegisteredBody {
        officer: officer.to_string(),
        fingerprint: key.fingerprint().to_string(),
    };
    Ok((StatusCode::CREATED, Json(body)))
}

/// An answer to a challenge.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnswerBody {
    /// The challenge, base64url.
    challenge: String,
    /// The assertion over it.
    assertion: AssertionBody,
}

/// Signs an officer in with a passkey.
#[utoipa::path(
    post,
    path = "/api/v1/signin",
    request_body = AnswerBody,
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
    let asked: AnswerBody = body::json(request).await?;
    let id = asked.assertion.id()?;
    let now = desk.setup.clock.now();
    if desk.sessions.is_locked(&id, now) {
        return Err(Kind::LockedOut.into());
    }
    let known = desk.read(signin::passkey(desk.setup.accounts.as_ref(), &id))?;
    let key = known.as_ref().and_then(signin::Registered::key);
    let failed = || Problem::from(Kind::SigninFailed);
    let (Some(known), Some(key)) = (known, key) else {
        return Err(failed());
    };
    if !answers(&desk, &key, &asked.challenge, &asked.assertion.assertion()?)? {
        desk.sessions.failed(&id, now);
        return Err(failed());
    }
    let (_, on_record) = desk.known(&Holder::Officer(known.officer.clone()))?;
    let fingerprint = key.fingerprint();
    match on_record == fingerprint {
        true => opened(&desk, Who::Officer(known.officer, fingerprint)),
        false => Err(Kind::NotInOffice.into()),
    }
}

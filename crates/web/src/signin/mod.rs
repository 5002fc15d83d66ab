//! Signing in and out: passkeys for staff, activation codes for people, identity providers for both.
//!
//! Invariant: whatever is kept here, the ledger says who may speak (`caller`). Refuses: to tell
//! apart, to whoever fails, an unknown passkey, code or person from a wrong one.

pub(crate) mod activation;
pub(crate) mod bindings;
pub(crate) mod callback;
pub(crate) mod flows;
pub(crate) mod identity;
pub(crate) mod passkeys;
pub(crate) mod sessions;

use crate::Desk;
use crate::access::Granted;
use crate::caller::Caller;
use crate::problem::{Kind, Problem, ProblemBody};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use sessions::{Opened, Who};
use std::sync::Arc;
use utoipa::ToSchema;

/// Fresh randomness, or the problem `internal`.
pub(crate) fn entropy(desk: &Desk) -> Result<[u8; 32], Problem> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|error| {
        desk.event("randomness", &error.to_string());
        Problem::from(Kind::Internal)
    })?;
    Ok(bytes)
}

/// Base64 for addresses as browsers' code writes it, without padding; at most so many bytes.
pub(crate) fn base64url(text: &str, bytes_max: usize) -> Result<Vec<u8>, Problem> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok();
    let bytes = bytes.filter(|bytes| bytes.len() <= bytes_max);
    bytes.ok_or_else(|| Kind::SigninFailed.into())
}

/// Bytes as base64 for addresses.
pub(crate) fn to_base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A session that was opened.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionBody {
    /// `officer` or `person`.
    kind: &'static str,
    /// The officer's or person's id.
    id: String,
    /// What every unsafe request names in `X-CSRF-Token`.
    csrf: String,
    /// When the session ends at the latest.
    until: String,
}

impl Desk {
    /// Whether cookies travel by TLS alone.
    fn is_secure(&self) -> bool {
        self.setup.origin.starts_with("https://")
    }

    /// The name of the session's cookie; the prefix binds it to this host (RFC 6265bis 4.1.3.2).
    pub(crate) fn cookie_name(&self) -> &'static str {
        match self.is_secure() {
            true => "__Host-mingma",
            false => "mingma",
        }
    }

    /// Removes the invitations and codes that have ended; a failure is logged.
    pub(crate) fn sweep(&self) {
        let now = self.setup.clock.now();
        let _ = self.read(app::signin::sweep(self.setup.accounts.as_ref(), now));
    }

    fn set_cookie(&self, value: &str, seconds: i64) -> String {
        self.cookie(self.cookie_name(), value, seconds, "Strict")
    }

    /// A cookie of this host.
    pub(crate) fn cookie(&self, name: &str, value: &str, seconds: i64, same_site: &str) -> String {
        let secure = if self.is_secure() { "; Secure" } else { "" };
        format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite={same_site}{secure}")
    }
}

/// Opens a session: what is told of it, and its cookie.
fn session(desk: &Desk, who: Who) -> Result<(SessionBody, String), Problem> {
    let now = desk.setup.clock.now();
    let (token, csrf) = (entropy(desk)?, entropy(desk)?);
    let (kind, id) = match &who {
        Who::Officer(officer, _) => ("officer", officer.to_string()),
        Who::Person(person) => ("person", person.to_string()),
    };
    let Opened { token, csrf, until } = desk.sessions.open(who, (&token, &csrf), now);
    let seconds = until.seconds_since(now);
    let body = SessionBody {
        kind,
        id,
        csrf,
        until: until.to_string(),
    };
    Ok((body, desk.set_cookie(&token, seconds)))
}

/// Opens a session and tells it.
pub(crate) fn opened(desk: &Desk, who: Who) -> Result<Response, Problem> {
    let (body, cookie) = session(desk, who)?;
    let body = serde_json::to_vec(&body).map_err(|_| Kind::Internal)?;
    let headers = [
        (header::SET_COOKIE, cookie),
        (header::CONTENT_TYPE, "application/json".to_owned()),
    ];
    Ok((StatusCode::CREATED, headers, body).into_response())
}

/// Opens a session for a page: its cookie.
pub(crate) fn cookie_of(desk: &Desk, who: Who) -> Result<String, Problem> {
    session(desk, who).map(|(_, cookie)| cookie)
}

/// Ends the session behind a cookie, or everybody's of the same; the cookie that says so.
pub(crate) fn end(desk: &Desk, headers: &HeaderMap, everywhere: bool) -> String {
    if let Some(token) = sessions::cookie(desk.cookie_name(), headers) {
        desk.sessions.close(token, everywhere);
    }
    desk.set_cookie("", 0)
}

fn signed_out(desk: &Desk, headers: &HeaderMap, everywhere: bool) -> Response {
    let cookie = [(header::SET_COOKIE, end(desk, headers, everywhere))];
    (StatusCode::NO_CONTENT, cookie).into_response()
}

/// Signs out here.
#[utoipa::path(
    delete,
    path = "/api/v1/session",
    responses(
        (status = 204, description = "signed out"),
        (status = "default", description = "a problem", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn sign_out(State(desk): State<Arc<Desk>>, headers: HeaderMap) -> Response {
    signed_out(&desk, &headers, false)
}

/// Signs out everywhere.
#[utoipa::path(
    delete,
    path = "/api/v1/sessions",
    responses(
        (status = 204, description = "signed out everywhere"),
        (status = "default", description = "a problem", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn sign_out_everywhere(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
) -> Response {
    signed_out(&desk, &headers, true)
}

/// The officer who asks.
pub(crate) fn staff(granted: &Granted) -> Result<&crate::caller::Staff, Problem> {
    match &granted.caller {
        Caller::Officer(staff) => Ok(staff),
        Caller::Nobody | Caller::Person(_) | Caller::Organisation(_) => Err(Kind::Forbidden.into()),
    }
}

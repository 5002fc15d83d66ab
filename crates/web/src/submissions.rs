//! `POST /api/v1/submissions`: signed bytes into the ledger.
//!
//! Invariant: 201 and 200 speak of durable entries alone; the same bytes get the same entry, however
//! often they come (the ledger knows their digest). Refuses: other media types, bodies without end,
//! and bytes without the shape of a signature; these leave no entry.

use crate::access::Granted;
use crate::caller::Caller;
use crate::problem::{Kind, Problem, ProblemBody, RefusalBody};
use crate::recent::Recent;
use crate::{ACT_BYTES_MAX, Desk, SUBMISSION_BYTES_MAX, body, reads};
use app::ledger::Receipt;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::machine::{RowResult, RowTaken};
use domain::refusal::Code;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;
use utoipa::ToSchema;

/// How long an answer may take.
pub(crate) const ANSWER_TIME_MAX: Duration = Duration::from_secs(30);
/// The longest idempotency key, in bytes.
const KEY_BYTES_MAX: usize = 128;
/// What a submission may be called.
const MEDIA_TYPES: &[&str] = &[
    "application/cose",
    "application/mm-act+cose",
    "application/mm-report+cose",
];

/// An entry that is durable.
#[derive(Debug, Serialize, ToSchema)]
pub struct Entered {
    /// Its number, from 0.
    entry: u64,
    /// SHA-256 of the signed bytes, in hexadecimal.
    digest: String,
    /// When it was decided, RFC 3339 in UTC; null where the public log cannot be read now.
    at: Option<String>,
    /// Always null here: a refusal is answered as the problem `refused`.
    refusal: Option<RefusalBody>,
    /// How each row of a report fared, in order; empty for an act, and where the entry is not new.
    rows: Vec<RowBody>,
}

/// How a row of a report fared.
#[derive(Debug, Serialize, ToSchema)]
pub struct RowBody {
    /// `recorded`, `measured`, `released`, `held`, `coarse`, `duplicate`, `not_needed` or `refused`.
    fate: &'static str,
    /// Why it was refused: the code.
    code: Option<&'static str>,
    /// What to do about it.
    help: Option<&'static str>,
}

impl RowBody {
    fn of(row: &RowResult) -> Self {
        let code = row.err();
        Self {
            fate: row.map_or("refused", RowTaken::word),
            code: code.map(Code::word),
            help: code.map(Code::help),
        }
    }
}

/// Which bytes a key came with; a convenience in memory, gone when the server stops.
#[derive(Default)]
pub(crate) struct Keys {
    seen: Mutex<Recent<[u8; 32]>>,
}

impl Keys {
    /// Whether the key is new or came with the same bytes; then it is remembered.
    pub(crate) fn fits(&self, key: String, bytes: &[u8]) -> bool {
        let digest: [u8; 32] = Sha256::digest(bytes).into();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = seen.get(&key) {
            return *known == digest;
        }
        seen.put(key, digest);
        true
    }
}

/// Takes one signed act, or one signed part of a report.
///
/// Sending the same bytes again is always safe and gives the same entry.
#[utoipa::path(
    post,
    path = "/api/v1/submissions",
    params(("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 128,
        pattern = "^[!#-Z^-~]+$", description = "1 to 128 visible characters; a key that came with other bytes is refused")),
    request_body(content = Vec<u8>, content_type = "application/cose",
        description = "COSE_Sign1, at most 8 MiB; from an officer who is known to ask, at most 192 MiB, with its length"),
    responses(
        (status = 201, description = "durable, a new entry", body = Entered),
        (status = 200, description = "the same bytes came before; the same entry", body = Entered),
        (status = 400, description = "malformed-request", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 408, description = "slow-request", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 413, description = "too-large", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 415, description = "media-type", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 422, description = "refused, not-signed, idempotency-key-reused", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 429, description = "over-quota, too-many-requests", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 503, description = "busy, writes-are-down, writes-are-slow",
            body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn submit(
    State(desk): State<Arc<Desk>>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let answered = take(&desk, request).await;
    let outcome = match &answered {
        Ok(response) if response.status() == StatusCode::CREATED => "entered",
        Ok(_) => "known",
        Err(problem) => problem.kind().slug(),
    };
    desk.metrics.submission(outcome);
    answered
}

async fn take(desk: &Arc<Desk>, request: Request<Body>) -> Result<Response, Problem> {
    check_media_type(request.headers())?;
    let key = idempotency_key(request.headers())?;
    if !desk.setup.writer.is_up() {
        return Err(Kind::WritesDown.into());
    }
    let shares = shares(&request);
    let permit = Arc::clone(&desk.submissions).try_acquire_many_owned(shares);
    let permit = permit.map_err(|_| Kind::Busy)?;
    let bytes = body::read(
        request,
        SUBMISSION_BYTES_MAX.saturating_mul(shares as usize),
    )
    .await?;
    if !(desk.setup.looks_signed)(&bytes) {
        return Err(Kind::NotSigned.into());
    }
    if key.is_some_and(|key| !desk.keys.fits(key, &bytes)) {
        return Err(Kind::KeyReused.into());
    }
    enter(desk, bytes.into(), permit).await
}

/// How many times [`SUBMISSION_BYTES_MAX`] is read of a submission. An order about a million people is
/// longer than the rest; only an officer who is known to ask may have so much read before its
/// signature is.
fn shares(request: &Request<Body>) -> u32 {
    let granted = request.extensions().get::<Granted>();
    let limit = match granted.map(|granted| &granted.caller) {
        Some(Caller::Officer(_)) => ACT_BYTES_MAX,
        Some(Caller::Nobody | Caller::Person(_) | Caller::Organisation(_)) | None => {
            SUBMISSION_BYTES_MAX
        }
    };
    let length = body::length(request).unwrap_or_default().min(limit as u64);
    u32::try_from(length.div_ceil(SUBMISSION_BYTES_MAX as u64).max(1)).unwrap_or(1)
}

/// Gives signed bytes to the writer; a refusal is a problem.
pub(crate) async fn accepted(
    desk: &Desk,
    bytes: Vec<u8>,
    permit: OwnedSemaphorePermit,
) -> Result<Receipt, Problem> {
    let waiting = desk.setup.writer.submit(bytes, permit)?;
    let receipt = match timeout(ANSWER_TIME_MAX, waiting).await {
        Ok(Ok(Ok(receipt))) => receipt,
        Ok(Ok(Err(over))) => return Err(Problem::over_quota(over.retry_s)),
        Ok(Err(_gone)) => return Err(Kind::WritesDown.into()),
        Err(_elapsed) => return Err(Kind::WritesSlow.into()),
    };
    match &receipt.refusal {
        Some(refusal) => Err(Problem::refused(receipt.seq, refusal)),
        None => Ok(receipt),
    }
}

/// Gives signed bytes to the writer and tells the entry.
pub(crate) async fn enter(
    desk: &Arc<Desk>,
    bytes: Vec<u8>,
    permit: OwnedSemaphorePermit,
) -> Result<Response, Problem> {
    let receipt = accepted(desk, bytes, permit).await?;
    let at = match &receipt.leaf {
        Some(leaf) => Some(leaf.at),
        // The entry is durable whether or not the public log can be read now.
        None => match reads::leaf(desk, receipt.seq).await {
            Ok(leaf) => leaf.map(|leaf| leaf.at),
            Err(_logged) => None,
        },
    };
    let status = match receipt.known {
        true => StatusCode::OK,
        false => StatusCode::CREATED,
    };
    let entered = Entered {
        entry: receipt.seq,
        digest: receipt.digest.to_string(),
        at: at.map(|at| at.to_string()),
        refusal: None,
        rows: receipt.rows.iter().map(RowBody::of).collect(),
    };
    let headers = [
        (header::LOCATION, format!("/api/v1/entries/{}", receipt.seq)),
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    let body = serde_json::to_vec(&entered).map_err(|_| Kind::Internal)?;
    Ok((status, headers, body).into_response())
}

fn check_media_type(headers: &HeaderMap) -> Result<(), Kind> {
    let sent = headers.get(header::CONTENT_TYPE);
    let sent = sent.and_then(|value| value.to_str().ok());
    let essence = sent.and_then(|text| text.split(';').next()).map(str::trim);
    let known = essence.is_some_and(|essence| {
        MEDIA_TYPES
            .iter()
            .any(|known| known.eq_ignore_ascii_case(essence))
    });
    if !known || headers.contains_key(header::CONTENT_ENCODING) {
        return Err(Kind::MediaType);
    }
    Ok(())
}

/// The key, with or without the quotes of a structured field (RFC 9651 3.3.3).
pub(crate) fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Kind> {
    let mut values = headers.get_all("idempotency-key").iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let text = value.to_str().map_err(|_| Kind::Malformed)?;
    let quoted = text
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    let key = quoted.unwrap_or(text);
    let visible = key
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\');
    if values.next().is_some() || key.is_empty() || key.len() > KEY_BYTES_MAX || !visible {
        return Err(Kind::Malformed);
    }
    Ok(Some(key.to_owned()))
}

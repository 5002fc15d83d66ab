//! What can be read without the writer: public entries and the checkpoint, from the public log.
//!
//! Invariant: nothing sealed is opened here; an entry never changes, so its answer may be kept for
//! ever (RFC 9111, RFC 8246).

use crate::Desk;
use crate::problem::{Kind, Problem, ProblemBody};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::leaf::Leaf;
use sha2::{Digest as _, Sha256};
use std::sync::Arc;

/// For what never changes.
pub(crate) const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// For what changes: it may be kept, and is asked about before each use.
pub(crate) const ASK_AGAIN: &str = "no-cache";
/// The media type of what C2SP words.
const TEXT: &str = "text/plain; charset=utf-8";

/// Reads the public log away from the threads that answer.
async fn read<T: Send + 'static>(
    desk: &Arc<Desk>,
    ask: impl FnOnce(&Desk) -> Result<T, String> + Send + 'static,
) -> Result<T, Problem> {
    let other = Arc::clone(desk);
    let answer = tokio::task::spawn_blocking(move || ask(&other)).await;
    match answer {
        Ok(Ok(found)) => Ok(found),
        Ok(Err(why)) => {
            desk.event("public-log", &why);
            Err(Kind::Internal.into())
        }
        Err(_panicked) => Err(Kind::Internal.into()),
    }
}

/// The public leaf of an entry.
pub(crate) async fn leaf(desk: &Arc<Desk>, entry: u64) -> Result<Option<Leaf>, Problem> {
    read(desk, move |desk| desk.setup.published.leaf(entry)).await
}

/// The public part of an entry, in the form of `entries/<n>.json` of the published site.
#[utoipa::path(
    get,
    path = "/api/v1/entries/{entry}",
    params(("entry" = u64, Path, description = "its number, from 0")),
    responses(
        (status = 200, description = "the public leaf; it never changes", body = Object),
        (status = 304, description = "as If-None-Match says"),
        (status = 400, description = "malformed-request", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 404, description = "entry-unknown", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 500, description = "internal", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn entry(
    State(desk): State<Arc<Desk>>,
    Path(entry): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let number = number(&entry)?;
    let leaf = leaf(&desk, number).await?.ok_or(Kind::EntryUnknown)?;
    let body = serde_json::to_vec(&leaf).map_err(|_| Kind::Internal)?;
    Ok(kept(&headers, body, "application/json", FOR_EVER))
}

/// The number of an entry, in its one spelling.
fn number(text: &str) -> Result<u64, Kind> {
    let number = text.parse::<u64>().map_err(|_| Kind::Malformed)?;
    match number.to_string() == text {
        true => Ok(number),
        false => Err(Kind::Malformed),
    }
}

/// The proof that an entry is in the log, under the newest checkpoint, with the leaf in its `extra`.
#[utoipa::path(
    get,
    path = "/api/v1/entries/{entry}/proof",
    params(("entry" = u64, Path, description = "its number, from 0")),
    responses(
        (status = 200, description = "C2SP tlog-proof", body = String, content_type = "text/plain"),
        (status = 304, description = "as If-None-Match says"),
        (status = 400, description = "malformed-request", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 404, description = "entry-unknown", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 500, description = "internal", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn proof(
    State(desk): State<Arc<Desk>>,
    Path(entry): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let number = number(&entry)?;
    let proof = read(&desk, move |desk| desk.setup.published.proof(number)).await?;
    let proof = proof.ok_or(Kind::EntryUnknown)?.into_bytes();
    Ok(kept(&headers, proof, TEXT, ASK_AGAIN))
}

/// The newest checkpoint of the log, signed.
#[utoipa::path(
    get,
    path = "/api/v1/checkpoint",
    responses(
        (status = 200, description = "C2SP checkpoint", body = String, content_type = "text/plain"),
        (status = 304, description = "as If-None-Match says"),
        (status = 404, description = "not-found: nothing was published yet", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 500, description = "internal", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn checkpoint(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let text = read(&desk, |desk| desk.setup.published.checkpoint()).await?;
    let text = text.ok_or(Kind::NotFound)?;
    Ok(kept(&headers, text.into_bytes(), TEXT, ASK_AGAIN))
}

/// An answer with its validator, or only the validator when the reader has the same already.
pub(crate) fn kept(headers: &HeaderMap, body: Vec<u8>, media_type: &str, life: &str) -> Response {
    let digest = Sha256::digest(&body);
    let words: Vec<String> = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let tag = format!("\"{}\"", words.concat());
    let fixed = [(header::ETAG, tag.as_str()), (header::CACHE_CONTROL, life)];
    if has(headers, &tag) {
        return (StatusCode::NOT_MODIFIED, fixed).into_response();
    }
    (fixed, [(header::CONTENT_TYPE, media_type)], body).into_response()
}

/// Whether `If-None-Match` names this validator (RFC 9110 13.1.2, weak comparison).
pub(crate) fn has(headers: &HeaderMap, tag: &str) -> bool {
    let values = headers.get_all(header::IF_NONE_MATCH).iter();
    let mut tags = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(','))
        .map(str::trim);
    tags.any(|named| named == "*" || named.strip_prefix("W/").unwrap_or(named) == tag)
}

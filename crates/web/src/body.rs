//! Bodies: read within bounds, in time, and as they were signed; and written.
//!
//! Invariant: where a request signature covers a digest, nobody sees other bytes than those.

use crate::SUBMISSION_BYTES_MAX;
use crate::access::Granted;
use crate::caller::Caller;
use crate::envelope::ANSWER_HEADERS;
use crate::problem::{Kind, Problem};
use crate::signature::BodyDigest;
use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, Request, header};
use axum::response::Response;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use std::time::Duration;
use tokio::time::timeout;

/// How long a body may take, and each [`SUBMISSION_BYTES_MAX`] of a longer one.
const BODY_TIME_MAX: Duration = Duration::from_secs(30);
/// How long a body may take that nobody wants.
const DISCARD_TIME_MAX: Duration = Duration::from_secs(1);
/// The longest body of JSON from anybody, in bytes.
pub(crate) const JSON_BYTES_MAX: usize = 64 * 1_024;
/// The longest from an officer: as many people as an act as text may be about (`app::acts`), and room.
const OFFICER_JSON_BYTES_MAX: usize = 512 * 1_024;

/// Room for an answer: a red code with every reason is about so long.
const ANSWER_BYTES: usize = 6 * 1_024;

/// How long a body says that it is.
pub(crate) fn length(request: &Request<Body>) -> Option<u64> {
    let told = request.headers().get(header::CONTENT_LENGTH)?;
    told.to_str().ok()?.parse().ok()
}

/// Reads a body of at most `limit` bytes.
pub(crate) async fn read(request: Request<Body>, limit: usize) -> Result<Bytes, Kind> {
    if length(&request).is_some_and(|length| length > limit as u64) {
        discard(request.into_body()).await;
        return Err(Kind::TooLarge);
    }
    let times = u32::try_from(limit.div_ceil(SUBMISSION_BYTES_MAX)).unwrap_or(1);
    let time_max = BODY_TIME_MAX.saturating_mul(times);
    let signed = request.extensions().get::<BodyDigest>().copied();
    let body = Limited::new(request.into_body(), limit);
    let bytes = match timeout(time_max, body.collect()).await {
        Ok(Ok(whole)) => whole.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => return Err(Kind::TooLarge),
        Ok(Err(_broken)) => return Err(Kind::Malformed),
        Err(_elapsed) => return Err(Kind::Slow),
    };
    let same = |BodyDigest(digest)| digest == <[u8; 32]>::from(Sha256::digest(&bytes));
    match signed.is_none_or(same) {
        true => Ok(bytes),
        false => Err(Kind::SignatureInvalid),
    }
}

/// An answer of JSON.
pub(crate) fn told(value: &impl Serialize) -> Result<Response, Problem> {
    let mut response = Response::new(Body::from(written(value)?));
    let headers = response.headers_mut();
    // Room for the envelope's too, at once.
    headers.reserve(ANSWER_HEADERS);
    let media_type = HeaderValue::from_static("application/json");
    headers.insert(header::CONTENT_TYPE, media_type);
    Ok(response)
}

/// Writes into room for most answers at once. What must be escaped is looked for sixteen bytes at a time
/// and more; byte by byte that is a fifteenth of what a red code costs.
fn written(value: &impl Serialize) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::with_capacity(ANSWER_BYTES);
    sonic_rs::to_writer(&mut bytes, value).map_err(|_| Kind::Internal)?;
    Ok(bytes)
}

/// Lets a body that nobody wants run out, and gives up soon: whoever is still sending when the
/// connection closes never sees the answer.
pub(crate) async fn discard(mut body: Body) {
    let all = async { while let Some(Ok(_)) = body.frame().await {} };
    let _ = timeout(DISCARD_TIME_MAX, all).await;
}

/// Reads a body of JSON; unknown fields are refused by the types that it is read as.
pub(crate) async fn json<T: DeserializeOwned>(request: Request<Body>) -> Result<T, Problem> {
    let sent = request.headers().get(header::CONTENT_TYPE);
    let sent = sent
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let essence = sent.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        return Err(Kind::JsonExpected.into());
    }
    let granted = request.extensions().get::<Granted>();
    let limit = match granted.map(|granted| &granted.caller) {
        Some(Caller::Officer(_)) => OFFICER_JSON_BYTES_MAX,
        Some(Caller::Nobody | Caller::Person(_) | Caller::Organisation(_)) | None => JSON_BYTES_MAX,
    };
    let bytes = read(request, limit).await?;
    serde_json::from_slice(&bytes).map_err(|_| Kind::Malformed.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn is_written_the_same(value: &Value) {
        let answer = String::from_utf8(written(value).unwrap());
        assert_eq!(answer.unwrap(), serde_json::to_string(value).unwrap());
    }

    #[test]
    fn an_answer_is_written_as_the_common_writer_does_whatever_stands_where() {
        // Past the widest register, with every character that may need an escape at every place.
        let asked = (0..=0x9f_u8)
            .map(char::from)
            .chain(['码', '\u{2028}', '🟥']);
        for character in asked {
            for before in 0..=70 {
                for filling in ["x", "码"] {
                    let text = filling.repeat(before) + &String::from(character) + filling;
                    is_written_the_same(&json!({ &text: [&text, before] }));
                }
            }
        }
        is_written_the_same(&json!([
            null,
            true,
            -1,
            u64::MAX,
            i64::MIN,
            {},
            [],
            "",
            [""]
        ]));
    }
}

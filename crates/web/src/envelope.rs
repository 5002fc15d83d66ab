//! What every answer has around it: a request id, the security headers, the problem in the reader's
//! language, a line in the log and a place in the counters.
//!
//! Invariant: what is logged is the route's template, never the address asked for, its query, a
//! header, a body or who asked. Refuses: more requests at once than the limit.

use crate::Desk;
use crate::pages::frame::{self, Worded};
use crate::pages::reader::{Reader, navigates};
use crate::problem::{Kind, Language, MEDIA_TYPE, Problem};
use axum::body::Body;
use axum::extract::{MatchedPath, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use std::sync::Arc;
use std::time::Instant;

/// The route of what is no route: the published site, or nothing.
const ELSEWHERE: &str = "elsewhere";

/// For a year, once seen with TLS (RFC 6797); on a page in clear it says nothing.
const HTTPS_ALONE: &str = "max-age=31536000";

/// For every answer that does not bring its own.
const HEADERS: [(HeaderName, &str); 5] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "cross-origin",
    ),
    (header::CACHE_CONTROL, "no-store"),
];

impl Desk {
    /// Logs something that the operator should look at.
    pub(crate) fn event(&self, what: &str, why: &str) {
        let at = self.setup.clock.now().to_string();
        let line = json!({ "at": at, "event": what, "why": why });
        (self.setup.log)(&line.to_string());
    }
}

/// Whether a route tells the operator how the server is: then it is answered whatever the load.
pub(crate) fn is_watched(route: &str) -> bool {
    route.starts_with("/health/") || route == "/metrics"
}

/// Puts the envelope around a request and its answer.
pub(crate) async fn wrap(
    State(desk): State<Arc<Desk>>,
    request: Request<Body>,
    next: Next,
) -> Response {
    let begun = Instant::now();
    let id = request_id();
    let language = Language::accepted(request.headers());
    let method = word(request.method());
    let reader = page_reader(&desk, &request);
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or(ELSEWHERE, MatchedPath::as_str).to_owned();
    let permit = desk.requests.try_acquire();
    let response = match permit.is_ok() || is_watched(&route) {
        true => next.run(request).await,
        false => Problem::from(Kind::Busy).into_response(),
    };
    drop(permit);
    let mut response = told(response, language, reader.as_ref(), &id);
    fill(response.headers_mut(), &id);
    if desk.setup.origin.starts_with("https://") {
        let value = HeaderValue::from_static(HTTPS_ALONE);
        let headers = response.headers_mut();
        headers.insert(header::STRICT_TRANSPORT_SECURITY, value);
    }
    let seconds = begun.elapsed().as_secs_f64();
    let status = response.status().as_u16();
    desk.metrics.answered(&route, method, status, seconds);
    if !desk.setup.log_requests {
        return response;
    }
    // Every word here is one of ours, so none needs escaping.
    let (at, ms) = (desk.setup.clock.now(), begun.elapsed().as_millis());
    (desk.setup.log)(&format!(
        "{{\"at\":\"{at}\",\"request\":\"{id}\",\"method\":\"{method}\",\"route\":\"{route}\",\
         \"status\":{status},\"ms\":{ms}}}"
    ));
    response
}

/// Who reads, where a browser asks for a page; whoever asks the interface gets its answers.
fn page_reader(desk: &Desk, request: &Request<Body>) -> Option<Reader> {
    let path = request.uri().path();
    let is_page = navigates(request.headers()) && !path.starts_with("/api/");
    is_page.then(|| Reader::of(desk, request.headers(), path))
}

/// Writes the problem of a failed answer; what the router turned away by itself becomes one too.
fn told(response: Response, language: Language, reader: Option<&Reader>, id: &str) -> Response {
    let status = response.status();
    let is_good = !status.is_client_error() && !status.is_server_error();
    if is_good || response.extensions().get::<Worded>().is_some() {
        return response;
    }
    let (mut parts, _) = response.into_parts();
    let problem = parts.extensions.remove::<Problem>();
    let problem = problem.unwrap_or_else(|| Kind::for_status(status).into());
    if let Some(reader) = reader {
        return frame::problem(reader, &problem, id);
    }
    parts.status = problem.kind().status();
    let body = serde_json::to_vec(&problem.body(language, id)).unwrap_or_default();
    for (name, value) in [
        (header::CONTENT_TYPE, MEDIA_TYPE),
        (header::CONTENT_LANGUAGE, language.tag()),
        (header::VARY, "accept-language"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        parts.headers.insert(name, HeaderValue::from_static(value));
    }
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(body))
}

fn fill(headers: &mut HeaderMap, id: &str) {
    for (name, value) in HEADERS {
        let value = HeaderValue::from_static(value);
        headers.entry(name).or_insert(value);
    }
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert("x-request-id", id);
    }
}

/// A method as a word of a closed set.
fn word(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// A fresh id, a random UUID (RFC 9562 5.4). One from outside is never taken: it could say who asks.
fn request_id() -> String {
    let mut bytes = [0_u8; 16];
    // Without randomness the id is no use, and the answer still is.
    let _ = getrandom::fill(&mut bytes);
    let mut number = u128::from_be_bytes(bytes);
    number = number & !(0xf << 76) | 4 << 76;
    number = number & !(0b11 << 62) | 0b10 << 62;
    let part = |shift: u32, bits: u32| (number >> shift) & ((1 << bits) - 1);
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        part(96, 32),
        part(80, 16),
        part(64, 16),
        part(48, 16),
        part(0, 48)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_id_is_a_random_uuid() {
        let (one, two) = (request_id(), request_id());
        assert_ne!(one, two);
        assert_eq!(one.len(), 36);
        assert_eq!(&one[14..15], "4");
        assert!("89ab".contains(&one[19..20]), "{one}");
    }
}

//! What every answer has around it: a request id, the security headers, the problem in the reader's
//! language, a line in the log and a place in the counters.
//!
//! Invariant: what is logged is the route's template, never the address asked for, its query, a
//! header, a body or who asked. Refuses: more requests at once than the limit.

use crate::pages::frame::{self, Worded};
use crate::pages::reader::{Reader, navigates};
use crate::problem::{Kind, Language, MEDIA_TYPE, Problem};
use crate::{Desk, access};
use axum::body::Body;
use axum::extract::MatchedPath;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, header};
use axum::response::{IntoResponse, Response};
use axum::routing::Route;
use domain::ids::to_hex;
use serde_json::json;
use std::convert::Infallible;
use std::fmt::Write as _;
use std::hash::{BuildHasher as _, RandomState};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tower::{Layer, Service, ServiceExt as _};

/// The route of what is no route: the published site, or nothing.
const ELSEWHERE: &str = "elsewhere";

/// Room for the line of a request.
const LINE_BYTES: usize = 256;
/// Room for the headers of an answer: those below, and a route's own.
pub(crate) const ANSWER_HEADERS: usize = 12;

/// For a year, once seen with TLS (RFC 6797); on a page in clear it says nothing.
const HTTPS_ALONE: &str = "max-age=31536000";

/// For every answer that does not bring its own.
static HEADERS: [(HeaderName, HeaderValue); 5] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ),
    ),
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
    (
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("cross-origin"),
    ),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
];
static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

impl Desk {
    /// Logs something that the operator should look at.
    pub(crate) fn event(&self, what: &str, why: &str) {
        let at = self.setup.clock.now().to_string();
        let line = json!({ "at": at, "event": what, "why": why });
        (self.setup.log)(&line.to_string());
    }

    /// Logs that a request was answered.
    fn request(&self, id: &str, method: &str, route: &str, status: u16, took: Duration) {
        // Every word here is one of ours, so none needs escaping.
        let (at, ms) = (self.setup.clock.now(), took.as_millis());
        let mut line = String::with_capacity(LINE_BYTES);
        // Writing into a text never fails.
        let _ = write!(
            line,
            "{{\"at\":\"{at}\",\"request\":\"{id}\",\"method\":\"{method}\",\"route\":\"{route}\",\
             \"status\":{status},\"ms\":{ms}}}"
        );
        (self.setup.log)(&line);
    }
}

/// Whether a route tells the operator how the server is: then it is answered whatever the load.
pub(crate) fn is_watched(route: &str) -> bool {
    route.starts_with("/health/") || route == "/metrics"
}

/// The envelope around every route. Written out, because the same as an async function costs four boxes
/// more for every request (`axum::middleware::from_fn`).
#[derive(Clone)]
pub(crate) struct Envelope(pub(crate) Arc<Desk>);

impl Layer<Route> for Envelope {
    type Service = Enveloped;

    fn layer(&self, route: Route) -> Enveloped {
        Enveloped {
            desk: Arc::clone(&self.0),
            route: Arc::new(route),
        }
    }
}

/// A route in its envelope.
#[derive(Clone)]
pub(crate) struct Enveloped {
    desk: Arc<Desk>,
    route: Arc<Route>,
}

impl Service<Request<Body>> for Enveloped {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let (desk, route) = (Arc::clone(&self.desk), Route::clone(&self.route));
        Box::pin(async move { Ok(wrap(&desk, request, route).await) })
    }
}

/// Puts the envelope around a request and its answer.
async fn wrap(desk: &Desk, request: Request<Body>, to: Route) -> Response {
    let begun = Instant::now();
    let id = desk.ids.next();
    let language = Language::accepted(request.headers());
    let method = word(request.method());
    let reader = page_reader(desk, &request);
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or(ELSEWHERE, MatchedPath::as_str).to_owned();
    let permit = desk.requests.try_acquire();
    let response = match permit.is_ok() || is_watched(&route) {
        true => match access::check(desk, request).await {
            Ok(request) => to.oneshot(request).await.into_response(),
            Err(problem) => problem.into_response(),
        },
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
    let took = begun.elapsed();
    let status = response.status().as_u16();
    if desk.setup.log_requests {
        desk.request(&id, method, &route, status, took);
    }
    desk.metrics
        .answered(route, method, status, took.as_secs_f64());
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
    headers.reserve(HEADERS.len().saturating_add(2));
    for (name, value) in &HEADERS {
        headers.entry(name).or_insert_with(|| value.clone());
    }
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(&REQUEST_ID, id);
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

/// Makes the ids of requests, without asking the operating system each time.
#[derive(Default)]
pub(crate) struct Ids {
    keys: [RandomState; 2],
    next: AtomicU64,
}

impl Ids {
    /// A fresh id, a UUID of pseudo-random bits (RFC 9562 5.4). One from outside is never taken: it could
    /// say who asks.
    fn next(&self) -> String {
        let count = self.next.fetch_add(1, Ordering::Relaxed);
        let [high, low] = self
            .keys
            .each_ref()
            .map(|key| u128::from(key.hash_one(count)));
        let bits = high << 64 | low;
        let bits = bits & !(0xf << 76) | 4 << 76;
        let bits = bits & !(0b11 << 62) | 0b10 << 62;
        let digits = to_hex(&bits.to_be_bytes());
        let groups = [0..8, 8..12, 12..16, 16..20, 20..32];
        let groups = groups.map(|group| digits.get(group).unwrap_or_default());
        groups.join("-")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_id_is_a_uuid_another_each_time_and_in_each_server() {
        let ids = Ids::default();
        let (one, two) = (ids.next(), ids.next());
        assert_ne!(one, two);
        assert_eq!(one.len(), 36);
        assert_eq!(&one[14..15], "4");
        assert!("89ab".contains(&one[19..20]), "{one}");
        assert_eq!(one.matches('-').count(), 4);
        assert_ne!(Ids::default().next(), one);
    }
}

//! Whether the server lives, whether it takes work, and its numbers.
//!
//! Invariant: not ready while the writer is down or the server is stopping; alive all the same.

use crate::Desk;
use crate::problem::{Kind, Problem};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

const TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

fn status(code: StatusCode, word: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (code, headers, word).into_response()
}

/// `GET /health/live`.
pub(crate) async fn live() -> Response {
    status(StatusCode::OK, "live\n")
}

/// `GET /health/ready`.
pub(crate) async fn ready(State(desk): State<Arc<Desk>>) -> Response {
    match desk.is_ready() {
        true => status(StatusCode::OK, "ready\n"),
        false => Problem::from(Kind::NotReady).into_response(),
    }
}

/// `GET /metrics`.
pub(crate) async fn metrics(State(desk): State<Arc<Desk>>) -> Result<Response, Problem> {
    let other = Arc::clone(&desk);
    // Some are read from disk.
    let readings = tokio::task::spawn_blocking(move || (other.setup.readings)()).await;
    let readings = readings.map_err(|_| Kind::Internal)?;
    let text = desk.metrics.text(desk.is_ready(), &readings);
    let text = text.map_err(|_| Kind::Internal)?;
    let headers = [
        (header::CONTENT_TYPE, TYPE),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, text).into_response())
}

//! Every route, in one place.
//!
//! Invariant: what is no route is a file of the published site or the problem `not-found`; every
//! answer goes through the envelope.

use crate::{Desk, envelope, health, openapi, page, reads, site, submissions};
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use std::sync::Arc;

/// The routes over a desk.
pub fn router(desk: Arc<Desk>) -> Router {
    Router::new()
        .route("/api/v1", get(page::reference))
        .route("/api/v1/openapi.json", get(openapi::document))
        .route("/api/v1/submissions", post(submissions::submit))
        .route("/api/v1/entries/{entry}", get(reads::entry))
        .route("/api/v1/checkpoint", get(reads::checkpoint))
        .route("/problems", get(page::problems))
        .route("/problems/{slug}", get(page::problem))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .route("/metrics", get(health::metrics))
        .fallback(site::answer)
        .layer(from_fn_with_state(Arc::clone(&desk), envelope::wrap))
        .with_state(desk)
}

//! Every route, in one place.
//!
//! Invariant: what is no route is a file of the published site or the problem `not-found`; every
//! answer goes through the envelope.

use crate::envelope::Envelope;
use crate::signin::{activation, bindings, callback, identity, passkeys};
use crate::{
    Desk, acts, anomalies, answerers, cases, counter, counts, credentials, days, drafts, health,
    judgement, live, movements, offices, openapi, packs, page, pages, papers, people, proxies,
    reads, registry, signin, site, submissions, troupe,
};
use axum::Router;
use axum::routing::{delete, get, post};
use std::sync::Arc;

/// The routes over a desk.
pub fn router(desk: Arc<Desk>) -> Router {
    let mut routes = Router::new();
    if desk.setup.troupe.is_some() {
        routes = demonstration();
    }
    routes
        .merge(public())
        .merge(signing_in())
        .merge(people())
        .merge(offices())
        .merge(pages::routes())
        .fallback(site::answer)
        .layer(Envelope(Arc::clone(&desk)))
        .with_state(desk)
}

pub(crate) type Routes = Router<Arc<Desk>>;

fn demonstration() -> Routes {
    Router::new()
        .route("/demo/v1/personas", get(troupe::personas))
        .route("/demo/v1/personas/{name}/session", post(troupe::session))
        .route("/demo/v1/personas/{name}/acts", post(troupe::act))
}

fn public() -> Routes {
    Router::new()
        .route("/api/v1", get(page::reference))
        .route("/api/v1/openapi.json", get(openapi::document))
        .route("/api/v1/entries/{entry}", get(reads::entry))
        .route("/api/v1/entries/{entry}/proof", get(reads::proof))
        .route("/api/v1/checkpoint", get(reads::checkpoint))
        .route("/api/v1/rules", get(registry::rules))
        .route("/api/v1/packs", get(packs::list))
        .route("/api/v1/packs/{digest}", get(packs::archive))
        .route("/api/v1/statements", get(registry::statements))
        .route("/api/v1/counts", get(counts::counts))
        .route("/live", get(live::live))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .route("/metrics", get(health::metrics))
}

fn signing_in() -> Routes {
    Router::new()
        .route("/api/v1/signin/challenge", post(passkeys::challenge))
        .route("/api/v1/signin/passkeys", post(passkeys::register))
        .route("/api/v1/signin", post(passkeys::sign_in))
        .route("/api/v1/signin/activation", post(activation::sign_in))
        .route("/api/v1/signin/identity", get(identity::list))
        .route(
            "/api/v1/signin/identity/{name}/start",
            post(identity::start),
        )
        .route(
            "/api/v1/signin/identity/{name}/callback",
            get(callback::callback),
        )
        .route("/api/v1/bindings", get(bindings::list))
        .route(
            "/api/v1/bindings/{officer}/{name}",
            delete(bindings::remove),
        )
        .route("/api/v1/session", delete(signin::sign_out))
        .route("/api/v1/sessions", delete(signin::sign_out_everywhere))
        .route("/api/v1/invitations", post(passkeys::invite))
        .route("/api/v1/activations", post(activation::make))
}

fn people() -> Routes {
    Router::new()
        .route("/api/v1/me/code", get(people::my_code))
        .route("/api/v1/me/record", get(people::my_record))
        .route("/api/v1/me/export", get(people::my_export))
        .route("/api/v1/me/credentials", post(credentials::mine))
        .route("/api/v1/me/papers", post(papers::mine))
        .route("/api/v1/me/appeals", post(counter::object))
        .route("/api/v1/people/find", post(people::find))
        .route("/api/v1/people/{person}/code", get(people::code_of))
        .route("/api/v1/people/{person}/record", get(people::record_of))
        .route("/api/v1/me/cases", post(cases::open))
        .route("/api/v1/me/movements", post(movements::request))
        .route("/api/v1/me/people", get(proxies::my_people))
        .route("/api/v1/me/people/{person}/code", get(proxies::bound_code))
        .route(
            "/api/v1/me/people/{person}/record",
            get(proxies::bound_record),
        )
        .route("/api/v1/me/proxies", post(proxies::bind))
        .route("/api/v1/me/proxies/{person}", delete(proxies::end))
}

fn offices() -> Routes {
    Router::new()
        .route("/api/v1/submissions", post(submissions::submit))
        .route("/api/v1/caller", get(registry::caller))
        .route("/api/v1/acts/draft", post(acts::draft))
        .route("/api/v1/acts", post(acts::submit))
        .route("/api/v1/orders", get(offices::orders))
        .route("/api/v1/control-list", get(judgement::control_list))
        .route("/api/v1/orders/preview", post(judgement::preview))
        .route("/api/v1/orders/{order}", get(offices::order))
        .route("/api/v1/appeals", get(offices::appeals))
        .route("/api/v1/appeals/{appeal}", get(offices::appeal))
        .route("/api/v1/reports", get(offices::reports))
        .route("/api/v1/reports/{report}", get(offices::report))
        .route("/api/v1/drafts", post(drafts::draft))
        .route("/api/v1/drafts/{draft}/parts/{part}", get(drafts::part))
        .route("/api/v1/days", get(days::days))
        .route("/api/v1/refusals", get(offices::refusals))
        .route("/api/v1/organisations", get(registry::organisations))
        .route("/api/v1/officers", get(registry::officers))
        .route("/api/v1/cases", get(cases::cases))
        .route("/api/v1/cases/{case}", get(cases::case))
        .route("/api/v1/answerers", get(answerers::answerers))
        .route("/api/v1/anomalies", get(anomalies::anomalies))
        .route("/api/v1/movements", get(movements::movements))
}

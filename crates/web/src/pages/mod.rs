//! What people see: pages rendered here, whole, that work without script wherever they can.
//!
//! Owns the frame, the words and one file for each part of the office. Invariant: a page shows what
//! the routes of the interface show to the same reader, in order: what, why, by whom, until when,
//! how to object. Refuses: names of people, in pages, titles and addresses.

mod assets;
mod days;
mod desk;
pub(crate) mod frame;
mod front;
mod gate;
mod log;
mod me;
mod play;
pub(crate) mod reader;
mod report;
mod reports;
mod signin;
mod text;
mod upload;

use crate::clerk::FILE_BYTES_MAX;
use crate::router::Routes;
use axum::Router;
use axum::routing::{get, post};

/// The routes of the pages.
pub(crate) fn routes() -> Routes {
    Router::new()
        .route("/", get(front::front))
        .route("/how", get(front::how))
        .route("/assets/{*name}", get(assets::asset))
        .route("/sw.js", get(assets::worker))
        .route("/gate", get(gate::gate))
        .route("/code", get(gate::code))
        .route("/reading", post(signin::reading))
        .route("/signin", get(signin::page).post(signin::activate))
        .route("/signin/invitation", get(signin::invitation))
        .route("/signin/arrived/{kind}", get(signin::arrived))
        .route("/signin/provider/{name}", get(signin::provider))
        .route("/signout", post(signin::sign_out))
        .route("/play/{name}", post(play::play))
        .route("/my", get(me::code))
        .route("/my/record", get(me::record))
        .route("/my/appeals", post(me::object))
        .route("/log", get(log::newest))
        .route("/log/{entry}", get(log::entry))
        .route("/desk/orders", get(desk::orders))
        .route("/desk/order", get(desk::compose).post(desk::propose))
        .route("/desk/orders/{order}", get(desk::order).post(desk::decide))
        .route("/desk/reports", get(reports::reports))
        .route("/desk/reports/{report}", get(reports::report))
        .route(
            "/desk/report",
            get(report::compose)
                .post(report::check)
                .layer(upload::limit(FILE_BYTES_MAX)),
        )
        .route(
            "/desk/report/{report}",
            get(report::draft).post(report::push),
        )
        .route("/desk/template", get(report::template))
        .route("/desk/days", get(days::days).post(days::act))
        .route("/desk/appeals", get(desk::appeals))
        .route("/desk/appeals/{appeal}", post(desk::answer))
}

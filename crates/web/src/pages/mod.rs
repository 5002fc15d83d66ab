//! What people see: pages rendered here, whole, that work without script wherever they can.
//!
//! Owns the frame, the words and one file for each part of the office. Invariant: a page shows what
//! the routes of the interface show to the same reader, in order: what, why, by whom, until when,
//! how to object. Refuses: names of people, in pages, titles and addresses.

mod answer;
mod assets;
mod cases;
mod desk;
pub(crate) mod frame;
mod front;
mod gate;
mod hotline;
mod log;
mod me;
mod office;
mod oversight;
mod play;
pub(crate) mod reader;
mod review;
mod signin;
mod text;

use crate::router::Routes;
use axum::Router;
use axum::routing::{get, post};
pub(crate) use hotline::Calls;

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
        .route("/desk/hotline", get(hotline::search).post(hotline::look))
        .route(
            "/desk/hotline/{call}",
            get(hotline::call).post(hotline::act),
        )
        .route("/desk/hotline/{call}/activation", post(hotline::activate))
        .route("/desk/office", get(office::officers).post(office::act))
        .route("/desk/office/bodies", get(office::bodies))
        .route("/desk/oversight", get(oversight::board))
        .route("/desk/cases", get(cases::list))
        .route("/desk/cases/{case}", get(cases::case).post(cases::act))
        .route("/desk/appeals", get(desk::appeals))
        .route(
            "/desk/appeals/{appeal}",
            get(review::appeal).post(desk::answer),
        )
        .route("/desk/appeals/{appeal}/look", post(review::look))
}

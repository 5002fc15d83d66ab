//! What people see: pages rendered here, whole, that work without script wherever they can.
//!
//! Owns the frame, the words and one file for each part of the office. Invariant: a page shows what
//! the routes of the interface show to the same reader, in order: what, why, by whom, until when,
//! how to object. Refuses: names of people, in pages, titles and addresses; but for the masked one on
//! the sheet of paper that its owner prints.

mod again;
mod answer;
mod assets;
mod cases;
mod changes;
mod clock;
mod compose;
mod counties;
mod counts;
mod data;
mod days;
mod desk;
mod downloads;
mod family;
pub(crate) mod frame;
mod front;
mod gate;
mod history;
mod hotline;
mod judgement;
mod law;
mod log;
mod me;
mod my;
mod objection;
mod office;
mod out;
mod oversight;
mod parts;
mod play;
mod problems;
mod proof;
mod public;
mod push;
mod question;
pub(crate) mod reader;
mod refusals;
mod report;
mod reports;
mod review;
mod rules;
mod sheet;
mod signin;
mod text;
mod upload;

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
        .merge(my())
        .route("/counts", get(counts::counts))
        .route("/orders", get(public::decided))
        .route("/refused", get(public::refusals))
        .route("/data", get(downloads::data))
        .route("/problems", get(problems::problems))
        .route("/problems/{slug}", get(problems::problem))
        .route("/rules", get(rules::in_force))
        .route("/rules/{pack}", get(rules::pack))
        .route("/rules/{pack}/changes", get(rules::changed))
        .route("/log", get(log::newest))
        .route("/log/{entry}", get(log::entry))
        .route("/desk/orders", get(desk::orders))
        .route("/desk/order", get(compose::compose).post(compose::propose))
        .route("/desk/refusals", get(refusals::refusals))
        .route("/desk/judgement", get(judgement::queue))
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
        .route("/desk/reports", get(reports::reports))
        .route("/desk/reports/{report}", get(reports::report))
        .route(
            "/desk/report",
            get(report::compose)
                .post(report::check)
                .layer(upload::limit()),
        )
        .route("/desk/report/{report}", get(push::draft).post(push::push))
        .route("/desk/template", get(report::template))
        .route("/desk/days", get(days::days).post(days::act))
        .route("/desk/appeals", get(desk::appeals))
        .route(
            "/desk/appeals/{appeal}",
            get(review::appeal).post(desk::answer),
        )
        .route("/desk/appeals/{appeal}/look", post(review::look))
}

/// A person's own pages.
fn my() -> Routes {
    Router::new()
        .route("/my", get(my::code))
        .route("/my/record", get(me::record))
        .route("/my/appeals", get(objection::list).post(objection::file))
        .route("/my/history", get(history::history))
        .route("/my/family", get(family::page).post(family::change))
        .route("/my/family/{place}", get(family::person))
        .route("/my/paper", get(sheet::page).post(sheet::sheet))
        .route("/my/out", get(out::page).post(out::request))
        .route("/my/questions", get(question::page).post(question::ask))
        .route("/my/data", get(data::page))
        .route("/my/data/file", get(data::file))
}

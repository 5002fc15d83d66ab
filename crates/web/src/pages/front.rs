//! The front page: how many people have a colour, what was decided, what was refused; and how it works.
//!
//! Invariant: made of public leaves and counts alone, of a bounded number of rows; nobody is named.

use super::frame::{Life, Page};
use super::log::{self, Line};
use super::reader::Reader;
use super::text::Text;
use super::{play, public};
use crate::Desk;
use crate::counts::{self, Counts};
use crate::lists::aside;
use crate::problem::Problem;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::view::BoardTotals;
use maud::{Markup, html};
use std::sync::Arc;

/// How many refused attempts and orders the front page shows.
const LINES: usize = 8;

/// What the front page tells.
struct Told {
    counts: Counts,
    refused: Vec<Line>,
    orders: Vec<Line>,
}

fn told(desk: &Desk) -> Result<Told, Problem> {
    Ok(Told {
        counts: counts::of(desk, None)?,
        refused: public::refused(desk, u64::MAX, LINES)?,
        orders: public::approved(desk, LINES)?,
    })
}

/// `GET /`.
pub(super) async fn front(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
) -> Result<Response, Problem> {
    let told = aside(&desk, told).await?;
    let text = reader.text;
    let body = html! {
        section.hero {
            h1 { (text.say("front-title")) }
            p.lead { (text.say("front-lead")) }
        }
        (play::panel(&desk, &reader))
        (figures(&reader, told.counts.board))
        section {
            @let day = told.counts.days.first().map(|day| day.day.to_string()).unwrap_or_default();
            h2 { (text.fill("counts-title", &[("day", day.into())])) }
            (super::counts::day(text, &told.counts))
            p { a href="/counts" { (text.say("front-counts-all")) } }
        }
        section {
            h2 { (text.say("front-refused")) }
            p { (text.say("front-refused-why")) }
            (log::table(text, "front-refused", &told.refused, "front-refused-none"))
            p { a href="/refused" { (text.say("front-refused-all")) } }
        }
        section {
            h2 { (text.say("front-orders")) }
            (log::table(text, "front-orders", &told.orders, "front-orders-none"))
            p { a href="/orders" { (text.say("front-orders-all")) } }
        }
        section {
            h2 { (text.say("front-check")) }
            p { (text.say("front-check-why")) }
            (everything(text))
        }
    };
    let page = Page {
        title: text.say("front-title"),
        body,
        scripts: &["live.js"],
        life: Life::AskAgain,
    };
    Ok(page.answer(&reader, StatusCode::OK))
}

fn figures(reader: &Reader, board: Option<BoardTotals>) -> Markup {
    let text = reader.text;
    let totals = board.map(|board| board.totals).unwrap_or_default();
    let entries = board.map_or(0, |board| board.entries);
    let figure = |class: &str, count: u64, key: &str| {
        html! { div class=(class) { dt { (text.say(key)) } dd { (count) } } }
    };
    html! {
        section aria-labelledby="figures" {
            h2 #figures { (text.say("front-now")) }
            dl.figures {
                (figure("red", totals.red, "front-red"))
                (figure("yellow", totals.yellow, "front-yellow"))
                (figure("plain", entries, "front-entries"))
            }
            p.note #live role="status" data-entries=(entries) {
                a href="/" hidden { (text.say("front-news")) }
            }
            @if let Some(board) = board.filter(|board| board.entries > 0) {
                p.note { (text.say("front-as-of")) " " (text.at(board.at)) " · "
                    (log::entry_link(text, board.entries.saturating_sub(1))) }
            }
        }
    }
}

/// What is there for everybody.
fn everything(text: Text) -> Markup {
    let ways = [
        ("/rules", "nav-rules"),
        ("/orders", "nav-decided"),
        ("/refused", "nav-refused"),
        ("/counts", "nav-counts"),
        ("/log", "nav-log"),
        ("/data", "nav-data"),
        ("/problems", "how-problems"),
        ("/api/v1", "how-interface"),
    ];
    html! { ul { @for (address, key) in ways { li { a href=(address) { (text.say(key)) } } } } }
}

/// `GET /how`.
pub(super) async fn how(reader: Reader) -> Response {
    let text = reader.text;
    let rules = [
        "how-evidence",
        "how-two",
        "how-reason",
        "how-end",
        "how-log",
        "how-object",
        "how-care",
    ];
    let body = html! {
        h1 { (text.say("nav-how")) }
        p.lead { (text.say("how-lead")) }
        ol.rules { @for rule in rules { li { (text.say(rule)) } } }
        section {
            h2 { (text.say("how-everybody")) }
            (everything(text))
        }
    };
    let page = Page {
        title: text.say("nav-how"),
        body,
        scripts: &[],
        life: Life::AskAgain,
    };
    page.answer(&reader, StatusCode::OK)
}

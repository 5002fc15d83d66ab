//! The counts of a day as tables with bars: by city, by ground, and day by day.
//!
//! Invariant: what `GET /api/v1/counts` tells and nothing else; each number stands beside its bar, so
//! that no colour and no length is the only signal. A withheld count is said to be withheld.

use super::frame::{Life, Page};
use super::reader::Reader;
use super::text::Text;
use crate::Desk;
use crate::counts::{self, Counts, DayTold, Told};
use crate::lists::aside;
use crate::problem::Problem;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::counts::SMALL_CELL;
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

/// A line of a table.
struct Row {
    name: Markup,
    told: Told,
}

impl Row {
    /// Whether there is anything to tell.
    fn says(&self) -> bool {
        let told = [
            self.told.red,
            self.told.yellow,
            self.told.released,
            self.told.held,
        ];
        told.iter().any(|count| *count != Some(0))
    }
}

/// Which day.
#[derive(Deserialize)]
pub(super) struct Asked {
    day: Option<String>,
}

/// The two tables of a day, for the front page and the day's own.
pub(super) fn day(text: Text, counts: &Counts) -> Markup {
    let Some(day) = counts.days.first() else {
        return html! {};
    };
    let places = rows(day, |(place, ground)| match (place, ground) {
        (Some(place), None) => Some(html! { (counts::name(place)) }),
        _ => None,
    });
    let grounds = rows(day, |(place, ground)| match (place, ground) {
        (None, Some(ground)) => Some(html! { (text.pick(ground.zh(), ground.en())) }),
        _ => None,
    });
    html! {
        @if places.is_empty() { p.empty { (text.say("counts-none")) } }
        @else {
            div.beside {
                (table(text, "counts-places", "col-place", &places, Some(day.all())))
                (table(text, "counts-grounds", "col-ground", &grounds, Some(day.all())))
            }
            p.note { (text.fill("counts-withheld-why", &[("least", SMALL_CELL.into())])) }
        }
    }
}

fn rows(day: &DayTold, name: impl Fn(domain::counts::Cell) -> Option<Markup>) -> Vec<Row> {
    let rows = day.cells.iter().filter_map(|(cell, told)| {
        let name = name(*cell)?;
        Some(Row { name, told: *told })
    });
    rows.filter(Row::says).collect()
}

/// A table of counts with a bar for each.
fn table(text: Text, caption: &str, first: &str, rows: &[Row], sum: Option<Told>) -> Markup {
    let all = rows.iter().flat_map(|row| [row.told.red, row.told.yellow]);
    let most = all.flatten().max().unwrap_or(0);
    html! {
        table.chart {
            caption { (text.say(caption)) }
            thead { tr {
                th scope="col" { (text.say(first)) }
                th.number scope="col" { "■ " (text.say("front-red")) }
                th.number scope="col" { "△ " (text.say("front-yellow")) }
                th.number scope="col" { (text.say("counts-released")) }
            } }
            tbody {
                @for row in rows {
                    tr {
                        th scope="row" { (row.name) }
                        td.number { (number(text, row.told.red)) (bar("red", row.told.red, most)) }
                        td.number { (number(text, row.told.yellow)) (bar("yellow", row.told.yellow, most)) }
                        td.number { (number(text, row.told.released)) }
                    }
                }
            }
            @if let Some(sum) = sum {
                tfoot { tr {
                    th scope="row" { (text.say("counts-all")) }
                    td.number { (number(text, sum.red)) }
                    td.number { (number(text, sum.yellow)) }
                    td.number { (number(text, sum.released)) }
                } }
            }
        }
    }
}

fn number(text: Text, count: Option<u64>) -> Markup {
    html! {
        @match count {
            Some(count) => (count),
            None => span.withheld { (text.say("counts-withheld")) },
        }
    }
}

/// A bar as long as its part of the longest; nothing for a count that is not told.
fn bar(class: &str, count: Option<u64>, most: u64) -> Markup {
    let width = count.unwrap_or(0).saturating_mul(100).checked_div(most);
    html! {
        @if let Some(width) = width.filter(|_| count.is_some_and(|count| count > 0)) {
            svg.bar viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" focusable="false" {
                rect class=(class) width=(width.max(1)) height="8" {}
            }
        }
    }
}

/// `GET /counts`.
pub(super) async fn counts(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    asked: Query<Asked>,
) -> Result<Response, Problem> {
    reader.may("GET", "/api/v1/counts")?;
    // A form that was sent with nothing chosen asks for the newest.
    let wanted = asked.day.as_deref().filter(|day| !day.is_empty());
    let wanted = counts::day(wanted)?;
    let told = aside(&desk, move |desk| counts::of(desk, wanted)).await?;
    let text = reader.text;
    let shown = told.days.first().map(|day| day.day.to_string());
    let shown = shown.unwrap_or_default();
    let series: Vec<Row> = told
        .days
        .iter()
        .map(|day| Row {
            name: html! { a href={ "/counts?day=" (day.day) } { time datetime=(day.day) { (day.day) } } },
            told: day.all(),
        })
        .collect();
    let body = html! {
        h1 { (text.say("nav-counts")) }
        p.lead { (text.say("counts-lead")) }
        form.inline method="get" action="/counts" {
            label for="day" { (text.say("counts-day")) }
            input #day name="day" type="date" value=(shown) required;
            button { (text.say("log-show")) }
        }
        section {
            h2 { (text.fill("counts-title", &[("day", shown.as_str().into())])) }
            (day(text, &told))
        }
        section {
            h2 { (text.say("counts-series")) }
            (table(text, "counts-series-why", "counts-day", &series, None))
        }
        @if let Some(board) = told.board {
            p.note { (text.say("front-as-of")) " " (text.at(board.at)) " · " (text.fill("my-entries", &[("count", board.entries.into())])) }
        }
        p { a href={ "/api/v1/counts?day=" (shown) "&format=csv" } download { (text.say("counts-csv")) } " · "
            a href={ "/api/v1/counts?day=" (shown) } { (text.say("counts-json")) } " · "
            a href="/counts.json" { (text.say("counts-every")) } }
    };
    let page = Page {
        title: text.say("nav-counts"),
        body,
        scripts: &[],
        life: Life::AskAgain,
    };
    Ok(page.answer(&reader, StatusCode::OK))
}

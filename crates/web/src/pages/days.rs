//! The bureaus' desk: the clock of the day's report, what came in, what is late or missing.
//!
//! Invariant: who is late is read from the desk's clock and the hour of the rules in force, as the
//! interface tells it; closing and receiving are signed acts, judged by the ledger.

use super::desk::{place, signed, signs};
use super::frame::{Life, Page};
use super::reader::Reader;
use super::text::Text;
use crate::Desk;
use crate::access::Granted;
use crate::caller::Caller;
use crate::days::{day_of, owing};
use crate::lists::aside;
use crate::problem::{Kind, Problem};
use app::acts::ActText;
use app::records::Records as _;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::{Request, StatusCode};
use axum::response::Response;
use domain::division::DivisionCode;
use domain::organisation::Role;
use domain::rules::RuleBook;
use domain::state::records::{DayCount, DayReport};
use domain::time::{Day, HOUR_S, Timestamp};
use maud::{Markup, html};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Arc;

/// How many days the overview goes back.
const BACK_DAYS: i64 = 7;

/// Which day.
#[derive(Deserialize)]
pub(super) struct Which {
    day: Option<String>,
}

/// What the divisions of a place have on record of a day.
struct Standing {
    day: Day,
    places: Vec<(DivisionCode, Option<DayReport>)>,
}

impl Standing {
    fn of(desk: &Desk, owing: &BTreeSet<DivisionCode>, day: Day) -> Result<Self, Problem> {
        let told = |place: &DivisionCode| Ok((*place, day_of(desk, *place, day)?));
        let places = owing.iter().map(told).collect::<Result<_, Problem>>()?;
        Ok(Self { day, places })
    }

    fn count(&self, is: impl Fn(Option<&DayReport>) -> bool) -> usize {
        let places = self.places.iter();
        places.filter(|(_, report)| is(report.as_ref())).count()
    }
}

fn previous(day: Day, days: i64) -> Day {
    Day::from_count(day.as_count().saturating_sub(days))
}

/// `GET /desk/days`.
pub(super) async fn days(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    Query(asked): Query<Which>,
) -> Result<Response, Problem> {
    let granted = reader.may("GET", "/api/v1/days")?;
    let pack = desk.setup.records.pack_at(u64::MAX);
    let pack = pack.ok_or(Kind::NotFound)?;
    let book = pack.book();
    let now = desk.setup.clock.now();
    let today = now.local_day(book.utc_offset_s);
    let day = asked.day.map(|day| day.parse()).transpose();
    let day: Day = day.map_err(|_| Kind::FieldInvalid)?.unwrap_or(today);
    let scope = granted.clone();
    let (shown, week) = aside(&desk, move |desk| {
        let owing = owing(desk, &scope)?;
        let back = (0..BACK_DAYS).map(|days| previous(today, days));
        let week = back.map(|day| Standing::of(desk, &owing, day));
        let week = week.collect::<Result<Vec<_>, _>>()?;
        Ok((Standing::of(desk, &owing, day)?, week))
    })
    .await?;
    let text = reader.text;
    let body = html! {
        h1 { (text.say("nav-days")) }
        @if let Some(standing) = week.first() { (clock(text, book, &granted, standing, now)) }
        (close(&reader, &granted, &week))
        h2 #day { (text.say("days-of")) " " time datetime=(shown.day) { (shown.day) } }
        (table(&reader, &granted, &shown, now > book.day_due(shown.day)))
        p {
            a.button href={ "/desk/days?day=" (previous(shown.day, 1)) } { (text.say("days-before")) }
            @if shown.day < today { a.button href={ "/desk/days?day=" (previous(shown.day, -1)) } { (text.say("days-after")) } }
        }
        h2 #week { (text.say("days-week")) }
        (overview(text, book, &week, now))
        details {
            summary { (text.say("days-two-ledgers")) }
            p { (text.say("days-two-ledgers-how")) }
            pre { code { "mingma daily send --day " (today) " --from https://… --to https://… --as … --key …\nmingma daily outbox --from https://… --as … --key …" } }
        }
    };
    let page = Page {
        title: text.say("nav-days"),
        body,
        scripts: &["passkey.js", "clock.js"],
        life: Life::Nowhere,
    };
    Ok(page.answer(&reader, StatusCode::OK))
}

/// Hours and minutes.
fn span(seconds: i64) -> String {
    let seconds = seconds.abs();
    format!("{}:{:02}", seconds / HOUR_S, seconds % HOUR_S / 60)
}

/// Whether today is in time: the time left until the hour, or how late it is.
fn clock(
    text: Text,
    book: &RuleBook,
    granted: &Granted,
    today: &Standing,
    now: Timestamp,
) -> Markup {
    let due = book.day_due(today.day);
    let left = due.seconds_since(now);
    let hour = due.local_text(book.utc_offset_s);
    let hour = hour.get(11..).unwrap_or_default().to_owned();
    let owed = today.places.len();
    let closed = today.count(|report| report.is_some());
    let is_done = closed == owed;
    let own = granted.caller.org().map(|org| org.division);
    let own = today.places.iter().find(|(place, _)| Some(*place) == own);
    let hours = [("hour", hour.into())];
    html! {
        dl.figures {
            div.yellow[!is_done && left >= 0].red[!is_done && left < 0].done[is_done] {
                dt #left hidden[left < 0] { (text.fill("days-left", &hours)) }
                dt #late hidden[left >= 0] { (text.fill("days-late", &hours)) }
                dd #clock data-left=(left) { (span(left)) }
            }
            div.done[is_done] {
                dt { (text.say("days-closed")) }
                dd { (closed) " / " (owed) }
            }
            div {
                dt { (text.say("days-received")) }
                dd { (today.count(|report| report.is_some_and(|report| report.received.is_some()))) " / " (owed) }
            }
        }
        @if let Some((_, report)) = own {
            @match report {
                Some(report) => p.accepted { (text.say("days-own-closed")) " " (text.at(report.closed.at)) },
                None if left >= 0 => p { (text.say("days-own-open")) },
                None => p.refused { (text.say("days-own-late")) },
            }
        }
        p.note { (text.say("days-as-of")) " " (text.at(now)) }
    }
}

fn reports(granted: &Granted) -> bool {
    match &granted.caller {
        Caller::Officer(staff) => staff.officer.roles.contains(&Role::Reporter),
        Caller::Nobody | Caller::Person(_) | Caller::Organisation(_) => false,
    }
}

/// The days that one's own division still owes, each to be closed.
fn close(reader: &Reader, granted: &Granted, week: &[Standing]) -> Markup {
    let own = granted.caller.org().map(|org| org.division);
    let open = week.iter().filter(|standing| {
        let mut places = standing.places.iter();
        places.any(|(place, report)| Some(*place) == own && report.is_none())
    });
    let open: Vec<Day> = open.map(|standing| standing.day).collect();
    let text = reader.text;
    html! {
        @if reports(granted) && !open.is_empty() {
            section.reason aria-labelledby="close" {
                h2 #close { (text.say("days-close")) }
                p { (text.say("days-close-why")) }
                form method="post" action="/desk/days" data-signs=(signs(reader)) {
                    (reader.token())
                    label for="closing" { (text.say("days-which")) }
                    select #closing name="day" { @for day in &open { option value=(day) { (day) } } }
                    button.main { (text.say("days-close-sign")) }
                }
            }
        }
    }
}

/// What the divisions have on record of a day.
fn table(reader: &Reader, granted: &Granted, shown: &Standing, is_due: bool) -> Markup {
    let text = reader.text;
    html! {
        @if shown.places.is_empty() { p.empty { (text.say("days-none")) } }
        @else {
            div.scroll tabindex="0" role="region" aria-labelledby="day" {
                table {
                    caption.visually-hidden { (text.say("days-of")) " " (shown.day) }
                    thead { tr {
                        th scope="col" { (text.say("col-place")) }
                        th scope="col" { (text.say("days-col-closed")) }
                        th scope="col" { (text.say("days-col-received")) }
                        th.number scope="col" { (text.say("record-evidence-count")) }
                        th.number scope="col" { (text.say("colour-red")) }
                        th.number scope="col" { (text.say("colour-yellow")) }
                        th.number scope="col" { (text.say("rows-held")) }
                    } }
                    tbody { @for (place, report) in &shown.places { (line(reader, granted, (shown.day, is_due), *place, report.as_ref())) } }
                }
            }
        }
    }
}

fn line(
    reader: &Reader,
    granted: &Granted,
    (day, is_due): (Day, bool),
    division: DivisionCode,
    report: Option<&DayReport>,
) -> Markup {
    let text = reader.text;
    let late = |is_late: bool| html! { @if is_late { " " strong.refused { (text.say("days-was-late")) } } };
    let sum = |report: &DayReport, of: fn(&DayCount) -> u64| {
        let counts = report.counts.iter().map(|(_, count)| of(count));
        counts.fold(0, u64::saturating_add)
    };
    let own = granted.caller.org().map(|org| org.division);
    html! {
        tr {
            th scope="row" { (place(division)) }
            @match report {
                None => {
                    td { @if is_due { strong.refused { (text.say("days-missing")) } } @else { (text.say("days-waiting")) } }
                    td { "—" }
                    td.number { "—" } td.number { "—" } td.number { "—" } td.number { "—" }
                },
                Some(report) => {
                    td {
                        a href={ "/log/" (report.closed.entry) } { (text.at(report.closed.at)) }
                        (late(report.closed_late))
                        @if let Some(source) = &report.source { " " span.note { (source.ledger) } }
                    }
                    td {
                        @match &report.received {
                            Some(received) => { a href={ "/log/" (received.entry) } { (text.at(received.at)) } (late(report.received_late)) },
                            None if reports(granted) && own != Some(division) => {
                                form method="post" action="/desk/days" data-signs=(signs(reader)) {
                                    (reader.token())
                                    input type="hidden" name="day" value=(day);
                                    input type="hidden" name="division" value=(division);
                                    button.quiet { (text.say("days-receive")) }
                                }
                            },
                            None => (text.say("days-not-received")),
                        }
                    }
                    td.number { (sum(report, |count| count.evidence)) }
                    td.number { (sum(report, |count| count.red)) }
                    td.number { (sum(report, |count| count.yellow)) }
                    td.number { (sum(report, |count| count.held)) }
                },
            }
        }
    }
}

/// The last days at a glance.
fn overview(text: Text, book: &RuleBook, week: &[Standing], now: Timestamp) -> Markup {
    html! {
        div.scroll.tight tabindex="0" role="region" aria-labelledby="week" {
            table {
                caption.visually-hidden { (text.say("days-week")) }
                thead { tr {
                    th scope="col" { (text.say("days-which")) }
                    th.number scope="col" { (text.say("days-col-closed")) }
                    th.number scope="col" { (text.say("days-was-late")) }
                    th.number scope="col" { (text.say("days-missing")) }
                    th.number scope="col" { (text.say("days-col-received")) }
                } }
                tbody {
                    @for standing in week {
                        @let missing = standing.count(|report| report.is_none());
                        tr {
                            th scope="row" { a href={ "/desk/days?day=" (standing.day) } { (standing.day) } }
                            td.number { (standing.count(|report| report.is_some())) }
                            td.number { (standing.count(|report| report.is_some_and(|report| report.closed_late))) }
                            td.number {
                                @if missing > 0 && now <= book.day_due(standing.day) { (text.say("days-waiting")) }
                                @else if missing > 0 { strong.refused { (missing) } }
                                @else { (missing) }
                            }
                            td.number { (standing.count(|report| report.is_some_and(|report| report.received.is_some()))) }
                        }
                    }
                }
            }
        }
    }
}

/// A day to close for one's own division, or to receive of another.
#[derive(Deserialize)]
struct Done {
    day: String,
    division: Option<String>,
}

/// `POST /desk/days`.
pub(super) async fn act(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let Done { day, division } = reader.form(request).await?;
    reader.may("GET", "/api/v1/days")?;
    let day: Day = day.parse().map_err(|_| Kind::FieldInvalid)?;
    let then = format!("/desk/days?day={day}");
    let day = day.to_string();
    let act = match division {
        Some(division) => ActText::DailyReceive { division, day },
        None => ActText::DailyClose { day },
    };
    signed(&desk, &reader, act, &then).await
}

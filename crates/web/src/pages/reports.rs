//! The departments' desk, inward: the reports of one's own body, and how their rows fared.
//!
//! Invariant: a row is named by its place alone; whoever it is about stands on no page of this desk.

use super::desk::{more, nothing};
use super::frame::{Life, Page};
use super::reader::Reader;
use super::text::Text;
use crate::Desk;
use crate::clerk::Draft;
use crate::lists::{self, Asked, Scan, aside};
use crate::offices::{self, id};
use crate::problem::{Kind, Problem};
use app::records::Records as _;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::ids::ReportId;
use domain::state::records::{REFUSED_ROWS_MAX, ReportRecord};
use domain::view::{self, Table};
use maud::{Markup, html};
use std::sync::Arc;

fn page(reader: &Reader, key: &str, body: Markup) -> Response {
    let page = Page {
        title: reader.text.say(key),
        body,
        scripts: &[],
        life: Life::Nowhere,
    };
    page.answer(reader, StatusCode::OK)
}

/// `GET /desk/reports`: the reports of one's own body, the newest first.
pub(super) async fn reports(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let granted = reader.may("GET", "/api/v1/reports")?;
    let org = granted.caller.org().ok_or(Kind::Forbidden)?.id.clone();
    let found = aside(&desk, move |desk| {
        let scan = Scan {
            table: Table::ReportsOf,
            prefix: &view::reports_of(&org),
        };
        lists::page(desk, &scan, &asked, |(key, _)| {
            let Some(report) = view::read_report_key(key) else {
                return Ok(None);
            };
            let record = desk.read(desk.setup.records.report(report))?;
            Ok(record.map(|record| (report, record)))
        })
    })
    .await?;
    let text = reader.text;
    let body = html! {
        h1 { (text.say("nav-reports")) }
        p.lead { (text.say("reports-lead")) }
        @if reader.supplies { p { a.button href="/desk/report" { (text.say("report-send")) } } }
        @if found.items.is_empty() { (nothing(text, "reports-none", &found)) }
        @else {
            div.scroll.tight tabindex="0" role="region" aria-label=(text.say("nav-reports")) {
                table {
                    caption.visually-hidden { (text.say("nav-reports")) }
                    thead { tr {
                        th scope="col" { (text.say("report-kind")) }
                        th.number scope="col" { (text.say("rows-recorded")) }
                        th.number scope="col" { (text.say("rows-refused")) }
                        th.number scope="col" { (text.say("rows-duplicate")) }
                        th.number scope="col" { (text.say("rows-held")) }
                    } }
                    tbody { @for (report, record) in &found.items { (line(text, *report, record)) } }
                }
            }
        }
        (more(text, "/desk/reports?cursor=", &found))
    };
    Ok(page(&reader, "nav-reports", body))
}

fn line(text: Text, report: ReportId, record: &ReportRecord) -> Markup {
    html! {
        tr {
            td {
                p { a href={ "/desk/reports/" (report) } { (text.pick(record.kind.zh(), record.kind.en())) } }
                p.note { (text.at(record.at)) }
                @if record.entries.len() < record.parts as usize { p { (parts(text, record)) } }
            }
            td.number { (record.rows.recorded) }
            td.number { @if record.rows.refused > 0 { strong.refused { (record.rows.refused) } } @else { "0" } }
            td.number { (record.rows.duplicate) }
            td.number { (record.rows.held) }
        }
    }
}

/// How many of the parts came.
fn parts(text: Text, record: &ReportRecord) -> Markup {
    let came = record.entries.len();
    let gaps = [("came", came.into()), ("parts", record.parts.into())];
    html! {
        @if came == record.parts as usize { (text.say("report-whole")) }
        @else { span.refused { (text.fill("report-missing", &gaps)) } }
    }
}

/// `GET /desk/reports/{report}`: how its rows fared.
pub(super) async fn report(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    Path(report): Path<String>,
) -> Result<Response, Problem> {
    let granted = reader.may("GET", "/api/v1/reports/{report}")?;
    let report: ReportId = id(&report)?;
    let record = desk.read(desk.setup.records.report(report))?;
    let record = record.ok_or(Kind::RecordUnknown)?;
    if !offices::sees(&desk, &granted, &record)? {
        return Err(Kind::OutsideReach.into());
    }
    let draft = desk.drafts.find(report, &granted);
    let (text, rows) = (reader.text, record.rows);
    let org = desk.read(desk.setup.records.org_name(&record.org))?;
    let is_whole = record.entries.len() == record.parts as usize;
    let fact = |key: &str, value: Markup| html! { div { dt { (text.say(key)) } dd { (value) } } };
    let body = html! {
        h1 { (text.pick(record.kind.zh(), record.kind.en())) }
        @if !is_whole {
            p.care {
                (parts(text, &record)) " "
                @match &draft {
                    Some(_) => a href={ "/desk/report/" (report) } { (text.say("report-go-on")) },
                    None => (text.say("report-resume")),
                }
            }
        }
        dl.figures {
            div { dt { (text.say("rows-recorded")) } dd { (rows.recorded) } }
            div { dt { (text.say("rows-duplicate")) } dd { (rows.duplicate) } }
            div.yellow[rows.held > 0] { dt { (text.say("rows-held")) } dd { (rows.held) } }
            div.red[rows.refused > 0] { dt { (text.say("rows-refused")) } dd { (rows.refused) } }
        }
        (refused(text, &record, draft.as_deref()))
        dl.facts {
            (fact("col-at", text.at(record.at)))
            (fact("col-who", html! { (org) }))
            (fact("report-parts", parts(text, &record)))
            (fact("col-entry", html! {
                @for entry in record.entries.values().take(lists::LIMIT) { a href={ "/log/" (entry) } { (entry) } " " }
            }))
            (fact("report-id", html! { code.long { (report) } }))
        }
        section {
            h2 { (text.say("report-correct")) }
            ul {
                li { (text.say("report-correct-refused")) }
                li { (text.say("report-correct-held")) }
                li { (text.say("report-correct-false")) }
            }
            @if reader.supplies { p { a.button href={ "/desk/report?kind=" (record.kind.word()) } { (text.say("report-send")) } } }
            p { a href="/desk/reports" { (text.say("nav-reports")) } }
        }
    };
    Ok(page(&reader, "report-fate", body))
}

/// The refused rows; where the draft is at hand, as the clerk's file counts them.
fn refused(text: Text, record: &ReportRecord, draft: Option<&Draft>) -> Markup {
    let number = |row: u32| match draft.and_then(|draft| draft.file_row(row)) {
        Some(row) => text.fill("row-in-file", &[("row", row.into())]),
        None => text.fill("row-in-report", &[("row", row.into())]),
    };
    html! {
        @if record.refused.is_empty() { p.accepted { (text.say("rows-none-refused")) } }
        @else {
            h2 #refused { (text.say("rows-refused-why")) }
            div.scroll.tight tabindex="0" role="region" aria-labelledby="refused" {
                table {
                    caption.visually-hidden { (text.say("rows-refused-why")) }
                    thead { tr {
                        th scope="col" { (text.say("fault-row")) }
                        th scope="col" { (text.say("fault-why")) }
                    } }
                    tbody {
                        @for (row, code) in &record.refused {
                            tr {
                                th scope="row" { (number(*row)) }
                                td { p.refused { (text.pick(code.rule_zh(), code.rule())) } p { (text.pick(code.help_zh(), code.help())) } }
                            }
                        }
                    }
                }
            }
            @if record.rows.refused > REFUSED_ROWS_MAX as u64 { p.note { (text.fill("draft-more", &[("count", REFUSED_ROWS_MAX.into())])) } }
        }
    }
}

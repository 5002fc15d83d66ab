//! The oversight body's board: what to look at, how much of it, and the signed entries behind it.
//!
//! Invariant: read only, and about nobody: counts, bodies, places and entries that the public log has
//! anyway. A pattern that was not found is named too, so that silence can be told from a gap.

use super::desk::{page, place};
use super::reader::Reader;
use super::text::Text;
use crate::Desk;
use crate::anomalies::{Before, Board, board as made};
use crate::lists::aside;
use crate::problem::Problem;
use app::oversight::{CLUSTER_PEOPLE, Finding, Pattern, SHORT_S, Sums};
use axum::extract::{Query, State};
use axum::response::Response;
use maud::{Markup, html};
use std::sync::Arc;

/// The most findings of one pattern on a page; the interface has them all.
const LINES: usize = 50;

/// `GET /desk/oversight`.
pub(super) async fn board(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    Query(which): Query<Before>,
) -> Result<Response, Problem> {
    let granted = reader.may("GET", "/api/v1/anomalies")?;
    let board = aside(&desk, move |desk| made(desk, &granted, &which)).await?;
    let text = reader.text;
    let (from, until) = board.entries;
    let of = |pattern: Pattern| {
        let found = board.findings.iter().filter(|one| one.pattern == pattern);
        found.collect::<Vec<_>>()
    };
    let (found, silent): (Vec<_>, Vec<_>) = Pattern::ALL
        .iter()
        .map(|pattern| (*pattern, of(*pattern)))
        .partition(|(_, findings)| !findings.is_empty());
    let body = html! {
        h1 { (text.say("nav-oversight")) }
        p.lead { (text.say("oversight-lead")) }
        p.note {
            (text.fill("oversight-window", &[("from", from.to_string().into()), ("until", until.saturating_sub(1).to_string().into())]))
            @if let Some((begin, end)) = board.span { " · " (text.at(begin)) " – " (text.at(end)) }
        }
        @if let Some(sums) = &board.sums { (check(text, sums)) }
        @if !found.is_empty() {
            nav aria-label=(text.say("oversight-found")) {
                ul.found { @for (pattern, findings) in &found {
                    li { a href={ "#" (pattern.word()) } { (text.pick(pattern.zh(), pattern.en())) " " strong { (findings.len()) } } }
                } }
            }
        }
        @for (pattern, findings) in &found { (section(text, &board, *pattern, findings)) }
        @if !silent.is_empty() {
            section {
                h2 { (text.say("oversight-silent")) }
                ul.plain { @for (pattern, _) in &silent {
                    li { "✓ " strong { (text.pick(pattern.zh(), pattern.en())) } " · " (why(text, &board, *pattern)) }
                } }
            }
        }
        @if from > 0 { p { a href={ "/desk/oversight?before=" (from) } { (text.say("log-older")) } } }
    };
    Ok(page(&reader, "nav-oversight", &[], body))
}

/// The check that no red is secret.
fn check(text: Text, sums: &Sums) -> Markup {
    let fact = |key: &str, value: Markup| html! { div { dt { (text.say(key)) } dd { (value) } } };
    html! {
        section {
            h2 { (text.say("oversight-sums")) }
            @if sums.hold() { p.accepted { strong { "✓ " (text.say("sums-hold")) } } }
            @else { p.refused { strong { "✗ " (text.say("sums-broken")) } } }
            dl.facts {
                @if let Some(log) = sums.log {
                    (fact("sums-log", html! { (text.say("front-red")) " " (log.red) " · " (text.say("front-yellow")) " " (log.yellow) }))
                }
                (fact("sums-record", html! { (text.say("front-red")) " " (sums.record.red) " · " (text.say("front-yellow")) " " (sums.record.yellow) }))
                (fact("sums-entries", html! { (sums.entries) }))
                @if let Some(entry) = sums.broken {
                    (fact("sums-first", html! { a href={ "/log/" (entry) } { (entry) } }))
                }
            }
        }
    }
}

/// What a pattern means, with its threshold.
fn why(text: Text, board: &Board, pattern: Pattern) -> String {
    let guard = board.guard;
    let number = |number: Option<u32>| number.unwrap_or_default().into();
    text.fill(
        &format!("pattern-{}", pattern.word()),
        &[
            ("people", CLUSTER_PEOPLE.into()),
            ("hours", (SHORT_S / 3_600).to_string().into()),
            ("bar", number(guard.map(|guard| guard.people))),
            ("window", number(guard.map(|guard| guard.window_s / 3_600))),
        ],
    )
}

fn section(text: Text, board: &Board, pattern: Pattern, findings: &[&Finding]) -> Markup {
    let title = text.pick(pattern.zh(), pattern.en());
    html! {
        section id=(pattern.word()) {
            h2 { (title) }
            p { (why(text, board, pattern)) }
            div.scroll tabindex="0" role="region" aria-label=(title) {
                table {
                    caption.visually-hidden { (title) }
                    thead { tr {
                        @for key in ["col-who", "col-ground", "col-place", "col-acts", "col-people", "col-newest", "col-entries"] {
                            th.number[matches!(key, "col-acts" | "col-people")] scope="col" { (text.say(key)) }
                        }
                    } }
                    tbody { @for finding in findings.iter().take(LINES) { (line(text, board, finding)) } }
                }
            }
            @if findings.len() > LINES {
                p.note { (text.fill("oversight-more", &[("count", findings.len().saturating_sub(LINES).into())])) }
            }
        }
    }
}

fn line(text: Text, board: &Board, finding: &Finding) -> Markup {
    let name = finding.org.as_ref().and_then(|org| board.names.get(org));
    let more = usize::try_from(finding.count).unwrap_or(usize::MAX);
    let more = more.saturating_sub(finding.entries.len());
    html! {
        tr {
            th scope="row" { (name.map(String::as_str).unwrap_or("—")) }
            td { @if let Some(ground) = finding.ground { (text.pick(ground.zh(), ground.en())) } }
            td { @if let Some(area) = finding.area { (place(area)) } }
            td.number { (finding.count) }
            td.number { @if finding.people > 0 { (finding.people) } }
            td { (text.at(finding.at)) }
            td {
                @for entry in &finding.entries { a href={ "/log/" (entry) } { (entry) } " " }
                @if more > 0 { (text.fill("oversight-more", &[("count", more.into())])) }
            }
        }
    }
}

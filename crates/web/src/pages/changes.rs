//! What changes from one pack to another, in words: what, from what to what, and for whom it is harder.
//!
//! Invariant: every change of `app::law::changes` is a line; a key that has no words is shown as it
//! stands in the pack.

use super::text::Text;
use app::law::{Change, Direction};
use domain::colour::Ground;
use domain::evidence::{EvidenceKind, Field, Precision};
use domain::organisation::OrgKind;
use domain::rules::{Anchor, ExistingMeasures, Link};
use maud::{Markup, html};

/// The values whose name is the last part of their key.
const VALUES: &[&str] = &[
    "name",
    "version",
    "province",
    "title",
    "number",
    "issuer",
    "date",
    "valid_from",
    "sunset",
    "utc_offset_s",
    "existing",
    "notice",
    "appeal",
    "conversion",
    "emergency",
    "daily_close_s",
    "people",
    "window",
    "basis",
    "anchor",
    "red",
    "yellow",
    "flag",
    "automatic",
    "by_order",
    "automatic_people",
    "suppliers",
    "required",
    "max_age",
    "link",
    "min_precision",
    "evidence",
    "count",
    "gap",
    "after",
];

/// The changes as a table: stricter first, then milder, then the rest.
pub(super) fn table(text: Text, changes: &[Change]) -> Markup {
    let mut sorted: Vec<&Change> = changes.iter().collect();
    sorted.sort_by_key(|change| change.direction);
    html! {
        @if sorted.is_empty() { p.empty { (text.say("changes-none")) } }
        @else {
            p { (text.fill("changes-count", &[("count", sorted.len().into())])) }
            div.scroll tabindex="0" role="region" aria-label=(text.say("changes-title")) {
                table {
                    caption.visually-hidden { (text.say("changes-title")) }
                    thead { tr {
                        @for key in ["changes-way", "changes-what", "changes-before", "changes-after"] {
                            th scope="col" { (text.say(key)) }
                        }
                    } }
                    tbody { @for change in sorted { (row(text, change)) } }
                }
            }
        }
    }
}

fn row(text: Text, change: &Change) -> Markup {
    let mark = match change.direction {
        Direction::Stricter => "▲",
        Direction::Milder => "▽",
        Direction::Other => "·",
    };
    html! {
        tr {
            td { (mark) " " (text.say(&format!("changes-{}", change.direction.word()))) }
            td { (what(text, &change.key)) }
            td { (value(text, &change.before)) }
            td { (value(text, &change.after)) }
        }
    }
}

/// A key in words: the ground or part of the pack, then which of its values.
fn what(text: Text, key: &str) -> Markup {
    let parts: Vec<&str> = key.split('.').collect();
    let (first, last) = (
        parts.first().copied(),
        parts.last().copied().unwrap_or_default(),
    );
    let ground = parts.get(1).and_then(|code| code.parse::<Ground>().ok());
    let kind = parts
        .get(1)
        .and_then(|word| word.parse::<EvidenceKind>().ok());
    let provision = matches!(first, Some("permit" | "forbid"));
    html! {
        @if let Some(ground) = ground { (text.pick(ground.zh(), ground.en())) " · " }
        @else if let Some(kind) = kind { (text.pick(kind.zh(), kind.en())) " · " }
        @if parts.contains(&"release") { (text.say("law-release")) " · " }
        @if provision { (text.say("changes-provision")) }
        @else if VALUES.contains(&last) { (text.say(&format!("value-{last}"))) }
        br; code.long { (key) }
    }
}

/// A value in words, as far as its words are ours.
fn value(text: Text, said: &str) -> Markup {
    let words: Option<Vec<String>> = said
        .split_whitespace()
        .map(|word| term(text, word))
        .collect();
    let shown = match (words, said.split_once(' ')) {
        (Some(words), _) if !words.is_empty() => words.join(text.pick("、", ", ")),
        (_, Some((count, unit))) if count.bytes().all(|byte| byte.is_ascii_digit()) => {
            match (count.parse::<i64>(), unit) {
                // As in the statute: one day is said in hours.
                (Ok(1), "d") => text.fill("law-hours", &[("count", 24.into())]),
                (Ok(count), "d") => text.fill("law-days", &[("count", count.into())]),
                (Ok(count), "h") => text.fill("law-hours", &[("count", count.into())]),
                (Ok(count), "s") => text.fill("law-seconds", &[("count", count.into())]),
                _ => said.to_owned(),
            }
        }
        _ => said.to_owned(),
    };
    html! { @if shown.is_empty() { "—" } @else { (shown) } }
}

fn term(text: Text, word: &str) -> Option<String> {
    let of = |zh: &'static str, en: &'static str| Some(text.pick(zh, en).to_owned());
    if let Ok(kind) = word.parse::<OrgKind>() {
        return of(kind.zh(), kind.en());
    }
    if let Ok(kind) = word.parse::<EvidenceKind>() {
        return of(kind.zh(), kind.en());
    }
    if let Ok(field) = word.parse::<Field>() {
        return of(field.zh(), field.en());
    }
    if let Ok(precision) = word.parse::<Precision>() {
        return of(precision.zh(), precision.en());
    }
    if let Ok(link) = word.parse::<Link>() {
        return of(link.zh(), link.en());
    }
    if let Ok(anchor) = word.parse::<Anchor>() {
        return of(anchor.zh(), anchor.en());
    }
    if let Ok(existing) = word.parse::<ExistingMeasures>() {
        return of(existing.zh(), existing.en());
    }
    match word {
        "true" | "false" => Some(text.say(&format!("value-{word}"))),
        _ => None,
    }
}

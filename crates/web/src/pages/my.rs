//! A person's own code with its reasons, and the ways to everything else that is theirs.
//!
//! Invariant: in order: what, why, by whom and approved by whom, since and until when with the steps to
//! come, what turns it green, the rule, the proof, how to object; the same facts and sentences as
//! everywhere (`app::explain`). Refuses: a form to whoever reads of somebody else.

use super::again;
use super::clock;
use super::frame::{Life, Page};
use super::objection::{self, Objections};
use super::reader::Reader;
use super::text::Text;
use crate::Desk;
use crate::lists::aside;
use crate::problem::{Language, Problem};
use app::explain::{self, AppealLine, Decided, EvidenceLine, Explanation, Pack, Reason};
use app::records::Records as _;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::colour::Colour;
use domain::document::PersonId;
use domain::time::Timestamp;
use maud::{Markup, html};
use std::borrow::Cow;
use std::sync::Arc;

/// The ways on from one's code: address and key.
const DOORS: &[(&str, &str)] = &[
    ("/my/appeals", "appeals"),
    ("/my/history", "history"),
    ("/my/record", "record"),
    ("/my/paper", "paper"),
    ("/my/family", "family"),
    ("/my/out", "out"),
    ("/my/questions", "questions"),
    ("/my/data", "data"),
];

/// A page about its reader: with the way back to the code, and kept nowhere.
pub(super) fn page(reader: &Reader, key: &str, body: Markup, status: StatusCode) -> Response {
    let title = reader.text.say(key);
    let body = html! {
        p.back { a href="/my" { "← " (reader.text.say("nav-my")) } }
        h1 { (title) }
        (body)
    };
    let page = Page {
        title,
        body,
        scripts: &[],
        life: Life::Nowhere,
    };
    page.answer(reader, status)
}

/// A code, and the same in sentences.
pub(super) struct Told {
    pub(super) code: Explanation,
    pub(super) sentences: Vec<String>,
}

impl Told {
    /// A person's code now.
    pub(super) fn of(desk: &Desk, person: PersonId, text: Text) -> Result<Self, Problem> {
        let records = desk.setup.records.as_ref();
        let code = desk.read(explain::explain(records, person, desk.setup.clock.now()))?;
        let pack = records.pack_at(u64::MAX);
        let sentences = aloud(&code, pack.as_deref(), text);
        Ok(Self { code, sentences })
    }

    /// The code with its reasons; where its owner reads, with the ways to object.
    pub(super) fn shown(&self, reader: &Reader, objections: Option<&Objections>) -> Markup {
        let text = reader.text;
        html! {
            @if self.code.reasons.is_empty() { (green(text)) }
            @for (place, reason) in self.code.reasons.iter().enumerate() {
                section.reason {
                    (reason_of(text, reason, self.code.at))
                    @if let Some(objections) = objections { (object_to(reader, reason, objections, place)) }
                }
            }
            @if self.sentences.len() > 1 {
                details {
                    summary { (text.say("my-words")) }
                    @for sentence in &self.sentences { p { (sentence) } }
                }
            }
        }
    }

    /// The colour: as a word and a shape too.
    pub(super) fn card(&self, text: Text) -> Markup {
        let colour = self.code.colour;
        let shape = match colour {
            Colour::Green => "✓",
            Colour::Yellow => "△",
            Colour::Red => "■",
        };
        html! {
            section class={ "code " (colour.word()) } {
                p.shape aria-hidden="true" { (shape) }
                p.colour { (text.say(&format!("colour-{}", colour.word()))) }
                p { (self.sentences.first().map(String::as_str).unwrap_or_default()) }
                p.note { (text.say("my-as-of")) " " (text.at(self.code.at)) " · "
                    (text.fill("my-entries", &[("count", self.code.entries.into())])) }
            }
        }
    }
}

/// A code in full sentences, in the language of a text.
pub(super) fn aloud(code: &Explanation, pack: Option<&Pack>, text: Text) -> Vec<String> {
    let language = match text.0 {
        Language::Chinese => explain::Language::ZhCn,
        Language::English => explain::Language::En,
    };
    let sentences = explain::sentences(code, pack, language);
    sentences.into_iter().map(Cow::into_owned).collect()
}

/// `GET /my`.
pub(super) async fn code(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
) -> Result<Response, Problem> {
    let person = again::person(&reader, "GET", "/api/v1/me/code")?;
    let text = reader.text;
    let (told, objections) = aside(&desk, move |desk| {
        let told = Told::of(desk, person, text)?;
        let view = desk.read(desk.setup.records.person(person))?;
        Ok((told, Objections::of(desk, &view)?))
    })
    .await?;
    let body = html! {
        h1.visually-hidden { (text.say("nav-my")) }
        (told.card(text))
        p { a.button href="/code" { (text.say("my-show")) } }
        p.care { (text.say("my-gate")) }
        (told.shown(&reader, Some(&objections)))
        (appeals(&reader, &told.code))
        @if !told.code.appeals.is_empty() { p { a href="/my/appeals" { (text.say("my-appeals-all")) } } }
        (doors(text))
    };
    let page = Page {
        title: text.say("nav-my"),
        body,
        scripts: &[],
        life: Life::Nowhere,
    };
    Ok(page.answer(&reader, StatusCode::OK))
}

fn green(text: Text) -> Markup {
    html! {
        section {
            h2 { (text.say("my-green")) }
            p { (text.say("my-green-why")) }
            p { (text.say("my-green-tried")) " " a href="/" { (text.say("front-refused")) } }
        }
    }
}

pub(super) fn reason_of(text: Text, reason: &Reason, now: Timestamp) -> Markup {
    let fact = |key: &str, value: Markup| html! { div { dt { (text.say(key)) } dd { (value) } } };
    let entry = [("entry", reason.entry.to_string().into())];
    html! {
        h2 { (text.say(&format!("colour-{}", reason.stage))) " · " (text.pick(reason.ground.zh(), reason.ground.en())) }
        dl.facts {
            (fact("my-why", why(text, reason)))
            (decided(text, &reason.decided))
            (fact("my-steps", steps(text, reason, now)))
            (fact("my-earlier", earlier(text, reason)))
            (fact("my-rule", rule(reason)))
            (fact("my-proof", html! { a href={ "/log/" (reason.entry) } { (text.fill("my-entry", &entry)) }
                " · " a href={ "/log/" (reason.entry) "#check" } { (text.say("my-check")) } }))
        }
    }
}

/// The instrument with its number, and each provision; one that names the instrument itself says it.
fn rule(reason: &Reason) -> Markup {
    let (title, number) = &reason.instrument;
    let is_named = reason.basis.iter().any(|basis| basis.contains(title));
    html! {
        ul.plain lang="zh-CN" {
            @if !is_named || !number.is_empty() { li { "《" (title) "》" (number) } }
            @for basis in &reason.basis { li { (basis) } }
        }
    }
}

/// The ways to object to a measure and to the fact behind it.
fn object_to(reader: &Reader, reason: &Reason, objections: &Objections, place: usize) -> Markup {
    html! {
        @if reason.stage == "flag" && reason.appeal_deadline.is_some() {
            p { strong { (reader.text.say("appeal-unanswered")) } }
        }
        @if let Some(evidence) = &reason.evidence {
            (objections.evidence(reader, evidence.id, &format!("fact-{place}")))
        }
        (objections.measure(reader, reason.ground, &format!("measure-{place}")))
    }
}

fn why(text: Text, reason: &Reason) -> Markup {
    html! {
        @match (&reason.evidence, &reason.document) {
            (Some(evidence), _) => (evidence_of(text, evidence)),
            (None, Some(number)) => { (text.say("my-document")) " " (number) },
            (None, None) => (text.pick(reason.ground.zh(), reason.ground.en())),
        }
    }
}

fn evidence_of(text: Text, evidence: &EvidenceLine) -> Markup {
    html! {
        (text.pick(evidence.kind.zh(), evidence.kind.en())) " · " (text.at(evidence.occurred_at))
        br;
        (text.say("my-source")) " " (evidence.source) " · " (evidence.reference)
    }
}

/// Who decided, and who approved.
fn decided(text: Text, decided: &Decided) -> Markup {
    let (by, approved) = match decided {
        Decided::Rule { pack } => (
            html! { (text.say("my-by-rule")) " · " code { (pack) } },
            html! { (text.say("my-approved-rule")) },
        ),
        Decided::Order {
            maker, approver, ..
        } => (html! { (maker) }, html! { (approver) }),
        Decided::Emergency { maker, .. } => (
            html! { (maker) },
            html! { (text.say("my-approved-emergency")) },
        ),
    };
    html! {
        div { dt { (text.say("my-by")) } dd { (by) } }
        div { dt { (text.say("my-approved")) } dd { (approved) } }
    }
}

/// From when, each step, and the end; with how long it is to those that are to come.
fn steps(text: Text, reason: &Reason, now: Timestamp) -> Markup {
    let step = |at: Timestamp, key: &str| {
        html! { li { (text.at(at)) " " (text.say(key)) " " (clock::left(text, at, now)) } }
    };
    let has_red = reason.red_until > reason.from;
    let has_yellow = reason.yellow_until > reason.red_until;
    let has_flag = reason.until > reason.yellow_until && (has_red || has_yellow);
    let is_flag = reason.stage == "flag";
    html! {
        ol.steps {
            (step(reason.from, "my-from"))
            @if !is_flag && has_red && has_yellow { (step(reason.red_until, "my-then-yellow")) }
            @if !is_flag && has_flag { (step(reason.yellow_until, "my-then-flag")) }
            (step(reason.until, "my-ends"))
        }
        p.note { (text.say("my-by-itself")) }
    }
}

fn earlier(text: Text, reason: &Reason) -> Markup {
    html! {
        @if reason.releases.is_empty() { (text.say("my-earlier-none")) }
        @else {
            ul.plain {
                @for release in &reason.releases {
                    li {
                        (text.pick(release.evidence.zh(), release.evidence.en()))
                        @if release.count > 1 {
                            " " (text.fill("my-earlier-count", &[("count", release.count.into()), ("hours", release.gap_hours.into())]))
                        }
                        " · " (text.say(if release.automatic { "my-earlier-itself" } else { "my-earlier-asked" }))
                    }
                }
            }
        }
    }
}

/// How many objections stand beside a code.
const APPEALS: usize = 3;

/// The objections that do not wait, and any that waits without a reason beside it.
pub(super) fn appeals(reader: &Reader, told: &Explanation) -> Markup {
    let text = reader.text;
    // The clock of one that waits stands beside its reason, where there is one.
    let is_new = |appeal: &&AppealLine| appeal.status != "open" || told.reasons.is_empty();
    let shown = told.appeals.iter().rev().filter(is_new);
    let line = |appeal: &AppealLine| {
        html! {
            @if appeal.status == "open" { (objection::running(reader, appeal.deadline, told.at)) }
            @else {
                div.running {
                    p { strong { (text.say(&format!("appeal-{}", appeal.status))) } }
                    @if let Some(answer) = &appeal.answer { p { (answer) } }
                }
            }
        }
    };
    html! {
        @if !told.appeals.is_empty() {
            section {
                h2 { (text.say("my-appeals")) }
                @for appeal in shown.take(APPEALS) { (line(appeal)) }
            }
        }
    }
}

fn doors(text: Text) -> Markup {
    html! {
        nav.doors aria-labelledby="doors" {
            h2 #doors { (text.say("my-doors")) }
            ul.cards {
                @for (address, door) in DOORS {
                    li { p { a href=(address) { (text.say(&format!("door-{door}"))) } } p.note { (text.say(&format!("doors-{door}"))) } }
                }
            }
        }
    }
}

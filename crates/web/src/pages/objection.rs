//! Objections: against a measure, or to the fact behind it; each with its clock.
//!
//! Invariant: *this did not happen to me* stands beside every piece of evidence that counts, whether
//! or not a colour rests on it; an objection shows until when it is answered, and what happens if nobody
//! does. Refuses: a second objection while one waits: it shows the clock of that one.

use super::again;
use super::clock;
use super::my;
use super::parts::Part;
use super::reader::Reader;
use crate::Desk;
use crate::lists::aside;
use crate::problem::Problem;
use app::acts::ActText;
use app::records::Records as _;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::Request;
use axum::response::Response;
use domain::act::AppealTarget;
use domain::colour::Ground;
use domain::document::PersonId;
use domain::ids::EvidenceId;
use domain::state::records::Appeal;
use domain::time::Timestamp;
use domain::view::{EvidenceView, PersonView};
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

/// The objections of a person, newest first, and within how many hours one is answered.
pub(super) struct Objections {
    appeals: Vec<Appeal>,
    hours: u32,
    now: Timestamp,
}

impl Objections {
    /// Those on record.
    pub(super) fn of(desk: &Desk, view: &PersonView) -> Result<Self, Problem> {
        let records = &desk.setup.records;
        let mut appeals = Vec::new();
        for id in &view.appeals {
            appeals.extend(desk.read(records.appeal(*id))?);
        }
        appeals.sort_by_key(|appeal| std::cmp::Reverse(appeal.entry));
        let hours = records
            .pack_at(u64::MAX)
            .map_or(0, |pack| pack.book().deadlines.appeal_hours);
        let now = desk.setup.clock.now();
        Ok(Self {
            appeals,
            hours,
            now,
        })
    }

    fn waiting(&self, target: AppealTarget) -> Option<&Appeal> {
        let mut appeals = self.appeals.iter();
        appeals.find(|appeal| appeal.target == target && appeal.status_word(self.now) == "open")
    }

    /// The way to object to the measure on a ground, or the clock of the objection that waits.
    pub(super) fn measure(&self, reader: &Reader, ground: Ground, place: &str) -> Markup {
        let text = reader.text;
        match self.waiting(AppealTarget::Measure(ground)) {
            Some(appeal) => running(reader, appeal.deadline, self.now),
            None => html! {
                details.object {
                    summary { (text.say("my-object")) }
                    p { (text.say("my-object-measure")) }
                    (form(reader, self.hours, place, ground.code(), ""))
                }
            },
        }
    }

    /// *This did not happen to me*, or the clock of the dispute that waits.
    pub(super) fn evidence(&self, reader: &Reader, id: EvidenceId, place: &str) -> Markup {
        let text = reader.text;
        match self.waiting(AppealTarget::Evidence(id)) {
            Some(appeal) => running(reader, appeal.deadline, self.now),
            None => html! {
                details.object {
                    summary { (text.say("my-dispute")) }
                    p { (text.say("my-dispute-why")) }
                    (form(reader, self.hours, place, &id.to_string(), ""))
                }
            },
        }
    }
}

/// The clock of an objection that waits, and what happens if nobody answers.
pub(super) fn running(reader: &Reader, deadline: Timestamp, now: Timestamp) -> Markup {
    let text = reader.text;
    html! {
        div.running {
            p { strong { (text.say("appeal-open")) } " · " (clock::left(text, deadline, now)) }
            p { (text.say("my-deadline")) " " (text.at(deadline)) " " (text.say("my-unanswered")) }
        }
    }
}

fn form(reader: &Reader, hours: u32, place: &str, about: &str, typed: &str) -> Markup {
    let text = reader.text;
    let field = format!("text-{place}");
    html! {
        form method="post" action="/my/appeals" {
            (again::once(reader, place))
            input type="hidden" name="about" value=(about);
            label for=(field) { (text.say("my-object-text")) }
            textarea id=(field) name="text" rows="4" required maxlength="1300" { (typed) }
            p.note { (text.fill("my-object-hours", &[("hours", hours.into())])) }
            button.main { (text.say("my-object-send")) }
        }
    }
}

/// An objection: `about` is the ground of a measure or the id of evidence.
#[derive(Deserialize)]
struct Objection {
    about: String,
    text: String,
    once: String,
}

/// The act: `about` is the ground of a measure or the id of evidence.
pub(super) fn filed(person: PersonId, about: &str, text: &str) -> ActText {
    let is_ground = is_ground(about);
    let about = |wanted: bool| (is_ground == wanted).then(|| about.to_owned());
    ActText::AppealFile {
        person: person.to_string(),
        ground: about(true),
        evidence: about(false),
        text: text.to_owned(),
    }
}

fn is_ground(about: &str) -> bool {
    about.parse::<Ground>().is_ok()
}

/// `POST /my/appeals`.
pub(super) async fn file(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let asked: Objection = reader.form(request).await?;
    let person = again::person(&reader, "POST", "/api/v1/me/appeals")?;
    let act = filed(person, &asked.about, &asked.text);
    let Err(problem) = again::ask(&desk, person, &asked.once, act).await else {
        return Ok(again::on("/my/appeals"));
    };
    let is_ground = is_ground(&asked.about);
    let text = reader.text;
    let pack = desk.setup.records.pack_at(u64::MAX);
    let hours = pack.map_or(0, |pack| pack.book().deadlines.appeal_hours);
    let body = html! {
        (again::told(&reader, Some(&problem)))
        p { (text.say(if is_ground { "my-object-measure" } else { "my-dispute-why" })) }
        (form(&reader, hours, "again", &asked.about, &asked.text))
    };
    let title = if is_ground { "my-object" } else { "my-dispute" };
    Ok(my::page(
        &reader,
        title,
        body,
        again::status(Some(&problem)),
    ))
}

/// An objection as its own page has it.
struct Line {
    appeal: Appeal,
    about: Option<EvidenceView>,
    by: Option<String>,
}

fn lines(desk: &Desk, view: PersonView, part: Part) -> Result<(Vec<Line>, usize), Problem> {
    let all = Objections::of(desk, &view)?.appeals;
    let count = all.len();
    let mut lines = Vec::new();
    for appeal in part.of(all.into_iter()) {
        let mut evidence = view.evidence.iter();
        let about = match appeal.target {
            AppealTarget::Measure(_) => None,
            AppealTarget::Evidence(id) => evidence.find(|one| one.id == id).cloned(),
        };
        let records = &desk.setup.records;
        let by = appeal.answer.as_ref().map(|answer| &answer.by.org);
        let by = by.map(|org| desk.read(records.org_name(org)));
        let by = by.transpose()?;
        lines.push(Line { appeal, about, by });
    }
    Ok((lines, count))
}

/// `GET /my/appeals`: one's objections, newest first.
pub(super) async fn list(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    Query(part): Query<Part>,
) -> Result<Response, Problem> {
    let person = again::person(&reader, "GET", "/api/v1/me/export")?;
    let (lines, count) = aside(&desk, move |desk| {
        let view = desk.read(desk.setup.records.person(person))?;
        lines(desk, view, part)
    })
    .await?;
    let (text, now) = (reader.text, desk.setup.clock.now());
    let body = html! {
        p.lead { (text.say("appeals-own-lead")) }
        @if lines.is_empty() { p.empty { (text.say("appeals-own-none")) } }
        @for line in &lines { (shown(&reader, line, now)) }
        (part.ways(&reader, "/my/appeals", count))
        section {
            h2 { (text.say("appeals-more")) }
            p { (text.say("appeals-how")) }
            p { a.button href="/my" { (text.say("nav-my")) } " " a.button href="/my/record" { (text.say("nav-record")) } }
            p { (text.say("remedies")) }
        }
    };
    Ok(my::page(&reader, "my-appeals", body, again::status(None)))
}

fn shown(reader: &Reader, line: &Line, now: Timestamp) -> Markup {
    let (text, appeal) = (reader.text, &line.appeal);
    let status = appeal.status_word(now);
    html! {
        section.reason {
            h2 {
                @match (&appeal.target, &line.about) {
                    (AppealTarget::Measure(ground), _) => (text.pick(ground.zh(), ground.en())),
                    (AppealTarget::Evidence(_), Some(one)) => { (text.say("my-dispute")) " · " (text.pick(one.kind.zh(), one.kind.en())) },
                    (AppealTarget::Evidence(_), None) => (text.say("my-dispute")),
                }
            }
            @if status == "open" { (running(reader, appeal.deadline, now)) }
            @else { p { strong { (text.say(&format!("appeal-{status}"))) } } }
            @if let Some(answer) = &appeal.answer {
                p { (text.at(answer.by.at)) " · " (line.by.as_deref().unwrap_or_default()) }
                blockquote { (answer.reason) }
            }
            p.note { (text.say("appeal-said")) " " (text.at(appeal.filed_at)) " · "
                a href={ "/log/" (appeal.entry) } { (text.fill("my-entry", &[("entry", appeal.entry.to_string().into())])) } }
            blockquote { (appeal.text) }
        }
    }
}

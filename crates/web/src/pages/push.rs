//! A draft of a report: its faults beside their cells, signed, pushed part by part.
//!
//! Invariant: what cannot count is said before anything is signed. The body's key is never here: a
//! script signs in the browser with the clerk's own key file, and only whom a demonstration plays is
//! signed for. Refuses: another officer's draft.

use super::play;
use super::reader::Reader;
use super::report::{headed, named, page};
use super::text::Text;
use crate::Desk;
use crate::clerk::{Draft, FAULTS_MAX, RowFault, Wrong};
use crate::offices::id;
use crate::problem::{Kind, Problem};
use app::records::Records as _;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{Request, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use domain::ids::ReportId;
use domain::state::records::ReportRecord;
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

/// A draft of this reader's, or where it is gone, where its report is.
fn found(desk: &Desk, reader: &Reader, report: &str) -> Result<Arc<Draft>, Problem> {
    let granted = reader.may("GET", "/api/v1/drafts/{draft}/parts/{part}")?;
    let report: ReportId = id(report)?;
    let draft = desk.drafts.find(report, &granted);
    draft.ok_or(Kind::RecordUnknown.into())
}

/// `GET /desk/report/{report}`: what counts, what does not and why, and how far it is pushed.
pub(super) async fn draft(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    Path(report): Path<String>,
) -> Result<Response, Problem> {
    let text = reader.text;
    let draft = match found(&desk, &reader, &report) {
        Ok(draft) => draft,
        // Another session, or the server was started again: the file makes the same report.
        Err(problem) if problem.kind() == Kind::RecordUnknown => {
            let body = html! {
                h1 { (text.say("draft-gone")) }
                p.lead { (text.say("draft-gone-do")) }
                p { a.button href="/desk/report" { (text.say("report-send")) } a.button href="/desk/reports" { (text.say("nav-reports")) } }
            };
            return Ok(page(
                &reader,
                StatusCode::NOT_FOUND,
                text.say("draft-gone"),
                body,
            ));
        }
        Err(problem) => return Err(problem),
    };
    let record = desk.read(desk.setup.records.report(draft.report))?;
    let (good, faulty) = (draft.reading.rows.len(), draft.reading.faulty);
    let body = html! {
        h1 { (named(text, draft.kind)) }
        dl.figures {
            div.done[faulty == 0] { dt { (text.say("draft-good")) } dd { (good) } }
            div.red[faulty > 0] { dt { (text.say("draft-faulty")) } dd { (faulty) } }
        }
        @if let Some(before) = draft.before {
            p.care { (text.say("draft-before")) " " a href={ "/desk/reports/" (before) } { (text.say("draft-before-see")) } }
        }
        @if !draft.reading.left_out.is_empty() {
            p.care { (text.say("draft-left-out")) " " (draft.reading.left_out.join(text.say("comma").as_str())) }
        }
        (faults(text, &draft))
        @if faulty > 0 {
            p { a.button href={ "/desk/report?kind=" (draft.kind.word()) } { (text.say("draft-again")) } }
        }
        @if good > 0 { (push_form(&reader, &draft, record.as_ref())) }
    };
    Ok(page(
        &reader,
        StatusCode::OK,
        named(text, draft.kind).to_owned(),
        body,
    ))
}

fn faults(text: Text, draft: &Draft) -> Markup {
    let found = &draft.reading.faults;
    html! {
        @if !found.is_empty() {
            section {
                h2 #faults { (text.say("draft-mend")) }
                div.scroll.tight tabindex="0" role="region" aria-labelledby="faults" {
                    table {
                        caption.visually-hidden { (text.say("draft-mend")) }
                        thead { tr {
                            th scope="col" { (text.say("fault-row")) }
                            th scope="col" { (text.say("fault-cell")) }
                            th scope="col" { (text.say("fault-why")) }
                        } }
                        tbody { @for fault in found { (fault_row(text, fault)) } }
                    }
                }
                @if draft.reading.faulty > FAULTS_MAX as u64 { p.note { (text.fill("draft-more", &[("count", FAULTS_MAX.into())])) } }
            }
        }
    }
}

fn fault_row(text: Text, fault: &RowFault) -> Markup {
    let (why, what) = match fault.wrong {
        Wrong::Rule(code) => (
            text.pick(code.rule_zh(), code.rule()).to_owned(),
            text.pick(code.help_zh(), code.help()).to_owned(),
        ),
        Wrong::Text(word, number) => {
            let gap = [("number", number.unwrap_or_default().into())];
            let why = text.fill(&format!("fault-{word}"), &gap);
            (why, text.fill(&format!("fault-{word}-do"), &gap))
        }
    };
    html! {
        tr {
            th scope="row" { (fault.row) }
            td {
                p { @match fault.heading { Some(heading) => strong { (headed(text, heading)) }, None => (text.say("fault-whole")) } }
                @match &fault.value { Some(value) => p { code.long { (value) } }, None => p.note { (text.say("fault-hidden")) } }
            }
            td { p.refused { (why) } p { (what) } }
        }
    }
}

/// How the parts are signed and pushed, and which of them stand.
fn push_form(reader: &Reader, draft: &Draft, record: Option<&ReportRecord>) -> Markup {
    let text = reader.text;
    let stands = |part: u32| record.is_some_and(|record| record.entries.contains_key(&part));
    let left = (0..draft.parts()).filter(|part| !stands(*part)).count();
    let to = format!("/desk/reports/{}", draft.report);
    html! {
        section aria-labelledby="push" {
            h2 #push { (text.say("push-title")) }
            @if draft.reading.faulty > 0 && left > 0 { p { (text.fill("push-only", &[("count", draft.reading.rows.len().into())])) } }
            @if draft.parts() > 1 || left == 0 {
                ol.parts {
                    @for part in 0..draft.parts() {
                        li data-part=(part) data-stands[stands(part)] {
                            (text.fill("push-part", &[("part", part.saturating_add(1).into())])) " "
                            span { @if stands(part) { (text.say("push-stands")) } @else { (text.say("push-waits")) } }
                        }
                    }
                }
            }
            @if left == 0 {
                p.accepted { (text.say("push-all")) }
                p { a.button href=(to) { (text.say("push-fate")) } }
            } @else if reader.persona.is_some() {
                p { (text.say("push-persona")) }
                form method="post" { (reader.token()) button.main { (text.say("push-sign")) } }
            } @else {
                (key_form(text, draft, &to))
            }
        }
    }
}

/// Signing with the body's own key file, in the browser.
fn key_form(text: Text, draft: &Draft, to: &str) -> Markup {
    let bytes = format!("/api/v1/drafts/{}/parts/", draft.report);
    let said = |name: &str, key: &str| html! { p hidden data-say=(name) { (text.say(key)) } };
    html! {
        noscript { p.care { (text.say("push-script")) } }
        p { (text.say("push-key-why")) }
        form #sign hidden data-bytes=(bytes) data-parts=(draft.parts()) data-to=(to) {
            label for="key" { (text.say("push-key")) }
            input #key type="file" required accept=".key,.pem";
            button.main { (text.say("push-sign")) }
        }
        div #said role="status" {
            (said("signing", "push-signing"))
            (said("stands", "push-stands"))
            (said("no-key", "push-no-key"))
            (said("other-key", "push-other-key"))
            (said("unable", "push-unable"))
            (said("lost", "push-lost"))
            (said("busy", "push-busy"))
            (said("refused", "push-refused"))
        }
        progress #pushed max=(draft.parts()) value="0" hidden aria-labelledby="push" {}
    }
}

#[derive(Deserialize)]
struct Empty {}

/// `POST /desk/report/{report}`: signs as the body of the persona who is played, and pushes what is
/// not there yet.
pub(super) async fn push(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    Path(report): Path<String>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let Empty {} = reader.form(request).await?;
    let draft = found(&desk, &reader, &report)?;
    for part in 0..draft.parts() {
        let record = desk.read(desk.setup.records.report(draft.report))?;
        if record.is_some_and(|record| record.entries.contains_key(&part)) {
            continue;
        }
        let part = draft.part(part).ok_or(Kind::RecordUnknown)?;
        play::part(&desk, &reader, &part).await?;
    }
    let to = format!("/desk/reports/{}", draft.report);
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response())
}

//! The departments' desk, outward: a file chosen, its rows looked through, signed and pushed.
//!
//! Invariant: what cannot count is said before anything is signed, beside its cell. The body's key is
//! never here: a script signs in the browser with the clerk's own key file, and only whom a
//! demonstration plays is signed for. Refuses: a kind that the body may not send.

use super::frame::{Life, Page};
use super::play;
use super::reader::{Reader, may_send};
use super::text::Text;
use super::upload;
use crate::Desk;
use crate::clerk::{self, Draft, FAULTS_MAX, FileFault, Heading, RowFault, Wrong};
use crate::drafts;
use crate::lists::aside;
use crate::offices::id;
use crate::problem::{Kind, Problem};
use app::records::Records as _;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{Request, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use domain::document::Document;
use domain::evidence::EvidenceKind;
use domain::ids::ReportId;
use domain::organisation::Organisation;
use domain::rules::RuleBook;
use domain::state::records::ReportRecord;
use domain::time::{CHINA_OFFSET_S, DAY_S, HOUR_S, Timestamp};
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

/// What a demonstration offers to whoever may not send it: the kind that was false in June 2022.
const TRIED: EvidenceKind = EvidenceKind::EntryRecord;
/// Invented people of a demonstration's example file, who are on no record.
const EXAMPLES: [u32; 3] = [9_000_001, 9_000_002, 9_000_003];

fn page(reader: &Reader, status: StatusCode, title: String, body: Markup) -> Response {
    let page = Page {
        title,
        body,
        scripts: &["report.js"],
        life: Life::Nowhere,
    };
    page.answer(reader, status)
}

/// A heading as a clerk of this language writes it.
fn headed(text: Text, heading: Heading) -> &'static str {
    text.pick(heading.zh, heading.word)
}

fn named(text: Text, kind: EvidenceKind) -> &'static str {
    text.pick(kind.zh(), kind.en())
}

/// Which kind.
#[derive(Deserialize)]
pub(super) struct Chosen {
    kind: Option<String>,
    /// In a demonstration, a file with two mistakes.
    #[serde(rename = "try")]
    tries: Option<String>,
}

/// The kind that was chosen, if this reader may look at it.
fn chosen(
    reader: &Reader,
    book: &RuleBook,
    org: &Organisation,
    word: &str,
) -> Result<EvidenceKind, Problem> {
    let kind: EvidenceKind = word.parse().map_err(|_| Kind::FieldInvalid)?;
    // Whoever is played may try what the ledger refuses.
    let tries = reader.persona.is_some() && book.contract(kind).is_some();
    match tries || may_send(book, kind, org) {
        true => Ok(kind),
        false => Err(Kind::Forbidden.into()),
    }
}

/// `GET /desk/report`: what to send.
pub(super) async fn compose(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    Query(asked): Query<Chosen>,
) -> Result<Response, Problem> {
    let granted = reader.may("POST", "/api/v1/drafts")?;
    let org = granted.caller.org().ok_or(Kind::Forbidden)?;
    let pack = desk.setup.records.pack_at(u64::MAX);
    let pack = pack.ok_or(Kind::NotFound)?;
    match asked.kind {
        Some(word) => {
            let kind = chosen(&reader, pack.book(), org, &word)?;
            form(&desk, &reader, org, kind, None)
        }
        None => Ok(kinds(&reader, pack.book(), org)),
    }
}

fn kinds(reader: &Reader, book: &RuleBook, org: &Organisation) -> Response {
    let text = reader.text;
    let all = EvidenceKind::ALL.iter().copied();
    let own: Vec<_> = all.filter(|kind| may_send(book, *kind, org)).collect();
    let leads = |kind: EvidenceKind| match kind.ground() {
        Some(ground) => text.pick(ground.zh(), ground.en()).to_owned(),
        None => text.say("report-releases"),
    };
    let body = html! {
        h1 { (text.say("report-send")) }
        p.lead { (text.say("report-lead")) }
        @if own.is_empty() { p.empty { (text.say("report-no-kinds")) } }
        ul.cards {
            @for kind in own {
                li {
                    h2 { (named(text, kind)) }
                    p.note { (text.say("report-proves")) " " (leads(kind)) }
                    p { a.button href={ "/desk/report?kind=" (kind.word()) } { (text.say("report-choose")) } }
                }
            }
        }
        @if reader.persona.is_some() && !may_send(book, TRIED, org) {
            p.care { (text.say("report-try")) " " a href={ "/desk/report?kind=" (TRIED.word()) } { (text.say("report-try-it")) } }
        }
    };
    page(reader, StatusCode::OK, text.say("report-send"), body)
}

/// The form of one kind: its columns, and the file.
fn form(
    desk: &Desk,
    reader: &Reader,
    org: &Organisation,
    kind: EvidenceKind,
    fault: Option<FileFault>,
) -> Result<Response, Problem> {
    let text = reader.text;
    let pack = desk.setup.records.pack_at(u64::MAX);
    let pack = pack.ok_or(Kind::NotFound)?;
    let contract = clerk::contract(pack.book(), kind)?;
    let now = desk.setup.clock.now();
    let columns = desk.setup.clerk.template(contract, org, now);
    let hours = i64::from(contract.max_age_s) / HOUR_S;
    let fresh = match hours % 24 {
        0 => text.fill("report-fresh-days", &[("days", (hours / 24).into())]),
        _ => text.fill("report-fresh-hours", &[("hours", hours.into())]),
    };
    let status = match fault {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let template = format!("/desk/template?kind={}", kind.word());
    let body = html! {
        h1 { (named(text, kind)) }
        @if !may_send(pack.book(), kind, org) { p.care { (text.say("report-not-yours")) } }
        @if let Some(fault) = fault { p #fault role="alert" { (file_fault(text, fault)) } }
        form method="post" action="/desk/report" enctype="multipart/form-data" {
            (reader.token())
            input type="hidden" name="kind" value=(kind.word());
            label for="file" { (text.say("report-file")) }
            input #file name="file" type="file" required accept=".csv,.tsv,.xlsx,.json,.jsonl" aria-describedby="file-how";
            p.note #file-how { (text.say("report-file-how")) }
            label for="purpose" { (text.say("report-purpose")) }
            input #purpose name="purpose" required maxlength="200" value=(text.say("report-purpose-usual"));
            button.main { (text.say("report-check")) }
        }
        h2 { (text.say("report-columns")) }
        p { (text.say("report-headings")) " " (fresh) }
        p {
            a.button href=(template) download { (text.say("report-template")) }
            @if reader.persona.is_some() { a.button href={ (template) "&try=1" } download { (text.say("report-example")) } }
        }
        div.scroll.tight tabindex="0" role="region" aria-label=(text.say("report-columns")) {
            table {
                caption.visually-hidden { (text.say("report-columns")) }
                thead { tr { th scope="col" { (text.say("fault-column")) } th scope="col" { (text.say("report-such-as")) } } }
                tbody { @for (heading, example) in &columns { tr { th scope="row" { (headed(text, *heading)) } td { code.long { (example) } } } } }
            }
        }
    };
    Ok(page(reader, status, named(text, kind).to_owned(), body))
}

fn file_fault(text: Text, fault: FileFault) -> String {
    let column = |key: &str, heading: Heading| {
        let both = format!("{} ({})", headed(text, heading), heading.word);
        text.fill(key, &[("column", both.into())])
    };
    match fault {
        FileFault::Format => text.say("file-format"),
        FileFault::Missing(heading) => column("file-missing", heading),
        FileFault::Twice(heading) => column("file-twice", heading),
        FileFault::Unreadable => text.say("file-unreadable"),
        FileFault::TooMany => text.say("file-too-many"),
    }
}

/// `GET /desk/template`: the columns of a kind with an example, as CSV.
pub(super) async fn template(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    Query(asked): Query<Chosen>,
) -> Result<Response, Problem> {
    let granted = reader.may("POST", "/api/v1/drafts")?;
    let org = granted.caller.org().ok_or(Kind::Forbidden)?;
    let pack = desk.setup.records.pack_at(u64::MAX);
    let pack = pack.ok_or(Kind::NotFound)?;
    let kind = chosen(&reader, pack.book(), org, &asked.kind.unwrap_or_default())?;
    let contract = clerk::contract(pack.book(), kind)?;
    let now = desk.setup.clock.now();
    let columns = desk.setup.clerk.template(contract, org, now);
    let headings = columns
        .iter()
        .map(|(heading, _)| headed(reader.text, *heading));
    let headings: Vec<_> = headings.collect();
    let mut lines = vec![headings.join(",")];
    match asked.tries.is_some() && reader.persona.is_some() {
        true => lines.extend(mistaken(&desk, &columns, now)),
        false => {
            let cells: Vec<_> = columns.iter().map(|(_, cell)| cell.as_str()).collect();
            lines.push(cells.join(","));
        }
    }
    // The mark lets spreadsheets see that it is UTF-8.
    let file = format!("\u{feff}{}\r\n", lines.join("\r\n"));
    let name = format!("attachment; filename=\"{}.csv\"", kind.word());
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, file).into_response())
}

/// Three rows of a demonstration: a good one, a wrong document number, and a date to come.
fn mistaken(desk: &Desk, columns: &[(Heading, String)], now: Timestamp) -> Vec<String> {
    let personas = desk.setup.troupe.as_deref().map(|troupe| troupe.personas());
    let mut personas = personas.unwrap_or_default().iter();
    let case = personas.find(|persona| persona.name == "case");
    let case = case.and_then(|persona| persona.document.clone());
    let row = |at: usize, person: u32| {
        let cell = |(heading, example): &(Heading, String)| match (heading.word, at) {
            ("document_number", 1) => {
                let mut number = Document::invented(person).number().to_owned();
                let end = number.pop();
                number.push(if end == Some('0') { '1' } else { '0' });
                number
            }
            ("document_number", _) => Document::invented(person).number().to_owned(),
            ("link_document_number", _) => case.clone().unwrap_or_else(|| example.clone()),
            ("occurred_at", 2) => now.plus_s(2 * DAY_S).local_text(CHINA_OFFSET_S),
            ("reference", _) => format!("EX-{person}"),
            _ => example.clone(),
        };
        let cells: Vec<_> = columns.iter().map(cell).collect();
        cells.join(",")
    };
    let rows = EXAMPLES.iter().enumerate();
    rows.map(|(at, person)| row(at, *person)).collect()
}

/// `POST /desk/report`: looks a file through.
pub(super) async fn check(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let granted = reader.may("POST", "/api/v1/drafts")?;
    let permit = Arc::clone(&desk.submissions).try_acquire_owned();
    let _permit = permit.map_err(|_| Kind::Busy)?;
    let upload = upload::read(&reader, request).await?;
    let org = granted.caller.org().ok_or(Kind::Forbidden)?.clone();
    let pack = desk.setup.records.pack_at(u64::MAX);
    let pack = pack.ok_or(Kind::NotFound)?;
    let kind = chosen(&reader, pack.book(), &org, upload.field("kind")?)?;
    let sent = drafts::sent(kind.word(), upload.field("purpose")?, &upload.ending)?;
    let drafted = aside(&desk, move |desk| {
        clerk::draft(desk, &granted, sent, &upload.file)
    })
    .await?;
    match drafted {
        Ok(draft) => {
            let to = format!("/desk/report/{}", draft.report);
            Ok((StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response())
        }
        Err(fault) => form(&desk, &reader, &org, kind, Some(fault)),
    }
}

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

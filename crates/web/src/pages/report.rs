//! The departments' desk, outward: what a body may send, in which columns, and a file chosen.
//!
//! Invariant: a file that can be read becomes a draft ([`super::push`]); one that cannot is answered with
//! what is wrong with it as a whole. Refuses: a kind that the body may not send.

use super::frame::{Life, Page};
use super::reader::{Reader, may_send};
use super::text::Text;
use super::upload;
use crate::Desk;
use crate::access::Granted;
use crate::clerk::{self, FileFault, Heading};
use crate::drafts;
use crate::lists::aside;
use crate::problem::{Kind, Problem};
use app::explain::Pack;
use app::records::Records as _;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::{Request, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use domain::document::Document;
use domain::evidence::EvidenceKind;
use domain::organisation::Organisation;
use domain::time::{CHINA_OFFSET_S, DAY_S, HOUR_S, Timestamp};
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

/// What a demonstration offers to whoever may not send it: the kind that was false in June 2022.
const TRIED: EvidenceKind = EvidenceKind::EntryRecord;
/// Invented people of a demonstration's example file, who are on no record.
const EXAMPLES: [u32; 3] = [9_000_001, 9_000_002, 9_000_003];

/// A page of this desk.
pub(super) fn page(reader: &Reader, status: StatusCode, title: String, body: Markup) -> Response {
    let page = Page {
        title,
        body,
        scripts: &["report.js"],
        life: Life::Nowhere,
    };
    page.answer(reader, status)
}

/// A heading as a clerk of this language writes it.
pub(super) fn headed(text: Text, heading: Heading) -> &'static str {
    text.pick(heading.zh, heading.word)
}

/// A kind of evidence in the reader's language.
pub(super) fn named(text: Text, kind: EvidenceKind) -> &'static str {
    text.pick(kind.zh(), kind.en())
}

/// Which kind.
#[derive(Deserialize)]
pub(super) struct Chosen {
    kind: Option<String>,
    /// How a template is written: `xlsx`, or else CSV.
    format: Option<String>,
    /// In a demonstration, a file with two mistakes.
    #[serde(rename = "try")]
    tries: Option<String>,
}

/// The media type of a workbook.
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Who sends, under which rules.
struct Sender {
    granted: Granted,
    org: Organisation,
    pack: Arc<Pack>,
}

fn sender(desk: &Desk, reader: &Reader) -> Result<Sender, Problem> {
    let granted = reader.may("POST", "/api/v1/drafts")?;
    let org = granted.caller.org().ok_or(Kind::Forbidden)?.clone();
    let pack = desk.setup.records.pack_at(u64::MAX);
    let pack = pack.ok_or(Kind::NotFound)?;
    Ok(Sender { granted, org, pack })
}

impl Sender {
    fn may_send(&self, kind: EvidenceKind) -> bool {
        may_send(self.pack.book(), kind, &self.org)
    }

    /// The kind that was chosen, if this reader may look at it.
    fn chosen(&self, reader: &Reader, word: &str) -> Result<EvidenceKind, Problem> {
        let kind: EvidenceKind = word.parse().map_err(|_| Kind::FieldInvalid)?;
        // Whoever is played may try what the ledger refuses.
        let tries = reader.persona.is_some() && self.pack.book().contract(kind).is_some();
        match tries || self.may_send(kind) {
            true => Ok(kind),
            false => Err(Kind::Forbidden.into()),
        }
    }
}

/// `GET /desk/report`: what to send.
pub(super) async fn compose(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    Query(asked): Query<Chosen>,
) -> Result<Response, Problem> {
    let sender = sender(&desk, &reader)?;
    match asked.kind {
        Some(word) => form(
            &desk,
            &reader,
            &sender,
            sender.chosen(&reader, &word)?,
            None,
        ),
        None => Ok(kinds(&reader, &sender)),
    }
}

fn kinds(reader: &Reader, sender: &Sender) -> Response {
    let text = reader.text;
    let all = EvidenceKind::ALL.iter().copied();
    let own: Vec<_> = all.filter(|kind| sender.may_send(*kind)).collect();
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
        @if reader.persona.is_some() && !sender.may_send(TRIED) {
            p.care { (text.say("report-try")) " " a href={ "/desk/report?kind=" (TRIED.word()) } { (text.say("report-try-it")) } }
        }
    };
    page(reader, StatusCode::OK, text.say("report-send"), body)
}

/// The form of one kind: its columns, and the file.
fn form(
    desk: &Desk,
    reader: &Reader,
    sender: &Sender,
    kind: EvidenceKind,
    fault: Option<FileFault>,
) -> Result<Response, Problem> {
    let text = reader.text;
    let contract = clerk::contract(sender.pack.book(), kind)?;
    let now = desk.setup.clock.now();
    let columns = desk.setup.clerk.template(contract, &sender.org, now);
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
        @if !sender.may_send(kind) { p.care { (text.say("report-not-yours")) } }
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
            a.button href={ (template) "&format=xlsx" } download { (text.say("report-workbook")) }
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

/// `GET /desk/template`: the columns of a kind with an example, as CSV or as a workbook.
pub(super) async fn template(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    Query(asked): Query<Chosen>,
) -> Result<Response, Problem> {
    let sender = sender(&desk, &reader)?;
    let kind = sender.chosen(&reader, &asked.kind.unwrap_or_default())?;
    let contract = clerk::contract(sender.pack.book(), kind)?;
    let now = desk.setup.clock.now();
    let columns = desk.setup.clerk.template(contract, &sender.org, now);
    let headings = columns
        .iter()
        .map(|(heading, _)| headed(reader.text, *heading).to_owned());
    let mut lines = vec![headings.collect::<Vec<_>>()];
    match asked.tries.is_some() && reader.persona.is_some() {
        true => lines.extend(mistaken(&desk, &columns, now)),
        false => lines.push(columns.iter().map(|(_, cell)| cell.clone()).collect()),
    }
    let (ending, media, file) = match asked.format.as_deref() {
        Some("xlsx") => {
            let file = desk.setup.clerk.workbook(&lines).ok_or(Kind::Internal)?;
            ("xlsx", XLSX, file)
        }
        Some("csv") | None => {
            let lines: Vec<_> = lines.iter().map(|cells| cells.join(",")).collect();
            // The mark lets spreadsheets see that it is UTF-8.
            let file = format!("\u{feff}{}\r\n", lines.join("\r\n"));
            ("csv", "text/csv; charset=utf-8", file.into_bytes())
        }
        Some(_) => return Err(Kind::FieldInvalid.into()),
    };
    let name = format!("attachment; filename=\"{}.{ending}\"", kind.word());
    let headers = [
        (header::CONTENT_TYPE, media.to_owned()),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, file).into_response())
}

/// Three rows of a demonstration: a good one, a wrong document number, and a date to come.
fn mistaken(desk: &Desk, columns: &[(Heading, String)], now: Timestamp) -> Vec<Vec<String>> {
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
        columns.iter().map(cell).collect()
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
    let sender = sender(&desk, &reader)?;
    let permit = Arc::clone(&desk.submissions).try_acquire_owned();
    let _permit = permit.map_err(|_| Kind::Busy)?;
    let upload = upload::read(&reader, request, clerk::FILE_BYTES_MAX).await?;
    let kind = sender.chosen(&reader, upload.field("kind")?)?;
    let sent = drafts::sent(kind.word(), upload.field("purpose")?, &upload.ending)?;
    let granted = sender.granted.clone();
    let drafted = aside(&desk, move |desk| {
        clerk::draft(desk, &granted, sent, &upload.file)
    })
    .await?;
    match drafted {
        Ok(draft) => {
            let to = format!("/desk/report/{}", draft.report);
            Ok((StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response())
        }
        Err(fault) => form(&desk, &reader, &sender, kind, Some(fault)),
    }
}

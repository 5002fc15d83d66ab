//! Reports drafted from a clerk's file, and the bytes of each part, to be signed where the key is.
//!
//! Invariant: a draft is its officer's alone. Refuses: to sign.

use crate::Desk;
use crate::access::Granted;
use crate::body;
use crate::clerk::{self, Draft, FILE_BYTES_MAX, RowFault, Sent, Wrong};
use crate::lists::aside;
use crate::offices::{Asking, asked, id};
use crate::problem::{Kind, Problem, ProblemBody};
use axum::Json;
use axum::body::Body;
use axum::extract::{Extension, Path, State};
use axum::http::{Request, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use domain::act::TEXT_BYTES_MAX;
use domain::refusal::Code;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// What a file is called by its media type.
const ENDINGS: &[(&str, &str)] = &[
    ("text/csv", "csv"),
    ("application/json", "json"),
    ("application/x-ndjson", "jsonl"),
    (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "xlsx",
    ),
];

/// What the rows of a file state, and why they were collected.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct About {
    /// What every row states, as `close_contact`.
    kind: String,
    /// The legal duty or purpose under which the rows were collected.
    #[param(min_length = 1, max_length = 2000)]
    purpose: String,
}

/// A row that does not count.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RowFaultBody {
    /// The row as the clerk sees it.
    row: u64,
    /// The column at fault, by its heading in English.
    column: Option<&'static str>,
    /// What is in the cell; of a document number only the end.
    value: Option<String>,
    /// Why: a word, or the code of a refusal.
    reason: &'static str,
}

impl RowFaultBody {
    fn of(fault: &RowFault) -> Self {
        Self {
            row: fault.row,
            column: fault.heading.map(|heading| heading.word),
            value: fault.value.clone(),
            reason: match fault.wrong {
                Wrong::Text(word, _) => word,
                Wrong::Rule(code) => Code::word(code),
            },
        }
    }
}

/// A report that is not signed yet.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReportDraftBody {
    /// The report that it will be, in hexadecimal: the same rows make the same one.
    draft: String,
    /// Of how many parts.
    parts: u32,
    /// How many rows it has.
    rows: usize,
    /// How many rows of the file it has not.
    faulty: u64,
    /// The first of those.
    faults: Vec<RowFaultBody>,
    /// Headings that mean nothing here; their values are left out.
    left_out: Vec<String>,
}

impl ReportDraftBody {
    fn of(draft: &Draft) -> Self {
        Self {
            draft: draft.report.to_string(),
            parts: draft.parts(),
            rows: draft.reading.rows.len(),
            faulty: draft.reading.faulty,
            faults: draft.reading.faults.iter().map(RowFaultBody::of).collect(),
            left_out: draft.reading.left_out.clone(),
        }
    }
}

/// What a clerk says of a file, if it can be said.
pub(crate) fn sent(kind: &str, purpose: &str, ending: &str) -> Result<Sent, Problem> {
    let purpose = purpose.trim().to_owned();
    if purpose.is_empty() || purpose.len() > TEXT_BYTES_MAX {
        return Err(Kind::FieldInvalid.into());
    }
    Ok(Sent {
        kind: kind.parse().map_err(|_| Kind::FieldInvalid)?,
        purpose,
        ending: ending.to_owned(),
    })
}

/// Drafts a report from a clerk's file: the rows that count, and why the others do not.
///
/// Nothing goes on record, and nothing on record is asked but the rules in force.
#[utoipa::path(
    post,
    path = "/api/v1/drafts",
    params(About),
    request_body(content = Vec<u8>, content_type = "text/csv",
        description = "CSV, or by its media type XLSX, JSON or JSON lines; at most 8 MiB"),
    responses(
        (status = 201, description = "the draft", body = ReportDraftBody),
        (status = "default", description = "a problem", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn draft(
    State(desk): State<Arc<Desk>>,
    Extension(granted): Extension<Granted>,
    query: Asking<About>,
    request: Request<Body>,
) -> Result<(StatusCode, Json<ReportDraftBody>), Problem> {
    let media_type = request.headers().get(header::CONTENT_TYPE);
    let media_type = media_type.and_then(|value| value.to_str().ok());
    let essence = media_type.and_then(|text| text.split(';').next());
    let essence = essence.unwrap_or_default().trim().to_owned();
    let permit = Arc::clone(&desk.submissions).try_acquire_owned();
    let _permit = permit.map_err(|_| Kind::Busy)?;
    // Read before anything else is refused, so that the connection can be used again.
    let file = body::read(request, FILE_BYTES_MAX).await?;
    let about = asked(query)?;
    let known = ENDINGS.iter().find(|(known, _)| *known == essence);
    let (_, ending) = known.ok_or(Kind::MediaType)?;
    let sent = sent(&about.kind, &about.purpose, ending)?;
    let drafted = aside(&desk, move |desk| clerk::draft(desk, &granted, sent, &file)).await?;
    let draft = drafted.map_err(|_| Kind::FieldInvalid)?;
    Ok((StatusCode::CREATED, Json(ReportDraftBody::of(&draft))))
}

/// The bytes that the body's key signs for a part of a draft: its `Sig_structure` (RFC 9052 4.4).
#[utoipa::path(
    get,
    path = "/api/v1/drafts/{draft}/parts/{part}",
    params(
        ("draft" = String, Path, description = "the draft, in hexadecimal"),
        ("part" = String, Path, description = "which part, from 0"),
    ),
    responses(
        (status = 200, description = "the bytes to sign", body = Vec<u8>,
            content_type = "application/octet-stream"),
        (status = "default", description = "a problem", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn part(
    State(desk): State<Arc<Desk>>,
    Extension(granted): Extension<Granted>,
    Path((draft, part)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let draft = desk.drafts.find(id(&draft)?, &granted);
    let draft = draft.ok_or(Kind::RecordUnknown)?;
    let part: u32 = id(&part)?;
    let bytes = aside(&desk, move |desk| {
        let part = draft.part(part).ok_or(Kind::RecordUnknown)?;
        let bytes = desk.setup.clerk.to_sign(&part, &draft.org.key);
        bytes.map_err(|_| Kind::FieldInvalid.into())
    })
    .await?;
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, bytes).into_response())
}

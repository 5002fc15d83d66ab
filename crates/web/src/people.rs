//! A person's code and record: to oneself, and to an officer after a look (I8, I14).
//!
//! Invariant: an officer reads only for two hours after a look that stands in the ledger and that the
//! person can see; the officer sees what the person sees. Refuses: to say whether a person exists
//! to whoever has not looked.

use crate::Desk;
use crate::access::{Granted, Reach};
use crate::acts::ledger;
use crate::body;
use crate::caller::Caller;
use crate::cases::cases_of;
use crate::movements::movements_of;
use crate::offices::appeal_whole;
use crate::problem::{Kind, Language, Problem, ProblemBody};
use crate::told::{AppealBody, CodeBody, RecordBody, Requests};
use app::explain::{self, Pack};
use app::records::Records as _;
use axum::Json;
use axum::body::Body;
use axum::extract::{Extension, Path, State};
use axum::http::{HeaderMap, HeaderName, Request, header};
use axum::response::{AppendHeaders, Response};
use domain::document::{Document, PersonId};
use domain::time::Timestamp;
use domain::view::PersonView;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// The document of a person.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DocumentBody {
    /// The kind, as `resident_id` (GB 11643) or `passport`.
    document_type: String,
    /// Its number.
    document_number: String,
}

/// Who a document names.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FoundBody {
    /// The person, by keyed hash; the same whether or not anything is on record.
    person: String,
}

impl DocumentBody {
    /// A document as it was typed.
    pub(crate) const fn new(document_type: String, document_number: String) -> Self {
        Self {
            document_type,
            document_number,
        }
    }

    /// The document, if it can be one.
    pub(crate) fn document(&self) -> Result<Document, Problem> {
        let kind = self.document_type.parse();
        let kind = kind.map_err(|_| Problem::from(Kind::DocumentInvalid))?;
        Document::parse(kind, &self.document_number).map_err(|_| Kind::DocumentInvalid.into())
    }
}

/// The id of the person whom a document names.
///
/// It opens nothing: the record is read after a look (`access.look`, an act that the officer signs).
#[utoipa::path(
    post,
    path = "/api/v1/people/find",
    request_body = DocumentBody,
    responses(
        (status = 200, description = "the person's id", body = FoundBody),
        (status = "default", description = "a problem", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn find(
    State(desk): State<Arc<Desk>>,
    request: Request<Body>,
) -> Result<Json<FoundBody>, Problem> {
    let asked: DocumentBody = body::json(request).await?;
    let person = (desk.setup.person_id)(&asked.document()?);
    let person = person.to_string();
    Ok(Json(FoundBody { person }))
}

/// Whether the officer has looked this person up, and not too long ago.
fn has_looked(view: &PersonView, granted: &Granted, now: Timestamp) -> bool {
    let Caller::Officer(staff) = &granted.caller else {
        return false;
    };
    let mut looks = view.looks.iter();
    looks.any(|look| look.by.officer == staff.officer.id && now < look.until())
}

/// The person whom the officer has looked up, by id.
pub(crate) fn opened(
    desk: &Desk,
    person: &str,
    granted: &Granted,
) -> Result<(PersonId, PersonView), Problem> {
    let person: PersonId = person.parse().map_err(|_| Problem::from(Kind::LookFirst))?;
    let view = desk.read(desk.setup.records.person(person))?;
    let now = desk.setup.clock.now();
    if granted.reach != Reach::Look || !has_looked(&view, granted, now) {
        return Err(Kind::LookFirst.into());
    }
    Ok((person, view))
}

/// The answer with a person's code now, in the language asked for.
pub(crate) fn code(
    desk: &Desk,
    person: PersonId,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let pack = desk.setup.records.pack_at(u64::MAX);
    body::told(&code_body(desk, person, headers, pack.as_deref())?)
}

/// A person's code now, in the words of a pack.
fn code_body<'p>(
    desk: &Desk,
    person: PersonId,
    headers: &HeaderMap,
    pack: Option<&'p Pack>,
) -> Result<CodeBody<'p>, Problem> {
    let records = desk.setup.records.as_ref();
    let now = desk.setup.clock.now();
    let told = desk.read(explain::explain(records, person, now))?;
    let language = match Language::accepted(headers) {
        Language::Chinese => explain::Language::ZhCn,
        Language::English => explain::Language::En,
    };
    Ok(CodeBody::of(told, pack, language))
}

/// Everything on record about a person.
pub(crate) fn record(
    desk: &Desk,
    person: PersonId,
    view: PersonView,
) -> Result<RecordBody, Problem> {
    let requests = Requests {
        cases: cases_of(desk, &view)?,
        movements: movements_of(desk, &view)?,
    };
    Ok(RecordBody::of(person.to_string(), view, requests))
}

/// The person behind a session.
pub(crate) fn oneself(granted: &Granted) -> Result<PersonId, Problem> {
    match granted.caller {
        Caller::Person(person) => Ok(person),
        Caller::Nobody | Caller::Officer(_) | Caller::Organisation(_) => {
            Err(Kind::Forbidden.into())
        }
    }
}

/// One's own code now, with its reasons.
#[utoipa::path(
    get,
    path = "/api/v1/me/code",
    responses(
        (status = 200, description = "the code", body = CodeBody),
        (status = "default", description = "a problem", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn my_code(
    State(desk): State<Arc<Desk>>,
    Extension(granted): Extension<Granted>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    code(&desk, oneself(&granted)?, &headers)
}

/// Everything on record about oneself: evidence, measures, appeals, and who looked and why.
#[utoipa::path(
    get,
    path = "/api/v1/me/record",
    responses(
        (status = 200, description = "the record", body = RecordBody),
        (status = "default", description = "a problem", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn my_record(
    State(desk): State<Arc<Desk>>,
    Extension(granted): Extension<Granted>,
) -> Result<Json<RecordBody>, Problem> {
    let person = oneself(&granted)?;
    let view = desk.read(desk.setup.records.person(person))?;
    record(&desk, person, view).map(Json)
}

/// Everything on record about a person, in one document to take away (PIPL 45).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExportBody<'p> {
    /// How the ledger is called.
    ledger: String,
    /// The code, with its reasons.
    code: CodeBody<'p>,
    /// Evidence, measures, and who looked.
    record: RecordBody,
    /// Appeals and disputes with their words and answers.
    appeals: Vec<AppealBody>,
}

/// Everything on record about oneself, in one document to take away.
#[utoipa::path(
    get,
    path = "/api/v1/me/export",
    responses(
        (status = 200, description = "the document, as an attachment", body = ExportBody),
        (status = "default", description = "a problem", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn my_export(
    State(desk): State<Arc<Desk>>,
    Extension(granted): Extension<Granted>,
    headers: HeaderMap,
) -> Result<(AppendHeaders<[(HeaderName, &'static str); 1]>, Response), Problem> {
    let person = oneself(&granted)?;
    let view = desk.read(desk.setup.records.person(person))?;
    let mut appeals = Vec::new();
    for id in &view.appeals {
        let appeal = desk.read(desk.setup.records.appeal(*id))?;
        let appeal = appeal
            .map(|appeal| appeal_whole(&desk, appeal))
            .transpose()?;
        appeals.extend(appeal.flatten());
    }
    let pack = desk.setup.records.pack_at(u64::MAX);
    let export = ExportBody {
        ledger: ledger(&desk)?,
        code: code_body(&desk, person, &headers, pack.as_deref())?,
        record: record(&desk, person, view)?,
        appeals,
    };
    let attached = "attachment; filename=\"mingma-record.json\"";
    let headers = AppendHeaders([(header::CONTENT_DISPOSITION, attached)]);
    Ok((headers, body::told(&export)?))
}

/// The code of a person whom the officer has looked up, as that person sees it.
#[utoipa::path(
    get,
    path = "/api/v1/people/{person}/code",
    params(("person" = String, Path, description = "the person's id, in hexadecimal")),
    responses(
        (status = 200, description = "the code", body = CodeBody),
        (status = "default", description = "a problem", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn code_of(
    State(desk): State<Arc<Desk>>,
    Extension(granted): Extension<Granted>,
    Path(person): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (person, _) = opened(&desk, &person, &granted)?;
    code(&desk, person, &headers)
}

/// The record of a person whom the officer has looked up.
#[utoipa::path(
    get,
    path = "/api/v1/people/{person}/record",
    params(("person" = String, Path, description = "the person's id, in hexadecimal")),
    responses(
        (status = 200, description = "the record", body = RecordBody),
        (status = "default", description = "a problem", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn record_of(
    State(desk): State<Arc<Desk>>,
    Extension(granted): Extension<Granted>,
    Path(person): Path<String>,
) -> Result<Json<RecordBody>, Problem> {
    let (person, view) = opened(&desk, &person, &granted)?;
    record(&desk, person, view).map(Json)
}

//! Proxies: other people's codes and records, by a binding that they see and can end (I14).
//!
//! Invariant: a binding is looked up at each request in the row of the person whose record it is, so
//! what has ended opens nothing. Refuses: to say whether anybody else has a record.

use crate::Desk;
use crate::access::{Granted, Reach};
use crate::body;
use crate::counter;
use crate::people::{DocumentBody, code, oneself, record};
use crate::problem::{Kind, Problem, ProblemBody};
use crate::told::{CodeBody, RecordBody, SignerBody, instant};
use app::acts::ActText;
use app::records::Records as _;
use axum::Json;
use axum::body::Body;
use axum::extract::{Extension, Path, State};
use axum::http::{HeaderMap, Request, StatusCode};
use axum::response::Response;
use domain::act::ProxyKind;
use domain::document::PersonId;
use domain::state::requests::Binding;
use domain::view::PersonView;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// A binding.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BindingBody {
    /// Whose code and record, by keyed hash.
    person: String,
    /// Who may read them, by keyed hash.
    proxy: String,
    /// `proxy` or `guardian`.
    kind: &'static str,
    /// Until when; it ends by itself.
    until: Option<String>,
    /// Who bound them.
    by: SignerBody,
    /// Whether the person asked online, at that body's counter.
    online: bool,
    /// Who ended it before its time.
    ended: Option<SignerBody>,
}

impl BindingBody {
    /// A binding as both sides see it.
    pub(crate) fn of(binding: Binding) -> Self {
        Self {
            person: binding.person.to_string(),
            proxy: binding.proxy.to_string(),
            kind: binding.kind.word(),
            until: instant(binding.until),
            by: SignerBody::of(binding.by),
            online: binding.online,
            ended: binding.ended.map(SignerBody::of),
        }
    }
}

/// The binding that lets one person read of another now, and what there is to read.
pub(crate) fn bound(
    desk: &Desk,
    person: PersonId,
    proxy: PersonId,
) -> Result<Option<(Binding, PersonView)>, Problem> {
    let view = desk.read(desk.setup.records.person(person))?;
    let now = desk.setup.clock.now();
    let mut bindings = view.bindings.iter();
    let found = bindings.find(|binding| binding.proxy == proxy && binding.runs(now));
    Ok(found.cloned().map(|binding| (binding, view)))
}

/// The person whom the caller may read of, by id.
fn opened(desk: &Desk, granted: &Granted, person: &str) -> Result<(PersonId, PersonView), Problem> {
    let not_bound = || Problem::from(Kind::NotBound);
    let person: PersonId = person.parse().map_err(|_| not_bound())?;
    let found = bound(desk, person, oneself(granted)?)?;
    let (_, view) = found.ok_or_else(not_bound)?;
    match granted.reach {
        Reach::Bound => Ok((person, view)),
        Reach::Body | Reach::Area | Reach::Look | Reach::Whole => Err(not_bound()),
    }
}

/// The people whose code and record one may read now.
#[utoipa::path(
    get,
    path = "/api/v1/me/people",
    responses(
        (status = 200, description = "the bindings that run", body = Vec<BindingBody>),
        (status = "default", description = "a problem", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn my_people(
    State(desk): State<Arc<Desk>>,
    Extension(granted): Extension<Granted>,
) -> Result<Json<Vec<BindingBody>>, Problem> {
    let proxy = oneself(&granted)?;
    let view = desk.read(desk.setup.records.person(proxy))?;
    let mut people = Vec::new();
    for person in view.proxy_of {
        let found = bound(&desk, person, proxy)?;
        people.extend(found.map(|(binding, _)| BindingBody::of(binding)));
    }
    Ok(Json(people))
}

/// The code of a person whose proxy one is, as that person sees it.
#[utoipa::path(
    get,
    path = "/api/v1/me/people/{person}/code",
    params(("person" = String, Path, description = "the person's id, in hexadecimal")),
    responses(
        (status = 200, description = "the code", body = CodeBody),
        (status = "default", description = "a problem", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn bound_code(
    State(desk): State<Arc<Desk>>,
    Extension(granted): Extension<Granted>,
    Path(person): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (person, _) = opened(&desk, &granted, &person)?;
    code(&desk, person, &headers)
}

/// The record of a person whose proxy one is.
#[utoipa::path(
    get,
    path = "/api/v1/me/people/{person}/record",
    params(("person" = String, Path, description = "the person's id, in hexadecimal")),
    responses(
        (status = 200, description = "the record", body = RecordBody),
        (status = "default", description = "a problem", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn bound_record(
    State(desk): State<Arc<Desk>>,
    Extension(granted): Extension<Granted>,
    Path(person): Path<String>,
) -> Result<Json<RecordBody>, Problem> {
    let (person, view) = opened(&desk, &granted, &person)?;
    record(&desk, person, view).map(Json)
}

/// Who is to be the proxy.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProxyBody {
    /// The kind of the proxy's document, as `resident_id`.
    document_type: String,
    /// Its number.
    document_number: String,
    /// Until when, RFC 3339, a year at most.
    until: String,
}

/// The act that binds a proxy.
pub(crate) fn binding(person: PersonId, proxy: PersonId, until: String) -> ActText {
    ActText::ProxyBind {
        person: person.to_string(),
        proxy: proxy.to_string(),
        kind: ProxyKind::Proxy.word().to_owned(),
        until,
    }
}

/// The act that ends the binding between two people, whichever of them is the proxy.
pub(crate) fn ending(desk: &Desk, me: PersonId, other: &str) -> Result<ActText, Problem> {
    let other: PersonId = other.parse().map_err(|_| Problem::from(Kind::NotBound))?;
    let (person, proxy) = match bound(desk, me, other)? {
        Some(_) => (me, other),
        None => match bound(desk, other, me)? {
            Some(_) => (other, me),
            None => return Err(Kind::NotBound.into()),
        },
    };
    Ok(ActText::ProxyEnd {
        person: person.to_string(),
        proxy: proxy.to_string(),
    })
}

/// Binds a proxy, who may then read one's code and record.
///
/// The online counter signs it. A guardian is bound by an office that saw the papers.
#[utoipa::path(
    post,
    path = "/api/v1/me/proxies",
    params(("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 128,
        pattern = "^[!#-Z^-~]+$", description = "1 to 128 visible characters; a key that came with other words is refused")),
    request_body = ProxyBody,
    responses(
        (status = 201, description = "bound", body = BindingBody),
        (status = 200, description = "the same was bound before", body = BindingBody),
        (status = 422, description = "refused: the ledger refused, the refusal is an entry",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = "default", description = "a problem", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn bind(
    State(desk): State<Arc<Desk>>,
    Extension(granted): Extension<Granted>,
    headers: HeaderMap,
    request: Request<Body>,
) -> Result<(StatusCode, Json<BindingBody>), Problem> {
    let asked: ProxyBody = body::json(request).await?;
    let person = oneself(&granted)?;
    let document = DocumentBody::new(asked.document_type, asked.document_number).document()?;
    let proxy = (desk.setup.person_id)(&document);
    let act = counter::act(binding(person, proxy, asked.until))?;
    let receipt = counter::submit(&desk, person, &headers, act).await?;
    let (binding, _) = bound(&desk, person, proxy)?.ok_or(Kind::RecordUnknown)?;
    Ok((counter::status(&receipt), Json(BindingBody::of(binding))))
}

/// Ends a binding, of one's own proxy or as somebody's proxy; the online counter signs it.
#[utoipa::path(
    delete,
    path = "/api/v1/me/proxies/{person}",
    params(("person" = String, Path, description = "the other side's id, in hexadecimal")),
    responses(
        (status = 204, description = "ended"),
        (status = "default", description = "a problem", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn end(
    State(desk): State<Arc<Desk>>,
    Extension(granted): Extension<Granted>,
    Path(other): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let me = oneself(&granted)?;
    let act = counter::act(ending(&desk, me, &other)?)?;
    counter::submit(&desk, me, &headers, act).await?;
    Ok(StatusCode::NO_CONTENT)
}

//! Cases: the queue of the body that owes the answer, and what oversight sees of passing on.
//!
//! Invariant: the owner alone sees who asks and what; an oversight body sees owner, transfers and
//! deadline of every case in its place, and nobody's name, id or words.

use crate::Desk;
use crate::access::{Granted, Reach};
use crate::body;
use crate::counter;
use crate::lists::{self, Page, Scan};
use crate::offices::{Asking, Which, asked, id, waiting};
use crate::people::oneself;
use crate::problem::{Kind, Problem, ProblemBody};
use crate::told::{SignerBody, instant};
use app::acts::ActText;
use app::records::{Records as _, read};
use axum::Json;
use axum::body::Body;
use axum::extract::{Extension, Path, State};
use axum::http::{HeaderMap, Request, StatusCode};
use domain::ids::CaseId;
use domain::state::requests::{Case, Transfer};
use domain::time::Timestamp;
use domain::view::{PersonView, Table, Waiting};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// A case: one enquiry with one owner and a clock.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CaseBody {
    /// Its id, in hexadecimal.
    case: String,
    /// `open`, `overdue` or `answered`.
    status: &'static str,
    /// The body that owes the answer.
    owner: String,
    /// Until when it is to be answered; a transfer does not move it.
    deadline: Option<String>,
    /// Who opened it.
    opened: SignerBody,
    /// Whether the person asked online, at that body's counter.
    online: bool,
    /// How it was passed on, in order.
    transfers: Vec<TransferBody>,
    /// How many transfers went back to a body that had it before.
    returns: usize,
    /// Who asks; told to the owner and to that person.
    person: Option<String>,
    /// What the person says; told to the owner and to that person.
    text: Option<String>,
    /// Who answered.
    answered_by: Option<SignerBody>,
    /// The answer; told to the owner and to that person.
    answer: Option<String>,
}

/// A case that was passed on.
#[derive(Debug, Serialize, ToSchema)]
struct TransferBody {
    /// By whom.
    by: SignerBody,
    /// To whom.
    to: String,
    /// Why; told to the owner and to the person.
    reason: Option<String>,
    /// Whether it went back to a body that had it before.
    is_return: bool,
}

fn transfer(transfer: Transfer, whole: bool) -> TransferBody {
    TransferBody {
        by: SignerBody::of(transfer.by),
        to: transfer.to.to_string(),
        reason: whole.then_some(transfer.reason),
        is_return: transfer.is_return,
    }
}

impl CaseBody {
    /// A case as it is told; `whole` with who asks and all that is said.
    fn of(case: Case, whole: bool, at: Timestamp) -> Self {
        let (status, returns) = (case.status_word(at), case.returns());
        let answer = case.answer.map(|one| (SignerBody::of(one.by), one.text));
        let (answered_by, answer) = answer.unzip();
        let transfers = case.transfers.into_iter();
        Self {
            case: case.id.to_string(),
            status,
            owner: case.owner.to_string(),
            deadline: instant(case.deadline),
            opened: SignerBody::of(case.opened),
            online: case.online,
            transfers: transfers.map(|one| transfer(one, whole)).collect(),
            returns,
            person: whole.then(|| case.person.to_string()),
            text: whole.then_some(case.text),
            answered_by,
            answer: answer.filter(|_| whole),
        }
    }
}

/// The cases of a person, as that person sees them.
pub(crate) fn cases_of(desk: &Desk, view: &PersonView) -> Result<Vec<CaseBody>, Problem> {
    let now = desk.setup.clock.now();
    let mut cases = Vec::new();
    for id in &view.cases {
        let case = desk.read(desk.setup.records.case(*id))?;
        cases.extend(case.map(|case| CaseBody::of(case, true, now)));
    }
    Ok(cases)
}

/// Whether a case is within reach: one's own body's, or one of a body in one's place.
fn sees(desk: &Desk, granted: &Granted, case: &Case) -> Result<bool, Problem> {
    let owner = desk.read(desk.setup.records.organisation(&case.owner))?;
    let place = owner.map(|owner| owner.organisation.division);
    Ok(place.is_some_and(|place| granted.covers(Some(&case.owner), place)))
}

/// Whether who asks, and what, is told: to the owner alone.
pub(crate) fn whole(granted: &Granted) -> bool {
    granted.reach == Reach::Body
}

/// A case within reach, by its id.
pub(crate) fn within(desk: &Desk, granted: &Granted, id: CaseId) -> Result<Option<Case>, Problem> {
    match desk.read(desk.setup.records.case(id))? {
        Some(case) if sees(desk, granted, &case)? => Ok(Some(case)),
        Some(_) | None => Ok(None),
    }
}

/// A case as the caller may see it.
fn told(desk: &Desk, granted: &Granted, case: Case) -> Result<Option<CaseBody>, Problem> {
    let seen = sees(desk, granted, &case)?;
    let now = desk.setup.clock.now();
    Ok(seen.then(|| CaseBody::of(case, whole(granted), now)))
}

/// Cases that one's own body owns, or for oversight those in its place; open ones by deadline.
#[utoipa::path(
    get,
    path = "/api/v1/cases",
    params(Which),
    responses(
        (status = 200, description = "a page of cases", body = Page<CaseBody>),
        (status = "default", description = "a problem", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn cases(
    State(desk): State<Arc<Desk>>,
    Extension(granted): Extension<Granted>,
    query: Asking<Which>,
) -> Result<Json<Page<CaseBody>>, Problem> {
    let which = asked(query)?;
    lists::aside(&desk, move |desk| {
        let page = match which.open() {
            true => waiting(desk, b"c", &which.page(), |waiting| match waiting {
                Waiting::Case(id) => {
                    let case = within(desk, &granted, id)?;
                    case.map_or(Ok(None), |case| told(desk, &granted, case))
                }
                Waiting::Order(_) | Waiting::Appeal(_) | Waiting::Movement(_) => Ok(None),
            }),
            false => {
                let scan = Scan {
                    table: Table::Cases,
                    prefix: &[],
                };
                lists::page(desk, &scan, &which.page(), |(_, bytes)| {
                    told(desk, &granted, desk.read(read(Table::Cases, bytes))?)
                })
            }
        };
        page.map(Json)
    })
    .await
}

/// One case.
#[utoipa::path(
    get,
    path = "/api/v1/cases/{case}",
    params(("case" = String, Path, description = "its id, in hexadecimal")),
    responses(
        (status = 200, description = "the case", body = CaseBody),
        (status = "default", description = "a problem", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn case(
    State(desk): State<Arc<Desk>>,
    Extension(granted): Extension<Granted>,
    Path(case): Path<String>,
) -> Result<Json<CaseBody>, Problem> {
    let case = desk.read(desk.setup.records.case(id(&case)?))?;
    let case = case.ok_or(Kind::RecordUnknown)?;
    let told = told(&desk, &granted, case)?;
    told.map(Json).ok_or_else(|| Kind::OutsideReach.into())
}

/// What a person asks.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EnquiryBody {
    /// In the person's words.
    text: String,
}

/// Asks something about oneself: a case with one owner and a deadline.
///
/// The online counter signs it; sent again with the same `Idempotency-Key` it is the same case.
#[utoipa::path(
    post,
    path = "/api/v1/me/cases",
    params(("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 128,
        pattern = "^[!#-Z^-~]+$", description = "1 to 128 visible characters; a key that came with other words is refused")),
    request_body = EnquiryBody,
    responses(
        (status = 201, description = "opened", body = CaseBody),
        (status = 200, description = "the same was opened before", body = CaseBody),
        (status = 422, description = "refused: the ledger refused, the refusal is an entry",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = "default", description = "a problem", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn open(
    State(desk): State<Arc<Desk>>,
    Extension(granted): Extension<Granted>,
    headers: HeaderMap,
    request: Request<Body>,
) -> Result<(StatusCode, Json<CaseBody>), Problem> {
    let asked: EnquiryBody = body::json(request).await?;
    let person = oneself(&granted)?;
    let act = counter::act(ActText::CaseOpen {
        person: person.to_string(),
        text: asked.text,
    })?;
    let receipt = counter::submit(&desk, person, &headers, act).await?;
    let id = CaseId::from_bytes(receipt.digest.short());
    let case = desk.read(desk.setup.records.case(id))?;
    // It is durable; a row that is not there yet is one that cannot be read now.
    let case = case.ok_or(Kind::Internal)?;
    let told = CaseBody::of(case, true, desk.setup.clock.now());
    Ok((counter::status(&receipt), Json(told)))
}

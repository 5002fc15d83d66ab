//! Movements with an end (限时流动): asked for by people, decided by the headquarters of the place.
//!
//! Invariant: the headquarters sees who asks and why, an oversight body only that it was asked and
//! answered, and when.

use crate::Desk;
use crate::access::Granted;
use crate::body;
use crate::counter;
use crate::lists::{self, Page, Scan};
use crate::offices::{Asking, Which, asked, waiting};
use crate::people::oneself;
use crate::problem::{Kind, Problem, ProblemBody};
use crate::told::{SignerBody, instant};
use app::acts::ActText;
use app::records::{Records as _, read};
use axum::Json;
use axum::body::Body;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, Request, StatusCode};
use domain::ids::MovementId;
use domain::organisation::OrgKind;
use domain::state::requests::Movement;
use domain::time::Timestamp;
use domain::view::{PersonView, Table, Waiting};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// A movement with an end.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MovementBody {
    /// Its id, in hexadecimal.
    movement: String,
    /// `open`, `overdue`, `granted`, `refused`, `ended` or `lapsed`.
    status: &'static str,
    /// `medical`, `caring`, `bereavement`, `examination` or `home`.
    need: &'static str,
    /// From when.
    from: Option<String>,
    /// Until when; it ends by itself.
    until: Option<String>,
    /// The place responsible.
    area: String,
    /// Until when it is to be decided.
    deadline: Option<String>,
    /// Who asked for it.
    asked: SignerBody,
    /// Whether the person asked online, at that body's counter.
    online: bool,
    /// Who has to go out; told to the headquarters and to that person.
    person: Option<String>,
    /// What the person says; told to the headquarters and to that person.
    text: Option<String>,
    /// Who decided.
    decided_by: Option<SignerBody>,
    /// The decision's reason; told to the headquarters and to that person.
    reason: Option<String>,
}

impl MovementBody {
    /// A movement as it is told; `whole` with who asks and all that is said.
    fn of(movement: Movement, whole: bool, at: Timestamp) -> Self {
        let status = movement.status_word(at);
        let decision = movement.decision;
        let decision = decision.map(|one| (SignerBody::of(one.by), one.reason));
        let (decided_by, reason) = decision.unzip();
        Self {
            movement: movement.id.to_string(),
            status,
            need: movement.need.word(),
            from: instant(movement.from),
            until: instant(movement.until),
            area: movement.area.to_string(),
            deadline: instant(movement.deadline),
            asked: SignerBody::of(movement.asked),
            online: movement.online,
            person: whole.then(|| movement.person.to_string()),
            text: whole.then_some(movement.text),
            decided_by,
            reason: reason.filter(|_| whole),
        }
    }
}

/// The movements of a person, as that person sees them.
pub(crate) fn movements_of(desk: &Desk, view: &PersonView) -> Result<Vec<MovementBody>, Problem> {
    let now = desk.setup.clock.now();
    let mut movements = Vec::new();
    for id in &view.movements {
        let movement = desk.read(desk.setup.records.movement(*id))?;
        movements.extend(movement.map(|movement| MovementBody::of(movement, true, now)));
    }
    Ok(movements)
}

/// A movement as the caller may see it.
fn told(desk: &Desk, granted: &Granted, movement: Movement) -> Option<MovementBody> {
    let kind = granted.caller.org().map(|org| org.kind);
    let whole = kind == Some(OrgKind::Headquarters);
    let now = desk.setup.clock.now();
    let seen = granted.covers(None, movement.area);
    seen.then(|| MovementBody::of(movement, whole, now))
}

/// Movements asked for in one's place; those that wait come by deadline.
#[utoipa::path(
    get,
    path = "/api/v1/movements",
    params(Which),
    responses(
        (status = 200, description = "a page of movements", body = Page<MovementBody>),
        (status = "default", description = "a problem", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn movements(
    State(desk): State<Arc<Desk>>,
    Extension(granted): Extension<Granted>,
    query: Asking<Which>,
) -> Result<Json<Page<MovementBody>>, Problem> {
    let which = asked(query)?;
    lists::aside(&desk, move |desk| {
        let page = match which.open() {
            true => waiting(desk, b"m", &which.page(), |waiting| match waiting {
                Waiting::Movement(id) => {
                    let movement = desk.read(desk.setup.records.movement(id))?;
                    // One that nobody decided before its end waits for nobody.
                    let now = desk.setup.clock.now();
                    let movement = movement.filter(|movement| movement.waits(now));
                    Ok(movement.and_then(|movement| told(desk, &granted, movement)))
                }
                Waiting::Order(_) | Waiting::Appeal(_) | Waiting::Case(_) => Ok(None),
            }),
            false => {
                let scan = Scan {
                    table: Table::Movements,
                    prefix: &[],
                };
                lists::page(desk, &scan, &which.page(), |(_, bytes)| {
                    let movement = desk.read(read(Table::Movements, bytes))?;
                    Ok(told(desk, &granted, movement))
                })
            }
        };
        page.map(Json)
    })
    .await
}

/// A movement that a person asks for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WantedBody {
    /// `medical`, `caring`, `bereavement`, `examination` or `home`.
    need: String,
    /// From when, RFC 3339.
    from: String,
    /// Until when, 24 hours later at most.
    until: String,
    /// In the person's words.
    text: String,
}

/// Asks for a movement with an end, about oneself.
///
/// The online counter signs it; sent again with the same `Idempotency-Key` it is the same request.
#[utoipa::path(
    post,
    path = "/api/v1/me/movements",
    params(("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 128,
        pattern = "^[!#-Z^-~]+$", description = "1 to 128 visible characters; a key that came with other words is refused")),
    request_body = WantedBody,
    responses(
        (status = 201, description = "asked for", body = MovementBody),
        (status = 200, description = "the same was asked for before", body = MovementBody),
        (status = 422, description = "refused: the ledger refused, the refusal is an entry",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = "default", description = "a problem", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn request(
    State(desk): State<Arc<Desk>>,
    Extension(granted): Extension<Granted>,
    headers: HeaderMap,
    request: Request<Body>,
) -> Result<(StatusCode, Json<MovementBody>), Problem> {
    let wanted: WantedBody = body::json(request).await?;
    let person = oneself(&granted)?;
    let act = counter::act(ActText::MovementRequest {
        person: person.to_string(),
        need: wanted.need,
        from: wanted.from,
        until: wanted.until,
        text: wanted.text,
    })?;
    let receipt = counter::submit(&desk, person, &headers, act).await?;
    let id = MovementId::from_bytes(receipt.digest.short());
    let movement = desk.read(desk.setup.records.movement(id))?;
    let movement = movement.ok_or(Kind::Internal)?;
    let told = MovementBody::of(movement, true, desk.setup.clock.now());
    Ok((counter::status(&receipt), Json(told)))
}

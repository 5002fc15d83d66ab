//! Judgement (研判): the control list that makers work from, and the preview of a proposal.
//!
//! Invariant: people appear by id alone, and only inside one's own place; the preview is made by the
//! code that decides. Refuses: names, documents and phones.

use crate::Desk;
use crate::access::Granted;
use crate::body;
use crate::lists::{self, Asked, Page, Scan};
use crate::problem::{Kind, Problem, ProblemBody};
use crate::told::instant;
use app::acts::{ActText, FieldError};
use app::ports::Pair;
use app::records::read;
use axum::Json;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Extension, Query, State};
use axum::http::Request;
use domain::act::{ActBody, Proposal};
use domain::colour::{Ground, Stage};
use domain::machine::Preview;
use domain::view::{EvidenceView, PersonView, Table};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use utoipa::{IntoParams, ToSchema};

/// How long a preview may take.
const PREVIEW_TIME_MAX: Duration = Duration::from_secs(10);

/// Which part of the control list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// The ground, as `CLOSE`.
    ground: String,
    /// Only people who wait for judgement: nothing was imposed on this ground since the evidence was recorded
    /// (a withdrawn order does not count), and no measure on it is live.
    pending: Option<bool>,
    /// Where the page before ended: its `next`.
    #[param(max_length = 160, pattern = "^([0-9a-f]{2})+$")]
    cursor: Option<String>,
    /// At most so many items.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<usize>,
}

/// A person on the control list (重点人群管控库).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ControlBody {
    /// The person, by keyed hash.
    person: String,
    /// The evidence on this ground.
    evidence: String,
    /// Its kind.
    kind: &'static str,
    /// The body that supplied it.
    source: Option<String>,
    /// Where, GB/T 2260.
    division: String,
    /// When the fact happened.
    occurred_at: Option<String>,
    /// What a measure on this ground says now: `none`, `flag`, `yellow` or `red`.
    stage: &'static str,
}

/// People in one's place with usable evidence on a ground; the list that orders are made from.
#[utoipa::path(
    get,
    path = "/api/v1/control-list",
    params(Which),
    responses(
        (status = 200, description = "a page of the control list", body = Page<ControlBody>),
        (status = "default", description = "a problem", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn control_list(
    State(desk): State<Arc<Desk>>,
    Extension(granted): Extension<Granted>,
    query: Result<Query<Which>, QueryRejection>,
) -> Result<Json<Page<ControlBody>>, Problem> {
    let Query(which) = query.map_err(|_| Kind::Malformed)?;
    let ground: Ground = which.ground.parse().map_err(|_| Kind::FieldInvalid)?;
    let asked = Asked {
        cursor: which.cursor,
        limit: which.limit,
    };
    let pending = which.pending == Some(true);
    lists::aside(&desk, move |desk| {
        let found = listed(desk, &granted, ground, pending, &asked)?;
        Ok(Json(Page {
            items: found.items.into_iter().map(ControlBody::of).collect(),
            next: found.next,
        }))
    })
    .await
}

/// Somebody on the control list: the evidence on a ground, and what a measure says now.
pub(crate) struct Listed {
    pub(crate) person: String,
    pub(crate) evidence: EvidenceView,
    pub(crate) stage: Stage,
}

impl ControlBody {
    fn of(listed: Listed) -> Self {
        let one = listed.evidence;
        Self {
            person: listed.person,
            evidence: one.id.to_string(),
            kind: one.kind.word(),
            source: one.source.map(|org| org.to_string()),
            division: one.division.to_string(),
            occurred_at: instant(one.occurred_at),
            stage: app::explain::stage_word(listed.stage),
        }
    }
}

/// A page of the control list, as far as the reader reaches.
pub(crate) fn listed(
    desk: &Desk,
    granted: &Granted,
    ground: Ground,
    pending: bool,
    asked: &Asked,
) -> Result<Page<Listed>, Problem> {
    let scan = Scan {
        table: Table::People,
        prefix: &[],
    };
    let now = desk.setup.clock.now();
    lists::page(desk, &scan, asked, |(key, bytes): &Pair| {
        let view: PersonView = desk.read(read(Table::People, bytes))?;
        let measures = view.measures.iter().filter(|one| one.ground == ground);
        let stage = measures.map(|one| one.stage_at(now)).max();
        let stage = stage.unwrap_or_default();
        if pending && stage > Stage::None {
            return Ok(None);
        }
        let mut reached = |one: &&EvidenceView| granted.covers(one.source.as_ref(), one.division);
        let found = match pending {
            true => view.pending(ground).find(&mut reached),
            false => view.usable(ground).find(&mut reached),
        };
        Ok(found.map(|evidence| Listed {
            person: domain::ids::to_hex(key),
            evidence: evidence.clone(),
            stage,
        }))
    })
}

/// A proposal to be previewed: the act `order.propose` as JSON (docs/acts.md).
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProposalBody {
    /// The ground.
    ground: String,
    /// The place, GB/T 2260.
    area: String,
    /// The people, by id.
    people: Vec<String>,
}

/// What an order would do, and how unlike the last 21 days it is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PreviewBody {
    /// How many people.
    people: u64,
    /// How many of them have usable evidence.
    with_evidence: u64,
    /// People with no evidence on the ground; with anybody of these it would be refused whole.
    without_evidence: u64,
    /// People by the county of their evidence.
    counties: BTreeMap<String, u64>,
    /// Whether the province must approve.
    needs_province: bool,
    /// Measures on this ground in this place on the busiest of the last 21 days.
    busiest_day: u64,
    /// Mean a day over the last 21 days.
    mean_day: f64,
    /// The order's size divided by the busiest day.
    times_busiest: f64,
}

/// What a proposal would do now, before anybody signs it.
#[utoipa::path(
    post,
    path = "/api/v1/orders/preview",
    request_body = ProposalBody,
    responses(
        (status = 200, description = "the preview", body = PreviewBody),
        (status = "default", description = "a problem", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn preview(
    State(desk): State<Arc<Desk>>,
    Extension(granted): Extension<Granted>,
    request: Request<Body>,
) -> Result<Json<PreviewBody>, Problem> {
    let asked: ProposalBody = body::json(request).await?;
    let text = ActText::OrderPropose {
        ground: asked.ground,
        area: asked.area,
        people: asked.people,
        reason: String::new(),
        emergency: false,
        document: None,
    };
    let act: Result<ActBody, FieldError> = text.try_into();
    let Ok(ActBody::OrderPropose(proposal)) = act else {
        return Err(Kind::FieldInvalid.into());
    };
    let preview = previewed(&desk, &granted, proposal).await?;
    let counties = preview.counties.into_iter();
    Ok(Json(PreviewBody {
        people: preview.people,
        with_evidence: preview.with_evidence,
        without_evidence: preview.without_evidence,
        counties: counties
            .map(|(place, people)| (place.to_string(), people))
            .collect(),
        needs_province: preview.needs_province,
        busiest_day: preview.busiest_day,
        mean_day: preview.mean_day,
        times_busiest: preview.times_busiest,
    }))
}

/// What a proposal in one's own place would do now, by the code that decides.
pub(crate) async fn previewed(
    desk: &Arc<Desk>,
    granted: &Granted,
    proposal: Proposal,
) -> Result<Preview, Problem> {
    granted.demand(None, proposal.area)?;
    let permit = Arc::clone(&desk.submissions).try_acquire_owned();
    let permit = permit.map_err(|_| Kind::Busy)?;
    let waiting = desk.setup.writer.preview(Box::new(proposal), permit)?;
    match timeout(PREVIEW_TIME_MAX, waiting).await {
        Ok(Ok(preview)) => preview.ok_or_else(|| Kind::NotFound.into()),
        Ok(Err(_gone)) => Err(Kind::WritesDown.into()),
        Err(_elapsed) => Err(Kind::WritesSlow.into()),
    }
}

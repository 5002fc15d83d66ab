//! What the offices see of their own work: orders, appeals, reports, refusals.
//!
//! Invariant: an office sees its own body's work or its own place's, as the table in `access` says;
//! an oversight body sees every act in its place and nobody's name, id or words.

use crate::Desk;
use crate::access::Granted;
use crate::lists::{self, Asked, Page, Scan};
use crate::problem::{Kind, Problem, ProblemBody};
use crate::told::{AppealBody, OrderBody, RefusedBody, ReportBody};
use app::ports::Pair;
use app::records::{Records as _, read};
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Extension, Path, Query, State};
use domain::act::AppealTarget;
use domain::division::DivisionCode;
use domain::ids::{AppealId, OrderId, ReportId};
use domain::organisation::OrgKind;
use domain::state::records::{Appeal, RefusalRecord, ReportRecord};
use domain::view::{OrderView, Table, Waiting};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;

/// A query as it came; one that cannot be read is a malformed request.
pub(crate) type Asking<T> = Result<Query<T>, QueryRejection>;

/// What was asked.
pub(crate) fn asked<T>(query: Asking<T>) -> Result<T, Problem> {
    query
        .map(|Query(asked)| asked)
        .map_err(|_| Kind::Malformed.into())
}

/// An id as it was asked for; what cannot be one names nothing.
pub(crate) fn id<T: std::str::FromStr>(text: &str) -> Result<T, Problem> {
    text.parse().map_err(|_| Kind::RecordUnknown.into())
}

/// Which of those that wait or were decided.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// Only what waits for a decision, by its end; otherwise everything, by its id.
    open: Option<bool>,
    /// Where the page before ended: its `next`.
    #[param(max_length = 160, pattern = "^([0-9a-f]{2})+$")]
    cursor: Option<String>,
    /// At most so many items.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<usize>,
}

impl Which {
    /// Whether only what waits is asked for.
    pub(crate) fn open(&self) -> bool {
        self.open == Some(true)
    }

    pub(crate) fn page(&self) -> Asked {
        Asked {
            cursor: self.cursor.clone(),
            limit: self.limit,
        }
    }
}

fn order_told(
    desk: &Desk,
    granted: &Granted,
    order: OrderId,
    view: OrderView,
) -> Option<OrderBody> {
    let now = desk.setup.clock.now();
    let seen = granted.covers(Some(&view.maker.org), view.area);
    seen.then(|| OrderBody::of(order.to_string(), view, now))
}

/// Orders in one's place.
#[utoipa::path(
    get,
    path = "/api/v1/orders",
    params(Which),
    responses(
        (status = 200, description = "a page of orders", body = Page<OrderBody>),
        (status = "default", description = "a problem", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn orders(
    State(desk): State<Arc<Desk>>,
    Extension(granted): Extension<Granted>,
    query: Asking<Which>,
) -> Result<Json<Page<OrderBody>>, Problem> {
    let which = asked(query)?;
    lists::aside(&desk, move |desk| {
        let take = |id: OrderId| -> Result<Option<OrderBody>, Problem> {
            let view = desk.read(desk.setup.records.order(id))?;
            Ok(view.and_then(|view| order_told(desk, &granted, id, view)))
        };
        let page = match which.open() {
            true => waiting(desk, b"o", &which.page(), |waiting| match waiting {
                Waiting::Order(id) => take(id),
                Waiting::Appeal(_) | Waiting::Case(_) | Waiting::Movement(_) => Ok(None),
            }),
            false => {
                let scan = Scan {
                    table: Table::Orders,
                    prefix: &[],
                };
                lists::page(desk, &scan, &which.page(), |(key, bytes)| {
                    let view: OrderView = desk.read(read(Table::Orders, bytes))?;
                    let Ok(key) = <[u8; 16]>::try_from(key.as_slice()) else {
                        return Ok(None);
                    };
                    Ok(order_told(desk, &granted, OrderId::from_bytes(key), view))
                })
            }
        };
        page.map(Json)
    })
    .await
}

/// A page of what waits.
pub(crate) fn waiting<T>(
    desk: &Desk,
    kind: &[u8],
    asked: &Asked,
    mut take: impl FnMut(Waiting) -> Result<Option<T>, Problem>,
) -> Result<Page<T>, Problem> {
    let scan = Scan {
        table: Table::Queue,
        prefix: kind,
    };
    lists::page(desk, &scan, asked, |(key, _)| {
        Waiting::from_key(key).map_or(Ok(None), &mut take)
    })
}

/// One order.
#[utoipa::path(
    get,
    path = "/api/v1/orders/{order}",
    params(("order" = String, Path, description = "its id, in hexadecimal")),
    responses(
        (status = 200, description = "the order", body = OrderBody),
        (status = "default", description = "a problem", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn order(
    State(desk): State<Arc<Desk>>,
    Extension(granted): Extension<Granted>,
    Path(order): Path<String>,
) -> Result<Json<OrderBody>, Problem> {
    let order: OrderId = id(&order)?;
    let view = desk.read(desk.setup.records.order(order))?;
    let view = view.ok_or(Kind::RecordUnknown)?;
    granted.demand(Some(&view.maker.org), view.area)?;
    let now = desk.setup.clock.now();
    Ok(Json(OrderBody::of(order.to_string(), view, now)))
}

/// The place responsible for an appeal: of the measure or the evidence that it is about.
pub(crate) fn appeal_area(desk: &Desk, appeal: &Appeal) -> Result<Option<DivisionCode>, Problem> {
    let view = desk.read(desk.setup.records.person(appeal.person))?;
    Ok(match appeal.target {
        AppealTarget::Measure(ground) => {
            let mut measures = view.measures.iter();
            measures
                .find(|one| one.ground == ground)
                .map(|one| one.area)
        }
        AppealTarget::Evidence(id) => {
            let mut evidence = view.evidence.iter();
            evidence.find(|one| one.id == id).map(|one| one.division)
        }
    })
}

/// An appeal as whoever made it sees it.
pub(crate) fn appeal_whole(desk: &Desk, appeal: Appeal) -> Result<Option<AppealBody>, Problem> {
    let area = appeal_area(desk, &appeal)?;
    let now = desk.setup.clock.now();
    Ok(area.map(|area| AppealBody::of(appeal, area, true, now)))
}

/// An appeal in one's place, by its id.
pub(crate) fn appeal_within(
    desk: &Desk,
    granted: &Granted,
    id: AppealId,
) -> Result<Option<Appeal>, Problem> {
    let Some(appeal) = desk.read(desk.setup.records.appeal(id))? else {
        return Ok(None);
    };
    let area = appeal_area(desk, &appeal)?;
    Ok(area
        .is_some_and(|area| granted.covers(None, area))
        .then_some(appeal))
}

fn appeal_told(
    desk: &Desk,
    granted: &Granted,
    appeal: Appeal,
) -> Result<Option<AppealBody>, Problem> {
    let Some(area) = appeal_area(desk, &appeal)? else {
        return Ok(None);
    };
    let kind = granted.caller.org().map(|org| org.kind);
    let whole = kind == Some(OrgKind::ReviewBody);
    let now = desk.setup.clock.now();
    let seen = granted.covers(None, area);
    Ok(seen.then(|| AppealBody::of(appeal, area, whole, now)))
}

/// Appeals and disputes in one's place; those that wait come by deadline (I9).
#[utoipa::path(
    get,
    path = "/api/v1/appeals",
    params(Which),
    responses(
        (status = 200, description = "a page of appeals", body = Page<AppealBody>),
        (status = "default", description = "a problem", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn appeals(
    State(desk): State<Arc<Desk>>,
    Extension(granted): Extension<Granted>,
    query: Asking<Which>,
) -> Result<Json<Page<AppealBody>>, Problem> {
    let which = asked(query)?;
    lists::aside(&desk, move |desk| {
        let page = match which.open() {
            true => waiting(desk, b"a", &which.page(), |waiting| match waiting {
                Waiting::Appeal(id) => match desk.read(desk.setup.records.appeal(id))? {
                    Some(appeal) => appeal_told(desk, &granted, appeal),
                    None => Ok(None),
                },
                Waiting::Order(_) | Waiting::Case(_) | Waiting::Movement(_) => Ok(None),
            }),
            false => {
                let scan = Scan {
                    table: Table::Appeals,
                    prefix: &[],
                };
                lists::page(desk, &scan, &which.page(), |(_, bytes)| {
                    appeal_told(desk, &granted, desk.read(read(Table::Appeals, bytes))?)
                })
            }
        };
        page.map(Json)
    })
    .await
}

/// One appeal.
#[utoipa::path(
    get,
    path = "/api/v1/appeals/{appeal}",
    params(("appeal" = String, Path, description = "its id, in hexadecimal")),
    responses(
        (status = 200, description = "the appeal", body = AppealBody),
        (status = "default", description = "a problem", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn appeal(
    State(desk): State<Arc<Desk>>,
    Extension(granted): Extension<Granted>,
    Path(appeal): Path<String>,
) -> Result<Json<AppealBody>, Problem> {
    let appeal: AppealId = id(&appeal)?;
    let found = desk.read(desk.setup.records.appeal(appeal))?;
    let found = found.ok_or(Kind::RecordUnknown)?;
    let told = appeal_told(&desk, &granted, found)?;
    told.map(Json).ok_or_else(|| Kind::OutsideReach.into())
}

/// Whether a report is within reach: of one's own body, or of a body in one's place.
pub(crate) fn sees(desk: &Desk, granted: &Granted, report: &ReportRecord) -> Result<bool, Problem> {
    let org = desk.read(desk.setup.records.organisation(&report.org))?;
    let place = org.map(|org| org.organisation.division);
    Ok(place.is_some_and(|place| granted.covers(Some(&report.org), place)))
}

/// Reports of one's own body, or of one's place, and how their rows fared.
#[utoipa::path(
    get,
    path = "/api/v1/reports",
    params(Asked),
    responses(
        (status = 200, description = "a page of reports", body = Page<ReportBody>),
        (status = "default", description = "a problem", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn reports(
    State(desk): State<Arc<Desk>>,
    Extension(granted): Extension<Granted>,
    query: Asking<Asked>,
) -> Result<Json<Page<ReportBody>>, Problem> {
    let which = asked(query)?;
    lists::aside(&desk, move |desk| {
        let scan = Scan {
            table: Table::Reports,
            prefix: &[],
        };
        let take = |(key, bytes): &Pair| {
            let record: ReportRecord = desk.read(read(Table::Reports, bytes))?;
            let seen = sees(desk, &granted, &record)?;
            Ok(seen.then(|| ReportBody::of(domain::ids::to_hex(key), record)))
        };
        lists::page(desk, &scan, &which, take).map(Json)
    })
    .await
}

/// One report.
#[utoipa::path(
    get,
    path = "/api/v1/reports/{report}",
    params(("report" = String, Path, description = "its id, in hexadecimal")),
    responses(
        (status = 200, description = "the report", body = ReportBody),
        (status = "default", description = "a problem", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn report(
    State(desk): State<Arc<Desk>>,
    Extension(granted): Extension<Granted>,
    Path(report): Path<String>,
) -> Result<Json<ReportBody>, Problem> {
    let report: ReportId = id(&report)?;
    let record = desk.read(desk.setup.records.report(report))?;
    let record = record.ok_or(Kind::RecordUnknown)?;
    match sees(&desk, &granted, &record)? {
        true => Ok(Json(ReportBody::of(report.to_string(), record))),
        false => Err(Kind::OutsideReach.into()),
    }
}

/// Which refusals.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct WhichRefused {
    /// Only what one's own body was refused.
    own: Option<bool>,
    /// The newest first; otherwise from the oldest on.
    newest: Option<bool>,
    /// Where the page before ended: its `next`, in the same order.
    #[param(max_length = 160, pattern = "^([0-9a-f]{2})+$")]
    cursor: Option<String>,
    /// At most so many items.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<usize>,
}

/// The table of what was refused, in the order of its entries.
pub(crate) const REFUSED: Scan<'static> = Scan {
    table: Table::Refusals,
    prefix: &[],
};

/// A refusal with its entry, where it is within reach; of one's own body alone, if that is asked.
pub(crate) fn refused(
    desk: &Desk,
    granted: &Granted,
    is_own: bool,
    (key, bytes): &Pair,
) -> Result<Option<(u64, RefusalRecord)>, Problem> {
    let record: RefusalRecord = desk.read(read(Table::Refusals, bytes))?;
    let Some(org) = &record.org else {
        return Ok(None);
    };
    if is_own && granted.caller.org().is_none_or(|own| own.id != *org) {
        return Ok(None);
    }
    let place = desk.read(desk.setup.records.organisation(org))?;
    let place = place.map(|org| org.organisation.division);
    let seen = place.is_some_and(|place| granted.covers(Some(org), place));
    let entry = <[u8; 8]>::try_from(key.as_slice()).map(u64::from_be_bytes);
    Ok(entry.ok().filter(|_| seen).map(|entry| (entry, record)))
}

/// What was refused: of one's own body, or in one's place.
#[utoipa::path(
    get,
    path = "/api/v1/refusals",
    params(WhichRefused),
    responses(
        (status = 200, description = "a page of refusals", body = Page<RefusedBody>),
        (status = "default", description = "a problem", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn refusals(
    State(desk): State<Arc<Desk>>,
    Extension(granted): Extension<Granted>,
    query: Asking<WhichRefused>,
) -> Result<Json<Page<RefusedBody>>, Problem> {
    let which = asked(query)?;
    lists::aside(&desk, move |desk| {
        let is_own = which.own == Some(true);
        let take = |row: &Pair| {
            let found = refused(desk, &granted, is_own, row)?;
            Ok(found.map(|(entry, record)| RefusedBody::of(entry, record)))
        };
        let page = Asked {
            cursor: which.cursor,
            limit: which.limit,
        };
        match which.newest {
            Some(true) => lists::newest(desk, &REFUSED, &page, take),
            Some(false) | None => lists::page(desk, &REFUSED, &page, take),
        }
        .map(Json)
    })
    .await
}

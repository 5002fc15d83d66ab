//! Daily reports: what the divisions of one's place closed or delivered, and who owes a day.
//!
//! Invariant: who is late is read from the clock and the hour of the rules in force; a body outside
//! one's place is not named, whether it reported or not.

use crate::Desk;
use crate::access::Granted;
use crate::lists::{self, Asked, Page, Scan};
use crate::offices::{Asking, asked};
use crate::problem::{Kind, Problem, ProblemBody};
use crate::told::{SignerBody, instant};
use app::ports::Pair;
use app::records::{Records as _, read};
use axum::Json;
use axum::extract::{Extension, State};
use domain::act::DaySource;
use domain::division::DivisionCode;
use domain::ids::to_hex;
use domain::organisation::owes_days;
use domain::state::records::DayReport;
use domain::time::{Day, Timestamp};
use domain::view::{OrganisationView, Table, day_key, read_day_key};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Bodies looked at to find out who owes a day: far more than a province has.
const BODIES_MAX: usize = 200_000;
/// Bodies fetched at a time.
const PORTION_ROWS: usize = 1_024;

/// Which days.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct WhichDays {
    /// Only this day, and who owes it.
    #[param(pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
    day: Option<String>,
    /// Where the page before ended: its `next`.
    #[param(max_length = 160, pattern = "^([0-9a-f]{2})+$")]
    cursor: Option<String>,
    /// At most so many items.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<usize>,
}

/// One page of days.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DaysBody {
    /// What was found, by division.
    items: Vec<DayBody>,
    /// The cursor of the next page; null where this is the last.
    next: Option<String>,
    /// Who owes the day; null where no day was asked for.
    missing: Option<MissingBody>,
}

/// The divisions of one's place that owe a day.
#[derive(Debug, Serialize, ToSchema)]
struct MissingBody {
    /// Until when it is in time; null while no pack is in force.
    due: Option<String>,
    /// Whether that has passed.
    overdue: bool,
    /// Prefectures with a registered big-data bureau of which nothing is on record, GB/T 2260.
    divisions: Vec<String>,
}

/// A day closed by a division and received by the level above.
#[derive(Debug, Serialize, ToSchema)]
struct DayBody {
    /// The division, GB/T 2260.
    division: String,
    /// The day.
    day: String,
    /// Until when it is in time; null while no pack is in force.
    due: Option<String>,
    /// Who closed it; who delivered it, where it was closed in another ledger.
    closed: SignerBody,
    /// Whether that was after the hour.
    closed_late: bool,
    /// Who received it.
    received: Option<SignerBody>,
    /// Whether it was received after the hour.
    received_late: bool,
    /// Evidence and measures of the day by ground.
    counts: BTreeMap<String, serde_json::Value>,
    /// The entry of another ledger that closed it; null where it was closed in this one.
    source: Option<SourceBody>,
}

/// The entry of another ledger that closed a day.
#[derive(Debug, Serialize, ToSchema)]
struct SourceBody {
    /// The origin of that ledger.
    ledger: String,
    /// The entry.
    entry: u64,
    /// When it closed the day.
    closed_at: Option<String>,
    /// How many entries the tree named by the sender holds.
    size: u64,
    /// Its root, in hexadecimal.
    root: String,
}

impl From<DaySource> for SourceBody {
    fn from(source: DaySource) -> Self {
        Self {
            ledger: source.ledger,
            entry: source.entry,
            closed_at: instant(source.closed_at),
            size: source.size,
            root: to_hex(&source.root),
        }
    }
}

impl DayBody {
    fn of(division: DivisionCode, day: Day, due: Option<Timestamp>, report: DayReport) -> Self {
        let counts = report.counts.into_iter().map(|(ground, count)| {
            let count = serde_json::to_value(count).unwrap_or_default();
            (ground.to_string(), count)
        });
        Self {
            division: division.to_string(),
            day: day.to_string(),
            due: due.and_then(instant),
            closed: SignerBody::of(report.closed),
            closed_late: report.closed_late,
            received: report.received.map(SignerBody::of),
            received_late: report.received_late,
            counts: counts.collect(),
            source: report.source.map(SourceBody::from),
        }
    }
}

/// The divisions within reach whose body owes days.
pub(crate) fn owing(desk: &Desk, granted: &Granted) -> Result<BTreeSet<DivisionCode>, Problem> {
    let rows = desk.setup.records.rows();
    let (mut found, mut from, mut looked) = (BTreeSet::new(), Vec::new(), 0_usize);
    loop {
        let portion = desk.read(rows.rows(Table::Organisations, &from, PORTION_ROWS))?;
        for (_, bytes) in &portion {
            let view: OrganisationView = desk.read(read(Table::Organisations, bytes))?;
            let place = view.organisation.division;
            if owes_days(&view.organisation) && granted.covers(None, place) {
                found.insert(place);
            }
        }
        looked = looked.saturating_add(portion.len());
        match portion.last() {
            Some((key, _)) if portion.len() == PORTION_ROWS && looked < BODIES_MAX => {
                from = [key.as_slice(), &[0]].concat();
            }
            Some(_) | None => return Ok(found),
        }
    }
}

/// What a division has on record of a day.
pub(crate) fn day_of(
    desk: &Desk,
    place: DivisionCode,
    day: Day,
) -> Result<Option<DayReport>, Problem> {
    let rows = desk.setup.records.rows();
    let row = desk.read(rows.row(Table::Days, &day_key(place, day)))?;
    let report = row.map(|bytes| desk.read(read(Table::Days, &bytes)));
    report.transpose()
}

/// The divisions within reach whose body owes a day of which nothing is on record.
fn missing(desk: &Desk, granted: &Granted, day: Day) -> Result<BTreeSet<DivisionCode>, Problem> {
    let mut found = BTreeSet::new();
    for place in owing(desk, granted)? {
        if day_of(desk, place, day)?.is_none() {
            found.insert(place);
        }
    }
    Ok(found)
}

/// The days that the divisions of one's place closed or delivered, whether in time (18:00), and who
/// owes one.
#[utoipa::path(
    get,
    path = "/api/v1/days",
    params(WhichDays),
    responses(
        (status = 200, description = "a page of days", body = DaysBody),
        (status = "default", description = "a problem", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn days(
    State(desk): State<Arc<Desk>>,
    Extension(granted): Extension<Granted>,
    query: Asking<WhichDays>,
) -> Result<Json<DaysBody>, Problem> {
    let which = asked(query)?;
    let only = which.day.map(|day| day.parse::<Day>()).transpose();
    let only = only.map_err(|_| Kind::FieldInvalid)?;
    let paging = Asked {
        cursor: which.cursor,
        limit: which.limit,
    };
    lists::aside(&desk, move |desk| {
        let scan = Scan {
            table: Table::Days,
            prefix: &[],
        };
        let pack = desk.setup.records.pack_at(u64::MAX);
        let due = |day| pack.as_ref().map(|pack| pack.book().day_due(day));
        let take = |(key, bytes): &Pair| {
            let asked_for = |day| only.is_none_or(|only| only == day);
            let seen = read_day_key(key)
                .filter(|(place, day)| asked_for(*day) && granted.covers(None, *place));
            let Some((place, day)) = seen else {
                return Ok(None);
            };
            let report: DayReport = desk.read(read(Table::Days, bytes))?;
            Ok(Some(DayBody::of(place, day, due(day), report)))
        };
        let Page { items, next } = lists::page(desk, &scan, &paging, take)?;
        let missing = only.map(|day| {
            let divisions = missing(desk, &granted, day)?;
            let due = due(day);
            Ok::<_, Problem>(MissingBody {
                due: due.and_then(instant),
                overdue: due.is_some_and(|due| desk.setup.clock.now() > due),
                divisions: divisions.iter().map(ToString::to_string).collect(),
            })
        });
        Ok(Json(DaysBody {
            items,
            next,
            missing: missing.transpose()?,
        }))
    })
    .await
}

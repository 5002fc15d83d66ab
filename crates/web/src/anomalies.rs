//! What an oversight body looks at: patterns in a bounded window of the public log, in its place.
//!
//! Invariant: a board costs the same whatever is on record: so many entries, the overdue end of the
//! queue, the days of the window. Nobody is in it: leaves have counts and no people.

use crate::Desk;
use crate::access::Granted;
use crate::lists;
use crate::offices::{Asking, appeal_area, asked};
use crate::problem::{Kind, Problem, ProblemBody};
use crate::told::instant;
use app::oversight::{self, Finding, Sums};
use app::ports::{Pair, StorageError};
use app::records::{Records as _, read};
use axum::Json;
use axum::extract::{Extension, State};
use domain::colour::Ground;
use domain::division::DivisionCode;
use domain::ids::OrgId;
use domain::leaf::{Leaf, Totals};
use domain::rules::VolumeGuard;
use domain::state::records::{Appeal, DayReport};
use domain::time::{CHINA_OFFSET_S, Day, Timestamp};
use domain::view::{BoardTotals, TOTALS_KEY, Table, Waiting, day_key, read_day_key};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Entries that one board looks at.
const ENTRIES: u64 = 2_000;
/// Appeals at the overdue end of the queue, and days of the window, that it looks at.
const ROWS_MAX: usize = 500;
/// Rows of one division's days fetched at a time.
const DAYS_AT_ONCE: usize = 32;

/// Which window of the log.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Before {
    /// Entries below this one alone; otherwise the newest.
    pub(crate) before: Option<u64>,
}

/// A board.
pub(crate) struct Board {
    /// The first entry of the window, and the one after the last.
    pub(crate) entries: (u64, u64),
    /// From when to when.
    pub(crate) span: Option<(Timestamp, Timestamp)>,
    /// Whether the record counts what the log adds up to; told of the newest window.
    pub(crate) sums: Option<Sums>,
    /// What somebody should look at, by pattern.
    pub(crate) findings: Vec<Finding>,
    /// The names of the bodies in them.
    pub(crate) names: BTreeMap<OrgId, String>,
    /// The bar at which the province signs, as it stands in the pack in force.
    pub(crate) guard: Option<VolumeGuard>,
}

fn leaves(desk: &Desk, from: u64, until: u64) -> Result<Vec<Leaf>, Problem> {
    let leaves = desk.setup.published.leaves(from..until);
    desk.read(leaves.map_err(|why| StorageError { what: "log", why }))
}

/// Makes the board of a window.
pub(crate) fn board(desk: &Desk, granted: &Granted, which: &Before) -> Result<Board, Problem> {
    let records = &desk.setup.records;
    let newest = desk.read(records.entries())?;
    let until = which.before.unwrap_or(newest).min(newest);
    let from = until.saturating_sub(ENTRIES);
    // The leaf before the window is where its sum begins.
    let all = leaves(desk, from.saturating_sub(1), until)?;
    let totals = desk.read(records.rows().row(Table::Board, TOTALS_KEY))?;
    let totals: Option<BoardTotals> = match totals.filter(|_| until == newest) {
        Some(bytes) => Some(desk.read(read(Table::Board, &bytes))?),
        None => None,
    };
    let sums = totals.map(|totals| oversight::sums(&all, &totals));
    let mut places = BTreeMap::new();
    let mut seen = Vec::new();
    for leaf in all.into_iter().filter(|leaf| leaf.seq >= from) {
        let place = leaf
            .area
            .or(place_of(desk, leaf.org.as_ref(), &mut places)?);
        if place.is_some_and(|place| granted.covers(leaf.org.as_ref(), place)) {
            seen.push(leaf);
        }
    }
    let span = seen.first().zip(seen.last());
    let span = span.map(|(first, last)| (first.at, last.at));
    let guard = records.pack_at(u64::MAX).map(|pack| pack.book().volume);
    let mut findings = found(&seen, guard);
    let now = desk.setup.clock.now();
    if until == newest {
        findings.extend(oversight::overdue(&overdue(desk, granted, now)?, now));
    }
    if let Some((begin, end)) = span {
        findings.extend(oversight::late(&days(desk, granted, begin, end)?));
    }
    findings.sort_by_key(|finding| finding.pattern);
    let mut names = BTreeMap::new();
    for org in findings.iter().filter_map(|finding| finding.org.as_ref()) {
        if !names.contains_key(org) {
            names.insert(org.clone(), desk.read(records.org_name(org))?);
        }
    }
    Ok(Board {
        entries: (from, until),
        span,
        sums,
        findings,
        names,
        guard,
    })
}

fn found(leaves: &[Leaf], guard: Option<VolumeGuard>) -> Vec<Finding> {
    let split = guard.map(|guard| oversight::splitting(leaves, guard));
    [
        oversight::clusters(leaves),
        oversight::held(leaves),
        split.unwrap_or_default(),
        oversight::short_lived(leaves),
        oversight::untested(leaves),
        oversight::bargains(leaves),
        oversight::emergencies(leaves),
        oversight::broken_glass(leaves),
        oversight::refused(leaves),
    ]
    .concat()
}

/// Where a body acts, for entries that name no place.
fn place_of(
    desk: &Desk,
    org: Option<&OrgId>,
    known: &mut BTreeMap<OrgId, Option<DivisionCode>>,
) -> Result<Option<DivisionCode>, Problem> {
    let Some(org) = org else {
        return Ok(None);
    };
    if let Some(place) = known.get(org) {
        return Ok(*place);
    }
    let body = desk.read(desk.setup.records.organisation(org))?;
    let place = body.map(|body| body.organisation.division);
    known.insert(org.clone(), place);
    Ok(place)
}

/// Appeals of one's place at the end of the queue that ran out of time.
fn overdue(
    desk: &Desk,
    granted: &Granted,
    now: Timestamp,
) -> Result<Vec<(Appeal, DivisionCode)>, Problem> {
    let rows = desk.setup.records.rows().rows(Table::Queue, b"a", ROWS_MAX);
    let mut found = Vec::new();
    for (key, _) in desk.read(rows)? {
        let Some(Waiting::Appeal(id)) = Waiting::from_key(&key) else {
            break;
        };
        let Some(appeal) = desk.read(desk.setup.records.appeal(id))? else {
            continue;
        };
        // By deadline: those after this one are in time.
        if appeal.deadline > now {
            break;
        }
        let area = appeal_area(desk, &appeal)?;
        let area = area.filter(|area| granted.covers(None, *area));
        found.extend(area.map(|area| (appeal, area)));
    }
    Ok(found)
}

/// Days of one's place in a span, division by division.
fn days(
    desk: &Desk,
    granted: &Granted,
    begin: Timestamp,
    end: Timestamp,
) -> Result<Vec<(DivisionCode, DayReport)>, Problem> {
    let offset_s = desk.setup.records.pack_at(u64::MAX);
    let offset_s = offset_s.map_or(CHINA_OFFSET_S, |pack| pack.book().utc_offset_s);
    let (first, last) = (begin.local_day(offset_s), end.local_day(offset_s));
    let mut found = Vec::new();
    let mut from: Vec<u8> = Vec::new();
    for _ in 0..ROWS_MAX {
        let rows = desk.setup.records.rows();
        let rows = desk.read(rows.rows(Table::Days, &from, DAYS_AT_ONCE))?;
        let Some(next) = days_of(desk, &rows, (first, last), &mut found, granted)? else {
            break;
        };
        from = next;
    }
    Ok(found)
}

/// Takes the days of a span out of rows; where to go on, or none at the end of the table.
fn days_of(
    desk: &Desk,
    rows: &[Pair],
    (first, last): (Day, Day),
    found: &mut Vec<(DivisionCode, DayReport)>,
    granted: &Granted,
) -> Result<Option<Vec<u8>>, Problem> {
    for (key, bytes) in rows {
        let Some((place, day)) = read_day_key(key) else {
            continue;
        };
        if day < first {
            return Ok(Some(day_key(place, first)));
        }
        if day > last || !granted.covers(None, place) {
            // On to the next division.
            let next = place.number().saturating_add(1);
            return Ok(Some(next.to_be_bytes().to_vec()));
        }
        found.push((place, desk.read(read(Table::Days, bytes))?));
    }
    let end = rows.last().filter(|_| rows.len() == DAYS_AT_ONCE);
    Ok(end.map(|(key, _)| [key.as_slice(), &[0]].concat()))
}

/// What an oversight body should look at in one window of the log.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AnomaliesBody {
    /// The first entry of the window.
    from: u64,
    /// The entry after its last.
    until: u64,
    /// What to ask for as `before` for the window before this one; null where this is the first.
    next: Option<u64>,
    /// Whether the log adds up to what the record counts; null for older windows.
    sums: Option<SumsBody>,
    /// The thresholds; those of the pack in force, or ours.
    thresholds: ThresholdsBody,
    /// What was found, by pattern.
    items: Vec<AnomalyBody>,
}

/// The check that no colour is without an entry.
#[derive(Debug, Serialize, ToSchema)]
struct SumsBody {
    /// Whether it holds.
    holds: bool,
    /// How many entries were added up.
    entries: u64,
    /// People red and yellow by the log's running sum; null while the log is behind the record.
    log: Option<ColoursBody>,
    /// People red and yellow as the record counts them.
    record: ColoursBody,
    /// The first entry whose changes do not add up.
    broken: Option<u64>,
}

/// People in each colour.
#[derive(Debug, Serialize, ToSchema)]
struct ColoursBody {
    /// Red.
    red: u64,
    /// Yellow.
    yellow: u64,
}

impl From<Totals> for ColoursBody {
    fn from(totals: Totals) -> Self {
        Self {
            red: totals.red,
            yellow: totals.yellow,
        }
    }
}

/// From where on something is worth a look.
#[derive(Debug, Serialize, ToSchema)]
struct ThresholdsBody {
    /// People coloured by one body on one ground within an hour (our default).
    cluster_people: u64,
    /// Hours within which a withdrawn order was short-lived (our default).
    short_hours: i64,
    /// People at whom the province signs; of the pack in force.
    split_people: Option<u32>,
    /// The hours over which they are added up; of the pack in force.
    split_hours: Option<u32>,
}

/// Something that somebody should look at.
#[derive(Debug, Serialize, ToSchema)]
struct AnomalyBody {
    /// The pattern: `cluster`, `held`, `splitting`, `short_lived`, `untested`, `bargain`,
    /// `emergency`, `glass`, `overdue`, `late` or `refused`.
    pattern: &'static str,
    /// Whose acts they are.
    org: Option<String>,
    /// The ground.
    ground: Option<&'static str>,
    /// The place, GB/T 2260.
    area: Option<String>,
    /// The newest of them.
    at: Option<String>,
    /// How many acts.
    count: u64,
    /// How many people they concern.
    people: u64,
    /// The signed entries, newest first, a dozen at most.
    entries: Vec<u64>,
}

impl From<Finding> for AnomalyBody {
    fn from(finding: Finding) -> Self {
        Self {
            pattern: finding.pattern.word(),
            org: finding.org.map(|org| org.to_string()),
            ground: finding.ground.map(Ground::code),
            area: finding.area.map(|area| area.to_string()),
            at: instant(finding.at),
            count: finding.count,
            people: finding.people,
            entries: finding.entries,
        }
    }
}

/// What an oversight body should look at in its place: counts, and the signed entries behind them.
#[utoipa::path(
    get,
    path = "/api/v1/anomalies",
    params(Before),
    responses(
        (status = 200, description = "the board of one window of the log", body = AnomaliesBody),
        (status = "default", description = "a problem", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn anomalies(
    State(desk): State<Arc<Desk>>,
    Extension(granted): Extension<Granted>,
    query: Asking<Before>,
) -> Result<Json<AnomaliesBody>, Problem> {
    let which = asked(query)?;
    // The document's whole numbers end where those of JSON's readers do (int64).
    let is_beyond = |before: u64| i64::try_from(before).is_err();
    if which.before.is_some_and(is_beyond) {
        return Err(Kind::Malformed.into());
    }
    let board = lists::aside(&desk, move |desk| board(desk, &granted, &which)).await?;
    let (from, until) = board.entries;
    Ok(Json(AnomaliesBody {
        from,
        until,
        next: (from > 0).then_some(from),
        sums: board.sums.map(|sums| SumsBody {
            holds: sums.hold(),
            entries: sums.entries,
            log: sums.log.map(ColoursBody::from),
            record: sums.record.into(),
            broken: sums.broken,
        }),
        thresholds: ThresholdsBody {
            cluster_people: oversight::CLUSTER_PEOPLE,
            short_hours: oversight::SHORT_S / 3_600,
            split_people: board.guard.map(|guard| guard.people),
            split_hours: board.guard.map(|guard| guard.window_s / 3_600),
        },
        items: board.findings.into_iter().map(AnomalyBody::from).collect(),
    }))
}

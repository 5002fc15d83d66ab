//! The counts of a day by place and ground, and of the days before it, for anybody.
//!
//! Invariant: read from the board's rows, a bounded number of them whatever the ledger holds; small
//! cells are withheld with all that would give them away (`domain::counts`). Refuses: other days than
//! calendar days.

use crate::Desk;
use crate::lists::aside;
use crate::problem::{Kind, Problem, ProblemBody};
use app::records::{Records as _, read};
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use domain::colour::Ground;
use domain::counts::{ALL, Cell, SMALL_CELL, shown};
use domain::division::{DivisionCode, divisions};
use domain::state::records::DayCount;
use domain::time::{CHINA_OFFSET_S, Day, Timestamp};
use domain::view::public::{day_prefix, read_count_key};
use domain::view::{BoardTotals, TOTALS_KEY, Table};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Days told with a day: it, and those before.
pub(crate) const DAYS: i64 = 14;
/// Rows read of a day: more than a province has prefectures and a pack grounds.
const ROWS_MAX: usize = 1_000;

/// Which day, in which form.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// The day, as `2022-06-13`; without it the newest of the last fortnight on which anything was imposed.
    #[param(format = Date)]
    pub(crate) day: Option<String>,
    /// `csv`; without it JSON.
    #[param(pattern = "^csv$")]
    pub(crate) format: Option<String>,
}

/// What is told of a place and a ground; null where it is withheld.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Told {
    /// Red measures imposed on the day.
    pub(crate) red: Option<u64>,
    /// Yellow measures imposed on the day.
    pub(crate) yellow: Option<u64>,
    /// Measures that the volume guard held back for the province.
    pub(crate) held: Option<u64>,
    /// Measures ended before their time.
    pub(crate) released: Option<u64>,
}

/// A day's counts, each cell and each sum.
pub(crate) struct DayTold {
    pub(crate) day: Day,
    pub(crate) cells: BTreeMap<Cell, Told>,
}

impl DayTold {
    fn of(day: Day, counts: &BTreeMap<(DivisionCode, Ground), DayCount>) -> Self {
        let of = |count: fn(&DayCount) -> u64| {
            shown(counts.iter().map(|(key, cell)| (*key, count(cell))))
        };
        let red = of(|cell| cell.red);
        let (yellow, held) = (of(|cell| cell.yellow), of(|cell| cell.held));
        let released = of(|cell| cell.released);
        let told = |cell: Cell| {
            let of = |shown: &BTreeMap<Cell, Option<u64>>| shown.get(&cell).copied().flatten();
            let told = Told {
                red: of(&red),
                yellow: of(&yellow),
                held: of(&held),
                released: of(&released),
            };
            (cell, told)
        };
        let cells = red.keys().copied().map(told).collect();
        Self { day, cells }
    }

    /// The sum of the day.
    pub(crate) fn all(&self) -> Told {
        self.cells.get(&ALL).copied().unwrap_or_default()
    }
}

/// What the ledger tells of a day.
pub(crate) struct Counts {
    /// As of which entry, when that was, and how many people are red and yellow then.
    pub(crate) board: Option<BoardTotals>,
    /// The day, and those before it, newest first.
    pub(crate) days: Vec<DayTold>,
}

/// The counts of a day; without one of the newest that has any.
pub(crate) fn of(desk: &Desk, asked: Option<Day>) -> Result<Counts, Problem> {
    let rows = desk.setup.records.rows();
    let board = desk.read(rows.row(Table::Board, TOTALS_KEY))?;
    let board = board.map(|bytes| desk.read(read(Table::Board, &bytes)));
    let board = board.transpose()?;
    let day = match asked {
        Some(day) => day,
        None => newest(desk)?,
    };
    let back = |days: i64| Day::from_count(day.as_count().saturating_sub(days));
    let days = (0..DAYS).map(back);
    let days = days.map(|day| Ok(DayTold::of(day, &cells(desk, day)?)));
    Ok(Counts {
        board,
        days: days.collect::<Result<_, Problem>>()?,
    })
}

/// Today, by the civil time of the pack in force.
fn today(desk: &Desk) -> Day {
    let pack = desk.setup.records.pack_at(u64::MAX);
    let offset_s = pack.map_or(CHINA_OFFSET_S, |pack| pack.book().utc_offset_s);
    desk.setup.clock.now().local_day(offset_s)
}

/// The newest day on which something was imposed that is not longer ago than is told; or today.
fn newest(desk: &Desk) -> Result<Day, Problem> {
    let today = today(desk);
    for back in 0..DAYS {
        let day = Day::from_count(today.as_count().saturating_sub(back));
        let cells = cells(desk, day)?;
        if cells.values().any(|cell| cell.red > 0 || cell.yellow > 0) {
            return Ok(day);
        }
    }
    Ok(today)
}

fn cells(desk: &Desk, day: Day) -> Result<BTreeMap<(DivisionCode, Ground), DayCount>, Problem> {
    let prefix = day_prefix(day);
    let rows = desk.setup.records.rows();
    let rows = desk.read(rows.rows(Table::Board, &prefix, ROWS_MAX))?;
    let own = rows.iter().take_while(|(key, _)| key.starts_with(&prefix));
    let known = own.filter_map(|(key, bytes)| Some((read_count_key(key)?, bytes)));
    let cells = known.map(|(key, bytes)| Ok((key, desk.read(read(Table::Board, bytes))?)));
    cells.collect()
}

/// A row of the counts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CountBody {
    /// GB/T 2260 code of the prefecture; null for all of them together.
    place: Option<String>,
    /// Its name.
    name: Option<&'static str>,
    /// The ground, as `CLOSE`; null for all of them together.
    ground: Option<String>,
    #[serde(flatten)]
    told: Told,
}

/// The sum of a day.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DayCountsBody {
    /// The day.
    day: String,
    #[serde(flatten)]
    told: Told,
}

/// The counts of a day.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CountsBody {
    /// The day, in the civil time of the rule pack.
    day: String,
    /// How many entries they reflect.
    entries: u64,
    /// The instant of the last of them.
    at: Option<String>,
    /// People who are red then.
    red: u64,
    /// People who are yellow then.
    yellow: u64,
    /// Counts from 1 to one below this are withheld, and others that would give one away.
    withheld_below: u64,
    /// Measures of the day, by place and ground, with their sums.
    counts: Vec<CountBody>,
    /// The sums of the day and of those before it, newest first.
    days: Vec<DayCountsBody>,
}

impl CountsBody {
    fn of(counts: &Counts) -> Self {
        let board = counts.board;
        let totals = board.map(|board| board.totals).unwrap_or_default();
        let first = counts.days.first();
        let rows = first.into_iter().flat_map(|day| &day.cells);
        Self {
            day: first.map(|day| day.day.to_string()).unwrap_or_default(),
            entries: board.map_or(0, |board| board.entries),
            at: board
                .map(|board| board.at)
                .filter(|at| *at != Timestamp::NEVER)
                .map(|at| at.to_string()),
            red: totals.red,
            yellow: totals.yellow,
            withheld_below: SMALL_CELL,
            counts: rows
                .map(|((place, ground), told)| CountBody {
                    place: place.map(|place| place.to_string()),
                    name: place.map(name),
                    ground: ground.map(|ground| ground.to_string()),
                    told: *told,
                })
                .collect(),
            days: counts
                .days
                .iter()
                .map(|day| DayCountsBody {
                    day: day.day.to_string(),
                    told: day.all(),
                })
                .collect(),
        }
    }

    /// The rows as a table for spreadsheets; empty where a count is withheld.
    fn csv(&self) -> String {
        let mut text = "day,place,name,ground,red,yellow,held,released\r\n".to_owned();
        let number = |count: Option<u64>| count.map_or_else(String::new, |count| count.to_string());
        for row in &self.counts {
            let told = row.told;
            let _ = write!(
                text,
                "{},{},{},{},{},{},{},{}\r\n",
                self.day,
                row.place.as_deref().unwrap_or("all"),
                row.name.unwrap_or("all"),
                row.ground.as_deref().unwrap_or("all"),
                number(told.red),
                number(told.yellow),
                number(told.held),
                number(told.released),
            );
        }
        text
    }
}

/// The name of a place.
pub(crate) fn name(place: DivisionCode) -> &'static str {
    divisions().find(place).map_or("", |division| division.name)
}

/// The day that somebody asks for.
pub(crate) fn day(text: Option<&str>) -> Result<Option<Day>, Problem> {
    let day = text.map(str::parse::<Day>).transpose();
    day.map_err(|_| Kind::Malformed.into())
}

/// The counts of a day: measures imposed, held back and ended early, by place and ground.
#[utoipa::path(
    get,
    path = "/api/v1/counts",
    params(Asked),
    responses(
        (status = 200, description = "the counts", content(
            (CountsBody = "application/json"), (String = "text/csv"))),
        (status = 400, description = "malformed-request", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = "default", description = "a problem", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn counts(
    State(desk): State<Arc<Desk>>,
    query: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(asked) = query.map_err(|_| Kind::Malformed)?;
    let wanted = day(asked.day.as_deref())?;
    let is_csv = match asked.format.as_deref() {
        None => false,
        Some("csv") => true,
        Some(_) => return Err(Kind::Malformed.into()),
    };
    let counts = aside(&desk, move |desk| of(desk, wanted)).await?;
    let body = CountsBody::of(&counts);
    let life = [(header::CACHE_CONTROL, "no-cache")];
    Ok(match is_csv {
        false => (life, Json(body)).into_response(),
        true => {
            let name = format!("attachment; filename=\"counts-{}.csv\"", body.day);
            let kind = [
                (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
                (header::CONTENT_DISPOSITION, name),
            ];
            (life, kind, body.csv()).into_response()
        }
    })
}

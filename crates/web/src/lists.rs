//! Pages of rows: a cursor is the key of the last row that was looked at.
//!
//! Invariant: a request looks at a bounded number of rows, whatever is on record; a page may be
//! short or empty and still say where to go on. Refuses: cursors and limits that it did not give.

use crate::Desk;
use crate::problem::{Kind, Problem};
use app::ports::Pair;
use domain::view::Table;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Rows on a page unless fewer are asked for.
pub(crate) const LIMIT: usize = 50;
/// The most rows on a page.
const LIMIT_MAX: usize = 500;
/// Rows looked at for one page.
const SCAN_ROWS_MAX: usize = 5_000;
/// Rows fetched at a time.
const PORTION_ROWS: usize = 256;
/// The longest key of a row.
const KEY_BYTES_MAX: usize = 96;

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// Where the page before ended: its `next`.
    #[param(max_length = 160, pattern = "^([0-9a-f]{2})+$")]
    pub(crate) cursor: Option<String>,
    /// At most so many items.
    #[param(minimum = 1, maximum = 500)]
    pub(crate) limit: Option<usize>,
}

/// One page.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Page<T> {
    /// What was found, in the order of the table.
    pub(crate) items: Vec<T>,
    /// The cursor of the next page; null where this is the last.
    pub(crate) next: Option<String>,
}

impl<T> Default for Page<T> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            next: None,
        }
    }
}

fn cursor(text: &str) -> Result<Vec<u8>, Problem> {
    let bad = || Problem::from(Kind::Malformed);
    if text.is_empty() || text.len() > 2 * KEY_BYTES_MAX || !text.len().is_multiple_of(2) {
        return Err(bad());
    }
    let digits = text.as_bytes().chunks_exact(2);
    digits
        .map(|pair| {
            let pair = std::str::from_utf8(pair).map_err(|_| bad())?;
            let plain = pair
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            match plain {
                true => u8::from_str_radix(pair, 16).map_err(|_| bad()),
                false => Err(bad()),
            }
        })
        .collect()
}

/// A part of a table, and where to begin in it.
pub(crate) struct Scan<'a> {
    /// The table.
    pub(crate) table: Table,
    /// What every key begins with.
    pub(crate) prefix: &'a [u8],
}

/// Which way a table is read.
#[derive(Clone, Copy)]
enum Way {
    /// In the order of its keys.
    Up,
    /// From its last key on.
    Down,
}

impl Way {
    /// Where to go on after a key, so that it is not read again.
    fn past(self, key: &[u8]) -> Vec<u8> {
        match self {
            // The first key after it.
            Self::Up => [key, &[0]].concat(),
            Self::Down => key.to_vec(),
        }
    }

    /// Where to begin.
    fn start(self, prefix: &[u8]) -> Vec<u8> {
        match self {
            Self::Up => prefix.to_vec(),
            // Beyond every key.
            Self::Down => [prefix, &[u8::MAX; KEY_BYTES_MAX]].concat(),
        }
    }
}

/// Collects a page of what `take` makes of the rows; it passes over those that it makes nothing of.
pub(crate) fn page<T>(
    desk: &Desk,
    scan: &Scan<'_>,
    asked: &Asked,
    take: impl FnMut(&Pair) -> Result<Option<T>, Problem>,
) -> Result<Page<T>, Problem> {
    walk(desk, scan, Way::Up, asked, take)
}

/// The same from the last row on: the newest first, where keys are in the order of time.
pub(crate) fn newest<T>(
    desk: &Desk,
    scan: &Scan<'_>,
    asked: &Asked,
    take: impl FnMut(&Pair) -> Result<Option<T>, Problem>,
) -> Result<Page<T>, Problem> {
    walk(desk, scan, Way::Down, asked, take)
}

fn walk<T>(
    desk: &Desk,
    scan: &Scan<'_>,
    way: Way,
    asked: &Asked,
    mut take: impl FnMut(&Pair) -> Result<Option<T>, Problem>,
) -> Result<Page<T>, Problem> {
    let limit = asked.limit.unwrap_or(LIMIT);
    if limit == 0 || limit > LIMIT_MAX {
        return Err(Kind::Malformed.into());
    }
    let mut from = match &asked.cursor {
        Some(text) => way.past(&cursor(text)?),
        None => way.start(scan.prefix),
    };
    let mut items = Vec::new();
    let mut looked = 0_usize;
    loop {
        let rows = desk.setup.records.rows();
        let portion = desk.read(match way {
            Way::Up => rows.rows(scan.table, &from, PORTION_ROWS),
            Way::Down => rows.rows_before(scan.table, &from, PORTION_ROWS),
        })?;
        let is_last = portion.len() < PORTION_ROWS;
        for row in portion {
            if !row.0.starts_with(scan.prefix) {
                return Ok(Page { items, next: None });
            }
            looked = looked.saturating_add(1);
            items.extend(take(&row)?);
            from = way.past(&row.0);
            if items.len() >= limit || looked >= SCAN_ROWS_MAX {
                let next = Some(domain::ids::to_hex(&row.0));
                return Ok(Page { items, next });
            }
        }
        if is_last {
            return Ok(Page { items, next: None });
        }
    }
}

/// Runs a read of many rows away from the threads that answer.
pub(crate) async fn aside<T: Send + 'static>(
    desk: &Arc<Desk>,
    ask: impl FnOnce(&Desk) -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let other = Arc::clone(desk);
    let answer = tokio::task::spawn_blocking(move || ask(&other)).await;
    answer.unwrap_or_else(|_panicked| Err(Kind::Internal.into()))
}

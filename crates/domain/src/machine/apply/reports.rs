//! Applying reports: evidence goes on record, with the measures and releases it carries.
//!
//! Invariant: a row that was not taken leaves no trace but its count.

use super::orders::{begin_measure, remember};
use super::{count, end_measure, mark_boundaries, state_mark, tally};
use crate::act::PART_ROWS_MAX;
use crate::colour::{Ground, Stage};
use crate::division::DivisionCode;
use crate::leaf::RowCounts;
use crate::machine::effect::{Grant, Recorded, Taken, Who};
use crate::machine::{Applied, Context, RowResult, RowTaken, Subject};
use crate::refusal::Code;
use crate::state::State;
use crate::state::records::{DayCount, REFUSED_ROWS_MAX, ReportRecord};
use std::collections::BTreeMap;

/// Records a part of a report.
pub(super) fn record(
    state: &mut State,
    cx: &Context<'_>,
    applied: &mut Applied,
    recorded: Recorded,
) {
    let Recorded {
        report,
        org,
        kind,
        part,
        parts,
        ground,
        results,
        taken,
    } = recorded;
    let source = state.people.source(&org);
    state.people.reserve(taken.len(), taken.len(), 0);
    applied.subjects.reserve(taken.len());
    applied.changes.people.reserve(taken.len());
    let mut sums = Sums::default();
    for row in taken {
        take_row(state, cx, applied, &mut sums, row, source, ground);
    }
    applied.changes.people.sort_unstable();
    applied.changes.people.dedup();
    if let Some(ground) = ground {
        remember(state, cx, (ground, true), &org, sums.imposed.into_iter());
        for (place, cell) in sums.places {
            tally(state, cx.at, applied, place, ground, |day| day.add(&cell));
        }
    }
    let counts = count_rows(&results);
    let record = state.reports.entry(report).or_insert_with(|| ReportRecord {
        org,
        kind,
        parts,
        entries: BTreeMap::new(),
        rows: RowCounts::default(),
        refused: BTreeMap::new(),
        at: cx.at,
    });
    record.entries.insert(part, state.seq);
    let room = REFUSED_ROWS_MAX.saturating_sub(record.refused.len());
    record
        .refused
        .extend(refused_rows(part, &results).take(room));
    record.rows.recorded = record.rows.recorded.saturating_add(counts.recorded);
    record.rows.duplicate = record.rows.duplicate.saturating_add(counts.duplicate);
    record.rows.refused = record.rows.refused.saturating_add(counts.refused);
    record.rows.held = record.rows.held.saturating_add(counts.held);
    applied.changes.reports.push(report);
    applied.rows = results;
    applied.counts = counts;
}

/// The refused rows of a part, by their place in the report from 1: every part before it is full.
fn refused_rows(part: u32, results: &[RowResult]) -> impl Iterator<Item = (u32, Code)> {
    let full = u32::try_from(PART_ROWS_MAX).unwrap_or(u32::MAX);
    let first = part.saturating_mul(full).saturating_add(1);
    let numbered = (first..).zip(results);
    numbered.filter_map(|(row, result)| result.err().map(|code| (row, code)))
}

/// Counts how the rows fared; what was not needed was not taken and counts nowhere.
fn count_rows(results: &[RowResult]) -> RowCounts {
    let mut counts = RowCounts::default();
    for result in results {
        let cell = match result {
            Ok(RowTaken::Duplicate) => &mut counts.duplicate,
            Ok(RowTaken::NotNeeded) => continue,
            Ok(RowTaken::Held) => {
                counts.held = counts.held.saturating_add(1);
                &mut counts.recorded
            }
            Ok(RowTaken::Recorded | RowTaken::Measured | RowTaken::Released | RowTaken::Coarse) => {
                &mut counts.recorded
            }
            Err(_) => &mut counts.refused,
        };
        *cell = cell.saturating_add(1);
    }
    counts
}

/// What the rows of a part add up to.
#[derive(Default)]
struct Sums {
    /// Who was given a colour, and where, for the volume guard.
    imposed: Vec<(u32, DivisionCode)>,
    /// The day's counts by prefecture.
    places: BTreeMap<DivisionCode, DayCount>,
}

fn take_row(
    state: &mut State,
    cx: &Context<'_>,
    applied: &mut Applied,
    sums: &mut Sums,
    row: Taken,
    source: u16,
    ground: Option<Ground>,
) {
    let Taken {
        person,
        mut evidence,
        measure,
        ends,
    } = row;
    let (id, division, held) = (evidence.id, evidence.division, evidence.held);
    evidence.source = source;
    let place = state.people.intern(person);
    let evidence = state.people.add_evidence(place, evidence);
    let cell = sums.places.entry(division.prefecture()).or_default();
    cell.evidence = cell.evidence.saturating_add(1);
    cell.held = cell.held.saturating_add(u64::from(held));
    let mut touched = false;
    if let (Some(span), Some(ground)) = (measure, ground) {
        let grant = Grant {
            who: Who::Known(place),
            evidence: Some(evidence),
            area: division,
            span,
            disputed: false,
        };
        begin_measure(state, &grant, ground, None);
        mark_boundaries(state, place, span);
        let stage = span.stage_at(cx.at);
        cell.impose(stage);
        if stage > Stage::Flag {
            sums.imposed.push((place, division));
        }
        touched = true;
    }
    for (measure, when, how) in ends {
        touched |= end_measure(state, applied, cx.at, measure, when, how).is_some();
    }
    if touched {
        count(state, place, cx.at, &mut applied.caused);
        applied.notices = applied.notices.saturating_add(1);
    }
    let (name, _) = id.as_bytes().as_chunks::<8>();
    let name = name.first().copied().unwrap_or_default();
    let stage = state.people.stage_at(place, cx.at) as u8;
    let mark = state_mark(name, state.people.live_until(place, cx.at), stage);
    applied.subjects.push(Subject { person, mark });
    applied.changes.people.push(place);
}

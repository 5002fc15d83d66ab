//! What is checked after every scenario, whatever it is about, and what an edited log gives away.
//!
//! Invariant: replay of the journal is the state; the transitions of the public leaves add up to
//! the totals and to a count person by person; the views are the fold, row by row (I1, I10).

use super::check::{Answers, CheckReport};
use super::check_board::count;
use super::driver::{Driver, DriverError, replica};
use super::error::Fault;
use super::expect::add;
use app::ports::{Record, Views};
use domain::ids::to_hex;
use domain::leaf::{Leaf, Totals, Transitions};
use domain::view::{Table, every_row};
use std::collections::BTreeMap;
use tlog::hash::{Hash, leaf_hash};

/// How a stored log can be edited.
pub(super) const EDITS: &[&str] = &["flip", "recolour", "drop", "repeat", "truncate"];

/// Everything that must hold at the end.
pub(super) fn checks(driver: &mut dyn Driver) -> Result<Vec<CheckReport>, DriverError> {
    let mut answers = Answers::default();
    let records = driver.records()?;
    replays(driver, &records, &mut answers);
    sums(driver, &records, &mut answers);
    let hashes: Vec<Hash> = records
        .iter()
        .map(|record| leaf_hash(&record.leaf))
        .collect();
    answers.same(
        "the Merkle root over the stored leaves is the ledger's",
        hex(&driver.ledger().root()),
        hex(&tlog::tree::root(&hashes)),
    );
    let stored = rows_of(driver.views()?)?;
    let mut fold = BTreeMap::new();
    for row in every_row(driver.state()) {
        if let Some(value) = row.value {
            fold.insert((row.table, row.key), value);
        }
    }
    let differing = |a: &Rows, b: &Rows| {
        a.iter()
            .filter(|(key, value)| b.get(*key) != Some(value))
            .count()
    };
    let rows = differing(&fold, &stored).saturating_add(differing(&stored, &fold));
    answers.same("rows of the views that differ from the fold", 0, rows);
    Ok(answers.0)
}

type Rows = BTreeMap<(Table, Vec<u8>), Vec<u8>>;

fn rows_of(views: &dyn Views) -> Result<Rows, DriverError> {
    let mut rows = Rows::new();
    for &table in Table::ALL {
        let all = views.rows(table, &[], usize::MAX);
        let all = all.map_err(|error| DriverError(error.to_string()))?;
        rows.extend(all.into_iter().map(|(key, value)| ((table, key), value)));
    }
    Ok(rows)
}

/// A hash in hexadecimal.
pub(super) fn hex(hash: &Hash) -> String {
    to_hex(hash)
}

fn replays(driver: &dyn Driver, records: &[Record], answers: &mut Answers) {
    let what = "replay of the journal gives the same state";
    match replica(records.to_vec(), driver.ledger().keyring().salts()) {
        Ok(ledger) => {
            let same = ledger.state() == driver.state() && ledger.root() == driver.ledger().root();
            answers.same(what, true, same);
        }
        Err(error) => answers.same(what, true, error),
    }
}

fn sums(driver: &dyn Driver, records: &[Record], answers: &mut Answers) {
    let state = driver.state();
    let mut sum = Transitions::default();
    let mut running = Some(Totals::default());
    let mut off = Vec::new();
    for (seq, record) in records.iter().enumerate() {
        let Some(leaf) = Leaf::decode(&record.leaf) else {
            off.push(format!("entry {seq} is unreadable"));
            continue;
        };
        sum = add(add(sum, leaf.lapsed), leaf.caused);
        running = running
            .and_then(|totals| totals.after(leaf.lapsed))
            .and_then(|totals| totals.after(leaf.caused));
        if running != Some(leaf.totals) {
            off.push(format!("entry {seq}"));
        }
    }
    answers.verdict(
        "transitions add up to the totals in every leaf",
        "every leaf",
        &off,
    );
    let shown = |totals: Totals| format!("{} red, {} yellow", totals.red, totals.yellow);
    let summed = Totals::default()
        .after(sum)
        .map_or_else(|| "no sum".to_owned(), shown);
    let counted = count(state, state.last_at);
    answers.same(
        "the sum of all transitions is the count person by person",
        shown(counted),
        summed,
    );
    answers.same(
        "the running totals are the count person by person",
        shown(counted),
        shown(state.totals),
    );
}

/// Edits a copy of the log as somebody with the disk could, and tells whether that shows.
pub(super) fn edit(driver: &dyn Driver, entry: u64, how: &str) -> Result<CheckReport, Fault> {
    let failed = |error: DriverError| Fault::new("edit_log", error.to_string(), "see the office");
    let mut records = driver.records().map_err(failed)?;
    let place = usize::try_from(entry).unwrap_or(usize::MAX);
    let unknown = || {
        Fault::new(
            "edit_log.how",
            format!("there is no edit `{how}` of entry {entry}"),
            format!("use one of {}", super::values::listed(EDITS)),
        )
    };
    let record = records.get_mut(place).ok_or_else(unknown)?;
    match how {
        "flip" => {
            if let Some(byte) = record.leaf.last_mut() {
                *byte ^= 1;
            }
        }
        "recolour" => {
            let mut leaf = Leaf::decode(&record.leaf).ok_or_else(unknown)?;
            leaf.totals.red = leaf.totals.red.saturating_add(1);
            leaf.caused.green_red = leaf.caused.green_red.saturating_add(1);
            record.leaf = leaf.encode();
        }
        "repeat" => {
            let copy = record.clone();
            records.insert(place.saturating_add(1), copy);
        }
        "drop" => drop(records.remove(place)),
        "truncate" => records.truncate(place),
        _ => return Err(unknown()),
    }
    let found = match replica(records, driver.ledger().keyring().salts()) {
        Err(error) => format!("detected: {}", error.0.lines().next().unwrap_or_default()),
        Ok(ledger) if ledger.root() != driver.ledger().root() => {
            "detected: the Merkle root is not the one that was published".to_owned()
        }
        Ok(_) => "not detected".to_owned(),
    };
    let passed = found.starts_with("detected");
    Ok(CheckReport {
        line: None,
        what: "an edited log".to_owned(),
        expected: "detected".to_owned(),
        found,
        passed,
    })
}

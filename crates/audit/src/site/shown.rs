//! The small files of a site: which lists there are, how many people have a colour, what was said.
//!
//! Invariant: each is compared with the log, member by member, in both directions.

use super::ground::{Ground, differs, file_fault, items, missing};
use super::lists::Lists;
use crate::report::{Name, Report};
use credential::list::{MANIFEST_BYTES_MAX, Manifest};
use domain::ids::to_hex;
use domain::leaf::{Leaf, Totals};
use domain::time::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const LISTS: &str = "lists.json";
const AGGREGATION: &str = "aggregation";
const COUNTS: &str = "counts.json";
const STATEMENTS: &str = "statements.json";
const PUBLISH: &str = "statement.publish";

/// Compares `lists.json` and `aggregation` with the log.
pub fn lists(ground: &Ground<'_>, lists: &Lists, now: Timestamp, report: &mut Report) {
    let mut shown = Vec::new();
    if let Some(file) = ground.json(Name::Files, LISTS, report) {
        for item in items(&file, "lists", LISTS, Name::Files, report) {
            let uri = item.get("uri").and_then(Value::as_str).unwrap_or("?");
            shown.push(uri.to_owned());
            let Some(record) = lists.all().get(uri) else {
                let what = format!("names `{uri}`, which no entry published");
                report.fault(Name::Files, file_fault(LISTS, what));
                continue;
            };
            let list = &record.newest;
            let due = json!({
                "path": record.version_path(),
                "version": list.version,
                "entry": record.entry,
                "slots": list.slots,
                "sha256": to_hex(&list.sha256),
                "issued": list.issued.to_string(),
                "expires": list.expires.to_string(),
                "revoked": list.revoked,
                "yellow": list.yellow,
                "red": list.red,
            });
            if let Some(member) = differs(item, &due) {
                let what = format!(
                    "says another `{member}` of {} than entry {}",
                    record.title(),
                    record.entry
                );
                report.fault(Name::Files, file_fault(LISTS, what));
            }
        }
        missing_lists(LISTS, lists, &shown, now, report);
    }
    aggregation(ground, lists, now, report);
}

fn aggregation(ground: &Ground<'_>, lists: &Lists, now: Timestamp, report: &mut Report) {
    report.count(Name::Files, 1);
    if !ground.has(AGGREGATION) {
        report.fault(Name::Files, missing(AGGREGATION, ""));
        return;
    }
    let max = MANIFEST_BYTES_MAX as u64;
    let Some(bytes) = ground.get(Name::Files, AGGREGATION, max, report) else {
        return;
    };
    match Manifest::read(&bytes) {
        Ok(manifest) => {
            for uri in manifest.uris() {
                if !lists.all().contains_key(uri) {
                    let what = format!("names `{uri}`, which no entry published");
                    report.fault(Name::Files, file_fault(AGGREGATION, what));
                }
            }
            missing_lists(AGGREGATION, lists, manifest.uris(), now, report);
        }
        Err(error) => {
            report.fault(Name::Files, file_fault(AGGREGATION, error.to_string()));
        }
    }
}

fn missing_lists(path: &str, lists: &Lists, shown: &[String], now: Timestamp, report: &mut Report) {
    let live = lists
        .all()
        .iter()
        .filter(|(_, record)| now < record.newest.expires);
    for (uri, record) in live.filter(|(uri, _)| !shown.contains(uri)) {
        let what = format!("leaves out `{uri}`, {}", record.title());
        report.fault(Name::Files, file_fault(path, what));
    }
}

/// Compares the totals in force with those of the last entry.
pub fn counts(ground: &Ground<'_>, totals: Totals, report: &mut Report) {
    let Some(file) = ground.json(Name::Files, COUNTS, report) else {
        return;
    };
    let due = json!({ "yellow": totals.yellow, "red": totals.red });
    let found = file.get("in_force").unwrap_or(&Value::Null);
    if let Some(member) = differs(found, &due) {
        let what = format!(
            "says another number of {member} in force than the log, which has {} yellow and {} red",
            totals.yellow, totals.red
        );
        report.fault(Name::Files, file_fault(COUNTS, what));
    }
}

/// The statements that entries published.
#[derive(Default)]
pub struct Statements {
    published: BTreeMap<u64, Value>,
}

impl Statements {
    /// Takes the next entry.
    pub fn next(&mut self, seq: u64, leaf: &Leaf) {
        if leaf.kind == PUBLISH && leaf.refused.is_none() {
            let org = leaf.org.as_ref().map(ToString::to_string);
            let due = json!({ "at": leaf.at.to_string(), "org": org });
            self.published.insert(seq, due);
        }
    }

    /// Compares what the site shows.
    pub fn finish(&self, ground: &Ground<'_>, report: &mut Report) {
        let Some(file) = ground.json(Name::Files, STATEMENTS, report) else {
            return;
        };
        let mut shown = Vec::new();
        for item in items(&file, "statements", STATEMENTS, Name::Files, report) {
            let entry = item
                .get("entry")
                .and_then(Value::as_u64)
                .unwrap_or(u64::MAX);
            shown.push(entry);
            let due = self.published.get(&entry);
            if due.is_none_or(|due| differs(item, due).is_some()) {
                let what = format!("shows a statement that entry {entry} did not publish");
                report.fault(Name::Files, file_fault(STATEMENTS, what));
            }
        }
        for entry in self.published.keys().filter(|entry| !shown.contains(entry)) {
            let what = format!("leaves out the statement of entry {entry}");
            report.fault(Name::Files, file_fault(STATEMENTS, what));
        }
    }
}

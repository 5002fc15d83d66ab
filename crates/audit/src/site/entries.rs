//! The public part of the entries as JSON: for readers without CBOR, equal to the log.
//!
//! Invariant: at most 256 entries are held at a time.

use super::ground::{Ground, file_fault, items};
use crate::report::{Name, Report};
use domain::leaf::Leaf;
use serde_json::Value;

const NEWEST: &str = "entries/newest.json";
/// How many entries a full file has.
const WIDTH: usize = 256;

/// The entries since the last full file.
#[derive(Default)]
pub struct Entries {
    due: Vec<Value>,
    full: u64,
}

impl Entries {
    /// Takes the next entry.
    pub fn next(&mut self, ground: &Ground<'_>, leaf: Option<&Leaf>, report: &mut Report) {
        self.due
            .push(serde_json::to_value(leaf).unwrap_or_default());
        if self.due.len() < WIDTH {
            return;
        }
        let path = format!("entries/{}.json", self.full);
        if let Some(found) = ground.json(Name::Files, &path, report) {
            let found = found.as_array().map_or(&[][..], Vec::as_slice);
            self.compare(&path, found, report);
        }
        self.due.clear();
        self.full = self.full.saturating_add(1);
    }

    fn compare(&self, path: &str, found: &[Value], report: &mut Report) {
        let same = found
            .iter()
            .zip(&self.due)
            .take_while(|(found, due)| found == due);
        let same = same.count();
        if same == self.due.len() && same == found.len() {
            return;
        }
        let first = self.full.saturating_mul(WIDTH as u64);
        let entry = first.saturating_add(same as u64);
        let what = format!("does not show entry {entry} as it is in the log");
        report.fault(Name::Files, file_fault(path, what));
    }

    /// After the last entry.
    pub fn finish(&self, ground: &Ground<'_>, size: u64, report: &mut Report) {
        if let Some(found) = ground.json(Name::Files, NEWEST, report) {
            let number = |name: &str| found.get(name).and_then(Value::as_u64);
            if (number("entries"), number("full_files")) != (Some(size), Some(self.full)) {
                let what = format!("does not speak of the {size} entries of the log");
                report.fault(Name::Files, file_fault(NEWEST, what));
            }
            let newest = items(&found, "newest", NEWEST, Name::Files, report);
            self.compare(NEWEST, newest, report);
        }
        for name in ground.names("entries", report) {
            let number = name.strip_suffix(".json");
            let number = number.and_then(|number| number.parse::<u64>().ok());
            if name != "newest.json" && number.is_none_or(|number| number >= self.full) {
                let what = "speaks of entries that are not there";
                report.fault(Name::Files, file_fault(&format!("entries/{name}"), what));
            }
        }
    }
}

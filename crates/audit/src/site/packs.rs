//! The rule packs: what was adopted, by which entry, and the files under their digests.
//!
//! Invariant: a pack that an entry was decided under is shown, is a pack, and has the digest that
//! the entry names.

use super::ground::{Ground, differs, file_fault, items, missing};
use crate::report::{Fault, Name, Place, Report};
use domain::ids::PackDigest;
use domain::leaf::Leaf;
use domain::time::Timestamp;
use policy::Pack;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const FILE: &str = "packs.json";
const PACK_BYTES_MAX: u64 = 64 << 20;
const ADOPT: &str = "pack.adopt";
const PACK_HELP: &str = "ask for the pack that these entries name; without it nobody can tell by which rules they \
     were decided";

/// What the entries say of packs.
#[derive(Default)]
pub struct Packs {
    adopted: BTreeMap<u64, Timestamp>,
    /// The first entry decided under each pack.
    used: BTreeMap<PackDigest, u64>,
}

impl Packs {
    /// Takes the next entry.
    pub fn next(&mut self, seq: u64, leaf: &Leaf) {
        if leaf.kind == ADOPT && leaf.refused.is_none() {
            self.adopted.insert(seq, leaf.at);
        }
        if let Some(pack) = leaf.pack {
            self.used.entry(pack).or_insert(seq);
        }
    }

    /// Compares what the site shows.
    pub fn finish(&self, ground: &Ground<'_>, report: &mut Report) {
        let Some(file) = ground.json(Name::Files, FILE, report) else {
            return;
        };
        let mut files = Vec::new();
        // The first entry that adopted each pack.
        let mut shown: BTreeMap<String, u64> = BTreeMap::new();
        let mut entries = Vec::new();
        for item in items(&file, "packs", FILE, Name::Files, report) {
            let digest = item.get("digest").and_then(Value::as_str).unwrap_or("?");
            let entry = item
                .get("entry")
                .and_then(Value::as_u64)
                .unwrap_or(u64::MAX);
            let Some(at) = self.adopted.get(&entry) else {
                let what = format!("shows the pack `{digest}`, which entry {entry} did not adopt");
                report.fault(Name::Files, file_fault(FILE, what));
                continue;
            };
            entries.push(entry);
            shown.entry(digest.to_owned()).or_insert(entry);
            let path = format!("packs/{digest}.pack");
            let sunset = pack(ground, &path, digest, report);
            let mut due = json!({ "file": path, "adopted": at.to_string() });
            if let (Some(sunset), Some(due)) = (sunset, due.as_object_mut()) {
                due.insert("sunset".to_owned(), json!(sunset.to_string()));
            }
            if let Some(member) = differs(item, &due) {
                let what = format!("says another `{member}` of the pack `{digest}`");
                report.fault(Name::Files, file_fault(FILE, what));
            }
            files.push(format!("{digest}.pack"));
        }
        for entry in self.adopted.keys().filter(|entry| !entries.contains(entry)) {
            let what = format!("leaves out the pack that entry {entry} adopted");
            report.fault(Name::Files, file_fault(FILE, what));
        }
        for (digest, first) in &self.used {
            let adopted = shown.get(&digest.to_string());
            if adopted.is_none_or(|adopted| adopted > first) {
                let what = format!("is decided under the pack `{digest}`, not adopted before it");
                let fault = Fault::new(Place::Entry(*first), what, PACK_HELP);
                report.fault(Name::Files, fault);
            }
        }
        for name in ground.names("packs", report) {
            if !files.contains(&name) {
                let what = "is a pack that no entry adopted";
                report.fault(Name::Files, file_fault(&format!("packs/{name}"), what));
            }
        }
    }
}

/// Checks a pack's file against its name; gives its sunset.
fn pack(ground: &Ground<'_>, path: &str, digest: &str, report: &mut Report) -> Option<Timestamp> {
    report.count(Name::Files, 1);
    let plain = digest.parse::<PackDigest>().is_ok();
    if !plain || !ground.has(path) {
        let why = "nobody can tell by which rules entries were decided";
        report.fault(Name::Files, missing(path, why));
        return None;
    }
    let bytes = ground.get(Name::Files, path, PACK_BYTES_MAX, report)?;
    let what = match Pack::from_archive(&bytes) {
        Ok(pack) if pack.digest().to_string() == digest && pack.archive() == bytes => {
            return Some(pack.book().sunset);
        }
        Ok(_) => "is another pack than its name says".to_owned(),
        Err(_) => "is no rule pack".to_owned(),
    };
    report.fault(Name::Files, file_fault(path, what));
    None
}

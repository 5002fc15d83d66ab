//! The versions of the status lists as their entries stream by.
//!
//! Invariant: a version file that is there is judged against its own entry, by keys that stand
//! before it in the log; one list is held at a time. What is remembered of a list is its newest
//! version and the digests of those that have not expired.

use super::ground::{Entry, Ground, Proof, file_fault};
use super::keys::Keys;
use super::token::{self, Wrong};
use crate::log::Log;
use crate::report::{Fault, Name, NewestList, Place, Report};
use credential::list::{LIST_BYTES_MAX, StatusArray};
use domain::ids::to_hex;
use domain::publication::ListVersion;
use domain::time::Day;
use std::collections::BTreeMap;

const ADDRESS_HELP: &str = "whoever runs the ledger must say where this list can be fetched; a list \
    that nobody else can see may hold anything";
const LIST_HELP: &str = "keep this file, its proof and the checkpoint: signed by the ledger's own \
    key they are proof; every red in it can ask for the entry that made it red";

/// A list and its newest version.
pub struct Record {
    /// The path below the site.
    pub path: String,
    /// The newest version.
    pub newest: ListVersion,
    /// Its entry.
    pub entry: u64,
    /// The proof beside the version's file.
    pub proof: Proof,
    /// The proof beside the list's own file, if it is of the newest version.
    pub own_proof: Proof,
    /// Digests of the arrays of the newest version, the one before and all that have not expired.
    pub arrays: BTreeMap<[u8; 32], u64>,
    /// Versions whose file is not there, the newest not counted.
    pub gone: u64,
    /// Whether the newest version's file is there.
    pub here: bool,
}

/// The lists so far.
#[derive(Default)]
pub struct Lists {
    by_uri: BTreeMap<String, Record>,
}

/// The path of a version.
pub fn version_path(path: &str, version: u64) -> String {
    format!("{path}.v/{version}")
}

/// What people call a version of a list.
pub fn title(path: &str, version: u64) -> String {
    let day = path.strip_prefix("s/").and_then(|day| day.parse().ok());
    match day {
        Some(day) => format!("the list of {}, version {version}", Day::from_count(day)),
        None => format!("the list `{path}`, version {version}"),
    }
}

impl Record {
    /// What people call its newest version.
    pub fn title(&self) -> String {
        title(&self.path, self.newest.version)
    }

    /// The path of its newest version.
    pub fn version_path(&self) -> String {
        version_path(&self.path, self.newest.version)
    }
}

impl Lists {
    /// All of them by address.
    pub const fn all(&self) -> &BTreeMap<String, Record> {
        &self.by_uri
    }

    /// The newest versions, for a report.
    pub fn newest(&self) -> Vec<NewestList> {
        let records = self.by_uri.values();
        records
            .map(|record| NewestList {
                uri: record.newest.uri.clone(),
                version: record.newest.version,
                entry: record.entry,
                sha256: to_hex(&record.newest.sha256),
            })
            .collect()
    }

    /// An entry publishes a version.
    pub fn next(
        &mut self,
        ground: &Ground<'_>,
        entry: &Entry<'_>,
        list: &ListVersion,
        keys: &Keys,
        log: &mut Log,
        report: &mut Report,
    ) {
        let Some(path) = ground.path_of(&list.uri) else {
            let what = format!("publishes `{}`, which is not below this site", list.uri);
            let fault = Fault::new(Place::Entry(entry.seq), what, ADDRESS_HELP);
            report.fault(Name::Files, fault);
            return;
        };
        let version = version_path(path, list.version);
        let here = ground.has(&version);
        if here {
            let _ = check(ground, &version, list, path, keys, report);
        }
        let proof = ground.proof(&format!("{version}.tlog-proof"), entry, log, report);
        let own = format!("{path}.tlog-proof");
        let own_proof = match ground.receipt(&own) {
            Some(Ok(receipt)) if receipt.index() == entry.seq => {
                ground.proof(&own, entry, log, report)
            }
            Some(_) | None => Proof::Missing,
        };
        let before = self.by_uri.remove(&list.uri);
        let (mut arrays, gone) = match before {
            Some(before) => {
                let mut arrays = before.arrays;
                let newest = (before.newest.sha256, before.newest.version);
                if ground.now >= before.newest.expires {
                    arrays.clear();
                }
                arrays.insert(newest.0, newest.1);
                (arrays, before.gone.saturating_add(u64::from(!before.here)))
            }
            None => (BTreeMap::new(), 0),
        };
        arrays.insert(list.sha256, list.version);
        self.by_uri.insert(
            list.uri.clone(),
            Record {
                path: path.to_owned(),
                newest: list.clone(),
                entry: entry.seq,
                proof,
                own_proof,
                arrays,
                gone,
                here,
            },
        );
    }
}

/// Judges a list file against the entry of its version; gives the array if it is right.
pub fn check(
    ground: &Ground<'_>,
    file: &str,
    list: &ListVersion,
    path: &str,
    keys: &Keys,
    report: &mut Report,
) -> Option<StatusArray> {
    let bytes = ground.get(Name::Arrays, file, LIST_BYTES_MAX as u64, report)?;
    let title = title(path, list.version);
    judged(file, token::list(&bytes, list, &title, keys), report)
}

/// Tells what is wrong with a list; gives the array if it is right.
pub fn judged(
    file: &str,
    found: Result<StatusArray, Wrong>,
    report: &mut Report,
) -> Option<StatusArray> {
    report.count(Name::Arrays, 1);
    match found {
        Ok(array) => {
            report.count(Name::Sums, 1);
            Some(array)
        }
        Err((Name::Sums, what)) => {
            report.count(Name::Sums, 1);
            let place = Place::File(file.to_owned());
            report.fault(Name::Sums, Fault::new(place, what, LIST_HELP));
            None
        }
        Err((name, what)) => {
            report.fault(name, file_fault(file, what));
            None
        }
    }
}

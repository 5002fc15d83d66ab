//! The newest version of each list, once all entries are known: its file, the same file under the
//! list's own name, as a JWT, and what leads to it from the version before.
//!
//! Invariant: a list that can still be asked for is there, whole; of an expired one only what is
//! there is judged. Refuses: any file among the lists that no entry accounts for.

use super::ground::{Ground, Proof, file_fault, missing};
use super::keys::Keys;
use super::lists::{self, Lists, Record, judged};
use super::token;
use crate::report::{Name, Report};
use crate::source::digest;
use credential::list::{DELTA_BYTES_MAX, LIST_BYTES_MAX, SignedList, Wanted};
use domain::publication::ListVersion;
use domain::time::Timestamp;
use std::collections::BTreeMap;

/// Judges what belongs to the newest versions, and looks for files that belong to none.
pub fn finish(
    ground: &Ground<'_>,
    lists: &Lists,
    keys: &Keys,
    now: Timestamp,
    report: &mut Report,
) {
    let (mut gone, mut expired) = (0_u64, 0_u64);
    for record in lists.all().values() {
        let newest = Newest {
            ground,
            record,
            keys,
            live: now < record.newest.expires,
        };
        gone = gone.saturating_add(record.gone);
        if !record.here && !newest.live {
            expired = expired.saturating_add(1);
        }
        if newest.live && !record.newest.withheld.is_empty() {
            report.note(format!(
                "{} leaves out {} large orders that no quorum of witnesses has seen yet",
                record.title(),
                record.newest.withheld.len()
            ));
        }
        newest.file(report);
        newest.own_file(report);
        newest.jwt(report);
        newest.delta(report);
    }
    let missing = gone.saturating_add(expired);
    if missing > 0 {
        report.note(format!(
            "{missing} versions of lists are not there any more; newer ones replaced them, or they \
             have expired"
        ));
    }
    strays(ground, lists, report);
}

struct Newest<'a> {
    ground: &'a Ground<'a>,
    record: &'a Record,
    keys: &'a Keys,
    live: bool,
}

impl Newest<'_> {
    fn missing(&self, path: &str, report: &mut Report) {
        if self.live {
            let why = format!(
                "it is {} of entry {}; without it nobody can check a code or count its reds",
                self.record.title(),
                self.record.entry
            );
            report.fault(Name::Files, missing(path, &why));
        }
    }

    /// The version's own file was judged when its entry came by; here, that it is there.
    fn file(&self, report: &mut Report) {
        let path = self.record.version_path();
        if !self.record.here {
            self.missing(&path, report);
        }
        if self.live {
            let proof = format!("{path}.tlog-proof");
            self.ground.demand(&proof, self.record.proof, report);
        }
    }

    /// The newest version under the list's name.
    fn own_file(&self, report: &mut Report) {
        let path = &self.record.path;
        let proof = format!("{path}.tlog-proof");
        if self.ground.has(&proof) && self.record.own_proof == Proof::Missing {
            let what = format!(
                "does not prove entry {}, which published {}",
                self.record.entry,
                self.record.title()
            );
            report.fault(Name::Proofs, file_fault(&proof, what));
        } else if self.live {
            self.ground.demand(&proof, self.record.own_proof, report);
        }
        if !self.ground.has(path) {
            return self.missing(path, report);
        }
        let same = |name: &str| digest(&self.ground.root.join(name)).ok();
        report.count(Name::Files, 1);
        if self.record.here && same(path) == same(&self.record.version_path()) {
            return;
        }
        let newest = &self.record.newest;
        let found = lists::check(self.ground, path, newest, path, self.keys, report);
        if found.is_some() && self.record.here {
            let what = format!(
                "is not the file `{}`: one version has two files",
                self.record.version_path()
            );
            report.fault(Name::Files, file_fault(path, what));
        }
    }

    fn jwt(&self, report: &mut Report) {
        let path = format!("{}.jwt", self.record.path);
        let max = LIST_BYTES_MAX as u64;
        let Some(bytes) = self.ground.get(Name::Arrays, &path, max, report) else {
            return;
        };
        let found = match std::str::from_utf8(&bytes) {
            Ok(text) => token::jwt(
                text.trim_end(),
                &self.record.newest,
                &self.record.title(),
                self.keys,
            ),
            Err(_) => Err((Name::Arrays, "is not text".to_owned())),
        };
        let _ = judged(&path, found, report);
    }

    fn delta(&self, report: &mut Report) {
        let path = format!("{}.delta", self.record.path);
        let max = DELTA_BYTES_MAX as u64;
        let Some(bytes) = self.ground.get(Name::Arrays, &path, max, report) else {
            return;
        };
        report.count(Name::Arrays, 1);
        if let Err(what) = self.judge_delta(&path, &bytes, report) {
            report.fault(Name::Arrays, file_fault(&path, what));
        }
    }

    fn judge_delta(&self, path: &str, bytes: &[u8], report: &mut Report) -> Result<(), String> {
        let delta = token::delta(bytes, self.keys)?;
        let newest = &self.record.newest;
        if delta.uri() != newest.uri {
            return Err(format!("belongs to the list `{}`", delta.uri()));
        }
        let (from, to) = (delta.from_sha256(), delta.to_sha256());
        if *to != newest.sha256 {
            return match self.record.arrays.get(to) {
                // No step leads here from a version that could not be read: the old file stays.
                Some(version) => {
                    let newest = newest.version;
                    report.note(format!(
                        "`{path}` leads to version {version}, the newest is {newest}: readers must \
                         fetch the whole list"
                    ));
                    Ok(())
                }
                None if self.live => Err("leads to an array that no entry published".to_owned()),
                None => Ok(()),
            };
        }
        let Some(version) = self.record.arrays.get(from) else {
            return match self.live {
                true => Err("leads from an array that no entry published".to_owned()),
                false => Ok(()),
            };
        };
        let Some(mut array) = self.before(*version, *from) else {
            return Ok(());
        };
        delta.apply(&newest.uri, &mut array).map_err(|error| {
            format!(
                "does not lead from version {version} to version {}: {error}",
                newest.version
            )
        })
    }

    /// The array of an earlier version, if its file is there and holds it; it was judged before.
    fn before(&self, version: u64, sha256: [u8; 32]) -> Option<credential::list::StatusArray> {
        let file = lists::version_path(&self.record.path, version);
        let bytes = super::ground::read(self.ground.root, &file, LIST_BYTES_MAX as u64);
        let bytes = bytes.ok()??;
        let signed = SignedList::read(&bytes).ok()?;
        let content = self
            .keys
            .signed(
                signed.kid(),
                |key| signed.verify(key),
                |content| content.claims.issued_s,
            )
            .ok()?;
        let ListVersion { uri, slots, .. } = &self.record.newest;
        let array = content.array(Wanted { uri, slots: *slots }).ok()?;
        (array.sha256() == sha256).then_some(array)
    }
}

/// Files among the lists that no entry accounts for.
fn strays(ground: &Ground<'_>, lists: &Lists, report: &mut Report) {
    let records = lists.all().values();
    let by_path: BTreeMap<&str, &Record> = records
        .map(|record| (record.path.as_str(), record))
        .collect();
    let mut folders = vec!["s".to_owned()];
    while let Some(folder) = folders.pop() {
        for name in ground.names(&folder, report) {
            let path = format!("{folder}/{name}");
            if ground.root.join(&path).is_dir() {
                folders.push(path);
                continue;
            }
            report.count(Name::Files, 1);
            if let Some(what) = stray(&by_path, &path) {
                report.fault(Name::Files, file_fault(&path, what));
            }
        }
    }
}

/// Why a file among the lists is none of ours, if it is not.
fn stray(by_path: &BTreeMap<&str, &Record>, path: &str) -> Option<String> {
    let nobody = || Some("is a list, or part of one, that no entry of the log accounts for".into());
    if let Some((list, version)) = path.rsplit_once(".v/") {
        let version = version.strip_suffix(".tlog-proof").unwrap_or(version);
        let (record, version) = match (by_path.get(list), version.parse::<u64>()) {
            (Some(record), Ok(number)) if number.to_string() == version => (record, number),
            _ => return nobody(),
        };
        if (1..=record.newest.version).contains(&version) {
            return None;
        }
        return Some(format!(
            "is {}, and the log knows none after version {}: nobody logged it",
            lists::title(list, version),
            record.newest.version
        ));
    }
    let known = [".jwt", ".delta", ".tlog-proof"]
        .iter()
        .find_map(|ending| path.strip_suffix(ending))
        .unwrap_or(path);
    match by_path.contains_key(known) {
        true => None,
        false => nobody(),
    }
}

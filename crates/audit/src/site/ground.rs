//! What every part of the public audit stands on: the files, the policy, the proofs.
//!
//! Invariant: nothing longer than asked for is read; a proof is good only if it holds this very
//! entry and its checkpoint is handed to the log to be found again in this history.

use crate::log::Log;
use crate::report::{Fault, Name, Place, Report};
use domain::time::Timestamp;
use serde_json::Value;
use std::io::Read as _;
use std::path::Path;
use tlog::checkpoint::Opened;
use tlog::receipt::RECEIPT_BYTES_MAX;
use tlog::{Note, Policy, Receipt, VerifierKey};

/// The most bytes of a JSON file of a site.
pub const JSON_BYTES_MAX: u64 = 64 << 20;
pub const FILE_HELP: &str =
    "keep a copy of this file; ask whoever runs the ledger, and publish the site again";
const MISSING_HELP: &str = "ask whoever runs the ledger to publish the whole site; what is held back may be held back on \
     purpose";
const PROOF_HELP: &str =
    "keep a copy of this file and of the checkpoint: with both signed by one log they are proof";
const QUORUM_HELP: &str =
    "wait for the witnesses, then fetch again; until then believe nothing that was shown";

/// An entry and its public bytes.
pub struct Entry<'a> {
    /// Its number.
    pub seq: u64,
    /// Its bytes.
    pub bytes: &'a [u8],
}

/// What became of a proof.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Proof {
    /// It is not there.
    #[default]
    Missing,
    /// It proves nothing; that was said.
    Wrong,
    /// It is right, and too few witnesses have cosigned.
    Unwitnessed,
    /// It is right.
    Good,
}

/// The site and what it is judged by.
pub struct Ground<'a> {
    /// The directory.
    pub root: &'a Path,
    /// The identity of the log.
    pub origin: String,
    /// When.
    pub now: Timestamp,
    /// The policy, if there is one.
    pub policy: Option<Policy>,
    /// The log's public key.
    pub key: VerifierKey,
}

/// A fault of a file.
pub fn file_fault(path: &str, what: impl Into<String>) -> Fault {
    Fault::new(Place::File(path.to_owned()), what, FILE_HELP)
}

/// A fault of a file that is not there.
pub fn missing(path: &str, why: &str) -> Fault {
    let what = if why.is_empty() {
        "is missing".to_owned()
    } else {
        format!("is missing: {why}")
    };
    Fault::new(Place::File(path.to_owned()), what, MISSING_HELP)
}

/// A file below a directory, if there is one.
pub fn read(root: &Path, path: &str, bytes_max: u64) -> Result<Option<Vec<u8>>, String> {
    let file = match std::fs::File::open(root.join(path)) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("cannot be read: {error}")),
    };
    let mut bytes = Vec::new();
    file.take(bytes_max.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|error| format!("cannot be read: {error}"))?;
    if bytes.len() as u64 > bytes_max {
        return Err(format!("is longer than {bytes_max} bytes"));
    }
    Ok(Some(bytes))
}

impl Ground<'_> {
    /// A file, if it is there and can be read; that it cannot be read is a fault.
    pub fn get(&self, name: Name, path: &str, max: u64, report: &mut Report) -> Option<Vec<u8>> {
        match read(self.root, path, max) {
            Ok(found) => found,
            Err(what) => {
                report.fault(name, file_fault(path, what));
                None
            }
        }
    }

    /// Whether a file is there.
    pub fn has(&self, path: &str) -> bool {
        self.root.join(path).is_file()
    }

    /// A JSON file that must be there.
    pub fn json(&self, name: Name, path: &str, report: &mut Report) -> Option<Value> {
        report.count(name, 1);
        if !self.has(path) {
            report.fault(name, missing(path, ""));
            return None;
        }
        let bytes = self.get(name, path, JSON_BYTES_MAX, report)?;
        match serde_json::from_slice(&bytes) {
            Ok(value) => Some(value),
            Err(error) => {
                report.fault(name, file_fault(path, format!("is not JSON: {error}")));
                None
            }
        }
    }

    /// The path of a list below this site, if its address leads here.
    pub fn path_of<'u>(&self, uri: &'u str) -> Option<&'u str> {
        let path = uri.strip_prefix("https://")?;
        let path = path.strip_prefix(self.origin.as_str())?.strip_prefix('/')?;
        let number = path.strip_prefix("s/")?;
        let day = number.parse::<i64>().ok()?;
        (day.to_string() == number).then_some(path)
    }

    /// Opens a note by the policy, or by the log's key alone.
    pub fn open(&self, note: &Note) -> Result<Opened, tlog::Error> {
        match &self.policy {
            Some(policy) => policy.open(note),
            None => tlog::checkpoint::open_note(note, &self.key, &[]),
        }
    }

    /// Whether the witnesses that cosigned are enough.
    pub fn enough(&self, opened: &Opened) -> bool {
        let policy = self.policy.as_ref();
        policy.is_none_or(|policy| policy.quorum_met(&opened.cosigned))
    }

    /// Reads a proof; none where it is not there.
    pub fn receipt(&self, path: &str) -> Option<Result<Receipt, String>> {
        match read(self.root, path, RECEIPT_BYTES_MAX as u64) {
            Ok(None) => None,
            Ok(Some(bytes)) => Some(
                String::from_utf8(bytes)
                    .map_err(|_| "is not text".to_owned())
                    .and_then(|text| Receipt::parse(&text).map_err(|error| error.to_string())),
            ),
            Err(why) => Some(Err(why)),
        }
    }

    /// Checks the proof of an entry, and lets the log look for its checkpoint in this history.
    pub fn proof(
        &self,
        path: &str,
        entry: &Entry<'_>,
        log: &mut Log,
        report: &mut Report,
    ) -> Proof {
        let Some(receipt) = self.receipt(path) else {
            return Proof::Missing;
        };
        match receipt.and_then(|receipt| self.check(&receipt, entry)) {
            Ok(opened) => {
                let proof = if self.enough(&opened) {
                    Proof::Good
                } else {
                    Proof::Unwitnessed
                };
                log.expect_proof(Place::File(path.to_owned()), opened.checkpoint);
                proof
            }
            Err(what) => {
                report.count(Name::Proofs, 1);
                let what = format!("does not prove entry {}: {what}", entry.seq);
                let place = Place::File(path.to_owned());
                report.fault(Name::Proofs, Fault::new(place, what, PROOF_HELP));
                Proof::Wrong
            }
        }
    }

    fn check(&self, receipt: &Receipt, entry: &Entry<'_>) -> Result<Opened, String> {
        if receipt.index() != entry.seq {
            return Err(format!("it speaks of entry {}", receipt.index()));
        }
        if receipt.extra() != Some(entry.bytes) {
            return Err("it carries another entry than the log".to_owned());
        }
        let opened = self
            .open(receipt.note())
            .map_err(|error| error.to_string())?;
        let (size, root) = (opened.checkpoint.size(), opened.checkpoint.root());
        let hash = tlog::leaf_hash(entry.bytes);
        tlog::verify_inclusion(receipt.index(), size, &hash, receipt.proof(), &root)
            .map_err(|error| error.to_string())?;
        Ok(opened)
    }

    /// Faults of a proof that a gate needs: it must be there and have its witnesses.
    pub fn demand(&self, path: &str, proof: Proof, report: &mut Report) {
        let place = Place::File(path.to_owned());
        match proof {
            Proof::Missing => {
                let why = "no gate can check what it belongs to";
                report.fault(Name::Proofs, missing(path, why));
            }
            Proof::Unwitnessed => {
                let what = "has too few witnesses for the policy: no gate takes it";
                report.fault(Name::Witnesses, Fault::new(place, what, QUORUM_HELP));
            }
            Proof::Wrong | Proof::Good => {}
        }
    }

    /// The names in a folder, in order; files left by an interrupted write are only noted.
    pub fn names(&self, folder: &str, report: &mut Report) -> Vec<String> {
        let mut names = Vec::new();
        let listed = std::fs::read_dir(self.root.join(folder));
        for item in listed.into_iter().flatten().flatten() {
            let name = item.file_name().to_string_lossy().into_owned();
            if name.ends_with(".tmp") {
                let note = format!("`{folder}/{name}` was left behind by an interrupted write");
                report.note(note);
                continue;
            }
            names.push(name);
        }
        names.sort();
        names
    }
}

/// The first member of `due` that is not the same in what was found.
pub fn differs<'d>(found: &Value, due: &'d Value) -> Option<&'d str> {
    let members = due.as_object()?;
    let other = members
        .iter()
        .find(|(name, value)| found.get(name.as_str()) != Some(value));
    other.map(|(name, _)| name.as_str())
}

/// The items of an array in a JSON file; that there is none is a fault.
pub fn items<'v>(
    value: &'v Value,
    member: &str,
    path: &str,
    name: Name,
    report: &mut Report,
) -> &'v [Value] {
    match value.get(member).and_then(Value::as_array) {
        Some(items) => items,
        None => {
            report.fault(name, file_fault(path, format!("has no `{member}`")));
            &[]
        }
    }
}

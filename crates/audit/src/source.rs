//! What is audited: a data directory, a full bundle, or the public part alone.
//!
//! Invariant: told apart by what is there, never by a name; a manifest, where there is one, must
//! match every file and no other may be there.

use crate::report::{Fault, Name, Place, Report};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use tlog::{SignerKey, VerifierKey};

const FORMAT: &[u8] = b"mingma data 1\n";
const MANIFEST: &str = "manifest.json";
const VKEY: &str = "vkey";
const MANIFEST_HELP: &str = "fetch the bundle again from whoever made it, and compare its manifest";
const KEY_HELP: &str =
    "give the log's public key with `--vkey`; it is printed by `mingma log vkey`";
const FORMAT_HELP: &str = "check the path; a data directory holds `format` and `journal`";

/// What was found.
pub struct Source {
    /// The directory.
    pub dir: PathBuf,
    /// The journal, unless only the public part is there.
    pub journal: Option<PathBuf>,
    /// The published log.
    pub log: Option<PathBuf>,
}

impl Source {
    /// What stands before the paths of the published log's files.
    pub fn prefix(&self) -> &'static str {
        match &self.log {
            Some(log) if *log == self.dir => "",
            Some(_) | None => "log/",
        }
    }

    /// Finds out what a directory is; `None` when there is nothing to audit.
    pub fn find(dir: &Path, report: &mut Report) -> Option<Self> {
        let at = |name: &str| Some(dir.join(name)).filter(|path| path.is_dir());
        let bare = dir.join("checkpoint").is_file().then(|| dir.to_owned());
        let source = Self {
            dir: dir.to_owned(),
            journal: at("journal"),
            log: at("log").or(bare),
        };
        if source.journal.is_none() && source.log.is_none() {
            let place = Place::File(dir.display().to_string());
            let what = "holds neither a journal nor a published log";
            report.fault(Name::Journal, Fault::new(place, what, FORMAT_HELP));
            return None;
        }
        if source.journal.is_some() {
            let format = std::fs::read(dir.join("format")).unwrap_or_default();
            if format != FORMAT {
                let place = Place::File("format".to_owned());
                let what = "does not name the format of a data directory known here";
                report.fault(
                    Name::Journal,
                    Fault::new(place, what, FORMAT_HELP).at("format", 0),
                );
            }
        }
        if dir.join(MANIFEST).is_file() {
            manifest(dir, report);
        }
        Some(source)
    }

    /// The log's public key: the one given, and it must be the one that lies there.
    pub fn vkey(&self, given: Option<&str>, report: &mut Report) -> Option<VerifierKey> {
        let fault = |what: String| Fault::new(Place::Key("log".to_owned()), what, KEY_HELP);
        let parse = |text: &str, report: &mut Report| match VerifierKey::parse(text.trim()) {
            Ok(key) => Some(key),
            Err(error) => {
                report.fault(Name::Log, fault(format!("is not a public key: {error}")));
                None
            }
        };
        let beside = std::fs::read_to_string(self.dir.join(VKEY)).ok();
        let found = match beside {
            Some(text) => parse(&text, report),
            None => secret(&self.dir.join("keys/log.key")),
        };
        let Some(given) = given else {
            if found.is_some() {
                let note = "the log's key was taken from what is audited: compare it with a copy \
                    you keep";
                report.note(note);
            }
            return found;
        };
        let given = parse(given, report)?;
        if found.is_some_and(|found| found != given) {
            let what = "what is audited is signed by another key than the one given".to_owned();
            report.fault(Name::Log, fault(what));
        }
        Some(given)
    }
}

/// The public half of a log key file: origin, then seed.
fn secret(path: &Path) -> Option<VerifierKey> {
    let text = std::fs::read_to_string(path).ok()?;
    let mut lines = text.lines();
    let origin = lines.next()?;
    let seed = domain::ids::from_hex(lines.next()?).ok()?;
    Some(SignerKey::from_seed(origin, seed).ok()?.verifier())
}

#[derive(serde::Deserialize)]
struct Manifest {
    files: BTreeMap<String, Listed>,
}

#[derive(serde::Deserialize)]
struct Listed {
    bytes: u64,
    sha256: String,
}

fn manifest(dir: &Path, report: &mut Report) {
    let fault =
        |path: &str, what: String| Fault::new(Place::File(path.to_owned()), what, MANIFEST_HELP);
    let text = std::fs::read(dir.join(MANIFEST)).unwrap_or_default();
    let Ok(manifest) = serde_json::from_slice::<Manifest>(&text) else {
        report.fault(
            Name::Manifest,
            fault(MANIFEST, "is not a manifest".to_owned()),
        );
        return;
    };
    let mut there = BTreeMap::new();
    list(dir, dir, &mut there);
    there.remove(MANIFEST);
    for (path, listed) in &manifest.files {
        report.count(Name::Manifest, 1);
        let Some(file) = there.remove(path) else {
            report.fault(Name::Manifest, fault(path, "is missing".to_owned()));
            continue;
        };
        match digest(&file) {
            Ok((bytes, sha256)) if bytes == listed.bytes && sha256 == listed.sha256 => {}
            Ok(_) => {
                report.fault(
                    Name::Manifest,
                    fault(path, "is not what was packed".to_owned()),
                );
            }
            Err(error) => {
                report.fault(
                    Name::Manifest,
                    fault(path, format!("cannot be read: {error}")),
                );
            }
        }
    }
    for path in there.keys() {
        report.fault(
            Name::Manifest,
            fault(path, "is not in the manifest".to_owned()),
        );
    }
}

fn list(root: &Path, dir: &Path, found: &mut BTreeMap<String, PathBuf>) {
    for item in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = item.path();
        if path.is_dir() {
            list(root, &path, found);
        } else if let Ok(below) = path.strip_prefix(root) {
            found.insert(below.to_string_lossy().into_owned(), path);
        }
    }
}

/// Length and SHA-256 of a file, in hexadecimal.
pub fn digest(path: &Path) -> std::io::Result<(u64, String)> {
    let mut input = std::fs::File::open(path)?;
    let mut hasher = Sha256::new();
    let mut window = vec![0_u8; 1 << 18];
    let mut bytes = 0_u64;
    loop {
        let length = input.read(&mut window)?;
        if length == 0 {
            return Ok((bytes, domain::ids::to_hex(&hasher.finalize())));
        }
        hasher.update(window.get(..length).unwrap_or_default());
        bytes = bytes.saturating_add(length as u64);
    }
}

//! Snapshots of the deciding state, compared with the replay when it passes their position.
//!
//! Invariant: a snapshot passes only when its bytes are those of the replayed state.

use crate::report::{Fault, Name, Place, Report};
use domain::state::{STATE_VERSION, State};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tlog::Frontier;

const MAGIC: [u8; 8] = *b"mmsnap 1";

const HELP: &str = "remove the snapshot: the next opening replays the journal instead; find out who \
    changed it";

/// The snapshots of a data directory by position.
#[derive(Default)]
pub struct Snapshots {
    files: BTreeMap<u64, PathBuf>,
}

impl Snapshots {
    /// Finds them.
    pub fn find(dir: &Path, report: &mut Report) -> Self {
        let mut files = BTreeMap::new();
        for item in std::fs::read_dir(dir).into_iter().flatten().flatten() {
            let name = item.file_name().to_string_lossy().into_owned();
            let digits = name
                .strip_suffix(".snap")
                .filter(|digits| digits.len() == 20);
            let position = digits.and_then(|digits| digits.parse().ok());
            match position {
                _ if name.ends_with(".tmp") => {
                    report.note(format!(
                        "`snapshots/{name}` was left by an interrupted write"
                    ));
                }
                Some(position) => {
                    files.insert(position, item.path());
                }
                None => {
                    let place = Place::File(format!("snapshots/{name}"));
                    let what = "does not belong to the snapshots";
                    report.fault(Name::Snapshots, Fault::new(place, what, HELP));
                }
            }
        }
        Self { files }
    }

    /// Compares the snapshot of this position, if there is one.
    pub fn compare(&mut self, state: &State, frontier: &Frontier, report: &mut Report) {
        let Some(path) = self.files.remove(&state.seq) else {
            return;
        };
        let fault = |what: String| Fault::new(Place::Snapshot(state.seq), what, HELP);
        report.count(Name::Snapshots, 1);
        let found = match std::fs::read(&path) {
            Ok(found) => found,
            Err(error) => {
                report.fault(Name::Snapshots, fault(format!("cannot be read: {error}")));
                return;
            }
        };
        match postcard::to_stdvec(&(STATE_VERSION, frontier, state)) {
            Ok(due) if is_framed(&found, state.seq, &due) => {}
            Ok(_) => {
                let what = "is not the state that the entries before it give".to_owned();
                report.fault(Name::Snapshots, fault(what));
            }
            Err(error) => {
                let what = format!("cannot be compared: {error}");
                report.fault(Name::Snapshots, fault(what));
            }
        }
    }

    /// After the last entry: snapshots beyond it.
    pub fn finish(&self, entries: u64, complete: bool, report: &mut Report) {
        for position in self.files.keys() {
            if complete && *position > entries {
                let what = format!("was taken after more entries than the {entries} there are");
                let help = "entries were cut off, or the snapshot belongs to another ledger";
                report.fault(
                    Name::Snapshots,
                    Fault::new(Place::Snapshot(*position), what, help),
                );
            } else {
                let why = "the entries before a snapshot could not be replayed";
                report.skip(Name::Snapshots, why);
            }
        }
    }
}

/// Whether the file is exactly this content in its frame: mark, position, length, and SHA-256 over
/// these and the content.
fn is_framed(file: &[u8], position: u64, content: &[u8]) -> bool {
    let mut front = MAGIC.to_vec();
    front.extend(position.to_le_bytes());
    front.extend((content.len() as u64).to_le_bytes());
    let digest = Sha256::new()
        .chain_update(&front)
        .chain_update(content)
        .finalize();
    front.extend(digest);
    file.split_at_checked(front.len()) == Some((front.as_slice(), content))
}

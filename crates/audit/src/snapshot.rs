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
        // The file is read and hashed while the state is written down.
        let (found, due) = std::thread::scope(|scope| {
            let reader = scope.spawn(|| Framed::read(&path));
            let due = postcard::to_stdvec(&(STATE_VERSION, frontier, state));
            (reader.join(), due)
        });
        let found = match found {
            Ok(Ok(found)) => found,
            Ok(Err(error)) => {
                report.fault(Name::Snapshots, fault(format!("cannot be read: {error}")));
                return;
            }
            Err(panic) => std::panic::resume_unwind(panic),
        };
        match due {
            Ok(due) if found.holds(state.seq, &due) => {}
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

const NUMBERS_BYTES: usize = MAGIC.len() + 2 * size_of::<u64>();

/// A snapshot's file: mark, position, length, SHA-256 over these and the content, and the content.
struct Framed {
    bytes: Vec<u8>,
    digest: [u8; 32],
}

impl Framed {
    fn read(path: &Path) -> std::io::Result<Self> {
        let bytes = std::fs::read(path)?;
        let (numbers, rest) = bytes.split_at(NUMBERS_BYTES.min(bytes.len()));
        let content = rest.get(32..).unwrap_or_default();
        let digest = Sha256::new().chain_update(numbers).chain_update(content);
        let digest = digest.finalize().into();
        Ok(Self { bytes, digest })
    }

    /// Whether it is exactly this content in its frame.
    fn holds(&self, position: u64, content: &[u8]) -> bool {
        let mut front = MAGIC.to_vec();
        front.extend(position.to_le_bytes());
        front.extend((content.len() as u64).to_le_bytes());
        front.extend(self.digest);
        self.bytes.split_at_checked(front.len()) == Some((front.as_slice(), content))
    }
}

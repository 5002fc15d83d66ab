//! The published log on disk, compared with the entries as they stream by.
//!
//! Owns the recomputed right edge of the tree. Invariant: every tile and bundle of the checkpoint's
//! size is there and equal; what lies beyond it is equal as far as there are entries.

use crate::report::{Fault, Name, Place, Report};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tlog::tile::{Bundle, Tile};
use tlog::{Checkpoint, Frontier, Hash, tree};

const TILE_HELP: &str =
    "publish the log again from the journal; ask who changed the published file";
const FORK_HELP: &str = "keep both: a history that changed after it was signed is proof by itself";

/// One level's partial tile.
#[derive(Default)]
struct Edge {
    hashes: Vec<Hash>,
    index: u64,
}

/// The log being recomputed.
pub struct Log {
    dir: Option<PathBuf>,
    /// What stands before the paths of its files in the audited directory.
    prefix: &'static str,
    frontier: Frontier,
    levels: Vec<Edge>,
    entries: Vec<Vec<u8>>,
    bundle: u64,
    due: u64,
    heads: Vec<(Name, Checkpoint)>,
    roots: BTreeMap<u64, Hash>,
    /// Tree heads of proofs that were not reached yet, by size.
    proofs: BTreeMap<u64, Vec<(Place, Checkpoint)>>,
}

impl Log {
    /// Compares with the published files in `dir`, where there is one.
    pub fn new(dir: Option<PathBuf>, prefix: &'static str) -> Self {
        Self {
            dir,
            prefix,
            frontier: Frontier::new(),
            levels: Vec::new(),
            entries: Vec::new(),
            bundle: 0,
            due: 0,
            heads: Vec::new(),
            roots: BTreeMap::new(),
            proofs: BTreeMap::new(),
        }
    }

    /// Demands that the history contains the tree head of a proof, of a size still to come.
    pub fn expect_proof(&mut self, place: Place, head: Checkpoint) {
        self.proofs
            .entry(head.size())
            .or_default()
            .push((place, head));
    }

    /// Demands that the history contains this tree head.
    pub fn expect(&mut self, name: Name, head: Checkpoint) {
        if name == Name::Log {
            self.due = head.size();
        }
        if head.size() == 0 {
            self.roots.insert(0, self.frontier.root());
        }
        self.heads.push((name, head));
    }

    /// The root so far.
    pub fn root(&self) -> Hash {
        self.frontier.root()
    }

    /// The tree so far.
    pub const fn frontier(&self) -> &Frontier {
        &self.frontier
    }

    /// Takes the next leaf.
    pub fn push(&mut self, leaf: &[u8], report: &mut Report) {
        let hash = tlog::leaf_hash(leaf);
        self.frontier.push(hash);
        let size = self.frontier.size();
        if self.heads.iter().any(|(_, head)| head.size() == size) {
            self.roots.insert(size, self.frontier.root());
        }
        self.compare_proofs(size, report);
        if self.dir.is_none() {
            return;
        }
        self.entries.push(leaf.to_vec());
        if self.entries.len() == 256 {
            self.compare_bundle(report);
            self.entries.clear();
            self.bundle = self.bundle.saturating_add(1);
        }
        self.add(0, hash, report);
        if size == self.due {
            self.compare_partial(true, report);
        }
    }

    fn compare_proofs(&mut self, size: u64, report: &mut Report) {
        for (place, head) in self.proofs.remove(&size).unwrap_or_default() {
            report.count(Name::Proofs, 1);
            if head.root() == self.frontier.root() {
                continue;
            }
            let what = format!(
                "its checkpoint is of another history: the log signed {} for the first {size} \
                 entries there, and {} here; it shows different people different logs",
                domain::ids::to_hex(&head.root()),
                domain::ids::to_hex(&self.frontier.root())
            );
            report.fault(Name::Proofs, Fault::new(place, what, FORK_HELP));
        }
    }

    fn add(&mut self, level: usize, hash: Hash, report: &mut Report) {
        if self.levels.len() <= level {
            self.levels.push(Edge::default());
        }
        let Some(edge) = self.levels.get_mut(level) else {
            return;
        };
        edge.hashes.push(hash);
        if edge.hashes.len() < 256 {
            return;
        }
        self.compare_tile(level, self.size_due(level), report);
        let Some(edge) = self.levels.get_mut(level) else {
            return;
        };
        let root = tree::root(&edge.hashes);
        edge.hashes.clear();
        edge.index = edge.index.saturating_add(1);
        self.add(level.saturating_add(1), root, report);
    }

    /// Whether the checkpoint covers what was read so far.
    const fn size_due(&self, _level: usize) -> bool {
        self.frontier.size() <= self.due
    }

    /// Compares the partial tiles at the right edge.
    fn compare_partial(&self, must: bool, report: &mut Report) {
        for (level, edge) in self.levels.iter().enumerate() {
            if !edge.hashes.is_empty() {
                self.compare_tile(level, must, report);
            }
        }
        if !self.entries.is_empty() {
            self.compare_entries(must, report);
        }
    }

    fn compare_bundle(&self, report: &mut Report) {
        self.compare_entries(self.frontier.size() <= self.due, report);
    }

    fn compare_tile(&self, level: usize, must: bool, report: &mut Report) {
        let Some(edge) = self.levels.get(level) else {
            return;
        };
        let width = edge.hashes.len() as u16;
        let level = u8::try_from(level).unwrap_or(u8::MAX);
        let Ok(tile) = Tile::new(level, edge.index, width) else {
            return;
        };
        let bytes = edge.hashes.concat();
        self.compare(
            &tile.path(),
            &tile.full().path(),
            &bytes,
            &|w| usize::from(w) * 32,
            must,
            report,
        );
    }

    fn compare_entries(&self, must: bool, report: &mut Report) {
        let width = self.entries.len() as u16;
        let Ok(bundle) = Bundle::new(self.bundle, width) else {
            return;
        };
        let Ok(bytes) = tlog::tile::encode_bundle(&self.entries) else {
            return;
        };
        let prefix = |w: u16| {
            let taken = self.entries.iter().take(usize::from(w));
            taken.map(|entry| entry.len().saturating_add(2)).sum()
        };
        self.compare(
            &bundle.path(),
            &bundle.full().path(),
            &bytes,
            &prefix,
            must,
            report,
        );
    }

    /// Compares a file, and every narrower one of the same place, with what was recomputed.
    fn compare(
        &self,
        path: &str,
        full: &str,
        bytes: &[u8],
        prefix: &dyn Fn(u16) -> usize,
        must: bool,
        report: &mut Report,
    ) {
        let Some(dir) = &self.dir else { return };
        let fault = |path: &str, what: String| {
            let place = Place::File(format!("{}{path}", self.prefix));
            Fault::new(place, what, TILE_HELP)
        };
        match std::fs::read(dir.join(path)) {
            Ok(found) if found == bytes => report.count(Name::Log, 1),
            Ok(found) => report.fault(
                Name::Log,
                differs(&fault(path, String::new()), &found, bytes),
            ),
            // A full file stands for the narrower ones before it, here as for any reader.
            Err(_) if must && !dir.join(full).exists() => {
                let what = "is missing though the checkpoint needs it".to_owned();
                report.fault(Name::Log, fault(path, what));
            }
            Err(_) => {}
        }
        let widest = path
            .rsplit_once(".p/")
            .and_then(|(_, width)| width.parse().ok());
        let widest: u16 = widest.unwrap_or(256);
        let narrow = format!("{full}.p");
        let Ok(list) = std::fs::read_dir(dir.join(&narrow)) else {
            return;
        };
        for item in list.flatten() {
            let name = item.file_name().to_string_lossy().into_owned();
            let Ok(width) = name.parse::<u16>() else {
                continue;
            };
            if width == 0 || width >= widest {
                continue;
            }
            let due = bytes.get(..prefix(width)).unwrap_or_default();
            match std::fs::read(item.path()) {
                Ok(found) if found == due => report.count(Name::Log, 1),
                Ok(found) => {
                    let path = format!("{narrow}/{name}");
                    report.fault(
                        Name::Log,
                        differs(&fault(&path, String::new()), &found, due),
                    );
                }
                Err(error) => {
                    let what = format!("cannot be read: {error}");
                    report.fault(Name::Log, fault(&format!("{narrow}/{name}"), what));
                }
            }
        }
    }

    /// After the last entry: the right edge, the tree heads, and files beyond the entries.
    pub fn finish(&self, complete: bool, report: &mut Report) {
        let size = self.frontier.size();
        if size != self.due {
            self.compare_partial(false, report);
        }
        for (name, head) in &self.heads {
            self.compare_head(*name, head, complete, report);
        }
        for (place, head) in self.proofs.values().flatten().filter(|_| complete) {
            report.count(Name::Proofs, 1);
            let what = format!(
                "its checkpoint speaks of {} entries, and {size} are published: the log signed \
                 more than it shows",
                head.size()
            );
            report.fault(Name::Proofs, Fault::new(place.clone(), what, FORK_HELP));
        }
        if let Some(dir) = self.dir.as_ref().filter(|_| complete) {
            beyond(dir, self.prefix, "tile", size, report);
        }
    }

    fn compare_head(&self, name: Name, head: &Checkpoint, complete: bool, report: &mut Report) {
        let size = self.frontier.size();
        report.count(name, 1);
        let what = match self.roots.get(&head.size()) {
            Some(root) if *root == head.root() => return,
            Some(root) => format!(
                "history was rewritten: the log signed {} for the first {} entries, these give {}",
                domain::ids::to_hex(&head.root()),
                head.size(),
                domain::ids::to_hex(root)
            ),
            None if complete => format!(
                "entries were cut off: the log signed {} entries, there are {size}",
                head.size()
            ),
            None => {
                let why = format!("only {size} of its {} entries could be read", head.size());
                report.skip(name, why);
                return;
            }
        };
        report.fault(name, Fault::new(Place::Checkpoint, what, FORK_HELP));
    }
}

fn differs(fault: &Fault, found: &[u8], due: &[u8]) -> Fault {
    let same = found
        .iter()
        .zip(due)
        .take_while(|(found, due)| found == due)
        .count() as u64;
    let Place::File(file) = &fault.place else {
        return fault.clone();
    };
    let what = "is not what the entries give".to_owned();
    Fault {
        what,
        ..fault.clone()
    }
    .at(file, same)
}

/// Looks for published files that no entry explains.
fn beyond(dir: &Path, prefix: &str, below: &str, size: u64, report: &mut Report) {
    let Ok(list) = std::fs::read_dir(dir.join(below)) else {
        return;
    };
    for item in list.flatten() {
        let path = format!("{below}/{}", item.file_name().to_string_lossy());
        if item.path().is_dir() {
            beyond(dir, prefix, &path, size, report);
            continue;
        }
        let last = if let Ok(bundle) = Bundle::from_path(&path) {
            Some(
                bundle
                    .first_entry()
                    .saturating_add(u64::from(bundle.width())),
            )
        } else if let Ok(tile) = Tile::from_path(&path) {
            let hashes = tile
                .index()
                .saturating_mul(256)
                .saturating_add(u64::from(tile.width()));
            Some(hashes.saturating_mul(1 << (8 * u32::from(tile.level().min(7)))))
        } else {
            None
        };
        let what = match last {
            Some(last) if last > size => "speaks of entries that are not there",
            None if path.contains(".tmp") => {
                report.note(format!(
                    "`{prefix}{path}` was left behind by an interrupted write"
                ));
                continue;
            }
            None => "does not belong to the published log",
            Some(_) => continue,
        };
        let place = Place::File(format!("{prefix}{path}"));
        report.fault(Name::Log, Fault::new(place, what, TILE_HELP));
    }
}

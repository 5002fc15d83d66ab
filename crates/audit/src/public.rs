//! The public part alone: what anybody can check who has no key at all.
//!
//! Invariant: the leaves come from the published entry bundles, and only they are judged: order,
//! time, totals, and the tree up to the signed root. One bundle is held at a time.

use crate::leaves::Leaves;
use crate::log::Log;
use crate::report::{Fault, Name, Place, Progress, Report};
use crate::source::Source;
use domain::leaf::Leaf;
use std::path::Path;
use tlog::tile::{Bundle, decode_bundle};

const HELP: &str = "fetch the published log again; ask why it is not whole";

/// Told how far the audit is.
pub type Teller<'a> = Option<&'a mut dyn FnMut(Progress)>;

/// Looks at each entry before it becomes part of the tree.
pub trait Visitor {
    /// Looks at the next entry; its leaf is none where it cannot be read.
    fn visit(&mut self, bytes: &[u8], leaf: Option<&Leaf>, log: &mut Log, report: &mut Report);
}

/// Looks at nothing more.
struct Nobody;

impl Visitor for Nobody {
    fn visit(&mut self, _: &[u8], _: Option<&Leaf>, _: &mut Log, _: &mut Report) {}
}

/// A published log to read.
pub struct Published<'a> {
    /// Where it is.
    pub dir: &'a Path,
    /// What stands before the paths of its files in a report.
    pub prefix: &'a str,
    /// How many entries the checkpoint speaks of.
    pub size: u64,
}

/// Says what cannot be judged without the private parts.
pub fn skip_private(report: &mut Report) {
    for name in [Name::Seals, Name::Signatures, Name::Decisions] {
        report.skip(name, "only the public part is here");
    }
}

/// Audits a published log.
pub fn audit(found: &Source, mut log: Log, progress: Teller<'_>, report: &mut Report) {
    skip_private(report);
    let Some(dir) = &found.log else { return };
    let published = Published {
        dir,
        prefix: found.prefix(),
        size: report.checkpoint_size.unwrap_or(0),
    };
    let complete = published.stream(&mut log, progress, report, &mut Nobody);
    log.finish(complete, report);
}

impl Published<'_> {
    /// Reads all entries in order; says whether all of them were there.
    pub fn stream(
        &self,
        log: &mut Log,
        mut progress: Teller<'_>,
        report: &mut Report,
        visitor: &mut dyn Visitor,
    ) -> bool {
        let mut leaves = Leaves::default();
        let mut complete = true;
        while leaves.count() < self.size {
            let Ok(bundle) = Bundle::holding(leaves.count(), self.size) else {
                break;
            };
            let (shape, bytes) = self.read(bundle);
            let Ok(entries) = decode_bundle(shape, &bytes) else {
                let place = Place::File(format!("{}{}", self.prefix, bundle.path()));
                let what = format!("does not give entries from {} on", leaves.count());
                report.fault(Name::Log, Fault::new(place, what, HELP));
                complete = false;
                break;
            };
            for entry in entries.into_iter().take(usize::from(bundle.width())) {
                let leaf = leaves.next(entry, report);
                let people = leaf.as_ref().map_or(0, |leaf| leaf.people);
                report.people_changes = report.people_changes.saturating_add(people);
                visitor.visit(entry, leaf.as_ref(), log, report);
                log.push(entry, report);
            }
            if let Some(progress) = progress.as_mut() {
                progress(Progress {
                    entries: leaves.count(),
                    people_changes: report.people_changes,
                    bytes: leaves.count(),
                    bytes_total: self.size,
                });
            }
        }
        report.entries = leaves.count();
        report.root = domain::ids::to_hex(&log.root());
        complete
    }

    /// The bytes of a bundle; a full file stands for the narrower ones before it.
    fn read(&self, bundle: Bundle) -> (Bundle, Vec<u8>) {
        if let Ok(bytes) = std::fs::read(self.dir.join(bundle.path())) {
            return (bundle, bytes);
        }
        let full = std::fs::read(self.dir.join(bundle.full().path()));
        (bundle.full(), full.unwrap_or_default())
    }
}

//! The public part alone: what anybody can check who has no key at all.
//!
//! Invariant: the leaves come from the published entry bundles, and only they are judged: order,
//! time, totals, and the tree up to the signed root.

use crate::leaves::Leaves;
use crate::log::Log;
use crate::report::{Fault, Name, Place, Progress, Report};
use crate::source::Source;
use tlog::tile::{Bundle, decode_bundle};

const HELP: &str = "fetch the published log again; ask why it is not whole";

/// Audits a published log.
pub fn audit(
    found: &Source,
    mut log: Log,
    mut progress: Option<&mut dyn FnMut(Progress)>,
    report: &mut Report,
) {
    for name in [Name::Seals, Name::Signatures, Name::Decisions] {
        report.skip(name, "only the public part is here");
    }
    let Some(dir) = &found.log else { return };
    let size = report.checkpoint_size.unwrap_or(0);
    let mut leaves = Leaves::default();
    let mut complete = true;
    while leaves.count() < size {
        let Ok(bundle) = Bundle::holding(leaves.count(), size) else {
            break;
        };
        let path = bundle.path();
        let full = dir.join(bundle.full().path());
        let read = std::fs::read(dir.join(&path)).or_else(|_| std::fs::read(full));
        let wide = read.is_ok() && !dir.join(&path).is_file();
        let shape = if wide { bundle.full() } else { bundle };
        let bytes = read.unwrap_or_default();
        let Ok(entries) = decode_bundle(shape, &bytes) else {
            let place = Place::File(format!("log/{path}"));
            let what = format!("does not give entries from {} on", leaves.count());
            report.fault(Name::Log, Fault::new(place, what, HELP));
            complete = false;
            break;
        };
        for entry in entries.into_iter().take(usize::from(bundle.width())) {
            let people = leaves.next(entry, report).map_or(0, |leaf| leaf.people);
            report.people_changes = report.people_changes.saturating_add(people);
            log.push(entry, report);
        }
        if let Some(progress) = progress.as_mut() {
            let (entries, people_changes) = (leaves.count(), report.people_changes);
            let (bytes, bytes_total) = (entries, size);
            progress(Progress {
                entries,
                people_changes,
                bytes,
                bytes_total,
            });
        }
    }
    report.entries = leaves.count();
    report.root = domain::ids::to_hex(&log.root());
    log.finish(complete, report);
}

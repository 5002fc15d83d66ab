//! Releases that an office may grant now, from a person's row.
//!
//! Invariant: asks the rule itself whether it is met (`ReleaseRule::met`), as the machine does when it
//! judges the conversion (I7). Refuses: to count evidence that was overturned on dispute.

use domain::colour::{Ground, Stage};
use domain::time::Timestamp;
use domain::view::{EvidenceView, MeasureView, PersonView};
use policy::Pack;

/// The releases whose evidence is on record at an instant: ground, and the release's name in the pack.
pub fn releases_met(pack: &Pack, view: &PersonView, at: Timestamp) -> Vec<(Ground, String)> {
    let live = view.live_at(at);
    let mut grounds: Vec<Ground> = live.iter().map(|measure| measure.ground).collect();
    grounds.sort_unstable();
    grounds.dedup();
    let mut found = Vec::new();
    for ground in grounds {
        let Some(rule) = pack.book().grounds.get(&ground) else {
            continue;
        };
        for release in &rule.releases {
            let facts = |item: &&EvidenceView| item.kind == release.kind && !item.overturned;
            let facts = view.evidence.iter().filter(facts);
            let facts: Vec<Timestamp> = facts.map(|item| item.occurred_at).collect();
            let ends = |measure: &&MeasureView| {
                let met = release.met(measure.span.from(), facts.clone());
                met.is_some_and(|earliest| earliest <= at)
            };
            let mut same = live.iter().copied().filter(|one| one.ground == ground);
            if same.all(|measure| measure.stage_at(at) > Stage::None && ends(&measure)) {
                found.push((ground, release.name.clone()));
            }
        }
    }
    found
}

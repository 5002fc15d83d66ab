//! What the public part of each entry must be by itself, without any key.
//!
//! Invariant: leaves that pass are canonical, numbered without a gap, in order of time, written by
//! a machine known here, and their colour changes add up to their totals; a status list is published
//! with those totals and under the next number.

use crate::report::{Fault, Name, Place, Report};
use domain::leaf::{Leaf, MACHINE_VERSION, Totals, Transitions};
use domain::publication::{ListVersion, Publication};
use domain::time::Timestamp;
use std::collections::BTreeMap;

const WRITER_HELP: &str = "whoever runs the ledger must explain this entry; nothing that follows it \
    can be relied on";
const NEWER_HELP: &str = "use the version of this program that belongs to the ledger";

/// The leaves so far.
#[derive(Default)]
pub struct Leaves {
    seq: u64,
    at: Option<Timestamp>,
    machine: u16,
    totals: Totals,
    /// The newest version of each list.
    lists: BTreeMap<String, u64>,
}

impl Leaves {
    /// How many.
    pub const fn count(&self) -> u64 {
        self.seq
    }

    /// Checks the next leaf; none when it cannot be read at all.
    pub fn next(&mut self, bytes: &[u8], report: &mut Report) -> Option<Leaf> {
        let seq = self.seq;
        self.seq = seq.saturating_add(1);
        let fault = |what: String| Fault::new(Place::Entry(seq), what, WRITER_HELP);
        let Some(leaf) = Leaf::decode(bytes) else {
            let what = "its public part is not the canonical bytes of a leaf";
            report.fault(Name::Decisions, fault(what.to_owned()));
            return None;
        };
        if leaf.seq != seq {
            let what = format!("its public part says it is entry {}", leaf.seq);
            report.fault(Name::Time, fault(what));
        }
        if let Some(before) = self.at.filter(|before| leaf.at < *before) {
            let what = format!("time goes back from {before} to {}", leaf.at);
            report.fault(Name::Time, fault(what));
        }
        if leaf.machine > MACHINE_VERSION {
            let what = format!(
                "was decided by machine version {}, unknown here",
                leaf.machine
            );
            report.fault(Name::Time, Fault::new(Place::Entry(seq), what, NEWER_HELP));
        } else if leaf.machine < self.machine {
            let what = format!("machine version {} after {}", leaf.machine, self.machine);
            report.fault(Name::Time, fault(what));
        }
        report.count(Name::Time, 1);
        self.add_up(&leaf, report, &fault);
        if let Some(Publication::List(list)) = &leaf.publication {
            self.check_list(list, leaf.totals, report, &fault);
        }
        self.at = Some(self.at.map_or(leaf.at, |before| before.max(leaf.at)));
        self.machine = leaf.machine;
        Some(leaf)
    }

    fn check_list(
        &mut self,
        list: &ListVersion,
        totals: Totals,
        report: &mut Report,
        fault: &dyn Fn(String) -> Fault,
    ) {
        report.count(Name::Lists, 1);
        if (list.yellow, list.red) != (totals.yellow, totals.red) {
            let what = format!(
                "it publishes a list with {} yellow and {} red, and the ledger accounts for {} and {}",
                list.yellow, list.red, totals.yellow, totals.red
            );
            report.fault(Name::Lists, fault(what));
        }
        let before = self.lists.insert(list.uri.clone(), list.version);
        if list.version != before.unwrap_or(0).saturating_add(1) {
            let what = format!(
                "it publishes version {} of `{}` after version {}",
                list.version,
                list.uri,
                before.unwrap_or(0)
            );
            report.fault(Name::Lists, fault(what));
        }
    }

    fn add_up(&mut self, leaf: &Leaf, report: &mut Report, fault: &dyn Fn(String) -> Fault) {
        let due = self
            .totals
            .after(leaf.lapsed)
            .and_then(|totals| totals.after(leaf.caused));
        report.count(Name::Totals, 1);
        if due != Some(leaf.totals) {
            let Totals { yellow, red } = leaf.totals;
            let due = due.map_or_else(
                || "less than nobody".to_owned(),
                |due| format!("{} yellow and {} red", due.yellow, due.red),
            );
            let what = format!("its changes make {due}, its totals say {yellow} and {red}");
            report.fault(Name::Totals, fault(what));
        }
        if leaf.refused.is_some() && leaf.caused != Transitions::default() {
            report.fault(
                Name::Totals,
                fault("was refused and still changed colours".to_owned()),
            );
        }
        if leaf.refused.is_some() && leaf.publication.is_some() {
            let what = "was refused and still publishes something".to_owned();
            report.fault(Name::Lists, fault(what));
        }
        // Later entries are measured by what this one claims, so that one lie is one fault.
        self.totals = leaf.totals;
    }
}

//! The public audit: a published site judged from its own files, with no key but public ones.
//!
//! Owns the order of it. Invariant: entries stream by once and one list is held at a time; a file
//! that the layout demands is compared with the log or named as missing; what is trusted and was
//! not given from outside is said. Refuses: to go on from a checkpoint that the log did not sign.

mod anchor;
mod entries;
mod ground;
mod keys;
mod lists;
mod newest;
mod packs;
mod shown;
mod token;

use crate::log::Log;
use crate::public::{Published, Visitor, skip_private};
use crate::report::{Name, Progress, Report};
use domain::leaf::{Leaf, Totals};
use domain::publication::Publication;
use domain::time::Timestamp;
use entries::Entries;
use ground::Ground;
use keys::Keys;
use lists::Lists;
use packs::Packs;
use std::path::Path;

/// What to audit a site with.
#[derive(Default)]
pub struct SiteOptions<'a> {
    /// The log's public key, kept elsewhere.
    pub vkey: Option<String>,
    /// The policy, from somebody trusted: the log, its witnesses, and how many are enough.
    pub policy: Option<String>,
    /// A signed checkpoint remembered elsewhere: history must still contain it.
    pub checkpoint: Option<String>,
    /// When: the newest version of every list that has not expired then must be there.
    pub now: Timestamp,
    /// Told now and then how far the audit is.
    pub progress: Option<&'a mut dyn FnMut(Progress)>,
}

/// Audits a published site in a directory. Writes nothing.
pub fn site(root: &Path, options: SiteOptions<'_>) -> Report {
    let mut report = Report::default();
    skip_private(&mut report);
    let mut log = Log::new(Some(root.to_owned()), "");
    if let Some(ground) = anchor::find(root, &options, &mut log, &mut report) {
        let mut walk = Walk::new(&ground);
        let published = Published {
            dir: root,
            prefix: "",
            size: report.checkpoint_size.unwrap_or(0),
        };
        let complete = published.stream(&mut log, options.progress, &mut report, &mut walk);
        log.finish(complete, &mut report);
        if complete {
            walk.finish(&mut report);
        } else {
            for name in [Name::Arrays, Name::Keys, Name::Files] {
                report.skip(name, "not every entry could be read");
            }
        }
    }
    report.sort();
    report
}

/// What is gathered while the entries stream by.
struct Walk<'a> {
    ground: &'a Ground<'a>,
    seq: u64,
    at: Timestamp,
    totals: Totals,
    keys: Keys,
    lists: Lists,
    entries: Entries,
    packs: Packs,
    statements: shown::Statements,
}

impl<'a> Walk<'a> {
    fn new(ground: &'a Ground<'a>) -> Self {
        Self {
            ground,
            seq: 0,
            at: Timestamp::from_unix(i64::MIN),
            totals: Totals::default(),
            keys: Keys::default(),
            lists: Lists::default(),
            entries: Entries::default(),
            packs: Packs::default(),
            statements: shown::Statements::default(),
        }
    }

    /// After the last entry: everything that speaks of the whole log.
    fn finish(self, report: &mut Report) {
        // A clock that is behind the log would call expired lists missing, never the reverse.
        let now = self.ground.now.max(self.at);
        let ground = self.ground;
        newest::finish(ground, &self.lists, &self.keys, now, report);
        self.keys.finish(ground, report);
        self.entries.finish(ground, self.seq, report);
        self.packs.finish(ground, report);
        self.statements.finish(ground, report);
        shown::lists(ground, &self.lists, now, report);
        shown::counts(ground, self.totals, report);
        report.lists = self.lists.newest();
    }
}

impl Visitor for Walk<'_> {
    fn visit(&mut self, bytes: &[u8], leaf: Option<&Leaf>, log: &mut Log, report: &mut Report) {
        let seq = self.seq;
        self.seq = seq.saturating_add(1);
        self.entries.next(self.ground, leaf, report);
        let Some(leaf) = leaf else { return };
        self.at = self.at.max(leaf.at);
        self.totals = leaf.totals;
        self.packs.next(seq, leaf);
        self.statements.next(seq, leaf);
        // What a refused entry publishes is a fault of its own, and counts for nothing.
        if leaf.refused.is_some() {
            return;
        }
        let entry = ground::Entry { seq, bytes };
        match &leaf.publication {
            Some(Publication::List(list)) => {
                self.lists
                    .next(self.ground, &entry, list, &self.keys, log, report);
            }
            Some(Publication::Key(grant)) => {
                self.keys.begin(self.ground, &entry, *grant, log, report);
            }
            Some(Publication::KeyEnd { key }) => {
                self.keys
                    .end(self.ground, &entry, *key, leaf.at, log, report);
            }
            None => {}
        }
    }
}

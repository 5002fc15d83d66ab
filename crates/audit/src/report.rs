//! What an audit found, for people and for programs.
//!
//! Invariant: an audit passes only when no fault was found; what was not looked at is said, never
//! silently counted as good. The first wrong entry stands before everything else.

use serde::{Deserialize, Serialize};
use std::fmt;

/// How many faults are kept; the rest is counted.
pub const FAULTS_KEPT: usize = 32;

/// Where something is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// An entry, by number.
    Entry(u64),
    /// A row of a view, its key in hexadecimal.
    View {
        /// The table.
        table: String,
        /// The key.
        key: String,
    },
    /// A checkpoint.
    Checkpoint,
    /// The snapshot of the state after so many entries.
    Snapshot(u64),
    /// A key.
    Key(String),
    /// A file, by its path below the audited directory.
    File(String),
    /// The ledger as a whole.
    Ledger,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entry(seq) => write!(formatter, "entry {seq}"),
            Self::View { table, key } => write!(formatter, "view `{table}`, row `{key}`"),
            Self::Checkpoint => formatter.write_str("checkpoint"),
            Self::Snapshot(position) => write!(formatter, "snapshot after {position} entries"),
            Self::Key(name) => write!(formatter, "key `{name}`"),
            Self::File(path) => write!(formatter, "file `{path}`"),
            Self::Ledger => formatter.write_str("ledger"),
        }
    }
}

/// A byte of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileByte {
    /// The file, by its path below the audited directory.
    pub file: String,
    /// The byte, from 0.
    pub byte: u64,
}

/// Something wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Where.
    pub place: Place,
    /// What.
    pub what: String,
    /// The bytes it was seen in, where bytes show it.
    pub at: Option<FileByte>,
    /// What to do.
    pub help: &'static str,
}

impl Fault {
    /// A fault without bytes.
    pub fn new(place: Place, what: impl Into<String>, help: &'static str) -> Self {
        Self {
            place,
            what: what.into(),
            at: None,
            help,
        }
    }

    /// Says in which bytes it shows.
    #[must_use]
    pub fn at(mut self, file: &str, byte: u64) -> Self {
        self.at = Some(FileByte {
            file: file.to_owned(),
            byte,
        });
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.place, self.what)?;
        if let Some(at) = &self.at {
            write!(formatter, "\n  seen in `{}` at byte {}", at.file, at.byte)?;
        }
        write!(formatter, "\n  help: {}", self.help)
    }
}

/// What was checked, by name, in the order of the reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Name {
    /// The bundle's manifest.
    Manifest,
    /// The bytes of the journal.
    Journal,
    /// The sealed parts.
    Seals,
    /// The signatures.
    Signatures,
    /// The order of time.
    Time,
    /// The decisions.
    Decisions,
    /// The running totals.
    Totals,
    /// The versions of the status lists.
    Lists,
    /// The arrays of the status lists: who signed them, and what they are.
    Arrays,
    /// How many reds and yellows the status lists hold.
    Sums,
    /// The chain behind each colour.
    Grounds,
    /// The published log.
    Log,
    /// The witnesses of the published checkpoint.
    Witnesses,
    /// A checkpoint kept elsewhere.
    Remembered,
    /// The proofs beside lists and keys.
    Proofs,
    /// The issuing keys that are shown.
    Keys,
    /// The other files of the site.
    Files,
    /// The snapshots.
    Snapshots,
    /// The views.
    Views,
}

impl Name {
    /// What the check says when it passes.
    pub const fn what(self) -> &'static str {
        match self {
            Self::Manifest => "files are those of the manifest, no other",
            Self::Journal => "records whole, chained, in order, nothing beside them",
            Self::Seals => "sealed parts open under the key of their day",
            Self::Signatures => "submissions judged again by the keys on record",
            Self::Time => "entries in order of time, written by a machine known here",
            Self::Decisions => "decisions made again under the rule pack of their day",
            Self::Totals => "entries whose colour changes add up to their totals",
            Self::Lists => "status lists published with the ledger's own counts, in order",
            Self::Arrays => "list files signed by a key on record, equal to their entry",
            Self::Sums => "lists with exactly the reds and yellows that the log accounts for",
            Self::Grounds => "measures with accepted entry, evidence and signatures behind them",
            Self::Log => "published files equal to the entries, root signed by the log",
            Self::Witnesses => "checkpoints with the witnesses that the policy asks for",
            Self::Proofs => "proofs of the very entry, in this same history",
            Self::Keys => "issuing keys and ends of keys shown as the log has them",
            Self::Files => "other files equal to the log, none missing, none without an entry",
            Self::Remembered => "remembered checkpoints that this history still contains",
            Self::Snapshots => "snapshots equal to the replayed state",
            Self::Views => "rows equal to the replayed state, none missing, none extra",
        }
    }
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Which.
    pub name: Name,
    /// What it says when it passes.
    pub what: &'static str,
    /// How many things were checked.
    pub count: u64,
    /// Whether all of them are right.
    pub ok: bool,
    /// Why it was not done, or not to the end.
    pub skipped: Option<String>,
}

/// How far an audit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Entries checked.
    pub entries: u64,
    /// People in them.
    pub people_changes: u64,
    /// Bytes of the journal read.
    pub bytes: u64,
    /// Bytes of the journal on disk, free space included.
    pub bytes_total: u64,
}

/// What an audit found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Entries.
    pub entries: u64,
    /// People in them, each entry counted by itself.
    pub people_changes: u64,
    /// The root over all entries, in hexadecimal.
    pub root: String,
    /// Entries that the published checkpoint speaks of.
    pub checkpoint_size: Option<u64>,
    /// The checks, in order.
    pub checks: Vec<Check>,
    /// What is wrong, the first wrong entry first.
    pub faults: Vec<Fault>,
    /// Faults beyond those kept.
    pub more_faults: u64,
    /// What is not wrong and still worth knowing.
    pub notes: Vec<String>,
    /// The newest version of each list, where a published site was audited.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lists: Vec<NewestList>,
}

/// The newest version of a list, as the log has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewestList {
    /// The address of the list.
    pub uri: String,
    /// The number of the version.
    pub version: u64,
    /// The entry that published it.
    pub entry: u64,
    /// SHA-256 of its array, in hexadecimal.
    pub sha256: String,
}

impl Report {
    /// Whether nothing was found wrong.
    pub const fn passed(&self) -> bool {
        self.faults.is_empty() && self.more_faults == 0
    }

    /// The first wrong entry.
    pub fn first_entry(&self) -> Option<u64> {
        self.faults.iter().find_map(|fault| match fault.place {
            Place::Entry(seq) => Some(seq),
            Place::View { .. }
            | Place::Checkpoint
            | Place::Snapshot(_)
            | Place::Key(_)
            | Place::File(_)
            | Place::Ledger => None,
        })
    }

    /// Counts things that a check looked at.
    pub(crate) fn count(&mut self, name: Name, count: u64) {
        let check = self.check(name);
        check.count = check.count.saturating_add(count);
    }

    /// Says why a check was not done, or not to the end.
    pub(crate) fn skip(&mut self, name: Name, why: impl Into<String>) {
        let check = self.check(name);
        check.skipped.get_or_insert_with(|| why.into());
    }

    /// Records a fault.
    pub(crate) fn fault(&mut self, name: Name, fault: Fault) {
        self.check(name).ok = false;
        self.keep(fault);
    }

    fn keep(&mut self, fault: Fault) {
        if self.faults.len() < FAULTS_KEPT {
            self.faults.push(fault);
        } else {
            self.more_faults = self.more_faults.saturating_add(1);
        }
    }

    /// Takes over what another thread found.
    pub(crate) fn absorb(&mut self, other: Self) {
        for check in other.checks {
            let mine = self.check(check.name);
            mine.count = mine.count.saturating_add(check.count);
            mine.ok &= check.ok;
            mine.skipped = mine.skipped.take().or(check.skipped);
        }
        self.more_faults = self.more_faults.saturating_add(other.more_faults);
        for fault in other.faults {
            self.keep(fault);
        }
        self.notes.extend(other.notes);
    }

    /// Records something worth knowing.
    pub(crate) fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    fn check(&mut self, name: Name) -> &mut Check {
        let place = match self.checks.binary_search_by_key(&name, |check| check.name) {
            Ok(place) => place,
            Err(place) => {
                let what = name.what();
                self.checks.insert(
                    place,
                    Check {
                        name,
                        what,
                        count: 0,
                        ok: true,
                        skipped: None,
                    },
                );
                place
            }
        };
        // INVARIANT: `place` was found or filled just now.
        #[expect(
            clippy::indexing_slicing,
            reason = "the place was found or filled just now"
        )]
        &mut self.checks[place]
    }

    /// Puts the first wrong entry first.
    pub(crate) fn sort(&mut self) {
        self.faults.sort_by_key(|fault| match fault.place {
            Place::Entry(seq) => seq,
            Place::View { .. }
            | Place::Checkpoint
            | Place::Snapshot(_)
            | Place::Key(_)
            | Place::File(_)
            | Place::Ledger => u64::MAX,
        });
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = (self.faults.len() as u64).saturating_add(self.more_faults);
        if count > 0 {
            let s = if count == 1 { "" } else { "s" };
            writeln!(formatter, "FAILED: {count} fault{s}\n")?;
            for fault in &self.faults {
                writeln!(formatter, "{fault}")?;
            }
            if self.more_faults > 0 {
                writeln!(formatter, "and {} more", self.more_faults)?;
            }
            writeln!(formatter)?;
        }
        for check in &self.checks {
            let word = match (check.ok, &check.skipped) {
                (false, _) => "WRONG",
                (true, None) => "ok",
                (true, Some(_)) if check.count == 0 => "not done",
                (true, Some(_)) => "in part",
            };
            writeln!(formatter, "{word:>8}  {:>12} {}", check.count, check.what)?;
            if let Some(why) = &check.skipped {
                writeln!(formatter, "{:23}{why}", "")?;
            }
        }
        for note in &self.notes {
            writeln!(formatter, "    note: {note}")?;
        }
        writeln!(
            formatter,
            "\n{} entries, {} people in them",
            self.entries, self.people_changes
        )?;
        if let Some(size) = self.checkpoint_size {
            writeln!(formatter, "published checkpoint: {size} entries")?;
        }
        writeln!(formatter, "root: {}", self.root)?;
        formatter.write_str(if count > 0 { "FAILED" } else { "passed" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_wrong_entry_comes_first() {
        let mut report = Report::default();
        report.fault(Name::Views, Fault::new(Place::Ledger, "a view", "x"));
        report.fault(Name::Decisions, Fault::new(Place::Entry(9), "nine", "x"));
        report.fault(
            Name::Decisions,
            Fault::new(Place::Entry(4), "four", "x").at("f", 7),
        );
        report.sort();
        assert_eq!(report.first_entry(), Some(4));
        assert!(
            report
                .to_string()
                .starts_with("FAILED: 3 faults\n\nentry 4: four\n  seen in `f`")
        );
        assert!(!report.passed());
    }

    #[test]
    fn a_check_that_was_not_done_is_not_called_good() {
        let mut report = Report::default();
        report.skip(Name::Views, "held by another process");
        report.count(Name::Journal, 3);
        let text = report.to_string();
        assert!(text.contains("not done"), "{text}");
        assert!(text.contains("held by another process"), "{text}");
        assert!(report.passed());
    }

    #[test]
    fn what_two_threads_found_adds_up() {
        let (mut report, mut other) = (Report::default(), Report::default());
        report.count(Name::Views, 2);
        other.count(Name::Views, 3);
        other.skip(Name::Log, "not there");
        for seq in 0..40 {
            other.fault(Name::Views, Fault::new(Place::Entry(seq), "x", "x"));
        }
        report.fault(Name::Journal, Fault::new(Place::Entry(7), "y", "x"));
        report.absorb(other);
        let views = report.checks.iter().find(|check| check.name == Name::Views);
        assert!(views.is_some_and(|views| views.count == 5 && !views.ok));
        assert_eq!((report.faults.len(), report.more_faults), (FAULTS_KEPT, 9));
        assert!(report.checks.iter().any(|check| check.skipped.is_some()));
    }

    #[test]
    fn faults_beyond_the_limit_are_counted() {
        let mut report = Report::default();
        for seq in 0..40 {
            report.fault(Name::Decisions, Fault::new(Place::Entry(seq), "x", "x"));
        }
        assert_eq!((report.faults.len(), report.more_faults), (FAULTS_KEPT, 8));
    }
}

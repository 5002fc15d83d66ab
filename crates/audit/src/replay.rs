//! Decides every entry again and compares.
//!
//! Owns the replayed state. Invariant: an entry passes only when its sealed part opens, its
//! signatures hold under the keys on record then, and the machine under the pack of that day gives
//! the stored leaf byte for byte. Holds the deciding state and one record, nothing else.

use crate::differ;
use crate::journal::Record;
use crate::leaves::Leaves;
use crate::log::Log;
use crate::report::{Fault, Name, Place, Report};
use crate::rules::{Carried, Packs, carried};
use crate::seal::{Closed, Keys};
use crate::snapshot::Snapshots;
use crate::subjects::subject_root;
use crate::touched::Touched;
use domain::commitment::{EntrySalt, act_commitment};
use domain::leaf::Leaf;
use domain::machine::{self, Context, Outcome};
use domain::salts::SaltTree;
use domain::state::State;
use domain::submission::Submission;
use domain::time::{Day, Timestamp};

const SALT_BYTES: usize = 32;
const FORGED_HELP: &str = "this entry is not what was signed or not what the rules decide: treat \
    the server that wrote it as compromised";
const KEY_HELP: &str = "bring the key file back, or run the audit with `--allow-destroyed` to check \
    the public part of what can no longer be replayed";

/// A ledger being replayed.
pub struct Replay {
    /// The state so far.
    pub state: State,
    /// The published log so far.
    pub log: Log,
    /// What the entries changed since the views were last brought up to date.
    pub touched: Option<Touched>,
    /// Why entries are no longer decided again.
    pub stopped: Option<String>,
    /// People in the entries.
    pub people_changes: u64,
    leaves: Leaves,
    packs: Packs,
    keys: Keys,
    snapshots: Snapshots,
    allow_destroyed: bool,
}

impl Replay {
    /// A replay from nothing.
    pub fn new(log: Log, keys: Keys, snapshots: Snapshots, allow_destroyed: bool) -> Self {
        Self {
            state: State::default(),
            log,
            touched: None,
            stopped: None,
            people_changes: 0,
            leaves: Leaves::default(),
            packs: Packs::default(),
            keys,
            snapshots,
            allow_destroyed,
        }
    }

    /// How many entries were taken.
    pub const fn entries(&self) -> u64 {
        self.leaves.count()
    }

    /// The snapshots, to report those that were never reached.
    pub const fn snapshots(&self) -> &Snapshots {
        &self.snapshots
    }

    /// Takes the next entry.
    pub fn take(&mut self, record: &mut Record, report: &mut Report) {
        let seq = self.leaves.count();
        let said = self.leaves.next(record.leaf(), report);
        self.log.push(record.leaf(), report);
        let people = said.as_ref().map_or(0, |leaf| leaf.people);
        self.people_changes = self.people_changes.saturating_add(people);
        if self.stopped.is_some() {
            return;
        }
        let Some(said) = said else {
            self.stopped = Some(format!("entry {seq} cannot be read"));
            return;
        };
        let (leaf, sealed) = record.split();
        match self.keys.open(leaf, sealed) {
            Ok((day, payload)) => {
                report.count(Name::Seals, 1);
                self.decide(seq, day, &said, leaf, payload, report);
            }
            Err(closed) => self.cannot_replay(seq, closed, report),
        }
        if self.stopped.is_none() {
            self.snapshots
                .compare(&self.state, self.log.frontier(), report);
        }
    }

    fn cannot_replay(&mut self, seq: u64, closed: Closed, report: &mut Report) {
        let why = match closed {
            Closed::NoKey(day) => {
                self.missing(seq, format!("the key of {day} is not there"), report)
            }
            Closed::NoSalts => {
                let why = "`keys/payload/salts` is not there or does not hold salts".to_owned();
                self.missing(seq, why, report)
            }
            Closed::WrongKey(day) => {
                let what = format!("does not open under the key of {day}: it was sealed otherwise");
                report.fault(
                    Name::Seals,
                    Fault::new(Place::Entry(seq), what, FORGED_HELP),
                );
                format!("entry {seq} does not open")
            }
            Closed::NotSealed => {
                let what = "its private part is too short to be sealed";
                report.fault(
                    Name::Seals,
                    Fault::new(Place::Entry(seq), what, FORGED_HELP),
                );
                format!("entry {seq} does not open")
            }
        };
        for name in [Name::Seals, Name::Signatures, Name::Decisions] {
            report.skip(name, format!("stopped at entry {seq}: {why}"));
        }
        self.stopped = Some(why);
    }

    /// Something that an operator may have destroyed is not there.
    fn missing(&self, seq: u64, why: String, report: &mut Report) -> String {
        let what = format!("cannot be replayed: {why}");
        if self.allow_destroyed {
            report.note(format!(
                "entry {seq} {what}; from it on, only leaves are checked"
            ));
        } else {
            let fault = Fault::new(Place::Entry(seq), what, KEY_HELP);
            report.fault(Name::Seals, fault);
        }
        why
    }

    /// How many leaves are taken by their hash alone, because their salts were forgotten.
    pub fn forgotten(&self) -> usize {
        self.keys.salts().map_or(0, SaltTree::forgotten)
    }

    fn decide(
        &mut self,
        seq: u64,
        day: Day,
        said: &Leaf,
        stored: &[u8],
        payload: &[u8],
        report: &mut Report,
    ) {
        let fault = |what: String| Fault::new(Place::Entry(seq), what, FORGED_HELP);
        let split = payload
            .len()
            .checked_sub(SALT_BYTES)
            .and_then(|at| payload.split_at_checked(at));
        let Some((bytes, salt)) = split else {
            report.fault(
                Name::Seals,
                fault("its private part has no salt".to_owned()),
            );
            self.stopped = Some(format!("entry {seq} has no salt"));
            return;
        };
        let salt: EntrySalt = salt.try_into().unwrap_or_default();
        let submission = intake::receive(bytes, &self.state);
        report.count(Name::Signatures, 1);
        if let Some(first) = self.state.seen.get(&submission.digest()) {
            let what = format!("the same signed bytes are entry {first} already");
            report.fault(Name::Signatures, fault(what));
        }
        let (outcome, decided) = self.step(said.at, &submission, salt);
        report.count(Name::Decisions, 1);
        if decided.encode() != stored {
            let why = outcome
                .refusal
                .as_ref()
                .map(|refusal| refusal.detail.as_str());
            let unsigned = matches!(submission, Submission::Unverified(_));
            let name = if unsigned {
                Name::Signatures
            } else {
                Name::Decisions
            };
            report.fault(name, fault(differ::sentence(&decided, said, why)));
        }
        let due = said.at.local_day(self.state.utc_offset_s);
        if day != due {
            let what = format!("sealed under the key of {day}, its day is {due}");
            report.fault(Name::Seals, fault(what));
        }
        if let Some(touched) = &mut self.touched {
            touched.note(&self.state, seq, &outcome.changes);
        }
    }

    fn step(&mut self, at: Timestamp, submission: &Submission, salt: EntrySalt) -> (Outcome, Leaf) {
        let seq = self.state.seq;
        let carried = carried(submission);
        let candidate = match &carried {
            Carried::Nothing => None,
            Carried::Sound(pack) => Some(Ok(pack.book())),
            Carried::Unsound(why) => Some(Err(why.as_str())),
        };
        let rules = self.packs.in_force(&self.state).map(policy::Pack::rules);
        let cx = Context {
            at,
            rules,
            candidate,
        };
        let outcome = machine::step(&mut self.state, &cx, submission);
        if let Carried::Sound(pack) = carried {
            self.packs.keep(*pack);
        }
        let mut leaf = outcome.leaf.clone();
        if let Some(tree) = self.keys.salts() {
            let salts = tree.entry(salt, seq);
            leaf.subjects = subject_root(salts, &self.state, &outcome.subjects);
        }
        leaf.act = act_commitment(&salt, &submission.digest());
        (outcome, leaf)
    }
}

//! What the outbox still has to hear of: the people touched by each entry, until they are queued.
//!
//! Invariant: the outbox's position moves past an entry in the same step as the last of its notices
//! goes in. What was not kept, because the process ended, is found again by reading the state and
//! the journal from that position.

use super::{Notice, derive};
use crate::ledger::LedgerError;
use crate::ports::{Journal, Outbox};
use domain::leaf::Leaf;
use domain::state::State;
use domain::time::Timestamp;
use std::collections::{BTreeMap, VecDeque};

/// Notices that go into the outbox in one step.
const PORTION: usize = 10_000;
/// Within so many seconds a person is told when no pack says otherwise (our default).
const NOTICE_S: u32 = 300;

/// The people touched by an entry.
struct Touched {
    entry: u64,
    at: Timestamp,
    people: Vec<u32>,
    /// How many of them are queued.
    done: usize,
}

/// The entries that the outbox has not heard of.
pub struct Backlog {
    entries: VecDeque<Touched>,
    from: u64,
}

impl Backlog {
    /// Begins to keep; knows nothing of the entries before `from`.
    pub const fn new(from: u64) -> Self {
        Self {
            entries: VecDeque::new(),
            from,
        }
    }

    /// Remembers whom an entry touched.
    pub(crate) fn add(&mut self, entry: u64, at: Timestamp, people: &[u32]) {
        self.entries.push_back(Touched {
            entry,
            at,
            people: people.to_vec(),
            done: 0,
        });
    }

    /// Queues at most about `most` notices; whether there is more to be done.
    ///
    /// `notice_s` gives the deadline, in seconds, of the pack that decided an entry.
    pub(crate) fn tell(
        &mut self,
        (state, journal): (&State, &dyn Journal),
        notice_s: impl Fn(u64) -> Option<u32>,
        outbox: &dyn Outbox,
        now: Timestamp,
        most: usize,
    ) -> Result<bool, LedgerError> {
        let told = self.queue((state, journal), notice_s, outbox, now, most);
        if told.is_err() {
            // What was on its way may be lost: the next time it is searched for.
            *self = Self::new(state.seq);
        }
        told
    }

    fn queue(
        &mut self,
        (state, journal): (&State, &dyn Journal),
        notice_s: impl Fn(u64) -> Option<u32>,
        outbox: &dyn Outbox,
        now: Timestamp,
        most: usize,
    ) -> Result<bool, LedgerError> {
        let position = outbox.position()?;
        if position < self.from {
            self.catch_up(state, journal, position)?;
        }
        let mut queued = 0_usize;
        let mut portion: Vec<Notice> = Vec::new();
        let mut heard = None;
        while let Some(touched) = self.entries.front_mut() {
            let notice_s = notice_s(touched.entry).unwrap_or(NOTICE_S);
            let rest = touched.people.get(touched.done..).unwrap_or_default();
            let some = rest.get(..rest.len().min(PORTION)).unwrap_or_default();
            for place in some {
                let about = (touched.entry, touched.at);
                portion.extend(derive(state, about, *place, notice_s));
            }
            touched.done = touched.done.saturating_add(some.len());
            if touched.done >= touched.people.len() {
                heard = Some(touched.entry.saturating_add(1));
                self.entries.pop_front();
            }
            if portion.len() >= PORTION {
                queued = queued.saturating_add(portion.len());
                outbox.enqueue(&portion, now, heard.take())?;
                portion.clear();
                if queued >= most {
                    return Ok(!self.entries.is_empty());
                }
            }
        }
        // What touched nobody is passed over, too.
        let heard = heard.or_else(|| (position < state.seq).then_some(state.seq));
        if heard.is_some() || !portion.is_empty() {
            outbox.enqueue(&portion, now, heard.map(|_| state.seq))?;
        }
        Ok(false)
    }

    /// Finds whom the entries from `position` on touched, as far as nobody kept it.
    fn catch_up(
        &mut self,
        state: &State,
        journal: &dyn Journal,
        position: u64,
    ) -> Result<(), LedgerError> {
        let missed = position..self.from;
        let mut people: BTreeMap<u64, Vec<u32>> = BTreeMap::new();
        let mut touch = |entry: u64, place: u32| {
            if missed.contains(&entry) {
                people.entry(entry).or_default().push(place);
            }
        };
        for (_, measure) in state.people.measures() {
            touch(measure.entry, measure.person);
            if measure.end.is_some() {
                touch(measure.end_entry, measure.person);
            }
        }
        for appeal in state.appeals.values() {
            if let Some(answer) = &appeal.answer {
                touch(answer.by.entry, appeal.person_place);
            }
        }
        for (place, looks) in &state.looks {
            for look in looks {
                touch(look.by.entry, *place);
            }
        }
        for (entry, mut people) in people.into_iter().rev() {
            people.sort_unstable();
            people.dedup();
            let at = instant(journal, entry)?;
            self.entries.push_front(Touched {
                entry,
                at,
                people,
                done: 0,
            });
        }
        self.from = position;
        Ok(())
    }
}

/// When an entry was decided.
fn instant(journal: &dyn Journal, entry: u64) -> Result<Timestamp, LedgerError> {
    let unreadable = LedgerError::Replay {
        seq: entry,
        what: "unreadable leaf",
    };
    let record = journal
        .read_from(entry)?
        .next()
        .ok_or(unreadable.clone())??;
    Leaf::decode(&record.leaf)
        .map(|leaf| leaf.at)
        .ok_or(unreadable)
}

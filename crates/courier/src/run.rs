//! The loop: take, word, send, settle.
//!
//! Invariant: a turn handles one batch and settles each row as soon as its fate is known; what a
//! failure leaves taken is put back. Refuses: to run on when the outbox cannot be written.

use crate::Channel;
use app::notices::{Letter, Posted, Route, Sent, Standing};
use app::ports::{Clock, Outbox, Secretary, StorageError};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Notices of one turn: with ten seconds a letter at worst, a turn ends within about five minutes.
const BATCH: usize = 32;
/// How long the courier rests when nothing is due.
const REST: Duration = Duration::from_secs(1);

/// What the courier has done since it began.
#[derive(Debug, Default)]
pub struct Counters {
    /// Notices that were taken by the other side.
    pub sent: AtomicU64,
    /// Those of them that came after their time.
    pub late: AtomicU64,
    /// Attempts that failed and will be repeated.
    pub retried: AtomicU64,
    /// Notices that were given up.
    pub dead: AtomicU64,
}

/// Says when to stop, and wakes a courier that rests.
#[derive(Debug, Default)]
pub struct Stop {
    state: Mutex<(bool, bool)>,
    changed: Condvar,
}

impl Stop {
    /// Ends the courier after the letter at hand.
    pub fn stop(&self) {
        self.set(|state| state.0 = true);
    }

    /// Wakes the courier: there may be something new.
    pub fn wake(&self) {
        self.set(|state| state.1 = true);
    }

    /// Whether it is over.
    pub fn stopped(&self) -> bool {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).0
    }

    fn set(&self, change: impl FnOnce(&mut (bool, bool))) {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_all();
    }

    fn rest(&self) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let quiet = |(stop, wake): &mut (bool, bool)| !*stop && !*wake;
        let waited = self.changed.wait_timeout_while(state, REST, quiet);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.1 = false;
    }
}

/// A courier at work.
pub struct Courier<'a> {
    /// Where notices wait.
    pub outbox: &'a dyn Outbox,
    /// Who words and addresses them.
    pub secretary: &'a mut dyn Secretary,
    /// The ways out, in the order of trying.
    pub channels: &'a mut [Box<dyn Channel>],
    /// Tells the time.
    pub clock: &'a dyn Clock,
    /// What was done.
    pub counters: &'a Counters,
}

/// Carries until it is told to stop.
///
/// # Errors
/// The outbox cannot be read or written: what it owes is derived and found again at the next start.
pub fn run(mut courier: Courier<'_>, stop: &Stop) -> Result<(), StorageError> {
    while !stop.stopped() {
        if courier.turn(stop)? == 0 {
            stop.rest();
        }
    }
    Ok(())
}

impl Courier<'_> {
    /// One turn; how many notices it handled. Once stopped, the rest of a batch waits.
    ///
    /// # Errors
    /// The outbox cannot be read or written.
    pub fn turn(&mut self, stop: &Stop) -> Result<usize, StorageError> {
        let mut rows = self.outbox.take(self.clock.now(), BATCH)?;
        let notices: Vec<_> = rows.iter().map(|row| row.notice).collect();
        if notices.is_empty() {
            return Ok(0);
        }
        let letters = match self.secretary.letters(&notices) {
            Ok(letters) if letters.len() == notices.len() => letters,
            Ok(_) => {
                return self
                    .put_back(&mut rows, "the office answered for others")
                    .map(|()| 0);
            }
            Err(error) => return self.put_back(&mut rows, &error.to_string()).map(|()| 0),
        };
        for (row, letter) in rows.iter_mut().zip(&letters) {
            if stop.stopped() {
                row.attempts = row.attempts.saturating_sub(1);
                self.outbox.settle(row)?;
                continue;
            }
            self.carry(row, letter);
            self.outbox.settle(row)?;
        }
        Ok(notices.len())
    }

    /// Nobody could word them: they wait as after any failure.
    fn put_back(&self, rows: &mut [Posted], why: &str) -> Result<(), StorageError> {
        for row in rows {
            let sent = Sent::Later {
                after_s: None,
                why: why.to_owned(),
            };
            self.note(row, Route::Sms, sent, true);
            self.outbox.settle(row)?;
        }
        Ok(())
    }

    /// Sends one letter by the first route that has not refused it.
    fn carry(&mut self, row: &mut Posted, letter: &Letter) {
        let mut open = Vec::new();
        for channel in self.channels.iter_mut() {
            if channel.reaches(letter) && !row.refused.contains(&channel.route()) {
                open.push(channel);
            }
        }
        let more = open.len() > 1;
        let (route, sent) = match open.into_iter().next() {
            Some(channel) => (channel.route(), channel.send(letter, self.clock.now())),
            None => (Route::Sms, Sent::NoRoute(no_route(letter))),
        };
        self.note(row, route, sent, more);
    }

    fn note(&self, row: &mut Posted, route: Route, sent: Sent, more: bool) {
        let now = self.clock.now();
        row.settle(now, route, sent, more);
        let counter = match row.standing {
            Standing::Sent { .. } => &self.counters.sent,
            Standing::Dead { .. } => &self.counters.dead,
            Standing::Queued => &self.counters.retried,
        };
        counter.fetch_add(1, Ordering::Relaxed);
        if matches!(row.standing, Standing::Sent { .. }) && row.late_s(now).is_some() {
            self.counters.late.fetch_add(1, Ordering::Relaxed);
        }
    }
}

fn no_route(letter: &Letter) -> String {
    match (&letter.phone, &letter.email) {
        (None, None) => "the vault has neither phone nor e-mail of this person".to_owned(),
        (Some(_), _) | (_, Some(_)) => {
            "no channel leads to the addresses of this person".to_owned()
        }
    }
}

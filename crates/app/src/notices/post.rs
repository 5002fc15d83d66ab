//! The way of one notice after it was derived: queued, tried, sent or dead.
//!
//! Invariant: an attempt is counted before it is made. A row that is sent or dead is never tried
//! again by itself. Refuses: to try for longer than a day.

use super::Notice;
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};

/// The wait after the first failure, in seconds; it doubles with each.
pub const BACKOFF_FIRST_S: u32 = 10;
/// The longest wait between two attempts, in seconds.
pub const BACKOFF_MAX_S: u32 = 3_600;
/// After so many seconds in the queue a notice that cannot be sent is dead.
pub const GIVE_UP_S: i64 = 24 * 3_600;
/// The longest reason that is kept, in characters.
const WHY_CHARS_MAX: usize = 200;

/// The way a notice goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Route {
    /// A short message to a phone, through a gateway's webhook.
    Sms,
    /// A letter by e-mail.
    Mail,
}

impl Route {
    /// Every route, in the order of trying.
    pub const ALL: [Self; 2] = [Self::Sms, Self::Mail];

    /// The stable word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Mail => "mail",
        }
    }
}

/// What became of one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// The other side has taken it.
    Done,
    /// Not now; perhaps not before so many seconds have passed.
    Later {
        /// What the other side asked for.
        after_s: Option<u32>,
        /// Why; no personal data.
        why: String,
    },
    /// Never by this route.
    Refused(String),
    /// No route leads to this person.
    NoRoute(String),
}

/// Where a notice stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Waiting for its next attempt.
    Queued,
    /// Taken by the other side.
    Sent {
        /// When.
        at: Timestamp,
        /// How.
        route: Route,
    },
    /// Given up; somebody must look.
    Dead {
        /// When.
        at: Timestamp,
    },
}

impl Standing {
    /// The stable word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent { .. } => "sent",
            Self::Dead { .. } => "dead",
        }
    }
}

/// A notice in the outbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posted {
    /// The notice.
    pub notice: Notice,
    /// When it was queued, first or again.
    pub queued_at: Timestamp,
    /// Attempts that were begun.
    pub attempts: u32,
    /// Not to be tried before.
    pub next_at: Timestamp,
    /// Where it stands.
    pub standing: Standing,
    /// Routes that refused it for good.
    pub refused: Vec<Route>,
    /// Why the last attempt failed; empty when none did.
    pub why: String,
}

impl Posted {
    /// A notice that was derived now.
    pub const fn new(notice: Notice, now: Timestamp) -> Self {
        Self {
            notice,
            queued_at: now,
            attempts: 0,
            next_at: now,
            standing: Standing::Queued,
            refused: Vec::new(),
            why: String::new(),
        }
    }

    /// Takes in what became of an attempt by a route; `more` says whether another route is left.
    pub fn settle(&mut self, now: Timestamp, route: Route, sent: Sent, more: bool) {
        match sent {
            Sent::Done => {
                self.standing = Standing::Sent { at: now, route };
                self.why.clear();
            }
            Sent::Later { after_s, why } => {
                self.because(&why);
                let wait = i64::from(self.wait_s(after_s));
                self.next_at = now.plus_s(wait);
                if self.next_at.seconds_since(self.queued_at) > GIVE_UP_S {
                    self.standing = Standing::Dead { at: now };
                }
            }
            Sent::Refused(why) => {
                self.because(&why);
                if !self.refused.contains(&route) {
                    self.refused.push(route);
                }
                if more {
                    self.next_at = now;
                } else {
                    self.standing = Standing::Dead { at: now };
                }
            }
            Sent::NoRoute(why) => {
                self.because(&why);
                self.standing = Standing::Dead { at: now };
            }
        }
    }

    fn because(&mut self, why: &str) {
        self.why = why.chars().take(WHY_CHARS_MAX).collect();
    }

    fn wait_s(&self, asked_s: Option<u32>) -> u32 {
        let doublings = self.attempts.saturating_sub(1).min(31);
        let wait = BACKOFF_FIRST_S.saturating_mul(1_u32.checked_shl(doublings).unwrap_or(u32::MAX));
        wait.max(asked_s.unwrap_or(0)).min(BACKOFF_MAX_S)
    }

    /// Puts a dead letter back into the queue; whether it was one.
    pub fn revive(&mut self, now: Timestamp) -> bool {
        let dead = matches!(self.standing, Standing::Dead { .. });
        if dead {
            *self = Self {
                attempts: self.attempts,
                ..Self::new(self.notice, now)
            };
        }
        dead
    }

    /// How many seconds after its time it was sent, or, unsent, how late it is; none in time.
    pub fn late_s(&self, now: Timestamp) -> Option<i64> {
        let told = match self.standing {
            Standing::Sent { at, .. } => at,
            Standing::Queued | Standing::Dead { .. } => now,
        };
        Some(told.seconds_since(self.notice.due)).filter(|late| *late > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notices::Event;
    use domain::document::PersonId;

    const NOW: Timestamp = Timestamp::from_unix(1_655_000_000);

    fn posted() -> Posted {
        let notice = Notice {
            entry: 7,
            person: PersonId::from_bytes([1; 16]),
            event: Event::Imposed,
            at: NOW,
            due: NOW.plus_s(300),
        };
        Posted::new(notice, NOW)
    }

    fn later(after_s: Option<u32>) -> Sent {
        let why = "busy".to_owned();
        Sent::Later { after_s, why }
    }

    #[test]
    fn the_wait_doubles_from_ten_seconds_to_an_hour() {
        let mut row = posted();
        for (attempt, wait) in [
            (1, 10),
            (2, 20),
            (3, 40),
            (9, 2_560),
            (10, 3_600),
            (99, 3_600),
        ] {
            row.attempts = attempt;
            row.settle(NOW, Route::Sms, later(None), true);
            assert_eq!(row.next_at, NOW.plus_s(wait), "attempt {attempt}");
        }
    }

    #[test]
    fn a_longer_wait_is_granted_when_asked_for_and_never_more_than_an_hour() {
        let mut row = posted();
        row.attempts = 1;
        for (asked, wait) in [(5, 10), (90, 90), (90_000, 3_600)] {
            row.settle(NOW, Route::Sms, later(Some(asked)), true);
            assert_eq!(row.next_at, NOW.plus_s(wait));
        }
    }

    #[test]
    fn what_cannot_be_sent_within_a_day_is_dead_and_can_be_put_back() {
        let mut row = posted();
        let mut now = NOW;
        while row.standing == Standing::Queued {
            row.attempts += 1;
            row.settle(now, Route::Mail, later(None), false);
            assert!(row.attempts < 100);
            now = row.next_at;
        }
        assert!((30..40).contains(&row.attempts), "{}", row.attempts);
        assert_eq!(row.standing.word(), "dead");
        assert!(row.revive(now));
        assert_eq!((row.standing, row.queued_at), (Standing::Queued, now));
        assert!(!row.revive(now));
    }

    #[test]
    fn a_refusal_is_final_for_its_route_and_deadly_on_the_last() {
        let mut row = posted();
        row.settle(NOW, Route::Sms, Sent::Refused("410".to_owned()), true);
        assert_eq!(
            (row.standing, &row.refused[..]),
            (Standing::Queued, &[Route::Sms][..])
        );
        row.settle(NOW, Route::Mail, Sent::Refused("550".to_owned()), false);
        assert_eq!(row.standing, Standing::Dead { at: NOW });
    }

    #[test]
    fn five_minutes_are_in_time_and_a_second_more_is_late() {
        let mut row = posted();
        assert_eq!(row.late_s(NOW.plus_s(300)), None);
        assert_eq!(row.late_s(NOW.plus_s(301)), Some(1));
        row.settle(NOW.plus_s(300), Route::Sms, Sent::Done, true);
        assert_eq!(row.late_s(NOW.plus_s(9_999)), None);
    }
}

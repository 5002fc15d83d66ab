//! What a gate saw a moment ago, so that one presentation passes it once.
//!
//! Invariant: a presentation that was remembered is known for the whole window, which is never
//! shorter than the time for which a presentation is accepted. Memory: at most [`REPLAYS_MAX`]
//! digests; beyond that the oldest go. Refuses: to know anything of another gate.

use crate::trust::Tolerance;
use std::collections::{BTreeSet, VecDeque};

/// The most presentations that a gate remembers: 500 a second for two minutes.
pub const REPLAYS_MAX: usize = 60_000;

/// The presentations that a gate saw within its window.
#[derive(Clone, Debug)]
pub struct Replays {
    window_s: u64,
    order: VecDeque<(u64, [u8; 32])>,
    known: BTreeSet<[u8; 32]>,
}

impl Replays {
    /// Nothing seen yet.
    pub fn new(tolerance: &Tolerance) -> Self {
        let accepted_s = tolerance.past_s.saturating_add(tolerance.future_s);
        Self {
            window_s: tolerance.replay_s.max(accepted_s),
            order: VecDeque::new(),
            known: BTreeSet::new(),
        }
    }

    /// What is remembered, the oldest first: when, and its digest.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &[u8; 32])> {
        self.order.iter().map(|(seen_s, digest)| (*seen_s, digest))
    }

    /// Whether a presentation with this digest was seen.
    pub fn knows(&self, digest: &[u8; 32]) -> bool {
        self.known.contains(digest)
    }

    /// Forgets what is beyond the window. A clock that was set back forgets nothing.
    pub fn forget(&mut self, now_s: u64) {
        while let Some((seen_s, digest)) = self.order.front() {
            let old = now_s.saturating_sub(*seen_s) > self.window_s;
            if !old && self.order.len() <= REPLAYS_MAX {
                return;
            }
            self.known.remove(digest);
            self.order.pop_front();
        }
    }

    /// Remembers what a verdict says to remember, if anything; once.
    pub fn remember(&mut self, digest: [u8; 32], now_s: u64) {
        if self.known.insert(digest) {
            self.order.push_back((now_s, digest));
        }
        self.forget(now_s);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(number: u32) -> [u8; 32] {
        let mut digest = [0; 32];
        digest[..4].copy_from_slice(&number.to_be_bytes());
        digest
    }

    #[test]
    fn what_was_seen_is_known_for_the_window_and_then_forgotten() {
        let mut past = Replays::new(&Tolerance::default());
        past.remember(digest(1), 1_000);
        assert!(past.knows(&digest(1)) && !past.knows(&digest(2)));
        past.forget(1_120);
        assert!(past.knows(&digest(1)));
        past.forget(5);
        assert!(past.knows(&digest(1)));
        past.forget(1_121);
        assert!(!past.knows(&digest(1)));
    }

    #[test]
    fn a_window_is_never_shorter_than_presentations_are_accepted() {
        let tolerance = Tolerance {
            past_s: 500,
            ..Tolerance::default()
        };
        let mut past = Replays::new(&tolerance);
        past.remember(digest(1), 1_000);
        past.forget(1_530);
        assert!(past.knows(&digest(1)));
    }

    #[test]
    fn memory_is_bounded_and_the_oldest_go_first() {
        let mut past = Replays::new(&Tolerance::default());
        for number in 0..=REPLAYS_MAX as u32 {
            past.remember(digest(number), 1_000);
        }
        assert!(!past.knows(&digest(0)));
        assert!(past.knows(&digest(1)));
        assert_eq!(past.order.len(), REPLAYS_MAX);
        assert_eq!(past.known.len(), REPLAYS_MAX);
    }
}

//! Attempts to sign in at an identity provider, while the browser is away there.
//!
//! Invariant: an attempt is found by its state alone, in the browser that began it alone, within
//! ten minutes, once. Refuses: more attempts than the limit; the oldest make room.

use app::signin::provider::Attempt;
use domain::time::Timestamp;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// How long an attempt can be finished, in seconds.
pub(crate) const FLOW_S: i64 = 600;
/// Attempts at once.
const FLOWS_MAX: usize = 10_000;

/// An attempt, and what comes after it.
#[derive(Clone, Debug)]
pub(crate) struct Flow {
    /// What the provider is asked with.
    pub(crate) attempt: Attempt,
    /// The provider, by name.
    pub(crate) provider: String,
    /// The invitation that binds the account, if there is one.
    pub(crate) invitation: Option<String>,
    /// The path of this server to go to afterwards.
    pub(crate) then: String,
}

/// Every attempt that is open, by the hash of its state and of what the browser shows.
#[derive(Default)]
pub(crate) struct Flows(Mutex<BTreeMap<[u8; 32], Open>>);

struct Open {
    flow: Flow,
    browser: [u8; 32],
}

fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

impl Flows {
    /// Remembers an attempt for the browser that shows a cookie.
    pub(crate) fn begin(&self, flow: Flow, cookie: &str) {
        let now = flow.attempt.begun;
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, one| lasts(one, now));
        if open.len() >= FLOWS_MAX {
            let oldest = open.iter().min_by_key(|(_, one)| one.flow.attempt.begun);
            let oldest = oldest.map(|(state, _)| *state);
            oldest.map(|state| open.remove(&state));
        }
        let state = hash(&flow.attempt.state);
        let browser = hash(cookie);
        open.insert(state, Open { flow, browser });
    }

    /// Uses an attempt up; gives it where it is this provider's, this browser's and not too old.
    pub(crate) fn finish(
        &self,
        state: &str,
        cookie: &str,
        provider: &str,
        now: Timestamp,
    ) -> Option<Flow> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = open.remove(&hash(state))?;
        let own = found.browser == hash(cookie) && found.flow.provider == provider;
        (own && lasts(&found, now)).then_some(found.flow)
    }
}

fn lasts(one: &Open, now: Timestamp) -> bool {
    now < one.flow.attempt.begun.plus_s(FLOW_S)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_unix(1_655_000_000);

    fn flow(state: &str, begun: Timestamp) -> Flow {
        Flow {
            attempt: Attempt {
                state: state.to_owned(),
                nonce: String::new(),
                verifier: String::new(),
                begun,
                anew: false,
            },
            provider: "gov".to_owned(),
            invitation: None,
            then: "/".to_owned(),
        }
    }

    #[test]
    fn an_attempt_is_finished_once_where_and_while_it_was_begun() {
        for (state, cookie, provider, after_s, found) in [
            ("a", "c", "gov", FLOW_S - 1, true),
            ("a", "c", "gov", FLOW_S, false),
            ("b", "c", "gov", 0, false),
            ("a", "d", "gov", 0, false),
            ("a", "c", "other", 0, false),
        ] {
            let flows = Flows::default();
            flows.begin(flow("a", NOW), "c");
            let now = NOW.plus_s(after_s);
            let finished = flows.finish(state, cookie, provider, now);
            assert_eq!(finished.is_some(), found, "{state} {cookie} {provider}");
            // What was tried in vain is used up as well.
            let again = flows.finish(state, "c", "gov", NOW);
            assert!(again.is_none(), "{state} {cookie} {provider}");
        }
    }

    #[test]
    fn the_oldest_attempt_makes_room() {
        let flows = Flows::default();
        for number in 0..=FLOWS_MAX {
            let begun = NOW.plus_s(if number == 7 { -1 } else { 0 });
            flows.begin(flow(&number.to_string(), begun), "c");
        }
        assert!(flows.finish("7", "c", "gov", NOW).is_none());
        assert!(flows.finish("8", "c", "gov", NOW).is_some());
    }
}

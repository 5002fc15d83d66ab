//! Sessions and challenges, in memory: who signed in here, for how long, and with what.
//!
//! Invariant: a session speaks for an officer only while the key on record is the one that it was
//! opened under; an unsafe request under a session names its CSRF token. A restart signs everybody out.
//! Refuses: more sessions and challenges than the limits; the oldest make room.

use crate::Desk;
use crate::caller::{Caller, Holder};
use crate::problem::{Kind, Problem};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use domain::document::PersonId;
use domain::ids::{OfficerId, PublicKey};
use domain::time::Timestamp;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How long a session lasts at most, in seconds.
const SESSION_S: i64 = 12 * 3_600;
/// How long it lasts without a request.
const IDLE_S: i64 = 1_800;
/// How long a challenge can be answered.
const CHALLENGE_S: i64 = 300;
/// Sessions at once.
const SESSIONS_MAX: usize = 200_000;
/// Challenges at once.
const CHALLENGES_MAX: usize = 10_000;
/// Wrong answers for one passkey or person before it is locked for a while.
const FAILURES_MAX: u8 = 5;
/// How long that while is, in seconds.
pub(crate) const LOCKED_S: i64 = 900;

/// Who signed in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Who {
    /// An officer, with the key on record at that time: the fingerprint of a passkey, mostly.
    Officer(OfficerId, PublicKey),
    /// A person.
    Person(PersonId),
}

#[derive(Clone, Debug)]
struct Session {
    who: Who,
    csrf: Arc<str>,
    begun: Timestamp,
    seen: Timestamp,
}

/// A fresh session, told once to whoever opened it.
pub(crate) struct Opened {
    /// The value of the cookie.
    pub(crate) token: String,
    /// What unsafe requests name.
    pub(crate) csrf: String,
    /// When it ends at the latest.
    pub(crate) until: Timestamp,
}

#[derive(Default)]
struct Inner {
    sessions: HashMap<[u8; 32], Session>,
    /// The sessions in the order of their beginning.
    order: BTreeMap<(Timestamp, [u8; 32]), ()>,
    challenges: BTreeMap<[u8; 32], Timestamp>,
    failures: HashMap<Vec<u8>, (u8, Timestamp)>,
}

/// Everybody who is signed in.
#[derive(Default)]
pub(crate) struct Sessions(Mutex<Inner>);

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

impl Inner {
    fn forget(&mut self, key: &[u8; 32]) {
        if let Some(session) = self.sessions.remove(key) {
            self.order.remove(&(session.begun, *key));
        }
    }
}

impl Sessions {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers a fresh challenge.
    pub(crate) fn challenge(&self, challenge: [u8; 32], now: Timestamp) {
        let mut inner = self.inner();
        inner.challenges.retain(|_, until| now < *until);
        if inner.challenges.len() >= CHALLENGES_MAX {
            let oldest = inner.challenges.iter().min_by_key(|(_, until)| **until);
            let oldest = oldest.map(|(challenge, _)| *challenge);
            oldest.map(|challenge| inner.challenges.remove(&challenge));
        }
        inner.challenges.insert(challenge, now.plus_s(CHALLENGE_S));
    }

    /// Uses a challenge up; says whether it was open.
    pub(crate) fn answered(&self, challenge: &[u8; 32], now: Timestamp) -> bool {
        let until = self.inner().challenges.remove(challenge);
        until.is_some_and(|until| now < until)
    }

    /// Opens a session.
    pub(crate) fn open(&self, who: Who, entropy: (&[u8; 32], &[u8; 32]), now: Timestamp) -> Opened {
        let token = domain::ids::to_hex(entropy.0);
        let csrf = domain::ids::to_hex(entropy.1);
        let mut inner = self.inner();
        while inner.sessions.len() >= SESSIONS_MAX {
            let oldest = inner.order.keys().next().map(|(_, key)| *key);
            match oldest {
                Some(key) => inner.forget(&key),
                None => break,
            }
        }
        let key = hash(&token);
        inner.order.insert((now, key), ());
        let session = Session {
            who,
            csrf: csrf.as_str().into(),
            begun: now,
            seen: now,
        };
        inner.sessions.insert(key, session);
        Opened {
            token,
            csrf,
            until: now.plus_s(SESSION_S),
        }
    }

    /// The session of a cookie, while it lasts; it was seen now.
    fn seen(&self, token: &str, now: Timestamp) -> Option<Session> {
        let mut inner = self.inner();
        let key = hash(token);
        let session = inner.sessions.get_mut(&key)?;
        if now >= session.begun.plus_s(SESSION_S) || now >= session.seen.plus_s(IDLE_S) {
            inner.forget(&key);
            return None;
        }
        session.seen = now;
        Some(session.clone())
    }

    /// Ends a session, or every session of whoever has it.
    pub(crate) fn close(&self, token: &str, everywhere: bool) {
        let mut inner = self.inner();
        let key = hash(token);
        let who = inner.sessions.get(&key).map(|session| session.who.clone());
        inner.forget(&key);
        if let (true, Some(who)) = (everywhere, who) {
            let same = inner.sessions.iter().filter(|(_, one)| one.who == who);
            let same: Vec<[u8; 32]> = same.map(|(key, _)| *key).collect();
            same.iter().for_each(|key| inner.forget(key));
        }
    }

    /// Ends every session of an officer, with whatever key it was opened.
    pub(crate) fn end(&self, officer: &OfficerId) {
        let mut inner = self.inner();
        let theirs = |one: &Session| matches!(&one.who, Who::Officer(who, _) if who == officer);
        let open = inner.sessions.iter().filter(|(_, one)| theirs(one));
        let open: Vec<[u8; 32]> = open.map(|(key, _)| *key).collect();
        open.iter().for_each(|key| inner.forget(key));
    }

    /// Whether something was answered wrongly too often lately.
    pub(crate) fn is_locked(&self, about: &[u8], now: Timestamp) -> bool {
        let inner = self.inner();
        let found = inner.failures.get(about);
        found.is_some_and(|(count, until)| *count >= FAILURES_MAX && now < *until)
    }

    /// Counts a wrong answer.
    pub(crate) fn failed(&self, about: &[u8], now: Timestamp) {
        let mut inner = self.inner();
        inner.failures.retain(|_, (_, until)| now < *until);
        if inner.failures.len() < CHALLENGES_MAX {
            let entry = inner.failures.entry(about.to_vec());
            let (count, until) = entry.or_insert((0, now));
            *count = count.saturating_add(1);
            *until = now.plus_s(LOCKED_S);
        }
    }
}

/// The value of a cookie.
pub(crate) fn cookie<'a>(name: &str, headers: &'a HeaderMap) -> Option<&'a str> {
    let values = headers.get_all(header::COOKIE).iter();
    let mut pairs = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    let (_, value) = pairs.find(|(found, _)| *found == name)?;
    Some(value)
}

/// The CSRF token of the session behind a request, for a page that was opened anew.
pub(crate) fn csrf(desk: &Desk, headers: &HeaderMap) -> Option<String> {
    session(desk, headers).map(|session| session.csrf.to_string())
}

/// The caller of a request under a session; nobody where there is none.
pub(crate) fn caller(desk: &Desk, parts: &Parts) -> Result<Caller, Problem> {
    let Some(session) = session(desk, &parts.headers) else {
        return Ok(Caller::Nobody);
    };
    let is_safe = matches!(parts.method, Method::GET | Method::HEAD);
    let named = parts.headers.get("x-csrf-token");
    if !is_safe && named.is_none_or(|named| named.as_bytes() != session.csrf.as_bytes()) {
        return Err(Kind::CsrfMissing.into());
    }
    speaks(desk, session.who)
}

/// Who reads a page, and what its forms carry; none where nobody may speak under the cookie.
pub(crate) fn reader(desk: &Desk, headers: &HeaderMap) -> Option<(Caller, String)> {
    let session = session(desk, headers)?;
    let caller = speaks(desk, session.who).ok()?;
    Some((caller, session.csrf.to_string()))
}

fn session(desk: &Desk, headers: &HeaderMap) -> Option<Session> {
    let token = cookie(desk.cookie_name(), headers)?;
    desk.sessions.seen(token, desk.setup.clock.now())
}

fn speaks(desk: &Desk, who: Who) -> Result<Caller, Problem> {
    match who {
        Who::Person(person) => Ok(Caller::Person(person)),
        Who::Officer(officer, fingerprint) => {
            let (caller, key) = desk.known(&Holder::Officer(officer))?;
            match key == fingerprint {
                true => Ok(caller),
                false => Err(Kind::NotInOffice.into()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_unix(1_655_000_000);

    fn who(number: u8) -> Who {
        Who::Person(PersonId::from_bytes([number; 16]))
    }

    #[test]
    fn a_session_ends_when_it_is_idle_and_after_twelve_hours() {
        let sessions = Sessions::default();
        let idle = sessions.open(who(1), (&[1; 32], &[2; 32]), NOW);
        assert!(sessions.seen(&idle.token, NOW.plus_s(IDLE_S - 1)).is_some());
        assert!(sessions.seen(&idle.token, NOW.plus_s(2 * IDLE_S)).is_none());
        let busy = sessions.open(who(1), (&[3; 32], &[4; 32]), NOW);
        let mut at = NOW;
        while at < NOW.plus_s(SESSION_S) {
            assert!(sessions.seen(&busy.token, at).is_some());
            at = at.plus_s(1_000);
        }
        assert!(sessions.seen(&busy.token, NOW.plus_s(SESSION_S)).is_none());
    }

    #[test]
    fn signing_out_everywhere_ends_ones_own_sessions_alone() {
        let sessions = Sessions::default();
        let one = sessions.open(who(1), (&[1; 32], &[0; 32]), NOW);
        let two = sessions.open(who(1), (&[2; 32], &[0; 32]), NOW);
        let other = sessions.open(who(2), (&[3; 32], &[0; 32]), NOW);
        sessions.close(&one.token, true);
        assert!(sessions.seen(&two.token, NOW).is_none());
        assert!(sessions.seen(&other.token, NOW).is_some());
    }

    #[test]
    fn a_challenge_is_answered_once_within_five_minutes() {
        let sessions = Sessions::default();
        sessions.challenge([1; 32], NOW);
        sessions.challenge([2; 32], NOW);
        assert!(sessions.answered(&[1; 32], NOW.plus_s(CHALLENGE_S - 1)));
        assert!(!sessions.answered(&[1; 32], NOW));
        assert!(!sessions.answered(&[2; 32], NOW.plus_s(CHALLENGE_S)));
    }

    #[test]
    fn the_fifth_failure_locks_for_a_quarter_of_an_hour() {
        let sessions = Sessions::default();
        for count in 1..=FAILURES_MAX {
            sessions.failed(b"x", NOW);
            assert_eq!(sessions.is_locked(b"x", NOW), count == FAILURES_MAX);
        }
        assert!(!sessions.is_locked(b"y", NOW));
        assert!(!sessions.is_locked(b"x", NOW.plus_s(LOCKED_S)));
    }
}

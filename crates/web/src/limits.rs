//! How much anybody may ask: connections, requests at once, and requests a minute for each caller.
//!
//! Invariant: a caller has a minute's worth of requests at once and gets them back evenly (a bucket
//! of tokens, kept as the one instant at which it will be full again). What is remembered has an
//! end: when too many callers are known, new ones share one bucket until others are full again.

use crate::caller::Caller;
use axum::http::{Extensions, HeaderMap};
use domain::document::PersonId;
use domain::ids::{OfficerId, OrgId};
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Callers remembered at once.
const CALLERS_MAX: usize = 100_000;
/// How often those whose bucket is full are forgotten, at most.
const SWEEP: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

/// How much the server takes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections at once; more wait in the queue of the operating system.
    pub connections: usize,
    /// Requests worked on at once; more are answered with the problem `busy`.
    pub requests: usize,
    /// Requests a minute of one caller; more are answered with `too-many-requests`. 0: no limit.
    pub per_minute: u32,
    /// Whether a proxy in front says in `X-Forwarded-For` who asks.
    pub behind_proxy: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 16_384,
            requests: 256,
            per_minute: 6_000,
            behind_proxy: false,
        }
    }
}

impl Limits {
    /// Anybody may ask as often as they like: for what is played on this machine alone.
    pub fn none() -> Self {
        Self {
            per_minute: 0,
            ..Self::default()
        }
    }
}

/// The address at the other end of a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// Whose bucket it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Who {
    Address(IpAddr),
    Person(PersonId),
    Officer(OfficerId),
    Organisation(OrgId),
    /// Whoever came when too many were known.
    Rest,
}

/// The buckets of all callers.
pub(crate) struct Buckets {
    limits: Limits,
    begun: Instant,
    full_at: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    /// When the bucket of each will be full again, since the beginning.
    all: HashMap<Who, Duration>,
    swept: Duration,
}

impl Buckets {
    /// Full buckets.
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            begun: Instant::now(),
            full_at: Mutex::default(),
        }
    }

    /// Takes a request off a caller's bucket; otherwise says after how many seconds there is one.
    pub(crate) fn take(
        &self,
        caller: &Caller,
        extensions: &Extensions,
        headers: &HeaderMap,
    ) -> Result<(), u16> {
        if self.limits.per_minute == 0 {
            return Ok(());
        }
        let who = match caller {
            Caller::Nobody => Who::Address(self.address(extensions, headers)),
            Caller::Person(person) => Who::Person(*person),
            Caller::Officer(staff) => Who::Officer(staff.officer.id.clone()),
            Caller::Organisation(org) => Who::Organisation(org.id.clone()),
        };
        let mut known = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        known.take(who, self.begun.elapsed(), self.limits.per_minute)
    }

    /// Where a request comes from: what the nearest proxy saw, where there is one.
    fn address(&self, extensions: &Extensions, headers: &HeaderMap) -> IpAddr {
        let peer = extensions.get::<Peer>();
        let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0);
        // Whatever stands before the last address was said by the caller.
        let told = headers.get_all("x-forwarded-for").iter().next_back();
        let told =
            told.and_then(|value| value.to_str().ok()?.rsplit(',').next()?.trim().parse().ok());
        let address = told.filter(|_| self.limits.behind_proxy).unwrap_or(peer);
        network(address)
    }
}

/// An IPv6 subscriber has a whole network of 64 bits (RFC 6177): it counts as one.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() & !u128::from(u64::MAX)).into()),
        address @ IpAddr::V4(_) => address,
    }
}

impl Known {
    fn take(&mut self, who: Who, now: Duration, per_minute: u32) -> Result<(), u16> {
        let who = match self.all.len() < CALLERS_MAX || self.all.contains_key(&who) {
            true => who,
            false => self.make_room(who, now),
        };
        let each = MINUTE / per_minute.max(1);
        let full_at = self.all.get(&who).copied().unwrap_or(now).max(now) + each;
        if let Some(early) = full_at
            .checked_sub(now + MINUTE)
            .filter(|early| !early.is_zero())
        {
            let seconds = early.as_millis().div_ceil(1_000);
            return Err(u16::try_from(seconds).unwrap_or(u16::MAX));
        }
        self.all.insert(who, full_at);
        Ok(())
    }

    /// Forgets those whose bucket is full; without room the caller shares one with others.
    fn make_room(&mut self, who: Who, now: Duration) -> Who {
        if now >= self.swept + SWEEP {
            self.swept = now;
            self.all.retain(|_, full_at| *full_at > now);
        }
        match self.all.len() < CALLERS_MAX {
            true => who,
            false => Who::Rest,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn caller(number: u32) -> Who {
        Who::Address(IpAddr::V4(number.into()))
    }

    #[test]
    fn a_caller_has_a_minutes_worth_at_once_and_gets_it_back_evenly() {
        let mut known = Known::default();
        for _ in 0..4 {
            assert_eq!(known.take(caller(1), at(0), 4), Ok(()));
        }
        assert_eq!(known.take(caller(1), at(0), 4), Err(15));
        assert_eq!(known.take(caller(1), at(14), 4), Err(1));
        assert_eq!(known.take(caller(1), at(15), 4), Ok(()));
        assert_eq!(known.take(caller(1), at(15), 4), Err(15));
        assert_eq!(known.take(caller(2), at(15), 4), Ok(()));
        // After a quiet time the bucket is full, and no fuller.
        for _ in 0..4 {
            assert_eq!(known.take(caller(1), at(900), 4), Ok(()));
        }
        assert_eq!(known.take(caller(1), at(900), 4), Err(15));
    }

    #[test]
    fn who_comes_when_too_many_are_known_shares_until_some_are_forgotten() {
        let mut known = Known::default();
        for number in 0..CALLERS_MAX as u32 {
            assert_eq!(known.take(caller(number), at(10), 1), Ok(()));
        }
        let late = CALLERS_MAX as u32;
        assert_eq!(known.take(caller(late), at(10), 1), Ok(()));
        assert_eq!(known.take(caller(late + 1), at(10), 1), Err(60));
        assert_eq!(known.take(caller(7), at(10), 1), Err(60));
        assert_eq!(known.take(caller(late + 1), at(70), 1), Ok(()));
        assert_eq!(known.all.len(), 1);
    }

    #[test]
    fn a_network_of_ipv6_is_one_caller_and_a_mapped_address_is_the_one_it_maps() {
        let address = |text: &str| text.parse::<IpAddr>().unwrap();
        let one = network(address("2001:db8:1:2:3:4:5:6"));
        assert_eq!(one, network(address("2001:db8:1:2::9")));
        assert_ne!(one, network(address("2001:db8:1:3::9")));
        assert_eq!(
            network(address("::ffff:192.0.2.1")),
            network(address("192.0.2.1"))
        );
        assert_ne!(address("192.0.2.1"), network(address("192.0.2.2")));
    }

    #[test]
    fn only_a_proxy_in_front_is_believed_and_only_in_its_own_word() {
        let mut extensions = Extensions::new();
        extensions.insert(Peer("127.0.0.1".parse().unwrap()));
        let mut headers = HeaderMap::new();
        let with = |behind_proxy| {
            Buckets::new(Limits {
                behind_proxy,
                ..Limits::default()
            })
        };
        let (open, behind) = (with(false), with(true));
        assert_eq!(
            behind.address(&extensions, &headers).to_string(),
            "127.0.0.1"
        );
        headers.append("x-forwarded-for", "192.0.2.1".parse().unwrap());
        headers.append("x-forwarded-for", "192.0.2.2, 192.0.2.3".parse().unwrap());
        assert_eq!(open.address(&extensions, &headers).to_string(), "127.0.0.1");
        assert_eq!(
            behind.address(&extensions, &headers).to_string(),
            "192.0.2.3"
        );
        headers.append("x-forwarded-for", "unknown".parse().unwrap());
        assert_eq!(
            behind.address(&extensions, &headers).to_string(),
            "127.0.0.1"
        );
    }
}

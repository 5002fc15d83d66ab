//! The lists that a gate uses: each proven to be the public one, whole, and not too old.
//!
//! Invariant: a list is held only if a trusted key signed it, the manifest names it, and a leaf
//! of the log publishes exactly its array (SHA-256), its times and how many slots say what. For
//! one address the version never goes back, and the log never shrinks. Memory: one array for each
//! list of the manifest.
//! Refuses: everything else, with a [`ListRefusal`]; what was held before stays.

use crate::error::Error;
use crate::key::Kid;
use crate::leaf::{ListPublication, Publication, Purpose};
use crate::list::{
    Content, Counts, Delta, Freshness, LIST_SLOTS_MIN, ListClaims, ListError, SignedDelta,
    SignedList, Status, StatusArray, Wanted,
};
use crate::trust::{KeyRefusal, Logged, Trust};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// What a gate remembers of the log from one start to the next.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    /// The most leaves that the log ever had.
    pub checkpoint_size: u64,
    /// The newest version of each list, by its address.
    pub versions: BTreeMap<String, u64>,
}

/// A list that was checked.
#[derive(Clone, Debug)]
pub struct CheckedList {
    claims: ListClaims,
    array: StatusArray,
    version: u64,
    sha256: [u8; 32],
    checkpoint_size: u64,
    witnessed: bool,
}

/// All lists that were checked, by address.
///
/// They were checked under one [`Trust`]: whoever changes the trust starts again without lists.
#[derive(Clone, Debug, Default)]
pub struct Lists {
    by_uri: BTreeMap<String, CheckedList>,
}

/// Why a list is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListRefusal {
    /// The issuer: the token cannot be read, or its array does not unfold.
    Unreadable(ListError),
    /// The operator of the gate: no key for lists has this hint. Newer keys may help.
    UnknownKey,
    /// The issuer: the signature.
    Signature,
    /// The issuer: the key signed outside its time.
    KeyOutsideItsTime,
    /// The issuer: the manifest does not name this list.
    NotInManifest,
    /// The operator of the log: the list is not proven to be in it.
    NotInLog(Error),
    /// The operator of the log: too few witnesses have cosigned. Fetching again can help.
    NoQuorum,
    /// The issuer: the leaf publishes something else.
    OtherLeaf,
    /// The issuer: the log refused this publication.
    LeafRefused,
    /// The issuer: a list of fewer than 2^20 slots would single people out.
    TooSmall,
    /// The issuer: the list and its leaf differ in their times.
    OtherTimes,
    /// The issuer: the array is not the published one.
    OtherArray,
    /// The issuer: the leaf counts other slots than the array has.
    OtherCounts,
    /// The operator of the mirror: the list says nothing any more. Fetching again can help.
    Expired,
    /// The operator of the gate: the list is from the future; the clock is behind.
    Early,
    /// The operator of the mirror: an older version, or an older log, than was seen before.
    RolledBack,
    /// The issuer: one version with two contents. Keep both: they are evidence.
    TwoContents,
    /// The operator of the gate: the list that the delta changes is not held; fetch it whole.
    NotHeld,
}

impl ListRefusal {
    /// The stable word for it.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "unreadable",
            Self::UnknownKey => "unknown_key",
            Self::Signature => "signature",
            Self::KeyOutsideItsTime => "key_outside_its_time",
            Self::NotInManifest => "not_in_manifest",
            Self::NotInLog(_) => "not_in_log",
            Self::NoQuorum => "no_quorum",
            Self::OtherLeaf => "other_leaf",
            Self::LeafRefused => "leaf_refused",
            Self::TooSmall => "too_small",
            Self::OtherTimes => "other_times",
            Self::OtherArray => "other_array",
            Self::OtherCounts => "other_counts",
            Self::Expired => "expired",
            Self::Early => "early",
            Self::RolledBack => "rolled_back",
            Self::TwoContents => "two_contents",
            Self::NotHeld => "not_held",
        }
    }
}

impl fmt::Display for ListRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) => write!(f, "{error}"),
            Self::UnknownKey => f.write_str("no trusted key for lists has this kid"),
            Self::Signature => f.write_str("no trusted key for lists signed this"),
            Self::KeyOutsideItsTime => f.write_str("the key signed this outside its time"),
            Self::NotInManifest => f.write_str("the manifest does not name this list"),
            Self::NotInLog(error) => write!(f, "not proven to be in the log: {error}"),
            Self::NoQuorum => f.write_str("too few witnesses have cosigned\nhelp: fetch again"),
            Self::OtherLeaf => f.write_str("the leaf does not publish this list"),
            Self::LeafRefused => f.write_str("the publication of this list was refused"),
            Self::TooSmall => f.write_str("fewer than 2^20 slots, which would single people out"),
            Self::OtherTimes => f.write_str("the list and its leaf differ in their times"),
            Self::OtherArray => f.write_str("the array is not the published one"),
            Self::OtherCounts => f.write_str("the leaf counts other slots than the array has"),
            Self::Expired => f.write_str("the list is expired\nhelp: fetch again"),
            Self::Early => f.write_str("the list is from the future\nhelp: check the clock"),
            Self::RolledBack => {
                f.write_str("an older version or an older log than was seen before")
            }
            Self::TwoContents => {
                f.write_str("one version with two contents\nhelp: keep both and report them")
            }
            Self::NotHeld => f.write_str("the list to change is not held\nhelp: fetch it whole"),
        }
    }
}

impl std::error::Error for ListRefusal {}

impl From<ListError> for ListRefusal {
    fn from(error: ListError) -> Self {
        Self::Unreadable(error)
    }
}

impl From<KeyRefusal> for ListRefusal {
    fn from(refusal: KeyRefusal) -> Self {
        match refusal {
            KeyRefusal::Unknown => Self::UnknownKey,
            KeyRefusal::Signature => Self::Signature,
            KeyRefusal::OutsideItsTime => Self::KeyOutsideItsTime,
        }
    }
}

impl CheckedList {
    /// What the list says of itself.
    pub const fn claims(&self) -> &ListClaims {
        &self.claims
    }

    /// The number of its version.
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// The SHA-256 of its array.
    pub const fn sha256(&self) -> &[u8; 32] {
        &self.sha256
    }

    /// Whether the policy asks for witnesses, and these have cosigned.
    pub const fn witnessed(&self) -> bool {
        self.witnessed
    }

    /// What a slot says, or `None` beyond the end, which a verifier must refuse.
    pub fn status(&self, idx: u64) -> Option<Status> {
        self.array.get(idx).and_then(Status::from_value)
    }
}

impl Lists {
    /// No list.
    pub fn new() -> Self {
        Self::default()
    }

    /// The addresses of the lists that are held.
    pub fn uris(&self) -> impl Iterator<Item = &str> {
        self.by_uri.keys().map(String::as_str)
    }

    /// The list with this address.
    pub fn find(&self, uri: &str) -> Option<&CheckedList> {
        self.by_uri.get(uri)
    }

    /// Checks a list and holds it. `seen` is what the gate remembers from before.
    pub fn add(
        &mut self,
        trust: &Trust,
        token: &[u8],
        sidecar: &str,
        now_s: u64,
        seen: &Seen,
    ) -> Result<(), ListRefusal> {
        let content = verified(trust, token)?;
        let claims = content.claims.clone();
        let (logged, leaf) = published(trust, sidecar, &claims.uri)?;
        if (leaf.issued_s, leaf.expires_s) != (claims.issued_s, claims.expires_s) {
            return Err(ListRefusal::OtherTimes);
        }
        check_age(trust, &claims, now_s)?;
        self.check_order(&leaf, logged.checkpoint_size, seen)?;
        // Only now is it unfolded: as far as the log says, and not a byte further.
        let wanted = Wanted {
            uri: &claims.uri,
            slots: leaf.slots,
        };
        let array = content.array(wanted)?;
        self.hold(trust, claims, array, &leaf, logged.checkpoint_size)
    }

    /// Changes a list that is held by a delta, whose leaf publishes the array that comes out.
    pub fn advance(
        &mut self,
        trust: &Trust,
        delta: &[u8],
        sidecar: &str,
        now_s: u64,
        seen: &Seen,
    ) -> Result<(), ListRefusal> {
        let delta = verified_delta(trust, delta)?;
        let held = self.by_uri.get(delta.uri()).ok_or(ListRefusal::NotHeld)?;
        let (logged, leaf) = published(trust, sidecar, delta.uri())?;
        if leaf.issued_s != delta.issued_s() {
            return Err(ListRefusal::OtherTimes);
        }
        if leaf.sha256 != *delta.to_sha256() {
            return Err(ListRefusal::OtherArray);
        }
        let claims = ListClaims {
            issued_s: leaf.issued_s,
            expires_s: leaf.expires_s,
            ..held.claims.clone()
        };
        claims.check()?;
        check_age(trust, &claims, now_s)?;
        self.check_order(&leaf, logged.checkpoint_size, seen)?;
        let mut array = held.array.clone();
        delta.apply(&claims.uri, &mut array)?;
        self.hold(trust, claims, array, &leaf, logged.checkpoint_size)
    }

    /// What to remember: what was seen before, and what is held now.
    #[must_use]
    pub fn seen_after(&self, before: &Seen) -> Seen {
        let mut seen = before.clone();
        for (uri, list) in &self.by_uri {
            seen.checkpoint_size = seen.checkpoint_size.max(list.checkpoint_size);
            let version = seen.versions.entry(uri.clone()).or_default();
            *version = (*version).max(list.version);
        }
        seen
    }

    fn check_order(
        &self,
        leaf: &ListPublication,
        checkpoint_size: u64,
        seen: &Seen,
    ) -> Result<(), ListRefusal> {
        let held = self.by_uri.get(&leaf.uri);
        let newest = held.map_or(0, |held| held.version);
        let newest = newest.max(seen.versions.get(&leaf.uri).copied().unwrap_or(0));
        if leaf.version < newest || checkpoint_size < seen.checkpoint_size {
            return Err(ListRefusal::RolledBack);
        }
        match held {
            Some(held) if held.version == leaf.version && held.sha256 != leaf.sha256 => {
                Err(ListRefusal::TwoContents)
            }
            Some(_) | None => Ok(()),
        }
    }

    fn hold(
        &mut self,
        trust: &Trust,
        claims: ListClaims,
        array: StatusArray,
        leaf: &ListPublication,
        checkpoint_size: u64,
    ) -> Result<(), ListRefusal> {
        if array.slots() != leaf.slots || array.sha256() != leaf.sha256 {
            return Err(ListRefusal::OtherArray);
        }
        let counts = Counts::of(&array);
        if (counts.revoked, counts.yellow, counts.red) != (leaf.revoked, leaf.yellow, leaf.red) {
            return Err(ListRefusal::OtherCounts);
        }
        let list = CheckedList {
            claims,
            array,
            version: leaf.version,
            sha256: leaf.sha256,
            checkpoint_size,
            witnessed: trust.policy().asks_for_witnesses(),
        };
        self.by_uri.insert(leaf.uri.clone(), list);
        Ok(())
    }
}

fn verified(trust: &Trust, token: &[u8]) -> Result<Content, ListRefusal> {
    let signed = SignedList::read(token)?;
    let content = by_key(
        trust,
        signed.kid(),
        |key| signed.verify(key),
        |content| content.claims.issued_s,
    )?;
    if !trust.manifest().names(&content.claims.uri) {
        return Err(ListRefusal::NotInManifest);
    }
    Ok(content)
}

fn verified_delta(trust: &Trust, token: &[u8]) -> Result<Delta, ListRefusal> {
    let signed = SignedDelta::read(token)?;
    by_key(
        trust,
        signed.kid(),
        |key| signed.verify(key),
        Delta::issued_s,
    )
}

/// What a key for lists signed. Its content may be out of form, and then it says how.
fn by_key<T>(
    trust: &Trust,
    kid: Kid,
    verify: impl Fn(&crate::PublicKey) -> Result<T, ListError>,
    issued_s: impl Fn(&T) -> u64,
) -> Result<T, ListRefusal> {
    let verified = trust.verify_by(Purpose::StatusList, kid, |key| match verify(key) {
        Ok(content) => {
            let issued_s = issued_s(&content);
            Some((Ok(content), Some(issued_s)))
        }
        Err(ListError::Signed(Error::Signature)) => None,
        // Signed and out of form: no time is known, and none is needed to refuse it.
        Err(error) => Some((Err(error), None)),
    });
    Ok(verified??)
}

/// The leaf that publishes the list with this address.
fn published(
    trust: &Trust,
    sidecar: &str,
    uri: &str,
) -> Result<(Logged, ListPublication), ListRefusal> {
    let logged = trust.logged(sidecar).map_err(ListRefusal::NotInLog)?;
    if logged.leaf.refused.is_some() {
        return Err(ListRefusal::LeafRefused);
    }
    let leaf = match &logged.leaf.publication {
        Some(Publication::List(leaf)) if leaf.uri == uri => leaf.clone(),
        Some(Publication::List(_) | Publication::Key(_) | Publication::KeyEnd { .. }) | None => {
            return Err(ListRefusal::OtherLeaf);
        }
    };
    if leaf.slots < LIST_SLOTS_MIN {
        return Err(ListRefusal::TooSmall);
    }
    if !logged.quorum_met {
        return Err(ListRefusal::NoQuorum);
    }
    Ok((logged, leaf))
}

fn check_age(trust: &Trust, claims: &ListClaims, now_s: u64) -> Result<(), ListRefusal> {
    match claims.freshness(now_s, trust.tolerance().clock_s) {
        Freshness::Early => Err(ListRefusal::Early),
        Freshness::Expired => Err(ListRefusal::Expired),
        Freshness::Fresh | Freshness::Old { .. } => Ok(()),
    }
}

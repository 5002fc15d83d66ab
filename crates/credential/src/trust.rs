//! What a gate trusts: a log and its witnesses, the keys that stand in it, and which lists exist.
//!
//! Invariant: a key counts only if a leaf that publishes it is proven to be in the log of the
//! policy, was not refused, and has the witnesses that the policy asks for; and then only for its
//! purpose and time. Nothing is trusted because it came along. This is why this crate knows the
//! log: a list or a key that only its victim has seen counts for nothing.
//! Refuses: to build a trust out of a key that is not in the log, rather than leave that key out.

use crate::error::Error;
use crate::key::{Kid, PublicKey};
use crate::leaf::{PublicLeaf, Publication, Purpose};
use crate::list::{Manifest, SKEW_S};
use tlog::Receipt;
use tlog::policy::Policy;

/// The most keys of a trust.
pub const TRUST_KEYS_MAX: usize = 256;

/// How far clocks may be apart, and for how long a presentation is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tolerance {
    /// How old a presentation may be, in seconds.
    pub past_s: u64,
    /// How far a presentation may be ahead of the gate's clock, in seconds.
    pub future_s: u64,
    /// For how long a gate remembers a presentation, in seconds.
    pub replay_s: u64,
    /// How far a credential or a list may be ahead of the gate's clock, in seconds.
    pub clock_s: u64,
}

impl Default for Tolerance {
    fn default() -> Self {
        Self {
            past_s: 60,
            future_s: 30,
            replay_s: 120,
            clock_s: SKEW_S,
        }
    }
}

/// A key and when it may sign.
#[derive(Clone, Debug, PartialEq, Eq)]
struct TrustedKey {
    purpose: Purpose,
    key: PublicKey,
    kid: Kid,
    from_s: u64,
    until_s: u64,
}

/// What a gate trusts.
#[derive(Clone, Debug)]
pub struct Trust {
    policy: Policy,
    keys: Vec<TrustedKey>,
    manifest: Manifest,
    tolerance: Tolerance,
}

/// A leaf that is proven to be in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// What it says.
    pub leaf: PublicLeaf,
    /// How many leaves the log had at the checkpoint of the proof.
    pub checkpoint_size: u64,
    /// Whether the witnesses that the policy asks for have cosigned; true if it asks for none.
    pub quorum_met: bool,
}

/// Why a signature of a known key does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyRefusal {
    /// No key of this purpose has this hint.
    Unknown,
    /// A key with this hint exists and did not sign this.
    Signature,
    /// The key signed, outside its time.
    OutsideItsTime,
}

impl Trust {
    /// The trust of a policy, of the keys whose proofs are given, and of a manifest of lists.
    ///
    /// A proof is a `tlog-proof` text whose extra data is a leaf that publishes a key or its end.
    /// The keys in `revoked` count for nothing, whenever they signed.
    pub fn new(
        policy: &str,
        key_sidecars: &[&str],
        revoked: &[Kid],
        manifest: Manifest,
        tolerance: Tolerance,
    ) -> Result<Self, Error> {
        if key_sidecars.len() > TRUST_KEYS_MAX {
            return Err(Error::Limit {
                what: "keys of a trust",
                limit: TRUST_KEYS_MAX as u64,
            });
        }
        let mut trust = Self {
            policy: Policy::parse(policy)?,
            keys: Vec::new(),
            manifest,
            tolerance,
        };
        let mut ends = Vec::new();
        for sidecar in key_sidecars {
            trust.add(sidecar, &mut ends)?;
        }
        // An end counts for every grant of its key, in whichever order the two are given. All
        // credentials of a day are issued at its midnight, so their time says nothing of when a
        // stolen key was used: a revoked key for credentials counts for nothing at all.
        for (key, at_s) in ends {
            for own in trust.keys.iter_mut().filter(|own| own.key == key) {
                own.until_s = match own.purpose {
                    Purpose::Credential => own.from_s,
                    Purpose::StatusList => own.until_s.min(at_s),
                };
            }
        }
        trust.keys.retain(|own| !revoked.contains(&own.kid));
        Ok(trust)
    }

    fn add(&mut self, sidecar: &str, ends: &mut Vec<(PublicKey, u64)>) -> Result<(), Error> {
        let logged = self.logged(sidecar)?;
        if logged.leaf.refused.is_some() {
            return Err(Error::Trust("a key whose publication was refused"));
        }
        if !logged.quorum_met {
            return Err(Error::Trust("a key without the witnesses of the policy"));
        }
        match logged.leaf.publication {
            Some(Publication::Key(granted)) => self.keys.push(TrustedKey {
                purpose: granted.purpose,
                key: granted.key,
                kid: granted.key.kid(),
                from_s: granted.from_s,
                until_s: granted.until_s,
            }),
            Some(Publication::KeyEnd { key }) => {
                // An end before 1970 is an end before everything.
                ends.push((key, u64::try_from(logged.leaf.at_s).unwrap_or(0)));
            }
            Some(Publication::List(_)) | None => {
                return Err(Error::Trust("a leaf that publishes no key"));
            }
        }
        Ok(())
    }

    /// The policy of the log.
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Which lists exist.
    pub const fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// How far clocks may be apart.
    pub const fn tolerance(&self) -> Tolerance {
        self.tolerance
    }

    /// The leaf in a proof, if it is in the log of the policy.
    pub fn logged(&self, sidecar: &str) -> Result<Logged, Error> {
        let receipt = Receipt::parse(sidecar)?;
        let leaf = receipt.extra();
        let leaf = leaf.ok_or(Error::Leaf("the proof does not carry it"))?;
        let opened = self.policy.open(receipt.note())?;
        let (size, root) = (opened.checkpoint.size(), opened.checkpoint.root());
        let hash = tlog::leaf_hash(leaf);
        tlog::verify_inclusion(receipt.index(), size, &hash, receipt.proof(), &root)
            .map_err(tlog::Error::from)?;
        Ok(Logged {
            leaf: PublicLeaf::read(leaf)?,
            checkpoint_size: size,
            quorum_met: self.policy.quorum_met(&opened.cosigned),
        })
    }

    /// What a key with this hint signed, if that was issued at its time. `verify` gives it with
    /// its time, or without one if it names none.
    ///
    /// Two keys can share a hint, so all of them are tried.
    pub(crate) fn verify_by<T>(
        &self,
        purpose: Purpose,
        kid: Kid,
        verify: impl Fn(&PublicKey) -> Option<(T, Option<u64>)>,
    ) -> Result<T, KeyRefusal> {
        let mut refusal = KeyRefusal::Unknown;
        let fits = |own: &&TrustedKey| own.purpose == purpose && own.kid == kid;
        for own in self.keys.iter().filter(fits) {
            match verify(&own.key) {
                Some((verified, issued_s)) => {
                    let time = own.from_s..own.until_s;
                    if issued_s.is_none_or(|issued_s| time.contains(&issued_s)) {
                        return Ok(verified);
                    }
                    refusal = KeyRefusal::OutsideItsTime;
                }
                None if refusal == KeyRefusal::Unknown => refusal = KeyRefusal::Signature,
                None => {}
            }
        }
        Err(refusal)
    }
}

//! Whether to cosign: a pure function of what was cosigned last, the request, and the log's keys.
//!
//! Invariant: the checks stand in the order of the specification (C2SP tlog-witness,
//! `add-checkpoint`), and only a checkpoint that passes all of them comes out. Refuses to know
//! the time or the witness's keys.

use crate::{Answer, Request};
use std::fmt;
use tlog::{Checkpoint, EMPTY_ROOT, Hash, ProofError, VerifierKey, verify_consistency};

/// The tree that the witness cosigned last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Leaves in it.
    pub size: u64,
    /// Its root.
    pub root: Hash,
}

/// Why a checkpoint is not cosigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No key of such a log is trusted here.
    LogUnknown,
    /// No trusted key has signed, or one has signed wrongly.
    SignatureInvalid,
    /// The proof would lead back in time.
    OldAboveNew,
    /// The log has signed another tree of the size that was cosigned last.
    Fork {
        /// That size.
        known_size: u64,
    },
    /// The proof starts from another tree than the one cosigned last.
    Stale {
        /// Leaves in the tree cosigned last.
        known_size: u64,
    },
    /// The proof does not prove that the tree only grew.
    ProofWrong(ProofError),
}

/// What a refused request shows about the log that signed its checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// Two trees of one size, both signed: the log has misbehaved.
    Fork,
    /// A signed tree that was not shown to grow from the known one: perhaps only a bad proof.
    Doubt,
}

impl Head {
    /// Of a checkpoint.
    #[must_use]
    pub const fn of(checkpoint: &Checkpoint) -> Self {
        Self {
            size: checkpoint.size(),
            root: checkpoint.root(),
        }
    }
}

impl Refusal {
    /// How the protocol says it.
    #[must_use]
    pub const fn answer(&self) -> Answer {
        match *self {
            Self::LogUnknown => Answer::LogUnknown,
            Self::SignatureInvalid => Answer::SignatureRefused,
            Self::OldAboveNew => Answer::Malformed,
            Self::Fork { known_size } | Self::Stale { known_size } => {
                Answer::Conflict { known_size }
            }
            Self::ProofWrong(_) => Answer::ProofRefused,
        }
    }

    /// What the request is worth keeping for.
    #[must_use]
    pub const fn evidence(&self) -> Option<Evidence> {
        match self {
            Self::Fork { .. } => Some(Evidence::Fork),
            Self::ProofWrong(_) => Some(Evidence::Doubt),
            Self::LogUnknown | Self::SignatureInvalid | Self::OldAboveNew | Self::Stale { .. } => {
                None
            }
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LogUnknown => out.write_str("the log is not known here"),
            Self::SignatureInvalid => out.write_str("no trusted key of the log has signed"),
            Self::OldAboveNew => out.write_str("the old size exceeds the new one"),
            Self::Fork { known_size } => {
                write!(out, "the log signed a second tree of `{known_size}` leaves")
            }
            Self::Stale { known_size } => {
                write!(out, "a tree of `{known_size}` leaves was cosigned last")
            }
            Self::ProofWrong(error) => error.fmt(out),
        }
    }
}

/// Whether the checkpoint of the request may be cosigned.
///
/// `known` is `None` before the first; `keys` are those trusted for the request's origin.
///
/// # Errors
/// The [`Refusal`] that says why not.
pub fn decide(
    known: Option<Head>,
    request: &Request,
    keys: &[VerifierKey],
) -> Result<Checkpoint, Refusal> {
    let checkpoint = request.checkpoint();
    let of_origin = |key: &VerifierKey| key.name().as_str() == checkpoint.origin();
    if keys.is_empty() || !keys.iter().all(of_origin) {
        return Err(Refusal::LogUnknown);
    }
    request
        .note()
        .verify(keys)
        .map_err(|_| Refusal::SignatureInvalid)?;
    let new = Head::of(checkpoint);
    if request.old() > new.size {
        return Err(Refusal::OldAboveNew);
    }
    let known = known.unwrap_or(Head {
        size: 0,
        root: EMPTY_ROOT,
    });
    // Before the old size: a fork is one whatever the request says it starts from.
    let known_size = known.size;
    if new.size == known_size && new.root != known.root {
        return Err(Refusal::Fork { known_size });
    }
    if request.old() != known_size {
        return Err(Refusal::Stale { known_size });
    }
    verify_consistency(
        known_size,
        new.size,
        &known.root,
        &new.root,
        request.proof(),
    )
    .map_err(Refusal::ProofWrong)?;
    Ok(checkpoint.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tlog::proof::consistency_proof;
    use tlog::tree::{self, Leaves};
    use tlog::{Note, SignerKey, checkpoint, leaf_hash};

    const ORIGIN: &str = "log.example";

    fn key(seed: u8) -> SignerKey {
        SignerKey::from_seed(ORIGIN, [seed; 32]).unwrap()
    }

    fn leaves(size: u64) -> Vec<Hash> {
        (0..size).map(|at| leaf_hash(&at.to_be_bytes())).collect()
    }

    fn head(size: u64) -> Head {
        Head {
            size,
            root: tree::root(&leaves(size)),
        }
    }

    fn proof(old: u64, new: u64) -> Vec<Hash> {
        consistency_proof(&Leaves(&leaves(new)), old, new).unwrap()
    }

    fn request(old: u64, proof: Vec<Hash>, new: Head, signer: &SignerKey) -> Request {
        let head = Checkpoint::new(ORIGIN, new.size, new.root).unwrap();
        let note = Note::parse(&checkpoint::sign(&head, signer).unwrap()).unwrap();
        Request::new(old, proof, note).unwrap()
    }

    fn decided(known: Option<Head>, request: &Request) -> Result<u64, Refusal> {
        let keys = [key(1).verifier()];
        decide(known, request, &keys).map(|checkpoint| checkpoint.size())
    }

    #[test]
    fn a_log_that_only_grows_is_cosigned() {
        for (old, new) in [(0, 0), (0, 1), (0, 5), (1, 5), (5, 5), (5, 8), (8, 300)] {
            let request = request(old, proof(old, new), head(new), &key(1));
            assert_eq!(decided(Some(head(old)), &request), Ok(new), "{old} {new}");
            if old == 0 {
                assert_eq!(decided(None, &request), Ok(new));
            }
        }
    }

    #[test]
    fn a_log_without_a_trusted_key_is_unknown() {
        let request = request(0, Vec::new(), head(1), &key(1));
        assert_eq!(decide(None, &request, &[]), Err(Refusal::LogUnknown));
        let other = SignerKey::from_seed("log.exampl", [1; 32]).unwrap();
        let keys = [other.verifier()];
        assert_eq!(decide(None, &request, &keys), Err(Refusal::LogUnknown));
    }

    #[test]
    fn any_trusted_key_of_the_log_will_do_and_no_other() {
        let request = request(0, Vec::new(), head(1), &key(2));
        assert_eq!(decided(None, &request), Err(Refusal::SignatureInvalid));
        let both = [key(1).verifier(), key(2).verifier()];
        assert!(decide(None, &request, &both).is_ok());
    }

    #[test]
    fn an_old_size_above_the_new_one_is_malformed() {
        let request = request(6, Vec::new(), head(5), &key(1));
        let refused = decided(Some(head(6)), &request);
        assert_eq!(refused, Err(Refusal::OldAboveNew));
        assert_eq!(Refusal::OldAboveNew.answer().status(), 400);
    }

    #[test]
    fn an_old_size_other_than_the_known_one_learns_the_known_one() {
        for (known, old, new) in [(5, 0, 8), (5, 4, 8), (5, 6, 8), (5, 0, 5), (0, 3, 8)] {
            let request = request(old, proof(old, new), head(new), &key(1));
            let refused = decided(Some(head(known)), &request).unwrap_err();
            assert_eq!(refused, Refusal::Stale { known_size: known });
            assert_eq!(refused.answer(), Answer::Conflict { known_size: known });
            assert_eq!(refused.evidence(), None);
        }
        let ahead = request(1, proof(1, 8), head(8), &key(1));
        assert_eq!(decided(None, &ahead), Err(Refusal::Stale { known_size: 0 }));
    }

    #[test]
    fn a_second_tree_of_the_known_size_is_a_fork_whatever_the_old_size() {
        let other = Head {
            size: 5,
            root: [9; 32],
        };
        for old in [0, 4, 5] {
            let request = request(old, Vec::new(), other, &key(1));
            let refused = decided(Some(head(5)), &request).unwrap_err();
            assert_eq!(refused, Refusal::Fork { known_size: 5 });
            assert_eq!(refused.answer(), Answer::Conflict { known_size: 5 });
            assert_eq!(refused.evidence(), Some(Evidence::Fork));
        }
    }

    #[test]
    fn a_proof_that_proves_nothing_is_refused_and_kept() {
        let mut changed = proof(5, 8);
        changed[0][0] ^= 1;
        let forked = Head {
            size: 8,
            root: [9; 32],
        };
        for request in [
            request(5, changed, head(8), &key(1)),
            request(5, Vec::new(), head(8), &key(1)),
            request(5, vec![[1; 32]], head(5), &key(1)),
            request(5, proof(5, 8), forked, &key(1)),
        ] {
            let refused = decided(Some(head(5)), &request).unwrap_err();
            assert_eq!(refused.answer(), Answer::ProofRefused);
            assert_eq!(refused.evidence(), Some(Evidence::Doubt));
        }
        let first = request(0, vec![[1; 32]], head(5), &key(1));
        let refused = decided(None, &first).unwrap_err();
        assert_eq!(refused.answer().status(), 422);
    }
}

//! The door in. Owns [`receive`], the one place where bytes become a verified submission.
//!
//! Invariant: a `VerifiedAct` or `VerifiedReport` exists only when the key on record of the very
//! officer or organisation that the payload names signed exactly these bytes, and is not revoked.
//! Refuses: the rest, as a `Submission::Unverified` that says why without personal data.

use crate::cose::{Sign1, Typ};
use crate::error::Error;
use crate::{act, part};
use domain::act::{Act, ActBody};
use domain::ids::{ActDigest, OrgId, PublicKey};
use domain::refusal::{Code, Refusal};
use domain::submission::{KeyDirectory, Submission, Unverified, VerifiedAct, VerifiedReport};
use sha2::{Digest as _, Sha256};

/// The digest that names signed bytes.
pub fn digest(bytes: &[u8]) -> ActDigest {
    ActDigest::from_bytes(Sha256::digest(bytes).into())
}

/// Judges bytes from outside: decodes, checks the bounds, verifies the signature. Never panics.
pub fn receive(bytes: &[u8], keys: &dyn KeyDirectory) -> Submission {
    let digest = digest(bytes);
    match judge(bytes, digest, keys) {
        Ok(submission) => submission,
        Err(TurnedAway { kind, org, refusal }) => Submission::Unverified(Unverified {
            digest,
            kind,
            org,
            refusal,
        }),
    }
}

struct TurnedAway {
    kind: &'static str,
    org: Option<OrgId>,
    refusal: Refusal,
}

impl TurnedAway {
    fn malformed(kind: &'static str, error: &Error) -> Self {
        Self {
            kind,
            org: None,
            refusal: Refusal::new(Code::Malformed, error.to_string()),
        }
    }
}

fn judge(
    bytes: &[u8],
    digest: ActDigest,
    keys: &dyn KeyDirectory,
) -> Result<Submission, TurnedAway> {
    let signed =
        Sign1::parse(bytes).map_err(|error| TurnedAway::malformed("unreadable", &error))?;
    match signed.typ() {
        Typ::Act => {
            let act = act::decode(signed.payload())
                .map_err(|error| TurnedAway::malformed("act", &error))?;
            let (key, org) = act_key(&act, keys);
            let key = check_signature(&signed, key, keys).map_err(|refusal| TurnedAway {
                kind: act.body.kind(),
                org,
                refusal,
            })?;
            Ok(Submission::Act(Box::new(VerifiedAct::assertion(
                act, digest, key,
            ))))
        }
        Typ::Report => {
            let part = part::decode(signed.payload())
                .map_err(|error| TurnedAway::malformed("report.push", &error))?;
            let key = keys.org_key(&part.org);
            let org = key.is_some().then(|| part.org.clone());
            let key = check_signature(&signed, key, keys).map_err(|refusal| TurnedAway {
                kind: "report.push",
                org,
                refusal,
            })?;
            Ok(Submission::Report(Box::new(VerifiedReport::assertion(
                part, digest, key,
            ))))
        }
    }
}

/// The key that must have signed an act, and the registered organisation it speaks for.
fn act_key(act: &Act, keys: &dyn KeyDirectory) -> (Option<PublicKey>, Option<OrgId>) {
    if let (None, ActBody::Genesis { registrar, .. }) = (keys.origin(), &act.body) {
        // Before the beginning nobody is registered: the first registrar vouches for itself, and
        // the operator pins that key out of band.
        let own = (act.officer == registrar.id).then_some(registrar.key);
        return (own, None);
    }
    keys.officer_key(&act.officer)
        .map_or((None, None), |(key, org)| (Some(key), Some(org.clone())))
}

fn check_signature(
    signed: &Sign1<'_>,
    key: Option<PublicKey>,
    keys: &dyn KeyDirectory,
) -> Result<PublicKey, Refusal> {
    let Some(key) = key else {
        return Err(Refusal::new(
            Code::SignatureInvalid,
            "the signer named is not registered",
        ));
    };
    if !signed.is_signed_by(&key) {
        return Err(Refusal::new(
            Code::SignatureInvalid,
            "not signed by the key on record of the signer named",
        ));
    }
    if keys.is_revoked(&key) {
        return Err(Code::KeyRevoked.into());
    }
    Ok(key)
}

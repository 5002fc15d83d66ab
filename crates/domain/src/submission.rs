//! What reaches the machine: acts and reports whose signatures `intake` has judged.
//!
//! Invariant: only `intake` calls the constructors named `assertion` (a lint holds everybody else).

use crate::act::{Act, ReportPart};
use crate::ids::{ActDigest, OfficerId, OrgId, PublicKey};
use crate::refusal::Refusal;

/// What `intake` made of the bytes that came.
#[derive(Clone, Debug)]
pub enum Submission {
    /// An officer's act with a valid signature.
    Act(Box<VerifiedAct>),
    /// A part of a report with a valid signature.
    Report(Box<VerifiedReport>),
    /// Bytes that nobody registered signed; refused, and the refusal is logged.
    Unverified(Unverified),
}

impl Submission {
    /// The digest of the bytes as they came.
    pub const fn digest(&self) -> ActDigest {
        match self {
            Self::Act(act) => act.digest,
            Self::Report(report) => report.digest,
            Self::Unverified(unverified) => unverified.digest,
        }
    }
}

/// An act whose signature is valid under the key of the officer it names.
#[derive(Clone, Debug)]
pub struct VerifiedAct {
    act: Act,
    digest: ActDigest,
    key: PublicKey,
}

impl VerifiedAct {
    /// States that `key` signed exactly these bytes. Only `intake` may say so.
    pub const fn assertion(act: Act, digest: ActDigest, key: PublicKey) -> Self {
        Self { act, digest, key }
    }

    /// The act.
    pub const fn act(&self) -> &Act {
        &self.act
    }

    /// The digest of the signed bytes.
    pub const fn digest(&self) -> ActDigest {
        self.digest
    }

    /// The key that signed.
    pub const fn key(&self) -> PublicKey {
        self.key
    }
}

/// A report part whose signature is valid under the key of the organisation it names.
#[derive(Clone, Debug)]
pub struct VerifiedReport {
    part: ReportPart,
    digest: ActDigest,
    key: PublicKey,
}

impl VerifiedReport {
    /// States that `key` signed exactly these bytes. Only `intake` may say so.
    pub const fn assertion(part: ReportPart, digest: ActDigest, key: PublicKey) -> Self {
        Self { part, digest, key }
    }

    /// The part.
    pub const fn part(&self) -> &ReportPart {
        &self.part
    }

    /// The digest of the signed bytes.
    pub const fn digest(&self) -> ActDigest {
        self.digest
    }

    /// The key that signed.
    pub const fn key(&self) -> PublicKey {
        self.key
    }
}

/// Bytes that cannot count: what they claim to be, and why they were turned away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unverified {
    /// The digest of the bytes as they came.
    pub digest: ActDigest,
    /// The kind of act claimed, where it could be read.
    pub kind: &'static str,
    /// The organisation claimed, where it could be read and is registered.
    pub org: Option<OrgId>,
    /// Why: `SIGNATURE_INVALID`, `KEY_REVOKED`, `MALFORMED`, …
    pub refusal: Refusal,
}

/// The keys on record, as `intake` asks for them.
pub trait KeyDirectory {
    /// The origin of the ledger, once it has begun.
    fn origin(&self) -> Option<&str>;
    /// The current key of an officer and the organisation served.
    fn officer_key(&self, officer: &OfficerId) -> Option<(PublicKey, &OrgId)>;
    /// The current reporting key of an organisation.
    fn org_key(&self, org: &OrgId) -> Option<PublicKey>;
    /// Whether a key was once valid and is not any more.
    fn is_revoked(&self, key: &PublicKey) -> bool;
}

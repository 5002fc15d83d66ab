//! A cast of invented offices and people with their keys, for scenarios, the demonstration and
//! benchmarks: it signs as the real ones would, rightly or wrongly.
//!
//! Invariant: keys and nonces come from names and a counter, so the same cast signs the same bytes.
//! These keys are public knowledge; nothing outside scenarios may register them.

use domain::act::{Act, ActBody, PART_ROWS_MAX, ReportPart};
use domain::division::DivisionCode;
use domain::document::{Document, PersonId, PersonKey};
use domain::evidence::{EvidenceKind, EvidenceRow};
use domain::ids::{OfficerId, OrgId, PublicKey, ReportId};
use domain::organisation::{Officer, OrgKind, Organisation, Role};
use domain::time::Timestamp;
use ed25519_dalek::SigningKey;
use sha2::{Digest as _, Sha256};
use std::fmt;

/// A cast could not sign: a limit of the format was passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CastError(pub String);

impl fmt::Display for CastError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the cast cannot sign: {}", self.0)
    }
}

impl std::error::Error for CastError {}

/// The cast of one ledger.
pub struct Cast {
    origin: String,
    person_key: PersonKey,
    counter: u64,
}

impl Cast {
    /// A cast that speaks to the ledger with this origin.
    pub fn new(origin: &str, person_key: PersonKey) -> Self {
        Self {
            origin: origin.to_owned(),
            person_key,
            counter: 0,
        }
    }

    /// The origin of the ledger.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The key of anybody, by name.
    pub fn key(name: &str) -> SigningKey {
        let mut hasher = Sha256::new();
        hasher.update(b"mm-cast-v1/");
        hasher.update(name.as_bytes());
        SigningKey::from_bytes(&hasher.finalize().into())
    }

    /// The public key of anybody, by name.
    pub fn public_key(name: &str) -> PublicKey {
        PublicKey::from_bytes(Self::key(name).verifying_key().to_bytes())
    }

    /// An organisation with the key of its own name.
    pub fn organisation(
        id: OrgId,
        kind: OrgKind,
        division: DivisionCode,
        section: Option<String>,
        part_of: Option<OrgId>,
        name: &str,
    ) -> Organisation {
        let key = Self::public_key(id.as_str());
        Organisation {
            id,
            kind,
            division,
            section,
            part_of,
            name: name.to_owned(),
            key,
        }
    }

    /// An officer with the key of the officer's own name.
    pub fn officer(
        id: OfficerId,
        org: OrgId,
        roles: &[Role],
        term: (Timestamp, Timestamp),
    ) -> Officer {
        let key = Self::public_key(id.as_str());
        let holder = format!("holder-of-{id}");
        let roles = roles.iter().copied().collect();
        Officer {
            id,
            org,
            roles,
            term_from: term.0,
            term_until: term.1,
            key,
            holder,
        }
    }

    /// The id of an invented person.
    pub fn person(&self, number: u32) -> PersonId {
        self.person_key.person_id(&Document::invented(number))
    }

    fn nonce(&mut self) -> [u8; 16] {
        self.counter = self.counter.wrapping_add(1);
        let mut nonce = [0_u8; 16];
        nonce
            .iter_mut()
            .zip(self.counter.to_be_bytes())
            .for_each(|(slot, byte)| *slot = byte);
        nonce
    }

    /// Signs an act as an officer, with the officer's own key.
    pub fn sign(
        &mut self,
        officer: &OfficerId,
        at: Timestamp,
        body: ActBody,
    ) -> Result<Vec<u8>, CastError> {
        let key = Self::key(officer.as_str());
        self.sign_with(&key, officer, at, body)
    }

    /// Signs an act in an officer's name with any key: the wrong one is refused.
    pub fn sign_with(
        &mut self,
        key: &SigningKey,
        officer: &OfficerId,
        at: Timestamp,
        body: ActBody,
    ) -> Result<Vec<u8>, CastError> {
        let ledger = self.origin.clone();
        self.sign_as(
            &Seal {
                key,
                ledger: &ledger,
                at,
            },
            officer,
            body,
        )
    }

    /// Signs an act in an officer's name, for any ledger, at any time, with any key.
    pub fn sign_as(
        &mut self,
        seal: &Seal<'_>,
        officer: &OfficerId,
        body: ActBody,
    ) -> Result<Vec<u8>, CastError> {
        let act = Act {
            ledger: seal.ledger.to_owned(),
            officer: officer.clone(),
            signed_at: seal.at,
            nonce: self.nonce(),
            body,
        };
        intake::sign_act(&act, seal.key).map_err(|error| CastError(error.to_string()))
    }

    /// Signs a report as an organisation, in as many parts as it needs.
    pub fn report(
        &mut self,
        org: &OrgId,
        at: Timestamp,
        kind: EvidenceKind,
        rows: &[EvidenceRow],
    ) -> Result<Vec<Vec<u8>>, CastError> {
        let key = Self::key(org.as_str());
        self.report_with(&key, org, at, kind, rows)
    }

    /// Signs a report in an organisation's name with any key.
    pub fn report_with(
        &mut self,
        key: &SigningKey,
        org: &OrgId,
        at: Timestamp,
        kind: EvidenceKind,
        rows: &[EvidenceRow],
    ) -> Result<Vec<Vec<u8>>, CastError> {
        let ledger = self.origin.clone();
        let seal = Seal {
            key,
            ledger: &ledger,
            at,
        };
        self.report_as(&seal, org, kind, PURPOSE, rows)
    }

    /// Signs a report in an organisation's name, for any ledger and purpose, with any key.
    pub fn report_as(
        &mut self,
        seal: &Seal<'_>,
        org: &OrgId,
        kind: EvidenceKind,
        purpose: &str,
        rows: &[EvidenceRow],
    ) -> Result<Vec<Vec<u8>>, CastError> {
        let report = ReportId::from_bytes(self.nonce());
        let chunks = rows.chunks(PART_ROWS_MAX);
        let parts = u32::try_from(chunks.len()).map_err(|error| CastError(error.to_string()))?;
        (0..parts)
            .zip(chunks)
            .map(|(number, rows)| {
                let part = ReportPart {
                    ledger: seal.ledger.to_owned(),
                    org: org.clone(),
                    report,
                    part: number,
                    parts,
                    kind,
                    purpose: purpose.to_owned(),
                    signed_at: seal.at,
                    rows: rows.to_vec(),
                };
                intake::sign_part(&part, seal.key).map_err(|error| CastError(error.to_string()))
            })
            .collect()
    }
}

/// The purpose that reports state unless told otherwise.
pub const PURPOSE: &str = "epidemic prevention and control";

/// How something is signed.
#[derive(Clone, Copy)]
pub struct Seal<'a> {
    /// With which key.
    pub key: &'a SigningKey,
    /// For which ledger.
    pub ledger: &'a str,
    /// At what time, as the signer says.
    pub at: Timestamp,
}

//! What the tests share: keys, a small directory of them, acts and parts about invented people.
#![allow(dead_code, reason = "each test file uses its own part of this")]
#![expect(clippy::unwrap_used, reason = "tests")]

use domain::act::{Act, ActBody, People, Proposal, ReportPart};
use domain::colour::{Colour, Ground};
use domain::document::{Document, PersonId, PersonKey};
use domain::evidence::{EvidenceKind, EvidenceRow, MoreFields, Precision};
use domain::ids::{OfficerId, OrgId, PublicKey, ReportId};
use domain::submission::KeyDirectory;
use domain::time::Timestamp;
use intake::key::KeyPair;
use std::collections::{BTreeMap, BTreeSet};

pub const LEDGER: &str = "ledger.example/41";
pub const AT: Timestamp = Timestamp::from_unix(1_655_000_000);

pub fn key(seed: u8) -> KeyPair {
    KeyPair::from_entropy(&[seed; 32])
}

pub fn person_key() -> PersonKey {
    PersonKey::from_bytes([9; 32])
}

/// Officers `maker` (key 1) and `checker` (key 2) of `health` (key 3).
pub struct Directory {
    pub origin: Option<String>,
    pub officers: BTreeMap<OfficerId, (PublicKey, OrgId)>,
    pub orgs: BTreeMap<OrgId, PublicKey>,
    pub revoked: BTreeSet<PublicKey>,
}

impl Directory {
    pub fn new() -> Self {
        let org: OrgId = "health".parse().unwrap();
        let officer = |name: &str, seed| (name.parse().unwrap(), (key(seed).public(), org.clone()));
        Self {
            origin: Some(LEDGER.to_owned()),
            officers: [officer("maker", 1), officer("checker", 2)].into(),
            orgs: [(org.clone(), key(3).public())].into(),
            revoked: BTreeSet::new(),
        }
    }

    pub fn empty() -> Self {
        Self {
            origin: None,
            officers: BTreeMap::new(),
            orgs: BTreeMap::new(),
            revoked: BTreeSet::new(),
        }
    }
}

impl KeyDirectory for Directory {
    fn origin(&self) -> Option<&str> {
        self.origin.as_deref()
    }

    fn officer_key(&self, officer: &OfficerId) -> Option<(PublicKey, &OrgId)> {
        self.officers.get(officer).map(|(key, org)| (*key, org))
    }

    fn org_key(&self, org: &OrgId) -> Option<PublicKey> {
        self.orgs.get(org).copied()
    }

    fn is_revoked(&self, key: &PublicKey) -> bool {
        self.revoked.contains(key)
    }
}

pub fn act(body: ActBody) -> Act {
    Act {
        ledger: LEDGER.to_owned(),
        officer: "maker".parse().unwrap(),
        signed_at: AT,
        nonce: [5; 16],
        body,
    }
}

pub fn small_act() -> Act {
    act(ActBody::AreaLift {
        number: "2022-18".to_owned(),
    })
}

pub fn order(people: u32) -> Act {
    let people = (0..people).map(|n| {
        let mut id = [0_u8; 16];
        id[..4].copy_from_slice(&n.to_be_bytes());
        PersonId::from_bytes(id)
    });
    act(ActBody::OrderPropose(Proposal {
        ground: Ground::Close,
        area: "410105".parse().unwrap(),
        people: People::new(people.collect()),
        reason: "contact of a case".to_owned(),
        emergency: false,
        document: None,
    }))
}

pub fn row(n: u32) -> EvidenceRow {
    let more = n.is_multiple_of(4).then(|| {
        Box::new(MoreFields {
            link_person: Some(PersonId::from_bytes([n.to_le_bytes()[0]; 16])),
            from: Some(AT.plus_s(-7_200)),
            precision: Some(Precision::Community),
            pushed: n.is_multiple_of(8).then_some(Colour::Red),
            ..MoreFields::default()
        })
    });
    EvidenceRow {
        person: person_key().person_id(&Document::invented(n)),
        division: "410105".parse().unwrap(),
        occurred_at: AT.plus_s(-3_600),
        reference: format!("CC-2022-{n:06}"),
        more,
    }
}

pub fn part(rows: u32) -> ReportPart {
    ReportPart {
        ledger: LEDGER.to_owned(),
        org: "health".parse().unwrap(),
        report: ReportId::from_bytes([8; 16]),
        part: 0,
        parts: 1,
        kind: EvidenceKind::CloseContact,
        purpose: "contact tracing".to_owned(),
        signed_at: AT,
        rows: (0..rows).map(row).collect(),
    }
}

//! Leaves of the log. Law: a leaf that the ledger's reader accepts is the one sequence of bytes of
//! what it says, and the verifier's reader reads the same of it, unless it publishes a key that is
//! no point of the curve or a time before 1970.
#![no_main]

use credential::leaf::{self, PublicLeaf};
use domain::leaf::{LEAF_BYTES_MAX, Leaf, MACHINE_VERSION};
use domain::publication::{
    IssuingKey, IssuingKeyGrant, KeyPurpose, ListCounts, ListStatement, ListVersion, Publication,
};
use domain::refusal::Code;
use libfuzzer_sys::fuzz_target;
use mingma_fuzz::{AT, ISSUER, org};

fn leaf(refused: Option<Code>, publication: Option<Publication>) -> Vec<u8> {
    let leaf = Leaf {
        machine: MACHINE_VERSION,
        seq: 7,
        at: AT,
        kind: "list.publish".to_owned(),
        refused,
        org: Some(org()),
        ground: None,
        area: Some("41".parse().expect("a province")),
        order: None,
        document: None,
        pack: None,
        permits: vec!["permit".to_owned()],
        people: 3,
        subjects: [1; 32],
        rows: Default::default(),
        lapsed: Default::default(),
        caused: Default::default(),
        totals: Default::default(),
        act: [2; 32],
        publication,
        channel: None,
    };
    leaf.encode()
}

fn seeds() -> Vec<Vec<u8>> {
    let key = IssuingKey::from_bytes(ISSUER.public().to_bytes()).expect("a compressed point");
    let list = ListStatement {
        uri: "https://s.example/1".to_owned(),
        slots: 1 << 20,
        sha256: [3; 32],
        issued: AT,
        expires: AT.plus_s(3_600),
        counts: ListCounts::default(),
        withheld: Vec::new(),
    };
    let grant = IssuingKeyGrant {
        purpose: KeyPurpose::StatusList,
        key,
        from: AT,
        until: AT.plus_s(3_600),
    };
    vec![
        leaf(None, None),
        leaf(Some(Code::Malformed), None),
        leaf(None, Some(Publication::List(ListVersion::new(&list, 4)))),
        leaf(None, Some(Publication::Key(grant))),
        leaf(None, Some(Publication::KeyEnd { key })),
    ]
}

/// What a verifier cannot take although the ledger can.
fn beyond(publication: &Publication) -> bool {
    let off_curve = |key: &IssuingKey| credential::PublicKey::from_bytes(key.as_bytes()).is_err();
    match publication {
        Publication::List(list) => list.issued.as_unix() < 0 || list.expires.as_unix() < 0,
        Publication::Key(grant) => {
            off_curve(&grant.key) || grant.from.as_unix() < 0 || grant.until.as_unix() < 0
        }
        Publication::KeyEnd { key } => off_curve(key),
    }
}

fn same(ours: &Publication, theirs: &leaf::Publication) -> bool {
    match (ours, theirs) {
        (Publication::List(one), leaf::Publication::List(other)) => {
            one.uri == other.uri
                && one.version == other.version
                && one.slots == other.slots
                && one.sha256 == other.sha256
                && one.issued.as_unix() == other.issued_s as i64
                && one.expires.as_unix() == other.expires_s as i64
                && (one.revoked, one.yellow, one.red) == (other.revoked, other.yellow, other.red)
        }
        (Publication::Key(one), leaf::Publication::Key(other)) => {
            one.key.as_bytes() == &other.key.to_bytes()
                && one.from.as_unix() == other.from_s as i64
                && one.until.as_unix() == other.until_s as i64
        }
        (Publication::KeyEnd { key: one }, leaf::Publication::KeyEnd { key: other }) => {
            one.as_bytes() == &other.to_bytes()
        }
        _ => false,
    }
}

fuzz_target!(init: mingma_fuzz::seeds(seeds), |data: &[u8]| {
    let public = PublicLeaf::read(data);
    let Some(leaf) = Leaf::decode(data) else {
        return;
    };
    assert!(data.len() <= LEAF_BYTES_MAX);
    assert_eq!(leaf.encode(), data);
    let Ok(public) = public else {
        assert!(leaf.publication.as_ref().is_some_and(beyond), "unread by a verifier");
        return;
    };
    assert_eq!((public.seq, public.at_s), (leaf.seq, leaf.at.as_unix()));
    assert_eq!(public.kind, leaf.kind);
    assert_eq!(public.refused.as_deref(), leaf.refused.map(Code::word));
    match (&leaf.publication, &public.publication) {
        (None, None) => {}
        (Some(ours), Some(theirs)) => assert!(same(ours, theirs)),
        _ => panic!("one of two readers sees a publication"),
    }
});

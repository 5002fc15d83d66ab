//! The signed form: what is accepted, and every deviation that is not.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use common::{Directory, act, key, order, part, small_act};
use coset::{CborSerializable as _, CoseSign1, CoseSign1Builder, HeaderBuilder, iana};
use coset::{Header, TaggedCborSerializable as _};
use domain::act::{ActBody, PACK_BYTES_MAX, TEXT_BYTES_MAX};
use domain::organisation::{Officer, OrgKind, Organisation};
use domain::refusal::Code;
use domain::submission::{Submission, Unverified};
use ed25519_dalek::Signer as _;
use intake::{Error, part_to_sign, receive, sign_act, sign_part};
use proptest::prelude::*;

fn refused(bytes: &[u8], keys: &Directory) -> Unverified {
    match receive(bytes, keys) {
        Submission::Unverified(unverified) => unverified,
        Submission::Act(_) | Submission::Report(_) => panic!("accepted"),
    }
}

fn code(bytes: &[u8]) -> Code {
    refused(bytes, &Directory::new()).refusal.code
}

/// The signed form of an act as another library makes it, with a header of the caller's.
fn made_by_coset(payload: Vec<u8>, protected: Header, unprotected: Header) -> CoseSign1 {
    CoseSign1Builder::new()
        .protected(protected)
        .unprotected(unprotected)
        .payload(payload)
        .create_signature(&[], |message| {
            key(1).signing().sign(message).to_bytes().to_vec()
        })
        .build()
}

fn good_header() -> HeaderBuilder {
    HeaderBuilder::new()
        .algorithm(iana::Algorithm::EdDSA)
        .key_id(key(1).kid().to_vec())
        .value(16, "application/mm-act+cose".to_owned().into())
}

fn payload() -> Vec<u8> {
    let mut payload = Vec::new();
    ciborium::into_writer(&small_act(), &mut payload).unwrap();
    payload
}

fn tagged(header: HeaderBuilder, unprotected: Header) -> Vec<u8> {
    made_by_coset(payload(), header.build(), unprotected)
        .to_tagged_vec()
        .unwrap()
}

#[test]
fn an_act_signed_by_its_officer_is_verified_and_another_library_agrees() {
    let bytes = sign_act(&small_act(), key(1).signing()).unwrap();
    let Submission::Act(verified) = receive(&bytes, &Directory::new()) else {
        panic!("refused")
    };
    assert_eq!(verified.act(), &small_act());
    assert_eq!(verified.key(), key(1).public());
    assert_eq!(verified.digest(), intake::digest(&bytes));
    assert_eq!(tagged(good_header(), Header::default()), bytes);
    let theirs = CoseSign1::from_tagged_slice(&bytes).unwrap();
    theirs
        .verify_signature(&[], |signature, message| {
            let signature = ed25519_dalek::Signature::from_slice(signature).unwrap();
            key(1)
                .signing()
                .verifying_key()
                .verify_strict(message, &signature)
        })
        .unwrap();
}

#[test]
fn a_report_part_signed_by_its_organisation_is_verified() {
    let bytes = sign_part(&part(9), key(3).signing()).unwrap();
    let Submission::Report(verified) = receive(&bytes, &Directory::new()) else {
        panic!("refused")
    };
    assert_eq!(verified.part(), &part(9));
    assert_eq!(verified.key(), key(3).public());
}

#[test]
fn the_signed_form_begins_with_the_documented_bytes() {
    let act = sign_act(&small_act(), key(1).signing()).unwrap();
    assert_eq!(
        act[..9],
        [0xd2, 0x84, 0x58, 0x26, 0xa3, 0x01, 0x27, 0x04, 0x48]
    );
    assert_eq!(act[9..17], key(1).kid());
    assert_eq!(act[17..19], [0x10, 0x77]);
    assert_eq!(act[42], 0xa0);
    let part = sign_part(&part(1), key(3).signing()).unwrap();
    assert_eq!(part[..5], [0xd2, 0x84, 0x58, 0x2a, 0xa3]);
    assert_eq!(part[17..20], [0x10, 0x78, 0x1a]);
}

#[test]
fn the_newer_name_of_the_algorithm_is_accepted() {
    let header = HeaderBuilder::new()
        .algorithm(iana::Algorithm::Ed25519)
        .key_id(key(1).kid().to_vec())
        .value(16, "application/mm-act+cose".to_owned().into());
    let bytes = tagged(header, Header::default());
    assert!(matches!(
        receive(&bytes, &Directory::new()),
        Submission::Act(_)
    ));
}

#[test]
fn every_other_header_is_malformed() {
    let typ = |header: HeaderBuilder, typ: &str| header.value(16, typ.to_owned().into());
    let bare = || HeaderBuilder::new().algorithm(iana::Algorithm::EdDSA);
    let kid = || key(1).kid().to_vec();
    let media = "application/mm-act+cose";
    let none = Header::default;
    let alg = HeaderBuilder::new()
        .algorithm(iana::Algorithm::EdDSA)
        .build();
    let wrong_alg = HeaderBuilder::new()
        .algorithm(iana::Algorithm::ES256)
        .key_id(kid());
    let no_alg = typ(HeaderBuilder::new().key_id(kid()), media);
    let cases = [
        ("algorithm unprotected only", tagged(no_alg, alg.clone())),
        ("algorithm in both headers", tagged(good_header(), alg)),
        ("another algorithm", tagged(typ(wrong_alg, media), none())),
        ("no kid", tagged(typ(bare(), media), none())),
        (
            "short kid",
            tagged(typ(bare().key_id(vec![1; 7]), media), none()),
        ),
        ("no typ", tagged(bare().key_id(kid()), none())),
        (
            "another typ",
            tagged(typ(bare().key_id(kid()), "application/cwt"), none()),
        ),
        (
            "one header more",
            tagged(good_header().value(99, 1.into()), none()),
        ),
        (
            "a critical header",
            tagged(
                good_header().add_critical(iana::HeaderParameter::Alg),
                none(),
            ),
        ),
        (
            "a kid unprotected",
            tagged(good_header(), HeaderBuilder::new().key_id(kid()).build()),
        ),
    ];
    for (name, bytes) in cases {
        assert_eq!(code(&bytes), Code::Malformed, "{name}");
    }
}

#[test]
fn an_untagged_or_padded_or_detached_form_is_malformed() {
    let good = sign_act(&small_act(), key(1).signing()).unwrap();
    let untagged = made_by_coset(payload(), good_header().build(), Header::default());
    assert_eq!(code(&untagged.clone().to_vec().unwrap()), Code::Malformed);
    assert_eq!(code(&[&good[..], &[0]].concat()), Code::Malformed);
    assert_eq!(code(&good[..good.len() - 1]), Code::Malformed);
    assert_eq!(code(&[]), Code::Malformed);
    let mut detached = untagged;
    detached.payload = None;
    assert_eq!(code(&detached.to_tagged_vec().unwrap()), Code::Malformed);
}

#[test]
fn a_payload_that_is_not_canonical_is_malformed_though_it_is_signed() {
    use ciborium::Value;
    let sign = |payload: Vec<u8>| {
        let signed = made_by_coset(payload, good_header().build(), Header::default());
        code(&signed.to_tagged_vec().unwrap())
    };
    let Value::Map(good) = Value::from_slice(&payload()).unwrap() else {
        panic!("no map")
    };
    let encode = |map: &[(Value, Value)]| Value::Map(map.to_vec()).to_vec().unwrap();
    let mut twice = good.clone();
    twice.push(good[0].clone());
    assert_eq!(sign(encode(&twice)), Code::Malformed, "a key twice");
    let mut more = good.clone();
    more.push(("other".into(), 1.into()));
    assert_eq!(sign(encode(&more)), Code::Malformed, "an unknown key");
    let mut turned = good.clone();
    turned.swap(0, 1);
    assert_eq!(sign(encode(&turned)), Code::Malformed, "another order");
    assert_eq!(sign(encode(&good[1..])), Code::Malformed, "a key missing");
    assert_eq!(
        sign([payload(), vec![0]].concat()),
        Code::Malformed,
        "a byte more"
    );
    let mut long = payload();
    long.splice(0..1, [0xb8, 5]);
    assert_eq!(sign(long), Code::Malformed, "a longer head");
    let mut open = payload();
    open[0] = 0xbf;
    open.push(0xff);
    assert_eq!(sign(open), Code::Malformed, "an indefinite map");
    assert_eq!(
        sign([vec![0x81; 100_000], vec![0]].concat()),
        Code::Malformed,
        "deep nesting"
    );
}

#[test]
fn a_flip_of_any_single_bit_never_leaves_a_verified_act() {
    let good = sign_act(&small_act(), key(1).signing()).unwrap();
    for bit in 0..good.len() * 8 {
        let mut bytes = good.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let unverified = refused(&bytes, &Directory::new());
        assert!(
            matches!(
                unverified.refusal.code,
                Code::Malformed | Code::SignatureInvalid
            ),
            "bit {bit}"
        );
    }
}

#[test]
fn a_flip_of_any_single_bit_never_leaves_a_verified_part() {
    let good = sign_part(&part(2), key(3).signing()).unwrap();
    for bit in 0..good.len() * 8 {
        let mut bytes = good.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        refused(&bytes, &Directory::new());
    }
}

#[test]
fn another_officers_key_an_unknown_officer_and_a_revoked_key_are_told_apart() {
    let by_other = sign_act(&small_act(), key(2).signing()).unwrap();
    let refusal = refused(&by_other, &Directory::new());
    assert_eq!(refusal.refusal.code, Code::SignatureInvalid);
    assert_eq!(refusal.kind, "area.lift");
    assert_eq!(refusal.org.unwrap().as_str(), "health");
    let mut stranger = small_act();
    stranger.officer = "nobody".parse().unwrap();
    let bytes = sign_act(&stranger, key(1).signing()).unwrap();
    let refusal = refused(&bytes, &Directory::new());
    assert_eq!(
        (refusal.refusal.code, refusal.org),
        (Code::SignatureInvalid, None)
    );
    let mut keys = Directory::new();
    keys.revoked.insert(key(1).public());
    let bytes = sign_act(&small_act(), key(1).signing()).unwrap();
    assert_eq!(refused(&bytes, &keys).refusal.code, Code::KeyRevoked);
    let forged = sign_act(&small_act(), key(2).signing()).unwrap();
    assert_eq!(refused(&forged, &keys).refusal.code, Code::SignatureInvalid);
}

#[test]
fn a_part_needs_the_key_of_its_organisation() {
    let keys = Directory::new();
    let by_officer = sign_part(&part(1), key(1).signing()).unwrap();
    assert_eq!(
        refused(&by_officer, &keys).refusal.code,
        Code::SignatureInvalid
    );
    let mut stranger = part(1);
    stranger.org = "bank".parse().unwrap();
    let bytes = sign_part(&stranger, key(3).signing()).unwrap();
    let refusal = refused(&bytes, &keys);
    assert_eq!((refusal.kind, refusal.org), ("report.push", None));
    assert_eq!(refusal.refusal.code, Code::SignatureInvalid);
    let mut keys = Directory::new();
    keys.revoked.insert(key(3).public());
    let bytes = sign_part(&part(1), key(3).signing()).unwrap();
    assert_eq!(refused(&bytes, &keys).refusal.code, Code::KeyRevoked);
}

#[test]
fn an_act_under_the_typ_of_a_report_is_malformed() {
    let header = HeaderBuilder::new()
        .algorithm(iana::Algorithm::EdDSA)
        .key_id(key(1).kid().to_vec())
        .value(16, "application/mm-report+cose".to_owned().into());
    assert_eq!(code(&tagged(header, Header::default())), Code::Malformed);
}

fn genesis(registrar: &str) -> domain::act::Act {
    let mut act = act(ActBody::Genesis {
        province: "41".parse().unwrap(),
        organisation: Organisation {
            id: "province".parse().unwrap(),
            kind: OrgKind::Headquarters,
            division: "41".parse().unwrap(),
            section: None,
            part_of: None,
            name: "Province headquarters".to_owned(),
            key: key(6).public(),
        },
        registrar: Officer {
            id: registrar.parse().unwrap(),
            org: "province".parse().unwrap(),
            roles: [domain::organisation::Role::Registrar].into(),
            term_from: common::AT,
            term_until: common::AT.plus_s(1_000),
            key: key(7).public(),
            holder: "first".to_owned(),
        },
    });
    act.officer = "registrar".parse().unwrap();
    act
}

#[test]
fn before_the_beginning_the_first_registrar_signs_the_genesis_act_alone() {
    let bytes = sign_act(&genesis("registrar"), key(7).signing()).unwrap();
    assert!(matches!(
        receive(&bytes, &Directory::empty()),
        Submission::Act(_)
    ));
    let by_other = sign_act(&genesis("registrar"), key(1).signing()).unwrap();
    let signature = Code::SignatureInvalid;
    assert_eq!(
        refused(&by_other, &Directory::empty()).refusal.code,
        signature
    );
    let for_other = sign_act(&genesis("someone"), key(7).signing()).unwrap();
    assert_eq!(
        refused(&for_other, &Directory::empty()).refusal.code,
        signature
    );
    let early = sign_act(&small_act(), key(1).signing()).unwrap();
    assert_eq!(refused(&early, &Directory::empty()).refusal.code, signature);
    assert_eq!(
        refused(&bytes, &Directory::new()).refusal.code,
        signature,
        "after the beginning"
    );
}

#[test]
fn texts_packs_and_parts_stop_at_their_limits() {
    let sign = |body| sign_act(&act(body), key(1).signing());
    let revoke = |length: usize| ActBody::KeyRevoke {
        key: key(2).public(),
        reason: "x".repeat(length),
    };
    assert!(sign(revoke(TEXT_BYTES_MAX)).is_ok());
    assert!(matches!(
        sign(revoke(TEXT_BYTES_MAX + 1)),
        Err(Error::Limit { .. })
    ));
    let pack = |length: usize| ActBody::PackAdopt {
        digest: domain::ids::PackDigest::from_bytes([0; 32]),
        archive: vec![0; length],
    };
    assert!(sign(pack(PACK_BYTES_MAX)).is_ok());
    assert!(matches!(
        sign(pack(PACK_BYTES_MAX + 1)),
        Err(Error::Limit { .. })
    ));
    let mut long = payload_of(&act(revoke(TEXT_BYTES_MAX + 1)));
    let signed = made_by_coset(
        std::mem::take(&mut long),
        good_header().build(),
        Header::default(),
    );
    assert_eq!(code(&signed.to_tagged_vec().unwrap()), Code::Malformed);
    let mut wide = part(1);
    wide.rows[0].reference = "x".repeat(64);
    assert!(sign_part(&wide, key(3).signing()).is_ok());
    wide.rows[0].reference.push('x');
    assert!(matches!(
        sign_part(&wide, key(3).signing()),
        Err(Error::Limit { .. })
    ));
    let row = common::row(1);
    wide.rows = vec![row; domain::act::PART_ROWS_MAX];
    assert!(sign_part(&wide, key(3).signing()).is_ok());
    wide.rows.push(common::row(2));
    assert!(matches!(
        sign_part(&wide, key(3).signing()),
        Err(Error::Limit { .. })
    ));
}

fn payload_of(act: &domain::act::Act) -> Vec<u8> {
    let mut payload = Vec::new();
    ciborium::into_writer(act, &mut payload).unwrap();
    payload
}

#[test]
fn a_part_is_the_same_bytes_as_its_serde_form() {
    let mut part = part(50);
    let more = part.rows[0].more.as_mut().unwrap();
    more.link_reference = Some("通告2022-18".to_owned());
    more.until = Some(common::AT);
    more.expires = Some(domain::time::Timestamp::from_unix(-1));
    more.origin = Some("31".parse().unwrap());
    let mut theirs = Vec::new();
    ciborium::into_writer(&part, &mut theirs).unwrap();
    let signed = sign_part(&part, key(3).signing()).unwrap();
    let ours = intake::cose::Sign1::parse(&signed).unwrap();
    assert_eq!(ours.payload(), theirs);
    let Submission::Report(verified) = receive(&signed, &Directory::new()) else {
        panic!("refused")
    };
    assert_eq!(verified.part(), &part);
}

#[test]
fn an_order_with_many_people_is_verified() {
    let bytes = sign_act(&order(10_000), key(1).signing()).unwrap();
    assert!(matches!(
        receive(&bytes, &Directory::new()),
        Submission::Act(_)
    ));
}

proptest! {
    #[test]
    fn random_bytes_never_panic_and_never_verify(
        bytes in proptest::collection::vec(any::<u8>(), 0..400),
    ) {
        let keys = Directory::new();
        prop_assert!(matches!(receive(&bytes, &keys), Submission::Unverified(_)));
    }

    #[test]
    fn a_random_payload_under_a_good_header_never_verifies(
        payload in proptest::collection::vec(any::<u8>(), 0..300), report in any::<bool>(),
    ) {
        let typ = if report { "application/mm-report+cose" } else { "application/mm-act+cose" };
        let header = HeaderBuilder::new()
            .algorithm(iana::Algorithm::EdDSA)
            .key_id(key(1).kid().to_vec())
            .value(16, typ.to_owned().into());
        let signed = made_by_coset(payload, header.build(), Header::default());
        let bytes = signed.to_tagged_vec().unwrap();
        let submission = receive(&bytes, &Directory::new());
        prop_assert!(matches!(submission, Submission::Unverified(_)));
    }

    #[test]
    fn mutated_signed_bytes_never_panic_and_never_verify(
        act in any::<bool>(),
        changes in proptest::collection::vec((any::<u16>(), any::<u8>()), 1..6),
        cut in any::<u16>(),
    ) {
        let good = if act {
            sign_act(&small_act(), key(1).signing()).unwrap()
        } else {
            sign_part(&part(5), key(3).signing()).unwrap()
        };
        let mut bytes = good.clone();
        for (at, byte) in changes {
            let at = usize::from(at) % bytes.len();
            bytes[at] = byte;
        }
        if cut % 4 == 0 {
            bytes.truncate(usize::from(cut) % bytes.len());
        }
        prop_assume!(bytes != good);
        let submission = receive(&bytes, &Directory::new());
        prop_assert!(matches!(submission, Submission::Unverified(_)));
    }
}

#[test]
fn a_part_signed_where_the_key_is_has_the_bytes_that_it_would_have_here() {
    let (part, pair) = (part(3), key(1));
    let message = part_to_sign(&part, &pair.public()).unwrap();
    let signature = pair.signing().sign(&message).to_bytes();
    // `["Signature1", header, h'', payload]` (RFC 9052 4.4), as docs/http-api.md has it.
    let (start, rest) = message.split_at(12);
    assert_eq!(start, b"\x84\x6aSignature1");
    let (header, rest) = rest.split_at(2 + 42);
    let (empty, payload) = rest.split_at(1);
    assert_eq!(empty, [0x40]);
    let sealed = [
        &[0xd2, 0x84],
        header,
        &[0xa0],
        payload,
        &[0x58, 0x40],
        &signature,
    ]
    .concat();
    assert_eq!(sealed, sign_part(&part, pair.signing()).unwrap());
}

//! Genesis, organisations, officers, terms and keys.

use crate::common::*;
use domain::act::ActBody;
use domain::organisation::{KeyOwner, OrgKind, Role};
use domain::refusal::{Code, Refusal};
use domain::submission::{Submission, Unverified, VerifiedAct};
use domain::time::DAY_S;

fn register(world: &mut World, org: domain::organisation::Organisation) -> Option<Code> {
    world
        .act(REGISTRAR, ActBody::OrganisationRegister(org))
        .leaf
        .refused
}

fn enrol(world: &mut World, officer: domain::organisation::Officer) -> Option<Code> {
    world
        .act(REGISTRAR, ActBody::OfficerRegister(officer))
        .leaf
        .refused
}

#[test]
fn a_ledger_begins_once() {
    let mut world = World::begun();
    refused(&world.act(REGISTRAR, genesis()), Code::GenesisOnce);
}

fn changed_genesis(change: impl FnOnce(&mut ActBody)) -> Option<Code> {
    let mut world = World::empty();
    let mut body = genesis();
    change(&mut body);
    world.act(REGISTRAR, body).leaf.refused
}

#[test]
fn genesis_needs_a_province_a_founder_of_it_and_its_registrars_own_signature() {
    let founder = |change: fn(&mut domain::organisation::Organisation)| {
        changed_genesis(|body| {
            if let ActBody::Genesis { organisation, .. } = body {
                change(organisation);
            }
        })
    };
    let first = |change: fn(&mut domain::organisation::Officer)| {
        changed_genesis(|body| {
            if let ActBody::Genesis { registrar, .. } = body {
                change(registrar);
            }
        })
    };
    assert_eq!(changed_genesis(|_| {}), None);
    assert_eq!(
        founder(|org| org.division = place(410_100)),
        Some(Code::ProvinceOnly)
    );
    assert_eq!(
        founder(|org| org.kind = OrgKind::Vendor),
        Some(Code::ProvinceOnly)
    );
    assert_eq!(
        founder(|org| org.part_of = Some("x".parse().unwrap())),
        Some(Code::Malformed)
    );
    assert_eq!(
        founder(|org| org.key = key_of(REGISTRAR)),
        Some(Code::KeyTaken)
    );
    assert_eq!(
        first(|officer| officer.roles = [Role::Maker].into()),
        Some(Code::RoleMissing)
    );
    assert_eq!(
        first(|officer| officer.key = key_of("other")),
        Some(Code::SignatureInvalid)
    );
    assert_eq!(
        first(|officer| officer.term_from = START.plus_s(1)),
        Some(Code::TermNotBegun)
    );
    assert_eq!(
        first(|officer| officer.term_until = START),
        Some(Code::TermEnded)
    );
    assert_eq!(
        first(|officer| officer.term_until = officer.term_from),
        Some(Code::Malformed)
    );
    let city = changed_genesis(|body| {
        if let ActBody::Genesis { province, .. } = body {
            *province = place(410_100);
        }
    });
    assert_eq!(city, Some(Code::Malformed));
}

#[test]
fn bytes_that_nobody_signed_are_refused_with_intakes_reason() {
    let mut world = World::begun();
    let digest = world.fresh_digest();
    let outcome = world.step(Submission::Unverified(Unverified {
        digest,
        kind: "order.propose",
        org: None,
        refusal: Refusal::from(Code::SignatureInvalid),
    }));
    refused(&outcome, Code::SignatureInvalid);
}

#[test]
fn an_act_speaks_to_this_ledger_and_is_fresh_to_the_second() {
    let mut world = World::new();
    let look = || ActBody::AccessLook {
        person: person(1),
        purpose: "p".to_owned(),
        case: "c".to_owned(),
    };
    let aged = |world: &mut World, seconds: i64, ledger: &str| {
        let signed = world.sign("410100-hq.a", look());
        let mut act = signed.act().clone();
        act.ledger = ledger.to_owned();
        act.signed_at = world.at.plus_s(-seconds);
        let act = VerifiedAct::assertion(act, signed.digest(), signed.key());
        world.step(Submission::Act(Box::new(act))).leaf.refused
    };
    assert_eq!(
        aged(&mut world, 0, "other.example"),
        Some(Code::WrongLedger)
    );
    assert_eq!(aged(&mut world, 7 * DAY_S, ORIGIN), None);
    assert_eq!(
        aged(&mut world, 7 * DAY_S + 1, ORIGIN),
        Some(Code::ActStale)
    );
    assert_eq!(aged(&mut world, -300, ORIGIN), None);
    assert_eq!(aged(&mut world, -301, ORIGIN), Some(Code::ActFuture));
}

#[test]
fn an_officer_acts_from_the_first_second_of_the_term_until_before_its_last() {
    let mut world = World::new();
    let mut zhao = officer("zhao", "410100-hq", &[Role::Maker]);
    zhao.term_from = world.at.plus_s(100);
    zhao.term_until = world.at.plus_s(200);
    assert_eq!(enrol(&mut world, zhao), None);
    let look = |world: &mut World, wait: i64| {
        world.wait(wait);
        let (purpose, case) = ("p".to_owned(), "c".to_owned());
        world
            .act(
                "zhao",
                ActBody::AccessLook {
                    person: person(1),
                    purpose,
                    case,
                },
            )
            .leaf
            .refused
    };
    assert_eq!(look(&mut world, 99), Some(Code::TermNotBegun));
    assert_eq!(look(&mut world, 1), None);
    assert_eq!(look(&mut world, 99), None);
    assert_eq!(look(&mut world, 1), Some(Code::TermEnded));
}

#[test]
fn only_a_registrar_of_the_province_registers() {
    let mut world = World::new();
    let org = organisation("410100-x", OrgKind::Police, 410_100);
    let outcome = world.act("410100-hq.a", ActBody::OrganisationRegister(org));
    refused(&outcome, Code::ProvinceOnly);
    let local = officer("local", "410100-hq", &[Role::Registrar]);
    assert_eq!(enrol(&mut world, local), Some(Code::ProvinceOnly));
    let look = ActBody::AccessLook {
        person: person(1),
        purpose: "p".to_owned(),
        case: "c".to_owned(),
    };
    refused(&world.act("nobody", look), Code::OfficerUnknown);
}

#[test]
fn an_organisation_is_new_in_the_province_and_under_a_body_of_its_kind() {
    let mut world = World::new();
    let mut section = organisation("410100-hq-social", OrgKind::Headquarters, 410_100);
    section.part_of = Some("410100-hq".parse().unwrap());
    assert_eq!(register(&mut world, section.clone()), None);
    assert_eq!(register(&mut world, section), Some(Code::Exists));
    let outside = organisation("310000-hq", OrgKind::Headquarters, 310_000);
    assert_eq!(register(&mut world, outside), Some(Code::OutOfArea));
    let mut nowhere = organisation("nowhere", OrgKind::Police, 410_199);
    assert_eq!(register(&mut world, nowhere.clone()), Some(Code::OutOfArea));
    nowhere.division = place(410_100);
    nowhere.part_of = Some("unknown".parse().unwrap());
    assert_eq!(
        register(&mut world, nowhere.clone()),
        Some(Code::OrgUnknown)
    );
    nowhere.part_of = Some("410100-hq".parse().unwrap());
    assert_eq!(register(&mut world, nowhere.clone()), Some(Code::Malformed));
    nowhere.kind = OrgKind::Headquarters;
    nowhere.part_of = Some("410100-hq-social".parse().unwrap());
    assert_eq!(register(&mut world, nowhere), Some(Code::Malformed));
}

#[test]
fn a_key_belongs_to_one_holder_for_ever_even_across_bodies_and_officers() {
    let mut world = World::new();
    let mut org = organisation("410100-new", OrgKind::Police, 410_100);
    org.key = key_of("410100-hq.a");
    assert_eq!(register(&mut world, org.clone()), Some(Code::KeyTaken));
    let mut zhao = officer("zhao", "410100-hq", &[Role::Maker]);
    zhao.key = key_of("410100-hq");
    assert_eq!(enrol(&mut world, zhao.clone()), Some(Code::KeyTaken));
    let key = key_of("410100-lab");
    let outcome = world.act(
        REGISTRAR,
        ActBody::KeyRevoke {
            key,
            reason: "lost".to_owned(),
        },
    );
    ok(&outcome);
    zhao.key = key;
    assert_eq!(enrol(&mut world, zhao), Some(Code::KeyTaken));
}

#[test]
fn one_human_is_not_two_officers_of_different_bodies_at_one_time() {
    let mut world = World::new();
    let mut zhao = officer("zhao", "410100-health", &[Role::Checker]);
    zhao.holder = "holder of 410100-hq.a".to_owned();
    assert_eq!(enrol(&mut world, zhao.clone()), Some(Code::HolderTaken));
    zhao.org = "410100-hq".parse().unwrap();
    assert_eq!(enrol(&mut world, zhao.clone()), None);
    zhao.id = "zhao-2".parse().unwrap();
    zhao.key = key_of("zhao-2");
    zhao.org = "410100-health".parse().unwrap();
    zhao.term_from = START.plus_s(400 * DAY_S);
    zhao.term_until = START.plus_s(500 * DAY_S);
    assert_eq!(
        enrol(&mut world, zhao),
        None,
        "the next term may be elsewhere"
    );
}

#[test]
fn an_officer_is_renewed_with_the_same_body_key_and_human() {
    let mut world = World::new();
    let known = officer("410100-hq.a", "410100-hq", &[Role::Maker]);
    assert_eq!(enrol(&mut world, known.clone()), None);
    let mut moved = known.clone();
    moved.org = "410100-health".parse().unwrap();
    assert_eq!(enrol(&mut world, moved), Some(Code::Exists));
    let mut other = known.clone();
    other.holder = "somebody".to_owned();
    assert_eq!(enrol(&mut world, other), Some(Code::Exists));
    let mut blank = known.clone();
    blank.holder = " ".to_owned();
    assert_eq!(enrol(&mut world, blank), Some(Code::Malformed));
    let mut nowhere = known;
    nowhere.org = "unknown".parse().unwrap();
    assert_eq!(enrol(&mut world, nowhere), Some(Code::OrgUnknown));
}

#[test]
fn a_revoked_key_signs_nothing_from_that_very_second_and_a_fresh_one_does() {
    let mut world = World::new();
    let look = |world: &mut World, key: &str| {
        let body = ActBody::AccessLook {
            person: person(1),
            purpose: "p".to_owned(),
            case: "c".to_owned(),
        };
        let signed = world.sign("410100-hq.a", body);
        let act = VerifiedAct::assertion(signed.act().clone(), signed.digest(), key_of(key));
        world.step(Submission::Act(Box::new(act))).leaf.refused
    };
    assert_eq!(look(&mut world, "410100-hq.a"), None);
    let key = key_of("410100-hq.a");
    let blank = ActBody::KeyRevoke {
        key,
        reason: " ".to_owned(),
    };
    refused(&world.act(REGISTRAR, blank), Code::ReasonMissing);
    ok(&world.act(
        REGISTRAR,
        ActBody::KeyRevoke {
            key,
            reason: "lost".to_owned(),
        },
    ));
    let first = world.state.keys[&key].revoked_at;
    assert_eq!(look(&mut world, "410100-hq.a"), Some(Code::KeyRevoked));
    world.wait(50);
    ok(&world.act(
        REGISTRAR,
        ActBody::KeyRevoke {
            key,
            reason: "again".to_owned(),
        },
    ));
    assert_eq!(
        world.state.keys[&key].revoked_at, first,
        "the first revocation stands"
    );
    let owner = KeyOwner::Officer("410100-hq.a".parse().unwrap());
    let fresh = ActBody::KeyRotate {
        owner: owner.clone(),
        key: key_of("fresh"),
    };
    ok(&world.act(REGISTRAR, fresh.clone()));
    refused(&world.act(REGISTRAR, fresh), Code::KeyTaken);
    assert_eq!(look(&mut world, "fresh"), None);
    assert_eq!(look(&mut world, "410100-hq.a"), Some(Code::KeyRevoked));
    let unknown = ActBody::KeyRevoke {
        key: key_of("x"),
        reason: "r".to_owned(),
    };
    refused(&world.act(REGISTRAR, unknown), Code::OfficerUnknown);
    let owner = KeyOwner::Org("unknown".parse().unwrap());
    let rotate = ActBody::KeyRotate {
        owner,
        key: key_of("y"),
    };
    refused(&world.act(REGISTRAR, rotate), Code::OrgUnknown);
}

#[test]
fn the_same_signed_bytes_count_once() {
    let mut world = World::new();
    let org = organisation("410100-new", OrgKind::Police, 410_100);
    let signed = world.sign(REGISTRAR, ActBody::OrganisationRegister(org));
    let submission = Submission::Act(Box::new(signed));
    ok(&world.step(submission.clone()));
    let entry = world.state.seen[&submission.digest()];
    refused(&world.step(submission.clone()), Code::Exists);
    assert_eq!(world.state.seen[&submission.digest()], entry);
}

#[test]
fn a_clock_that_goes_back_reads_as_the_last_instant() {
    let mut world = World::new();
    world.wait(100);
    let rows = world.rows([1]);
    ok(&world.push(
        "410100-cdc",
        domain::evidence::EvidenceKind::CaseReport,
        rows,
    ));
    let before = world.at;
    world.wait(-90);
    let rows = world.rows([2]);
    let outcome = world.push(
        "410100-cdc",
        domain::evidence::EvidenceKind::CaseReport,
        rows,
    );
    assert_eq!((outcome.leaf.at, world.state.last_at), (before, before));
}

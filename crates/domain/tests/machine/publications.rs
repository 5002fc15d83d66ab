//! Issuing keys and status lists: who publishes them, and what a list must count (I10).

use crate::common::*;
use crate::orders::{arrivals, arrived};
use domain::act::ActBody;
use domain::evidence::EvidenceKind;
use domain::ids::OrderId;
use domain::organisation::{OrgKind, Role};
use domain::publication::{
    ISSUING_KEY_S_MAX, IssuingKey, IssuingKeyGrant, KeyPurpose, LIST_LIFE_S_MAX, LIST_SLOTS_MAX,
    LIST_SLOTS_MIN, ListCounts, ListStatement, Publication, list_uri,
};
use domain::refusal::Code;
use domain::time::DAY_S;

const ISSUER: &str = "410000-bureau.issuer";

fn world() -> World {
    with_issuer(World::new())
}

fn with_issuer(mut world: World) -> World {
    let bureau = organisation("410000-bureau", OrgKind::BigDataBureau, 410_000);
    world.register(bureau);
    let issuer = officer(ISSUER, "410000-bureau", &[Role::Issuer]);
    ok(&world.act(REGISTRAR, ActBody::OfficerRegister(issuer)));
    world
}

fn statement(world: &World, yellow: u64, red: u64) -> ListStatement {
    ListStatement {
        uri: list_uri(ORIGIN, world.at.local_day(28_800)),
        slots: LIST_SLOTS_MIN,
        sha256: [7; 32],
        issued: world.at,
        expires: world.at.plus_s(DAY_S),
        counts: ListCounts {
            revoked: 3,
            yellow,
            red,
        },
        withheld: Vec::new(),
    }
}

fn publish(world: &mut World, statement: ListStatement) -> Option<Code> {
    world
        .act(ISSUER, ActBody::ListPublish(statement))
        .leaf
        .refused
}

fn key(first: u8) -> IssuingKey {
    let mut bytes = [9; 33];
    bytes[0] = first;
    IssuingKey::from_bytes(bytes).unwrap()
}

fn grant(world: &World) -> IssuingKeyGrant {
    IssuingKeyGrant {
        purpose: KeyPurpose::StatusList,
        key: key(2),
        from: world.at,
        until: world.at.plus_s(365 * DAY_S),
    }
}

#[test]
fn a_list_is_published_only_with_the_counts_of_the_ledger() {
    let mut world = world();
    let green = statement(&world, 0, 0);
    assert_eq!(publish(&mut world, green), None);
    let rows = world.rows(1..=3);
    ok(&world.push("410100-cdc", EvidenceKind::CaseReport, rows));
    let totals = world.state.totals;
    assert!(totals.red == 3 && totals.yellow == 0, "{totals:?}");
    for (yellow, red, refusal) in [
        (0, 2, Some(Code::ListCountsDiffer)),
        (0, 4, Some(Code::ListCountsDiffer)),
        (1, 3, Some(Code::ListCountsDiffer)),
        (0, 3, None),
    ] {
        let list = statement(&world, yellow, red);
        assert_eq!(publish(&mut world, list), refusal, "{yellow} {red}");
    }
}

#[test]
fn a_colour_that_lapsed_a_moment_ago_is_no_longer_in_the_list() {
    let mut world = world();
    let rows = world.rows([1]);
    ok(&world.push("410100-cdc", EvidenceKind::CaseReport, rows));
    world.wait(400 * DAY_S / 2);
    let stale = statement(&world, 0, 1);
    let now = statement(&world, 0, 0);
    assert_eq!(publish(&mut world, stale), Some(Code::ListCountsDiffer));
    assert_eq!(publish(&mut world, now), None);
}

#[test]
fn each_version_has_the_next_number_in_the_public_log() {
    let mut world = world();
    for version in 1..=3 {
        let list = statement(&world, 0, 0);
        let outcome = world.act(ISSUER, ActBody::ListPublish(list));
        ok(&outcome);
        let Some(Publication::List(list)) = outcome.leaf.publication else {
            panic!("no list in the leaf");
        };
        assert_eq!(
            (list.version, list.revoked, list.sha256),
            (version, 3, [7; 32])
        );
        world.wait(60);
    }
}

#[test]
fn only_an_issuing_officer_of_the_provinces_bureau_publishes_a_list() {
    let mut world = world();
    let city = officer("410100-bureau.issuer", "410100-bureau", &[Role::Issuer]);
    ok(&world.act(REGISTRAR, ActBody::OfficerRegister(city)));
    let health = officer("410000-health.issuer", "410000-health", &[Role::Issuer]);
    ok(&world.act(REGISTRAR, ActBody::OfficerRegister(health)));
    for (who, code) in [
        ("410100-bureau.issuer", Code::ProvinceOnly),
        ("410000-health.issuer", Code::ProvinceOnly),
        ("410000-bureau.a", Code::RoleMissing),
    ] {
        let list = statement(&world, 0, 0);
        refused(&world.act(who, ActBody::ListPublish(list)), code);
    }
}

#[test]
fn a_list_out_of_form_is_refused() {
    let mut world = world();
    let first = statement(&world, 0, 0);
    assert_eq!(publish(&mut world, first), None);
    world.wait(60);
    let changes: [fn(&mut ListStatement); 14] = [
        |list| list.uri.clear(),
        |list| list.uri.push('x'),
        |list| list.uri = list.uri.replace("https", "http"),
        |list| list.uri = list_uri("other.example", list.issued.local_day(28_800)),
        |list| list.uri = list_uri(ORIGIN, list.issued.plus_s(2 * DAY_S).local_day(28_800)),
        |list| list.slots = LIST_SLOTS_MIN - 1,
        |list| list.slots = LIST_SLOTS_MAX + 1,
        |list| list.slots = LIST_SLOTS_MIN * 2,
        |list| list.counts.revoked = LIST_SLOTS_MIN + 1,
        |list| list.issued = list.issued.plus_s(61),
        |list| list.issued = list.issued.plus_s(-61),
        |list| list.expires = list.issued,
        |list| list.expires = list.issued.plus_s(LIST_LIFE_S_MAX + 1),
        |list| list.counts.revoked = u64::MAX,
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let mut list = statement(&world, 0, 0);
        change(&mut list);
        assert_eq!(publish(&mut world, list), Some(Code::Malformed), "{number}");
    }
    let edges: [fn(&mut ListStatement); 4] = [
        |list| list.issued = list.issued.plus_s(-60),
        |list| list.expires = list.issued.plus_s(LIST_LIFE_S_MAX),
        |list| list.uri = list_uri(ORIGIN, list.issued.plus_s(-DAY_S).local_day(28_800)),
        |list| list.uri = list_uri(ORIGIN, list.issued.plus_s(DAY_S).local_day(28_800)),
    ];
    for change in edges {
        let mut list = statement(&world, 0, 0);
        change(&mut list);
        assert_eq!(publish(&mut world, list), None);
    }
}

#[test]
fn an_issuing_key_is_registered_by_the_province_once_and_ends_by_itself() {
    let mut world = world();
    let good = grant(&world);
    let register = |grant| ActBody::IssuingKeyRegister(grant);
    refused(&world.act(ISSUER, register(good)), Code::ProvinceOnly);
    let outcome = world.act(REGISTRAR, register(good));
    ok(&outcome);
    assert_eq!(outcome.leaf.publication, Some(Publication::Key(good)));
    refused(&world.act(REGISTRAR, register(good)), Code::KeyTaken);
    for until in [good.from, good.from.plus_s(ISSUING_KEY_S_MAX + 1)] {
        let wrong = IssuingKeyGrant {
            key: key(3),
            until,
            ..good
        };
        refused(&world.act(REGISTRAR, register(wrong)), Code::Malformed);
    }
    let longest = IssuingKeyGrant {
        key: key(3),
        until: good.from.plus_s(ISSUING_KEY_S_MAX),
        ..good
    };
    ok(&world.act(REGISTRAR, register(longest)));
}

#[test]
fn a_revoked_issuing_key_stays_revoked_and_the_log_says_so() {
    let mut world = world();
    let good = grant(&world);
    ok(&world.act(REGISTRAR, ActBody::IssuingKeyRegister(good)));
    let revoke = |reason: &str| ActBody::IssuingKeyRevoke {
        key: good.key,
        reason: reason.to_owned(),
    };
    refused(&world.act(REGISTRAR, revoke(" ")), Code::ReasonMissing);
    let outcome = world.act(REGISTRAR, revoke("lost"));
    ok(&outcome);
    assert_eq!(
        outcome.leaf.publication,
        Some(Publication::KeyEnd { key: good.key })
    );
    let first = world.state.issuing_keys[&good.key].revoked_at;
    world.wait(60);
    ok(&world.act(REGISTRAR, revoke("lost, again")));
    assert_eq!(world.state.issuing_keys[&good.key].revoked_at, first);
    let unknown = ActBody::IssuingKeyRevoke {
        key: key(3),
        reason: "x".to_owned(),
    };
    refused(&world.act(REGISTRAR, unknown), Code::Malformed);
}

/// A world with one order in force over so many people, yellow.
fn ordered(count: u32) -> (World, OrderId) {
    let mut world = with_issuer(arrived(0..count));
    let (order, digest, _) = world.propose("410100-hq.a", arrivals(0..count));
    ok(&world.approve("410000-health.a", order, digest));
    assert_eq!(world.state.totals.yellow, u64::from(count));
    (world, order)
}

#[test]
fn a_large_order_that_no_witness_has_seen_is_left_out_with_its_people() {
    let (mut world, order) = ordered(100);
    let case = world.rows([7]);
    ok(&world.push("410100-cdc", EvidenceKind::CaseReport, case));
    let mut list = statement(&world, 0, 1);
    assert_eq!(
        publish(&mut world, list.clone()),
        Some(Code::ListCountsDiffer)
    );
    list.withheld = vec![order];
    let outcome = world.act(ISSUER, ActBody::ListPublish(list.clone()));
    ok(&outcome);
    let Some(Publication::List(version)) = outcome.leaf.publication else {
        panic!("no list in the leaf");
    };
    assert_eq!(version.withheld, [order]);
    list.counts.yellow = 1;
    assert_eq!(publish(&mut world, list), Some(Code::ListCountsDiffer));
}

#[test]
fn only_an_order_of_the_guards_size_that_is_in_force_can_be_left_out() {
    let (mut world, small) = ordered(99);
    let mut list = statement(&world, 0, 0);
    list.withheld = vec![small];
    assert_eq!(publish(&mut world, list.clone()), Some(Code::Malformed));
    list.withheld = vec![OrderId::from_bytes([1; 16])];
    assert_eq!(publish(&mut world, list), Some(Code::OrderUnknown));
    let (mut world, order) = ordered(100);
    let mut list = statement(&world, 0, 0);
    list.withheld = vec![order, order];
    assert_eq!(publish(&mut world, list), Some(Code::Malformed));
    let withdraw = ActBody::OrderWithdraw {
        order,
        reason: "a wrong list".to_owned(),
    };
    ok(&world.act("410100-hq.a", withdraw));
    let mut list = statement(&world, 0, 0);
    list.withheld = vec![order];
    assert_eq!(publish(&mut world, list), Some(Code::Malformed));
}

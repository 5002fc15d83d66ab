//! Area orders, looks, daily reports and statements.

use crate::common::*;
use crate::orders::{arrivals, arrived};
use domain::act::{ActBody, AreaKind, AreaOrder};
use domain::ids::{OrderId, TextDigest};
use domain::refusal::Code;
use domain::time::{DAY_S, HOUR_S};

fn area(world: &World, from: i64, until: i64) -> AreaOrder {
    AreaOrder {
        number: "No. 1".to_owned(),
        kind: AreaKind::Risk,
        division: place(410_105),
        from: world.at.plus_s(from),
        until: world.at.plus_s(until),
        text_sha256: TextDigest::from_bytes(digest("text")),
    }
}

fn declare(world: &mut World, by: &str, area: AreaOrder) -> Option<Code> {
    world.act(by, ActBody::AreaDeclare(area)).leaf.refused
}

#[test]
fn an_area_order_has_a_number_a_place_and_an_end_to_come_within_thirty_days() {
    let mut world = World::new();
    let hq = "410100-hq.a";
    for (from, until) in [
        (0, 0),
        (0, 30 * DAY_S + 1),
        (-DAY_S, 0),
        (DAY_S, 30 * DAY_S + 1),
    ] {
        let wrong = area(&world, from, until);
        assert_eq!(
            declare(&mut world, hq, wrong),
            Some(Code::AreaInvalid),
            "{from} {until}"
        );
    }
    let unnumbered = AreaOrder {
        number: " ".to_owned(),
        ..area(&world, 0, DAY_S)
    };
    assert_eq!(declare(&mut world, hq, unnumbered), Some(Code::AreaInvalid));
    let elsewhere = AreaOrder {
        division: place(410_300),
        ..area(&world, 0, DAY_S)
    };
    assert_eq!(declare(&mut world, hq, elsewhere), Some(Code::OutOfArea));
    let good = area(&world, 0, 30 * DAY_S);
    assert_eq!(
        declare(&mut world, "410100-vendor.a", good.clone()),
        Some(Code::OperatorCannotDecide)
    );
    assert_eq!(declare(&mut world, hq, good.clone()), None);
    assert_eq!(declare(&mut world, hq, good), Some(Code::Exists));
    let lift = || ActBody::AreaLift {
        number: "No. 1".to_owned(),
    };
    ok(&world.act(hq, lift()));
    refused(&world.act(hq, lift()), Code::AreaInvalid);
}

#[test]
fn the_province_lists_areas_elsewhere_too() {
    let mut world = World::new();
    let shanghai = AreaOrder {
        division: place(310_000),
        ..area(&world, 0, DAY_S)
    };
    assert_eq!(
        declare(&mut world, "410100-hq.a", shanghai.clone()),
        Some(Code::OutOfArea)
    );
    assert_eq!(declare(&mut world, "410000-health.a", shanghai), None);
}

#[test]
fn a_look_needs_a_purpose_and_a_case_and_stays_on_the_persons_record() {
    let mut world = World::new();
    let look = |purpose: &str, case: &str| ActBody::AccessLook {
        person: person(1),
        purpose: purpose.to_owned(),
        case: case.to_owned(),
    };
    refused(
        &world.act("410100-hotline.a", look("", "1")),
        Code::PurposeMissing,
    );
    refused(
        &world.act("410100-hotline.a", look("appeal", " ")),
        Code::PurposeMissing,
    );
    ok(&world.act("410100-hotline.a", look("appeal", "1")));
    let found = world.state.people.find(person(1)).unwrap();
    assert_eq!(
        domain::view::person_view(&world.state, found).looks.len(),
        1
    );
}

#[test]
fn the_glass_is_broken_with_a_reason_by_whoever_may_look_and_for_two_hours() {
    let mut world = World::new();
    let look = |reason: &str| ActBody::AccessBreakGlass {
        person: person(1),
        reason: reason.to_owned(),
    };
    refused(&world.act("410100-cdc.a", look(" ")), Code::ReasonMissing);
    let outcome = world.act("410100-cdc.a", look("found unconscious"));
    ok(&outcome);
    assert_eq!(
        (outcome.leaf.kind.as_str(), outcome.leaf.people),
        ("access.break_glass", 1)
    );
    let found = world.state.people.find(person(1)).unwrap();
    let view = domain::view::person_view(&world.state, found);
    assert!(view.looks[0].break_glass && view.looks[0].case.is_empty());
    assert_eq!(view.looks[0].until(), world.at.plus_s(2 * HOUR_S));
    world.authority = Box::new(DenyAll);
    refused(
        &world.act("410100-cdc.a", look("again")),
        Code::NotAuthorised,
    );
}

#[test]
fn a_day_closes_on_time_at_eighteen_and_late_a_second_after() {
    for (second, late) in [(18 * HOUR_S, false), (18 * HOUR_S + 1, true)] {
        let mut world = World::new();
        let day = world.at.local_day(28_800);
        let receive = || ActBody::DailyReceive {
            division: place(410_100),
            day,
        };
        world.at = day.midnight(28_800).plus_s(second);
        refused(&world.act("410000-health.a", receive()), Code::DayState);
        ok(&world.act("410100-bureau.a", ActBody::DailyClose { day }));
        refused(
            &world.act("410100-bureau.a", ActBody::DailyClose { day }),
            Code::DayState,
        );
        refused(&world.act("410100-bureau.a", receive()), Code::SameBody);
        refused(&world.act("410300-health.a", receive()), Code::OutOfArea);
        ok(&world.act("410000-health.a", receive()));
        refused(&world.act("410000-health.a", receive()), Code::DayState);
        let report = &world.state.days[&(place(410_100), day)];
        assert_eq!((report.closed_late, report.received_late), (late, late));
    }
}

#[test]
fn a_day_to_come_and_a_day_long_gone_are_not_open() {
    let mut world = World::new();
    let today = world.at.local_day(28_800).as_count();
    for (shift, code) in [
        (1, Some(Code::DayState)),
        (-32, Some(Code::DayState)),
        (-31, None),
        (0, None),
    ] {
        let day = domain::time::Day::from_count(today + shift);
        let outcome = world.act("410100-bureau.a", ActBody::DailyClose { day });
        assert_eq!(outcome.leaf.refused, code, "{shift}");
    }
}

#[test]
fn a_statement_names_orders_and_hashes_its_own_text() {
    let mut world = arrived([1]);
    let (order, _, _) = world.propose("410100-hq.a", arrivals([1]));
    let say = |orders: Vec<OrderId>, text: &str, of: &str| ActBody::StatementPublish {
        orders,
        text_sha256: TextDigest::from_bytes(digest(of)),
        text: text.to_owned(),
    };
    let hq = "410100-hq.a";
    refused(
        &world.act(hq, say(vec![order], "a", "b")),
        Code::DigestMismatch,
    );
    refused(
        &world.act(hq, say(vec![order], " ", " ")),
        Code::ReasonMissing,
    );
    refused(&world.act(hq, say(vec![], "a", "a")), Code::OrderUnknown);
    let unknown = OrderId::from_bytes([1; 16]);
    refused(
        &world.act(hq, say(vec![order, unknown], "a", "a")),
        Code::OrderUnknown,
    );
    ok(&world.act(hq, say(vec![order], "a", "a")));
    assert_eq!(world.state.statements.len(), 1);
}

//! Days that a city closed in a ledger of its own and delivers to the level above.

use crate::common::book::book;
use crate::common::*;
use domain::act::{ActBody, DayDelivery, DaySource};
use domain::colour::Ground;
use domain::machine::Outcome;
use domain::organisation::Role;
use domain::refusal::Code;
use domain::state::records::DayCount;
use domain::time::{DAY_S, Day, HOUR_S};

const BUREAU: &str = "410100-bureau.a";

/// Today's report of Zhengzhou, closed an hour ago in a ledger of its own.
fn delivery(world: &World) -> DayDelivery {
    let count = DayCount {
        evidence: 3,
        red: 1,
        ..DayCount::default()
    };
    DayDelivery {
        division: place(410_100),
        day: today(world),
        counts: vec![(Ground::Case, count), (Ground::Close, count)],
        source: DaySource {
            ledger: "test.example/zhengzhou".to_owned(),
            entry: 7,
            closed_at: world.at.plus_s(-HOUR_S),
            size: 8,
            root: digest("tree of eight"),
        },
    }
}

fn today(world: &World) -> Day {
    world.at.local_day(28_800)
}

fn deliver(world: &mut World, delivery: DayDelivery) -> Outcome {
    world.act(BUREAU, ActBody::DailyDeliver(delivery))
}

#[test]
fn a_delivered_day_is_on_record_with_its_source_and_is_received_like_any_other() {
    let mut world = World::new();
    let report = delivery(&world);
    let outcome = deliver(&mut world, report.clone());
    ok(&outcome);
    assert_eq!(outcome.leaf.kind, "daily.deliver");
    assert_eq!(outcome.leaf.area, Some(place(410_100)));
    assert_eq!(outcome.leaf.org.as_ref().unwrap().as_str(), "410100-bureau");
    let receive = ActBody::DailyReceive {
        division: place(410_100),
        day: report.day,
    };
    refused(&world.act(BUREAU, receive.clone()), Code::SameBody);
    ok(&world.act("410000-health.a", receive));
    let day = &world.state.days[&(place(410_100), report.day)];
    assert_eq!(day.counts, report.counts);
    assert_eq!(day.source, Some(report.source));
    assert_eq!(day.closed.entry, outcome.leaf.seq);
    assert!(day.received.is_some() && !day.closed_late);
}

#[test]
fn a_day_is_delivered_in_time_at_eighteen_and_late_a_second_after() {
    for (second, late) in [(18 * HOUR_S, false), (18 * HOUR_S + 1, true)] {
        let mut world = World::new();
        let day = today(&world);
        world.at = day.midnight(28_800).plus_s(second);
        // It was closed in time: what counts is when it came.
        let report = delivery(&world);
        ok(&deliver(&mut world, report));
        let report = &world.state.days[&(place(410_100), day)];
        assert_eq!(report.closed_late, late);
    }
}

#[test]
fn a_day_is_delivered_once_and_never_with_other_content() {
    let mut world = World::new();
    let first = delivery(&world);
    ok(&deliver(&mut world, first.clone()));
    let before = world.state.days.clone();
    // A newer tree of the same ledger proves the same entry: no contradiction, and no second report.
    let mut grown = first.clone();
    (grown.source.size, grown.source.root) = (9, digest("tree of nine"));
    for same in [first.clone(), grown] {
        let outcome = deliver(&mut world, same);
        refused(&outcome, Code::DayState);
        assert!(outcome.refusal.unwrap().detail.contains("as entry"));
    }
    let mut counts = first.clone();
    counts.counts[0].1.red = 0;
    let mut fewer = first.clone();
    fewer.counts.pop();
    let mut entry = first.clone();
    entry.source.entry = 6;
    let mut ledger = first.clone();
    ledger.source.ledger = "test.example/other".to_owned();
    let mut hour = first;
    hour.source.closed_at = hour.source.closed_at.plus_s(1);
    for other in [counts, fewer, entry, ledger, hour] {
        refused(&deliver(&mut world, other), Code::DayDiffers);
    }
    assert_eq!(world.state.days, before);
}

#[test]
fn a_day_closed_here_is_not_delivered_and_a_delivered_one_is_not_closed() {
    let mut world = World::new();
    let report = delivery(&world);
    let close = ActBody::DailyClose { day: report.day };
    ok(&world.act(BUREAU, close));
    refused(&deliver(&mut world, report), Code::DayState);
    world.wait(DAY_S);
    let report = delivery(&world);
    let close = ActBody::DailyClose { day: report.day };
    ok(&deliver(&mut world, report));
    refused(&world.act(BUREAU, close), Code::DayState);
}

#[test]
fn a_body_delivers_its_own_division_alone_in_the_role_and_under_a_provision() {
    let mut world = World::new();
    let report = delivery(&world);
    for place_of in [410_105, 410_300, 410_000] {
        let mut other = report.clone();
        other.division = place(place_of);
        refused(&deliver(&mut world, other), Code::OutOfArea);
    }
    let agent = officer("410100-bureau.b", "410100-bureau", &[Role::Agent]);
    ok(&world.act(REGISTRAR, ActBody::OfficerRegister(agent)));
    let body = || ActBody::DailyDeliver(report.clone());
    refused(&world.act("410100-bureau.b", body()), Code::RoleMissing);
    world.authority = Box::new(DenyAll);
    refused(&world.act(BUREAU, body()), Code::NotAuthorised);
}

#[test]
fn a_day_to_come_and_a_day_long_gone_are_not_delivered() {
    for (shift, code) in [
        (1, Some(Code::DayState)),
        (0, None),
        (-31, None),
        (-32, Some(Code::DayState)),
    ] {
        let mut world = World::new();
        let mut report = delivery(&world);
        report.day = Day::from_count(report.day.as_count() + shift);
        let outcome = deliver(&mut world, report);
        assert_eq!(outcome.leaf.refused, code, "{shift}");
    }
}

#[test]
fn a_source_that_cannot_be_is_refused() {
    type Change = fn(&mut DayDelivery, &World);
    let changes: [(Change, Option<Code>); 10] = [
        (|d, _| d.source.size = 7, Some(Code::DayState)),
        (
            |d, _| d.source.ledger = ORIGIN.to_owned(),
            Some(Code::DayState),
        ),
        (|d, _| d.source.ledger.clear(), Some(Code::DayState)),
        (|d, w| d.source.closed_at = w.at.plus_s(300), None),
        (
            |d, w| d.source.closed_at = w.at.plus_s(301),
            Some(Code::DayState),
        ),
        (|d, _| d.source.closed_at = d.day.midnight(28_800), None),
        (
            |d, _| d.source.closed_at = d.day.midnight(28_800).plus_s(-1),
            Some(Code::DayState),
        ),
        (|d, _| d.counts.clear(), None),
        (|d, _| d.counts.reverse(), Some(Code::Malformed)),
        (|d, _| d.counts[1].0 = d.counts[0].0, Some(Code::Malformed)),
    ];
    for (number, (change, code)) in changes.into_iter().enumerate() {
        let mut world = World::new();
        let mut report = delivery(&world);
        change(&mut report, &world);
        let outcome = deliver(&mut world, report);
        assert_eq!(outcome.leaf.refused, code, "change {number}");
    }
}

#[test]
fn without_a_pack_nothing_is_delivered() {
    let mut world = World::new();
    let report = delivery(&world);
    world.book = None;
    refused(&deliver(&mut world, report.clone()), Code::NoPack);
    world.adopt(book("test-2"));
    ok(&deliver(&mut world, report));
}

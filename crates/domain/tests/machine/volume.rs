//! The volume guard: people by ground, body, prefecture and rolling window, however they are split.

use crate::common::*;
use crate::orders::{arrivals, arrived};
use domain::colour::{Colour, Ground};
use domain::evidence::EvidenceKind as K;
use domain::machine::RowTaken::{Held, Measured};
use domain::organisation::OrgKind;
use domain::refusal::Code;
use domain::time::DAY_S;

const HQ: &str = "410100-hq.a";
const HEALTH: &str = "410100-health.a";
const PROVINCE: &str = "410000-health.a";

#[test]
fn ninety_nine_pass_and_from_a_hundred_on_the_province_approves() {
    for (count, code) in [
        (99, None),
        (100, Some(Code::VolumeNeedsProvince)),
        (101, Some(Code::VolumeNeedsProvince)),
    ] {
        let mut world = arrived(0..count);
        let (order, digest, outcome) = world.propose(HQ, arrivals(0..count));
        ok(&outcome);
        assert_eq!(
            world.approve(HEALTH, order, digest).leaf.refused,
            code,
            "{count}"
        );
        if code.is_some() {
            ok(&world.approve(PROVINCE, order, digest));
        }
        assert_eq!(world.state.totals.yellow, u64::from(count));
    }
}

#[test]
fn fourteen_files_of_ninety_four_do_not_pass() {
    let mut world = arrived(0..14 * 94);
    let mut passed = 0;
    for file in 0..14 {
        let wanted = arrivals(file * 94..(file + 1) * 94);
        let (order, digest, _) = world.propose(HQ, wanted);
        match world.approve(HEALTH, order, digest).leaf.refused {
            None => passed += 94,
            Some(code) => assert_eq!(code, Code::VolumeNeedsProvince),
        }
        world.wait(60);
    }
    assert_eq!(passed, 94);
}

#[test]
fn the_counties_of_one_city_are_counted_together_whoever_their_makers_are() {
    let mut world = World::new();
    let mut rows = world.rows(0..60);
    rows.extend(world.rows(60..120));
    for row in &mut rows[60..] {
        row.division = place(410_103);
    }
    ok(&world.push("410100-transport", K::TravelRecord, rows));
    let east = proposal(Ground::Arrival, 410_105, people(0..60));
    ok(&world.order("410105-hq.a", "410105-health.a", east).1);
    let west = |to| proposal(Ground::Arrival, 410_103, people(60..to));
    let (_, outcome) = world.order("410103-hq.a", "410103-health.a", west(100));
    refused(&outcome, Code::VolumeNeedsProvince);
    ok(&world.order("410103-hq.a", "410103-health.a", west(99)).1);
}

#[test]
fn one_maker_is_counted_over_every_city_even_under_a_second_registration() {
    let mut world = World::new();
    world.register(organisation(
        "410000-command",
        OrgKind::Headquarters,
        410_000,
    ));
    let first = officer("410000-hq.a", "410000-hq", ALL_ROLES);
    ok(&world.act(REGISTRAR, domain::act::ActBody::OfficerRegister(first)));
    let rows = world.rows(0..60);
    ok(&world.push("410100-transport", K::TravelRecord, rows));
    let mut rows = world.rows(60..120);
    rows.iter_mut()
        .for_each(|row| row.division = place(410_300));
    ok(&world.push("410300-transport", K::TravelRecord, rows));
    let east = proposal(Ground::Arrival, 410_100, people(0..60));
    ok(&world.order("410000-hq.a", HEALTH, east).1);
    let west = proposal(Ground::Arrival, 410_300, people(60..120));
    for maker in ["410000-hq.a", "410000-command.a"] {
        let (_, outcome) = world.order(maker, "410300-health.a", west.clone());
        refused(&outcome, Code::VolumeNeedsProvince);
    }
}

#[test]
fn the_same_person_counts_once() {
    let mut world = arrived(0..99);
    ok(&world.order(HQ, HEALTH, arrivals(0..99)).1);
    let rows = world.rows(0..99);
    ok(&world.push("410100-transport", K::TravelRecord, rows));
    ok(&world.order(HQ, HEALTH, arrivals(0..99)).1);
}

#[test]
fn the_window_rolls_to_the_second() {
    for (wait, code) in [(DAY_S - 1, Some(Code::VolumeNeedsProvince)), (DAY_S, None)] {
        let mut world = arrived(0..100);
        ok(&world.order(HQ, HEALTH, arrivals(0..99)).1);
        world.wait(wait);
        let (_, outcome) = world.order(HQ, HEALTH, arrivals([99]));
        assert_eq!(outcome.leaf.refused, code);
    }
}

#[test]
fn a_standing_rule_measures_ninety_nine_and_holds_the_rest() {
    let mut world = World::new();
    let mut rows = world.rows(0..150);
    rows.iter_mut()
        .for_each(|row| row.division = place(410_105));
    let outcome = world.push("410000-immigration", K::EntryRecord, rows);
    ok(&outcome);
    let measured = outcome
        .rows
        .iter()
        .filter(|row| **row == Ok(Measured))
        .count();
    let held = outcome.rows.iter().filter(|row| **row == Ok(Held)).count();
    assert_eq!((measured, held), (99, 51));
    assert_eq!(
        (outcome.leaf.rows.held, outcome.leaf.rows.recorded),
        (51, 150)
    );
    assert_eq!(world.state.totals.red, 99);
    // Another part an hour later, and a person who counts already.
    world.wait(3_600);
    let rows = world.rows([200, 1]);
    let outcome = world.push("410000-immigration", K::EntryRecord, rows);
    rows_are(&outcome, &[Ok(Held), Ok(Measured)]);
    world.wait(DAY_S);
    let rows = world.rows([201]);
    rows_are(
        &world.push("410000-immigration", K::EntryRecord, rows),
        &[Ok(Measured)],
    );
}

#[test]
fn what_the_guard_held_waits_for_the_province_however_small_the_order_and_however_late() {
    let mut world = World::new();
    let rows = world.rows(0..150);
    ok(&world.push("410000-immigration", K::EntryRecord, rows));
    let held = proposal(Ground::Inbound, 410_100, people([120]));
    for wait in [0, 2 * DAY_S] {
        world.wait(wait);
        let (_, outcome) = world.order(HQ, HEALTH, held.clone());
        refused(&outcome, Code::VolumeNeedsProvince);
    }
    let now = emergency(Ground::Inbound, 410_100, people([120]));
    refused(&world.propose(HQ, now).2, Code::VolumeNeedsProvince);
    assert_eq!(world.colour(120), Colour::Green);
    ok(&world.order(HQ, PROVINCE, held).1);
    assert_eq!(world.colour(120), Colour::Red);
}

#[test]
fn the_emergency_path_of_a_city_ends_at_ninety_nine() {
    let mut world = arrived(0..100);
    let now = |to| emergency(Ground::Arrival, 410_100, people(0..to));
    refused(&world.propose(HQ, now(100)).2, Code::VolumeNeedsProvince);
    ok(&world.propose(HQ, now(99)).2);
}

#[test]
fn days_are_counted_by_the_stage_of_each_person() {
    let mut world = World::new();
    world.adopt(book::book_with("s", Ground::Sympt, |rule| {
        (rule.automatic, rule.by_order) = (false, true);
    }));
    let rows = world.rows([1]);
    ok(&world.push("410100-clinic", K::Symptom, rows));
    let rows = world.rows([2, 3]);
    ok(&world.push("410100-self", K::Symptom, rows));
    ok(&world
        .order(
            HQ,
            HEALTH,
            proposal(Ground::Sympt, 410_100, people([1, 2, 3])),
        )
        .1);
    let day = world.at.local_day(28_800);
    let cell = world.state.history[&(day, place(410_100), Ground::Sympt)];
    assert_eq!((cell.evidence, cell.red, cell.yellow), (3, 1, 2));
}

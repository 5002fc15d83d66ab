//! Releases: by the system, on request, with the evidence that a rule of the pack asks for.

use crate::common::*;
use crate::orders::{arrivals, arrived};
use domain::act::ActBody;
use domain::colour::{Colour, Ground};
use domain::evidence::EvidenceKind as K;
use domain::machine::RowTaken::{Measured, Recorded, Released};
use domain::refusal::Code;
use domain::rules::Channel;
use domain::time::DAY_S;

fn convert(release: &str, channel: Channel, letter: Option<&str>) -> ActBody {
    ActBody::Convert {
        person: person(1),
        ground: Ground::Arrival,
        release: release.to_owned(),
        channel,
        letter: letter.map(str::to_owned),
    }
}

fn restricted() -> World {
    let mut world = arrived([1]);
    ok(&world
        .order("410100-hq.a", "410100-health.a", arrivals([1]))
        .1);
    world
}

fn test_negative(world: &mut World) {
    let rows = world.rows([1]);
    ok(&world.push("410100-lab", K::NegativeTest, rows));
}

#[test]
fn two_negatives_twenty_four_hours_apart_release_and_one_second_less_does_not() {
    for (gap, code) in [(DAY_S, None), (DAY_S - 1, Some(Code::NoReleaseGround))] {
        let mut world = restricted();
        test_negative(&mut world);
        world.wait(gap);
        test_negative(&mut world);
        let outcome = world.act(
            "410100-hq.a",
            convert("two-negatives", Channel::Offline, None),
        );
        assert_eq!(outcome.leaf.refused, code);
        assert_eq!(world.colour(1) == Colour::Green, code.is_none());
    }
}

#[test]
fn a_promise_to_leave_is_no_release() {
    let mut world = restricted();
    for name in ["agree-to-leave", "two-negatives", "note"] {
        let outcome = world.act("410100-hq.a", convert(name, Channel::Offline, None));
        refused(&outcome, Code::NoReleaseGround);
    }
    assert_eq!(world.colour(1), Colour::Yellow);
}

#[test]
fn a_negative_from_before_the_measure_does_not_count() {
    let mut world = arrived([1]);
    let rows = world.rows([1]);
    ok(&world.push("410100-clinic", K::Symptom, rows));
    test_negative(&mut world);
    world.wait(1);
    ok(&world
        .order("410100-hq.a", "410100-health.a", arrivals([1]))
        .1);
    world.wait(DAY_S);
    test_negative(&mut world);
    let outcome = world.act(
        "410100-hq.a",
        convert("two-negatives", Channel::Offline, None),
    );
    refused(&outcome, Code::NoReleaseGround);
}

#[test]
fn the_system_releases_by_itself_when_the_pack_says_so() {
    let mut world = World::new();
    let rows = world.rows([1, 2]);
    ok(&world.push("410100-lab", K::PoolAbnormal, rows));
    let rows = world.rows([1]);
    rows_are(
        &world.push("410100-lab", K::SingleRetest, rows),
        &[Ok(Released)],
    );
    assert_eq!(
        (world.colour(1), world.colour(2)),
        (Colour::Green, Colour::Yellow)
    );
    let rows = world.rows([3]);
    rows_are(
        &world.push("410100-clinic", K::Symptom, rows),
        &[Ok(Measured)],
    );
    let mut tests = world.rows([3, 3]);
    world.wait(DAY_S);
    tests[0].occurred_at = world.at;
    // Later test first: the order of rows in a part does not matter.
    rows_are(
        &world.push("410100-lab", K::NegativeTest, tests),
        &[Ok(Recorded), Ok(Released)],
    );
    assert_eq!(world.colour(3), Colour::Green);
}

#[test]
fn a_release_before_its_time_is_kept_and_comes_at_the_second() {
    let mut world = World::new();
    let rows = world.rows([1]);
    ok(&world.push("410100-hospital", K::Discharge, rows));
    let begun = world.at;
    world.wait(DAY_S);
    let rows = world.rows([1]);
    rows_are(
        &world.push("410100-health", K::ReleaseNote, rows),
        &[Ok(Released)],
    );
    assert_eq!(world.colour(1), Colour::Yellow);
    assert_eq!(
        world.stage_at(1, begun.plus_s(3 * DAY_S - 1)).colour(),
        Colour::Yellow
    );
    assert_eq!(
        world.stage_at(1, begun.plus_s(3 * DAY_S)).colour(),
        Colour::Green
    );
    world.at = begun.plus_s(3 * DAY_S);
    let rows = world.rows([2]);
    let outcome = world.push("410100-clinic", K::Symptom, rows);
    assert_eq!(outcome.leaf.lapsed.yellow_green, 1);
}

#[test]
fn an_out_of_area_conversion_cites_the_letter() {
    let mut world = restricted();
    let rows = world.rows([1]);
    ok(&world.push("410100-iso", K::ReleaseNote, rows));
    for letter in [None, Some(" ")] {
        let outcome = world.act("410300-hq.a", convert("note", Channel::OutOfArea, letter));
        refused(&outcome, Code::LetterMissing);
    }
    let outcome = world.act(
        "410300-hq.a",
        convert("note", Channel::OutOfArea, Some("No. 7")),
    );
    ok(&outcome);
    assert_eq!((world.colour(1), outcome.notices), (Colour::Green, 1));
    let again = world.act("410300-hq.a", convert("note", Channel::Offline, None));
    refused(&again, Code::NoMeasure);
}

#[test]
fn a_conversion_is_an_act_of_authority() {
    let mut world = restricted();
    let outcome = world.act("410100-vendor.a", convert("note", Channel::Offline, None));
    refused(&outcome, Code::OperatorCannotDecide);
    world.authority = Box::new(DenyAll);
    let outcome = world.act("410100-hq.a", convert("note", Channel::Offline, None));
    refused(&outcome, Code::NotAuthorised);
}

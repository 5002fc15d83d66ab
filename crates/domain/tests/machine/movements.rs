//! Movements with an end: who may have one, how long, who decides, and that it ends by itself.

use crate::common::*;
use crate::counter::{COUNTER, counter};
use domain::act::{ActBody, Need};
use domain::colour::Colour;
use domain::ids::MovementId;
use domain::machine::Outcome;
use domain::organisation::Role;
use domain::refusal::Code;
use domain::submission::Submission;
use domain::time::{DAY_S, HOUR_S};

const HQ: &str = "410105-hq.a";

/// Person 1 is red as a case in Jinshui district, and a counter is there.
fn world() -> World {
    counter(&[Role::Counter])
}

/// Asks at the counter for a movement that begins and ends so many seconds from now.
fn ask(world: &mut World, number: u32, (from, until): (i64, i64)) -> (MovementId, Outcome) {
    let body = ActBody::MovementRequest {
        person: person(number),
        need: Need::Medical,
        from: world.at.plus_s(from),
        until: world.at.plus_s(until),
        text: "dialysis".to_owned(),
    };
    let signed = world.sign(COUNTER, body);
    let id = MovementId::from_bytes(signed.digest().short());
    (id, world.step(Submission::Act(Box::new(signed))))
}

fn decide(world: &mut World, by: &str, movement: MovementId, granted: bool) -> Outcome {
    let reason = "by ambulance, straight there and back".to_owned();
    world.act(
        by,
        ActBody::MovementDecide {
            movement,
            granted,
            reason,
        },
    )
}

#[test]
fn a_movement_lasts_a_day_at_most_and_begins_within_a_week() {
    for (span, code) in [
        ((0, 0), Some(Code::MovementInvalid)),
        ((0, 1), None),
        ((0, DAY_S), None),
        ((0, DAY_S + 1), Some(Code::MovementInvalid)),
        ((-DAY_S, 0), Some(Code::MovementInvalid)),
        ((-DAY_S + 1, 1), None),
        ((7 * DAY_S, 7 * DAY_S + 1), None),
        ((7 * DAY_S + 1, 7 * DAY_S + 2), Some(Code::MovementInvalid)),
    ] {
        let (_, outcome) = ask(&mut world(), 1, span);
        assert_eq!(outcome.leaf.refused, code, "{span:?}");
    }
}

#[test]
fn whoever_has_no_colour_needs_no_movement_and_one_waits_at_a_time() {
    let mut world = world();
    refused(&ask(&mut world, 2, (0, HOUR_S)).1, Code::NoMeasure);
    let (first, outcome) = ask(&mut world, 1, (0, HOUR_S));
    ok(&outcome);
    refused(&ask(&mut world, 1, (0, HOUR_S)).1, Code::MovementState);
    ok(&decide(&mut world, HQ, first, false));
    ok(&ask(&mut world, 1, (0, HOUR_S)).1);
}

#[test]
fn the_headquarters_of_the_place_decides_once_before_the_end_with_reasons() {
    let mut world = world();
    let (movement, _) = ask(&mut world, 1, (0, HOUR_S));
    let unknown = MovementId::from_bytes([1; 16]);
    refused(
        &decide(&mut world, HQ, unknown, true),
        Code::MovementUnknown,
    );
    refused(
        &decide(&mut world, "410103-hq.a", movement, true),
        Code::OutOfArea,
    );
    refused(
        &decide(&mut world, "410100-bureau.a", movement, true),
        Code::OperatorCannotDecide,
    );
    refused(
        &decide(&mut world, COUNTER, movement, true),
        Code::CounterOnly,
    );
    let silent = ActBody::MovementDecide {
        movement,
        granted: false,
        reason: " ".to_owned(),
    };
    refused(&world.act(HQ, silent), Code::ReasonMissing);
    let outcome = decide(&mut world, HQ, movement, true);
    ok(&outcome);
    assert_eq!(
        (outcome.notices, outcome.leaf.area),
        (1, Some(place(410_105)))
    );
    refused(
        &decide(&mut world, HQ, movement, false),
        Code::MovementState,
    );
    let (late, _) = ask(&mut world, 1, (0, HOUR_S));
    world.wait(HOUR_S);
    refused(&decide(&mut world, HQ, late, true), Code::MovementState);
}

#[test]
fn a_movement_changes_no_colour_and_ends_by_itself() {
    let mut world = world();
    let (movement, _) = ask(&mut world, 1, (0, HOUR_S));
    let record = |world: &World| world.state.movements[&movement].clone();
    assert_eq!(record(&world).status_word(world.at), "open");
    assert!(record(&world).online);
    ok(&decide(&mut world, HQ, movement, true));
    assert_eq!(world.colour(1), Colour::Red);
    let end = world.at.plus_s(HOUR_S);
    assert_eq!(record(&world).status_word(end.plus_s(-1)), "granted");
    assert_eq!(record(&world).status_word(end), "ended");
}

#[test]
fn what_nobody_decides_in_time_shows_as_overdue() {
    let mut world = world();
    let (movement, _) = ask(&mut world, 1, (0, DAY_S));
    let record = &world.state.movements[&movement];
    let deadline = world.at.plus_s(6 * HOUR_S);
    assert_eq!(record.deadline, deadline, "the pack's time for conversions");
    assert_eq!(record.status_word(deadline.plus_s(-1)), "open");
    assert_eq!(record.status_word(deadline), "overdue");
    assert_eq!(record.status_word(world.at.plus_s(DAY_S)), "lapsed");
}

//! Orders: two bodies, evidence, the catch-all, the emergency path, lapse and withdrawal.

use crate::common::*;
use domain::act::{ActBody, CommandDocument, Proposal};
use domain::colour::{Colour, Ground, Stage};
use domain::evidence::EvidenceKind as K;
use domain::ids::{ActDigest, OrderId, TextDigest};
use domain::organisation::{OrgKind, Role};
use domain::refusal::Code;
use domain::submission::Submission;
use domain::time::{DAY_S, HOUR_S};
use domain::view::person_view;

const HQ: &str = "410100-hq.a";
const HEALTH: &str = "410100-health.a";

/// A world in which these people have travel records.
pub fn arrived(numbers: impl IntoIterator<Item = u32>) -> World {
    let mut world = World::new();
    let rows = world.rows(numbers);
    ok(&world.push("410100-transport", K::TravelRecord, rows));
    world
}

pub fn arrivals(numbers: impl IntoIterator<Item = u32>) -> Proposal {
    proposal(Ground::Arrival, 410_100, people(numbers))
}

fn document(number: &str, hours: u32) -> CommandDocument {
    CommandDocument {
        number: number.to_owned(),
        text_sha256: TextDigest::from_bytes(digest(number)),
        colour: Colour::Red,
        hours,
    }
}

fn catch_all(document: Option<CommandDocument>, numbers: &[u32]) -> Proposal {
    let named = people(numbers.iter().copied());
    Proposal {
        document,
        ..proposal(Ground::Order, 410_100, named)
    }
}

#[test]
fn an_order_takes_effect_when_another_body_approves_the_same_digest() {
    let mut world = arrived([1, 2]);
    let (order, digest, outcome) = world.propose(HQ, arrivals([1, 2]));
    ok(&outcome);
    assert_eq!(world.colour(1), Colour::Green, "a proposal is no measure");
    let wrong = ActDigest::from_bytes([9; 32]);
    refused(&world.approve(HEALTH, order, wrong), Code::DigestMismatch);
    let outcome = world.approve(HEALTH, order, digest);
    ok(&outcome);
    assert_eq!(outcome.leaf.caused.green_yellow, 2);
    assert_eq!((world.colour(1), outcome.notices), (Colour::Yellow, 2));
    refused(&world.approve(HEALTH, order, digest), Code::OrderState);
    let unknown = OrderId::from_bytes([7; 16]);
    refused(&world.approve(HEALTH, unknown, digest), Code::OrderUnknown);
}

#[test]
fn sections_of_one_body_and_one_human_are_one_signature() {
    let mut world = arrived([1]);
    let mut section = organisation("410100-hq-social", OrgKind::Headquarters, 410_100);
    section.part_of = Some("410100-hq".parse().unwrap());
    world.register(section);
    // Registered as if it were a body of its own: kind and place give it away.
    world.register(organisation(
        "410100-command",
        OrgKind::Headquarters,
        410_100,
    ));
    let (order, digest, _) = world.propose(HQ, arrivals([1]));
    for checker in [HQ, "410100-hq-social.a", "410100-command.a"] {
        refused(&world.approve(checker, order, digest), Code::SameBody);
    }
    world.wait(DAY_S);
    // The same human in a later term of another body.
    let mut ended = officer(HQ, "410100-hq", ALL_ROLES);
    ended.term_until = world.at;
    ok(&world.act(REGISTRAR, ActBody::OfficerRegister(ended)));
    let mut moved = officer("moved", "410100-health", &[Role::Checker]);
    moved.holder = format!("holder of {HQ}");
    moved.term_from = world.at;
    ok(&world.act(REGISTRAR, ActBody::OfficerRegister(moved)));
    refused(&world.approve("moved", order, digest), Code::SameBody);
    ok(&world.approve(HEALTH, order, digest));
}

#[test]
fn whoever_runs_the_system_signs_no_decision() {
    let mut world = arrived([1]);
    for operator in ["410100-bureau.a", "410100-vendor.a"] {
        let (_, _, outcome) = world.propose(operator, arrivals([1]));
        refused(&outcome, Code::OperatorCannotDecide);
    }
    let (order, digest, _) = world.propose(HQ, arrivals([1]));
    refused(
        &world.approve("410100-vendor.a", order, digest),
        Code::OperatorCannotDecide,
    );
}

#[test]
fn an_order_needs_role_reason_place_and_permission() {
    let mut world = arrived([1]);
    let auditor = officer("watcher", "410100-hq", &[Role::Auditor]);
    ok(&world.act(REGISTRAR, ActBody::OfficerRegister(auditor)));
    let (_, _, outcome) = world.propose("watcher", arrivals([1]));
    refused(&outcome, Code::RoleMissing);
    let (_, _, outcome) = world.propose("410300-hq.a", arrivals([1]));
    refused(&outcome, Code::OutOfArea);
    let silent = Proposal {
        reason: String::new(),
        ..arrivals([1])
    };
    refused(&world.propose(HQ, silent).2, Code::ReasonMissing);
    refused(
        &world
            .propose(HQ, proposal(Ground::Case, 410_100, people([1])))
            .2,
        Code::NoGround,
    );
    refused(&world.propose(HQ, arrivals([])).2, Code::SubjectsInvalid);
    world.authority = Box::new(DenyAll);
    refused(&world.propose(HQ, arrivals([1])).2, Code::NotAuthorised);
}

#[test]
fn no_evidence_no_colour_and_one_person_without_it_stops_the_whole_order() {
    let mut world = arrived([1]);
    refused(&world.propose(HQ, arrivals([1, 2])).2, Code::NoEvidence);
    // Evidence about the person for another ground is none for this one.
    let rows = world.rows([2]);
    ok(&world.push("410100-cdc", K::CaseReport, rows));
    refused(&world.propose(HQ, arrivals([2])).2, Code::NoEvidence);
    // Evidence in another place is none for this place.
    let county = proposal(Ground::Arrival, 410_103, people([1]));
    refused(&world.propose("410103-hq.a", county).2, Code::OutOfArea);
}

#[test]
fn evidence_is_weighed_again_at_the_approval() {
    let mut world = World::new();
    let mut row = world.row(1);
    row.occurred_at = world.at.plus_s(-12 * DAY_S);
    ok(&world.push("410100-transport", K::TravelRecord, vec![row]));
    let (order, digest, outcome) = world.propose(HQ, arrivals([1]));
    ok(&outcome);
    world.wait(2 * DAY_S + 1);
    refused(&world.approve(HEALTH, order, digest), Code::EvidenceStale);
}

#[test]
fn one_piece_of_evidence_carries_one_measure() {
    let mut world = arrived([1]);
    let (first, digest_1, _) = world.propose(HQ, arrivals([1]));
    let (second, digest_2, _) = world.propose(HQ, arrivals([1]));
    ok(&world.approve(HEALTH, first, digest_1));
    refused(
        &world.approve(HEALTH, second, digest_2),
        Code::EvidenceExhausted,
    );
    let withdraw = ActBody::OrderWithdraw {
        order: first,
        reason: "wrong".to_owned(),
    };
    ok(&world.act(HQ, withdraw));
    assert_eq!(world.colour(1), Colour::Green);
    refused(&world.propose(HQ, arrivals([1])).2, Code::EvidenceExhausted);
    let rows = world.rows([1]);
    ok(&world.push("410100-transport", K::TravelRecord, rows));
    ok(&world.order(HQ, HEALTH, arrivals([1])).1);
}

#[test]
fn a_proposal_lapses_after_three_days_to_the_second() {
    for (wait, code) in [(3 * DAY_S - 1, None), (3 * DAY_S, Some(Code::OrderState))] {
        let mut world = arrived([1]);
        let (order, digest, _) = world.propose(HQ, arrivals([1]));
        world.wait(wait);
        assert_eq!(world.approve(HEALTH, order, digest).leaf.refused, code);
    }
}

#[test]
fn a_refused_order_stays_refused_even_when_its_bytes_come_again() {
    let mut world = arrived([1]);
    let signed = world.sign(HQ, ActBody::OrderPropose(arrivals([1])));
    let (digest, order) = (
        signed.digest(),
        OrderId::from_bytes(signed.digest().short()),
    );
    let bytes = Submission::Act(Box::new(signed));
    ok(&world.step(bytes.clone()));
    let refuse = |reason: &str| ActBody::OrderRefuse {
        order,
        reason: reason.to_owned(),
    };
    refused(&world.act(HEALTH, refuse("")), Code::ReasonMissing);
    refused(&world.act("410300-health.a", refuse("no")), Code::OutOfArea);
    ok(&world.act(HEALTH, refuse("no")));
    refused(&world.step(bytes), Code::Exists);
    refused(&world.approve(HEALTH, order, digest), Code::OrderState);
}

#[test]
fn a_withdrawal_restores_everyone_and_tells_them() {
    let mut world = arrived([1, 2, 3]);
    let (order, outcome) = world.order(HQ, HEALTH, arrivals([1, 2, 3]));
    ok(&outcome);
    let withdraw = |reason: &str| ActBody::OrderWithdraw {
        order,
        reason: reason.to_owned(),
    };
    refused(&world.act(HQ, withdraw(" ")), Code::ReasonMissing);
    refused(&world.act("410300-hq.a", withdraw("deal")), Code::OutOfArea);
    let outcome = world.act(HQ, withdraw("the list was wrong"));
    ok(&outcome);
    assert_eq!((outcome.leaf.caused.yellow_green, outcome.notices), (3, 3));
    assert!(
        [1, 2, 3]
            .iter()
            .all(|number| world.stage(*number) == Stage::None)
    );
    refused(&world.act(HQ, withdraw("again")), Code::OrderState);
}

#[test]
fn who_waits_for_judgement_has_evidence_that_is_newer_than_the_last_measure() {
    let mut world = arrived([1, 2]);
    let waiting = |world: &World, number| {
        let place = world.state.people.find(person(number)).unwrap();
        let view = person_view(&world.state, place);
        view.pending(Ground::Arrival).count()
    };
    assert_eq!((waiting(&world, 1), waiting(&world, 2)), (1, 1));
    let (order, outcome) = world.order(HQ, HEALTH, arrivals([1]));
    ok(&outcome);
    assert_eq!((waiting(&world, 1), waiting(&world, 2)), (0, 1));
    world.wait(30 * DAY_S);
    assert_eq!(world.stage(1), Stage::None);
    assert_eq!(waiting(&world, 1), 0, "what has run out was judged");
    let rows = world.rows([1]);
    ok(&world.push("410100-transport", K::TravelRecord, rows));
    assert_eq!(waiting(&world, 1), 1, "a new journey was not");
    let reason = "the list was wrong".to_owned();
    world.act(HQ, ActBody::OrderWithdraw { order, reason });
    let (again, outcome) = world.order(HQ, HEALTH, arrivals([1]));
    ok(&outcome);
    assert_eq!(waiting(&world, 1), 0);
    let reason = "the second too".to_owned();
    ok(&world.act(
        HQ,
        ActBody::OrderWithdraw {
            order: again,
            reason,
        },
    ));
    assert!(waiting(&world, 1) > 0, "what was withdrawn judges nobody");
}

#[test]
fn the_emergency_path_lives_a_day_is_used_once_and_its_days_count_on() {
    let mut world = arrived([1]);
    let now = emergency(Ground::Arrival, 410_100, people([1]));
    ok(&world.propose(HQ, now.clone()).2);
    let begun = world.at;
    assert_eq!(world.stage_at(1, begun.plus_s(DAY_S - 1)), Stage::Yellow);
    assert_eq!(world.stage_at(1, begun.plus_s(DAY_S)), Stage::None);
    refused(&world.propose(HQ, now.clone()).2, Code::EmergencyRepeated);
    // New evidence does not open the path a second time.
    let rows = world.rows([1]);
    ok(&world.push("410100-transport", K::TravelRecord, rows));
    refused(&world.propose("410105-hq.a", now).2, Code::OutOfArea);
    let again = emergency(Ground::Arrival, 410_105, people([1]));
    refused(
        &world.propose("410105-hq.a", again).2,
        Code::EmergencyRepeated,
    );
}

#[test]
fn one_order_may_follow_an_emergency_measure_and_no_second() {
    let mut world = arrived([1]);
    ok(&world
        .propose(HQ, emergency(Ground::Arrival, 410_100, people([1])))
        .2);
    let begun = world.at;
    world.wait(DAY_S - 1);
    ok(&world.order(HQ, HEALTH, arrivals([1])).1);
    assert_eq!(
        world.stage_at(1, begun.plus_s(7 * DAY_S - 1)),
        Stage::Yellow
    );
    assert_eq!(
        world.stage_at(1, begun.plus_s(7 * DAY_S)),
        Stage::None,
        "seven days in all"
    );
    refused(&world.propose(HQ, arrivals([1])).2, Code::EvidenceExhausted);
}

#[test]
fn no_order_follows_an_emergency_measure_that_has_ended() {
    let mut world = arrived([1]);
    ok(&world
        .propose(HQ, emergency(Ground::Arrival, 410_100, people([1])))
        .2);
    world.wait(DAY_S);
    assert_eq!(world.colour(1), Colour::Green);
    refused(&world.propose(HQ, arrivals([1])).2, Code::EvidenceExhausted);
}

#[test]
fn the_catch_all_needs_a_numbered_document_with_its_texts_hash() {
    let mut world = World::new();
    refused(
        &world.propose(HQ, catch_all(None, &[1])).2,
        Code::DocumentMissing,
    );
    refused(
        &world
            .propose(HQ, catch_all(Some(document(" ", 72)), &[1]))
            .2,
        Code::DocumentMissing,
    );
    let blank = CommandDocument {
        text_sha256: TextDigest::from_bytes([0; 32]),
        ..document("1", 72)
    };
    refused(
        &world.propose(HQ, catch_all(Some(blank), &[1])).2,
        Code::DocumentMissing,
    );
    let green = CommandDocument {
        colour: Colour::Green,
        ..document("1", 72)
    };
    refused(
        &world.propose(HQ, catch_all(Some(green), &[1])).2,
        Code::NoGround,
    );
    let by_health = catch_all(Some(document("1", 72)), &[1]);
    refused(
        &world.propose(HEALTH, by_health).2,
        Code::EvidenceNotCompetent,
    );
    let now = Proposal {
        emergency: true,
        ..catch_all(Some(document("1", 24)), &[1])
    };
    refused(&world.propose(HQ, now).2, Code::NeedsProvince);
}

#[test]
fn the_catch_all_lasts_seventy_two_hours_at_most_and_the_province_approves() {
    let mut world = World::new();
    for hours in [0, 73] {
        let wanted = catch_all(Some(document("1", hours)), &[1]);
        refused(&world.propose(HQ, wanted).2, Code::DurationTooLong);
    }
    let (order, digest, outcome) = world.propose(HQ, catch_all(Some(document("1", 72)), &[1]));
    ok(&outcome);
    refused(&world.approve(HEALTH, order, digest), Code::NeedsProvince);
    ok(&world.approve("410000-health.a", order, digest));
    let begun = world.at;
    assert_eq!(world.stage_at(1, begun.plus_s(72 * HOUR_S - 1)), Stage::Red);
    assert_eq!(world.stage_at(1, begun.plus_s(72 * HOUR_S)), Stage::None);
}

#[test]
fn a_document_serves_once_for_a_person_under_any_number_and_a_second_never_stretches_it() {
    let mut world = World::new();
    let province = "410000-health.a";
    ok(&world
        .order(HQ, province, catch_all(Some(document("1", 72)), &[1]))
        .1);
    world.wait(71 * HOUR_S);
    let next = document("2", 72);
    refused(
        &world.propose(HQ, catch_all(Some(next.clone()), &[1])).2,
        Code::DurationTooLong,
    );
    world.wait(HOUR_S);
    refused(
        &world.propose(HQ, catch_all(Some(document("1", 1)), &[1])).2,
        Code::EvidenceExhausted,
    );
    let renumbered = CommandDocument {
        number: "1bis".to_owned(),
        ..document("1", 1)
    };
    refused(
        &world.propose(HQ, catch_all(Some(renumbered), &[1])).2,
        Code::EvidenceExhausted,
    );
    // After it ended, a new document takes the province's signature anew.
    let (order, digest, outcome) = world.propose(HQ, catch_all(Some(next), &[1]));
    ok(&outcome);
    refused(&world.approve(HEALTH, order, digest), Code::NeedsProvince);
    ok(&world.approve(province, order, digest));
}

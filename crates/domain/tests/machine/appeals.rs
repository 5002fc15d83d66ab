//! Appeals and disputes: the clock, the answer, and what falls with overturned evidence.

use crate::common::*;
use crate::orders::{arrivals, arrived};
use domain::act::{ActBody, AppealTarget};
use domain::colour::{Colour, Ground, Stage};
use domain::evidence::EvidenceKind as K;
use domain::ids::AppealId;
use domain::machine::Outcome;
use domain::machine::RowTaken::Duplicate;
use domain::refusal::Code;
use domain::submission::Submission;
use domain::time::DAY_S;

const REVIEW: &str = "410000-review.a";
const CASE: AppealTarget = AppealTarget::Measure(Ground::Case);

pub fn file(world: &mut World, number: u32, target: AppealTarget) -> (AppealId, Outcome) {
    let text = "this did not happen to me".to_owned();
    let body = ActBody::AppealFile {
        person: person(number),
        target,
        text,
    };
    let signed = world.sign("410100-hotline.a", body);
    let id = AppealId::from_bytes(signed.digest().short());
    (id, world.step(Submission::Act(Box::new(signed))))
}

pub fn answer(world: &mut World, by: &str, appeal: AppealId, upheld: bool) -> Outcome {
    world.act(
        by,
        ActBody::AppealDecide {
            appeal,
            upheld,
            reason: "read the file".to_owned(),
        },
    )
}

/// People 1.. each red as a case, by the city's disease control.
fn cases(count: u32) -> World {
    let mut world = World::new();
    let rows = world.rows(1..=count);
    ok(&world.push("410100-cdc", K::CaseReport, rows));
    world
}

#[test]
fn an_unanswered_appeal_leaves_a_flag_from_its_deadline_on() {
    let mut world = cases(1);
    let (_, outcome) = file(&mut world, 1, CASE);
    ok(&outcome);
    let deadline = world.at.plus_s(DAY_S);
    assert_eq!(world.stage_at(1, deadline.plus_s(-1)), Stage::Red);
    assert_eq!(world.stage_at(1, deadline), Stage::Flag);
    world.at = deadline;
    let rows = world.rows([2]);
    let outcome = world.push("410100-clinic", K::Symptom, rows);
    assert_eq!(outcome.leaf.lapsed.red_green, 1);
}

#[test]
fn a_late_rejection_does_not_bring_the_colour_back_and_one_in_time_keeps_it() {
    for (wait, stage) in [(DAY_S - 1, Stage::Red), (DAY_S, Stage::Flag)] {
        let mut world = cases(1);
        let (appeal, _) = file(&mut world, 1, CASE);
        world.wait(wait);
        ok(&answer(&mut world, REVIEW, appeal, false));
        world.wait(DAY_S);
        assert_eq!(world.stage(1), stage);
    }
}

#[test]
fn rejecting_one_objection_does_not_stop_the_clock_of_another() {
    let mut world = cases(1);
    let (_, outcome) = file(&mut world, 1, CASE);
    ok(&outcome);
    let deadline = world.at.plus_s(DAY_S);
    world.wait(60);
    let evidence = world.newest_evidence(1);
    let (dispute, outcome) = file(&mut world, 1, AppealTarget::Evidence(evidence));
    ok(&outcome);
    ok(&answer(&mut world, REVIEW, dispute, false));
    assert_eq!(world.stage_at(1, deadline), Stage::Flag);
}

#[test]
fn an_upheld_appeal_ends_the_measure_at_once() {
    let mut world = cases(1);
    let (appeal, _) = file(&mut world, 1, CASE);
    let outcome = answer(&mut world, REVIEW, appeal, true);
    ok(&outcome);
    assert_eq!(
        (outcome.leaf.caused.red_green, world.stage(1)),
        (1, Stage::None)
    );
}

#[test]
fn an_appeal_is_one_at_a_time_about_something_live_and_decided_once() {
    let mut world = cases(1);
    refused(&file(&mut world, 2, CASE).1, Code::NoMeasure);
    refused(
        &file(&mut world, 1, AppealTarget::Measure(Ground::Close)).1,
        Code::NoMeasure,
    );
    let unknown = domain::ids::EvidenceId::from_bytes([1; 16]);
    refused(
        &file(&mut world, 1, AppealTarget::Evidence(unknown)).1,
        Code::EvidenceUnknown,
    );
    let silent = ActBody::AppealFile {
        person: person(1),
        target: CASE,
        text: String::new(),
    };
    refused(&world.act("410100-hotline.a", silent), Code::ReasonMissing);
    let (appeal, _) = file(&mut world, 1, CASE);
    refused(&file(&mut world, 1, CASE).1, Code::AppealPending);
    let id = AppealId::from_bytes([1; 16]);
    refused(&answer(&mut world, REVIEW, id, true), Code::AppealUnknown);
    let blank = ActBody::AppealDecide {
        appeal,
        upheld: true,
        reason: " ".to_owned(),
    };
    refused(&world.act(REVIEW, blank), Code::ReasonMissing);
    ok(&answer(&mut world, REVIEW, appeal, false));
    refused(
        &answer(&mut world, REVIEW, appeal, true),
        Code::AppealDecided,
    );
    ok(&file(&mut world, 1, CASE).1);
}

#[test]
fn who_imposed_approved_or_supplied_answers_no_appeal() {
    let mut world = arrived([1, 2]);
    ok(&world
        .order("410100-hq.a", "410100-health.a", arrivals([1]))
        .1);
    let (appeal, _) = file(&mut world, 1, AppealTarget::Measure(Ground::Arrival));
    for body in ["410100-hq.a", "410100-health.a", "410100-transport.a"] {
        refused(&answer(&mut world, body, appeal, false), Code::SameBody);
    }
    refused(
        &answer(&mut world, "410100-vendor.a", appeal, false),
        Code::OperatorCannotDecide,
    );
    ok(&answer(&mut world, REVIEW, appeal, false));
    // A dispute of evidence that carries no measure yet: its source does not judge it either.
    let evidence = world.newest_evidence(2);
    let (dispute, outcome) = file(&mut world, 2, AppealTarget::Evidence(evidence));
    ok(&outcome);
    refused(
        &answer(&mut world, "410100-transport.a", dispute, false),
        Code::SameBody,
    );
}

#[test]
fn overturned_evidence_never_counts_again_whoever_sends_it() {
    let mut world = World::new();
    let row = world.row(1);
    ok(&world.push("410100-cdc", K::CaseReport, vec![row.clone()]));
    let evidence = world.newest_evidence(1);
    let (dispute, _) = file(&mut world, 1, AppealTarget::Evidence(evidence));
    ok(&answer(&mut world, REVIEW, dispute, true));
    assert_eq!(world.colour(1), Colour::Green);
    world.wait(DAY_S);
    let mut again = row.clone();
    again.occurred_at = world.at;
    again.division = place(410_103);
    let outcome = world.push("410100-hospital", K::CaseReport, vec![again.clone()]);
    refused(&outcome, Code::EvidenceSuppressed);
    again.reference.push(' ');
    refused(
        &world.push("410100-cdc", K::CaseReport, vec![again]),
        Code::Malformed,
    );
    refused(
        &file(&mut world, 1, AppealTarget::Evidence(evidence)).1,
        Code::EvidenceUnknown,
    );
}

#[test]
fn what_rested_on_an_overturned_index_falls_to_the_last_link() {
    let mut world = cases(1);
    let chain = [
        (2, 1, K::CloseContact),
        (3, 2, K::SecondaryContact),
        (4, 1, K::CloseContact),
    ];
    for (of, index, kind) in chain {
        let row = with(world.row(of), |more| more.link_person = Some(person(index)));
        ok(&world.push("410100-cdc", kind, vec![row.clone()]));
    }
    // Person 4 has another index, so one contact stands.
    let rows = world.rows([9]);
    ok(&world.push("410100-cdc", K::AsymptomaticReport, rows));
    let other = with(world.row(4), |more| more.link_person = Some(person(9)));
    ok(&world.push("410100-cdc", K::CloseContact, vec![other]));
    let evidence = world.newest_evidence(1);
    let (dispute, _) = file(&mut world, 1, AppealTarget::Evidence(evidence));
    let outcome = answer(&mut world, REVIEW, dispute, true);
    ok(&outcome);
    assert_eq!(
        [1, 2, 3].map(|number| world.colour(number)),
        [Colour::Green; 3]
    );
    assert_eq!(world.colour(4), Colour::Red);
    assert_eq!(
        outcome.changes.people.len(),
        4,
        "everybody whose record changed"
    );
}

#[test]
fn a_contact_stands_while_its_index_has_other_evidence_of_infection() {
    let mut world = cases(1);
    let row = with(world.row(2), |more| more.link_person = Some(person(1)));
    ok(&world.push("410100-cdc", K::CloseContact, vec![row.clone()]));
    let evidence = world.newest_evidence(1);
    let rows = world.rows([1]);
    ok(&world.push("410100-cdc", K::AsymptomaticReport, rows));
    let (dispute, _) = file(&mut world, 1, AppealTarget::Evidence(evidence));
    ok(&answer(&mut world, REVIEW, dispute, true));
    assert_eq!(world.colour(2), Colour::Red);
    let outcome = world.push("410100-cdc", K::CloseContact, vec![row]);
    rows_are(&outcome, &[Ok(Duplicate)]);
}

#[test]
fn an_order_cannot_outrun_an_open_dispute_nor_use_one_that_ran_out() {
    let mut world = arrived([1]);
    let evidence = world.newest_evidence(1);
    let (dispute, _) = file(&mut world, 1, AppealTarget::Evidence(evidence));
    let deadline = world.at.plus_s(DAY_S);
    ok(&world
        .order("410100-hq.a", "410100-health.a", arrivals([1]))
        .1);
    assert_eq!(world.stage_at(1, deadline.plus_s(-1)), Stage::Yellow);
    assert_eq!(world.stage_at(1, deadline), Stage::Flag);
    assert_eq!(world.state.appeals[&dispute].measures.len(), 1);
    let mut world = arrived([1]);
    let evidence = world.newest_evidence(1);
    file(&mut world, 1, AppealTarget::Evidence(evidence));
    world.wait(DAY_S);
    refused(
        &world.propose("410100-hq.a", arrivals([1])).2,
        Code::AppealPending,
    );
}

#[test]
fn an_order_after_an_emergency_stays_under_the_appeal_and_never_revives_it() {
    let now = || emergency(Ground::Arrival, 410_100, people([1]));
    let target = AppealTarget::Measure(Ground::Arrival);
    let mut world = arrived([1]);
    ok(&world.propose("410100-hq.a", now()).2);
    let (appeal, _) = file(&mut world, 1, target);
    let deadline = world.at.plus_s(DAY_S);
    world.wait(60);
    ok(&world
        .order("410100-hq.a", "410100-health.a", arrivals([1]))
        .1);
    assert_eq!(world.stage_at(1, deadline), Stage::Flag);
    ok(&answer(&mut world, REVIEW, appeal, true));
    assert_eq!(world.stage(1), Stage::None, "both measures fall");
    // Unanswered, then upheld after the emergency measure ended: the evidence carries no order.
    for upheld in [false, true] {
        let mut world = arrived([1]);
        ok(&world.propose("410100-hq.a", now()).2);
        world.wait(60);
        let (appeal, _) = file(&mut world, 1, target);
        world.wait(DAY_S - 30);
        let code = if upheld {
            ok(&answer(&mut world, REVIEW, appeal, true));
            Code::EvidenceExhausted
        } else {
            world.wait(30);
            Code::EvidenceExhausted
        };
        refused(&world.propose("410100-hq.a", arrivals([1])).2, code);
    }
}

#[test]
fn evidence_that_a_late_review_let_stand_carries_an_order_again() {
    let mut world = arrived([1]);
    let evidence = world.newest_evidence(1);
    let (dispute, _) = file(&mut world, 1, AppealTarget::Evidence(evidence));
    world.wait(DAY_S);
    ok(&answer(&mut world, REVIEW, dispute, false));
    ok(&world
        .order("410100-hq.a", "410100-health.a", arrivals([1]))
        .1);
    assert_eq!(world.colour(1), Colour::Yellow);
}

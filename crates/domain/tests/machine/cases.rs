//! Cases: one owner, one clock; passing it on is a logged act, and counts.

use crate::common::*;
use crate::counter::{COUNTER, counter};
use domain::act::ActBody;
use domain::ids::CaseId;
use domain::machine::Outcome;
use domain::organisation::Role;
use domain::refusal::Code;
use domain::submission::Submission;
use domain::time::DAY_S;
use domain::view::{Table, Waiting, every_row};

const HOTLINE: &str = "410100-hotline.a";
const COUNTY: &str = "410105-hq.a";

fn open(world: &mut World, by: &str, text: &str) -> (CaseId, Outcome) {
    let text = text.to_owned();
    let person = person(7);
    let signed = world.sign(by, ActBody::CaseOpen { person, text });
    let id = CaseId::from_bytes(signed.digest().short());
    (id, world.step(Submission::Act(Box::new(signed))))
}

fn opened() -> (World, CaseId) {
    let mut world = World::new();
    let (case, outcome) = open(&mut world, HOTLINE, "my code is yellow and nobody says why");
    ok(&outcome);
    (world, case)
}

fn transfer(world: &mut World, by: &str, case: CaseId, to: &str) -> Outcome {
    let (to, reason) = (to.parse().unwrap(), "not ours".to_owned());
    world.act(by, ActBody::CaseTransfer { case, to, reason })
}

fn answer(world: &mut World, by: &str, case: CaseId, text: &str) -> Outcome {
    let text = text.to_owned();
    world.act(by, ActBody::CaseAnswer { case, text })
}

#[test]
fn passing_on_and_passing_back_count_and_do_not_move_the_deadline() {
    let (mut world, case) = opened();
    let deadline = world.at.plus_s(DAY_S);
    for (by, to, returns) in [
        (HOTLINE, "410105-hq", 0),
        (COUNTY, "410103-hq", 0),
        ("410103-hq.a", "410105-hq", 1),
        (COUNTY, "410100-hotline", 2),
    ] {
        world.wait(3_600);
        let outcome = transfer(&mut world, by, case, to);
        ok(&outcome);
        let record = &world.state.cases[&case];
        assert_eq!((record.deadline, record.returns()), (deadline, returns));
        let to = &world.state.organisations[&to.parse().unwrap()];
        assert_eq!(
            outcome.leaf.area,
            Some(to.division),
            "where it goes is public"
        );
    }
    assert_eq!(world.state.cases[&case].transfers.len(), 4);
}

#[test]
fn only_the_owner_passes_it_on_or_answers() {
    let (mut world, case) = opened();
    ok(&transfer(&mut world, HOTLINE, case, "410105-hq"));
    refused(
        &transfer(&mut world, HOTLINE, case, "410103-hq"),
        Code::CaseNotOwned,
    );
    refused(&answer(&mut world, HOTLINE, case, "a"), Code::CaseNotOwned);
    let outcome = answer(
        &mut world,
        COUNTY,
        case,
        "your test came late; it is in now",
    );
    ok(&outcome);
    assert_eq!(outcome.notices, 1, "the person is told");
    refused(&answer(&mut world, COUNTY, case, "again"), Code::CaseState);
    refused(
        &transfer(&mut world, COUNTY, case, "410100-hotline"),
        Code::CaseState,
    );
}

#[test]
fn a_case_goes_to_another_body_that_exists_and_says_why() {
    let (mut world, case) = opened();
    refused(
        &transfer(&mut world, HOTLINE, case, "410100-hotline"),
        Code::CaseState,
    );
    refused(
        &transfer(&mut world, HOTLINE, case, "nobody"),
        Code::OrgUnknown,
    );
    let (to, reason) = ("410105-hq".parse().unwrap(), " ".to_owned());
    let silent = ActBody::CaseTransfer { case, to, reason };
    refused(&world.act(HOTLINE, silent), Code::ReasonMissing);
    let unknown = CaseId::from_bytes([1; 16]);
    refused(
        &transfer(&mut world, HOTLINE, unknown, "410105-hq"),
        Code::CaseUnknown,
    );
    refused(&answer(&mut world, HOTLINE, case, ""), Code::ReasonMissing);
}

#[test]
fn an_open_case_waits_by_its_deadline_and_an_answered_one_no_more() {
    let (mut world, case) = opened();
    let deadline = world.at.plus_s(DAY_S);
    let waits = |world: &World| {
        let key = Waiting::Case(case).key(deadline);
        every_row(&world.state).any(|row| row.table == Table::Queue && row.key == key)
    };
    let record = &world.state.cases[&case];
    assert_eq!(record.status_word(deadline.plus_s(-1)), "open");
    assert_eq!(record.status_word(deadline), "overdue");
    assert!(waits(&world));
    ok(&answer(&mut world, HOTLINE, case, "answered"));
    assert!(!waits(&world));
    let found = world.state.people.find(person(7)).unwrap();
    let view = domain::view::person_view(&world.state, found);
    assert_eq!(view.cases, [case], "the person sees it");
}

#[test]
fn a_person_opens_a_case_at_the_counter_and_it_says_so() {
    let mut world = counter(&[Role::Counter]);
    let (case, outcome) = open(&mut world, COUNTER, "how do I object?");
    ok(&outcome);
    assert!(world.state.cases[&case].online);
    refused(
        &transfer(&mut world, COUNTER, case, "410105-hq"),
        Code::CounterOnly,
    );
    refused(&open(&mut world, HOTLINE, " ").1, Code::ReasonMissing);
}

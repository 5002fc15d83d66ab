//! The online counter: a key on a server that does what helps the person who asks, and nothing else.

use crate::common::*;
use domain::act::{ActBody, AppealTarget};
use domain::colour::Ground;
use domain::evidence::EvidenceKind as K;
use domain::organisation::Role;
use domain::refusal::Code;
use domain::rules::Channel;

pub const COUNTER: &str = "410100-hotline.counter";

/// Person 1 red as a case, and a counter of the hotline with these roles.
pub fn counter(roles: &[Role]) -> World {
    let mut world = World::new();
    let rows = world.rows([1]);
    ok(&world.push("410100-cdc", K::CaseReport, rows));
    let officer = officer(COUNTER, "410100-hotline", roles);
    ok(&world.act(REGISTRAR, ActBody::OfficerRegister(officer)));
    world
}

fn objection() -> ActBody {
    ActBody::AppealFile {
        person: person(1),
        target: AppealTarget::Measure(Ground::Case),
        text: "this did not happen to me".to_owned(),
    }
}

fn look() -> ActBody {
    ActBody::AccessLook {
        person: person(1),
        purpose: "curiosity".to_owned(),
        case: "1".to_owned(),
    }
}

#[test]
fn what_a_person_files_online_says_so_and_what_an_agent_files_does_not() {
    let mut world = counter(&[Role::Counter]);
    let outcome = world.act(COUNTER, objection());
    ok(&outcome);
    assert_eq!(outcome.leaf.channel, Some(Channel::Online));
    assert_eq!(outcome.leaf.org, Some("410100-hotline".parse().unwrap()));
    let appeal = world.state.appeals.values().next().unwrap();
    assert!(appeal.online && appeal.by.officer.as_str() == COUNTER);
    let mut world = counter(&[Role::Counter]);
    let outcome = world.act("410100-hotline.a", objection());
    ok(&outcome);
    assert_eq!(outcome.leaf.channel, None);
    assert!(!world.state.appeals.values().next().unwrap().online);
}

#[test]
fn a_counter_does_nothing_else_whatever_other_roles_it_has() {
    for roles in [
        &[Role::Counter][..],
        &[&[Role::Counter], ALL_ROLES].concat(),
    ] {
        let mut world = counter(roles);
        let decide = ActBody::AppealDecide {
            appeal: domain::ids::AppealId::from_bytes([1; 16]),
            upheld: true,
            reason: "r".to_owned(),
        };
        for body in [
            look(),
            decide,
            ActBody::OfficerRegister(officer("x", "y", &[])),
        ] {
            refused(&world.act(COUNTER, body), Code::CounterOnly);
        }
        ok(&world.act(COUNTER, objection()));
    }
}

#[test]
fn without_the_role_of_agent_or_counter_nobody_files() {
    let mut world = counter(&[Role::Converter]);
    refused(&world.act(COUNTER, objection()), Code::RoleMissing);
}

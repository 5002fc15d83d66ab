//! Proxies: bound after an identity check, seen by the person, ended by date and from either side.

use crate::common::*;
use crate::counter::{COUNTER, counter};
use domain::act::{ActBody, ProxyKind};
use domain::machine::Outcome;
use domain::organisation::Role;
use domain::refusal::Code;
use domain::time::DAY_S;
use domain::view::person_view;

const AGENT: &str = "410100-hotline.a";

fn world() -> World {
    counter(&[Role::Counter])
}

/// Binds person 2 to read of this one for so many seconds.
fn bind(world: &mut World, by: &str, number: u32, kind: ProxyKind, seconds: i64) -> Outcome {
    let body = ActBody::ProxyBind {
        person: person(number),
        proxy: person(2),
        kind,
        until: world.at.plus_s(seconds),
    };
    world.act(by, body)
}

fn end(world: &mut World, by: &str) -> Outcome {
    let (person, proxy) = (person(1), person(2));
    world.act(by, ActBody::ProxyEnd { person, proxy })
}

fn runs(world: &World) -> bool {
    world
        .state
        .binding(person(1), person(2), world.at)
        .is_some()
}

#[test]
fn a_binding_ends_by_its_date_at_the_latest_after_a_year() {
    for (seconds, code) in [
        (0, Some(Code::ProxyInvalid)),
        (1, None),
        (366 * DAY_S, None),
        (366 * DAY_S + 1, Some(Code::ProxyInvalid)),
    ] {
        let mut world = world();
        let outcome = bind(&mut world, AGENT, 1, ProxyKind::Proxy, seconds);
        assert_eq!(outcome.leaf.refused, code, "{seconds}");
        if code.is_none() {
            assert_eq!(
                (outcome.notices, runs(&world)),
                (1, true),
                "the person is told"
            );
            world.wait(seconds);
            assert!(!runs(&world));
        }
    }
}

#[test]
fn both_sides_have_it_on_record_and_it_ends_from_either() {
    let mut world = world();
    ok(&bind(&mut world, COUNTER, 1, ProxyKind::Proxy, DAY_S));
    let view = |number| {
        let found = world.state.people.find(person(number)).unwrap();
        person_view(&world.state, found)
    };
    assert!(view(1).bindings[0].online);
    assert_eq!(view(2).proxy_of, [person(1)]);
    refused(
        &bind(&mut world, AGENT, 1, ProxyKind::Proxy, 2 * DAY_S),
        Code::Exists,
    );
    ok(&end(&mut world, COUNTER));
    assert!(!runs(&world));
    refused(&end(&mut world, AGENT), Code::ProxyUnknown);
    ok(&bind(&mut world, AGENT, 1, ProxyKind::Proxy, DAY_S));
    assert!(runs(&world));
    let found = world.state.people.find(person(1)).unwrap();
    assert_eq!(
        person_view(&world.state, found).bindings.len(),
        2,
        "both stay on record"
    );
}

#[test]
fn a_guardian_is_bound_by_an_office_that_saw_the_papers() {
    let mut world = world();
    refused(
        &bind(&mut world, COUNTER, 1, ProxyKind::Guardian, DAY_S),
        Code::ProxyInvalid,
    );
    ok(&bind(&mut world, AGENT, 1, ProxyKind::Guardian, DAY_S));
}

#[test]
fn nobody_is_ones_own_proxy_or_that_of_a_crowd() {
    let mut world = world();
    refused(
        &bind(&mut world, AGENT, 2, ProxyKind::Proxy, DAY_S),
        Code::ProxyInvalid,
    );
    for number in 10..18 {
        ok(&bind(&mut world, AGENT, number, ProxyKind::Proxy, DAY_S));
    }
    refused(
        &bind(&mut world, AGENT, 18, ProxyKind::Proxy, DAY_S),
        Code::ProxyInvalid,
    );
    world.wait(DAY_S);
    ok(&bind(&mut world, AGENT, 18, ProxyKind::Proxy, DAY_S));
}

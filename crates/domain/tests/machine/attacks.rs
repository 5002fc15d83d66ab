//! Paths by which somebody would get a colour without evidence, competence or authority.

use crate::common::book::book_with;
use crate::common::*;
use crate::orders::{arrivals, arrived};
use domain::act::{ActBody, AreaKind, AreaOrder};
use domain::colour::{Colour, Ground, Stage};
use domain::evidence::EvidenceKind as K;
use domain::ids::TextDigest;
use domain::machine::RowTaken::Recorded;
use domain::organisation::OrgKind;
use domain::refusal::Code;
use domain::time::DAY_S;

/// The red codes of June 2022, through the door that the machine leaves: nobody has an entry
/// record, and no other kind of list exists.
#[test]
fn a_list_of_depositors_has_no_way_to_become_red() {
    let mut world = World::new();
    let depositors = people(0..94);
    let inbound = proposal(Ground::Inbound, 410_100, depositors.clone());
    refused(&world.propose("410100-hq.a", inbound).2, Code::NoEvidence);
    let now = emergency(Ground::Inbound, 410_100, depositors);
    refused(&world.propose("410100-hq.a", now).2, Code::NoEvidence);
    for supplier in ["410100-hq", "410100-health", "410100-industry"] {
        let rows = world.rows(0..94);
        refused(
            &world.push(supplier, K::EntryRecord, rows),
            Code::EvidenceNotCompetent,
        );
    }
    assert_eq!(world.state.totals.red, 0);
}

#[test]
fn a_pushed_command_document_is_no_order() {
    let mut world = World::new();
    let rows = world.rows([1]);
    let outcome = world.push("410100-hq", K::CommandDocument, rows);
    rows_are(&outcome, &[Ok(Recorded)]);
    assert_eq!(world.stage(1), Stage::None);
    let wanted = proposal(Ground::Order, 410_100, people([1]));
    refused(
        &world.propose("410100-hq.a", wanted).2,
        Code::DocumentMissing,
    );
}

#[test]
fn a_headquarters_that_lists_an_area_after_the_fact_still_needs_the_sources_stay_inside_it() {
    let mut world = World::new();
    let area = |world: &World, kind, division| AreaOrder {
        number: format!("{kind}-{division}"),
        kind,
        division: place(division),
        from: world.at.plus_s(-5 * DAY_S),
        until: world.at.plus_s(5 * DAY_S),
        text_sha256: TextDigest::from_bytes(digest("text")),
    };
    for (kind, division) in [(AreaKind::Risk, 410_105), (AreaKind::TestRound, 410_105)] {
        let declared = area(&world, kind, division);
        ok(&world.act("410100-hq.a", ActBody::AreaDeclare(declared)));
    }
    let wanted = || proposal(Ground::Hirisk, 410_100, people([1]));
    refused(&world.propose("410100-hq.a", wanted()).2, Code::NoEvidence);
    let stay = |world: &mut World, number: &str, division: u32| {
        let mut row = with(world.row(1), |more| {
            more.link_reference = Some(number.to_owned())
        });
        row.division = place(division);
        world
            .push("410100-transport", K::AreaStay, vec![row])
            .leaf
            .refused
    };
    assert_eq!(
        stay(&mut world, "risk-410105", 410_103),
        Some(Code::NotLinked)
    );
    assert_eq!(
        stay(&mut world, "test_round-410105", 410_105),
        Some(Code::NotLinked)
    );
    assert_eq!(stay(&mut world, "risk-410105", 410_105), None);
    ok(&world.order("410100-hq.a", "410100-health.a", wanted()).1);
    assert_eq!(world.colour(1), Colour::Red);
}

#[test]
fn a_contact_whose_index_was_overturned_carries_no_order() {
    let mut world = World::new();
    world.adopt(book_with("by-order", Ground::Close, |rule| {
        (rule.automatic, rule.by_order) = (false, true);
    }));
    let rows = world.rows([1]);
    ok(&world.push("410100-cdc", K::CaseReport, rows));
    let row = with(world.row(2), |more| more.link_person = Some(person(1)));
    ok(&world.push("410100-cdc", K::CloseContact, vec![row]));
    let (order, digest, outcome) =
        world.propose("410100-hq.a", proposal(Ground::Close, 410_100, people([2])));
    ok(&outcome);
    let evidence = world.newest_evidence(1);
    let target = domain::act::AppealTarget::Evidence(evidence);
    let (dispute, _) = crate::appeals::file(&mut world, 1, target);
    ok(&crate::appeals::answer(
        &mut world,
        "410000-review.a",
        dispute,
        true,
    ));
    refused(
        &world.approve("410100-health.a", order, digest),
        Code::EvidenceSuppressed,
    );
}

#[test]
fn a_cascade_follows_the_contract_of_the_pack_for_every_linked_kind() {
    let mut world = World::new();
    world.adopt(book_with("pool-linked", Ground::Pool, |rule| {
        rule.contract.link = domain::rules::Link::IndexCase;
    }));
    let rows = world.rows([1]);
    ok(&world.push("410100-cdc", K::CaseReport, rows));
    let row = with(world.row(2), |more| more.link_person = Some(person(1)));
    ok(&world.push("410100-lab", K::PoolAbnormal, vec![row]));
    assert_eq!(world.colour(2), Colour::Yellow);
    let target = domain::act::AppealTarget::Evidence(world.newest_evidence(1));
    let (dispute, _) = crate::appeals::file(&mut world, 1, target);
    ok(&crate::appeals::answer(
        &mut world,
        "410000-review.a",
        dispute,
        true,
    ));
    assert_eq!(world.colour(2), Colour::Green);
}

#[test]
fn evidence_that_a_release_or_withdrawal_used_up_carries_nothing_again() {
    let mut world = arrived([1]);
    ok(&world
        .order("410100-hq.a", "410100-health.a", arrivals([1]))
        .1);
    let rows = world.rows([1]);
    ok(&world.push("410100-iso", K::ReleaseNote, rows));
    let convert = ActBody::Convert {
        person: person(1),
        ground: Ground::Arrival,
        release: "note".to_owned(),
        channel: domain::rules::Channel::Online,
        letter: None,
    };
    ok(&world.act("410100-hq.a", convert));
    refused(
        &world.propose("410100-hq.a", arrivals([1])).2,
        Code::EvidenceExhausted,
    );
    let now = emergency(Ground::Arrival, 410_100, people([1]));
    refused(
        &world.propose("410100-hq.a", now).2,
        Code::EvidenceExhausted,
    );
}

#[test]
fn a_withdrawn_emergency_leaves_nothing_to_follow() {
    let mut world = arrived([1]);
    let (order, _, outcome) = world.propose(
        "410100-hq.a",
        emergency(Ground::Arrival, 410_100, people([1])),
    );
    ok(&outcome);
    let withdraw = ActBody::OrderWithdraw {
        order,
        reason: "wrong".to_owned(),
    };
    ok(&world.act("410100-hq.a", withdraw));
    refused(
        &world.propose("410100-hq.a", arrivals([1])).2,
        Code::EvidenceExhausted,
    );
}

#[test]
fn a_body_of_a_lower_place_approves_nothing_above_it() {
    let mut world = arrived([1]);
    let (order, digest, _) = world.propose("410100-hq.a", arrivals([1]));
    refused(
        &world.approve("410105-health.a", order, digest),
        Code::OutOfArea,
    );
    refused(
        &world.approve("410300-health.a", order, digest),
        Code::OutOfArea,
    );
}

#[test]
fn a_person_named_twice_or_out_of_order_makes_no_order() {
    let mut world = arrived([1, 2]);
    let mut ids: Vec<[u8; 16]> = people([1, 2]).iter().map(|id| *id.as_bytes()).collect();
    ids.sort_unstable();
    let (first, second) = (ids[0], ids[1]);
    let lists = [vec![first, first], vec![second, first], vec![first, second]];
    for (list, code) in lists.into_iter().zip([true, true, false]) {
        let raw = postcard::to_stdvec(&list.concat()).unwrap();
        let named = postcard::from_bytes(&raw).unwrap();
        let wanted = domain::act::Proposal {
            people: named,
            ..arrivals([])
        };
        let found = world.propose("410100-hq.a", wanted).2.leaf.refused;
        assert_eq!(found, code.then_some(Code::SubjectsInvalid));
    }
}

#[test]
fn a_source_revoked_this_second_supplies_nothing_and_what_it_said_before_stands_on_record() {
    let mut world = World::new();
    let rows = world.rows([1]);
    ok(&world.push("410100-cdc", K::CaseReport, rows));
    let key = key_of("410100-cdc");
    ok(&world.act(
        REGISTRAR,
        ActBody::KeyRevoke {
            key,
            reason: "stolen".to_owned(),
        },
    ));
    let rows = world.rows([2]);
    refused(
        &world.push("410100-cdc", K::CaseReport, rows),
        Code::KeyRevoked,
    );
    assert_eq!(
        (world.colour(1), world.colour(2)),
        (Colour::Red, Colour::Green)
    );
}

#[test]
fn a_registered_second_body_of_the_same_kind_and_place_judges_no_appeal_either() {
    let mut world = World::new();
    world.register(organisation("410100-cdc-2", OrgKind::Cdc, 410_100));
    let rows = world.rows([1]);
    ok(&world.push("410100-cdc", K::CaseReport, rows));
    let target = domain::act::AppealTarget::Measure(Ground::Case);
    let (appeal, _) = crate::appeals::file(&mut world, 1, target);
    refused(
        &crate::appeals::answer(&mut world, "410100-cdc-2.a", appeal, false),
        Code::SameBody,
    );
}

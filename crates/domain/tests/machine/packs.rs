//! Packs: adoption, caps, softening what is in force, and the sunset.

use crate::common::book::{DAY, book, book_with};
use crate::common::*;
use domain::act::ActBody;
use domain::colour::{Colour, Ground, Stage, Steps};
use domain::evidence::EvidenceKind as K;
use domain::organisation::OrgKind;
use domain::refusal::Code;
use domain::rules::{ExistingMeasures, RuleBook};
use domain::time::{DAY_S, Timestamp};

fn days(red: u32, yellow: u32) -> Steps {
    Steps {
        red_s: red * DAY,
        yellow_s: yellow * DAY,
        flag_s: 0,
    }
}

#[test]
fn a_pack_is_sound_for_this_province_in_its_time_and_is_what_it_says() {
    let mut world = World::new();
    let mut attempt = |change: fn(&mut RuleBook)| {
        let mut book = book("other");
        change(&mut book);
        world.try_adopt(book).leaf.refused
    };
    assert_eq!(attempt(|_| {}), None);
    assert_eq!(
        attempt(|book| book.province = place(460_000)),
        Some(Code::PackInvalid)
    );
    assert_eq!(
        attempt(|book| book.valid_from = START.plus_s(1)),
        Some(Code::PackInvalid)
    );
    assert_eq!(
        attempt(|book| book.sunset = START),
        Some(Code::SunsetPassed)
    );
    let adopt = || ActBody::PackAdopt {
        digest: pack_digest("x"),
        archive: vec![1],
    };
    refused(&world.act(REGISTRAR, adopt()), Code::PackInvalid);
    world.candidate = Some(Err("two findings".to_owned()));
    refused(&world.act(REGISTRAR, adopt()), Code::PackInvalid);
    world.candidate = Some(Ok(0));
    refused(&world.act(REGISTRAR, adopt()), Code::DigestMismatch);
    refused(&world.act("410100-hq.a", adopt()), Code::ProvinceOnly);
}

#[test]
fn no_pack_is_wider_than_the_machine() {
    let mut world = World::new();
    let mut attempt = |change: &dyn Fn(&mut RuleBook)| {
        let mut book = book("wide");
        change(&mut book);
        world.try_adopt(book).leaf.refused
    };
    let rule = |ground: Ground, change: fn(&mut domain::rules::GroundRule)| {
        move |book: &mut RuleBook| change(book.grounds.get_mut(&ground).unwrap())
    };
    let wide: &[&dyn Fn(&mut RuleBook)] = &[
        &|book| book.volume.people = 1_001,
        &|book| book.volume.people = 0,
        &|book| book.volume.window_s = 0,
        &|book| book.deadlines.appeal_hours = 73,
        &|book| book.deadlines.emergency_s = DAY + 1,
        &rule(Ground::Case, |rule| {
            rule.steps = Steps {
                red_s: 14 * DAY + 1,
                ..days(0, 0)
            }
        }),
        &rule(Ground::Case, |rule| rule.steps = days(0, 15)),
        &rule(Ground::Case, |rule| rule.steps = days(0, 0)),
        &rule(Ground::Order, |rule| rule.steps = days(3, 1)),
        &rule(Ground::Order, |rule| rule.automatic = true),
        &rule(Ground::Case, |rule| rule.contract.kind = K::TravelRecord),
        &rule(Ground::Case, |rule| {
            rule.contract.suppliers = vec![OrgKind::Vendor]
        }),
        &rule(Ground::Case, |rule| rule.contract.suppliers = vec![]),
        &rule(Ground::Case, |rule| rule.automatic_people = Some(10_001)),
    ];
    for (place, change) in wide.iter().enumerate() {
        assert_eq!(attempt(change), Some(Code::PackInvalid), "{place}");
    }
    assert_eq!(
        attempt(&rule(Ground::Case, |rule| rule.steps = days(14, 14))),
        None
    );
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The ninth edition of 28 June 2022: close contacts 7 + 3 days instead of 14 + 7.
#[test]
fn the_shorter_days_of_a_new_pack_reach_who_is_red_already_and_leave_the_past_alone() {
    let close = |name: &str, red, yellow, existing| {
        let mut book = book_with(name, Ground::Close, |rule| rule.steps = days(red, yellow));
        book.existing = existing;
        book
    };
    let mut world = World::new();
    world.at = at("2022-06-18T00:00:00+08:00");
    world.adopt(close("edition-8", 14, 7, ExistingMeasures::Keep));
    let index = world.rows([1]);
    ok(&world.push("410100-cdc", K::CaseReport, index));
    let contact = |world: &mut World, of: u32| {
        let row = with(world.row(of), |more| more.link_person = Some(person(1)));
        ok(&world.push("410100-cdc", K::CloseContact, vec![row]));
    };
    contact(&mut world, 2);
    world.at = at("2022-06-24T00:00:00+08:00");
    contact(&mut world, 3);
    world.at = at("2022-06-28T00:00:00+08:00");
    assert_eq!(
        (world.colour(2), world.colour(3)),
        (Colour::Red, Colour::Red)
    );
    world.adopt(close("edition-9", 7, 3, ExistingMeasures::Shorten));
    assert_eq!(world.stage(2), Stage::None, "ten days are over");
    assert_eq!(
        world.stage_at(2, world.at.plus_s(-1)),
        Stage::Red,
        "the past stays as it was"
    );
    let stage_3 = |text: &str| world.stage_at(3, at(text));
    assert_eq!(stage_3("2022-06-30T23:59:59+08:00"), Stage::Red);
    assert_eq!(stage_3("2022-07-01T00:00:00+08:00"), Stage::Yellow);
    assert_eq!(stage_3("2022-07-03T23:59:59+08:00"), Stage::Yellow);
    assert_eq!(stage_3("2022-07-04T00:00:00+08:00"), Stage::None);
    // A longer pack never lengthens what is in force.
    world.adopt(close("edition-8-again", 14, 14, ExistingMeasures::Shorten));
    assert_eq!(
        world.stage_at(3, at("2022-07-04T00:00:00+08:00")),
        Stage::None
    );
}

#[test]
fn a_ground_that_the_shorter_pack_drops_says_nothing_any_more() {
    let mut world = World::new();
    let rows = world.rows([1]);
    ok(&world.push("410100-clinic", K::Symptom, rows));
    world.wait(60);
    let mut keep = book("keep");
    keep.grounds.remove(&Ground::Sympt);
    world.adopt(keep.clone());
    assert_eq!(world.stage(1), Stage::Red, "kept as imposed");
    keep.digest = pack_digest("drop");
    keep.existing = ExistingMeasures::Shorten;
    world.adopt(keep);
    assert_eq!(world.stage(1), Stage::None);
    assert_eq!(world.stage_at(1, world.at.plus_s(-1)), Stage::Red);
}

#[test]
fn at_the_sunset_all_is_green_and_nothing_is_imposed_after() {
    let mut world = World::new();
    let sunset = world.at.plus_s(3 * DAY_S);
    let mut short = book("short");
    short.sunset = sunset;
    world.adopt(short);
    let rows = world.rows([1]);
    ok(&world.push("410100-cdc", K::CaseReport, rows));
    let rows = world.rows([2]);
    ok(&world.push("410100-transport", K::TravelRecord, rows));
    let wanted = || proposal(Ground::Arrival, 410_100, people([2]));
    let (order, digest, outcome) = world.propose("410100-hq.a", wanted());
    ok(&outcome);
    assert_eq!(world.stage_at(1, sunset.plus_s(-1)), Stage::Red);
    assert_eq!(world.stage_at(1, sunset), Stage::None);
    world.at = sunset;
    let rows = world.rows([3]);
    refused(
        &world.push("410100-cdc", K::CaseReport, rows),
        Code::SunsetPassed,
    );
    refused(
        &world.approve("410100-health.a", order, digest),
        Code::SunsetPassed,
    );
    refused(
        &world.propose("410100-hq.a", wanted()).2,
        Code::SunsetPassed,
    );
    let now = emergency(Ground::Arrival, 410_100, people([2]));
    refused(&world.propose("410100-hq.a", now).2, Code::SunsetPassed);
    assert_eq!(world.state.totals, Default::default());
    world.adopt(book("renewed"));
    assert_eq!(world.stage(1), Stage::None, "a renewed pack raises nobody");
}

#[test]
fn an_earlier_sunset_cuts_what_an_older_pack_imposed() {
    for existing in [ExistingMeasures::Keep, ExistingMeasures::Shorten] {
        let mut world = World::new();
        let rows = world.rows([1]);
        ok(&world.push("410100-cdc", K::CaseReport, rows));
        let mut short = book("short");
        short.sunset = world.at.plus_s(DAY_S);
        short.existing = existing;
        world.adopt(short);
        assert_eq!(world.stage_at(1, world.at.plus_s(DAY_S - 1)), Stage::Red);
        assert_eq!(world.stage_at(1, world.at.plus_s(DAY_S)), Stage::None);
    }
}

//! Evidence contracts: competent, fresh, filled in, linked, precise, as pushed.

use crate::common::*;
use domain::act::{ActBody, AreaKind, AreaOrder};
use domain::colour::{Colour, Ground, Stage};
use domain::evidence::{EvidenceKind as K, EvidenceRow, Precision};
use domain::ids::TextDigest;
use domain::machine::RowTaken::{Coarse, Duplicate, Measured, Recorded};
use domain::machine::{Outcome, RowResult};
use domain::refusal::Code;
use domain::time::{DAY_S, Timestamp};

/// What became of one row.
fn one(outcome: &Outcome) -> RowResult {
    match outcome.leaf.refused {
        Some(code) => Err(code),
        None => outcome.rows[0],
    }
}

fn declare(world: &mut World, number: &str, kind: AreaKind, division: u32, days: (i64, i64)) {
    let area = AreaOrder {
        number: number.to_owned(),
        kind,
        division: place(division),
        from: world.at.plus_s(days.0 * DAY_S),
        until: world.at.plus_s(days.1 * DAY_S),
        text_sha256: TextDigest::from_bytes(digest(number)),
    };
    ok(&world.act("410100-hq.a", ActBody::AreaDeclare(area)));
}

fn contact(world: &mut World, of: u32, index: u32) -> EvidenceRow {
    with(world.row(of), |more| more.link_person = Some(person(index)))
}

#[test]
fn a_case_report_of_a_hospital_makes_red_and_of_anybody_else_nothing() {
    let mut world = World::new();
    let rows = world.rows([1]);
    rows_are(
        &world.push("410100-hospital", K::CaseReport, rows),
        &[Ok(Measured)],
    );
    assert_eq!(world.colour(1), Colour::Red);
    for other in [
        "410100-hq",
        "410100-transport",
        "410100-lab",
        "410000-immigration",
    ] {
        let rows = world.rows([2]);
        refused(
            &world.push(other, K::CaseReport, rows),
            Code::EvidenceNotCompetent,
        );
    }
    for operator in ["410100-bureau", "410100-vendor"] {
        let rows = world.rows([2]);
        refused(
            &world.push(operator, K::CaseReport, rows),
            Code::OperatorCannotDecide,
        );
    }
    let rows = world.rows([2]);
    refused(
        &world.push("unknown", K::CaseReport, rows),
        Code::OrgUnknown,
    );
    assert_eq!(world.colour(2), Colour::Green);
}

#[test]
fn a_kind_that_the_pack_does_not_know_is_no_evidence() {
    let mut world = World::new();
    let mut book = book::book("test-2");
    book.grounds.remove(&Ground::Case);
    world.adopt(book);
    let rows = world.rows([1]);
    refused(
        &world.push("410100-cdc", K::CaseReport, rows),
        Code::NoGround,
    );
}

#[test]
fn a_fact_counts_up_to_its_age_and_a_little_ahead_of_the_clock_to_the_second() {
    let mut world = World::new();
    let mut dated = |ago: i64| {
        let mut row = world.row(1);
        row.occurred_at = world.at.plus_s(-ago);
        one(&world.push("410100-cdc", K::CaseReport, vec![row]))
    };
    assert_eq!(dated(14 * DAY_S), Ok(Measured));
    assert_eq!(dated(14 * DAY_S + 1), Err(Code::EvidenceStale));
    assert_eq!(dated(-300), Ok(Measured));
    assert_eq!(dated(-301), Err(Code::EvidenceFuture));
}

#[test]
fn a_row_lies_in_the_senders_place_and_has_a_reference_of_its_own() {
    let mut world = World::new();
    let mut changed = |change: fn(&mut EvidenceRow)| {
        let mut row = world.row(1);
        change(&mut row);
        one(&world.push("410100-cdc", K::CaseReport, vec![row]))
    };
    assert_eq!(changed(|row| row.division = place(410_100)), Ok(Measured));
    assert_eq!(
        changed(|row| row.division = place(410_300)),
        Err(Code::OutOfArea)
    );
    assert_eq!(
        changed(|row| row.division = place(410_000)),
        Err(Code::OutOfArea)
    );
    assert_eq!(
        changed(|row| row.division = place(410_199)),
        Err(Code::OutOfArea)
    );
    assert_eq!(
        changed(|row| row.reference = String::new()),
        Err(Code::FieldMissing)
    );
    assert_eq!(
        changed(|row| row.reference = " ".to_owned()),
        Err(Code::FieldMissing)
    );
    assert_eq!(
        changed(|row| row.reference = "R ".to_owned()),
        Err(Code::Malformed)
    );
}

#[test]
fn the_same_statement_is_the_same_evidence_in_one_part_and_across_senders() {
    let mut world = World::new();
    let row = world.row(1);
    let mut later = row.clone();
    later.occurred_at = row.occurred_at.plus_s(-60);
    let outcome = world.push(
        "410100-cdc",
        K::CaseReport,
        vec![row.clone(), later.clone()],
    );
    rows_are(&outcome, &[Ok(Measured), Ok(Duplicate)]);
    rows_are(
        &world.push("410100-hospital", K::CaseReport, vec![later]),
        &[Ok(Duplicate)],
    );
    assert_eq!(world.leaves.last().unwrap().rows.duplicate, 1);
    // A bad row before a good one of the same name takes nothing away from it.
    let good = world.row(2);
    let mut bad = good.clone();
    bad.division = place(410_300);
    let outcome = world.push("410100-cdc", K::CaseReport, vec![bad, good]);
    rows_are(&outcome, &[Err(Code::OutOfArea), Ok(Measured)]);
}

#[test]
fn a_close_contact_is_linked_to_somebody_else_who_is_an_index_case_near_in_time() {
    let mut world = World::new();
    let index = world.rows([1]);
    ok(&world.push("410100-cdc", K::CaseReport, index));
    let mut push = |of: u32, index: Option<u32>, ago: i64| {
        let mut row = world.row(of);
        row.occurred_at = world.at.plus_s(-ago);
        if let Some(index) = index {
            row = with(row, |more| more.link_person = Some(person(index)));
        }
        let result = one(&world.push("410100-cdc", K::CloseContact, vec![row]));
        (result, world.colour(of))
    };
    assert_eq!(push(2, Some(1), 0), (Ok(Measured), Colour::Red));
    assert_eq!(push(3, None, 0), (Err(Code::FieldMissing), Colour::Green));
    assert_eq!(push(3, Some(3), 0), (Err(Code::NotLinked), Colour::Green));
    assert_eq!(push(1, Some(1), 0).0, Err(Code::NotLinked));
    assert_eq!(push(3, Some(2), 0), (Err(Code::NotLinked), Colour::Green));
    assert_eq!(push(3, Some(99), 0), (Err(Code::NotLinked), Colour::Green));
    // Counted from the fact: the contact of eight days ago has two days of yellow left.
    assert_eq!(push(4, Some(1), 8 * DAY_S), (Ok(Measured), Colour::Yellow));
    assert_eq!(push(5, Some(1), 11 * DAY_S), (Ok(Recorded), Colour::Green));
    assert_eq!(push(6, Some(1), 14 * DAY_S).0, Ok(Recorded));
}

#[test]
fn a_contact_more_than_fourteen_days_from_the_index_evidence_is_not_linked() {
    let mut world = World::new();
    let mut index = world.row(1);
    index.occurred_at = world.at.plus_s(-10 * DAY_S);
    ok(&world.push("410100-cdc", K::CaseReport, vec![index]));
    world.wait(4 * DAY_S);
    let row = contact(&mut world, 2, 1);
    assert_eq!(
        one(&world.push("410100-cdc", K::CloseContact, vec![row])),
        Ok(Measured)
    );
    world.wait(1);
    let row = contact(&mut world, 3, 1);
    assert_eq!(
        one(&world.push("410100-cdc", K::CloseContact, vec![row])),
        Err(Code::NotLinked)
    );
}

#[test]
fn a_secondary_contact_is_linked_to_a_close_contact() {
    let mut world = World::new();
    let index = world.rows([1]);
    ok(&world.push("410100-cdc", K::CaseReport, index));
    let row = contact(&mut world, 2, 1);
    ok(&world.push("410100-cdc", K::CloseContact, vec![row]));
    let row = contact(&mut world, 3, 2);
    ok(&world.push("410100-cdc", K::SecondaryContact, vec![row]));
    assert_eq!(world.colour(3), Colour::Yellow);
    let row = contact(&mut world, 4, 1);
    refused(
        &world.push("410100-cdc", K::SecondaryContact, vec![row]),
        Code::NotLinked,
    );
}

#[test]
fn a_stay_is_linked_to_an_area_order_of_the_right_kind_place_and_time() {
    let mut world = World::new();
    declare(&mut world, "risk", AreaKind::Risk, 410_105, (-2, 10));
    declare(&mut world, "sealed", AreaKind::Sealed, 410_105, (-2, 10));
    declare(&mut world, "elsewhere", AreaKind::Risk, 410_103, (-2, 10));
    declare(&mut world, "future", AreaKind::Risk, 410_105, (1, 10));
    let mut stay = |number: Option<&str>, from: i64, until: i64| {
        let at = world.at;
        let row = with(world.row(1), |more| {
            more.link_reference = number.map(str::to_owned);
            more.from = Some(at.plus_s(from));
            more.until = Some(at.plus_s(until));
        });
        one(&world.push("410100-transport", K::AreaStay, vec![row]))
    };
    assert_eq!(stay(Some("risk"), -10, 0), Ok(Recorded));
    assert_eq!(stay(None, -10, 0), Err(Code::FieldMissing));
    assert_eq!(stay(Some("none"), -10, 0), Err(Code::NotLinked));
    assert_eq!(stay(Some("sealed"), -10, 0), Err(Code::NotLinked));
    assert_eq!(stay(Some("elsewhere"), -10, 0), Err(Code::NotLinked));
    assert_eq!(stay(Some("future"), -10, 0), Err(Code::NotLinked));
    assert_eq!(stay(Some("risk"), 0, -10), Err(Code::NotLinked));
    assert_eq!(stay(Some("risk"), -10, 301), Err(Code::EvidenceFuture));
    // Fourteen days before the area was listed still count; a second more does not.
    assert_eq!(stay(Some("risk"), -17 * DAY_S, -16 * DAY_S), Ok(Recorded));
    assert_eq!(
        stay(Some("risk"), -17 * DAY_S, -16 * DAY_S - 1),
        Err(Code::NotLinked)
    );
    assert_eq!(world.colour(1), Colour::Green, "evidence alone is no order");
}

#[test]
fn an_area_lifted_before_it_began_lists_nobody_and_a_round_called_off_is_nobodys_duty() {
    let mut world = World::new();
    declare(&mut world, "future", AreaKind::Risk, 410_105, (1, 10));
    declare(&mut world, "round", AreaKind::TestRound, 410_105, (-1, 1));
    let overdue = |world: &mut World| {
        let row = with(world.row(1), |more| {
            more.link_reference = Some("round".to_owned())
        });
        one(&world.push("410100-health", K::TestOverdue, vec![row]))
    };
    assert_eq!(
        overdue(&mut world),
        Err(Code::NotLinked),
        "the round is not over"
    );
    for number in ["future", "round"] {
        ok(&world.act(
            "410100-hq.a",
            ActBody::AreaLift {
                number: number.to_owned(),
            },
        ));
    }
    let row = with(world.row(1), |more| {
        more.link_reference = Some("future".to_owned())
    });
    refused(
        &world.push("410100-transport", K::AreaStay, vec![row]),
        Code::NotLinked,
    );
    assert_eq!(
        overdue(&mut world),
        Err(Code::NotLinked),
        "the round was called off"
    );
    declare(&mut world, "round-2", AreaKind::TestRound, 410_105, (-1, 1));
    world.wait(DAY_S);
    let row = with(world.row(1), |more| {
        more.link_reference = Some("round-2".to_owned())
    });
    assert_eq!(
        one(&world.push("410100-health", K::TestOverdue, vec![row])),
        Ok(Measured)
    );
}

#[test]
fn a_coarse_place_yields_a_flag_and_carries_no_order() {
    let mut world = World::new();
    let index = world.rows([1]);
    ok(&world.push("410100-cdc", K::CaseReport, index));
    let mut met = |of: u32, precision: Option<Precision>| {
        let row = with(contact(&mut world, of, 1), |more| {
            more.precision = precision
        });
        let result = one(&world.push("410100-industry", K::Companion, vec![row]));
        (result, world.stage(of))
    };
    assert_eq!(
        met(2, Some(Precision::Community)),
        (Ok(Measured), Stage::Yellow)
    );
    assert_eq!(
        met(3, Some(Precision::Address)),
        (Ok(Measured), Stage::Yellow)
    );
    assert_eq!(met(4, Some(Precision::Township)), (Ok(Coarse), Stage::Flag));
    assert_eq!(met(5, None), (Ok(Coarse), Stage::Flag));
    world.adopt(book::book_with("by-order", Ground::Stc, |rule| {
        (rule.automatic, rule.by_order) = (false, true);
    }));
    let row = contact(&mut world, 6, 1);
    ok(&world.push("410100-industry", K::Companion, vec![row]));
    let (_, _, outcome) = world.propose("410100-hq.a", proposal(Ground::Stc, 410_100, people([6])));
    refused(&outcome, Code::EvidenceCoarse);
}

#[test]
fn a_persons_own_word_is_never_red() {
    let mut world = World::new();
    let rows = world.rows([1]);
    ok(&world.push("410100-clinic", K::Symptom, rows));
    let rows = world.rows([2]);
    ok(&world.push("410100-self", K::Symptom, rows));
    assert_eq!(
        (world.colour(1), world.colour(2)),
        (Colour::Red, Colour::Yellow)
    );
}

#[test]
fn a_push_says_what_was_pushed_until_it_expires_and_no_more() {
    let mut world = World::new();
    let mut push = |of: u32, colour: Option<Colour>, expires: Option<i64>| {
        let at = world.at;
        let row = with(world.row(of), |more| {
            more.origin = Some(place(310_000));
            more.pushed = colour;
            more.expires = expires.map(|after| at.plus_s(after));
        });
        let row = EvidenceRow {
            division: place(410_000),
            ..row
        };
        let result = one(&world.push("410000-other", K::ProvincePush, vec![row]));
        (result, world.colour(of))
    };
    assert_eq!(
        push(1, Some(Colour::Yellow), Some(DAY_S)),
        (Ok(Measured), Colour::Yellow)
    );
    assert_eq!(
        push(2, Some(Colour::Red), Some(DAY_S)),
        (Ok(Measured), Colour::Red)
    );
    assert_eq!(
        push(3, Some(Colour::Green), Some(DAY_S)).0,
        Err(Code::FieldMissing)
    );
    assert_eq!(push(3, None, Some(DAY_S)).0, Err(Code::FieldMissing));
    assert_eq!(push(3, Some(Colour::Red), None).0, Err(Code::FieldMissing));
    assert_eq!(
        push(3, Some(Colour::Red), Some(0)),
        (Err(Code::EvidenceStale), Colour::Green)
    );
    assert_eq!(
        push(4, Some(Colour::Red), Some(1_000 * DAY_S)).0,
        Ok(Measured)
    );
    let end = |of: u32| {
        (1..30).find(|day| world.stage_at(of, world.at.plus_s(day * DAY_S)) == Stage::None)
    };
    assert_eq!(
        (end(2), end(4)),
        (Some(1), Some(7)),
        "its own expiry, and the pack's days"
    );
    assert_eq!(world.stage_at(2, world.at.plus_s(DAY_S - 1)), Stage::Red);
}

#[test]
fn a_province_does_not_push_to_itself() {
    let mut world = World::new();
    let mut push = |of: u32, origin: u32| {
        let at = world.at;
        let row = with(world.row(of), |more| {
            more.pushed = Some(Colour::Red);
            more.expires = Some(at.plus_s(DAY_S));
            more.origin = Some(place(origin));
        });
        let row = EvidenceRow {
            division: place(410_000),
            ..row
        };
        one(&world.push("410000-other", K::ProvincePush, vec![row]))
    };
    assert_eq!(push(1, 410_105), Err(Code::OutOfArea));
    assert_eq!(push(2, 310_000), Ok(Measured));
}

#[test]
fn every_standing_rule_ends_by_itself_at_its_second() {
    let mut world = World::new();
    let rows = world.rows([1]);
    ok(&world.push("410100-hospital", K::SuspectedReport, rows));
    let until: Timestamp = world.at.plus_s(7 * DAY_S);
    assert_eq!(world.stage_at(1, until.plus_s(-1)), Stage::Red);
    assert_eq!(world.stage_at(1, until), Stage::None);
    world.at = until;
    let rows = world.rows([2]);
    let outcome = world.push("410100-clinic", K::Symptom, rows);
    assert_eq!(outcome.leaf.lapsed.red_green, 1);
}

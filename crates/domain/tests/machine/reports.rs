//! Parts of reports: envelope, purpose, authority, and how they fit together.

use crate::common::*;
use domain::act::PART_ROWS_MAX;
use domain::evidence::{EvidenceKind as K, EvidenceRow, Field};
use domain::machine::{Cell, check_statement};
use domain::organisation::OrgKind;
use domain::refusal::Code;
use domain::rules::Contract;
use domain::state::records::REFUSED_ROWS_MAX;
use domain::submission::{Submission, VerifiedReport};
use domain::time::DAY_S;

#[test]
fn a_report_states_its_purpose_its_ledger_and_a_living_key() {
    let mut world = World::new();
    let rows = world.rows([1]);
    let good = world.part("410100-cdc", K::CaseReport, rows);
    let mut part = good.clone();
    part.purpose = " ".to_owned();
    refused(&world.send(part), Code::FieldMissing);
    let mut part = good.clone();
    part.ledger = "other".to_owned();
    refused(&world.send(part), Code::WrongLedger);
    let mut part = good.clone();
    part.signed_at = world.at.plus_s(-7 * DAY_S - 1);
    refused(&world.send(part), Code::ActStale);
    let digest = world.fresh_digest();
    let forged = VerifiedReport::assertion(good.clone(), digest, key_of("410100-hq"));
    refused(
        &world.step(Submission::Report(Box::new(forged))),
        Code::KeyRevoked,
    );
    ok(&world.send(good));
}

#[test]
fn what_no_provision_permits_is_forbidden() {
    let mut world = World::new();
    world.authority = Box::new(DenyAll);
    let rows = world.rows([1]);
    refused(
        &world.push("410100-cdc", K::CaseReport, rows),
        Code::NotAuthorised,
    );
}

#[test]
fn without_the_pack_in_force_nothing_is_permitted() {
    let mut world = World::new();
    let rows = world.rows([1]);
    let part = world.part("410100-cdc", K::CaseReport, rows);
    let in_force = world.book.take();
    refused(&world.send(part.clone()), Code::NoPack);
    // Rules of a pack that was never adopted are no rules.
    world.books.push(book::book("never-adopted"));
    world.book = Some(world.books.len() - 1);
    refused(&world.send(part.clone()), Code::NoPack);
    world.book = in_force;
    ok(&world.send(part));
}

#[test]
fn the_parts_of_a_report_agree_and_come_once() {
    let mut world = World::new();
    let rows = world.rows([1, 2, 3]);
    let mut first = world.part("410100-cdc", K::CaseReport, vec![rows[0].clone()]);
    first.parts = 2;
    ok(&world.send(first.clone()));
    let mut again = first.clone();
    again.rows = vec![rows[1].clone()];
    refused(&world.send(again.clone()), Code::ReportState);
    again.part = 2;
    refused(&world.send(again.clone()), Code::ReportState);
    again.part = 1;
    again.kind = K::AsymptomaticReport;
    refused(&world.send(again.clone()), Code::ReportState);
    again.kind = K::CaseReport;
    again.parts = 3;
    refused(&world.send(again.clone()), Code::ReportState);
    again.parts = 2;
    let mut empty = again.clone();
    empty.rows.clear();
    refused(&world.send(empty), Code::ReportState);
    ok(&world.send(again));
    assert_eq!(world.state.reports[&first.report].entries.len(), 2);
}

#[test]
fn a_part_has_at_most_ten_thousand_rows() {
    let mut world = World::new();
    let rows = world.rows(0..10_001);
    refused(
        &world.push("410100-lab", K::NegativeTest, rows),
        Code::ReportState,
    );
}

#[test]
fn a_test_that_releases_nobody_is_not_kept() {
    let mut world = World::new();
    let rows = world.rows([1]);
    let outcome = world.push("410100-lab", K::NegativeTest, rows);
    rows_are(&outcome, &[Ok(domain::machine::RowTaken::NotNeeded)]);
    assert_eq!(outcome.leaf.rows, Default::default());
    assert_eq!(world.state.people.count(), 0);
}

#[test]
fn a_report_names_its_refused_rows_by_their_place_and_no_more_of_them_than_it_may() {
    let mut world = World::new();
    let mut rows = world.rows(1..=3);
    rows[1].occurred_at = world.at.plus_s(DAY_S);
    let part = world.part("410100-cdc", K::CaseReport, rows);
    ok(&world.send(part.clone()));
    let record = &world.state.reports[&part.report];
    let named: Vec<_> = record.refused.iter().collect();
    assert_eq!(named, [(&2, &Code::EvidenceFuture)]);
    // A part in the middle counts on from the full ones before it.
    let late = world.at.plus_s(DAY_S);
    let mut rows = world.rows(10..=310);
    rows[1..].iter_mut().for_each(|row| row.occurred_at = late);
    let mut part = world.part("410100-cdc", K::CaseReport, rows);
    (part.part, part.parts) = (2, 3);
    ok(&world.send(part.clone()));
    let record = &world.state.reports[&part.report];
    assert_eq!(record.rows.refused, 300);
    assert_eq!(record.refused.len(), REFUSED_ROWS_MAX);
    let first = record.refused.keys().next();
    assert_eq!(first, Some(&(2 * PART_ROWS_MAX as u32 + 2)));
}

#[test]
fn what_a_row_says_about_itself_is_checked_alike_before_and_after_it_is_signed() {
    let mut world = World::new();
    let contract = book::contract(K::CloseContact, &[OrgKind::Cdc]);
    let contract = Contract {
        required: vec![Field::LinkPerson],
        ..contract
    };
    let linked = |row| with(row, |more| more.link_person = Some(person(7)));
    let good = linked(world.row(1));
    let check = |row: &EvidenceRow, at| check_statement(at, place(410_100), &contract, row);
    let found = |row: &EvidenceRow| {
        let fault = check(row, world.at).unwrap_err();
        (fault.code, fault.cell)
    };
    assert_eq!(check(&good, world.at), Ok(()));
    assert_eq!(check(&good, good.occurred_at.plus_s(-300)), Ok(()));
    let early = check(&good, good.occurred_at.plus_s(-301)).unwrap_err();
    assert_eq!(early.code, Code::EvidenceFuture);
    let mut row = good.clone();
    row.division = place(110_101);
    assert_eq!(found(&row), (Code::OutOfArea, Cell::Division));
    let mut row = good.clone();
    row.occurred_at = world.at.plus_s(-i64::from(contract.max_age_s) - 1);
    assert_eq!(found(&row), (Code::EvidenceStale, Cell::OccurredAt));
    let mut row = good.clone();
    row.reference = "N-1 ".to_owned();
    assert_eq!(found(&row), (Code::Malformed, Cell::Reference));
    let until = Some(world.at.plus_s(DAY_S));
    let row = with(good.clone(), |more| more.until = until);
    let cell = Cell::More(Field::Until);
    assert_eq!(found(&row), (Code::EvidenceFuture, cell));
    let mut row = good;
    row.more = None;
    let cell = Cell::More(Field::LinkPerson);
    assert_eq!(found(&row), (Code::FieldMissing, cell));
}

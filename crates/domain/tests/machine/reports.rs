//! Parts of reports: envelope, purpose, authority, and how they fit together.

use crate::common::*;
use domain::evidence::EvidenceKind as K;
use domain::refusal::Code;
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

//! Measures one bulk order: a million people with travel records in a hundred parts, then one
//! proposal and one approval. Prints seconds and rows a second; run it in release mode.
//!
//! `cargo run --release -p mingma-domain --example bulk`
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a measurement with the fixtures of the tests"
)]

#[path = "../tests/common/mod.rs"]
#[allow(dead_code, reason = "the fixtures serve the tests first")]
mod common;

use common::{World, ok, person, place, proposal, run};
use domain::act::{ActBody, PART_ROWS_MAX};
use domain::colour::Ground;
use domain::evidence::{EvidenceKind, EvidenceRow};
use domain::submission::{Submission, VerifiedAct, VerifiedReport};
use std::time::Instant;

const PARTS: u32 = 100;

/// Steps without the brute-force checks of the tests; gives the seconds it took.
fn timed(world: &mut World, submission: Submission) -> f64 {
    let (at, book) = (world.at, world.book);
    let step = common::Step {
        at,
        book,
        candidate: None,
        submission,
    };
    let begun = Instant::now();
    let outcome = run(&mut world.state, &world.books, &common::PermitAll, &step);
    let seconds = begun.elapsed().as_secs_f64();
    ok(&outcome);
    seconds
}

fn signed(world: &mut World, officer: &str, body: ActBody) -> VerifiedAct {
    world.sign(officer, body)
}

fn main() {
    let mut world = World::new();
    let rows_each = u32::try_from(PART_ROWS_MAX).unwrap();
    let counties = [410_102, 410_103, 410_104, 410_105, 410_108];
    let mut parts = 0.0;
    let mut everybody = Vec::new();
    for part in 0..PARTS {
        let rows = (0..rows_each).map(|row| {
            let number = part * rows_each + row;
            EvidenceRow {
                person: person(number),
                division: place(counties[number as usize % counties.len()]),
                occurred_at: world.at.plus_s(-i64::from(number % 7) * 86_400),
                reference: format!("T{number:012}"),
                more: None,
            }
        });
        let rows: Vec<EvidenceRow> = rows.collect();
        everybody.extend(rows.iter().map(|row| row.person));
        let part = world.part("410100-transport", EvidenceKind::TravelRecord, rows);
        let digest = world.fresh_digest();
        let key = common::key_of("410100-transport");
        let report = VerifiedReport::assertion(part, digest, key);
        parts += timed(&mut world, Submission::Report(Box::new(report)));
    }
    let rows = f64::from(PARTS * rows_each);
    println!("parts    {parts:.3} s  {:.0} rows/s", rows / parts);
    let wanted = proposal(Ground::Arrival, 410_100, everybody);
    let act = signed(&mut world, "410100-hq.a", ActBody::OrderPropose(wanted));
    let digest = act.digest();
    let order = domain::ids::OrderId::from_bytes(digest.short());
    let propose = timed(&mut world, Submission::Act(Box::new(act)));
    println!("propose  {propose:.3} s");
    let act = signed(
        &mut world,
        "410000-health.a",
        ActBody::OrderApprove { order, digest },
    );
    let approve = timed(&mut world, Submission::Act(Box::new(act)));
    println!("approve  {approve:.3} s");
    println!("together {:.3} s", propose + approve);
    assert_eq!(world.state.totals.yellow, u64::from(PARTS * rows_each));
}

//! The machine against random acts by random actors, right and wrong: what must always hold.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "tests"
)]
#![allow(dead_code, reason = "fixtures shared with the other tests")]

#[path = "../common/mod.rs"]
mod common;

mod deeds;
mod model;
mod order_of_rows;

use common::{World, run};
use deeds::{Deed, deeds, perform};
use domain::leaf::Leaf;
use domain::machine::Outcome;
use domain::state::State;
use domain::view::{Table, ViewRow, every_row, person_row, rows_for};
use model::Model;
use proptest::prelude::*;
use std::collections::BTreeMap;

type Views = BTreeMap<(Table, Vec<u8>), Vec<u8>>;

fn write(views: &mut Views, row: ViewRow) {
    match row.value {
        Some(value) => drop(views.insert((row.table, row.key), value)),
        None => drop(views.remove(&(row.table, row.key))),
    }
}

fn follow(views: &mut Views, state: &State, outcome: &Outcome) {
    for row in rows_for(state, outcome.leaf.seq, &outcome.changes) {
        write(views, row);
    }
    for &place in &outcome.changes.people {
        write(views, person_row(state, place).unwrap());
    }
}

/// The state without what even a refusal changes.
fn but_for_the_record(state: &State) -> State {
    let mut state = state.clone();
    state.refusals.clear();
    state.seen.clear();
    (state.seq, state.last_at, state.totals) = Default::default();
    state.boundaries.clear();
    state
}

/// The colours that were counted, which the passing of time changes whatever is submitted.
fn with_time_passed(state: &State, at: domain::time::Timestamp) -> Vec<domain::colour::Colour> {
    (0..state.people.count())
        .map(|place| state.people.colour_at(place, at))
        .collect()
}

fn check(deeds: &[Deed]) -> World {
    let mut world = World::new();
    let mut views = Views::new();
    every_row(&world.state).for_each(|row| write(&mut views, row));
    let mut model = Model::default();
    for deed in deeds {
        let before = world.state.clone();
        let Some(outcome) = perform(&mut world, deed) else {
            continue;
        };
        let submission = world.steps.last().unwrap().submission.clone();
        follow(&mut views, &world.state, &outcome);
        if outcome.refusal.is_some() {
            let at = world.state.last_at;
            let same = with_time_passed(&before, at) == with_time_passed(&world.state, at);
            assert!(same, "a refusal changes no colour");
            let (mut old, mut new) = (but_for_the_record(&before), world.state.clone());
            new = but_for_the_record(&new);
            // Colours counted as time passed are the one other difference.
            (old.people, new.people) = Default::default();
            assert_eq!(old, new, "a refusal changes nothing else");
        } else {
            let book = world.book.map(|place| &world.books[place]);
            model.accept(&world.state, book, &submission, &outcome);
        }
        model.check(&world.state);
    }
    let all: Views = every_row(&world.state)
        .map(|row| ((row.table, row.key), row.value.unwrap()))
        .collect();
    assert_eq!(
        views.keys().collect::<Vec<_>>(),
        all.keys().collect::<Vec<_>>()
    );
    for (key, value) in &all {
        assert_eq!(
            views.get(key),
            Some(value),
            "row {key:?} of the views is stale"
        );
    }
    world
}

fn replay(world: &World, from: usize, mut state: State) -> (State, Vec<Leaf>) {
    let leaves = world.steps[from..]
        .iter()
        .map(|step| run(&mut state, &world.books, &*world.authority, step).leaf)
        .collect();
    (state, leaves)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn no_colour_without_evidence_and_authority_whatever_is_tried(deeds in deeds()) {
        check(&deeds);
    }

    #[test]
    fn the_same_submissions_give_the_same_state_even_over_a_snapshot(
        deeds in deeds(), cut in 0.0..1.0_f64,
    ) {
        let world = check(&deeds);
        let (state, leaves) = replay(&world, 0, State::default());
        prop_assert_eq!(&state, &world.state);
        prop_assert_eq!(&leaves, &world.leaves);
        let cut = (world.steps.len() as f64 * cut) as usize;
        let mut half = State::default();
        for step in &world.steps[..cut] {
            run(&mut half, &world.books, &*world.authority, step);
        }
        let bytes = postcard::to_stdvec(&half).unwrap();
        let mut snapshot: State = postcard::from_bytes(&bytes).unwrap();
        snapshot.reindex();
        let (state, leaves) = replay(&world, cut, snapshot);
        prop_assert_eq!(&state, &world.state);
        prop_assert_eq!(&leaves[..], &world.leaves[cut..]);
        let encoded = world.leaves.iter().all(|leaf| Leaf::decode(&leaf.encode()).as_ref() == Some(leaf));
        prop_assert!(encoded);
    }
}

/// Random acts reach what they should: otherwise the properties above would say little.
#[test]
fn the_random_world_reaches_every_way_to_a_colour() {
    use proptest::strategy::ValueTree as _;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut accepted = BTreeMap::<String, u32>::new();
    for _ in 0..1_000 {
        let drawn = deeds().new_tree(&mut runner).unwrap().current();
        let world = check(&drawn);
        for leaf in &world.leaves {
            let why = leaf
                .refused
                .map_or_else(String::new, |code| format!(" {code}"));
            *accepted.entry(leaf.kind.clone() + &why).or_default() += 1;
        }
    }
    for kind in [
        "report.push",
        "order.propose",
        "order.approve",
        "order.emergency",
        "order.withdraw",
        "convert",
        "appeal.file",
        "appeal.decide",
        "area.declare",
        "pack.adopt",
        "key.revoke",
    ] {
        assert!(
            accepted.get(kind).is_some_and(|count| *count >= 1),
            "{kind}: {accepted:?}"
        );
    }
}

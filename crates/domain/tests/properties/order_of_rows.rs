//! The order of rows inside a part does not matter where no volume guard is reached.

use crate::common::*;
use domain::evidence::{EvidenceKind, EvidenceRow};
use domain::view::person_view;
use proptest::prelude::*;

/// What each person's record says, without numbers that depend on who came first.
fn records(world: &World) -> Vec<(PersonKey, Vec<String>, Vec<String>)> {
    let mut all: Vec<_> = (0..world.state.people.count())
        .map(|place| {
            let view = person_view(&world.state, place);
            let id = *world.state.people.person(place).unwrap().id.as_bytes();
            let mut evidence: Vec<String> = view
                .evidence
                .iter()
                .map(|item| format!("{item:?}"))
                .collect();
            let mut measures: Vec<String> = view
                .measures
                .iter()
                .map(|item| format!("{item:?}"))
                .collect();
            evidence.sort();
            measures.sort();
            (id, evidence, measures)
        })
        .collect();
    all.sort();
    all
}

type PersonKey = [u8; 16];

fn sent(kind: EvidenceKind, org: &str, rows: Vec<EvidenceRow>) -> World {
    let mut world = World::new();
    let symptoms = (0..6).map(|number| world.row(number)).collect();
    ok(&world.push("410100-clinic", EvidenceKind::Symptom, symptoms));
    world.wait(3 * 86_400);
    world.push(org, kind, rows);
    world
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn rows_of_one_part_may_come_in_any_order(
        drawn in proptest::collection::vec((0..8_u32, 0..4_u32, 0..3_i64, 0..3_usize), 1..20),
        tests in any::<bool>(),
        shuffled in any::<prop::sample::Index>(),
    ) {
        let rows: Vec<EvidenceRow> = drawn
            .iter()
            .enumerate()
            .map(|(place, &(of, reference, days, at))| EvidenceRow {
                person: person(of),
                division: crate::common::place([410_105, 410_103, 410_300][at]),
                occurred_at: START.plus_s(days * 86_400),
                // Repetitions state the same; contradictions under one name are first come.
                reference: format!("R-{reference}-{of}-{days}-{at}-{}", place % 2),
                more: None,
            })
            .collect();
        let mut other = rows.clone();
        let turn = shuffled.index(other.len());
        other.rotate_left(turn);
        other.reverse();
        let (kind, org) = if tests {
            (EvidenceKind::NegativeTest, "410100-lab")
        } else {
            (EvidenceKind::CaseReport, "410100-cdc")
        };
        let (first, second) = (sent(kind, org, rows), sent(kind, org, other));
        prop_assert_eq!(records(&first), records(&second));
        prop_assert_eq!(first.state.totals, second.state.totals);
    }
}

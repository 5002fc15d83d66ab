//! The views give back what was written, with the position that it reflects.

use app::ports::{ViewRows as _, Views};
use domain::view::{Table, ViewRow};
use proptest::prelude::*;
use std::collections::BTreeMap;
use store::FjallViews;

fn row(table: Table, key: &[u8], value: Option<&[u8]>) -> ViewRow {
    ViewRow {
        table,
        key: key.to_vec(),
        value: value.map(<[u8]>::to_vec),
    }
}

#[test]
fn rows_and_position_are_read_back_also_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mut views = FjallViews::open(folder.path()).unwrap();
    assert_eq!(views.position().unwrap(), 0);
    for (number, table) in (1_u64..).zip(Table::ALL) {
        let rows = [row(*table, b"a", Some(b"1")), row(*table, b"b", Some(&[]))];
        views.write(number, &rows).unwrap();
    }
    views.flush().unwrap();
    drop(views);
    let views = FjallViews::open(folder.path()).unwrap();
    assert_eq!(
        views.position().unwrap(),
        u64::try_from(Table::ALL.len()).unwrap()
    );
    for table in Table::ALL {
        assert_eq!(views.row(*table, b"a").unwrap(), Some(b"1".to_vec()));
        assert_eq!(views.row(*table, b"b").unwrap(), Some(Vec::new()));
        assert_eq!(views.row(*table, b"c").unwrap(), None);
    }
}

#[test]
fn a_position_without_rows_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let mut views = FjallViews::open(folder.path()).unwrap();
    views.write(9, &[]).unwrap();
    assert_eq!(views.position().unwrap(), 9);
}

#[test]
fn rows_are_listed_in_key_order_from_a_key_up_to_a_limit() {
    let folder = tempfile::tempdir().unwrap();
    let mut views = FjallViews::open(folder.path()).unwrap();
    let rows: Vec<ViewRow> = [9_u8, 1, 5, 3]
        .iter()
        .map(|key| row(Table::Orders, &[*key], Some(&[*key])))
        .collect();
    views.write(1, &rows).unwrap();
    let keys = |from: &[u8], limit| -> Vec<u8> {
        let rows = views.rows(Table::Orders, from, limit).unwrap();
        rows.into_iter().flat_map(|(key, _)| key).collect()
    };
    assert_eq!(keys(&[], 10), [1, 3, 5, 9]);
    assert_eq!(keys(&[3], 2), [3, 5]);
    assert_eq!(keys(&[4], 1), [5]);
    assert_eq!(keys(&[10], 5), [0_u8; 0]);
    assert_eq!(keys(&[], 0), [0_u8; 0]);
    assert_eq!(views.rows(Table::Appeals, &[], 10).unwrap(), []);
}

#[test]
fn a_write_of_more_than_one_batch_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let mut views = FjallViews::open(folder.path()).unwrap();
    for (position, count) in [(1, 50_000_u32), (2, 50_001), (3, 100_000)] {
        let rows: Vec<ViewRow> = (0..count)
            .map(|n| row(Table::People, &n.to_be_bytes(), Some(b"v")))
            .collect();
        views.write(position, &rows).unwrap();
        assert_eq!(views.position().unwrap(), position);
        let mut seen = 0;
        let count_one = |_: &[u8], _: &[u8]| {
            seen += 1;
            Ok(())
        };
        views.for_each(Table::People, count_one).unwrap();
        assert_eq!(seen, count);
    }
}

#[test]
fn wiped_views_are_empty_also_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mut views = FjallViews::open(folder.path()).unwrap();
    views
        .write(7, &[row(Table::People, b"a", Some(b"1"))])
        .unwrap();
    views.wipe().unwrap();
    views
        .write(1, &[row(Table::People, b"b", Some(b"2"))])
        .unwrap();
    views.flush().unwrap();
    for _ in 0..2 {
        assert_eq!(views.position().unwrap(), 1);
        let rows = views.rows(Table::People, &[], 9).unwrap();
        assert_eq!(rows, [(b"b".to_vec(), b"2".to_vec())]);
        drop(views);
        views = FjallViews::open(folder.path()).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    #[test]
    fn views_are_a_map_with_removal(
        groups in prop::collection::vec(
            prop::collection::vec((any::<u8>(), prop::option::of(any::<u8>())), 0..40), 1..10),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut views = FjallViews::open(folder.path()).unwrap();
        let mut model = BTreeMap::new();
        for (position, group) in (1..).zip(&groups) {
            let mut last: BTreeMap<u8, Option<u8>> = BTreeMap::new();
            last.extend(group.iter().copied());
            let rows: Vec<ViewRow> = last
                .iter()
                .map(|(key, value)| (key, value.as_ref().map(std::slice::from_ref)))
                .map(|(key, value)| row(Table::Board, &[*key], value))
                .collect();
            views.write(position, &rows).unwrap();
            for (key, value) in last {
                match value {
                    Some(value) => { model.insert(vec![key], vec![value]); }
                    None => { model.remove(&vec![key]); }
                }
            }
            let wanted: Vec<(Vec<u8>, Vec<u8>)> = model.clone().into_iter().collect();
            prop_assert_eq!(&views.rows(Table::Board, &[], 1000).unwrap(), &wanted);
            let back: Vec<_> = wanted.into_iter().rev().filter(|(key, _)| key[0] < 200).collect();
            prop_assert_eq!(views.rows_before(Table::Board, &[200], 1000).unwrap(), back);
        }
    }
}

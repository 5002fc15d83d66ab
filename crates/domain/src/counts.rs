//! What may be shown of a day's counts: small cells are withheld, and with them whatever would give
//! one away.
//!
//! Invariant: in every sum that is shown, either all of its parts are shown or at least two are
//! withheld, which together are [`SMALL_CELL`] or more and could be divided in more than one way.
//! Refuses: nothing; where no other way is left a sum is withheld too. A zero is always shown.

use crate::colour::Ground;
use crate::division::DivisionCode;
use std::collections::{BTreeMap, BTreeSet};

/// Counts from 1 to one below this are not shown: who lives in a small place could be told from them.
/// No source gives a number; this one is our default.
pub const SMALL_CELL: u64 = 10;

/// A cell by place and ground; none of them stands for all, so that sums are cells too.
pub type Cell = (Option<DivisionCode>, Option<Ground>);

/// The sum of everything.
pub const ALL: Cell = (None, None);

/// A sum and its parts.
struct Sum {
    of: Cell,
    parts: Vec<Cell>,
}

/// The cells with their sums; none where the count is withheld.
pub fn shown(
    counts: impl IntoIterator<Item = ((DivisionCode, Ground), u64)>,
) -> BTreeMap<Cell, Option<u64>> {
    let values = with_sums(counts);
    let sums = sums(&values);
    let small = |(_, count): &(&Cell, &u64)| (1..SMALL_CELL).contains(*count);
    let mut withheld: BTreeSet<Cell> = values.iter().filter(small).map(|(cell, _)| *cell).collect();
    while let Some(cell) = sums
        .iter()
        .find_map(|sum| one_more(sum, &values, &withheld))
    {
        withheld.insert(cell);
    }
    let seen = |(cell, count)| (cell, (!withheld.contains(&cell)).then_some(count));
    values.into_iter().map(seen).collect()
}

fn with_sums(
    counts: impl IntoIterator<Item = ((DivisionCode, Ground), u64)>,
) -> BTreeMap<Cell, u64> {
    let mut values = BTreeMap::from([(ALL, 0)]);
    for ((place, ground), count) in counts {
        let (place, ground) = (Some(place), Some(ground));
        for cell in [(place, ground), (place, None), (None, ground), ALL] {
            let value: &mut u64 = values.entry(cell).or_default();
            *value = value.saturating_add(count);
        }
    }
    values
}

/// Each place over its grounds, each ground over its places, and everything both ways.
fn sums(values: &BTreeMap<Cell, u64>) -> Vec<Sum> {
    let cells = || values.keys().copied();
    let of = |of: Cell, is_part: &dyn Fn(Cell) -> bool| Sum {
        of,
        parts: cells().filter(|cell| is_part(*cell)).collect(),
    };
    let sum = |cell| match cell {
        (Some(place), None) => Some(of(cell, &|(at, on)| at == Some(place) && on.is_some())),
        (None, Some(ground)) => Some(of(cell, &|(at, on)| on == Some(ground) && at.is_some())),
        _ => None,
    };
    let mut sums: Vec<Sum> = cells().filter_map(sum).collect();
    sums.push(of(ALL, &|(at, on)| at.is_some() && on.is_none()));
    sums.push(of(ALL, &|(at, on)| at.is_none() && on.is_some()));
    sums
}

/// What has to be withheld beside, so that this sum gives nothing away; none where it does not.
fn one_more(sum: &Sum, values: &BTreeMap<Cell, u64>, withheld: &BTreeSet<Cell>) -> Option<Cell> {
    let value = |cell: &Cell| values.get(cell).copied().unwrap_or(0);
    let is_hidden = |cell: &&Cell| withheld.contains(*cell);
    let hidden = || sum.parts.iter().filter(is_hidden);
    let (count, total) = (hidden().count() as u64, hidden().map(value).sum::<u64>());
    let is_safe = match (withheld.contains(&sum.of), count) {
        (true, count) => count > 0,
        (false, 0) => true,
        (false, count) => count > 1 && total >= SMALL_CELL && total > count,
    };
    if is_safe {
        return None;
    }
    let open = sum.parts.iter().filter(|cell| !is_hidden(cell));
    let open = open.filter(|cell| value(cell) > 0);
    let next = open.min_by_key(|cell| (value(cell), **cell)).copied();
    next.or_else(|| (!withheld.contains(&sum.of)).then_some(sum.of))
}

#[cfg(test)]
mod tests {
    use super::*;
    use Ground::{Case, Close, Inbound};

    fn at(place: u32) -> DivisionCode {
        DivisionCode::new(place).unwrap()
    }

    fn told(counts: &[(u32, Ground, u64)]) -> BTreeMap<Cell, Option<u64>> {
        shown(
            counts
                .iter()
                .map(|(place, ground, count)| ((at(*place), *ground), *count)),
        )
    }

    fn place(code: u32) -> Cell {
        (Some(at(code)), None)
    }

    #[test]
    fn large_counts_and_zeros_are_shown_with_their_sums() {
        let told = told(&[
            (410_100, Close, 10),
            (410_200, Close, 0),
            (410_200, Case, 25),
        ]);
        assert!(told.values().all(Option::is_some));
        assert_eq!(told[&ALL], Some(35));
        assert_eq!(told[&place(410_200)], Some(25));
    }

    #[test]
    fn a_day_without_anything_has_a_sum_of_zero() {
        assert_eq!(told(&[]), BTreeMap::from([(ALL, Some(0))]));
    }

    #[test]
    fn a_small_cell_takes_a_second_one_with_it_so_that_no_sum_gives_it_away() {
        let counts = [
            (410_100, Close, 9),
            (410_200, Close, 40),
            (410_300, Close, 50),
        ];
        let told = told(&counts);
        assert_eq!(told[&place(410_100)], None);
        assert_eq!(told[&place(410_200)], None, "the smaller of the others");
        assert_eq!(told[&place(410_300)], Some(50));
        assert_eq!(told[&ALL], Some(99));
    }

    #[test]
    fn one_below_the_number_is_withheld_and_the_number_itself_is_shown() {
        for (count, withheld) in [(SMALL_CELL - 1, true), (SMALL_CELL, false)] {
            let told = told(&[(410_100, Close, count)]);
            assert_eq!(told[&ALL].is_none(), withheld, "{count}");
        }
    }

    #[test]
    fn ones_that_add_up_to_their_number_are_not_told_by_it() {
        let counts: Vec<(u32, Ground, u64)> = (1..=12)
            .map(|city| (410_000 + city * 100, Close, 1))
            .collect();
        assert_eq!(told(&counts)[&ALL], None, "12 in 12 places is one in each");
    }

    /// Every sum that is shown leaves two cells open at least, in every table of these.
    #[test]
    fn no_sum_has_a_single_withheld_part() {
        let sizes = [0, 1, 3, 9, 10, 11, 80];
        let mut seed = 7_usize;
        for _ in 0..500 {
            let mut counts = Vec::new();
            for city in 1..5 {
                for ground in [Close, Case, Inbound] {
                    seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    counts.push((
                        410_000 + city * 100,
                        ground,
                        sizes[(seed >> 33) % sizes.len()],
                    ));
                }
            }
            let told = told(&counts);
            let values = told.keys().map(|cell| (*cell, 0)).collect();
            for sum in sums(&values) {
                let hidden = sum.parts.iter().filter(|cell| told[cell].is_none()).count();
                match told[&sum.of] {
                    Some(_) => assert_ne!(hidden, 1, "{counts:?}"),
                    None => assert!(hidden > 0, "{counts:?}"),
                }
            }
        }
    }
}

//! The rows of the board that the public is told from: counts of a day, orders by their entries, and
//! which statements explain an order.
//!
//! Invariant: a key reads back as what it was made of; keys of one kind sort by time.

use super::{ViewRow, row};
use crate::colour::Ground;
use crate::division::DivisionCode;
use crate::ids::OrderId;
use crate::state::records::{DayCount, Order, Statement};
use crate::time::Day;
use crate::view::Table;

const DAY: &[u8] = b"day/";
const ORDER: &[u8] = b"order/";
const SAID: &[u8] = b"said/";

/// What the keys of a day's counts begin with.
pub fn day_prefix(day: Day) -> Vec<u8> {
    [DAY, &day.as_count().to_be_bytes()].concat()
}

/// The place and the ground of such a key.
pub fn read_count_key(key: &[u8]) -> Option<(DivisionCode, Ground)> {
    let (_, rest) = key.strip_prefix(DAY)?.split_first_chunk::<8>()?;
    let (place, ground) = rest.split_first_chunk()?;
    let place = DivisionCode::new(u32::from_be_bytes(*place))?;
    let ground = std::str::from_utf8(ground).ok()?.parse().ok()?;
    Some((place, ground))
}

/// What the keys of the index of orders begin with; the value of each is the order's id.
pub const fn orders_prefix() -> &'static [u8] {
    ORDER
}

/// The key of the order that an entry proposed.
pub fn order_key(entry: u64) -> Vec<u8> {
    [ORDER, &entry.to_be_bytes()].concat()
}

/// What the keys of the statements about an order begin with.
pub fn said_prefix(order: OrderId) -> Vec<u8> {
    [SAID, order.as_bytes()].concat()
}

/// The entry that a key of either index ends with.
pub fn entry_of(key: &[u8]) -> Option<u64> {
    let (_, entry) = key.split_last_chunk()?;
    Some(u64::from_be_bytes(*entry))
}

pub(super) fn count_row(
    (day, place, ground): (Day, DivisionCode, Ground),
    cell: &DayCount,
) -> ViewRow {
    let mut key = day_prefix(day);
    key.extend(place.number().to_be_bytes());
    key.extend(ground.code().as_bytes());
    row(Table::Board, key, cell)
}

pub(super) fn order_row(id: OrderId, order: &Order) -> ViewRow {
    row(Table::Board, order_key(order.maker.entry), &id)
}

/// A statement whole, and a row for each order that it is about.
pub(super) fn statement_rows(entry: u64, statement: &Statement) -> impl Iterator<Item = ViewRow> {
    let whole = row(Table::Statements, entry.to_be_bytes(), statement);
    let about = statement.orders.iter().map(move |order| {
        let key = [said_prefix(*order).as_slice(), &entry.to_be_bytes()].concat();
        row(Table::Board, key, &())
    });
    std::iter::once(whole).chain(about)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_counts_reads_back_as_its_place_and_ground() {
        let day = Day::from_count(19_155);
        let place = DivisionCode::new(410_100).unwrap();
        let made = count_row((day, place, Ground::Inbound), &DayCount::default());
        assert!(made.key.starts_with(&day_prefix(day)));
        assert_eq!(read_count_key(&made.key), Some((place, Ground::Inbound)));
        assert_eq!(read_count_key(b"totals"), None);
        assert_eq!(read_count_key(&day_prefix(day)), None);
    }

    #[test]
    fn keys_of_orders_sort_by_entry_and_read_back() {
        assert!(order_key(255) < order_key(256));
        assert_eq!(entry_of(&order_key(256)), Some(256));
        assert_eq!(entry_of(b"short"), None);
    }
}

//! Which field of a leaf differs, in words.
//!
//! Invariant: two leaves differ exactly when some field here does.

use domain::leaf::{Leaf, RowCounts, Totals, Transitions};
use std::fmt::Display;

/// One field that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The field.
    pub field: &'static str,
    /// What the machine decides now.
    pub decided: String,
    /// What the entry says.
    pub said: String,
}

fn maybe<T: Display>(value: Option<&T>) -> String {
    value.map_or_else(|| "none".to_owned(), |value| format!("`{value}`"))
}

fn hex(bytes: &[u8]) -> String {
    domain::ids::to_hex(bytes)
}

fn rows(rows: &RowCounts) -> String {
    let RowCounts {
        recorded,
        duplicate,
        refused,
        held,
    } = rows;
    format!("{recorded} recorded, {duplicate} duplicate, {refused} refused, {held} held")
}

fn changes(changes: &Transitions) -> String {
    let Transitions {
        green_yellow,
        green_red,
        yellow_red,
        yellow_green,
        red_yellow,
        red_green,
    } = changes;
    format!(
        "{green_yellow} green to yellow, {green_red} green to red, {yellow_red} yellow to red, \
         {yellow_green} yellow to green, {red_yellow} red to yellow, {red_green} red to green"
    )
}

fn totals(totals: &Totals) -> String {
    format!("{} yellow, {} red", totals.yellow, totals.red)
}

fn fate(leaf: &Leaf) -> String {
    leaf.refused.map_or_else(
        || "accepted".to_owned(),
        |code| format!("refused as `{code}`"),
    )
}

/// A leaf's fields by name, in their order, each as text.
fn fields(leaf: &Leaf) -> [(&'static str, String); 19] {
    [
        ("refusal", fate(leaf)),
        ("machine version", leaf.machine.to_string()),
        ("number", leaf.seq.to_string()),
        ("time", leaf.at.to_string()),
        ("kind", format!("`{}`", leaf.kind)),
        ("organisation", maybe(leaf.org.as_ref())),
        ("ground", maybe(leaf.ground.as_ref())),
        ("area", maybe(leaf.area.as_ref())),
        ("order", maybe(leaf.order.as_ref())),
        ("document", maybe(leaf.document.as_ref())),
        ("rule pack", maybe(leaf.pack.as_ref())),
        ("permits", format!("[{}]", leaf.permits.join(", "))),
        ("people", leaf.people.to_string()),
        ("subjects root", hex(&leaf.subjects)),
        ("rows", rows(&leaf.rows)),
        ("lapsed", changes(&leaf.lapsed)),
        ("caused", changes(&leaf.caused)),
        ("totals", totals(&leaf.totals)),
        ("act commitment", hex(&leaf.act)),
    ]
}

/// Every field that differs.
pub fn differences(decided: &Leaf, said: &Leaf) -> Vec<Difference> {
    let pairs = fields(decided).into_iter().zip(fields(said));
    pairs
        .filter(|((_, decided), (_, said))| decided != said)
        .map(|((field, decided), (_, said))| Difference {
            field,
            decided,
            said,
        })
        .collect()
}

/// The differences as one sentence.
pub fn sentence(decided: &Leaf, said: &Leaf, why: Option<&str>) -> String {
    let because = why.map(|why| format!(" ({why})")).unwrap_or_default();
    let found: Vec<String> = differences(decided, said)
        .iter()
        .map(|difference| {
            let Difference {
                field,
                decided,
                said,
            } = difference;
            let because = if *field == "refusal" {
                because.as_str()
            } else {
                ""
            };
            format!("{field}: the machine decides {decided}{because}, the entry says {said}")
        })
        .collect();
    if found.is_empty() {
        return "the entry is not in its canonical bytes".to_owned();
    }
    found.join("\n  ")
}

//! What changes from one pack to another, for people who have to agree to it.
//!
//! Invariant: every value of the rule book and every provision is compared under one key; two packs
//! with equal values have no change.

use crate::pack::Pack;
use domain::evidence::Precision;
use domain::rules::{Contract, GroundRule, RuleBook};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Which way a change goes for the person affected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// More people, or for longer, or with less ground to stand on.
    Stricter,
    /// Fewer people, or for shorter, or with more ground to stand on.
    Milder,
    /// Neither by itself.
    Other,
}

impl Direction {
    /// The word used in files and logs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Stricter => "stricter",
            Self::Milder => "milder",
            Self::Other => "other",
        }
    }
}

/// One difference between two packs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What changed, e.g. `ground.CLOSE.red`.
    pub key: String,
    /// The value before; empty where there was none.
    pub before: String,
    /// The value after; empty where there is none.
    pub after: String,
    /// Which way it goes.
    pub direction: Direction,
}

impl fmt::Display for Change {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dash = |text: &str| {
            if text.is_empty() {
                "-".to_owned()
            } else {
                text.to_owned()
            }
        };
        let (before, after) = (dash(&self.before), dash(&self.after));
        write!(
            formatter,
            "{:<8} {}: {before} -> {after}",
            self.direction.word(),
            self.key
        )
    }
}

/// How the weight of a value is read.
#[derive(Clone, Debug)]
enum Weight {
    /// A larger number is stricter.
    Strict(i64),
    /// A larger number is milder.
    Mild(i64),
    /// A larger set is stricter.
    StrictSet(BTreeSet<String>),
    /// A larger set is milder.
    MildSet(BTreeSet<String>),
    /// No order.
    Plain,
}

struct Value {
    text: String,
    weight: Weight,
}

type Values = BTreeMap<String, Value>;

/// Every difference from `before` to `after`, by key.
pub fn diff(before: &Pack, after: &Pack) -> Vec<Change> {
    let (old, new) = (values(before), values(after));
    let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let text = |value: Option<&Value>| value.map(|value| value.text.clone()).unwrap_or_default();
    keys.into_iter()
        .filter_map(|key| {
            let (was, is) = (old.get(key), new.get(key));
            if text(was) == text(is) && was.is_some() == is.is_some() {
                return None;
            }
            let direction = direction(key, was, is);
            Some(Change {
                key: key.clone(),
                before: text(was),
                after: text(is),
                direction,
            })
        })
        .collect()
}

fn direction(key: &str, was: Option<&Value>, is: Option<&Value>) -> Direction {
    let toward = |stricter: bool| {
        if stricter {
            Direction::Stricter
        } else {
            Direction::Milder
        }
    };
    match (
        was.map(|value| &value.weight),
        is.map(|value| &value.weight),
    ) {
        (Some(Weight::Strict(a)), Some(Weight::Strict(b))) => toward(b > a),
        (Some(Weight::Mild(a)), Some(Weight::Mild(b))) => toward(b < a),
        (Some(Weight::StrictSet(a)), Some(Weight::StrictSet(b))) => sets(a, b, toward),
        (Some(Weight::MildSet(a)), Some(Weight::MildSet(b))) => sets(b, a, toward),
        // A ground that appears makes colours; an exit that appears ends them.
        (None, Some(_)) if key.ends_with(".basis") && key.starts_with("ground.") => {
            toward(!key.contains(".release."))
        }
        (Some(_), None) if key.ends_with(".basis") && key.starts_with("ground.") => {
            toward(key.contains(".release."))
        }
        _ => Direction::Other,
    }
}

fn sets(
    was: &BTreeSet<String>,
    is: &BTreeSet<String>,
    toward: impl Fn(bool) -> Direction,
) -> Direction {
    if is.is_superset(was) {
        toward(true)
    } else if is.is_subset(was) {
        toward(false)
    } else {
        Direction::Other
    }
}

fn values(pack: &Pack) -> Values {
    let book = pack.book();
    let mut values = Values::new();
    identity(book, &mut values);
    for rule in book.grounds.values() {
        ground(rule, &mut values);
    }
    for (kind, evidence) in &book.release_evidence {
        contract(
            &format!("release_evidence.{kind}"),
            evidence,
            true,
            &mut values,
        );
    }
    for provision in pack.provisions() {
        let word = if provision.forbids {
            "forbid"
        } else {
            "permit"
        };
        let key = format!("{word}.{}", provision.permit.id);
        let text = provision
            .text
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        plain(&mut values, key, text);
    }
    values
}

fn plain(values: &mut Values, key: impl Into<String>, text: impl Into<String>) {
    values.insert(
        key.into(),
        Value {
            text: text.into(),
            weight: Weight::Plain,
        },
    );
}

fn put(values: &mut Values, key: String, text: String, weight: Weight) {
    values.insert(key, Value { text, weight });
}

fn identity(book: &RuleBook, values: &mut Values) {
    plain(values, "name", &book.name);
    plain(values, "version", &book.version);
    plain(values, "province", book.province.to_string());
    let instrument = &book.instrument;
    plain(values, "instrument.title", &instrument.title);
    plain(values, "instrument.number", &instrument.number);
    plain(values, "instrument.issuer", &instrument.issuer);
    plain(values, "instrument.date", &instrument.date);
    plain(
        values,
        "valid_from",
        book.valid_from.local_text(book.utc_offset_s),
    );
    let sunset = Weight::Strict(book.sunset.as_unix());
    put(
        values,
        "sunset".to_owned(),
        book.sunset.local_text(book.utc_offset_s),
        sunset,
    );
    plain(values, "utc_offset_s", book.utc_offset_s.to_string());
    plain(values, "existing", book.existing.word());
    let deadlines = &book.deadlines;
    let mut longer = |key: &str, seconds: u32| {
        let weight = Weight::Strict(i64::from(seconds));
        put(values, key.to_owned(), length(seconds), weight);
    };
    longer("deadlines.notice", deadlines.notice_s);
    longer(
        "deadlines.appeal",
        deadlines.appeal_hours.saturating_mul(3_600),
    );
    longer(
        "deadlines.conversion",
        deadlines.conversion_hours.saturating_mul(3_600),
    );
    longer("deadlines.emergency", deadlines.emergency_s);
    plain(
        values,
        "deadlines.daily_close_s",
        deadlines.daily_close_s.to_string(),
    );
    let people = book.volume.people;
    let weight = Weight::Strict(i64::from(people));
    put(
        values,
        "volume.people".to_owned(),
        people.to_string(),
        weight,
    );
    let window_s = book.volume.window_s;
    let weight = Weight::Mild(i64::from(window_s));
    put(values, "volume.window".to_owned(), length(window_s), weight);
}

fn ground(rule: &GroundRule, values: &mut Values) {
    let key = |name: &str| format!("ground.{}.{name}", rule.ground);
    plain(values, key("basis"), &rule.basis);
    plain(values, key("anchor"), rule.anchor.word());
    let steps = [
        ("red", rule.steps.red_s),
        ("yellow", rule.steps.yellow_s),
        ("flag", rule.steps.flag_s),
    ];
    for (name, seconds) in steps {
        put(
            values,
            key(name),
            length(seconds),
            Weight::Strict(i64::from(seconds)),
        );
    }
    for (name, yes) in [("automatic", rule.automatic), ("by_order", rule.by_order)] {
        put(
            values,
            key(name),
            yes.to_string(),
            Weight::Strict(i64::from(yes)),
        );
    }
    let people = rule.automatic_people;
    let weight = Weight::Strict(people.map_or(0, i64::from));
    put(
        values,
        key("automatic_people"),
        people.map_or(String::new(), |n| n.to_string()),
        weight,
    );
    contract(&key("contract"), &rule.contract, false, values);
    for release in &rule.releases {
        let key = |name: &str| key(&format!("release.{}.{name}", release.name));
        plain(values, key("basis"), &release.basis);
        plain(values, key("evidence"), release.kind.word());
        let count = i64::from(release.count);
        put(
            values,
            key("count"),
            release.count.to_string(),
            Weight::Strict(count),
        );
        put(
            values,
            key("gap"),
            length(release.gap_s),
            Weight::Strict(i64::from(release.gap_s)),
        );
        let after = Weight::Strict(i64::from(release.after_s));
        put(values, key("after"), length(release.after_s), after);
        let automatic = Weight::Mild(i64::from(release.automatic));
        put(
            values,
            key("automatic"),
            release.automatic.to_string(),
            automatic,
        );
    }
}

/// Evidence of release works the other way round: what widens it is milder.
fn contract(prefix: &str, contract: &Contract, releases: bool, values: &mut Values) {
    let words = |words: Vec<String>| words.into_iter().collect::<BTreeSet<String>>();
    let joined = |set: &BTreeSet<String>| set.iter().cloned().collect::<Vec<_>>().join(" ");
    let suppliers = words(contract.suppliers.iter().map(ToString::to_string).collect());
    let required = words(contract.required.iter().map(ToString::to_string).collect());
    let key = |name: &str| format!("{prefix}.{name}");
    let set = |set: BTreeSet<String>, wider_is_stricter: bool| {
        if wider_is_stricter {
            Weight::StrictSet(set)
        } else {
            Weight::MildSet(set)
        }
    };
    let number = |number: i64, more_is_stricter: bool| {
        if more_is_stricter {
            Weight::Strict(number)
        } else {
            Weight::Mild(number)
        }
    };
    put(
        values,
        key("suppliers"),
        joined(&suppliers),
        set(suppliers, !releases),
    );
    put(
        values,
        key("required"),
        joined(&required),
        set(required, releases),
    );
    let age_s = contract.max_age_s;
    put(
        values,
        key("max_age"),
        length(age_s),
        number(i64::from(age_s), !releases),
    );
    plain(values, key("link"), contract.link.word());
    let precision = contract.min_precision;
    let rank = precision.map_or(0, rank);
    let text = precision.map_or(String::new(), |precision| precision.word().to_owned());
    put(values, key("min_precision"), text, number(rank, releases));
}

const fn rank(precision: Precision) -> i64 {
    match precision {
        Precision::Province => 1,
        Precision::Prefecture => 2,
        Precision::County => 3,
        Precision::Township => 4,
        Precision::Community => 5,
        Precision::Address => 6,
    }
}

/// `7 d`, `36 h` or `90 s`, whichever is whole.
fn length(seconds: u32) -> String {
    if seconds.is_multiple_of(86_400) {
        format!("{} d", seconds / 86_400)
    } else if seconds.is_multiple_of(3_600) {
        format!("{} h", seconds / 3_600)
    } else {
        format!("{seconds} s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_said_in_its_largest_whole_unit() {
        assert_eq!(length(14 * 86_400), "14 d");
        assert_eq!(length(36 * 3_600), "36 h");
        assert_eq!(length(90), "90 s");
        assert_eq!(length(0), "0 d");
    }
}

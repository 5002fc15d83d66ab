//! From the written pack to [`RuleBook`]: the words understood, our defaults listed.
//!
//! Invariant: a value marked `default = "ours"` gives its reason and stands in `RuleBook::ours`.
//! Refuses: two rules for one ground, a contract whose kind proves another ground, steps that do
//! not soften.

use crate::error::Problems;
use crate::text::{
    ContractText, DeadlinesText, Entry, GroundText, GroundsText, PackText, ReleaseText, StepText,
};
use crate::words::Place;
use domain::colour::{Colour, Ground, Stage, Steps};
use domain::evidence::{EvidenceKind, Field, Precision};
use domain::ids::PackDigest;
use domain::organisation::OrgKind;
use domain::rules::{
    Anchor, Contract, Deadlines, ExistingMeasures, GroundRule, Instrument, Link, ReleaseRule,
    RuleBook, VolumeGuard,
};
use std::collections::BTreeMap;

/// The path of the pack's identity.
pub(crate) const PACK_FILE: &str = "pack.toml";
/// The path of its grounds.
pub(crate) const GROUNDS_FILE: &str = "grounds.toml";
/// A basis that begins so claims no law.
pub(crate) const OURS_PREFIX: &str = "本系统默认";

/// A value that no source gives, and why we chose ours.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OurDefault {
    /// Its key, e.g. `ground.CLOSE.contract`.
    pub key: String,
    /// Why it is what it is.
    pub why: String,
}

/// Puts the rule book together; `None` where the identity itself cannot be read.
pub(crate) fn book(
    digest: PackDigest,
    pack: &PackText,
    grounds: &GroundsText,
    ours: &mut Vec<OurDefault>,
    problems: &mut Problems,
) -> Option<RuleBook> {
    let rules = read_rules(grounds, ours, problems);
    let release_evidence = read_release_evidence(grounds, ours, problems);
    let mut at = Place::new(PACK_FILE, None, "", problems);
    if !good_name(&pack.name) {
        at.wrong(
            "name",
            "is not a name",
            "use 1 to 64 of `a-z`, `0-9` and `-`",
        );
    }
    at.said("version", &pack.version);
    for entry in &pack.ours {
        at.said("ours.key", &entry.key);
        at.said("ours.why", &entry.why);
        ours.push(OurDefault {
            key: entry.key.clone(),
            why: entry.why.clone(),
        });
    }
    let province = at.division("province", &pack.province);
    let valid_from = at.instant("valid_from", &pack.valid_from);
    let sunset = at.instant("sunset", &pack.sunset);
    let utc_offset_s = offset_s(&pack.utc_offset);
    if utc_offset_s.is_none() {
        at.wrong("utc_offset", "is not an offset", "write it like `+08:00`");
    }
    let existing = at.word("existing", &pack.existing, ExistingMeasures::ALL);
    let deadlines = deadlines(&pack.deadlines, &mut at);
    let window_s = at.hours_s("volume.window_hours", pack.volume.window_hours);
    let title = at.said("instrument.title", &pack.instrument.title);
    Some(RuleBook {
        digest,
        name: pack.name.clone(),
        version: pack.version.clone(),
        province: province?,
        instrument: Instrument {
            title,
            number: pack.instrument.number.clone(),
            issuer: pack.instrument.issuer.clone(),
            date: pack.instrument.date.clone(),
        },
        valid_from: valid_from?,
        sunset: sunset?,
        utc_offset_s: utc_offset_s?,
        deadlines,
        volume: VolumeGuard {
            people: pack.volume.people,
            window_s,
        },
        existing: existing?,
        grounds: rules,
        release_evidence,
        ours: Vec::new(),
    })
}

fn good_name(name: &str) -> bool {
    let good = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=64).contains(&name.len()) && name.bytes().all(good)
}

fn deadlines(text: &DeadlinesText, at: &mut Place<'_>) -> Deadlines {
    let notice_s = text.notice_minutes.checked_mul(60).unwrap_or_else(|| {
        at.wrong(
            "deadlines.notice_minutes",
            "is too long",
            "a notice takes 5 minutes",
        );
        0
    });
    let daily_close_s = clock_s(&text.daily_close).unwrap_or_else(|| {
        at.wrong(
            "deadlines.daily_close",
            "is not a time of day",
            "write it like `18:00`",
        );
        0
    });
    Deadlines {
        notice_s,
        appeal_hours: text.appeal_hours,
        conversion_hours: text.conversion_hours,
        daily_close_s,
        emergency_s: at.hours_s("deadlines.emergency_hours", text.emergency_hours),
    }
}

/// Seconds since midnight of `18:00`.
fn clock_s(text: &str) -> Option<u32> {
    let (hour, minute) = text.split_once(':')?;
    let digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(hour) || !digits(minute) {
        return None;
    }
    let (hour, minute) = (hour.parse::<u32>().ok()?, minute.parse::<u32>().ok()?);
    if hour > 23 || minute > 59 {
        return None;
    }
    hour.checked_mul(3_600)?
        .checked_add(minute.checked_mul(60)?)
}

/// Seconds east of Greenwich of `+08:00`.
fn offset_s(text: &str) -> Option<i32> {
    let seconds = i32::try_from(clock_s(text.get(1..)?)?).ok()?;
    match text.get(..1)? {
        "+" => Some(seconds),
        "-" => seconds.checked_neg(),
        _ => None,
    }
}

/// The word of a marker, and its reason, as an entry of our defaults.
fn mark(
    marker: Option<&String>,
    why: Option<&String>,
    key: String,
    ours: &mut Vec<OurDefault>,
    at: &mut Place<'_>,
) {
    match (marker.map(String::as_str), why) {
        (None, None) => {}
        (Some("ours"), Some(why)) if !why.trim().is_empty() => {
            ours.push(OurDefault {
                key,
                why: why.clone(),
            });
        }
        (Some("ours"), _) => at.wrong("why", "is missing", "say why our default is what it is"),
        (Some(_), _) => at.wrong("default", "unknown word", "write `ours` or leave it out"),
        (None, Some(_)) => at.wrong("why", "has no `default`", "add `default = \"ours\"`"),
    }
}

fn read_rules(
    grounds: &GroundsText,
    ours: &mut Vec<OurDefault>,
    problems: &mut Problems,
) -> BTreeMap<Ground, GroundRule> {
    let mut rules = BTreeMap::new();
    for entry in &grounds.grounds {
        let key = format!("ground.{}", entry.value.code);
        let mut at = Place::new(GROUNDS_FILE, Some(entry.line), key.clone(), problems);
        let Some(rule) = read_rule(entry, ours, &mut at) else {
            continue;
        };
        if rules.insert(rule.ground, rule).is_some() {
            at.wrong("code", "stands twice", "keep one rule for each ground");
        }
    }
    rules
}

fn read_rule(
    entry: &Entry<GroundText>,
    ours: &mut Vec<OurDefault>,
    at: &mut Place<'_>,
) -> Option<GroundRule> {
    let text = &entry.value;
    let ground = at.word("code", &text.code, Ground::ALL);
    let anchor = at.word("anchor", &text.anchor, Anchor::ALL);
    let key = format!("ground.{}", text.code);
    mark(
        text.marker.as_ref(),
        text.why.as_ref(),
        key.clone(),
        ours,
        at,
    );
    let contract = read_contract("contract", &text.contract, at);
    let contract_key = format!("{key}.contract");
    mark(
        text.contract.marker.as_ref(),
        text.contract.why.as_ref(),
        contract_key,
        ours,
        at,
    );
    if let (Some(ground), Some(contract)) = (ground, &contract)
        && contract.kind.ground() != Some(ground)
    {
        let what = format!("`{}` does not prove `{ground}`", contract.kind);
        at.wrong(
            "contract.kind",
            what,
            "use the kind of evidence of this ground",
        );
    }
    automatic_reason(text, ours, at);
    let mut releases: Vec<ReleaseRule> = Vec::new();
    for release in &text.release {
        let release_key = format!("{key}.release.{}", release.name);
        mark(
            release.marker.as_ref(),
            release.why.as_ref(),
            release_key,
            ours,
            at,
        );
        let Some(rule) = read_release(release, at) else {
            continue;
        };
        if releases.iter().any(|other| other.name == rule.name) {
            at.wrong(
                "release.name",
                format!("`{}` stands twice", rule.name),
                "name it apart",
            );
        }
        releases.push(rule);
    }
    Some(GroundRule {
        ground: ground?,
        basis: at.said("basis", &text.basis),
        steps: read_steps(&text.steps, at),
        anchor: anchor?,
        automatic: text.automatic,
        automatic_people: text.automatic_people,
        by_order: text.by_order,
        contract: contract?,
        releases,
    })
}

fn automatic_reason(text: &GroundText, ours: &mut Vec<OurDefault>, at: &mut Place<'_>) {
    match (text.automatic_people, &text.automatic_people_why) {
        (None, None) => {}
        (Some(_), Some(why)) if !why.trim().is_empty() => ours.push(OurDefault {
            key: format!("ground.{}.automatic_people", text.code),
            why: why.clone(),
        }),
        (Some(_), _) => at.wrong(
            "automatic_people_why",
            "is missing",
            "say why the volume guard is another one here",
        ),
        (None, Some(_)) => {
            at.wrong(
                "automatic_people",
                "is missing",
                "give the number or drop the reason",
            );
        }
    }
}

fn read_contract(name: &str, text: &ContractText, at: &mut Place<'_>) -> Option<Contract> {
    let key = |field: &str| {
        if name.is_empty() {
            field.to_owned()
        } else {
            format!("{name}.{field}")
        }
    };
    let kind = at.word(&key("kind"), &text.kind, EvidenceKind::ALL);
    let link = match &text.link {
        Some(link) => at.word(&key("link"), link, Link::ALL),
        None => Some(Link::None),
    };
    let precision = text
        .min_precision
        .as_ref()
        .map(|word| at.word(&key("min_precision"), word, Precision::ALL));
    Some(Contract {
        kind: kind?,
        suppliers: at.words(&key("suppliers"), &text.suppliers, OrgKind::ALL),
        required: at.words(&key("required"), &text.required, Field::ALL),
        max_age_s: at.length_s(&key("max_age"), text.max_age_days, text.max_age_hours),
        link: link?,
        min_precision: match precision {
            Some(read) => Some(read?),
            None => None,
        },
    })
}

fn read_release(text: &ReleaseText, at: &mut Place<'_>) -> Option<ReleaseRule> {
    if !good_name(&text.name) {
        at.wrong(
            "release.name",
            "is not a name",
            "use 1 to 64 of `a-z`, `0-9` and `-`",
        );
    }
    Some(ReleaseRule {
        name: text.name.clone(),
        basis: at.said("release.basis", &text.basis),
        kind: at.word("release.evidence", &text.evidence, EvidenceKind::ALL)?,
        count: text.count,
        gap_s: at.hours_s("release.gap_hours", text.gap_hours),
        after_s: at.hours_s("release.after_hours", text.after_hours),
        automatic: text.automatic,
    })
}

fn read_steps(texts: &[StepText], at: &mut Place<'_>) -> Steps {
    let mut steps = Steps::default();
    let mut last: Option<Stage> = None;
    for text in texts {
        let length_s = at.length_s("steps", text.days, text.hours);
        let stage = match (text.colour.as_deref(), text.flag) {
            (Some("red"), None) => Stage::Red,
            (Some("yellow"), None) => Stage::Yellow,
            (None, Some(true)) => Stage::Flag,
            _ => {
                let help = "write `colour = \"red\"`, `colour = \"yellow\"` or `flag = true`";
                at.wrong("steps", "has a step that is no stage", help);
                continue;
            }
        };
        if last.is_some_and(|last| stage >= last) {
            at.wrong(
                "steps",
                "do not soften",
                "red comes first, then yellow, then flag, each once",
            );
        }
        last = Some(stage);
        match stage.colour() {
            Colour::Red => steps.red_s = length_s,
            Colour::Yellow => steps.yellow_s = length_s,
            Colour::Green => steps.flag_s = length_s,
        }
    }
    steps
}

fn read_release_evidence(
    grounds: &GroundsText,
    ours: &mut Vec<OurDefault>,
    problems: &mut Problems,
) -> BTreeMap<EvidenceKind, Contract> {
    let mut contracts = BTreeMap::new();
    for entry in &grounds.release_evidence {
        let text = &entry.value;
        let key = format!("release_evidence.{}", text.kind);
        let mut at = Place::new(GROUNDS_FILE, Some(entry.line), key.clone(), problems);
        mark(text.marker.as_ref(), text.why.as_ref(), key, ours, &mut at);
        let Some(contract) = read_contract("", text, &mut at) else {
            continue;
        };
        if contract.kind.ground().is_some() {
            at.wrong(
                "kind",
                "proves a ground",
                "a release needs evidence of release",
            );
        }
        if contracts.insert(contract.kind, contract).is_some() {
            at.wrong("kind", "stands twice", "keep one contract for each kind");
        }
    }
    contracts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_day_has_two_digits_each_and_exists() {
        assert_eq!(clock_s("18:00"), Some(64_800));
        assert_eq!(clock_s("23:59"), Some(86_340));
        assert_eq!(clock_s("24:00"), None);
        assert_eq!(clock_s("8:00"), None);
        assert_eq!(clock_s("+8:00"), None);
    }

    #[test]
    fn an_offset_has_a_sign() {
        assert_eq!(offset_s("+08:00"), Some(28_800));
        assert_eq!(offset_s("-03:30"), Some(-12_600));
        assert_eq!(offset_s("08:00"), None);
        assert_eq!(offset_s("東08:00"), None);
    }
}

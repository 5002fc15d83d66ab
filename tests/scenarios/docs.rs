//! The documentation of scenarios says what is so: tables are made from code and packs, the
//! examples pass, and every key that the format takes is named.
//!
//! `MINGMA_BLESS=1` writes the tables anew.
#![expect(clippy::panic, clippy::indexing_slicing, reason = "tests")]

use super::{path, play};
use domain::act::AreaKind;
use domain::colour::{Ground, Stage};
use domain::evidence::{EvidenceKind, Precision};
use domain::organisation::{OrgKind, Role};
use domain::refusal::Code;
use domain::rules::{Channel, GroundRule, RuleBook};
use mingma::scenario::{ScenarioError, offices};
use std::fmt::Write as _;

fn listed<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = words.map(|word| format!("`{word}`")).collect();
    if quoted.is_empty() {
        "—".to_owned()
    } else {
        quoted.join(" ")
    }
}

fn refusals() -> String {
    let mut out = "| code | keeps | rule | what to do |\n|---|---|---|---|\n".to_owned();
    for code in Code::ALL {
        let (invariant, rule, help) = (code.invariant(), code.rule(), code.help());
        let _ = writeln!(out, "| `{code}` | I{invariant} | {rule} | {help} |");
    }
    out
}

fn length(seconds: u32) -> String {
    match seconds {
        seconds if seconds % 86_400 == 0 => format!("{} d", seconds / 86_400),
        seconds => format!("{} h", seconds / 3_600),
    }
}

fn steps(rule: &GroundRule) -> String {
    let steps = [
        (Stage::Red, rule.steps.red_s),
        (Stage::Yellow, rule.steps.yellow_s),
        (Stage::Flag, rule.steps.flag_s),
    ];
    let parts: Vec<String> = steps
        .into_iter()
        .filter(|(_, seconds)| *seconds > 0)
        .map(|(stage, seconds)| format!("{} {}", app::explain::stage_word(stage), length(seconds)))
        .collect();
    parts.join(", ")
}

fn releases(rule: &GroundRule) -> String {
    let parts: Vec<String> = rule
        .releases
        .iter()
        .map(|release| {
            let gap = if release.gap_s > 0 {
                format!(", {} apart", length(release.gap_s))
            } else {
                String::new()
            };
            let how = if release.automatic {
                "automatic"
            } else {
                "on request"
            };
            format!(
                "`{}`: {} × `{}`{gap}, {how}",
                release.name, release.count, release.kind
            )
        })
        .collect();
    parts.join("; ")
}

fn grounds(name: &str) -> String {
    let pack = mingma::packs::shipped(name).unwrap();
    let book: &RuleBook = pack.book();
    let mut out = "| ground | evidence | suppliers | required | link | age | steps | counted from \
         | automatic | released by |\n\
                   |---|---|---|---|---|---|---|---|---|---|\n"
        .to_owned();
    for ground in Ground::ALL {
        let Some(rule) = book.grounds.get(ground) else {
            continue;
        };
        let contract = &rule.contract;
        let least = contract
            .min_precision
            .map_or(String::new(), |least| format!(" (`precision` ≥ `{least}`)"));
        let automatic = match (rule.automatic, rule.automatic_people) {
            (false, _) => "no".to_owned(),
            (true, None) => "yes".to_owned(),
            (true, Some(people)) => format!("yes, guard {people}"),
        };
        let _ = writeln!(
            out,
            "| {ground} | `{}` | {} | {}{least} | {} | {} | {} | {} | {automatic} | {} |",
            contract.kind,
            listed(contract.suppliers.iter().map(|kind| kind.word())),
            listed(contract.required.iter().map(|field| field.word())),
            contract.link,
            length(contract.max_age_s),
            steps(rule),
            rule.anchor,
            releases(rule),
        );
    }
    out.push_str("\nEvidence of release:");
    for contract in book.release_evidence.values() {
        let suppliers = listed(contract.suppliers.iter().map(|kind| kind.word()));
        let _ = write!(
            out,
            " `{}` from {suppliers}, at most {} old;",
            contract.kind,
            length(contract.max_age_s)
        );
    }
    let (volume, deadlines) = (book.volume, book.deadlines);
    let _ = writeln!(
        out,
        " every other kind proves its ground.\n\nGuard: {} people in {}. Appeal: {} h. Emergency: {}. Existing measures: {}. Valid from {} until {}.",
        volume.people,
        length(volume.window_s),
        deadlines.appeal_hours,
        length(deadlines.emergency_s),
        book.existing,
        book.valid_from,
        book.sunset,
    );
    out
}

fn words() -> String {
    let mut out = "| list | words |\n|---|---|\n".to_owned();
    for (name, words) in [
        (
            "kinds of organisation",
            listed(OrgKind::ALL.iter().map(|word| word.word())),
        ),
        ("roles", listed(Role::ALL.iter().map(|word| word.word()))),
        (
            "grounds",
            listed(Ground::ALL.iter().map(|word| word.code())),
        ),
        (
            "kinds of evidence",
            listed(EvidenceKind::ALL.iter().map(|word| word.word())),
        ),
        (
            "precision, from coarse to fine",
            listed(Precision::ALL.iter().map(|word| word.word())),
        ),
        (
            "channels",
            listed(Channel::ALL.iter().map(|word| word.word())),
        ),
        (
            "kinds of area order",
            listed(AreaKind::ALL.iter().map(|word| word.word())),
        ),
        ("packs", listed(mingma::packs::names())),
        ("codes", "see [`refusals.md`](refusals.md)".to_owned()),
    ] {
        let _ = writeln!(out, "| {name} | {words} |");
    }
    out
}

fn cast(name: &str) -> String {
    let mut out = format!(
        "`cast = \"{name}\"`:\n\n| organisation | kind | name | roles |\n|---|---|---|---|\n"
    );
    for office in offices::offices(name).unwrap() {
        let kind = match office.section {
            None => office.kind.word().to_owned(),
            Some((section, of)) => {
                format!(
                    "{}, section `{section}` of `{}-{of}`",
                    office.kind, office.division
                )
            }
        };
        let roles = listed(office.roles.iter().map(|role| role.word()));
        let _ = writeln!(
            out,
            "| `{}` | {kind} | {} | {roles} |",
            office.id(),
            office.name
        );
    }
    out
}

fn made(what: &str) -> String {
    match what.split_once(' ') {
        None if what == "refusals" => refusals(),
        None if what == "words" => words(),
        Some(("grounds", name)) => grounds(name),
        Some(("cast", name)) => cast(name),
        _ => panic!("nothing makes `{what}`"),
    }
}

/// Compares the generated blocks of a file with what the code says, or writes them.
fn in_step(file: &str) {
    let path = path(file);
    let text = std::fs::read_to_string(&path).unwrap();
    let (mut fresh, mut rest, mut blocks) = (String::new(), text.as_str(), 0);
    while let Some((before, after)) = rest.split_once("<!-- generated: ") {
        let (what, after) = after.split_once(" -->\n").unwrap();
        let (_, after) = after.split_once("<!-- end -->").unwrap();
        let _ = write!(
            fresh,
            "{before}<!-- generated: {what} -->\n{}<!-- end -->",
            made(what)
        );
        rest = after;
        blocks += 1;
    }
    fresh.push_str(rest);
    assert!(blocks > 0, "{file} has no generated block");
    if std::env::var_os("MINGMA_BLESS").is_some() {
        std::fs::write(&path, &fresh).unwrap();
        return;
    }
    for (number, (stands, should)) in text.lines().zip(fresh.lines()).enumerate() {
        let line = number + 1;
        assert_eq!(
            stands, should,
            "{file}:{line} is out of step; run the tests with MINGMA_BLESS=1"
        );
    }
    assert_eq!(
        text.lines().count(),
        fresh.lines().count(),
        "{file} is out of step"
    );
}

#[test]
fn the_list_of_refusals_is_in_step_with_the_codes() {
    in_step("docs/refusals.md");
}

#[test]
fn the_tables_of_the_format_are_in_step_with_words_casts_and_packs() {
    in_step("docs/scenarios.md");
}

#[test]
fn the_examples_of_the_documentation_pass() {
    let text = std::fs::read_to_string(path("docs/scenarios.md")).unwrap();
    let examples: Vec<&str> = text
        .split("```toml\n")
        .skip(1)
        .filter_map(|rest| rest.split_once("```").map(|(example, _)| example))
        .collect();
    assert_eq!(examples.len(), 2);
    for example in examples {
        let report = play(example).unwrap();
        assert!(report.passed, "{report}");
    }
}

/// The keys that a table takes, as the reader says when it meets one that is none.
fn keys(text: &str) -> Vec<String> {
    let Err(ScenarioError::Text(problems)) = play(text) else {
        panic!("taken: {text}")
    };
    let what = &problems[0].what;
    let (_, list) = what
        .split_once("expected ")
        .unwrap_or_else(|| panic!("{text}: {what}"));
    list.split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_key_of_the_format_is_documented() {
    let docs = std::fs::read_to_string(path("docs/scenarios.md")).unwrap();
    let mut tables = vec!["no = 1".to_owned()];
    for table in ["organisation", "officer", "people", "step", "check"] {
        tables.push(format!("[[{table}]]\nno = 1"));
    }
    let step = keys("[[step]]\nno = 1");
    let plain = [
        "name",
        "story",
        "at",
        "after",
        "by",
        "key",
        "signed_at",
        "ledger",
        "tamper",
        "expect",
        "outcomes",
        "notices",
        "permits",
        "check",
        "resend",
        "act",
        "restart",
    ];
    for key in step.iter().filter(|key| !plain.contains(&key.as_str())) {
        tables.push(format!("[[step]]\n{key} = {{ no = 1 }}"));
    }
    for key in [
        "totals",
        "measures",
        "refusals",
        "appeal",
        "order",
        "day",
        "evidence",
        "volume",
        "looks",
        "board",
        "area",
        "statements",
        "case",
        "movement",
    ] {
        tables.push(format!("[[check]]\n{key} = {{ no = 1 }}"));
    }
    for key in ["reasons", "ended"] {
        tables.push(format!("[[check]]\n{key} = [{{ no = 1 }}]"));
    }
    tables.push("[changes]\nno = 1".to_owned());
    tables.push("[changes]\nground = [{ no = 1 }]".to_owned());
    tables.push("[[step]]\npropose = { document = { no = 1 } }".to_owned());
    tables.push("[[step]]\npreview = { shows = { no = 1 } }".to_owned());
    let named: Vec<&str> = docs
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .collect();
    for table in tables {
        for key in keys(&table) {
            assert!(
                named.contains(&key.as_str()),
                "`{key}` of `{table}` is not in docs/scenarios.md"
            );
        }
    }
}

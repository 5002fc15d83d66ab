//! Wrong texts are explained; wrong expectations fail; a transcript says what happened.
#![expect(clippy::panic, reason = "tests")]

use super::play;
use mingma::scenario::{LibraryDriver, Options, Problem, ScenarioError, run_on};

const HEAD: &str = r#"title = "t"
cast = "henan"
pack = "henan-2022"
start = "2022-06-13T08:00:00+08:00"

[[people]]
name = "p"
count = 2
division = "410105"

"#;

const ENTRY: &str = r#"[[step]]
name = "entry"
by = "410000-immigration"
report = { kind = "entry_record", people = "p" }
"#;

fn problems(text: &str) -> Vec<Problem> {
    match play(text) {
        Err(ScenarioError::Text(problems)) => problems,
        other => panic!("{other:?}"),
    }
}

/// The one problem of a text: its line, its key, and that it says what to do.
#[track_caller]
fn explained(text: &str, line: Option<u32>, key: Option<&str>, what: &str) {
    let problems = problems(text);
    let [problem] = problems.as_slice() else {
        panic!("{problems:?}")
    };
    assert_eq!(problem.line, line, "{problem}");
    assert_eq!(problem.key.as_deref(), key, "{problem}");
    assert!(problem.what.contains(what), "{problem}");
    assert!(!problem.help.is_empty(), "{problem}");
}

#[track_caller]
fn explained_step(step: &str, key: Option<&str>, what: &str) {
    explained(&format!("{HEAD}{step}"), Some(11), key, what);
}

#[test]
fn text_that_is_not_toml_is_explained_with_its_line() {
    explained(&format!("{HEAD}[[step]\n"), Some(11), None, "");
}

#[test]
fn a_change_of_what_the_pack_does_not_have_is_named() {
    for (change, what) in [
        (r#"code = "CLOSED", remove = true"#, "no ground `CLOSED`"),
        (
            r#"code = "CLOSE", without_release = "note""#,
            "no release `note`",
        ),
    ] {
        let step = format!(
            "[[step]]\nname = \"other pack\"\nby = \"410000-hq.registrar\"\n\
             adopt_pack = {{ name = \"henan-2022\", changes = {{ ground = [{{ {change} }}] }} }}\n"
        );
        explained_step(&step, Some("adopt_pack"), what);
    }
}

#[test]
fn an_unknown_key_is_named_with_its_line() {
    let text = format!("{HEAD}{ENTRY}expects = \"accepted\"\n");
    explained(&text, Some(15), Some("expects"), "unknown field");
    let text = format!("{HEAD}{}", ENTRY.replace("people =", "poeple ="));
    explained(&text, Some(14), Some("poeple"), "unknown field");
}

#[test]
fn a_missing_title_is_named() {
    let text = HEAD.replace("title = \"t\"\n", "");
    assert!(problems(&text)[0].what.contains("missing field `title`"));
}

#[test]
fn a_start_without_an_offset_is_explained() {
    let text = HEAD.replace("08:00:00+08:00", "08:00:00");
    explained(&text, None, Some("start"), "not an instant");
}

#[test]
fn an_unknown_cast_or_pack_is_answered_with_those_there_are() {
    let text = HEAD.replace("cast = \"henan\"", "cast = \"gansu\"");
    explained(&text, None, Some("cast"), "no cast `gansu`");
    let text = HEAD.replace("henan-2022", "gansu-2022");
    explained(&text, None, Some("pack"), "no pack `gansu-2022`");
}

#[test]
fn a_step_without_an_act_or_with_two_is_explained() {
    explained_step("[[step]]\nname = \"idle\"\n", None, "does nothing");
    let two = format!("{ENTRY}restart = true\n");
    explained_step(&two, None, "2 acts: `report`, `restart`");
}

#[test]
fn a_step_without_a_signer_is_explained() {
    explained_step(
        &ENTRY.replace("by = \"410000-immigration\"\n", ""),
        Some("by"),
        "nobody acts",
    );
}

#[test]
fn a_name_given_twice_is_explained() {
    let text = format!("{HEAD}{ENTRY}{ENTRY}");
    explained(&text, Some(15), Some("name"), "empty or taken");
}

#[test]
fn a_step_that_does_not_exist_is_explained() {
    let step =
        "[[step]]\nname = \"a\"\nby = \"410100-health.checker\"\napprove = { order = \"b\" }\n";
    explained_step(step, Some("approve.order"), "no earlier step `b`");
}

#[test]
fn people_who_are_not_there_are_explained() {
    explained_step(
        &ENTRY.replace("\"p\"", "\"q\""),
        Some("report.people"),
        "no group `q`",
    );
    explained_step(
        &ENTRY.replace("\"p\"", "\"p[2]\""),
        Some("report.people"),
        "has 2 people",
    );
    explained_step(
        &ENTRY.replace("\"p\"", "\"p[1..1]\""),
        Some("report.people"),
        "names nobody",
    );
    explained_step(
        &ENTRY.replace("\"p\"", "\"phone:1\""),
        Some("report.people"),
        "phone `1`",
    );
}

#[test]
fn a_word_that_does_not_exist_is_explained_unless_that_was_expected() {
    let step = ENTRY.replace("entry_record", "depositor_list");
    explained_step(&step, Some("report.kind"), "no word `depositor_list`");
    let report = play(&format!("{HEAD}{step}expect = \"inexpressible\"\n")).unwrap();
    assert!(report.passed, "{report}");
}

#[test]
fn time_that_goes_back_is_explained() {
    let back = format!("{ENTRY}at = \"2022-06-13T07:59:59+08:00\"\n");
    explained_step(&back, Some("at"), "before the one above");
    let twice = format!("{ENTRY}at = \"now\"\nafter = \"1h\"\n");
    explained_step(&twice, Some("after"), "given twice");
    explained_step(
        &format!("{ENTRY}after = \"soon\"\n"),
        Some("after"),
        "no length of time",
    );
}

#[test]
fn a_division_that_does_not_exist_is_explained() {
    let text = HEAD.replace("410105", "419999");
    explained(
        &text,
        Some(6),
        Some("people.division"),
        "no division `419999`",
    );
}

#[test]
fn an_unknown_code_is_explained() {
    let step = format!("{ENTRY}expect = \"NO_WAY\"\n");
    explained_step(&step, Some("expect"), "no code `NO_WAY`");
}

#[test]
fn a_check_that_asks_nothing_is_explained_at_its_own_line() {
    let text = format!("{HEAD}{ENTRY}\n[[step.check]]\nat = \"now\"\n");
    explained(&text, Some(16), Some("check"), "asks nothing");
}

#[test]
fn an_office_that_the_province_would_not_register_is_a_problem_of_the_text() {
    let text = format!("{HEAD}[[officer]]\nid = \"x.a\"\norg = \"x\"\nroles = [\"maker\"]\n");
    explained(&text, Some(11), None, "ORG_UNKNOWN");
}

#[test]
fn all_problems_are_named_together_and_what_follows_from_one_is_not() {
    let wrong = ENTRY.replace("\"p\"", "\"q\"");
    let resend = "[[step]]\nname = \"again\"\nresend = \"entry\"\n";
    let idle = "[[step]]\nname = \"idle\"\n";
    let problems = problems(&format!("{HEAD}{wrong}{resend}{idle}"));
    let lines: Vec<_> = problems.iter().map(|problem| problem.line).collect();
    assert_eq!(lines, [Some(11), Some(18)]);
}

#[test]
fn a_wrong_expectation_fails_and_every_failure_is_named() {
    let text = format!(
        "{HEAD}{ENTRY}expect = \"NO_EVIDENCE\"\nrows = {{ measured = 3 }}\nnotices = 7\n\
         caused = {{ green_yellow = 1 }}\npermits = [\"x\"]\n\n[[step.check]]\npeople = \"p\"\n\
         colour = \"green\"\nflag = true\nreasons = []\n\n[[check]]\n\
         totals = {{ red = 1, yellow = 1 }}\n"
    );
    let report = play(&text).unwrap();
    assert!(!report.passed);
    let failures = report.failures();
    assert_eq!(failures.len(), 9, "{failures:#?}");
    assert!(
        failures[0].contains("step `entry`, line 11"),
        "{failures:#?}"
    );
    assert!(
        failures[0].contains("expected NO_EVIDENCE × 1, found accepted")
            || failures[0].contains("expected NO_EVIDENCE, found accepted")
    );
    assert!(
        failures
            .iter()
            .any(|line| line.contains("one more reason: INBOUND red"))
    );
    assert!(
        failures[8].starts_with("line 27: people in each colour"),
        "{failures:#?}"
    );
}

#[test]
fn a_transcript_tells_code_rule_and_help_and_is_data_too() {
    let step = ENTRY.replace("410000-immigration", "410100-police");
    let text = format!("{HEAD}{step}expect = \"EVIDENCE_NOT_COMPETENT\"\n");
    let report = play(&text).unwrap();
    assert!(report.passed);
    let transcript = report.to_string();
    for words in [
        "EVIDENCE_NOT_COMPETENT (I3): evidence comes from",
        "help: only the suppliers",
        "passed",
    ] {
        assert!(transcript.contains(words), "{transcript}");
    }
    let data = serde_json::to_value(&report).unwrap();
    assert_eq!(data["steps"][0]["answers"][0]["invariant"], "I3");
    assert_eq!(data["passed"], true);
}

#[test]
fn the_same_scenario_gives_the_same_ledger_twice() {
    let text = format!("{HEAD}{ENTRY}");
    let (first, second) = (play(&text).unwrap(), play(&text).unwrap());
    assert_eq!(first, second);
    assert_eq!(first.root.len(), 64);
}

#[test]
fn a_ledger_that_has_begun_is_no_place_for_a_scenario() {
    let mut driver = LibraryDriver::new().unwrap();
    let (text, options) = (format!("{HEAD}{ENTRY}"), Options::default());
    assert!(run_on(&text, &options, &mut driver).unwrap().passed);
    assert!(matches!(
        run_on(&text, &options, &mut driver),
        Err(ScenarioError::Office(_))
    ));
}

//! Each way in which a pack can be malformed gives its own problem, and all are given at once.

use super::common::{changed, changed_all, files};
use policy::{Files, Pack, Problem};

fn problems(files: Files) -> Vec<Problem> {
    Pack::from_files(files).unwrap_err().problems().to_vec()
}

#[track_caller]
fn expect(files: Files, file: &str, key: Option<&str>, words: &str) -> Problem {
    let found = problems(files);
    let hit = found.iter().find(|problem| {
        problem.file == file
            && key.is_none_or(|key| problem.key.as_deref() == Some(key))
            && problem.what.contains(words)
            && !problem.help.is_empty()
    });
    assert!(hit.is_some(), "no `{words}` at {key:?} among {found:#?}");
    hit.unwrap().clone()
}

#[test]
fn a_missing_file_is_named() {
    for file in ["pack.toml", "grounds.toml", "authority.cedar"] {
        let mut files = files("henan-2022");
        files.remove(file);
        expect(files, file, None, "is missing");
    }
}

#[test]
fn wording_may_be_missing_and_is_then_ours() {
    let mut files = files("henan-2022");
    files.remove("notices/en.ftl");
    let pack = Pack::from_files(files).unwrap();
    let wording = pack.wording(policy::Language::En);
    assert!(
        wording
            .text("medical", policy::NO_ARGS)
            .contains("medical care")
    );
    assert!(!wording.is_worded_by_pack("medical"));
}

#[test]
fn a_file_without_a_place_is_named() {
    for path in [
        "depositors.csv",
        "cases/deep/x.toml",
        "notices/fr.ftl",
        "../pack.toml",
    ] {
        let mut files = files("henan-2022");
        files.insert(path.to_owned(), vec![]);
        expect(files, path, None, "has no place");
    }
}

#[test]
fn toml_that_cannot_be_read_has_its_line() {
    let problem = expect(
        changed("pack.toml", "version = \"1\"", "version = "),
        "pack.toml",
        None,
        "",
    );
    assert_eq!(problem.line, Some(2));
}

#[test]
fn an_unknown_key_is_not_ignored() {
    let files = changed(
        "pack.toml",
        "version = \"1\"",
        "version = \"1\"\nforever = true",
    );
    expect(files, "pack.toml", None, "unknown field `forever`");
    let files = changed(
        "grounds.toml",
        "by_order = true",
        "by_order = true\nsecret = true",
    );
    let problem = expect(
        files,
        "grounds.toml",
        Some("ground.CASE"),
        "unknown field `secret`",
    );
    assert_eq!(problem.line, Some(3));
}

#[test]
fn an_unknown_word_is_named_with_the_words_that_exist() {
    let files = changed("grounds.toml", "\"hospital\", \"cdc\"", "\"bank\", \"cdc\"");
    let problem = expect(
        files,
        "grounds.toml",
        Some("ground.CASE.contract.suppliers"),
        "`bank`",
    );
    assert!(problem.help.contains("`hospital`"));
    let files = changed("grounds.toml", "code = \"CASE\"", "code = \"DEPOSITOR\"");
    expect(
        files,
        "grounds.toml",
        Some("ground.DEPOSITOR.code"),
        "`DEPOSITOR`",
    );
    let files = changed("pack.toml", "existing = \"keep\"", "existing = \"forget\"");
    expect(files, "pack.toml", Some("existing"), "`forget`");
}

#[test]
fn steps_that_do_not_soften_are_refused() {
    let steps = "steps = [{ colour = \"red\", days = 14 }, { colour = \"yellow\", days = 14 }]";
    for harder in [
        "steps = [{ colour = \"yellow\", days = 1 }, { colour = \"red\", days = 1 }]",
        "steps = [{ colour = \"red\", days = 1 }, { colour = \"red\", days = 1 }]",
        "steps = [{ flag = true, days = 1 }, { colour = \"yellow\", days = 1 }]",
    ] {
        let files = changed("grounds.toml", steps, harder);
        expect(
            files,
            "grounds.toml",
            Some("ground.CASE.steps"),
            "do not soften",
        );
    }
    let flagged = "steps = [{ colour = \"red\", days = 1 }, { flag = true, hours = 36 }]";
    let pack = Pack::from_files(changed("grounds.toml", steps, flagged)).unwrap();
    let rule = pack
        .book()
        .grounds
        .get(&domain::colour::Ground::Case)
        .unwrap();
    assert_eq!((rule.steps.red_s, rule.steps.yellow_s), (86_400, 0));
    assert_eq!(rule.steps.flag_s, 36 * 3_600);
}

#[test]
fn a_step_needs_exactly_one_length_that_ends() {
    for (length, words) in [
        ("{ colour = \"red\" }", "exactly one length"),
        (
            "{ colour = \"red\", days = 1, hours = 2 }",
            "exactly one length",
        ),
        ("{ colour = \"red\", days = 4000000000 }", "too long"),
        ("{ colour = \"green\", days = 1 }", "no stage"),
    ] {
        let files = changed("grounds.toml", "{ colour = \"red\", days = 14 }", length);
        expect(files, "grounds.toml", Some("ground.CASE.steps"), words);
    }
}

#[test]
fn a_contract_proves_its_own_ground() {
    let files = changed(
        "grounds.toml",
        "kind = \"case_report\"",
        "kind = \"entry_record\"",
    );
    expect(
        files,
        "grounds.toml",
        Some("ground.CASE.contract.kind"),
        "does not prove `CASE`",
    );
}

#[test]
fn one_ground_has_one_rule() {
    let files = changed_all(&[
        ("grounds.toml", "code = \"ASYM\"", "code = \"CASE\""),
        (
            "grounds.toml",
            "kind = \"asymptomatic_report\"",
            "kind = \"case_report\"",
        ),
    ]);
    expect(
        files,
        "grounds.toml",
        Some("ground.CASE.code"),
        "stands twice",
    );
}

#[test]
fn our_default_without_a_reason_is_refused() {
    let files = changed(
        "grounds.toml",
        "default = \"ours\"\nwhy",
        "default = \"ours\"\n# why",
    );
    expect(files, "grounds.toml", Some("ground.CASE.why"), "is missing");
    let files = changed(
        "grounds.toml",
        "default = \"ours\"\nwhy",
        "default = \"law\"\nwhy",
    );
    expect(
        files,
        "grounds.toml",
        Some("ground.CASE.default"),
        "unknown word",
    );
}

#[test]
fn a_lifted_volume_guard_needs_its_reason() {
    let files = changed(
        "grounds.toml",
        "automatic_people_why",
        "# automatic_people_why",
    );
    expect(
        files,
        "grounds.toml",
        Some("ground.SYMPT.automatic_people_why"),
        "is missing",
    );
}

#[test]
fn cedar_that_cannot_be_read_has_its_line() {
    let files = changed("authority.cedar", "permit (principal", "allow (principal");
    let problem = expect(files, "authority.cedar", None, "cannot be read");
    assert!(problem.line.is_some());
}

#[test]
fn cedar_outside_the_schema_names_its_policy() {
    let files = changed("authority.cedar", "context.in_area", "context.in_the_mood");
    expect(
        files,
        "authority.cedar",
        Some("push-competent"),
        "does not fit the schema",
    );
    let files = changed(
        "authority.cedar",
        "Action::\"report.push\"",
        "Action::\"scan\"",
    );
    expect(
        files,
        "authority.cedar",
        Some("push-competent"),
        "does not fit the schema",
    );
}

#[test]
fn a_policy_has_an_id_of_its_own() {
    let files = changed("authority.cedar", "@id(\"push-competent\")\n", "");
    expect(files, "authority.cedar", None, "has no `@id`");
    let files = changed(
        "authority.cedar",
        "@id(\"push-other-province\")",
        "@id(\"push-competent\")",
    );
    expect(
        files,
        "authority.cedar",
        Some("push-competent"),
        "used before",
    );
}

#[test]
fn a_worked_example_that_cannot_be_read_is_not_skipped() {
    let files = changed(
        "cases/authority.toml",
        "expect = \"denied\"",
        "expect = \"perhaps\"",
    );
    expect(
        files,
        "cases/authority.toml",
        None,
        "neither a denial nor a permit",
    );
    let files = changed(
        "cases/timeline.toml",
        "stage = \"none\"",
        "stage = \"green\"",
    );
    expect(files, "cases/timeline.toml", None, "unknown word `green`");
}

#[test]
fn instants_offsets_and_times_of_day_are_read_strictly() {
    let files = changed("pack.toml", "2022-03-22T00:00:00+08:00", "2022-03-22");
    expect(files, "pack.toml", Some("valid_from"), "not an instant");
    let files = changed(
        "pack.toml",
        "utc_offset = \"+08:00\"",
        "utc_offset = \"CST\"",
    );
    expect(files, "pack.toml", Some("utc_offset"), "not an offset");
    let files = changed("pack.toml", "\"18:00\"", "\"six\"");
    expect(
        files,
        "pack.toml",
        Some("deadlines.daily_close"),
        "not a time of day",
    );
    let files = changed("pack.toml", "province = \"410000\"", "province = \"Henan\"");
    expect(files, "pack.toml", Some("province"), "not a division");
}

#[test]
fn text_that_is_not_utf_8_is_refused() {
    let mut files = files("henan-2022");
    files.insert("grounds.toml".to_owned(), vec![0xff, 0xfe]);
    expect(files, "grounds.toml", None, "not UTF-8");
}

#[test]
fn all_problems_are_given_at_once() {
    let found = problems(changed_all(&[
        ("pack.toml", "existing = \"keep\"", "existing = \"forget\""),
        ("grounds.toml", "code = \"CASE\"", "code = \"DEPOSITOR\""),
        ("grounds.toml", "anchor = \"fact\"", "anchor = \"whim\""),
        ("authority.cedar", "context.in_area", "context.in_the_mood"),
        (
            "cases/authority.toml",
            "action = \"order.propose\"",
            "action = \"order.whisper\"",
        ),
        (
            "notices/en.ftl",
            "colour-green = Green code",
            "colour-green = { $",
        ),
    ]));
    for file in [
        "pack.toml",
        "grounds.toml",
        "authority.cedar",
        "cases/authority.toml",
        "notices/en.ftl",
    ] {
        assert!(
            found.iter().any(|problem| problem.file == file),
            "{file}: {found:#?}"
        );
    }
    assert!(found.len() >= 6);
}

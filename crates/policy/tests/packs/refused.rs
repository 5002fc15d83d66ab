//! Each rule that a pack must keep: a row that passes, one that fails, one at the edge.

use super::common::{changed, changed_all, files, shipped};
use policy::{Files, Pack, check, run_cases};

fn read(files: Files) -> Pack {
    Pack::from_files(files).unwrap_or_else(|error| panic!("{error}"))
}

fn codes(files: Files) -> Vec<&'static str> {
    let found = check(&read(files), None);
    assert!(
        found
            .iter()
            .all(|finding| !finding.help.is_empty() && !finding.key.is_empty())
    );
    found.into_iter().map(|finding| finding.code).collect()
}

/// `henan-2022` with a text replaced inside the entry of one ground.
fn ground(code: &str, from: &str, to: &str) -> Files {
    let mut files = files("henan-2022");
    let text = String::from_utf8(files.remove("grounds.toml").unwrap()).unwrap();
    let (head, rest) = text.split_once(&format!("code = \"{code}\"")).unwrap();
    assert!(rest.contains(from));
    let text = format!("{head}code = \"{code}\"{}", rest.replacen(from, to, 1));
    files.insert("grounds.toml".to_owned(), text.into_bytes());
    files
}

const CLOSE: &str = "{ colour = \"red\", days = 14 }, { colour = \"yellow\", days = 7 }";

#[test]
fn a_red_of_fourteen_days_passes_and_one_hour_more_does_not() {
    assert!(codes(ground("CLOSE", CLOSE, "{ colour = \"red\", days = 14 }")).is_empty());
    let longer = ground("CLOSE", CLOSE, "{ colour = \"red\", hours = 337 }");
    assert_eq!(codes(longer), ["red.too_long"]);
}

#[test]
fn a_yellow_of_fourteen_days_passes_and_one_hour_more_does_not() {
    assert!(
        codes(ground(
            "CLOSE",
            CLOSE,
            "{ colour = \"yellow\", hours = 336 }"
        ))
        .is_empty()
    );
    let longer = ground("CLOSE", CLOSE, "{ colour = \"yellow\", hours = 337 }");
    assert_eq!(codes(longer), ["yellow.too_long"]);
}

#[test]
fn a_flag_of_thirty_days_passes_and_one_hour_more_does_not() {
    assert!(codes(ground("CLOSE", CLOSE, "{ flag = true, days = 30 }")).is_empty());
    assert_eq!(
        codes(ground("CLOSE", CLOSE, "{ flag = true, hours = 721 }")),
        ["flag.too_long"]
    );
}

#[test]
fn the_catch_all_ends_within_72_hours_and_is_never_automatic() {
    assert_eq!(
        codes(ground("ORDER", "hours = 72", "hours = 73")),
        ["catch_all.too_long"]
    );
    assert!(codes(ground("ORDER", "hours = 72", "hours = 71")).is_empty());
    let automatic = ground("ORDER", "automatic = false", "automatic = true");
    assert_eq!(codes(automatic), ["catch_all.automatic"]);
}

#[test]
fn a_measure_without_steps_has_no_end() {
    assert_eq!(codes(ground("CLOSE", CLOSE, "")), ["ground.no_end"]);
}

#[test]
fn a_ground_that_nobody_can_make_is_refused() {
    let files = ground("STC", "by_order = true", "by_order = false");
    assert_eq!(codes(files), ["ground.unused"]);
}

#[test]
fn a_ground_without_a_supplier_has_no_evidence() {
    let files = ground("CLOSE", "suppliers = [\"cdc\"]", "suppliers = []");
    assert_eq!(codes(files), ["evidence.no_supplier"]);
}

#[test]
fn a_self_report_is_yellow_at_most() {
    let red = ground("SYMPT", "colour = \"yellow\"", "colour = \"red\"");
    assert_eq!(
        codes(red),
        ["volume.automatic_red", "evidence.self_report_red"]
    );
}

#[test]
fn the_operator_states_no_evidence() {
    let files = ground(
        "CLOSE",
        "suppliers = [\"cdc\"]",
        "suppliers = [\"cdc\", \"vendor\"]",
    );
    assert_eq!(codes(files), ["evidence.operator"]);
}

#[test]
fn evidence_of_no_age_at_all_is_refused() {
    let files = ground("CLOSE", "max_age_days = 21", "max_age_days = 0");
    assert_eq!(codes(files), ["evidence.max_age"]);
}

#[test]
fn the_volume_guard_is_one_to_a_thousand() {
    let people = |n: u32| changed("pack.toml", "people = 100", &format!("people = {n}"));
    assert!(codes(people(1)).is_empty());
    assert!(codes(people(1_000)).is_empty());
    assert!(codes(people(0)).contains(&"volume.people"));
    assert_eq!(codes(people(1_001)), ["volume.people"]);
}

#[test]
fn the_volume_window_is_a_day_at_least() {
    let files = changed("pack.toml", "window_hours = 24", "window_hours = 23");
    assert_eq!(codes(files), ["volume.window"]);
}

#[test]
fn the_guard_of_the_standing_rule_is_a_thousand_at_most() {
    let files = changed(
        "grounds.toml",
        "automatic_people = 1000",
        "automatic_people = 1001",
    );
    assert_eq!(codes(files), ["volume.automatic"]);
}

#[test]
fn an_appeal_is_answered_within_one_to_72_hours() {
    let hours = |n: u32| {
        changed(
            "pack.toml",
            "appeal_hours = 24",
            &format!("appeal_hours = {n}"),
        )
    };
    assert!(codes(hours(72)).is_empty());
    assert_eq!(codes(hours(0)), ["appeal.hours"]);
    assert_eq!(codes(hours(73)), ["appeal.hours"]);
}

#[test]
fn the_emergency_path_lives_a_day_and_a_notice_takes_five_minutes() {
    let files = changed("pack.toml", "emergency_hours = 24", "emergency_hours = 25");
    assert_eq!(codes(files), ["emergency"]);
    let files = changed("pack.toml", "notice_minutes = 5", "notice_minutes = 6");
    assert_eq!(codes(files), ["notice"]);
}

#[test]
fn a_pack_lives_366_days_at_most() {
    let until = |at: &str| changed("pack.toml", "2023-01-08T00:00:00+08:00", at);
    assert!(codes(until("2023-03-23T00:00:00+08:00")).is_empty());
    assert_eq!(codes(until("2023-03-23T00:00:01+08:00")), ["sunset"]);
    assert_eq!(codes(until("2022-03-22T00:00:00+08:00")), ["sunset"]);
}

#[test]
fn a_release_rests_on_evidence_that_somebody_may_state() {
    let files = changed(
        "grounds.toml",
        "kind = \"test_taken\"\n",
        "kind = \"release_note\"\n",
    );
    assert!(Pack::from_files(files).is_err());
    let files = ground(
        "OVERDUE",
        "evidence = \"test_taken\"",
        "evidence = \"discharge\"",
    );
    assert_eq!(codes(files), ["release.no_contract"]);
    let files = ground("OVERDUE", "count = 1", "count = 0");
    assert_eq!(codes(files), ["release.no_evidence"]);
}

#[test]
fn a_permit_without_a_basis_is_refused() {
    let mut files = files("henan-2022");
    let text = String::from_utf8(files.remove("authority.cedar").unwrap()).unwrap();
    let start = text.find("@basis(").unwrap();
    let end = start + text[start..].find('\n').unwrap() + 1;
    let text = format!("{}{}", &text[..start], &text[end..]);
    files.insert("authority.cedar".to_owned(), text.into_bytes());
    assert_eq!(codes(files), ["permit.no_basis"]);
}

#[test]
fn our_default_that_is_not_marked_is_refused() {
    let files = changed(
        "grounds.toml",
        "basis = \"本系统默认：疑似",
        "basis = \"本系统默认：X",
    );
    assert!(codes(files).is_empty());
    let files = ground(
        "CLOSE",
        "basis = \"《河南省",
        "basis = \"本系统默认：《河南省",
    );
    assert_eq!(codes(files), ["default.unmarked"]);
}

#[test]
fn an_operator_that_may_decide_is_refused() {
    let forbid = "[\"big_data_bureau\", \"vendor\"].contains(principal.kind)";
    let open = "principal.kind == \"nobody\"";
    let convert = "principal.kind == \"hotline\"";
    let files = changed_all(&[
        ("authority.cedar", forbid, open),
        ("authority.cedar", convert, "principal.kind == \"vendor\""),
    ]);
    let found = check(&read(files), None);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        (found[0].code, found[0].key.as_str()),
        ("operator.decides", "permit.convert-hotline")
    );
}

/// Leaves only one proposing and one approving policy, for the kinds given.
fn one_maker_one_checker(checker: &str, tiers: &str) -> Files {
    let none = "principal.kind == \"nobody\"";
    changed_all(&[
        (
            "authority.cedar",
            "principal.kind == \"headquarters\" &&\n    (principal.section == \"\" || \
          principal.section == \"epidemic\") &&\n    principal.roles.contains(\"maker\") &&\n    \
          context.in_area\n};\n\n@id(\"propose-health\")",
            "principal.kind == \"headquarters\" && principal.tier == \"city\" && \
             context.in_area\n};\n\n\
          @id(\"propose-health\")",
        ),
        (
            "authority.cedar",
            "[\"health_commission\", \"cdc\"].contains(principal.kind)",
            none,
        ),
        (
            "authority.cedar",
            "principal.kind == \"health_commission\" &&\n    \
          principal.roles.contains(\"checker\")",
            none,
        ),
        (
            "authority.cedar",
            "principal.kind == \"headquarters\" &&\n    principal.tier != \"county\"",
            &format!("principal.kind == \"{checker}\" &&\n    {tiers}"),
        ),
        (
            "authority.cedar",
            "context.people >= context.threshold",
            "false",
        ),
        (
            "authority.cedar",
            "context.ground == \"ORDER\" &&\n    principal.tier != \"province\"",
            "false",
        ),
    ])
}

#[test]
fn a_red_that_one_body_can_make_alone_is_refused() {
    let one = codes(one_maker_one_checker(
        "headquarters",
        "principal.tier == \"city\"",
    ));
    assert!(
        !one.is_empty() && one.iter().all(|code| *code == "order.one_body"),
        "{one:?}"
    );
    assert!(
        codes(one_maker_one_checker(
            "headquarters",
            "principal.tier == \"province\""
        ))
        .is_empty()
    );
    let none = codes(one_maker_one_checker(
        "headquarters",
        "principal.tier == \"none\"",
    ));
    assert!(
        !none.is_empty() && none.iter().all(|code| *code == "order.no_checker"),
        "{none:?}"
    );
}

#[test]
fn a_county_that_may_impose_in_another_city_is_refused() {
    let scoped = "principal.roles.contains(\"maker\") &&
    context.in_area &&
    context.ground != \"ORDER\"";
    let permitting = |scope: &str| {
        let to =
            format!("principal.roles.contains(\"maker\") && {scope} context.ground != \"ORDER\"");
        codes(changed("authority.cedar", scoped, &to))
    };
    assert!(permitting("context.in_area &&").is_empty());
    let found = permitting("");
    assert!(
        !found.is_empty() && found.iter().all(|code| *code == "order.unscoped"),
        "{found:?}"
    );
    // A body of the province has the whole province as its area.
    assert!(permitting("(context.in_area || principal.tier == \"province\") &&").is_empty());
}

#[test]
fn a_pack_stricter_than_its_parent_needs_the_parents_approval() {
    let parent = shipped("henan-2022");
    let codes = |files: Files| -> Vec<String> {
        check(&read(files), Some(&parent))
            .into_iter()
            .map(|finding| finding.key)
            .collect()
    };
    let longer = |text: &str| ground("SEC", "days = 7", text);
    assert!(codes(longer("days = 6")).is_empty());
    assert!(codes(longer("days = 7")).is_empty());
    assert_eq!(codes(longer("days = 8")), ["ground.SEC.red"]);
    let wider = ground(
        "CLOSE",
        "suppliers = [\"cdc\"]",
        "suppliers = [\"cdc\", \"police\"]",
    );
    assert_eq!(codes(wider), ["ground.CLOSE.contract.suppliers"]);
    let guard = changed("pack.toml", "people = 100", "people = 200");
    assert_eq!(codes(guard), ["volume.people"]);
    let appeal = changed("pack.toml", "appeal_hours = 24", "appeal_hours = 48");
    assert_eq!(codes(appeal), ["deadlines.appeal"]);
    let approval =
        "[parent]\nname = \"henan-2022\"\napproval = \"豫指示例〔2022〕1号\"\n\n[volume]";
    let approved = changed_all(&[
        ("pack.toml", "people = 100", "people = 200"),
        ("pack.toml", "[volume]", approval),
    ]);
    assert!(codes(approved).is_empty());
}

#[test]
fn edition_nine_is_not_stricter_than_edition_eight_except_for_jobs() {
    let found = check(&shipped("henan-2022-v9"), Some(&shipped("henan-2022")));
    let keys: Vec<&str> = found.iter().map(|finding| finding.key.as_str()).collect();
    assert_eq!(keys, ["ground.JOB.contract.max_age", "ground.JOB.yellow"]);
}

#[test]
fn a_worked_example_that_comes_out_otherwise_says_how() {
    let files = changed("cases/authority.toml", "people = 99", "people = 100");
    let outcomes = run_cases(&read(files));
    let failed: Vec<_> = outcomes.iter().filter(|outcome| !outcome.passed).collect();
    assert_eq!(failed.len(), 1);
    assert!(
        failed[0].reason.contains("but it is denied"),
        "{}",
        failed[0].reason
    );
    let files = changed("cases/timeline.toml", "stage = \"none\"", "stage = \"red\"");
    let outcomes = run_cases(&read(files));
    let failed: Vec<_> = outcomes.iter().filter(|outcome| !outcome.passed).collect();
    assert!(
        failed[0].reason.contains("expected `red`"),
        "{}",
        failed[0].reason
    );
}

//! The same at the command line: exit codes and what is printed.

use crate::forger::{relist, slot};
use crate::ground::{Ground, honest};
use serde_json::Value;
use std::process::{Command, Output};
use tempfile::TempDir;

fn mingma(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_mingma"))
        .args(arguments)
        .output()
        .unwrap()
}

fn audit(ground: &Ground, more: &[&str]) -> (Option<i32>, Value) {
    let site = ground.site();
    let mut arguments = vec!["--json", "audit", "--site", site.to_str().unwrap()];
    arguments.extend(["--at", "2022-06-13T08:20:00+08:00"]);
    arguments.extend(more);
    let output = mingma(&arguments);
    let value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    (output.status.code(), value)
}

fn secret_red(ground: &Ground) {
    relist(ground, |array| {
        let yellow = slot(array, 2);
        array.set(yellow, 3).unwrap();
    });
}

#[test]
fn a_site_that_is_well_ends_with_0_and_a_secret_red_with_4() {
    let ground = honest();
    let (code, value) = audit(&ground, &["--vkey", &ground.vkey()]);
    assert_eq!((code, &value["passed"]), (Some(0), &Value::Bool(true)));
    assert_eq!(value["lists"][0]["version"], 3);
    secret_red(&ground);
    let (code, value) = audit(&ground, &[]);
    assert_eq!((code, &value["passed"]), (Some(4), &Value::Bool(false)));
    assert_eq!(value["faults"][0]["place"]["file"], ground.newest());
}

#[test]
fn a_place_that_is_no_site_and_a_policy_that_is_none_end_with_2() {
    let ground = honest();
    let policy = ground.path("index.html");
    let (code, _) = audit(&ground, &["--policy", policy.to_str().unwrap()]);
    assert_eq!(code, Some(2));
    let output = mingma(&["audit", "--site", "/nowhere/at/all"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn one_round_of_the_monitor_ends_with_0_and_a_secret_red_with_4() {
    let (ground, memory) = (honest(), TempDir::new().unwrap());
    let site = ground.site();
    let arguments = [
        "monitor",
        site.to_str().unwrap(),
        "--memory",
        memory.path().to_str().unwrap(),
        "--once",
    ];
    let output = mingma(&arguments);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.starts_with("well: 14 entries, 1 lists"), "{said}");
    std::fs::write(ground.path("checkpoint"), "no checkpoint").unwrap();
    let output = mingma(&arguments);
    assert_eq!(output.status.code(), Some(4));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("evidence"), "{said}");
}

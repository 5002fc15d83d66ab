//! Scenarios: every shipped one passes, a wrong expectation fails, a wrong text is explained, and
//! `docs/scenarios.md` says what is so.
#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "scenarios/docs.rs"]
mod docs;
#[path = "scenarios/texts.rs"]
mod texts;

use mingma::scenario::{Options, Report, ScenarioError, run};
use std::path::PathBuf;

/// A file of the project.
fn path(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/")).join(name)
}

fn play(text: &str) -> Result<Report, ScenarioError> {
    run(text, &Options::default())
}

#[test]
fn every_shipped_scenario_passes() {
    let mut files: Vec<PathBuf> = std::fs::read_dir(path("scenarios"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "toml")
        })
        .collect();
    files.sort();
    assert!(files.len() >= 16, "{files:?}");
    let mut failed = Vec::new();
    for file in files {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let outcome = match play(&std::fs::read_to_string(&file).unwrap()) {
            Ok(report) if report.passed => {
                let checks = report.all_checks().count();
                println!("{name}: {} steps, {checks} checks", report.steps.len());
                continue;
            }
            Ok(report) => report.failures().join("\n"),
            Err(error) => error.to_string(),
        };
        println!("{name}: failed\n{outcome}");
        failed.push(name);
    }
    assert!(failed.is_empty(), "{failed:?}");
}

#[test]
fn the_incident_has_a_step_for_each_of_its_sixteen_rows() {
    let text = std::fs::read_to_string(path("scenarios/incident-2022.toml")).unwrap();
    for row in 1..=16 {
        assert!(
            text.contains(&format!("name = \"row-{row:02}\"")),
            "row {row}"
        );
        assert!(text.contains(&format!("# Row {row}:")), "row {row}");
    }
}

//! Scenarios: every shipped one passes, a wrong expectation fails, a wrong text is explained, and
//! `docs/scenarios.md` says what is so.
#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "scenarios/docs.rs"]
mod docs;
#[path = "scenarios/texts.rs"]
mod texts;

use mingma::scenario::{DirectoryDriver, ORIGIN, Options, Report, ScenarioError, run, run_on};
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

#[test]
fn a_scenario_comes_out_the_same_in_memory_and_in_a_directory() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["incident-2022", "evidence-dispute"] {
        let text = std::fs::read_to_string(path(&format!("scenarios/{name}.toml"))).unwrap();
        let mut driver = DirectoryDriver::create(&folder.path().join(name), ORIGIN).unwrap();
        let there = run_on(&text, &Options::default(), &mut driver).unwrap();
        let here = play(&text).unwrap();
        assert!(there.passed, "{}", there.failures().join("\n"));
        // Salts are secret there and counted here, so the roots differ; all else is the same.
        assert_ne!(there.root, here.root);
        assert_eq!(
            (there.steps, there.checks, there.closing.len()),
            (here.steps, here.checks, here.closing.len())
        );
    }
}

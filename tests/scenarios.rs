//! Scenarios: every shipped one passes, a wrong expectation fails, a wrong text is explained, and
//! `docs/scenarios.md` says what is so.
#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "scenarios/docs.rs"]
mod docs;
#[path = "scenarios/texts.rs"]
mod texts;

use mingma::scenario::{
    DirectoryDriver, HttpDriver, ORIGIN, Options, Report, ScenarioError, run, run_on,
};
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// A file of the project.
fn path(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/")).join(name)
}

fn play(text: &str) -> Result<Report, ScenarioError> {
    run(text, &Options::default())
}

/// Every shipped scenario.
fn shipped() -> Vec<PathBuf> {
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
    files
}

#[test]
fn every_shipped_scenario_passes() {
    let mut failed = Vec::new();
    for file in shipped() {
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

/// A server that rehearses, stopped when it is dropped.
struct Rehearsal {
    child: Child,
    url: String,
}

impl Rehearsal {
    fn start() -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mingma"));
        // In memory where that is at hand: each of some thousand entries is made durable.
        if std::path::Path::new("/dev/shm").is_dir() {
            command.env("TMPDIR", "/dev/shm");
        }
        let mut child = command
            .args(["serve", "--rehearsal", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut line).unwrap();
        let url = line
            .trim()
            .strip_prefix("listening on ")
            .unwrap()
            .to_owned();
        Self { child, url }
    }
}

impl Drop for Rehearsal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn every_shipped_scenario_comes_out_the_same_over_http() {
    let server = Rehearsal::start();
    for file in shipped() {
        let text = std::fs::read_to_string(&file).unwrap();
        let mut driver = HttpDriver::begin(&server.url, ORIGIN).unwrap();
        let there = run_on(&text, &Options::default(), &mut driver);
        let mut there = there.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let here = play(&text).unwrap();
        assert_eq!(there.driver, "http");
        there.driver = here.driver.clone();
        assert_eq!(there, here, "{}", file.display());
    }
}

#[test]
fn a_server_of_a_directory_does_not_rehearse() {
    let folder = tempfile::tempdir().unwrap();
    let office = mingma::office::Office::create(&folder.path().join("data"), ORIGIN).unwrap();
    office.close().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_mingma"))
        .args(["--data", "data", "serve", "--listen", "127.0.0.1:0"])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    out.read_line(&mut line).unwrap();
    let url = line.trim().strip_prefix("listening on ").unwrap();
    let begun = HttpDriver::begin(url, ORIGIN)
        .err()
        .map(|error| error.to_string());
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(begun.is_some_and(|why| why.contains("does not rehearse")));
}

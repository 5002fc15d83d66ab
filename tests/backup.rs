//! Backups that a server makes while it takes submissions: whole, restorable, and cleaned up after.
//!
//! Invariant of these tests: the real binary on loopback; they wait for lines and answers, never for
//! time.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

#[path = "cli/house.rs"]
#[allow(dead_code, reason = "this file needs a part of the house")]
mod house;
#[path = "cli/server.rs"]
#[allow(dead_code, reason = "this file needs a part of the server")]
mod server;

use house::{House, document};
use serde_json::Value;
use server::Server;

const CONFIG: &str = "[log]\nrequests = false\n[backup]\nfolder = \"copies\"\n";
/// What backups of the house's ledger are called, up to their time.
const FRONT: &str = "copies/log.example-henan";

/// The next line about backups.
fn told(server: &mut Server) -> Value {
    serde_json::from_str(&server.says("\"event\":\"backup\"")).unwrap()
}

/// The names in the folder of backups, in order.
fn names(house: &House) -> Vec<String> {
    let entries = std::fs::read_dir(house.path("copies")).unwrap();
    let name = |entry: std::io::Result<std::fs::DirEntry>| entry.unwrap().file_name();
    let mut names: Vec<_> = entries
        .map(|entry| name(entry).into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Reports about one person each, signed.
fn reports(house: &House, people: std::ops::Range<u32>) -> Vec<Vec<u8>> {
    let sign = |number| {
        house.table("one.csv", number..number + 1);
        house.sign("one.csv", "one.mmr").done();
        let bytes = std::fs::read(house.path("one.mmr")).unwrap();
        std::fs::remove_file(house.path("one.mmr")).unwrap();
        bytes
    };
    people.map(sign).collect()
}

fn entry(server: &Server, report: &[u8]) -> u64 {
    let answer = server.post(report, "application/cose");
    assert!(answer.status < 300, "{}", answer.body);
    answer.json()["entry"].as_u64().unwrap()
}

/// Restores a copy, audits it against the checkpoint that was kept, and finds the vault in it.
fn comes_back(house: &House, copy: &str) {
    house.run(&["restore", copy, "back"]).done();
    let audit = ["audit", "back", "--checkpoint", "kept.txt", "--json"];
    assert_eq!(house.run(&audit).done().json()["passed"], true);
    let doctor = [
        "doctor",
        "--config",
        "mingma.toml",
        "--data",
        "back",
        "--json",
    ];
    let report = house.run(&doctor).done().json();
    let findings = report["findings"].as_array().unwrap();
    let backup = findings.iter().find(|found| found["about"] == "backup");
    assert_eq!(backup.unwrap()["level"], "ok", "{report:#}");
    // The people of the vault are there by name.
    let person = document(1);
    let sheet = ["paper", &person, "-o", "sheet.html", "--case", "P-1"];
    let sheet = [&sheet[..], &["--data", "back"]].concat();
    house.by("410000-hotline.he", &sheet).done();
    let sheet = std::fs::read_to_string(house.path("sheet.html")).unwrap();
    assert!(sheet.contains("样*甲"), "{sheet}");
    // Without its format a copy is unfinished, and no data directory.
    std::fs::remove_file(house.path(copy).join("format")).unwrap();
    house
        .run(&["restore", copy, "other"])
        .fails(3, &["is not a data directory"]);
}

#[test]
fn a_server_at_work_is_copied_and_the_copy_is_restored_and_audited() {
    let house = House::issuing();
    house.write("mingma.toml", CONFIG);
    std::fs::create_dir(house.path("copies")).unwrap();
    let (old, half) = (house.day(-36), house.day(-1));
    let old = format!("{FRONT}-{old}T030000");
    house.run(&["backup", &old]).done();
    house.run(&["backup", "copies/mine"]).done();
    let half = format!("{FRONT}-{half}T030000.part");
    std::fs::create_dir(house.path(&half)).unwrap();
    std::fs::create_dir(house.path(&format!("{FRONT}-notes"))).unwrap();
    let reports = reports(&house, 1..13);

    let mut server = Server::start(&house, &["--config", "mingma.toml"]);
    // The newest was too old: one is made at once, then what is too old goes.
    let first = told(&mut server);
    let removed = told(&mut server);
    assert_eq!(removed["removed"][0], *old.strip_prefix("copies/").unwrap());
    let (before, while_copied) = reports.split_at(4);
    let last = before.iter().map(|report| entry(&server, report)).max();
    house.write("kept.txt", &server.get("/api/v1/checkpoint").body);
    server.signal("USR1");
    for report in while_copied {
        entry(&server, report);
    }
    let second = told(&mut server);
    assert!(second["entries"].as_u64() > last, "{second}");
    let (first, second) = (&first["backup"], second["backup"].as_str().unwrap());
    assert_eq!(
        names(&house),
        [
            first.as_str().unwrap(),
            second,
            "log.example-henan-notes",
            "mine"
        ]
    );
    let metrics = server.get("/metrics").body;
    assert!(
        !metrics.contains("mingma_backup_end_seconds 0\n"),
        "{metrics}"
    );
    assert!(
        metrics.contains("mingma_backup_failures_total 0\n"),
        "{metrics}"
    );

    comes_back(&house, &format!("copies/{second}"));

    // Told to stop while it copies, it leaves nothing half.
    server.signal("USR1");
    server.stop();
    assert!(!names(&house).iter().any(|name| name.ends_with(".part")));
    house.run(&["audit"]).done();
}

#[test]
fn a_server_without_a_folder_says_so_and_goes_on() {
    let house = House::begun();
    let mut server = Server::start(&house, &[]);
    server.signal("USR1");
    let line = told(&mut server);
    assert!(
        line["why"].as_str().unwrap().contains("no folder"),
        "{line}"
    );
    assert_eq!(server.get("/health/live").status, 200);
    server.stop();
}

#[test]
fn a_folder_that_cannot_take_backups_is_named_before_the_server_starts() {
    let house = House::begun();
    house.write(
        "mingma.toml",
        "[backup]\nfolder = \"nowhere\"\nhour = 24\nkeep_days = 0\n",
    );
    let words = ["line 2", "backup.folder", "is not a directory"];
    house.run(&["config", "check"]).fails(2, &words);
    let words = ["line 3", "backup.hour", "line 4", "backup.keep_days"];
    house.run(&["config", "check"]).fails(2, &words);
    house.write(
        "mingma.toml",
        "[backup]\nfolder = \"mingma-data/log\"\nhour = 23\nkeep_days = 1\n",
    );
    let serve = [
        "serve",
        "--config",
        "mingma.toml",
        "--listen",
        "127.0.0.1:0",
    ];
    let words = ["backup.folder", "inside the data directory"];
    house.run(&serve).fails(2, &words);
    house.run(&["config", "check"]).fails(2, &words);
}

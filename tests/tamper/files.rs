//! Bytes changed on disk by somebody who does not make the rest fit.

use crate::attacker::{Attacker, records, segments};
use crate::ground::{check, founding, full};
use audit::{Options, Place, Report, audit};
use fjall::{Database, Keyspace, KeyspaceCreateOptions};
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn an_honest_ledger_passes_every_check_in_full() {
    let report = check(full().path());
    assert!(report.passed(), "{report}");
    assert!(
        report.checks.iter().all(|check| check.skipped.is_none()),
        "{report}"
    );
    assert!(
        report.checks.iter().all(|check| check.count > 0),
        "{report}"
    );
    assert_eq!(report.checkpoint_size, Some(report.entries));
    let report = check(founding().path());
    assert!(report.passed(), "{report}");
}

/// Only what the journal needs, so that an audit is quick.
fn journal_alone(dir: &Path) {
    for part in ["views", "snapshots", "log"] {
        let _ = fs::remove_dir_all(dir.join(part));
    }
}

fn damage(dir: &Path, segment: &Path, seq: u64, byte: usize) {
    let report = check(dir);
    assert_eq!(report.first_entry(), Some(seq), "byte {byte}: {report}");
    let at = report.faults[0].at.as_ref().unwrap();
    let name = segment.file_name().unwrap().to_string_lossy();
    assert_eq!(at.file, format!("journal/{name}"), "byte {byte}");
}

#[test]
fn any_flipped_byte_of_a_small_journal_is_found() {
    let dir = founding();
    journal_alone(dir.path());
    let segment = segments(dir.path()).remove(0);
    let clean = fs::read(&segment).unwrap();
    for (seq, (start, end)) in (0..).zip(records(&clean)) {
        for place in start..end {
            let mut bytes = clean.clone();
            bytes[place] ^= 1 << (place % 8);
            fs::write(&segment, bytes).unwrap();
            damage(dir.path(), &segment, seq, place);
        }
    }
    fs::write(&segment, clean).unwrap();
    assert!(check(dir.path()).passed());
}

#[test]
fn flipped_bytes_of_a_whole_journal_are_found() {
    let dir = full();
    journal_alone(dir.path());
    let segment = segments(dir.path()).remove(0);
    let clean = fs::read(&segment).unwrap();
    for (seq, (start, end)) in (0..).zip(records(&clean)) {
        // Another place in each: header, body, trailer.
        let place = [start + 20, start + (end - start) / 2, end - 41][seq as usize % 3];
        let mut bytes = clean.clone();
        bytes[place] ^= 0x40;
        bytes.resize(clean.len() + 4_096, 0);
        fs::write(&segment, bytes).unwrap();
        damage(dir.path(), &segment, seq, place);
    }
}

#[test]
fn bytes_beyond_the_end_are_found() {
    let dir = founding();
    let segment = segments(dir.path()).remove(0);
    let clean = fs::read(&segment).unwrap();
    let last = records(&clean).pop().unwrap();
    for stray in [b"x".to_vec(), clean[last.0..last.1].to_vec(), vec![1; 100]] {
        fs::write(&segment, [clean.clone(), stray].concat()).unwrap();
        let report = check(dir.path());
        assert_eq!(
            report.first_entry(),
            Some(records(&clean).len() as u64),
            "{report}"
        );
    }
}

fn table(dir: &Path, name: &str) -> (Database, Keyspace) {
    let database = Database::builder(dir.join("views")).open().unwrap();
    let keyspace = database
        .keyspace(name, KeyspaceCreateOptions::default)
        .unwrap();
    (database, keyspace)
}

fn view(report: &Report, table: &str, words: &str) {
    let at = |place: &Place| matches!(place, Place::View { table: name, .. } if name == table);
    let found = |fault: &audit::Fault| at(&fault.place) && fault.what.contains(words);
    assert!(
        report.faults.iter().any(found),
        "{table}, {words}: {report}"
    );
}

#[test]
fn a_view_row_changed_added_or_removed_is_found() {
    for name in ["people", "orders", "officers", "refusals", "board"] {
        let dir = full();
        let (database, rows) = table(dir.path(), name);
        let first = rows.iter().next().unwrap();
        let (key, value) = first.into_inner().unwrap();
        let audit_now = |database: Database, rows: Keyspace| {
            database.persist(fjall::PersistMode::SyncAll).unwrap();
            drop((rows, database));
            check(dir.path())
        };
        let mut changed = value.to_vec();
        let last = changed.len() - 1;
        changed[last] ^= 1;
        rows.insert(key.clone(), changed).unwrap();
        view(&audit_now(database, rows), name, "differs");

        let (database, rows) = table(dir.path(), name);
        rows.remove(key.clone()).unwrap();
        view(&audit_now(database, rows), name, "missing");

        let (database, rows) = table(dir.path(), name);
        rows.insert(key, value.clone()).unwrap();
        rows.insert(b"smuggled", value).unwrap();
        view(&audit_now(database, rows), name, "no entry behind it");
    }
}

#[test]
fn views_that_claim_more_than_the_journal_are_found() {
    let dir = full();
    let (database, meta) = table(dir.path(), "meta");
    meta.insert("position", 1_000_u64.to_le_bytes()).unwrap();
    database.persist(fjall::PersistMode::SyncAll).unwrap();
    drop((meta, database));
    let report = check(dir.path());
    assert!(
        report.to_string().contains("reflect 1000 entries"),
        "{report}"
    );
}

#[test]
fn views_held_by_a_running_server_are_skipped_aloud() {
    let dir = full();
    let held = table(dir.path(), "meta");
    let report = check(dir.path());
    assert!(report.passed(), "{report}");
    assert!(
        report.to_string().contains("held by a running server"),
        "{report}"
    );
    drop(held);
}

fn all_files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for item in fs::read_dir(dir).unwrap() {
        let path = item.unwrap().path();
        if path.is_dir() {
            found.extend(all_files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

#[test]
fn every_altered_file_of_the_published_log_is_found() {
    let dir = full();
    let log = dir.path().join("log");
    let files = all_files(&log);
    assert!(files.len() >= 3, "{files:?}");
    for path in files {
        let clean = fs::read(&path).unwrap();
        let mut bytes = clean.clone();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&path, bytes).unwrap();
        let report = check(dir.path());
        let shown = path
            .strip_prefix(dir.path())
            .unwrap()
            .to_string_lossy()
            .into_owned();
        let place = if shown.ends_with("checkpoint") {
            Place::Checkpoint
        } else {
            Place::File(shown)
        };
        assert!(
            report.faults.iter().any(|fault| fault.place == place),
            "{place}: {report}"
        );
        fs::write(&path, clean).unwrap();
    }
    assert!(check(dir.path()).passed());
    fs::write(log.join("tile/entries/009.p-1"), b"x").unwrap();
    assert!(!check(dir.path()).passed());
}

#[test]
fn an_altered_snapshot_is_found() {
    let dir = full();
    let path = all_files(&dir.path().join("snapshots")).remove(0);
    let clean = fs::read(&path).unwrap();
    for place in (0..clean.len()).step_by(clean.len() / 7) {
        let mut bytes = clean.clone();
        bytes[place] ^= 1;
        fs::write(&path, bytes).unwrap();
        let report = check(dir.path());
        assert!(
            matches!(report.faults[0].place, Place::Snapshot(_)),
            "{place}: {report}"
        );
    }
}

#[test]
fn a_destroyed_key_stops_the_replay_and_only_on_request_passes() {
    let dir = full();
    let mut keys = all_files(&dir.path().join("keys/payload"));
    assert!(keys.len() >= 2, "{keys:?}");
    keys.sort();
    fs::remove_file(keys.pop().unwrap()).unwrap();
    let report = check(dir.path());
    assert!(
        report.faults[0].what.contains("cannot be replayed"),
        "{report}"
    );
    let report = audit(
        dir.path(),
        Options {
            allow_destroyed: true,
            ..Options::default()
        },
    );
    assert!(report.passed(), "{report}");
    assert!(
        report.checks.iter().any(|check| check.skipped.is_some()),
        "{report}"
    );
    // What needs no key is still checked.
    let dir = full();
    let mut attacker = Attacker::read(dir.path());
    attacker.entries.last_mut().unwrap().leaf.totals.red += 1;
    attacker.write();
    let keys = all_files(&dir.path().join("keys/payload"));
    keys.iter().for_each(|key| fs::remove_file(key).unwrap());
    let report = audit(
        dir.path(),
        Options {
            allow_destroyed: true,
            ..Options::default()
        },
    );
    assert!(report.faults[0].what.contains("its totals say"), "{report}");
}

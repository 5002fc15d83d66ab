//! Bundles: what an outsider is given, checked without anything of the server.

use crate::attacker::Attacker;
use crate::ground::{check, full};
use audit::{Name, Options, Place, audit};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

fn vkey(dir: &Path) -> String {
    let text = fs::read_to_string(dir.join("keys/log.key")).unwrap();
    let (origin, seed) = text.trim_end().split_once('\n').unwrap();
    let seed = domain::ids::from_hex(seed).unwrap();
    tlog::SignerKey::from_seed(origin, seed)
        .unwrap()
        .verifier()
        .to_string()
}

/// Leaves of a data directory what everybody may see.
fn make_public(dir: &Path) {
    fs::write(dir.join("vkey"), vkey(dir)).unwrap();
    for part in [
        "journal",
        "keys",
        "views",
        "snapshots",
        "vault",
        "vault-keys",
    ] {
        let _ = fs::remove_dir_all(dir.join(part));
    }
    for file in ["format", "lock"] {
        let _ = fs::remove_file(dir.join(file));
    }
}

/// Lists every file with its digest.
fn write_manifest(dir: &Path) {
    fn list(root: &Path, dir: &Path, files: &mut serde_json::Map<String, serde_json::Value>) {
        for item in fs::read_dir(dir).unwrap() {
            let path = item.unwrap().path();
            if path.is_dir() {
                list(root, &path, files);
            } else {
                let (bytes, sha256) = audit::digest(&path).unwrap();
                let name = path
                    .strip_prefix(root)
                    .unwrap()
                    .to_string_lossy()
                    .into_owned();
                files.insert(
                    name,
                    serde_json::json!({ "bytes": bytes, "sha256": sha256 }),
                );
            }
        }
    }
    let mut files = serde_json::Map::new();
    list(dir, dir, &mut files);
    let text = serde_json::json!({ "files": files }).to_string();
    fs::write(dir.join("manifest.json"), text).unwrap();
}

fn public() -> TempDir {
    let dir = full();
    make_public(dir.path());
    dir
}

#[test]
fn a_public_bundle_passes_and_says_what_it_cannot_show() {
    let dir = public();
    write_manifest(dir.path());
    let report = check(dir.path());
    assert!(report.passed(), "{report}");
    assert_eq!(report.checkpoint_size, Some(report.entries));
    let skipped = |name| {
        let check = report
            .checks
            .iter()
            .find(|check| check.name == name)
            .unwrap();
        check.skipped.is_some() && check.count == 0
    };
    assert!(
        skipped(Name::Signatures) && skipped(Name::Decisions),
        "{report}"
    );
}

#[test]
fn a_public_bundle_whose_sums_do_not_add_up_fails_though_it_is_signed() {
    let dir = full();
    let mut attacker = Attacker::read(dir.path());
    let place = attacker.find("order.approve");
    attacker.entries[place].leaf.caused.green_yellow -= 1;
    attacker.write();
    make_public(dir.path());
    let report = check(dir.path());
    assert_eq!(report.first_entry(), Some(place as u64), "{report}");
    assert!(report.faults[0].what.contains("its totals say"), "{report}");
}

#[test]
fn a_bundle_of_another_key_than_the_one_trusted_fails() {
    let dir = public();
    let trusted = vkey(full().path());
    let report = audit(
        dir.path(),
        Options {
            vkey: Some(trusted),
            ..Options::default()
        },
    );
    assert!(report.passed(), "the same ledger: {report}");
    let other = tlog::SignerKey::from_seed(crate::story::ORIGIN, [5; 32]).unwrap();
    let trusted = Some(other.verifier().to_string());
    let report = audit(
        dir.path(),
        Options {
            vkey: trusted,
            ..Options::default()
        },
    );
    assert!(
        report
            .faults
            .iter()
            .any(|fault| matches!(fault.place, Place::Key(_))),
        "{report}"
    );
    fs::remove_file(dir.path().join("vkey")).unwrap();
    assert!(
        !check(dir.path()).passed(),
        "without a key nothing is signed"
    );
}

#[test]
fn a_file_changed_added_or_missing_beside_the_manifest_is_found() {
    let dir = full();
    write_manifest(dir.path());
    fs::write(dir.path().join("extra"), b"x").unwrap();
    fs::remove_file(dir.path().join("lock")).unwrap();
    fs::write(dir.path().join("format"), b"mingma data 9\n").unwrap();
    let report = check(dir.path());
    for file in ["extra", "lock", "format"] {
        let place = Place::File(file.to_owned());
        assert!(
            report.faults.iter().any(|fault| fault.place == place),
            "{file}: {report}"
        );
    }
}

#[test]
fn an_empty_directory_is_no_ledger() {
    let report = check(TempDir::new().unwrap().path());
    assert!(!report.passed(), "{report}");
}

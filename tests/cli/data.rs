//! The data directory: another's, a newer one's, a full disk's, copied, exported, rebuilt.

use crate::house::{House, document, exists};
use app::ports::{Snapshots as _, ViewRows as _, Views as _};
use domain::view::{Table, ViewRow};
use std::path::Path;
use std::process::Command;
use store::{FileSnapshots, FjallViews};

#[test]
fn a_directory_that_is_none_is_named_with_the_way_to_make_one() {
    let house = House::empty();
    house
        .run(&["board"])
        .fails(3, &["mingma-data", "mingma init"]);
}

#[test]
fn a_directory_of_a_newer_version_is_left_alone() {
    let house = House::begun();
    house.write("mingma-data/format", "mingma data 2\n");
    house.run(&["board"]).fails(3, &["data format 2"]);
    house.write("mingma-data/format", "something\n");
    house.run(&["board"]).fails(3, &["is not a data directory"]);
}

#[test]
fn a_directory_in_use_is_left_alone() {
    let house = House::begun();
    let held = mingma::office::Office::open(&house.path("mingma-data")).unwrap();
    let process = std::process::id().to_string();
    house
        .run(&["board"])
        .fails(3, &["in use by another process", &process]);
    held.close().unwrap();
    house.run(&["board"]).done();
}

#[test]
fn views_are_made_again_and_the_audit_still_passes() {
    let house = House::at_work();
    house.evidence(1..6);
    let before = house
        .run(&["code", "show", &document(1), "--at", "2030-01-01", "--json"])
        .done()
        .out;
    let made = house.run(&["rebuild", "--json"]).done().json();
    assert_eq!(made["people"], 5);
    let after = house
        .run(&["code", "show", &document(1), "--at", "2030-01-01", "--json"])
        .done()
        .out;
    assert_eq!(before, after);
    house.run(&["audit"]).done();
}

#[test]
fn rows_of_another_version_are_written_again_at_the_first_start() {
    let house = House::at_work();
    house.evidence(1..2);
    let data = house.path("mingma-data");
    let mut views = FjallViews::open(&data.join("views")).unwrap();
    let position = views.position().unwrap();
    let (key, _) = views.rows(Table::People, &[], 1).unwrap().remove(0);
    let row = ViewRow {
        table: Table::People,
        key,
        value: Some(b"of another shape".to_vec()),
    };
    views.write(position, &[row]).unwrap();
    views.flush().unwrap();
    drop(views);
    let mut snapshots = FileSnapshots::open(&data.join("snapshots")).unwrap();
    snapshots.store(position, b"of another version").unwrap();
    drop(snapshots);
    house.run(&["board"]).done();
    let planted = data.join(format!("snapshots/{position:020}.snap"));
    std::fs::remove_file(planted).unwrap();
    house.run(&["audit"]).done();
}

#[test]
fn a_backup_comes_back_whole_and_overwrites_nothing() {
    let house = House::at_work();
    house.evidence(1..3);
    let root =
        |house: &House, data: &str| house.run(&["log", "checkpoint", "--data", data]).done().out;
    house.run(&["backup", "copy"]).done();
    house.run(&["backup", "copy"]).fails(2, &["exists"]);
    for inside in ["mingma-data/copy", "mingma-data/log/new/copy"] {
        house.run(&["backup", inside]).fails(2, &["inside"]);
        assert!(!exists(&house.path(inside)));
    }
    house
        .run(&["restore", "copy", "mingma-data"])
        .fails(2, &["exists"]);
    house.run(&["restore", "copy", "back"]).done();
    assert_eq!(root(&house, "back"), root(&house, "mingma-data"));
    house.run(&["audit", "back"]).done();
}

#[test]
fn a_bundle_is_audited_by_a_stranger_and_holds_no_signing_key() {
    let house = House::at_work();
    house.evidence(1..3);
    std::fs::write(
        house.path("old"),
        house.run(&["log", "checkpoint"]).done().out,
    )
    .unwrap();
    let vkey = house.run(&["log", "vkey"]).done().out;
    house.run(&["export", "whole"]).done();
    house.run(&["export", "public", "--public"]).done();
    for name in ["keys/log.key", "keys/person.key", "vault", "vault-keys"] {
        assert!(!exists(&house.path("whole").join(name)), "{name}");
    }
    assert!(!exists(&house.path("public/journal")) && !exists(&house.path("public/keys")));
    for bundle in ["whole", "public"] {
        let audit = [
            "audit",
            bundle,
            "--checkpoint",
            "old",
            "--vkey",
            vkey.trim(),
            "--json",
        ];
        assert_eq!(house.run(&audit).done().json()["passed"], true);
    }
    let tile = house.path("public/log/checkpoint");
    let text = std::fs::read_to_string(&tile).unwrap();
    std::fs::write(&tile, text.replacen('\n', "\nX", 1)).unwrap();
    house
        .run(&["audit", "public", "--vkey", vkey.trim()])
        .fails(4, &["the audit failed"]);
}

/// A small file system of its own; unmounted when dropped.
struct SmallDisk(std::path::PathBuf);

impl SmallDisk {
    fn mount(path: &Path, size: &str) -> Option<Self> {
        std::fs::create_dir_all(path).ok()?;
        let option = format!("size={size}");
        let done = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &option, "tmpfs"])
            .arg(path)
            .output()
            .is_ok_and(|output| output.status.success());
        done.then(|| Self(path.to_path_buf()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).output();
    }
}

#[test]
fn a_full_disk_is_told_and_loses_nothing() {
    let house = House::at_work();
    let Some(disk) = SmallDisk::mount(&house.path("small"), "400m") else {
        eprintln!("skipped: no small file system can be mounted here");
        return;
    };
    house.run(&["backup", "copy"]).done();
    house.run(&["restore", "copy", "small/data"]).done();
    let data = ["--data", "small/data"];
    let entries = house
        .run(&[&["log", "tail", "--json"][..], &data[..]].concat())
        .done()
        .json();
    let fill = house.path("small/fill");
    let mut file = std::fs::File::create(&fill).unwrap();
    let block = vec![7_u8; 1 << 20];
    while std::io::Write::write_all(&mut file, &block).is_ok() {}
    drop(file);
    // The journal's segment is made ready beforehand, so fill it too: with a pack each time.
    let mut last = None;
    for _ in 0..2_000 {
        let ran = house.registrar(&[&["pack", "adopt", "today"][..], &data[..]].concat());
        if ran.code != 0 {
            last = Some(ran);
            break;
        }
    }
    last.expect("the disk was never full").fails(3, &[]);
    std::fs::remove_file(&fill).unwrap();
    let after = house
        .run(&[&["log", "tail", "-n", "100000", "--json"][..], &data[..]].concat())
        .done();
    assert!(after.json().as_array().unwrap().len() >= entries.as_array().unwrap().len());
    house.run(&[&["audit"][..], &data[..]].concat()).done();
    drop(disk);
}

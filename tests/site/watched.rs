//! What somebody who keeps watching sees, remembers and keeps.

use crate::forger::{leaves, relist, relog, slot};
use crate::ground::{Ground, grown, honest, now};
use mingma::fetch::Site;
use mingma::mirror::mirror;
use mingma::monitor::{Monitor, MonitorError, Round};
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn look(place: &str, memory: &Path) -> Round {
    let monitor = Monitor {
        site: place,
        memory,
        policy: None,
    };
    monitor.round(now(), &mut || {}).unwrap()
}

fn watch(ground: &Ground, memory: &Path) -> Round {
    look(ground.site().to_str().unwrap(), memory)
}

/// Serves a folder on this machine, one file a connection.
fn serve(root: PathBuf) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut first = String::new();
            let _ = reader.read_line(&mut first);
            let mut line = String::new();
            while reader.read_line(&mut line).is_ok_and(|bytes| bytes > 2) {
                line.clear();
            }
            let name = first
                .split(' ')
                .nth(1)
                .unwrap_or("/")
                .trim_start_matches('/');
            let found = fs::read(root.join(name));
            let status = if found.is_ok() {
                "200 OK"
            } else {
                "404 Not Found"
            };
            let body = found.unwrap_or_default();
            let head = format!(
                "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all(head.as_bytes());
            let _ = stream.write_all(&body);
        }
    });
    address
}

#[test]
fn a_site_that_is_well_is_remembered() {
    let (ground, memory) = (honest(), TempDir::new().unwrap());
    let round = watch(&ground, memory.path());
    assert!(round.passed() && round.policy_from_site, "{round:?}");
    assert_eq!(round.evidence, None);
    let kept = |name: &str| fs::read_to_string(memory.path().join(name)).unwrap();
    assert_eq!(kept("checkpoint"), ground.text("checkpoint"));
    assert_eq!(kept("policy"), ground.text("policy"));
    assert!(kept("lists.json").contains("\"version\": 3"));
    let round = watch(&ground, memory.path());
    assert!(round.passed() && !round.policy_from_site);
}

#[test]
fn a_site_that_was_rolled_back_leaves_both_checkpoints_as_evidence() {
    let (ground, memory) = (honest(), TempDir::new().unwrap());
    watch(&ground, memory.path());
    let newest = ground.text("checkpoint");
    let leaves = leaves(&ground);
    relog(&ground, &leaves[..leaves.len() - 1]);
    let round = watch(&ground, memory.path());
    assert!(round.wrong[0].contains("rolled back"), "{round:?}");
    let evidence = round.evidence.unwrap();
    let kept = |name: &str| fs::read_to_string(evidence.join(name)).unwrap();
    assert_eq!(kept("checkpoint.remembered"), newest);
    assert_eq!(kept("checkpoint.site"), ground.text("checkpoint"));
    let remembered = fs::read_to_string(memory.path().join("checkpoint")).unwrap();
    assert_eq!(remembered, newest);
}

#[test]
fn two_roots_for_one_size_are_a_fork() {
    let (ground, memory) = (honest(), TempDir::new().unwrap());
    watch(&ground, memory.path());
    let mut leaves = leaves(&ground);
    leaves.swap(1, 2);
    relog(&ground, &leaves);
    let round = watch(&ground, memory.path());
    assert!(round.wrong[0].contains("forked"), "{round:?}");
    assert!(round.evidence.unwrap().join("checkpoint.site").is_file());
}

#[test]
fn a_secret_red_is_told_and_its_list_is_kept() {
    let (ground, memory) = (honest(), TempDir::new().unwrap());
    watch(&ground, memory.path());
    relist(&ground, |array| {
        let yellow = slot(array, 2);
        array.set(yellow, 3).unwrap();
    });
    let round = watch(&ground, memory.path());
    assert!(!round.passed());
    let evidence = round.evidence.unwrap();
    let report = fs::read_to_string(evidence.join("report.txt")).unwrap();
    assert!(
        report.contains("1 red that the log does not account for"),
        "{report}"
    );
    let list = evidence.join("files").join(ground.newest());
    assert_eq!(
        fs::read(list).unwrap(),
        fs::read(ground.path(&ground.newest())).unwrap()
    );
}

#[test]
fn a_site_that_is_right_at_the_second_look_was_being_published() {
    let (ground, memory) = (honest(), TempDir::new().unwrap());
    let (name, beside) = (ground.path("counts.json"), ground.path("later"));
    fs::rename(&name, &beside).unwrap();
    let place = ground.site();
    let monitor = Monitor {
        site: place.to_str().unwrap(),
        memory: memory.path(),
        policy: None,
    };
    let round = monitor.round(now(), &mut || fs::rename(&beside, &name).unwrap());
    let round = round.unwrap();
    assert!(round.passed() && round.evidence.is_some(), "{round:?}");
}

#[test]
fn another_policy_than_the_pinned_one_is_refused() {
    let (ground, memory) = (honest(), TempDir::new().unwrap());
    watch(&ground, memory.path());
    let other = tlog::SignerKey::from_seed("other.example/1", [3; 32]).unwrap();
    let other = format!("log {}\nquorum none\n", other.verifier());
    let place = ground.site();
    let monitor = Monitor {
        site: place.to_str().unwrap(),
        memory: memory.path(),
        policy: Some(&other),
    };
    let refused = monitor.round(now(), &mut || {});
    assert!(matches!(refused, Err(MonitorError::Policy(_))));
}

#[test]
fn a_site_that_cannot_be_reached_is_no_fault() {
    let memory = TempDir::new().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let monitor = Monitor {
        site: &address,
        memory: memory.path(),
        policy: None,
    };
    let trouble = monitor.round(now(), &mut || {});
    assert!(matches!(trouble, Err(MonitorError::Fetch(_))));
}

#[test]
fn a_site_on_a_web_server_is_copied_and_judged_the_same() {
    let (ground, memory) = (honest(), TempDir::new().unwrap());
    let address = serve(ground.site());
    let round = look(&address, memory.path());
    assert!(round.passed() && round.evidence.is_none(), "{round:?}");
    let again = look(&address, memory.path());
    assert!(again.passed(), "{again:?}");
    let more = ground.path(&format!("{}.v/4", crate::ground::LIST));
    fs::copy(ground.path(&ground.newest()), &more).unwrap();
    let round = look(&address, memory.path());
    let report = round.report.unwrap().to_string();
    assert!(report.contains("nobody logged it"), "{report}");
    let copy = TempDir::new().unwrap();
    fs::remove_file(more).unwrap();
    let mut told = 0;
    mirror(&Site::open(&address), copy.path(), now(), &mut |done, _| {
        told = done
    })
    .unwrap();
    assert!(told > 20);
    let options = audit::SiteOptions {
        vkey: Some(ground.vkey()),
        now: now(),
        ..audit::SiteOptions::default()
    };
    let report = audit::site(copy.path(), options);
    assert!(report.passed(), "{report}");
}

#[test]
fn a_longer_site_on_a_web_server_is_copied_whole_and_kept_files_are_not_fetched_again() {
    let (ground, memory) = (grown(), TempDir::new().unwrap());
    let address = serve(ground.site());
    let round = look(&address, memory.path());
    assert!(round.passed() && round.evidence.is_none(), "{round:?}");
    // What never changes was kept, so that a later round asks only for what is new.
    for name in ["tile/0/000", "tile/entries/000", "entries/0.json"] {
        assert!(memory.path().join("site").join(name).is_file(), "{name}");
        fs::remove_file(ground.path(name)).unwrap();
    }
    let round = look(&address, memory.path());
    assert!(round.passed(), "{round:?}");
}

//! Gathering a quorum from witnesses on sockets.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod common;

use common::{LONG, Log, Running, make, signer, start};
use std::net::TcpListener;
use tlog::{Note, Policy};
use witness::{ClientError, Gathered, ProofUnavailable, gather};

fn witnesses(count: u8) -> Vec<(tempfile::TempDir, Running)> {
    (1..=count)
        .map(|number| {
            let folder = tempfile::tempdir().unwrap();
            make(folder.path(), &format!("w{number}.example"), number);
            let running = start(folder.path());
            (folder, running)
        })
        .collect()
}

/// Lines for the first key of each witness.
fn lines(running: &[(tempfile::TempDir, Running)]) -> String {
    let line = |(at, (_, one)): (usize, &(_, Running))| {
        format!("witness w{} {} {}\n", at + 1, one.keys[0], one.url())
    };
    let lines: String = running.iter().enumerate().map(line).collect();
    format!("log {}\n{lines}", signer().verifier())
}

fn asked(policy: &Policy, log: &Log, note: &Note, known: u64) -> Gathered {
    let proofs = |old| log.proof(old);
    gather(policy, note, &proofs, |_| known, LONG).unwrap()
}

/// An address where nobody listens.
fn dead() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

#[test]
fn two_of_three_are_enough_when_one_is_dead() {
    let mut running = witnesses(3);
    let text = format!("{}group g 2 w1 w2 w3\nquorum g\n", lines(&running));
    let policy = Policy::parse(&text.replace(&running[1].1.url(), &dead())).unwrap();
    let log = Log::new(5);
    let gathered = asked(&policy, &log, &log.note(), 0);
    assert!(gathered.quorum_met);
    let mut names = gathered.cosigned.clone();
    names.sort();
    assert_eq!(names, ["w1", "w3"]);
    let [(name, ClientError::Unreachable { .. })] = gathered.failures.as_slice() else {
        unreachable!("{:?}", gathered.failures)
    };
    assert_eq!(name, "w2");
    let opened = policy.open(&gathered.note).unwrap();
    assert_eq!(opened.cosigned.len(), 2);

    // A second one dies: what is gathered is not enough, and says so.
    drop(running.remove(2));
    let log = Log::new(9);
    let gathered = asked(&policy, &log, &log.note(), 5);
    assert!(!gathered.quorum_met);
    assert_eq!((gathered.cosigned.len(), gathered.failures.len()), (1, 2));
}

#[test]
fn gathering_again_renews_lines_and_keeps_those_of_the_dead() {
    let running = witnesses(2);
    let text = format!("{}group g all w1 w2\nquorum g\n", lines(&running));
    let policy = Policy::parse(&text).unwrap();
    let log = Log::new(5);
    let first = asked(&policy, &log, &log.note(), 0);
    assert!(first.quorum_met && first.failures.is_empty());
    let half = Policy::parse(&text.replace(&running[0].1.url(), &dead())).unwrap();
    let second = asked(&half, &log, &first.note, 5);
    assert!(second.quorum_met);
    assert_eq!((second.cosigned.len(), second.failures.len()), (1, 1));
    assert_eq!(second.note.signatures().len(), 3);
}

#[test]
fn one_operator_with_a_key_of_each_type_is_asked_once() {
    let running = witnesses(1);
    let one = &running[0].1;
    let text = format!(
        "log {}\nwitness old {} {url}\nwitness new {} {url}\ngroup g all old new\nquorum g\n",
        signer().verifier(),
        one.keys[0],
        one.keys[1],
        url = one.url()
    );
    let policy = Policy::parse(&text).unwrap();
    let log = Log::new(5);
    let gathered = asked(&policy, &log, &log.note(), 0);
    assert!(gathered.quorum_met);
    assert_eq!(gathered.cosigned, ["old", "new"]);
}

#[test]
fn a_witness_without_an_address_fails_unless_it_has_cosigned() {
    let running = witnesses(1);
    let text = format!("{}quorum w1\n", lines(&running));
    let policy = Policy::parse(&text).unwrap();
    let offline = text.replace(&format!(" {}", running[0].1.url()), "");
    let offline = Policy::parse(&offline).unwrap();
    let log = Log::new(5);
    let gathered = asked(&offline, &log, &log.note(), 0);
    assert_eq!(
        gathered.failures,
        [("w1".to_owned(), ClientError::UrlMissing)]
    );
    let cosigned = asked(&policy, &log, &log.note(), 0).note;
    let gathered = asked(&offline, &log, &cosigned, 0);
    assert!(gathered.quorum_met && gathered.failures.is_empty());
}

#[test]
fn a_note_of_another_log_asks_nobody_and_a_missing_proof_is_told() {
    let running = witnesses(1);
    let policy = Policy::parse(&format!("{}quorum w1\n", lines(&running))).unwrap();
    let log = Log::new(5);
    let other = tlog::SignerKey::from_seed(common::ORIGIN, [9; 32]).unwrap();
    let proofs = |_| Err(ProofUnavailable("no tiles".into()));
    let refused = gather(&policy, &log.note_by(&other), &proofs, |_| 0, LONG);
    assert_eq!(refused, Err(tlog::Error::SignatureMissing));

    asked(&policy, &log, &log.note(), 0);
    let gathered = gather(&policy, &Log::new(9).note(), &proofs, |_| 5, LONG).unwrap();
    let missing = ClientError::Proof(ProofUnavailable("no tiles".into()));
    assert_eq!(gathered.failures, [("w1".to_owned(), missing)]);
}

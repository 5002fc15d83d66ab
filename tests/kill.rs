//! Killed at any moment, a ledger keeps everything that it acknowledged, and an audit finds nothing.
//!
//! The parent starts this very program again as a writer, reads what it acknowledges, and kills it
//! after so many bytes of its output; no moment depends on a clock.
#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "tamper/story.rs"]
#[allow(dead_code, reason = "this file tells another part of the story")]
mod story;

use audit::{Options, audit};
use domain::act::ActBody;
use domain::ids::{ActDigest, from_hex, to_hex};
use domain::time::Timestamp;
use mingma::office::Office;
use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use story::Story;

/// Set for the writer: where it writes.
const DIR: &str = "MINGMA_KILL_DIR";
/// Set for the writer: which life this is, so that no two sign the same.
const LIFE: &str = "MINGMA_KILL_LIFE";
/// How often the writer is killed.
const KILLS: u32 = 50;
/// People in one order of the writer.
const PEOPLE: u32 = 1_500;

/// The writer. It does nothing unless it was started by the test below.
#[test]
fn writer() {
    let (Ok(dir), Ok(life)) = (std::env::var(DIR), std::env::var(LIFE)) else {
        return;
    };
    let life: u32 = life.parse().unwrap();
    let say = |line: String| {
        let mut out = std::io::stdout().lock();
        out.write_all(line.as_bytes()).unwrap();
        out.flush().unwrap();
    };
    say("opening\n".to_owned());
    let mut office = Office::open(Path::new(&dir)).unwrap();
    say("open\n".to_owned());
    let mut story = Story::after(life, office.ledger().state().last_at);
    for round in 0_u32.. {
        let first = (life * 1_000 + round) * PEOPLE;
        let approval = story.propose(first..first + PEOPLE);
        story.report(
            "henan-rail",
            domain::evidence::EvidenceKind::TravelRecord,
            first..first + 200,
        );
        let body = ActBody::AreaLift {
            number: format!("{life}-{round}"),
        };
        story.act("henan-hq.maker", body);
        story.act("approver", approval);
        for group in std::mem::take(&mut story.groups) {
            say("submitting\n".to_owned());
            for receipt in office.submit(group.at, group.acts).unwrap() {
                let digest = to_hex(receipt.digest.as_bytes());
                say(format!("ack {} {digest}\n", receipt.seq));
            }
        }
        if round % 3 == 0 {
            say("settling\n".to_owned());
            office.settle().unwrap();
        }
        if round % 5 == 4 {
            say("snapshot\n".to_owned());
            office.snapshot().unwrap();
        }
    }
}

impl Story {
    /// A story that goes on in another life of the writer.
    fn after(life: u32, last_at: Timestamp) -> Self {
        let mut story = story::founding();
        story.groups.clear();
        // The cast counts its nonces from one, but the time is signed too: each life has its own.
        story.now = story
            .now
            .max(last_at)
            .plus_s(i64::from(life).saturating_add(1));
        story
    }
}

/// What was acknowledged, by entry.
type Acknowledged = BTreeMap<u64, ActDigest>;

/// Lets the writer live until it has written so many bytes after it opened.
fn live_and_die(dir: &Path, life: u32, opening: bool, bytes: usize) -> Acknowledged {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "writer", "--nocapture", "--test-threads=1"])
        .env(DIR, dir)
        .env(LIFE, life.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut out = child.stdout.take().unwrap();
    let mut seen = Vec::new();
    let mut byte = [0_u8; 1];
    let mark: &[u8] = if opening { b"opening\n" } else { b"open\n" };
    while !seen.ends_with(mark) {
        assert_eq!(
            out.read(&mut byte).unwrap(),
            1,
            "the writer stopped by itself"
        );
        seen.extend(byte);
    }
    for _ in 0..bytes {
        assert_eq!(
            out.read(&mut byte).unwrap(),
            1,
            "the writer stopped by itself"
        );
        seen.extend(byte);
    }
    child.kill().unwrap();
    child.wait().unwrap();
    // What was still in the pipe was acknowledged too.
    out.read_to_end(&mut seen).unwrap();
    let text = String::from_utf8_lossy(&seen);
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    let acknowledged = whole.lines().filter_map(|line| {
        let (seq, digest) = line.strip_prefix("ack ")?.split_once(' ')?;
        Some((
            seq.parse().unwrap(),
            ActDigest::from_bytes(from_hex(digest).unwrap()),
        ))
    });
    acknowledged.collect()
}

fn must_pass(dir: &Path, when: &str, life: u32) -> audit::Report {
    let report = audit(dir, Options::default());
    assert!(report.passed(), "{when}, life {life}: {report}");
    report
}

#[test]
fn a_killed_ledger_keeps_what_it_acknowledged() {
    if std::env::var(DIR).is_ok() {
        return;
    }
    let work = tempfile::tempdir().unwrap();
    let mut seed = 0x9e37_79b9_u32;
    let mut total = 0;
    let mut notes = BTreeMap::<bool, u32>::new();
    let mut dir = work.path().join("0");
    for life in 0..KILLS {
        // A fresh ledger now and then keeps the replays short.
        if life.is_multiple_of(12) {
            dir = work.path().join(life.to_string());
            let mut office = Office::create(&dir, story::ORIGIN).unwrap();
            for group in story::rules().groups {
                office.submit(group.at, group.acts).unwrap();
            }
            office.snapshot().unwrap();
            office.close().unwrap();
        }
        seed ^= seed << 13;
        seed ^= seed >> 17;
        seed ^= seed << 5;
        let opening = life % 10 == 9;
        let bytes = if opening { 0 } else { seed as usize % 2_500 };
        let acknowledged = live_and_die(&dir, life, opening, bytes);
        total += acknowledged.len();
        let report = must_pass(&dir, "before it is opened again", life);
        *notes
            .entry(report.notes.iter().any(|note| note.contains("cut short")))
            .or_default() += 1;
        let office = Office::open(&dir).unwrap();
        let state = office.ledger().state();
        for (seq, digest) in &acknowledged {
            assert_eq!(
                state.seen.get(digest),
                Some(seq),
                "acknowledged in life {life} and lost"
            );
        }
        office.close().unwrap();
        if life.is_multiple_of(10) {
            must_pass(&dir, "opened again", life);
        }
    }
    assert!(
        total > KILLS as usize,
        "too little was acknowledged to show anything: {total}"
    );
    eprintln!("{KILLS} kills, {total} acknowledged, tears seen: {notes:?}");
}

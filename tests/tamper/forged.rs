//! An attacker with every key of the servers rewrites history; what was signed gives it away.

use crate::attacker::{Attacker, Entry};
use crate::ground::{check, check_against, full};
use audit::{Place, Report};
use domain::act::ActBody;
use domain::ids::OrderId;
use mingma::cast::Cast;
use std::fs;
use std::path::Path;

/// Changes the entries, writes everything again, and audits.
fn rewrite(change: impl FnOnce(&mut Attacker)) -> Report {
    let dir = full();
    let mut attacker = Attacker::read(dir.path());
    change(&mut attacker);
    attacker.write();
    check(dir.path())
}

fn names(report: &Report, seq: usize, words: &str) {
    assert!(!report.passed());
    assert_eq!(report.first_entry(), Some(seq as u64), "{report}");
    let first = &report.faults[0];
    assert!(first.what.contains(words), "{words}: {report}");
}

fn checkpoint(dir: &Path) -> String {
    fs::read_to_string(dir.join("log/checkpoint")).unwrap()
}

#[test]
fn an_attacker_who_changes_nothing_is_not_accused() {
    let report = rewrite(|_| ());
    assert!(report.passed(), "{report}");
    assert!(report.entries > 10, "{report}");
}

/// The approval of the story's order, by whoever is asked to sign it with whatever key.
fn approval(entry: &Entry, officer: &str, key: &str) -> Vec<u8> {
    let order = entry.leaf.order.unwrap();
    let mut cast = Cast::new(
        crate::story::ORIGIN,
        domain::document::PersonKey::from_bytes([9; 32]),
    );
    let digest = proposal_digest(order);
    let body = ActBody::OrderApprove { order, digest };
    cast.sign_with(
        &Cast::key(key),
        &officer.parse().unwrap(),
        entry.leaf.at,
        body,
    )
    .unwrap()
}

fn proposal_digest(order: OrderId) -> domain::ids::ActDigest {
    let story = crate::story::full();
    let all = story.groups.iter().flat_map(|group| &group.acts);
    all.map(|act| intake::digest(act))
        .find(|digest| digest.short() == *order.as_bytes())
        .unwrap()
}

#[test]
fn an_approval_signed_with_another_key_is_found() {
    let mut place = 0;
    let report = rewrite(|attacker| {
        place = attacker.find("order.approve");
        let forged = approval(&attacker.entries[place], "approver", "some other key");
        attacker.entries[place].replace_act(forged);
    });
    names(&report, place, "SIGNATURE_INVALID");
    assert!(
        report.faults[0].what.contains("the entry says accepted"),
        "{report}"
    );
}

#[test]
fn an_approval_by_an_officer_of_the_makers_own_body_is_found() {
    let mut place = 0;
    let report = rewrite(|attacker| {
        place = attacker.find("order.approve");
        let forged = approval(
            &attacker.entries[place],
            "henan-hq.checker",
            "henan-hq.checker",
        );
        attacker.entries[place].replace_act(forged);
    });
    names(&report, place, "the machine decides refused as `");
}

#[test]
fn a_wrong_count_is_found_though_everything_is_signed_again() {
    let mut place = 0;
    let report = rewrite(|attacker| {
        place = attacker.find("order.approve");
        let leaf = &mut attacker.entries[place].leaf;
        leaf.caused.green_yellow -= 1;
        leaf.totals.yellow -= 1;
        for entry in &mut attacker.entries[place + 1..] {
            entry.leaf.totals.yellow = entry.leaf.totals.yellow.saturating_sub(1);
        }
    });
    names(&report, place, "caused: the machine decides");
}

#[test]
fn every_field_of_a_leaf_is_compared() {
    type Change = fn(&mut domain::leaf::Leaf);
    let changes: [(&str, Change); 8] = [
        ("permits", |leaf| leaf.permits.push("another".to_owned())),
        ("people", |leaf| leaf.people += 1),
        ("subjects root", |leaf| leaf.subjects[0] ^= 1),
        ("act commitment", |leaf| leaf.act[31] ^= 1),
        ("organisation", |leaf| leaf.org = None),
        ("rule pack", |leaf| leaf.pack = None),
        ("document", |leaf| leaf.document = Some("x".to_owned())),
        ("rows", |leaf| leaf.rows.held += 1),
    ];
    for (field, change) in changes {
        let mut place = 0;
        let report = rewrite(|attacker| {
            place = attacker.find("order.approve");
            change(&mut attacker.entries[place].leaf);
        });
        names(&report, place, &format!("{field}: the machine decides"));
    }
}

#[test]
fn a_refusal_turned_into_an_accept_is_found() {
    let mut place = 0;
    let report = rewrite(|attacker| {
        let refused =
            |entry: &Entry| entry.leaf.kind == "order.approve" && entry.leaf.refused.is_some();
        place = attacker.entries.iter().position(refused).unwrap();
        attacker.entries[place].leaf.refused = None;
    });
    names(&report, place, "the entry says accepted");
}

#[test]
fn time_turned_back_is_found() {
    let mut place = 0;
    let report = rewrite(|attacker| {
        place = attacker.entries.len() - 1;
        let at = attacker.entries[place].leaf.at;
        attacker.entries[place].leaf.at = at.plus_s(-30 * 86_400);
    });
    names(&report, place, "time goes back");
}

#[test]
fn an_entry_taken_out_is_found() {
    // What came before the pack cannot be left out without changing what follows.
    let report = rewrite(|attacker| {
        attacker.entries.remove(3);
        attacker.renumber();
    });
    assert!(!report.passed(), "{report}");
    // Without new numbers, the first one after the gap gives it away.
    let report = rewrite(|attacker| drop(attacker.entries.remove(3)));
    names(&report, 3, "says it is entry 4");
}

#[test]
fn an_entry_of_no_consequence_taken_out_is_found_by_a_remembered_checkpoint() {
    let dir = full();
    let remembered = checkpoint(dir.path());
    let mut attacker = Attacker::read(dir.path());
    let place = attacker.find("access.look");
    attacker.entries.remove(place);
    attacker.renumber();
    attacker.write_journal();
    // Views and snapshot, where they were left as they were, tell by themselves.
    assert!(!check(dir.path()).passed());
    attacker.write();
    let report = check_against(dir.path(), &remembered);
    assert!(
        report
            .faults
            .iter()
            .any(|fault| fault.place == Place::Checkpoint),
        "{report}"
    );
}

#[test]
fn two_entries_swapped_are_found() {
    let report = rewrite(|attacker| {
        let place = attacker.find("order.approve");
        attacker.entries.swap(place, place - 1);
    });
    assert!(report.first_entry().is_some(), "{report}");
    let report = rewrite(|attacker| {
        let place = attacker.find("order.approve");
        attacker.entries.swap(place, place - 2);
        attacker.renumber();
    });
    assert!(report.first_entry().is_some(), "{report}");
}

#[test]
fn the_same_signed_bytes_twice_are_found() {
    let mut place = 0;
    let report = rewrite(|attacker| {
        place = attacker.entries.len();
        let look = attacker.find("access.look");
        let mut again = attacker.entries[look].clone();
        let last = &attacker.entries[place - 1];
        (again.leaf.at, again.leaf.totals, again.day) = (last.leaf.at, last.leaf.totals, last.day);
        attacker.entries.push(again);
        attacker.renumber();
    });
    names(&report, place, "the same signed bytes");
}

#[test]
fn last_entries_cut_off_are_found_by_any_newer_checkpoint() {
    let dir = full();
    let remembered = checkpoint(dir.path());
    let mut attacker = Attacker::read(dir.path());
    attacker.entries.truncate(attacker.entries.len() - 2);
    attacker.write_journal();
    let report = check(dir.path());
    let cut = |report: &Report| {
        let at = |place: &Place| *place == Place::Checkpoint;
        report
            .faults
            .iter()
            .any(|fault| at(&fault.place) && fault.what.contains("cut off"))
    };
    assert!(cut(&report), "{report}");
    attacker.write();
    let report = check(dir.path());
    assert!(report.passed(), "nothing here remembers: {report}");
    assert!(cut(&check_against(dir.path(), &remembered)));
}

#[test]
fn a_checkpoint_by_another_key_is_not_believed() {
    let dir = full();
    let key = tlog::SignerKey::from_seed(crate::story::ORIGIN, [3; 32]).unwrap();
    let text = checkpoint(dir.path());
    let note = tlog::Note::parse(&text).unwrap();
    let forged = key.sign_note(note.text()).unwrap().to_string();
    let report = check_against(dir.path(), &forged);
    assert_eq!(report.faults[0].place, Place::Checkpoint, "{report}");
    fs::write(dir.path().join("log/checkpoint"), forged).unwrap();
    let report = check(dir.path());
    assert_eq!(report.faults[0].place, Place::Checkpoint, "{report}");
}

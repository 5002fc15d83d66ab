//! What the public audit finds.

use crate::forger::{
    cosign_all, edit_leaf, head, leaves, log_key, read_list, relist, relist_as, relog, slot,
};
use crate::ground::{Ground, LIST, NEWEST, ORIGIN, grown, honest, now};
use audit::{Fault, Place, Report, SiteOptions};
use credential::list::Counts;
use domain::leaf::Leaf;
use domain::publication::Publication;
use serde_json::{Value, json};
use std::fs;
use tlog::{Checkpoint, CosignerKey, Note, Receipt, checkpoint};

fn file(path: &str) -> Place {
    Place::File(path.to_owned())
}

/// The fault at this place.
#[track_caller]
fn fault_at(report: &Report, place: &Place) -> Fault {
    let found = report.faults.iter().find(|fault| fault.place == *place);
    found
        .unwrap_or_else(|| panic!("no fault at {place}:\n{report}"))
        .clone()
}

#[track_caller]
fn says(report: &Report, place: &Place, words: &str) {
    let found = report
        .faults
        .iter()
        .any(|fault| fault.place == *place && fault.what.contains(words));
    assert!(found, "no `{words}` at {place}:\n{report}");
    assert!(!report.passed());
}

/// The entry that published the newest version.
fn newest_entry(ground: &Ground) -> usize {
    leaves(ground).len() - 1
}

fn change(ground: &Ground, name: &str, edit: impl FnOnce(&mut Value)) {
    let mut value: Value = serde_json::from_str(&ground.text(name)).unwrap();
    edit(&mut value);
    fs::write(ground.path(name), value.to_string()).unwrap();
}

#[test]
fn a_site_written_while_the_log_grew_stands_under_the_checkpoint_that_it_was_begun_with() {
    let late = grown().in_folder("late");
    let report = late.check();
    assert!(report.passed(), "{report}");
    let begun_with = report.entries;
    let caught_up = late.in_folder("caught-up");
    let report = caught_up.check();
    assert!(report.passed(), "{report}");
    assert!(report.entries > begun_with + 256);
    // What was written twice in between is what is written at once.
    let whole = |ground: &Ground| ground.text("entries/newest.json");
    let twice = whole(&caught_up);
    assert_eq!(twice, whole(&caught_up.in_folder("site")));
}

#[test]
fn the_untouched_site_passes() {
    let ground = honest();
    let report = ground.check_remembered();
    assert!(report.passed(), "{report}");
    assert_eq!(report.entries, head(&ground).size());
    let [list] = &report.lists[..] else {
        panic!("{report}");
    };
    assert_eq!(list.version, NEWEST);
    let (_, array) = read_list(&ground);
    let counts = Counts::of(&array);
    assert_eq!((counts.yellow, counts.red), (7, 5));
    for check in &report.checks {
        let name = format!("{:?}", check.name);
        let public = !["Seals", "Signatures", "Decisions", "Witnesses"].contains(&name.as_str());
        assert_eq!(public, check.count > 0 && check.skipped.is_none(), "{name}");
    }
}

#[test]
fn the_untouched_site_passes_long_after_its_lists_have_expired() {
    let ground = honest();
    fs::remove_dir_all(ground.path(&format!("{LIST}.v"))).unwrap();
    let report = audit::site(
        &ground.site(),
        SiteOptions {
            vkey: Some(ground.vkey()),
            now: now().plus_s(30 * 86_400),
            ..SiteOptions::default()
        },
    );
    assert!(report.passed(), "{report}");
    assert!(report.notes.iter().any(|note| note.contains("3 versions")));
}

#[test]
fn a_list_with_one_more_red_is_found_though_the_ledgers_own_key_signed_it() {
    let ground = honest();
    relist(&ground, |array| {
        let free = (0..).find(|idx| array.get(*idx) == Some(0)).unwrap();
        array.set(free, 3).unwrap();
    });
    let report = ground.check();
    let words = "the list of 2022-06-13, version 3, has 1 red that the log does not account for";
    says(&report, &file(&ground.newest()), words);
    says(&report, &file(&format!("{LIST}.jwt")), words);
}

#[test]
fn a_red_turned_green_in_the_list_is_found() {
    let ground = honest();
    relist(&ground, |array| {
        let red = slot(array, 3);
        array.set(red, 0).unwrap();
    });
    let words = "has 1 red fewer than the log accounts for";
    says(&ground.check(), &file(&ground.newest()), words);
}

#[test]
fn a_red_given_to_somebody_else_keeps_the_counts_and_is_found() {
    let ground = honest();
    relist(&ground, |array| {
        let (red, yellow) = (slot(array, 3), slot(array, 2));
        array.set(red, 2).unwrap();
        array.set(yellow, 3).unwrap();
    });
    let words = "is another array: somebody's colour was given to somebody else";
    says(&ground.check(), &file(&ground.newest()), words);
}

#[test]
fn a_list_file_changed_by_one_bit_is_found() {
    for version in 1..=NEWEST {
        let ground = honest();
        let name = format!("{LIST}.v/{version}");
        let mut bytes = fs::read(ground.path(&name)).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(ground.path(&name), bytes).unwrap();
        says(&ground.check(), &file(&name), "was changed");
    }
}

#[test]
fn a_version_that_nobody_logged_is_found() {
    let ground = honest();
    let (newest, more) = (ground.newest(), format!("{LIST}.v/{}", NEWEST + 1));
    fs::copy(ground.path(&newest), ground.path(&more)).unwrap();
    says(&ground.check(), &file(&more), "nobody logged it");
    let ground = honest();
    fs::write(ground.path("s/19999"), "x").unwrap();
    let words = "no entry of the log accounts for";
    says(&ground.check(), &file("s/19999"), words);
}

#[test]
fn a_removed_list_is_found_and_an_older_version_is_only_noted() {
    for name in [LIST.to_owned(), honest().newest()] {
        let ground = honest();
        fs::remove_file(ground.path(&name)).unwrap();
        says(&ground.check(), &file(&name), "is missing");
    }
    let ground = honest();
    fs::remove_file(ground.path(&format!("{LIST}.v/1"))).unwrap();
    let report = ground.check();
    assert!(report.passed(), "{report}");
    assert!(report.notes.iter().any(|note| note.contains("1 versions")));
}

#[test]
fn an_older_list_under_the_lists_name_is_found() {
    let ground = honest();
    fs::copy(ground.path(&format!("{LIST}.v/2")), ground.path(LIST)).unwrap();
    says(&ground.check(), &file(LIST), "has 2 red fewer");
}

#[test]
fn an_entry_whose_list_counts_differ_from_the_totals_is_found() {
    let ground = honest();
    let array = relist(&ground, |array| {
        let free = (0..).find(|idx| array.get(*idx) == Some(0)).unwrap();
        array.set(free, 3).unwrap();
    });
    let entry = newest_entry(&ground);
    edit_leaf(&ground, entry, |leaf| {
        let Some(Publication::List(list)) = &mut leaf.publication else {
            panic!("no list");
        };
        list.red += 1;
        list.sha256 = array.sha256();
    });
    let report = ground.check();
    let words = "it publishes a list with 7 yellow and 6 red, and the ledger accounts for 7 and 5";
    says(&report, &Place::Entry(entry as u64), words);
}

#[test]
fn an_entry_removed_before_publishing_is_found_by_a_remembered_checkpoint() {
    let ground = honest();
    let mut leaves = leaves(&ground);
    leaves.remove(3);
    for (seq, bytes) in leaves.iter_mut().enumerate() {
        let mut leaf = Leaf::decode(bytes).unwrap();
        leaf.seq = seq as u64;
        *bytes = leaf.encode();
    }
    relog(&ground, &leaves);
    let report = ground.check_remembered();
    says(&report, &Place::Checkpoint, "history was rewritten");
}

#[test]
fn a_checkpoint_that_was_rolled_back_is_found() {
    let ground = honest();
    let newest = ground.text("checkpoint");
    let leaves = leaves(&ground);
    relog(&ground, &leaves[..leaves.len() - 4]);
    let report = ground.check_with(SiteOptions {
        checkpoint: Some(newest),
        ..SiteOptions::default()
    });
    says(&report, &Place::Checkpoint, "entries were cut off");
    says(&report, &file(&ground.newest()), "nobody logged it");
}

#[test]
fn a_bit_of_a_tile_is_found() {
    let ground = honest();
    let width = head(&ground).size();
    for name in [
        format!("tile/0/000.p/{width}"),
        format!("tile/entries/000.p/{width}"),
    ] {
        let ground = honest();
        let mut bytes = fs::read(ground.path(&name)).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 4;
        fs::write(ground.path(&name), bytes).unwrap();
        let report = ground.check();
        assert!(!report.passed());
        if name.starts_with("tile/0") {
            says(&report, &file(&name), "is not what the entries give");
        } else {
            says(&report, &Place::Checkpoint, "history was rewritten");
        }
    }
}

#[test]
fn a_proof_out_of_another_history_shows_the_split() {
    let ground = honest();
    // The same log key signs a second history, in which one more entry was another.
    let name = format!("{}.tlog-proof", ground.newest());
    let receipt = Receipt::parse(&ground.text(&name)).unwrap();
    let (hashes, entry) = (leaves(&ground), receipt.index());
    let mut hashes: Vec<_> = hashes.iter().map(|leaf| tlog::leaf_hash(leaf)).collect();
    hashes[0] = [7; 32];
    let root = tlog::tree::root(&hashes);
    let other = Checkpoint::new(ORIGIN, hashes.len() as u64, root).unwrap();
    let note = Note::parse(&checkpoint::sign(&other, &log_key(&ground)).unwrap()).unwrap();
    let proof = tlog::tree::inclusion_proof(&hashes, entry).unwrap();
    let forged = Receipt::new(entry, proof, note).unwrap();
    let forged = forged
        .with_extra(receipt.extra().unwrap().to_vec())
        .unwrap();
    fs::write(ground.path(&name), forged.to_string()).unwrap();
    let words = "it shows different people different logs";
    says(&ground.check(), &file(&name), words);
}

#[test]
fn a_proof_of_something_else_is_found_and_a_missing_one_too() {
    let ground = honest();
    let name = format!("{}.tlog-proof", ground.newest());
    let older = ground.path(&format!("{LIST}.v/1.tlog-proof"));
    fs::copy(older, ground.path(&name)).unwrap();
    says(&ground.check(), &file(&name), "does not prove entry");
    fs::remove_file(ground.path(&name)).unwrap();
    says(&ground.check(), &file(&name), "is missing");
}

#[test]
fn a_delta_that_leads_elsewhere_is_found() {
    let ground = honest();
    let name = format!("{LIST}.delta");
    let mut bytes = fs::read(ground.path(&name)).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(ground.path(&name), bytes).unwrap();
    says(&ground.check(), &file(&name), "was changed");
}

#[test]
fn a_key_that_nobody_registered_is_found_in_keys_json() {
    let ground = honest();
    change(&ground, "keys.json", |value| {
        let mut other = value["keys"][0].clone();
        other["kid"] = json!("AAECAwQFBgc");
        other["entry"] = json!(1);
        value["keys"].as_array_mut().unwrap().push(other);
    });
    let words = "shows the key `AAECAwQFBgc`, which no entry registered";
    says(&ground.check(), &file("keys.json"), words);
}

#[test]
fn a_key_left_out_or_prolonged_is_found() {
    let ground = honest();
    change(&ground, "keys.json", |value| {
        value["keys"].as_array_mut().unwrap().remove(0);
    });
    says(&ground.check(), &file("keys.json"), "leaves out the key");
    let ground = honest();
    change(&ground, "keys.json", |value| {
        value["keys"][0]["until"] = json!("2030-01-01T00:00:00Z");
    });
    says(&ground.check(), &file("keys.json"), "another `until`");
    let ground = honest();
    change(&ground, "did.json", |value| {
        value["verificationMethod"]
            .as_array_mut()
            .unwrap()
            .remove(0);
    });
    says(&ground.check(), &file("did.json"), "exactly the keys");
}

#[test]
fn small_files_that_do_not_agree_with_the_log_are_found() {
    type Edit = fn(&mut Value);
    let rows: [(&str, Edit, &str); 6] = [
        (
            "counts.json",
            |v| v["in_force"]["red"] = json!(4),
            "number of red",
        ),
        (
            "lists.json",
            |v| v["lists"][0]["red"] = json!(4),
            "another `red`",
        ),
        ("lists.json", |v| v["lists"] = json!([]), "leaves out"),
        (
            "entries/newest.json",
            |v| v["newest"][2]["people"] = json!(9),
            "entry 2",
        ),
        (
            "packs.json",
            |v| v["packs"] = json!([]),
            "leaves out the pack",
        ),
        (
            "statements.json",
            |v| v["statements"] = json!([{ "entry": 1 }]),
            "did not publish",
        ),
    ];
    for (name, edit, words) in rows {
        let ground = honest();
        change(&ground, name, edit);
        says(&ground.check(), &file(name), words);
        fs::remove_file(ground.path(name)).unwrap();
        says(&ground.check(), &file(name), "is missing");
    }
    let ground = honest();
    let manifest = json!({ "status_lists": [] }).to_string();
    fs::write(ground.path("aggregation"), manifest).unwrap();
    says(&ground.check(), &file("aggregation"), "leaves out");
}

#[test]
fn another_pack_under_the_digest_of_an_adopted_one_is_found() {
    let ground = honest();
    let item = fs::read_dir(ground.path("packs")).unwrap().next().unwrap();
    let name = format!("packs/{}", item.unwrap().file_name().to_string_lossy());
    let other = mingma::packs::shipped("hainan-2022").unwrap();
    fs::write(ground.path(&name), other.archive()).unwrap();
    says(&ground.check(), &file(&name), "another pack");
}

#[test]
fn another_log_key_than_the_trusted_one_is_found() {
    let ground = honest();
    let other = tlog::SignerKey::from_seed(ORIGIN, [3; 32]).unwrap();
    let report = audit::site(
        &ground.site(),
        SiteOptions {
            vkey: Some(other.verifier().to_string()),
            now: now(),
            ..SiteOptions::default()
        },
    );
    says(&report, &Place::Checkpoint, "is not signed by the log");
}

#[test]
fn a_missing_quorum_is_found_and_a_met_one_passes() {
    let ground = honest();
    let witness = CosignerKey::from_seed("witness.example", [5; 32]).unwrap();
    let policy = format!(
        "log {}\nwitness w {}\nquorum w\n",
        ground.vkey(),
        witness.verifier()
    );
    let options = || SiteOptions {
        policy: Some(policy.clone()),
        ..SiteOptions::default()
    };
    let report = ground.check_with(options());
    says(&report, &Place::Checkpoint, "that is not the quorum");
    let proof = format!("{}.tlog-proof", ground.newest());
    assert!(
        fault_at(&report, &file(&proof))
            .what
            .contains("too few witnesses")
    );
    cosign_all(&ground, &witness);
    let report = ground.check_with(options());
    assert!(report.passed(), "{report}");
}

#[test]
fn a_longer_log_with_a_revoked_key_passes_and_a_hidden_end_of_a_key_is_found() {
    let ground = grown();
    let report = ground.check_remembered();
    assert!(report.passed(), "{report}");
    assert!(report.entries > 256);
    change(&ground, "entries/0.json", |value| {
        value[77]["at"] = json!(1)
    });
    says(&ground.check(), &file("entries/0.json"), "entry 77");
    change(&ground, "keys.json", |value| value["ends"] = json!([]));
    let words = "which ended a key: gates still trust it";
    says(&ground.check(), &file("keys.json"), words);
}

#[test]
fn a_list_signed_by_a_key_that_is_not_on_record_is_found() {
    let ground = honest();
    let key = credential::key::SigningKey::from_bytes(&[8; 32]).unwrap();
    relist_as(&ground, &key, |_| {});
    let words = "is signed by a key that no entry of the log registered";
    says(&ground.check(), &file(&ground.newest()), words);
}

#[test]
fn a_list_that_claims_a_longer_life_than_its_entry_is_found() {
    let ground = honest();
    let (mut claims, array) = read_list(&ground);
    claims.expires_s += 3_600;
    let zlib = credential::list::zlib::compress(array.raw(), 6).unwrap();
    let key = crate::forger::list_key(&ground);
    let token = credential::list::sign_list(&claims, &zlib, &key).unwrap();
    fs::write(ground.path(&ground.newest()), token).unwrap();
    says(
        &ground.check(),
        &file(&ground.newest()),
        "says that it is good from",
    );
}

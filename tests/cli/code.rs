//! The code that people carry, by commands alone: issued, shown, checked offline, withdrawn, erased.

use crate::house::{House, ISSUER, document, now};
use serde_json::Value;
use std::path::Path;

/// Who stands at the counter and answers the telephone.
const AGENT: &str = "410000-hotline.he";

pub fn device(house: &House, name: &str) {
    house.run(&["credential", "device", name]).done();
}

pub fn issue(house: &House, number: u32, key: &str, file: &str) -> Value {
    let person = document(number);
    let issued = [
        "credential",
        "issue",
        &person,
        "--holder",
        key,
        "-o",
        file,
        "--json",
    ];
    house.run(&issued).done().json()
}

/// Cuts, publishes, and fetches for the gate.
fn published(house: &House) -> Value {
    let cut = ["status-list", "cut", "--force", "--json"];
    let lists = house.by(ISSUER, &cut).done().json();
    house.run(&["publish", "--out", "site"]).done();
    house
        .run(&["trust", "fetch", "site", "--trust", "gate"])
        .done();
    lists["lists"][0].clone()
}

/// The text that a phone shows now, or so many seconds from now.
fn shown(house: &House, file: &str, key: &str) -> String {
    let show = ["credential", "show", file, "--holder", key, "--text"];
    house.run(&show).done().out.trim().to_owned()
}

fn in_seconds(seconds: i64) -> String {
    now().plus_s(seconds).to_string()
}

/// The verdict, read-only: at an instant, so that nothing is remembered.
fn verdict(house: &House, text: &str, at: &str) -> (i32, Value) {
    let verify = ["verify", text, "--trust", "gate", "--at", at, "--json"];
    let ran = house.run(&verify);
    (ran.code, ran.json())
}

fn says(house: &House, text: &str, colour: &str, reason: &str) {
    let (code, value) = verdict(house, text, &in_seconds(0));
    assert_eq!(
        (&value["colour"], &value["reason"]),
        (&colour.into(), &reason.into())
    );
    assert_eq!(code, if colour == "green" { 0 } else { 4 });
}

/// What a gate reads from the phone that has this credential and this key.
pub fn reads(house: &House, (file, key): (&str, &str), colour: &str) {
    says(house, &shown(house, file, key), colour, "current");
}

#[test]
fn a_code_is_green_then_red_with_the_list_and_then_withdrawn() {
    let house = House::issuing();
    device(&house, "phone.key");
    let issued = issue(&house, 1, "phone.key", "today.cwt");
    assert_eq!(issued["issued"].as_array().unwrap().len(), 1);
    let list = published(&house);
    assert_eq!((&list["yellow"], &list["red"]), (&0.into(), &0.into()));
    reads(&house, ("today.cwt", "phone.key"), "green");

    house.red(1..3);
    reads(&house, ("today.cwt", "phone.key"), "green");
    let list = published(&house);
    assert_eq!((&list["yellow"], &list["red"]), (&0.into(), &2.into()));
    reads(&house, ("today.cwt", "phone.key"), "red");

    device(&house, "new.key");
    let renew = [
        "credential",
        "renew",
        &document(1),
        "--holder",
        "new.key",
        "-o",
        "new.cwt",
        "--case",
        "L-7",
        "--json",
    ];
    assert_eq!(house.by(AGENT, &renew).done().json()["withdrawn"], true);
    let list = published(&house);
    assert_eq!((&list["revoked"], &list["red"]), (&1.into(), &2.into()));
    reads(&house, ("today.cwt", "phone.key"), "revoked");
    reads(&house, ("new.cwt", "new.key"), "red");
    let show = [
        "person",
        "show",
        &document(1),
        "--purpose",
        "look",
        "--case",
        "L-9",
        "--json",
    ];
    let looks = house.by(AGENT, &show).done().json();
    assert_eq!(looks["looks"][0]["purpose"], "withdraw credentials");
    house.run(&["audit"]).done();
    house.run(&["audit", "--site", "site"]).done();
}

#[test]
fn whatever_is_wrong_with_a_code_is_cannot_tell_and_never_red() {
    let house = House::issuing();
    device(&house, "phone.key");
    device(&house, "other.key");
    issue(&house, 1, "phone.key", "today.cwt");
    published(&house);
    let text = shown(&house, "today.cwt", "phone.key");
    let other = if text.ends_with('A') { 'B' } else { 'A' };
    let changed = format!("{}{other}", &text[..text.len() - 1]);
    let (code, value) = verdict(&house, &changed, &in_seconds(0));
    assert_eq!((code, &value["colour"]), (4, &"cannot_tell".into()));
    for (seconds, reason) in [(-40, "presentation_early"), (70, "presentation_old")] {
        let (code, value) = verdict(&house, &text, &in_seconds(seconds));
        assert_eq!((code, &value["reason"]), (4, &reason.into()), "{seconds}");
    }
    let (_, late) = verdict(&house, &text, &in_seconds(3 * 86_400));
    assert_eq!(late["reason"], "expired");
    let bare = ["credential", "show", "today.cwt", "--text"];
    says(
        &house,
        house.run(&bare).done().out.trim(),
        "cannot_tell",
        "no_presentation",
    );
    says(&house, "MM1:ABC", "cannot_tell", "unreadable");
    house
        .run(&["credential", "show", "today.cwt", "--holder", "other.key"])
        .fails(2, &["today.cwt"]);
}

#[test]
fn a_picture_is_good_once_at_a_gate_and_a_gate_that_asks_takes_no_copy() {
    let house = House::issuing();
    device(&house, "phone.key");
    issue(&house, 1, "phone.key", "today.cwt");
    published(&house);
    let draw = ["credential", "show", "today.cwt", "--holder", "phone.key"];
    let files = ["--png", "code.png", "--svg", "code.svg"];
    let told = house
        .run(&[&draw[..], &files, &["--json"]].concat())
        .done()
        .json();
    assert_eq!(told["qr_version"], 14);
    let verify = ["verify", "code.png", "--trust", "gate", "--json"];
    assert_eq!(house.run(&verify).done().json()["colour"], "green");
    let again = house.run(&verify);
    assert_eq!((again.code, &again.json()["reason"]), (4, &"replay".into()));

    let nonce = "00112233445566778899aabbccddeeff";
    let ask = ["--gate", "ward-3", "--nonce", nonce];
    let text = shown(&house, "today.cwt", "phone.key");
    let asked = house.run(&[&["verify", &text, "--trust", "gate", "--json"], &ask[..]].concat());
    assert_eq!(asked.json()["reason"], "no_answer");
    let answer = house
        .run(&[&draw[..], &ask, &["--text"]].concat())
        .done()
        .out;
    let answer = answer.trim();
    let asked = house.run(&[&["verify", answer, "--trust", "gate", "--json"], &ask[..]].concat());
    assert_eq!(asked.done().json()["colour"], "green");
    let elsewhere = ["verify", answer, "--trust", "gate", "--json"];
    assert_eq!(house.run(&elsewhere).json()["reason"], "wrong_answer");
}

#[test]
fn a_sheet_has_seven_codes_and_the_gate_compares_what_stands_beside_them() {
    let house = House::issuing();
    let paper = [
        "paper",
        &document(2),
        "-o",
        "sheet.html",
        "--office",
        "社区服务站",
        "--case",
        "P-2",
        "--json",
    ];
    house.run(&paper).fails(2, &["--as"]);
    let told = house.by(AGENT, &paper).done().json();
    assert_eq!(told["days"].as_array().unwrap().len(), 7);
    published(&house);
    let today = told["texts"][0].as_str().unwrap();
    let (code, value) = verdict(&house, today, &in_seconds(0));
    assert_eq!((code, &value["colour"]), (0, &"green".into()));
    assert_eq!(value["compare"]["masked_name"], "样**乙");
    let tomorrow = told["texts"][1].as_str().unwrap();
    says(&house, tomorrow, "cannot_tell", "not_yet");
    let page = std::fs::read_to_string(house.path("sheet.html")).unwrap();
    assert!(page.contains("样**乙") && !page.contains("样本小乙"));
    assert!(!page.contains(&document(2)));
}

#[test]
fn a_list_that_is_not_the_public_one_is_not_used() {
    let house = House::issuing();
    device(&house, "phone.key");
    issue(&house, 1, "phone.key", "today.cwt");
    published(&house);
    let keep = |name: &str| copy(&house.path("gate/lists"), &house.path(name));
    keep("old");
    house.red(1..2);
    published(&house);
    let text = shown(&house, "today.cwt", "phone.key");
    let with = |lists: &str| {
        let verify = ["verify", &text, "--trust", "gate", "--lists", lists, "--at"];
        let at = in_seconds(0);
        let ran = house.run(&[&verify[..], &[&at, "--json"]].concat());
        assert_eq!(ran.code, 4);
        ran.json()["reason"].as_str().unwrap().to_owned()
    };
    // A list of before, rolled back: its red would be missing.
    assert_eq!(with("old"), "no_list");
    keep("bad");
    let path = house.path("bad/0.cwt");
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    assert_eq!(with("bad"), "no_list");
    // A list with the proof of another.
    keep("mixed");
    std::fs::copy(
        house.path("old/0.tlog-proof"),
        house.path("mixed/0.tlog-proof"),
    )
    .unwrap();
    assert_eq!(with("mixed"), "no_list");
}

/// Copies the files of a folder.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.path().is_dir() {
            continue;
        }
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

#[test]
fn a_receipt_proves_a_red_by_itself_and_shows_a_red_without_an_entry() {
    let house = House::issuing();
    for (number, key, file) in [(1, "one.key", "one.cwt"), (2, "two.key", "two.cwt")] {
        device(&house, key);
        issue(&house, number, key, file);
    }
    house.red(1..2);
    published(&house);
    let vkey = house.run(&["log", "vkey"]).done().out;
    let vkey = vkey.trim();
    for (number, file) in [(1, "one.json"), (2, "two.json")] {
        house
            .run(&["receipt", &document(number), "-o", file])
            .done();
    }
    let check = |receipt: &str, credential: &str| {
        let verify = ["receipt", "--verify", receipt, "--vkey", vkey, "--json"];
        house.run(
            &[
                &verify[..],
                &["--credential", credential, "--trust", "gate"],
            ]
            .concat(),
        )
    };
    let one = check("one.json", "one.cwt").done().json();
    assert_eq!(
        (&one["colour_left"], &one["list_says"]),
        (&"red".into(), &"red".into())
    );
    let two = check("two.json", "two.cwt").done().json();
    assert_eq!(
        (&two["colour_left"], &two["list_says"]),
        (&"green".into(), &"green".into())
    );
    // Whoever is put in a red person's place holds a slot that is red and no entry.
    let swapped = check("two.json", "one.cwt");
    swapped.fails(4, &["proof of abuse"]);
    let text = std::fs::read_to_string(house.path("one.json")).unwrap();
    house.write(
        "bent.json",
        &text.replacen("\"place\": 0", "\"place\": 1", 1),
    );
    check("bent.json", "one.cwt").fails(4, &["does not hold"]);
}

#[test]
fn an_order_has_a_receipt_of_its_own() {
    let house = House::issuing();
    house.red(1..3);
    let orders = house.run(&["order", "list", "--json"]).done().json();
    let order = orders[0]["order"].as_str().unwrap();
    let made = house
        .run(&["receipt", order, "-o", "order.json", "--json"])
        .done()
        .json();
    let kinds: Vec<&str> = made["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["order.propose", "order.approve"]);
    let text = std::fs::read_to_string(house.path("order.json")).unwrap();
    assert!(!text.contains("\"person\""));
}

#[test]
fn an_erased_person_is_nowhere_in_site_or_export_and_everything_still_verifies() {
    let house = House::issuing();
    device(&house, "phone.key");
    issue(&house, 1, "phone.key", "today.cwt");
    house.red(2..3);
    published(&house);
    let erase = |number: u32| {
        let person = document(number);
        let how = ["--purpose", "retention", "--case", "R-1", "--yes"];
        house.by(AGENT, &[&["person", "erase", &person], &how[..]].concat())
    };
    erase(2).fails(2, &["live"]);
    let vkey = house.run(&["log", "vkey"]).done().out;
    let receipt = |number: u32, file: &str| house.run(&["receipt", &document(number), "-o", file]);
    receipt(1, "before.json").done();
    receipt(2, "other.json").done();
    let forgotten = || {
        let report = house.run(&["audit", "--json"]).done().json();
        report["notes"].to_string().contains("hash alone")
    };
    assert!(!forgotten());
    let erased = erase(1).done();
    assert!(erased.out.contains("salts of"), "{}", erased.out);
    assert_eq!(
        erase(1).done().out.lines().next().unwrap(),
        "the vault holds no key of this person"
    );
    receipt(1, "after.json").fails(2, &["erased", "salts"]);
    // What the public log commits to is as it was; nobody else's leaf is touched.
    receipt(2, "again.json").done();
    for file in ["before.json", "other.json", "again.json"] {
        let verify = ["receipt", "--verify", file, "--vkey", vkey.trim()];
        house.run(&verify).done();
    }
    assert!(forgotten());
    let list = published(&house);
    assert_eq!((&list["revoked"], &list["red"]), (&1.into(), &1.into()));
    reads(&house, ("today.cwt", "phone.key"), "revoked");
    house.run(&["audit"]).done();
    house.run(&["audit", "--site", "site"]).done();
    house.run(&["export", "bundle"]).done();
    house.run(&["audit", "bundle"]).done();
    let look = house
        .run(&["credential", "list", &document(1), "--json"])
        .done()
        .json();
    assert_eq!(look["issued"].as_array().unwrap().len(), 0);
    for folder in ["site", "bundle"] {
        for needle in ["样本甲", &document(1), "19900000001"] {
            assert!(
                !holds(&house.path(folder), needle.as_bytes()),
                "{needle} in {folder}"
            );
        }
    }
}

#[test]
fn an_audit_without_the_shares_of_salts_says_which_file_is_missing() {
    let house = House::begun();
    house.run(&["audit"]).done();
    std::fs::remove_file(house.path("mingma-data/keys/payload/salts")).unwrap();
    let report = house.run(&["audit"]).fails(4, &[]).out;
    assert!(report.contains("keys/payload/salts"), "{report}");
    house.run(&["audit", "--allow-destroyed"]).done();
    house.run(&["board"]).fails(3, &["payload/salts", "backup"]);
}

fn holds(folder: &Path, needle: &[u8]) -> bool {
    std::fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return holds(&path, needle);
        }
        let bytes = std::fs::read(&path).unwrap();
        bytes.windows(needle.len()).any(|window| window == needle)
    })
}

#[test]
fn a_key_that_nobody_registered_issues_nothing() {
    let house = House::at_work();
    house.write(
        "people.csv",
        &format!("document_number,name\n{},样本甲\n", document(1)),
    );
    house.run(&["person", "import", "people.csv"]).done();
    device(&house, "phone.key");
    let person = document(1);
    let issue = ["credential", "issue", &person, "--holder", "phone.key"];
    house.run(&issue).fails(3, &["credential keys register"]);
    house.registrar(&["credential", "keys", "register"]).done();
    house.run(&issue).done();
    let keys = house
        .run(&["credential", "keys", "list", "--json"])
        .done()
        .json();
    let key = keys["keys"]
        .as_array()
        .unwrap()
        .iter()
        .find(|key| key["purpose"] == "credential")
        .unwrap()["key"]
        .as_str()
        .unwrap()
        .to_owned();
    let revoke = ["credential", "keys", "revoke", &key, "--reason", "lost"];
    house.registrar(&revoke).done();
    house.run(&issue).fails(3, &["not on record"]);
}

#[test]
fn bad_wishes_are_told_with_what_to_do() {
    let house = House::issuing();
    device(&house, "phone.key");
    house
        .run(&["credential", "device", "phone.key"])
        .fails(3, &["phone.key"]);
    let person = document(1);
    let issue = |more: &[&str]| house.run(&[&["credential", "issue", &person], more].concat());
    issue(&[]).fails(2, &["--holder", "--without-key"]);
    issue(&["--holder", "nothing"]).fails(2, &["nothing"]);
    let past = house.day(-1);
    issue(&["--holder", "phone.key", "--day", &past]).fails(3, &["today"]);
    let many = ["--holder", "phone.key", "--days", "8"];
    assert_eq!(issue(&many).code, 2);
    let stranger = document(9);
    let unknown = ["credential", "issue", &stranger, "--holder", "phone.key"];
    house.run(&unknown).fails(2, &["person import"]);
    house
        .run(&["verify", "MM1:ABC", "--trust", "nowhere"])
        .fails(4, &["trust fetch"]);
    house
        .run(&["trust", "fetch", "nowhere", "--trust", "gate"])
        .fails(3, &["policy"]);
    house
        .run(&["status-list", "diff", "2022-06-13"])
        .fails(2, &["status-list show"]);
    let cut = ["status-list", "cut"];
    house
        .by("410000-hotline.he", &cut)
        .fails(1, &["ROLE_MISSING"]);
}

#[test]
fn a_wish_that_cannot_be_met_withdraws_nothing() {
    let house = House::issuing();
    device(&house, "phone.key");
    issue(&house, 1, "phone.key", "today.cwt");
    let past = house.day(-1);
    let person = document(1);
    let renew = [
        "credential",
        "renew",
        &person,
        "--holder",
        "phone.key",
        "--day",
        &past,
        "--case",
        "L-8",
    ];
    house.by(AGENT, &renew).fails(3, &["today"]);
    let list = published(&house);
    assert_eq!(list["revoked"], 0);
    reads(&house, ("today.cwt", "phone.key"), "green");
}

#[test]
fn a_revoked_issuing_key_is_replaced_and_what_it_signed_counts_no_more() {
    let house = House::issuing();
    device(&house, "phone.key");
    issue(&house, 1, "phone.key", "old.cwt");
    let keys = house
        .run(&["credential", "keys", "list", "--json"])
        .done()
        .json();
    for key in keys["keys"].as_array().unwrap() {
        let key = key["key"].as_str().unwrap();
        let revoke = ["credential", "keys", "revoke", key, "--reason", "lost"];
        house.registrar(&revoke).done();
    }
    house.registrar(&["credential", "keys", "register"]).done();
    issue(&house, 1, "phone.key", "new.cwt");
    published(&house);
    let old = shown(&house, "old.cwt", "phone.key");
    let (code, value) = verdict(&house, &old, &in_seconds(0));
    assert_eq!((code, &value["colour"]), (4, &"cannot_tell".into()));
    reads(&house, ("new.cwt", "phone.key"), "green");
    house.run(&["audit", "--site", "site"]).done();
}

#[test]
fn a_gate_does_not_forget_the_end_of_a_key_that_a_site_no_longer_shows() {
    let house = House::issuing();
    device(&house, "phone.key");
    issue(&house, 1, "phone.key", "old.cwt");
    let keys = house
        .run(&["credential", "keys", "list", "--json"])
        .done()
        .json();
    let keys = keys["keys"].as_array().unwrap();
    let key = keys
        .iter()
        .find(|key| key["purpose"] == "credential")
        .unwrap();
    let revoke = ["credential", "keys", "revoke", key["key"].as_str().unwrap()];
    house
        .registrar(&[&revoke[..], &["--reason", "lost"]].concat())
        .done();
    published(&house);
    let text = std::fs::read_to_string(house.path("site/keys.json")).unwrap();
    let mut shown_keys: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(shown_keys["ends"].as_array().unwrap().len(), 1);
    shown_keys["ends"] = Value::Array(Vec::new());
    house.write("site/keys.json", &shown_keys.to_string());
    house
        .run(&["trust", "fetch", "site", "--trust", "gate"])
        .done();
    let old = shown(&house, "old.cwt", "phone.key");
    says(&house, &old, "cannot_tell", "key_outside_its_time");
}

#[test]
fn a_refused_registration_leaves_the_old_key_at_work() {
    let house = House::at_work();
    let ask = |officer: &str, days: &str| {
        house.by(officer, &["credential", "keys", "register", "--days", days])
    };
    ask("410000-health.gao", "20").done();
    let list = || {
        house
            .run(&["credential", "keys", "list", "--json"])
            .done()
            .json()
    };
    let known = list();
    ask(AGENT, "366").fails(1, &["PROVINCE_ONLY"]);
    assert_eq!(list(), known);
    house.write(
        "people.csv",
        &format!("document_number,name\n{},样本甲\n", document(1)),
    );
    house.run(&["person", "import", "people.csv"]).done();
    device(&house, "phone.key");
    issue(&house, 1, "phone.key", "one.cwt");
    ask("410000-health.gao", "366").done();
    assert_eq!(list()["keys"].as_array().unwrap().len(), 4);
    issue(&house, 1, "phone.key", "two.cwt");
}

#[test]
fn rows_that_a_backup_does_not_know_of_are_never_given_again() {
    let house = House::issuing();
    device(&house, "phone.key");
    house.run(&["backup", "kept"]).done();
    let lost = issue(&house, 1, "phone.key", "lost.cwt");
    std::fs::remove_dir_all(house.path("mingma-data")).unwrap();
    house.run(&["restore", "kept", "mingma-data"]).done();
    let other = issue(&house, 2, "phone.key", "other.cwt");
    assert_ne!(lost["issued"][0]["idx"], other["issued"][0]["idx"]);
    house.red(2..3);
    published(&house);
    reads(&house, ("lost.cwt", "phone.key"), "green");
    reads(&house, ("other.cwt", "phone.key"), "red");
}

#[test]
fn a_cut_that_was_interrupted_is_made_up_for_and_a_bad_fetch_takes_nothing_away() {
    let house = House::issuing();
    device(&house, "phone.key");
    issue(&house, 1, "phone.key", "today.cwt");
    published(&house);
    // As after a kill between the entry and its files.
    copy(&house.path("mingma-data/log/s"), &house.path("before"));
    let cut = ["status-list", "cut", "--json"];
    house.by(ISSUER, &[&cut[..], &["--force"]].concat()).done();
    for entry in std::fs::read_dir(house.path("before")).unwrap() {
        let name = entry.unwrap().file_name();
        std::fs::copy(
            house.path("before").join(&name),
            house.path("mingma-data/log/s").join(&name),
        )
        .unwrap();
    }
    let made_up = house.by(ISSUER, &cut).done().json();
    assert_eq!(made_up["lists"][0]["version"], 3);

    let text = shown(&house, "today.cwt", "phone.key");
    std::fs::remove_file(house.path("site/lists.json")).unwrap();
    house.write("site/lists.json", r#"{"lists":[]}"#);
    let fetch = ["trust", "fetch", "site", "--trust", "gate"];
    house.run(&fetch).done();
    says(&house, &text, "green", "current");
}

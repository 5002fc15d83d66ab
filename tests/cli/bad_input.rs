//! Each bad input: what, where, what to do, and the exit code; never a panic.

use crate::house::{House, document, exists};

#[test]
fn a_genesis_that_would_be_refused_leaves_nothing_behind() {
    let house = House::empty();
    house
        .run(&[
            "init",
            "--origin",
            "log.example",
            "--province",
            "4101",
            "--organisation",
            "a",
            "--name",
            "a",
            "--registrar",
            "a.b",
            "--holder",
            "h",
            "--generate-keys",
            "keys",
        ])
        .fails(1, &["MALFORMED", "nothing was written"]);
    assert!(!exists(&house.path("mingma-data")));
}

#[test]
fn a_ledger_begins_once() {
    let house = House::begun();
    house
        .run(&[
            "init",
            "--origin",
            "log.example",
            "--province",
            "41",
            "--organisation",
            "a",
            "--name",
            "a",
            "--registrar",
            "a.b",
            "--holder",
            "h",
            "--generate-keys",
            "more",
        ])
        .fails(2, &["is a data directory already"]);
}

#[test]
fn a_key_file_is_not_overwritten_unless_told() {
    let house = House::empty();
    let first = house.run(&["key", "new", "a.key"]).done().out;
    house.run(&["key", "new", "a.key"]).fails(2, &["exists"]);
    let shown = house.run(&["key", "show", "a.key"]).done();
    assert_eq!(shown.out, first);
    assert!(!shown.out.contains("PRIVATE"));
    assert_ne!(
        house.run(&["key", "new", "a.key", "--force"]).done().out,
        first
    );
}

#[test]
fn a_division_that_never_existed_is_wrong_usage() {
    let house = House::begun();
    let ran = house.registrar(&[
        "org",
        "register",
        "419999-x",
        "--kind",
        "cdc",
        "--division",
        "419999",
        "--name",
        "x",
        "--public-key",
        "keys/410000-health.key",
    ]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("no such division"), "{}", ran.err);
}

#[test]
fn an_act_without_a_signer_or_with_a_bad_key_file_is_wrong_usage() {
    let house = House::begun();
    house
        .run(&["daily", "close", "--day", "2022-06-13"])
        .fails(2, &["MINGMA_OFFICER"]);
    let act = [
        "daily",
        "close",
        "--day",
        "2022-06-13",
        "--as",
        "410000-health.gao",
    ];
    house.run(&act).fails(2, &["MINGMA_KEY"]);
    house.write("bad.key", "hello");
    house
        .run(&[&act[..], &["--key", "bad.key"]].concat())
        .fails(2, &["bad.key"]);
    house
        .run(&[&act[..], &["--key", "none.key"]].concat())
        .fails(2, &["none.key"]);
}

#[test]
fn an_act_under_another_officers_key_is_refused() {
    let house = House::at_work();
    let ran = house.run(&[
        "daily",
        "close",
        "--day",
        "2022-06-13",
        "--as",
        "410100-hq.zhao",
        "--key",
        "keys/410100-health.qian.key",
        "--json",
    ]);
    assert_eq!(ran.json()["refusal"]["code"], "SIGNATURE_INVALID");
    ran.fails(1, &["SIGNATURE_INVALID", "(I2)"]);
}

#[test]
fn an_officer_whose_term_is_over_is_refused() {
    let house = House::at_work();
    let yesterday = house.day(-1);
    house
        .officer("410100-hq.zhou", "410100-hq", "maker", &yesterday)
        .done();
    house.evidence(1..2);
    let person = document(1);
    let order = [
        "order", "propose", "--ground", "COLD", "--area", "4101", "--reason", "x",
    ];
    house
        .by(
            "410100-hq.zhou",
            &[&order[..], &["--documents", &person]].concat(),
        )
        .fails(1, &["TERM_ENDED"]);
}

#[test]
fn a_broken_table_and_a_wrong_column_are_named() {
    let house = House::begun();
    house.key("410100-market");
    house.write(
        "cold.csv",
        "document_numbr,division,occurred_at,reference\n1,2,3,4\n",
    );
    house
        .sign("cold.csv", "cold.mmr")
        .fails(2, &["document_number", "document_numbr"]);
    house.write("cold.csv", "");
    assert_eq!(house.sign("cold.csv", "cold.mmr").code, 2);
    house.write("cold.pdf", "x");
    house.sign("cold.pdf", "cold.mmr").fails(2, &["format"]);
    house.write("people.csv", "name,number\n样本甲,1\n");
    house
        .run(&["person", "import", "people.csv"])
        .fails(2, &["document_number"]);
    house.write("people.csv", "document_number,name\n1,\"样本甲\n");
    house
        .run(&["person", "import", "people.csv"])
        .fails(2, &["row 2", "quotation"]);
}

#[test]
fn a_list_of_people_with_a_bad_row_is_no_list() {
    let house = House::at_work();
    house.write(
        "list.csv",
        &format!("document_number\n{}\n123\n", document(1)),
    );
    house
        .run(&[
            "order", "preview", "--ground", "COLD", "--area", "4101", "--people", "list.csv",
        ])
        .fails(2, &["1 bad rows", "row 3"]);
    house.write(
        "list.csv",
        &format!("{0}\n{0}\n{1}\n", document(1), document(2)),
    );
    let ran = house
        .run(&[
            "order", "preview", "--ground", "COLD", "--area", "4101", "--people", "list.csv",
            "--json",
        ])
        .done();
    assert_eq!(ran.json()["people"], 2);
    assert!(ran.err.contains("1 repeated"), "{}", ran.err);
}

#[test]
fn a_malformed_pack_is_named_with_every_problem_and_a_bad_one_fails_its_check() {
    let house = House::empty();
    house.run(&["pack", "check", "henan-2022"]).done();
    house
        .run(&["pack", "check", "henan-1900"])
        .fails(2, &["henan-2022-v9"]);
    house.pack("mine");
    let path = house.path("mine/pack.toml");
    let good = std::fs::read_to_string(&path).unwrap();
    std::fs::write(
        &path,
        good.replace("appeal_hours = 24", "appeal_hours = 900"),
    )
    .unwrap();
    let ran = house.run(&["pack", "check", "mine", "--json"]);
    assert_eq!(ran.json()["sound"], false);
    ran.fails(4, &[]);
    std::fs::write(&path, good.replace("province =", "provinz =")).unwrap();
    house
        .run(&["pack", "check", "mine"])
        .fails(2, &["pack.toml"]);
    let diff = house
        .run(&["pack", "diff", "henan-2022", "henan-2022-v9", "--json"])
        .done()
        .json();
    assert!(!diff.as_array().unwrap().is_empty());
    house
        .run(&["pack", "copy", "henan-2022", "mine"])
        .fails(2, &["exists"]);
}

#[test]
fn a_pack_whose_emergency_is_over_cannot_be_adopted() {
    let house = House::begun();
    house
        .registrar(&["pack", "adopt", "henan-2022"])
        .fails(1, &["SUNSET_PASSED", "(I13)"]);
    house
        .run(&["pack", "show"])
        .fails(2, &["no rule pack is in force"]);
}

#[test]
fn wrong_words_are_told_with_the_right_ones() {
    let house = House::begun();
    let ran = house.run(&["code", "show", &document(1), "--at", "yesterday"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("2022-06-13"), "{}", ran.err);
    house
        .run(&["code", "show", "123"])
        .fails(2, &["not a document number"]);
    house.run(&["order", "show", "zz"]).fails(2, &["order"]);
    house
        .run(&["code", "show", &document(1), "--lang", "tlh"])
        .fails(2, &["zh-CN"]);
    assert_eq!(house.run(&["nonsense"]).code, 2);
    assert_eq!(house.run(&["--help"]).code, 0);
}

#[test]
fn somebody_without_a_record_is_green() {
    let house = House::begun();
    let code = house
        .run(&["code", "show", &document(9), "--json"])
        .done()
        .json();
    assert_eq!(
        (
            code["colour"].as_str(),
            code["reasons"].as_array().unwrap().len()
        ),
        (Some("green"), 0)
    );
}

#[test]
fn a_reader_that_goes_away_is_no_trouble() {
    use std::io::Read as _;
    use std::process::Stdio;
    let house = House::begun();
    let mut command = house.command(&["log", "tail", "--json"]);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut complaint = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut complaint)
        .unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(complaint, "");
}

//! The whole way of one red, and of the objection to it, by commands alone.

use crate::house::{House, document};
use serde_json::Value;

fn propose(house: &House, people: &[&str]) -> String {
    let head = [
        "order", "propose", "--ground", "COLD", "--area", "410105", "--reason",
    ];
    let tail = ["handled a positive item", "--json", "--documents"];
    let answer = house
        .by("410100-hq.zhao", &[&head[..], &tail[..], people].concat())
        .done()
        .json();
    answer["order"].as_str().unwrap().to_owned()
}

fn colour(house: &House, person: &str) -> Value {
    house.run(&["code", "show", person, "--json"]).done().json()
}

#[test]
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
fn from_init_to_a_lawful_red_with_its_reasons_and_back_by_appeal() {
    let house = House::at_work();
    let person = document(1);
    house.evidence(1..4);
    assert_eq!(colour(&house, &person)["colour"], "green");

    let preview = house
        .run(&[
            "order",
            "preview",
            "--ground",
            "COLD",
            "--area",
            "410105",
            "--json",
            "--documents",
            &person,
        ])
        .done()
        .json();
    assert_eq!(
        (
            preview["people"].as_u64(),
            preview["without_evidence"].as_u64()
        ),
        (Some(1), Some(0))
    );

    let order = propose(&house, &[&person]);
    assert_eq!(
        colour(&house, &person)["colour"],
        "green",
        "one body makes no red"
    );
    house
        .by("410100-health.qian", &["order", "approve", &order])
        .fails(2, &["--yes", "digest", "410105"]);
    house
        .by("410100-health.qian", &["order", "approve", &order, "--yes"])
        .done();

    let code = colour(&house, &person);
    assert_eq!(code["colour"], "red");
    let reason = &code["reasons"][0];
    assert_eq!(reason["decided"]["by"], "order");
    assert_eq!(reason["evidence"]["kind"], "cold_chain");
    assert!(code["sentences"].as_array().unwrap().len() > 5);
    let zh = house
        .run(&["code", "show", &person, "--lang", "zh-CN"])
        .done();
    assert!(zh.out.starts_with("● red 红码\n"), "{}", zh.out);
    assert!(!zh.out.contains('\u{1b}'));

    let entry = reason["entry"].to_string();
    house
        .run(&["log", "prove", &entry, "-o", "red.proof"])
        .done();
    let vkey = house.run(&["log", "vkey"]).done().out;
    let verify = [
        "log",
        "verify-proof",
        "red.proof",
        "--leaf",
        "red.leaf",
        "--vkey",
        vkey.trim(),
    ];
    assert_eq!(
        house
            .run(&[&verify[..], &["--json"]].concat())
            .done()
            .json()["holds"],
        true
    );
    house.write("red.leaf", "another");
    house.run(&verify).fails(4, &[]);

    let filed = house
        .by(
            "410000-hotline.he",
            &[
                "appeal", "file", &person, "--ground", "COLD", "--text", "not me", "--json",
            ],
        )
        .done()
        .json();
    let appeal = filed["appeal"].as_str().unwrap();
    let open = house
        .run(&["appeal", "list", "--open", "--json"])
        .done()
        .json();
    assert_eq!(open.as_array().unwrap().len(), 1);
    house
        .by(
            "410000-review.lin",
            &[
                "appeal",
                "decide",
                &appeal[..8],
                "--upheld",
                "--reason",
                "a mistake",
            ],
        )
        .done();
    assert_eq!(colour(&house, &person)["colour"], "green");
    let before = "2022-01-01T00:00:00+08:00";
    let open = house
        .run(&["appeal", "list", "--at", before, "--json"])
        .done()
        .json();
    assert_eq!(open, serde_json::json!([]));
    house.run(&["audit", "--json"]).done();
    let board = house.run(&["board", "--full", "--json"]).done().json();
    assert_eq!(board["ended_early"]["appeal_upheld"], 1);
}

#[test]
fn an_order_with_anybody_without_evidence_is_refused_whole() {
    let house = House::at_work();
    house.evidence(1..3);
    let (known, unknown) = (document(1), document(77));
    house
        .by(
            "410100-hq.zhao",
            &[
                "order",
                "propose",
                "--ground",
                "COLD",
                "--area",
                "410105",
                "--reason",
                "x",
                "--documents",
                &known,
                &unknown,
            ],
        )
        .fails(1, &["NO_EVIDENCE", "(I3)", "the refusal is entry"]);
    let board = house.run(&["board", "--json"]).done().json();
    assert_eq!(board["refusals"]["NO_EVIDENCE"], 1);
}

#[test]
fn two_officers_of_one_body_cannot_approve_each_other() {
    let house = House::at_work();
    house.evidence(1..3);
    let until = house.day(30);
    house
        .officer("410100-hq.sun", "410100-hq", "checker", &until)
        .done();
    let order = propose(&house, &[&document(1)]);
    let ran = house.by(
        "410100-hq.sun",
        &["order", "approve", &order[..10], "--yes", "--json"],
    );
    assert_eq!(ran.json()["refusal"]["code"], "SAME_BODY");
    ran.fails(1, &["SAME_BODY", "(I4)"]);
    house
        .by(
            "410100-hq.zhao",
            &[
                "order",
                "withdraw",
                &order[..10],
                "--reason",
                "second thoughts",
            ],
        )
        .done();
    let shown = house
        .run(&["order", "show", &order, "--json"])
        .done()
        .json();
    assert_eq!(shown["status"], "withdrawn");
    let none = house
        .run(&["order", "list", "--status", "proposed", "--json"])
        .done()
        .json();
    assert_eq!(none, serde_json::json!([]));
}

#[test]
fn a_look_is_recorded_before_anything_is_shown_and_tells_who_looked_before() {
    let house = House::at_work();
    let person = document(5);
    house.write(
        "people.csv",
        &format!("姓名,证件号码,联系电话\n样本甲,{person},19900000005\n,{person},\n"),
    );
    let stored = house
        .run(&["person", "import", "people.csv", "--json"])
        .done();
    assert_eq!(
        (
            stored.json()["stored"].as_u64(),
            stored.json()["rejected"].as_u64()
        ),
        (Some(1), Some(1))
    );
    assert!(
        stored.err.contains("row 3") && !stored.err.contains(&person),
        "{}",
        stored.err
    );
    house.run(&["person", "import", "people.csv"]).done();

    let look = [
        "person",
        "show",
        &person,
        "--purpose",
        "appeal",
        "--case",
        "A-1",
        "--json",
    ];
    house
        .by("410100-hq.zhao", &look)
        .fails(1, &["NOT_AUTHORISED"]);
    let first = house.by("410000-review.lin", &look).done().json();
    assert_eq!(first["identity"]["name"], "样**");
    assert_eq!(first["looks"], serde_json::json!([]));
    let second = house
        .by("410000-hotline.he", &[&look[..], &["--reveal"]].concat())
        .done()
        .json();
    assert_eq!(second["identity"]["name"], "样本甲");
    assert_eq!(second["looks"][0]["officer"], "410000-review.lin");
    let nothing = ["person", "show", &person, "--purpose", " ", "--case", "A-1"];
    house
        .by("410000-review.lin", &nothing)
        .fails(1, &["PURPOSE_MISSING"]);
}

#[test]
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
fn keys_areas_days_and_statements_have_their_commands() {
    let house = House::at_work();
    house.key("fresh");
    let rotate = [
        "key",
        "rotate",
        "--officer",
        "410100-hq.zhao",
        "--public-key",
        "keys/fresh.pub",
    ];
    house.registrar(&rotate).done();
    let until = format!("{}T00:00:00+08:00", house.day(5));
    house.write("notice.txt", "notice");
    let declare = [
        "area",
        "declare",
        "--number",
        "N-1",
        "--kind",
        "risk",
        "--division",
        "410105",
        "--until",
        &until,
        "--text-file",
        "notice.txt",
    ];
    house
        .by("410100-hq.zhao", &declare)
        .fails(1, &["SIGNATURE_INVALID"]);
    std::fs::copy(
        house.path("keys/fresh.key"),
        house.path("keys/410100-hq.zhao.key"),
    )
    .unwrap();
    house.by("410100-hq.zhao", &declare).done();
    let areas = house.run(&["area", "list", "--json"]).done().json();
    assert_eq!(areas[0]["status"], "in force");
    let end = until.parse::<domain::time::Timestamp>().unwrap();
    assert_eq!(
        areas[0]["until"],
        end.to_string(),
        "an instant keeps its hour"
    );
    house.by("410100-hq.zhao", &["area", "lift", "N-1"]).done();

    house.evidence(1..2);
    let order = propose(&house, &[&document(1)]);
    house
        .officer("410100-hq.feng", "410100-hq", "speaker", &house.day(30))
        .done();
    house
        .officer("410100-hq.chu", "410100-hq", "reporter", &house.day(30))
        .done();
    let publish = [
        "statement",
        "publish",
        "--order",
        &order,
        "--text-file",
        "notice.txt",
    ];
    house.by("410100-hq.feng", &publish).done();
    let told = house.run(&["statement", "list", "--json"]).done().json();
    assert_eq!(told[0]["orders"][0], order);
    let refuse = ["order", "refuse", &order, "--reason", "not needed"];
    house.by("410100-health.qian", &refuse).done();

    let today = house.day(0);
    house
        .by("410100-hq.chu", &["daily", "close", "--day", &today])
        .done();
    let again = ["daily", "close", "--day", &today];
    house.by("410100-hq.chu", &again).fails(1, &["DAY_STATE"]);
    assert_eq!(
        house.run(&["daily", "list", "--json"]).done().json()[0]["day"],
        today
    );

    house
        .registrar(&["key", "revoke", "keys/fresh.pub", "--reason", "stolen"])
        .done();
    house
        .by("410100-hq.zhao", &declare)
        .fails(1, &["KEY_REVOKED"]);
    let officers = house.run(&["officer", "list", "--json"]).done().json();
    assert!(officers.as_array().unwrap().len() >= 6);
    house.run(&["org", "show", "410100-hq"]).done();
    house.run(&["pack", "show"]).done();
    house.run(&["audit"]).done();
}

#[test]
fn a_conversion_needs_the_evidence_of_its_release() {
    let house = House::at_work();
    house.evidence(1..2);
    let order = propose(&house, &[&document(1)]);
    house
        .by("410100-health.qian", &["order", "approve", &order, "--yes"])
        .done();
    house
        .officer("410100-hq.wei", "410100-hq", "converter", &house.day(30))
        .done();
    let person = document(1);
    let release = [
        "code",
        "convert",
        &person,
        "--ground",
        "cold",
        "--release",
        "agree-to-leave",
        "--channel",
        "offline",
    ];
    house
        .by("410100-hq.wei", &release)
        .fails(1, &["NO_RELEASE_GROUND", "(I7)"]);
    assert_eq!(colour(&house, &person)["colour"], "red");
}

//! What a person does alone: the online counter, from the session to the audit. The real binary, a
//! real directory, real keys.
//!
//! Invariant of these tests: loopback only, no waiting; everybody here is invented.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

#[path = "cli/house.rs"]
#[allow(dead_code, reason = "this file needs a part of the house")]
mod house;
#[path = "cli/server.rs"]
#[allow(dead_code, reason = "this file needs a part of the server")]
mod server;

use house::{House, document};
use serde_json::{Value, json};
use server::{Answer, Server, Session};
use std::os::unix::fs::PermissionsExt as _;

const COUNTER: &str = "410000-hotline.counter";

/// A house in which person 1 is red by an order, and a counter is registered.
fn house() -> House {
    let house = House::at_work();
    house.red(1..2);
    house
        .officer(COUNTER, "410000-hotline", "counter", &house.day(90))
        .done();
    house.write(
        "mingma.toml",
        &format!("[counter]\nofficer = \"{COUNTER}\"\nkey = \"keys/{COUNTER}.key\"\n"),
    );
    house
}

/// Person 1 objects.
fn object(person: &Session, server: &Server, key: &str, words: &Value) -> Answer {
    let key = [("idempotency-key", key)];
    person.ask_with(server, "POST", "/api/v1/me/appeals", &key, Some(words))
}

#[test]
fn a_person_objects_online_once_and_the_entry_says_at_whose_counter() {
    let house = house();
    let code = house.activation(1);
    let server = Server::start(&house, &["--config", "mingma.toml"]);
    let person = Session::of(&server.activate(1, &code));
    let words = json!({ "ground": "COLD", "text": "I never worked there." });
    let filed = object(&person, &server, "one", &words);
    assert_eq!(filed.status, 201, "{}", filed.body);
    let again = object(&person, &server, "one", &words);
    assert_eq!((again.status, again.json()), (200, filed.json()));
    let other = json!({ "ground": "COLD", "text": "Something else." });
    object(&person, &server, "one", &other).problem(422, "idempotency-key-reused");
    let refused = object(&person, &server, "two", &other);
    assert_eq!(
        refused.problem(422, "refused")["refusal"]["code"],
        "APPEAL_PENDING"
    );
    let filed = filed.json();
    assert!(filed["deadline"].is_string());
    let leaf = server
        .get(&format!("/api/v1/entries/{}", filed["entry"]))
        .json();
    assert_eq!(
        (&leaf["kind"], &leaf["channel"]),
        (&json!("appeal.file"), &json!("online"))
    );
    assert_eq!(leaf["org"], "410000-hotline");
    assert_eq!(leaf["permits"], json!(["appeal-counter"]));
    let export = person.ask(&server, "GET", "/api/v1/me/export", None);
    assert!(
        export
            .header("content-disposition")
            .starts_with("attachment")
    );
    let export = export.json();
    assert_eq!(export["appeals"][0]["text"], "I never worked there.");
    assert_eq!(export["appeals"][0]["filed_by"], "410000-hotline");
    assert_eq!(export["appeals"][0]["online"], true);
    assert_eq!(export["record"]["looks"][0]["case"], "H-1");
    assert_eq!(export["code"]["colour"], "red");
    server.stop();
    house.run(&["audit"]).done();
}

#[test]
fn without_a_counter_in_office_a_person_learns_where_to_object() {
    let house = house();
    let code = house.activation(1);
    let server = Server::start(&house, &[]);
    let person = Session::of(&server.activate(1, &code));
    let words = json!({ "ground": "COLD", "text": "I never worked there." });
    object(&person, &server, "one", &words).problem(404, "no-counter");
    server.stop();
    // A key that is not the one on record signs nothing either.
    std::fs::remove_file(house.path(&format!("keys/{COUNTER}.key"))).unwrap();
    house.key(COUNTER);
    let ran = house.run(&["doctor", "--config", "mingma.toml", "--json"]);
    let report = ran.json();
    let mut findings = report["findings"].as_array().unwrap().iter();
    let counter = findings.find(|found| found["about"] == "counter");
    assert_eq!(counter.unwrap()["level"], "fail", "{report}");
    let entries = house.entries();
    let code = house.activation(1);
    let server = Server::start(&house, &["--config", "mingma.toml"]);
    let person = Session::of(&server.activate(1, &code));
    object(&person, &server, "one", &words).problem(404, "no-counter");
    server.stop();
    assert_eq!(house.entries(), entries + 1, "the look alone");
}

#[test]
fn the_counters_key_does_nothing_else_and_is_for_nobody_else_to_read() {
    let house = house();
    let look = [
        "person",
        "activate",
        &document(1),
        "--purpose",
        "curiosity",
        "--case",
        "1",
    ];
    house.by(COUNTER, &look).fails(1, &["COUNTER_ONLY"]);
    let key = house.path(&format!("keys/{COUNTER}.key"));
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    house
        .run(&["config", "check", "mingma.toml"])
        .fails(2, &["`mingma.toml`, line 3", "counter.key", "chmod 600"]);
    house.write(
        "half.toml",
        &format!("[counter]\nofficer = \"{COUNTER}\"\n"),
    );
    house
        .run(&["config", "check", "half.toml"])
        .fails(2, &["counter.officer", "name both"]);
}

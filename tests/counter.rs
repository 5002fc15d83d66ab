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
use server::{Answer, Server};
use std::os::unix::fs::PermissionsExt as _;

const COUNTER: &str = "410000-hotline.counter";
const APPEALS: &str = "/api/v1/me/appeals";

/// A house in which person 1 is red by an order, and a counter is registered.
fn house() -> House {
    let house = House::at_work();
    house.evidence(1..2);
    house.write("people.txt", &document(1));
    let order = [
        "order",
        "propose",
        "--ground",
        "COLD",
        "--area",
        "410105",
        "--people",
        "people.txt",
        "--reason",
        "handled a positive item",
        "--json",
    ];
    let proposed = house.by("410100-hq.zhao", &order).done().json();
    let order = proposed["order"].as_str().unwrap();
    house
        .by("410100-health.qian", &["order", "approve", "--yes", order])
        .done();
    house
        .officer(COUNTER, "410000-hotline", "counter", &house.day(90))
        .done();
    house.write(
        "mingma.toml",
        &format!("[counter]\nofficer = \"{COUNTER}\"\nkey = \"keys/{COUNTER}.key\"\n"),
    );
    house
}

/// Person 1, signed in.
struct Session(Vec<(&'static str, String)>);

impl Session {
    fn open(house: &House, code: &str, server: &Server) -> Self {
        let body = json!({
            "document_type": "resident_id", "document_number": document(1), "code": code,
        });
        let answer = server.ask("POST", "/api/v1/signin/activation", &[], Some(&body));
        assert_eq!(answer.status, 201, "{} {}", answer.body, house.entries());
        let cookie = answer
            .header("set-cookie")
            .split(';')
            .next()
            .unwrap()
            .to_owned();
        let csrf = answer.json()["csrf"].as_str().unwrap().to_owned();
        Self(vec![("cookie", cookie), ("x-csrf-token", csrf)])
    }

    fn get(&self, server: &Server, path: &str) -> Answer {
        let headers: Vec<_> = self
            .0
            .iter()
            .map(|(name, value)| (*name, &**value))
            .collect();
        server.ask("GET", path, &headers, None)
    }

    fn post(&self, server: &Server, path: &str, key: &str, body: &Value) -> Answer {
        let mut headers: Vec<_> = self
            .0
            .iter()
            .map(|(name, value)| (*name, &**value))
            .collect();
        headers.push(("idempotency-key", key));
        server.ask("POST", path, &headers, Some(body))
    }
}

/// An activation code of person 1.
fn code(house: &House) -> String {
    let make = [
        "person",
        "activate",
        &document(1),
        "--purpose",
        "help",
        "--case",
        "H-1",
        "--json",
    ];
    let made = house.by("410000-hotline.he", &make).done().json();
    made["code"].as_str().unwrap().to_owned()
}

#[test]
fn a_person_objects_online_once_and_the_entry_says_at_whose_counter() {
    let house = house();
    let code = code(&house);
    let server = Server::start(&house, &["--config", "mingma.toml"]);
    let person = Session::open(&house, &code, &server);
    let words = json!({ "ground": "COLD", "text": "I never worked there." });
    let filed = person.post(&server, APPEALS, "one", &words);
    assert_eq!(filed.status, 201, "{}", filed.body);
    let again = person.post(&server, APPEALS, "one", &words);
    assert_eq!((again.status, again.json()), (200, filed.json()));
    let other = json!({ "ground": "COLD", "text": "Something else." });
    person
        .post(&server, APPEALS, "one", &other)
        .problem(422, "idempotency-key-reused");
    let refused = person.post(&server, APPEALS, "two", &other);
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
    let export = person.get(&server, "/api/v1/me/export");
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
    let code = code(&house);
    let server = Server::start(&house, &[]);
    let person = Session::open(&house, &code, &server);
    let words = json!({ "ground": "COLD", "text": "I never worked there." });
    let problem = person
        .post(&server, APPEALS, "one", &words)
        .problem(404, "no-counter");
    assert!(problem["help"].as_str().unwrap().contains("12345"));
    server.stop();
    // A key that is not the one on record signs nothing either.
    std::fs::remove_file(house.path(&format!("keys/{COUNTER}.key"))).unwrap();
    house.key(COUNTER);
    let ran = house.run(&["doctor", "--config", "mingma.toml"]);
    assert!(ran.out.contains("not the one on record"), "{}", ran.out);
    let entries = house.entries();
    let code = self::code(&house);
    let server = Server::start(&house, &["--config", "mingma.toml"]);
    let person = Session::open(&house, &code, &server);
    person
        .post(&server, APPEALS, "one", &words)
        .problem(404, "no-counter");
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
        .fails(2, &["counter.key", "chmod 600"]);
    house.write(
        "half.toml",
        &format!("[counter]\nofficer = \"{COUNTER}\"\n"),
    );
    house
        .run(&["config", "check", "half.toml"])
        .fails(2, &["counter.officer", "name both"]);
}

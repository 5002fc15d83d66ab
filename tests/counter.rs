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

use app::notices::{Readers, derive, letter};
use domain::document::Document;
use house::{House, document};
use mingma::office::Office;
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

/// A person asks for something at the counter.
fn post(person: &Session, server: &Server, path: &str, key: &str, words: &Value) -> Answer {
    let key = [("idempotency-key", key)];
    person.ask_with(server, "POST", path, &key, Some(words))
}

/// Person 1 objects.
fn object(person: &Session, server: &Server, key: &str, words: &Value) -> Answer {
    post(person, server, "/api/v1/me/appeals", key, words)
}

/// What an officer is answered.
fn call(house: &House, server: &Server, officer: &str, path: &str) -> Value {
    let call = ["call", "GET", path, "--server", &server.base];
    house.by(officer, &call).done().json()
}

/// An officer signs an act with a key file and sends it.
fn act(house: &House, server: &Server, officer: &str, act: &Value) {
    house.write("act.json", &act.to_string());
    let send = [
        "act",
        "sign",
        "act.json",
        "--send",
        "--server",
        &server.base,
    ];
    house.by(officer, &send).done();
}

/// What a person was told by short message, in the order of the entries.
fn told(house: &House, number: u32) -> String {
    let office = Office::open(&house.path("mingma-data")).unwrap();
    let (ledger, document) = (office.ledger(), Document::invented(number));
    let state = ledger.state();
    let place = state.people.find(office.person_key().person_id(&document));
    let readers = Readers {
        page: None,
        hotline: "12345".to_owned(),
    };
    let entries = 0..state.seq;
    let notices =
        entries.flat_map(|entry| derive(state, (entry, state.last_at), place.unwrap(), 300));
    let letters = notices.map(|notice| letter(ledger, &notice, &readers).unwrap().sms);
    let told = letters.collect::<Vec<_>>().join("\n");
    office.close().unwrap();
    told
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

#[test]
fn a_question_has_one_owner_and_the_person_sees_it_passed_on() {
    let house = house();
    let code = house.activation(1);
    let server = Server::start(&house, &["--config", "mingma.toml"]);
    let person = Session::of(&server.activate(1, &code));
    let words = json!({ "text": "Nobody says why I am red." });
    let opened = post(&person, &server, "/api/v1/me/cases", "one", &words);
    assert_eq!(opened.status, 201, "{}", opened.body);
    let case = &opened.json()["case"];
    let queue = call(
        &house,
        &server,
        "410000-hotline.he",
        "/api/v1/cases?open=true",
    );
    assert_eq!(queue["items"][0]["text"], "Nobody says why I am red.");
    let transfer = json!({
        "act": "case.transfer", "case": case, "to": "410100-hq", "reason": "the city decided it",
    });
    act(&house, &server, "410000-hotline.he", &transfer);
    let queue = call(
        &house,
        &server,
        "410000-hotline.he",
        "/api/v1/cases?open=true",
    );
    assert_eq!(queue["items"], json!([]));
    let answer = json!({ "act": "case.answer", "case": case, "text": "A test came back." });
    act(&house, &server, "410100-hq.zhao", &answer);
    let seen = &person.get(&server, "/api/v1/me/record").json()["cases"][0];
    assert_eq!(
        (&seen["owner"], &seen["status"]),
        (&json!("410100-hq"), &json!("answered"))
    );
    assert_eq!(seen["transfers"][0]["reason"], "the city decided it");
    assert_eq!(seen["answer"], "A test came back.");
    server.stop();
    let told = told(&house, 1);
    assert!(
        told.contains("410100-hq答复了您的求助：A test came back."),
        "{told}"
    );
    house.run(&["audit"]).done();
}

#[test]
fn whoever_must_see_a_doctor_asks_and_the_code_says_that_care_may_not_be_refused() {
    let house = house();
    let code = house.activation(1);
    let server = Server::start(&house, &["--config", "mingma.toml"]);
    let person = Session::of(&server.activate(1, &code));
    let at = |seconds: i64| house::now().plus_s(seconds).to_string();
    let words = json!({
        "need": "medical", "from": at(60), "until": at(3_600), "text": "dialysis",
    });
    let asked = post(&person, &server, "/api/v1/me/movements", "one", &words);
    assert_eq!(asked.status, 201, "{}", asked.body);
    let told = person.get(&server, "/api/v1/me/code").json();
    assert_eq!(told["movements"][0]["status"], "open");
    let says = told["sentences"].to_string();
    assert!(says.contains("不得因健康码颜色拒绝救治"), "{says}");
    let queue = call(
        &house,
        &server,
        "410100-hq.zhao",
        "/api/v1/movements?open=true",
    );
    assert_eq!(queue["items"][0]["text"], "dialysis");
    let decide = json!({
        "act": "movement.decide", "movement": asked.json()["movement"], "granted": true,
        "reason": "by ambulance",
    });
    act(&house, &server, "410100-hq.zhao", &decide);
    let told = person.get(&server, "/api/v1/me/code").json();
    assert_eq!(told["movements"][0]["status"], "granted");
    assert_eq!(told["colour"], "red", "a movement changes no colour");
    server.stop();
    let told = self::told(&house, 1);
    assert!(told.contains("准予您限时流动：就医"), "{told}");
    house.run(&["audit"]).done();
}

#[test]
fn a_proxy_reads_while_bound_and_both_sides_can_end_it() {
    let house = house();
    let (one, two) = (house.activation(1), house.activation(2));
    let server = Server::start(&house, &["--config", "mingma.toml"]);
    let person = Session::of(&server.activate(1, &one));
    let proxy = Session::of(&server.activate(2, &two));
    let bind = json!({
        "document_type": "resident_id", "document_number": document(2),
        "until": house::now().plus_s(86_400).to_string(),
    });
    let bound = post(&person, &server, "/api/v1/me/proxies", "one", &bind);
    assert_eq!(bound.status, 201, "{}", bound.body);
    let people = proxy.get(&server, "/api/v1/me/people").json();
    let of = people[0]["person"].as_str().unwrap();
    let (code, record) = (
        format!("/api/v1/me/people/{of}/code"),
        format!("/api/v1/me/people/{of}/record"),
    );
    assert_eq!(proxy.get(&server, &code).json()["colour"], "red");
    assert_eq!(
        proxy.get(&server, &record).json()["proxies"][0]["online"],
        true
    );
    // Not the other way round.
    let me = people[0]["proxy"].as_str().unwrap();
    person
        .get(&server, &format!("/api/v1/me/people/{me}/code"))
        .problem(403, "not-bound");
    let ended = person.ask(&server, "DELETE", &format!("/api/v1/me/proxies/{me}"), None);
    assert_eq!(ended.status, 204, "{}", ended.body);
    proxy.get(&server, &code).problem(403, "not-bound");
    let again = proxy.ask(&server, "DELETE", &format!("/api/v1/me/proxies/{of}"), None);
    again.problem(403, "not-bound");
    server.stop();
    let told = told(&house, 1);
    assert!(told.contains("绑定了代办人"), "{told}");
    house.run(&["audit"]).done();
}

#[test]
fn the_glass_opens_a_record_and_the_person_is_told() {
    let house = house();
    let server = Server::start(&house, &[]);
    house.write(
        "find.json",
        &json!({ "document_type": "resident_id", "document_number": document(1) }).to_string(),
    );
    let find = ["call", "POST", "/api/v1/people/find", "--body", "find.json"];
    let find = [&find[..], &["--server", &server.base]].concat();
    let found = house.by("410000-hotline.he", &find).done().json();
    let code = format!("/api/v1/people/{}/code", found["person"].as_str().unwrap());
    let read = ["call", "GET", &code, "--server", &server.base];
    house
        .by("410000-hotline.he", &read)
        .fails(1, &["look-first"]);
    let look = json!({
        "act": "access.break_glass", "person": found["person"], "reason": "found unconscious",
    });
    act(&house, &server, "410000-hotline.he", &look);
    let code = call(&house, &server, "410000-hotline.he", &code);
    assert_eq!(code["colour"], "red");
    server.stop();
    let told = told(&house, 1);
    assert!(told.contains("紧急查阅：410000-hotline"), "{told}");
    assert!(told.contains("found unconscious"), "{told}");
}

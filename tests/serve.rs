//! The server as departments and readers meet it: the real binary, a real directory, real keys.
//!
//! Invariant of these tests: loopback only; they wait for lines, answers and ends, never for time.
//! Everybody here is invented.
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

use house::House;
use intake::report::ReportReader;
use serde_json::Value;
use server::Server;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

const COSE: &str = "application/cose";

/// A house with a signed report of one part, not pushed yet.
fn reported() -> (House, Vec<u8>) {
    let house = House::at_work();
    house.table("cold.csv", 1..4);
    house.sign("cold.csv", "cold.mmr").done();
    let file = std::fs::read(house.path("cold.mmr")).unwrap();
    let part = ReportReader::new(&file[..]).part().unwrap().unwrap();
    // The file of a report of one part is the signed part itself.
    assert_eq!((part.parts, &part.bytes), (1, &file));
    (house, file)
}

#[test]
fn a_signed_report_is_one_entry_however_often_it_is_sent() {
    let (house, report) = reported();
    let before = house.entries();
    let server = Server::start(&house, &[]);
    let first = server.post(&report, COSE);
    assert_eq!(first.status, 201, "{}", first.body);
    let value = first.json();
    assert_eq!(value["entry"], before);
    assert_eq!(value["refusal"], Value::Null);
    let place = first.header("location").to_owned();
    let again = server.post(&report, COSE);
    assert_eq!(again.status, 200, "{}", again.body);
    // How each row fared is told once.
    assert_eq!(value["rows"].as_array().unwrap().len(), 3);
    for field in ["entry", "digest", "at", "refusal"] {
        assert_eq!(again.json()[field], value[field], "{field}");
    }
    let leaf = server.get(&place);
    assert_eq!(leaf.status, 200, "{}", leaf.body);
    assert_eq!(leaf.json()["kind"], "report.push");
    assert_eq!(leaf.json()["rows"]["recorded"], 3);
    assert!(leaf.header("cache-control").contains("immutable"));
    let mut broken = report.clone();
    *broken.last_mut().unwrap() ^= 1;
    let refused = server.post(&broken, COSE).problem(422, "refused");
    assert_eq!(refused["refusal"]["code"], "SIGNATURE_INVALID");
    assert_eq!(refused["entry"], before + 1);
    let checkpoint = server.get("/api/v1/checkpoint");
    assert!(
        checkpoint
            .body
            .starts_with(&format!("{}\n{}\n", house::ORIGIN, before + 2))
    );
    server.stop();
    // What was acknowledged is there when the directory is opened again, and audits.
    assert_eq!(house.entries(), before + 2);
    let pushed = house
        .run(&["report", "push", "cold.mmr", "--json"])
        .done()
        .json();
    assert_eq!(pushed["known_parts"], 1);
    assert_eq!(pushed["entries"][0], value["entry"]);
    house.run(&["audit"]).done();
}

#[test]
fn who_is_being_served_when_it_stops_is_answered() {
    let (house, report) = reported();
    let before = house.entries();
    let server = Server::start(&house, &[]);
    let mut stream = TcpStream::connect(server.address()).unwrap();
    let head = format!(
        "POST /api/v1/submissions HTTP/1.1\r\nhost: x\r\ncontent-type: {COSE}\r\n\
         content-length: {}\r\nexpect: 100-continue\r\n\r\n",
        report.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    // Asked to go on: the server reads the body now.
    let mut go_on = [0_u8; 25];
    stream.read_exact(&mut go_on).unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    server.signal("INT");
    while TcpStream::connect(server.address()).is_ok() {
        std::thread::yield_now();
    }
    stream.write_all(&report).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
    server.end();
    assert_eq!(house.entries(), before + 1);
}

#[test]
fn what_goes_wrong_is_a_problem_of_the_registry_and_no_entry() {
    let (house, report) = reported();
    let before = house.entries();
    let server = Server::start(&house, &[]);
    server.post(b"garbage", COSE).problem(422, "not-signed");
    server
        .post(&[&report[..], &report[..]].concat(), COSE)
        .problem(422, "not-signed");
    server
        .post(&report, "text/plain")
        .problem(415, "media-type");
    server.get("/nothing").problem(404, "not-found");
    server
        .get(&format!("/api/v1/entries/{before}"))
        .problem(404, "entry-unknown");
    let wrong = server.get("/api/v1/submissions");
    wrong.problem(405, "method-not-allowed");
    assert_eq!(wrong.header("allow"), "POST");
    assert_eq!(wrong.header("x-content-type-options"), "nosniff");
    assert_eq!(wrong.header("x-request-id").len(), 36);
    let long = server.raw(
        "POST /api/v1/submissions HTTP/1.1\r\nhost: x\r\ncontent-type: application/cose\r\n\
         content-length: 8388609\r\naccept-language: en\r\n\r\n",
    );
    assert!(long.starts_with("HTTP/1.1 413 "), "{long}");
    assert!(long.contains("\"type\":\"/problems/too-large\""), "{long}");
    assert_eq!(server.get("/health/ready").status, 200);
    let log = server.stop();
    let last: Value = serde_json::from_str(log.lines().last().unwrap()).unwrap();
    assert_eq!(last["route"], "/health/ready");
    assert!(!log.contains("nothing"), "{log}");
    assert_eq!(house.entries(), before);
}

#[test]
fn the_published_site_is_served_as_it_lies_there() {
    let house = House::begun();
    house.run(&["publish", "--out", "site"]).done();
    let server = Server::start(&house, &["--site", "site"]);
    for (path, media_type) in [
        ("/index.html", "text/html; charset=utf-8"),
        ("/checkpoint", "text/plain; charset=utf-8"),
        ("/keys.json", "application/json"),
        ("/did.json", "application/did+json"),
        ("/entries/newest.json", "application/json"),
        ("/tile/0/000.p/1", "application/octet-stream"),
    ] {
        let answer = server.get(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        assert_eq!(answer.header("content-type"), media_type, "{path}");
        assert!(!answer.header("etag").is_empty(), "{path}");
    }
    assert_eq!(
        server.get("/checkpoint").body,
        server.get("/api/v1/checkpoint").body
    );
    let out = server
        .raw("GET /../mingma-data/keys/log.key HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    assert!(out.starts_with("HTTP/1.1 404 "), "{out}");
    server.stop();
}

#[test]
fn a_site_that_is_not_there_is_wrong_usage() {
    let house = House::begun();
    house
        .run(&["serve", "--site", "nowhere"])
        .fails(2, &["nowhere"]);
}

#[test]
fn an_act_longer_than_any_part_is_read_from_an_officer_who_is_known_to_ask_and_from_nobody_else() {
    let house = House::at_work();
    house.write(
        "many.json",
        r#"{"act": "order.propose", "ground": "COLD", "area": "410000", "people": [],
            "reason": "everybody"}"#,
    );
    let ids: String = (0..600_000).map(|n| format!("{n:032x}\n")).collect();
    house.write("many.csv", &ids);
    let before = house.entries();
    let server = Server::start(&house, &[]);
    let sign = |more: &[&str]| {
        let people = [
            "--people",
            "many.csv",
            "--person-key",
            "mingma-data/keys/person.key",
        ];
        let base = ["act", "sign", "many.json", "--server", &server.base];
        house.by("410100-hq.zhao", &[&base[..], &people, more].concat())
    };
    // It was read, decided and is on record: nobody has evidence about these people.
    sign(&["--send"]).fails(1, &["422", "help:"]);
    sign(&["--out", "many.cose"]).done();
    let act = std::fs::read(house.path("many.cose")).unwrap();
    assert!(act.len() > web::SUBMISSION_BYTES_MAX);
    // Whoever sends it whole, unsigned, still hears why it is turned away.
    server.post(&act, COSE).problem(413, "too-large");
    server.stop();
    assert_eq!(house.entries(), before + 1);
}

#[test]
fn a_report_of_many_parts_is_pushed_to_a_server_and_pushed_again_without_harm() {
    let house = House::at_work();
    let before = house.entries();
    house.table("cold.csv", 1..10_003);
    house.sign("cold.csv", "cold.mmr").done();
    let server = Server::start(&house, &[]);
    let push = || {
        house.run(&[
            "report",
            "push",
            "cold.mmr",
            "--server",
            &server.base,
            "--json",
        ])
    };
    let first = push().done().json();
    assert_eq!(first["accepted_parts"], 2);
    assert_eq!(first["rows"]["recorded"], 10_002);
    assert_eq!(first["entries"], serde_json::json!([before, before + 1]));
    let again = push().done().json();
    assert_eq!(
        (&again["accepted_parts"], &again["known_parts"]),
        (&0.into(), &2.into())
    );
    assert_eq!(again["entries"], first["entries"]);
    server.stop();
    house
        .run(&[
            "report",
            "push",
            "cold.mmr",
            "--server",
            "http://127.0.0.1:1",
        ])
        .fails(3, &["127.0.0.1:1", "help:"]);
    assert_eq!(house.entries(), before + 2);
}

/// A signed report about some people.
fn about(house: &House, people: std::ops::Range<u32>) -> Vec<u8> {
    house.table("some.csv", people);
    house.sign("some.csv", "some.mmr").done();
    let bytes = std::fs::read(house.path("some.mmr")).unwrap();
    std::fs::remove_file(house.path("some.mmr")).unwrap();
    bytes
}

#[test]
fn an_organisation_that_sends_more_than_it_ever_did_is_told_to_come_back_tomorrow() {
    let (house, report) = reported();
    let (two, one) = (about(&house, 10..12), about(&house, 20..21));
    let mut forged = about(&house, 30..31);
    *forged.last_mut().unwrap() ^= 1;
    house.write(
        "mingma.toml",
        "[limits]\nquota_times = 1\nquota_floor = 4\n",
    );
    let before = house.entries();
    let server = Server::start(&house, &["--config", "mingma.toml"]);
    assert_eq!(server.post(&report, COSE).status, 201);
    let over = server.post(&two, COSE);
    over.problem(429, "over-quota");
    let wait: u32 = over.header("retry-after").parse().unwrap();
    assert!((1..=86_400).contains(&wait), "{wait}");
    // Bytes in its name that it did not sign use nothing up; what is an entry is answered as ever.
    server.post(&forged, COSE).problem(422, "refused");
    assert_eq!(server.post(&report, COSE).status, 200);
    assert_eq!(server.post(&one, COSE).status, 201);
    let counted = "mingma_submissions_total{outcome=\"over-quota\"} 1\n";
    assert!(server.get("/metrics").body.contains(counted));
    server.stop();
    assert_eq!(house.entries(), before + 3);
    // It is learned from the reports on record.
    std::fs::write(house.path("two.mmr"), &two).unwrap();
    let server = Server::start(&house, &["--config", "mingma.toml"]);
    let push = ["report", "push", "two.mmr", "--server", &server.base];
    let words = ["over-quota", "--from-part 0"];
    // Within the last minutes of a day it is waited for.
    if wait > 1_800 {
        house.run(&push).fails(1, &words);
    }
    server.stop();
    house.write("mingma.toml", "[limits]\nquota_times = 0\n");
    let server = Server::start(&house, &["--config", "mingma.toml"]);
    assert_eq!(server.post(&two, COSE).status, 201);
    server.stop();
}

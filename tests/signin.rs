//! Signing in as officers and people do, with an authenticator in software: the real binary, a real
//! directory. A real browser does the same in `scripts/browser`.
//!
//! Invariant of these tests: loopback only, no waiting; everybody here is invented.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

#[path = "signin/device.rs"]
mod device;
#[path = "cli/house.rs"]
#[allow(dead_code, reason = "this file needs a part of the house")]
mod house;
#[path = "cli/server.rs"]
#[allow(dead_code, reason = "this file needs a part of the server")]
mod server;
#[path = "signin/staff.rs"]
mod staff;

use device::Device;
use house::{House, document};
use serde_json::{Value, json};
use server::{Answer, Server, Session};
use staff::{registrar, sign_in};

/// The officer with a passkey.
const CHECKER: &str = "410100-health.wu";

/// A served house in which an officer has a passkey on record.
fn served(house: &House, roles: &[&str]) -> (Server, Device, String) {
    staff::served(house, CHECKER, "410100-health", roles)
}

/// Drafts an act, has it signed, and sends it.
fn act(server: &Server, session: &Session, device: &Device, act: &Value) -> Answer {
    let drafted = session.ask(server, "POST", "/api/v1/acts/draft", Some(act));
    assert_eq!(drafted.status, 201, "{}", drafted.body);
    let drafted = drafted.json();
    let assertion = device.assertion(drafted["challenge"].as_str().unwrap());
    let body = json!({ "payload": drafted["payload"], "assertion": assertion });
    session.ask(server, "POST", "/api/v1/acts", Some(&body))
}

#[test]
fn an_approval_signed_by_a_passkey_survives_replay_and_the_audit() {
    let house = House::at_work();
    house.evidence(1..4);
    let proposed = house.propose(1..4).done().json();
    let (order, digest) = (&proposed["order"], &proposed["digest"]);
    let (server, device, _) = served(&house, &["checker"]);
    let session = Session::of(&sign_in(&server, &device));
    let approval = json!({ "act": "order.approve", "order": order, "digest": digest });
    let entered = act(&server, &session, &device, &approval);
    assert_eq!(entered.status, 201, "{}", entered.body);
    let leaf = server.get(&format!("/api/v1/entries/{}", entered.json()["entry"]));
    assert_eq!(leaf.json()["kind"], "order.approve");
    assert_eq!(leaf.json()["totals"]["red"], 3);
    server.stop();
    // From the journal alone: by the office, by a fresh set of rows, by the auditor's own code.
    let show = ["order", "show", order.as_str().unwrap(), "--json"];
    assert_eq!(house.run(&show).done().json()["status"], "in_force");
    house.run(&["rebuild"]).done();
    house.run(&["audit"]).done();
    // The passkey is kept, the session is not.
    let server = Server::start(&house, &["--origin", "http://localhost:8080"]);
    session
        .ask(&server, "GET", "/api/v1/caller", None)
        .problem(401, "sign-in-first");
    Session::of(&sign_in(&server, &device));
    server.stop();
}

#[test]
fn an_act_as_text_has_room_for_ten_thousand_people() {
    let house = House::at_work();
    let (server, device, _) = served(&house, &["maker"]);
    let session = Session::of(&sign_in(&server, &device));
    let propose = |people: u32| {
        let ids: Vec<String> = (0..people).map(|id| format!("{id:032x}")).collect();
        json!({
            "act": "order.propose", "ground": "COLD", "area": "410105", "people": ids,
            "reason": "handled a positive item",
        })
    };
    // Through every door, and refused by the ledger: nobody here has evidence.
    let refused = act(&server, &session, &device, &propose(10_000));
    assert_eq!(
        refused.problem(422, "refused")["refusal"]["code"],
        "NO_EVIDENCE"
    );
    let draft = |act: &Value| session.ask(&server, "POST", "/api/v1/acts/draft", Some(act));
    let more = draft(&propose(10_001));
    assert!(matches!(more.status, 400 | 422), "{}", more.body);
    // Told by its length alone, before a byte of it is sent.
    let (cookie, csrf) = (&session.cookie, &session.csrf);
    let long = server.raw(&format!(
        "POST /api/v1/acts/draft HTTP/1.1\r\nhost: x\r\ncookie: {cookie}\r\nx-csrf-token: {csrf}\r\n\
         content-type: application/json\r\ncontent-length: 524289\r\n\r\n"
    ));
    assert!(long.starts_with("HTTP/1.1 413 "), "{long}");
    assert!(long.contains("\"type\":\"/problems/too-large\""), "{long}");
    server.stop();
}

#[test]
fn a_revoked_passkey_ends_the_session_and_not_the_reading_of_what_is_public() {
    let house = House::at_work();
    let (server, device, fingerprint) = served(&house, &["checker"]);
    let session = Session::of(&sign_in(&server, &device));
    let revoke = json!({ "act": "key.revoke", "key": fingerprint, "reason": "lost" });
    registrar(&house, &server, &revoke);
    let caller = session.ask(&server, "GET", "/api/v1/caller", None);
    caller.problem(403, "not-in-office");
    sign_in(&server, &device).problem(403, "not-in-office");
    let checkpoint = session.ask(&server, "GET", "/api/v1/checkpoint", None);
    assert_eq!(checkpoint.status, 200, "{}", checkpoint.body);
    let anew = session.ask_without_token(&server, "POST", "/api/v1/signin/challenge");
    assert_eq!(anew.status, 201, "{}", anew.body);
    server.stop();
}

#[test]
fn a_page_opened_anew_learns_the_token_again_and_signs_out() {
    let house = House::at_work();
    let (one, two) = (house.activation(1), house.activation(1));
    let server = Server::start(&house, &[]);
    server.activate(1, &one).problem(401, "sign-in-failed");
    let mut session = Session::of(&server.activate(1, &two));
    session
        .ask_without_token(&server, "DELETE", "/api/v1/session")
        .problem(403, "csrf-token-missing");
    // Whoever has the cookie and no token can sign in anew all the same.
    let anew = session.ask_without_token(&server, "POST", "/api/v1/signin/challenge");
    assert_eq!(anew.status, 201, "{}", anew.body);
    let caller = session
        .ask_without_token(&server, "GET", "/api/v1/caller")
        .json();
    assert_eq!(caller["kind"], "person");
    assert_eq!(caller["csrf"], session.csrf);
    session.csrf = caller["csrf"].as_str().unwrap().to_owned();
    assert_eq!(
        session
            .ask(&server, "DELETE", "/api/v1/session", None)
            .status,
        204
    );
    session
        .ask(&server, "GET", "/api/v1/caller", None)
        .problem(401, "sign-in-first");
    server.stop();
}

#[test]
fn five_wrong_codes_lock_a_person_out_and_an_erased_person_has_none() {
    let house = House::at_work();
    let (guessed, erased) = (house.activation(1), house.activation(2));
    let erase = [
        "person",
        "erase",
        &document(2),
        "--purpose",
        "asked",
        "--case",
        "E-1",
        "--yes",
    ];
    house.by("410000-hotline.he", &erase).done();
    let server = Server::start(&house, &[]);
    for _ in 0..5 {
        server
            .activate(1, "0000-0000-0000")
            .problem(401, "sign-in-failed");
    }
    let locked = server.activate(1, &guessed);
    locked.problem(429, "locked-out");
    assert_eq!(locked.header("retry-after"), "900");
    server.activate(2, &erased).problem(401, "sign-in-failed");
    server.stop();
}

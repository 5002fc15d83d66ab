//! A server that publishes its own site and issues to people over HTTP, from the key made in a browser
//! to the gate. The real binary, real directories, real keys.
//!
//! Invariant of these tests: loopback only; they ask the server until it answers what they wait for, a
//! bounded number of times; everybody here is invented.
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

#[path = "cli/watch.rs"]
#[allow(dead_code, reason = "this file needs a part of the watch")]
mod watch;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use credential::key::SigningKey;
use credential::presentation::{present, to_text};
use credential::token::Credential;
use house::{House, ISSUER, document, now};
use serde_json::{Value, json};
use server::{Answer, Server, Session};
use std::time::Duration;

const MINE: &str = "/api/v1/me/credentials";
/// How often the server is asked, with a pause each time, until it says what is waited for.
const TRIES: u32 = 600;
const PAUSE: Duration = Duration::from_millis(100);

/// The configuration of a server that publishes every second; with `lists` it cuts them too.
fn configure(house: &House, lists: bool) {
    let mut text =
        "[server]\nsite = \"site\"\npublish = true\npublish_every = 1\n[log]\nrequests = false\n"
            .to_owned();
    if lists {
        text +=
            &format!("[issuing]\nofficer = \"{ISSUER}\"\nkey = \"keys/{ISSUER}.key\"\nevery = 1\n");
    }
    house.write("mingma.toml", &text);
}

/// A server that publishes and cuts.
fn serve(house: &House) -> Server {
    configure(house, true);
    Server::start(house, &["--config", "mingma.toml"])
}

/// Asks until what is waited for is so.
fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    for _ in 0..TRIES {
        if let Some(found) = ask() {
            return found;
        }
        std::thread::park_timeout(PAUSE);
    }
    panic!("in vain: {what}");
}

/// Waits for a number of the server.
fn metric(server: &Server, name: &str, enough: impl Fn(u64) -> bool) -> u64 {
    let front = format!("mingma_{name} ");
    until(name, || {
        let told = server.get("/metrics").body;
        let line = told.lines().find_map(|line| line.strip_prefix(&front))?;
        line.parse().ok().filter(|value| enough(*value))
    })
}

/// Waits for a version of a list with so many reds.
fn listed(server: &Server, red: u64) -> Value {
    until("a list on the site", || {
        let answer = server.get("/lists.json");
        let lists = (answer.status == 200).then(|| answer.json())?;
        let lists = lists["lists"].as_array()?.clone();
        lists.into_iter().find(|list| list["red"] == red)
    })
}

fn phone(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32]).unwrap()
}

/// The public key as a browser exports it.
fn jwk(key: &SigningKey) -> Value {
    let (x, y) = key.public().coordinates();
    json!({
        "kty": "EC", "crv": "P-256", "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y),
        "ext": true, "key_ops": ["verify"],
    })
}

fn ask(person: &Session, server: &Server, keys: &[Value], days: u8) -> Answer {
    let words = json!({ "keys": keys, "days": days });
    person.ask(server, "POST", MINE, Some(&words))
}

/// The bytes of the credentials of an answer.
fn credentials(answer: &Answer) -> Vec<Vec<u8>> {
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.header("cache-control"), "no-store");
    let told = answer.json();
    let told = told["credentials"].as_array().unwrap().iter();
    told.map(|one| URL_SAFE_NO_PAD.decode(one["credential"].as_str().unwrap()))
        .collect::<Result<_, _>>()
        .unwrap()
}

/// List and slot of a credential that the house's own key signed.
fn slot(house: &House, credential: &[u8]) -> (String, u64) {
    let secret = std::fs::read_to_string(house.path("mingma-data/keys/credential.key")).unwrap();
    let secret = domain::ids::from_hex(secret.trim()).unwrap();
    let key = SigningKey::from_bytes(&secret).unwrap().public();
    let read = Credential::read(credential).unwrap();
    let status = &read.verify(&key).unwrap().status;
    (status.uri.clone(), status.idx)
}

/// What a gate says that fetches from the running server.
fn gate(house: &House, server: &Server, credential: &[u8], key: &SigningKey) -> String {
    let fetch = ["trust", "fetch", &server.base, "--trust", "gate"];
    house.run(&fetch).done();
    let at = now();
    let shown = present(credential, key, at.as_unsigned_unix(), None).unwrap();
    let text = to_text(&shown);
    let at = at.to_string();
    let verify = ["verify", &text, "--trust", "gate", "--at", &at, "--json"];
    let verdict = house.run(&verify).json();
    verdict["colour"].as_str().unwrap().to_owned()
}

fn sign_in(house: &House, code: &str) -> (Server, Session) {
    let server = serve(house);
    let person = Session::of(&server.activate(1, code));
    (server, person)
}

/// An officer signs an act with a key file and sends it; gives the answer.
fn act(house: &House, server: &Server, officer: &str, act: &Value) -> Value {
    house.write("act.json", &act.to_string());
    let send = [
        "act",
        "sign",
        "act.json",
        "--send",
        "--server",
        &server.base,
    ];
    house.by(officer, &send).done().json()
}

/// The id of person 1.
fn person_id(house: &House, server: &Server) -> Value {
    let find = json!({ "document_type": "resident_id", "document_number": document(1) });
    house.write("find.json", &find.to_string());
    let find = ["call", "POST", "/api/v1/people/find", "--body", "find.json"];
    let find = [&find[..], &["--server", &server.base]].concat();
    house.by("410000-hotline.he", &find).done().json()["person"].clone()
}

/// Two bodies turn person 1 red, over HTTP.
fn turn_red(house: &House, server: &Server) {
    let propose = json!({
        "act": "order.propose", "ground": "COLD", "area": "410105", "people": [person_id(house, server)],
        "reason": "handled an item",
    });
    let proposed = act(house, server, "410100-hq.zhao", &propose);
    let digest = proposed["digest"].as_str().unwrap();
    let approve = json!({ "act": "order.approve", "order": digest[..32], "digest": digest });
    act(house, server, "410100-health.qian", &approve);
}

#[test]
fn a_person_signs_in_gets_a_code_and_a_gate_reads_green_then_red_from_the_servers_own_site() {
    let house = House::issuing();
    house.evidence(1..2);
    let (server, person) = sign_in(&house, &house.activation(1));
    let key = phone(7);
    let entries = house_entries(&server);
    let issued = credentials(&ask(&person, &server, &[jwk(&key)], 2));
    assert_eq!(issued.len(), 2);
    let again = credentials(&ask(&person, &server, &[jwk(&key)], 1));
    assert_eq!(
        slot(&house, &again[0]),
        slot(&house, &issued[0]),
        "the same slot again"
    );
    let other = credentials(&ask(&person, &server, &[jwk(&phone(8))], 1));
    assert_eq!(
        slot(&house, &other[0]),
        slot(&house, &issued[0]),
        "one slot a person a day"
    );
    listed(&server, 0);
    assert_eq!(gate(&house, &server, &issued[0], &key), "green");
    assert!(
        house_entries(&server) <= entries + 2,
        "lists alone are entries"
    );
    turn_red(&house, &server);
    let list = listed(&server, 1);
    assert_eq!(gate(&house, &server, &issued[0], &key), "red");
    assert_eq!(gate(&house, &server, &other[0], &phone(8)), "red");
    let leaf = server.get(&format!("/api/v1/entries/{}", list["entry"]));
    assert_eq!(leaf.json()["kind"], "list.publish");
    server.stop();
    house.run(&["audit"]).done();
    house.run(&["audit", "--site", "site"]).done();
    // What the command writes is what the server wrote, but for what came since.
    house.run(&["publish", "--out", "site"]).done();
    house.run(&["publish", "--out", "fresh"]).done();
    let same = ["-r", "-q", "site", "fresh"];
    let compared = std::process::Command::new("diff")
        .args(same)
        .current_dir(house.path("."))
        .output()
        .unwrap();
    assert!(compared.status.success(), "{compared:?}");
}

#[test]
fn the_server_asks_its_witnesses_so_that_a_gate_that_asks_for_them_takes_its_lists() {
    let house = House::issuing();
    let (witness, keys) = watch::witness(&house);
    watch::policy(&house, &keys, &witness.address().to_string());
    let (server, person) = sign_in(&house, &house.activation(1));
    let key = phone(7);
    let issued = credentials(&ask(&person, &server, &[jwk(&key)], 1));
    listed(&server, 0);
    let fetch = ["trust", "fetch", &server.base, "--trust", "gate"];
    house
        .run(&[&fetch[..], &["--policy", "henan.policy"]].concat())
        .done();
    assert_eq!(gate(&house, &server, &issued[0], &key), "green");
    // It goes away: nothing is taken back, and the site goes on.
    witness.stop();
    let before = house_entries(&server);
    let look = json!({
        "act": "access.break_glass", "person": person_id(&house, &server), "reason": "unconscious",
    });
    act(&house, &server, "410000-hotline.he", &look);
    metric(&server, "site_entries", |entries| entries > before);
    assert_eq!(gate(&house, &server, &issued[0], &key), "green");
    let log = server.stop();
    assert!(log.contains("too few witnesses"), "{log}");
}

/// How many entries the newest checkpoint covers.
fn house_entries(server: &Server) -> u64 {
    let text = server.get("/api/v1/checkpoint").body;
    text.lines().nth(1).unwrap().parse().unwrap()
}

#[test]
fn what_cannot_be_issued_is_a_problem_and_leaves_nothing() {
    let house = House::issuing();
    let (code, stranger) = (house.activation(1), house.activation(3));
    let (server, person) = sign_in(&house, &code);
    let key = jwk(&phone(7));
    let refused = |keys: &[Value], days: u8| {
        ask(&person, &server, keys, days).problem(422, "field-invalid");
    };
    refused(&[], 1);
    refused(std::slice::from_ref(&key), 0);
    refused(std::slice::from_ref(&key), 8);
    refused(&[key.clone(), key.clone()], 3);
    let mut wrong = key.clone();
    wrong["x"] = key["y"].clone();
    refused(&[wrong], 1);
    let mut private = key.clone();
    private["d"] = key["x"].clone();
    refused(&[private], 1);
    let words = json!({ "keys": [key], "days": 1 });
    let own = [("cookie", &*person.cookie)];
    server
        .ask("POST", MINE, &own, Some(&words))
        .problem(403, "csrf-token-missing");
    server
        .ask("POST", MINE, &[], Some(&words))
        .problem(401, "sign-in-first");
    let unknown = Session::of(&server.activate(3, &stranger));
    ask(&unknown, &server, std::slice::from_ref(&key), 1).problem(403, "name-not-entered");
    for seed in 1..=8 {
        assert_eq!(ask(&person, &server, &[jwk(&phone(seed))], 1).status, 200);
    }
    ask(&person, &server, &[jwk(&phone(9))], 1).problem(409, "too-many-devices");
    assert_eq!(ask(&person, &server, &[jwk(&phone(8))], 1).status, 200);
    server.stop();
}

#[test]
fn without_keys_on_record_nothing_is_issued_and_no_key_is_made() {
    let house = House::at_work();
    let code = house.activation(1);
    let server = Server::start(&house, &[]);
    let person = Session::of(&server.activate(1, &code));
    ask(&person, &server, &[jwk(&phone(7))], 1).problem(404, "no-issuing-key");
    server.get("/lists.json").problem(404, "not-found");
    server.stop();
    assert!(!house.path("mingma-data/keys/credential.key").exists());
}

#[test]
fn a_restarted_server_goes_on_and_a_folder_that_cannot_be_written_stops_nothing_else() {
    let house = House::issuing();
    house.evidence(1..2);
    let code = house.activation(1);
    let server = serve(&house);
    listed(&server, 0);
    server.stop();
    // Entries that came while nobody published.
    house.evidence(2..3);
    // A file stands where a folder belongs: it cannot be written, whoever runs this.
    std::fs::remove_dir_all(house.path("site/entries")).unwrap();
    house.write("site/entries", "");
    let server = serve(&house);
    metric(&server, "site_failures_total", |count| count > 0);
    let person = Session::of(&server.activate(1, &code));
    assert_eq!(ask(&person, &server, &[jwk(&phone(7))], 1).status, 200);
    assert_eq!(server.get("/health/ready").status, 200);
    let doctor = ["doctor", "--config", "mingma.toml", "--json"];
    let report = house.run(&doctor).json();
    let site = finding(&report, "site");
    assert_eq!(site["level"], "warn", "{report}");
    std::fs::remove_file(house.path("site/entries")).unwrap();
    let entries = metric(&server, "site_entries", |entries| entries > 0);
    until("the site has caught up", || {
        let newest = server.get("/entries/newest.json");
        (newest.status == 200 && newest.json()["entries"].as_u64()? >= entries).then_some(())
    });
    let log = server.stop();
    let events = |why: &str| {
        let event = |line: &&str| line.contains("\"event\":\"site\"") && line.contains(why);
        log.lines().filter(event).count()
    };
    assert_eq!(events("entries"), 1, "told once: {log}");
    assert_eq!(events("up to date again"), 1, "{log}");
    let report = house.run(&doctor).json();
    assert_eq!(finding(&report, "site")["level"], "ok", "{report}");
}

fn finding<'a>(report: &'a Value, about: &str) -> &'a Value {
    let mut findings = report["findings"].as_array().unwrap().iter();
    findings.find(|found| found["about"] == about).unwrap()
}

#[test]
fn an_officer_whom_the_ledger_would_refuse_cuts_nothing_and_the_site_is_published_all_the_same() {
    let house = House::issuing();
    let entries = house.entries();
    // Another key than the one on record.
    std::fs::remove_file(house.path(&format!("keys/{ISSUER}.key"))).unwrap();
    house.key(ISSUER);
    let server = serve(&house);
    metric(&server, "site_failures_total", |count| count > 1);
    assert_eq!(metric(&server, "site_entries", |count| count > 0), entries);
    let log = server.stop();
    let told = log.matches("is not the one on record").count();
    assert_eq!(told, 1, "told once: {log}");
    assert_eq!(house.entries(), entries, "nothing was refused");
    let doctor = ["doctor", "--config", "mingma.toml", "--json"];
    let report = house.run(&doctor).json();
    let mut findings = report["findings"].as_array().unwrap().iter();
    let officer = findings
        .find(|found| found["about"] == "issuing" && found["level"] == "fail")
        .unwrap();
    assert!(officer["finding"].as_str().unwrap().contains(ISSUER));
}

#[test]
fn settings_that_do_not_go_together_are_named() {
    let house = House::issuing();
    let check = |text: &str, words: &[&str]| {
        house.write("wrong.toml", text);
        let check = ["config", "check", "wrong.toml"];
        house.run(&check).fails(2, words);
    };
    check(
        "[server]\npublish = true\n",
        &["server.publish", "`server.site` is missing"],
    );
    let officer = format!("[issuing]\nofficer = \"{ISSUER}\"\n");
    check(&officer, &["issuing.officer", "name both"]);
    check(&officer, &["issuing.officer", "server.publish = true"]);
    check(
        "[issuing]\nevery = 0\n",
        &["issuing.every", "between 1 and"],
    );
    check(
        "[server]\nsite = \"people.csv\"\npublish = true\n",
        &["server.site"],
    );
}

//! What everybody sees: counts, decisions, refusals, the rules, proofs, what may be taken.

use super::house::House;
use super::server::{Answer, Server};
use super::{Browser, house};

fn reader() -> Browser {
    Browser {
        language: "en",
        ..Browser::default()
    }
}

/// The count of a measure over all places and grounds.
fn all(answer: &Answer, measure: &str) -> serde_json::Value {
    let counts = answer.json();
    let rows = counts["counts"].as_array().unwrap().clone();
    let mut sums = rows.into_iter();
    let all = sums.find(|row| row["place"].is_null() && row["ground"].is_null());
    all.unwrap()[measure].clone()
}

#[test]
fn a_small_count_is_withheld_in_every_form_and_one_of_the_number_is_shown() {
    let house = House::at_work();
    house.red(1..10);
    let server = Server::start(&house, &[]);
    let few = server.get("/api/v1/counts");
    assert!(all(&few, "red").is_null(), "9 are withheld: {}", few.body);
    assert_eq!(all(&few, "released"), 0, "a zero is shown");
    assert_eq!(
        few.json()["red"],
        9,
        "how many are red now is in every leaf"
    );
    let csv = server.get("/api/v1/counts?format=csv");
    assert!(csv.header("content-type").starts_with("text/csv"));
    assert!(csv.body.contains(",all,all,all,,0,0,0\r\n"), "{}", csv.body);
    let page = reader().get(&server, "/counts");
    assert!(page.body.contains("not shown"), "{}", page.body);
    assert!(!page.body.contains("<rect"), "no bar tells it either");
    server.stop();
    house.red(10..11);
    let server = Server::start(&house, &[]);
    assert_eq!(all(&server.get("/api/v1/counts"), "red"), 10);
    let page = reader().get(&server, "/");
    assert!(page.body.contains("<rect"), "{}", page.body);
    server.stop();
}

#[test]
fn a_day_without_counts_is_zero_and_no_day_is_a_problem() {
    let house = House::at_work();
    let server = Server::start(&house, &[]);
    let before = server.get("/api/v1/counts?day=2001-01-01");
    assert_eq!(all(&before, "red"), 0);
    assert_eq!(before.json()["days"].as_array().unwrap().len(), 14);
    for query in ["day=2022-13-01", "day=today", "format=xml", "place=410100"] {
        let path = format!("/api/v1/counts?{query}");
        server.get(&path).problem(400, "malformed-request");
    }
    let page = reader().get(&server, "/counts?day=2001-01-01");
    assert!(page.body.contains("Nothing was imposed"), "{}", page.body);
    server.stop();
}

#[test]
fn an_order_is_told_by_its_entries_and_by_what_was_said_of_it_and_a_refusal_by_its_rule() {
    let house = house();
    house.evidence(2..3);
    let order = house.propose(2..3).done().json();
    let speaker = house.officer("410100-hq.feng", "410100-hq", "speaker", &house.day(30));
    speaker.done();
    house.write("notice.txt", "经查，<b>应予</b>纠正。");
    let order = order["order"].as_str().unwrap();
    let publish = [
        "statement",
        "publish",
        "--order",
        order,
        "--text-file",
        "notice.txt",
    ];
    house.by("410100-hq.feng", &publish).done();
    house.write("act.json", r#"{ "act": "area.lift", "number": "none" }"#);
    let entries = house.entries();
    let server = Server::start(&house, &[]);
    let sent = [
        "act",
        "sign",
        "act.json",
        "--send",
        "--server",
        &server.base,
    ];
    house.by("410100-hq.zhao", &sent);
    let mut browser = reader();
    let orders = browser.get(&server, "/orders");
    assert_eq!(orders.status, 200, "{}", orders.body);
    for words in [
        "propose an order",
        "approve an order",
        "No statement has been published",
        "No second body has decided",
        "经查，&lt;b&gt;应予&lt;/b&gt;纠正。",
    ] {
        assert!(orders.body.contains(words), "no {words}: {}", orders.body);
    }
    let refused = browser.get(&server, "/refused");
    assert!(
        refused.body.contains(&format!("href=\"/log/{entries}\"")),
        "{}",
        refused.body
    );
    assert!(refused.body.contains("What to do"), "{}", refused.body);
    let older = browser.get(&server, &format!("/refused?before={entries}"));
    assert!(!older.body.contains(&format!("href=\"/log/{entries}\"")));
    let front = browser.get(&server, "/");
    assert!(
        front.body.contains(&format!("href=\"/log/{entries}\"")),
        "{}",
        front.body
    );
    server.stop();
}

#[test]
fn the_rules_are_read_as_articles_and_what_changed_is_told_in_words() {
    let house = House::at_work();
    house.pack("next");
    let path = house.path("next").join("pack.toml");
    let pack = std::fs::read_to_string(&path).unwrap();
    let pack = pack.replace("version = \"1\"", "version = \"2\"");
    std::fs::write(
        &path,
        pack.replace("appeal_hours = 24", "appeal_hours = 12"),
    )
    .unwrap();
    let first = house.entries() - 1;
    house.registrar(&["pack", "adopt", "next"]).done();
    let server = Server::start(&house, &[]);
    let mut browser = reader();
    let page = browser.get(&server, "/rules");
    assert_eq!(page.status, 200, "{}", page.body);
    for words in [
        "Article 1",
        "id=\"article-30\"",
        "Our default, not law",
        "within 12 hours",
        "version 2",
    ] {
        assert!(page.body.contains(words), "no {words}");
    }
    let before = browser.get(&server, &format!("/rules/{first}"));
    assert!(before.body.contains("no longer in force") && before.body.contains("within 24 hours"));
    let changed = browser.get(&server, &format!("/rules/{}/changes", first + 1));
    for words in [
        "milder",
        "Time to answer an objection",
        "24 hours",
        "12 hours",
    ] {
        assert!(changed.body.contains(words), "no {words}: {}", changed.body);
    }
    let back = browser.get(
        &server,
        &format!("/rules/{first}/changes?since={}", first + 1),
    );
    assert!(back.body.contains("stricter"), "{}", back.body);
    for path in ["/rules/0", "/rules/x", &format!("/rules/{first}/changes")] {
        assert_eq!(browser.get(&server, path).status, 404, "{path}");
    }
    let packs = server.get("/api/v1/packs").json();
    assert_eq!(packs[1]["in_force"], true);
    let digest = packs[0]["digest"].as_str().unwrap();
    assert_eq!(server.get(&format!("/api/v1/packs/{digest}")).status, 200);
    server.get("/api/v1/packs/00").problem(404, "not-found");
    server.stop();
}

#[test]
fn a_proof_is_checked_by_its_own_bytes_and_a_forged_one_does_not_hold() {
    let house = house();
    let server = Server::start(&house, &[]);
    let proof = server.get("/api/v1/entries/3/proof");
    assert_eq!(proof.header("content-type"), "text/plain; charset=utf-8");
    assert!(
        proof.body.starts_with("c2sp.org/tlog-proof@v1\nextra "),
        "{}",
        proof.body
    );
    server
        .get("/api/v1/entries/999999/proof")
        .problem(404, "entry-unknown");
    server
        .get("/api/v1/entries/03/proof")
        .problem(400, "malformed-request");
    let page = reader().get(&server, "/log/3");
    for words in [
        "id=\"check-here\"",
        "/api/v1/entries/3/proof",
        "verify-proof 3.proof",
    ] {
        assert!(page.body.contains(words), "no {words}: {}", page.body);
    }
    server.stop();
    house.write("3.proof", &proof.body);
    house.run(&["publish", "--out", "site"]).done();
    let check = ["log", "verify-proof", "3.proof", "--vkey", "site/vkey"];
    house.run(&check).done();
    let extra = proof.body.lines().nth(1).unwrap();
    let other = extra.replacen('A', "B", 1);
    house.write("3.proof", &proof.body.replace(extra, &other));
    house.run(&check).fails(4, &["does not hold"]);
}

#[test]
fn whatever_may_be_taken_is_there_and_every_problem_says_what_to_do() {
    let house = house();
    house.run(&["publish", "--out", "site"]).done();
    let site = house.path("site");
    let server = Server::start(&house, &["--site", site.to_str().unwrap()]);
    let page = reader().get(&server, "/data");
    let links = page.body.split("<td><a href=\"").skip(1);
    let links: Vec<&str> = links.filter_map(|rest| rest.split('"').next()).collect();
    assert!(links.len() > 12, "{links:?}");
    for link in links {
        assert_eq!(server.get(link).status, 200, "{link}");
    }
    let problem = reader().get(&server, "/problems/writes-are-down");
    for words in [
        "What happened",
        "What to do",
        "Whom to call",
        "12345",
        "怎么办",
    ] {
        assert!(problem.body.contains(words), "no {words}: {}", problem.body);
    }
    server.stop();
}

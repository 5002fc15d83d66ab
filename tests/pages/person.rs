//! A person's own pages: the code with its reasons, objections, history, family, paper, going out,
//! questions and data.

use super::{Browser, token};
use crate::house::{House, document};
use crate::server::{Answer, Server};

const COUNTER: &str = "410000-hotline.counter";
const PAGES: &[&str] = &[
    "/my",
    "/my/record",
    "/my/appeals",
    "/my/history",
    "/my/family",
    "/my/paper",
    "/my/out",
    "/my/questions",
    "/my/data",
];

/// A house that issues, with a counter, in which person 1 is red by an order.
fn house() -> House {
    let house = House::issuing();
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

fn english() -> Browser {
    Browser {
        language: "en",
        ..Browser::default()
    }
}

/// What a hidden field of a page carries, the first time after a mark.
fn field(page: &Answer, after: &str, name: &str) -> String {
    let (_, rest) = page.body.split_once(after).unwrap();
    let (_, rest) = rest
        .split_once(&format!("name=\"{name}\" value=\""))
        .unwrap();
    rest.split('"').next().unwrap().to_owned()
}

fn demand(page: &Answer, words: &[&str]) {
    for words in words {
        assert!(page.body.contains(words), "no `{words}` in {}", page.body);
    }
}

/// Sends a form of a page again with other words.
fn send(
    browser: &mut Browser,
    server: &Server,
    page: &str,
    to: &str,
    once: &str,
    rest: &str,
) -> Answer {
    let csrf = token(&browser.get(server, page));
    browser.post(server, to, &format!("csrf={csrf}&once={once}&{rest}"))
}

#[test]
fn a_person_reads_why_by_whom_and_the_way_out_objects_once_and_keeps_what_was_typed() {
    let house = house();
    let code = house.activation(1);
    let server = Server::start(&house, &["--config", "mingma.toml"]);
    let mut browser = english();
    for path in PAGES {
        assert_eq!(browser.get(&server, path).status, 401, "{path}");
    }
    browser.sign_in(&server, 1, &code);
    for path in PAGES {
        let page = browser.get(&server, path);
        assert_eq!(
            (page.status, page.header("cache-control")),
            (200, "no-store"),
            "{path}"
        );
        assert!(!page.body.contains(&document(1)), "no document on {path}");
        assert!(page.body.len() < 40_000, "{path}: {}", page.body.len());
    }
    let page = browser.get(&server, "/my");
    let order = [
        "Why",
        "Decided by",
        "410100-hq",
        "Approved by",
        "410100-health",
        "Since, and until",
        " left",
        "Green earlier",
        "The rule",
        "Recorded in the public log",
        "This did not happen to me",
        "Object to this",
    ];
    let mut rest = page.body.as_str();
    for words in order {
        let (_, after) = rest
            .split_once(words)
            .unwrap_or_else(|| panic!("no `{words}` in its place: {}", page.body));
        rest = after;
    }
    objects(&mut browser, &server, &page);
    server.stop();
}

/// Disputes a fact of the code's page, once; the second time what was typed is kept.
fn objects(browser: &mut Browser, server: &Server, page: &Answer) {
    let evidence = field(page, "This did not happen to me", "about");
    let words = format!("about={evidence}&text=I+was+at+home.");
    let filed = send(browser, server, "/my", "/my/appeals", "one", &words);
    assert_eq!(
        (filed.status, filed.header("location")),
        (303, "/my/appeals")
    );
    let mine = browser.get(server, "/my/appeals");
    demand(
        &mine,
        &["I was at home.", " left", "If nobody answers by then"],
    );
    let twice = format!("about={evidence}&text=I+say+it+%3Ctwice%3E.");
    let refused = send(browser, server, "/my", "/my/appeals", "two", &twice);
    assert_eq!(refused.status, 422);
    demand(
        &refused,
        &[
            "role=\"alert\"",
            "APPEAL_PENDING",
            "I say it &lt;twice&gt;.</textarea>",
        ],
    );
    let record = browser.get(server, "/my/record");
    assert!(
        !record.body.contains("name=\"about\""),
        "its clock stands there"
    );
    let history = browser.get(server, "/my/history");
    demand(
        &history,
        &[
            "Green → Red",
            "a measure began",
            "Decided by 410100-hq",
            "help",
            "No other body was given",
        ],
    );
}

#[test]
fn whom_a_person_lets_in_reads_the_same_at_an_address_that_names_nobody_until_it_ends() {
    let house = house();
    let (one, two) = (house.activation(1), house.activation(2));
    let server = Server::start(&house, &["--config", "mingma.toml"]);
    let (mut red, mut friend) = (english(), english());
    red.sign_in(&server, 1, &one);
    friend.sign_in(&server, 2, &two);
    assert_eq!(friend.get(&server, "/my/family/1").status, 403);
    let wrong = "document_type=resident_id&document_number=990000199001010000&days=30";
    let failed = send(&mut red, &server, "/my/family", "/my/family", "one", wrong);
    assert_eq!(failed.status, 422);
    demand(&failed, &["role=\"alert\"", "value=\"990000199001010000\""]);
    let bind = format!(
        "document_type=resident_id&document_number={}&days=30",
        document(2)
    );
    let bound = send(&mut red, &server, "/my/family", "/my/family", "two", &bind);
    assert_eq!(
        (bound.status, bound.header("location")),
        (303, "/my/family")
    );
    let list = friend.get(&server, "/my/family");
    demand(
        &list,
        &[
            "Person 1 of your list",
            "Red",
            "href=\"/my/family/1\"",
            " left",
        ],
    );
    let seen = friend.get(&server, "/my/family/1");
    demand(&seen, &["410100-health", "CC-1", "call 12345"]);
    assert!(
        !seen.body.contains("<textarea"),
        "whoever reads for another files nothing"
    );
    for place in ["0", "2", "18446744073709551615"] {
        assert_eq!(
            friend.get(&server, &format!("/my/family/{place}")).status,
            403,
            "{place}"
        );
    }
    let end = format!("end={}", field(&list, "End this", "end"));
    let ended = send(
        &mut friend,
        &server,
        "/my/family",
        "/my/family",
        "three",
        &end,
    );
    assert_eq!(ended.status, 303, "{}", ended.body);
    assert_eq!(friend.get(&server, "/my/family/1").status, 403);
    let again = send(
        &mut friend,
        &server,
        "/my/family",
        "/my/family",
        "four",
        &end,
    );
    assert_eq!(again.status, 403, "there is nothing more to end");
    server.stop();
}

#[test]
fn a_person_asks_to_go_out_asks_a_question_takes_a_copy_and_prints_a_week() {
    let house = house();
    let code = house.activation(1);
    let server = Server::start(&house, &["--config", "mingma.toml"]);
    let mut browser = english();
    browser.sign_in(&server, 1, &code);
    goes_out(&house, &mut browser, &server);
    asks(&mut browser, &server);
    let file = browser.get(&server, "/my/data/file");
    assert!(file.header("content-disposition").contains("attachment"));
    assert_eq!(file.json()["record"]["cases"].as_array().unwrap().len(), 1);
    let sheet = send(&mut browser, &server, "/my/paper", "/my/paper", "five", "");
    assert_eq!(
        (sheet.status, sheet.header("cache-control")),
        (200, "no-store")
    );
    demand(
        &sheet,
        &["样*甲", &document(1)[14..], &house.day(0), &house.day(6)],
    );
    assert_eq!(sheet.body.matches("<svg").count(), 7);
    assert!(!sheet.body.contains(&document(1)), "no document on a sheet");
    server.stop();
    let mut stranger = english();
    let server = Server::start(&house, &["--config", "mingma.toml"]);
    let problem = stranger.get(&server, "/my/data/file");
    assert_eq!(problem.status, 401);
    demand(&problem, &["<!DOCTYPE html>", "href=\"/signin\""]);
    server.stop();
}

/// Asks to go out, too long at first.
fn goes_out(house: &House, browser: &mut Browser, server: &Server) {
    let page = browser.get(server, "/my/out");
    demand(
        &page,
        &["For medical care you need no permission", "datetime-local"],
    );
    let (from, until) = (
        format!("{}T08:00", house.day(1)),
        format!("{}T08:00", house.day(3)),
    );
    let long = format!("need=medical&from={from}&until={until}&text=Dialysis+at+ten.");
    let refused = send(browser, server, "/my/out", "/my/out", "one", &long);
    assert_eq!(refused.status, 422);
    demand(
        &refused,
        &["MOVEMENT_INVALID", "Dialysis at ten.</textarea>", &from],
    );
    let short = format!(
        "need=medical&from={from}&until={}T20:00&text=Dialysis+at+ten.",
        house.day(1)
    );
    assert_eq!(
        send(browser, server, "/my/out", "/my/out", "two", &short).status,
        303
    );
    let asked = browser.get(server, "/my/out");
    demand(
        &asked,
        &[
            "medical care · waits for its answer",
            " left",
            "One request waits",
        ],
    );
}

/// Asks a question, without words at first.
fn asks(browser: &mut Browser, server: &Server) {
    let empty = send(
        browser,
        server,
        "/my/questions",
        "/my/questions",
        "three",
        "text=+",
    );
    assert_eq!(empty.status, 422, "nothing was asked");
    let question = "text=Why+was+my+flat+sealed%3F";
    assert_eq!(
        send(
            browser,
            server,
            "/my/questions",
            "/my/questions",
            "four",
            question
        )
        .status,
        303
    );
    let mine = browser.get(server, "/my/questions");
    demand(
        &mine,
        &["Why was my flat sealed?", "410000-hotline", " left"],
    );
}

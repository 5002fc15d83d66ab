//! Pages, asked for as a browser without script does: what they say, to whom, and what they keep quiet.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]
#![expect(
    unused_crate_dependencies,
    reason = "the package's dependencies are the library's"
)]

#[path = "pages/desks.rs"]
mod desks;
#[path = "signin/device.rs"]
mod device;
#[path = "cli/house.rs"]
#[allow(dead_code, reason = "this file needs a part of the house")]
mod house;
#[path = "pages/public.rs"]
mod public;
#[path = "cli/server.rs"]
#[allow(dead_code, reason = "this file needs a part of the server")]
mod server;

#[path = "pages/person.rs"]
mod person;
#[path = "signin/staff.rs"]
mod staff;

#[path = "pages/days.rs"]
mod days;
#[path = "pages/reports.rs"]
mod reports;

use house::{House, document};
use server::{Answer, Server};
use std::io::{BufRead as _, BufReader};

/// A browser without script: a cookie, and the tokens of the forms that it was shown.
#[derive(Default)]
struct Browser {
    cookie: String,
    language: &'static str,
}

impl Browser {
    fn ask(&mut self, server: &Server, method: &str, path: &str, form: Option<&str>) -> Answer {
        let mut headers = vec![
            ("accept", "text/html,application/xhtml+xml"),
            ("accept-language", self.language),
        ];
        let cookie = self.cookie.clone();
        if !cookie.is_empty() {
            headers.push(("cookie", &cookie));
        }
        let answer = match form {
            Some(form) => server.form(method, path, &headers, form),
            None => server.ask(method, path, &headers, None),
        };
        let set = answer.header("set-cookie").split(';').next().unwrap();
        if !set.is_empty() {
            self.cookie = set.to_owned();
        }
        answer
    }

    fn get(&mut self, server: &Server, path: &str) -> Answer {
        self.ask(server, "GET", path, None)
    }

    fn post(&mut self, server: &Server, path: &str, form: &str) -> Answer {
        self.ask(server, "POST", path, Some(form))
    }

    fn sign_in(&mut self, server: &Server, number: u32, code: &str) -> Answer {
        let document = document(number);
        let form = format!("document_type=resident_id&document_number={document}&code={code}");
        self.post(server, "/signin", &form)
    }
}

/// The token that the forms of a page carry.
fn token(page: &Answer) -> String {
    let (_, rest) = page.body.split_once("name=\"csrf\" value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

/// A house with a counter, in which person 1 is red by an order.
fn house() -> House {
    let house = House::at_work();
    house.red(1..2);
    house
}

#[test]
fn everybody_reads_the_front_page_in_either_language_under_a_strict_policy() {
    let house = house();
    let server = Server::start(&house, &[]);
    for (language, tag, words) in [
        ("zh-CN", "zh-CN", "每一个颜色都要说得出理由"),
        ("en", "en", "Every colour has to show its reasons"),
        ("fr", "zh-CN", "每一个颜色都要说得出理由"),
    ] {
        let mut browser = Browser {
            language,
            ..Browser::default()
        };
        let page = browser.get(&server, "/");
        assert_eq!(page.status, 200, "{}", page.body);
        assert!(page.body.contains(&format!("<html lang=\"{tag}\"")));
        assert!(page.body.contains(words), "{}", page.body);
        let policy = page.header("content-security-policy");
        assert!(policy.contains("default-src 'none'"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        assert!(!page.body.contains(" style="), "no style in a page");
        assert!(!page.body.contains("<script>"), "no script in a page");
    }
    server.stop();
}

#[test]
fn a_choice_of_language_is_remembered_and_leads_nowhere_else() {
    let house = house();
    let server = Server::start(&house, &[]);
    let mut browser = Browser::default();
    let chosen = browser.post(&server, "/reading", "language=en&then=%2Fhow");
    assert_eq!((chosen.status, chosen.header("location")), (303, "/how"));
    let page = browser.get(&server, "/how");
    assert!(page.body.contains("How it works"), "{}", page.body);
    let larger = browser.post(&server, "/reading", "size=large&then=%2F%2Fother.example");
    assert_eq!((larger.status, larger.header("location")), (303, "/"));
    let page = browser.get(&server, "/how");
    assert!(page.body.contains("data-size=\"large\""));
    assert!(page.body.contains("How it works"));
    server.stop();
}

#[test]
fn a_person_signs_in_with_a_form_reads_why_and_signs_out_of_everything() {
    let house = house();
    let code = house.activation(1);
    let server = Server::start(&house, &[]);
    let mut browser = Browser {
        language: "en",
        ..Browser::default()
    };
    let stranger = browser.get(&server, "/my");
    assert_eq!(stranger.status, 401);
    assert!(stranger.body.contains("href=\"/signin\""));
    let wrong = browser.sign_in(&server, 1, "0000-0000-0000");
    assert_eq!(wrong.status, 401, "{}", wrong.body);
    let signed_in = browser.sign_in(&server, 1, &code);
    assert_eq!(
        (signed_in.status, signed_in.header("location")),
        (303, "/my")
    );
    let page = browser.get(&server, "/my");
    assert_eq!(
        (page.status, page.header("cache-control")),
        (200, "no-store")
    );
    for words in ["Red", "Ends by itself", "/log/", "Medical care"] {
        let found = page.body.to_lowercase().contains(&words.to_lowercase());
        assert!(found, "no {words} in {}", page.body);
    }
    let title = page.body.split_once("<title>").unwrap().1;
    let title = title.split("</title>").next().unwrap();
    assert_eq!(title, "My code · Mingma 明码");
    assert!(!page.body.contains(&document(1)), "no document on a page");
    let without = browser.post(&server, "/signout", "");
    assert_eq!(without.status, 403, "a form of another page");
    let out = browser.post(&server, "/signout", &format!("csrf={}", token(&page)));
    assert_eq!(out.header("clear-site-data"), "\"cache\", \"storage\"");
    assert_eq!(browser.get(&server, "/my").status, 401);
    server.stop();
}

#[test]
fn no_form_counts_without_the_token_of_its_page() {
    let house = house();
    let code = house.activation(1);
    let entries = house.entries();
    let server = Server::start(&house, &[]);
    let mut browser = Browser::default();
    browser.sign_in(&server, 1, &code);
    for path in [
        "/signout",
        "/reading",
        "/my/appeals",
        "/my/family",
        "/my/out",
        "/my/paper",
        "/my/questions",
        "/desk/order",
        "/desk/orders/00",
        "/desk/appeals/00",
        "/desk/appeals/00/look",
        "/desk/hotline",
        "/desk/hotline/00",
        "/desk/hotline/00/activation",
        "/desk/cases/00",
        "/desk/office",
        "/desk/days",
        "/desk/report/00",
    ] {
        let form = "csrf=00&day=2022-06-13&then=/&about=COLD&text=x&ground=COLD&area=410100&people=1&reason=x\
                    &decision=approve&once=1";
        let answer = browser.post(&server, path, form);
        assert_eq!(answer.status, 403, "{path}: {}", answer.body);
        assert!(answer.body.contains("<!DOCTYPE html>"), "{path}");
        let answer = browser.ask(&server, "POST", path, None);
        assert_eq!(answer.status, 415, "{path}: {}", answer.body);
    }
    server.stop();
    assert_eq!(house.entries(), entries);
}

#[test]
fn a_form_of_another_site_does_nothing_signed_in_or_not() {
    let house = house();
    let server = Server::start(&house, &[]);
    for (site, status) in [
        ("cross-site", 403),
        ("same-site", 403),
        ("same-origin", 303),
    ] {
        let headers = [("accept", "text/html"), ("sec-fetch-site", site)];
        for (path, form) in [("/reading", "language=en&then=%2F"), ("/signout", "")] {
            let answer = server.form("POST", path, &headers, form);
            assert_eq!(answer.status, status, "{site} {path}");
        }
    }
    server.stop();
}

#[test]
fn a_page_shows_no_more_than_its_route() {
    let house = house();
    let code = house.activation(1);
    let server = Server::start(&house, &[]);
    let mut browser = Browser::default();
    let desks = [
        "/desk/orders",
        "/desk/order",
        "/desk/judgement",
        "/desk/appeals",
        "/desk/appeals/00",
        "/desk/hotline",
        "/desk/hotline/00",
        "/desk/cases",
        "/desk/cases/00",
        "/desk/oversight",
        "/desk/office",
        "/desk/office/bodies",
        "/desk/reports",
        "/desk/reports/00",
        "/desk/report",
        "/desk/report/00",
        "/desk/template?kind=cold_chain",
        "/desk/days",
    ];
    for path in desks.into_iter().chain(["/my/record"]) {
        assert_eq!(browser.get(&server, path).status, 401, "{path}");
    }
    browser.sign_in(&server, 1, &code);
    for path in desks {
        assert_eq!(browser.get(&server, path).status, 403, "{path}");
    }
    let page = browser.get(&server, "/my/record");
    assert_eq!(page.status, 200, "{}", page.body);
    assert_eq!(
        browser
            .post(&server, "/play/maker", &format!("csrf={}", token(&page)))
            .status,
        404
    );
    server.stop();
}

#[test]
fn the_log_is_read_entry_by_entry_and_what_is_not_there_is_said_with_a_next_step() {
    let house = house();
    let server = Server::start(&house, &[]);
    let mut browser = Browser {
        language: "en",
        ..Browser::default()
    };
    let newest = browser.get(&server, "/log");
    assert!(newest.body.contains("href=\"/log/0\""), "{}", newest.body);
    let to = browser.get(&server, "/log?entry=0");
    assert_eq!((to.status, to.header("location")), (303, "/log/0"));
    let entry = browser.get(&server, "/log/0");
    assert!(entry.body.contains("accepted"), "{}", entry.body);
    for path in ["/log/999999", "/log/x", "/nothing", "/log?entry=x"] {
        let page = browser.get(&server, path);
        assert!((400..405).contains(&page.status), "{path}");
        assert!(page.body.contains("href=\"/\""), "{path}: {}", page.body);
        assert!(page.body.contains("12345"), "{path}: {}", page.body);
    }
    // Whoever is no browser is answered as before.
    server.get("/nothing").problem(404, "not-found");
    server.stop();
}

#[test]
fn the_log_is_told_as_it_grows_until_the_server_stops() {
    let house = house();
    let entries = house.entries();
    let server = Server::start(&house, &[]);
    let agent = ureq::agent();
    let stream = agent.get(format!("{}/live", server.base)).call().unwrap();
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    let lines = BufReader::new(stream.into_body().into_reader()).lines();
    let mut told = lines.map_while(Result::ok).filter_map(|line| {
        let count = line.strip_prefix("data: ")?;
        count.parse::<u64>().ok()
    });
    let now = told.by_ref().find(|told| *told >= entries);
    assert_eq!(now, Some(entries));
    house.write("act.json", r#"{ "act": "area.lift", "number": "none" }"#);
    let send = [
        "act",
        "sign",
        "act.json",
        "--send",
        "--server",
        &server.base,
    ];
    house.by("410100-hq.zhao", &send);
    assert_eq!(told.next(), Some(entries + 1), "the refusal is an entry");
    server.stop();
    assert_eq!(told.next(), None, "no stream outlives the server");
}

//! Two ledgers and their servers: a city closes its days in its own, and delivers them to the
//! province's.
//!
//! Invariant of these tests: loopback only; they wait for lines, answers and ends, never for time. What
//! is lost on the way is lost by a proxy that cuts the connection. Everybody here is invented.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

#[path = "daily/cutter.rs"]
mod cutter;
#[path = "cli/house.rs"]
#[allow(
    dead_code,
    clippy::panic,
    reason = "this file needs a part of the house"
)]
mod house;
#[path = "cli/server.rs"]
#[allow(
    dead_code,
    clippy::panic,
    reason = "this file needs a part of the server"
)]
mod server;

use cutter::{Cut, Cutter};
use domain::act::{Act, ActBody, DayDelivery, DaySource};
use domain::colour::Ground;
use domain::division::DivisionCode;
use domain::state::records::DayCount;
use house::{House, Ran};
use intake::key::KeyPair;
use serde_json::Value;
use server::Server;

const CITY: &str = "log.example/zhengzhou";
const PROVINCE: &str = "log.example/province";
const WU: &str = "410100-data.wu";
const ZHENG: &str = "410000-data.zheng";

/// Registers a bureau with its reporting officer, whose key may come from another house.
fn bureau(house: &House, org: &str, division: &str, officer: &str, key: &str) {
    house.key(org);
    let public = format!("keys/{org}.key");
    let kind = ["--kind", "big_data_bureau", "--division", division];
    let named = ["--name", org, "--public-key", &public];
    let act = [&["org", "register", org][..], &kind, &named].concat();
    house.registrar(&act).done();
    let (from, until) = (house.day(-2), house.day(90));
    let term = ["--from", &from, "--until", &until];
    let who = ["--org", org, "--role", "reporter", "--holder", officer];
    let key = ["--public-key", key];
    let act = [&["officer", "register", officer][..], &who, &term, &key].concat();
    house.registrar(&act).done();
}

/// A city with evidence of today, and its own ledger.
fn city() -> House {
    let house = House::at_work_as(CITY);
    house.key(WU);
    let key = format!("keys/{WU}.key");
    bureau(&house, "410100-data", "4101", WU, &key);
    house.evidence(1..4);
    house
}

/// The province's ledger, where the city's officer is registered with the same key.
fn province(city: &House) -> House {
    let house = House::at_work_as(PROVINCE);
    house.key(ZHENG);
    let key = format!("keys/{ZHENG}.key");
    bureau(&house, "410000-data", "41", ZHENG, &key);
    let key = city.path(&format!("keys/{WU}.key"));
    bureau(&house, "410100-data", "4101", WU, key.to_str().unwrap());
    house
}

fn close(city: &House, day: &str) {
    city.by(WU, &["daily", "close", "--day", day]).done();
}

fn send(city: &House, from: &Server, to: &str, day: &str) -> Ran {
    let act = ["daily", "send", "--day", day, "--from", &from.base];
    city.by(WU, &[&act[..], &["--to", to, "--json"]].concat())
}

/// What the province's server tells its officer of a day.
fn told(province: &House, server: &Server, day: &str) -> Value {
    let path = format!("/api/v1/days?day={day}");
    let call = ["call", "GET", &path, "--server", &server.base];
    province.by(ZHENG, &call).done().json()
}

/// The outbox line of a day.
fn line(city: &House, from: &Server, day: &str) -> Value {
    let outbox = ["daily", "outbox", "--from", &from.base, "--json"];
    let rows = city.by(WU, &outbox).done().json();
    let mut rows = rows.as_array().unwrap().iter();
    rows.find(|row| row["day"] == day).unwrap().clone()
}

/// How many entries of a ledger delivered a day, and how many of them were accepted.
fn deliveries(house: &House) -> (usize, usize) {
    let log = house.run(&["log", "tail", "-n", "100", "--json"]).done();
    let log = log.json();
    let entries = log.as_array().unwrap().iter();
    let all: Vec<_> = entries
        .filter(|leaf| leaf["kind"] == "daily.deliver")
        .collect();
    let accepted = all.iter().filter(|leaf| leaf["refused"].is_null());
    (all.len(), accepted.count())
}

#[test]
fn a_day_is_closed_in_the_city_delivered_to_the_province_and_received_there() {
    let city = city();
    let province = province(&city);
    let (today, yesterday) = (city.day(0), city.day(-1));
    for day in [&today, &yesterday] {
        close(&city, day);
    }
    let vkey = province.run(&["log", "vkey"]).done().out;
    let below = Server::start(&city, &[]);
    let above = Server::start(&province, &[]);
    assert_eq!(line(&city, &below, &today)["state"], "closed");
    let before = told(&province, &above, &today);
    assert_eq!(before["missing"]["divisions"][0], "410100");
    assert_eq!(before["items"].as_array().unwrap().len(), 0);

    let sent = ["daily", "send", "--day", &today, "--from", &below.base];
    let more = ["--to", &above.base, "--log-key", vkey.trim(), "--json"];
    let receipt = city.by(WU, &[&sent[..], &more].concat()).done().json();
    send(&city, &below, &above.base, &yesterday).done();
    assert_eq!(receipt["org"], "410100-data");
    assert_eq!(receipt["known"], false);
    let checkpoint = receipt["checkpoint"].as_str().unwrap();
    assert!(checkpoint.starts_with(&format!("{PROVINCE}\n")));

    // What stands above is what was closed below.
    let after = told(&province, &above, &today);
    assert_eq!(after["missing"]["divisions"].as_array().unwrap().len(), 0);
    let day = &after["items"][0];
    let own = ["call", "GET", "/api/v1/days", "--server", &below.base];
    let own = city.by(WU, &own).done().json();
    let items = own["items"].as_array().unwrap();
    let closed = items.iter().find(|item| item["day"] == today).unwrap();
    assert!(!closed["counts"].as_object().unwrap().is_empty());
    assert_eq!(day["counts"], closed["counts"]);
    assert_eq!(day["source"]["ledger"], CITY);
    assert_eq!(day["source"]["entry"], closed["closed"]["entry"]);
    assert_eq!(day["source"]["closed_at"], closed["closed"]["at"]);
    assert_eq!(day["closed"]["entry"], receipt["entry"]);
    let in_time = day["closed"]["at"].as_str() <= day["due"].as_str();
    assert_eq!(day["closed_late"], !in_time);

    // Yesterday came after its hour, and both sides say so.
    let late = &told(&province, &above, &yesterday)["items"][0];
    assert_eq!(late["closed_late"], true);
    let row = line(&city, &below, &yesterday);
    assert_eq!(
        (&row["state"], &row["late"]),
        (&"received".into(), &true.into())
    );

    below.stop();
    above.stop();
    let receive = ["daily", "receive", "--division", "4101", "--day", &today];
    province.by(ZHENG, &receive).done();
    let list = province.run(&["daily", "list", "--json"]).done().json();
    assert_eq!(list[1]["source"]["ledger"], CITY);
    assert!(list[1]["received_at"].is_string());
    assert_eq!(deliveries(&province), (2, 2));
    city.run(&["audit"]).done();
    province.run(&["audit"]).done();
}

#[test]
fn whatever_breaks_on_the_way_the_day_comes_once_and_its_receipt_is_the_same() {
    let city = city();
    let province = province(&city);
    let cuts = [Cut::Request, Cut::Reply, Cut::Receipt];
    let days: Vec<String> = (0..3).map(|back| city.day(-back)).collect();
    for day in &days {
        close(&city, day);
    }
    let below = Server::start(&city, &[]);
    for (number, (cut, day)) in cuts.into_iter().zip(&days).enumerate() {
        let above = Server::start(&province, &[]);
        let proxy = Cutter::start(above.address(), cut);
        send(&city, &below, &proxy.base, day).fails(3, &["127.0.0.1"]);
        assert_eq!(line(&city, &below, day)["state"], "sent", "{cut:?}");
        drop(proxy);
        // The province's server dies without a word, and comes back from what is durable.
        above.signal("KILL");
        drop(above);
        let arrived = number + usize::from(!matches!(cut, Cut::Request));
        assert_eq!(deliveries(&province), (arrived, arrived), "{cut:?}");
        let above = Server::start(&province, &[]);
        let receipt = send(&city, &below, &above.base, day).done().json();
        let again = send(&city, &below, &above.base, day).done().json();
        assert_eq!(again["entry"], receipt["entry"], "{cut:?}");
        assert_eq!(again["known"], true);
        let row = line(&city, &below, day);
        assert_eq!(row["state"], "received");
        assert_eq!(row["entry"], receipt["entry"]);
        let items = &told(&province, &above, day)["items"];
        assert_eq!(items.as_array().unwrap().len(), 1);
        assert_eq!(items[0]["closed"]["entry"], receipt["entry"]);
        above.stop();
        assert_eq!(deliveries(&province), (number + 1, number + 1), "{cut:?}");
    }
    below.stop();
    province.run(&["audit"]).done();
}

/// A report of today with one piece of evidence, signed by the city's officer.
fn forged(city: &House, day: &str) -> Vec<u8> {
    let pem = std::fs::read_to_string(city.path(&format!("keys/{WU}.key"))).unwrap();
    let count = DayCount {
        evidence: 1,
        ..DayCount::default()
    };
    let body = ActBody::DailyDeliver(DayDelivery {
        division: DivisionCode::new(410_100).unwrap(),
        day: day.parse().unwrap(),
        counts: vec![(Ground::Cold, count)],
        source: DaySource {
            ledger: CITY.to_owned(),
            entry: 1,
            closed_at: house::now(),
            size: 2,
            root: [0; 32],
        },
    });
    let act = Act {
        ledger: PROVINCE.to_owned(),
        officer: WU.parse().unwrap(),
        signed_at: house::now(),
        nonce: [9; 16],
        body,
    };
    intake::sign_act(&act, KeyPair::from_pem(&pem).unwrap().signing()).unwrap()
}

#[test]
fn a_day_is_not_delivered_twice_nor_with_other_counts_whatever_was_lost_below() {
    let city = city();
    let province = province(&city);
    let today = city.day(0);
    let below = Server::start(&city, &[]);
    let above = Server::start(&province, &[]);
    send(&city, &below, &above.base, &today).fails(2, &["is not closed here", "daily close"]);
    below.stop();
    close(&city, &today);
    let below = Server::start(&city, &[]);
    let receipt = send(&city, &below, &above.base, &today).done().json();

    let refused = above.post(&forged(&city, &today), "application/cose");
    let refused = refused.problem(422, "refused");
    assert_eq!(refused["refusal"]["code"], "DAY_DIFFERS");

    // The city loses what it kept, and signs again: the province still has the day once, and the
    // receipt is the first one.
    std::fs::remove_dir_all(city.path("mingma-data/daily")).unwrap();
    let again = send(&city, &below, &above.base, &today).done().json();
    assert_eq!(again["entry"], receipt["entry"]);
    assert_eq!(line(&city, &below, &today)["state"], "received");
    let items = &told(&province, &above, &today)["items"];
    assert_eq!(items[0]["closed"]["entry"], receipt["entry"]);
    below.stop();
    above.stop();
    assert_eq!(deliveries(&province), (3, 1));
}

#[test]
fn a_day_that_nobody_closed_is_missing_on_both_sides() {
    let city = city();
    let province = province(&city);
    close(&city, &city.day(-3));
    let rows = city.run(&["daily", "outbox", "--json"]).done().json();
    let rows: Vec<_> = rows.as_array().unwrap().iter().collect();
    let states: Vec<_> = rows
        .iter()
        .map(|row| row["state"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["closed", "missing", "missing"]);
    assert!(rows.iter().all(|row| row["late"] == true));
    let missing = ["daily", "missing", "--day"];
    let yesterday = city.day(-1);
    let owed = province.run(&[&missing[..], &[&yesterday, "--json"]].concat());
    let value = owed.json();
    assert_eq!(value["divisions"][0], "410100");
    assert_eq!(value["overdue"], true);
    owed.fails(4, &["nothing came from 410100"]);
    // Tomorrow is owed, and not overdue.
    let tomorrow = city.day(1);
    let owed = province.run(&[&missing[..], &[&tomorrow, "--json"]].concat());
    assert_eq!(owed.done().json()["overdue"], false);
}

//! Witnesses by commands: a large order waits for them, and a gate asks for them.

use crate::code::{device, issue, reads};
use crate::house::{House, ISSUER, document};
use crate::watch::{policy, serving, witness};
use serde_json::Value;

#[test]
fn a_policy_that_is_none_or_of_another_log_is_told_and_not_set() {
    let house = House::begun();
    house.write("bad.policy", "witness\n");
    let set = ["witness", "policy", "--set", "bad.policy"];
    house.run(&set).fails(2, &["bad.policy", "1"]);
    let key = tlog::SignerKey::from_seed("log.example/other", [9; 32]).unwrap();
    let other = format!("log {}\nquorum none\n", key.verifier());
    house.write("bad.policy", &other);
    house.run(&set).fails(2, &["another log"]);
    let policy = house.run(&["witness", "policy", "--json"]).done().json();
    assert_eq!(policy["asks_for_witnesses"], false);
}

/// An order over a hundred people, signed by the province.
fn large_order(house: &House) -> Value {
    house.evidence(1..101);
    let people: Vec<String> = (1..101).map(document).collect();
    house.write(
        "list.csv",
        &format!("document_number\n{}\n", people.join("\n")),
    );
    let propose = [
        "order",
        "propose",
        "--ground",
        "COLD",
        "--area",
        "410105",
        "--people",
        "list.csv",
        "--reason",
        "handled an item",
        "--json",
    ];
    let order = house.by("410100-hq.zhao", &propose).done().json()["order"].clone();
    let checker = "410000-health.sun";
    house
        .officer(checker, "410000-health", "checker", &house.day(90))
        .done();
    let approve = ["order", "approve", order.as_str().unwrap(), "--yes"];
    house.by(checker, &approve).done();
    order
}

#[test]
fn a_large_order_waits_for_the_witnesses_and_a_gate_refuses_a_list_without_them() {
    let house = House::issuing();
    device(&house, "phone.key");
    let (handle, keys) = witness(&house);
    let address = handle.address().to_string();
    policy(&house, &keys, &address);
    house.run(&["witness", "ask"]).done();
    handle.stop();

    // Nobody answers now: the order is in force in the ledger, and in no list.
    let order = large_order(&house);
    issue(&house, 1, "phone.key", "today.cwt");
    let cut = ["status-list", "cut", "--force", "--json"];
    let list = house.by(ISSUER, &cut).done().json()["lists"][0].clone();
    assert_eq!((&list["red"], &list["withheld"][0]), (&0.into(), &order));
    assert_eq!(list["witnessed"], false);
    house.run(&["audit"]).done();
    house.run(&["publish", "--out", "site"]).done();
    let fetch = [
        "trust",
        "fetch",
        "site",
        "--trust",
        "gate",
        "--policy",
        "henan.policy",
    ];
    house.run(&fetch).fails(4, &["witnesses"]);

    // The witness comes back at another address; the order then has its effect.
    let handle = serving(&house.path("watch"));
    policy(&house, &keys, &handle.address().to_string());
    let list = house.by(ISSUER, &cut).done().json()["lists"][0].clone();
    assert_eq!(
        (&list["red"], &list["witnessed"]),
        (&100.into(), &true.into())
    );
    assert_eq!(list["withheld"].as_array().unwrap().len(), 0);
    house.run(&["publish", "--out", "site"]).done();
    house.run(&fetch).done();
    reads(&house, ("today.cwt", "phone.key"), "red");
    house
        .run(&["audit", "--site", "site", "--policy", "henan.policy"])
        .done();
    handle.stop();
}

//! Reports: signed apart from the ledger, pushed part by part, sent again without harm.

use crate::house::{House, document, exists};

#[test]
fn a_bad_row_is_named_and_the_rest_goes_on() {
    let house = House::at_work();
    house.table("cold.csv", 1..4);
    let mut text = std::fs::read_to_string(house.path("cold.csv")).unwrap();
    text.push_str(&format!("{},999999,2022-13-40,CC-9\n", document(9)));
    text.push_str("not-a-number,410105,2022-06-13 08:00,CC-10\n");
    let first = text.lines().nth(1).unwrap().to_owned();
    text.push_str(&format!("{first}\n"));
    house.write("cold.csv", &text);
    let signed = house.sign("cold.csv", "cold.mmr").done();
    for row in [
        "row 5",
        "row 6",
        "row 7",
        "the same person and number as in row 2",
    ] {
        assert!(signed.err.contains(row), "{}", signed.err);
    }
    assert!(!signed.err.contains(&document(9)));
    let rejected = std::fs::read_to_string(house.path("cold.rejected.csv")).unwrap();
    assert_eq!(rejected.lines().count(), 4, "{rejected}");
    let pushed = house
        .run(&["report", "push", "cold.mmr", "--json"])
        .done()
        .json();
    assert_eq!(pushed["rows"]["recorded"], 3);
}

#[test]
fn a_strict_signing_signs_nothing_when_a_row_is_bad() {
    let house = House::begun();
    house.key("410100-market");
    house.write(
        "cold.csv",
        "document_number,division,occurred_at,reference\nx,410105,2022-06-13,1\n",
    );
    house
        .sign("cold.csv", "cold.mmr")
        .fails(2, &["1 of 1 rows are bad"]);
    assert!(!exists(&house.path("cold.mmr")));
}

#[test]
fn pushing_a_report_again_changes_nothing() {
    let house = House::at_work();
    house.evidence(1..4);
    let entries = house.entries();
    let again = house
        .run(&["report", "push", "cold.mmr", "--json"])
        .done()
        .json();
    assert_eq!(
        (
            again["known_parts"].as_u64(),
            again["accepted_parts"].as_u64()
        ),
        (Some(1), Some(0))
    );
    assert_eq!(house.entries(), entries);
    house.sign("cold.csv", "again.mmr").done();
    let resent = house
        .run(&["report", "push", "again.mmr", "--json"])
        .done()
        .json();
    assert_eq!(
        resent["rows"]["duplicate"], 3,
        "the same statements in a new report are no news"
    );
    let status = house.run(&["report", "status", "--json"]).done().json();
    assert_eq!(status.as_array().unwrap().len(), 2);
}

#[test]
fn a_push_that_was_cut_short_goes_on_where_it_stopped() {
    let house = House::at_work();
    house.table("cold.csv", 1..10_003);
    house.sign("cold.csv", "cold.mmr").done();
    let whole = std::fs::read(house.path("cold.mmr")).unwrap();
    std::fs::write(house.path("cut.mmr"), &whole[..whole.len() - 10]).unwrap();
    house.run(&["report", "push", "cut.mmr"]).fails(2, &[]);
    let rest = house
        .run(&["report", "push", "cold.mmr", "--json"])
        .done()
        .json();
    assert_eq!(
        (
            rest["known_parts"].as_u64(),
            rest["accepted_parts"].as_u64()
        ),
        (Some(1), Some(1))
    );
    assert_eq!(rest["rows"]["recorded"], 2);
    let status = house.run(&["report", "status", "--json"]).done().json();
    assert_eq!(status[0]["missing_parts"], serde_json::json!([]));
    let skipped = house
        .run(&["report", "push", "cold.mmr", "--from-part", "1", "--json"])
        .done()
        .json();
    assert_eq!(skipped["known_parts"], 1);
}

#[test]
fn a_report_under_the_wrong_key_is_refused_and_the_refusal_is_logged() {
    let house = House::at_work();
    house.table("cold.csv", 1..3);
    std::fs::copy(
        house.path("keys/410100-hq.key"),
        house.path("keys/410100-market.key"),
    )
    .unwrap();
    house.sign("cold.csv", "cold.mmr").done();
    let entries = house.entries();
    house
        .run(&["report", "push", "cold.mmr"])
        .fails(1, &["SIGNATURE_INVALID"]);
    assert_eq!(house.entries(), entries + 1);
}

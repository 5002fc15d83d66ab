//! Every refusal code is given by some test, or is on the list of those that cannot be.

use domain::refusal::Code;

const TESTS: &[&str] = &[
    include_str!("appeals.rs"),
    include_str!("attacks.rs"),
    include_str!("cases.rs"),
    include_str!("counter.rs"),
    include_str!("daily.rs"),
    include_str!("evidence.rs"),
    include_str!("movements.rs"),
    include_str!("office.rs"),
    include_str!("orders.rs"),
    include_str!("packs.rs"),
    include_str!("proxies.rs"),
    include_str!("publications.rs"),
    include_str!("registry.rs"),
    include_str!("releases.rs"),
    include_str!("reports.rs"),
    include_str!("volume.rs"),
];

/// Codes that the machine does not give as a refusal of an act, and why.
const NOT_GIVEN: &[(Code, &str)] = &[
    (
        Code::PersonUnknown,
        "a look at somebody not on record is recorded, not refused",
    ),
    (
        Code::HeldForVolume,
        "a held row is recorded; `RowTaken::Held` says so",
    ),
];

#[test]
fn every_code_is_exercised_or_excused() {
    let named = |code: Code| {
        let word = format!("Code::{code:?}");
        TESTS.iter().any(|text| {
            text.match_indices(&word).any(|(at, _)| {
                !text[at + word.len()..].starts_with(|next: char| next.is_ascii_alphanumeric())
            })
        })
    };
    let excused = |code: Code| NOT_GIVEN.iter().any(|(known, _)| *known == code);
    let missing: Vec<&Code> = Code::ALL
        .iter()
        .filter(|code| !named(**code) && !excused(**code))
        .collect();
    assert!(missing.is_empty(), "never exercised: {missing:?}");
    let stale: Vec<_> = NOT_GIVEN.iter().filter(|(code, _)| named(*code)).collect();
    assert!(stale.is_empty(), "exercised after all: {stale:?}");
}

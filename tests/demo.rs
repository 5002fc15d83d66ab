//! The demonstration holds: every answer of the ledger is the one that the story tells.

use mingma::demo::{Options, run};
use policy::Language;

#[test]
fn the_demonstration_holds_with_few_people_and_tells_every_kind_of_refusal() {
    let mut out = Vec::new();
    let result = run(
        &Options {
            people: 3_000,
            keep: None,
        },
        Language::En,
        &mut out,
    );
    let story = String::from_utf8(out).unwrap();
    assert!(result.is_ok(), "{story}\n{}", result.unwrap_err());
    for code in [
        "NOT_AUTHORISED",
        "EVIDENCE_NOT_COMPETENT",
        "NO_EVIDENCE",
        "OPERATOR_CANNOT_DECIDE",
        "SAME_BODY",
        "SIGNATURE_INVALID",
        "VOLUME_NEEDS_PROVINCE",
        "NO_RELEASE_GROUND",
        "NEEDS_PROVINCE",
    ] {
        assert!(story.contains(code), "no {code} in\n{story}");
    }
}

//! Deltas of status lists. Law: an accepted delta is written as the same payload again; applied to
//! an array it leads to the digest that it names, or leaves the array as it was.
#![no_main]

use credential::cose::{Opened, Typ, seal};
use credential::list::{
    Change, DELTA_CHANGES_MAX, Delta, SignedDelta, SlotBits, StatusArray, Step, sign_delta,
};
use libfuzzer_sys::fuzz_target;
use mingma_fuzz::ISSUER;

const URI: &str = "https://s.example/1";
/// Few, so that a digest costs little; how many an array must have is for lists to say.
const SLOTS: u64 = 64;

fn array() -> StatusArray {
    StatusArray::new(SlotBits::Two, SLOTS).expect("a small array")
}

fn delta(changes: &[(u64, u8)]) -> Delta {
    let mut after = array();
    for (idx, value) in changes {
        let _ = after.set(*idx, *value);
    }
    let changes = changes.iter().map(|(idx, value)| Change {
        idx: *idx,
        value: *value,
    });
    let step = Step {
        from_sha256: array().sha256(),
        changes: changes.collect(),
    };
    Delta::new(URI.to_owned(), 1_655_000_000, step, after.sha256()).expect("a delta")
}

fn seeds() -> Vec<Vec<u8>> {
    let deltas = [
        &[][..],
        &[(0, 1)],
        &[(3, 2), (5, 3), (63, 1)],
        &[(70, 1), (1 << 40, 3)],
    ];
    let signed = deltas.map(|changes| sign_delta(&delta(changes), &ISSUER).expect("a delta"));
    let payload = |delta: &Vec<u8>| {
        let opened = Opened::read(delta).expect("a delta");
        opened.unverified_payload().to_vec()
    };
    let payloads: Vec<Vec<u8>> = signed.iter().map(payload).collect();
    signed.into_iter().chain(payloads).collect()
}

fn accepted(delta: Delta, payload: &[u8]) {
    assert!(delta.changes().len() <= DELTA_CHANGES_MAX);
    let again = sign_delta(&delta, &ISSUER).expect("the same");
    let again = Opened::read(&again).expect("what is signed opens");
    assert_eq!(again.unverified_payload(), payload);
    let apply = |delta: &Delta| {
        let mut array = array();
        let before = array.clone();
        match delta.apply(delta.uri(), &mut array) {
            Ok(()) => assert_eq!(&array.sha256(), delta.to_sha256()),
            Err(_) => assert!(array == before, "a delta that fails leaves no trace"),
        }
        array
    };
    apply(&delta);
    // The fuzzer finds no digests, so the same changes are tried under the right ones too.
    let mut after = array();
    for change in delta.changes() {
        let _ = after.set(change.idx, change.value);
    }
    for to_sha256 in [after.sha256(), array().sha256()] {
        let step = Step {
            from_sha256: array().sha256(),
            changes: delta.changes().to_vec(),
        };
        let fitting = Delta::new(delta.uri().to_owned(), delta.issued_s(), step, to_sha256);
        apply(&fitting.expect("accepted changes make a delta"));
    }
}

fuzz_target!(init: mingma_fuzz::seeds(seeds), |data: &[u8]| {
    let key = ISSUER.public();
    if let Ok(signed) = SignedDelta::read(data) {
        let _ = signed.verify(&key);
    }
    let sealed = seal(Typ::Delta, data, &ISSUER).expect("a payload of the fuzzer fits");
    let signed = SignedDelta::read(&sealed).expect("an envelope of ours");
    assert_eq!(signed.kid(), key.kid());
    if let Ok(delta) = signed.verify(&key) {
        accepted(delta, data);
    }
});

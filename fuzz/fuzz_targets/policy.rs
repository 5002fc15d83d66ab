//! Trust policies. Law: what is accepted prints, and that parses to the same and prints the same;
//! witnesses who cosign without being asked for change nothing.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mingma_fuzz::{LOG, WITNESS};
use tlog::checkpoint::Cosigned;
use tlog::policy::{POLICY_BYTES_MAX, WITNESSES_MAX};
use tlog::{CosignerKey, Policy};

fn seeds() -> Vec<Vec<u8>> {
    let log = LOG.verifier();
    let first = WITNESS.verifier();
    let second = CosignerKey::from_seed("witness.example/w2", [6; 32]).expect("a key");
    let second = second.verifier();
    [
        format!("log {log}\nquorum none\n"),
        format!("# ours\nlog {log} https://l.example/\nwitness a {first}\nquorum a\n"),
        format!(
            "log {log}\nwitness a {first} https://a.example\nwitness b {second}\n\
             group two 2 a b\ngroup one any two\nquorum one\n"
        ),
    ]
    .map(String::into_bytes)
    .to_vec()
}

fuzz_target!(init: mingma_fuzz::seeds(seeds), |data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let Ok(policy) = Policy::parse(text) else {
        return;
    };
    assert!(text.len() <= POLICY_BYTES_MAX && policy.witnesses().len() <= WITNESSES_MAX);
    let printed = policy.to_string();
    let again = Policy::parse(&printed).expect("what is printed parses");
    assert_eq!(again, policy);
    assert_eq!(again.to_string(), printed);
    assert_eq!(policy.witness_urls().count(), policy.witnesses().len());
    let all: Vec<Cosigned> = policy
        .witnesses()
        .iter()
        .map(|key| Cosigned {
            name: key.name().clone(),
            key_id: key.id(),
            time_s: 1,
        })
        .collect();
    assert!(policy.quorum_met(&all), "everybody is enough");
    assert_eq!(policy.quorum_met(&[]), !policy.asks_for_witnesses());
});

//! The rules of a trust policy, each with a row that passes, one that fails, one at the edge.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use tlog::checkpoint::{self, Cosigned};
use tlog::policy::{GROUPS_MAX, POLICY_BYTES_MAX, WITNESSES_MAX};
use tlog::{Checkpoint, CosignerKey, Error, Note, Policy, PolicyFault, SignerKey, VerifierKey};

fn log() -> SignerKey {
    SignerKey::from_seed("log.example", [200; 32]).unwrap()
}

fn witness(seed: u8) -> CosignerKey {
    CosignerKey::from_seed(&format!("w{seed}.example"), [seed; 32]).unwrap()
}

fn lines(witnesses: u8) -> String {
    let line = |seed| format!("witness w{seed} {}\n", witness(seed).verifier());
    let witnesses: String = (1..=witnesses).map(line).collect();
    format!("log {}\n{witnesses}", log().verifier())
}

fn policy(witnesses: u8, rest: &str) -> Policy {
    Policy::parse(&format!("{}{rest}\n", lines(witnesses))).unwrap()
}

fn by(key: &VerifierKey) -> Cosigned {
    Cosigned {
        name: key.name().clone(),
        key_id: key.id(),
        time_s: 7,
    }
}

fn met(policy: &Policy, seeds: &[u8]) -> bool {
    let cosigned: Vec<Cosigned> = seeds.iter().map(|s| by(&witness(*s).verifier())).collect();
    policy.quorum_met(&cosigned)
}

/// The fault on the line after `above`.
fn fault(above: &str, line: &str) -> PolicyFault {
    let text = format!("{above}{line}\n");
    let number = above.lines().count() + 1;
    match Policy::parse(&text) {
        Err(Error::PolicyLine { line, fault }) if line == number => fault,
        other => panic!("line {number} of {text}: {other:?}"),
    }
}

#[test]
fn k_of_n_is_met_by_k_and_not_by_one_less() {
    for (group, enough, short) in [
        ("2", &[1, 3][..], &[3][..]),
        ("any", &[3], &[]),
        ("all", &[3, 1, 2], &[1, 2]),
        ("1", &[2], &[]),
        ("3", &[1, 2, 3], &[2, 3]),
    ] {
        let policy = policy(3, &format!("group g {group} w1 w2 w3\nquorum g"));
        assert!(policy.asks_for_witnesses());
        assert!(met(&policy, enough), "{group}");
        assert!(!met(&policy, short), "{group}");
        assert!(met(&policy, &[1, 2, 3]), "{group}");
    }
}

#[test]
fn a_quorum_may_be_one_witness_or_none() {
    let one = policy(2, "quorum w2");
    assert!(met(&one, &[2]) && !met(&one, &[1]) && !met(&one, &[]));
    let none = policy(0, "quorum none");
    assert!(!none.asks_for_witnesses());
    assert!(met(&none, &[]));
}

#[test]
fn a_witness_that_cosigned_twice_counts_once_and_a_stranger_never() {
    let policy = policy(3, "group g 2 w1 w2 w3\nquorum g");
    assert!(!met(&policy, &[1, 1, 1]));
    assert!(!met(&policy, &[1, 9, 8]));
    let namesake = CosignerKey::from_seed("w2.example", [99; 32]).unwrap();
    let cosigned = [by(&witness(1).verifier()), by(&namesake.verifier())];
    assert!(!policy.quorum_met(&cosigned));
}

#[test]
fn groups_of_groups_ask_every_operator() {
    let policy = policy(
        5,
        "group x 2 w1 w2 w3\ngroup y any w4 w5\ngroup both all x y\nquorum both",
    );
    assert!(met(&policy, &[1, 3, 5]));
    assert!(!met(&policy, &[1, 2, 3]));
    assert!(!met(&policy, &[1, 4, 5]));
    assert!(met(&policy, &[1, 2, 3, 4, 5]));
}

#[test]
fn one_operator_may_have_a_key_of_each_type_under_one_name() {
    let pq = CosignerKey::ml_dsa_from_seed("w1.example", [1; 32]).unwrap();
    let lines = format!("witness pq {}\ngroup g all w1 pq\nquorum g", pq.verifier());
    let policy = policy(1, &lines);
    let (old, new) = (by(&witness(1).verifier()), by(&pq.verifier()));
    assert!(!policy.quorum_met(&[old.clone(), old.clone()]));
    assert!(!policy.quorum_met(std::slice::from_ref(&new)));
    assert!(policy.quorum_met(&[old, new]));
    assert_eq!(Policy::parse(&policy.to_string()), Ok(policy));
}

#[test]
fn a_note_opens_with_the_witnesses_of_the_policy() {
    let policy = policy(2, "quorum w2");
    let head = Checkpoint::new("log.example", 5, [7; 32]).unwrap();
    let note = Note::parse(&checkpoint::sign(&head, &log()).unwrap()).unwrap();
    assert!(!policy.quorum_met(&policy.open(&note).unwrap().cosigned));
    let cosigned = note
        .clone()
        .with_signature(witness(2).cosign(&head, 9).unwrap())
        .unwrap();
    let opened = policy.open(&cosigned).unwrap();
    assert_eq!(opened.checkpoint, head);
    assert!(policy.quorum_met(&opened.cosigned));
    let other = Checkpoint::new("log.example", 6, [7; 32]).unwrap();
    let wrong = note
        .with_signature(witness(1).cosign(&other, 9).unwrap())
        .unwrap();
    let invalid = Error::SignatureInvalid {
        name: "w1.example".into(),
    };
    assert_eq!(policy.open(&wrong), Err(invalid));
}

#[test]
fn a_policy_reads_what_it_writes() {
    let key = |seed| witness(seed).verifier();
    let text = format!(
        "# who we trust\n\n\tlog  {} https://log.example/a \n  # the first\nwitness w1 {}\t\
         https://w1.example/\nwitness w2 {}\ngroup all any w1\ngroup g all w2 all\nquorum g",
        log().verifier(),
        key(1),
        key(2)
    );
    let policy = Policy::parse(&text).unwrap();
    assert_eq!(policy.log(), &log().verifier());
    assert_eq!(policy.log_url(), Some("https://log.example/a"));
    assert_eq!(policy.witnesses(), [key(1), key(2)]);
    let urls: Vec<_> = policy.witness_urls().collect();
    assert_eq!(urls, [("w1", Some("https://w1.example/")), ("w2", None)]);
    let written = policy.to_string();
    assert!(written.ends_with("group all 1 w1\ngroup g 2 w2 all\nquorum g\n"));
    assert_eq!(Policy::parse(&written), Ok(policy));
    let none = self::policy(0, "quorum none");
    assert_eq!(Policy::parse(&none.to_string()), Ok(none));
}

#[test]
fn a_bad_line_is_named_by_its_number() {
    let above = lines(3);
    let key = |seed| witness(seed).verifier();
    for (line, expected) in [
        ("witnes x y", PolicyFault::Keyword),
        ("LOG x", PolicyFault::Keyword),
        ("quorum w1 # why", words("quorum <name>|none")),
        ("quorum", words("quorum <name>|none")),
        ("witness w4", words("witness <name> <vkey> [<url>]")),
        ("log a b c", words("log <vkey> [<url>]")),
        ("group g 1", words("group <name> <k>|any|all <name>...")),
        ("group g", words("group <name> <k>|any|all <name>...")),
        ("quorum w1\r", PolicyFault::ControlCharacter),
        ("# \u{7f}", PolicyFault::ControlCharacter),
        (&format!("witness w1 {}", key(4)), PolicyFault::NameTaken),
        (&format!("witness none {}", key(4)), PolicyFault::NameTaken),
        ("group w2 any w1", PolicyFault::NameTaken),
        ("group none any w1", PolicyFault::NameTaken),
        (
            &format!("log {}", log().verifier()),
            PolicyFault::GivenTwice,
        ),
        (&format!("witness x {}", key(3)), PolicyFault::KeyGivenTwice),
        ("group g 0 w1", PolicyFault::Threshold),
        ("group g 3 w1 w2", PolicyFault::Threshold),
        ("group g 01 w1 w2", PolicyFault::Threshold),
        ("group g most w1 w2", PolicyFault::Threshold),
        ("group g any w1 w1", PolicyFault::MemberTwice),
        ("group g any g", PolicyFault::NameUnknown),
        ("group g any none", PolicyFault::NameUnknown),
        ("quorum w4", PolicyFault::NameUnknown),
    ] {
        assert_eq!(fault(&above, line), expected, "{line}");
    }
    let grouped = format!("{above}group g any w1\n");
    assert_eq!(fault(&grouped, "group h any w1"), PolicyFault::MemberTwice);
    let done = format!("{above}quorum none\n");
    assert_eq!(fault(&done, "quorum w1"), PolicyFault::GivenTwice);
}

fn words(form: &'static str) -> PolicyFault {
    PolicyFault::Words { form }
}

#[test]
fn a_key_for_another_purpose_or_under_another_name_is_refused() {
    let above = lines(1);
    let purpose = PolicyFault::Key(Box::new(Error::KeyPurpose));
    let logs = log().verifier();
    assert_eq!(fault(&above, &format!("witness x {logs}")), purpose);
    let cosigner = witness(5).verifier();
    assert_eq!(fault("", &format!("log {cosigner}")), purpose);
    let renamed = CosignerKey::from_seed("other.example", [1; 32]).unwrap();
    assert_eq!(
        fault(&above, &format!("witness x {}", renamed.verifier())),
        PolicyFault::KeyGivenTwice
    );
    let broken = PolicyFault::Key(Box::new(Error::KeyText));
    assert_eq!(fault(&above, "witness x y"), broken);
}

#[test]
fn a_policy_without_log_or_quorum_is_refused() {
    let missing = |missing| Err(Error::PolicyIncomplete { missing });
    assert_eq!(Policy::parse(""), missing("log"));
    assert_eq!(Policy::parse("quorum none\n"), missing("log"));
    assert_eq!(Policy::parse(&lines(1)), missing("quorum"));
}

#[test]
fn the_limits_hold_and_one_more_is_refused() {
    let most = u8::try_from(WITNESSES_MAX).unwrap();
    let full = lines(most);
    assert!(Policy::parse(&format!("{full}quorum w1\n")).is_ok());
    let next = format!("witness next {}", witness(most + 1).verifier());
    assert_eq!(fault(&full, &next), PolicyFault::TooMany);

    let mut groups = format!("{}group g0 any w1\n", lines(1));
    for number in 1..GROUPS_MAX {
        groups += &format!("group g{number} any g{}\n", number - 1);
    }
    let deep = Policy::parse(&format!("{groups}quorum g{}\n", GROUPS_MAX - 1)).unwrap();
    assert!(met(&deep, &[1]) && !met(&deep, &[]));
    let next = format!("group next any g{}", GROUPS_MAX - 1);
    assert_eq!(fault(&groups, &next), PolicyFault::TooMany);

    let long = Policy::parse(&"#".repeat(POLICY_BYTES_MAX + 1));
    let bytes_max = POLICY_BYTES_MAX;
    assert_eq!(long, Err(Error::TooLong { bytes_max }));
}

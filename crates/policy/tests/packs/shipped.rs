//! The shipped packs keep what must always hold, and their own worked examples.

use super::common::{SHIPPED, shipped};
use domain::colour::{Colour, Ground};
use domain::evidence::EvidenceKind;
use domain::organisation::OrgKind;
use domain::rules::{Action, Authority as _, Link, Request, Verdict};
use policy::{KEYS, Language, Pack, check, diff, run_cases};
use proptest::prelude::*;

#[test]
fn each_shipped_pack_passes_the_check() {
    for name in SHIPPED {
        let found = check(&shipped(name), None);
        let text: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert!(found.is_empty(), "{name}:\n{}", text.join("\n"));
    }
}

#[test]
fn each_shipped_pack_satisfies_its_worked_examples() {
    for name in SHIPPED {
        let outcomes = run_cases(&shipped(name));
        assert!(
            outcomes.len() >= 12,
            "{name} has {} examples",
            outcomes.len()
        );
        for outcome in outcomes {
            assert!(
                outcome.passed,
                "{name} {}: {}",
                outcome.name, outcome.reason
            );
        }
    }
}

#[test]
fn each_shipped_pack_rules_all_twenty_grounds_and_has_an_exit_for_each() {
    for name in SHIPPED {
        let pack = shipped(name);
        for ground in Ground::ALL {
            let rule = pack.book().grounds.get(ground).unwrap();
            assert!(!rule.releases.is_empty(), "{name} {ground}");
            assert!(rule.steps.total_s() > 0, "{name} {ground}");
        }
    }
}

#[test]
fn each_shipped_pack_words_every_key_itself() {
    for name in SHIPPED {
        let pack = shipped(name);
        for language in Language::ALL {
            let wording = pack.wording(*language);
            for (key, names) in KEYS {
                let args: Vec<(&str, String)> =
                    names.iter().map(|name| (*name, "1".to_owned())).collect();
                assert!(wording.is_worded_by_pack(key), "{name} {language} {key}");
                assert!(
                    !wording.text(key, &args).contains('{'),
                    "{name} {language} {key}"
                );
            }
        }
    }
}

#[test]
fn what_no_source_gives_is_listed_with_our_reason() {
    for name in SHIPPED {
        let pack = shipped(name);
        for key in [
            "sunset",
            "deadlines.appeal_hours",
            "volume.people",
            "permit.appeal-decide",
        ] {
            assert!(
                pack.book().ours.iter().any(|ours| ours == key),
                "{name} {key}"
            );
        }
        assert!(pack.ours().iter().all(|ours| !ours.why.is_empty()));
        assert!(!pack.sources().is_empty());
    }
}

#[test]
fn only_immigration_and_customs_state_an_entry() {
    for name in SHIPPED {
        let pack = shipped(name);
        let contract = pack.book().contract(EvidenceKind::EntryRecord).unwrap();
        assert_eq!(
            contract.suppliers,
            [OrgKind::Immigration, OrgKind::Customs],
            "{name}"
        );
    }
}

#[test]
fn a_contact_is_linked_to_the_person_it_was_with() {
    let pack = shipped("henan-2022");
    let link = |ground: Ground| pack.book().grounds.get(&ground).unwrap().contract.link;
    assert_eq!(link(Ground::Close), Link::IndexCase);
    assert_eq!(link(Ground::Sec), Link::IndexContact);
    assert_eq!(link(Ground::Hirisk), Link::Area);
    assert_eq!(link(Ground::Overdue), Link::TestRound);
}

#[test]
fn no_self_report_makes_a_red() {
    for name in SHIPPED {
        for rule in shipped(name).book().grounds.values() {
            let own = rule.contract.suppliers.contains(&OrgKind::SelfReport);
            assert!(
                !own || rule.steps.worst() != Colour::Red,
                "{name} {}",
                rule.ground
            );
        }
    }
}

#[test]
fn a_permit_names_its_basis() {
    let pack = shipped("henan-2022");
    let org = domain::organisation::Organisation {
        id: "410000-immigration".parse().unwrap(),
        kind: OrgKind::Immigration,
        division: "410000".parse().unwrap(),
        section: None,
        part_of: None,
        name: "移民管理机构".to_owned(),
        key: domain::ids::PublicKey::from_bytes([1; 32]),
    };
    let request = Request {
        org: &org,
        roles: &[],
        action: Action::ReportPush,
        ground: Some(Ground::Inbound),
        area: "410100".parse().unwrap(),
        people: 3,
        red: true,
        channel: None,
    };
    let Verdict::Permitted(permits) = pack.authorise(&request) else {
        unreachable!("denied")
    };
    assert_eq!(permits.len(), 1);
    assert_eq!(permits[0].id, "push-competent");
    assert!(permits[0].basis.contains("2020年3月17日"));
    assert_eq!(
        pack.rules().authority.authorise(&request),
        Verdict::Permitted(permits)
    );
}

#[test]
fn an_archive_is_the_pack_again_and_its_digest_is_stable() {
    for name in SHIPPED {
        let pack = shipped(name);
        let again = Pack::from_archive(pack.archive()).unwrap();
        assert_eq!(again.archive(), pack.archive());
        assert_eq!(again.digest(), pack.digest());
        assert_eq!(again.book(), pack.book());
        assert_eq!(shipped(name).digest(), pack.digest());
        assert!(diff(&pack, &again).is_empty());
    }
}

#[test]
fn henan_goes_over_to_edition_nine_as_written_down() {
    let changes = diff(&shipped("henan-2022"), &shipped("henan-2022-v9"));
    let lines: Vec<String> = changes.iter().map(ToString::to_string).collect();
    let text = lines.join("\n") + "\n";
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/golden/henan-2022-to-v9.txt"
    );
    if std::env::var_os("GOLDEN_WRITE").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    assert_eq!(text, std::fs::read_to_string(path).unwrap());
    assert!(text.contains("milder   ground.CLOSE.red: 14 d -> 7 d\n"));
    assert!(text.contains("milder   ground.CLOSE.yellow: 7 d -> 3 d\n"));
    assert!(text.contains("other    existing: keep -> shorten\n"));
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        prop_assert!(Pack::from_archive(&bytes).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn no_single_changed_byte_makes_the_reader_panic_or_keeps_the_digest(
        at in 0_usize..30_000, value in any::<u8>(),
    ) {
        let pack = shipped("henan-2022");
        let mut bytes = pack.archive().to_vec();
        let at = at % bytes.len();
        prop_assume!(bytes[at] != value);
        bytes[at] = value;
        if let Ok(other) = Pack::from_archive(&bytes) {
            prop_assert_ne!(other.digest(), pack.digest());
        }
    }
}

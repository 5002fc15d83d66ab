//! Which lists a gate takes: the published one once, and each refusal once.
//!
//! Invariant: each test changes one thing of a list that is taken. Cases stand in the order in
//! which the code checks them.
#![expect(clippy::unwrap_used, reason = "tests")]

mod world;

use credential::list::{
    Change, Delta, LIST_SLOTS_MIN, ListClaims, ListCutter, ListError, Manifest, SlotBits, Status,
    StatusArray, Step, sign_delta, sign_list, zlib,
};
use credential::{Error, ListRefusal, Lists, Seen, Tolerance, Trust};
use world::{
    NOW, OTHER_URI, Published, RED, Sidecar, URI, World, YELLOW, array, key, key_leaf, leaf,
    list_claims, map, token,
};

/// Whether a list is taken whose leaf was changed.
fn with_leaf(change: impl Fn(&mut Published)) -> Result<(), ListRefusal> {
    let mut published = Published::of(&array());
    change(&mut published);
    let sidecar = Sidecar::default().of(&published.leaf(None));
    World::without_lists().add(&token(&array()), &sidecar)
}

/// Whether a list is taken whose token was changed.
fn with_token(token: &[u8]) -> Result<(), ListRefusal> {
    let sidecar = Sidecar::default().of(&Published::of(&array()).leaf(None));
    World::without_lists().add(token, &sidecar)
}

fn signed(claims: &ListClaims, seed: u8) -> Vec<u8> {
    let lst = zlib::compress(array().raw(), 6).unwrap();
    sign_list(claims, &lst, &key(seed)).unwrap()
}

#[test]
fn the_published_list_is_taken() {
    let world = World::new();
    let list = world.lists.find(URI).unwrap();
    assert_eq!((list.version(), list.witnessed()), (5, true));
    assert_eq!(list.sha256(), &array().sha256());
    assert_eq!(list.status(RED), Some(Status::Red));
    assert_eq!(list.status(LIST_SLOTS_MIN), None);
}

#[test]
fn a_list_signed_by_anybody_else_is_refused() {
    let claims = list_claims();
    // The key for credentials signs no lists.
    assert_eq!(
        with_token(&signed(&claims, 1)),
        Err(ListRefusal::UnknownKey)
    );
    assert_eq!(
        with_token(&signed(&claims, 9)),
        Err(ListRefusal::UnknownKey)
    );
    let mut forged = signed(&claims, 2);
    let last = forged.last_mut().unwrap();
    *last ^= 1;
    assert_eq!(with_token(&forged), Err(ListRefusal::Signature));
    let late = ListClaims {
        issued_s: NOW + 1_000_000,
        expires_s: NOW + 2_000_000,
        ..claims
    };
    assert_eq!(
        with_token(&signed(&late, 2)),
        Err(ListRefusal::KeyOutsideItsTime)
    );
    assert!(matches!(with_token(&[]), Err(ListRefusal::Unreadable(_))));
}

#[test]
fn a_list_that_the_manifest_does_not_name_is_refused() {
    let foreign = ListClaims {
        uri: "https://elsewhere.example/1".to_owned(),
        ..list_claims()
    };
    assert_eq!(
        with_token(&signed(&foreign, 2)),
        Err(ListRefusal::NotInManifest)
    );
}

#[test]
fn a_list_that_is_not_in_the_log_is_refused() {
    let published = Published::of(&array()).leaf(None);
    let other = leaf(NOW, None, map(Vec::new()));
    let foreign = Sidecar {
        log: [9; 32],
        ..Sidecar::default()
    };
    let good = Sidecar::default().of(&published);
    for sidecar in [
        String::new(),
        Sidecar::default().carrying(&other, &published),
        foreign.of(&published),
        good.replace("\nindex 3\n", "\nindex 4\n"),
        good.lines()
            .filter(|line| !line.starts_with("extra "))
            .fold(String::new(), |text, line| text + line + "\n"),
    ] {
        let refused = World::without_lists().add(&token(&array()), &sidecar);
        assert!(
            matches!(refused, Err(ListRefusal::NotInLog(_))),
            "{refused:?}\n{sidecar}"
        );
    }
}

#[test]
fn a_list_without_its_witnesses_is_refused_if_the_policy_asks() {
    let published = Published::of(&array()).leaf(None);
    let sidecar = Sidecar {
        witnessed: false,
        ..Sidecar::default()
    }
    .of(&published);
    let refused = World::without_lists().add(&token(&array()), &sidecar);
    assert_eq!(refused, Err(ListRefusal::NoQuorum));
    let mut easy = World::empty(|setup| setup.policy = world::policy_without_witnesses());
    assert_eq!(easy.add(&token(&array()), &sidecar), Ok(()));
    assert!(!easy.lists.find(URI).unwrap().witnessed());
}

#[test]
fn a_leaf_that_was_refused_or_publishes_something_else_counts_for_nothing() {
    let published = Published::of(&array());
    let mut world = World::without_lists();
    let sidecar = Sidecar::default().of(&published.leaf(Some("not_authorised")));
    assert_eq!(
        world.add(&token(&array()), &sidecar),
        Err(ListRefusal::LeafRefused)
    );
    let sidecar = Sidecar::default().of(&key_leaf("status_list", 2));
    assert_eq!(
        world.add(&token(&array()), &sidecar),
        Err(ListRefusal::OtherLeaf)
    );
    let other = with_leaf(|leaf| leaf.uri = OTHER_URI.to_owned());
    assert_eq!(other, Err(ListRefusal::OtherLeaf));
}

#[test]
fn a_tiny_list_is_refused() {
    let refused = with_leaf(|leaf| leaf.slots = LIST_SLOTS_MIN - 4);
    assert_eq!(refused, Err(ListRefusal::TooSmall));
    // Whole and published as it is, it is still too small.
    let tiny = StatusArray::new(SlotBits::Two, 64).unwrap();
    let sidecar = Sidecar::default().of(&Published::of(&tiny).leaf(None));
    let refused = World::without_lists().add(&token(&tiny), &sidecar);
    assert_eq!(refused, Err(ListRefusal::TooSmall));
}

#[test]
fn a_list_with_other_times_than_its_leaf_is_refused() {
    let refused = with_leaf(|leaf| leaf.issued_s -= 1);
    assert_eq!(refused, Err(ListRefusal::OtherTimes));
    let refused = with_leaf(|leaf| leaf.expires_s += 1);
    assert_eq!(refused, Err(ListRefusal::OtherTimes));
}

#[test]
fn an_expired_list_and_one_from_the_future_are_refused() {
    let sidecar = Sidecar::default().of(&Published::of(&array()).leaf(None));
    let (issued_s, expires_s) = (list_claims().issued_s, list_claims().expires_s);
    let at = |now_s| {
        let mut world = World::without_lists();
        world.add_after(&token(&array()), &sidecar, now_s, &Seen::default())
    };
    assert_eq!(at(expires_s - 1), Ok(()));
    assert_eq!(at(expires_s), Err(ListRefusal::Expired));
    assert_eq!(at(issued_s - 60), Ok(()));
    assert_eq!(at(issued_s - 61), Err(ListRefusal::Early));
}

#[test]
fn an_older_version_and_an_older_log_are_refused_as_rolled_back() {
    let published = |version, size| {
        let mut published = Published::of(&array());
        published.version = version;
        let size = Sidecar {
            size,
            ..Sidecar::default()
        };
        size.of(&published.leaf(None))
    };
    let mut world = World::without_lists();
    assert_eq!(world.add(&token(&array()), &published(5, 9)), Ok(()));
    let refused = Err(ListRefusal::RolledBack);
    assert_eq!(world.add(&token(&array()), &published(4, 10)), refused);
    let seen = world.lists.seen_after(&Seen::default());
    assert_eq!(
        (seen.checkpoint_size, seen.versions.get(URI)),
        (9, Some(&5))
    );
    let json = serde_json::to_string(&seen).unwrap();
    let seen: Seen = serde_json::from_str(&json).unwrap();
    let mut later = World::without_lists();
    let mut add = |sidecar: &str| later.add_after(&token(&array()), sidecar, NOW, &seen);
    assert_eq!(add(&published(4, 10)), refused);
    assert_eq!(add(&published(6, 8)), refused);
    assert_eq!(add(&published(5, 9)), Ok(()));
    assert_eq!(add(&published(6, 10)), Ok(()));
    let after = later.lists.seen_after(&seen);
    assert_eq!(
        (after.checkpoint_size, after.versions.get(URI)),
        (10, Some(&6))
    );
    assert_eq!(Lists::new().seen_after(&after), after);
}

#[test]
fn one_version_with_two_contents_is_refused() {
    let mut world = World::new();
    let mut other = array();
    other.set(YELLOW, 0).unwrap();
    let sidecar = Sidecar::default().of(&Published::of(&other).leaf(None));
    assert_eq!(
        world.add(&token(&other), &sidecar),
        Err(ListRefusal::TwoContents)
    );
}

#[test]
fn an_inflation_bomb_is_refused_without_being_unfolded() {
    // 64 MiB of zeros in 64 KiB, signed by the key for lists.
    let bomb = zlib::compress(&vec![0; 64 << 20], 9).unwrap();
    let bomb = sign_list(&list_claims(), &bomb, &key(2)).unwrap();
    let refused = with_token(&bomb);
    let unfolded = ListError::Inflate("longer than it should be");
    assert_eq!(refused, Err(ListRefusal::Unreadable(unfolded)));
    let mut published = Published::of(&array());
    published.slots = u64::MAX;
    let sidecar = Sidecar::default().of(&published.leaf(None));
    let refused = World::without_lists().add(&bomb, &sidecar);
    assert!(
        matches!(refused, Err(ListRefusal::Unreadable(_))),
        "{refused:?}"
    );
}

#[test]
fn a_list_with_another_array_or_other_counts_is_refused() {
    let refused = with_leaf(|leaf| leaf.sha256 = [0; 32]);
    assert_eq!(refused, Err(ListRefusal::OtherArray));
    for change in [
        (|leaf: &mut Published| leaf.counts.red += 1) as fn(&mut Published),
        |leaf| leaf.counts.yellow -= 1,
        |leaf| leaf.counts.revoked = 0,
    ] {
        assert_eq!(with_leaf(change), Err(ListRefusal::OtherCounts));
    }
}

#[test]
fn a_refused_list_leaves_the_one_before() {
    let mut world = World::new();
    let foreign = Sidecar {
        log: [9; 32],
        ..Sidecar::default()
    };
    let sidecar = foreign.of(&Published::of(&array()).leaf(None));
    assert!(world.add(&token(&array()), &sidecar).is_err());
    assert_eq!(world.lists.find(URI).unwrap().version(), 5);
}

/// The next version of the list, 600 s later: its array and the delta to it.
fn next() -> (StatusArray, Delta) {
    let mut list = ListCutter::from_array(array()).unwrap();
    list.cut().unwrap();
    list.set(YELLOW, Status::Green).unwrap();
    list.set(99, Status::Red).unwrap();
    let cut = list.cut().unwrap();
    let delta = Delta::new(URI.to_owned(), NOW + 300, cut.step.unwrap(), cut.sha256).unwrap();
    (list.array().clone(), delta)
}

fn next_leaf(array: &StatusArray) -> Published {
    Published {
        version: 6,
        issued_s: NOW + 300,
        expires_s: NOW + 86_700,
        ..Published::of(array)
    }
}

#[test]
fn a_delta_leads_to_the_next_published_list() {
    let mut world = World::new();
    let (array, delta) = next();
    let token = sign_delta(&delta, &key(2)).unwrap();
    let sidecar = Sidecar::default().of(&next_leaf(&array).leaf(None));
    let seen = Seen::default();
    let advanced = world
        .lists
        .advance(&world.trust, &token, &sidecar, NOW + 301, &seen);
    assert_eq!(advanced, Ok(()));
    let list = world.lists.find(URI).unwrap();
    assert_eq!((list.version(), list.sha256()), (6, &array.sha256()));
    assert_eq!(list.status(99), Some(Status::Red));
    assert_eq!(
        (list.claims().issued_s, list.claims().ttl_s),
        (NOW + 300, 600)
    );
    // It belongs to the version before, so it does not apply a second time.
    let again = world
        .lists
        .advance(&world.trust, &token, &sidecar, NOW + 301, &seen);
    assert_eq!(again, Err(ListRefusal::Unreadable(ListError::OtherVersion)));
}

#[test]
fn a_delta_that_is_not_published_changes_nothing() {
    let (array, delta) = next();
    let token = sign_delta(&delta, &key(2)).unwrap();
    let good = next_leaf(&array);
    let advance = |token: &[u8], leaf: &Published| {
        let mut world = World::new();
        let sidecar = Sidecar::default().of(&leaf.leaf(None));
        let seen = Seen::default();
        let refused = world
            .lists
            .advance(&world.trust, token, &sidecar, NOW + 301, &seen);
        assert_eq!(world.lists.find(URI).unwrap().version(), 5);
        refused.unwrap_err()
    };
    let foreign = sign_delta(&delta, &key(1)).unwrap();
    assert_eq!(advance(&foreign, &good), ListRefusal::UnknownKey);
    let leaf = Published {
        issued_s: NOW + 299,
        ..good.clone()
    };
    assert_eq!(advance(&token, &leaf), ListRefusal::OtherTimes);
    let leaf = Published {
        sha256: [0; 32],
        ..good.clone()
    };
    assert_eq!(advance(&token, &leaf), ListRefusal::OtherArray);
    let leaf = Published {
        version: 4,
        ..good.clone()
    };
    assert_eq!(advance(&token, &leaf), ListRefusal::RolledBack);
    let mut leaf = good.clone();
    leaf.counts.red += 1;
    assert_eq!(advance(&token, &leaf), ListRefusal::OtherCounts);
    let step = Step {
        from_sha256: [0; 32],
        changes: vec![Change { idx: 1, value: 1 }],
    };
    let other = Delta::new(URI.to_owned(), NOW + 300, step, array.sha256()).unwrap();
    let other = sign_delta(&other, &key(2)).unwrap();
    let refused = ListRefusal::Unreadable(ListError::OtherVersion);
    assert_eq!(advance(&other, &good), refused);
    let mut none = World::without_lists();
    let sidecar = Sidecar::default().of(&good.leaf(None));
    let refused = none
        .lists
        .advance(&none.trust, &token, &sidecar, NOW, &Seen::default());
    assert_eq!(refused, Err(ListRefusal::NotHeld));
}

#[test]
fn a_trust_is_built_of_logged_keys_only() {
    let manifest = || Manifest::new(vec![URI.to_owned()]).unwrap();
    let trust = |policy: &str, sidecar: &str| {
        Trust::new(policy, &[sidecar], &[], manifest(), Tolerance::default()).map(|_| ())
    };
    let policy = world::policy();
    let key_leaf = key_leaf("credential", 1);
    let good = Sidecar::default();
    assert_eq!(trust(&policy, &good.of(&key_leaf)), Ok(()));
    let foreign = Sidecar {
        log: [9; 32],
        ..good.clone()
    };
    assert!(matches!(
        trust(&policy, &foreign.of(&key_leaf)),
        Err(Error::Log(_))
    ));
    let alone = Sidecar {
        witnessed: false,
        ..good.clone()
    };
    assert!(matches!(
        trust(&policy, &alone.of(&key_leaf)),
        Err(Error::Trust(_))
    ));
    let easy = world::policy_without_witnesses();
    assert_eq!(trust(&easy, &alone.of(&key_leaf)), Ok(()));
    let other = good.of(&Published::of(&array()).leaf(None));
    assert!(matches!(trust(&policy, &other), Err(Error::Trust(_))));
    let refused = leaf(NOW, Some("not_authorised"), map(Vec::new()));
    assert!(trust(&policy, &good.of(&refused)).is_err());
    assert!(matches!(trust("", &good.of(&key_leaf)), Err(Error::Log(_))));
}

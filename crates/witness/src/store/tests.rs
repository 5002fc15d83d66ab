//! A directory through restarts, damage, failing disks and forks.
//!
//! Invariant: whatever is released over the life of a directory, no two trees of one size are.

use super::*;
use files::Step;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use tlog::proof::consistency_proof;
use tlog::tree::{self, Leaves};
use tlog::{Hash, SignerKey, checkpoint, leaf_hash};
use zeroize::Zeroizing;

const ORIGIN: &str = "log.example";

fn signer() -> SignerKey {
    SignerKey::from_seed(ORIGIN, [1; 32]).unwrap()
}

fn made() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let seeds = Seeds {
        ed25519: Zeroizing::new([3; 32]),
        ml_dsa_44: Zeroizing::new([4; 32]),
    };
    Store::create(folder.path(), "witness.example", &seeds).unwrap();
    let store = Store::open(folder.path()).unwrap();
    store.trust(&signer().verifier(), None).unwrap();
    folder
}

/// Leaves of one of many possible logs: they agree below `fork_at`.
fn leaves(size: u64, fork_at: u64, tag: u8) -> Vec<Hash> {
    let leaf = |at: u64| (at, if at < fork_at { 0 } else { tag });
    let bytes = |(at, tag): (u64, u8)| [at.to_be_bytes().as_slice(), &[tag]].concat();
    (0..size).map(|at| leaf_hash(&bytes(leaf(at)))).collect()
}

fn body(old: u64, leaves: &[Hash]) -> Vec<u8> {
    let size = u64::try_from(leaves.len()).unwrap();
    let head = Checkpoint::new(ORIGIN, size, tree::root(leaves)).unwrap();
    let note = Note::parse(&checkpoint::sign(&head, &signer()).unwrap()).unwrap();
    let proof = consistency_proof(&Leaves(leaves), old, size).unwrap();
    Request::new(old, proof, note)
        .unwrap()
        .to_string()
        .into_bytes()
}

fn grown(old: u64, new: u64) -> Vec<u8> {
    body(old, &leaves(new, new, 0))
}

#[test]
fn a_witness_remembers_after_it_was_closed() {
    let folder = made();
    let store = Store::open(folder.path()).unwrap();
    assert_eq!(
        store.add_checkpoint(&grown(0, 5), 10).unwrap().status(),
        200
    );
    drop(store);
    let store = Store::open(folder.path()).unwrap();
    let conflict = Answer::Conflict { known_size: 5 };
    assert_eq!(store.add_checkpoint(&grown(0, 8), 11), Ok(conflict));
    assert_eq!(
        store.add_checkpoint(&grown(5, 8), 11).unwrap().status(),
        200
    );
    let published = store.checkpoint(&origin_hash(ORIGIN)).unwrap().unwrap();
    let note = Note::parse(&published).unwrap();
    let opened = checkpoint::open_note(&note, &signer().verifier(), &store.keys()).unwrap();
    let times: Vec<_> = opened.cosigned.iter().map(|one| one.time_s).collect();
    assert_eq!((opened.checkpoint.size(), times), (8, vec![11, 11]));
    assert_eq!(store.checkpoint(&origin_hash("other")), Ok(None));
}

#[test]
fn one_directory_has_one_server() {
    let folder = made();
    let _first = Store::open(folder.path()).unwrap();
    let locked = StoreError::Locked(folder.path().to_path_buf());
    assert_eq!(Store::open(folder.path()).err(), Some(locked));
}

#[test]
fn a_directory_that_is_not_one_or_is_newer_or_full_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_path_buf();
    assert_eq!(
        Store::open(&path).err(),
        Some(StoreError::Unknown(path.clone()))
    );
    let folder = made();
    let path = folder.path().to_path_buf();
    let seeds = Seeds {
        ed25519: Zeroizing::new([3; 32]),
        ml_dsa_44: Zeroizing::new([4; 32]),
    };
    let exists = StoreError::Exists(path.clone());
    assert_eq!(Store::create(&path, "w", &seeds), Err(exists));
    std::fs::write(path.join(FORMAT), "mingma witness 2\n").unwrap();
    assert_eq!(Store::open(&path).err(), Some(StoreError::Newer(path)));
}

#[test]
fn a_secret_that_others_may_read_or_that_was_cut_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    for name in ["ed25519.seed", "ml-dsa-44.seed"] {
        let folder = made();
        let path = folder.path().join(name);
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o640)).unwrap();
        let readable = StoreError::KeyReadable(path.clone());
        assert_eq!(Store::open(folder.path()).err(), Some(readable));
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
        std::fs::write(&path, [3; 31]).unwrap();
        assert_eq!(
            Store::open(folder.path()).err(),
            Some(StoreError::Key(path))
        );
    }
}

#[test]
fn a_log_is_trusted_once_and_stays_so() {
    let folder = made();
    let store = Store::open(folder.path()).unwrap();
    let key = signer().verifier();
    assert_eq!(store.trust(&key, None), Err(StoreError::LogKnown));
    let other = SignerKey::from_seed("other.example", [9; 32]).unwrap();
    store.add_checkpoint(&grown(0, 5), 10).unwrap();
    store
        .trust(&other.verifier(), Some("https://other.example"))
        .unwrap();
    // What is known of the first log is kept.
    let conflict = Answer::Conflict { known_size: 5 };
    assert_eq!(store.add_checkpoint(&grown(0, 8), 10), Ok(conflict));
    drop(store);
    let store = Store::open(folder.path()).unwrap();
    assert_eq!(store.known().len(), 2);
}

#[test]
fn a_last_checkpoint_that_does_not_read_is_never_taken_for_none() {
    let folder = made();
    let store = Store::open(folder.path()).unwrap();
    store.add_checkpoint(&grown(0, 5), 10).unwrap();
    drop(store);
    let head = folder
        .path()
        .join("state")
        .join(origin_hash(ORIGIN))
        .join("head");
    let good = std::fs::read_to_string(&head).unwrap();
    for damage in [
        "",
        "x",
        &good.replace(ORIGIN, "log.exampl"),
        &good[..good.len() - 1],
    ] {
        std::fs::write(&head, damage).unwrap();
        let refused = Store::open(folder.path()).err();
        assert!(
            matches!(refused, Some(StoreError::State { .. })),
            "{damage}"
        );
    }
    std::fs::remove_file(&head).unwrap();
    let refused = Store::open(folder.path()).err();
    assert!(matches!(refused, Some(StoreError::State { .. })));
    std::fs::write(&head, good).unwrap();
    assert!(Store::open(folder.path()).is_ok());
}

#[test]
fn a_fork_is_refused_and_kept_with_what_it_contradicts() {
    let folder = made();
    let store = Store::open(folder.path()).unwrap();
    store.add_checkpoint(&grown(0, 5), 10).unwrap();
    let fork = body(0, &leaves(5, 2, 1));
    let conflict = Answer::Conflict { known_size: 5 };
    assert_eq!(store.add_checkpoint(&fork, 11), Ok(conflict.clone()));
    let kept = store.evidence().unwrap();
    assert_eq!(kept.len(), 2);
    let extension = |end: &str| {
        kept.iter()
            .find(|path| path.extension().unwrap() == end)
            .unwrap()
    };
    assert_eq!(std::fs::read(extension("request")).unwrap(), fork);
    let known = std::fs::read_to_string(extension("known")).unwrap();
    let ours = checkpoint::open(&known, &signer().verifier()).unwrap();
    assert_eq!(ours.size(), 5);

    // The same fork in other words is the same evidence; another is kept beside it.
    let reworded = String::from_utf8(fork.clone())
        .unwrap()
        .replace("old 0", "old 3");
    assert_eq!(store.add_checkpoint(reworded.as_bytes(), 12), Ok(conflict));
    assert_eq!(std::fs::read(extension("request")).unwrap(), fork);
    store
        .add_checkpoint(&body(5, &leaves(8, 2, 1)), 12)
        .unwrap();
    let names: Vec<_> = store.evidence().unwrap();
    assert_eq!(names.len(), 4);
    assert!(
        names[0]
            .file_name()
            .unwrap()
            .to_string_lossy()
            .starts_with("doubt-")
    );
}

#[test]
fn what_strangers_added_to_a_checkpoint_is_not_passed_on() {
    let folder = made();
    let store = Store::open(folder.path()).unwrap();
    let request = Request::parse(&grown(0, 5)).unwrap();
    let stranger = SignerKey::from_seed("stranger", [9; 32]).unwrap();
    let line = stranger.sign(request.note().text());
    let note = request.note().clone().with_signature(line).unwrap();
    let body = Request::new(0, Vec::new(), note).unwrap().to_string();
    assert_eq!(
        store.add_checkpoint(body.as_bytes(), 1).unwrap().status(),
        200
    );
    let published = store.checkpoint(&origin_hash(ORIGIN)).unwrap().unwrap();
    assert!(!published.contains("stranger"), "{published}");
}

/// Fails before the step of this number, and all after it.
fn dies_before(number: usize) -> (Watch, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&count);
    let watch = move |_: Step| {
        if seen.fetch_add(1, Ordering::SeqCst) >= number {
            return Err(io::Error::other("killed"));
        }
        Ok(())
    };
    (Arc::new(watch), count)
}

#[test]
fn killed_before_any_step_a_witness_never_cosigns_two_trees_of_one_size() {
    let mut steps = 1;
    let mut number = 0;
    while number <= steps {
        let folder = made();
        let store = Store::open(folder.path()).unwrap();
        store.add_checkpoint(&grown(0, 3), 10).unwrap();
        drop(store);
        let mut cosigned: BTreeMap<u64, Vec<u8>> = BTreeMap::from([(3, grown(0, 3))]);
        let mut released = |answer: Result<Answer, StoreError>, body: &[u8]| {
            if let Ok(Answer::Cosigned(_)) = answer {
                let text = |body: &[u8]| Request::parse(body).unwrap().note().text().to_owned();
                let size = Request::parse(body).unwrap().checkpoint().size();
                let before = cosigned.entry(size).or_insert_with(|| body.to_vec());
                assert_eq!(text(before), text(body), "killed before step {number}");
                return true;
            }
            false
        };
        let [left, right] = [1, 2].map(|tag| body(3, &leaves(8, 3, tag)));
        let (watch, count) = dies_before(number);
        let store = Store::open_watched(folder.path(), watch).unwrap();
        let first = released(store.add_checkpoint(&left, 11), &left);
        steps = steps.max(count.load(Ordering::SeqCst));
        // Asked again while the disk still fails, then by a process that starts anew.
        released(store.add_checkpoint(&right, 12), &right);
        drop(store);
        let store = Store::open(folder.path()).unwrap();
        let other = released(store.add_checkpoint(&right, 13), &right);
        let again = [&left, &right].map(|body| {
            let request = Request::parse(body).unwrap();
            let note = request.note().clone();
            let same = Request::new(8, Vec::new(), note).unwrap().to_string();
            released(store.add_checkpoint(same.as_bytes(), 14), same.as_bytes())
        });
        assert!(!(first && other));
        // Exactly one of the two trees is there to go on from.
        assert_eq!(again.iter().filter(|done| **done).count(), 1, "{number}");
        number += 1;
    }
    assert!(steps >= 8, "two files of four steps each, saw {steps}");
}

#[test]
fn a_clock_that_went_back_stops_cosigning_until_it_is_right_even_after_a_restart() {
    let folder = made();
    let store = Store::open(folder.path()).unwrap();
    store.add_checkpoint(&grown(0, 5), 10).unwrap();
    let behind = StoreError::ClockBehind {
        before_s: 10,
        now_s: 9,
    };
    assert_eq!(store.add_checkpoint(&grown(5, 8), 9), Err(behind.clone()));
    drop(store);
    let store = Store::open(folder.path()).unwrap();
    assert_eq!(store.add_checkpoint(&grown(5, 8), 9), Err(behind));
    let done = store.add_checkpoint(&grown(5, 8), 10).unwrap();
    assert_eq!(done.status(), 200);
}

#[test]
fn a_published_checkpoint_can_be_put_back_as_the_head() {
    let folder = made();
    let store = Store::open(folder.path()).unwrap();
    store.add_checkpoint(&grown(0, 5), 10).unwrap();
    let published = store.checkpoint(&origin_hash(ORIGIN)).unwrap().unwrap();
    drop(store);
    let state = folder.path().join("state").join(origin_hash(ORIGIN));
    std::fs::remove_file(state.join(COSIGNED)).unwrap();
    std::fs::write(state.join(HEAD), published).unwrap();
    let store = Store::open(folder.path()).unwrap();
    let early = store.add_checkpoint(&grown(5, 5), 9);
    assert!(matches!(early, Err(StoreError::ClockBehind { .. })));
    assert_eq!(
        store.add_checkpoint(&grown(5, 5), 11).unwrap().status(),
        200
    );
    let again = store.checkpoint(&origin_hash(ORIGIN)).unwrap().unwrap();
    assert_eq!(Note::parse(&again).unwrap().signatures().len(), 3);
}

#[test]
fn evidence_is_told_once() {
    let folder = made();
    let store = Store::open(folder.path()).unwrap();
    store.add_checkpoint(&grown(0, 5), 10).unwrap();
    let fork = body(0, &leaves(5, 2, 1));
    let (kind, path) = store.judge(&fork, 11).unwrap().kept.unwrap();
    assert_eq!(kind, Evidence::Fork);
    assert!(store.evidence().unwrap().contains(&path));
    assert_eq!(store.judge(&fork, 11).unwrap().kept, None);
    assert_eq!(store.judge(&grown(0, 8), 11).unwrap().kept, None);
}

#[test]
fn evidence_that_cannot_be_kept_is_an_error() {
    let folder = made();
    let store = Store::open(folder.path()).unwrap();
    store.add_checkpoint(&grown(0, 5), 10).unwrap();
    drop(store);
    let (watch, _) = dies_before(0);
    let store = Store::open_watched(folder.path(), watch).unwrap();
    let fork = body(0, &leaves(5, 2, 1));
    let refused = store.add_checkpoint(&fork, 11);
    assert!(matches!(refused, Err(StoreError::Io { .. })));
}

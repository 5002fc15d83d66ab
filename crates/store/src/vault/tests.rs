//! The vault gives back what was stored, and forgets for good.

use super::*;
use domain::document::DocumentType;
use std::path::PathBuf;

struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn open(&self) -> FileVault {
        let folder = self.folder.path();
        FileVault::open(&folder.join("vault"), &folder.join("vault-keys")).unwrap()
    }

    fn slots(&self) -> PathBuf {
        self.folder.path().join("vault-keys/keys.slots")
    }

    /// The key of a person, read from the file of keys.
    fn key(&self, number: u32) -> [u8; 32] {
        let bytes = std::fs::read(self.slots()).unwrap();
        let slot = bytes.as_chunks::<64>().0.iter();
        let mut found = slot.filter(|slot| slot.starts_with(person(number).as_bytes()));
        *found.next().unwrap()[16..].first_chunk().unwrap()
    }

    /// In how many files some bytes occur.
    fn occurrences(&self, needle: &[u8]) -> usize {
        fn files(folder: &Path, out: &mut Vec<PathBuf>) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    files(&path, out)
                } else {
                    out.push(path)
                }
            }
        }
        let mut paths = Vec::new();
        files(self.folder.path(), &mut paths);
        assert!(paths.len() > 2);
        let holds = |path: &PathBuf| {
            std::fs::read(path)
                .unwrap()
                .windows(needle.len())
                .any(|window| window == needle)
        };
        paths.into_iter().filter(holds).count()
    }
}

fn person(number: u32) -> PersonId {
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    PersonId::from_bytes(bytes)
}

fn identity(name: &str) -> Identity {
    Identity {
        document_type: DocumentType::ALL[0],
        document_number: "990000199001010010".to_owned(),
        name: name.to_owned(),
        phone: None,
        email: None,
    }
}

#[test]
fn what_is_stored_is_read_back_also_after_a_restart() {
    let place = Place::new();
    let mut vault = place.open();
    vault.store(&[]).unwrap();
    vault
        .store(&[(person(1), identity("甲")), (person(2), identity("乙"))])
        .unwrap();
    vault
        .store(&[(person(2), identity("丙")), (person(3), identity("丁"))])
        .unwrap();
    drop(vault);
    for _ in 0..2 {
        let vault = place.open();
        assert_eq!(vault.read(person(1)).unwrap(), Some(identity("甲")));
        assert_eq!(vault.read(person(2)).unwrap(), Some(identity("丙")));
        assert_eq!(vault.read(person(3)).unwrap(), Some(identity("丁")));
        assert_eq!(vault.read(person(4)).unwrap(), None);
        assert_eq!(vault.damaged_keys(), 0);
    }
}

#[test]
fn names_are_nowhere_in_clear() {
    let place = Place::new();
    place
        .open()
        .store(&[(person(1), identity("invented person"))])
        .unwrap();
    assert_eq!(place.occurrences(b"invented person"), 0);
    assert_eq!(place.occurrences(b"990000199001010010"), 0);
}

#[test]
fn a_destroyed_key_is_nowhere_and_others_still_open() {
    let place = Place::new();
    let mut vault = place.open();
    let people: Vec<_> = (0..200)
        .map(|number| (person(number), identity("甲")))
        .collect();
    vault.store(&people).unwrap();
    let old = place.key(7);
    assert_eq!(place.occurrences(&old), 1);
    assert!(vault.destroy(person(7)).unwrap());
    assert!(!vault.destroy(person(7)).unwrap());
    assert_eq!(place.occurrences(&old), 0);
    assert_eq!(vault.read(person(7)).unwrap(), None);
    vault.store(&[(person(7), identity("乙"))]).unwrap();
    drop(vault);
    assert_eq!(place.occurrences(&old), 0);
    assert_ne!(place.key(7), old);
    let vault = place.open();
    assert_eq!(vault.read(person(7)).unwrap(), Some(identity("乙")));
    for number in (0..200).filter(|number| *number != 7) {
        assert_eq!(vault.read(person(number)).unwrap(), Some(identity("甲")));
    }
}

#[test]
fn free_slots_are_used_again() {
    let place = Place::new();
    let mut vault = place.open();
    let people: Vec<_> = (0..10)
        .map(|number| (person(number), identity("甲")))
        .collect();
    vault.store(&people).unwrap();
    for number in [3, 4, 8] {
        vault.destroy(person(number)).unwrap();
    }
    drop(vault);
    let mut vault = place.open();
    let more: Vec<_> = (20..24)
        .map(|number| (person(number), identity("乙")))
        .collect();
    vault.store(&more).unwrap();
    assert_eq!(std::fs::metadata(place.slots()).unwrap().len(), 11 * 64);
    for (person, identity) in more.into_iter().chain(people.into_iter().take(3)) {
        assert_eq!(vault.read(person).unwrap(), Some(identity));
    }
}

#[test]
fn the_same_person_twice_in_one_call_keeps_the_last() {
    let place = Place::new();
    let mut vault = place.open();
    vault
        .store(&[(person(1), identity("甲")), (person(1), identity("乙"))])
        .unwrap();
    assert_eq!(vault.read(person(1)).unwrap(), Some(identity("乙")));
    assert_eq!(std::fs::metadata(place.slots()).unwrap().len(), 64);
}

#[test]
fn a_damaged_key_is_counted_and_never_trusted() {
    let place = Place::new();
    let mut vault = place.open();
    vault
        .store(&[(person(1), identity("甲")), (person(2), identity("乙"))])
        .unwrap();
    let good = std::fs::read(place.slots()).unwrap();
    for byte in 0..64 {
        let mut bad = good.clone();
        bad[byte] ^= 1;
        std::fs::write(place.slots(), &bad).unwrap();
        if byte == 0 {
            vault.read(person(1)).unwrap_err();
        }
        let slots = Slots::open(&place.slots()).unwrap();
        assert_eq!(
            (slots.damaged(), slots.has(person(1)), slots.has(person(2))),
            (1, false, true)
        );
    }
}

#[test]
fn a_slot_that_was_cut_short_is_written_over() {
    let place = Place::new();
    let mut vault = place.open();
    vault.store(&[(person(1), identity("甲"))]).unwrap();
    drop(vault);
    let mut bytes = std::fs::read(place.slots()).unwrap();
    bytes.extend([5; 30]);
    std::fs::write(place.slots(), bytes).unwrap();
    let mut vault = place.open();
    vault.store(&[(person(2), identity("乙"))]).unwrap();
    drop(vault);
    assert_eq!(place.open().read(person(2)).unwrap(), Some(identity("乙")));
}

#[test]
fn an_identity_that_is_too_long_is_refused_before_anything_is_written() {
    let place = Place::new();
    let mut vault = place.open();
    vault
        .store(&[(person(1), identity(&"长".repeat(2000)))])
        .unwrap_err();
    assert_eq!(std::fs::metadata(place.slots()).unwrap().len(), 0);
}

#[test]
fn an_identity_from_before_there_was_email_is_read_without_one() {
    let mut bytes = postcard::to_stdvec(&identity("甲")).unwrap();
    assert_eq!(bytes.pop(), Some(0));
    assert_eq!(decode(&bytes), Some(identity("甲")));
    bytes.pop();
    assert_eq!(decode(&bytes), None);
}

#[test]
fn a_vault_whose_rows_are_held_opens_beside_them_and_alone_afterwards() {
    let place = Place::new();
    let (folder, keys) = (
        place.folder.path().join("vault"),
        place.folder.path().join("vault-keys"),
    );
    let copy = place.folder.path().join("copy");
    let mut vault = place.open();
    vault.store(&[(person(1), identity("甲"))]).unwrap();
    std::fs::create_dir(&copy).unwrap();
    let instant = vault.instant(&copy).unwrap();
    let held = vault.sealed();
    drop(vault);
    assert!(FileVault::open(&folder, &keys).is_err());
    let mut vault = FileVault::beside(&held, &keys).unwrap();
    assert_eq!(vault.read(person(1)).unwrap(), Some(identity("甲")));
    vault.store(&[(person(2), identity("乙"))]).unwrap();
    drop(vault);
    instant.copy(&copy.join("vault"), &|| true).unwrap();
    drop((instant, held));
    let vault = place.open();
    assert_eq!(vault.read(person(2)).unwrap(), Some(identity("乙")));
    let copied = FileVault::open(&copy.join("vault"), &copy).unwrap();
    assert_eq!(copied.read(person(1)).unwrap(), Some(identity("甲")));
    assert_eq!(copied.read(person(2)).unwrap(), None);
    assert_eq!(copied.damaged_keys(), 0);
}

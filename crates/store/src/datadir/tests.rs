//! A data directory is made once, locked, known by its format, copied and brought back.

use super::*;
use crate::{FileKeyring, FileSnapshots, FileVault, SegmentJournal, SegmentReader};
use app::ports::{Identity, Journal, Keyring, Record, Snapshots, Vault};
use domain::document::{DocumentType, PersonId};
use domain::time::Day;
use std::os::unix::fs::PermissionsExt;

const PERSON: PersonId = PersonId::from_bytes([1; 16]);

fn identity() -> Identity {
    Identity {
        document_type: DocumentType::ALL[0],
        document_number: "990000199001010010".to_owned(),
        name: "甲".to_owned(),
        phone: None,
        email: None,
    }
}

#[test]
fn a_directory_is_made_and_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a/b");
    let made = DataDir::create(&path).unwrap();
    assert_eq!(
        std::fs::read(path.join("format")).unwrap(),
        b"mingma data 1\n"
    );
    drop(made);
    assert_eq!(DataDir::open(&path).unwrap().path(), path);
    assert_eq!(
        DataDir::create(&path).unwrap_err(),
        StoreError::Exists(path)
    );
}

#[test]
fn one_process_at_a_time_has_it_and_the_other_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    let held = DataDir::create(&path).unwrap();
    let refused = DataDir::open(&path).unwrap_err();
    let holder = Some(std::process::id());
    assert_eq!(
        refused,
        StoreError::Locked {
            path: path.clone(),
            holder
        }
    );
    assert!(
        refused
            .to_string()
            .contains(&format!("process {}", std::process::id()))
    );
    drop(held);
    DataDir::open(&path).unwrap();
}

#[test]
fn unknown_and_newer_formats_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_path_buf();
    let unknown = Err(StoreError::Unknown(path.clone()));
    assert_eq!(check_format(&path), unknown);
    for (text, result) in [
        ("mingma data 1\n", Ok(())),
        (
            "mingma data 2\n",
            Err(StoreError::Newer {
                path: path.clone(),
                number: 2,
            }),
        ),
        ("mingma data 0\n", unknown.clone()),
        ("mingma data 1", unknown.clone()),
        ("something else\n", unknown.clone()),
        ("", unknown.clone()),
    ] {
        std::fs::write(path.join("format"), text).unwrap();
        assert_eq!(check_format(&path), result, "{text:?}");
    }
}

#[test]
fn a_directory_with_other_things_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("thesis.txt"), b"").unwrap();
    let path = folder.path().to_path_buf();
    assert_eq!(
        DataDir::create(&path).unwrap_err(),
        StoreError::Exists(path.clone())
    );
    assert_eq!(DataDir::open(&path).unwrap_err(), StoreError::Unknown(path));
    assert!(!folder.path().join("lock").exists());
}

#[test]
fn a_secret_is_its_owners_alone_and_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.key");
    assert_eq!(read_secret(&path).unwrap(), None);
    write_secret(&path, b"secret").unwrap();
    assert_eq!(read_secret(&path).unwrap().unwrap().as_slice(), b"secret");
    assert_eq!(
        std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert_eq!(
        write_secret(&path, b"other").unwrap_err(),
        StoreError::Exists(path)
    );
}

/// A directory with a little of everything.
fn filled(path: &Path) -> DataDir {
    let data = DataDir::create(path).unwrap();
    let mut keyring = FileKeyring::open(&data.payload_keys()).unwrap();
    let mut journal = SegmentJournal::open_with(&data.journal(), 2048).unwrap();
    for seq in 0..30_u64 {
        let leaf = seq.to_be_bytes().to_vec();
        let sealed = keyring
            .seal(Day::from_count(5), &leaf, vec![3; 300])
            .unwrap();
        journal.append(seq, &[Record { leaf, sealed }]).unwrap();
    }
    let mut vault = FileVault::open(&data.vault(), &data.vault_keys()).unwrap();
    vault.store(&[(PERSON, identity())]).unwrap();
    FileSnapshots::open(&data.snapshots())
        .unwrap()
        .store(20, b"state")
        .unwrap();
    write_secret(&data.log_key(), &[7; 32]).unwrap();
    data
}

#[test]
fn a_backup_that_is_restored_holds_everything() {
    let folder = tempfile::tempdir().unwrap();
    let data = filled(&folder.path().join("data"));
    let (copy, back) = (folder.path().join("copy"), folder.path().join("back"));
    data.backup(&copy).unwrap();
    assert_eq!(
        data.backup(&copy).unwrap_err(),
        StoreError::Exists(copy.clone())
    );
    restore(&copy, &back).unwrap();
    assert_eq!(
        restore(&copy, &back).unwrap_err(),
        StoreError::Exists(back.clone())
    );

    let back = DataDir::open(&back).unwrap();
    let keyring = FileKeyring::open(&back.payload_keys()).unwrap();
    let mut journal = SegmentJournal::open_with(&back.journal(), 2048).unwrap();
    let records: Vec<Record> = journal.read_from(0).unwrap().map(Result::unwrap).collect();
    assert_eq!(records.len(), 30);
    assert_eq!(
        journal.chain(),
        SegmentReader::open(&data.journal()).unwrap().chain()
    );
    for record in &records {
        assert_eq!(
            keyring.open(&record.leaf, &record.sealed).unwrap(),
            [3; 300]
        );
    }
    journal.append(30, &records[..1]).unwrap();
    let vault = FileVault::open(&back.vault(), &back.vault_keys()).unwrap();
    assert_eq!(vault.read(PERSON).unwrap(), Some(identity()));
    let snapshots = FileSnapshots::open(&back.snapshots()).unwrap();
    assert_eq!(snapshots.newest().unwrap(), Some((20, b"state".to_vec())));
    let log_key = std::fs::metadata(back.log_key()).unwrap();
    assert_eq!(log_key.permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_damaged_backup_is_not_restored() {
    let folder = tempfile::tempdir().unwrap();
    let data = filled(&folder.path().join("data"));
    let copy = folder.path().join("copy");
    data.backup(&copy).unwrap();
    let segment = copy.join("journal/00000000000000000000.seg");
    let mut bytes = std::fs::read(&segment).unwrap();
    bytes[100] ^= 1;
    std::fs::write(&segment, bytes).unwrap();
    let refused = restore(&copy, &folder.path().join("back")).unwrap_err();
    assert!(matches!(
        refused,
        StoreError::Journal(JournalError::Damaged { seq: 0, .. })
    ));
    std::fs::remove_file(copy.join("format")).unwrap();
    let refused = restore(&copy, &folder.path().join("other")).unwrap_err();
    assert_eq!(refused, StoreError::Unknown(copy));
}

#[test]
fn a_vault_that_is_open_is_not_copied() {
    let folder = tempfile::tempdir().unwrap();
    let data = filled(&folder.path().join("data"));
    let vault = FileVault::open(&data.vault(), &data.vault_keys()).unwrap();
    let refused = data.backup(&folder.path().join("copy")).unwrap_err();
    assert!(matches!(refused, StoreError::Storage(_)), "{refused}");
    assert!(!folder.path().join("copy").exists());
    drop(vault);
    data.backup(&folder.path().join("copy")).unwrap();
}

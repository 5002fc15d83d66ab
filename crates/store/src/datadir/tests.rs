//! A data directory is made once, locked, known by its format, copied and brought back.

use super::*;
use crate::instant::Instant;
use crate::{FileKeyring, FileSnapshots, FileVault, SegmentJournal, SegmentReader};
use app::ports::{Accounts, Identity, Journal, Keyring, Outbox, Record, Shelf, Snapshots, Vault};
use domain::document::{DocumentType, PersonId};
use domain::time::{Day, Timestamp};
use std::cell::Cell;
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

/// A writer that goes on while it is copied: whatever it is asked, it writes more at once.
struct Busy {
    journal: SegmentJournal,
    keyring: FileKeyring,
    vault: FileVault,
    accounts: FjallAccounts,
    outbox: FjallOutbox,
    log: PathBuf,
    /// How often it is still asked whether it wants the copy before it does not.
    patience: Cell<u64>,
    good: bool,
    /// How many entries it appends when it is asked.
    grows: u64,
}

impl Busy {
    fn of(data: &DataDir) -> Self {
        let log = data.log();
        std::fs::create_dir_all(log.join("tile/0/000.p")).unwrap();
        std::fs::write(log.join("checkpoint"), b"30").unwrap();
        std::fs::write(log.join("tile/0/000.p/30"), b"edge").unwrap();
        std::fs::write(log.join("half.tmp"), b"").unwrap();
        let accounts = FjallAccounts::open(&data.accounts()).unwrap();
        accounts.put(Shelf::Passkeys, b"a", b"1").unwrap();
        Self {
            journal: SegmentJournal::open_with(&data.journal(), 2048).unwrap(),
            keyring: FileKeyring::open(&data.payload_keys()).unwrap(),
            vault: FileVault::open(&data.vault(), &data.vault_keys()).unwrap(),
            accounts,
            outbox: FjallOutbox::open(&data.outbox()).unwrap(),
            log,
            patience: Cell::new(u64::MAX),
            good: true,
            grows: 20,
        }
    }

    fn append(&mut self, count: u64) {
        for _ in 0..count {
            let seq = self.journal.len();
            let leaf = seq.to_be_bytes().to_vec();
            let sealed = self.keyring.seal(Day::from_count(6), &leaf, vec![4; 300]);
            let record = Record {
                leaf,
                sealed: sealed.unwrap(),
            };
            self.journal.append(seq, &[record]).unwrap();
        }
        let position = Some(self.journal.len());
        let now = Timestamp::from_unix(0);
        self.outbox.enqueue(&[], now, position).unwrap();
    }
}

impl Holder for Busy {
    fn durable(&mut self) -> Result<u64, StoreError> {
        let durable = self.journal.len();
        // The log was copied; from here on the journal and the log grow past what is copied.
        self.append(self.grows);
        std::fs::write(self.log.join("checkpoint"), b"50").unwrap();
        std::fs::remove_dir_all(self.log.join("tile/0/000.p")).unwrap();
        Ok(durable)
    }

    fn vault(&mut self, keys_folder: &Path) -> Result<Instant, StoreError> {
        self.append(self.grows);
        let instant = self.vault.instant(keys_folder)?;
        // Erased and entered again under another key: the copy has the old row and the old key.
        self.vault.destroy(PERSON).unwrap();
        let other = PersonId::from_bytes([2; 16]);
        let people = [(PERSON, identity()), (other, identity())];
        self.vault.store(&people).unwrap();
        Ok(instant)
    }

    fn wants(&self) -> bool {
        let left = self.patience.get();
        self.patience.set(left.saturating_sub(1));
        left > 0
    }

    fn check(&self, copy: &Path, entries: u64) -> Result<(), StoreError> {
        assert_eq!(check_format(copy), Err(StoreError::Unknown(copy.into())));
        assert_eq!(
            SegmentReader::open(&copy.join("journal")).unwrap().len(),
            entries
        );
        match self.good {
            true => Ok(()),
            false => Err(StoreError::Unknown(copy.to_path_buf())),
        }
    }
}

/// Copies a directory at work.
fn copy_at_work(busy: &mut Busy, data: &DataDir, copy: &Path) -> Result<u64, StoreError> {
    let (outbox, accounts) = (busy.outbox.clone(), busy.accounts.clone());
    backup_live(data.path(), copy, (&outbox, &accounts), busy)
}

#[test]
fn a_backup_at_work_holds_what_was_durable_and_nothing_half() {
    let folder = tempfile::tempdir().unwrap();
    let data = filled(&folder.path().join("data"));
    let (copy, back) = (folder.path().join("copy"), folder.path().join("back"));
    let mut busy = Busy::of(&data);
    busy.append(7);
    assert_eq!(copy_at_work(&mut busy, &data, &copy), Ok(37));
    let again = copy_at_work(&mut busy, &data, &copy);
    assert_eq!(again, Err(StoreError::Exists(copy.clone())));
    // The original goes on.
    busy.append(1);
    drop(busy);
    restore(&copy, &back).unwrap();

    let back = DataDir::open(&back).unwrap();
    let keyring = FileKeyring::open(&back.payload_keys()).unwrap();
    let mut journal = SegmentJournal::open_with(&back.journal(), 2048).unwrap();
    assert_eq!(journal.cut(), None);
    let records: Vec<Record> = journal.read_from(0).unwrap().map(Result::unwrap).collect();
    assert_eq!(records.len(), 37);
    for record in &records {
        assert_eq!(
            keyring.open(&record.leaf, &record.sealed).unwrap().len(),
            300
        );
    }
    journal.append(37, &records[..1]).unwrap();
    let read = |name: &str| std::fs::read(back.log().join(name)).ok();
    assert_eq!(read("checkpoint").as_deref(), Some(&b"30"[..]));
    assert_eq!(read("tile/0/000.p/30").as_deref(), Some(&b"edge"[..]));
    assert_eq!(read("half.tmp"), None);
    let mut vault = FileVault::open(&back.vault(), &back.vault_keys()).unwrap();
    assert_eq!(vault.damaged_keys(), 0);
    assert_eq!(vault.read(PERSON).unwrap(), Some(identity()));
    assert_eq!(vault.read(PersonId::from_bytes([2; 16])).unwrap(), None);
    assert!(vault.destroy(PERSON).unwrap());
    vault.store(&[(PERSON, identity())]).unwrap();
    drop(vault);
    let vault = FileVault::open(&back.vault(), &back.vault_keys()).unwrap();
    assert_eq!(vault.read(PERSON).unwrap(), Some(identity()));
    // The outbox is not ahead of the journal: what it owes is derived again.
    let outbox = FjallOutbox::open(&back.outbox()).unwrap();
    assert_eq!(outbox.position().unwrap(), 37);
    let accounts = FjallAccounts::open(&back.accounts()).unwrap();
    assert_eq!(accounts.take(Shelf::Passkeys, b"a").unwrap().unwrap(), b"1");
    assert_eq!(accounts.get(Shelf::Passkeys, b"a").unwrap(), None);
    for private in [
        back.vault(),
        back.vault_keys(),
        back.outbox(),
        back.accounts(),
    ] {
        let mode = std::fs::metadata(&private).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "{}", private.display());
    }
}

#[test]
fn a_backup_at_work_that_is_broken_off_or_not_good_is_no_data_directory() {
    let folder = tempfile::tempdir().unwrap();
    let data = filled(&folder.path().join("data"));
    let mut busy = Busy::of(&data);
    busy.grows = 0;
    let mut tries = 0_u64;
    loop {
        let copy = folder.path().join(format!("copy{tries}"));
        std::fs::create_dir_all(busy.log.join("tile/0/000.p")).unwrap();
        busy.patience.set(tries);
        if copy_at_work(&mut busy, &data, &copy).is_ok() {
            break;
        }
        let refused = restore(&copy, &folder.path().join("back"));
        assert_eq!(refused, Err(StoreError::Unknown(copy)));
        tries += 1;
    }
    assert!(tries > 10, "{tries}");
    busy.patience.set(u64::MAX);
    busy.good = false;
    std::fs::create_dir_all(busy.log.join("tile/0/000.p")).unwrap();
    let copy = folder.path().join("bad");
    copy_at_work(&mut busy, &data, &copy).unwrap_err();
    assert_eq!(check_format(&copy), Err(StoreError::Unknown(copy)));
}

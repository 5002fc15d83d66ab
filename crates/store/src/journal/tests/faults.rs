//! Each durable step is failed, before and after it takes effect and half-way; then all is
//! verified.

use super::*;
use std::sync::atomic::{AtomicU64, Ordering};

#[derive(Clone, Copy, Debug)]
enum Fault {
    Before,
    Half,
    After,
}

/// A disk on which one step fails, and every later one: what is there then is what a crash leaves.
struct FaultDisk {
    steps: Arc<AtomicU64>,
    fails_at: u64,
    fault: Fault,
    kind: io::ErrorKind,
    /// Whether steps after the failing one work again.
    heals: bool,
}

struct FaultFile {
    disk: Arc<FaultDisk>,
    file: Arc<dyn DiskFile>,
}

impl FaultDisk {
    fn new(fails_at: u64, fault: Fault, kind: io::ErrorKind, heals: bool) -> Arc<Self> {
        Arc::new(Self {
            steps: Arc::default(),
            fails_at,
            fault,
            kind,
            heals,
        })
    }

    fn step<T>(&self, half: impl FnOnce(), act: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        let step = self.steps.fetch_add(1, Ordering::SeqCst);
        let failed = || Err(io::Error::from(self.kind));
        if step < self.fails_at || (self.heals && step > self.fails_at) {
            return act();
        }
        if step == self.fails_at {
            match self.fault {
                Fault::Before => {}
                Fault::Half => half(),
                Fault::After => drop(act()),
            }
        }
        failed()
    }
}

impl Disk for Arc<FaultDisk> {
    fn names(&self, folder: &Path) -> io::Result<Vec<String>> {
        LocalDisk.names(folder)
    }

    fn create(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>> {
        let file = self.step(|| (), || LocalDisk.create(path))?;
        Ok(Arc::new(FaultFile {
            disk: Arc::clone(self),
            file,
        }))
    }

    fn open(&self, path: &Path, access: Access) -> io::Result<Arc<dyn DiskFile>> {
        let file = LocalDisk.open(path, access)?;
        Ok(Arc::new(FaultFile {
            disk: Arc::clone(self),
            file,
        }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step(|| (), || LocalDisk.rename(from, to))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        LocalDisk.remove(path)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.step(|| (), || LocalDisk.sync_folder(folder))
    }
}

impl DiskFile for FaultFile {
    fn size(&self) -> io::Result<u64> {
        self.file.size()
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.file.read_at(buffer, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let half = || {
            self.file
                .write_at(&bytes[..bytes.len() / 2], offset)
                .unwrap()
        };
        self.disk.step(half, || self.file.write_at(bytes, offset))
    }

    fn allocate(&self, size: u64) -> io::Result<()> {
        let half = || self.file.set_size(size / 2).unwrap();
        self.disk.step(half, || self.file.allocate(size))
    }

    fn set_size(&self, size: u64) -> io::Result<()> {
        self.disk.step(|| (), || self.file.set_size(size))
    }

    fn sync_data(&self) -> io::Result<()> {
        self.disk.step(|| (), || self.file.sync_data())
    }

    fn sync_all(&self) -> io::Result<()> {
        self.disk.step(|| (), || self.file.sync_all())
    }
}

/// Groups of several sizes, one larger than a segment; several segments in all.
fn groups() -> Vec<Vec<Record>> {
    let large = Record {
        leaf: vec![7; 20],
        sealed: vec![8; 200_000],
    };
    let mut groups: Vec<Vec<Record>> = samples(40).chunks(3).map(<[Record]>::to_vec).collect();
    groups.insert(5, vec![sample(1), large]);
    groups
}

/// Appends until a step fails; returns how many records were acknowledged, and the first error.
fn run(disk: &Arc<FaultDisk>, folder: &Path) -> (u64, Option<JournalError>) {
    let disk: Arc<dyn Disk> = Arc::new(Arc::clone(disk));
    let mut journal = match SegmentJournal::open_on(disk, folder, 2048) {
        Ok(journal) => journal,
        Err(error) => return (0, Some(error)),
    };
    for group in groups() {
        let len = journal.len();
        if let Err(error) = journal.append(len, &group) {
            assert_eq!(journal.len(), len, "what failed is not counted");
            return (len, Some(error));
        }
    }
    (journal.len(), None)
}

#[test]
fn nothing_acknowledged_is_lost_whichever_step_fails() {
    let every = groups().concat();
    for fault in [Fault::Before, Fault::Half, Fault::After] {
        let mut fails_at = 0;
        loop {
            let folder = tempfile::tempdir().unwrap();
            let disk = FaultDisk::new(fails_at, fault, io::ErrorKind::Other, false);
            let (acknowledged, error) = run(&disk, folder.path());
            let again = small(folder.path());
            let read = all(&again).unwrap();
            let place = format!("{fault:?} step {fails_at}");
            assert!(to_u64(read.len()) >= acknowledged, "{place}: lost");
            assert_eq!(read, every[..read.len()], "{place}");
            if error.is_none() {
                assert!(
                    fails_at > 60,
                    "the table covers every step, also of rolling"
                );
                break;
            }
            assert!(
                matches!(error, Some(JournalError::Io(_))),
                "{place}: {error:?}"
            );
            fails_at += 1;
        }
    }
}

#[test]
fn after_a_failed_write_or_sync_nothing_is_appended_until_reopened() {
    let folder = tempfile::tempdir().unwrap();
    // The steps of a first append of one record: create, reserve, write zeros, sync, rename, sync
    // the folder; then write, sync.
    for fails_at in [4, 5, 6, 7] {
        let folder = folder.path().join(fails_at.to_string());
        let faults = FaultDisk::new(fails_at, Fault::After, io::ErrorKind::Other, true);
        let disk: Arc<dyn Disk> = Arc::new(Arc::clone(&faults));
        let mut journal = SegmentJournal::open_on(disk, &folder, 2048).unwrap();
        journal.append(0, &[sample(0)]).unwrap_err();
        let steps = faults.steps.load(Ordering::SeqCst);
        let refused = journal.append(0, &[sample(0)]).unwrap_err();
        assert!(
            refused.to_string().contains("an append failed before"),
            "{refused}"
        );
        assert_eq!(
            faults.steps.load(Ordering::SeqCst),
            steps,
            "no step was tried"
        );
        assert_eq!(journal.len(), 0);
        drop(journal);
        let mut journal = small(&folder);
        let len = journal.len();
        assert_eq!(len, u64::from(fails_at >= 6), "a whole record is kept");
        journal.append(len, &[sample(1)]).unwrap();
    }
}

#[test]
fn a_full_disk_is_told_and_appending_goes_on_when_there_is_room() {
    for kind in [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded] {
        for fails_at in 0..4 {
            let folder = tempfile::tempdir().unwrap();
            let faults = FaultDisk::new(fails_at, Fault::Half, kind, true);
            let disk: Arc<dyn Disk> = Arc::new(Arc::clone(&faults));
            let mut journal = SegmentJournal::open_on(disk, folder.path(), 2048).unwrap();
            assert_eq!(journal.append(0, &[sample(0)]), Err(JournalError::Full));
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
            journal.append(0, &[sample(0)]).unwrap();
            assert_eq!(all(&journal).unwrap(), [sample(0)]);
        }
    }
}

#[test]
fn a_disk_that_is_full_for_writing_is_told_and_stops() {
    let folder = tempfile::tempdir().unwrap();
    let faults = FaultDisk::new(6, Fault::Half, io::ErrorKind::StorageFull, true);
    let disk: Arc<dyn Disk> = Arc::new(Arc::clone(&faults));
    let mut journal = SegmentJournal::open_on(disk, folder.path(), 2048).unwrap();
    assert_eq!(journal.append(0, &[sample(0)]), Err(JournalError::Full));
    assert!(matches!(
        journal.append(0, &[sample(0)]),
        Err(JournalError::Io(_))
    ));
    drop(journal);
    assert_eq!(small(folder.path()).len(), 0);
}

#[test]
fn a_really_full_file_system_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mount = std::process::Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"])
        .arg(folder.path())
        .output();
    if !mount.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: a_really_full_file_system_loses_nothing: cannot mount a small tmpfs");
        return;
    }
    let mut journal = SegmentJournal::open_with(folder.path(), 64 << 10).unwrap();
    let record = |seq: u64| Record {
        leaf: vec![1; 8],
        sealed: seq.to_be_bytes().repeat(1000),
    };
    let error = loop {
        let len = journal.len();
        if let Err(error) = journal.append(len, &[record(len)]) {
            break error;
        }
    };
    let len = journal.len();
    drop(journal);
    let mut again = SegmentJournal::open_with(folder.path(), 64 << 10).unwrap();
    let read = all(&again);
    let full = again.append(len, &[record(len)]);
    drop(again);
    let _ = std::process::Command::new("umount")
        .arg(folder.path())
        .output();
    assert_eq!((&error, len > 20), (&JournalError::Full, true));
    assert_eq!(read.unwrap(), (0..len).map(record).collect::<Vec<_>>());
    assert_eq!(full, Err(JournalError::Full));
}

//! The journal: append-only segment files that hold every entry, and the only thing on the path to
//! an acknowledgement. The format is in `docs/journal-format.md`.
//!
//! Invariant: what [`SegmentJournal::append`] returned `Ok` for is read back byte for byte, after
//! any crash. What a crash leaves, in the order of an append:
//!
//! | after | left behind | at the next open |
//! |---|---|---|
//! | a spare segment is made (`*.tmp`) | a file that is not part of the journal | removed |
//! | the full segment is cut to its records | a newest segment without room | the next is begun |
//! | the spare is renamed | an empty newest segment, or none | used, or made again |
//! | part of the group is written | a tear behind the last whole record | cut off with zeros |
//! | all of the group is written | whole records, unacknowledged | kept, and made durable |
//! | the disk has confirmed | the group, acknowledged | kept |
//!
//! Refuses: to append after a failed write or sync (what the disk holds is unknown then: reopen);
//! to open what neither an append nor an interrupted append could have left.

mod read;
pub(crate) use read::{to_u64, to_usize};
mod record;
mod scan;
#[cfg(test)]
mod tests;
mod write;

use crate::disk::{Access, Disk, DiskFile, LocalDisk};
use app::ports::{Journal, JournalError, Record, RecordStream};
use scan::{Index, Remains, Segment};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

/// Bytes of a segment unless one group is larger.
const SEGMENT_BYTES: u64 = 64 << 20;
/// Groups from this size on gain nothing from a segment of written zeros.
const LARGE_GROUP_BYTES: u64 = 4 << 20;
const ZEROS_BYTES: u64 = 1 << 20;
const SPARE_NAME: &str = "spare.tmp";
const OWN_NAME: &str = "own.tmp";

/// What opening cut off: bytes of an append that was never acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The number that the record would have had.
    pub seq: u64,
    /// File and byte.
    pub place: String,
    /// How many bytes, from the first to the last that was not zero.
    pub bytes: u64,
}

/// The journal in a folder, open for appending; one at a time.
pub struct SegmentJournal {
    disk: Arc<dyn Disk>,
    folder: PathBuf,
    segment_bytes: u64,
    index: Index,
    /// The newest segment.
    file: Option<Arc<dyn DiskFile>>,
    spare: Option<JoinHandle<io::Result<Arc<dyn DiskFile>>>>,
    /// Why nothing more can be appended.
    stopped: Option<String>,
    cut: Option<Cut>,
    /// Held for its lock.
    _lock: File,
}

impl SegmentJournal {
    /// Opens the journal in a folder, making the folder if need be, and cuts off a tear.
    pub fn open(folder: &Path) -> Result<Self, JournalError> {
        Self::open_with(folder, SEGMENT_BYTES)
    }

    /// Opens with segments of another size than 64 MiB; what is there may have any sizes.
    pub fn open_with(folder: &Path, segment_bytes: u64) -> Result<Self, JournalError> {
        Self::open_on(Arc::new(LocalDisk), folder, segment_bytes)
    }

    pub(crate) fn open_on(
        disk: Arc<dyn Disk>,
        folder: &Path,
        segment_bytes: u64,
    ) -> Result<Self, JournalError> {
        let lock = lock(folder)?;
        for name in [SPARE_NAME, OWN_NAME] {
            match disk.remove(&folder.join(name)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(scan::io_error(&error, &folder.join(name)));
                }
                Ok(()) | Err(_) => {}
            }
        }
        let (mut index, remains) = scan::scan(disk.as_ref(), folder)?;
        let mut journal = Self {
            cut: cut(&index, folder, remains),
            disk,
            folder: folder.to_path_buf(),
            segment_bytes: segment_bytes.max(1).next_multiple_of(8),
            file: None,
            spare: None,
            stopped: None,
            _lock: lock,
            index: index.clone(),
        };
        let path = journal.newest();
        journal.file = journal
            .repair(remains)
            .map_err(|error| scan::io_error(&error, &path))?;
        if remains != Remains::None {
            (index, _) = scan::scan(journal.disk.as_ref(), folder)?;
            journal.index = index;
        }
        Ok(journal)
    }

    /// Mends the newest segment and makes it durable: whole records that nobody was told of count
    /// from now on, so a power failure must not take them back.
    fn repair(&self, remains: Remains) -> io::Result<Option<Arc<dyn DiskFile>>> {
        if self.index.segments.is_empty() {
            return Ok(None);
        }
        let file = self.disk.open(&self.newest(), Access::Write)?;
        match remains {
            Remains::None => {}
            Remains::MarkAt(at) => file.write_at(&record::END_MARK, at)?,
            Remains::TearUntil(until) => {
                write::zeros(file.as_ref(), self.index.end, until)?;
            }
        }
        file.sync_all()?;
        self.disk.sync_folder(&self.folder)?;
        Ok(Some(file))
    }

    /// What opening cut off.
    pub fn cut(&self) -> Option<&Cut> {
        self.cut.as_ref()
    }

    /// The chain hash of the last record; vouches for all of them.
    pub fn chain(&self) -> [u8; 32] {
        self.index.chain
    }

    fn newest(&self) -> PathBuf {
        let first = self
            .index
            .segments
            .last()
            .map_or(0, |segment| segment.first);
        self.folder.join(segment_name(first))
    }
}

impl Journal for SegmentJournal {
    fn len(&self) -> u64 {
        self.index.len
    }

    fn append(&mut self, expected: u64, records: &[Record]) -> Result<(), JournalError> {
        if let Some(why) = &self.stopped {
            return Err(JournalError::Io(format!(
                "an append failed before: {why}\nhelp: look after the disk, then start again"
            )));
        }
        if expected != self.index.len {
            return Err(JournalError::Conflict {
                expected,
                actual: self.index.len,
            });
        }
        if records.is_empty() {
            return Ok(());
        }
        self.append_group(records)
    }

    fn read_from(&self, seq: u64) -> Result<RecordStream<'_>, JournalError> {
        let disk = self.disk.as_ref();
        Ok(Box::new(read::Records::from(
            disk,
            &self.folder,
            &self.index,
            seq,
        )?))
    }
}

impl Drop for SegmentJournal {
    fn drop(&mut self) {
        if let Some(spare) = self.spare.take() {
            // A spare that is lost costs nothing; a thread that outlives its folder's lock would.
            let _ = spare.join();
            let _ = self.disk.remove(&self.folder.join(SPARE_NAME));
        }
    }
}

/// A journal for reading alone: takes no lock and changes nothing.
pub struct SegmentReader {
    folder: PathBuf,
    index: Index,
}

impl SegmentReader {
    /// Opens the journal in a folder; a tear counts as the end.
    pub fn open(folder: &Path) -> Result<Self, JournalError> {
        let (index, _) = scan::scan(&LocalDisk, folder)?;
        Ok(Self {
            folder: folder.to_path_buf(),
            index,
        })
    }

    /// Opens the first records of the journal in a folder that somebody is appending to: as many as are
    /// known to be durable. What follows them is not looked at.
    pub fn open_until(folder: &Path, len: u64) -> Result<Self, JournalError> {
        Ok(Self {
            folder: folder.to_path_buf(),
            index: scan::scan_until(&LocalDisk, folder, len)?,
        })
    }

    /// How many records there are.
    pub fn len(&self) -> u64 {
        self.index.len
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.index.len == 0
    }

    /// The chain hash of the last record.
    pub fn chain(&self) -> [u8; 32] {
        self.index.chain
    }

    /// The segments by name, each with how many of its bytes hold records; the newest last.
    pub fn segments(&self) -> Vec<(String, Option<u64>)> {
        let last = self.index.segments.len().saturating_sub(1);
        let end = |place| (place == last).then_some(self.index.end);
        let names = self
            .index
            .segments
            .iter()
            .map(|segment| segment_name(segment.first));
        names
            .enumerate()
            .map(|(place, name)| (name, end(place)))
            .collect()
    }

    /// Reads records from `seq` on, verifying each.
    pub fn read_from(&self, seq: u64) -> Result<RecordStream<'_>, JournalError> {
        Ok(Box::new(read::Records::from(
            &LocalDisk,
            &self.folder,
            &self.index,
            seq,
        )?))
    }
}

/// The name of the segment that begins with a record.
fn segment_name(first: u64) -> String {
    format!("{first:020}.seg")
}

fn segment_first(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(".seg")?;
    let plain = digits.len() == 20 && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}

fn cut(index: &Index, folder: &Path, remains: Remains) -> Option<Cut> {
    let Remains::TearUntil(until) = remains else {
        return None;
    };
    let first = index.segments.last().map_or(0, |segment| segment.first);
    let path = folder.join(segment_name(first));
    Some(Cut {
        seq: index.len,
        place: format!("`{}`, byte {}", path.display(), index.end),
        bytes: until.saturating_sub(index.end),
    })
}

/// Takes the folder for this writer alone; the lock ends with the process.
fn lock(folder: &Path) -> Result<File, JournalError> {
    let failed = |error: &io::Error| scan::io_error(error, folder);
    std::fs::create_dir_all(folder).map_err(|error| failed(&error))?;
    let handle = File::open(folder).map_err(|error| failed(&error))?;
    match handle.try_lock() {
        Ok(()) => Ok(handle),
        Err(std::fs::TryLockError::WouldBlock) => Err(JournalError::Io(format!(
            "`{}` is open for appending elsewhere\nhelp: stop the other process first",
            folder.display()
        ))),
        Err(std::fs::TryLockError::Error(error)) => Err(failed(&error)),
    }
}

//! Appending a group: into free space, front to back, then one wait for the disk.
//!
//! Invariant: a group lies in one segment, and a segment is begun only when all before it is
//! durable. Refuses: a record above the largest body; to guess after a failed write or sync.

use super::read::to_u64;
use super::record::{BODY_BYTES_MAX, Chain, Header, Trailer};
use super::{
    LARGE_GROUP_BYTES, OWN_NAME, SPARE_NAME, Segment, SegmentJournal, ZEROS_BYTES, scan,
    segment_name,
};
use crate::disk::{Disk, DiskFile};
use app::ports::{JournalError, Record};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Parts from this size on are written from where they are instead of being copied together.
const COPY_BYTES_MAX: usize = 128 << 10;

impl SegmentJournal {
    pub(super) fn append_group(&mut self, records: &[Record]) -> Result<(), JournalError> {
        let group = self.index.len;
        let headers = headers(records, group)?;
        let total = headers
            .iter()
            .fold(0, |sum: u64, each| sum.saturating_add(each.record_len()));
        if self.file.is_none() || total > self.index.size.saturating_sub(self.index.end) {
            self.begin_segment(total)?;
        }
        let Some(file) = self.file.clone() else {
            return Err(JournalError::Io(
                "there is no segment to write to".to_owned(),
            ));
        };
        let chain = write_group(
            file.as_ref(),
            self.index.end,
            self.index.chain,
            &headers,
            records,
        )
        .and_then(|chain| file.sync_data().map(|()| chain))
        .map_err(|error| self.stop(&error, &self.newest()))?;
        self.index.chain = chain;
        self.index.end = self.index.end.saturating_add(total);
        self.index.len = group.saturating_add(to_u64(records.len()));
        let free = self.index.size.saturating_sub(self.index.end);
        if self.spare.is_none() && total < LARGE_GROUP_BYTES && free < self.segment_bytes / 2 {
            self.prepare_spare();
        }
        Ok(())
    }

    /// After this nobody knows what the disk holds until the journal is opened again.
    fn stop(&mut self, error: &io::Error, path: &Path) -> JournalError {
        self.stopped = Some(format!("`{}`: {error}", path.display()));
        scan::io_error(error, path)
    }

    /// Makes the next segment in the background, so that beginning it does not wait for zeros.
    fn prepare_spare(&mut self) {
        let (disk, path) = (Arc::clone(&self.disk), self.folder.join(SPARE_NAME));
        let size = self.segment_bytes;
        let work = move || zeroed(disk.as_ref(), &path, size);
        // Without a thread the segment is made when it is needed.
        self.spare = std::thread::Builder::new()
            .name("journal-spare".into())
            .spawn(work)
            .ok();
    }

    /// A file that will be the next segment: under which name, how large, and open.
    fn next_segment(&mut self, total: u64) -> io::Result<(PathBuf, u64, Arc<dyn DiskFile>)> {
        let size = self.segment_bytes.max(total);
        if total >= LARGE_GROUP_BYTES || total > self.segment_bytes {
            let path = self.folder.join(OWN_NAME);
            let file = self.disk.create(&path)?;
            file.allocate(size)?;
            file.sync_all()?;
            return Ok((path, size, file));
        }
        let path = self.folder.join(SPARE_NAME);
        let spare = self.spare.take().and_then(|spare| spare.join().ok());
        match spare {
            Some(Ok(file)) => Ok((path, size, file)),
            Some(Err(_)) | None => {
                let file = zeroed(self.disk.as_ref(), &path, size)?;
                Ok((path, size, file))
            }
        }
    }

    fn begin_segment(&mut self, total: u64) -> Result<(), JournalError> {
        // Until the rename nothing of the journal has changed, so a full disk stops nothing.
        let (made, size, file) = self.next_segment(total).map_err(|error| {
            let _ = self.disk.remove(&self.folder.join(OWN_NAME));
            if self.spare.is_none() {
                let _ = self.disk.remove(&self.folder.join(SPARE_NAME));
            }
            scan::io_error(&error, &self.folder)
        })?;
        let path = self.folder.join(segment_name(self.index.len));
        self.hand_over(&made, &path)
            .map_err(|error| self.stop(&error, &path))?;
        if self
            .index
            .segments
            .last()
            .is_none_or(|newest| newest.first != self.index.len)
        {
            let segment = Segment {
                first: self.index.len,
                previous: self.index.chain,
            };
            self.index.segments.push(segment);
        }
        (self.index.size, self.index.end, self.file) = (size, 0, Some(file));
        Ok(())
    }

    /// Cuts the full segment to its records and gives the new one its name, durably.
    fn hand_over(&self, made: &Path, path: &Path) -> io::Result<()> {
        if let Some(full) = self.file.as_ref().filter(|_| self.index.end > 0) {
            full.set_size(self.index.end)?;
            full.sync_all()?;
        }
        self.disk.rename(made, path)?;
        self.disk.sync_folder(&self.folder)
    }
}

fn headers(records: &[Record], group: u64) -> Result<Vec<Header>, JournalError> {
    let mut headers = Vec::with_capacity(records.len());
    for (seq, record) in (group..).zip(records) {
        let body = to_u64(record.leaf.len()).saturating_add(to_u64(record.sealed.len()));
        let lengths = (
            u32::try_from(record.leaf.len()),
            u32::try_from(record.sealed.len()),
        );
        let ((Ok(leaf_len), Ok(sealed_len)), true) = (lengths, body <= BODY_BYTES_MAX) else {
            return Err(JournalError::Io(format!(
                "an entry of {body} bytes is larger than {BODY_BYTES_MAX}\nhelp: split the order"
            )));
        };
        headers.push(Header {
            leaf_len,
            sealed_len,
            seq,
            group,
            previous: [0; 32],
        });
    }
    Ok(headers)
}

/// Writes a group from a place on; returns the chain hash of its last record.
fn write_group(
    file: &dyn DiskFile,
    start: u64,
    mut chain: Chain,
    headers: &[Header],
    records: &[Record],
) -> io::Result<Chain> {
    let mut out = Out {
        file,
        at: start,
        bytes: Vec::new(),
    };
    for (header, record) in headers.iter().zip(records) {
        let header = Header {
            previous: chain,
            ..*header
        };
        let front = header.put(&mut out.bytes);
        let trailer = Trailer::of(&front, &record.leaf, &record.sealed);
        out.put(&record.leaf)?;
        out.put(&record.sealed)?;
        out.bytes.extend(std::iter::repeat_n(
            0,
            super::read::to_usize(header.padding())?,
        ));
        trailer.put(&mut out.bytes);
        chain = trailer.chain;
    }
    out.flush()?;
    Ok(chain)
}

/// Bytes on their way to a file, in order: small ones together, large ones as they are.
struct Out<'a> {
    file: &'a dyn DiskFile,
    at: u64,
    bytes: Vec<u8>,
}

impl Out<'_> {
    fn put(&mut self, part: &[u8]) -> io::Result<()> {
        if part.len() < COPY_BYTES_MAX {
            self.bytes.extend_from_slice(part);
            return if self.bytes.len() < 8 * COPY_BYTES_MAX {
                Ok(())
            } else {
                self.flush()
            };
        }
        self.flush()?;
        self.file.write_at(part, self.at)?;
        self.at = self.at.saturating_add(to_u64(part.len()));
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.write_at(&self.bytes, self.at)?;
        self.at = self.at.saturating_add(to_u64(self.bytes.len()));
        self.bytes.clear();
        Ok(())
    }
}

/// A durable file of written zeros: appending to it later changes contents alone, no properties,
/// so that one `fdatasync` is one write.
fn zeroed(disk: &dyn Disk, path: &Path, size: u64) -> io::Result<Arc<dyn DiskFile>> {
    let file = disk.create(path)?;
    // Reserving first tells a full disk at once.
    file.allocate(size)?;
    zeros(file.as_ref(), 0, size)?;
    file.sync_all()?;
    Ok(file)
}

/// Overwrites a stretch with zeros.
pub(super) fn zeros(file: &dyn DiskFile, from: u64, until: u64) -> io::Result<()> {
    let zeros = vec![0; super::read::to_usize(ZEROS_BYTES.min(until.saturating_sub(from)))?];
    let mut at = from;
    while at < until {
        let piece = ZEROS_BYTES.min(until.saturating_sub(at));
        let piece = zeros
            .get(..super::read::to_usize(piece)?)
            .unwrap_or_default();
        file.write_at(piece, at)?;
        at = at.saturating_add(to_u64(piece.len()));
    }
    Ok(())
}

//! Snapshots of the deciding state: the newest two, so that a start replays only the tail.
//!
//! ```text
//! "mmsnap 1" | position u64 | length u64 | SHA-256(bytes 0 to 23 ‖ content) 32 | content
//! ```
//!
//! Invariant: a snapshot is read back whole or not at all; an older one stays until the newer is
//! durable. Refuses: files whose digest, length or name do not hold; they are skipped and named.

use crate::files::{self, Durability};
use crate::journal::to_u64;
use app::ports::{Snapshots, StorageError};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

const WHAT: &str = "snapshots";
const MAGIC: [u8; 8] = *b"mmsnap 1";
const CHECKED_BYTES: usize = 24;
const KEPT: usize = 2;
/// Largest content: far above the state of a province of 100 million.
const CONTENT_BYTES_MAX: u64 = 64 << 30;

/// A snapshot: how many entries it reflects, and its bytes.
pub type Snapshot = (u64, Vec<u8>);

/// Snapshots in a folder.
pub struct FileSnapshots {
    folder: PathBuf,
}

impl FileSnapshots {
    /// Opens the snapshots in a folder, making it if need be.
    pub fn open(folder: &Path) -> Result<Self, StorageError> {
        files::make_folder(folder, 0o700).map_err(files::failed(WHAT, folder))?;
        Ok(Self {
            folder: folder.to_path_buf(),
        })
    }

    /// The newest whole snapshot of at most `position_max` entries, and what was skipped and why.
    pub fn newest_until(
        &self,
        position_max: u64,
    ) -> Result<(Option<Snapshot>, Vec<String>), StorageError> {
        let mut skipped = Vec::new();
        for position in self.positions()?.into_iter().rev() {
            if position > position_max {
                continue;
            }
            let path = self.path(position);
            match read(&path, position) {
                Ok(content) => return Ok((Some((position, content)), skipped)),
                Err(why) => skipped.push(format!("`{}`: {why}", path.display())),
            }
        }
        Ok((None, skipped))
    }

    fn positions(&self) -> Result<Vec<u64>, StorageError> {
        let failed = files::failed(WHAT, &self.folder);
        let mut positions = Vec::new();
        for entry in std::fs::read_dir(&self.folder).map_err(&failed)? {
            let name = entry.map_err(&failed)?.file_name();
            let digits = name.to_str().and_then(|name| name.strip_suffix(".snap"));
            let digits = digits.filter(|digits| digits.len() == 20);
            positions.extend(digits.and_then(|digits| digits.parse::<u64>().ok()));
        }
        positions.sort_unstable();
        Ok(positions)
    }

    fn path(&self, position: u64) -> PathBuf {
        self.folder.join(format!("{position:020}.snap"))
    }
}

impl Snapshots for FileSnapshots {
    fn newest(&self) -> Result<Option<Snapshot>, StorageError> {
        Ok(self.newest_until(u64::MAX)?.0)
    }

    fn store(&mut self, position: u64, bytes: &[u8]) -> Result<(), StorageError> {
        let length = to_u64(bytes.len());
        let mut front = MAGIC.to_vec();
        front.extend_from_slice(&position.to_le_bytes());
        front.extend_from_slice(&length.to_le_bytes());
        let digest = Sha256::new()
            .chain_update(&front)
            .chain_update(bytes)
            .finalize();
        front.extend_from_slice(&digest);
        let path = self.path(position);
        files::replace(&path, &[&front, bytes], Durability::Synced)
            .map_err(files::failed(WHAT, &path))?;
        let positions = self.positions()?;
        for old in positions
            .iter()
            .rev()
            .filter(|old| **old < position)
            .skip(KEPT - 1)
        {
            let path = self.path(*old);
            std::fs::remove_file(&path).map_err(files::failed(WHAT, &path))?;
        }
        Ok(())
    }
}

fn read(path: &Path, position: u64) -> Result<Vec<u8>, String> {
    let size = std::fs::metadata(path)
        .map_err(|error| error.to_string())?
        .len();
    if size > CONTENT_BYTES_MAX {
        return Err(format!(
            "it has {size} bytes, more than {CONTENT_BYTES_MAX}"
        ));
    }
    let mut bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    let front_bytes = CHECKED_BYTES + 32;
    let holds = (|| {
        let (front, content) = bytes.split_at_checked(front_bytes)?;
        let (checked, digest) = front.split_at_checked(CHECKED_BYTES)?;
        let mut wanted = MAGIC.to_vec();
        wanted.extend_from_slice(&position.to_le_bytes());
        wanted.extend_from_slice(&to_u64(content.len()).to_le_bytes());
        let found = Sha256::new()
            .chain_update(checked)
            .chain_update(content)
            .finalize();
        Some(checked == wanted && found.as_slice() == digest)
    })();
    if holds != Some(true) {
        return Err("it is damaged".to_owned());
    }
    bytes.drain(..front_bytes);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshots() -> (tempfile::TempDir, FileSnapshots) {
        let folder = tempfile::tempdir().unwrap();
        let snapshots = FileSnapshots::open(&folder.path().join("snapshots")).unwrap();
        (folder, snapshots)
    }

    #[test]
    fn the_newest_snapshot_is_read_back() {
        let (_folder, mut snapshots) = snapshots();
        assert_eq!(snapshots.newest().unwrap(), None);
        for position in [9, 10, 100] {
            snapshots.store(position, &position.to_be_bytes()).unwrap();
        }
        assert_eq!(
            snapshots.newest().unwrap(),
            Some((100, 100_u64.to_be_bytes().to_vec()))
        );
    }

    #[test]
    fn two_snapshots_are_kept() {
        let (_folder, mut snapshots) = snapshots();
        for position in [1, 2, 3] {
            snapshots.store(position, b"state").unwrap();
        }
        assert_eq!(snapshots.positions().unwrap(), [2, 3]);
    }

    #[test]
    fn a_damaged_snapshot_is_skipped_and_named() {
        let (_folder, mut snapshots) = snapshots();
        snapshots.store(1, b"old").unwrap();
        snapshots.store(2, b"new").unwrap();
        let path = snapshots.path(2);
        let good = std::fs::read(&path).unwrap();
        for place in 0..good.len() {
            let mut bad = good.clone();
            bad[place] ^= 1;
            std::fs::write(&path, &bad).unwrap();
            let (newest, skipped) = snapshots.newest_until(u64::MAX).unwrap();
            assert_eq!(newest, Some((1, b"old".to_vec())), "byte {place}");
            assert_eq!(skipped.len(), 1);
            std::fs::write(&path, &good[..place]).unwrap();
            assert_eq!(snapshots.newest().unwrap().unwrap().0, 1, "cut at {place}");
        }
    }

    #[test]
    fn a_snapshot_under_another_number_is_skipped() {
        let (_folder, mut snapshots) = snapshots();
        snapshots.store(1, b"old").unwrap();
        std::fs::rename(snapshots.path(1), snapshots.path(2)).unwrap();
        assert_eq!(snapshots.newest().unwrap(), None);
    }

    #[test]
    fn a_snapshot_beyond_the_journal_can_be_left_out() {
        let (_folder, mut snapshots) = snapshots();
        snapshots.store(5, b"five").unwrap();
        snapshots.store(9, b"nine").unwrap();
        assert_eq!(
            snapshots.newest_until(8).unwrap().0,
            Some((5, b"five".to_vec()))
        );
        assert_eq!(
            snapshots.newest_until(9).unwrap().0,
            Some((9, b"nine".to_vec()))
        );
    }
}

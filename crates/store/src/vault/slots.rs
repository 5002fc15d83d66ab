//! The keys of people, one fixed slot each in one file, overwritten in place to destroy.
//!
//! ```text
//! slot of 64 bytes: person 16 | key 32 | generation u64 | zeros 4 | crc32c of bytes 0 to 59
//! ```
//!
//! Invariant: a person has at most one live slot; a free slot is all zeros. Keys are read from the
//! file when needed and never all held in memory. Refuses: to reuse or trust a slot whose checksum
//! does not hold.
//!
//! Overwriting in place reaches the same blocks on file systems that do not copy on write; choose
//! one of those (ext4, XFS) for this folder.

use crate::disk::{Access, Disk, DiskFile, LocalDisk};
use crate::journal::to_u64;
use domain::document::PersonId;
use std::collections::HashMap;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;
use zeroize::Zeroizing;

const SLOT_BYTES: u64 = 64;
const CHECKED_BYTES: usize = 60;
/// How much is read or written at once: whole slots.
const PIECE_BYTES: u64 = 1 << 20;

pub(super) type Key = Zeroizing<[u8; 32]>;

pub(super) struct Slots {
    file: Arc<dyn DiskFile>,
    places: HashMap<PersonId, u64>,
    free: Vec<u64>,
    count: u64,
    generation: u64,
    damaged: u64,
}

impl Slots {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = match LocalDisk.open(path, Access::Write) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                crate::files::replace_secret(path, &[])?;
                LocalDisk.open(path, Access::Write)?
            }
            opened => opened?,
        };
        // A last slot that was cut short was never acknowledged; it is written over.
        let count = file.size()? / SLOT_BYTES;
        let mut slots = Self {
            file,
            places: HashMap::new(),
            free: Vec::new(),
            count,
            generation: 0,
            damaged: 0,
        };
        let mut piece = Zeroizing::new(Vec::new());
        let mut place = 0;
        while place < count {
            let length = PIECE_BYTES.min(count.saturating_sub(place).saturating_mul(SLOT_BYTES));
            piece.resize(crate::journal::to_usize(length)?, 0);
            slots
                .file
                .read_at(&mut piece, place.saturating_mul(SLOT_BYTES))?;
            for (slot, at) in piece.as_chunks::<64>().0.iter().zip(place..) {
                slots.take_in(slot, at);
            }
            place = place.saturating_add(length / SLOT_BYTES);
        }
        Ok(slots)
    }

    /// Writes all of them to a new file, for its owner alone; not durable yet.
    pub(super) fn copy(&self, path: &Path) -> io::Result<()> {
        let mut options = OpenOptions::new();
        let mut target = options
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)?;
        let end = self.count.saturating_mul(SLOT_BYTES);
        let mut piece = Zeroizing::new(Vec::new());
        let mut at = 0;
        while at < end {
            let length = PIECE_BYTES.min(end.saturating_sub(at));
            piece.resize(crate::journal::to_usize(length)?, 0);
            self.file.read_at(&mut piece, at)?;
            target.write_all(&piece)?;
            at = at.saturating_add(length);
        }
        Ok(())
    }

    fn take_in(&mut self, slot: &[u8; 64], at: u64) {
        if slot.iter().all(|byte| *byte == 0) {
            self.free.push(at);
            return;
        }
        let Some((person, _, generation)) = parse(slot) else {
            self.damaged = self.damaged.saturating_add(1);
            return;
        };
        self.generation = self.generation.max(generation);
        self.places.insert(person, at);
    }

    /// How many slots do not hold what was written.
    pub(super) fn damaged(&self) -> u64 {
        self.damaged
    }

    pub(super) fn key(&self, person: PersonId) -> io::Result<Option<Key>> {
        let Some(place) = self.places.get(&person) else {
            return Ok(None);
        };
        let mut slot = Zeroizing::new([0; 64]);
        self.file
            .read_at(slot.as_mut_slice(), place.saturating_mul(SLOT_BYTES))?;
        match parse(&slot) {
            Some((owner, key, _)) if owner == person => Ok(Some(key)),
            Some(_) | None => Err(io::Error::other("the slot of a key is damaged")),
        }
    }

    /// Gives each of these people, who have none, a key; durable when it returns.
    pub(super) fn add(&mut self, people: &[(PersonId, Key)]) -> io::Result<()> {
        let mut places = Vec::with_capacity(people.len());
        let (mut count, mut free) = (self.count, self.free.clone());
        for _ in people {
            places.push(free.pop().unwrap_or(count));
            if places.last() == Some(&count) {
                count = count.saturating_add(1);
            }
        }
        let mut run = Zeroizing::new(Vec::new());
        let mut start = places.first().copied().unwrap_or(0);
        for ((person, key), &place) in people.iter().zip(&places) {
            if place != start.saturating_add(to_u64(run.len()) / SLOT_BYTES) {
                self.file.write_at(&run, start.saturating_mul(SLOT_BYTES))?;
                run.clear();
                start = place;
            }
            self.generation = self.generation.saturating_add(1);
            put(&mut run, *person, key, self.generation);
        }
        self.file.write_at(&run, start.saturating_mul(SLOT_BYTES))?;
        self.file.sync_data()?;
        (self.count, self.free) = (count, free);
        self.places
            .extend(people.iter().map(|(person, _)| *person).zip(places));
        Ok(())
    }

    /// Overwrites a person's key with zeros, durably; whether there was one.
    pub(super) fn destroy(&mut self, person: PersonId) -> io::Result<bool> {
        let Some(&place) = self.places.get(&person) else {
            return Ok(false);
        };
        self.file
            .write_at(&[0; 64], place.saturating_mul(SLOT_BYTES))?;
        self.file.sync_data()?;
        self.places.remove(&person);
        self.free.push(place);
        Ok(true)
    }

    pub(super) fn has(&self, person: PersonId) -> bool {
        self.places.contains_key(&person)
    }
}

fn put(out: &mut Vec<u8>, person: PersonId, key: &Key, generation: u64) {
    let start = out.len();
    out.extend_from_slice(person.as_bytes());
    out.extend_from_slice(key.as_slice());
    out.extend_from_slice(&generation.to_le_bytes());
    out.extend_from_slice(&[0; 4]);
    let crc = crc32c::crc32c(out.get(start..).unwrap_or_default());
    out.extend_from_slice(&crc.to_le_bytes());
}

fn parse(slot: &[u8; 64]) -> Option<(PersonId, Key, u64)> {
    let (checked, crc) = slot.split_at_checked(CHECKED_BYTES)?;
    if crc32c::crc32c(checked).to_le_bytes() != crc {
        return None;
    }
    let person = PersonId::from_bytes(*checked.first_chunk()?);
    let key = Zeroizing::new(*checked.get(16..)?.first_chunk()?);
    let generation = u64::from_le_bytes(*checked.get(48..)?.first_chunk()?);
    Some((person, key, generation))
}

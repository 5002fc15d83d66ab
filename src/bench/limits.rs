//! The physical limits that the benchmarks stand beside: the same bytes, and nothing else.

use super::{BenchError, now, rate};
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use tlog::Hash;

/// SHA-256 of 50-byte leaves on one core, a second.
pub(super) fn sha256_leaves() -> f64 {
    let count = 2_000_000_u32;
    let started = now();
    let mut leaf = [7_u8; 50];
    for number in 0..count {
        if let Some(head) = leaf.first_chunk_mut::<4>() {
            *head = number.to_le_bytes();
        }
        std::hint::black_box(tlog::leaf_hash(&leaf));
    }
    rate(f64::from(count), started)
}

/// Strict Ed25519 verification on one core, a second.
pub(super) fn ed25519_verify() -> f64 {
    use ed25519_dalek::Signer as _;
    let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
    let signature = key.sign(b"limit");
    let started = now();
    for _ in 0..4_000 {
        let _ = std::hint::black_box(key.verifying_key().verify_strict(b"limit", &signature));
    }
    rate(4_000.0, started)
}

/// A file full of zeros, ready to be written over: what a preallocated segment is.
fn preallocated(path: &Path, length: usize) -> Result<File, BenchError> {
    let mut file = OpenOptions::new()
        .create(true)
        .truncate(true)
        .write(true)
        .open(path)?;
    let zeros = vec![0_u8; 1 << 20];
    let mut left = length;
    while left > 0 {
        let portion = zeros.get(..left.min(zeros.len())).unwrap_or(&zeros);
        file.write_all(portion)?;
        left = left.saturating_sub(portion.len());
    }
    file.sync_all()?;
    drop(file);
    Ok(OpenOptions::new().write(true).open(path)?)
}

/// Seconds to hash a tree over as many leaves as there are people, and to append and sync records
/// of these lengths, one sync each.
pub(super) fn tree_and_append(
    work: &Path,
    people: usize,
    lengths: &[usize],
) -> Result<f64, BenchError> {
    let total: usize = lengths.iter().sum();
    let path = work.join("raw-append");
    let mut file = preallocated(&path, total)?;
    let longest = lengths.iter().copied().max().unwrap_or_default();
    let payload: Vec<u8> = (0..longest).map(|place| (place % 251) as u8).collect();
    let started = now();
    let mut leaf = [7_u8; 50];
    let leaves: Vec<Hash> = (0..people)
        .map(|number| {
            if let Some(head) = leaf.first_chunk_mut::<8>() {
                *head = (number as u64).to_le_bytes();
            }
            tlog::leaf_hash(&leaf)
        })
        .collect();
    std::hint::black_box(tlog::tree::root(&leaves));
    for length in lengths {
        file.write_all(payload.get(..*length).unwrap_or(&payload))?;
        file.sync_data()?;
    }
    let seconds = started.elapsed().as_secs_f64();
    drop(file);
    std::fs::remove_file(&path)?;
    Ok(seconds)
}

/// Milliseconds of one durable append of 1 KiB, at the median.
pub(super) fn small_append_ms(work: &Path) -> Result<f64, BenchError> {
    let path = work.join("raw-small");
    let mut file = preallocated(&path, 1 << 20)?;
    let mut times = Vec::new();
    for _ in 0..500 {
        let started = now();
        file.write_all(&[7; 1_024])?;
        file.sync_data()?;
        times.push(started.elapsed().as_secs_f64() * 1_000.0);
    }
    std::fs::remove_file(&path)?;
    times.sort_by(f64::total_cmp);
    Ok(times.get(times.len() / 2).copied().unwrap_or_default())
}

/// Rows a second that fjall takes in sorted batches of 10,000, with values as long as ours.
pub(super) fn fjall_rows(path: &Path, rows: u32) -> Result<f64, BenchError> {
    let trouble = |error: fjall::Error| BenchError::Refused(error.to_string());
    let database = fjall::Database::builder(path).open().map_err(trouble)?;
    let people = database
        .keyspace("people", fjall::KeyspaceCreateOptions::default)
        .map_err(trouble)?;
    let mut ids: Vec<_> = (0..rows).map(super::person).collect();
    ids.sort_unstable();
    let value = [7_u8; 150];
    let started = now();
    for portion in ids.chunks(10_000) {
        let mut batch = database.batch();
        for id in portion {
            batch.insert(&people, *id.as_bytes(), value);
        }
        batch.commit().map_err(trouble)?;
    }
    database
        .persist(fjall::PersistMode::SyncAll)
        .map_err(trouble)?;
    Ok(rate(f64::from(rows), started))
}

/// The peak resident memory of this process, in megabytes.
pub(super) fn peak_memory_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
    kilobytes.unwrap_or_default() / 1_024.0
}

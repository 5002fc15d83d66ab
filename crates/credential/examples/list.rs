//! Measures a list of 100 million slots: building it, changing 10,000 slots, and the sizes.
//!
//! `cargo run --release -p mingma-credential --example list [SLOTS]`. The rival is zlib level 9 of
//! the same library over the whole array in the same run; what counts is the ratio.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement, not the product"
)]

use credential::list::{ListCutter, Status, zlib};
use credential::slots::Slots;
use std::time::Instant;

const SLOTS: u64 = 100_000_000;
const CHANGES: u64 = 10_000;

fn main() {
    let slots = std::env::args()
        .nth(1)
        .map_or(SLOTS, |text| text.parse().unwrap());
    places(slots);
    println!("{slots} slots, {CHANGES} changes; times in ms");
    for per_million in [100, 1_000, 10_000] {
        measure(slots, per_million);
    }
}

/// How many places a core finds in a second.
fn places(slots: u64) {
    let permutation = Slots::new([5; 32], slots).unwrap();
    let start = Instant::now();
    let sum = (0..200_000)
        .map(|row| permutation.place(row).unwrap())
        .fold(0, u64::wrapping_add);
    let seconds = start.elapsed().as_secs_f64();
    println!("places: {:.0} a second (sum {sum})", 200_000.0 / seconds);
}

/// Of those not green 60 % are yellow, 35 % red, 5 % revoked.
fn status(nth: u64) -> Status {
    match nth % 20 {
        0..12 => Status::Yellow,
        12..19 => Status::Red,
        _ => Status::Revoked,
    }
}

fn measure(slots: u64, per_million: u64) {
    let permutation = Slots::new([9; 32], slots).unwrap();
    let held = slots / 1_000_000 * per_million;
    let start = Instant::now();
    let mut list = ListCutter::new(slots).unwrap();
    for row in 0..held {
        list.set(permutation.place(row).unwrap(), status(row))
            .unwrap();
    }
    let filled = ms(start);
    let start = Instant::now();
    let first = list.cut().unwrap();
    let built = ms(start);

    let start = Instant::now();
    for row in 0..CHANGES / 2 {
        list.set(permutation.place(row).unwrap(), Status::Green)
            .unwrap();
        list.set(permutation.place(held + row).unwrap(), status(row))
            .unwrap();
    }
    let set = ms(start);
    let start = Instant::now();
    let stream = list.compressed().unwrap();
    let compressed = ms(start);
    let start = Instant::now();
    let cut = list.cut().unwrap();
    let hashed = ms(start);
    assert_eq!(cut.zlib, stream);
    let memory = peak_mib();

    let start = Instant::now();
    let rival = zlib::compress(list.array().raw(), 9).unwrap();
    let rival_ms = ms(start);
    let start = Instant::now();
    let raw = zlib::inflate(&stream, list.array().raw().len()).unwrap();
    let inflated = ms(start);
    assert_eq!(raw, list.array().raw());

    println!("{} ppm not green:", per_million);
    println!("  fill {filled:.0} (with the places), first cut {built:.1}");
    println!(
        "  change {set:.1} (with the places), compress {compressed:.1}, hash and join {hashed:.1}"
    );
    println!(
        "  zlib 9 of the whole {rival_ms:.0}: {:.0} times the compression",
        rival_ms / compressed
    );
    println!(
        "  bytes {} (zlib 9: {}, ratio {:.3}), inflate {inflated:.0}, steps {}, first {}",
        stream.len(),
        rival.len(),
        stream.len() as f64 / rival.len() as f64,
        cut.step.unwrap().changes.len(),
        first.zlib.len(),
    );
    println!("  peak memory before the rival {memory} MiB");
}

fn ms(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1_000.0
}

/// The largest resident size so far, where the system tells.
fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or(0) / 1_024
}

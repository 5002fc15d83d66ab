//! Measures what the design counts on; `cargo run --release -p mingma-store --example measure DIR`.
//! Owns nothing but the folder it is given. Refuses: to judge; it prints.

use app::ports::{Identity, Journal, Keyring, Record, Vault, ViewRows as _, Views};
use domain::document::{DocumentType, PersonId};
use domain::time::Day;
use domain::view::{Table, ViewRow};
use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use store::{FileKeyring, FileVault, FjallViews, SegmentJournal};

type Done = Result<(), Box<dyn Error>>;

fn main() -> Done {
    let folder = std::env::args()
        .nth(1)
        .map(PathBuf::from)
        .ok_or("name a folder")?;
    std::fs::create_dir_all(&folder)?;
    small_groups(&folder.join("small"), 1, 2000)?;
    small_groups(&folder.join("hundred"), 100, 500)?;
    large_records(&folder)?;
    sealing(&folder.join("keys"))?;
    views(&folder.join("views"))?;
    vault(&folder)
}

fn rate(count: u64, taken: Duration) -> f64 {
    u32::try_from(count).map_or(0.0, f64::from) / taken.as_secs_f64()
}

fn small_groups(folder: &Path, size: usize, count: u64) -> Done {
    let began = Instant::now();
    let mut journal = SegmentJournal::open(folder)?;
    let record = Record {
        leaf: vec![1; 120],
        sealed: vec![2; 130],
    };
    let group = vec![record; size];
    journal.append(0, &group)?;
    println!("first append in an empty folder: {:?}", began.elapsed());
    let mut taken = Vec::new();
    let began = Instant::now();
    for _ in 0..count {
        let one = Instant::now();
        journal.append(journal.len(), &group)?;
        taken.push(one.elapsed());
    }
    let total = began.elapsed();
    taken.sort_unstable();
    let at = |part: usize| {
        taken
            .get(taken.len() * part / 100)
            .copied()
            .unwrap_or_default()
    };
    let records = count * u64::try_from(size)?;
    println!(
        "groups of {size}: p50 {:?} p99 {:?}, {:.0} records/s",
        at(50),
        at(99),
        rate(records, total)
    );
    Ok(())
}

fn large_records(folder: &Path) -> Done {
    const BYTES: usize = 20 << 20;
    const COUNT: u64 = 15;
    let record = [Record {
        leaf: vec![1; 500],
        sealed: vec![2; BYTES],
    }];
    let megabytes = rate(
        COUNT * u64::try_from(BYTES)?,
        Duration::from_secs(1_000_000),
    );
    let mut journal = SegmentJournal::open(&folder.join("large"))?;
    let began = Instant::now();
    for seq in 0..COUNT {
        journal.append(seq, &record)?;
    }
    println!(
        "20 MB records: {:.0} MB/s",
        megabytes / began.elapsed().as_secs_f64()
    );
    let mut raw = std::fs::File::create(folder.join("raw"))?;
    let began = Instant::now();
    for part in &record {
        for _ in 0..COUNT {
            raw.write_all(&part.sealed)?;
            raw.sync_data()?;
        }
    }
    println!(
        "  raw write and sync: {:.0} MB/s",
        megabytes / began.elapsed().as_secs_f64()
    );
    for seq in COUNT..200 + COUNT {
        journal.append(
            seq,
            &[Record {
                leaf: vec![1; 120],
                sealed: vec![2; 130],
            }],
        )?;
    }
    drop(journal);
    let began = Instant::now();
    let journal = SegmentJournal::open(&folder.join("large"))?;
    println!("open with {} entries: {:?}", journal.len(), began.elapsed());
    let began = Instant::now();
    let read = journal
        .read_from(0)?
        .try_fold(0_u64, |count, record| record.map(|_| count + 1))?;
    println!(
        "read {read}: {:.0} MB/s",
        megabytes / began.elapsed().as_secs_f64()
    );
    Ok(())
}

fn sealing(folder: &Path) -> Done {
    let mut keyring = FileKeyring::open(folder)?;
    keyring.seal(Day::from_count(1), b"leaf", Vec::new())?;
    let payload = vec![7; 16 << 20];
    let began = Instant::now();
    let sealed = keyring.seal(Day::from_count(1), b"leaf", payload)?;
    println!("seal 16 MB: {:?}", began.elapsed());
    let began = Instant::now();
    keyring.open(b"leaf", &sealed)?;
    println!("open 16 MB: {:?}", began.elapsed());
    Ok(())
}

fn key(number: u64) -> [u8; 16] {
    (u128::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)).to_be_bytes()
}

fn views(folder: &Path) -> Done {
    const ROWS: u64 = 1_000_000;
    let mut views = FjallViews::open(folder)?;
    let mut taken = Duration::ZERO;
    for round in 0..2 {
        let before = taken;
        for batch in 0..ROWS / 10_000 {
            let numbers = batch * 10_000..(batch + 1) * 10_000;
            let mut rows: Vec<ViewRow> = numbers
                .map(|n| ViewRow {
                    table: Table::People,
                    key: key(n).to_vec(),
                    value: Some(vec![7; 200]),
                })
                .collect();
            rows.sort_unstable_by(|one, two| one.key.cmp(&two.key));
            let began = Instant::now();
            views.write(batch, &rows)?;
            taken += began.elapsed();
        }
        println!(
            "views round {round}: {:.0} rows/s",
            rate(ROWS, taken.saturating_sub(before))
        );
    }
    let began = Instant::now();
    views.flush()?;
    println!("  flush {:?}", began.elapsed());
    let status = std::fs::read_to_string("/proc/self/status")?;
    for line in status
        .lines()
        .filter(|line| line.starts_with("VmHWM") || line.starts_with("VmRSS"))
    {
        println!("  {line}");
    }
    let began = Instant::now();
    for number in 0..100_000 {
        views.row(Table::People, &key(number * 9))?;
    }
    println!("  reads {:.0}/s", rate(100_000, began.elapsed()));
    Ok(())
}

fn vault(folder: &Path) -> Done {
    let mut vault = FileVault::open(&folder.join("vault"), &folder.join("vault-keys"))?;
    let mut taken = Duration::ZERO;
    for batch in 0..20_u64 {
        let identity = Identity {
            document_type: *DocumentType::ALL.first().ok_or("no document type")?,
            document_number: "990000199001010010".to_owned(),
            name: "甲乙丙".to_owned(),
            phone: Some("13900000000".to_owned()),
            email: None,
        };
        let people: Vec<_> = (batch * 10_000..(batch + 1) * 10_000)
            .map(|number| (PersonId::from_bytes(key(number)), identity.clone()))
            .collect();
        let began = Instant::now();
        vault.store(&people)?;
        taken += began.elapsed();
    }
    println!("vault: {:.0} people/s", rate(200_000, taken));
    let began = Instant::now();
    for number in 0..20_000 {
        vault
            .read(PersonId::from_bytes(key(number)))?
            .ok_or("lost")?;
    }
    println!("  reads {:.0}/s", rate(20_000, began.elapsed()));
    Ok(())
}

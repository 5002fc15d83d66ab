//! The auditor's reader of journals. Law: records as the format demands are all read; with one
//! byte changed the reader never gives a whole journal without a word of what is wrong.
//!
//! An input is a byte to change by, its place in two bytes, and bodies behind lengths of a byte;
//! one that begins with 0xff is a segment as it is.
#![no_main]

use audit::journal::{HEADER_BYTES, Reader, Record, genesis_chain, segments};
use libfuzzer_sys::fuzz_target;
use mingma_fuzz::scratch;
use sha2::{Digest as _, Sha256};
use std::path::PathBuf;
use std::sync::LazyLock;

static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| scratch("journal"));

fn seeds() -> Vec<Vec<u8>> {
    let bodies = b"\x03\x02abcde\x01\x00x\x00\x00";
    let plain = [&[0, 0, 0][..], bodies].concat();
    let changed = [&[1, 0, 70][..], bodies].concat();
    let mut raw = vec![0xff];
    raw.extend(segment(bodies).0);
    let mut spare = raw.clone();
    spare.extend([0; 600]);
    vec![plain, changed, raw, spare]
}

/// A segment of these bodies, and how many records it has.
fn segment(mut bodies: &[u8]) -> (Vec<u8>, u64) {
    let (mut out, mut chain, mut seq) = (Vec::new(), genesis_chain(), 0_u64);
    while let [leaf, sealed, rest @ ..] = bodies {
        let length = (usize::from(*leaf) + usize::from(*sealed)).min(rest.len());
        let leaf = usize::from(*leaf).min(length);
        let (body, rest) = rest.split_at(length);
        bodies = rest;
        let start = out.len();
        out.extend(b"MMJ1");
        out.extend((leaf as u32).to_le_bytes());
        out.extend(seq.to_le_bytes());
        // Every other record belongs to the group of the one before.
        out.extend((seq & !1).to_le_bytes());
        out.extend(chain);
        out.extend(((length - leaf) as u32).to_le_bytes());
        out.extend(crc32c::crc32c(&out[start..]).to_le_bytes());
        assert_eq!(out.len() - start, HEADER_BYTES);
        out.extend_from_slice(body);
        chain = Sha256::digest(&out[start..]).into();
        out.resize(out.len().next_multiple_of(8), 0);
        out.extend(chain);
        out.extend(crc32c::crc32c(body).to_le_bytes());
        out.extend(b"END\n");
        seq += 1;
    }
    (out, seq)
}

/// How many records are read, and whether nothing was said against the journal.
fn read(bytes: &[u8]) -> (u64, bool) {
    let path = FOLDER.join(format!("{:020}.seg", 0));
    std::fs::write(path, bytes).expect("room for a segment");
    let (found, strays) = segments(&FOLDER).expect("a folder of ours");
    assert!(found.len() == 1 && strays.is_empty());
    let mut reader = Reader::new(found);
    let mut record = Record::default();
    let silent = loop {
        match reader.next(&mut record) {
            Ok(true) => {
                let leaf = record.leaf().to_vec();
                let (same, sealed) = record.split();
                assert_eq!(leaf, same);
                assert!(leaf.len() + sealed.len() < bytes.len());
            }
            Ok(false) => break reader.take_notes().is_empty(),
            Err(fault) => {
                assert!(!fault.to_string().is_empty());
                break false;
            }
        }
    };
    assert!(reader.bytes() <= bytes.len() as u64);
    (reader.seq(), silent)
}

fuzz_target!(init: mingma_fuzz::seeds(seeds), |data: &[u8]| {
    match data {
        [0xff, raw @ ..] => {
            read(raw);
        }
        [change, high, low, bodies @ ..] => {
            let (mut bytes, records) = segment(bodies);
            if bytes.is_empty() {
                return;
            }
            let place = usize::from(u16::from_be_bytes([*high, *low])) % bytes.len();
            bytes[place] ^= change;
            let (found, silent) = read(&bytes);
            if *change == 0 {
                assert_eq!((found, silent), (records, true), "a good journal is read whole");
            } else {
                assert!(!silent, "a changed byte goes unnoticed");
            }
        }
        _ => {}
    }
});

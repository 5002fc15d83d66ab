//! The journal's format, held against segments written here from its description.
#![expect(clippy::unwrap_used, reason = "tests")]

use audit::journal::{Reader, Record, segments};
use audit::{Fault, Place};
use sha2::{Digest as _, Sha256};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// Builds segments byte by byte.
struct Writer {
    chain: [u8; 32],
    seq: u64,
    bytes: Vec<u8>,
}

impl Writer {
    fn new() -> Self {
        Self {
            chain: Sha256::digest(b"mm-journal-v1").into(),
            seq: 0,
            bytes: Vec::new(),
        }
    }

    /// Adds a record of a group; gives where it starts.
    fn add(&mut self, group: u64, leaf: &[u8], sealed: &[u8]) -> usize {
        let start = self.bytes.len();
        let mut header = b"MMJ1".to_vec();
        header.extend((leaf.len() as u32).to_le_bytes());
        header.extend(self.seq.to_le_bytes());
        header.extend(group.to_le_bytes());
        header.extend(self.chain);
        header.extend((sealed.len() as u32).to_le_bytes());
        header.extend(crc32c::crc32c(&header).to_le_bytes());
        let body = [leaf, sealed].concat();
        self.chain = Sha256::digest([header.as_slice(), &body].concat()).into();
        self.bytes.extend(header);
        self.bytes.extend(&body);
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
        self.bytes.extend(self.chain);
        self.bytes.extend(crc32c::crc32c(&body).to_le_bytes());
        self.bytes.extend(b"END\n");
        self.seq += 1;
        start
    }

    fn five() -> (Self, Vec<usize>) {
        let mut writer = Self::new();
        let starts = vec![
            writer.add(0, b"leaf zero", b"sealed"),
            writer.add(1, b"", b""),
            writer.add(2, &[7; 700], &[1; 1_300]),
            writer.add(2, b"12345678", b""),
            writer.add(4, b"the last", &[9; 33]),
        ];
        (writer, starts)
    }
}

fn dir(files: &[(&str, &[u8])]) -> TempDir {
    let dir = TempDir::new().unwrap();
    for (name, bytes) in files {
        fs::write(dir.path().join(name), bytes).unwrap();
    }
    dir
}

const FIRST: &str = "00000000000000000000.seg";

/// The bodies read, the notes, and the fault that stopped the reading.
fn read(dir: &Path) -> (Vec<Vec<u8>>, Vec<String>, Option<Fault>) {
    let (list, strays) = segments(dir).unwrap();
    if let Some(stray) = strays.into_iter().next() {
        return (Vec::new(), Vec::new(), Some(stray));
    }
    let mut reader = Reader::new(list);
    let mut record = Record::default();
    let mut leaves = Vec::new();
    loop {
        match reader.next(&mut record) {
            Ok(true) => leaves.push(record.leaf().to_vec()),
            Ok(false) => return (leaves, reader.take_notes(), None),
            Err(fault) => return (leaves, reader.take_notes(), Some(fault)),
        }
    }
}

fn read_one(bytes: &[u8]) -> (usize, usize, Option<Fault>) {
    let dir = dir(&[(FIRST, bytes)]);
    let (leaves, notes, fault) = read(dir.path());
    (leaves.len(), notes.len(), fault)
}

#[test]
fn whole_records_read_back_with_and_without_free_space() {
    let (writer, _) = Writer::five();
    for free in [0, 8, 63, 64, 600, 5_000] {
        let bytes = [writer.bytes.clone(), vec![0; free]].concat();
        let dir = dir(&[(FIRST, &bytes), ("spare.tmp", b"anything")]);
        let (leaves, notes, fault) = read(dir.path());
        assert_eq!((fault, notes.len()), (None, 0), "{free}");
        assert_eq!(leaves[0], b"leaf zero");
        assert_eq!(leaves[2], [7; 700]);
        assert_eq!(leaves.len(), 5);
    }
}

#[test]
fn every_flipped_byte_of_every_record_names_that_record() {
    let (writer, starts) = Writer::five();
    for free in [0, 4_096] {
        let clean = [writer.bytes.clone(), vec![0; free]].concat();
        for place in 0..writer.bytes.len() {
            let due = starts.iter().rposition(|start| *start <= place).unwrap() as u64;
            for mask in [0x01, 0x80] {
                let mut bytes = clean.clone();
                bytes[place] ^= mask;
                let (_, _, fault) = read_one(&bytes);
                let fault = fault.unwrap_or_else(|| panic!("byte {place} ^ {mask} of {free}"));
                assert_eq!(fault.place, Place::Entry(due), "byte {place}: {fault}");
                let at = fault.at.unwrap();
                assert_eq!(at.file, format!("journal/{FIRST}"));
                assert!(at.byte >= starts[due as usize] as u64, "byte {place}");
            }
        }
    }
}

#[test]
fn an_append_cut_short_is_a_note_wherever_it_was_cut() {
    let (writer, starts) = Writer::five();
    let length = writer.bytes.len();
    for cut in starts[4] + 1..length {
        let mut bytes = writer.bytes.clone();
        bytes[cut..].fill(0);
        bytes.resize(length + 4_096, 0);
        let (leaves, notes, fault) = read_one(&bytes);
        assert_eq!((notes, fault), (1, None), "cut at {cut}");
        // From the first byte of the end mark on, all that the record is worth is there.
        assert_eq!(
            leaves,
            if cut >= length - 4 { 5 } else { 4 },
            "cut at {cut}"
        );
    }
}

#[test]
fn a_group_cut_short_keeps_its_whole_records() {
    let (writer, starts) = Writer::five();
    let mut bytes = writer.bytes[..starts[4]].to_vec();
    bytes[starts[3] + 70..].fill(0);
    bytes.resize(8_192, 0);
    assert_eq!(read_one(&bytes), (3, 1, None));
}

#[test]
fn lost_sectors_of_the_last_group_are_a_tear_and_of_an_earlier_one_damage() {
    let (mut writer, starts) = Writer::five();
    let sector = (starts[2] / 512 + 1) * 512;
    // The group of records 2 and 3 is the last.
    let mut last = writer.bytes[..starts[4]].to_vec();
    last[sector..sector + 512].fill(0);
    last.resize(8_192, 0);
    assert_eq!(read_one(&last), (2, 1, None));
    // A later group stands behind it: this was acknowledged.
    let mut bytes = writer.bytes.clone();
    bytes[sector..sector + 512].fill(0);
    bytes.resize(8_192, 0);
    let (leaves, _, fault) = read_one(&bytes);
    assert_eq!((leaves, fault.unwrap().place), (2, Place::Entry(2)));
    // The same where something that is no header stands in between.
    writer.add(5, b"x", b"");
    let mut bytes = writer.bytes.clone();
    bytes[sector..starts[4] + 64].fill(0);
    bytes.resize(8_192, 0);
    assert!(read_one(&bytes).2.is_some());
}

#[test]
fn a_record_beyond_the_end_is_damage() {
    let (mut writer, starts) = Writer::five();
    let end = writer.bytes.len();
    let own = writer.add(5, b"stray", b"");
    let later = writer.add(6, b"stray", b"");
    for (from, until) in [(own, later), (later, writer.bytes.len()), (0, starts[1])] {
        let mut bytes = writer.bytes[..end].to_vec();
        bytes.resize(end + 512, 0);
        bytes.extend(&writer.bytes[from..until]);
        bytes.resize(bytes.len() + 512, 0);
        let (leaves, _, fault) = read_one(&bytes);
        assert_eq!(
            (leaves, fault.unwrap().place),
            (5, Place::Entry(5)),
            "from {from}"
        );
    }
}

#[test]
fn segments_follow_each_other_and_nothing_stands_beside_them() {
    let (writer, starts) = Writer::five();
    let (head, tail) = writer.bytes.split_at(starts[2]);
    let second = "00000000000000000002.seg";
    let fine = dir(&[(FIRST, head), (second, tail)]);
    assert_eq!(read(fine.path()).2, None);
    let freed = [head, &[0; 100]].concat();
    assert_eq!(read(dir(&[(FIRST, &freed), (second, tail)]).path()).2, None);
    // A fresh segment without a record may be the newest.
    let third = "00000000000000000005.seg";
    let fresh = dir(&[(FIRST, head), (second, tail), (third, &[0; 128])]);
    assert_eq!(read(fresh.path()).0.len(), 5);
    for (files, place) in [
        (vec![(second, tail)], Place::Entry(0)),
        (
            vec![(FIRST, head), ("00000000000000000003.seg", tail)],
            Place::Entry(2),
        ),
        (
            vec![(FIRST, head), ("00000000000000000001.seg", tail)],
            Place::Entry(2),
        ),
        (
            vec![(FIRST, head), ("2.seg", tail)],
            Place::File("journal/2.seg".to_owned()),
        ),
        (
            vec![(FIRST, head), ("notes", b"hm")],
            Place::File("journal/notes".to_owned()),
        ),
        (
            vec![(FIRST, &head[..head.len() - 1]), (second, tail)],
            Place::Entry(1),
        ),
        (
            vec![(FIRST, &[head, &[0; 70], b"x"].concat()), (second, tail)],
            Place::Entry(2),
        ),
        (
            vec![(FIRST, &[head, b"x"].concat()), (second, tail)],
            Place::Entry(2),
        ),
        // Record 3 belongs to the group of record 2, which must not begin in another segment.
        (
            vec![
                (FIRST, &writer.bytes[..starts[3]]),
                ("00000000000000000003.seg", &writer.bytes[starts[3]..]),
            ],
            Place::Entry(3),
        ),
    ] {
        let names: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
        let fault = read(dir(&files).path())
            .2
            .unwrap_or_else(|| panic!("{names:?}"));
        assert_eq!(fault.place, place, "{names:?}: {fault}");
    }
}

#[test]
fn a_record_taken_out_breaks_the_chain_after_it() {
    let (writer, starts) = Writer::five();
    let bytes = [&writer.bytes[..starts[1]], &writer.bytes[starts[2]..]].concat();
    let fault = read_one(&bytes).2.unwrap();
    assert_eq!(fault.place, Place::Entry(1));
    assert!(fault.what.contains("number of another record"), "{fault}");
}

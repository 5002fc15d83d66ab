//! The journal kept to its contract, its format and its limits; faults and tears are beside this.

mod faults;
mod tears;

use super::record::{HEADER_BYTES, Header, TRAILER_BYTES};
use super::*;
use crate::contract::{journal_contract, sample};
use crate::memory::MemoryJournal;
use sha2::{Digest, Sha256};

/// Small segments, so that a few records fill several.
const SMALL_BYTES: u64 = 4096;

fn small(folder: &Path) -> SegmentJournal {
    SegmentJournal::open_with(folder, SMALL_BYTES).unwrap()
}

fn all(journal: &SegmentJournal) -> Result<Vec<Record>, JournalError> {
    journal.read_from(0)?.collect()
}

fn samples(count: u64) -> Vec<Record> {
    (0..count).map(sample).collect()
}

/// A journal of `count` records, each appended alone.
fn singles(folder: &Path, count: u64) {
    let mut journal = small(folder);
    for seq in 0..count {
        journal.append(seq, &[sample(seq)]).unwrap();
    }
}

fn segment_paths(folder: &Path) -> Vec<PathBuf> {
    let reader = SegmentReader::open(folder).unwrap();
    reader
        .segments()
        .iter()
        .map(|(name, _)| folder.join(name))
        .collect()
}

#[test]
fn segments_keep_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    for bytes in [SMALL_BYTES, 8 << 20] {
        let make = |number: u32| {
            let folder = folder.path().join(format!("{bytes}-{number}"));
            Some(SegmentJournal::open_with(&folder, bytes).unwrap())
        };
        journal_contract(make).unwrap();
    }
}

#[test]
fn memory_keeps_the_contract() {
    let seen = std::cell::RefCell::new(std::collections::BTreeSet::new());
    journal_contract(|number| seen.borrow_mut().insert(number).then(MemoryJournal::new)).unwrap();
}

#[test]
fn the_bytes_are_those_of_the_format() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = small(folder.path());
    let record = Record {
        leaf: b"leaf!".to_vec(),
        sealed: b"sealed".to_vec(),
    };
    journal.append(0, std::slice::from_ref(&record)).unwrap();
    let bytes = std::fs::read(folder.path().join("00000000000000000000.seg")).unwrap();
    let mut wanted = b"MMJ1".to_vec();
    wanted.extend(5_u32.to_le_bytes());
    wanted.extend([0; 16]);
    wanted.extend(Sha256::digest(b"mm-journal-v1"));
    wanted.extend(6_u32.to_le_bytes());
    wanted.extend(crc32c::crc32c(&wanted).to_le_bytes());
    wanted.extend(b"leaf!sealed");
    let chain = Sha256::digest(&wanted);
    wanted.extend([0; 5]);
    wanted.extend(chain);
    wanted.extend(crc32c::crc32c(b"leaf!sealed").to_le_bytes());
    wanted.extend(b"END\n");
    assert_eq!(bytes[..wanted.len()], wanted);
    assert_eq!(journal.chain(), *chain);
    assert!(bytes[wanted.len()..].iter().all(|byte| *byte == 0));
    assert_eq!(to_u64(bytes.len()), SMALL_BYTES);
}

#[test]
fn the_header_names_the_first_record_of_its_group() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = small(folder.path());
    journal.append(0, &samples(1)).unwrap();
    journal.append(1, &[sample(1), sample(2)]).unwrap();
    let bytes = std::fs::read(journal.newest()).unwrap();
    let (mut at, mut groups) = (0, Vec::new());
    for _ in 0..3 {
        let header = Header::parse(&bytes[at..]).unwrap();
        groups.push((header.seq, header.group));
        at += usize::try_from(header.record_len()).unwrap();
    }
    assert_eq!(groups, [(0, 0), (1, 1), (2, 1)]);
}

#[test]
fn a_full_segment_is_cut_to_its_records_and_no_group_spans_two() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = small(folder.path());
    for group in samples(300).chunks(3) {
        journal.append(journal.len(), group).unwrap();
    }
    let paths = segment_paths(folder.path());
    assert!(paths.len() > 10);
    for (path, next) in paths.iter().zip(&paths[1..]) {
        let bytes = std::fs::read(path).unwrap();
        assert!(bytes.ends_with(b"END\n"));
        let first = segment_first(next.file_name().unwrap().to_str().unwrap()).unwrap();
        assert_eq!(first % 3, 0);
    }
    drop(journal);
    assert_eq!(all(&small(folder.path())).unwrap(), samples(300));
}

#[test]
fn reading_starts_at_any_record_of_any_segment() {
    let folder = tempfile::tempdir().unwrap();
    singles(folder.path(), 120);
    let reader = SegmentReader::open(folder.path()).unwrap();
    assert_eq!((reader.len(), reader.is_empty()), (120, false));
    for from in 0..121 {
        let read: Vec<Record> = reader
            .read_from(from)
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        assert_eq!(read, (from..120).map(sample).collect::<Vec<_>>());
    }
}

#[test]
fn a_group_larger_than_a_segment_has_a_segment_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = small(folder.path());
    let large = Record {
        leaf: vec![1; 10],
        sealed: vec![2; 100_000],
    };
    journal.append(0, &[sample(0)]).unwrap();
    journal.append(1, &[large.clone(), large.clone()]).unwrap();
    journal.append(3, &[sample(3)]).unwrap();
    let wanted = [sample(0), large.clone(), large, sample(3)];
    assert_eq!(all(&journal).unwrap(), wanted);
    assert_eq!(segment_paths(folder.path()).len(), 3);
    drop(journal);
    assert_eq!(all(&small(folder.path())).unwrap(), wanted);
}

#[test]
fn an_empty_newest_segment_that_is_too_small_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(segment_name(0)), [0; 512]).unwrap();
    let mut journal = small(folder.path());
    let large = Record {
        leaf: vec![],
        sealed: vec![3; 10_000],
    };
    journal.append(0, std::slice::from_ref(&large)).unwrap();
    drop(journal);
    assert_eq!(all(&small(folder.path())).unwrap(), [large]);
}

#[test]
fn a_record_fills_its_segment_to_the_last_byte() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = small(folder.path());
    let body = usize::try_from(SMALL_BYTES - HEADER_BYTES - TRAILER_BYTES).unwrap();
    for length in [body, body + 1, body - 1] {
        let record = Record {
            leaf: vec![],
            sealed: vec![9; length],
        };
        journal.append(journal.len(), &[record]).unwrap();
    }
    assert_eq!(segment_paths(folder.path()).len(), 3);
    let lengths: Vec<u64> = segment_paths(folder.path())
        .iter()
        .map(|path| std::fs::metadata(path).unwrap().len())
        .collect();
    assert_eq!(lengths, [SMALL_BYTES, SMALL_BYTES + 8, SMALL_BYTES]);
    drop(journal);
    assert_eq!(all(&small(folder.path())).unwrap().len(), 3);
}

#[test]
fn a_record_above_the_largest_body_is_refused_and_nothing_stops() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = small(folder.path());
    let large = Record {
        leaf: vec![0; 1],
        sealed: vec![0; 256 << 20],
    };
    let refused = journal.append(0, &[large]).unwrap_err();
    assert!(matches!(refused, JournalError::Io(text) if text.contains("268435457")));
    journal.append(0, &[sample(0)]).unwrap();
}

#[test]
fn one_journal_at_a_time_appends() {
    let folder = tempfile::tempdir().unwrap();
    let journal = small(folder.path());
    let refused = SegmentJournal::open(folder.path()).err().unwrap();
    assert!(
        refused
            .to_string()
            .contains("is open for appending elsewhere")
    );
    drop(journal);
    SegmentJournal::open(folder.path()).unwrap();
}

#[test]
fn a_missing_segment_is_damage() {
    let folder = tempfile::tempdir().unwrap();
    singles(folder.path(), 120);
    for path in segment_paths(folder.path()).iter().rev().skip(1) {
        let aside = path.with_extension("aside");
        std::fs::rename(path, &aside).unwrap();
        let refused = SegmentReader::open(folder.path()).err().unwrap();
        assert!(matches!(refused, JournalError::Damaged { what, .. }
            if what == "records before this segment are missing"));
        std::fs::rename(&aside, path).unwrap();
    }
}

#[test]
fn a_segment_from_another_journal_is_damage() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    singles(one.path(), 120);
    let mut other = small(two.path());
    other.append(0, &[sample(77)]).unwrap();
    for seq in 1..120 {
        other.append(seq, &[sample(seq)]).unwrap();
    }
    let last = segment_paths(two.path()).pop().unwrap();
    let first = segment_first(last.file_name().unwrap().to_str().unwrap()).unwrap();
    std::fs::copy(&last, one.path().join(last.file_name().unwrap())).unwrap();
    let refused = SegmentReader::open(one.path()).err().unwrap();
    let JournalError::Damaged { seq, what, .. } = refused else {
        panic!("{refused}")
    };
    assert_eq!(
        (seq, what),
        (first, "the record does not follow from the one before")
    );
}

#[test]
fn left_over_files_are_removed() {
    let folder = tempfile::tempdir().unwrap();
    for name in [SPARE_NAME, OWN_NAME] {
        std::fs::write(folder.path().join(name), b"half").unwrap();
    }
    drop(small(folder.path()));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_reader_of_what_is_durable_looks_at_nothing_behind_it() {
    let folder = tempfile::tempdir().unwrap();
    singles(folder.path(), 40);
    let whole = SegmentReader::open(folder.path()).unwrap();
    let records: Vec<Record> = whole.read_from(0).unwrap().map(Result::unwrap).collect();
    for len in [0, 1, 20, 39, 40] {
        let reader = SegmentReader::open_until(folder.path(), len).unwrap();
        assert_eq!(reader.len(), len);
        let read: Vec<Record> = reader.read_from(0).unwrap().map(Result::unwrap).collect();
        assert_eq!(read, records[..len as usize]);
    }
    let missing = SegmentReader::open_until(folder.path(), 41).err().unwrap();
    assert!(
        matches!(missing, JournalError::Damaged { seq: 40, .. }),
        "{missing}"
    );
    // Half a record, as while one is being written: the copy ends before it.
    let reader = SegmentReader::open_until(folder.path(), 39).unwrap();
    let (name, end) = reader.segments().pop().unwrap();
    let path = folder.path().join(name);
    let mut bytes = std::fs::read(&path).unwrap();
    for byte in &mut bytes[end.unwrap() as usize + 60..] {
        *byte = 7;
    }
    std::fs::write(&path, bytes).unwrap();
    assert!(SegmentReader::open(folder.path()).is_err());
    let reader = SegmentReader::open_until(folder.path(), 39).unwrap();
    assert_eq!(reader.segments().pop().unwrap().1, end);
}

#[test]
fn a_segment_that_is_cut_to_its_records_while_it_is_read_ends_earlier() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("segment");
    std::fs::write(&path, [1; 200]).unwrap();
    let mut window = read::Window::open(&LocalDisk, &path).unwrap();
    let file = std::fs::OpenOptions::new().write(true).open(&path);
    file.unwrap().set_len(100).unwrap();
    assert_eq!(window.at(50, 100).unwrap(), [1; 50]);
    assert_eq!((window.at(100, 8).unwrap().len(), window.size()), (0, 100));
}

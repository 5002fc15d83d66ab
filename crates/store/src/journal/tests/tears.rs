//! Tears are cut, damage is named: each byte, each cut, each set of lost sectors.

use super::*;
use proptest::prelude::*;

/// Opens for writing and reads all, as a start does.
fn started(folder: &Path) -> Result<Vec<Record>, JournalError> {
    let journal = SegmentJournal::open_with(folder, SMALL_BYTES)?;
    all(&journal)
}

fn noisy(number: u64, length: usize) -> Record {
    let mut noise = Sha256::digest(number.to_be_bytes()).to_vec();
    while noise.len() < length {
        let next = Sha256::digest(&noise);
        noise.extend_from_slice(&next);
    }
    noise.truncate(length);
    Record {
        leaf: number.to_be_bytes().to_vec(),
        sealed: noise,
    }
}

/// A newest segment before and after its last append, and how much of it is in use then.
struct Last {
    folder: tempfile::TempDir,
    path: PathBuf,
    before: Vec<u8>,
    after: Vec<u8>,
    start: usize,
    end: usize,
    acknowledged: Vec<Record>,
    group: Vec<Record>,
}

impl Last {
    fn append(groups: &[Vec<Record>]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = SegmentJournal::open_with(folder.path(), 64 << 10).unwrap();
        let (group, earlier) = groups.split_last().unwrap();
        // Makes the segment, also where there is no earlier group.
        journal.append(0, &[sample(200)]).unwrap();
        let mut acknowledged = vec![sample(200)];
        for group in earlier {
            journal.append(journal.len(), group).unwrap();
            acknowledged.extend_from_slice(group);
        }
        let path = journal.newest();
        let before = std::fs::read(&path).unwrap();
        let start = usize::try_from(journal.index.end).unwrap();
        journal.append(journal.len(), group).unwrap();
        assert_eq!(path, journal.newest());
        let end = usize::try_from(journal.index.end).unwrap();
        drop(journal);
        let after = std::fs::read(&path).unwrap();
        Self {
            folder,
            path,
            before,
            after,
            start,
            end,
            acknowledged,
            group: group.clone(),
        }
    }

    /// Starts from an image of the newest segment: all that was acknowledged must be there, and of
    /// the last group whole records from its first on.
    fn survives(&self, image: &[u8]) {
        std::fs::write(&self.path, image).unwrap();
        let read = started(self.folder.path()).unwrap();
        let every = [self.acknowledged.as_slice(), &self.group].concat();
        assert!(read.len() >= self.acknowledged.len());
        assert_eq!(read, every[..read.len()]);
        // The cut is durable and complete: a second start finds nothing to cut, and appends.
        let mut journal = SegmentJournal::open_with(self.folder.path(), SMALL_BYTES).unwrap();
        assert_eq!(journal.cut(), None);
        journal.append(journal.len(), &[sample(5)]).unwrap();
        assert_eq!(all(&journal).unwrap().pop(), Some(sample(5)));
    }
}

#[test]
fn an_append_cut_at_any_byte_leaves_what_was_acknowledged() {
    let last = Last::append(&[vec![sample(1)], vec![sample(2), noisy(3, 700), sample(0)]]);
    for cut in last.start..=last.end {
        let mut image = last.after.clone();
        image[cut..].fill(0);
        last.survives(&image);
    }
}

#[test]
fn a_record_that_lacks_only_its_end_mark_is_kept() {
    let last = Last::append(&[vec![noisy(1, 100)]]);
    for missing in 0..=5 {
        let mut image = last.after.clone();
        image[last.end - missing..].fill(0);
        std::fs::write(&last.path, &image).unwrap();
        let kept = if missing == 5 { 1 } else { 2 };
        assert_eq!(
            started(last.folder.path()).unwrap().len(),
            kept,
            "{missing} missing"
        );
        if missing < 5 {
            assert_eq!(std::fs::read(&last.path).unwrap(), last.after);
        }
    }
}

#[test]
fn what_is_cut_is_told() {
    let last = Last::append(&[vec![noisy(1, 100)]]);
    let mut image = last.after.clone();
    image[last.start + 80..].fill(0);
    std::fs::write(&last.path, &image).unwrap();
    let journal = SegmentJournal::open_with(last.folder.path(), SMALL_BYTES).unwrap();
    let cut = journal.cut().unwrap();
    assert_eq!((cut.seq, cut.bytes), (1, 80));
    assert!(
        cut.place
            .ends_with(&format!("00000000000000000000.seg`, byte {}", last.start))
    );
}

#[test]
fn a_reader_stops_at_a_tear_and_changes_nothing() {
    let last = Last::append(&[vec![sample(1)], vec![noisy(2, 100)]]);
    for missing in [1, 4, 30, 200] {
        let mut image = last.after.clone();
        image[last.end - missing..].fill(0);
        std::fs::write(&last.path, &image).unwrap();
        let reader = SegmentReader::open(last.folder.path()).unwrap();
        assert_eq!(
            (reader.len(), std::fs::read(&last.path).unwrap()),
            (2, image)
        );
    }
}

#[test]
fn every_byte_of_every_record_is_guarded() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = small(folder.path());
    let groups = [
        vec![sample(0)],
        vec![sample(1), noisy(2, 1700)],
        vec![sample(3)],
    ];
    let groups = [groups.as_slice(), &groups, &[vec![noisy(9, 37), sample(0)]]].concat();
    for group in &groups {
        journal.append(journal.len(), group).unwrap();
    }
    let records = groups.concat();
    let end = usize::try_from(journal.index.end).unwrap();
    drop(journal);
    let paths = segment_paths(folder.path());
    assert_eq!(paths.len(), 2);
    let mut seq = 0;
    for path in &paths {
        let good = std::fs::read(path).unwrap();
        let used = if path == &paths[1] { end } else { good.len() };
        let mut at = 0;
        while at < used {
            let header = Header::parse(&good[at..]).unwrap();
            let length = usize::try_from(header.record_len()).unwrap();
            for place in at..at + length {
                for change in [0x01, 0xff, good[place]] {
                    let mut bad = good.clone();
                    bad[place] ^= change;
                    guarded(folder.path(), path, &bad, &good, &records, seq, place);
                }
            }
            at += length;
            seq += 1;
        }
        std::fs::write(path, &good).unwrap();
    }
    assert_eq!(seq, to_u64(records.len()));
}

/// A changed byte is damage of that record or its neighbour; or it changed nothing that matters.
fn guarded(
    folder: &Path,
    path: &Path,
    bad: &[u8],
    good: &[u8],
    records: &[Record],
    seq: u64,
    place: usize,
) {
    std::fs::write(path, bad).unwrap();
    // A start waits for the disk: only where a reader finds nothing does it have more to say.
    let read = SegmentReader::open(folder)
        .and_then(|reader| reader.read_from(0)?.collect::<Result<Vec<Record>, _>>())
        .and_then(|_| started(folder));
    match read {
        Err(JournalError::Damaged {
            seq: named,
            place: at,
            ..
        }) => {
            assert!(
                named == seq || named == seq + 1,
                "byte {place} of {seq}: named {named}"
            );
            assert!(at.starts_with(&format!("`{}`", path.display())) || named == seq + 1);
            assert_eq!(std::fs::read(path).unwrap(), bad, "damage is left as it is");
        }
        Err(error) => panic!("byte {place} of {seq}: {error}"),
        Ok(read) => {
            // A zero that became a zero, or the last byte of the last mark, which is put right.
            assert_eq!(
                (&read[..], &std::fs::read(path).unwrap()[..]),
                (records, good)
            );
            assert!(
                bad == good || (bad[place] == 0 && good[place] == b'\n'),
                "byte {place}"
            );
        }
    }
}

#[test]
fn a_later_group_tells_damage_from_a_lost_sector() {
    let last = Last::append(&[vec![noisy(1, 3000)], vec![noisy(2, 3000)], vec![sample(3)]]);
    let sector = 512 * 4;
    let mut image = last.after.clone();
    image[sector..sector + 512].fill(0);
    std::fs::write(&last.path, &image).unwrap();
    let refused = started(last.folder.path()).unwrap_err();
    assert!(
        matches!(refused, JournalError::Damaged { seq: 1, .. }),
        "{refused}"
    );
}

#[test]
fn noise_in_a_full_segment_behind_its_records_is_damage() {
    let folder = tempfile::tempdir().unwrap();
    singles(folder.path(), 60);
    let paths = segment_paths(folder.path());
    let mut bytes = std::fs::read(&paths[0]).unwrap();
    bytes.extend([0; 100]);
    std::fs::write(&paths[0], &bytes).unwrap();
    assert_eq!(started(folder.path()).unwrap().len(), 60);
    *bytes.last_mut().unwrap() = 1;
    std::fs::write(&paths[0], &bytes).unwrap();
    assert!(matches!(
        started(folder.path()),
        Err(JournalError::Damaged { .. })
    ));
}

fn a_group() -> impl Strategy<Value = Vec<Record>> {
    let record = (any::<u64>(), 0_usize..2500).prop_map(|(number, length)| noisy(number, length));
    prop::collection::vec(record, 1..5)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn random_groups_cut_anywhere_leave_what_was_acknowledged(
        groups in prop::collection::vec(a_group(), 1..4),
        cut in any::<prop::sample::Index>(),
    ) {
        let last = Last::append(&groups);
        let mut image = last.after.clone();
        image[last.start + cut.index(last.end - last.start + 1)..].fill(0);
        last.survives(&image);
    }

    #[test]
    fn any_sectors_lost_in_a_power_failure_leave_what_was_acknowledged(
        groups in prop::collection::vec(a_group(), 1..4),
        written in prop::collection::vec(any::<bool>(), 128),
    ) {
        let last = Last::append(&groups);
        let mut image = last.before.clone();
        for (place, written) in written.iter().enumerate() {
            let sector = place * 512..(place + 1) * 512;
            if *written && sector.end <= image.len() {
                image[sector.clone()].copy_from_slice(&last.after[sector]);
            }
        }
        last.survives(&image);
    }
}

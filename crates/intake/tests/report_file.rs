//! The report file: parts in order, resumed in the middle, and what is turned away.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use common::{Directory, key, part, row, small_act};
use domain::evidence::EvidenceKind;
use domain::ids::ReportId;
use domain::submission::Submission;
use intake::report::{ReportHead, ReportReader, ReportWriter, Written};
use intake::{Claim, Error, receive, sign_act, sign_part};
use std::io::Cursor;

fn head() -> ReportHead {
    ReportHead {
        ledger: common::LEDGER.to_owned(),
        org: "health".parse().unwrap(),
        report: ReportId::from_bytes([8; 16]),
        kind: EvidenceKind::CloseContact,
        purpose: "contact tracing".to_owned(),
        signed_at: common::AT,
    }
}

fn write(rows: u32) -> (Written, Vec<u8>) {
    let mut writer = ReportWriter::new(head(), Cursor::new(Vec::new())).unwrap();
    for n in 0..rows {
        writer.push(&row(n)).unwrap();
    }
    let mut file = Vec::new();
    let written = writer.finish(key(3).signing(), &mut file).unwrap();
    (written, file)
}

#[test]
fn rows_are_cut_into_parts_of_ten_thousand_that_verify() {
    let (written, file) = write(20_001);
    assert_eq!(
        written,
        Written {
            rows: 20_001,
            parts: 3
        }
    );
    let mut count = 0;
    for (index, part) in ReportReader::new(&file[..]).enumerate() {
        let part = part.unwrap();
        assert_eq!((part.index as usize, part.parts), (index, 3));
        let Submission::Report(verified) = receive(&part.bytes, &Directory::new()) else {
            panic!("refused")
        };
        count += verified.part().rows.len();
        assert_eq!(
            verified.part().rows[0],
            row(u32::try_from(index).unwrap() * 10_000)
        );
    }
    assert_eq!(count, 20_001);
    assert_eq!(write(10_000).0.parts, 1);
}

#[test]
fn a_writer_makes_the_same_bytes_as_signing_a_part() {
    assert_eq!(write(9).1, sign_part(&part(9), key(3).signing()).unwrap());
}

#[test]
fn an_interrupted_sender_goes_on_at_the_part_it_names() {
    let (_, file) = write(20_001);
    let mut reader = ReportReader::new(&file[..]);
    reader.skip_to(2).unwrap();
    assert_eq!(reader.part().unwrap().unwrap().index, 2);
    assert_eq!(reader.part(), Ok(None));
    let mut reader = ReportReader::new(&file[..]);
    assert!(matches!(reader.skip_to(4), Err(Error::Report { .. })));
}

#[test]
fn a_file_that_ends_early_is_told_at_every_length() {
    let (_, file) = write(3);
    for length in 0..file.len() {
        let found: Result<Vec<_>, _> = ReportReader::new(&file[..length]).collect();
        assert!(found.is_err(), "{length}");
    }
    let (_, file) = write(10_001);
    let first = ReportReader::new(&file[..]).part().unwrap().unwrap().bytes;
    let mut reader = ReportReader::new(&first[..]);
    assert!(reader.part().unwrap().is_some());
    assert!(matches!(reader.part(), Err(Error::Report { part: 1, .. })));
}

#[test]
fn parts_out_of_place_or_of_another_report_and_acts_are_refused() {
    let (_, file) = write(10_001);
    let parts: Vec<Vec<u8>> = ReportReader::new(&file[..])
        .map(|part| part.unwrap().bytes)
        .collect();
    let turned = [&parts[1][..], &parts[0]].concat();
    assert!(matches!(
        ReportReader::new(&turned[..]).part(),
        Err(Error::Report { part: 0, .. })
    ));
    let twice = [&file[..], &parts[0]].concat();
    assert!(ReportReader::new(&twice[..]).any(|part| part.is_err()));
    let mut other = part(1);
    (other.report, other.part, other.parts) = (ReportId::from_bytes([1; 16]), 1, 2);
    let mixed = [&parts[0][..], &sign_part(&other, key(3).signing()).unwrap()].concat();
    assert!(ReportReader::new(&mixed[..]).any(|part| part.is_err()));
    let act = sign_act(&small_act(), key(1).signing()).unwrap();
    assert!(matches!(
        ReportReader::new(&act[..]).part(),
        Err(Error::Report { .. })
    ));
    let huge = [0xd2, 0x84, 0x5a, 0xff, 0xff, 0xff, 0xff];
    assert!(matches!(
        ReportReader::new(&huge[..]).part(),
        Err(Error::Limit { .. })
    ));
}

#[test]
fn a_report_of_no_rows_is_refused() {
    let writer = ReportWriter::new(head(), Cursor::new(Vec::new())).unwrap();
    let refused = writer.finish(key(3).signing(), &mut Vec::new());
    assert!(matches!(refused, Err(Error::Report { .. })));
}

#[test]
fn a_part_says_whose_it_is_and_how_many_rows_before_its_signature_is_looked_at() {
    let part = part(9);
    let mut bytes = sign_part(&part, key(3).signing()).unwrap();
    let claim = Claim {
        org: part.org.clone(),
        rows: 9,
    };
    assert_eq!(Claim::of(&bytes), Some(claim.clone()));
    // It is a claim alone.
    *bytes.last_mut().unwrap() ^= 1;
    assert_eq!(Claim::of(&bytes), Some(claim));
    assert_eq!(Claim::of(&bytes[1..]), None);
    assert_eq!(Claim::of(b""), None);
}

//! Clerks' files as CSV and JSON. Law: rows come out once and in order, and a good row goes into
//! a report that the door in accepts.
//!
//! The first byte of an input chooses the format.
#![no_main]

use domain::document::Document;
use domain::evidence::EvidenceKind;
use domain::submission::Submission;
use intake::clerk::{Columns, Format, read_rows};
use intake::{receive, sign_part};
use libfuzzer_sys::fuzz_target;
use mingma_fuzz::{OFFICE, PERSON_KEY, STATE, part};

const FORMATS: [Format; 3] = [Format::Csv, Format::Json, Format::JsonLines];
/// Enough to see rows of every kind beside each other.
const ROWS: usize = 64;

fn seeds() -> Vec<Vec<u8>> {
    let number = |n| Document::invented(n).number().to_owned();
    let csv = format!(
        "document_number,name,phone,division,occurred_at,reference,from,until,precision,\
         link_document_number,link_reference\n\
         {},Li,13800000000,410105,2022-06-13 08:00,CC-1,2022-06-12 09:00,,community,{},CC-0\n\
         {},\"Wu, An\",,410105,2022/6/13 8:00,CC-2,,,,,\n",
        number(1),
        number(3),
        number(2)
    );
    let chinese = format!(
        "\u{feff}编号\t发生时间\t证件号码\t区划代码\r\nCC-1\t2022-06-13T08:00:00+08:00\t{}\t410105\r\n",
        number(1)
    );
    let object = format!(
        "{{\"document_number\":\"{}\",\"division\":410105,\
         \"occurred_at\":\"2022-06-13 08:00\",\"reference\":\"CC-1\"}}",
        number(1)
    );
    let seed = |format: u8, text: &str| {
        let mut seed = vec![format];
        seed.extend_from_slice(text.as_bytes());
        seed
    };
    vec![
        seed(0, &csv),
        seed(0, &chinese),
        seed(1, &format!("[{object},{object},7]")),
        seed(2, &format!("{object}\n\n{object}\n")),
    ]
}

fuzz_target!(init: mingma_fuzz::seeds(seeds), |data: &[u8]| {
    let Some((first, text)) = data.split_first() else {
        return;
    };
    let format = FORMATS[usize::from(*first) % FORMATS.len()];
    let kind = EvidenceKind::CloseContact;
    let Ok(mut rows) = read_rows(text, format, &Columns::standard(), &PERSON_KEY, kind) else {
        return;
    };
    let (mut last, mut good) = (0, Vec::new());
    for row in rows.by_ref() {
        let number = match row {
            Ok(row) => {
                if good.len() < ROWS {
                    good.push(row.row);
                }
                row.number
            }
            Err(error) => {
                assert!(!error.to_string().is_empty() && !error.help().is_empty());
                error.row
            }
        };
        assert!(number > last, "rows out of order");
        last = number;
    }
    let _ = rows.warnings();
    let report = part(good);
    let signed = sign_part(&report, OFFICE.signing()).expect("good rows make a part");
    match receive(&signed, &*STATE) {
        Submission::Report(verified) => assert_eq!(verified.part(), &report),
        _ => panic!("good rows are turned away at the door"),
    }
});

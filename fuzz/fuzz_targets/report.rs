//! Parts of reports through the door in, and report files. Law: bytes that are accepted are those
//! that the part is signed as; a file that is read to its end is its parts, one after another.
#![no_main]

use domain::colour::Colour;
use domain::evidence::{EvidenceRow, MoreFields, Precision};
use domain::refusal::Code;
use domain::submission::Submission;
use intake::cose::Typ;
use intake::report::ReportReader;
use intake::{receive, sign_part};
use libfuzzer_sys::fuzz_target;
use mingma_fuzz::{AT, OFFICE, STATE, part, payload, person, same_but_name, sealed};

fn seeds() -> Vec<Vec<u8>> {
    let row = |n: u32| EvidenceRow {
        person: person(n),
        division: "410105".parse().expect("a county"),
        occurred_at: AT.plus_s(-3_600),
        reference: format!("CC-{n}"),
        more: (n == 2).then(|| {
            Box::new(MoreFields {
                link_person: Some(person(9)),
                from: Some(AT.plus_s(-7_200)),
                precision: Some(Precision::Community),
                pushed: Some(Colour::Red),
                ..MoreFields::default()
            })
        }),
    };
    let parts = [vec![], vec![row(1)], vec![row(1), row(2)]];
    let signed = parts.map(|rows| sign_part(&part(rows), OFFICE.signing()).expect("a part"));
    let mut first = part(vec![row(1)]);
    let mut second = part(vec![row(2)]);
    (first.parts, second.parts, second.part) = (2, 2, 1);
    let two = [first, second].map(|part| sign_part(&part, OFFICE.signing()).expect("a part"));
    let payloads: Vec<Vec<u8>> = signed.iter().map(|bytes| payload(bytes)).collect();
    signed
        .into_iter()
        .chain(payloads)
        .chain([two.concat()])
        .collect()
}

fn judge(bytes: &[u8]) -> Option<Code> {
    match receive(bytes, &*STATE) {
        Submission::Report(verified) => {
            let again = sign_part(verified.part(), OFFICE.signing()).expect("within bounds");
            // Behind tag, array, a head of two bytes, map and label; the signature covers the name.
            assert!(same_but_name(bytes, &again, 6, bytes.len() - 64));
            assert_eq!(verified.key(), OFFICE.public());
            None
        }
        Submission::Act(_) => None,
        Submission::Unverified(unverified) => Some(unverified.refusal.code),
    }
}

fn file(data: &[u8]) {
    let mut whole = Vec::new();
    let mut parts = 0;
    for (place, part) in (0..).zip(ReportReader::new(data)) {
        let Ok(part) = part else {
            return;
        };
        assert_eq!(part.index, place);
        assert!(part.index < part.parts);
        whole.extend(part.bytes);
        parts = part.parts;
    }
    assert_eq!(whole, data);
    let mut reader = ReportReader::new(data);
    assert!(reader.skip_to(parts).is_ok());
    assert!(matches!(reader.part(), Ok(None)));
}

fuzz_target!(init: mingma_fuzz::seeds(seeds), |data: &[u8]| {
    judge(data);
    file(data);
    let code = judge(&sealed(Typ::Report, data, false));
    assert!(code.is_some(), "accepted without a signature");
    if code != Some(Code::Malformed) {
        judge(&sealed(Typ::Report, data, true));
    }
});

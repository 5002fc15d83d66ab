//! How fast: run by hand with `cargo test --release -p mingma-intake --test speed -- --ignored`.

mod common;

use common::{Directory, key, order, part, person_key};
use domain::document::Document;
use domain::evidence::EvidenceKind;
use domain::submission::Submission;
use intake::clerk::{Columns, Format, read_rows};
use intake::{receive, sign_act, sign_part};
use std::fmt::Write as _;
use std::time::Instant;

#[test]
#[ignore = "measures; run by hand"]
fn speed_of_verifying_parts_and_orders_and_of_reading_csv() {
    let keys = Directory::new();
    let bytes = sign_part(&part(10_000), key(3).signing()).unwrap();
    let start = Instant::now();
    for _ in 0..20 {
        assert!(matches!(receive(&bytes, &keys), Submission::Report(_)));
    }
    let seconds = start.elapsed().as_secs_f64();
    eprintln!(
        "part: {} bytes, {:.0} rows/s",
        bytes.len(),
        200_000.0 / seconds
    );
    for people in [1_000_000, 10_000_000] {
        let act = order(people);
        let start = Instant::now();
        let bytes = sign_act(&act, key(1).signing()).unwrap();
        let signed = start.elapsed();
        let start = Instant::now();
        assert!(matches!(receive(&bytes, &keys), Submission::Act(_)));
        let verified = start.elapsed();
        eprintln!(
            "order: {} bytes, signed in {signed:?}, verified in {verified:?}",
            bytes.len()
        );
    }
    let headings = "证件号码,姓名,区划代码,发生时间,编号,关联编号,位置精度";
    let mut text = format!("{headings}\n");
    for n in 0..500_000 {
        let id = Document::invented(n);
        let number = id.number();
        writeln!(
            text,
            "{number},李测试,410105,2022-06-13 08:00,CC-{n:06},E-{n},社区级"
        )
        .unwrap();
    }
    let start = Instant::now();
    let key = person_key();
    let kind = EvidenceKind::Companion;
    let rows = read_rows(
        text.as_bytes(),
        Format::Csv,
        &Columns::standard(),
        &key,
        kind,
    )
    .unwrap();
    let good = rows.filter(Result::is_ok).count();
    let seconds = start.elapsed().as_secs_f64();
    assert_eq!(good, 500_000);
    eprintln!("csv: {:.0} rows/s", 500_000.0 / seconds);
    if seconds > 60.0 {
        panic!("too slow to use");
    }
}

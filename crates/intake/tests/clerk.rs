//! A clerk's file: what is read, and what each bad row is told.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod common;

use common::person_key;
use domain::colour::Colour;
use domain::document::{Document, DocumentError, DocumentType};
use domain::evidence::{EvidenceKind, MoreFields, Precision};
use domain::time::Timestamp;
use intake::Error;
use intake::clerk::{ClerkRow, Column, Columns, Format, Reason, RowError, read_rows};
use proptest::prelude::*;
use rust_xlsxwriter::{ExcelDateTime, Format as CellFormat, Formula, Workbook};
use std::cell::Cell;
use std::io::Read;
use std::rc::Rc;

type Found = Vec<Result<ClerkRow, RowError>>;

fn read(bytes: &[u8], format: Format) -> Result<Found, Error> {
    let key = person_key();
    let kind = EvidenceKind::CloseContact;
    Ok(read_rows(bytes, format, &Columns::standard(), &key, kind)?.collect())
}

fn number(n: u32) -> String {
    Document::invented(n).number().to_owned()
}

const HEADING: &str = "document_number,division,occurred_at,reference";

fn csv(rows: &[String]) -> Found {
    read(
        format!("{HEADING}\n{}\n", rows.join("\n")).as_bytes(),
        Format::Csv,
    )
    .unwrap()
}

fn good(n: u32) -> String {
    format!("{},410105,2022-06-13 08:00,CC-{n}", number(n))
}

fn reasons(found: &Found) -> Vec<(u64, Option<Column>, Reason)> {
    let errors = found.iter().filter_map(|row| row.as_ref().err());
    errors
        .map(|error| (error.row, error.column, error.reason))
        .collect()
}

fn one(row: &str) -> RowError {
    let mut found = csv(&[row.to_owned(), good(2)]);
    assert_eq!(found.len(), 2, "the rest goes on");
    assert_eq!(found[1].as_ref().unwrap().number, 3);
    found.remove(0).unwrap_err()
}

#[test]
fn english_and_chinese_headings_mean_the_same_in_any_order() {
    let english = format!("{HEADING}\n{}\n", good(1));
    let chinese = format!(
        "编号,发生时间,姓名,证件号码,区划代码\r\nCC-1,2022/6/13 8:00,李测试,{},410105\r\n",
        number(1)
    );
    let chinese = format!("\u{feff}{chinese}");
    let english = read(english.as_bytes(), Format::Csv)
        .unwrap()
        .remove(0)
        .unwrap();
    let chinese = read(chinese.as_bytes(), Format::Csv)
        .unwrap()
        .remove(0)
        .unwrap();
    assert_eq!(english.row, chinese.row);
    assert_eq!((english.number, english.identity.name), (2, None));
    assert_eq!(chinese.identity.name.as_deref(), Some("李测试"));
    assert_eq!(
        english.row.person,
        person_key().person_id(&Document::invented(1))
    );
    let eight: Timestamp = "2022-06-13T08:00:00+08:00".parse().unwrap();
    assert_eq!(english.row.occurred_at, eight);
    assert_eq!(english.row.more, None);
}

#[test]
fn every_column_finds_its_place_in_the_row() {
    let text = format!(
        "证件类型,证件号码,姓名,联系电话,区划代码,发生时间,编号,关联证件号码,关联编号,\
         起始时间,截止时间,位置精度,失效时间,推送颜色,来源地\n\
         护照,x-1234567,Test Person,000 0000,4101,2022-06-13,N-1,{},2022-18,\
         2022-06-12 08:00,2022-06-12 09:30,社区级,2022-06-20,红码,上海市\n",
        number(9)
    );
    let found = read(text.as_bytes(), Format::Csv)
        .unwrap()
        .remove(0)
        .unwrap();
    let passport = Document::parse(DocumentType::Passport, "X1234567").unwrap();
    assert_eq!(found.identity.document, passport);
    assert_eq!(found.identity.phone.as_deref(), Some("000 0000"));
    assert_eq!(format!("{:?}", found.identity), "Identity(..)");
    assert_eq!(found.row.division.number(), 410_100);
    let time = |text: &str| Some(text.parse::<Timestamp>().unwrap());
    assert_eq!(
        *found.row.more.unwrap(),
        MoreFields {
            link_person: Some(person_key().person_id(&Document::invented(9))),
            link_reference: Some("2022-18".to_owned()),
            from: time("2022-06-12T08:00:00+08:00"),
            until: time("2022-06-12T09:30:00+08:00"),
            precision: Some(Precision::Community),
            expires: time("2022-06-20T00:00:00+08:00"),
            pushed: Some(Colour::Red),
            origin: Some("31".parse().unwrap()),
        }
    );
}

#[test]
fn each_bad_row_is_told_by_row_column_and_reason_and_the_rest_goes_on() {
    let id = number(1);
    let tail = "410105,2022-06-13,N-1";
    let wrong = format!("{}{}", &id[..17], if id.ends_with('1') { '2' } else { '1' });
    let cases = [
        (format!(",{tail}"), Column::DocumentNumber, Reason::Empty),
        (
            format!("{},{tail}", &id[..17]),
            Column::DocumentNumber,
            Reason::Document(DocumentError::Length {
                kind: DocumentType::ResidentId,
                found: 17,
            }),
        ),
        (
            format!("{wrong},{tail}"),
            Column::DocumentNumber,
            Reason::Document(DocumentError::CheckCharacter),
        ),
        (
            format!("{id},,2022-06-13,N-1"),
            Column::Division,
            Reason::Empty,
        ),
        (
            format!("{id},4101o5,2022-06-13,N-1"),
            Column::Division,
            Reason::Division,
        ),
        (
            format!("{id},410199,2022-06-13,N-1"),
            Column::Division,
            Reason::DivisionUnknown,
        ),
        (
            format!("{id},410105,,N-1"),
            Column::OccurredAt,
            Reason::Empty,
        ),
        (
            format!("{id},410105,13/06/2022,N-1"),
            Column::OccurredAt,
            Reason::Time,
        ),
        (
            format!("{id},410105,2022-06-13, "),
            Column::Reference,
            Reason::Empty,
        ),
        (
            format!("{id},410105,2022-06-13,{}", "x".repeat(65)),
            Column::Reference,
            Reason::TooLong(64),
        ),
        (
            format!("{id},410105,2022-06-13,a\u{7}b"),
            Column::Reference,
            Reason::Character,
        ),
    ];
    for (row, column, reason) in cases {
        let error = one(&row);
        assert_eq!(
            (error.row, error.column, error.reason),
            (2, Some(column), reason),
            "{row}"
        );
        assert!(!error.to_string().contains(&id[..17]), "{error}");
    }
}

#[test]
fn a_row_with_swapped_columns_does_not_show_the_number() {
    let error = one(&format!("410105,{},2022-06-13,N-1", number(1)));
    assert!(!error.to_string().contains("990000"));
    let error = one(&format!("{},{},2022-06-13,N-1", number(1), number(1)));
    assert_eq!(
        (error.column, error.value.clone()),
        (Some(Column::Division), None)
    );
    assert!(!error.to_string().contains("990000"));
}

#[test]
fn a_row_of_another_width_is_ragged_and_empty_cells_at_its_end_are_not() {
    let short = one(&format!("{},410105,2022-06-13", number(1)));
    assert_eq!(
        short.reason,
        Reason::Ragged {
            found: 3,
            expected: 4
        }
    );
    let long = one(&format!("{},x", good(1)));
    assert_eq!(
        long.reason,
        Reason::Ragged {
            found: 5,
            expected: 4
        }
    );
    assert!(csv(&[format!("{},,", good(1))])[0].is_ok());
}

#[test]
fn a_bad_quotation_mark_costs_its_own_row_alone() {
    let id = number(1);
    for bad in [
        format!("{id},410105,2022-06-13,a\"b"),
        format!("{id},410105,2022-06-13,\"a\"b"),
        format!("{id},410105,2022-06-13,\"a"),
        format!("\"{id},410105,2022-06-13,a"),
    ] {
        assert_eq!(one(&bad).reason, Reason::Quotes, "{bad}");
    }
    let both = csv(&[
        format!("\"{}", good(1)),
        good(2),
        format!("\"{}", good(3)),
        good(4),
    ]);
    assert_eq!(both.iter().filter(|row| row.is_ok()).count(), 2);
    let numbers: Vec<u64> = reasons(&both).iter().map(|(row, ..)| *row).collect();
    assert_eq!(numbers, [2, 4]);
}

#[test]
fn quoted_commas_quotes_and_line_breaks_are_values_and_rows_keep_their_numbers() {
    let heading = format!("{HEADING},note");
    let (a, b, c) = (good(1), good(2), "x");
    let text = format!("{heading}\n{a},\"one\ntwo, \"\"three\"\"\"\n\n,,,,\n{b},\n{c}\n");
    let found = read(text.as_bytes(), Format::Csv).unwrap();
    assert_eq!(found[0].as_ref().unwrap().number, 2);
    assert_eq!(found[1].as_ref().unwrap().number, 5);
    assert_eq!(found[2].as_ref().unwrap_err().row, 6);
    assert_eq!(found.len(), 3);
}

#[test]
fn what_is_not_utf8_is_told_to_be_saved_as_utf8() {
    let gbk_heading = b"\xd6\xa4\xbc\xfe\xba\xc5\xc2\xeb,\xb1\xe0\xba\xc5\n1,2\n";
    let Err(Error::File { help, .. }) = read(gbk_heading, Format::Csv) else {
        panic!("read")
    };
    assert!(help.contains("save the file as UTF-8"));
    assert!(matches!(
        read(b"\xff\xfea\0", Format::Csv),
        Err(Error::File { .. })
    ));
    let mut text = format!("{HEADING},name\n{},", good(1)).into_bytes();
    text.extend(b"\xc0\xee\n");
    text.extend(format!("{},ok\n", good(2)).bytes());
    let found = read(&text, Format::Csv).unwrap();
    assert_eq!(reasons(&found), [(2, Some(Column::Name), Reason::Encoding)]);
    assert!(found[1].is_ok());
}

#[test]
fn a_repeated_row_names_the_first_one() {
    let found = csv(&[good(1), good(2), good(1)]);
    assert_eq!(reasons(&found), [(4, None, Reason::Duplicate { first: 2 })]);
    let other = format!("{},410105,2022-06-13 08:00,CC-9", number(1));
    assert!(
        csv(&[good(1), other]).iter().all(Result::is_ok),
        "another number, another row"
    );
}

#[test]
fn files_without_their_columns_are_refused_as_a_whole() {
    let missing = read(
        b"document_number,division,occurred_at,refrence\n",
        Format::Csv,
    );
    let similar = Some("refrence".to_owned());
    assert_eq!(
        missing,
        Err(Error::ColumnMissing {
            column: Column::Reference,
            similar
        })
    );
    assert!(matches!(read(b"", Format::Csv), Err(Error::File { .. })));
    assert!(matches!(
        read(b"PK\x03\x04..", Format::Csv),
        Err(Error::File { .. })
    ));
    assert!(matches!(
        read(b"hello", Format::Xlsx),
        Err(Error::File { .. })
    ));
    assert!(matches!(read(b"{}", Format::Json), Err(Error::File { .. })));
}

#[test]
fn unknown_columns_are_warnings_and_own_headings_are_learnt() {
    let key = person_key();
    let text = format!("{HEADING},precison,备注\n{},社区级,x\n", good(1));
    let kind = EvidenceKind::CloseContact;
    let columns = Columns::standard();
    let rows = read_rows(text.as_bytes(), Format::Csv, &columns, &key, kind).unwrap();
    let nearest: Vec<_> = rows
        .warnings()
        .iter()
        .map(|warning| warning.nearest)
        .collect();
    assert_eq!(nearest, [Some("precision"), None]);
    let columns = columns.with("precison", Column::Precision).without("备注");
    let mut rows = read_rows(text.as_bytes(), Format::Csv, &columns, &key, kind).unwrap();
    assert!(rows.warnings().is_empty());
    assert!(rows.next().unwrap().unwrap().row.more.is_some());
}

#[test]
fn links_words_and_intervals_are_checked() {
    let text = |values: &str| {
        let heading = "link_document_type,link_document_number,from,until,precision,pushed,origin";
        format!("{HEADING},{heading}\n{},{values}\n", good(1))
    };
    let id = number(5);
    for (values, column, reason) in [
        (
            "护照,,,,,,".to_owned(),
            Column::LinkDocumentType,
            Reason::LinkIncomplete,
        ),
        (
            format!("card,{id},,,,,"),
            Column::LinkDocumentType,
            Reason::Word,
        ),
        (
            ",,2022-06-13,2022-06-12,,,".to_owned(),
            Column::Until,
            Reason::Interval,
        ),
        (",,,,near,,".to_owned(), Column::Precision, Reason::Word),
        (",,,,,blue,".to_owned(), Column::Pushed, Reason::Word),
        (",,,,,,金水".to_owned(), Column::Origin, Reason::Division),
    ] {
        let found = read(text(&values).as_bytes(), Format::Csv).unwrap();
        assert_eq!(reasons(&found), [(2, Some(column), reason)], "{values}");
    }
    let same = text(",,2022-06-13,2022-06-13,address,yellow,410000");
    assert!(read(same.as_bytes(), Format::Csv).unwrap()[0].is_ok());
}

#[test]
fn json_arrays_and_lines_mean_the_same_as_csv() {
    let expected = csv(&[good(1)]).remove(0).unwrap().row;
    let object = format!(
        "{{\"证件号码\":\"{}\",\"division\":410105,\"occurred_at\":\"2022-06-13 08:00\",\
         \"reference\":\"CC-1\",\"name\":null}}",
        number(1)
    );
    let array = read(format!("[{object}]").as_bytes(), Format::Json).unwrap();
    assert_eq!(array[0].as_ref().unwrap().row, expected);
    let lines =
        format!("{object}\n\nnonsense\n[1]\n{{\"division\":1,\"区划代码\":2}}\n{{\"from\":1.5}}");
    let found = read(lines.as_bytes(), Format::JsonLines).unwrap();
    assert_eq!(found[0].as_ref().unwrap().row, expected);
    assert_eq!(
        reasons(&found),
        [
            (3, None, Reason::Json),
            (4, None, Reason::Json),
            (5, Some(Column::Division), Reason::Repeated),
            (6, Some(Column::From), Reason::DigitsLost),
        ]
    );
    let mixed = format!("[{object}, 7, \"x\", [1, [2]], null, true, {{}}]");
    let found = read(mixed.as_bytes(), Format::Json).unwrap();
    assert_eq!(found.len(), 7);
    assert_eq!(
        reasons(&found)[5],
        (7, Some(Column::DocumentNumber), Reason::Empty)
    );
}

#[test]
fn a_workbook_reads_like_its_csv_with_dates_formulas_and_lost_digits() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (at, heading) in ["证件号码", "区划代码", "发生时间", "编号", "备注"]
        .iter()
        .enumerate()
    {
        sheet
            .write_string(0, u16::try_from(at).unwrap(), *heading)
            .unwrap();
    }
    let date = CellFormat::new().set_num_format("yyyy-mm-dd hh:mm");
    let eight = ExcelDateTime::from_ymd(2022, 6, 13)
        .unwrap()
        .and_hms(8, 0, 0)
        .unwrap();
    let write = |sheet: &mut rust_xlsxwriter::Worksheet, row: u32, n: u32| {
        sheet.write_string(row, 0, number(n)).unwrap();
        sheet.write_number(row, 1, 410_105).unwrap();
        sheet
            .write_datetime_with_format(row, 2, &eight, &date)
            .unwrap();
        sheet.write_string(row, 3, format!("CC-{n}")).unwrap();
    };
    write(sheet, 1, 1);
    // Row 3 stays empty; row 4 lost digits; row 5 has a formula, row 6 its error, row 7 a number.
    write(sheet, 3, 2);
    sheet
        .write_number(3, 0, 990_000_195_501_010_000_f64)
        .unwrap();
    write(sheet, 4, 3);
    sheet
        .write_formula(4, 3, Formula::new("=\"CC-\"&3").set_result("CC-3"))
        .unwrap();
    write(sheet, 5, 4);
    sheet
        .write_formula(5, 3, Formula::new("=1/0").set_result("#DIV/0!"))
        .unwrap();
    write(sheet, 6, 5);
    sheet.write_number(6, 2, 44_725).unwrap();
    let found = read(&book.save_to_buffer().unwrap(), Format::Xlsx).unwrap();
    assert_eq!(
        found[0].as_ref().unwrap().row,
        csv(&[good(1)]).remove(0).unwrap().row
    );
    assert_eq!(found[2].as_ref().unwrap().row.reference, "CC-3");
    assert_eq!(
        reasons(&found),
        [
            (4, Some(Column::DocumentNumber), Reason::DigitsLost),
            (6, Some(Column::Reference), Reason::Formula),
            (7, Some(Column::OccurredAt), Reason::Time),
        ]
    );
    assert_eq!(found.iter().filter(|row| row.is_ok()).count(), 2);
}

#[test]
fn an_empty_workbook_is_refused() {
    let mut book = Workbook::new();
    book.add_worksheet();
    let bytes = book.save_to_buffer().unwrap();
    assert!(matches!(
        read(&bytes, Format::Xlsx),
        Err(Error::File { .. })
    ));
}

/// Makes rows as they are asked for, and counts the bytes taken.
struct Endless {
    next: u32,
    buffer: Vec<u8>,
    taken: Rc<Cell<usize>>,
}

impl Read for Endless {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        if self.buffer.is_empty() {
            self.buffer = match self.next {
                0 => format!("{HEADING}\n").into_bytes(),
                n => format!("{}\n", good(n)).into_bytes(),
            };
            self.next += 1;
        }
        let count = out.len().min(self.buffer.len());
        out[..count].copy_from_slice(&self.buffer[..count]);
        self.buffer.drain(..count);
        self.taken.set(self.taken.get() + count);
        Ok(count)
    }
}

#[test]
fn a_hundred_thousand_rows_are_read_no_further_ahead_than_a_buffer() {
    let taken = Rc::new(Cell::new(0));
    let input = Endless {
        next: 0,
        buffer: Vec::new(),
        taken: Rc::clone(&taken),
    };
    let key = person_key();
    let kind = EvidenceKind::CloseContact;
    let rows = read_rows(input, Format::Csv, &Columns::standard(), &key, kind).unwrap();
    let mut given = HEADING.len() + 1;
    for (row, n) in rows.take(100_000).zip(1_u32..) {
        let row = row.unwrap();
        assert_eq!(row.row.reference, format!("CC-{n}"));
        given += good(n).len() + 1;
        assert!(taken.get() - given <= 65_536 + 128, "{n}");
    }
}

#[test]
fn a_line_without_end_costs_one_row_and_no_memory() {
    let long = "x".repeat(1_000_000);
    let found = csv(&[long.clone(), good(1), format!("\"{long}"), good(2)]);
    assert_eq!(
        reasons(&found),
        [
            (2, None, Reason::TooLong(65_536)),
            (4, None, Reason::TooLong(65_536))
        ]
    );
    assert!(found[1].is_ok() && found[3].is_ok());
}

#[test]
fn a_file_that_breaks_off_says_that_the_rest_is_unknown() {
    struct Broken(usize);
    impl Read for Broken {
        fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
            self.0 += 1;
            if self.0 > 1 {
                return Err(std::io::Error::other("gone"));
            }
            let text = format!("{HEADING}\n{}\n", good(1));
            out[..text.len()].copy_from_slice(text.as_bytes());
            Ok(text.len())
        }
    }
    let key = person_key();
    let kind = EvidenceKind::CloseContact;
    let rows = read_rows(Broken(0), Format::Csv, &Columns::standard(), &key, kind).unwrap();
    let found: Found = rows.collect();
    assert_eq!(found.len(), 2);
    assert!(found[1].as_ref().unwrap_err().is_fatal());
}

proptest! {
    #[test]
    fn random_text_never_panics(
        text in "[a-z0-9,\"\r\n\t 编号]{0,200}",
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let _ = read(format!("{HEADING}\n{text}").as_bytes(), Format::Csv);
        for format in [Format::Csv, Format::Xlsx, Format::Json, Format::JsonLines] {
            let _ = read(&bytes, format);
        }
        let _ = read(text.as_bytes(), Format::JsonLines);
    }

    #[test]
    fn what_another_csv_writer_writes_is_read_back(
        references in proptest::collection::vec("[a-z,\" \u{7f16}]{1,12}", 1..8),
        quoted in any::<bool>(),
    ) {
        let style = if quoted { csv::QuoteStyle::Always } else { csv::QuoteStyle::Necessary };
        let mut writer = csv::WriterBuilder::new().quote_style(style).from_writer(Vec::new());
        writer.write_record(HEADING.split(',')).unwrap();
        for (n, reference) in references.iter().enumerate() {
            let reference = format!("{n}{reference}.");
            let id = number(u32::try_from(n).unwrap());
            writer.write_record([&id, "410105", "2022-06-13", &reference]).unwrap();
        }
        let found = read(&writer.into_inner().unwrap(), Format::Csv).unwrap();
        prop_assert_eq!(found.len(), references.len());
        for (n, (row, reference)) in found.iter().zip(&references).enumerate() {
            let row = row.as_ref().unwrap();
            prop_assert_eq!(&row.row.reference, &format!("{n}{reference}."));
        }
    }
}

/// A workbook with this as its one sheet, put together by hand.
fn workbook(sheet: &str) -> Vec<u8> {
    use std::io::Write as _;
    let relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let related = |kind: &str, target: &str| {
        format!(
            "<Relationships><Relationship Id=\"rId1\" Type=\"{relation}/{kind}\" \
             Target=\"{target}\"/></Relationships>"
        )
    };
    let book = format!(
        "<workbook xmlns:r=\"{relation}\"><sheets><sheet name=\"a\" sheetId=\"1\" r:id=\"rId1\"/>\
         </sheets></workbook>"
    );
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let stored =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, text) in [
        ("xl/worksheets/sheet1.xml", sheet.to_owned()),
        ("xl/workbook.xml", book),
        (
            "xl/_rels/workbook.xml.rels",
            related("worksheet", "worksheets/sheet1.xml"),
        ),
        ("_rels/.rels", related("officeDocument", "xl/workbook.xml")),
        ("[Content_Types].xml", "<Types/>".to_owned()),
    ] {
        zip.start_file(name, stored).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn a_workbook_whose_numbers_overflow_is_a_damaged_one() {
    let letters = "A".repeat(40);
    let digits = "9".repeat(40);
    for sheet in [
        "<dimension ref=\"B2:A1\"/>".to_owned(),
        format!("<dimension ref=\"A1:{letters}1\"/>"),
        format!("<dimension ref=\"A1:A{digits}\"/>"),
        format!(
            "<worksheet><sheetData><row r=\"1\"><c r=\"{letters}1\"/></row></sheetData></worksheet>"
        ),
    ] {
        assert!(read(&workbook(&sheet), Format::Xlsx).is_err(), "{sheet}");
    }
}

//! Clerks' files as XLSX. Law: as for text files, rows come out in order; and a workbook, whatever
//! is written in its parts, is read or refused.
//!
//! The first byte of an input chooses the part of a workbook that the rest stands in, or that the
//! rest is the whole file.
#![no_main]

use domain::document::Document;
use domain::evidence::EvidenceKind;
use intake::clerk::{Columns, Format, read_rows};
use libfuzzer_sys::fuzz_target;
use mingma_fuzz::PERSON_KEY;

const PARTS: [(&str, &str); 7] = [
    (
        "xl/worksheets/sheet1.xml",
        "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">\
         <dimension ref=\"A1:D2\"/><sheetData><row r=\"1\">\
         <c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" t=\"inlineStr\"><is><t>division</t></is></c>\
         <c r=\"C1\" t=\"str\"><v>occurred_at</v></c><c r=\"D1\" t=\"str\"><v>reference</v></c>\
         </row><row r=\"2\"><c r=\"A2\" t=\"str\"><v>NUMBER</v></c><c r=\"B2\"><v>410105</v></c>\
         <c r=\"C2\" s=\"1\"><v>44725.5</v></c><c r=\"D2\" t=\"b\"><v>1</v></c></row>\
         </sheetData></worksheet>",
    ),
    (
        "xl/sharedStrings.xml",
        "<sst count=\"1\" uniqueCount=\"1\"><si><t>document_number</t></si></sst>",
    ),
    (
        "xl/styles.xml",
        "<styleSheet><numFmts count=\"1\"><numFmt numFmtId=\"164\" formatCode=\"yyyy-mm-dd\"/>\
         </numFmts><cellXfs count=\"2\"><xf numFmtId=\"0\"/><xf numFmtId=\"164\"/></cellXfs>\
         </styleSheet>",
    ),
    (
        "xl/workbook.xml",
        "<workbook xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\">\
         <sheets><sheet name=\"a\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>",
    ),
    (
        "xl/_rels/workbook.xml.rels",
        "<Relationships><Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/\
         officeDocument/2006/relationships/worksheet\" Target=\"worksheets/sheet1.xml\"/>\
         </Relationships>",
    ),
    (
        "_rels/.rels",
        "<Relationships><Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/\
         officeDocument/2006/relationships/officeDocument\" Target=\"xl/workbook.xml\"/>\
         </Relationships>",
    ),
    ("[Content_Types].xml", "<Types/>"),
];

fn text(part: usize) -> Vec<u8> {
    let number = Document::invented(1).number().to_owned();
    PARTS[part].1.replace("NUMBER", &number).into_bytes()
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut sum = u32::MAX;
    for byte in bytes {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 {
                sum >> 1 ^ 0xedb8_8320
            } else {
                sum >> 1
            };
        }
    }
    !sum
}

/// A zip file with its parts as they are, one of them replaced.
fn zip(replaced: usize, content: &[u8]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (place, (name, _)) in PARTS.iter().enumerate() {
        let body = if place == replaced {
            content.to_vec()
        } else {
            text(place)
        };
        let start = out.len() as u32;
        let (name_bytes, length) = (name.len() as u16, body.len() as u32);
        let mut common = vec![20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0];
        common.extend(crc32(&body).to_le_bytes());
        common.extend(length.to_le_bytes());
        common.extend(length.to_le_bytes());
        common.extend(name_bytes.to_le_bytes());
        common.extend([0, 0]);
        out.extend(b"PK\x03\x04");
        out.extend(&common);
        out.extend(name.as_bytes());
        out.extend(body);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(common);
        directory.extend([0; 10]);
        directory.extend(start.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let (at, length) = (out.len() as u32, directory.len() as u32);
    out.extend(directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend((PARTS.len() as u16).to_le_bytes());
    out.extend((PARTS.len() as u16).to_le_bytes());
    out.extend(length.to_le_bytes());
    out.extend(at.to_le_bytes());
    out.extend([0, 0]);
    out
}

fn seeds() -> Vec<Vec<u8>> {
    let parts = (0..PARTS.len()).map(|part| {
        let mut seed = vec![part as u8];
        seed.extend(text(part));
        seed
    });
    let mut seeds: Vec<Vec<u8>> = parts.collect();
    let whole = zip(PARTS.len(), &[]);
    assert_eq!(
        rows(&whole),
        Some(1),
        "the workbook of these parts has a row"
    );
    let mut seed = vec![0xff];
    seed.extend(whole);
    seeds.push(seed);
    seeds
}

/// How many rows come out, good or bad.
fn rows(file: &[u8]) -> Option<usize> {
    let kind = EvidenceKind::CloseContact;
    let rows = read_rows(file, Format::Xlsx, &Columns::standard(), &PERSON_KEY, kind).ok()?;
    let mut last = 0;
    let numbers = rows.map(|row| match row {
        Ok(row) => row.number,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            error.row
        }
    });
    let in_order = numbers.inspect(|number| {
        assert!(*number > last, "rows out of order");
        last = *number;
    });
    Some(in_order.count())
}

fuzz_target!(init: mingma_fuzz::seeds(seeds), |data: &[u8]| {
    let Some((first, rest)) = data.split_first() else {
        return;
    };
    let part = usize::from(*first);
    if part < PARTS.len() {
        rows(&zip(part, rest));
    } else {
        rows(rest);
    }
});

//! Clerks' files for the server: read by the code of `mingma report sign`, with the ledger's person key.
//!
//! Invariant: what `intake` accepts and refuses is what the page says; no value of a personal column
//! leaves here whole. Refuses: to sign.

use domain::act::ReportPart;
use domain::division::DivisionCode;
use domain::document::{Document, PersonKey};
use domain::evidence::EvidenceKind;
use domain::ids::PublicKey;
use domain::machine::Cell;
use domain::organisation::Organisation;
use domain::rules::Contract;
use domain::time::{CHINA_OFFSET_S, DAY_S, HOUR_S, Timestamp};
use intake::clerk::{Column, Columns, Format, RowError, read_rows};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format as CellFormat, Workbook, XlsxError};
use web::clerk::{Clerk, FILE_ROWS_MAX, FileFault, FileRows, Heading, RowFault, Wrong};

/// Reads files with a ledger's person key.
pub struct FileReader(pub PersonKey);

const fn heading(column: Column) -> Heading {
    Heading {
        word: column.word(),
        zh: column.zh(),
    }
}

fn fault(error: RowError) -> RowFault {
    RowFault {
        row: error.row,
        heading: error.column.map(heading),
        value: error.value,
        wrong: Wrong::Text(error.reason.word(), error.reason.number()),
    }
}

fn whole(error: &intake::Error) -> FileFault {
    match error {
        intake::Error::ColumnMissing { column, .. } => FileFault::Missing(heading(*column)),
        intake::Error::ColumnTwice(column) => FileFault::Twice(heading(*column)),
        _ => FileFault::Unreadable,
    }
}

impl Clerk for FileReader {
    fn read(&self, ending: &str, file: &[u8], kind: EvidenceKind) -> Result<FileRows, FileFault> {
        let format = Format::from_name(&format!(".{ending}")).ok_or(FileFault::Format)?;
        let mut rows = read_rows(file, format, &Columns::standard(), &self.0, kind)
            .map_err(|error| whole(&error))?;
        let mut reading = FileRows::default();
        for row in rows.by_ref() {
            match row {
                Ok(_) if reading.rows.len() >= FILE_ROWS_MAX => return Err(FileFault::TooMany),
                Ok(row) => reading.rows.push((row.number, row.row)),
                // What follows is unknown: the file is not whole.
                Err(error) if error.is_fatal() => return Err(FileFault::Unreadable),
                Err(error) => reading.fault(fault(error)),
            }
        }
        let left_out = rows.warnings().iter();
        reading.left_out = left_out.map(|warning| warning.heading.clone()).collect();
        Ok(reading)
    }

    fn heading(&self, cell: Cell) -> Heading {
        heading(match cell {
            Cell::Division => Column::Division,
            Cell::OccurredAt => Column::OccurredAt,
            Cell::Reference => Column::Reference,
            Cell::More(field) => Column::of(field),
        })
    }

    fn template(
        &self,
        contract: &Contract,
        org: &Organisation,
        now: Timestamp,
    ) -> Vec<(Heading, String)> {
        let required = contract.required.iter().copied();
        let columns = Column::REQUIRED.into_iter().chain(required.map(Column::of));
        let example = |column| (heading(column), example(column, org.division, now));
        columns.map(example).collect()
    }

    fn workbook(&self, lines: &[Vec<String>]) -> Option<Vec<u8>> {
        workbook(lines).ok()
    }

    fn to_sign(&self, part: &ReportPart, key: &PublicKey) -> Result<Vec<u8>, String> {
        intake::part_to_sign(part, key).map_err(|error| error.to_string())
    }
}

/// How wide a column is, in characters: a document number and a time are in sight.
const COLUMN_CHARACTERS: f64 = 22.0;

/// Text in every cell, whatever is typed there: a spreadsheet keeps fifteen digits of a number, and a
/// document has eighteen. The time of its making is left out, so the same lines are the same bytes.
fn workbook(lines: &[Vec<String>]) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let epoch = ExcelDateTime::from_ymd(2000, 1, 1)?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&epoch));
    let text = CellFormat::new().set_num_format("@");
    let headings = text.clone().set_bold();
    let sheet = workbook.add_worksheet();
    sheet.set_freeze_panes(1, 0)?;
    for (row, cells) in (0_u32..).zip(lines) {
        let format = if row == 0 { &headings } else { &text };
        for (column, cell) in (0_u16..).zip(cells) {
            sheet.set_column_format(column, &text)?;
            sheet.set_column_width(column, COLUMN_CHARACTERS)?;
            sheet.write_string_with_format(row, column, cell, format)?;
        }
    }
    workbook.save_to_buffer()
}

/// What a cell may say, of invented people.
fn example(column: Column, place: DivisionCode, now: Timestamp) -> String {
    let ago = |seconds: i64| now.plus_s(-seconds).local_text(CHINA_OFFSET_S);
    match column {
        Column::DocumentNumber => Document::invented(1).number().to_owned(),
        Column::LinkDocumentNumber => Document::invented(2).number().to_owned(),
        Column::Division => place.to_string(),
        Column::OccurredAt | Column::Until => ago(HOUR_S),
        Column::From => ago(3 * HOUR_S),
        Column::Expires => ago(-3 * DAY_S),
        Column::Reference => "EX-0001".to_owned(),
        Column::LinkReference => "EX-1".to_owned(),
        Column::Precision => "address".to_owned(),
        Column::Pushed => "yellow".to_owned(),
        Column::Origin => "110000".to_owned(),
        Column::DocumentType | Column::LinkDocumentType | Column::Name | Column::Phone => {
            String::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::evidence::{Field, Precision};
    use domain::machine::check_statement;
    use domain::organisation::OrgKind;
    use domain::rules::Link;

    fn org() -> Organisation {
        let division = DivisionCode::new(410_100).unwrap();
        let id = "zhengzhou-cdc".parse().unwrap();
        crate::cast::Cast::organisation(id, OrgKind::Cdc, division, None, None, "某疾控中心")
    }

    fn contract(required: Vec<Field>) -> Contract {
        Contract {
            kind: EvidenceKind::Companion,
            suppliers: vec![OrgKind::Cdc],
            required,
            max_age_s: 86_400,
            link: Link::None,
            min_precision: Some(Precision::Address),
        }
    }

    fn csv(lines: &[(Heading, String)], chinese: bool) -> String {
        let headings = lines.iter();
        let headings = headings.map(|(heading, _)| if chinese { heading.zh } else { heading.word });
        let headings: Vec<_> = headings.collect();
        let cells: Vec<_> = lines.iter().map(|(_, cell)| cell.as_str()).collect();
        format!("{}\n{}\n", headings.join(","), cells.join(","))
    }

    #[test]
    fn the_example_of_a_template_is_a_good_row_in_either_language() {
        let reader = FileReader(PersonKey::from_bytes([7; 32]));
        let now: Timestamp = "2022-06-13T15:00:00+08:00".parse().unwrap();
        let contract = contract(Field::ALL.to_vec());
        let lines = reader.template(&contract, &org(), now);
        for chinese in [true, false] {
            let file = csv(&lines, chinese);
            let reading = reader.read("csv", file.as_bytes(), contract.kind).unwrap();
            assert_eq!((reading.rows.len(), reading.faults), (1, vec![]), "{file}");
            let row = &reading.rows.first().unwrap().1;
            assert_eq!(check_statement(now, org().division, &contract, row), Ok(()));
        }
    }

    #[test]
    fn a_template_as_a_workbook_is_read_as_the_same_rows_and_is_the_same_bytes() {
        let reader = FileReader(PersonKey::from_bytes([7; 32]));
        let now: Timestamp = "2022-06-13T15:00:00+08:00".parse().unwrap();
        let contract = contract(Field::ALL.to_vec());
        let columns = reader.template(&contract, &org(), now);
        let headings = columns.iter().map(|(heading, _)| heading.zh.to_owned());
        let cells = columns.iter().map(|(_, cell)| cell.clone());
        let lines = [headings.collect(), cells.collect()];
        let file = reader.workbook(&lines).unwrap();
        assert_eq!(reader.workbook(&lines), Some(file.clone()));
        let read = |ending: &str, file: &[u8]| {
            let reading = reader.read(ending, file, contract.kind).unwrap();
            assert_eq!((reading.rows.len(), reading.faults), (1, vec![]));
            reading.rows
        };
        assert_eq!(
            read("xlsx", &file),
            read("csv", csv(&columns, true).as_bytes())
        );
    }

    #[test]
    fn lines_beyond_the_columns_of_a_workbook_make_none() {
        let reader = FileReader(PersonKey::from_bytes([7; 32]));
        let wide = |cells: usize| vec![vec![String::new(); cells]];
        assert!(reader.workbook(&wide(16_384)).is_some());
        assert!(reader.workbook(&wide(16_385)).is_none());
    }

    #[test]
    fn a_fault_names_its_cell_and_shows_no_number_whole() {
        let reader = FileReader(PersonKey::from_bytes([7; 32]));
        let file = "证件号码,区划代码,发生时间,编号\n990000199001010018,410105,2022-06-13,N-1\n";
        let reading = reader
            .read("csv", file.as_bytes(), EvidenceKind::CaseReport)
            .unwrap();
        let fault = reading.faults.first().unwrap();
        assert_eq!(fault.row, 2);
        assert_eq!(fault.heading, Some(heading(Column::DocumentNumber)));
        assert_eq!(fault.value.as_deref(), Some("**************0018"));
        assert_eq!(fault.wrong, Wrong::Text("document-check", None));
    }

    #[test]
    fn a_file_that_is_none_says_what_is_missing() {
        let reader = FileReader(PersonKey::from_bytes([7; 32]));
        let read = |ending: &str, file: &str| {
            let kind = EvidenceKind::CaseReport;
            reader.read(ending, file.as_bytes(), kind).unwrap_err()
        };
        assert_eq!(read("pdf", ""), FileFault::Format);
        assert_eq!(read("csv", ""), FileFault::Unreadable);
        assert_eq!(read("xlsx", "x"), FileFault::Unreadable);
        let missing = FileFault::Missing(heading(Column::Reference));
        let headings = "证件号码,区划代码,发生时间\n";
        assert_eq!(read("csv", headings), missing);
    }
}

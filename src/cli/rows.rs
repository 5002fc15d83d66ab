//! Small tables of people, as offices have them: comma-separated text, UTF-8, quoted or not.
//!
//! Invariant: every row comes out once, numbered as a spreadsheet shows it. Refuses: rows longer
//! than [`ROW_BYTES_MAX`], open quotation marks, and text that is not UTF-8; no error shows a value.

use super::error::{CliError, Done};
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;

/// The longest row, in bytes.
const ROW_BYTES_MAX: u64 = 65_536;

/// One row: its number, from 1, and its cells.
pub struct Row {
    /// The row as the clerk sees it; a heading is row 1.
    pub number: u64,
    cells: Vec<String>,
}

impl Row {
    /// A cell without spaces around it; empty where there is none.
    pub fn cell(&self, place: usize) -> &str {
        self.cells.get(place).map_or("", |cell| cell.trim())
    }

    /// The place of the first cell with one of these headings.
    pub fn heading(&self, names: &[&str]) -> Option<usize> {
        self.cells.iter().position(|cell| {
            let plain = cell.trim().to_lowercase();
            names.contains(&plain.as_str())
        })
    }
}

/// A table being read.
pub struct Table {
    name: String,
    input: BufReader<File>,
    number: u64,
    bytes: u64,
}

impl Table {
    /// Opens a file.
    pub fn open(path: &Path) -> Done<Self> {
        let file = File::open(path).map_err(|error| CliError::unreadable(path, &error))?;
        let name = path.display().to_string();
        Ok(Self {
            name,
            input: BufReader::new(file),
            number: 0,
            bytes: 0,
        })
    }

    /// How many bytes were read.
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    fn fault(&self, what: &str, help: &str) -> CliError {
        CliError::input(format!("`{}` row {}: {what}", self.name, self.number), help)
    }

    /// The next row that has something in it; `None` at the end.
    pub fn row(&mut self) -> Done<Option<Row>> {
        loop {
            let Some(text) = self.text()? else {
                return Ok(None);
            };
            let text = if self.number == 1 {
                text.trim_start_matches('\u{feff}')
            } else {
                &text
            };
            let cells = split(text)
                .ok_or_else(|| self.fault("quotation marks do not match", "close the quotation"))?;
            if cells.iter().any(|cell| !cell.trim().is_empty()) {
                return Ok(Some(Row {
                    number: self.number,
                    cells,
                }));
            }
        }
    }

    /// One row's text: as many lines as its quotation marks need.
    fn text(&mut self) -> Done<Option<String>> {
        let mut bytes = Vec::new();
        self.number = self.number.saturating_add(1);
        loop {
            let room = ROW_BYTES_MAX
                .saturating_add(1)
                .saturating_sub(bytes.len() as u64);
            let read = self.input.by_ref().take(room).read_until(b'\n', &mut bytes);
            let read = read.map_err(|error| {
                CliError::System(format!("`{}` cannot be read: {error}", self.name))
            })?;
            self.bytes = self.bytes.saturating_add(read as u64);
            if bytes.len() as u64 > ROW_BYTES_MAX {
                let help = "check that it is the right file, and that quotation marks match";
                return Err(self.fault("the row is too long", help));
            }
            let open = bytes.iter().filter(|byte| **byte == b'"').count() % 2 == 1;
            if read == 0 || !open {
                break;
            }
        }
        if bytes.is_empty() {
            return Ok(None);
        }
        let text = String::from_utf8(bytes);
        text.map(Some)
            .map_err(|_| self.fault("not UTF-8", "save the file as UTF-8"))
    }
}

/// The cells of a row; `None` when its quotation marks do not match.
fn split(text: &str) -> Option<Vec<String>> {
    let text = text.trim_end_matches(['\n', '\r']);
    let mut cells = vec![String::new()];
    let mut quoted = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let cell = cells.last_mut()?;
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                cell.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if cell.is_empty() => quoted = true,
            ',' | '\t' if !quoted => cells.push(String::new()),
            other => cell.push(other),
        }
    }
    (!quoted).then_some(cells)
}

/// A cell as it is written.
pub fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_split_at_commas_outside_quotation_marks() {
        assert_eq!(
            split("a,\"b, c\",\"d \"\"e\"\"\"\r\n").unwrap(),
            ["a", "b, c", "d \"e\""]
        );
        assert_eq!(split("a,,").unwrap(), ["a", "", ""]);
        assert_eq!(split("a,\"b"), None);
    }

    #[test]
    fn what_is_quoted_reads_back() {
        let cell = "a \"b\", c";
        assert_eq!(split(&quoted(cell)).unwrap(), [cell]);
    }
}

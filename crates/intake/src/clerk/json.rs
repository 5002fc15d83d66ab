//! JSON from other systems: an array of objects, or one object a line.
//!
//! Invariant: a name means the column of that heading; numbers are taken as written.
//! Refuses: nested values, fractions, and a name given twice in one object.

use super::column::{ColumnWarning, Columns};
use super::csv_text::{Line, Lines};
use super::fault::{Reason, RowError};
use super::{Cells, ROW_BYTES_MAX, Source};
use crate::error::Error;
use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use std::fmt;
use std::io::Read;

/// The most unknown names that are told.
const WARNINGS_MAX: usize = 64;

/// The members of an object, in order, repetitions kept.
struct Object(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members)
    }
}

struct Members;
impl<'de> Visitor<'de> for Members {
    type Value = Object;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            if members.len() >= 256 {
                return Err(A::Error::custom("too many members"));
            }
            members.push(member);
        }
        Ok(Object(members))
    }
}

fn fill(
    object: &Object,
    columns: &Columns,
    warnings: &mut Vec<ColumnWarning>,
    number: u64,
    cells: &mut Cells,
) -> Result<(), RowError> {
    let mut found = Vec::with_capacity(object.0.len());
    for (name, value) in &object.0 {
        let column = match columns.find(name) {
            Some(Some(column)) => column,
            Some(None) => continue,
            None => {
                let warning = ColumnWarning::new(name);
                if warnings.len() < WARNINGS_MAX && !warnings.contains(&warning) {
                    warnings.push(warning);
                }
                continue;
            }
        };
        let fault = |reason| Err(RowError::new(number, Some(column), reason));
        if found.contains(&column) {
            return fault(Reason::Repeated);
        }
        found.push(column);
        match value {
            Value::Null => {}
            Value::String(text) => cells.set(column, text),
            Value::Number(value) if value.is_f64() => return fault(Reason::DigitsLost),
            Value::Number(value) => cells.set(column, &value.to_string()),
            Value::Bool(_) | Value::Array(_) | Value::Object(_) => return fault(Reason::Json),
        }
    }
    Ok(())
}

/// One element of an array: an object, or something else that is no row.
enum Element {
    Object(Object),
    Other,
}

impl<'de> Deserialize<'de> for Element {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Elements;
        impl<'de> Visitor<'de> for Elements {
            type Value = Element;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Element, A::Error> {
                Members.visit_map(map).map(Element::Object)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Element, A::Error> {
                while sequence.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Element::Other)
            }

            fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<Element, E> {
                Ok(Element::Other)
            }

            fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<Element, E> {
                Ok(Element::Other)
            }

            fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<Element, E> {
                Ok(Element::Other)
            }

            fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<Element, E> {
                Ok(Element::Other)
            }

            fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<Element, E> {
                Ok(Element::Other)
            }

            fn visit_unit<E: serde::de::Error>(self) -> Result<Element, E> {
                Ok(Element::Other)
            }
        }
        deserializer.deserialize_any(Elements)
    }
}

/// An array, read whole. Rows are counted from 1.
pub(super) struct Array {
    elements: std::vec::IntoIter<Element>,
    columns: Columns,
    warnings: Vec<ColumnWarning>,
    number: u64,
}

impl Array {
    pub(super) fn open(bytes: &[u8], columns: &Columns) -> Result<Self, Error> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let elements: Vec<Element> = serde_json::from_slice(bytes).map_err(|_| Error::File {
            what: "the file is not a JSON array",
            help: "write `[{...}, {...}]` in UTF-8; name a file of one object a line `.jsonl`",
        })?;
        let columns = columns.clone();
        Ok(Self {
            elements: elements.into_iter(),
            columns,
            warnings: Vec::new(),
            number: 0,
        })
    }
}

impl Source for Array {
    fn row(&mut self, cells: &mut Cells) -> Option<Result<u64, RowError>> {
        let element = self.elements.next()?;
        self.number = self.number.saturating_add(1);
        let Element::Object(object) = element else {
            return Some(Err(RowError::new(self.number, None, Reason::Json)));
        };
        let filled = fill(
            &object,
            &self.columns,
            &mut self.warnings,
            self.number,
            cells,
        );
        Some(filled.map(|()| self.number))
    }

    fn warnings(&self) -> &[ColumnWarning] {
        &self.warnings
    }
}

/// One object a line, streamed. Rows are lines, from 1.
pub(super) struct ObjectLines<R: Read> {
    lines: Lines<R>,
    columns: Columns,
    warnings: Vec<ColumnWarning>,
    number: u64,
}

impl<R: Read> ObjectLines<R> {
    pub(super) fn open(input: R, columns: Columns) -> Self {
        Self {
            lines: Lines::new(input),
            columns,
            warnings: Vec::new(),
            number: 0,
        }
    }
}

impl<R: Read> Source for ObjectLines<R> {
    fn row(&mut self, cells: &mut Cells) -> Option<Result<u64, RowError>> {
        loop {
            let line = self.lines.next();
            self.number = self.number.saturating_add(1);
            let fault = |reason| Some(Err(RowError::new(self.number, None, reason)));
            let line = match line {
                Ok(Line::Full(line)) => line,
                Ok(Line::TooLong) => return fault(Reason::TooLong(ROW_BYTES_MAX)),
                Ok(Line::End) => return None,
                Err(_) => return fault(Reason::Unreadable),
            };
            let text = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&line);
            if text.iter().all(u8::is_ascii_whitespace) {
                self.lines.recycle(line);
                continue;
            }
            if std::str::from_utf8(text).is_err() {
                return fault(Reason::Encoding);
            }
            let Ok(object) = serde_json::from_slice::<Object>(text) else {
                return fault(Reason::Json);
            };
            let filled = fill(
                &object,
                &self.columns,
                &mut self.warnings,
                self.number,
                cells,
            );
            self.lines.recycle(line);
            return Some(filled.map(|()| self.number));
        }
    }

    fn warnings(&self) -> &[ColumnWarning] {
        &self.warnings
    }
}

//! Values as JSON for other programs.
//!
//! Invariant: ids are lower-case hexadecimal, instants RFC 3339 in UTC, divisions six digits as
//! text; the same value gives the same bytes.

use domain::time::Timestamp;
use serde::Serialize;
use serde_json::Value;
use std::io;

/// Keys whose integers are instants.
const INSTANTS: &[&str] = &[
    "appeal_deadline",
    "at",
    "deadline",
    "ended_at",
    "filed_at",
    "from",
    "occurred_at",
    "red_until",
    "signed_at",
    "sunset",
    "term_from",
    "term_until",
    "until",
    "yellow_until",
];
/// Keys whose integers are divisions.
const DIVISIONS: &[&str] = &["area", "division", "province"];

/// Writes bytes as hexadecimal text instead of a list of numbers.
struct Hexadecimal;

impl serde_json::ser::Formatter for Hexadecimal {
    fn write_byte_array<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        value: &[u8],
    ) -> io::Result<()> {
        write!(writer, "\"{}\"", domain::ids::to_hex(value))
    }
}

/// A value as readable JSON; `null` where it has no JSON form.
pub fn value(item: &impl Serialize) -> Value {
    let mut bytes = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, Hexadecimal);
    if item.serialize(&mut serializer).is_err() {
        return Value::Null;
    }
    let mut value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
    readable(&mut value);
    value
}

fn readable(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(readable),
        Value::Object(fields) => {
            for (key, value) in fields {
                match value.as_i64() {
                    Some(seconds) if INSTANTS.contains(&key.as_str()) => {
                        *value = instant(Timestamp::from_unix(seconds));
                    }
                    Some(code) if DIVISIONS.contains(&key.as_str()) => {
                        *value = Value::String(code.to_string());
                    }
                    Some(_) | None => readable(value),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// An instant as text; `null` for one that never comes.
pub fn instant(at: Timestamp) -> Value {
    if at == Timestamp::NEVER {
        Value::Null
    } else {
        Value::String(at.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ids::OrderId;

    #[test]
    fn ids_are_hexadecimal_and_instants_are_text() {
        #[derive(Serialize)]
        struct Line {
            order: OrderId,
            at: Timestamp,
            area: u32,
            people: u64,
        }
        let line = Line {
            order: OrderId::from_bytes([1; 16]),
            at: Timestamp::from_unix(0),
            area: 410_100,
            people: 3,
        };
        let text = value(&line).to_string();
        assert!(
            text.contains("\"order\":\"01010101010101010101010101010101\""),
            "{text}"
        );
        assert!(text.contains("\"at\":\"1970-01-01T00:00:00Z\""), "{text}");
        assert!(text.contains("\"area\":\"410100\""), "{text}");
        assert!(text.contains("\"people\":3"), "{text}");
    }
}

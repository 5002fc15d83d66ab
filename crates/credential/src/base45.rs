//! Base45 (RFC 9285): bytes as the characters that a QR code stores most densely.
//!
//! Invariant: what is accepted is what [`encode`] writes, so one sequence of bytes has one text.
//! Refuses: a group of three that is more than two bytes (`GGW`, `:::`), a group of two that is
//! more than one byte (`ZZ`), a single character left over, any other character, a longer text
//! than the limit. RFC 9285 4 asks for all of these.

use crate::error::Error;

/// The longest text, in characters.
pub const BASE45_CHARS_MAX: usize = 4_096;

const ALPHABET: &[u8; 45] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

/// Writes bytes as text.
pub fn encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(2).saturating_mul(3));
    for pair in bytes.chunks(2) {
        match *pair {
            [high, low] => digits(&mut out, u32::from(high) << 8 | u32::from(low), 3),
            [last] => digits(&mut out, u32::from(last), 2),
            _ => {}
        }
    }
    out
}

/// The digits of a number, the lowest first.
fn digits(out: &mut String, mut value: u32, count: u8) {
    for _ in 0..count {
        let digit = ALPHABET.get((value % 45) as usize);
        out.extend(digit.copied().map(char::from));
        value /= 45;
    }
}

/// Reads bytes from text.
pub fn decode(text: &str) -> Result<Vec<u8>, Error> {
    if text.len() > BASE45_CHARS_MAX {
        return Err(Error::Limit {
            what: "characters of a text",
            limit: BASE45_CHARS_MAX as u64,
        });
    }
    let mut out = Vec::with_capacity(text.len().saturating_mul(2).div_ceil(3));
    for group in text.as_bytes().chunks(3) {
        let value = value(group).ok_or(Error::Text("a character outside Base45"))?;
        match group.len() {
            3 => {
                let value = u16::try_from(value);
                let value = value.map_err(|_| Error::Text("three characters above 65535"))?;
                out.extend(value.to_be_bytes());
            }
            2 => {
                let value = u8::try_from(value);
                out.push(value.map_err(|_| Error::Text("two characters above 255"))?);
            }
            _ => return Err(Error::Text("a single character at the end")),
        }
    }
    Ok(out)
}

/// The number that at most three characters write.
fn value(group: &[u8]) -> Option<u32> {
    group.iter().rev().try_fold(0_u32, |value, character| {
        let digit = ALPHABET.iter().position(|own| own == character)?;
        value
            .checked_mul(45)?
            .checked_add(u32::try_from(digit).ok()?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_examples_of_the_rfc_encode_and_decode() {
        for (bytes, text) in [
            ("AB", "BB8"),
            ("Hello!!", "%69 VD92EX0"),
            ("base-45", "UJCLQE7W581"),
            ("ietf!", "QED8WEX0"),
            ("", ""),
        ] {
            assert_eq!(encode(bytes.as_bytes()), text);
            assert_eq!(decode(text).unwrap(), bytes.as_bytes());
        }
        assert_eq!(decode("FGW").unwrap(), [0xff, 0xff]);
        assert_eq!(decode("U5").unwrap(), [0xff]);
    }

    #[test]
    fn what_no_bytes_encode_to_is_refused() {
        for (text, why) in [
            ("GGW", "three characters above 65535"),
            (":::", "three characters above 65535"),
            ("ZZ", "two characters above 255"),
            ("::", "two characters above 255"),
            ("V5", "two characters above 255"),
            ("BB8A", "a single character at the end"),
            ("0", "a single character at the end"),
            ("bb8", "a character outside Base45"),
            ("BB\u{e9}", "a character outside Base45"),
            ("B\n8", "a character outside Base45"),
        ] {
            assert_eq!(decode(text), Err(Error::Text(why)), "{text}");
        }
        assert!(decode(&"0".repeat(BASE45_CHARS_MAX - 1)).is_ok());
        let longer = decode(&"0".repeat(BASE45_CHARS_MAX + 2));
        assert!(matches!(longer, Err(Error::Limit { .. })));
    }

    proptest! {
        #[test]
        fn bytes_come_back(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
            prop_assert_eq!(decode(&encode(&bytes)).unwrap(), bytes);
        }

        #[test]
        fn an_accepted_text_is_the_one_that_is_written(text in "[0-9A-Z $%*+./:-]{0,40}") {
            if let Ok(bytes) = decode(&text) {
                prop_assert_eq!(encode(&bytes), text);
            }
        }

        #[test]
        fn no_text_makes_it_panic(text: String) {
            let _ = decode(&text);
        }
    }
}

//! The few spellings that notes, checkpoints, receipts and paths share.
//!
//! Invariant: each value has one spelling, so what was parsed formats to the same bytes.
//! Refuses signs, leading zeros, and base64 with missing padding or stray bits.

use crate::{Error, Hash};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Refuses text with a control character below U+0020 other than the line feed.
///
/// # Errors
/// [`Error::ControlCharacter`].
pub fn printable(text: &str) -> Result<(), Error> {
    if text.bytes().any(|byte| byte < 0x20 && byte != b'\n') {
        return Err(Error::ControlCharacter);
    }
    Ok(())
}

/// A number in decimal without sign or leading zeros.
///
/// # Errors
/// [`Error::Number`].
pub fn decimal(text: &str) -> Result<u64, Error> {
    let plain = text == "0" || !text.starts_with('0');
    if !plain || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Error::Number);
    }
    text.parse().map_err(|_| Error::Number)
}

/// Standard base64 with padding.
#[must_use]
pub fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The bytes of standard base64, `None` unless it is their one spelling.
#[must_use]
pub fn unbase64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// The hash on a line.
///
/// # Errors
/// [`Error::HashLine`].
pub fn hash_line(line: &str) -> Result<Hash, Error> {
    // 32 bytes are 44 characters; the check keeps a long line from being decoded at all.
    if line.len() != 44 {
        return Err(Error::HashLine);
    }
    let bytes = unbase64(line).ok_or(Error::HashLine)?;
    bytes.try_into().map_err(|_| Error::HashLine)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_one_spelling() {
        assert_eq!(decimal("0"), Ok(0));
        assert_eq!(decimal("18446744073709551615"), Ok(u64::MAX));
        for wrong in [
            "",
            "00",
            "01",
            "+1",
            "-1",
            " 1",
            "1 ",
            "1_0",
            "18446744073709551616",
            "٣",
        ] {
            assert_eq!(decimal(wrong), Err(Error::Number), "{wrong}");
        }
    }

    #[test]
    fn base64_has_one_spelling() {
        assert_eq!(unbase64("AA=="), Some(vec![0]));
        for wrong in ["AA", "AA=", "AB==", "A A=", "AA==\n", "_w=="] {
            assert_eq!(unbase64(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_hash_line_holds_exactly_one_hash() {
        let line = base64(&[7; 32]);
        assert_eq!(hash_line(&line), Ok([7; 32]));
        assert_eq!(hash_line(&base64(&[7; 31])), Err(Error::HashLine));
        assert_eq!(hash_line(&base64(&[7; 33])), Err(Error::HashLine));
        assert_eq!(hash_line(""), Err(Error::HashLine));
    }
}

//! Small values of a scenario: instants, lengths of time, words of closed lists, divisions.
//!
//! Invariant: a text is read whole or refused with what to write instead.

use super::error::Fault;
use domain::colour::{Colour, Ground};
use domain::division::{DivisionCode, divisions};
use domain::ids::{OfficerId, OrgId, TextDigest};
use domain::time::{DAY_S, Day, HOUR_S, Timestamp};
use sha2::{Digest as _, Sha256};
use std::str::FromStr;

/// Reads a length of time such as `90s`, `5m`, `24h`, `3d` or `1d 2h`, in seconds.
pub(super) fn length_s(key: &str, text: &str) -> Result<i64, Fault> {
    let wrong = || {
        Fault::new(
            key,
            format!("`{text}` is no length of time"),
            "write it like `90s`, `5m`, `24h`, `3d` or `1d 2h`",
        )
    };
    let mut total = 0_i64;
    let mut number = String::new();
    for character in text.chars().filter(|character| !character.is_whitespace()) {
        if character.is_ascii_digit() {
            number.push(character);
            continue;
        }
        let unit = match character {
            's' => 1,
            'm' => 60,
            'h' => HOUR_S,
            'd' => DAY_S,
            _ => return Err(wrong()),
        };
        let count: i64 = number.parse().map_err(|_| wrong())?;
        number.clear();
        total = count
            .checked_mul(unit)
            .and_then(|more| total.checked_add(more))
            .ok_or_else(wrong)?;
    }
    if number.is_empty() && !text.trim().is_empty() {
        Ok(total)
    } else {
        Err(wrong())
    }
}

/// Reads an instant: RFC 3339 with an offset, `now`, or a length before or after `now`.
pub(super) fn instant(key: &str, text: &str, now: Timestamp) -> Result<Timestamp, Fault> {
    let text = text.trim();
    if text == "now" {
        return Ok(now);
    }
    if let Some(length) = text.strip_prefix('+') {
        return Ok(now.plus_s(length_s(key, length)?));
    }
    if let Some(length) = text.strip_prefix('-') {
        return Ok(now.plus_s(length_s(key, length)?.saturating_neg()));
    }
    text.parse().map_err(|error| {
        Fault::new(
            key,
            format!("`{text}` is {error}"),
            "or write `now`, `-3d`, `+2h`: counted from the step",
        )
    })
}

/// Reads an instant where one is given.
pub(super) fn instant_if(
    key: &str,
    text: Option<&String>,
    now: Timestamp,
) -> Result<Option<Timestamp>, Fault> {
    text.map(|text| instant(key, text, now)).transpose()
}

/// Reads a calendar day.
pub(super) fn day(key: &str, text: &str) -> Result<Day, Fault> {
    text.parse()
        .map_err(|error| Fault::new(key, format!("`{text}` is {error}"), "correct the day"))
}

/// Reads a six-digit division code.
pub(super) fn division(key: &str, text: &str) -> Result<DivisionCode, Fault> {
    let code = (text.len() == 6).then(|| text.parse().ok()).flatten();
    let code = code.and_then(DivisionCode::new).ok_or_else(|| {
        Fault::new(
            key,
            format!("`{text}` is no division code"),
            "write the six digits of GB/T 2260, e.g. `410100`",
        )
    })?;
    if divisions().find(code).is_none() {
        return Err(Fault::new(
            key,
            format!("there is no division `{text}`"),
            "look the code up in `data/divisions/areas.csv`",
        ));
    }
    Ok(code)
}

/// Reads a division code that need not exist: a wrong one is the ledger's to refuse.
pub(super) fn any_division(key: &str, text: &str) -> Result<DivisionCode, Fault> {
    text.parse()
        .ok()
        .and_then(DivisionCode::new)
        .ok_or_else(|| {
            Fault::new(
                key,
                format!("`{text}` is no division code"),
                "write six digits, e.g. `410100`",
            )
        })
}

/// Reads a word of a closed list. That a word is missing can be what a scenario shows.
pub(super) fn word<T: FromStr>(key: &str, text: &str, list: &[&str]) -> Result<T, Fault> {
    text.parse().map_err(|_| {
        Fault::no_word(
            key,
            format!("there is no word `{text}`"),
            format!("use one of {}", listed(list)),
        )
    })
}

pub(super) fn listed(list: &[&str]) -> String {
    let quoted: Vec<String> = list.iter().map(|word| format!("`{word}`")).collect();
    quoted.join(", ")
}

/// Reads a ground.
pub(super) fn ground(key: &str, text: &str) -> Result<Ground, Fault> {
    let list: Vec<&str> = Ground::ALL.iter().map(|ground| ground.code()).collect();
    word(key, text, &list)
}

/// Reads a colour.
pub(super) fn colour(key: &str, text: &str) -> Result<Colour, Fault> {
    [Colour::Green, Colour::Yellow, Colour::Red]
        .into_iter()
        .find(|colour| colour.word() == text)
        .ok_or_else(|| {
            Fault::new(
                key,
                format!("there is no colour `{text}`"),
                "use `green`, `yellow` or `red`",
            )
        })
}

/// Reads the id of an organisation.
pub(super) fn org(key: &str, text: &str) -> Result<OrgId, Fault> {
    text.parse().map_err(|error| bad_id(key, text, &error))
}

/// Reads the id of an officer.
pub(super) fn officer(key: &str, text: &str) -> Result<OfficerId, Fault> {
    text.parse().map_err(|error| bad_id(key, text, &error))
}

fn bad_id(key: &str, text: &str, error: &domain::ids::IdError) -> Fault {
    Fault::new(key, format!("`{text}` is {error}"), "correct the id")
}

/// The digest of a text.
pub(super) fn digest(text: &str) -> TextDigest {
    TextDigest::from_bytes(Sha256::digest(text.as_bytes()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_of_time_adds_its_units_and_refuses_a_number_without_one() {
        assert_eq!(length_s("k", "1d 2h").unwrap(), 93_600);
        assert_eq!(length_s("k", "90s").unwrap(), 90);
        for bad in ["", "5", "h", "2w", "1d2"] {
            assert!(length_s("k", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_instant_is_absolute_or_counted_from_now() {
        let now = Timestamp::from_unix(1_655_000_000);
        assert_eq!(instant("k", "now", now).unwrap(), now);
        assert_eq!(instant("k", "-2h", now).unwrap(), now.plus_s(-7_200));
        assert_eq!(instant("k", "+1d", now).unwrap(), now.plus_s(86_400));
        assert!(instant("k", "2022-06-13", now).is_err());
    }
}

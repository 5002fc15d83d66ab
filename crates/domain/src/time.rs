//! Instants and spans. Owns [`Timestamp`]: whole seconds since 1970-01-01T00:00:00Z.
//!
//! Invariant: arithmetic saturates, so a hostile date can never wrap round into the past.
//! Refuses: text that is not RFC 3339, and local time without an offset.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Seconds east of Greenwich of the one civil time of the country.
pub const CHINA_OFFSET_S: i32 = 8 * 3_600;
/// One hour in seconds.
pub const HOUR_S: i64 = 3_600;
/// One day in seconds.
pub const DAY_S: i64 = 86_400;

/// An instant, in whole seconds since the Unix epoch, UTC.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The instant that never comes: an open end that has not happened yet.
    pub const NEVER: Self = Self(i64::MAX);

    /// The instant `seconds` after the Unix epoch.
    pub const fn from_unix(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Seconds since the Unix epoch.
    pub const fn as_unix(self) -> i64 {
        self.0
    }

    /// Seconds since the Unix epoch for formats without a sign; 0 before it.
    pub fn as_unsigned_unix(self) -> u64 {
        u64::try_from(self.0).unwrap_or(0)
    }

    /// This instant moved by `seconds`, never wrapping.
    #[must_use]
    pub const fn plus_s(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// Seconds from `earlier` to here, never wrapping.
    pub const fn seconds_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The local calendar day, as a count of days, in a zone `utc_offset_s` east of Greenwich.
    pub const fn local_day(self, utc_offset_s: i32) -> Day {
        Day(self.0.saturating_add(utc_offset_s as i64).div_euclid(DAY_S))
    }

    /// Seconds since local midnight in a zone `utc_offset_s` east of Greenwich.
    pub const fn local_second(self, utc_offset_s: i32) -> i64 {
        self.0.saturating_add(utc_offset_s as i64).rem_euclid(DAY_S)
    }

    /// `2022-06-13 18:00` in a zone `utc_offset_s` east of Greenwich.
    pub fn local_text(self, utc_offset_s: i32) -> String {
        let second = self.local_second(utc_offset_s);
        let [h, hh] = digits(second / HOUR_S);
        let [m, mm] = digits(second % HOUR_S / 60);
        let mut text = String::with_capacity(16);
        let day = self.local_day(utc_offset_s);
        // Writing into a text never fails.
        let _ = day.write(&mut text);
        let _ = write_ascii(&mut text, &[b' ', h, hh, b':', m, mm]);
        text
    }
}

/// A number below 100 as two digits. A code has some twenty dates and times; formatting each in general
/// would be a twentieth of its cost.
fn digits(number: i64) -> [u8; 2] {
    [number / 10 % 10, number % 10].map(|digit| b'0'.wrapping_add(digit as u8))
}

fn write_ascii(out: &mut impl fmt::Write, ascii: &[u8]) -> fmt::Result {
    out.write_str(std::str::from_utf8(ascii).unwrap_or_default())
}

fn write_date(out: &mut impl fmt::Write, date: jiff::civil::Date) -> fmt::Result {
    let year = i64::from(date.year());
    if !(0..=9_999).contains(&year) {
        return write!(out, "{date}");
    }
    let ([y, yy], [yyy, yyyy]) = (digits(year / 100), digits(year % 100));
    let ([m, mm], [d, dd]) = (digits(date.month().into()), digits(date.day().into()));
    write_ascii(out, &[y, yy, yyy, yyyy, b'-', m, mm, b'-', d, dd])
}

impl FromStr for Timestamp {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let instant: jiff::Timestamp = text.parse().map_err(|_| TimeError::Instant)?;
        Ok(Self(instant.as_second()))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ok(instant) = jiff::Timestamp::from_second(self.0) else {
            return formatter.write_str("never");
        };
        let civil = jiff::tz::TimeZone::UTC.to_datetime(instant);
        let [h, hh] = digits(civil.hour().into());
        let [m, mm] = digits(civil.minute().into());
        let [s, ss] = digits(civil.second().into());
        write_date(formatter, civil.date())?;
        write_ascii(formatter, &[b'T', h, hh, b':', m, mm, b':', s, ss, b'Z'])
    }
}

/// A calendar day, counted from 1970-01-01.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Day(i64);

impl Day {
    /// The day `count` days after 1970-01-01.
    pub const fn from_count(count: i64) -> Self {
        Self(count)
    }

    /// Days since 1970-01-01.
    pub const fn as_count(self) -> i64 {
        self.0
    }

    fn write(self, out: &mut impl fmt::Write) -> fmt::Result {
        match jiff::Timestamp::from_second(self.0.saturating_mul(DAY_S)) {
            Ok(instant) => write_date(out, jiff::tz::TimeZone::UTC.to_datetime(instant).date()),
            Err(_) => out.write_str("never"),
        }
    }

    /// Local midnight of this day in a zone `utc_offset_s` east of Greenwich.
    pub const fn midnight(self, utc_offset_s: i32) -> Timestamp {
        Timestamp(
            self.0
                .saturating_mul(DAY_S)
                .saturating_sub(utc_offset_s as i64),
        )
    }
}

impl fmt::Display for Day {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(formatter)
    }
}

impl FromStr for Day {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        // The library also takes a whole instant and drops its hours; a day is ten characters.
        if text.len() != 10 {
            return Err(TimeError::Day);
        }
        let date: jiff::civil::Date = text.parse().map_err(|_| TimeError::Day)?;
        let midnight = date.at(0, 0, 0, 0);
        let instant = jiff::tz::TimeZone::UTC
            .to_timestamp(midnight)
            .map_err(|_| TimeError::Day)?;
        Ok(Self(instant.as_second().div_euclid(DAY_S)))
    }
}

/// Why a text is not a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeError {
    /// Not an RFC 3339 instant with an offset.
    Instant,
    /// Not a calendar day.
    Day,
}

impl fmt::Display for TimeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Instant => "not an instant; write it like `2022-06-13T18:00:00+08:00`",
            Self::Day => "not a day; write it like `2022-06-13`",
        })
    }
}

impl std::error::Error for TimeError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_reads_back_with_its_offset_applied() {
        let instant: Timestamp = "2022-06-13T18:00:00+08:00".parse().unwrap();
        assert_eq!(instant.to_string(), "2022-06-13T10:00:00Z");
        assert_eq!(instant.local_text(28_800), "2022-06-13 18:00");
    }

    #[test]
    fn an_instant_and_a_day_are_written_as_the_calendar_says() {
        // Leap days, ends of centuries, before 1970, and years that have not four digits.
        let days = [
            0, 59, 11_016, 11_017, 19_156, 47_540, -1, -719_528, -719_529, 2_932_896,
        ];
        for day in days {
            for second in [0, 1, 59, 3_599, 36_061, 86_399] {
                let unix = day * DAY_S + second;
                let Ok(instant) = jiff::Timestamp::from_second(unix) else {
                    continue;
                };
                assert_eq!(Timestamp::from_unix(unix).to_string(), instant.to_string());
                let date = jiff::tz::TimeZone::UTC.to_datetime(instant).date();
                assert_eq!(Day::from_count(day).to_string(), date.to_string());
                let local = Timestamp::from_unix(unix).local_text(0);
                assert_eq!(
                    local,
                    format!("{date} {:02}:{:02}", second / 3_600, second % 3_600 / 60)
                );
            }
        }
        assert_eq!(Timestamp::NEVER.to_string(), "never");
    }

    #[test]
    fn a_day_ends_at_local_midnight_not_at_utc_midnight() {
        let late: Timestamp = "2022-06-13T23:59:59+08:00".parse().unwrap();
        let next: Timestamp = "2022-06-14T00:00:00+08:00".parse().unwrap();
        assert_eq!(late.local_day(28_800).to_string(), "2022-06-13");
        assert_eq!(next.local_day(28_800).to_string(), "2022-06-14");
        assert_eq!("2022-06-14".parse::<Day>().unwrap().midnight(28_800), next);
    }

    #[test]
    fn an_instant_without_an_offset_is_refused() {
        assert_eq!(
            "2022-06-13T18:00:00".parse::<Timestamp>(),
            Err(TimeError::Instant)
        );
    }

    #[test]
    fn a_whole_instant_is_no_day() {
        assert_eq!(
            "2022-06-13T18:00:00+08:00".parse::<Day>(),
            Err(TimeError::Day)
        );
        assert!("2022-06-13".parse::<Day>().is_ok());
    }

    #[test]
    fn arithmetic_at_the_end_of_time_stays_there() {
        assert_eq!(Timestamp::NEVER.plus_s(1), Timestamp::NEVER);
    }
}

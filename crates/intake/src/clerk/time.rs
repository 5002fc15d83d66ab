//! Times as clerks write them. Refuses day-first dates and two-digit years: they mean two things.
//!
//! Invariant: a time without an offset is China Standard Time, +08:00, and nothing else.

use domain::time::Timestamp;
use jiff::civil::DateTime;

/// China Standard Time, seconds east of Greenwich.
const CHINA_OFFSET_S: i64 = 28_800;

/// Reads RFC 3339, or `2022-06-13`, `2022-06-13 08:00`, `2022/6/13 8:00:30` as +08:00.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    if let Some(time) = local(text) {
        return Some(time);
    }
    // RFC 3339 demands an offset; the library alone would take much more than that.
    let has_offset = text.ends_with(['Z', 'z'])
        || text
            .len()
            .checked_sub(6)
            .and_then(|at| text.get(at..))
            .is_some_and(|tail| {
                tail.starts_with(['+', '-']) && tail.as_bytes().get(3) == Some(&b':')
            });
    let dated = text
        .as_bytes()
        .get(10)
        .is_some_and(|byte| matches!(byte, b'T' | b't' | b' '));
    if has_offset && dated {
        text.parse().ok()
    } else {
        None
    }
}

fn local(text: &str) -> Option<Timestamp> {
    let (date, clock) = text.split_once([' ', 'T']).unwrap_or((text, ""));
    let mark = if date.contains('/') { '/' } else { '-' };
    let mut fields = date.split(mark);
    let year = fields.next().filter(|year| year.len() == 4)?;
    let (month, day) = (fields.next()?, fields.next()?);
    let mut fields_left = fields;
    if fields_left.next().is_some() {
        return None;
    }
    let (hour, minute, second) = match clock.trim_start() {
        "" => (0, 0, 0),
        clock => {
            let mut fields = clock.split(':');
            let (hour, minute) = (fields.next()?, fields.next()?);
            let second = fields.next().unwrap_or("0");
            if minute.len() != 2 || fields.next().is_some() {
                return None;
            }
            (number(hour)?, number(minute)?, number(second)?)
        }
    };
    let year = year
        .bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| year.parse().ok())??;
    let civil = DateTime::new(year, number(month)?, number(day)?, hour, minute, second, 0).ok()?;
    from_civil(civil)
}

/// A civil time in China as an instant.
pub(super) fn from_civil(civil: DateTime) -> Option<Timestamp> {
    let instant = jiff::tz::TimeZone::UTC.to_timestamp(civil).ok()?;
    Some(Timestamp::from_unix(instant.as_second()).plus_s(CHINA_OFFSET_S.checked_neg()?))
}

/// One or two digits.
fn number(text: &str) -> Option<i8> {
    let digits = matches!(text.len(), 1 | 2) && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_without_an_offset_is_china_time() {
        let expected: Timestamp = "2022-06-13T08:00:00+08:00".parse().unwrap();
        for text in [
            "2022-06-13 08:00",
            "2022-06-13T08:00",
            "2022/6/13 8:00",
            "2022-06-13 08:00:00",
            "2022-06-13T08:00:00+08:00",
            "2022-06-13T00:00:00Z",
        ] {
            assert_eq!(parse(text), Some(expected), "{text}");
        }
        assert_eq!(parse("2022-06-13"), Some(expected.plus_s(-8 * 3_600)));
    }

    #[test]
    fn what_could_mean_two_things_or_nothing_is_not_a_time() {
        for text in [
            "",
            "13/06/2022",
            "22-06-13",
            "2022-06-31",
            "2022-06-13 24:00",
            "2022-06-13 8",
            "44725",
            "2022-06-13 08:00:00:00",
            "2022-6-13-1",
            "+202-06-13",
            "2022-06-13 08:0",
            "昨天",
            "2022-06-13 -1:00",
            "2022-06-13T08:00:00[Asia/Shanghai]",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}

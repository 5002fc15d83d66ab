//! Time left, in words.
//!
//! Invariant: two units at most, rounded down, so that nobody is promised more than there is; the last
//! minute is one minute.

use super::text::Text;
use domain::time::{DAY_S, HOUR_S, Timestamp};
use maud::{Markup, html};

/// The seconds of a minute.
const MINUTE_S: i64 = 60;

/// How long it is until an instant; nothing where it has passed, or never comes.
pub(super) fn left(text: Text, until: Timestamp, now: Timestamp) -> Markup {
    let seconds = until.seconds_since(now);
    html! {
        @if seconds > 0 && until != Timestamp::NEVER { span.clock { (words(text, seconds)) } }
    }
}

/// So many seconds in words.
fn words(text: Text, seconds: i64) -> String {
    let (days, hours) = (seconds / DAY_S, seconds % DAY_S / HOUR_S);
    let minutes = seconds % HOUR_S / MINUTE_S;
    if days > 0 {
        return text.fill(
            "left-days",
            &[("days", days.into()), ("hours", hours.into())],
        );
    }
    if hours > 0 {
        let gaps = [("hours", hours.into()), ("minutes", minutes.into())];
        return text.fill("left-hours", &gaps);
    }
    text.fill("left-minutes", &[("minutes", minutes.max(1).into())])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Language;

    #[test]
    fn time_left_is_told_in_two_units_rounded_down() {
        let english = Text(Language::English);
        for (seconds, told) in [
            (86_400 * 2 + 3_600 * 5 + 3_599, "2 days and 5 hours left"),
            (86_400 + 3_599, "1 day and 0 hours left"),
            (86_399, "23 hours and 59 minutes left"),
            (3_600, "1 hour and 0 minutes left"),
            (3_599, "59 minutes left"),
            (59, "1 minute left"),
        ] {
            assert_eq!(words(english, seconds), told);
        }
        let chinese = Text(Language::Chinese);
        assert_eq!(words(chinese, 86_399), "还有23小时59分钟");
        let now = Timestamp::from_unix(0);
        for until in [now, Timestamp::NEVER] {
            assert_eq!(left(chinese, until, now).into_string(), "");
        }
    }
}

//! Long lists in parts: so many lines on a page, and a way to those before.
//!
//! Invariant: a page has a bounded number of lines, whatever is on record.

use super::reader::Reader;
use maud::{Markup, html};
use serde::Deserialize;

/// The most lines on a page.
const LINES: usize = 50;

/// Which part of a list is asked for.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub(super) struct Part {
    /// How many lines come before it.
    #[serde(default)]
    from: usize,
}

impl Part {
    /// The lines of this part.
    pub(super) fn of<T>(self, lines: impl Iterator<Item = T>) -> Vec<T> {
        lines.skip(self.from).take(LINES).collect()
    }

    /// The way to the next part, and back to the newest.
    pub(super) fn ways(self, reader: &Reader, path: &str, lines: usize) -> Markup {
        let next = self.from.saturating_add(LINES);
        html! {
            @if next < lines { p { a href={ (path) "?from=" (next) } { (reader.text.say("more")) } } }
            @if self.from > 0 { p { a href=(path) { (reader.text.say("parts-newest")) } } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_has_fifty_lines_at_most_and_none_beyond_the_end() {
        let part = |from: usize| Part { from }.of(0..120);
        assert_eq!(part(0), (0..50).collect::<Vec<_>>());
        assert_eq!(part(100), (100..120).collect::<Vec<_>>());
        assert_eq!(part(120), Vec::<usize>::new());
        assert_eq!(part(usize::MAX), Vec::<usize>::new());
    }
}

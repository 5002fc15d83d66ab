//! People by place, drawn: one tile for each place inside another, in the order of their codes.
//!
//! Invariant: each tile says its name and its number, so nothing is told by shade alone. It is no map
//! to scale: outlines of divisions are not part of the published code (GB/T 2260).

use super::text::Text;
use domain::division::{DivisionCode, Level, divisions};
use maud::{Markup, html};
use std::collections::BTreeMap;

/// Shades beside the empty one.
const SHADES: u64 = 4;

/// People by place inside `area`; whoever is in none of its places is told apart.
pub(super) fn map(text: Text, area: DivisionCode, counts: &BTreeMap<DivisionCode, u64>) -> Markup {
    let tiles = tiles(area, counts);
    let inside: u64 = tiles.iter().map(|(_, people)| *people).sum();
    let everywhere: u64 = counts.values().sum();
    let most = tiles.iter().map(|(_, people)| *people).max();
    let most = most.unwrap_or_default().max(1);
    html! {
        @if !tiles.is_empty() {
            h3 { (text.say("counties-title")) }
            ul.map {
                @for (place, people) in &tiles {
                    li data-shade=(people.saturating_mul(SHADES).div_ceil(most)) {
                        span lang="zh-CN" { (divisions().find(*place).map_or("", |division| division.name)) } " "
                        strong { (people) }
                    }
                }
            }
            p.note { (text.say("counties-how")) " "
                (text.fill("counties-elsewhere", &[("count", everywhere.saturating_sub(inside).into())])) }
        }
    }
}

/// The places directly inside an area, each with its people; a county is its own.
fn tiles(area: DivisionCode, counts: &BTreeMap<DivisionCode, u64>) -> Vec<(DivisionCode, u64)> {
    let people = |place: DivisionCode| {
        let inside = counts.iter().filter(|(code, _)| place.contains(**code));
        inside.map(|(_, people)| *people).sum()
    };
    if area.level() == Level::County {
        return vec![(area, people(area))];
    }
    let places = divisions().children(area);
    places
        .filter(|division| !division.is_placeholder())
        .map(|division| (division.code, people(division.code)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(number: u32) -> DivisionCode {
        DivisionCode::new(number).unwrap()
    }

    #[test]
    fn a_city_is_drawn_by_its_counties_a_province_by_its_cities_a_county_by_itself() {
        let counts = BTreeMap::from([(code(410_105), 3), (code(410_102), 1), (code(411_628), 2)]);
        let city = tiles(code(410_100), &counts);
        assert!(city.contains(&(code(410_105), 3)) && city.contains(&(code(410_102), 1)));
        assert_eq!(city.iter().map(|(_, people)| people).sum::<u64>(), 4);
        let province = tiles(code(410_000), &counts);
        assert!(province.contains(&(code(410_100), 4)) && province.contains(&(code(411_600), 2)));
        assert_eq!(tiles(code(410_105), &counts), [(code(410_105), 3)]);
    }

    #[test]
    fn whoever_is_in_no_tile_is_told_apart_and_the_fullest_place_has_the_darkest_shade() {
        let counts = BTreeMap::from([(code(410_105), 8), (code(410_102), 1), (code(110_101), 5)]);
        let drawn = map(
            Text(crate::problem::Language::English),
            code(410_100),
            &counts,
        );
        let drawn = drawn.into_string();
        assert!(
            drawn.contains("data-shade=\"4\"><span lang=\"zh-CN\">金水区</span> <strong>8"),
            "{drawn}"
        );
        assert!(drawn.contains("data-shade=\"1\"><span lang=\"zh-CN\">中原区</span> <strong>1"));
        assert!(drawn.contains("data-shade=\"0\""));
        assert!(drawn.contains("5 people names no county"), "{drawn}");
    }
}

//! The words of the pages, by key, in the reader's language.
//!
//! Invariant: both languages have every key (a test compares them), and every key that a page asks
//! for is there (a test reads the pages). Refuses: text in a page's own code.

use crate::problem::Language;
use domain::time::{CHINA_OFFSET_S, Timestamp};
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use maud::{Markup, html};
use std::sync::LazyLock;
use unic_langid::LanguageIdentifier;

type Bundle = FluentBundle<FluentResource>;

static CHINESE: LazyLock<Bundle> = LazyLock::new(|| bundle(Language::Chinese));
static ENGLISH: LazyLock<Bundle> = LazyLock::new(|| bundle(Language::English));

const fn source(language: Language) -> &'static str {
    match language {
        Language::Chinese => include_str!("words/zh-CN.ftl"),
        Language::English => include_str!("words/en.ftl"),
    }
}

fn bundle(language: Language) -> Bundle {
    let tag: LanguageIdentifier = language.tag().parse().unwrap_or_default();
    let mut bundle = Bundle::new_concurrent(vec![tag]);
    // Isolation marks would show up in text that people copy into complaints.
    bundle.set_use_isolating(false);
    let resource = match FluentResource::try_new(source(language).to_owned()) {
        Ok(resource) | Err((resource, _)) => resource,
    };
    bundle.add_resource_overriding(resource);
    bundle
}

/// The words of one language.
#[derive(Clone, Copy)]
pub(crate) struct Text(pub(crate) Language);

impl Text {
    /// What stands under a key.
    pub(crate) fn say(self, key: &str) -> String {
        self.fill(key, &[])
    }

    /// The same with its gaps filled; a number picks its plural.
    pub(crate) fn fill(self, key: &str, gaps: &[(&'static str, FluentValue<'_>)]) -> String {
        let bundle: &Bundle = match self.0 {
            Language::Chinese => &CHINESE,
            Language::English => &ENGLISH,
        };
        let message = bundle.get_message(key).and_then(|message| message.value());
        let Some(pattern) = message else {
            return key.to_owned();
        };
        let gaps: FluentArgs<'_> = gaps.iter().cloned().collect();
        let mut errors = Vec::new();
        let said = bundle.format_pattern(pattern, Some(&gaps), &mut errors);
        said.into_owned()
    }

    /// One of two words of the field's own lists.
    pub(crate) const fn pick(self, zh: &'static str, en: &'static str) -> &'static str {
        match self.0 {
            Language::Chinese => zh,
            Language::English => en,
        }
    }

    /// An instant, in the time of China.
    pub(crate) fn at(self, at: Timestamp) -> Markup {
        html! {
            @if at == Timestamp::NEVER { (self.say("never")) }
            @else { time datetime=(at) { (at.local_text(CHINA_OFFSET_S)) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn keys(language: Language) -> BTreeSet<&'static str> {
        let lines = source(language).lines();
        lines
            .filter(|line| line.starts_with(|first: char| first.is_ascii_lowercase()))
            .filter_map(|line| line.split_once(" ="))
            .map(|(key, _)| key)
            .collect()
    }

    #[test]
    fn both_languages_have_the_same_keys_and_no_line_that_fluent_cannot_read() {
        assert_eq!(keys(Language::Chinese), keys(Language::English));
        for language in [Language::Chinese, Language::English] {
            assert!(FluentResource::try_new(source(language).to_owned()).is_ok());
        }
    }

    #[test]
    fn every_key_that_a_page_asks_for_is_there_and_none_is_there_for_nothing() {
        let mut pages = String::new();
        for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/pages")).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|end| end == "rs") {
                pages.push_str(&std::fs::read_to_string(path).unwrap());
            }
        }
        for key in keys(Language::English) {
            let mut stems = key.match_indices('-').map(|(at, _)| &key[..at]);
            let asked = pages.contains(&format!("\"{key}\""))
                || stems.any(|stem| pages.contains(&format!("\"{stem}-{{")));
            assert!(asked, "nobody asks for `{key}`");
        }
        for part in pages
            .split(".say(\"")
            .skip(1)
            .chain(pages.split(".fill(\"").skip(1))
        {
            let key = part.split('"').next().unwrap();
            assert!(
                keys(Language::English).contains(key),
                "no words for `{key}`"
            );
        }
    }

    #[test]
    fn a_number_picks_its_plural_and_a_date_is_told_in_the_time_of_china() {
        let text = Text(Language::English);
        assert_eq!(text.fill("people", &[("count", 1.into())]), "1 person");
        assert_eq!(text.fill("people", &[("count", 2.into())]), "2 people");
        let at = Timestamp::from_unix(1_654_992_000);
        assert_eq!(
            text.at(at).into_string(),
            "<time datetime=\"2022-06-12T00:00:00Z\">2022-06-12 08:00</time>"
        );
    }
}

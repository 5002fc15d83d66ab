//! What people read: Fluent messages of a pack, with our own wording behind them.
//!
//! Invariant: a notice always has words. A key that a pack lacks, or that it cannot fill, is said
//! in the built-in wording; nothing here fails at run time. Refuses: wording Fluent cannot read.

use crate::error::{Problem, Problems, line_of};
use crate::pack::Pack;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use fluent_syntax::ast::{Expression, InlineExpression, Pattern, PatternElement};
use std::borrow::Cow;
use std::fmt;
use std::sync::LazyLock;
use unic_langid::LanguageIdentifier;

/// The messages of one file.
type Bundle = FluentBundle<FluentResource>;

/// The deepest nesting of braces; the Fluent parser recurses for each.
const BRACES_MAX: u32 = 8;

/// Room for a sentence.
const TEXT_BYTES: usize = 192;

/// For a message that takes no argument.
pub const NO_ARGS: &[(&str, &str)] = &[];

/// A language that people are told in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Language {
    /// Chinese, simplified characters.
    ZhCn,
    /// English.
    En,
}

impl Language {
    /// Every language, the first-class one first.
    pub const ALL: &'static [Self] = &[Self::ZhCn, Self::En];

    /// The language tag, as in `lang` and in file names.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::ZhCn => "zh-CN",
            Self::En => "en",
        }
    }

    /// The language of a tag such as `zh-Hans` or `en-GB`; none for another language.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let language: LanguageIdentifier = tag.parse().ok()?;
        match language.language.as_str() {
            "zh" => Some(Self::ZhCn),
            "en" => Some(Self::En),
            _ => None,
        }
    }

    const fn built_in(self) -> &'static str {
        match self {
            Self::ZhCn => include_str!("wording/zh-CN.ftl"),
            Self::En => include_str!("wording/en.ftl"),
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.tag())
    }
}

/// Every key of the wording, with the names of its arguments.
pub const KEYS: &[(&str, &[&str])] = &[
    ("colour-green", &[]),
    ("colour-yellow", &[]),
    ("colour-red", &[]),
    ("headline-green", &[]),
    ("headline-yellow", &[]),
    ("headline-red", &[]),
    ("flag-only", &[]),
    (
        "why",
        &["ground", "evidence", "source", "reference", "date"],
    ),
    ("why-document", &["number"]),
    ("decided-order", &["maker", "approver"]),
    ("decided-rule", &["pack", "basis"]),
    ("decided-emergency", &["maker"]),
    ("legal-basis", &["instrument", "number", "basis"]),
    ("legal-basis-unnumbered", &["instrument", "basis"]),
    ("from-until-red", &["from", "until"]),
    ("from-until-yellow", &["from", "until"]),
    ("then-yellow", &["until"]),
    ("from-until-flag", &["from", "until"]),
    ("ends-itself", &[]),
    ("green-when", &["conditions"]),
    ("green-when-condition", &["count", "evidence", "hours"]),
    ("object", &["hours"]),
    ("object-dispute", &[]),
    ("remedies", &[]),
    ("medical", &[]),
    ("movement-open", &["need", "from", "until", "deadline"]),
    ("movement-granted", &["need", "from", "until", "reason"]),
    ("movement-refused", &["need", "from", "until", "reason"]),
    ("movement-medical", &[]),
    ("appeal-open", &["deadline"]),
    ("appeal-lapsed", &[]),
    ("notice-imposed", &["colour", "ground", "from", "until"]),
    ("notice-released", &["ground", "at"]),
    ("notice-withdrawn", &["order", "reason"]),
    ("notice-subject", &[]),
    ("notice-overturned", &["at"]),
    ("notice-appeal-upheld", &["reason"]),
    ("notice-appeal-rejected", &["reason"]),
    ("notice-looked", &["org", "at", "purpose"]),
    ("notice-proxy-bound", &["org", "kind", "until"]),
    (
        "notice-movement-granted",
        &["need", "from", "until", "reason"],
    ),
    ("notice-movement-refused", &["need", "reason"]),
    ("notice-broke-glass", &["org", "at", "purpose"]),
    ("notice-case-answered", &["org", "answer"]),
    ("notice-more", &["where"]),
    ("notice-hotline", &["hotline"]),
    ("converted", &["how", "at"]),
    ("how-automatic", &["condition"]),
    ("how-on-request", &["condition"]),
    ("how-withdrawn", &[]),
    ("how-appeal", &[]),
    ("how-overturned", &[]),
    ("sunset", &[]),
];

/// The wording of one language, a pack's or our own.
pub struct Wording {
    language: Language,
    bundle: Bundle,
}

impl Wording {
    /// Our own wording, read once: for a page where no pack is in force, and behind every pack's.
    pub fn built_in(language: Language) -> &'static Self {
        static ZH_CN: LazyLock<Wording> = LazyLock::new(|| read_built_in(Language::ZhCn));
        static EN: LazyLock<Wording> = LazyLock::new(|| read_built_in(Language::En));
        match language {
            Language::ZhCn => &ZH_CN,
            Language::En => &EN,
        }
    }

    /// The wording of the pack in force, or ours where there is none.
    pub fn of(pack: Option<&Pack>, language: Language) -> &Self {
        pack.map_or_else(|| Self::built_in(language), |pack| pack.wording(language))
    }

    /// The language.
    pub const fn language(&self) -> Language {
        self.language
    }

    /// A message with its arguments filled in.
    ///
    /// A key that nobody knows is given back as it is, so that a page shows the gap and stands.
    pub fn text(&self, key: &str, args: &[(&str, impl AsRef<str>)]) -> Cow<'_, str> {
        let gap = match format(&self.bundle, key, args) {
            Some((text, true)) => return text,
            gap => gap,
        };
        let built_in = format(&Self::built_in(self.language).bundle, key, args);
        built_in
            .or(gap)
            .map_or_else(|| key.to_owned().into(), |(text, _)| text)
    }

    /// Whether the pack itself, and not our fallback, words this key.
    pub fn is_worded_by_pack(&self, key: &str) -> bool {
        !std::ptr::eq(self, Self::built_in(self.language)) && self.bundle.has_message(key)
    }
}

impl fmt::Debug for Wording {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Wording({})", self.language)
    }
}

/// The message, and whether every argument was there.
fn format<'b>(
    bundle: &'b Bundle,
    key: &str,
    args: &[(&str, impl AsRef<str>)],
) -> Option<(Cow<'b, str>, bool)> {
    let message = bundle.get_message(key)?;
    let pattern = message.value()?;
    if let Some(text) = plain(pattern, args) {
        return Some((text, true));
    }
    let mut filled = FluentArgs::with_capacity(args.len());
    for (name, value) in args {
        filled.set(*name, value.as_ref());
    }
    let mut errors = Vec::new();
    let text = bundle
        .format_pattern(pattern, Some(&filled), &mut errors)
        .into_owned();
    Some((text.into(), errors.is_empty()))
}

/// A message of words and known arguments alone, as Fluent would fill it in; most are, and a code has a
/// dozen of them. None where there is more to decide, or an argument is missing.
fn plain<'b>(pattern: &'b Pattern<&str>, args: &[(&str, impl AsRef<str>)]) -> Option<Cow<'b, str>> {
    if let [PatternElement::TextElement { value }] = pattern.elements.as_slice() {
        return Some(Cow::Borrowed(value));
    }
    let mut text = String::with_capacity(TEXT_BYTES);
    for element in &pattern.elements {
        text.push_str(match element {
            PatternElement::TextElement { value } => value,
            PatternElement::Placeable {
                expression: Expression::Inline(InlineExpression::VariableReference { id }),
            } => args.iter().find(|(name, _)| *name == id.name)?.1.as_ref(),
            PatternElement::Placeable { .. } => return None,
        });
    }
    Some(text.into())
}

fn empty(language: Language) -> Bundle {
    let tag = language
        .tag()
        .parse::<LanguageIdentifier>()
        .unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![tag]);
    // Isolation marks would show up in text that people copy into complaints.
    bundle.set_use_isolating(false);
    bundle
}

fn read_built_in(language: Language) -> Wording {
    let mut bundle = empty(language);
    let resource = match FluentResource::try_new(language.built_in().to_owned()) {
        Ok(resource) | Err((resource, _)) => resource,
    };
    bundle.add_resource_overriding(resource);
    Wording { language, bundle }
}

/// Reads the wording of a pack.
pub(crate) fn read(
    file: &str,
    text: &str,
    language: Language,
    problems: &mut Problems,
) -> Option<Wording> {
    if depth(text) > BRACES_MAX {
        problems.push(Problem::new(
            file,
            "nests braces too deeply",
            "write plain sentences",
        ));
        return None;
    }
    let resource = match FluentResource::try_new(text.to_owned()) {
        Ok(resource) => resource,
        Err((_, errors)) => {
            for error in errors {
                let line = line_of(text, error.pos.start);
                let help = "write `key = text`, with `{ $name }` for an argument";
                problems
                    .push(Problem::new(file, format!("cannot be read: {error}"), help).at(line));
            }
            return None;
        }
    };
    let mut bundle = empty(language);
    if bundle.add_resource(resource).is_err() {
        let what = "words a key twice";
        problems.push(Problem::new(file, what, "keep one wording for each key"));
        return None;
    }
    Some(Wording { language, bundle })
}

fn depth(text: &str) -> u32 {
    let mut open = 0_u32;
    let mut deepest = 0_u32;
    for byte in text.bytes() {
        match byte {
            b'{' => open = open.saturating_add(1),
            b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(open);
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(names: &[&'static str]) -> Vec<(&'static str, String)> {
        names.iter().map(|name| (*name, "Ж".to_owned())).collect()
    }

    #[test]
    fn our_own_wording_has_every_key_in_every_language_and_uses_every_argument() {
        for &language in Language::ALL {
            let wording = Wording::built_in(language);
            for (key, names) in KEYS {
                let text = wording.text(key, &arguments(names));
                assert_ne!(&text, key, "{language} {key}");
                assert!(!text.contains('{') && !text.contains('\u{2068}'), "{text}");
                assert!(text.matches('Ж').count() >= names.len(), "{language} {key}");
            }
        }
    }

    #[test]
    fn a_key_that_the_pack_lacks_or_cannot_fill_is_said_in_our_words() {
        let mut problems = Problems::default();
        let text = "medical = 就医不受影响\nappeal-open = 截止 { $missing }\n";
        let wording = read("f", text, Language::ZhCn, &mut problems).unwrap();
        assert_eq!(wording.text("medical", NO_ARGS), "就医不受影响");
        let ours = Wording::built_in(Language::ZhCn);
        let args = [("deadline", "明天".to_owned())];
        assert_eq!(
            wording.text("appeal-open", &args),
            ours.text("appeal-open", &args)
        );
        assert_eq!(
            wording.text("sunset", NO_ARGS),
            ours.text("sunset", NO_ARGS)
        );
        assert_eq!(wording.text("no-such-key", NO_ARGS), "no-such-key");
    }

    #[test]
    fn a_plain_message_is_filled_in_as_fluent_does_it() {
        let text =
            "words = 一\n    二 { $a } { $b }{ $a }\nmore = { $a ->\n *[other] x { $b }\n }\n";
        let mut own = empty(Language::En);
        let resource = FluentResource::try_new(text.to_owned()).unwrap();
        own.add_resource(resource).unwrap();
        let [zh_cn, en] = [Language::ZhCn, Language::En].map(Wording::built_in);
        let bundles = [&zh_cn.bundle, &en.bundle, &own];
        let more = [("words", &["a", "b"][..]), ("more", &["a", "b"][..])];
        let keys = KEYS.iter().chain(&more);
        let mut counts = [0, 0];
        for ((key, names), bundle) in
            keys.flat_map(|key| bundles.iter().map(move |one| (key, *one)))
        {
            let Some(message) = bundle.get_message(key) else {
                continue;
            };
            let args = arguments(names);
            let filled: FluentArgs<'_> = args
                .iter()
                .map(|(name, value)| (*name, value.as_str()))
                .collect();
            let pattern = message.value().unwrap();
            let fluent = bundle.format_pattern(pattern, Some(&filled), &mut Vec::new());
            match plain(pattern, &args) {
                Some(text) => assert_eq!(text, fluent, "{key}"),
                None => counts[1] += 1,
            }
            counts[0] += 1;
        }
        assert_eq!(counts, [KEYS.len() * 2 + 2, 1]);
        let missing = own.get_message("words").unwrap().value().unwrap();
        assert_eq!(plain(missing, &arguments(&["a"])), None);
    }

    #[test]
    fn an_argument_left_out_does_not_panic() {
        assert!(
            !Wording::built_in(Language::En)
                .text("why", NO_ARGS)
                .is_empty()
        );
    }

    #[test]
    fn wording_that_cannot_be_read_is_a_problem_with_its_line() {
        let mut problems = Problems::default();
        assert!(read("f", "a = b\n\nc = { $\n", Language::En, &mut problems).is_none());
        let error = problems.into_error();
        assert!(error.problems()[0].line.is_some_and(|line| line >= 3));
    }

    #[test]
    fn braces_nest_eight_deep_at_most() {
        let nested = |count: usize| format!("a = {}", "{".repeat(count));
        let mut problems = Problems::default();
        assert!(read("f", &nested(100_000), Language::En, &mut problems).is_none());
        assert_eq!(depth(&nested(8)), BRACES_MAX);
    }

    #[test]
    fn a_tag_with_region_or_script_finds_its_language() {
        assert_eq!(Language::from_tag("zh-Hans-CN"), Some(Language::ZhCn));
        assert_eq!(Language::from_tag("en-GB"), Some(Language::En));
        assert_eq!(Language::from_tag("fr"), None);
    }
}

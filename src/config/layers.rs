//! Where settings come from, and what is wrong with them.
//!
//! Invariant: a setting is looked at by itself, so that one fault does not hide another; what is
//! faulty is left out of what is settled.

use super::{Config, Settled};
use serde::Deserialize as _;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

/// The settings that the environment and the command line can say, and whether they are texts.
const SAYABLE: &[(&str, bool)] = &[
    ("server.listen", true),
    ("server.origin", true),
    ("server.site", true),
    ("server.publish", false),
    ("server.publish_every", false),
    ("server.certificate", true),
    ("server.key", true),
    ("server.behind_proxy", false),
    ("limits.connections", false),
    ("limits.requests", false),
    ("limits.per_minute", false),
    ("limits.quota_times", false),
    ("limits.quota_floor", false),
    ("log.requests", false),
    ("backup.folder", true),
    ("backup.hour", false),
    ("backup.keep_days", false),
];
/// The section that can be there many times; each time it is one setting, by its place.
const MANY: &str = "identity";
/// What every setting in the environment begins with.
const FRONTS: [&str; 4] = [
    "MINGMA_SERVER_",
    "MINGMA_LIMITS_",
    "MINGMA_LOG_",
    "MINGMA_BACKUP_",
];

/// Whether a variable of the environment claims to be a setting.
pub(super) fn is_setting(variable: &str) -> bool {
    FRONTS.iter().any(|front| variable.starts_with(front))
}

/// Where a setting comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A line of a file.
    Line(PathBuf, usize),
    /// A variable of the environment.
    Variable(String),
    /// An option of the command line.
    Option(String),
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(path, line) => write!(formatter, "`{}`, line {line}", path.display()),
            Self::Variable(name) => formatter.write_str(name),
            Self::Option(name) => formatter.write_str(name),
        }
    }
}

/// One thing that is wrong: where, what, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where and what.
    pub what: String,
    /// What to do.
    pub help: String,
}

impl Fault {
    /// A fault of the whole.
    pub(super) fn whole(what: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            help: help.into(),
        }
    }

    /// A fault of one setting.
    pub(super) fn of(
        source: Option<&Source>,
        key: &str,
        why: impl fmt::Display,
        help: impl Into<String>,
    ) -> Self {
        let what = match source {
            Some(source) => format!("{source}: `{key}`: {why}"),
            None => format!("`{key}`: {why}"),
        };
        Self::whole(what, help)
    }
}

/// Everything that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faults(pub Vec<Fault>);

impl Faults {
    pub(super) fn one(fault: Fault) -> Self {
        Self(vec![fault])
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, Fault { what, help }) in self.0.iter().enumerate() {
            let front = if place == 0 { "" } else { "\n" };
            write!(formatter, "{front}{what}\nhelp: {help}")?;
        }
        Ok(())
    }
}

/// A setting: section, key, value.
type Setting<'a> = (String, String, Spanned<DeValue<'a>>);

/// The layers, the strongest last.
#[derive(Default)]
pub(super) struct Layers<'a> {
    text: &'a str,
    settings: Vec<Setting<'a>>,
    sources: BTreeMap<String, Source>,
    faults: Vec<Fault>,
}

fn line(text: &str, span: Range<usize>) -> usize {
    let before = text.get(..span.start).unwrap_or(text);
    1 + before.matches('\n').count()
}

impl<'a> Layers<'a> {
    /// Adds a file.
    pub(super) fn file(&mut self, path: &Path, text: &'a str) {
        self.text = text;
        let place = |span| Source::Line(path.to_path_buf(), line(text, span));
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in errors {
            let place = place(error.span().unwrap_or_default());
            let what = format!("{place}: {}", error.message());
            self.faults
                .push(Fault::whole(what, "write it as TOML: `key = value`"));
        }
        for (section, value) in table.into_inner() {
            let span = section.span();
            let section = section.into_inner().into_owned();
            let value = value.into_inner();
            if let (true, DeValue::Array(all)) = (section == MANY, &value) {
                for (number, one) in all.iter().enumerate() {
                    let key = number.saturating_add(1).to_string();
                    self.put(place(one.span()), section.clone(), key, one.clone());
                }
                continue;
            }
            let DeValue::Table(keys) = value else {
                self.faults.push(Fault::of(
                    Some(&place(span)),
                    &section,
                    "it stands in no section",
                    "settings stand below `[server]`, `[limits]`, `[log]`, `[notices]`, `[counter]`, `[issuing]`, `[backup]` or `[[identity]]`",
                ));
                continue;
            };
            if keys.is_empty() {
                let empty = Spanned::new(span.clone(), DeValue::Table(DeTable::new()));
                self.put(place(span), section, String::new(), empty);
                continue;
            }
            for (key, value) in keys {
                let (source, key) = (place(key.span()), key.into_inner().into_owned());
                self.put(source, section.clone(), key, value);
            }
        }
    }

    /// Adds variables of the environment.
    pub(super) fn environment(&mut self, variables: &'a [(String, String)]) {
        for (name, text) in variables {
            let mut known = SAYABLE.iter();
            let known = known.find(|(key, _)| *name == variable(key));
            match known {
                Some(&(key, is_text)) => {
                    self.say(Source::Variable(name.clone()), key, text, is_text);
                }
                None => self.faults.push(Fault::whole(
                    format!("{name}: there is no such setting"),
                    "docs/mingma.toml has every setting",
                )),
            }
        }
    }

    /// Adds options of the command line.
    pub(super) fn options(&mut self, options: &'a [(&str, String)]) {
        for (key, text) in options {
            let name = key.rsplit('.').next().unwrap_or_default();
            let source = Source::Option(format!("--{}", name.replace('_', "-")));
            let is_text = SAYABLE.contains(&(*key, true));
            self.say(source, key, text, is_text);
        }
    }

    fn say(&mut self, source: Source, key: &str, text: &'a str, is_text: bool) {
        let parsed = DeValue::parse(text).ok().filter(|_| !is_text);
        let value = match parsed {
            Some(value) => value.into_inner(),
            None => DeValue::String(Cow::Borrowed(text)),
        };
        let (section, key) = key.split_once('.').unwrap_or((key, ""));
        self.put(
            source,
            section.to_owned(),
            key.to_owned(),
            Spanned::new(0..0, value),
        );
    }

    fn put(&mut self, source: Source, section: String, key: String, value: Spanned<DeValue<'a>>) {
        let name = name(&section, &key);
        self.settings
            .retain(|(section, key, _)| self::name(section, key) != name);
        self.sources.insert(name, source);
        self.settings.push((section, key, value));
    }

    /// What is settled without what is faulty, and the faults.
    pub(super) fn settle(self) -> (Settled, Vec<Fault>) {
        let Self {
            text,
            settings,
            mut sources,
            mut faults,
        } = self;
        let mut sound = Vec::with_capacity(settings.len());
        for setting in settings {
            match config([setting.clone()]) {
                Ok(_) => sound.push(setting),
                Err(error) => {
                    let name = name(&setting.0, &setting.1);
                    let mut source = sources.remove(&name);
                    // Where in a section of its own, if it is one.
                    let inside = error.span().filter(|span| span.end > 0);
                    if let (Some(Source::Line(_, number)), Some(span)) = (&mut source, inside) {
                        *number = line(text, span);
                    }
                    let help = "docs/mingma.toml has every setting";
                    faults.push(Fault::of(source.as_ref(), &name, why(&error), help));
                }
            }
        }
        let config = config(sound).unwrap_or_else(|error| {
            // Settings that are sound one by one are sound together.
            faults.push(Fault::whole(error.message(), "correct it"));
            Config::default()
        });
        (Settled { config, sources }, faults)
    }
}

fn config<'a>(settings: impl IntoIterator<Item = Setting<'a>>) -> Result<Config, toml::de::Error> {
    let mut sections: BTreeMap<String, DeTable<'a>> = BTreeMap::new();
    let mut many = DeArray::new();
    for (section, key, value) in settings {
        if section == MANY {
            many.push(value);
            continue;
        }
        let keys = sections.entry(section).or_default();
        if !key.is_empty() {
            keys.insert(Spanned::new(0..0, Cow::Owned(key)), value);
        }
    }
    let mut table = DeTable::new();
    if !many.is_empty() {
        let section = Spanned::new(0..0, Cow::Borrowed(MANY));
        table.insert(section, Spanned::new(0..0, DeValue::Array(many)));
    }
    for (section, keys) in sections {
        let section = Spanned::new(0..0, Cow::Owned(section));
        table.insert(section, Spanned::new(0..0, DeValue::Table(keys)));
    }
    Config::deserialize(toml::Deserializer::from(Spanned::new(0..0, table)))
}

fn name(section: &str, key: &str) -> String {
    match key {
        "" => section.to_owned(),
        key => format!("{section}.{key}"),
    }
}

/// What is wrong; a value of the wrong kind is not repeated, for it may be a secret.
fn why(error: &toml::de::Error) -> String {
    let message = error.message();
    match message.rsplit_once(", expected ") {
        Some((front, expected)) if front.starts_with("invalid type") => {
            let expected = match expected {
                "usize" | "u8" | "u16" | "u32" | "u64" => "a whole number",
                "a boolean" => "`true` or `false`",
                expected => expected,
            };
            format!("it is not {expected}")
        }
        Some(_) | None => message.to_owned(),
    }
}

/// The variable that says a setting: `MINGMA_SERVER_LISTEN` for `server.listen`.
fn variable(key: &str) -> String {
    format!("MINGMA_{}", key.replace('.', "_").to_uppercase())
}

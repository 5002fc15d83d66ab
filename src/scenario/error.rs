//! What is wrong with a scenario, said so that its author can mend it.
//!
//! Invariant: every problem names its line and key where they are known, and says what to do.

use std::fmt;
use std::ops::Range;

/// One thing that is wrong with the text of a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The line, counted from 1, where it is known.
    pub line: Option<u32>,
    /// The step, where it is one's.
    pub step: Option<String>,
    /// The key, e.g. `report.kind`.
    pub key: Option<String>,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub help: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(formatter, "line {line}")?;
        } else {
            formatter.write_str("the scenario")?;
        }
        if let Some(step) = &self.step {
            write!(formatter, ", step `{step}`")?;
        }
        if let Some(key) = &self.key {
            write!(formatter, ", key `{key}`")?;
        }
        write!(formatter, ": {}\n  help: {}", self.what, self.help)
    }
}

/// Why a scenario could not be run to its end. A missed expectation is not an error but a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScenarioError {
    /// The author: the text is not a scenario.
    Text(Vec<Problem>),
    /// The operator: the office that the scenario runs against cannot be used.
    Office(String),
}

impl fmt::Display for ScenarioError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(problems) => {
                write!(formatter, "{} in the scenario", count(problems.len()))?;
                for problem in problems {
                    write!(formatter, "\n{problem}")?;
                }
                Ok(())
            }
            Self::Office(why) => write!(formatter, "the office cannot be used: {why}"),
        }
    }
}

impl std::error::Error for ScenarioError {}

fn count(problems: usize) -> String {
    if problems == 1 {
        "one problem".to_owned()
    } else {
        format!("{problems} problems")
    }
}

/// Why one value cannot be used; the runner adds line and step.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    pub(super) key: String,
    pub(super) what: String,
    pub(super) help: String,
    /// The machine has no word for it: what `expect = "inexpressible"` waits for.
    pub(super) no_word: bool,
    /// It follows from a problem that is already named.
    pub(super) follows: bool,
}

impl Fault {
    pub(super) fn new(key: &str, what: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            key: key.to_owned(),
            what: what.into(),
            help: help.into(),
            no_word: false,
            follows: false,
        }
    }

    pub(super) fn no_word(key: &str, what: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            no_word: true,
            ..Self::new(key, what, help)
        }
    }

    pub(super) fn follows(key: &str) -> Self {
        Self {
            follows: true,
            ..Self::new(key, "", "")
        }
    }

    pub(super) fn at(self, line: Option<u32>, step: Option<&str>) -> Problem {
        Problem {
            line,
            step: step.map(str::to_owned),
            key: (!self.key.is_empty()).then_some(self.key),
            what: self.what,
            help: self.help,
        }
    }
}

/// The line of a byte, counted from 1.
pub(super) fn line_of(text: &str, at: usize) -> u32 {
    let before = text.as_bytes().get(..at).unwrap_or(text.as_bytes());
    let breaks = before.iter().filter(|byte| **byte == b'\n').count();
    u32::try_from(breaks).unwrap_or(u32::MAX).saturating_add(1)
}

/// The problem behind an error of the TOML reader.
pub(super) fn from_toml(text: &str, error: &toml::de::Error) -> Problem {
    let span: Option<Range<usize>> = error.span();
    let message = error.message().trim().to_owned();
    let key = message
        .strip_prefix("unknown field `")
        .and_then(|rest| rest.split_once('`'))
        .map(|(key, _)| key.to_owned());
    let help = if key.is_some() {
        "remove the key or spell it as `docs/scenarios.md` does"
    } else if message.starts_with("missing field") {
        "add the key; `docs/scenarios.md` says what it means"
    } else {
        "see `docs/scenarios.md` for what may stand here"
    };
    Problem {
        line: span.map(|span| line_of(text, span.start)),
        step: None,
        key,
        what: message,
        help: help.to_owned(),
    }
}

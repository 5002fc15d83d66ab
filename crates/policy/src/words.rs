//! Turns words into types, naming the word, its key and the words that would be right.

use crate::error::{Problem, Problems};
use domain::division::DivisionCode;
use domain::time::Timestamp;
use std::fmt::Display;
use std::str::FromStr;

/// Notes problems of one entry: file, line and key are known once.
pub(crate) struct Place<'a> {
    file: &'a str,
    line: Option<u32>,
    key: String,
    problems: &'a mut Problems,
}

impl<'a> Place<'a> {
    pub(crate) fn new(
        file: &'a str,
        line: Option<u32>,
        key: impl Into<String>,
        problems: &'a mut Problems,
    ) -> Self {
        Self {
            file,
            line,
            key: key.into(),
            problems,
        }
    }

    pub(crate) fn wrong(&mut self, name: &str, what: impl Into<String>, help: impl Into<String>) {
        let key = match (self.key.is_empty(), name.is_empty()) {
            (true, _) => name.to_owned(),
            (false, true) => self.key.clone(),
            (false, false) => format!("{}.{name}", self.key),
        };
        let problem = Problem::new(self.file, what, help).key(key);
        self.problems.push(match self.line {
            Some(line) => problem.at(line),
            None => problem,
        });
    }

    /// A word of a closed list.
    pub(crate) fn word<T: FromStr + Copy + Display>(
        &mut self,
        name: &str,
        text: &str,
        all: &[T],
    ) -> Option<T> {
        let read = text.parse().ok();
        if read.is_none() {
            let words: Vec<String> = all.iter().map(|word| format!("`{word}`")).collect();
            let help = format!("write one of {}", words.join(", "));
            self.wrong(
                name,
                format!("unknown word `{}`", text.escape_debug()),
                help,
            );
        }
        read
    }

    /// A list of words, each once.
    pub(crate) fn words<T: FromStr + Copy + Display + PartialEq>(
        &mut self,
        name: &str,
        texts: &[String],
        all: &[T],
    ) -> Vec<T> {
        let mut out = Vec::new();
        for text in texts {
            let Some(word) = self.word(name, text, all) else {
                continue;
            };
            if out.contains(&word) {
                self.wrong(name, format!("`{word}` stands twice"), "keep it once");
            } else {
                out.push(word);
            }
        }
        out
    }

    pub(crate) fn instant(&mut self, name: &str, text: &str) -> Option<Timestamp> {
        let read = text.parse().ok();
        if read.is_none() {
            let what = format!("`{}` is not an instant", text.escape_debug());
            self.wrong(name, what, "write it like `2022-06-13T18:00:00+08:00`");
        }
        read
    }

    pub(crate) fn division(&mut self, name: &str, text: &str) -> Option<DivisionCode> {
        let read = text.parse().ok();
        if read.is_none() {
            let what = format!("`{}` is not a division", text.escape_debug());
            self.wrong(name, what, "write its six digits, like `410100`");
        }
        read
    }

    /// Days or hours, exactly one of them, in seconds.
    pub(crate) fn length_s(&mut self, name: &str, days: Option<u32>, hours: Option<u32>) -> u32 {
        let seconds = match (days, hours) {
            (Some(days), None) => days.checked_mul(86_400),
            (None, Some(hours)) => hours.checked_mul(3_600),
            (Some(_), Some(_)) | (None, None) => {
                self.wrong(
                    name,
                    "does not have exactly one length",
                    "give days or hours, not both",
                );
                return 0;
            }
        };
        seconds.unwrap_or_else(|| {
            self.wrong(
                name,
                "is too long to count in seconds",
                "give a length that ends",
            );
            0
        })
    }

    /// A number of hours in seconds.
    pub(crate) fn hours_s(&mut self, name: &str, hours: u32) -> u32 {
        self.length_s(name, None, Some(hours))
    }

    /// Text for people: neither empty nor only spaces.
    pub(crate) fn said(&mut self, name: &str, text: &str) -> String {
        if text.trim().is_empty() {
            self.wrong(name, "is empty", "say it in words: people read it");
        }
        text.to_owned()
    }
}

//! What every command has at hand: the directory, the language, and a way to speak.
//!
//! Invariant: results go to standard output and nothing else does; a reader that goes away ends the
//! command quietly. Colour words always come with a symbol and a word, never as a tint alone.

use super::GlobalArgs;
use super::error::{CliError, Done};
use crate::office::{Office, WallClock};
use app::ports::Clock as _;
use domain::colour::{Colour, Ground};
use domain::division::{DivisionCode, divisions};
use domain::time::{CHINA_OFFSET_S, Timestamp};
use indicatif::{ProgressBar, ProgressStyle};
use policy::Language;
use serde_json::Value;
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

/// The data directory where none is named.
const DATA: &str = "mingma-data";

/// A value of an environment variable, if it is set and says something.
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// What every command has at hand.
pub struct Context {
    data: Option<PathBuf>,
    json: bool,
    language: Language,
    tint: bool,
}

impl Context {
    /// Reads the options and the environment.
    pub fn new(global: &GlobalArgs) -> Done<Self> {
        let data = global
            .data
            .clone()
            .or_else(|| variable("MINGMA_DATA").map(PathBuf::from));
        Ok(Self {
            data,
            json: global.json,
            language: language(global)?,
            tint: std::io::stdout().is_terminal() && variable("NO_COLOR").is_none(),
        })
    }

    /// The data directory.
    pub fn data(&self) -> &Path {
        self.data.as_deref().unwrap_or_else(|| Path::new(DATA))
    }

    /// The data directory, only if one was named.
    pub fn given_data(&self) -> Option<&Path> {
        self.data.as_deref()
    }

    /// Whether the result is asked for as JSON.
    pub const fn json(&self) -> bool {
        self.json
    }

    /// The language of what people read.
    pub const fn language(&self) -> Language {
        self.language
    }

    /// Opens the data directory.
    pub fn office(&self) -> Done<Office> {
        self.office_at(self.data())
    }

    /// Opens a data directory, or says how to make one.
    pub fn office_at(&self, path: &Path) -> Done<Office> {
        if !path.join("format").exists() && !path.join("journal").exists() {
            return Err(CliError::System(format!(
                "`{}` is not a data directory\n\
                 help: name one with `--data DIR` or MINGMA_DATA, or make one with `mingma init`",
                path.display()
            )));
        }
        Ok(Office::open(path)?)
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        WallClock.now()
    }

    /// Prints the result: as JSON, or as text that is made only when needed.
    pub fn show(&self, value: Value, text: impl FnOnce() -> String) -> Done {
        if self.json {
            let text = serde_json::to_string_pretty(&value).unwrap_or_default();
            return self.line(&text);
        }
        let text = text();
        if text.is_empty() {
            Ok(())
        } else {
            self.line(text.trim_end_matches('\n'))
        }
    }

    /// Prints one line, or several, to standard output.
    pub fn line(&self, text: &str) -> Done {
        let mut out = std::io::stdout().lock();
        let written = out
            .write_all(text.as_bytes())
            .and_then(|()| out.write_all(b"\n"));
        written
            .and_then(|()| out.flush())
            .map_err(|error| match error.kind() {
                std::io::ErrorKind::BrokenPipe => CliError::Pipe,
                _ => CliError::System(format!("the output cannot be written: {error}")),
            })
    }

    /// Tells something on the side: to standard error, never failing.
    pub fn aside(&self, text: &str) {
        complain(text);
    }

    /// Demands a yes from a person at the terminal.
    pub fn confirm(&self, question: &str) -> Done<bool> {
        if !std::io::stdin().is_terminal() {
            return Err(CliError::input(
                "there is no terminal to ask at",
                "look at the order, then say `--yes`",
            ));
        }
        let mut error = std::io::stderr().lock();
        let _ = write!(error, "{question} [y/N] ").and_then(|()| error.flush());
        let mut answer = String::new();
        std::io::stdin()
            .read_line(&mut answer)
            .map_err(|error| CliError::System(format!("the answer cannot be read: {error}")))?;
        Ok(matches!(answer.trim(), "y" | "Y" | "yes" | "是"))
    }

    /// A progress bar on standard error; invisible where that is no terminal.
    pub fn progress(&self, length: Option<u64>, what: &'static str) -> ProgressBar {
        let bar = match length {
            Some(length) => ProgressBar::new(length),
            None => ProgressBar::new_spinner(),
        };
        let template = if length.is_some() {
            "{msg} {wide_bar} {human_pos}/{human_len} {eta}"
        } else {
            "{spinner} {msg} {human_pos}"
        };
        // A template that does not parse would only cost the looks of the bar.
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(what);
        bar
    }

    /// One of two words, by language.
    pub fn pick(&self, zh: &str, en: &str) -> String {
        match self.language {
            Language::ZhCn => zh.to_owned(),
            Language::En => en.to_owned(),
        }
    }

    /// A ground with its name.
    pub fn ground(&self, ground: Ground) -> String {
        format!("{} {}", ground.code(), self.pick(ground.zh(), ground.en()))
    }

    /// A division with its name.
    pub fn place(&self, code: DivisionCode) -> String {
        match divisions().find(code) {
            Some(division) => format!("{code} {}", division.name),
            None => code.to_string(),
        }
    }

    /// A colour as a symbol and words; tinted only on a terminal.
    pub fn colour(&self, colour: Colour) -> String {
        let (symbol, zh, tint) = match colour {
            Colour::Green => ("○", "绿码", "32"),
            Colour::Yellow => ("◐", "黄码", "33"),
            Colour::Red => ("●", "红码", "31"),
        };
        let plain = format!("{symbol} {} {zh}", colour.word());
        if self.tint {
            format!("\u{1b}[{tint}m{plain}\u{1b}[0m")
        } else {
            plain
        }
    }
}

/// Writes to standard error; a reader that has gone is no trouble.
pub fn complain(text: &str) {
    // One write, so that lines of several threads do not mix.
    let line = format!("{text}\n");
    let _ = std::io::stderr().lock().write_all(line.as_bytes());
}

/// Seconds east of Greenwich of the civil time in force.
pub fn offset_s(office: &Office) -> i32 {
    office
        .ledger()
        .pack()
        .map_or(CHINA_OFFSET_S, |pack| pack.book().utc_offset_s)
}

/// An instant in the civil time in force.
pub fn local(office: &Office, at: Timestamp) -> String {
    if at == Timestamp::NEVER {
        "never".to_owned()
    } else {
        at.local_text(offset_s(office))
    }
}

fn language(global: &GlobalArgs) -> Done<Language> {
    let asked = global.lang.clone().or_else(|| variable("MINGMA_LANG"));
    if let Some(tag) = asked {
        return Language::from_tag(&tag).ok_or_else(|| {
            CliError::input(format!("no such language: `{tag}`"), "use `zh-CN` or `en`")
        });
    }
    let system = variable("LC_ALL")
        .or_else(|| variable("LANG"))
        .unwrap_or_default();
    let tag = system
        .split(['.', '@'])
        .next()
        .unwrap_or_default()
        .replace('_', "-");
    Ok(Language::from_tag(&tag).unwrap_or(Language::En))
}

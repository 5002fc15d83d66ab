//! A look at one's own server before something goes wrong: configuration, files, clock, ledger.
//!
//! Invariant: each finding is a sentence with what to do, where there is something to do; no finding
//! names a person. Nothing is repaired here but what opening a directory always catches up.

mod backup;
mod files;
mod ledger;
mod server;
mod site;

use crate::config::{Faults, Settled};
use domain::time::{DAY_S, Timestamp};
use std::path::Path;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// As it should be.
    Ok,
    /// It works, and will not for ever, or not as well as it should.
    Warn,
    /// It does not work, or is not safe.
    Fail,
}

impl Level {
    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at, in a word.
    pub about: &'static str,
    /// How bad it is.
    pub level: Level,
    /// What was found.
    pub sentence: String,
    /// What to do; empty where all is well.
    pub help: String,
}

/// What was found so far.
#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn about(&mut self, about: &'static str) -> About<'_> {
        About {
            about,
            findings: &mut self.0,
        }
    }
}

/// The findings about one thing.
struct About<'a> {
    about: &'static str,
    findings: &'a mut Vec<Finding>,
}

impl About<'_> {
    fn ok(&mut self, sentence: impl Into<String>) {
        self.put(Level::Ok, sentence.into(), String::new());
    }

    fn warn(&mut self, sentence: impl Into<String>, help: impl Into<String>) {
        self.put(Level::Warn, sentence.into(), help.into());
    }

    fn fail(&mut self, sentence: impl Into<String>, help: impl Into<String>) {
        self.put(Level::Fail, sentence.into(), help.into());
    }

    fn put(&mut self, level: Level, sentence: String, help: String) {
        self.findings.push(Finding {
            about: self.about,
            level,
            sentence,
            help,
        });
    }

    /// Judges an end: passed, near, or far.
    fn end(&mut self, what: &str, end: Timestamp, now: Timestamp, near_days: i64, help: &str) {
        let days = end.seconds_since(now).div_euclid(DAY_S);
        match (end <= now, days < near_days) {
            (true, _) => self.fail(format!("{what} ended at {end}"), help),
            (false, true) => self.warn(format!("{what} ends at {end}, in {days} days"), help),
            (false, false) => self.ok(format!("{what} holds until {end}")),
        }
    }
}

/// Looks at everything.
pub fn examine(
    data: &Path,
    configuration: &Result<Settled, Faults>,
    now: Timestamp,
) -> Vec<Finding> {
    let mut findings = Findings::default();
    match configuration {
        Ok(settled) => server::settled(&settled.config, now, &mut findings),
        Err(faults) => server::faults(faults, &mut findings.about("configuration")),
    }
    if files::is_directory(data, &mut findings.about("directory")) {
        files::secrets(data, &mut findings.about("secrets"));
        files::room(data, &mut findings.about("disk"));
        let config = configuration.as_ref().ok().map(|settled| &settled.config);
        let pens = config.map(ledger::Pens::of).unwrap_or_default();
        ledger::look(data, &pens, now, &mut findings);
        if let Some(config) = config {
            backup::look(data, &config.backup, now, &mut findings.about("backup"));
        }
        if let Some(config) = config.filter(|config| config.server.publish) {
            site::look(data, config, now, &mut findings);
        }
    }
    findings.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_passed_near_or_far() {
        let judge = |end_s: i64| {
            let mut findings = Findings::default();
            let at = Timestamp::from_unix;
            findings
                .about("x")
                .end("the certificate", at(end_s), at(1_000), 14, "renew it");
            findings.0[0].level
        };
        assert_eq!(judge(1_000), Level::Fail);
        assert_eq!(judge(1_001), Level::Warn);
        assert_eq!(judge(1_000 + 14 * DAY_S - 1), Level::Warn);
        assert_eq!(judge(1_000 + 14 * DAY_S), Level::Ok);
    }
}

//! The runner: founds a ledger, plays the steps in order, asks the checks, closes.
//!
//! Invariant: time never goes back; a missed expectation does not stop the run, so that one run
//! names all of them; a problem of the text does not either, but then there is no report.

use super::acts::{Built, Deed, Done, Stage, build};
use super::check::{Asker, CheckReport, ask};
use super::closing;
use super::driver::Driver;
use super::error::{Fault, Problem, ScenarioError, line_of};
use super::expect::{self, INEXPRESSIBLE};
use super::format::{ScenarioText, StepText};
use super::format_check::CheckText;
use super::found;
use super::packs::PackShelf;
use super::people::Groups;
use super::report::{Answer, Report, StepReport};
use super::values;
use crate::cast::Cast;
use domain::act::Proposal;
use domain::machine::preview;
use domain::time::Timestamp;
use std::collections::BTreeMap;
use toml::Spanned;

/// The civil time that the transcript shows, and that days are counted in by default.
pub(super) const OFFSET_S: i32 = 8 * 3_600;

pub(super) struct Runner<'a> {
    pub(super) source: &'a str,
    pub(super) driver: &'a mut dyn Driver,
    pub(super) packs: &'a PackShelf,
    pub(super) cast: Cast,
    pub(super) groups: Groups,
    pub(super) done: BTreeMap<String, Done>,
    pub(super) keys: BTreeMap<String, String>,
    pub(super) now: Timestamp,
    pub(super) problems: Vec<Problem>,
}

impl Runner<'_> {
    fn line<T>(&self, spanned: &Spanned<T>) -> u32 {
        line_of(self.source, spanned.span().start)
    }

    pub(super) fn blame(&mut self, fault: Fault, line: Option<u32>, step: Option<&str>) {
        if !fault.follows {
            self.problems.push(fault.at(line, step));
        }
    }

    /// Plays a whole scenario.
    pub(super) fn play(mut self, scenario: &ScenarioText) -> Result<Report, ScenarioError> {
        found::found(&mut self, scenario)?;
        self.stop_if_wrong()?;
        let mut steps = Vec::with_capacity(scenario.step.len());
        for spanned in &scenario.step {
            let line = self.line(spanned);
            steps.push(self.step(spanned.get_ref(), line)?);
        }
        let checks = self.checks(&scenario.check, None);
        self.stop_if_wrong()?;
        let failed = |error: super::driver::DriverError| ScenarioError::Office(error.0);
        let closing = closing::checks(self.driver).map_err(failed)?;
        let mut report = Report {
            title: scenario.title.clone(),
            story: scenario.story.clone(),
            origin: self.cast.origin().to_owned(),
            pack: scenario.pack.clone(),
            driver: self.driver.name().to_owned(),
            passed: false,
            entries: self.driver.state().seq,
            root: closing::hex(&self.driver.ledger().root()),
            steps,
            checks,
            closing,
        };
        report.passed = report.failures().is_empty();
        Ok(report)
    }

    fn stop_if_wrong(&mut self) -> Result<(), ScenarioError> {
        if self.problems.is_empty() {
            return Ok(());
        }
        Err(ScenarioError::Text(std::mem::take(&mut self.problems)))
    }

    fn checks(&mut self, texts: &[Spanned<CheckText>], step: Option<&str>) -> Vec<CheckReport> {
        let mut reports = Vec::new();
        for spanned in texts {
            let line = self.line(spanned);
            let mut asker = Asker {
                driver: self.driver,
                groups: &self.groups,
                done: &self.done,
                now: self.now,
                at: self.now,
            };
            match ask(&mut asker, spanned.get_ref()) {
                Ok(answers) => reports.extend(answers.into_iter().map(|one| CheckReport {
                    line: Some(line),
                    ..one
                })),
                Err(fault) => self.blame(fault, Some(line), step),
            }
        }
        reports
    }

    fn time(&self, step: &StepText) -> Result<Timestamp, Fault> {
        let at = match (&step.at, &step.after) {
            (Some(_), Some(_)) => {
                return Err(Fault::new(
                    "after",
                    "the time is given twice",
                    "keep `at` or `after`",
                ));
            }
            (Some(at), None) => values::instant("at", at, self.now)?,
            (None, Some(after)) => self.now.plus_s(values::length_s("after", after)?),
            (None, None) => self.now,
        };
        if at < self.now {
            return Err(Fault::new(
                "at",
                "the step lies before the one above it",
                "put the steps in the order of their time",
            ));
        }
        Ok(at)
    }

    fn step(&mut self, step: &StepText, line: u32) -> Result<StepReport, ScenarioError> {
        let mut report = StepReport {
            name: step.name.clone(),
            story: step.story.clone().unwrap_or_default(),
            line,
            at: String::new(),
            by: step.by.clone().unwrap_or_default(),
            tried: String::new(),
            answers: Vec::new(),
            checks: Vec::new(),
        };
        if let Some(key) = &step.key {
            report.by = format!("{} (signed with the key of {key})", report.by);
        }
        if step.name.trim().is_empty() || self.done.contains_key(&step.name) {
            let what = format!("the name `{}` is empty or taken", step.name);
            let fault = Fault::new("name", what, "give every step its own name");
            self.blame(fault, Some(line), None);
            return Ok(report);
        }
        let made = self.time(step).and_then(|at| {
            self.now = at;
            self.build(step)
        });
        report.at = self.now.local_text(OFFSET_S);
        match made {
            Ok(built) => {
                report.tried.clone_from(&built.tried);
                self.carry_out(step, built, line, &mut report)?;
            }
            Err(fault) if fault.no_word && step.expect.as_deref() == Some(INEXPRESSIBLE) => {
                report.tried = format!("`{}`: {}", fault.key, fault.what);
                report
                    .answers
                    .push(Answer::plain(INEXPRESSIBLE, Vec::new()));
                let mut answers = super::check::Answers::default();
                answers.same("answer", INEXPRESSIBLE, INEXPRESSIBLE);
                report.checks = answers.0;
                self.leave(step, Vec::new(), true);
            }
            Err(fault) => {
                self.blame(fault, Some(line), Some(&step.name));
                self.leave(step, Vec::new(), true);
                return Ok(report);
            }
        }
        let checks = self.checks(&step.check, Some(&step.name));
        report.checks.extend(checks);
        report
            .checks
            .iter_mut()
            .for_each(|check| check.line = check.line.or(Some(line)));
        Ok(report)
    }

    fn leave(&mut self, step: &StepText, bytes: Vec<Vec<u8>>, broken: bool) {
        let done = Done {
            bytes,
            receipts: Vec::new(),
            stated: Vec::new(),
            broken,
        };
        self.done.insert(step.name.clone(), done);
    }

    fn build(&mut self, step: &StepText) -> Result<Built, Fault> {
        let signed_at = values::instant_if("signed_at", step.signed_at.as_ref(), self.now)?;
        let offset_s = match self.driver.state().pack() {
            Some(adoption) => adoption.utc_offset_s,
            None => OFFSET_S,
        };
        let mut stage = Stage {
            cast: &mut self.cast,
            groups: &self.groups,
            done: &self.done,
            keys: &self.keys,
            packs: self.packs,
            step,
            at: self.now,
            signed_at: signed_at.unwrap_or(self.now),
            offset_s,
        };
        build(&mut stage)
    }

    fn carry_out(
        &mut self,
        step: &StepText,
        built: Built,
        line: u32,
        report: &mut StepReport,
    ) -> Result<(), ScenarioError> {
        let office = |error: super::driver::DriverError| ScenarioError::Office(error.0);
        let Built {
            deed,
            stated,
            new_key,
            ..
        } = built;
        match deed {
            Deed::Submit(mut bytes) => {
                if step.tamper {
                    bytes
                        .iter_mut()
                        .filter_map(|bytes| bytes.last_mut())
                        .for_each(|byte| *byte ^= 1);
                }
                let receipts = self
                    .driver
                    .submit(self.now, bytes.clone())
                    .map_err(office)?;
                let accepted = receipts.iter().all(|receipt| receipt.refusal.is_none());
                if let (true, Some((holder, key))) = (accepted, new_key) {
                    self.keys.insert(holder, key);
                }
                report.answers = expect::answers(&receipts, step.report.is_some());
                let done = Done {
                    bytes,
                    receipts,
                    stated,
                    broken: false,
                };
                match expect::compare(step, &done) {
                    Ok(checks) => report.checks = checks,
                    Err(fault) => self.blame(fault, Some(line), Some(&step.name)),
                }
                self.done.insert(step.name.clone(), done);
                return Ok(());
            }
            Deed::Restart => self.driver.reopen().map_err(office)?,
            Deed::Preview(proposal) => match self.preview(step, &proposal) {
                Ok(checks) => report.checks = checks,
                Err(fault) => self.blame(fault, Some(line), Some(&step.name)),
            },
            Deed::EditLog => match self.edit(step) {
                Ok(check) => report.checks.push(check),
                Err(fault) => self.blame(fault, Some(line), Some(&step.name)),
            },
            Deed::Look => {}
        }
        self.leave(step, Vec::new(), false);
        Ok(())
    }

    fn edit(&self, step: &StepText) -> Result<CheckReport, Fault> {
        let Some(text) = &step.edit_log else {
            return Err(Fault::new("edit_log", "is missing", "say what is edited"));
        };
        let done = super::acts::earlier_step(&self.done, "edit_log.entry_of", &text.entry_of)?;
        let entry = done
            .receipts
            .first()
            .map(|receipt| receipt.seq)
            .ok_or_else(|| {
                Fault::new(
                    "edit_log.entry_of",
                    "that step made no entry",
                    "name one that did",
                )
            })?;
        closing::edit(self.driver, entry, &text.how)
    }

    fn preview(&self, step: &StepText, proposal: &Proposal) -> Result<Vec<CheckReport>, Fault> {
        let Some(text) = &step.preview else {
            return Ok(Vec::new());
        };
        let pack = self
            .driver
            .ledger()
            .pack()
            .ok_or_else(|| Fault::new("preview", "no pack is in force", "adopt one first"))?;
        let seen = preview(self.driver.state(), pack.rules(), self.now, proposal);
        let shows = &text.shows;
        let mut answers = super::check::Answers::default();
        answers.same_if("preview: people", shows.people, seen.people);
        answers.same_if(
            "preview: with evidence",
            shows.with_evidence,
            seen.with_evidence,
        );
        answers.same_if(
            "preview: without evidence",
            shows.without_evidence,
            seen.without_evidence,
        );
        answers.same_if(
            "preview: needs the province",
            shows.needs_province,
            seen.needs_province,
        );
        answers.same_if("preview: busiest day", shows.busiest_day, seen.busiest_day);
        if let Some(counties) = &shows.counties {
            let listed = |counts: Vec<(String, u64)>| {
                let parts: Vec<String> = counts
                    .into_iter()
                    .map(|(place, count)| format!("{place} × {count}"))
                    .collect();
                parts.join(", ")
            };
            let expected = counties
                .iter()
                .map(|(place, count)| (place.clone(), *count))
                .collect();
            let found = seen
                .counties
                .iter()
                .map(|(place, count)| (place.to_string(), *count));
            answers.same(
                "preview: counties",
                listed(expected),
                listed(found.collect()),
            );
        }
        Ok(answers.0)
    }
}

//! What became of a scenario: a transcript that a stranger can read, and the same as data.
//!
//! Invariant: nothing is left out: every step stands with its answers and its checks.

use super::check::CheckReport;
use domain::leaf::RowCounts;
use domain::refusal::Refusal;
use serde::Serialize;
use std::fmt;

/// What became of a scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Its title.
    pub title: String,
    /// Its story.
    pub story: String,
    /// The origin of its ledger.
    pub origin: String,
    /// The pack it began with.
    pub pack: Option<String>,
    /// Where it ran.
    pub driver: String,
    /// Whether everything came as expected.
    pub passed: bool,
    /// How many entries the ledger has at the end.
    pub entries: u64,
    /// The Merkle root over them, in hexadecimal.
    pub root: String,
    /// Its steps.
    pub steps: Vec<StepReport>,
    /// The checks of the whole.
    pub checks: Vec<CheckReport>,
    /// What is checked after every scenario.
    pub closing: Vec<CheckReport>,
}

/// What became of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StepReport {
    /// Its name.
    pub name: String,
    /// Its story.
    pub story: String,
    /// Its line.
    pub line: u32,
    /// When, in the scenario's civil time.
    pub at: String,
    /// Who acted.
    pub by: String,
    /// What was tried.
    pub tried: String,
    /// The ledger's answers, equal ones counted.
    pub answers: Vec<Answer>,
    /// How its expectations and checks came out.
    pub checks: Vec<CheckReport>,
}

/// An answer of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// `accepted`, `known`, or the code of the refusal.
    pub outcome: String,
    /// How many submissions were answered so.
    pub count: u64,
    /// The invariant that the refusal keeps, e.g. `I4`.
    pub invariant: Option<String>,
    /// The rule in one sentence.
    pub rule: Option<String>,
    /// Where the fault lies.
    pub detail: Option<String>,
    /// What to do next.
    pub help: Option<String>,
    /// The provisions that permitted it.
    pub permits: Vec<String>,
    /// How the rows of a report fared.
    pub rows: Option<Rows>,
}

/// How the rows of a report fared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Rows {
    /// Taken into the ledger.
    pub recorded: u64,
    /// Already there.
    pub duplicate: u64,
    /// Turned away.
    pub refused: u64,
    /// Recorded, but waiting for the province.
    pub held: u64,
}

impl Rows {
    pub(super) fn add(&mut self, counts: RowCounts) {
        self.recorded = self.recorded.saturating_add(counts.recorded);
        self.duplicate = self.duplicate.saturating_add(counts.duplicate);
        self.refused = self.refused.saturating_add(counts.refused);
        self.held = self.held.saturating_add(counts.held);
    }
}

impl Answer {
    /// An answer that is no refusal.
    pub(super) fn plain(outcome: &str, permits: Vec<String>) -> Self {
        Self {
            outcome: outcome.to_owned(),
            count: 1,
            invariant: None,
            rule: None,
            detail: None,
            help: None,
            permits,
            rows: None,
        }
    }

    /// A refusal.
    pub(super) fn refused(refusal: &Refusal) -> Self {
        Self {
            invariant: Some(format!("I{}", refusal.code.invariant())),
            rule: Some(refusal.code.rule().to_owned()),
            detail: (!refusal.detail.is_empty()).then(|| refusal.detail.clone()),
            help: Some(refusal.code.help().to_owned()),
            ..Self::plain(refusal.code.word(), Vec::new())
        }
    }
}

impl Report {
    /// Every check, with the step it belongs to.
    pub fn all_checks(&self) -> impl Iterator<Item = (Option<&StepReport>, &CheckReport)> {
        let steps = self.steps.iter();
        let of_steps =
            steps.flat_map(|step| step.checks.iter().map(move |check| (Some(step), check)));
        of_steps.chain(
            self.checks
                .iter()
                .chain(&self.closing)
                .map(|check| (None, check)),
        )
    }

    /// What came otherwise than expected, one line each; empty when the scenario passed.
    pub fn failures(&self) -> Vec<String> {
        self.all_checks()
            .filter(|(_, check)| !check.passed)
            .map(|(step, check)| {
                let place = match (step, check.line) {
                    (Some(step), line) => {
                        format!("step `{}`, line {}", step.name, line.unwrap_or(step.line))
                    }
                    (None, Some(line)) => format!("line {line}"),
                    (None, None) => "at the end".to_owned(),
                };
                format!(
                    "{place}: {}: expected {}, found {}",
                    check.what, check.expected, check.found
                )
            })
            .collect()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}", self.title)?;
        if !self.story.is_empty() {
            writeln!(formatter, "{}", self.story.trim_end())?;
        }
        let pack = self.pack.as_deref().unwrap_or("no pack");
        writeln!(
            formatter,
            "ledger `{}`, {pack}, driver `{}`\n",
            self.origin, self.driver
        )?;
        for step in &self.steps {
            step.fmt(formatter)?;
        }
        if !self.checks.is_empty() {
            writeln!(formatter, "in the end")?;
            self.checks
                .iter()
                .try_for_each(|check| check.fmt(formatter))?;
        }
        writeln!(formatter, "after every scenario")?;
        self.closing
            .iter()
            .try_for_each(|check| check.fmt(formatter))?;
        let checks = self.all_checks().count();
        let failed = self.failures();
        writeln!(formatter, "\n{} entries, root {}", self.entries, self.root)?;
        if failed.is_empty() {
            return writeln!(
                formatter,
                "passed: {} steps, {checks} checks",
                self.steps.len()
            );
        }
        writeln!(formatter, "failed: {} of {checks} checks", failed.len())?;
        failed
            .iter()
            .try_for_each(|failure| writeln!(formatter, "  {failure}"))
    }
}

impl fmt::Display for StepReport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}  {}", self.at, self.name)?;
        if !self.story.is_empty() {
            writeln!(formatter, "    “{}”", self.story.trim())?;
        }
        if self.by.is_empty() {
            writeln!(formatter, "    {}", self.tried)?;
        } else {
            writeln!(formatter, "    {}: {}", self.by, self.tried)?;
        }
        self.answers
            .iter()
            .try_for_each(|answer| answer.fmt(formatter))?;
        self.checks
            .iter()
            .try_for_each(|check| check.fmt(formatter))?;
        writeln!(formatter)
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "    → {}", self.outcome)?;
        if self.count > 1 {
            write!(formatter, " × {}", self.count)?;
        }
        if let (Some(invariant), Some(rule)) = (&self.invariant, &self.rule) {
            write!(formatter, " ({invariant}): {rule}")?;
        }
        if let Some(detail) = &self.detail {
            write!(formatter, "; {detail}")?;
        }
        if !self.permits.is_empty() {
            write!(formatter, ", permitted by {}", self.permits.join(", "))?;
        }
        if let Some(rows) = &self.rows {
            write!(
                formatter,
                "; rows: {} recorded ({} held), {} duplicate, {} refused",
                rows.recorded, rows.held, rows.duplicate, rows.refused
            )?;
        }
        writeln!(formatter)?;
        if let Some(help) = &self.help {
            writeln!(formatter, "      help: {help}")?;
        }
        Ok(())
    }
}

impl fmt::Display for CheckReport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.passed {
            return writeln!(formatter, "    ✓ {}: {}", self.what, self.found);
        }
        write!(
            formatter,
            "    ✗ {}: expected {}, found {}",
            self.what, self.expected, self.found
        )?;
        match self.line {
            Some(line) => writeln!(formatter, " (line {line})"),
            None => writeln!(formatter),
        }
    }
}

//! Checks: questions to the ledger, each with what was expected and what came.
//!
//! Invariant: a person's colour is asked three ways (the fold, the row that queries read, the page
//! with the reasons); when they disagree the check fails whatever was expected (I8, I10).

use super::acts::{Done, earlier_step};
use super::check_board as board;
use super::check_reasons as reasons;
use super::check_requests as requests;
use super::driver::Driver;
use super::error::Fault;
use super::format::Words;
use super::format_check::{AppealCheckText, CheckText, EvidenceText, LooksText, OrderCheckText};
use super::people::{Groups, Member};
use super::values;
use app::explain::{Explanation, explain};
use domain::state::State;
use domain::time::Timestamp;
use domain::view;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Display;

/// One question and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CheckReport {
    /// The line of the scenario, where it has one.
    pub line: Option<u32>,
    /// What was asked.
    pub what: String,
    /// What was expected.
    pub expected: String,
    /// What came.
    pub found: String,
    /// Whether they are the same.
    pub passed: bool,
}

/// Answers on their way.
#[derive(Default)]
pub(super) struct Answers(pub(super) Vec<CheckReport>);

impl Answers {
    /// Compares by what is printed.
    pub(super) fn same(
        &mut self,
        what: impl Into<String>,
        expected: impl Display,
        found: impl Display,
    ) {
        let (expected, found) = (expected.to_string(), found.to_string());
        let passed = expected == found;
        self.0.push(CheckReport {
            line: None,
            what: what.into(),
            expected,
            found,
            passed,
        });
    }

    /// Compares where something was expected.
    pub(super) fn same_if<T: Display>(
        &mut self,
        what: &str,
        expected: Option<T>,
        found: impl Display,
    ) {
        if let Some(expected) = expected {
            self.same(what, expected, found);
        }
    }

    pub(super) fn verdict(&mut self, what: impl Into<String>, expected: &str, faults: &[String]) {
        let found = match faults {
            [] => expected.to_owned(),
            faults => faults.join("; "),
        };
        self.same(what, expected, found);
    }
}

/// Who asks, and when.
pub(super) struct Asker<'a> {
    pub(super) driver: &'a dyn Driver,
    pub(super) groups: &'a Groups,
    pub(super) done: &'a BTreeMap<String, Done>,
    pub(super) now: Timestamp,
    pub(super) at: Timestamp,
}

impl Asker<'_> {
    pub(super) fn state(&self) -> &State {
        self.driver.state()
    }
}

/// The instant that a check asks about.
fn instant(asker: &Asker<'_>, text: &CheckText) -> Result<Timestamp, Fault> {
    match (&text.at, &text.later) {
        (Some(_), Some(_)) => Err(Fault::new(
            "check.in",
            "the instant is given twice",
            "keep `at` or `in`",
        )),
        (Some(at), None) => values::instant("check.at", at, asker.now),
        (None, Some(later)) => Ok(asker.now.plus_s(values::length_s("check.in", later)?)),
        (None, None) => Ok(asker.now),
    }
}

/// Asks everything that a check asks.
pub(super) fn ask(asker: &mut Asker<'_>, text: &CheckText) -> Result<Vec<CheckReport>, Fault> {
    asker.at = instant(asker, text)?;
    let mut answers = Answers::default();
    if let Some(words) = &text.people {
        about_people(asker, text, words, &mut answers)?;
    }
    if let Some(totals) = &text.totals {
        board::totals(asker, totals, &mut answers);
    }
    if let Some(measures) = &text.measures {
        board::measures(asker, measures, &mut answers)?;
    }
    if let Some(refusals) = &text.refusals {
        board::refusals(asker, refusals, &mut answers)?;
    }
    if let Some(appeal) = &text.appeal {
        about_appeal(asker, appeal, &mut answers)?;
    }
    if let Some(order) = &text.order {
        about_order(asker, order, &mut answers)?;
    }
    if let Some(day) = &text.day {
        board::day(asker, day, &mut answers)?;
    }
    if let Some(evidence) = &text.evidence {
        about_evidence(asker, evidence, &mut answers)?;
    }
    if let Some(volume) = &text.volume {
        board::volume(asker, volume, &mut answers)?;
    }
    if let Some(looks) = &text.looks {
        about_looks(asker, looks, &mut answers)?;
    }
    if let Some(board) = &text.board {
        board::board(asker, board, &mut answers)?;
    }
    if let Some(area) = &text.area {
        let in_force = asker
            .state()
            .areas
            .get(&area.number)
            .is_some_and(|order| order.from <= asker.at && asker.at < order.until);
        answers.same(
            format!("area order `{}` in force", area.number),
            area.in_force,
            in_force,
        );
    }
    if let Some(name) = &text.pack {
        let in_force = asker
            .driver
            .ledger()
            .pack()
            .map_or("none", |pack| &pack.book().name);
        answers.same("the pack in force", name, in_force);
    }
    if let Some(statements) = &text.statements {
        board::statements(asker, statements, &mut answers)?;
    }
    requests::ask(asker, text, &mut answers)?;
    if answers.0.is_empty() {
        return Err(Fault::new("check", "asks nothing", "say what is expected"));
    }
    Ok(answers.0)
}

fn shown(words: &Words) -> String {
    words.list().join(", ")
}

/// `red`, or `green × 1, red × 93` where people differ.
fn tallied<'a>(values: impl Iterator<Item = &'a str>) -> String {
    let mut counts = BTreeMap::<&str, u64>::new();
    for value in values {
        let count = counts.entry(value).or_default();
        *count = count.saturating_add(1);
    }
    if counts.len() == 1 {
        return counts.into_keys().collect();
    }
    let parts: Vec<String> = counts
        .into_iter()
        .map(|(value, count)| format!("{value} × {count}"))
        .collect();
    parts.join(", ")
}

fn about_people(
    asker: &Asker<'_>,
    text: &CheckText,
    words: &Words,
    answers: &mut Answers,
) -> Result<(), Fault> {
    let members = asker.groups.resolve("check.people", words)?;
    let explanations = members
        .iter()
        .map(|member| explain(asker.driver.ledger(), member.person, asker.at))
        .collect::<Result<Vec<Explanation>, _>>()
        .map_err(|error| Fault::new("check.people", error.to_string(), "repair the ledger"))?;
    for explanation in &explanations {
        let confirmed = asker.driver.confirm(explanation);
        confirmed.map_err(|error| Fault::new("check.people", error.to_string(), "repair it"))?;
    }
    let who = shown(words);
    let mut asked = false;
    if let Some(colour) = &text.colour {
        let colour = values::colour("check.colour", colour)?;
        let found = tallied(explanations.iter().map(|one| one.colour.word()));
        answers.same(format!("colour of {who}"), colour, found);
        disagreement(asker, &members, &explanations, answers);
        asked = true;
    }
    if let Some(flag) = text.flag {
        let word = |flag: bool| if flag { "true" } else { "false" };
        let found = tallied(explanations.iter().map(|one| word(one.flagged)));
        answers.same(format!("flag of {who}"), flag, found);
        asked = true;
    }
    if text.reasons.is_some()
        || text.ended.is_some()
        || text.says.is_some()
        || text.says_not.is_some()
    {
        reasons::ask(asker, text, &who, &explanations, answers)?;
        asked = true;
    }
    if asked {
        Ok(())
    } else {
        Err(Fault::new(
            "check.people",
            "nothing is asked about them",
            "add `colour`, say",
        ))
    }
}

/// Adds a failed answer where the three ways to ask a colour do not agree.
fn disagreement(
    asker: &Asker<'_>,
    members: &[Member],
    explanations: &[Explanation],
    answers: &mut Answers,
) {
    let state = asker.state();
    for (member, explanation) in members.iter().zip(explanations) {
        let Some(place) = state.people.find(member.person) else {
            continue;
        };
        let fold = state.people.colour_at(place, asker.at);
        let row = view::person_view(state, place).colour_at(asker.at);
        if fold != row || fold != explanation.colour {
            let found = format!("ledger {fold}, row {row}, page {}", explanation.colour);
            answers.same("ledger, row and page agree", "one colour", found);
        }
    }
}

fn about_appeal(
    asker: &Asker<'_>,
    text: &AppealCheckText,
    answers: &mut Answers,
) -> Result<(), Fault> {
    let done = earlier_step(asker.done, "check.appeal.step", &text.step)?;
    let deadline = values::instant_if("check.appeal.deadline", text.deadline.as_ref(), asker.now)?;
    for id in done.appeals() {
        let appeal = asker.state().appeals.get(&id);
        let status = appeal.map_or("none", |appeal| appeal.status_word(asker.at));
        answers.same_if(
            &format!("appeal `{}`", text.step),
            text.status.as_ref(),
            status,
        );
        let found = appeal.map_or_else(|| "none".to_owned(), |appeal| appeal.deadline.to_string());
        answers.same_if(
            &format!("deadline of the appeal `{}`", text.step),
            deadline,
            found,
        );
    }
    Ok(())
}

fn about_order(
    asker: &Asker<'_>,
    text: &OrderCheckText,
    answers: &mut Answers,
) -> Result<(), Fault> {
    let done = earlier_step(asker.done, "check.order.step", &text.step)?;
    let ids = done.orders();
    let status = |id| {
        asker
            .state()
            .orders
            .get(id)
            .map_or("none", |order| order.status_word(asker.at))
    };
    let found = tallied(ids.iter().map(status));
    answers.same(format!("order `{}`", text.step), &text.status, found);
    Ok(())
}

fn about_evidence(
    asker: &Asker<'_>,
    text: &EvidenceText,
    answers: &mut Answers,
) -> Result<(), Fault> {
    let done = earlier_step(asker.done, "check.evidence.step", &text.step)?;
    let only: Option<Vec<_>> = match &text.people {
        None => None,
        Some(words) => {
            let members = asker.groups.resolve("check.evidence.people", words)?;
            Some(members.iter().map(|member| member.person).collect())
        }
    };
    let state = asker.state();
    let rows = done
        .stated
        .iter()
        .filter(|(_, row)| only.as_ref().is_none_or(|only| only.contains(&row.person)));
    let found: Vec<(bool, Option<&domain::state::people::Evidence>)> = rows
        .map(|(kind, row)| {
            let id = row.id(*kind);
            let place = state.people.find(row.person);
            let evidence = place.and_then(|place| {
                state
                    .people
                    .evidence_of(place)
                    .map(|(_, item)| item)
                    .find(|item| item.id == id)
            });
            (state.suppressed.contains(&id), evidence)
        })
        .collect();
    let word = |flag: bool| if flag { "true" } else { "false" };
    let mut same = |what: &str, expected: Option<bool>, found: String| {
        answers.same_if(
            &format!("evidence of `{}` {what}", text.step),
            expected,
            found,
        );
    };
    let tell = |ask: &dyn Fn(&domain::state::people::Evidence) -> bool| {
        tallied(found.iter().map(|(_, item)| word(item.is_some_and(ask))))
    };
    same("recorded", text.recorded, tell(&|_| true));
    same(
        "suppressed",
        text.suppressed,
        tallied(found.iter().map(|(yes, _)| word(*yes))),
    );
    same("overturned", text.overturned, tell(&|item| item.overturned));
    same("spent", text.spent, tell(&|item| item.spent));
    same("coarse", text.coarse, tell(&|item| item.coarse));
    Ok(())
}

fn about_looks(asker: &Asker<'_>, text: &LooksText, answers: &mut Answers) -> Result<(), Fault> {
    let state = asker.state();
    for member in asker.groups.resolve("check.looks.people", &text.people)? {
        let looks = state
            .people
            .find(member.person)
            .and_then(|place| state.looks.get(&place));
        let count = looks
            .into_iter()
            .flatten()
            .filter(|look| {
                let by = text.by.as_ref();
                by.is_none_or(|by| look.by.officer.as_str() == by || look.by.org.as_str() == by)
                    && text
                        .purpose
                        .as_ref()
                        .is_none_or(|purpose| &look.purpose == purpose)
            })
            .count();
        answers.same(
            format!("looks at {}", shown(&text.people)),
            text.count,
            count,
        );
    }
    Ok(())
}

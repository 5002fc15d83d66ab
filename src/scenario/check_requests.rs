//! Checks of what people asked for: cases, and what the board says of passing on.
//!
//! Invariant: asked of the deciding state, as everything that a check asks.

use super::acts::earlier_step;
use super::check::{Answers, Asker};
use super::error::Fault;
use super::format_check::{CaseCheckText, CheckText, MovementCheckText};
use super::values;
use crate::board;
use domain::ids::{CaseId, MovementId};

/// Asks what a check asks of these.
pub(super) fn ask(asker: &Asker<'_>, text: &CheckText, answers: &mut Answers) -> Result<(), Fault> {
    if let Some(text) = &text.case {
        case(asker, text, answers)?;
    }
    if let Some(text) = &text.movement {
        movement(asker, text, answers)?;
    }
    if let Some(lines) = &text.board_says {
        board_says(asker, lines, answers);
    }
    Ok(())
}

/// Where a case stands.
fn case(asker: &Asker<'_>, text: &CaseCheckText, answers: &mut Answers) -> Result<(), Fault> {
    let done = earlier_step(asker.done, "check.case.step", &text.step)?;
    let deadline = values::instant_if("check.case.deadline", text.deadline.as_ref(), asker.now)?;
    for digest in done.digests() {
        let case = asker.state().cases.get(&CaseId::from_bytes(digest.short()));
        let what = |what: &str| format!("{what} of the case `{}`", text.step);
        let status = case.map_or("none", |case| case.status_word(asker.at));
        answers.same_if(&what("status"), text.status.as_ref(), status);
        let owner = case.map_or("none", |case| case.owner.as_str());
        answers.same_if(&what("owner"), text.owner.as_ref(), owner);
        let until = case.map_or_else(|| "none".to_owned(), |case| case.deadline.to_string());
        answers.same_if(&what("deadline"), deadline, until);
        let passed = case.map_or(0, |case| case.transfers.len());
        answers.same_if(&what("transfers"), text.transfers, passed);
        let returns = case.map_or(0, domain::state::requests::Case::returns);
        answers.same_if(&what("returns"), text.returns, returns);
    }
    Ok(())
}

/// Where a movement stands.
fn movement(
    asker: &Asker<'_>,
    text: &MovementCheckText,
    answers: &mut Answers,
) -> Result<(), Fault> {
    let done = earlier_step(asker.done, "check.movement.step", &text.step)?;
    for digest in done.digests() {
        let id = MovementId::from_bytes(digest.short());
        let movement = asker.state().movements.get(&id);
        let status = movement.map_or("none", |movement| movement.status_word(asker.at));
        answers.same(format!("movement `{}`", text.step), &text.status, status);
    }
    Ok(())
}

/// What the board of an oversight body has among its lines.
fn board_says(asker: &Asker<'_>, expected: &[String], answers: &mut Answers) {
    let board = board::board(asker.state(), asker.at);
    let lines = board::lines(&board, true).join("\n");
    for words in expected {
        let found = match lines.contains(words.as_str()) {
            true => words,
            false => &lines,
        };
        answers.same("the board", words, found);
    }
}

//! What a step expects of the ledger's answers.
//!
//! Invariant: a step that says nothing expects to be accepted; silence is never "anything goes".

use super::acts::Done;
use super::check::{Answers, CheckReport};
use super::check_board::code;
use super::error::Fault;
use super::format::{RowsText, StepText, TransitionsText};
use super::report::{Answer, Rows};
use app::ledger::Receipt;
use domain::leaf::{RowCounts, Transitions};
use domain::machine::RowTaken;
use std::collections::BTreeMap;

/// The outcome that nothing could be sent.
pub(super) const INEXPRESSIBLE: &str = "inexpressible";

/// The word for an answer.
fn outcome(receipt: &Receipt) -> &str {
    match &receipt.refusal {
        _ if receipt.known => "known",
        Some(refusal) => refusal.code.word(),
        None => "accepted",
    }
}

/// The answers, equal ones counted.
pub(super) fn answers(receipts: &[Receipt], is_report: bool) -> Vec<Answer> {
    let mut answers: Vec<Answer> = Vec::new();
    for receipt in receipts {
        let permits = receipt
            .permits
            .iter()
            .map(|permit| permit.id.clone())
            .collect();
        let mut answer = match &receipt.refusal {
            Some(refusal) if !receipt.known => Answer::refused(refusal),
            Some(_) | None => Answer::plain(outcome(receipt), permits),
        };
        let rows = receipt.leaf.as_ref().map(|leaf| leaf.rows);
        if let (true, None, Some(rows)) = (is_report, &receipt.refusal, rows) {
            let mut sum = Rows::default();
            sum.add(rows);
            answer.rows = Some(sum);
        }
        match answers
            .iter_mut()
            .find(|known| known.outcome == answer.outcome)
        {
            Some(known) => {
                known.count = known.count.saturating_add(1);
                if let (Some(known), Some(rows)) = (&mut known.rows, rows) {
                    known.add(rows);
                }
            }
            None => answers.push(answer),
        }
    }
    answers
}

/// Compares the answers to a step with what it expects.
pub(super) fn compare(step: &StepText, done: &Done) -> Result<Vec<CheckReport>, Fault> {
    let mut answers = Answers::default();
    outcomes(step, &done.receipts, &mut answers)?;
    if let Some(rows) = &step.rows {
        compare_rows(rows, &done.receipts, &mut answers)?;
    }
    let notices = done
        .receipts
        .iter()
        .map(|receipt| receipt.notices)
        .fold(0, u64::saturating_add);
    answers.same_if("people to be told", step.notices, notices);
    if let Some(caused) = &step.caused {
        let leaves = done
            .receipts
            .iter()
            .filter_map(|receipt| receipt.leaf.as_ref());
        let sum = leaves.fold(Transitions::default(), |sum, leaf| add(sum, leaf.caused));
        answers.same(
            "colours changed by the step",
            told(expected(caused)),
            told(sum),
        );
    }
    if let Some(lapsed) = &step.lapsed {
        let leaves = done
            .receipts
            .iter()
            .filter_map(|receipt| receipt.leaf.as_ref());
        let sum = leaves.fold(Transitions::default(), |sum, leaf| add(sum, leaf.lapsed));
        answers.same(
            "colours changed by time before it",
            told(expected(lapsed)),
            told(sum),
        );
    }
    if let Some(permits) = &step.permits {
        let mut found: Vec<&str> = done
            .receipts
            .iter()
            .flat_map(|receipt| receipt.permits.iter().map(|permit| permit.id.as_str()))
            .collect();
        found.sort_unstable();
        found.dedup();
        let mut expected: Vec<&str> = permits.iter().map(String::as_str).collect();
        expected.sort_unstable();
        answers.same("permitted by", expected.join(", "), found.join(", "));
    }
    Ok(answers.0)
}

fn outcomes(step: &StepText, receipts: &[Receipt], answers: &mut Answers) -> Result<(), Fault> {
    let mut found = BTreeMap::<&str, u64>::new();
    for receipt in receipts {
        let count = found.entry(outcome(receipt)).or_default();
        *count = count.saturating_add(1);
    }
    let listed = |counts: Vec<(&str, u64)>| match counts.as_slice() {
        [(word, 1)] => (*word).to_owned(),
        many => {
            let parts: Vec<String> = many
                .iter()
                .map(|(word, count)| format!("{word} × {count}"))
                .collect();
            parts.join(", ")
        }
    };
    let expected: Vec<(&str, u64)> = match (&step.outcomes, &step.expect) {
        (Some(_), Some(_)) => {
            return Err(Fault::new(
                "outcomes",
                "is given beside `expect`",
                "keep one of them",
            ));
        }
        (Some(outcomes), None) => outcomes
            .iter()
            .map(|(word, count)| (word.as_str(), *count))
            .collect(),
        (None, Some(word)) => vec![(word, receipts.len() as u64)],
        (None, None) => vec![("accepted", receipts.len() as u64)],
    };
    for (word, _) in &expected {
        if !matches!(*word, "accepted" | "known" | INEXPRESSIBLE) {
            code("expect", word)?;
        }
    }
    answers.same(
        "answer",
        listed(expected),
        listed(found.into_iter().collect()),
    );
    Ok(())
}

fn compare_rows(text: &RowsText, receipts: &[Receipt], answers: &mut Answers) -> Result<(), Fault> {
    let mut sum = RowCounts::default();
    for leaf in receipts.iter().filter_map(|receipt| receipt.leaf.as_ref()) {
        sum.recorded = sum.recorded.saturating_add(leaf.rows.recorded);
        sum.duplicate = sum.duplicate.saturating_add(leaf.rows.duplicate);
        sum.refused = sum.refused.saturating_add(leaf.rows.refused);
        sum.held = sum.held.saturating_add(leaf.rows.held);
    }
    answers.same_if("rows recorded", text.recorded, sum.recorded);
    answers.same_if("rows already there", text.duplicate, sum.duplicate);
    answers.same_if("rows turned away", text.refused, sum.refused);
    answers.same_if("rows held for the province", text.held, sum.held);
    let rows = || receipts.iter().flat_map(|receipt| &receipt.rows);
    let taken = |kind: RowTaken| rows().filter(|row| **row == Ok(kind)).count();
    answers.same_if(
        "rows that imposed a measure",
        text.measured,
        taken(RowTaken::Measured),
    );
    answers.same_if(
        "rows that ended a measure",
        text.released,
        taken(RowTaken::Released),
    );
    answers.same_if(
        "rows too coarse for a colour",
        text.coarse,
        taken(RowTaken::Coarse),
    );
    answers.same_if(
        "rows not needed",
        text.not_needed,
        taken(RowTaken::NotNeeded),
    );
    if let Some(codes) = &text.codes {
        let mut found = BTreeMap::<&str, u64>::new();
        for code in rows().filter_map(|row| row.err()) {
            let count = found.entry(code.word()).or_default();
            *count = count.saturating_add(1);
        }
        for word in codes.keys() {
            code("rows.codes", word)?;
        }
        let listed = |counts: Vec<(&str, u64)>| {
            let parts: Vec<String> = counts
                .iter()
                .map(|(word, count)| format!("{word} × {count}"))
                .collect();
            if parts.is_empty() {
                "none".to_owned()
            } else {
                parts.join(", ")
            }
        };
        let expected = codes
            .iter()
            .map(|(word, count)| (word.as_str(), *count))
            .collect();
        answers.same(
            "why rows were turned away",
            listed(expected),
            listed(found.into_iter().collect()),
        );
    }
    Ok(())
}

const fn expected(text: &TransitionsText) -> Transitions {
    Transitions {
        green_yellow: text.green_yellow,
        green_red: text.green_red,
        yellow_red: text.yellow_red,
        yellow_green: text.yellow_green,
        red_yellow: text.red_yellow,
        red_green: text.red_green,
    }
}

pub(super) const fn add(a: Transitions, b: Transitions) -> Transitions {
    Transitions {
        green_yellow: a.green_yellow.saturating_add(b.green_yellow),
        green_red: a.green_red.saturating_add(b.green_red),
        yellow_red: a.yellow_red.saturating_add(b.yellow_red),
        yellow_green: a.yellow_green.saturating_add(b.yellow_green),
        red_yellow: a.red_yellow.saturating_add(b.red_yellow),
        red_green: a.red_green.saturating_add(b.red_green),
    }
}

fn told(changes: Transitions) -> String {
    let parts: Vec<String> = [
        ("green→yellow", changes.green_yellow),
        ("green→red", changes.green_red),
        ("yellow→red", changes.yellow_red),
        ("yellow→green", changes.yellow_green),
        ("red→yellow", changes.red_yellow),
        ("red→green", changes.red_green),
    ]
    .into_iter()
    .filter(|(_, count)| *count > 0)
    .map(|(word, count)| format!("{word} × {count}"))
    .collect();
    if parts.is_empty() {
        "none".to_owned()
    } else {
        parts.join(", ")
    }
}

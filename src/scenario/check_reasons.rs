//! Checks of the reasons behind a code: ground, source, who decided and approved, until when.
//!
//! Invariant: the reasons expected are all the reasons there are; one more is a failure too.

use super::check::{Answers, Asker};
use super::error::Fault;
use super::format_check::{CheckText, EndedText, ReasonText};
use super::values;
use app::explain::{Decided, Explanation, Reason, sentences};
use app::records::Records as _;
use domain::time::Timestamp;
use policy::Language;

/// Asks what stands behind the codes of these people.
pub(super) fn ask(
    asker: &Asker<'_>,
    text: &CheckText,
    who: &str,
    explanations: &[Explanation],
    answers: &mut Answers,
) -> Result<(), Fault> {
    if let Some(expected) = &text.reasons {
        let mut faults = Vec::new();
        for explanation in explanations {
            compare(asker, expected, explanation, &mut faults)?;
        }
        faults.dedup();
        let grounds: Vec<&str> = expected
            .iter()
            .map(|reason| reason.ground.as_str())
            .collect();
        let expected = format!("as expected: {}", grounds.join(", "));
        answers.verdict(format!("reasons of {who}"), &expected, &faults);
    }
    if let Some(expected) = &text.ended {
        let mut faults = Vec::new();
        for explanation in explanations {
            compare_ended(asker, expected, explanation, &mut faults)?;
        }
        faults.dedup();
        answers.verdict(
            format!("measures of {who} that ended early"),
            "as expected",
            &faults,
        );
    }
    says(asker, text, who, explanations, answers)
}

fn says(
    asker: &Asker<'_>,
    text: &CheckText,
    who: &str,
    explanations: &[Explanation],
    answers: &mut Answers,
) -> Result<(), Fault> {
    let language = match text.language.as_deref() {
        None | Some("zh-CN") => Language::ZhCn,
        Some("en") => Language::En,
        Some(other) => {
            return Err(Fault::new(
                "check.language",
                format!("there is no language `{other}`"),
                "use `zh-CN` or `en`",
            ));
        }
    };
    let wanted = text.says.iter().flatten().map(|words| (words, true));
    let unwanted = text.says_not.iter().flatten().map(|words| (words, false));
    let pack = asker.driver.ledger().pack();
    for (words, there) in wanted.chain(unwanted) {
        let found = explanations.iter().all(|explanation| {
            let page = sentences(explanation, pack, language).join("\n");
            page.contains(words.as_str()) == there
        });
        let verb = if there { "says" } else { "does not say" };
        answers.same(format!("the page of {who} {verb} `{words}`"), true, found);
    }
    Ok(())
}

fn compare(
    asker: &Asker<'_>,
    expected: &[ReasonText],
    explanation: &Explanation,
    faults: &mut Vec<String>,
) -> Result<(), Fault> {
    let mut left: Vec<&Reason> = explanation.reasons.iter().collect();
    for text in expected {
        let fits = |reason: &&Reason| {
            reason.ground.code() == text.ground
                && text
                    .stage
                    .as_ref()
                    .is_none_or(|stage| reason.stage == stage)
        };
        match left.iter().position(fits) {
            Some(place) => compare_one(asker, text, left.remove(place), faults)?,
            None => {
                values::ground("check.reasons.ground", &text.ground)?;
                faults.push(format!(
                    "no reason {} {}",
                    text.ground,
                    text.stage.as_deref().unwrap_or("")
                ));
            }
        }
    }
    faults.extend(
        left.iter()
            .map(|reason| format!("one more reason: {} {}", reason.ground, reason.stage)),
    );
    Ok(())
}

fn compare_one(
    asker: &Asker<'_>,
    text: &ReasonText,
    reason: &Reason,
    faults: &mut Vec<String>,
) -> Result<(), Fault> {
    let name = |id: &String| {
        let org = values::org("check.reasons", id)?;
        let name = asker.driver.ledger().org_name(&org);
        name.map_err(|error| Fault::new("check.reasons", error.to_string(), "repair it"))
    };
    let mut same = |what: &str, expected: Option<String>, found: Option<&str>| {
        if let Some(expected) = expected
            && Some(expected.as_str()) != found
        {
            faults.push(format!(
                "{what} `{}`, not `{expected}`",
                found.unwrap_or("none")
            ));
        }
    };
    let evidence = reason.evidence.as_ref();
    let source = text.source.as_ref().map(name).transpose()?;
    same(
        "source",
        source,
        evidence.map(|evidence| evidence.source.as_str()),
    );
    let (rule, maker, approver, emergency) = match &reason.decided {
        Decided::Rule { pack } => (Some(pack.as_str()), None, None, false),
        Decided::Order {
            maker, approver, ..
        } => (None, Some(maker.as_str()), Some(approver.as_str()), false),
        Decided::Emergency { maker, .. } => (None, Some(maker.as_str()), None, true),
    };
    same("rule", text.rule.clone(), rule);
    same("maker", text.maker.as_ref().map(name).transpose()?, maker);
    same(
        "approver",
        text.approver.as_ref().map(name).transpose()?,
        approver,
    );
    same(
        "document",
        text.document.clone(),
        reason.document.as_deref(),
    );
    let word = |flag: bool| if flag { "true" } else { "false" };
    same(
        "emergency",
        text.emergency.map(|flag| word(flag).to_owned()),
        Some(word(emergency)),
    );
    if let Some(basis) = &text.basis
        && !reason.basis.iter().any(|found| found.contains(basis))
    {
        faults.push(format!(
            "basis `{}`, without `{basis}`",
            reason.basis.join("; ")
        ));
    }
    compare_times(asker, text, reason, faults)
}

fn compare_times(
    asker: &Asker<'_>,
    text: &ReasonText,
    reason: &Reason,
    faults: &mut Vec<String>,
) -> Result<(), Fault> {
    let times: [(&str, &Option<String>, Option<Timestamp>); 5] = [
        ("from", &text.from, Some(reason.from)),
        ("red_until", &text.red_until, Some(reason.red_until)),
        (
            "yellow_until",
            &text.yellow_until,
            Some(reason.yellow_until),
        ),
        ("until", &text.until, Some(reason.until)),
        (
            "appeal_deadline",
            &text.appeal_deadline,
            reason.appeal_deadline,
        ),
    ];
    for (what, expected, found) in times {
        let expected = values::instant_if("check.reasons", expected.as_ref(), asker.now)?;
        if let Some(expected) = expected
            && Some(expected) != found
        {
            let found = found.map_or_else(|| "none".to_owned(), |found| found.to_string());
            faults.push(format!("{what} `{found}`, not `{expected}`"));
        }
    }
    Ok(())
}

fn compare_ended(
    asker: &Asker<'_>,
    expected: &[EndedText],
    explanation: &Explanation,
    faults: &mut Vec<String>,
) -> Result<(), Fault> {
    if expected.len() != explanation.ended.len() {
        faults.push(format!(
            "{} ended early, not {}",
            explanation.ended.len(),
            expected.len()
        ));
    }
    for text in expected {
        let at = values::instant_if("check.ended.at", text.at.as_ref(), asker.now)?;
        let fits = explanation.ended.iter().any(|ended| {
            ended.ground.code() == text.ground
                && text
                    .how
                    .as_ref()
                    .is_none_or(|how| ended.how.to_string().contains(how.as_str()))
                && at.is_none_or(|at| ended.at == at)
        });
        if !fits {
            let found: Vec<String> = explanation
                .ended
                .iter()
                .map(|ended| format!("{} by {} at {}", ended.ground, ended.how, ended.at))
                .collect();
            faults.push(format!(
                "{} is not among: {}",
                text.ground,
                found.join(", ")
            ));
        }
    }
    Ok(())
}

//! Orders, areas and days of a scenario: what headquarters, checkers and reporters sign.
//!
//! Invariant: a proposal in the wrong order can be written, so that its refusal can be shown.

use super::acts::{Stage, earlier_step, ids, words_or};
use super::error::Fault;
use super::format::{OnOrderText, ProposeText};
use super::values;
use domain::act::{ActBody, AreaKind, AreaOrder, CommandDocument, People, Proposal};
use domain::ids::{OrderId, TextDigest};
use serde::Deserialize as _;
use serde::de::value::{BytesDeserializer, Error as ValueError};

pub(super) fn days(stage: &Stage<'_>) -> Option<Result<(String, Vec<ActBody>), Fault>> {
    let day = |key: &str, text: Option<&String>| match text {
        Some(text) => values::day(key, text),
        None => Ok(stage.at.local_day(stage.offset_s)),
    };
    if let Some(text) = &stage.step.close_day {
        return Some(day("close_day.day", text.day.as_ref()).map(|day| {
            (
                format!("close the day {day}"),
                vec![ActBody::DailyClose { day }],
            )
        }));
    }
    let text = stage.step.receive_day.as_ref()?;
    let division = values::any_division("receive_day.division", &text.division);
    Some(division.and_then(|division| {
        let day = day("receive_day.day", text.day.as_ref())?;
        let body = ActBody::DailyReceive { division, day };
        Ok((format!("receive the day {day} of {division}"), vec![body]))
    }))
}

pub(super) fn propose(
    stage: &Stage<'_>,
    verb: &str,
    text: &ProposeText,
    emergency: bool,
) -> Result<(String, Vec<ActBody>), Fault> {
    let key = |key: &str| format!("{verb}.{key}");
    let people = ids(&stage.groups.resolve(&key("people"), &text.people)?);
    let ground = values::ground(&key("ground"), &text.ground)?;
    let area = values::division(&key("area"), &text.area)?;
    let document = match &text.document {
        None => None,
        Some(document) => Some(CommandDocument {
            number: document.number.clone(),
            text_sha256: document
                .text
                .as_ref()
                .map_or(TextDigest::from_bytes([0; 32]), |text| values::digest(text)),
            colour: values::colour(&key("document.colour"), &document.colour)?,
            hours: document.hours,
        }),
    };
    let split = text.split.unwrap_or(u32::MAX).max(1) as usize;
    let mut files: Vec<&[_]> = people.chunks(split).collect();
    if files.is_empty() {
        files.push(&[]);
    }
    let tried = match files.len() {
        1 => format!("{verb} {ground} for {} people in {area}", people.len()),
        files => format!(
            "{verb} {ground} for {} people in {area}, in {files} orders",
            people.len()
        ),
    };
    let bodies = files.into_iter().map(|file| {
        Ok(ActBody::OrderPropose(Proposal {
            ground,
            area,
            people: if text.unsorted {
                backwards(file)?
            } else {
                People::new(file.to_vec())
            },
            reason: words_or(text.reason.as_ref(), &stage.step.name),
            emergency,
            document: document.clone(),
        }))
    });
    Ok((tried, bodies.collect::<Result<_, Fault>>()?))
}

/// The people in the wrong order, as no honest tool writes them.
fn backwards(people: &[domain::document::PersonId]) -> Result<People, Fault> {
    let mut people = people.to_vec();
    people.sort_unstable_by(|a, b| b.cmp(a));
    let bytes: Vec<u8> = people
        .iter()
        .flat_map(|person| *person.as_bytes())
        .collect();
    People::deserialize(BytesDeserializer::<ValueError>::new(&bytes))
        .map_err(|error| Fault::new("unsorted", error.to_string(), "leave the key out"))
}

pub(super) fn on_order(
    stage: &Stage<'_>,
    verb: &str,
    text: &OnOrderText,
) -> Result<(String, Vec<ActBody>), Fault> {
    let done = earlier_step(stage.done, &format!("{verb}.order"), &text.order)?;
    let reason = words_or(text.reason.as_ref(), &stage.step.name);
    let other = match &text.digest_of {
        None => None,
        Some(name) => earlier_step(stage.done, &format!("{verb}.digest_of"), name)?
            .digests()
            .first()
            .copied(),
    };
    let bodies = done.digests().into_iter().map(|digest| {
        let order = OrderId::from_bytes(digest.short());
        match verb {
            "approve" => ActBody::OrderApprove {
                order,
                digest: other.unwrap_or(digest),
            },
            "refuse" => ActBody::OrderRefuse {
                order,
                reason: reason.clone(),
            },
            _ => ActBody::OrderWithdraw {
                order,
                reason: reason.clone(),
            },
        }
    });
    Ok((
        format!("{verb} the order `{}`", text.order),
        bodies.collect(),
    ))
}

pub(super) fn area(stage: &Stage<'_>) -> Result<(String, Vec<ActBody>), Fault> {
    if let Some(text) = &stage.step.lift {
        let body = ActBody::AreaLift {
            number: text.number.clone(),
        };
        return Ok((format!("lift the area order `{}`", text.number), vec![body]));
    }
    let Some(text) = &stage.step.area else {
        return Ok((String::new(), Vec::new()));
    };
    let list: Vec<&str> = AreaKind::ALL.iter().map(|kind| kind.word()).collect();
    let from = values::instant_if("area.from", text.from.as_ref(), stage.at)?;
    let order = AreaOrder {
        number: text.number.clone(),
        kind: values::word("area.kind", &text.kind, &list)?,
        division: values::any_division("area.division", &text.division)?,
        from: from.unwrap_or(stage.at),
        until: values::instant("area.until", &text.until, stage.at)?,
        text_sha256: values::digest(&words_or(text.text.as_ref(), &stage.step.name)),
    };
    let tried = format!("declare the area order `{}` ({})", text.number, order.kind);
    Ok((tried, vec![ActBody::AreaDeclare(order)]))
}

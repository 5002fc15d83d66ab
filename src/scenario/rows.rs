//! Reports of a scenario: rows about people, filled in as the step says.
//!
//! Invariant: without a word about it every row has its own reference, so that two steps never
//! state the same by accident; `repeat` states the same on purpose.

use super::acts::{Built, Deed, Stage, Stated, by, earlier_step, key_name};
use super::error::Fault;
use super::format::ReportText;
use super::people::Member;
use super::values;
use crate::cast::{Cast, PURPOSE, Seal};
use domain::division::DivisionCode;
use domain::document::PersonId;
use domain::evidence::{EvidenceKind, EvidenceRow, MoreFields, Precision};
use domain::time::{DAY_S, Timestamp};

/// Makes a report ready.
pub(super) fn build(stage: &mut Stage<'_>, text: &ReportText) -> Result<Built, Fault> {
    let stated = stated(stage, text)?;
    let Some((kind, _)) = stated.first() else {
        return Err(Fault::new(
            "report.people",
            "the report has no rows",
            "name people",
        ));
    };
    let kind = *kind;
    let rows: Vec<EvidenceRow> = stated.iter().map(|(_, row)| row.clone()).collect();
    let by = by(stage)?;
    let org = values::org("by", by)?;
    let key = Cast::key(key_name(stage, by));
    let origin = stage.cast.origin().to_owned();
    let ledger = stage.step.ledger.as_deref().unwrap_or(&origin);
    let seal = Seal {
        key: &key,
        ledger,
        at: stage.signed_at,
    };
    let purpose = text.purpose.as_deref().unwrap_or(PURPOSE);
    let split = text.split.unwrap_or(u32::MAX).max(1) as usize;
    let mut bytes = Vec::new();
    let mut files = 0_u32;
    for file in rows.chunks(split) {
        let parts = stage.cast.report_as(&seal, &org, kind, purpose, file);
        bytes.extend(parts.map_err(|error| {
            Fault::new("report", error.to_string(), "shorten what the report says")
        })?);
        files = files.saturating_add(1);
    }
    let tried = match files {
        1 => format!("report {} × {kind}", rows.len()),
        files => format!("report {} × {kind}, in {files} files", rows.len()),
    };
    Ok(Built {
        tried,
        deed: Deed::Submit(bytes),
        stated,
        new_key: None,
    })
}

fn stated(stage: &Stage<'_>, text: &ReportText) -> Result<Vec<Stated>, Fault> {
    if let Some(earlier) = &text.repeat {
        return Ok(earlier_step(stage.done, "report.repeat", earlier)?
            .stated
            .clone());
    }
    let missing = |key: &str, help: &str| Fault::new(key, "is missing", help);
    let kind = text
        .kind
        .as_ref()
        .ok_or_else(|| missing("report.kind", "say what is reported"))?;
    let list: Vec<&str> = EvidenceKind::ALL.iter().map(|kind| kind.word()).collect();
    let kind: EvidenceKind = values::word("report.kind", kind, &list)?;
    let people = text
        .people
        .as_ref()
        .ok_or_else(|| missing("report.people", "name people"))?;
    let people = stage.groups.resolve("report.people", people)?;
    let linked = linked(stage, text, people.len())?;
    let occurred_at = occurred_at(stage, text)?;
    let division = text.division.as_ref();
    let division = division
        .map(|text| values::any_division("report.division", text))
        .transpose()?;
    let common = more(stage, text)?;
    let mut stated = Vec::with_capacity(people.len());
    for (number, member) in people.iter().enumerate() {
        let more = MoreFields {
            link_person: linked.get(number).or_else(|| linked.first()).copied(),
            ..common.clone()
        };
        stated.push((
            kind,
            EvidenceRow {
                person: member.person,
                division: place(division, member)?,
                occurred_at,
                reference: reference(stage, text, number),
                more: (more != MoreFields::default()).then(|| Box::new(more)),
            },
        ));
    }
    Ok(stated)
}

fn place(division: Option<DivisionCode>, member: &Member) -> Result<DivisionCode, Fault> {
    division.or(member.division).ok_or_else(|| {
        Fault::new(
            "report.division",
            "a person named by document has no division here",
            "say which division is responsible",
        )
    })
}

fn reference(stage: &Stage<'_>, text: &ReportText, number: usize) -> String {
    let template = text.reference.as_deref().unwrap_or("{step}/{n}");
    template
        .replace("{step}", &stage.step.name)
        .replace("{n}", &number.to_string())
}

fn occurred_at(stage: &Stage<'_>, text: &ReportText) -> Result<Timestamp, Fault> {
    match (&text.occurred_at, text.days_ago) {
        (Some(_), Some(_)) => Err(Fault::new(
            "report.days_ago",
            "the date is given twice",
            "keep `occurred_at` or `days_ago`",
        )),
        (Some(text), None) => values::instant("report.occurred_at", text, stage.at),
        (None, days) => Ok(stage
            .at
            .plus_s(i64::from(days.unwrap_or_default()).saturating_mul(-DAY_S))),
    }
}

fn linked(stage: &Stage<'_>, text: &ReportText, rows: usize) -> Result<Vec<PersonId>, Fault> {
    let Some(word) = &text.link_person else {
        return Ok(Vec::new());
    };
    let words = super::format::Words::One(word.clone());
    let members = stage.groups.resolve("report.link_person", &words)?;
    if members.len() != 1 && members.len() != rows {
        return Err(Fault::new(
            "report.link_person",
            format!("{} index persons for {rows} rows", members.len()),
            "name one for all, or one for each",
        ));
    }
    Ok(members.iter().map(|member| member.person).collect())
}

fn more(stage: &Stage<'_>, text: &ReportText) -> Result<MoreFields, Fault> {
    let when = |key: &str, text: &Option<String>| values::instant_if(key, text.as_ref(), stage.at);
    let precision = match &text.precision {
        None => None,
        Some(text) => {
            let list: Vec<&str> = Precision::ALL.iter().map(|word| word.word()).collect();
            Some(values::word("report.precision", text, &list)?)
        }
    };
    let pushed = text
        .pushed
        .as_ref()
        .map(|text| values::colour("report.pushed", text));
    let origin = text
        .origin
        .as_ref()
        .map(|text| values::any_division("report.origin", text));
    Ok(MoreFields {
        link_person: None,
        link_reference: text.link_reference.clone(),
        from: when("report.from", &text.from)?,
        until: when("report.until", &text.until)?,
        precision,
        expires: when("report.expires", &text.expires)?,
        pushed: pushed.transpose()?,
        origin: origin.transpose()?,
    })
}

//! An ordinary week of an epidemic: what the system is for, 6 to 11 June 2022.

use super::province::Unit;
use super::stage::{DemoError, Stage, Told};
use domain::act::{ActBody, AppealTarget, AreaKind, AreaOrder};
use domain::colour::Ground;
use domain::division::DivisionCode;
use domain::evidence::{EvidenceKind, EvidenceRow, MoreFields, Precision};
use domain::ids::TextDigest;
use domain::rules::Channel;
use domain::time::{DAY_S, Day};

/// The people of the story by their parts, all of them in Zhengzhou but for the travellers.
pub struct Parts {
    /// The two cases.
    pub cases: [u32; 2],
    /// Close contacts; the first is the one who was never there.
    pub contacts: std::ops::Range<u32>,
    /// Secondary contacts.
    pub seconds: std::ops::Range<u32>,
    /// Members of the abnormal tube.
    pub pool: std::ops::Range<u32>,
    /// Residents of the sealed building.
    pub sealed: std::ops::Range<u32>,
    /// Travellers who crossed the border.
    pub inbound: std::ops::Range<u32>,
    /// People who declare a fever.
    pub fever: std::ops::Range<u32>,
    /// Travellers by rail.
    pub arrivals: Vec<u32>,
}

impl Parts {
    /// Deals the parts to the people of the units.
    pub fn deal(units: &[Unit], people: u32) -> Told<Self> {
        let home = units
            .first()
            .ok_or_else(|| DemoError::Story("no units".to_owned()))?;
        let z = home.first;
        let step = (people / 100).max(1);
        let arrivals = (0..people)
            .step_by(step as usize)
            .map(|number| number.saturating_add(119));
        Ok(Self {
            cases: [z, z.saturating_add(1)],
            contacts: z.saturating_add(2)..z.saturating_add(20),
            seconds: z.saturating_add(20)..z.saturating_add(32),
            pool: z.saturating_add(32)..z.saturating_add(42),
            sealed: z.saturating_add(42)..z.saturating_add(102),
            inbound: z.saturating_add(102)..z.saturating_add(107),
            fever: z.saturating_add(107)..z.saturating_add(110),
            arrivals: arrivals.filter(|number| *number < people).collect(),
        })
    }
}

fn home(units: &[Unit], person: u32) -> Told<DivisionCode> {
    units
        .iter()
        .find(|unit| (unit.first..unit.first.saturating_add(unit.people)).contains(&person))
        .map(|unit| unit.county_of(person))
        .ok_or_else(|| DemoError::Story(format!("person {person} lives nowhere")))
}

fn rows(
    stage: &mut Stage<'_>,
    units: &[Unit],
    people: impl Iterator<Item = u32>,
    hours_ago: i64,
) -> Told<Vec<EvidenceRow>> {
    people
        .map(|person| Ok(stage.row(person, home(units, person)?, hours_ago)))
        .collect()
}

/// Tells the week.
pub fn tell(stage: &mut Stage<'_>, units: &[Unit], parts: &Parts) -> Told {
    monday(stage, units, parts)?;
    close_day(stage, units, "2022-06-06")?;
    tuesday(stage, units, parts)?;
    close_day(stage, units, "2022-06-07")?;
    wednesday(stage, units, parts)?;
    close_day(stage, units, "2022-06-08")?;
    thursday(stage, units, parts)?;
    saturday(stage, units, parts)
}

fn monday(stage: &mut Stage<'_>, units: &[Unit], parts: &Parts) -> Told {
    stage.chapter("Monday 6 June 2022: two cases, and what follows from them")?;
    stage.clock("2022-06-06T08:10:00+08:00")?;
    let cases = rows(stage, units, parts.cases.into_iter(), 2)?;
    stage.report(
        "zhengzhou-hospital",
        "a Zhengzhou hospital signs and pushes two case reports; the standing rule turns both red",
        EvidenceKind::CaseReport,
        &cases,
        None,
    )?;
    stage.clock("2022-06-06T10:30:00+08:00")?;
    let case = parts.cases.first().copied().unwrap_or_default();
    let mut contacts = Vec::new();
    for person in parts.contacts.clone() {
        contacts.push(stage.contact(person, home(units, person)?, case));
    }
    let nobody = parts.fever.start;
    contacts.push(stage.contact(nobody, home(units, nobody)?, parts.pool.start));
    stage.report(
        "zhengzhou-cdc",
        "contact tracing pushes close contacts, each linked to a case; one row names somebody who is no case",
        EvidenceKind::CloseContact,
        &contacts,
        None,
    )?;
    let first = parts.contacts.start;
    let mut seconds = Vec::new();
    for person in parts.seconds.clone() {
        seconds.push(stage.contact(person, home(units, person)?, first));
    }
    stage.report(
        "zhengzhou-cdc",
        "and the secondary contacts of the first of them",
        EvidenceKind::SecondaryContact,
        &seconds,
        None,
    )?;
    travellers(stage, units, parts)
}

fn travellers(stage: &mut Stage<'_>, units: &[Unit], parts: &Parts) -> Told {
    stage.clock("2022-06-06T14:00:00+08:00")?;
    let arrivals = rows(stage, units, parts.arrivals.iter().copied(), 5)?;
    stage.report(
        "henan-rail",
        "the railway pushes the day's arrivals in all 18 units: evidence, but no colour by itself",
        EvidenceKind::TravelRecord,
        &arrivals,
        None,
    )?;
    let zhengzhou = zhengzhou(units)?;
    let local: Vec<u32> = parts
        .arrivals
        .iter()
        .copied()
        .filter(|person| home(units, *person).is_ok_and(|place| zhengzhou.contains(place)))
        .collect();
    let proposal = stage.proposal(
        Ground::Arrival,
        zhengzhou,
        local.iter().copied(),
        "arrivals of 6 June: yellow until two negative tests (notice in force from 22 March 2022)",
    );
    let what = format!(
        "Zhengzhou headquarters proposes yellow for its {} arrivals",
        local.len()
    );
    let (_, approval) = stage.propose("zhengzhou-hq.maker", &what, proposal, None)?;
    stage.act(
        "zhengzhou-health.checker",
        "the health commission, another body, signs the same digest: the order is in force",
        approval,
        None,
    )?;
    Ok(())
}

fn zhengzhou(units: &[Unit]) -> Told<DivisionCode> {
    units
        .first()
        .map(|unit| unit.code)
        .ok_or_else(|| DemoError::Story("no units".to_owned()))
}

fn close_day(stage: &mut Stage<'_>, units: &[Unit], day: &str) -> Told {
    let day_of: Day = day
        .parse()
        .map_err(|error| DemoError::Story(format!("`{day}`: {error}")))?;
    stage.clock(&format!("{day}T17:40:00+08:00"))?;
    let late = units.len().saturating_sub(1);
    for (number, unit) in units.iter().enumerate() {
        if number == late {
            stage.clock(&format!("{day}T18:20:00+08:00"))?;
        }
        stage.quietly(
            &format!("{}-bureau.clerk", unit.code),
            ActBody::DailyClose { day: day_of },
        )?;
        if number.saturating_add(1) == late {
            for unit in units.iter().take(late) {
                let body = ActBody::DailyReceive {
                    division: unit.code,
                    day: day_of,
                };
                stage.quietly("henan-bureau.receiver", body)?;
            }
        }
    }
    let last = units.get(late).map(|unit| unit.code);
    if let Some(division) = last {
        let body = ActBody::DailyReceive {
            division,
            day: day_of,
        };
        stage.quietly("henan-bureau.receiver", body)?;
    }
    stage.line(&format!(
        "18:20  ✓ {late} units closed the day before 18:00 and the province received it; 济源 was late, and that stands on record"
    ))
}

fn tuesday(stage: &mut Stage<'_>, units: &[Unit], parts: &Parts) -> Told {
    stage.chapter("Tuesday 7 June: a tube, a fever, a sealed building")?;
    stage.clock("2022-06-07T07:30:00+08:00")?;
    let pool = rows(stage, units, parts.pool.clone(), 3)?;
    stage.report(
        "henan-lab",
        "a pooled tube of ten is abnormal: ten people yellow until their own retest",
        EvidenceKind::PoolAbnormal,
        &pool,
        None,
    )?;
    stage.clock("2022-06-07T09:00:00+08:00")?;
    let fever = rows(stage, units, parts.fever.clone(), 1)?;
    stage.report(
        "henan-self",
        "three people declare a fever themselves: their own word never makes more than yellow",
        EvidenceKind::Symptom,
        &fever,
        None,
    )?;
    stage.clock("2022-06-07T16:00:00+08:00")?;
    let retests = rows(stage, units, parts.pool.clone(), 1)?;
    stage.report(
        "henan-lab",
        "all ten retests are negative: the system converts at once, nobody has to ask",
        EvidenceKind::SingleRetest,
        &retests,
        None,
    )?;
    sealed(stage, units, parts)
}

fn sealed(stage: &mut Stage<'_>, units: &[Unit], parts: &Parts) -> Told {
    let place = home(units, parts.sealed.start)?;
    let number = "郑疫防指〔2022〕第31号（虚构）";
    let (from, until) = (stage.now, stage.now.plus_s(7 * DAY_S));
    stage.act(
        "zhengzhou-hq.maker",
        "Zhengzhou headquarters seals a building by a numbered order with an end",
        ActBody::AreaDeclare(AreaOrder {
            number: number.to_owned(),
            kind: AreaKind::Sealed,
            division: zhengzhou(units)?,
            from,
            until,
            text_sha256: TextDigest::from_bytes([7; 32]),
        }),
        None,
    )?;
    let mut residents = Vec::new();
    for person in parts.sealed.clone() {
        let mut row = stage.row(person, place, 0);
        row.more = Some(Box::new(MoreFields {
            link_reference: Some(number.to_owned()),
            from: Some(stage.now.plus_s(-DAY_S)),
            until: Some(stage.now),
            precision: Some(Precision::Address),
            ..MoreFields::default()
        }));
        residents.push(row);
    }
    stage.report(
        "zhengzhou-hq",
        "and pushes the 60 residents, each linked to that order",
        EvidenceKind::SealedArea,
        &residents,
        None,
    )?;
    let proposal = stage.proposal(
        Ground::Seal,
        zhengzhou(units)?,
        parts.sealed.clone(),
        "residents of the sealed building",
    );
    let (_, approval) = stage.propose(
        "zhengzhou-hq.maker",
        "it proposes red for them",
        proposal,
        None,
    )?;
    stage.act(
        "zhengzhou-hq.checker",
        "its own checker tries to approve",
        approval.clone(),
        Some("SAME_BODY"),
    )?;
    stage.act(
        "zhengzhou-health.checker",
        "the health commission approves",
        approval,
        None,
    )?;
    Ok(())
}

fn wednesday(stage: &mut Stage<'_>, units: &[Unit], parts: &Parts) -> Told {
    stage.chapter("Wednesday 8 June: the border, the tests, and one who was never there")?;
    stage.clock("2022-06-08T09:00:00+08:00")?;
    let entries = rows(stage, units, parts.inbound.clone(), 20)?;
    stage.report(
        "henan-immigration",
        "immigration pushes five entry records: the only source that can",
        EvidenceKind::EntryRecord,
        &entries,
        None,
    )?;
    stage.clock("2022-06-08T10:00:00+08:00")?;
    let tests = rows(stage, units, parts.arrivals.iter().copied(), 0)?;
    stage.report(
        "henan-lab",
        "first negative tests of the rail travellers: not enough yet",
        EvidenceKind::NegativeTest,
        &tests,
        None,
    )?;
    dispute(stage, units, parts)
}

fn dispute(stage: &mut Stage<'_>, units: &[Unit], parts: &Parts) -> Told {
    stage.clock("2022-06-08T11:00:00+08:00")?;
    let person = stage.cast.person(parts.contacts.start);
    let (evidence, reference) = stage.evidence(parts.contacts.start, EvidenceKind::CloseContact)?;
    let receipt = stage.act(
        "henan-hotline.agent",
        "a close contact calls 12320: «I was not in that restaurant»; the hotline files the dispute",
        ActBody::AppealFile {
            person,
            target: AppealTarget::Evidence(evidence),
            text: "I was at work in another district all day.".to_owned(),
        },
        None,
    )?;
    stage.clock("2022-06-08T15:00:00+08:00")?;
    stage.act(
        "henan-review.reviewer",
        "the review body checks and upholds: she is green, and so are those whose contact she was said to be",
        ActBody::AppealDecide {
            appeal: domain::ids::AppealId::from_bytes(receipt.digest.short()),
            upheld: true,
            reason: "the payment record was somebody else's".to_owned(),
        },
        None,
    )?;
    let case = parts.cases.first().copied().unwrap_or_default();
    let mut again = stage.contact(
        parts.contacts.start,
        home(units, parts.contacts.start)?,
        case,
    );
    again.reference = reference;
    stage.report(
        "zhengzhou-cdc",
        "the next morning's file still has her row",
        EvidenceKind::CloseContact,
        &[again],
        Some("EVIDENCE_SUPPRESSED"),
    )?;
    Ok(())
}

fn thursday(stage: &mut Stage<'_>, units: &[Unit], parts: &Parts) -> Told {
    stage.chapter("Thursday 9 June: an appeal that nobody answers, a look without a reason")?;
    stage.clock("2022-06-09T11:00:00+08:00")?;
    let tests = rows(stage, units, parts.arrivals.iter().copied(), 0)?;
    stage.report(
        "henan-lab",
        "second negative tests, 25 hours after the first: yellow ends by itself",
        EvidenceKind::NegativeTest,
        &tests,
        None,
    )?;
    stage.clock("2022-06-09T12:00:00+08:00")?;
    let neighbour = parts.sealed.start;
    let person = stage.cast.person(neighbour);
    stage.act(
        "henan-hotline.agent",
        "a resident of the sealed building appeals: he moved out in May",
        ActBody::AppealFile {
            person,
            target: AppealTarget::Measure(Ground::Seal),
            text: "I handed the keys over on 20 May.".to_owned(),
        },
        None,
    )?;
    stage.act(
        "henan-hotline.agent",
        "meanwhile an agent wants to look somebody up, naming no purpose",
        ActBody::AccessLook {
            person,
            purpose: String::new(),
            case: String::new(),
        },
        Some("PURPOSE_MISSING"),
    )?;
    stage.act(
        "henan-hotline.agent",
        "with a purpose and a case it is allowed, and the person will see who looked",
        ActBody::AccessLook {
            person,
            purpose: "answer the caller's question about his appeal".to_owned(),
            case: "12320-0609-0041".to_owned(),
        },
        None,
    )?;
    stage.colour("red a minute before the deadline", neighbour)?;
    stage.clock("2022-06-10T12:00:00+08:00")?;
    stage.colour(
        "24 hours without an answer: the colour falls to a note by itself",
        neighbour,
    )
}

fn saturday(stage: &mut Stage<'_>, units: &[Unit], parts: &Parts) -> Told {
    stage.chapter("Saturday 11 June: a mistake is undone as a whole")?;
    stage.clock("2022-06-11T09:00:00+08:00")?;
    let kaifeng = units.get(1).map(|unit| unit.code);
    let place = kaifeng.ok_or_else(|| DemoError::Story("no second unit".to_owned()))?;
    let people: Vec<u32> = parts
        .arrivals
        .iter()
        .copied()
        .filter(|person| home(units, *person).is_ok_and(|home| place.contains(home)))
        .collect();
    let proposal = stage.proposal(
        Ground::Arrival,
        place,
        people.into_iter(),
        "arrivals of 6 June",
    );
    let (order, approval) = stage.propose(
        "henan-hq.maker",
        "the province proposes yellow for the arrivals in Kaifeng, five days late",
        proposal,
        None,
    )?;
    stage.act("henan-health.approver", "and approves it", approval, None)?;
    stage.act(
        "henan-hq.maker",
        "the mistake is seen (they have tested negative twice): one signed act restores and tells everybody",
        ActBody::OrderWithdraw {
            order,
            reason: "the people concerned had their two negative tests already".to_owned(),
        },
        None,
    )?;
    let person = stage.cast.person(parts.inbound.start);
    stage.act(
        "zhengzhou-hq.converter",
        "somebody asks to turn a traveller green because he promises to leave town",
        ActBody::Convert {
            person,
            ground: Ground::Inbound,
            release: "agrees-to-leave".to_owned(),
            channel: Channel::Offline,
            letter: None,
        },
        Some("NO_RELEASE_GROUND"),
    )?;
    Ok(())
}

//! June 2022, replayed: 1,317 bank depositors were turned red with a false ground. Each of the
//! sixteen steps of that week is tried here, and fails or is exposed.

use super::province::Unit;
use super::stage::{DemoError, Stage, Told};
use super::week::Parts;
use domain::act::{ActBody, AppealTarget, CommandDocument};
use domain::colour::{Colour, Ground};
use domain::division::DivisionCode;
use domain::evidence::EvidenceKind;
use domain::ids::{AppealId, TextDigest};
use domain::organisation::OrgKind;
use domain::rules::Channel;

/// The figure published on 22 June 2022.
const DEPOSITORS: u32 = 1_317;

/// The first number that had no part in the week: whoever crossed a border is no depositor.
pub const FIRST: u32 = 111;

/// The depositors, spread over the whole province: 871 of the 1,317 were not even in Zhengzhou.
pub fn depositors(people: u32) -> Vec<u32> {
    let count = DEPOSITORS.min(people / 6);
    let step = people.saturating_sub(FIRST) / count.max(1);
    (0..count)
        .map(|number| number.saturating_mul(step).saturating_add(FIRST))
        .collect()
}

/// Tells the incident.
pub fn tell(stage: &mut Stage<'_>, units: &[Unit], parts: &Parts, people: u32) -> Told {
    stage.chapter("Sunday 12 June 2022: the depositors")?;
    stage.say(
        "Depositors of four village banks are coming to Zhengzhou to ask for their money. In 2022 five people in \
         one chain of command turned 1,317 of them red as «inbound travellers in isolation», and for ten days \
         no office could say who had decided. Here is the same week against this ledger. The number in brackets \
         is the invariant that holds.",
    )?;
    stage.line("")?;
    let victims = depositors(people);
    let zhengzhou = units
        .first()
        .map(|unit| unit.code)
        .ok_or_else(|| DemoError::Story("no units".to_owned()))?;
    the_list(stage, &victims, zhengzhou)?;
    the_signatures(stage, units, parts, zhengzhou)?;
    the_colluder(stage, &victims, zhengzhou)?;
    the_catch_all(stage, &victims, zhengzhou)?;
    the_way_out(stage, &victims)
}

fn the_list(stage: &mut Stage<'_>, victims: &[u32], zhengzhou: DivisionCode) -> Told {
    let count = victims.len();
    stage.clock("2022-06-12T08:00:00+08:00")?;
    let order = |stage: &Stage<'_>| {
        let people = victims.iter().copied();
        stage.proposal(
            Ground::Inbound,
            zhengzhou,
            people,
            "persons under isolation after entry",
        )
    };
    let proposal = order(stage);
    stage.propose(
        "zhengzhou-social.head",
        &format!("1. the social-control section asks for red for {count} people, ground INBOUND"),
        proposal,
        Some("NOT_AUTHORISED"),
    )?;
    let kind = "bank".parse::<OrgKind>();
    stage.aside(&format!(
        "2. a list of depositors as evidence: «bank» is {} a kind of organisation and a depositor list has no evidence type, so it cannot even be written down",
        if kind.is_err() { "not" } else { "now" }
    ))?;
    let rows: Vec<_> = victims
        .iter()
        .take(300)
        .map(|person| stage.row(*person, zhengzhou, 24))
        .collect();
    stage.report(
        "zhengzhou-police",
        "   the police push the list as entry records instead",
        EvidenceKind::EntryRecord,
        &rows,
        Some("EVIDENCE_NOT_COMPETENT"),
    )?;
    stage.aside(
        "3. a list keyed by phone numbers: a person is a document type and number, hashed with a key; a phone is no key, and two phones of one person are one code",
    )?;
    let proposal = order(stage);
    stage.propose(
        "zhengzhou-hq.maker",
        "4. the headquarters itself, which may order, asks for the same: nobody on the list crossed a border",
        proposal,
        Some("NO_EVIDENCE"),
    )?;
    Ok(())
}

fn the_signatures(
    stage: &mut Stage<'_>,
    units: &[Unit],
    parts: &Parts,
    zhengzhou: DivisionCode,
) -> Told {
    stage.pass(20);
    let real: Vec<u32> = parts
        .arrivals
        .iter()
        .copied()
        .filter(|person| {
            units.first().is_some_and(|unit| {
                (unit.first..unit.first.saturating_add(unit.people)).contains(person)
            })
        })
        .collect();
    let late: Vec<_> = real
        .iter()
        .map(|person| stage.row(*person, zhengzhou, 2))
        .collect();
    stage.report(
        "henan-rail",
        "5. some arrived by train today; the railway says so",
        EvidenceKind::TravelRecord,
        &late,
        None,
    )?;
    let proposal = stage.proposal(
        Ground::Arrival,
        zhengzhou,
        real.iter().copied(),
        "arrivals of 12 June",
    );
    stage.propose(
        "zhengzhou-social.head",
        "   the section's head uses that to propose at least yellow",
        proposal.clone(),
        Some("NOT_AUTHORISED"),
    )?;
    let (_, approval) = stage.propose(
        "zhengzhou-hq.maker",
        "   so the headquarters proposes it for them",
        proposal,
        None,
    )?;
    stage.act(
        "410100-bureau.clerk",
        "   the big-data bureau's clerk signs the approval",
        approval.clone(),
        Some("OPERATOR_CANNOT_DECIDE"),
    )?;
    stage.act(
        "vendor.manager",
        "   then the vendor's manager",
        approval.clone(),
        Some("OPERATOR_CANNOT_DECIDE"),
    )?;
    stage.act(
        "zhengzhou-social.deputy",
        "   then the deputy of the same headquarters' section",
        approval.clone(),
        Some("SAME_BODY"),
    )?;
    stage.forge(
        "zhengzhou-health.checker",
        "410100-bureau.clerk",
        "   then the clerk signs in the health commission's name",
        approval,
        "SIGNATURE_INVALID",
    )?;
    Ok(())
}

fn the_colluder(stage: &mut Stage<'_>, victims: &[u32], zhengzhou: DivisionCode) -> Told {
    stage.clock("2022-06-12T21:00:00+08:00")?;
    let mut rows = Vec::with_capacity(victims.len());
    for person in victims {
        rows.push(stage.row(*person, zhengzhou, 24));
    }
    let count = victims.len();
    stage.report(
        "henan-immigration",
        &format!("6. suppose the border service lies too, and signs {count} false entry records"),
        EvidenceKind::EntryRecord,
        &rows,
        None,
    )?;
    stage.aside(
        "The volume guard counts people, not files: before the hundredth red the standing rule stops and waits for the province. Every one of those reds names the border service as its source.",
    )?;
    let held: Vec<u32> = victims.iter().copied().skip(99).collect();
    for (number, portion) in held.chunks(94).take(2).enumerate() {
        let proposal = stage.proposal(
            Ground::Inbound,
            zhengzhou,
            portion.iter().copied(),
            "persons under isolation after entry",
        );
        let (_, approval) = stage.propose(
            "zhengzhou-hq.maker",
            &format!(
                "   the rest in portions of {}: portion {}",
                portion.len(),
                number.saturating_add(1)
            ),
            proposal,
            None,
        )?;
        stage.act(
            "zhengzhou-health.checker",
            "   a second body that plays along",
            approval,
            Some("VOLUME_NEEDS_PROVINCE"),
        )?;
    }
    stage.aside(
        "7. a depositor at home in another province scans a photo of a station code: a scan is no act of this ledger; there is nothing it could change",
    )?;
    one_of_them(stage, victims)
}

fn one_of_them(stage: &mut Stage<'_>, victims: &[u32]) -> Told {
    let Some(&victim) = victims.first() else {
        return Ok(());
    };
    let person = stage.cast.person(victim);
    stage.colour(
        "8. one of the ninety-nine opens the code: it shows its reasons",
        victim,
    )?;
    stage.sentences(victim)?;
    let (evidence, _) = stage.evidence(victim, EvidenceKind::EntryRecord)?;
    stage.clock("2022-06-13T08:00:00+08:00")?;
    let receipt = stage.act(
        "henan-hotline.agent",
        "9. «this did not happen to me»: one call, one case, one clock; nobody can pass her on",
        ActBody::AppealFile {
            person,
            target: AppealTarget::Evidence(evidence),
            text: "I have never left the country.".to_owned(),
        },
        None,
    )?;
    stage.act(
        "zhengzhou-hq.converter",
        "10. she is told: sign that you go home, and it turns green",
        ActBody::Convert {
            person,
            ground: Ground::Inbound,
            release: "agrees-to-go-home".to_owned(),
            channel: Channel::Offline,
            letter: None,
        },
        Some("NO_RELEASE_GROUND"),
    )?;
    stage.clock("2022-06-13T14:00:00+08:00")?;
    stage.act(
        "henan-review.reviewer",
        "the review body asks for the stamp in the passport; there is none; that record never counts again",
        ActBody::AppealDecide {
            appeal: AppealId::from_bytes(receipt.digest.short()),
            upheld: true,
            reason: "no such crossing at that port".to_owned(),
        },
        None,
    )?;
    stage.colour("her code", victim)
}

fn the_catch_all(stage: &mut Stage<'_>, victims: &[u32], zhengzhou: DivisionCode) -> Told {
    stage.pass(30);
    let row = victims
        .first()
        .map(|person| stage.row(*person, zhengzhou, 1));
    let rows: Vec<_> = row.into_iter().collect();
    stage.report(
        "other-provinces",
        "11. the red is to spread: another province's push without origin and end",
        EvidenceKind::ProvincePush,
        &rows,
        Some("FIELD_MISSING"),
    )?;
    let mut proposal = stage.proposal(
        Ground::Order,
        zhengzhou,
        victims.iter().copied(),
        "other persons whom the headquarters requires",
    );
    stage.propose(
        "zhengzhou-hq.maker",
        "    last resort, the clause «others whom the headquarters requires», as it stands in every old rule",
        proposal.clone(),
        Some("DOCUMENT_MISSING"),
    )?;
    proposal.document = Some(CommandDocument {
        number: "郑疫防指〔2022〕第99号（虚构）".to_owned(),
        text_sha256: TextDigest::from_bytes([9; 32]),
        colour: Colour::Red,
        hours: 72,
    });
    let (order, approval) = stage.propose(
        "zhengzhou-hq.maker",
        "    with a numbered document and its hash, 72 hours at most",
        proposal,
        None,
    )?;
    stage.act(
        "zhengzhou-health.checker",
        "    the city's health commission approves",
        approval,
        Some("NEEDS_PROVINCE"),
    )?;
    stage.act(
        "henan-health.approver",
        "    the province has to sign with its own name, in public, and does not",
        ActBody::OrderRefuse {
            order,
            reason: "holding a deposit is no ground of epidemic control".to_owned(),
        },
        None,
    )?;
    Ok(())
}

fn the_way_out(stage: &mut Stage<'_>, victims: &[u32]) -> Told {
    let state = stage.office.ledger().state();
    let reds = victims
        .iter()
        .filter_map(|person| state.people.find(stage.cast.person(*person)))
        .filter(|place| state.people.colour_at(*place, stage.now) == Colour::Red)
        .count();
    stage.line("")?;
    stage.say(&format!(
        "In 2022: 1,317 reds, no author. Here: {reds} of {} are red by the false word of one named office, each with its reason, source, end and a way to object; every other attempt was refused, and every refusal is an entry below.",
        victims.len()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_had_a_part_in_the_week_is_no_depositor_but_by_train() {
        for people in [2_000, 2_001, 20_000, 1_000_000] {
            let depositors = depositors(people);
            let all: std::collections::BTreeSet<_> = depositors.iter().copied().collect();
            assert_eq!(all.len(), depositors.len(), "each once, of {people}");
            assert!(all.iter().all(|person| (FIRST..people).contains(person)));
        }
    }
}

//! The beginning of every scenario: the ledger, its offices, their officers, the first pack.
//!
//! Invariant: these acts are signed and submitted like all others; one of them refused is a problem
//! of the scenario, not a result.

use super::enrol;
use super::error::{Fault, ScenarioError, line_of};
use super::format::{OfficerText, OrganisationText, ScenarioText};
use super::offices::{CASTS, FOUNDER_ROLES, offices};
use super::run::Runner;
use super::values;
use crate::cast::{Cast, Seal};
use domain::act::ActBody;
use domain::division::DivisionCode;
use domain::ids::OfficerId;
use domain::organisation::Role;

/// An act of the beginning, and the line that asked for it.
type Ask = (Option<u32>, ActBody);

/// Founds the ledger of a scenario.
pub(super) fn found(runner: &mut Runner<'_>, scenario: &ScenarioText) -> Result<(), ScenarioError> {
    for group in &scenario.people {
        if let Err(fault) = runner.groups.add(group.get_ref()) {
            let line = line_of(runner.source, group.span().start);
            runner.blame(fault, Some(line), None);
        }
    }
    let province = match province(scenario) {
        Ok(province) => province,
        Err(fault) => {
            runner.blame(fault, None, None);
            return Ok(());
        }
    };
    let founder = format!("{province}-hq");
    let registrar = format!("{founder}.{}", Role::Registrar);
    let mut asks = Vec::new();
    if let Err((line, fault)) = all(runner, scenario, province, &founder, &mut asks) {
        runner.blame(fault, line, None);
        return Ok(());
    }
    let officer: OfficerId = match values::officer("province", &registrar) {
        Ok(officer) => officer,
        Err(fault) => {
            runner.blame(fault, None, None);
            return Ok(());
        }
    };
    submit(runner, &officer, asks)
}

fn province(scenario: &ScenarioText) -> Result<DivisionCode, Fault> {
    let code = match (&scenario.province, scenario.cast.as_deref()) {
        (Some(code), _) => code,
        (None, Some("hainan")) => "460000",
        (None, Some(_) | None) => "410000",
    };
    values::division("province", code)
}

fn all(
    runner: &Runner<'_>,
    scenario: &ScenarioText,
    province: DivisionCode,
    founder: &str,
    asks: &mut Vec<Ask>,
) -> Result<(), (Option<u32>, Fault)> {
    let plain = |fault| (None, fault);
    asks.push((None, genesis(runner, province, founder).map_err(plain)?));
    let known = scenario.cast.as_deref();
    let cast = match known {
        None => &[],
        Some(name) => offices(name).ok_or_else(|| {
            plain(Fault::new(
                "cast",
                format!("there is no cast `{name}`"),
                format!("use one of {}", values::listed(CASTS)),
            ))
        })?,
    };
    for office in cast {
        let text = OrganisationText {
            id: office.id(),
            kind: office.kind.word().to_owned(),
            division: office.division.to_string(),
            section: office.section.map(|(section, _)| section.to_owned()),
            part_of: office
                .section
                .map(|(_, of)| format!("{}-{of}", office.division)),
            name: Some(office.name.to_owned()),
            key: None,
        };
        if text.id != founder {
            let organisation = enrol::organisation(&text, &runner.keys).map_err(plain)?;
            asks.push((None, ActBody::OrganisationRegister(organisation)));
        }
        for role in office.roles {
            asks.extend(ordinary(runner, &text.id, *role, founder).map_err(plain)?);
        }
    }
    if known.is_none() {
        for role in FOUNDER_ROLES {
            asks.extend(ordinary(runner, founder, *role, founder).map_err(plain)?);
        }
    }
    declared(runner, scenario, asks)?;
    if let Some(name) = &scenario.pack {
        let archive = runner
            .packs
            .archive("pack", name, scenario.changes.as_ref())
            .map_err(plain)?;
        let digest = enrol::digest(&archive);
        asks.push((None, ActBody::PackAdopt { digest, archive }));
    }
    Ok(())
}

fn genesis(runner: &Runner<'_>, province: DivisionCode, founder: &str) -> Result<ActBody, Fault> {
    let text = OrganisationText {
        id: founder.to_owned(),
        kind: "headquarters".to_owned(),
        division: province.to_string(),
        section: None,
        part_of: None,
        name: Some(offices_name(founder)),
        key: None,
    };
    let registrar = officer_text(founder, Role::Registrar);
    Ok(ActBody::Genesis {
        province,
        organisation: enrol::organisation(&text, &runner.keys)?,
        registrar: enrol::officer(&registrar, runner.now, &runner.keys)?,
    })
}

fn offices_name(id: &str) -> String {
    let all = CASTS.iter().filter_map(|cast| offices(cast)).flatten();
    all.into_iter()
        .find(|office| office.id() == id)
        .map_or_else(|| id.to_owned(), |office| office.name.to_owned())
}

fn officer_text(org: &str, role: Role) -> OfficerText {
    OfficerText {
        id: format!("{org}.{role}"),
        org: org.to_owned(),
        roles: vec![role.word().to_owned()],
        term_from: None,
        term_until: None,
        holder: None,
        key: None,
    }
}

/// The officer of a role, unless it is the founding registrar, who is there already.
fn ordinary(
    runner: &Runner<'_>,
    org: &str,
    role: Role,
    founder: &str,
) -> Result<Option<Ask>, Fault> {
    if org == founder && role == Role::Registrar {
        return Ok(None);
    }
    let officer = enrol::officer(&officer_text(org, role), runner.now, &runner.keys)?;
    Ok(Some((None, ActBody::OfficerRegister(officer))))
}

fn declared(
    runner: &Runner<'_>,
    scenario: &ScenarioText,
    asks: &mut Vec<Ask>,
) -> Result<(), (Option<u32>, Fault)> {
    for spanned in &scenario.organisation {
        let line = Some(line_of(runner.source, spanned.span().start));
        let organisation = enrol::organisation(spanned.get_ref(), &runner.keys)
            .map_err(|fault| (line, under("organisation", fault)))?;
        asks.push((line, ActBody::OrganisationRegister(organisation)));
    }
    for spanned in &scenario.officer {
        let line = Some(line_of(runner.source, spanned.span().start));
        let officer = enrol::officer(spanned.get_ref(), runner.now, &runner.keys)
            .map_err(|fault| (line, under("officer", fault)))?;
        asks.push((line, ActBody::OfficerRegister(officer)));
    }
    Ok(())
}

fn under(table: &str, fault: Fault) -> Fault {
    Fault {
        key: format!("{table}.{}", fault.key),
        ..fault
    }
}

fn submit(
    runner: &mut Runner<'_>,
    registrar: &OfficerId,
    asks: Vec<Ask>,
) -> Result<(), ScenarioError> {
    let key = Cast::key(registrar.as_str());
    let origin = runner.cast.origin().to_owned();
    for (line, body) in asks {
        let what = body.kind();
        let seal = Seal {
            key: &key,
            ledger: &origin,
            at: runner.now,
        };
        let signed = runner.cast.sign_as(&seal, registrar, body);
        let bytes = match signed {
            Ok(bytes) => bytes,
            Err(error) => {
                let fault = Fault::new(what, error.to_string(), "shorten it");
                runner.blame(fault, line, None);
                continue;
            }
        };
        let receipts = runner
            .driver
            .submit(runner.now, vec![bytes])
            .map_err(|error| ScenarioError::Office(error.0))?;
        for refusal in receipts.into_iter().filter_map(|receipt| receipt.refusal) {
            let what = format!("the beginning is refused: {what}: {refusal}");
            let fault = Fault::new("", what, refusal.code.help());
            runner.blame(fault, line, None);
        }
    }
    Ok(())
}

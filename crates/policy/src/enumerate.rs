//! Asks the authority of a pack every question that matters before it may be adopted.
//!
//! An enumeration over kinds, tiers and sections, with every role and with none: it is no proof
//! over all organisations there could be, since a policy may name a section that is not tried here.
//! The machine holds the line in any case: it refuses one body twice and every operator.

use crate::cases::organisation;
use crate::check::Finding;
use crate::pack::Pack;
use domain::colour::{Colour, Ground};
use domain::division::DivisionCode;
use domain::organisation::{OrgKind, Organisation, Role, Tier, same_body};
use domain::rules::{Action, Authority as _, Channel, Request, Verdict};

const SECTIONS: [Option<&str>; 3] = [None, Some("epidemic"), Some("social-control")];

/// What puts a colour on people in a place.
const IMPOSING: [Action; 3] = [
    Action::OrderPropose,
    Action::OrderApprove,
    Action::OrderEmergency,
];

const DECISIONS: [Action; 8] = [
    Action::OrderPropose,
    Action::OrderApprove,
    Action::OrderRefuse,
    Action::OrderWithdraw,
    Action::OrderEmergency,
    Action::Convert,
    Action::AppealDecide,
    Action::MovementDecide,
];

/// What the authority of a pack permits that it must not, or lacks.
pub(crate) fn findings(pack: &Pack) -> Vec<Finding> {
    let Some(divisions) = divisions(pack.book().province) else {
        return vec![Finding::new(
            "province",
            "province",
            "is no province with a city and a county",
            "write the six digits of a province, like `410000`",
        )];
    };
    let mut found = operators(pack, &divisions);
    found.extend(strangers(pack, &divisions));
    for rule in pack.book().grounds.values() {
        let red = rule.steps.worst() == Colour::Red;
        if red && !rule.automatic && rule.by_order {
            found.extend(two_bodies(pack, rule.ground, &divisions));
        }
    }
    found
}

/// A county, a city and the province, in that order.
fn divisions(province: DivisionCode) -> Option<Vec<(Tier, DivisionCode)>> {
    let text = province.to_string();
    let head = text.get(..2)?;
    let code = |tail: &str| format!("{head}{tail}").parse::<DivisionCode>().ok();
    let all = [code("0102")?, code("0100")?, code("0000")?];
    let tiered: Vec<_> = all
        .into_iter()
        .map(|division| (Tier::of(division), division))
        .collect();
    let right = tiered
        .iter()
        .map(|(tier, _)| *tier)
        .eq([Tier::County, Tier::City, Tier::Province]);
    (right && province == code("0000")?).then_some(tiered)
}

/// A county of another city than those of [`divisions`].
fn other_county(province: DivisionCode) -> Option<DivisionCode> {
    let head = province.to_string().get(..2)?.to_owned();
    format!("{head}0202").parse().ok()
}

fn bodies(kinds: &[OrgKind], divisions: &[(Tier, DivisionCode)]) -> Vec<Organisation> {
    let mut out = Vec::new();
    for kind in kinds {
        for (_, division) in divisions {
            for section in SECTIONS {
                out.extend(organisation(*kind, *division, section.map(str::to_owned)));
            }
        }
    }
    out
}

fn permitted(pack: &Pack, request: &Request<'_>) -> Option<String> {
    match pack.authorise(request) {
        Verdict::Denied => None,
        Verdict::Permitted(permits) => Some(
            permits
                .into_iter()
                .map(|permit| permit.id)
                .collect::<Vec<_>>()
                .join("`, `"),
        ),
    }
}

/// Whoever runs the servers decides nothing (I4).
fn operators(pack: &Pack, divisions: &[(Tier, DivisionCode)]) -> Vec<Finding> {
    let kinds: Vec<OrgKind> = OrgKind::ALL
        .iter()
        .copied()
        .filter(|kind| kind.is_operator())
        .collect();
    let grounds: Vec<Option<Ground>> = Ground::ALL
        .iter()
        .copied()
        .map(Some)
        .chain([None])
        .collect();
    let mut found: Vec<Finding> = Vec::new();
    for org in bodies(&kinds, divisions) {
        for action in DECISIONS {
            for ground in &grounds {
                let Some(ids) = operator_may(pack, &org, action, *ground) else {
                    continue;
                };
                let finding = Finding::new(
                    "operator.decides",
                    format!("permit.{ids}"),
                    format!("lets `{}` do `{action}`", org.kind),
                    "take the operator out: it runs the system and decides nothing",
                );
                if !found.contains(&finding) {
                    found.push(finding);
                }
            }
        }
    }
    found
}

fn operator_may(
    pack: &Pack,
    org: &Organisation,
    action: Action,
    ground: Option<Ground>,
) -> Option<String> {
    let channels: Vec<Option<Channel>> = match action {
        Action::Convert => Channel::ALL.iter().copied().map(Some).collect(),
        _ => vec![None],
    };
    let threshold = u64::from(pack.book().volume.people);
    for channel in channels {
        for (red, people) in [(true, 1), (true, threshold), (false, 1), (false, threshold)] {
            let request = Request {
                org,
                roles: Role::ALL,
                action,
                ground,
                area: org.division,
                people,
                red,
                channel,
            };
            if let Some(ids) = permitted(pack, &request) {
                return Some(ids);
            }
        }
    }
    None
}

/// A body below the province imposes nothing outside its own area (I2).
fn strangers(pack: &Pack, divisions: &[(Tier, DivisionCode)]) -> Vec<Finding> {
    let Some(elsewhere) = other_county(pack.book().province) else {
        return Vec::new();
    };
    let mut found: Vec<Finding> = Vec::new();
    for org in bodies(OrgKind::ALL, divisions) {
        if Tier::of(org.division) == Tier::Province {
            continue;
        }
        for (action, rule) in IMPOSING
            .into_iter()
            .flat_map(|action| pack.book().grounds.values().map(move |rule| (action, rule)))
        {
            let request = Request {
                org: &org,
                roles: Role::ALL,
                action,
                ground: Some(rule.ground),
                area: elsewhere,
                people: 1,
                red: rule.steps.worst() == Colour::Red,
                channel: None,
            };
            let Some(ids) = permitted(pack, &request) else {
                continue;
            };
            let finding = Finding::new(
                "order.unscoped",
                format!("permit.{ids}"),
                format!(
                    "lets `{}` of one place do `{action}` in another place",
                    org.kind
                ),
                "add `context.in_area` to what the permit asks for",
            );
            if !found.contains(&finding) {
                found.push(finding);
            }
        }
    }
    found
}

/// A manual red needs a proposer and an approver of another body, for one person and for many (I4).
fn two_bodies(pack: &Pack, ground: Ground, divisions: &[(Tier, DivisionCode)]) -> Vec<Finding> {
    let all = bodies(OrgKind::ALL, divisions);
    let mut found = Vec::new();
    for people in [1, u64::from(pack.book().volume.people)] {
        let able = |action: Action, area: DivisionCode| -> Vec<&Organisation> {
            let may = |org: &&Organisation| {
                let roles = Role::ALL;
                let red = true;
                let ground = Some(ground);
                let channel = None;
                let request = Request {
                    org,
                    roles,
                    action,
                    ground,
                    area,
                    people,
                    red,
                    channel,
                };
                permitted(pack, &request).is_some()
            };
            all.iter().filter(may).collect()
        };
        // A county order is the smallest: whoever may act higher up may act here too.
        for (_, area) in divisions.iter().take(1) {
            let makers = able(Action::OrderPropose, *area);
            let checkers = able(Action::OrderApprove, *area);
            let apart = makers
                .iter()
                .any(|maker| checkers.iter().any(|checker| !same_body(maker, checker)));
            let (code, what) = match (makers.is_empty(), checkers.is_empty(), apart) {
                (false, false, true) => continue,
                (true, _, _) => ("order.no_maker", "has nobody who may propose it"),
                (false, true, _) => ("order.no_checker", "has nobody who may approve it"),
                (false, false, false) => (
                    "order.one_body",
                    "can be proposed and approved by one body only",
                ),
            };
            found.push(Finding::new(
                code,
                format!("ground.{ground}"),
                format!("is red by order for {people} people and {what}"),
                "permit `order.propose` and `order.approve` to two kinds of body or two tiers",
            ));
        }
    }
    found
}

//! The listing of who may ask what of the server: every route × role × place × state.
//!
//! Invariant: made of the table that the server itself asks (`web::access`); a test puts every line
//! of it to a running server.

use domain::organisation::{OrgKind, Role};
use serde::Serialize;
use std::fmt::Write as _;
use web::access::{Case, Office, Place, RULES, Reach, Rule, Standing, Who};

/// One line: a route, who asks, about what place, in what state, and the answer.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    /// The method.
    pub method: &'static str,
    /// The route's template.
    pub path: &'static str,
    /// `nobody`, `person`, `machine`, or the kind of body.
    pub who: &'static str,
    /// The role, of an officer.
    pub role: Option<&'static str>,
    /// The place.
    pub place: &'static str,
    /// The state.
    pub state: &'static str,
    /// Whether the person was looked up before.
    pub looked: bool,
    /// `allowed`, or the slug of the problem.
    pub answer: &'static str,
}

/// Somebody who can ask: the words of the listing, and what the table knows of them.
type Asker = (&'static str, Option<&'static str>, Standing<'static>);

fn askers() -> Vec<Asker> {
    let mut askers = vec![
        ("nobody", None, Standing::Nobody),
        ("person", None, Standing::Person),
        ("machine", None, Standing::Machine),
    ];
    for kind in OrgKind::ALL {
        askers.extend(Role::ALL.iter().map(|role| {
            let standing = Standing::Officer(*kind, std::slice::from_ref(role));
            (kind.word(), Some(role.word()), standing)
        }));
    }
    askers
}

/// The states that somebody can be in.
fn offices(standing: Standing<'_>) -> &'static [Office] {
    match standing {
        Standing::Nobody | Standing::Person => &[Office::Running],
        Standing::Machine => &[Office::Running, Office::KeyRevoked],
        Standing::Officer(..) => &Office::ALL,
    }
}

/// Every line for a route.
pub fn lines(rule: &'static Rule) -> Vec<Line> {
    let looks: &[bool] = match rule
        .grants
        .iter()
        .any(|(_, reach)| matches!(reach, Reach::Look | Reach::Bound))
    {
        true => &[false, true],
        false => &[false],
    };
    let mut lines = Vec::new();
    for (who, role, standing) in askers() {
        for (office, place) in offices(standing)
            .iter()
            .flat_map(|office| Place::ALL.map(|place| (*office, place)))
        {
            lines.extend(looks.iter().map(|looked| {
                let case = Case {
                    standing,
                    place,
                    office,
                    looked: *looked,
                };
                let answer = rule.answer(&case);
                Line {
                    method: rule.method,
                    path: rule.path,
                    who,
                    role,
                    place: place.word(),
                    state: office.word(),
                    looked: *looked,
                    answer: answer.map_or_else(|kind| kind.slug(), |()| "allowed"),
                }
            }));
        }
    }
    lines
}

fn listed(words: impl Iterator<Item = &'static str>, all: &str) -> String {
    let words: Vec<&str> = words.collect();
    match words.is_empty() {
        true => all.to_owned(),
        false => words.join(", "),
    }
}

fn meant(who: Who) -> String {
    match who {
        Who::Anyone => "anyone".to_owned(),
        Who::Person => "a person, about oneself".to_owned(),
        Who::Machine => "any body's machine".to_owned(),
        Who::Officer(kinds, roles) => {
            let kinds = listed(kinds.iter().map(|kind| kind.word()), "any body");
            let roles = listed(roles.iter().map(|role| role.word()), "any role");
            format!("{kinds}: {roles}")
        }
    }
}

/// The table of `docs/access.md`: a line for each grant; what is not in it is denied.
pub fn summary() -> String {
    let mut text = "| route | who | how far |\n|---|---|---|\n".to_owned();
    for rule in RULES {
        for (who, reach) in rule.grants {
            let (method, path, how) = (rule.method, rule.path, reach.word());
            let _ = writeln!(text, "| `{method} {path}` | {} | {how} |", meant(*who));
        }
    }
    text
}

//! Who may use which route, and about what: one table, denied by default (I2).
//!
//! Invariant: a route below `/api/` without a row here answers nobody; the listing in
//! `docs/access.md` is made of this table, and a test asks the running server all of it. What an
//! officer may *do* is not here: acts are judged by the ledger, under the rule pack in force.

mod cases;

pub use cases::{Case, Office, Place};

use crate::caller::Caller;
use crate::envelope::is_watched;
use crate::problem::{Kind, Problem};
use crate::signature;
use crate::signin::sessions;
use crate::{Desk, body};
use axum::body::Body;
use axum::extract::{MatchedPath, Request};
use axum::http::request::Parts;
use domain::division::DivisionCode;
use domain::ids::OrgId;
use domain::organisation::{OrgKind, Role};
use std::collections::HashMap;
use std::sync::LazyLock;

/// Who is meant by a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Anybody, known or not.
    Anyone,
    /// A person, about oneself.
    Person,
    /// The machine of any organisation.
    Machine,
    /// Officers of these kinds of bodies with one of these roles; an empty list means any.
    Officer(&'static [OrgKind], &'static [Role]),
}

/// How far a grant reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// What one's own body sent or did.
    Body,
    /// Everything inside the division of one's own body.
    Area,
    /// A person whom one has looked up in the last two hours (the look is an entry, I14).
    Look,
    /// A person whose proxy one is, by a binding that stands in the ledger (I14).
    Bound,
    /// The route is about no place.
    Whole,
}

impl Reach {
    /// The word in the listing.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Body => "own body",
            Self::Area => "own place",
            Self::Look => "after a look",
            Self::Bound => "by a binding",
            Self::Whole => "all",
        }
    }
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The method.
    pub method: &'static str,
    /// The route's template.
    pub path: &'static str,
    /// Who may use it, each with how far.
    pub grants: &'static [(Who, Reach)],
}

const fn rule(method: &'static str, path: &'static str, grants: &'static [(Who, Reach)]) -> Rule {
    Rule {
        method,
        path,
        grants,
    }
}

const PUBLIC: &[(Who, Reach)] = &[(Who::Anyone, Reach::Whole)];
const ONESELF: &[(Who, Reach)] = &[(Who::Person, Reach::Whole)];
const BOUND: &[(Who, Reach)] = &[(Who::Person, Reach::Bound)];
const KNOWN: &[(Who, Reach)] = &[
    (Who::Person, Reach::Whole),
    (Who::Machine, Reach::Whole),
    (Who::Officer(&[], &[]), Reach::Whole),
];
const STAFF: &[(Who, Reach)] = &[(Who::Officer(&[], &[]), Reach::Whole)];
const INVITE: &[(Who, Reach)] = &[(Who::Officer(&[], &[Role::Registrar]), Reach::Whole)];
/// The bodies that the packs let look at a person's record.
const LOOKERS: &[OrgKind] = &[
    OrgKind::Hotline,
    OrgKind::ReviewBody,
    OrgKind::HealthCommission,
    OrgKind::Cdc,
];
/// The bodies that decide orders.
const COMMAND: &[OrgKind] = &[
    OrgKind::Headquarters,
    OrgKind::HealthCommission,
    OrgKind::Cdc,
];
const DECIDERS: &[Role] = &[Role::Maker, Role::Checker, Role::Emergency];
const OVERSIGHT: (Who, Reach) = (
    Who::Officer(&[OrgKind::Oversight], &[Role::Auditor]),
    Reach::Area,
);
const FIND: &[(Who, Reach)] = &[(Who::Officer(LOOKERS, &[]), Reach::Whole)];
const LOOKED: &[(Who, Reach)] = &[(Who::Officer(LOOKERS, &[]), Reach::Look)];
const JUDGEMENT: &[(Who, Reach)] = &[(Who::Officer(COMMAND, DECIDERS), Reach::Area)];
const ORDERS: &[(Who, Reach)] = &[
    (Who::Officer(COMMAND, DECIDERS), Reach::Area),
    (Who::Officer(&[], &[Role::Speaker]), Reach::Area),
    (
        Who::Officer(&[OrgKind::ReviewBody], &[Role::Reviewer]),
        Reach::Area,
    ),
    OVERSIGHT,
];
const APPEALS: &[(Who, Reach)] = &[
    (
        Who::Officer(&[OrgKind::ReviewBody], &[Role::Reviewer]),
        Reach::Area,
    ),
    OVERSIGHT,
];
const REPORTS: &[(Who, Reach)] = &[
    (Who::Machine, Reach::Body),
    (
        Who::Officer(&[OrgKind::BigDataBureau], &[Role::Reporter]),
        Reach::Area,
    ),
    OVERSIGHT,
    (Who::Officer(&[], &[]), Reach::Body),
];
/// What an officer drafts is of no place: it is what the officer brought, and nobody else's.
const DRAFTS: &[(Who, Reach)] = STAFF;
const DAYS: &[(Who, Reach)] = &[
    (
        Who::Officer(
            &[OrgKind::BigDataBureau, OrgKind::Headquarters],
            &[Role::Reporter],
        ),
        Reach::Area,
    ),
    OVERSIGHT,
];
/// The bodies that the packs let answer a case.
pub(crate) const ANSWERERS: &[OrgKind] = &[
    OrgKind::Hotline,
    OrgKind::ReviewBody,
    OrgKind::Headquarters,
    OrgKind::HealthCommission,
    OrgKind::Cdc,
];
const CASES: &[(Who, Reach)] = &[OVERSIGHT, (Who::Officer(ANSWERERS, &[]), Reach::Body)];
const PASSING_ON: &[(Who, Reach)] = &[(Who::Officer(ANSWERERS, &[]), Reach::Whole)];
const MOVEMENTS: &[(Who, Reach)] = &[
    (
        Who::Officer(
            &[OrgKind::Headquarters],
            &[Role::Maker, Role::Checker, Role::Converter],
        ),
        Reach::Area,
    ),
    OVERSIGHT,
];
const REFUSALS: &[(Who, Reach)] = &[OVERSIGHT, (Who::Officer(&[], &[]), Reach::Body)];
const WATCHING: &[(Who, Reach)] = &[OVERSIGHT];
const REGISTRY: &[(Who, Reach)] = &[
    (Who::Officer(&[], &[Role::Registrar]), Reach::Area),
    OVERSIGHT,
];

/// Every route of the interface.
pub const RULES: &[Rule] = &[
    rule("GET", "/api/v1", PUBLIC),
    rule("GET", "/api/v1/openapi.json", PUBLIC),
    rule("POST", "/api/v1/submissions", PUBLIC),
    rule("GET", "/api/v1/entries/{entry}", PUBLIC),
    rule("GET", "/api/v1/entries/{entry}/proof", PUBLIC),
    rule("GET", "/api/v1/checkpoint", PUBLIC),
    rule("GET", "/api/v1/rules", PUBLIC),
    rule("GET", "/api/v1/packs", PUBLIC),
    rule("GET", "/api/v1/packs/{digest}", PUBLIC),
    rule("GET", "/api/v1/statements", PUBLIC),
    rule("GET", "/api/v1/counts", PUBLIC),
    rule("GET", "/api/v1/caller", KNOWN),
    rule("POST", "/api/v1/signin/challenge", PUBLIC),
    rule("POST", "/api/v1/signin/passkeys", PUBLIC),
    rule("POST", "/api/v1/signin", PUBLIC),
    rule("POST", "/api/v1/signin/activation", PUBLIC),
    rule("GET", "/api/v1/signin/identity", PUBLIC),
    rule("POST", "/api/v1/signin/identity/{name}/start", PUBLIC),
    rule("GET", "/api/v1/signin/identity/{name}/callback", PUBLIC),
    rule("GET", "/api/v1/bindings", INVITE),
    rule("DELETE", "/api/v1/bindings/{officer}/{name}", INVITE),
    rule("DELETE", "/api/v1/session", KNOWN),
    rule("DELETE", "/api/v1/sessions", KNOWN),
    rule("POST", "/api/v1/invitations", INVITE),
    rule("POST", "/api/v1/activations", LOOKED),
    rule("POST", "/api/v1/acts/draft", STAFF),
    rule("POST", "/api/v1/acts", STAFF),
    rule("GET", "/api/v1/me/code", ONESELF),
    rule("GET", "/api/v1/me/record", ONESELF),
    rule("GET", "/api/v1/me/export", ONESELF),
    rule("POST", "/api/v1/me/credentials", ONESELF),
    rule("POST", "/api/v1/me/papers", ONESELF),
    rule("POST", "/api/v1/me/appeals", ONESELF),
    rule("POST", "/api/v1/people/find", FIND),
    rule("GET", "/api/v1/people/{person}/code", LOOKED),
    rule("GET", "/api/v1/people/{person}/record", LOOKED),
    rule("GET", "/api/v1/control-list", JUDGEMENT),
    rule("POST", "/api/v1/orders/preview", JUDGEMENT),
    rule("GET", "/api/v1/orders", ORDERS),
    rule("GET", "/api/v1/orders/{order}", ORDERS),
    rule("GET", "/api/v1/appeals", APPEALS),
    rule("GET", "/api/v1/appeals/{appeal}", APPEALS),
    rule("GET", "/api/v1/reports", REPORTS),
    rule("GET", "/api/v1/reports/{report}", REPORTS),
    rule("POST", "/api/v1/drafts", DRAFTS),
    rule("GET", "/api/v1/drafts/{draft}/parts/{part}", DRAFTS),
    rule("GET", "/api/v1/days", DAYS),
    rule("GET", "/api/v1/refusals", REFUSALS),
    rule("GET", "/api/v1/cases", CASES),
    rule("GET", "/api/v1/cases/{case}", CASES),
    rule("GET", "/api/v1/answerers", PASSING_ON),
    rule("POST", "/api/v1/me/cases", ONESELF),
    rule("GET", "/api/v1/movements", MOVEMENTS),
    rule("POST", "/api/v1/me/movements", ONESELF),
    rule("GET", "/api/v1/me/people", ONESELF),
    rule("GET", "/api/v1/me/people/{person}/code", BOUND),
    rule("GET", "/api/v1/me/people/{person}/record", BOUND),
    rule("POST", "/api/v1/me/proxies", ONESELF),
    rule("DELETE", "/api/v1/me/proxies/{person}", ONESELF),
    rule("GET", "/api/v1/anomalies", WATCHING),
    rule("GET", "/api/v1/organisations", REGISTRY),
    rule("GET", "/api/v1/officers", REGISTRY),
];

/// A caller as far as the table asks.
#[derive(Clone, Copy, Debug)]
pub enum Standing<'a> {
    /// Nobody that is known.
    Nobody,
    /// A person.
    Person,
    /// A machine.
    Machine,
    /// An officer of a kind of body, with roles.
    Officer(OrgKind, &'a [Role]),
}

impl Rule {
    /// How far a caller reaches by this row; none where it is denied.
    pub fn reach(&self, standing: Standing<'_>) -> Option<Reach> {
        let meant = |who: &Who| match (who, standing) {
            (Who::Anyone, _)
            | (Who::Person, Standing::Person)
            | (Who::Machine, Standing::Machine) => true,
            (Who::Officer(kinds, roles), Standing::Officer(kind, held)) => {
                // The key of a counter lies on a server: it signs for people and reads nothing.
                !held.contains(&Role::Counter)
                    && (kinds.is_empty() || kinds.contains(&kind))
                    && (roles.is_empty() || roles.iter().any(|role| held.contains(role)))
            }
            (Who::Person | Who::Machine | Who::Officer(..), _) => false,
        };
        let grants = self.grants.iter().filter(|(who, _)| meant(who));
        grants.map(|(_, reach)| *reach).max()
    }

    /// Whether nobody needs to be known.
    pub fn is_public(&self) -> bool {
        self.grants.iter().any(|(who, _)| *who == Who::Anyone)
    }
}

/// The rows of each route.
static BY_PATH: LazyLock<HashMap<&str, Vec<&Rule>>> = LazyLock::new(|| {
    let mut rows: HashMap<&str, Vec<&Rule>> = HashMap::new();
    for rule in RULES {
        rows.entry(rule.path).or_default().push(rule);
    }
    rows
});

fn rows(path: &str) -> &'static [&'static Rule] {
    BY_PATH.get(path).map_or(&[], Vec::as_slice)
}

/// The row of a route; the same one answers `HEAD` and `GET`.
pub fn find(method: &str, path: &str) -> Option<&'static Rule> {
    let method = if method == "HEAD" { "GET" } else { method };
    rows(path)
        .iter()
        .find(|rule| rule.method == method)
        .copied()
}

/// Who asks, and how far that reaches on this route.
#[derive(Clone, Debug)]
pub(crate) struct Granted {
    pub(crate) caller: Caller,
    pub(crate) reach: Reach,
}

impl Granted {
    /// Whether what one body did in one place is within reach.
    pub(crate) fn covers(&self, org: Option<&OrgId>, place: DivisionCode) -> bool {
        let own = self.caller.org();
        match self.reach {
            Reach::Whole => true,
            Reach::Look | Reach::Bound => false,
            Reach::Body => own.is_some_and(|own| Some(&own.id) == org),
            Reach::Area => own.is_some_and(|own| own.division.contains(place)),
        }
    }

    /// Demands that it is within reach.
    pub(crate) fn demand(&self, org: Option<&OrgId>, place: DivisionCode) -> Result<(), Problem> {
        match self.covers(org, place) {
            true => Ok(()),
            false => Err(Kind::OutsideReach.into()),
        }
    }
}

fn reach(rule: &Rule, caller: &Caller) -> Option<Reach> {
    match caller {
        Caller::Nobody => rule.reach(Standing::Nobody),
        Caller::Person(_) => rule.reach(Standing::Person),
        Caller::Organisation(_) => rule.reach(Standing::Machine),
        Caller::Officer(staff) => {
            let roles: Vec<Role> = staff.officer.roles.iter().copied().collect();
            rule.reach(Standing::Officer(staff.org.kind, &roles))
        }
    }
}

/// The request with who asks and what is open to them, if it may go on to its route.
pub(crate) async fn check(desk: &Desk, request: Request<Body>) -> Result<Request<Body>, Problem> {
    let (mut parts, body) = request.into_parts();
    let admitted = admit(desk, &mut parts);
    match charge(desk, &parts).and(admitted) {
        Ok(()) => Ok(Request::from_parts(parts, body)),
        Err(problem) => {
            // A short body is read to its end, so that the connection can be used again.
            body::discard(body).await;
            Err(problem)
        }
    }
}

/// Counts the request against the caller, or where nobody is known to ask, against the address.
fn charge(desk: &Desk, parts: &Parts) -> Result<(), Problem> {
    if is_watched(route(parts)) {
        return Ok(());
    }
    let granted = parts.extensions.get::<Granted>();
    let caller = granted.map_or(&Caller::Nobody, |granted| &granted.caller);
    let taken = desk.buckets.take(caller, &parts.extensions, &parts.headers);
    taken.map_err(Problem::too_many)
}

fn route(parts: &Parts) -> &str {
    let path = parts.extensions.get::<MatchedPath>();
    path.map_or("", MatchedPath::as_str)
}

fn admit(desk: &Desk, parts: &mut Parts) -> Result<(), Problem> {
    let path = route(parts);
    if !path.starts_with("/api/") {
        return Ok(());
    }
    let Some(rule) = find(parts.method.as_str(), path) else {
        // A route without a row: another method of one with, or nobody's.
        return match rows(path) {
            [] => Err(Kind::Forbidden.into()),
            _ => Ok(()),
        };
    };
    let caller = match signature::caller(desk, parts)? {
        Some((caller, digest)) => {
            if let Some(digest) = digest {
                parts.extensions.insert(digest);
            }
            caller
        }
        // A session adds nothing where anybody may ask, and one that ended or whose token was lost
        // must not stand in the way of signing in anew.
        None if rule.is_public() => Caller::Nobody,
        None => sessions::caller(desk, parts)?,
    };
    parts.extensions.insert(grant(rule, caller)?);
    Ok(())
}

fn grant(rule: &Rule, caller: Caller) -> Result<Granted, Problem> {
    let reach = reach(rule, &caller);
    let reach = reach.ok_or(match caller {
        Caller::Nobody => Kind::Unauthenticated,
        Caller::Person(_) | Caller::Officer(_) | Caller::Organisation(_) => Kind::Forbidden,
    })?;
    Ok(Granted { caller, reach })
}

/// What a caller may ask on a route of the interface; a page shows no more than its route.
pub(crate) fn granted(method: &str, path: &str, caller: Caller) -> Result<Granted, Problem> {
    grant(find(method, path).ok_or(Kind::Forbidden)?, caller)
}

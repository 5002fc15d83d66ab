//! Who is registered, what law is in force, what was said in public, and who the caller is.
//!
//! Invariant: rules and statements are for anybody; officers and bodies for registrars and oversight.

use crate::Desk;
use crate::access::Granted;
use crate::caller::Caller;
use crate::lists::{self, Asked, Page, Scan};
use crate::problem::{Kind, Problem, ProblemBody};
use crate::signin::sessions;
use crate::told::{SignerBody, instant};
use app::ports::Pair;
use app::records::{Records as _, read};
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Extension, Query, State};
use axum::http::HeaderMap;
use domain::organisation::Role;
use domain::state::records::Statement;
use domain::time::Timestamp;
use domain::view::{OfficerView, OrganisationView, Table};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// A registered body.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OrganisationBody {
    /// Its id.
    org: String,
    /// Its kind.
    kind: &'static str,
    /// Its name.
    name: String,
    /// Where it acts, GB/T 2260.
    division: String,
    /// The section, when it is one of several inside one body.
    section: Option<String>,
    /// The key that signs its reports, in hexadecimal.
    key: String,
    /// Until when that key speaks; null while it does.
    key_until: Option<String>,
}

impl OrganisationBody {
    fn of(view: OrganisationView) -> Self {
        let org = view.organisation;
        Self {
            org: org.id.to_string(),
            kind: org.kind.word(),
            name: org.name,
            division: org.division.to_string(),
            section: org.section,
            key: org.key.to_string(),
            key_until: instant(view.key_until),
        }
    }
}

/// A registered officer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OfficerBody {
    /// The officer.
    officer: String,
    /// The body served.
    org: String,
    /// The roles held.
    roles: Vec<&'static str>,
    /// The first instant of the term.
    term_from: Option<String>,
    /// The first instant after the term.
    term_until: Option<String>,
    /// The personal key, or the fingerprint of the passkey, in hexadecimal.
    key: String,
    /// Until when that key speaks; null while it does.
    key_until: Option<String>,
}

impl OfficerBody {
    fn of(view: OfficerView) -> Self {
        let officer = view.officer;
        Self {
            officer: officer.id.to_string(),
            org: officer.org.to_string(),
            roles: words(officer.roles.iter().copied()),
            term_from: instant(officer.term_from),
            term_until: instant(officer.term_until),
            key: officer.key.to_string(),
            key_until: instant(view.key_until),
        }
    }
}

fn words(roles: impl Iterator<Item = Role>) -> Vec<&'static str> {
    roles.map(Role::word).collect()
}

/// Bodies in one's place.
#[utoipa::path(
    get,
    path = "/api/v1/organisations",
    params(Asked),
    responses(
        (status = 200, description = "a page of bodies", body = Page<OrganisationBody>),
        (status = "default", description = "a problem", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn organisations(
    State(desk): State<Arc<Desk>>,
    Extension(granted): Extension<Granted>,
    query: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<Page<OrganisationBody>>, Problem> {
    let Query(which) = query.map_err(|_| Kind::Malformed)?;
    lists::aside(&desk, move |desk| {
        let page = bodies(desk, &granted, &which)?;
        Ok(Json(Page {
            items: page.items.into_iter().map(OrganisationBody::of).collect(),
            next: page.next,
        }))
    })
    .await
}

/// A page of the bodies within reach.
pub(crate) fn bodies(
    desk: &Desk,
    granted: &Granted,
    which: &Asked,
) -> Result<Page<OrganisationView>, Problem> {
    let scan = Scan {
        table: Table::Organisations,
        prefix: &[],
    };
    lists::page(desk, &scan, which, |(_, bytes): &Pair| {
        let view: OrganisationView = desk.read(read(Table::Organisations, bytes))?;
        let org = &view.organisation;
        let seen = granted.covers(Some(&org.id), org.division);
        Ok(seen.then_some(view))
    })
}

/// An officer within reach, with the body served.
pub(crate) fn within(
    desk: &Desk,
    granted: &Granted,
    view: OfficerView,
) -> Result<Option<(OfficerView, OrganisationView)>, Problem> {
    let org = &view.officer.org;
    let body = desk.read(desk.setup.records.organisation(org))?;
    let seen = body.filter(|body| granted.covers(Some(org), body.organisation.division));
    Ok(seen.map(|body| (view, body)))
}

/// A page of the officers within reach.
pub(crate) fn staff(
    desk: &Desk,
    granted: &Granted,
    which: &Asked,
) -> Result<Page<(OfficerView, OrganisationView)>, Problem> {
    let scan = Scan {
        table: Table::Officers,
        prefix: &[],
    };
    lists::page(desk, &scan, which, |(_, bytes): &Pair| {
        within(desk, granted, desk.read(read(Table::Officers, bytes))?)
    })
}

/// Officers of the bodies in one's place.
#[utoipa::path(
    get,
    path = "/api/v1/officers",
    params(Asked),
    responses(
        (status = 200, description = "a page of officers", body = Page<OfficerBody>),
        (status = "default", description = "a problem", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn officers(
    State(desk): State<Arc<Desk>>,
    Extension(granted): Extension<Granted>,
    query: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<Page<OfficerBody>>, Problem> {
    let Query(which) = query.map_err(|_| Kind::Malformed)?;
    lists::aside(&desk, move |desk| {
        let page = staff(desk, &granted, &which)?;
        let items = page.items.into_iter();
        Ok(Json(Page {
            items: items.map(|(view, _)| OfficerBody::of(view)).collect(),
            next: page.next,
        }))
    })
    .await
}

/// A public explanation tied to orders.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StatementBody {
    /// The entry that it is.
    entry: u64,
    /// By whom.
    by: SignerBody,
    /// The orders that it explains, in hexadecimal.
    orders: Vec<String>,
    /// The text.
    text: String,
}

/// Public statements, in the order of their entries.
#[utoipa::path(
    get,
    path = "/api/v1/statements",
    params(Asked),
    responses(
        (status = 200, description = "a page of statements", body = Page<StatementBody>),
        (status = "default", description = "a problem", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn statements(
    State(desk): State<Arc<Desk>>,
    query: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<Page<StatementBody>>, Problem> {
    let Query(which) = query.map_err(|_| Kind::Malformed)?;
    lists::aside(&desk, move |desk| {
        let take = |(key, bytes): &Pair| {
            let statement: Statement = desk.read(read(Table::Statements, bytes))?;
            let entry = <[u8; 8]>::try_from(key.as_slice()).map(u64::from_be_bytes);
            Ok(entry.ok().map(|entry| StatementBody {
                entry,
                by: SignerBody::of(statement.by),
                orders: statement.orders.iter().map(ToString::to_string).collect(),
                text: statement.text,
            }))
        };
        let scan = Scan {
            table: Table::Statements,
            prefix: &[],
        };
        lists::page(desk, &scan, &which, take).map(Json)
    })
    .await
}

/// A ground of the rules in force.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GroundBody {
    /// Its code, as `CLOSE`.
    ground: String,
    /// Its name in Chinese.
    zh: &'static str,
    /// Its name in English.
    en: &'static str,
    /// The legal basis.
    basis: String,
}

/// The rules in force (PIPL 7, 17).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RulesBody {
    /// The pack.
    pack: String,
    /// SHA-256 of its archive, in hexadecimal.
    digest: String,
    /// The instrument that it renders: title and number.
    instrument: [String; 2],
    /// When all of it ends (I13).
    sunset: Option<String>,
    /// Hours within which an appeal is answered.
    appeal_hours: u32,
    /// The grounds; there are no others.
    grounds: Vec<GroundBody>,
}

/// The rule pack in force.
#[utoipa::path(
    get,
    path = "/api/v1/rules",
    responses(
        (status = 200, description = "the rules", body = RulesBody),
        (status = 404, description = "not-found: no pack is in force", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = "default", description = "a problem", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn rules(State(desk): State<Arc<Desk>>) -> Result<Json<RulesBody>, Problem> {
    let pack = desk.setup.records.pack_at(u64::MAX).ok_or(Kind::NotFound)?;
    let book = pack.book();
    let grounds = book.grounds.iter().map(|(ground, rule)| GroundBody {
        ground: ground.to_string(),
        zh: ground.zh(),
        en: ground.en(),
        basis: rule.basis.clone(),
    });
    let instrument = &book.instrument;
    Ok(Json(RulesBody {
        pack: book.name.clone(),
        digest: book.digest.to_string(),
        instrument: [instrument.title.clone(), instrument.number.clone()],
        sunset: instant(book.sunset),
        appeal_hours: book.deadlines.appeal_hours,
        grounds: grounds.collect(),
    }))
}

/// Who the caller is, as the ledger knows it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CallerBody {
    /// `person`, `officer` or `organisation`.
    kind: &'static str,
    /// The person's or officer's id.
    id: Option<String>,
    /// The body.
    org: Option<String>,
    /// Its name.
    org_name: Option<String>,
    /// The roles held.
    roles: Vec<&'static str>,
    /// The end of the term.
    term_until: Option<String>,
    /// What unsafe requests of this session name in `X-CSRF-Token`; null without a session.
    csrf: Option<String>,
}

/// Who one is here.
#[utoipa::path(
    get,
    path = "/api/v1/caller",
    responses(
        (status = 200, description = "the caller", body = CallerBody),
        (status = "default", description = "a problem", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn caller(
    State(desk): State<Arc<Desk>>,
    Extension(granted): Extension<Granted>,
    headers: HeaderMap,
) -> Result<Json<CallerBody>, Problem> {
    let org = granted.caller.org();
    let (kind, id, roles, term_until) = match &granted.caller {
        Caller::Nobody => return Err(Kind::Unauthenticated.into()),
        Caller::Person(person) => (
            "person",
            Some(person.to_string()),
            Vec::new(),
            Timestamp::NEVER,
        ),
        Caller::Organisation(_) => ("organisation", None, Vec::new(), Timestamp::NEVER),
        Caller::Officer(staff) => {
            let officer = &staff.officer;
            let roles = words(officer.roles.iter().copied());
            (
                "officer",
                Some(officer.id.to_string()),
                roles,
                officer.term_until,
            )
        }
    };
    Ok(Json(CallerBody {
        kind,
        id,
        org: org.map(|org| org.id.to_string()),
        org_name: org.map(|org| org.name.clone()),
        roles,
        term_until: instant(term_until),
        csrf: sessions::csrf(&desk, &headers),
    }))
}

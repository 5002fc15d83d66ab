//! Finishing what was begun at an identity provider: who came back, and what that opens.
//!
//! Invariant: an account opens an officer's session only where an invitation bound it and the ledger
//! has the officer in office; a document opens a person's only where something is on record. Nobody
//! becomes anybody through a provider. Refuses: whoever did not begin here.

use super::flows::Flow;
use super::session;
use super::sessions::{self, Who};
use crate::Desk;
use crate::caller::Holder;
use crate::lists::aside;
use crate::problem::{Kind, Problem, ProblemBody};
use app::records::Records as _;
use app::signin::binding::{self, Account, Bound};
use app::signin::provider::{Proven, Provider};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use domain::document::Document;
use domain::ids::OfficerId;
use domain::view::PersonView;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;

/// The longest parameter of an answer, in bytes.
const PARAMETER_BYTES_MAX: usize = 4_096;

/// With what the browser comes back (OpenID Connect Core 1.0, 3.1.2.5; RFC 9207).
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CallbackQuery {
    /// The state of the attempt.
    state: Option<String>,
    /// The code.
    code: Option<String>,
    /// The issuer.
    iss: Option<String>,
    /// Why there is no code.
    error: Option<String>,
}

/// Finishes what was begun: opens the session, and leads to the path that was named.
///
/// A browser is led to the page of the problem where there is one; others get the problem itself.
#[utoipa::path(
    get,
    path = "/api/v1/signin/identity/{name}/callback",
    params(("name" = String, Path, description = "the provider"), CallbackQuery),
    responses(
        (status = 303, description = "signed in; the session is in the cookie"),
        (status = "default", description = "a problem", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn callback(
    State(desk): State<Arc<Desk>>,
    Path(name): Path<String>,
    headers: HeaderMap,
    query: Result<Query<CallbackQuery>, QueryRejection>,
) -> Response {
    let found = match query {
        Ok(Query(query)) => finish(&desk, name, &headers, query).await,
        Err(_) => Err(Kind::Malformed.into()),
    };
    match found {
        Ok(response) => response,
        Err(problem) if is_browser(&headers) => {
            let page = [(header::LOCATION, problem.kind().uri())];
            (StatusCode::SEE_OTHER, page).into_response()
        }
        Err(problem) => problem.into_response(),
    }
}

fn is_browser(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT);
    let accept = accept.and_then(|value| value.to_str().ok());
    accept.is_some_and(|text| text.contains("text/html"))
}

/// The code that came back, or why there is none.
fn code(desk: &Desk, name: &str, query: &CallbackQuery) -> Result<String, Problem> {
    let parts = [&query.code, &query.iss, &query.error];
    let mut parts = parts.into_iter().flatten();
    if parts.any(|part| part.len() > PARAMETER_BYTES_MAX) {
        return Err(Kind::Malformed.into());
    }
    match query.error.as_deref() {
        None => query.code.clone().ok_or_else(|| Kind::Malformed.into()),
        // Whoever must be asked there is not let in until then (OpenID Connect Core 1.0, 3.1.2.6).
        Some(
            "access_denied"
            | "login_required"
            | "consent_required"
            | "interaction_required"
            | "account_selection_required",
        ) => Err(Kind::IdentityDenied.into()),
        Some(error) => {
            let word = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
            let known = error.len() <= 64 && error.bytes().all(word);
            let error = if known { error } else { "an error" };
            desk.event("identity", &format!("{name}: it answers {error}"));
            Err(Kind::ProviderFailed.into())
        }
    }
}

async fn finish(
    desk: &Arc<Desk>,
    name: String,
    headers: &HeaderMap,
    query: CallbackQuery,
) -> Result<Response, Problem> {
    let provider = desk.provider(&name)?;
    let cookie = sessions::cookie(desk.flow_cookie(), headers).unwrap_or_default();
    let state = query.state.as_deref().unwrap_or_default();
    let now = desk.setup.clock.now();
    let flow = desk.flows.finish(state, cookie, &name, now);
    let flow = flow.ok_or(Kind::StateInvalid)?;
    let code = code(desk, &name, &query)?;
    let open = move |desk: &Desk| {
        let issuer = query.iss.as_deref();
        let redeem = |one: &dyn Provider| one.redeem(&flow.attempt, &code, issuer);
        let who = match desk.answered(&*provider, redeem)? {
            Proven::Account(subject) => officer(desk, &flow, subject)?,
            Proven::Person(document) => person(desk, &document)?,
        };
        let (_, cookie) = session(desk, who)?;
        Ok((cookie, flow.then))
    };
    let (cookie, then) = aside(desk, open).await?;
    let over = desk.cookie(desk.flow_cookie(), "", 0, "Lax");
    let headers = AppendHeaders([
        (header::SET_COOKIE, cookie),
        (header::SET_COOKIE, over),
        (header::LOCATION, then),
    ]);
    Ok((StatusCode::SEE_OTHER, headers).into_response())
}

/// Counts whoever was vouched for in vain, as a wrong answer is counted elsewhere.
fn counted<T>(
    desk: &Desk,
    about: &[u8],
    found: impl FnOnce() -> Result<T, Problem>,
) -> Result<T, Problem> {
    let now = desk.setup.clock.now();
    if desk.sessions.is_locked(about, now) {
        return Err(Kind::LockedOut.into());
    }
    found().inspect_err(|_| desk.sessions.failed(about, now))
}

/// The officer whose account it is; by an invitation it becomes so now.
fn officer(desk: &Desk, flow: &Flow, subject: String) -> Result<Who, Problem> {
    let account = Account {
        provider: flow.provider.clone(),
        subject,
    };
    let about = format!("account\0{}\0{}", account.provider, account.subject);
    counted(desk, about.as_bytes(), || {
        let accounts = desk.setup.accounts.as_ref();
        let officer: OfficerId = match &flow.invitation {
            None => {
                let known = desk.read(binding::officer_of(accounts, &account))?;
                known.ok_or(Kind::AccountUnknown)?
            }
            Some(token) => {
                let now = desk.setup.clock.now();
                match desk.read(binding::bind(accounts, token, account, now))? {
                    Bound::To(officer) => officer,
                    Bound::NotInvited => return Err(Kind::SigninFailed.into()),
                    Bound::Taken => return Err(Kind::AccountTaken.into()),
                }
            }
        };
        let (_, key) = desk
            .known(&Holder::Officer(officer.clone()))
            .map_err(|problem| {
                // An account can be bound before the officer is registered.
                match problem.kind() {
                    Kind::Unauthenticated => Kind::NotInOffice.into(),
                    _ => problem,
                }
            })?;
        Ok(Who::Officer(officer, key))
    })
}

/// The person whom a document names, where anything is on record.
fn person(desk: &Desk, document: &Document) -> Result<Who, Problem> {
    let person = (desk.setup.person_id)(document);
    let about = [b"person\0", &person.as_bytes()[..]].concat();
    counted(desk, &about, || {
        let view = desk.read(desk.setup.records.person(person))?;
        match view == PersonView::default() {
            true => Err(Kind::PersonUnknown.into()),
            false => Ok(Who::Person(person)),
        }
    })
}

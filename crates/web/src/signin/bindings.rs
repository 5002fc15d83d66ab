//! Which account at an identity provider is which officer's: seen and removed by a registrar.
//!
//! Invariant: what is removed opens nothing from then on, and ends the officer's sessions.

use crate::Desk;
use crate::problem::{Kind, Problem, ProblemBody};
use app::signin::binding::{self, Binding};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use domain::ids::OfficerId;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// An officer's account.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccountBindingBody {
    /// The officer.
    officer: String,
    /// The identity provider.
    provider: String,
    /// The account there.
    subject: String,
    /// Since when it is the officer's.
    since: String,
}

impl From<Binding> for AccountBindingBody {
    fn from(binding: Binding) -> Self {
        Self {
            officer: binding.officer.to_string(),
            provider: binding.account.provider,
            subject: binding.account.subject,
            since: binding.since.to_string(),
        }
    }
}

/// Every officer's account.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BindingsBody {
    /// By officer and provider.
    items: Vec<AccountBindingBody>,
}

/// The accounts at identity providers that are officers'.
#[utoipa::path(
    get,
    path = "/api/v1/bindings",
    responses(
        (status = 200, description = "every account", body = BindingsBody),
        (status = "default", description = "a problem", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(State(desk): State<Arc<Desk>>) -> Result<Json<BindingsBody>, Problem> {
    let bindings = desk.read(binding::bindings(desk.setup.accounts.as_ref()))?;
    let items = bindings.into_iter().map(Into::into).collect();
    Ok(Json(BindingsBody { items }))
}

/// Takes an account from an officer, and ends the officer's sessions.
#[utoipa::path(
    delete,
    path = "/api/v1/bindings/{officer}/{name}",
    params(
        ("officer" = String, Path, description = "the officer"),
        ("name" = String, Path, description = "the provider"),
    ),
    responses(
        (status = 204, description = "removed"),
        (status = "default", description = "a problem", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn remove(
    State(desk): State<Arc<Desk>>,
    Path((officer, name)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let officer: OfficerId = officer.parse().map_err(|_| Kind::RecordUnknown)?;
    let accounts = desk.setup.accounts.as_ref();
    if !desk.read(binding::unbind(accounts, &officer, &name))? {
        return Err(Kind::RecordUnknown.into());
    }
    desk.sessions.end(&officer);
    Ok(StatusCode::NO_CONTENT)
}

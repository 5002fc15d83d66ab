//! Beginning to sign in at an identity provider (OpenID Connect, code flow with PKCE).
//!
//! Invariant: what an attempt needs to be finished stays here and in a cookie of the browser that
//! began it. Refuses: to lead the browser to any other server afterwards; to ask providers more at
//! once than the limit, so that a slow one holds up nobody else.

use super::flows::{FLOW_S, Flow};
use super::{entropy, to_base64url};
use crate::lists::aside;
use crate::problem::{Kind, Problem, ProblemBody};
use crate::{Desk, body};
use app::signin::binding;
use app::signin::provider::{Attempt, Failure, Fault, Provider, SignsIn};
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// The longest path to go to afterwards, in bytes.
const THEN_BYTES_MAX: usize = 512;

/// An identity provider.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProviderBody {
    /// Its name in addresses.
    name: String,
    /// Its name for people.
    title: String,
    /// `officers` or `people`.
    signs_in: &'static str,
}

/// Every identity provider.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProvidersBody {
    /// In the order of the configuration.
    items: Vec<ProviderBody>,
}

/// What to sign in for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StartBody {
    /// The token of an invitation: then the account is bound to its officer.
    pub(crate) invitation: Option<String>,
    /// The path of this server to go to afterwards; `/` where none is named.
    pub(crate) then: Option<String>,
}

/// Where the browser goes now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StartedBody {
    /// The address at the provider.
    pub(crate) address: String,
    /// Until when the browser can come back.
    until: String,
}

impl Desk {
    /// The name of the cookie that binds an attempt to a browser.
    pub(super) fn flow_cookie(&self) -> &'static str {
        match self.is_secure() {
            true => "__Host-mingma-signin",
            false => "mingma-signin",
        }
    }

    /// A provider by name.
    pub(crate) fn provider(&self, name: &str) -> Result<Arc<dyn Provider>, Problem> {
        let mut providers = self.setup.identity.iter();
        let found = providers.find(|provider| provider.name() == name);
        found.cloned().ok_or_else(|| Kind::ProviderUnknown.into())
    }

    /// What a provider answered, or the problem that it is; why goes to the log.
    pub(super) fn answered<T>(
        &self,
        provider: &dyn Provider,
        ask: impl FnOnce(&dyn Provider) -> Result<T, Fault>,
    ) -> Result<T, Problem> {
        let _permit = self.providers.try_acquire().map_err(|_| Kind::Busy)?;
        ask(provider).map_err(|Fault { failure, why }| {
            self.event("identity", &format!("{}: {why}", provider.name()));
            match failure {
                Failure::Provider => Kind::ProviderFailed.into(),
                Failure::Code => Kind::CodeRefused.into(),
                Failure::Token => Kind::TokenInvalid.into(),
            }
        })
    }
}

/// The identity providers that sign somebody in here.
#[utoipa::path(
    get,
    path = "/api/v1/signin/identity",
    responses(
        (status = 200, description = "the providers", body = ProvidersBody),
        (status = "default", description = "a problem", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(State(desk): State<Arc<Desk>>) -> Json<ProvidersBody> {
    let providers = desk.setup.identity.iter();
    let items = providers.map(|provider| ProviderBody {
        name: provider.name().to_owned(),
        title: provider.title().to_owned(),
        signs_in: provider.signs_in().word(),
    });
    let items = items.collect();
    Json(ProvidersBody { items })
}

/// Whether a path stays at this server, whatever a browser makes of it.
pub(crate) fn is_own(path: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_graphic() && byte != b'\\';
    path.starts_with('/')
        && !path.starts_with("//")
        && path.len() <= THEN_BYTES_MAX
        && path.bytes().all(plain)
}

fn fresh(desk: &Desk, anew: bool) -> Result<Attempt, Problem> {
    let secret = || Ok::<_, Problem>(to_base64url(&entropy(desk)?));
    Ok(Attempt {
        state: secret()?,
        nonce: secret()?,
        verifier: secret()?,
        begun: desk.setup.clock.now(),
        anew,
    })
}

/// Begins to sign in at a provider; the browser that sends this, and no other, can finish.
#[utoipa::path(
    post,
    path = "/api/v1/signin/identity/{name}/start",
    params(("name" = String, Path, description = "the provider")),
    request_body = StartBody,
    responses(
        (status = 201, description = "the address to go to", body = StartedBody),
        (status = "default", description = "a problem", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn start(
    State(desk): State<Arc<Desk>>,
    Path(name): Path<String>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let asked: StartBody = body::json(request).await?;
    let (body, cookie) = begun(&desk, name, asked).await?;
    Ok((
        StatusCode::CREATED,
        [(header::SET_COOKIE, cookie)],
        Json(body),
    )
        .into_response())
}

/// Begins to sign in at a provider: where to go, and the cookie that comes back from there.
pub(crate) async fn begun(
    desk: &Arc<Desk>,
    name: String,
    asked: StartBody,
) -> Result<(StartedBody, String), Problem> {
    let provider = desk.provider(&name)?;
    let then = asked.then.unwrap_or_else(|| "/".to_owned());
    let for_staff = provider.signs_in() == SignsIn::Officers;
    if !is_own(&then) || (asked.invitation.is_some() && !for_staff) {
        return Err(Kind::FieldInvalid.into());
    }
    let attempt = fresh(desk, asked.invitation.is_some())?;
    if let Some(token) = &asked.invitation {
        let accounts = desk.setup.accounts.as_ref();
        if !desk.read(binding::is_invited(accounts, token, attempt.begun))? {
            return Err(Kind::SigninFailed.into());
        }
    }
    let asking = attempt.clone();
    let ask = move |desk: &Desk| desk.answered(&*provider, |one| one.begin(&asking));
    let address = aside(desk, ask).await?;
    let cookie = to_base64url(&entropy(desk)?);
    let until = attempt.begun.plus_s(FLOW_S).to_string();
    let flow = Flow {
        attempt,
        provider: name,
        invitation: asked.invitation,
        then,
    };
    desk.flows.begin(flow, &cookie);
    // Lax: it must come along when the provider sends the browser back.
    let cookie = desk.cookie(desk.flow_cookie(), &cookie, FLOW_S, "Lax");
    Ok((StartedBody { address, until }, cookie))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browser_stays_at_this_server() {
        for path in ["/", "/me", "/staff/orders?open=true#first"] {
            assert!(is_own(path), "{path}");
        }
        let long = format!("/{}", "a".repeat(THEN_BYTES_MAX));
        for path in [
            "",
            "me",
            "//evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "/a b",
            "https://evil.example",
            "/é",
            &long,
        ] {
            assert!(!is_own(path), "{path}");
        }
    }
}

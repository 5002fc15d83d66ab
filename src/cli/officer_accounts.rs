//! `mingma officer accounts` and `unbind`: which account at an identity provider is which officer's.
//!
//! Invariant: an account is bound by an invitation alone, at the server; here it is seen and removed.
//! The server must be stopped, or be asked instead (`/api/v1/bindings`).

use super::context::{Context, local};
use super::error::{CliError, Done};
use super::json;
use app::signin::binding;
use domain::ids::OfficerId;
use serde_json::{Value, json};

/// Lists every account.
pub fn list(cx: &Context) -> Done {
    let office = cx.office()?;
    let bindings = binding::bindings(&office.accounts()?)?;
    let value = |one: &binding::Binding| {
        json!({
            "officer": one.officer.as_str(),
            "provider": one.account.provider,
            "subject": one.account.subject,
            "since": json::instant(one.since),
        })
    };
    let all: Vec<Value> = bindings.iter().map(value).collect();
    cx.show(Value::Array(all), || {
        let lines = bindings.iter().map(|one| {
            let since = local(&office, one.since);
            let account = &one.account;
            format!(
                "{:<28} {}  {}  since {since}",
                one.officer.as_str(),
                account.provider,
                account.subject
            )
        });
        lines.collect::<Vec<_>>().join("\n")
    })
}

/// Removes an account.
pub fn unbind(cx: &Context, officer: &OfficerId, provider: &str) -> Done {
    let office = cx.office()?;
    let accounts = office.accounts()?;
    if !binding::unbind(&accounts, officer, provider)? {
        return Err(CliError::input(
            format!("{officer} has no account at `{provider}`"),
            "`mingma officer accounts` shows every account",
        ));
    }
    drop(accounts);
    office.close()?;
    let value = json!({ "officer": officer.as_str(), "provider": provider });
    cx.show(value, || {
        format!("{officer} has no account at {provider} any more")
    })
}

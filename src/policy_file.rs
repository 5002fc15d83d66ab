//! The trust policy of a ledger: its log, its witnesses, how many of them must have cosigned.
//!
//! Invariant: the policy names this ledger's log key. Where none was set it asks for no witness, and
//! lists are then marked unwitnessed.

use crate::office::Office;
use std::path::PathBuf;
use store::files::{Durability, put};
use tlog::policy::Policy;

fn path(office: &Office) -> PathBuf {
    office.path().join("policy")
}

/// The policy in force, as text.
pub fn read(office: &Office) -> Result<String, String> {
    let path = path(office);
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(standard(office)),
        Err(error) => Err(format!("`{}`: {error}", path.display())),
    }
}

/// The policy in force.
pub fn policy(office: &Office) -> Result<Policy, String> {
    Policy::parse(&read(office)?).map_err(|error| format!("the policy cannot be used: {error}"))
}

/// Sets the policy.
pub fn set(office: &Office, text: &str) -> Result<Policy, String> {
    let policy = Policy::parse(text).map_err(|error| error.to_string())?;
    if policy.log().to_string() != office.vkey() {
        return Err(format!(
            "the policy is for another log: its log line must be `log {}`",
            office.vkey()
        ));
    }
    let path = path(office);
    put(&path, text.as_bytes(), Durability::Synced)
        .map_err(|error| format!("`{}`: {error}", path.display()))?;
    Ok(policy)
}

fn standard(office: &Office) -> String {
    let origin = office.ledger().state().origin.clone().unwrap_or_default();
    format!("log {} https://{origin}\nquorum none\n", office.vkey())
}

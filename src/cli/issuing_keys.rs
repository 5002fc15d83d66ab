//! `mingma credential keys`: which keys issue credentials and lists.
//!
//! Invariant: a fresh key takes the place of the old one only after the ledger accepted it; a refused
//! or interrupted registration leaves the old one at work. Refuses: what no registrar signs.

use super::act::{self, SignerArgs};
use super::context::{Context, local};
use super::error::{CliError, Done};
use super::json;
use clap::Subcommand;
use domain::act::ActBody;
use domain::ids::from_hex;
use domain::publication::{IssuingKey, KeyPurpose};
use domain::time::DAY_S;
use serde_json::{Value, json};

/// So long before a key ends a fresh one is made in its place.
const RENEW_S: i64 = 30 * DAY_S;

/// `mingma credential keys`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Register this ledger's two issuing keys: an act of the province. A key that was revoked, or
    /// ends within 30 days, is replaced by a fresh one
    Register {
        /// For how many days
        #[arg(long, default_value_t = 366, value_name = "DAYS")]
        days: u16,
        #[command(flatten)]
        signer: SignerArgs,
    },
    /// List the keys on record
    List,
    /// Revoke a key: an act of the province
    Revoke {
        /// The key, in hexadecimal
        key: String,
        /// Why
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        signer: SignerArgs,
    },
}

/// Runs `mingma credential keys`.
pub fn run(cx: &Context, command: Command) -> Done {
    match command {
        Command::Register { days, signer } => register(cx, days, &signer),
        Command::List => keys(cx),
        Command::Revoke {
            key,
            reason,
            signer,
        } => {
            let key = issuing_key(&key)?;
            let what = format!("issuing key {key} revoked");
            act::act(
                cx,
                &signer,
                ActBody::IssuingKeyRevoke { key, reason },
                &what,
            )
        }
    }
}

fn issuing_key(text: &str) -> Done<IssuingKey> {
    let bytes = from_hex(text).ok().and_then(IssuingKey::from_bytes);
    bytes.ok_or_else(|| {
        CliError::input(
            format!("`{text}` is not an issuing key"),
            "give the 66 digits that `mingma credential keys list` shows",
        )
    })
}

fn register(cx: &Context, days: u16, signer: &SignerArgs) -> Done {
    let signer = signer.signer()?;
    let mut office = cx.office()?;
    let now = cx.now();
    let mut told = Vec::new();
    for purpose in [KeyPurpose::Credential, KeyPurpose::StatusList] {
        let mut grant = office.issuing_grant(purpose, &office.issuing_key(purpose)?, now, days)?;
        let known = |key: &IssuingKey| office.ledger().state().issuing_keys.get(key).copied();
        let mut next = false;
        if let Some(record) = known(&grant.key) {
            if now.plus_s(RENEW_S) < record.grant.until.min(record.revoked_at) {
                told.push((purpose, grant.key, None));
                continue;
            }
            // Revoked, or near its end: a fresh one takes its place.
            let key = office.next_issuing_key(purpose)?;
            grant = office.issuing_grant(purpose, &key, now, days)?;
            next = true;
        }
        // A registration that was interrupted before its key came into place is known already.
        let entry = match known(&grant.key) {
            Some(record) => record.entry,
            None => {
                let body = ActBody::IssuingKeyRegister(grant);
                let receipt = act::submit(cx, &mut office, &signer, body)?;
                if receipt.refusal.is_some() {
                    office.close()?;
                    return act::answer(cx, &receipt, "issuing key", Vec::new());
                }
                receipt.seq
            }
        };
        if next {
            office.promote_issuing_key(purpose)?;
        }
        told.push((purpose, grant.key, Some(entry)));
    }
    office.close()?;
    let value = json!({
        "keys": told.iter().map(|(purpose, key, entry)| json!({
            "purpose": purpose.word(), "key": key.to_string(), "entry": entry,
        })).collect::<Vec<_>>(),
    });
    cx.show(value, || {
        let lines = told.iter().map(|(purpose, key, entry)| match entry {
            Some(entry) => format!("accepted: key for {}, entry {entry}\n  {key}", purpose.en()),
            None => format!("on record already: key for {}\n  {key}", purpose.en()),
        });
        lines.collect::<Vec<_>>().join("\n")
    })
}

fn keys(cx: &Context) -> Done {
    let office = cx.office()?;
    let keys = &office.ledger().state().issuing_keys;
    let value: Vec<Value> = keys
        .values()
        .map(|record| {
            json!({
                "purpose": record.grant.purpose.word(),
                "key": record.grant.key.to_string(),
                "from": json::instant(record.grant.from),
                "until": json::instant(record.grant.until),
                "revoked_at": json::instant(record.revoked_at),
                "entry": record.entry,
            })
        })
        .collect();
    cx.show(json!({ "keys": value }), || {
        if keys.is_empty() {
            return "no issuing key is registered\n\
                    help: `mingma credential keys register --as REGISTRAR --key FILE`"
                .to_owned();
        }
        let lines = keys.values().map(|record| {
            let until = local(&office, record.grant.until.min(record.revoked_at));
            format!(
                "{:<11}  until {until}  entry {}\n  {}",
                record.grant.purpose.word(),
                record.entry,
                record.grant.key
            )
        });
        lines.collect::<Vec<_>>().join("\n")
    })
}

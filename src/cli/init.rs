//! `mingma init`: a fresh data directory, and the act that begins its ledger.
//!
//! Invariant: genesis is tried on an empty state first; when it would be refused, no directory is
//! made. Refuses: a directory that holds something, and to overwrite a key file.

use super::context::Context;
use super::error::{CliError, Done};
use super::{keys, parse};
use crate::office::Office;
use clap::Args;
use domain::act::{Act, ActBody};
use domain::division::DivisionCode;
use domain::ids::{OfficerId, OrgId, PublicKey};
use domain::machine;
use domain::organisation::{Officer, OrgKind, Organisation, Role};
use domain::state::State;
use domain::time::{DAY_S, Timestamp};
use intake::key::KeyPair;
use serde_json::json;
use std::path::PathBuf;

/// A term when none is given, in days.
const TERM_DAYS: u16 = 365;

const EXAMPLES: &str = "\
Examples:
  mingma init --data henan --origin log.example/henan --province 41 \\
      --organisation 410000-health --name 省卫生健康委员会 \\
      --registrar 410000-health.gao --holder holder-1 --generate-keys keys
  mingma init --data henan --origin log.example/henan --province 41 \\
      --organisation 410000-health --name 省卫生健康委员会 --org-key health.pub \\
      --registrar 410000-health.gao --holder holder-1 --registrar-key gao.key

The first registrar then registers organisations and officers and adopts a rule pack.";

/// Options of `init`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Options {
    /// The name of the log, for ever: 1 to 128 plain characters
    #[arg(long)]
    origin: String,
    /// The province, by its division code
    #[arg(long, value_name = "CODE", value_parser = parse::division)]
    province: DivisionCode,
    /// The id of the province's registering organisation
    #[arg(long, value_name = "ID")]
    organisation: OrgId,
    /// What it is
    #[arg(long, value_name = "KIND", default_value = "health_commission",
          value_parser = parse::org_kind)]
    kind: OrgKind,
    /// Its name, as the public knows it
    #[arg(long)]
    name: String,
    /// The id of its first registrar
    #[arg(long, value_name = "ID")]
    registrar: OfficerId,
    /// Names the registrar's human being: a keyed hash, not a name
    #[arg(long)]
    holder: String,
    /// The registrar's key file; signs the first entry
    #[arg(long, value_name = "FILE", required_unless_present = "generate_keys")]
    registrar_key: Option<PathBuf>,
    /// The organisation's public key, or a file with it
    #[arg(long, value_name = "KEY", required_unless_present = "generate_keys")]
    org_key: Option<String>,
    /// Make the key files that are not given, in this directory
    #[arg(long, value_name = "DIR")]
    generate_keys: Option<PathBuf>,
    /// How long the registrar's term lasts, in days
    #[arg(long, value_name = "DAYS", default_value_t = TERM_DAYS)]
    term_days: u16,
}

/// Makes the directory and begins the ledger.
pub fn run(cx: &Context, options: &Options) -> Done {
    if cx.data().join("format").exists() {
        return Err(CliError::input(
            format!("`{}` is a data directory already", cx.data().display()),
            "name another with `--data DIR`; a ledger begins once",
        ));
    }
    let mut made = Vec::new();
    let registrar = match &options.registrar_key {
        Some(path) => parse::key_pair(path)?,
        None => generate(options, options.registrar.as_str(), &mut made)?,
    };
    let org_key = match &options.org_key {
        Some(text) => parse::public_key(text)?,
        None => generate(options, options.organisation.as_str(), &mut made)?.public(),
    };
    let now = cx.now();
    let bytes = genesis(options, &registrar, org_key, now)?;
    rehearse(&bytes, now)?;
    let mut office = Office::create(cx.data(), &options.origin)?;
    let receipts = office.submit(now, vec![bytes])?;
    let vkey = office.vkey();
    let refused = receipts
        .into_iter()
        .find_map(|receipt| Some((receipt.seq, receipt.refusal?)));
    office.close()?;
    if let Some((entry, refusal)) = refused {
        return Err(CliError::Refused {
            entry: Some(entry),
            refusal: Box::new(refusal),
        });
    }
    let person_key = cx.data().join("keys/person.key");
    let value = json!({
        "accepted": true,
        "entry": 0,
        "data": cx.data().display().to_string(),
        "origin": options.origin,
        "vkey": vkey,
        "person_key": person_key.display().to_string(),
        "keys": made.iter().map(|path| path.display().to_string()).collect::<Vec<_>>(),
    });
    cx.show(value, || {
        let mut lines = vec![
            format!("accepted: genesis of `{}`, entry 0", options.origin),
            format!("  data directory: {}", cx.data().display()),
            format!("  log key, for everybody who checks: {vkey}"),
            format!(
                "  person key, for offices that report: {}",
                person_key.display()
            ),
        ];
        lines.extend(
            made.iter()
                .map(|path| format!("  made: {}", path.display())),
        );
        lines
            .push("next: register organisations and officers, then `mingma pack adopt`".to_owned());
        lines.join("\n")
    })
}

fn generate(options: &Options, name: &str, made: &mut Vec<PathBuf>) -> Done<KeyPair> {
    let folder = options
        .generate_keys
        .clone()
        .unwrap_or_else(|| PathBuf::from("."));
    std::fs::create_dir_all(&folder).map_err(|error| CliError::unwritable(&folder, &error))?;
    let path = folder.join(format!("{name}.key"));
    let pair = keys::make(&path, false)?;
    made.push(path);
    Ok(pair)
}

fn genesis(
    options: &Options,
    registrar: &KeyPair,
    org_key: PublicKey,
    now: Timestamp,
) -> Done<Vec<u8>> {
    let organisation = Organisation {
        id: options.organisation.clone(),
        kind: options.kind,
        division: options.province,
        section: None,
        part_of: None,
        name: options.name.clone(),
        key: org_key,
    };
    let officer = Officer {
        id: options.registrar.clone(),
        org: options.organisation.clone(),
        roles: [Role::Registrar].into(),
        term_from: now,
        term_until: now.plus_s(i64::from(options.term_days).saturating_mul(DAY_S)),
        key: registrar.public(),
        holder: options.holder.clone(),
    };
    let random = crate::office::random()?;
    let mut nonce = [0_u8; 16];
    nonce
        .iter_mut()
        .zip(random)
        .for_each(|(slot, byte)| *slot = byte);
    let act = Act {
        ledger: options.origin.clone(),
        officer: options.registrar.clone(),
        signed_at: now,
        nonce,
        body: ActBody::Genesis {
            province: options.province,
            organisation,
            registrar: officer,
        },
    };
    Ok(intake::sign_act(&act, registrar.signing())?)
}

/// What the machine would say: a refused genesis must not leave a directory behind.
fn rehearse(bytes: &[u8], now: Timestamp) -> Done {
    let mut state = State::default();
    let submission = intake::receive(bytes, &state);
    let cx = machine::Context {
        at: now,
        rules: None,
        candidate: None,
    };
    match machine::step(&mut state, &cx, &submission).refusal {
        Some(refusal) => Err(CliError::Refused {
            entry: None,
            refusal: Box::new(refusal),
        }),
        None => Ok(()),
    }
}

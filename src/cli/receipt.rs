//! `mingma receipt`: the person's own proof, made here and checked anywhere.
//!
//! Invariant: a receipt is checked before it is handed out. Refuses: to call a red in a list right
//! when no proven entry makes this person red.

use super::context::{Context, complain};
use super::error::{CliError, Done};
use super::parse;
use crate::office::Office;
use crate::proofs::{self, ProofTrouble};
use crate::receipts::{self, Entry, Proven, Receipt, Says};
use crate::trust;
use clap::Args;
use credential::list::Status;
use credential::token::Credential;
use domain::colour::Colour;
use domain::state::records::Order;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use tlog::VerifierKey;

/// Options of `mingma receipt`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  mingma receipt 990000199001010017 -o mine.json
  mingma receipt --verify mine.json --vkey \"$VKEY\"
  mingma receipt --verify mine.json --vkey \"$VKEY\" --credential today.cwt --trust gate

The last asks also whether the published list says what the entries justify: a red there without an
entry is proof of abuse. Exit code 4 when something does not hold.")]
pub struct Options {
    /// A person (document number, `KIND:NUMBER`, id) or an order's id
    #[arg(required_unless_present = "verify")]
    what: Option<String>,
    /// The file to write
    #[arg(short, long, value_name = "FILE", default_value = "receipt.json")]
    output: PathBuf,
    /// Check a receipt in place of making one; needs no data directory
    #[arg(long, value_name = "FILE", requires = "vkey", conflicts_with = "what")]
    verify: Option<PathBuf>,
    /// The log's public key, or a file with it
    #[arg(long, value_name = "KEY")]
    vkey: Option<String>,
    /// The person's credential: its slot is looked up
    #[arg(long, value_name = "FILE", requires = "trust")]
    credential: Option<PathBuf>,
    /// The directory of `trust fetch`
    #[arg(long, value_name = "DIR")]
    trust: Option<PathBuf>,
}

/// Runs `mingma receipt`.
pub fn run(cx: &Context, options: &Options) -> Done {
    match (&options.verify, &options.what) {
        (Some(file), _) => verify(cx, options, file),
        (None, Some(what)) => make(cx, options, what),
        (None, None) => Err(CliError::input(
            "nothing to do",
            "name a person or an order",
        )),
    }
}

fn trouble(error: &ProofTrouble) -> CliError {
    CliError::System(error.to_string())
}

fn order_of<'a>(office: &'a Office, what: &str) -> Option<&'a Order> {
    let plain = what.trim().to_ascii_lowercase();
    // A person id has as many digits as an order id; a whole or shortened order id is known.
    let known = &office.ledger().state().orders;
    let mut found = known
        .iter()
        .filter(|(id, _)| plain.len() >= 6 && id.to_string().starts_with(&plain));
    match (found.next(), found.next()) {
        (Some((_, order)), None) => Some(order),
        _ => None,
    }
}

fn make(cx: &Context, options: &Options, what: &str) -> Done {
    let office = cx.office()?;
    let origin = super::act::origin(&office)?;
    let receipt = match order_of(&office, what) {
        Some(order) => of_order(&office, origin, order)?,
        None => of_person(&office, origin, what)?,
    };
    let vkey =
        VerifierKey::parse(&office.vkey()).map_err(|error| CliError::System(error.to_string()))?;
    let proven = receipts::check(&receipt, &vkey).map_err(CliError::System)?;
    let text = serde_json::to_string_pretty(&receipt).unwrap_or_default();
    std::fs::write(&options.output, text)
        .map_err(|error| CliError::unwritable(&options.output, &error))?;
    let file = options.output.display().to_string();
    let value = json!({
        "file": file,
        "vkey": office.vkey(),
        "entries": proven.iter().map(entry_value).collect::<Vec<_>>(),
    });
    office.close()?;
    cx.show(value, || {
        let mut lines = vec![format!("written: {file}, {} entries", proven.len())];
        lines.extend(proven.iter().map(|one| format!("  {}", entry_text(one))));
        lines.push(format!(
            "check it with `mingma receipt --verify {file} --vkey {vkey}`"
        ));
        lines.join("\n")
    })
}

fn of_person(office: &Office, origin: String, what: &str) -> Done<Receipt> {
    let person = parse::person(what, office.person_key())?;
    let ledger = office.ledger();
    let records = app::receipt::about(ledger.journal(), ledger.keyring(), person)?;
    if records.open.is_empty() && records.forgotten > 0 {
        return Err(CliError::input(
            "this person was erased: the salts that a receipt needs are destroyed",
            "nobody can make it any more; receipts given out before still verify",
        ));
    }
    let mut entries = Vec::with_capacity(records.open.len());
    for record in &records.open {
        let proof = proofs::prove(office, record.entry).map_err(|error| trouble(&error))?;
        entries.push(Entry {
            proof: proof.receipt.to_string(),
            subject: Some(receipts::own_leaf(record)),
        });
    }
    Ok(Receipt {
        format: receipts::FORMAT.to_owned(),
        origin,
        person: Some(person.to_string()),
        order: None,
        entries,
    })
}

fn of_order(office: &Office, origin: String, order: &Order) -> Done<Receipt> {
    let decisions = order.decisions.iter().map(|decision| decision.by.entry);
    let mut numbers: Vec<u64> = std::iter::once(order.maker.entry)
        .chain(decisions)
        .collect();
    numbers.sort_unstable();
    numbers.dedup();
    let mut entries = Vec::with_capacity(numbers.len());
    for number in numbers {
        let proof = proofs::prove(office, number).map_err(|error| trouble(&error))?;
        entries.push(Entry {
            proof: proof.receipt.to_string(),
            subject: None,
        });
    }
    Ok(Receipt {
        format: receipts::FORMAT.to_owned(),
        origin,
        person: None,
        order: Some(order.id.to_string()),
        entries,
    })
}

fn entry_value(one: &Proven) -> Value {
    json!({
        "entry": one.leaf.seq,
        "kind": one.leaf.kind,
        "at": super::json::instant(one.leaf.at),
        "org": one.leaf.org.as_ref().map(|org| org.as_str()),
        "people": one.leaf.people,
        "says": one.says.map(|says| match says {
            Says::Measure { from, until, ground, colour } => json!({
                "measure": ground.code(), "colour": colour.word(),
                "from": super::json::instant(from), "until": super::json::instant(until),
            }),
            Says::Evidence { colour, until } => json!({
                "evidence": true, "colour": colour.word(), "until": super::json::instant(until),
            }),
            Says::Changed { colour, until } => json!({
                "changed": true, "colour": colour.word(), "until": super::json::instant(until),
            }),
            Says::Other => json!({}),
        }),
    })
}

fn entry_text(one: &Proven) -> String {
    let by = one.leaf.org.as_ref().map_or("", |org| org.as_str());
    let says = match one.says {
        None => format!("{} people", one.leaf.people),
        Some(Says::Measure {
            from,
            until,
            ground,
            colour,
        }) => format!(
            "{} on ground {} from {from} until {until}",
            colour.word(),
            ground.code()
        ),
        Some(Says::Evidence { colour, .. }) => format!("evidence recorded; then {}", colour.word()),
        Some(Says::Changed { colour, .. }) => format!("then {}", colour.word()),
        Some(Says::Other) => "no colour changed".to_owned(),
    };
    format!(
        "entry {}: {} by {by} at {}: {says}",
        one.leaf.seq, one.leaf.kind, one.leaf.at
    )
}

fn verify(cx: &Context, options: &Options, file: &Path) -> Done {
    let vkey = options.vkey.clone().unwrap_or_default();
    let path = Path::new(&vkey);
    let text = match path.is_file() {
        true => parse::read_text(path, 4_096)?,
        false => vkey,
    };
    let log = VerifierKey::parse(text.trim()).map_err(|error| {
        CliError::input(
            format!("not the public key of a log: {error}"),
            "give what `mingma log vkey` prints, from somebody you trust",
        )
    })?;
    let text = parse::read_text(file, receipts::FILE_BYTES_MAX)?;
    let receipt = receipts::read(&text).map_err(|why| {
        CliError::input(
            format!("`{}` is not a receipt: {why}", file.display()),
            "give the file that `mingma receipt` wrote",
        )
    })?;
    let proven = receipts::check(&receipt, &log).map_err(|why| {
        CliError::Failed(format!(
            "the receipt does not hold: {why}\n\
             help: ask for a new one; if it fails again, show it to the oversight body"
        ))
    })?;
    let said = proven.iter().filter_map(|one| one.says);
    let left = receipts::colour_left(said, cx.now());
    let listed = listed(cx, options)?;
    let value = json!({
        "holds": true,
        "origin": receipt.origin,
        "entries": proven.iter().map(entry_value).collect::<Vec<_>>(),
        "colour_left": receipt.person.as_ref().map(|_| left.word()),
        "list_says": listed.map(Colour::word),
    });
    cx.show(value, || {
        let mut lines = vec![format!(
            "the receipt holds: {} entries of `{}`",
            proven.len(),
            receipt.origin
        )];
        lines.extend(proven.iter().map(|one| format!("  {}", entry_text(one))));
        if receipt.person.is_some() {
            lines.push(format!("the entries leave this person {} now", left.word()));
        }
        lines.extend(listed.map(|colour| format!("the published list says {}", colour.word())));
        lines.join("\n")
    })?;
    match listed {
        Some(colour) if colour > left => Err(CliError::Failed(format!(
            "the list says {} and no entry of the receipt makes this person so\n\
             help: this is proof of abuse: give receipt, credential and list to the oversight body",
            colour.word()
        ))),
        _ => Ok(()),
    }
}

/// What the published list says of a credential, if one was given.
fn listed(cx: &Context, options: &Options) -> Done<Option<Colour>> {
    let (Some(file), Some(dir)) = (&options.credential, &options.trust) else {
        return Ok(None);
    };
    let bytes = std::fs::read(file).map_err(|error| CliError::unreadable(file, &error))?;
    let credential = Credential::read(&bytes).map_err(|error| {
        CliError::input(
            format!("`{}`: {error}", file.display()),
            "give a file that `mingma credential issue` wrote",
        )
    })?;
    let now_s = cx.now().as_unsigned_unix();
    let house =
        trust::load(dir, None, now_s).map_err(|error| CliError::System(error.to_string()))?;
    for list in &house.not_taken {
        complain(&format!("{}: {}", list.uri, list.why));
    }
    let status = &credential.unverified_claims().status;
    let says = house
        .lists
        .find(&status.uri)
        .and_then(|list| list.status(status.idx));
    match says {
        Some(Status::Green) => Ok(Some(Colour::Green)),
        Some(Status::Yellow) => Ok(Some(Colour::Yellow)),
        Some(Status::Red) => Ok(Some(Colour::Red)),
        Some(Status::Revoked) => Err(CliError::Failed(
            "this credential was withdrawn\nhelp: use the newest one".to_owned(),
        )),
        None => Err(CliError::Failed(
            "the list of this credential is not here, or has no such slot\n\
             help: fetch it: `mingma trust fetch SITE --trust DIR`"
                .to_owned(),
        )),
    }
}

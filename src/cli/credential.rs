//! `mingma credential`: the code that a person carries, issued, shown, replaced, withdrawn.
//!
//! Invariant: a credential has no colour and no name in it; what a gate shows comes from the list.
//! Refuses: to overwrite a holder's key; to issue by a key that the province did not register.

use super::act::{self, SignerArgs};
use super::context::{Context, local};
use super::error::{CliError, Done};
use super::{issuing_keys, json, parse};
use crate::credentials;
use crate::office::Office;
use crate::qr::{Correction, Qr};
use app::issuing::Issued;
use app::ledger::Receipt;
use app::ports::{Holdings, Vault};
use clap::{Args, Subcommand};
use credential::key::{PublicKey, SigningKey};
use credential::presentation::{self, Challenge};
use domain::document::PersonId;
use domain::ids::{from_hex, to_hex};
use domain::time::{Day, Timestamp};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  mingma credential keys register --as 410000-health.gao --key gao.key
  mingma credential device phone.key
  mingma credential issue 990000199001010017 --holder phone.key -o today.cwt
  mingma credential show today.cwt --holder phone.key --png code.png
  mingma credential renew 990000199001010017 --holder new-phone.key -o today.cwt \\
      --case L-7 --as 410000-hotline.he --key he.key

A person has one slot a day. `issue` gives another device of the same person a credential for the
same slot; `renew` takes a fresh slot and withdraws every credential of before.";

/// `mingma credential`.
#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub enum Command {
    /// Make a key for a device: in a real phone it never leaves the phone
    Device {
        /// The key file to write
        file: PathBuf,
    },
    /// Issue credentials for a person, one a day
    Issue(IssueArgs),
    /// Withdraw a person's credentials and issue fresh ones in a fresh slot; an entry says so
    Renew(RenewArgs),
    /// Withdraw a person's credentials, as after a lost phone or sheet; an entry says so
    Revoke {
        /// A document number, `KIND:NUMBER`, or a person id
        person: String,
        #[command(flatten)]
        about: About,
    },
    /// Show the code: text, QR on the terminal, SVG or PNG
    Show(ShowArgs),
    /// Say what was issued for a person
    List {
        /// A document number, `KIND:NUMBER`, or a person id
        person: String,
    },
    /// The keys that issue: register, list, revoke
    #[command(subcommand)]
    Keys(issuing_keys::Command),
}

/// Who withdraws, and for which case: it stands in the ledger, and the person will see it.
#[derive(Args, Debug)]
pub struct About {
    /// The case that it belongs to
    #[arg(long)]
    case: String,
    #[command(flatten)]
    signer: SignerArgs,
}

/// Options of `credential renew`.
#[derive(Args, Debug)]
pub struct RenewArgs {
    #[command(flatten)]
    issue: IssueArgs,
    #[command(flatten)]
    about: About,
}

/// Options of `credential issue`.
#[derive(Args, Debug)]
pub struct IssueArgs {
    /// A document number, `KIND:NUMBER`, or a person id
    person: String,
    /// The device's key: 66 hexadecimal digits, or a file of `credential device`. Repeat it for one
    /// key a day: a key that serves two days links them
    #[arg(long, value_name = "KEY", conflicts_with = "without_key")]
    holder: Vec<String>,
    /// For a device that holds no key: a copied picture is then as good as the device
    #[arg(long)]
    without_key: bool,
    /// The first day [default: today]
    #[arg(long, value_name = "DAY", value_parser = parse::day)]
    day: Option<Day>,
    /// For how many days, at most 7
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=7))]
    days: u8,
    /// The file to write; with several days `-DAY` goes before its ending
    #[arg(short, long, value_name = "FILE", default_value = "credential.cwt")]
    output: PathBuf,
}

/// Options of `credential show`.
#[derive(Args, Debug)]
pub struct ShowArgs {
    /// The credential file
    file: PathBuf,
    /// The device's key file; without it the bare credential is shown
    #[arg(long, value_name = "FILE")]
    holder: Option<PathBuf>,
    /// Answer a gate's challenge: its name
    #[arg(long, requires = "nonce")]
    gate: Option<String>,
    /// Answer a gate's challenge: its number, in hexadecimal
    #[arg(long, requires = "gate", value_name = "HEX")]
    nonce: Option<String>,
    /// Write the code as SVG
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Write the code as PNG
    #[arg(long, value_name = "FILE")]
    png: Option<PathBuf>,
    /// Print the text alone, without the picture
    #[arg(long)]
    text: bool,
}

/// Runs `mingma credential`.
pub fn run(cx: &Context, command: Command) -> Done {
    match command {
        Command::Device { file } => device(cx, &file),
        Command::Issue(args) => issue(cx, &args, None),
        Command::Renew(args) => issue(cx, &args.issue, Some(&args.about)),
        Command::Revoke { person, about } => revoke(cx, &person, &about),
        Command::Show(args) => show(cx, &args),
        Command::List { person } => list(cx, &person),
        Command::Keys(command) => issuing_keys::run(cx, command),
    }
}

fn device(cx: &Context, file: &Path) -> Done {
    let secret = crate::office::random()?;
    let key = SigningKey::from_bytes(&secret)
        .map_err(|error| CliError::System(format!("no key could be made: {error}")))?;
    let public = to_hex(&key.public().to_bytes());
    store::datadir::write_secret(file, format!("{}\n", to_hex(&secret)).as_bytes())
        .map_err(|error| CliError::System(error.to_string()))?;
    let value = json!({ "file": file.display().to_string(), "public": public });
    cx.show(value, || {
        format!("made: {}\n  public key: {public}", file.display())
    })
}

/// Reads a device's key file.
fn device_key(path: &Path) -> Done<SigningKey> {
    let bad = || {
        CliError::input(
            format!("`{}` is not the key of a device", path.display()),
            "give a file that `mingma credential device` wrote",
        )
    };
    let text = parse::read_text(path, 256)?;
    let secret = from_hex(text.trim()).map_err(|_| bad())?;
    SigningKey::from_bytes(&secret).map_err(|_| bad())
}

fn holder(text: &str) -> Done<PublicKey> {
    if let Ok(bytes) = from_hex::<33>(text) {
        return PublicKey::from_bytes(&bytes).map_err(|error| {
            CliError::input(
                format!("not a device's public key: {error}"),
                "give what `mingma credential device` printed",
            )
        });
    }
    Ok(device_key(Path::new(text))?.public())
}

/// The devices' keys: none, one for all days, or one for each.
fn holders(args: &IssueArgs) -> Done<Vec<PublicKey>> {
    let holders = args.holder.iter().map(|text| holder(text));
    let holders = holders.collect::<Done<Vec<PublicKey>>>()?;
    match (holders.len(), args.without_key) {
        (0, true) | (1, _) => {}
        (count, _) if count == usize::from(args.days) => {}
        (0, false) => {
            return Err(CliError::input(
                "a credential is bound to a device's key",
                "say `--holder KEY`; `mingma credential device FILE` makes one; or say \
                 `--without-key` for a device that holds none",
            ));
        }
        (count, _) => {
            return Err(CliError::input(
                format!("{count} keys for {} days", args.days),
                "give one key, or one for each day",
            ));
        }
    }
    Ok(holders)
}

fn issue(cx: &Context, args: &IssueArgs, renew: Option<&About>) -> Done {
    let holders = holders(args)?;
    let mut office = cx.office()?;
    let person = parse::person(&args.person, office.person_key())?;
    known(&office, person)?;
    let now = cx.now();
    let today = now.local_day(office.ledger().state().utc_offset_s);
    let first = args.day.unwrap_or(today);
    let wants = credentials::wants(person, first, args.days, &holders);
    let withdrawn = renew.is_some();
    let issued = match renew {
        Some(about) => {
            if let Some(receipt) = refused(cx, &mut office, person, about)? {
                office.close()?;
                return act::answer(cx, &receipt, "renewal", Vec::new());
            }
            office.renew(now, &wants)?
        }
        None => office.issue(now, &wants)?,
    };
    let mut files = Vec::new();
    for (want, issued) in wants.iter().zip(&issued) {
        let path = output(&args.output, want.day, wants.len());
        std::fs::write(&path, &issued.credential)
            .map_err(|error| CliError::unwritable(&path, &error))?;
        files.push((want.day, path, issued.clone()));
    }
    let value = json!({
        "withdrawn": withdrawn,
        "issued": files.iter().map(|(day, path, issued)| json!({
            "day": day.to_string(),
            "file": path.display().to_string(),
            "bytes": issued.credential.len(),
            "uri": issued.uri,
            "idx": issued.idx,
            "until": json::instant(issued.validity.until),
        })).collect::<Vec<_>>(),
    });
    let offset = |at: Timestamp| local(&office, at);
    let text = || {
        let mut lines = Vec::new();
        if withdrawn {
            lines.push("withdrawn: every credential of before, from the next list on".to_owned());
        }
        lines.extend(files.iter().map(|(day, path, issued)| {
            format!(
                "issued for {day}: {} ({} bytes, good until {})",
                path.display(),
                issued.credential.len(),
                offset(issued.validity.until)
            )
        }));
        lines.join("\n")
    };
    cx.show(value, text)?;
    Ok(office.close()?)
}

/// Where the credential of a day goes.
fn output(path: &Path, day: Day, count: usize) -> PathBuf {
    if count <= 1 {
        return path.to_path_buf();
    }
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let ending = path.extension().map_or(String::new(), |ending| {
        format!(".{}", ending.to_string_lossy())
    });
    path.with_file_name(format!("{stem}-{day}{ending}"))
}

/// Credentials are for people whose name an office has entered.
pub(super) fn known(office: &Office, person: PersonId) -> Done<app::ports::Identity> {
    Vault::read(&office.vault()?, person)?.ok_or_else(|| {
        CliError::input(
            "the vault does not know this person",
            "enter the person first: `mingma person import FILE`",
        )
    })
}

/// Puts on record that a person's credentials are withdrawn; gives the receipt if it is refused.
fn refused(
    cx: &Context,
    office: &mut Office,
    person: PersonId,
    about: &About,
) -> Done<Option<Receipt>> {
    let signer = about.signer.signer()?;
    let purpose = ("withdraw credentials", about.case.as_str());
    let receipt = act::look(cx, office, &signer, person, purpose)?;
    Ok(Some(receipt).filter(|receipt| receipt.refusal.is_some()))
}

fn revoke(cx: &Context, person: &str, about: &About) -> Done {
    let mut office = cx.office()?;
    let person = parse::person(person, office.person_key())?;
    if let Some(receipt) = refused(cx, &mut office, person, about)? {
        office.close()?;
        return act::answer(cx, &receipt, "withdrawal", Vec::new());
    }
    let withdrawn = office.revoke_credentials(cx.now(), person)?;
    office.close()?;
    cx.show(json!({ "withdrawn": withdrawn }), || {
        if withdrawn {
            "withdrawn: every credential of this person, from the next list on\n\
             publish it: `mingma status-list cut`"
                .to_owned()
        } else {
            "nothing to withdraw: this person holds no credential".to_owned()
        }
    })
}

fn show(cx: &Context, args: &ShowArgs) -> Done {
    let bytes =
        std::fs::read(&args.file).map_err(|error| CliError::unreadable(&args.file, &error))?;
    let unusable = |error: credential::Error| {
        CliError::input(
            format!("`{}`: {error}", args.file.display()),
            "give a file that `mingma credential issue` wrote, and the key of its device",
        )
    };
    let challenge = match (&args.gate, &args.nonce) {
        (Some(gate), Some(nonce)) => Some(Challenge {
            gate: gate.clone(),
            nonce: hex(nonce)?,
        }),
        _ => None,
    };
    let token = match &args.holder {
        Some(path) => {
            let now_s = cx.now().as_unsigned_unix();
            presentation::present(&bytes, &device_key(path)?, now_s, challenge.as_ref())
                .map_err(unusable)?
        }
        None => {
            credential::token::Credential::read(&bytes).map_err(unusable)?;
            bytes
        }
    };
    let text = presentation::to_text(&token);
    let qr = Qr::draw(&text, Correction::Medium).map_err(CliError::System)?;
    if let Some(path) = &args.svg {
        let svg = qr.svg("Mingma code: scan it; it shows no colour by itself");
        std::fs::write(path, svg).map_err(|error| CliError::unwritable(path, &error))?;
    }
    if let Some(path) = &args.png {
        let png = qr.png(8).map_err(CliError::System)?;
        std::fs::write(path, png).map_err(|error| CliError::unwritable(path, &error))?;
    }
    let value = json!({
        "text": text,
        "bytes": token.len(),
        "characters": text.len(),
        "qr_version": qr.version(),
        "modules": qr.side(),
        "presented": args.holder.is_some(),
    });
    cx.show(value, || {
        if args.text {
            text.clone()
        } else {
            format!("{}{text}", qr.terminal())
        }
    })
}

/// Bytes in hexadecimal.
pub(super) fn hex(text: &str) -> Done<Vec<u8>> {
    let digits = text.as_bytes().as_chunks::<2>();
    let byte = |pair: &[u8; 2]| {
        let text = std::str::from_utf8(pair).ok()?;
        u8::from_str_radix(text, 16).ok()
    };
    let bytes: Option<Vec<u8>> = digits.0.iter().map(byte).collect();
    bytes
        .filter(|_| digits.1.is_empty())
        .ok_or_else(|| CliError::input("the nonce is not hexadecimal", "two digits for each byte"))
}

fn list(cx: &Context, person: &str) -> Done {
    let office = cx.office()?;
    let person = parse::person(person, office.person_key())?;
    let holding = Holdings::read(&office.vault()?, person)?;
    let issued = holding.map(|holding| holding.issued).unwrap_or_default();
    let value: Vec<Value> = issued
        .iter()
        .map(|issued| {
            json!({
                "day": issued.day.to_string(),
                "form": issued.form.word(),
                "holder": issued.holder.map(|key| to_hex(&key)),
                "at": json::instant(issued.at),
            })
        })
        .collect();
    let text = || {
        if issued.is_empty() {
            return "nothing issued".to_owned();
        }
        let lines = issued.iter().map(|issued| {
            let holder = issued.holder.map_or(String::new(), |key| {
                format!(
                    "  device {}…",
                    to_hex(&key).chars().take(16).collect::<String>()
                )
            });
            let at = local(&office, issued.at);
            format!(
                "{}  {:<6}  issued {at}{holder}",
                issued.day,
                issued.form.word()
            )
        });
        lines.collect::<Vec<_>>().join("\n")
    };
    cx.show(json!({ "issued": value }), text)?;
    Ok(office.close()?)
}

/// The code of an issued paper credential, ready to print.
pub(super) fn printed(issued: &Issued) -> Done<Qr> {
    let text = presentation::to_text(&issued.credential);
    Qr::draw(&text, Correction::Quartile).map_err(CliError::System)
}

//! `mingma verify` and `mingma trust`: what a gatekeeper's device does, with no network at the gate.
//!
//! Invariant: only green ends with exit code 0; whatever cannot be told is said so, with what to do
//! instead, and is never red. Nothing leaves this machine.

use super::context::Context;
use super::error::{CliError, Done};
use super::parse;
use crate::fetch::Site;
use crate::qr;
use crate::trust::{self, Gatehouse, TrustError};
use clap::{Args, Subcommand};
use credential::reason::Language as Speech;
use credential::replays::Replays;
use credential::verify::{Colour, Gate, Verdict, verify};
use domain::ids::to_hex;
use domain::time::Timestamp;
use policy::Language;
use serde_json::{Value, json};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use store::files::{Durability, put};

/// The longest text that is read from a file or standard input.
const TEXT_BYTES_MAX: usize = 64 * 1_024;
/// The most bytes of the memory of presentations.
const REPLAY_BYTES_MAX: usize = 8 << 20;

/// Options of `mingma verify`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  mingma trust fetch https://log.example/henan --trust gate
  mingma verify code.png --trust gate
  mingma verify MM1:6BF… --trust gate --json

Exit codes: 0 green; 4 anything else: yellow, red, withdrawn, or cannot tell. No network is used.")]
pub struct VerifyOptions {
    /// The text of the code, a PNG or JPEG picture of it, or `-` for standard input
    code: String,
    /// The directory of `trust fetch`
    #[arg(long, value_name = "DIR", default_value = "trust")]
    trust: PathBuf,
    /// A directory of lists to use in place of the fetched ones
    #[arg(long, value_name = "DIR")]
    lists: Option<PathBuf>,
    /// The name of this gate
    #[arg(long, default_value = "gate")]
    gate: String,
    /// The number that this gate asked for, in hexadecimal: a copied picture then does not do
    #[arg(long, value_name = "HEX")]
    nonce: Option<String>,
    /// As if it were this instant; nothing is remembered then
    #[arg(long, value_name = "TIME", value_parser = parse::instant)]
    at: Option<Timestamp>,
}

/// `mingma trust`.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  mingma trust fetch https://log.example/henan --trust gate --policy henan.policy
  mingma trust show --trust gate

The policy names the log's key and its witnesses. Get it from somebody you trust; without one the
first fetch takes the site's own, and later fetches keep it.")]
pub enum TrustCommand {
    /// Fetch keys and lists from a site, check them, and keep them for the gate
    Fetch {
        /// The site: a directory or an address
        site: String,
        /// Where to keep it
        #[arg(long, value_name = "DIR", default_value = "trust")]
        trust: PathBuf,
        /// The policy to pin
        #[arg(long, value_name = "FILE")]
        policy: Option<PathBuf>,
        /// As if it were this instant: for a ledger whose clock is not this machine's
        #[arg(long, value_name = "TIME", value_parser = parse::instant)]
        at: Option<Timestamp>,
    },
    /// Show what a gate trusts, and how old its lists are
    Show {
        /// The directory
        #[arg(long, value_name = "DIR", default_value = "trust")]
        trust: PathBuf,
    },
}

fn unusable(error: TrustError) -> CliError {
    match error {
        TrustError::File { .. } => CliError::input(
            error.to_string(),
            "fetch it again: `mingma trust fetch SITE --trust DIR`",
        ),
        TrustError::Fetch(_) => CliError::System(format!(
            "{error}\nhelp: check the address; a site is what `mingma publish` wrote"
        )),
        TrustError::Content(why) => CliError::Failed(format!(
            "{why}\nhelp: what the site shows is not what the log holds; tell the oversight body"
        )),
    }
}

fn speech(cx: &Context) -> Speech {
    match cx.language() {
        Language::ZhCn => Speech::ZhCn,
        Language::En => Speech::En,
    }
}

/// Runs `mingma trust`.
pub fn trust(cx: &Context, command: TrustCommand) -> Done {
    let now_s = cx.now().as_unsigned_unix();
    match command {
        TrustCommand::Fetch {
            site,
            trust,
            policy,
            at,
        } => {
            let now_s = at.map_or(now_s, Timestamp::as_unsigned_unix);
            let policy = policy.map(|path| parse::read_text(&path, TEXT_BYTES_MAX));
            let site = Site::open(&site);
            let fetched = trust::fetch(&site, &trust, policy.transpose()?, now_s);
            let (house, from_site) = fetched.map_err(unusable)?;
            if from_site {
                cx.aside(
                    "the policy was taken from the site itself: compare its log key with a copy \
                     from somebody you trust",
                );
            }
            tell(cx, &house, now_s)
        }
        TrustCommand::Show { trust } => {
            let house = trust::load(&trust, None, now_s).map_err(unusable)?;
            tell(cx, &house, now_s)
        }
    }
}

fn tell(cx: &Context, house: &Gatehouse, now_s: u64) -> Done {
    let policy = house.trust.policy();
    let held: Vec<Value> = house
        .trust
        .manifest()
        .uris()
        .iter()
        .filter_map(|uri| house.lists.find(uri))
        .map(|list| {
            json!({
                "uri": list.claims().uri,
                "version": list.version(),
                "age_s": now_s.saturating_sub(list.claims().issued_s),
                "sha256": to_hex(list.sha256()),
                "witnessed": list.witnessed(),
            })
        })
        .collect();
    let not_taken: Vec<Value> = house
        .not_taken
        .iter()
        .map(|list| json!({ "uri": list.uri, "why": list.word, "text": list.why }))
        .collect();
    let value = json!({
        "log": policy.log().to_string(),
        "asks_for_witnesses": policy.asks_for_witnesses(),
        "log_size": house.seen.checkpoint_size,
        "lists": held,
        "not_taken": not_taken,
    });
    let text = || {
        let mut lines = vec![format!("log: {}", policy.log())];
        lines.push(match policy.asks_for_witnesses() {
            true => format!("witnesses: a quorum of {} keys", policy.witnesses().len()),
            false => "witnesses: none asked for; lists are unwitnessed".to_owned(),
        });
        for list in &held {
            lines.push(format!(
                "list: {}  version {}, {} min old",
                list["uri"].as_str().unwrap_or_default(),
                list["version"],
                list["age_s"].as_u64().unwrap_or(0) / 60
            ));
        }
        if held.is_empty() {
            lines.push("list: none can be used; every code will be `cannot tell`".to_owned());
        }
        for list in &house.not_taken {
            lines.push(format!("not taken: {}: {}", list.uri, list.why));
        }
        lines.join("\n")
    };
    cx.show(value, text)?;
    match house.not_taken.first() {
        Some(list) => Err(CliError::Failed(format!("{}: {}", list.uri, list.why))),
        None => Ok(()),
    }
}

/// The text of a code, from wherever it comes.
fn code_text(code: &str) -> Done<String> {
    let bytes = if code == "-" {
        let mut bytes = Vec::new();
        let limit = u64::try_from(qr::PICTURE_BYTES_MAX).unwrap_or(u64::MAX);
        std::io::stdin()
            .lock()
            .take(limit)
            .read_to_end(&mut bytes)
            .map_err(|error| CliError::System(format!("the input cannot be read: {error}")))?;
        bytes
    } else if !code.starts_with("MM1:") && Path::new(code).is_file() {
        let path = Path::new(code);
        std::fs::read(path).map_err(|error| CliError::unreadable(path, &error))?
    } else {
        return Ok(code.to_owned());
    };
    match String::from_utf8(bytes) {
        Ok(text) if text.len() <= TEXT_BYTES_MAX => Ok(text.trim().to_owned()),
        Ok(_) => Err(CliError::input(
            "the text is too long for a code",
            "give the text of one code",
        )),
        Err(picture) => qr::read(picture.as_bytes())
            .map_err(|why| CliError::input(why, "take the picture again, straight and near")),
    }
}

/// Runs `mingma verify`.
pub fn run(cx: &Context, options: &VerifyOptions) -> Done {
    let now_s = (options.at.unwrap_or_else(|| cx.now())).as_unsigned_unix();
    let nonce = options.nonce.as_deref().map(super::credential::hex);
    let nonce = nonce.transpose()?;
    // From here on whatever fails is a verdict: a gate must know what to do with the person.
    let scanned = code_text(&options.code).and_then(|text| {
        let house = trust::load(&options.trust, options.lists.as_deref(), now_s);
        Ok((text, house.map_err(unusable)?))
    });
    let (text, house) = match scanned {
        Ok(scanned) => scanned,
        Err(error) => return unscanned(cx, &error),
    };
    // Two scans at one moment must not both be the first.
    let _turn = turn(&options.trust);
    let mut past = replays(&options.trust, &house, now_s);
    let gate = Gate {
        now_s,
        id: &options.gate,
        nonce: nonce.as_deref(),
        past: &past,
    };
    let verdict = verify(&text, &house.trust, &house.lists, &gate);
    if options.at.is_none() {
        if let Some(digest) = verdict.seen_sha256 {
            past.remember(digest, now_s);
            keep_replays(&options.trust, &past)?;
        }
        if trust::seen(&options.trust).ok().as_ref() != Some(&house.seen) {
            trust::keep_seen(&options.trust, &house.seen).map_err(unusable)?;
        }
    }
    let answer = verdict_value(&verdict, speech(cx));
    cx.show(answer, || verdict_text(cx, &verdict, &house))?;
    match verdict.colour {
        Colour::Green => Ok(()),
        colour => Err(CliError::Failed(format!(
            "{}\nhelp: {}",
            colour.sentence(speech(cx)),
            verdict.reason.sentence(speech(cx))
        ))),
    }
}

/// Nothing could be looked at: that is a verdict too.
fn unscanned(cx: &Context, error: &CliError) -> Done {
    let sentence = Colour::CannotTell.sentence(speech(cx));
    let value = json!({
        "colour": Colour::CannotTell.word(),
        "reason": "not_scanned",
        "sentence": format!("{sentence}: {error}"),
    });
    cx.show(value, || format!("? {sentence}"))?;
    Err(CliError::Failed(error.to_string()))
}

/// The turn of one scan at this gate; where no lock can be had the scans are not kept apart.
fn turn(dir: &Path) -> Option<std::fs::File> {
    let lock = std::fs::File::create(dir.join("lock")).ok()?;
    lock.lock().ok()?;
    Some(lock)
}

/// The presentations of a moment ago.
fn replays(dir: &Path, house: &Gatehouse, now_s: u64) -> Replays {
    let mut past = Replays::new(&house.trust.tolerance());
    let text = parse::read_text(&dir.join("replays.json"), REPLAY_BYTES_MAX).unwrap_or_default();
    // A memory that cannot be read is an empty one: then a second use may pass, as at a new gate.
    let known: Vec<(u64, String)> = serde_json::from_str(&text).unwrap_or_default();
    for (seen_s, digest) in known {
        if let Ok(digest) = domain::ids::from_hex(&digest) {
            past.remember(digest, seen_s);
        }
    }
    past.forget(now_s);
    past
}

fn keep_replays(dir: &Path, past: &Replays) -> Done {
    let path = dir.join("replays.json");
    let known: Vec<(u64, String)> = past
        .iter()
        .map(|(seen_s, digest)| (seen_s, to_hex(digest)))
        .collect();
    let text = serde_json::to_string(&known).unwrap_or_default();
    put(&path, text.as_bytes(), Durability::Unsynced)
        .map_err(|error| CliError::unwritable(&path, &error))
}

/// A verdict as JSON.
pub fn verdict_value(verdict: &Verdict, language: Speech) -> Value {
    json!({
        "colour": verdict.colour.word(),
        "reason": verdict.reason.word(),
        "sentence": verdict.reason.sentence(language),
        "form": verdict.form.map(credential::token::Form::word),
        "list_age_s": verdict.list_age_s,
        "witnessed": verdict.witnessed,
        "compare": verdict.face.as_ref().map(|face| json!({
            "masked_name": face.masked_name,
            "birth_year": face.birth_year,
            "last_four": face.last_four,
        })),
    })
}

fn verdict_text(cx: &Context, verdict: &Verdict, house: &Gatehouse) -> String {
    let language = speech(cx);
    let mut lines = vec![match verdict.colour {
        Colour::Green => cx.colour(domain::colour::Colour::Green),
        Colour::Yellow => cx.colour(domain::colour::Colour::Yellow),
        Colour::Red => cx.colour(domain::colour::Colour::Red),
        Colour::Revoked => format!("⊘ {}", verdict.colour.sentence(language)),
        Colour::CannotTell => format!("? {}", verdict.colour.sentence(language)),
    }];
    lines.push(format!("  {}", verdict.reason.sentence(language)));
    if let Some(age_s) = verdict.list_age_s {
        lines.push(format!(
            "  {}: {} min",
            cx.pick("列表时长", "age of the list"),
            age_s / 60
        ));
    }
    match (verdict.witnessed, house.trust.policy().asks_for_witnesses()) {
        (Some(_), false) => lines.push(format!(
            "  {}",
            cx.pick(
                "未经见证人联署",
                "no witness is asked for: the list is unwitnessed"
            )
        )),
        (Some(true), true) => lines.push(format!(
            "  {}",
            cx.pick(
                "已由见证人联署",
                "cosigned by the witnesses that the policy asks for"
            )
        )),
        _ => {}
    }
    if let Some(face) = &verdict.face {
        let what = cx.pick("请核对证件", "compare with a document");
        lines.push(format!(
            "  {what}: {}, {}, …{}",
            face.masked_name, face.birth_year, face.last_four
        ));
    }
    for list in &house.not_taken {
        lines.push(format!("  {}: {}", list.uri, list.why));
    }
    lines.join("\n")
}

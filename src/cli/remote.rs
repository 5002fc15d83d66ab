//! `mingma act`, `mingma call` and `mingma access`: working with a ledger's server from elsewhere.
//!
//! Invariant: an act is signed here, with the officer's own key, over the text that was given; the
//! server gets signed bytes and nothing else. What it answers is printed as it came.

use super::act::{self, Signer, SignerArgs};
use super::context::Context;
use super::error::{CliError, Done};
use super::{json, parse, people};
use crate::access::lines;
use crate::client::{Answer, Caller, Client, ClientError};
use app::acts::ActText;
use clap::{Args, Subcommand};
use domain::act::ActBody;
use domain::ids::OrgId;
use serde_json::{Value, json};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use web::access::RULES;

/// The longest text of an act or body of a request, in bytes.
const TEXT_BYTES_MAX: usize = 8 * 1_024 * 1_024;

impl From<ClientError> for CliError {
    fn from(error: ClientError) -> Self {
        Self::System(format!(
            "{error}\nhelp: check the address, and that the server runs"
        ))
    }
}

/// `mingma act`.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  mingma act sign approval.json --server https://henan.example --send \\
      --as 410100-health.qian --key qian.key
  mingma act sign look.json --ledger log.example/henan --out look.cose \\
      --as 410000-hotline.he --key he.key
  mingma act sign order.json --people list.csv --person-key person.key --server https://henan.example \\
      --send --as 410100-hq.zhao --key zhao.key

The text is JSON: {\"act\": \"order.approve\", \"order\": \"…\", \"digest\": \"…\"}. docs/acts.md has the fields
of every act.")]
pub enum ActCommand {
    /// Sign an act that is written as JSON; send it, or write the signed bytes
    Sign(SignArgs),
}

/// Options of `act sign`.
#[derive(Args, Debug)]
pub struct SignArgs {
    /// The text of the act
    file: PathBuf,
    /// The origin of the ledger spoken to
    #[arg(
        long,
        value_name = "ORIGIN",
        conflicts_with = "server",
        required_unless_present = "server"
    )]
    ledger: Option<String>,
    /// The ledger's server, to ask for its origin and to send to
    #[arg(long, value_name = "URL")]
    server: Option<String>,
    /// Send the signed act to the server
    #[arg(long, requires = "server")]
    send: bool,
    /// Who an `order.propose` is about, in the place of its `people`: a file as `order propose` takes it
    #[arg(long, value_name = "FILE", requires = "person_key")]
    people: Option<PathBuf>,
    /// The ledger's person key, which makes ids of document numbers
    #[arg(long, value_name = "FILE", requires = "people")]
    person_key: Option<PathBuf>,
    /// Write the signed bytes to this file
    #[arg(long, value_name = "FILE", required_unless_present = "send")]
    out: Option<PathBuf>,
    #[command(flatten)]
    signer: SignerArgs,
}

/// Options of `mingma call`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  mingma call GET '/api/v1/orders?open=true' --server https://henan.example \\
      --as 410100-health.qian --key qian.key
  mingma call POST /api/v1/people/find --body document.json --server https://henan.example \\
      --as 410000-hotline.he --key he.key

The request is signed as docs/http-api.md says (RFC 9421). Without --as and --org it is not signed.")]
pub struct CallArgs {
    /// The method
    #[arg(value_parser = ["GET", "POST", "DELETE"])]
    method: String,
    /// The path, with its query
    path: String,
    /// The ledger's server
    #[arg(long, value_name = "URL")]
    server: String,
    /// The file with the body
    #[arg(long, value_name = "FILE")]
    body: Option<PathBuf>,
    /// What the body is
    #[arg(long, value_name = "MEDIA TYPE", default_value = "application/json")]
    content_type: String,
    /// Speak as this organisation's machine, with its key
    #[arg(long, value_name = "ORGANISATION", requires = "org_key")]
    org: Option<OrgId>,
    /// The organisation's key file
    #[arg(long, value_name = "FILE")]
    org_key: Option<PathBuf>,
    #[command(flatten)]
    signer: SignerArgs,
}

fn act_text(path: &Path) -> Done<ActBody> {
    let bad = |why: String| {
        let help = "docs/acts.md has the fields of every act; correct it and sign again";
        CliError::input(format!("`{}`: {why}", path.display()), help)
    };
    let text = parse::read_text(path, TEXT_BYTES_MAX)?;
    let text: ActText = serde_json::from_str(&text).map_err(|error| bad(error.to_string()))?;
    ActBody::try_from(text).map_err(|error| bad(error.to_string()))
}

/// Puts the people of a file into a proposal.
fn name(cx: &Context, body: &mut ActBody, list: &Path, key: &Path) -> Done {
    let ActBody::OrderPropose(proposal) = body else {
        let what = format!(
            "`--people` belongs to `order.propose`, not to `{}`",
            body.kind()
        );
        return Err(CliError::input(what, "leave it out"));
    };
    if proposal.people.count() > 0 {
        let what = "the text names people, and `--people` does too";
        return Err(CliError::input(what, "say `\"people\": []` in the text"));
    }
    let (people, repeated) = people::read(list, &parse::person_key(key)?)?;
    people::tell_repeated(cx, repeated);
    proposal.people = people;
    Ok(())
}

/// Runs `mingma act`.
pub fn act(cx: &Context, command: ActCommand) -> Done {
    let ActCommand::Sign(args) = command;
    let mut body = act_text(&args.file)?;
    if let (Some(list), Some(key)) = (&args.people, &args.person_key) {
        name(cx, &mut body, list, key)?;
    }
    let client = args.server.as_deref().map(Client::open).transpose()?;
    let origin = match (&args.ledger, &client) {
        (Some(origin), _) => origin.clone(),
        (None, Some(client)) => client.origin()?,
        (None, None) => String::new(),
    };
    let kind = body.kind();
    let signer = args.signer.signer()?;
    let bytes = act::sign(cx, &origin, &signer, body)?;
    if let Some(path) = &args.out {
        std::fs::write(path, &bytes).map_err(|error| CliError::unwritable(path, &error))?;
    }
    if let (true, Some(client)) = (args.send, client) {
        let body = Some(("application/cose", bytes.as_slice()));
        let caller = signer.caller();
        // A long act is read only where the request, too, says who sends it.
        let caller = (bytes.len() > web::SUBMISSION_BYTES_MAX).then_some(&caller);
        return told(
            cx,
            &client.ask("POST", "/api/v1/submissions", body, caller)?,
        );
    }
    let length = bytes.len();
    cx.show(
        json!({ "act": kind, "ledger": origin, "bytes": length }),
        || format!("signed: {kind} for {origin}, {length} bytes"),
    )
}

/// Prints an answer; a problem is an error with its next step.
fn told(cx: &Context, answer: &Answer) -> Done {
    let value: Option<Value> = serde_json::from_slice(&answer.body).ok();
    if answer.status < 400 {
        return match value {
            Some(value) => {
                let text = serde_json::to_string_pretty(&value).unwrap_or_default();
                cx.line(&text)
            }
            None => {
                let written = std::io::stdout().lock().write_all(&answer.body);
                written.map_err(|error| {
                    CliError::System(format!("no output: {error}\nhelp: look at it"))
                })
            }
        };
    }
    let problem = value.unwrap_or_default();
    if cx.json() {
        cx.line(&problem.to_string())?;
    }
    Err(answered(answer.status, &problem))
}

/// An answer that is not of this interface.
pub fn strange(why: impl std::fmt::Display) -> CliError {
    CliError::System(format!(
        "the server answers what is not of this interface: {why}\n\
         help: check the address, and that both sides run the same version"
    ))
}

/// An answer that tells of no entry.
pub fn unanswered(answer: &Answer) -> CliError {
    match answer.status {
        400.. => {
            let problem = serde_json::from_slice(&answer.body).unwrap_or_default();
            answered(answer.status, &problem)
        }
        status => strange(format!("{status} without an entry of these bytes")),
    }
}

/// A problem that a server answered, with its next step.
pub fn answered(status: u16, problem: &Value) -> CliError {
    let word = |field: &str| {
        let text = problem.get(field).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    let refusal = problem.get("refusal");
    let refused = |field: &str| refusal.and_then(|refusal| refusal.get(field)?.as_str());
    let kind = word("type");
    let what = match (refused("code"), refused("detail")) {
        (Some(code), Some(detail)) => format!("{code}: {detail}"),
        _ => word("detail"),
    };
    let help = refused("help").map_or_else(|| word("help"), str::to_owned);
    CliError::Answered {
        what: format!("the server answers {status} {kind}: {what}"),
        help,
    }
}

/// Runs `mingma call`.
pub fn call(cx: &Context, args: &CallArgs) -> Done {
    let client = Client::open(&args.server)?;
    let body = match &args.body {
        Some(path) => Some(parse::read_bytes(path, TEXT_BYTES_MAX)?),
        None => None,
    };
    let body = body
        .as_deref()
        .map(|bytes| (args.content_type.as_str(), bytes));
    let machine = match (&args.org, &args.org_key) {
        (Some(org), Some(path)) => Some((format!("org:{org}"), parse::key_pair(path)?)),
        (Some(_) | None, _) => None,
    };
    let officer = match machine {
        None if args.signer.is_given() => Some(args.signer.signer()?),
        Some(_) | None => None,
    };
    let caller = match &machine {
        Some((keyid, key)) => Some(Caller {
            keyid: keyid.clone(),
            key: key.signing(),
        }),
        None => officer.as_ref().map(Signer::caller),
    };
    told(
        cx,
        &client.ask(&args.method, &args.path, body, caller.as_ref())?,
    )
}

/// Runs `mingma access`.
pub fn access(cx: &Context) -> Done {
    for rule in RULES {
        for line in lines(rule) {
            if cx.json() {
                cx.line(&json::value(&line).to_string())?;
                continue;
            }
            let role = line.role.unwrap_or("-");
            let looked = if line.looked { "looked" } else { "-" };
            let cells = [
                line.method,
                line.path,
                line.who,
                role,
                line.place,
                line.state,
                looked,
                line.answer,
            ];
            cx.line(&cells.join("\t"))?;
        }
    }
    Ok(())
}

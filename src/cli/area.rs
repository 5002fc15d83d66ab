//! `mingma area`: numbered decisions about places, each with its end.

use super::act::{self, SignerArgs};
use super::context::{Context, local};
use super::error::{CliError, Done};
use super::{json, parse};
use clap::{Args, Subcommand};
use domain::act::{ActBody, AreaKind, AreaOrder};
use domain::division::DivisionCode;
use domain::ids::TextDigest;
use domain::time::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  mingma area declare --number 郑防指〔2022〕1号 --kind risk --division 410105 \\
      --until 2022-06-27T00:00:00+08:00 --text-file notice.txt --as 410100-hq.zhao --key zhao.key
  mingma area lift 郑防指〔2022〕1号 --as 410100-hq.zhao --key zhao.key
  mingma area list";

/// `mingma area`.
#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub enum Command {
    /// Declare an area or test order
    Declare(DeclareArgs),
    /// Lift one before its end
    Lift {
        /// Its number
        number: String,
        #[command(flatten)]
        signer: SignerArgs,
    },
    /// List them
    List,
}

/// Options of `area declare`.
#[derive(Args, Debug)]
pub struct DeclareArgs {
    /// Its number
    #[arg(long)]
    number: String,
    /// What it declares: `risk`, `sealed` or `test_round`
    #[arg(long, value_parser = parse::area_kind)]
    kind: AreaKind,
    /// The place
    #[arg(long, value_name = "CODE", value_parser = parse::division)]
    division: DivisionCode,
    /// From when: an instant or a day [default: now]
    #[arg(long, value_name = "TIME", value_parser = parse::instant)]
    from: Option<Timestamp>,
    /// Until when: an instant or a day, at most 30 days on
    #[arg(long, value_name = "TIME", value_parser = parse::instant)]
    until: Timestamp,
    /// The published text; its hash goes into the ledger
    #[arg(long, value_name = "FILE")]
    text_file: PathBuf,
    #[command(flatten)]
    signer: SignerArgs,
}

/// Runs `mingma area`.
pub fn run(cx: &Context, command: Command) -> Done {
    match command {
        Command::Declare(args) => {
            let path = &args.text_file;
            let text = std::fs::read(path).map_err(|error| CliError::unreadable(path, &error))?;
            let what = format!("area order `{}` declared", args.number);
            let order = AreaOrder {
                number: args.number,
                kind: args.kind,
                division: args.division,
                from: args.from.unwrap_or_else(|| cx.now()),
                until: args.until,
                text_sha256: TextDigest::from_bytes(Sha256::digest(&text).into()),
            };
            act::act(cx, &args.signer, ActBody::AreaDeclare(order), &what)
        }
        Command::Lift { number, signer } => {
            let what = format!("area order `{number}` lifted");
            act::act(cx, &signer, ActBody::AreaLift { number }, &what)
        }
        Command::List => list(cx),
    }
}

fn list(cx: &Context) -> Done {
    let office = cx.office()?;
    let now = cx.now();
    let areas = &office.ledger().state().areas;
    let status = |area: &AreaOrder| {
        if now < area.from {
            "to come"
        } else if now < area.until {
            "in force"
        } else {
            "ended"
        }
    };
    let value: Vec<Value> = areas
        .values()
        .map(|area| {
            let mut value = json::value(area);
            if let Some(object) = value.as_object_mut() {
                object.insert("status".to_owned(), json!(status(area)));
            }
            value
        })
        .collect();
    cx.show(Value::Array(value), || {
        let line = |area: &AreaOrder| {
            format!(
                "{}  {}  {}  {}  {} to {}",
                area.number,
                status(area),
                cx.pick(area.kind.zh(), area.kind.en()),
                cx.place(area.division),
                local(&office, area.from),
                local(&office, area.until)
            )
        };
        areas.values().map(line).collect::<Vec<_>>().join("\n")
    })
}

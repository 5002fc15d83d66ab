//! `mingma statement`: public explanations tied to orders.

use super::act::{self, SignerArgs};
use super::context::{Context, local};
use super::error::Done;
use super::{json, parse};
use clap::{Args, Subcommand};
use domain::act::{ActBody, TEXT_BYTES_MAX};
use domain::ids::{OrderId, TextDigest};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  mingma statement publish --order 3f9a2c --text-file statement.txt \\
      --as 410100-hq.zhao --key zhao.key
  mingma statement list";

/// `mingma statement`.
#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub enum Command {
    /// Publish a statement
    Publish(PublishArgs),
    /// List statements
    List,
}

/// Options of `statement publish`.
#[derive(Args, Debug)]
pub struct PublishArgs {
    /// The beginning of the id of an order it explains; repeat for more
    #[arg(long = "order", value_name = "ORDER", required = true)]
    orders: Vec<String>,
    /// The text
    #[arg(long, value_name = "FILE")]
    text_file: PathBuf,
    #[command(flatten)]
    signer: SignerArgs,
}

/// Runs `mingma statement`.
pub fn run(cx: &Context, command: Command) -> Done {
    match command {
        Command::Publish(args) => publish(cx, &args),
        Command::List => list(cx),
    }
}

fn publish(cx: &Context, args: &PublishArgs) -> Done {
    let signer = args.signer.signer()?;
    let text = parse::read_text(&args.text_file, TEXT_BYTES_MAX)?;
    let office = cx.office()?;
    let known = &office.ledger().state().orders;
    let orders: Vec<OrderId> = args
        .orders
        .iter()
        .map(|prefix| {
            let orders = known.iter().map(|(id, order)| (*id.as_bytes(), order));
            parse::by_prefix("order", prefix, orders).map(|order| order.id)
        })
        .collect::<Done<_>>()?;
    let text_sha256 = TextDigest::from_bytes(Sha256::digest(text.as_bytes()).into());
    let body = ActBody::StatementPublish {
        orders,
        text_sha256,
        text,
    };
    act::perform(cx, office, &signer, body, "statement published", |_| {
        Vec::new()
    })
}

fn list(cx: &Context) -> Done {
    let office = cx.office()?;
    let statements = &office.ledger().state().statements;
    let value: Vec<Value> = statements
        .iter()
        .map(|(entry, statement)| {
            json!({
                "entry": entry,
                "at": json::instant(statement.by.at),
                "org": statement.by.org.as_str(),
                "orders": statement.orders.iter().map(ToString::to_string).collect::<Vec<_>>(),
                "text": statement.text,
                "text_sha256": statement.text_sha256.to_string(),
            })
        })
        .collect();
    cx.show(Value::Array(value), || {
        let lines = statements.iter().map(|(entry, statement)| {
            let at = local(&office, statement.by.at);
            format!(
                "entry {entry}  {at}  {}\n{}",
                statement.by.org,
                statement.text.trim_end()
            )
        });
        lines.collect::<Vec<_>>().join("\n\n")
    })
}

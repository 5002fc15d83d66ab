//! `mingma code`: a person's code with everything that stands behind it.
//!
//! Invariant: shown is what decided, in full sentences; somebody without a record is green.

use super::context::Context;
use super::error::Done;
use super::{convert, json, parse};
use app::explain::{self, Explanation};
use clap::{Args, Subcommand};
use domain::time::Timestamp;
use serde_json::json;
use std::borrow::Cow;

const EXAMPLES: &str = "\
Examples:
  mingma code show 990000199001010017 --lang zh-CN
  mingma code show passport:E00000000 --at 2022-06-20T08:00:00+08:00 --json
  mingma code convert 990000199001010017 --ground CLOSE --release release-note \\
      --channel online --as 410100-hq.sun --key sun.key";

/// `mingma code`.
#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub enum Command {
    /// The colour and why, by whom, until when, what turns it green, how to object
    Show(ShowArgs),
    /// Convert a measure towards green before its end, under a release rule of the pack
    Convert(convert::Options),
}

/// Options of `code show`.
#[derive(Args, Debug)]
pub struct ShowArgs {
    /// A document number, `KIND:NUMBER`, or a person id
    person: String,
    /// At this instant [default: now]
    #[arg(long, value_name = "TIME", value_parser = parse::instant)]
    at: Option<Timestamp>,
}

/// Runs `mingma code`.
pub fn run(cx: &Context, command: Command) -> Done {
    match command {
        Command::Show(args) => show(cx, &args),
        Command::Convert(options) => convert::run(cx, &options),
    }
}

fn show(cx: &Context, args: &ShowArgs) -> Done {
    let office = cx.office()?;
    let person = parse::person(&args.person, office.person_key())?;
    let at = args.at.unwrap_or_else(|| cx.now());
    let ledger = office.ledger();
    let explanation = explain::explain(ledger, person, at)?;
    let sentences = explain::sentences(&explanation, ledger.pack(), cx.language());
    let mut value = json::value(&explanation);
    if let Some(object) = value.as_object_mut() {
        object.insert("sentences".to_owned(), json!(sentences));
    }
    cx.show(value, || text(cx, &explanation, &sentences))
}

fn text(cx: &Context, explanation: &Explanation, sentences: &[Cow<'_, str>]) -> String {
    let mut lines = vec![cx.colour(explanation.colour)];
    lines.extend(sentences.iter().map(ToString::to_string));
    if !explanation.reasons.is_empty() {
        lines.push(String::new());
    }
    for reason in &explanation.reasons {
        lines.push(format!("{} ({})", cx.ground(reason.ground), reason.stage));
        lines.push(format!(
            "  entry {}: prove it with `mingma log prove {}`",
            reason.entry, reason.entry
        ));
        if let Some(evidence) = &reason.evidence {
            let id = evidence.id;
            lines.push(format!(
                "  evidence {id}: dispute it with `mingma appeal file … --evidence {id}`"
            ));
        }
    }
    for appeal in &explanation.appeals {
        let answer = appeal
            .answer
            .as_deref()
            .map_or(String::new(), |text| format!(": {text}"));
        lines.push(format!("appeal {}: {}{answer}", appeal.id, appeal.status));
    }
    lines.join("\n")
}

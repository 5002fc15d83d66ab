//! `mingma doctor`: what to look after, before it goes wrong.
//!
//! Invariant: exit code 4 when something fails, so that a timer can raise the alarm.

use super::context::Context;
use super::error::{CliError, Done};
use crate::config;
use crate::doctor::{self, Level};
use clap::Args;
use serde_json::json;
use std::path::PathBuf;

/// Options of `mingma doctor`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  mingma doctor --data /var/lib/mingma/henan --config /etc/mingma/mingma.toml
  mingma doctor --json

Run it as the user that the server runs as. While the server runs the ledger itself is not opened.
Exit code 4 means that something fails.")]
pub struct Options {
    /// The configuration of the server
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Runs `mingma doctor`.
pub fn run(cx: &Context, options: &Options) -> Done {
    let settled = config::settle(options.config.as_deref(), &config::environment(), &[]);
    let findings = doctor::examine(cx.data(), &settled, cx.now());
    let count = |level| findings.iter().filter(|found| found.level == level).count();
    let (warned, failed) = (count(Level::Warn), count(Level::Fail));
    let value: Vec<_> = findings
        .iter()
        .map(|found| {
            json!({
                "about": found.about, "level": found.level.word(),
                "finding": found.sentence, "help": found.help,
            })
        })
        .collect();
    cx.show(
        json!({ "findings": value, "warned": warned, "failed": failed }),
        || {
            let lines = findings.iter().map(|found| {
                let line = format!(
                    "{:<4}  {:<13}  {}",
                    found.level.word(),
                    found.about,
                    found.sentence
                );
                match found.help.as_str() {
                    "" => line,
                    help => format!("{line}\n      help: {help}"),
                }
            });
            lines.collect::<Vec<_>>().join("\n")
        },
    )?;
    match failed {
        0 => Ok(()),
        _ => Err(CliError::Failed(format!(
            "{failed} of {} findings fail\nhelp: see each above",
            findings.len()
        ))),
    }
}

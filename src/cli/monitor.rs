//! `mingma monitor`: watches a published site for whoever wants to be told of a secret red.
//!
//! Invariant: a fault ends it with exit code 4 and leaves evidence; a site that cannot be reached is
//! told and tried again.

use super::context::Context;
use super::error::{CliError, Done};
use super::parse;
use crate::monitor::{Monitor, MonitorError, Round};
use clap::Args;
use serde_json::json;
use std::path::PathBuf;
use std::sync::mpsc;
use std::time::Duration;
use tlog::policy::POLICY_BYTES_MAX;

/// Seconds between rounds unless told otherwise.
const EVERY_S: u64 = 300;
/// Seconds before a fault is looked at again: a site may be half written at that moment.
const PAUSE_S: u64 = 5;

/// Options of `mingma monitor`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  mingma monitor https://log.example/henan --memory watch --policy henan.policy
  mingma monitor https://log.example/henan --memory watch --once

Checks signature, witnesses, that the log only grows, and everything that `audit --site` checks; it
remembers the newest checkpoint in the memory. Exit code 4 on any fault; what shows it is then kept
under `evidence` in the memory. Without a policy the first round takes the site's own.")]
pub struct Options {
    /// The site: an address or a directory
    site: String,
    /// Where to remember; made if it is not there
    #[arg(long, value_name = "DIR")]
    memory: PathBuf,
    /// Look again after so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = EVERY_S, conflicts_with = "once")]
    every: u64,
    /// Look once
    #[arg(long)]
    once: bool,
    /// The policy to pin
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
}

/// Waits; nothing comes, so only time ends it.
fn wait(seconds: u64) {
    let (_kept, never) = mpsc::channel::<()>();
    let _ = never.recv_timeout(Duration::from_secs(seconds));
}

/// Runs `mingma monitor`.
pub fn run(cx: &Context, options: &Options) -> Done {
    let policy = options.policy.as_deref();
    let policy = policy.map(|path| parse::read_text(path, POLICY_BYTES_MAX));
    let policy = policy.transpose()?;
    let monitor = Monitor {
        site: &options.site,
        memory: &options.memory,
        policy: policy.as_deref(),
    };
    loop {
        match monitor.round(cx.now(), &mut || wait(PAUSE_S)) {
            Ok(round) => tell(cx, &round)?,
            Err(MonitorError::Fetch(error)) if !options.once => {
                cx.aside(&format!("{error}; trying again in {} s", options.every));
            }
            Err(MonitorError::Fetch(error)) => {
                return Err(CliError::System(format!(
                    "{error}\nhelp: check the address, and try again later"
                )));
            }
            Err(MonitorError::Memory(why)) => return Err(CliError::System(why)),
            Err(MonitorError::Policy(why)) => {
                return Err(CliError::input(
                    why,
                    "get the policy from somebody you trust",
                ));
            }
        }
        if options.once {
            return Ok(());
        }
        wait(options.every);
    }
}

fn tell(cx: &Context, round: &Round) -> Done {
    if round.policy_from_site {
        cx.aside(
            "the policy was taken from the site itself: compare its keys with a copy from somebody \
             you trust",
        );
    }
    let evidence = round
        .evidence
        .as_ref()
        .map(|path| path.display().to_string());
    let value = json!({
        "passed": round.passed(),
        "size": round.size,
        "wrong": round.wrong,
        "report": round.report,
        "evidence": evidence,
    });
    cx.show(value, || {
        let size = round.size.unwrap_or(0);
        if round.passed() {
            let lists = round.report.as_ref().map_or(0, |report| report.lists.len());
            let said = format!("well: {size} entries, {lists} lists, all as it should be");
            return match &evidence {
                None => said,
                Some(kept) => format!(
                    "{said}\n  a first look found a fault and a second did not; the first is kept \
                     in `{kept}`"
                ),
            };
        }
        let mut lines = round.wrong.clone();
        lines.extend(round.report.as_ref().map(ToString::to_string));
        lines.join("\n")
    })?;
    if round.passed() {
        return Ok(());
    }
    Err(CliError::Failed(format!(
        "something is wrong with the site\n\
         help: the evidence is in `{}`; give a copy to oversight, to the witnesses and to others \
         who watch",
        evidence.unwrap_or_default()
    )))
}

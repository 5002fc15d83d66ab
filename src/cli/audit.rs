//! `mingma audit` and `mingma scenario`: what an outsider runs, and what a rule is tried with.
//!
//! Invariant: neither writes to a ledger; an exit code of 4 means that something does not hold.

use super::context::Context;
use super::error::{CliError, Done};
use super::{json, parse};
use crate::scenario;
use clap::{Args, Subcommand};
use serde_json::Value;
use std::path::PathBuf;

/// The longest checkpoint or key file, in bytes.
const NOTE_BYTES_MAX: usize = 65_536;

/// Options of `audit`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  mingma audit --data henan
  mingma audit /mnt/auditor/henan --checkpoint checkpoint.txt --vkey \"$VKEY\"

The audit shares no code with what stores or serves. Exit code 4 when anything does not hold.")]
pub struct Options {
    /// A data directory or bundle [default: the data directory]
    source: Option<PathBuf>,
    /// A checkpoint kept since earlier: history must still contain it
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
    /// The log's public key kept elsewhere, or a file with it
    #[arg(long, value_name = "KEY")]
    vkey: Option<String>,
    /// Private parts may have been destroyed; check only the public part from there on
    #[arg(long)]
    allow_destroyed: bool,
}

/// Runs `mingma audit`.
pub fn run(cx: &Context, options: &Options) -> Done {
    let source = options
        .source
        .clone()
        .unwrap_or_else(|| cx.data().to_path_buf());
    if !source.is_dir() {
        return Err(CliError::input(
            format!("`{}` is not a directory", source.display()),
            "name a data directory or a bundle that `mingma export` wrote",
        ));
    }
    let checkpoint = options
        .checkpoint
        .as_deref()
        .map(|path| parse::read_text(path, NOTE_BYTES_MAX));
    let vkey = options.vkey.as_deref().map(|text| {
        let path = PathBuf::from(text);
        if path.is_file() {
            parse::read_text(&path, NOTE_BYTES_MAX)
        } else {
            Ok(text.to_owned())
        }
    });
    let bar = cx.progress(Some(0), "bytes checked");
    let mut told = |progress: audit::Progress| {
        bar.set_length(progress.bytes_total);
        bar.set_position(progress.bytes);
    };
    let report = audit::audit(
        &source,
        audit::Options {
            checkpoint: checkpoint.transpose()?,
            vkey: vkey.transpose()?,
            allow_destroyed: options.allow_destroyed,
            progress: Some(&mut told),
        },
    );
    bar.finish_and_clear();
    let mut value = json::value(&report);
    if let Some(object) = value.as_object_mut() {
        object.insert("passed".to_owned(), Value::Bool(report.passed()));
    }
    cx.show(value, || report.to_string())?;
    if report.passed() {
        return Ok(());
    }
    Err(CliError::Failed(
        "the audit failed\nhelp: keep this directory as it is and show the report to oversight"
            .to_owned(),
    ))
}

/// `mingma scenario`.
#[derive(Debug, Subcommand)]
pub enum ScenarioCommand {
    /// Run scenario files; exit code 4 when one does not come out as it says
    #[command(after_help = "Example:\n  mingma scenario run scenarios/*.toml")]
    Run {
        /// The files
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
}

/// Runs `mingma scenario`.
pub fn scenario(cx: &Context, command: ScenarioCommand) -> Done {
    let ScenarioCommand::Run { files } = command;
    let options = scenario::Options::default();
    let mut reports = Vec::new();
    let mut failed = 0_usize;
    for file in &files {
        let text = parse::read_text(file, scenario::SCENARIO_BYTES_MAX)?;
        let report = scenario::run(&text, &options)
            .map_err(|error| CliError::input(format!("`{}`: {error}", file.display()), ""))?;
        if !report.passed {
            failed = failed.saturating_add(1);
        }
        if cx.json() {
            reports.push(json::value(&report));
        } else {
            cx.line(&report.to_string())?;
        }
    }
    if cx.json() {
        cx.show(Value::Array(reports), String::new)?;
    }
    if failed == 0 {
        return Ok(());
    }
    Err(CliError::Failed(format!(
        "{failed} of {} scenarios failed\nhelp: the lines marked above say what came instead",
        files.len()
    )))
}

//! `mingma audit` and `mingma scenario`: what an outsider runs, and what a rule is tried with.
//!
//! Invariant: neither writes to a ledger; an exit code of 4 means that something does not hold.

use super::context::Context;
use super::error::{CliError, Done};
use super::{json, parse};
use crate::fetch::Site;
use crate::mirror::mirror;
use crate::scenario::{self, HttpDriver};
use clap::{Args, Subcommand};
use domain::time::Timestamp;
use serde_json::Value;
use std::path::PathBuf;
use tlog::policy::{POLICY_BYTES_MAX, Policy};

/// The longest checkpoint or key file, in bytes.
const NOTE_BYTES_MAX: usize = 65_536;

/// Options of `audit`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  mingma audit --data henan
  mingma audit /mnt/auditor/henan --checkpoint checkpoint.txt --vkey \"$VKEY\"
  mingma audit --site https://log.example/henan --policy henan.policy

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
    /// The public site instead, a directory or an address: what anybody can check
    #[arg(long, value_name = "SITE", conflicts_with_all = ["source", "allow_destroyed"])]
    site: Option<String>,
    /// The policy to judge a site by: its log, its witnesses, how many are enough
    #[arg(long, value_name = "FILE", requires = "site")]
    policy: Option<PathBuf>,
    /// Judge a site as if it were this instant
    #[arg(long, value_name = "TIME", value_parser = parse::instant, requires = "site")]
    at: Option<Timestamp>,
}

/// Runs `mingma audit`.
pub fn run(cx: &Context, options: &Options) -> Done {
    let checkpoint = options
        .checkpoint
        .as_deref()
        .map(|path| parse::read_text(path, NOTE_BYTES_MAX))
        .transpose()?;
    let vkey = options.vkey.as_deref().map(|text| {
        let path = PathBuf::from(text);
        if path.is_file() {
            parse::read_text(&path, NOTE_BYTES_MAX)
        } else {
            Ok(text.to_owned())
        }
    });
    let vkey = vkey.transpose()?;
    if let Some(site) = &options.site {
        return public(cx, options, site, checkpoint, vkey);
    }
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
    let bar = cx.progress(Some(0), "bytes checked");
    let mut told = |progress: audit::Progress| {
        bar.set_length(progress.bytes_total);
        bar.set_position(progress.bytes);
    };
    let report = audit::audit(
        &source,
        audit::Options {
            checkpoint,
            vkey,
            allow_destroyed: options.allow_destroyed,
            progress: Some(&mut told),
        },
    );
    bar.finish_and_clear();
    let help = "keep this directory as it is and show the report to oversight";
    answer(cx, &report, help)
}

fn answer(cx: &Context, report: &audit::Report, help: &str) -> Done {
    let mut value = json::value(report);
    if let Some(object) = value.as_object_mut() {
        object.insert("passed".to_owned(), Value::Bool(report.passed()));
    }
    cx.show(value, || report.to_string())?;
    if report.passed() {
        return Ok(());
    }
    Err(CliError::Failed(format!("the audit failed\nhelp: {help}")))
}

/// Audits a published site; one on a web server is copied first.
fn public(
    cx: &Context,
    options: &Options,
    place: &str,
    checkpoint: Option<String>,
    vkey: Option<String>,
) -> Done {
    let policy = options.policy.as_deref();
    let policy = policy.map(|path| parse::read_text(path, POLICY_BYTES_MAX));
    let policy = policy.transpose()?;
    if let Some(Err(error)) = policy.as_deref().map(Policy::parse) {
        return Err(CliError::input(
            format!("the policy cannot be used: {error}"),
            "give the file as you got it from somebody you trust",
        ));
    }
    let now = options.at.unwrap_or_else(|| cx.now());
    let site = Site::open(place);
    // Thrown away when this ends.
    let mut copy = None;
    let root = match &site {
        Site::Folder(root) if root.is_dir() => root.clone(),
        Site::Folder(root) => {
            return Err(CliError::input(
                format!("`{}` is not a directory", root.display()),
                "name the directory that `mingma publish` wrote, or an address",
            ));
        }
        Site::Web { .. } => {
            let dir = tempfile::tempdir()
                .map_err(|error| CliError::System(format!("no room for a copy: {error}")))?;
            let bar = cx.progress(Some(0), "files fetched");
            let fetched = mirror(&site, dir.path(), now, &mut |done, due| {
                bar.set_length(due);
                bar.set_position(done);
            });
            bar.finish_and_clear();
            fetched.map_err(|error| {
                CliError::System(format!(
                    "{error}\nhelp: check the address, and try again later"
                ))
            })?;
            copy.insert(dir).path().to_path_buf()
        }
    };
    let bar = cx.progress(Some(0), "entries checked");
    let mut told = |progress: audit::Progress| {
        bar.set_length(progress.bytes_total);
        bar.set_position(progress.bytes);
    };
    let report = audit::site(
        &root,
        audit::SiteOptions {
            vkey,
            policy,
            checkpoint,
            now,
            progress: Some(&mut told),
        },
    );
    bar.finish_and_clear();
    let help = "keep a copy of the site as it is and show the report to oversight and the witnesses; \
                `mingma monitor` keeps the evidence by itself";
    answer(cx, &report, help)
}

/// `mingma scenario`.
#[derive(Debug, Subcommand)]
pub enum ScenarioCommand {
    /// Run scenario files; exit code 4 when one does not come out as it says
    #[command(
        after_help = "Examples:\n  mingma scenario run scenarios/*.toml\n  mingma scenario run scenarios/*.toml --via http://127.0.0.1:8080"
    )]
    Run {
        /// The files
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Play on this server too, started with `mingma serve --rehearsal`, and demand the same
        /// answers
        #[arg(long, value_name = "URL")]
        via: Option<String>,
    },
}

/// Runs `mingma scenario`.
pub fn scenario(cx: &Context, command: ScenarioCommand) -> Done {
    let ScenarioCommand::Run { files, via } = command;
    let options = scenario::Options::default();
    let mut reports = Vec::new();
    let mut failed = 0_usize;
    for file in &files {
        let text = parse::read_text(file, scenario::SCENARIO_BYTES_MAX)?;
        let report = match &via {
            None => scenario::run(&text, &options),
            Some(url) => HttpDriver::begin(url, scenario::ORIGIN)
                .map_err(|error| CliError::System(error.to_string()))
                .map(|mut driver| scenario::run_on(&text, &options, &mut driver))?,
        };
        let report = report
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

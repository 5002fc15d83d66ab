//! `mingma config`: what a server would be told, before it is started.
//!
//! Invariant: nothing is opened but the files that the configuration names; a secret is never shown.

use super::context::Context;
use super::data::backups_outside;
use super::error::Done;
use crate::config::{self, Settled};
use clap::{Args, Subcommand};
use serde_json::{Map, json};
use std::path::{Path, PathBuf};

/// `mingma config`.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  mingma config check /etc/mingma/mingma.toml
  MINGMA_LIMITS_PER_MINUTE=0 mingma config show /etc/mingma/mingma.toml

`docs/mingma.toml` has every setting.")]
pub enum Command {
    /// Name every fault of a configuration
    Check(FileArgs),
    /// Show what is in force, and where each setting comes from; secrets are hidden
    Show(FileArgs),
}

/// The file of a configuration.
#[derive(Args, Debug)]
pub struct FileArgs {
    /// The configuration file; `mingma.toml` here, if there is one
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

impl FileArgs {
    fn settle(&self) -> Done<Settled> {
        let here = Path::new("mingma.toml");
        let file = self
            .file
            .as_deref()
            .or_else(|| here.exists().then_some(here));
        Ok(config::settle(file, &config::environment(), &[])?)
    }
}

/// Runs `mingma config`.
pub fn run(cx: &Context, command: &Command) -> Done {
    match command {
        Command::Check(args) => {
            let config = args.settle()?.config;
            backups_outside(&config, cx.data())?;
            let all = config.all().len();
            cx.show(json!({ "faults": 0, "settings": all }), || {
                format!("no fault in {all} settings")
            })
        }
        Command::Show(args) => show(cx, &args.settle()?),
    }
}

fn show(cx: &Context, settled: &Settled) -> Done {
    // `notices.smtp.host` stands in the table `notices.smtp`, which has one line to come from.
    // `identity.1.issuer` in `[[identity]]`, likewise.
    let source = |key: &str| {
        let above = key.rsplit_once('.').map_or("", |(above, _)| above);
        let sources = &settled.sources;
        sources.get(key).or_else(|| sources.get(above))
    };
    let all = settled.config.all();
    let entries = all.iter().map(|(key, value)| {
        let from = source(key).map_or_else(|| "default".to_owned(), ToString::to_string);
        (key.as_str(), value, from)
    });
    let value: Map<String, _> = entries
        .clone()
        .map(|(key, value, from)| (key.to_owned(), json!({ "value": value, "from": from })))
        .collect();
    cx.show(value.into(), || {
        let line = |(key, value, from): (&str, &_, String)| format!("{key} = {value}    # {from}");
        entries.map(line).collect::<Vec<_>>().join("\n")
    })
}

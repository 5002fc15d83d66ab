//! `mingma log`: the transparency log that anybody can hold against the ledger.
//!
//! Invariant: shown are public leaves; nothing here needs or opens a sealed part.

use super::context::{Context, local};
use super::error::{CliError, Done};
use super::{json, proof};
use crate::office::Office;
use clap::{Subcommand, ValueEnum};
use domain::leaf::{Leaf, Transitions};
use serde_json::{Value, json};

const EXAMPLES: &str = "\
Examples:
  mingma log checkpoint > checkpoint.txt
  mingma log prove 17 -o entry-17.proof --leaf-out entry-17.leaf
  mingma log verify-proof entry-17.proof --leaf entry-17.leaf --vkey \"$VKEY\"
  mingma log tail -n 20

Keep a checkpoint: `mingma audit --checkpoint FILE` then shows any rewriting of the past.";

/// `mingma log`.
#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub enum Command {
    /// Print the newest signed checkpoint
    Checkpoint,
    /// Print the log's public key
    Vkey,
    /// Prove that an entry is in the log: a file that anybody can check offline
    Prove(proof::ProveArgs),
    /// Check a proof; exit code 4 when it does not hold
    VerifyProof(proof::VerifyArgs),
    /// Print the newest entries, one readable line each
    Tail {
        /// How many
        #[arg(short = 'n', long = "entries", value_name = "N", default_value_t = 10)]
        count: u64,
        /// Whether to wait for more; only `no` is known
        #[arg(long, value_enum, default_value_t = Follow::No)]
        follow: Follow,
    },
}

/// Whether to wait for more entries.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Follow {
    /// Print what is there and end.
    No,
}

/// Runs `mingma log`.
pub fn run(cx: &Context, command: Command) -> Done {
    match command {
        Command::Checkpoint => checkpoint(cx),
        Command::Vkey => {
            let office = cx.office()?;
            cx.show(json!({ "vkey": office.vkey() }), || office.vkey())
        }
        Command::Prove(args) => proof::prove(cx, &args),
        Command::VerifyProof(args) => proof::verify(cx, &args),
        Command::Tail {
            count,
            follow: Follow::No,
        } => tail(cx, count),
    }
}

fn checkpoint(cx: &Context) -> Done {
    let office = cx.office()?;
    let text = office.checkpoint()?.ok_or_else(|| {
        CliError::System("no checkpoint was published yet\nhelp: the ledger is empty".to_owned())
    })?;
    let value = json!({ "checkpoint": text, "vkey": office.vkey() });
    cx.show(value, || text.clone())
}

fn tail(cx: &Context, count: u64) -> Done {
    let office = cx.office()?;
    let journal = office.ledger().journal();
    let mut leaves = Vec::new();
    for record in journal.read_from(journal.len().saturating_sub(count))? {
        let record = record?;
        let leaf = Leaf::decode(&record.leaf).ok_or_else(|| {
            CliError::System("an entry's leaf is unreadable\nhelp: run `mingma audit`".to_owned())
        })?;
        leaves.push(leaf);
    }
    let value = leaves.iter().map(json::value).collect();
    cx.show(Value::Array(value), || {
        let lines = leaves.iter().map(|leaf| line(cx, &office, leaf));
        lines.collect::<Vec<_>>().join("\n")
    })
}

fn line(cx: &Context, office: &Office, leaf: &Leaf) -> String {
    let mut words = vec![format!(
        "{:>6}  {}  {:<21}",
        leaf.seq,
        local(office, leaf.at),
        leaf.kind
    )];
    words.push(match leaf.refused {
        Some(code) => format!("✗ refused {code}"),
        None => "✓".to_owned(),
    });
    words.extend(leaf.org.as_ref().map(ToString::to_string));
    words.extend(leaf.ground.map(|ground| ground.code().to_owned()));
    words.extend(leaf.area.map(|area| cx.place(area)));
    if leaf.people > 0 {
        words.push(format!("{} people", leaf.people));
    }
    words.extend(moved("caused", leaf.caused));
    words.extend(moved("by time", leaf.lapsed));
    words.push(format!(
        "red {} yellow {}",
        leaf.totals.red, leaf.totals.yellow
    ));
    words.join("  ")
}

fn moved(what: &str, changes: Transitions) -> Option<String> {
    let cells = [
        ("○→◐", changes.green_yellow),
        ("○→●", changes.green_red),
        ("◐→●", changes.yellow_red),
        ("◐→○", changes.yellow_green),
        ("●→◐", changes.red_yellow),
        ("●→○", changes.red_green),
    ];
    let cells = cells.iter().filter(|(_, count)| *count > 0);
    let words: Vec<String> = cells
        .map(|(arrow, count)| format!("{arrow} {count}"))
        .collect();
    (!words.is_empty()).then(|| format!("{what} {}", words.join(" ")))
}

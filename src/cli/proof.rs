//! `mingma log prove` and `verify-proof`: one entry, proven without a network.
//!
//! Invariant: a proof is checked before it is handed out. Verifying needs three files' worth of
//! bytes and no data directory.

use super::context::Context;
use super::error::{CliError, Done};
use super::parse;
use crate::proofs::{self, ProofTrouble};
use clap::Args;
use domain::leaf::Leaf;
use serde_json::json;
use std::path::{Path, PathBuf};
use tlog::Receipt;

/// Options of `log prove`.
#[derive(Args, Debug)]
pub struct ProveArgs {
    /// The entry's number
    entry: u64,
    /// The proof file to write [default: entry-N.proof]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Where to write the entry's public leaf [default: beside the proof, ending in `.leaf`]
    #[arg(long, value_name = "FILE")]
    leaf_out: Option<PathBuf>,
}

/// Options of `log verify-proof`.
#[derive(Args, Debug)]
pub struct VerifyArgs {
    /// The proof file
    proof: PathBuf,
    /// The file with the entry's public leaf [default: the leaf that the proof carries]
    #[arg(long, value_name = "FILE")]
    leaf: Option<PathBuf>,
    /// The log's public key, or a file with it
    #[arg(long, value_name = "KEY")]
    vkey: String,
}

/// Writes a proof and the leaf that it proves.
pub fn prove(cx: &Context, args: &ProveArgs) -> Done {
    let office = cx.office()?;
    let proven = proofs::prove(&office, args.entry).map_err(|trouble| match trouble {
        ProofTrouble::Beyond { size } => CliError::input(
            format!("there is no entry {}; the log has {size}", args.entry),
            "entries are numbered from 0; `mingma log tail` shows the newest",
        ),
        ProofTrouble::Broken(_) => CliError::System(trouble.to_string()),
    })?;
    let output = args
        .output
        .clone()
        .unwrap_or_else(|| PathBuf::from(format!("entry-{}.proof", args.entry)));
    let leaf_out = args
        .leaf_out
        .clone()
        .unwrap_or_else(|| output.with_extension("leaf"));
    write(&output, proven.receipt.to_string().as_bytes())?;
    write(&leaf_out, &proven.leaf)?;
    let value = json!({
        "entry": args.entry,
        "size": proven.head.size(),
        "proof": output.display().to_string(),
        "leaf": leaf_out.display().to_string(),
        "vkey": office.vkey(),
    });
    cx.show(value, || {
        format!(
            "proven: entry {} in a log of {}\n  proof: {}\n  leaf: {}\n\
             check it with `mingma log verify-proof {} --leaf {} --vkey {}`",
            args.entry,
            proven.head.size(),
            output.display(),
            leaf_out.display(),
            output.display(),
            leaf_out.display(),
            office.vkey()
        )
    })
}

fn write(path: &Path, bytes: &[u8]) -> Done {
    std::fs::write(path, bytes).map_err(|error| CliError::unwritable(path, &error))
}

/// The bytes to prove: those of a file, or those that the proof carries.
fn leaf(args: &VerifyArgs, receipt: &Receipt) -> Done<Vec<u8>> {
    match (&args.leaf, receipt.extra()) {
        (Some(path), _) => std::fs::read(path).map_err(|error| CliError::unreadable(path, &error)),
        (None, Some(carried)) => Ok(carried.to_vec()),
        (None, None) => Err(CliError::input(
            "the proof carries no leaf",
            "name the file with the leaf by `--leaf`",
        )),
    }
}

/// Checks a proof.
pub fn verify(cx: &Context, args: &VerifyArgs) -> Done {
    let text = parse::read_text(&args.proof, tlog::receipt::RECEIPT_BYTES_MAX)?;
    let vkey = parse::log_key(&args.vkey)?;
    let receipt = Receipt::parse(&text).map_err(|error| {
        CliError::input(
            format!("`{}` is not a proof: {error}", args.proof.display()),
            "give the file that `mingma log prove` wrote",
        )
    })?;
    let leaf = leaf(args, &receipt)?;
    let head = receipt.verify(&leaf, &vkey).map_err(|error| {
        CliError::Failed(format!(
            "the proof does not hold: {error}\n\
             help: ask for a new one; if it fails again, somebody shows you another history"
        ))
    })?;
    let known = Leaf::decode(&leaf).filter(|leaf| leaf.seq == receipt.index());
    let leaf = known.ok_or_else(|| {
        CliError::Failed(
            "the proof holds, but for bytes that are no entry of that number\n\
             help: show proof and leaf to the oversight body"
                .to_owned(),
        )
    })?;
    let value = json!({
        "holds": true,
        "entry": receipt.index(),
        "size": head.size(),
        "origin": head.origin(),
        "leaf": super::json::value(&leaf),
    });
    cx.show(value, || {
        let refused = leaf
            .refused
            .map_or(String::new(), |code| format!(", refused {code}"));
        format!(
            "the proof holds: entry {} of `{}`, a log of {}\n  {} at {}{refused}",
            receipt.index(),
            head.origin(),
            head.size(),
            leaf.kind,
            leaf.at
        )
    })
}

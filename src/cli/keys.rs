//! `mingma key`: key files, and the acts that replace and revoke registered keys.
//!
//! Invariant: a secret goes into its file and nowhere else. Refuses: to overwrite a key file
//! without being told.

use super::act::{self, SignerArgs};
use super::context::Context;
use super::error::{CliError, Done};
use super::parse;
use clap::{Args, Subcommand};
use domain::act::ActBody;
use domain::ids::{OfficerId, OrgId, PublicKey};
use domain::organisation::KeyOwner;
use intake::key::KeyPair;
use serde_json::json;
use std::io::Write as _;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  mingma key new zhao.key
  mingma key show zhao.key
  mingma key rotate --officer 410100-health.zhao --public-key zhao2.pub \\
      --as 410000-health.gao --key gao.key
  mingma key revoke zhao.pub --reason \"the device was stolen\" --as 410000-health.gao --key gao.key";

/// `mingma key`.
#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub enum Command {
    /// Make a key file, and beside it a `.pub` file with the public key
    New(NewArgs),
    /// Show the public key of a key file, never the secret
    Show {
        /// The key file
        file: PathBuf,
    },
    /// Replace the registered key of an officer or organisation
    Rotate(RotateArgs),
    /// Revoke a registered key from now on
    Revoke(RevokeArgs),
}

/// Options of `key new`.
#[derive(Args, Debug)]
pub struct NewArgs {
    /// The file to make
    file: PathBuf,
    /// Overwrite what is there; signatures of the old key can then never be made again
    #[arg(long)]
    force: bool,
}

/// Options of `key rotate`.
#[derive(Args, Debug)]
pub struct RotateArgs {
    /// The officer whose key is replaced
    #[arg(
        long,
        value_name = "ID",
        required_unless_present = "org",
        conflicts_with = "org"
    )]
    officer: Option<OfficerId>,
    /// The organisation whose key is replaced
    #[arg(long, value_name = "ID")]
    org: Option<OrgId>,
    /// The fresh public key, or a file with it
    #[arg(long, value_name = "KEY")]
    public_key: String,
    #[command(flatten)]
    signer: SignerArgs,
}

/// Options of `key revoke`.
#[derive(Args, Debug)]
pub struct RevokeArgs {
    /// The public key, or a file with it
    key_to_revoke: String,
    /// Why
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    signer: SignerArgs,
}

/// Runs `mingma key`.
pub fn run(cx: &Context, command: Command) -> Done {
    match command {
        Command::New(args) => {
            let pair = make(&args.file, args.force)?;
            show(cx, &args.file, pair.public())
        }
        Command::Show { file } => {
            let pair = parse::key_pair(&file)?;
            show(cx, &file, pair.public())
        }
        Command::Rotate(args) => {
            let key = parse::public_key(&args.public_key)?;
            let owner = match (args.officer, args.org) {
                (Some(officer), _) => KeyOwner::Officer(officer),
                (None, Some(org)) => KeyOwner::Org(org),
                (None, None) => {
                    return Err(CliError::input(
                        "whose key?",
                        "say `--officer ID` or `--org ID`",
                    ));
                }
            };
            let body = ActBody::KeyRotate { owner, key };
            act::act(cx, &args.signer, body, "key replaced")
        }
        Command::Revoke(args) => {
            let key = parse::public_key(&args.key_to_revoke)?;
            let body = ActBody::KeyRevoke {
                key,
                reason: args.reason,
            };
            act::act(cx, &args.signer, body, "key revoked")
        }
    }
}

fn show(cx: &Context, file: &Path, key: PublicKey) -> Done {
    let value = json!({ "file": file.display().to_string(), "public_key": key.to_string() });
    cx.show(value, || key.to_string())
}

/// Makes a key file that only its owner can read, and a `.pub` file beside it.
pub fn make(path: &Path, force: bool) -> Done<KeyPair> {
    if path.exists() && !force {
        return Err(CliError::input(
            format!("`{}` exists", path.display()),
            "choose another name, or say `--force` to destroy the key in it",
        ));
    }
    let pair = KeyPair::from_entropy(&crate::office::random()?);
    let pem = pair.to_pem()?;
    write_private(path, pem.as_bytes()).map_err(|error| CliError::unwritable(path, &error))?;
    let public = path.with_extension("pub");
    std::fs::write(&public, format!("{}\n", pair.public()))
        .map_err(|error| CliError::unwritable(&public, &error))?;
    Ok(pair)
}

/// Writes beside and renames, so that neither a crash nor an old file's mode leaks the secret.
fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let beside = path.with_extension("tmp");
    let _ = std::fs::remove_file(&beside);
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&beside, path)
}

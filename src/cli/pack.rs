//! `mingma pack`: the law as data, checked before anybody adopts it.
//!
//! Invariant: checking, comparing and copying touch no ledger. Refuses: to copy over what is there.

use super::act::{self, SignerArgs};
use super::context::Context;
use super::error::{CliError, Done};
use super::pack_view;
use crate::packs;
use clap::{Args, Subcommand};
use domain::act::{ActBody, PACK_BYTES_MAX};
use policy::{FILES_MAX, Pack, PackError};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  mingma pack check packs/henan-2022
  mingma pack diff henan-2022 henan-2022-v9
  mingma pack copy henan-2022 my-pack
  mingma pack adopt my-pack --as 410000-health.gao --key gao.key
  mingma pack show

A pack is a folder, or the name of one that comes with the program: hainan-2022, henan-2022,
henan-2022-v9. Those that come with the program ended with the emergency they served and cannot be
adopted any more; copy one and renew it.";

/// `mingma pack`.
#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub enum Command {
    /// Check a pack and run its worked examples; exit code 4 when it may not be adopted
    Check {
        /// A folder or shipped name
        pack: String,
        /// The pack it stands under: being stricter needs the parent's approval
        #[arg(long, value_name = "PACK")]
        parent: Option<String>,
    },
    /// What changes from one pack to another, and which way
    Diff {
        /// The pack before
        before: String,
        /// The pack after
        after: String,
    },
    /// Write a shipped pack into a new folder
    Copy {
        /// A shipped name
        name: String,
        /// The folder to make
        folder: PathBuf,
    },
    /// Adopt a pack: an act of a registrar of the province
    Adopt(AdoptArgs),
    /// Show the pack in force: instrument, sunset, grounds, what is our own default
    Show,
    /// List the packs that come with the program and those adopted
    List,
}

/// Options of `pack adopt`.
#[derive(Args, Debug)]
pub struct AdoptArgs {
    /// A folder or shipped name
    pack: String,
    #[command(flatten)]
    signer: SignerArgs,
}

/// Runs `mingma pack`.
pub fn run(cx: &Context, command: Command) -> Done {
    match command {
        Command::Check { pack, parent } => check(cx, &pack, parent.as_deref()),
        Command::Diff { before, after } => {
            pack_view::changes(cx, &policy::diff(&load(&before)?, &load(&after)?))
        }
        Command::Copy { name, folder } => copy(cx, &name, &folder),
        Command::Adopt(args) => {
            let pack = load(&args.pack)?;
            let body = ActBody::PackAdopt {
                digest: pack.digest(),
                archive: pack.archive().to_vec(),
            };
            let what = format!("pack `{}` {} in force", pack.book().name, pack.digest());
            act::act(cx, &args.signer, body, &what)
        }
        Command::Show => pack_view::in_force(cx, &cx.office()?),
        Command::List => list(cx),
    }
}

fn list(cx: &Context) -> Done {
    let shipped: Vec<&str> = packs::names().collect();
    let office = if cx.data().join("format").exists() {
        Some(cx.office()?)
    } else {
        None
    };
    let adopted: Vec<_> = office
        .iter()
        .flat_map(|office| &office.ledger().state().packs)
        .map(|adoption| {
            let name = Pack::from_archive(&adoption.archive).map(|pack| pack.book().name.clone());
            (name.unwrap_or_default(), adoption)
        })
        .collect();
    let lines: Vec<_> = adopted
        .iter()
        .map(|(name, adoption)| {
            json!({
                "name": name,
                "digest": adoption.digest.to_string(),
                "entry": adoption.entry,
                "at": super::json::instant(adoption.at),
                "sunset": super::json::instant(adoption.sunset),
            })
        })
        .collect();
    cx.show(json!({ "shipped": shipped, "adopted": lines }), || {
        let mut text: Vec<String> = shipped
            .iter()
            .map(|name| format!("shipped  {name}"))
            .collect();
        text.extend(adopted.iter().map(|(name, adoption)| {
            format!(
                "adopted  {name}  entry {}  until {}",
                adoption.entry, adoption.sunset
            )
        }));
        text.join("\n")
    })
}

/// Reads a pack from a folder, or one that comes with the program.
pub fn load(text: &str) -> Done<Pack> {
    let path = Path::new(text);
    if path.is_dir() {
        return Pack::from_files(read_folder(path)?).map_err(|error| unreadable(text, &error));
    }
    packs::shipped(text).ok_or_else(|| {
        let names: Vec<&str> = packs::names().collect();
        CliError::input(
            format!("`{text}` is neither a folder nor a pack that comes with the program"),
            format!("name a folder, or one of {}", names.join(", ")),
        )
    })
}

fn unreadable(text: &str, error: &PackError) -> CliError {
    let word = if error.problems().len() == 1 {
        "problem"
    } else {
        "problems"
    };
    let mut lines = vec![format!(
        "`{text}` is not a rule pack: {} {word}",
        error.problems().len()
    )];
    lines.extend(
        error
            .problems()
            .iter()
            .map(|problem| format!("  {problem}")),
    );
    CliError::input(
        lines.join("\n"),
        "the format is written down in `docs/rule-packs.md`",
    )
}

/// Reads the files of a pack's folder; a name that begins with a dot is no part of it.
fn read_folder(root: &Path) -> Done<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    let mut open = vec![(root.to_path_buf(), String::new())];
    while let Some((folder, prefix)) = open.pop() {
        let entries =
            std::fs::read_dir(&folder).map_err(|error| CliError::unreadable(&folder, &error))?;
        for entry in entries {
            let entry = entry.map_err(|error| CliError::unreadable(&folder, &error))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with('.') || (prefix.is_empty() && name == "README.md") {
                continue;
            }
            let path = entry.path();
            let place = format!("{prefix}{name}");
            if path.is_dir() {
                open.push((path, format!("{place}/")));
                continue;
            }
            let length = entry.metadata().map_or(0, |metadata| metadata.len());
            if files.len() >= FILES_MAX || length > PACK_BYTES_MAX as u64 {
                return Err(CliError::input(
                    format!("`{}` holds more than a rule pack can", root.display()),
                    "check that it is the right folder",
                ));
            }
            let bytes =
                std::fs::read(&path).map_err(|error| CliError::unreadable(&path, &error))?;
            files.insert(place, bytes);
        }
    }
    Ok(files)
}

fn check(cx: &Context, text: &str, parent: Option<&str>) -> Done {
    let pack = load(text)?;
    let parent = parent.map(load).transpose()?;
    let findings = policy::check(&pack, parent.as_ref());
    let cases = policy::run_cases(&pack);
    let failed = cases.iter().filter(|case| !case.passed).count();
    let sound = findings.is_empty() && failed == 0;
    pack_view::checked(cx, &pack, &findings, &cases)?;
    if sound {
        return Ok(());
    }
    Err(CliError::Failed(format!(
        "`{text}` may not be adopted: {} findings, {failed} failed cases\n\
         help: mend what is listed above",
        findings.len()
    )))
}

fn copy(cx: &Context, name: &str, folder: &Path) -> Done {
    let files = packs::files(name).ok_or_else(|| {
        let names: Vec<&str> = packs::names().collect();
        CliError::input(
            format!("no shipped pack `{name}`"),
            format!("use one of {}", names.join(", ")),
        )
    })?;
    if folder.exists() {
        return Err(CliError::input(
            format!("`{}` exists", folder.display()),
            "name a folder that does not",
        ));
    }
    for (place, bytes) in &files {
        let path = folder.join(place);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)
                .map_err(|error| CliError::unwritable(parent, &error))?;
        }
        std::fs::write(&path, bytes).map_err(|error| CliError::unwritable(&path, &error))?;
    }
    let value =
        json!({ "pack": name, "folder": folder.display().to_string(), "files": files.len() });
    cx.show(value, || {
        format!(
            "copied: {} files of `{name}` to {}",
            files.len(),
            folder.display()
        )
    })
}

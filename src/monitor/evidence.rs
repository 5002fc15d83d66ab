//! What is kept of a look that found something wrong.
//!
//! Invariant: a folder of its own for each look, never written to again: the report, the checkpoint
//! that was shown, the remembered one, and the files that the report speaks of, as they were.

use super::{Look, Told, told};
use audit::{Place, Report};
use domain::time::Timestamp;
use std::fs;
use std::path::{Component, Path, PathBuf};
use tlog::Bundle;

/// Keeps what shows that something is wrong.
pub(super) fn keep(
    memory: &Path,
    look: &Look,
    remembered: Option<&str>,
    now: Timestamp,
) -> Told<PathBuf> {
    let above = memory.join("evidence");
    fs::create_dir_all(&above).map_err(told(&above))?;
    let mut folder = above.join(now.as_unix().to_string());
    let mut number = 1_u32;
    while folder.exists() {
        number = number.saturating_add(1);
        folder = above.join(format!("{}-{number}", now.as_unix()));
    }
    fs::create_dir(&folder).map_err(told(&folder))?;
    let mut said = look.wrong.join("\n");
    if let Some(report) = &look.report {
        said.push_str(&format!("\n{report}\n"));
    }
    let mut files = vec![
        (
            "report.txt".to_owned(),
            said.trim_start().as_bytes().to_vec(),
        ),
        ("checkpoint.site".to_owned(), look.text.clone().into_bytes()),
    ];
    if let Some(text) = remembered {
        files.push(("checkpoint.remembered".to_owned(), text.as_bytes().to_vec()));
    }
    for (path, bytes) in files {
        let path = folder.join(path);
        fs::write(&path, bytes).map_err(told(&path))?;
    }
    if let (Some(report), Some(root)) = (&look.report, &look.files) {
        for name in offending(report) {
            let (from, to) = (root.join(&name), folder.join("files").join(&name));
            if !from.is_file() {
                continue;
            }
            if let Some(above) = to.parent() {
                fs::create_dir_all(above).map_err(told(above))?;
            }
            fs::copy(&from, &to).map_err(told(&to))?;
        }
    }
    Ok(folder)
}

/// The files that faults speak of; of an entry, its bundle.
fn offending(report: &Report) -> Vec<String> {
    let size = report.checkpoint_size.unwrap_or(0);
    let mut names = Vec::new();
    for fault in &report.faults {
        match &fault.place {
            Place::File(path) => names.push(path.clone()),
            Place::Entry(entry) => {
                if let Ok(bundle) = Bundle::holding(*entry, size) {
                    names.extend([bundle.path(), bundle.full().path()]);
                }
            }
            Place::View { .. }
            | Place::Checkpoint
            | Place::Snapshot(_)
            | Place::Key(_)
            | Place::Ledger => {}
        }
    }
    names.retain(|name| {
        let parts = Path::new(name).components();
        parts
            .into_iter()
            .all(|part| matches!(part, Component::Normal(_)))
    });
    names.sort();
    names.dedup();
    names
}

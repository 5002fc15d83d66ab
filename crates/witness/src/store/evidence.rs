//! Refused requests that say something about the log that signed them.
//!
//! Invariant: a request is kept beside the checkpoint it contradicts, so that both together can
//! be shown to anyone; nothing kept is overwritten. Refuses more than [`EVIDENCE_MAX`] of a kind
//! for one log: that many prove no more than one, and the disk is needed for cosigning.

use super::error::{StoreError, failed};
use super::files::{self, Readers};
use super::{EVIDENCE_MAX, Store, hash_text};
use crate::{Evidence, Request};
use std::path::{Path, PathBuf};
use tlog::Note;

pub(super) const EVIDENCE: &str = "evidence";

impl Store {
    /// The files of all evidence, in the order of their names.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn evidence(&self) -> Result<Vec<PathBuf>, StoreError> {
        let mut files = Vec::new();
        for log in self.known().values() {
            files.extend(entries(&self.path.join(EVIDENCE).join(&log.id))?);
        }
        // A kill while evidence was written leaves a file that is not yet any.
        files.retain(|path| path.extension().is_none_or(|end| end != "new"));
        files.sort();
        Ok(files)
    }

    /// Keeps the request and the checkpoint it contradicts. The name is of what the log signed,
    /// so a request with another proof is the same evidence and cannot fill the disk.
    pub(super) fn keep(
        &self,
        id: &str,
        kind: Evidence,
        body: &[u8],
        request: &Request,
        known: &Note,
    ) -> Result<Option<(Evidence, PathBuf)>, StoreError> {
        let front = match kind {
            Evidence::Fork => "fork-",
            Evidence::Doubt => "doubt-",
        };
        let folder = self.path.join(EVIDENCE).join(id);
        let both = format!("{}{}", known.text(), request.note().text());
        let path = folder.join(format!("{front}{}.request", hash_text(&both)));
        let of_kind = |path: &PathBuf| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with(front) && name.ends_with(".request")
        };
        let kept = entries(&folder)?
            .iter()
            .filter(|path| of_kind(path))
            .count();
        if kept >= EVIDENCE_MAX || path.try_exists().map_err(failed(&path))? {
            return Ok(None);
        }
        files::make_folder(&folder, Readers::Owner)?;
        let known = known.to_string();
        let beside = path.with_extension("known");
        self.disk.replace(&beside, known.as_bytes(), Readers::Any)?;
        self.disk.replace(&path, body, Readers::Any)?;
        Ok(Some((kind, path)))
    }
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(folder)(error)),
    };
    entries
        .map(|entry| Ok(entry.map_err(failed(folder))?.path()))
        .collect()
}

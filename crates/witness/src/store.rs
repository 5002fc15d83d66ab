//! A witness's directory: keys, logs, what was cosigned last, evidence; and the one step that
//! cosigns.
//!
//! Invariant: deciding, persisting and signing are one step under one lock, and a checkpoint is
//! durable before it is signed. So after a kill at any moment the directory knows every tree
//! that may have been cosigned. Refuses a directory that another process serves, and a log whose
//! last checkpoint is there but does not read: it never starts again from nothing.
//!
//! | path | holds |
//! |---|---|
//! | `name`, `*.seed` | the key name, and the secrets, mode 0600 |
//! | `logs` | `log <vkey> [<url>]` lines |
//! | `state/<sha256 of the origin>/head` | the checkpoint that may be signed, written first |
//! | `state/<sha256 of the origin>/checkpoint` | the same with cosignatures, for monitors |
//! | `evidence/<sha256 of the origin>/` | refused requests that say something about the log |

mod config;
mod error;
mod evidence;
mod files;
#[cfg(test)]
mod tests;

pub use config::Seeds;
pub use error::{LogsFault, StoreError};

use crate::{Answer, Evidence, Head, Request, decide};
use config::Logs;
use error::failed;
use files::{Disk, Readers, Watch};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tlog::note::NOTE_BYTES_MAX;
use tlog::{Checkpoint, CosignerKey, Note, NoteSignature, Statement, VerifierKey};

/// The most keys of logs that one witness knows.
pub const LOGS_MAX: usize = 1024;
/// The longest list of logs, in bytes.
pub const LOGS_BYTES_MAX: usize = 1024 * 1024;
/// The most requests that are kept for one log and one kind of evidence.
pub const EVIDENCE_MAX: usize = 4096;

const FORMAT: &str = "format";
const FORMAT_TEXT: &str = "mingma witness 1\n";
const FORMAT_FRONT: &str = "mingma witness ";
const LOCK: &str = "lock";
const LOGS: &str = "logs";
const HEAD: &str = "head";
const COSIGNED: &str = "checkpoint";

/// A witness's directory, and the right to cosign with its keys while this value lives.
pub struct Store {
    path: PathBuf,
    disk: Disk,
    cosigners: Vec<CosignerKey>,
    logs: Mutex<BTreeMap<String, Log>>,
    /// Held for its lock, which ends with the process.
    _lock: File,
}

/// One log, as far as it is known.
struct Log {
    keys: Vec<VerifierKey>,
    /// The folder name: the hash of the origin.
    id: String,
    /// INVARIANT: what the file `head` holds, or an older one.
    head: Option<Note>,
    /// The latest time that a cosignature for this log states.
    time_s: u64,
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The answer.
    pub answer: Answer,
    /// Evidence that was not there before, for the operator to look at.
    pub kept: Option<(Evidence, PathBuf)>,
}

impl Store {
    /// Makes a witness's directory where there is nothing, or an empty directory.
    ///
    /// # Errors
    /// [`StoreError::Exists`], [`StoreError::Io`], or a name that a key cannot bear.
    pub fn create(path: &Path, name: &str, seeds: &Seeds) -> Result<(), StoreError> {
        let disk = Disk(Arc::new(|_| Ok(())));
        files::make_folder(path, Readers::Owner)?;
        if std::fs::read_dir(path)
            .map_err(failed(path))?
            .next()
            .is_some()
        {
            return Err(StoreError::Exists(path.to_path_buf()));
        }
        let _lock = lock(path)?;
        config::write_keys(&disk, path, name, seeds)?;
        disk.replace(&path.join(LOGS), b"", Readers::Any)?;
        files::make_folder(&path.join("state"), Readers::Owner)?;
        files::make_folder(&path.join(evidence::EVIDENCE), Readers::Owner)?;
        // Last, so that a half-made directory is not one.
        disk.replace(&path.join(FORMAT), FORMAT_TEXT.as_bytes(), Readers::Any)
    }

    /// Opens the directory for serving.
    ///
    /// # Errors
    /// [`StoreError`]; in each case the operator must act.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_watched(path, Arc::new(|_| Ok(())))
    }

    fn open_watched(path: &Path, watch: Watch) -> Result<Self, StoreError> {
        check_format(path)?;
        let lock = lock(path)?;
        let store = Self {
            path: path.to_path_buf(),
            disk: Disk(watch),
            cosigners: config::read_keys(path)?,
            logs: Mutex::default(),
            _lock: lock,
        };
        let (_, logs) = config::read_logs(&path.join(LOGS))?;
        store.know(logs)?;
        Ok(store)
    }

    /// Adds a log to those it cosigns for.
    ///
    /// # Errors
    /// [`StoreError::LogKnown`], or what [`Store::open`] refuses in such a line.
    pub fn trust(&self, log: &VerifierKey, url: Option<&str>) -> Result<(), StoreError> {
        let path = self.path.join(LOGS);
        let mut known = self.known();
        let same = |one: &Log| one.keys.contains(log);
        if known.values().any(same) {
            return Err(StoreError::LogKnown);
        }
        let (text, _) = config::read_logs(&path)?;
        let break_off = if text.is_empty() || text.ends_with('\n') {
            ""
        } else {
            "\n"
        };
        let url = url.map_or_else(String::new, |url| format!(" {url}"));
        let text = format!("{text}{break_off}log {log}{url}\n");
        let added = config::parse_logs(&text)?;
        self.disk.replace(&path, text.as_bytes(), Readers::Any)?;
        self.know_into(&mut known, added)
    }

    /// The public keys: one of each type, under one name.
    #[must_use]
    pub fn keys(&self) -> Vec<VerifierKey> {
        self.cosigners.iter().map(CosignerKey::verifier).collect()
    }

    /// [`Store::judge`] without what it kept.
    ///
    /// # Errors
    /// See there.
    pub fn add_checkpoint(&self, body: &[u8], now_s: u64) -> Result<Answer, StoreError> {
        Ok(self.judge(body, now_s)?.answer)
    }

    /// Answers the body of an `add-checkpoint` that arrived at `now_s` by the witness's clock.
    ///
    /// # Errors
    /// [`StoreError`] when the directory fails or the clock went back; then nothing was cosigned,
    /// and asking again helps once the operator has acted.
    pub fn judge(&self, body: &[u8], now_s: u64) -> Result<Outcome, StoreError> {
        let without = |answer| Outcome { answer, kept: None };
        let Ok(request) = Request::parse(body) else {
            return Ok(without(Answer::Malformed));
        };
        let mut logs = self.known();
        let Some(log) = logs.get_mut(request.checkpoint().origin()) else {
            return Ok(without(Answer::LogUnknown));
        };
        let head = log.head.as_ref().map(checkpoint_of).transpose()?;
        let known = head.as_ref().map(Head::of);
        match decide(known, &request, &log.keys) {
            Ok(checkpoint) => {
                let note = (known != Some(Head::of(&checkpoint)))
                    .then(|| signed_by(request.note(), &log.keys))
                    .transpose()?;
                let lines = self.advance(log, note, &checkpoint, now_s)?;
                Ok(without(Answer::Cosigned(lines)))
            }
            Err(refusal) => {
                let kept = match (refusal.evidence(), &log.head) {
                    (Some(kind), Some(known)) => self.keep(&log.id, kind, body, &request, known)?,
                    (Some(_) | None, _) => None,
                };
                Ok(Outcome {
                    answer: refusal.answer(),
                    kept,
                })
            }
        }
    }

    /// Persists, then signs, then publishes; `note` is `None` if this tree was persisted before.
    fn advance(
        &self,
        log: &mut Log,
        note: Option<Note>,
        checkpoint: &Checkpoint,
        now_s: u64,
    ) -> Result<Vec<NoteSignature>, StoreError> {
        // To call a tree the largest one at a time for which a larger one was called so is a lie.
        if now_s < log.time_s {
            let before_s = log.time_s;
            return Err(StoreError::ClockBehind { before_s, now_s });
        }
        let folder = self.state(&log.id);
        if let Some(note) = note {
            files::make_folder(&folder, Readers::Owner)?;
            // A kill before the rename forgets a tree that nobody signed; a kill after it
            // remembers one that is perhaps not signed yet. Neither can lead to two.
            let text = note.to_string();
            self.disk
                .replace(&folder.join(HEAD), text.as_bytes(), Readers::Any)?;
            log.head = Some(note);
        }
        let lines = self.cosign(checkpoint, now_s)?;
        let head = log.head.clone().ok_or(tlog::Error::NoteShape)?;
        let cosigned = lines.iter().cloned().try_fold(head, Note::with_signature)?;
        let text = cosigned.to_string();
        self.disk
            .replace(&folder.join(COSIGNED), text.as_bytes(), Readers::Any)?;
        log.time_s = now_s;
        Ok(lines)
    }

    /// The checkpoint cosigned last, with the cosignatures, by the hash of its log's origin.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn checkpoint(&self, origin_hash: &str) -> Result<Option<String>, StoreError> {
        if !self.known().values().any(|log| log.id == origin_hash) {
            return Ok(None);
        }
        let path = self.state(origin_hash).join(COSIGNED);
        let bytes = files::read(&path, NOTE_BYTES_MAX)?;
        Ok(bytes.and_then(|bytes| String::from_utf8(bytes).ok()))
    }

    fn cosign(
        &self,
        checkpoint: &Checkpoint,
        now_s: u64,
    ) -> Result<Vec<NoteSignature>, StoreError> {
        let each = self.cosigners.iter();
        Ok(each
            .map(|key| key.cosign(checkpoint, now_s))
            .collect::<Result<_, _>>()?)
    }

    fn state(&self, id: &str) -> PathBuf {
        self.path.join("state").join(id)
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<String, Log>> {
        // A head is set whole and only after it is durable, so a poisoned lock guards nothing
        // broken.
        self.logs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn know(&self, logs: Logs) -> Result<(), StoreError> {
        self.know_into(&mut self.known(), logs)
    }

    fn know_into(&self, known: &mut BTreeMap<String, Log>, logs: Logs) -> Result<(), StoreError> {
        for (origin, keys) in logs {
            let id = hash_text(&origin);
            let folder = self.state(&id);
            let head = read_note(&folder.join(HEAD), &origin)?;
            let cosigned = read_note(&folder.join(COSIGNED), &origin)?;
            let size = |note: &Option<(Note, Checkpoint)>| note.as_ref().map(|(_, at)| at.size());
            if size(&cosigned) > size(&head) {
                return Err(StoreError::State {
                    path: folder.join(HEAD),
                    why: "it is older than the checkpoint cosigned last",
                });
            }
            let both = cosigned.iter().chain(&head);
            let time_s = both.map(|(note, _)| self.latest_time(note)).max();
            let head = head.map(|(note, _)| self.without_own(&note)).transpose()?;
            let log = Log {
                keys,
                id,
                head,
                time_s: time_s.unwrap_or(0),
            };
            known.insert(origin, log);
        }
        Ok(())
    }

    /// The note without lines of our own: a `head` that an operator put back may have some.
    fn without_own(&self, note: &Note) -> Result<Note, StoreError> {
        let keys = self.keys();
        let other = |line: &&NoteSignature| !keys.iter().any(|key| key.made(line));
        let lines = note.signatures().iter().filter(other).cloned().collect();
        Ok(Note::new(note.text().to_owned(), lines)?)
    }

    /// The latest time of our own lines in a note.
    fn latest_time(&self, note: &Note) -> u64 {
        let keys = self.keys();
        let verified = note.verify(&keys).unwrap_or_default();
        let times = verified.iter().map(|one| match one.statement {
            Statement::Cosigned { time_s } => time_s,
            Statement::Signed => 0,
        });
        times.max().unwrap_or(0)
    }
}

/// The lower-case hex SHA-256 of an origin: what monitors ask for, and a folder name.
#[must_use]
pub fn origin_hash(origin: &str) -> String {
    hash_text(origin)
}

fn hash_text(text: &str) -> String {
    let digest: [u8; 32] = Sha256::digest(text).into();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn checkpoint_of(note: &Note) -> Result<Checkpoint, tlog::Error> {
    Checkpoint::parse(note.text())
}

/// The note with the log's own signatures alone: what strangers added is not passed on.
fn signed_by(note: &Note, keys: &[VerifierKey]) -> Result<Note, StoreError> {
    let own = |one: &&NoteSignature| keys.iter().any(|key| key.made(one));
    let own: Vec<NoteSignature> = note.signatures().iter().filter(own).cloned().collect();
    Ok(Note::new(note.text().to_owned(), own)?)
}

fn read_note(path: &Path, origin: &str) -> Result<Option<(Note, Checkpoint)>, StoreError> {
    let wrong = || StoreError::State {
        path: path.to_path_buf(),
        why: "it is not a checkpoint of this log",
    };
    let Some(bytes) = files::read(path, NOTE_BYTES_MAX)? else {
        return Ok(None);
    };
    let text = String::from_utf8(bytes).map_err(|_| wrong())?;
    let note = Note::parse(&text).map_err(|_| wrong())?;
    let checkpoint = checkpoint_of(&note).map_err(|_| wrong())?;
    if checkpoint.origin() != origin {
        return Err(wrong());
    }
    Ok(Some((note, checkpoint)))
}

fn check_format(path: &Path) -> Result<(), StoreError> {
    let unknown = || StoreError::Unknown(path.to_path_buf());
    let format = files::read(&path.join(FORMAT), 64)?.ok_or_else(unknown)?;
    if format == FORMAT_TEXT.as_bytes() {
        Ok(())
    } else if format.starts_with(FORMAT_FRONT.as_bytes()) {
        Err(StoreError::Newer(path.to_path_buf()))
    } else {
        Err(unknown())
    }
}

fn lock(path: &Path) -> Result<File, StoreError> {
    let file_path = path.join(LOCK);
    let mut options = OpenOptions::new();
    let options = options.read(true).write(true).create(true).truncate(false);
    let file = options.open(&file_path).map_err(failed(&file_path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked(path.to_path_buf())),
        Err(TryLockError::Error(error)) => Err(failed(&file_path)(error)),
    }
}

//! The thread that makes backups: it copies, checks, puts in place, and removes what is too old.
//!
//! Invariant: a copy lies under a name of its own until it is whole and checked; an old one is removed
//! only after a new one is good.

use super::shelf::{self, Kept, Shelf};
use super::{Ask, Bell, Plan, Source, Tally};
use crate::serve::{PublicLog, SharedClock};
use app::ports::StorageError;
use domain::time::Timestamp;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::{Duration, Instant};
use store::datadir::{self, Holder};
use store::{SegmentReader, StoreError};
use tlog::{Frontier, VerifierKey};

/// How often it is looked whether one is due.
const LOOK: Duration = Duration::from_secs(30);
/// How long an answer of the office is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// The hand that makes backups.
pub(super) struct Hand {
    shelf: Shelf,
    hour: u8,
    keep_days: u16,
    bell: Bell,
    source: Source,
    office: SyncSender<Ask>,
    clock: SharedClock,
    log: fn(&str),
    /// When this server tried last.
    tried: Option<Timestamp>,
    tally: Arc<Tally>,
}

impl Hand {
    /// One that copies a source and asks whoever holds its office by `sender`.
    pub(super) fn new(
        plan: Plan,
        source: Source,
        sender: SyncSender<Ask>,
        (clock, log): (SharedClock, fn(&str)),
        tally: &Arc<Tally>,
    ) -> Self {
        let origin = source.vkey.split('+').next().unwrap_or_default();
        Self {
            shelf: Shelf::new(&plan.folder, origin),
            hour: plan.hour,
            keep_days: plan.keep_days,
            bell: plan.bell,
            source,
            office: sender,
            clock,
            log,
            tried: None,
            tally: Arc::clone(tally),
        }
    }

    /// Works until the bell says that it is over.
    pub(super) fn work(mut self) {
        let mut rung = false;
        while !self.bell.is_over() {
            let now = self.clock.now();
            if rung || shelf::is_due(self.newest(), self.tried, self.hour, now) {
                self.make(now);
            }
            rung = self.bell.wait(LOOK);
        }
    }

    /// When the newest good one was begun.
    fn newest(&self) -> Option<Timestamp> {
        let newest = self.shelf.kept().ok()?.pop().map(|kept| kept.at);
        let end = newest.map_or(0, Timestamp::as_unsigned_unix);
        self.tally.end.store(end, Ordering::Relaxed);
        newest
    }

    fn make(&mut self, now: Timestamp) {
        self.tried = Some(now);
        let begun = Instant::now();
        let made = self.copy(now);
        // Whoever holds the office need not keep the vault open any longer.
        let _ = self.office.send(Ask::Release);
        if self.bell.is_over() && made.is_err() {
            return;
        }
        let made = made.map(|entries| {
            let name = self.shelf.name(now);
            json!({ "backup": name, "entries": entries, "seconds": begun.elapsed().as_secs() })
        });
        let good = made.is_ok();
        self.tell(made);
        if good {
            self.newest();
            match self.remove_old(now) {
                Ok(removed) if removed.is_empty() => {}
                removed => self.tell(removed.map(|removed| json!({ "removed": removed }))),
            }
        }
    }

    /// Tells what happened, and counts what failed.
    fn tell(&self, happened: Result<Value, String>) {
        let mut line = happened.unwrap_or_else(|why| {
            self.tally.fail();
            json!({ "why": why })
        });
        if let Some(fields) = line.as_object_mut() {
            fields.insert("at".to_owned(), self.clock.now().to_string().into());
            fields.insert("event".to_owned(), "backup".into());
        }
        (self.log)(&line.to_string());
    }

    /// Makes one; gives how many entries it has.
    fn copy(&self, now: Timestamp) -> Result<u64, String> {
        let folder = self.shelf.folder();
        let failed = |error: std::io::Error| format!("`{}`: {error}", folder.display());
        for unfinished in self.shelf.left_over()? {
            std::fs::remove_dir_all(&unfinished).map_err(failed)?;
        }
        let (copy, place) = (
            self.shelf.unfinished(now),
            folder.join(self.shelf.name(now)),
        );
        if place.exists() {
            return Err(format!("`{}` was made in this second", place.display()));
        }
        let mut desk = AskingHolder {
            office: &self.office,
            bell: &self.bell,
            vkey: &self.source.vkey,
        };
        let databases = (&self.source.outbox, &self.source.accounts);
        let copied = datadir::backup_live(&self.source.data, &copy, databases, &mut desk);
        let put = copied
            .map_err(|error| error.to_string())
            .and_then(|entries| {
                std::fs::rename(&copy, &place).map_err(failed)?;
                let synced = std::fs::File::open(folder).and_then(|folder| folder.sync_all());
                synced.map_err(failed).map(|()| entries)
            });
        if put.is_err() {
            // The next attempt finds what cannot be removed now.
            let _ = std::fs::remove_dir_all(&copy);
        }
        put
    }

    /// Removes what is too old; gives the names.
    fn remove_old(&self, now: Timestamp) -> Result<Vec<String>, String> {
        let mut removed = Vec::new();
        for Kept { path, .. } in self.shelf.outdated(now, self.keep_days)? {
            // Without its format first: what is half removed is no data directory.
            std::fs::remove_file(path.join("format"))
                .and_then(|()| std::fs::remove_dir_all(&path))
                .map_err(|error| format!("`{}` is too old and stays: {error}", path.display()))?;
            let name = path.file_name().unwrap_or_default();
            removed.push(name.to_string_lossy().into_owned());
        }
        Ok(removed)
    }
}

/// Whoever holds the office, asked from another thread.
struct AskingHolder<'a> {
    office: &'a SyncSender<Ask>,
    bell: &'a Bell,
    vkey: &'a str,
}

fn trouble(why: impl ToString) -> StoreError {
    StoreError::Storage(StorageError {
        what: "backup",
        why: why.to_string(),
    })
}

impl AskingHolder<'_> {
    fn ask<T>(&self, ask: impl FnOnce(SyncSender<T>) -> Ask) -> Result<T, StoreError> {
        let gone = || trouble("the ledger cannot be asked now");
        let (answer, answered) = sync_channel(1);
        self.office.send(ask(answer)).map_err(|_| gone())?;
        answered.recv_timeout(PATIENCE).map_err(|_| gone())
    }
}

impl Holder for AskingHolder<'_> {
    fn durable(&mut self) -> Result<u64, StoreError> {
        self.ask(Ask::Durable)
    }

    fn vault(&mut self, keys_folder: &Path) -> Result<store::instant::Instant, StoreError> {
        let folder = keys_folder.to_path_buf();
        self.ask(|answer| Ask::Vault(folder, answer))?
            .map_err(trouble)
    }

    fn wants(&self) -> bool {
        !self.bell.is_over()
    }

    /// Reads the journal of the copy through and comes to the root of its checkpoint.
    fn check(&self, copy: &Path, entries: u64) -> Result<(), StoreError> {
        let vkey = VerifierKey::parse(self.vkey).map_err(trouble)?;
        let head = PublicLog::of(copy).checkpoint().map_err(trouble)?;
        let head = head.map(|text| tlog::checkpoint::open(&text, &vkey));
        let head = head.transpose().map_err(trouble)?;
        let size = head.as_ref().map_or(0, tlog::Checkpoint::size);
        let mut tree = Frontier::default();
        let mut root = None;
        for record in SegmentReader::open(&copy.join("journal"))?.read_from(0)? {
            if !self.wants() {
                return Err(trouble("the copy was broken off"));
            }
            tree.push(tlog::leaf_hash(&record?.leaf));
            if tree.size() == size {
                root = Some(tree.root());
            }
        }
        if tree.size() != entries {
            let read = tree.size();
            return Err(trouble(format!("{read} of {entries} entries read back")));
        }
        match head {
            Some(head) if root != Some(head.root()) => Err(trouble(format!(
                "the entries do not lead to the checkpoint of {size} entries"
            ))),
            Some(_) | None => Ok(()),
        }
    }
}

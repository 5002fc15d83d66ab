//! The thread of a press: it asks the office for material and for cuts, asks the witnesses, and writes.
//!
//! Invariant: it holds nothing that anybody waits for; a publication is not begun before the pause
//! since the one before has passed, whoever rings.

use super::{Ask, PATIENCE, Plan, Tally};
use crate::cosign::{self, Cosigning};
use crate::material::Material;
use crate::serve::SharedClock;
use crate::site::{self, Known};
use serde_json::json;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

/// The press on its own thread.
pub(super) struct Hand {
    office: SyncSender<Ask>,
    data: PathBuf,
    root: PathBuf,
    every: Duration,
    lists_every: Option<Duration>,
    /// When lists were cut last.
    cut: Option<Instant>,
    known: Known,
    clock: SharedClock,
    log: fn(&str),
    /// Why the lists were not cut at the last attempt.
    lists_fault: Option<String>,
    /// Why the newest checkpoint is not seen by enough witnesses.
    witness_fault: Option<String>,
    /// What was told last, while it goes wrong.
    told: Option<String>,
    tally: Arc<Tally>,
}

impl Hand {
    /// One that asks by `office`; `own` is the data directory, the clock, and the log.
    pub(super) fn new(
        plan: &Plan,
        office: SyncSender<Ask>,
        own: (PathBuf, SharedClock, fn(&str)),
        tally: Arc<Tally>,
    ) -> Self {
        let (data, clock, log) = own;
        Self {
            office,
            data,
            root: plan.root.clone(),
            every: plan.every,
            lists_every: plan.lists.as_ref().map(|lists| lists.every),
            cut: None,
            known: Known::default(),
            clock,
            log,
            lists_fault: None,
            witness_fault: None,
            told: None,
            tally,
        }
    }

    /// Works until nobody can ring any more; it begins by itself, so that a restart goes on.
    pub(super) fn work(mut self, bell: &Receiver<()>) {
        loop {
            let written = self.turn();
            let fine = written.is_ok();
            self.tell(written);
            // Not more often than this, whoever rings.
            let Some(rung) = rest(bell, self.every) else {
                return;
            };
            if rung || !fine {
                continue;
            }
            if let Err(RecvTimeoutError::Disconnected) = bell.recv_timeout(self.quiet()) {
                return;
            }
        }
    }

    /// How long it waits where nobody rings: until the lists can be cut again.
    fn quiet(&self) -> Duration {
        match (self.lists_every, self.cut) {
            (Some(every), Some(cut)) => every.saturating_sub(cut.elapsed()),
            (Some(_), None) => Duration::ZERO,
            (None, _) => PATIENCE,
        }
    }

    /// Cuts the lists if it is time, then brings the site up to date, whatever became of the lists.
    fn turn(&mut self) -> Result<(), String> {
        if self.lists_every.is_some() && self.quiet().is_zero() {
            let cut = self.cut();
            self.count(&cut);
            self.lists_fault = cut.err();
        }
        let written = self.write();
        self.count(&written);
        written
    }

    fn write(&mut self) -> Result<(), String> {
        let mut material = self.material()?;
        self.witness(&mut material)?;
        site::write(&material, &self.root, self.clock.now(), &mut self.known)?;
        let entries = material.log.size();
        self.tally.entries.store(entries, Ordering::Relaxed);
        Ok(())
    }

    fn cut(&mut self) -> Result<(), String> {
        self.cut = Some(Instant::now());
        let mut material = self.material()?;
        // An order that no witness has seen has no effect on a list.
        self.witness(&mut material)?;
        let published = self.ask(Ask::Cut)?;
        self.tally.lists.fetch_add(published, Ordering::Relaxed);
        Ok(())
    }

    fn count(&self, tried: &Result<(), String>) {
        if tried.is_err() {
            self.tally.failures.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn material(&self) -> Result<Material, String> {
        self.ask(Ask::Material).map(|material| *material)
    }

    /// Asks the witnesses about the checkpoint of the material, where the policy asks for any; too few
    /// of them hold nothing up, and are told.
    fn witness(&mut self, material: &mut Material) -> Result<(), String> {
        let asked = cosign::ask(&material.log, &material.policy, &self.data)?;
        let few = asked.quorum_met() == Some(false);
        self.witness_fault = few.then(|| {
            let failures = asked.failures().join("; ");
            format!("too few witnesses have cosigned: {failures}")
        });
        if let Cosigning::Asked(gathered) = &asked {
            material.log.cosigned(gathered.note.to_string());
            let _ = self.office.try_send(Ask::Keep(Box::new(asked)));
        }
        Ok(())
    }

    /// Asks whoever holds the office.
    fn ask<T>(&self, ask: impl FnOnce(SyncSender<Result<T, String>>) -> Ask) -> Result<T, String> {
        let (answer, answered) = sync_channel(1);
        let gone = "the ledger cannot be asked now".to_owned();
        self.office.send(ask(answer)).map_err(|_| gone.clone())?;
        answered.recv_timeout(PATIENCE).map_err(|_| gone)?
    }

    /// Tells what is wrong, once for each reason, and when nothing is any more.
    fn tell(&mut self, written: Result<(), String>) {
        let faults = [&self.lists_fault, &self.witness_fault];
        let fault = written.err();
        let fault = fault.or_else(|| faults.into_iter().flatten().next().cloned());
        if fault != self.told {
            let why = fault.as_deref().unwrap_or("the site is up to date again");
            let at = self.clock.now().to_string();
            (self.log)(&json!({ "at": at, "event": "site", "why": why }).to_string());
        }
        self.told = fault;
    }
}

/// Waits so long; whether anybody rang meanwhile, and none where nobody can any more.
fn rest(bell: &Receiver<()>, time: Duration) -> Option<bool> {
    let (begun, mut rung) = (Instant::now(), false);
    loop {
        match bell.recv_timeout(time.saturating_sub(begun.elapsed())) {
            Ok(()) => rung = true,
            Err(RecvTimeoutError::Timeout) => return Some(rung),
            Err(RecvTimeoutError::Disconnected) => return None,
        }
    }
}

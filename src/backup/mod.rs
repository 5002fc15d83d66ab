//! Backups that a server makes of its own ledger while it takes submissions.
//!
//! Invariant: whoever holds the office is asked for two instants and waits for nothing else; files and
//! databases are copied and checked by a thread of their own, which has its turn after readers and
//! writer. One at a time. What fails is told, counted, and tried again; nothing else stops.
//! Refuses: to call a copy good whose journal does not lead to its checkpoint; to remove any folder that
//! is not a backup of this ledger that a server made.

mod hand;
pub mod shelf;

use crate::office::{Office, OfficeError};
use crate::serve::SharedClock;
use hand::Hand;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use store::instant::Instant;
use store::{FjallAccounts, FjallOutbox};
use tokio::signal::unix::{SignalKind, signal};

/// The line of the log where a backup is asked for and none can be made.
const NO_FOLDER: &str =
    r#"{"event":"backup","why":"no folder is set: name one as `folder` below `[backup]`"}"#;

/// Where backups are made, and when.
pub struct Plan {
    /// The folder that they are made in.
    pub folder: PathBuf,
    /// The hour of China's civil time at which one is due each day.
    pub hour: u8,
    /// After so many days one is removed.
    pub keep_days: u16,
    /// Asks for one at once.
    pub bell: Bell,
}

/// What was done.
#[derive(Debug, Default)]
pub struct Tally {
    /// When the last good one was begun, in seconds since 1970; 0 where there is none.
    pub end: AtomicU64,
    /// Attempts that failed.
    pub failures: AtomicU64,
}

/// Asks for a backup at once. A clone rings the same bell.
#[derive(Clone, Default)]
pub struct Bell(Arc<(Mutex<Rung>, Condvar)>);

#[derive(Default)]
struct Rung {
    wanted: bool,
    over: bool,
}

impl Bell {
    /// Asks for one; while one is being made, for another after it.
    pub fn ring(&self) {
        self.held().wanted = true;
        self.0.1.notify_all();
    }

    fn end(&self) {
        self.held().over = true;
        self.0.1.notify_all();
    }

    fn is_over(&self) -> bool {
        self.held().over
    }

    /// Waits until it is rung or so long; whether it was rung.
    fn wait(&self, time: Duration) -> bool {
        let quiet = |rung: &mut Rung| !rung.wanted && !rung.over;
        let waited = self.0.1.wait_timeout_while(self.held(), time, quiet);
        let (mut rung, _) = waited.unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut rung.wanted)
    }

    fn held(&self) -> MutexGuard<'_, Rung> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Rings at each SIGUSR1; without a bell it is told that no folder is set.
pub(crate) fn on_signal(bell: Option<Bell>, log: fn(&str)) {
    let asked = signal(SignalKind::user_defined1());
    tokio::spawn(async move {
        // Nobody asks where the operating system has no such signal.
        let Ok(mut asked) = asked else {
            return;
        };
        while asked.recv().await.is_some() {
            match &bell {
                Some(bell) => bell.ring(),
                None => log(NO_FOLDER),
            }
        }
    });
}

/// What is asked of whoever holds the office.
enum Ask {
    /// How many entries are durable, between two groups.
    Durable(SyncSender<u64>),
    /// The vault at one instant, its keys written to a folder.
    Vault(PathBuf, SyncSender<Result<Instant, String>>),
    /// The vault's rows are read.
    Release,
}

/// What is copied beside what the office is asked for.
pub struct Source {
    data: PathBuf,
    vkey: String,
    outbox: FjallOutbox,
    accounts: FjallAccounts,
}

impl Source {
    /// Of an open office, and of the accounts that its desk has open.
    pub fn of(office: &Office, accounts: FjallAccounts) -> Self {
        Self {
            data: office.path(),
            vkey: office.vkey(),
            outbox: office.outbox().clone(),
            accounts,
        }
    }
}

/// Backups at work beside an office that another thread holds.
pub struct Backups {
    asks: Receiver<Ask>,
    bell: Bell,
    tally: Arc<Tally>,
    thread: JoinHandle<()>,
}

impl Backups {
    /// Starts them; `log` takes a line for each.
    ///
    /// # Errors
    /// What the operating system said.
    pub fn start(
        plan: Plan,
        source: Source,
        clock: SharedClock,
        log: fn(&str),
    ) -> Result<Self, String> {
        let (sender, asks) = sync_channel(1);
        let (tally, bell) = (Arc::new(Tally::default()), plan.bell.clone());
        let hand = Hand::new(plan, source, sender, (clock, log), &tally);
        let thread = std::thread::Builder::new().name("backup".to_owned());
        let thread = thread.spawn(move || hand.work());
        Ok(Self {
            asks,
            bell,
            tally,
            thread: thread.map_err(|error| error.to_string())?,
        })
    }

    /// To be called by the thread that holds the office, after each settling and every second.
    pub fn serve(&self, office: &mut Office) {
        // A copy that was broken off asks again.
        match self.asks.try_recv() {
            Ok(Ask::Durable(answer)) => {
                let _ = answer.send(office.ledger().state().seq);
            }
            Ok(Ask::Vault(keys, answer)) => {
                let instant = office.vault_instant(&keys);
                let _ = answer.send(instant.map_err(|error: OfficeError| error.to_string()));
            }
            Ok(Ask::Release) => office.release_vault(),
            Err(_none) => {}
        }
    }

    /// What was done.
    pub fn tally(&self) -> Arc<Tally> {
        Arc::clone(&self.tally)
    }

    /// Stops them; a copy that is being made is broken off and removed.
    ///
    /// # Errors
    /// The thread had broken off.
    pub fn stop(self) -> Result<(), String> {
        let Self {
            asks, bell, thread, ..
        } = self;
        bell.end();
        drop(asks);
        thread.join().map_err(|_| "the backup broke off".to_owned())
    }
}

impl Tally {
    fn fail(&self) {
        self.failures.fetch_add(1, Ordering::Relaxed);
    }
}

//! The stage of rehearsals: ledgers in a temporary directory, one after the other, on a clock that
//! is set from outside.
//!
//! Invariant: nothing of it outlives the process; no data directory of anybody is touched. What has
//! not even the shape of a signature is judged by the ledger here, as in the library.

use crate::office::{Office, OfficeError};
use crate::serve::{self, Face, SharedClock, until_signal};
use app::ports::Clock;
use domain::time::Timestamp;
use std::net::TcpListener;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tempfile::TempDir;
use web::rehearsal::{Theatre, rehearse};
use web::writer::Ending;
use web::{Desk, Limits};

/// A clock that stands where it was set; the ledger's own time never goes back all the same.
#[derive(Default)]
struct StageClock(AtomicI64);

impl Clock for StageClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix(self.0.load(Ordering::Relaxed))
    }
}

/// A ledger on the stage.
struct Playing {
    dir: TempDir,
    desk: Arc<Desk>,
    ending: Ending,
}

/// The stage.
struct Stage {
    clock: Arc<StageClock>,
    playing: Mutex<Option<Playing>>,
    log: fn(&str),
}

fn words(error: OfficeError) -> String {
    error.to_string()
}

impl Stage {
    /// Closes what plays; gives its directory.
    fn close(&self) -> Result<Option<TempDir>, String> {
        let mut playing = self.playing.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(Playing { dir, desk, ending }) = playing.take() else {
            return Ok(None);
        };
        desk.close();
        let ended = ending.join();
        ended.unwrap_or_else(|_| Err("the writer broke off".to_owned()))?;
        Ok(Some(dir))
    }

    fn open(&self, dir: TempDir, office: Office) -> Result<Arc<Desk>, String> {
        let clock: SharedClock = Arc::<StageClock>::clone(&self.clock);
        let face = Face {
            origin: "http://localhost".to_owned(),
            site: None,
            limits: Limits::none(),
            log_requests: true,
            certificate: None,
            notices: None,
            identity: Vec::new(),
            troupe: None,
            press: None,
            backup: None,
            quota: app::quota::Rule::NONE,
            counter: None,
        };
        let (desk, ending) = serve::desk(office, clock, face, |_| true, self.log)?;
        let now = Playing {
            dir,
            desk: Arc::clone(&desk),
            ending,
        };
        *self.playing.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
        Ok(desk)
    }
}

fn data(dir: &TempDir) -> std::path::PathBuf {
    Path::new(dir.path()).join("ledger")
}

impl Theatre for Stage {
    fn begin(&self, origin: &str) -> Result<Arc<Desk>, String> {
        self.clear();
        self.clock.0.store(0, Ordering::Relaxed);
        let dir = tempfile::tempdir().map_err(|error| error.to_string())?;
        let office = Office::create(&data(&dir), origin).map_err(words)?;
        self.open(dir, office)
    }

    fn restart(&self) -> Result<Arc<Desk>, String> {
        let dir = self.close()?.ok_or("no ledger has begun")?;
        let office = Office::open(&data(&dir)).map_err(words)?;
        self.open(dir, office)
    }

    fn clear(&self) {
        if let Err(why) = self.close() {
            (self.log)(&format!("mingma: the ledger on the stage: {why}"));
        }
    }

    fn set_clock(&self, at: Timestamp) {
        self.clock.0.store(at.as_unix(), Ordering::Relaxed);
    }
}

/// Serves rehearsals until SIGINT or SIGTERM.
///
/// # Errors
/// What the operating system said.
pub fn serve(
    listener: TcpListener,
    log: fn(&str),
    ready: impl FnOnce() -> Result<(), String>,
) -> Result<(), String> {
    let stage = Stage {
        clock: Arc::default(),
        playing: Mutex::new(None),
        log,
    };
    until_signal(listener, ready, |listener, stop| {
        rehearse(listener, Box::new(stage), stop)
    })
}

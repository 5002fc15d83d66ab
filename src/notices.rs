//! Notices of an open office: worded from its ledger, addressed from its vault, carried by a courier.
//!
//! Owns the composition of `courier` with an office. Invariant: ledger and vault are read by whoever
//! holds the office, never by the courier's thread; a batch at a time, so that submissions go first.

use crate::office::{Office, OfficeError, WallClock};
use app::notices::{Letter, Notice, Readers, letter};
use app::ports::{Outbox, Secretary, StorageError, Vault as _};
use courier::{Channel, Counters, Courier, Settings, Stop};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// How long a courier waits for the office before it tries again later.
const PATIENCE: Duration = Duration::from_secs(60);

/// Words and addresses notices. The vault is open only meanwhile.
///
/// # Errors
/// The vault cannot be read.
pub fn letters(
    office: &Office,
    notices: &[Notice],
    readers: &Readers,
) -> Result<Vec<Letter>, OfficeError> {
    let vault = office.vault()?;
    let mut letters = Vec::with_capacity(notices.len());
    for notice in notices {
        let mut letter = letter(office.ledger(), notice, readers)?;
        if let Some(identity) = vault.read(notice.person)? {
            (letter.phone, letter.email) = (identity.phone, identity.email);
        }
        letters.push(letter);
    }
    Ok(letters)
}

fn readers(settings: &Settings) -> Readers {
    Readers {
        page: settings.page.clone(),
        hotline: settings.hotline.clone(),
    }
}

fn trouble(why: impl std::fmt::Display) -> StorageError {
    let why = why.to_string();
    StorageError {
        what: "office",
        why,
    }
}

/// The office at hand.
struct Here<'a> {
    office: &'a mut Office,
    readers: Readers,
}

impl Secretary for Here<'_> {
    fn letters(&mut self, notices: &[Notice]) -> Result<Vec<Letter>, StorageError> {
        letters(self.office, notices, &self.readers).map_err(trouble)
    }
}

/// Queues everything that is owed and tries everything that is due, once.
///
/// # Errors
/// A setting, or the storage.
pub fn run_once(office: &mut Office, settings: &Settings) -> Result<Counters, String> {
    let mut channels = courier::channels(settings).map_err(|error| error.to_string())?;
    while office.tell().map_err(|error| error.to_string())? {}
    let outbox = office.outbox().clone();
    let readers = readers(settings);
    let counters = Counters::default();
    let mut courier = Courier {
        outbox: &outbox,
        secretary: &mut Here { office, readers },
        channels: &mut channels,
        clock: &WallClock,
        counters: &counters,
    };
    let never = Stop::default();
    while courier.turn(&never).map_err(|error| error.to_string())? > 0 {}
    Ok(counters)
}

/// Notices to be worded, and where the letters go.
struct Request {
    notices: Vec<Notice>,
    answer: SyncSender<Result<Vec<Letter>, StorageError>>,
}

/// An office that another thread holds.
struct There(SyncSender<Request>);

impl Secretary for There {
    fn letters(&mut self, notices: &[Notice]) -> Result<Vec<Letter>, StorageError> {
        let (answer, letters) = sync_channel(1);
        let notices = notices.to_vec();
        let asked = self.0.try_send(Request { notices, answer });
        asked.map_err(|_| trouble("it takes no request"))?;
        letters
            .recv_timeout(PATIENCE)
            .map_err(|_| trouble("it has not answered"))?
    }
}

/// A courier at work beside an office that another thread holds.
pub struct Post {
    requests: Receiver<Request>,
    readers: Readers,
    stop: Arc<Stop>,
    counters: Arc<Counters>,
    thread: JoinHandle<Result<(), StorageError>>,
}

impl Post {
    /// Starts a courier for an office; `failed` hears why it ended by itself.
    ///
    /// # Errors
    /// A setting, or the operating system.
    pub fn start(
        office: &Office,
        settings: &Settings,
        failed: impl FnOnce(&str) + Send + 'static,
    ) -> Result<Self, String> {
        let channels = courier::channels(settings).map_err(|error| error.to_string())?;
        let (sender, requests) = sync_channel(1);
        let (stop, counters) = (Arc::new(Stop::default()), Arc::new(Counters::default()));
        let outbox = office.outbox().clone();
        let hands = (Arc::clone(&stop), Arc::clone(&counters));
        let work = move || {
            let ended = carry(&outbox, There(sender), channels, &hands.0, &hands.1);
            if let Err(error) = &ended {
                failed(&error.to_string());
            }
            ended
        };
        let thread = std::thread::Builder::new().name("courier".to_owned());
        Ok(Self {
            requests,
            readers: readers(settings),
            stop,
            counters,
            thread: thread.spawn(work).map_err(|error| error.to_string())?,
        })
    }

    /// To be called by the thread that holds the office, after each settling and every second: queues
    /// a portion of notices and words a batch, if the courier has asked. Whether there is more.
    ///
    /// # Errors
    /// The outbox cannot be written.
    pub fn serve(&self, office: &mut Office) -> Result<bool, OfficeError> {
        let more = office.tell()?;
        if let Ok(request) = self.requests.try_recv() {
            let letters = letters(office, &request.notices, &self.readers);
            // A courier that has gone finds them due again.
            let _ = request.answer.send(letters.map_err(trouble));
        }
        self.stop.wake();
        Ok(more)
    }

    /// What the courier has done.
    pub fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.counters)
    }

    /// Stops the courier after the letter at hand.
    ///
    /// # Errors
    /// Why the courier had ended before.
    pub fn stop(self) -> Result<(), StorageError> {
        let Self {
            requests,
            stop,
            thread,
            ..
        } = self;
        stop.stop();
        // Whoever waits for letters learns that none will come.
        drop(requests);
        let ended = thread.join();
        ended.unwrap_or_else(|_| Err(trouble("the courier broke off")))
    }
}

fn carry(
    outbox: &dyn Outbox,
    mut secretary: There,
    mut channels: Vec<Box<dyn Channel>>,
    stop: &Stop,
    counters: &Counters,
) -> Result<(), StorageError> {
    let courier = Courier {
        outbox,
        secretary: &mut secretary,
        channels: &mut channels,
        clock: &WallClock,
        counters,
    };
    courier::run(courier, stop)
}

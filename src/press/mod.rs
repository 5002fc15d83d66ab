//! A site that a server keeps up to date by itself, and the lists that it cuts for it.
//!
//! Invariant: whoever holds the office takes the material and cuts, both without waiting for anybody;
//! files are compared and written and witnesses are asked by the press's own thread, which has its
//! turn after readers and writer. What fails is told, counted, and tried again; nothing else stops.
//! Refuses: to sign for an officer whom the ledger would only refuse.

mod hand;

use crate::cosign::{self, Cosigning};
use crate::issuance::{Cadence, Cutting};
use crate::material::Material;
use crate::office::{Office, OfficeError};
use crate::pen::Pen;
use crate::serve::SharedClock;
use app::issuing::{self, Issued, LIST_TTL_S};
use domain::publication::KeyPurpose;
use domain::time::{Day, Timestamp};
use hand::Hand;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// How long the press waits for the office before it tries again later.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a press is to do.
pub struct Plan {
    /// The directory of the site.
    pub root: PathBuf,
    /// The shortest time between two publications.
    pub every: Duration,
    /// The lists, where it cuts them.
    pub lists: Option<Lists>,
}

/// How lists are cut.
pub struct Lists {
    /// The officer who publishes them.
    pub pen: Pen,
    /// The shortest time between two versions.
    pub every: Duration,
}

/// What a press has done.
#[derive(Debug, Default)]
pub struct Tally {
    /// How many entries the site covers.
    pub entries: AtomicU64,
    /// Versions of lists that were published.
    pub lists: AtomicU64,
    /// Attempts that failed.
    pub failures: AtomicU64,
}

/// What the press asks of whoever holds the office.
enum Ask {
    /// The material of the site.
    Material(SyncSender<Result<Box<Material>, String>>),
    /// That the lists are cut, if anything changed; how many were.
    Cut(SyncSender<Result<u64, String>>),
    /// That what was cosigned is published.
    Keep(Box<Cosigning>),
}

/// When lists were cut last, and what was known then.
struct LastCut {
    seq: u64,
    days: Vec<Day>,
}

/// A press at work beside an office that another thread holds.
pub struct Press {
    asks: Receiver<Ask>,
    bell: SyncSender<()>,
    rung: u64,
    lists: Option<Lists>,
    last: Option<LastCut>,
    tally: Arc<Tally>,
    thread: JoinHandle<()>,
}

impl Press {
    /// Starts one; `log` takes a line for whatever goes wrong, and when it goes on.
    ///
    /// # Errors
    /// What the operating system said.
    pub fn start(
        plan: Plan,
        data: PathBuf,
        clock: SharedClock,
        log: fn(&str),
    ) -> Result<Self, String> {
        let (sender, asks) = sync_channel(1);
        let (bell, heard) = sync_channel(1);
        let tally = Arc::new(Tally::default());
        let hand = Hand::new(&plan, sender, (data, clock, log), Arc::clone(&tally));
        let thread = std::thread::Builder::new().name("press".to_owned());
        let thread = thread.spawn(move || hand.work(&heard));
        Ok(Self {
            asks,
            bell,
            rung: 0,
            lists: plan.lists,
            last: None,
            tally,
            thread: thread.map_err(|error| error.to_string())?,
        })
    }

    /// To be called by the thread that holds the office, after each settling and every second: gives
    /// what the press has asked for.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub fn serve(&mut self, office: &mut Office, now: Timestamp) -> Result<(), OfficeError> {
        let seq = office.ledger().state().seq;
        if seq != self.rung && self.bell.try_send(()).is_ok() {
            self.rung = seq;
        }
        // A press that has gone finds it all again.
        match self.asks.try_recv() {
            Ok(Ask::Material(answer)) => {
                let _ = answer.send(Material::of(office).map(Box::new));
            }
            Ok(Ask::Keep(asked)) => {
                // Asked again at the next turn.
                let _ = cosign::keep(office, &asked);
            }
            Ok(Ask::Cut(answer)) => {
                let cut = self.cut(office, now);
                let _ = answer.send(cut.as_ref().map_err(ToString::to_string).copied());
                if let Err(error @ OfficeError::Ledger(_)) = cut {
                    return Err(error);
                }
            }
            Err(_none) => {}
        }
        Ok(())
    }

    /// The ledger was opened again: what was known of it may not be so.
    pub fn forget_cut(&mut self) {
        self.last = None;
    }

    /// Credentials were issued: the list of a day that had none is due if gates should have it.
    pub fn issued<'a>(
        &mut self,
        office: &Office,
        now: Timestamp,
        issued: impl IntoIterator<Item = &'a Issued>,
    ) {
        let state = office.ledger().state();
        let origin = state.origin.as_deref().unwrap_or_default();
        let days = issuing::live_days(now, state.utc_offset_s);
        let without: Vec<String> = days
            .map(|day| issuing::list_uri(origin, day))
            .filter(|uri| !state.lists.contains_key(uri))
            .collect();
        if issued.into_iter().any(|one| without.contains(&one.uri)) {
            self.last = None;
        }
    }

    fn cut(&mut self, office: &mut Office, now: Timestamp) -> Result<u64, OfficeError> {
        let Some(lists) = &self.lists else {
            return Ok(0);
        };
        let now = now.max(office.ledger().state().last_at);
        if self
            .last
            .as_ref()
            .is_some_and(|last| !last.is_over(office, now))
        {
            return Ok(0);
        }
        let stop = OfficeError::Directory;
        lists
            .pen
            .can_issue(office.ledger().state(), now)
            .map_err(stop)?;
        if office
            .issuing_key_at_hand(KeyPurpose::StatusList)?
            .is_none()
        {
            let why =
                "the key for status lists was not made yet: `mingma credential keys register`";
            return Err(stop(why.to_owned()));
        }
        let origin = office.ledger().state().origin.clone().unwrap_or_default();
        let cadence = Cadence {
            every_s: lists.every.as_secs(),
            anyway: false,
        };
        let sign = |body| lists.pen.sign_now(&origin, now, body).map_err(stop);
        let done = office.cut_lists_seen(now, cadence, sign, |_| Ok(None))?;
        let early = done.iter().any(|one| matches!(one, Cutting::TooSoon(_)));
        self.last = (!early).then(|| LastCut::of(office, now));
        let mut published = 0_u64;
        for one in &done {
            match one {
                Cutting::Published(_) => published = published.saturating_add(1),
                Cutting::Refused(receipt) => {
                    return Err(stop(format!("a list was refused, entry {}", receipt.seq)));
                }
                Cutting::Unchanged(_) | Cutting::TooSoon(_) => {}
            }
        }
        Ok(published)
    }

    /// What it has done.
    pub fn tally(&self) -> Arc<Tally> {
        Arc::clone(&self.tally)
    }

    /// Stops it after the file at hand is whole; the next start goes on.
    ///
    /// # Errors
    /// It had broken off.
    pub fn stop(self) -> Result<(), String> {
        let Self {
            asks, bell, thread, ..
        } = self;
        drop((asks, bell));
        thread.join().map_err(|_| "the press broke off".to_owned())
    }
}

impl LastCut {
    fn of(office: &Office, now: Timestamp) -> Self {
        let state = office.ledger().state();
        Self {
            seq: state.seq,
            days: issuing::live_days(now, state.utc_offset_s).collect(),
        }
    }

    /// Whether a cut may say something else now: there were entries, time took a measure away, a day
    /// has begun, or a version is as old as it may get.
    fn is_over(&self, office: &Office, now: Timestamp) -> bool {
        let state = office.ledger().state();
        let lapsed = state.boundaries.keys().next().is_some_and(|at| *at <= now);
        let mut days = issuing::live_days(now, state.utc_offset_s);
        let origin = state.origin.as_deref().unwrap_or_default();
        let ttl_s = i64::try_from(LIST_TTL_S).unwrap_or_default();
        let old = |day: &Day| {
            let list = state.lists.get(&issuing::list_uri(origin, *day));
            list.is_some_and(|list| list.newest.issued.plus_s(ttl_s) <= now)
        };
        state.seq != self.seq
            || lapsed
            || self.days.iter().any(old)
            || !days.all(|day| self.days.contains(&day))
    }
}

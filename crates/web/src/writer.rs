//! The one writer: a thread that owns the ledger, behind a queue with an end.
//!
//! Invariant: an answer is given only for what is durable. After any failure of storage nothing more
//! is taken until the ledger was opened again, for the state in memory may be ahead of the truth;
//! that is tried by itself, ever more seldom. Whoever has waited in vain learns that sending the
//! same bytes again is safe.

use crate::credentials::{NotIssued, Wanted};
use crate::problem::Kind;
use app::issuing::Issued;
use app::ledger::Receipt;
use app::quota::OverQuota;
use domain::act::Proposal;
use domain::machine::Preview;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};

/// Submissions that can wait; one more is answered with the problem `busy`.
pub const QUEUE_MAX: usize = 16;
/// Submissions that become durable in one append.
const GROUP_MAX: usize = 16;

/// The longest pause between two tries to open the ledger again, in ticks.
const PAUSE_TICKS_MAX: u32 = 32;

/// The ledger, to write to.
pub trait Scribe: Send + 'static {
    /// Takes a group of signed bytes as one durable append and answers each; what its sender's quota
    /// leaves out becomes no entry.
    fn submit(&mut self, group: Vec<Vec<u8>>) -> Result<Vec<Taken>, String>;
    /// Brings views and the public log up to what is durable.
    fn settle(&mut self) -> Result<(), String>;
    /// Issues what people ask for, each about oneself, and answers in the same order; a failure of
    /// it is not one of the ledger.
    fn issue(&mut self, wanted: &[Wanted]) -> Vec<Credentials>;
    /// What a proposal would do now; none where no rule pack is in force. Changes nothing.
    fn preview(&self, proposal: &Proposal) -> Option<Preview>;
    /// Once a second: whatever is due.
    fn tick(&mut self) -> Result<(), String>;
    /// Opens the ledger again after a failure, from what is durable.
    fn recover(&mut self) -> Result<(), String>;
    /// Closes in good order.
    fn close(self) -> Result<(), String>;
}

/// What became of signed bytes: an entry, or nothing today.
pub type Taken = Result<Receipt, OverQuota>;

/// What was issued, or why nothing was.
pub type Credentials = Result<Vec<Issued>, NotIssued>;

/// What is on its way to the writer; the permit is held until the answer, so that what waits is
/// bounded together with what is being read.
enum Job {
    /// Signed bytes.
    Submit(Vec<u8>, oneshot::Sender<Taken>, OwnedSemaphorePermit),
    /// Credentials that a person asks for.
    Issue(Wanted, oneshot::Sender<Credentials>, OwnedSemaphorePermit),
    /// A second has passed.
    Tick,
    /// A question about a proposal.
    Preview(
        Box<Proposal>,
        oneshot::Sender<Option<Preview>>,
        OwnedSemaphorePermit,
    ),
}

/// The queue before the writer.
pub struct Writer {
    queue: Mutex<Option<mpsc::Sender<Job>>>,
    up: Arc<AtomicBool>,
}

/// How the writer ended: in good order, or why not.
pub type Ending = JoinHandle<Result<(), String>>;

/// Starts the writer on a thread of its own; `failed` hears why writing went down, each time.
pub fn start(
    scribe: impl Scribe,
    failed: impl Fn(&str) + Send + 'static,
) -> std::io::Result<(Writer, Ending)> {
    let (sender, receiver) = mpsc::channel(QUEUE_MAX);
    let thread = std::thread::Builder::new().name("writer".to_owned());
    let up = Arc::new(AtomicBool::new(true));
    let hand = Hand {
        scribe,
        up: Arc::clone(&up),
        down: None,
    };
    let ending = thread.spawn(move || hand.write(receiver, failed))?;
    let queue = Mutex::new(Some(sender));
    Ok((Writer { queue, up }, ending))
}

/// The hand of the writer, on its thread.
struct Hand<S> {
    scribe: S,
    up: Arc<AtomicBool>,
    /// Why writing is down, while it is: how many ticks until it is tried again, and how many then.
    down: Option<(String, u32, u32)>,
}

/// Somebody who waits for an entry.
type Waiting = (oneshot::Sender<Taken>, OwnedSemaphorePermit);

impl<S: Scribe> Hand<S> {
    /// Writes until the queue is closed and empty.
    fn write(
        mut self,
        mut queue: mpsc::Receiver<Job>,
        failed: impl Fn(&str),
    ) -> Result<(), String> {
        let mut jobs = Vec::with_capacity(GROUP_MAX);
        while queue.blocking_recv_many(&mut jobs, GROUP_MAX) > 0 {
            if let Err(why) = self.group(&mut jobs) {
                failed(&why);
                let pause = self.down.as_ref().map_or(1, |(_, _, pause)| *pause);
                let pause = pause.saturating_mul(2).min(PAUSE_TICKS_MAX);
                self.down = Some((why, pause, pause));
            }
        }
        match self.down {
            Some((why, ..)) => Err(why),
            None => self.scribe.close(),
        }
    }

    /// Does what came together. After a failure nothing more is taken until the ledger is open again;
    /// who waits in vain learns it because the answer never comes.
    fn group(&mut self, jobs: &mut Vec<Job>) -> Result<(), String> {
        let mut group = Vec::with_capacity(jobs.len());
        let mut waiting = Vec::with_capacity(jobs.len());
        let (mut wanted, mut wanting) = (Vec::new(), Vec::new());
        for job in jobs.drain(..) {
            match job {
                Job::Submit(bytes, answer, permit) if self.down.is_none() => {
                    group.push(bytes);
                    waiting.push((answer, permit));
                }
                Job::Preview(proposal, answer, _permit) if self.down.is_none() => {
                    let _ = answer.send(self.scribe.preview(&proposal));
                }
                Job::Issue(one, answer, permit) if self.down.is_none() => {
                    wanted.push(one);
                    wanting.push((answer, permit));
                }
                Job::Submit(..) | Job::Preview(..) | Job::Issue(..) => {}
                Job::Tick if self.down.is_none() => {
                    self.scribe.tick().inspect_err(|_| self.stop())?
                }
                Job::Tick => self.recover()?,
            }
        }
        if !group.is_empty() {
            self.submit(group, waiting)?;
        }
        if !wanted.is_empty() {
            let issued = self.scribe.issue(&wanted);
            for ((answer, permit), issued) in wanting.into_iter().zip(issued) {
                let _ = answer.send(issued);
                drop(permit);
            }
        }
        Ok(())
    }

    fn submit(&mut self, group: Vec<Vec<u8>>, waiting: Vec<Waiting>) -> Result<(), String> {
        // Stopped before anybody is told, so that whoever was told finds the writer down.
        let receipts = self.scribe.submit(group).inspect_err(|_| self.stop())?;
        // What is durable is answered even when publishing it fails; it is published first, so that
        // whoever has the answer can read the entry.
        let settled = self.scribe.settle().inspect_err(|_| self.stop());
        for ((answer, permit), receipt) in waiting.into_iter().zip(receipts) {
            // Somebody who has gone can send the same bytes again.
            let _ = answer.send(receipt);
            drop(permit);
        }
        settled
    }

    fn stop(&self) {
        self.up.store(false, Ordering::Relaxed);
    }

    /// Opens the ledger again, after 2, 4, 8 … 32 ticks; says why not.
    fn recover(&mut self) -> Result<(), String> {
        let Some((_, left, _)) = &mut self.down else {
            return Ok(());
        };
        *left = left.saturating_sub(1);
        if *left > 0 {
            return Ok(());
        }
        self.scribe.recover()?;
        self.down = None;
        self.up.store(true, Ordering::Relaxed);
        Ok(())
    }
}

impl Writer {
    fn sender(&self) -> Option<mpsc::Sender<Job>> {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.clone()
    }

    /// Whether submissions are taken.
    pub fn is_up(&self) -> bool {
        let is_open = self.sender().is_some_and(|queue| !queue.is_closed());
        is_open && self.up.load(Ordering::Relaxed)
    }

    /// Says that a second has passed; while much waits there is no need to.
    pub fn tick(&self) {
        if let Some(queue) = self.sender() {
            let _ = queue.try_send(Job::Tick);
        }
    }

    /// Takes no more submissions; those that wait are still written.
    pub fn close(&self) {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        *queue = None;
    }

    /// Puts bytes in the queue; the answer comes when they are durable.
    pub(crate) fn submit(
        &self,
        bytes: Vec<u8>,
        permit: OwnedSemaphorePermit,
    ) -> Result<oneshot::Receiver<Taken>, Kind> {
        let (answer, waiting) = oneshot::channel();
        self.queue(Job::Submit(bytes, answer, permit))?;
        Ok(waiting)
    }

    /// Asks what a proposal would do now.
    pub(crate) fn preview(
        &self,
        proposal: Box<Proposal>,
        permit: OwnedSemaphorePermit,
    ) -> Result<oneshot::Receiver<Option<Preview>>, Kind> {
        let (answer, waiting) = oneshot::channel();
        self.queue(Job::Preview(proposal, answer, permit))?;
        Ok(waiting)
    }

    /// Asks for credentials.
    pub(crate) fn issue(
        &self,
        wanted: Wanted,
        permit: OwnedSemaphorePermit,
    ) -> Result<oneshot::Receiver<Credentials>, Kind> {
        let (answer, waiting) = oneshot::channel();
        self.queue(Job::Issue(wanted, answer, permit))?;
        Ok(waiting)
    }

    fn queue(&self, job: Job) -> Result<(), Kind> {
        if !self.up.load(Ordering::Relaxed) {
            return Err(Kind::WritesDown);
        }
        let queue = self.sender().ok_or(Kind::WritesDown)?;
        queue.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => Kind::Busy,
            TrySendError::Closed(_) => Kind::WritesDown,
        })
    }
}

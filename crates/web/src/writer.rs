//! The one writer: a thread that owns the ledger, behind a queue with an end.
//!
//! Invariant: an answer is given only for what is durable. After any failure of storage the thread
//! ends and nothing more is taken: the ledger must be opened again, for the state in memory may be
//! ahead of the truth. Whoever has waited in vain learns that sending the same bytes again is safe.

use crate::problem::Kind;
use app::ledger::Receipt;
use domain::act::Proposal;
use domain::machine::Preview;
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};

/// Submissions that can wait; one more is answered with the problem `busy`.
pub const QUEUE_MAX: usize = 16;
/// Submissions that become durable in one append.
const GROUP_MAX: usize = 16;

/// The ledger, to write to.
pub trait Scribe: Send + 'static {
    /// Takes a group of signed bytes as one durable append and answers each.
    fn submit(&mut self, group: Vec<Vec<u8>>) -> Result<Vec<Receipt>, String>;
    /// Brings views and the public log up to what is durable.
    fn settle(&mut self) -> Result<(), String>;
    /// What a proposal would do now; none where no rule pack is in force. Changes nothing.
    fn preview(&self, proposal: &Proposal) -> Option<Preview>;
    /// Closes in good order.
    fn close(self) -> Result<(), String>;
}

/// What is on its way to the writer; the permit is held until the answer, so that what waits is
/// bounded together with what is being read.
enum Job {
    /// Signed bytes.
    Submit(Vec<u8>, oneshot::Sender<Receipt>, OwnedSemaphorePermit),
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
}

/// How the writer ended: in good order, or why not.
pub type Ending = JoinHandle<Result<(), String>>;

/// Starts the writer on a thread of its own; `failed` hears why it ended before it was closed.
pub fn start(
    scribe: impl Scribe,
    failed: impl FnOnce(&str) + Send + 'static,
) -> std::io::Result<(Writer, Ending)> {
    let (sender, receiver) = mpsc::channel(QUEUE_MAX);
    let thread = std::thread::Builder::new().name("writer".to_owned());
    let ending = thread.spawn(move || {
        let ended = write(scribe, receiver);
        if let Err(why) = &ended {
            failed(why);
        }
        ended
    })?;
    let queue = Mutex::new(Some(sender));
    Ok((Writer { queue }, ending))
}

/// Writes until the queue is closed and empty, or until something fails.
fn write(mut scribe: impl Scribe, mut queue: mpsc::Receiver<Job>) -> Result<(), String> {
    let mut jobs = Vec::with_capacity(GROUP_MAX);
    while queue.blocking_recv_many(&mut jobs, GROUP_MAX) > 0 {
        let mut group = Vec::with_capacity(jobs.len());
        let mut waiting = Vec::with_capacity(jobs.len());
        for job in jobs.drain(..) {
            match job {
                Job::Submit(bytes, answer, permit) => {
                    group.push(bytes);
                    waiting.push((answer, permit));
                }
                Job::Preview(proposal, answer, permit) => {
                    let _ = answer.send(scribe.preview(&proposal));
                    drop(permit);
                }
            }
        }
        if group.is_empty() {
            continue;
        }
        // Closed before anybody is told, so that whoever was told finds the writer down.
        let receipts = scribe.submit(group).inspect_err(|_| queue.close())?;
        // What is durable is answered even when publishing it fails; it is published first, so that
        // whoever has the answer can read the entry.
        let settled = scribe.settle().inspect_err(|_| queue.close());
        for ((answer, permit), receipt) in waiting.into_iter().zip(receipts) {
            // Somebody who has gone can send the same bytes again.
            let _ = answer.send(receipt);
            drop(permit);
        }
        settled?;
    }
    scribe.close()
}

impl Writer {
    fn sender(&self) -> Option<mpsc::Sender<Job>> {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.clone()
    }

    /// Whether submissions are taken.
    pub fn is_up(&self) -> bool {
        self.sender().is_some_and(|queue| !queue.is_closed())
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
    ) -> Result<oneshot::Receiver<Receipt>, Kind> {
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

    fn queue(&self, job: Job) -> Result<(), Kind> {
        let queue = self.sender().ok_or(Kind::WritesDown)?;
        queue.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => Kind::Busy,
            TrySendError::Closed(_) => Kind::WritesDown,
        })
    }
}

//! The ledger over HTTP: signed bytes in, public entries out, problems in between.
//!
//! Owns the routes, the registry of problems ([`problem`]), the queue before the one writer
//! ([`writer`]), the published site as it is served, health and metrics.
//! Invariant: an entry is answered only when it is durable; when writing is down, reading is not;
//! every failure is a problem of the registry; nothing personal is answered, counted or logged.
//! Refuses: to know what a data directory is; the caller brings the writer and the public log.

pub mod access;
mod acts;
mod anomalies;
mod answerers;
mod body;
mod caller;
mod cases;
pub mod clerk;
pub mod counter;
mod counts;
pub mod credentials;
mod days;
mod drafts;
mod envelope;
mod health;
mod judgement;
mod limits;
mod lists;
mod live;
mod metrics;
mod movements;
mod offices;
mod openapi;
mod packs;
mod page;
mod pages;
pub mod papers;
mod people;
pub mod problem;
mod proxies;
mod reads;
mod recent;
mod registry;
pub mod rehearsal;
mod router;
mod server;
pub mod signature;
mod signin;
mod site;
mod submissions;
mod timer;
pub mod writer;

#[cfg(test)]
mod tests;
mod told;
pub mod troupe;

use app::ports::{Accounts, Clock};
use app::records::{Filed, Records as _};
use app::signin::provider::Provider;
use domain::document::{Document, PersonId};
use domain::leaf::Leaf;
use metrics::Metrics;
use signin::flows::Flows;
use signin::sessions::Sessions;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Semaphore;
use troupe::Troupe;
use writer::Writer;

pub use limits::Limits;
pub use metrics::Reading;
pub use router::router;
pub use server::{Tls, serve};
pub use told::CodeBody;

/// The longest submission from anybody, in bytes: the longest part of a report.
pub const SUBMISSION_BYTES_MAX: usize = 8 * 1_024 * 1_024;
/// The longest from an officer who is known to ask: the longest act, an order about ten million people.
pub const ACT_BYTES_MAX: usize = 192 * 1_024 * 1_024;
/// Submissions read or waiting at once, a long one counted by its length: this bounds the memory that
/// their bytes take.
pub const SUBMISSIONS_MAX: usize = 32;

/// Questions to identity providers at once: a slow one must not hold up everybody.
const PROVIDER_CALLS_MAX: usize = 16;

/// The public log, to read from; it never waits for the writer.
pub trait Published: Send + Sync + 'static {
    /// The newest signed checkpoint.
    fn checkpoint(&self) -> Result<Option<String>, String>;
    /// The public leaf of an entry, if it is published.
    fn leaf(&self, entry: u64) -> Result<Option<Leaf>, String>;

    /// The public leaves of consecutive entries, oldest first; it ends where the log does.
    fn leaves(&self, entries: Range<u64>) -> Result<Vec<Leaf>, String> {
        let leaves = entries.map_while(|entry| self.leaf(entry).transpose());
        leaves.collect()
    }
    /// The proof that it is in the log, under the newest checkpoint (C2SP tlog-proof), with the leaf
    /// in it; none where it is not published.
    fn proof(&self, entry: u64) -> Result<Option<String>, String>;
}

/// What the routes need from outside.
pub struct Setup {
    /// The public log.
    pub published: Box<dyn Published>,
    /// The record, to read from; it never waits for the writer.
    pub records: Arc<Filed>,
    /// Who can sign in.
    pub accounts: Box<dyn Accounts>,
    /// Who else vouches for people and officers (OpenID Connect).
    pub identity: Vec<Arc<dyn Provider>>,
    /// The personas of a demonstration; none anywhere else.
    pub troupe: Option<Box<dyn Troupe>>,
    /// The counter where people sign online what concerns themselves, if there is one.
    pub counter: Option<Box<dyn counter::Counter>>,
    /// Reads clerks' files.
    pub clerk: Box<dyn clerk::Clerk>,
    /// Where people find this server, as `https://henan.example`: passkeys speak there alone.
    pub origin: String,
    /// The id of the person whom a document names.
    pub person_id: Box<dyn Fn(&Document) -> PersonId + Send + Sync>,
    /// The queue before the one writer.
    pub writer: Writer,
    /// Draws a text as a QR code for paper; nothing where it is too long for one.
    pub draw: fn(&str) -> Option<papers::Drawn>,
    /// Whether bytes have the shape of one signed act or part; nothing else enters the ledger.
    pub looks_signed: fn(&[u8]) -> bool,
    /// The directory of the published site, if it is to be served.
    pub site: Option<PathBuf>,
    /// How much it takes on.
    pub limits: Limits,
    /// Tells the time for the log of requests.
    pub clock: Box<dyn Clock + Send + Sync>,
    /// What else is told to whoever watches the server.
    pub readings: Box<dyn Fn() -> Vec<Reading> + Send + Sync>,
    /// Whether the log has a line for each request.
    pub log_requests: bool,
    /// Takes one line of the log.
    pub log: Box<dyn Fn(&str) + Send + Sync>,
}

/// What every route has at hand.
pub struct Desk {
    setup: Setup,
    keys: submissions::Keys,
    counter: counter::Window,
    drafts: clerk::Drafts,
    nonces: signature::Nonces,
    sessions: Sessions,
    flows: Flows,
    calls: pages::Calls,
    live: live::Live,
    metrics: Metrics,
    ids: envelope::Ids,
    buckets: limits::Buckets,
    requests: Semaphore,
    submissions: Arc<Semaphore>,
    providers: Semaphore,
    draining: AtomicBool,
}

impl Desk {
    /// A desk that takes requests.
    pub fn new(setup: Setup) -> Arc<Self> {
        let limits = setup.limits;
        Arc::new(Self {
            setup,
            keys: submissions::Keys::default(),
            counter: counter::Window::default(),
            drafts: clerk::Drafts::default(),
            nonces: signature::Nonces::default(),
            sessions: Sessions::default(),
            flows: Flows::default(),
            calls: pages::Calls::default(),
            live: live::Live::default(),
            metrics: Metrics::new(),
            ids: envelope::Ids::default(),
            buckets: limits::Buckets::new(limits),
            requests: Semaphore::new(limits.requests),
            submissions: Arc::new(Semaphore::new(SUBMISSIONS_MAX)),
            providers: Semaphore::new(PROVIDER_CALLS_MAX),
            draining: AtomicBool::new(false),
        })
    }

    /// Says to whoever asks that no new work should be sent here.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
        self.live.close();
    }

    /// Takes no more submissions; the writer ends once it has answered those that wait.
    pub fn close(&self) {
        self.setup.writer.close();
    }

    /// Says that a second has passed.
    pub fn tick(&self) {
        self.setup.writer.tick();
        if let Ok(entries) = self.setup.records.entries() {
            self.live.tell(entries);
        }
    }

    fn is_ready(&self) -> bool {
        !self.draining.load(Ordering::Relaxed) && self.setup.writer.is_up()
    }
}

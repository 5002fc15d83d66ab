//! A data directory served over HTTP: the office as the one writer, its public log to read from.
//!
//! Owns the composition of `web` with an open directory. Invariant: the office belongs to the
//! writer's thread alone; readers see the files of the public log and nothing else. After a failure
//! of the writer reads go on, and the end of the process tells why.

use crate::backup::{self, Backups};
use crate::clerk::FileReader;
use crate::fetch::Site;
use crate::notices::Post;
use crate::office::{Office, WallClock};
use crate::press::{Plan, Press};
use crate::proofs::{LogAt, ProofTrouble};
use crate::renewal::Renewal;
use crate::scribe::{OfficeScribe, words};
use crate::{readings, tls};
use app::ports::Clock;
use app::quota::Rule;
use app::signin::provider::Provider;
use courier::Settings;
use domain::document::PersonKey;
use domain::leaf::Leaf;
use domain::time::Timestamp;
use std::net::TcpListener;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use tlog::tile::decode_bundle;
use tlog::{Bundle, Checkpoint, Note, VerifierKey};
use tokio::signal::unix::{SignalKind, signal};
use web::counter::Counter;
use web::troupe::Troupe;
use web::writer::{self, Ending};
use web::{Desk, Limits, Published, Setup};

/// The longest checkpoint that is read.
const CHECKPOINT_BYTES_MAX: usize = tlog::note::NOTE_BYTES_MAX;
/// The longest entry bundle: 256 entries, each behind two bytes of length.
const BUNDLE_BYTES_MAX: usize = 256 * (2 + domain::leaf::LEAF_BYTES_MAX);
/// How often a bundle is looked for again when the log grew in between.
const READS_MAX: usize = 3;

/// What the interface calls the longest submissions are the longest part of a report and act.
const _: () = assert!(web::SUBMISSION_BYTES_MAX == intake::MAX_PART_BYTES);
const _: () = assert!(web::ACT_BYTES_MAX == intake::MAX_ACT_BYTES);

/// How much less often than readers a thread has its turn that writes, where both wait for the machine.
const WRITER_NICENESS: i32 = 10;
/// The same for whoever only makes what anybody could make again.
const PRESS_NICENESS: i32 = 19;

/// Does what starts threads that write, so that whoever reads goes before them: on Linux a priority is a
/// thread's own, and those that it starts have it too.
pub(crate) fn behind_readers<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    behind(WRITER_NICENESS, work)
}

fn behind<T: Send>(niceness: i32, work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            // A process that has less already keeps what it has.
            let _ = rustix::process::setpriority_process(None, niceness);
            work()
        });
        thread
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// The files of the public log.
pub(crate) struct PublicLog(Site);

impl PublicLog {
    /// The public log in a data directory.
    pub(crate) fn of(data: &Path) -> Self {
        Self::published(data.join("log"))
    }

    /// The public log as a site has it.
    pub(crate) const fn published(site: PathBuf) -> Self {
        Self(Site::Folder(site))
    }

    /// How many entries the newest checkpoint covers.
    pub(crate) fn size(&self) -> Result<u64, String> {
        let Some(text) = self.checkpoint()? else {
            return Ok(0);
        };
        let note = Note::parse(&text).map_err(|error| error.to_string())?;
        let head = Checkpoint::parse(note.text()).map_err(|error| error.to_string())?;
        Ok(head.size())
    }

    /// The bundle that holds an entry; none beyond the end of the log.
    fn bundle(&self, entry: u64) -> Result<Option<Vec<Vec<u8>>>, String> {
        // A partial bundle goes away when a longer one is there: then look again.
        for _ in 0..READS_MAX {
            let size = self.size()?;
            if entry >= size {
                return Ok(None);
            }
            let bundle = Bundle::holding(entry, size).map_err(|error| error.to_string())?;
            let bytes = self.0.get(&bundle.path(), BUNDLE_BYTES_MAX);
            if let Some(bytes) = bytes.map_err(|error| error.to_string())? {
                let entries = decode_bundle(bundle, &bytes).map_err(|error| error.to_string())?;
                return Ok(Some(entries.into_iter().map(<[u8]>::to_vec).collect()));
            }
        }
        Err(format!("the bundle of entry {entry} is not there"))
    }
}

impl PublicLog {
    /// The newest checkpoint.
    pub(crate) fn checkpoint(&self) -> Result<Option<String>, String> {
        let bytes = self.0.get(app::publish::CHECKPOINT, CHECKPOINT_BYTES_MAX);
        let Some(bytes) = bytes.map_err(|error| error.to_string())? else {
            return Ok(None);
        };
        let text = String::from_utf8(bytes);
        text.map(Some)
            .map_err(|_| "the checkpoint is not text".to_owned())
    }

    /// The leaf of an entry that it covers.
    pub(crate) fn leaf(&self, entry: u64) -> Result<Option<Leaf>, String> {
        let leaves = self.leaves(entry..entry.saturating_add(1))?;
        Ok(leaves.into_iter().next())
    }

    /// The leaves of consecutive entries.
    fn leaves(&self, entries: Range<u64>) -> Result<Vec<Leaf>, String> {
        let mut leaves = Vec::new();
        let mut next = entries.start;
        while next < entries.end {
            let Some(bundle) = self.bundle(next)? else {
                break;
            };
            let place = usize::try_from(next % 256).unwrap_or(usize::MAX);
            let held = bundle.get(place..).filter(|held| !held.is_empty());
            let held = held.ok_or_else(|| format!("entry {next} is unreadable"))?;
            let wanted = usize::try_from(entries.end.saturating_sub(next)).unwrap_or(usize::MAX);
            for bytes in held.iter().take(wanted) {
                let leaf = Leaf::decode(bytes);
                leaves.push(leaf.ok_or_else(|| format!("entry {next} is unreadable"))?);
                next = next.saturating_add(1);
            }
        }
        Ok(leaves)
    }
}

/// The public log of an open office, which proves its entries too.
struct ProvenLog {
    log: PublicLog,
    folder: PathBuf,
    vkey: VerifierKey,
}

impl ProvenLog {
    fn of(office: &Office) -> Result<Self, String> {
        let vkey = VerifierKey::parse(&office.vkey());
        Ok(Self {
            log: PublicLog::of(&office.path()),
            folder: office.path().join("log"),
            vkey: vkey.map_err(|error| error.to_string())?,
        })
    }
}

impl Published for ProvenLog {
    fn checkpoint(&self) -> Result<Option<String>, String> {
        self.log.checkpoint()
    }

    fn leaves(&self, entries: Range<u64>) -> Result<Vec<Leaf>, String> {
        self.log.leaves(entries)
    }

    fn leaf(&self, entry: u64) -> Result<Option<Leaf>, String> {
        self.log.leaf(entry)
    }

    fn proof(&self, entry: u64) -> Result<Option<String>, String> {
        let mut trouble = String::new();
        // The edge of the log goes away when it grows: then look again.
        for _ in 0..READS_MAX {
            let Some(text) = self.checkpoint()? else {
                return Ok(None);
            };
            let log = LogAt::under(text, self.vkey.clone(), &self.folder);
            match log.and_then(|log| log.prove(entry)) {
                Ok(proven) => return Ok(Some(proven.receipt.to_string())),
                Err(ProofTrouble::Beyond { .. }) => return Ok(None),
                Err(broken) => trouble = broken.to_string(),
            }
        }
        Err(trouble)
    }
}

/// How the server looks from outside.
pub struct Face {
    /// Where people find it, as `https://henan.example`.
    pub origin: String,
    /// The directory of the published site, if it is to be served.
    pub site: Option<PathBuf>,
    /// How much it takes on.
    pub limits: Limits,
    /// Whether the log has a line for each request.
    pub log_requests: bool,
    /// The certificate that it shows, where it speaks TLS.
    pub certificate: Option<PathBuf>,
    /// How people are told; without it notices wait in the outbox.
    pub notices: Option<Settings>,
    /// Who else vouches for officers and people.
    pub identity: Vec<Arc<dyn Provider>>,
    /// The personas of a demonstration.
    pub troupe: Option<Box<dyn Troupe>>,
    /// The counter where people sign online what concerns themselves.
    pub counter: Option<Box<dyn Counter>>,
    /// How its site is kept up to date, where it does that itself.
    pub press: Option<Plan>,
    /// How many rows of evidence a day it takes of each organisation.
    pub quota: Rule,
    /// Where and when it makes backups, where it does that itself.
    pub backup: Option<backup::Plan>,
}

/// Tells the time to the office and to the desk alike.
pub type SharedClock = Arc<dyn Clock + Send + Sync>;

/// The clock of the desk.
struct DeskClock(SharedClock);

impl Clock for DeskClock {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
}

/// Puts an office behind a desk: the office on the writer's thread, its record and its public log
/// to read from. The desk must be closed before the ending is waited for.
///
/// # Errors
/// What the operating system or the directory said.
pub fn desk(
    office: Office,
    clock: SharedClock,
    face: Face,
    looks_signed: fn(&[u8]) -> bool,
    log: fn(&str),
) -> Result<(Arc<Desk>, Ending), String> {
    let accounts = office.accounts().map_err(words)?;
    let data = office.path();
    let published = ProvenLog::of(&office)?;
    let failed = move |why: &str| log(&format!("mingma: writes are down: {why}"));
    let bytes = office.person_key_bytes().map_err(words)?;
    let person_key = PersonKey::from_bytes(bytes);
    let post = match &face.notices {
        Some(settings) => {
            let failed = move |why: &str| log(&format!("mingma: the courier ended: {why}"));
            Some(Post::start(&office, settings, failed)?)
        }
        None => None,
    };
    let start = |plan| Press::start(plan, data.clone(), Arc::clone(&clock), log);
    let press = face
        .press
        .map(|plan| behind(PRESS_NICENESS, || start(plan)));
    let press = press.transpose()?;
    let source = backup::Source::of(&office, accounts.clone());
    let start = |plan| Backups::start(plan, source, Arc::clone(&clock), log);
    let backups = face
        .backup
        .map(|plan| behind(PRESS_NICENESS, || start(plan)));
    let backups = backups.transpose()?;
    let beside = readings::Beside {
        courier: post.as_ref().map(Post::counters),
        press: press.as_ref().map(Press::tally),
        backups: backups.as_ref().map(Backups::tally),
    };
    let scribe = OfficeScribe::new(
        office,
        Arc::clone(&clock),
        (post, press, backups),
        face.quota,
    );
    let records = scribe.records();
    let started = behind_readers(move || writer::start(scribe, failed));
    let (writer, ending) = started.map_err(|error| system(&error))?;
    let desk = Desk::new(Setup {
        published: Box::new(published),
        records,
        accounts: Box::new(accounts),
        origin: face.origin,
        identity: face.identity,
        troupe: face.troupe,
        counter: face.counter,
        clerk: Box::new(FileReader(PersonKey::from_bytes(bytes))),
        person_id: Box::new(move |document| person_key.person_id(document)),
        writer,
        looks_signed,
        draw: crate::qr::on_paper,
        site: face.site,
        limits: face.limits,
        readings: readings::of(data, face.certificate, beside),
        log_requests: face.log_requests,
        clock: Box::new(DeskClock(clock)),
        log: Box::new(log),
    });
    Ok((desk, ending))
}

fn system(error: &std::io::Error) -> String {
    format!("the server cannot run: {error}")
}

/// Serves an office on a listener until SIGINT or SIGTERM; then closes it in good order.
///
/// `ready` is called once requests are taken; `log` gets a line of JSON for each of them.
///
/// # Errors
/// What the operating system said, or why the writer ended.
pub fn serve(
    office: Office,
    listener: TcpListener,
    tls: Option<tls::Files>,
    face: Face,
    log: fn(&str),
    ready: impl FnOnce() -> Result<(), String>,
) -> Result<(), String> {
    let looks_signed = |bytes: &[u8]| intake::cose::Sign1::parse(bytes).is_ok();
    let renewal = tls.map(|files| Renewal::begin(files, log)).transpose()?;
    let bell = face.backup.as_ref().map(|plan| plan.bell.clone());
    let (desk, ending) = desk(office, Arc::new(WallClock), face, looks_signed, log)?;
    let served = until_signal(listener, ready, |listener, stop| {
        let tls = renewal.map(Renewal::run);
        backup::on_signal(bell, log);
        web::serve(listener, tls, Arc::clone(&desk), stop)
    });
    desk.close();
    let ended = ending.join();
    served?;
    ended.unwrap_or_else(|_| Err("the writer broke off".to_owned()))
}

/// Each connection is an open file: as many as the operating system lets us have.
fn raise_file_limit() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // Where it is not allowed the old limit stands, and further connections wait.
    let _ = setrlimit(Resource::Nofile, limit);
}

/// The signal that ends a server.
pub type Stop = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Runs a server until SIGINT or SIGTERM.
///
/// # Errors
/// What the operating system said.
pub fn until_signal<S: Future<Output = ()>>(
    listener: TcpListener,
    ready: impl FnOnce() -> Result<(), String>,
    server: impl FnOnce(tokio::net::TcpListener, Stop) -> S,
) -> Result<(), String> {
    raise_file_limit();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| system(&error))?;
    runtime.block_on(async {
        let system = |error: std::io::Error| system(&error);
        // Heard before anybody is told that the server is there.
        let mut interrupt = signal(SignalKind::interrupt()).map_err(system)?;
        let mut terminate = signal(SignalKind::terminate()).map_err(system)?;
        // It asks for the certificate to be read again; a server without one goes on.
        let _hangup = signal(SignalKind::hangup()).map_err(system)?;
        // It asks for a backup; likewise.
        let _backup = signal(SignalKind::user_defined1()).map_err(system)?;
        listener.set_nonblocking(true).map_err(system)?;
        let listener = tokio::net::TcpListener::from_std(listener).map_err(system)?;
        ready()?;
        let stop = async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        };
        server(listener, Box::pin(stop)).await;
        Ok(())
    })
}

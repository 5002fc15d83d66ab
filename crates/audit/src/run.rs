//! The order of an audit.
//!
//! Invariant: everything found is in the report; a part that cannot be reached is skipped aloud.

use crate::journal::{Reader, Record, segments};
use crate::log::Log;
use crate::replay::Replay;
use crate::report::{Fault, Name, Place, Progress, Report};
use crate::seal::Keys;
use crate::snapshot::Snapshots;
use crate::source::Source;
use crate::touched::Touched;
use crate::{grounds, public, views};
use std::path::Path;
use tlog::{Checkpoint, VerifierKey, checkpoint};

/// Entries between two reports of progress.
const PROGRESS_ENTRIES: u64 = 64;
const NOTE_HELP: &str = "fetch the checkpoint again; a wrong signature on it is proof of a forgery";

/// What to audit beyond what lies in the directory.
#[derive(Default)]
pub struct Options<'a> {
    /// A signed checkpoint remembered elsewhere: history must still contain it.
    pub checkpoint: Option<String>,
    /// The log's public key, kept elsewhere.
    pub vkey: Option<String>,
    /// Keys of private parts may be gone; then only the public part is checked from there on.
    pub allow_destroyed: bool,
    /// Told now and then how far the audit is.
    pub progress: Option<&'a mut dyn FnMut(Progress)>,
}

/// Audits a data directory or a bundle. Writes nothing.
pub fn audit(source: &Path, options: Options<'_>) -> Report {
    let mut report = Report::default();
    if let Some(found) = Source::find(source, &mut report) {
        let mut log = Log::new(found.log.clone(), found.prefix());
        expect_heads(&found, &options, &mut log, &mut report);
        match found.journal.clone() {
            Some(journal) => whole(&found, &journal, log, options, &mut report),
            None => public::audit(&found, log, options.progress, &mut report),
        }
    }
    report.sort();
    report
}

/// Reads the published checkpoint and the remembered one.
fn expect_heads(found: &Source, options: &Options<'_>, log: &mut Log, report: &mut Report) {
    let published = found.log.as_ref().and_then(|dir| {
        let text = std::fs::read_to_string(dir.join("checkpoint"));
        text.inspect_err(|_| report.skip(Name::Log, "no checkpoint was published yet"))
            .ok()
    });
    if found.log.is_none() {
        report.skip(Name::Log, "there is no published log here");
    }
    let notes = [
        (Name::Log, published),
        (Name::Remembered, options.checkpoint.clone()),
    ];
    let key = found.vkey(options.vkey.as_deref(), report);
    for (name, text) in notes {
        let Some(text) = text else { continue };
        match open_head(&text, key.as_ref()) {
            Ok(head) => {
                if name == Name::Log {
                    report.checkpoint_size = Some(head.size());
                }
                log.expect(name, head);
            }
            Err(what) => {
                report.fault(name, Fault::new(Place::Checkpoint, what, NOTE_HELP));
            }
        }
    }
}

fn open_head(text: &str, key: Option<&VerifierKey>) -> Result<Checkpoint, String> {
    let key = key.ok_or("cannot be checked: the log's public key is not there")?;
    checkpoint::open(text, key).map_err(|error| format!("is not signed by the log: {error}"))
}

/// Audits a journal and everything derived from it.
fn whole(found: &Source, journal: &Path, log: Log, mut options: Options<'_>, report: &mut Report) {
    let (list, strays) = match segments(journal) {
        Ok(found) => found,
        Err(fault) => {
            report.fault(Name::Journal, fault);
            return;
        }
    };
    for stray in strays {
        report.fault(Name::Journal, stray);
    }
    let stored_views = views::open(&found.dir.join("views"), report);
    let snapshots = Snapshots::find(&found.dir.join("snapshots"), report);
    let keys = Keys::new(&found.dir.join("keys/payload"));
    let mut replay = Replay::new(log, keys, snapshots, options.allow_destroyed);
    replay.touched = stored_views
        .as_ref()
        .map(|views| Touched::from(views.position()));
    let complete = read_all(Reader::new(list), &mut replay, &mut options, report);
    report.entries = replay.entries();
    report.people_changes = replay.people_changes;
    report.root = domain::ids::to_hex(&replay.log.root());
    replay.log.finish(complete, report);
    replay
        .snapshots()
        .finish(replay.entries(), complete, report);
    let forgotten = replay.forgotten();
    if forgotten > 0 {
        report.note(format!(
            "{forgotten} leaves of erased people are known by their hash alone: what they said is \
             decided again, but not compared"
        ));
    }
    let decided = replay.stopped.is_none();
    if decided {
        grounds::check(&replay.state, report);
    } else {
        report.skip(Name::Grounds, "not every entry could be replayed");
    }
    match stored_views {
        Some(views) if decided && complete => {
            views.compare(&replay.state, replay.touched.as_ref(), report);
        }
        Some(_) => report.skip(Name::Views, "not every entry could be replayed"),
        None => {}
    }
}

/// Reads the journal to its end, or to its first damage.
fn read_all(
    mut reader: Reader,
    replay: &mut Replay,
    options: &mut Options<'_>,
    report: &mut Report,
) -> bool {
    let mut record = Record::default();
    let bytes_total = reader.bytes_total();
    loop {
        match reader.next(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(fault) => {
                report.fault(Name::Journal, fault);
                report.skip(Name::Journal, "nothing after the damage was read");
                return false;
            }
        }
        report.count(Name::Journal, 1);
        replay.take(&mut record, report);
        if let Some(progress) = options.progress.as_mut()
            && replay.entries().is_multiple_of(PROGRESS_ENTRIES)
        {
            let (entries, people_changes) = (replay.entries(), replay.people_changes);
            progress(Progress {
                entries,
                people_changes,
                bytes: reader.bytes(),
                bytes_total,
            });
        }
    }
    for note in reader.take_notes() {
        report.note(note);
    }
    true
}

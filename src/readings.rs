//! Numbers of a data directory at work, for whoever watches the server.
//!
//! Invariant: they are read when they are asked for, and none is about anybody. What cannot be read
//! is left out, so that its absence can raise an alarm.

use crate::backup;
use crate::press;
use crate::serve::PublicLog;
use crate::{host, tls};
use courier::Counters;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use web::Reading;

/// Reads them.
pub type Readings = Box<dyn Fn() -> Vec<Reading> + Send + Sync>;

/// What those have done who work beside the writer.
pub struct Beside {
    /// Who carries notices.
    pub courier: Option<Arc<Counters>>,
    /// Who publishes the site.
    pub press: Option<Arc<press::Tally>>,
    /// Who makes backups.
    pub backups: Option<Arc<backup::Tally>>,
}

/// The readings of a data directory, of the certificate shown, and of who works beside the writer.
pub fn of(data: PathBuf, certificate: Option<PathBuf>, beside: Beside) -> Readings {
    let Beside {
        courier,
        press,
        backups,
    } = beside;
    Box::new(move || {
        let mut readings = Vec::new();
        directory(&data, &mut readings);
        if let Some(Ok(end)) = certificate.as_deref().map(tls::ends) {
            let end = u64::try_from(end.as_unix()).unwrap_or(0);
            let help = "When the certificate ends, in seconds since 1970";
            readings.push(level("certificate_end_seconds", help, end));
        }
        if let Some(counters) = &courier {
            letters(counters, &mut readings);
        }
        if let Some(tally) = &press {
            site(tally, &mut readings);
        }
        if let Some(tally) = &backups {
            let end = tally.end.load(Ordering::Relaxed);
            let help = "When the last good backup was begun, in seconds since 1970; 0 for none";
            readings.push(level("backup_end_seconds", help, end));
            let help = "Backups that failed";
            readings.push(count("backup_failures", help, &tally.failures));
        }
        readings
    })
}

const fn level(name: &'static str, help: &'static str, value: u64) -> Reading {
    Reading {
        name,
        help,
        value,
        grows: false,
    }
}

fn directory(data: &Path, readings: &mut Vec<Reading>) {
    if let Ok(entries) = PublicLog::of(data).size() {
        let help = "Entries that the newest checkpoint covers";
        readings.push(level("published_entries", help, entries));
    }
    if let Ok(free) = host::free_bytes(data) {
        let help = "Room on the disk of the data directory";
        readings.push(level("disk_free_bytes", help, free));
    }
}

fn count(name: &'static str, help: &'static str, counter: &AtomicU64) -> Reading {
    Reading {
        name,
        help,
        value: counter.load(Ordering::Relaxed),
        grows: true,
    }
}

fn site(tally: &press::Tally, readings: &mut Vec<Reading>) {
    let entries = tally.entries.load(Ordering::Relaxed);
    let help = "Entries that the site covers, since the start of the server";
    readings.push(level("site_entries", help, entries));
    let help = "Versions of lists that were published";
    readings.push(count("lists", help, &tally.lists));
    let help = "Attempts to publish the site or its lists that failed";
    readings.push(count("site_failures", help, &tally.failures));
}

fn letters(counters: &Counters, readings: &mut Vec<Reading>) {
    let mut count = |name, help, counter: &AtomicU64| readings.push(count(name, help, counter));
    count(
        "notices_sent",
        "Notices taken by the other side",
        &counters.sent,
    );
    count(
        "notices_late",
        "Notices sent after their time",
        &counters.late,
    );
    count(
        "notices_retried",
        "Attempts that will be repeated",
        &counters.retried,
    );
    count("notices_dead", "Notices given up", &counters.dead);
}

//! The ledger itself: whether it opens, and what will soon stop it from working.
//!
//! Invariant: a directory that a server works in is not opened; then its public log alone is looked at.

use super::{About, Findings};
use crate::config::Config;
use crate::office::Office;
use crate::pen::Pen;
use crate::serve::PublicLog;
use crate::{cosign, policy_file};
use app::ports::ViewRows as _;
use domain::organisation::KeyHolder;
use domain::publication::{IssuingKey, KeyPurpose};
use domain::state::key_speaks;
use domain::time::Timestamp;
use std::path::Path;
use store::{DataDir, FjallViews, SegmentReader, StoreError};

/// A rule pack is followed by another at the latest so many days before its sunset.
const PACK_DAYS: i64 = 30;
/// The same for the terms of the officers whose keys lie on the server.
const COUNTER_DAYS: i64 = 14;
/// The same for the keys that issue.
const ISSUING_DAYS: i64 = 14;
/// A clock may be behind the last entry by this much, in seconds.
const CLOCK_S: i64 = 5;

/// The pens that lie on the server.
#[derive(Default)]
pub(super) struct Pens {
    counter: Option<Pen>,
    issuer: Option<Pen>,
}

impl Pens {
    /// Those that can be read; a file that cannot be is a fault of the configuration.
    pub(super) fn of(config: &Config) -> Self {
        Self {
            counter: config.counter.pen().ok().flatten(),
            issuer: config.issuing.pen().ok().flatten(),
        }
    }
}

/// Looks at a ledger.
pub(super) fn look(data: &Path, pens: &Pens, now: Timestamp, findings: &mut Findings) {
    published(data, now, findings);
    match DataDir::open(data) {
        Ok(held) => {
            views(&held, &mut findings.about("views"));
            drop(held);
        }
        Err(StoreError::Locked { holder, .. }) => {
            let who = holder.map_or_else(|| "a process".to_owned(), |pid| format!("process {pid}"));
            return findings.about("ledger").warn(
                format!("{who} works in the directory, so the ledger was not opened"),
                "to look inside, stop it first, or restore a backup and look there",
            );
        }
        Err(error) => {
            return findings
                .about("ledger")
                .fail(error.to_string(), "see `mingma audit`");
        }
    }
    match Office::open(data) {
        Ok(office) => {
            opened(&office, now, findings);
            if let Some(pen) = &pens.counter {
                counter(&office, pen, now, &mut findings.about("counter"));
            }
            if let Some(pen) = &pens.issuer {
                issuer(&office, pen, now, &mut findings.about("issuing"));
            }
        }
        Err(error) => findings.about("ledger").fail(
            error.to_string(),
            "do not write to it; `mingma audit` says what is damaged, then restore a backup",
        ),
    }
}

/// What anybody can see: the checkpoint against the journal, the clock against the last entry.
fn published(data: &Path, now: Timestamp, findings: &mut Findings) {
    let log = PublicLog::of(data);
    let size = match log.size() {
        Ok(size) => size,
        Err(why) => {
            let help = "`mingma log checkpoint` publishes it again";
            return findings
                .about("checkpoint")
                .fail(format!("the checkpoint cannot be read: {why}"), help);
        }
    };
    match SegmentReader::open(&data.join("journal")).map(|journal| journal.len()) {
        Ok(length) if length == size => {
            findings
                .about("checkpoint")
                .ok(format!("the checkpoint covers all {size} entries"));
        }
        Ok(length) => findings.about("checkpoint").warn(
            format!("the checkpoint covers {size} of {length} entries"),
            "a working server catches up at once; if this stays, see its log",
        ),
        Err(error) => findings.about("checkpoint").fail(
            format!("the journal cannot be read: {error}"),
            "`mingma audit` says what is damaged, then restore a backup",
        ),
    }
    let Some(last) = size.checked_sub(1) else {
        return;
    };
    let mut clock = findings.about("clock");
    match log.leaf(last) {
        Ok(Some(leaf)) if leaf.at.as_unix() > now.as_unix().saturating_add(CLOCK_S) => clock.fail(
            format!(
                "this machine says {now}, and the last entry was made at {}",
                leaf.at
            ),
            "set the clock by NTP before anything is written",
        ),
        Ok(Some(leaf)) => clock.ok(format!("the clock is past the last entry, {}", leaf.at)),
        Ok(None) => {}
        Err(why) => clock.fail(
            format!("the last entry cannot be read: {why}"),
            "`mingma audit` says what is damaged",
        ),
    }
}

fn views(held: &DataDir, about: &mut About<'_>) {
    let journal = SegmentReader::open(&held.journal());
    let length = journal
        .map(|journal| journal.len())
        .map_err(|error| error.to_string());
    let views = FjallViews::open(&held.views()).and_then(|views| views.position());
    match (length, views.map_err(|error| error.to_string())) {
        (Ok(length), Ok(position)) if position == length => {
            about.ok(format!(
                "the views stand at entry {position}, as the journal does"
            ));
        }
        (Ok(length), Ok(position)) if position < length => about.warn(
            format!("the views stand at entry {position} of {length}"),
            "the next start catches up; a server that was stopped in good order leaves none behind",
        ),
        (Ok(length), Ok(position)) => about.fail(
            format!("the views stand at entry {position}, and the journal has {length}"),
            "the journal is older than the views: restore the newer one, or `mingma rebuild`",
        ),
        (Err(why), _) | (_, Err(why)) => about.fail(why, "`mingma rebuild` makes the views again"),
    }
}

fn opened(office: &Office, now: Timestamp, findings: &mut Findings) {
    let state = office.ledger().state();
    findings
        .about("ledger")
        .ok(format!("{} entries replay", state.seq));
    match state.pack() {
        Some(pack) => findings.about("pack").end(
            "the rule pack in force",
            pack.sunset,
            now,
            PACK_DAYS,
            "after it nothing can be imposed; the province renews it with `mingma pack adopt`, or lets it end",
        ),
        None => findings.about("pack").warn(
            "no rule pack is in force: nothing can be imposed",
            "adopt one with `mingma pack adopt`",
        ),
    }
    for purpose in [KeyPurpose::Credential, KeyPurpose::StatusList] {
        issuing(office, purpose, now, &mut findings.about("issuing"));
    }
    witnesses(office, &mut findings.about("witnesses"));
}

/// Whether the key of the online counter is on record and can do what it is for.
fn counter(office: &Office, pen: &Pen, now: Timestamp, about: &mut About<'_>) {
    let state = office.ledger().state();
    let help = "a registrar registers the officer again, with this key and the role `counter`";
    let Some((officer, _)) = state.officer(&pen.officer) else {
        return about.fail(
            format!("the counter `{}` is not registered", pen.officer),
            help,
        );
    };
    let holder = KeyHolder::Officer(officer.id.clone());
    if officer.key != pen.key.public() || !key_speaks(state, &officer.key, &holder, now) {
        return about.fail("the counter's key is not the one on record", help);
    }
    if !officer.is_counter() {
        let what = format!("`{}` is not a counter: its key could do more", pen.officer);
        return about.fail(what, help);
    }
    about.end(
        "the counter's term",
        officer.term_until,
        now,
        COUNTER_DAYS,
        help,
    );
}

/// Whether the officer whose key cuts lists can do that, and nothing else.
fn issuer(office: &Office, pen: &Pen, now: Timestamp, about: &mut About<'_>) {
    let state = office.ledger().state();
    let help = "a registrar registers the officer at the province's bureau, with this key and the role `issuer`";
    if let Err(why) = pen.can_issue(state, now) {
        return about.fail(why, help);
    }
    let Some((officer, _)) = state.officer(&pen.officer) else {
        return;
    };
    if officer.roles.len() > 1 {
        let what = format!(
            "the key of `{}` lies on a server and could do more",
            pen.officer
        );
        about.warn(what, help);
    }
    let what = "the term of the issuing officer";
    about.end(what, officer.term_until, now, COUNTER_DAYS, help);
}

fn issuing(office: &Office, purpose: KeyPurpose, now: Timestamp, about: &mut About<'_>) {
    let what = format!("the key for {}", purpose.en());
    let help = "`mingma credential keys register --as REGISTRAR --key FILE`";
    let key = match office.issuing_key_at_hand(purpose) {
        Ok(None) => return about.warn(format!("{what} was not made yet"), help),
        Err(error) => return about.fail(error.to_string(), "restore it from a backup"),
        Ok(Some(key)) => key,
    };
    let record = IssuingKey::from_bytes(key.public().to_bytes());
    let record = record.and_then(|key| office.ledger().state().issuing_keys.get(&key));
    match record {
        Some(record) => {
            let end = record.grant.until.min(record.revoked_at);
            about.end(&what, end, now, ISSUING_DAYS, help);
        }
        None => about.fail(
            format!("{what} is not registered: no gate believes it"),
            help,
        ),
    }
}

fn witnesses(office: &Office, about: &mut About<'_>) {
    let help = "`mingma witness ask`, and see docs/witness.md";
    let policy = policy_file::policy(office);
    let asked = policy.and_then(|policy| cosign::is_witnessed(office, &policy));
    match asked {
        Ok(None) => about.warn(
            "the policy asks for no witness: nobody outside would notice two versions of the log",
            "choose witnesses and set the policy (docs/witness.md)",
        ),
        Ok(Some(true)) => about.ok("a quorum of witnesses has cosigned the newest checkpoint"),
        Ok(Some(false)) => about.warn("the newest checkpoint lacks its quorum of witnesses", help),
        Err(why) => about.fail(why, "set the policy again (docs/witness.md)"),
    }
}

//! What a site is judged by: the log's key, the policy, and the checkpoints.
//!
//! Invariant: what was given from outside goes before what lies there, and what lies there must not
//! contradict it; whatever had to be taken from the site itself is said.

use super::SiteOptions;
use super::ground::{Ground, file_fault, missing, read};
use crate::log::Log;
use crate::report::{Fault, Name, Place, Report};
use std::path::Path;
use tlog::checkpoint::Opened;
use tlog::note::NOTE_BYTES_MAX;
use tlog::policy::POLICY_BYTES_MAX;
use tlog::{Note, Policy, VerifierKey};

const VKEY: &str = "vkey";
const VKEY_BYTES_MAX: u64 = 16 << 10;
const POLICY: &str = "policy";
const CHECKPOINT: &str = "checkpoint";
const KEY_HELP: &str =
    "give the policy or the log's key that you keep; a site that names another key is not this log";
const NOTE_HELP: &str = "fetch the checkpoint again; a wrong signature on it is proof of a forgery";
const QUORUM_HELP: &str = "wait for the witnesses, then fetch again; a log that its witnesses do not cosign may be \
     showing different people different histories";

/// Finds what the site is judged by, and hands the checkpoints to the log.
pub fn find<'a>(
    root: &'a Path,
    options: &SiteOptions<'_>,
    log: &mut Log,
    report: &mut Report,
) -> Option<Ground<'a>> {
    let policy = policy(root, options.policy.as_deref(), report);
    let key = key(root, options, policy.as_ref(), report)?;
    // A policy for another log was named as a fault; its witnesses say nothing about this one.
    let policy = policy.filter(|policy| *policy.log() == key);
    let mut ground = Ground {
        root,
        origin: key.name().to_string(),
        now: options.now,
        policy,
        key,
    };
    if ground.policy.is_none() {
        report.skip(Name::Witnesses, "there is no policy for this log");
    }
    remembered(&ground, options.checkpoint.as_deref(), log, report);
    let opened = published(&ground, report)?;
    opened.checkpoint.origin().clone_into(&mut ground.origin);
    report.checkpoint_size = Some(opened.checkpoint.size());
    if let Some(policy) = &ground.policy {
        quorum(policy, &opened, report);
    }
    log.expect(Name::Log, opened.checkpoint);
    Some(ground)
}

fn text(root: &Path, name: &str, bytes_max: u64, report: &mut Report) -> Option<String> {
    let what = match read(root, name, bytes_max) {
        Ok(None) => {
            report.fault(Name::Files, missing(name, ""));
            return None;
        }
        Ok(Some(bytes)) => match String::from_utf8(bytes) {
            Ok(text) => return Some(text),
            Err(_) => "is not UTF-8 text".to_owned(),
        },
        Err(what) => what,
    };
    report.fault(Name::Files, file_fault(name, what));
    None
}

fn policy(root: &Path, given: Option<&str>, report: &mut Report) -> Option<Policy> {
    let beside = text(root, POLICY, POLICY_BYTES_MAX as u64, report);
    let beside = beside.and_then(|text| match Policy::parse(&text) {
        Ok(policy) => Some(policy),
        Err(error) => {
            let what = format!("is not a policy: {error}");
            report.fault(Name::Files, file_fault(POLICY, what));
            None
        }
    });
    let Some(given) = given else {
        if beside.is_some() {
            report.note(
                "the policy was taken from the site itself: compare its keys with a copy from \
                 somebody you trust",
            );
        }
        return beside;
    };
    match Policy::parse(given) {
        Ok(policy) => {
            if beside.is_some_and(|beside| beside != policy) {
                report.note("the site shows another policy than the one given");
            }
            Some(policy)
        }
        Err(error) => {
            let place = Place::Key(POLICY.to_owned());
            let what = format!("the policy that was given is none: {error}");
            report.fault(Name::Witnesses, Fault::new(place, what, KEY_HELP));
            None
        }
    }
}

/// The log's public key: the one given, the policy's, or the one that lies there.
fn key(
    root: &Path,
    options: &SiteOptions<'_>,
    policy: Option<&Policy>,
    report: &mut Report,
) -> Option<VerifierKey> {
    let fault = |what: String| Fault::new(Place::Key("log".to_owned()), what, KEY_HELP);
    let beside = text(root, VKEY, VKEY_BYTES_MAX, report);
    let beside = beside.and_then(|text| VerifierKey::parse(text.trim()).ok());
    let given = match options.vkey.as_deref().map(str::trim) {
        None => None,
        Some(text) => match VerifierKey::parse(text) {
            Ok(key) => Some(key),
            Err(error) => {
                report.fault(Name::Log, fault(format!("is not a public key: {error}")));
                return None;
            }
        },
    };
    let of_policy = policy.map(|policy| policy.log().clone());
    let trusted = given.clone().or(of_policy.clone());
    let Some(key) = trusted.or_else(|| beside.clone()) else {
        let what = "no public key of the log is known".to_owned();
        report.fault(Name::Log, fault(what));
        return None;
    };
    for (found, whose) in [(of_policy, "the policy names"), (beside, "the site shows")] {
        if found.is_some_and(|found| found != key) {
            let what = format!("{whose} another key of the log than the one that is trusted");
            report.fault(Name::Log, fault(what));
        }
    }
    if given.is_none() && options.policy.is_none() {
        report
            .note("the log's key was taken from what is audited: compare it with a copy you keep");
    }
    Some(key)
}

fn open(ground: &Ground<'_>, text: &str) -> Result<Opened, String> {
    let note = Note::parse(text).map_err(|error| format!("is not a checkpoint: {error}"))?;
    let opened = ground.open(&note);
    opened.map_err(|error| format!("is not signed by the log of this policy: {error}"))
}

fn published(ground: &Ground<'_>, report: &mut Report) -> Option<Opened> {
    let text = text(ground.root, CHECKPOINT, NOTE_BYTES_MAX as u64, report)?;
    match open(ground, &text) {
        Ok(opened) => Some(opened),
        Err(what) => {
            report.fault(Name::Log, Fault::new(Place::Checkpoint, what, NOTE_HELP));
            None
        }
    }
}

fn remembered(ground: &Ground<'_>, text: Option<&str>, log: &mut Log, report: &mut Report) {
    let Some(text) = text else { return };
    match open(ground, text) {
        Ok(opened) => log.expect(Name::Remembered, opened.checkpoint),
        Err(what) => {
            let what = format!("the remembered one {what}");
            let fault = Fault::new(Place::Checkpoint, what, NOTE_HELP);
            report.fault(Name::Remembered, fault);
        }
    }
}

fn quorum(policy: &Policy, opened: &Opened, report: &mut Report) {
    if !policy.asks_for_witnesses() {
        report
            .note("the policy asks for no witness: nobody else vouches that there is one history");
        return;
    }
    report.count(Name::Witnesses, 1);
    if !policy.quorum_met(&opened.cosigned) {
        let names: Vec<String> = opened
            .cosigned
            .iter()
            .map(|one| one.name.to_string())
            .collect();
        let who = if names.is_empty() {
            "no witness".to_owned()
        } else {
            format!("only {}", names.join(", "))
        };
        let what = format!("{who} of the policy has cosigned it: that is not the quorum");
        let fault = Fault::new(Place::Checkpoint, what, QUORUM_HELP);
        report.fault(Name::Witnesses, fault);
    }
}

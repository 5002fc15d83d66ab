//! Asking the witnesses of this ledger's policy to cosign the newest checkpoint.
//!
//! Invariant: what is published is the same checkpoint with more lines; a witness that fails takes
//! nothing away. Refuses: to ask where the policy names no witness.

use crate::office::Office;
use crate::policy_file;
use crate::proofs::LogAt;
use app::ports::Publisher as _;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use store::files::{Durability, put};
use tlog::Note;
use tlog::policy::Policy;
use witness::{Gathered, ProofUnavailable};

/// How long one witness may take.
const TIME_MAX: Duration = Duration::from_secs(10);

/// What came of asking.
pub enum Cosigning {
    /// The policy asks for no witness, or there is no checkpoint yet.
    NotAsked,
    /// What the witnesses gave.
    Asked(Box<Gathered>),
}

impl Cosigning {
    /// Whether the policy is content; `None` where it asks for nothing.
    pub fn quorum_met(&self) -> Option<bool> {
        match self {
            Self::NotAsked => None,
            Self::Asked(gathered) => Some(gathered.quorum_met),
        }
    }

    /// Why witnesses did not cosign, a line each.
    pub fn failures(&self) -> Vec<String> {
        match self {
            Self::NotAsked => Vec::new(),
            Self::Asked(gathered) => {
                let failures = gathered.failures.iter();
                failures
                    .map(|(name, why)| format!("witness `{name}`: {why}"))
                    .collect()
            }
        }
    }
}

fn memory(data: &Path) -> PathBuf {
    data.join("witnesses.json")
}

/// What is remembered of witnesses from one time to the next.
#[derive(Default, Serialize, Deserialize)]
struct Memory {
    /// The size that each cosigned last; it tells itself otherwise.
    sizes: BTreeMap<String, u64>,
    /// The largest size under a quorum.
    quorum: u64,
}

fn known(data: &Path) -> Memory {
    let text = std::fs::read(memory(data)).unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
}

/// How many entries a quorum of witnesses has seen; `None` where the policy asks for none.
pub fn witnessed_size(data: &Path, policy: &Policy) -> Option<u64> {
    policy.asks_for_witnesses().then(|| known(data).quorum)
}

/// Whether the policy is content with the newest checkpoint; `None` where it asks for nothing.
pub fn is_witnessed(office: &Office, policy: &Policy) -> Result<Option<bool>, String> {
    if !policy.asks_for_witnesses() {
        return Ok(None);
    }
    let text = office.checkpoint().map_err(|error| error.to_string())?;
    let Some(text) = text else {
        return Ok(Some(false));
    };
    let note = Note::parse(&text).map_err(|error| error.to_string())?;
    let opened = policy.open(&note).map_err(|error| error.to_string())?;
    Ok(Some(policy.quorum_met(&opened.cosigned)))
}

/// Asks about the newest checkpoint, and publishes what was cosigned.
pub fn cosign(office: &mut Office) -> Result<Cosigning, String> {
    let policy = policy_file::policy(office)?;
    let newest = office.checkpoint().map_err(|error| error.to_string())?;
    if !policy.asks_for_witnesses() || newest.is_none() {
        return Ok(Cosigning::NotAsked);
    }
    let log = LogAt::newest(office).map_err(|error| error.to_string())?;
    let asked = ask(&log, &policy, &office.path())?;
    keep(office, &asked)?;
    Ok(asked)
}

/// Asks about a checkpoint, which needs nobody who holds the office; what each witness has seen is
/// remembered in the data directory.
pub fn ask(log: &LogAt, policy: &Policy, data: &Path) -> Result<Cosigning, String> {
    if !policy.asks_for_witnesses() {
        return Ok(Cosigning::NotAsked);
    }
    let told = |error: &dyn std::fmt::Display| error.to_string();
    let note = Note::parse(log.text()).map_err(|error| told(&error))?;
    let mut known = known(data);
    let source = |older: u64| {
        log.consistency(older)
            .map_err(|why| ProofUnavailable(why.to_string()))
    };
    let remembered = |name: &str| known.sizes.get(name).copied().unwrap_or(0);
    let gathered = witness::gather(policy, &note, &source, remembered, TIME_MAX);
    let gathered = gathered.map_err(|error| told(&error))?;
    for name in &gathered.cosigned {
        known.sizes.insert(name.clone(), log.size());
    }
    if gathered.quorum_met {
        known.quorum = known.quorum.max(log.size());
    }
    let text = serde_json::to_vec_pretty(&known).unwrap_or_default();
    // Only a memory: without it a witness is asked once more, and a large order waits for that.
    let _ = put(&memory(data), &text, Durability::Synced);
    Ok(Cosigning::Asked(Box::new(gathered)))
}

/// Publishes what was cosigned, if it is still the newest checkpoint.
pub fn keep(office: &mut Office, asked: &Cosigning) -> Result<(), String> {
    let Cosigning::Asked(gathered) = asked else {
        return Ok(());
    };
    let told = |error: &dyn std::fmt::Display| error.to_string();
    let newest = office.checkpoint().map_err(|error| told(&error))?;
    let newest = newest.and_then(|text| Note::parse(&text).ok());
    let same = newest.is_some_and(|note| note.text() == gathered.note.text());
    if same && !gathered.cosigned.is_empty() {
        let text = gathered.note.to_string();
        let path = app::publish::CHECKPOINT;
        let written = office.publisher_mut().write(path, text.as_bytes());
        written.map_err(|error| told(&error))?;
    }
    Ok(())
}

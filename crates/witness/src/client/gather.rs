//! Asking all witnesses of a policy at once.
//!
//! Invariant: the note that comes back opens under the policy, and is the one that went in with
//! fresh lines in place of old ones. One witness's failure never hides another's cosignature.
//! Refuses a note that the policy's log has not signed.

use super::{ClientError, ProofSource, add_checkpoint};
use std::collections::BTreeMap;
use std::time::Duration;
use tlog::{Note, NoteSignature, Policy, VerifierKey};

/// What the witnesses of a policy gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gathered {
    /// The checkpoint with all cosignatures there are.
    pub note: Note,
    /// The names, in the policy, of the witnesses that cosigned just now.
    pub cosigned: Vec<String>,
    /// Why the others did not, by their names in the policy.
    pub failures: Vec<(String, ClientError)>,
    /// Whether the policy is content with the note.
    pub quorum_met: bool,
}

/// One address, and the witnesses behind it: one operator may have a key of each type.
#[derive(Default)]
struct Place<'a> {
    names: Vec<&'a str>,
    keys: Vec<VerifierKey>,
    known_size: u64,
}

/// Asks every witness of the policy that has an address, each in a thread of its own.
///
/// `known` gives the size that the witness of a name cosigned last, zero if that is not known.
///
/// # Errors
/// What [`Policy::open`] refuses in the note that goes in.
pub fn gather(
    policy: &Policy,
    note: &Note,
    proofs: &ProofSource<'_>,
    mut known: impl FnMut(&str) -> u64,
    time_max: Duration,
) -> Result<Gathered, tlog::Error> {
    policy.open(note)?;
    let mut failures = Vec::new();
    let mut places: BTreeMap<&str, Place<'_>> = BTreeMap::new();
    for ((name, url), key) in policy.witness_urls().zip(policy.witnesses()) {
        let Some(url) = url else {
            if !note.signatures().iter().any(|line| key.made(line)) {
                failures.push((name.to_owned(), ClientError::UrlMissing));
            }
            continue;
        };
        let place = places.entry(url).or_default();
        place.names.push(name);
        place.keys.push(key.clone());
        place.known_size = place.known_size.max(known(name));
    }
    let answers: Vec<_> = std::thread::scope(|scope| {
        let started: Vec<_> = places
            .into_iter()
            .map(|(url, place)| {
                scope.spawn(move || {
                    let (keys, size) = (&place.keys, place.known_size);
                    let lines = add_checkpoint(url, keys, size, note, proofs, time_max);
                    (place, lines)
                })
            })
            .collect();
        // INVARIANT: nothing above panics, so every thread hands in its answer.
        started.into_iter().flat_map(|one| one.join()).collect()
    });
    let mut cosigned = Vec::new();
    let mut fresh: Vec<NoteSignature> = Vec::new();
    for (place, answer) in answers {
        let lines = answer.as_deref().unwrap_or_default();
        for (name, key) in place.names.iter().zip(&place.keys) {
            if let Some(line) = lines.iter().find(|line| key.made(line)) {
                cosigned.push((*name).to_owned());
                fresh.push(line.clone());
            } else {
                let missing = ClientError::CosignatureMissing;
                let error = answer.as_ref().err().cloned().unwrap_or(missing);
                failures.push(((*name).to_owned(), error));
            }
        }
    }
    let note = renewed(note, fresh)?;
    let quorum_met = policy.quorum_met(&policy.open(&note)?.cosigned);
    Ok(Gathered {
        note,
        cosigned,
        failures,
        quorum_met,
    })
}

/// The note with the fresh lines in place of older ones of the same keys.
fn renewed(note: &Note, fresh: Vec<NoteSignature>) -> Result<Note, tlog::Error> {
    let replaced = |line: &&NoteSignature| {
        let same = |new: &NoteSignature| new.name() == line.name() && new.key_id() == line.key_id();
        !fresh.iter().any(same)
    };
    let kept = note.signatures().iter().filter(replaced).cloned();
    let lines: Vec<NoteSignature> = kept.chain(fresh.iter().cloned()).collect();
    Note::new(note.text().to_owned(), lines)
}

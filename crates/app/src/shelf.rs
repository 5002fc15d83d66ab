//! The shelf of compiled rule packs: replay uses the pack of that day.
//!
//! Invariant: a pack is found by its digest, and its digest is over exactly the archive that the
//! adopting entry carries.

use domain::act::ActBody;
use domain::ids::PackDigest;
use domain::state::State;
use domain::submission::Submission;
use policy::Pack;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Compiled packs by digest.
#[derive(Default)]
pub struct Shelf {
    packs: BTreeMap<PackDigest, Arc<Pack>>,
}

/// The packs adopted so far, each with the entry that adopted it, in order.
#[derive(Clone, Default)]
pub struct PackHistory(Vec<(u64, Option<Arc<Pack>>)>);

impl PackHistory {
    /// The pack that was in force when an entry was decided.
    pub fn at(&self, entry: u64) -> Option<Arc<Pack>> {
        let mut adopted = self.0.iter().rev();
        let (_, pack) = adopted.find(|(adopted, _)| *adopted < entry)?;
        pack.clone()
    }

    /// The pack in force.
    pub fn in_force(&self) -> Option<Arc<Pack>> {
        self.at(u64::MAX)
    }

    /// Every pack with the entry that adopted it, in order; none where it cannot be read any more.
    pub fn adopted(&self) -> &[(u64, Option<Arc<Pack>>)] {
        &self.0
    }
}

/// A pack carried by a submission: compiled, or the findings against it.
pub enum Candidate {
    /// The submission carries no pack.
    None,
    /// It can be adopted as far as its own content goes.
    Sound(Box<Pack>),
    /// What is wrong with it.
    Unsound(String),
}

impl Shelf {
    /// Compiles the pack that a submission carries, if it carries one.
    pub fn candidate(submission: &Submission) -> Candidate {
        let Submission::Act(verified) = submission else {
            return Candidate::None;
        };
        let ActBody::PackAdopt { archive, .. } = &verified.act().body else {
            return Candidate::None;
        };
        let pack = match Pack::from_archive(archive) {
            Ok(pack) => pack,
            Err(error) => return Candidate::Unsound(error.to_string()),
        };
        let findings = policy::check(&pack, None);
        let failed = policy::run_cases(&pack)
            .into_iter()
            .find(|case| !case.passed);
        match (findings.first(), failed) {
            (Some(finding), _) => Candidate::Unsound(finding.to_string()),
            (None, Some(case)) => Candidate::Unsound(format!(
                "case `{}` of `{}` fails: {}",
                case.name, case.file, case.reason
            )),
            (None, None) => Candidate::Sound(Box::new(pack)),
        }
    }

    /// Puts a pack on the shelf.
    pub fn add(&mut self, pack: Pack) {
        self.packs.insert(pack.digest(), Arc::new(pack));
    }

    /// The pack in force in a state.
    pub fn in_force(&self, state: &State) -> Option<&Pack> {
        self.packs.get(&state.pack()?.digest).map(AsRef::as_ref)
    }

    /// The pack that was in force when an entry was decided.
    pub fn at(&self, state: &State, entry: u64) -> Option<Arc<Pack>> {
        let mut adoptions = state.packs.iter().rev();
        let adoption = adoptions.find(|one| one.entry < entry)?;
        self.packs.get(&adoption.digest).cloned()
    }

    /// Every pack that a state has adopted, to read from.
    pub fn history(&self, state: &State) -> PackHistory {
        let adoptions = state.packs.iter();
        let found = adoptions.map(|one| (one.entry, self.packs.get(&one.digest).cloned()));
        PackHistory(found.collect())
    }

    /// Compiles the packs that a state from a snapshot has adopted.
    pub fn fill(&mut self, state: &State) {
        for adoption in &state.packs {
            if !self.packs.contains_key(&adoption.digest)
                && let Ok(pack) = Pack::from_archive(&adoption.archive)
            {
                self.add(pack);
            }
        }
    }
}

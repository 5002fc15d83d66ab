//! The rule packs that the entries themselves carry, compiled.
//!
//! Invariant: an entry is judged under the pack that the entries before it brought into force, and
//! a pack comes into question only when its own checks and worked examples pass.

use domain::act::ActBody;
use domain::ids::PackDigest;
use domain::state::State;
use domain::submission::Submission;
use policy::Pack;
use std::collections::BTreeMap;

/// Compiled packs by digest.
#[derive(Default)]
pub struct Packs {
    packs: BTreeMap<PackDigest, Pack>,
}

/// The pack that a submission carries.
pub enum Carried {
    /// None.
    Nothing,
    /// One that may be adopted as far as its content goes.
    Sound(Box<Pack>),
    /// One that may not, and why.
    Unsound(String),
}

impl Packs {
    /// The pack in force.
    pub fn in_force(&self, state: &State) -> Option<&Pack> {
        self.packs.get(&state.pack()?.digest)
    }

    /// Keeps a pack.
    pub fn keep(&mut self, pack: Pack) {
        self.packs.insert(pack.digest(), pack);
    }
}

/// Reads the pack that a submission carries and runs everything it must pass.
pub fn carried(submission: &Submission) -> Carried {
    let Submission::Act(act) = submission else {
        return Carried::Nothing;
    };
    let ActBody::PackAdopt { archive, .. } = &act.act().body else {
        return Carried::Nothing;
    };
    let pack = match Pack::from_archive(archive) {
        Ok(pack) => pack,
        Err(error) => return Carried::Unsound(error.to_string()),
    };
    if let Some(finding) = policy::check(&pack, None).first() {
        return Carried::Unsound(finding.to_string());
    }
    let outcomes = policy::run_cases(&pack);
    match outcomes.iter().find(|case| !case.passed) {
        Some(case) => {
            let (name, file, reason) = (&case.name, &case.file, &case.reason);
            Carried::Unsound(format!("case `{name}` of `{file}` fails: {reason}"))
        }
        None => Carried::Sound(Box::new(pack)),
    }
}

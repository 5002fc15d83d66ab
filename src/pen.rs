//! A pen that lies on a server: the key file of an officer whose only work it is to sign there.
//!
//! Invariant: it signs as that officer and nobody else; the ledger judges each act. Refuses: key files
//! that others can read.

use crate::host::others_can_reach;
use crate::office::random;
use domain::act::{Act, ActBody};
use domain::ids::{OfficerId, PublicKey};
use domain::organisation::{KeyHolder, OrgKind, Tier};
use domain::publication::LIST_ROLE;
use domain::state::{State, key_speaks};
use domain::time::Timestamp;
use intake::key::KeyPair;
use std::path::Path;
use web::counter::Counter;

/// An officer and a key.
pub struct Pen {
    /// The officer.
    pub officer: OfficerId,
    /// The key.
    pub key: KeyPair,
}

impl Counter for Pen {
    fn officer(&self) -> &OfficerId {
        &self.officer
    }

    fn key(&self) -> PublicKey {
        self.key.public()
    }

    fn sign(&self, act: &Act) -> Result<Vec<u8>, String> {
        intake::sign_act(act, self.key.signing()).map_err(|error| error.to_string())
    }
}

impl Pen {
    /// Reads the key file of an officer, whose text is at hand.
    ///
    /// # Errors
    /// What is wrong with the file, and what to do.
    pub fn read(officer: OfficerId, path: &Path, text: &str) -> Result<Self, (String, String)> {
        let shown = path.display();
        if others_can_reach(path) {
            return Err((
                format!("others can read `{shown}`"),
                "`chmod 600` it".into(),
            ));
        }
        let key = KeyPair::from_pem(text).map_err(|error| {
            let help = "make one with `mingma key new`";
            (format!("`{shown}`: {error}"), help.to_owned())
        })?;
        Ok(Self { officer, key })
    }

    /// Signs an act for a ledger at an instant.
    ///
    /// # Errors
    /// No randomness, or an act that is too long.
    pub fn sign_now(&self, ledger: &str, now: Timestamp, body: ActBody) -> Result<Vec<u8>, String> {
        let random = random().map_err(|error| error.to_string())?;
        let nonce = random.first_chunk().copied().unwrap_or_default();
        self.sign(&Act {
            ledger: ledger.to_owned(),
            officer: self.officer.clone(),
            signed_at: now,
            nonce,
            body,
        })
    }

    /// Whether the ledger would let it publish lists now.
    ///
    /// # Errors
    /// What is missing.
    pub fn can_issue(&self, state: &State, now: Timestamp) -> Result<(), String> {
        let name = &self.officer;
        let Some((officer, org)) = state.officer(name) else {
            return Err(format!("the issuing officer `{name}` is not registered"));
        };
        let holder = KeyHolder::Officer(officer.id.clone());
        if officer.key != self.key.public() || !key_speaks(state, &officer.key, &holder, now) {
            return Err(format!("the key of `{name}` is not the one on record"));
        }
        let province = Tier::of(org.division) == Tier::Province;
        if org.kind != OrgKind::BigDataBureau || !province || !officer.roles.contains(&LIST_ROLE) {
            return Err(format!(
                "`{name}` is no issuing officer of the province's big-data bureau"
            ));
        }
        match (officer.term_from..officer.term_until).contains(&now) {
            true => Ok(()),
            false => Err(format!("the term of `{name}` does not run")),
        }
    }
}

//! Issuing keys: as the log's own entries register and end them, and as the site shows them.
//!
//! Invariant: a key counts from its entry on, for its purpose and time, and no longer than until its
//! end; nothing is learnt from `keys.json`, which is only compared.

use super::ground::{Entry, Ground, Proof, differs, file_fault, items};
use crate::log::Log;
use crate::report::{Fault, Name, Place, Report};
use credential::list::ListError;
use credential::{Kid, PublicKey};
use domain::publication::{IssuingKey, IssuingKeyGrant, KeyPurpose};
use domain::time::Timestamp;
use serde_json::{Value, json};

const FILE: &str = "keys.json";
const DID_FILE: &str = "did.json";
const KEY_HELP: &str = "whoever runs the ledger must explain this entry; nothing that such a key \
    signed can be checked";

/// A key on record.
struct Known {
    entry: u64,
    grant: IssuingKeyGrant,
    public: PublicKey,
    /// When its first end was entered, and by which entry.
    end: Option<(Timestamp, u64)>,
    proof: Proof,
}

/// The keys so far.
#[derive(Default)]
pub struct Keys {
    known: Vec<Known>,
    /// Entries that ended a key first, each with what became of its proof.
    ends: Vec<(u64, Proof)>,
}

fn proof_path(entry: u64) -> String {
    format!("keys/{entry}.tlog-proof")
}

impl Keys {
    /// An entry registers a key.
    pub fn begin(
        &mut self,
        ground: &Ground<'_>,
        entry: &Entry<'_>,
        grant: IssuingKeyGrant,
        log: &mut Log,
        report: &mut Report,
    ) {
        let Ok(public) = PublicKey::from_bytes(grant.key.as_bytes()) else {
            let what = format!("registers `{}`, which is no key", grant.key);
            let fault = Fault::new(Place::Entry(entry.seq), what, KEY_HELP);
            report.fault(Name::Keys, fault);
            return;
        };
        let proof = ground.proof(&proof_path(entry.seq), entry, log, report);
        self.known.push(Known {
            entry: entry.seq,
            grant,
            public,
            end: None,
            proof,
        });
    }

    /// An entry ends a key.
    pub fn end(
        &mut self,
        ground: &Ground<'_>,
        entry: &Entry<'_>,
        key: IssuingKey,
        at: Timestamp,
        log: &mut Log,
        report: &mut Report,
    ) {
        let mut first = false;
        for known in self.known.iter_mut().filter(|known| known.grant.key == key) {
            first |= known.end.is_none();
            known.end.get_or_insert((at, entry.seq));
        }
        if first {
            let proof = ground.proof(&proof_path(entry.seq), entry, log, report);
            self.ends.push((entry.seq, proof));
        }
    }

    /// What a key for status lists signed at a time when it was in force.
    pub fn signed<T>(
        &self,
        kid: Kid,
        verify: impl Fn(&PublicKey) -> Result<T, ListError>,
        issued_s: impl Fn(&T) -> u64,
    ) -> Result<T, String> {
        let mut why = "is signed by a key that no entry of the log registered for status lists";
        for known in &self.known {
            if known.grant.purpose != KeyPurpose::StatusList || known.public.kid() != kid {
                continue;
            }
            match verify(&known.public) {
                Ok(content) => {
                    let at = i64::try_from(issued_s(&content)).unwrap_or(i64::MAX);
                    let at = Timestamp::from_unix(at);
                    if !(known.grant.from..known.grant.until).contains(&at) {
                        why = "is signed by a key outside the time of its entry";
                    } else if known.end.is_some_and(|(end, _)| at > end) {
                        why = "is signed by a key that was revoked before";
                    } else {
                        return Ok(content);
                    }
                }
                Err(ListError::Signed(credential::Error::Signature)) => {
                    why = "was changed: its bytes are not those that the key signed";
                }
                Err(error) => return Err(format!("is signed and out of form: {error}")),
            }
        }
        Err(why.to_owned())
    }

    /// Compares what the site shows.
    pub fn finish(&self, ground: &Ground<'_>, report: &mut Report) {
        for known in &self.known {
            report.count(Name::Keys, 1);
            ground.demand(&proof_path(known.entry), known.proof, report);
        }
        for (entry, proof) in &self.ends {
            report.count(Name::Keys, 1);
            ground.demand(&proof_path(*entry), *proof, report);
        }
        self.shown(ground, report);
        self.did(ground, report);
        for name in ground.names("keys", report) {
            let entry = name.strip_suffix(".tlog-proof");
            let entry = entry.and_then(|entry| entry.parse::<u64>().ok());
            let known = entry.is_some_and(|entry| {
                self.known.iter().any(|known| known.entry == entry)
                    || self.ends.iter().any(|(end, _)| *end == entry)
            });
            if !known {
                let what = "belongs to no entry that registers or ends a key";
                report.fault(Name::Keys, file_fault(&format!("keys/{name}"), what));
            }
        }
    }

    fn shown(&self, ground: &Ground<'_>, report: &mut Report) {
        let Some(file) = ground.json(Name::Keys, FILE, report) else {
            return;
        };
        let fault = |what: String, report: &mut Report| {
            report.fault(Name::Keys, file_fault(FILE, what));
        };
        let mut shown = Vec::new();
        for item in items(&file, "keys", FILE, Name::Keys, report) {
            let entry = item.get("entry").and_then(Value::as_u64);
            let known = self.known.iter().find(|known| Some(known.entry) == entry);
            let kid = item.get("kid").and_then(Value::as_str).unwrap_or("?");
            match known {
                Some(known) if known.kid() == kid => {
                    shown.push(known.entry);
                    if let Some(member) = differs(item, &known.value()) {
                        let entry = known.entry;
                        let what = format!(
                            "says another `{member}` of the key `{kid}` than entry {entry}"
                        );
                        fault(what, report);
                    }
                }
                Some(_) | None => {
                    let what = format!("shows the key `{kid}`, which no entry registered");
                    fault(what, report);
                }
            }
        }
        for known in self.known.iter().filter(|own| !shown.contains(&own.entry)) {
            let kid = known.kid();
            let what = format!("leaves out the key `{kid}` of entry {}", known.entry);
            fault(what, report);
        }
        let mut ended = Vec::new();
        for item in items(&file, "ends", FILE, Name::Keys, report) {
            let entry = item
                .get("entry")
                .and_then(Value::as_u64)
                .unwrap_or(u64::MAX);
            ended.push(entry);
            let due = json!({ "entry": entry, "proof": proof_path(entry) });
            if !self.ends.iter().any(|(end, _)| *end == entry) || differs(item, &due).is_some() {
                fault(
                    format!("names entry {entry} as the end of a key, and it is none"),
                    report,
                );
            }
        }
        for (entry, _) in self.ends.iter().filter(|(end, _)| !ended.contains(end)) {
            let what = format!("leaves out entry {entry}, which ended a key: gates still trust it");
            fault(what, report);
        }
    }

    /// The same keys as a DID document.
    fn did(&self, ground: &Ground<'_>, report: &mut Report) {
        let Some(file) = ground.json(Name::Keys, DID_FILE, report) else {
            return;
        };
        let methods = items(&file, "verificationMethod", DID_FILE, Name::Keys, report);
        let shown = methods
            .iter()
            .filter_map(|method| method.get("publicKeyJwk"));
        let mut shown: Vec<String> = shown.map(Value::to_string).collect();
        let mut due: Vec<String> = self
            .known
            .iter()
            .map(|known| known.jwk().to_string())
            .collect();
        shown.sort();
        due.sort();
        if shown != due {
            let what = "does not show exactly the keys of the log";
            report.fault(Name::Keys, file_fault(DID_FILE, what));
        }
    }
}

impl Known {
    /// The short name of the key, as the site writes it.
    fn kid(&self) -> String {
        url_base64(&self.public.kid())
    }

    fn jwk(&self) -> Value {
        let (x, y) = self.public.coordinates();
        json!({
            "kty": "EC", "crv": "P-256", "alg": "ES256",
            "x": url_base64(&x), "y": url_base64(&y), "kid": self.kid(),
        })
    }

    fn value(&self) -> Value {
        json!({
            "purpose": self.grant.purpose.word(),
            "jwk": self.jwk(),
            "from": self.grant.from.to_string(),
            "until": self.grant.until.to_string(),
            "revoked_at": self.end.map(|(at, _)| at.to_string()),
            "proof": proof_path(self.entry),
        })
    }
}

/// Base64 for addresses, without padding (RFC 4648 5).
fn url_base64(bytes: &[u8]) -> String {
    let plain = tlog::text::base64(bytes);
    plain
        .trim_end_matches('=')
        .replace('+', "-")
        .replace('/', "_")
}

//! What the fuzz targets share: keys, a small state, envelopes made here, and seeds.
//!
//! Invariant: everything is a function of constants, so an input that fails once fails again.
//! Refuses to hold a law: each target states its own.

use domain::document::{Document, PersonId, PersonKey};
use domain::evidence::{EvidenceKind, EvidenceRow};
use domain::ids::{OrgId, PublicKey, ReportId};
use domain::organisation::{KeyOwner, Officer, OrgKind, Organisation};
use domain::state::State;
use domain::time::Timestamp;
use ed25519_dalek::Signer as _;
use intake::key::KeyPair;
use std::path::PathBuf;
use std::sync::LazyLock;

/// Names the folder that seeds go to; a target that finds it writes them there and ends.
pub const SEEDS: &str = "MINGMA_FUZZ_SEEDS";
/// Names the file that [`keep`] writes.
pub const LAST: &str = "MINGMA_FUZZ_LAST";
/// The ledger that acts and reports speak to.
pub const LEDGER: &str = "ledger.example/41";
/// The instant of everything here.
pub const AT: Timestamp = Timestamp::from_unix(1_655_000_000);

/// The key of the officers, the organisation, and of the registrar before the beginning.
pub static OFFICE: LazyLock<KeyPair> = LazyLock::new(|| KeyPair::from_entropy(&[1; 32]));
/// The secret of the issuer's key.
pub const ISSUER_SECRET: [u8; 32] = [3; 32];
/// The key of the issuer, of the lists and of the holder.
pub static ISSUER: LazyLock<credential::SigningKey> = LazyLock::new(|| {
    credential::SigningKey::from_bytes(&ISSUER_SECRET)
        .expect("a number below the order of the curve")
});
/// The key of the log.
pub static LOG: LazyLock<tlog::SignerKey> = LazyLock::new(|| {
    tlog::SignerKey::from_seed("log.example/41", [2; 32]).expect("a name without blanks")
});
/// A witness's key.
pub static WITNESS: LazyLock<tlog::CosignerKey> = LazyLock::new(|| {
    tlog::CosignerKey::from_seed("witness.example/w1", [4; 32]).expect("a name without blanks")
});
/// The key that makes ids of documents.
pub static PERSON_KEY: LazyLock<PersonKey> = LazyLock::new(|| PersonKey::from_bytes([9; 32]));

/// A state in which the officer `maker` and the organisation `health` have the key [`OFFICE`].
pub static STATE: LazyLock<State> = LazyLock::new(|| {
    let mut state = State {
        origin: Some(LEDGER.to_owned()),
        ..State::default()
    };
    let (health, maker) = (health(), maker());
    state.organisations.insert(health.id.clone(), health);
    state.officers.insert(maker.id.clone(), maker);
    state
});

/// The organisation of [`STATE`].
pub fn health() -> Organisation {
    Organisation {
        id: org(),
        kind: OrgKind::HealthCommission,
        division: "41".parse().expect("a province"),
        section: None,
        part_of: None,
        name: "Health commission".to_owned(),
        key: OFFICE.public(),
    }
}

/// The officer of [`STATE`].
pub fn maker() -> Officer {
    Officer {
        id: "maker".parse().expect("a name"),
        org: org(),
        roles: [domain::organisation::Role::Maker].into(),
        term_from: AT,
        term_until: AT.plus_s(86_400),
        key: OFFICE.public(),
        holder: "first".to_owned(),
    }
}

/// The name of [`health`].
pub fn org() -> OrgId {
    "health".parse().expect("a name")
}

/// The key owner that is [`health`].
pub fn owner() -> KeyOwner {
    KeyOwner::Org(org())
}

/// The id of an invented person.
pub fn person(n: u32) -> PersonId {
    PERSON_KEY.person_id(&Document::invented(n))
}

/// A part of a report with these rows.
pub fn part(rows: Vec<EvidenceRow>) -> domain::act::ReportPart {
    domain::act::ReportPart {
        ledger: LEDGER.to_owned(),
        org: org(),
        report: ReportId::from_bytes([8; 16]),
        part: 0,
        parts: 1,
        kind: EvidenceKind::CloseContact,
        purpose: "contact tracing".to_owned(),
        signed_at: AT,
        rows,
    }
}

/// Writes the head of a CBOR item in its shortest form.
pub fn cbor_head(out: &mut Vec<u8>, major: u8, value: u64) {
    let first = major << 5;
    match value {
        0..24 => out.push(first | value as u8),
        24..0x100 => out.extend([first | 24, value as u8]),
        0x100..0x1_0000 => {
            out.push(first | 25);
            out.extend((value as u16).to_be_bytes());
        }
        _ => {
            out.push(first | 26);
            out.extend((value as u32).to_be_bytes());
        }
    }
}

/// Writes a CBOR byte string.
pub fn cbor_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    cbor_head(out, 2, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// Any payload in the envelope of an act or a part, with a signature of [`OFFICE`] if asked for
/// and with zeros in its place otherwise, which is as good for whoever only decodes.
pub fn sealed(typ: intake::cose::Typ, payload: &[u8], signed: bool) -> Vec<u8> {
    let mut protected = vec![0xa3, 0x01, 0x27, 0x04];
    cbor_bytes(&mut protected, &OFFICE.kid());
    protected.push(0x10);
    cbor_head(&mut protected, 3, typ.media_type().len() as u64);
    protected.extend_from_slice(typ.media_type().as_bytes());
    let signature = if signed {
        let mut message = vec![0x84];
        cbor_head(&mut message, 3, 10);
        message.extend_from_slice(b"Signature1");
        cbor_bytes(&mut message, &protected);
        cbor_bytes(&mut message, &[]);
        cbor_bytes(&mut message, payload);
        OFFICE.signing().sign(&message).to_bytes()
    } else {
        [0; 64]
    };
    let mut out = vec![0xd2, 0x84];
    cbor_bytes(&mut out, &protected);
    out.push(0xa0);
    cbor_bytes(&mut out, payload);
    cbor_bytes(&mut out, &signature);
    out
}

/// The payload in an envelope that [`sealed`] or the product made.
pub fn payload(envelope: &[u8]) -> Vec<u8> {
    let sign1 = intake::cose::Sign1::parse(envelope).expect("an envelope of ours");
    sign1.payload().to_vec()
}

/// Whether two envelopes of the product are the same, whichever of its two names the algorithm
/// has: `at` is the byte of that name. Signatures and what is after `until` are left out.
pub fn same_but_name(one: &[u8], other: &[u8], at: usize, until: usize) -> bool {
    let cut = |bytes: &[u8]| {
        let mut bytes = bytes.get(..until).unwrap_or(bytes).to_vec();
        if let Some(name) = bytes.get_mut(at) {
            *name = 0;
        }
        bytes
    };
    one.len() == other.len() && cut(one) == cut(other)
}

/// A note of the log about a tree of this size, cosigned by [`WITNESS`].
pub fn note(size: u64) -> String {
    let root = if size == 0 { tlog::EMPTY_ROOT } else { [7; 32] };
    let checkpoint = tlog::Checkpoint::new("log.example/41", size, root).expect("a tree head");
    let text = checkpoint.to_string();
    let by_witness = WITNESS.cosign(&checkpoint, 1_655_000_000);
    let signatures = vec![LOG.sign(&text), by_witness.expect("a signature")];
    tlog::Note::new(text, signatures)
        .expect("a note")
        .to_string()
}

/// Where a target that needs a folder has it.
pub fn scratch(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("mingma-fuzz-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for temporary files");
    folder
}

/// Keeps an input before it is tried, for targets whose readers could fill the stack: nobody is
/// left to keep it then. Too slow for any but slow targets.
pub fn keep(data: &[u8]) {
    static FILE: LazyLock<Option<PathBuf>> =
        LazyLock::new(|| std::env::var_os(LAST).map(PathBuf::from));
    if let Some(file) = &*FILE {
        std::fs::write(file, data).expect("room for an input");
    }
}

/// Writes the seeds of a target and ends, if that is what the target was started for.
pub fn seeds(make: impl FnOnce() -> Vec<Vec<u8>>) {
    let Some(folder) = std::env::var_os(SEEDS) else {
        return;
    };
    let folder = PathBuf::from(folder);
    std::fs::create_dir_all(&folder).expect("a folder for seeds");
    for (number, seed) in make().into_iter().enumerate() {
        std::fs::write(folder.join(format!("seed-{number:02}")), seed).expect("a seed");
    }
    std::process::exit(0);
}

/// The key of an officer that nobody registered.
pub fn stranger() -> PublicKey {
    KeyPair::from_entropy(&[5; 32]).public()
}

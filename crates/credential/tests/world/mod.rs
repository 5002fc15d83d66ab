//! A small world for tests: one log, one witness, two keys of the issuer, two lists.
//!
//! Invariant: everything comes from seeds and fixed times. Refuses: nothing; a test may make it
//! as wrong as it likes.
#![allow(dead_code, reason = "each test file uses a part of it")]
#![expect(clippy::unwrap_used, reason = "tests")]

use ciborium::Value;
use credential::list::{
    Counts, LIST_SLOTS_MIN, ListClaims, ListCutter, Manifest, Status, StatusArray, sign_list, zlib,
};
use credential::token::{Claims, Form, PaperFace, StatusRef};
use credential::{Gate, Kid, ListRefusal, Lists, Replays, Seen, SigningKey, Tolerance, Trust};
use tlog::{Checkpoint, CosignerKey, Hash, Note, Receipt, SignerKey, checkpoint, leaf_hash, tree};

pub const NOW: u64 = 1_800_000_300;
pub const URI: &str = "https://s.mm.example/31/5f2";
pub const OTHER_URI: &str = "https://s.mm.example/31/5f3";
pub const GREEN: u64 = 87_654;
pub const REVOKED: u64 = 11;
pub const YELLOW: u64 = 22;
pub const RED: u64 = 33;

/// Keys of the issuer: 1 signs credentials, 2 signs lists; 7 is a phone.
pub fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32]).unwrap()
}

pub fn log() -> SignerKey {
    SignerKey::from_seed("log.mm.example", [1; 32]).unwrap()
}

pub fn witness() -> CosignerKey {
    CosignerKey::from_seed("witness.example", [3; 32]).unwrap()
}

pub fn claims(form: Form, idx: u64) -> Claims {
    let face = PaperFace {
        masked_name: "王*明".to_owned(),
        birth_year: 1948,
        last_four: "031X".to_owned(),
    };
    Claims {
        issued_s: NOW - 3_600,
        not_before_s: (form == Form::Paper).then_some(NOW - 3_600),
        expires_s: NOW + 82_800,
        holder: (form == Form::Held).then(|| key(7).public()),
        face: (form == Form::Paper).then_some(face),
        status: StatusRef {
            uri: URI.to_owned(),
            idx,
        },
    }
}

pub fn gate<'a>(now_s: u64, nonce: Option<&'a [u8]>, past: &'a Replays) -> Gate<'a> {
    Gate {
        now_s,
        id: "gate-7",
        nonce,
        past,
    }
}

pub fn list_claims() -> ListClaims {
    ListClaims {
        uri: URI.to_owned(),
        issued_s: NOW - 300,
        expires_s: NOW - 300 + 86_400,
        ttl_s: 600,
        aggregation_uri: None,
    }
}

pub fn array() -> StatusArray {
    let mut list = ListCutter::new(LIST_SLOTS_MIN).unwrap();
    list.set(REVOKED, Status::Revoked).unwrap();
    list.set(YELLOW, Status::Yellow).unwrap();
    list.set(RED, Status::Red).unwrap();
    list.array().clone()
}

/// A list token that fits into a text.
pub fn small_token() -> Vec<u8> {
    sign_list(&list_claims(), &[], &key(2)).unwrap()
}

pub fn map(members: Vec<(&str, Value)>) -> Value {
    let members = members.into_iter();
    Value::Map(
        members
            .map(|(name, value)| (Value::from(name), value))
            .collect(),
    )
}

pub fn leaf(at_s: u64, refused: Option<&str>, publication: Value) -> Vec<u8> {
    let leaf = map(vec![
        ("seq", Value::from(4)),
        ("at", Value::from(at_s)),
        ("kind", Value::from("publication")),
        ("refused", refused.map_or(Value::Null, Value::from)),
        ("more", Value::from(true)),
        ("publication", publication),
    ]);
    let mut bytes = Vec::new();
    ciborium::into_writer(&leaf, &mut bytes).unwrap();
    bytes
}

pub fn key_leaf(purpose: &str, seed: u8) -> Vec<u8> {
    let granted = map(vec![
        ("purpose", Value::from(purpose)),
        ("key", Value::Bytes(key(seed).public().to_bytes().to_vec())),
        ("from", Value::from(NOW - 1_000_000)),
        ("until", Value::from(NOW + 1_000_000)),
    ]);
    leaf(NOW - 1_000_000, None, map(vec![("key", granted)]))
}

pub fn key_end_leaf(seed: u8, at_s: u64) -> Vec<u8> {
    let key = Value::Bytes(key(seed).public().to_bytes().to_vec());
    leaf(at_s, None, map(vec![("key_end", map(vec![("key", key)]))]))
}

/// What a leaf says of a list; a test changes it.
#[derive(Clone)]
pub struct Published {
    pub uri: String,
    pub version: u64,
    pub slots: u64,
    pub sha256: [u8; 32],
    pub issued_s: u64,
    pub expires_s: u64,
    pub counts: Counts,
}

impl Published {
    pub fn of(array: &StatusArray) -> Self {
        Self {
            uri: URI.to_owned(),
            version: 5,
            slots: array.slots(),
            sha256: array.sha256(),
            issued_s: list_claims().issued_s,
            expires_s: list_claims().expires_s,
            counts: Counts::of(array),
        }
    }

    pub fn leaf(&self, refused: Option<&str>) -> Vec<u8> {
        let list = map(vec![
            ("uri", Value::from(self.uri.as_str())),
            ("version", Value::from(self.version)),
            ("slots", Value::from(self.slots)),
            ("sha256", Value::Bytes(self.sha256.to_vec())),
            ("issued", Value::from(self.issued_s)),
            ("expires", Value::from(self.expires_s)),
            ("revoked", Value::from(self.counts.revoked)),
            ("yellow", Value::from(self.counts.yellow)),
            ("red", Value::from(self.counts.red)),
        ]);
        leaf(self.issued_s, refused, map(vec![("list", list)]))
    }
}

/// How a sidecar is made; a test changes it.
#[derive(Clone)]
pub struct Sidecar {
    /// How many leaves the log has.
    pub size: u64,
    pub witnessed: bool,
    pub log: [u8; 32],
}

impl Default for Sidecar {
    fn default() -> Self {
        Self {
            size: 9,
            witnessed: true,
            log: [1; 32],
        }
    }
}

impl Sidecar {
    /// The proof of a leaf, which it carries, in a log that has it at place 3.
    pub fn of(&self, leaf: &[u8]) -> String {
        self.carrying(leaf, leaf)
    }

    /// The proof of a leaf that carries another one.
    pub fn carrying(&self, leaf: &[u8], carried: &[u8]) -> String {
        let leaves: Vec<Hash> = (0..self.size)
            .map(|at| {
                if at == 3 {
                    leaf_hash(leaf)
                } else {
                    leaf_hash(&at.to_be_bytes())
                }
            })
            .collect();
        let head = Checkpoint::new("log.mm.example", self.size, tree::root(&leaves)).unwrap();
        let log = SignerKey::from_seed("log.mm.example", self.log).unwrap();
        let mut note = Note::parse(&checkpoint::sign(&head, &log).unwrap()).unwrap();
        if self.witnessed {
            let cosigned = witness().cosign(&head, 77).unwrap();
            note = note.with_signature(cosigned).unwrap();
        }
        let proof = tree::inclusion_proof(&leaves, 3).unwrap();
        let receipt = Receipt::new(3, proof, note).unwrap();
        receipt.with_extra(carried.to_vec()).unwrap().to_string()
    }
}

pub struct Setup {
    pub policy: String,
    pub credential_key_end_s: Option<u64>,
    pub revoked: Vec<Kid>,
    pub key_sidecar: Sidecar,
}

pub struct World {
    pub trust: Trust,
    pub lists: Lists,
}

/// One log, one witness that must have cosigned.
pub fn policy() -> String {
    let (log, witness) = (log().verifier(), witness().verifier());
    format!("log {log}\nwitness w1 {witness}\nquorum w1\n")
}

/// One log, and no witness asked for.
pub fn policy_without_witnesses() -> String {
    format!("log {}\nquorum none\n", log().verifier())
}

impl Setup {
    pub fn trust(&self) -> Result<Trust, credential::Error> {
        let mut leaves = vec![key_leaf("credential", 1), key_leaf("status_list", 2)];
        leaves.extend(self.credential_key_end_s.map(|at_s| key_end_leaf(1, at_s)));
        let sidecars: Vec<String> = leaves
            .iter()
            .map(|leaf| self.key_sidecar.of(leaf))
            .collect();
        let sidecars: Vec<&str> = sidecars.iter().map(String::as_str).collect();
        let manifest = Manifest::new(vec![URI.to_owned(), OTHER_URI.to_owned()]).unwrap();
        let tolerance = Tolerance::default();
        Trust::new(&self.policy, &sidecars, &self.revoked, manifest, tolerance)
    }
}

impl World {
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    pub fn with(change: impl Fn(&mut Setup)) -> Self {
        let mut world = Self::empty(change);
        let array = array();
        let sidecar = Sidecar::default().of(&Published::of(&array).leaf(None));
        world.add(&token(&array), &sidecar).unwrap();
        world
    }

    pub fn without_lists() -> Self {
        Self::empty(|_| {})
    }

    pub fn empty(change: impl Fn(&mut Setup)) -> Self {
        let mut setup = Setup {
            policy: policy(),
            credential_key_end_s: None,
            revoked: Vec::new(),
            key_sidecar: Sidecar::default(),
        };
        change(&mut setup);
        Self {
            trust: setup.trust().unwrap(),
            lists: Lists::new(),
        }
    }

    pub fn add(&mut self, token: &[u8], sidecar: &str) -> Result<(), ListRefusal> {
        self.add_after(token, sidecar, NOW, &Seen::default())
    }

    pub fn add_after(
        &mut self,
        token: &[u8],
        sidecar: &str,
        now_s: u64,
        seen: &Seen,
    ) -> Result<(), ListRefusal> {
        self.lists.add(&self.trust, token, sidecar, now_s, seen)
    }
}

/// The token of an array, signed by the key for lists.
pub fn token(array: &StatusArray) -> Vec<u8> {
    let lst = zlib::compress(array.raw(), 6).unwrap();
    sign_list(&list_claims(), &lst, &key(2)).unwrap()
}

//! An attacker who owns the servers: knows the formats, holds every key that lies there, and lacks
//! only the keys of officers and organisations.
//!
//! Invariant: what [`Attacker::write`] leaves behind is well formed throughout; only what was
//! signed and decided can give it away.

use app::ports::Keyring as _;
use domain::commitment::act_commitment;
use domain::leaf::Leaf;
use domain::time::Day;
use sha2::{Digest as _, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use store::keyring::FileKeyring;
use tlog::tile::{bundles_to_write, encode_bundle, tiles_to_write};
use tlog::{Checkpoint, Frontier, Hash, SignerKey, checkpoint, tree};

/// An entry, opened.
#[derive(Clone)]
pub struct Entry {
    /// Its public part.
    pub leaf: Leaf,
    /// What was signed.
    pub act: Vec<u8>,
    /// Its salt.
    pub salt: [u8; 32],
    /// The day whose key seals it.
    pub day: Day,
}

impl Entry {
    /// Puts other signed bytes in its place, commitment included.
    pub fn replace_act(&mut self, act: Vec<u8>) {
        self.leaf.act = act_commitment(&self.salt, &intake::digest(&act));
        self.act = act;
    }
}

/// The attacker at a data directory.
pub struct Attacker {
    dir: PathBuf,
    keys: FileKeyring,
    /// The entries, to be changed.
    pub entries: Vec<Entry>,
}

impl Attacker {
    /// Reads and opens every entry.
    pub fn read(dir: &Path) -> Self {
        let keys = FileKeyring::open(&dir.join("keys/payload")).unwrap();
        let mut entries = Vec::new();
        for path in segments(dir) {
            let bytes = fs::read(path).unwrap();
            for (start, end) in records(&bytes) {
                let (leaf, sealed) = parts(&bytes[start..end]);
                let day = Day::from_count(i64::from_le_bytes(sealed[..8].try_into().unwrap()));
                let mut act = keys.open(leaf, sealed).unwrap();
                let salt = act.split_off(act.len() - 32).try_into().unwrap();
                entries.push(Entry {
                    leaf: Leaf::decode(leaf).unwrap(),
                    act,
                    salt,
                    day,
                });
            }
        }
        Self {
            dir: dir.to_owned(),
            keys,
            entries,
        }
    }

    /// The position of the first entry of a kind that was accepted.
    pub fn find(&self, kind: &str) -> usize {
        let fits = |entry: &Entry| entry.leaf.kind == kind && entry.leaf.refused.is_none();
        self.entries.iter().position(fits).unwrap()
    }

    /// Numbers the leaves by their places.
    pub fn renumber(&mut self) {
        for (seq, entry) in (0..).zip(&mut self.entries) {
            entry.leaf.seq = seq;
        }
    }

    /// Seals and chains everything again, in one segment.
    pub fn write_journal(&mut self) {
        let mut chain: [u8; 32] = Sha256::digest(b"mm-journal-v1").into();
        let mut bytes = Vec::new();
        for (seq, entry) in (0..).zip(&self.entries) {
            let leaf = entry.leaf.encode();
            let payload = [entry.act.as_slice(), &entry.salt].concat();
            let sealed = self.keys.seal(entry.day, &leaf, payload).unwrap();
            chain = record(&mut bytes, seq, &chain, &leaf, &sealed);
        }
        for path in segments(&self.dir) {
            fs::remove_file(path).unwrap();
        }
        fs::write(self.dir.join("journal/00000000000000000000.seg"), bytes).unwrap();
    }

    /// Publishes the log again: tiles, bundles, and a checkpoint signed with the log's own key.
    pub fn write_log(&self) {
        let log = self.dir.join("log");
        let _ = fs::remove_dir_all(log.join("tile"));
        let put = |path: String, bytes: Vec<u8>| {
            let path = log.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        };
        let leaves: Vec<Vec<u8>> = self
            .entries
            .iter()
            .map(|entry| entry.leaf.encode())
            .collect();
        let size = leaves.len() as u64;
        let mut levels: Vec<Vec<Hash>> = vec![leaves.iter().map(|l| tlog::leaf_hash(l)).collect()];
        while levels.last().unwrap().len() >= 256 {
            let full = levels
                .last()
                .unwrap()
                .chunks_exact(256)
                .map(tree::root)
                .collect();
            levels.push(full);
        }
        for tile in tiles_to_write(0, size).unwrap() {
            let level = &levels[usize::from(tile.level())];
            let start = tile.index() as usize * 256;
            put(
                tile.path(),
                level[start..start + usize::from(tile.width())].concat(),
            );
        }
        for bundle in bundles_to_write(0, size).unwrap() {
            let start = bundle.first_entry() as usize;
            let entries = &leaves[start..start + usize::from(bundle.width())];
            put(bundle.path(), encode_bundle(entries).unwrap());
        }
        let text = fs::read_to_string(self.dir.join("keys/log.key")).unwrap();
        let (origin, seed) = text.trim_end().split_once('\n').unwrap();
        let key = SignerKey::from_seed(origin, domain::ids::from_hex(seed).unwrap()).unwrap();
        let mut frontier = Frontier::new();
        leaves.iter().for_each(|leaf| {
            frontier.push(tlog::leaf_hash(leaf));
        });
        let head = Checkpoint::new(origin, size, frontier.root()).unwrap();
        put(
            "checkpoint".to_owned(),
            checkpoint::sign(&head, &key).unwrap().into_bytes(),
        );
    }

    /// Everything an attacker can do: journal, log, and no derived data that would tell.
    pub fn write(&mut self) {
        self.write_journal();
        self.write_log();
        let _ = fs::remove_dir_all(self.dir.join("views"));
        let _ = fs::remove_dir_all(self.dir.join("snapshots"));
    }
}

/// The segment files, in order.
pub fn segments(dir: &Path) -> Vec<PathBuf> {
    let list = fs::read_dir(dir.join("journal"))
        .unwrap()
        .map(|item| item.unwrap().path());
    let mut list: Vec<PathBuf> = list
        .filter(|path| path.extension().is_some_and(|end| end == "seg"))
        .collect();
    list.sort();
    list
}

/// Where the records of a segment start and end.
pub fn records(bytes: &[u8]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut start = 0;
    while bytes.get(start..start + 4) == Some(b"MMJ1") {
        let (leaf, sealed) = lengths(&bytes[start..]);
        let end = start + 64 + (leaf + sealed).next_multiple_of(8) + 40;
        found.push((start, end));
        start = end;
    }
    found
}

fn lengths(record: &[u8]) -> (usize, usize) {
    let field = |at: usize| u32::from_le_bytes(record[at..at + 4].try_into().unwrap()) as usize;
    (field(4), field(56))
}

fn parts(record: &[u8]) -> (&[u8], &[u8]) {
    let (leaf, sealed) = lengths(record);
    (
        &record[64..64 + leaf],
        &record[64 + leaf..64 + leaf + sealed],
    )
}

/// Appends a record; gives its chain hash.
pub fn record(
    out: &mut Vec<u8>,
    seq: u64,
    chain: &[u8; 32],
    leaf: &[u8],
    sealed: &[u8],
) -> [u8; 32] {
    let mut header = b"MMJ1".to_vec();
    header.extend((leaf.len() as u32).to_le_bytes());
    header.extend(seq.to_le_bytes());
    header.extend(seq.to_le_bytes());
    header.extend(chain);
    header.extend((sealed.len() as u32).to_le_bytes());
    header.extend(crc32c(&header).to_le_bytes());
    let body = [leaf, sealed].concat();
    let chain: [u8; 32] = Sha256::digest([header.as_slice(), &body].concat()).into();
    out.extend(header);
    out.extend(&body);
    out.resize(out.len().next_multiple_of(8), 0);
    out.extend(chain);
    out.extend(crc32c(&body).to_le_bytes());
    out.extend(b"END\n");
    chain
}

/// CRC-32C, bit by bit.
fn crc32c(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0x82f6_3b78 & (crc & 1).wrapping_neg());
        }
    }
    !crc
}

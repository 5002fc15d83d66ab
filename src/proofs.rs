//! The published log under one checkpoint, and proofs out of it: one entry, or that it grew.
//!
//! Invariant: a proof is checked before it is handed out; what stands under a checkpoint can be read
//! while the log grows beyond it, because its edge, which is all that goes away, is kept.

use crate::office::Office;
use app::ports::Publisher as _;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use store::FilePublisher;
use store::publish::PartialTiles;
use tlog::tile::{Bundle, TileReader, TileSource, decode_bundle};
use tlog::{Checkpoint, Hash, Note, Receipt, Tile, VerifierKey, checkpoint};

/// Entries in a full bundle, and hashes in a full tile.
const FULL: u64 = 256;

/// An entry proven.
pub struct Proven {
    /// The proof, with the leaf as its extra data.
    pub receipt: Receipt,
    /// The public leaf.
    pub leaf: Vec<u8>,
    /// The checkpoint that it is under.
    pub head: Checkpoint,
}

/// Why there is no proof.
#[derive(Debug)]
pub enum ProofTrouble {
    /// The log is shorter.
    Beyond {
        /// Its length.
        size: u64,
    },
    /// The published log cannot be used: why.
    Broken(String),
}

impl fmt::Display for ProofTrouble {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Beyond { size } => write!(formatter, "the log has {size} entries"),
            Self::Broken(why) => write!(
                formatter,
                "the published log cannot be used: {why}\nhelp: run `mingma audit`"
            ),
        }
    }
}

/// Why a tile could not be had.
#[derive(Debug)]
pub struct TileTrouble(String);

impl From<tlog::Error> for TileTrouble {
    fn from(error: tlog::Error) -> Self {
        Self(error.to_string())
    }
}

fn broken(error: impl fmt::Display) -> ProofTrouble {
    ProofTrouble::Broken(error.to_string())
}

/// Proves an entry under the newest checkpoint.
pub fn prove(office: &Office, entry: u64) -> Result<Proven, ProofTrouble> {
    LogAt::newest(office)?.prove(entry)
}

/// The published log as it stands under one checkpoint.
pub struct LogAt {
    folder: PathBuf,
    files: FilePublisher,
    vkey: VerifierKey,
    text: String,
    head: Checkpoint,
    /// The partial tiles and the partial bundle: they go away when the log has grown.
    edge: BTreeMap<String, Vec<u8>>,
}

impl LogAt {
    /// Under the newest checkpoint; to be asked of whoever holds the office.
    pub fn newest(office: &Office) -> Result<Self, ProofTrouble> {
        let text = office.checkpoint().map_err(broken)?;
        let text = text.ok_or_else(|| broken("there is no checkpoint"))?;
        let vkey = VerifierKey::parse(&office.vkey()).map_err(broken)?;
        Self::under(text, vkey, &office.path().join("log"))
    }

    /// Under a checkpoint of the log in a folder; broken where the log has grown since, for then its
    /// edge is gone.
    pub fn under(text: String, vkey: VerifierKey, folder: &Path) -> Result<Self, ProofTrouble> {
        let head = checkpoint::open(&text, &vkey).map_err(broken)?;
        let mut log = Self {
            files: FilePublisher::open(folder, PartialTiles::Unsynced).map_err(broken)?,
            folder: folder.to_path_buf(),
            vkey,
            text,
            head,
            edge: BTreeMap::new(),
        };
        for path in edge_paths(log.size()).map_err(broken)? {
            let bytes = log.read(&path).map_err(|error| broken(error.0))?;
            log.edge.insert(path, bytes);
        }
        Ok(log)
    }

    /// The folder that the log grows in.
    pub fn folder(&self) -> &std::path::Path {
        &self.folder
    }

    /// How many entries it has.
    pub const fn size(&self) -> u64 {
        self.head.size()
    }

    /// The checkpoint, as signed text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The log's key.
    pub const fn vkey(&self) -> &VerifierKey {
        &self.vkey
    }

    /// Its partial tiles and bundle.
    pub const fn edge(&self) -> &BTreeMap<String, Vec<u8>> {
        &self.edge
    }

    /// The same checkpoint with more lines under it.
    pub fn cosigned(&mut self, text: String) {
        self.text = text;
    }

    /// Proves an entry.
    pub fn prove(&self, entry: u64) -> Result<Proven, ProofTrouble> {
        let size = self.size();
        if entry >= size {
            return Err(ProofTrouble::Beyond { size });
        }
        let hashes = self
            .reader()?
            .inclusion_proof(entry)
            .map_err(|error| broken(error.0))?;
        let place = usize::try_from(entry % FULL).unwrap_or(usize::MAX);
        let mut leaves = self.leaves(entry / FULL)?;
        let leaf = match place < leaves.len() {
            true => leaves.swap_remove(place),
            false => return Err(broken("a bundle is shorter than the log")),
        };
        let note = Note::parse(&self.text).map_err(broken)?;
        let receipt = Receipt::new(entry, hashes, note).map_err(broken)?;
        let receipt = receipt.with_extra(leaf.clone()).map_err(broken)?;
        receipt.verify(&leaf, &self.vkey).map_err(broken)?;
        Ok(Proven {
            receipt,
            leaf,
            head: self.head.clone(),
        })
    }

    /// Proves that the log of `older` entries is the beginning of this one.
    pub fn consistency(&self, older: u64) -> Result<Vec<Hash>, ProofTrouble> {
        let proof = self.reader()?.consistency_proof(older);
        proof.map_err(|error| broken(error.0))
    }

    /// The public leaves of bundle `number`, as far as the checkpoint goes.
    pub fn leaves(&self, number: u64) -> Result<Vec<Vec<u8>>, ProofTrouble> {
        let bundle = Bundle::holding(number.saturating_mul(FULL), self.size()).map_err(broken)?;
        let bytes = self.read(&bundle.path()).map_err(|error| broken(error.0))?;
        let leaves = decode_bundle(bundle, &bytes).map_err(broken)?;
        Ok(leaves.into_iter().map(<[u8]>::to_vec).collect())
    }

    fn reader(&self) -> Result<TileReader<&Self>, ProofTrouble> {
        TileReader::new(self, self.size()).map_err(broken)
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, TileTrouble> {
        if let Some(bytes) = self.edge.get(path) {
            return Ok(bytes.clone());
        }
        let found = self.files.read(path);
        found
            .map_err(|error| TileTrouble(error.to_string()))?
            .ok_or_else(|| TileTrouble(format!("`{path}` is missing")))
    }
}

impl TileSource for &LogAt {
    type Error = TileTrouble;

    fn tile(&self, tile: Tile) -> Result<Vec<u8>, TileTrouble> {
        self.read(&tile.path())
    }
}

/// The paths of the partial tiles and of the partial bundle of a log of this size.
fn edge_paths(size: u64) -> Result<Vec<String>, tlog::Error> {
    let mut paths = Vec::new();
    if !size.is_multiple_of(FULL) {
        paths.push(Bundle::new(size / FULL, width(size))?.path());
    }
    for level in 0_u8..8 {
        let complete = size >> (8 * u32::from(level));
        if !complete.is_multiple_of(FULL) {
            paths.push(Tile::new(level, complete / FULL, width(complete))?.path());
        }
    }
    Ok(paths)
}

/// How wide the last tile is under which so many hashes stand.
fn width(complete: u64) -> u16 {
    u16::try_from(complete % FULL).unwrap_or_default()
}

//! Proofs out of an open data directory: one entry, under the newest checkpoint.
//!
//! Invariant: a proof is checked before it is handed out.

use crate::office::Office;
use app::ports::Publisher as _;
use std::fmt;
use store::FilePublisher;
use tlog::tile::TileReader;
use tlog::{Checkpoint, Hash, Note, Receipt, Tile, VerifierKey, checkpoint};

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
struct TileTrouble(String);

impl From<tlog::Error> for TileTrouble {
    fn from(error: tlog::Error) -> Self {
        Self(error.to_string())
    }
}

fn broken(error: impl fmt::Display) -> ProofTrouble {
    ProofTrouble::Broken(error.to_string())
}

/// Proves an entry.
pub fn prove(office: &Office, entry: u64) -> Result<Proven, ProofTrouble> {
    let text = office.checkpoint().map_err(broken)?;
    let text = text.ok_or_else(|| broken("there is no checkpoint"))?;
    let vkey = VerifierKey::parse(&office.vkey()).map_err(broken)?;
    let head = checkpoint::open(&text, &vkey).map_err(broken)?;
    if entry >= head.size() {
        return Err(ProofTrouble::Beyond { size: head.size() });
    }
    let source = |tile: Tile| read_tile(office.publisher(), tile);
    let reader = TileReader::new(source, head.size()).map_err(broken)?;
    let hashes = reader
        .inclusion_proof(entry)
        .map_err(|error| broken(error.0))?;
    let leaf = leaf_of(office, entry)?;
    let note = Note::parse(&text).map_err(broken)?;
    let receipt = Receipt::new(entry, hashes, note).map_err(broken)?;
    let receipt = receipt.with_extra(leaf.clone()).map_err(broken)?;
    receipt.verify(&leaf, &vkey).map_err(broken)?;
    Ok(Proven {
        receipt,
        leaf,
        head,
    })
}

/// Proves that the log of `older` entries is the beginning of that of `newer`.
pub fn consistency(
    publisher: &FilePublisher,
    older: u64,
    newer: u64,
) -> Result<Vec<Hash>, ProofTrouble> {
    let source = |tile: Tile| read_tile(publisher, tile);
    let reader = TileReader::new(source, newer).map_err(broken)?;
    reader
        .consistency_proof(older)
        .map_err(|error| broken(error.0))
}

fn leaf_of(office: &Office, entry: u64) -> Result<Vec<u8>, ProofTrouble> {
    let mut records = office.ledger().journal().read_from(entry).map_err(broken)?;
    let record = records.next();
    let record = record.ok_or_else(|| broken("the journal is shorter than the log"))?;
    Ok(record.map_err(broken)?.leaf)
}

fn read_tile(publisher: &FilePublisher, tile: Tile) -> Result<Vec<u8>, TileTrouble> {
    let found = publisher.read(&tile.path());
    found
        .map_err(|error| TileTrouble(error.to_string()))?
        .ok_or_else(|| TileTrouble(format!("tile `{}` is missing", tile.path())))
}

//! Publishing the log: tiles, entry bundles, then the signed checkpoint, always in that order.
//!
//! Invariant: a checkpoint is signed only for entries that are durable, and only after the tiles it
//! needs are in place; a full tile never changes. What a crash leaves: tiles that no checkpoint
//! speaks of yet, written again with the same bytes next time.
//! Refuses: to sign for a journal shorter than what was published before, for that is a fork.

use crate::ledger::{Ledger, LedgerError};
use crate::ports::{Publisher, StorageError};
use tlog::tile::{Bundle, Tile};
use tlog::{Checkpoint, Hash, SignerKey, checkpoint, tree};

/// The path of the checkpoint.
pub const CHECKPOINT: &str = "checkpoint";

fn trouble(why: impl ToString) -> LedgerError {
    LedgerError::Storage(StorageError {
        what: "published log",
        why: why.to_string(),
    })
}

/// The newest published checkpoint, its signature checked.
pub fn published(
    publisher: &dyn Publisher,
    key: &SignerKey,
) -> Result<Option<Checkpoint>, LedgerError> {
    let Some(text) = publisher.checkpoint()? else {
        return Ok(None);
    };
    checkpoint::open(&text, &key.verifier())
        .map(Some)
        .map_err(trouble)
}

/// Publishes everything durable; gives the signed checkpoint.
pub fn publish(
    ledger: &Ledger,
    publisher: &mut dyn Publisher,
    key: &SignerKey,
) -> Result<Option<String>, LedgerError> {
    let newer = ledger.frontier().size();
    let older = published(publisher, key)?.map_or(0, |checkpoint| checkpoint.size());
    if older > newer {
        return Err(trouble(format!(
            "the journal has {newer} entries, but a checkpoint for {older} was published"
        )));
    }
    if newer == 0 || older == newer {
        return Ok(publisher.checkpoint()?);
    }
    // Tiles are derived: where the edge is gone, all of them are made again.
    let mut edge = Edge::read(publisher, older).unwrap_or_default();
    for record in ledger.journal().read_from(edge.size)? {
        edge.push(record?.leaf, publisher)?;
    }
    edge.write_partial(publisher)?;
    let root = ledger.root();
    let origin = ledger.state().origin.clone().unwrap_or_default();
    let head = Checkpoint::new(&origin, newer, root).map_err(trouble)?;
    let text = checkpoint::sign(&head, key).map_err(trouble)?;
    publisher.write(CHECKPOINT, text.as_bytes())?;
    Ok(Some(text))
}

/// The right edge of the tiles: what is in the partial tile of each level, and in the bundle.
#[derive(Default)]
struct Edge {
    size: u64,
    levels: Vec<Vec<Hash>>,
    entries: Vec<Vec<u8>>,
}

impl Edge {
    fn read(publisher: &dyn Publisher, size: u64) -> Result<Self, LedgerError> {
        let mut levels = Vec::new();
        for level in 0_u8..8 {
            let complete = size >> (8 * u32::from(level));
            let width = (complete & 255) as u16;
            if complete == 0 {
                break;
            }
            if width == 0 {
                levels.push(Vec::new());
                continue;
            }
            let tile = Tile::new(level, complete >> 8, width).map_err(trouble)?;
            let bytes = found(publisher, &tile.path())?;
            levels.push(tlog::tile::decode_hashes(tile, &bytes).map_err(trouble)?);
        }
        let width = (size & 255) as u16;
        let mut entries = Vec::new();
        if width > 0 {
            let bundle = Bundle::new(size >> 8, width).map_err(trouble)?;
            let bytes = found(publisher, &bundle.path())?;
            let read = tlog::tile::decode_bundle(bundle, &bytes).map_err(trouble)?;
            entries = read.into_iter().map(<[u8]>::to_vec).collect();
        }
        Ok(Self {
            size,
            levels,
            entries,
        })
    }

    fn push(&mut self, leaf: Vec<u8>, publisher: &mut dyn Publisher) -> Result<(), LedgerError> {
        let hash = tlog::leaf_hash(&leaf);
        self.entries.push(leaf);
        if self.entries.len() == 256 {
            let bundle = Bundle::new(self.size >> 8, 256).map_err(trouble)?;
            let bytes = tlog::tile::encode_bundle(&self.entries).map_err(trouble)?;
            publisher.write(&bundle.path(), &bytes)?;
            publisher.drop_partial(&bundle.path())?;
            self.entries.clear();
        }
        self.size = self.size.saturating_add(1);
        self.add(0, hash, publisher)
    }

    fn add(
        &mut self,
        level: u8,
        hash: Hash,
        publisher: &mut dyn Publisher,
    ) -> Result<(), LedgerError> {
        let place = usize::from(level);
        if self.levels.len() <= place {
            self.levels.push(Vec::new());
        }
        let Some(hashes) = self.levels.get_mut(place) else {
            return Ok(());
        };
        hashes.push(hash);
        if hashes.len() < 256 {
            return Ok(());
        }
        let full = std::mem::take(hashes);
        let index = (self.size >> (8 * u32::from(level))).saturating_sub(1) >> 8;
        let tile = Tile::new(level, index, 256).map_err(trouble)?;
        publisher.write(
            &tile.path(),
            &tlog::tile::encode_hashes(&full).map_err(trouble)?,
        )?;
        publisher.drop_partial(&tile.path())?;
        self.add(level.saturating_add(1), tree::root(&full), publisher)
    }

    fn write_partial(&self, publisher: &mut dyn Publisher) -> Result<(), LedgerError> {
        for (level, hashes) in (0_u8..).zip(&self.levels) {
            if hashes.is_empty() {
                continue;
            }
            let complete = self.size >> (8 * u32::from(level));
            let tile = Tile::new(level, complete >> 8, hashes.len() as u16).map_err(trouble)?;
            let bytes = tlog::tile::encode_hashes(hashes).map_err(trouble)?;
            publisher.write(&tile.path(), &bytes)?;
        }
        if !self.entries.is_empty() {
            let width = self.entries.len() as u16;
            let bundle = Bundle::new(self.size >> 8, width).map_err(trouble)?;
            let bytes = tlog::tile::encode_bundle(&self.entries).map_err(trouble)?;
            publisher.write(&bundle.path(), &bytes)?;
        }
        Ok(())
    }
}

fn found(publisher: &dyn Publisher, path: &str) -> Result<Vec<u8>, LedgerError> {
    publisher
        .read(path)?
        .ok_or_else(|| trouble(format!("`{path}` is missing")))
}

//! Opens the sealed parts of entries with the keys of their days, and reads the shares of salts.
//!
//! Invariant: a sealed part opens only with the key of its day and for the very leaf it was made
//! for. Refuses to guess: a key that is not there leaves the part closed.

use chacha20poly1305::{AeadInOut as _, Key, KeyInit as _, Tag, XChaCha20Poly1305, XNonce};
use domain::salts::SaltTree;
use domain::time::Day;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Day, then nonce.
const HEAD_BYTES: usize = 32;
const TAG_BYTES: usize = 16;
/// The file with the shares of salts.
const SALTS: &str = "salts";

/// Why a sealed part did not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// There is no key of that day.
    NoKey(Day),
    /// The key of that day does not open it.
    WrongKey(Day),
    /// The shares of salts are not there or not readable.
    NoSalts,
    /// It is too short to be one.
    NotSealed,
}

/// The keys at hand.
pub struct Keys {
    dir: PathBuf,
    known: BTreeMap<Day, Option<XChaCha20Poly1305>>,
    salts: Option<SaltTree>,
}

impl Keys {
    /// The keys in this directory, one file a day, and the shares of salts.
    pub fn new(dir: &Path) -> Self {
        let salts = std::fs::read(dir.join(SALTS)).ok();
        Self {
            dir: dir.to_owned(),
            known: BTreeMap::new(),
            salts: salts.and_then(|bytes| SaltTree::decode(&bytes)),
        }
    }

    /// The shares of salts, when they are there.
    pub const fn salts(&self) -> Option<&SaltTree> {
        self.salts.as_ref()
    }

    fn read(&self, day: Day) -> Option<XChaCha20Poly1305> {
        let path = self.dir.join(format!("{}.key", day.as_count()));
        let bytes: [u8; 32] = std::fs::read(path).ok()?.try_into().ok()?;
        Some(XChaCha20Poly1305::new(&Key::from(bytes)))
    }

    /// Opens a sealed part in place; gives its day and the plain bytes.
    pub fn open<'a>(
        &mut self,
        leaf: &[u8],
        sealed: &'a mut [u8],
    ) -> Result<(Day, &'a [u8]), Closed> {
        let (head, rest) = sealed
            .split_at_mut_checked(HEAD_BYTES)
            .ok_or(Closed::NotSealed)?;
        let end = rest.len().checked_sub(TAG_BYTES).ok_or(Closed::NotSealed)?;
        let (text, tag) = rest.split_at_mut(end);
        let (day, nonce) = head.split_first_chunk::<8>().ok_or(Closed::NotSealed)?;
        let day = Day::from_count(i64::from_le_bytes(*day));
        let nonce: [u8; 24] = nonce.try_into().map_err(|_| Closed::NotSealed)?;
        let tag: [u8; TAG_BYTES] = (&*tag).try_into().map_err(|_| Closed::NotSealed)?;
        if !self.known.contains_key(&day) {
            let key = self.read(day);
            self.known.insert(day, key);
        }
        let key = self
            .known
            .get(&day)
            .and_then(Option::as_ref)
            .ok_or(Closed::NoKey(day))?;
        if self.salts.is_none() {
            return Err(Closed::NoSalts);
        }
        let data = Sha256::digest(leaf);
        key.decrypt_inout_detached(
            &XNonce::from(nonce),
            &data,
            (&mut *text).into(),
            &Tag::from(tag),
        )
        .map_err(|_| Closed::WrongKey(day))?;
        Ok((day, text))
    }
}

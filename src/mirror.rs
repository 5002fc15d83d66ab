//! Copies of a published site: what a public audit needs, from a web server into a directory.
//!
//! Invariant: which files there are follows from the checkpoint and the entries, so that a server
//! cannot choose; what is not there is left out, for the audit to name. A file that never changes is
//! kept when it is there already; every other is fetched anew. The checkpoint is written last.
//! Refuses: longer files than the layout has.

use crate::fetch::{FetchError, Site};
use credential::list::{DELTA_BYTES_MAX, LIST_BYTES_MAX, MANIFEST_BYTES_MAX};
use domain::leaf::{LEAF_BYTES_MAX, Leaf};
use domain::publication::Publication;
use domain::time::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use store::files::{Durability, put};
use tlog::note::NOTE_BYTES_MAX;
use tlog::receipt::RECEIPT_BYTES_MAX;
use tlog::tile::{Bundle, Tile, bundles_to_write, decode_bundle, tiles_to_write};
use tlog::{Checkpoint, Note};

const CHECKPOINT: &str = "checkpoint";
/// The most bytes of the other files.
const JSON_BYTES_MAX: usize = 64 << 20;
const TILE_BYTES_MAX: usize = 256 * 32;
const BUNDLE_BYTES_MAX: usize = 256 * (LEAF_BYTES_MAX + 2);
/// How often to begin again when the site grows meanwhile.
const TRIES_MAX: usize = 3;
/// Small files of every site.
const SMALL: [&str; 10] = [
    "policy",
    "vkey",
    "keys.json",
    "did.json",
    "lists.json",
    "aggregation",
    "counts.json",
    "packs.json",
    "statements.json",
    "entries/newest.json",
];

/// Why there is no copy.
#[derive(Debug)]
pub enum MirrorError {
    /// The site: trying again can help.
    Fetch(FetchError),
    /// The directory.
    Write(String),
}

impl fmt::Display for MirrorError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fetch(error) => error.fmt(formatter),
            Self::Write(why) => formatter.write_str(why),
        }
    }
}

impl std::error::Error for MirrorError {}

impl From<FetchError> for MirrorError {
    fn from(error: FetchError) -> Self {
        Self::Fetch(error)
    }
}

type Told<T = ()> = Result<T, MirrorError>;

fn told(path: &Path) -> impl Fn(std::io::Error) -> MirrorError {
    move |error| MirrorError::Write(format!("`{}`: {error}", path.display()))
}

/// How much of a copy is done: files, files in all as far as they are known.
pub type Teller<'a> = &'a mut dyn FnMut(u64, u64);

/// Copies a site into a directory.
pub fn mirror(site: &Site, dir: &Path, now: Timestamp, tell: Teller<'_>) -> Told {
    let mut text = site.need(CHECKPOINT, NOTE_BYTES_MAX)?;
    for _ in 0..TRIES_MAX {
        let mut copy = Copy {
            site,
            dir,
            tell: &mut *tell,
            done: 0,
            due: 0,
        };
        copy.all(&text, now)?;
        let newer = site.need(CHECKPOINT, NOTE_BYTES_MAX)?;
        let same = newer == text;
        // What was just fetched can only be newer than the checkpoint that was read before it.
        copy.write(CHECKPOINT, &text)?;
        if same {
            break;
        }
        text = newer;
    }
    Ok(())
}

struct Copy<'a> {
    site: &'a Site,
    dir: &'a Path,
    tell: &'a mut dyn FnMut(u64, u64),
    done: u64,
    due: u64,
}

/// What the entries name.
#[derive(Default)]
struct Named {
    lists: BTreeMap<String, Versions>,
    keys: Vec<u64>,
}

/// The versions of a list that are worth fetching.
struct Versions {
    live: Vec<u64>,
    newest: u64,
    expires: Timestamp,
}

impl Copy<'_> {
    fn all(&mut self, checkpoint: &[u8], now: Timestamp) -> Told {
        let head = std::str::from_utf8(checkpoint)
            .ok()
            .and_then(|text| Note::parse(text).ok())
            .and_then(|note| Checkpoint::parse(note.text()).ok());
        // What cannot be read is for the audit to name.
        let Some(head) = head else { return Ok(()) };
        let size = head.size();
        self.due = size / 64;
        self.log(size)?;
        let named = self.named(&head, now);
        for name in SMALL {
            let max = match name {
                "aggregation" => MANIFEST_BYTES_MAX,
                _ => JSON_BYTES_MAX,
            };
            self.fetch(name, max)?;
        }
        for number in 0..size / 256 {
            self.keep(&format!("entries/{number}.json"), JSON_BYTES_MAX)?;
        }
        for entry in named.keys {
            self.fetch(&format!("keys/{entry}.tlog-proof"), RECEIPT_BYTES_MAX)?;
        }
        self.packs()?;
        for (path, versions) in &named.lists {
            self.list(path, versions, now)?;
        }
        Ok(())
    }

    fn log(&mut self, size: u64) -> Told {
        let (Ok(bundles), Ok(tiles)) = (bundles_to_write(0, size), tiles_to_write(0, size)) else {
            return Ok(());
        };
        for bundle in bundles {
            let (path, full) = (bundle.path(), bundle.full().path());
            // A server that lacks one cannot make this go on: the audit stops there too.
            if !self.either(&path, &full, bundle.is_full(), BUNDLE_BYTES_MAX)? {
                return Ok(());
            }
        }
        for tile in tiles {
            let (path, full) = (tile.path(), Tile::full(&tile).path());
            self.either(&path, &full, tile.is_full(), TILE_BYTES_MAX)?;
        }
        Ok(())
    }

    /// A tile or bundle, or the full one that took its place; says whether there was one.
    fn either(&mut self, path: &str, full: &str, is_full: bool, max: usize) -> Told<bool> {
        if is_full {
            return self.keep(path, max);
        }
        Ok(self.fetch(path, max)? || self.fetch(full, max)?)
    }

    /// What the copied entries name; unreadable ones name nothing.
    fn named(&self, head: &Checkpoint, now: Timestamp) -> Named {
        let mut named = Named::default();
        let prefix = format!("https://{}/", head.origin());
        let mut entry = 0_u64;
        while entry < head.size() {
            let Ok(bundle) = Bundle::holding(entry, head.size()) else {
                break;
            };
            let exact = std::fs::read(self.dir.join(bundle.path()));
            let (shape, bytes) = match exact {
                Ok(bytes) => (bundle, bytes),
                Err(_) => {
                    let full = std::fs::read(self.dir.join(bundle.full().path()));
                    (bundle.full(), full.unwrap_or_default())
                }
            };
            let Ok(entries) = decode_bundle(shape, &bytes) else {
                break;
            };
            for bytes in entries.into_iter().take(usize::from(bundle.width())) {
                if let Some(leaf) = Leaf::decode(bytes) {
                    named.take(entry, &leaf, &prefix, now);
                }
                entry = entry.saturating_add(1);
            }
        }
        named
    }

    fn packs(&mut self) -> Told {
        let bytes = std::fs::read(self.dir.join("packs.json")).unwrap_or_default();
        let value: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let packs = value.get("packs").and_then(Value::as_array);
        for pack in packs.map_or(&[][..], Vec::as_slice) {
            let digest = pack.get("digest").and_then(Value::as_str);
            let plain = digest.filter(|text| text.parse::<domain::ids::PackDigest>().is_ok());
            if let Some(digest) = plain {
                self.keep(&format!("packs/{digest}.pack"), JSON_BYTES_MAX)?;
            }
        }
        Ok(())
    }

    fn list(&mut self, path: &str, versions: &Versions, now: Timestamp) -> Told {
        let live = now < versions.expires;
        for version in &versions.live {
            let file = format!("{path}.v/{version}");
            self.keep(&format!("{file}.tlog-proof"), RECEIPT_BYTES_MAX)?;
            self.keep(&file, LIST_BYTES_MAX)?;
        }
        let newest = format!("{path}.v/{}", versions.newest);
        let files = [
            (newest.clone(), LIST_BYTES_MAX),
            (format!("{newest}.tlog-proof"), RECEIPT_BYTES_MAX),
            (path.to_owned(), LIST_BYTES_MAX),
            (format!("{path}.tlog-proof"), RECEIPT_BYTES_MAX),
            (format!("{path}.jwt"), LIST_BYTES_MAX),
            (format!("{path}.delta"), DELTA_BYTES_MAX),
        ];
        for (name, max) in files {
            match live {
                true => self.fetch(&name, max)?,
                false => self.keep(&name, max)?,
            };
        }
        if live {
            // A version that nobody logged would be the next one.
            let beyond = versions.newest.saturating_add(1);
            self.fetch(&format!("{path}.v/{beyond}"), LIST_BYTES_MAX)?;
        }
        Ok(())
    }

    /// A file that never changes, unless it is there already.
    fn keep(&mut self, name: &str, max: usize) -> Told<bool> {
        if self.dir.join(name).is_file() {
            self.step();
            return Ok(true);
        }
        self.fetch(name, max)
    }

    /// A file as it is now; where the site has none, there is none here.
    fn fetch(&mut self, name: &str, max: usize) -> Told<bool> {
        self.step();
        match self.site.get(name, max)? {
            Some(bytes) => {
                self.write(name, &bytes)?;
                Ok(true)
            }
            None => {
                let path = self.dir.join(name);
                match std::fs::remove_file(&path) {
                    Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                        Err(told(&path)(error))
                    }
                    _ => Ok(false),
                }
            }
        }
    }

    fn step(&mut self) {
        self.done = self.done.saturating_add(1);
        self.due = self.due.max(self.done);
        (self.tell)(self.done, self.due);
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Told {
        let path = self.dir.join(name);
        put(&path, bytes, Durability::Unsynced).map_err(told(&path))
    }
}

impl Named {
    fn take(&mut self, entry: u64, leaf: &Leaf, prefix: &str, now: Timestamp) {
        let list = match &leaf.publication {
            Some(Publication::List(list)) => list,
            Some(Publication::Key(_) | Publication::KeyEnd { .. }) => {
                self.keys.push(entry);
                return;
            }
            None => return,
        };
        let plain = |path: &&str| {
            let part = |part: &str| {
                let known = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
                !part.is_empty() && !part.starts_with('.') && part.bytes().all(known)
            };
            path.starts_with("s/") && path.len() <= 200 && path.split('/').all(part)
        };
        let Some(path) = list.uri.strip_prefix(prefix).filter(plain) else {
            return;
        };
        let versions = self.lists.entry(path.to_owned()).or_insert(Versions {
            live: Vec::new(),
            newest: list.version,
            expires: list.expires,
        });
        if now < versions.expires && versions.newest != list.version {
            versions.live.push(versions.newest);
        }
        versions.newest = list.version;
        versions.expires = list.expires;
    }
}

//! What a gate keeps on its disk: policy, keys, lists with their proofs, and what it saw before.
//!
//! ```text
//! policy          the log, its witnesses, and how many of them must have cosigned (pinned)
//! aggregation     which lists exist
//! keys/N          tlog-proof of the entry N that registered or revoked an issuing key
//! lists/N.cwt     a list, N from 0; lists/N.tlog-proof its proof
//! seen.json       the newest versions and the longest log ever seen
//! replays.json    presentations of the last two minutes
//! ```
//!
//! Invariant: what was fetched is checked before it replaces what was there; a list that does not
//! check is not written. Refuses: to change the pinned policy by fetching.

use crate::fetch::{FetchError, Site};
use credential::list::{LIST_BYTES_MAX, MANIFEST_BYTES_MAX, Manifest};
use credential::lists::{Lists, Seen};
use credential::trust::{Tolerance, Trust};
use serde::Deserialize;
use std::fmt;
use std::path::{Path, PathBuf};
use store::files::{Durability, put};

/// The most bytes of small files.
const SMALL_BYTES_MAX: usize = 4 << 20;

/// Why a trust directory cannot be used or renewed.
#[derive(Debug)]
pub enum TrustError {
    /// A file of the directory.
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The site.
    Fetch(FetchError),
    /// The content: what, why.
    Content(String),
}

impl fmt::Display for TrustError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, why } => write!(formatter, "`{}`: {why}", path.display()),
            Self::Fetch(error) => error.fmt(formatter),
            Self::Content(why) => formatter.write_str(why),
        }
    }
}

impl From<FetchError> for TrustError {
    fn from(error: FetchError) -> Self {
        Self::Fetch(error)
    }
}

type Told<T = ()> = Result<T, TrustError>;

fn file(path: &Path) -> impl Fn(std::io::Error) -> TrustError {
    move |error| TrustError::File {
        path: path.to_path_buf(),
        why: error.to_string(),
    }
}

/// A list that was offered and not taken.
pub struct NotTaken {
    /// Its address, or the file that should hold it.
    pub uri: String,
    /// The stable word for why.
    pub word: &'static str,
    /// Why.
    pub why: String,
}

/// A list with its proof, as bytes.
struct Pair {
    token: Vec<u8>,
    proof: String,
}

/// What a gate holds in memory.
pub struct Gatehouse {
    /// What it trusts.
    pub trust: Trust,
    /// The lists that check.
    pub lists: Lists,
    /// Those that do not.
    pub not_taken: Vec<NotTaken>,
    /// What it remembers.
    pub seen: Seen,
}

/// `lists.json` of a site.
#[derive(Deserialize)]
struct Index {
    lists: Vec<IndexEntry>,
}

#[derive(Deserialize)]
struct IndexEntry {
    uri: String,
    path: String,
}

/// `keys.json` of a site.
#[derive(Deserialize)]
struct Keys {
    keys: Vec<KeyEntry>,
    #[serde(default)]
    ends: Vec<KeyEntry>,
}

#[derive(Deserialize)]
struct KeyEntry {
    entry: u64,
    proof: String,
}

fn read_text(path: &Path) -> Told<String> {
    std::fs::read_to_string(path).map_err(file(path))
}

fn write(path: &Path, bytes: &[u8]) -> Told {
    put(path, bytes, Durability::Synced).map_err(file(path))
}

/// The memory of a gate; nothing, where there is none yet.
pub fn seen(dir: &Path) -> Told<Seen> {
    let path = dir.join("seen.json");
    match std::fs::read(&path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| TrustError::File {
            path,
            why: format!("not what a gate remembers: {error}"),
        }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Seen::default()),
        Err(error) => Err(file(&path)(error)),
    }
}

fn trust(policy: &str, keys: &[String], aggregation: &[u8]) -> Told<Trust> {
    let manifest = Manifest::read(aggregation)
        .map_err(|error| TrustError::Content(format!("`aggregation`: {error}")))?;
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    Trust::new(policy, &keys, &[], manifest, Tolerance::default())
        .map_err(|error| TrustError::Content(format!("the keys do not check: {error}")))
}

impl Gatehouse {
    fn refuse(&mut self, uri: &str, word: &'static str, why: &dyn fmt::Display) {
        self.not_taken.push(NotTaken {
            uri: uri.to_owned(),
            word,
            why: why.to_string(),
        });
    }
}

/// Fetches what a gate needs, checks it, and keeps it.
///
/// `policy` is the one to pin; without it the pinned one stays, and the first fetch of all takes
/// the site's own. Gives what is held now, and whether the policy came from the site.
pub fn fetch(
    site: &Site,
    dir: &Path,
    policy: Option<String>,
    now_s: u64,
) -> Told<(Gatehouse, bool)> {
    let pinned = dir.join("policy");
    let (policy, from_site) = match policy {
        Some(policy) => (policy, false),
        None if pinned.is_file() => (read_text(&pinned)?, false),
        None => (site.need_text("policy", SMALL_BYTES_MAX)?, true),
    };
    let keys: Keys = json(&site.need("keys.json", SMALL_BYTES_MAX)?, "keys.json")?;
    let mut proofs = Vec::new();
    for key in keys.keys.iter().chain(&keys.ends) {
        proofs.push((key.entry, site.need_text(&key.proof, SMALL_BYTES_MAX)?));
    }
    // What a gate once learnt of a key of this log, and above all of its end, it does not forget.
    let same_log = read_text(&pinned).is_ok_and(|pinned| pinned == policy);
    for (entry, path) in numbered(&dir.join("keys"), "")? {
        if same_log && proofs.iter().all(|(known, _)| *known != entry) {
            proofs.push((entry, read_text(&path)?));
        }
    }
    let aggregation = site.need("aggregation", MANIFEST_BYTES_MAX)?;
    let texts: Vec<String> = proofs.iter().map(|(_, text)| text.clone()).collect();
    let mut house = Gatehouse {
        trust: trust(&policy, &texts, &aggregation)?,
        lists: Lists::new(),
        not_taken: Vec::new(),
        seen: seen(dir)?,
    };
    let index: Index = json(&site.need("lists.json", SMALL_BYTES_MAX)?, "lists.json")?;
    let mut pairs: Vec<(Option<String>, Pair)> = Vec::new();
    for list in &index.lists {
        match fetch_pair(site, list) {
            Ok(pair) => pairs.push((Some(list.uri.clone()), pair)),
            Err(why) => house.refuse(&list.uri, "not_there", &why),
        }
    }
    // What is held already stays where nothing better comes.
    for (number, path) in numbered(&dir.join("lists"), ".cwt")? {
        let proof = path.with_file_name(format!("{number}.tlog-proof"));
        if let (Ok(token), Ok(proof)) = (std::fs::read(&path), read_text(&proof)) {
            pairs.push((None, Pair { token, proof }));
        }
    }
    let taken = settle(&mut house, pairs, now_s);
    house.seen = house.lists.seen_after(&house.seen);
    write(&pinned, policy.as_bytes())?;
    write(&dir.join("aggregation"), &aggregation)?;
    for (entry, text) in &proofs {
        write(&dir.join(format!("keys/{entry}")), text.as_bytes())?;
    }
    forget_lists(dir, taken.len())?;
    for (place, Pair { token, proof }) in taken.iter().enumerate() {
        write(&dir.join(format!("lists/{place}.cwt")), token)?;
        let name = format!("lists/{place}.tlog-proof");
        write(&dir.join(name), proof.as_bytes())?;
    }
    keep_seen(dir, &house.seen)?;
    Ok((house, from_site))
}

fn fetch_pair(site: &Site, list: &IndexEntry) -> Result<Pair, FetchError> {
    let proof = format!("{}.tlog-proof", list.path);
    Ok(Pair {
        token: site.need(&list.path, LIST_BYTES_MAX)?,
        proof: site.need_text(&proof, SMALL_BYTES_MAX)?,
    })
}

/// Takes in the fetched lists and those that are held already, and gives the pairs that stand
/// together: the newest of each list, none older than another's log, for that would be refused at
/// the next start. A held list that is no longer good is no news; a fetched one is.
fn settle(house: &mut Gatehouse, pairs: Vec<(Option<String>, Pair)>, now_s: u64) -> Vec<Pair> {
    let mut taken = Vec::new();
    for (uri, pair) in pairs {
        let Gatehouse {
            lists, trust, seen, ..
        } = house;
        match (lists.add(trust, &pair.token, &pair.proof, now_s, seen), uri) {
            (Ok(()), _) => taken.push(pair),
            (Err(why), Some(uri)) => house.refuse(&uri, why.word(), &why),
            (Err(_), None) => {}
        }
    }
    let seen = house.lists.seen_after(&house.seen);
    let mut lists = Lists::new();
    taken.retain(|Pair { token, proof }| {
        let known = lists.uris().count();
        let added = lists.add(&house.trust, token, proof, now_s, &seen);
        added.is_ok() && lists.uris().count() > known
    });
    house.lists = lists;
    let missing: Vec<String> = house
        .trust
        .manifest()
        .uris()
        .iter()
        .filter(|uri| house.lists.find(uri).is_none())
        .filter(|uri| house.not_taken.iter().all(|list| &list.uri != *uri))
        .cloned()
        .collect();
    for uri in missing {
        house.refuse(&uri, "not_held", &"the site does not offer it");
    }
    taken
}

/// Keeps what a gate saw.
pub fn keep_seen(dir: &Path, seen: &Seen) -> Told {
    let text = serde_json::to_vec_pretty(seen).unwrap_or_default();
    write(&dir.join("seen.json"), &text)
}

/// Removes lists of before from the number `kept` on.
fn forget_lists(dir: &Path, kept: usize) -> Told {
    let folder = dir.join("lists");
    for place in kept.. {
        let path = folder.join(format!("{place}.cwt"));
        if !path.is_file() {
            return Ok(());
        }
        std::fs::remove_file(&path).map_err(file(&path))?;
        let _ = std::fs::remove_file(folder.join(format!("{place}.tlog-proof")));
    }
    Ok(())
}

fn json<T: for<'de> Deserialize<'de>>(bytes: &[u8], name: &str) -> Told<T> {
    serde_json::from_slice(bytes)
        .map_err(|error| TrustError::Content(format!("`{name}` is not what a site has: {error}")))
}

/// Reads a trust directory, with the lists of another directory if one is named.
pub fn load(dir: &Path, lists: Option<&Path>, now_s: u64) -> Told<Gatehouse> {
    let policy = read_text(&dir.join("policy"))?;
    let mut keys = Vec::new();
    for (_, path) in numbered(&dir.join("keys"), "")? {
        keys.push(read_text(&path)?);
    }
    let path = dir.join("aggregation");
    let aggregation = std::fs::read(&path).map_err(file(&path))?;
    let mut house = Gatehouse {
        trust: trust(&policy, &keys, &aggregation)?,
        lists: Lists::new(),
        not_taken: Vec::new(),
        seen: seen(dir)?,
    };
    let folder = lists.map_or_else(|| dir.join("lists"), Path::to_path_buf);
    for (number, path) in numbered(&folder, ".cwt")? {
        let name = format!("lists/{number}.cwt");
        let proof = read_text(&folder.join(format!("{number}.tlog-proof")));
        match (std::fs::read(&path), proof) {
            (Ok(token), Ok(proof)) => {
                let added = house
                    .lists
                    .add(&house.trust, &token, &proof, now_s, &house.seen);
                if let Err(why) = added {
                    house.refuse(&name, why.word(), &why);
                }
            }
            (Err(error), _) => house.refuse(&name, "unreadable", &error),
            (_, Err(error)) => house.refuse(&name, "unreadable", &error),
        }
    }
    house.seen = house.lists.seen_after(&house.seen);
    Ok(house)
}

/// Files named by a number and an ending, in order; none where there is no folder.
fn numbered(folder: &Path, ending: &str) -> Told<Vec<(u64, PathBuf)>> {
    let mut found = Vec::new();
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(found),
        Err(error) => return Err(file(folder)(error)),
    };
    for entry in entries {
        let entry = entry.map_err(file(folder))?;
        let name = entry.file_name();
        let number = name.to_str().and_then(|name| name.strip_suffix(ending));
        if let Some(number) = number.and_then(|number| number.parse().ok()) {
            found.push((number, entry.path()));
        }
    }
    found.sort();
    Ok(found)
}

//! The published site: static files that any web server can serve, made from a data directory.
//!
//! Owns the layout (`docs/site.md`). Invariant: a file that is named after its content's place in
//! history is written once and never changes; every other is replaced whole, by rename, and the
//! checkpoint comes last, so that it never speaks of what is not there yet (I10, I11: nothing here
//! is personal). Refuses: to replace a file that must not change.

use crate::material::Material;
use crate::office::Office;
use crate::proofs::LogAt;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use credential::key::PublicKey;
use credential::list::Manifest;
use domain::counts::{self, Cell, SMALL_CELL};
use domain::ids::to_hex;
use domain::leaf::Leaf;
use domain::publication::IssuingKeyRecord;
use domain::state::Adoption;
use domain::state::records::{DayCount, Statement};
use domain::time::Timestamp;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use store::files::{Durability, put};
use tlog::policy::Policy;
use tlog::{Bundle, Tile};

/// What publishing did.
#[derive(Clone, Copy, Debug, Default)]
pub struct Written {
    /// Files that are new or changed.
    pub written: u64,
    /// Files that were there already.
    pub kept: u64,
    /// Bytes written.
    pub bytes: u64,
}

/// Files that never change and were compared before: whoever publishes often reads each once.
#[derive(Default)]
pub struct Known(HashSet<String>);

/// A site being written.
struct Site<'a> {
    root: &'a Path,
    policy: &'a Policy,
    size: u64,
    done: Written,
    known: &'a mut Known,
}

/// Whether a file may ever change.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Life {
    Immutable,
    Replaced,
}

type Told<T = ()> = Result<T, String>;

fn told(path: &Path) -> impl Fn(std::io::Error) -> String {
    move |error| format!("`{}`: {error}", path.display())
}

impl Site<'_> {
    fn put(&mut self, name: &str, bytes: &[u8], life: Life) -> Told {
        let path = self.root.join(name);
        match std::fs::read(&path) {
            Ok(found) if found == bytes => {
                self.keep(name, life);
                return Ok(());
            }
            // A power failure leaves an empty file where a fresh one was.
            Ok(found) if life == Life::Immutable && !found.is_empty() => {
                return Err(format!(
                    "`{}` must never change, and it is not what this ledger has\n\
                     help: keep it as evidence; publish to another directory",
                    path.display()
                ));
            }
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(told(&path)(error)),
        }
        put(&path, bytes, Durability::Unsynced).map_err(told(&path))?;
        self.done.written = self.done.written.saturating_add(1);
        self.done.bytes = self.done.bytes.saturating_add(bytes.len() as u64);
        Ok(())
    }

    /// Whether a file that never changes was compared before, and is still there.
    fn has(&self, name: &str) -> bool {
        self.known.0.contains(name) && self.root.join(name).is_file()
    }

    fn keep(&mut self, name: &str, life: Life) {
        self.done.kept = self.done.kept.saturating_add(1);
        if life == Life::Immutable {
            self.known.0.insert(name.to_owned());
        }
    }

    /// Puts a proof, unless the one that is there has the quorum that the policy asks for and the new
    /// one has not: a witness that is away takes nothing back.
    fn put_proof(&mut self, name: &str, proof: &tlog::Receipt) -> Told {
        let met = |proof: &tlog::Receipt| {
            let opened = self.policy.open(proof.note());
            opened.is_ok_and(|opened| self.policy.quorum_met(&opened.cosigned))
        };
        let there = std::fs::read_to_string(self.root.join(name)).ok();
        let there = there.and_then(|text| tlog::Receipt::parse(&text).ok());
        let same = there.filter(|there| there.extra() == proof.extra());
        if !met(proof) && same.is_some_and(|there| met(&there)) {
            self.done.kept = self.done.kept.saturating_add(1);
            return Ok(());
        }
        self.put(name, proof.to_string().as_bytes(), Life::Replaced)
    }

    fn put_json(&mut self, name: &str, value: &Value, life: Life) -> Told {
        let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
        text.push('\n');
        self.put(name, text.as_bytes(), life)
    }

    /// Copies the published log, the lists among it, all but the checkpoint.
    fn copy_log(&mut self, from: &Path, below: &str) -> Told {
        let folder = from.join(below);
        let mut names = Vec::new();
        let found = match std::fs::read_dir(&folder) {
            Ok(found) => found,
            Err(error) if gone(below, &error) => return Ok(()),
            Err(error) => return Err(told(&folder)(error)),
        };
        for entry in found {
            names.push(entry.map_err(told(&folder))?.file_name());
        }
        names.sort();
        for name in names {
            let name = name.to_string_lossy();
            let path = if below.is_empty() {
                name.into_owned()
            } else {
                format!("{below}/{name}")
            };
            let file = from.join(&path);
            if file.is_dir() {
                self.copy_log(from, &path)?;
                continue;
            }
            if path == app::publish::CHECKPOINT || path.ends_with(".tmp") {
                continue;
            }
            if !is_under(&path, self.size) {
                continue;
            }
            // A tile that is full now needs its partial forms no more.
            if path.starts_with("tile/") && !path.contains(".p/") {
                let _ = std::fs::remove_dir_all(self.root.join(format!("{path}.p")));
            }
            if self.has(&path) {
                self.keep(&path, Life::Immutable);
                continue;
            }
            let bytes = match std::fs::read(&file) {
                Ok(bytes) => bytes,
                Err(error) if gone(&path, &error) => continue,
                Err(error) => return Err(told(&file)(error)),
            };
            let proof = String::from_utf8_lossy(&bytes);
            match tlog::Receipt::parse(&proof) {
                Ok(proof) if path.ends_with(".tlog-proof") => self.put_proof(&path, &proof)?,
                _ => self.put(&path, &bytes, life_of(&path))?,
            }
        }
        Ok(())
    }
}

/// Whether a file is none of a longer log than the checkpoint speaks of: the log may have grown.
fn is_under(path: &str, size: u64) -> bool {
    if let Ok(tile) = Tile::from_path(path) {
        let hashes = size.checked_shr(8 * u32::from(tile.level())).unwrap_or(0);
        return tile
            .index()
            .saturating_mul(256)
            .saturating_add(tile.width().into())
            <= hashes;
    }
    match Bundle::from_path(path) {
        Ok(bundle) => bundle.first_entry().saturating_add(bundle.width().into()) <= size,
        Err(_other) => true,
    }
}

/// Whether it is a partial tile that went away because it is full now: what the checkpoint needs of
/// those is kept apart.
fn gone(path: &str, error: &std::io::Error) -> bool {
    let partial = path.ends_with(".p") || path.contains(".p/");
    partial && error.kind() == std::io::ErrorKind::NotFound
}

/// Tiles, bundles and versions of lists never change; proofs get newer checkpoints.
fn life_of(path: &str) -> Life {
    let version = path.contains(".v/") && !path.ends_with(".tlog-proof");
    if path.starts_with("tile/") || version {
        Life::Immutable
    } else {
        Life::Replaced
    }
}

/// Writes the site out of an office, or what is new of it.
pub fn publish(office: &Office, root: &Path, now: Timestamp) -> Told<Written> {
    write(&Material::of(office)?, root, now, &mut Known::default())
}

/// Writes the site, or what is new of it.
pub fn write(material: &Material, root: &Path, now: Timestamp, known: &mut Known) -> Told<Written> {
    let mut site = Site {
        root,
        policy: &material.policy,
        size: material.log.size(),
        done: Written::default(),
        known,
    };
    let log = &material.log;
    std::fs::create_dir_all(root).map_err(told(root))?;
    site.copy_log(log.folder(), "")?;
    for (path, bytes) in log.edge() {
        site.put(path, bytes, Life::Immutable)?;
    }
    site.put("policy", material.policy_text.as_bytes(), Life::Replaced)?;
    let vkey = format!("{}\n", log.vkey());
    site.put("vkey", vkey.as_bytes(), Life::Replaced)?;
    keys(&mut site, material)?;
    lists(&mut site, material, now)?;
    entries(&mut site, log)?;
    counts(&mut site, material)?;
    packs(&mut site, &material.packs)?;
    statements(&mut site, &material.statements)?;
    let index = index(&material.origin);
    site.put("index.html", index.as_bytes(), Life::Replaced)?;
    let checkpoint = log.text().as_bytes();
    site.put(app::publish::CHECKPOINT, checkpoint, Life::Replaced)?;
    Ok(site.done)
}

/// The issuing keys, each with its proof, and the same as a DID document.
fn keys(site: &mut Site<'_>, material: &Material) -> Told {
    let mut listed = Vec::new();
    let mut methods = Vec::new();
    let did = format!("did:web:{}", material.origin.replace('/', ":"));
    for record in &material.issuing_keys {
        let proof = format!("keys/{}.tlog-proof", record.entry);
        let proven = material
            .log
            .prove(record.entry)
            .map_err(|why| why.to_string())?;
        site.put_proof(&proof, &proven.receipt)?;
        let key = PublicKey::from_bytes(record.grant.key.as_bytes())
            .map_err(|error| format!("issuing key {}: {error}", record.grant.key))?;
        let jwk = jwk(&key);
        listed.push(key_value(record, &key, &jwk, &proof));
        let kid = URL_SAFE_NO_PAD.encode(key.kid());
        let method = format!("{did}#{kid}");
        methods.push(json!({
            "id": method, "type": "JsonWebKey2020", "controller": did, "publicKeyJwk": jwk,
        }));
    }
    let ends = ends(site, material)?;
    site.put_json(
        "keys.json",
        &json!({ "keys": listed, "ends": ends }),
        Life::Replaced,
    )?;
    let assertion: Vec<Value> = methods
        .iter()
        .filter_map(|method| method.get("id"))
        .cloned()
        .collect();
    let document = json!({
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/suites/jws-2020/v1"],
        "id": did,
        "verificationMethod": methods,
        "assertionMethod": assertion,
    });
    site.put_json("did.json", &document, Life::Replaced)
}

/// The entries that ended an issuing key, each with its proof.
fn ends(site: &mut Site<'_>, material: &Material) -> Told<Vec<Value>> {
    let mut ends = Vec::new();
    let records = material.issuing_keys.iter();
    let revoked = records.filter_map(|record| record.revoked_by);
    for entry in revoked {
        let proof = format!("keys/{entry}.tlog-proof");
        let proven = material.log.prove(entry).map_err(|why| why.to_string())?;
        site.put_proof(&proof, &proven.receipt)?;
        ends.push(json!({ "entry": entry, "proof": proof }));
    }
    Ok(ends)
}

fn key_value(record: &IssuingKeyRecord, key: &PublicKey, jwk: &Value, proof: &str) -> Value {
    let revoked = record.revoked_by.map(|_| record.revoked_at.to_string());
    json!({
        "purpose": record.grant.purpose.word(),
        "kid": URL_SAFE_NO_PAD.encode(key.kid()),
        "jwk": jwk,
        "from": record.grant.from.to_string(),
        "until": record.grant.until.to_string(),
        "revoked_at": revoked,
        "entry": record.entry,
        "proof": proof,
    })
}

fn jwk(key: &PublicKey) -> Value {
    let (x, y) = key.coordinates();
    json!({
        "kty": "EC", "crv": "P-256", "alg": "ES256",
        "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y),
        "kid": URL_SAFE_NO_PAD.encode(key.kid()),
    })
}

/// Which lists can still be asked for, and the newest version of each with a proof of today.
fn lists(site: &mut Site<'_>, material: &Material, now: Timestamp) -> Told {
    let mut uris = Vec::new();
    let mut listed = Vec::new();
    let prefix = format!("https://{}/", material.origin);
    for record in &material.lists {
        let uri = &record.newest.uri;
        if now >= record.newest.expires {
            continue;
        }
        uris.push(uri.clone());
        let Some(path) = uri.strip_prefix(&prefix) else {
            continue;
        };
        let version = format!("{path}.v/{}", record.newest.version);
        let proof = material
            .log
            .prove(record.entry)
            .map_err(|why| why.to_string())?;
        for name in [
            format!("{version}.tlog-proof"),
            format!("{path}.tlog-proof"),
        ] {
            site.put_proof(&name, &proof.receipt)?;
        }
        listed.push(json!({
            "uri": uri,
            "path": version,
            "version": record.newest.version,
            "entry": record.entry,
            "slots": record.newest.slots,
            "sha256": to_hex(&record.newest.sha256),
            "issued": record.newest.issued.to_string(),
            "expires": record.newest.expires.to_string(),
            "revoked": record.newest.revoked,
            "yellow": record.newest.yellow,
            "red": record.newest.red,
        }));
    }
    let manifest = Manifest::new(uris).and_then(|manifest| manifest.to_json());
    let manifest = manifest.map_err(|error| error.to_string())?;
    site.put_json("lists.json", &json!({ "lists": listed }), Life::Replaced)?;
    site.put("aggregation", &manifest, Life::Replaced)
}

/// The public part of the entries as JSON, as many in a file as in a bundle.
fn entries(site: &mut Site<'_>, log: &LogAt) -> Told {
    let count = log.size();
    let full = count / 256;
    let leaves = |number: u64| -> Told<Value> {
        let leaves = log.leaves(number).map_err(|error| error.to_string())?;
        let leaves = leaves.iter().map(|leaf| Leaf::decode(leaf));
        let leaves = leaves.collect::<Vec<_>>();
        serde_json::to_value(leaves).map_err(|error| error.to_string())
    };
    for number in 0..full {
        let name = format!("entries/{number}.json");
        // Full files never change: those that are there are not made again.
        if site.root.join(&name).is_file() {
            site.keep(&name, Life::Immutable);
            continue;
        }
        site.put_json(&name, &leaves(number)?, Life::Immutable)?;
    }
    let newest = match count % 256 {
        0 => json!([]),
        _ => leaves(full)?,
    };
    let value = json!({ "entries": count, "full_files": full, "newest": newest });
    site.put_json("entries/newest.json", &value, Life::Replaced)
}

/// Measures a day, by prefecture and ground; small cells are not shown, nor what gives them away.
fn counts(site: &mut Site<'_>, material: &Material) -> Told {
    let mut rows: Vec<Value> = Vec::new();
    for day in material.history.chunk_by(|one, next| one.0.0 == next.0.0) {
        let shown = |count: fn(&DayCount) -> u64| {
            let cells = day.iter();
            counts::shown(cells.map(|((_, place, ground), cell)| ((*place, *ground), count(cell))))
        };
        let red = shown(|cell| cell.red);
        let yellow = shown(|cell| cell.yellow);
        let held = shown(|cell| cell.held);
        let released = shown(|cell| cell.released);
        rows.extend(day.iter().map(|((day, place, ground), _)| {
            let cell = (Some(*place), Some(*ground));
            let of = |shown: &BTreeMap<Cell, Option<u64>>| shown.get(&cell).copied().flatten();
            json!({
                "day": day.to_string(),
                "place": place.to_string(),
                "ground": ground.code(),
                "red": of(&red),
                "yellow": of(&yellow),
                "held": of(&held),
                "released": of(&released),
            })
        }));
    }
    let value = json!({
        "note": format!(
            "null: not shown, because it is from 1 to {}, or because one that is could be told from it",
            SMALL_CELL - 1
        ),
        "in_force": { "yellow": material.totals.yellow, "red": material.totals.red },
        "days": rows,
    });
    site.put_json("counts.json", &value, Life::Replaced)
}

/// Every pack that was ever in force, as it was adopted.
fn packs(site: &mut Site<'_>, packs: &[Adoption]) -> Told {
    let mut listed = Vec::new();
    for adoption in packs {
        let name = format!("packs/{}.pack", adoption.digest);
        site.put(&name, &adoption.archive, Life::Immutable)?;
        listed.push(json!({
            "digest": adoption.digest.to_string(),
            "file": name,
            "adopted": adoption.at.to_string(),
            "sunset": adoption.sunset.to_string(),
            "entry": adoption.entry,
        }));
    }
    site.put_json("packs.json", &json!({ "packs": listed }), Life::Replaced)
}

fn statements(site: &mut Site<'_>, statements: &[(u64, Statement)]) -> Told {
    let listed: Vec<Value> = statements
        .iter()
        .map(|(entry, statement)| {
            json!({
                "entry": entry,
                "at": statement.by.at.to_string(),
                "org": statement.by.org.as_str(),
                "orders": statement.orders.iter().map(ToString::to_string).collect::<Vec<_>>(),
                "text_sha256": statement.text_sha256.to_string(),
                "text": statement.text,
            })
        })
        .collect();
    site.put_json(
        "statements.json",
        &json!({ "statements": listed }),
        Life::Replaced,
    )
}

/// A page for whoever comes here with a browser.
fn index(origin: &str) -> String {
    let origin = crate::qr::escape(origin);
    format!(
        "<!doctype html>\n<html lang=\"zh-CN\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n\
         <title>明码 · {origin}</title>\n\
         <style>body{{font:1rem/1.6 system-ui,sans-serif;max-width:42rem;margin:2rem auto;\
         padding:0 1rem}}code{{overflow-wrap:anywhere}}li{{margin:.3rem 0}}</style>\n\
         <h1>明码 · 公开账本</h1>\n<p><code>{origin}</code></p>\n\
         <p>这里是健康码账本的公开部分：没有姓名，没有证件号码，任何人都可以核对。<br>\
         <span lang=\"en\">The public part of the health-code ledger: no names, no numbers; anybody \
         can check it with <code>mingma audit --site</code>.</span></p>\n<ul>\n\
         <li><a href=\"checkpoint\">checkpoint</a> 签名的日志头 · signed tree head\n\
         <li><a href=\"entries/newest.json\">entries</a> 记录的公开部分 · public part of the entries\n\
         <li><a href=\"counts.json\">counts.json</a> 每日数字 · daily counts\n\
         <li><a href=\"lists.json\">lists.json</a>, <a href=\"aggregation\">aggregation</a> 状态列表 · status lists\n\
         <li><a href=\"keys.json\">keys.json</a>, <a href=\"did.json\">did.json</a> 签发密钥 · issuing keys\n\
         <li><a href=\"packs.json\">packs.json</a> 规则 · rule packs\n\
         <li><a href=\"statements.json\">statements.json</a> 公开说明 · statements\n\
         <li><a href=\"policy\">policy</a> 日志与见证人 · the log and its witnesses\n</ul>\n</html>\n"
    )
}

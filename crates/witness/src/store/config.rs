//! What the operator decides: the witness's name and keys, and the logs it knows.
//!
//! Invariant: secrets are readable by their owner alone; each log's keys bear the name of its
//! origin. Refuses a key on two lines, and any line it does not understand.

use super::error::{LogsFault, StoreError, failed};
use super::files::{self, Disk, Readers};
use super::{LOGS_BYTES_MAX, LOGS_MAX};
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use tlog::note::SignatureType;
use tlog::{CosignerKey, VerifierKey};
use zeroize::Zeroizing;

const NAME: &str = "name";
const ED25519: &str = "ed25519.seed";
const ML_DSA: &str = "ml-dsa-44.seed";
const SEED_BYTES: usize = 32;

/// What the keys of a new witness grow from: two seeds that nothing else grows from.
pub struct Seeds {
    /// Of the key of type `0x04`.
    pub ed25519: Zeroizing<[u8; SEED_BYTES]>,
    /// Of the key of type `0x06`.
    pub ml_dsa_44: Zeroizing<[u8; SEED_BYTES]>,
}

pub fn write_keys(disk: &Disk, folder: &Path, name: &str, seeds: &Seeds) -> Result<(), StoreError> {
    // A name that no key can bear is refused before anything is written.
    cosigners(name, seeds)?;
    let name = format!("{name}\n");
    disk.replace(&folder.join(NAME), name.as_bytes(), Readers::Any)?;
    disk.replace(
        &folder.join(ED25519),
        seeds.ed25519.as_slice(),
        Readers::Owner,
    )?;
    disk.replace(
        &folder.join(ML_DSA),
        seeds.ml_dsa_44.as_slice(),
        Readers::Owner,
    )
}

pub fn read_keys(folder: &Path) -> Result<Vec<CosignerKey>, StoreError> {
    let path = folder.join(NAME);
    let wrong = || StoreError::Key(path.clone());
    let name = files::read(&path, 1024)?.ok_or_else(wrong)?;
    let name = String::from_utf8(name).map_err(|_| wrong())?;
    let seeds = Seeds {
        ed25519: seed(&folder.join(ED25519))?,
        ml_dsa_44: seed(&folder.join(ML_DSA))?,
    };
    cosigners(name.trim_end(), &seeds)
}

fn cosigners(name: &str, seeds: &Seeds) -> Result<Vec<CosignerKey>, StoreError> {
    Ok(vec![
        CosignerKey::from_seed(name, *seeds.ed25519)?,
        CosignerKey::ml_dsa_from_seed(name, *seeds.ml_dsa_44)?,
    ])
}

fn seed(path: &Path) -> Result<Zeroizing<[u8; SEED_BYTES]>, StoreError> {
    let wrong = || StoreError::Key(path.to_path_buf());
    let bytes = Zeroizing::new(files::read(path, SEED_BYTES)?.ok_or_else(wrong)?);
    let mode = std::fs::metadata(path).map_err(failed(path))?;
    if mode.permissions().mode() & 0o077 != 0 {
        return Err(StoreError::KeyReadable(path.to_path_buf()));
    }
    let seed = bytes.as_slice().try_into().map_err(|_| wrong())?;
    Ok(Zeroizing::new(seed))
}

/// The keys of each log, by origin.
pub type Logs = BTreeMap<String, Vec<VerifierKey>>;

pub fn read_logs(path: &Path) -> Result<(String, Logs), StoreError> {
    let bytes = files::read(path, LOGS_BYTES_MAX)?.unwrap_or_default();
    let text = String::from_utf8(bytes).map_err(|_| StoreError::LogsLine {
        line: 1,
        fault: LogsFault::Words,
    })?;
    let logs = parse_logs(&text)?;
    Ok((text, logs))
}

pub fn parse_logs(text: &str) -> Result<Logs, StoreError> {
    let mut logs = Logs::new();
    let mut count: usize = 0;
    for (line, content) in (1..).zip(text.split('\n')) {
        let refused = |fault| StoreError::LogsLine { line, fault };
        let Some(key) = log_line(content).map_err(refused)? else {
            continue;
        };
        let keys = logs.entry(key.name().to_string()).or_default();
        if keys.contains(&key) {
            return Err(refused(LogsFault::KeyGivenTwice));
        }
        count = count.saturating_add(1);
        if count > LOGS_MAX {
            return Err(refused(LogsFault::TooMany));
        }
        keys.push(key);
    }
    Ok(logs)
}

fn log_line(line: &str) -> Result<Option<VerifierKey>, LogsFault> {
    let words: Vec<&str> = line.split_ascii_whitespace().collect();
    match words.as_slice() {
        [] => Ok(None),
        [first, ..] if first.starts_with('#') => Ok(None),
        ["log", vkey] | ["log", vkey, _] => {
            let key = VerifierKey::parse(vkey).map_err(LogsFault::Key)?;
            if key.kind() == SignatureType::Ed25519 {
                Ok(Some(key))
            } else {
                Err(LogsFault::Key(tlog::Error::KeyPurpose))
            }
        }
        _ => Err(LogsFault::Words),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tlog::SignerKey;

    fn vkey(name: &str, seed: u8) -> String {
        let key = SignerKey::from_seed(name, [seed; 32]).unwrap();
        key.verifier().to_string()
    }

    #[test]
    fn a_log_may_have_two_keys_and_a_key_one_line() {
        let (a, b, other) = (vkey("a", 1), vkey("a", 2), vkey("b", 1));
        let text = format!("# ours\nlog {a} https://a.example\n\n log\t{b}\nlog {other}\n");
        let logs = parse_logs(&text).unwrap();
        let counts: Vec<_> = logs
            .iter()
            .map(|(name, keys)| (name.as_str(), keys.len()))
            .collect();
        assert_eq!(counts, [("a", 2), ("b", 1)]);
        let twice = StoreError::LogsLine {
            line: 6,
            fault: LogsFault::KeyGivenTwice,
        };
        assert_eq!(parse_logs(&format!("{text}log {a}")), Err(twice));
    }

    #[test]
    fn a_line_that_is_not_understood_is_named() {
        let cosigner = CosignerKey::from_seed("w", [1; 32]).unwrap().verifier();
        for (line, fault) in [
            ("logs x".to_owned(), LogsFault::Words),
            ("log".into(), LogsFault::Words),
            ("log a b c".into(), LogsFault::Words),
            ("log a".into(), LogsFault::Key(tlog::Error::KeyText)),
            (
                format!("log {cosigner}"),
                LogsFault::Key(tlog::Error::KeyPurpose),
            ),
        ] {
            let error = StoreError::LogsLine { line: 2, fault };
            assert_eq!(parse_logs(&format!("\n{line}\n")), Err(error));
        }
        let full: String = (0..LOGS_MAX)
            .map(|at| format!("log {}\n", vkey(&format!("l{at}"), 1)))
            .collect();
        assert_eq!(parse_logs(&full).unwrap().len(), LOGS_MAX);
        assert!(parse_logs(&format!("{full}log {}\n", vkey("next", 1))).is_err());
    }
}

//! The canonical archive of a pack: one CBOR map from path to bytes.
//!
//! Invariant: one set of files has exactly one archive (RFC 8949 section 4.2.1), so its digest
//! names the pack. Refuses: an archive that is not canonical, too large, or holds a path outside
//! the character set, so that unpacking one can never write elsewhere.

use crate::error::{Problem, Problems};
use ciborium::Value;
use domain::act::PACK_BYTES_MAX;
use std::collections::BTreeMap;

/// The most files in one pack.
pub const FILES_MAX: usize = 128;
/// The longest path in a pack, in bytes.
pub const PATH_BYTES_MAX: usize = 128;

const ARCHIVE: &str = "archive";

/// The files of a pack by path.
pub type Files = BTreeMap<String, Vec<u8>>;

/// Packs files whose paths and number are within bounds.
pub(crate) fn pack(files: &Files, problems: &mut Problems) -> Vec<u8> {
    bounds(files, problems);
    let bytes = encode(files);
    if bytes.len() > PACK_BYTES_MAX {
        problems.push(Problem::new(
            ARCHIVE,
            format!(
                "is {} bytes long; the longest is {PACK_BYTES_MAX}",
                bytes.len()
            ),
            "remove cases or wording that are not needed",
        ));
    }
    bytes
}

/// Unpacks an archive, or says why it is none.
pub(crate) fn unpack(bytes: &[u8]) -> Result<Files, Problem> {
    if bytes.len() > PACK_BYTES_MAX {
        return Err(Problem::new(
            ARCHIVE,
            format!(
                "is {} bytes long; the longest is {PACK_BYTES_MAX}",
                bytes.len()
            ),
            "take the archive from the ledger again",
        ));
    }
    let not_ours = || {
        Problem::new(
            ARCHIVE,
            "is not a canonical map of paths to bytes".to_owned(),
            "make the archive from the pack's folder; do not write it by hand",
        )
    };
    let value: Value = ciborium::from_reader(bytes).map_err(|_| not_ours())?;
    let Value::Map(pairs) = value else {
        return Err(not_ours());
    };
    let mut files = Files::new();
    for pair in pairs {
        let (Value::Text(path), Value::Bytes(content)) = pair else {
            return Err(not_ours());
        };
        files.insert(path, content);
    }
    // INVARIANT: the same bytes come out, so a second spelling of one pack has no digest.
    if encode(&files) == bytes {
        Ok(files)
    } else {
        Err(not_ours())
    }
}

fn bounds(files: &Files, problems: &mut Problems) {
    if files.len() > FILES_MAX {
        problems.push(Problem::new(
            ARCHIVE,
            format!("holds {} files; the most is {FILES_MAX}", files.len()),
            "join files of worked examples",
        ));
    }
    for path in files.keys().filter(|path| !good_path(path)) {
        problems.push(Problem::new(
            ARCHIVE,
            format!(
                "holds a path that is not allowed: `{}`",
                path.escape_default()
            ),
            "use letters, digits, `-`, `_` and `.`, with `/` between folders",
        ));
    }
}

fn good_path(path: &str) -> bool {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    path.len() <= PATH_BYTES_MAX
        && path
            .split('/')
            .all(|part| !part.is_empty() && !part.starts_with('.') && part.bytes().all(good))
}

fn encode(files: &Files) -> Vec<u8> {
    let mut paths: Vec<(&String, &Vec<u8>)> = files.iter().collect();
    // Encoded text keys sort by length first: the length stands in the head.
    paths.sort_by(|(a, _), (b, _)| a.len().cmp(&b.len()).then_with(|| a.cmp(b)));
    let pairs = paths
        .into_iter()
        .map(|(path, content)| (Value::Text(path.clone()), Value::Bytes(content.clone())))
        .collect();
    let mut bytes = Vec::new();
    // Writing to memory cannot fail; an empty archive would be refused by every reader.
    if ciborium::into_writer(&Value::Map(pairs), &mut bytes).is_err() {
        bytes.clear();
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(paths: &[&str]) -> Files {
        paths
            .iter()
            .map(|path| ((*path).to_owned(), path.as_bytes().to_vec()))
            .collect()
    }

    #[test]
    fn an_archive_reads_back_and_is_the_same_bytes_again() {
        let files = files(&["pack.toml", "cases/a.toml", "z"]);
        let mut problems = Problems::default();
        let bytes = pack(&files, &mut problems);
        assert!(problems.is_empty());
        assert_eq!(unpack(&bytes).unwrap(), files);
        assert_eq!(encode(&unpack(&bytes).unwrap()), bytes);
    }

    #[test]
    fn keys_out_of_order_are_not_canonical() {
        let pairs = vec![
            (Value::Text("bb".into()), Value::Bytes(vec![])),
            (Value::Text("a".into()), Value::Bytes(vec![])),
        ];
        let mut bytes = Vec::new();
        ciborium::into_writer(&Value::Map(pairs), &mut bytes).unwrap();
        assert!(unpack(&bytes).is_err());
    }

    #[test]
    fn bytes_after_the_map_are_not_canonical() {
        let mut bytes = encode(&files(&["a"]));
        bytes.push(0);
        assert!(unpack(&bytes).is_err());
    }

    #[test]
    fn a_path_cannot_leave_the_folder() {
        for path in [
            "../x", "/x", "a//b", "a/../b", ".x", "a/.x", "", "a b", "a\\b",
        ] {
            assert!(!good_path(path), "{path}");
        }
        assert!(good_path("cases/incident-2022.toml"));
        assert!(good_path(&"a".repeat(128)));
        assert!(!good_path(&"a".repeat(129)));
    }

    #[test]
    fn one_file_more_than_the_bound_is_refused() {
        let count = |count: usize| {
            let files = (0..count).map(|n| (format!("f{n}"), vec![])).collect();
            let mut problems = Problems::default();
            pack(&files, &mut problems);
            problems.is_empty()
        };
        assert!(count(FILES_MAX));
        assert!(!count(FILES_MAX + 1));
    }
}

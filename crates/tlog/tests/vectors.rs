//! The inclusion and consistency cases of an outside implementation, where they are present.
//!
//! Invariant: every file found is run, and a run without files says so. A case whose hashes are
//! not 32 bytes cannot even be expressed here, which counts as refused.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use tlog::{Hash, verify_consistency, verify_inclusion};

const VECTORS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../../shared/vectors/merkle"
);

fn json_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            json_files(&path, found);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            found.push(path);
        }
    }
}

/// The cases below a folder of the vectors, or `None` where they are absent.
fn cases(kind: &str) -> Option<Vec<(PathBuf, Value)>> {
    let folder = Path::new(VECTORS).join(kind);
    if !folder.is_dir() {
        eprintln!("skipped: no vectors for {kind}");
        return None;
    }
    let mut files = Vec::new();
    json_files(&folder, &mut files);
    files.sort();
    assert!(!files.is_empty(), "the folder for {kind} holds no case");
    let read = |path: PathBuf| {
        let value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        (path, value)
    };
    Some(files.into_iter().map(read).collect())
}

fn field<'a>(case: &'a Value, name: &str) -> &'a Value {
    case.get(name)
        .unwrap_or_else(|| panic!("no `{name}` in {case}"))
}

fn number(case: &Value, name: &str) -> u64 {
    field(case, name).as_u64().unwrap()
}

/// A hash, or `None` for a value of another length.
fn hash(value: &Value) -> Option<Hash> {
    use base64::Engine;
    let text = value.as_str().unwrap();
    base64::engine::general_purpose::STANDARD
        .decode(text)
        .unwrap()
        .try_into()
        .ok()
}

fn proof(case: &Value) -> Option<Vec<Hash>> {
    match field(case, "proof") {
        Value::Null => Some(Vec::new()),
        other => other.as_array().unwrap().iter().map(hash).collect(),
    }
}

fn inclusion_holds(case: &Value) -> Option<bool> {
    let leaf = hash(field(case, "leafHash"))?;
    let root = hash(field(case, "root"))?;
    let (index, size) = (number(case, "leafIdx"), number(case, "treeSize"));
    Some(verify_inclusion(index, size, &leaf, &proof(case)?, &root).is_ok())
}

fn consistency_holds(case: &Value) -> Option<bool> {
    let older = hash(field(case, "root1"))?;
    let newer = hash(field(case, "root2"))?;
    let (size1, size2) = (number(case, "size1"), number(case, "size2"));
    Some(verify_consistency(size1, size2, &older, &newer, &proof(case)?).is_ok())
}

fn run(kind: &str, holds: fn(&Value) -> Option<bool>) {
    let Some(cases) = cases(kind) else { return };
    for (path, case) in &cases {
        let refused = !holds(case).unwrap_or(false);
        let expected = field(case, "wantErr").as_bool().unwrap();
        assert_eq!(refused, expected, "{}", path.display());
    }
    eprintln!("{kind}: {} cases agree", cases.len());
}

#[test]
fn every_inclusion_case_is_judged_as_its_authors_do() {
    run("inclusion", inclusion_holds);
}

#[test]
fn every_consistency_case_is_judged_as_its_authors_do() {
    run("consistency", consistency_holds);
}

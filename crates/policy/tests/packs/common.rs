//! Reads the shipped packs for the tests, and changes them to try what must be refused.

use policy::{Files, Pack};
use std::path::Path;

/// The names of the shipped packs.
pub const SHIPPED: [&str; 3] = ["henan-2022", "henan-2022-v9", "hainan-2022"];

/// The files of a shipped pack.
pub fn files(name: &str) -> Files {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../packs")
        .join(name);
    let mut files = Files::new();
    for folder in ["", "notices", "cases"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let within = path
                    .strip_prefix(&root)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned();
                files.insert(within, std::fs::read(&path).unwrap());
            }
        }
    }
    files
}

/// A shipped pack.
pub fn shipped(name: &str) -> Pack {
    Pack::from_files(files(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// `henan-2022` with one text replaced in one file; the text must be there.
pub fn changed(file: &str, from: &str, to: &str) -> Files {
    changed_all(&[(file, from, to)])
}

/// `henan-2022` with several texts replaced, each at its first place.
pub fn changed_all(changes: &[(&str, &str, &str)]) -> Files {
    let mut files = files("henan-2022");
    for (file, from, to) in changes {
        let text = String::from_utf8(files.get(*file).unwrap().clone()).unwrap();
        assert!(text.contains(from), "`{from}` is not in `{file}`");
        files.insert((*file).to_owned(), text.replacen(from, to, 1).into_bytes());
    }
    files
}

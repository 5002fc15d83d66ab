//! The rule packs that come with the program, file by file.
//!
//! Invariant: what is here is what stands in `packs/`, byte for byte. Refuses nothing: whether a
//! pack may come into force is decided by its check, its dates and the machine.

use policy::Pack;
use std::collections::BTreeMap;

/// A shipped pack: its name and its files by path.
type Shipped = (&'static str, &'static [(&'static str, &'static [u8])]);

macro_rules! shipped {
    ($($name:literal),* $(,)?) => {
        const SHIPPED: &[Shipped] = &[$(($name, &[
            shipped!(@file $name, "pack.toml"),
            shipped!(@file $name, "grounds.toml"),
            shipped!(@file $name, "authority.cedar"),
            shipped!(@file $name, "notices/zh-CN.ftl"),
            shipped!(@file $name, "notices/en.ftl"),
            shipped!(@file $name, "cases/authority.toml"),
            shipped!(@file $name, "cases/timeline.toml"),
        ]),)*];
    };
    (@file $name:literal, $path:literal) => {
        ($path, include_bytes!(concat!("../packs/", $name, "/", $path)))
    };
}

shipped!("hainan-2022", "henan-2022", "henan-2022-v9");

/// The names of the shipped packs.
pub fn names() -> impl Iterator<Item = &'static str> {
    SHIPPED.iter().map(|(name, _)| *name)
}

/// The files of a shipped pack by path.
pub fn files(name: &str) -> Option<BTreeMap<String, Vec<u8>>> {
    let (_, files) = SHIPPED.iter().find(|(known, _)| *known == name)?;
    Some(
        files
            .iter()
            .map(|(path, bytes)| ((*path).to_owned(), bytes.to_vec()))
            .collect(),
    )
}

/// A shipped pack, compiled; `None` for a name that is not among [`names`].
pub fn shipped(name: &str) -> Option<Pack> {
    // That every shipped pack compiles is a test below.
    Pack::from_files(files(name)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_pack_is_whole_sound_and_passes_its_cases() {
        for name in names() {
            let pack = shipped(name).unwrap();
            assert_eq!(pack.book().name, name);
            assert!(policy::check(&pack, None).is_empty());
            assert!(policy::run_cases(&pack).iter().all(|case| case.passed));
            let folder = format!("{}/packs/{name}", env!("CARGO_MANIFEST_DIR"));
            for (path, bytes) in files(name).unwrap() {
                assert_eq!(
                    std::fs::read(format!("{folder}/{path}")).unwrap(),
                    bytes,
                    "{path}"
                );
            }
        }
    }

    #[test]
    fn an_unknown_name_is_no_pack() {
        assert!(shipped("nowhere-1900").is_none());
    }
}

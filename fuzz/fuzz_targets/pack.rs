//! Rule packs. Law: an archive that is accepted is the one of its pack and gives the same pack.
//!
//! Where the first byte of an input is below 5, the rest takes the place of one file of a pack of
//! ours; where it is 5, the policy nests 32 times as often as a byte says; otherwise the whole is an
//! archive. The pack has one policy, since compiling them all is what reading a pack costs.
#![no_main]

use libfuzzer_sys::fuzz_target;
use policy::{Files, Pack};
use std::sync::LazyLock;

const PATHS: [&str; 5] = [
    "pack.toml",
    "grounds.toml",
    "authority.cedar",
    "notices/en.ftl",
    "cases/timeline.toml",
];

static FILES: LazyLock<Files> = LazyLock::new(|| {
    let texts = [
        &include_bytes!("../../packs/henan-2022/pack.toml")[..],
        include_bytes!("../../packs/henan-2022/grounds.toml"),
        b"@id(\"p\")\n@basis(\"a law\")\npermit(principal, action == Action::\"order.propose\", resource)\n\
          when { principal.roles.contains(\"maker\") && context.people < 9 };\n",
        include_bytes!("../../packs/henan-2022/notices/en.ftl"),
        include_bytes!("../../packs/henan-2022/cases/timeline.toml"),
    ];
    let pairs = PATHS.into_iter().zip(texts);
    pairs
        .map(|(path, text)| (path.to_owned(), text.to_vec()))
        .collect()
});

/// What can stand around a condition, and around that again.
const AROUND: [(&str, &str); 5] = [
    ("(", ")"),
    ("!", ""),
    ("[", "].contains(true)"),
    ("if true then ", " else true"),
    ("if true then true else ", ""),
];

/// A policy whose condition nests so deep.
fn nested(around: u8, times: u8) -> Vec<u8> {
    let (before, after) = AROUND[usize::from(around) % AROUND.len()];
    let depth = usize::from(times) * 32;
    let (before, after) = (before.repeat(depth), after.repeat(depth));
    format!(
        "@id(\"p\") @basis(\"a law\") permit(principal, action, resource) \
         when {{ {before}true{after} }};"
    )
    .into_bytes()
}

fn seeds() -> Vec<Vec<u8>> {
    let files = (0..).zip(PATHS).map(|(number, path)| {
        let mut seed = vec![number];
        seed.extend_from_slice(&FILES[path]);
        seed
    });
    let mut seeds: Vec<Vec<u8>> = files.collect();
    seeds.push(
        Pack::from_files(FILES.clone())
            .expect("our pack")
            .archive()
            .to_vec(),
    );
    seeds.extend((0..5).map(|around| vec![5, around, 1]));
    seeds
}

fn accepted(pack: &Pack) {
    let again = Pack::from_archive(pack.archive()).expect("its own archive");
    assert_eq!(again.archive(), pack.archive());
    assert_eq!(again.digest(), pack.digest());
    assert!(again.book() == pack.book(), "one archive, one book");
}

/// Reads our pack with this in place of one of its files.
fn with(path: &str, text: Vec<u8>) {
    let mut files = FILES.clone();
    files.insert(path.to_owned(), text);
    match Pack::from_files(files) {
        Ok(pack) => accepted(&pack),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

fuzz_target!(init: mingma_fuzz::seeds(seeds), |data: &[u8]| {
    mingma_fuzz::keep(data);
    match data {
        [first @ 0..5, text @ ..] => return with(PATHS[usize::from(*first)], text.to_vec()),
        [5, around, times] => return with(PATHS[2], nested(*around, *times)),
        _ => {}
    }
    if let Ok(pack) = Pack::from_archive(data) {
        assert_eq!(pack.archive(), data);
        accepted(&pack);
    }
});

//! The manifest of lists. Law: what is accepted is written and reads as the same again, names what
//! it holds, and stays within its limits.
#![no_main]

use credential::list::{MANIFEST_LISTS_MAX, Manifest};
use libfuzzer_sys::fuzz_target;

fn seeds() -> Vec<Vec<u8>> {
    let uris = ["https://s.example/1", "https://s.example/2"].map(str::to_owned);
    let lists = [vec![], uris[..1].to_vec(), uris.to_vec()];
    lists
        .map(|uris| {
            Manifest::new(uris)
                .and_then(|one| one.to_json())
                .expect("a manifest")
        })
        .to_vec()
}

fuzz_target!(init: mingma_fuzz::seeds(seeds), |data: &[u8]| {
    if let Ok(manifest) = Manifest::read(data) {
        assert!(manifest.uris().len() <= MANIFEST_LISTS_MAX);
        assert!(manifest.uris().iter().all(|uri| manifest.names(uri)));
        let json = manifest.to_json().expect("JSON");
        let first = data.iter().find(|byte| !byte.is_ascii_whitespace());
        assert_eq!(first, Some(&b'{'), "a manifest is an object");
        assert_eq!(Manifest::read(&json).as_ref(), Ok(&manifest));
        assert_eq!(Manifest::new(manifest.uris().to_vec()).as_ref(), Ok(&manifest));
    }
});

//! Checkpoints. Law: an accepted checkpoint prints as it came, and signed by its log it opens; a
//! note that opens says what was signed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mingma_fuzz::{LOG, WITNESS, note};
use tlog::checkpoint::{open, open_note, sign};
use tlog::{Checkpoint, Note};

fn seeds() -> Vec<Vec<u8>> {
    let text = |size| {
        let note = Note::parse(&note(size)).expect("a note");
        note.text().to_owned()
    };
    [note(0), note(70), text(0), text(1 << 40)]
        .map(String::into_bytes)
        .to_vec()
}

fuzz_target!(init: mingma_fuzz::seeds(seeds), |data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(checkpoint) = Checkpoint::parse(text) {
        assert_eq!(checkpoint.to_string(), text);
        assert!(checkpoint.size() <= tlog::TREE_SIZE_MAX);
        match sign(&checkpoint, &LOG) {
            Ok(note) => assert_eq!(open(&note, &LOG.verifier()).as_ref(), Ok(&checkpoint)),
            Err(_) => assert_ne!(checkpoint.origin(), LOG.name().as_str()),
        }
    }
    if let Ok(note) = Note::parse(text)
        && let Ok(opened) = open_note(&note, &LOG.verifier(), &[WITNESS.verifier()])
    {
        assert_eq!(opened.checkpoint.to_string(), note.text());
        assert!(opened.cosigned.len() <= 1);
    }
});

//! Signed notes and the keys of notes. Law: an accepted note, line or key prints as it came.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mingma_fuzz::{LOG, WITNESS, note};
use tlog::{Note, NoteSignature, VerifierKey};

fn seeds() -> Vec<Vec<u8>> {
    let keys = [LOG.verifier().to_string(), WITNESS.verifier().to_string()];
    let line = LOG.sign("a text\n").to_string();
    let blank = LOG.sign_note("a\n\nb\n").expect("a note").to_string();
    [note(0), note(9), blank, line]
        .into_iter()
        .chain(keys)
        .map(String::into_bytes)
        .collect()
}

fuzz_target!(init: mingma_fuzz::seeds(seeds), |data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let keys = [LOG.verifier(), WITNESS.verifier()];
    if let Ok(note) = Note::parse(text) {
        assert_eq!(note.to_string(), text);
        let again = Note::new(note.text().to_owned(), note.signatures().to_vec());
        assert_eq!(again.as_ref(), Ok(&note));
        if let Ok(verified) = note.verify(&keys) {
            assert!(!verified.is_empty() && verified.len() <= keys.len());
        }
    }
    if let Ok(line) = NoteSignature::parse(text) {
        assert_eq!(line.to_string(), text);
    }
    if let Ok(key) = VerifierKey::parse(text) {
        assert_eq!(key.to_string(), text);
    }
});

//! Receipts. Law: an accepted receipt prints as it came, and nothing in it counts without the
//! log's signature over a tree that holds the leaf.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mingma_fuzz::{LOG, note};
use tlog::checkpoint::sign;
use tlog::receipt::{EXTRA_BYTES_MAX, RECEIPT_BYTES_MAX};
use tlog::{Checkpoint, Note, Receipt, leaf_hash};

fn seeds() -> Vec<Vec<u8>> {
    let head = Checkpoint::new("log.example/41", 1, leaf_hash(b"a leaf")).expect("a tree head");
    let one = Note::parse(&sign(&head, &LOG).expect("a note")).expect("a note");
    let other = Note::parse(&note(9)).expect("a note");
    let true_one = Receipt::new(0, Vec::new(), one).expect("a receipt");
    let long = Receipt::new(5, vec![[1; 32]; 4], other).expect("a receipt");
    let with = long
        .clone()
        .with_extra(b"a leaf".to_vec())
        .expect("a receipt");
    let true_with = true_one
        .clone()
        .with_extra(b"a leaf".to_vec())
        .expect("a receipt");
    [true_one, long, with, true_with]
        .map(|receipt| receipt.to_string().into_bytes())
        .to_vec()
}

fuzz_target!(init: mingma_fuzz::seeds(seeds), |data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let Ok(receipt) = Receipt::parse(text) else {
        return;
    };
    assert!(text.len() <= RECEIPT_BYTES_MAX);
    assert_eq!(receipt.to_string(), text);
    let leaf = receipt.extra().unwrap_or(b"a leaf");
    assert!(!leaf.is_empty() && leaf.len() <= EXTRA_BYTES_MAX);
    if let Ok(checkpoint) = receipt.verify(leaf, &LOG.verifier()) {
        assert!(receipt.index() < checkpoint.size());
        assert!(receipt.verify(b"another leaf", &LOG.verifier()).is_err());
    }
});

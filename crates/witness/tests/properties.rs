//! Laws of the decoders: no bytes make one panic, and what is read prints the same.
#![expect(clippy::unwrap_used, reason = "tests")]

use proptest::collection::vec;
use proptest::prelude::*;
use tlog::{Checkpoint, Note, SignerKey, checkpoint};
use witness::protocol::SIZE_TYPE;
use witness::{Answer, Request};

fn note(size: u64) -> Note {
    let key = SignerKey::from_seed("log.example", [1; 32]).unwrap();
    let head = Checkpoint::new("log.example", size, [7; 32]).unwrap();
    Note::parse(&checkpoint::sign(&head, &key).unwrap()).unwrap()
}

proptest! {
    #[test]
    fn no_bytes_make_a_decoder_panic(bytes in vec(any::<u8>(), 0..300), status in any::<u16>()) {
        let _ = Request::parse(&bytes);
        let _ = Answer::read(status, Some(SIZE_TYPE), &bytes);
        let _ = Answer::read(200, None, &bytes);
    }

    #[test]
    fn a_request_reads_what_it_writes(
        old in any::<u64>(),
        proof in vec(any::<[u8; 32]>(), 0..=63),
        size in 1_u64..1 << 60,
    ) {
        let request = Request::new(old, proof, note(size)).unwrap();
        prop_assert_eq!(Request::parse(request.to_string().as_bytes()), Ok(request));
    }

    #[test]
    fn a_request_that_was_damaged_never_reads_as_itself(
        at in any::<prop::sample::Index>(),
        bit in 0_u32..8,
    ) {
        let request = Request::new(5, vec![[3; 32]; 2], note(9)).unwrap();
        let mut bytes = request.to_string().into_bytes();
        let at = at.index(bytes.len());
        *bytes.get_mut(at).unwrap() ^= 1 << bit;
        prop_assert_ne!(Request::parse(&bytes).ok(), Some(request));
    }
}

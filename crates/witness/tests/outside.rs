//! The client against a witness that others wrote, where one is running.
//!
//! `MINGMA_OUTSIDE_WITNESS` holds its address and verifier key, with a space between; it must
//! trust the log of these tests, whose key the run prints, and never have seen it before.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod common;

use common::{LONG, Log, signer};
use tlog::VerifierKey;
use witness::{ClientError, add_checkpoint};

#[test]
fn a_witness_written_by_others_cosigns_what_grows_and_refuses_a_fork() {
    eprintln!("the log of this test is {}", signer().verifier());
    let Ok(outside) = std::env::var("MINGMA_OUTSIDE_WITNESS") else {
        eprintln!("skipped: no witness in MINGMA_OUTSIDE_WITNESS");
        return;
    };
    let (url, vkey) = outside.split_once(' ').unwrap();
    let keys = [VerifierKey::parse(vkey).unwrap()];
    let ask = |known, log: &Log| {
        let proofs = |old| log.proof(old);
        add_checkpoint(url, &keys, known, &log.note(), &proofs, LONG)
    };
    for (known, size) in [(0, 1), (1, 5), (5, 300), (0, 307), (307, 307)] {
        let lines = ask(known, &Log::new(size));
        assert_eq!(lines.map(|lines| lines.len()), Ok(1), "{known} {size}");
    }
    let ahead = ask(0, &Log::new(300));
    assert_eq!(ahead, Err(ClientError::WitnessAhead { known_size: 307 }));
    let fork = ask(307, &Log::forked(307, 2, 1));
    assert_eq!(fork, Err(ClientError::OtherTree { known_size: 307 }));
    let grown_fork = ask(307, &Log::forked(400, 2, 1));
    assert_eq!(grown_fork, Err(ClientError::Refused { status: 422 }));
}

//! Cosignatures of type `0x06` that another implementation made: the file holds the key of the
//! log, the key of the witness (both from seeds of equal bytes), and the note.

use tlog::checkpoint::open_note;
use tlog::{CosignerKey, Error, Note, VerifierKey};

const MADE_OUTSIDE: &str = include_str!("data/cosignature-06.txt");

#[test]
fn an_ml_dsa_cosignature_made_outside_verifies_here() {
    let (log, rest) = MADE_OUTSIDE.split_once('\n').unwrap();
    let (witness, note) = rest.split_once('\n').unwrap();
    let log = VerifierKey::parse(log).unwrap();
    let witness = VerifierKey::parse(witness).unwrap();
    let known = [witness.clone()];

    let opened = open_note(&Note::parse(note).unwrap(), &log, &known).unwrap();
    assert_eq!(opened.checkpoint.size(), 20_852_163);
    assert_eq!(opened.cosigned.first().unwrap().key_id, witness.id());

    let changed = Note::parse(&note.replace("20852163", "20852164")).unwrap();
    let invalid = |name: &str| Some(Error::SignatureInvalid { name: name.into() });
    let opened = open_note(&changed, &log, &known);
    assert_eq!(opened.err(), invalid("log.example"));
    let cosigned = changed.verify(&known);
    assert_eq!(cosigned.err(), invalid("witness.example/pq"));
}

#[test]
fn one_seed_gives_one_key_in_both_implementations() {
    let theirs = MADE_OUTSIDE.lines().nth(1).unwrap();
    let ours = CosignerKey::ml_dsa_from_seed("witness.example/pq", [6; 32]).unwrap();
    assert_eq!(ours.verifier().to_string(), theirs);
}

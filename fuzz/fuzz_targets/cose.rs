//! Signed envelopes. Law: one of ours has one spelling before its signature, the two names of its
//! algorithm apart; whatever reads as ours reads as a `COSE_Sign1` too, under the same key hint,
//! and a signature counts for the one as it does for the other.
#![no_main]

use credential::cose::{Opened, SIGN1_BYTES_MAX, Sign1, Signer, Typ, seal, seal_as};
use libfuzzer_sys::fuzz_target;
use mingma_fuzz::{ISSUER, same_but_name};

const TYPES: [Typ; 5] = [
    Typ::Credential,
    Typ::Paper,
    Typ::Presentation,
    Typ::List,
    Typ::Delta,
];

fn seeds() -> Vec<Vec<u8>> {
    let credential = seal(Typ::Credential, b"\xa0", &ISSUER).expect("an envelope");
    let holder = Signer::Holder(&credential);
    let shown = seal_as(Typ::Presentation, holder, b"\xa0", &ISSUER).expect("an envelope");
    let list = seal(Typ::List, b"\xa0", &ISSUER).expect("an envelope");
    let mut theirs = vec![
        0xd2, 0x84, 0x43, 0xa1, 0x01, 0x26, 0xa1, 0x04, 0x41, 0x31, 0x41, 0xa0,
    ];
    theirs.extend([0x58, 0x40]);
    theirs.extend([9; 64]);
    vec![credential, shown, list, theirs]
}

/// Where the name of the algorithm stands: behind tag, array, the head of the protected header,
/// its map and the label.
fn name_at(envelope: &[u8]) -> usize {
    match envelope.get(2) {
        Some(0x58) => 6,
        Some(0x59) => 7,
        _ => 5,
    }
}

fuzz_target!(init: mingma_fuzz::seeds(seeds), |data: &[u8]| {
    let theirs = Sign1::read(data);
    if let Ok(sign1) = &theirs {
        assert!(data.len() <= SIGN1_BYTES_MAX);
        let _ = (sign1.kid(), sign1.verify(&ISSUER.public()));
    }
    if let Ok(opened) = Opened::read(data) {
        assert!(data.len() <= opened.typ().bytes_max());
        let payload = opened.unverified_payload();
        let again = seal_as(opened.typ(), opened.signer(), payload, &ISSUER).expect("the same");
        let signature_at = data.len() - 64;
        assert!(same_but_name(data, &again, name_at(data), signature_at));
        let theirs = theirs.expect("ours is a `COSE_Sign1`");
        match opened.signer() {
            Signer::Known(kid) => assert_eq!(theirs.kid(), Some(&kid[..])),
            Signer::Holder(credential) => assert!(Opened::read(credential).is_ok() || {
                // The credential within is read by whoever wants more than the envelope.
                credential.starts_with(&[0xd2, 0x84])
            }),
        }
        let key = ISSUER.public();
        let (one, other) = (opened.verify(&key), theirs.verify(&key));
        assert_eq!(one.is_ok(), other.is_ok());
        let sign1 = Sign1::read(&again).expect("ours is a `COSE_Sign1`");
        assert_eq!(sign1.verify(&key), Ok(payload));
    }
    for typ in TYPES {
        if let Ok(sealed) = seal(typ, data, &ISSUER) {
            let opened = Opened::read(&sealed).expect("what is sealed opens");
            assert_eq!(opened.unverified_payload(), data);
            break;
        }
    }
});

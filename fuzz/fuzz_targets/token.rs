//! Credentials and presentations. Law: accepted claims are written as the same payload again, and
//! what the one key sealed that key verifies.
#![no_main]

use credential::cose::{Opened, Signer, Typ, seal, seal_as};
use credential::presentation::Presentation;
use credential::{Claims, Credential, Form, PaperFace, StatusRef, issue, present};
use libfuzzer_sys::fuzz_target;
use mingma_fuzz::ISSUER;
use std::sync::LazyLock;

static HELD: LazyLock<Vec<u8>> = LazyLock::new(|| issue(&claims(true), &ISSUER).expect("held"));

fn claims(held: bool) -> Claims {
    Claims {
        issued_s: 1_655_000_000,
        not_before_s: None,
        expires_s: 1_655_086_400,
        holder: held.then(|| ISSUER.public()),
        face: None,
        status: StatusRef {
            uri: "https://s.example/1".to_owned(),
            idx: 77,
        },
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let mut paper = claims(false);
    paper.not_before_s = Some(1_655_000_000);
    paper.face = Some(PaperFace {
        masked_name: "L*".to_owned(),
        birth_year: 1984,
        last_four: "123X".to_owned(),
    });
    let mut tokens = vec![HELD.clone()];
    tokens.extend([claims(false), paper].map(|claims| issue(&claims, &ISSUER).expect("one")));
    tokens.push(present(&HELD, &ISSUER, 1_655_000_100, None).expect("a presentation"));
    let payload = |token: &Vec<u8>| {
        let opened = Opened::read(token).expect("a token");
        opened.unverified_payload().to_vec()
    };
    let payloads: Vec<Vec<u8>> = tokens.iter().map(payload).collect();
    tokens.into_iter().chain(payloads).collect()
}

/// The claims of a credential that was accepted are those that its payload is made of.
fn one_payload(credential: &Credential<'_>, payload: &[u8]) {
    let claims = credential.unverified_claims();
    assert_eq!(claims.check(), Ok(credential.form()));
    let again = issue(claims, &ISSUER).expect("accepted claims can be issued");
    let again = Opened::read(&again).expect("what is issued opens");
    assert_eq!(again.unverified_payload(), payload);
    assert_eq!(again.typ() == Typ::Paper, credential.form() == Form::Paper);
}

fuzz_target!(init: mingma_fuzz::seeds(seeds), |data: &[u8]| {
    if let Ok(credential) = Credential::read(data) {
        let opened = Opened::read(data).expect("a credential is an envelope");
        one_payload(&credential, opened.unverified_payload());
    }
    for typ in [Typ::Credential, Typ::Paper] {
        let Ok(sealed) = seal(typ, data, &ISSUER) else {
            continue;
        };
        if let Ok(credential) = Credential::read(&sealed) {
            assert_eq!(credential.kid(), ISSUER.public().kid());
            assert!(credential.verify(&ISSUER.public()).is_ok());
            one_payload(&credential, data);
        }
    }
    if data.len() > 256 {
        return;
    }
    let sealed = seal_as(Typ::Presentation, Signer::Holder(&HELD), data, &ISSUER);
    let sealed = sealed.expect("a short payload fits");
    if let Ok(presentation) = Presentation::read(&sealed) {
        let showing = presentation.verify().expect("the holder signed");
        let challenge = showing.challenge.as_ref();
        let again = present(&HELD, &ISSUER, showing.at_s, challenge).expect("the same");
        let again = Opened::read(&again).expect("what is presented opens");
        assert_eq!(again.unverified_payload(), data);
    }
});

//! Officers' acts through the door in. Law: bytes that are accepted are those that the act is
//! signed as, the two names of the algorithm apart; the same act without a signature is refused.
#![no_main]

use domain::act::{Act, ActBody, AppealTarget, People, Proposal};
use domain::colour::Ground;
use domain::refusal::Code;
use domain::state::State;
use domain::submission::Submission;
use intake::cose::Typ;
use intake::{receive, sign_act};
use libfuzzer_sys::fuzz_target;
use mingma_fuzz::{
    AT, LEDGER, OFFICE, STATE, health, maker, owner, payload, person, same_but_name, sealed,
    stranger,
};
use std::sync::LazyLock;

/// Before the beginning.
static EMPTY: LazyLock<State> = LazyLock::new(State::default);

fn seeds() -> Vec<Vec<u8>> {
    let area = "410105".parse().expect("a county");
    let bodies = vec![
        ActBody::Genesis {
            province: "41".parse().expect("a province"),
            organisation: health(),
            registrar: maker(),
        },
        ActBody::OfficerRegister(maker()),
        ActBody::KeyRotate {
            owner: owner(),
            key: stranger(),
        },
        ActBody::AreaLift {
            number: "2022-18".to_owned(),
        },
        ActBody::OrderPropose(Proposal {
            ground: Ground::Close,
            area,
            people: People::new(vec![person(1), person(2)]),
            reason: "contact of a case".to_owned(),
            emergency: false,
            document: None,
        }),
        ActBody::AppealFile {
            person: person(1),
            target: AppealTarget::Measure(Ground::Close),
            text: "it was not me".to_owned(),
        },
    ];
    let signed = bodies.into_iter().map(|body| {
        let act = Act {
            ledger: LEDGER.to_owned(),
            officer: maker().id,
            signed_at: AT,
            nonce: [5; 16],
            body,
        };
        sign_act(&act, OFFICE.signing()).expect("an act")
    });
    let signed: Vec<Vec<u8>> = signed.collect();
    let payloads = signed.iter().map(|bytes| payload(bytes));
    let payloads: Vec<Vec<u8>> = payloads.collect();
    signed.into_iter().chain(payloads).collect()
}

fn judge(bytes: &[u8], state: &State) -> Option<Code> {
    match receive(bytes, state) {
        Submission::Act(verified) => {
            let again = sign_act(verified.act(), OFFICE.signing()).expect("within bounds");
            // Behind tag, array, a head of two bytes, map and label; the signature covers the name.
            assert!(same_but_name(bytes, &again, 6, bytes.len() - 64));
            assert_eq!(verified.key(), OFFICE.public());
            assert_eq!(verified.digest(), intake::digest(bytes));
            None
        }
        Submission::Report(_) => None,
        Submission::Unverified(unverified) => Some(unverified.refusal.code),
    }
}

fuzz_target!(init: mingma_fuzz::seeds(seeds), |data: &[u8]| {
    judge(data, &STATE);
    let code = judge(&sealed(Typ::Act, data, false), &STATE);
    assert!(code.is_some(), "accepted without a signature");
    if code != Some(Code::Malformed) {
        let signed = sealed(Typ::Act, data, true);
        judge(&signed, &STATE);
        judge(&signed, &EMPTY);
    }
});

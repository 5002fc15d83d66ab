//! Acts signed by passkeys. Law: of all bytes only those that the device signed are accepted; of
//! whatever client data it may sign, only an object that says exactly this act at this origin.
#![no_main]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::act::{Act, ActBody};
use domain::organisation::Officer;
use domain::state::State;
use domain::submission::Submission;
use intake::passkey::{Assertion, Draft, PasskeyKey, assemble, draft};
use intake::receive;
use libfuzzer_sys::fuzz_target;
use mingma_fuzz::{AT, LEDGER, health, maker};
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::sync::LazyLock;

const ORIGIN: &str = "https://henan.example";

static DEVICE: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::from_slice(&[5; 32]).expect("a number below the order"));
static KEY: LazyLock<PasskeyKey> = LazyLock::new(|| {
    let point = DEVICE.verifying_key().to_sec1_point(true);
    PasskeyKey::new(point.as_bytes(), ORIGIN).expect("a point at an origin")
});
/// A state in which the passkey is the officer's key on record.
static STATE: LazyLock<State> = LazyLock::new(|| {
    let officer = Officer {
        key: KEY.fingerprint(),
        ..maker()
    };
    let mut state = State {
        origin: Some(LEDGER.to_owned()),
        ..State::default()
    };
    state.organisations.insert(health().id, health());
    state.officers.insert(officer.id.clone(), officer);
    state
});
static DRAFT: LazyLock<Draft> = LazyLock::new(|| {
    let act = Act {
        ledger: LEDGER.to_owned(),
        officer: maker().id,
        signed_at: AT,
        nonce: [5; 16],
        body: ActBody::AreaLift {
            number: "2022-18".to_owned(),
        },
    };
    draft(&act, &KEY.fingerprint()).expect("an act")
});
static CHALLENGE: LazyLock<String> = LazyLock::new(|| URL_SAFE_NO_PAD.encode(DRAFT.challenge));
static SIGNED: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let said = assertion(said("").as_bytes());
    assemble(&DRAFT.payload, &KEY, &said).expect("an act and its assertion")
});

/// What a browser says, and this besides.
fn said(more: &str) -> String {
    let challenge = &*CHALLENGE;
    format!(r#"{{"type":"webauthn.get","challenge":"{challenge}","origin":"{ORIGIN}"{more}}}"#)
}

/// The device's answer, whatever its browser says.
fn assertion(client_data: &[u8]) -> Assertion {
    let mut data = Sha256::digest(b"henan.example").to_vec();
    data.extend([0b101, 0, 0, 0, 1]);
    let message = [&data[..], &Sha256::digest(client_data)].concat();
    let signature: Signature = DEVICE.sign(&message);
    Assertion {
        authenticator_data: data,
        client_data: client_data.to_vec(),
        signature: signature.to_der().as_bytes().to_vec(),
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let challenge = &*CHALLENGE;
    let said = [
        said(""),
        said(r#","crossOrigin":false,"later":[1,{"a":null}]"#),
        said(r#","crossOrigin":true"#),
        said(r#","origin":"https://henan.example""#),
        format!(r#"["webauthn.get","{challenge}","{ORIGIN}",false]"#),
    ];
    let said = said.into_iter().map(String::into_bytes);
    said.chain([SIGNED.clone()]).collect()
}

fn is_accepted(bytes: &[u8]) -> bool {
    matches!(receive(bytes, &*STATE), Submission::Act(_))
}

fuzz_target!(init: mingma_fuzz::seeds(seeds), |data: &[u8]| {
    assert_eq!(is_accepted(data), data == *SIGNED);
    if let Ok(bytes) = assemble(&DRAFT.payload, &KEY, &assertion(data)) {
        let text = std::str::from_utf8(data).expect("accepted client data is text");
        // Fields that nobody reads may have numbers or escapes that are too much for values.
        let Ok(client) = serde_json::from_str::<Value>(text) else {
            return;
        };
        let client = client.as_object().expect("accepted client data is an object");
        let word = |name: &str| client.get(name).and_then(Value::as_str);
        assert_eq!(word("type"), Some("webauthn.get"));
        assert_eq!(word("challenge"), Some(CHALLENGE.as_str()));
        assert_eq!(word("origin"), Some(ORIGIN));
        let cross = client.get("crossOrigin");
        assert!(matches!(cross, None | Some(Value::Bool(false))));
        assert!(is_accepted(&bytes));
    }
});

//! Acts signed by a passkey: what verifies, and every assertion that does not.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use ciborium::Value;
use common::{Directory, small_act};
use domain::ids::PublicKey;
use domain::refusal::Code;
use domain::submission::Submission;
use intake::cose::kid;
use intake::passkey::{Assertion, PasskeyKey, assemble, draft, host};
use intake::receive;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use sha2::{Digest as _, Sha256};

const ORIGIN: &str = "https://henan.example";
const ACT: &str = "application/mm-act+cose";

/// What is done to an authenticator before it signs.
type Bend = fn(&mut Authenticator);

/// An authenticator in software: what it and its browser say can be bent.
struct Authenticator {
    key: SigningKey,
    origin: &'static str,
    said: String,
    party: &'static str,
    flags: u8,
    kind: &'static str,
    more: String,
    /// Bytes of extensions behind the authenticator's own data.
    extensions: usize,
    /// How the client data is written down.
    written: fn(String) -> Vec<u8>,
}

impl Authenticator {
    fn new() -> Self {
        Self {
            key: SigningKey::from_slice(&[7; 32]).unwrap(),
            origin: ORIGIN,
            said: ORIGIN.to_owned(),
            party: "henan.example",
            flags: 0b101,
            kind: "webauthn.get",
            more: r#","crossOrigin":false"#.to_owned(),
            extensions: 0,
            written: String::into_bytes,
        }
    }

    fn passkey(&self) -> PasskeyKey {
        let point = self.key.verifying_key().to_sec1_point(false);
        PasskeyKey::new(point.as_bytes(), self.origin).unwrap()
    }

    fn fingerprint(&self) -> PublicKey {
        self.passkey().fingerprint()
    }

    fn assertion(&self, challenge: &[u8]) -> Assertion {
        use base64::Engine as _;
        let challenge = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(challenge);
        let (kind, said, more) = (self.kind, &self.said, &self.more);
        let client =
            format!(r#"{{"type":"{kind}","challenge":"{challenge}","origin":"{said}"{more}}}"#);
        let client = (self.written)(client);
        let mut data = Sha256::digest(self.party.as_bytes()).to_vec();
        data.push(self.flags);
        data.extend([0, 0, 0, 9]);
        data.resize(data.len() + self.extensions, 0);
        let message = [&data[..], &Sha256::digest(&client)].concat();
        let signature: Signature = self.key.sign(&message);
        Assertion {
            authenticator_data: data,
            client_data: client,
            signature: signature.to_der().as_bytes().to_vec(),
        }
    }

    /// The small act signed, whatever was bent.
    fn signed(&self) -> Result<Vec<u8>, intake::Error> {
        let draft = draft(&small_act(), &self.fingerprint())?;
        let assertion = self.assertion(&draft.challenge);
        assemble(&draft.payload, &self.passkey(), &assertion)
    }

    /// The same bytes by another encoder, with nobody to refuse what was bent.
    fn put_together(&self, typ: &str, named: PublicKey) -> Vec<u8> {
        let payload = draft(&small_act(), &named).unwrap().payload;
        let protected = encoded(&Value::Map(vec![
            (1.into(), (-7).into()),
            (4.into(), Value::Bytes(kid(&named).to_vec())),
            (16.into(), Value::Text(typ.to_owned())),
        ]));
        let message = encoded(&Value::Array(vec![
            Value::Text("Signature1".to_owned()),
            Value::Bytes(protected.clone()),
            Value::Bytes(Vec::new()),
            Value::Bytes(payload.clone()),
        ]));
        let assertion = self.assertion(&Sha256::digest(message));
        let signature = Signature::from_der(&assertion.signature).unwrap();
        let signature = encoded(&Value::Array(vec![
            Value::Bytes(self.passkey().point().to_vec()),
            Value::Text(self.origin.to_owned()),
            Value::Bytes(assertion.authenticator_data),
            Value::Bytes(assertion.client_data),
            Value::Bytes(signature.normalize_s().to_bytes().to_vec()),
        ]));
        let parts = vec![
            Value::Bytes(protected),
            Value::Map(Vec::new()),
            Value::Bytes(payload),
            Value::Bytes(signature),
        ];
        encoded(&Value::Tag(18, Box::new(Value::Array(parts))))
    }

    /// What the ledger says to the small act, this passkey being on record.
    fn judged(&self) -> Result<(), Code> {
        let bytes = self.put_together(ACT, self.fingerprint());
        judged(&bytes, &recorded(self.fingerprint()))
    }
}

/// The values without their names, which serde would read and no browser writes.
fn as_array(said: String) -> Vec<u8> {
    let names = [
        r#""type":"#,
        r#""challenge":"#,
        r#""origin":"#,
        r#""crossOrigin":"#,
    ];
    let values = names.iter().fold(said, |said, name| said.replace(name, ""));
    values.replace('{', "[").replace('}', "]").into_bytes()
}

/// One more field, with a byte in it that is no UTF-8.
fn with_a_stray_byte(said: String) -> Vec<u8> {
    let said = said.trim_end_matches('}').as_bytes();
    [said, br#","later":""#, &[0xff], br#""}"#].concat()
}

fn encoded(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).unwrap();
    bytes
}

/// The directory in which the maker's key on record is this one.
fn recorded(key: PublicKey) -> Directory {
    let mut keys = Directory::new();
    keys.officers.get_mut(&"maker".parse().unwrap()).unwrap().0 = key;
    keys
}

fn judged(bytes: &[u8], keys: &Directory) -> Result<(), Code> {
    match receive(bytes, keys) {
        Submission::Act(_) => Ok(()),
        Submission::Report(_) => panic!("a report"),
        Submission::Unverified(unverified) => Err(unverified.refusal.code),
    }
}

#[test]
fn an_act_signed_by_the_passkey_on_record_is_verified() {
    let device = Authenticator::new();
    let bytes = device.signed().unwrap();
    let Submission::Act(verified) = receive(&bytes, &recorded(device.fingerprint())) else {
        panic!("refused")
    };
    assert_eq!(verified.act(), &small_act());
    assert_eq!(verified.key(), device.fingerprint());
}

#[test]
fn the_passkey_of_somebody_else_or_of_another_origin_is_not_the_one_on_record() {
    let device = Authenticator::new();
    let bytes = device.signed().unwrap();
    let other = PasskeyKey::new(
        device.key.verifying_key().to_sec1_point(true).as_bytes(),
        "https://elsewhere.example",
    );
    for key in [common::key(1).public(), other.unwrap().fingerprint()] {
        assert_eq!(judged(&bytes, &recorded(key)), Err(Code::SignatureInvalid));
    }
}

#[test]
fn a_revoked_passkey_speaks_no_more() {
    let device = Authenticator::new();
    let mut keys = recorded(device.fingerprint());
    keys.revoked.insert(device.fingerprint());
    assert_eq!(
        judged(&device.signed().unwrap(), &keys),
        Err(Code::KeyRevoked)
    );
}

#[test]
fn an_assertion_that_says_anything_else_is_not_put_together_nor_accepted() {
    let bent: [(&str, Bend); 9] = [
        ("foreign origin", |device| {
            device.said = "https://evil.example".to_owned()
        }),
        ("foreign party", |device| device.party = "evil.example"),
        ("nobody present", |device| device.flags = 0b100),
        ("nobody verified", |device| device.flags = 0b001),
        ("a registration", |device| device.kind = "webauthn.create"),
        ("a frame of another site", |device| {
            device.more = r#","crossOrigin":true"#.to_owned()
        }),
        ("two origins", |device| {
            device.more = r#","origin":"https://henan.example""#.to_owned()
        }),
        ("no object", |device| device.written = as_array),
        ("no text", |device| device.written = with_a_stray_byte),
    ];
    for (what, bend) in bent {
        let mut device = Authenticator::new();
        bend(&mut device);
        assert!(device.signed().is_err(), "{what}");
        assert_eq!(device.judged(), Err(Code::SignatureInvalid), "{what}");
    }
    let more = Authenticator {
        more: r#","crossOrigin":false,"later":{"field":1}"#.to_owned(),
        ..Authenticator::new()
    };
    assert!(more.signed().is_ok(), "what browsers may add is no fault");
}

#[test]
fn the_one_form_is_what_another_encoder_writes() {
    let device = Authenticator::new();
    let bytes = device.put_together(ACT, device.fingerprint());
    assert_eq!(bytes, device.signed().unwrap());
    assert_eq!(judged(&bytes, &recorded(device.fingerprint())), Ok(()));
}

#[test]
fn a_header_that_names_another_key_or_a_report_is_refused() {
    let device = Authenticator::new();
    let keys = recorded(device.fingerprint());
    let named = device.put_together(ACT, common::key(1).public());
    assert_eq!(judged(&named, &keys), Err(Code::SignatureInvalid));
    let report = device.put_together("application/mm-report+cose", device.fingerprint());
    assert_eq!(judged(&report, &keys), Err(Code::Malformed));
}

#[test]
fn what_an_authenticator_and_a_browser_may_say_is_bounded() {
    // Hash, flags and counter are 37 bytes of at most 1,024.
    for (extensions, expected) in [(987, Ok(())), (988, Err(Code::Malformed))] {
        let device = Authenticator {
            extensions,
            ..Authenticator::new()
        };
        assert_eq!(device.judged(), expected, "{extensions}");
    }
    let frame = r#"{"type":"webauthn.get","challenge":"","origin":""}"#.len() + 43 + ORIGIN.len();
    for (bytes, expected) in [(4_096, Ok(())), (4_097, Err(Code::Malformed))] {
        let device = Authenticator {
            more: format!(r#","later":"{}""#, "x".repeat(bytes - frame - 11)),
            ..Authenticator::new()
        };
        assert_eq!(device.assertion(&[0; 32]).client_data.len(), bytes);
        assert_eq!(device.judged(), expected, "{bytes}");
    }
}

#[test]
fn an_assertion_for_one_act_is_for_no_other() {
    let device = Authenticator::new();
    let mut other = small_act();
    other.nonce[0] ^= 1;
    let (one, two) = (
        draft(&small_act(), &device.fingerprint()).unwrap(),
        draft(&other, &device.fingerprint()).unwrap(),
    );
    assert_ne!(one.challenge, two.challenge);
    let assertion = device.assertion(&one.challenge);
    assert!(assemble(&one.payload, &device.passkey(), &assertion).is_ok());
    assert!(assemble(&two.payload, &device.passkey(), &assertion).is_err());
}

#[test]
fn the_other_form_of_the_same_signature_is_refused() {
    let device = Authenticator::new();
    let bytes = device.signed().unwrap();
    let (front, low) = bytes.split_at(bytes.len() - 64);
    let low = Signature::from_slice(low).unwrap();
    let (r, s) = low.split_scalars();
    let high = Signature::from_scalars(r.to_bytes(), (-*s).to_bytes()).unwrap();
    assert_ne!(high, low);
    let twisted = [front, &high.to_bytes()[..]].concat();
    let keys = recorded(device.fingerprint());
    assert_eq!(judged(&twisted, &keys), Err(Code::Malformed));
    assert_eq!(
        judged(&bytes[..bytes.len() - 1], &keys),
        Err(Code::Malformed)
    );
    assert_eq!(
        judged(&[&bytes[..], &[0]].concat(), &keys),
        Err(Code::Malformed)
    );
}

#[test]
fn an_origin_is_https_with_a_host_or_localhost() {
    let good = [
        ("https://henan.example", "henan.example"),
        ("https://a.b-c.example:8443", "a.b-c.example"),
        ("http://localhost:8080", "localhost"),
        ("http://localhost", "localhost"),
    ];
    for (origin, expected) in good {
        assert_eq!(host(origin), Some(expected), "{origin}");
    }
    for origin in [
        "",
        "henan.example",
        "http://henan.example",
        "https://",
        "https://Henan.example",
        "https://a.example/",
        "https://a.example:",
        "https://a.example:08",
        "https://a@b.example",
    ] {
        assert_eq!(host(origin), None, "{origin}");
    }
    let long = format!("https://{}.example", "a".repeat(240));
    assert!(host(&long).is_none() && host(&long[..250]).is_some());
}

#[test]
fn no_act_with_a_flipped_bit_is_accepted() {
    let device = Authenticator::new();
    let mut bytes = device.signed().unwrap();
    let keys = recorded(device.fingerprint());
    for place in 0..bytes.len() {
        for bit in 0..8 {
            bytes[place] ^= 1 << bit;
            assert!(judged(&bytes, &keys).is_err(), "bit {bit} of byte {place}");
            bytes[place] ^= 1 << bit;
        }
    }
    assert_eq!(judged(&bytes, &keys), Ok(()));
}

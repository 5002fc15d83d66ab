//! The examples of draft-ietf-oauth-status-list, where they are present.
//!
//! Invariant: every example of a list that is found is read, and a run without them says so. The
//! draft's token has its claims in another order and a key hint of another length, so our strict
//! reader refuses it; its parts are taken out by another CBOR reader and its signature is checked.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ciborium::Value;
use credential::cose::Sign1;
use credential::list::{SignedList, SlotBits, StatusArray, zlib};
use credential::{Credential, PublicKey};
use p256::ecdsa::signature::Verifier as _;
use p256::ecdsa::{Signature, VerifyingKey};
use std::fs;
use std::path::Path;

const VECTORS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../../shared/vectors/status-list"
);

/// The values of the draft's list of 2^20 slots of 2 bits; all others are 0.
const LONG: [(u64, u8); 11] = [
    (0, 1),
    (1_993, 2),
    (25_460, 1),
    (159_495, 3),
    (495_669, 1),
    (554_353, 1),
    (645_645, 2),
    (723_232, 1),
    (854_545, 1),
    (934_534, 2),
    (1_000_345, 3),
];

/// The public key of the draft's examples.
const KEY_X: &str = "I3HWm_0Ds1dPMI-IWmf4mBmH-YaeAVbPVu7vB27CxXo";
const KEY_Y: &str = "6N_d5Elj9bs1htgV3okJKIdbHEpkgTmAluYKJemzn1M";

/// The text of an example, or `None` where the examples are absent.
fn example(name: &str) -> Option<String> {
    let folder = Path::new(VECTORS);
    if !folder.is_dir() {
        eprintln!("skipped: no vectors for {name}");
        return None;
    }
    Some(fs::read_to_string(folder.join(name)).unwrap())
}

/// The hexadecimal digits behind `encoded:`, or all of them.
fn from_hex(text: &str) -> Vec<u8> {
    let digits = text.rsplit("encoded:").next().unwrap();
    let digits: Vec<u8> = digits
        .chars()
        .filter(|digit| !digit.is_whitespace())
        .map(|digit| u8::try_from(digit.to_digit(16).unwrap()).unwrap())
        .collect();
    digits
        .chunks(2)
        .map(|pair| pair[0] << 4 | pair[1])
        .collect()
}

/// The bytes named in the first line of an example.
fn byte_array(text: &str) -> Vec<u8> {
    let line = text.lines().next().unwrap();
    let inside = line.split(['[', ']']).nth(1).unwrap();
    let digits = inside.split(", ").map(|byte| byte.trim_start_matches("0x"));
    digits
        .map(|byte| u8::from_str_radix(byte, 16).unwrap())
        .collect()
}

fn cbor(bytes: &[u8]) -> Value {
    ciborium::from_reader(bytes).unwrap()
}

/// A member of a map by its name or number.
fn member<'a>(map: &'a Value, key: &Value) -> &'a Value {
    let found = map.as_map().unwrap().iter().find(|(own, _)| own == key);
    &found.unwrap_or_else(|| panic!("no {key:?}")).1
}

fn named<'a>(map: &'a Value, name: &str) -> &'a Value {
    member(map, &Value::from(name))
}

fn number(value: &Value) -> u64 {
    value.as_integer().unwrap().try_into().unwrap()
}

/// The array of a `StatusList` in CBOR that unfolds to this many bytes.
fn array(list: &Value, bytes: usize) -> StatusArray {
    let bits = SlotBits::from_count(number(named(list, "bits"))).unwrap();
    let lst = named(list, "lst").as_bytes().unwrap();
    StatusArray::from_raw(bits, zlib::inflate(lst, bytes).unwrap()).unwrap()
}

#[test]
fn the_long_list_has_every_value_of_the_draft() {
    let Some(text) = example("status_list_encoding2_long_cbor.md") else {
        return;
    };
    let array = array(&cbor(&from_hex(&text)), (1 << 20) / 4);
    assert_eq!(array.slots(), 1 << 20);
    for (idx, value) in LONG {
        assert_eq!(array.get(idx), Some(value), "slot {idx}");
    }
    assert_eq!(array.counts(), [(1 << 20) - 11, 6, 3, 2]);
    let mut ours = StatusArray::new(SlotBits::Two, 1 << 20).unwrap();
    for (idx, value) in LONG {
        ours.set(idx, value).unwrap();
    }
    assert_eq!(ours, array);
    assert_eq!(array.get(1 << 20), None);
}

#[test]
fn the_small_lists_have_the_bytes_of_the_draft() {
    let one = [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1];
    let two = [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3];
    let examples = [
        ("status_list_encoding_cbor.md", SlotBits::One, &one[..]),
        ("status_list_encoding2_cbor.md", SlotBits::Two, &two[..]),
    ];
    for (name, bits, values) in examples {
        let Some(text) = example(name) else {
            return;
        };
        let raw = byte_array(&text);
        let array = array(&cbor(&from_hex(&text)), raw.len());
        assert_eq!((array.bits(), array.raw()), (bits, &raw[..]));
        for (idx, value) in (0..).zip(values) {
            assert_eq!(array.get(idx), Some(*value), "{name}, slot {idx}");
        }
    }
}

#[test]
fn the_list_in_json_has_the_bytes_of_the_draft() {
    let Some(text) = example("status_list_encoding2_json.md") else {
        return;
    };
    let json = text.rsplit("encoded:").next().unwrap();
    let list: serde_json::Value = serde_json::from_str(json).unwrap();
    assert_eq!(list["bits"], 2);
    let lst = URL_SAFE_NO_PAD
        .decode(list["lst"].as_str().unwrap())
        .unwrap();
    let raw = byte_array(&text);
    assert_eq!(zlib::inflate(&lst, raw.len()).unwrap(), raw);
    assert!(zlib::inflate(&lst, raw.len() - 1).is_err());
    assert!(zlib::inflate(&lst, raw.len() + 1).is_err());
}

/// The payload of a `COSE_Sign1`, after its signature was checked against the draft's key.
fn verified(bytes: &[u8]) -> Value {
    let Value::Tag(18, sign1) = cbor(bytes) else {
        panic!("not tagged 18");
    };
    let parts = sign1.into_array().unwrap();
    let (protected, payload) = (parts[0].as_bytes().unwrap(), parts[2].as_bytes().unwrap());
    let signed = Value::Array(vec![
        Value::from("Signature1"),
        Value::Bytes(protected.clone()),
        Value::Bytes(Vec::new()),
        Value::Bytes(payload.clone()),
    ]);
    let mut message = Vec::new();
    ciborium::into_writer(&signed, &mut message).unwrap();
    let mut point = vec![4];
    point.extend(URL_SAFE_NO_PAD.decode(KEY_X).unwrap());
    point.extend(URL_SAFE_NO_PAD.decode(KEY_Y).unwrap());
    let key = VerifyingKey::from_sec1_bytes(&point).unwrap();
    let signature = Signature::from_slice(parts[3].as_bytes().unwrap()).unwrap();
    key.verify(&message, &signature).unwrap();
    cbor(payload)
}

#[test]
fn the_signed_list_answers_for_the_signed_credential() {
    let (Some(list), Some(credential)) = (
        example("status_list_cwt.md"),
        example("referenced_token_cwt.md"),
    ) else {
        return;
    };
    let (list, credential) = (from_hex(&list), from_hex(&credential));
    // Our own readers are strict; the reader for strangers' envelopes is not.
    assert!(SignedList::read(&list).is_err());
    assert!(Credential::read(&credential).is_err());
    let [x, y] = [KEY_X, KEY_Y].map(|text| URL_SAFE_NO_PAD.decode(text).unwrap());
    let key = PublicKey::from_coordinates(&x.try_into().unwrap(), &y.try_into().unwrap());
    for token in [&list, &credential] {
        let sign1 = Sign1::read(token).unwrap();
        assert!(sign1.verify(key.as_ref().unwrap()).is_ok());
    }
    let list = verified(&list);
    let credential = verified(&credential);
    let status = member(&credential, &Value::from(65_535));
    let status = named(status, "status_list");
    assert_eq!(named(status, "uri"), member(&list, &Value::from(2)));
    assert_eq!(number(member(&list, &Value::from(65_534))), 43_200);
    let array = array(member(&list, &Value::from(65_533)), 2);
    assert_eq!(array.raw(), [0xb9, 0xa3]);
    assert_eq!(array.get(number(named(status, "idx"))), Some(1));
}

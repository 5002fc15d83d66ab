//! Other people's examples: COSE and CWT of cose-wg/Examples, and the 38 common cases of the
//! EU's dgc-testdata, where they are present.
//!
//! Invariant: every file is read; each either does what its authors expect or stands in a table of
//! what our profile refuses, with the reason; and a table that names one too many fails too. A run
//! without the examples says so.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ciborium::Value as Cbor;
use credential::cose::Sign1;
use credential::list::zlib;
use credential::{PublicKey, base45};
use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

const VECTORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/vectors");

/// The files of a folder by name, or `None` where the examples are absent.
fn examples(folder: &str) -> Option<BTreeMap<String, Json>> {
    let folder = Path::new(VECTORS).join(folder);
    if !folder.is_dir() {
        eprintln!("skipped: no vectors in {}", folder.display());
        return None;
    }
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let json = files.filter(|path| path.extension().is_some_and(|end| end == "json"));
    let read = |path: std::path::PathBuf| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let json = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        (name, json)
    };
    Some(json.map(read).collect())
}

fn from_hex(text: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(digit).collect()
}

/// What our profile refuses of cose-wg/Examples.
const COSE_REFUSED: [(&str, &str); 11] = [
    ("A_4", "a MAC, tag 17"),
    ("A_5", "encrypted, tag 16"),
    ("A_6", "encrypted, tag 16"),
    ("A_7", "a MAC, tag 17"),
    ("ecdsa-01", "many signers, tag 98"),
    ("ecdsa-02", "many signers, tag 98"),
    ("ecdsa-03", "many signers, tag 98"),
    ("ecdsa-04", "many signers, tag 98"),
    ("ecdsa-sig-02", "ES384 on P-384"),
    ("ecdsa-sig-03", "ES512 on P-521"),
    ("ecdsa-sig-04", "ES512 on P-256"),
];

/// A coordinate of an example's key, which is written in one of two ways.
fn coordinate(key: &Json, name: &str) -> [u8; 32] {
    let hex = key[format!("{name}_hex")].as_str().map(from_hex);
    let bytes = hex.unwrap_or_else(|| URL_SAFE_NO_PAD.decode(key[name].as_str().unwrap()).unwrap());
    bytes.try_into().unwrap()
}

#[test]
fn signed_examples_of_cose_verify_or_are_refused_by_profile() {
    let mut verified = Vec::new();
    let mut refused = Vec::new();
    for folder in ["cose/CWT", "cose/ecdsa-examples"] {
        let Some(files) = examples(folder) else {
            return;
        };
        for (name, json) in files {
            let bytes = from_hex(json["output"]["cbor"].as_str().unwrap());
            let Ok(sign1) = Sign1::read(&bytes) else {
                refused.push(name);
                continue;
            };
            let key = &json["input"]["sign0"]["key"];
            let key = PublicKey::from_coordinates(&coordinate(key, "x"), &coordinate(key, "y"));
            let key = key.unwrap();
            let plain = json["input"]["plaintext_hex"].as_str().map(from_hex);
            let plain = plain.unwrap_or_else(|| {
                json["input"]["plaintext"]
                    .as_str()
                    .unwrap()
                    .as_bytes()
                    .to_vec()
            });
            assert_eq!(sign1.verify(&key).unwrap(), plain, "{name}");
            for at in 0..bytes.len() {
                let mut other = bytes.clone();
                other[at] ^= 1;
                // The kid of these examples is not signed, so a change of it may pass.
                if let Ok(other) = Sign1::read(&other)
                    && other.kid() == sign1.kid()
                {
                    assert!(other.verify(&key).is_err(), "{name}, byte {at}");
                }
            }
            verified.push(name);
        }
    }
    refused.sort();
    assert_eq!(verified, ["A_3", "ecdsa-sig-01"]);
    assert_eq!(refused, COSE_REFUSED.map(|(name, _)| name));
}

/// The stages that other programs have and this crate has not.
const STAGES_NOT_OURS: [&str; 3] = ["PICTUREDECODE", "SCHEMAVALIDATION", "KEYUSAGE"];

/// Where we differ from what a file expects, and why.
const DGC_REFUSED: [(&str, &str, &str); 7] = [
    ("CO1", "DECODE", "PS256 with RSA: the key is none on P-256"),
    ("CO1", "VERIFY", "PS256 with RSA: the key is none on P-256"),
    ("CO2", "DECODE", "PS256 with RSA: the key is none on P-256"),
    ("CO2", "VERIFY", "PS256 with RSA: the key is none on P-256"),
    (
        "CO20",
        "VERIFY",
        "the algorithm is in the unprotected header alone",
    ),
    ("CO28", "DECODE", "the tag of a CWT, 61, around the tag 18"),
    ("CO28", "VERIFY", "the tag of a CWT, 61, around the tag 18"),
];

/// A file of dgc-testdata and what its stages give.
struct Case<'a>(&'a Json);

impl Case<'_> {
    fn text(&self, name: &str) -> Option<&str> {
        self.0[name].as_str()
    }

    fn bytes(&self, name: &str) -> Option<Vec<u8>> {
        self.text(name).map(from_hex)
    }

    fn certificate(&self) -> Vec<u8> {
        let text = self.0["TESTCTX"]["CERTIFICATE"].as_str().unwrap();
        STANDARD.decode(text).unwrap()
    }

    /// The key on P-256 in the certificate: what follows its algorithm and curve (RFC 5480).
    fn key(&self) -> Option<PublicKey> {
        let start = from_hex("3059301306072a8648ce3d020106082a8648ce3d03010703420004");
        let der = self.certificate();
        let at = der
            .windows(start.len())
            .position(|window| window == start)?;
        let point = &der[at + start.len()..][..64];
        let (x, y) = (
            point[..32].try_into().unwrap(),
            point[32..].try_into().unwrap(),
        );
        PublicKey::from_coordinates(&x, &y).ok()
    }

    fn unprefix(&self) -> Option<&str> {
        let rest = self.text("PREFIX").unwrap().strip_prefix("HC1:")?;
        let same = self.text("BASE45").is_none_or(|base45| base45 == rest);
        same.then_some(rest)
    }

    fn base45(&self) -> Option<Vec<u8>> {
        let text = self.text("BASE45").or_else(|| self.unprefix())?;
        let bytes = base45::decode(text).ok()?;
        let same = self.bytes("COMPRESSED").is_none_or(|other| other == bytes);
        same.then_some(bytes)
    }

    fn compression(&self) -> Option<Vec<u8>> {
        let cose = self.bytes("COSE").unwrap();
        let bytes = zlib::inflate(&self.bytes("COMPRESSED").unwrap(), cose.len()).ok()?;
        (bytes == cose).then_some(bytes)
    }

    /// The envelope: from its own member, or from the text.
    fn cose(&self) -> Option<Vec<u8>> {
        self.bytes("COSE").or_else(|| {
            let stream = self.base45()?;
            let lengths = 1..8_192;
            lengths
                .into_iter()
                .find_map(|length| zlib::inflate(&stream, length).ok())
        })
    }

    /// The claims, if the key of the certificate signed them and the kid is its hash.
    fn verify(&self) -> Option<Cbor> {
        let sign1 = Sign1::read(&self.cose()?).ok()?;
        let digest = Sha256::digest(self.certificate());
        if sign1.kid() != Some(&digest[..8]) {
            return None;
        }
        let payload = sign1.verify(&self.key()?).ok()?;
        let claims: Cbor = ciborium::from_reader(payload).ok()?;
        // A CWT is a map with claims; the certificate is in the claim -260.
        claims.as_map()?;
        claim(&claims, -260)?;
        Some(claims)
    }

    fn decode(&self) -> Option<Cbor> {
        let claims = self.verify()?;
        let certificate = claim(claim(&claims, -260)?, 1)?.clone();
        let expected = self.bytes("CBOR")?;
        let expected: Cbor = ciborium::from_reader(&expected[..]).ok()?;
        (ordered(expected) == ordered(certificate.clone())).then_some(certificate)
    }

    fn valid_json(&self) -> Option<()> {
        let cbor: Json = ciborium::from_reader(&self.bytes("CBOR")?[..]).ok()?;
        (cbor == self.0["JSON"]).then_some(())
    }

    fn expiration_check(&self) -> Option<()> {
        let sign1 = self.cose()?;
        // One case has two tags, which is for VERIFY to refuse; its times are good.
        let start = usize::from(sign1.starts_with(&[0xd8, 0x3d])) * 2;
        let sign1 = Sign1::read(&sign1[start..]).ok()?;
        let claims: Cbor = ciborium::from_reader(sign1.verify(&self.key()?).ok()?).ok()?;
        let time = |label| Some(i128::from(claim(&claims, label)?.as_integer()?));
        let clock = seconds(self.0["TESTCTX"]["VALIDATIONCLOCK"].as_str().unwrap());
        (time(6)?..time(4)?).contains(&clock).then_some(())
    }

    fn passes(&self, stage: &str) -> Option<bool> {
        Some(match stage {
            "UNPREFIX" => self.unprefix().is_some(),
            "B45DECODE" => self.base45().is_some(),
            "COMPRESSION" => self.compression().is_some(),
            "VERIFY" => self.verify().is_some(),
            "DECODE" => self.decode().is_some(),
            "VALIDJSON" => self.valid_json().is_some(),
            "EXPIRATIONCHECK" => self.expiration_check().is_some(),
            _ => return None,
        })
    }
}

fn claim(map: &Cbor, label: i64) -> Option<&Cbor> {
    let label = Cbor::from(label);
    let found = map.as_map()?.iter().find(|(key, _)| *key == label);
    found.map(|(_, value)| value)
}

/// The same value with its maps in order: CBOR compares maps as lists.
fn ordered(value: Cbor) -> Cbor {
    match value {
        Cbor::Map(members) => {
            let members = members.into_iter();
            let mut members: Vec<(Cbor, Cbor)> =
                members.map(|(key, value)| (key, ordered(value))).collect();
            members.sort_by_key(|(key, _)| format!("{key:?}"));
            Cbor::Map(members)
        }
        Cbor::Array(items) => Cbor::Array(items.into_iter().map(ordered).collect()),
        other => other,
    }
}

/// The seconds since 1970 of a time in UTC (RFC 3339).
fn seconds(text: &str) -> i128 {
    let number = |from: usize, to: usize| text[from..to].parse::<i128>().unwrap();
    let (year, month, day) = (number(0, 4), number(5, 7), number(8, 10));
    let leap = |year: i128| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let months = [
        31,
        if leap(year) { 29 } else { 28 },
        31,
        30,
        31,
        30,
        31,
        31,
        30,
        31,
        30,
        31,
    ];
    let before: i128 = months[..usize::try_from(month).unwrap() - 1].iter().sum();
    let years: i128 = (1970..year)
        .map(|year| if leap(year) { 366 } else { 365 })
        .sum();
    let days = years + before + day - 1;
    assert!(text.ends_with('Z'));
    days * 86_400 + number(11, 13) * 3_600 + number(14, 16) * 60 + number(17, 19)
}

#[test]
fn the_common_cases_of_the_dgc_do_what_they_expect_or_are_refused_by_profile() {
    let Some(files) = examples("dgc-common") else {
        return;
    };
    assert_eq!(files.len(), 38);
    let mut agreed: BTreeMap<&str, u32> = BTreeMap::new();
    let mut not_ours: BTreeMap<&str, u32> = BTreeMap::new();
    let mut differing = Vec::new();
    for (name, json) in &files {
        for (stage, expected) in json["EXPECTEDRESULTS"].as_object().unwrap() {
            let stage = stage.strip_prefix("EXPECTED").unwrap();
            let Some(passes) = Case(json).passes(stage) else {
                assert!(STAGES_NOT_OURS.contains(&stage), "{name}: {stage}");
                *not_ours.entry(stage).or_default() += 1;
                continue;
            };
            if passes == expected.as_bool().unwrap() {
                *agreed.entry(stage).or_default() += 1;
            } else {
                differing.push((name.as_str(), stage));
            }
        }
    }
    differing.sort_unstable();
    eprintln!("agreed: {agreed:?}; not ours: {not_ours:?}");
    assert_eq!(differing, DGC_REFUSED.map(|(name, stage, _)| (name, stage)));
}

//! Status lists as a JWT. Law: what is signed has one text, so a list that is accepted is written
//! as the same text up to its signature.
#![no_main]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use credential::list::{ListClaims, SignedListJwt, SlotBits, sign_list_jwt};
use libfuzzer_sys::fuzz_target;
use mingma_fuzz::ISSUER;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use std::sync::LazyLock;

/// The same key as [`ISSUER`], for texts that the product would not sign.
static KEY: LazyLock<SigningKey> = LazyLock::new(|| {
    SigningKey::from_slice(&mingma_fuzz::ISSUER_SECRET).expect("the number of a key")
});
static HEADER: LazyLock<String> = LazyLock::new(|| {
    let text = sign_list_jwt(&claims(), b"x", &ISSUER).expect("a list");
    text.split('.').next().expect("a header").to_owned()
});

fn claims() -> ListClaims {
    ListClaims {
        uri: "https://s.example/1".to_owned(),
        issued_s: 1_655_000_000,
        expires_s: 1_655_086_400,
        ttl_s: 300,
        aggregation_uri: None,
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let mut with = claims();
    with.aggregation_uri = Some("https://s.example/all".to_owned());
    let texts = [claims(), with].map(|claims| sign_list_jwt(&claims, b"xyz", &ISSUER));
    let texts = texts.map(|text| text.expect("a list"));
    let json = |text: &String| {
        let claims = text.split('.').nth(1).expect("claims");
        URL_SAFE_NO_PAD.decode(claims).expect("base64url")
    };
    let jsons: Vec<Vec<u8>> = texts.iter().map(json).collect();
    texts
        .into_iter()
        .map(String::into_bytes)
        .chain(jsons)
        .collect()
}

/// Reads a text with any signature, then signs it so that its content comes out.
fn judge(text: &str) {
    let Ok(list) = SignedListJwt::read(text) else {
        return;
    };
    let ours = list.kid() == ISSUER.public().kid();
    let _ = list.verify(&ISSUER.public());
    let (signed, _) = text.rsplit_once('.').expect("three parts");
    let signature: Signature = KEY.sign(signed.as_bytes());
    let text = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()));
    let list = SignedListJwt::read(&text).expect("read a moment ago");
    let content = list.verify(&ISSUER.public()).expect("its key signed");
    if content.bits == SlotBits::Two && ours {
        let again = sign_list_jwt(&content.claims, &content.lst, &ISSUER).expect("the same");
        assert_eq!(again.rsplit_once('.').expect("three parts").0, signed);
    }
}

fuzz_target!(init: mingma_fuzz::seeds(seeds), |data: &[u8]| {
    if let Ok(text) = std::str::from_utf8(data) {
        judge(text);
    }
    let claims = URL_SAFE_NO_PAD.encode(data);
    let signature = URL_SAFE_NO_PAD.encode([1; 64]);
    judge(&format!("{}.{claims}.{signature}", *HEADER));
});

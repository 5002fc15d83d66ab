//! Status lists as a CWT. Law: a content that is accepted is written as the same payload again,
//! and its array comes out as long as was asked for or not at all.
#![no_main]

use credential::cose::{Opened, Typ, seal};
use credential::list::{
    Content, LIST_SLOTS_MIN, ListClaims, SignedList, SlotBits, Wanted, sign_list, zlib,
};
use libfuzzer_sys::fuzz_target;
use mingma_fuzz::ISSUER;

fn seeds() -> Vec<Vec<u8>> {
    let mut claims = ListClaims {
        uri: "https://s.example/1".to_owned(),
        issued_s: 1_655_000_000,
        expires_s: 1_655_086_400,
        ttl_s: 300,
        aggregation_uri: None,
    };
    let lst = zlib::compress(&vec![0; 1 << 18], 9).expect("zeros");
    let short = sign_list(&claims, &lst, &ISSUER).expect("a list");
    claims.aggregation_uri = Some("https://s.example/all".to_owned());
    let long = sign_list(&claims, b"\x78\xda\x03\x00\x00\x00\x00\x01", &ISSUER).expect("a list");
    let payload = |list: &Vec<u8>| {
        let opened = Opened::read(list).expect("a list");
        opened.unverified_payload().to_vec()
    };
    let payloads = [payload(&short), payload(&long)];
    [short, long].into_iter().chain(payloads).collect()
}

fn accepted(content: &Content, payload: &[u8]) {
    assert!(content.claims.check().is_ok());
    let wanted = Wanted {
        uri: &content.claims.uri,
        slots: LIST_SLOTS_MIN,
    };
    if let Ok(array) = content.array(wanted) {
        assert_eq!(array.slots(), LIST_SLOTS_MIN);
        assert_eq!(content.bits, SlotBits::Two);
        assert_eq!(array.counts().iter().sum::<u64>(), LIST_SLOTS_MIN);
    }
    // Only lists of two bits are written here.
    if content.bits == SlotBits::Two {
        let again = sign_list(&content.claims, &content.lst, &ISSUER).expect("the same");
        let again = Opened::read(&again).expect("what is signed opens");
        assert_eq!(again.unverified_payload(), payload);
    }
}

fuzz_target!(init: mingma_fuzz::seeds(seeds), |data: &[u8]| {
    let key = ISSUER.public();
    if let Ok(list) = SignedList::read(data)
        && let Ok(content) = list.verify(&key)
    {
        let opened = Opened::read(data).expect("a list is an envelope");
        accepted(&content, opened.unverified_payload());
    }
    let sealed = seal(Typ::List, data, &ISSUER).expect("a payload of the fuzzer fits");
    let list = SignedList::read(&sealed).expect("an envelope of ours");
    assert_eq!(list.kid(), key.kid());
    if let Ok(content) = list.verify(&key) {
        accepted(&content, data);
    }
});

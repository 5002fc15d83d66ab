//! Base45. Law: a text that is accepted is the one that its bytes encode to, and any bytes come
//! back from their text.
#![no_main]

use credential::base45::{BASE45_CHARS_MAX, decode, encode};
use libfuzzer_sys::fuzz_target;

fn seeds() -> Vec<Vec<u8>> {
    [&b""[..], b"a", b"ab", b"a health code", &[0xff; 40]]
        .map(|bytes| encode(bytes).into_bytes())
        .to_vec()
}

fuzz_target!(init: mingma_fuzz::seeds(seeds), |data: &[u8]| {
    if let Ok(text) = std::str::from_utf8(data)
        && let Ok(bytes) = decode(text)
    {
        assert_eq!(encode(&bytes), text);
    }
    let text = encode(data);
    match decode(&text) {
        Ok(bytes) => assert_eq!(bytes, data),
        Err(_) => assert!(text.len() > BASE45_CHARS_MAX),
    }
});

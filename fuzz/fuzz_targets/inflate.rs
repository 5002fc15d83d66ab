//! Compressed arrays. Law: what is inflated is exactly as long as was asked for and can be
//! compressed and inflated again; an array has exactly the slots that its reader wants.
//!
//! The first two bytes of an input are the length that is asked for.
#![no_main]

use credential::list::{Content, LIST_SLOTS_MIN, ListClaims, SlotBits, Wanted, zlib};
use libfuzzer_sys::fuzz_target;

const URI: &str = "https://s.example/1";

fn seeds() -> Vec<Vec<u8>> {
    let sized = |raw: &[u8], level| {
        let mut seed = (raw.len() as u16).to_be_bytes().to_vec();
        seed.extend(zlib::compress(raw, level).expect("a stream"));
        seed
    };
    let mixed: Vec<u8> = (0..600_u32).map(|n| (n * n % 251) as u8).collect();
    let mut seeds = vec![
        sized(b"", 9),
        sized(&[7; 300], 9),
        sized(&mixed, 6),
        sized(b"abc", 0),
    ];
    let mut large = vec![0; 1 << 18];
    large[9] = 0x55;
    seeds.push(sized(&large, 9));
    seeds
}

fuzz_target!(init: mingma_fuzz::seeds(seeds), |data: &[u8]| {
    let Some((length, stream)) = data.split_first_chunk::<2>() else {
        return;
    };
    let length = usize::from(u16::from_be_bytes(*length));
    if let Ok(raw) = zlib::inflate(stream, length) {
        assert_eq!(raw.len(), length);
        for level in [0, 6] {
            let again = zlib::compress(&raw, level).expect("bytes compress");
            assert_eq!(zlib::inflate(&again, length).as_ref(), Ok(&raw));
            assert!(zlib::inflate(&again, length + 1).is_err());
            assert!(length == 0 || zlib::inflate(&again, length - 1).is_err());
        }
    }
    let content = Content {
        claims: ListClaims {
            uri: URI.to_owned(),
            issued_s: 1,
            expires_s: 9,
            ttl_s: 1,
            aggregation_uri: None,
        },
        bits: SlotBits::Two,
        lst: stream.to_vec(),
    };
    let wanted = |slots| Wanted { uri: URI, slots };
    assert!(content.array(wanted(LIST_SLOTS_MIN / 2)).is_err());
    if let Ok(array) = content.array(wanted(LIST_SLOTS_MIN)) {
        assert_eq!(array.slots(), LIST_SLOTS_MIN);
        assert!(array.get(LIST_SLOTS_MIN).is_none());
        assert!(content.array(wanted(LIST_SLOTS_MIN * 2)).is_err());
    }
});

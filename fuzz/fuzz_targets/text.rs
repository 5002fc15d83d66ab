//! The text of a QR code, and what a scanner makes of it. Law: an accepted text is the one that
//! its bytes are written as; what is shown holds a credential whose claims hold together.
#![no_main]

use credential::presentation::{Shown, TEXT_CHARS_MAX};
use credential::{Challenge, Claims, StatusRef, from_text, issue, present, to_text};
use libfuzzer_sys::fuzz_target;
use mingma_fuzz::ISSUER;

fn seeds() -> Vec<Vec<u8>> {
    let mut claims = Claims {
        issued_s: 1_655_000_000,
        not_before_s: None,
        expires_s: 1_655_086_400,
        holder: None,
        face: None,
        status: StatusRef {
            uri: "https://s.example/1".to_owned(),
            idx: 77,
        },
    };
    let alone = issue(&claims, &ISSUER).expect("a credential");
    claims.holder = Some(ISSUER.public());
    let held = issue(&claims, &ISSUER).expect("a credential");
    let challenge = Challenge {
        gate: "gate-7".to_owned(),
        nonce: vec![5; 8],
    };
    let now_s = 1_655_000_100;
    let free = present(&held, &ISSUER, now_s, None).expect("a presentation");
    let asked = present(&held, &ISSUER, now_s, Some(&challenge)).expect("a presentation");
    [alone, held, free, asked]
        .map(|token| to_text(&token).into_bytes())
        .to_vec()
}

fn shown(bytes: &[u8]) {
    if let Ok(shown) = Shown::read(bytes) {
        let claims = shown.credential().unverified_claims();
        assert_eq!(claims.check(), Ok(shown.credential().form()));
        if let Shown::Presentation(presentation) = &shown {
            assert!(claims.holder.is_some());
            // No key that nobody knows signs by chance; the call must not panic.
            let _ = (presentation.verify(), presentation.sha256());
        }
    }
}

fuzz_target!(init: mingma_fuzz::seeds(seeds), |data: &[u8]| {
    shown(data);
    if let Ok(text) = std::str::from_utf8(data)
        && let Ok(bytes) = from_text(text)
    {
        assert!(text.len() <= TEXT_CHARS_MAX);
        assert_eq!(to_text(&bytes), text);
        shown(&bytes);
    }
});

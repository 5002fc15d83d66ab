//! From a scanned text to a verdict: each form once with a colour, and each refusal once.
//!
//! Invariant: a small world with one log, two keys, one witness and two lists, made from seeds;
//! each test changes one thing in it. Cases stand in the order in which the code checks them.
#![expect(clippy::unwrap_used, reason = "tests")]

mod world;

use credential::list::LIST_SLOTS_MIN;
use credential::token::Form;
use credential::{
    Challenge, Claims, Colour, Language, Reason, Replays, Tolerance, Verdict, from_text, issue,
    present, to_text, verify,
};
use p256::ecdsa::Signature;
use world::{GREEN, NOW, RED, REVOKED, URI, World, YELLOW, claims, gate, key};

fn scan(world: &World, text: &str) -> Verdict {
    scan_at(world, text, NOW)
}

fn scan_at(world: &World, text: &str, now_s: u64) -> Verdict {
    let past = Replays::new(&Tolerance::default());
    verify(text, &world.trust, &world.lists, &gate(now_s, None, &past))
}

/// The text that a phone shows of these claims.
fn shown(claims: &Claims, at_s: u64, challenge: Option<&Challenge>) -> String {
    let credential = issue(claims, &key(1)).unwrap();
    to_text(&present(&credential, &key(7), at_s, challenge).unwrap())
}

fn alone(claims: &Claims) -> String {
    to_text(&issue(claims, &key(1)).unwrap())
}

fn refused(verdict: &Verdict, reason: Reason) {
    assert_eq!(
        (verdict.colour, verdict.reason),
        (Colour::CannotTell, reason)
    );
    assert_eq!((&verdict.face, verdict.seen_sha256), (&None, None));
}

#[test]
fn a_phone_shows_each_colour() {
    let world = World::new();
    for (idx, colour) in [
        (GREEN, Colour::Green),
        (REVOKED, Colour::Revoked),
        (YELLOW, Colour::Yellow),
        (RED, Colour::Red),
    ] {
        let verdict = scan(&world, &shown(&claims(Form::Held, idx), NOW, None));
        assert_eq!((verdict.colour, verdict.reason), (colour, Reason::Current));
        assert_eq!(verdict.form, Some(Form::Held));
        assert_eq!(
            (verdict.list_age_s, verdict.witnessed),
            (Some(300), Some(true))
        );
        assert!(verdict.seen_sha256.is_some() && verdict.face.is_none());
    }
}

#[test]
fn a_static_picture_and_a_paper_show_a_colour() {
    let world = World::new();
    let verdict = scan(&world, &alone(&claims(Form::Static, YELLOW)));
    assert_eq!(
        (verdict.colour, verdict.form),
        (Colour::Yellow, Some(Form::Static))
    );
    assert_eq!(verdict.seen_sha256, None);
    let paper = claims(Form::Paper, RED);
    let verdict = scan(&world, &alone(&paper));
    assert_eq!(
        (verdict.colour, verdict.form),
        (Colour::Red, Some(Form::Paper))
    );
    assert_eq!(verdict.face, paper.face);
}

#[test]
fn every_flipped_bit_of_a_presentation_tells_nothing() {
    let world = World::new();
    let token = from_text(&shown(&claims(Form::Held, RED), NOW, None)).unwrap();
    for at in 0..token.len() {
        for bit in 0..8 {
            let mut other = token.clone();
            other[at] ^= 1 << bit;
            let verdict = scan(&world, &to_text(&other));
            assert_eq!(verdict.colour, Colour::CannotTell, "byte {at}, bit {bit}");
        }
    }
}

#[test]
fn every_flipped_bit_of_a_paper_tells_nothing() {
    let world = World::new();
    let token = from_text(&alone(&claims(Form::Paper, GREEN))).unwrap();
    for at in 0..token.len() {
        for bit in 0..8 {
            let mut other = token.clone();
            other[at] ^= 1 << bit;
            let verdict = scan(&world, &to_text(&other));
            assert_eq!(verdict.colour, Colour::CannotTell, "byte {at}, bit {bit}");
        }
    }
}

#[test]
fn texts_that_are_no_tokens_tell_nothing() {
    let world = World::new();
    let good = shown(&claims(Form::Held, GREEN), NOW, None);
    let list = to_text(&world::small_token());
    for text in [
        "",
        "MM1:",
        "HC1:BB8",
        "MM1:GGW",
        &good[4..],
        &good[..400],
        &list,
    ] {
        refused(&scan(&world, text), Reason::Unreadable);
    }
}

#[test]
fn a_key_that_is_not_for_credentials_signs_none() {
    let world = World::new();
    let claims = claims(Form::Static, GREEN);
    for seed in [2, 9] {
        let text = to_text(&issue(&claims, &key(seed)).unwrap());
        refused(&scan(&world, &text), Reason::UnknownKey);
    }
    let ended = World::with(|setup| setup.credential_key_end_s = Some(NOW - 7_200));
    refused(&scan(&ended, &alone(&claims)), Reason::KeyOutsideItsTime);
    let revoked = World::with(|setup| setup.revoked = vec![key(1).public().kid()]);
    refused(&scan(&revoked, &alone(&claims)), Reason::UnknownKey);
}

#[test]
fn a_foreign_signature_under_a_known_hint_tells_nothing() {
    let world = World::new();
    let mut token = from_text(&alone(&claims(Form::Static, GREEN))).unwrap();
    let other = issue(&claims(Form::Static, RED), &key(1)).unwrap();
    let start = token.len() - 64;
    token[start..].copy_from_slice(&other[other.len() - 64..]);
    refused(&scan(&world, &to_text(&token)), Reason::Signature);
}

#[test]
fn a_credential_counts_from_its_start_until_its_end() {
    let world = World::new();
    let mut claims = claims(Form::Static, GREEN);
    claims.expires_s = NOW + 1;
    assert_eq!(scan(&world, &alone(&claims)).colour, Colour::Green);
    claims.expires_s = NOW;
    refused(&scan(&world, &alone(&claims)), Reason::Expired);
    claims.expires_s = NOW + 86_400;
    claims.not_before_s = Some(NOW + 60);
    assert_eq!(scan(&world, &alone(&claims)).colour, Colour::Green);
    claims.not_before_s = Some(NOW + 61);
    refused(&scan(&world, &alone(&claims)), Reason::NotYet);
    claims.not_before_s = None;
    claims.issued_s = NOW + 61;
    refused(&scan(&world, &alone(&claims)), Reason::NotYet);
}

#[test]
fn an_expired_credential_is_expired_whatever_its_slot_says() {
    let world = World::new();
    let mut claims = claims(Form::Static, RED);
    claims.expires_s = NOW;
    claims.status.uri = "https://elsewhere.example/1".to_owned();
    refused(&scan(&world, &alone(&claims)), Reason::Expired);
    claims.expires_s = NOW + 1;
    refused(&scan(&world, &alone(&claims)), Reason::ForeignList);
}

#[test]
fn a_held_credential_without_its_phone_tells_nothing() {
    let world = World::new();
    let verdict = scan(&world, &alone(&claims(Form::Held, GREEN)));
    refused(&verdict, Reason::NoPresentation);
    assert_eq!(verdict.form, Some(Form::Held));
}

#[test]
fn a_presentation_that_another_phone_signed_tells_nothing() {
    let world = World::new();
    let token = from_text(&shown(&claims(Form::Held, GREEN), NOW, None)).unwrap();
    let other = from_text(&shown(&claims(Form::Held, GREEN), NOW + 1, None)).unwrap();
    let start = token.len() - 64;
    let mixed = [&token[..start], &other[start..]].concat();
    refused(&scan(&world, &to_text(&mixed)), Reason::HolderSignature);
}

#[test]
fn a_gate_that_asks_takes_only_the_answer_to_its_question() {
    let world = World::new();
    let claims_held = claims(Form::Held, GREEN);
    let past = Replays::new(&Tolerance::default());
    let asking = gate(NOW, Some(&[5; 16]), &past);
    let answer = |gate: &str, nonce: u8| Challenge {
        gate: gate.to_owned(),
        nonce: vec![nonce; 16],
    };
    let ask = |text: &str| verify(text, &world.trust, &world.lists, &asking);
    let right = shown(&claims_held, NOW, Some(&answer("gate-7", 5)));
    assert_eq!(ask(&right).colour, Colour::Green);
    refused(&ask(&shown(&claims_held, NOW, None)), Reason::NoAnswer);
    for wrong in [answer("gate-8", 5), answer("gate-7", 6)] {
        let text = shown(&claims_held, NOW, Some(&wrong));
        refused(&ask(&text), Reason::WrongAnswer);
    }
    // An answer that this gate did not ask for was meant for somebody else.
    refused(&scan(&world, &right), Reason::WrongAnswer);
    refused(&ask(&alone(&claims(Form::Static, GREEN))), Reason::NoAnswer);
    assert_eq!(
        ask(&alone(&claims(Form::Paper, GREEN))).colour,
        Colour::Green
    );
}

#[test]
fn a_presentation_counts_for_a_minute_and_little_ahead() {
    let world = World::new();
    let at = |at_s| scan(&world, &shown(&claims(Form::Held, GREEN), at_s, None));
    assert_eq!(at(NOW - 60).colour, Colour::Green);
    refused(&at(NOW - 61), Reason::PresentationOld);
    refused(&at(0), Reason::PresentationOld);
    assert_eq!(at(NOW + 30).colour, Colour::Green);
    refused(&at(NOW + 31), Reason::PresentationEarly);
    refused(&at(u64::MAX), Reason::PresentationEarly);
}

#[test]
fn a_presentation_passes_a_gate_once_even_under_a_second_signature() {
    let world = World::new();
    let mut past = Replays::new(&Tolerance::default());
    let text = shown(&claims(Form::Held, GREEN), NOW, None);
    let first = verify(&text, &world.trust, &world.lists, &gate(NOW, None, &past));
    assert_eq!(first.colour, Colour::Green);
    past.remember(first.seen_sha256.unwrap(), NOW);
    let again =
        |text: &str, now_s| verify(text, &world.trust, &world.lists, &gate(now_s, None, &past));
    refused(&again(&text, NOW + 1), Reason::Replay);
    let token = from_text(&text).unwrap();
    let (start, signature) = token.split_at(token.len() - 64);
    let (r, s) = Signature::from_slice(signature).unwrap().split_scalars();
    let other = Signature::from_scalars(r, -s).unwrap();
    let other = to_text(&[start, &other.to_bytes()].concat());
    assert_ne!(other, text);
    refused(&again(&other, NOW + 1), Reason::Replay);
    let fresh = shown(&claims(Form::Held, GREEN), NOW + 15, None);
    assert_eq!(again(&fresh, NOW + 15).colour, Colour::Green);
}

#[test]
fn a_list_that_is_not_there_or_has_no_such_slot_tells_nothing() {
    let world = World::new();
    let mut claims = claims(Form::Static, GREEN);
    claims.status.idx = LIST_SLOTS_MIN;
    let verdict = scan(&world, &alone(&claims));
    refused(&verdict, Reason::NoSlot);
    assert_eq!(verdict.list_age_s, Some(300));
    claims.status.idx = LIST_SLOTS_MIN - 1;
    assert_eq!(scan(&world, &alone(&claims)).colour, Colour::Green);
    claims.status.uri = world::OTHER_URI.to_owned();
    refused(&scan(&world, &alone(&claims)), Reason::NoList);
    assert!(world.lists.find(URI).is_some());
}

#[test]
fn an_old_list_still_tells_and_an_expired_one_does_not() {
    let world = World::new();
    let mut claims = claims(Form::Static, YELLOW);
    claims.expires_s = NOW + 200_000;
    let text = alone(&claims);
    // The list was issued 300 s ago, is the newest for 600 s and ends after a day.
    let at = |now_s| scan_at(&world, &text, now_s);
    assert_eq!(at(NOW + 300).reason, Reason::Current);
    let old = at(NOW + 301);
    assert_eq!((old.colour, old.reason), (Colour::Yellow, Reason::OldList));
    assert_eq!(old.list_age_s, Some(601));
    assert_eq!(at(NOW - 300 + 86_399).colour, Colour::Yellow);
    refused(&at(NOW - 300 + 86_400), Reason::ListExpired);
    refused(&at(NOW - 361), Reason::ListEarly);
}

#[test]
fn a_verdict_speaks_both_languages() {
    let world = World::new();
    let verdict = scan(&world, "");
    let zh = verdict.reason.sentence(Language::ZhCn);
    assert!(
        zh.starts_with(verdict.colour.sentence(Language::ZhCn)),
        "{zh}"
    );
    let en = verdict.reason.sentence(Language::En);
    assert!(
        en.starts_with(verdict.colour.sentence(Language::En)),
        "{en}"
    );
}

mod random {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_text_makes_it_panic_or_tell(
            text: String,
            bytes in prop::collection::vec(any::<u8>(), 0..400),
        ) {
            let world = World::without_lists();
            prop_assert_eq!(scan(&world, &text).colour, Colour::CannotTell);
            prop_assert_eq!(scan(&world, &to_text(&bytes)).colour, Colour::CannotTell);
        }
    }
}

//! Signing in: invitations and passkeys of staff, activation codes of people, accounts elsewhere.
//!
//! Invariant: a passkey opens a session only while the ledger has its fingerprint as the key of an
//! officer in office; what is kept here only says which passkey is whose. A token or code is kept as
//! its SHA-256, is used once, and ends. Refuses: codes after five wrong tries.

pub mod binding;
#[cfg(test)]
mod memory;
pub mod provider;

use crate::ports::{Accounts, Shelf, StorageError};
use domain::document::PersonId;
use domain::ids::OfficerId;
use domain::time::{DAY_S, Timestamp};
pub use intake::passkey::{Assertion, PasskeyKey, assemble, draft, host};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// How long an invitation lasts, in seconds.
pub const INVITATION_S: i64 = DAY_S;
/// How long an activation code lasts, in seconds.
pub const ACTIVATION_S: i64 = 7 * DAY_S;
/// Wrong tries before an activation code is withdrawn.
pub const ACTIVATION_TRIES: u8 = 5;
/// The letters of codes and tokens: Crockford's base 32, without those that look alike.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Letters of an activation code, so 60 bits.
const CODE_LETTERS: usize = 12;

/// An officer who may register a passkey, or say which account is theirs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Invitation {
    officer: OfficerId,
    until: Timestamp,
}

/// A passkey that was registered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registered {
    /// Whose it is.
    pub officer: OfficerId,
    /// The public point, compressed.
    point: Vec<u8>,
    /// The origin it speaks at.
    origin: String,
}

impl Registered {
    /// The key.
    pub fn key(&self) -> Option<PasskeyKey> {
        PasskeyKey::new(&self.point, &self.origin).ok()
    }
}

/// A code that a person can sign in with once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Activation {
    code: [u8; 32],
    until: Timestamp,
    tries_left: u8,
}

/// What became of an activation code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tried {
    /// It was right, and is used up.
    Right,
    /// There is none, it has ended, or it was wrong.
    Wrong,
}

fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// So many letters from fresh randomness.
pub fn letters(entropy: &[u8; 32], count: usize) -> String {
    let letter = |byte: &u8| LETTERS.get(usize::from(byte & 31)).copied().unwrap_or(b'0');
    entropy
        .iter()
        .take(count)
        .map(letter)
        .map(char::from)
        .collect()
}

/// What somebody typed as a code: without hyphens and spaces, lower case and look-alikes read as
/// they were meant.
fn typed(code: &str) -> String {
    let kept = code.chars().filter(|c| !matches!(c, '-' | ' '));
    kept.map(|c| match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    })
    .collect()
}

fn get<T: DeserializeOwned>(bytes: Option<Vec<u8>>) -> Option<T> {
    postcard::from_bytes(&bytes?).ok()
}

fn put(
    accounts: &dyn Accounts,
    shelf: Shelf,
    key: &[u8],
    value: &impl Serialize,
) -> Result<(), StorageError> {
    let bytes = postcard::to_stdvec(value).map_err(|error| StorageError {
        what: "accounts",
        why: error.to_string(),
    })?;
    accounts.put(shelf, key, &bytes)
}

/// Invites an officer to register a passkey or an account; gives the token of the link, told once.
pub fn invite(
    accounts: &dyn Accounts,
    officer: OfficerId,
    now: Timestamp,
    entropy: &[u8; 32],
) -> Result<String, StorageError> {
    let token = letters(entropy, entropy.len());
    let until = now.plus_s(INVITATION_S);
    let invitation = Invitation { officer, until };
    put(accounts, Shelf::Invitations, &hash(&token), &invitation)?;
    Ok(token)
}

/// Whose an invitation is, while it can be used.
fn invited(
    accounts: &dyn Accounts,
    token: &str,
    now: Timestamp,
) -> Result<Option<OfficerId>, StorageError> {
    let found = get::<Invitation>(accounts.get(Shelf::Invitations, &hash(token))?);
    let lasts = found.filter(|one| now < one.until);
    Ok(lasts.map(|one| one.officer))
}

/// Uses an invitation up; gives whose it was.
fn admitted(
    accounts: &dyn Accounts,
    token: &str,
    now: Timestamp,
) -> Result<Option<OfficerId>, StorageError> {
    let taken = get::<Invitation>(accounts.take(Shelf::Invitations, &hash(token))?);
    let lasted = taken.filter(|one| now < one.until);
    Ok(lasted.map(|one| one.officer))
}

/// Uses an invitation up and registers a passkey under its id; gives whose it is.
pub fn register(
    accounts: &dyn Accounts,
    token: &str,
    id: &[u8],
    key: &PasskeyKey,
    now: Timestamp,
) -> Result<Option<OfficerId>, StorageError> {
    let Some(officer) = admitted(accounts, token, now)? else {
        return Ok(None);
    };
    let registered = Registered {
        officer: officer.clone(),
        point: key.point().to_vec(),
        origin: key.origin().to_owned(),
    };
    put(accounts, Shelf::Passkeys, id, &registered)?;
    Ok(Some(officer))
}

/// The passkey with an id.
pub fn passkey(accounts: &dyn Accounts, id: &[u8]) -> Result<Option<Registered>, StorageError> {
    Ok(get(accounts.get(Shelf::Passkeys, id)?))
}

/// Whether an assertion over a challenge is by a passkey.
pub fn verifies(key: &PasskeyKey, challenge: &[u8; 32], assertion: &Assertion) -> bool {
    intake::passkey::verifies(key, challenge, assertion)
}

/// Makes the activation code of a person, told once: in groups of four letters.
pub fn activate(
    accounts: &dyn Accounts,
    person: PersonId,
    now: Timestamp,
    entropy: &[u8; 32],
) -> Result<String, StorageError> {
    let code = letters(entropy, CODE_LETTERS);
    let activation = Activation {
        code: hash(&code),
        until: now.plus_s(ACTIVATION_S),
        tries_left: ACTIVATION_TRIES,
    };
    put(accounts, Shelf::Activations, person.as_bytes(), &activation)?;
    let groups: Vec<String> = code
        .as_bytes()
        .chunks(4)
        .map(|group| String::from_utf8_lossy(group).into_owned())
        .collect();
    Ok(groups.join("-"))
}

/// Tries a person's code; it is used up when it is right, and withdrawn after five wrong tries.
pub fn try_code(
    accounts: &dyn Accounts,
    person: PersonId,
    code: &str,
    now: Timestamp,
) -> Result<Tried, StorageError> {
    let key = person.as_bytes();
    // Taken first: of two tries at once one finds nothing.
    let taken = accounts.take(Shelf::Activations, key)?;
    let Some(mut activation) = get::<Activation>(taken).filter(|one| now < one.until) else {
        return Ok(Tried::Wrong);
    };
    if activation.code == hash(&typed(code)) {
        return Ok(Tried::Right);
    }
    activation.tries_left = activation.tries_left.saturating_sub(1);
    if activation.tries_left > 0 {
        put(accounts, Shelf::Activations, key, &activation)?;
    }
    Ok(Tried::Wrong)
}

/// Withdraws a person's code, as when the person is erased; says whether there was one.
pub fn forget(accounts: &dyn Accounts, person: PersonId) -> Result<bool, StorageError> {
    let taken = accounts.take(Shelf::Activations, person.as_bytes())?;
    Ok(taken.is_some())
}

/// Removes the invitations and codes that have ended, and what cannot be read; gives how many.
pub fn sweep(accounts: &dyn Accounts, now: Timestamp) -> Result<u64, StorageError> {
    let invitations = accounts.sweep(Shelf::Invitations, &|bytes| {
        !postcard::from_bytes::<Invitation>(bytes).is_ok_and(|one| now < one.until)
    })?;
    let codes = accounts.sweep(Shelf::Activations, &|bytes| {
        !postcard::from_bytes::<Activation>(bytes).is_ok_and(|one| now < one.until)
    })?;
    Ok(invitations.saturating_add(codes))
}

#[cfg(test)]
mod tests {
    use super::memory::Memory;
    use super::*;

    const NOW: Timestamp = Timestamp::from_unix(1_655_000_000);
    const PERSON: PersonId = PersonId::from_bytes([1; 16]);

    #[test]
    fn a_code_is_right_once_however_it_is_typed() {
        let accounts = Memory::default();
        let code = activate(&accounts, PERSON, NOW, &[33; 32]).unwrap();
        assert_eq!(code, "1111-1111-1111");
        let sloppy = "llll iiii 1111";
        assert_eq!(
            try_code(&accounts, PERSON, sloppy, NOW).unwrap(),
            Tried::Right
        );
        assert_eq!(
            try_code(&accounts, PERSON, &code, NOW).unwrap(),
            Tried::Wrong
        );
    }

    #[test]
    fn the_fifth_wrong_try_withdraws_a_code() {
        for (wrong, last) in [(4, Tried::Right), (5, Tried::Wrong)] {
            let accounts = Memory::default();
            let code = activate(&accounts, PERSON, NOW, &[7; 32]).unwrap();
            for _ in 0..wrong {
                let tried = try_code(&accounts, PERSON, "0000-0000-0000", NOW).unwrap();
                assert_eq!(tried, Tried::Wrong);
            }
            assert_eq!(try_code(&accounts, PERSON, &code, NOW).unwrap(), last);
        }
    }

    #[test]
    fn a_code_ends_after_seven_days_and_a_second_one_replaces_it() {
        let accounts = Memory::default();
        let code = activate(&accounts, PERSON, NOW, &[7; 32]).unwrap();
        let end = NOW.plus_s(ACTIVATION_S);
        assert_eq!(
            try_code(&accounts, PERSON, &code, end).unwrap(),
            Tried::Wrong
        );
        let first = activate(&accounts, PERSON, NOW, &[7; 32]).unwrap();
        let second = activate(&accounts, PERSON, NOW, &[9; 32]).unwrap();
        assert_eq!(
            try_code(&accounts, PERSON, &first, NOW).unwrap(),
            Tried::Wrong
        );
        assert_eq!(
            try_code(&accounts, PERSON, &second, end.plus_s(-1)).unwrap(),
            Tried::Right
        );
    }

    #[test]
    fn what_has_ended_is_swept_and_what_lasts_stays() {
        let accounts = Memory::default();
        let officer: OfficerId = "410000-health.gao".parse().unwrap();
        let other = PersonId::from_bytes([2; 16]);
        let later = NOW.plus_s(60);
        invite(&accounts, officer.clone(), NOW, &[1; 32]).unwrap();
        invite(&accounts, officer, later, &[2; 32]).unwrap();
        activate(&accounts, PERSON, NOW, &[3; 32]).unwrap();
        let lasts = activate(&accounts, other, later, &[4; 32]).unwrap();
        for (at, swept) in [
            (NOW.plus_s(INVITATION_S - 1), 0),
            (NOW.plus_s(INVITATION_S), 1),
            (NOW.plus_s(ACTIVATION_S - 1), 1),
            (NOW.plus_s(ACTIVATION_S), 1),
        ] {
            assert_eq!(sweep(&accounts, at).unwrap(), swept, "{at}");
        }
        let end = NOW.plus_s(ACTIVATION_S);
        assert_eq!(
            try_code(&accounts, other, &lasts, end).unwrap(),
            Tried::Right
        );
    }

    #[test]
    fn a_code_that_was_withdrawn_is_wrong() {
        let accounts = Memory::default();
        let code = activate(&accounts, PERSON, NOW, &[7; 32]).unwrap();
        assert!(forget(&accounts, PERSON).unwrap());
        assert!(!forget(&accounts, PERSON).unwrap());
        assert_eq!(
            try_code(&accounts, PERSON, &code, NOW).unwrap(),
            Tried::Wrong
        );
    }

    #[test]
    fn an_invitation_registers_one_passkey_within_a_day() {
        let accounts = Memory::default();
        let officer: OfficerId = "410000-health.gao".parse().unwrap();
        let point = [
            [2_u8].as_slice(),
            &hex("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"),
        ]
        .concat();
        let key = PasskeyKey::new(&point, "https://henan.example").unwrap();
        let token = invite(&accounts, officer.clone(), NOW, &[3; 32]).unwrap();
        let late = register(&accounts, &token, b"id", &key, NOW.plus_s(INVITATION_S));
        assert_eq!(late.unwrap(), None);
        let token = invite(&accounts, officer.clone(), NOW, &[4; 32]).unwrap();
        let taken = register(&accounts, &token, b"id", &key, NOW).unwrap();
        assert_eq!(taken.as_ref(), Some(&officer));
        assert_eq!(
            register(&accounts, &token, b"other", &key, NOW).unwrap(),
            None
        );
        let found = passkey(&accounts, b"id").unwrap().unwrap();
        assert_eq!((found.officer.clone(), found.key()), (officer, Some(key)));
    }

    fn hex(text: &str) -> Vec<u8> {
        domain::ids::from_hex::<32>(text).unwrap().to_vec()
    }
}

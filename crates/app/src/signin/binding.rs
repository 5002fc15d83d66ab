//! Accounts at identity providers: which is which officer's.
//!
//! Invariant: an account is one officer's, and an officer has one account at a provider: a binding
//! is kept in two halves and counts only while each names the other. Refuses: to bind anything
//! without an invitation, and an account or officer that is bound already.

use super::{admitted, get, hash, invited, put};
use crate::ports::{Accounts, Shelf, StorageError};
use domain::ids::OfficerId;
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// An account at a provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The provider, by name.
    pub provider: String,
    /// The account there.
    pub subject: String,
}

impl Account {
    fn key(&self) -> [u8; 32] {
        let provider = hash(&self.provider);
        let subject = hash(&self.subject);
        Sha256::digest([provider, subject].concat()).into()
    }
}

/// Which account is an officer's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    /// The officer.
    pub officer: OfficerId,
    /// The account.
    pub account: Account,
    /// Since when.
    pub since: Timestamp,
}

fn own_key(officer: &OfficerId, provider: &str) -> Vec<u8> {
    [officer.as_str().as_bytes(), &[0], provider.as_bytes()].concat()
}

/// What became of an invitation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bound {
    /// The account is this officer's now.
    To(OfficerId),
    /// There is no such invitation, or it has ended.
    NotInvited,
    /// The account is another officer's, or the officer has another account there; the invitation
    /// can still be used.
    Taken,
}

/// Whether an invitation can be used.
pub fn is_invited(
    accounts: &dyn Accounts,
    token: &str,
    now: Timestamp,
) -> Result<bool, StorageError> {
    Ok(invited(accounts, token, now)?.is_some())
}

/// Uses an invitation up and binds an account to its officer.
pub fn bind(
    accounts: &dyn Accounts,
    token: &str,
    account: Account,
    now: Timestamp,
) -> Result<Bound, StorageError> {
    let Some(officer) = invited(accounts, token, now)? else {
        return Ok(Bound::NotInvited);
    };
    let own = binding(accounts, &officer, &account.provider)?;
    let others = officer_of(accounts, &account)?;
    if own.is_some_and(|own| own.account != account) || others.is_some_and(|one| one != officer) {
        return Ok(Bound::Taken);
    }
    let Some(officer) = admitted(accounts, token, now)? else {
        return Ok(Bound::NotInvited);
    };
    let (own, theirs) = (own_key(&officer, &account.provider), account.key());
    let binding = Binding {
        officer,
        account,
        since: now,
    };
    put(accounts, Shelf::Subjects, &theirs, &binding.officer)?;
    put(accounts, Shelf::Bindings, &own, &binding)?;
    Ok(Bound::To(binding.officer))
}

/// The half of a binding that the officer has.
fn half(
    accounts: &dyn Accounts,
    officer: &OfficerId,
    provider: &str,
) -> Result<Option<Binding>, StorageError> {
    Ok(get(
        accounts.get(Shelf::Bindings, &own_key(officer, provider))?
    ))
}

fn is_whole(accounts: &dyn Accounts, half: &Binding) -> Result<bool, StorageError> {
    let officer = get::<OfficerId>(accounts.get(Shelf::Subjects, &half.account.key())?);
    Ok(officer.as_ref() == Some(&half.officer))
}

fn binding(
    accounts: &dyn Accounts,
    officer: &OfficerId,
    provider: &str,
) -> Result<Option<Binding>, StorageError> {
    match half(accounts, officer, provider)? {
        Some(half) if is_whole(accounts, &half)? => Ok(Some(half)),
        Some(_) | None => Ok(None),
    }
}

/// Whose an account is.
pub fn officer_of(
    accounts: &dyn Accounts,
    account: &Account,
) -> Result<Option<OfficerId>, StorageError> {
    let Some(officer) = get::<OfficerId>(accounts.get(Shelf::Subjects, &account.key())?) else {
        return Ok(None);
    };
    let half = half(accounts, &officer, &account.provider)?;
    Ok(half
        .filter(|half| half.account == *account)
        .map(|_| officer))
}

/// Removes an officer's account at a provider; says whether there was one.
pub fn unbind(
    accounts: &dyn Accounts,
    officer: &OfficerId,
    provider: &str,
) -> Result<bool, StorageError> {
    let taken = accounts.take(Shelf::Bindings, &own_key(officer, provider))?;
    let Some(half) = get::<Binding>(taken) else {
        return Ok(false);
    };
    let was_whole = is_whole(accounts, &half)?;
    if was_whole {
        accounts.take(Shelf::Subjects, &half.account.key())?;
    }
    Ok(was_whole)
}

/// Every binding, by officer.
pub fn bindings(accounts: &dyn Accounts) -> Result<Vec<Binding>, StorageError> {
    let mut whole = Vec::new();
    for half in accounts.all(Shelf::Bindings)? {
        if let Some(half) = get::<Binding>(Some(half))
            && is_whole(accounts, &half)?
        {
            whole.push(half);
        }
    }
    Ok(whole)
}

#[cfg(test)]
mod tests {
    use super::super::memory::Memory;
    use super::super::{INVITATION_S, invite};
    use super::*;

    const NOW: Timestamp = Timestamp::from_unix(1_655_000_000);

    fn officer(name: &str) -> OfficerId {
        format!("410100-health.{name}").parse().unwrap()
    }

    fn account(provider: &str, subject: &str) -> Account {
        Account {
            provider: provider.to_owned(),
            subject: subject.to_owned(),
        }
    }

    /// Binds by a fresh invitation.
    fn bound(accounts: &Memory, name: &str, to: Account) -> Bound {
        let token = invite(accounts, officer(name), NOW, &[7; 32]).unwrap();
        bind(accounts, &token, to, NOW).unwrap()
    }

    #[test]
    fn an_invitation_binds_one_account_within_a_day() {
        let accounts = Memory::default();
        let token = invite(&accounts, officer("wu"), NOW, &[1; 32]).unwrap();
        let end = NOW.plus_s(INVITATION_S);
        let one = account("gov", "wu-1");
        assert!(is_invited(&accounts, &token, end.plus_s(-1)).unwrap());
        assert!(!is_invited(&accounts, &token, end).unwrap());
        let bind = |at| bind(&accounts, &token, one.clone(), at).unwrap();
        assert_eq!(bind(end), Bound::NotInvited);
        assert_eq!(officer_of(&accounts, &one).unwrap(), None);
        assert_eq!(bind(end.plus_s(-1)), Bound::To(officer("wu")));
        assert_eq!(bind(end.plus_s(-1)), Bound::NotInvited);
        assert_eq!(officer_of(&accounts, &one).unwrap(), Some(officer("wu")));
        let elsewhere = account("other", "wu-1");
        assert_eq!(officer_of(&accounts, &elsewhere).unwrap(), None);
    }

    #[test]
    fn an_account_is_one_officers_and_an_officer_has_one_at_a_provider() {
        let accounts = Memory::default();
        let wu = || Bound::To(officer("wu"));
        for (name, to, answer) in [
            ("wu", account("gov", "1"), wu()),
            ("wu", account("gov", "1"), wu()),
            ("wu", account("gov", "2"), Bound::Taken),
            ("xu", account("gov", "1"), Bound::Taken),
            ("wu", account("other", "1"), wu()),
            ("xu", account("gov", "2"), Bound::To(officer("xu"))),
        ] {
            assert_eq!(bound(&accounts, name, to.clone()), answer, "{name} {to:?}");
        }
        let names = bindings(&accounts).unwrap();
        let names: Vec<_> = names.iter().map(|one| one.officer.as_str()).collect();
        assert_eq!(names.len(), 3, "{names:?}");
    }

    #[test]
    fn what_is_taken_leaves_the_invitation_and_what_is_removed_can_be_bound_again() {
        let accounts = Memory::default();
        bound(&accounts, "wu", account("gov", "1"));
        let token = invite(&accounts, officer("xu"), NOW, &[9; 32]).unwrap();
        let bind = || bind(&accounts, &token, account("gov", "1"), NOW).unwrap();
        assert_eq!(bind(), Bound::Taken);
        assert!(unbind(&accounts, &officer("wu"), "gov").unwrap());
        assert!(!unbind(&accounts, &officer("wu"), "gov").unwrap());
        assert_eq!(bindings(&accounts).unwrap(), []);
        assert_eq!(bind(), Bound::To(officer("xu")));
    }

    #[test]
    fn half_a_binding_opens_nothing() {
        let accounts = Memory::default();
        let one = account("gov", "1");
        bound(&accounts, "wu", one.clone());
        accounts
            .take(Shelf::Bindings, &own_key(&officer("wu"), "gov"))
            .unwrap();
        assert_eq!(officer_of(&accounts, &one).unwrap(), None);
        bound(&accounts, "wu", one.clone());
        accounts.take(Shelf::Subjects, &one.key()).unwrap();
        assert_eq!(officer_of(&accounts, &one).unwrap(), None);
        assert_eq!(bindings(&accounts).unwrap(), []);
        assert!(!unbind(&accounts, &officer("wu"), "gov").unwrap());
    }
}

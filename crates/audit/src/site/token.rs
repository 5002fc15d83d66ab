//! Signed lists and deltas against the entry that published them.
//!
//! Invariant: an array comes out only if a key on record signed it, its counts and its SHA-256 are
//! those of the entry. Refuses to inflate further than the entry says.

use super::keys::Keys;
use crate::report::Name;
use credential::list::{
    Content, Counts, Delta, ListError, SignedDelta, SignedList, SignedListJwt, StatusArray, Wanted,
};
use domain::publication::ListVersion;
use domain::time::Timestamp;

/// What is wrong, and under which check.
pub type Wrong = (Name, String);

fn arrays(what: impl Into<String>) -> Wrong {
    (Name::Arrays, what.into())
}

/// The array of a list as a CWT.
pub fn list(
    token: &[u8],
    version: &ListVersion,
    title: &str,
    keys: &Keys,
) -> Result<StatusArray, Wrong> {
    let form = |error: ListError| arrays(format!("is not a signed list: {error}"));
    let signed = SignedList::read(token).map_err(form)?;
    let content = keys
        .signed(
            signed.kid(),
            |key| signed.verify(key),
            |content| content.claims.issued_s,
        )
        .map_err(arrays)?;
    compare(&content, version, title)
}

/// The array of a list as a JWT.
pub fn jwt(
    text: &str,
    version: &ListVersion,
    title: &str,
    keys: &Keys,
) -> Result<StatusArray, Wrong> {
    let form = |error: ListError| arrays(format!("is not a signed list: {error}"));
    let kid = SignedListJwt::read(text).map_err(form)?.kid();
    let content = keys
        .signed(
            kid,
            |key| SignedListJwt::read(text)?.verify(key),
            |content| content.claims.issued_s,
        )
        .map_err(arrays)?;
    compare(&content, version, title)
}

/// A signed delta.
pub fn delta(token: &[u8], keys: &Keys) -> Result<Delta, String> {
    let form = |error: ListError| format!("is not a signed delta: {error}");
    let signed = SignedDelta::read(token).map_err(form)?;
    keys.signed(signed.kid(), |key| signed.verify(key), Delta::issued_s)
}

fn compare(content: &Content, version: &ListVersion, title: &str) -> Result<StatusArray, Wrong> {
    let wanted = Wanted {
        uri: &version.uri,
        slots: version.slots,
    };
    let array = content
        .array(wanted)
        .map_err(|error| arrays(format!("does not hold {title}: {error}")))?;
    if let Some(what) = sums(Counts::of(&array), version) {
        return Err((Name::Sums, format!("{title}, has {what}")));
    }
    if array.sha256() != version.sha256 {
        return Err(arrays(format!(
            "{title}, has the counts of its entry and is another array: somebody's colour was \
             given to somebody else"
        )));
    }
    let claims = &content.claims;
    if (claims.issued_s, claims.expires_s)
        != (
            version.issued.as_unsigned_unix(),
            version.expires.as_unsigned_unix(),
        )
    {
        return Err(arrays(format!(
            "{title}, says that it is good from {} to {}, its entry from {} to {}",
            Timestamp::from_unix(i64::try_from(claims.issued_s).unwrap_or(i64::MAX)),
            Timestamp::from_unix(i64::try_from(claims.expires_s).unwrap_or(i64::MAX)),
            version.issued,
            version.expires
        )));
    }
    Ok(array)
}

/// How the counts of a list differ from those of its entry.
fn sums(found: Counts, version: &ListVersion) -> Option<String> {
    let rows = [
        ("red", found.red, version.red),
        ("yellow", found.yellow, version.yellow),
        ("withdrawn", found.revoked, version.revoked),
    ];
    let said: Vec<String> = rows
        .iter()
        .filter_map(|(word, found, due)| match found.cmp(due) {
            std::cmp::Ordering::Equal => None,
            std::cmp::Ordering::Greater => Some(format!(
                "{} {word} that the log does not account for",
                found.saturating_sub(*due)
            )),
            std::cmp::Ordering::Less => Some(format!(
                "{} {word} fewer than the log accounts for",
                due.saturating_sub(*found)
            )),
        })
        .collect();
    (!said.is_empty()).then(|| said.join(" and "))
}

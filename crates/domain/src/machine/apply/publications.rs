//! Applying publications: issuing keys begin and end, lists get their next version.
//!
//! Invariant: a key once revoked stays revoked from its first revocation on.

use crate::machine::Applied;
use crate::machine::effect::Effect;
use crate::publication::{IssuingKeyRecord, ListRecord, Publication};
use crate::state::State;
use crate::time::Timestamp;

/// Applies a publication.
pub(super) fn apply(state: &mut State, applied: &mut Applied, at: Timestamp, effect: Effect) {
    let entry = state.seq;
    match effect {
        Effect::BeginIssuingKey(grant) => {
            let record = IssuingKeyRecord {
                grant,
                entry,
                revoked_at: Timestamp::NEVER,
                revoked_by: None,
            };
            state.issuing_keys.insert(grant.key, record);
            applied.publication = Some(Publication::Key(grant));
        }
        Effect::EndIssuingKey(key) => {
            if let Some(record) = state.issuing_keys.get_mut(&key) {
                record.revoked_at = record.revoked_at.min(at);
                record.revoked_by.get_or_insert(entry);
            }
            applied.publication = Some(Publication::KeyEnd { key });
        }
        Effect::PublishList(newest) => {
            applied.publication = Some(Publication::List(newest.clone()));
            let record = ListRecord { newest, entry };
            state.lists.insert(record.newest.uri.clone(), record);
        }
        _ => {}
    }
}

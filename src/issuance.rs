//! Issuing out of an open data directory: which keys may, and the next version of each list.
//!
//! Invariant: a version of a list is an entry of the ledger before anybody can fetch it, and its
//! file once written never changes. What a crash leaves: an entry whose file is missing; the next
//! cut publishes a newer version, and an audit names the gap.
//! Refuses: to publish what the ledger refused.

use crate::cosign::{cosign, witnessed_size};
use crate::office::{Office, OfficeError};
use crate::{policy_file, proofs};
use app::issuing::{self, CutList, Cutter};
use app::ledger::Receipt;
use app::ports::{Holdings as _, Publisher as _};
use credential::key::SigningKey;
use credential::list::{
    Delta, ListClaims, SignedList, StatusArray, Wanted, sign_delta, sign_list, sign_list_jwt,
};
use domain::act::ActBody;
use domain::ids::OrderId;
use domain::publication::{IssuingKey, IssuingKeyGrant, KeyPurpose, ListVersion, Publication};
use domain::time::{DAY_S, Day, Timestamp};

/// A version of a list that was published.
pub struct PublishedList {
    /// Its day.
    pub day: Day,
    /// The version as the log has it.
    pub version: ListVersion,
    /// The entry.
    pub entry: u64,
    /// The size of the signed list.
    pub bytes: usize,
    /// Whether the witnesses that the policy asks for have cosigned; `None` where it asks for none.
    pub witnessed: Option<bool>,
}

/// What became of the list of a day.
pub enum Cutting {
    /// Published.
    Published(PublishedList),
    /// The newest version still says the same.
    Unchanged(Day),
    /// The newest version is younger than the interval; it will be cut then.
    TooSoon(Day),
    /// The ledger refused.
    Refused(Box<Receipt>),
}

/// When to cut.
#[derive(Clone, Copy, Debug)]
pub struct Cadence {
    /// The fewest seconds between two versions.
    pub every_s: u64,
    /// Whether to cut although nothing changed.
    pub anyway: bool,
}

/// The path of a version of the list of a day.
pub fn version_path(day: Day, version: u64) -> String {
    format!("{}.v/{version}", issuing::list_path(day))
}

fn bad(what: &str, why: impl std::fmt::Display) -> OfficeError {
    OfficeError::Directory(format!("{what}: {why}"))
}

impl Office {
    /// The grant that a key asks for, from the midnight before now: all credentials of a day are
    /// issued at its midnight, whenever that day they are made.
    pub fn issuing_grant(
        &self,
        purpose: KeyPurpose,
        key: &SigningKey,
        now: Timestamp,
        days: u16,
    ) -> Result<IssuingKeyGrant, OfficeError> {
        let key = IssuingKey::from_bytes(key.public().to_bytes());
        let offset_s = self.ledger().state().utc_offset_s;
        let from = now.local_day(offset_s).midnight(offset_s);
        Ok(IssuingKeyGrant {
            purpose,
            key: key.ok_or_else(|| bad("the issuing key", "is no point of the curve"))?,
            from,
            until: from.plus_s(i64::from(days).saturating_mul(DAY_S)),
        })
    }

    /// Cuts the list of every day whose credentials can still be good, and publishes what changed;
    /// the witnesses are asked before and after.
    ///
    /// `sign` signs an act for the officer who publishes lists.
    pub fn cut_lists<E: From<OfficeError>>(
        &mut self,
        now: Timestamp,
        cadence: Cadence,
        sign: impl FnMut(ActBody) -> Result<Vec<u8>, E>,
    ) -> Result<Vec<Cutting>, E> {
        self.settle()?;
        let trouble = |why| bad("asking the witnesses", why);
        cosign(self).map_err(trouble)?;
        self.cut_lists_seen(now, cadence, sign, |office| {
            Ok(cosign(office).map_err(trouble)?.quorum_met())
        })
    }

    /// The same, with what the witnesses are known to have seen; `seen` is called before the proof
    /// of a version is made, so that it carries the cosignatures if there are any.
    pub fn cut_lists_seen<E: From<OfficeError>>(
        &mut self,
        now: Timestamp,
        cadence: Cadence,
        mut sign: impl FnMut(ActBody) -> Result<Vec<u8>, E>,
        mut seen: impl FnMut(&mut Self) -> Result<Option<bool>, OfficeError>,
    ) -> Result<Vec<Cutting>, E> {
        let now = now.max(self.ledger().state().last_at);
        let offset_s = self.ledger().state().utc_offset_s;
        let mut done = Vec::new();
        let today = now.local_day(offset_s);
        self.destroy_old_day_keys(today)?;
        let withheld = self.withheld_orders()?;
        let book = self.vault().and_then(|vault| Ok(vault.rows()?))?;
        let days = issuing::live_days(now, offset_s);
        // Nobody holds a credential of a day that no slot was ever given for.
        for day in days.filter(|day| *day == today || book.days.contains_key(day)) {
            let (cut, before) = self.cut_day(day, now, &withheld)?;
            if let Some(before) = before.filter(|_| !cadence.anyway) {
                if before.still_says(&cut, now) {
                    done.push(Cutting::Unchanged(day));
                    continue;
                }
                if before.is_young(&cut, cadence) {
                    done.push(Cutting::TooSoon(day));
                    continue;
                }
            }
            let bytes = sign(ActBody::ListPublish(cut.statement.clone()))?;
            let receipt = self.submit(now, vec![bytes])?.pop();
            let receipt = receipt.ok_or_else(|| bad("the ledger", "gave no answer"))?;
            self.settle()?;
            let witnessed = seen(self)?;
            let leaf = receipt.leaf.as_ref();
            match leaf.and_then(|leaf| leaf.publication.clone()) {
                Some(Publication::List(version)) => {
                    let list = self.publish_list(&cut, version, receipt.seq)?;
                    done.push(Cutting::Published(PublishedList { witnessed, ..list }));
                }
                _ => done.push(Cutting::Refused(Box::new(receipt))),
            }
        }
        Ok(done)
    }

    /// Destroys the slot keys of days that nobody can object to any more.
    fn destroy_old_day_keys(&mut self, today: Day) -> Result<(), OfficeError> {
        let mut keys = self.day_keys()?;
        let kept = today.as_count().saturating_sub(issuing::DAY_KEYS_KEPT);
        for day in keys.days()? {
            if day.as_count() < kept {
                keys.destroy_day(day)?;
            }
        }
        Ok(())
    }

    /// Cuts the list of a day without publishing it: its counts as they would be.
    fn cut_day(
        &mut self,
        day: Day,
        now: Timestamp,
        withheld: &[OrderId],
    ) -> Result<(CutList, Option<Newest>), OfficeError> {
        let key = self.issuing_key(KeyPurpose::StatusList)?;
        let newest = self.newest_list(day, &key)?;
        let (mut vault, mut day_keys) = (self.vault()?, self.day_keys()?);
        // Where the cut fails they are read anew.
        let mut rows = std::mem::take(&mut self.rows);
        let before = newest.as_ref().map(|newest| newest.array.clone());
        let state = self.ledger().state();
        let from = Cutter {
            state,
            holdings: &mut vault,
            day_keys: &mut day_keys,
            key: &key,
            withheld,
            known: &mut rows,
        };
        let cut = issuing::cut(from, day, now, before)?;
        self.rows = rows;
        Ok((cut, newest))
    }

    /// Large orders that no quorum of witnesses has seen: they have no effect on lists yet. Where
    /// the policy asks for no witness there are none.
    fn withheld_orders(&self) -> Result<Vec<OrderId>, OfficeError> {
        let policy = policy_file::policy(self).map_err(OfficeError::Directory)?;
        let Some(witnessed) = witnessed_size(&self.path(), &policy) else {
            return Ok(Vec::new());
        };
        let guard = self.ledger().pack().map(|pack| pack.book().volume.people);
        let state = self.ledger().state();
        Ok(issuing::unwitnessed_orders(state, guard, witnessed))
    }

    /// The newest published version of the list of a day, as this directory signed it.
    fn newest_list(&self, day: Day, key: &SigningKey) -> Result<Option<Newest>, OfficeError> {
        let path = issuing::list_path(day);
        let Some(token) = self.publisher().read(&path)? else {
            return Ok(None);
        };
        let origin = self.ledger().state().origin.clone().unwrap_or_default();
        let uri = issuing::list_uri(&origin, day);
        let known = self.ledger().state().lists.get(&uri);
        let Some(known) = known else { return Ok(None) };
        let version = version_path(day, known.newest.version);
        let read = || {
            let content = SignedList::read(&token)?.verify(&key.public())?;
            let wanted = Wanted {
                uri: &uri,
                slots: known.newest.slots,
            };
            Ok::<_, credential::list::ListError>((content.array(wanted)?, content.claims))
        };
        match read() {
            Ok((array, claims)) => Ok(Some(Newest {
                in_step: known.newest.sha256 == array.sha256()
                    && known.newest.issued.as_unsigned_unix() == claims.issued_s
                    && self
                        .publisher()
                        .read(&version)?
                        .is_some_and(|file| file == token),
                sha256: array.sha256(),
                array,
                claims,
            })),
            // A list under a key of before, or a damaged one, is cut anew without a step from it.
            Err(_) => Ok(None),
        }
    }

    fn publish_list(
        &mut self,
        cut: &CutList,
        version: ListVersion,
        entry: u64,
    ) -> Result<PublishedList, OfficeError> {
        let key = self.issuing_key(KeyPurpose::StatusList)?;
        let trouble = |error: credential::list::ListError| bad("the list", error);
        let token = sign_list(&cut.claims, &cut.cut.zlib, &key).map_err(trouble)?;
        let jwt = sign_list_jwt(&cut.claims, &cut.cut.zlib, &key).map_err(trouble)?;
        let proven = proofs::prove(self, entry).map_err(|why| bad("the proof", why))?;
        let proof = proven.receipt.to_string();
        let (path, newest) = (
            version_path(cut.day, version.version),
            issuing::list_path(cut.day),
        );
        let mut files = vec![
            (format!("{path}.tlog-proof"), proof.as_bytes().to_vec()),
            (path, token.clone()),
        ];
        if let Some(step) = cut.cut.step.clone() {
            let issued_s = cut.claims.issued_s;
            let uri = cut.claims.uri.clone();
            let delta = Delta::new(uri, issued_s, step, cut.cut.sha256).map_err(trouble)?;
            let delta = sign_delta(&delta, &key).map_err(trouble)?;
            files.push((format!("{newest}.delta"), delta));
        }
        files.push((format!("{newest}.tlog-proof"), proof.into_bytes()));
        files.push((format!("{newest}.jwt"), jwt.into_bytes()));
        let bytes = token.len();
        files.push((newest, token));
        for (path, bytes) in files {
            self.publisher_mut().write(&path, &bytes)?;
        }
        Ok(PublishedList {
            day: cut.day,
            version,
            entry,
            bytes,
            witnessed: None,
        })
    }
}

/// The newest published version of a list.
struct Newest {
    /// Its array.
    array: StatusArray,
    /// Whether it is the version that the ledger has newest. After a cut that was interrupted
    /// between the entry and its files it is not, and the next cut makes up for it at once.
    in_step: bool,
    /// SHA-256 of it.
    sha256: [u8; 32],
    /// What it says of itself.
    claims: ListClaims,
}

impl Newest {
    /// Whether it says the same as a fresh cut, and is not old.
    fn still_says(&self, cut: &CutList, now: Timestamp) -> bool {
        self.in_step && self.sha256 == cut.cut.sha256 && !self.is_due(now)
    }

    /// Whether it is younger than the cadence lets two versions be apart.
    const fn is_young(&self, cut: &CutList, cadence: Cadence) -> bool {
        self.in_step && self.claims.issued_s.saturating_add(cadence.every_s) > cut.claims.issued_s
    }

    /// Whether it has been the newest for as long as it said, so that one is due though nothing
    /// changed: a gate would call it old.
    fn is_due(&self, now: Timestamp) -> bool {
        now.as_unsigned_unix() >= self.claims.issued_s.saturating_add(self.claims.ttl_s)
    }
}

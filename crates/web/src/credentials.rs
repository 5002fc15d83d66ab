//! A person's own credentials: asked for with keys that were made in the browser and never leave it.
//!
//! Invariant: only about the person of the session; what is answered has no colour, and whoever else
//! reads it cannot show it without the key. The same key and day give the same slot again: asking
//! twice costs nothing. Refuses: private keys, and days beyond a week.

use crate::Desk;
use crate::access::Granted;
use crate::body;
use crate::people::oneself;
use crate::problem::{Kind, Problem, ProblemBody};
use crate::submissions::ANSWER_TIME_MAX;
use crate::told::instant;
use app::issuing::{DAYS_AHEAD_MAX, HolderKey, Issued};
use axum::Json;
use axum::body::Body;
use axum::extract::{Extension, State};
use axum::http::{Request, header};
use axum::response::AppendHeaders;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::document::PersonId;
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer, Serialize};
use std::sync::Arc;
use tokio::time::timeout;
use utoipa::ToSchema;

/// What a person asks of whoever issues.
#[derive(Debug)]
pub struct Wanted {
    /// The person.
    pub person: PersonId,
    /// For how many days, from today on.
    pub days: u8,
    /// What carries them.
    pub carrier: Carrier,
}

/// What carries a credential.
#[derive(Debug)]
pub enum Carrier {
    /// A device: one key for all days, or one for each.
    Device(Vec<HolderKey>),
    /// A sheet of paper, with what is compared with a document.
    Paper,
}

/// Why nothing was issued.
#[derive(Clone, Debug)]
pub enum NotIssued {
    /// No key that issues is made, registered and in its time.
    NoKey,
    /// No office has entered the person's name.
    NotEntered,
    /// As many devices of the person as a day can have hold a credential.
    TooManyDevices,
    /// The person's document does not say the year of birth, which a sheet shows.
    NoYear,
    /// The storage: what it said.
    Failed(String),
}

/// A public key of P-256 as a JWK (RFC 7517), as a browser exports it; other members are left alone.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct KeyBody {
    /// `EC`.
    #[schema(pattern = "^EC$")]
    kty: String,
    /// `P-256`.
    #[schema(pattern = "^P-256$")]
    crv: String,
    /// The first coordinate, base64url without padding.
    #[schema(pattern = "^[A-Za-z0-9_-]{43}$")]
    x: String,
    /// The second one.
    #[schema(pattern = "^[A-Za-z0-9_-]{43}$")]
    y: String,
    /// The private part: it has no place here.
    #[schema(ignore)]
    d: Option<IgnoredAny>,
}

impl KeyBody {
    /// The key, if it is a public one and a point of the curve.
    fn key(&self) -> Option<HolderKey> {
        let known = self.kty == "EC" && self.crv == "P-256" && self.d.is_none();
        let number = |text: &str| {
            let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
            <[u8; 32]>::try_from(bytes).ok()
        };
        let (x, y) = (number(&self.x)?, number(&self.y)?);
        HolderKey::from_coordinates(&x, &y).ok().filter(|_| known)
    }
}

/// For which keys, and for how many days.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HolderKeysBody {
    /// One key for all days, or one for each: a key that serves two days links them.
    #[schema(min_items = 1, max_items = 7)]
    keys: Vec<KeyBody>,
    /// For how many days, from today on.
    #[schema(minimum = 1, maximum = 7)]
    #[serde(deserialize_with = "whole")]
    days: u8,
}

/// A whole number, which JSON may also write as `6.0` (JSON Schema 2020-12, 6.1.1); 0 where it is out
/// of reach.
pub(crate) fn whole<'de, D: Deserializer<'de>>(source: D) -> Result<u8, D::Error> {
    let number = f64::deserialize(source)?;
    let all = (0..=u8::MAX).find(|whole| f64::from(*whole).total_cmp(&number).is_eq());
    Ok(all.unwrap_or_default())
}

impl HolderKeysBody {
    fn wanted(&self, person: PersonId) -> Option<Wanted> {
        let days = usize::from(self.days);
        let in_time = (1..=DAYS_AHEAD_MAX).contains(&i64::from(self.days));
        let holders: Option<Vec<HolderKey>> = self.keys.iter().map(KeyBody::key).collect();
        let holders = holders.filter(|keys| in_time && (keys.len() == 1 || keys.len() == days))?;
        Some(Wanted {
            person,
            days: self.days,
            carrier: Carrier::Device(holders),
        })
    }
}

/// The credentials, in the order of the days.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CredentialsBody {
    credentials: Vec<CredentialBody>,
}

/// The credential of a day.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CredentialBody {
    /// Its bytes (docs/credential.md §2), base64url without padding. The browser signs a presentation
    /// over them and shows that as text.
    credential: String,
    /// From when it is good.
    from: Option<String>,
    /// Until when: twelve hours after the end of its day.
    until: Option<String>,
}

impl CredentialBody {
    fn of(issued: Issued) -> Self {
        Self {
            credential: URL_SAFE_NO_PAD.encode(issued.credential),
            from: instant(issued.validity.from),
            until: instant(issued.validity.until),
        }
    }
}

/// One's own credentials of today and the days after it, each bound to a key.
///
/// Asked again with the same keys it gives credentials for the same slots; nothing of it is an entry.
/// A person has one slot a day: a further device gets a credential for the same one.
#[utoipa::path(
    post,
    path = "/api/v1/me/credentials",
    request_body = HolderKeysBody,
    responses(
        (status = 200, description = "the credentials", body = CredentialsBody),
        (status = 404, description = "no-issuing-key", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 409, description = "too-many-devices", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = "default", description = "a problem", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn mine(
    State(desk): State<Arc<Desk>>,
    Extension(granted): Extension<Granted>,
    request: Request<Body>,
) -> Result<
    (
        AppendHeaders<[(header::HeaderName, &'static str); 1]>,
        Json<CredentialsBody>,
    ),
    Problem,
> {
    let asked: HolderKeysBody = body::json(request).await?;
    let wanted = asked.wanted(oneself(&granted)?).ok_or(Kind::FieldInvalid)?;
    let issued = issued(&desk, wanted).await?;
    let credentials = issued.into_iter().map(CredentialBody::of).collect();
    let private = AppendHeaders([(header::CACHE_CONTROL, "no-store")]);
    Ok((private, Json(CredentialsBody { credentials })))
}

/// Asks whoever issues.
pub(crate) async fn issued(desk: &Desk, wanted: Wanted) -> Result<Vec<Issued>, Problem> {
    let permit = Arc::clone(&desk.submissions).try_acquire_owned();
    let permit = permit.map_err(|_| Kind::Busy)?;
    let waiting = desk.setup.writer.issue(wanted, permit)?;
    match timeout(ANSWER_TIME_MAX, waiting).await {
        Ok(Ok(issued)) => issued.map_err(|why| desk.not_issued(why)),
        Ok(Err(_gone)) => Err(Kind::WritesDown.into()),
        Err(_elapsed) => Err(Kind::WritesSlow.into()),
    }
}

impl Desk {
    fn not_issued(&self, why: NotIssued) -> Problem {
        let kind = match why {
            NotIssued::NoKey => Kind::NoIssuingKey,
            NotIssued::NotEntered => Kind::NotEntered,
            NotIssued::TooManyDevices => Kind::TooManyDevices,
            NotIssued::NoYear => Kind::PaperAtCounter,
            NotIssued::Failed(why) => {
                self.event("issuing", &why);
                Kind::Internal
            }
        };
        kind.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// The public key of RFC 9679 5.
    const X: &str = "Ze2loSV3wrroKUN_4zhwGhCqo3Xhu1td4QjeQ5wIVR0";
    const Y: &str = "HlLtdXARY_f55A3fnzQbPcm6hgr34Mp8p-nuzQCE0Zw";

    fn asks(keys: serde_json::Value, days: u8) -> Option<usize> {
        let body = json!({ "keys": keys, "days": days });
        let body: HolderKeysBody = serde_json::from_value(body).ok()?;
        let wanted = body.wanted(PersonId::from_bytes([1; 16]))?;
        match wanted.carrier {
            Carrier::Device(holders) => Some(holders.len()),
            Carrier::Paper => None,
        }
    }

    fn key() -> serde_json::Value {
        json!({ "kty": "EC", "crv": "P-256", "x": X, "y": Y, "ext": true, "key_ops": ["verify"] })
    }

    #[test]
    fn one_key_serves_all_days_or_each_has_its_own() {
        assert_eq!(asks(json!([key()]), 1), Some(1));
        assert_eq!(asks(json!([key()]), 7), Some(1));
        assert_eq!(asks(json!([key(), key()]), 2), Some(2));
        assert_eq!(asks(json!([key(), key()]), 3), None);
        let written = json!({ "keys": [key()], "days": 6.0 });
        let written: HolderKeysBody = serde_json::from_value(written).unwrap();
        assert_eq!(written.days, 6, "JSON writes six as it likes");
        for (keys, days) in [(json!([]), 1), (json!([key()]), 0), (json!([key()]), 8)] {
            assert_eq!(asks(keys, days), None);
        }
    }

    #[test]
    fn what_is_no_public_key_of_the_curve_is_refused() {
        let with = |name: &str, value: serde_json::Value| {
            let mut key = key();
            key[name] = value;
            json!([key])
        };
        for (name, value) in [
            ("kty", json!("OKP")),
            ("crv", json!("P-384")),
            ("x", json!(Y)),
            ("y", json!("AAAA")),
            ("x", json!(format!("{X}="))),
            ("d", json!(X)),
        ] {
            assert_eq!(asks(with(name, value), 1), None, "{name}");
        }
    }
}

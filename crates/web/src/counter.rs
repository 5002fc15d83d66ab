//! The online counter (网上窗口): a person signed in asks, and the key of the counter's officer signs.
//!
//! Invariant: the act names the person of the session and nobody else, and its entry says that it
//! came online, at the counter of which organisation; the machine lets that key do nothing else. The
//! same `Idempotency-Key` with the same words is the same signed act. Refuses: to ask for anybody else.

use crate::Desk;
use crate::access::Granted;
use crate::acts::ledger;
use crate::body;
use crate::caller::Holder;
use crate::people::oneself;
use crate::problem::{Kind, Problem, ProblemBody};
use crate::recent::Recent;
use crate::signin::entropy;
use crate::submissions::{self, idempotency_key};
use crate::told::instant;
use app::acts::ActText;
use app::ledger::Receipt;
use app::records::Records as _;
use axum::Json;
use axum::body::Body;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, Request, StatusCode};
use domain::act::{Act, ActBody};
use domain::document::PersonId;
use domain::ids::{AppealId, OfficerId, PublicKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::sync::{Arc, Mutex, PoisonError};
use utoipa::ToSchema;

/// The pen of a counter: the key of an officer whose only role it is.
pub trait Counter: Send + Sync {
    /// The officer.
    fn officer(&self) -> &OfficerId;
    /// The key.
    fn key(&self) -> PublicKey;
    /// Signs an act of the officer's.
    fn sign(&self, act: &Act) -> Result<Vec<u8>, String>;
}

/// What was asked under a key, and the act that was signed for it.
struct Asked {
    body: [u8; 32],
    signed: Vec<u8>,
}

/// What was signed lately, so that asking again cannot ask twice.
#[derive(Default)]
pub(crate) struct Window(Mutex<Recent<Asked>>);

impl Window {
    /// The signed act of a key and a body; another body under the same key is a problem.
    fn once(
        &self,
        key: Option<String>,
        body: &ActBody,
        sign: impl FnOnce() -> Result<Vec<u8>, Problem>,
    ) -> Result<Vec<u8>, Problem> {
        let Some(key) = key else {
            return sign();
        };
        let text = serde_json::to_vec(body).map_err(|_| Kind::Internal)?;
        let body: [u8; 32] = Sha256::digest(text).into();
        // Held while it signs: of two at once the second finds the act of the first.
        let mut recent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match recent.get(&key) {
            Some(known) if known.body == body => Ok(known.signed.clone()),
            Some(_) => Err(Kind::KeyReused.into()),
            None => {
                let signed = sign()?;
                let kept = signed.clone();
                recent.put(key, Asked { body, signed: kept });
                Ok(signed)
            }
        }
    }
}

/// Signs what a person asks for about oneself, and submits it.
pub(crate) async fn submit(
    desk: &Arc<Desk>,
    person: PersonId,
    headers: &HeaderMap,
    body: ActBody,
) -> Result<Receipt, Problem> {
    let key = idempotency_key(headers)?.map(|key| format!("{person} {key}"));
    let counter = desk.setup.counter.as_deref().ok_or(Kind::NoCounter)?;
    // A counter whose term has ended would only be refused, in the person's name.
    let (_, on_record) = desk
        .known(&Holder::Officer(counter.officer().clone()))
        .map_err(|_| Kind::NoCounter)?;
    if on_record != counter.key() {
        return Err(Kind::NoCounter.into());
    }
    let permit = Arc::clone(&desk.submissions).try_acquire_owned();
    let permit = permit.map_err(|_| Kind::Busy)?;
    let entropy = entropy(desk)?;
    let (nonce, _) = entropy.split_first_chunk().ok_or(Kind::Internal)?;
    let act = Act {
        ledger: ledger(desk)?,
        officer: counter.officer().clone(),
        signed_at: desk.setup.clock.now(),
        nonce: *nonce,
        body,
    };
    let signed = desk.counter.once(key, &act.body, || {
        counter.sign(&act).map_err(|why| {
            desk.event("counter", &why);
            Kind::FieldInvalid.into()
        })
    })?;
    submissions::accepted(desk, signed, permit).await
}

/// The status of an answer: 200 where the same was asked before.
pub(crate) const fn status(receipt: &Receipt) -> StatusCode {
    match receipt.known {
        true => StatusCode::OK,
        false => StatusCode::CREATED,
    }
}

/// Reads the act that a person asks for.
pub(crate) fn act(text: ActText) -> Result<ActBody, Problem> {
    ActBody::try_from(text).map_err(|_| Kind::FieldInvalid.into())
}

/// An appeal against a measure, or a dispute of evidence; one of `ground` and `evidence`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ObjectionBody {
    /// The ground of the measure appealed against, as `CLOSE`.
    ground: Option<String>,
    /// The evidence disputed: "this did not happen to me".
    evidence: Option<String>,
    /// What the person says.
    text: String,
}

/// An appeal that was filed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FiledBody {
    /// Its id, in hexadecimal.
    appeal: String,
    /// The entry.
    entry: u64,
    /// Until when it is to be answered; unanswered, only a flag is left.
    deadline: Option<String>,
    /// Where it can be read.
    record: &'static str,
}

/// Objects to a measure, or disputes a piece of evidence, about oneself.
///
/// The online counter signs it; sent again with the same `Idempotency-Key` it is the same appeal.
#[utoipa::path(
    post,
    path = "/api/v1/me/appeals",
    params(("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 128,
        pattern = "^[!#-Z^-~]+$", description = "1 to 128 visible characters; a key that came with other words is refused")),
    request_body = ObjectionBody,
    responses(
        (status = 201, description = "filed", body = FiledBody),
        (status = 200, description = "the same was filed before", body = FiledBody),
        (status = 422, description = "refused: the ledger refused, the refusal is an entry",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = "default", description = "a problem", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn object(
    State(desk): State<Arc<Desk>>,
    Extension(granted): Extension<Granted>,
    headers: HeaderMap,
    request: Request<Body>,
) -> Result<(StatusCode, Json<FiledBody>), Problem> {
    let asked: ObjectionBody = body::json(request).await?;
    let person = oneself(&granted)?;
    let act = act(ActText::AppealFile {
        person: person.to_string(),
        ground: asked.ground,
        evidence: asked.evidence,
        text: asked.text,
    })?;
    let receipt = submit(&desk, person, &headers, act).await?;
    let id = AppealId::from_bytes(receipt.digest.short());
    let appeal = desk.read(desk.setup.records.appeal(id))?;
    let filed = FiledBody {
        appeal: id.to_string(),
        entry: receipt.seq,
        deadline: appeal.and_then(|appeal| instant(appeal.deadline)),
        record: "/api/v1/me/record",
    };
    Ok((status(&receipt), Json(filed)))
}

//! A person's own codes on paper: one for each day, to be printed at home or by whoever helps.
//!
//! Invariant: only about the person of the session, with what a gatekeeper compares with a document and
//! nothing more: a masked name, the year of birth, the last four characters of the number. No colour.
//! Asked again it gives the same slots. Refuses: days beyond a week.

use crate::Desk;
use crate::access::Granted;
use crate::body;
use crate::credentials::{Carrier, Wanted, issued, whole};
use crate::people::oneself;
use crate::problem::{Kind, Problem, ProblemBody};
use crate::told::instant;
use app::issuing::{DAYS_AHEAD_MAX, Issued, PaperFace, to_text};
use axum::Json;
use axum::body::Body;
use axum::extract::{Extension, State};
use axum::http::{Request, header};
use axum::response::AppendHeaders;
use domain::document::PersonId;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// A code as it is drawn: dark modules, one unit each, on a light square.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawn {
    /// The units of a side, the quiet zone included.
    pub side: usize,
    /// The path of the dark modules, as SVG has it.
    pub path: String,
}

/// For how many days.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SheetBody {
    /// For how many days, from today on.
    #[schema(minimum = 1, maximum = 7)]
    #[serde(deserialize_with = "whole")]
    days: u8,
}

/// The codes of a sheet, in the order of the days.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PapersBody {
    /// The name, but for its first and last character.
    masked_name: String,
    /// The year of birth.
    birth_year: u16,
    /// The last four characters of the document's number.
    last_four: String,
    /// A code for each day.
    papers: Vec<PaperBody>,
}

/// The code of a day.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PaperBody {
    /// What the code says, to be drawn as a QR code (docs/credential.md §3).
    text: String,
    /// From when it is good.
    from: Option<String>,
    /// Until when: twelve hours after the end of its day.
    until: Option<String>,
}

/// The codes of a person for so many days from today on, with what stands beside them.
pub(crate) async fn papers(
    desk: &Desk,
    person: PersonId,
    days: u8,
) -> Result<(PaperFace, Vec<Issued>), Problem> {
    if !(1..=DAYS_AHEAD_MAX).contains(&i64::from(days)) {
        return Err(Kind::FieldInvalid.into());
    }
    let carrier = Carrier::Paper;
    let wanted = Wanted {
        person,
        days,
        carrier,
    };
    let issued = issued(desk, wanted).await?;
    let face = issued.first().and_then(|first| first.face.clone());
    Ok((face.ok_or(Kind::Internal)?, issued))
}

/// One's own codes on paper, of today and the days after it.
///
/// Good without a phone, for as long as those of a phone; a gatekeeper compares the sheet with a document.
#[utoipa::path(
    post,
    path = "/api/v1/me/papers",
    request_body = SheetBody,
    responses(
        (status = 200, description = "the codes", body = PapersBody),
        (status = 404, description = "no-issuing-key", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 409, description = "paper-at-a-counter", body = ProblemBody,
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
        Json<PapersBody>,
    ),
    Problem,
> {
    let asked: SheetBody = body::json(request).await?;
    let (face, issued) = papers(&desk, oneself(&granted)?, asked.days).await?;
    let papers = issued.iter().map(|one| PaperBody {
        text: to_text(&one.credential),
        from: instant(one.validity.from),
        until: instant(one.validity.until),
    });
    let body = PapersBody {
        papers: papers.collect(),
        masked_name: face.masked_name,
        birth_year: face.birth_year,
        last_four: face.last_four,
    };
    let private = AppendHeaders([(header::CACHE_CONTROL, "no-store")]);
    Ok((private, Json(body)))
}

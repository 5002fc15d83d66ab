//! The rule packs that were ever adopted: which, by which entries, and each whole.
//!
//! Invariant: a pack is told as it was adopted, byte by byte, under its digest. Refuses: a digest of
//! no adopted pack.

use crate::Desk;
use crate::problem::{Kind, Problem, ProblemBody};
use crate::reads::{FOR_EVER, kept};
use crate::told::instant;
use app::explain::Pack;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// An adopted pack.
#[derive(Clone)]
pub(crate) struct Adopted {
    /// The entry that adopted it.
    pub(crate) entry: u64,
    /// The pack.
    pub(crate) pack: Arc<Pack>,
}

/// Every adopted pack, in order.
pub(crate) fn adopted(desk: &Desk) -> Vec<Adopted> {
    let packs = desk.setup.records.packs();
    let known = packs.adopted().iter().filter_map(|(entry, pack)| {
        let pack = pack.clone()?;
        Some(Adopted {
            entry: *entry,
            pack,
        })
    });
    known.collect()
}

/// A rule pack and the entry that adopted it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PackBody {
    /// The entry that adopted it.
    entry: u64,
    /// Its name.
    pack: String,
    /// Its version.
    version: String,
    /// SHA-256 of its archive, in hexadecimal.
    digest: String,
    /// The instrument that it renders: title and number.
    instrument: [String; 2],
    /// From when it may be in force.
    valid_from: Option<String>,
    /// When all of it ends (I13).
    sunset: Option<String>,
    /// Whether it is the one in force.
    in_force: bool,
}

/// Rule packs, in the order of their adoption.
#[utoipa::path(
    get,
    path = "/api/v1/packs",
    responses(
        (status = 200, description = "the packs; the last is in force", body = Vec<PackBody>),
        (status = "default", description = "a problem", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(State(desk): State<Arc<Desk>>) -> Json<Vec<PackBody>> {
    let adopted = adopted(&desk);
    let newest = adopted.last().map(|one| one.entry);
    let body = |one: &Adopted| {
        let book = one.pack.book();
        PackBody {
            entry: one.entry,
            pack: book.name.clone(),
            version: book.version.clone(),
            digest: book.digest.to_string(),
            instrument: [
                book.instrument.title.clone(),
                book.instrument.number.clone(),
            ],
            valid_from: instant(book.valid_from),
            sunset: instant(book.sunset),
            in_force: newest == Some(one.entry),
        }
    };
    Json(adopted.iter().map(body).collect())
}

/// A rule pack as it was adopted: the archive that its digest is of.
#[utoipa::path(
    get,
    path = "/api/v1/packs/{digest}",
    params(("digest" = String, Path, description = "SHA-256 of its archive, in hexadecimal")),
    responses(
        (status = 200, description = "the archive; it never changes", body = Vec<u8>,
            content_type = "application/octet-stream"),
        (status = 304, description = "as If-None-Match says"),
        (status = 404, description = "not-found", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = "default", description = "a problem", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn archive(
    State(desk): State<Arc<Desk>>,
    Path(digest): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let adopted = adopted(&desk);
    let mut known = adopted.iter().map(|one| &one.pack);
    let found = known.find(|pack| pack.digest().to_string() == digest);
    let archive = found.ok_or(Kind::NotFound)?.archive().to_vec();
    Ok(kept(
        &headers,
        archive,
        "application/octet-stream",
        FOR_EVER,
    ))
}

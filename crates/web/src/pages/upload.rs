//! A form with a file, as browsers send it (RFC 7578).
//!
//! Invariant: the token of the session stands before the file, and without it the file is not read;
//! no more is read than the limit of the route. Refuses: a second file.

use super::reader::Reader;
use crate::problem::{Kind, Problem};
use crate::submissions::ANSWER_TIME_MAX;
use axum::body::{Body, Bytes};
use axum::extract::multipart::{Multipart, MultipartError};
use axum::extract::{DefaultBodyLimit, FromRequest as _};
use axum::http::{Request, StatusCode};
use std::collections::BTreeMap;
use tokio::time::timeout;

/// Room for the fields beside the file, in bytes.
const FIELDS_BYTES_MAX: usize = 64 * 1_024;

/// What was sent.
pub(super) struct Upload {
    /// The fields beside the file.
    pub(super) fields: BTreeMap<String, String>,
    /// How the file's name ends.
    pub(super) ending: String,
    /// The file.
    pub(super) file: Bytes,
}

impl Upload {
    /// A field that must be there.
    pub(super) fn field(&self, name: &str) -> Result<&str, Problem> {
        let value = self.fields.get(name);
        value.map(String::as_str).ok_or(Kind::Malformed.into())
    }
}

/// The limit of a route that takes files of so many bytes.
pub(super) fn limit(file_bytes: usize) -> DefaultBodyLimit {
    DefaultBodyLimit::max(file_bytes.saturating_add(FIELDS_BYTES_MAX))
}

fn broken(error: &MultipartError) -> Problem {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Kind::TooLarge.into(),
        _ => Kind::Malformed.into(),
    }
}

/// Reads a form with a file of a page that this reader was given.
pub(super) async fn read(reader: &Reader, request: Request<Body>) -> Result<Upload, Problem> {
    reader.admit(request.headers())?;
    let form = Multipart::from_request(request, &()).await;
    let form = form.map_err(|_| Kind::MediaType)?;
    let read = timeout(ANSWER_TIME_MAX, fields(reader, form)).await;
    read.unwrap_or(Err(Kind::Slow.into()))
}

async fn fields(reader: &Reader, mut form: Multipart) -> Result<Upload, Problem> {
    let mut fields = BTreeMap::new();
    let mut found = None;
    while let Some(field) = form.next_field().await.map_err(|error| broken(&error))? {
        let name = field.name().unwrap_or_default().to_owned();
        let Some(file_name) = field.file_name().map(str::to_owned) else {
            let value = field.text().await.map_err(|error| broken(&error))?;
            fields.insert(name, value);
            continue;
        };
        reader.admit_token(fields.get("csrf").map(String::as_str))?;
        if found.is_some() {
            return Err(Kind::Malformed.into());
        }
        let (_, ending) = file_name.rsplit_once('.').unwrap_or_default();
        let bytes = field.bytes().await.map_err(|error| broken(&error))?;
        found = Some((ending.to_owned(), bytes));
    }
    reader.admit_token(fields.get("csrf").map(String::as_str))?;
    let (ending, file) = found.ok_or(Kind::Malformed)?;
    Ok(Upload {
        fields,
        ending,
        file,
    })
}

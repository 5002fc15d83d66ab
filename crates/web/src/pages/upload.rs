//! A form with a file, as browsers send it (RFC 7578).
//!
//! Invariant: the token of the session stands before the file, and without it the file is not kept;
//! of a file that is too large the rest is read and forgotten, for a browser that is cut off while it
//! sends shows no answer. Refuses: a second file.

use super::reader::Reader;
use crate::problem::{Kind, Problem};
use crate::submissions::ANSWER_TIME_MAX;
use axum::body::Body;
use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::extract::{DefaultBodyLimit, FromRequest as _};
use axum::http::{Request, StatusCode};
use std::collections::BTreeMap;
use tokio::time::timeout;

/// The longest field beside the file, in bytes.
const FIELD_BYTES_MAX: usize = 8 * 1_024;
/// The most fields beside the file.
const FIELDS_MAX: usize = 16;
/// What is read at most, in bytes, before whoever sends is cut off.
const READ_BYTES_MAX: usize = 64 * 1_024 * 1_024;

/// What was sent.
pub(super) struct Upload {
    /// The fields beside the file.
    pub(super) fields: BTreeMap<String, String>,
    /// How the file's name ends.
    pub(super) ending: String,
    /// The file.
    pub(super) file: Vec<u8>,
}

impl Upload {
    /// A field that must be there.
    pub(super) fn field(&self, name: &str) -> Result<&str, Problem> {
        let value = self.fields.get(name);
        value.map(String::as_str).ok_or(Kind::Malformed.into())
    }
}

/// The limit of a route that takes files.
pub(super) fn limit() -> DefaultBodyLimit {
    DefaultBodyLimit::max(READ_BYTES_MAX)
}

fn broken(error: &MultipartError) -> Problem {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Kind::TooLarge.into(),
        _ => Kind::Malformed.into(),
    }
}

/// Reads a form with a file of at most so many bytes, of a page that this reader was given.
pub(super) async fn read(
    reader: &Reader,
    request: Request<Body>,
    file_bytes_max: usize,
) -> Result<Upload, Problem> {
    reader.admit(request.headers())?;
    let form = Multipart::from_request(request, &()).await;
    let form = form.map_err(|_| Kind::MediaType)?;
    let read = timeout(ANSWER_TIME_MAX, fields(reader, form, file_bytes_max)).await;
    read.unwrap_or(Err(Kind::Slow.into()))
}

/// Reads a field to its end; nothing of one that is longer than so many bytes.
async fn taken(mut field: Field<'_>, bytes_max: usize) -> Result<Option<Vec<u8>>, Problem> {
    let mut taken = Some(Vec::new());
    while let Some(chunk) = field.chunk().await.map_err(|error| broken(&error))? {
        taken = taken.filter(|taken| taken.len().saturating_add(chunk.len()) <= bytes_max);
        if let Some(taken) = &mut taken {
            taken.extend_from_slice(&chunk);
        }
    }
    Ok(taken)
}

async fn fields(
    reader: &Reader,
    mut form: Multipart,
    file_bytes_max: usize,
) -> Result<Upload, Problem> {
    let mut fields = BTreeMap::new();
    let mut found = None;
    while let Some(field) = form.next_field().await.map_err(|error| broken(&error))? {
        let name = field.name().unwrap_or_default().to_owned();
        let Some(file_name) = field.file_name().map(str::to_owned) else {
            let value = taken(field, FIELD_BYTES_MAX)
                .await?
                .ok_or(Kind::Malformed)?;
            let value = String::from_utf8(value).map_err(|_| Kind::Malformed)?;
            fields.insert(name, value);
            if fields.len() > FIELDS_MAX {
                return Err(Kind::Malformed.into());
            }
            continue;
        };
        let admitted = reader.admit_token(fields.get("csrf").map(String::as_str));
        let room = if admitted.is_ok() { file_bytes_max } else { 0 };
        let file = taken(field, room).await?;
        admitted?;
        let (_, ending) = file_name.rsplit_once('.').unwrap_or_default();
        let other = found.replace((ending.to_owned(), file.ok_or(Kind::TooLarge)?));
        if other.is_some() {
            return Err(Kind::Malformed.into());
        }
    }
    reader.admit_token(fields.get("csrf").map(String::as_str))?;
    let (ending, file) = found.ok_or(Kind::Malformed)?;
    Ok(Upload {
        fields,
        ending,
        file,
    })
}

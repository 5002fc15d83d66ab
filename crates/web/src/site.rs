//! The published site (`docs/site.md`) as it is served.
//!
//! Invariant: only names of the table below are served, each with its media type and its life; a
//! name is a plain path below the folder. Refuses: every other name, whatever lies in the folder.

use crate::Desk;
use crate::problem::{Kind, Problem};
use crate::reads::{ASK_AGAIN, FOR_EVER, has};
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::Arc;
use tokio_util::io::ReaderStream;

/// The longest name below the site, in bytes.
const NAME_BYTES_MAX: usize = 256;
/// The front page of the site has its own style and nothing else.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; \
                           form-action 'none'; frame-ancestors 'none'";

const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json";
const BYTES: &str = "application/octet-stream";
const LIST: &str = "application/statuslist+cwt";

/// The media type and the life of a name; none when the site has no such name.
pub(crate) fn kind(name: &str) -> Option<(&'static str, &'static str)> {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (folder, file) = name.split_once('/').unwrap_or(("", name));
    let found = match folder {
        "" => match file {
            "index.html" => ("text/html; charset=utf-8", ASK_AGAIN),
            "checkpoint" | "policy" | "vkey" => (TEXT, ASK_AGAIN),
            "did.json" => ("application/did+json", ASK_AGAIN),
            "aggregation" | "keys.json" | "lists.json" | "counts.json" | "packs.json"
            | "statements.json" => (JSON, ASK_AGAIN),
            _ => return None,
        },
        "tile" => (BYTES, FOR_EVER),
        "keys" if file.ends_with(".tlog-proof") => (TEXT, ASK_AGAIN),
        "packs" if file.ends_with(".pack") => (BYTES, FOR_EVER),
        "entries" => match file.strip_suffix(".json")? {
            "newest" => (JSON, ASK_AGAIN),
            place if number(place) => (JSON, FOR_EVER),
            _ => return None,
        },
        "s" if file.ends_with(".tlog-proof") => (TEXT, ASK_AGAIN),
        "s" => match file.split_once('.') {
            None if number(file) => (LIST, ASK_AGAIN),
            Some((day, "jwt")) if number(day) => ("application/statuslist+jwt", ASK_AGAIN),
            Some((day, "delta")) if number(day) => (BYTES, ASK_AGAIN),
            Some((day, rest)) if number(day) && rest.strip_prefix("v/").is_some_and(number) => {
                (LIST, FOR_EVER)
            }
            Some(_) | None => return None,
        },
        _ => return None,
    };
    Some(found)
}

/// A path below the site, with nothing that could lead out of it.
fn is_plain(name: &str) -> bool {
    let part = |part: &str| {
        let known = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
        !part.is_empty() && !part.starts_with('.') && part.bytes().all(known)
    };
    name.len() <= NAME_BYTES_MAX && name.split('/').all(part)
}

/// Answers every address that is no route: a file of the site, or a problem.
pub(crate) async fn answer(
    State(desk): State<Arc<Desk>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let root = desk.setup.site.as_deref().ok_or(Kind::NotFound)?;
    let name = match uri.path().strip_prefix('/').unwrap_or_default() {
        "" => "index.html",
        name => name,
    };
    let (media_type, life) = kind(name).ok_or(Kind::NotFound)?;
    if !is_plain(name) {
        return Err(Kind::NotFound.into());
    }
    let response = file(&root.join(name), &headers, media_type, life).await?;
    if !matches!(method, Method::GET | Method::HEAD) {
        let mut response = Problem::from(Kind::MethodNotAllowed).into_response();
        let methods = HeaderValue::from_static("GET,HEAD");
        response.headers_mut().insert(header::ALLOW, methods);
        return Ok(response);
    }
    let mut response = response;
    if name.starts_with("s/") {
        let anybody = HeaderValue::from_static("*");
        let allow = header::ACCESS_CONTROL_ALLOW_ORIGIN;
        response.headers_mut().insert(allow, anybody);
    }
    if name == "index.html" {
        let policy = HeaderValue::from_static(PAGE_POLICY);
        let field = header::CONTENT_SECURITY_POLICY;
        response.headers_mut().insert(field, policy);
    }
    Ok(response)
}

async fn file(
    path: &Path,
    headers: &HeaderMap,
    media_type: &'static str,
    life: &'static str,
) -> Result<Response, Kind> {
    let file = tokio::fs::File::open(path).await;
    let file = file.map_err(|_| Kind::NotFound)?;
    let found = file.metadata().await.map_err(|_| Kind::Internal)?;
    if !found.is_file() {
        return Err(Kind::NotFound);
    }
    // Files are replaced whole, by rename: another content is another file.
    let tag = format!(
        "\"{:x}-{:x}-{:x}-{:x}\"",
        found.ino(),
        found.len(),
        found.mtime(),
        found.mtime_nsec()
    );
    let fixed = [(header::ETAG, tag.as_str()), (header::CACHE_CONTROL, life)];
    if has(headers, &tag) {
        return Ok((StatusCode::NOT_MODIFIED, fixed).into_response());
    }
    let told = [
        (header::CONTENT_TYPE, media_type.to_owned()),
        (header::CONTENT_LENGTH, found.len().to_string()),
    ];
    let body = Body::from_stream(ReaderStream::new(file));
    Ok((fixed, told, body).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_the_site_has_its_type_and_its_life() {
        for (name, media_type, life) in [
            ("checkpoint", TEXT, ASK_AGAIN),
            ("tile/0/x001/067.p/8", BYTES, FOR_EVER),
            ("tile/entries/000", BYTES, FOR_EVER),
            ("did.json", "application/did+json", ASK_AGAIN),
            ("aggregation", JSON, ASK_AGAIN),
            ("s/19000", LIST, ASK_AGAIN),
            ("s/19000.jwt", "application/statuslist+jwt", ASK_AGAIN),
            ("s/19000.delta", BYTES, ASK_AGAIN),
            ("s/19000.tlog-proof", TEXT, ASK_AGAIN),
            ("s/19000.v/3", LIST, FOR_EVER),
            ("s/19000.v/3.tlog-proof", TEXT, ASK_AGAIN),
            ("entries/0.json", JSON, FOR_EVER),
            ("entries/newest.json", JSON, ASK_AGAIN),
            ("packs/00ff.pack", BYTES, FOR_EVER),
        ] {
            assert_eq!(kind(name), Some((media_type, life)), "{name}");
            assert!(is_plain(name), "{name}");
        }
    }

    #[test]
    fn no_other_name_is_served() {
        for name in [
            "journal",
            "keys/log.key",
            "s/x",
            "s/1.v/x",
            "entries/x.json",
            "a.tmp",
        ] {
            assert_eq!(kind(name), None, "{name}");
        }
        for name in [
            "tile/../keys/a",
            "tile//a",
            "tile/.a",
            "tile/%2e%2e/a",
            "tile/a\\b",
        ] {
            assert!(!is_plain(name), "{name}");
        }
    }
}

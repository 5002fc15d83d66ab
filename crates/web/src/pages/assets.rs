//! What pages are drawn and moved with: our own style and scripts, compiled in.
//!
//! Invariant: an address has the digest of everything in it, so it never changes its content and is
//! kept for a year. Refuses: every other name.

use crate::problem::{Kind, Problem};
use crate::reads::FOR_EVER;
use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use sha2::{Digest as _, Sha256};
use std::sync::LazyLock;

const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// Name, media type, content.
const ASSETS: &[(&str, &str, &str)] = &[
    ("style.css", CSS, include_str!("../../assets/style.css")),
    (
        "passkey.js",
        SCRIPT,
        include_str!("../../assets/passkey.js"),
    ),
];

static BUNDLE: LazyLock<String> = LazyLock::new(|| {
    let mut hash = Sha256::new();
    for (name, _, content) in ASSETS {
        hash.update(name);
        hash.update(content);
    }
    let digest: [u8; 32] = hash.finalize().into();
    domain::ids::to_hex(digest.get(..8).unwrap_or_default())
});

/// Where an asset is.
pub(super) fn address(name: &str) -> String {
    format!("/assets/{}/{name}", *BUNDLE)
}

/// `GET /assets/{bundle}/{*name}`.
pub(super) async fn asset(
    Path((bundle, name)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let found = ASSETS.iter().find(|(known, _, _)| *known == name);
    let (_, media_type, content) = found.filter(|_| bundle == *BUNDLE).ok_or(Kind::NotFound)?;
    let headers = [
        (header::CONTENT_TYPE, *media_type),
        (header::CACHE_CONTROL, FOR_EVER),
    ];
    Ok((headers, *content).into_response())
}

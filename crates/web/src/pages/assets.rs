//! What pages are drawn and moved with: our own style and scripts, compiled in.
//!
//! Invariant: a browser asks again each time and is told by the validator that it has the same, so a
//! page never runs with the scripts of another version. Refuses: every other name.

use crate::problem::{Kind, Problem};
use crate::reads::{ASK_AGAIN, kept};
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;

const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// Name, media type, content.
type Asset = (&'static str, &'static str, &'static str);

macro_rules! script {
    ($name:literal) => {
        ($name, SCRIPT, include_str!(concat!("../../assets/", $name)))
    };
}

const ASSETS: &[Asset] = &[
    ("style.css", CSS, include_str!("../../assets/style.css")),
    script!("check.js"),
    script!("clock.js"),
    script!("invitation.js"),
    script!("live.js"),
    script!("passkey.js"),
    script!("preview.js"),
    script!("proven.js"),
    script!("report.js"),
    script!("webauthn.js"),
    script!("gate/able.js"),
    script!("gate/base45.js"),
    script!("gate/bytes.js"),
    script!("gate/cbor.js"),
    script!("gate/challenge.js"),
    script!("gate/cose.js"),
    script!("gate/hold.js"),
    script!("gate/leaf.js"),
    script!("gate/list.js"),
    script!("gate/lists.js"),
    script!("gate/note.js"),
    script!("gate/p256.js"),
    script!("gate/page.js"),
    script!("gate/policy.js"),
    script!("gate/proof.js"),
    script!("gate/qr-blocks.js"),
    script!("gate/qr-draw.js"),
    script!("gate/qr-find.js"),
    script!("gate/qr-image.js"),
    script!("gate/qr-paint.js"),
    script!("gate/qr-plane.js"),
    script!("gate/qr-shape.js"),
    script!("gate/qr-text.js"),
    script!("gate/qr.js"),
    script!("gate/replays.js"),
    script!("gate/scan.js"),
    script!("gate/shelf.js"),
    script!("gate/show.js"),
    script!("gate/store.js"),
    script!("gate/token.js"),
    script!("gate/trust.js"),
    script!("gate/verify.js"),
];

/// The worker that opens the gate without a network; its place says what it may answer.
const WORKER: &str = include_str!("../../assets/sw.js");

/// Where an asset is.
pub(super) fn address(name: &str) -> String {
    format!("/assets/{name}")
}

fn found(headers: &HeaderMap, content: &str, media_type: &str) -> Response {
    kept(headers, content.as_bytes().to_vec(), media_type, ASK_AGAIN)
}

/// `GET /assets/{*name}`.
pub(super) async fn asset(
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let asset = ASSETS.iter().find(|(known, _, _)| *known == name);
    let (_, media_type, content) = asset.ok_or(Kind::NotFound)?;
    Ok(found(&headers, content, media_type))
}

/// `GET /sw.js`: what a worker may fetch is said by the policy that it came with.
pub(super) async fn worker(headers: HeaderMap) -> Response {
    let mut response = found(&headers, WORKER, SCRIPT);
    let policy = HeaderValue::from_static("default-src 'none'; connect-src 'self'");
    let name = header::CONTENT_SECURITY_POLICY;
    response.headers_mut().insert(name, policy);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_folder_is_an_asset_and_the_gate_is_kept_whole() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/assets");
        let known = |name: &str| ASSETS.iter().any(|(known, _, _)| *known == name);
        for (below, prefix) in [("", ""), ("/gate", "gate/")] {
            for entry in std::fs::read_dir(format!("{folder}{below}")).unwrap() {
                let entry = entry.unwrap();
                let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
                let is_other = entry.file_type().unwrap().is_dir() || name == "sw.js";
                assert!(is_other || known(&name), "{name}");
                if prefix == "gate/" {
                    assert!(WORKER.contains(&format!("\"/assets/{name}\"")), "{name}");
                }
            }
        }
    }
}

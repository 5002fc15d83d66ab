//! Request signatures: HTTP Message Signatures (RFC 9421) in one fixed profile.
//!
//! Invariant: one signature, labelled `mm`, over exactly the components that the profile names, by
//! the key on record of the officer or organisation named, within its window, its nonce seen once.
//! Refuses: other labels, parameters, components, algorithms and orders; a body that its digest does
//! not cover (RFC 9530). It says who asks; what enters the ledger is signed by itself.

use crate::Desk;
use crate::caller::{Caller, Holder};
use crate::problem::{Kind, Problem};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, HashSet};
use std::sync::{Mutex, PoisonError};

/// What a signature is for; the parameter `tag`.
pub const TAG: &str = "mm-request-v1";
/// The longest window between `created` and `expires`, in seconds.
const WINDOW_S_MAX: i64 = 300;
/// A sender's clock may be ahead by this much, in seconds.
const AHEAD_S_MAX: i64 = 60;
/// Nonces remembered at once; more are answered with the problem `busy`.
const NONCES_MAX: usize = 100_000;
/// The longest nonce and the shortest, in bytes.
const NONCE_BYTES: std::ops::RangeInclusive<usize> = 16..=64;
/// The longest field value that is looked at.
const FIELD_BYTES_MAX: usize = 1_024;

/// What a request without a body covers.
const BARE: &str = r#"("@method" "@authority" "@path" "@query")"#;
/// What a request with a body covers.
const WITH_BODY: &str =
    r#"("@method" "@authority" "@path" "@query" "content-type" "content-digest")"#;

/// The digest that the body must have, SHA-256.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BodyDigest(pub(crate) [u8; 32]);

/// The nonces of the windows that are open.
#[derive(Default)]
pub(crate) struct Nonces(Mutex<Seen>);

#[derive(Default)]
struct Seen {
    all: HashSet<String>,
    by_end: BTreeMap<i64, Vec<String>>,
}

impl Nonces {
    /// Whether a nonce is new; then it is remembered until its window has closed.
    fn is_new(&self, nonce: String, expires: i64, now: i64) -> Result<bool, Kind> {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let open = seen.by_end.split_off(&now);
        let closed = std::mem::replace(&mut seen.by_end, open);
        for nonce in closed.into_values().flatten() {
            seen.all.remove(&nonce);
        }
        if seen.all.contains(&nonce) {
            return Ok(false);
        }
        if seen.all.len() >= NONCES_MAX {
            return Err(Kind::Busy);
        }
        seen.by_end.entry(expires).or_default().push(nonce.clone());
        seen.all.insert(nonce);
        Ok(true)
    }
}

/// The parameters of a signature.
struct Parameters<'a> {
    created: i64,
    expires: i64,
    nonce: &'a str,
    keyid: &'a str,
}

/// Takes `key=value` off the front, where the value is an integer or a quoted string.
fn parameter<'a>(text: &mut &'a str, key: &str) -> Option<&'a str> {
    let rest = text
        .strip_prefix(';')?
        .strip_prefix(key)?
        .strip_prefix('=')?;
    let (value, rest) = match rest.strip_prefix('"') {
        Some(rest) => rest.split_once('"')?,
        None => rest.split_at(rest.find(';').unwrap_or(rest.len())),
    };
    *text = rest;
    let plain = |byte: u8| (0x20..0x7f).contains(&byte) && byte != b'\\';
    value.bytes().all(plain).then_some(value)
}

/// A decimal as RFC 9651 3.3.1 has integers, without superfluous signs and zeros.
fn integer(text: &str) -> Option<i64> {
    let number: i64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

/// The parameters in the one order of the profile; nothing may follow.
fn parameters(mut text: &str) -> Option<Parameters<'_>> {
    let created = integer(parameter(&mut text, "created")?)?;
    let expires = integer(parameter(&mut text, "expires")?)?;
    let nonce = parameter(&mut text, "nonce")?;
    let keyid = parameter(&mut text, "keyid")?;
    let tag = parameter(&mut text, "tag")?;
    let sound = text.is_empty() && tag == TAG && NONCE_BYTES.contains(&nonce.len());
    sound.then_some(Parameters {
        created,
        expires,
        nonce,
        keyid,
    })
}

/// `officer:ID` or `org:ID`.
fn holder(keyid: &str) -> Option<Holder> {
    let (kind, id) = keyid.split_once(':')?;
    match kind {
        "officer" => Some(Holder::Officer(id.parse().ok()?)),
        "org" => Some(Holder::Organisation(id.parse().ok()?)),
        _ => None,
    }
}

/// The one value of a field.
fn field<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?.trim();
    (values.next().is_none() && value.len() <= FIELD_BYTES_MAX).then_some(value)
}

/// Bytes between colons (RFC 9651 3.3.5).
fn bytes(text: &str) -> Option<Vec<u8>> {
    let inner = text.strip_prefix(':')?.strip_suffix(':')?;
    STANDARD.decode(inner).ok()
}

/// What of a request is signed.
struct Covered<'a> {
    method: &'a str,
    authority: &'a str,
    path: &'a str,
    query: &'a str,
    /// Media type and digest of the body, as the fields have them.
    body: Option<(&'a str, &'a str)>,
}

impl Covered<'_> {
    /// The signature base (RFC 9421 2.5).
    fn base(&self, input: &str) -> String {
        let mut base = format!(
            "\"@method\": {}\n\"@authority\": {}\n\"@path\": {}\n\"@query\": ?{}\n",
            self.method,
            self.authority.to_ascii_lowercase(),
            self.path,
            self.query
        );
        if let Some((media_type, digest)) = self.body {
            base.push_str(&format!(
                "\"content-type\": {media_type}\n\"content-digest\": {digest}\n"
            ));
        }
        base.push_str("\"@signature-params\": ");
        base.push_str(input);
        base
    }
}

/// The base of a request as it came.
fn base(parts: &Parts, input: &str, covers_body: bool) -> Option<String> {
    let headers = &parts.headers;
    let authority = parts.uri.authority().map(|authority| authority.as_str());
    let body = match covers_body {
        true => Some((
            field(headers, "content-type")?,
            field(headers, "content-digest")?,
        )),
        false => None,
    };
    let covered = Covered {
        method: parts.method.as_str(),
        authority: authority.or_else(|| field(headers, header::HOST.as_str()))?,
        path: parts.uri.path(),
        query: parts.uri.query().unwrap_or_default(),
        body,
    };
    Some(covered.base(input))
}

/// A request to be signed.
#[derive(Clone, Copy, Debug)]
pub struct ToSign<'a> {
    /// The method.
    pub method: &'a str,
    /// Host and port as the client names them.
    pub authority: &'a str,
    /// Path and query.
    pub target: &'a str,
    /// Media type and bytes of the body; none for `GET`, `HEAD` and `DELETE`.
    pub body: Option<(&'a str, &'a [u8])>,
    /// `officer:ID` or `org:ID`.
    pub keyid: &'a str,
    /// Now, in seconds since 1970.
    pub created: i64,
    /// Fresh randomness.
    pub nonce: [u8; 16],
}

/// The fields that sign a request, to be sent with it.
pub fn sign(request: &ToSign<'_>, key: &SigningKey) -> Vec<(&'static str, String)> {
    let digest = request.body.map(|(media_type, bytes)| {
        let digest = STANDARD.encode(Sha256::digest(bytes));
        (media_type, format!("sha-256=:{digest}:"))
    });
    let covers = if digest.is_some() { WITH_BODY } else { BARE };
    let (created, expires) = (
        request.created,
        request.created.saturating_add(WINDOW_S_MAX),
    );
    let nonce = domain::ids::to_hex(&request.nonce);
    let input = format!(
        "{covers};created={created};expires={expires};nonce=\"{nonce}\";keyid=\"{}\";tag=\"{TAG}\"",
        request.keyid
    );
    let target = request.target.split_once('?');
    let (path, query) = target.unwrap_or((request.target, ""));
    let covered = Covered {
        method: request.method,
        authority: request.authority,
        path,
        query,
        body: digest
            .as_ref()
            .map(|(kind, digest)| (*kind, digest.as_str())),
    };
    let signature = key.sign(covered.base(&input).as_bytes());
    let signature = STANDARD.encode(signature.to_bytes());
    let mut fields = vec![
        ("signature-input", format!("mm={input}")),
        ("signature", format!("mm=:{signature}:")),
    ];
    fields.extend(digest.map(|(_, digest)| ("content-digest", digest)));
    fields
}

/// What a signed request says: who asks, and the digest of its body.
type Asked = (Caller, Option<BodyDigest>);

/// The caller of a signed request, and what its body must be; none where nothing is signed.
pub(crate) fn caller(desk: &Desk, parts: &Parts) -> Result<Option<Asked>, Problem> {
    let headers = &parts.headers;
    if !headers.contains_key("signature") && !headers.contains_key("signature-input") {
        return Ok(None);
    }
    let bad = || Problem::from(Kind::SignatureInvalid);
    let input = field(headers, "signature-input").and_then(|text| text.strip_prefix("mm="));
    let input = input.ok_or_else(bad)?;
    let (text, covers_body) = match (input.strip_prefix(WITH_BODY), input.strip_prefix(BARE)) {
        (Some(text), _) => (text, true),
        (None, Some(text)) => (text, false),
        (None, None) => return Err(bad()),
    };
    let signed = parameters(text).ok_or_else(bad)?;
    let signature = field(headers, "signature").and_then(|text| text.strip_prefix("mm="));
    let signature = signature.and_then(bytes).ok_or_else(bad)?;
    let signature = Signature::from_slice(&signature).map_err(|_| bad())?;
    let now = desk.setup.clock.now().as_unix();
    let window = signed.expires.checked_sub(signed.created);
    let open = signed.created <= now.saturating_add(AHEAD_S_MAX) && now < signed.expires;
    if !open || window.is_none_or(|window| !(1..=WINDOW_S_MAX).contains(&window)) {
        return Err(Kind::SignatureExpired.into());
    }
    // Only a request that cannot have a body may leave it uncovered.
    let bodiless = matches!(parts.method, Method::GET | Method::HEAD | Method::DELETE);
    if covers_body == bodiless {
        return Err(bad());
    }
    let base = base(parts, input, covers_body).ok_or_else(bad)?;
    let (caller, key) = desk.known(&holder(signed.keyid).ok_or_else(bad)?)?;
    let key = VerifyingKey::from_bytes(key.as_bytes()).map_err(|_| bad())?;
    let valid = key.verify_strict(base.as_bytes(), &signature);
    valid.map_err(|_| bad())?;
    let nonce = format!("{} {}", signed.keyid, signed.nonce);
    if !desk.nonces.is_new(nonce, signed.expires, now)? {
        return Err(Kind::SignatureReplayed.into());
    }
    let digest = match covers_body {
        false => None,
        true => Some(content_digest(headers).ok_or_else(bad)?),
    };
    Ok(Some((caller, digest)))
}

/// The one SHA-256 of `Content-Digest`.
fn content_digest(headers: &HeaderMap) -> Option<BodyDigest> {
    let text = field(headers, "content-digest")?.strip_prefix("sha-256=")?;
    let digest = bytes(text)?.try_into().ok()?;
    Some(BodyDigest(digest))
}

//! Who reads a page: the language, the size of the letters, who is signed in.
//!
//! Invariant: a page asks the same table as the interface whether its reader may see what it shows
//! (`crate::access`), so that no page tells more than its route. Refuses: a form without the token
//! of the session that it was made for.

use super::text::Text;
use crate::Desk;
use crate::access::{self, Granted};
use crate::caller::Caller;
use crate::problem::{Kind, Language, Problem};
use crate::signin::sessions;
use crate::troupe::{Part, Persona};
use app::records::Records as _;
use axum::body::{Body, Bytes};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Request, header};
use domain::evidence::EvidenceKind;
use domain::organisation::Organisation;
use domain::rules::RuleBook;
use http_body_util::{BodyExt as _, Limited};
use maud::{Markup, html};
use serde::de::DeserializeOwned;
use std::convert::Infallible;
use std::sync::Arc;

/// The cookie that remembers how somebody likes to read.
pub(super) const COOKIE: &str = "mingma-reading";
/// The longest form, in bytes.
const FORM_BYTES_MAX: usize = 64 * 1_024;

/// Who reads.
pub(crate) struct Reader {
    /// The words of the language.
    pub(crate) text: Text,
    /// Whether the letters are large.
    pub(super) large: bool,
    /// Who is signed in.
    pub(crate) caller: Caller,
    /// What the forms of the page carry.
    pub(crate) csrf: Option<String>,
    /// Whether a browser asks for a page, and not a script of one.
    pub(super) navigates: bool,
    /// Whom a demonstration lets the reader play.
    pub(super) persona: Option<Persona>,
    /// Whether this is a demonstration.
    pub(crate) demonstrates: bool,
    /// Whether the reader's body may send any kind of evidence, by the pack in force.
    pub(super) supplies: bool,
    /// The path that was asked for.
    pub(super) path: String,
    /// What the scripts of the page carry.
    pub(super) nonce: String,
}

/// The language chosen, or else the browser's, and whether the letters are large.
pub(super) fn liked(headers: &HeaderMap) -> (Language, bool) {
    let chosen = sessions::cookie(COOKIE, headers).unwrap_or_default();
    let language = match chosen.split('.').next() {
        Some("zh") => Language::Chinese,
        Some("en") => Language::English,
        _ => Language::accepted(headers),
    };
    (language, chosen.ends_with(".large"))
}

/// Whether a body may send a kind of evidence.
pub(super) fn may_send(book: &RuleBook, kind: EvidenceKind, org: &Organisation) -> bool {
    let contract = book.contract(kind);
    contract.is_some_and(|contract| contract.suppliers.contains(&org.kind))
}

/// Whether a browser asks for a page.
pub(crate) fn navigates(headers: &HeaderMap) -> bool {
    let accepts = headers.get(header::ACCEPT);
    accepts.is_some_and(|kinds| kinds.as_bytes().starts_with(b"text/html"))
}

/// Whether a request comes from another site; every browser of today says so (Fetch Metadata).
fn is_foreign(headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site");
    site.is_some_and(|site| !matches!(site.as_bytes(), b"same-origin" | b"none"))
}

impl Reader {
    /// Who sent a request.
    pub(crate) fn of(desk: &Desk, headers: &HeaderMap, path: &str) -> Self {
        let (language, large) = liked(headers);
        let session = sessions::reader(desk, headers);
        let (caller, csrf) = match session {
            Some((caller, csrf)) => (caller, Some(csrf)),
            None => (Caller::Nobody, None),
        };
        let troupe = desk.setup.troupe.as_deref();
        let plays = |persona: &&Persona| match (&persona.part, &caller) {
            (Part::Officer(id), Caller::Officer(staff)) => *id == staff.officer.id,
            (Part::Person(id), Caller::Person(person)) => id == person,
            _ => false,
        };
        let persona = troupe.and_then(|troupe| troupe.personas().iter().find(plays));
        let mut nonce = [0_u8; 16];
        // Without randomness no script runs, and the page still says everything.
        let nonce = match getrandom::fill(&mut nonce) {
            Ok(()) => domain::ids::to_hex(&nonce),
            Err(_) => String::new(),
        };
        let pack = desk.setup.records.pack_at(u64::MAX);
        let supplies = caller.org().zip(pack).is_some_and(|(org, pack)| {
            let mut kinds = EvidenceKind::ALL.iter();
            kinds.any(|kind| may_send(pack.book(), *kind, org))
        });
        Self {
            text: Text(language),
            large,
            persona: persona.cloned(),
            caller,
            csrf,
            demonstrates: troupe.is_some(),
            supplies,
            navigates: navigates(headers),
            path: path.to_owned(),
            nonce,
        }
    }

    /// How far the reader reaches on a route of the interface, or why not at all.
    pub(crate) fn may(&self, method: &str, route: &str) -> Result<Granted, Problem> {
        access::granted(method, route, self.caller.clone())
    }

    /// Whether the reader may use a route at all.
    pub(super) fn can(&self, method: &str, route: &str) -> bool {
        self.may(method, route).is_ok()
    }

    /// What a form of this page carries, so that it counts.
    pub(super) fn token(&self) -> Markup {
        html! { @if let Some(csrf) = &self.csrf { input type="hidden" name="csrf" value=(csrf); } }
    }

    /// Demands that a form was not sent from another site: the cookie does not come along from there,
    /// so there would be no token to compare.
    pub(super) fn admit(&self, headers: &HeaderMap) -> Result<(), Problem> {
        match is_foreign(headers) {
            true => Err(Kind::CsrfMissing.into()),
            false => Ok(()),
        }
    }

    /// Demands the token of the session that the form was made for.
    pub(super) fn admit_token(&self, named: Option<&str>) -> Result<(), Problem> {
        match self.csrf.is_some() && named != self.csrf.as_deref() {
            true => Err(Kind::CsrfMissing.into()),
            false => Ok(()),
        }
    }

    /// Reads a form of a page that this reader was given.
    pub(crate) async fn form<T: DeserializeOwned>(
        &self,
        request: Request<Body>,
    ) -> Result<T, Problem> {
        let bytes = self.sent(request).await?;
        serde_urlencoded::from_bytes(&bytes).map_err(|_| Kind::Malformed.into())
    }

    /// The same, field by field: a name may stand more than once.
    pub(super) async fn fields(
        &self,
        request: Request<Body>,
    ) -> Result<Vec<(String, String)>, Problem> {
        let bytes = self.sent(request).await?;
        serde_urlencoded::from_bytes(&bytes).map_err(|_| Kind::Malformed.into())
    }

    /// What a form sent, once its token was found right.
    async fn sent(&self, request: Request<Body>) -> Result<Bytes, Problem> {
        let kind = request.headers().get(header::CONTENT_TYPE);
        let is_form = kind.is_some_and(|kind| {
            let kind = kind.to_str().unwrap_or_default();
            kind.split(';').next() == Some("application/x-www-form-urlencoded")
        });
        if !is_form {
            return Err(Kind::MediaType.into());
        }
        self.admit(request.headers())?;
        let bytes = Limited::new(request.into_body(), FORM_BYTES_MAX);
        let bytes = bytes
            .collect()
            .await
            .map_err(|_| Kind::TooLarge)?
            .to_bytes();
        let fields: Vec<(String, String)> =
            serde_urlencoded::from_bytes(&bytes).map_err(|_| Kind::Malformed)?;
        let named = fields.iter().find(|(name, _)| name == "csrf");
        self.admit_token(named.map(|(_, token)| token.as_str()))?;
        Ok(bytes)
    }
}

impl FromRequestParts<Arc<Desk>> for Reader {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, desk: &Arc<Desk>) -> Result<Self, Infallible> {
        Ok(Self::of(desk, &parts.headers, parts.uri.path()))
    }
}

//! For whom the claims of a verified token speak.
//!
//! Invariant: a claim is a short text, or it is not there; what is wrong with a claim is told without
//! what it says. Refuses: documents that cannot be.

use super::provider;
use crate::config::identity::Identity;
use app::signin::provider::{Fault, Proven, SignsIn};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::document::{Document, DocumentType};
use openidconnect::core::CoreIdToken;
use serde_json::{Map, Value};

/// The longest claim that is read, in bytes (OpenID Connect Core 1.0, 2: `sub`).
const TEXT_BYTES_MAX: usize = 255;

/// Every claim of a token that was verified.
pub(super) struct Claims(Map<String, Value>);

impl Claims {
    /// The claims as they were signed.
    pub(super) fn of(id_token: &CoreIdToken) -> Option<Self> {
        let text = id_token.to_string();
        let middle = text.split('.').nth(1)?;
        let bytes = URL_SAFE_NO_PAD.decode(middle).ok()?;
        serde_json::from_slice(&bytes).map(Self).ok()
    }

    /// For whom they speak at a provider.
    pub(super) fn proven(&self, settings: &Identity) -> Result<Proven, Fault> {
        match settings.signs_in {
            SignsIn::Officers => {
                let name = settings.claim.as_deref().unwrap_or("sub");
                Ok(Proven::Account(self.text(name)?.to_owned()))
            }
            SignsIn::People => self.document(settings).map(Proven::Person),
        }
    }

    fn text(&self, name: &str) -> Result<&str, Fault> {
        let text = self.0.get(name).and_then(Value::as_str);
        let short = |text: &&str| !text.is_empty() && text.len() <= TEXT_BYTES_MAX;
        let text = text.filter(short);
        text.ok_or_else(|| provider(format!("there is no claim `{name}` that is a short text")))
    }

    fn document(&self, settings: &Identity) -> Result<Document, Fault> {
        let kind = match &settings.type_claim {
            Some(name) => self.text(name)?,
            None => DocumentType::ResidentId.word(),
        };
        let number = self.text(settings.number_claim.as_deref().unwrap_or_default())?;
        // Not why: the reason could have a part of the number in it.
        let unsound = || provider("the claims about the document are none of a document");
        let kind = kind.parse().map_err(|_| unsound())?;
        Document::parse(kind, number).map_err(|_| unsound())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn proven(settings: &str, claims: Value) -> Option<Proven> {
        let front =
            "name = \"x\"\ntitle = \"X\"\nissuer = \"https://id.example\"\nclient_id = \"m\"\n";
        let settings: Identity = toml::from_str(&format!("{front}{settings}")).unwrap();
        let Value::Object(claims) = claims else {
            return None;
        };
        Claims(claims).proven(&settings).ok()
    }

    #[test]
    fn an_account_is_a_short_text_in_the_claim_that_is_named() {
        let long = "x".repeat(TEXT_BYTES_MAX);
        let too_long = format!("{long}x");
        let number = "signs_in = \"officers\"\nclaim = \"employee\"";
        for (settings, claims, account) in [
            ("signs_in = \"officers\"", json!({ "sub": "a" }), Some("a")),
            (
                "signs_in = \"officers\"",
                json!({ "sub": long }),
                Some(&*long),
            ),
            ("signs_in = \"officers\"", json!({ "sub": too_long }), None),
            ("signs_in = \"officers\"", json!({ "sub": "" }), None),
            ("signs_in = \"officers\"", json!({ "sub": 7 }), None),
            (number, json!({ "sub": "a", "employee": "7" }), Some("7")),
            (number, json!({ "sub": "a" }), None),
        ] {
            let account = account.map(|text| Proven::Account(text.to_owned()));
            assert_eq!(proven(settings, claims), account, "{settings}");
        }
    }

    #[test]
    fn a_person_is_a_document_that_can_be() {
        let document = Document::invented(1);
        let number = document.number();
        let person = || Some(Proven::Person(document.clone()));
        let plain = "signs_in = \"people\"\nnumber_claim = \"n\"";
        let typed = &format!("{plain}\ntype_claim = \"t\"");
        for (settings, claims, found) in [
            (plain, json!({ "n": number }), person()),
            (typed, json!({ "n": number, "t": "resident_id" }), person()),
            (typed, json!({ "n": number }), None),
            (typed, json!({ "n": number, "t": "library_card" }), None),
            (plain, json!({ "n": "990000" }), None),
            (plain, json!({ "sub": number }), None),
        ] {
            assert_eq!(proven(settings, claims), found, "{settings}");
        }
    }
}

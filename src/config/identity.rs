//! Identity providers (OpenID Connect), as a configuration names them.
//!
//! Invariant: nothing is connected to; a secret is read from a file of its own and never shown.
//! Refuses: providers in clear, but for one on this machine; two of one name; a secret that others
//! can read.

use super::Fault;
use super::layers::Source;
use crate::host::others_can_reach;
use app::signin::provider::SignsIn;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The longest secret, in bytes.
const SECRET_BYTES_MAX: u64 = 1_024;
/// The longest name.
const NAME_BYTES_MAX: usize = 32;

/// One identity provider.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// Its name in addresses.
    pub name: String,
    /// Its name for people, on the button.
    pub title: String,
    /// Its issuer, an address.
    pub issuer: String,
    /// This server's name there.
    pub client_id: String,
    /// The file with this server's secret there; none for a public client.
    #[serde(default)]
    pub client_secret_file: Option<PathBuf>,
    /// Whom it signs in.
    pub signs_in: SignsIn,
    /// What to ask for beside `openid`.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// The claim that tells an officer's account [default: `sub`].
    #[serde(default)]
    pub claim: Option<String>,
    /// The claim with the kind of a person's document; without it, `resident_id`.
    #[serde(default)]
    pub type_claim: Option<String>,
    /// The claim with its number.
    #[serde(default)]
    pub number_claim: Option<String>,
    /// How long ago, in seconds, somebody may have signed in there.
    #[serde(default = "an_hour")]
    pub max_age: u32,
}

const fn an_hour() -> u32 {
    3_600
}

/// Whether an address is with TLS, or on this machine.
pub fn is_safe(address: &str) -> bool {
    let Some(rest) = address.strip_prefix("http://") else {
        return address.strip_prefix("https://").is_some_and(is_named);
    };
    let hosts = ["localhost", "127.0.0.1", "[::1]"];
    let mut behind = hosts.iter().filter_map(|host| rest.strip_prefix(host));
    behind.any(|rest| rest.is_empty() || rest.starts_with([':', '/']))
}

fn is_named(rest: &str) -> bool {
    !rest.is_empty() && !rest.starts_with(['/', ':', '?', '#']) && !rest.contains('@')
}

/// A secret from its file, without the line's end.
///
/// # Errors
/// Why it cannot be used, and what to do.
pub fn secret(path: &Path) -> Result<String, (String, &'static str)> {
    let shown = path.display();
    let unreadable = |error: std::io::Error| {
        let why = format!("`{shown}` cannot be read: {error}");
        (why, "name a file that holds the secret alone")
    };
    if std::fs::metadata(path).map_err(unreadable)?.len() > SECRET_BYTES_MAX {
        let why = format!("`{shown}` is longer than {SECRET_BYTES_MAX} bytes");
        return Err((why, "name a file that holds the secret alone"));
    }
    if others_can_reach(path) {
        return Err((format!("others can read `{shown}`"), "`chmod 600` it"));
    }
    let text = std::fs::read_to_string(path).map_err(unreadable)?;
    match text.trim_end() {
        "" => Err((format!("`{shown}` is empty"), "write the secret into it")),
        secret => Ok(secret.to_owned()),
    }
}

impl Identity {
    /// Its settings by key, without the secret.
    pub(super) fn all(&self, place: usize) -> Vec<(String, Value)> {
        let Self {
            name,
            title,
            issuer,
            client_id,
            client_secret_file,
            signs_in,
            scopes,
            claim,
            type_claim,
            number_claim,
            max_age,
        } = self;
        let mut all = vec![
            ("name", json!(name)),
            ("title", json!(title)),
            ("issuer", json!(issuer)),
            ("client_id", json!(client_id)),
            ("client_secret_file", json!(client_secret_file)),
            ("signs_in", json!(signs_in.word())),
            ("scopes", json!(scopes)),
            ("max_age", json!(max_age)),
        ];
        match signs_in {
            SignsIn::Officers => all.push(("claim", json!(claim))),
            SignsIn::People => {
                all.push(("type_claim", json!(type_claim)));
                all.push(("number_claim", json!(number_claim)));
            }
        }
        let key = |(key, value): (&str, Value)| (format!("identity.{place}.{key}"), value);
        all.into_iter().map(key).collect()
    }

    fn check(&self, blame: &mut impl FnMut(&str, String, &str)) {
        let slug = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let name = &self.name;
        if name.is_empty() || name.len() > NAME_BYTES_MAX || !name.bytes().all(slug) {
            let why = format!("`{name}` cannot stand in an address");
            blame("name", why, "write 1 to 32 of `a-z`, `0-9` and `-`");
        }
        for (key, text) in [("title", &self.title), ("client_id", &self.client_id)] {
            if text.trim().is_empty() {
                blame(key, "it is empty".to_owned(), "write what it is");
            }
        }
        if !is_safe(&self.issuer) {
            let why = format!("`{}` is neither with TLS nor on this machine", self.issuer);
            blame("issuer", why, "write it as `https://id.example`");
        }
        if let Some(path) = &self.client_secret_file
            && let Err((why, help)) = secret(path)
        {
            blame("client_secret_file", why, help);
        }
        let officers = self.signs_in == SignsIn::Officers;
        for (key, claim, fits) in [
            ("claim", &self.claim, officers),
            ("type_claim", &self.type_claim, !officers),
            ("number_claim", &self.number_claim, !officers),
        ] {
            if claim.is_some() && !fits {
                let why = format!("it says nothing about {}", self.signs_in.word());
                blame(key, why, "leave it out, or change `signs_in`");
            }
        }
        if !officers && self.number_claim.is_none() {
            let help = "name the claim with the number of the document";
            blame("number_claim", "it is missing".to_owned(), help);
        }
    }
}

/// Adds every fault of the providers.
pub(super) fn check(
    providers: &[Identity],
    sources: &BTreeMap<String, Source>,
    faults: &mut Vec<Fault>,
) {
    let mut names = BTreeSet::new();
    for (place, provider) in providers.iter().enumerate() {
        let section = format!("identity.{}", place.saturating_add(1));
        let mut blame = |key: &str, why: String, help: &str| {
            let source = sources.get(&section);
            faults.push(Fault::of(source, &format!("{section}.{key}"), why, help));
        };
        provider.check(&mut blame);
        if !names.insert(&provider.name) {
            let why = format!("`{}` is the name of another one too", provider.name);
            blame("name", why, "give each its own");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_with_tls_or_on_this_machine() {
        for (address, safe) in [
            ("https://id.example", true),
            ("https://id.example/realms/henan", true),
            ("http://localhost:4000", true),
            ("http://127.0.0.1", true),
            ("http://[::1]:1/x", true),
            ("http://id.example", false),
            ("http://localhost.evil.example", false),
            ("http://127.0.0.1@evil.example", false),
            ("https://", false),
            ("https://user@id.example", false),
            ("ftp://id.example", false),
            ("id.example", false),
        ] {
            assert_eq!(is_safe(address), safe, "{address}");
        }
    }
}

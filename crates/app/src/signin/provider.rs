//! Identity providers (OpenID Connect), as far as signing in asks them.
//!
//! Invariant: a provider vouches for an account or a document and for nothing else; what that opens
//! is decided here. Refuses: to know how a provider is reached.

use domain::document::Document;
use domain::time::Timestamp;
use serde::Deserialize;

/// Whom a provider signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SignsIn {
    /// Officers, by an account that an invitation bound to them.
    Officers,
    /// People, by the document that the provider vouches for.
    People,
}

impl SignsIn {
    /// The stable word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Officers => "officers",
            Self::People => "people",
        }
    }
}

/// One attempt to sign in, as the server keeps it while the browser is at the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Comes back with the browser.
    pub state: String,
    /// Comes back in the token.
    pub nonce: String,
    /// Proves that whoever redeems the code began the attempt (RFC 7636).
    pub verifier: String,
    /// When it began.
    pub begun: Timestamp,
    /// Whether the provider must ask again who it is, whoever is signed in there.
    pub anew: bool,
}

/// For whom a provider vouched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proven {
    /// An account there.
    Account(String),
    /// A person, by document.
    Person(Document),
}

/// Why a provider vouched for nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It could not be asked, or answered what it must not.
    Provider,
    /// It does not take the code.
    Code,
    /// Its token does not hold.
    Token,
}

/// A failure, and why, in words without personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What failed.
    pub failure: Failure,
    /// Why, for the operator.
    pub why: String,
}

/// An identity provider that signs somebody in here.
pub trait Provider: Send + Sync {
    /// Its name in addresses.
    fn name(&self) -> &str;
    /// Its name for people.
    fn title(&self) -> &str;
    /// Whom it signs in.
    fn signs_in(&self) -> SignsIn;
    /// The address to send the browser to.
    fn begin(&self, attempt: &Attempt) -> Result<String, Fault>;
    /// For whom the code of an attempt speaks; `issuer` as the answer named it, if it did.
    fn redeem(&self, attempt: &Attempt, code: &str, issuer: Option<&str>) -> Result<Proven, Fault>;
}

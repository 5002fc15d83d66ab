//! How notices go out: what an operator writes down, in a file or as options.
//!
//! Invariant: secrets are never shown by `Debug`. Refuses: keys that it does not know.

use serde::Deserialize;
use std::fmt;

/// Everything the courier needs to be told.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The gateway of short messages; tried first.
    pub webhook: Option<WebhookSettings>,
    /// The e-mail server.
    pub smtp: Option<SmtpSettings>,
    /// The address of the page where a person reads the details and objects.
    pub page: Option<String>,
    /// The hotline named at the end of every notice.
    pub hotline: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            webhook: None,
            smtp: None,
            page: None,
            hotline: "12345".to_owned(),
        }
    }
}

/// A gateway of short messages.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookSettings {
    /// Where letters are posted.
    pub url: String,
    /// The secret that signs them: `whsec_` and 24 to 64 bytes in base64.
    pub secret: String,
}

/// An e-mail server.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmtpSettings {
    /// Its name.
    pub host: String,
    /// Its port; by default 465 with TLS, 587 with STARTTLS, 25 in clear.
    #[serde(default)]
    pub port: Option<u16>,
    /// How the connection is protected.
    #[serde(default)]
    pub security: Security,
    /// The sender, such as `健康码 <notice@example.org>`.
    pub from: String,
    /// The user, where the server asks for one.
    #[serde(default)]
    pub user: Option<String>,
    /// The user's password.
    #[serde(default)]
    pub password: Option<String>,
}

/// How a connection to an e-mail server is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// TLS from the first byte.
    #[default]
    Tls,
    /// TLS after a greeting in clear; without it nothing is sent.
    Starttls,
    /// Not at all: for a server on this machine.
    Clear,
}

impl fmt::Debug for WebhookSettings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "WebhookSettings({}, ..)", self.url)
    }
}

impl fmt::Debug for SmtpSettings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SmtpSettings({}, ..)", self.host)
    }
}

/// A setting that cannot be used: which, why, and what to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsError {
    /// The setting.
    pub name: &'static str,
    /// What is wrong with it; never the secret itself.
    pub why: String,
    /// What to write instead.
    pub help: &'static str,
}

impl fmt::Display for SettingsError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "`{}`: {}\nhelp: {}",
            self.name, self.why, self.help
        )
    }
}

impl std::error::Error for SettingsError {}

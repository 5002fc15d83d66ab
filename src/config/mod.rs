//! The configuration of a server: `mingma.toml`.
//!
//! Invariant: what is not known is refused, so that a misspelt line cannot be silently nothing; a
//! secret is never written out. Refuses: files that others can read while they hold secrets.

use courier::Settings;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// The longest configuration, in bytes.
const CONFIG_BYTES_MAX: u64 = 1_048_576;

/// Everything that a server can be told.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The server itself.
    pub server: Server,
    /// Who is told, and how; without it notices wait in the outbox.
    pub notices: Option<Settings>,
}

/// Where a server listens and is found.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// Where to listen.
    pub listen: Option<String>,
    /// Where people find it, as `https://henan.example`.
    pub origin: Option<String>,
    /// The directory that `mingma publish` wrote.
    pub site: Option<PathBuf>,
}

/// Why a configuration cannot be used: what and where, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// What is wrong, with file and line.
    pub what: String,
    /// What to do.
    pub help: String,
}

impl Config {
    /// Reads a configuration.
    ///
    /// # Errors
    /// It cannot be read, is too long, or says something unknown.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let shown = path.display();
        let fault = |what: String, help: &str| ConfigError {
            what,
            help: help.to_owned(),
        };
        let unreadable = |error: std::io::Error| {
            fault(
                format!("`{shown}` cannot be read: {error}"),
                "check the path and its permissions",
            )
        };
        let metadata = std::fs::metadata(path).map_err(unreadable)?;
        if metadata.len() > CONFIG_BYTES_MAX {
            return Err(fault(
                format!("`{shown}` is longer than {CONFIG_BYTES_MAX} bytes"),
                "check that it is the right file",
            ));
        }
        let text = std::fs::read_to_string(path).map_err(unreadable)?;
        let config: Self = toml::from_str(&text).map_err(|error| {
            fault(
                format!("`{shown}`: {}", error.to_string().trim_end()),
                "docs/mingma.toml has every setting",
            )
        })?;
        if config.holds_secrets() && others_can_read(&metadata) {
            return Err(fault(
                format!("`{shown}` holds secrets, and others can read it"),
                "`chmod 600` it",
            ));
        }
        Ok(config)
    }

    fn holds_secrets(&self) -> bool {
        let Some(notices) = &self.notices else {
            return false;
        };
        let password = notices
            .smtp
            .as_ref()
            .is_some_and(|smtp| smtp.password.is_some());
        notices.webhook.is_some() || password
    }
}

fn others_can_read(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o077 != 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn read(text: &str, mode: u32) -> Result<Config, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mingma.toml");
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        Config::read(&path)
    }

    #[test]
    fn the_example_says_every_setting() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/mingma.toml");
        let text = std::fs::read_to_string(path).unwrap();
        let config = read(&text, 0o600).unwrap();
        let notices = config.notices.unwrap();
        assert!(config.server.listen.is_some() && config.server.origin.is_some());
        assert!(config.server.site.is_some() && notices.page.is_some());
        let smtp = notices.smtp.unwrap();
        assert!(notices.webhook.is_some() && smtp.port.is_some() && smtp.password.is_some());
    }

    #[test]
    fn an_unknown_setting_is_named_with_its_line() {
        let error = read(
            "[server]\nlisten = \"127.0.0.1:80\"\norigni = \"x\"\n",
            0o644,
        );
        let error = error.unwrap_err();
        assert!(
            error.what.contains("line 3") && error.what.contains("origni"),
            "{error:?}"
        );
    }

    #[test]
    fn secrets_are_not_for_others_to_read() {
        let text = "[notices.webhook]\nurl = \"https://sms.example\"\nsecret = \"whsec_x\"\n";
        assert!(
            read(text, 0o640)
                .unwrap_err()
                .what
                .contains("others can read")
        );
        assert!(read(text, 0o600).is_ok());
        assert!(read("[server]\n", 0o644).is_ok());
    }
}

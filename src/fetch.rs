//! Reading a published site: from a directory, or from a web server.
//!
//! Invariant: nothing longer than asked for is read; a name is a plain path below the site.
//! Refuses: addresses that are neither `http` nor `https`, redirects to elsewhere, slow servers.

use std::fmt;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long one file may take.
const TIME_MAX: Duration = Duration::from_secs(60);

/// Where a site is.
pub enum Site {
    /// A directory of this machine.
    Folder(PathBuf),
    /// A web server.
    Web {
        /// The address that every name is put behind.
        base: String,
        /// The client.
        agent: ureq::Agent,
    },
}

/// Why a file could not be had.
#[derive(Debug)]
pub struct FetchError {
    /// Which file.
    pub name: String,
    /// Why.
    pub why: String,
}

impl fmt::Display for FetchError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{}` cannot be fetched: {}", self.name, self.why)
    }
}

/// A client with the roots of this machine, that follows no redirect; a status of 400 and more is
/// an error where `status_as_error`.
pub fn agent(status_as_error: bool) -> ureq::Agent {
    agent_within(status_as_error, TIME_MAX)
}

/// The same with its own time for one answer.
pub fn agent_within(status_as_error: bool, time_max: Duration) -> ureq::Agent {
    // Whoever set one before means it; then this changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let tls = ureq::tls::TlsConfig::builder()
        .root_certs(ureq::tls::RootCerts::PlatformVerifier)
        .build();
    ureq::Agent::config_builder()
        .timeout_global(Some(time_max))
        .http_status_as_error(status_as_error)
        .max_redirects(0)
        .tls_config(tls)
        .build()
        .into()
}

impl Site {
    /// The site that a text names.
    pub fn open(place: &str) -> Self {
        if !place.starts_with("http://") && !place.starts_with("https://") {
            return Self::Folder(PathBuf::from(place));
        }
        Self::Web {
            base: place.trim_end_matches('/').to_owned(),
            agent: agent(true),
        }
    }

    /// A file, or `None` where there is none.
    pub fn get(&self, name: &str, bytes_max: usize) -> Result<Option<Vec<u8>>, FetchError> {
        let fault = |why: String| FetchError {
            name: name.to_owned(),
            why,
        };
        if !is_plain(name) {
            return Err(fault("not a plain path".to_owned()));
        }
        let found = match self {
            Self::Folder(root) => from_folder(&root.join(name), bytes_max),
            Self::Web { base, agent } => from_web(agent, &format!("{base}/{name}"), bytes_max),
        }
        .map_err(fault)?;
        match found {
            Some(bytes) if bytes.len() > bytes_max => {
                Err(fault(format!("longer than {bytes_max} bytes")))
            }
            found => Ok(found),
        }
    }

    /// A file that must be there.
    pub fn need(&self, name: &str, bytes_max: usize) -> Result<Vec<u8>, FetchError> {
        self.get(name, bytes_max)?.ok_or_else(|| FetchError {
            name: name.to_owned(),
            why: "it is not there".to_owned(),
        })
    }

    /// A text that must be there.
    pub fn need_text(&self, name: &str, bytes_max: usize) -> Result<String, FetchError> {
        String::from_utf8(self.need(name, bytes_max)?).map_err(|_| FetchError {
            name: name.to_owned(),
            why: "it is not UTF-8 text".to_owned(),
        })
    }
}

/// A path below the site, with nothing that could lead out of it.
fn is_plain(name: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte))
    };
    name.len() <= 256 && name.split('/').all(part)
}

fn from_folder(path: &Path, bytes_max: usize) -> Result<Option<Vec<u8>>, String> {
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    let mut bytes = Vec::new();
    let limit = u64::try_from(bytes_max)
        .unwrap_or(u64::MAX)
        .saturating_add(1);
    file.take(limit)
        .read_to_end(&mut bytes)
        .map_err(|error| error.to_string())?;
    Ok(Some(bytes))
}

fn from_web(agent: &ureq::Agent, url: &str, bytes_max: usize) -> Result<Option<Vec<u8>>, String> {
    let limit = u64::try_from(bytes_max)
        .unwrap_or(u64::MAX)
        .saturating_add(1);
    let mut answer = match agent.get(url).call() {
        Ok(answer) => answer,
        Err(ureq::Error::StatusCode(404 | 410)) => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    if answer.status() != 200 {
        return Err(format!("the server answers {}", answer.status()));
    }
    let body = answer.body_mut().with_config().limit(limit).read_to_vec();
    body.map(Some).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_lead_out_of_the_site() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.txt"), "12345").unwrap();
        let site = Site::open(folder.path().to_str().unwrap());
        assert_eq!(site.get("a.txt", 5).unwrap(), Some(b"12345".to_vec()));
        assert_eq!(site.get("b.txt", 5).unwrap(), None);
        assert!(site.get("a.txt", 4).is_err());
        for name in [
            "",
            "/a.txt",
            "../a.txt",
            "x/../a.txt",
            ".a",
            "a b",
            "a//b",
            "a\\b",
        ] {
            assert!(site.get(name, 5).is_err(), "{name}");
        }
    }
}

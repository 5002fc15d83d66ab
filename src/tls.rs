//! The certificate and the key with which the server speaks TLS.
//!
//! Invariant: a certificate is used only with the key that fits it; TLS 1.2 and 1.3 alone, HTTP/1.1
//! alone. Refuses: a key that others can read.

use crate::host::others_can_reach;
use domain::time::Timestamp;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use x509_cert::Certificate;
use x509_cert::der::Decode as _;

/// Where certificate and key are.
#[derive(Clone, Debug)]
pub struct Files {
    /// The certificates, PEM, the server's own first.
    pub certificate: PathBuf,
    /// Its key, PEM.
    pub key: PathBuf,
}

/// Why TLS cannot be spoken: the setting, why, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The setting.
    pub key: &'static str,
    /// Why.
    pub why: String,
    /// What to do.
    pub help: &'static str,
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, why, help } = self;
        write!(formatter, "`{key}`: {why}\nhelp: {help}")
    }
}

const CERTIFICATE: &str = "server.certificate";
const KEY: &str = "server.key";

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Fault> {
    let fault = |why: String| Fault {
        key: CERTIFICATE,
        why: format!("`{}`: {why}", path.display()),
        help: "name a PEM file with the server's certificate first, then those above it",
    };
    let chain =
        CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let chain = chain.map_err(|error| fault(error.to_string()))?;
    match chain.is_empty() {
        true => Err(fault("there is no certificate in it".to_owned())),
        false => Ok(chain),
    }
}

/// Reads certificate and key.
///
/// # Errors
/// Which of them cannot be used, and why.
pub fn load(files: &Files) -> Result<Arc<ServerConfig>, Fault> {
    let fault = |why: String, help: &'static str| Fault {
        key: KEY,
        why: format!("`{}`: {why}", files.key.display()),
        help,
    };
    let chain = certificates(&files.certificate)?;
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|error| {
        fault(
            error.to_string(),
            "name a PEM file with the certificate's key",
        )
    })?;
    if others_can_reach(&files.key) {
        return Err(fault("others can read it".to_owned(), "`chmod 600` it"));
    }
    let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = builder
        .with_safe_default_protocol_versions()
        .map(|builder| builder.with_no_client_auth())
        .and_then(|builder| builder.with_single_cert(chain, key));
    let mut config = config.map_err(|error| {
        fault(
            error.to_string(),
            "name the key that belongs to the certificate",
        )
    })?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// When the server's own certificate ends.
///
/// # Errors
/// It cannot be read.
pub fn ends(certificate: &Path) -> Result<Timestamp, Fault> {
    let chain = certificates(certificate)?;
    let own = chain.first().map(|own| Certificate::from_der(own));
    let own = own.and_then(Result::ok).ok_or_else(|| Fault {
        key: CERTIFICATE,
        why: format!("`{}` is not X.509", certificate.display()),
        help: "name a PEM file with the server's certificate first",
    })?;
    let end = own
        .tbs_certificate()
        .validity()
        .not_after
        .to_unix_duration();
    Ok(Timestamp::from_unix(
        i64::try_from(end.as_secs()).unwrap_or(i64::MAX),
    ))
}

//! The certificate that a server shows, read again without a stop.
//!
//! Invariant: files that cannot be used change nothing and are named in the log.

use crate::tls;
use rustls::ServerConfig;
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use web::Tls;

/// The certificate in use, and where the next one will be.
pub(crate) struct Renewal {
    files: tls::Files,
    now: watch::Sender<Arc<ServerConfig>>,
    log: fn(&str),
}

impl Renewal {
    /// Reads both files for the first time.
    pub(crate) fn begin(files: tls::Files, log: fn(&str)) -> Result<Self, String> {
        let config = tls::load(&files).map_err(|fault| fault.to_string())?;
        let now = watch::Sender::new(config);
        Ok(Self { files, now, log })
    }

    /// Reads the files again at each SIGHUP; where they cannot be used the old ones stay.
    pub(crate) fn run(self) -> Tls {
        let used = self.now.subscribe();
        let hangup = signal(SignalKind::hangup());
        tokio::spawn(async move {
            // Nobody asks where the operating system has no such signal.
            let Ok(mut hangup) = hangup else {
                return;
            };
            while hangup.recv().await.is_some() {
                match tls::load(&self.files) {
                    Ok(config) => {
                        self.now.send_replace(config);
                        (self.log)("mingma: the certificate was read again");
                    }
                    Err(fault) => {
                        (self.log)(&format!("mingma: the old certificate stays: {fault}"))
                    }
                }
            }
        });
        used
    }
}

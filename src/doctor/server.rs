//! The configuration, the certificate, and who can reach the server.

use super::{About, Findings};
use crate::config::{Config, Faults};
use crate::oidc::Oidc;
use crate::tls;
use domain::time::Timestamp;

/// A certificate is renewed at the latest so many days before its end.
const CERTIFICATE_DAYS: i64 = 14;

/// Every fault is a finding.
pub(super) fn faults(faults: &Faults, about: &mut About<'_>) {
    for fault in &faults.0 {
        about.fail(&fault.what, &fault.help);
    }
}

/// A configuration without faults.
pub(super) fn settled(config: &Config, now: Timestamp, findings: &mut Findings) {
    findings
        .about("configuration")
        .ok("the configuration has no fault");
    let server = &config.server;
    if let Some(files) = server.tls() {
        match tls::ends(&files.certificate) {
            Ok(end) => findings.about("certificate").end(
                "the certificate",
                end,
                now,
                CERTIFICATE_DAYS,
                "renew it, then `systemctl reload mingma` (SIGHUP)",
            ),
            Err(fault) => findings.about("certificate").fail(fault.why, fault.help),
        }
    }
    let mut reach = findings.about("reach");
    let https = server
        .origin
        .as_deref()
        .is_some_and(|origin| origin.starts_with("https://"));
    match (server.tls().is_some(), server.behind_proxy) {
        (true, _) => reach.ok(format!("{} speaks TLS", server.listen)),
        (false, true) => reach.ok(format!(
            "{} is in clear for a proxy that speaks TLS, and believes its X-Forwarded-For",
            server.listen
        )),
        (false, false) if https => reach.warn(
            "people find the server with TLS, which neither it nor a known proxy speaks: all who \
             come by a proxy count as one caller",
            "say `server.behind_proxy = true`, or name `server.certificate` and `server.key`",
        ),
        (false, false) => reach.ok(format!("{} is for this machine alone", server.listen)),
    }
    providers(config, findings);
    let mut notices = findings.about("notices");
    match &config.notices {
        Some(_) => notices.ok("a courier carries notices"),
        None => notices.warn(
            "no way of telling people is set up: notices wait in the outbox",
            "set up `[notices]` (docs/notices.md)",
        ),
    }
}

/// Whether each identity provider answers for itself.
fn providers(config: &Config, findings: &mut Findings) {
    for settings in &config.identity {
        let mut about = findings.about("identity");
        let origin = config.server.origin.as_deref();
        let provider = Oidc::new(settings.clone(), origin.unwrap_or("http://localhost"));
        match provider.and_then(|provider| provider.examine()) {
            Ok(()) => about.ok(format!(
                "{} signs {} in",
                settings.issuer,
                settings.signs_in.word()
            )),
            Err(why) => about.fail(
                format!("{} cannot sign anybody in: {why}", settings.issuer),
                "check `issuer`, and that the provider can be reached from here",
            ),
        }
    }
}

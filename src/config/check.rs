//! What a configuration must satisfy as a whole.
//!
//! Invariant: nothing is changed and nothing is connected to; a fault names its setting.

use super::{Fault, Settled};
use crate::host::can_write;
use crate::tls;
use std::net::ToSocketAddrs as _;

/// The most connections and requests at once that can be asked for.
const CONNECTIONS_MAX: usize = 1_000_000;
const REQUESTS_MAX: usize = 65_536;
/// The longest time between two publications: a list says for ten minutes that it is the newest.
const SECONDS_MAX: u32 = 600;
/// The longest time that a backup is kept: ten years.
const KEEP_DAYS_MAX: u16 = 3_650;

/// Adds every fault of what is settled.
pub(super) fn check(settled: &Settled, faults: &mut Vec<Fault>) {
    let server = &settled.config.server;
    let mut blame = |key: &str, why: String, help: &str| {
        faults.push(Fault::of(settled.sources.get(key), key, why, help));
    };
    if let Some(origin) = &server.origin {
        if app::signin::host(origin).is_none() {
            let why = format!("`{origin}` is not `https://` and a host, with a port if need be");
            blame("server.origin", why, "write it as `https://henan.example`");
        } else if server.tls().is_some() && !origin.starts_with("https://") {
            let why = format!("`{origin}` is in clear, and the server speaks TLS");
            blame("server.origin", why, "write it with `https://`");
        }
    }
    site(settled, &mut blame);
    pairs(settled, &mut blame);
    if let Some(files) = server.tls()
        && let Err(tls::Fault { key, why, help }) = tls::load(&files)
    {
        blame(key, why, help);
    }
    listen(settled, &mut blame);
    let limits = &settled.config.limits;
    for (key, value, most) in [
        ("limits.connections", limits.connections, CONNECTIONS_MAX),
        ("limits.requests", limits.requests, REQUESTS_MAX),
    ] {
        if !(1..=most).contains(&value) {
            blame(
                key,
                format!("{value} is not between 1 and {most}"),
                "choose another number",
            );
        }
    }
    if let Err((why, help)) = settled.config.counter.pen() {
        blame("counter.key", why, &help);
    }
    if let Err((why, help)) = settled.config.issuing.pen() {
        blame("issuing.key", why, &help);
    }
    backup(settled, &mut blame);
    super::identity::check(&settled.config.identity, &settled.sources, faults);
    if let Some(notices) = &settled.config.notices
        && let Err(error) = courier::channels(notices)
    {
        let key = format!("notices.{}", error.name);
        let section = error.name.split('.').next().unwrap_or_default();
        let source = settled.sources.get(&format!("notices.{section}"));
        faults.push(Fault::of(source, &key, error.why, error.help));
    }
}

/// The site: there already, or made by the server, at a pace that a disk can hold.
fn site(settled: &Settled, blame: &mut impl FnMut(&str, String, &str)) {
    let (server, issuing) = (&settled.config.server, &settled.config.issuing);
    match &server.site {
        Some(site) if site.exists() && !site.is_dir() || !server.publish && !site.is_dir() => {
            blame(
                "server.site",
                format!("`{}` is not a directory", site.display()),
                "write the site first with `mingma publish --out DIR`, or say `server.publish = true`",
            );
        }
        None if server.publish => blame(
            "server.publish",
            "`server.site` is missing".to_owned(),
            "name the directory that the server is to publish to",
        ),
        Some(_) | None => {}
    }
    if issuing.officer.is_some() && !server.publish {
        let why = "the server publishes no site for its lists".to_owned();
        let help = "say `server.publish = true`, and name `server.site`";
        blame("issuing.officer", why, help);
    }
    for (key, seconds) in [
        ("server.publish_every", server.publish_every),
        ("issuing.every", issuing.every),
    ] {
        if !(1..=SECONDS_MAX).contains(&seconds) {
            let why = format!("{seconds} is not between 1 and {SECONDS_MAX} seconds");
            blame(key, why, "choose another number");
        }
    }
}

/// The folder of backups is there and can be written to, and the numbers make sense.
fn backup(settled: &Settled, blame: &mut impl FnMut(&str, String, &str)) {
    let backup = &settled.config.backup;
    if let Some(folder) = &backup.folder {
        let shown = folder.display();
        if !folder.is_dir() {
            let why = format!("`{shown}` is not a directory");
            blame(
                "backup.folder",
                why,
                "make it, or mount the disk that it is on",
            );
        } else if !can_write(folder) {
            let why = format!("`{shown}` cannot be written to");
            let help = "give it to the user that the server runs as";
            blame("backup.folder", why, help);
        }
    }
    let number = "choose another number";
    if backup.hour > 23 {
        let why = format!("{} is not between 0 and 23", backup.hour);
        blame("backup.hour", why, number);
    }
    if !(1..=KEEP_DAYS_MAX).contains(&backup.keep_days) {
        let why = format!(
            "{} is not between 1 and {KEEP_DAYS_MAX} days",
            backup.keep_days
        );
        blame("backup.keep_days", why, number);
    }
}

/// Settings that make sense together alone.
fn pairs(settled: &Settled, blame: &mut impl FnMut(&str, String, &str)) {
    let (server, counter) = (&settled.config.server, &settled.config.counter);
    let issuing = &settled.config.issuing;
    let certificate = ("server.certificate", server.certificate.is_some());
    let key = ("server.key", server.key.is_some());
    let officer = ("counter.officer", counter.officer.is_some());
    let pen = ("counter.key", counter.key.is_some());
    let issuer = ("issuing.officer", issuing.officer.is_some());
    let issuing = ("issuing.key", issuing.key.is_some());
    for (here, there) in [
        (certificate, key),
        (key, certificate),
        (officer, pen),
        (pen, officer),
        (issuer, issuing),
        (issuing, issuer),
    ] {
        if here.1 && !there.1 {
            let why = format!("`{}` is missing", there.0);
            blame(here.0, why, "name both, or neither");
        }
    }
}

/// In clear nobody listens beyond this machine, but for a proxy that speaks TLS.
fn listen(settled: &Settled, blame: &mut impl FnMut(&str, String, &str)) {
    let server = &settled.config.server;
    let listen = &server.listen;
    let mut addresses = match listen.to_socket_addrs() {
        Ok(addresses) => addresses,
        Err(error) => {
            let why = format!("`{listen}` is no address to listen on: {error}");
            return blame("server.listen", why, "write it as `127.0.0.1:8080`");
        }
    };
    let in_clear = server.certificate.is_none() && !server.behind_proxy;
    if in_clear && addresses.any(|address| !address.ip().is_loopback()) {
        blame(
            "server.listen",
            format!("`{listen}` is beyond this machine, and the server speaks in clear"),
            "name `server.certificate` and `server.key`, or say `server.behind_proxy = true` \
             where a proxy in front speaks TLS",
        );
    }
}

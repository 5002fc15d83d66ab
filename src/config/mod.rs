//! The configuration of a server: `mingma.toml`, the environment, and what the command line says.
//!
//! Invariant: an option goes before the environment, the environment before the file, the file
//! before the default; what is not known is refused, so that a misspelt line cannot be silently
//! nothing, and all faults are named at once; a secret is never shown. Refuses: files that others
//! can read while they hold secrets.

mod check;
pub mod identity;
mod layers;
#[cfg(test)]
mod tests;

pub use layers::{Fault, Faults, Source};

use crate::backup;
use crate::host::others_can_reach;
use crate::pen::Pen;
use crate::press::{Lists, Plan};
use app::quota::Rule;
use courier::{Security, Settings};
use domain::ids::OfficerId;
use identity::Identity;
use layers::Layers;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use web::Limits;

/// The longest configuration, in bytes.
const CONFIG_BYTES_MAX: u64 = 1_048_576;
/// What is shown in place of a secret.
const HIDDEN: &str = "(hidden)";

/// Everything that a server can be told.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The server itself.
    pub server: Server,
    /// How much it takes on.
    pub limits: LimitSettings,
    /// What it writes to its log.
    pub log: Log,
    /// Who is told, and how; without it notices wait in the outbox.
    pub notices: Option<Settings>,
    /// The online counter; without it people object by telephone or in person.
    pub counter: CounterSettings,
    /// Who cuts the lists; without it they are cut at the command line.
    pub issuing: IssuingSettings,
    /// Where the server makes backups; without it somebody stops it and does.
    pub backup: BackupSettings,
    /// Who else vouches for officers and people.
    pub identity: Vec<Identity>,
}

/// Where the server makes backups, when, and how long they are kept.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BackupSettings {
    /// The folder that they are made in.
    pub folder: Option<PathBuf>,
    /// The hour of China's civil time.
    pub hour: u8,
    /// After so many days one is removed.
    pub keep_days: u16,
}

impl Default for BackupSettings {
    fn default() -> Self {
        Self {
            folder: None,
            hour: 3,
            keep_days: 35,
        }
    }
}

impl BackupSettings {
    /// Where and when the server makes backups, where it does.
    pub fn plan(&self) -> Option<backup::Plan> {
        Some(backup::Plan {
            folder: self.folder.clone()?,
            hour: self.hour,
            keep_days: self.keep_days,
            bell: backup::Bell::default(),
        })
    }
}

/// The online counter: the officer of an organisation whose key signs what people ask for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CounterSettings {
    /// The officer, registered with the role `counter`.
    pub officer: Option<OfficerId>,
    /// The officer's key file.
    pub key: Option<PathBuf>,
}

impl CounterSettings {
    /// The officer and the key, ready to sign, where both are named.
    ///
    /// # Errors
    /// What is wrong with the key's file, and what to do.
    pub fn pen(&self) -> Result<Option<Pen>, (String, String)> {
        pen(self.officer.as_ref(), self.key.as_deref())
    }
}

/// The officer whose key publishes the lists that the server cuts.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IssuingSettings {
    /// The officer, registered with the role `issuer` at the province's big-data bureau.
    pub officer: Option<OfficerId>,
    /// The officer's key file.
    pub key: Option<PathBuf>,
    /// The shortest time between two versions of a list, in seconds.
    pub every: u32,
}

impl Default for IssuingSettings {
    fn default() -> Self {
        Self {
            officer: None,
            key: None,
            every: 60,
        }
    }
}

impl IssuingSettings {
    /// The officer and the key, ready to sign, where both are named.
    ///
    /// # Errors
    /// What is wrong with the key's file, and what to do.
    pub fn pen(&self) -> Result<Option<Pen>, (String, String)> {
        pen(self.officer.as_ref(), self.key.as_deref())
    }
}

fn pen(officer: Option<&OfficerId>, key: Option<&Path>) -> Result<Option<Pen>, (String, String)> {
    let (Some(officer), Some(path)) = (officer, key) else {
        return Ok(None);
    };
    let text = read(path).map_err(|fault| (fault.what, fault.help))?;
    Pen::read(officer.clone(), path, &text).map(Some)
}

/// Where a server listens and is found.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// Where to listen.
    pub listen: String,
    /// Where people find it, as `https://henan.example`.
    pub origin: Option<String>,
    /// The directory that `mingma publish` wrote.
    pub site: Option<PathBuf>,
    /// Whether the server keeps that directory up to date itself.
    pub publish: bool,
    /// The shortest time between two times that it does, in seconds.
    pub publish_every: u32,
    /// The certificates of TLS, PEM, its own first.
    pub certificate: Option<PathBuf>,
    /// The key of the certificate, PEM.
    pub key: Option<PathBuf>,
    /// Whether a proxy in front speaks TLS and says in `X-Forwarded-For` who asks.
    pub behind_proxy: bool,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8080".to_owned(),
            origin: None,
            site: None,
            publish: false,
            publish_every: 5,
            certificate: None,
            key: None,
            behind_proxy: false,
        }
    }
}

impl Server {
    /// The files of TLS, where it speaks TLS.
    pub fn tls(&self) -> Option<crate::tls::Files> {
        Some(crate::tls::Files {
            certificate: self.certificate.clone()?,
            key: self.key.clone()?,
        })
    }
}

/// How much a server takes on.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitSettings {
    /// Connections at once.
    pub connections: usize,
    /// Requests worked on at once.
    pub requests: usize,
    /// Requests a minute of one caller; 0 for no limit.
    pub per_minute: u32,
    /// Rows a day of one organisation: so many times its busiest day of the last 21; 0 for no quota.
    pub quota_times: u32,
    /// Never less than so many rows.
    pub quota_floor: u64,
}

impl LimitSettings {
    /// How many rows of evidence a day are taken of each organisation.
    pub const fn quota(&self) -> Rule {
        Rule {
            times: self.quota_times,
            floor: self.quota_floor,
        }
    }
}

impl Default for LimitSettings {
    fn default() -> Self {
        let Limits {
            connections,
            requests,
            per_minute,
            behind_proxy: _,
        } = Limits::default();
        let Rule { times, floor } = Rule::default();
        Self {
            connections,
            requests,
            per_minute,
            quota_times: times,
            quota_floor: floor,
        }
    }
}

/// What a server writes to its log.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// Whether there is a line for each request; what goes wrong is always written.
    pub requests: bool,
}

impl Default for Log {
    fn default() -> Self {
        Self { requests: true }
    }
}

/// A configuration that can be used, and where each setting comes from.
#[derive(Clone, Debug)]
pub struct Settled {
    /// The settings.
    pub config: Config,
    /// Where those come from that are no defaults, by key.
    pub sources: BTreeMap<String, Source>,
}

/// Puts the layers together: options as `(key, value)`, then the environment, then a file.
///
/// # Errors
/// Every fault that was found.
pub fn settle(
    file: Option<&Path>,
    environment: &[(String, String)],
    options: &[(&str, String)],
) -> Result<Settled, Faults> {
    let text = file.map(read).transpose().map_err(Faults::one)?;
    let mut layers = Layers::default();
    if let (Some(path), Some(text)) = (file, &text) {
        layers.file(path, text);
    }
    layers.environment(environment);
    layers.options(options);
    let (settled, mut faults) = layers.settle();
    check::check(&settled, &mut faults);
    if let Some(path) = file
        && settled.config.holds_secrets()
        && others_can_reach(path)
    {
        faults.push(Fault::whole(
            format!("`{}` holds secrets, and others can read it", path.display()),
            "`chmod 600` it",
        ));
    }
    match faults.is_empty() {
        true => Ok(settled),
        false => Err(Faults(faults)),
    }
}

/// The variables of this process that are settings.
pub fn environment() -> Vec<(String, String)> {
    let variables = std::env::vars_os();
    let texts = variables.filter_map(|(name, value)| {
        let name = name.into_string().ok()?;
        let says = layers::is_setting(&name) && !value.is_empty();
        says.then(|| (name, value.to_string_lossy().into_owned()))
    });
    texts.collect()
}

fn read(path: &Path) -> Result<String, Fault> {
    let shown = path.display();
    let unreadable = |error: std::io::Error| {
        Fault::whole(
            format!("`{shown}` cannot be read: {error}"),
            "check the path and its permissions",
        )
    };
    if std::fs::metadata(path).map_err(unreadable)?.len() > CONFIG_BYTES_MAX {
        return Err(Fault::whole(
            format!("`{shown}` is longer than {CONFIG_BYTES_MAX} bytes"),
            "check that it is the right file",
        ));
    }
    std::fs::read_to_string(path).map_err(unreadable)
}

impl Config {
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

    /// The limits as the routes know them.
    pub fn limits(&self) -> Limits {
        Limits {
            connections: self.limits.connections,
            requests: self.limits.requests,
            per_minute: self.limits.per_minute,
            behind_proxy: self.server.behind_proxy,
        }
    }

    /// How the server keeps its site up to date, where it does.
    ///
    /// # Errors
    /// What is wrong with the key of the issuing officer, and what to do.
    pub fn press(&self) -> Result<Option<Plan>, (String, String)> {
        let (true, Some(root)) = (self.server.publish, &self.server.site) else {
            return Ok(None);
        };
        let seconds = |seconds: u32| Duration::from_secs(seconds.into());
        let lists = self.issuing.pen()?.map(|pen| Lists {
            pen,
            every: seconds(self.issuing.every),
        });
        Ok(Some(Plan {
            root: root.clone(),
            every: seconds(self.server.publish_every),
            lists,
        }))
    }

    /// Every setting by its key, in order; secrets hidden.
    pub fn all(&self) -> Vec<(String, Value)> {
        let own = self.own().into_iter();
        let mut all: Vec<_> = own.map(|(key, value)| (key.to_owned(), value)).collect();
        for (place, provider) in self.identity.iter().enumerate() {
            all.extend(provider.all(place.saturating_add(1)));
        }
        all
    }

    /// The settings that can be there once.
    fn own(&self) -> Vec<(&'static str, Value)> {
        let server = &self.server;
        let mut all = vec![
            ("server.listen", json!(server.listen)),
            ("server.origin", json!(server.origin)),
            ("server.site", json!(server.site)),
            ("server.publish", json!(server.publish)),
            ("server.publish_every", json!(server.publish_every)),
            ("server.certificate", json!(server.certificate)),
            ("server.key", json!(server.key)),
            ("server.behind_proxy", json!(server.behind_proxy)),
            ("limits.connections", json!(self.limits.connections)),
            ("limits.requests", json!(self.limits.requests)),
            ("limits.per_minute", json!(self.limits.per_minute)),
            ("limits.quota_times", json!(self.limits.quota_times)),
            ("limits.quota_floor", json!(self.limits.quota_floor)),
            ("log.requests", json!(self.log.requests)),
            ("counter.officer", json!(self.counter.officer)),
            ("counter.key", json!(self.counter.key)),
            ("issuing.officer", json!(self.issuing.officer)),
            ("issuing.key", json!(self.issuing.key)),
            ("issuing.every", json!(self.issuing.every)),
            ("backup.folder", json!(self.backup.folder)),
            ("backup.hour", json!(self.backup.hour)),
            ("backup.keep_days", json!(self.backup.keep_days)),
        ];
        let Some(notices) = &self.notices else {
            return all;
        };
        all.push(("notices.page", json!(notices.page)));
        all.push(("notices.hotline", json!(notices.hotline)));
        if let Some(webhook) = &notices.webhook {
            all.push(("notices.webhook.url", json!(webhook.url)));
            all.push(("notices.webhook.secret", json!(HIDDEN)));
        }
        if let Some(smtp) = &notices.smtp {
            let security = match smtp.security {
                Security::Tls => "tls",
                Security::Starttls => "starttls",
                Security::Clear => "clear",
            };
            let password = smtp.password.as_ref().map(|_| HIDDEN);
            all.push(("notices.smtp.host", json!(smtp.host)));
            all.push(("notices.smtp.port", json!(smtp.port)));
            all.push(("notices.smtp.security", json!(security)));
            all.push(("notices.smtp.from", json!(smtp.from)));
            all.push(("notices.smtp.user", json!(smtp.user)));
            all.push(("notices.smtp.password", json!(password)));
        }
        all
    }
}

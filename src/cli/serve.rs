//! `mingma serve`: the ledger over HTTP (`docs/http-api.md`).
//!
//! Invariant: the first line of standard output is the address, once requests are taken; the log of
//! requests goes to standard error. SIGINT and SIGTERM end it in good order.

use super::context::{Context, complain};
use super::data::backups_outside;
use super::error::{CliError, Done};
use crate::config;
use crate::oidc;
use crate::serve::{self, Face};
use clap::Args;
use serde_json::json;
use std::net::TcpListener;
use std::path::PathBuf;
use web::counter::Counter;

/// Options of `mingma serve`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  mingma serve --listen 127.0.0.1:8080 --site /srv/www/henan --publish
  curl --data-binary @cold.mmr -H 'Content-Type: application/cose' \\
      http://127.0.0.1:8080/api/v1/submissions

Beyond this machine it speaks TLS (`server.certificate` and `server.key` of the configuration), or a
proxy in front does (`server.behind_proxy`). `docs/http-api.md` has the routes and the problems; the
running server has them at /api/v1. SIGHUP reads the certificate again, SIGUSR1 makes a backup
(`backup.folder`).")]
pub struct Options {
    /// The configuration file (docs/mingma.toml); before it goes the environment, as
    /// MINGMA_SERVER_LISTEN, and before that what is said here
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where to listen; port 0 takes a free one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// The directory that `mingma publish` wrote, or `--publish` writes, to be served under `/`
    #[arg(long, value_name = "DIR")]
    site: Option<PathBuf>,
    /// Keep that directory up to date: the server publishes what `mingma publish` would, by itself
    #[arg(long)]
    publish: bool,
    /// Where people find this server, as `https://henan.example`; passkeys speak there alone
    /// [default: http://localhost with the port]
    #[arg(long, value_name = "URL")]
    origin: Option<String>,
    /// Rehearse: a ledger in a temporary directory whose clock `mingma scenario run --via` sets;
    /// only on loopback, and no data directory is touched
    #[arg(long, conflicts_with = "site")]
    rehearsal: bool,
}

impl Options {
    /// What is said here, by key.
    fn said(&self) -> Vec<(&'static str, String)> {
        let site = self
            .site
            .as_deref()
            .map(|site| site.to_string_lossy().into_owned());
        let said = [
            ("server.listen", self.listen.clone()),
            ("server.site", site),
            ("server.publish", self.publish.then(|| "true".to_owned())),
            ("server.origin", self.origin.clone()),
        ];
        said.into_iter()
            .filter_map(|(key, text)| Some((key, text?)))
            .collect()
    }
}

/// Runs `mingma serve`.
pub fn run(cx: &Context, options: &Options) -> Done {
    let file = options.config.as_deref();
    let config = config::settle(file, &config::environment(), &options.said())?.config;
    let listen = &config.server.listen;
    let bound = TcpListener::bind(listen).and_then(|listener| {
        let address = listener.local_addr()?;
        Ok((listener, address))
    });
    let (listener, address) = bound.map_err(|error| {
        CliError::System(format!(
            "cannot listen on `{listen}`: {error}\nhelp: choose another address with `--listen`"
        ))
    })?;
    let tls = config.server.tls().filter(|_| !options.rehearsal);
    let scheme = if tls.is_some() { "https" } else { "http" };
    let ready = || {
        cx.show(json!({ "listening": address.to_string() }), || {
            format!("listening on {scheme}://{address}")
        })
        .map_err(|error| error.to_string())
    };
    if options.rehearsal {
        if !address.ip().is_loopback() {
            return Err(CliError::input(
                "a rehearsal is for this machine alone",
                "listen on a loopback address, as `--listen 127.0.0.1:8080`",
            ));
        }
        return crate::rehearsal::serve(listener, complain, ready).map_err(CliError::System);
    }
    let backup = config.backup.plan();
    backups_outside(&config, cx.data())?;
    let office = serve::behind_readers(|| cx.office())?;
    let origin = config.server.origin.clone();
    let origin = origin.unwrap_or_else(|| format!("{scheme}://localhost:{}", address.port()));
    let press = config.press();
    let counter = config.counter.pen();
    let counter = counter.map_err(|(why, help)| CliError::input(why, help))?;
    let counter = counter.map(|pen| Box::new(pen) as Box<dyn Counter>);
    let press = press.map_err(|(why, help)| CliError::input(why, help))?;
    let face = Face {
        identity: oidc::providers(&config.identity, &origin).map_err(CliError::System)?,
        origin,
        limits: config.limits(),
        log_requests: config.log.requests,
        certificate: config.server.certificate,
        site: config.server.site,
        notices: config.notices,
        troupe: None,
        counter,
        press,
        backup,
        quota: config.limits.quota(),
    };
    serve::serve(office, listener, tls, face, complain, ready).map_err(CliError::System)
}

//! `mingma serve`: the ledger over HTTP (`docs/http-api.md`).
//!
//! Invariant: the first line of standard output is the address, once requests are taken; the log of
//! requests goes to standard error. SIGINT and SIGTERM end it in good order.

use super::context::{Context, complain};
use super::error::{CliError, Done};
use super::parse;
use crate::config::{Config, Server};
use crate::serve::Face;
use clap::Args;
use serde_json::json;
use std::net::TcpListener;
use std::path::PathBuf;

/// Options of `mingma serve`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  mingma serve --listen 127.0.0.1:8080 --site /srv/www/henan
  curl --data-binary @cold.mmr -H 'Content-Type: application/cose' \\
      http://127.0.0.1:8080/api/v1/submissions

In front of it goes a proxy that speaks TLS. `docs/http-api.md` has the routes and the problems;
the running server has them at /api/v1.")]
pub struct Options {
    /// The configuration file (docs/mingma.toml); what is said here goes before it
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where to listen; port 0 takes a free one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// The directory that `mingma publish` wrote, to be served under `/`
    #[arg(long, value_name = "DIR")]
    site: Option<PathBuf>,
    /// Where people find this server, as `https://henan.example`; passkeys speak there alone
    /// [default: http://localhost with the port]
    #[arg(long, value_name = "URL", value_parser = parse::origin)]
    origin: Option<String>,
    /// Rehearse: a ledger in a temporary directory whose clock `mingma scenario run --via` sets;
    /// only on loopback, and no data directory is touched
    #[arg(long, conflicts_with = "site")]
    rehearsal: bool,
}

/// Runs `mingma serve`.
pub fn run(cx: &Context, options: &Options) -> Done {
    let config = match &options.config {
        Some(path) => {
            Config::read(path).map_err(|error| CliError::input(error.what, error.help))?
        }
        None => Config::default(),
    };
    let Server {
        listen,
        origin,
        site,
    } = config.server;
    let site = options.site.clone().or(site);
    if let Some(site) = site.as_deref().filter(|site| !site.is_dir()) {
        return Err(CliError::input(
            format!("`{}` is not a directory", site.display()),
            "write the site first with `mingma publish --out DIR`",
        ));
    }
    let origin = match (&options.origin, origin) {
        (Some(origin), _) => Some(origin.clone()),
        (None, Some(origin)) => Some(parse::origin(&origin).map_err(|why| {
            CliError::input(format!("`server.origin` = `{origin}`: {why}"), "correct it")
        })?),
        (None, None) => None,
    };
    let listen = options.listen.clone().or(listen);
    let listen = listen.unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let bound = TcpListener::bind(&listen).and_then(|listener| {
        let address = listener.local_addr()?;
        Ok((listener, address.to_string()))
    });
    let (listener, address) = bound.map_err(|error| {
        CliError::System(format!(
            "cannot listen on `{listen}`: {error}\nhelp: choose another address with `--listen`"
        ))
    })?;
    let ready = || {
        cx.show(json!({ "listening": address }), || {
            format!("listening on http://{address}")
        })
        .map_err(|error| error.to_string())
    };
    if options.rehearsal {
        if !listener
            .local_addr()
            .is_ok_and(|address| address.ip().is_loopback())
        {
            return Err(CliError::input(
                "a rehearsal is for this machine alone",
                "listen on a loopback address, as `--listen 127.0.0.1:8080`",
            ));
        }
        return crate::rehearsal::serve(listener, complain, ready).map_err(CliError::System);
    }
    let office = cx.office()?;
    let port = address.rsplit(':').next().unwrap_or_default();
    let face = Face {
        origin: origin.unwrap_or_else(|| format!("http://localhost:{port}")),
        site,
        notices: config.notices,
        troupe: None,
    };
    crate::serve::serve(office, listener, face, complain, ready).map_err(CliError::System)
}

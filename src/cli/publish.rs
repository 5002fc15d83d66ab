//! `mingma publish`: the public site, written to a directory that any web server can serve.
//!
//! Invariant: nothing personal is in it; what must never change is never changed.

use super::context::Context;
use super::error::{CliError, Done};
use crate::site;
use clap::Args;
use serde_json::json;
use std::path::PathBuf;

/// Options of `mingma publish`.
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  mingma publish --out /srv/www/henan

Writes only what is new; run it again after every act or cut. `docs/site.md` has the layout and the
media types.")]
pub struct Options {
    /// The directory to write; made if it is not there
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// Runs `mingma publish`.
pub fn run(cx: &Context, options: &Options) -> Done {
    let office = cx.office()?;
    let written = site::publish(&office, &options.out, cx.now());
    let written = written.map_err(CliError::System)?;
    let entries = office.ledger().state().seq;
    office.close()?;
    let place = options.out.display().to_string();
    let value = json!({
        "out": place, "entries": entries, "written": written.written, "kept": written.kept,
        "bytes": written.bytes,
    });
    cx.show(value, || {
        format!(
            "published: {entries} entries to {place}\n  {} files written ({} bytes), {} kept",
            written.written, written.bytes, written.kept
        )
    })
}

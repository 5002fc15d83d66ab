//! The site that the server publishes by itself: whether it is up to date, and its lists are fresh.
//!
//! Invariant: only what anybody can see is looked at, so that a working server is not disturbed.

use super::Findings;
use crate::config::Config;
use crate::fetch::Site;
use crate::serve::PublicLog;
use app::issuing::LIST_TTL_S;
use domain::time::Timestamp;
use serde::Deserialize;
use std::path::Path;

/// The longest index of lists that is read.
const LISTS_BYTES_MAX: usize = 1_048_576;
const HELP: &str = "a working server catches up within a minute; if this stays, lines with `site` in \
                    its log say why: can it write the directory?";

/// The part of `lists.json` that is looked at.
#[derive(Deserialize)]
struct Lists {
    lists: Vec<Listed>,
}

#[derive(Deserialize)]
struct Listed {
    issued: String,
}

/// Looks at it.
pub(super) fn look(data: &Path, config: &Config, now: Timestamp, findings: &mut Findings) {
    let Some(root) = &config.server.site else {
        return;
    };
    let mut about = findings.about("site");
    let sizes = PublicLog::published(root.clone())
        .size()
        .and_then(|site| Ok((site, PublicLog::of(data).size()?)));
    match sizes {
        Ok((site, log)) if site == log => about.ok(format!("the site covers all {log} entries")),
        Ok((site, log)) => about.warn(format!("the site covers {site} of {log} entries"), HELP),
        Err(why) => about.fail(format!("the site cannot be read: {why}"), HELP),
    }
    if config.issuing.officer.is_none() {
        return;
    }
    let newest = newest_cut(root);
    let ttl_s = i64::try_from(LIST_TTL_S).unwrap_or(i64::MAX);
    match newest {
        Some(cut) if now <= cut.plus_s(ttl_s.saturating_mul(2)) => {
            about.ok(format!("the newest list was cut at {cut}"));
        }
        Some(cut) => about.warn(format!("the newest list was cut at {cut}"), HELP),
        None => about.warn("the site has no list", HELP),
    }
}

/// When the newest list was cut.
fn newest_cut(root: &Path) -> Option<Timestamp> {
    let bytes = Site::Folder(root.to_path_buf()).get("lists.json", LISTS_BYTES_MAX);
    let lists: Lists = serde_json::from_slice(&bytes.ok()??).ok()?;
    let cuts = lists
        .lists
        .iter()
        .filter_map(|list| list.issued.parse().ok());
    cuts.max()
}

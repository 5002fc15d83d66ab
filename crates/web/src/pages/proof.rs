//! How an entry is checked: here, by the browser against signatures; or anywhere, by commands.
//!
//! Invariant: what is checked and against which key is said in words; the page itself claims nothing.
//! Refuses: to promise anything without script, where the commands still stand.

use super::reader::Reader;
use crate::Desk;
use maud::{Markup, html};

/// What the script says, by key.
const WORDS: &[&str] = &[
    "busy",
    "recorded",
    "witnessed",
    "waits",
    "unwitnessed",
    "same",
    "pinned",
    "unpinned",
    "false",
    "keep",
    "unreachable",
    "unable",
    "copied",
];

/// The script of the section.
pub(super) const SCRIPTS: &[&str] = &["check.js"];

/// The section of an entry's page.
pub(super) fn section(desk: &Desk, reader: &Reader, entry: u64) -> Markup {
    let text = reader.text;
    let origin = &desk.setup.origin;
    html! {
        section #check data-entry=(entry) aria-labelledby="check-title" {
            h2 #check-title { (text.say("entry-check")) }
            p { (text.say("check-lead")) }
            p { button #check-here .main hidden { (text.say("check-here")) } }
            noscript { p.note { (text.say("check-script")) } }
            div #checked role="status" aria-live="polite" hidden {}
            ul hidden { @for word in WORDS { li data-word=(word) { (text.say(&format!("check-{word}"))) } } }
            h3 { (text.say("check-elsewhere")) }
            p { (text.say("entry-check-why")) }
            pre tabindex="0" { code #check-commands {
                "curl -o " (entry) ".proof " (origin) "/api/v1/entries/" (entry) "/proof\n"
                "curl -o vkey " (origin) "/vkey\n"
                "mingma log verify-proof " (entry) ".proof --vkey vkey\n"
                "mingma audit --site " (origin)
            } }
            p { button data-copies="check-commands" hidden { (text.say("check-copy")) } }
            p { a href={ "/api/v1/entries/" (entry) } { (text.say("entry-json")) } " · "
                a href={ "/api/v1/entries/" (entry) "/proof" } { (text.say("check-proof")) } " · "
                a href="/api/v1/checkpoint" { (text.say("entry-checkpoint")) } " · "
                a href="/data" { (text.say("check-data")) } }
        }
    }
}

//! Who may ask what: every line of the listing (`mingma::access`) put to the real server.
//!
//! Invariant: a line whose case cannot exist (no body of that kind ever sent a report, say) is
//! counted, never taken for passed. Everybody here is invented; loopback only.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

#[path = "access/ground.rs"]
mod ground;

use ground::{Caller, Ground, Target};
use mingma::access::{Line, lines, summary};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use web::access::{RULES, Rule};

/// What a list answers, cut to what identifies its items.
const KEYS: [(&str, &str); 10] = [
    ("/api/v1/control-list", "person"),
    ("/api/v1/orders", "order"),
    ("/api/v1/appeals", "appeal"),
    ("/api/v1/reports", "report"),
    ("/api/v1/days", "division"),
    ("/api/v1/refusals", "entry"),
    ("/api/v1/organisations", "org"),
    ("/api/v1/officers", "officer"),
    ("/api/v1/cases", "case"),
    ("/api/v1/movements", "movement"),
];

/// The target of a line, or none where the case cannot exist.
fn target<'a>(ground: &'a Ground, rule: &Rule, caller: &Caller, line: &Line) -> Option<&'a Target> {
    if rule.path.contains("{person}") || rule.path == "/api/v1/activations" {
        return Some(if line.looked {
            &ground.looked
        } else {
            &ground.unseen
        });
    }
    if rule.path == "/api/v1/anomalies" && line.place == "elsewhere" {
        // It is asked about no place; what lies elsewhere is not in its answer.
        return None;
    }
    let kind = rule.path.trim_start_matches("/api/v1/").split('/').next()?;
    let Some(targets) = ground.targets.get(kind) else {
        return Some(&ground.nothing);
    };
    let mut targets = targets.iter();
    targets.find(|target| caller.place(target) == line.place)
}

fn holds(ground: &Ground, rule: &Rule, caller: &Caller, line: &Line) -> Option<bool> {
    let target = target(ground, rule, caller, line)?;
    let listing = KEYS.iter().find(|(path, _)| *path == rule.path);
    let parts = rule.path.split('/');
    let parts = parts.map(|part| {
        if part.starts_with('{') {
            target.id.as_str()
        } else {
            part
        }
    });
    let path = parts.collect::<Vec<_>>().join("/");
    let body = match rule.method {
        "GET" => None,
        _ => ground.body(rule.path, target),
    };
    let Some((_, key)) = listing else {
        let (status, text) = ground.ask(caller, rule.method, &path, body);
        let slug = ground::slug(status, &text);
        // Let through, and then turned away for what was sent.
        let slug = match slug.as_str() {
            "not-signed" | "malformed-request" | "field-invalid" | "identity-provider-unknown" => {
                "allowed"
            }
            // No pack has the digest that is asked for.
            "not-found" if rule.path.ends_with("/{digest}") => "allowed",
            // A draft is its officer's alone, and nobody made one.
            "record-unknown" if rule.path.contains("{draft}") => "allowed",
            slug => slug,
        };
        return Some(slug == line.answer);
    };
    // What lies outside one's reach is not in the list.
    let (listed, text) = ground.whole_list(caller, &path, key);
    let slug = text
        .as_deref()
        .unwrap_or(match listed.contains(&target.id) {
            true => "allowed",
            false => "outside-your-place",
        });
    Some(slug == line.answer)
}

#[test]
fn every_line_of_the_listing_holds_on_the_running_server() {
    let ground = Ground::prepare();
    let mut wrong = Vec::new();
    let mut driven = BTreeMap::<&str, usize>::new();
    let mut cannot_be = 0_usize;
    for rule in RULES.iter().filter(|rule| ground.knows(rule)) {
        for line in lines(rule) {
            let Some(caller) = ground.caller(&line) else {
                cannot_be += 1;
                continue;
            };
            match holds(&ground, rule, caller, &line) {
                Some(true) => *driven.entry(line.answer).or_default() += 1,
                Some(false) => wrong.push(format!("{line:?}")),
                None => cannot_be += 1,
            }
        }
    }
    println!("driven: {driven:?}; cases that cannot be: {cannot_be}");
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(20)].join("\n")
    );
    for answer in [
        "allowed",
        "not-permitted",
        "outside-your-place",
        "look-first",
        "not-in-office",
        "sign-in-first",
    ] {
        assert!(
            driven.get(answer).is_some_and(|count| *count > 0),
            "{answer} was never answered"
        );
    }
}

#[test]
fn the_document_has_the_table_of_the_code() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/access.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once("<!-- table -->\n").unwrap();
    let (_, after) = rest.split_once("<!-- end -->").unwrap();
    let mut fresh = before.to_owned();
    let _ = write!(fresh, "<!-- table -->\n{}<!-- end -->{after}", summary());
    if std::env::var_os("MINGMA_BLESS").is_some() {
        std::fs::write(&path, &fresh).unwrap();
    }
    let now = std::fs::read_to_string(&path).unwrap();
    assert_eq!(now, fresh, "run with MINGMA_BLESS=1");
}

//! How packs are shown: findings and cases, changes, and the pack in force.

use super::context::Context;
use super::error::{CliError, Done};
use super::json;
use crate::office::Office;
use domain::rules::GroundRule;
use policy::{CaseOutcome, Change, Finding, Pack};
use serde_json::{Value, json};

/// Shows what checking a pack found.
pub fn checked(cx: &Context, pack: &Pack, findings: &[Finding], cases: &[CaseOutcome]) -> Done {
    let failed = cases.iter().filter(|case| !case.passed).count();
    let found: Vec<Value> = findings
        .iter()
        .map(|finding| {
            json!({
                "code": finding.code, "key": finding.key,
                "what": finding.what, "help": finding.help,
            })
        })
        .collect();
    let ran: Vec<Value> = cases
        .iter()
        .map(|case| {
            json!({
                "file": case.file, "name": case.name,
                "passed": case.passed, "reason": case.reason,
            })
        })
        .collect();
    let value = json!({
        "name": pack.book().name,
        "digest": pack.digest().to_string(),
        "sound": findings.is_empty() && failed == 0,
        "findings": found,
        "cases": ran,
    });
    cx.show(value, || {
        let mut lines = vec![format!("{} {}", pack.book().name, pack.digest())];
        lines.extend(findings.iter().map(ToString::to_string));
        lines.extend(cases.iter().filter(|case| !case.passed).map(|case| {
            format!(
                "case `{}` of `{}` fails: {}",
                case.name, case.file, case.reason
            )
        }));
        lines.push(format!(
            "{} findings; {} of {} cases pass",
            findings.len(),
            cases.len().saturating_sub(failed),
            cases.len()
        ));
        lines.join("\n")
    })
}

/// Shows what changes between two packs.
pub fn changes(cx: &Context, changes: &[Change]) -> Done {
    let value: Vec<Value> = changes
        .iter()
        .map(|change| {
            json!({
                "key": change.key, "before": change.before, "after": change.after,
                "direction": change.direction.word(),
            })
        })
        .collect();
    cx.show(Value::Array(value), || {
        if changes.is_empty() {
            return "no change".to_owned();
        }
        changes
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("\n")
    })
}

/// Shows the pack in force.
pub fn in_force(cx: &Context, office: &Office) -> Done {
    let (Some(pack), Some(adoption)) = (office.ledger().pack(), office.ledger().state().pack())
    else {
        return Err(CliError::input(
            "no rule pack is in force",
            "a registrar of the province adopts one with `mingma pack adopt`",
        ));
    };
    let book = pack.book();
    let ended = cx.now() >= book.sunset;
    let grounds: Vec<Value> = book.grounds.values().map(ground_value).collect();
    let ours: Vec<Value> = pack
        .ours()
        .iter()
        .map(|ours| json!({ "key": ours.key, "why": ours.why }))
        .collect();
    let value = json!({
        "name": book.name,
        "version": book.version,
        "digest": pack.digest().to_string(),
        "entry": adoption.entry,
        "province": book.province.to_string(),
        "instrument": json::value(&book.instrument),
        "valid_from": json::instant(book.valid_from),
        "sunset": json::instant(book.sunset),
        "ended": ended,
        "deadlines": json::value(&book.deadlines),
        "volume": json::value(&book.volume),
        "grounds": grounds,
        "sources": pack.sources(),
        "ours": ours,
    });
    cx.show(value, || text(cx, pack, adoption.entry, ended))
}

fn ground_value(rule: &GroundRule) -> Value {
    json!({
        "code": rule.ground.code(),
        "basis": rule.basis,
        "steps": json::value(&rule.steps),
        "anchor": rule.anchor.word(),
        "automatic": rule.automatic,
        "by_order": rule.by_order,
        "evidence": rule.contract.kind.word(),
        "suppliers": rule.contract.suppliers.iter().map(|kind| kind.word()).collect::<Vec<_>>(),
        "releases": rule.releases.iter().map(|release| release.name.clone()).collect::<Vec<_>>(),
    })
}

fn text(cx: &Context, pack: &Pack, entry: u64, ended: bool) -> String {
    let book = pack.book();
    let offset_s = book.utc_offset_s;
    let instrument = &book.instrument;
    let over = if ended {
        " (it has ended: nothing can be imposed)"
    } else {
        ""
    };
    let mut lines = vec![
        format!(
            "{} version {}, adopted by entry {entry}",
            book.name, book.version
        ),
        format!(
            "  {} {}, {}, {}",
            instrument.title, instrument.number, instrument.issuer, instrument.date
        ),
        format!(
            "  valid from {}, sunset {}{over}",
            book.valid_from.local_text(offset_s),
            book.sunset.local_text(offset_s)
        ),
        format!(
            "  from {} people within {} hours the province approves; appeals answered within {} hours",
            book.volume.people,
            book.volume.window_s / 3_600,
            book.deadlines.appeal_hours
        ),
        String::new(),
        format!(
            "{:<9}{:>6}{:>8}{:>6}  {:<10} evidence, by whom",
            "ground", "red", "yellow", "flag", "how"
        ),
    ];
    lines.extend(book.grounds.values().map(|rule| ground_line(cx, rule)));
    lines.push(String::new());
    lines.push(format!("our own defaults, not law: {}", pack.ours().len()));
    lines.extend(
        pack.ours()
            .iter()
            .map(|ours| format!("  {}: {}", ours.key, ours.why)),
    );
    lines.join("\n")
}

fn ground_line(cx: &Context, rule: &GroundRule) -> String {
    let days = |seconds: u32| match (seconds / 86_400, seconds % 86_400 / 3_600) {
        (0, 0) => "-".to_owned(),
        (days, 0) => format!("{days} d"),
        (0, hours) => format!("{hours} h"),
        (days, hours) => format!("{days}d{hours}h"),
    };
    let how = match (rule.automatic, rule.by_order) {
        (true, true) => "rule,order",
        (true, false) => "rule",
        (false, true) => "order",
        (false, false) => "-",
    };
    let suppliers: Vec<String> = rule
        .contract
        .suppliers
        .iter()
        .map(|kind| cx.pick(kind.zh(), kind.en()))
        .collect();
    let kind = rule.contract.kind;
    format!(
        "{:<9}{:>6}{:>8}{:>6}  {how:<10} {}: {}",
        rule.ground.code(),
        days(rule.steps.red_s),
        days(rule.steps.yellow_s),
        days(rule.steps.flag_s),
        cx.pick(kind.zh(), kind.en()),
        suppliers.join(", ")
    )
}

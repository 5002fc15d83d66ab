//! Refuses packs that break what must always hold, whatever law they render.
//!
//! Invariant: a pack without a finding cannot make a measure that does not end, that rests on no
//! evidence, or that one body alone decides. Every finding says what to do.

use crate::book::OURS_PREFIX;
use crate::diff::{self, Direction};
use crate::enumerate;
use crate::pack::Pack;
use domain::colour::{Colour, Ground, Steps};
use domain::organisation::OrgKind;
use domain::rules::{
    APPEAL_HOURS_MAX, CATCH_ALL_S_MAX, EMERGENCY_S_MAX, FLAG_S_MAX, GroundRule, RED_S_MAX,
    RuleBook, VOLUME_PEOPLE_MAX, YELLOW_S_MAX,
};
use std::fmt;

/// No pack lives longer than this without being renewed in public: 366 days.
pub const PACK_LIFE_S_MAX: i64 = 366 * 86_400;

/// The longest notice, in seconds: a person is told within 5 minutes.
const NOTICE_S_MAX: u32 = 300;

/// Why a pack may not be adopted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The stable word of the rule that is broken, e.g. `red.too_long`.
    pub code: &'static str,
    /// Where, e.g. `ground.CLOSE`.
    pub key: String,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub help: String,
}

impl Finding {
    pub(crate) fn new(
        code: &'static str,
        key: impl Into<String>,
        what: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self {
            code,
            key: key.into(),
            what: what.into(),
            help: help.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{}: `{}` {}\n  help: {}",
            self.code, self.key, self.what, self.help
        )
    }
}

/// Every reason why this pack may not be adopted; none for a pack that may.
pub fn check(pack: &Pack, parent: Option<&Pack>) -> Vec<Finding> {
    let book = pack.book();
    let mut found = life(book);
    found.extend(guards(book));
    for rule in book.grounds.values() {
        found.extend(lengths(rule));
        found.extend(evidence(rule));
        found.extend(exits(book, rule));
    }
    if book.grounds.is_empty() {
        let help = "add a `[[ground]]` for each reason that the law knows";
        found.push(Finding::new("ground.none", "ground", "is empty", help));
    }
    for (kind, contract) in &book.release_evidence {
        if contract.suppliers.is_empty() {
            let key = format!("release_evidence.{kind}");
            let help = "name the kinds of organisation that can state it";
            found.push(Finding::new(
                "evidence.no_supplier",
                key,
                "has no supplier",
                help,
            ));
        }
    }
    found.extend(bases(pack));
    found.extend(enumerate::findings(pack));
    found.extend(
        parent
            .map(|parent| stricter(pack, parent))
            .unwrap_or_default(),
    );
    found
}

fn life(book: &RuleBook) -> Vec<Finding> {
    let life_s = book.sunset.seconds_since(book.valid_from);
    let what = if life_s <= 0 {
        "does not come after `valid_from`"
    } else if life_s > PACK_LIFE_S_MAX {
        "comes more than 366 days after `valid_from`"
    } else {
        return Vec::new();
    };
    vec![Finding::new(
        "sunset",
        "sunset",
        what,
        "renew the pack in public instead",
    )]
}

fn guards(book: &RuleBook) -> Vec<Finding> {
    let deadlines = &book.deadlines;
    let mut found = Vec::new();
    let mut bound = |code, key: &str, value: u32, max: u32| {
        if value == 0 || value > max {
            let what = format!("is {value}; it must be 1 to {max}");
            found.push(Finding::new(
                code,
                key,
                what,
                "write a number within the bounds",
            ));
        }
    };
    bound(
        "volume.people",
        "volume.people",
        book.volume.people,
        VOLUME_PEOPLE_MAX,
    );
    bound(
        "appeal.hours",
        "deadlines.appeal_hours",
        deadlines.appeal_hours,
        APPEAL_HOURS_MAX,
    );
    bound(
        "emergency",
        "deadlines.emergency_hours",
        deadlines.emergency_s,
        EMERGENCY_S_MAX,
    );
    bound(
        "notice",
        "deadlines.notice_minutes",
        deadlines.notice_s,
        NOTICE_S_MAX,
    );
    if deadlines.conversion_hours == 0 {
        let help = "write the hours within which an eligible request is met";
        found.push(Finding::new(
            "conversion",
            "deadlines.conversion_hours",
            "is 0",
            help,
        ));
    }
    if book.volume.window_s < 86_400 {
        let help = "count over 24 hours at least, or a batch is split over the day";
        found.push(Finding::new(
            "volume.window",
            "volume.window_hours",
            "is too short",
            help,
        ));
    }
    found
}

fn lengths(rule: &GroundRule) -> Vec<Finding> {
    let key = format!("ground.{}.steps", rule.ground);
    let Steps {
        red_s,
        yellow_s,
        flag_s,
    } = rule.steps;
    let mut found = Vec::new();
    let mut cap = |code, name: &str, seconds: u32, max: u32| {
        if seconds > max {
            let what = format!("lasts {seconds} s of {name}; the longest is {max} s");
            let help = "shorten it: prolonging needs new evidence";
            found.push(Finding::new(code, key.clone(), what, help));
        }
    };
    cap("red.too_long", "red", red_s, RED_S_MAX);
    cap("yellow.too_long", "yellow", yellow_s, YELLOW_S_MAX);
    cap("flag.too_long", "flag", flag_s, FLAG_S_MAX);
    if rule.ground == Ground::Order {
        let total = red_s.saturating_add(yellow_s).saturating_add(flag_s);
        cap("catch_all.too_long", "all stages", total, CATCH_ALL_S_MAX);
        if rule.automatic {
            let help = "write `automatic = false`: it takes a document and the province";
            let what = "makes the catch-all automatic";
            found.push(Finding::new("catch_all.automatic", key.clone(), what, help));
        }
    }
    if rule
        .automatic_people
        .is_some_and(|people| people == 0 || people > VOLUME_PEOPLE_MAX)
    {
        let what = format!("has `automatic_people` outside 1 to {VOLUME_PEOPLE_MAX}");
        found.push(Finding::new(
            "volume.automatic",
            key.clone(),
            what,
            "write a smaller number",
        ));
    }
    if rule.automatic_people.is_some() && rule.steps.worst() == Colour::Red {
        let help = "drop `automatic_people`: nothing lifts the guard for a red";
        let what = "is red and lifts the volume guard";
        found.push(Finding::new("volume.automatic_red", key, what, help));
    }
    found
}

fn evidence(rule: &GroundRule) -> Vec<Finding> {
    let key = format!("ground.{}.contract", rule.ground);
    let suppliers = &rule.contract.suppliers;
    let mut found = Vec::new();
    if suppliers.is_empty() {
        let help = "name the kinds of organisation that can state it";
        found.push(Finding::new(
            "evidence.no_supplier",
            key.clone(),
            "has no supplier",
            help,
        ));
    }
    if suppliers.contains(&OrgKind::SelfReport) && rule.steps.worst() == Colour::Red {
        let help = "let a self-report yield yellow at most";
        let what = "makes a self-report red";
        found.push(Finding::new(
            "evidence.self_report_red",
            key.clone(),
            what,
            help,
        ));
    }
    if suppliers.iter().any(|kind| kind.is_operator()) {
        let help = "take the operator out: it knows of no fact of its own";
        let what = "lets the operator state evidence";
        found.push(Finding::new("evidence.operator", key.clone(), what, help));
    }
    if rule.contract.max_age_s == 0 {
        let help = "say how old the stated fact may be";
        found.push(Finding::new(
            "evidence.max_age",
            key,
            "takes no fact of any age",
            help,
        ));
    }
    found
}

fn exits(book: &RuleBook, rule: &GroundRule) -> Vec<Finding> {
    let mut found = Vec::new();
    if rule.steps.total_s() == 0 {
        let what = if rule.releases.is_empty() {
            "has no end and no exit"
        } else {
            "has no steps"
        };
        let help = "give each stage its length";
        found.push(Finding::new(
            "ground.no_end",
            format!("ground.{}", rule.ground),
            what,
            help,
        ));
    }
    if !rule.automatic && !rule.by_order {
        let help = "set `automatic` or `by_order`, or drop the ground";
        let what = "can be made by nobody";
        found.push(Finding::new(
            "ground.unused",
            format!("ground.{}", rule.ground),
            what,
            help,
        ));
    }
    for release in &rule.releases {
        let key = format!("ground.{}.release.{}", rule.ground, release.name);
        if !book.release_evidence.contains_key(&release.kind) {
            let what = format!("needs `{}`, which nobody may state", release.kind);
            let help = "add a `[[release_evidence]]` for it";
            found.push(Finding::new("release.no_contract", key.clone(), what, help));
        }
        if release.count == 0 {
            let help = "an exit needs one piece of evidence at least (I7)";
            found.push(Finding::new(
                "release.no_evidence",
                key,
                "needs no evidence",
                help,
            ));
        }
    }
    found
}

fn bases(pack: &Pack) -> Vec<Finding> {
    let mut found = Vec::new();
    for provision in pack.provisions() {
        if provision.permit.basis.trim().is_empty() {
            let help = "write `@basis(\"…\")` with the clause, or begin it with `本系统默认`";
            let key = format!("permit.{}", provision.permit.id);
            found.push(Finding::new(
                "permit.no_basis",
                key,
                "has no legal basis",
                help,
            ));
        }
    }
    let marked = |key: &str| pack.ours().iter().any(|ours| ours.key == key);
    let mut unmarked = |key: String, basis: &str| {
        if basis.starts_with(OURS_PREFIX) && !marked(&key) {
            let help = "add `default = \"ours\"` and `why`";
            let what = "is our default and not marked as one";
            found.push(Finding::new("default.unmarked", key, what, help));
        }
    };
    for rule in pack.book().grounds.values() {
        unmarked(format!("ground.{}", rule.ground), &rule.basis);
        for release in &rule.releases {
            let key = format!("ground.{}.release.{}", rule.ground, release.name);
            unmarked(key, &release.basis);
        }
    }
    found
}

/// A local pack may be stricter than its parent only with the parent body's approval.
fn stricter(pack: &Pack, parent: &Pack) -> Vec<Finding> {
    let approved = pack
        .parent()
        .is_some_and(|named| named.name == parent.book().name && !named.approval.trim().is_empty());
    if approved {
        return Vec::new();
    }
    diff::diff(parent, pack)
        .into_iter()
        .filter(|change| change.direction == Direction::Stricter && change.key != "sunset")
        .map(|change| {
            let what = format!(
                "is stricter than the parent: `{}` became `{}`",
                change.before, change.after
            );
            let help = "soften it, or name the parent's approval in `[parent]`";
            Finding::new("parent.stricter", change.key, what, help)
        })
        .collect()
}

//! The worked examples of a pack, and what came of them.
//!
//! Invariant: an example that cannot be read is a problem of the pack, not a skipped example.

use crate::error::Problems;
use crate::pack::Pack;
use crate::text::{self, AuthorityCaseText, Entry, TimelineCaseText};
use crate::words::Place;
use domain::colour::{Ground, Span, Stage};
use domain::division::DivisionCode;
use domain::ids::{OrgId, PublicKey};
use domain::organisation::{OrgKind, Organisation, Role};
use domain::rules::{Action, Anchor, Authority as _, Channel, Request, Verdict};
use domain::time::Timestamp;

/// What came of one worked example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseOutcome {
    /// The file it stands in.
    pub file: String,
    /// Its name.
    pub name: String,
    /// Whether it came out as expected.
    pub passed: bool,
    /// What came out, in words.
    pub reason: String,
}

/// One worked example.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    file: String,
    name: String,
    body: CaseBody,
}

#[derive(Clone, Debug)]
enum CaseBody {
    Authority(Box<AuthorityCase>),
    Timeline(TimelineCase),
}

#[derive(Clone, Debug)]
struct AuthorityCase {
    org: Organisation,
    roles: Vec<Role>,
    action: Action,
    ground: Option<Ground>,
    area: DivisionCode,
    people: u64,
    red: bool,
    channel: Option<Channel>,
    expect: Expected,
}

#[derive(Clone, Debug)]
enum Expected {
    Denied,
    Permitted,
    PermittedBy(String),
}

#[derive(Clone, Debug)]
struct TimelineCase {
    ground: Ground,
    fact_at: Timestamp,
    decided_at: Timestamp,
    expect: Vec<(Timestamp, Stage)>,
}

/// Runs every worked example of a pack against the pack.
pub fn run_cases(pack: &Pack) -> Vec<CaseOutcome> {
    let run = |case: &Case| {
        let result = match &case.body {
            CaseBody::Authority(body) => run_authority(pack, body),
            CaseBody::Timeline(body) => run_timeline(pack, body),
        };
        let (passed, reason) = match result {
            Ok(reason) => (true, reason),
            Err(reason) => (false, reason),
        };
        CaseOutcome {
            file: case.file.clone(),
            name: case.name.clone(),
            passed,
            reason,
        }
    };
    pack.cases().iter().map(run).collect()
}

fn run_authority(pack: &Pack, case: &AuthorityCase) -> Result<String, String> {
    let verdict = pack.authorise(&Request {
        org: &case.org,
        roles: &case.roles,
        action: case.action,
        ground: case.ground,
        area: case.area,
        people: case.people,
        red: case.red,
        channel: case.channel,
    });
    let ids: Vec<String> = match verdict {
        Verdict::Denied => Vec::new(),
        Verdict::Permitted(permits) => permits.into_iter().map(|permit| permit.id).collect(),
    };
    let found = if ids.is_empty() {
        "denied".to_owned()
    } else {
        format!("permitted by `{}`", ids.join("`, `"))
    };
    match &case.expect {
        Expected::Denied if ids.is_empty() => Ok(found),
        Expected::Permitted if !ids.is_empty() => Ok(found),
        Expected::PermittedBy(id) if ids.contains(id) => Ok(found),
        Expected::Denied => Err(format!("expected a denial, but it is {found}")),
        Expected::Permitted => Err(format!("expected a permit, but it is {found}")),
        Expected::PermittedBy(id) => Err(format!("expected the permit `{id}`, but it is {found}")),
    }
}

fn run_timeline(pack: &Pack, case: &TimelineCase) -> Result<String, String> {
    let book = pack.book();
    let Some(rule) = book.grounds.get(&case.ground) else {
        return Err(format!("the pack has no rule for `{}`", case.ground));
    };
    let anchor = match rule.anchor {
        Anchor::Fact => case.fact_at.min(case.decided_at),
        Anchor::Decision => case.decided_at,
    };
    let span = Span::lay(rule.steps, anchor, case.decided_at, book.sunset);
    for (at, expected) in &case.expect {
        let found = span.stage_at(*at);
        if found != *expected {
            let (found, expected) = (stage_word(found), stage_word(*expected));
            let at = at.local_text(book.utc_offset_s);
            return Err(format!(
                "expected `{expected}` at {at}, but it is `{found}`"
            ));
        }
    }
    Ok(format!("as expected at {} instants", case.expect.len()))
}

const STAGES: [Stage; 4] = [Stage::None, Stage::Flag, Stage::Yellow, Stage::Red];

const fn stage_word(stage: Stage) -> &'static str {
    match stage {
        Stage::None => "none",
        Stage::Flag => "flag",
        Stage::Yellow => "yellow",
        Stage::Red => "red",
    }
}

/// Reads a file of worked examples.
pub(crate) fn read(file: &str, content: &str, problems: &mut Problems) -> Vec<Case> {
    let texts = text::read_cases(file, content, problems);
    let mut cases = Vec::new();
    for entry in &texts.authority {
        let body = read_authority(file, entry, problems)
            .map(Box::new)
            .map(CaseBody::Authority);
        let name = entry.value.name.clone();
        cases.extend(body.map(|body| Case {
            file: file.to_owned(),
            name,
            body,
        }));
    }
    for entry in &texts.timeline {
        let body = read_timeline(file, entry, problems).map(CaseBody::Timeline);
        let name = entry.value.name.clone();
        cases.extend(body.map(|body| Case {
            file: file.to_owned(),
            name,
            body,
        }));
    }
    cases
}

fn read_authority(
    file: &str,
    entry: &Entry<AuthorityCaseText>,
    problems: &mut Problems,
) -> Option<AuthorityCase> {
    let text = &entry.value;
    let mut at = Place::new(
        file,
        Some(entry.line),
        format!("authority.{}", text.name),
        problems,
    );
    let kind = at.word("org.kind", &text.org.kind, OrgKind::ALL);
    let division = at.division("org.division", &text.org.division);
    let roles = at.words("roles", &text.roles, Role::ALL);
    let action = at.word("action", &text.action, Action::ALL);
    let ground = optional(text.ground.as_ref(), |word| {
        at.word("ground", word, Ground::ALL)
    });
    let channel = optional(text.channel.as_ref(), |word| {
        at.word("channel", word, Channel::ALL)
    });
    let area = at.division("area", &text.area);
    let expect = match (text.expect.as_str(), &text.permit) {
        ("denied", None) => Some(Expected::Denied),
        ("permitted", None) => Some(Expected::Permitted),
        ("permitted", Some(id)) => Some(Expected::PermittedBy(id.clone())),
        _ => {
            let help =
                "write `expect = \"denied\"`, or `\"permitted\"` with the `permit` if you like";
            at.wrong("expect", "is neither a denial nor a permit", help);
            None
        }
    };
    Some(AuthorityCase {
        org: organisation(kind?, division?, text.org.section.clone())?,
        roles,
        action: action?,
        ground: ground?,
        area: area?,
        people: text.people,
        red: text.red,
        channel: channel?,
        expect: expect?,
    })
}

/// `Some(None)` where nothing was written, `None` where what was written is wrong.
fn optional<T>(
    text: Option<&String>,
    mut read: impl FnMut(&str) -> Option<T>,
) -> Option<Option<T>> {
    match text {
        None => Some(None),
        Some(word) => read(word).map(Some),
    }
}

/// An organisation that stands for its kind, place and section when a question is tried out.
pub(crate) fn organisation(
    kind: OrgKind,
    division: DivisionCode,
    section: Option<String>,
) -> Option<Organisation> {
    // Apart for each kind and place, as two bodies are; sections of one body share its id.
    let id: OrgId = format!("{division}-{kind}")
        .replace('_', "-")
        .parse()
        .ok()?;
    Some(Organisation {
        id,
        kind,
        division,
        section,
        part_of: None,
        name: String::new(),
        key: PublicKey::from_bytes([0; 32]),
    })
}

fn read_timeline(
    file: &str,
    entry: &Entry<TimelineCaseText>,
    problems: &mut Problems,
) -> Option<TimelineCase> {
    let text = &entry.value;
    let mut at = Place::new(
        file,
        Some(entry.line),
        format!("timeline.{}", text.name),
        problems,
    );
    let ground = at.word("ground", &text.ground, Ground::ALL);
    let fact_at = at.instant("fact_at", &text.fact_at);
    let decided_at = at.instant("decided_at", &text.decided_at);
    if text.expect.is_empty() {
        at.wrong(
            "expect",
            "is empty",
            "say the stage at one instant at least",
        );
    }
    let mut expect = Vec::new();
    for line in &text.expect {
        let instant = at.instant("expect.at", &line.at);
        let stage = STAGES
            .into_iter()
            .find(|stage| stage_word(*stage) == line.stage);
        if stage.is_none() {
            let what = format!("unknown word `{}`", line.stage.escape_debug());
            at.wrong(
                "expect.stage",
                what,
                "write one of `none`, `flag`, `yellow`, `red`",
            );
        }
        expect.extend(instant.zip(stage));
    }
    Some(TimelineCase {
        ground: ground?,
        fact_at: fact_at?,
        decided_at: decided_at?,
        expect,
    })
}

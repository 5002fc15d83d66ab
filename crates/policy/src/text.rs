//! The TOML of a pack as it is written, before its words are understood.
//!
//! Invariant: an unknown key is an error, never ignored. Entries of a list are read one by one, so
//! that a mistake in one does not hide the mistakes in the next.

use crate::error::{Problem, Problems, line_of};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::{Spanned, Table};

/// A value read from an entry of a list, with the line it stands on.
#[derive(Clone, Debug)]
pub(crate) struct Entry<T> {
    pub(crate) value: T,
    pub(crate) line: u32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PackText {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) province: String,
    pub(crate) valid_from: String,
    pub(crate) sunset: String,
    pub(crate) utc_offset: String,
    pub(crate) existing: String,
    pub(crate) instrument: InstrumentText,
    pub(crate) deadlines: DeadlinesText,
    pub(crate) volume: VolumeText,
    pub(crate) parent: Option<ParentText>,
    #[serde(default)]
    pub(crate) sources: Vec<String>,
    #[serde(default)]
    pub(crate) ours: Vec<OursText>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct InstrumentText {
    pub(crate) title: String,
    pub(crate) number: String,
    pub(crate) issuer: String,
    pub(crate) date: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeadlinesText {
    pub(crate) notice_minutes: u32,
    pub(crate) appeal_hours: u32,
    pub(crate) conversion_hours: u32,
    pub(crate) daily_close: String,
    pub(crate) emergency_hours: u32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct VolumeText {
    pub(crate) people: u32,
    pub(crate) window_hours: u32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ParentText {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) approval: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OursText {
    pub(crate) key: String,
    pub(crate) why: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GroundText {
    pub(crate) code: String,
    pub(crate) basis: String,
    pub(crate) anchor: String,
    pub(crate) automatic: bool,
    pub(crate) automatic_people: Option<u32>,
    pub(crate) automatic_people_why: Option<String>,
    pub(crate) by_order: bool,
    pub(crate) steps: Vec<StepText>,
    pub(crate) contract: ContractText,
    #[serde(default)]
    pub(crate) release: Vec<ReleaseText>,
    #[serde(rename = "default")]
    pub(crate) marker: Option<String>,
    pub(crate) why: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StepText {
    pub(crate) colour: Option<String>,
    pub(crate) flag: Option<bool>,
    pub(crate) days: Option<u32>,
    pub(crate) hours: Option<u32>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ContractText {
    pub(crate) kind: String,
    pub(crate) suppliers: Vec<String>,
    #[serde(default)]
    pub(crate) required: Vec<String>,
    pub(crate) max_age_days: Option<u32>,
    pub(crate) max_age_hours: Option<u32>,
    pub(crate) link: Option<String>,
    pub(crate) min_precision: Option<String>,
    #[serde(rename = "default")]
    pub(crate) marker: Option<String>,
    pub(crate) why: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReleaseText {
    pub(crate) name: String,
    pub(crate) basis: String,
    pub(crate) evidence: String,
    pub(crate) count: u8,
    #[serde(default)]
    pub(crate) gap_hours: u32,
    #[serde(default)]
    pub(crate) after_hours: u32,
    pub(crate) automatic: bool,
    #[serde(rename = "default")]
    pub(crate) marker: Option<String>,
    pub(crate) why: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GroundsFile {
    #[serde(default)]
    ground: Vec<Spanned<Table>>,
    #[serde(default)]
    release_evidence: Vec<Spanned<Table>>,
}

/// The entries of `grounds.toml`.
#[derive(Default)]
pub(crate) struct GroundsText {
    pub(crate) grounds: Vec<Entry<GroundText>>,
    pub(crate) release_evidence: Vec<Entry<ContractText>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AuthorityCaseText {
    pub(crate) name: String,
    pub(crate) org: OrgText,
    #[serde(default)]
    pub(crate) roles: Vec<String>,
    pub(crate) action: String,
    pub(crate) ground: Option<String>,
    pub(crate) area: String,
    #[serde(default)]
    pub(crate) people: u64,
    #[serde(default)]
    pub(crate) red: bool,
    pub(crate) channel: Option<String>,
    pub(crate) expect: String,
    pub(crate) permit: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrgText {
    pub(crate) kind: String,
    pub(crate) division: String,
    pub(crate) section: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TimelineCaseText {
    pub(crate) name: String,
    pub(crate) ground: String,
    pub(crate) fact_at: String,
    pub(crate) decided_at: String,
    pub(crate) expect: Vec<StageText>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StageText {
    pub(crate) at: String,
    pub(crate) stage: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CasesFile {
    #[serde(default)]
    authority: Vec<Spanned<Table>>,
    #[serde(default)]
    timeline: Vec<Spanned<Table>>,
}

/// The entries of a file of worked examples.
#[derive(Default)]
pub(crate) struct CasesText {
    pub(crate) authority: Vec<Entry<AuthorityCaseText>>,
    pub(crate) timeline: Vec<Entry<TimelineCaseText>>,
}

const HELP: &str = "compare the entry with `docs/rule-packs.md`";

/// Reads a whole file into one value.
pub(crate) fn read<T: DeserializeOwned>(
    file: &str,
    text: &str,
    problems: &mut Problems,
) -> Option<T> {
    match toml::from_str(text) {
        Ok(value) => Some(value),
        Err(error) => {
            let problem = Problem::new(file, one_line(error.message()), HELP);
            problems.push(match error.span() {
                Some(span) => problem.at(line_of(text, span.start)),
                None => problem,
            });
            None
        }
    }
}

pub(crate) fn read_grounds(file: &str, text: &str, problems: &mut Problems) -> GroundsText {
    let Some(raw) = read::<GroundsFile>(file, text, problems) else {
        return GroundsText::default();
    };
    GroundsText {
        grounds: entries((file, text), ("ground", "code"), raw.ground, problems),
        release_evidence: entries(
            (file, text),
            ("release_evidence", "kind"),
            raw.release_evidence,
            problems,
        ),
    }
}

pub(crate) fn read_cases(file: &str, text: &str, problems: &mut Problems) -> CasesText {
    let Some(raw) = read::<CasesFile>(file, text, problems) else {
        return CasesText::default();
    };
    CasesText {
        authority: entries((file, text), ("authority", "name"), raw.authority, problems),
        timeline: entries((file, text), ("timeline", "name"), raw.timeline, problems),
    }
}

fn entries<T: DeserializeOwned>(
    (file, text): (&str, &str),
    (list, name): (&str, &str),
    tables: Vec<Spanned<Table>>,
    problems: &mut Problems,
) -> Vec<Entry<T>> {
    let mut out = Vec::new();
    for (index, table) in tables.into_iter().enumerate() {
        let line = line_of(text, table.span().start);
        let table = table.into_inner();
        let key = match table.get(name).and_then(toml::Value::as_str) {
            Some(name) => format!("{list}.{name}"),
            None => format!("{list}[{index}]"),
        };
        match table.try_into::<T>() {
            Ok(value) => out.push(Entry { value, line }),
            Err(error) => {
                let what = one_line(&error.to_string());
                problems.push(Problem::new(file, what, HELP).at(line).key(key));
            }
        }
    }
    out
}

fn one_line(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}

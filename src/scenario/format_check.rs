//! The text form of a check: what may be asked of the ledger after a step or at the end.
//!
//! Invariant: an unknown key is an error. A check asks one thing at one instant.

use super::format::Words;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CheckText {
    pub(super) at: Option<String>,
    #[serde(rename = "in")]
    pub(super) later: Option<String>,
    pub(super) people: Option<Words>,
    pub(super) colour: Option<String>,
    pub(super) flag: Option<bool>,
    pub(super) reasons: Option<Vec<ReasonText>>,
    pub(super) ended: Option<Vec<EndedText>>,
    pub(super) says: Option<Vec<String>>,
    pub(super) says_not: Option<Vec<String>>,
    pub(super) language: Option<String>,
    pub(super) totals: Option<TotalsText>,
    pub(super) measures: Option<MeasuresText>,
    pub(super) refusals: Option<RefusalsText>,
    pub(super) appeal: Option<AppealCheckText>,
    pub(super) order: Option<OrderCheckText>,
    pub(super) day: Option<DayText>,
    pub(super) evidence: Option<EvidenceText>,
    pub(super) volume: Option<VolumeCheckText>,
    pub(super) looks: Option<LooksText>,
    pub(super) board: Option<BoardText>,
    pub(super) area: Option<AreaCheckText>,
    pub(super) pack: Option<String>,
    pub(super) statements: Option<StatementsText>,
    pub(super) case: Option<CaseCheckText>,
    pub(super) movement: Option<MovementCheckText>,
    pub(super) board_says: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReasonText {
    pub(super) ground: String,
    pub(super) stage: Option<String>,
    pub(super) source: Option<String>,
    pub(super) maker: Option<String>,
    pub(super) approver: Option<String>,
    pub(super) rule: Option<String>,
    pub(super) emergency: Option<bool>,
    pub(super) document: Option<String>,
    pub(super) basis: Option<String>,
    pub(super) from: Option<String>,
    pub(super) red_until: Option<String>,
    pub(super) yellow_until: Option<String>,
    pub(super) until: Option<String>,
    pub(super) appeal_deadline: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EndedText {
    pub(super) ground: String,
    pub(super) how: Option<String>,
    pub(super) at: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TotalsText {
    pub(super) red: u64,
    pub(super) yellow: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MeasuresText {
    pub(super) ground: Option<String>,
    pub(super) division: Option<String>,
    pub(super) stage: Option<String>,
    pub(super) order: Option<String>,
    pub(super) source: Option<String>,
    pub(super) maker: Option<String>,
    #[serde(default)]
    pub(super) ever: bool,
    pub(super) people: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RefusalsText {
    pub(super) code: Option<String>,
    pub(super) org: Option<String>,
    pub(super) officer: Option<String>,
    pub(super) kind: Option<String>,
    pub(super) ground: Option<String>,
    pub(super) count: u64,
    pub(super) people: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AppealCheckText {
    pub(super) step: String,
    pub(super) status: Option<String>,
    pub(super) deadline: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CaseCheckText {
    pub(super) step: String,
    pub(super) status: Option<String>,
    pub(super) owner: Option<String>,
    pub(super) deadline: Option<String>,
    pub(super) transfers: Option<usize>,
    pub(super) returns: Option<usize>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MovementCheckText {
    pub(super) step: String,
    pub(super) status: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OrderCheckText {
    pub(super) step: String,
    pub(super) status: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DayText {
    pub(super) division: String,
    pub(super) day: String,
    pub(super) closed: Option<bool>,
    pub(super) closed_late: Option<bool>,
    pub(super) received: Option<bool>,
    pub(super) received_late: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EvidenceText {
    pub(super) step: String,
    pub(super) people: Option<Words>,
    pub(super) recorded: Option<bool>,
    pub(super) suppressed: Option<bool>,
    pub(super) overturned: Option<bool>,
    pub(super) spent: Option<bool>,
    pub(super) coarse: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VolumeCheckText {
    pub(super) ground: String,
    #[serde(default)]
    pub(super) automatic: bool,
    pub(super) body: Option<String>,
    pub(super) prefecture: Option<String>,
    pub(super) people: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LooksText {
    pub(super) people: Words,
    pub(super) by: Option<String>,
    pub(super) purpose: Option<String>,
    pub(super) count: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BoardText {
    pub(super) day: String,
    pub(super) division: String,
    pub(super) ground: String,
    pub(super) evidence: Option<u64>,
    pub(super) red: Option<u64>,
    pub(super) yellow: Option<u64>,
    pub(super) flag: Option<u64>,
    pub(super) held: Option<u64>,
    pub(super) released: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AreaCheckText {
    pub(super) number: String,
    pub(super) in_force: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StatementsText {
    pub(super) order: Option<String>,
    pub(super) count: u64,
}

//! The text form of a scenario: what a TOML file may say, word for word.
//!
//! Invariant: an unknown key is an error, because a misspelt expectation must not become none.
//! Everything here is still text; `plan` turns it into values and says what is wrong.

use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

/// One word or several.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Words {
    One(String),
    Many(Vec<String>),
}

impl Words {
    pub(super) fn list(&self) -> Vec<&str> {
        match self {
            Self::One(word) => vec![word.as_str()],
            Self::Many(words) => words.iter().map(String::as_str).collect(),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScenarioText {
    pub(super) title: String,
    #[serde(default)]
    pub(super) story: String,
    pub(super) origin: Option<String>,
    pub(super) province: Option<String>,
    pub(super) cast: Option<String>,
    pub(super) pack: Option<String>,
    pub(super) changes: Option<PackChanges>,
    pub(super) start: String,
    #[serde(default)]
    pub(super) organisation: Vec<Spanned<OrganisationText>>,
    #[serde(default)]
    pub(super) officer: Vec<Spanned<OfficerText>>,
    #[serde(default)]
    pub(super) people: Vec<Spanned<GroupText>>,
    #[serde(default)]
    pub(super) step: Vec<Spanned<StepText>>,
    #[serde(default)]
    pub(super) check: Vec<Spanned<CheckText>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OrganisationText {
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) division: String,
    pub(super) section: Option<String>,
    pub(super) part_of: Option<String>,
    pub(super) name: Option<String>,
    pub(super) key: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OfficerText {
    pub(super) id: String,
    pub(super) org: String,
    #[serde(default)]
    pub(super) roles: Vec<String>,
    pub(super) term_from: Option<String>,
    pub(super) term_until: Option<String>,
    pub(super) holder: Option<String>,
    pub(super) key: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GroupText {
    pub(super) name: String,
    #[serde(default = "one")]
    pub(super) count: u32,
    pub(super) division: String,
    #[serde(default)]
    pub(super) phones: Vec<String>,
}

const fn one() -> u32 {
    1
}

/// What a pack of the shelf is changed in, to try what the shipped one does not say.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PackChanges {
    pub(super) version: Option<String>,
    pub(super) valid_from: Option<String>,
    pub(super) sunset: Option<String>,
    pub(super) existing: Option<String>,
    pub(super) people: Option<u32>,
    pub(super) window_hours: Option<u32>,
    pub(super) appeal_hours: Option<u32>,
    pub(super) emergency_hours: Option<u32>,
    pub(super) daily_close: Option<String>,
    pub(super) policy: Option<String>,
    #[serde(default)]
    pub(super) ground: Vec<GroundChange>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GroundChange {
    pub(super) code: String,
    pub(super) red_days: Option<u32>,
    pub(super) yellow_days: Option<u32>,
    pub(super) flag_days: Option<u32>,
    pub(super) automatic: Option<bool>,
    pub(super) by_order: Option<bool>,
    pub(super) automatic_people: Option<u32>,
    pub(super) without_release: Option<String>,
    #[serde(default)]
    pub(super) remove: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StepText {
    pub(super) name: String,
    pub(super) story: Option<String>,
    pub(super) at: Option<String>,
    pub(super) after: Option<String>,
    pub(super) by: Option<String>,
    pub(super) key: Option<String>,
    pub(super) signed_at: Option<String>,
    pub(super) ledger: Option<String>,
    #[serde(default)]
    pub(super) tamper: bool,

    pub(super) report: Option<ReportText>,
    pub(super) propose: Option<ProposeText>,
    pub(super) emergency: Option<ProposeText>,
    pub(super) approve: Option<OnOrderText>,
    pub(super) refuse: Option<OnOrderText>,
    pub(super) withdraw: Option<OnOrderText>,
    pub(super) convert: Option<ConvertText>,
    pub(super) appeal: Option<AppealText>,
    pub(super) dispute: Option<DisputeText>,
    pub(super) answer: Option<AnswerText>,
    pub(super) look: Option<LookText>,
    pub(super) area: Option<AreaText>,
    pub(super) lift: Option<LiftText>,
    pub(super) close_day: Option<CloseText>,
    pub(super) receive_day: Option<ReceiveText>,
    pub(super) statement: Option<StatementText>,
    pub(super) register_organisation: Option<OrganisationText>,
    pub(super) register_officer: Option<OfficerText>,
    pub(super) rotate_key: Option<RotateText>,
    pub(super) revoke_key: Option<RevokeText>,
    pub(super) adopt_pack: Option<AdoptText>,
    pub(super) genesis: Option<GenesisText>,
    pub(super) resend: Option<String>,
    pub(super) raw: Option<RawText>,
    pub(super) act: Option<serde_json::Map<String, serde_json::Value>>,
    pub(super) preview: Option<PreviewText>,
    pub(super) restart: Option<bool>,
    pub(super) edit_log: Option<EditText>,

    pub(super) expect: Option<String>,
    pub(super) outcomes: Option<BTreeMap<String, u64>>,
    pub(super) rows: Option<RowsText>,
    pub(super) notices: Option<u64>,
    pub(super) caused: Option<TransitionsText>,
    pub(super) lapsed: Option<TransitionsText>,
    pub(super) permits: Option<Vec<String>>,
    #[serde(default)]
    pub(super) check: Vec<Spanned<CheckText>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReportText {
    pub(super) kind: Option<String>,
    pub(super) people: Option<Words>,
    pub(super) repeat: Option<String>,
    pub(super) occurred_at: Option<String>,
    pub(super) days_ago: Option<u32>,
    pub(super) division: Option<String>,
    pub(super) reference: Option<String>,
    pub(super) link_person: Option<String>,
    pub(super) link_reference: Option<String>,
    pub(super) from: Option<String>,
    pub(super) until: Option<String>,
    pub(super) precision: Option<String>,
    pub(super) expires: Option<String>,
    pub(super) pushed: Option<String>,
    pub(super) origin: Option<String>,
    pub(super) purpose: Option<String>,
    pub(super) split: Option<u32>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProposeText {
    pub(super) ground: String,
    pub(super) area: String,
    pub(super) people: Words,
    pub(super) reason: Option<String>,
    pub(super) document: Option<DocumentText>,
    pub(super) split: Option<u32>,
    #[serde(default)]
    pub(super) unsorted: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DocumentText {
    pub(super) number: String,
    pub(super) text: Option<String>,
    pub(super) colour: String,
    pub(super) hours: u32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OnOrderText {
    pub(super) order: String,
    pub(super) digest_of: Option<String>,
    pub(super) reason: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConvertText {
    pub(super) people: Words,
    pub(super) ground: String,
    pub(super) release: String,
    pub(super) channel: String,
    pub(super) letter: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AppealText {
    pub(super) people: Words,
    pub(super) ground: String,
    pub(super) text: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DisputeText {
    pub(super) people: Words,
    pub(super) evidence: String,
    pub(super) text: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AnswerText {
    pub(super) appeal: String,
    pub(super) upheld: bool,
    pub(super) reason: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LookText {
    pub(super) people: Words,
    #[serde(default)]
    pub(super) purpose: String,
    #[serde(default)]
    pub(super) case: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AreaText {
    pub(super) number: String,
    pub(super) kind: String,
    pub(super) division: String,
    pub(super) from: Option<String>,
    pub(super) until: String,
    pub(super) text: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LiftText {
    pub(super) number: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CloseText {
    pub(super) day: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReceiveText {
    pub(super) division: String,
    pub(super) day: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StatementText {
    #[serde(default)]
    pub(super) orders: Vec<String>,
    pub(super) text: String,
    pub(super) hash_of: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RotateText {
    pub(super) org: Option<String>,
    pub(super) officer: Option<String>,
    pub(super) to: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RevokeText {
    pub(super) of: String,
    pub(super) reason: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AdoptText {
    pub(super) name: String,
    pub(super) changes: Option<PackChanges>,
    pub(super) digest_of: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GenesisText {
    pub(super) organisation: String,
    pub(super) registrar: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawText {
    pub(super) word: Option<String>,
    #[serde(default)]
    pub(super) fields: BTreeMap<String, String>,
    pub(super) bytes: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PreviewText {
    pub(super) ground: String,
    pub(super) area: String,
    pub(super) people: Words,
    pub(super) shows: ShowsText,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ShowsText {
    pub(super) people: Option<u64>,
    pub(super) with_evidence: Option<u64>,
    pub(super) without_evidence: Option<u64>,
    pub(super) needs_province: Option<bool>,
    pub(super) busiest_day: Option<u64>,
    pub(super) counties: Option<BTreeMap<String, u64>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EditText {
    pub(super) entry_of: String,
    pub(super) how: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RowsText {
    pub(super) recorded: Option<u64>,
    pub(super) duplicate: Option<u64>,
    pub(super) refused: Option<u64>,
    pub(super) held: Option<u64>,
    pub(super) measured: Option<u64>,
    pub(super) released: Option<u64>,
    pub(super) coarse: Option<u64>,
    pub(super) not_needed: Option<u64>,
    pub(super) codes: Option<BTreeMap<String, u64>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TransitionsText {
    #[serde(default)]
    pub(super) green_yellow: u64,
    #[serde(default)]
    pub(super) green_red: u64,
    #[serde(default)]
    pub(super) yellow_red: u64,
    #[serde(default)]
    pub(super) yellow_green: u64,
    #[serde(default)]
    pub(super) red_yellow: u64,
    #[serde(default)]
    pub(super) red_green: u64,
}

pub(super) use super::format_check::CheckText;

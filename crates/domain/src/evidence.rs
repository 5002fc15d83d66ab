//! Evidence: one signed statement about one person, and the kinds that exist.
//!
//! Invariant: each kind proves exactly one ground or one release; what has no kind cannot be said
//! (I3). The id of a piece of evidence is what it states, so a resend is the same evidence (I9).

use crate::colour::{Colour, Ground};
use crate::division::DivisionCode;
use crate::document::PersonId;
use crate::ids::EvidenceId;
use crate::time::Timestamp;
use crate::word_list;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

word_list! {
    /// What a piece of evidence is.
    EvidenceKind {
        /// Case report.
        CaseReport = "case_report", "病例报告", "case report";
        /// Asymptomatic infection report.
        AsymptomaticReport = "asymptomatic_report", "无症状感染者报告", "asymptomatic infection report";
        /// Suspected case report.
        SuspectedReport = "suspected_report", "疑似病例报告", "suspected case report";
        /// Preliminary positive result.
        PreliminaryPositive = "preliminary_positive", "初筛阳性结果", "preliminary positive result";
        /// Abnormal pooled tube.
        PoolAbnormal = "pool_abnormal", "混管异常结果", "abnormal pooled tube";
        /// Contact tracing record of a close contact.
        CloseContact = "close_contact", "密接流调记录", "close contact record";
        /// Contact tracing record of a secondary contact.
        SecondaryContact = "secondary_contact", "次密接流调记录", "secondary contact record";
        /// Spatio-temporal overlap.
        Companion = "companion", "时空伴随记录", "spatio-temporal overlap record";
        /// Border entry record.
        EntryRecord = "entry_record", "入境记录", "border entry record";
        /// Stay in a listed area.
        AreaStay = "area_stay", "中高风险区旅居记录", "stay in a listed area";
        /// Residence in a sealed area.
        SealedArea = "sealed_area", "封控区居住记录", "residence in a sealed area";
        /// Departure from a sealed or high-risk area.
        SpillOver = "spill_over", "外溢记录", "departure from a sealed area";
        /// Discharge or release note, starting follow-up.
        Discharge = "discharge", "出院或解除隔离通知", "discharge note";
        /// Symptom declaration or clinic visit.
        Symptom = "symptom", "症状记录", "symptom record";
        /// Absence from an ordered test round.
        TestOverdue = "test_overdue", "未按期检测记录", "absence from an ordered test";
        /// Travel record of an arrival.
        TravelRecord = "travel_record", "抵达记录", "travel record of an arrival";
        /// Contact with a positive cold-chain item.
        ColdChain = "cold_chain", "冷链物品接触记录", "contact with a positive cold-chain item";
        /// Roster of a high-risk post.
        JobRoster = "job_roster", "高风险岗位名册", "roster of a high-risk post";
        /// Push from another province.
        ProvincePush = "province_push", "外省推送", "push from another province";
        /// Named in a numbered command document.
        CommandDocument = "command_document", "指挥部编号文件", "numbered command document";
        /// Negative test result.
        NegativeTest = "negative_test", "核酸阴性结果", "negative test result";
        /// Negative single-tube retest.
        SingleRetest = "single_retest", "单管复核阴性", "negative single-tube retest";
        /// Release note of an isolation or monitoring measure.
        ReleaseNote = "release_note", "解除隔离通知书", "release note";
        /// Test taken after an overdue round.
        TestTaken = "test_taken", "已完成检测", "test taken";
    }
}

impl EvidenceKind {
    /// The ground it proves; none for evidence of release.
    pub const fn ground(self) -> Option<Ground> {
        Some(match self {
            Self::CaseReport => Ground::Case,
            Self::AsymptomaticReport => Ground::Asym,
            Self::SuspectedReport => Ground::Susp,
            Self::PreliminaryPositive => Ground::Prelim,
            Self::PoolAbnormal => Ground::Pool,
            Self::CloseContact => Ground::Close,
            Self::SecondaryContact => Ground::Sec,
            Self::Companion => Ground::Stc,
            Self::EntryRecord => Ground::Inbound,
            Self::AreaStay => Ground::Hirisk,
            Self::SealedArea => Ground::Seal,
            Self::SpillOver => Ground::Spill,
            Self::Discharge => Ground::After,
            Self::Symptom => Ground::Sympt,
            Self::TestOverdue => Ground::Overdue,
            Self::TravelRecord => Ground::Arrival,
            Self::ColdChain => Ground::Cold,
            Self::JobRoster => Ground::Job,
            Self::ProvincePush => Ground::Push,
            Self::CommandDocument => Ground::Order,
            Self::NegativeTest | Self::SingleRetest | Self::ReleaseNote | Self::TestTaken => {
                return None;
            }
        })
    }
}

word_list! {
    /// How finely a place is known; coarse location evidence yields at most a flag.
    Precision {
        /// A whole province.
        Province = "province", "省级", "province";
        /// A whole prefecture.
        Prefecture = "prefecture", "地市级", "prefecture";
        /// A whole county.
        County = "county", "县级", "county";
        /// A township or street.
        Township = "township", "乡镇、街道级", "township";
        /// A community.
        Community = "community", "社区级", "community";
        /// An address, vehicle seat or room.
        Address = "address", "具体地点", "address";
    }
}

word_list! {
    /// The columns that a contract may demand beyond person, place, date and reference.
    Field {
        /// The person this one was in contact with.
        LinkPerson = "link_person", "关联病例", "index person";
        /// The numbered order, contact event or area that it belongs to.
        LinkReference = "link_reference", "关联编号", "linked number";
        /// The beginning of a stay or overlap.
        From = "from", "起始时间", "beginning";
        /// The end of a stay or overlap.
        Until = "until", "截止时间", "end";
        /// How finely the place is known.
        Precision = "precision", "位置精度", "precision";
        /// When what was pushed ends by itself.
        Expires = "expires", "失效时间", "expiry";
        /// The colour that was pushed.
        Pushed = "pushed", "推送颜色", "pushed colour";
        /// Where it came from, e.g. the province that pushed.
        Origin = "origin", "来源地", "origin";
    }
}

/// The longest reference number, in bytes.
pub const REFERENCE_BYTES_MAX: usize = 64;

/// One row of a report: one statement about one person, in canonical form.
///
/// Serialised as an array in field order, so that the same row is the same bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "RowParts", into = "RowParts")]
pub struct EvidenceRow {
    /// About whom.
    pub person: PersonId,
    /// Where: the division responsible for the person in this matter.
    pub division: DivisionCode,
    /// When the stated fact happened.
    pub occurred_at: Timestamp,
    /// The source's own number: case report, sample, entry record, visit, document.
    pub reference: String,
    /// What some kinds carry beyond that.
    pub more: Option<Box<MoreFields>>,
}

/// The columns that only some kinds carry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoreFields {
    /// The index person.
    pub link_person: Option<PersonId>,
    /// The linked number.
    pub link_reference: Option<String>,
    /// The beginning of a stay or overlap.
    pub from: Option<Timestamp>,
    /// The end of a stay or overlap.
    pub until: Option<Timestamp>,
    /// How finely the place is known.
    pub precision: Option<Precision>,
    /// When a push ends by itself.
    pub expires: Option<Timestamp>,
    /// The pushed colour.
    pub pushed: Option<Colour>,
    /// Where it came from.
    pub origin: Option<DivisionCode>,
}

impl MoreFields {
    /// Whether the column is filled.
    pub const fn has(&self, field: Field) -> bool {
        match field {
            Field::LinkPerson => self.link_person.is_some(),
            Field::LinkReference => self.link_reference.is_some(),
            Field::From => self.from.is_some(),
            Field::Until => self.until.is_some(),
            Field::Precision => self.precision.is_some(),
            Field::Expires => self.expires.is_some(),
            Field::Pushed => self.pushed.is_some(),
            Field::Origin => self.origin.is_some(),
        }
    }
}

type RowParts = (
    PersonId,
    DivisionCode,
    Timestamp,
    String,
    Option<Box<MoreFields>>,
);

impl From<RowParts> for EvidenceRow {
    fn from((person, division, occurred_at, reference, more): RowParts) -> Self {
        Self {
            person,
            division,
            occurred_at,
            reference,
            more,
        }
    }
}

impl From<EvidenceRow> for RowParts {
    fn from(row: EvidenceRow) -> Self {
        (
            row.person,
            row.division,
            row.occurred_at,
            row.reference,
            row.more,
        )
    }
}

impl EvidenceRow {
    /// The id of what the row states: kind, person and the source's number, whoever sends it.
    pub fn id(&self, kind: EvidenceKind) -> EvidenceId {
        let mut hasher = Sha256::new();
        hasher.update(b"mm-evidence-v1");
        hasher.update([kind as u8]);
        hasher.update(self.person.as_bytes());
        hasher.update(self.reference.as_bytes());
        let mut half = [0_u8; 16];
        half.iter_mut()
            .zip(hasher.finalize())
            .for_each(|(slot, byte)| *slot = byte);
        EvidenceId::from_bytes(half)
    }
}

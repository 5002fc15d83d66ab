//! Who may speak: organisations, officers, their roles, terms and keys.
//!
//! Invariant: only kinds with a duty in an epidemic exist; a bank, a petition office or a property
//! developer has no kind and so can supply nothing (I3). A key belongs to one holder, for ever.
//! Refuses: sections of one headquarters to count as two bodies (I4).

use crate::colour::UnknownWord;
use crate::division::DivisionCode;
use crate::ids::{OfficerId, OrgId, PublicKey};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// Declares a closed list of words with a stable text form, in Chinese and English.
#[macro_export]
macro_rules! word_list {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal, $zh:literal, $en:literal;)* }) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash,
            serde::Serialize, serde::Deserialize,
        )]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $word)] $variant,)*
        }

        impl $name {
            /// Every word of the list, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable word used in files and logs.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// The word in Chinese.
            pub const fn zh(self) -> &'static str {
                match self { $(Self::$variant => $zh,)* }
            }

            /// The word in English.
            pub const fn en(self) -> &'static str {
                match self { $(Self::$variant => $en,)* }
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::colour::UnknownWord;

            fn from_str(text: &str) -> Result<Self, $crate::colour::UnknownWord> {
                match text { $($word => Ok(Self::$variant),)* _ => Err($crate::colour::UnknownWord) }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.pad(self.word())
            }
        }
    };
}

word_list! {
    /// What an organisation is; its kind bounds what it may ever supply or decide.
    OrgKind {
        /// Health commission.
        HealthCommission = "health_commission", "卫生健康委员会", "health commission";
        /// Centre for disease control.
        Cdc = "cdc", "疾病预防控制中心", "centre for disease control";
        /// Hospital.
        Hospital = "hospital", "医院", "hospital";
        /// Fever clinic or other clinic.
        Clinic = "clinic", "发热门诊", "clinic";
        /// Pharmacy.
        Pharmacy = "pharmacy", "药店", "pharmacy";
        /// Testing laboratory.
        Laboratory = "laboratory", "检测机构", "laboratory";
        /// Isolation site.
        IsolationSite = "isolation_site", "隔离点", "isolation site";
        /// Police.
        Police = "police", "公安机关", "police";
        /// Immigration.
        Immigration = "immigration", "移民管理机构", "immigration";
        /// Customs.
        Customs = "customs", "海关", "customs";
        /// Transport.
        Transport = "transport", "交通运输部门", "transport";
        /// Civil aviation.
        Aviation = "aviation", "民航", "civil aviation";
        /// Railways.
        Rail = "rail", "铁路", "railways";
        /// Industry and telecommunications.
        Industry = "industry", "工业和信息化部门", "industry and telecommunications";
        /// Human resources and social security.
        HumanResources = "human_resources", "人力资源和社会保障部门", "human resources and social security";
        /// Education.
        Education = "education", "教育部门", "education";
        /// Market regulator.
        MarketRegulator = "market_regulator", "市场监管部门", "market regulator";
        /// Employer of a high-risk post.
        Employer = "employer", "用人单位", "employer of a high-risk post";
        /// Another province or the national platform.
        OtherProvince = "other_province", "外省或国家平台", "another province or the national platform";
        /// The person's own declaration.
        SelfReport = "self_report", "本人申报", "the person's own declaration";
        /// Epidemic prevention and control headquarters.
        Headquarters = "headquarters", "疫情防控指挥部", "epidemic prevention and control headquarters";
        /// Big-data bureau: runs the system, decides nothing.
        BigDataBureau = "big_data_bureau", "大数据管理局", "big-data bureau";
        /// Vendor: entrusted processor, decides nothing.
        Vendor = "vendor", "受托企业", "vendor";
        /// Review body for appeals.
        ReviewBody = "review_body", "申诉复核机构", "review body";
        /// Oversight body outside the command.
        Oversight = "oversight", "监督机关", "oversight body";
        /// Hotline.
        Hotline = "hotline", "服务热线", "hotline";
    }
}

impl OrgKind {
    /// Whether this kind runs the system: it may never sign a decision (I4).
    pub const fn is_operator(self) -> bool {
        matches!(self, Self::BigDataBureau | Self::Vendor)
    }
}

word_list! {
    /// What an officer may do inside the competence of the organisation.
    Role {
        /// Proposes orders and declares areas.
        Maker = "maker", "提议人", "maker";
        /// Approves or refuses orders.
        Checker = "checker", "审批人", "checker";
        /// Uses the emergency path.
        Emergency = "emergency", "应急处置人", "emergency officer";
        /// Converts codes.
        Converter = "converter", "转码员", "conversion officer";
        /// Decides appeals and disputes.
        Reviewer = "reviewer", "复核员", "reviewer";
        /// Answers people and files for them.
        Agent = "agent", "话务员", "hotline agent";
        /// Closes and receives daily reports.
        Reporter = "reporter", "报送员", "reporting officer";
        /// Publishes statements.
        Speaker = "speaker", "发布人", "spokesperson";
        /// Watches.
        Auditor = "auditor", "监督员", "oversight officer";
        /// Publishes the versions of the status lists.
        Issuer = "issuer", "发码员", "issuing officer";
        /// Registers organisations, officers, keys and packs for the province.
        Registrar = "registrar", "登记员", "registrar";
        /// Signs online, at a server, what a person asks for about oneself, and nothing else.
        Counter = "counter", "网上窗口", "online counter";
    }
}

/// A registered organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organisation {
    /// Its id.
    pub id: OrgId,
    /// Its kind.
    pub kind: OrgKind,
    /// Where it acts: its own division and everything inside.
    pub division: DivisionCode,
    /// The section, when it is one of several inside one body.
    pub section: Option<String>,
    /// The organisation it is a section of, if any.
    pub part_of: Option<OrgId>,
    /// The name the public knows.
    pub name: String,
    /// The key that signs its reports.
    pub key: PublicKey,
}

/// A registered officer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Officer {
    /// The officer's id.
    pub id: OfficerId,
    /// The organisation served.
    pub org: OrgId,
    /// The roles held.
    pub roles: BTreeSet<Role>,
    /// The first instant of the term.
    pub term_from: Timestamp,
    /// The first instant after the term.
    pub term_until: Timestamp,
    /// The personal key.
    pub key: PublicKey,
    /// Names the human being (a keyed hash): one human cannot be two officers of two bodies.
    pub holder: String,
}

impl Officer {
    /// Whether it is a counter: a key on a server that signs what a person asks for online.
    pub fn is_counter(&self) -> bool {
        self.roles.contains(&Role::Counter)
    }
}

/// Who a key belongs to, and from when it no longer speaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRecord {
    /// The holder.
    pub holder: KeyHolder,
    /// From this instant on signatures by the key count for nothing.
    pub revoked_at: Timestamp,
}

/// The holder of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyHolder {
    /// An organisation's reporting key.
    Org(OrgId),
    /// An officer's personal key.
    Officer(OfficerId),
}

/// Which of an organisation's or officer's keys is spoken of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyOwner {
    /// The reporting key of an organisation.
    Org(OrgId),
    /// The personal key of an officer.
    Officer(OfficerId),
}

/// Whether a body owes the level above its division's report of every day.
pub fn owes_days(org: &Organisation) -> bool {
    org.kind == OrgKind::BigDataBureau && Tier::of(org.division) == Tier::City
}

/// How two organisations relate for the rule of two bodies.
pub fn same_body(a: &Organisation, b: &Organisation) -> bool {
    let root = |org: &Organisation| org.part_of.clone().unwrap_or_else(|| org.id.clone());
    root(a) == root(b) || (a.kind == b.kind && a.division == b.division)
}

/// The seniority of a body's place; a province outranks a city, a city a county.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// County level.
    County,
    /// Prefecture level.
    City,
    /// Province level.
    Province,
}

impl Tier {
    /// The tier of a division. A county-level city directly under its province counts as a city.
    pub fn of(division: DivisionCode) -> Self {
        if division == division.province() {
            Self::Province
        } else if division == division.prefecture() {
            Self::City
        } else {
            Self::County
        }
    }

    /// The word used in files and logs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::County => "county",
            Self::City => "city",
            Self::Province => "province",
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.word())
    }
}

impl FromStr for Tier {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        [Self::County, Self::City, Self::Province]
            .into_iter()
            .find(|tier| tier.word() == text)
            .ok_or(UnknownWord)
    }
}

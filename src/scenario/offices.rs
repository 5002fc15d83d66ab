//! The default casts: ordinary offices of a province, so that a short scenario stays short.
//!
//! Invariant: the organisation `410100-cdc` has one officer for each of its roles, called
//! `410100-cdc.maker` and so on; the list is printed in `docs/scenarios.md` and a test compares.

use domain::organisation::{OrgKind, Role};

use Role::{
    Agent, Auditor, Checker, Converter, Emergency, Maker, Registrar, Reporter, Reviewer, Speaker,
};

/// An ordinary office of a cast.
#[derive(Clone, Copy, Debug)]
pub struct Office {
    /// What follows the division in its id.
    pub suffix: &'static str,
    /// Its kind.
    pub kind: OrgKind,
    /// Its division.
    pub division: u32,
    /// Its section, with the suffix of the body it is part of.
    pub section: Option<(&'static str, &'static str)>,
    /// Its public name.
    pub name: &'static str,
    /// One officer for each.
    pub roles: &'static [Role],
}

impl Office {
    /// Its id, e.g. `410100-cdc`.
    pub fn id(&self) -> String {
        format!("{}-{}", self.division, self.suffix)
    }
}

/// The names of the casts.
pub const CASTS: &[&str] = &["henan", "hainan"];

/// The offices of a cast; none for a name that is not one.
pub fn offices(cast: &str) -> Option<&'static [Office]> {
    match cast {
        "henan" => Some(HENAN),
        "hainan" => Some(HAINAN),
        _ => None,
    }
}

/// The roles of a province's headquarters, the founder of every scenario's ledger.
pub const FOUNDER_ROLES: &[Role] = &[
    Registrar, Maker, Checker, Emergency, Converter, Reporter, Speaker,
];

const COMMAND: &[Role] = &[
    Maker, Checker, Emergency, Converter, Reporter, Speaker, Agent,
];
const HEALTH: &[Role] = &[Maker, Checker, Converter, Speaker, Agent];
const TRACING: &[Role] = &[Maker, Checker, Emergency, Converter];
const NOBODY: &[Role] = &[];

const fn office(
    division: u32,
    suffix: &'static str,
    kind: OrgKind,
    name: &'static str,
    roles: &'static [Role],
) -> Office {
    Office {
        suffix,
        kind,
        division,
        section: None,
        name,
        roles,
    }
}

const fn section(
    division: u32,
    suffix: &'static str,
    kind: OrgKind,
    of: (&'static str, &'static str),
    name: &'static str,
) -> Office {
    Office {
        suffix,
        kind,
        division,
        section: Some(of),
        name,
        roles: &[Maker, Checker],
    }
}

const HENAN: &[Office] = &[
    office(
        410_000,
        "hq",
        OrgKind::Headquarters,
        "河南省指挥部",
        FOUNDER_ROLES,
    ),
    office(
        410_000,
        "health",
        OrgKind::HealthCommission,
        "河南省卫健委",
        HEALTH,
    ),
    office(410_000, "cdc", OrgKind::Cdc, "河南省疾控中心", TRACING),
    office(
        410_000,
        "bureau",
        OrgKind::BigDataBureau,
        "河南省大数据局",
        &[Reporter],
    ),
    office(
        410_000,
        "review",
        OrgKind::ReviewBody,
        "河南省申诉复核机构",
        &[Reviewer, Agent],
    ),
    office(
        410_000,
        "oversight",
        OrgKind::Oversight,
        "河南省监督机关",
        &[Auditor],
    ),
    office(
        410_000,
        "hotline",
        OrgKind::Hotline,
        "河南省12320热线",
        &[Agent, Converter],
    ),
    office(
        410_000,
        "immigration",
        OrgKind::Immigration,
        "河南出入境边防检查站",
        NOBODY,
    ),
    office(410_000, "customs", OrgKind::Customs, "河南海关", NOBODY),
    office(410_000, "rail", OrgKind::Rail, "河南铁路部门", NOBODY),
    office(
        410_000,
        "aviation",
        OrgKind::Aviation,
        "河南民航部门",
        NOBODY,
    ),
    office(
        410_000,
        "industry",
        OrgKind::Industry,
        "河南省工信部门",
        NOBODY,
    ),
    office(
        410_000,
        "other",
        OrgKind::OtherProvince,
        "外省或国家平台",
        NOBODY,
    ),
    office(
        410_000,
        "self",
        OrgKind::SelfReport,
        "本人申报入口",
        &[Agent],
    ),
    office(
        410_000,
        "vendor",
        OrgKind::Vendor,
        "受托企业",
        &[Maker, Checker],
    ),
    office(
        410_100,
        "hq",
        OrgKind::Headquarters,
        "郑州市指挥部",
        COMMAND,
    ),
    section(
        410_100,
        "hq-social",
        OrgKind::Headquarters,
        ("social-control", "hq"),
        "郑州市指挥部社会管控组",
    ),
    office(
        410_100,
        "health",
        OrgKind::HealthCommission,
        "郑州市卫健委",
        HEALTH,
    ),
    office(410_100, "cdc", OrgKind::Cdc, "郑州市疾控中心", TRACING),
    office(
        410_100,
        "hospital",
        OrgKind::Hospital,
        "郑州市定点医院",
        NOBODY,
    ),
    office(410_100, "clinic", OrgKind::Clinic, "郑州市发热门诊", NOBODY),
    office(410_100, "pharmacy", OrgKind::Pharmacy, "郑州市药店", NOBODY),
    office(
        410_100,
        "lab",
        OrgKind::Laboratory,
        "郑州市检测机构",
        NOBODY,
    ),
    office(
        410_100,
        "isolation",
        OrgKind::IsolationSite,
        "郑州市隔离点",
        NOBODY,
    ),
    office(
        410_100,
        "police",
        OrgKind::Police,
        "郑州市公安局",
        &[Maker, Checker],
    ),
    section(
        410_100,
        "police-social",
        OrgKind::Police,
        ("social-control", "police"),
        "郑州市公安局社会管控组",
    ),
    office(
        410_100,
        "transport",
        OrgKind::Transport,
        "郑州市交通部门",
        NOBODY,
    ),
    office(
        410_100,
        "market",
        OrgKind::MarketRegulator,
        "郑州市市场监管局",
        NOBODY,
    ),
    office(
        410_100,
        "employer",
        OrgKind::Employer,
        "郑州市高风险岗位单位",
        NOBODY,
    ),
    office(
        410_100,
        "bureau",
        OrgKind::BigDataBureau,
        "郑州市大数据局",
        &[Reporter, Maker, Checker],
    ),
    office(
        410_100,
        "review",
        OrgKind::ReviewBody,
        "郑州市申诉复核机构",
        &[Reviewer, Agent],
    ),
    office(
        410_100,
        "hotline",
        OrgKind::Hotline,
        "郑州市12345热线",
        &[Agent, Converter],
    ),
    office(
        410_105,
        "hq",
        OrgKind::Headquarters,
        "金水区指挥部",
        COMMAND,
    ),
    office(
        410_105,
        "health",
        OrgKind::HealthCommission,
        "金水区卫健委",
        HEALTH,
    ),
    office(410_105, "cdc", OrgKind::Cdc, "金水区疾控中心", TRACING),
    office(
        410_103,
        "hq",
        OrgKind::Headquarters,
        "二七区指挥部",
        COMMAND,
    ),
    office(
        410_103,
        "health",
        OrgKind::HealthCommission,
        "二七区卫健委",
        HEALTH,
    ),
    office(
        411_100,
        "hq",
        OrgKind::Headquarters,
        "漯河市指挥部",
        COMMAND,
    ),
    office(
        411_100,
        "health",
        OrgKind::HealthCommission,
        "漯河市卫健委",
        HEALTH,
    ),
    office(411_100, "cdc", OrgKind::Cdc, "漯河市疾控中心", TRACING),
    office(
        411_100,
        "lab",
        OrgKind::Laboratory,
        "漯河市检测机构",
        NOBODY,
    ),
    office(
        411_100,
        "isolation",
        OrgKind::IsolationSite,
        "漯河市隔离点",
        NOBODY,
    ),
    office(
        411_102,
        "hq",
        OrgKind::Headquarters,
        "源汇区指挥部",
        COMMAND,
    ),
    office(
        411_102,
        "health",
        OrgKind::HealthCommission,
        "源汇区卫健委",
        HEALTH,
    ),
];

const HAINAN: &[Office] = &[
    office(
        460_000,
        "hq",
        OrgKind::Headquarters,
        "海南省指挥部",
        FOUNDER_ROLES,
    ),
    office(
        460_000,
        "health",
        OrgKind::HealthCommission,
        "海南省卫健委",
        HEALTH,
    ),
    office(460_000, "cdc", OrgKind::Cdc, "海南省疾控中心", TRACING),
    office(
        460_000,
        "bureau",
        OrgKind::BigDataBureau,
        "海南省大数据局",
        &[Reporter],
    ),
    office(
        460_000,
        "review",
        OrgKind::ReviewBody,
        "海南省申诉复核机构",
        &[Reviewer, Agent],
    ),
    office(
        460_000,
        "oversight",
        OrgKind::Oversight,
        "海南省监督机关",
        &[Auditor],
    ),
    office(
        460_000,
        "hotline",
        OrgKind::Hotline,
        "海南省12345热线",
        &[Agent, Converter],
    ),
    office(
        460_000,
        "immigration",
        OrgKind::Immigration,
        "海南出入境边防检查站",
        NOBODY,
    ),
    office(
        460_000,
        "aviation",
        OrgKind::Aviation,
        "海南民航部门",
        NOBODY,
    ),
    office(
        460_000,
        "industry",
        OrgKind::Industry,
        "海南省工信部门",
        NOBODY,
    ),
    office(
        460_000,
        "lab",
        OrgKind::Laboratory,
        "海南省检测机构",
        NOBODY,
    ),
    office(
        460_100,
        "hq",
        OrgKind::Headquarters,
        "海口市指挥部",
        COMMAND,
    ),
    office(
        460_100,
        "health",
        OrgKind::HealthCommission,
        "海口市卫健委",
        HEALTH,
    ),
    office(460_100, "cdc", OrgKind::Cdc, "海口市疾控中心", TRACING),
    office(
        460_100,
        "lab",
        OrgKind::Laboratory,
        "海口市检测机构",
        NOBODY,
    ),
    office(
        460_106,
        "hq",
        OrgKind::Headquarters,
        "龙华区指挥部",
        COMMAND,
    ),
    office(
        460_106,
        "health",
        OrgKind::HealthCommission,
        "龙华区卫健委",
        HEALTH,
    ),
    office(
        460_107,
        "hq",
        OrgKind::Headquarters,
        "琼山区指挥部",
        COMMAND,
    ),
    office(
        460_107,
        "health",
        OrgKind::HealthCommission,
        "琼山区卫健委",
        HEALTH,
    ),
    office(
        460_200,
        "hq",
        OrgKind::Headquarters,
        "三亚市指挥部",
        COMMAND,
    ),
    office(
        460_200,
        "health",
        OrgKind::HealthCommission,
        "三亚市卫健委",
        HEALTH,
    ),
    office(460_200, "cdc", OrgKind::Cdc, "三亚市疾控中心", TRACING),
    office(
        469_005,
        "hq",
        OrgKind::Headquarters,
        "文昌市指挥部",
        COMMAND,
    ),
    office(
        469_005,
        "health",
        OrgKind::HealthCommission,
        "文昌市卫健委",
        HEALTH,
    ),
];

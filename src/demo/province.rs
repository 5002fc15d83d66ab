//! The province of the demonstration: real divisions, invented offices, officers and people.
//!
//! The people are spread over the 18 units in proportion to the census of 1 November 2020 (the
//! figures sum to the published 99.366 million); their document numbers begin with 990000, which
//! nobody is ever issued.

use super::stage::{DemoError, Stage, Told};
use crate::cast::Cast;
use app::ports::{Identity, Vault as _};
use domain::act::ActBody;
use domain::division::{DivisionCode, Level, Status, divisions};
use domain::document::{Document, DocumentType};
use domain::organisation::{OrgKind, Role};
use domain::time::{DAY_S, Timestamp};

/// The 18 units of Henan and their people at the census of 2020.
pub const UNITS: [(u32, u64); 18] = [
    (410_100, 12_600_574),
    (410_200, 4_824_016),
    (410_300, 7_056_699),
    (410_400, 4_987_137),
    (410_500, 5_477_614),
    (410_600, 1_565_973),
    (410_700, 6_251_929),
    (410_800, 3_521_078),
    (410_900, 3_772_088),
    (411_000, 4_379_998),
    (411_100, 2_367_490),
    (411_200, 2_034_872),
    (411_300, 9_713_112),
    (411_400, 7_816_831),
    (411_500, 6_234_401),
    (411_600, 9_026_015),
    (411_700, 7_008_427),
    (419_001, 727_265),
];

/// One unit: its code, the counties in it, and the invented people who live there.
#[derive(Clone, Debug)]
pub struct Unit {
    /// The code.
    pub code: DivisionCode,
    /// Its counties; itself where it has none.
    pub counties: Vec<DivisionCode>,
    /// The first person.
    pub first: u32,
    /// How many.
    pub people: u32,
}

impl Unit {
    /// Where a person of this unit lives.
    pub fn county_of(&self, person: u32) -> DivisionCode {
        let count = u32::try_from(self.counties.len()).unwrap_or(1).max(1);
        self.counties
            .get((person % count) as usize)
            .copied()
            .unwrap_or(self.code)
    }
}

/// Spreads people over the units in proportion to the census.
pub fn units(people: u32) -> Told<Vec<Unit>> {
    let total: u64 = UNITS.iter().map(|(_, count)| count).sum();
    let mut units = Vec::with_capacity(UNITS.len());
    let (mut first, mut passed) = (0_u32, 0_u64);
    for (code, count) in UNITS {
        passed = passed.saturating_add(count);
        // Rounding the running sum keeps the total exact.
        let end = u64::from(people).saturating_mul(passed) / total;
        let end = u32::try_from(end).unwrap_or(people);
        let code = DivisionCode::new(code)
            .ok_or_else(|| DemoError::Story(format!("{code} is no division")))?;
        let mut counties: Vec<DivisionCode> = divisions()
            .children(code)
            .filter(|division| division.status == Status::Current)
            .filter(|division| division.level == Level::County && !division.is_placeholder())
            .map(|division| division.code)
            .collect();
        if counties.is_empty() {
            counties.push(code);
        }
        units.push(Unit {
            code,
            counties,
            first,
            people: end.saturating_sub(first),
        });
        first = end;
    }
    Ok(units)
}

/// The registrar of the province.
pub const REGISTRAR: &str = "henan-hq.registrar";

type Office = (
    &'static str,
    OrgKind,
    u32,
    &'static str,
    &'static [(&'static str, &'static [Role])],
);

const MAKER: &[Role] = &[Role::Maker, Role::Emergency];
const CHECKER: &[Role] = &[Role::Checker];

/// The offices of the province and of Zhengzhou that have a part in the story.
const OFFICES: &[Office] = &[
    (
        "henan-health",
        OrgKind::HealthCommission,
        410_000,
        "河南省卫生健康委员会",
        &[("approver", CHECKER)],
    ),
    (
        "henan-cdc",
        OrgKind::Cdc,
        410_000,
        "河南省疾病预防控制中心",
        &[],
    ),
    (
        "henan-hospital",
        OrgKind::Hospital,
        410_000,
        "河南省定点医院",
        &[],
    ),
    (
        "henan-clinic",
        OrgKind::Clinic,
        410_000,
        "河南省发热门诊",
        &[],
    ),
    (
        "henan-lab",
        OrgKind::Laboratory,
        410_000,
        "河南省核酸检测中心",
        &[],
    ),
    (
        "henan-immigration",
        OrgKind::Immigration,
        410_000,
        "河南出入境边防检查总站",
        &[],
    ),
    ("henan-rail", OrgKind::Rail, 410_000, "铁路河南段", &[]),
    (
        "henan-police",
        OrgKind::Police,
        410_000,
        "河南省公安厅",
        &[],
    ),
    (
        "henan-isolation",
        OrgKind::IsolationSite,
        410_000,
        "河南省集中隔离点",
        &[],
    ),
    ("henan-self", OrgKind::SelfReport, 410_000, "本人申报", &[]),
    (
        "other-provinces",
        OrgKind::OtherProvince,
        410_000,
        "外省协查平台",
        &[],
    ),
    (
        "henan-bureau",
        OrgKind::BigDataBureau,
        410_000,
        "河南省大数据管理局",
        &[("receiver", &[Role::Reporter]), ("issuer", &[Role::Issuer])],
    ),
    (
        "vendor",
        OrgKind::Vendor,
        410_000,
        "承建企业",
        &[("manager", &[Role::Checker, Role::Maker])],
    ),
    (
        "henan-review",
        OrgKind::ReviewBody,
        410_000,
        "河南省健康码申诉复核组",
        &[("reviewer", &[Role::Reviewer])],
    ),
    (
        "henan-oversight",
        OrgKind::Oversight,
        410_000,
        "河南省监督机关",
        &[("watcher", &[Role::Auditor])],
    ),
    (
        "henan-hotline",
        OrgKind::Hotline,
        410_000,
        "12320 热线",
        &[
            ("agent", &[Role::Agent, Role::Converter]),
            ("counter", &[Role::Counter]),
        ],
    ),
    (
        "zhengzhou-hq",
        OrgKind::Headquarters,
        410_100,
        "郑州市疫情防控指挥部",
        &[
            ("maker", MAKER),
            ("checker", CHECKER),
            ("converter", &[Role::Converter]),
            ("speaker", &[Role::Speaker]),
        ],
    ),
    (
        "zhengzhou-health",
        OrgKind::HealthCommission,
        410_100,
        "郑州市卫生健康委员会",
        &[("checker", CHECKER), ("maker", &[Role::Maker])],
    ),
    (
        "zhengzhou-cdc",
        OrgKind::Cdc,
        410_100,
        "郑州市疾病预防控制中心",
        &[("clerk", &[Role::Reporter])],
    ),
    (
        "zhengzhou-hospital",
        OrgKind::Hospital,
        410_100,
        "郑州市第六人民医院（虚构）",
        &[],
    ),
    (
        "zhengzhou-police",
        OrgKind::Police,
        410_100,
        "郑州市公安局",
        &[],
    ),
    (
        "zhengzhou-employer",
        OrgKind::Employer,
        410_100,
        "某用人单位",
        &[],
    ),
];

/// Registers everything and adopts the pack.
pub fn found(stage: &mut Stage<'_>, units: &[Unit], pack: &policy::Pack) -> Told {
    let term = (stage.now, stage.now.plus_s(365 * DAY_S));
    genesis(stage, term)?;
    for (id, kind, division, name, officers) in OFFICES {
        register(stage, id, *kind, *division, None, name, officers, term)?;
    }
    register(
        stage,
        "zhengzhou-social",
        OrgKind::Headquarters,
        410_100,
        Some("zhengzhou-hq"),
        "郑州市疫情防控指挥部社会管控指导部",
        &[("head", MAKER), ("deputy", CHECKER)],
        term,
    )?;
    for unit in units {
        let name = divisions()
            .find(unit.code)
            .map_or("", |division| division.name);
        let id = format!("{}-bureau", unit.code);
        let title = format!("{name}大数据管理局");
        let officers: &[(&str, &[Role])] = &[("clerk", &[Role::Reporter, Role::Checker])];
        let code = unit.code.number();
        register(
            stage,
            &id,
            OrgKind::BigDataBureau,
            code,
            None,
            &title,
            officers,
            term,
        )?;
    }
    let archive = pack.archive().to_vec();
    stage.quietly(
        REGISTRAR,
        ActBody::PackAdopt {
            digest: pack.digest(),
            archive,
        },
    )?;
    Ok(())
}

fn genesis(stage: &mut Stage<'_>, term: (Timestamp, Timestamp)) -> Told {
    let province = code(410_000)?;
    let organisation = Cast::organisation(
        "henan-hq".parse()?,
        OrgKind::Headquarters,
        province,
        None,
        None,
        "河南省新冠肺炎疫情防控指挥部",
    );
    let roles = [Role::Registrar];
    let registrar = Cast::officer(REGISTRAR.parse()?, "henan-hq".parse()?, &roles, term);
    stage.quietly(
        REGISTRAR,
        ActBody::Genesis {
            province,
            organisation,
            registrar,
        },
    )?;
    for (title, roles) in [("maker", MAKER), ("checker", CHECKER)] {
        let id = format!("henan-hq.{title}").parse()?;
        let officer = Cast::officer(id, "henan-hq".parse()?, roles, term);
        stage.quietly(REGISTRAR, ActBody::OfficerRegister(officer))?;
    }
    Ok(())
}

fn code(number: u32) -> Told<DivisionCode> {
    DivisionCode::new(number).ok_or_else(|| DemoError::Story(format!("{number} is no division")))
}

#[expect(clippy::too_many_arguments, reason = "the columns of the table above")]
fn register(
    stage: &mut Stage<'_>,
    id: &str,
    kind: OrgKind,
    division: u32,
    part_of: Option<&str>,
    name: &str,
    officers: &[(&str, &[Role])],
    term: (Timestamp, Timestamp),
) -> Told {
    let section = part_of.map(|_| "social-control".to_owned());
    let part_of = part_of.map(str::parse).transpose()?;
    let organisation =
        Cast::organisation(id.parse()?, kind, code(division)?, section, part_of, name);
    stage.quietly(REGISTRAR, ActBody::OrganisationRegister(organisation))?;
    for (title, roles) in officers {
        let officer = Cast::officer(format!("{id}.{title}").parse()?, id.parse()?, roles, term);
        stage.quietly(REGISTRAR, ActBody::OfficerRegister(officer))?;
    }
    Ok(())
}

const SURNAMES: [&str; 12] = [
    "赵", "钱", "孙", "李", "周", "吴", "郑", "王", "冯", "陈", "褚", "卫",
];
const GIVEN: [&str; 16] = [
    "一鸣", "子轩", "雨桐", "思远", "梦琪", "浩然", "欣怡", "俊杰", "诗涵", "宇航", "佳宁", "文博",
    "晓彤", "嘉懿", "煜城", "懿轩",
];

/// How many identities go into the vault at once.
const BATCH: usize = 10_000;

/// Puts the invented people's invented names into the vault.
pub fn fill_vault(stage: &mut Stage<'_>, people: u32) -> Told {
    let mut vault = stage.office.vault()?;
    let mut batch = Vec::with_capacity(BATCH);
    for number in 0..people {
        let pick = |list: &'static [&'static str], by: u32| {
            let length = u32::try_from(list.len()).unwrap_or(1);
            list.get((by % length) as usize)
                .copied()
                .unwrap_or_default()
        };
        let name = format!("{}{}", pick(&SURNAMES, number), pick(&GIVEN, number / 12));
        let document = Document::invented(number);
        let identity = Identity {
            document_type: DocumentType::ResidentId,
            document_number: document.number().to_owned(),
            name,
            phone: None,
            email: None,
        };
        batch.push((stage.office.person_key().person_id(&document), identity));
        if batch.len() == BATCH {
            vault
                .store(&batch)
                .map_err(crate::office::OfficeError::from)?;
            batch.clear();
        }
    }
    vault
        .store(&batch)
        .map_err(crate::office::OfficeError::from)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_lives_in_exactly_one_unit_in_proportion_to_the_census() {
        let units = units(20_000).unwrap();
        assert_eq!(units.iter().map(|unit| unit.people).sum::<u32>(), 20_000);
        assert_eq!(units.len(), 18);
        let zhengzhou = units.first().unwrap().people;
        assert!((2_535..=2_537).contains(&zhengzhou), "{zhengzhou}");
        assert_eq!(
            UNITS.iter().map(|(_, people)| people).sum::<u64>(),
            99_365_519
        );
    }
}

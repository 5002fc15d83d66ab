//! Places. Owns [`DivisionCode`] (GB/T 2260) and the embedded table [`divisions`].
//!
//! Invariant: province, prefecture and containment follow from the digits alone, so that who may
//! act where never changes with a newer table; the table gives names and says what exists.
//! Refuses: text or numbers outside 110000..=999999, and any containment through the placeholder
//! `xx9000`, which is no place.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

macro_rules! embedded {
    ($file:literal) => {
        include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../data/divisions/",
            $file
        ))
    };
}

const PROVINCES: &str = embedded!("provinces.csv");
const CITIES: &str = embedded!("cities.csv");
const AREAS: &str = embedded!("areas.csv");
const EVER: &str = embedded!("gb2260_union_1980_2019.csv");

/// Provinces of GB/T 2260 that the statistics bureau does not list.
const UNLISTED: [(u32, &str); 3] = [
    (710_000, "台湾省"),
    (810_000, "香港特别行政区"),
    (820_000, "澳门特别行政区"),
];

/// Prefecture-level cities that have, or until lately had, no counties: their own code stands on
/// identity cards (Dongguan, Zhongshan, Sanya, Sansha, Danzhou, Jiayuguan).
const WITHOUT_COUNTIES: [u32; 6] = [441_900, 442_000, 460_200, 460_300, 460_400, 620_200];

/// A text or number that is not a division code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotADivisionCode;

impl fmt::Display for NotADivisionCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("not a division code; use 2, 4 or 6 digits from `11` on, as `4101`")
    }
}

impl std::error::Error for NotADivisionCode {}

/// How deep a code reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// `410000`
    Province,
    /// `410100`
    Prefecture,
    /// `410105`, and `419001` too
    County,
}

/// The six digits of GB/T 2260 that name a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct DivisionCode(u32);

impl DivisionCode {
    /// The code with these six digits, if they are in 110000..=999999.
    pub const fn new(code: u32) -> Option<Self> {
        if code >= 110_000 && code <= 999_999 {
            Some(Self(code))
        } else {
            None
        }
    }

    /// The six digits as a number.
    pub const fn number(self) -> u32 {
        self.0
    }

    /// The level that the digits show; a county-level city under its province is a county here.
    pub const fn level(self) -> Level {
        if self.0.is_multiple_of(10_000) {
            Level::Province
        } else if self.0.is_multiple_of(100) {
            Level::Prefecture
        } else {
            Level::County
        }
    }

    /// Whether a county-level code stands directly under its province: `xx90yy`, as 419001, and
    /// `xx00yy`, as Hainan had before 2002.
    pub const fn is_directly_under_province(self) -> bool {
        let middle = self.0 / 100 % 100;
        matches!(self.level(), Level::County) && (middle == 90 || middle == 0)
    }

    /// The province that holds this place; a province is its own.
    pub const fn province(self) -> Self {
        Self(self.0 / 10_000 * 10_000)
    }

    /// The prefecture-level unit that holds this place. A prefecture, a county-level city directly
    /// under its province, and a province are their own.
    pub const fn prefecture(self) -> Self {
        if matches!(self.level(), Level::Province) || self.is_directly_under_province() {
            self
        } else {
            Self(self.0 / 100 * 100)
        }
    }

    /// The next place up; none above a province.
    pub const fn parent(self) -> Option<Self> {
        match self.level() {
            Level::Province => None,
            Level::Prefecture => Some(self.province()),
            Level::County if self.is_directly_under_province() => Some(self.province()),
            Level::County => Some(self.prefecture()),
        }
    }

    /// Whether `other` is this place or lies inside it.
    pub fn contains(self, other: Self) -> bool {
        self == other || self == other.prefecture() || self == other.province()
    }
}

impl TryFrom<u32> for DivisionCode {
    type Error = NotADivisionCode;

    fn try_from(code: u32) -> Result<Self, NotADivisionCode> {
        Self::new(code).ok_or(NotADivisionCode)
    }
}

impl From<DivisionCode> for u32 {
    fn from(code: DivisionCode) -> Self {
        code.0
    }
}

impl FromStr for DivisionCode {
    type Err = NotADivisionCode;

    fn from_str(text: &str) -> Result<Self, NotADivisionCode> {
        // `u32::from_str` alone would take a leading `+`.
        if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NotADivisionCode);
        }
        let scale = match text.len() {
            2 => 10_000,
            4 => 100,
            6 => 1,
            _ => return Err(NotADivisionCode),
        };
        let digits: u32 = text.parse().map_err(|_| NotADivisionCode)?;
        digits
            .checked_mul(scale)
            .and_then(Self::new)
            .ok_or(NotADivisionCode)
    }
}

impl fmt::Display for DivisionCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:06}", self.0)
    }
}

/// Whether a division exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// In force at the cut-off of the table, 30 June 2023.
    Current,
    /// Gone by the cut-off; it may stand on identity cards.
    Historic {
        /// The last revision that lists it, `YYYYMM`.
        last_revision: u32,
    },
    /// A zone that only statistics know (last digits 71 to 79); it stands on no identity card.
    Statistical,
}

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Division {
    /// Its code.
    pub code: DivisionCode,
    /// Its name without those above it, e.g. `金水区`.
    pub name: &'static str,
    /// Its level by code.
    pub level: Level,
    /// The place above it by code; of a few historic divisions it has no row itself.
    pub parent: Option<DivisionCode>,
    /// Whether it exists.
    pub status: Status,
}

impl Division {
    fn new(code: DivisionCode, name: &'static str, status: Status) -> Self {
        let zone = code.level() == Level::County && matches!(code.0 % 100, 71..=79);
        let status = if zone { Status::Statistical } else { status };
        Self {
            code,
            name,
            level: code.level(),
            parent: code.parent(),
            status,
        }
    }

    /// Whether the row only groups others (`市辖区`, `省直辖县级行政区划`) and names no place.
    pub fn is_placeholder(&self) -> bool {
        matches!(self.name, "市辖区" | "县" | "市") || self.name.ends_with("直辖县级行政区划")
    }
}

/// All divisions, current and past.
#[derive(Debug)]
pub struct Divisions {
    /// In ascending order of code.
    rows: Vec<Division>,
    names: BTreeMap<&'static str, Vec<DivisionCode>>,
}

/// The embedded table, built at its first use.
pub fn divisions() -> &'static Divisions {
    static TABLE: LazyLock<Divisions> = LazyLock::new(Divisions::embedded);
    &TABLE
}

impl Divisions {
    fn embedded() -> Self {
        let mut rows = BTreeMap::new();
        let unlisted = UNLISTED.iter().filter_map(|&(code, name)| {
            Some(Division::new(
                DivisionCode::new(code)?,
                name,
                Status::Current,
            ))
        });
        let listed = [PROVINCES, CITIES, AREAS]
            .into_iter()
            .flat_map(current_rows);
        // The first row of a code stands: cities without counties are listed twice, and the
        // union of the past repeats what is current.
        for division in unlisted.chain(listed).chain(past_rows(EVER)) {
            rows.entry(division.code).or_insert(division);
        }
        let rows: Vec<Division> = rows.into_values().collect();
        let mut names: BTreeMap<&'static str, Vec<DivisionCode>> = BTreeMap::new();
        for division in &rows {
            names.entry(division.name).or_default().push(division.code);
        }
        Self { rows, names }
    }

    /// The row of a code.
    pub fn find(&self, code: DivisionCode) -> Option<&Division> {
        let index = self.rows.binary_search_by_key(&code, |row| row.code).ok()?;
        self.rows.get(index)
    }

    /// Every row in ascending order of code.
    pub fn iter(&self) -> impl Iterator<Item = &Division> {
        self.rows.iter()
    }

    /// What lies directly under a code now, in order: current divisions and statistical zones.
    /// The empty placeholder `xx9000` is left out, the cities it groups are not.
    pub fn children(&self, code: DivisionCode) -> impl Iterator<Item = &Division> {
        let start = self.rows.partition_point(|row| row.code <= code);
        let province = code.province();
        self.rows
            .iter()
            .skip(start)
            .take_while(move |row| row.code.province() == province)
            .filter(move |row| row.parent == Some(code) && row.code.0 % 10_000 != 9_000)
            .filter(|row| !matches!(row.status, Status::Historic { .. }))
    }

    /// Every division with exactly this name, current or not, in order of code.
    pub fn by_name(&self, name: &str) -> impl Iterator<Item = &Division> {
        self.names
            .get(name)
            .into_iter()
            .flatten()
            .filter_map(|code| self.find(*code))
    }

    /// Whether a division is in force; false for statistical zones.
    pub fn is_current(&self, code: DivisionCode) -> bool {
        self.find(code)
            .is_some_and(|row| row.status == Status::Current)
    }

    /// Whether a division was in force at some time since 1980 and no longer is.
    pub fn is_historic(&self, code: DivisionCode) -> bool {
        self.find(code)
            .is_some_and(|row| matches!(row.status, Status::Historic { .. }))
    }

    /// Whether identity numbers were issued under a code: a county, now or in the past, or one of
    /// the few cities without counties. A province or an ordinary prefecture is not enough.
    pub fn is_identity_address(&self, code: DivisionCode) -> bool {
        let deep = code.level() == Level::County || WITHOUT_COUNTIES.contains(&code.0);
        deep && (self.is_current(code) || self.is_historic(code))
    }

    /// The name with those above it and without placeholders, e.g. `河南省郑州市金水区`.
    pub fn full_name(&self, code: DivisionCode) -> Option<String> {
        let row = self.find(code)?;
        let above = [code.province(), code.prefecture()];
        let mut parts: Vec<&str> = Vec::with_capacity(3);
        for part in above
            .into_iter()
            .filter_map(|up| self.find(up))
            .chain([row])
        {
            if !part.is_placeholder() && parts.last() != Some(&part.name) {
                parts.push(part.name);
            }
        }
        Some(parts.concat())
    }
}

/// Rows `code,name,..` of a list of current divisions.
fn current_rows(text: &'static str) -> impl Iterator<Item = Division> {
    text.lines().skip(1).filter_map(|line| {
        let mut fields = Fields(Some(line));
        let code = fields.next()?.parse().ok()?;
        Some(Division::new(code, fields.next()?, Status::Current))
    })
}

/// Rows `code,last_name,first_revision,last_revision` of the union of the past.
fn past_rows(text: &'static str) -> impl Iterator<Item = Division> {
    text.lines().skip(1).filter_map(|line| {
        let mut fields = Fields(Some(line));
        let code = fields.next()?.parse().ok()?;
        let name = fields.next()?;
        let last_revision = fields.nth(1)?.parse().ok()?;
        Some(Division::new(
            code,
            name,
            Status::Historic { last_revision },
        ))
    })
}

/// The fields of one line of comma-separated text; a field may be quoted, without quotes inside.
struct Fields(Option<&'static str>);

impl Iterator for Fields {
    type Item = &'static str;

    fn next(&mut self) -> Option<&'static str> {
        let rest = self.0?;
        let (field, tail) = match rest.strip_prefix('"').and_then(|text| text.split_once('"')) {
            Some((field, tail)) => (field, tail.strip_prefix(',')),
            None => match rest.split_once(',') {
                Some((field, tail)) => (field, Some(tail)),
                None => (rest, None),
            },
        };
        self.0 = tail;
        Some(field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> DivisionCode {
        text.parse().unwrap()
    }

    fn children(text: &str) -> Vec<u32> {
        divisions()
            .children(code(text))
            .map(|row| row.code.number())
            .collect()
    }

    #[test]
    fn every_embedded_line_is_a_row() {
        for (text, rows) in [(PROVINCES, 31), (CITIES, 342), (AREAS, 2_978)] {
            assert_eq!(text.lines().count() - 1, rows);
            assert_eq!(current_rows(text).count(), rows);
        }
        assert_eq!(past_rows(EVER).count(), EVER.lines().count() - 1);
        assert_eq!(past_rows(EVER).count(), 7_041);
    }

    #[test]
    fn there_are_thirty_four_provinces_and_every_current_parent_is_current() {
        let provinces = divisions()
            .iter()
            .filter(|row| row.level == Level::Province);
        assert_eq!(provinces.count(), 34);
        let now = divisions()
            .iter()
            .filter(|row| divisions().is_current(row.code));
        assert!(
            now.filter_map(|row| row.parent)
                .all(|parent| divisions().is_current(parent))
        );
        assert!(
            ["71", "81", "82"]
                .iter()
                .all(|text| divisions().is_current(code(text)))
        );
    }

    #[test]
    fn henan_has_seventeen_prefectures_and_jiyuan() {
        let units = children("41");
        assert_eq!(units.len(), 18);
        assert_eq!(
            (units[0], units[16], units[17]),
            (410_100, 411_700, 419_001)
        );
        let zones = divisions().iter().filter(|row| {
            row.code.province() == code("41")
                && row.status == Status::Statistical
                && AREAS.contains(&format!("\n{},", row.code))
        });
        assert_eq!(zones.count(), 24);
    }

    #[test]
    fn a_short_code_is_padded_and_prints_six_digits() {
        assert_eq!(code("41").to_string(), "410000");
        assert_eq!(code("4101").to_string(), "410100");
        assert_eq!(code("410105").to_string(), "410105");
        for bad in [
            "", "4", "410", "41010", "4101050", "+4", "4x", "00", "10", "０４", "109999",
        ] {
            assert_eq!(bad.parse::<DivisionCode>(), Err(NotADivisionCode), "{bad}");
        }
        assert_eq!(DivisionCode::new(109_999), None);
        assert!(DivisionCode::new(110_000).is_some() && DivisionCode::new(999_999).is_some());
        assert_eq!(DivisionCode::new(1_000_000), None);
    }

    #[test]
    fn jiyuan_is_a_county_level_code_that_is_its_own_prefecture() {
        let jiyuan = code("419001");
        assert_eq!(jiyuan.level(), Level::County);
        assert_eq!(jiyuan.prefecture(), jiyuan);
        assert_eq!(jiyuan.parent(), Some(code("41")));
        assert!(code("41").contains(jiyuan) && jiyuan.contains(jiyuan));
        assert!(!code("419000").contains(jiyuan));
        assert!(!jiyuan.contains(code("419002")));
    }

    #[test]
    fn a_place_contains_itself_and_what_lies_inside_only() {
        let jinshui = code("410105");
        assert!(code("41").contains(jinshui) && code("4101").contains(jinshui));
        assert!(jinshui.contains(jinshui));
        assert!(!code("4102").contains(jinshui) && !code("42").contains(jinshui));
        assert!(!jinshui.contains(code("4101")) && !code("4101").contains(code("41")));
        assert_eq!(jinshui.parent(), Some(code("4101")));
        assert_eq!(code("4101").parent(), Some(code("41")));
        assert_eq!(code("41").parent(), None);
        assert_eq!(code("41").prefecture(), code("41"));
    }

    #[test]
    fn a_municipality_holds_its_districts_through_a_placeholder() {
        assert_eq!(children("11"), [110_100]);
        assert_eq!(children("1101").len(), 16);
        assert!(divisions().find(code("1101")).unwrap().is_placeholder());
        assert_eq!(children("50"), [500_100, 500_200]);
        assert_eq!(children("4419"), [0_u32; 0]);
    }

    #[test]
    fn a_full_name_skips_placeholders_and_repetition() {
        let name = |text| divisions().full_name(code(text));
        assert_eq!(name("410105").as_deref(), Some("河南省郑州市金水区"));
        assert_eq!(name("419001").as_deref(), Some("河南省济源市"));
        assert_eq!(name("110101").as_deref(), Some("北京市东城区"));
        assert_eq!(name("441900").as_deref(), Some("广东省东莞市"));
        assert_eq!(name("620201").as_deref(), Some("甘肃省嘉峪关市"));
        assert_eq!(name("41").as_deref(), Some("河南省"));
        assert_eq!(name("999999"), None);
    }

    #[test]
    fn a_division_is_current_historic_or_statistical_and_never_two() {
        let yanshi = divisions().find(code("410381")).unwrap();
        assert_eq!(
            (yanshi.name, yanshi.status),
            (
                "偃师市",
                Status::Historic {
                    last_revision: 201_904
                }
            )
        );
        assert!(divisions().is_historic(yanshi.code) && !divisions().is_current(yanshi.code));
        assert!(divisions().is_current(code("410105")) && !divisions().is_historic(code("410105")));
        let zone = code("410171");
        assert_eq!(divisions().find(zone).unwrap().status, Status::Statistical);
        assert!(!divisions().is_current(zone) && !divisions().is_historic(zone));
        assert!(!children("4103").contains(&410_381) && children("4103").contains(&410_307));
    }

    #[test]
    fn an_identity_address_is_a_county_or_a_city_without_counties() {
        let good = ["410105", "410381", "419001", "441900", "620200"];
        assert!(
            good.iter()
                .all(|text| divisions().is_identity_address(code(text)))
        );
        let bad = ["410000", "410100", "410171", "419000", "999999"];
        assert!(
            !bad.iter()
                .any(|text| divisions().is_identity_address(code(text)))
        );
    }

    #[test]
    fn a_name_shared_by_several_places_finds_them_all() {
        let found: Vec<u32> = divisions()
            .by_name("鼓楼区")
            .map(|row| row.code.number())
            .collect();
        assert!(
            found.contains(&410_204) && found.contains(&320_106),
            "{found:?}"
        );
        assert_eq!(divisions().by_name("无此地").count(), 0);
    }
}
